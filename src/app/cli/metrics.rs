//! `deskbell metrics`: the answer of `/metrics` in this terminal.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::look::{Look, Moment};
use super::picture;
use crate::commands::Asked;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell metrics
  deskbell metrics frt by team last 30 days
  deskbell metrics csat frt last month channel:email vs last-year
  deskbell metrics backlog --json --at 2026-11-22T09:00:00Z
  deskbell metrics frt -tag:spam team:\"tier 2\"
  deskbell metrics explain fcr last month
  deskbell metrics list frt 7d --at 2026-11-22
  deskbell metrics volume last 30 days by channel --chart volume.png --theme dark

With --json a question that is not understood is answered with {\"error\": {\"message\", \"position\", \"length\",
\"suggestions\"}}, the position counted from 0 in the question. Exit codes: 0 = answered, 1 = failed, 2 = not a question.")]
pub(super) struct Args {
    /// What to ask, as after `/metrics`.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The same as data.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    moment: Moment,
    #[command(flatten)]
    picture: picture::Args,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    let Look { config, store, desk, now } = Look::open(config, &args.moment).await?;
    let text = super::question(&args.text);
    let asked = Asked::in_the_terminal(&text, args.picture.is_wanted());
    let (chart, code) = if args.json {
        let (json, chart, code) = match desk.json(&asked, now).await {
            Ok((json, chart)) => (json, chart, ExitCode::SUCCESS),
            Err(refusal) => (refusal.data(), None, super::exit_code(Some(refusal.failure()))),
        };
        let json = serde_json::to_string_pretty(&json).context("an answer is plain data")?;
        super::answer(&format!("{json}\n"))?;
        (chart, code)
    } else {
        let reply = desk.answer(&asked, now).await;
        let code = super::say(&reply, config.bot.timezone)?;
        (reply.message.chart, code)
    };
    store.close().await;
    if code == ExitCode::SUCCESS {
        args.picture.draw(chart).await?;
    }
    Ok(code)
}
