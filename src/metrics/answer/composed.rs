//! The rows of what is put together from other metrics.

use serde::Serialize;

use super::{Benchmark, Figures, Point, Previous, Reason};
use crate::domain::names::{Better, Clock, MetricId, Unit};
use crate::domain::query::Stat;
use crate::metrics::statistics::Verdict;

/// One of the three R's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitRow {
    /// Which metric.
    pub metric: MetricId,
    /// What it is measured in.
    pub unit: Unit,
    /// The clock of durations.
    pub clock: Option<Clock>,
    /// The value.
    pub value: Option<f64>,
    /// Which statistic of a distribution it is.
    pub stat: Option<Stat>,
    /// The sample.
    pub n: Option<u64>,
    /// What it should not exceed; `None` = nobody says.
    pub limit: Option<f64>,
    /// Whether it does not; `None` where the value or the limit is missing.
    pub within: Option<bool>,
    /// Why there is no value.
    pub reason: Option<Reason>,
}

/// What became of a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendRow {
    /// Which metric.
    pub metric: MetricId,
    /// What it is measured in.
    pub unit: Unit,
    /// Which way is good.
    pub better: Better,
    /// The clock of durations.
    pub clock: Option<Clock>,
    /// The value.
    pub value: Option<f64>,
    /// Its sample.
    pub n: Option<u64>,
    /// The value before.
    pub previous: Option<Previous>,
    /// Relative for counts and durations, the difference for rates and scores.
    pub change: Option<f64>,
    /// What may be said about the change.
    pub verdict: Verdict,
    /// Whether a clear change is one for the better; `None` where it is neither.
    pub improved: Option<bool>,
    /// Why there is no value.
    pub reason: Option<Reason>,
    /// The value of each of twelve months; only of metrics asked for by name.
    pub history: Vec<Point>,
    /// Everything else, for those who show it.
    #[serde(skip)]
    pub figures: Figures,
}

/// A metric beside a published figure, measured as that was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedRow {
    /// Which metric.
    pub metric: MetricId,
    /// What it is measured in.
    pub unit: Unit,
    /// The clock of durations.
    pub clock: Option<Clock>,
    /// The own value.
    pub value: Option<f64>,
    /// Which statistic of a distribution it is.
    pub stat: Option<Stat>,
    /// Its sample.
    pub n: Option<u64>,
    /// Why there is no own value.
    pub reason: Option<Reason>,
    /// The own value over twelve months; only of metrics asked for by name.
    pub year: Option<Previous>,
    /// The same of each of those months.
    pub history: Vec<Point>,
    /// What was published.
    pub published: Benchmark,
}
