//! The calendar against the oracle: random calendars, random zones, random instants, mostly around clock changes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::oracle::Oracle;
use super::*;

/// Intervals of a day: sorted marks, some of the stretches between them, so that some adjoin.
fn day() -> impl Strategy<Value = Vec<Hours>> {
    // Clocks change at these times of day, in one zone or another.
    let mark = prop_oneof![
        4 => (0u16..=96).prop_map(|quarter| quarter * 15),
        2 => prop::sample::select(vec![0, 1, 60, 61, 90, 120, 150, 180, 1380, 1439, 1440]),
        1 => 0u16..=1440,
    ];
    (prop::collection::btree_set(mark, 0..8), any::<u8>()).prop_map(|(marks, kept)| {
        let marks: Vec<u16> = marks.into_iter().collect();
        let between = marks.windows(2).enumerate().filter(|(n, _)| kept >> n & 1 == 0);
        between.filter_map(|(_, w)| Hours::new(w[0], w[1])).collect()
    })
}

/// A zone and a date at which its clocks change, if they do in that year at all.
fn around() -> impl Strategy<Value = (Tz, NaiveDate)> {
    // By half an hour; at a minute past midnight; backwards in summer; by a day; at midnight; and never.
    let known = prop::sample::select(vec![
        ("Australia/Lord_Howe", "2024-10-06"),
        ("Australia/Lord_Howe", "2025-04-06"),
        ("America/St_Johns", "2006-04-02"),
        ("America/St_Johns", "2006-10-29"),
        ("Africa/Casablanca", "2024-03-10"),
        ("Africa/Casablanca", "2024-04-14"),
        ("Europe/Dublin", "2024-10-27"),
        ("Pacific/Apia", "2011-12-30"),
        ("Pacific/Kwajalein", "1993-08-21"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("Asia/Kathmandu", "1986-01-01"),
        ("Asia/Kathmandu", "2026-01-01"),
        ("UTC", "1975-05-09"),
    ]);
    let known = known.prop_map(|(zone, date)| (zone.parse().expect("a zone"), date.parse().expect("a date")));
    let any = (prop::sample::select(&chrono_tz::TZ_VARIANTS[..]), 1975i32..2098, any::<Index>());
    let any = any.prop_map(|(zone, year, which)| {
        let dates: Vec<NaiveDate> =
            NaiveDate::from_ymd_opt(year, 1, 2).expect("a date").iter_days().take(362).collect();
        let offset = |date: &NaiveDate| zone.offset_from_utc_datetime(&date.and_time(NaiveTime::MIN)).fix();
        let changes = dates.windows(2).filter(|d| offset(&d[0]) != offset(&d[1])).map(|d| d[0]);
        let changes: Vec<NaiveDate> = changes.collect();
        let from = if changes.is_empty() { &dates } else { &changes };
        (zone, from[which.index(from.len())])
    });
    prop_oneof![known, any]
}

/// A calendar of several intervals a day, with holidays and special days around a date.
fn calendar_in(zone: Tz, date: NaiveDate) -> impl Strategy<Value = Calendar> {
    let special = prop::collection::btree_map(0u64..8, day(), 0..3);
    let holidays = prop::collection::btree_set(0u64..8, 0..3);
    (prop::array::uniform7(day()), special, holidays).prop_map(move |(week, special, holidays)| {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let near = |n: u64| date - Days::new(4) + Days::new(n);
        let definition = CalendarDefinition {
            timezone: zone.name().to_owned(),
            hours: [Mon, Tue, Wed, Thu, Fri, Sat, Sun].into_iter().zip(week).collect(),
            holidays: holidays.into_iter().map(near).collect(),
            special: special.into_iter().map(|(n, hours)| (near(n), hours)).collect(),
        };
        Calendar::new(definition).expect("valid")
    })
}

/// Four days before a date.
fn before(date: NaiveDate) -> Timestamp {
    Timestamp((date - Days::new(4)).and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

fn any_calendar() -> impl Strategy<Value = (Calendar, Timestamp)> {
    around().prop_flat_map(|(zone, date)| (calendar_in(zone, date), Just(before(date))))
}

/// Two calendars, the clocks of at least the first of which may change some days after the instant.
pub(in crate::domain) fn two_calendars() -> impl Strategy<Value = ([Calendar; 2], Timestamp)> {
    let zones = (around(), prop::sample::select(&chrono_tz::TZ_VARIANTS[..]));
    let calendars = |((zone, date), other)| (calendar_in(zone, date), calendar_in(other, date), Just(before(date)));
    zones.prop_flat_map(calendars).prop_map(|(one, other, start)| ([one, other], start))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn open_time_is_what_counting_the_minutes_one_by_one_yields(
        (calendar, start) in any_calendar(), from in 0..6 * DAY_MS, length in 0..4 * DAY_MS,
    ) {
        let (a, b) = (start.plus_ms(from), start.plus_ms(from + length));
        let oracle = Oracle::new(&calendar, a, b);
        prop_assert_eq!(calendar.business_ms(a, b), oracle.business_ms(a, b));
        prop_assert_eq!(calendar.business_ms(b, a), 0);
        prop_assert_eq!(calendar.is_open(a), oracle.is_open(a.0));
    }

    #[test]
    fn a_deadline_is_where_the_minutes_counted_one_by_one_reach_it(
        (calendar, start) in any_calendar(), from in 0..6 * DAY_MS, ms in 1..2 * DAY_MS,
    ) {
        let (a, until) = (start.plus_ms(from), start.plus_ms(from + 5 * DAY_MS));
        let oracle = Oracle::new(&calendar, a, until);
        // Beyond what is counted here it may lie, but not within.
        let counted = |found: Option<Timestamp>| found.filter(|at| *at < until);
        let due = oracle.add_business(a, ms, until).filter(|at| *at < until);
        prop_assert_eq!(counted(calendar.add_business(a, ms)), due);
        prop_assert_eq!(counted(calendar.next_opening(a)), oracle.next_opening(a, until));
    }

    #[test]
    fn open_time_is_additive_and_a_deadline_is_the_first_instant_that_uses_it_up(
        (calendar, start) in any_calendar(), from in 0..6 * DAY_MS, ms in 1..3 * DAY_MS, cut in 0..6 * DAY_MS,
    ) {
        let a = start.plus_ms(from);
        match calendar.add_business(a, ms) {
            None => prop_assert!(calendar.business_ms(a, Timestamp::MAX) < ms),
            Some(due) => {
                prop_assert_eq!(calendar.business_ms(a, due), ms);
                prop_assert_eq!(calendar.business_ms(a, due.plus_ms(-1)), ms - 1);
                let middle = a.plus_ms(cut.min(due - a));
                prop_assert_eq!(calendar.business_ms(a, middle) + calendar.business_ms(middle, due), ms);
                prop_assert!(ms <= due - a);
            }
        }
        if let Some(opening) = calendar.next_opening(a) {
            prop_assert!(calendar.is_open(opening) && calendar.business_ms(a, opening) == 0);
        }
    }

    #[test]
    fn spliced_calendars_are_each_in_force_for_their_time(
        ([one, other], start) in two_calendars(), edit in 0..6 * DAY_MS, from in 0..6 * DAY_MS, ms in 1..3 * DAY_MS,
        always in any::<bool>(),
    ) {
        let (edit, a) = (start.plus_ms(edit), start.plus_ms(from));
        let one = Arc::new(one);
        let other = (!always).then(|| Arc::new(other));
        let spliced = Calendar::spliced(vec![(start, Some(Arc::clone(&one))), (edit, other.clone())]);
        let later = |x: Timestamp, y: Timestamp| other.as_ref().map_or((y - x).max(0), |c| c.business_ms(x, y));
        for b in [a.plus_ms(ms), edit, a.plus_ms(-ms)] {
            let (x, y) = (a.min(b), a.max(b));
            let expected = one.business_ms(x, y.min(edit)) + later(x.max(edit), y);
            prop_assert_eq!(spliced.business_ms(x, y), expected);
        }
        if let Some(due) = spliced.add_business(a, ms) {
            prop_assert_eq!(spliced.business_ms(a, due), ms);
            prop_assert_eq!(spliced.business_ms(a, due.plus_ms(-1)), ms - 1);
        }
        let opens = if a < edit { one.next_opening(a).filter(|at| *at < edit) } else { None };
        let opens = opens.or_else(|| match &other {
            Some(other) => other.next_opening(a.max(edit)),
            None => Some(a.max(edit)),
        });
        prop_assert_eq!(spliced.next_opening(a), opens);
    }
}
