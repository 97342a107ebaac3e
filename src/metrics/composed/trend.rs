//! What has changed, and whether the change is a clear one (kpis.md 5.6.2).

use super::super::answer::{Reason, Row, TrendRow};
use super::super::catalogue::{OVERVIEW, clock_of, entry};
use super::super::frame::Frame;
use super::super::measure::{Measure, Measured};
use super::super::statistics::Verdict;
use super::{Timing, figures, history, nothing, part, subjects};
use crate::domain::names::{Better, MetricId, Unit};
use crate::domain::query::Stat;

/// What a trend is about where nobody says: the metrics of the overview whose changes are judged.
pub(super) fn usual() -> Vec<MetricId> {
    let judged = |id: &&MetricId| {
        let flag = matches!(id.unit(), Unit::Flag | Unit::Composite) || **id == MetricId::NetFlow;
        !flag && !matches!(entry(**id).timing, Timing::Now | Timing::Whole)
    };
    OVERVIEW.iter().filter(judged).copied().collect()
}

/// 5.6.2: each metric with its value before, the change, and the verdict; counts the clear changes.
pub(in super::super) fn trend(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        return nothing(frame);
    }
    let named = frame.query.named_subjects().next().is_some();
    let all = subjects(frame.query, MetricId::Trend).into_iter().map(|id| row(&part(frame, id), id));
    // What nobody asked for by name is left out where nothing delivers it.
    let rows: Vec<TrendRow> = all.filter(|row| named || row.reason != Some(Reason::NotConnected)).collect();
    let clear = rows.iter().filter(|row| matches!(row.verdict, Verdict::Up | Verdict::Down)).count() as u64;
    let compared = rows.iter().filter(|row| row.value.is_some()).count() as u64;
    let mut measured = nothing(frame);
    measured.measure = Measure::Among { count: clear, all: compared };
    measured.rows = Some(rows.into_iter().map(|row| Row::Trend(Box::new(row))).collect());
    measured
}

fn row(frame: &Frame<'_, '_>, id: MetricId) -> TrendRow {
    let stat = frame.query.stat;
    let figures = figures(frame, id, stat);
    let difference = figures.previous.and_then(|p| p.value).zip(figures.value).map(|(then, now)| now - then);
    let verdict = match (figures.significant, difference) {
        (Some(true), Some(change)) if change > 0.0 => Verdict::Up,
        (Some(true), Some(change)) if change < 0.0 => Verdict::Down,
        (Some(_), Some(_)) => Verdict::NoClearChange,
        // Medians are judged from twenty values on; what has no test is not judged at all.
        (None, Some(_)) if figures.stat == Some(Stat::Median) => Verdict::NotEnoughData,
        (None, Some(_)) | (_, None) => Verdict::NotApplicable,
    };
    let better = figures.detail.better.unwrap_or(id.better());
    let improved = match (verdict, better) {
        (Verdict::Up, Better::Higher) | (Verdict::Down, Better::Lower) => Some(true),
        (Verdict::Up, Better::Lower) | (Verdict::Down, Better::Higher) => Some(false),
        _ => None,
    };
    TrendRow {
        metric: id,
        unit: figures.detail.unit.unwrap_or(id.unit()),
        better,
        clock: clock_of(id, frame.clock),
        value: figures.value,
        n: figures.n,
        previous: figures.previous,
        change: figures.change,
        verdict,
        improved,
        reason: figures.reason,
        history: history(frame, id, stat),
        figures,
    }
}
