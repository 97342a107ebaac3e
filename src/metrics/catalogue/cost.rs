//! Cost and value (kpis.md 5.4).

use super::*;
use crate::metrics::cost;

const COSTS: &[Need] = &[Need::Costs];
const CUSTOMERS: &[Need] = &[Need::Customers];
const RETENTION: &[&str] = &["endpoints", "continuous", "naive_formula"];

/// Costs are few and may last for years: all of them up to the end of the period.
fn costs(s: &Scope<'_>) -> Selection {
    Selection::spanning(SampleKind::Cost, Timestamp::MIN, s.period.to.plus_s(86_400))
}

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::SupportCost => Entry {
            about: "What support cost in the period: each cost spread evenly over its days.",
            timing: Timing::Through,
            needs: COSTS,
            beside: &[M::CostPerTicket],
            variants: &[],
            reads: |s| vec![costs(s)],
            measure: cost::support_cost,
        },
        M::CostPerTicket => Entry {
            about: "Support cost of the period, divided by the tickets created (or solved) in it.",
            timing: Timing::Through,
            needs: &[Need::Costs, Need::Tickets],
            beside: &[M::FirstContactResolution, M::Csat],
            variants: &[],
            reads: |s| vec![costs(s), s.at(K::Created), s.at(K::Solve)],
            measure: cost::cost_per_ticket,
        },
        M::SupportCostPerCustomer => Entry {
            about: "Support cost of the period, divided by the average number of customers.",
            timing: Timing::Through,
            needs: &[Need::Costs, Need::Customers],
            beside: &[M::Clv],
            variants: &[],
            reads: |s| vec![costs(s), s.during(K::Customer)],
            measure: cost::support_cost_per_customer,
        },
        M::CustomerRetentionRate => Entry {
            about: "Of the customers at the start of the period, the share that is still there at its end.",
            timing: Timing::Through,
            needs: CUSTOMERS,
            beside: &[M::Csat],
            variants: RETENTION,
            reads: |s| vec![s.during(K::Customer)],
            measure: cost::customer_retention_rate,
        },
        M::ChurnRate => Entry {
            about: "Of the customers at the start of the period, the share that is lost at its end.",
            timing: Timing::Through,
            needs: CUSTOMERS,
            beside: &[M::CustomerRetentionRate],
            variants: RETENTION,
            reads: |s| vec![s.during(K::Customer)],
            measure: cost::churn_rate,
        },
        M::Arpa => Entry {
            about: "Revenue of the period, divided by the average number of customers and by its months.",
            timing: Timing::Through,
            needs: &[Need::Revenue, Need::Customers],
            beside: &[M::Clv],
            variants: &[],
            reads: |s| vec![s.at(K::Revenue), s.during(K::Customer)],
            measure: cost::arpa,
        },
        M::Clv => Entry {
            about: "What a customer brings until they leave: margin a month times the months they stay.",
            timing: Timing::Through,
            needs: &[Need::Revenue, Need::Customers],
            beside: &[M::SupportCostShare],
            variants: &["simple", "discounted"],
            reads: |s| vec![s.at(K::Revenue), s.during(K::Customer)],
            measure: cost::clv,
        },
        M::SupportCostShare => Entry {
            about: "Which share of what a customer leaves over each month goes into supporting them.",
            timing: Timing::Through,
            needs: &[Need::Costs, Need::Revenue, Need::Customers],
            beside: &[M::Clv],
            variants: &[],
            reads: |s| vec![costs(s), s.at(K::Revenue), s.during(K::Customer)],
            measure: cost::support_cost_share,
        },
        M::TrialConversionRate => Entry {
            about: "Of the trials begun in the period, the share that became paying customers in time. What goes with \
                    writing to support need not come from it.",
            timing: Timing::Through,
            needs: &[Need::Trials, Need::Tickets],
            beside: &[M::CustomerRetentionRate],
            variants: &[],
            reads: |s| {
                let end = s.period.to.plus_s(s.definitions.switches.conversion_window_s);
                vec![
                    Selection::at(K::Created, s.period.from, end),
                    Selection::spanning(K::Customer, s.period.from, end),
                ]
            },
            measure: cost::trial_conversion_rate,
        },
        M::CashFlowProxy => Entry {
            about: "Revenue of the period less its costs, as far as both were entered. No accounting figure.",
            timing: Timing::Through,
            needs: &[Need::Revenue, Need::Costs],
            beside: &[M::SupportCost],
            variants: &[],
            reads: |s| vec![costs(s), s.at(K::Revenue)],
            measure: cost::cash_flow_proxy,
        },
        _ => return None,
    })
}
