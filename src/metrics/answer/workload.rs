//! What the workload metrics list and find out (kpis.md 5.3).

use serde::Serialize;

use super::TicketRef;
use crate::domain::timestamp::Timestamp;
use crate::metrics::days::HoursOfWeek;

/// A ticket that no agent has opened since its customer last wrote.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnreadRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// When it was created.
    pub created: Timestamp,
}

/// An hour of the local day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HourRow {
    /// 0 to 23.
    pub hour: u8,
    /// Tickets that came in it.
    pub tickets: u64,
    /// How often it occurred, in hours.
    pub slots: f64,
    /// Tickets each time; `None` of an hour that never occurred.
    pub rate: Option<f64>,
    /// Share of all tickets.
    pub share: Option<f64>,
}

/// What `peak_hours` found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// The hour with the highest rate.
    pub hour: u8,
    /// The one after it.
    pub then: Option<u8>,
    /// Fewer than four weeks were counted.
    pub indicative: bool,
    /// The rate of each hour of the week, Monday first; `None` of one that did not occur.
    pub heat: HoursOfWeek<Option<f64>>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DayRow {
    /// `mon` to `sun`.
    pub day: &'static str,
    /// Tickets that came on it.
    pub tickets: u64,
    /// How often it occurred.
    pub days: u64,
    /// Tickets each time; `None` of a day that did not occur.
    pub rate: Option<f64>,
}

/// A group of a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareRow {
    /// The value of the dimension; `None` = without one.
    pub key: Option<String>,
    /// Tickets.
    pub tickets: u64,
    /// Share of all tickets.
    pub share: f64,
}

/// What customers write about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssueRow {
    /// Place among the issues, from 1.
    pub rank: u64,
    /// The category, or the tag.
    pub category: String,
    /// Tickets.
    pub tickets: u64,
    /// Share of all tickets, those without a category included.
    pub share: f64,
    /// Tickets in the period compared with.
    pub previous: Option<u64>,
    /// Relative change since; `None` from none.
    pub change: Option<f64>,
    /// Whether the change is a clear one.
    pub significant: Option<bool>,
}

/// Whether a category has grown beyond chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpikeRow {
    /// The category.
    pub category: String,
    /// Tickets in the period.
    pub now: u64,
    /// Tickets in the period compared with.
    pub before: u64,
    /// By how many standard deviations they differ.
    pub z: f64,
    /// Whether it is a spike.
    pub spike: bool,
}

/// What customers say about a part of the product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedbackRow {
    /// The part: what stands after `area:` in a tag; `None` = no such tag.
    pub area: Option<String>,
    /// Distinct customers, as far as they are known.
    pub customers: u64,
    /// Tickets.
    pub tickets: u64,
    /// What these customers paid a month in the period, if that is known.
    pub revenue: Option<f64>,
}

/// What one person solved, with the quality beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SolverRow {
    /// Who was responsible at the solve; `None` = nobody.
    pub agent: Option<String>,
    /// Tickets.
    pub solved: u64,
    /// Share of all that were solved.
    pub share: f64,
    /// Their satisfied share of ratings.
    pub csat: Option<f64>,
    /// Share of their solves that was reopened.
    pub reopen_rate: Option<f64>,
}

/// What one person carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadRow {
    /// Who.
    pub agent: String,
    /// Their open tickets at the end of the period.
    pub open: u64,
    /// Share of all open tickets that are somebody's.
    pub open_share: Option<f64>,
    /// Tickets assigned to them in the period.
    pub assigned: u64,
    /// Share of all assignments.
    pub assigned_share: Option<f64>,
    /// Tickets they settled with one touch.
    pub one_touch: u64,
    /// Share of all that were settled so.
    pub one_touch_share: Option<f64>,
}

/// What one person wrote.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SenderRow {
    /// Who.
    pub agent: Option<String>,
    /// Public messages.
    pub replies: u64,
}
