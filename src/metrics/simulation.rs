//! What would have become of the promises of a period, had something else been promised: history replayed under other
//! policies, one ticket at a time. Nothing is written.
//!
//! What a customer asks for does not depend on what was promised, so every demand has a verdict on both sides: as it
//! stands (by the versions that were in force), and as supposed (by one list of policies and today's calendars, as if
//! they had always held). Both sides count the same demands, those that began in the period; what is attributed to a
//! period by the date of a verdict could leave it when the verdict comes earlier. The team is the one in charge when the
//! demand ended, which is the same on both sides too.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use chrono::Timelike;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::answer::TicketRef;
use super::period::{Period, Zone};
use super::pool::Filters;
use crate::domain::definitions::Definitions;
use crate::domain::event::Event;
use crate::domain::query::Filter;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{self, Agreements, Instance, Policy, State, Supposition, Target};
use crate::domain::ticket::{self, Ticket};
use crate::domain::timestamp::Timestamp;

/// So many of the promises with another verdict are named, the latest ones of each direction.
pub const NAMED: usize = 1000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The changes.
    pub supposition: Supposition,
    /// The policies that are changed.
    pub policies: Vec<Policy>,
    /// They stand in the place of what a help desk said of single tickets, too.
    pub instead: bool,
    /// Of the promises asked for in this period.
    pub period: Period,
    /// Of the tickets with these values, when the demand ended.
    pub filters: Vec<Filter>,
    /// The moment of knowledge.
    pub as_of: Timestamp,
    /// Where hours of the day begin.
    pub zone: Zone,
}

/// A simulation under way.
#[derive(Debug)]
pub struct Simulation {
    standing: Arc<Definitions>,
    supposed: Definitions,
    supposition: Supposition,
    instead: bool,
    period: Period,
    filters: Filters,
    as_of: Timestamp,
    zone: Zone,
    outcome: Outcome,
    /// Those that get worse, and those that get better.
    latest: [BinaryHeap<Reverse<(Timestamp, u64)>>; 2],
    named: BTreeMap<u64, Changed>,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Tickets with promises on either side.
    pub tickets: u64,
    /// All together.
    pub total: Tally,
    /// Promise by promise.
    pub by_target: BTreeMap<Target, Tally>,
    /// Team by team; without one under `(none)`.
    pub by_team: BTreeMap<String, Tally>,
    /// By the local hour at which it was asked for.
    pub by_hour: [Tally; 24],
    /// The latest promises with another verdict in each direction, the latest first.
    pub changed: Vec<Changed>,
}

/// Promises on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// As they stand.
    pub stands: Side,
    /// As supposed.
    pub supposed: Side,
    /// Missed as supposed, and not as they stand.
    pub worse: u64,
    /// Missed as they stand, and not as supposed.
    pub better: u64,
}

/// Promises by verdict; in JSON also the share that was kept, `attainment`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Kept.
    pub kept: u64,
    /// Missed.
    pub missed: u64,
    /// Still running.
    pub running: u64,
    /// Solved without what was promised.
    pub cancelled: u64,
}

/// A promise that is missed on one side and promised, but not missed, on the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// When it was asked for.
    pub started: Timestamp,
    /// How it stands.
    pub stands: State,
    /// How it would stand.
    pub supposed: State,
    /// Its deadline as it stands; `None` while its clock stands still.
    pub due_stands: Option<Timestamp>,
    /// Its deadline as supposed.
    pub due_supposed: Option<Timestamp>,
}

impl Changed {
    /// It would be missed, and is not as it stands; otherwise it is the other way round.
    pub fn is_worse(&self) -> bool {
        self.supposed == State::Breached
    }
}

impl Side {
    /// How many were decided by a clock.
    pub const fn decided(&self) -> u64 {
        self.kept + self.missed
    }

    /// The share that was kept; `None` if none was decided.
    pub fn attainment(&self) -> Option<f64> {
        (self.decided() > 0).then(|| self.kept as f64 / self.decided() as f64)
    }

    /// How many there are.
    pub const fn all(&self) -> u64 {
        self.kept + self.missed + self.running + self.cancelled
    }

    const fn count(&mut self, state: Option<State>) {
        match state {
            Some(State::Met) => self.kept += 1,
            Some(State::Breached) => self.missed += 1,
            Some(State::Running) => self.running += 1,
            Some(State::Cancelled) => self.cancelled += 1,
            None => {}
        }
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut fields = s.serialize_struct("Side", 5)?;
        fields.serialize_field("kept", &self.kept)?;
        fields.serialize_field("missed", &self.missed)?;
        fields.serialize_field("running", &self.running)?;
        fields.serialize_field("cancelled", &self.cancelled)?;
        fields.serialize_field("attainment", &self.attainment())?;
        fields.end()
    }
}

impl Tally {
    const fn count(&mut self, stands: Option<State>, supposed: Option<State>) {
        self.stands.count(stands);
        self.supposed.count(supposed);
        match (stands, supposed) {
            (Some(State::Breached), Some(State::Breached)) => {}
            (Some(_), Some(State::Breached)) => self.worse += 1,
            (Some(State::Breached), Some(_)) => self.better += 1,
            _ => {}
        }
    }
}

impl Simulation {
    /// Begins. `calendars` are those of the definitions that the policies are measured by.
    pub fn new(question: Question, standing: Arc<Definitions>, calendars: &Definitions) -> Self {
        let Question { supposition, policies, instead, period, filters, as_of, zone } = question;
        let supposed = Definitions {
            policies: supposition.of(&policies),
            calendars: calendars.calendars.clone(),
            agreements: Agreements::default(),
            ..Definitions::clone(&standing)
        };
        // A period that runs until the moment of knowledge includes that moment.
        let period = if period.to == as_of { Period { to: as_of.plus_ms(1), ..period } } else { period };
        Self {
            filters: Filters::new(&filters, &standing),
            standing,
            supposed,
            supposition,
            instead,
            period,
            as_of,
            zone,
            outcome: Outcome::default(),
            latest: Default::default(),
            named: BTreeMap::new(),
        }
    }

    /// From when until before when something must have been heard of a ticket: a demand begins with an event.
    pub const fn reach(&self) -> (Timestamp, Timestamp) {
        (self.period.from, self.period.to)
    }

    /// The moment of knowledge.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Looks at one ticket, from all its events up to the moment of knowledge.
    pub fn take(&mut self, key: &TicketKey, events: &[Event]) {
        let Some(mut ticket) = ticket::fold(key, events, &self.standing) else { return };
        let stands = self.in_period(sla::instances(&ticket, &self.standing));
        if self.instead {
            ticket.policies.clear();
        } else {
            self.supposition.announce(&mut ticket);
        }
        let supposed = self.in_period(sla::instances(&ticket, &self.supposed));
        let mut sides: BTreeMap<(Target, u32), (Option<Instance>, Option<Instance>)> = BTreeMap::new();
        let demand = |instance: &Instance| (instance.promise.target, instance.promise.cycle);
        for instance in stands {
            let sides = sides.entry(demand(&instance)).or_default();
            sides.0 = Some(instance);
        }
        for instance in supposed {
            let sides = sides.entry(demand(&instance)).or_default();
            sides.1 = Some(instance);
        }
        let mut counted = false;
        for (stands, supposed) in sides.into_values() {
            counted |= self.count(&ticket, stands.as_ref(), supposed.as_ref());
        }
        self.outcome.tickets += u64::from(counted);
    }

    fn in_period(&self, mut instances: Vec<Instance>) -> Vec<Instance> {
        instances.retain(|instance| self.period.contains(instance.promise.started));
        instances
    }

    /// Counts a demand; `false` if it is not asked about.
    fn count(&mut self, ticket: &Ticket, stands: Option<&Instance>, supposed: Option<&Instance>) -> bool {
        let Some(promise) = stands.or(supposed).map(|instance| instance.promise) else { return false };
        let at = promise.ended().unwrap_or(Timestamp::MAX);
        let dimensions = ticket.dimensions(at, ticket.responsible(at));
        if !self.filters.admit(&ticket.key.source, &dimensions) {
            return false;
        }
        let state = |instance: Option<&Instance>| instance.map(|i| i.promise.state_at(self.as_of));
        let (before, after) = (state(stands), state(supposed));
        let outcome = &mut self.outcome;
        let team = dimensions.team.clone().unwrap_or_else(|| "(none)".to_owned());
        let hour = self.zone.local(promise.started).hour() as usize;
        outcome.total.count(before, after);
        outcome.by_target.entry(promise.target).or_default().count(before, after);
        outcome.by_team.entry(team).or_default().count(before, after);
        outcome.by_hour[hour].count(before, after);
        if let (Some(before), Some(after)) = (before, after)
            && (before == State::Breached) != (after == State::Breached)
        {
            self.name(Changed {
                ticket: TicketRef {
                    ticket: ticket.key.id.clone(),
                    source: ticket.key.source.clone(),
                    team: dimensions.team,
                    agent: dimensions.agent,
                    subject: ticket.facts.subject.clone(),
                    url: ticket.facts.url.clone(),
                },
                target: promise.target,
                cycle: promise.cycle,
                started: promise.started,
                stands: before,
                supposed: after,
                due_stands: stands.and_then(|i| i.due),
                due_supposed: supposed.and_then(|i| i.due),
            });
        }
        true
    }

    /// Keeps one to be named, and lets the earliest go when there are too many.
    fn name(&mut self, changed: Changed) {
        let number = self.outcome.total.worse + self.outcome.total.better;
        let latest = &mut self.latest[usize::from(!changed.is_worse())];
        latest.push(Reverse((changed.started, number)));
        self.named.insert(number, changed);
        if latest.len() > NAMED
            && let Some(Reverse((_, earliest))) = latest.pop()
        {
            self.named.remove(&earliest);
        }
    }

    /// What came out.
    pub fn outcome(self) -> Outcome {
        let mut changed: Vec<Changed> = self.named.into_values().collect();
        changed.sort_by(|a, b| {
            let order = |c: &Changed| (Reverse(c.started), c.target, c.cycle);
            (order(a), &a.ticket.ticket).cmp(&(order(b), &b.ticket.ticket))
        });
        Outcome { changed, ..self.outcome }
    }
}

#[cfg(test)]
mod tests;
