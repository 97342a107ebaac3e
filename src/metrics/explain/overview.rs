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
        MetricId::ThreeRs => Explained {
            formula: "how many of the three are over their limits = {value}",
            switches: &[
                "response_time.start",
                "response_time.weight",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "efficiency.basis",
                "efficiency.count_notes",
                "resolution.end",
                "resolution.solved_gaps",
                "resolution.autoclose_end",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &[],
        },
        MetricId::Trend => Explained {
            formula: "{value} of {n} metrics: rates by Newcombe's interval, medians by their rank intervals, counts by \
                      |a − b| ÷ √(a + b) ≥ 1.96, scores beyond 1.96 standard errors",
            switches: &[],
            sources: &["NEWC", "WIL"],
        },
        MetricId::Benchmark => Explained {
            formula: "the closest segment, then the newest; judged only if its definition is near and it is young enough",
            switches: &["benchmark.segment", "benchmark.max_age_years"],
            sources: &["ZD-BM"],
        },
        MetricId::EmployeeNps => Explained {
            formula: "({promoters} promoters − {detractors} detractors) ÷ {n} answers × 100 = {value}",
            switches: &["nps.scale", "nps.detractor_max"],
            sources: &["NPS03"],
        },
        _ => return None,
    })
}
