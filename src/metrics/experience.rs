//! Customer experience: how fast, how thoroughly, how lastingly customers are helped (kpis.md 5.1).

mod contact;
mod effort;
mod replies;
mod resolution;
mod waits;

pub(super) use contact::{bot_resolution_rate, first_contact_resolution, repeat_contact_rate};
pub(super) use effort::{
    escalation_rate, is_one_touch, one_touch_rate, reassignments, replies_per_resolution, response_efficiency,
};
pub(super) use replies::{
    first_response_time, first_response_time_any, next_reply_time, promise_window, reply_time_promise, response_time,
    time_to_assignment,
};
pub use resolution::ResolutionVariant;
pub(super) use resolution::{first_resolution_time, proving, reopen_rate, resolution_rate, resolution_time, same_age};
pub(super) use waits::{agent_wait_time, agent_work_time, on_hold_time, requester_wait_time};

use super::frame::Frame;
use super::measure::Measured;
use crate::domain::columns::FactOf;
use crate::domain::sample::{Elapsed, OneKind};

/// What the samples of a kind say of time, by the day to which each belongs.
fn timed<'a, T: OneKind<FactOf<'a>>>(frame: &Frame<'_, 'a>, mut of: impl FnMut(T) -> Option<Elapsed>) -> Measured {
    Measured::timed(frame, T::KIND, |row| Some(frame.ms(of(row.only()?)?)))
}

#[cfg(test)]
mod tests;
