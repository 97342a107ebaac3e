//! Own values beside published ones (kpis.md 5.6.3): on the clock and with the statistic they were published with, and
//! after the own history.

use chrono::Datelike;

use super::super::answer::{ComparedRow, Previous, Reason, Row};
use super::super::benchmark;
use super::super::frame::Frame;
use super::super::measure::{Measure, Measured};
use super::super::period::{Period, twelve_months};
use super::super::{catalogue, judged};
use super::{figures, history, nothing, part, subjects};
use crate::domain::names::{Clock, MetricId, Unit};
use crate::domain::query::Stat;

/// Published figures shown of one metric.
const MOST: usize = 10;

/// What a comparison is about where nobody says: everything that somebody has published a figure of.
pub(super) fn usual() -> Vec<MetricId> {
    MetricId::ALL.iter().copied().filter(|id| benchmark::is_published(*id)).collect()
}

/// 5.6.3: each metric beside the most fitting published figure; of a metric asked for by name beside all of them.
pub(in super::super) fn benchmark(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        return nothing(frame);
    }
    let most = if frame.query.named_subjects().next().is_some() { MOST } else { 1 };
    let rows: Vec<ComparedRow> =
        subjects(frame.query, MetricId::Benchmark).into_iter().flat_map(|id| rows(frame, id, most)).collect();
    let mut measured = nothing(frame);
    measured.measure = if rows.is_empty() { Measure::Derived(None) } else { Measure::Count(rows.len() as u64) };
    measured.rows = Some(rows.into_iter().map(|row| Row::Compared(Box::new(row))).collect());
    measured
}

fn rows(frame: &Frame<'_, '_>, id: MetricId, most: usize) -> Vec<ComparedRow> {
    let switches = &frame.definitions.switches;
    let this_year = frame.query.zone.local(frame.as_of).year();
    // Publishers measure by the calendar, and the usual variant.
    let frame = Frame { clock: Clock::Calendar, variant: usual_variant(id), ..part(frame, id) };
    let clock = (id.unit() == Unit::Seconds).then_some(Clock::Calendar);
    let published = benchmark::all(id, switches).into_iter().take(most);
    published
        .map(|p| {
            let stat = p.stat();
            let figures = figures(&frame, id, stat);
            let year = twelve_months(frame.period.to, frame.query.zone);
            let history = history(&frame, id, stat);
            ComparedRow {
                metric: id,
                unit: id.unit(),
                clock,
                value: figures.value,
                stat: figures.stat,
                n: figures.n,
                reason: figures.reason,
                year: (!history.is_empty()).then(|| over(&frame, id, stat, &year)),
                history,
                published: p.benchmark(id, switches, this_year).beside(&figures, clock),
            }
        })
        .filter(|row| most > 1 || row.reason != Some(Reason::NotConnected))
        .collect()
}

/// The value over all of the months.
fn over(frame: &Frame<'_, '_>, id: MetricId, stat: Option<Stat>, months: &[Period]) -> Previous {
    let from = months.first().map_or(frame.period.from, |month| month.from);
    let period = Period { from, to: frame.period.to };
    let known = judged::begins(id, frame).is_none_or(|begins| begins < period.to);
    let measure = catalogue::entry(id).measure(&frame.bare(period)).measure;
    let value = measure.headline(stat).filter(|_| known);
    Previous { value, n: measure.n(), reason: None }
}

/// The variant that published figures are about, where a switch may have chosen another.
const fn usual_variant(id: MetricId) -> Option<&'static str> {
    match id {
        MetricId::Csat => Some("top_box"),
        MetricId::Ces => Some("share"),
        _ => None,
    }
}
