//! Runs the platforms' own clients against the local Slack and the local Discord: what our tests believe of a platform
//! is what its own client believes.
//!
//! `cargo run --example official_clients -- COMMAND…` starts both platforms, then the command (a client that knows its
//! tokens and addresses from its environment), then does what people do. `.ci/clients` installs the clients and runs all.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to the terminal it was started in")]

use std::process::{Child, Command, ExitCode};

#[path = "../support/mod.rs"]
mod support;

use support::discord::{APPLICATION, LocalDiscord, TOKEN};
use support::slack::{APP_TOKEN, BOT_TOKEN, LocalSlack};

/// A client that ends with whoever watches it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let [program, arguments @ ..] = command.as_slice() else {
        eprintln!("say which client: cargo run --example official_clients -- node tests/clients/bolt.mjs");
        return ExitCode::from(2);
    };
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let client = Command::new(program)
        .args(arguments)
        .envs([("SLACK_API", slack.api_base()), ("DISCORD_API", discord.base().to_owned())])
        .envs([("SLACK_BOT_TOKEN", BOT_TOKEN), ("SLACK_APP_TOKEN", APP_TOKEN), ("DISCORD_TOKEN", TOKEN)])
        .env("DISCORD_APPLICATION", APPLICATION.to_string())
        .spawn();
    let _client = match client {
        Ok(client) => Running(client),
        Err(e) => {
            eprintln!("{program} cannot be started: {e}; .ci/clients installs what is needed");
            return ExitCode::FAILURE;
        }
    };
    if arguments.iter().any(|argument| argument.contains("discord")) {
        on_discord(&discord).await;
    } else {
        on_slack(&slack).await;
    }
    println!("{}: as our tests believe", command.join(" "));
    ExitCode::SUCCESS
}

/// A command, its answer, a message with a button, a click, the edit that follows; a dialog, mended and sent off.
async fn on_slack(slack: &LocalSlack) {
    slack.wait_for_connection("opened 1").await;
    let asked = slack.command("/metrics frt").await;
    let answer = asked.answer().await;
    assert_eq!((answer.text.as_str(), answer.shared), ("asked: frt", false));
    let ring = slack.wait_for_message(|m| m.text == "Ring").await;
    slack.click(&ring, "Claim").await;
    slack.wait_for_message(|m| m.text == "Claimed" && m.edited == 1).await;
    assert_eq!(slack.messages().len(), 1);
    slack.command("/sla snooze 4521 until").await;
    let view = slack.wait_for_view().await;
    let wrong = slack.submit(&view, &[("until", "25:00")]).await;
    assert_eq!(wrong.ack["errors"]["until"], "25:00 is no time");
    slack.submit(&view, &[("until", "15:30")]).await;
    slack.wait_for_message(|m| m.text == "Quiet until 15:30").await;
    slack.wait_for_problem("exchanged_trigger_id").await;
    let problems = slack.problems();
    let meant =
        |problem: &String| ["channel_not_found", "exchanged_trigger_id"].iter().any(|code| problem.contains(code));
    assert!(problems.iter().all(meant), "{problems:#?}");
}

/// The same, with commands that are registered, completion and a repeat that its nonce gives away.
async fn on_discord(discord: &LocalDiscord) {
    discord.wait_until_ready().await;
    assert_eq!(discord.wait_for_commands().await[0]["name"], "metrics");
    assert_eq!(discord.autocomplete("metrics", "metric", "fr").await, ["fr!"]);
    let asked = discord.command("metrics", &[("metric", "frt")]).await;
    assert!(discord.wait_for_ack(&asked).await.is_ephemeral());
    assert_eq!(discord.wait_for_answer(&asked).await["embeds"][0]["title"], "asked: frt");
    let ring = discord.wait_for_message(|m| m.body["content"] == "Ring").await;
    discord.wait_for_request("POST channels/1/messages").await;
    let pressed = discord.press(ring.id, "claim").await;
    assert_eq!(discord.wait_for_ack(&pressed).await.response["type"], 6);
    assert_eq!(discord.wait_for_answer(&pressed).await["content"], "Claimed");
    let asked = discord.press(ring.id, "later").await;
    let sent = discord.submit(&asked, &[("until", "15:30")]).await;
    assert!(discord.wait_for_ack(&sent).await.is_ephemeral());
    assert_eq!(discord.wait_for_answer(&sent).await["content"], "Quiet until 15:30");
    assert_eq!(discord.messages().len(), 1);
    let faults = discord.faults();
    assert!(faults.iter().all(|fault| fault.contains("Unknown Channel")), "{faults:#?}");
}
