//! Alerts: what is announced about a promise, whether it is still true, and how it reads.
//!
//! [`decide`] is the last look before a message leaves: whatever happened between the deadline and the sending
//! (a reply, a solve, another priority) is taken into account here and nowhere else.

use serde::{Deserialize, Serialize};

use super::duration::spoken_duration;
use super::handling::Handling;
use super::message::{Block, Mention, Message, Piece, Text, Tone};
use super::names::capital;
use super::sample::TicketKey;
use super::sla::{Instance, State, Target, TimerKind};
use super::timestamp::Timestamp;

mod card;
mod group;

#[cfg(test)]
pub(crate) use card::tests::messages as card_states;
pub use card::{Card, card};
#[cfg(test)]
pub(crate) use group::tests::messages as group_states;
pub use group::{Group, GroupKind, GroupState, Grouped, Member, Outcome, Tally, WINDOW_MS, call, grouped, outcome};

/// What is to be announced; the body of an outbox row. Everything that can change is read again when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// About which ticket.
    pub ticket: TicketKey,
    /// Which promise.
    pub target: Target,
    /// When its clock began, as far as was known when it rang: with the target, what tells it from others.
    pub started: Timestamp,
    /// Warning, breach or step.
    pub kind: TimerKind,
    /// The instant that is announced: the deadline of a breach, the threshold of a warning.
    pub due: Timestamp,
    /// Whom a step calls, as written in `bot.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mention: Option<String>,
}

impl Notice {
    /// What tells its message in a place from all others.
    pub fn key(&self, destination: &str) -> String {
        format!("alert/{}/{}/{destination}", self.promise_key(), self.kind.name())
    }

    /// The key of a card about its promise that is posted once more, because of something that happened.
    pub fn again_key(&self, why: &str, destination: &str) -> String {
        format!("card/{}/{why}/{destination}", self.promise_key())
    }

    fn promise_key(&self) -> String {
        let Self { ticket, target, started, .. } = self;
        format!("{}/{}/{}/{}", ticket.source, ticket.id, target.name(), started.millis())
    }
}

/// The body of an outbox row: either something that must be looked at again, or a finished message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// An alert; its message is made when it is sent.
    Alert(Notice),
    /// The card that this alert opened, once more: somebody deleted it.
    Again(Notice),
    /// The table of alerts that are told together, by its number; its message is made when it is sent.
    Group(i64),
    /// What must be heard of such a table, since an edit notifies nobody: that promises are missed now, or whom a step of
    /// the ladder calls.
    Call {
        /// The number of the table.
        group: i64,
        /// Whom, as written in `bot.toml`.
        mention: Option<String>,
    },
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

/// A promise as it stands: what is looked at before anything is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The promise.
    pub instance: Instance,
    /// The ticket it was made to.
    pub facts: TicketFacts,
    /// Who has it in hand.
    pub handling: Handling,
}

/// What to do with a notice now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Say it.
    Send,
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
    /// Somebody has it in hand and has written to the customer.
    Held,
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
            Self::Held => "held",
        }
    }
}

/// Decides about a notice from the truth as it stands now.
pub fn decide(notice: &Notice, truth: Option<&Truth>, now: Timestamp) -> Decision {
    let Some(Truth { instance, handling, .. }) = truth else { return Decision::Drop(Reason::Gone) };
    if instance.promise.fulfilled_at.is_some() || instance.promise.state == State::Met {
        return Decision::Drop(Reason::Answered);
    }
    if instance.promise.state == State::Cancelled {
        return Decision::Drop(Reason::Cancelled);
    }
    let breached = instance.promise.state_at(now) == State::Breached;
    match notice.kind {
        TimerKind::Breach if breached => Decision::Send,
        TimerKind::Warn(_) if breached => Decision::Drop(Reason::Superseded),
        TimerKind::Step(_) if breached => match handling.free_from(now) {
            Some(free) if free <= now => Decision::Send,
            Some(free) => Decision::Wait(free),
            None => Decision::Drop(Reason::Held),
        },
        TimerKind::Breach | TimerKind::Step(_) => match instance.promise.deadline {
            Some(deadline) => Decision::Wait(deadline.plus_ms(1)),
            None => Decision::Drop(Reason::Paused),
        },
        TimerKind::Warn(n) => match (instance.promise.deadline, instance.warnings.iter().find(|(_, i)| *i == n)) {
            (None, _) => Decision::Drop(Reason::Paused),
            (Some(_), Some((due, _))) if *due > now => Decision::Wait(*due),
            (Some(_), _) => match handling.snoozed(now) {
                Some(snooze) => snooze.until.map_or(Decision::Drop(Reason::Held), Decision::Wait),
                None => Decision::Send,
            },
        },
    }
}

/// The short message that hangs on a card when something must be heard, since an edit notifies nobody.
pub fn heard(notice: &Notice, truth: &Truth, now: Timestamp) -> Message {
    let deadline = missed_at(notice, &truth.instance);
    let what = target_words(notice.target);
    let title = match notice.kind {
        TimerKind::Warn(_) => format!("{} due soon on ticket {}", capital(what), notice.ticket.id),
        TimerKind::Breach => format!("{} missed on ticket {}", capital(what), notice.ticket.id),
        TimerKind::Step(_) => format!("Still no {what} on ticket {}", notice.ticket.id),
    };
    let mut blocks = Vec::new();
    if let Some(subject) = &truth.facts.subject {
        blocks.push(Block::Text(Text::bold(subject.clone())));
    }
    let held_by = truth.facts.agent.as_ref().map_or("Nobody is assigned.".to_owned(), |a| format!("Assigned to {a}."));
    blocks.push(Block::Text(Text::plain("It was due ").and(Piece::Time(deadline)).then(format!(". {held_by}"))));
    let footer = vec![Text::plain(lateness(notice, deadline, now))];
    Message { tone: Tone::Bad, title, mentions: mentions(notice), blocks, footer, ..Message::default() }
}

/// Whom a notice calls.
fn mentions(notice: &Notice) -> Vec<Mention> {
    notice.mention.as_deref().map(Mention::parse).into_iter().collect()
}

/// The instant at which a promise was broken.
fn missed_at(notice: &Notice, instance: &Instance) -> Timestamp {
    instance.promise.deadline.or(instance.promise.decided_at).unwrap_or(notice.due)
}

/// How late a message left: anything beyond a second is not the ring itself but an outage or a late delivery, and is
/// said in words.
fn lateness(notice: &Notice, deadline: Timestamp, sent: Timestamp) -> String {
    match notice.kind {
        TimerKind::Breach if sent - deadline < 1000 => format!("Rung {} ms after the deadline", sent - deadline),
        TimerKind::Breach => format!("Rung {} after the deadline (late)", stretch(sent - deadline)),
        TimerKind::Warn(_) => format!("Warned {} after the threshold (late)", stretch(sent - notice.due)),
        TimerKind::Step(n) => format!("Step {}, {} after the deadline", n + 1, stretch(sent - deadline)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::handling::Hold;
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
        Notice { ticket, target, started, kind, due: Timestamp(due), mention: None }
    }

    fn verdict(kind: TimerKind, instance: &Instance, handling: &Handling, now: i64) -> String {
        let truth = Truth { instance: instance.clone(), facts: TicketFacts::default(), handling: handling.clone() };
        match decide(&notice(kind, 60_000), Some(&truth), Timestamp(now)) {
            Decision::Send => "send".to_owned(),
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
        let (w, b, s) = (TimerKind::Warn(0), TimerKind::Breach, TimerKind::Step(0));
        let table = [
            (b, &running, 60_001, "send"),
            (b, &running, 60_000, "wait until 60001"),
            (b, &moved, 60_001, "wait until 90001"),
            (b, &answered, 62_000, "drop: answered"),
            (b, &instance(State::Cancelled, None), 62_000, "drop: cancelled"),
            (b, &instance(State::Running, None), 62_000, "drop: paused"),
            (w, &running, 48_000, "send"),
            (w, &running, 40_000, "wait until 48000"),
            (w, &running, 60_001, "drop: superseded"),
            (s, &running, 70_000, "send"),
            (s, &moved, 70_000, "wait until 90001"),
            (s, &answered, 70_000, "drop: answered"),
        ];
        for (kind, instance, now, expected) in table {
            assert_eq!(verdict(kind, instance, &Handling::default(), now), expected, "{kind:?} at {now}");
        }
        assert_eq!(decide(&notice(b, 0), None, Timestamp(1)), Decision::Drop(Reason::Gone));
    }

    #[test]
    fn a_claim_holds_the_ladder_a_snooze_also_the_warnings_and_neither_the_breach() {
        let running = instance(State::Running, Some(60_000));
        let hold =
            |until: Option<i64>| vec![Hold { by: "Ana".into(), from: Timestamp(40_000), until: until.map(Timestamp) }];
        let claimed = |until| Handling { claims: hold(until), ..Handling::default() };
        let snoozed = |until| Handling { snoozes: hold(until), ..Handling::default() };
        let (w, b, s) = (TimerKind::Warn(0), TimerKind::Breach, TimerKind::Step(0));
        let table = [
            (s, claimed(Some(80_000)), 70_000, "wait until 80000"),
            (s, claimed(Some(80_000)), 80_000, "send"),
            (s, claimed(None), 70_000, "drop: held"),
            (s, snoozed(Some(80_000)), 70_000, "wait until 80000"),
            (w, claimed(Some(80_000)), 50_000, "send"),
            (w, snoozed(Some(55_000)), 50_000, "wait until 55000"),
            (b, claimed(Some(80_000)), 60_001, "send"),
            (b, snoozed(Some(80_000)), 60_001, "send"),
        ];
        for (kind, handling, now, expected) in table {
            assert_eq!(verdict(kind, &running, &handling, now), expected, "{kind:?} at {now} {handling:?}");
        }
    }

    #[test]
    fn a_message_prints_its_own_lateness() {
        let said = |kind, now| lateness(&notice(kind, 48_000), Timestamp(60_000), Timestamp(now));
        assert_eq!(said(TimerKind::Breach, 60_012), "Rung 12 ms after the deadline");
        assert_eq!(said(TimerKind::Breach, 3_660_000), "Rung 1h 00m after the deadline (late)");
        assert_eq!(said(TimerKind::Warn(0), 51_000), "Warned 3s after the threshold (late)");
        assert_eq!(said(TimerKind::Step(1), 660_000), "Step 2, 10m 00s after the deadline");
    }
}
