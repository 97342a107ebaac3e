//! The samples a question is answered from: segments as the store has them, and samples folded for the occasion.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::segment::{Columns, place};
use super::{Names, Numbers, Row, Segment};
use crate::domain::names::Dimension;
use crate::domain::sample::packing::NONE;
use crate::domain::sample::{Sample, SampleKind, TicketNo};
use crate::domain::timestamp::Timestamp;

/// Segments with their dictionary, and which of their rows count.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    names: Arc<Names>,
    parts: Vec<Part>,
}

/// A segment of a bundle.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) segment: Segment,
    columns: Arc<Columns>,
    pub(super) names: Arc<Names>,
    kept: Vec<Range<u32>>,
}

impl Part {
    fn new(segment: Segment, names: Arc<Names>) -> Self {
        let kept = std::iter::once(0..segment.len() as u32).filter(|all| !all.is_empty()).collect();
        Self { columns: segment.columns(), segment, names, kept }
    }

    /// What its samples are.
    pub const fn kind(&self) -> SampleKind {
        self.segment.kind()
    }

    /// The rows that count, in order.
    pub fn kept(&self) -> &[Range<u32>] {
        &self.kept
    }

    /// One of its rows.
    #[inline(always)]
    pub fn row(&self, index: u32) -> Row<'_> {
        Row::new(self, index)
    }

    /// What the rows have under a dimension, for those who look at many.
    pub fn numbers(&self, dimension: Dimension) -> Numbers<'_> {
        Numbers::new(&self.segment, dimension)
    }

    /// The number in a column of a row.
    #[inline(always)]
    pub(super) fn cell(&self, place: usize, row: u32) -> i64 {
        self.columns.get(place).map_or(NONE, |column| column.get(self.segment.bytes(), row as usize))
    }

    /// Whether one of its spans may last just before an instant.
    pub fn lasts_until(&self, at: Timestamp) -> bool {
        at <= self.segment.latest()
    }

    /// Shows which of some of its spans last just before which of some instants (both in order), and when each began.
    #[inline]
    pub fn lasting(&self, rows: Range<u32>, instants: &[Timestamp], mut show: impl FnMut(usize, u32, Timestamp)) {
        // Most days are over before anybody asks.
        let instants = &instants[..instants.partition_point(|at| self.lasts_until(*at))];
        if instants.last().is_none_or(|last| *last <= self.row(rows.start).at()) {
            return;
        }
        let (begins, ends) = (self.columns[place::AT], self.columns[place::UNTIL]);
        // The first instant after the spans that are being looked at have begun.
        let mut first = 0;
        for row in rows {
            let began = begins.get(self.segment.bytes(), row as usize);
            while instants.get(first).is_some_and(|at| at.millis() <= began) {
                first += 1;
            }
            let Some(next) = instants.get(first) else { return };
            let end = match ends.get(self.segment.bytes(), row as usize) {
                NONE => i64::MAX,
                end => end,
            };
            if end < next.millis() {
                continue;
            }
            let during = instants[first..].iter().take_while(|at| at.millis() <= end);
            (first..).zip(during).for_each(|(place, _)| show(place, row, Timestamp(began)));
        }
    }

    fn leave_out(&mut self, tickets: &HashSet<TicketNo>) {
        if tickets.is_empty() {
            return;
        }
        let mut kept: Vec<Range<u32>> = Vec::new();
        for index in self.kept.iter().cloned().flatten() {
            if tickets.contains(&self.row(index).ticket()) {
                continue;
            }
            match kept.last_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => kept.push(index..index + 1),
            }
        }
        self.kept = kept;
    }
}

impl Samples {
    /// A bundle of segments, each without its samples of some tickets; all of them packed with this dictionary or an
    /// earlier state of it.
    pub fn new(names: Arc<Names>, segments: impl IntoIterator<Item = (Segment, HashSet<TicketNo>)>) -> Self {
        let part = |(segment, without): (Segment, HashSet<TicketNo>)| {
            let mut part = Part::new(segment, Arc::clone(&names));
            part.leave_out(&without);
            part
        };
        Self { parts: segments.into_iter().map(part).collect(), names }
    }

    /// Packs samples that no store knows; tickets are numbered in the order of their keys.
    pub fn from_samples(samples: impl IntoIterator<Item = Sample>) -> Self {
        let samples: Vec<Sample> = samples.into_iter().collect();
        let keys: BTreeSet<_> = samples.iter().map(|s| s.ticket.clone()).collect();
        let numbers: BTreeMap<_, _> = (0..).map(TicketNo).zip(keys).map(|(no, key)| (key, no)).collect();
        Self::default().with_folded(samples.into_iter().map(|s| (numbers[&s.ticket], s)).collect())
    }

    /// The bundle without the samples of some tickets. What is added later is not touched.
    #[must_use]
    pub fn leaving_out(mut self, tickets: &HashSet<TicketNo>) -> Self {
        self.parts.iter_mut().for_each(|part| part.leave_out(tickets));
        self
    }

    /// The bundle with more samples, of tickets whose numbers are known.
    #[must_use]
    pub fn with_folded(mut self, samples: Vec<(TicketNo, Sample)>) -> Self {
        if samples.is_empty() {
            return self;
        }
        let day = |at: Timestamp| at.millis().div_euclid(86_400_000);
        let mut days: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (ticket, sample) in samples {
            days.entry((sample.fact.kind(), day(sample.at))).or_default().push((ticket, sample));
        }
        let mut names = Arc::unwrap_or_clone(self.names);
        let segments: Vec<Segment> =
            days.iter().map(|((kind, _), samples)| Segment::pack(*kind, samples, &mut names)).collect();
        self.names = Arc::new(names);
        // All parts share the grown dictionary, so that numbers compare.
        self.parts.iter_mut().for_each(|part| part.names = Arc::clone(&self.names));
        self.parts.extend(segments.into_iter().map(|segment| Part::new(segment, Arc::clone(&self.names))));
        self
    }

    /// The dictionary.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The segments.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All samples, segment by segment.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.parts.iter().flat_map(|part| part.kept.iter().cloned().flatten().map(|index| part.row(index)))
    }
}
