//! How much local time a period holds: hours of the week, dates, days, months (kpis.md 5.3.8, 5.3.9, 5.4).

use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::period::{Period, Zone};
use crate::domain::timestamp::Timestamp;

const QUARTER_MS: i64 = 900_000;
const WEEK: TimeDelta = TimeDelta::days(7);

/// A number for each hour of the week, Monday first.
pub(super) type HoursOfWeek<T> = [[T; 24]; 7];

/// The cell of an hour of the week that an instant lies in.
pub(super) fn hour_of_week(at: Timestamp, zone: Zone) -> (usize, usize) {
    let local = zone.local(at);
    (local.weekday().num_days_from_monday() as usize, local.hour() as usize)
}

/// How many quarters of each local hour of the week a period holds, by steps of real time: the hour that a clock change
/// repeats counts twice, the one that it skips not at all, and zones half an hour apart are as exact as others.
pub(super) fn quarters(period: Period, zone: Zone) -> HoursOfWeek<u32> {
    let mut cells = [[0; 24]; 7];
    let mut at = period.from;
    while at < period.to {
        let week_later = at.plus_ms(WEEK.num_milliseconds());
        // A whole week without a clock change holds every hour once.
        if week_later <= period.to && zone.local(week_later) - zone.local(at) == WEEK {
            cells.iter_mut().flatten().for_each(|quarters| *quarters += 4);
            at = week_later;
        } else {
            let (day, hour) = hour_of_week(at, zone);
            cells[day][hour] += 1;
            at = at.plus_ms(QUARTER_MS);
        }
    }
    cells
}

/// The local dates that a period touches.
pub(super) fn dates(period: Period, zone: Zone) -> impl Iterator<Item = NaiveDate> {
    let last = zone.local(period.to.plus_ms(-1)).date();
    let first = zone.local(period.from).date();
    first.iter_days().take_while(move |date| *date <= last && period.from < period.to)
}

/// The local days that begin in a period, numbered from 1970. Periods side by side share no day and leave none out.
pub(super) fn days(period: Period, zone: Zone) -> Range<i64> {
    let first_from = |at: Timestamp| {
        let date = zone.local(at).date();
        number(date) + i64::from(zone.midnight(date) < at)
    };
    first_from(period.from)..first_from(period.to)
}

/// The number of a date, counted from 1970.
pub(super) fn number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH
}

/// 1 January 1970, counted from the year 1.
const EPOCH: i64 = 719_163;

/// The length of a period in local calendar months; of a month that has only begun or ended, its share.
pub(super) fn months(period: Period, zone: Zone) -> f64 {
    let (from, to) = (zone.local(period.from), zone.local(period.to));
    let index = |t: NaiveDateTime| t.year() * 12 + t.month0().cast_signed();
    let mut whole = index(to).saturating_sub(index(from)).max(0).cast_unsigned();
    if whole > 0 && later(from, whole) > to {
        whole -= 1;
    }
    let (begun, next) = (later(from, whole), later(from, whole + 1));
    let share = |part: TimeDelta, all: TimeDelta| part.num_milliseconds() as f64 / all.num_milliseconds().max(1) as f64;
    f64::from(whole) + share((to - begun).max(TimeDelta::zero()), next - begun)
}

/// The same day and time some months later, or the last day of that month.
fn later(time: NaiveDateTime, months: u32) -> NaiveDateTime {
    time.checked_add_months(Months::new(months)).unwrap_or(NaiveDateTime::MAX - Days::new(1))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;

    fn zone(timezone: Tz) -> Zone {
        Zone { timezone, ..Zone::default() }
    }

    fn period(from: &str, to: &str) -> Period {
        let at = |text| Timestamp::parse(text).expect("a time");
        Period { from: at(from), to: at(to) }
    }

    /// Every quarter of an hour, one after the other.
    fn counted(period: Period, zone: Zone) -> HoursOfWeek<u32> {
        let mut cells = [[0; 24]; 7];
        let mut at = period.from;
        while at < period.to {
            let (day, hour) = hour_of_week(at, zone);
            cells[day][hour] += 1;
            at = at.plus_ms(QUARTER_MS);
        }
        cells
    }

    #[test]
    fn the_hour_that_is_repeated_counts_twice_and_the_one_that_is_skipped_never() {
        let autumn = quarters(period("2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"), zone(Tz::Europe__Berlin));
        assert_eq!((autumn[6][2], autumn[6][3], autumn.iter().flatten().sum::<u32>()), (8, 4, 100));
        let spring = quarters(period("2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"), zone(Tz::Europe__Berlin));
        assert_eq!((spring[6][1], spring[6][2], spring[6][3]), (4, 0, 4));
        let month = quarters(period("2024-03-01T23:00:00Z", "2024-03-31T22:00:00Z"), zone(Tz::Europe__Berlin));
        let of_hour = |hour: usize| month.iter().map(|day| day[hour]).sum::<u32>();
        assert_eq!((of_hour(9), of_hour(2)), (30 * 4, 29 * 4));
    }

    #[test]
    fn months_are_calendar_months() {
        let table = [
            (("2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z"), 3.0),
            (("2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"), 1.0),
            (("2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z"), 1.0),
            (("2024-04-01T00:00:00Z", "2024-04-16T00:00:00Z"), 0.5),
            (("2024-04-01T00:00:00Z", "2024-05-16T12:00:00Z"), 1.5),
            (("2024-04-01T00:00:00Z", "2024-04-01T00:00:00Z"), 0.0),
        ];
        for ((from, to), expected) in table {
            assert!((months(period(from, to), Zone::default()) - expected).abs() < 1e-9, "{from} to {to}");
        }
    }

    #[test]
    fn a_day_belongs_to_the_period_in_which_it_begins() {
        let berlin = zone(Tz::Europe__Berlin);
        let week = period("2024-02-25T23:00:00Z", "2024-03-03T23:00:00Z");
        let monday = number(NaiveDate::from_ymd_opt(2024, 2, 26).expect("a date"));
        assert_eq!(days(week, berlin), monday..monday + 7);
        assert_eq!(days(week, zone(Tz::UTC)), monday..monday + 7);
        assert_eq!(days(period("2024-02-26T00:00:00Z", "2024-02-28T12:00:00Z"), berlin), monday + 1..monday + 3);
        assert_eq!(dates(week, berlin).count(), 7);
        assert_eq!(dates(period("2024-02-26T00:00:00Z", "2024-02-26T00:00:00Z"), berlin).count(), 0);
    }

    proptest! {
        #[test]
        fn hours_are_counted_as_by_the_clock(from in 1_600_000_000_000i64..1_700_000_000_000, quarters_long in 0i64..6000, place in 0usize..5) {
            let zones = [Tz::UTC, Tz::Europe__Berlin, Tz::Asia__Kolkata, Tz::Australia__Lord_Howe, Tz::America__New_York];
            let period = Period { from: Timestamp(from), to: Timestamp(from + quarters_long * QUARTER_MS) };
            prop_assert_eq!(quarters(period, zone(zones[place])), counted(period, zone(zones[place])));
        }

        #[test]
        fn a_period_cut_anywhere_has_the_same_days(from in 0i64..1_700_000_000_000, a in 0i64..5_000_000_000, b in 0i64..5_000_000_000, place in 0usize..3) {
            let zone = zone([Tz::UTC, Tz::America__Sao_Paulo, Tz::Pacific__Kiritimati][place]);
            let (start, middle, end) = (Timestamp(from), Timestamp(from + a), Timestamp(from + a + b));
            let first = days(Period { from: start, to: middle }, zone);
            let second = days(Period { from: middle, to: end }, zone);
            let whole = days(Period { from: start, to: end }, zone);
            prop_assert_eq!((first.start, first.end, second.end), (whole.start, second.start, whole.end));
        }
    }
}
