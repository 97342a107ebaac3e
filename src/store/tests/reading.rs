//! What is read back: tickets, promises, samples, words.

use std::collections::BTreeSet;

use super::*;
use crate::domain::alert::Truth;
use crate::domain::event::Status;
use crate::domain::sla::State;

#[tokio::test]
async fn a_ticket_reads_as_of_its_last_event() {
    on_both(async |bench| {
        let store = &bench.store;
        let solved = r#""type": "status_changed", "actor": {"kind": "agent", "id": "ana"}, "data": {"to": "solved"}"#;
        let events = vec![event("e3", 9, solved), event("e1", 0, CREATED), event("e2", 5, REPLY)];
        store.accept(delivery("d1", 9, events)).await.unwrap();

        let ticket = store.ticket(&key("1")).await.unwrap().unwrap();
        assert_eq!((ticket.created, ticket.status), (minute(0), Status::Solved));
        assert_eq!(ticket.facts.subject.as_deref(), Some("Cannot log in"));
        assert_eq!(ticket.facts.url.as_deref(), Some("https://desk.example/1"));
        assert_eq!((ticket.facts.priority.as_str(), ticket.facts.team.as_deref()), ("high", Some("billing")));
        let order: Vec<_> = store.events(&key("1")).await.unwrap().into_iter().map(|e| e.event_id).collect();
        assert_eq!(order, ["e1", "e2", "e3"]);
        assert_eq!(store.ticket(&key("2")).await.unwrap(), None);
        assert_eq!(store.counts().await.unwrap(), Counts { tickets: 1, events: 3, oldest: Some(minute(0)) });
    })
    .await;
}

#[tokio::test]
async fn a_ticket_whose_creation_is_unknown_counts_nowhere_until_it_is_known() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 5, vec![event("e2", 5, REPLY)])).await.unwrap();
        assert_eq!(store.ticket(&key("1")).await.unwrap(), None);
        assert_eq!(read(store, &everything()).await, [] as [&str; 0]);
        assert_eq!(store.counts().await.unwrap().tickets, 0);

        store.accept(delivery("d2", 6, vec![event("e1", 0, CREATED)])).await.unwrap();
        assert!(store.ticket(&key("1")).await.unwrap().is_some());
        assert!(!read(store, &everything()).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_promise_is_read_with_its_ticket() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        let Truth { instance, facts, .. } =
            store.truth(&key("1"), Target::FirstResponse, minute(0)).await.unwrap().unwrap();
        assert_eq!((instance.promise.state, instance.promise.deadline), (State::Running, Some(minute(60))));
        assert_eq!(facts.team.as_deref(), Some("billing"));
        store.accept(delivery("d2", 5, vec![event("e2", 5, REPLY)])).await.unwrap();
        let Truth { instance, .. } = store.truth(&key("1"), Target::FirstResponse, minute(0)).await.unwrap().unwrap();
        assert_eq!(instance.promise.state, State::Met);
        assert_eq!(store.truth(&key("1"), Target::Resolution, minute(0)).await.unwrap(), None);
        assert_eq!(store.truth(&key("9"), Target::FirstResponse, minute(0)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn words_that_were_seen_can_be_suggested() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED), event("e2", 5, REPLY)])).await.unwrap();
        let words = store.learned().await.unwrap().words;
        let of = |topic: &str| words.get(topic).into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(of("team"), ["billing"]);
        assert_eq!(of("agent"), ["ana"]);
        assert_eq!(of("source"), ["desk"]);
        assert!(of("tag").is_empty());
    })
    .await;
}

#[tokio::test]
async fn lists_find_what_tickets_are_about() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        let facts = store.facts(&[key("1"), key("nowhere")]).await.unwrap();
        assert_eq!(facts.keys().collect::<Vec<_>>(), [&key("1")]);
        assert_eq!(facts[&key("1")].team.as_deref(), Some("billing"));
    })
    .await;
}

#[tokio::test]
async fn a_source_is_known_by_what_it_sent() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 7, vec![event("e2", 5, REPLY)])).await.unwrap();
        store.accept(delivery("d2", 6, vec![event("e1", 0, CREATED)])).await.unwrap();
        let feed = Feed {
            source: "desk".to_owned(),
            events: 2,
            oldest: minute(0),
            newest: minute(5),
            received_at: minute(7).plus_s(1),
        };
        assert_eq!(store.feeds().await.unwrap(), [feed]);
    })
    .await;
}

#[tokio::test]
async fn other_definitions_fold_every_ticket_again() {
    on_both(async |bench| {
        let store = &bench.store;
        assert!(!store.is_stale());
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        assert!(!bench.another().await.is_stale());

        let stricter = Definitions {
            policies: definitions()
                .policies
                .into_iter()
                .map(|p| Policy { targets: BTreeMap::from([(Target::FirstResponse, Allowance::All(60))]), ..p })
                .collect(),
            ..definitions()
        };
        let other = Store::open(&bench.url, &stricter, minute(0)).await.unwrap();
        assert!(other.is_stale());
        let mut heard = Vec::new();
        let rebuilt = other.refold_if_needed(minute(9), |done, all| heard.push((done, all))).await.unwrap().unwrap();
        assert_eq!((rebuilt.tickets, heard), (1, vec![(1, 1)]));
        assert!(rebuilt.changed_rows > 0 && !other.is_stale());
        assert_eq!(other.refold_if_needed(minute(9), |_, _| ()).await.unwrap(), None);
        // A deadline that the new promise puts into the past is a verdict, not news.
        assert_eq!(other.next_timer().await.unwrap(), None);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn histories_come_page_by_page_each_ticket_once_with_what_was_known_then() {
    on_both(async |bench| {
        let created = |n: usize| ticket_event(&format!("{n}"), &format!("c{n}"), n as i64, CREATED);
        let answered = |n: usize| ticket_event(&format!("{n}"), &format!("r{n}"), n as i64 + 2000, REPLY);
        let events = (0..1100).flat_map(|n| [created(n), answered(n)]).collect();
        bench.store.accept(delivery("all", 5000, events)).await.unwrap();
        let read = async |reach, as_of| {
            let (mut after, mut all, mut pages) = (None, Vec::new(), 0);
            loop {
                let page = bench.store.histories(after, reach, as_of).await.unwrap();
                let Some(last) = page.last() else { return (all, pages) };
                after = Some(last.no);
                pages += 1;
                all.extend(page);
            }
        };
        let ever = (Timestamp::MIN, Timestamp::MAX);
        let (all, pages) = read(ever, Timestamp::MAX).await;
        let keys: BTreeSet<TicketKey> = all.iter().map(|h| h.key.clone()).collect();
        assert_eq!((all.len(), keys.len(), pages), (1100, 1100, 3));
        assert!(all.iter().all(|h| h.events.len() == 2));

        let (early, _) = read(ever, minute(599)).await;
        assert_eq!(early.len(), 600);
        assert!(early.iter().all(|h| h.events.len() == 1));
        // From the last event before it to the first event after it, something may have happened.
        let (touched, _) = read((minute(2000), minute(2100)), Timestamp::MAX).await;
        assert_eq!(touched.len(), 1100);
        let (touched, _) = read((minute(2090), minute(2100)), Timestamp::MAX).await;
        assert_eq!(touched.len(), 1100 - 90);
        let (touched, _) = read((minute(0), minute(90)), Timestamp::MAX).await;
        assert_eq!(touched.len(), 90);
    })
    .await;
}
