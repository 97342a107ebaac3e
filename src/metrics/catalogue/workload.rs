//! Workload (kpis.md 5.3).

use super::*;
use crate::metrics::{cost, workload};

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::TicketVolume => Entry {
            about: "Tickets customers and monitoring created in the period; outbound tickets are counted apart.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::ContactRate, M::Backlog],
            variants: &[],
            reads: |s| vec![s.at(K::Created)],
            measure: workload::ticket_volume,
        },
        M::TicketsSolved => Entry {
            about: "Tickets whose last solve lies in the period and that are still solved.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::TicketVolume, M::ReopenRate],
            variants: &[],
            reads: |s| vec![s.at(K::Solve), s.at(K::Created)],
            measure: workload::tickets_solved,
        },
        M::NetFlow => Entry {
            about: "By how much the number of unsolved tickets grew in the period.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::ResolutionRate],
            variants: &[],
            reads: |s| vec![s.during(K::Open)],
            measure: workload::net_flow,
        },
        M::Backlog => Entry {
            about: "Unsolved tickets at the end of the period: new, open, pending and on hold.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::BacklogAge],
            variants: &[workload::ACTIONABLE],
            reads: |s| vec![s.during(K::Open), s.during(K::Waiting)],
            measure: workload::backlog,
        },
        M::BacklogAge => Entry {
            about: "How long ago the tickets unsolved at the end of the period were created.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::Backlog],
            variants: &[],
            reads: |s| vec![s.during(K::Open)],
            measure: workload::backlog_age,
        },
        M::UnrepliedTickets => Entry {
            about: "Unsolved tickets at the end of the period whose customer has not heard from a human yet.",
            timing: Timing::Snapshot,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::FirstResponseTime],
            variants: &[],
            reads: |s| vec![s.during(K::Open), s.during(K::Waiting)],
            measure: workload::unreplied_tickets,
        },
        M::UnreadTickets => Entry {
            about: "Unsolved tickets at the end of the period that no agent has opened since the customer last wrote.",
            timing: Timing::Snapshot,
            needs: &[Need::Tickets, Need::StatusHistory, Need::Reads],
            beside: &[M::UnrepliedTickets],
            variants: &[],
            reads: |s| vec![s.during(K::Open)],
            measure: workload::unread_tickets,
        },
        M::PeakHours => Entry {
            about: "The hour of the day in which most tickets come, counted by how often that hour occurred.",
            timing: Timing::Whole,
            needs: TICKETS,
            beside: &[],
            variants: &[],
            reads: |s| vec![s.at(K::Created)],
            measure: workload::peak_hours,
        },
        M::BusiestDay => Entry {
            about: "The day of the week on which most tickets come, counted by how often that day occurred.",
            timing: Timing::Whole,
            needs: TICKETS,
            beside: &[M::PeakHours],
            variants: &[workload::SKIP_HOLIDAYS],
            reads: |s| vec![s.at(K::Created)],
            measure: workload::busiest_day,
        },
        M::WorkloadBreakdown => Entry {
            about: "How the tickets created, solved or open divide over channels, or what else is asked for by.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::TicketVolume],
            variants: &["volume", "solved", "backlog"],
            reads: |s| match s.variant {
                Some("solved") => vec![s.at(K::Solve)],
                Some("backlog") => vec![s.during(K::Open)],
                _ => vec![s.at(K::Created)],
            },
            measure: workload::workload_breakdown,
        },
        M::TopIssues => Entry {
            about: "What customers write about: their tickets by category as it is known now, most frequent first.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::IssueSpike],
            variants: &[workload::BY_TAG],
            reads: |s| vec![s.at(K::Created)],
            measure: workload::top_issues,
        },
        M::IssueSpike => Entry {
            about: "Categories with many more tickets than in the period before, beyond chance.",
            timing: Timing::Whole,
            needs: TICKETS,
            beside: &[M::TopIssues],
            variants: &[workload::BY_TAG],
            reads: |s| vec![Selection::at(K::Created, s.period.before().from, s.period.to)],
            measure: workload::issue_spike,
        },
        M::ProductFeedbackVolume => Entry {
            about: "Tickets about the product itself, by the part of it they name, most customers first.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::TopIssues],
            variants: &[],
            reads: |s| vec![s.at(K::Created), s.at(K::Revenue)],
            measure: workload::product_feedback_volume,
        },
        M::SolvedPerAgent => Entry {
            about: "Tickets solved, divided by the people who solved any; never to be read without quality beside it.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::StatusHistory, Need::AssignmentHistory],
            beside: &[M::Csat, M::ReopenRate],
            variants: &[],
            reads: |s| vec![s.at(K::Solve), s.at(K::Rating)],
            measure: workload::solved_per_agent,
        },
        M::AssignmentShare => Entry {
            about: "How evenly the open tickets are distributed over people: 1 is perfectly even.",
            timing: Timing::Snapshot,
            needs: &[Need::Tickets, Need::StatusHistory, Need::AssignmentHistory],
            beside: &[M::SolvedPerAgent],
            variants: &[],
            reads: |s| {
                let known = s.period.from.plus_s(-workload::KNOWN_BEFORE_S);
                let wider = |kind| Selection::spanning(kind, known, s.period.to);
                vec![s.during(K::Open), wider(K::Shift), wider(K::Presence)]
            },
            measure: workload::assignment_share,
        },
        M::RepliesSent => Entry {
            about: "Public messages that people sent in the period, the openings of outbound tickets included.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::ResponseTime],
            variants: &[],
            reads: |s| vec![s.at(K::Sent)],
            measure: workload::replies_sent,
        },
        M::ContactRate => Entry {
            about: "Tickets created in the period for each hundred customers.",
            timing: Timing::Overlap,
            needs: &[Need::Tickets, Need::Customers],
            beside: &[M::TicketVolume],
            variants: &[],
            reads: |s| vec![s.at(K::Created), s.during(K::Customer)],
            measure: cost::contact_rate,
        },
        _ => return None,
    })
}
