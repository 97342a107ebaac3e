//! How late the bell rings, beside a task that only sleeps and sends.
//!
//! `cargo bench --bench clock` fills a desk with open tickets (`DESKBELL_BENCH_TICKETS`, 100,000 unless said), three
//! timers each, starts the bot on it with a Slack on loopback that only notes when a request came, and prints: how long
//! a start takes, what the bot costs while nothing is due, how late alerts leave whose deadlines lie apart, and how
//! late ten thousand deadlines of one second are on disk and in a channel.
//!
//! Lateness is from the deadline to the request being received, so it includes the way there.

#![expect(clippy::print_stderr, reason = "a bench talks to the terminal it was started in")]

mod desk;
mod peer;
mod slack;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use deskbell::app;
use deskbell::app::clock::Clock;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::domain::timestamp::Timestamp;

use self::slack::NotingSlack;

/// Deadlines that lie apart, and how far.
const APART: u32 = 600;
const EVERY_MS: i64 = 100;
/// Deadlines in one second.
const AT_ONCE: u32 = 10_000;
/// How long the bot is watched doing nothing.
const IDLE: Duration = Duration::from_secs(20);

fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let tickets = environment.get("DESKBELL_BENCH_TICKETS").map_or(Ok(100_000), str::parse);
    let tickets = tickets.context("DESKBELL_BENCH_TICKETS is a number of tickets")?;
    rustls::crypto::ring::default_provider().install_default().ok().context("somebody chose the cryptography")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(tickets))
}

async fn measure(tickets: u32) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let slack = NotingSlack::start().await?;
    let database = directory.path().join("desk.db");
    let text = desk::configuration(&database, slack.base());
    let config = || {
        let secrets = ["SLACK_BOT", "SLACK_SECRET"].map(|name| (name, "a-secret-of-the-bench")).into_iter().collect();
        Config::parse("bench", &text, &secrets, Purpose::Run).map_err(|faults| anyhow::anyhow!("{faults}"))
    };
    let clock = Clock::system();
    let mut out = std::io::stdout().lock();

    eprintln!("{tickets} open tickets come in");
    let store = app::open_store(&config()?, clock.now()).await?;
    desk::fill(&store, tickets, clock.now()).await?;
    store.close().await;
    let timers = desk::timers(&database).await?;

    let began = Instant::now();
    let running = app::start(config()?, clock.clone(), None).await?;
    running.store.next_timer().await?.context("no timer stands")?;
    writeln!(out, "\n{tickets} open tickets, {timers} timers")?;
    writeln!(out, "start until the next deadline is known {:>9.0} ms", ms(began.elapsed()))?;

    let before = cpu_ms();
    tokio::time::sleep(IDLE).await;
    writeln!(out, "idle                                   {:>9.2} % of a processor", {
        (cpu_ms() - before) / ms(IDLE) * 100.0
    })?;

    eprintln!("{APART} deadlines, one every {EVERY_MS} ms");
    let due = desk::deadlines(&running.store, "apart", APART, |n| i64::from(n) * EVERY_MS, &clock).await?;
    let ours = late(&slack, &due, &clock).await?;
    let raw = peer::late(&slack, APART, EVERY_MS, &clock).await?;
    show(&mut out, "deadlines apart: received after", &ours, Some(&raw))?;

    eprintln!("{AT_ONCE} deadlines within a second");
    slack.forget();
    let due = desk::deadlines(&running.store, "burst", AT_ONCE, |n| i64::from(n) / 10, &clock).await?;
    let mut due: Vec<Timestamp> = due.into_values().collect();
    due.sort_unstable();
    let mut rung = desk::rung(&database, "burst", &due, &clock).await?;
    rung.sort_by(f64::total_cmp);
    show(&mut out, "deadlines of one second: on disk after", &rung, None)?;
    let received = slack.first().await.context("nothing was received")?;
    writeln!(out, "  a channel hears of them             {:>9.0} ms after the first", received - due[0])?;
    running.stop().await;
    Ok(())
}

/// How long after its deadline each ticket was heard of, least first.
async fn late(slack: &NotingSlack, due: &BTreeMap<String, Timestamp>, clock: &Clock) -> anyhow::Result<Vec<f64>> {
    let last = due.values().max().context("no deadline")?;
    let patience = Duration::from_millis((*last - clock.now()).max(0).cast_unsigned()) + Duration::from_secs(60);
    let heard = tokio::time::timeout(patience, slack.hears_of(due.len())).await.context("some were never heard of")?;
    let mut late: Vec<f64> = heard.iter().filter_map(|(id, at)| Some((*at - *due.get(id)?) as f64)).collect();
    anyhow::ensure!(late.len() == due.len(), "{} of {} were heard of", late.len(), due.len());
    late.sort_by(f64::total_cmp);
    Ok(late)
}

fn show(out: &mut impl Write, what: &str, ours: &[f64], raw: Option<&[f64]>) -> anyhow::Result<()> {
    let at = |values: &[f64], share: f64| values[((values.len() - 1) as f64 * share) as usize];
    writeln!(out, "{what}")?;
    for (name, values) in [("deskbell", Some(ours)), ("sleep and send", raw)] {
        let Some(values) = values else { continue };
        let [median, p99, max] = [0.5, 0.99, 1.0].map(|share| at(values, share));
        writeln!(out, "  {name:<16} median {median:>7.1} ms   p99 {p99:>7.1} ms   at most {max:>7.1} ms")?;
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Milliseconds that this process has been on a processor.
fn cpu_ms() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let ns = threads.filter_map(|thread| {
        let status = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        status.split(' ').next()?.parse::<u64>().ok()
    });
    ns.sum::<u64>() as f64 / 1e6
}
