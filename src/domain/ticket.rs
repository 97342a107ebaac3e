//! `fold(events) → Ticket`: the state and history of one ticket, independent of how its events arrived.

use super::definitions::Definitions;
use super::event::Event;
use super::sample::TicketKey;
use super::timestamp::Timestamp;

/// One ticket with its whole history.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Whose history.
    pub key: TicketKey,
    /// When it was created.
    pub created: Timestamp,
}

/// Folds a ticket's events, in any order and with any repetition, into its state.
///
/// `None` when its creation is not known (yet): such a ticket counts nowhere.
pub fn fold(key: &TicketKey, events: &[Event], definitions: &Definitions) -> Option<Ticket> {
    let _ = (key, events, definitions);
    None
}
