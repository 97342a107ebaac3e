//! What a measurement looks at: the samples, the period, the clock, the switches in force.

use super::catalogue::Need;
use super::period::Period;
use super::pool::{EVER, Filters, Pool};
use super::query::Query;
use crate::domain::definitions::Definitions;
use crate::domain::names::{Clock, MetricId};
use crate::domain::sample::{Elapsed, SampleKind};
use crate::domain::timestamp::Timestamp;

/// What a measurement looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'f, 'a> {
    /// What is counted: after filters, of one group.
    pub(super) counted: Pool<'f, 'a>,
    /// Everything that was fetched, for tests that look at other tickets.
    pub(super) all: Pool<'f, 'a>,
    /// The question.
    pub(super) query: &'f Query,
    /// The period asked about, or one that it is compared with.
    pub(super) period: Period,
    /// The moment of knowledge.
    pub(super) as_of: Timestamp,
    /// The clock of durations.
    pub(super) clock: Clock,
    /// The switches and calendars in force.
    pub(super) definitions: &'f Definitions,
    /// A variant asked for instead of the configured one.
    pub(super) variant: Option<&'f str>,
    /// The periods compared with, the latest first.
    pub(super) compared: &'f [Period],
    /// The parts of the period whose course is drawn, for those who can count it on the way; in order and apart.
    pub(super) parts: &'f [Period],
    /// What was asked for.
    pub(super) filters: &'f Filters,
    /// The only team asked about, if it is one.
    pub(super) team: Option<&'f str>,
    /// Also what stands beside the number, and not only what its course and its groups are drawn from.
    pub(super) detailed: bool,
    /// Also say what each ticket contributed.
    pub(super) list: bool,
    /// Also say what was left out.
    pub(super) explain: bool,
    /// Also say how durations are spread, for a picture.
    pub(super) drawn: bool,
}

impl Frame<'_, '_> {
    /// Whether the question names the metric and this is the period it asks about: what only then is shown need not be
    /// found out otherwise.
    pub(super) fn asks_for(&self, id: MetricId) -> bool {
        self.query.names(id, self.period)
    }

    /// The instant of a snapshot: the end of the period, or now if that is earlier.
    pub(super) fn end(&self) -> Timestamp {
        self.period.to.min(self.as_of)
    }

    /// The same for another period, of which only the number is wanted.
    pub(super) fn bare(&self, period: Period) -> Self {
        Self { period, compared: &[], parts: &[], detailed: false, list: false, explain: false, drawn: false, ..*self }
    }

    /// Whether something connected delivers what is needed. Policies also arrive with the tickets of a help desk; what
    /// an escalation is, only the configuration says.
    pub(super) fn has(&self, need: Need) -> bool {
        if need == Need::Escalations {
            let switches = &self.definitions.switches;
            return !switches.escalation_teams.is_empty() || !switches.escalation_tags.is_empty();
        }
        match &self.query.history {
            Some(history) => history.get(&need).is_some_and(|since| *since <= self.as_of),
            None if need == Need::Policies => {
                self.definitions.promises_anything() || self.all.within(SampleKind::Sla, EVER).next().is_some()
            }
            None => true,
        }
    }

    /// Milliseconds on the clock in force; `None` where no calendar applies.
    #[inline(always)]
    pub(super) const fn ms(&self, elapsed: Elapsed) -> Option<i64> {
        match self.clock {
            Clock::Calendar => Some(elapsed.calendar_ms),
            Clock::Business => elapsed.business_ms,
        }
    }
}
