//! Promises: policy × ticket × calendar → instances and deadlines.
//!
//! Definitions: kpis.md 5.5 and product.md 6. One instance per (ticket, target, cycle).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::definitions::Definitions;
use super::event::Status;
pub use super::event::Target;
use super::sample::packing::packed_struct;
use super::ticket::Ticket;
use super::timestamp::Timestamp;

mod account;
mod agreement;
mod demand;
mod judge;
mod regime;
mod supposed;

pub use account::{Account, Closed, Interval, Reason, account};
pub use agreement::{Agreement, Agreements, PolicyVersion, Version};
use demand::Demand;
use regime::{Clock, Regime};
pub use supposed::{Supposed, Supposition};

/// A promise: whom it concerns, how long each target may take, on which clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Whom it concerns; an empty list = any.
    pub when: Matchers,
    /// Seconds allowed per target and priority.
    pub targets: BTreeMap<Target, Allowance>,
    /// Whose hours count.
    pub calendar: CalendarChoice,
    /// Statuses that stop the resolution clock.
    pub pause: Vec<Status>,
    /// When to warn before the deadline.
    pub warn: Vec<Warning>,
}

/// Which tickets a policy concerns: every non-empty list must contain the ticket's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the dimensions of kpis.md R13")]
pub struct Matchers {
    pub priority: Vec<String>,
    pub team: Vec<String>,
    pub channel: Vec<String>,
    pub tier: Vec<String>,
    pub tag: Vec<String>,
    pub source: Vec<String>,
}

/// Seconds allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Allowance {
    /// The same for every priority.
    All(i64),
    /// By priority; a priority without an entry has no instance.
    ByPriority(BTreeMap<String, i64>),
}

/// Whose business hours count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarChoice {
    /// The calendar of the ticket's team (else the workspace's; else calendar time).
    Team,
    /// Calendar time.
    Always,
    /// A named calendar.
    Named(String),
}

/// When to warn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// When this share of the target is used up (0 to 1).
    Used(f64),
    /// When this many seconds (of the policy's clock) are left.
    Left(i64),
}

/// How an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "kpis.md 5.5.1")]
pub enum State {
    Running,
    Met,
    Breached,
    Cancelled,
}

impl State {
    /// The word used in answers and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Met => "met",
            Self::Breached => "breached",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One promise to one ticket, once: the numbers of an [`Instance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Which promise.
    pub target: Target,
    /// 1 for the first; next_response and update count up.
    pub cycle: u32,
    /// Seconds allowed.
    pub target_s: i64,
    /// When its clock began.
    pub started: Timestamp,
    /// Milliseconds used: at the decision, or as of the last event while running.
    pub elapsed_ms: i64,
    /// As of when `elapsed_ms` is.
    pub elapsed_at: Timestamp,
    /// How it stands as of the fold. A running promise whose deadline has passed is breached; whoever reads it
    /// later decides with [`Promise::state_at`].
    pub state: State,
    /// When it breaches if nothing happens; `None` while paused and once decided.
    pub deadline: Option<Timestamp>,
    /// When it was decided: fulfilment if met, deadline if breached, the solve if cancelled.
    pub decided_at: Option<Timestamp>,
    /// When it was fulfilled at last, also after a breach (then also by a solve); `None` = still open or cancelled.
    pub fulfilled_at: Option<Timestamp>,
    /// Milliseconds from the breach to the fulfilment, or to the fold while there is none, each stretch on the clock in
    /// force (pauses included: people wait on).
    pub overrun_ms: Option<i64>,
    /// As of when `overrun_ms` is.
    pub overrun_until: Option<Timestamp>,
    /// Which version of its policy judged it (or does now). Rows of before there were versions do not say.
    #[serde(default)]
    pub version: PolicyVersion,
}

packed_struct!(Promise {
    target: Target,
    cycle: u32,
    target_s: i64,
    started: Timestamp,
    elapsed_ms: i64,
    elapsed_at: Timestamp,
    state: State,
    deadline: Option<Timestamp>,
    decided_at: Option<Timestamp>,
    fulfilled_at: Option<Timestamp>,
    overrun_ms: Option<i64>,
    overrun_until: Option<Timestamp>,
    version: PolicyVersion,
});

/// A promise with its names, and what to say before it is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its numbers.
    pub promise: Promise,
    /// The policy that judged it.
    pub policy: String,
    /// The priority in force (at the decision, once decided).
    pub priority: String,
    /// Name of the calendar whose hours count now; `None` = calendar time.
    pub calendar: Option<String>,
    /// The deadline in force at the end, also once decided; of a breach, its instant; `None` if the clock stood still.
    pub due: Option<Timestamp>,
    /// Instants at which to warn (or at which it was due to), soonest first, with the index of the warning in the
    /// policy; empty while paused and once decided.
    pub warnings: Vec<(Timestamp, usize)>,
}

impl Promise {
    /// The place of the policy among the names of a sample.
    pub const POLICY: usize = 0;
    /// The place of the priority in force.
    pub const PRIORITY: usize = 1;
    /// The place of the calendar; none = calendar time.
    pub const CALENDAR: usize = 2;

    /// How the promise stands at an instant at or after the fold.
    #[inline(always)]
    pub fn state_at(&self, now: Timestamp) -> State {
        match (self.state, self.deadline) {
            (State::Running, Some(deadline)) if now > deadline => State::Breached,
            (state, _) => state,
        }
    }

    /// Milliseconds left at an instant at or after the fold, on the promise's clock (of that calendar); negative once
    /// it is missed.
    pub fn remaining_ms(&self, definitions: &Definitions, calendar: Option<&str>, now: Timestamp) -> i64 {
        let clock = Clock::named(definitions, calendar);
        match self.deadline {
            Some(deadline) if now <= deadline => clock.between(now, deadline),
            Some(deadline) => -clock.between(deadline, now),
            None => self.target_s.saturating_mul(1000) - self.elapsed_ms,
        }
    }

    /// Milliseconds used at an instant at or after the fold; of a missed promise until it was kept at last, or until
    /// then, pauses after the breach included as in the overrun.
    pub fn elapsed_at(&self, definitions: &Definitions, calendar: Option<&str>, now: Timestamp) -> i64 {
        let target_ms = self.target_s.saturating_mul(1000);
        match (self.overrun_at(definitions, calendar, now), self.state, self.deadline) {
            (Some(overrun), State::Running, _) => target_ms + overrun,
            (Some(overrun), _, _) => self.elapsed_ms + overrun,
            (None, State::Running, Some(_)) => target_ms - self.remaining_ms(definitions, calendar, now),
            (None, _, _) => self.elapsed_ms,
        }
    }

    /// The instant whose values of the dimensions count: the decision, or the present while there is none.
    pub fn counted_at(&self) -> Timestamp {
        self.decided_at.unwrap_or(Timestamp::MAX)
    }

    /// When it was no longer asked for; `None` = it still is.
    pub const fn ended(&self) -> Option<Timestamp> {
        match self.state {
            State::Running => None,
            State::Met | State::Cancelled => self.decided_at,
            State::Breached => self.fulfilled_at,
        }
    }

    /// Whether this is what was known before as the demand of that target that began at `known`.
    pub fn is_about(&self, target: Target, known: Timestamp) -> bool {
        self.target == target && is_same_demand(target, (self.started, self.ended()), known)
    }

    /// Milliseconds between the deadline and the fulfilment, or an instant at or after the fold while there is
    /// none; `None` unless it is breached by then.
    pub fn overrun_at(&self, definitions: &Definitions, calendar: Option<&str>, now: Timestamp) -> Option<i64> {
        let missed = self.decided_at.or(self.deadline).filter(|_| self.state_at(now) == State::Breached)?;
        let clock = Clock::named(definitions, calendar);
        let (known, until) = (self.overrun_ms.unwrap_or(0), self.overrun_until.unwrap_or(missed));
        Some(if self.fulfilled_at.is_some() { known } else { known + clock.between(until, now) })
    }
}

/// Whether the demand that by all that is known now lasted from its beginning to its end (`None` = it lasts) is the one
/// that was known before as having begun at `known`.
///
/// What is told late may add an earlier turn, which shifts the numbers of all that follow, or an earlier message to a
/// turn, which then began earlier. So a demand is told by an instant of its own time, not by its number. A ticket asks
/// for its first response once, wherever the clock of that turns out to begin.
fn is_same_demand(target: Target, (began, ended): (Timestamp, Option<Timestamp>), known: Timestamp) -> bool {
    let within = began < known && ended.is_none_or(|ended| known < ended);
    target == Target::FirstResponse || began == known || within
}

/// The instance that is meant by a target and an instant at which, as far as was known at some time, its demand began.
pub fn instance_about(instances: &[Instance], target: Target, known: Timestamp) -> Option<&Instance> {
    // Of two that begin in the same instant, the first ended in it too.
    instances.iter().rev().find(|i| i.promise.is_about(target, known))
}

/// What must happen to an instance at an instant unless something changes: a row of its own in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Which promise.
    pub target: Target,
    /// When its clock began: with the target, what tells it from the ticket's other promises.
    pub started: Timestamp,
    /// When what was promised was no longer asked for, if that is so by now.
    pub ended: Option<Timestamp>,
    /// Warn, breach or climb.
    pub kind: TimerKind,
    /// When.
    pub due: Timestamp,
}

impl Timer {
    /// The promise was broken and is settled by now: nothing to announce, also when the ticket is reopened.
    pub const fn settled(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether it is about what was known before as the demand of that target that began at `known`.
    pub fn is_about(&self, target: Target, known: Timestamp) -> bool {
        self.target == target && is_same_demand(target, (self.started, self.ended), known)
    }
}

/// What a timer announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// The n-th warning of the policy.
    Warn(usize),
    /// The deadline.
    Breach,
    /// The n-th step of the ladder.
    Step(usize),
}

impl TimerKind {
    /// The word stored: `warn0`, `warn1`, …, `breach`, `step0`, ….
    pub fn name(self) -> String {
        match self {
            Self::Warn(n) => format!("warn{n}"),
            Self::Breach => "breach".to_owned(),
            Self::Step(n) => format!("step{n}"),
        }
    }

    /// The kind of that stored word.
    pub fn from_name(name: &str) -> Option<Self> {
        match (name.strip_prefix("warn"), name.strip_prefix("step")) {
            (Some(n), _) => n.parse().ok().map(Self::Warn),
            (_, Some(n)) => n.parse().ok().map(Self::Step),
            (None, None) => (name == "breach").then_some(Self::Breach),
        }
    }
}

/// All instances of a ticket's promises, decided or running, in order of their start.
///
/// None for tickets that do not count (merged, deleted, spam).
pub fn instances(ticket: &Ticket, definitions: &Definitions) -> Vec<Instance> {
    let promised = definitions.promises_anything() || !ticket.policies.is_empty();
    if !promised || !ticket.in_scope(definitions) {
        return Vec::new();
    }
    let demands = demand::demands(ticket, definitions);
    let mut regimes = Regimes::new(ticket, definitions);
    let judge = |d: &Demand| judge::judge(d, ticket, regimes.of(d), definitions, |_| {});
    let mut instances: Vec<_> = demands.iter().filter_map(judge).collect();
    instances.sort_by_key(|i| (i.promise.started, i.promise.target, i.promise.cycle));
    instances
}

/// The regimes of a ticket's life by the version of the policies; nearly always there is one.
struct Regimes<'a> {
    ticket: &'a Ticket,
    definitions: &'a Definitions,
    by_version: BTreeMap<u32, Vec<Regime<'a>>>,
}

impl<'a> Regimes<'a> {
    fn new(ticket: &'a Ticket, definitions: &'a Definitions) -> Self {
        Self { ticket, definitions, by_version: BTreeMap::new() }
    }

    /// Those under which a demand stands.
    fn of(&mut self, demand: &Demand) -> &[Regime<'a>] {
        let (version, policies) = self.definitions.policies_at(demand.started);
        let (ticket, definitions) = (self.ticket, self.definitions);
        let regimes = || regime::regimes(ticket, definitions, (version, policies));
        self.by_version.entry(version).or_insert_with(regimes)
    }
}

/// The policy in force for a ticket at an instant or, if that is later, at its last event, whether or not it promises
/// something for its priority.
pub fn policy_at<'a>(ticket: &'a Ticket, definitions: &'a Definitions, at: Timestamp) -> Option<&'a str> {
    regime::policy_at(ticket, definitions, at.min(ticket.as_of))
}

/// A stretch of an instance's life in which nothing that matters to it changed.
#[derive(Clone, Copy, Debug)]
struct Stretch<'a> {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end: the next change, the end of the instance, or the last event.
    pub to: Timestamp,
    /// The status in force.
    pub status: Status,
    /// The priority in force.
    pub priority: &'a str,
    /// The team in charge.
    pub team: Option<&'a str>,
    /// The policy in force, if it promises something for this target.
    pub policy: Option<&'a str>,
    /// Seconds it allows.
    pub target_s: Option<i64>,
    /// The calendar whose hours counted, as it is called by now; `None` = calendar time, by now.
    pub calendar: Option<&'a str>,
    /// Its hours, as they stood at each moment; `None` = every hour counted.
    pub hours: Option<&'a Calendar>,
    /// The clock stood still.
    pub paused: bool,
    /// Milliseconds that counted.
    pub counted_ms: i64,
}

/// The arithmetic of an instance: what counted, stretch by stretch, from its start to its end or the last event.
/// Empty when the ticket never asked for that.
fn stretches<'a>(ticket: &'a Ticket, definitions: &'a Definitions, target: Target, cycle: u32) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    let demands = demand::demands(ticket, definitions);
    if let Some(demand) = demands.iter().find(|d| (d.target, d.cycle) == (target, cycle)) {
        let mut regimes = Regimes::new(ticket, definitions);
        judge::judge(demand, ticket, regimes.of(demand), definitions, |next| match stretches.last_mut() {
            Some(last) if last.goes_on_as(&next) => {
                last.to = next.to;
                last.counted_ms += next.counted_ms;
            }
            _ => stretches.push(next),
        });
    }
    stretches
}

impl<'a> Stretch<'a> {
    /// Whether only time has passed between two neighbours.
    fn goes_on_as(&self, next: &Self) -> bool {
        let of = |s: &Self| (s.status, s.priority, s.team, s.policy, s.target_s, s.calendar, s.paused);
        let hours = |s: &Self| s.hours.map(std::ptr::from_ref);
        of(self) == of(next) && hours(self) == hours(next)
    }
}

/// What is still to ring: warnings and deadlines of running instances that are not paused, and the breach of
/// those that were missed and are still open (it may have been found by an event that arrived before its timer
/// was served, or by a raised priority). Whoever rings keeps account of what has rung.
pub fn timers(instances: &[Instance]) -> Vec<Timer> {
    let mut timers = Vec::new();
    for Instance { promise, warnings, .. } in instances {
        let Promise { target, started, .. } = *promise;
        let ended = promise.ended();
        let mut add = |kind, due| timers.push(Timer { target, started, ended, kind, due });
        match (promise.state, promise.deadline, promise.decided_at) {
            (State::Running, Some(deadline), _) => {
                warnings.iter().for_each(|(due, n)| add(TimerKind::Warn(*n), *due));
                add(TimerKind::Breach, deadline);
            }
            (State::Breached, _, Some(missed)) => add(TimerKind::Breach, missed),
            (State::Running | State::Met | State::Breached | State::Cancelled, _, _) => {}
        }
    }
    timers
}

#[cfg(test)]
pub(crate) mod tests;
