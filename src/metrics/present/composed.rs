//! What is put together from other metrics, in a sentence and as a table (the "Shows" of kpis.md 5.6).

use super::super::answer::{Answer, ComparedRow, Figures, LimitRow, Point, Reason, Row, TrendRow};
use super::super::format;
use super::{lists, words};
use crate::domain::message::{Block, Text};
use crate::domain::names::{MetricId, Unit};

/// What a composed metric says in a line: `Response time 37m 30s ✓ (≤ 1h 00m) · …`; `None` of any other.
pub(super) fn sentence(answer: &Answer) -> Option<String> {
    let rows = answer.figures.rows.as_ref().filter(|_| answer.unit == Unit::Composite)?;
    let parts: Vec<String> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Limit(row) => Some(limit(row)),
            Row::Trend(row) => Some(changed(row)),
            Row::Compared(row) => Some(format!("{} {} vs {}", name(row.metric), own(row), published(row))),
            _ => None,
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The headline of a composed metric in words.
pub(super) fn headline(id: MetricId, count: f64) -> String {
    let count = format::count(count);
    let one = count == "1";
    match id {
        MetricId::ThreeRs if count == "0" => "all within their limits".to_owned(),
        MetricId::ThreeRs => format!("{count} over {} limit", if one { "its" } else { "their" }),
        MetricId::Trend => format!("{count} clear {}", if one { "change" } else { "changes" }),
        MetricId::Benchmark => format!("{count} published {}", if one { "figure" } else { "figures" }),
        _ => count,
    }
}

/// What is good and what is bad about it.
pub(super) fn moods(figures: &Figures) -> (bool, bool) {
    let of = |row: &Row| match row {
        Row::Limit(row) => row.within,
        Row::Trend(row) => row.improved,
        _ => None,
    };
    let known = || figures.rows.iter().flatten().filter_map(of);
    (known().any(|good| good), known().any(|good| !good))
}

/// The rows as a table, with the course of what was asked for by name.
pub(super) fn blocks(rows: &[Row]) -> Vec<Block> {
    let (mut heads, mut cells, mut courses) = ([].as_slice(), Vec::new(), Vec::new());
    let yearly = rows.iter().any(|row| matches!(row, Row::Compared(row) if row.year.is_some()));
    for row in rows {
        match row {
            Row::Limit(row) => {
                heads = &[("Metric", false), ("Value", true), ("At most", true), ("", false)];
                let shown = |value| words::shown(row.metric, row.clock, &Figures::default(), value);
                let limit = row.limit.map_or_else(|| "–".to_owned(), |limit| shown(Some(limit)));
                cells.push(vec![name(row.metric).into(), shown(row.value).into(), limit.into(), status(row).into()]);
            }
            Row::Trend(row) => {
                heads = &[("Metric", false), ("Now", true), ("Before", true), ("Change", false)];
                let shown = |value| words::shown(row.metric, row.clock, &row.figures, value);
                let before = row.previous.and_then(|p| p.value).map_or_else(|| "–".to_owned(), |v| shown(Some(v)));
                cells.push(vec![name(row.metric).into(), shown(row.value).into(), before.into(), change(row).into()]);
                courses.extend(course(row.metric, row.clock, &row.history));
            }
            Row::Compared(row) => {
                let mut cell: Vec<Text> = vec![name(row.metric).into(), own(row).into()];
                // Twelve months are looked at only where a metric was asked for by name.
                heads = if yearly {
                    cell.push(row.year.map_or_else(|| "–".to_owned(), |year| value(row, year.value)).into());
                    &[("Metric", false), ("You", true), ("12 months", true), ("Published", false)]
                } else {
                    &[("Metric", false), ("You", true), ("Published", false)]
                };
                cell.push(published(row).into());
                // The own course is the same beside every figure.
                if !cells.iter().any(|other: &Vec<Text>| other[0] == cell[0]) {
                    courses.extend(course(row.metric, row.clock, &row.history));
                }
                cells.push(cell);
            }
            _ => {}
        }
    }
    courses.into_iter().chain(lists::table(heads, cells)).collect()
}

fn name(id: MetricId) -> &'static str {
    words::short(id)
}

fn limit(row: &LimitRow) -> String {
    let shown = |value| words::shown(row.metric, row.clock, &Figures::default(), value);
    let sign = match row.within {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let limit = row.limit.map(|limit| format!(" (≤ {})", shown(Some(limit)))).unwrap_or_default();
    format!("{} {}{sign}{limit}", name(row.metric), shown(row.value))
}

const fn status(row: &LimitRow) -> &'static str {
    match (row.within, row.limit) {
        (Some(true), _) => "✓ within",
        (Some(false), _) => "✗ over",
        (None, Some(_)) => "no value",
        (None, None) => "no limit",
    }
}

fn changed(row: &TrendRow) -> String {
    let value = words::shown(row.metric, row.clock, &row.figures, row.value);
    format!("{} {value} ({})", name(row.metric), change(row))
}

fn change(row: &TrendRow) -> String {
    if row.value.is_none() {
        return absence(row.reason);
    }
    let before = row.previous.and_then(|p| p.reason).map(|reason| absence(Some(reason)));
    before.or_else(|| words::trend_words(row.metric, &row.figures)).unwrap_or_else(|| "nothing before".to_owned())
}

fn absence(reason: Option<Reason>) -> String {
    match reason {
        Some(Reason::HistoryStarts(date)) => format!("history starts on {}", words::day(date)),
        Some(Reason::NotConnected) => "not connected".to_owned(),
        Some(Reason::NotEnoughData { .. }) => "not enough data".to_owned(),
        Some(Reason::NoData) | None => "no data".to_owned(),
    }
}

fn own(row: &ComparedRow) -> String {
    value(row, row.value)
}

fn value(row: &ComparedRow, value: Option<f64>) -> String {
    words::shown(row.metric, row.clock, &Figures::default(), value)
}

fn published(row: &ComparedRow) -> String {
    words::benchmark(row.unit, &row.published)
}

/// Twelve months as a curve; nothing where it has fewer than three points or never changes.
fn course(id: MetricId, clock: Option<crate::domain::names::Clock>, history: &[Point]) -> Option<Block> {
    let values: Vec<Option<f64>> = history.iter().map(|point| point.value).collect();
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let (least, most) = (known.iter().copied().reduce(f64::min)?, known.iter().copied().reduce(f64::max)?);
    if known.len() < 3 || least >= most {
        return None;
    }
    let shown = |value| words::shown(id, clock, &Figures::default(), Some(value));
    let label = format!("{} by month, {} to {}", name(id), shown(least), shown(most));
    Some(Block::Sparkline { label, values })
}
