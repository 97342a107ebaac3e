//! Killed at any instant and started again: nothing lost, nothing twice. This one runs the real binary.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::bot::{configuration, install_cryptography, post, secrets, sign, ticket_event};
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

/// A bot in a process of its own, killed when dropped.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    async fn start(configuration: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .arg("run")
            .arg("--config")
            .arg(configuration)
            .envs(secrets())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        let (says, said) = oneshot::channel();
        // Reads to the end, since what it says later must not fill the pipe.
        std::thread::spawn(move || {
            let mut says = Some(says);
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("address=")
                    && let Some(says) = says.take()
                {
                    let _ = says.send(rest.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        });
        let address = tokio::time::timeout(Duration::from_secs(30), said).await;
        Self { child, address: address.expect("within half a minute").expect("it says where it listens") }
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    fn kill(self) {
        drop(self);
    }

    async fn deliver(&self, event: &Value, now: Timestamp) -> reqwest::Result<u16> {
        let body = event.to_string();
        let url = format!("http://{}/hooks/helpdesk", self.address);
        Ok(post(&reqwest::Client::new(), &url, &sign(&body, now), body).await?.status().as_u16())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is gone already if the test failed because it ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
