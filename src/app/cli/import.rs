//! `deskbell import`: canonical events from an NDJSON file, checked whole before the first one is kept.

use std::io::{BufRead, BufReader, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::super::config::Purpose;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use super::super::clock::Clock;
use crate::domain::event::Event;
use crate::domain::timestamp::Timestamp;
use crate::store::{Delivery, Origin, Store};

/// Events per transaction: large enough to amortise the commit, small enough to let live deliveries in between.
const BATCH: usize = 1000;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell import helpdesk --file history.ndjson
  zcat history.ndjson.gz | deskbell import helpdesk --file -
  deskbell import helpdesk --file history.ndjson --skip-bad refused.ndjson")]
pub(super) struct Args {
    /// Name of the source the events belong to, unless they name another.
    source: String,
    /// One canonical event a line (NDJSON); `-` reads stdin.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Keep what can be read and write the refused lines there.
    #[arg(long, value_name = "FILE")]
    skip_bad: Option<PathBuf>,
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    super::logs("warn,sqlx=error");
    let config = super::load(config, Purpose::Look)?;
    if !config.sources.iter().any(|s| s.name == args.source) {
        tracing::warn!(source.name = args.source, "no [[source]] of this name is configured; importing all the same");
    }
    let mut file = open(&args.file)?;
    let bytes = file.seek(std::io::SeekFrom::End(0))?;
    file.rewind()?;

    let bar = progress(bytes, "checking");
    if args.skip_bad.as_deref().is_some_and(|out| is_same_file(out, &args.file)) {
        bail!("--skip-bad would overwrite {}, which is being read; name another file", args.file.display());
    }
    let mut refused =
        args.skip_bad.as_deref().map(std::fs::File::create).transpose().context("cannot write --skip-bad")?;
    let bad = check(&mut file, &bar, refused.as_mut())?;
    bar.finish_and_clear();
    if refused.is_none() && !bad.is_empty() {
        let shown: Vec<_> = bad.iter().take(20).cloned().collect();
        let more = bad.len() - shown.len();
        let more = if more > 0 { format!("\n  … and {more} more") } else { String::new() };
        bail!(
            "{}: {} of its lines cannot be read, so nothing was imported (--skip-bad FILE keeps the rest)\n  {}{more}",
            args.file.display(),
            bad.len(),
            shown.join("\n  "),
        );
    }

    file.rewind()?;
    let store = super::super::open_store(&config, Clock::system().now()).await?;
    let bar = progress(bytes, "importing");
    // Deadlines that pass while the file is read still ring.
    let began = Clock::system().now();
    let (mut lines, mut new) = (0_u64, 0_u64);
    let mut batch = Vec::with_capacity(BATCH);
    let mut digest = Sha256::new();
    for line in BufReader::new(&mut file).lines() {
        let line = line?;
        bar.inc(line.len() as u64 + 1);
        if let Ok(event) = Event::parse(&line) {
            digest.update(line.as_bytes());
            digest.update(b"\n");
            batch.push(event);
            lines += 1;
        }
        if batch.len() == BATCH {
            new += keep(&store, &args.source, std::mem::take(&mut batch), digest.finalize_reset().as_slice(), began)
                .await?;
        }
    }
    if !batch.is_empty() {
        new += keep(&store, &args.source, batch, digest.finalize().as_slice(), began).await?;
    }
    bar.finish_and_clear();
    store.pack_all().await.context("the samples could not be packed")?;
    store.close().await;
    let refused = if bad.is_empty() { String::new() } else { format!(", {} lines refused", bad.len()) };
    super::answer(&format!("{lines} events read, {new} new{refused}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The file to read; stdin is spooled first, because it is read twice.
fn open(path: &Path) -> anyhow::Result<std::fs::File> {
    if path.as_os_str() != "-" {
        return std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()));
    }
    let mut spool = tempfile::tempfile().context("cannot spool stdin")?;
    std::io::copy(&mut std::io::stdin().lock(), &mut spool).context("cannot read stdin")?;
    Ok(spool)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Reads every line once; returns what is wrong with which, and copies those lines to `refused`.
fn check(
    file: &mut impl Read,
    bar: &ProgressBar,
    mut refused: Option<&mut std::fs::File>,
) -> anyhow::Result<Vec<String>> {
    let mut bad = Vec::new();
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line.with_context(|| format!("line {} is not UTF-8 text", n + 1))?;
        bar.inc(line.len() as u64 + 1);
        if line.trim().is_empty() {
            continue;
        }
        if let Err(e) = Event::parse(&line) {
            bad.push(format!("line {}, column {}: {}", n + 1, e.column, e.message));
            if let Some(out) = refused.as_deref_mut() {
                writeln!(out, "{line}").context("cannot write --skip-bad")?;
            }
        }
    }
    Ok(bad)
}

async fn keep(store: &Store, source: &str, events: Vec<Event>, digest: &[u8], began: Timestamp) -> anyhow::Result<u64> {
    let delivery = Delivery {
        source: source.to_owned(),
        key: format!("import:{}", hex::encode(digest)),
        received_at: began,
        headers: "{}".to_owned(),
        body: None,
        events,
        origin: Origin::Import,
    };
    let accepted = store.accept(delivery).await.context("the store did not take the events")?;
    Ok(accepted.new_events as u64)
}

fn progress(bytes: u64, doing: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix:>10} {bar:40} {bytes}/{total_bytes} {eta}")
        .expect("the template is a constant");
    ProgressBar::new(bytes).with_style(style).with_prefix(doing)
}
