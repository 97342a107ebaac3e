//! What a number was counted from, row by row, so that whoever opens the file finds the number again: the mean of
//! `value` where `counted` says so is the mean, how many there are is n.
//!
//! What counts is not decided a second time: the answer says what each ticket contributed, and each contribution is
//! found among the samples of its ticket. A number that is no sum, mean or median of single samples (a share of hours,
//! one thing over another) has the samples it was computed from, with neither `counted` nor `value`.

use std::collections::HashMap;

use super::super::answer::{Answer, Contribution, Report, Worth};
use super::super::query::{Query, reads};
use super::{Cell, samples};
use crate::domain::definitions::Definitions;
use crate::domain::fact::SurveyKind;
use crate::domain::names::MetricId;
use crate::domain::sample::{Sample, SampleFact, Selection, TicketKey};
use crate::domain::ticket::Exclusion;

/// What stands before the columns of the sample.
pub(super) const COLUMNS: [&str; 6] = ["metric", "counted", "value", "value_is", "turn", "left_out"];

/// What counted for the metrics of an answer.
#[derive(Debug)]
pub(super) struct Counted {
    /// By the ticket, call… that contributed.
    contributions: HashMap<TicketKey, Vec<(MetricId, Contribution)>>,
    /// Metrics without contributions, and what they read.
    computed: Vec<(MetricId, Vec<Selection>)>,
    /// The tickets that count for nothing.
    left_out: Selection,
}

impl Counted {
    pub(super) fn new(query: &Query, left_out: Selection, report: Report, definitions: &Definitions) -> Self {
        let mut out = Self { contributions: HashMap::new(), computed: Vec::new(), left_out };
        for answer in report.metrics {
            if is_computed(&answer) {
                out.computed.push((answer.id, reads(&[answer.id], query, definitions)));
            }
            for contribution in answer.figures.detail.contributions {
                out.contributions.entry(contribution.ticket.clone()).or_default().push((answer.id, contribution));
            }
        }
        out
    }

    /// Whether a ticket can have rows, so far as that is known without its events.
    pub(super) fn may_tell(&self, ticket: &TicketKey, sample: &SampleFact) -> bool {
        let is_left_out = matches!(sample, SampleFact::LeftOut { .. });
        is_left_out || !self.computed.is_empty() || self.contributions.contains_key(ticket)
    }

    /// The rows of one ticket, from its samples in their order.
    pub(super) fn rows(&self, ticket: &TicketKey, samples: &[Sample]) -> Vec<Vec<Cell>> {
        let mut left: Vec<&(MetricId, Contribution)> = self.contributions.get(ticket).into_iter().flatten().collect();
        let mut rows = Vec::new();
        for sample in samples {
            let mut tell = |first: [Cell; 6]| {
                let told = samples::Told::new(sample);
                rows.push(first.into_iter().chain(samples::COLUMNS.iter().map(|(_, cell)| cell(&told))).collect());
            };
            // Of those that are alike each has its own.
            let mut told: Vec<MetricId> = Vec::new();
            left.retain(|(metric, c)| {
                let is_this = c.at == sample.at && c.fact == sample.fact && !told.contains(metric);
                if is_this {
                    told.push(*metric);
                    tell([
                        metric.id().into(),
                        Cell::Flag(true),
                        c.value.map_or(Cell::Empty, Cell::Number),
                        worth(c.worth).into(),
                        c.turn.map_or(Cell::Empty, |turn| Cell::Int(i64::from(turn))),
                        Cell::Empty,
                    ]);
                }
                !is_this
            });
            if let SampleFact::LeftOut { why } = sample.fact
                && self.left_out.contains(sample)
            {
                tell([Cell::Empty, Cell::Flag(false), Cell::Empty, Cell::Empty, Cell::Empty, excluded(why).into()]);
            }
            for (metric, _) in
                self.computed.iter().filter(|(_, read)| read.iter().any(|wanted| wanted.contains(sample)))
            {
                tell([metric.id().into(), Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]);
            }
        }
        rows
    }
}

/// Whether a number is there and nothing of it is a single sample.
fn is_computed(answer: &Answer) -> bool {
    let figures = &answer.figures;
    figures.detail.contributions.is_empty() && figures.n != Some(0) && figures.value.is_some_and(|value| value != 0.0)
}

/// Whether it may be told one by one: what the team says of the place it works in never is.
pub(super) const fn may_be_told(fact: &SampleFact) -> bool {
    !matches!(fact, SampleFact::Rating { survey: SurveyKind::Enps, .. })
}

const fn excluded(why: Exclusion) -> &'static str {
    match why {
        Exclusion::Merged => "merged",
        Exclusion::Spam => "spam",
        Exclusion::Deleted => "deleted",
        Exclusion::Tagged => "tagged",
    }
}

const fn worth(worth: Worth) -> &'static str {
    match worth {
        Worth::Seconds => "seconds",
        Worth::Passed => "passed",
        Worth::Answered => "answered",
        Worth::Counted => "counted",
    }
}
