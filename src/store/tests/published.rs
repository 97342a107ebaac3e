//! What was published.

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
