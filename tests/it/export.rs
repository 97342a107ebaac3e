//! `deskbell export`, as a person or a script in a terminal uses it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn deskbell(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .current_dir(directory)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("DESKBELL_LOG")
        .output()
        .expect("the binary runs")
}

/// The answer of a command that must succeed and say nothing else.
fn said(directory: &Path, arguments: &[&str]) -> String {
    let output = deskbell(directory, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

const CONFIG: &str = r#"
[store]
url = "sqlite://bot.db"
[bot]
calendar = "office"
[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-12:00", "13:00-17:00"] }
[[sla]]
name = "standard"
first_response = "1h"
resolution = { normal = "4h", high = "2h" }
[[source]]
name = "helpdesk"
kind = "generic"
secret = "env:SECRET"
[[source]]
name = "elsewhere"
kind = "generic"
secret = "env:SECRET"
[console]
enabled = true
"#;

const NOW: &str = "2024-05-15T12:00:00Z";

/// Tickets of three days in two teams, some answered late, one merged, one rated twice.
fn events() -> String {
    let mut lines = Vec::new();
    let mut event = |ticket: usize, minute: usize, kind: &str, actor: &str, data: &str| {
        let (day, minute) = (13 + minute / 1440, minute % 1440);
        let (n, hour, minute) = (lines.len(), minute / 60, minute % 60);
        lines.push(format!(
            r#"{{"event_id":"e{n}","ts":"2024-05-{day}T{hour:02}:{minute:02}:00Z","type":"{kind}","ticket":"T{ticket}","actor":{{"kind":"{actor}","id":"{actor}{ticket}"}},"data":{data}}}"#
        ));
    };
    for t in 0..40 {
        let (start, team) = (400 + t * 83, ["billing", "tier2"][t % 2]);
        let priority = ["normal", "high"][t / 2 % 2];
        let data =
            format!(r#"{{"channel":"email","team":"{team}","priority":"{priority}","subject":"+{t}, \"quoted\""}}"#);
        event(t, start, "ticket_created", "customer", &data);
        if t % 5 != 0 {
            event(t, start + 20 + t * 3, "message", "agent", "{}");
        }
        if t % 3 == 0 {
            event(t, start + 100, "status_changed", "agent", r#"{"to":"solved"}"#);
            event(t, start + 130, "rating_received", "customer", r#"{"survey":"s","kind":"csat","scale":5,"value":2}"#);
            event(t, start + 140, "rating_received", "customer", r#"{"survey":"s","kind":"csat","scale":5,"value":5}"#);
        }
        if t % 7 == 0 {
            event(t, start + 150, "message", "customer", "{}");
            event(t, start + 150, "status_changed", "system", r#"{"to":"open"}"#);
        }
    }
    event(1, 3000, "merged", "agent", r#"{"into":"T2"}"#);
    event(3, 3000, "assigned", "agent", r#"{"team":"tier2","agent":"ana"}"#);
    // What belongs to no ticket: a call, a shift, money, a customer.
    let person = r#""actor":{"kind":"agent","id":"agent1"}"#;
    let customer = r#"{"customer":"kim@example.com","amount":10,"currency":"EUR"}"#;
    lines.extend([
        r#"{"event_id":"q1","ts":"2024-05-13T09:00:00Z","type":"queue","data":{"call":"c1","state":"entered"}}"#.to_owned(),
        format!(r#"{{"event_id":"q2","ts":"2024-05-13T09:00:30Z","type":"queue",{person},"data":{{"call":"c1","state":"answered"}}}}"#),
        format!(r#"{{"event_id":"s1","ts":"2024-05-13T17:00:00Z","type":"shift",{person},"data":{{"start":"2024-05-13T09:00:00Z","end":"2024-05-13T17:00:00Z"}}}}"#),
        format!(r#"{{"event_id":"k1","ts":"2024-05-13T08:00:00Z","type":"customer_subscribed","data":{customer}}}"#),
    ]);
    lines.join("\n")
}

/// A place with a store of these events.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    std::fs::write(place.path().join("bot.toml"), CONFIG).expect("written");
    std::fs::write(place.path().join("events.ndjson"), events()).expect("written");
    said(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]);
    place
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The whole of an answer about numbers, as data.
fn numbers(place: &Path, words: &[&str]) -> Value {
    let answer = said(place, &[&["metrics"], words, &["--json", "--at", NOW]].concat());
    serde_json::from_str(&answer).expect("JSON")
}

#[test]
fn events_that_were_exported_and_imported_elsewhere_have_the_same_numbers() {
    let (from, to) = (place(), tempfile::tempdir().expect("a directory"));
    std::fs::write(to.path().join("bot.toml"), CONFIG).expect("written");
    let exported = said(from.path(), &["export", "events"]);
    assert_eq!(exported.lines().count(), events().lines().count());
    assert!(!exported.contains("customer1\"") && !exported.contains("kim"), "customers stay under their hash");
    std::fs::write(to.path().join("events.ndjson"), &exported).expect("written");
    // Under another name: each event says whose it is.
    said(to.path(), &["import", "elsewhere", "--file", "events.ndjson"]);
    for words in
        [&[][..], &["all"], &["sla", "sla_breaches", "csat", "all", "by", "team"], &["volume", "all", "by", "source"]]
    {
        assert_eq!(numbers(to.path(), words), numbers(from.path(), words), "{words:?}");
    }
    for table in ["tickets", "samples", "sla"] {
        let arguments = ["export", table, "--at", NOW];
        let sorted = |place: &Path| {
            let mut lines: Vec<String> = said(place, &arguments).lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(to.path()), sorted(from.path()), "{table}");
    }
    // A third time round nothing is left to change.
    let mut again: Vec<String> = said(to.path(), &["export", "events"]).lines().map(str::to_owned).collect();
    let mut before: Vec<String> = exported.lines().map(str::to_owned).collect();
    again.sort_unstable();
    before.sort_unstable();
    assert_eq!(again, before);
}

#[test]
fn the_rows_are_those_that_the_numbers_count() {
    let place = place();
    let export = |words: &[&str]| rows(&said(place.path(), &[&["export"], words, &["--at", NOW]].concat()));
    let value = |words: &[&str]| numbers(place.path(), words)["metrics"][0].clone();
    for words in [&["all"][..], &["2024-05-14"], &["2024-05-13..2024-05-14", "team:billing", "-priority:high"]] {
        let tickets = export(&[&["tickets"], words].concat());
        let counted = tickets.iter().filter(|t| t["counted"] == true && t["initiator"] != "agent").count();
        assert_eq!(value(&[&["volume"], words].concat())["value"], counted as f64, "{words:?}");

        let promises = export(&[&["sla"], words].concat());
        let state = |name: &str| promises.iter().filter(|p| p["state"] == name).count();
        let attainment = value(&[&["sla_attainment"], words].concat());
        assert_eq!(attainment["n"], state("met") + state("breached"), "{words:?}");
        assert_eq!(value(&[&["sla_breaches"], words].concat())["value"], state("breached") as f64);

        let samples = export(&[&["samples"], words].concat());
        let mut waits: Vec<f64> = samples
            .iter()
            .filter(|s| s["kind"] == "first_reply")
            .map(|s| s["elapsed_business_s"].as_f64().expect("business time"))
            .collect();
        waits.sort_by(f64::total_cmp);
        let frt = value(&[&["frt"], words].concat());
        assert_eq!(frt["n"], waits.len());
        assert_eq!(
            frt["mean"].as_f64().map(|m| (m * 1000.0).round()),
            Some((waits.iter().sum::<f64>() / waits.len() as f64 * 1000.0).round())
        );
    }
    let calls: Vec<Value> = export(&["samples"]).into_iter().filter(|s| s["kind"] == "call").collect();
    assert_eq!((calls.len(), &calls[0]["thread"], &calls[0]["ticket"]), (1, &Value::from("c1"), &Value::Null));
    let merged: Vec<Value> = export(&["tickets"]).into_iter().filter(|t| t["merged_into"] == "T2").collect();
    assert_eq!((merged.len(), &merged[0]["counted"]), (1, &Value::Bool(false)));
    let rated = export(&["tickets"]).into_iter().find(|t| t["ticket"] == "T0").expect("the first ticket");
    assert_eq!(rated["ratings"][0]["value"], 5.0);
}

#[test]
fn what_had_not_happened_yet_is_not_told() {
    let place = place();
    let early = ["--at", "2024-05-13T12:00:00Z"];
    let tickets = rows(&said(place.path(), &[&["export", "tickets"], &early[..]].concat()));
    assert_eq!(tickets.len(), 4);
    let events = rows(&said(place.path(), &[&["export", "events"], &early[..]].concat()));
    assert!(events.iter().all(|e| e["ts"].as_str().expect("a time") <= "2024-05-13T12:00:00.000Z"));
    assert!(tickets.iter().all(|t| t["merged_into"].is_null()));
}

#[test]
fn csv_has_a_header_the_same_rows_and_no_formula() {
    let place = place();
    let summary = said(place.path(), &["export", "tickets", "--output", "tickets.csv", "--at", NOW]);
    assert_eq!(summary, "39 rows written to tickets.csv\n");
    let mut reader = csv::Reader::from_path(place.path().join("tickets.csv")).expect("a file");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["source", "ticket", "url", "subject"]);
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    let json = rows(&said(place.path(), &["export", "tickets", "--at", NOW]));
    assert_eq!(records.len(), json.len());
    for (record, row) in records.iter().zip(&json) {
        assert_eq!(record.get(1), row["ticket"].as_str());
        assert_eq!(record.get(3).and_then(|s| s.strip_prefix('\'')), row["subject"].as_str());
    }
    // Asked for by name, whatever the file is called; a header stands also over nothing.
    let empty = said(place.path(), &["export", "sla", "2020-01-01", "--format", "csv", "--at", NOW]);
    assert!(empty.starts_with("ticket,target,cycle,policy,priority,target_s,elapsed_s,state,deadline,decided_at,"));
    assert_eq!(empty.lines().count(), 1);
    said(place.path(), &["export", "events", "--output", "events.csv", "--format", "ndjson", "--at", NOW]);
    let first = std::fs::read_to_string(place.path().join("events.csv")).expect("written");
    assert!(first.starts_with('{'));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = place();
    for format in ["ndjson", "csv"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .current_dir(place.path())
            .args(["export", "samples", "--format", format, "--at", NOW])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().expect("piped")).read_line(&mut first).expect("a line");
        let mut errors = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut errors).expect("read");
        assert!(child.wait().expect("ends").success() && errors.is_empty(), "{format}: {errors}");
        assert!(!first.is_empty());
    }
}

#[test]
fn what_chooses_no_rows_is_refused_with_the_reason() {
    let place = place();
    for (words, reason) in [
        (&["frt"][..], "leave out the names of metrics"),
        (&["by", "team"], "leave out `by …`"),
        (&["vs", "none"], "leave out `vs …`"),
        (&["team:biling"], "did you mean billing"),
        (&["clock:business"], "rows have both clocks"),
        (&["explain", "frt"], "leave out `explain`, `list` and `export`"),
    ] {
        let refused = deskbell(place.path(), &[&["export", "tickets"], words].concat());
        let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
        assert!(errors.contains(reason) && refused.stdout.is_empty(), "{words:?}: {errors}");
    }
    assert_eq!(deskbell(place.path(), &["export", "people"]).status.code(), Some(2));
    assert_eq!(deskbell(place.path(), &["export", "tickets", "--at", "yesterday"]).status.code(), Some(2));
    let nowhere = deskbell(place.path(), &["export", "tickets", "--output", "missing/tickets.csv"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot write missing/tickets.csv"));
}
