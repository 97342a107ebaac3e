//! What was promised when: an edit of `bot.toml` judges what is asked for after it, and rewrites no verdict.
//!
//! An [`Agreement`] is everything in `bot.toml` that makes a deadline: the policies in their order, the calendars, and
//! which team has which. Each edit of any of it is a [`Version`], which holds from the moment the program first ran with
//! it. The first that promises anything holds from ever: history that is imported later is judged by it.
//!
//! Policies judge by beginnings: what was asked for before the edit is judged to its end by the list that stood then, as
//! if nothing had been edited, also when the ticket moves to another policy of it. Hours count as they stood at each
//! moment: a holiday that is added in time is heeded by every running promise, and one that is added afterwards changes
//! none that is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::domain::calendar::{Calendar, CalendarDefinition, CalendarError, Part};
use crate::domain::sample::packing::{Cells, Packed};
use crate::domain::timestamp::Timestamp;

/// Everything in `bot.toml` that makes a deadline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Promises, first match wins.
    pub policies: Vec<Policy>,
    /// Business calendars by name.
    pub calendars: BTreeMap<String, CalendarDefinition>,
    /// The calendar of tickets whose team has none.
    pub default_calendar: Option<String>,
    /// The calendar of each team that has one.
    pub team_calendars: BTreeMap<String, String>,
}

/// An agreement as it stood from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the first.
    pub number: u32,
    /// When it came into force.
    pub since: Timestamp,
    /// What it says.
    pub agreement: Agreement,
}

/// Which version of a policy judged a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyVersion {
    /// That of this number.
    Configured(u32),
    /// What the help desk said at that moment.
    Announced(Timestamp),
}

impl Default for PolicyVersion {
    fn default() -> Self {
        Self::Configured(1)
    }
}

/// A number below 0, or an instant since 1970.
impl Packed for PolicyVersion {
    const CELLS: usize = 1;

    fn pack(&self, cells: &mut Vec<i64>) {
        cells.push(match self {
            Self::Configured(number) => -1 - i64::from(*number),
            Self::Announced(at) => at.millis().max(0),
        });
    }

    #[inline(always)]
    fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self {
        match cells.cell(at) {
            number if number < 0 => Self::Configured((-1 - number) as u32),
            millis => Self::Announced(Timestamp(millis)),
        }
    }
}

/// All versions there have been.
#[derive(Clone, Debug, Default)]
pub struct Agreements {
    /// Oldest first.
    versions: Vec<Version>,
    /// The hours of each calendar there has been, as they were at each moment. Empty while nothing was edited.
    calendars: BTreeMap<String, Arc<Calendar>>,
    /// Each team there has been; with hours if it has been given another calendar.
    teams: BTreeMap<String, Option<Hours>>,
    /// The same for all other tickets.
    others: Option<Hours>,
}

/// Hours as they were at each moment, and the calendar they are by now.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    pub(super) name: Option<String>,
    pub(super) calendar: Arc<Calendar>,
}

impl Agreements {
    /// Puts versions together, oldest first.
    ///
    /// # Errors
    /// When a calendar is none (any more).
    pub fn new(versions: Vec<Version>) -> Result<Self, CalendarError> {
        let mut agreements = Self { versions, ..Self::default() };
        if agreements.versions.len() > 1 {
            agreements.lay_hours()?;
        }
        Ok(agreements)
    }

    /// All of them, oldest first.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version that judges what is asked for at an instant; `None` if nothing was ever promised.
    pub fn at(&self, at: Timestamp) -> Option<&Version> {
        let first = self.versions.iter().position(|v| !v.agreement.policies.is_empty())?;
        let promising = &self.versions[first..];
        let begun = promising.partition_point(|v| v.since <= at);
        promising.get(begun.saturating_sub(1))
    }

    /// A calendar with its hours as they were at each moment; `None` while nothing was edited.
    pub(super) fn calendar(&self, name: &str) -> Option<(&str, &Calendar)> {
        self.calendars.get_key_value(name).map(|(name, calendar)| (name.as_str(), calendar.as_ref()))
    }

    /// The hours of a team that has been given another calendar.
    pub(super) fn hours_of(&self, team: Option<&str>) -> Option<&Hours> {
        team.and_then(|team| self.teams.get(team)).map_or(self.others.as_ref(), Option::as_ref)
    }

    fn lay_hours(&mut self) -> Result<(), CalendarError> {
        let agreements = || self.versions.iter().map(|v| &v.agreement);
        let names: BTreeSet<&String> = agreements().flat_map(|a| a.calendars.keys()).collect();
        let mut calendars = BTreeMap::new();
        for name in names {
            let mut stood: Vec<_> = self.versions.iter().map(|v| (v.since, v.agreement.calendars.get(name))).collect();
            // One that was taken out keeps its last hours, for the promises that were made by them.
            stood.retain(|(_, definition)| definition.is_some());
            stood.dedup_by_key(|(_, definition)| *definition);
            let parts = stood.into_iter().filter_map(|(since, definition)| Some((since, definition?.clone())));
            let parts =
                parts.map(|(since, definition)| Ok((since, Some(Arc::new(Calendar::new(definition)?.called(name))))));
            calendars.insert(name.clone(), splice(parts.collect::<Result<_, CalendarError>>()?));
        }
        let hours = |calendar_of: &dyn Fn(&Agreement) -> Option<&String>| {
            let mut stood: Vec<_> = self.versions.iter().map(|v| (v.since, calendar_of(&v.agreement))).collect();
            stood.dedup_by_key(|(_, name)| *name);
            let now = stood.last().and_then(|(_, name)| name.cloned());
            let parts = stood.iter().map(|(since, name)| (*since, name.and_then(|name| calendars.get(name).cloned())));
            (stood.len() > 1).then(|| Hours { name: now, calendar: splice(parts.collect()) })
        };
        let teams: BTreeSet<&String> = agreements().flat_map(|a| a.team_calendars.keys()).collect();
        let of_team = |team: &String| hours(&|a| a.team_calendars.get(team).or(a.default_calendar.as_ref()));
        let teams = teams.into_iter().map(|team| (team.clone(), of_team(team))).collect();
        let others = hours(&|a| a.default_calendar.as_ref());
        (self.calendars, self.teams, self.others) = (calendars, teams, others);
        Ok(())
    }
}

fn splice(parts: Vec<Part>) -> Arc<Calendar> {
    match parts.as_slice() {
        [(_, Some(only))] => Arc::clone(only),
        _ => Arc::new(Calendar::spliced(parts)),
    }
}
