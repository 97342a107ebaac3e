//! `deskbell export`: rows for other programs, one ticket at a time.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::look::{Look, Moment};
use crate::commands::{Asked, Desk};
use crate::metrics::export::{Extract, Row, Table};
use crate::store::Store;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Tables:
  tickets   a row a ticket: how it stands, how it was created, and every fact derived from it, on both clocks
  samples   a row for each contribution to a number, of a ticket, a call, a shift…, with the values filters met
  sla       a row a promise: running, met, breached or cancelled
  events    every event as it was received; as NDJSON, what `deskbell import` reads

A ticket belongs to the period of its creation, a sample and an event to that of their instant, a promise to that of
its decision or, while it runs, to the present. Filters read the values of that instant. Without a period: everything.

In CSV the values of a list stand between bars (vip|bug), and a text that a spreadsheet could take for a formula (=, +,
- or @ first) has an apostrophe before it. NDJSON has every text as it is.

Examples:
  deskbell export tickets last month team:billing --format csv > billing.csv
  deskbell export sla last 90 days -priority:low --output promises.csv
  deskbell export samples today | jq 'select(.kind == \"reply\")'
  deskbell export events --output everything.ndjson
  deskbell export tickets --at 2026-11-22T09:00:00Z | head -1")]
pub(super) struct Args {
    /// What there is a row for.
    table: Name,
    /// Which rows: a period and filters, in the words of `/metrics`.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// By default what the file is called after, else NDJSON.
    #[arg(long)]
    format: Option<Format>,
    /// Write there instead of to stdout.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    moment: Moment,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Name {
    Tickets,
    Samples,
    Sla,
    Events,
}

impl From<Name> for Table {
    fn from(name: Name) -> Self {
        match name {
            Name::Tickets => Self::Tickets,
            Name::Samples => Self::Samples,
            Name::Sla => Self::Sla,
            Name::Events => Self::Events,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A JSON object a line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
}

impl Format {
    /// What a file of that name holds.
    fn of(file: &Path) -> Self {
        let csv = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        if csv { Self::Csv } else { Self::Ndjson }
    }
}

pub(super) async fn run(config: &Path, args: Args) -> anyhow::Result<ExitCode> {
    let Look { store, desk, now, .. } = Look::open(config, &args.moment).await?;
    let text = super::question(&args.words);
    let asked = Asked::in_the_terminal(&text, false);
    let extract = match desk.extract(args.table.into(), &asked, now).await {
        Ok(extract) => extract,
        Err(refusal) => {
            super::fail(&anyhow::anyhow!("{refusal}"));
            return Ok(super::exit_code(Some(refusal.failure())));
        }
    };
    let format = args.format.unwrap_or_else(|| args.output.as_deref().map_or(Format::Ndjson, Format::of));
    let rows = match &args.output {
        None => write(&store, &desk, &extract, Writer::new(io::stdout().lock(), format, &extract)).await?,
        Some(file) => {
            let out = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
            write(&store, &desk, &extract, Writer::new(out, format, &extract)).await?
        }
    };
    store.close().await;
    if let (Some(file), Some(rows)) = (&args.output, rows) {
        super::answer(&format!("{rows} rows written to {}\n", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes row after row; how many, or `None` if the reader went away before the end, which is its right.
async fn write<W: Write>(
    store: &Store,
    desk: &Desk,
    extract: &Extract,
    mut writer: Writer<W>,
) -> anyhow::Result<Option<u64>> {
    let bar = progress(store).await?;
    let mut rows = 0;
    let mut after = None;
    let mut written = writer.begin();
    while written.is_ok() {
        let page = store.histories(after, extract.reach(), extract.as_of()).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.no);
        for history in &page {
            for row in extract.rows(&history.key, &history.events, desk.definitions()) {
                written = written.and_then(|()| writer.row(&row));
                rows += 1;
            }
        }
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    match written.and_then(|()| writer.end()) {
        Ok(()) => Ok(Some(rows)),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(e) => Err(e).context("the rows cannot be written"),
    }
}

/// Rows on their way out.
struct Writer<W: Write> {
    out: Out<W>,
    columns: Vec<&'static str>,
}

enum Out<W: Write> {
    Ndjson(BufWriter<W>),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Writer<W> {
    fn new(out: W, format: Format, extract: &Extract) -> Self {
        let out = match format {
            Format::Ndjson => Out::Ndjson(BufWriter::new(out)),
            Format::Csv => Out::Csv(Box::new(csv::Writer::from_writer(out))),
        };
        Self { out, columns: extract.table().columns() }
    }

    fn begin(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Ndjson(_) => Ok(()),
            Out::Csv(out) => out.write_record(&self.columns).map_err(cause),
        }
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        match &mut self.out {
            Out::Ndjson(out) => writeln!(out, "{}", row.json(&self.columns)),
            Out::Csv(out) => out.write_record(row.texts()).map_err(cause),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Ndjson(out) => out.flush(),
            Out::Csv(out) => out.flush(),
        }
    }
}

/// What the writing of CSV failed of: the kind matters, since a reader may go away.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// How many of the tickets have been looked at, for people who wait.
async fn progress(store: &Store) -> anyhow::Result<ProgressBar> {
    if !io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let style =
        ProgressStyle::with_template("exporting {bar:40} {pos}/{len} tickets").expect("the template is a constant");
    Ok(ProgressBar::new(store.counts().await?.tickets).with_style(style))
}
