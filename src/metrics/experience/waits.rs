//! Where the time of solved tickets went, by the day of their last solve (kpis.md 5.1.7 to 5.1.10).

use super::timed;
use crate::domain::definitions::WaitBasis;
use crate::domain::sample::only;
use crate::metrics::answer::Particulars;
use crate::metrics::frame::Frame;
use crate::metrics::measure::Measured;

/// 5.1.7: how long the customer waited for us or for somebody we waited for.
pub(in crate::metrics) fn requester_wait_time(frame: &Frame<'_, '_>) -> Measured {
    let basis = frame.definitions.switches.wait_basis;
    let mut never_pending = 0;
    let measured = timed(frame, |stay: only::Stay<_>| {
        never_pending += u64::from(!stay.was_pending());
        Some(match basis {
            WaitBasis::Status => stay.work().plus(stay.hold()),
            WaitBasis::Messages => stay.answering(),
        })
    });
    match basis {
        WaitBasis::Status => measured.with(Particulars::Waited { never_pending }),
        WaitBasis::Messages => measured,
    }
}

/// 5.1.8: how long we waited for the customer.
pub(in crate::metrics) fn agent_wait_time(frame: &Frame<'_, '_>) -> Measured {
    timed(frame, |stay: only::Stay<_>| Some(stay.pending()))
}

/// 5.1.9: how long everybody waited for somebody else; tickets that never did count with nothing.
pub(in crate::metrics) fn on_hold_time(frame: &Frame<'_, '_>) -> Measured {
    let mut held = 0;
    let measured = timed(frame, |stay: only::Stay<_>| {
        held += u64::from(stay.hold().calendar_ms > 0);
        Some(stay.hold())
    });
    measured.with(Particulars::Held { tickets: held })
}

/// 5.1.10: how long it was our turn.
pub(in crate::metrics) fn agent_work_time(frame: &Frame<'_, '_>) -> Measured {
    timed(frame, |stay: only::Stay<_>| Some(stay.work()))
}
