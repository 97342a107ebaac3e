//! Alerts told together: every one accounted for, one table a place, marked by whatever may change the truth.

use std::collections::BTreeSet;

use super::*;
use crate::domain::alert::{Announcement, GroupKind, GroupState, Notice, Outcome};
use crate::domain::sla::TimerKind;

const LEASE: i64 = 60_000;
const PACE: i64 = 3_000;

fn notice(id: &str, kind: TimerKind) -> Notice {
    let (ticket, target, started) = (key(id), Target::FirstResponse, minute(0));
    Notice { ticket, target, started, kind, due: minute(60), mention: None }
}

fn alert(notice: &Notice, destination: &str) -> NewOutbox {
    NewOutbox {
        key: notice.key(destination),
        body: Announcement::Alert(notice.clone()).to_json(),
        storm_over: Some(2),
        ..message("", destination, Priority::Alert)
    }
}

/// Tickets whose alerts are due in `slack:#x`.
async fn due(store: &Store, ids: &[&str], kind: TimerKind) -> Vec<DueAlert> {
    for id in ids {
        let created = ticket_event(id, &format!("c{id}"), 0, CREATED);
        store.accept(delivery(&format!("d{id}"), 0, vec![created])).await.unwrap();
    }
    let alerts: Vec<_> = ids.iter().map(|id| alert(&notice(id, kind), "slack:#x")).collect();
    store.post(&alerts, minute(60)).await.unwrap();
    store.due_alerts("slack", &BTreeSet::new(), minute(60)).await.unwrap().0
}

fn together<'a>(kind: GroupKind, alerts: &'a [DueAlert]) -> Together<'a> {
    Together {
        kind,
        destination: "slack:#x",
        threshold: 2,
        pace_ms: PACE,
        told_at: minute(if kind == GroupKind::Storm { 60 } else { 90 }),
        alerts,
        beside: &[],
    }
}

/// Takes the message of the group that gathers, and sends it.
async fn told(store: &Store, at: Timestamp) -> GroupRow {
    let row = store.claim_outbox("slack", at, 1, LEASE, &[]).await.unwrap().remove(0);
    let Announcement::Group(id) = serde_json::from_str(&row.body).unwrap() else { panic!("{}", row.body) };
    let group = store.alert_group(id).await.unwrap().unwrap();
    store.outbox_sent_as_group(row.id, &group, "C1:1.1", shown("red", &[]), at).await.unwrap();
    store.alert_group(id).await.unwrap().unwrap()
}

fn shown<'a>(digest: &'a str, ended: &'a [(Notice, Outcome)]) -> GroupShown<'a> {
    GroupShown { digest, is_new: true, total: 3, settled: ended.len(), look_at: None, ended }
}

async fn open(store: &Store, group: &GroupRow) -> Vec<String> {
    let (members, _) = store.members(group.id).await.unwrap();
    members.into_iter().map(|member| member.notice.ticket.id).collect()
}

#[tokio::test]
async fn alerts_of_a_storm_are_told_by_one_message_and_by_no_other() {
    on_both(async |bench| {
        let store = &bench.store;
        let alerts = due(store, &["1", "2", "3"], TimerKind::Breach).await;
        assert_eq!(alerts.len(), 3);
        // What came after they were looked at is left alone.
        assert_eq!(store.claim_outbox("slack", minute(60), 9, LEASE, &[]).await.unwrap(), []);
        let other = bench.another().await;
        let storm = [together(GroupKind::Storm, &alerts)];
        let (one, two) = tokio::join!(store.tell_together(&storm, minute(60)), other.tell_together(&storm, minute(60)));
        assert_eq!(one.unwrap() + two.unwrap(), 3, "each is taken once");
        assert!(store.is_gathering("slack:#x", GroupKind::Storm).await.unwrap());
        assert_eq!(store.due_alerts("slack", &BTreeSet::new(), minute(60)).await.unwrap(), (vec![], vec![]));
        assert_eq!(store.heard_alerts("slack:#x", minute(59)).await.unwrap(), Heard { alerts: 3, alone: vec![] });
        assert_eq!(store.heard_alerts("slack:#x", minute(60)).await.unwrap(), Heard::default());

        let group = told(store, minute(61)).await;
        assert_eq!((group.group.state, group.last), (GroupState::Gathering, Some((minute(61), 3, 0))));
        assert_eq!(store.claim_outbox("slack", minute(61), 9, LEASE, &[]).await.unwrap(), []);
        assert_eq!(open(store, &group).await, ["1", "2", "3"]);
        assert!(store.in_tables("slack:#x").await.unwrap().show(&notice("2", TimerKind::Breach)));
        assert!(!store.in_tables("slack:#y").await.unwrap().show(&notice("2", TimerKind::Breach)));
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_happens_to_a_ticket_marks_its_table_which_is_looked_at_no_more_often_than_its_pace_allows() {
    on_both(async |bench| {
        let store = &bench.store;
        let alerts = due(store, &["1", "2", "3"], TimerKind::Breach).await;
        store.tell_together(&[together(GroupKind::Storm, &alerts)], minute(60)).await.unwrap();
        told(store, minute(60)).await;
        assert_eq!(store.next_group_due("slack").await.unwrap(), Some(minute(60).plus_ms(PACE)));
        let claimed = store.claim_groups("slack", minute(61), 9, LEASE).await.unwrap().remove(0);
        assert_eq!(store.claim_groups("slack", minute(61), 9, LEASE).await.unwrap(), [], "it is taken");
        assert_eq!(store.groups_in_doubt(minute(61)).await.unwrap(), 1);
        // Somebody answers while the table is edited.
        store.accept(delivery("r", 61, vec![event("r", 61, REPLY)])).await.unwrap();
        store.group_shown(&claimed, shown("red2", &[]), minute(61)).await.unwrap();
        assert_eq!(store.next_group_due("slack").await.unwrap(), Some(minute(61).plus_ms(PACE)));
        let claimed = store.claim_groups("slack", minute(62), 9, LEASE).await.unwrap().remove(0);
        assert_eq!((claimed.shown.as_str(), claimed.last), ("red2", Some((minute(61), 3, 0))));

        let ended = [(notice("1", TimerKind::Breach), Outcome::Late)];
        store.group_shown(&claimed, shown("red3", &ended), minute(62)).await.unwrap();
        let (members, tally) = store.members(claimed.id).await.unwrap();
        assert_eq!((members.len(), tally.late, tally.settled()), (2, 1, 1));
        assert_eq!(store.next_group_due("slack").await.unwrap(), None);
        assert_eq!(store.groups_in_doubt(minute(99)).await.unwrap(), 0);
        // It may be open again.
        store.accept(delivery("q", 70, vec![event("q", 70, QUESTION)])).await.unwrap();
        assert_eq!(open(store, &claimed).await.len(), 3);
        assert_eq!(store.next_group_due("slack").await.unwrap(), Some(minute(62).plus_ms(PACE)));
    })
    .await;
}

#[tokio::test]
async fn a_new_storm_takes_over_what_is_open_and_what_must_be_heard_is_a_message() {
    on_both(async |bench| {
        let store = &bench.store;
        let warned = due(store, &["1", "2"], TimerKind::Warn(0)).await;
        store.tell_together(&[together(GroupKind::Storm, &warned)], minute(60)).await.unwrap();
        let first = told(store, minute(60)).await;
        // A breach and somebody who is called, while it gathers: each is heard once.
        let mut breached = due(store, &["3"], TimerKind::Breach).await;
        breached[0].notice.mention = Some("@here".into());
        store.tell_together(&[together(GroupKind::Storm, &breached)], minute(60)).await.unwrap();
        let again = due(store, &["1"], TimerKind::Breach).await;
        store.tell_together(&[together(GroupKind::Storm, &again)], minute(60)).await.unwrap();
        let calls = store.claim_outbox("slack", minute(60), 9, LEASE, &[]).await.unwrap();
        assert_eq!(calls.iter().map(|row| row.key.rsplit('/').next().unwrap()).collect::<Vec<_>>(), ["@here"]);
        store.outbox_sent(calls[0].id, "C1:1.2", minute(60)).await.unwrap();

        let first = store.alert_group(first.id).await.unwrap().unwrap();
        assert!(store.group_becomes(&first, GroupState::Living, &[], minute(62)).await.unwrap());
        let more = due(store, &["4"], TimerKind::Breach).await;
        store.tell_together(&[together(GroupKind::Storm, &more)], minute(63)).await.unwrap();
        assert_eq!(store.alert_group(first.id).await.unwrap().unwrap().group.state, GroupState::Moved);
        assert_eq!(open(store, &first).await, Vec::<String>::new());
        let rows = store.claim_outbox("slack", minute(63), 9, LEASE, &[]).await.unwrap();
        let Announcement::Group(second) = serde_json::from_str(&rows[0].body).unwrap() else { panic!("{rows:?}") };
        assert_eq!(open(store, &store.alert_group(second).await.unwrap().unwrap()).await, ["1", "2", "3", "4"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_held_waits_for_the_end_and_can_be_let_go() {
    on_both(async |bench| {
        let store = &bench.store;
        let alerts = due(store, &["1", "2"], TimerKind::Breach).await;
        store.tell_together(&[together(GroupKind::Quiet, &alerts[..1])], minute(60)).await.unwrap();
        store.tell_together(&[together(GroupKind::Quiet, &alerts[1..])], minute(61)).await.unwrap();
        assert_eq!(store.next_outbox_due("slack").await.unwrap(), Some(minute(90)), "one message");
        assert_eq!(
            store.heard_alerts("slack:#x", minute(0)).await.unwrap(),
            Heard::default(),
            "nobody has heard of it"
        );
        // It is looked at as soon as something happens to what it holds.
        store.accept(delivery("q", 65, vec![event("q", 65, QUESTION)])).await.unwrap();
        let held = store.claim_groups("slack", minute(65), 9, LEASE).await.unwrap().remove(0);
        store.group_releases(&held, &[notice("1", TimerKind::Breach)], minute(65)).await.unwrap();
        store.group_put_off(&held, None).await.unwrap();
        let (alerts, numbers) = store.due_alerts("slack", &BTreeSet::new(), minute(65)).await.unwrap();
        assert_eq!(alerts.iter().map(|alert| alert.notice.ticket.id.as_str()).collect::<Vec<_>>(), ["1"]);
        let rows = store.claim_outbox("slack", minute(65), 9, LEASE, &numbers).await.unwrap();
        assert_eq!(rows.len(), 1);
        store.outbox_sent(rows[0].id, "C1:1.0", minute(65)).await.unwrap();

        let group = told(store, minute(190)).await;
        assert_eq!(group.group.state, GroupState::Living);
        assert_eq!(open(store, &group).await, ["2"]);
        assert!(!store.is_gathering("slack:#x", GroupKind::Quiet).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_deleted_table_is_posted_anew_once_and_one_that_cannot_be_sent_is_over() {
    on_both(async |bench| {
        let store = &bench.store;
        let alerts = due(store, &["1", "2", "3"], TimerKind::Breach).await;
        store.tell_together(&[together(GroupKind::Storm, &alerts)], minute(60)).await.unwrap();
        let group = told(store, minute(60)).await;
        let anew = message("again", "slack:#x", Priority::Alert);
        store.group_deleted(&group, Some(anew.clone()), minute(61)).await.unwrap();
        store.group_deleted(&group, Some(anew), minute(61)).await.unwrap();
        assert_eq!(store.claim_outbox("slack", minute(61), 9, LEASE, &[]).await.unwrap().len(), 1);
        let gone = store.alert_group(group.id).await.unwrap().unwrap();
        assert_eq!((gone.platform_id, gone.again), (None, true));
        store.group_lost(group.id).await.unwrap();
        assert!(!store.is_gathering("slack:#x", GroupKind::Storm).await.unwrap());
        assert_eq!(store.next_group_due("slack").await.unwrap(), None);
    })
    .await;
}
