//! Promises (kpis.md 5.5).

use super::*;
use crate::metrics::{phone, sla};

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::SlaAttainment => Entry {
            about: "Share of the promises decided in the period that were kept.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::FirstResponseTime, M::ResolutionTime, M::SlaAtRisk],
            variants: TARGETS,
            reads: |s| vec![s.during(K::Sla), s.lasting(K::Sla), s.at(K::Verdict), s.at(K::Created), s.at(K::Promised)],
            measure: sla::sla_attainment,
        },
        M::SlaBreaches => Entry {
            about: "Promises broken in the period, dated at their deadline.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::SlaAttainment],
            variants: TARGETS,
            reads: |s| vec![s.during(K::Sla)],
            measure: sla::sla_breaches,
        },
        M::SlaAtRisk => Entry {
            about: "Running promises with little of their time left.",
            timing: Timing::Now,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::UnrepliedTickets],
            variants: TARGETS,
            reads: |s| vec![s.during(K::Sla), s.lasting(K::Sla)],
            measure: sla::sla_at_risk,
        },
        M::ServiceLevel => Entry {
            about: "Share of the calls that were answered within the target, by when they entered the queue.",
            timing: Timing::Flow,
            needs: &[Need::Queue],
            beside: &[M::AbandonmentRate],
            variants: &["answered_plus_abandoned", "answered_only", "offered"],
            reads: |s| vec![s.at(K::Call)],
            measure: phone::service_level,
        },
        _ => return None,
    })
}
