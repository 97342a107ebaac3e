use proptest::prelude::*;

use super::cell::Cell;
use super::*;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::names::Dimension;
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, Target};

/// A day of 09:00 to 17:00 UTC, a first response within an hour of it, a resolution within a calendar day.
fn definitions() -> Definitions {
    let week = ["mon", "tue", "wed", "thu", "fri"].map(|day| format!("\"{day}\":[\"09:00-17:00\"]")).join(",");
    let definition = CalendarDefinition {
        timezone: "UTC".into(),
        hours: serde_json::from_str(&format!("{{{week}}}")).expect("hours"),
        ..CalendarDefinition::default()
    };
    let policy = Policy {
        name: "standard".into(),
        when: Matchers::default(),
        targets: [(Target::FirstResponse, Allowance::All(3600)), (Target::NextResponse, Allowance::All(1800))].into(),
        calendar: CalendarChoice::Team,
        pause: vec![],
        warn: vec![],
    };
    Definitions {
        calendars: [("office".to_owned(), std::sync::Arc::new(Calendar::new(definition).expect("valid")))].into(),
        default_calendar: Some("office".into()),
        policies: vec![policy],
        ..Definitions::default()
    }
}

fn key() -> TicketKey {
    TicketKey { source: "desk".into(), id: "7".into() }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2024-05-{text}Z")).expect("an instant")
}

/// Monday 13 May 2024 and after: answered in time, solved, thanked for, reopened in earnest, waiting again.
fn story() -> Vec<Event> {
    let lines = [
        r#""ts":"2024-05-13T08:30:00Z","type":"ticket_created","actor":{"kind":"customer","id":"kim"},
          "data":{"channel":"email","subject":"=HYPERLINK(\"http://evil\")","team":"billing","tags":["vip","-x"],
                  "url":"https://desk/7","priority":"high"}"#,
        r#""ts":"2024-05-13T09:30:00Z","type":"message","actor":{"kind":"agent","id":"ana"}"#,
        r#""ts":"2024-05-13T09:40:00Z","type":"status_changed","actor":{"kind":"agent","id":"ana"},"data":{"to":"pending"}"#,
        r#""ts":"2024-05-13T10:00:00Z","type":"status_changed","actor":{"kind":"agent","id":"ana"},"data":{"to":"solved"}"#,
        r#""ts":"2024-05-13T10:05:00Z","type":"rating_received","actor":{"kind":"customer","id":"kim"},
          "data":{"survey":"s","kind":"csat","scale":5,"value":4}"#,
        r#""ts":"2024-05-13T18:00:00Z","type":"message","actor":{"kind":"customer","id":"kim"}"#,
        r#""ts":"2024-05-13T18:00:00Z","type":"status_changed","seq":1,"data":{"to":"open"}"#,
        r#""ts":"2024-05-13T18:10:00Z","type":"assigned","data":{"team":"tier2","agent":"bo"}"#,
        r#""ts":"2024-05-14T09:45:00Z","type":"message","actor":{"kind":"agent","id":"bo"}"#,
    ];
    let event = |(n, rest): (usize, &&str)| {
        let text = format!(r#"{{"event_id":"e{n}","source":"desk","ticket":"7",{rest}}}"#);
        Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
    };
    lines.iter().enumerate().map(event).collect()
}

/// The rows as people read them: `column  text`, and the JSON of the same.
fn shown(table: Table, events: &[Event], as_of: &str) -> String {
    let (definitions, as_of) = (definitions(), at(as_of));
    let events: Vec<Event> = events.iter().filter(|e| e.ts <= as_of).cloned().collect();
    let columns = table.columns();
    let extract = Extract::new(table, None, &[], as_of, &definitions);
    let mut out = String::new();
    for row in extract.rows(&key(), &events, &definitions) {
        for (column, text) in columns.iter().zip(row.texts()) {
            out.push_str(format!("{column:<30}{text}").trim_end());
            out.push('\n');
        }
        out.push_str(&row.json(&columns));
        out.push_str("\n\n");
    }
    out
}

#[test]
fn a_ticket_is_told_with_every_fact_on_both_clocks() {
    insta::assert_snapshot!(shown(Table::Tickets, &story(), "14T12:00:00"));
}

#[test]
fn a_promise_is_told_as_it_stands_at_the_moment() {
    let at_first = shown(Table::Sla, &story()[..1], "13T09:15:00");
    insta::assert_snapshot!(format!("{at_first}{}", shown(Table::Sla, &story(), "14T09:40:00")));
}

#[test]
fn samples_and_events_are_told_one_by_one() {
    let (samples, events) =
        (shown(Table::Samples, &story()[..2], "14T09:40:00"), shown(Table::Events, &story()[..2], "14T09:40:00"));
    insta::assert_snapshot!(format!("{samples}{events}"));
}

#[test]
fn the_columns_other_programs_rely_on_come_first_and_none_comes_twice() {
    let promised =
        ["ticket", "target", "cycle", "policy", "priority", "target_s", "elapsed_s", "state", "deadline", "decided_at"];
    assert_eq!(Table::Sla.columns()[..10], promised);
    for table in [Table::Tickets, Table::Samples, Table::Sla, Table::Events] {
        let columns = table.columns();
        assert!((1..columns.len()).all(|n| !columns[..n].contains(&columns[n])), "{columns:?}");
        let extract = Extract::new(table, None, &[], at("20T00:00:00"), &definitions());
        for row in extract.rows(&key(), &story(), &definitions()) {
            assert_eq!(row.texts().len(), columns.len());
        }
    }
}

#[test]
fn the_stretches_in_each_status_add_up_to_the_age() {
    let (definitions, as_of) = (definitions(), at("15T12:00:00"));
    let extract = Extract::new(Table::Tickets, None, &[], as_of, &definitions);
    let columns = Table::Tickets.columns();
    let row: serde_json::Value =
        serde_json::from_str(&extract.rows(&key(), &story(), &definitions)[0].json(&columns)).expect("JSON");
    let sum = |end: &str| -> f64 {
        let seconds = |status: &str| row[format!("{status}{end}")].as_f64().expect("a number");
        ["new", "open", "pending", "on_hold", "solved"].into_iter().map(seconds).sum()
    };
    assert_eq!(sum("_s"), (as_of - at("13T08:30:00")) as f64 / 1000.0);
    assert_eq!(sum("_business_s"), (8 + 8 + 3) as f64 * 3600.0);
}

/// How many rows a question has.
fn count(table: Table, period: Option<(&str, &str)>, filters: &[(Dimension, &str)], as_of: &str) -> usize {
    let definitions = definitions();
    let period = period.map(|(from, to)| Period { from: at(from), to: at(to) });
    let filter = |(dimension, value): &(Dimension, &str)| Filter {
        dimension: *dimension,
        values: vec![(*value).to_owned()],
        exclude: false,
        position: 0,
    };
    let filters: Vec<Filter> = filters.iter().map(filter).collect();
    let extract = Extract::new(table, period, &filters, at(as_of), &definitions);
    let events: Vec<Event> = story().into_iter().filter(|e| e.ts <= at(as_of)).collect();
    extract.rows(&key(), &events, &definitions).len()
}

#[test]
fn a_row_belongs_to_the_period_and_the_values_of_its_instant() {
    let (monday, tuesday) = (Some(("13T00:00:00", "14T00:00:00")), Some(("14T00:00:00", "15T00:00:00")));
    let now = "14T12:00:00";
    let team = |name| [(Dimension::Team, name)];
    assert_eq!([count(Table::Tickets, monday, &[], now), count(Table::Tickets, tuesday, &[], now)], [1, 0]);
    // As it was when it was created, not as it is now.
    let created_in = |name| count(Table::Tickets, None, &team(name), now);
    assert_eq!([created_in("billing"), created_in("tier2")], [1, 0]);
    assert_eq!([count(Table::Events, monday, &[], now), count(Table::Events, tuesday, &[], now)], [8, 1]);
    let heard_by = |name| count(Table::Events, None, &team(name), now);
    assert_eq!([heard_by("billing"), heard_by("tier2")], [7, 2]);
    assert_eq!(count(Table::Events, None, &[(Dimension::Agent, "ana")], now), 6);
    // The second wait was answered on Tuesday, too late by fifteen minutes: it was decided before.
    assert_eq!([count(Table::Sla, monday, &[], now), count(Table::Sla, tuesday, &[], now)], [1, 1]);
}

#[test]
fn what_runs_belongs_to_the_present() {
    let today_until_now = Some(("14T00:00:00", "14T09:10:00"));
    assert_eq!(count(Table::Sla, today_until_now, &[], "14T09:10:00"), 1);
    assert_eq!(count(Table::Sla, Some(("13T00:00:00", "14T00:00:00")), &[], "14T09:10:00"), 1);
}

#[test]
fn no_text_is_a_formula() {
    let table = [
        ("=1+1", "'=1+1"),
        ("+49 30 123", "'+49 30 123"),
        ("-x", "'-x"),
        ("@cmd", "'@cmd"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\r\n", "'\r\n"),
        ("＝1", "'＝1"),
        ("a=b", "a=b"),
        ("", ""),
        ("'=1", "'=1"),
    ];
    for (text, written) in table {
        assert_eq!(Cell::from(text).spreadsheet(), written);
    }
    assert_eq!(Cell::List(vec!["-x".into(), "b".into()]).spreadsheet(), "'-x|b");
    // A number may be negative.
    assert_eq!(Cell::Number(-1.5).spreadsheet(), "-1.5");
}

proptest! {
    #[test]
    fn whatever_people_write_begins_no_formula_and_is_exact_as_json(text in any::<String>()) {
        let written = Cell::from(text.as_str()).spreadsheet();
        prop_assert!(!written.trim_start().starts_with(['=', '+', '-', '@']));
        prop_assert!(written.ends_with(&text));
        let json = super::cell::object(&["a"], &[Cell::from(text.as_str())]);
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(read["a"].as_str(), Some(text.as_str()));
    }
}
