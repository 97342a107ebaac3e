//! `deskbell metrics`: the answer of `/metrics` in this terminal.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::super::clock::Clock;
use super::super::config::Purpose;
use crate::chat::{Channel, console};
use crate::commands::Asked;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell metrics
  deskbell metrics frt by team last 30 days
  deskbell metrics csat frt last month channel:email vs last-year
  deskbell metrics backlog --json --at 2026-11-22T09:00:00Z
  deskbell metrics frt -tag:spam")]
pub(super) struct Args {
    /// What to ask, as after `/metrics`.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The same as data.
    #[arg(long)]
    json: bool,
    /// As of that instant: what happened later is not known yet.
    #[arg(long, value_name = "RFC3339", value_parser = super::instant)]
    at: Option<Timestamp>,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn");
    let config = super::load(config, Purpose::Look)?;
    let store = super::super::open_store(&config).await?;
    let desk = super::super::desk(&config, &store);
    let now = args.at.unwrap_or_else(|| Clock::system().now());
    let text = format!("/metrics {}", args.text.join(" "));
    let asked = Asked { text: &text, channel: &Channel::Console, user: "console", roles: &[] };
    let code = if args.json {
        match desk.json(&asked, now).await {
            Ok(json) => {
                super::answer(&format!(
                    "{}\n",
                    serde_json::to_string_pretty(&json).context("an answer is plain data")?
                ))?;
                ExitCode::SUCCESS
            }
            Err(refusal) => anyhow::bail!("{refusal}"),
        }
    } else {
        let reply = desk.answer(&asked, now).await;
        super::answer(&console::render(&reply.message, super::colour(), super::width(), config.bot.timezone))?;
        if reply.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    };
    store.close().await;
    Ok(code)
}
