//! Cost and value (kpis.md 5.4).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::SupportCost => Explained {
            formula: "each cost × its local days in the period ÷ its local days, added up = {value}",
            switches: &[],
            sources: &["MN-CPT", "HDI-CPT"],
        },
        M::CostPerTicket => Explained {
            formula: "support cost ÷ {n} tickets = {value}",
            switches: &["cost.denominator", "volume.initiators", "solved.count", "merged.policy", "exclude.tags"],
            sources: &["MN-CPT", "HDI-CPT", "GHD"],
        },
        M::SupportCostPerCustomer => Explained {
            formula: "support cost ÷ ((customers at the start + customers at the end) ÷ 2) = {value}",
            switches: &[],
            sources: &["FRAP"],
        },
        M::CustomerRetentionRate => Explained {
            formula: "{numerator} customers kept ÷ {denominator} customers at the start = {value}",
            switches: &["retention.variant"],
            sources: &["CRR"],
        },
        M::ChurnRate => Explained {
            formula: "1 − customers kept ÷ customers at the start = {value}",
            switches: &["retention.variant", "churn.base"],
            sources: &["CLV-S"],
        },
        M::Arpa => Explained {
            formula: "revenue ÷ ((customers at the start + customers at the end) ÷ 2) ÷ months = {value}",
            switches: &[],
            sources: &["CLV-S", "CLV-H"],
        },
        M::Clv => Explained {
            formula: "revenue a customer and month × gross margin ÷ churn a month = {value}",
            switches: &[
                "clv.variant",
                "clv.gross_margin",
                "clv.discount_monthly",
                "clv.max_months",
                "retention.variant",
            ],
            sources: &["CLV-S", "CLV-H", "CLV-D"],
        },
        M::SupportCostShare => Explained {
            formula: "support cost a customer and month ÷ (revenue a customer and month × gross margin) = {value}",
            switches: &["clv.gross_margin"],
            sources: &[],
        },
        M::TrialConversionRate => Explained {
            formula: "{numerator} trials that became paying in time ÷ {denominator} that did or no longer can = {value}",
            switches: &["conversion.window_s"],
            sources: &["BL"],
        },
        M::CashFlowProxy => Explained {
            formula: "revenue of the period − support cost of the period = {value}",
            switches: &[],
            sources: &[],
        },
        _ => return None,
    })
}
