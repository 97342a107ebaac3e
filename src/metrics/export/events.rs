//! Events as rows, and the values under which they are filtered.

use super::Cell;
use crate::domain::definitions::Definitions;
use crate::domain::event::{ActorKind, Event};
use crate::domain::sample::{Dimensions, TicketKey};
use crate::domain::ticket::Ticket;

/// Fills a column.
type Tell = fn(&Event) -> Cell;

/// What is told of an event where it cannot be its JSON.
pub(super) const COLUMNS: &[(&str, Tell)] = &[
    ("event_id", |e| e.event_id.as_str().into()),
    ("seq", |e| e.seq.into()),
    ("ts", |e| e.ts.into()),
    ("type", |e| e.fact.type_name().into()),
    ("ticket", |e| e.ticket.as_deref().into()),
    ("actor_kind", |e| e.actor.kind.name().into()),
    ("actor_id", |e| e.actor.id.as_str().into()),
    ("actor_name", |e| e.actor.name.as_deref().into()),
    ("source", |e| e.source.as_deref().into()),
    ("data", |e| Cell::Data(e.fact.data())),
];

/// The values of its ticket when it happened; the agent is the one who did it, else whoever was responsible.
pub(super) fn dimensions(
    event: &Event,
    key: &TicketKey,
    ticket: Option<&Ticket>,
    definitions: &Definitions,
) -> Dimensions {
    let by = (event.actor.kind == ActorKind::Agent).then(|| definitions.agent_name(&key.source, &event.actor.id));
    match ticket {
        Some(ticket) => ticket.dimensions(event.ts, by.or_else(|| ticket.responsible(event.ts))),
        None => Dimensions { agent: by.map(str::to_owned), ..Dimensions::default() },
    }
}
