//! Business hours: local opening times turned into real instants, and the two questions asked of them: how much
//! open time lies between two instants, and when has a given amount of it passed.
//!
//! Rule R5 of kpis.md: local times in a clock-change gap take the offset before the gap, ambiguous ones are the
//! first occurrence. Opening times are laid out on the time line as a union, so that adjoining or (through a gap)
//! overlapping intervals are never counted twice. The layout is made lazily in blocks of 128 days and kept; outside
//! the years 1970 to 2100 everything is closed.
//!
//! A calendar may also be several, each in force from an instant on, for hours that have been edited.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use chrono::{Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::timestamp::Timestamp;

/// What defines a calendar: plain data, as it stands in `bot.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDefinition {
    /// IANA zone in which all times below are meant.
    pub timezone: String,
    /// Opening times per weekday; a day left out is closed.
    #[serde(default)]
    pub hours: BTreeMap<Weekday, Vec<Hours>>,
    /// Local dates on which all is closed.
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
    /// Local dates with opening times of their own; they win over weekday and holiday.
    #[serde(default)]
    pub special: BTreeMap<NaiveDate, Vec<Hours>>,
}

/// A day of the week, written `mon` to `sun`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<chrono::Weekday> for Weekday {
    fn from(day: chrono::Weekday) -> Self {
        match day {
            chrono::Weekday::Mon => Self::Mon,
            chrono::Weekday::Tue => Self::Tue,
            chrono::Weekday::Wed => Self::Wed,
            chrono::Weekday::Thu => Self::Thu,
            chrono::Weekday::Fri => Self::Fri,
            chrono::Weekday::Sat => Self::Sat,
            chrono::Weekday::Sun => Self::Sun,
        }
    }
}

/// An interval of one local day, written `09:00-12:30`; `24:00` may stand as its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hours {
    /// Minutes since local midnight.
    from: u16,
    /// Minutes since local midnight; greater than `from`.
    to: u16,
}

const DAY_MINUTES: u16 = 24 * 60;

impl Hours {
    /// The interval between two times given as minutes since local midnight; `None` unless `from < to ≤ 24:00`.
    pub const fn new(from: u16, to: u16) -> Option<Self> {
        if from < to && to <= DAY_MINUTES { Some(Self { from, to }) } else { None }
    }
}

impl FromStr for Hours {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let minutes = |clock: &str| -> Option<u16> {
            let (h, m) = clock.trim().split_once(':')?;
            let number = |s: &str| {
                let digits = (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
                if digits { s.parse::<u16>().ok() } else { None }
            };
            let (h, m) = (number(h)?, number(m)?);
            (m < 60).then_some(h * 60 + m)
        };
        let hours = text.split_once('-').and_then(|(from, to)| Self::new(minutes(from)?, minutes(to)?));
        hours.ok_or_else(|| CalendarError::Hours { text: text.to_owned() })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a definition is not a calendar. Never worth a retry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not in the IANA database.
    #[error("unknown time zone {zone:?}; write an IANA name such as Europe/Berlin")]
    Zone {
        /// As written.
        zone: String,
    },
    /// Not an interval within one day.
    #[error("{text:?} are not opening hours; write 09:00-17:30, within one day (24:00 may end it)")]
    Hours {
        /// As written.
        text: String,
    },
    /// Two intervals of a day overlap.
    #[error("opening hours {first} and {second} of {day} overlap")]
    Overlap {
        /// Weekday or date.
        day: String,
        /// The earlier one.
        first: Hours,
        /// The later one.
        second: Hours,
    },
}

/// A calendar that can be asked about instants.
#[derive(Debug)]
pub struct Calendar {
    /// What it was called, where that may have changed.
    name: Option<String>,
    definition: CalendarDefinition,
    zone: Tz,
    /// Whose hours count from when on, oldest first; empty if those of the definition always do.
    parts: Vec<Part>,
    blocks: Vec<OnceLock<Block>>,
}

/// The hours in force from an instant on: those of a calendar, or all.
pub type Part = (Timestamp, Option<Arc<Calendar>>);

/// A stretch of time in which one calendar was in force.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, exclusive.
    pub to: Timestamp,
    /// The calendar, with the hours it had then; `None` = every hour counted.
    pub calendar: Option<&'a Calendar>,
}

/// The opening times of 128 days, as instants.
#[derive(Debug)]
struct Block {
    spans: Vec<Span>,
    open_ms: i64,
}

/// A stretch of open time.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: i64,
    end: i64,
    /// Open time in the block before this stretch.
    before: i64,
}

const DAY_MS: i64 = 86_400_000;
const BLOCK_MS: i64 = 128 * DAY_MS;
/// 1970 to 2100 inclusive is 47,847 days.
const BLOCKS: usize = 374;

/// The instant of a local time in a zone (R5): the first of two, or with the offset in force before a gap.
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> Timestamp {
    let offset = |from: MappedLocalTime<<Tz as TimeZone>::Offset>| from.earliest().map(|o| o.fix().local_minus_utc());
    // Gaps are at most a day long (Samoa left out 30 December 2011), so going back finds the offset before one.
    let seconds = offset(zone.offset_from_local_datetime(&local)).or_else(|| {
        (1..=48).find_map(|h| {
            let before = zone.offset_from_local_datetime(&(local - TimeDelta::hours(h)));
            before.latest().map(|o| o.fix().local_minus_utc())
        })
    });
    Timestamp(local.and_utc().timestamp_millis()).plus_s(-i64::from(seconds.unwrap_or(0)))
}

impl Calendar {
    /// Checks a definition.
    ///
    /// # Errors
    /// When the zone is unknown or intervals of a day overlap.
    pub fn new(mut definition: CalendarDefinition) -> Result<Self, CalendarError> {
        let zone: Tz =
            definition.timezone.parse().map_err(|_| CalendarError::Zone { zone: definition.timezone.clone() })?;
        for (day, hours) in &mut definition.hours {
            put_in_order(hours, || format!("{day:?}").to_lowercase())?;
        }
        for (date, hours) in &mut definition.special {
            put_in_order(hours, || date.to_string())?;
        }
        Ok(Self { name: None, definition, zone, parts: Vec::new(), blocks: no_blocks() })
    }

    /// Several calendars, each in force from its instant until the next one's, the first one from ever. What defines it
    /// is what defines the last one.
    pub fn spliced(parts: Vec<Part>) -> Self {
        let last = parts.last().and_then(|(_, calendar)| calendar.as_ref());
        let definition = last.map(|calendar| calendar.definition.clone()).unwrap_or_default();
        Self {
            name: None,
            definition,
            zone: last.map_or(Tz::UTC, |calendar| calendar.zone),
            parts,
            blocks: no_blocks(),
        }
    }

    /// The same, with the name it goes by.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// The name it was given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Which calendars were in force between two instants, in order; never one that is several.
    pub fn in_force(&self, from: Timestamp, to: Timestamp) -> Vec<InForce<'_>> {
        if self.parts.is_empty() {
            return vec![InForce { from, to, calendar: Some(self) }];
        }
        let first = self.parts.partition_point(|(since, _)| *since <= from).saturating_sub(1);
        let mut found = Vec::new();
        for (n, (since, calendar)) in self.parts.iter().enumerate().skip(first) {
            let begin = if n == first { from } else { *since };
            if n > first && begin >= to {
                break;
            }
            let end = self.parts.get(n + 1).map_or(to, |(next, _)| to.min(*next)).max(begin);
            match calendar {
                Some(calendar) => found.extend(calendar.in_force(begin, end)),
                None => found.push(InForce { from: begin, to: end, calendar: None }),
            }
        }
        found
    }

    /// What defines it, each day's intervals in order.
    pub const fn definition(&self) -> &CalendarDefinition {
        &self.definition
    }

    /// The zone of its local times.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Open milliseconds between two instants; 0 when `b` is not after `a`.
    pub fn business_ms(&self, a: Timestamp, b: Timestamp) -> i64 {
        let (a, b) = (clamp(a.0), clamp(b.0));
        if b <= a {
            return 0;
        }
        let (first, last) = (block_of(a), block_of(b));
        let between: i64 = (first..last).map(|k| self.block(k).open_ms).sum();
        between + self.block(last).open_until(b) - self.block(first).open_until(a)
    }

    /// The first instant at which exactly `ms` of open time have passed since `start`: a target that is used up
    /// with the last second before closing ends then, not at the next opening. `None` when that never happens.
    pub fn add_business(&self, start: Timestamp, ms: i64) -> Option<Timestamp> {
        if ms <= 0 {
            return Some(start);
        }
        let first = block_of(clamp(start.0));
        let mut left = ms.checked_add(self.block(first).open_until(clamp(start.0)))?;
        for k in first..BLOCKS {
            let block = self.block(k);
            if left <= block.open_ms {
                let after = block.spans.partition_point(|s| s.before < left);
                let span = block.spans[after - 1];
                return Some(Timestamp(span.start + left - span.before));
            }
            left -= block.open_ms;
        }
        None
    }

    /// Whether it is open at an instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_opening(at) == Some(at)
    }

    /// The first open instant at or after `at`.
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        let from = clamp(at.0);
        (block_of(from)..BLOCKS).find_map(|k| {
            let spans = &self.block(k).spans;
            let next = spans.get(spans.partition_point(|s| s.end <= from))?;
            Some(Timestamp(next.start.max(from)))
        })
    }

    /// The first opening after an instant at which it is closed, or after the closing that comes next.
    pub fn next_opening_after_closing(&self, at: Timestamp) -> Option<Timestamp> {
        let mut open = self.next_opening(at)?;
        if open > at {
            return Some(open);
        }
        loop {
            let spans = &self.block(block_of(open.0)).spans;
            let end = spans.get(spans.partition_point(|s| s.end <= open.0))?.end;
            let next = self.next_opening(Timestamp(end))?;
            if next.0 > end {
                return Some(next);
            }
            // Days without an end between them.
            open = next;
        }
    }

    /// When the working day ends that runs at an instant or begins next: the last closing of its local date.
    pub fn end_of_working_day(&self, at: Timestamp) -> Option<Timestamp> {
        let mut from = at;
        loop {
            let open = self.next_opening(from)?;
            let date = open.utc().with_timezone(&self.zone).date_naive();
            let end = self.hours_on(date).iter().map(|hours| hours.to).max().map(|to| self.instant(date, to));
            match end {
                Some(end) if end > at => return Some(end),
                // Hours that were in force then and are not any more.
                _ => from = self.instant(date.succ_opt()?, 0).max(from.plus_ms(1)),
            }
        }
    }

    /// The opening times of a local date.
    pub fn hours_on(&self, date: NaiveDate) -> &[Hours] {
        let d = &self.definition;
        match d.special.get(&date) {
            Some(special) => special,
            None if d.holidays.contains(&date) => &[],
            None => d.hours.get(&date.weekday().into()).map_or(&[], Vec::as_slice),
        }
    }

    /// The instant of a local time (R5): the first of two, or with the offset in force before a gap.
    pub fn instant(&self, date: NaiveDate, minutes: u16) -> Timestamp {
        instant_of(date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes)), self.zone)
    }

    fn block(&self, k: usize) -> &Block {
        self.blocks[k].get_or_init(|| self.lay_out(k))
    }

    /// The union of all opening times that touch a block, cut to it.
    fn lay_out(&self, k: usize) -> Block {
        let (from, to) = (k as i64 * BLOCK_MS, (k as i64 + 1) * BLOCK_MS);
        // Local dates are up to a day away from UTC dates, and a gap may shift by another one.
        let first = Timestamp(from).utc().date_naive() - Days::new(2);
        let by_hours = first
            .iter_days()
            .take(132)
            .flat_map(|date| self.hours_on(date).iter().map(move |h| (date, h)))
            .map(|(date, h)| (self.instant(date, h.from).0.max(from), self.instant(date, h.to).0.min(to)));
        let mut spans: Vec<(i64, i64)> = match self.parts.as_slice() {
            [] => by_hours.collect(),
            parts => {
                let ends = parts[1..].iter().map(|(from, _)| from.0).chain([i64::MAX]);
                let starts = std::iter::once(i64::MIN).chain(parts[1..].iter().map(|(from, _)| from.0));
                let bounds = starts.zip(ends).map(|(start, end)| (start.max(from), end.min(to)));
                parts
                    .iter()
                    .zip(bounds)
                    .flat_map(|((_, hours), bounds)| open_within(hours.as_deref(), k, bounds))
                    .collect()
            }
        };
        spans.retain(|(start, end)| start < end);
        spans.sort_unstable();
        let mut block = Block { spans: Vec::with_capacity(spans.len()), open_ms: 0 };
        for (start, end) in spans {
            match block.spans.last_mut() {
                Some(last) if start <= last.end => {
                    block.open_ms += (end - last.end).max(0);
                    last.end = last.end.max(end);
                }
                _ => {
                    block.spans.push(Span { start, end, before: block.open_ms });
                    block.open_ms += end - start;
                }
            }
        }
        block
    }
}

impl Block {
    /// Open time from the start of the block to an instant in it.
    fn open_until(&self, at: i64) -> i64 {
        match self.spans.partition_point(|s| s.start < at) {
            0 => 0,
            n => self.spans[n - 1].before + at.min(self.spans[n - 1].end) - self.spans[n - 1].start,
        }
    }
}

/// The open stretches of a block of a calendar (`None` = all of it), cut to some bounds.
fn open_within(hours: Option<&Calendar>, k: usize, (from, to): (i64, i64)) -> Vec<(i64, i64)> {
    match hours {
        // What is not in force here need not be laid out.
        _ if from >= to => Vec::new(),
        None => vec![(from, to)],
        Some(hours) => hours.block(k).spans.iter().map(|s| (s.start.max(from), s.end.min(to))).collect(),
    }
}

fn no_blocks() -> Vec<OnceLock<Block>> {
    (0..BLOCKS).map(|_| OnceLock::new()).collect()
}

/// An instant within the years that are laid out.
fn clamp(at: i64) -> i64 {
    at.clamp(0, BLOCKS as i64 * BLOCK_MS - 1)
}

/// The block of an instant that was clamped.
const fn block_of(at: i64) -> usize {
    (at / BLOCK_MS) as usize
}

fn put_in_order(hours: &mut [Hours], day: impl Fn() -> String) -> Result<(), CalendarError> {
    hours.sort_unstable();
    match hours.windows(2).find(|w| w[1].from < w[0].to) {
        Some(w) => Err(CalendarError::Overlap { day: day(), first: w[0], second: w[1] }),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests;
