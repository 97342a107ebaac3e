//! What is folded together: a thread of events.
//!
//! Most events tell the story of a ticket. Others tell of a call in a queue, of a survey that nobody tied to a ticket,
//! or of a customer who came, paid and left; and some (a shift, a cost) are a story of their own. Each thread has a key
//! that looks like a ticket's, so that everything that stores, folds and finds tickets does the same for all of them.

use super::definitions::Definitions;
use super::event::{Event, Fact};
use super::sample::{self, Sample, TicketKey};
use super::ticket::{self, Ticket};

mod contributions;

/// With what the id of a thread begins that is not a ticket's. No source may call a ticket so.
const MARK: char = '\u{1f}';

/// The kinds of threads besides tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// All that happened to one call or chat in a queue.
    Call,
    /// A survey that no ticket is known of, and its answers.
    Survey,
    /// Whether somebody is a customer.
    Customer,
    /// One event.
    Alone,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Call, Self::Survey, Self::Customer, Self::Alone];

    const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Survey => "survey",
            Self::Customer => "customer",
            Self::Alone => "event",
        }
    }
}

/// The thread of an event that the given source sent.
pub fn key_of(event: &Event, source: &str) -> TicketKey {
    let (kind, id) = match &event.fact {
        // A call enters its queue before anybody opens a ticket for it.
        Fact::Queue(queue) => (Kind::Call, &queue.call),
        Fact::CustomerSubscribed(data) | Fact::CustomerChurned(data) => (Kind::Customer, &data.customer),
        Fact::Shift(_) | Fact::Presence(_) | Fact::Cost(_) | Fact::Revenue(_) => (Kind::Alone, &event.event_id),
        fact => match (&event.ticket, fact) {
            (Some(ticket), _) => return TicketKey { source: source.to_owned(), id: ticket.clone() },
            (None, Fact::SurveySent(data)) => (Kind::Survey, &data.survey),
            (None, Fact::RatingReceived(data)) => (Kind::Survey, &data.survey),
            (None, _) => (Kind::Alone, &event.event_id),
        },
    };
    TicketKey { source: source.to_owned(), id: format!("{MARK}{}:{id}", kind.word()) }
}

/// Whether a text can be the id of a ticket.
pub(super) fn may_name_a_ticket(id: &str) -> bool {
    !id.starts_with(MARK)
}

/// The kind of a thread and its id within the kind; `None` for tickets.
fn parts(key: &TicketKey) -> Option<(Kind, &str)> {
    let (word, id) = key.id.strip_prefix(MARK)?.split_once(':')?;
    Some((Kind::ALL.into_iter().find(|kind| kind.word() == word)?, id))
}

/// Whether a thread is a ticket.
pub fn is_ticket(key: &TicketKey) -> bool {
    parts(key).is_none()
}

/// What people call it: the ticket, the call, the customer.
pub fn name(key: &TicketKey) -> &str {
    parts(key).map_or(key.id.as_str(), |(_, id)| id)
}

/// Folds the events of one thread, in any order and with any repetition: the ticket, if it is one and its creation is
/// known, and everything the thread contributes.
pub fn samples_of(key: &TicketKey, events: &[Event], definitions: &Definitions) -> (Option<Ticket>, Vec<Sample>) {
    match parts(key) {
        Some((kind, _)) => (None, contributions::samples(kind, key, events, definitions)),
        None => {
            let ticket = ticket::fold(key, events, definitions);
            let samples = ticket.as_ref().map(|t| sample::samples(t, definitions)).unwrap_or_default();
            (ticket, samples)
        }
    }
}

#[cfg(test)]
mod tests;
