//! `deskbell demo`.

use std::process::ExitCode;

use super::super::clock::Clock;
use super::super::demo::Demo;
use super::super::terminal::Terminal;
use super::picture;

/// The zone of the demo's team.
const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;

const WELCOME: &str = "\
Deskbell demo: a team of eight, 90 days of history, and a help desk that keeps sending signed webhooks.
Watch: within a minute a customer in chat is overlooked, and a digest arrives.
Type:  /metrics   /metrics frt by team last 30 days   /metrics csat vs last-year   /bell help
Leave: Ctrl-D. Nothing stays behind.
";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell demo
  deskbell demo --once \"/metrics\"
  deskbell demo --once \"/metrics frt by team last 30 days\"
  deskbell demo --once \"/metrics volume last 30 days by channel\" --chart volume.png")]
pub(super) struct Args {
    /// Answer one line from the demo's data, and exit.
    #[arg(long, value_name = "TEXT")]
    once: Option<String>,
    #[command(flatten)]
    picture: picture::Args,
    /// Another team, another history.
    #[arg(long, value_name = "NUMBER", default_value_t = 42)]
    seed: u64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn,sqlx=error");
    let clock = Clock::system();
    let demo = Demo::prepare(&clock, args.seed).await?;
    if let Some(text) = args.once {
        let reply = demo.once(&text, args.picture.is_wanted(), &clock).await?;
        let code = super::say(&reply, ZONE)?;
        if code == ExitCode::SUCCESS {
            args.picture.draw(reply.message.chart).await?;
        }
        return Ok(code);
    }
    super::answer(WELCOME)?;
    let terminal = Terminal::open(super::colour(), super::width(), ZONE)?;
    demo.play(clock, terminal, super::terminated()).await?;
    Ok(ExitCode::SUCCESS)
}
