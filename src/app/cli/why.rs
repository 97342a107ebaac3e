//! `deskbell why`: the arithmetic of a ticket's promises.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::look::{Look, Moment};
use crate::commands::Asked;

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
    #[command(flatten)]
    moment: Moment,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    let Look { config, store, desk, now } = Look::open(config, &args.moment).await?;
    let asked = Asked::in_the_terminal("", false);
    let why = desk.why(&args.ticket, &asked, now).await;
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
