//! Events without a ticket: kept, folded and found like any other, and never taken for a ticket.

use super::*;
use crate::domain::sample::{CallEnd, SampleFact};

fn loose(id: &str, at: i64, rest: &str) -> Event {
    let text = format!(r#"{{"event_id": "{id}", "ts": "{}", {rest}}}"#, minute(at));
    Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

const ENTERED: &str = r#""type": "queue", "data": {"call": "q1", "state": "entered"}"#;
const ANSWERED: &str =
    r#""type": "queue", "actor": {"kind": "agent", "id": "ana"}, "data": {"call": "q1", "state": "answered"}"#;
const COST: &str = r#""type": "cost", "data": {"from": "2025-11-01", "to": "2025-11-30", "amount": 12.5}"#;
const PAYS: &str = r#""type": "customer_subscribed", "data": {"customer": "kim@example.com"}"#;

async fn facts(store: &Store) -> Vec<SampleFact> {
    store.samples(&everything()).await.unwrap().rows().map(Row::fact).collect()
}

#[tokio::test]
async fn facts_without_a_ticket_are_folded_and_are_no_tickets() {
    on_both(async |bench| {
        let store = &bench.store;
        let events = vec![loose("e1", 0, ENTERED), loose("e2", 1, ANSWERED), loose("e3", 2, COST)];
        assert_eq!(store.accept(delivery("d1", 2, events)).await.unwrap().new_events, 3);
        let found = facts(store).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&SampleFact::Call { end: CallEnd::Answered }));
        assert!(found.contains(&SampleFact::Cost { micros: 12_500_000 }));

        assert_eq!(store.counts().await.unwrap(), Counts { tickets: 0, events: 3, oldest: Some(minute(0)) });
        assert_eq!(store.find_tickets("q1").await.unwrap(), []);
        let Learned { words, delivered } = store.learned().await.unwrap();
        assert_eq!(words["agent"].iter().collect::<Vec<_>>(), ["ana"]);
        assert!(!words.contains_key("priority"));
        assert_eq!(store.next_timer().await.unwrap(), None);
        let seen = BTreeMap::from([(Need::Queue, minute(0)), (Need::Costs, minute(2))]);
        assert_eq!(delivered, seen);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_waiting_as_of_the_moment_before_it_is_answered() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 1, vec![loose("e2", 1, ANSWERED)])).await.unwrap();
        assert_eq!(facts(store).await, []);
        store.accept(delivery("d2", 2, vec![loose("e1", 0, ENTERED)])).await.unwrap();
        assert_eq!(facts(store).await, [SampleFact::Call { end: CallEnd::Answered }]);
        let before = store.samples_as_of(&everything(), minute(0)).await.unwrap();
        assert_eq!(before.rows().map(Row::fact).collect::<Vec<_>>(), [SampleFact::Call { end: CallEnd::Waiting }]);
    })
    .await;
}

#[tokio::test]
async fn a_customer_of_tickets_is_the_customer_who_pays() {
    on_both(async |bench| {
        let store = &bench.store;
        store.conceal_customers(b"key").await.unwrap();
        let created = CREATED.replace(r#""id": "c""#, r#""id": "kim@example.com""#);
        store.accept(delivery("d1", 0, vec![event("e1", 0, &created), loose("e2", 1, PAYS)])).await.unwrap();
        let samples = store.samples(&everything()).await.unwrap();
        let customer = |kind| samples.rows().find(|row| row.kind() == kind).and_then(Row::customer).unwrap();
        assert_eq!(customer(SampleKind::Created), customer(SampleKind::Customer));
        assert!(!dump(store, "desk").await.contains("kim@"));
    })
    .await;
}

#[tokio::test]
async fn what_an_older_version_stored_without_a_thread_is_given_one() {
    on_both(async |bench| {
        let store = &bench.store;
        let events =
            vec![event("e0", 0, CREATED), loose("e1", 0, ENTERED), loose("e2", 1, ANSWERED), loose("e3", 2, PAYS)];
        store.accept(delivery("d1", 2, events)).await.unwrap();
        let now = dump(store, "desk").await;
        let seen = store.learned().await.unwrap().delivered;

        // As the older version left them.
        bench.tamper("DELETE FROM samples WHERE ticket IN (SELECT no FROM tickets WHERE created IS NULL)").await;
        bench
            .tamper("UPDATE events SET ticket = NULL WHERE ticket IN (SELECT no FROM tickets WHERE created IS NULL)")
            .await;
        bench.tamper("DELETE FROM tickets WHERE created IS NULL").await;
        bench.tamper("DELETE FROM seen").await;

        let newer = bench.another().await;
        assert!(newer.is_stale());
        newer.refold_if_needed(minute(9), |_, _| ()).await.unwrap();
        assert_eq!(dump(&newer, "desk").await, now);
        assert_eq!(newer.learned().await.unwrap().delivered, seen);
        assert!(!bench.another().await.is_stale());
        newer.close().await;
    })
    .await;
}
