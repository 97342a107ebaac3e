//! Promises (kpis.md 5.5).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::SlaAttainment => Explained {
            formula: "{numerator} promises kept ÷ {denominator} promises decided, kept or broken = {value}",
            switches: &[
                "sla.unit",
                "sla.attribution",
                "sla.solve_without_reply",
                "sla.reopen",
                "frt.origin",
                "frt.exclude_channels",
                "agent_created.frt",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-SLA", "DBT", "DBT-DL", "EES2", "JSM", "ITIL2", "ZOHO"],
        },
        M::SlaBreaches => Explained {
            formula: "promises whose deadline passed in the period before they were kept = {value}",
            switches: &[
                "sla.solve_without_reply",
                "sla.reopen",
                "frt.origin",
                "frt.exclude_channels",
                "agent_created.frt",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZOHO"],
        },
        M::SlaAtRisk => Explained {
            formula: "running promises with little of their time left = {value}",
            switches: &[
                "sla.at_risk_fraction",
                "sla.at_risk_s",
                "sla.reopen",
                "frt.origin",
                "frt.exclude_channels",
                "agent_created.frt",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["JSM"],
        },
        M::ServiceLevel => Explained {
            formula: "{numerator} calls answered within the target ÷ {denominator} calls that count = {value}",
            switches: &["queue.target_s", "queue.sl_variant", "queue.short_abandon_s"],
            sources: &["SLV", "SL80", "AWS"],
        },
        _ => return None,
    })
}
