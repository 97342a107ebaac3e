//! The samples of one kind: in order of time when somebody wants the order, and by what lasts when.

use std::sync::{Arc, OnceLock};

use super::filters::Conditions;
use super::groups::Grouping;
use super::runs::{self, Run, push};
use crate::domain::columns::Row;
use crate::domain::timestamp::Timestamp;

/// The samples of one kind.
#[derive(Debug, Default)]
pub(super) struct Kind<'a> {
    /// Segment by segment, each in order of time, the one that begins first first.
    runs: Vec<Run<'a>>,
    /// Some segments lie across others in time, so that all are in order only once merged.
    across: bool,
    merged: OnceLock<Vec<Run<'a>>>,
}

impl<'a> Kind<'a> {
    /// The runs of several segments.
    pub(super) fn new(mut segments: Vec<Vec<Run<'a>>>) -> Self {
        segments.retain(|runs| !runs.is_empty());
        let ends = |runs: &[Run<'_>]| (runs[0].first().at(), runs[runs.len() - 1].last().at());
        segments.sort_by_key(|runs| ends(runs));
        let across = segments.windows(2).any(|pair| ends(&pair[0]).1 >= ends(&pair[1]).0);
        Self { runs: segments.concat(), across, ..Self::default() }
    }

    /// Some of its runs.
    fn some(&self, runs: Vec<Run<'a>>) -> Self {
        Self { runs, across: self.across, ..Self::default() }
    }

    pub(super) fn filtered(&self, conditions: &Conditions) -> Self {
        let mut kept = Vec::new();
        for run in &self.runs {
            let test = conditions.of(run.part);
            (run.from..run.to).filter(|index| test.holds(*index)).for_each(|index| push(&mut kept, run.part, index));
        }
        self.some(kept)
    }

    /// Its rows by group, as many as there are groups by now.
    pub(super) fn grouped(&self, grouping: &mut Grouping<'_>) -> Vec<Self> {
        let mut groups: Vec<Vec<Run<'a>>> = Vec::new();
        for run in &self.runs {
            grouping.each(run.part, run.from..run.to, |index, group| {
                if group >= groups.len() {
                    groups.resize_with(group + 1, Vec::new);
                }
                push(&mut groups[group], run.part, index);
            });
        }
        groups.into_iter().map(|runs| self.some(runs)).collect()
    }

    /// All of it in the order of time.
    pub(super) fn in_order(&self) -> &[Run<'a>] {
        if self.across { self.merged.get_or_init(|| runs::in_order(&self.runs)) } else { &self.runs }
    }

    /// When the first of it began.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.runs.first().map(|run| run.first().at())
    }

    /// What lasts just before each of some instants, which are in order; in the order of time.
    pub(super) fn standing(&self, instants: &[Timestamp]) -> Vec<Arc<[Row<'a>]>> {
        // About as many stood then as stand now.
        let now = self.runs.iter().filter(|run| run.part.lasts_until(Timestamp::MAX));
        let usual = now.map(|run| (run.to - run.from) as usize).sum::<usize>();
        let mut found: Vec<_> = instants.iter().map(|_| Vec::with_capacity(usual + usual / 4)).collect();
        for Run { part, from, to } in &self.runs {
            part.lasting(*from..*to, instants, |place, index, began| found[place].push((began, part.row(index))));
        }
        let in_order = |mut rows: Vec<(Timestamp, Row<'a>)>| {
            if self.across {
                rows.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.order(*right)));
            }
            rows.into_iter().map(|(_, row)| row).collect()
        };
        found.into_iter().map(in_order).collect()
    }
}
