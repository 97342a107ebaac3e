//! What a question is answered with; serialised, it is the public contract of `deskbell metrics --json`.

mod composed;
mod cost;
mod effort;
mod rows;
mod workload;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use composed::{ComparedRow, LimitRow, TrendRow};
pub use cost::{Lifetime, MoneyRow, Quotient, Retention, Trials};
pub use effort::{Handled, Occupied, OverloadRow, PhoneHold, Staffing, Utilized};
pub use rows::*;
pub use workload::{
    DayRow, FeedbackRow, HourRow, IssueRow, LoadRow, Peak, SenderRow, ShareRow, SolverRow, SpikeRow, UnreadRow,
};

use super::catalogue::Need;
use super::explain::{Explanation, LeftOut};
use super::listing::Listing;
use super::period::{Period, Zone};
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
    /// What the metrics asked for need and nothing delivers.
    pub missing: Vec<Need>,
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

/// One group of a breakdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The value of the dimension or the unit of time; `None` = tickets without one.
    pub key: Option<String>,
    /// The same fields as of the whole.
    #[serde(flatten)]
    pub figures: Figures,
}

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
    /// What each ticket contributed; only if the question asked for it.
    pub contributions: Vec<Contribution>,
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

/// What one ticket contributed to a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Which ticket.
    pub ticket: TicketKey,
    /// Which of its customer turns, where each counts.
    pub turn: Option<u32>,
    /// Seconds of a duration; 1 or 0 of a rate; `None` of a count.
    pub value: Option<f64>,
    /// What the value is.
    pub worth: Worth,
    /// The instant counted.
    pub at: Timestamp,
    /// Responsible team at that instant.
    pub team: Option<String>,
    /// Responsible agent at that instant.
    pub agent: Option<String>,
}

/// What the value of a contribution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// A duration in seconds.
    Seconds,
    /// 1 where the ticket passed the test of a rate, 0 where it did not.
    Passed,
    /// What somebody answered, or what it is worth in a score.
    Answered,
    /// Nothing but that it counts.
    Counted,
}

/// What is particular to a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Particulars {
    /// Nothing.
    #[default]
    None,
    /// `ticket_volume`.
    Volume {
        /// Tickets begun by agents, which do not count.
        outbound: u64,
        /// Local days counted.
        days: u64,
        /// Of those, days with opening hours; `None` without a calendar.
        business_days: Option<u64>,
    },
    /// `tickets_solved`.
    Solved {
        /// Tickets created in the same period.
        created: u64,
    },
    /// `net_flow`.
    Flow {
        /// Backlog when the period began.
        opening: u64,
        /// Backlog when it ended.
        closing: u64,
    },
    /// `backlog`.
    Backlog {
        /// How many in which status.
        by_status: BTreeMap<Status, u64>,
        /// How many await our reply.
        awaiting_reply: u64,
    },
    /// `backlog_age`.
    Age {
        /// Below 1, 3, 7, 30 days, and beyond.
        bands: [u64; 5],
        /// The oldest ticket.
        oldest: Option<TicketKey>,
    },
    /// `unreplied_tickets`.
    Unreplied {
        /// The longest wait in seconds.
        longest_s: Option<f64>,
        /// The median wait in seconds.
        median_s: Option<f64>,
        /// Whose customer waits longest.
        oldest: Option<String>,
    },
    /// `peak_hours`.
    Peak(Box<Peak>),
    /// `busiest_day`.
    Busiest {
        /// `mon` to `sun`.
        day: &'static str,
    },
    /// `workload_breakdown`.
    Breakdown {
        /// By what.
        by: GroupBy,
        /// A ticket stands under several values, so that the shares sum to more than all.
        overlapping: bool,
    },
    /// `top_issues`.
    Issues {
        /// Tickets.
        total: u64,
        /// Tickets without a category.
        uncategorised: u64,
    },
    /// `issue_spike`.
    Spikes,
    /// `solved_per_agent`.
    Solvers {
        /// People who solved any.
        people: u64,
        /// Solves that were nobody's.
        unassigned: u64,
    },
    /// `assignment_share`.
    Loads {
        /// People who carry any.
        people: u64,
    },
    /// `replies_sent`.
    Senders {
        /// People who wrote.
        people: u64,
    },
    /// `support_cost`, `cash_flow_proxy`.
    Spent {
        /// Amounts in other currencies, which are left out: currency and amount.
        unconverted: Vec<(String, f64)>,
    },
    /// `contact_rate`, `cost_per_ticket`, `support_cost_per_customer`, `arpa`.
    Quotient(Quotient),
    /// `support_cost_share`.
    CostShare {
        /// What support costs a customer and month.
        cost: f64,
        /// What a customer and month leave over.
        margin: f64,
        /// Whether it is more than the revenue as it stands.
        margin_known: bool,
        /// Amounts in other currencies, which are left out: currency and amount.
        unconverted: Vec<(String, f64)>,
    },
    /// `customer_retention_rate`, `churn_rate`.
    Retention(Retention),
    /// `clv`.
    Lifetime(Lifetime),
    /// `trial_conversion_rate`.
    Trials(Trials),
    /// `first_response_time`, if it was asked for by name.
    StillWaiting {
        /// Tickets whose customer has not heard from a human yet.
        tickets: u64,
        /// The longest wait in seconds.
        longest_s: Option<f64>,
    },
    /// `first_response_time_any`.
    AnyReply {
        /// The median first response of a person in seconds.
        human_s: Option<f64>,
    },
    /// `requester_wait_time`, read from the status.
    Waited {
        /// Solved tickets that never were pending.
        never_pending: u64,
    },
    /// `on_hold_time`.
    Held {
        /// Solved tickets that were on hold at all.
        tickets: u64,
    },
    /// `first_contact_resolution`.
    FirstContact {
        /// Tickets whose review window has not ended.
        provisional: u64,
        /// Why the others were no first contact resolutions.
        broken: Broken,
    },
    /// `one_touch_rate`.
    Touched {
        /// Tickets with two replies.
        two: u64,
        /// Tickets with more.
        more: u64,
    },
    /// `response_efficiency`.
    People {
        /// Tickets with 1, 2, 3, and 4 or more people.
        by_people: [u64; 4],
        /// The most people of a ticket.
        max: u32,
    },
    /// `reassignments`.
    Reassigned {
        /// Tickets that were reassigned at all.
        tickets: u64,
        /// Changes from one team to another.
        team_changes: u64,
    },
    /// `bot_resolution_rate`.
    BotResolved {
        /// Closed by a rule without a word of anybody.
        unconfirmed: u64,
        /// Whose customer opened another ticket about the same within `repeat.window_s`.
        came_back: u64,
    },
    /// `hold_time`.
    PhoneHold(PhoneHold),
    /// `abandonment_rate`.
    Abandoned {
        /// Calls of those who may have misdialled, which do not count.
        short: u64,
    },
    /// `service_level`.
    InTime {
        /// Seconds within which a call is answered in time.
        within_s: i64,
    },
    /// `average_handle_time`.
    Handled(Handled),
    /// `agent_utilization`.
    Utilized(Utilized),
    /// `agent_occupancy`.
    Occupied(Occupied),
    /// `overload_days`.
    Overloaded {
        /// The most such days of one person in a row.
        streak: u64,
    },
    /// `staffing_need`.
    Staffing(Staffing),
    /// `reply_time_promise`.
    Promise {
        /// The median first response in seconds.
        typical_s: Option<f64>,
    },
    /// `reopen_rate`.
    Reopened {
        /// Reopened only by thank-yous.
        soft: u64,
        /// All reopens of these tickets since.
        reopens: u64,
        /// The median time from solve to reopen in the last 90 days, in seconds; if it was asked for by name.
        usual_s: Option<f64>,
    },
    /// `resolution_rate`.
    Resolved {
        /// Of the tickets created, still unsolved.
        open: u64,
        /// Of those, younger than a day.
        young: u64,
        /// An earlier period is judged when its tickets were as old as these are now.
        same_age: bool,
    },
    /// `csat`.
    Rated {
        /// The mean answer, where all have one scale.
        mean: Option<f64>,
        /// Of how many points that scale is.
        scale: Option<u32>,
        /// How often each answer was given, where all have one scale.
        distribution: BTreeMap<String, u64>,
        /// Satisfied answers and answers about tickets that no human had answered, where these are left out.
        bots: (u64, u64),
    },
    /// `csat_response_rate`.
    Answered {
        /// Of the tickets solved, because nobody says what was sent.
        of_solved: bool,
        /// Sent lately and not answered yet.
        provisional: u64,
    },
    /// `nps` and `employee_nps`.
    Score {
        /// Those who would recommend.
        promoters: u64,
        /// Those who do not care.
        passives: u64,
        /// Those who would not.
        detractors: u64,
        /// Answers on another scale than `nps.scale`.
        unusual: u64,
        /// Answers to the other kind of survey (about a ticket, about the relationship), which are never mixed in.
        apart: u64,
    },
    /// `ces`.
    Effort {
        /// Which version of the question.
        version: u8,
        /// The mean answer.
        mean: Option<f64>,
        /// Answers left out because they do not say which version they answer.
        unversioned: u64,
    },
    /// `survey_comments`.
    Comments {
        /// How many are about which theme, in the order of the configuration.
        themes: Vec<(String, u64)>,
    },
    /// `negative_followup_rate`.
    FollowedUp {
        /// Not followed up yet, with time left.
        pending: u64,
        /// Seconds until the first of those is due.
        next_s: Option<f64>,
    },
    /// `sla_attainment`.
    Promises {
        /// Instances that are still running.
        running: u64,
        /// Those of them with little of their time left.
        at_risk: u64,
        /// Met and decided for each target.
        by_target: BTreeMap<Target, (u64, u64)>,
        /// Every instance counted or still undecided; only if the question asked for it.
        instances: Vec<Decision>,
    },
    /// `sla_breaches`.
    Breaches {
        /// Not fulfilled yet.
        open: u64,
        /// Median overrun in seconds.
        median_s: Option<f64>,
    },
}

/// How many tickets fail each condition of first contact resolution; one ticket may fail several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// More than one question was answered.
    pub asked_again: u64,
    /// More people answered than are allowed.
    pub several_people: u64,
    /// It was reopened.
    pub reopened: u64,
    /// The customer opened another ticket.
    pub came_back: u64,
}

/// How one promise to one ticket stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Which ticket.
    pub ticket: TicketKey,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub decided_at: Option<Timestamp>,
}
