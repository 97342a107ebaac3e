//! What is done once: alerts, messages, slots, leases; and that nobody has to wait for the wrong thing.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::*;
use crate::domain::sla::TimerKind;

const LEASE: i64 = 60_000;

/// Messages about a timer: one, named after it.
fn announce(timer: &DueTimer) -> Vec<NewOutbox> {
    vec![message(&format!("{}/{}", timer.ticket.id, timer.kind.name()), "slack:#support", Priority::Alert)]
}

#[tokio::test]
async fn a_warning_rings_at_its_instant_and_a_breach_once_the_deadline_is_past() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        assert_eq!(store.next_timer().await.unwrap(), Some(minute(48)));
        assert_eq!(store.ring_due(minute(48).plus_ms(-1), 10, announce).await.unwrap(), []);

        let rung = store.ring_due(minute(48), 10, announce).await.unwrap();
        let [warning] = rung.as_slice() else { panic!("{rung:?}") };
        assert_eq!((warning.kind, warning.due, warning.policy.as_str()), (TimerKind::Warn(0), minute(48), "standard"));
        assert_eq!((&warning.ticket, warning.facts.team.as_deref()), (&key("1"), Some("billing")));

        assert_eq!(store.ring_due(minute(60), 10, announce).await.unwrap(), []);
        assert_eq!(store.next_timer().await.unwrap(), Some(minute(60).plus_ms(1)));
        let rung = store.ring_due(minute(60).plus_ms(1), 10, announce).await.unwrap();
        assert_eq!(rung.iter().map(|t| (t.kind, t.due)).collect::<Vec<_>>(), [(TimerKind::Breach, minute(60))]);
        assert_eq!(store.next_timer().await.unwrap(), None);
        assert_eq!(store.claim_outbox("slack", minute(61), 10, LEASE, &[]).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_answered_in_time_does_not_ring() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        store.accept(delivery("d2", 5, vec![event("e2", 5, REPLY)])).await.unwrap();
        assert_eq!(store.next_timer().await.unwrap(), None);
        assert_eq!(store.ring_due(minute(99), 10, announce).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_has_rung_stays_rung_however_often_the_ticket_changes() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        assert_eq!(store.ring_due(minute(50), 10, announce).await.unwrap().len(), 1);
        store.accept(delivery("d2", 51, vec![event("e2", 51, QUESTION)])).await.unwrap();
        store.rebuild(minute(52), |_, _| ()).await.unwrap();
        assert_eq!(store.ring_due(minute(59), 10, announce).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn history_does_not_ring_and_what_follows_it_does() {
    on_both(async |bench| {
        let store = &bench.store;
        let history = |at| {
            let events = vec![event("e1", 0, CREATED)];
            Delivery { origin: Origin::Import, ..delivery("import", at, events) }
        };
        // Imported between the warning and the deadline.
        store.accept(history(50)).await.unwrap();
        assert_eq!(store.next_timer().await.unwrap(), Some(minute(60).plus_ms(1)));
        store.accept(delivery("d2", 55, vec![event("e2", 55, QUESTION)])).await.unwrap();
        let rung = store.ring_due(minute(70), 10, announce).await.unwrap();
        assert_eq!(rung.iter().map(|t| t.kind).collect::<Vec<_>>(), [TimerKind::Breach]);
    })
    .await;
}

#[tokio::test]
async fn an_overdue_timer_of_a_live_delivery_rings_late() {
    on_both(async |bench| {
        bench.store.accept(delivery("d1", 300, vec![event("e1", 0, CREATED)])).await.unwrap();
        let rung = bench.store.ring_due(minute(301), 10, announce).await.unwrap();
        assert!(rung.iter().any(|t| t.kind == TimerKind::Breach && t.due == minute(60)), "{rung:?}");
    })
    .await;
}

#[tokio::test]
async fn however_many_ring_at_once_each_timer_rings_once() {
    on_both(async |bench| {
        let events = (0..40).map(|n| ticket_event(&n.to_string(), &n.to_string(), 0, CREATED)).collect();
        bench.store.accept(delivery("d1", 0, events)).await.unwrap();
        let other = bench.another().await;
        let ring = async |store: &Store| {
            let mut rung = Vec::new();
            loop {
                let some = store.ring_due(minute(90), 7, announce).await.unwrap();
                if some.is_empty() {
                    return rung;
                }
                rung.extend(some.into_iter().map(|t| (t.ticket.id, t.kind.name())));
            }
        };
        let rings = [&bench.store, &other, &bench.store, &other].map(ring);
        let mut rung: Vec<_> = join_all(rings).await.concat();
        rung.sort_unstable();
        let all = rung.len();
        rung.dedup();
        assert_eq!((all, rung.len()), (80, 80));
        let mut claimed = 0;
        loop {
            let some = bench.store.claim_outbox("slack", minute(90), 1000, LEASE, &[]).await.unwrap();
            for message in &some {
                bench.store.outbox_sent(message.id, "C1:1.1", minute(90)).await.unwrap();
            }
            claimed += some.len();
            if some.is_empty() {
                break;
            }
            assert!(some.len() <= CLAIMED_OF_EACH as usize, "{}", some.len());
        }
        assert_eq!(claimed, 80);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_is_written_once_and_sent_once() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [message("a", "slack:#x", Priority::Alert), message("a", "slack:#x", Priority::Alert)];
        store.post(&messages, minute(0)).await.unwrap();
        store.post(&messages, minute(1)).await.unwrap();
        let claimed = store.claim_outbox("slack", minute(1), 10, LEASE, &[]).await.unwrap();
        assert_eq!(claimed.iter().map(|m| (m.attempts, m.fate_unknown)).collect::<Vec<_>>(), [(1, false)]);
        assert_eq!(store.claim_outbox("slack", minute(1), 10, LEASE, &[]).await.unwrap(), []);

        store.outbox_sent(claimed[0].id, "C1/17.1", minute(1)).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), None);
        assert_eq!(store.claim_outbox("slack", minute(99), 10, LEASE, &[]).await.unwrap(), []);
        assert_eq!(store.outbox("a").await.unwrap().unwrap().platform_id.as_deref(), Some("C1/17.1"));
    })
    .await;
}

#[tokio::test]
async fn what_is_being_sent_in_one_place_holds_up_no_other() {
    on_both(async |bench| {
        let store = &bench.store;
        store.post(&[message("a", "slack:#x", Priority::Alert)], minute(0)).await.unwrap();
        assert_eq!(store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap().len(), 1);
        let more = [message("b", "slack:#x", Priority::Alert), message("c", "slack:#y", Priority::Alert)];
        store.post(&more, minute(0)).await.unwrap();
        let claimed = store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap();
        assert_eq!(claimed.iter().map(|m| &*m.key).collect::<Vec<_>>(), ["c"]);
    })
    .await;
}

#[tokio::test]
async fn when_a_sender_dies_the_next_one_knows_that_the_message_may_be_there() {
    on_both(async |bench| {
        let store = &bench.store;
        store.post(&[message("a", "slack:#x", Priority::Alert)], minute(0)).await.unwrap();
        store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(1)));
        assert_eq!(store.claim_outbox("slack", minute(1).plus_ms(-1), 10, LEASE, &[]).await.unwrap(), []);
        let again = store.claim_outbox("slack", minute(1), 10, LEASE, &[]).await.unwrap();
        assert_eq!(again.iter().map(|m| (m.attempts, m.fate_unknown)).collect::<Vec<_>>(), [(2, true)]);

        // Surely not sent this time, but the first attempt's fate is still open.
        store.outbox_retry(again[0].id, minute(5), "rate limited").await.unwrap();
        let again = store.claim_outbox("slack", minute(5), 10, LEASE, &[]).await.unwrap();
        assert_eq!((again[0].attempts, again[0].fate_unknown), (3, true));
        assert_eq!(again[0].last_error.as_deref(), Some("rate limited"));
    })
    .await;
}

#[tokio::test]
async fn a_bot_that_starts_again_need_not_wait_for_the_lease_of_the_one_that_died() {
    on_both(async |bench| {
        let store = &bench.store;
        store.post(&[message("a", "slack:#x", Priority::Alert)], minute(0)).await.unwrap();
        store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap();
        // What has left may still be on its way for a while; that it starts once more in between delays nothing.
        let settled = minute(0).plus_s(5);
        assert!(store.recover_outbox(minute(0), settled).await.unwrap());
        assert!(store.recover_outbox(minute(0).plus_s(3), settled.plus_s(3)).await.unwrap());
        assert_eq!(store.claim_outbox("slack", settled.plus_ms(-1), 10, LEASE, &[]).await.unwrap(), []);
        let again = store.claim_outbox("slack", settled, 10, LEASE, &[]).await.unwrap();
        assert_eq!(again.iter().map(|m| m.fate_unknown).collect::<Vec<_>>(), [true]);
    })
    .await;
}

#[tokio::test]
async fn what_a_copy_of_the_bot_that_is_alive_has_under_way_is_left_to_it() {
    on_both(async |bench| {
        if bench.is_sqlite() {
            return;
        }
        let (store, other) = (&bench.store, bench.another().await);
        assert!(other.recover_outbox(minute(0), minute(0)).await.unwrap());
        store.post(&[message("a", "slack:#x", Priority::Alert)], minute(0)).await.unwrap();
        other.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap();
        assert!(!store.recover_outbox(minute(0), minute(0)).await.unwrap());
        assert_eq!(store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap(), []);
        other.close().await;
        // The server notices the end of a connection by itself, and soon.
        while !store.recover_outbox(minute(0), minute(0)).await.unwrap() {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.claim_outbox("slack", minute(0), 10, LEASE, &[]).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_fails_again_and_again_is_overtaken() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = ["cursed", "next"].map(|key| message(key, "slack:#x", Priority::Alert));
        store.post(&messages, minute(0)).await.unwrap();
        for attempt in 1..OVERTAKEN_AFTER {
            let at = minute(attempt);
            let claimed = store.claim_outbox("slack", at, 1, LEASE, &[]).await.unwrap();
            assert_eq!(claimed.iter().map(|m| (m.key.as_str(), m.attempts)).collect::<Vec<_>>(), [("cursed", attempt)]);
            store.outbox_unknown(claimed[0].id, minute(attempt + 1), "HTTP 500").await.unwrap();
            assert_eq!(store.claim_outbox("slack", at, 1, LEASE, &[]).await.unwrap(), [], "the next one waits");
        }
        let at = minute(OVERTAKEN_AFTER);
        let claimed = store.claim_outbox("slack", at, 1, LEASE, &[]).await.unwrap();
        store.outbox_unknown(claimed[0].id, minute(99), "HTTP 500").await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(0)));
        let claimed = store.claim_outbox("slack", at, 9, LEASE, &[]).await.unwrap();
        assert_eq!(claimed.iter().map(|m| m.key.as_str()).collect::<Vec<_>>(), ["next"]);
    })
    .await;
}

#[tokio::test]
async fn alerts_go_before_digests_and_each_destination_keeps_its_order() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [
            message("digest", "slack:#x", Priority::Digest),
            message("alert1", "slack:#x", Priority::Alert),
            message("alert2", "slack:#x", Priority::Alert),
            message("elsewhere", "slack:#y", Priority::Alert),
            message("other platform", "discord:7", Priority::Alert),
            message("here", "console", Priority::Alert),
        ];
        store.post(&messages, minute(0)).await.unwrap();
        let claim = async |platform: &str, at| {
            let claimed = store.claim_outbox(platform, at, 3, LEASE, &[]).await.unwrap();
            claimed.into_iter().map(|m| (m.key, m.id)).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let (keys, ids) = claim("slack", minute(0)).await;
        assert_eq!(keys, ["alert1", "elsewhere", "alert2"]);
        // #x is taken until those two are settled.
        assert_eq!(claim("slack", minute(0)).await.0, [] as [&str; 0]);
        assert_eq!(claim("discord", minute(0)).await.0, ["other platform"]);
        assert_eq!(claim("console", minute(0)).await.0, ["here"]);

        // The first must be tried again, so the second and the digest wait behind it.
        store.outbox_retry(ids[0], minute(3), "busy").await.unwrap();
        store.outbox_release(ids[2]).await.unwrap();
        store.outbox_sent(ids[1], "C1:1.1", minute(0)).await.unwrap();
        assert_eq!(claim("slack", minute(0)).await.0, [] as [&str; 0]);
        assert_eq!(claim("slack", minute(3)).await.0, ["alert1", "alert2", "digest"]);
    })
    .await;
}

#[tokio::test]
async fn what_stands_behind_an_alert_that_was_not_examined_waits_with_it() {
    on_both(async |bench| {
        let store = &bench.store;
        let alert = |key: &str| NewOutbox { storm_over: Some(10), ..message(key, "slack:#x", Priority::Alert) };
        let messages = [message("digest", "slack:#x", Priority::Digest), alert("first"), alert("second")];
        store.post(&messages, minute(0)).await.unwrap();
        let ids = store.due_alerts("slack", &BTreeSet::new(), minute(0)).await.unwrap().1;
        let claim = async |examined: &[i64]| {
            let claimed = store.claim_outbox("slack", minute(0), 9, LEASE, examined).await.unwrap();
            for message in &claimed {
                store.outbox_sent(message.id, "C1:1.1", minute(0)).await.unwrap();
            }
            claimed.into_iter().map(|message| message.key).collect::<Vec<_>>()
        };
        assert_eq!(claim(&[]).await, [] as [&str; 0]);
        assert_eq!(claim(&ids[..1]).await, ["first"]);
        assert_eq!(claim(&ids).await, ["second", "digest"]);
    })
    .await;
}

#[tokio::test]
async fn the_next_due_message_is_never_one_that_has_to_wait() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [message("first", "slack:#x", Priority::Alert), message("second", "slack:#x", Priority::Alert)];
        store.post(&messages, minute(0)).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(0)));
        let claimed = store.claim_outbox("slack", minute(0), 1, LEASE, &[]).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(1)));
        store.outbox_unknown(claimed[0].id, minute(9), "connection lost").await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(9)));
        assert_eq!(store.claim_outbox("slack", minute(8), 9, LEASE, &[]).await.unwrap(), []);
        let claimed = store.claim_outbox("slack", minute(9), 9, LEASE, &[]).await.unwrap();
        assert_eq!(claimed.iter().map(|m| m.fate_unknown).collect::<Vec<_>>(), [true, false]);
    })
    .await;
}

#[tokio::test]
async fn an_alert_that_waits_for_its_turn_holds_back_a_digest() {
    on_both(async |bench| {
        let store = &bench.store;
        let alert = NewOutbox { storm_over: Some(10), ..message("alert", "slack:#x", Priority::Alert) };
        store.post(&[message("digest", "slack:#x", Priority::Digest), alert], minute(0)).await.unwrap();
        let id = store.due_alerts("slack", &BTreeSet::new(), minute(0)).await.unwrap().1[0];
        store.alerts_wait(&[id], minute(1)).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(1)));
        assert_eq!(store.claim_outbox("slack", minute(0), 9, LEASE, &[id]).await.unwrap(), []);
        let claimed = store.claim_outbox("slack", minute(1), 9, LEASE, &[id]).await.unwrap();
        assert_eq!(claimed.iter().map(|m| &*m.key).collect::<Vec<_>>(), ["alert", "digest"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_platform_had_no_time_for_is_never_overtaken() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [message("first", "slack:#x", Priority::Alert), message("second", "slack:#x", Priority::Alert)];
        store.post(&messages, minute(0)).await.unwrap();
        for n in 0..2 * OVERTAKEN_AFTER {
            let claimed = store.claim_outbox("slack", minute(n), 1, LEASE, &[]).await.unwrap().remove(0);
            assert_eq!(claimed.key, "first", "after {n} refusals");
            store.outbox_limited(claimed.id, minute(n + 1), "too many requests").await.unwrap();
            assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(n + 1)));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_held_after_an_attempt_holds_back_nothing() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [message("first", "slack:#x", Priority::Alert), message("second", "slack:#x", Priority::Alert)];
        store.post(&messages, minute(0)).await.unwrap();
        let claim = async |at| store.claim_outbox("slack", at, 1, LEASE, &[]).await.unwrap().remove(0);
        let first = claim(minute(0)).await;
        store.outbox_retry(first.id, minute(1), "rate limited").await.unwrap();
        let first = claim(minute(1)).await;
        store.outbox_held(first.id, minute(90)).await.unwrap();
        let second = claim(minute(1)).await;
        assert_eq!(second.key, "second");
        store.outbox_sent(second.id, "C1/17.1", minute(1)).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(90)));
        assert_eq!(claim(minute(90)).await.attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_parked_or_dropped_is_not_tried_again() {
    on_both(async |bench| {
        let store = &bench.store;
        let messages = [message("a", "slack:#x", Priority::Alert), message("b", "slack:#x", Priority::Alert)];
        store.post(&messages, minute(0)).await.unwrap();
        let claimed = store.claim_outbox("slack", minute(0), 9, LEASE, &[]).await.unwrap();
        store.outbox_parked(claimed[0].id, "channel not found").await.unwrap();
        store.outbox_dropped(claimed[1].id, "answered").await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), None);
        assert_eq!(store.outbox("a").await.unwrap().unwrap().last_error.as_deref(), Some("channel not found"));
    })
    .await;
}

#[tokio::test]
async fn a_slot_is_claimed_once_with_its_message() {
    on_both(async |bench| {
        let (store, other) = (&bench.store, bench.another().await);
        assert_eq!(store.last_slot("daily", "slack:#x").await.unwrap(), None);
        let claim = async |store: &Store, slot: &str, at| {
            let digest = message(&format!("digest/{slot}"), "slack:#x", Priority::Digest);
            store.claim_slot("daily", "slack:#x", slot, minute(at), minute(at), Some((digest, &[]))).await.unwrap()
        };
        let mut claimed = join_all([claim(store, "mon", 0), claim(&other, "mon", 0)]).await;
        claimed.sort_unstable();
        assert_eq!(claimed, [false, true]);
        assert!(claim(store, "tue", 1440).await);
        assert_eq!(store.last_slot("daily", "slack:#x").await.unwrap(), Some(minute(1440)));
        assert!(store.claim_slot("daily", "slack:#x", "start", minute(-9), minute(0), None).await.unwrap());
        assert_eq!(store.last_slot("daily", "slack:#x").await.unwrap(), Some(minute(1440)));
        assert_eq!(store.last_slot("daily", "slack:#y").await.unwrap(), None);
        assert_eq!(store.claim_outbox("slack", minute(1440), 9, LEASE, &[]).await.unwrap().len(), 2);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_interaction_is_new_once() {
    on_both(async |bench| {
        assert!(bench.store.first_seen("slack:1", minute(0)).await.unwrap());
        assert!(!bench.store.first_seen("slack:1", minute(1)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn quarantine_keeps_everything_and_announces_each_kind_once() {
    on_both(async |bench| {
        let store = &bench.store;
        let put = async |source: &str, kind: &str| {
            store.quarantine(source, kind, "no such field", "{}", b"\0\xff raw", minute(3)).await.unwrap()
        };
        assert_eq!((put("desk", "new.thing").await, put("desk", "new.thing").await), (true, false));
        assert_eq!((put("desk", "other").await, put("phone", "new.thing").await), (true, true));
        let kept = store.quarantined().await.unwrap();
        assert_eq!((kept.len(), kept[0].body.as_slice(), kept[0].received_at), (4, &b"\0\xff raw"[..], minute(3)));
        store.release_quarantined(kept[0].id).await.unwrap();
        assert_eq!(store.quarantined().await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_ends() {
    on_both(async |bench| {
        let store = &bench.store;
        assert!(store.lease("gateway", "a", minute(0), LEASE).await.unwrap());
        assert!(!store.lease("gateway", "b", minute(0), LEASE).await.unwrap());
        assert!(store.lease("gateway", "a", minute(0).plus_s(50), LEASE).await.unwrap());
        assert!(!store.lease("gateway", "b", minute(1), LEASE).await.unwrap());
        assert!(store.lease("gateway", "b", minute(2), LEASE).await.unwrap());
        store.release("gateway", "a").await.unwrap();
        assert!(!store.lease("gateway", "a", minute(2), LEASE).await.unwrap());
        store.release("gateway", "b").await.unwrap();
        assert!(store.lease("gateway", "a", minute(2), LEASE).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_mark_holds_what_was_noted_last() {
    on_both(async |bench| {
        assert_eq!(bench.store.mark("import:desk").await.unwrap(), None);
        bench.store.set_mark("import:desk", "100").await.unwrap();
        bench.store.set_mark("import:desk", "200").await.unwrap();
        assert_eq!(bench.store.mark("import:desk").await.unwrap().as_deref(), Some("200"));
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_timers_or_messages_is_woken() {
    on_both(async |bench| {
        let mut changed = bench.store.changed();
        bench.store.accept(delivery("d1", 0, vec![event("e1", 0, CREATED)])).await.unwrap();
        assert!(changed.has_changed().unwrap());
        changed.mark_unchanged();
        bench.store.first_seen("slack:1", minute(0)).await.unwrap();
        // Only PostgreSQL repeats our own announcements, and only of what was announced.
        assert!(!bench.is_sqlite() || !changed.has_changed().unwrap());

        if !bench.is_sqlite() {
            let other = bench.another().await;
            let mut changed = other.changed();
            bench.store.post(&[message("a", "console", Priority::Alert)], minute(0)).await.unwrap();
            changed.changed().await.unwrap();
            other.close().await;
        }
    })
    .await;
}
