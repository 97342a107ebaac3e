//! What is made of other metrics (kpis.md 5.6).

use super::*;

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    Some(match id {
        M::Scorecard => Entry {
            about: "The desk at a glance: volume, backlog, speed, quality, satisfaction and promises.",
            beside: &[],
            ..super::entry(M::TicketVolume)
        },
        _ => return None,
    })
}
