//! How late the bell rings, beside a task for each deadline that only sleeps and sends.
//!
//! `cargo bench --bench clock` fills a desk with open tickets (`DESKBELL_BENCH_TICKETS`, 100,000 unless said), three
//! timers each, starts the bot on it, with a Slack on loopback that notes what came when, and prints
//!
//! - how long it takes from a start to the next deadline being known, and to the request that tells of one that passed
//!   while the bot was down;
//! - what the bot costs while nothing is due;
//! - how late alerts leave whose deadlines lie apart;
//! - of ten thousand deadlines within a second: how late each is durable, and is told in its channel, where a table
//!   stands for all;
//! - of five hundred within a second, all for the same two channels: how soon each channel has its table, and when
//!   that tells of all.
//!
//! "Told" is when the request has been received whole, so it includes the way there.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench talks to the terminal it was started in")]

mod desk;
mod peer;
mod slack;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::Context;
use deskbell::app::clock::Clock;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::app::{self, Running};
use deskbell::domain::timestamp::Timestamp;

use self::desk::{Opened, TEAMS};
use self::slack::{NotingSlack, Said};

/// Deadlines that lie apart, and how far on average.
const APART: usize = 600;
const EVERY_MS: f64 = 200.0;
/// Deadlines of one second in all channels, and in the same two.
const BURST: u32 = 10_000;
const STORM: u32 = 500;
/// How long the bot is watched doing nothing.
const IDLE: Duration = Duration::from_secs(30);
/// A bot that uses less than this share of a processor for a second has nothing left to do.
const CALM: f64 = 0.01;
/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let tickets = environment.get("DESKBELL_BENCH_TICKETS").map_or(Ok(100_000), str::parse);
    let tickets = tickets.context("DESKBELL_BENCH_TICKETS is a number of tickets")?;
    rustls::crypto::ring::default_provider().install_default().ok().context("somebody chose the cryptography")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new().await?;
        bench.fill(tickets).await?;
        let running = bench.restart(tickets).await?;
        bench.idle().await;
        bench.apart(&running).await?;
        bench.burst(&running).await?;
        bench.storm(&running).await?;
        running.stop().await;
        Ok(())
    })
}

/// A desk, and what is around the bot.
struct Bench {
    directory: tempfile::TempDir,
    slack: NotingSlack,
    clock: Clock,
}

impl Bench {
    async fn new() -> anyhow::Result<Self> {
        Ok(Self { directory: tempfile::tempdir()?, slack: NotingSlack::start().await?, clock: Clock::system() })
    }

    fn database(&self) -> std::path::PathBuf {
        self.directory.path().join("desk.db")
    }

    fn config(&self) -> anyhow::Result<Config> {
        let text = desk::configuration(&self.database(), self.slack.base());
        let secrets =
            [("SLACK_BOT", "a-token-of-the-bench"), ("SLACK_SECRET", "a-secret-of-the-bench")].into_iter().collect();
        Config::parse("bench", &text, &secrets, Purpose::Run).map_err(|faults| anyhow::anyhow!("{faults}"))
    }

    async fn start(&self) -> anyhow::Result<Running> {
        app::start(self.config()?, self.clock.clone(), None).await
    }

    /// A desk on which a bot has run until it had nothing left to do, and that got one more ticket afterwards.
    async fn fill(&self, tickets: u32) -> anyhow::Result<()> {
        eprintln!("{tickets} open tickets come in");
        let store = app::open_store(&self.config()?, self.clock.now()).await?;
        let now = self.clock.now();
        desk::open(&store, &desk::standing(tickets, now), now).await?;
        store.close().await;
        let running = self.start().await?;
        calm().await;
        // Overdue when the bot starts again.
        let due = self.clock.now().plus_s(2);
        let missed = Opened { id: "down-1".to_owned(), team: 0, priority: "normal", due };
        running.store.accept(missed.delivery(self.clock.now())).await?;
        running.stop().await;
        self.clock.wait_until(due.plus_ms(100)).await;
        Ok(())
    }

    async fn restart(&self, tickets: u32) -> anyhow::Result<Running> {
        println!("\n{tickets} open tickets, {} timers", desk::timers(&self.database()).await?);
        self.slack.forget();
        let began = (Instant::now(), self.clock.now());
        let running = self.start().await?;
        let listens = began.0.elapsed();
        running.store.next_timer().await?.context("no timer stands")?;
        println!("a start: it listens after                {:>8.0} ms", ms(listens));
        println!("         the next deadline is known after {:>7.0} ms", ms(began.0.elapsed()));
        self.slack.until(PATIENCE, "nothing is said after a start", |said| !said.is_empty()).await?;
        let said = &self.slack.said()[0];
        anyhow::ensure!(ticket(said) == Some("down-1"), "{said:?}");
        println!("         what was missed is told after    {:>7} ms", said.at - began.1);
        Ok(running)
    }

    async fn idle(&self) {
        calm().await;
        let before = cpu_ms();
        tokio::time::sleep(IDLE).await;
        let share = (cpu_ms() - before) / ms(IDLE) * 100.0;
        println!("idle for {} s                            {share:>8.2} % of one core", IDLE.as_secs());
    }

    async fn apart(&self, running: &Running) -> anyhow::Result<()> {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut at = 0.0;
        let random = std::iter::repeat_with(|| {
            at -= EVERY_MS * (1.0 - rng.f64()).ln();
            at as i64
        });
        let after_ms: Vec<i64> = random.take(APART).collect();
        eprintln!("{APART} deadlines at random, one in {EVERY_MS} ms");
        self.slack.forget();
        let named = |n| (format!("apart-{n}"), n % (TEAMS / 2), "normal");
        let tickets = desk::soon(&running.store, &self.clock, &after_ms, named).await?;
        let patience = PATIENCE + Duration::from_millis(after_ms.iter().max().map_or(0, |ms| ms.unsigned_abs()));
        self.slack.until(patience, "some deadlines were not heard of", |said| said.len() >= APART).await?;
        let due: BTreeMap<&str, Timestamp> = tickets.iter().map(|ticket| (ticket.id.as_str(), ticket.due)).collect();
        let said = self.slack.said();
        let late = |said: &Said| Some((said.at - *due.get(ticket(said)?)?) as f64);
        let late: Vec<f64> = said.iter().filter(|said| said.is_new).filter_map(late).collect();
        anyhow::ensure!(late.len() == APART, "{} of {APART} were told one by one", late.len());
        println!("{APART} deadlines at random, {} a second: told after", 1000.0 / EVERY_MS);
        show("deskbell", late);
        show("sleep and send", peer::late(&self.slack, &after_ms, &self.clock).await?);
        Ok(())
    }

    async fn burst(&self, running: &Running) -> anyhow::Result<()> {
        eprintln!("{BURST} deadlines within a second");
        calm().await;
        self.slack.forget();
        let after_ms = spread(BURST);
        let named = |n| (format!("burst-{n}"), TEAMS / 2 + n % (TEAMS / 2), "normal");
        let before = desk::last_alert(&self.database()).await?;
        let tickets = desk::soon(&running.store, &self.clock, &after_ms, named).await?;
        let rung = desk::rung(&running.store, &self.database(), before, &tickets, &self.clock).await?;
        let channels: BTreeSet<String> = tickets.iter().map(|ticket| desk::channel(ticket.team)).collect();
        let told = self.told(&channels, |channel| {
            tickets.iter().filter(|ticket| desk::channel(ticket.team) == *channel).map(|ticket| ticket.due).collect()
        });
        let told = told.await?;
        println!("{BURST} deadlines within a second, {} channels", channels.len());
        println!(" each durable after");
        show("deskbell", rung);
        println!(" a channel's first request after its first deadline");
        show("deskbell", told.first);
        println!(" each accounted for in its channel after (a table is edited every 2 s)");
        show("deskbell", told.each);
        println!("  {} messages, {} edits", told.messages, told.edits);
        show("sleep and send", peer::late(&self.slack, &after_ms, &self.clock).await?);
        Ok(())
    }

    async fn storm(&self, running: &Running) -> anyhow::Result<()> {
        eprintln!("{STORM} deadlines within a second, the same channels");
        calm().await;
        self.slack.forget();
        let named = |n| (format!("storm-{n}"), 0, "urgent");
        let tickets = desk::soon(&running.store, &self.clock, &spread(STORM), named).await?;
        let channels = desk::URGENT.map(str::to_owned).into_iter().collect();
        let told = self.told(&channels, |_| tickets.iter().map(|ticket| ticket.due).collect()).await?;
        let (first, last) = (tickets[0].due, tickets[tickets.len() - 1].due);
        println!("{STORM} deadlines within a second, each for the same {} channels", channels.len());
        for channel in &channels {
            let said: Vec<Said> = self.slack.said().into_iter().filter(|said| said.channel == *channel).collect();
            let tables: Vec<&Said> = said.iter().filter(|said| said.told().is_some()).collect();
            let posted: Vec<&&Said> = tables.iter().filter(|said| said.is_new).collect();
            anyhow::ensure!(posted.len() == 1, "{} tables: {said:#?}", posted.len());
            println!(
                "  {channel}: alone {}, table {} ms after the first deadline with {}, all {} told {} ms after the last",
                said.iter().filter(|said| said.is_new).count() - 1,
                posted[0].at - first,
                posted[0].told().unwrap_or_default(),
                tables.last().and_then(|said| said.told()).unwrap_or_default(),
                tables.last().map_or(0, |said| said.at - last),
            );
        }
        println!("  {} messages, {} edits", told.messages, told.edits);
        Ok(())
    }

    /// Waits until the tables of some channels tell of all their deadlines; when each came to be told.
    async fn told(&self, channels: &BTreeSet<String>, due: impl Fn(&String) -> Vec<Timestamp>) -> anyhow::Result<Told> {
        let due: BTreeMap<&String, Vec<Timestamp>> = channels.iter().map(|channel| (channel, due(channel))).collect();
        let most = |said: &[Said], channel: &str| {
            said.iter().filter(|said| said.channel == channel).filter_map(Said::told).max().unwrap_or(0)
        };
        let all = |said: &[Said]| due.iter().all(|(channel, due)| most(said, channel) >= due.len());
        self.slack.until(PATIENCE, "some were never told", all).await?;
        let said = self.slack.said();
        let mut told = Told {
            messages: said.iter().filter(|said| said.is_new).count(),
            edits: said.iter().filter(|said| !said.is_new).count(),
            ..Told::default()
        };
        for (channel, due) in &due {
            let mut known = 0;
            for said in said.iter().filter(|said| said.channel == **channel) {
                if known == 0 {
                    told.first.push((said.at - due[0]) as f64);
                }
                // A table takes in what was told alone before it.
                let now = said.told().map_or(known + 1, |told| told.max(known));
                told.each.extend(due[known..now].iter().map(|due| (said.at - *due) as f64));
                known = now;
            }
            anyhow::ensure!(known == due.len(), "{channel} was told of {known}, not {}", due.len());
        }
        Ok(told)
    }
}

/// How long after their deadlines channels heard, in milliseconds.
#[derive(Debug, Default)]
struct Told {
    /// Of the first, each channel.
    first: Vec<f64>,
    /// Of each.
    each: Vec<f64>,
    messages: usize,
    edits: usize,
}

/// So many within a second, as far apart as that allows.
fn spread(deadlines: u32) -> Vec<i64> {
    (0..deadlines).map(|n| i64::from(n) * 1000 / i64::from(deadlines)).collect()
}

/// The ticket of a message of its own.
fn ticket(said: &Said) -> Option<&str> {
    said.text.split_once("on ticket ")?.1.split_whitespace().next()
}

fn show(name: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    let [median, p99, max] = [0.5, 0.99, 1.0].map(at);
    println!("  {name:<16} median {median:>7.0} ms   p99 {p99:>7.0} ms   at most {max:>7.0} ms");
}

/// Waits until this process has nothing left to do.
async fn calm() {
    let second = Duration::from_secs(1);
    // Packing begins within ten seconds.
    for _ in 0..12 {
        loop {
            let before = cpu_ms();
            tokio::time::sleep(second).await;
            if cpu_ms() - before <= ms(second) * CALM {
                break;
            }
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Milliseconds that this process has been on processors, its finished threads included; in steps of ten.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold anything; the times are the 12th and the 13th field behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}
