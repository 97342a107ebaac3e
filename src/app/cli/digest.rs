//! `deskbell digest`: what a digest says now, and posting it.

use std::path::Path;
use std::process::ExitCode;

use chrono_tz::Tz;

use super::super::clock::Clock;
use super::super::config::Purpose;
use crate::commands::Desk;
use crate::digests::{self, Digest};
use crate::domain::message::{Message, Tone};
use crate::domain::names::nearest;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell digest                  which there are, in bot.toml and from chat
  deskbell digest daily            what it says now, once for each of its channels
  deskbell digest daily --post     posts it there; in the same minute once

What --post posts is put into the store; the running bot sends it, or the next one that starts.
Exit codes: 0 = done, 1 = failed, 2 = no such digest.")]
pub(super) struct Args {
    /// Its name, as in bot.toml or /digest; without one, all are listed.
    name: Option<String>,
    /// Post it to its channels.
    #[arg(long, requires = "name")]
    post: bool,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn,sqlx=error");
    let config = super::load(config, Purpose::Look)?;
    let now = Clock::system().now();
    let store = super::super::look_at_store(&config, now).await?;
    super::warn_if_stale(&store);
    let desk = super::super::desk(&config, &store);
    let all = desk.digests().await?;
    let code = match &args.name {
        None => {
            super::answer(&list(&all))?;
            ExitCode::SUCCESS
        }
        Some(name) => {
            let named: Vec<&Digest> = all.iter().filter(|digest| digest.name == *name).collect();
            if named.is_empty() {
                super::fail(&anyhow::anyhow!("{}", unknown(name, &all)));
                return Ok(ExitCode::from(2));
            }
            for digest in named {
                for channel in &digest.to {
                    let (message, statements) =
                        desk.digest(&digest.name, channel, now, args.post && config.charts).await?;
                    if !args.post {
                        say(&desk, message, config.bot.timezone)?;
                        continue;
                    }
                    let first = digests::send_now(&store, &digest.key, channel, message, &statements, now).await?;
                    let done = if first { "is in the outbox" } else { "was put into the outbox this minute already" };
                    let title = format!("The digest {} for {channel} {done}", digest.name);
                    say(&desk, Message { tone: Tone::Good, title, ..Message::default() }, config.bot.timezone)?;
                }
            }
            ExitCode::SUCCESS
        }
    };
    store.close().await;
    Ok(code)
}

fn say(desk: &Desk, message: Message, zone: Tz) -> anyhow::Result<ExitCode> {
    super::say(&desk.reply(Ok(message)), zone)
}

/// A line a digest: name, when, where, whence.
fn list(all: &[Digest]) -> String {
    let line = |digest: &Digest| {
        let to: Vec<String> = digest.to.iter().map(ToString::to_string).collect();
        let from = digest.added.as_ref().map_or("bot.toml", |added| added.by.as_str());
        let schedule = &digest.schedule;
        format!("{}\t{}\t{}\t{}\t{from}\n", digest.name, schedule.expression(), schedule.zone(), to.join(","))
    };
    all.iter().map(line).collect()
}

fn unknown(name: &str, all: &[Digest]) -> String {
    let names: Vec<&str> = all.iter().map(|digest| digest.name.as_str()).collect();
    match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("there is no digest {name}; did you mean {near}?"),
        (None, true) => format!("there is no digest {name}: none is scheduled, in bot.toml or with /digest add"),
        (None, false) => format!("there is no digest {name}; there are {}", names.join(", ")),
    }
}
