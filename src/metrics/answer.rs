//! What a question is answered with; serialised, it is the public contract of `deskbell metrics --json`.

mod composed;
mod cost;
mod effort;
mod particulars;
mod published;
mod rows;
mod workload;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

pub use composed::{ComparedRow, LimitRow, TrendRow};
pub use cost::{Lifetime, MoneyRow, Quotient, Retention, Trials};
pub use effort::{Handled, Occupied, OverloadRow, PhoneHold, Staffing, Utilized};
pub use particulars::{Broken, Contribution, Decision, Particulars, Worth};
pub use published::{Benchmark, Fit, Standing};
pub use rows::*;
pub use workload::{
    DayRow, FeedbackRow, HourRow, IssueRow, LoadRow, Peak, SenderRow, ShareRow, SolverRow, SpikeRow, UnreadRow,
};

use super::catalogue::Need;
use super::explain::{Explanation, LeftOut};
use super::frequent::Frequent;
use super::listing::Listing;
use super::period::{Period, Zone};
use crate::domain::chart::Band;
use crate::domain::event::{Status, SurveyKind, Target};
use crate::domain::money::Currency;
use crate::domain::names::{Better, Clock, GroupBy, MetricId, Unit};
use crate::domain::query::{Stat, Versus, View};
use crate::domain::sample::TicketKey;
use crate::domain::sla::State;
use crate::domain::timestamp::Timestamp;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The period asked for.
    pub period: Stretch,
    /// The period compared with; of several (`vs average`), from the first to the last.
    pub compared_to: Option<Stretch>,
    /// The filters in force; the key of an excluded dimension begins with `-`.
    pub filters: BTreeMap<String, Vec<String>>,
    /// The breakdown.
    pub by: Option<GroupBy>,
    /// The moment of knowledge.
    pub as_of: Timestamp,
    /// One answer a metric; the overview is answered with the metrics it consists of.
    pub metrics: Vec<Answer>,
    /// What people should read beside a metric asked for alone (kpis.md R23).
    #[serde(skip)]
    pub beside: Vec<Answer>,
    /// How it was asked, for those who show it.
    #[serde(skip)]
    pub asked: Asked,
}

/// What a presenter must know of the question.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The overview, not single metrics.
    pub overview: bool,
    /// Where days begin.
    pub zone: Zone,
    /// What the period is compared with.
    pub versus: Versus,
    /// The numbers, or what stands behind them.
    pub view: View,
    /// Also as a picture.
    pub drawn: bool,
    /// What the metrics asked for need and nothing delivers.
    pub missing: Vec<Need>,
    /// What the answer can be narrowed to.
    pub frequent: Frequent,
}

/// A stretch of time in JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
    /// The zone in which its days begin.
    pub timezone: String,
}

impl Stretch {
    /// A period with the name of its zone.
    pub fn new(period: Period, zone: Zone) -> Self {
        Self { from: period.from, to: period.to, timezone: zone.timezone.name().to_owned() }
    }
}

/// The answer for one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Which metric.
    pub id: MetricId,
    /// What it is measured in.
    pub unit: Unit,
    /// Which way is good.
    pub better: Better,
    /// The clock of durations.
    pub clock: Option<Clock>,
    /// The numbers.
    #[serde(flatten)]
    pub figures: Figures,
    /// A published figure to compare with.
    pub benchmark: Option<Benchmark>,
    /// What must be sent for this number to exist, where it does not.
    pub needs: Option<String>,
    /// The breakdown asked for.
    pub groups: Vec<Group>,
    /// The course of the value over the period.
    pub series: Vec<Point>,
    /// Which variant of the metric, if not the configured one.
    #[serde(skip)]
    pub variant: Option<String>,
    /// How the number came about, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// The tickets behind the number, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tickets: Option<Listing>,
    /// The value by weekday and hour, for a picture of a breakdown by either.
    #[serde(skip)]
    pub grid: Option<Box<Grid>>,
}

/// The numbers of a metric, of a period or of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// The headline; `None` = no data.
    pub value: Option<f64>,
    /// What amounts are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Which statistic of a distribution the headline is.
    pub stat: Option<Stat>,
    /// The sample; `None` where a sample makes no sense.
    pub n: Option<u64>,
    /// 90th percentile of a distribution.
    pub p90: Option<f64>,
    /// Mean of a distribution.
    pub mean: Option<f64>,
    /// Lower limit of the 95% interval of a rate or a median.
    pub low: Option<f64>,
    /// Its upper limit.
    pub high: Option<f64>,
    /// The same, before.
    pub previous: Option<Previous>,
    /// Relative for counts and durations, the difference for rates.
    pub change: Option<f64>,
    /// Whether the change is a clear one; `None` where that cannot be said.
    pub significant: Option<bool>,
    /// The target from `bot.toml`.
    pub target: Option<f64>,
    /// Whether it is met.
    pub met: Option<bool>,
    /// Why there is no value.
    pub reason: Option<Reason>,
    /// On which share of what it should cover the value is computed; `None` where everything is covered.
    pub coverage: Option<f64>,
    /// What was said of the same question before, where it was something else (kpis.md R18).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restated: Option<Restated>,
    /// What a listing metric lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Row>>,
    /// What else the same computation found out.
    #[serde(skip)]
    pub detail: Detail,
}

/// The headline of the comparison period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Previous {
    /// The headline then.
    pub value: Option<f64>,
    /// Its sample.
    pub n: Option<u64>,
    /// Why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Why there is no value (kpis.md R14). In JSON only its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing to divide by, an empty sample.
    NoData,
    /// Nothing that is connected delivers it.
    NotConnected,
    /// The least sample is not reached.
    NotEnoughData {
        /// How many there are.
        have: u64,
        /// How many it takes.
        need: u64,
    },
    /// What is connected delivers it since a later local date only.
    HistoryStarts(NaiveDate),
}

impl Reason {
    /// The word of the public contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::NotConnected => "not_connected",
            Self::NotEnoughData { .. } => "not_enough_data",
            Self::HistoryStarts(_) => "history_starts",
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

/// What was published before as the answer to the same question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Restated {
    /// The value then; `None` = there was none.
    pub was: Option<f64>,
    /// As of when it was said.
    pub as_of: Timestamp,
}

/// One group of a breakdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The value of the dimension or the unit of time; `None` = tickets without one.
    pub key: Option<String>,
    /// The same fields as of the whole.
    #[serde(flatten)]
    pub figures: Figures,
    /// The course of its value over the period, if its layers are to be drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Point>,
}

/// A value for each hour of the week, Monday first; `None` of one that did not occur or had no data.
pub type Grid = [[Option<f64>; 24]; 7];

/// One point of a course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Where the stretch of the point begins.
    pub from: Timestamp,
    /// The value of the stretch, or at its end for snapshots.
    pub value: Option<f64>,
    /// Its sample.
    pub n: Option<u64>,
}

/// What a computation found out besides its headline: what lines say in parentheses, and explanations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// Of a rate: how many.
    pub numerator: Option<u64>,
    /// Of a rate: out of how many.
    pub denominator: Option<u64>,
    /// Of a distribution: its ends and its far tail.
    pub spread: Option<Spread>,
    /// On how much of what it should cover the number is computed; `None` = on all of it.
    pub coverage: Option<Coverage>,
    /// The local date on which its history starts, where that lies inside the period.
    pub begins: Option<NaiveDate>,
    /// What the headline is measured in, where a variant changes it.
    pub unit: Option<Unit>,
    /// Which way is good, where a variant changes it.
    pub better: Option<Better>,
    /// The filters do not apply to what was counted, so all of it was.
    pub unfiltered: bool,
    /// What the number needs and nothing has delivered, as the samples show.
    pub missing: Option<String>,
    /// It is about a change since a time that was not, or not wholly, recorded; so there is no number.
    pub unrecorded: bool,
    /// What else was left out, and how many of it.
    pub left_out: Vec<LeftOut>,
    /// What the sample consists of (one, several), where a switch says so.
    pub counted: Option<(&'static str, &'static str)>,
    /// The value and the sample of each part of the period, where they were counted on the way; taken for the course.
    pub course: Option<Vec<(Option<f64>, Option<u64>)>>,
    /// What each ticket contributed; only if the question asked for it.
    pub contributions: Vec<Contribution>,
    /// Of durations: how they are spread, if that is to be drawn.
    pub bands: Vec<Band>,
    /// What is particular to the metric.
    pub particulars: Particulars,
}

/// How much of what it should cover a number is computed on (kpis.md R14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// On so many.
    pub covered: u64,
    /// Of so many.
    pub of: u64,
    /// What the others lack, as in "`repeat check` on 18 of 20".
    pub what: &'static str,
}

impl Coverage {
    /// The share covered; all of nothing is everything.
    pub fn share(self) -> f64 {
        if self.of == 0 { 1.0 } else { self.covered as f64 / self.of as f64 }
    }
}

/// The ends of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// The one in the middle.
    pub median: f64,
    /// The greatest.
    pub max: f64,
    /// 95th percentile.
    pub p95: f64,
}
