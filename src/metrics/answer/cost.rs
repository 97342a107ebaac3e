//! What the metrics of cost and value list and find out (kpis.md 5.4).

use serde::Serialize;

use crate::metrics::statistics::Difference;

/// Money of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoneyRow {
    /// What it was for; `None` = not said.
    pub category: Option<String>,
    /// How much, of `currency`.
    pub amount: f64,
    /// Three letters, or what the source wrote.
    pub currency: String,
    /// Part of the total; not so where no rate to the reporting currency is known.
    pub converted: bool,
}

/// What was divided by what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quotient {
    /// What was divided: money, or tickets.
    pub total: f64,
    /// By how much.
    pub by: f64,
    /// The length of the period in months.
    pub months: f64,
    /// Amounts in other currencies, which are left out: currency and amount.
    pub unconverted: Vec<(String, f64)>,
}

/// Who stayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retention {
    /// Customers when the period began.
    pub start: u64,
    /// Customers when it ended.
    pub end: u64,
    /// Of those at the start, kept.
    pub kept: i64,
    /// Customers that came within the period.
    pub new: u64,
    /// Of those, still there at its end.
    pub new_at_end: u64,
    /// The kept share weighted by what the customers paid at the start, where that is known.
    pub revenue_weighted: Option<f64>,
    /// The share lost in an average month.
    pub monthly_churn: Option<f64>,
    /// The length of the period in months.
    pub months: f64,
}

/// What a customer is worth, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifetime {
    /// Revenue a customer and month.
    pub arpa_month: Option<f64>,
    /// The share of customers kept in an average month.
    pub retention_month: Option<f64>,
    /// The share of the revenue that is left; `None` = not known.
    pub margin: Option<f64>,
    /// The lifetime was cut off at `clv.max_months`.
    pub capped: bool,
    /// Too few customers or losses for more than an idea.
    pub rough: bool,
    /// Amounts in other currencies, which are left out: currency and amount.
    pub unconverted: Vec<(String, f64)>,
}

/// What became of trials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trials {
    /// Paying, of those who wrote to support before they paid.
    pub with_contact: (u64, u64),
    /// Paying, of the others.
    pub without_contact: (u64, u64),
    /// Trials that have not paid and still can.
    pub immature: u64,
    /// By how much the rate with contact is higher, with its interval.
    pub difference: Option<Difference>,
}
