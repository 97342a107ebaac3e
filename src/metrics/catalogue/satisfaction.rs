//! Customer satisfaction (kpis.md 5.2).

use super::*;
use crate::metrics::satisfaction;

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::Csat => Entry {
            about: "Share of ratings that are satisfied: the top answers of the scale. Who does not answer is not heard.",
            timing: Timing::Flow,
            needs: &[Need::Ratings],
            beside: &[M::CsatResponseRate, M::Nps],
            variants: &["top_box", "net", "mean"],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::csat,
        },
        M::CsatResponseRate => Entry {
            about: "Share of the satisfaction surveys sent in the period that have been answered.",
            timing: Timing::Flow,
            needs: &[Need::Ratings],
            beside: &[M::Csat],
            variants: &[],
            reads: |s| {
                let answers = Selection::at(K::Rating, s.period.from, Timestamp::MAX);
                vec![s.at(K::SurveySent), s.at(K::Solve), answers]
            },
            measure: satisfaction::csat_response_rate,
        },
        M::Nps => Entry {
            about: "Promoters (9 and 10) less detractors (0 to 6), per hundred answers. Who does not answer is not heard.",
            timing: Timing::Flow,
            needs: &[Need::Nps],
            beside: &[M::Csat],
            variants: &["relationship", "transactional"],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::nps,
        },
        M::Ces => Entry {
            about: "Share of customers who found it easy to have their issue handled.",
            timing: Timing::Flow,
            needs: &[Need::Ces],
            beside: &[M::FirstContactResolution],
            variants: &["share", "mean", "net"],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::ces,
        },
        M::SurveyComments => Entry {
            about: "What customers wrote beside their ratings, the newest first.",
            timing: Timing::Flow,
            needs: &[Need::Comments],
            beside: &[M::Csat],
            variants: &["worst", "bad", "good"],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::survey_comments,
        },
        M::NegativeFollowupRate => Entry {
            about: "Share of bad ratings after which a human wrote to the customer in time.",
            timing: Timing::Flow,
            needs: &[Need::Ratings, Need::Messages],
            beside: &[M::Csat],
            variants: &["csat", "nps"],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::negative_followup_rate,
        },
        _ => return None,
    })
}
