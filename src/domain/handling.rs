//! Who has a promise in hand: what the claims, snoozes and releases of a ticket mean for one of its promises.
//!
//! They are events like any other, so a restart, another copy of the bot or a fold of everything sees the same. A claim
//! that brings the customer no reply ends by itself: whoever said "mine" and left must not keep the others away.

use super::sla::Promise;
use super::ticket::{Act, MarkKind, Ticket};
use super::timestamp::Timestamp;

/// How long a claim holds without a reply to the customer, where the policy does not say: milliseconds of its clock.
pub const DEFAULT_CLAIM_MS: i64 = 15 * 60_000;

/// A stretch in which somebody keeps an alert to themselves, or quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who.
    pub by: String,
    /// From when.
    pub from: Timestamp,
    /// Until when, exclusive; `None` = until somebody releases it.
    pub until: Option<Timestamp>,
}

impl Hold {
    /// Whether it holds at an instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Ends it, unless it ends earlier.
    fn end(&mut self, at: Timestamp) {
        if self.covers(at) {
            self.until = Some(at);
        }
    }
}

/// Who had a promise in hand, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// Claims, in their order.
    pub claims: Vec<Hold>,
    /// Snoozes, in their order.
    pub snoozes: Vec<Hold>,
    /// How many marks of any kind the ticket has: what the next one is numbered.
    pub marks: usize,
    /// The ticket was solved and nobody had written to the customer.
    pub solved_silently: bool,
}

impl Handling {
    /// What a ticket's marks mean for one of its promises: those made since its clock began, for it or for all.
    pub fn of(ticket: &Ticket, promise: &Promise) -> Self {
        let mut handling = Self { marks: ticket.marks.len(), ..Self::default() };
        let replied = |from: Timestamp, to: Option<Timestamp>| {
            let counts = |at: Timestamp| from <= at && to.is_none_or(|to| at < to);
            ticket.timeline.iter().any(|e| matches!(e.act, Act::Reply { .. }) && counts(e.at))
        };
        for mark in &ticket.marks {
            let concerns = mark.mark.target.is_none_or(|target| target == promise.target);
            if mark.at < promise.started || !concerns {
                continue;
            }
            let mut hold = Hold { by: mark.mark.by.clone(), from: mark.at, until: mark.mark.until };
            match mark.kind {
                MarkKind::Claimed => {
                    // Whoever replied in time keeps it.
                    hold.until = hold.until.filter(|until| !replied(mark.at, Some(*until)));
                    handling.claims.iter_mut().for_each(|claim| claim.end(mark.at));
                    handling.claims.push(hold);
                }
                MarkKind::Snoozed => {
                    handling.snoozes.iter_mut().for_each(|snooze| snooze.end(mark.at));
                    handling.snoozes.push(hold);
                }
                MarkKind::Released => {
                    let all = handling.claims.iter_mut().chain(&mut handling.snoozes);
                    all.for_each(|hold| hold.end(mark.at));
                }
            }
        }
        let solved = |at: Timestamp| ticket.timeline.iter().any(|e| e.act.is_solve() && e.at == at);
        let settled = promise.fulfilled_at.or(promise.decided_at);
        handling.solved_silently =
            settled.is_some_and(|at| solved(at) && !replied(promise.started, Some(at.plus_ms(1))));
        handling
    }

    /// The claim that holds at an instant.
    pub fn claimed(&self, at: Timestamp) -> Option<&Hold> {
        self.claims.iter().rev().find(|claim| claim.covers(at))
    }

    /// The snooze that holds at an instant.
    pub fn snoozed(&self, at: Timestamp) -> Option<&Hold> {
        self.snoozes.iter().rev().find(|snooze| snooze.covers(at))
    }

    /// The first instant at or after `at` at which nobody holds it; `None` while that depends on somebody.
    pub fn free_from(&self, at: Timestamp) -> Option<Timestamp> {
        let mut at = at;
        while let Some(hold) = self.claims.iter().chain(&self.snoozes).find(|hold| hold.covers(at)) {
            at = hold.until?;
        }
        Some(at)
    }

    /// When the claim or snooze that holds at an instant, or the one that begins next, begins or ends.
    pub fn changes_after(&self, at: Timestamp) -> Option<Timestamp> {
        let holds = self.claims.iter().chain(&self.snoozes);
        holds.flat_map(|hold| [Some(hold.from), hold.until]).flatten().filter(|change| *change > at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::definitions::Definitions;
    use crate::domain::event::Event;
    use crate::domain::sample::TicketKey;
    use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, Target, instances};
    use crate::domain::ticket::fold;
    use std::collections::BTreeMap;

    /// A minute of the test's morning.
    fn minute(n: i64) -> Timestamp {
        Timestamp(1_764_576_000_000 + n * 60_000)
    }

    /// Minute, type, data.
    type Happened<'a> = (i64, &'a str, &'a str);

    /// The handling of a first response due after an hour, from `type data` at minutes.
    fn handling(happened: &[Happened<'_>]) -> Handling {
        let policy = Policy {
            name: "p".into(),
            when: Matchers::default(),
            targets: BTreeMap::from([(Target::FirstResponse, Allowance::All(3600))]),
            calendar: CalendarChoice::Always,
            pause: Vec::new(),
            warn: Vec::new(),
        };
        let definitions = Definitions { policies: vec![policy], ..Definitions::default() };
        let key = TicketKey { source: "desk".into(), id: "1".into() };
        let event = |(n, (at, kind, data)): (usize, &Happened<'_>)| {
            let actor = if *kind == "ticket_created" { "customer" } else { "agent" };
            let ts = minute(*at);
            let text = format!(
                r#"{{"event_id": "{n}", "ts": "{ts}", "ticket": "1", "type": "{kind}",
                "actor": {{"kind": "{actor}", "id": "x"}}, "data": {data}}}"#
            );
            Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
        };
        let all = [&[(0, "ticket_created", "{}")], happened].concat();
        let events: Vec<Event> = all.iter().enumerate().map(event).collect();
        let ticket = fold(&key, &events, &definitions).expect("a ticket");
        let instances = instances(&ticket, &definitions);
        Handling::of(&ticket, &instances[0].promise)
    }

    fn until(n: i64) -> String {
        format!(r#"{{"by": "Ana", "until": "{}"}}"#, minute(n))
    }

    #[test]
    fn a_claim_holds_until_it_expires_is_released_or_for_good_once_the_customer_has_a_reply() {
        let (to25, to40) = (until(25), until(40));
        let by = r#"{"by": "Ana"}"#;
        // What happened; who holds it at minutes 12, 20 and 30; from when on it is free, asked at minute 12.
        let table: [(&[Happened<'_>], [bool; 3], Option<i64>); 6] = [
            (&[], [false, false, false], Some(12)),
            (&[(10, "sla_claimed", &to25)], [true, true, false], Some(25)),
            (&[(10, "sla_claimed", &to25), (15, "sla_released", by)], [true, false, false], Some(15)),
            (&[(10, "sla_claimed", &to25), (18, "message", "{}")], [true, true, true], None),
            (&[(10, "sla_claimed", &to25), (26, "message", "{}")], [true, true, false], Some(25)),
            (&[(10, "sla_claimed", &to25), (11, "sla_snoozed", &to40)], [true, true, false], Some(40)),
        ];
        for (happened, held, free) in table {
            let handling = handling(happened);
            assert_eq!([12, 20, 30].map(|n| handling.claimed(minute(n)).is_some()), held, "{happened:?}");
            assert_eq!(handling.free_from(minute(12)), free.map(minute), "{happened:?}");
        }
    }

    #[test]
    fn a_second_claim_takes_over_and_a_release_ends_the_snooze_too() {
        let (to25, to40) = (until(25), until(40));
        let handling = handling(&[
            (10, "sla_claimed", &to25),
            (12, "sla_snoozed", &to40),
            (20, "sla_claimed", &to40),
            (30, "sla_released", r#"{"by": "Bo"}"#),
        ]);
        assert_eq!(handling.claims[0].until, Some(minute(20)));
        assert_eq!(handling.snoozed(minute(29)).map(|s| s.until), Some(Some(minute(30))));
        assert_eq!(handling.free_from(minute(12)), Some(minute(30)));
        assert_eq!(handling.changes_after(minute(12)), Some(minute(20)));
        assert_eq!(handling.marks, 4);
    }

    #[test]
    fn a_solve_without_a_word_is_not_a_reply() {
        assert!(handling(&[(70, "status_changed", r#"{"to": "solved"}"#)]).solved_silently);
        let answered = [(70, "message", "{}"), (70, "status_changed", r#"{"to": "solved"}"#)];
        assert!(!handling(&answered).solved_silently);
    }
}
