//! Digests from chat, and what is done by hand once.

use super::*;

fn row(name: &str, channel: &str, at: i64) -> DigestRow {
    DigestRow {
        id: 0,
        name: name.to_owned(),
        channel: channel.to_owned(),
        cron: "0 9 * * *".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        added_by: "slack:U1".to_owned(),
        added_at: minute(at),
    }
}

#[tokio::test]
async fn a_name_is_taken_once_a_channel_until_it_is_removed_and_no_number_comes_back() {
    on_both(async |bench| {
        let store = &bench.store;
        assert!(store.add_digest(&row("daily", "slack:C1", 1)).await.unwrap());
        assert!(!store.add_digest(&row("daily", "slack:C1", 2)).await.unwrap());
        assert!(store.add_digest(&row("daily", "slack:C2", 3)).await.unwrap());
        let first = store.digests().await.unwrap();
        assert_eq!(first.iter().map(|d| d.channel.as_str()).collect::<Vec<_>>(), ["slack:C1", "slack:C2"]);
        assert_eq!(DigestRow { id: 0, ..first[0].clone() }, row("daily", "slack:C1", 1));

        assert!(store.remove_digest("slack:C2", "daily", "slack:U2", minute(4)).await.unwrap());
        assert!(!store.remove_digest("slack:C2", "daily", "slack:U2", minute(5)).await.unwrap());
        assert!(store.add_digest(&row("daily", "slack:C2", 6)).await.unwrap());
        let again = store.digests().await.unwrap();
        assert_eq!(again.len(), 2);
        assert!(again[1].id > first[1].id, "its slots are not those of the one removed");
    })
    .await;
}

#[tokio::test]
async fn what_is_done_by_hand_twice_at_once_is_done_once() {
    on_both(async |bench| {
        let store = &bench.store;
        let first = async |deed: &str, at: i64| store.first_within(deed, minute(at), 120_000).await.unwrap();
        assert!(first("share", 1).await && !first("share", 2).await);
        assert!(first("other", 2).await);
        assert!(first("share", 3).await, "later it is meant");
        assert!(!first("share", 4).await);
    })
    .await;
}
