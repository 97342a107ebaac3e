//! What is accepted, what is not, and that nothing is half accepted.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_repeated_delivery_changes_nothing() {
    on_both(async |bench| {
        let store = &bench.store;
        let first = delivery("d1", 0, vec![event("e1", 0, CREATED), event("e2", 5, REPLY)]);
        let accepted = store.accept(first.clone()).await.unwrap();
        assert_eq!(accepted, Accepted { duplicate: false, new_events: 2 });
        let before = dump(store, "desk").await;

        let again = Delivery { received_at: minute(9), ..first };
        assert_eq!(store.accept(again).await.unwrap(), Accepted { duplicate: true, new_events: 0 });
        assert_eq!(dump(store, "desk").await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_fact_by_another_path_is_the_same_fact() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        let before = dump(store, "desk").await;
        let import = Delivery { origin: Origin::Import, ..delivery("import:1", 9, vec![event("e1", 0, CREATED)]) };
        assert_eq!(store.accept(import).await.unwrap(), Accepted { duplicate: false, new_events: 0 });
        assert_eq!(dump(store, "desk").await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_event_twice_in_one_delivery_counts_once() {
    on_both(async |bench| {
        let twice = vec![event("e1", 0, CREATED), event("e1", 0, CREATED)];
        assert_eq!(bench.store.accept(delivery("d1", 0, twice)).await.unwrap().new_events, 1);
        assert_eq!(bench.store.events(&key("1")).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_event_belongs_to_the_source_it_names_else_to_the_receiving_one() {
    on_both(async |bench| {
        let store = &bench.store;
        let foreign = Event { source: Some("other".to_owned()), ..event("e1", 0, CREATED) };
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED), foreign])).await.unwrap();
        let sources: Vec<_> = store.find_tickets("1").await.unwrap().into_iter().map(|t| t.key.source).collect();
        assert_eq!(sources, ["desk", "other"]);
        assert_eq!(store.events(&key("1")).await.unwrap()[0].source.as_deref(), Some("desk"));
    })
    .await;
}

#[tokio::test]
async fn a_delivery_the_tables_refuse_does_not_fail_its_neighbours() {
    on_both(async |bench| {
        // All are queued before the writer runs, so they share a transaction; two of them collide in a new rule.
        bench.tamper("CREATE UNIQUE INDEX one_a_moment ON deliveries (received_at)").await;
        let deliveries =
            [("a", 1), ("b", 2), ("c", 2), ("d", 3)].map(|(id, at)| delivery(id, at, vec![event(id, at, CREATED)]));
        let results = join_all(deliveries.map(|d| bench.store.accept(d))).await;
        assert!(matches!(
            results.as_slice(),
            [Ok(_), Ok(_), Err(AcceptError::Refused(_)), Ok(_)] | [Ok(_), Err(AcceptError::Refused(_)), Ok(_), Ok(_)]
        ));
        let kept: Vec<_> = bench.store.events(&key("1")).await.unwrap().into_iter().map(|e| e.event_id).collect();
        assert_eq!(kept, ["a", "b", "d"]);
    })
    .await;
}

#[tokio::test]
async fn text_no_engine_can_hold_is_mended_alike_on_both() {
    on_both(async |bench| {
        let subject = CREATED.replace("Cannot", r"\u0000Cannot");
        let odd = Event { event_id: "e\0".to_owned(), ..event("e", 0, &subject) };
        let odd = delivery("d\0", 0, vec![odd]);
        assert_eq!(bench.store.accept(odd.clone()).await.unwrap().new_events, 1);
        assert!(bench.store.accept(odd).await.unwrap().duplicate);
        let ticket = bench.store.ticket(&key("1")).await.unwrap().unwrap();
        assert_eq!(ticket.facts.subject.as_deref(), Some("\u{FFFD}Cannot log in"));
    })
    .await;
}

#[tokio::test]
async fn when_the_queue_is_full_the_sender_is_told_at_once() {
    on_both(async |bench| {
        let deliveries = (0..=QUEUE).map(|n| bench.store.accept(delivery(&n.to_string(), 0, Vec::new())));
        let results = join_all(deliveries).await;
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), QUEUE);
        assert!(matches!(results[QUEUE], Err(AcceptError::Busy)));
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    on_both(async |bench| {
        bench.store.probe().await.unwrap();
        bench.store.clone().close().await;
        let refused = bench.store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap_err();
        assert!(matches!(refused, AcceptError::Unavailable(_)), "{refused:?}");
        assert!(bench.store.probe().await.unwrap_err().is_retryable());
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_and_passes() {
    on_both(async |bench| {
        if !bench.is_sqlite() {
            return;
        }
        bench.tamper("PRAGMA max_page_count = 1").await;
        let body = Some(vec![b'x'; 400_000]);
        let large = Delivery { body, ..delivery("d1", 0, vec![event("e1", 0, CREATED)]) };
        let refused = bench.store.accept(large.clone()).await.unwrap_err();
        assert!(matches!(refused, AcceptError::Unavailable(_)), "{refused:?}");
        assert_eq!(dump(&bench.store, "desk").await, "");

        bench.tamper("PRAGMA max_page_count = 1000000").await;
        assert_eq!(bench.store.accept(large).await.unwrap().new_events, 1);
    })
    .await;
}

#[tokio::test]
async fn copies_of_the_bot_accept_the_same_events_without_getting_in_each_others_way() {
    on_both(async |bench| {
        let other = bench.another().await;
        let one = |store: &Store, key: String, first: i64| {
            let store = store.clone();
            let events = (first..first + 8)
                .map(|n| ticket_event(&(n % 3).to_string(), &n.to_string(), n, if n < 3 { CREATED } else { REPLY }))
                .rev()
                .collect();
            async move { store.accept(delivery(&key, 0, events)).await.unwrap().new_events }
        };
        let new: Vec<usize> = join_all(
            (0..16).flat_map(|n| [one(&bench.store, format!("a{n}"), n), one(&other, format!("b{n}"), n + 1)]),
        )
        .await;
        assert_eq!(new.iter().sum::<usize>(), 24);
        let live = dump(&bench.store, "desk").await;
        assert_eq!(other.rebuild(minute(0), |_, _| ()).await.unwrap().changed_rows, 0);
        assert_eq!(dump(&other, "desk").await, live);
        other.close().await;
    })
    .await;
}
