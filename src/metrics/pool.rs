//! The samples an answer is made of: chosen, filtered, grouped, cut to a period; always in order of time.
//!
//! Nothing is copied that need not be. A [`Stock`] holds runs of rows that follow one another in a segment, so a kind
//! without filter is a run a day; a [`Pool`] is a stock as seen through a period. Filters and groups compare numbers of
//! words, never texts.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::period::{Period, Zone};
use crate::domain::columns::{Names, Part, Row, Samples};
use crate::domain::names::GroupBy;
use crate::domain::sample::{CustomerNo, SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

mod customers;
mod filters;
mod groups;
mod runs;
mod tickets;

pub(super) use filters::Filters;
pub(super) use groups::Key;
pub(super) use runs::Rows;
pub(super) use tickets::{PerTicket, Tickets};

use customers::Customers;
use runs::{Run, push};

/// All of time.
pub(super) const EVER: Period = Period { from: Timestamp::MIN, to: Timestamp::MAX };

/// Samples by kind, each kind in order of time.
#[derive(Debug, Default)]
pub(super) struct Stock<'a> {
    kinds: [Vec<Run<'a>>; KINDS],
    standing: RefCell<Standing<'a>>,
    customers: OnceCell<Customers<'a>>,
    /// The dictionary of the rows; absent where there are none.
    names: Option<&'a Names>,
}

/// The spans of a kind that last just before an instant, once somebody has asked.
type Standing<'a> = HashMap<(SampleKind, Timestamp), Rc<[Row<'a>]>>;

/// One for each [`SampleKind`].
const KINDS: usize = SampleKind::ALL.len();

impl<'a> Stock<'a> {
    /// The samples that belong to the selections. What else lies in their segments is left there, so that an answer
    /// does not depend on how samples are packed.
    pub(super) fn new(samples: &'a Samples, selections: &[Selection]) -> Self {
        let mut stock = Self { names: Some(samples.names()), ..Self::default() };
        for kind in SampleKind::ALL {
            let wanted = Wanted::new(selections.iter().filter(|s| s.kind == *kind));
            let parts = samples.parts().iter().filter(|part| part.kind() == *kind);
            let chosen = parts.map(|part| wanted.of(part)).filter(|runs| !runs.is_empty());
            stock.kinds[*kind as usize] = runs::in_order(chosen.collect());
        }
        stock
    }

    /// Everything in it.
    pub(super) const fn pool(&self) -> Pool<'_, 'a> {
        Pool { stock: self, began: EVER }
    }

    /// Only what the filters let through.
    pub(super) fn filtered(&self, filters: &Filters) -> Self {
        let Some(names) = self.names else { return Self::default() };
        let conditions = filters.conditions(names);
        let kinds = self.kinds.each_ref().map(|kind| {
            let mut kept = Vec::new();
            for run in kind {
                for index in run.from..run.to {
                    if conditions.let_through(run.part.row(index)) {
                        push(&mut kept, run.part, index);
                    }
                }
            }
            kept
        });
        Self { kinds, names: self.names, ..Self::default() }
    }

    /// One stock for each value; a sample without a value is under `None`, one with several tags in several stocks.
    pub(super) fn grouped(&self, by: GroupBy, zone: Zone) -> BTreeMap<Key, Self> {
        let Some(names) = self.names else { return BTreeMap::new() };
        let mut grouping = groups::Grouping::new(by, zone, names);
        let mut stocks: Vec<Self> = Vec::new();
        for (kind, runs) in self.kinds.iter().enumerate() {
            for run in runs {
                for index in run.from..run.to {
                    for group in grouping.of(run.part.row(index)) {
                        if *group == stocks.len() {
                            stocks.push(Self { names: self.names, ..Self::default() });
                        }
                        push(&mut stocks[*group].kinds[kind], run.part, index);
                    }
                }
            }
        }
        grouping.keys().into_iter().zip(stocks).collect()
    }

    fn standing(&self, kind: SampleKind, at: Timestamp) -> Rc<[Row<'a>]> {
        let known = self.standing.borrow().get(&(kind, at)).cloned();
        known.unwrap_or_else(|| {
            let begun = runs::between(&self.kinds[kind as usize], Period { from: Timestamp::MIN, to: at });
            let rows: Rc<[Row<'a>]> = begun.filter(|row| row.until().is_none_or(|until| until >= at)).collect();
            self.standing.borrow_mut().insert((kind, at), Rc::clone(&rows));
            rows
        })
    }
}

/// The samples that began in a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<'p, 'a> {
    stock: &'p Stock<'a>,
    began: Period,
}

impl<'p, 'a> Pool<'p, 'a> {
    /// Samples of a kind whose instant lies in a period.
    pub(super) fn within(self, kind: SampleKind, period: Period) -> Rows<'p, 'a> {
        runs::between(&self.stock.kinds[kind as usize], self.began.and(period))
    }

    /// Spans of a kind that last just before an instant: a change at the instant itself belongs after it.
    pub(super) fn just_before(self, kind: SampleKind, at: Timestamp) -> impl Iterator<Item = Row<'a>> + use<'p, 'a> {
        let rows = self.stock.standing(kind, at);
        let all = self.began == EVER;
        (0..rows.len()).map(move |n| rows[n]).filter(move |row| all || self.began.contains(row.at()))
    }

    /// Spans of a kind that have not ended.
    pub(super) fn lasting(self, kind: SampleKind) -> impl Iterator<Item = Row<'a>> + use<'p, 'a> {
        self.just_before(kind, Timestamp::MAX)
    }

    /// The tickets a customer opened, in no order.
    pub(super) fn created_by(self, customer: CustomerNo) -> impl Iterator<Item = Row<'a>> + use<'p, 'a> {
        let created = || Customers::new(runs::between(&self.stock.kinds[SampleKind::Created as usize], EVER));
        let rows = self.stock.customers.get_or_init(created).of(customer);
        rows.filter(move |row| self.began == EVER || self.began.contains(row.at()))
    }

    /// All of it by a value, whatever it was cut to.
    pub(super) fn grouped(self, by: GroupBy, zone: Zone) -> BTreeMap<Key, Stock<'a>> {
        self.stock.grouped(by, zone)
    }

    /// Only what began in a period.
    pub(super) fn cut(self, period: Period) -> Self {
        Self { began: self.began.and(period), ..self }
    }

    /// When the first of the samples began.
    pub(super) fn first(self) -> Option<Timestamp> {
        SampleKind::ALL.iter().filter_map(|kind| self.within(*kind, EVER).next()).map(Row::at).min()
    }
}

/// Which rows of a kind are wanted.
struct Wanted {
    /// Those that begin in here: in order, apart.
    begun: Vec<Period>,
    /// Of the others, those that last at one of these instants.
    lasting: Vec<Timestamp>,
}

impl Wanted {
    fn new<'s>(selections: impl Iterator<Item = &'s Selection>) -> Self {
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
    fn of<'a>(&self, part: &'a Part) -> Vec<Run<'a>> {
        let mut runs = Vec::new();
        for kept in part.kept() {
            let mut next = kept.start;
            for period in &self.begun {
                let begin = runs::first_from(part, next..kept.end, period.from);
                let end = runs::first_from(part, begin..kept.end, period.to);
                self.lasting(part, next..begin, &mut runs);
                if begin < end {
                    runs.push(Run { part, from: begin, to: end });
                }
                next = end;
            }
            self.lasting(part, next..kept.end, &mut runs);
        }
        runs
    }

    /// Adds those of some rows that last at an instant asked for.
    fn lasting<'a>(&self, part: &'a Part, rows: std::ops::Range<u32>, runs: &mut Vec<Run<'a>>) {
        if self.lasting.is_empty() {
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
