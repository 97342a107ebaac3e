//! `deskbell demo`: the ordinary program on generated data, in this terminal, leaving nothing behind.
//!
//! Only the data is made up. The listener, the signatures, the writer, the timers, the outbox and the digests are
//! those of `deskbell run`; nothing is scripted around them.

mod history;
mod live;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::clock::Clock;
use super::config::{Config, Purpose};
use super::terminal::Terminal;
use crate::commands::Asked;
use crate::domain::event::Event;
use crate::domain::timestamp::Timestamp;
use crate::store::{Delivery, Origin, Store};

/// Events per transaction.
const BATCH: usize = 2_000;

/// How long starting may take, so that the digest of the next minute is not over before it is known.
const STARTING_MS: i64 = 2_000;

/// The source of all events of the demo.
const SOURCE: &str = "helpdesk";

/// What the demo's help desk calls its n-th group; `bot.toml` maps it to the team's name.
fn group_id(n: usize) -> String {
    (360_001 + n).to_string()
}

/// A demo that has its data and nothing running yet.
pub(super) struct Demo {
    config: Config,
    secret: String,
    seed: u64,
    /// Removed with everything in it when the demo ends.
    directory: tempfile::TempDir,
}

impl Demo {
    /// Makes the configuration and the data: a temporary store with the history up to now.
    pub(super) async fn prepare(clock: &Clock, seed: u64) -> anyhow::Result<Self> {
        let directory =
            tempfile::Builder::new().prefix("deskbell-demo-").tempdir().context("no temporary directory")?;
        let now = clock.now();
        let secret = format!("{:032x}", fastrand::u128(..));
        let config = configuration(&directory, &secret, now)?;
        let demo = Self { config, secret, seed, directory };
        let store = super::open_store(&demo.config, now).await?;
        demo.fill(&store, now).await?;
        store.close().await;
        Ok(demo)
    }

    async fn fill(&self, store: &Store, now: Timestamp) -> anyhow::Result<()> {
        let office = self.config.definitions.calendars.get("office").context("the demo has an office")?;
        let events = history::history(self.seed, now, self.config.bot.timezone, office);
        let style = ProgressStyle::with_template("  making 90 days of history {bar:30} {pos}/{len} events")
            .expect("the template is a constant");
        let bar = ProgressBar::new(events.len() as u64).with_style(style);
        for (n, batch) in events.chunks(BATCH).enumerate() {
            let delivery = Delivery {
                source: SOURCE.to_owned(),
                key: format!("demo:{n}"),
                received_at: now,
                headers: "{}".to_owned(),
                body: None,
                events: batch.iter().map(Event::clone).collect(),
                origin: Origin::Import,
            };
            store.accept(delivery).await.context("the demo's history could not be stored")?;
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Answers one line, and draws the answer if that is wanted.
    pub(super) async fn once(self, text: &str, drawn: bool, clock: &Clock) -> anyhow::Result<crate::commands::Reply> {
        let store = super::look_at_store(&self.config, clock.now()).await?;
        let desk = super::desk(&self.config, &store);
        let asked = Asked::in_the_terminal(text, drawn);
        let reply = desk.answer(&asked, clock.now()).await;
        store.close().await;
        Ok(reply)
    }

    /// Runs until the person at the terminal leaves, or the process is asked to end.
    pub(super) async fn play(
        self,
        clock: Clock,
        terminal: Terminal,
        ended: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        // Making the history took a while, so only now is it known which minute is the next.
        let config = configuration(&self.directory, &self.secret, clock.now().plus_ms(STARTING_MS))?;
        let running = super::start(config, clock.clone(), Some(terminal.console.clone())).await?;
        let first_line = clock.now().millis().unsigned_abs();
        let desk = live::HelpDesk {
            url: format!("http://{}/hooks/{SOURCE}", running.address),
            secret: self.secret,
            http: reqwest::Client::new(),
            clock,
            rng: fastrand::Rng::with_seed(self.seed),
        };
        let help_desk = tokio::spawn(desk.work());
        let inbound = running.inbound.clone();
        tokio::select! {
            () = terminal.read(inbound, first_line) => {}
            _ = ended => {}
        }
        help_desk.abort();
        running.stop().await;
        Ok(())
    }
}

/// The demo's own `bot.toml`, with a digest at the first full minute after `now`.
fn configuration(directory: &tempfile::TempDir, secret: &str, now: Timestamp) -> anyhow::Result<Config> {
    let text = include_str!("bot.toml").replace("PULSE", &pulse(now));
    let url = format!("sqlite://{}", directory.path().join("demo.db").display());
    let environment = [("DEMO_SECRET", secret), ("DESKBELL_STORE__URL", url.as_str())];
    Ok(Config::parse("the demo's bot.toml", &text, &environment.into_iter().collect(), Purpose::Run)?)
}

/// The cron line of a digest that falls due at the next full minute, and then once a day.
fn pulse(now: Timestamp) -> String {
    use chrono::Timelike;
    let minute_ms = 60_000;
    let next = Timestamp((now.millis() / minute_ms + 1) * minute_ms);
    let local = next.utc().with_timezone(&chrono_tz::Europe::Berlin);
    format!("{} {} * * *", local.minute(), local.hour())
}
