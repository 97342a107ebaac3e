//! What is made of other metrics (kpis.md 5.6).

use super::*;
use crate::metrics::satisfaction;

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    Some(match id {
        M::EmployeeNps => Entry {
            about: "Whether the team would recommend working here: promoters less detractors. Nobody can be recognised.",
            timing: Timing::Flow,
            needs: &[Need::TeamSurveys],
            beside: &[],
            variants: &[],
            reads: |s| vec![s.at(SampleKind::Rating)],
            measure: satisfaction::employee_nps,
        },
        M::Scorecard => Entry {
            about: "The desk at a glance: volume, backlog, speed, quality, satisfaction and promises.",
            beside: &[],
            ..super::entry(M::TicketVolume)
        },
        _ => return None,
    })
}
