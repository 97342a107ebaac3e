use proptest::prelude::*;

use super::*;

fn t(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a valid instant")
}

fn calendar(zone: &str, hours: &[(Weekday, &[&str])]) -> Calendar {
    let hours = hours.iter().map(|(d, h)| (*d, h.iter().map(|h| h.parse().expect("hours")).collect())).collect();
    Calendar::new(CalendarDefinition { timezone: zone.to_owned(), hours, ..Default::default() }).expect("valid")
}

fn office() -> Calendar {
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    calendar("Europe/Berlin", &[Mon, Tue, Wed, Thu, Fri].map(|d| (d, ["09:00-17:00"].as_slice())))
}

#[test]
fn a_night_shift_is_as_long_as_the_night_really_is() {
    let night = calendar("Europe/Berlin", &[(Weekday::Sun, &["00:00-06:00"])]);
    assert_eq!(night.business_ms(t("2024-03-30T20:00:00Z"), t("2024-03-31T20:00:00Z")), 5 * 3_600_000);
    assert_eq!(night.business_ms(t("2024-10-26T20:00:00Z"), t("2024-10-27T20:00:00Z")), 7 * 3_600_000);
    let split = calendar("Europe/Berlin", &[(Weekday::Sun, &["02:30-24:00", "00:00-02:30"])]);
    assert_eq!(split.business_ms(t("2024-10-26T20:00:00Z"), t("2024-10-28T20:00:00Z")), 25 * 3_600_000);
    assert_eq!(split.business_ms(t("2024-03-30T20:00:00Z"), t("2024-04-01T20:00:00Z")), 23 * 3_600_000);
}

#[test]
fn an_opening_inside_the_gap_takes_the_offset_before_it() {
    let gap = calendar("Europe/Berlin", &[(Weekday::Sun, &["02:30-05:00"])]);
    assert_eq!(gap.next_opening(t("2024-03-31T00:00:00Z")), Some(t("2024-03-31T01:30:00Z")));
}

#[test]
fn a_date_that_never_was_is_not_counted_twice() {
    let samoa =
        calendar("Pacific/Apia", &[Weekday::Thu, Weekday::Fri, Weekday::Sat].map(|d| (d, ["09:00-17:00"].as_slice())));
    assert_eq!(samoa.business_ms(t("2011-12-29T00:00:00Z"), t("2011-12-31T10:00:00Z")), 16 * 3_600_000);
}

#[test]
fn holidays_close_and_special_days_win() {
    let mut definition = office().definition().clone();
    definition.holidays = ["2024-12-25", "2024-12-26", "2024-12-24"].map(|d| d.parse().expect("date")).into();
    definition.special = [("2024-12-24".parse().expect("date"), vec!["09:00-12:00".parse().expect("hours")])].into();
    let c = Calendar::new(definition).expect("valid");
    assert_eq!(c.business_ms(t("2024-12-23T23:00:00Z"), t("2024-12-27T23:00:00Z")), 39_600_000);
}

#[test]
fn a_deadline_at_closing_time_is_closing_time() {
    let c = office();
    let friday = t("2024-06-07T14:00:00Z");
    assert_eq!(c.add_business(friday, 3_600_000), Some(t("2024-06-07T15:00:00Z")));
    assert_eq!(c.add_business(friday, 3_600_001), Some(t("2024-06-10T07:00:00.001Z")));
    assert_eq!(c.add_business(t("2024-06-08T14:00:00Z"), 0), Some(t("2024-06-08T14:00:00Z")));
    assert!(!c.is_open(t("2024-06-07T15:00:00Z")) && c.is_open(t("2024-06-07T14:59:59.999Z")));
}

#[test]
fn a_calendar_that_never_opens_has_no_deadlines_and_the_ends_of_time_are_closed() {
    let never = calendar("UTC", &[]);
    assert_eq!(never.add_business(t("2024-06-07T14:00:00Z"), 1), None);
    assert_eq!(never.next_opening(Timestamp::MIN), None);
    let c = office();
    assert!(c.business_ms(Timestamp::MIN, Timestamp::MAX) > 0);
    assert_eq!(c.add_business(Timestamp::MAX, 1), None);
}

#[test]
fn impossible_definitions_say_what_is_wrong() {
    for wrong in ["9-17", "17:00-09:00", "09:00-24:01", "09:60-10:00", "09:00", "", "٣:00-09:00", "+9:00-10:00"] {
        assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
    }
    let overlapping = [(Weekday::Mon, vec![Hours::new(540, 720).expect("ok"), Hours::new(700, 800).expect("ok")])];
    let error = Calendar::new(CalendarDefinition {
        timezone: "Europe/Berlin".into(),
        hours: overlapping.into(),
        ..Default::default()
    })
    .expect_err("overlap");
    assert_eq!(error.to_string(), "opening hours 09:00-12:00 and 11:40-13:20 of mon overlap");
    assert!(Calendar::new(CalendarDefinition { timezone: "Berlin".into(), ..Default::default() }).is_err());
}

#[test]
fn a_definition_survives_its_own_json() {
    let d = office().definition().clone();
    let json = serde_json::to_string(&d).expect("plain data");
    assert!(json.contains(r#""mon":["09:00-17:00"]"#), "{json}");
    assert_eq!(serde_json::from_str::<CalendarDefinition>(&json).expect("own output"), d);
}

/// Intervals of a day from sorted distinct marks, some of them adjoining.
fn day() -> impl Strategy<Value = Vec<Hours>> {
    prop::collection::btree_set(0u16..=96, 0..6).prop_map(|marks| {
        let marks: Vec<u16> = marks.into_iter().map(|m| m * 15).collect();
        let step = if marks.len().is_multiple_of(2) { 2 } else { 1 };
        marks.windows(2).step_by(step).filter_map(|w| Hours::new(w[0], w[1])).collect()
    })
}

/// A week around a clock change (or not) in zones that change by an hour, by half an hour and by a day.
fn around() -> impl Strategy<Value = (&'static str, NaiveDate)> {
    prop::sample::select(vec![
        ("Europe/Berlin", "2024-03-31"),
        ("Europe/Berlin", "2024-10-27"),
        ("America/New_York", "2025-03-09"),
        ("America/New_York", "2025-11-02"),
        ("Australia/Lord_Howe", "2024-10-06"),
        ("Australia/Lord_Howe", "2025-04-06"),
        ("Pacific/Apia", "2011-12-30"),
        ("Asia/Kathmandu", "2026-01-01"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("UTC", "1970-05-09"),
    ])
    .prop_map(|(zone, date)| (zone, date.parse().expect("date")))
}

fn random_calendar() -> impl Strategy<Value = (Calendar, NaiveDate)> {
    (around(), prop::array::uniform7(day()), prop::option::of((0u64..6, day())), prop::option::of(0u64..6)).prop_map(
        |((zone, date), week, special, holiday)| {
            use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
            let near = |n: u64| date - Days::new(3) + Days::new(n);
            let definition = CalendarDefinition {
                timezone: zone.to_owned(),
                hours: [Mon, Tue, Wed, Thu, Fri, Sat, Sun].into_iter().zip(week).collect(),
                holidays: holiday.into_iter().map(near).collect(),
                special: special.into_iter().map(|(n, h)| (near(n), h)).collect(),
            };
            (Calendar::new(definition).expect("valid"), date)
        },
    )
}

/// Minute by minute, from the definition alone: a minute is open if some interval, its ends made instants by R5
/// without our own code, covers it.
fn naive_minutes(c: &Calendar, a: Timestamp, b: Timestamp) -> i64 {
    let instant = |date: NaiveDate, minutes: u16| {
        let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        // The smallest UTC instant showing this local time, or, in a gap, that of the offset a day before.
        let as_utc = local.and_utc().timestamp_millis();
        let shows = |ms: &i64| c.zone.from_utc_datetime(&Timestamp(*ms).utc().naive_utc()).naive_local() == local;
        (-15 * 60..=15 * 60).map(|m| as_utc + m * 60_000).find(shows).unwrap_or_else(|| {
            let before = Timestamp(as_utc - 36 * 3_600_000).utc().naive_utc();
            as_utc - i64::from(c.zone.offset_from_utc_datetime(&before).fix().local_minus_utc()) * 1000
        })
    };
    let first = a.utc().date_naive() - Days::new(3);
    let days = ((b - a) / DAY_MS + 7) as usize;
    let open: Vec<(i64, i64)> = first
        .iter_days()
        .take(days)
        .flat_map(|d| c.hours_on(d).iter().map(move |h| (d, *h)))
        .map(|(d, h)| (instant(d, h.from), instant(d, h.to)))
        .collect();
    (a.0..b.0).step_by(60_000).filter(|m| open.iter().any(|(from, to)| from <= m && m < to)).count() as i64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn open_time_equals_the_minutes_counted_one_by_one(
        (c, date) in random_calendar(), from in 0i64..6000, length in 0i64..6000,
    ) {
        let a = Timestamp((date - Days::new(3)).and_time(NaiveTime::MIN).and_utc().timestamp_millis() + from * 60_000);
        let b = a.plus_ms(length * 60_000);
        let open = c.business_ms(a, b);
        prop_assert_eq!(open, naive_minutes(&c, a, b) * 60_000);
        prop_assert!(open <= b - a);
    }

    #[test]
    fn open_time_is_additive_and_deadlines_are_the_first_instant_that_uses_it_up(
        (c, date) in random_calendar(), from in 0i64..500_000_000, ms in 1i64..200_000_000, cut in 0i64..500_000_000,
    ) {
        let a = Timestamp((date - Days::new(3)).and_time(NaiveTime::MIN).and_utc().timestamp_millis() + from);
        match c.add_business(a, ms) {
            None => prop_assert!(c.business_ms(a, Timestamp::MAX) < ms),
            Some(due) => {
                prop_assert_eq!(c.business_ms(a, due), ms);
                prop_assert_eq!(c.business_ms(a, due.plus_ms(-1)), ms - 1);
                let middle = a.plus_ms(cut.min(due - a));
                prop_assert_eq!(c.business_ms(a, middle) + c.business_ms(middle, due), ms);
            }
        }
        if let Some(opening) = c.next_opening(a) {
            prop_assert!(c.is_open(opening) && c.business_ms(a, opening) == 0);
        }
    }
}
