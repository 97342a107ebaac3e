//! Laws: whatever arrives, in whatever order, as often and in whatever company, the rows are the same; and what is read
//! from them is what the events say.

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::domain::thread;

/// Histories tried on each engine.
const CASES: usize = 12;

/// A history of three tickets and of what belongs to none, and a way in which it arrives.
#[derive(Clone, Debug)]
pub(super) struct History {
    events: Vec<Event>,
    /// Which events each delivery carries, in which order; all of them together, and some twice.
    deliveries: Vec<Vec<usize>>,
    /// After how many deliveries the answers are awaited before more is sent.
    pauses: Vec<Index>,
}

fn history(step: i64) -> impl Strategy<Value = History> {
    let fact = prop_oneof![
        4 => Just(CREATED),
        3 => Just(REPLY),
        3 => Just(QUESTION),
        1 => Just(r#""type": "status_changed", "actor": {"kind": "agent", "id": "bo"}, "data": {"to": "solved"}"#),
        1 => Just(r#""type": "status_changed", "actor": {"kind": "customer", "id": "c"}, "data": {"to": "open"}"#),
        1 => Just(r#""type": "assigned", "data": {"team": "sales", "agent": "bo"}"#),
        1 => Just(r#""type": "priority_changed", "data": {"to": "low"}"#),
        1 => Just(r#""type": "tags_changed", "data": {"added": ["vip"]}"#),
        1 => Just(r#""type": "rating_received", "data": {"survey": "s", "kind": "csat", "scale": 5, "value": 4}"#),
        1 => Just(r#""type": "snapshot", "data": {"status": "pending", "priority": "urgent"}"#),
        2 => prop::sample::select(vec![
            r#""type": "queue", "data": {"call": "q", "state": "entered"}"#,
            r#""type": "queue", "actor": {"kind": "agent", "id": "bo"}, "data": {"call": "q", "state": "answered"}"#,
            r#""type": "queue", "data": {"call": "q", "state": "abandoned"}"#,
            r#""type": "time_tracked", "actor": {"kind": "agent", "id": "bo"}, "data": {"seconds": 60}"#,
            r#""type": "customer_subscribed", "data": {"customer": "c", "state": "trial"}"#,
            r#""type": "customer_subscribed", "data": {"customer": "c"}"#,
            r#""type": "customer_churned", "data": {"customer": "c"}"#,
            r#""type": "revenue", "data": {"customer": "c", "amount": 9.5}"#,
            r#""type": "survey_sent", "data": {"survey": "s", "kind": "csat"}"#,
        ]),
    ];
    // What can do without a ticket does so now and then.
    let events = prop::collection::vec((0..4_u8, 0..90_i64, 0..2_i64, fact), 1..18);
    events.prop_flat_map(move |events| {
        let events: Vec<Event> = events
            .into_iter()
            .enumerate()
            .map(|(n, (id, at, seq, fact))| {
                let event = Event { seq, ..ticket_event(&id.to_string(), &format!("e{n}"), at * step, fact) };
                let ticket = event.ticket.clone().filter(|_| id < 3 || event.fact.needs_ticket());
                Event { ticket, ..event }
            })
            .collect();
        let all: Vec<usize> = (0..events.len()).collect();
        let some = subsequence(all.clone(), 0..=all.len());
        let order = some.prop_flat_map(move |twice| Just([all.clone(), twice].concat()).prop_shuffle());
        let sizes = prop::collection::vec(1..4_usize, 36);
        let pauses = prop::collection::vec(any::<Index>(), 0..4);
        (order, sizes, pauses).prop_map(move |(order, sizes, pauses)| {
            let mut rest = order.as_slice();
            let mut deliveries = Vec::new();
            for size in sizes {
                let (now, later) = rest.split_at(size.min(rest.len()));
                deliveries.push(now.to_vec());
                rest = later;
            }
            History { events: events.clone(), deliveries, pauses }
        })
    })
}

/// The same histories for every engine and every run: of an hour and a half.
fn histories() -> Vec<History> {
    histories_by(1)
}

/// The same histories, of ninety times so many minutes.
pub(super) fn histories_by(step: i64) -> Vec<History> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRunner::deterministic().new_rng());
    (0..CASES).map(|_| history(step).new_tree(&mut runner).expect("a history").current()).collect()
}

impl History {
    /// Sends the history as it happened, in one piece.
    pub(super) async fn send_whole(&self, store: &Store, source: &str) {
        let whole = Delivery { source: source.to_owned(), ..delivery("all", 100, self.events.clone()) };
        store.accept(whole).await.expect("accepted");
    }

    /// Sends the history as it arrives.
    pub(super) async fn send_in_pieces(&self, store: &Store, source: &str) {
        let pieces: Vec<_> = self
            .deliveries
            .iter()
            .enumerate()
            .map(|(n, events)| Delivery {
                source: source.to_owned(),
                ..delivery(&n.to_string(), 100, events.iter().map(|&e| self.events[e].clone()).collect())
            })
            .collect();
        let mut pauses: Vec<_> = self.pauses.iter().map(|i| i.index(pieces.len())).collect();
        pauses.sort_unstable();
        let mut sent = 0;
        for pause in pauses.into_iter().chain([pieces.len()]) {
            let batch = pieces[sent.min(pause)..pause].iter().cloned().map(|piece| store.accept(piece));
            join_all(batch).await.into_iter().for_each(|result| {
                result.expect("accepted");
            });
            sent = pause;
        }
    }
}

#[tokio::test]
async fn any_order_repetition_and_batching_ends_in_the_same_rows_on_both_engines() {
    let dumps = Mutex::new(BTreeMap::<usize, Vec<String>>::new());
    on_both(async |bench| {
        for (n, history) in histories().iter().enumerate() {
            let (whole, pieces) = (format!("whole{n}"), format!("pieces{n}"));
            history.send_whole(&bench.store, &whole).await;
            history.send_in_pieces(&bench.store, &pieces).await;
            let (whole, pieces) = (dump(&bench.store, &whole).await, dump(&bench.store, &pieces).await);
            assert_eq!(pieces, whole, "{history:#?}");
            dumps.lock().unwrap().entry(n).or_default().push(whole);
        }
        assert!(bench.store.counts().await.unwrap().tickets > 10);
    })
    .await;
    for (n, dumps) in dumps.into_inner().unwrap() {
        assert!(dumps.windows(2).all(|d| d[0] == d[1]), "history {n}");
    }
}

#[tokio::test]
async fn rebuilding_changes_nothing() {
    on_both(async |bench| {
        for (n, history) in histories().iter().enumerate() {
            history.send_in_pieces(&bench.store, &format!("s{n}")).await;
        }
        let rows = async || {
            let dumps = (0..CASES).map(|n| async move { dump(&bench.store, &format!("s{n}")).await });
            join_all(dumps).await
        };
        let live = rows().await;
        let rebuilt = bench.store.rebuild(minute(100), |_, _| ()).await.unwrap();
        assert!(rebuilt.tickets > 10);
        assert_eq!(rebuilt.changed_rows, 0);
        assert_eq!(rows().await, live);

        // What is missing, wrong or too much is put right.
        bench.tamper("DELETE FROM samples WHERE n = 1").await;
        bench.tamper("UPDATE samples SET slot = 7, body = '' WHERE n = 0").await;
        bench
            .tamper("INSERT INTO samples (ticket, n, kind, slot, body) SELECT no, 999, 'open', 0, '' FROM tickets")
            .await;
        bench.tamper("UPDATE tickets SET subject = 'x', created = NULL").await;
        assert_ne!(rows().await, live);
        assert!(bench.store.rebuild(minute(100), |_, _| ()).await.unwrap().changed_rows > 0);
        assert_eq!(rows().await, live);
    })
    .await;
}

#[tokio::test]
async fn answers_as_of_an_instant_do_not_depend_on_what_happened_after_it() {
    on_both(async |bench| {
        let histories = histories();
        for (n, history) in histories.iter().enumerate() {
            history.send_in_pieces(&bench.store, &format!("s{n}")).await;
        }
        for as_of in [minute(-1), minute(0), minute(13), minute(40), minute(41), minute(89), minute(200)] {
            let mut expected = Vec::new();
            for (n, history) in histories.iter().enumerate() {
                let mut threads: BTreeMap<TicketKey, Vec<Event>> = BTreeMap::new();
                for event in history.events.iter().filter(|e| e.ts <= as_of) {
                    threads.entry(thread::key_of(event, &format!("s{n}"))).or_default().push(event.clone());
                }
                expected.extend(threads.iter().flat_map(|(key, e)| thread::samples_of(key, e, &definitions()).1));
            }
            expected.iter_mut().for_each(|sample: &mut Sample| sample.customer = None);
            let found = bench.store.samples_as_of(&everything(), as_of).await.unwrap();
            let found: Vec<_> = found.rows().map(Row::sample).collect();
            assert_eq!(lines(&found, &everything()), lines(&expected, &everything()), "{as_of}");
        }
    })
    .await;
}
