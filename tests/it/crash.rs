//! Killed at any instant and started again: nothing lost, nothing twice. This one runs the real binary.

mod left;
mod often;
mod plan;
mod process;
mod verdict;

use deskbell::app::clock::Clock;
use serde_json::json;

use self::process::Process;
use crate::bot::{agent_reply, configuration, install_cryptography, ticket_event};
use crate::support::discord::LocalDiscord;
use crate::support::slack::{Fault, LocalSlack};

const SLA: &str = r##"
[[team]]
name = "support"
ids = ["360001"]

[[sla]]
name = "urgent"
first_response = "3s"
calendar = "always"
to = ["slack:#support", "discord:3000"]
"##;

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_ringing_and_started_again_every_alert_arrives_once() {
    install_cryptography();
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let file = directory.path().join("bot.toml");
    std::fs::write(&file, configuration(&slack, &discord, &store, SLA)).expect("written");
    let clock = Clock::system();

    let bot = Process::start(&file).await;
    let tickets = ["1", "2", "3", "4"];
    for id in tickets {
        let now = clock.now();
        let event = ticket_event("created", id, now, now, json!({}));
        assert_eq!(bot.deliver(&event, now).await.expect("it answers"), 200);
    }
    // Slack takes the first alert and never says so; at that moment the bot is killed.
    slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
    slack.wait_for_message(|m| m.text.contains("missed on ticket")).await;
    bot.kill();

    let bot = Process::start(&file).await;
    for id in tickets {
        let title = format!("First reply missed on ticket {id}");
        slack.wait_for_message(|m| m.text.contains(&title)).await;
        discord.wait_for_message(|m| m.body.to_string().contains(&title)).await;
    }
    // A ticket that comes after the restart rings after all that was owed; then everything before it is settled.
    let now = clock.now();
    let last = ticket_event("created", "5", now, now, json!({}));
    assert_eq!(bot.deliver(&last, now).await.expect("it answers"), 200);
    let title = "First reply missed on ticket 5";
    slack.wait_for_message(|m| m.text.contains(title)).await;
    discord.wait_for_message(|m| m.body.to_string().contains(title)).await;
    bot.kill();

    let on_slack: Vec<_> = slack.messages().into_iter().map(|m| m.text).collect();
    assert_eq!(on_slack.len(), 5, "{on_slack:#?}");
    let on_discord: Vec<_> = discord.messages().into_iter().map(|m| m.body.to_string()).collect();
    assert_eq!(on_discord.len(), 5, "{on_discord:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_storm_is_told_and_started_again_there_is_one_table() {
    install_cryptography();
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let file = directory.path().join("bot.toml");
    let sla = SLA.replace("3s", "10s");
    std::fs::write(&file, configuration(&slack, &discord, &store, &sla)).expect("written");
    let clock = Clock::system();

    let bot = Process::start(&file).await;
    // All of them are due in the same instant.
    let created = clock.now();
    for id in 1..=30 {
        let event = ticket_event("created", &id.to_string(), created, created, json!({}));
        assert_eq!(bot.deliver(&event, clock.now()).await.expect("it answers"), 200);
    }
    // Slack takes the table and never says so; at that moment the bot is killed.
    slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
    slack.wait_for_message(|m| m.text.contains("Alert storm: 30 of 30")).await;
    bot.kill();

    let bot = Process::start(&file).await;
    discord.wait_for_message(|m| m.body.to_string().contains("30 of 30 promises open")).await;
    // It is the one that follows what happens.
    let reply = agent_reply("7", created, clock.now());
    assert_eq!(bot.deliver(&reply, clock.now()).await.expect("it answers"), 200);
    slack.wait_for_message(|m| m.text.contains("29 of 30")).await;
    discord.wait_for_message(|m| m.body.to_string().contains("29 of 30")).await;
    bot.kill();
    assert_eq!(slack.messages().len(), 1, "{:#?}", slack.messages());
    assert_eq!(discord.messages().len(), 1, "{:#?}", discord.messages());
}
