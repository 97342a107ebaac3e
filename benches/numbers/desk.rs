//! A support desk that does not exist: two years of its tickets, as many as asked for, the same on every machine.
//!
//! Pure: a ticket's story depends on its number and on how many there are. It is told in events and folded like any
//! other, so that the samples of the bench are what the store would hold had the events come in as deliveries.
//!
//! Telling takes long, so beyond a million tickets several customers each have the same story.

use std::f64::consts::TAU;

use deskbell::domain::definitions::Definitions;
use deskbell::domain::event::{
    Actor, ActorKind, Assigned, Event, Fact, Initiator, MessageSent, PriorityChanged, RatingReceived, Status,
    StatusChanged, SurveyKind, TicketCreated,
};
use deskbell::domain::sample::{self, Sample, SampleKind, TicketKey};
use deskbell::domain::ticket::{self, Ticket};
use deskbell::domain::timestamp::Timestamp;
use fastrand::Rng;

/// The configuration that the bench and the binary answer with; the address of the store is put in.
pub(crate) const CONFIG: &str = r#"
[bot]
timezone = "UTC"
calendar = "office"

[store]
url = "sqlite://{}"

[console]
enabled = true

[[calendar]]
name = "office"
hours = { mon = ["08:00-20:00"], tue = ["08:00-20:00"], wed = ["08:00-20:00"], thu = ["08:00-20:00"], fri = ["08:00-18:00"] }

[[sla]]
name = "gold"
when = { tier = ["gold"] }
first_response = "1h"
resolution = { urgent = "8h", high = "2d", normal = "5d" }

[[sla]]
name = "standard"
first_response = { urgent = "1h", high = "4h", normal = "8h" }
"#;

/// What the questions read: other samples would only take time to make.
const READ: [SampleKind; 10] = [
    SampleKind::Created,
    SampleKind::FirstReply,
    SampleKind::Solve,
    SampleKind::Open,
    SampleKind::Waiting,
    SampleKind::Contact,
    SampleKind::Reopen,
    SampleKind::Rating,
    SampleKind::Sla,
    SampleKind::Promised,
];

/// Where the tickets come from.
pub(crate) const SOURCE: &str = "helpdesk";
/// The most stories that are told.
const STORIES: u64 = 1_000_000;
/// How long the desk has existed.
pub(crate) const DAYS: i64 = 730;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: f64 = 3_600_000.0;
/// 2026-06-01T00:00:00Z: when it is asked about.
pub(crate) const END: Timestamp = Timestamp(1_780_272_000_000);

/// A team, its share of the tickets in percent, and hours until it usually answers and solves.
const TEAMS: [(&str, u32, f64, f64); 8] = [
    ("billing", 22, 0.8, 9.0),
    ("technical", 30, 1.9, 26.0),
    ("onboarding", 8, 0.6, 12.0),
    ("shipping", 14, 1.1, 16.0),
    ("returns", 11, 1.4, 20.0),
    ("accounts", 8, 0.9, 7.0),
    ("partners", 4, 3.5, 40.0),
    ("security", 3, 0.3, 30.0),
];
const CHANNELS: [(&str, u32); 5] = [("email", 46), ("chat", 24), ("web", 18), ("phone", 7), ("api", 5)];
const PRIORITIES: [(&str, u32); 4] = [("normal", 62), ("high", 18), ("low", 15), ("urgent", 5)];
const TIERS: [(&str, u32); 3] = [("standard", 80), ("silver", 14), ("gold", 6)];
const TAGS: [&str; 12] = [
    "refund",
    "login",
    "bug",
    "vip",
    "outage",
    "invoice",
    "mobile",
    "export",
    "feature",
    "spam-check",
    "legal",
    "loyal",
];
/// Percent of a working day's tickets before each hour, in UTC.
const RHYTHM: [u32; 24] = [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 7, 8, 8, 7, 6, 5, 3, 2, 2, 1, 1, 1];

/// The desk.
pub(crate) struct BenchDesk {
    /// How many tickets.
    pub(crate) tickets: u64,
    pub(crate) definitions: Definitions,
}

impl BenchDesk {
    /// The tickets created on a day, counted from the first, with their numbers from 1 on, in order of number; and what
    /// each contributes.
    pub(crate) fn day(&self, day: i64) -> impl Iterator<Item = (u32, Ticket, Vec<Sample>)> + '_ {
        let told = self.numbers(day).filter_map(move |n| {
            let key = TicketKey { source: SOURCE.to_owned(), id: id(n) };
            let events = Story::new(n, self.stories(), day).tell(&key.id);
            let ticket = ticket::fold(&key, &events, &self.definitions)?;
            let mut samples = sample::samples(&ticket, &self.definitions);
            samples.retain(|sample| READ.contains(&sample.fact.kind()));
            Some((n, samples, ticket))
        });
        told.flat_map(move |(n, samples, ticket)| {
            (0..self.copies()).map(move |copy| {
                let n = n * self.copies() + copy;
                let key = TicketKey { source: SOURCE.to_owned(), id: id(n) };
                let of_copy = |sample: &Sample| {
                    let customer = sample.customer.as_ref().map(|customer| format!("{customer}-{copy}"));
                    Sample { ticket: key.clone(), customer, ..sample.clone() }
                };
                let no = u32::try_from(n + 1).expect("the bench has fewer than 2^32 tickets");
                (no, Ticket { key: key.clone(), ..ticket.clone() }, samples.iter().map(of_copy).collect())
            })
        })
    }

    fn stories(&self) -> u64 {
        self.tickets / self.copies()
    }

    /// How many tickets have the same story.
    pub(crate) fn copies(&self) -> u64 {
        self.tickets.div_ceil(STORIES)
    }

    /// The events of the tickets created on a day.
    pub(crate) fn told(&self, day: i64) -> impl Iterator<Item = Event> + '_ {
        self.numbers(day).flat_map(move |n| Story::new(n, self.stories(), day).tell(&id(n)))
    }

    fn numbers(&self, day: i64) -> std::ops::Range<u64> {
        self.before(day)..self.before(day + 1)
    }

    /// How many stories began before a day: the desk doubled its load in its two years, and rests on weekends.
    fn before(&self, day: i64) -> u64 {
        let weight = |day: i64| {
            let weekday = (first_day() + day + 3).rem_euclid(7);
            let week = if weekday < 5 { 1.0 } else { 0.25 };
            week * (1.0 + day as f64 / DAYS as f64)
        };
        let sum = |days: i64| (0..days).map(weight).sum::<f64>();
        (self.stories() as f64 * sum(day) / sum(DAYS)).round() as u64
    }
}

fn id(n: u64) -> String {
    (100_000 + n).to_string()
}

/// The UTC day on which the desk opened, counted from 1970.
pub(crate) const fn first_day() -> i64 {
    END.millis() / DAY_MS - DAYS
}

struct Story {
    rng: Rng,
    events: Vec<(Timestamp, Actor, Fact)>,
    /// All of the desk's tickets.
    of: u64,
    created: Timestamp,
}

impl Story {
    fn new(n: u64, of: u64, day: i64) -> Self {
        let mut rng = Rng::with_seed(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let hours: Vec<(i64, u32)> = (0..).zip(RHYTHM).collect();
        let hour = pick(&mut rng, &hours).0;
        let ms = (first_day() + day) * DAY_MS + hour * HOUR_MS as i64 + rng.i64(0..HOUR_MS as i64);
        Self { rng, events: Vec::new(), of, created: Timestamp(ms) }
    }

    fn add(&mut self, at: Timestamp, actor: &Actor, fact: Fact) {
        self.events.push((at, actor.clone(), fact));
    }

    /// Everything that has happened to the ticket until [`END`].
    fn tell(mut self, id: &str) -> Vec<Event> {
        let (team, _, answers_h, solves_h) = *pick_by(&mut self.rng, &TEAMS, |t| t.1);
        let customer = Actor::new(ActorKind::Customer, format!("c{}", self.rng.u64(0..self.of / 4 + 1)));
        let agent = format!("{team}-{}", self.rng.u32(1..=25));
        let agent = Actor::new(ActorKind::Agent, agent);
        let outbound = self.rng.u32(0..100) < 3;
        let mut tags = Vec::new();
        for _ in 0..[0, 0, 1, 1, 2][self.rng.usize(0..5)] {
            tags.push((*self.rng.choice(TAGS).unwrap_or("bug")).to_owned());
        }
        let created = TicketCreated {
            channel: Some(pick(&mut self.rng, &CHANNELS).0.to_owned()),
            priority: Some(pick(&mut self.rng, &PRIORITIES).0.to_owned()),
            team: Some(team.to_owned()),
            category: Some(format!("{team}/{}", self.rng.u32(1..=4))),
            tier: Some(pick(&mut self.rng, &TIERS).0.to_owned()),
            customer: Some(customer.id.clone()),
            initiator: Some(if outbound { Initiator::Agent } else { Initiator::Customer }),
            tags,
            ..TicketCreated::default()
        };
        let opener = if outbound { agent.clone() } else { customer.clone() };
        let mut at = self.created;
        self.add(at, &opener, Fact::TicketCreated(created));
        if self.rng.u32(0..100) < 6 {
            let higher = PriorityChanged { to: "high".to_owned() };
            let later = self.later(at, 0.2);
            self.add(later, &Actor::system(), Fact::PriorityChanged(higher));
        }
        // A few are never dealt with, and stay on the desk.
        if self.rng.u32(0..1000) < 3 {
            return self.events(id);
        }
        at = self.later(at, answers_h / 3.0);
        let taken = Assigned { agent: Some(Some(agent.id.clone())), team: None };
        self.add(at, &Actor::system(), Fact::Assigned(taken));
        for turn in 0..=[0, 0, 0, 1, 1, 2, 3][self.rng.usize(0..7)] {
            if turn > 0 {
                at = self.later(at, solves_h / 4.0);
                self.add(at, &customer, Fact::Message(MessageSent::default()));
            }
            at = self.later(at, answers_h);
            self.add(at, &agent, Fact::Message(MessageSent::default()));
        }
        at = self.later(at, solves_h / 2.0);
        self.status(at, &agent, Status::Solved);
        if self.rng.u32(0..100) < 7 {
            at = self.later(at, 20.0);
            self.add(at, &customer, Fact::Message(MessageSent::default()));
            self.status(at, &customer, Status::Open);
            at = self.later(at, answers_h);
            self.add(at, &agent, Fact::Message(MessageSent::default()));
            at = self.later(at, solves_h / 4.0);
            self.status(at, &agent, Status::Solved);
        }
        if self.rng.u32(0..100) < 22 {
            at = self.later(at, 10.0);
            let value = f64::from([1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5][self.rng.usize(0..11)]);
            let rating = RatingReceived {
                survey: id.to_owned(),
                kind: SurveyKind::Csat,
                scale: 5,
                value,
                comment: None,
                version: None,
                customer: None,
            };
            self.add(at, &customer, Fact::RatingReceived(rating));
        }
        self.events(id)
    }

    fn status(&mut self, at: Timestamp, by: &Actor, to: Status) {
        self.add(at, by, Fact::StatusChanged(StatusChanged { to }));
    }

    /// An instant after another, by about so many hours: log-normal, as waiting times are.
    fn later(&mut self, at: Timestamp, hours: f64) -> Timestamp {
        let normal = (-2.0 * (1.0 - self.rng.f64()).ln()).sqrt() * (TAU * self.rng.f64()).cos();
        at.plus_ms((hours * HOUR_MS * (normal * 0.9).exp()) as i64 + 1)
    }

    fn events(self, id: &str) -> Vec<Event> {
        let known = self.events.into_iter().filter(|(at, ..)| *at < END);
        let event = |(seq, (ts, actor, fact)): (i64, (Timestamp, Actor, Fact))| Event {
            event_id: format!("{id}/{seq}"),
            seq,
            ts,
            ticket: Some(id.to_owned()),
            actor,
            source: Some(SOURCE.to_owned()),
            fact,
        };
        (0..).zip(known).map(event).collect()
    }
}

fn pick<'a, T>(rng: &mut Rng, items: &'a [(T, u32)]) -> &'a (T, u32) {
    pick_by(rng, items, |item| item.1)
}

/// One of the items, each as likely as its weight says.
fn pick_by<'a, T>(rng: &mut Rng, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
    let mut left = rng.u32(0..items.iter().map(&weight).sum());
    let found = items.iter().find(|item| {
        let inside = left < weight(item);
        left = left.saturating_sub(weight(item));
        inside
    });
    found.expect("the weights add up to more than was drawn")
}
