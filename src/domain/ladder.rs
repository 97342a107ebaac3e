//! The ladder: who is called, and when, if a broken promise stays broken.
//!
//! A step is a timer like a warning or a deadline, and follows the fold like them: a claim or a snooze moves the steps
//! that are still to come, an answer takes them away. The clock of a step runs in the hours in which the promise's clock
//! runs, so that nobody is woken for what can wait; `always` is for what cannot.

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::definitions::Definitions;
use super::handling::{DEFAULT_CLAIM_MS, Handling};
use super::sla::{Instance, State, Timer, TimerKind};
use super::ticket::Ticket;
use super::timestamp::Timestamp;

/// What follows when a promise of a policy is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// How long a claim holds without a reply to the customer, milliseconds of the promise's clock.
    pub claim_ms: i64,
    /// The steps, soonest first.
    pub steps: Vec<Step>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { claim_ms: DEFAULT_CLAIM_MS, steps: Vec::new() }
    }
}

/// When a step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How long after the deadline, milliseconds.
    pub after_ms: i64,
    /// Nights and holidays count too.
    pub always: bool,
}

/// The calendar in whose hours a promise's clock runs; `None` = always.
pub fn calendar_of<'a>(instance: &Instance, definitions: &'a Definitions) -> Option<&'a Calendar> {
    instance.calendar.as_ref().and_then(|name| definitions.calendars.get(name)).map(AsRef::as_ref)
}

/// The instant at which so much time has passed on a calendar.
pub fn later(calendar: Option<&Calendar>, from: Timestamp, ms: i64) -> Option<Timestamp> {
    match calendar {
        Some(calendar) => calendar.add_business(from, ms),
        None => Some(from.plus_ms(ms)),
    }
}

/// The steps of a ticket's promises that are still open, whether broken already or not.
pub fn timers(ticket: &Ticket, instances: &[Instance], definitions: &Definitions) -> Vec<Timer> {
    let mut timers = Vec::new();
    for instance in instances {
        let Some(ladder) = definitions.ladders.get(&instance.policy).filter(|ladder| !ladder.steps.is_empty()) else {
            continue;
        };
        let promise = &instance.promise;
        let broken = match promise.state {
            State::Running => promise.deadline,
            State::Breached => promise.decided_at,
            State::Met | State::Cancelled => None,
        };
        let Some(broken) = broken else { continue };
        let (target, started, ended) = (promise.target, promise.started, promise.ended());
        // Once it is settled, when a step would have been due matters to nobody.
        let handling = if ended.is_some() { Handling::default() } else { Handling::of(ticket, promise) };
        let due = climbs(&ladder.steps, broken, calendar_of(instance, definitions), &handling);
        let step = |(n, due)| Timer { target, started, ended, kind: TimerKind::Step(n), due };
        timers.extend(due.into_iter().enumerate().map(step));
    }
    timers
}

/// When each step is due: as configured, but not while somebody holds the ticket, and never several at once because of
/// that: who comes after one that was held up is called as long after them as configured. Whoever is called at any hour
/// waits for nobody who is called in working hours.
fn climbs(steps: &[Step], broken: Timestamp, calendar: Option<&Calendar>, handling: &Handling) -> Vec<Timestamp> {
    let mut due = Vec::new();
    // The step before, if it was held up, with its place on the ladder.
    let mut held: Option<(Timestamp, i64)> = None;
    for step in steps {
        let calendar = calendar.filter(|_| !step.always);
        let free = |earliest| {
            let free = handling.free_from(earliest)?;
            // A hold may end at night.
            match calendar.filter(|_| free != earliest) {
                Some(calendar) => calendar.next_opening(free),
                None => Some(free),
            }
        };
        let Some(planned) = later(calendar, broken, step.after_ms) else { break };
        let Some(mut at) = free(planned) else { break };
        if let Some((before, after_ms)) = held.filter(|(before, _)| *before <= at) {
            let Some(behind) = later(calendar, before, step.after_ms - after_ms).and_then(free) else { break };
            at = at.max(behind);
        }
        due.push(at);
        held = (at != planned).then_some((at, step.after_ms));
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{CalendarDefinition, Hours};
    use crate::domain::handling::Hold;

    /// Monday, 2026-11-23, nine o'clock UTC, and minutes after it.
    fn minute(n: i64) -> Timestamp {
        Timestamp::parse("2026-11-23T09:00:00Z").expect("a time").plus_s(60 * n)
    }

    fn office() -> Calendar {
        let day = vec![Hours::new(9 * 60, 17 * 60).expect("an interval")];
        let week = [0, 1, 2, 3, 4].map(|n| chrono::Weekday::try_from(n).expect("a weekday").into());
        let hours = week.map(|weekday| (weekday, day.clone())).into_iter().collect();
        let definition = CalendarDefinition {
            timezone: "UTC".into(),
            hours,
            holidays: Default::default(),
            special: Default::default(),
        };
        Calendar::new(definition).expect("a calendar")
    }

    fn hold(from: i64, until: Option<i64>) -> Hold {
        Hold { by: "Ana".into(), from: minute(from), until: until.map(minute) }
    }

    fn due(after: &[(i64, bool)], broken: i64, calendar: Option<&Calendar>, claims: Vec<Hold>) -> Vec<i64> {
        let steps: Vec<Step> =
            after.iter().map(|(minutes, always)| Step { after_ms: minutes * 60_000, always: *always }).collect();
        let handling = Handling { claims, ..Handling::default() };
        let due = climbs(&steps, minute(broken), calendar, &handling);
        due.into_iter().map(|at| (at - minute(0)) / 60_000).collect()
    }

    #[test]
    fn steps_wait_for_whoever_holds_the_ticket_and_keep_their_distance() {
        let three = [(10, false), (20, false), (30, false)];
        assert_eq!(due(&three, 0, None, vec![]), [10, 20, 30]);
        // Claimed after two minutes, expired after seventeen.
        assert_eq!(due(&three, 0, None, vec![hold(2, Some(17))]), [17, 27, 37]);
        // Claimed after the first step.
        assert_eq!(due(&three, 0, None, vec![hold(12, Some(27))]), [10, 27, 37]);
        // A claim that is over before the first step changes nothing.
        assert_eq!(due(&three, 0, None, vec![hold(1, Some(5))]), [10, 20, 30]);
        // Somebody has replied and keeps it.
        assert_eq!(due(&three, 0, None, vec![hold(12, None)]), [10]);
    }

    #[test]
    fn steps_keep_to_working_hours_unless_they_say_otherwise() {
        let office = office();
        let day = 24 * 60;
        // Broken at 16:55: five minutes are left of the day.
        assert_eq!(due(&[(10, false), (30, false)], 475, Some(&office), vec![]), [day + 5, day + 25]);
        assert_eq!(due(&[(10, true), (30, false)], 475, Some(&office), vec![]), [485, day + 25]);
        // Whoever is called at any hour does not wait for the morning of those who are not.
        assert_eq!(due(&[(10, false), (30, true)], 475, Some(&office), vec![]), [day + 5, 505]);
        // Held up in the evening, and no longer than that.
        let held = vec![hold(500, Some(520))];
        assert_eq!(due(&[(10, false), (30, true), (40, true)], 475, Some(&office), held), [day + 5, 520, 530]);
        // A snooze until the evening ends, for the ladder, in the morning.
        assert_eq!(due(&[(10, false)], 300, Some(&office), vec![hold(300, Some(600))]), [day]);
    }
}
