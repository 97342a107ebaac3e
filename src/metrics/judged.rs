//! From what was measured in a period to the figures of an answer: what history allows to be said, what changed since
//! the periods it is compared with, and whether the target is met.

use super::answer::{Figures, Previous, Reason};
use super::catalogue::{self, Timing};
use super::measure::{Frame, Measure};
use super::period::Period;
use crate::domain::names::{MetricId, Unit};
use crate::domain::query::Stat;
use crate::domain::timestamp::Timestamp;

impl Figures {
    /// What a metric comes to in a period, set against the periods it is compared with.
    pub(super) fn of(id: MetricId, frame: &Frame<'_, '_>, stat: Option<Stat>) -> Self {
        let begins = begins(id, frame);
        let zone = frame.query.zone;
        let date = |at: Timestamp| zone.local(at).date();
        // Days on which nothing could be recorded were not days without anything.
        if let Some(begins) = begins.filter(|begins| *begins >= frame.period.to) {
            return Self::absent(Reason::HistoryStarts(date(begins)));
        }
        let entry = catalogue::entry(id);
        let measured = entry.measure(frame);
        // What is made of other metrics has no number of its own that could change: its parts are compared.
        let compared = if id.unit() == Unit::Composite { &[] } else { frame.compared };
        let recorded = || compared.iter().filter(|p| begins.is_none_or(|begins| begins < p.to));
        let before: Vec<Measure> = recorded().map(|p| entry.measure(&frame.bare(*p)).measure).collect();
        let (mut previous, change, mut significant) = measured.measure.compared(&before, stat);
        if let Some(begins) = begins {
            let whole = |p: &Period| recorded_whole(id, frame, *p);
            if before.is_empty() && !compared.is_empty() {
                let reason = Some(Reason::HistoryStarts(date(begins)));
                previous = Some(Previous { value: None, n: None, reason });
            } else if measured.measure.n().is_none() && !recorded().all(whole) {
                // Counts of a period that was recorded only in part compare with nothing.
                significant = None;
            }
        }
        let currency = catalogue::tells_money(id).then_some(frame.definitions.currency);
        let mut figures = Self { previous, change, significant, currency, ..measured.figures(stat) };
        let all = frame.period.from <= Timestamp(0);
        let inside = |at: &Timestamp| !all && zone.midnight(date(*at)) > frame.period.from;
        figures.detail.begins = begins.filter(inside).map(date);
        if figures.detail.unrecorded {
            figures.reason = begins.map(|begins| Reason::HistoryStarts(date(begins)));
        }
        figures.judge(id, frame.query.targets.of(id, frame.team));
        figures
    }

    /// Nothing, and why.
    pub(super) fn absent(reason: Reason) -> Self {
        Self { n: Some(0), reason: Some(reason), ..Self::default() }
    }
}

/// Whether everything a metric needs was delivered throughout a period: what is not there then was not counted away.
pub(super) fn recorded_whole(id: MetricId, frame: &Frame<'_, '_>, period: Period) -> bool {
    let zone = frame.query.zone;
    begins(id, frame).is_none_or(|begins| zone.midnight(zone.local(begins).date()) <= period.from)
}

/// Since when everything a metric needs is delivered; `None` = ever since, or as far as it matters.
pub(super) fn begins(id: MetricId, frame: &Frame<'_, '_>) -> Option<Timestamp> {
    let entry = catalogue::entry(id);
    let history = frame.query.history.as_ref().filter(|_| entry.timing != Timing::Now)?;
    entry.needs.iter().filter_map(|need| history.get(need)).max().copied()
}
