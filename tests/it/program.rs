//! The commands of the binary, as a person in a terminal uses them.

use std::path::Path;
use std::process::{Command, Output};

use deskbell::domain::definitions::Definitions;
use deskbell::domain::timestamp::Timestamp;
use deskbell::store::Store;
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

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A directory with a configuration and, if given, a file of events.
fn directory(more: &str, events: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let config = format!("[store]\nurl = \"sqlite://bot.db\"\n{more}");
    std::fs::write(directory.path().join("bot.toml"), config).expect("written");
    std::fs::write(directory.path().join("events.ndjson"), events.join("\n")).expect("written");
    directory
}

const TICKET: [&str; 3] = [
    r#"{"event_id":"1","ts":"2026-11-20T09:00:00Z","type":"ticket_created","ticket":"7","actor":{"kind":"customer","id":"c"},"data":{"channel":"email"}}"#,
    r#"{"event_id":"2","ts":"2026-11-20T09:30:00Z","type":"message","ticket":"7","actor":{"kind":"agent","id":"a"}}"#,
    r#"{"event_id":"3","ts":"2026-11-20T10:00:00Z","type":"status_changed","ticket":"7","actor":{"kind":"agent","id":"a"},"data":{"to":"solved"}}"#,
];

#[test]
fn import_is_idempotent_and_metrics_answers_as_data() {
    let place = directory("", &TICKET);
    let import = |dir: &Path| deskbell(dir, &["import", "helpdesk", "--file", "events.ndjson"]);
    let first = import(place.path());
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(stdout(&first), "3 events read, 3 new\n");
    assert_eq!(stdout(&import(place.path())), "3 events read, 0 new\n");

    let at = ["--json", "--at", "2026-11-21T00:00:00Z"];
    let answer = deskbell(place.path(), &[&["metrics", "frt", "resolution_time", "7d"], &at[..]].concat());
    assert!(answer.status.success(), "{}", stderr(&answer));
    let json: Value = serde_json::from_str(&stdout(&answer)).expect("JSON");
    assert_eq!(json["metrics"][0]["id"], "first_response_time");
    assert_eq!(json["metrics"][0]["value"], 1800.0);
    assert_eq!(json["metrics"][0]["n"], 1);
    assert_eq!(json["metrics"][0]["unit"], "seconds");
    assert_eq!(json["metrics"][1]["value"], 3600.0);
    assert_eq!(json["as_of"], "2026-11-21T00:00:00.000Z");
    // The text is the same answer, and the configuration may be named after the command's words.
    let text =
        deskbell(place.path(), &["metrics", "frt", "7d", "--at", "2026-11-21T00:00:00Z", "--config", "bot.toml"]);
    assert!(stdout(&text).contains("30m"), "{}", stdout(&text));
    // Flags may follow, and a minus excludes, as in chat.
    let none = deskbell(
        place.path(),
        &["metrics", "volume", "7d", "-channel:email", "--json", "--at", "2026-11-21T00:00:00Z"],
    );
    let json: Value = serde_json::from_str(&stdout(&none)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&none)));
    assert_eq!(json["metrics"][0]["value"], 0.0);
    // What had not happened yet is not known.
    let before = deskbell(place.path(), &["metrics", "frt", "7d", "--json", "--at", "2026-11-20T09:15:00Z"]);
    let json: Value = serde_json::from_str(&stdout(&before)).expect("JSON");
    assert_eq!(json["metrics"][0]["value"], Value::Null);
    assert_eq!(json["metrics"][0]["n"], 0);
}

#[test]
fn an_answer_is_drawn_into_a_file_and_told_to_those_who_do_not_see_it() {
    let earlier = TICKET[0].replace("2026-11-20", "2026-11-18").replace("\"7\"", "\"6\"").replace("\"1\"", "\"0\"");
    let place = directory("", &[&[earlier.as_str()], &TICKET[..]].concat());
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let ask = ["metrics", "volume", "2026-11-16..2026-11-20", "by", "day", "--at", "2026-11-21T00:00:00Z"];
    let draw = |more: &[&str]| deskbell(place.path(), &[&ask[..], more].concat());
    let drawn = draw(&["--chart", "light.png"]);
    assert!(drawn.status.success(), "{}", stderr(&drawn));
    assert_eq!(stdout(&drawn), stdout(&draw(&[])), "the picture is beside the answer, not in it");
    let told = stderr(&drawn);
    assert!(told.starts_with("light.png: Ticket volume by day, ") && told.contains("last 1 (Fri 20 Nov)"), "{told}");
    assert!(draw(&["--json", "--chart", "dark.png", "--theme", "dark"]).status.success());
    let read = |name: &str| std::fs::read(place.path().join(name)).expect("drawn");
    let (light, dark) = (read("light.png"), read("dark.png"));
    assert!(light.starts_with(b"\x89PNG\r\n\x1a\n") && dark.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_ne!(light, dark);

    // Of some answers there is nothing to see; that is said, and no file pretends otherwise.
    let nothing = deskbell(place.path(), &["metrics", "explain", "frt", "7d", "--chart", "none.png"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(stderr(&nothing).contains("there is no picture of this answer"), "{}", stderr(&nothing));
    assert!(!place.path().join("none.png").exists());
}

#[test]
fn a_bad_line_keeps_the_whole_file_out_unless_it_is_set_aside() {
    let bad = r#"{"event_id":"9","ts":"2026-11-20T09:00:00Z","type":"mesage","ticket":"7","actor":{"kind":"agent"}}"#;
    let place = directory("", &[TICKET[0], bad]);
    let refused = deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(said.contains("line 2, column 52") && said.contains("did you mean \"message\"?"), "{said}");
    let counted = deskbell(place.path(), &["metrics", "volume", "all", "--json", "--at", "2026-11-21T00:00:00Z"]);
    assert!(stdout(&counted).contains("\"value\": null") || stdout(&counted).contains("\"value\": 0"));

    let kept = deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson", "--skip-bad", "bad.ndjson"]);
    assert!(kept.status.success(), "{}", stderr(&kept));
    assert_eq!(stdout(&kept), "1 events read, 1 new, 1 lines refused\n");
    assert_eq!(std::fs::read_to_string(place.path().join("bad.ndjson")).expect("written").trim(), bad);
}

#[tokio::test]
async fn import_leaves_nothing_to_pack() {
    let place = directory("", &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let url = format!("sqlite://{}", place.path().join("bot.db").display());
    let store = Store::open(&url, &Definitions::default(), Timestamp(0)).await.expect("the store of the import");
    assert_eq!(store.to_pack().await.expect("the store answers"), 0);
    store.close().await;
}

#[test]
fn import_never_writes_into_the_file_it_reads() {
    let place = directory("", &TICKET);
    let before = std::fs::read_to_string(place.path().join("events.ndjson")).expect("written");
    let refused =
        deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson", "--skip-bad", "./events.ndjson"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(place.path().join("events.ndjson")).expect("kept"), before);
}

#[test]
fn rebuild_changes_nothing() {
    let place = directory("", &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let rebuilt = deskbell(place.path(), &["rebuild"]);
    assert_eq!(stdout(&rebuilt), "1 tickets folded again, 0 rows changed\n", "{}", stderr(&rebuilt));
}

#[test]
fn check_lists_every_fault_with_line_and_hint() {
    let more = r#"
[bot]
timezon = "Europe/Berlin"

[[team]]
name = "billing"
calendar = "offce"

[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = { mon = ["09:00-17:00"] }

[[sla]]
name = "urgent"
first_response = "fast"

[[digest]]
name = "never"
cron = "0 9 30 2 *"
to = ["console"]
"#;
    let place = directory(more, &[]);
    let checked = deskbell(place.path(), &["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let said = stdout(&checked);
    for part in ["bot.toml:5", "timezon", "did you mean \"timezone\"?", "bot.toml:9", "offce", "fast", "30 2"] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    // The same faults keep the bot from starting.
    let run = deskbell(place.path(), &["run"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stderr(&run).contains("bot.toml:9"), "{}", stderr(&run));
}

#[test]
fn check_is_content_with_a_small_configuration() {
    let place = directory("[console]\nenabled = true\n", &[]);
    let checked = deskbell(place.path(), &["check"]);
    assert!(checked.status.success(), "{}{}", stdout(&checked), stderr(&checked));
    assert!(stdout(&checked).contains("All is well."));
}

#[test]
fn check_tells_of_sources_never_heard_and_of_the_version_in_force() {
    let source = |name: &str| format!("[[source]]\nname = \"{name}\"\nkind = \"generic\"\nsecret = \"file:secret\"\n");
    let sources = format!("{PROMISES}{}{}", source("helpdesk"), source("phone"));
    let place = directory(&sources, &TICKET);
    std::fs::write(place.path().join("secret"), "a long secret that nobody guesses").expect("written");
    let said = || stdout(&deskbell(place.path(), &["check"]));
    assert!(said().contains("no version is in force yet"), "{}", said());
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let after = said();
    assert!(after.contains("version 1 is in force since ") && after.contains("All is well."), "{after}");
    assert!(after.contains("\"phone\" has never sent") && !after.contains("\"helpdesk\" has never sent"), "{after}");
    let config = std::fs::read_to_string(place.path().join("bot.toml")).expect("there");
    std::fs::write(place.path().join("bot.toml"), config.replace("\"2h\"", "\"3h\"")).expect("written");
    assert!(said().contains("version 1 is still in force"), "{}", said());
}

#[test]
fn the_demo_answers_one_line_and_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a directory");
    let answered = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .current_dir(place.path())
        .args(["demo", "--once", "/metrics"])
        .env("TMPDIR", place.path())
        .output()
        .expect("the binary runs");
    assert!(answered.status.success(), "{}", stderr(&answered));
    let card = stdout(&answered);
    for part in ["Volume", "First response", "Resolution", "CSAT", "SLA", "backlog"] {
        assert!(card.contains(part), "{part} is missing in:\n{card}");
    }
    assert!(!card.contains('\u{1b}'), "no colour outside a terminal");
    let left: Vec<_> = std::fs::read_dir(place.path()).expect("a directory").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn wrong_usage_is_2_and_a_missing_file_says_what_to_do() {
    let place = tempfile::tempdir().expect("a directory");
    assert_eq!(deskbell(place.path(), &["metricks"]).status.code(), Some(2));
    let missing = deskbell(place.path(), &["metrics"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("demo"), "{}", stderr(&missing));
    let misspelt = directory("", &[]);
    let misspelt = deskbell(misspelt.path(), &["metrics", "frt", "by", "tam"]);
    assert_eq!((misspelt.status.code(), stdout(&misspelt).as_str()), (Some(2), ""));
    assert!(stderr(&misspelt).contains("team"), "{}", stderr(&misspelt));
}

#[test]
fn a_script_is_told_as_data_what_it_asked_wrongly() {
    let place = directory("", &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let refused = deskbell(place.path(), &["metrics", "frt", "channel:emial", "--json"]);
    assert_eq!((refused.status.code(), stderr(&refused).as_str()), (Some(2), ""));
    let json: Value = serde_json::from_str(&stdout(&refused)).expect("JSON");
    let expected = serde_json::json!({"error": {
        "message": "there is no channel \"emial\"", "position": 12, "length": 5, "suggestions": ["email"],
    }});
    assert_eq!(json, expected);
    let help = deskbell(place.path(), &["metrics", "help", "--json"]);
    assert_eq!(help.status.code(), Some(2));
    assert_eq!(serde_json::from_str::<Value>(&stdout(&help)).expect("JSON")["error"]["position"], Value::Null);
}

#[test]
fn a_number_is_explained_and_listed_as_data_too() {
    let created =
        TICKET[0].replace("\"channel\":\"email\"", "\"subject\":\"Locked out\",\"url\":\"https://desk.example/7\"");
    let spam = [
        r#"{"event_id":"8","ts":"2026-11-20T09:00:00Z","type":"ticket_created","ticket":"8","actor":{"kind":"customer","id":"d"}}"#,
        r#"{"event_id":"9","ts":"2026-11-20T09:05:00Z","type":"spam","ticket":"8","actor":{"kind":"agent","id":"a"}}"#,
    ];
    let place = directory(
        "[metrics]\n\"turn.solve_grace_s\" = 30\n",
        &[created.as_str(), TICKET[1], TICKET[2], spam[0], spam[1]],
    );
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let asked = |words: &[&str]| {
        let answer = deskbell(place.path(), &[&["metrics"], words, &["7d", "--json", "--at", "2026-11-21"]].concat());
        let json: Value = serde_json::from_str(&stdout(&answer)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&answer)));
        json["metrics"][0].clone()
    };
    let explained = asked(&["explain", "response_time"])["explanation"].clone();
    let formula = explained["formula"].as_str().expect("a formula");
    assert!(formula.starts_with("median of 1 ") && formula.ends_with("= 30m 00s"), "{formula}");
    let grace = explained["switches"].as_array().expect("switches").iter().find(|s| s["key"] == "turn.solve_grace_s");
    assert_eq!(
        grace.expect("it bears on turns"),
        &serde_json::json!({"key": "turn.solve_grace_s", "value": 30, "default": 60})
    );
    assert_eq!(explained["left_out"][0]["count"], 1, "{explained}");

    let listed = asked(&["frt", "list"])["tickets"].clone();
    assert_eq!((&listed["more"], listed["rows"].as_array().map(Vec::len)), (&Value::from(0), Some(1)));
    let row = &listed["rows"][0];
    assert_eq!((&row["ticket"], &row["value"]), (&"7".into(), &1800.0.into()));
    assert_eq!((&row["subject"], &row["url"]), (&"Locked out".into(), &"https://desk.example/7".into()));
    assert_eq!(asked(&["frt"])["tickets"], Value::Null);

    let text = deskbell(place.path(), &["metrics", "list", "frt", "7d", "--at", "2026-11-21"]);
    assert!(stdout(&text).contains("Locked out"), "{}", stdout(&text));
}

#[test]
fn a_date_means_the_end_of_that_day_where_the_desk_is() {
    let place = directory("[bot]\ntimezone = \"Europe/Berlin\"\n", &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let asked = |at: &str| {
        let answer = deskbell(place.path(), &["metrics", "volume", "today", "--json", "--at", at]);
        let json: Value = serde_json::from_str(&stdout(&answer)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&answer)));
        (json["as_of"].clone(), json["metrics"][0]["value"].clone())
    };
    assert_eq!(asked("2026-11-20"), ("2026-11-20T22:59:59.999Z".into(), 1.0.into()));
    assert_eq!(asked("2026-11-20T23:59:59.999+01:00"), ("2026-11-20T22:59:59.999Z".into(), 1.0.into()));
    // Before the first event nothing was connected, which is not the same as nothing having happened.
    assert_eq!(asked("2026-11-19").1, Value::Null);
    let wrong = deskbell(place.path(), &["metrics", "--at", "yesterday"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("2026-11-22"), "{}", stderr(&wrong));
}

/// One event of the ticket T, at a time of 13 May 2024 (a Monday).
fn told(n: usize, at: &str, kind: &str, actor: &str, data: &str) -> String {
    format!(
        r#"{{"event_id":"e{n}","ts":"2024-05-13T{at}Z","type":"{kind}","ticket":"T","actor":{{"kind":"{actor}","id":"x"}},"data":{data}}}"#
    )
}

/// The first answer to a question about such events, as data.
fn answer(config: &str, events: &[String], question: &[&str], at: &str) -> Value {
    let place = directory(config, &events.iter().map(String::as_str).collect::<Vec<_>>());
    let imported = deskbell(place.path(), &["import", "src", "--file", "events.ndjson"]);
    assert!(imported.status.success(), "{}", stderr(&imported));
    let asked =
        deskbell(place.path(), &[&["metrics"], question, &["2024-05-13..2024-05-14", "--json", "--at", at]].concat());
    let json: Value = serde_json::from_str(&stdout(&asked)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&asked)));
    json["metrics"][0].clone()
}

#[test]
fn what_happens_at_the_very_moment_asked_about_is_known() {
    let events =
        [told(1, "09:00:00", "ticket_created", "customer", "{}"), told(2, "10:00:00", "message", "agent", "{}")];
    let frt = answer("", &events, &["frt"], "2024-05-13T10:00:00Z");
    assert_eq!((&frt["value"], &frt["n"]), (&Value::from(3600.0), &Value::from(1)));
    let before = answer("", &events, &["frt"], "2024-05-13T09:59:59.999Z");
    assert_eq!(before["n"], 0);
}

#[test]
fn what_belongs_to_no_ticket_is_measured_too() {
    let ours = |n, at, kind: &str, actor, data: &str| told(n, at, kind, actor, data).replace(r#""ticket":"T","#, "");
    let call = |state: &str| format!(r#"{{"call":"q","state":"{state}"}}"#);
    let events = [
        ours(1, "09:00:00", "queue", "customer", &call("entered")),
        ours(2, "09:00:15", "queue", "agent", &call("answered")),
        ours(3, "08:00:00", "shift", "agent", r#"{"start":"2024-05-13T08:00:00Z","end":"2024-05-13T10:00:00Z"}"#),
        ours(4, "09:30:00", "time_tracked", "agent", r#"{"start":"2024-05-13T09:00:00Z","seconds":1800}"#),
    ];
    let ask = |question: &str, at: &str| answer("", &events, &[question], at);
    let noon = "2024-05-13T12:00:00Z";
    assert_eq!(ask("asa", noon)["value"], 15.0);
    assert_eq!(ask("service_level", noon)["value"], 1.0);
    assert_eq!(ask("agent_utilization", noon)["value"], 0.25);
    assert_eq!(ask("agent_occupancy", noon)["reason"], "not_connected");
    let waiting = ask("asa", "2024-05-13T09:00:10Z");
    assert_eq!((&waiting["value"], &waiting["reason"]), (&Value::Null, &Value::from("no_data")));
    let before = ask("asa", "2024-05-13T08:59:59Z");
    assert_eq!(before["reason"], "not_connected");
}

#[test]
fn a_desk_whose_first_ticket_still_waits_has_a_backlog_of_one() {
    let events = [told(1, "09:00:00", "ticket_created", "customer", "{}")];
    assert_eq!(answer("", &events, &["backlog"], "2024-05-13T10:00:00Z")["value"], 1.0);
    let frt = answer("", &events, &["frt"], "2024-05-13T10:00:00Z");
    assert_eq!((&frt["value"], &frt["reason"]), (&Value::Null, &Value::from("no_data")));
}

#[test]
fn a_target_used_up_at_closing_time_is_not_missed_overnight() {
    let config = r#"
[bot]
calendar = "office"
[[calendar]]
name = "office"
timezone = "UTC"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"] }
[[sla]]
name = "p"
first_response = "1h"
calendar = "office"
[console]
enabled = true
"#;
    let asked = told(1, "16:00:00", "ticket_created", "customer", "{}");
    let answered = [asked.clone(), told(2, "20:00:00", "message", "agent", "{}")];
    let met = answer(config, &answered, &["sla_attainment"], "2024-05-14T12:00:00Z");
    assert_eq!((&met["value"], &met["n"]), (&Value::from(1.0), &Value::from(1)));
    let waiting = |at| answer(config, std::slice::from_ref(&asked), &["sla_breaches"], at)["value"].clone();
    assert_eq!(waiting("2024-05-13T23:00:00Z"), 0.0);
    assert_eq!(waiting("2024-05-14T09:00:00Z"), 0.0);
    assert_eq!(waiting("2024-05-14T09:00:01Z"), 1.0);
}

#[test]
fn an_overrun_grows_until_the_solve_and_keeps_its_length() {
    let config = r#"
[[sla]]
name = "p"
resolution = "1h"
calendar = "always"
pause = ["pending"]
[console]
enabled = true
"#;
    let events = [
        told(1, "09:00:00", "ticket_created", "customer", "{}"),
        told(2, "11:00:00", "status_changed", "agent", r#"{"to":"pending"}"#),
        told(3, "15:00:00", "status_changed", "agent", r#"{"to":"solved"}"#),
    ];
    let overrun = |at| answer(config, &events, &["sla_breaches"], at)["rows"][0]["overrun_s"].clone();
    assert_eq!(overrun("2024-05-13T14:59:59Z"), 17_999.0);
    assert_eq!(overrun("2024-05-13T15:00:01Z"), 18_000.0);
}

#[test]
fn a_paused_promise_at_risk_belongs_to_the_team_that_has_it_now() {
    let config = r#"
[[sla]]
name = "p"
resolution = "4h"
calendar = "always"
pause = ["pending"]
[console]
enabled = true
"#;
    let events = [
        told(1, "08:00:00", "ticket_created", "customer", r#"{"team":"B"}"#),
        told(2, "09:00:00", "assigned", "system", r#"{"team":"A"}"#),
        told(3, "11:30:00", "status_changed", "agent", r#"{"to":"pending"}"#),
    ];
    let at = "2024-05-13T20:00:00Z";
    let risk = answer(config, &events, &["sla_at_risk"], at);
    assert_eq!((&risk["rows"][0]["team"], &risk["rows"][0]["left_s"]), (&Value::from("A"), &Value::from(1800.0)));
    assert_eq!(answer(config, &events, &["sla_at_risk", "team:B"], at)["value"], 0.0);
}

const PROMISES: &str = r#"
[[calendar]]
name = "office"
timezone = "UTC"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }

[console]
enabled = true

[[sla]]
name = "all"
first_response = "1h"
resolution = "2h"
"#;

#[test]
fn why_says_how_a_deadline_came_about() {
    let place = directory(PROMISES, &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let told = deskbell(place.path(), &["why", "helpdesk/7", "--at", "2026-11-21T00:00:00Z"]);
    assert!(stdout(&told).contains("Ticket 7: "), "{}{}", stdout(&told), stderr(&told));
    let json = |arguments: &[&str]| {
        let output = deskbell(place.path(), &[&["why", "--json"], arguments].concat());
        let json: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)));
        (output.status.code(), json)
    };
    let (code, why) = json(&["7", "--at", "2026-11-21T00:00:00Z", "--config", "bot.toml"]);
    assert_eq!(
        (code, &why["promises"][0]["state"], &why["promises"][1]["elapsed_s"]),
        (Some(0), &"met".into(), &1800.0.into())
    );
    // What was not known then.
    let (_, why) = json(&["7", "--at", "2026-11-20T09:10:00Z"]);
    assert_eq!(
        (&why["promises"][0]["state"], &why["promises"][0]["intervals"][0]["counted_s"]),
        (&"running".into(), &600.0.into())
    );
    let (code, refused) = json(&["8"]);
    assert_eq!((code, &refused["error"]["message"]), (Some(2), &"there is no ticket 8".into()));
}

#[test]
fn simulate_replays_the_past_under_other_policies_and_writes_nothing() {
    let place = directory(PROMISES, &TICKET);
    assert!(deskbell(place.path(), &["import", "helpdesk", "--file", "events.ndjson"]).status.success());
    let standing = || stdout(&deskbell(place.path(), &["export", "sla", "--at", "2026-11-21T00:00:00Z"]));
    let before = standing();
    let run = |arguments: &[&str]| {
        let at = ["simulate", "7d", "--at", "2026-11-21T00:00:00Z"];
        deskbell(place.path(), &[&at[..], arguments].concat())
    };
    let json = |arguments: &[&str]| {
        let output = run(&[&["--json"], arguments].concat());
        serde_json::from_str::<Value>(&stdout(&output)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)))
    };
    let missed =
        |answer: &Value| (answer["total"]["stands"]["missed"].as_u64(), answer["total"]["supposed"]["missed"].as_u64());
    let tight = json(&["first_response=15m"]);
    assert_eq!(missed(&tight), (Some(0), Some(1)));
    assert_eq!((&tight["changed"][0]["ticket"], &tight["changed"][0]["supposed"]), (&"7".into(), &"breached".into()));
    assert_eq!(missed(&json(&[])), (Some(0), Some(0)));
    assert_eq!(missed(&json(&["first_response=15m", "-channel:email"])), (Some(0), Some(0)));
    let text = run(&["first_response=15m"]);
    assert!(stdout(&text).contains("first_response=15m: 50.0% kept instead of 100.0%"), "{}", stdout(&text));

    let file = "[[calendar]]\nname = \"late\"\nhours = { fri = [\"09:50-12:00\"] }\n\
                [[sla]]\nname = \"new\"\nresolution = \"5m\"\ncalendar = \"late\"\n";
    std::fs::write(place.path().join("new.toml"), file).expect("written");
    let tried = json(&["--policy", "new.toml"]);
    // Ten minutes of the calendar's hours had passed when it was solved.
    assert_eq!((missed(&tried), &tried["by_target"]["resolution"]["worse"]), ((Some(0), Some(1)), &1.into()));
    assert_eq!(missed(&json(&["--policy", "new.toml", "resolution=10m", "calendar=late"])), (Some(0), Some(0)));

    let wrong = run(&["first_response=soon"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("a target is a length such as 2h"), "{}", stderr(&wrong));
    let wrong = run(&["calendar=offce", "--json"]);
    let error = &serde_json::from_str::<Value>(&stdout(&wrong)).expect("JSON")["error"];
    assert_eq!(
        (wrong.status.code(), &error["suggestions"][0], &error["position"]),
        (Some(2), &"office".into(), &26.into())
    );
    std::fs::write(place.path().join("new.toml"), file.replace("\"late\"\nhours", "\"early\"\nhours"))
        .expect("written");
    let wrong = run(&["--policy", "new.toml"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("new.toml:7:12") && stderr(&wrong).contains("late"), "{}", stderr(&wrong));
    assert_eq!(standing(), before);
}

#[test]
fn the_manifest_has_every_command_and_needs_no_configuration() {
    let empty = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| deskbell(empty.path(), arguments);

    let answer = run(&["manifest", "slack"]);
    assert!(answer.status.success(), "{}", stderr(&answer));
    let manifest: Value = serde_json::from_str(&stdout(&answer)).expect("JSON");
    let commands: Vec<&str> = manifest["features"]["slash_commands"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|command| command["command"].as_str()?.strip_prefix('/'))
        .collect();
    for spec in deskbell::commands::specs() {
        let first = spec.name.split(' ').next().expect("a word");
        assert_eq!(commands.iter().filter(|command| **command == first).count(), 1, "{first} of {commands:?}");
    }
    assert_eq!(manifest["settings"]["socket_mode_enabled"], true);

    let called = run(&["manifest", "slack", "--url", "https://bell.example"]);
    assert!(stdout(&called).contains("https://bell.example/slack/commands"), "{}", stdout(&called));
    let refused = run(&["manifest", "slack", "--url", "http://bell.example"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("https addresses only"), "{}", stderr(&refused));

    let link = run(&["manifest", "discord", "123"]);
    assert!(stdout(&link).starts_with("https://discord.com/oauth2/authorize?client_id=123&"), "{}", stdout(&link));
}
