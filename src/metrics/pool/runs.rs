//! Rows in order of time, as few runs of neighbours.

use std::cmp::Ordering;
use std::ops::Range;

use crate::domain::columns::{Part, Row};
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Period;

/// Rows that follow one another in a segment; never none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) part: &'a Part,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl<'a> Run<'a> {
    pub(super) fn first(self) -> Row<'a> {
        self.part.row(self.from)
    }

    pub(super) fn last(self) -> Row<'a> {
        self.part.row(self.to - 1)
    }
}

/// Adds a row behind all others.
#[inline]
pub(super) fn push<'a>(runs: &mut Vec<Run<'a>>, part: &'a Part, index: u32) {
    match runs.last_mut() {
        Some(last) if last.to == index && std::ptr::eq(last.part, part) => last.to += 1,
        _ => runs.push(Run { part, from: index, to: index + 1 }),
    }
}

/// The first of some rows of a segment that begins at an instant or later; their end if none does.
pub(super) fn first_from(part: &Part, rows: Range<u32>, at: Timestamp) -> u32 {
    first(rows, |index| part.row(index).at() >= at)
}

/// The first number of a range from which on a test holds.
fn first(range: Range<u32>, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (range.start, range.end.max(range.start));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Rows in order of time.
#[derive(Clone, Debug, Default)]
pub(in crate::metrics) struct Rows<'p, 'a> {
    current: Option<Run<'a>>,
    rest: &'p [Run<'a>],
    /// The end of the last run of the rest.
    end: u32,
}

impl<'a> Iterator for Rows<'_, 'a> {
    type Item = Row<'a>;

    #[inline]
    fn next(&mut self) -> Option<Row<'a>> {
        loop {
            let run = self.current.as_mut()?;
            if run.from < run.to {
                run.from += 1;
                return Some(run.part.row(run.from - 1));
            }
            self.step();
        }
    }

    /// Run by run, because a test before each row costs as much as the row.
    #[inline]
    fn fold<B, F: FnMut(B, Row<'a>) -> B>(mut self, init: B, mut f: F) -> B {
        let mut folded = init;
        while let Some(run) = self.current {
            for index in run.from..run.to {
                folded = f(folded, run.part.row(index));
            }
            self.step();
        }
        folded
    }

    fn count(mut self) -> usize {
        let mut rows = 0;
        while let Some(run) = self.current {
            rows += (run.to - run.from) as usize;
            self.step();
        }
        rows
    }
}

impl Rows<'_, '_> {
    /// Goes on to the next run.
    fn step(&mut self) {
        self.current = self.rest.split_first().map(|(run, rest)| {
            self.rest = rest;
            Run { to: if rest.is_empty() { self.end } else { run.to }, ..*run }
        });
    }
}

/// Those of some rows in order that lie in a period.
pub(super) fn between<'p, 'a>(runs: &'p [Run<'a>], period: Period) -> Rows<'p, 'a> {
    let from = runs.partition_point(|run| run.last().at() < period.from);
    let to = runs.partition_point(|run| run.first().at() < period.to);
    let Some([first, rest @ ..]) = runs.get(from..to) else { return Rows::default() };
    let last = rest.last().unwrap_or(first);
    let end = first_from(last.part, last.from..last.to, period.to);
    let begin = first_from(first.part, first.from..first.to, period.from);
    let first = Run { from: begin, to: if rest.is_empty() { end.max(begin) } else { first.to }, ..*first };
    Rows { current: Some(first), rest, end }
}

/// Brings the runs of several segments, each in order, into one order that depends on nothing but the samples.
pub(super) fn in_order<'a>(runs: &[Run<'a>]) -> Vec<Run<'a>> {
    // Segments that follow one another are a layer; days are one, spans that cross midnights some more, what was folded
    // for the occasion another.
    let mut layers: Vec<Vec<Run<'a>>> = Vec::new();
    for segment in runs.chunk_by(|a, b| std::ptr::eq(a.part, b.part)) {
        let begins = segment[0].first().at();
        match layers.iter_mut().find(|layer| layer[layer.len() - 1].last().at() < begins) {
            Some(layer) => layer.extend_from_slice(segment),
            None => layers.push(segment.to_vec()),
        }
    }
    layers.into_iter().reduce(|all, layer| merged(&all, &layer)).unwrap_or_default()
}

/// Merges rows in order with others, as many at a time as come before the next of the other side.
fn merged<'a>(a: &[Run<'a>], b: &[Run<'a>]) -> Vec<Run<'a>> {
    let mut merged = Vec::with_capacity(a.len() + 2 * b.len());
    let (mut a, mut b) = (a.iter().copied(), b.iter().copied());
    let (mut next_a, mut next_b) = (a.next(), b.next());
    while let (Some(left), Some(right)) = (next_a, next_b) {
        let left_first = left.first().order(right.first()) != Ordering::Greater;
        let (run, bound) = if left_first { (left, right.first()) } else { (right, left.first()) };
        let end = first(run.from + 1..run.to, |index| run.part.row(index).order(bound) == Ordering::Greater);
        merged.push(Run { to: end, ..run });
        let rest = Some(Run { from: end, ..run }).filter(|rest| rest.from < rest.to);
        if left_first {
            next_a = rest.or_else(|| a.next());
        } else {
            next_b = rest.or_else(|| b.next());
        }
    }
    merged.extend(next_a.into_iter().chain(a).chain(next_b).chain(b));
    merged
}
