//! What is put together from other metrics (kpis.md 5.6): the three R's, the trend, the comparison with published
//! figures. Nothing is computed twice: every part is what the metric itself would answer.

mod limits;
mod published;
mod trend;

pub(super) use limits::three_rs;
pub(super) use published::benchmark;
pub(super) use trend::trend;

use super::answer::{Figures, Point, Reason};
use super::catalogue::{self, Scope, Timing};
use super::frame::Frame;
use super::judged;
use super::measure::Measured;
use super::period::{self, Period};
use super::query::Query;
use crate::domain::names::MetricId;
use crate::domain::query::Stat;
use crate::domain::sample::Selection;

/// The parts of the three R's.
pub(super) const THREE_RS: [MetricId; 3] =
    [MetricId::ResponseTime, MetricId::ResponseEfficiency, MetricId::ResolutionTime];

/// Whether a metric is asked about other metrics (`trend csat`).
pub(super) const fn is_about_others(id: MetricId) -> bool {
    matches!(id, MetricId::Trend | MetricId::Benchmark)
}

/// The metrics that such a metric is asked about: those named beside it, else those it is usually about.
pub(super) fn subjects(query: &Query, id: MetricId) -> Vec<MetricId> {
    let named: Vec<MetricId> = query.named_subjects().collect();
    match id {
        _ if !named.is_empty() => named,
        MetricId::Benchmark => published::usual(),
        _ => trend::usual(),
    }
}

/// The samples of the parts, for the period of the scope.
pub(super) fn reads(scope: &Scope<'_>, parts: &[MetricId]) -> Vec<Selection> {
    let of = |id: &MetricId| catalogue::entry(*id).reads(&Scope { variant: scope.query.variant(*id), ..*scope });
    parts.iter().flat_map(of).collect()
}

/// The samples of what a metric is about, and those of its own history where somebody asks for one metric in particular.
pub(super) fn reads_with_history(scope: &Scope<'_>, id: MetricId) -> Vec<Selection> {
    let subjects = subjects(scope.query, id);
    let mut selections = reads(scope, &subjects);
    if scope.period == scope.query.period && scope.query.named_subjects().next().is_some() {
        let months = period::twelve_months(scope.period.to, scope.query.zone);
        selections.extend(months.into_iter().flat_map(|month| reads(&Scope { period: month, ..*scope }, &subjects)));
    }
    selections
}

/// The frame in which a part is measured.
fn part<'f, 'a>(frame: &Frame<'f, 'a>, id: MetricId) -> Frame<'f, 'a> {
    let compared = if catalogue::entry(id).timing == Timing::Now { &[] } else { frame.compared };
    let clock = catalogue::clock_of(id, frame.clock).unwrap_or(frame.clock);
    Frame { variant: frame.query.variant(id), clock, compared, list: false, explain: false, drawn: false, ..*frame }
}

/// What a part comes to.
fn figures(frame: &Frame<'_, '_>, id: MetricId, stat: Option<Stat>) -> Figures {
    let needs = catalogue::needs(id, None, frame.variant);
    if needs.iter().any(|need| !frame.has(*need)) {
        return Figures::absent(Reason::NotConnected);
    }
    Figures::of(id, frame, stat)
}

/// The course of a part over the twelve months that end with the period; none unless it was asked for in particular.
fn history(frame: &Frame<'_, '_>, id: MetricId, stat: Option<Stat>) -> Vec<Point> {
    if frame.query.named_subjects().next().is_none() || catalogue::entry(id).timing == Timing::Now {
        return Vec::new();
    }
    let begins = judged::begins(id, frame);
    let point = |month: Period| {
        if begins.is_some_and(|begins| begins >= month.to) {
            return Point { from: month.from, value: None, n: None };
        }
        let measure = catalogue::entry(id).measure(&frame.bare(month)).measure;
        Point { from: month.from, value: measure.headline(stat), n: measure.n() }
    };
    period::twelve_months(frame.period.to, frame.query.zone).into_iter().map(point).collect()
}

/// The answer of a metric where only its number is wanted: it has none of its own.
fn nothing(frame: &Frame<'_, '_>) -> Measured {
    Measured::count(frame, std::iter::empty())
}
