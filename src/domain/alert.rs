//! Alerts: what is announced about a promise, whether it is still true, and how it reads.
//!
//! [`decide`] is the last look before a message leaves: whatever happened between the deadline and the sending
//! (a reply, a solve, another priority) is taken into account here and nowhere else.

use serde::{Deserialize, Serialize};

use super::duration::spoken_duration;
use super::message::{Action, ActionKind, Block, Field, Message, Piece, Text, Tone};
use super::names::capital;
use super::sample::TicketKey;
use super::sla::{Instance, State, Target, TimerKind};
use super::timestamp::Timestamp;

/// What is to be announced; the body of an outbox row. Everything that can change is read again when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// About which ticket.
    pub ticket: TicketKey,
    /// Which promise.
    pub target: Target,
    /// When its clock began, as far as was known when it rang: with the target, what tells it from others.
    pub started: Timestamp,
    /// Warning or breach.
    pub kind: TimerKind,
    /// The instant that is announced: the deadline of a breach, the threshold of a warning.
    pub due: Timestamp,
}

/// The body of an outbox row: either something that must be looked at again, or a finished message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// An alert; its message is made when it is sent.
    Alert(Notice),
    /// A digest or an answer, as of the moment it was made.
    Post(Box<Message>),
}

impl Announcement {
    /// The text stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("announcements are plain data")
    }
}

/// Tells operators of something only they can mend.
pub fn for_operators(title: String, what: String, mend: &str) -> Message {
    let blocks = vec![Block::Text(Text::plain(what)), Block::Text(Text::plain(mend))];
    Message { tone: Tone::Warning, title, blocks, ..Message::default() }
}

/// What people need to know about the ticket of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the facts of product.md 3")]
pub struct TicketFacts {
    pub subject: Option<String>,
    pub url: Option<String>,
    pub priority: String,
    pub team: Option<String>,
    pub agent: Option<String>,
}

/// What to do with a notice now.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Say it.
    Send(Box<Message>),
    /// It is not true yet: look again then.
    Wait(Timestamp),
    /// Never say it.
    Drop(Reason),
}

/// Why a notice is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The ticket is merged, deleted, spam, or no promise applies to it any more.
    Gone,
    /// The promise was kept, or the answer came while the notice was waiting.
    Answered,
    /// The ticket was solved without an answer.
    Cancelled,
    /// A warning whose deadline has passed: the breach speaks for itself.
    Superseded,
    /// The clock is paused.
    Paused,
}

impl Reason {
    /// The word stored with the dropped row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Paused => "paused",
        }
    }
}

/// Decides about a notice from the truth as it stands now.
pub fn decide(notice: &Notice, truth: Option<(&Instance, &TicketFacts)>, now: Timestamp) -> Decision {
    let Some((instance, facts)) = truth else { return Decision::Drop(Reason::Gone) };
    if instance.promise.fulfilled_at.is_some() || instance.promise.state == State::Met {
        return Decision::Drop(Reason::Answered);
    }
    if instance.promise.state == State::Cancelled {
        return Decision::Drop(Reason::Cancelled);
    }
    let breached = instance.promise.state_at(now) == State::Breached;
    match notice.kind {
        TimerKind::Breach if breached => Decision::Send(Box::new(breach(notice, instance, facts, now))),
        TimerKind::Warn(_) if breached => Decision::Drop(Reason::Superseded),
        TimerKind::Breach => match instance.promise.deadline {
            Some(deadline) => Decision::Wait(deadline.plus_ms(1)),
            None => Decision::Drop(Reason::Paused),
        },
        TimerKind::Warn(n) => match (instance.promise.deadline, instance.warnings.iter().find(|(_, i)| *i == n)) {
            (None, _) => Decision::Drop(Reason::Paused),
            (Some(_), Some((due, _))) if *due > now => Decision::Wait(*due),
            (Some(deadline), _) => Decision::Send(Box::new(warning(notice, instance, facts, deadline, now))),
        },
    }
}

/// How people name a promise.
pub const fn target_words(target: Target) -> &'static str {
    match target {
        Target::FirstResponse => "first reply",
        Target::NextResponse => "next reply",
        Target::Update => "update",
        Target::Resolution => "resolution",
    }
}

/// A length of time in milliseconds on the wall clock, as people say it.
pub fn stretch(ms: i64) -> String {
    spoken_duration(ms as f64 / 1000.0, true)
}

fn breach(notice: &Notice, instance: &Instance, facts: &TicketFacts, now: Timestamp) -> Message {
    let deadline = instance.promise.deadline.or(instance.promise.decided_at).unwrap_or(notice.due);
    let late = now - deadline;
    let title = format!("{} missed on ticket {}", capital(target_words(notice.target)), notice.ticket.id);
    let mut message = frame(Tone::Bad, title, notice, instance, facts);
    let line = Text::plain(format!("The {} was due ", target_words(notice.target))).and(Piece::Time(deadline)).then(
        if instance.calendar.is_some() {
            format!(", {} of business time after it was asked for.", stretch(instance.promise.target_s * 1000))
        } else {
            format!(", {} after it was asked for.", stretch(instance.promise.target_s * 1000))
        },
    );
    message.blocks.insert(0, Block::Text(line));
    // Anything beyond a second is not the ring itself but an outage or a late delivery, and is said in words.
    let lateness = if late < 1000 {
        format!("Rung {late} ms after the deadline")
    } else {
        format!("Rung {} after the deadline (late)", stretch(late))
    };
    message.footer.push(Text::plain(lateness));
    message
}

fn warning(notice: &Notice, instance: &Instance, facts: &TicketFacts, deadline: Timestamp, now: Timestamp) -> Message {
    let left = stretch((deadline - now).max(0));
    let title = format!("{} due in {left} on ticket {}", capital(target_words(notice.target)), notice.ticket.id);
    let mut message = frame(Tone::Warning, title, notice, instance, facts);
    let line = Text::plain(format!("The {} is due ", target_words(notice.target))).and(Piece::Time(deadline)).then(".");
    message.blocks.insert(0, Block::Text(line));
    let late = now - notice.due;
    if late >= 1000 {
        message.footer.push(Text::plain(format!("Warned {} after the threshold (late)", stretch(late))));
    }
    message
}

fn frame(tone: Tone, title: String, notice: &Notice, instance: &Instance, facts: &TicketFacts) -> Message {
    let mut blocks = Vec::new();
    if let Some(subject) = &facts.subject {
        blocks.push(Block::Text(Text::bold(subject.clone())));
    }
    let field = |label: &str, value: Option<&str>| Field {
        label: label.to_owned(),
        value: Text::plain(value.unwrap_or("nobody yet")),
    };
    blocks.push(Block::Fields(vec![
        field("Priority", Some(&facts.priority)),
        field("Team", Some(facts.team.as_deref().unwrap_or("none"))),
        field("Assigned to", facts.agent.as_deref()),
        field("Promise", Some(&instance.policy)),
    ]));
    let actions = facts
        .url
        .iter()
        .map(|url| Action { label: "Open".to_owned(), does: ActionKind::Open { url: url.clone() } })
        .collect();
    let cycle = instance.promise.cycle;
    let cycle = if cycle > 1 { format!(", cycle {cycle}") } else { String::new() };
    let footer = vec![Text::plain(format!("{} of {}{cycle}", notice.target.name(), notice.ticket.source))];
    Message { tone, title, blocks, actions, footer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sla::{PolicyVersion, Promise};

    fn instance(state: State, deadline: Option<i64>) -> Instance {
        let promise = Promise {
            target: Target::FirstResponse,
            cycle: 1,
            target_s: 60,
            started: Timestamp(0),
            elapsed_ms: 0,
            elapsed_at: Timestamp(0),
            state,
            deadline: deadline.map(Timestamp),
            decided_at: None,
            fulfilled_at: None,
            overrun_ms: None,
            overrun_until: None,
            version: PolicyVersion::Configured(1),
        };
        Instance {
            promise,
            policy: "urgent".into(),
            priority: "urgent".into(),
            due: None,
            calendar: None,
            warnings: vec![(Timestamp(48_000), 0)],
        }
    }

    fn notice(kind: TimerKind, due: i64) -> Notice {
        let ticket = TicketKey { source: "helpdesk".into(), id: "4521".into() };
        let (target, started) = (Target::FirstResponse, Timestamp(0));
        Notice { ticket, target, started, kind, due: Timestamp(due) }
    }

    fn verdict(kind: TimerKind, instance: &Instance, now: i64) -> String {
        let facts = TicketFacts { subject: Some("Help".into()), priority: "urgent".into(), ..TicketFacts::default() };
        match decide(&notice(kind, 60_000), Some((instance, &facts)), Timestamp(now)) {
            Decision::Send(m) => m.title.clone(),
            Decision::Wait(t) => format!("wait until {}", t.millis()),
            Decision::Drop(r) => format!("drop: {}", r.name()),
        }
    }

    #[test]
    fn the_truth_is_read_again_before_ringing() {
        let running = instance(State::Running, Some(60_000));
        let mut answered = instance(State::Breached, Some(60_000));
        answered.promise.fulfilled_at = Some(Timestamp(61_000));
        let moved = instance(State::Running, Some(90_000));
        let b = TimerKind::Breach;
        let w = TimerKind::Warn(0);
        let table = [
            (b, &running, 60_001, "First reply missed on ticket 4521"),
            (b, &running, 60_000, "wait until 60001"),
            (b, &moved, 60_001, "wait until 90001"),
            (b, &answered, 62_000, "drop: answered"),
            (b, &instance(State::Cancelled, None), 62_000, "drop: cancelled"),
            (b, &instance(State::Running, None), 62_000, "drop: paused"),
            (w, &running, 48_000, "First reply due in 12s on ticket 4521"),
            (w, &running, 40_000, "wait until 48000"),
            (w, &running, 60_001, "drop: superseded"),
        ];
        for (kind, instance, now, expected) in table {
            assert_eq!(verdict(kind, instance, now), expected, "{kind:?} at {now}");
        }
        assert_eq!(decide(&notice(b, 0), None, Timestamp(1)), Decision::Drop(Reason::Gone));
    }

    #[test]
    fn an_alert_prints_its_own_lateness() {
        let facts = TicketFacts::default();
        let running = instance(State::Running, Some(60_000));
        let footer = |now| match decide(&notice(TimerKind::Breach, 60_000), Some((&running, &facts)), Timestamp(now)) {
            Decision::Send(m) => m.footer.last().map(Text::to_plain),
            other => panic!("{other:?}"),
        };
        assert_eq!(footer(60_012).as_deref(), Some("Rung 12 ms after the deadline"));
        assert_eq!(footer(3_660_000).as_deref(), Some("Rung 1h 00m after the deadline (late)"));
    }
}
