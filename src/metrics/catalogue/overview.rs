//! What is made of other metrics (kpis.md 5.6).

use super::*;
use crate::metrics::{composed, satisfaction};

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    Some(match id {
        M::ThreeRs => Entry {
            about: "Response time, people per resolution and resolution time, each beside the most it should be.",
            timing: Timing::Whole,
            needs: &[],
            beside: &[M::Csat],
            variants: &[],
            reads: |s| composed::reads(s, &composed::THREE_RS),
            measure: composed::three_rs,
        },
        M::Trend => Entry {
            about: "What has changed since the period before, and whether that is more than chance.",
            timing: Timing::Whole,
            needs: &[],
            beside: &[],
            variants: &[],
            reads: |s| composed::reads_with_history(s, M::Trend),
            measure: composed::trend,
        },
        M::Benchmark => Entry {
            about: "Own values beside published ones, measured as those were. Context, never a target.",
            timing: Timing::Whole,
            needs: &[],
            beside: &[],
            variants: &[],
            reads: |s| composed::reads_with_history(s, M::Benchmark),
            measure: composed::benchmark,
        },
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
