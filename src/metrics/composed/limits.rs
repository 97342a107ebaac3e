//! The three R's: response time, response efficiency, resolution time, each within its limit or over it (kpis.md 5.6.1).

use super::super::answer::{LimitRow, Row};
use super::super::catalogue;
use super::super::frame::Frame;
use super::super::measure::{Measure, Measured};
use super::{THREE_RS, figures, nothing, part};

/// 5.6.1: how many of the three are over their limits, which are their targets. There is no single score.
pub(in super::super) fn three_rs(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        return nothing(frame);
    }
    let rows: Vec<LimitRow> = THREE_RS
        .iter()
        .map(|id| {
            let part = part(frame, *id);
            let figures = figures(&part, *id, None);
            LimitRow {
                metric: *id,
                unit: id.unit(),
                clock: catalogue::clock_of(*id, frame.clock),
                value: figures.value,
                stat: figures.stat,
                n: figures.n,
                limit: figures.target,
                within: figures.met,
                reason: figures.reason,
            }
        })
        .collect();
    let judged = rows.iter().filter(|row| row.within.is_some()).count();
    let over = rows.iter().filter(|row| row.within == Some(false)).count() as u64;
    let mut measured = nothing(frame);
    // Without a limit nothing is within it either.
    measured.measure = if judged > 0 { Measure::Count(over) } else { Measure::Derived(None) };
    measured.rows = Some(rows.into_iter().map(Row::Limit).collect());
    measured
}
