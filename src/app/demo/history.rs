//! Ninety days of a support team that does not exist, but could: daily and weekly rhythm, several teams, busy
//! Mondays, thank-you reopens, people with habits, and one bad day when logging in was broken.
//!
//! Pure: the same seed and the same `now` give the same events. Nothing here knows how alerts, digests or numbers
//! are made; the events enter the store like any other import.

use std::sync::Arc;

use chrono::{Datelike, Timelike, Weekday};
use chrono_tz::Tz;
use fastrand::Rng;

use crate::domain::calendar::Calendar;
use crate::domain::event::{
    Actor, ActorKind, Assigned, Event, Fact, MessageSent, Nothing, RatingReceived, Status, StatusChanged, SurveyKind,
    TicketCreated,
};
use crate::domain::timestamp::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Id of the first live ticket; history counts up to here.
pub(super) const FIRST_LIVE_TICKET: u64 = 48_000;

/// A team of the demo: its name, its agents, and what customers write to it about.
pub(super) struct DemoTeam {
    pub(super) name: &'static str,
    pub(super) agents: &'static [&'static str],
    /// Category, share in percent, and subjects.
    pub(super) topics: &'static [(&'static str, u32, &'static [&'static str])],
    /// Share of all tickets, percent.
    share: u32,
    /// Median business minutes to a first reply to a normal e-mail.
    pace_min: f64,
}

/// Who works here.
pub(super) const TEAMS: &[DemoTeam] = &[
    DemoTeam {
        name: "billing",
        agents: &["ana", "bruno"],
        topics: &[
            ("invoices", 45, &["Invoice 2291 has the wrong VAT id", "Where do I find last month's invoice?"]),
            ("refunds", 30, &["Charged twice this month", "Please refund the unused seats"]),
            ("plans", 25, &["Can we move to yearly billing?", "Which plan includes single sign-on?"]),
        ],
        share: 28,
        pace_min: 38.0,
    },
    DemoTeam {
        name: "technical",
        agents: &["chen", "dora", "emil", "farah"],
        topics: &[
            ("login", 30, &["Cannot log in since this morning", "The reset mail never arrives"]),
            ("exports", 25, &["CSV export stops at 10,000 rows", "Export has the wrong time zone"]),
            ("api", 25, &["429 from the API although we are under the limit", "Webhook signature does not match"]),
            ("mobile", 20, &["App closes when I attach a photo", "Push notifications arrive late"]),
        ],
        share: 52,
        pace_min: 62.0,
    },
    DemoTeam {
        name: "onboarding",
        agents: &["gil", "hana"],
        topics: &[
            ("setup", 60, &["How do I invite my team?", "Importing contacts from a spreadsheet"]),
            ("training", 40, &["Is there a recording of the webinar?", "Workshop for 20 people in May?"]),
        ],
        share: 20,
        pace_min: 30.0,
    },
];

/// Share of a working day's tickets by local hour, per mille.
const RHYTHM: [u32; 24] = [4, 3, 2, 2, 3, 6, 16, 38, 78, 104, 106, 92, 68, 74, 86, 84, 72, 54, 34, 24, 18, 14, 10, 8];

/// How long the history is.
pub(super) const DAYS: i64 = 90;

/// The bad day: so many days before today.
const BAD_DAY: i64 = 11;

/// One draw from a log-normal distribution with that median; `sigma` is the spread of the logarithm.
fn log_normal(rng: &mut Rng, median: f64, sigma: f64) -> f64 {
    // Twelve uniform draws minus six are close enough to a normal one for a demo.
    let normal = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
    median * (normal * sigma).exp()
}

fn weighted<'a, T>(rng: &mut Rng, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
    let total: u32 = items.iter().map(&weight).sum();
    let mut left = rng.u32(0..total.max(1));
    for item in items {
        let w = weight(item);
        if left < w {
            return item;
        }
        left -= w;
    }
    &items[items.len() - 1]
}

/// The whole history up to `now`, in order of time; nothing in it lies after `now`.
pub(super) fn history(seed: u64, now: Timestamp, zone: Tz, office: &Arc<Calendar>) -> Vec<Event> {
    let mut world = World { rng: Rng::with_seed(seed), now, zone, office, events: Vec::new(), event_no: 0 };
    let today = now.utc().with_timezone(&zone).date_naive();
    let mut arrivals = Vec::new();
    for back in (0..=DAYS).rev() {
        let day = today - chrono::Days::new(back.unsigned_abs());
        world.day(day, back == BAD_DAY, DAYS - back, &mut arrivals);
    }
    arrivals.retain(|(at, _)| *at < now);
    arrivals.sort_unstable();
    let first = FIRST_LIVE_TICKET - arrivals.len() as u64;
    for (n, (at, bad)) in arrivals.into_iter().enumerate() {
        world.ticket(first + n as u64, at, bad);
    }
    world.events.sort_by_key(|e| (e.ts, e.seq));
    world.events
}

struct World<'a> {
    rng: Rng,
    now: Timestamp,
    zone: Tz,
    office: &'a Arc<Calendar>,
    events: Vec<Event>,
    event_no: i64,
}

impl World<'_> {
    /// Draws the arrivals of one local day; demand grows slowly over the quarter.
    fn day(&mut self, day: chrono::NaiveDate, bad: bool, age: i64, arrivals: &mut Vec<(Timestamp, bool)>) {
        let base = match day.weekday() {
            Weekday::Mon => 68.0,
            Weekday::Tue | Weekday::Wed | Weekday::Thu => 56.0,
            Weekday::Fri => 47.0,
            Weekday::Sat => 13.0,
            Weekday::Sun => 10.0,
        };
        let growth = 1.0 + age as f64 / 600.0;
        let trouble = if bad { 2.1 } else { 1.0 };
        let count = log_normal(&mut self.rng, base * growth * trouble, 0.1).round() as i64;
        let Some(midnight) = day.and_hms_opt(0, 0, 0).and_then(|t| t.and_local_timezone(self.zone).earliest()) else {
            return;
        };
        let midnight = Timestamp(midnight.timestamp_millis());
        let hours: Vec<(i64, u32)> = (0..).zip(RHYTHM).collect();
        for _ in 0..count {
            let hour = weighted(&mut self.rng, &hours, |h| h.1).0;
            let at = midnight.plus_ms(hour * HOUR_MS + self.rng.i64(0..HOUR_MS));
            arrivals.push((at, bad && hour >= 8));
        }
    }

    fn push(&mut self, ticket: u64, at: Timestamp, actor: Actor, fact: Fact) {
        if at >= self.now {
            return;
        }
        self.event_no += 1;
        self.events.push(Event {
            event_id: format!("demo-{}", self.event_no),
            seq: self.event_no,
            ts: at,
            ticket: Some(ticket.to_string()),
            actor,
            source: None,
            fact,
        });
    }

    fn agent(&self, name: &str) -> Actor {
        Actor::new(ActorKind::Agent, name)
    }

    fn ticket(&mut self, id: u64, created: Timestamp, bad: bool) {
        let outage = bad && self.rng.u32(0..100) < 62;
        let team = if outage { &TEAMS[1] } else { weighted(&mut self.rng, TEAMS, |t| t.share) };
        let topic = if outage { &team.topics[0] } else { weighted(&mut self.rng, team.topics, |t| t.1) };
        let local_hour = created.utc().with_timezone(&self.zone).hour();
        let open = self.office.is_open(created);
        let channel = match self.rng.u32(0..100) {
            0..=55 => "email",
            56..=79 if open => "chat",
            80..=89 if open => "phone",
            _ if local_hour < 6 => "email",
            _ => "web",
        };
        let priority = match self.rng.u32(0..100) {
            0..=13 => "low",
            14..=73 => "normal",
            74..=92 => "high",
            _ => "urgent",
        };
        let customer = format!("c{}", self.rng.u32(1..420));
        let tier = match customer.len() {
            2 => "gold",
            3 => "silver",
            _ => "standard",
        };
        let mut tags = vec![topic.0.to_owned()];
        if outage {
            tags.push("incident-42".to_owned());
        }
        let subject = topic.2[self.rng.usize(0..topic.2.len())];
        self.push(
            id,
            created,
            Actor::new(ActorKind::Customer, customer.clone()),
            Fact::TicketCreated(TicketCreated {
                channel: Some(channel.to_owned()),
                priority: Some(priority.to_owned()),
                team: Some(team.name.to_owned()),
                tags,
                category: Some(topic.0.to_owned()),
                customer: Some(customer.clone()),
                tier: Some(tier.to_owned()),
                initiator: Some(crate::domain::event::Initiator::Customer),
                subject: Some(subject.to_owned()),
                url: Some(format!("https://example.zendesk.com/agent/tickets/{id}")),
                ..TicketCreated::default()
            }),
        );
        let owner = team.agents[self.rng.usize(0..team.agents.len())];
        self.conversation(id, created, channel, priority, team.pace_min, owner, &customer, bad);
    }

    /// When the next human reply to something written at `from` is sent.
    fn reply_at(&mut self, from: Timestamp, channel: &str, priority: &str, pace_min: f64, bad: bool) -> Timestamp {
        let trouble = if bad { 3.2 } else { 1.0 };
        if channel == "chat" {
            return from.plus_ms((log_normal(&mut self.rng, 14.0 * trouble, 0.45) * 1000.0) as i64);
        }
        let urgency = match priority {
            "urgent" => 0.13,
            "high" => 0.5,
            "low" => 1.9,
            _ => 1.0,
        };
        let minutes = log_normal(&mut self.rng, pace_min * urgency * trouble, 0.75);
        let wait = (minutes * MINUTE_MS as f64) as i64;
        // People answer while the office is open, a few seconds after the half minute at the earliest.
        self.office
            .add_business(from, wait.max(1))
            .unwrap_or_else(|| from.plus_ms(wait))
            .plus_ms(self.rng.i64(1..MINUTE_MS))
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one conversation, used once")]
    fn conversation(
        &mut self,
        id: u64,
        created: Timestamp,
        channel: &str,
        priority: &str,
        pace_min: f64,
        owner: &str,
        customer: &str,
        bad: bool,
    ) {
        let system = || Actor::system();
        let asks = || Actor::new(ActorKind::Customer, customer);
        let agent = self.agent(owner);
        let status = |to| Fact::StatusChanged(StatusChanged { to });
        let first = self.reply_at(created, channel, priority, pace_min, bad);
        // Somebody takes it before answering it.
        let assigned = created.plus_ms(self.rng.i64(20_000..15 * MINUTE_MS).min((first - created) / 2));
        self.push(id, assigned, system(), Fact::Assigned(Assigned { agent: Some(Some(owner.to_owned())), team: None }));
        self.push(id, assigned, agent.clone(), status(Status::Open));
        let turns = match self.rng.u32(0..100) {
            0..=57 => 1,
            58..=83 => 2,
            84..=95 => 3,
            _ => 4,
        };
        let mut at = created;
        for turn in 0..turns {
            at = if turn == 0 { first } else { self.reply_at(at, channel, priority, pace_min, bad) };
            self.push(id, at, agent.clone(), Fact::Message(MessageSent { auto: false }));
            if turn + 1 < turns {
                self.push(id, at, agent.clone(), status(Status::Pending));
                let answer = log_normal(&mut self.rng, if channel == "chat" { 1.2 } else { 150.0 }, 1.0);
                at = at.plus_ms((answer * MINUTE_MS as f64) as i64);
                self.push(id, at, asks(), Fact::Message(MessageSent { auto: false }));
                self.push(id, at, system(), status(Status::Open));
            }
        }
        if self.rng.u32(0..100) < 4 {
            self.push(id, at.plus_ms(1000), agent.clone(), status(Status::OnHold));
            at = self.office.add_business(at, self.rng.i64(2 * HOUR_MS..20 * HOUR_MS)).unwrap_or(at);
        }
        let mut solved =
            at.plus_ms(self.rng.i64(5_000..40 * MINUTE_MS).min(if channel == "chat" { 120_000 } else { i64::MAX }));
        self.push(id, solved, agent.clone(), status(Status::Solved));
        let draw = self.rng.u32(0..100);
        if draw < 7 {
            let back = solved.plus_ms(self.rng.i64(20 * MINUTE_MS..2 * DAY_MS));
            self.push(id, back, asks(), Fact::Message(MessageSent { auto: false }));
            self.push(id, back, system(), status(Status::Open));
            let mut done = back.plus_ms(self.rng.i64(5 * MINUTE_MS..HOUR_MS));
            // Some come back only to say thank you.
            if draw >= 3 {
                done = self.reply_at(back, channel, priority, pace_min, bad);
                self.push(id, done, agent.clone(), Fact::Message(MessageSent { auto: false }));
            }
            solved = done.plus_ms(30_000);
            self.push(id, solved, agent, status(Status::Solved));
        }
        if self.rng.u32(0..100) < 31 {
            self.rating(id, solved, bad, customer);
        }
        if self.rng.u32(0..1000) < 6 {
            self.push(id, created.plus_ms(HOUR_MS), system(), Fact::Spam(Nothing {}));
        }
    }

    fn rating(&mut self, id: u64, solved: Timestamp, bad: bool, customer: &str) {
        let value = match (self.rng.u32(0..100), bad) {
            (0..=63, false) | (0..=17, true) => 5.0,
            (64..=89, false) | (18..=34, true) => 4.0,
            (90..=93, false) | (35..=54, true) => 3.0,
            (94..=96, false) | (55..=79, true) => 2.0,
            _ => 1.0,
        };
        let at = solved.plus_ms(self.rng.i64(10 * MINUTE_MS..30 * HOUR_MS));
        self.push(
            id,
            at,
            Actor::new(ActorKind::Customer, customer),
            Fact::RatingReceived(RatingReceived {
                survey: format!("csat-{id}"),
                kind: SurveyKind::Csat,
                scale: 5,
                value,
                comment: None,
                version: None,
                customer: None,
            }),
        );
    }
}
