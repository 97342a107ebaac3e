//! The account of a promise: the arithmetic of its deadline, for people who do not want to believe it.
//!
//! Every interval says in what state the ticket was, which calendar counted, with the hours it had then, and how much.
//! What was edited since is not applied to what lies before the edit, as in the verdict itself.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::{Instance, Matchers, PolicyVersion, State, Stretch, Target};
use crate::domain::calendar::Calendar;
use crate::domain::definitions::Definitions;
use crate::domain::event::Status;
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;

/// How a promise came to stand as it does at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Account {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// How it stands.
    pub state: State,
    /// The policy that judges.
    pub policy: String,
    /// Which version of it: in JSON a number, or when the help desk said so.
    #[serde(rename = "policy_version", serialize_with = "version")]
    pub version: PolicyVersion,
    /// Since when that version is in force; `None` = from ever, or the help desk said so.
    pub version_since: Option<Timestamp>,
    /// Why it is this policy.
    pub because: Reason,
    /// The priority in force (at the decision, once decided).
    pub priority: String,
    /// Seconds allowed.
    pub target_s: i64,
    /// Milliseconds used, of a missed promise until it was kept at last; in JSON seconds.
    #[serde(rename = "elapsed_s", serialize_with = "seconds")]
    pub elapsed_ms: i64,
    /// Milliseconds beyond the deadline, if it is missed; in JSON seconds.
    #[serde(rename = "overrun_s", serialize_with = "seconds_if_any")]
    pub overrun_ms: Option<i64>,
    /// The calendar whose hours count; `None` = calendar time.
    pub calendar: Option<String>,
    /// When its clock began.
    pub started: Timestamp,
    /// The deadline, also once decided; `None` while its clock stands still.
    pub deadline: Option<Timestamp>,
    /// When it was decided, if it is.
    pub decided_at: Option<Timestamp>,
    /// When it was fulfilled, if it is.
    pub fulfilled_at: Option<Timestamp>,
    /// Its life, piece by piece.
    pub intervals: Vec<Interval>,
    /// Days on the way that were not like others.
    pub closed: Vec<Closed>,
}

/// Why a policy applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is the first one of `bot.toml` for tickets of this kind; the conditions it has.
    FirstFor(Matchers),
    /// The help desk applied it at that moment.
    HelpDesk(Timestamp),
}

/// A piece of a promise's life in which nothing that matters to it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// The clock stood still.
    pub paused: bool,
    /// The calendar whose hours counted, unless it was paused; `None` = every hour.
    pub calendar: Option<String>,
    /// Milliseconds that counted; in JSON seconds.
    #[serde(rename = "counted_s", serialize_with = "seconds")]
    pub counted_ms: i64,
    /// The status in force.
    pub status: Status,
    /// The priority in force.
    pub priority: String,
    /// The team in charge.
    pub team: Option<String>,
    /// The policy in force, if it promises something for this target.
    pub policy: Option<String>,
    /// Seconds it allows.
    pub target_s: Option<i64>,
}

/// A day of a calendar that was not like others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Closed {
    /// The local date.
    pub date: NaiveDate,
    /// Which calendar.
    pub calendar: String,
    /// It had opening hours of its own; otherwise it was a holiday.
    pub special: bool,
}

/// The account of one of a ticket's promises at a moment not before its last event.
pub fn account(ticket: &Ticket, instance: &Instance, definitions: &Definitions, at: Timestamp) -> Account {
    let promise = &instance.promise;
    let calendar = instance.calendar.as_deref();
    let mut stretches = super::stretches(ticket, definitions, promise.target, promise.cycle);
    // Nothing has happened since the last event, but time has passed.
    if let (Some(last), None) = (stretches.last_mut(), promise.ended()) {
        last.to = last.to.max(at);
    }
    let mut closed: Vec<Closed> = stretches.iter().flat_map(closed_in).collect();
    closed.sort();
    closed.dedup();
    Account {
        target: promise.target,
        cycle: promise.cycle,
        state: promise.state_at(at),
        policy: instance.policy.clone(),
        version: promise.version,
        version_since: match promise.version {
            PolicyVersion::Configured(number) if number > 1 => since(number, definitions),
            PolicyVersion::Configured(_) | PolicyVersion::Announced(_) => None,
        },
        because: because(instance, definitions),
        priority: instance.priority.clone(),
        target_s: promise.target_s,
        elapsed_ms: promise.elapsed_at(definitions, calendar, at),
        overrun_ms: promise.overrun_at(definitions, calendar, at),
        calendar: instance.calendar.clone(),
        started: promise.started,
        deadline: instance.due,
        decided_at: promise.decided_at.or(promise.deadline.filter(|_| promise.state_at(at) == State::Breached)),
        fulfilled_at: promise.fulfilled_at,
        intervals: stretches.iter().flat_map(intervals_of).collect(),
        closed,
    }
}

fn because(instance: &Instance, definitions: &Definitions) -> Reason {
    let promise = &instance.promise;
    match promise.version {
        PolicyVersion::Announced(at) => Reason::HelpDesk(at),
        PolicyVersion::Configured(_) => {
            let (_, policies) = definitions.policies_at(promise.started);
            let policy = policies.iter().find(|policy| policy.name == instance.policy);
            Reason::FirstFor(policy.map(|policy| policy.when.clone()).unwrap_or_default())
        }
    }
}

/// A stretch by the calendars that were in force in it, one after the other.
fn hours_of<'a>(s: &Stretch<'a>) -> Vec<(Timestamp, Timestamp, Option<&'a Calendar>)> {
    match s.hours.filter(|_| !s.paused) {
        None => vec![(s.from, s.to, None)],
        Some(hours) => {
            hours.in_force(s.from, s.to).into_iter().map(|part| (part.from, part.to, part.calendar)).collect()
        }
    }
}

/// What a calendar was called then.
fn called(s: &Stretch<'_>, calendar: &Calendar) -> String {
    calendar.name().or(s.calendar).unwrap_or_default().to_owned()
}

fn intervals_of(s: &Stretch<'_>) -> Vec<Interval> {
    let interval = |(from, to, hours): (Timestamp, Timestamp, Option<&Calendar>)| {
        let counted_ms = match hours {
            _ if s.paused => 0,
            Some(hours) => hours.business_ms(from, to),
            None => to - from,
        };
        Interval {
            from,
            to,
            paused: s.paused,
            calendar: hours.map(|hours| called(s, hours)),
            counted_ms,
            status: s.status,
            priority: s.priority.to_owned(),
            team: s.team.map(str::to_owned),
            policy: s.policy.map(str::to_owned),
            target_s: s.target_s,
        }
    };
    hours_of(s).into_iter().map(interval).collect()
}

fn closed_in(s: &Stretch<'_>) -> Vec<Closed> {
    let mut days = Vec::new();
    for (from, to, hours) in hours_of(s) {
        let Some(hours) = hours else { continue };
        let date = |at: Timestamp| at.utc().with_timezone(&hours.zone()).date_naive();
        let (first, last, definition) = (date(from), date(to), hours.definition());
        let day = |date: &NaiveDate, special| Closed { date: *date, calendar: called(s, hours), special };
        days.extend(definition.special.range(first..=last).map(|(date, _)| day(date, true)));
        let holidays = definition.holidays.range(first..=last).filter(|date| !definition.special.contains_key(date));
        days.extend(holidays.map(|date| day(date, false)));
    }
    days
}

fn since(number: u32, definitions: &Definitions) -> Option<Timestamp> {
    definitions.agreements.versions().iter().find(|version| version.number == number).map(|version| version.since)
}

// The signatures are those that serde asks for.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn version<S: Serializer>(version: &PolicyVersion, s: S) -> Result<S::Ok, S::Error> {
    match version {
        PolicyVersion::Configured(number) => s.serialize_u32(*number),
        PolicyVersion::Announced(at) => at.serialize(s),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn seconds<S: Serializer>(ms: &i64, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_f64(*ms as f64 / 1000.0)
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)]
fn seconds_if_any<S: Serializer>(ms: &Option<i64>, s: S) -> Result<S::Ok, S::Error> {
    ms.map(|ms| ms as f64 / 1000.0).serialize(s)
}
