//! Promises and what is told late: nothing rings twice, nothing is swallowed.

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::domain::sample::SampleFact;
use crate::domain::sla::{self, Instance, PolicyVersion, State, TimerKind};
use crate::domain::ticket;

/// Conversations tried on each engine.
const CASES: usize = 40;

/// Every reply within an hour.
fn every_reply() -> Definitions {
    let mut definitions = definitions();
    let hour = Allowance::All(3600);
    definitions.policies[0].targets =
        [Target::FirstResponse, Target::NextResponse, Target::Update].map(|target| (target, hour.clone())).into();
    definitions
}

/// What is said: nothing that anybody would send.
fn hush(_: &DueTimer) -> Vec<NewOutbox> {
    Vec::new()
}

/// What is known of a ticket by now.
async fn known(store: &Store, id: &str, definitions: &Definitions) -> Vec<Instance> {
    let events = store.events(&key(id)).await.unwrap();
    ticket::fold(&key(id), &events, definitions).map_or_else(Vec::new, |t| sla::instances(&t, definitions))
}

#[tokio::test]
async fn a_reply_that_is_told_late_shifts_the_numbers_and_rings_nothing_again() {
    on_both(async |bench| {
        let store = Store::open(&bench.url, &every_reply(), minute(0)).await.unwrap();
        let tell = async |id: &str, at: i64, what: &str| {
            store.accept(delivery(id, at, vec![event(id, at, what)])).await.unwrap();
        };
        let ring = async |at: i64| -> Vec<_> {
            let rung = store.ring_due(minute(at), 10, hush).await.unwrap();
            let of_turns = rung.into_iter().filter(|t| t.target == Target::NextResponse && t.kind == TimerKind::Breach);
            of_turns.map(|t| (t.cycle, t.due)).collect()
        };
        tell("e1", 0, CREATED).await;
        tell("e2", 5, REPLY).await;
        tell("e3", 10, QUESTION).await;
        assert_eq!(ring(75).await, [(1, minute(70))]);
        tell("e4", 80, REPLY).await;
        tell("e5", 100, QUESTION).await;
        assert_eq!(ring(165).await, [(2, minute(160))]);

        // Somebody had answered the first question after all, and the customer had asked again.
        tell("late1", 20, REPLY).await;
        tell("late2", 30, QUESTION).await;
        let cycles: Vec<_> = known(&store, "1", &every_reply())
            .await
            .into_iter()
            .filter(|i| i.promise.target == Target::NextResponse)
            .map(|i| (i.promise.cycle, i.promise.state_at(minute(165)), i.promise.started))
            .collect();
        let expected = [(1, State::Met, 10), (2, State::Met, 30), (3, State::Breached, 100)];
        assert_eq!(cycles, expected.map(|(cycle, state, at)| (cycle, state, minute(at))));
        assert_eq!(ring(300).await, []);

        // The next question is the fourth, and rings as such.
        tell("e6", 310, REPLY).await;
        tell("e7", 320, QUESTION).await;
        assert_eq!(ring(381).await, [(4, minute(380))]);
        // It had been asked a minute earlier: that is the same wait.
        tell("late3", 319, QUESTION).await;
        assert_eq!(ring(400).await, []);
        let crate::domain::alert::Truth { instance, .. } =
            store.truth(&key("1"), Target::NextResponse, minute(320)).await.unwrap().unwrap();
        assert_eq!((instance.promise.started, instance.promise.cycle), (minute(319), 4));
        store.close().await;
    })
    .await;
}

/// A first response within so many minutes.
fn within(minutes: i64) -> Definitions {
    let mut definitions = definitions();
    definitions.policies[0].targets = [(Target::FirstResponse, Allowance::All(minutes * 60))].into();
    definitions
}

/// `version target deadline-or-decision` of the first response of each ticket.
async fn verdicts(store: &Store, ids: &[&str]) -> Vec<(PolicyVersion, i64, Option<Timestamp>)> {
    let mut verdicts = Vec::new();
    for id in ids {
        let started = store.ticket(&key(id)).await.unwrap().unwrap().created;
        let crate::domain::alert::Truth { instance, .. } =
            store.truth(&key(id), Target::FirstResponse, started).await.unwrap().unwrap();
        let promise = instance.promise;
        verdicts.push((promise.version, promise.target_s / 60, promise.decided_at.or(promise.deadline)));
    }
    verdicts
}

#[tokio::test]
async fn an_edited_policy_is_a_version_and_rewrites_no_row() {
    use PolicyVersion::Configured;
    on_both(async |bench| {
        let accept = async |store: &Store, id: &str, at: i64, what: &str| {
            let event = ticket_event(id, &format!("{id}/{at}"), at, what);
            store.accept(delivery(&format!("{id}/{at}"), at, vec![event])).await.unwrap();
        };
        accept(&bench.store, "kept", 0, CREATED).await;
        accept(&bench.store, "kept", 30, REPLY).await;
        accept(&bench.store, "missed", 0, CREATED).await;
        accept(&bench.store, "open", 80, CREATED).await;
        let before = dump(&bench.store, "desk").await;

        // Edited at minute 100, and folded again with it.
        let edited = Store::open(&bench.url, &within(20), minute(100)).await.unwrap();
        assert!(edited.is_stale());
        assert_eq!(edited.rebuild(minute(100), |_, _| ()).await.unwrap().changed_rows, 0);
        assert_eq!(dump(&edited, "desk").await, before);
        accept(&edited, "new", 100, CREATED).await;
        accept(&edited, "open", 110, QUESTION).await;
        // History that comes late is judged by what was promised first.
        let old = vec![ticket_event("old", "old", -9999, CREATED)];
        edited.accept(Delivery { origin: Origin::Import, ..delivery("old", 110, old) }).await.unwrap();
        let ids = ["kept", "missed", "open", "new", "old"];
        let expected = [
            (Configured(1), 60, Some(minute(30))),
            (Configured(1), 60, Some(minute(60))),
            (Configured(1), 60, Some(minute(140))),
            (Configured(2), 20, Some(minute(120))),
            (Configured(1), 60, Some(minute(60 - 9999))),
        ];
        assert_eq!(verdicts(&edited, &ids).await, expected);
        let stored: Vec<_> = rows(&edited)
            .await
            .into_iter()
            .filter_map(|sample| match sample.fact {
                SampleFact::Sla { promise } => Some(promise.version),
                _ => None,
            })
            .collect();
        assert_eq!(stored.iter().filter(|version| **version == Configured(2)).count(), 1);
        let rows = dump(&edited, "desk").await;
        edited.close().await;

        // Started again it is the same version, whatever the time.
        let again = Store::open(&bench.url, &within(20), minute(900)).await.unwrap();
        assert!(!again.is_stale());
        assert_eq!(again.definitions().agreements.versions().len(), 2);
        assert_eq!(again.rebuild(minute(900), |_, _| ()).await.unwrap().changed_rows, 0);
        assert_eq!(dump(&again, "desk").await, rows);
        again.close().await;

        // Whoever only looks, with a file that nobody runs yet, sees it as if it held from now on, and changes nothing.
        let look = Store::look(&bench.url, &within(5), minute(950)).await.unwrap();
        assert_eq!(look.definitions().policies_at(minute(960)).0, 3);
        assert_eq!(verdicts(&look, &ids).await, expected);
        look.close().await;
        let versions = "SELECT version || ' ' || since FROM policy_versions";
        let told = |n: i64, at: i64| format!("{n} {}", minute(at).millis());
        assert_eq!(lines_of(&bench.store, versions).await, [told(1, 0), told(2, 100)]);

        // Taken back, it is a version too; a clock that went backward does not make it hold before the one before.
        let back = Store::open(&bench.url, &definitions(), minute(50)).await.unwrap();
        assert_eq!(lines_of(&bench.store, versions).await, [told(1, 0), told(2, 100), told(3, 100)]);
        assert_eq!(verdicts(&back, &ids).await[4], expected[4]);
        back.close().await;
    })
    .await;
}

#[tokio::test]
async fn copies_that_start_together_agree_on_the_versions() {
    on_both(async |bench| {
        let open = |minutes: i64| {
            let url = bench.url.clone();
            async move { Store::open(&url, &within(minutes), minute(minutes)).await.unwrap() }
        };
        let stores = join_all([open(10), open(10), open(10), open(10)]).await;
        for store in &stores {
            assert_eq!(store.definitions().agreements.versions().len(), 2);
            assert_eq!(store.definitions().fingerprint(), stores[0].definitions().fingerprint());
        }
        let stores = join_all([open(20), open(30)]).await;
        let known =
            |store: &Store| store.definitions().agreements.versions().last().unwrap().agreement.policies.clone();
        assert_eq!(known(&stores[0]), within(20).policies);
        assert_eq!(known(&stores[1]), within(30).policies);
    })
    .await;
}

/// What happens in a conversation, at which minute, and how many minutes later it is told.
fn conversation() -> impl Strategy<Value = Vec<(i64, i64, &'static str)>> {
    const SOLVED: &str =
        r#""type": "status_changed", "actor": {"kind": "agent", "id": "bo"}, "data": {"to": "solved"}"#;
    const HANDOFF: &str = r#""type": "bot_handoff", "actor": {"kind": "bot", "id": "b"}"#;
    let what = prop::sample::select(vec![QUESTION, QUESTION, QUESTION, REPLY, REPLY, SOLVED, HANDOFF]);
    let late = prop_oneof![2 => Just(0), 1 => 1..200_i64];
    prop::collection::vec((1..400_i64, late, what), 1..14)
}

#[tokio::test]
async fn however_late_something_is_told_nothing_rings_twice_and_nothing_is_swallowed() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRunner::deterministic().new_rng());
    let conversations: Vec<_> =
        (0..CASES).map(|_| conversation().new_tree(&mut runner).expect("a conversation").current()).collect();
    for switches in [r#"{}"#, r#"{"frt.origin": "bot_handoff"}"#] {
        let mut definitions = every_reply();
        definitions.switches = serde_json::from_str(switches).unwrap();
        on_both(async |bench| {
            let store = Store::open(&bench.url, &definitions, minute(0)).await.unwrap();
            let mut rang = 0;
            for (n, conversation) in conversations.iter().enumerate() {
                rang += talk(&store, &n.to_string(), conversation, &definitions).await;
            }
            assert!(rang > CASES, "{rang}");
            store.close().await;
        })
        .await;
    }
}

/// Has a conversation told as late as it is, and rings whatever is due before each telling. Returns how often it rang.
async fn talk(store: &Store, id: &str, conversation: &[(i64, i64, &'static str)], definitions: &Definitions) -> usize {
    let mut told = vec![(0, 0, CREATED)];
    told.extend(conversation.iter().map(|(at, late, what)| (at + late, *at, *what)));
    told.sort_unstable();
    let mut rung: Vec<DueTimer> = Vec::new();
    for (n, (now, at, what)) in told.into_iter().chain([(10_000, 9_999, QUESTION)]).enumerate() {
        let before = known(store, id, definitions).await;
        for ring in store.ring_due(minute(now), 100, hush).await.unwrap() {
            let of_it = |old: &&DueTimer| {
                let demand = sla::instance_about(&before, ring.target, ring.started).expect("what rings is promised");
                old.kind == ring.kind && demand.promise.is_about(old.target, old.started)
            };
            let earlier = rung.iter().find(of_it);
            assert_eq!(earlier, None, "{ring:?} rings again: {conversation:?}");
            rung.push(ring);
        }
        let event = ticket_event(id, &format!("{id}/{n}"), at, what);
        store.accept(delivery(&format!("{id}/{n}"), now, vec![event])).await.unwrap();
    }
    for open in known(store, id, definitions).await {
        let is_told =
            |ring: &DueTimer| ring.kind == TimerKind::Breach && open.promise.is_about(ring.target, ring.started);
        let open_breach = open.promise.state == State::Breached && open.promise.fulfilled_at.is_none();
        assert!(!open_breach || rung.iter().any(is_told), "{open:?} was swallowed: {conversation:?}");
    }
    rung.len()
}

#[tokio::test]
async fn what_was_told_by_its_number_is_told_by_its_beginning_after_the_upgrade() {
    const NUMBERED: [&str; 4] = [
        include_str!("../../../migrations/sqlite/0002_folded.sql"),
        include_str!("../../../migrations/sqlite/0003_work.sql"),
        include_str!("../../../migrations/postgres/0002_folded.sql"),
        include_str!("../../../migrations/postgres/0003_work.sql"),
    ];
    const UPGRADE: [&str; 2] = [
        include_str!("../../../migrations/sqlite/0007_promises.sql"),
        include_str!("../../../migrations/postgres/0007_promises.sql"),
    ];
    on_both(async |bench| {
        let engine = usize::from(!bench.is_sqlite());
        let store = Store::open(&bench.url, &every_reply(), minute(0)).await.unwrap();
        let events =
            vec![event("e1", 0, CREATED), event("e2", 5, REPLY), event("e3", 10, QUESTION), event("e4", 20, REPLY)];
        store.accept(delivery("d1", 20, events)).await.unwrap();
        store.accept(delivery("d2", 30, vec![event("e5", 30, QUESTION)])).await.unwrap();

        // As it was before: the second wait had its warning, and the message is still to be sent.
        let mut tx = store.write().await.unwrap();
        tx.run("DROP TABLE policy_versions", &[]).await.unwrap();
        for table in ["timers", "alerts"] {
            tx.run(sqlx::AssertSqlSafe(format!("DROP TABLE {table}")), &[]).await.unwrap();
            let made = NUMBERED[engine * 2..][..2].join(";\n");
            let statement = made.split(';').find(|s| s.contains(&format!("CREATE TABLE {table} "))).unwrap();
            tx.run(sqlx::AssertSqlSafe(statement.to_owned()), &[]).await.unwrap();
        }
        for sql in [
            "INSERT INTO timers SELECT no, 'next_response', 2, 'warn0', 1, 'rung' FROM tickets",
            "INSERT INTO timers SELECT no, 'next_response', 2, 'breach', 2, 'pending' FROM tickets",
            "INSERT INTO timers SELECT no, 'resolution', 1, 'breach', 3, 'rung' FROM tickets",
            "INSERT INTO alerts (ticket, target, cycle, kind, due, rung_at)
             SELECT no, 'next_response', 2, 'warn0', 1, 1 FROM tickets",
        ] {
            tx.run(sql, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let notice = r#"{"alert":{"ticket":{"source":"desk","id":"1"},"target":"next_response","cycle":2,
            "kind":{"warn":0},"due":"2025-12-01T08:48:00.000Z"}}"#;
        let old = NewOutbox { body: notice.to_owned(), ..message("a", "slack:#x", Priority::Alert) };
        store.post(&[old, message("b", "slack:#x", Priority::Digest)], minute(30)).await.unwrap();

        let mut tx = store.write().await.unwrap();
        for statement in UPGRADE[engine].split(';').filter(|s| !s.trim().is_empty()) {
            tx.run(sqlx::AssertSqlSafe(statement.to_owned()), &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let timers =
            lines_of(&store, "SELECT target || ' ' || started || ' ' || kind || ' ' || state FROM timers").await;
        let second = minute(30).millis();
        let expected = [
            format!("next_response {second} breach pending"),
            format!("next_response {second} warn0 rung"),
            "resolution -1 breach rung".to_owned(),
        ];
        assert_eq!(timers, expected);
        let alerts =
            lines_of(&store, "SELECT target || ' ' || started || ' ' || cycle || ' ' || kind FROM alerts").await;
        assert_eq!(alerts, [format!("next_response {second} 2 warn0")]);
        let body = store.outbox("a").await.unwrap().unwrap().body;
        let crate::domain::alert::Announcement::Alert(notice) = serde_json::from_str(&body).unwrap() else {
            panic!("{body}")
        };
        assert_eq!((notice.started, notice.kind), (minute(30), TimerKind::Warn(0)));
        store.close().await;
    })
    .await;
}

/// The first column of every row, sorted.
async fn lines_of(store: &Store, sql: &'static str) -> Vec<String> {
    let mut tx = store.read().await.unwrap();
    let rows = tx.all(sql, &[]).await.unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    lines.sort_unstable();
    lines
}
