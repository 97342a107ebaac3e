//! The words of a question: periods, filters, comparisons, statistics.
//!
//! Grammar writes them down, metrics answers them; neither knows the other. They mean instants only in a zone at a
//! moment (`metrics::period`).

use super::names::Dimension;
use super::timestamp::Timestamp;

/// The value that stands for having none: `team:none`.
pub const NONE: &str = "none";

/// One filter: any of the values, or none of them. [`NONE`] among them means what has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// On which dimension.
    pub dimension: Dimension,
    /// The values; one of them must match.
    pub values: Vec<String>,
    /// Turned round: none of them may match.
    pub exclude: bool,
    /// 0-based position in characters of the word typed, for errors about unknown values.
    pub position: usize,
}

/// What to compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versus {
    /// The period before, aligned (kpis.md R3).
    #[default]
    Previous,
    /// The same period a year earlier.
    LastYear,
    /// The same period a week earlier, or as many weeks as it takes not to overlap.
    LastWeek,
    /// The same period a month earlier, or as many months as it takes not to overlap.
    LastMonth,
    /// The mean of the four periods before.
    Average,
    /// Nothing.
    None,
}

/// What is wanted of the metrics asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The numbers.
    #[default]
    Number,
    /// How they came about.
    Explanation,
    /// The tickets behind them.
    Tickets,
    /// The rows behind them, as a file.
    Rows,
}

/// Which statistic is the headline of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Stat {
    Median,
    Mean,
    P90,
}

/// The moment of knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The end of a local date.
    Date(chrono::NaiveDate),
    /// An exact instant.
    At(Timestamp),
}

/// As it may be typed.
impl std::fmt::Display for AsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::At(instant) => instant.fmt(f),
        }
    }
}

impl std::str::FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(date) => Ok(Self::Date(date)),
            Err(_) => Timestamp::parse(text).map(Self::At).map_err(|e| {
                format!("{e}; write a date or an RFC 3339 instant, such as 2026-11-22 or 2026-11-22T09:00:00Z")
            }),
        }
    }
}

/// A period as typed; it becomes instants only in a zone at a moment (`metrics::period`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "product.md 5 and kpis.md R3")]
pub enum PeriodSpec {
    Today,
    Yesterday,
    This(PeriodUnit),
    LastWhole(PeriodUnit),
    /// `last N hours|days|weeks|months`, `7d`: the last N units including the running one.
    Last(u32, RollingUnit),
    /// A date or a range, both ends included.
    Dates(chrono::NaiveDate, chrono::NaiveDate),
    /// From a date until now.
    Since(chrono::NaiveDate),
    /// Everything.
    All,
}

/// Calendar units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum PeriodUnit {
    Week,
    Month,
    Quarter,
    Year,
}

/// Units that can be counted back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum RollingUnit {
    Hours,
    Days,
    Weeks,
    Months,
}
