//! The card: the one living message about a promise, as the promise stands.
//!
//! A pure function of the truth. The moment enters only where it changes what is true (a deadline passes, a claim ends),
//! never as "12 minutes left", so that the same truth is the same text and a card that says it already is not edited.

use super::{Notice, Truth, lateness, mentions, missed_at, stretch, target_words};
use crate::domain::message::{Action, ActionKind, Block, Field, Message, Piece, Text, Tone};
use crate::domain::names::capital;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Instance, State, Target, TimerKind};
use crate::domain::timestamp::Timestamp;

/// What a card says at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Colour, text and buttons.
    pub message: Message,
    /// When it will say something else although nothing happens.
    pub changes_at: Option<Timestamp>,
    /// There is still something to do about it.
    pub open: bool,
    /// What is new about it is also said by a message of its own, the one that must be heard.
    pub heard: bool,
}

/// Where a promise stands.
enum Phase {
    /// Its deadline is further away than its warnings.
    Ahead(Timestamp),
    /// Warned of: the deadline, and as of when the time left is told.
    Soon(Timestamp, Timestamp),
    /// Its clock stands still.
    Paused,
    /// Missed, and still open.
    Missed(Timestamp),
    /// Over, for better or worse.
    Over(Tone, String),
}

/// The card of a promise. `opened` is the alert that was its first message, which left at `sent`.
pub fn card(opened: &Notice, sent: Timestamp, truth: Option<&Truth>, now: Timestamp) -> Card {
    let Some(truth) = truth else {
        let title =
            format!("{} on ticket {}: no longer applies", capital(target_words(opened.target)), opened.ticket.id);
        let message = Message { tone: Tone::Good, title, footer: vec![origin(opened, 1)], ..Message::default() };
        return Card { message, changes_at: None, open: false, heard: false };
    };
    let phase = phase(opened, sent, truth, now);
    let (open, claim) = match phase {
        Phase::Over(..) => (false, None),
        _ => (true, truth.handling.claimed(now)),
    };
    let (tone, title) = headline(opened, &phase, claim.map(|claim| claim.by.as_str()));
    let mut blocks = Vec::new();
    if let (TimerKind::Step(n), true) = (opened.kind, open) {
        blocks.push(Block::Text(Text::plain(format!("Step {} of the ladder: nobody has answered yet.", n + 1))));
    }
    blocks.extend(timing(opened.target, &phase, &truth.instance));
    blocks.extend(if open { held(truth, now) } else { Vec::new() });
    if let Some(subject) = &truth.facts.subject {
        blocks.push(Block::Text(Text::bold(subject.clone())));
    }
    blocks.push(facts(truth));
    let mut footer = vec![origin(opened, truth.instance.promise.cycle)];
    let late = match (opened.kind, &phase) {
        (TimerKind::Warn(_), _) => sent - opened.due >= 1000,
        (TimerKind::Breach | TimerKind::Step(_), Phase::Missed(_)) => true,
        (TimerKind::Breach | TimerKind::Step(_), _) => false,
    };
    if late {
        footer.push(Text::plain(lateness(opened, missed_at(opened, &truth.instance), sent)));
    }
    let message = Message {
        tone,
        title,
        mentions: if open { mentions(opened) } else { Vec::new() },
        blocks,
        menus: Vec::new(),
        actions: buttons(opened, truth, open, claim.is_some()),
        footer,
        chart: None,
    };
    let heard = matches!(phase, Phase::Missed(_)) && claim.is_none() && truth.handling.snoozed(now).is_none();
    Card { message, changes_at: if open { changes_at(truth, now) } else { None }, open, heard }
}

fn phase(opened: &Notice, sent: Timestamp, truth: &Truth, now: Timestamp) -> Phase {
    let promise = &truth.instance.promise;
    match (promise.state_at(now), promise.fulfilled_at) {
        (State::Met, _) => Phase::Over(Tone::Good, kept(truth)),
        (State::Cancelled, _) => Phase::Over(Tone::Good, "solved without a reply".to_owned()),
        (State::Breached, Some(_)) => Phase::Over(Tone::Good, late(truth, sent)),
        (State::Breached, None) => Phase::Missed(missed_at(opened, &truth.instance)),
        (State::Running, _) => match promise.deadline {
            None => Phase::Paused,
            Some(deadline) => {
                let warned = truth.instance.warnings.iter().map(|(due, _)| *due).filter(|due| *due <= now).max();
                match warned {
                    Some(due) => Phase::Soon(deadline, due.max(sent.min(deadline))),
                    None => Phase::Ahead(deadline),
                }
            }
        },
    }
}

/// The word for what fulfils a promise.
const fn done(target: Target) -> &'static str {
    match target {
        Target::FirstResponse | Target::NextResponse => "replied",
        Target::Update => "updated",
        Target::Resolution => "solved",
    }
}

fn kept(truth: &Truth) -> String {
    format!("{} in time", done(truth.instance.promise.target))
}

/// `replied 8m 00s late, claimed after 2m 00s`.
fn late(truth: &Truth, sent: Timestamp) -> String {
    let promise = &truth.instance.promise;
    let silent = truth.handling.solved_silently && promise.target != Target::Resolution;
    let done = if silent { "solved without a reply," } else { done(promise.target) };
    let mut outcome = format!("{done} {} late", stretch(promise.overrun_ms.unwrap_or(0)));
    if let Some(claim) = truth.handling.claims.first() {
        match claim.from - sent {
            after if after >= 0 => outcome.push_str(&format!(", claimed after {}", stretch(after))),
            _ => outcome.push_str(", claimed beforehand"),
        }
    }
    outcome
}

fn headline(opened: &Notice, phase: &Phase, claimed_by: Option<&str>) -> (Tone, String) {
    let (what, ticket) = (target_words(opened.target), &opened.ticket.id);
    let (tone, title) = match phase {
        Phase::Ahead(_) => (Tone::Neutral, format!("{what} not urgent any more on ticket {ticket}")),
        Phase::Soon(deadline, as_of) => {
            (Tone::Warning, format!("{what} due in {} on ticket {ticket}", stretch((*deadline - *as_of).max(0))))
        }
        Phase::Paused => (Tone::Neutral, format!("{what} paused on ticket {ticket}")),
        Phase::Missed(_) => (Tone::Bad, format!("{what} missed on ticket {ticket}")),
        Phase::Over(tone, outcome) => (*tone, format!("{what} on ticket {ticket}: {outcome}")),
    };
    match claimed_by {
        Some(by) => (Tone::Neutral, format!("Claimed by {by}: {title}")),
        None => (tone, capital(&title)),
    }
}

fn timing(target: Target, phase: &Phase, instance: &Instance) -> Option<Block> {
    let what = target_words(target);
    let text = match phase {
        Phase::Ahead(deadline) | Phase::Soon(deadline, _) => {
            Text::plain(format!("The {what} is due ")).and(Piece::Time(*deadline)).then(".")
        }
        Phase::Paused => Text::plain(format!("The clock of the {what} stands still: it waits for the customer.")),
        Phase::Missed(deadline) => {
            let allowed = stretch(instance.promise.target_s * 1000);
            let hours = if instance.calendar.is_some() { " of business time" } else { "" };
            let text = Text::plain(format!("The {what} was due ")).and(Piece::Time(*deadline));
            text.then(format!(", {allowed}{hours} after it was asked for."))
        }
        Phase::Over(..) => return None,
    };
    Some(Block::Text(text))
}

/// Who has it in hand, and until when it keeps quiet.
fn held(truth: &Truth, now: Timestamp) -> Vec<Block> {
    let mut lines = Vec::new();
    if let Some(claim) = truth.handling.claimed(now) {
        let text = Text::plain(format!("{} has it since ", claim.by)).and(Piece::Time(claim.from));
        lines.push(match claim.until {
            Some(until) => text.then(", until ").and(Piece::Time(until)).then(" unless the customer gets a reply."),
            None => text.then("."),
        });
    }
    if let Some(snooze) = truth.handling.snoozed(now) {
        let text = Text::plain(format!("Snoozed by {}", snooze.by));
        lines.push(match snooze.until {
            Some(until) => text.then(" until ").and(Piece::Time(until)).then("."),
            None => text.then("."),
        });
    }
    lines.into_iter().map(Block::Text).collect()
}

fn facts(truth: &Truth) -> Block {
    let field = |label: &str, value: &str| Field { label: label.to_owned(), value: Text::plain(value) };
    let facts = &truth.facts;
    Block::Fields(vec![
        field("Priority", &facts.priority),
        field("Team", facts.team.as_deref().unwrap_or("none")),
        field("Assigned to", facts.agent.as_deref().unwrap_or("nobody yet")),
        field("Promise", &truth.instance.policy),
    ])
}

/// A ticket as commands name it.
pub(super) fn named(ticket: &TicketKey) -> String {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !matches!(c, '"' | '\\'));
    let name = format!("{}/{}", ticket.source, ticket.id);
    if plain(&name) { name } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn buttons(opened: &Notice, truth: &Truth, open: bool, claimed: bool) -> Vec<Action> {
    let ticket = named(&opened.ticket);
    let command = |label: &str, text: String| Action { label: label.to_owned(), does: ActionKind::Command(text) };
    let mut actions = Vec::new();
    if open {
        actions.push(match claimed {
            false => command("Claim", format!("/sla claim {ticket}")),
            true => command("Release", format!("/sla release {ticket}")),
        });
        actions.push(command("Snooze 30 min", format!("/sla snooze {ticket} 30m")));
        if truth.instance.calendar.is_some() {
            actions.push(command("Until opening", format!("/sla snooze {ticket} opening")));
        }
        // Whoever presses it is asked until when.
        actions.push(command("Snooze until…", format!("/sla snooze {ticket} until")));
    }
    actions.push(command("Why", format!("/sla why {ticket}")));
    if let Some(url) = &truth.facts.url {
        actions.push(Action { label: "Open".to_owned(), does: ActionKind::Open { url: url.clone() } });
    }
    actions
}

/// `Update number 2, source helpdesk`.
fn origin(opened: &Notice, cycle: u32) -> Text {
    let number = if cycle > 1 { format!(" number {cycle}") } else { String::new() };
    Text::plain(format!("{}{number}, source {}", capital(target_words(opened.target)), opened.ticket.source))
}

/// The next warning, the deadline, or the end of a claim or snooze.
pub(super) fn changes_at(truth: &Truth, now: Timestamp) -> Option<Timestamp> {
    let Instance { promise, warnings, .. } = &truth.instance;
    let breach = promise.deadline.filter(|_| promise.state == State::Running).map(|deadline| deadline.plus_ms(1));
    let clock = warnings.iter().map(|(due, _)| *due).chain(breach);
    clock.filter(|at| *at > now).chain(truth.handling.changes_after(now)).min()
}

#[cfg(test)]
pub(crate) mod tests;
