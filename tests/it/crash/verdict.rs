//! What must be seen on the platforms in the end, worked out from the events alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use deskbell::domain::timestamp::Timestamp;

use super::plan::{FLOODED, Fate, Histories, LADDER, TARGET_MS, Ticket};
use crate::support::discord::LocalDiscord;
use crate::support::slack::LocalSlack;

/// What a table is born with.
const TABLE: &str = "Alert storm: ";

/// A message as people see it.
#[derive(Clone)]
pub(super) struct Seen {
    /// `slack:#support`, `discord:3000`.
    pub(super) place: String,
    /// What it said when it came.
    pub(super) born: String,
    /// What it says now.
    pub(super) says: String,
    /// All that a table says now, with its rows.
    words: String,
    /// It hangs on another one.
    pub(super) reply: bool,
    /// Which row of the outbox it came from, as far as the platform shows it.
    delivery: String,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { born, says, reply, delivery, .. } = self;
        write!(f, "{} {delivery}: {born:?} → {says:?}", if *reply { "reply" } else { "card" })?;
        if self.is_table() { write!(f, " {:?}", self.words) } else { Ok(()) }
    }
}

impl Seen {
    fn is_table(&self) -> bool {
        self.born.contains(TABLE)
    }

    /// Whether a table lists a ticket, and as missed.
    fn lists(&self, id: &str) -> Option<bool> {
        let mut lines = self.words.lines().filter(|_| self.is_table());
        lines.find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(id)).then(|| words.next() == Some("missed"))
        })
    }
}

/// What was found on the platforms.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// What is not (or not yet) as it must be.
    pub(super) wrong: Vec<String>,
    /// Breaches that were rung by messages of their own.
    pub(super) rung: usize,
    /// Tables of alerts that came together.
    pub(super) tables: usize,
    /// Messages that are there twice where the bot could not look.
    pub(super) doubles: usize,
    /// Cards left behind where the bot could not look.
    pub(super) orphans: usize,
    pub(super) digests: usize,
}

/// The slots of the digest. Only the last of those that were missed is made up for, so a slot is owed only if there was a
/// bot to post it before the next one came.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) all: BTreeSet<Timestamp>,
    pub(super) owed: BTreeSet<Timestamp>,
}

/// All messages of both platforms.
pub(super) fn seen(slack: &LocalSlack, discord: &LocalDiscord) -> Vec<Seen> {
    let words = |body: &serde_json::Value| {
        let embeds = body["embeds"].as_array().cloned().unwrap_or_default();
        let titles: Vec<_> = embeds.iter().filter_map(|embed| embed["title"].as_str()).collect();
        let content = body["content"].as_str().unwrap_or_default();
        format!("{content} {}", titles.join(" ")).trim().replace('\\', "")
    };
    let in_slack = slack.messages().into_iter().map(|m| Seen {
        place: format!("slack:#{}", m.channel.trim_start_matches("C0").to_lowercase()),
        delivery: m.metadata["event_payload"]["delivery_id"].as_str().unwrap_or_default().to_owned(),
        reply: m.thread_ts.is_some(),
        words: if m.born.contains(TABLE) { m.words() } else { String::new() },
        born: m.born,
        says: m.text,
    });
    let in_discord = discord.messages().into_iter().map(|m| Seen {
        place: format!("discord:{}", m.channel),
        delivery: m.id.to_string(),
        reply: !m.body["message_reference"].is_null(),
        words: if words(&m.born).contains(TABLE) { all_words(&m.body) } else { String::new() },
        born: words(&m.born),
        says: words(&m.body),
    });
    in_slack.chain(in_discord).collect()
}

/// Everything in a Discord message that people read.
fn all_words(body: &serde_json::Value) -> String {
    let inner = |values: Vec<&serde_json::Value>| values.into_iter().map(all_words).collect::<Vec<_>>().join("\n");
    match body {
        serde_json::Value::String(text) => text.replace('\\', ""),
        serde_json::Value::Array(values) => inner(values.iter().collect()),
        serde_json::Value::Object(fields) => inner(fields.values().collect()),
        _ => String::new(),
    }
}

/// How often somebody was told that a ticket's `First reply` or `Next reply` is missed.
fn rings(messages: &[&Seen], promise: &str, id: &str) -> usize {
    messages.iter().filter(|m| m.born.contains(&format!("{promise} missed on ticket {id}"))).count()
}

/// Every place of a ticket has heard of its breach.
pub(super) fn heard(seen: &[Seen], ticket: &Ticket) -> bool {
    places(ticket).iter().all(|(place, _)| {
        let there: Vec<&Seen> = seen.iter().filter(|m| m.place == *place).collect();
        rings(&there, "First reply", &ticket.id) > 0 || there.iter().any(|m| m.lists(&ticket.id) == Some(true))
    })
}

/// Where a ticket is told of, and whether the bot cannot look there.
fn places(ticket: &Ticket) -> [(String, bool); 2] {
    let team = ticket.team;
    [(format!("slack:#{}", team.slack), team.blind), (format!("discord:{}", team.discord), team.blind)]
}

/// A length of time under an hour as people say it.
fn spoken(ms: i64) -> String {
    match (ms + 500) / 1000 {
        s @ ..60 => format!("{s}s"),
        s => format!("{}m {:02}s", s / 60, s % 60),
    }
}

pub(super) fn judge(seen: &[Seen], tickets: &[Ticket], histories: &Histories, slots: &Slots) -> Verdict {
    let mut verdict = Verdict::default();
    for ticket in tickets {
        let history = histories.of(&ticket.id);
        let Some(opened) = history.opened else {
            verdict.wrong.push(format!("ticket {} is not opened yet", ticket.id));
            continue;
        };
        let is_done = match ticket.fate {
            Fate::Forgotten => true,
            Fate::Replied(_) | Fate::RepliedWhenHeard => history.replied.is_some(),
            Fate::Lowered(_) => history.lowered.is_some(),
            Fate::AskedAgain(..) => history.asked_again.is_some(),
        };
        if !is_done {
            verdict.wrong.push(format!("ticket {} waits for its fate", ticket.id));
            continue;
        }
        let id = &ticket.id;
        let deadline = opened.plus_ms(TARGET_MS);
        let truth = match (history.replied, history.lowered) {
            (Some(replied), _) if replied <= deadline => format!("First reply on ticket {id}: replied in time"),
            (Some(replied), _) => {
                format!("First reply on ticket {id}: replied {} late", spoken(replied - deadline))
            }
            (None, Some(_)) => format!("First reply not urgent any more on ticket {id}"),
            (None, None) => format!("First reply missed on ticket {id}"),
        };
        // What must have been heard, and what may have been: a reply may be told of after the ring.
        let breach = match ticket.fate {
            Fate::Forgotten | Fate::RepliedWhenHeard => 1..=1,
            Fate::Replied(_) | Fate::Lowered(_) | Fate::AskedAgain(..) => 0..=1,
        };
        let step = if ticket.fate == Fate::Forgotten { 1..=1 } else { 0..=1 };
        if ticket.team.name == FLOODED.name {
            for (place, _) in places(ticket) {
                verdict.look_in_flood(seen, &place, ticket, &truth);
            }
            continue;
        }
        let mut promises = vec![("First reply", truth, breach, step)];
        if history.asked_again.is_some() {
            promises.push(("Next reply", format!("Next reply missed on ticket {id}"), 1..=1, 1..=1));
        }
        for (promise, truth, breach, step) in promises {
            for (place, blind) in places(ticket) {
                let expected = Expected { place: &place, blind, promise, id, truth: &truth, rings: breach.clone() };
                verdict.look(seen, &expected);
            }
            let ladder = format!("slack:#{LADDER}");
            let expected = Expected { place: &ladder, blind: false, promise, id, truth: &truth, rings: step };
            verdict.look(seen, &expected);
        }
    }
    verdict.tables = seen.iter().filter(|m| m.is_table()).count();
    verdict.digests(seen, slots);
    verdict
}

/// What must be seen of a promise in a place.
struct Expected<'a> {
    place: &'a str,
    /// The bot may not read there.
    blind: bool,
    promise: &'a str,
    id: &'a str,
    truth: &'a str,
    rings: RangeInclusive<usize>,
}

impl Verdict {
    fn look(&mut self, seen: &[Seen], expected: &Expected<'_>) {
        let Expected { place, blind, promise, id, truth, rings: wanted } = expected;
        let (about, named) = (format!("on ticket {id}"), promise.to_lowercase());
        let is_about = |m: &&Seen| m.born.contains(&about) && m.born.to_lowercase().contains(&named);
        let all: Vec<&Seen> = seen.iter().filter(|m| m.place == *place).filter(is_about).collect();
        // The same row of the outbox twice: allowed where the bot may not look, and counted.
        let mut rows: BTreeMap<&str, &Seen> = BTreeMap::new();
        for message in &all {
            rows.insert(&message.delivery, message);
        }
        let doubles = all.len() - rows.len();
        if doubles > 0 && !(*blind && place.starts_with("slack")) {
            self.wrong.push(format!("{place} has {doubles} too many of ticket {id}: {all:#?}"));
        }
        self.doubles += doubles;
        let messages: Vec<&Seen> = rows.into_values().collect();
        let rung = rings(&messages, promise, id);
        self.rung += rung;
        if !wanted.contains(&rung) {
            self.wrong
                .push(format!("{place} rang {rung} times, not {wanted:?}, for the {named} of ticket {id}: {all:#?}"));
        }
        let cards: Vec<&&Seen> = messages.iter().filter(|m| !m.reply).collect();
        let warned = messages.iter().filter(|m| m.born.contains("due in") && !m.reply).count();
        if warned > 1 || messages.iter().any(|m| m.reply && m.born.contains("due in")) {
            self.wrong.push(format!("{place} was warned {warned} times of ticket {id}: {all:#?}"));
        }
        let stale = cards.iter().filter(|card| !card.says.contains(*truth)).count();
        // Where the bot may not look, what arrived by an attempt of unknown fate stays as it was: the warning's, and the
        // breach's, which did not know of that card and had the same bad luck.
        let left_behind = if *blind { stale.min(2) } else { 0 };
        self.orphans += left_behind;
        if stale > left_behind || cards.len() > 1 + left_behind {
            self.wrong.push(format!("{place} must say {truth:?} on one card of ticket {id}: {all:#?}"));
        }
    }

    /// Looks where alerts come together: each is told once, by a message of its own or in a table.
    fn look_in_flood(&mut self, seen: &[Seen], place: &str, ticket: &Ticket, truth: &str) {
        let id = &ticket.id;
        let all: Vec<&Seen> = seen.iter().filter(|m| m.place == place).collect();
        let deliveries: BTreeSet<&str> = all.iter().map(|m| m.delivery.as_str()).collect();
        let (about, is_open) = (format!("on ticket {id}"), ticket.fate == Fate::Forgotten);
        let cards: Vec<&&Seen> = all.iter().filter(|m| !m.reply && m.born.contains(&about)).collect();
        let listed = all.iter().filter(|m| m.lists(id).is_some()).count();
        let rung = rings(&all, "First reply", id);
        self.rung += rung;
        let is_told = match is_open {
            true => listed + cards.len() > 0 && all.iter().all(|m| m.lists(id) != Some(false)),
            // Tables list what is open.
            false => listed == 0,
        };
        let is_once = listed <= 1 && cards.len() <= 1 && rung <= 1 && deliveries.len() == all.len();
        if !is_told || !is_once || !cards.iter().all(|card| card.says.contains(truth)) {
            self.wrong.push(format!("{place} must say {truth:?} on one card or in one table: {all:#?}"));
        }
    }

    /// Each slot that was owed once in each place, and none twice.
    fn digests(&mut self, seen: &[Seen], slots: &Slots) {
        for place in ["slack:#support", "discord:3000"] {
            let digests: Vec<&Seen> = seen.iter().filter(|m| m.place == place && m.born.contains("Minutely")).collect();
            let rows: BTreeSet<&str> = digests.iter().map(|m| m.delivery.as_str()).collect();
            self.digests += digests.len();
            if rows.len() != digests.len() || digests.len() > slots.all.len() || digests.len() < slots.owed.len() {
                self.wrong.push(format!("{place} has {} digests, not those of {slots:?}: {digests:#?}", digests.len()));
            }
        }
    }
}
