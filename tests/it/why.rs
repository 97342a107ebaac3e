//! `/sla why` shows its arithmetic: what counted, what did not, and which policy and hours applied.

use chrono_tz::Tz;
use deskbell::app;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::chat::{Channel, console};
use deskbell::commands::{Asked, Desk};
use deskbell::domain::event::Event;
use deskbell::domain::timestamp::Timestamp;
use deskbell::store::{Delivery, Origin, Store};
use serde_json::{Value, json};

const PROMISES: &str = r#"
[bot]
timezone = "Europe/Berlin"

[console]
enabled = true

[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], fri = ["09:00-17:00"] }
holidays = ["2026-05-05"]

[[team]]
name = "billing"
calendar = "office"

[[sla]]
name = "gold"
when = { tier = ["gold"] }
resolution = { urgent = "4h", normal = "8h" }
pause = ["pending"]
to = ["console"]

[[source]]
name = "desk"
kind = "generic"
secret = "env:SECRET"
"#;

/// The same after an edit: Wednesdays begin later, a holiday is gone, and gold customers are promised more.
fn edited() -> String {
    PROMISES
        .replace("wed = [\"09:00-17:00\"]", "wed = [\"12:00-17:00\"]")
        .replace("2026-05-05", "2026-05-07")
        .replace("urgent = \"4h\", normal = \"8h\"", "urgent = \"2h\", normal = \"3h\"")
}

/// A Monday morning, ten o'clock in Berlin; the next day is a holiday.
const TOLD: &[(&str, &str, &str)] = &[
    ("2026-05-04T08:00:00Z", "ticket_created", r#"{"tier": "gold", "priority": "normal", "team": "billing"}"#),
    ("2026-05-04T10:00:00Z", "status_changed", r#"{"to": "pending"}"#),
    ("2026-05-04T12:00:00Z", "status_changed", r#"{"to": "open"}"#),
    ("2026-05-06T08:00:00Z", "priority_changed", r#"{"to": "urgent"}"#),
];

async fn answer(desk: &Desk, text: &str, at: &str) -> String {
    let asked = Asked { text, channel: &Channel::Console, user: "console", roles: &[], drawn: false };
    let reply = desk.answer(&asked, Timestamp::parse(at).expect("a time")).await;
    console::render(&reply.message, false, 120, Tz::Europe__Berlin)
}

type Told<'a> = (&'a str, &'a str, &'a str);

async fn desk(directory: &tempfile::TempDir) -> (Store, Desk) {
    let (store, desk) = open(directory, PROMISES, TOLD[0].0).await;
    tell(&store, "4521", TOLD).await;
    (store, desk)
}

async fn open(directory: &tempfile::TempDir, promises: &str, now: &str) -> (Store, Desk) {
    let url = format!("[store]\nurl = \"sqlite://{}/bot.db\"\n", directory.path().display());
    let environment = Environment::from_iter([("SECRET", "s")]);
    let config = Config::parse("bot.toml", &format!("{url}{promises}"), &environment, Purpose::Look);
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    let store = app::open_store(&config, Timestamp::parse(now).expect("a time")).await.expect("opens");
    let desk = app::desk(&config, &store);
    (store, desk)
}

async fn tell(store: &Store, ticket: &str, told: &[Told<'_>]) {
    let delivery = Delivery {
        source: "desk".to_owned(),
        key: ticket.to_owned(),
        received_at: Timestamp::parse(told[0].0).expect("a time"),
        headers: "{}".to_owned(),
        body: None,
        events: told.iter().enumerate().map(|(n, told)| event(ticket, n, told)).collect(),
        origin: Origin::Import,
    };
    store.accept(delivery).await.expect("accepted");
}

fn event(ticket: &str, n: usize, (ts, kind, data): &Told<'_>) -> Event {
    let data: Value = serde_json::from_str(data).expect("json");
    let event = json!({"source": "desk", "event_id": format!("{ticket}-{n}"), "seq": n, "ts": ts, "type": kind,
        "ticket": ticket, "actor": {"kind": "customer", "id": "kim"}, "data": data});
    Event::parse(&event.to_string()).unwrap_or_else(|e| panic!("{e}"))
}

#[tokio::test]
async fn why_adds_up_what_counted_and_names_what_did_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    insta::assert_snapshot!("missed", answer(&desk, "/sla why 4521", "2026-05-06T13:00:00Z").await);
    insta::assert_snapshot!("on_monday", answer(&desk, "/sla why desk/4521", "2026-05-04T11:00:00Z").await);
    insta::assert_snapshot!("unknown", answer(&desk, "/sla why 9", "2026-05-04T11:00:00Z").await);
    store.close().await;
}

#[tokio::test]
async fn why_is_told_as_of_any_moment_and_as_data() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    let then = answer(&desk, "/sla why 4521", "2026-05-04T11:00:00Z").await;
    assert_eq!(answer(&desk, "/sla why 4521 as-of:2026-05-04T11:00:00Z", "2026-05-06T13:00:00Z").await, then);
    let asked = Asked { text: "", channel: &Channel::Console, user: "console", roles: &[], drawn: false };
    let at = Timestamp::parse("2026-05-06T13:00:00Z").expect("a time");
    let why = desk.why("4521", &asked, at).await.expect("an answer");
    insta::assert_snapshot!("data", format!("{:#}", serde_json::to_value(&why).expect("plain data")));
    let refusal = desk.why("9", &asked, at).await.expect_err("no such ticket");
    assert_eq!(refusal.to_string(), "there is no ticket 9");
    store.close().await;
}

#[tokio::test]
async fn why_tells_of_the_policy_and_the_hours_that_stood() {
    let directory = tempfile::tempdir().expect("a directory");
    desk(&directory).await.0.close().await;
    // Edited on Wednesday at eleven in Berlin, an hour after the ticket became urgent.
    let (store, desk) = open(&directory, &edited(), "2026-05-06T09:00:00Z").await;
    tell(&store, "77", &[("2026-05-06T09:30:00Z", TOLD[0].1, TOLD[0].2)]).await;
    insta::assert_snapshot!("before_the_edit", answer(&desk, "/sla why 4521", "2026-05-06T13:00:00Z").await);
    insta::assert_snapshot!("after_the_edit", answer(&desk, "/sla why 77", "2026-05-08T08:00:00Z").await);
    store.close().await;
}

#[tokio::test]
async fn sla_lists_what_is_at_risk_and_who_holds_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    let born = |tier: &str, at| (at, "ticket_created", tier.to_owned());
    let urgent = r#"{"tier": "gold", "priority": "urgent", "team": "billing", "subject": "Charged twice"}"#;
    let other =
        r#"{"tier": "gold", "priority": "urgent", "team": "tech", "subject": "No login", "url": "https://desk/9"}"#;
    for (ticket, (at, kind, data)) in
        [("7", born(urgent, "2026-05-08T07:10:00Z")), ("8", born(other, "2026-05-08T07:00:00Z"))]
    {
        tell(&store, ticket, &[(at, kind, &data)]).await;
    }
    let early = "2026-05-08T08:00:00Z";
    insta::assert_snapshot!("nothing_at_risk", answer(&desk, "/sla", early).await);
    let late = "2026-05-08T10:30:00Z";
    answer(&desk, "/sla claim 8", late).await;
    insta::assert_snapshot!("at_risk", answer(&desk, "/sla", late).await);
    insta::assert_snapshot!("at_risk_of_a_team", answer(&desk, "/sla team:billing", late).await);
    store.close().await;
}

#[tokio::test]
async fn sla_and_the_digest_foresee_what_will_be_missed() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    let born = r#"{"tier": "gold", "priority": "urgent", "team": "billing", "subject": "Charged twice"}"#;
    let at = |n: usize| format!("2026-05-06T{:02}:{:02}:00Z", 7 + n / 60, n % 60);
    // On Wednesday thirty were solved, the earlier half of them in time; on Friday five are open.
    for n in 0..30 {
        let solved = at(if n < 15 { n + 120 } else { n + 300 });
        let told = [(&*at(n), "ticket_created", born), (&*solved, "status_changed", r#"{"to": "solved"}"#)];
        tell(&store, &format!("{}", 100 + n), &told).await;
    }
    for n in 0..5 {
        tell(&store, &format!("{}", 200 + n), &[(&format!("2026-05-08T07:{n:02}:00Z"), "ticket_created", born)]).await;
    }
    let now = "2026-05-08T08:00:00Z";
    insta::assert_snapshot!("foreseen", answer(&desk, "/sla team:billing", now).await);
    let (digest, _) =
        desk.digest("daily", &Channel::Console, Timestamp::parse(now).expect("a time"), false).await.expect("ok");
    let digest = console::render(&digest, false, 120, Tz::Europe__Berlin);
    // The workspace has no hours of its own.
    assert!(digest.contains("Forecast: promises due in the next 24 hours"), "{digest}");
    store.close().await;
}

#[tokio::test]
async fn sla_simulate_says_what_would_have_been_missed() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    let late = "2026-05-08T10:30:00Z";
    insta::assert_snapshot!("simulated", answer(&desk, "/sla simulate resolution=20h last 7 days", late).await);
    insta::assert_snapshot!("as_it_stands", answer(&desk, "/sla simulate 7d", late).await);
    insta::assert_snapshot!("simulated_nothing", answer(&desk, "/sla simulate update=2h today", late).await);
    store.close().await;
}
