//! Workload (kpis.md 5.3).

use super::*;
use crate::metrics::workload;

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
        _ => return None,
    })
}
