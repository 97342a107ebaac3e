//! Customer satisfaction (kpis.md 5.2).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    Some(match id {
        MetricId::Csat => Explained {
            formula: "{numerator} satisfied answers ÷ {denominator} answers = {value}",
            switches: &[
                "csat.variant",
                "csat.satisfied_min",
                "csat.attribution",
                "csat.credit",
                "csat.scope",
                "frt.exclude_channels",
                "exclude.tags",
            ],
            sources: &["ZD-CSAT", "EES", "CW", "HS-API", "IC-CSAT", "IC-C2", "REDO", "OPS", "DBT"],
        },
        MetricId::CsatResponseRate => Explained {
            formula: "{numerator} answered by now ÷ {denominator} sent in the period = {value}",
            switches: &["exclude.tags"],
            sources: &["CW", "IC-C2"],
        },
        MetricId::Nps => Explained {
            formula: "({promoters} promoters − {detractors} detractors) ÷ {n} answers × 100 = {value}",
            switches: &["nps.dedupe", "nps.scale", "nps.detractor_max", "exclude.tags"],
            sources: &["NPS03", "NPSV", "MU"],
        },
        MetricId::Ces => Explained {
            formula: "{numerator} for whom it was easy ÷ {denominator} answers = {value}",
            switches: &["ces.version", "ces.variant", "exclude.tags"],
            sources: &["CES10", "CES-Q", "CES-F", "CES-G", "CES-CG", "CES-N", "CES-V"],
        },
        MetricId::SurveyComments => Explained {
            formula: "{value} of {n} answers came with a comment",
            switches: &[
                "csat.scope",
                "frt.exclude_channels",
                "csat.attribution",
                "nps.dedupe",
                "ces.version",
                "exclude.tags",
            ],
            sources: &["DBT", "HS-API"],
        },
        MetricId::NegativeFollowupRate => Explained {
            formula: "{numerator} followed up in time ÷ {denominator} bad ratings whose time is over or that were = {value}",
            switches: &[
                "csat.followup_window_s",
                "csat.satisfied_min",
                "csat.scope",
                "csat.attribution",
                "frt.exclude_channels",
                "exclude.tags",
            ],
            sources: &["OPS"],
        },
        _ => return None,
    })
}
