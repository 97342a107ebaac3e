//! What must hold of every answer, whatever happened and however it was told: random logs through real stores on both
//! engines, asked every question.

use std::sync::Arc;

use deskbell::app;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::chat::Channel;
use deskbell::commands::{Asked, Desk};
use deskbell::domain::event::Event;
use deskbell::domain::names::{Dimension, GroupBy, MetricId};
use deskbell::domain::timestamp::Timestamp;
use deskbell::store::{Delivery, Origin, Store};
use fastrand::Rng;
use serde_json::Value;

use crate::support::logs::{configuration, end, log, unrelated};
use crate::support::postgres;

/// The logs tried; more find more, and take longer.
const SEEDS: [u64; 2] = [1, 2];
/// Tickets in a log.
const TICKETS: usize = 40;

/// The defaults, and everything turned round that changes samples.
const SWITCHES: [&str; 2] = [
    "",
    r#"
"frt.origin" = "bot_handoff"
"agent_created.frt" = "zendesk"
"volume.initiators" = ["customer", "agent"]
"merged.policy" = "count"
"calendar.binding" = "last"
"resolution.end" = "last_solve_ignoring_soft"
"resolution.solved_gaps" = "exclude"
"reopen.count_soft" = false
"csat.attribution" = "first"
"csat.scope" = "all"
"sla.solve_without_reply" = "met"
"sla.unit" = "ticket"
"sla.reopen" = "new_cycle"
"sla.attribution" = "solved"
"#,
];

/// A store and who answers about it.
struct Bot {
    store: Store,
    desk: Desk,
    _directory: Option<tempfile::TempDir>,
}

impl Bot {
    async fn open(url: &str, switches: &str) -> Self {
        let config = configuration(url, switches);
        let config = Config::parse("bot.toml", &config, &Environment::from_iter([("SECRET", "s")]), Purpose::Look);
        let config = config.unwrap_or_else(|faults| panic!("{faults}"));
        let store = app::open_store(&config).await.expect("opens");
        let desk = app::desk(&config, &store);
        Self { store, desk, _directory: None }
    }

    async fn on_sqlite(switches: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}/bot.db", directory.path().display());
        Self { _directory: Some(directory), ..Self::open(&url, switches).await }
    }

    /// On each engine that is there.
    async fn on_each(switches: &str) -> Vec<Self> {
        let mut bots = vec![Self::on_sqlite(switches).await];
        if let Some(url) = postgres::database() {
            bots.push(Self::open(&url, switches).await);
        }
        bots
    }

    async fn receive(&self, key: &str, events: Vec<Event>) {
        let delivery = Delivery {
            source: "desk".to_owned(),
            key: key.to_owned(),
            received_at: end(),
            headers: "{}".to_owned(),
            body: None,
            events,
            origin: Origin::Import,
        };
        self.store.accept(delivery).await.expect("accepted");
    }

    /// The same events in another order, in pieces, some of them twice.
    async fn receive_in_pieces(&self, events: &[Event], rng: &mut Rng) {
        let mut events = events.to_vec();
        let twice: Vec<Event> = events.iter().filter(|_| rng.u8(0..4) == 0).cloned().collect();
        events.extend(twice);
        rng.shuffle(&mut events);
        let mut n = 0;
        while !events.is_empty() {
            let piece = events.split_off(events.len().saturating_sub(rng.usize(1..40)));
            self.receive(&format!("piece{n}"), piece).await;
            n += 1;
        }
    }

    async fn ask(&self, question: &str, at: Timestamp) -> Value {
        let asked = Asked { text: question, channel: &Channel::Console, user: "console", roles: &[] };
        self.desk.json(&asked, at).await.unwrap_or_else(|refusal| panic!("{question}: {refusal}"))
    }

    /// Asserts that another bot gives the same answer to every question.
    async fn agrees_with(&self, other: &Self, questions: &[String], at: Timestamp, why: &str) {
        for question in questions {
            let (ours, theirs) = (self.ask(question, at).await, other.ask(question, at).await);
            if ours != theirs {
                panic!("{why}\n{question} as of {at}\n{}", difference("", &ours, &theirs));
            }
        }
    }
}

/// The first place at which two answers differ.
fn difference(path: &str, a: &Value, b: &Value) -> String {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys()).find(|k| x.get(*k) != y.get(*k));
            keys.map_or_else(String::new, |k| difference(&format!("{path}.{k}"), &a[k], &b[k]))
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            let n = (0..x.len()).find(|n| x[*n] != y[*n]).unwrap_or_default();
            let named = x.get(n).map(|v| format!(" {}{}", v["id"], v["key"])).unwrap_or_default();
            difference(&format!("{path}[{n}{named}]"), &a[n], &b[n])
        }
        _ => format!("{path}:\n  {a}\n  {b}"),
    }
}

/// Every metric, in every breakdown.
fn questions() -> Vec<String> {
    let all = MetricId::ALL.iter().map(|id| id.id()).collect::<Vec<_>>().join(" ");
    let mut questions = vec![
        String::new(),
        format!("{all} all"),
        format!("{all} last 28 days vs previous clock:calendar stat:p90"),
        format!("{all} this month vs average team:billing,tier2 -priority:low"),
        format!("{all} 2024-03-30..2024-04-02 vs last-week clock:business stat:mean"),
    ];
    questions.extend(GroupBy::ALL.iter().map(|by| format!("{all} 2024-03-25..2024-05-05 by {}", by.name())));
    questions
}

#[tokio::test]
async fn order_repetition_batching_and_engine_change_no_answer_and_neither_does_folding_again() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let (events, mut rng) = (log(seed, TICKETS), Rng::with_seed(seed));
        let whole = Bot::on_sqlite(switches).await;
        whole.receive("all", events.clone()).await;
        for bot in Bot::on_each(switches).await {
            bot.receive_in_pieces(&events, &mut rng).await;
            let rebuilt = bot.store.rebuild(end(), |_, _| ()).await.expect("folds");
            assert_eq!(rebuilt.changed_rows, 0, "log {seed}");
            whole.agrees_with(&bot, &questions(), end(), &format!("log {seed}: as it came, or in pieces")).await;
        }
    }
}

#[tokio::test]
async fn answers_as_of_an_instant_know_nothing_of_what_happened_after_it() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let (events, mut rng) = (log(seed, TICKETS), Rng::with_seed(seed));
        let whole = Bot::on_sqlite(switches).await;
        whole.receive("all", events.clone()).await;
        for _ in 0..3 {
            let at = events[rng.usize(0..events.len())].ts;
            let before = Bot::on_sqlite(switches).await;
            before.receive("all", events.iter().filter(|e| e.ts <= at).cloned().collect()).await;
            whole.agrees_with(&before, &questions(), at, &format!("log {seed}: all, or only what was known")).await;
        }
    }
}

#[tokio::test]
async fn a_ticket_that_nothing_has_to_do_with_changes_nothing_about_the_others() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let events = log(seed, TICKETS);
        let [without, with] = [Bot::on_sqlite(switches).await, Bot::on_sqlite(switches).await];
        without.receive("all", events.clone()).await;
        with.receive("all", events).await;
        with.receive("another", unrelated(seed)).await;
        for id in MetricId::ALL {
            let question = format!("list {} all", id.id());
            let others = |answer: Value| -> Vec<Value> {
                let rows = answer["metrics"][0]["rows"].as_array().cloned().unwrap_or_default();
                rows.into_iter().filter(|row| row["ticket"] != "unrelated").collect()
            };
            let (a, b) = (others(without.ask(&question, end()).await), others(with.ask(&question, end()).await));
            assert_eq!(a, b, "log {seed}: {question}");
        }
    }
}

#[tokio::test]
async fn every_rate_lies_within_its_interval() {
    fn check(path: &str, figures: &Value) {
        if let (Some(low), Some(value), Some(high)) =
            (figures["low"].as_f64(), figures["value"].as_f64(), figures["high"].as_f64())
        {
            assert!(low <= value && value <= high, "{path}: {value} is not between {low} and {high}");
        }
        for group in figures["groups"].as_array().into_iter().flatten() {
            check(&format!("{path} {}", group["key"]), group);
        }
    }
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let bot = Bot::on_sqlite(switches).await;
        bot.receive("all", log(seed, TICKETS)).await;
        for question in questions() {
            let answer = bot.ask(&question, end()).await;
            for metric in answer["metrics"].as_array().expect("metrics") {
                check(&format!("log {seed}: {question}: {}", metric["id"]), metric);
            }
        }
    }
}
