//! `deskbell simulate`: what would have become of the promises under other policies.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::clock::Clock;
use super::super::config::{Environment, Purpose, supposed};
use super::look::Moment;
use crate::commands::Asked;
use crate::commands::simulate::{Proposed, told};
use crate::store::Store;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Words:
  first_response=2h           another target; also next_response, update, resolution; none promises nothing
  resolution=urgent:4h,high:8h  for some priorities, the others keep theirs
  calendar=always             other hours: team, always, or a [[calendar]]
  pause=pending,on_hold       the statuses that stop the clock; none = it never stops
  policy=gold                 only in that [[sla]]
  last 90 days team:billing   of the promises asked for when, and of which tickets, as after /metrics

--policy FILE tries the [[sla]] of a TOML file in place of all others; its [[calendar]] come on top of those of bot.toml.
Without words and file, today's policies are tried on the past. Nothing is written, whatever is asked.

Examples:
  deskbell simulate first_response=2h last 90 days
  deskbell simulate resolution=1d calendar=always team:billing
  deskbell simulate --policy stricter.toml last quarter --json | jq .total

With --json what cannot be answered is {\"error\": {\"message\", \"position\", …}}, as with `deskbell metrics`, the position
counted in `/sla simulate WORDS`. Exit codes: 0 = answered, 1 = failed, 2 = not a question.")]
pub(super) struct Args {
    /// What is supposed, over which period, of which tickets.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Try the policies of this file.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The same as data.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    moment: Moment,
}

pub(super) async fn run(path: &Path, args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn,sqlx=error");
    let config = super::load(path, Purpose::Look)?;
    let proposed = match &args.policy {
        None => None,
        Some(file) => {
            let tried = supposed::load(path, file, &Environment::of_process())?;
            let name = file.display().to_string();
            Some(Proposed { name, policies: tried.policies, calendars: tried.calendars })
        }
    };
    let store = super::super::look_at_store(&config, Clock::system().now()).await?;
    let desk = super::super::desk(&config, &store);
    let now = args.moment.instant(&config);
    let text = format!("/sla simulate {}", super::question(&args.words));
    let asked = Asked::in_the_terminal(text.trim_end(), false);
    let bar = progress(&store).await?;
    let mut more = |tickets: usize| bar.inc(tickets as u64);
    let simulated = desk.simulate(&asked, proposed.as_ref(), now, &mut more).await;
    bar.finish_and_clear();
    let code = if args.json {
        let (json, code) = match simulated {
            Ok(simulated) => (serde_json::to_value(&simulated).context("an answer is plain data")?, ExitCode::SUCCESS),
            Err(refusal) => (refusal.data(), super::exit_code(Some(refusal.failure()))),
        };
        super::answer(&format!("{json:#}\n"))?;
        code
    } else {
        super::say(&desk.reply(simulated.map(|simulated| told(&simulated))), config.bot.timezone)?
    };
    store.close().await;
    Ok(code)
}

/// How many of the tickets have been looked at, for people who wait.
async fn progress(store: &Store) -> anyhow::Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let style =
        ProgressStyle::with_template("replaying {bar:40} {pos}/{len} tickets").expect("the template is a constant");
    Ok(ProgressBar::new(store.counts().await?.tickets).with_style(style))
}
