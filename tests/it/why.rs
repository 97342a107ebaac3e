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

async fn desk(directory: &tempfile::TempDir) -> (Store, Desk) {
    let url = format!("[store]\nurl = \"sqlite://{}/bot.db\"\n", directory.path().display());
    let environment = Environment::from_iter([("SECRET", "s")]);
    let config = Config::parse("bot.toml", &format!("{url}{PROMISES}"), &environment, Purpose::Look);
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    let now = Timestamp::parse(TOLD[0].0).expect("a time");
    let store = app::open_store(&config, now).await.expect("opens");
    let events: Vec<Event> = TOLD.iter().enumerate().map(|(n, told)| event(n, told)).collect();
    let delivery = Delivery {
        source: "desk".to_owned(),
        key: "all".to_owned(),
        received_at: now,
        headers: "{}".to_owned(),
        body: None,
        events,
        origin: Origin::Import,
    };
    store.accept(delivery).await.expect("accepted");
    let desk = app::desk(&config, &store);
    (store, desk)
}

fn event(n: usize, (ts, kind, data): &(&str, &str, &str)) -> Event {
    let data: Value = serde_json::from_str(data).expect("json");
    let event = json!({"source": "desk", "event_id": n.to_string(), "seq": n, "ts": ts, "type": kind, "ticket": "4521",
        "actor": {"kind": "customer", "id": "kim"}, "data": data});
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
