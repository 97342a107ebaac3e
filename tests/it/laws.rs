//! What must hold of every answer, whatever happened and however it was told: random logs through real stores on both
//! engines, asked every question.

use std::process::Command;

use deskbell::app;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::chat::Channel;
use deskbell::commands::{Asked, Desk};
use deskbell::domain::event::Event;
use deskbell::domain::names::{Dimension, GroupBy, MetricId};
use deskbell::domain::query::{Filter, NONE};
use deskbell::domain::timestamp::Timestamp;
use deskbell::domain::workspace::Workspace;
use deskbell::metrics::answer::Figures;
use deskbell::metrics::export::{Extract, Table};
use deskbell::metrics::period::Period;
use deskbell::metrics::{self, Query};
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
        let store = app::open_store(&config, end()).await.expect("opens");
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
        let asked = Asked { text: question, channel: &Channel::Console, user: "console", roles: &[], drawn: false };
        self.desk.json(&asked, at).await.unwrap_or_else(|refusal| panic!("{question}: {refusal}")).0
    }

    /// What a metric measures in a period, with conditions; known at the end of the log.
    async fn figures(&self, id: MetricId, period: Period, filters: &[Filter]) -> Figures {
        let query = Query { metrics: vec![id], filters: filters.to_vec(), ..Query::over(period, end()) };
        let definitions = self.desk.definitions();
        let selections = metrics::selections(&query, definitions);
        let samples = self.store.samples_as_of(&selections, end()).await.expect("reads");
        metrics::compute(&query, definitions, &samples).metrics.remove(0).figures
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
                let metric = &answer["metrics"][0];
                let lists = [&metric["rows"], &metric["tickets"]["rows"]];
                let rows = lists.into_iter().filter_map(Value::as_array).flatten();
                rows.filter(|row| row["ticket"].is_string() && row["ticket"] != "unrelated").cloned().collect()
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

/// What counts one by one: of a period that is split, of values of a dimension, the parts sum to the whole.
const COUNTS: [&str; 13] = [
    "ticket_volume",
    "tickets_solved",
    "net_flow",
    "replies_sent",
    "product_feedback_volume",
    "survey_comments",
    "csat",
    "csat_response_rate",
    "abandonment_rate",
    "service_level",
    "first_contact_resolution",
    "sla_attainment",
    "sla_breaches",
];

/// What stands at an instant: the values of a dimension sum to the whole.
const SNAPSHOTS: [&str; 4] = ["backlog", "unreplied_tickets", "unread_tickets", "sla_at_risk"];

fn named(ids: &'static [&'static str]) -> impl Iterator<Item = MetricId> {
    MetricId::ALL.iter().copied().filter(|id| ids.contains(&id.id()))
}

/// Both sides of a rate, or a count as both.
fn parts(figures: &Figures) -> (i64, i64) {
    let count = figures.value.unwrap_or_default() as u64;
    let side = |n: Option<u64>| n.unwrap_or(count).cast_signed();
    match figures.value {
        Some(value) if figures.detail.denominator.is_none() => (value as i64, value as i64),
        _ => (side(figures.detail.numerator), side(figures.detail.denominator)),
    }
}

#[tokio::test]
async fn a_period_split_anywhere_sums_to_the_whole() {
    for seed in SEEDS {
        let mut rng = Rng::with_seed(seed);
        let bot = Bot::on_sqlite("").await;
        let events = log(seed, TICKETS);
        bot.receive("all", events.clone()).await;
        for id in named(&COUNTS) {
            for _ in 0..6 {
                // Mostly at an instant at which something happens.
                let [mut a, mut b, mut c] = std::array::from_fn(|_| events[rng.usize(0..events.len())].ts);
                (a, b, c) = (a.min(b).min(c), a.max(b).min(a.min(b).max(c)), a.max(b).max(c));
                let of = async |from, to| parts(&bot.figures(id, Period { from, to }, &[]).await);
                let (left, right, whole) = (of(a, b).await, of(b, c).await, of(a, c).await);
                assert_eq!((left.0 + right.0, left.1 + right.1), whole, "log {seed}: {id} from {a} over {b} to {c}");
            }
        }
    }
}

#[tokio::test]
async fn every_value_of_a_dimension_and_none_sum_to_all() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let bot = Bot::on_sqlite(switches).await;
        let events = log(seed, TICKETS);
        bot.receive("all", events.clone()).await;
        let vocabulary = bot.store.learned().await.expect("reads").words;
        let first = events.iter().map(|e| e.ts).min().expect("events");
        let period = Period { from: first, to: first.plus_s(30 * 86_400) };
        // A ticket counts once, under the values of one of its verdicts.
        let by_ticket = |id: MetricId| id == MetricId::SlaAttainment && switches.contains("\"ticket\"");
        for id in named(&COUNTS).chain(named(&SNAPSHOTS)).filter(|id| !by_ticket(*id)) {
            let whole = parts(&bot.figures(id, period, &[]).await);
            for dimension in Dimension::ALL.into_iter().filter(|d| *d != Dimension::Tag) {
                let mut sum = (0, 0);
                for value in vocabulary.get(dimension.name()).into_iter().flatten().map(String::as_str).chain([NONE]) {
                    let filter = Filter { dimension, values: vec![value.to_owned()], exclude: false, position: 0 };
                    let part = parts(&bot.figures(id, period, &[filter]).await);
                    sum = (sum.0 + part.0, sum.1 + part.1);
                }
                assert_eq!(sum, whole, "log {seed}: {id} by {}", dimension.name());
            }
        }
    }
}

#[tokio::test]
async fn the_backlog_changes_by_what_came_in_and_what_was_solved_and_no_business_time_is_longer_than_time() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let bot = Bot::on_sqlite(switches).await;
        let events = log(seed, TICKETS);
        bot.receive("all", events.clone()).await;
        let mut rng = Rng::with_seed(seed);
        for _ in 0..10 {
            let [a, b] = std::array::from_fn(|_| events[rng.usize(0..events.len())].ts);
            let period = Period { from: a.min(b), to: a.max(b) };
            let value = async |id, period| bot.figures(id, period, &[]).await.value.unwrap_or_default();
            let at = |instant: Timestamp| Period { from: instant.plus_ms(-1), to: instant };
            let opening = value(MetricId::Backlog, at(period.from)).await;
            let closing = value(MetricId::Backlog, at(period.to)).await;
            assert_eq!(closing - opening, value(MetricId::NetFlow, period).await, "log {seed}: {period:?}");
        }

        let definitions = bot.desk.definitions();
        let extract = Extract::new(Table::Tickets, None, &[], end(), definitions);
        let columns = Table::Tickets.columns();
        for history in bot.store.histories(None, extract.reach(), end()).await.expect("reads") {
            for row in extract.rows(&history.key, &history.events, definitions) {
                let row: Value = serde_json::from_str(&row.json(&columns)).expect("JSON");
                for column in &columns {
                    let Some(clock) = column.strip_suffix("_business_s") else { continue };
                    let (business, calendar) = (row[column].as_f64(), row[format!("{clock}_s")].as_f64());
                    assert!(business <= calendar, "log {seed}: {clock} of {row}");
                }
            }
        }
    }
}

/// Metrics that are told of single samples, so that a file reproduces them.
const REPRODUCED: [&str; 9] = [
    "first_response_time",
    "resolution_time",
    "requester_wait_time",
    "reopen_rate",
    "first_contact_resolution",
    "csat",
    "sla_attainment",
    "ticket_volume",
    "backlog",
];

/// Metrics of how what counts is spread over hours, days and people: the rows are what is spread.
const SPREAD: [&str; 4] = ["peak_hours", "busiest_day", "solved_per_agent", "assignment_share"];

/// What the rows of a file that counted for a metric make of it: how many they are, and what the number may be.
fn remade(csv: &[u8], metric: &str) -> (u64, Vec<f64>) {
    let mut reader = csv::Reader::from_reader(csv);
    let columns = reader.headers().expect("a header").clone();
    let place = |name: &str| columns.iter().position(|column| column == name).expect("a column");
    let (named, counted, value) = (place("metric"), place("counted"), place("value"));
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    let rows: Vec<_> = records.iter().filter(|r| &r[named] == metric && &r[counted] == "true").collect();
    let mut values: Vec<f64> = rows.iter().filter_map(|r| r[value].parse().ok()).collect();
    values.sort_by(f64::total_cmp);
    assert!(values.is_empty() || values.len() == rows.len(), "{metric}: all have values, or none has");
    let n = rows.len() as u64;
    let (Some(last), middle) = (values.len().checked_sub(1), values.len() / 2) else { return (n, vec![n as f64]) };
    let median = (values[last / 2] + values[middle]) / 2.0;
    (n, vec![n as f64, median, values.iter().sum::<f64>() / values.len() as f64])
}

#[tokio::test]
async fn the_rows_of_a_file_reproduce_the_number_behind_which_they_stand() {
    for (seed, switches) in SEEDS.into_iter().zip(SWITCHES) {
        let bot = Bot::on_sqlite(switches).await;
        bot.receive("all", log(seed, TICKETS)).await;
        let (mut reproduced, mut wrong) = (Vec::new(), Vec::new());
        for id in MetricId::ALL.iter().map(|id| id.id()) {
            for condition in ["", " -priority:low"] {
                let words = format!("{id} last 28 days{condition}");
                let answer = bot.ask(&format!("/metrics {words}"), end()).await;
                let text = format!("/metrics export {words}");
                let (channel, user) = (Channel::Slack(Workspace::default(), "#a".to_owned()), "slack:U1");
                let asked = Asked { text: &text, channel: &channel, user, roles: &[], drawn: false };
                let reply = bot.desk.answer(&asked, end()).await;
                let file = reply.file.unwrap_or_else(|| panic!("{text}: {:?}", reply.message));
                for metric in answer["metrics"].as_array().expect("metrics") {
                    let name = metric["id"].as_str().expect("a name");
                    let (n, values) = remade(&file.content, name);
                    if n == 0 {
                        continue;
                    }
                    let value = metric["value"].as_f64();
                    // Too few for a number of their own are rows all the same.
                    let is_it = |remade: &f64| value.is_none_or(|value| (remade - value).abs() < 1e-3);
                    let is_n = metric["n"].as_u64().is_none_or(|shown| shown == n) || value == Some(n as f64);
                    if !(is_n && values.iter().any(is_it) || SPREAD.contains(&name)) {
                        let shown = [&metric["value"], &metric["n"], &metric["stat"]];
                        wrong.push(format!("log {seed}: {text}: {values:?} of {n} rows, not {shown:?}"));
                    }
                    reproduced.push(name.to_owned());
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        for name in REPRODUCED {
            assert!(reproduced.iter().any(|metric| metric == name), "log {seed}: {name} was not: {reproduced:?}");
        }
    }
}

#[tokio::test]
async fn answers_do_not_depend_on_the_zone_of_the_machine() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let url = format!("sqlite://{}", path("bot.db").display());
    std::fs::write(path("bot.toml"), configuration(&url, "")).expect("written");
    let bot = Bot::open(&url, "").await;
    bot.receive("all", log(SEEDS[0], TICKETS)).await;
    bot.store.close().await;
    let answer = |zone: &str| {
        let question = "last 28 days by day vs last-year --json --at 2024-04-30T22:30:00Z";
        let output = Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .current_dir(directory.path())
            .arg("metrics")
            .args(MetricId::ALL.iter().map(|id| id.id()))
            .args(question.split(' '))
            .env("TZ", zone)
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let utc = answer("UTC");
    for zone in ["Asia/Tokyo", "America/St_Johns", "no/such zone"] {
        assert_eq!(answer(zone), utc, "{zone}");
    }
}
