//! `deskbell run`: the bot.

use std::path::Path;
use std::process::ExitCode;

use super::super::clock::Clock;
use super::super::config::Purpose;
use super::super::terminal::Terminal;

pub(super) async fn run(config: &Path) -> anyhow::Result<ExitCode> {
    super::logs("info,sqlx=warn,serenity=warn");
    let config = super::load(config, Purpose::Run)?;
    let terminal =
        config.console.then(|| Terminal::open(super::colour(), super::width(), config.bot.timezone)).transpose()?;
    let console = terminal.as_ref().map(|t| t.console.clone());
    let clock = Clock::system();
    let first_line = clock.now().millis().unsigned_abs();
    let running = super::super::start(config, clock, console).await?;
    // A prompt that ends (no terminal, Ctrl-D) does not end the bot unless a person ended it.
    let leave = terminal.as_ref().is_some_and(Terminal::is_interactive);
    let inbound = running.inbound.clone();
    let prompt = async {
        match terminal {
            Some(terminal) => terminal.read(inbound, first_line).await,
            None => std::future::pending().await,
        }
        if !leave {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = prompt => {}
        stopped = super::terminated() => stopped?,
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}
