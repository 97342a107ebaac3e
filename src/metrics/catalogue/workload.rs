//! Workload (kpis.md 5.3).

use super::*;
use crate::domain::definitions::HandleVariant;
use crate::metrics::{time, workload};

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::TicketVolume => Entry {
            about: "Tickets customers and monitoring created in the period; outbound tickets are counted apart.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::Backlog],
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
            reads: |s| vec![s.at(K::Solve)],
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
            variants: &[],
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
        M::AverageHandleTime => Entry {
            about: "What people spent on a ticket that was solved in the period, over its whole life.",
            timing: Timing::Flow,
            needs: &[Need::TimeTracking],
            beside: &[M::FirstContactResolution, M::Csat],
            variants: &["ticket", "work"],
            reads: |s| match time::handle_variant(s.variant, s.definitions) {
                HandleVariant::Ticket => vec![s.at(K::Handled), s.at(K::Solve)],
                HandleVariant::Work => vec![s.at(K::Tracked)],
            },
            measure: time::average_handle_time,
        },
        M::AgentUtilization => Entry {
            about: "Which part of paid time goes into tickets and contacts.",
            timing: Timing::Through,
            needs: &[Need::TimeTracking, Need::Shifts],
            beside: &[M::AgentOccupancy, M::Csat, M::OverloadDays],
            variants: &["handle", "staffed"],
            reads: |s| vec![s.during(K::Tracked), s.during(K::Presence), s.during(K::Shift)],
            measure: time::agent_utilization,
        },
        M::AgentOccupancy => Entry {
            about: "Which part of the time they are available or busy people are busy.",
            timing: Timing::Through,
            needs: &[Need::TimeTracking, Need::Presence],
            beside: &[M::AgentUtilization],
            variants: &[],
            reads: |s| vec![s.during(K::Tracked), s.during(K::Presence)],
            measure: time::agent_occupancy,
        },
        M::OverloadDays => Entry {
            about: "Days on which somebody was busier than a person should be, one for each of them.",
            timing: Timing::Through,
            needs: &[Need::Load],
            beside: &[],
            variants: &[],
            reads: |s| match s.definitions.switches.overload_max_open {
                ..=0 => vec![s.during(K::Tracked), s.during(K::Presence)],
                _ => vec![s.during(K::Tracked), s.during(K::Presence), s.during(K::Open)],
            },
            measure: time::overload_days,
        },
        M::StaffingNeed => Entry {
            about: "How many people the hour with the most arrivals takes.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::TimeTracking],
            beside: &[M::AgentOccupancy],
            variants: &["spread:N", "erlang"],
            reads: |s| match time::handle_variant(None, s.definitions) {
                HandleVariant::Ticket => vec![s.at(K::Created), s.at(K::Handled), s.at(K::Solve)],
                HandleVariant::Work => vec![s.at(K::Created), s.at(K::Tracked)],
            },
            measure: time::staffing_need,
        },
        _ => return None,
    })
}
