//! The samples of one kind: in order of time when somebody wants the order, and by what lasts when.

use std::sync::OnceLock;

use super::filters::Conditions;
use super::groups::Grouping;
use super::runs::{self, Run, push};
use crate::domain::columns::Row;
use crate::domain::timestamp::Timestamp;

/// Rows that are looked at together when looking for what lasts.
const BLOCK: u32 = 16;

/// The samples of one kind.
#[derive(Debug, Default)]
pub(super) struct Kind<'a> {
    /// Segment by segment, each in order of time, the one that begins first first.
    runs: Vec<Run<'a>>,
    /// Some segments lie across others in time, so that all are in order only once merged.
    across: bool,
    merged: OnceLock<Vec<Run<'a>>>,
    blocks: OnceLock<Vec<Block<'a>>>,
}

/// A few neighbours, and the time in which any of them lasts.
#[derive(Clone, Copy, Debug)]
struct Block<'a> {
    run: Run<'a>,
    earliest: Timestamp,
    latest: Timestamp,
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

    /// What lasts just before an instant, in the order of time.
    pub(super) fn standing(&self, at: Timestamp) -> Vec<Row<'a>> {
        let mut found = Vec::new();
        for block in self.blocks.get_or_init(|| self.blocks()) {
            if block.earliest >= at || at > block.latest {
                continue;
            }
            let Run { part, from, to } = block.run;
            part.lasting(from..to, at, |index, began| found.push((began, part.row(index))));
        }
        if self.across {
            found.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.order(*right)));
        }
        found.into_iter().map(|(_, row)| row).collect()
    }

    fn blocks(&self) -> Vec<Block<'a>> {
        let blocks = self.runs.iter().flat_map(|run| {
            let starts = (run.from..run.to).step_by(BLOCK as usize);
            starts.map(|from| Run { from, to: run.to.min(from + BLOCK), ..*run })
        });
        let block = |run: Run<'a>| {
            let latest = run.part.latest_end(run.from..run.to);
            Block { run, earliest: run.first().at(), latest }
        };
        blocks.map(block).collect()
    }
}
