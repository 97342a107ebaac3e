//! What was done about bad ratings (kpis.md 5.2.6).

use super::super::answer::{FollowUpRow, Particulars, Row, TicketRef};
use super::super::frame::Frame;
use super::super::measure::Measured;
use super::{Answer, answers, satisfaction, satisfied, score};
use crate::domain::event::SurveyKind;

/// 5.2.6: bad ratings after which a human wrote to the customer in time, among those that had the time or the answer.
pub(in super::super) fn negative_followup_rate(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let window_ms = switches.csat_followup_window_s.saturating_mul(1000);
    let bad: Vec<Answer<'_>> = match frame.variant {
        Some("nps") => {
            let detractor = |a: &Answer<'_>| a.transactional && score::opinion(a, switches) == Some(false);
            answers(frame, SurveyKind::Nps).filter(detractor).collect()
        }
        _ => satisfaction(frame).0.into_iter().filter(|a| !satisfied(a, switches)).collect(),
    };
    let in_time = |a: &Answer<'_>| a.followed_up.is_some_and(|at| at <= a.answered.plus_ms(window_ms));
    let (pending, due): (Vec<_>, Vec<_>) =
        bad.into_iter().partition(|a| !in_time(a) && a.answered.plus_ms(window_ms) > frame.as_of);
    let mut rows: Vec<FollowUpRow> = pending
        .iter()
        .map(|a| FollowUpRow {
            ticket: TicketRef::of(a.row),
            value: a.value,
            scale: a.scale.0,
            at: a.answered,
            due: a.answered.plus_ms(window_ms),
        })
        .collect();
    rows.sort_by(|a, b| (a.due, &a.ticket.ticket).cmp(&(b.due, &b.ticket.ticket)));
    let next_s = rows.first().map(|row| (row.due - frame.as_of) as f64 / 1000.0);
    let measured = Measured::rate(frame, due.iter().map(|a| (a.row, in_time(a))));
    let mut measured = measured.with(Particulars::FollowedUp { pending: rows.len() as u64, next_s });
    measured.rows = Some(rows.into_iter().map(Row::FollowUp).collect());
    measured
}
