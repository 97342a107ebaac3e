//! Cards: written with the sending, marked by whatever may change the truth, left to one at a time.

use super::*;
use crate::domain::alert::Notice;
use crate::domain::sla::TimerKind;

const LEASE: i64 = 60_000;

fn opened() -> Notice {
    Notice {
        ticket: key("1"),
        target: Target::FirstResponse,
        started: minute(0),
        kind: TimerKind::Warn(0),
        due: minute(48),
        mention: None,
    }
}

/// The card about the promise in a place.
async fn about(store: &Store, destination: &str) -> Option<CardRow> {
    let truth = store.truth(&key("1"), Target::FirstResponse, minute(0)).await.unwrap().unwrap();
    store.card(&key("1"), &truth.instance.promise, destination).await.unwrap()
}

/// A ticket whose warning was sent and is a card, to be looked at again at its deadline.
async fn card(store: &Store) -> CardRow {
    store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
    store.post(&[message("a", "slack:#x", Priority::Alert)], minute(48)).await.unwrap();
    let row = store.claim_outbox("slack", minute(48), 1, LEASE, &[]).await.unwrap().remove(0);
    store.outbox_sent_as_card(row.id, "C1:1.1", &opened(), "amber", minute(48)).await.unwrap();
    // What happened while it was sent must not be missed.
    let looked_at = store.claim_cards("slack", minute(48), 9, LEASE).await.unwrap();
    let amber = Shown { digest: "amber", look_at: Some(minute(60)) };
    store.card_shown(&looked_at[0], amber).await.unwrap();
    about(store, "slack:#x").await.unwrap()
}

#[tokio::test]
async fn a_message_that_was_sent_becomes_a_card_in_the_same_moment() {
    on_both(async |bench| {
        let store = &bench.store;
        let card = card(store).await;
        assert_eq!((card.opened.clone(), card.sent_at), (opened(), minute(48)));
        assert_eq!((card.platform_id.as_deref(), card.shown.as_str(), card.again), (Some("C1:1.1"), "amber", false));
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), None);
        assert_eq!(store.next_card_due("slack").await.unwrap(), Some(minute(60)));
        assert_eq!(store.next_card_due("discord").await.unwrap(), None);
        assert_eq!(about(store, "slack:#y").await, None);
    })
    .await;
}

#[tokio::test]
async fn what_happens_to_the_ticket_marks_its_cards_and_what_happens_meanwhile_is_not_lost() {
    on_both(async |bench| {
        let store = &bench.store;
        card(store).await;
        assert_eq!(store.claim_cards("slack", minute(50), 9, LEASE).await.unwrap(), []);
        store.accept(delivery("d2", 51, vec![event("e2", 51, QUESTION)])).await.unwrap();
        let claimed = store.claim_cards("slack", minute(51), 9, LEASE).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(store.claim_cards("slack", minute(51), 9, LEASE).await.unwrap(), [], "it is taken");
        assert_eq!(store.cards_in_doubt(minute(51)).await.unwrap(), 1);

        // Somebody answers while the card is being edited.
        store.accept(delivery("d3", 52, vec![event("e3", 52, REPLY)])).await.unwrap();
        let second = store.claim_cards("slack", minute(52).plus_ms(-1), 9, LEASE).await.unwrap();
        assert_eq!(second, [], "two edits under way at once could arrive in either order");
        let green = Shown { digest: "green", look_at: None };
        store.card_shown(&claimed[0], Shown { digest: "amber2", look_at: Some(minute(60)) }).await.unwrap();
        let again = store.claim_cards("slack", minute(52), 9, LEASE).await.unwrap();
        assert_eq!((again.len(), again[0].shown.as_str()), (1, "amber2"));
        store.card_shown(&again[0], green).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), None);
        assert_eq!(store.cards_in_doubt(minute(99)).await.unwrap(), 0);
        assert_eq!(about(store, "slack:#x").await.unwrap().shown, "green");
    })
    .await;
}

#[tokio::test]
async fn of_several_copies_of_the_bot_one_edits_a_card_and_a_dead_ones_card_is_taken_over() {
    on_both(async |bench| {
        let store = &bench.store;
        card(store).await;
        let other = bench.another().await;
        let first = store.claim_cards("slack", minute(60), 9, LEASE).await.unwrap();
        assert_eq!((first.len(), first[0].attempts), (1, 1));
        assert_eq!(other.claim_cards("slack", minute(60), 9, LEASE).await.unwrap(), []);
        let second = other.claim_cards("slack", minute(61), 9, LEASE).await.unwrap();
        assert_eq!((second.len(), second[0].attempts), (1, 2));
        assert_eq!((first[0].shown.as_str(), second[0].shown.as_str()), ("amber", ""), "the first may have edited it");
        let stale = Shown { digest: "red", look_at: None };
        store.card_shown(&first[0], stale).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), Some(minute(62)), "it is not the first one's any more");
        store.card_put_off(&second[0], Some(minute(70))).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), Some(minute(70)));
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_card_that_was_being_edited_when_its_bot_died_is_edited_once_that_has_settled() {
    on_both(async |bench| {
        let store = &bench.store;
        card(store).await;
        store.claim_cards("slack", minute(60), 9, LEASE).await.unwrap();
        let settled = minute(60).plus_s(5);
        assert!(store.recover_outbox(minute(60), settled).await.unwrap());
        // Not before, even if something happens.
        store.accept(delivery("d2", 60, vec![event("e2", 60, QUESTION)])).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), Some(settled));
        let again = store.claim_cards("slack", settled, 9, LEASE).await.unwrap();
        assert_eq!(again.iter().map(|card| card.shown.as_str()).collect::<Vec<_>>(), [""]);
        store.card_put_off(&again[0], None).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), None);
        store.accept(delivery("d3", 61, vec![event("e3", 61, QUESTION)])).await.unwrap();
        assert_eq!(store.next_card_due("slack").await.unwrap(), Some(Timestamp(0)));
    })
    .await;
}

#[tokio::test]
async fn what_was_heard_on_a_card_is_kept_with_it() {
    on_both(async |bench| {
        let store = &bench.store;
        let card = card(store).await;
        let heard = |card: &CardRow| [TimerKind::Warn(0), TimerKind::Breach].map(|kind| card.has_heard(kind));
        assert_eq!(heard(&card), [true, false]);
        store.post(&[message("b", "slack:#x", Priority::Alert)], minute(60)).await.unwrap();
        let row = store.claim_outbox("slack", minute(60), 1, LEASE, &[]).await.unwrap().remove(0);
        store.outbox_sent_on_card(row.id, "C1:3.3", &card, TimerKind::Breach, minute(60)).await.unwrap();
        let card = about(store, "slack:#x").await.unwrap();
        assert_eq!((heard(&card), card.platform_id.as_deref()), ([true, true], Some("C1:1.1")));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_card_is_posted_anew_once_and_then_left_alone() {
    on_both(async |bench| {
        let store = &bench.store;
        let first = card(store).await;
        let anew = message("again", "slack:#x", Priority::Alert);
        store.card_deleted(&first, Some(anew.clone()), minute(60)).await.unwrap();
        store.card_deleted(&first, Some(anew), minute(60)).await.unwrap();
        let rows = store.claim_outbox("slack", minute(60), 9, LEASE, &[]).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(store.next_card_due("slack").await.unwrap(), None);
        store.outbox_sent_as_card(rows[0].id, "C1:2.2", &opened(), "red", minute(61)).await.unwrap();
        let second = about(store, "slack:#x").await.unwrap();
        assert_eq!((second.platform_id.as_deref(), second.again, second.sent_at), (Some("C1:2.2"), true, minute(48)));
        store.card_deleted(&second, None, minute(62)).await.unwrap();
        assert_eq!(about(store, "slack:#x").await.unwrap().platform_id, None);
    })
    .await;
}

#[tokio::test]
async fn what_people_do_does_not_count_as_a_sign_of_life_of_the_source() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        let claim = r#""type": "sla_claimed", "actor": {"kind": "agent", "id": "Ana"}, "data": {"by": "Ana"}"#;
        store.accept(delivery("d2", 9, vec![event("e2", 9, claim)])).await.unwrap();
        let feeds = store.feeds().await.unwrap();
        assert_eq!((feeds[0].events, feeds[0].received_at), (1, minute(0).plus_s(1)));
        let truth = store.truth(&key("1"), Target::FirstResponse, minute(0)).await.unwrap().unwrap();
        assert_eq!((truth.handling.marks, truth.handling.claimed(minute(9)).is_some()), (1, true));
    })
    .await;
}

#[tokio::test]
async fn the_ladder_follows_the_fold_and_waits_for_a_claim() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = format!("sqlite://{}/store.db", dir.path().display());
    for url in std::iter::once(file).chain(postgres::database()) {
        let step = |minutes: i64| crate::domain::ladder::Step { after_ms: minutes * 60_000, always: false };
        let ladder = crate::domain::ladder::Ladder { claim_ms: 900_000, steps: vec![step(10), step(20)] };
        let ladders = BTreeMap::from([("standard".to_owned(), ladder)]);
        let with_ladder = Definitions { ladders, ..definitions() };
        let store = Store::open(&url, &with_ladder, minute(-1)).await.expect("opens");
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        let ring = async |at| {
            let rung = store.ring_due(minute(at).plus_ms(1), 10, |_| Vec::new()).await.unwrap();
            rung.iter().map(|t| t.kind.name()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((ring(60).await.as_str(), ring(69).await.as_str()), ("warn0 breach", ""));
        let claim = format!(
            r#""type": "sla_claimed", "actor": {{"kind": "agent", "id": "Ana"}},
            "data": {{"by": "Ana", "until": "{}"}}"#,
            minute(77)
        );
        store.accept(delivery("d2", 62, vec![event("e2", 62, &claim)])).await.unwrap();
        assert_eq!((ring(76).await.as_str(), ring(77).await.as_str()), ("", "step0"));
        assert_eq!(store.next_timer().await.unwrap(), Some(minute(87)));
        store.accept(delivery("d3", 78, vec![event("e3", 78, REPLY)])).await.unwrap();
        assert_eq!(ring(99).await, "");
        store.close().await;
    }
}
