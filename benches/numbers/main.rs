//! How fast the numbers are, beside plain SQL on the same file and DuckDB on the same columns.
//!
//! `cargo bench --bench numbers` makes a desk of a million tickets (`DESKBELL_BENCH_TICKETS` says how many) under
//! `target/bench`, asks three questions, and prints what each took: the median of some runs, when all has been read
//! once. `whole process` is `deskbell metrics` from start to end. DuckDB takes part if Python can import it.
//!
//! The figures of the answers are compared too: a fast wrong number is none. Last it is measured how many deliveries a
//! second the store takes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench talks to the terminal it was started in")]

mod data;
mod desk;
mod ingest;
mod peers;
mod questions;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use deskbell::app::{self, config::Environment};
use deskbell::chat::Channel;
use deskbell::commands::{Asked, Desk};
use serde_json::{Value, json};

use self::data::Data;
use self::desk::{BenchDesk, END};
use self::questions::{Engine, Periods, QUESTIONS, Question};

/// Timed runs of what is fast.
const RUNS: usize = 15;
/// The argument with which the bench starts itself, to ask in a process that has done nothing else.
const ASK: &str = "--ask";

fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let tickets = environment.get("DESKBELL_BENCH_TICKETS").map_or(Ok(1_000_000), str::parse);
    let tickets = tickets.context("DESKBELL_BENCH_TICKETS is a number of tickets")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let data = Data::of(tickets).await?;
        if std::env::args().any(|argument| argument == ASK) { ask(&data).await } else { compare(&data).await }
    })
}

fn asked(text: &str) -> Asked<'_> {
    Asked { text, channel: &Channel::Console, user: "console", roles: &[], drawn: false }
}

fn words(question: &Question) -> String {
    format!("/metrics {}", question.text)
}

/// Asks every question in this process; prints what came out as JSON.
async fn ask(data: &Data) -> anyhow::Result<()> {
    let store = app::open_store(&data.config, desk::END).await?;
    let desk = app::desk(&data.config, &store);
    let mut out = Vec::new();
    for question in &QUESTIONS {
        let text = words(question);
        let mut times = vec![time(&desk, &text).await?];
        let before = cpu_ms();
        for _ in 0..RUNS {
            times.push(time(&desk, &text).await?);
        }
        let computing = (cpu_ms() - before) / RUNS as f64;
        let (answer, _) = desk.json(&asked(&text), END).await?;
        // What was needed for the answer alone is given back a moment later.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let memory = memory_kb();
        out.push(json!({
            "cold_ms": times[0], "ms": times[1..], "cpu_ms": computing,
            "answer": answer, "rss_kb": memory.0, "peak_kb": memory.1,
        }));
    }
    store.close().await;
    println!("{}", Value::from(out));
    Ok(())
}

/// Milliseconds from the words of a question to the message.
async fn time(desk: &Desk, text: &str) -> anyhow::Result<f64> {
    let began = Instant::now();
    let reply = desk.answer(&asked(text), END).await;
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    anyhow::ensure!(reply.failed.is_none(), "{text}: {}", reply.message.title);
    Ok(ms)
}

/// Milliseconds that this process has been on processors, its finished threads included; in steps of ten.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold anything; the times are the 12th and the 13th field behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// What this process holds in memory now, and has held at most.
fn memory_kb() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        value.and_then(|v| v.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    (line("VmRSS:"), line("VmHWM:"))
}

/// Asks everybody, and prints the table.
async fn compare(data: &Data) -> anyhow::Result<()> {
    let ours = Command::new(std::env::current_exe()?).arg(ASK).stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(ours.status.success(), "asking in a process of its own failed");
    let ours: Vec<Value> = serde_json::from_slice(&ours.stdout)?;
    let periods: Vec<Periods> = ours.iter().map(|asked| Periods::of(&asked["answer"])).collect();
    let sql = |engine| -> Vec<Vec<String>> {
        QUESTIONS.iter().zip(&periods).map(|(question, periods)| (question.sql)(periods, engine)).collect()
    };
    let sqlite = peers::sqlite(&data.database, &sql(Engine::Sqlite)).await?;
    let duckdb = peers::duckdb(&data.database, &sql(Engine::DuckDb))?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{} tickets, {} MB", data.tickets, std::fs::metadata(&data.database)?.len() / 1_000_000)?;
    let times = |v: &Value| v.as_array().map(|v| v.iter().filter_map(Value::as_f64).collect()).unwrap_or_default();
    for (n, question) in QUESTIONS.iter().enumerate() {
        let ms = median(times(&ours[n]["ms"]));
        writeln!(out, "\n{}", question.name)?;
        writeln!(out, "  deskbell, warm      {ms:>10.2} ms")?;
        writeln!(out, "    of it computing   {:>10.2} ms", ours[n]["cpu_ms"].as_f64().unwrap_or_default())?;
        writeln!(out, "  deskbell, first     {:>10.2} ms", ours[n]["cold_ms"].as_f64().unwrap_or_default())?;
        writeln!(out, "  whole process       {:>10.2} ms", whole_process(data, question)?)?;
        for (name, peer) in [("SQLite, naive SQL", Some(&sqlite)), ("DuckDB", duckdb.as_ref())] {
            let Some(peer) = peer else { continue };
            let theirs = median(peer[n].ms.clone());
            let same = peers::same(&ours[n]["answer"], &peer[n].rows, n);
            writeln!(out, "  {name:<19} {theirs:>10.2} ms   {:>8.1} times ours, {same}", theirs / ms)?;
        }
        let mb = |key: &str| ours[n][key].as_u64().unwrap_or_default() / 1024;
        writeln!(out, "  memory after it     {:>10} MB   at most {} MB", mb("rss_kb"), mb("peak_kb"))?;
    }
    let desk = BenchDesk { tickets: data.tickets, definitions: data.config.definitions.clone() };
    let (through, raw) = ingest::rates(&desk).await?;
    writeln!(out, "\ndeliveries taken, folded and acknowledged  {through:>8.0} a second")?;
    writeln!(out, "their rows written by SQLite alone         {raw:>8.0} a second")?;
    if duckdb.is_none() {
        writeln!(out, "\nDuckDB took no part: `pip install duckdb`")?;
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Milliseconds that `deskbell metrics` takes from start to end.
fn whole_process(data: &Data, question: &Question) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.arg("--config").arg(&data.config_file).arg("metrics").args(question.text.split(' '));
        let done = command.args(["--at", &END.to_string()]).output()?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(median(times))
}
