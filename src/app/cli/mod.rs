//! The commands of the binary, one file each. stdout carries only the answer; logs and progress go to stderr.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use chrono_tz::Tz;

use crate::chat::console;
use crate::commands::{Failure, Reply};
use crate::domain::names::Dimension;
use crate::store::Store;

use super::config::{Config, Environment, Faults, Purpose};

mod check;
mod demo;
mod digest;
mod export;
mod import;
mod look;
mod manifest;
mod metrics;
mod picture;
mod rebuild;
mod run;
mod simulate;
mod why;

const EXAMPLES: &str = "\
Examples:
  deskbell demo                                    try it now, without tokens or configuration
  deskbell demo --once \"/metrics frt by team\"      one answer from the demo's data
  deskbell manifest slack                          the app to make at Slack, as JSON to paste
  deskbell check                                   is my bot.toml right?
  deskbell run                                     the bot
  deskbell metrics csat last month by channel      the answer of /metrics in this terminal
  deskbell why 4521                                how its deadlines came about
  deskbell simulate first_response=2h              what would have been kept with other targets
  deskbell export tickets last month --format csv  one row a ticket, with every derived fact
  deskbell digest daily --post                     a digest now
  deskbell import helpdesk --file history.ndjson   back-fill from a file of events";

/// Where the configuration is looked for.
const DEFAULT_CONFIG: &str = "bot.toml";

/// A bell on the support desk: KPIs, digests and SLA alerts in Slack and Discord.
#[derive(Debug, Parser)]
#[command(name = "deskbell", version, after_help = EXAMPLES, propagate_version = true)]
struct Args {
    /// The configuration file; every key may also come from DESKBELL_SECTION__KEY.
    #[arg(long, global = true, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: 90 days of generated history, a live stream of signed webhooks, the chat in this terminal.
    Demo(demo::Args),
    /// The bot: HTTP listener, SLA clock, digests, chat connections.
    Run,
    /// Tells of each part of the configuration whether it is right, and how to mend it.
    Check,
    /// What to give Slack or Discord so that they know the bot: the manifest of the app, the link that invites it.
    Manifest(manifest::Args),
    /// The answer of `/metrics` in this terminal.
    Metrics(metrics::Args),
    /// How the deadlines of a ticket came about.
    Why(why::Args),
    /// What would have become of the promises under other policies.
    Simulate(simulate::Args),
    /// Rows for other programs: tickets, samples, promises or events, as NDJSON or CSV.
    Export(export::Args),
    /// What a digest says now; posts it, if asked to.
    Digest(digest::Args),
    /// Reads past events from a file; a second run changes nothing.
    Import(import::Args),
    /// Folds every ticket again from its events; the result equals what stands.
    Rebuild,
}

/// Runs the program with the process's arguments; 0 = done, 1 = failed, 2 = wrong usage.
pub fn main() -> ExitCode {
    let args = Args::parse_from(std::env::args_os().map(without_minus));
    // What only asks has nothing to do side by side, and starts sooner with fewer threads.
    let mut runtime = match args.command {
        Command::Check
        | Command::Manifest(_)
        | Command::Metrics(_)
        | Command::Export(_)
        | Command::Why(_)
        | Command::Digest(_)
        | Command::Simulate(_) => tokio::runtime::Builder::new_current_thread(),
        Command::Demo(_) | Command::Run | Command::Import(_) | Command::Rebuild => {
            tokio::runtime::Builder::new_multi_thread()
        }
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&anyhow::Error::from(e).context("cannot start the runtime")),
    };
    let done = runtime.block_on(async {
        match args.command {
            Command::Demo(demo) => demo::run(demo).await,
            Command::Run => run::run(&args.config).await,
            Command::Check => check::run(&args.config).await,
            Command::Manifest(manifest) => manifest::run(&manifest),
            Command::Metrics(metrics) => metrics::run(&args.config, metrics).await,
            Command::Why(why) => why::run(&args.config, why).await,
            Command::Simulate(simulate) => simulate::run(&args.config, simulate).await,
            Command::Export(export) => export::run(&args.config, export).await,
            Command::Digest(digest) => digest::run(&args.config, digest).await,
            Command::Import(import) => import::run(&args.config, import).await,
            Command::Rebuild => rebuild::run(&args.config).await,
        }
    });
    // A prompt may still be reading the terminal on its own thread; the process does not wait for it.
    runtime.shutdown_background();
    match done {
        Ok(code) => code,
        Err(e) => fail(&e),
    }
}

/// `-tag:spam` excludes, in the words of the grammar; to an argument parser it is a bundle of flags. The grammar's
/// other spelling of the same, `tag!=spam`, is none.
fn without_minus(argument: OsString) -> OsString {
    let excluded = argument.to_str().and_then(|text| {
        let (key, values) = text.strip_prefix('-')?.split_once(':')?;
        Dimension::ALL.iter().any(|d| d.name() == key).then(|| format!("{key}!={values}"))
    });
    excluded.map_or(argument, OsString::from)
}

/// What was typed, as one question. The shell has taken away the quotation marks that hold a value together.
fn question(words: &[String]) -> String {
    let word = |word: &String| match word.find([':', '=']) {
        Some(at) if words.len() > 1 && word.contains(' ') && !word[..at].contains(' ') => {
            let (key, value) = word.split_at(at + 1);
            let is_quoted = value.contains('"');
            if is_quoted { word.clone() } else { format!("{key}\"{value}\"") }
        }
        _ => word.clone(),
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One clear chain of causes on stderr.
fn fail(error: &anyhow::Error) -> ExitCode {
    let mut text = format!("error: {error}\n");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  because: {cause}\n"));
    }
    // Nothing is left to do if stderr itself is gone.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}

/// Writes the answer; a reader that has gone away (`| head`) is not an error.
fn answer(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write the answer"),
    }
}

/// Prints a reply: an answer on stdout, why there is none on stderr.
fn say(reply: &Reply, zone: Tz) -> anyhow::Result<ExitCode> {
    if reply.failed.is_none() {
        answer(&console::render(&reply.message, colour(), width(), zone))?;
    } else {
        let colour = std::io::stderr().is_terminal() && wants_colour();
        std::io::stderr().write_all(console::render(&reply.message, colour, width(), zone).as_bytes())?;
    }
    Ok(exit_code(reply.failed))
}

/// 0 = answered, 1 = failed, 2 = wrong usage.
fn exit_code(failed: Option<Failure>) -> ExitCode {
    match failed {
        None => ExitCode::SUCCESS,
        Some(Failure::Desk) => ExitCode::FAILURE,
        Some(Failure::Question) => ExitCode::from(2),
    }
}

/// Whether stdout wants colour: a terminal, and no `NO_COLOR`.
fn colour() -> bool {
    std::io::stdout().is_terminal() && wants_colour()
}

fn wants_colour() -> bool {
    Environment::of_process().get("NO_COLOR").is_none_or(str::is_empty)
}

/// The width of the terminal, within what reads well.
fn width() -> usize {
    comfy_table::Table::new().width().map_or(100, usize::from).clamp(60, 110)
}

/// Reads the configuration; all of its faults in one error.
fn load(path: &Path, purpose: Purpose) -> anyhow::Result<Config> {
    try_load(path, purpose).map_err(anyhow::Error::from)
}

/// Reads the configuration. Where everything comes from the environment, as in a container, no file is needed.
fn try_load(path: &Path, purpose: Purpose) -> Result<Config, Faults> {
    let environment = Environment::of_process();
    if path == Path::new(DEFAULT_CONFIG) && !path.exists() && environment.has_overrides() {
        return Config::parse("the environment", "", &environment, purpose);
    }
    Config::load(path, &environment, purpose)
}

/// Sends logs to stderr; `DESKBELL_LOG` overrides what is shown.
fn logs(default: &str) {
    let environment = Environment::of_process();
    let filter = environment.get("DESKBELL_LOG").unwrap_or(default);
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && wants_colour())
        .init();
}

/// Says so when the numbers may be of two kinds: whoever has just changed a switch looks here first.
fn warn_if_stale(store: &Store) {
    if store.is_stale() {
        tracing::warn!(
            "the store was folded by other rules and is not yet folded again; `deskbell rebuild` does it now"
        );
    }
}

/// Ctrl-C, the service manager's request to end, or a window that was closed.
async fn terminated() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done?,
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_spaces_survives_the_shell() {
        let asked = |words: &[&str]| question(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(asked(&["frt", "last", "week"]), "frt last week");
        assert_eq!(asked(&["frt", "team:tier 2", "today"]), "frt team:\"tier 2\" today");
        assert_eq!(asked(&["frt", "tag!=not now"]), "frt tag!=\"not now\"");
        assert_eq!(asked(&["frt last week team:billing by agent"]), "frt last week team:billing by agent");
        assert_eq!(asked(&["team:billing last week"]), "team:billing last week");
        assert_eq!(asked(&["frt", "team:\"tier 2\""]), "frt team:\"tier 2\"");
    }
}
