//! Breakdowns as tables of at most ten rows (of time, a month's days), numbers on the right.

use std::ops::Range;

use super::super::answer::{Answer, Group, Report};
use super::super::format;
use super::words::{self, Comparison};
use crate::domain::message::{Block, Column, Table, Text};
use crate::domain::names::{Dimension, GroupBy, Unit};

/// More rows than this are counted, not shown.
pub(super) const ROWS: usize = 10;

/// More stretches of time than the days of a month are a curve, not a table.
const LATEST: usize = 31;

fn column(head: &str, right: bool) -> Column {
    Column { head: head.to_owned(), right }
}

/// Groups that may be shown: rankings of people and teams leave out those with few samples (kpis.md R15).
pub(super) fn ranked(by: GroupBy, groups: &[Group]) -> (Vec<&Group>, usize) {
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

/// More metrics than this do not fit side by side: the table is turned.
const ABREAST: usize = 6;

/// One table for several metrics: a row a group, a column a metric; of many metrics the other way round.
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
    let cell = |answer: &Answer, key: Option<&str>| match answer.groups.iter().find(|g| g.key.as_deref() == key) {
        Some(group) if too_small(by, group) => "n < 10".to_owned(),
        Some(group) => words::value(answer.id, answer.clock, &group.figures),
        None => "–".to_owned(),
    };
    let (shown, more, earlier) = window(by, keys.len());
    if answers.len() > ABREAST && matches!(by, GroupBy::Dimension(_)) {
        return turned(by, answers, &keys, cell);
    }
    let mut columns = vec![column(&words::capital(by.name()), false)];
    columns.extend(answers.iter().map(|a| column(words::short(a.id), true)));
    let row = |key: &Option<&str>| {
        let name = Text::plain(words::key_words(by, *key));
        std::iter::once(name).chain(answers.iter().map(|a| Text::plain(cell(a, *key)))).collect()
    };
    let table = Table { columns, rows: keys[shown].iter().map(row).collect(), more };
    std::iter::once(Block::Table(table)).chain(earlier).collect()
}

/// Many metrics of a few groups: a row a metric of which anything is known, a column a group.
fn turned(
    by: GroupBy,
    answers: &[Answer],
    keys: &[Option<&str>],
    cell: impl Fn(&Answer, Option<&str>) -> String,
) -> Vec<Block> {
    let abreast = keys.len().min(ABREAST);
    let heads = keys[..abreast].iter().map(|key| column(&words::key_words(by, *key), true));
    let columns = std::iter::once(column("", false)).chain(heads).collect();
    let known = answers.iter().filter(|a| a.groups.iter().any(|g| g.figures.value.is_some()));
    let row = |answer: &Answer| {
        let cells = keys[..abreast].iter().map(|key| Text::plain(cell(answer, *key)));
        std::iter::once(Text::plain(words::short(answer.id))).chain(cells).collect()
    };
    let table = Table { columns, rows: known.map(row).collect(), more: 0 };
    let others = match keys.len() - abreast {
        0 => None,
        n => Some(Block::Text(
            format!("{n} more {}s: ask for up to {ABREAST} metrics to see them all", by.name()).into(),
        )),
    };
    std::iter::once(Block::Table(table)).chain(others).collect()
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
