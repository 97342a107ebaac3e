//! `deskbell why`: the arithmetic of a ticket's promises.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::super::clock::Clock;
use super::super::config::Purpose;
use crate::chat::Channel;
use crate::commands::Asked;
use crate::domain::query::AsOf;
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::{self, Zone};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell why 4521
  deskbell why helpdesk/4521                       where several sources have such a ticket
  deskbell why 4521 --at 2026-11-22T09:00:00Z      from what was known then
  deskbell why 4521 --json | jq '.promises[].deadline'

With --json what cannot be answered is {\"error\": {\"message\", …}}, as with `deskbell metrics`.
Exit codes: 0 = answered, 1 = failed, 2 = no such ticket.")]
pub(super) struct Args {
    /// Its id, or source/id.
    ticket: String,
    /// The same as data.
    #[arg(long)]
    json: bool,
    /// As of that instant, or the end of that day: what happened later is not known yet.
    #[arg(long, value_name = "RFC3339|DATE")]
    at: Option<AsOf>,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn");
    let config = super::load(config, Purpose::Look)?;
    let store = super::super::look_at_store(&config, Clock::system().now()).await?;
    super::warn_if_stale(&store);
    let desk = super::super::desk(&config, &store);
    let zone = Zone { timezone: config.bot.timezone, week_start: config.bot.week_start };
    let at = match args.at {
        Some(at) => period::as_of(at, Timestamp::MAX, zone),
        None => Clock::system().now(),
    };
    let asked = Asked { text: "", channel: &Channel::Console, user: "console", roles: &[], drawn: false };
    let why = desk.why(&args.ticket, &asked, at).await;
    let code = if args.json {
        let (json, code) = match why {
            Ok(why) => (serde_json::to_value(&why).context("an answer is plain data")?, ExitCode::SUCCESS),
            Err(refusal) => (refusal.data(), super::exit_code(Some(refusal.failure()))),
        };
        super::answer(&format!("{json:#}\n"))?;
        code
    } else {
        super::say(&desk.reply(why.map(|why| desk.why_told(&why))), config.bot.timezone)?
    };
    store.close().await;
    Ok(code)
}
