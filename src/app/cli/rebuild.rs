//! `deskbell rebuild`: folds every ticket again from its events.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use super::super::clock::Clock;
use super::super::config::Purpose;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

pub(super) async fn run(config: &Path) -> anyhow::Result<ExitCode> {
    super::logs("warn,sqlx=error");
    let config = super::load(config, Purpose::Look)?;
    let store = super::super::open_store(&config, Clock::system().now()).await?;
    let style =
        ProgressStyle::with_template("folding {bar:40} {pos}/{len} tickets").expect("the template is a constant");
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new(0).with_style(style) } else { ProgressBar::hidden() };
    let rebuilt = store
        .rebuild(Clock::system().now(), |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })
        .await
        .context("the tickets could not be folded again")?;
    bar.finish_and_clear();
    store.close().await;
    super::answer(&format!("{} tickets folded again, {} rows changed\n", rebuilt.tickets, rebuilt.changed_rows))?;
    Ok(ExitCode::SUCCESS)
}
