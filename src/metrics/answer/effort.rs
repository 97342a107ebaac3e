//! What is particular to the metrics of telephones and of people's time.

use chrono::NaiveDate;
use serde::Serialize;

/// `hold_time`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhoneHold {
    /// Calls, held or not.
    pub calls: u64,
    /// Mean hold of all of them in seconds.
    pub mean_all_s: Option<f64>,
}

/// `average_handle_time`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handled {
    /// Solved tickets somebody tracked time on.
    pub tracked: u64,
    /// All solved tickets; `None` where it is the work of the period that counts.
    pub solved: Option<u64>,
    /// Entries that were longer than an entry can be.
    pub capped: u64,
}

impl Handled {
    /// Share of the solved tickets that the number covers.
    pub fn coverage(self) -> Option<f64> {
        let solved = self.solved.filter(|solved| *solved > 0)?;
        Some(self.tracked as f64 / solved as f64)
    }
}

/// `agent_utilization`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilized {
    /// Seconds spent on tickets and contacts; with those spent ready for them, where they count.
    pub busy_s: f64,
    /// Paid seconds.
    pub paid_s: f64,
    /// Somebody may have done two things at once, and both count.
    pub summed: bool,
}

/// `agent_occupancy`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occupied {
    /// Seconds spent on tickets and contacts by those who report presence.
    pub busy_s: f64,
    /// Seconds they were available or busy.
    pub staffed_s: f64,
    /// How many report presence.
    pub reporting: u64,
    /// Of so many people.
    pub people: u64,
}

/// `staffing_need`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staffing {
    /// The local hour with the most arrivals; the first of several.
    pub hour: u32,
    /// Over how many hours arrivals are spread.
    pub hours: u32,
    /// Arrivals in such an hour.
    pub rate: f64,
    /// Mean handle time in seconds.
    pub handle_s: f64,
    /// Hours of work that arrive each hour.
    pub erlangs: f64,
    /// How busy people should be; `None` where how long customers wait decides.
    pub occupancy: Option<f64>,
    /// Less than four weeks.
    pub indicative: bool,
}

/// A day on which somebody had too much to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverloadRow {
    /// Who.
    pub agent: String,
    /// The local day.
    pub day: NaiveDate,
    /// Which part of the time they were there they were busy; `None` where nothing is known of that.
    pub occupancy: Option<f64>,
    /// How many open tickets they had at its end, where that is what decides.
    pub open_tickets: Option<u64>,
}
