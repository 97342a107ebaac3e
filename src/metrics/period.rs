//! Periods: words become instants in a zone at a moment, and find what they compare with (kpis.md R1, R3).
//!
//! Everything is half-open. Shifts happen in local calendar units, so a day of 23 hours compares with one of 24 and a
//! half-finished week with the same half of the one before.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;

use crate::domain::calendar::instant_of;
use crate::domain::names::TimeUnit;
use crate::domain::query::{AsOf, PeriodSpec, PeriodUnit, RollingUnit, Versus};
use crate::domain::timestamp::Timestamp;

/// How many earlier periods `vs average` takes the mean of.
const AVERAGED: i32 = 4;

/// More weeks than this have not passed since the first instant there is.
const MOST_SHIFTS: i32 = 10_000;

/// The end of the year 9999, far enough from the end of chrono's calendar for any offset and shift.
const LATEST_MS: i64 = 253_402_300_799_999;

/// A stretch of time: from an instant until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
}

impl Period {
    /// Whether an instant lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// What it shares with another; nothing is a period without length.
    pub fn and(self, other: Self) -> Self {
        let from = self.from.max(other.from);
        Self { from, to: self.to.min(other.to).max(from) }
    }

    /// Its length in milliseconds.
    pub fn length_ms(self) -> i64 {
        self.to - self.from
    }
}

/// Where days begin, and on which of them weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The workspace's time zone, or the asker's.
    pub timezone: Tz,
    /// First day of the week.
    pub week_start: Weekday,
}

impl Default for Zone {
    fn default() -> Self {
        Self { timezone: Tz::UTC, week_start: Weekday::Mon }
    }
}

impl Zone {
    /// What clocks on the wall show at an instant.
    pub fn local(self, at: Timestamp) -> NaiveDateTime {
        Timestamp(at.millis().clamp(0, LATEST_MS)).utc().with_timezone(&self.timezone).naive_local()
    }

    /// The instant of a wall-clock time: the first of two, or, in a gap, by the offset before it.
    pub fn instant(self, local: NaiveDateTime) -> Timestamp {
        instant_of(local, self.timezone)
    }

    /// The instant a local date begins.
    pub fn midnight(self, date: NaiveDate) -> Timestamp {
        self.instant(date.and_time(NaiveTime::MIN))
    }

    fn week_of(self, date: NaiveDate) -> NaiveDate {
        days_before(date, i64::from(date.weekday().days_since(self.week_start)))
    }

    /// The instant at which the local day, week or month of an instant begins; of an hour, its day.
    pub(super) fn start(self, grain: Grain, at: Timestamp) -> Timestamp {
        let date = self.local(at).date();
        self.midnight(match grain {
            Grain::Hour | Grain::Day => date,
            Grain::Week => self.week_of(date),
            Grain::Month => first_of_month(date),
        })
    }

    /// The unit of time an instant lies in: a number to sort by and the name people read.
    pub fn key(self, unit: TimeUnit, at: Timestamp) -> (i64, String) {
        let local = self.local(at);
        let date = local.date();
        let on = |d: NaiveDate, pattern: &str| (i64::from(d.num_days_from_ce()), d.format(pattern).to_string());
        match unit {
            TimeUnit::Hour => (i64::from(local.hour()), format!("{:02}", local.hour())),
            TimeUnit::Weekday => {
                let day = date.weekday();
                (i64::from(day.days_since(self.week_start)), day.to_string().to_lowercase())
            }
            TimeUnit::Day => on(date, "%Y-%m-%d"),
            TimeUnit::Week => on(self.week_of(date), "%Y-%m-%d"),
            TimeUnit::Month => on(first_of_month(date), "%Y-%m"),
        }
    }
}

/// A period in local dates, before it becomes instants.
struct Local {
    from: NaiveDate,
    end: End,
}

/// How a local period ends.
enum End {
    /// Before this date begins.
    Before(NaiveDate),
    /// In the middle of a day, because it is still running.
    Cut(NaiveDateTime),
}

/// How far to shift.
#[derive(Clone, Copy)]
enum Step {
    Days(i64),
    Months(i32),
}

impl Step {
    const fn times(self, k: i32) -> Self {
        match self {
            Self::Days(n) => Self::Days(n.saturating_mul(k as i64)),
            Self::Months(n) => Self::Months(n.saturating_mul(k)),
        }
    }
}

/// The instants a period means at the moment `now`. Periods still running end at `now`.
pub fn resolve(spec: PeriodSpec, now: Timestamp, zone: Zone) -> Period {
    Base::of(spec, now, zone).map_or(Period { from: Timestamp(0), to: now }, |base| base.instants(zone))
}

/// The periods to compare with: none, one, or the four whose mean counts.
pub fn compare(spec: PeriodSpec, now: Timestamp, zone: Zone, versus: Versus) -> Vec<Period> {
    let Some(base) = Base::of(spec, now, zone) else { return Vec::new() };
    // What overlaps would be compared with itself.
    let apart = |step: Step| {
        let from = base.instants(zone).from;
        (1..=MOST_SHIFTS).map(|k| base.earlier(step.times(k), zone)).find(|p| p.to <= from).into_iter().collect()
    };
    match versus {
        Versus::None => Vec::new(),
        Versus::Previous => vec![base.before(1, spec, zone)],
        Versus::Average => (1..=AVERAGED).map(|k| base.before(k, spec, zone)).collect(),
        Versus::LastWeek => apart(Step::Days(7)),
        Versus::LastMonth => apart(Step::Months(1)),
        Versus::LastYear => vec![base.earlier(year_of(spec), zone)],
    }
}

/// What can be shifted: a period that is not everything.
enum Base {
    /// In local dates, asked about at an instant.
    Dates(Local, Timestamp),
    /// Hours back from an instant, whatever the clocks on the wall did meanwhile.
    Hours(u32, Timestamp),
}

impl Base {
    fn of(spec: PeriodSpec, now: Timestamp, zone: Zone) -> Option<Self> {
        match spec {
            PeriodSpec::Last(n, RollingUnit::Hours) => Some(Self::Hours(n, now)),
            _ => local(spec, now, zone).map(|local| Self::Dates(local, now)),
        }
    }

    fn instants(&self, zone: Zone) -> Period {
        match self {
            // What still runs ends now, also where the clock on the wall shows this hour for the second time.
            Self::Dates(local @ Local { end: End::Cut(_), .. }, now) => {
                let from = instants(local, zone).from;
                Period { from, to: from.max(*now) }
            }
            Self::Dates(local, _) => instants(local, zone),
            Self::Hours(n, now) => Period { from: hours_before(*now, *n, 1), to: *now },
        }
    }

    /// The same so much earlier.
    fn earlier(&self, step: Step, zone: Zone) -> Period {
        match self {
            Self::Dates(Local { from, end }, _) => {
                instants(&Local { from: shift(*from, step), end: shift_end(end, step) }, zone)
            }
            Self::Hours(..) => {
                let Period { from, to } = self.instants(zone);
                let moved = |at| zone.instant(shift_time(zone.local(at), step));
                Period { from: moved(from), to: moved(to) }
            }
        }
    }

    /// The `k`th period of the same length before.
    fn before(&self, k: i32, spec: PeriodSpec, zone: Zone) -> Period {
        match self {
            Self::Dates(local, _) => self.earlier(step_of(spec, local).times(k), zone),
            Self::Hours(n, now) => Period { from: hours_before(*now, *n, k + 1), to: hours_before(*now, *n, k) },
        }
    }
}

/// The moment of knowledge; never after `now`.
pub fn as_of(as_of: AsOf, now: Timestamp, zone: Zone) -> Timestamp {
    match as_of {
        // The last moment of the day, so that the day itself is the last one of "7d".
        AsOf::Date(date) => zone.midnight(next_day(date)).plus_ms(-1),
        AsOf::At(at) => at,
    }
    .min(now)
}

/// How finely a period is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Points of an hour.
    Hour,
    /// Points of a local day.
    Day,
    /// Points of a week.
    Week,
    /// Points of a month.
    Month,
}

impl Grain {
    /// The grain that gives a period a readable number of points.
    pub fn of(period: Period) -> Self {
        match period.length_ms() / 86_400_000 {
            ..=1 => Self::Hour,
            2 if period.length_ms() == 2 * 86_400_000 => Self::Hour,
            2..=62 => Self::Day,
            63..=1100 => Self::Week,
            _ => Self::Month,
        }
    }
}

/// The twelve local months that end with an instant; the last of them is cut there.
pub(super) fn twelve_months(to: Timestamp, zone: Zone) -> Vec<Period> {
    let last = first_of_month(zone.local(to.plus_ms(-1)).date());
    parts(Period { from: zone.midnight(months_before(last, 11)), to }, Grain::Month, zone)
}

/// The local hours, days, weeks or months of a period; the first and last are cut at its ends.
pub fn parts(period: Period, grain: Grain, zone: Zone) -> Vec<Period> {
    let mut out = Vec::new();
    let mut from = period.from;
    while from < period.to {
        let local = zone.local(from);
        let date = local.date();
        let next = match grain {
            Grain::Hour => {
                let into =
                    i64::from(local.minute() * 60 + local.second()) * 1000 + i64::from(local.nanosecond() / 1_000_000);
                from.plus_ms(3_600_000 - into)
            }
            Grain::Day => zone.midnight(next_day(date)),
            Grain::Week => zone.midnight(days_before(zone.week_of(date), -7)),
            Grain::Month => zone.midnight(months_before(first_of_month(date), -1)),
        };
        // A clock change can make a local boundary coincide with where we stand.
        let to = next.max(from.plus_ms(1)).min(period.to);
        out.push(Period { from, to });
        from = to;
    }
    out
}

fn local(spec: PeriodSpec, now: Timestamp, zone: Zone) -> Option<Local> {
    let now_local = zone.local(now);
    let today = now_local.date();
    let cut = End::Cut(now_local);
    Some(match spec {
        PeriodSpec::Today => Local { from: today, end: cut },
        PeriodSpec::Yesterday => Local { from: days_before(today, 1), end: End::Before(today) },
        PeriodSpec::This(unit) => Local { from: start_of(unit, today, zone), end: cut },
        PeriodSpec::LastWhole(unit) => {
            let end = start_of(unit, today, zone);
            Local { from: start_of(unit, days_before(end, 1), zone), end: End::Before(end) }
        }
        PeriodSpec::Last(_, RollingUnit::Hours) | PeriodSpec::All => return None,
        PeriodSpec::Last(n, unit) => {
            let back = i64::from(n.max(1)) - 1;
            let from = match unit {
                RollingUnit::Weeks => days_before(zone.week_of(today), back.saturating_mul(7)),
                RollingUnit::Months => months_before(first_of_month(today), i32::try_from(back).unwrap_or(i32::MAX)),
                RollingUnit::Days | RollingUnit::Hours => days_before(today, back),
            };
            Local { from, end: cut }
        }
        PeriodSpec::Dates(first, last) => {
            let (first, last) = (first.min(last), first.max(last));
            let end = if first <= today && today <= last { cut } else { End::Before(next_day(last)) };
            Local { from: first, end }
        }
        PeriodSpec::Since(first) => Local { from: first.min(today), end: cut },
    })
}

fn instants(local: &Local, zone: Zone) -> Period {
    let from = zone.midnight(local.from);
    let to = match local.end {
        End::Before(date) => zone.midnight(date),
        End::Cut(time) => zone.instant(time),
    };
    Period { from, to: to.max(from) }
}

fn start_of(unit: PeriodUnit, date: NaiveDate, zone: Zone) -> NaiveDate {
    let month = first_of_month(date);
    match unit {
        PeriodUnit::Week => zone.week_of(date),
        PeriodUnit::Month => month,
        PeriodUnit::Quarter => months_before(month, (date.month0() % 3).cast_signed()),
        PeriodUnit::Year => months_before(month, date.month0().cast_signed()),
    }
}

/// One length of the period, in the units of its name.
fn step_of(spec: PeriodSpec, base: &Local) -> Step {
    match spec {
        PeriodSpec::This(unit) | PeriodSpec::LastWhole(unit) => match unit {
            PeriodUnit::Week => Step::Days(7),
            PeriodUnit::Month => Step::Months(1),
            PeriodUnit::Quarter => Step::Months(3),
            PeriodUnit::Year => Step::Months(12),
        },
        PeriodSpec::Last(n, RollingUnit::Months) => Step::Months(i32::try_from(n.max(1)).unwrap_or(i32::MAX)),
        PeriodSpec::Last(n, RollingUnit::Weeks) => Step::Days(i64::from(n.max(1)) * 7),
        _ => {
            let end = match base.end {
                End::Before(date) => date,
                End::Cut(time) => next_day(time.date()),
            };
            Step::Days((end - base.from).num_days().max(1))
        }
    }
}

/// A year; for named weeks 52 weeks, so that they begin on the same weekday.
const fn year_of(spec: PeriodSpec) -> Step {
    match spec {
        PeriodSpec::This(PeriodUnit::Week)
        | PeriodSpec::LastWhole(PeriodUnit::Week)
        | PeriodSpec::Last(_, RollingUnit::Weeks) => Step::Days(364),
        _ => Step::Months(12),
    }
}

fn shift(date: NaiveDate, step: Step) -> NaiveDate {
    match step {
        Step::Days(n) => days_before(date, n),
        Step::Months(n) => months_before(date, n),
    }
}

fn shift_time(time: NaiveDateTime, step: Step) -> NaiveDateTime {
    shift(time.date(), step).and_time(time.time())
}

/// An end on the first of a month stays one; other ends follow their last day. A cut on a day that the target month
/// does not have means: to the end of that month.
fn shift_end(end: &End, step: Step) -> End {
    match *end {
        End::Before(date) if date.day() == 1 => End::Before(shift(date, step)),
        End::Before(date) => End::Before(next_day(shift(days_before(date, 1), step))),
        End::Cut(time) => {
            let date = shift(time.date(), step);
            let missing = matches!(step, Step::Months(_)) && date.day() != time.date().day();
            if missing { End::Before(next_day(date)) } else { End::Cut(date.and_time(time.time())) }
        }
    }
}

/// No support desk has tickets from before this, and no arithmetic below may leave the range of dates.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date");

fn days_before(date: NaiveDate, days: i64) -> NaiveDate {
    let moved = match days {
        0.. => date.checked_sub_days(Days::new(days.cast_unsigned())),
        _ => date.checked_add_days(Days::new(days.unsigned_abs())),
    };
    moved.unwrap_or(FIRST).max(FIRST)
}

/// The same day of an earlier month, or its last day.
fn months_before(date: NaiveDate, months: i32) -> NaiveDate {
    let moved = match months {
        0.. => date.checked_sub_months(Months::new(months.cast_unsigned())),
        _ => date.checked_add_months(Months::new(months.unsigned_abs())),
    };
    moved.unwrap_or(FIRST).max(FIRST)
}

fn next_day(date: NaiveDate) -> NaiveDate {
    days_before(date, -1)
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).expect("every month has a first day")
}

fn hours_before(now: Timestamp, hours: u32, times: i32) -> Timestamp {
    now.plus_s(-i64::from(hours.max(1)).saturating_mul(3600).saturating_mul(i64::from(times))).max(Timestamp(0))
}

#[cfg(test)]
mod tests;
