//! How numbers came about (kpis.md 6.3): definition, formula with the figures of the answer, switches in force, what
//! was left out, sources, and what to read beside.

use std::collections::BTreeMap;

use super::super::answer::{Answer, Report};
use super::super::explain::{Explanation, Switch};
use super::super::format;
use super::{card, line, subject, words};
use crate::domain::message::{Block, Column, Message, Piece, Table, Text};

/// Of more metrics than these, only definition and formula are told.
const IN_FULL: usize = 3;

/// The explanations of an answer.
pub(super) fn explanation(report: &Report) -> Message {
    let answers: Vec<(&Answer, &Explanation)> =
        report.metrics.iter().filter_map(|answer| Some((answer, answer.explanation.as_ref()?))).collect();
    let mut blocks = Vec::new();
    for (answer, explanation) in &answers {
        if answers.len() > 1 {
            blocks.push(Block::Text(line(answer)));
        } else if answer.figures.value.is_none() {
            let absence = words::absence(answer.id, &answer.figures, answer.needs.as_deref());
            blocks.push(Block::Text(Text::plain(absence)));
        }
        blocks.push(Block::Text(Text::plain(explanation.definition)));
        blocks.push(labelled("Formula", Text::plain(&explanation.formula)));
        if answers.len() <= IN_FULL {
            blocks.extend(details(explanation));
        }
    }
    blocks.extend(card::beside(report));
    let title = match answers.as_slice() {
        [(answer, _)] => format!("{}, explained", card::title(report, answer)),
        _ => format!("{}: how the numbers came about", subject(report)),
    };
    Message { title, blocks, ..Message::default() }
}

fn details(explanation: &Explanation) -> Vec<Block> {
    let mut blocks: Vec<Block> = switches(&explanation.switches).into_iter().collect();
    let left_out: Vec<String> =
        explanation.left_out.iter().map(|l| format!("{} {}", format::count(l.count as f64), l.why)).collect();
    let left_out = if left_out.is_empty() { "nothing".to_owned() } else { left_out.join(" · ") };
    blocks.push(labelled("Left out", Text::plain(left_out)));
    if !explanation.sources.is_empty() {
        blocks.push(labelled("Sources", sources(explanation)));
    }
    blocks
}

fn labelled(label: &str, text: Text) -> Block {
    let mut pieces = vec![Piece::Bold(format!("{label}: "))];
    pieces.extend(text.0);
    Block::Text(Text(pieces))
}

/// Publishers that lead to their texts; the full titles are in the data.
fn sources(explanation: &Explanation) -> Text {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pieces = Vec::new();
    for source in &explanation.sources {
        let publisher = source.name.split(',').next().unwrap_or(source.name);
        let times = seen.entry(publisher).or_default();
        *times += 1;
        let label = if *times == 1 { publisher.to_owned() } else { format!("{publisher} ({times})") };
        if !pieces.is_empty() {
            pieces.push(Piece::Plain(" · ".to_owned()));
        }
        pieces.push(Piece::Link { label, url: source.url.to_owned() });
    }
    Text(pieces)
}

/// The switches that bear on the number, and what those would be that somebody has turned.
fn switches(switches: &[Switch]) -> Option<Block> {
    let head = |head: &str| Column { head: head.to_owned(), right: false };
    let row = |switch: &Switch| {
        let in_force = written(&switch.value);
        let in_force = if switch.is_turned() {
            Text::bold(in_force).then(format!(" (default: {})", written(&switch.default)))
        } else {
            Text::plain(in_force)
        };
        vec![Text::plain(switch.key), in_force]
    };
    let rows: Vec<Vec<Text>> = switches.iter().map(row).collect();
    let columns = ["Switch", "In force"].map(head).to_vec();
    (!rows.is_empty()).then_some(Block::Table(Table { columns, rows, more: 0 }))
}

/// A value as people write it: without the quotation marks of JSON.
fn written(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(values) if values.is_empty() => "none".to_owned(),
        serde_json::Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
