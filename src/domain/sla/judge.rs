//! The verdict on one demand: its clock run through the regimes of the ticket.
//!
//! Time used is kept when priority, team or policy change; only what it is compared with changes. A clock that
//! ends exactly with the target is in time. A breach is never taken back; the one verdict that is, is a
//! resolution's "met" when the ticket is reopened.

use crate::domain::definitions::{Definitions, SolveWithoutReply};
use crate::domain::event::Target;
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;

use super::demand::{Demand, Ending};
use super::regime::{Regime, Terms};
use super::{Instance, Promise, State, Stretch, Warning};

/// The state of the clock while it runs through the regimes.
#[derive(Default)]
struct Run<'a> {
    used: i64,
    terms: Option<Terms<'a>>,
    deadline: Option<Timestamp>,
    /// The instants of the promise's warnings, as far as they are known.
    warned: Vec<Option<Timestamp>>,
    breach: Option<Breach<'a>>,
}

/// A promise was broken.
struct Breach<'a> {
    at: Timestamp,
    /// Time used by then: the target, or more if the target was lowered below it.
    used: i64,
    terms: Terms<'a>,
    overrun: i64,
}

/// The instance a demand makes of the promises in force; `None` when none was in force at its decision (or is now).
/// `seen` is shown each stretch the clock went through.
pub(super) fn judge<'a>(
    demand: &Demand,
    ticket: &'a Ticket,
    regimes: &[Regime<'a>],
    definitions: &'a Definitions,
    mut seen: impl FnMut(Stretch<'a>),
) -> Option<Instance> {
    let end = demand.ended.map_or(ticket.as_of, |(at, _)| at).max(demand.started);
    let first = regimes.partition_point(|r| r.from <= demand.started).saturating_sub(1);
    let mut run = Run::default();
    for (n, regime) in regimes.iter().enumerate().skip(first) {
        // What changes with the fulfilment no longer matters to it.
        if n > first && demand.ended.is_some() && regime.from >= end {
            break;
        }
        let from = regime.from.max(demand.started);
        let next = regimes.get(n + 1).map(|r| r.from);
        let to = next.map_or(end, |next| next.min(end));
        let terms = regime.terms(demand.target, (demand.started, end), ticket, definitions);
        run.terms_change(terms, from);
        let counted_ms = run.pass(from, to, next.is_none() && demand.ended.is_none());
        seen(Stretch {
            from,
            to,
            status: regime.status,
            priority: regime.priority,
            team: regime.team,
            policy: terms.promise.map(|(policy, _)| policy),
            target_s: terms.promise.map(|(_, ms)| ms / 1000),
            calendar: terms.clock.name(),
            hours: terms.clock.hours(),
            paused: terms.stopped,
            counted_ms,
        });
    }
    run.verdict(demand, end, definitions)
}

impl<'a> Run<'a> {
    fn terms_change(&mut self, terms: Terms<'a>, at: Timestamp) {
        if self.terms.is_none_or(|old| old.promise != terms.promise) {
            self.warned = vec![None; terms.warn.len()];
        }
        self.terms = Some(terms);
        if self.breach.is_none() && terms.promise.is_some_and(|(_, target)| self.used > target) {
            self.breach = Some(Breach { at, used: self.used, terms, overrun: 0 });
        }
    }

    /// Lets time pass under the present terms (`last` when nothing is known beyond `to`); returns what counted.
    fn pass(&mut self, from: Timestamp, to: Timestamp, last: bool) -> i64 {
        self.deadline = None;
        let Some(terms) = self.terms else { return 0 };
        let counted = if terms.stopped { 0 } else { self.run_clock(terms, from, to, last) };
        // A pause stops the promise's clock, not the time that somebody waits too long.
        if let Some(breach) = &mut self.breach {
            breach.overrun += terms.clock.between(from.max(breach.at), to);
        }
        self.used += counted;
        counted
    }

    /// Finds the warnings and the breach of a stretch in which the clock runs; returns what counts of it.
    fn run_clock(&mut self, terms: Terms<'a>, from: Timestamp, to: Timestamp, last: bool) -> i64 {
        if let (Some((_, target)), None) = (terms.promise, &self.breach) {
            for (warned, warning) in self.warned.iter_mut().zip(terms.warn) {
                let threshold = warning.threshold(target);
                if warned.is_some() || threshold <= 0 || threshold >= target {
                    continue;
                }
                let due = terms.clock.add(from, (threshold - self.used).max(0));
                *warned = due.filter(|due| last || *due < to);
            }
            self.deadline = terms.clock.deadline(from, target - self.used);
            if let Some(at) = self.deadline.filter(|d| *d < to) {
                self.breach = Some(Breach { at, used: target, terms, overrun: 0 });
            }
        }
        terms.clock.between(from, to)
    }

    fn verdict(self, demand: &Demand, end: Timestamp, definitions: &Definitions) -> Option<Instance> {
        let forgiven = definitions.switches.sla_solve_without_reply == SolveWithoutReply::Met;
        let terms = self.breach.as_ref().map(|b| b.terms).or(self.terms)?;
        let (policy, target_ms) = terms.promise?;
        let version = terms.version?;
        let mut promise = Promise {
            target: demand.target,
            cycle: demand.cycle,
            target_s: target_ms / 1000,
            started: demand.started,
            elapsed_ms: self.used,
            elapsed_at: end,
            state: State::Running,
            deadline: None,
            decided_at: Some(end),
            fulfilled_at: None,
            overrun_ms: None,
            overrun_until: None,
            version,
        };
        let due = self.breach.as_ref().map(|breach| breach.at).or(self.deadline);
        let mut calendar = terms.clock.name();
        let mut warnings = Vec::new();
        match (self.breach, demand.ended) {
            (Some(breach), ended) => {
                promise.state = State::Breached;
                promise.elapsed_ms = breach.used;
                promise.elapsed_at = breach.at;
                promise.decided_at = Some(breach.at);
                promise.fulfilled_at = ended.map(|(at, _)| at);
                promise.overrun_ms = Some(breach.overrun);
                promise.overrun_until = Some(end.max(breach.at));
                if ended.is_none() {
                    // What it overruns from now on is measured by the hours in force now.
                    calendar = self.terms.and_then(|now| now.clock.name());
                }
            }
            (None, Some((_, Ending::Solved))) if demand.target == Target::Update || !forgiven => {
                promise.state = State::Cancelled;
            }
            (None, Some((_, Ending::Fulfilled | Ending::Solved))) => {
                promise.state = State::Met;
                promise.fulfilled_at = Some(end);
            }
            (None, None) => {
                promise.decided_at = None;
                promise.deadline = self.deadline;
                if self.deadline.is_some() {
                    let due = self.warned.iter().enumerate().filter_map(|(n, at)| at.map(|at| (at, n)));
                    warnings = due.collect();
                    warnings.sort_unstable();
                }
            }
        }
        Some(Instance {
            promise,
            policy: policy.to_owned(),
            priority: terms.priority.to_owned(),
            calendar: calendar.map(str::to_owned),
            due,
            warnings,
        })
    }
}

impl Warning {
    /// The time used at which to warn, in milliseconds.
    fn threshold(self, target_ms: i64) -> i64 {
        match self {
            Self::Used(share) => (target_ms as f64 * share).round() as i64,
            Self::Left(seconds) => target_ms.saturating_sub(seconds.saturating_mul(1000)),
        }
    }
}
