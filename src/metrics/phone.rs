//! Telephone and live-chat queues (kpis.md 5.1.12 to 5.1.14, 5.5.4). A call belongs to the period in which it entered its
//! queue; always on the calendar clock.

use super::answer::{Particulars, PhoneHold};
use super::frame::Frame;
use super::measure::Measured;
use super::pool::{PerTicket, Tickets};
use crate::domain::columns::Row;
use crate::domain::definitions::ServiceLevelBase;
use crate::domain::event::TimeKind;
use crate::domain::sample::{CallEnd, SampleFact, SampleKind};

/// A call that entered in the period.
#[derive(Clone, Copy)]
struct Call<'a> {
    row: Row<'a>,
    end: CallEnd,
    /// Until it left the queue; 0 while it is in there.
    waited_ms: i64,
}

impl Call<'_> {
    fn waited_s(self) -> f64 {
        self.waited_ms as f64 / 1000.0
    }

    /// Whether whoever hung up may have misdialled.
    fn is_short(self, frame: &Frame<'_, '_>) -> bool {
        let least_ms = frame.definitions.switches.queue_short_abandon_s.saturating_mul(1000);
        self.end == CallEnd::Abandoned && self.waited_ms < least_ms
    }
}

fn calls<'f, 'a>(frame: &Frame<'f, 'a>) -> impl Iterator<Item = Call<'a>> + use<'f, 'a> {
    frame.counted.within(SampleKind::Call, frame.period).filter_map(|row| match row.fact() {
        SampleFact::Call { end } => Some(Call { row, end, waited_ms: row.until().map_or(0, |until| until - row.at()) }),
        _ => None,
    })
}

/// 5.1.12: how long those waited who were answered.
pub(super) fn speed_of_answer(frame: &Frame<'_, '_>) -> Measured {
    let too = frame.definitions.switches.asa_include_abandoned;
    let waited = calls(frame).filter(|call| match call.end {
        CallEnd::Answered => true,
        CallEnd::Abandoned => too && !call.is_short(frame),
        CallEnd::Waiting => false,
    });
    Measured::amounts(frame, waited.map(|call| (call.row, call.waited_s())))
}

/// 5.1.14: the share of those who hung up, misdials aside.
pub(super) fn abandonment_rate(frame: &Frame<'_, '_>) -> Measured {
    let short = calls(frame).filter(|call| call.is_short(frame)).count() as u64;
    let settled = calls(frame).filter(|call| call.end != CallEnd::Waiting && !call.is_short(frame));
    let measured = Measured::rate(frame, settled.map(|call| (call.row, call.end == CallEnd::Abandoned)));
    measured.with(Particulars::Abandoned { short })
}

/// The words of `queue.sl_variant`.
pub(super) const SERVICE_LEVELS: [(&str, ServiceLevelBase); 3] = [
    ("answered_plus_abandoned", ServiceLevelBase::AnsweredPlusAbandoned),
    ("answered_only", ServiceLevelBase::AnsweredOnly),
    ("offered", ServiceLevelBase::Offered),
];

/// 5.5.4: the share of calls answered within the target, exactly the target included.
pub(super) fn service_level(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let asked = SERVICE_LEVELS.iter().find(|(word, _)| frame.variant == Some(word));
    let base = asked.map_or(switches.queue_sl_variant, |(_, base)| *base);
    let within_s = switches.queue_target_s;
    let counts = |call: &Call<'_>| match (base, call.end) {
        (ServiceLevelBase::Offered, _) | (_, CallEnd::Answered) => true,
        (ServiceLevelBase::AnsweredPlusAbandoned, CallEnd::Abandoned) => !call.is_short(frame),
        (ServiceLevelBase::AnsweredOnly, CallEnd::Abandoned) | (_, CallEnd::Waiting) => false,
    };
    let in_time = |call: &Call<'_>| call.end == CallEnd::Answered && call.waited_ms <= within_s.saturating_mul(1000);
    let measured = Measured::rate(frame, calls(frame).filter(counts).map(|call| (call.row, in_time(&call))));
    measured.with(Particulars::InTime { within_s })
}

/// 5.1.13: how long customers were put on hold, of the calls on which they were at all.
pub(super) fn hold_time(frame: &Frame<'_, '_>) -> Measured {
    let mut calls = Tickets::default();
    let mut places = PerTicket::default();
    let mut holds: Vec<(Row<'_>, i64)> = Vec::new();
    for row in frame.counted.within(SampleKind::Tracked, frame.period) {
        let SampleFact::Tracked { ms, work, .. } = row.fact() else { continue };
        if work != TimeKind::Work {
            calls.insert(row.ticket());
        }
        if work == TimeKind::Hold {
            let place = *places.entry(row.ticket()).or_insert_with(|| {
                holds.push((row, 0));
                holds.len() - 1
            });
            holds[place].1 += ms;
        }
    }
    let (calls, held_ms) = (calls.count(), holds.iter().map(|(_, ms)| ms).sum::<i64>());
    let measured = Measured::amounts(frame, holds.into_iter().map(|(row, ms)| (row, ms as f64 / 1000.0)));
    let mean_all_s = (calls > 0).then(|| held_ms as f64 / 1000.0 / calls as f64);
    measured.with(Particulars::PhoneHold(PhoneHold { calls, mean_all_s }))
}

#[cfg(test)]
mod tests;
