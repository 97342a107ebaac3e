//! Digests: each slot once per channel, also after downtime.

use deskbell::app::clock::Clock;
use serde_json::json;

use crate::bot::{Bot, configuration, monday, ticket_event, until};
use crate::support::discord::LocalDiscord;
use crate::support::slack::LocalSlack;

const DAILY: &str = r##"
[bot]
timezone = "Europe/Berlin"

[[digest]]
name = "daily"
cron = "30 9 * * 1-5"
timezone = "Europe/Berlin"
to = ["slack:#support", "discord:3000"]
catch_up = "4h"
"##;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn each_slot_is_posted_once_and_a_missed_one_is_caught_up_marked_late() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let text = configuration(&slack, &discord, &store, DAILY);
    let clock = Clock::movable(monday());
    let bot = Bot::start(&text, clock.clone()).await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    let store = bot.running.store.clone();
    until("the digest is known", async || {
        let slots = [store.last_slot("daily", "slack:#support").await, store.last_slot("daily", "discord:3000").await];
        slots.iter().all(|slot| slot.as_ref().is_ok_and(Option::is_some))
    })
    .await;

    clock.advance(30 * MINUTE);
    let first = slack.wait_for_message(|m| m.text.contains("Daily")).await;
    discord.wait_for_message(|m| m.body.to_string().contains("Daily")).await;
    assert!(first.words().contains("Volume"), "{}", first.words());
    assert!(!first.words().contains("late"), "{}", first.words());
    clock.advance(HOUR);
    bot.settle().await;
    bot.running.stop().await;

    // Down over Tuesday's slot, up an hour after it.
    clock.advance(24 * HOUR);
    let bot = Bot::start(&text, clock.clone()).await;
    let late = slack.wait_for_message(|m| m.ts != first.ts).await;
    assert!(late.words().contains("Posted 1h 00m late"), "{}", late.words());
    bot.settle().await;
    bot.running.stop().await;

    // Started again within the window: the slot is in the ledger.
    let bot = Bot::start(&text, clock.clone()).await;
    bot.settle().await;
    bot.running.stop().await;

    // Down over Wednesday's slot for longer than the window: that one is not worth having any more.
    clock.advance(28 * HOUR);
    let bot = Bot::start(&text, clock.clone()).await;
    bot.settle().await;
    bot.running.stop().await;
    assert_eq!((slack.messages().len(), discord.messages().len()), (2, 2));
}
