//! Customer satisfaction (kpis.md 5.2).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    Some(match id {
        MetricId::Csat => Explained {
            formula: "{numerator} satisfied answers ÷ {denominator} answers = {value}",
            switches: &["csat.scope", "csat.attribution"],
            sources: &["ZD-CSAT", "EES", "CW", "HS-API", "IC-CSAT", "IC-C2", "REDO", "OPS", "DBT"],
        },
        _ => return None,
    })
}
