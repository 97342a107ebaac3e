//! Digests: each slot once per channel, also after downtime.

use deskbell::app::clock::Clock;
use serde_json::json;

use crate::bot::{Bot, configuration, monday, secrets, ticket_event, until};
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

/// The program itself, on the store of a bot that has ended.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_lists_prints_and_posts_a_digest() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let text = configuration(&slack, &discord, &store, DAILY);
    let bot = Bot::start(&text, Clock::movable(monday())).await;
    bot.running.stop().await;
    std::fs::write(directory.path().join("bot.toml"), &text).expect("written");
    let deskbell = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .current_dir(directory.path())
            .args(arguments)
            .env("NO_COLOR", "1")
            .envs(secrets())
            .output()
            .expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, listed, _) = deskbell(&["digest"]);
    assert_eq!(code, Some(0));
    assert_eq!(listed, "daily\t30 9 * * 1-5\tEurope/Berlin\tslack:#support,discord:3000\tbot.toml\n");
    let (_, printed, _) = deskbell(&["digest", "daily"]);
    assert_eq!(printed.matches("Daily:").count(), 2, "{printed}");
    let (code, _, wrong) = deskbell(&["digest", "dayly"]);
    assert_eq!((code, wrong.contains("did you mean daily?")), (Some(2), true), "{wrong}");
    let (code, posted, _) = deskbell(&["digest", "daily", "--post"]);
    assert!(code == Some(0) && posted.contains("slack:#support"), "{posted}");

    // What was put into the outbox is sent by the next bot; its clock is the real one, as the program's was.
    let bot = Bot::start(&text, Clock::system()).await;
    slack.wait_for_message(|m| m.text.contains("Daily")).await;
    discord.wait_for_message(|m| m.body.to_string().contains("Daily")).await;
    bot.running.stop().await;
}
