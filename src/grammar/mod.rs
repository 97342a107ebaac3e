//! F1: one grammar on every platform: text ↔ [`Call`] (product.md 5, kpis.md 6).

use crate::domain::names::{Clock, GroupBy, MetricId};
pub use crate::domain::query::{AsOf, Filter, PeriodSpec, PeriodUnit, RollingUnit, Stat, Versus};

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `/metrics …`
    Metrics(MetricsCall),
    /// `/bell help [TOPIC]`
    Help(Option<String>),
}

/// `/metrics [METRIC…] [PERIOD] [by DIMENSION] [key:value …] [vs …] [share]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsCall {
    /// The metrics asked for; empty = the overview.
    pub metrics: Vec<MetricId>,
    /// The period; `None` = the last 7 days.
    pub period: Option<PeriodSpec>,
    /// The breakdown.
    pub by: Option<GroupBy>,
    /// Conditions, in the order typed.
    pub filters: Vec<Filter>,
    /// What to compare with.
    pub versus: Versus,
    /// Which clock; `None` = the default of product.md 7.
    pub clock: Option<Clock>,
    /// Which statistic of a distribution; `None` = the metric's own.
    pub stat: Option<Stat>,
    /// Another variant of the metric, such as `to_date`.
    pub variant: Option<String>,
    /// The moment of knowledge, a local date or an instant; `None` = now.
    pub as_of: Option<AsOf>,
    /// Show the answer to the whole channel.
    pub share: bool,
}
