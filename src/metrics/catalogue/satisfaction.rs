//! Customer satisfaction (kpis.md 5.2).

use super::*;
use crate::metrics::satisfaction;

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::Csat => Entry {
            about: "Share of ratings that are satisfied: the top answers of the scale.",
            timing: Timing::Flow,
            needs: &[Need::Ratings],
            beside: &[],
            variants: &[],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::csat,
        },
        _ => return None,
    })
}
