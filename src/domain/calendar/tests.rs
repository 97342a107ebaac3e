use super::*;

pub(in crate::domain) mod laws;
pub(in crate::domain) mod oracle;

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
fn a_working_day_ends_with_the_last_closing_of_its_date() {
    let c = office();
    let table = [
        ("2024-06-07T05:00:00Z", "2024-06-07T15:00:00Z"),
        ("2024-06-07T14:59:59.999Z", "2024-06-07T15:00:00Z"),
        ("2024-06-07T15:00:00Z", "2024-06-10T15:00:00Z"),
        ("2024-06-09T10:00:00Z", "2024-06-10T15:00:00Z"),
    ];
    for (at, end) in table {
        assert_eq!(c.end_of_working_day(t(at)), Some(t(end)), "{at}");
    }
    // A break at noon does not end it.
    let split = calendar("UTC", &[(Weekday::Mon, &["13:00-17:00", "09:00-12:00"])]);
    assert_eq!(split.end_of_working_day(t("2024-06-03T12:30:00Z")), Some(t("2024-06-03T17:00:00Z")));
    assert_eq!(calendar("UTC", &[]).end_of_working_day(t("2024-06-07T14:00:00Z")), None);
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

#[test]
fn a_working_day_ends_with_its_last_closing() {
    let mut definition = office().definition().clone();
    definition.hours.insert(Weekday::Thu, ["09:00-12:00", "13:00-18:00"].map(|h| h.parse().expect("hours")).into());
    let c = Calendar::new(definition).expect("valid");
    let table = [
        // On a Thursday, in its pause too; after closing, on the day that comes next; over the weekend on Monday.
        ("2024-06-06T07:30:00Z", "2024-06-06T16:00:00Z"),
        ("2024-06-06T10:30:00Z", "2024-06-06T16:00:00Z"),
        ("2024-06-06T16:00:00Z", "2024-06-07T15:00:00Z"),
        ("2024-06-07T15:00:00Z", "2024-06-10T15:00:00Z"),
    ];
    for (at, end) in table {
        assert_eq!(c.end_of_working_day(t(at)), Some(t(end)), "{at}");
    }
    assert_eq!(calendar("UTC", &[]).end_of_working_day(t("2024-06-06T07:30:00Z")), None);
    let spliced = Calendar::spliced(vec![
        (t("2024-01-01T00:00:00Z"), None),
        (t("2024-06-08T00:00:00Z"), Some(Arc::new(office()))),
    ]);
    assert_eq!(spliced.end_of_working_day(t("2024-06-07T16:00:00Z")), Some(t("2024-06-10T15:00:00Z")));
}
