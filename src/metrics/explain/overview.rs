//! What is made of other metrics (kpis.md 5.6).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    Some(match id {
        MetricId::Scorecard => Explained {
            formula: "one line for each question a desk asks itself, each with its own formula",
            switches: &[],
            sources: &[],
        },
        _ => return None,
    })
}
