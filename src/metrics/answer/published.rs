//! Published figures, and where a value stands beside them.

use serde::{Deserialize, Serialize};

use crate::domain::query::Stat;

/// A published figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Benchmark {
    /// In the unit of the metric.
    pub value: f64,
    /// The upper end, where it is a range.
    pub high: Option<f64>,
    /// The unit it was published in.
    pub unit: String,
    /// Which statistic, in the publisher's words.
    pub stat: String,
    /// Whose figure it is.
    pub segment: String,
    /// Where.
    pub region: String,
    /// Who published it.
    pub source: String,
    /// Where it can be read.
    pub url: String,
    /// The last year it speaks of; `None` = undated.
    pub year: Option<u16>,
    /// How near its definition is to ours.
    #[serde(rename = "match")]
    pub fit: Fit,
    /// What must be known to read it.
    pub note: String,
    /// Where the value stands beside it; `None` where that must not be judged (kpis.md 8.1).
    pub standing: Option<Standing>,
    /// Young enough to judge by.
    #[serde(skip)]
    pub fresh: bool,
    /// Which statistic of a distribution it is, if it says.
    #[serde(skip)]
    pub statistic: Option<Stat>,
}

/// How near the definition of a published figure is to ours (kpis.md 8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The same.
    Exact,
    /// A small difference.
    Near,
    /// Another method or population: shown without a verdict.
    Loose,
}

/// Where a value stands beside a published figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Standing {
    Above,
    /// The interval of the value reaches it.
    Within,
    Below,
}
