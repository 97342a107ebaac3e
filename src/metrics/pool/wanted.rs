//! Which rows of a segment belong to the selections of a question.

use std::ops::Range;

use super::runs::{Run, first_from, push};
use crate::domain::columns::Part;
use crate::domain::sample::Selection;
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Period;

/// Which rows of a kind are wanted.
pub(super) struct Wanted {
    /// Those that begin in here: in order, apart.
    begun: Vec<Period>,
    /// Of the others, those that last at one of these instants.
    lasting: Vec<Timestamp>,
}

impl Wanted {
    pub(super) fn new<'s>(selections: impl Iterator<Item = &'s Selection>) -> Self {
        let mut stretches: Vec<Period> = Vec::new();
        let mut lasting = Vec::new();
        for s in selections {
            stretches.push(Period { from: s.from, to: s.to });
            if s.spans {
                lasting.push(s.from);
            }
        }
        stretches.sort_unstable_by_key(|p| (p.from, p.to));
        let mut begun: Vec<Period> = Vec::new();
        for next in stretches {
            match begun.last_mut() {
                Some(last) if next.from <= last.to => last.to = last.to.max(next.to),
                _ => begun.push(next),
            }
        }
        Self { begun, lasting }
    }

    /// The wanted rows of a segment.
    pub(super) fn of<'a>(&self, part: &'a Part) -> Vec<Run<'a>> {
        let mut runs = Vec::new();
        for kept in part.kept() {
            let mut next = kept.start;
            for period in &self.begun {
                let begin = first_from(part, next..kept.end, period.from);
                let end = first_from(part, begin..kept.end, period.to);
                self.add_lasting(part, next..begin, &mut runs);
                if begin < end {
                    runs.push(Run { part, from: begin, to: end });
                }
                next = end;
            }
            self.add_lasting(part, next..kept.end, &mut runs);
        }
        runs
    }

    /// Adds those of some rows that last at an instant asked for.
    fn add_lasting<'a>(&self, part: &'a Part, rows: Range<u32>, runs: &mut Vec<Run<'a>>) {
        if !self.lasting.iter().any(|instant| part.lasts_until(*instant)) {
            return;
        }
        for index in rows {
            let row = part.row(index);
            let (at, until) = (row.at(), row.until());
            if self.lasting.iter().any(|instant| at < *instant && until.is_none_or(|until| until >= *instant)) {
                push(runs, part, index);
            }
        }
    }
}
