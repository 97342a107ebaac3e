//! What the store promises, on both engines.

#[path = "../../tests/support/postgres.rs"]
mod postgres;

use std::sync::Arc;

use super::*;
use crate::domain::timestamp::Timestamp;

/// Runs a test on an empty SQLite file and on an empty PostgreSQL database.
async fn on_both<F: AsyncFn(Store)>(test: F) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = format!("sqlite://{}/store.db", dir.path().display());
    for url in std::iter::once(file).chain(postgres::database()) {
        let store = Store::open(&url, Arc::default()).await.expect("opens");
        test(store.clone()).await;
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interaction_is_new_once() {
    on_both(async |store| {
        assert!(store.first_seen("slack:1", Timestamp(1)).await.unwrap());
        assert!(!store.first_seen("slack:1", Timestamp(2)).await.unwrap());
    })
    .await;
}
