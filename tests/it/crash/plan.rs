//! What happens to the tickets of a run, drawn from a seed.

use std::collections::BTreeMap;
use std::sync::Mutex;

use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::bot::{agent_reply, ticket_event};

/// The promise: a first reply within so many milliseconds.
pub(super) const TARGET_MS: i64 = 3_000;

/// What a customer writes so soon after opening a ticket may be what opened it.
const SAME_MS: i64 = 6_000;

/// A team and the two places it is told in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Team {
    pub(super) name: &'static str,
    /// What the help desk calls it.
    pub(super) group: &'static str,
    /// A Slack channel by name.
    pub(super) slack: &'static str,
    /// A Discord channel by id.
    pub(super) discord: u64,
    /// The bot may not read what was said there before.
    pub(super) blind: bool,
}

pub(super) const TEAMS: [Team; 3] = [
    Team { name: "support", group: "360001", slack: "support", discord: 3000, blind: false },
    Team { name: "billing", group: "360002", slack: "billing", discord: 3001, blind: false },
    Team { name: "vault", group: "360003", slack: "leads", discord: 3002, blind: true },
];

/// A team whose tickets come all at once, so that its places get tables.
pub(super) const FLOODED: Team =
    Team { name: "flooded", group: "360004", slack: "flooded", discord: 3003, blind: false };

/// How many alerts of that team may go to a place one by one within a minute.
const FLOOD_OVER: usize = 3;

/// Tickets that come at once, and how many kills there are for each such flood: time enough to calm down in between.
const FLOOD: usize = 9;
pub(super) const FLOOD_EVERY: usize = 90;

/// So many of all of them are never replied to: a table shows fifteen.
const FLOODED_FORGOTTEN: usize = 10;

/// Where the steps of every other team's ladder go.
pub(super) const LADDER: &str = "ladder";

/// What becomes of a ticket; milliseconds after it was opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    /// Nobody ever replies.
    Forgotten,
    /// Somebody replies then, in time or not, whatever was heard.
    Replied(i64),
    /// Somebody replies once every place has heard of the breach.
    RepliedWhenHeard,
    /// It turns out not to be urgent.
    Lowered(i64),
    /// Somebody replies then, the customer asks again so much later, and is forgotten.
    AskedAgain(i64, i64),
}

#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) id: String,
    pub(super) team: Team,
    /// When it is opened, milliseconds after the beginning of the run.
    pub(super) opens_ms: i64,
    pub(super) fate: Fate,
}

/// So many tickets, opened one after the other within `over_ms`.
pub(super) fn tickets(rng: &mut fastrand::Rng, count: usize, over_ms: i64) -> Vec<Ticket> {
    let ticket = |n: usize| {
        let fate = match rng.u32(0..12) {
            0..3 => Fate::Forgotten,
            3..5 => Fate::Replied(rng.i64(500..TARGET_MS)),
            5..7 => Fate::Replied(rng.i64(TARGET_MS + 1..TARGET_MS + 9_000)),
            7..9 => Fate::RepliedWhenHeard,
            9..11 => Fate::AskedAgain(rng.i64(500..TARGET_MS + 4_000), rng.i64(SAME_MS..SAME_MS + 3_000)),
            _ => Fate::Lowered(rng.i64(300..TARGET_MS)),
        };
        let opens_ms = over_ms * n as i64 / count as i64 + rng.i64(0..500);
        Ticket { id: (1000 + n).to_string(), team: *rng.choice(&TEAMS).expect("teams"), opens_ms, fate }
    };
    (0..count).map(ticket).collect()
}

/// So many floods of tickets, one after the other within `over_ms`.
pub(super) fn floods(rng: &mut fastrand::Rng, count: usize, over_ms: i64) -> Vec<Ticket> {
    let mut forgotten = 0;
    let ticket = |n: usize| {
        let fate = match rng.u32(0..8) {
            0..2 if forgotten < FLOODED_FORGOTTEN => Fate::Forgotten,
            0..3 => Fate::Replied(rng.i64(500..TARGET_MS)),
            3..5 => Fate::Replied(rng.i64(TARGET_MS + 1..TARGET_MS + 15_000)),
            _ => Fate::RepliedWhenHeard,
        };
        forgotten += usize::from(fate == Fate::Forgotten);
        let opens_ms = over_ms * (n / FLOOD) as i64 / count as i64 + rng.i64(0..300);
        Ticket { id: (5000 + n).to_string(), team: FLOODED, opens_ms, fate }
    };
    (0..count * FLOOD).map(ticket).collect()
}

/// A ticket for each team that is forgotten, after all others.
pub(super) fn last(opens_ms: i64) -> Vec<Ticket> {
    let ticket =
        |(n, team): (usize, Team)| Ticket { id: (9000 + n).to_string(), team, opens_ms, fate: Fate::Forgotten };
    TEAMS.into_iter().chain([FLOODED]).enumerate().map(ticket).collect()
}

/// When what happened, by the events that were sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct History {
    pub(super) opened: Option<Timestamp>,
    pub(super) replied: Option<Timestamp>,
    pub(super) lowered: Option<Timestamp>,
    pub(super) asked_again: Option<Timestamp>,
}

/// The histories of all tickets so far.
#[derive(Debug, Default)]
pub(super) struct Histories(Mutex<BTreeMap<String, History>>);

impl Histories {
    pub(super) fn of(&self, id: &str) -> History {
        self.0.lock().expect("nobody panics with it").get(id).copied().unwrap_or_default()
    }

    pub(super) fn note(&self, id: &str, note: impl FnOnce(&mut History)) {
        note(self.0.lock().expect("nobody panics with it").entry(id.to_owned()).or_default());
    }
}

impl Ticket {
    fn of_its_team(&self, mut event: Value) -> Value {
        event["detail"]["group_id"] = self.team.group.into();
        event
    }

    pub(super) fn opened(&self, at: Timestamp) -> Value {
        self.of_its_team(ticket_event("created", &self.id, at, at, json!({})))
    }

    pub(super) fn replied(&self, opened: Timestamp, at: Timestamp) -> Value {
        self.of_its_team(agent_reply(&self.id, opened, at))
    }

    pub(super) fn asked_again(&self, opened: Timestamp, at: Timestamp) -> Value {
        let mut event = agent_reply(&self.id, opened, at);
        event["event"]["comment"]["author"] = json!({"id": "c7", "is_staff": false, "name": "Cem"});
        self.of_its_team(event)
    }

    pub(super) fn lowered(&self, opened: Timestamp, at: Timestamp) -> Value {
        let change = json!({"current": "LOW", "previous": "URGENT"});
        let mut event = ticket_event("priority_changed", &self.id, opened, at, change);
        event["detail"]["priority"] = "LOW".into();
        self.of_its_team(event)
    }
}

/// The part of the configuration that these tickets meet.
pub(super) fn configuration() -> String {
    let mut text = String::from(
        r##"
[bot]
timezone = "UTC"

[[digest]]
name = "minutely"
cron = "* * * * *"
to = ["slack:#support", "discord:3000"]
"##,
    );
    for Team { name, group, slack, discord, .. } in TEAMS.into_iter().chain([FLOODED]) {
        let others = match name == FLOODED.name {
            true => format!("storm_over = {FLOOD_OVER}"),
            false => format!("storm_over = 1000\nescalate = [{{ after = \"2s\", to = \"slack:#{LADDER}\" }}]"),
        };
        text.push_str(&format!(
            r##"
[[team]]
name = "{name}"
ids = ["{group}"]

[[sla]]
name = "{name}"
when = {{ team = ["{name}"] }}
first_response = {{ urgent = "3s", low = "1h" }}
next_response = {{ urgent = "3s", low = "1h" }}
calendar = "always"
warn = ["50%"]
to = ["slack:#{slack}", "discord:{discord}"]
{others}
"##
        ));
    }
    text
}
