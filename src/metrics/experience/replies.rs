//! How soon customers hear from us (kpis.md 5.1.1 to 5.1.4, 5.1.11, 5.1.25).

use super::timed;
use crate::domain::columns::{FactOf, Row};
use crate::domain::definitions::ResponseWeight;
use crate::domain::names::MetricId;
use crate::domain::sample::{Elapsed, only};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::Particulars;
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::period::Period;
use crate::metrics::pool::PerTicket;
use crate::metrics::workload;

/// The stretch whose first responses make a promise: 28 days.
const PROMISED_FROM_S: i64 = 28 * 86_400;

/// 5.1.1: from the origin of the ticket to the first human reply, by the day of the reply.
///
/// Those who still wait are not in it, so it tells of them beside it.
pub(in crate::metrics) fn first_response_time(frame: &Frame<'_, '_>) -> Measured {
    let measured = timed(frame, by_a_person);
    if !frame.asks_for(MetricId::FirstResponseTime) {
        return measured;
    }
    let (tickets, longest_s) = workload::still_waiting(frame);
    measured.with(Particulars::StillWaiting { tickets, longest_s })
}

#[inline(always)]
fn by_a_person(reply: only::FirstReply<FactOf<'_>>) -> Option<Elapsed> {
    Some(reply.elapsed())
}

/// 5.1.2: the same to the first reply of anybody, be it a bot or a rule.
pub(in crate::metrics) fn first_response_time_any(frame: &Frame<'_, '_>) -> Measured {
    let measured = timed(frame, |reply: only::FirstAnyReply<_>| Some(reply.elapsed()));
    let human_s = timed(frame, by_a_person).measure.headline(None);
    measured.with(Particulars::AnyReply { human_s })
}

/// 5.1.3: every answered customer turn, by the day of the reply.
pub(in crate::metrics) fn response_time(frame: &Frame<'_, '_>) -> Measured {
    replies(frame, |_| true)
}

/// 5.1.4: the answered turns other than the one that was answered with the first response.
pub(in crate::metrics) fn next_reply_time(frame: &Frame<'_, '_>) -> Measured {
    replies(frame, |first| !first)
}

fn replies(frame: &Frame<'_, '_>, counts: fn(bool) -> bool) -> Measured {
    let replies = frame.counted.of::<only::Reply<_>>(frame.period).filter(|(_, reply)| counts(reply.first()));
    let replies = replies.map(|(row, reply)| (row, Some(reply.turn()), frame.ms(reply.elapsed())));
    match frame.definitions.switches.response_time_weight {
        ResponseWeight::Reply => Measured::times(frame, replies),
        ResponseWeight::Ticket => {
            let mut measured = Measured::durations(frame, means(replies).into_iter());
            measured.detail.counted = Some(("ticket", "tickets"));
            measured
        }
    }
}

/// The mean of each ticket; none where one of its replies has none.
fn means<'a>(
    replies: impl Iterator<Item = (Row<'a>, Option<u32>, Option<i64>)>,
) -> Vec<(Row<'a>, Option<u32>, Option<f64>)> {
    let mut places: PerTicket<usize> = PerTicket::default();
    let mut tickets: Vec<(Row<'a>, Option<f64>, f64)> = Vec::new();
    for (row, _, ms) in replies {
        let seconds = ms.map(|ms| ms as f64 / 1000.0);
        let place = *places.entry(row.ticket()).or_insert(tickets.len());
        match tickets.get_mut(place) {
            Some((_, sum, n)) => {
                *sum = sum.zip(seconds).map(|(a, b)| a + b);
                *n += 1.0;
            }
            None => tickets.push((row, seconds, 1.0)),
        }
    }
    tickets.into_iter().map(|(row, sum, n)| (row, None, sum.map(|sum| sum / n))).collect()
}

/// 5.1.11: from creation to the first assignment to a person; `variant:before_reply` takes the last one before the
/// first human reply.
pub(in crate::metrics) fn time_to_assignment(frame: &Frame<'_, '_>) -> Measured {
    let last = frame.variant == Some("before_reply");
    timed(frame, |assigned: only::Assigned<_>| {
        (if last { assigned.before_reply() } else { assigned.first() }).then_some(assigned.elapsed())
    })
}

/// 5.1.25: what reply time can be promised: the least step that nine of ten first responses kept.
pub(in crate::metrics) fn reply_time_promise(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let recent = Frame { period: promise_window(frame.as_of), parts: &[], ..*frame };
    let measured = timed(&recent, by_a_person);
    let Measure::Durations(waits) = measured.measure else { return measured };
    let typical_s = waits.percentile(0.5);
    let p90 = waits.percentile(0.9).unwrap_or_default();
    let enough = waits.len() as u64 >= switches.promise_min_n;
    let step = switches.promise_ladder_s.iter().map(|s| *s as f64).find(|step| *step >= p90).filter(|_| enough);
    let measure = Measure::Step { waits, step, least: switches.promise_min_n };
    Measured { measure, ..measured }.with(Particulars::Promise { typical_s })
}

/// The 28 days that end now, this instant included.
pub(in crate::metrics) const fn promise_window(as_of: Timestamp) -> Period {
    Period { from: as_of.plus_s(-PROMISED_FROM_S), to: as_of.plus_ms(1) }
}
