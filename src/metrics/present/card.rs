//! One metric: its line, target, benchmark, course, what to read beside it, its breakdown or its list.

use super::super::answer::{Answer, Broken, Particulars, Report};
use super::super::catalogue;
use super::super::format;
use super::super::period::Grain;
use super::{composed, line, lists, stretch, subject, table, tone, words, workload};
use crate::domain::message::{Block, Field, Message, Text};
use crate::domain::names::{MetricId, Unit};
use crate::domain::query::Stat;

/// The card of a metric.
pub(super) fn card(report: &Report, answer: &Answer) -> Message {
    let figures = &answer.figures;
    let mut blocks = vec![Block::Text(summary(answer))];
    let fields = fields(answer);
    if !fields.is_empty() {
        blocks.push(Block::Fields(fields));
    }
    blocks.extend(sparkline(answer, report));
    if let Particulars::Peak(peak) = &figures.detail.particulars {
        blocks.push(workload::heatmap(peak));
    }
    if let Some(rows) = &figures.rows {
        blocks.extend(lists::rows(rows, report.asked.zone, figures.currency.unwrap_or_default()));
    }
    // A breakdown of a breakdown would say everything twice.
    match figures.detail.particulars {
        Particulars::Breakdown { .. } => blocks.extend(workload::shares(figures)),
        _ => blocks.extend(table::breakdown(report, answer)),
    }
    blocks.extend(beside(report));
    blocks.push(Block::Text(Text::plain(catalogue::entry(answer.id).about)));
    Message { tone: tone(std::iter::once(answer)), title: title(report, answer), blocks, ..Message::default() }
}

/// Name and value, and whom they are about.
pub(super) fn title(report: &Report, answer: &Answer) -> String {
    let value = match answer.figures.value {
        // Its parts say what there is.
        None if composed::sentence(answer).is_some() => String::new(),
        _ => format!(": {}", headline(answer)),
    };
    let about = if report.filters.is_empty() { String::new() } else { format!(" · {}", subject(report)) };
    format!("{}{}{value}{about}", answer.id.name(), line::stat_words(answer))
}

/// The value as it stands in titles: a rate alone would not say of which hour.
pub(super) fn headline(answer: &Answer) -> String {
    let value = words::value(answer.id, answer.clock, &answer.figures);
    match &answer.figures.detail.particulars {
        Particulars::Peak(peak) if answer.figures.value.is_some() => {
            format!("{}, {value} tickets each time", workload::slot(peak.hour))
        }
        _ => value,
    }
}

/// The rest of the metric's line; name and value stand in the title.
fn summary(answer: &Answer) -> Text {
    if let Some(sentence) = composed::sentence(answer).filter(|_| answer.id == MetricId::ThreeRs) {
        return Text::plain(sentence);
    }
    if answer.figures.value.is_none() {
        return Text::plain(words::absence(answer.id, &answer.figures, answer.needs.as_deref()));
    }
    let spread = words::spread(answer.id, answer.clock, &answer.figures);
    let parts: Vec<String> = spread.into_iter().chain(line::rest(answer)).collect();
    Text::plain(if parts.is_empty() { "nothing to compare with".to_owned() } else { parts.join(" · ") })
}

fn fields(answer: &Answer) -> Vec<Field> {
    let figures = &answer.figures;
    let shown = |v: f64| words::shown(answer.id, answer.clock, figures, Some(v));
    let mut fields = Vec::new();
    let mut add = |label: &str, value: String| fields.push(Field { label: label.to_owned(), value: value.into() });
    if let Some((value, n)) = figures.previous.and_then(|p| Some((p.value?, p.n))) {
        let sample = n.map(|n| format!(" ({})", words::sample(answer.id, figures, n))).unwrap_or_default();
        add("Before", format!("{}{sample}", shown(value)));
    }
    if let Some(target) = figures.target {
        add("Target", format!("{}{}", shown(target), distance(answer, target)));
    }
    let enough = figures.n.is_some_and(|n| n >= words::SMALL);
    if let Some(mean) = figures.mean.filter(|_| enough && figures.stat == Some(Stat::Median)) {
        add("Mean", shown(mean));
    }
    if let Particulars::People { by_people, .. } = &figures.detail.particulars {
        let people = ["1", "2", "3", "4+"].iter().zip(by_people).map(|(people, n)| format!("{people}: {n}"));
        add("Tickets by people", people.collect::<Vec<_>>().join(" · "));
    }
    if let Particulars::FirstContact { broken: Some(broken), .. } = &figures.detail.particulars {
        let Broken { asked_again, several_people, reopened, came_back } = broken;
        let reasons = [
            (asked_again, "asked again"),
            (several_people, "several people"),
            (reopened, "reopened"),
            (came_back, "came back"),
        ];
        let told = reasons.iter().filter(|(n, _)| **n > 0).map(|(n, reason)| format!("{reason}: {n}"));
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            add("Why not", told.join(" · "));
        }
    }
    if let Particulars::Rated { distribution, .. } = &figures.detail.particulars {
        let mut answers: Vec<(f64, String)> =
            distribution.iter().map(|(a, n)| (a.parse().unwrap_or_default(), format!("{a}: {n}"))).collect();
        answers.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        if (1..=11).contains(&answers.len()) && figures.n.is_some_and(|n| n > 0) {
            add("Answers", answers.into_iter().map(|(_, shown)| shown).collect::<Vec<_>>().join(" · "));
        }
    }
    if let Particulars::Age { bands, .. } = &figures.detail.particulars {
        let names = ["< 1 d", "1–3 d", "3–7 d", "7–30 d", "> 30 d"];
        if figures.n.is_some_and(|n| n > 0) {
            add(
                "Ages",
                names.iter().zip(bands).map(|(name, n)| format!("{name}: {n}")).collect::<Vec<_>>().join(" · "),
            );
        }
    }
    for (label, value) in workload::fields(figures) {
        add(label, value);
    }
    if let Some(benchmark) = answer.benchmark.as_ref().filter(|_| figures.value.is_some()) {
        add("Published", words::benchmark(answer.unit, benchmark));
    }
    fields
}

/// A value like the answer's own.
fn in_unit(answer: &Answer, value: f64) -> String {
    words::shown(answer.id, answer.clock, &answer.figures, Some(value))
}

/// `, met, 18m 00s to spare`; `, missed by 2.0 pp`.
fn distance(answer: &Answer, target: f64) -> String {
    let (Some(value), Some(met)) = (answer.figures.value, answer.figures.met) else { return String::new() };
    let gap = (value - target).abs();
    let gap = match answer.unit {
        Unit::Percent | Unit::Share => format::points_change(gap).trim_start_matches('+').to_owned(),
        _ => in_unit(answer, gap),
    };
    if met { format!(", met with {gap} to spare") } else { format!(", missed by {gap}") }
}

/// The course of a value; nothing where it has fewer than three points or never changes.
pub(super) fn sparkline(answer: &Answer, report: &Report) -> Option<Block> {
    let values: Vec<Option<f64>> = answer.series.iter().map(|p| p.value).collect();
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let first = *known.first()?;
    if values.len() < 3 || known.iter().all(|v| *v == first) {
        return None;
    }
    let unit = match Grain::of(stretch(&report.period)) {
        Grain::Hour => "hour",
        Grain::Day => "day",
        Grain::Week => "week",
        Grain::Month => "month",
    };
    let end = |pick: fn(f64, f64) -> f64| {
        let value = known.iter().copied().reduce(pick).unwrap_or_default();
        in_unit(answer, value)
    };
    let label = format!("{} by {unit}, {} to {}", words::short(answer.id), end(f64::min), end(f64::max));
    Some(Block::Sparkline { label, values })
}

/// What keeps a number honest (kpis.md R23).
pub(super) fn beside(report: &Report) -> Option<Block> {
    let connected = report.beside.iter().filter(|a| a.figures.value.is_some());
    let parts: Vec<String> = connected
        .map(|a| {
            let mut part = format!("{} {}", words::short(a.id), words::value(a.id, a.clock, &a.figures));
            let mut inside: Vec<String> = words::spread(a.id, a.clock, &a.figures).into_iter().collect();
            if matches!(a.id, MetricId::UnrepliedTickets | MetricId::Backlog) {
                inside.extend(words::particulars(a.id, a.clock, &a.figures));
            }
            if !inside.is_empty() {
                part.push_str(&format!(" ({})", inside.join(", ")));
            }
            part
        })
        .collect();
    (!parts.is_empty()).then(|| Block::Text(Text::plain(format!("Read with: {}", parts.join(" · ")))))
}
