//! What was published, and since when anything can be.

use super::*;
use crate::domain::statement::{Statement, Subject};

fn subject(question: &str) -> Subject {
    Subject { question: question.to_owned(), metric: "csat" }
}

fn said(question: &str, value: Option<f64>, at: i64) -> Statement {
    Statement { subject: subject(question), value, as_of: minute(at) }
}

#[tokio::test]
async fn what_was_published_last_is_found_again_exactly() {
    on_both(async |bench| {
        let store = &bench.store;
        let third = 1.0 / 3.0;
        store.publish(&[said("may", Some(third), 1), said("june", None, 1)]).await.unwrap();
        let asked = [subject("may"), subject("june"), subject("july")];
        let found = store.published(&asked, minute(9)).await.unwrap();
        assert_eq!(found, [said("june", None, 1), said("may", Some(third), 1)]);

        // Said again later, and a latecomer from before.
        store.publish(&[said("may", Some(0.4), 5)]).await.unwrap();
        store.publish(&[said("may", Some(0.2), 3)]).await.unwrap();
        assert_eq!(store.published(&asked[..1], minute(9)).await.unwrap(), [said("may", Some(0.4), 5)]);
        // Whoever asks as of then cannot know of it.
        assert_eq!(store.published(&asked[..1], minute(5)).await.unwrap(), []);
        assert_eq!(store.published(&[], minute(9)).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn of_statements_about_one_subject_the_latest_stands() {
    on_both(async |bench| {
        let store = &bench.store;
        store
            .publish(&[said("may", Some(2.0), 2), said("may", Some(3.0), 3), said("may", Some(1.0), 1)])
            .await
            .unwrap();
        assert_eq!(store.published(&[subject("may")], minute(9)).await.unwrap(), [said("may", Some(3.0), 3)]);
    })
    .await;
}

#[tokio::test]
async fn a_digest_and_what_it_states_are_kept_together_or_not_at_all() {
    on_both(async |bench| {
        let store = &bench.store;
        let post = async |value: f64| {
            let digest = message("digest", "slack:#x", Priority::Digest);
            let statements = [said("may", Some(value), 1)];
            store
                .claim_slot("daily", "slack:#x", "mon", minute(1), minute(1), Some((digest, &statements)))
                .await
                .unwrap()
        };
        assert!(post(0.5).await);
        assert!(!post(0.7).await);
        assert_eq!(store.published(&[subject("may")], minute(9)).await.unwrap(), [said("may", Some(0.5), 1)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_source_delivers_begins_with_the_first_of_its_kind_in_whatever_order_they_come() {
    on_both(async |bench| {
        let store = &bench.store;
        let rating = |id: &str, at: i64, rest: &str| {
            let data = format!(r#""data": {{"survey": "{id}", "scale": 7, "value": 6, {rest}}}"#);
            event(id, at, &format!(r#""type": "rating_received", "actor": {{"kind": "customer"}}, {data}"#))
        };
        store.accept(delivery("d1", 9, vec![rating("r2", 9, r#""kind": "nps""#)])).await.unwrap();
        store.accept(delivery("d2", 9, vec![event("e1", 0, CREATED), event("e2", 5, REPLY)])).await.unwrap();
        let events = vec![rating("r1", 7, r#""kind": "ces", "comment": "easy""#), rating("r3", 8, r#""kind": "nps""#)];
        store.accept(delivery("d3", 9, events)).await.unwrap();
        let expected = [
            ("message", 5),
            ("rating_received", 7),
            ("rating_received/comment", 7),
            ("rating_received/nps", 8),
            ("ticket_created", 0),
        ];
        let expected: BTreeMap<String, Timestamp> =
            expected.into_iter().map(|(topic, at)| (topic.to_owned(), minute(at))).collect();
        assert_eq!(store.beginnings().await.unwrap(), expected);
        // Another copy of the bot sees the same, and can only make it earlier.
        let other = bench.another().await;
        other.accept(delivery("d4", 9, vec![rating("r4", 3, r#""kind": "nps""#)])).await.unwrap();
        store.accept(delivery("d5", 9, vec![rating("r5", 4, r#""kind": "nps""#)])).await.unwrap();
        assert_eq!(store.beginnings().await.unwrap()["rating_received/nps"], minute(3));
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_store_from_before_learns_its_beginnings_from_its_events() {
    on_both(async |bench| {
        let rated = |id: &str, at: i64, data: &str| {
            let data = format!(r#""data": {{"survey": "{id}", "scale": 7, "value": 6, {data}}}"#);
            event(id, at, &format!(r#""type": "rating_received", "actor": {{"kind": "customer"}}, {data}"#))
        };
        let events = vec![
            event("e1", 0, CREATED),
            event("e2", 1, r#""type": "survey_sent", "data": {"survey": "r1", "kind": "ces"}"#),
            rated("r1", 2, r#""kind": "ces""#),
            rated("r2", 3, r#""kind": "ces", "version": 2"#),
            rated("r3", 4, r#""kind": "csat", "comment": " ""#),
            rated("r4", 5, r#""kind": "csat", "comment": "thanks""#),
        ];
        bench.store.accept(delivery("d1", 9, events)).await.unwrap();
        let live = bench.store.beginnings().await.unwrap();
        assert_eq!(live.len(), 7, "{live:?}");

        bench.tamper("DELETE FROM beginnings").await;
        let migration = match bench.is_sqlite() {
            true => include_str!("../../../migrations/sqlite/0006_published.sql"),
            false => include_str!("../../../migrations/postgres/0006_published.sql"),
        };
        for statement in migration.split(';').filter(|s| s.contains("INSERT INTO beginnings")) {
            bench.tamper(statement).await;
        }
        assert_eq!(bench.store.beginnings().await.unwrap(), live);
    })
    .await;
}
