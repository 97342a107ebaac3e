//! Business hours.

use serde::{Deserialize, Serialize};

/// A calendar.
#[derive(Clone, Debug)]
pub struct Calendar {
    definition: CalendarDefinition,
}

/// What defines it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDefinition {
    /// IANA zone.
    pub timezone: String,
}

impl Calendar {
    /// Its definition.
    pub fn definition(&self) -> &CalendarDefinition {
        &self.definition
    }
}
