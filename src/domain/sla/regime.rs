//! Under which terms a ticket's promises stand, stretch by stretch: the policy that matches, its target, its clock.

use crate::domain::calendar::Calendar;
use crate::domain::definitions::{CalendarBinding, Definitions};
use crate::domain::event::{PolicyCalendar, SlaPolicySet, Status, Target};
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;

use super::{Allowance, CalendarChoice, Matchers, Policy, PolicyVersion, Warning};

/// Statuses that stop the clock where no policy says otherwise.
const DEFAULT_PAUSE: &[Status] = &[Status::Pending];

/// A stretch in which nothing that matters to a promise changes; it lasts until the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regime<'a> {
    pub(super) from: Timestamp,
    pub(super) status: Status,
    pub(super) priority: &'a str,
    pub(super) team: Option<&'a str>,
    /// The clock of the team in charge.
    team_clock: Clock<'a>,
    promise: Option<Promise<'a>>,
}

/// Who promises.
#[derive(Clone, Copy, Debug)]
enum Promise<'a> {
    /// `[[sla]]`, in a version.
    Configured(u32, &'a Policy),
    /// The help desk, at an instant; what it leaves open is taken from the `[[sla]]` of the same name.
    Announced(Timestamp, &'a SlaPolicySet, Option<&'a Policy>),
}

/// What a regime means for one target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// The promise and its milliseconds; `None` when nothing is promised, while time goes on counting.
    pub(super) promise: Option<(&'a str, i64)>,
    /// Which version of the policy it is.
    pub(super) version: Option<PolicyVersion>,
    pub(super) priority: &'a str,
    pub(super) clock: Clock<'a>,
    /// The clock stands still.
    pub(super) stopped: bool,
    pub(super) warn: &'a [Warning],
}

/// Whose time counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock<'a> {
    Always,
    /// By the hours of a calendar; of one without a name, they are by now all.
    Business(Option<&'a str>, &'a Calendar),
}

impl<'a> Clock<'a> {
    /// The clock of that calendar; calendar time without one.
    pub(super) fn named(definitions: &'a Definitions, name: Option<&str>) -> Self {
        name.and_then(|name| Self::of_calendar(definitions, name)).unwrap_or(Self::Always)
    }

    /// The clock of a calendar that is known.
    fn of_calendar(definitions: &'a Definitions, name: &str) -> Option<Self> {
        let stands = || definitions.calendars.get_key_value(name).map(|(name, c)| (name.as_str(), c.as_ref()));
        let (name, calendar) = definitions.agreements.calendar(name).or_else(stands)?;
        Some(Self::Business(Some(name), calendar))
    }

    fn of_team(definitions: &'a Definitions, team: Option<&str>) -> Self {
        match definitions.agreements.hours_of(team) {
            Some(hours) => Self::Business(hours.name.as_deref(), &hours.calendar),
            None => Self::named(definitions, definitions.calendar_name_of(team)),
        }
    }

    pub(super) fn between(self, a: Timestamp, b: Timestamp) -> i64 {
        match self {
            Self::Always => (b - a).max(0),
            Self::Business(_, calendar) => calendar.business_ms(a, b),
        }
    }

    pub(super) fn add(self, start: Timestamp, ms: i64) -> Option<Timestamp> {
        match self {
            Self::Always => Some(start.plus_ms(ms)),
            Self::Business(_, calendar) => calendar.add_business(start, ms),
        }
    }

    /// The last instant at which `ms` and no more have passed: after it they are exceeded. A target that is used up
    /// with the last second before closing is exceeded at the next opening, not overnight.
    pub(super) fn deadline(self, start: Timestamp, ms: i64) -> Option<Timestamp> {
        let used_up = self.add(start, ms)?;
        match self {
            Self::Always => Some(used_up),
            Self::Business(_, calendar) => calendar.next_opening(used_up),
        }
    }

    /// The hours that count; `None` = every hour.
    pub(super) const fn hours(self) -> Option<&'a Calendar> {
        match self {
            Self::Always => None,
            Self::Business(_, calendar) => Some(calendar),
        }
    }

    pub(super) const fn name(self) -> Option<&'a str> {
        match self {
            Self::Always => None,
            Self::Business(name, _) => name,
        }
    }
}

/// The regimes of a ticket's life under a version of the policies; the first one begins with its creation.
pub(super) fn regimes<'a>(
    ticket: &'a Ticket,
    definitions: &'a Definitions,
    policies: (u32, &'a [Policy]),
) -> Vec<Regime<'a>> {
    let mut instants: Vec<Timestamp> = ticket.status.instants().collect();
    instants.extend(ticket.priority.instants());
    instants.extend(ticket.team.instants());
    instants.extend(ticket.tags.instants());
    instants.extend(ticket.channel.instants());
    instants.extend(ticket.tier.instants());
    instants.extend(ticket.policies.iter().map(|(at, _)| *at));
    instants.sort_unstable();
    instants.dedup();
    let regime = |from| {
        let team = ticket.team.at(from).as_deref();
        Regime {
            from,
            status: *ticket.status.at(from),
            priority: ticket.priority.at(from),
            team,
            team_clock: Clock::of_team(definitions, team),
            promise: promise(ticket, definitions, policies, from),
        }
    };
    instants.into_iter().map(regime).collect()
}

/// The policy in force at an instant.
pub(super) fn policy_at<'a>(ticket: &'a Ticket, definitions: &'a Definitions, at: Timestamp) -> Option<&'a str> {
    promise(ticket, definitions, definitions.policies_at(at), at).map(Promise::name)
}

/// Who promises at an instant. What the help desk says is said of this ticket from then on: it is a move to another
/// policy, even if it has the name of the one before, and counts for what is running too.
fn promise<'a>(
    ticket: &'a Ticket,
    definitions: &'a Definitions,
    (version, policies): (u32, &'a [Policy]),
    at: Timestamp,
) -> Option<Promise<'a>> {
    let announced = ticket.policies.iter().rev().find(|(from, _)| *from <= at);
    if let Some((from, set)) = announced {
        let base = policies.iter().find(|p| p.name == set.policy);
        return Some(Promise::Announced(*from, set, base));
    }
    let fits = policies.iter().find(|p| p.when.concern(ticket, definitions, at));
    fits.map(|policy| Promise::Configured(version, policy))
}

impl Matchers {
    /// Whether they concern a ticket as it is at an instant.
    fn concern(&self, ticket: &Ticket, definitions: &Definitions, at: Timestamp) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        let is = |value: &Option<String>, wanted: &str| {
            value.as_ref().is_some_and(|v| v.to_lowercase() == wanted.to_lowercase())
        };
        let team = ticket.team.at(at).as_deref();
        any(&self.priority, &|w| ticket.priority.at(at).eq_ignore_ascii_case(w))
            && any(&self.team, &|w| team == Some(definitions.team_name(w)))
            && any(&self.channel, &|w| is(ticket.channel.at(at), w))
            && any(&self.tier, &|w| is(ticket.tier.at(at), w))
            && any(&self.tag, &|w| ticket.tags.at(at).iter().any(|t| t.to_lowercase() == w.to_lowercase()))
            && any(&self.source, &|w| ticket.key.source == w)
    }
}

impl Allowance {
    /// Seconds for a priority.
    fn of(&self, priority: &str) -> Option<i64> {
        match self {
            Self::All(seconds) => Some(*seconds),
            Self::ByPriority(by) => by.iter().find(|(p, _)| p.eq_ignore_ascii_case(priority)).map(|(_, s)| *s),
        }
    }
}

impl<'a> Promise<'a> {
    fn name(self) -> &'a str {
        match self {
            Self::Configured(_, policy) => &policy.name,
            Self::Announced(_, set, _) => &set.policy,
        }
    }

    const fn version(self) -> PolicyVersion {
        match self {
            Self::Configured(version, _) => PolicyVersion::Configured(version),
            Self::Announced(at, ..) => PolicyVersion::Announced(at),
        }
    }

    fn seconds(self, target: Target, priority: &str) -> Option<i64> {
        match self {
            Self::Configured(_, policy) => policy.targets.get(&target)?.of(priority),
            Self::Announced(_, set, _) => set.targets.get(&target).copied(),
        }
    }

    fn pause(self) -> &'a [Status] {
        match self {
            Self::Configured(_, policy) => &policy.pause,
            Self::Announced(_, set, base) => match (&set.pause, base) {
                (Some(own), _) => own,
                (None, Some(base)) => &base.pause,
                (None, None) => DEFAULT_PAUSE,
            },
        }
    }

    fn warn(self) -> &'a [Warning] {
        match self {
            Self::Configured(_, policy) | Self::Announced(_, _, Some(policy)) => &policy.warn,
            Self::Announced(_, _, None) => &[],
        }
    }

    /// The name of the calendar for a target, or `always`; `None` = that of the team.
    fn calendar(self, target: Target) -> Option<&'a str> {
        match self {
            Self::Configured(_, policy) | Self::Announced(_, SlaPolicySet { calendar: None, .. }, Some(policy)) => {
                match &policy.calendar {
                    CalendarChoice::Team => None,
                    CalendarChoice::Always => Some("always"),
                    CalendarChoice::Named(name) => Some(name),
                }
            }
            Self::Announced(_, set, _) => match set.calendar.as_ref()? {
                PolicyCalendar::One(name) => Some(name),
                PolicyCalendar::PerTarget(by) => by.get(&target).map(String::as_str),
            },
        }
    }
}

impl<'a> Regime<'a> {
    /// What the regime means for a target of a promise that began at `started` and whose clock ran until `end`.
    pub(super) fn terms(
        &self,
        target: Target,
        (started, end): (Timestamp, Timestamp),
        ticket: &'a Ticket,
        definitions: &'a Definitions,
    ) -> Terms<'a> {
        let of_team = || match definitions.switches.calendar_binding {
            CalendarBinding::Piecewise => self.team_clock,
            CalendarBinding::First => Clock::of_team(definitions, ticket.team.at(started).as_deref()),
            CalendarBinding::Last => Clock::of_team(definitions, ticket.team.just_before(end, started).as_deref()),
        };
        let clock = match self.promise.and_then(|p| p.calendar(target)) {
            Some("always") => Clock::Always,
            // A calendar only the help desk knows: the team's is the best guess.
            Some(name) => Clock::of_calendar(definitions, name).unwrap_or_else(of_team),
            None => of_team(),
        };
        let stopped = match target {
            Target::FirstResponse | Target::NextResponse => false,
            Target::Update | Target::Resolution => {
                self.status.is_solved() || self.promise.map_or(DEFAULT_PAUSE, Promise::pause).contains(&self.status)
            }
        };
        let seconds = self.promise.and_then(|p| p.seconds(target, self.priority)).filter(|s| *s > 0);
        Terms {
            promise: self.promise.zip(seconds).map(|(p, s)| (p.name(), s.saturating_mul(1000))),
            version: self.promise.map(Promise::version),
            priority: self.priority,
            clock,
            stopped,
            warn: self.promise.map_or(&[], Promise::warn),
        }
    }
}
