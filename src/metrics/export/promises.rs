//! Promises as rows.

use super::Cell;
use super::cell::seconds;
use crate::domain::definitions::Definitions;
use crate::domain::sample::{Dimensions, TicketKey};
use crate::domain::sla::{Instance, PolicyVersion, State};
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;

/// A promise as it stands at a moment.
pub(super) struct Told<'a> {
    instance: Instance,
    ticket: &'a TicketKey,
    dimensions: Dimensions,
    definitions: &'a Definitions,
    as_of: Timestamp,
}

impl<'a> Told<'a> {
    pub(super) fn new(instance: Instance, ticket: &'a Ticket, definitions: &'a Definitions, as_of: Timestamp) -> Self {
        let at = instance.promise.counted_at();
        let dimensions = ticket.dimensions(at, ticket.responsible(at));
        Self { instance, ticket: &ticket.key, dimensions, definitions, as_of }
    }

    /// The values that filters meet: those of the decision, or of the present.
    pub(super) const fn dimensions(&self) -> &Dimensions {
        &self.dimensions
    }

    /// When it was decided, if it is by now.
    pub(super) fn decided_at(&self) -> Option<Timestamp> {
        match (self.state(), self.instance.promise.decided_at) {
            (State::Running, _) => None,
            (_, Some(at)) => Some(at),
            (_, None) => self.instance.promise.deadline,
        }
    }

    fn elapsed_ms(&self) -> i64 {
        self.instance.promise.elapsed_at(self.definitions, self.instance.calendar.as_deref(), self.as_of)
    }

    fn overrun_ms(&self) -> Option<i64> {
        self.instance.promise.overrun_at(self.definitions, self.instance.calendar.as_deref(), self.as_of)
    }

    fn state(&self) -> State {
        self.instance.promise.state_at(self.as_of)
    }
}

/// Fills a column.
type Tell = fn(&Told<'_>) -> Cell;

/// What is told of a promise.
pub(super) const COLUMNS: &[(&str, Tell)] = &[
    ("ticket", |t| t.ticket.id.as_str().into()),
    ("target", |t| t.instance.promise.target.name().into()),
    ("cycle", |t| t.instance.promise.cycle.into()),
    ("policy", |t| t.instance.policy.as_str().into()),
    ("priority", |t| t.instance.priority.as_str().into()),
    ("target_s", |t| t.instance.promise.target_s.into()),
    ("elapsed_s", |t| seconds(Some(t.elapsed_ms()))),
    ("state", |t| t.state().name().into()),
    ("deadline", |t| t.instance.due.into()),
    ("decided_at", |t| t.decided_at().into()),
    ("source", |t| t.ticket.source.as_str().into()),
    ("clock", |t| if t.instance.calendar.is_some() { "business" } else { "calendar" }.into()),
    ("calendar", |t| t.instance.calendar.as_deref().into()),
    ("started", |t| t.instance.promise.started.into()),
    ("fulfilled_at", |t| t.instance.promise.fulfilled_at.into()),
    ("overrun_s", |t| seconds(t.overrun_ms())),
    ("team", |t| t.dimensions.team.as_deref().into()),
    ("agent", |t| t.dimensions.agent.as_deref().into()),
    ("channel", |t| t.dimensions.channel.as_deref().into()),
    ("tags", |t| t.dimensions.tags.as_slice().into()),
    ("category", |t| t.dimensions.category.as_deref().into()),
    ("tier", |t| t.dimensions.tier.as_deref().into()),
    ("policy_version", |t| version(t.instance.promise.version)),
];

/// The number of the version of `bot.toml`, or when the help desk said so.
fn version(version: PolicyVersion) -> Cell {
    match version {
        PolicyVersion::Configured(number) => number.into(),
        PolicyVersion::Announced(at) => at.into(),
    }
}
