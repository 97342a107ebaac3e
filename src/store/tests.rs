//! What the store promises, on both engines. In here: the bench; the promises are in the modules.

mod accepting;
mod cards;
mod digests;
mod groups;
#[path = "../../tests/support/postgres.rs"]
mod postgres;
mod promises;
mod properties;
mod published;
mod reading;
mod segments;
mod threads;
mod working;

use std::collections::BTreeMap;

use super::*;
use crate::domain::columns::Row;
use crate::domain::event::Event;
use crate::domain::need::Need;
use crate::domain::sample::{Sample, SampleKind, Selection, TicketKey};
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, Target, Warning};
use crate::domain::timestamp::Timestamp;

/// A store and where it is.
struct Bench {
    store: Store,
    url: String,
}

impl Bench {
    async fn open(url: String) -> Self {
        Self { store: open(&url).await, url }
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// The same store, opened by another process as it were.
    async fn another(&self) -> Store {
        open(&self.url).await
    }

    /// Runs statements that no part of the program would.
    async fn tamper(&self, sql: &'static str) {
        let mut tx = self.store.write().await.expect("begins");
        tx.run(sql, &[]).await.expect("runs");
        tx.commit().await.expect("commits");
    }
}

async fn open(url: &str) -> Store {
    Store::open(url, &definitions(), minute(0)).await.expect("opens")
}

/// Runs a test on an empty SQLite file and on an empty PostgreSQL database.
async fn on_both<F: AsyncFn(&Bench)>(test: F) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = format!("sqlite://{}/store.db", dir.path().display());
    for url in std::iter::once(file).chain(postgres::database()) {
        let bench = Bench::open(url).await;
        test(&bench).await;
        bench.store.close().await;
    }
}

/// First response within an hour, warned of at 80 %.
fn definitions() -> Definitions {
    let policy = Policy {
        name: "standard".to_owned(),
        when: Matchers::default(),
        targets: BTreeMap::from([(Target::FirstResponse, Allowance::All(3600))]),
        calendar: CalendarChoice::Always,
        pause: Vec::new(),
        warn: vec![Warning::Used(0.8)],
    };
    Definitions { policies: vec![policy], ..Definitions::default() }
}

/// Minutes after some Monday morning.
const fn minute(n: i64) -> Timestamp {
    Timestamp(1_764_576_000_000 + n * 60_000)
}

/// An event of ticket 1 in canonical JSON, but for what the test is about.
fn event(id: &str, at: i64, rest: &str) -> Event {
    ticket_event("1", id, at, rest)
}

fn ticket_event(ticket: &str, id: &str, at: i64, rest: &str) -> Event {
    let ts = minute(at);
    let text = format!(r#"{{"event_id": "{id}", "ts": "{ts}", "ticket": "{ticket}", {rest}}}"#);
    Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

const CREATED: &str = r#""type": "ticket_created", "actor": {"kind": "customer", "id": "c"},
    "data": {"subject": "Cannot log in", "url": "https://desk.example/1", "priority": "high", "team": "billing"}"#;
const REPLY: &str = r#""type": "message", "actor": {"kind": "agent", "id": "ana"}"#;
const QUESTION: &str = r#""type": "message", "actor": {"kind": "customer", "id": "c"}"#;

/// What arrives a second after minute `at`.
fn delivery(key: &str, at: i64, events: Vec<Event>) -> Delivery {
    Delivery {
        source: "desk".to_owned(),
        key: key.to_owned(),
        received_at: minute(at).plus_s(1),
        headers: "{}".to_owned(),
        body: Some(b"{}".to_vec()),
        events,
        origin: Origin::Live,
    }
}

fn key(ticket: &str) -> TicketKey {
    TicketKey { source: "desk".to_owned(), id: ticket.to_owned() }
}

fn message(key: &str, destination: &str, priority: Priority) -> NewOutbox {
    NewOutbox {
        key: key.to_owned(),
        destination: destination.to_owned(),
        priority,
        storm_over: None,
        body: "{}".to_owned(),
        due_at: minute(0),
    }
}

/// Everything there is.
fn everything() -> Vec<Selection> {
    SampleKind::ALL.iter().map(|kind| Selection::at(*kind, Timestamp::MIN, Timestamp::MAX)).collect()
}

/// Samples that belong to a selection, in an order of their own, as text.
fn lines<'s>(samples: impl IntoIterator<Item = &'s Sample>, selections: &[Selection]) -> Vec<String> {
    // Nothing lies in a period without length, though a span may touch it.
    let wanted = |s: &&Sample| selections.iter().any(|w| w.from < w.to && w.contains(s));
    let mut lines: Vec<_> = samples.into_iter().filter(wanted).map(|s| format!("{s:?}")).collect();
    lines.sort_unstable();
    lines
}

/// What is read for selections, as [`lines`]. Segments know customers by number only.
async fn read(store: &Store, selections: &[Selection]) -> Vec<String> {
    let samples = store.samples(selections).await.expect("reads");
    lines(&samples.rows().map(Row::sample).collect::<Vec<_>>(), selections)
}

/// What the rows of `samples` say, without the customers' names.
async fn rows(store: &Store) -> Vec<Sample> {
    let mut tx = store.read().await.expect("begins");
    let rows = tx.all("SELECT body FROM samples", &[]).await.expect("reads");
    let decoded = rows.iter().map(|row| samples::decode(row.get(0).expect("text")).expect("own output"));
    decoded.map(|sample| Sample { customer: None, ..sample }).collect()
}

/// Every row that depends on what was received, as text; `source` is left out, so that sources can be compared.
async fn dump(store: &Store, source: &str) -> String {
    let mut tx = store.read().await.expect("begins");
    let mut lines = Vec::new();
    for (table, sql) in [
        ("event", "SELECT event_id || ' ' || ts || ' ' || body FROM events WHERE source = $1"),
        ("rhythm", "SELECT slot || ' ' || events FROM rhythm WHERE source = $1"),
        ("feed", "SELECT events || ' ' || oldest || ' ' || newest FROM feeds WHERE source = $1"),
        (
            "ticket",
            "SELECT id || ' ' || first_ts || ' ' || last_ts || ' ' || coalesce(created, -1)
             || ' ' || coalesce(subject, '-') || ' ' || coalesce(url, '-') || ' ' || coalesce(status, '-')
             || ' ' || coalesce(priority, '-') || ' ' || coalesce(team, '-') || ' ' || coalesce(agent, '-')
             FROM tickets WHERE source = $1",
        ),
        (
            "sample",
            "SELECT id || ' ' || n || ' ' || kind || ' ' || slot || ' ' || body
             FROM samples JOIN tickets ON no = ticket WHERE source = $1",
        ),
        (
            "timer",
            "SELECT id || ' ' || target || ' ' || started || ' ' || kind || ' ' || rings_at || ' ' || state
             FROM timers JOIN tickets ON no = ticket WHERE source = $1",
        ),
    ] {
        for row in tx.all(sql, &[source.into()]).await.expect("reads") {
            lines.push(format!("{table} {}", row.get::<&str>(0).expect("text")));
        }
    }
    lines.sort_unstable();
    lines.join("\n").replace(&format!("\"{source}\""), "\"*\"")
}
