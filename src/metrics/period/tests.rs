//! What the words for periods mean in instants.

use proptest::prelude::*;

use super::*;

const BERLIN: Zone = Zone { timezone: Tz::Europe__Berlin, week_start: Weekday::Mon };

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn shown(period: Period, zone: Zone) -> String {
    let end = |t| zone.local(t).format("%Y-%m-%d %H:%M").to_string();
    format!("{} – {}", end(period.from), end(period.to))
}

#[test]
fn words_become_local_periods() {
    use PeriodSpec::*;
    let now = at("2026-11-18T14:30:00Z"); // a Wednesday, 15:30 in Berlin
    let table = [
        (Today, "2026-11-18 00:00 – 2026-11-18 15:30"),
        (Yesterday, "2026-11-17 00:00 – 2026-11-18 00:00"),
        (This(PeriodUnit::Week), "2026-11-16 00:00 – 2026-11-18 15:30"),
        (This(PeriodUnit::Quarter), "2026-10-01 00:00 – 2026-11-18 15:30"),
        (This(PeriodUnit::Year), "2026-01-01 00:00 – 2026-11-18 15:30"),
        (LastWhole(PeriodUnit::Week), "2026-11-09 00:00 – 2026-11-16 00:00"),
        (LastWhole(PeriodUnit::Month), "2026-10-01 00:00 – 2026-11-01 00:00"),
        (LastWhole(PeriodUnit::Quarter), "2026-07-01 00:00 – 2026-10-01 00:00"),
        (LastWhole(PeriodUnit::Year), "2025-01-01 00:00 – 2026-01-01 00:00"),
        (Last(24, RollingUnit::Hours), "2026-11-17 15:30 – 2026-11-18 15:30"),
        (Last(7, RollingUnit::Days), "2026-11-12 00:00 – 2026-11-18 15:30"),
        (Last(2, RollingUnit::Weeks), "2026-11-09 00:00 – 2026-11-18 15:30"),
        (Last(3, RollingUnit::Months), "2026-09-01 00:00 – 2026-11-18 15:30"),
        (Dates(date("2026-10-01"), date("2026-10-31")), "2026-10-01 00:00 – 2026-11-01 00:00"),
        (Dates(date("2026-11-01"), date("2026-11-30")), "2026-11-01 00:00 – 2026-11-18 15:30"),
        (Since(date("2026-11-10")), "2026-11-10 00:00 – 2026-11-18 15:30"),
        (All, "1970-01-01 01:00 – 2026-11-18 15:30"),
    ];
    for (spec, expected) in table {
        assert_eq!(shown(resolve(spec, now, BERLIN), BERLIN), expected, "{spec:?}");
    }
}

#[test]
fn in_the_hour_that_is_repeated_a_running_period_ends_now_and_not_an_hour_ago() {
    use PeriodSpec::*;
    let now = at("2026-10-25T01:30:00Z"); // 02:30 in Berlin for the second time
    for spec in [Today, This(PeriodUnit::Week), Last(7, RollingUnit::Days), Since(date("2026-10-20"))] {
        assert_eq!(resolve(spec, now, BERLIN).to, now, "{spec:?}");
        let before = compare(spec, now, BERLIN, Versus::Previous)[0];
        assert!(shown(before, BERLIN).ends_with("02:30"), "{spec:?}");
    }
}

#[test]
fn comparisons_are_the_same_words_earlier() {
    use PeriodSpec::*;
    let now = at("2026-11-18T14:30:00Z");
    let table = [
        (Today, Versus::Previous, "2026-11-17 00:00 – 2026-11-17 15:30"),
        (This(PeriodUnit::Quarter), Versus::Previous, "2026-07-01 00:00 – 2026-08-18 15:30"),
        (LastWhole(PeriodUnit::Month), Versus::Previous, "2026-09-01 00:00 – 2026-10-01 00:00"),
        (LastWhole(PeriodUnit::Month), Versus::LastYear, "2025-10-01 00:00 – 2025-11-01 00:00"),
        (This(PeriodUnit::Week), Versus::LastYear, "2025-11-17 00:00 – 2025-11-19 15:30"),
        (Last(24, RollingUnit::Hours), Versus::Previous, "2026-11-16 15:30 – 2026-11-17 15:30"),
        (Last(3, RollingUnit::Months), Versus::Previous, "2026-06-01 00:00 – 2026-08-18 15:30"),
        (Dates(date("2026-10-01"), date("2026-10-10")), Versus::Previous, "2026-09-21 00:00 – 2026-10-01 00:00"),
        (Dates(date("2024-02-28"), date("2024-02-28")), Versus::LastYear, "2023-02-28 00:00 – 2023-03-01 00:00"),
        (Last(24, RollingUnit::Hours), Versus::LastYear, "2025-11-17 15:30 – 2025-11-18 15:30"),
        (Today, Versus::LastWeek, "2026-11-11 00:00 – 2026-11-11 15:30"),
        (Today, Versus::LastMonth, "2026-10-18 00:00 – 2026-10-18 15:30"),
        (Last(7, RollingUnit::Days), Versus::LastWeek, "2026-11-05 00:00 – 2026-11-11 15:30"),
        (Last(24, RollingUnit::Hours), Versus::LastWeek, "2026-11-10 15:30 – 2026-11-11 15:30"),
        // As many weeks as it takes.
        (Last(30, RollingUnit::Days), Versus::LastWeek, "2026-09-15 00:00 – 2026-10-14 15:30"),
        (LastWhole(PeriodUnit::Month), Versus::LastWeek, "2026-08-27 00:00 – 2026-09-27 00:00"),
    ];
    for (spec, versus, expected) in table {
        let compared = compare(spec, now, BERLIN, versus);
        assert_eq!(compared.iter().map(|p| shown(*p, BERLIN)).collect::<Vec<_>>(), [expected], "{spec:?}");
    }
    assert!(compare(All, now, BERLIN, Versus::Previous).is_empty());
    assert!(compare(Since(date("1970-01-01")), now, BERLIN, Versus::LastWeek).is_empty());
    assert!(compare(Today, now, BERLIN, Versus::None).is_empty());
    let weeks = compare(LastWhole(PeriodUnit::Week), now, BERLIN, Versus::Average);
    assert_eq!(weeks.len(), 4);
    assert_eq!(shown(weeks[3], BERLIN), "2026-10-12 00:00 – 2026-10-19 00:00");
}

#[test]
fn the_week_begins_where_the_workspace_says() {
    let sunday = Zone { week_start: Weekday::Sun, ..BERLIN };
    let this_week = resolve(PeriodSpec::This(PeriodUnit::Week), at("2026-11-18T14:30:00Z"), sunday);
    assert_eq!(shown(this_week, sunday), "2026-11-15 00:00 – 2026-11-18 15:30");
}

#[test]
fn wall_times_in_a_gap_take_the_offset_before_and_repeated_ones_the_first() {
    let local = |t: &str| NaiveDateTime::parse_from_str(t, "%Y-%m-%d %H:%M").expect("a time");
    assert_eq!(BERLIN.instant(local("2024-03-31 02:30")), at("2024-03-31T01:30:00Z"));
    assert_eq!(BERLIN.instant(local("2024-10-27 02:30")), at("2024-10-27T00:30:00Z"));
}

#[test]
fn a_day_of_a_clock_change_has_23_or_25_hours() {
    let hours = |day: &str| {
        parts(resolve(PeriodSpec::Dates(date(day), date(day)), Timestamp::MAX, BERLIN), Grain::Hour, BERLIN)
    };
    assert_eq!(hours("2024-03-31").len(), 23);
    assert_eq!(hours("2024-10-27").len(), 25);
}

#[test]
fn an_absurd_number_of_days_is_everything() {
    let now = at("2026-11-18T14:30:00Z");
    for unit in [RollingUnit::Hours, RollingUnit::Days, RollingUnit::Weeks, RollingUnit::Months] {
        let spec = PeriodSpec::Last(u32::MAX, unit);
        assert!(resolve(spec, now, BERLIN).from <= Timestamp(0), "{unit:?}");
        compare(spec, now, BERLIN, Versus::Average);
    }
}

#[test]
fn knowledge_never_lies_in_the_future() {
    let now = at("2026-11-18T14:30:00Z");
    assert_eq!(as_of(AsOf::Date(date("2026-11-18")), now, BERLIN), now);
    assert_eq!(as_of(AsOf::Date(date("2026-11-16")), now, BERLIN), at("2026-11-16T22:59:59.999Z"));
}

#[test]
fn twelve_months_end_with_the_period() {
    let months = twelve_months(at("2026-11-18T14:30:00Z"), BERLIN);
    assert_eq!(months.len(), 12);
    assert_eq!(shown(months[0], BERLIN), "2025-12-01 00:00 – 2026-01-01 00:00");
    assert_eq!(shown(months[11], BERLIN), "2026-11-01 00:00 – 2026-11-18 15:30");
    let whole = twelve_months(at("2026-10-31T23:00:00Z"), BERLIN);
    assert_eq!(shown(whole[11], BERLIN), "2026-10-01 00:00 – 2026-11-01 00:00");
}

proptest! {
    #[test]
    fn parts_cover_a_period_without_gap_or_overlap(from in 1_600_000_000_000i64..1_800_000_000_000, length in 1i64..10_000_000_000) {
        let period = Period { from: Timestamp(from), to: Timestamp(from + length) };
        for grain in [Grain::Day, Grain::Week, Grain::Month] {
            let parts = parts(period, grain, BERLIN);
            prop_assert_eq!(parts[0].from, period.from);
            prop_assert_eq!(parts[parts.len() - 1].to, period.to);
            prop_assert!(parts.windows(2).all(|w| w[0].to == w[1].from && w[0].from < w[0].to));
        }
    }
}
