//! Breakdowns and lists as tables of at most ten rows (of time, a month's days), numbers on the right.

use std::ops::Range;

use super::super::answer::{Answer, Group, Report, Row};
use super::super::format;
use super::super::period::Zone;
use super::tickets::{ticket, who};
use super::words::{self, Comparison};
use crate::domain::message::{Block, Column, Table, Text};
use crate::domain::names::{Dimension, GroupBy, Unit};

/// More rows than this are counted, not shown.
pub(super) const ROWS: usize = 10;

/// More stretches of time than the days of a month are a curve, not a table.
const LATEST: usize = 31;

/// Characters of a comment that are shown.
const COMMENT: usize = 80;

fn column(head: &str, right: bool) -> Column {
    Column { head: head.to_owned(), right }
}

/// Groups that may be shown: rankings of people and teams leave out those with few samples (kpis.md R15).
fn ranked(by: GroupBy, groups: &[Group]) -> (Vec<&Group>, usize) {
    let (left_out, shown): (Vec<&Group>, Vec<&Group>) = groups.iter().partition(|g| too_small(by, g));
    (shown, left_out.len())
}

fn too_small(by: GroupBy, group: &Group) -> bool {
    let of_people = matches!(by, GroupBy::Dimension(Dimension::Agent | Dimension::Team));
    of_people && group.figures.n.is_some_and(|n| n < words::SMALL)
}

fn left_out(count: usize) -> Option<Block> {
    let words = match count {
        0 => return None,
        1 => "1 group with fewer than 10 is left out".to_owned(),
        n => format!("{n} groups with fewer than 10 each are left out"),
    };
    Some(Block::Text(words.into()))
}

/// The breakdown of one metric.
pub(super) fn breakdown(report: &Report, answer: &Answer) -> Vec<Block> {
    let Some(by) = report.by else { return Vec::new() };
    let (groups, small) = ranked(by, &answer.groups);
    if groups.is_empty() {
        return left_out(small).into_iter().collect();
    }
    let spread = |g: &Group| words::spread(answer.id, answer.clock, &g.figures);
    let has_spread = groups.iter().any(|g| spread(g).is_some());
    let has_n = groups.iter().any(|g| g.figures.n.is_some());
    let has_change = groups.iter().any(|g| g.figures.change.is_some());
    let has_target = groups.iter().any(|g| g.figures.met.is_some());
    let mut columns = vec![column(&words::capital(by.name()), false), column(words::short(answer.id), true)];
    let spread_head = if answer.unit == Unit::Seconds { "Spread" } else { "95%" };
    let optional = [(has_spread, spread_head), (has_n, "n"), (has_change, "Change"), (has_target, "Target")];
    columns.extend(optional.iter().filter(|(has, _)| *has).map(|(_, head)| column(head, true)));
    let row = |g: &&Group| {
        let met = g.figures.met.map(|met| if met { "met" } else { "missed" });
        let cells = [
            (has_spread, spread(g)),
            (has_n, g.figures.n.map(|n| format::count(n as f64))),
            (has_change, change(answer, g)),
            (has_target, met.map(str::to_owned)),
        ];
        let mut row = vec![
            Text::plain(words::key_words(by, g.key.as_deref())),
            Text::plain(words::value(answer.id, answer.clock, &g.figures)),
        ];
        row.extend(cells.into_iter().filter(|(has, _)| *has).map(|(_, cell)| Text::plain(cell.unwrap_or_default())));
        row
    };
    let (shown, more, earlier) = window(by, groups.len());
    let table = Table { columns, rows: groups[shown].iter().map(row).collect(), more };
    std::iter::once(Block::Table(table)).chain(earlier).chain(left_out(small)).collect()
}

/// Which rows of a breakdown are shown: of values the first ten, of stretches of time the latest, all hours of a day
/// and all days of a month.
fn window(by: GroupBy, rows: usize) -> (Range<usize>, usize, Option<Block>) {
    match by {
        GroupBy::Dimension(_) => (0..rows.min(ROWS), rows.saturating_sub(ROWS), None),
        GroupBy::Time(_) => {
            let earlier = rows.saturating_sub(LATEST);
            let words = match earlier {
                1 => format!("1 earlier {} is left out", by.name()),
                _ => format!("{earlier} earlier {}s are left out", by.name()),
            };
            (earlier..rows, 0, (earlier > 0).then(|| Block::Text(words.into())))
        }
    }
}

fn change(answer: &Answer, group: &Group) -> Option<String> {
    let change = words::change(answer.id, &group.figures)?;
    let clear = Comparison::of(answer.id, &group.figures) != Comparison::Unclear;
    Some(if clear { format!("{change} clear") } else { change })
}

/// One table for several metrics: a row a group, a column a metric.
pub(super) fn together(report: &Report, answers: &[Answer]) -> Vec<Block> {
    let Some(by) = report.by else { return Vec::new() };
    let mut keys: Vec<Option<&str>> = Vec::new();
    for group in answers.iter().flat_map(|a| &a.groups) {
        if !keys.contains(&group.key.as_deref()) {
            keys.push(group.key.as_deref());
        }
    }
    if matches!(by, GroupBy::Time(_)) && keys.iter().all(|k| k.is_some_and(|k| k.len() != 3)) {
        keys.sort_unstable();
    }
    if keys.is_empty() {
        return Vec::new();
    }
    let mut columns = vec![column(&words::capital(by.name()), false)];
    columns.extend(answers.iter().map(|a| column(words::short(a.id), true)));
    let cell = |answer: &Answer, key: Option<&str>| match answer.groups.iter().find(|g| g.key.as_deref() == key) {
        Some(group) if too_small(by, group) => "n < 10".to_owned(),
        Some(group) => words::value(answer.id, answer.clock, &group.figures),
        None => "–".to_owned(),
    };
    let row = |key: &Option<&str>| {
        let name = Text::plain(words::key_words(by, *key));
        std::iter::once(name).chain(answers.iter().map(|a| Text::plain(cell(a, *key)))).collect()
    };
    let (shown, more, earlier) = window(by, keys.len());
    let table = Table { columns, rows: keys[shown].iter().map(row).collect(), more };
    std::iter::once(Block::Table(table)).chain(earlier).collect()
}

/// What a listing metric lists.
pub(super) fn rows(rows: &[Row], zone: Zone) -> Option<Block> {
    let first = rows.first()?;
    let columns = match first {
        Row::Breach(_) => {
            [("Ticket", false), ("Promise", false), ("Who", false), ("Over", true), ("Due", true)].as_slice()
        }
        Row::AtRisk(_) => &[("Ticket", false), ("Promise", false), ("Who", false), ("Left", true), ("Due", true)],
        // Of one target alone the headline has said it.
        Row::Kept(_) if rows.len() == 1 => return None,
        Row::Kept(_) => &[("Promise", false), ("Kept", true), ("Promises", true)],
        Row::Unreplied(_) => &[("Ticket", false), ("Who", false), ("Waiting", true), ("Since", true)],
        Row::Comment(_) => &[("Ticket", false), ("Rating", false), ("Comment", false), ("Who", false), ("When", true)],
        Row::FollowUp(_) => &[("Ticket", false), ("Rating", false), ("Who", false), ("Due", true)],
        // Of single people only their number is told (kpis.md R21).
        Row::Overload(_) => return None,
    };
    let due = |at| Text::plain(zone.local(at).format("%a %-d %b %H:%M").to_string());
    let promise = |target: crate::domain::event::Target| Text::plain(target.name().replace('_', " "));
    let row = |row: &Row| match row {
        Row::Overload(_) => Vec::new(),
        Row::Breach(r) => {
            let open = if r.open { ", open" } else { "" };
            let over = format!("+{}{open}", format::duration_on(Some(r.clock), r.overrun_s));
            vec![ticket(&r.ticket), promise(r.target), who(&r.ticket), over.into(), due(r.deadline)]
        }
        Row::AtRisk(r) => {
            let due = r.deadline.map_or_else(|| Text::plain("paused"), due);
            vec![
                ticket(&r.ticket),
                promise(r.target),
                who(&r.ticket),
                format::duration_on(Some(r.clock), r.left_s).into(),
                due,
            ]
        }
        Row::Kept(r) => {
            let sure = words::interval(r.n, r.low, r.high).map(|range| format!(" ({range})")).unwrap_or_default();
            let share = format::percent(Some(r.value));
            vec![promise(r.target), format!("{share}{sure}").into(), format!("{} of {}", r.met, r.n).into()]
        }
        Row::Unreplied(r) => {
            vec![ticket(&r.ticket), who(&r.ticket), format::duration(Some(r.waiting_s)).into(), due(r.since)]
        }
        Row::Comment(r) => {
            let comment = Text::plain(shortened(&r.comment));
            vec![ticket(&r.ticket), rating(r.value, r.scale), comment, who(&r.ticket), due(r.at)]
        }
        Row::FollowUp(r) => vec![ticket(&r.ticket), rating(r.value, r.scale), who(&r.ticket), due(r.due)],
    };
    let mut table = Table {
        columns: columns.iter().map(|(head, right)| column(head, *right)).collect(),
        rows: rows.iter().take(ROWS).map(row).collect(),
        more: rows.len().saturating_sub(ROWS),
    };
    let subjects: Vec<Option<&str>> = rows.iter().take(ROWS).map(|row| row.ticket()?.subject.as_deref()).collect();
    if subjects.iter().any(Option::is_some) {
        table.columns.insert(1, column("Subject", false));
        for (cells, subject) in table.rows.iter_mut().zip(subjects) {
            cells.insert(1, Text::plain(subject.unwrap_or_default()));
        }
    }
    Some(Block::Table(table))
}

fn rating(value: f64, scale: u32) -> Text {
    let greatest = if scale == 11 { 10 } else { scale };
    Text::plain(format!("{value} of {greatest}"))
}

/// A comment on one line; the ticket has the rest.
fn shortened(comment: &str) -> String {
    let words: Vec<&str> = comment.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(COMMENT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::TimeUnit;

    #[test]
    fn no_series_is_cut_without_saying() {
        let by = |unit, rows| {
            let (shown, more, note) = window(GroupBy::Time(unit), rows);
            assert_eq!(more, 0);
            let note = note.map(|block| match block {
                Block::Text(text) => text.to_plain(),
                other => panic!("{other:?}"),
            });
            (shown, note)
        };
        assert_eq!(by(TimeUnit::Hour, 24), (0..24, None));
        assert_eq!(by(TimeUnit::Day, 31), (0..31, None));
        assert_eq!(by(TimeUnit::Day, 90), (59..90, Some("59 earlier days are left out".to_owned())));
        assert_eq!(by(TimeUnit::Week, 32).1.as_deref(), Some("1 earlier week is left out"));
        assert_eq!(window(GroupBy::Dimension(Dimension::Tag), 14).1, 4);
    }
}
