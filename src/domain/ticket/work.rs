//! Time somebody tracked: on a ticket, or on nothing in particular.

use crate::domain::definitions::Definitions;
use crate::domain::event::{Event, TimeKind, TimeTracked};
use crate::domain::timestamp::Timestamp;

/// One entry of a time sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// When it began; where the source knows only for how long, when that was reported.
    pub at: Timestamp,
    /// For how long, milliseconds; never negative.
    pub ms: i64,
    /// On what.
    pub kind: TimeKind,
    /// Who, by name.
    pub by: Option<String>,
    /// Whether `at` is when it began.
    pub timed: bool,
}

impl Work {
    /// What an event of a source says.
    pub fn of(time: &TimeTracked, event: &Event, source: &str, definitions: &Definitions) -> Self {
        Self {
            at: time.start.unwrap_or(event.ts),
            // Saturates, should a source report ages.
            ms: (time.seconds * 1000.0).round().max(0.0) as i64,
            kind: time.kind,
            by: event.actor.known().map(|id| definitions.agent_name(source, id).to_owned()),
            timed: time.start.is_some(),
        }
    }

    /// When it ended; without a beginning there is no end either.
    pub const fn until(&self) -> Timestamp {
        if self.timed { self.at.plus_ms(self.ms) } else { self.at }
    }
}
