//! `fold(events) → Ticket`.
