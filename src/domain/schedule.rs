//! cron + zone → slots, right through both clock changes.
//!
//! The `cron` crate is asked about wall-clock times only, as if they were UTC; turning a wall-clock time into an
//! instant happens here, because evaluated in a zone the crate skips what falls into a gap, doubles what falls into
//! an overlap and then goes back in time. One rule replaces all that: **a slot fires at the first instant at which
//! the wall clock shows its time or a later one.** So a slot in the gap fires once, right after it; a slot in the
//! overlap fires once, at its first occurrence; all slots that fall on one instant are one slot.
//!
//! The price is paid by schedules that fire more than daily: the slots of a skipped hour become one, and an hour
//! that comes twice is served once. That is right for digests and wrong for polling, which must use intervals.

mod fields;
mod plan;
#[cfg(test)]
mod tests;

use std::iter;
use std::str::FromStr;

use chrono::{MappedLocalTime, NaiveDateTime, SubsecRound, TimeDelta, TimeZone};
use chrono_tz::Tz;

use self::fields::Fields;
pub use self::plan::{Plan, short};
use super::timestamp::Timestamp;

/// The crate knows the years 1970 to 2100; looking outside them is looking at their ends.
const FIRST: Timestamp = Timestamp(-2 * 86_400_000);
const LAST: Timestamp = Timestamp(4_133_980_800_000);

/// When something happens again and again: a cron line read in a time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    expression: String,
    zone: Tz,
    /// Day of the month and weekday are alternatives when both are given: then there are two rules.
    rules: Vec<cron::Schedule>,
}

/// One time at which a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The instant.
    pub at: Timestamp,
    /// The wall-clock time it stands for, such as `2026-11-22T09:00`: unique within a schedule, so a ledger row
    /// under this key makes each slot happen once.
    pub key: String,
}

/// What is wrong with a cron line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five fields.
    #[error(
        "a cron line has five fields (minute hour day month weekday), such as \"0 9 * * Mon-Fri\"; {expression:?} has {found}{}",
        if *found == 6 { "; seconds are not supported" } else { "" }
    )]
    FieldCount {
        /// The line.
        expression: String,
        /// How many fields it has.
        found: usize,
    },
    /// A field that cannot be read.
    #[error("the {field} of the cron line {expression:?} is wrong: {problem}")]
    Field {
        /// The line.
        expression: String,
        /// Which of the five.
        field: &'static str,
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// A day that does not exist, such as 30 February.
    #[error("the cron line {expression:?} never fires: none of its months has such a day")]
    NeverFires {
        /// The line.
        expression: String,
    },
}

impl Schedule {
    /// Reads a cron line of five fields: minute, hour, day of the month, month, weekday (0 and 7 are Sunday; names
    /// allowed).
    ///
    /// As in every cron since Vixie's, a day of the month *and* a weekday mean either of them, unless one of the two
    /// fields begins with `*`: `0 9 13 * Fri` fires on each 13th and each Friday.
    ///
    /// # Errors
    /// When a field cannot be read, or when the line would never fire.
    pub fn parse(expression: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let rules: Vec<_> = Fields::parse(&expression)?
            .rules()
            .iter()
            .map(|rule| cron::Schedule::from_str(rule).expect("fields are written in the crate's own form"))
            .collect();
        let schedule = Self { expression, zone, rules };
        if schedule.next_after(FIRST).is_none() {
            return Err(ScheduleError::NeverFires { expression: schedule.expression });
        }
        Ok(schedule)
    }

    /// The cron line, with single spaces.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The zone it is read in.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// All slots after `t`, strictly increasing; the last is in the year 2100.
    pub fn slots_after(&self, t: Timestamp) -> impl Iterator<Item = Slot> + '_ {
        let mut last = t;
        iter::successors(self.wall_after(self.wall(t)), |wall| self.wall_after(*wall))
            .map(|wall| self.slot(wall))
            .filter(move |slot| {
                let later = slot.at > last;
                last = last.max(slot.at);
                later
            })
    }

    /// The first slot after `t`.
    pub fn next_after(&self, t: Timestamp) -> Option<Slot> {
        self.slots_after(t).next()
    }

    /// The last slot at or before `t`.
    pub fn latest_at_or_before(&self, t: Timestamp) -> Option<Slot> {
        let wall = self.wall(t);
        // Within an overlap, times up to its length ahead have had their turn already.
        let repeated = match self.zone.from_local_datetime(&wall) {
            MappedLocalTime::Ambiguous(one, other) => (other - one).abs(),
            MappedLocalTime::Single(_) | MappedLocalTime::None => TimeDelta::zero(),
        };
        let ahead = wall + repeated + TimeDelta::seconds(1);
        let mut earlier = iter::successors(self.wall_before(ahead), |wall| self.wall_before(*wall))
            .map(|wall| self.slot(wall))
            .skip_while(|slot| slot.at > t);
        let latest = earlier.next()?;
        // Right after a gap several wall-clock times share the instant; the first of them names the slot.
        Some(earlier.take_while(|slot| slot.at == latest.at).last().unwrap_or(latest))
    }

    /// After downtime: the one slot to make up for, which is the latest of those missed since `last_done`, unless it
    /// lies more than `window_ms` back.
    ///
    /// A schedule promises only what comes after it was made: until a first slot is done, `last_done` is the moment
    /// of its making. `None` means that nothing was promised, so nothing was missed.
    pub fn catch_up(&self, last_done: Option<Timestamp>, now: Timestamp, window_ms: i64) -> Option<Slot> {
        let last_done = last_done?;
        self.latest_at_or_before(now).filter(|slot| slot.at > last_done && now - slot.at <= window_ms)
    }

    /// What the wall clock shows at `t`, in whole seconds.
    fn wall(&self, t: Timestamp) -> NaiveDateTime {
        t.clamp(FIRST, LAST.plus_s(2 * 86_400)).utc().with_timezone(&self.zone).naive_local().trunc_subsecs(0)
    }

    fn wall_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        self.rules.iter().filter_map(|rule| rule.after(&wall.and_utc()).next()).min().map(|t| t.naive_utc())
    }

    fn wall_before(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        // From a year it does not know, the crate looks back wrongly.
        let wall = wall.min(LAST.utc().naive_utc());
        self.rules.iter().filter_map(|rule| rule.after(&wall.and_utc()).next_back()).max().map(|t| t.naive_utc())
    }

    fn slot(&self, wall: NaiveDateTime) -> Slot {
        Slot { at: first_showing(wall, self.zone), key: wall.format("%Y-%m-%dT%H:%M").to_string() }
    }
}

/// The first instant at which the wall clock of `zone` shows `wall` or a later time.
fn first_showing(wall: NaiveDateTime, zone: Tz) -> Timestamp {
    if let Some(at) = zone.from_local_datetime(&wall).earliest() {
        return at.to_utc().into();
    }
    // In a gap, `wall` is skipped: look for the change itself, between an instant that shows less and one that
    // shows more whatever the offset (it lies between -12 h and +15 h).
    let middle = Timestamp::from(wall.and_utc());
    let (mut before, mut after) = (middle.plus_s(-16 * 3600), middle.plus_s(16 * 3600));
    while after - before > 1 {
        let between = before.plus_ms((after - before) / 2);
        if between.utc().with_timezone(&zone).naive_local() < wall {
            before = between;
        } else {
            after = between;
        }
    }
    after
}
