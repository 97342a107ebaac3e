//! Killed hundreds of times while the platforms have a bad day; in the end everything is told, once, and as it is.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use super::left::not_done;
use super::plan::{self, Fate, Histories, Ticket};
use super::process::{Process, deliver};
use super::verdict::{self, Slots, Verdict};
use crate::bot::{configuration, install_cryptography};
use crate::support::discord::LocalDiscord;
use crate::support::faults::Climate;
use crate::support::postgres;
use crate::support::slack::LocalSlack;

/// Kills of the short run.
const KILLS: usize = 10;

/// How bad the day is.
const CLIMATE: Climate = Climate {
    slow: 120,
    fails: 50,
    fails_after: 40,
    limited: 40,
    dropped: 40,
    dropped_after: 60,
    silent: 10,
    slow_ms: 20..1_000,
    limited_s: 1..3,
    seen_after_ms: 0..2_500,
};

/// A bot that has listened for so long, in lives short or long, between a slot of the digest and the next one, has had the
/// time to post it.
const LISTENED_MS: i64 = 15_000;

/// Everything outside the bot.
struct World {
    slack: LocalSlack,
    discord: LocalDiscord,
    clock: Clock,
    histories: Histories,
    /// Where the bot listens; it moves with every start.
    address: watch::Sender<Option<String>>,
    http: reqwest::Client,
    /// From when to when a bot has listened.
    lives: Mutex<Vec<(Timestamp, Timestamp)>>,
    /// Since when the present one has.
    listens: Mutex<Option<Timestamp>>,
}

impl World {
    async fn new() -> Arc<Self> {
        let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
        slack.add_channel(plan::LADDER, "");
        slack.without_scope("groups:history");
        slack.add_channel(plan::FLOODED.slack, "");
        for team in plan::TEAMS.into_iter().chain([plan::FLOODED]) {
            discord.add_channel(team.discord, team.name);
            if team.blind {
                discord.hide_history(team.discord);
            }
        }
        let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).build().expect("a client");
        let (clock, histories) = (Clock::system(), Histories::default());
        let (lives, listens) = Default::default();
        Arc::new(Self { slack, discord, clock, histories, address: watch::Sender::new(None), http, lives, listens })
    }

    /// Delivers an event as a help desk does: again and again until it is taken.
    async fn tell(&self, event: &Value) {
        let mut addresses = self.address.subscribe();
        loop {
            let address = addresses.wait_for(Option::is_some).await.expect("the world lives").clone();
            let sent = deliver(&self.http, &address.expect("waited for"), event, self.clock.now()).await;
            match sent {
                Ok(200) => return,
                Ok(503) | Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                Ok(status) => panic!("a delivery was answered with {status}"),
            }
        }
    }

    /// Lives the life of a ticket.
    async fn live(&self, ticket: &Ticket, start: Timestamp) {
        let opened = start.plus_ms(ticket.opens_ms);
        self.clock.wait_until(opened).await;
        self.tell(&ticket.opened(opened)).await;
        self.histories.note(&ticket.id, |history| history.opened = Some(opened));
        let reply_at = match ticket.fate {
            Fate::Forgotten => return,
            Fate::Lowered(after) => {
                let at = opened.plus_ms(after);
                self.clock.wait_until(at).await;
                self.tell(&ticket.lowered(opened, at)).await;
                return self.histories.note(&ticket.id, |history| history.lowered = Some(at));
            }
            Fate::Replied(after) | Fate::AskedAgain(after, _) => opened.plus_ms(after),
            Fate::RepliedWhenHeard => {
                while !verdict::heard(&verdict::seen(&self.slack, &self.discord), ticket) {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                self.clock.now()
            }
        };
        self.clock.wait_until(reply_at).await;
        self.tell(&ticket.replied(opened, reply_at)).await;
        self.histories.note(&ticket.id, |history| history.replied = Some(reply_at));
        if let Fate::AskedAgain(_, after) = ticket.fate {
            let at = reply_at.plus_ms(after);
            self.clock.wait_until(at).await;
            self.tell(&ticket.asked_again(opened, at)).await;
            self.histories.note(&ticket.id, |history| history.asked_again = Some(at));
        }
    }

    fn judge(&self, tickets: &[Ticket], start: Timestamp) -> Verdict {
        let slots = self.slots(start, self.clock.now());
        verdict::judge(&verdict::seen(&self.slack, &self.discord), tickets, &self.histories, &slots)
    }

    /// The slots of the digest between two instants. The last one is owed whatever happened, because it can still come.
    fn slots(&self, start: Timestamp, now: Timestamp) -> Slots {
        let all = minutes(start, now);
        let mut lives = self.lives.lock().expect("nobody panics with it").clone();
        lives.extend(self.listens.lock().expect("nobody panics with it").map(|since| (since, now)));
        let listened = |slot: Timestamp| -> i64 {
            let next = slot.plus_s(60);
            lives.iter().map(|(from, to)| ((*to).min(next) - (*from).max(slot)).max(0)).sum()
        };
        let last = all.last().copied();
        let is_owed = |slot: &Timestamp| Some(*slot) == last || listened(*slot) >= LISTENED_MS;
        let owed = all.iter().copied().filter(is_owed).collect();
        Slots { all, owed }
    }

    /// The present bot listens no more.
    fn ends(&self) {
        let since = self.listens.lock().expect("nobody panics with it").take();
        let life = since.map(|since| (since, self.clock.now()));
        self.lives.lock().expect("nobody panics with it").extend(life);
    }

    /// Waits until everything is as it must be, or says what is not.
    async fn settles(&self, tickets: &[Ticket], start: Timestamp, patience: Duration) -> Result<Verdict, Verdict> {
        let last = Instant::now() + patience;
        loop {
            let verdict = self.judge(tickets, start);
            match verdict.wrong.is_empty() {
                true => return Ok(verdict),
                false if Instant::now() > last => return Err(verdict),
                false => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Passes on where a process listens as soon as it says so.
    fn follow(self: &Arc<Self>, bot: &Process) {
        let (world, mut address) = (Arc::clone(self), bot.address());
        self.address.send_replace(None);
        tokio::spawn(async move {
            let said = match address.wait_for(Option::is_some).await {
                Ok(said) => said.clone(),
                // It was killed before it could say so.
                Err(_) => return,
            };
            *world.listens.lock().expect("nobody panics with it") = Some(world.clock.now());
            world.address.send_replace(said);
        });
    }

    fn messages(&self) -> usize {
        self.slack.messages().len() + self.discord.messages().len()
    }

    /// Waits for the instant of the next kill.
    async fn pass(&self, rng: &mut fastrand::Rng) {
        let wait = Duration::from_millis(match rng.u32(0..10) {
            0..2 => rng.u64(0..300),
            2..6 => rng.u64(300..2_500),
            6..7 => rng.u64(2_500..8_000),
            // As soon as a message is there, which is when its fate is least known.
            _ => {
                let (before, last) = (self.messages(), Instant::now() + Duration::from_secs(3));
                while self.messages() == before && Instant::now() < last {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                rng.u64(0..15)
            }
        });
        tokio::time::sleep(wait).await;
    }
}

/// Full minutes between two instants, neither included.
fn minutes(from: Timestamp, to: Timestamp) -> BTreeSet<Timestamp> {
    let first = from.millis().div_euclid(60_000) + 1;
    (first..).map(|minute| Timestamp(minute * 60_000)).take_while(|slot| *slot < to).collect()
}

/// What the environment asks for.
#[expect(clippy::disallowed_methods, reason = "tests have no app to read the environment for them")]
fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

struct Files {
    directory: tempfile::TempDir,
    configuration: PathBuf,
    store: String,
}

fn files(world: &World, store: Option<String>) -> Files {
    let directory = tempfile::tempdir().expect("a directory");
    let store = store.unwrap_or_else(|| format!("sqlite://{}", directory.path().join("bot.db").display()));
    let configuration_file = directory.path().join("bot.toml");
    let text = configuration(&world.slack, &world.discord, &store, &plan::configuration());
    std::fs::write(&configuration_file, text).expect("written");
    Files { directory, configuration: configuration_file, store }
}

async fn killed_often(engine: &str, store: Option<String>, kills: usize) {
    let seed = wanted("DESKBELL_CRASH_SEED").unwrap_or_else(|| fastrand::u64(0..1_000_000));
    report(&format!("{engine}: DESKBELL_CRASH_SEED={seed} DESKBELL_CRASH_KILLS={kills}"));
    install_cryptography();
    let mut rng = fastrand::Rng::with_seed(seed);
    let world = World::new().await;
    let files = files(&world, store);
    world.slack.weather().breaks(rng.u64(..), CLIMATE);
    world.discord.weather().breaks(rng.u64(..), CLIMATE);
    let over_ms = kills as i64 * 1_300;
    let mut tickets = plan::tickets(&mut rng, kills * 3 / 4 + 3, over_ms);
    tickets.extend(plan::floods(&mut rng, kills / plan::FLOOD_EVERY + 1, over_ms));
    let tickets = Arc::new(tickets);
    let began = Instant::now();

    // What the digests owe counts from the first start; no slot may fall due while it comes up and is killed.
    let minute = |at: Timestamp| at.millis().div_euclid(60_000);
    let now = world.clock.now();
    if minute(now) != minute(now.plus_s(5)) {
        world.clock.wait_until(now.plus_s(5)).await;
    }
    let first = Process::start(&files.configuration).await;
    let start = world.clock.now();
    world.follow(&first);
    let lives: Vec<_> = (0..tickets.len())
        .map(|n| {
            let (world, tickets) = (Arc::clone(&world), Arc::clone(&tickets));
            tokio::spawn(async move { world.live(&tickets[n], start).await })
        })
        .collect();
    let mut bot = first;
    for _ in 0..kills {
        world.pass(&mut rng).await;
        check(&bot.kill());
        world.ends();
        bot = Process::spawn(&files.configuration);
        world.follow(&bot);
    }
    let stormy = began.elapsed();
    world.slack.weather().clears();
    world.discord.weather().clears();

    let fail = async |verdict: &Verdict, bot: &Process, tickets: &[Ticket]| {
        let (wrong, said) = (verdict.wrong.join("\n"), bot.said().join("\n"));
        let (now, left) = (world.clock.now().millis(), not_done(&files.store).await.join("\n"));
        panic!(
            "seed {seed}: not as it must be:\n{wrong}\nthe bot said:\n{said}\nat {now} not done:\n{left}\n{tickets:#?}"
        );
    };
    let patience = Duration::from_secs(45 + kills as u64);
    if let Err(verdict) = world.settles(&tickets, start, patience).await {
        fail(&verdict, &bot, &tickets).await;
    }
    for life in lives {
        life.await.expect("nobody panics");
    }
    // What comes last in each place rings after all that was owed there: then nothing can follow.
    let now = world.clock.now();
    let last = plan::last(now - start);
    for ticket in &last {
        world.live(ticket, start).await;
    }
    let tickets: Vec<Ticket> = tickets.iter().cloned().chain(last).collect();
    let settled = match world.settles(&tickets, start, Duration::from_secs(60)).await {
        Ok(verdict) => verdict,
        Err(verdict) => fail(&verdict, &bot, &tickets).await,
    };
    check(&bot.kill());
    report(&format!(
        "{engine}: {kills} kills in {:.0} s, as it must be after {:.0} s more; {} tickets, {} breaches rung alone, {} tables, {} digests, \
         {} doubles and {} cards left behind where the bot may not look",
        stormy.as_secs_f64(),
        (began.elapsed() - stormy).as_secs_f64(),
        tickets.len(),
        settled.rung,
        settled.tables,
        settled.digests,
        settled.doubles,
        settled.orphans
    ));
    drop(files.directory);
}

/// Nothing may have been given up.
fn check(said: &[String]) {
    for sign in ["parked", "panicked", "cannot be edited"] {
        let found: Vec<_> = said.iter().filter(|line| line.contains(sign)).collect();
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[expect(clippy::print_stderr, reason = "the seed must be known when a run fails")]
fn report(line: &str) {
    eprintln!("{line}");
}

fn kills() -> usize {
    wanted("DESKBELL_CRASH_KILLS").map_or(KILLS, |kills| usize::try_from(kills).expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_everything_is_told_once_and_as_it_is() {
    killed_often("SQLite", None, kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_beside_a_server_that_lives_it_is_the_same() {
    if let Some(database) = postgres::database() {
        killed_often("PostgreSQL", Some(database), kills()).await;
    }
}
