//! The samples an answer is made of: chosen, filtered, grouped, cut to a period; always in order of time.
//!
//! Nothing is copied that need not be. A [`Stock`] holds runs of rows that follow one another in a segment, so a kind
//! without filter is a run a segment; a [`Pool`] is a stock as seen through a period. Filters and groups compare numbers
//! of words, never texts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::period::{Period, Zone};
use crate::domain::columns::{FactOf, Names, Row, Samples};
use crate::domain::names::GroupBy;
use crate::domain::sample::{CustomerNo, OneKind, SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

mod customers;
mod filters;
mod groups;
mod kind;
mod lasting;
mod runs;
mod tickets;
mod wanted;

pub(super) use filters::Filters;
pub(super) use groups::Key;
pub(super) use lasting::Lasting;
pub(super) use runs::Rows;
pub(super) use tickets::{PerTicket, Tickets};

use customers::Customers;
use groups::Grouping;
use kind::Kind;
use wanted::Wanted;

/// All of time.
pub(super) const EVER: Period = Period { from: Timestamp::MIN, to: Timestamp::MAX };

/// Samples by kind, each kind in order of time.
#[derive(Debug, Default)]
pub(super) struct Stock<'a> {
    kinds: [Kind<'a>; KINDS],
    /// The instants at which somebody will ask what lasts, in order: what lasts at all of them is found in one go.
    instants: OnceLock<Arc<[Timestamp]>>,
    /// What lasts at them, once somebody has asked.
    standing: [OnceLock<Vec<Arc<[Row<'a>]>>>; KINDS],
    /// What has not ended, once somebody has asked: few kinds are asked for anything else.
    lasting: [OnceLock<Arc<[Row<'a>]>>; KINDS],
    customers: OnceLock<Customers<'a>>,
    /// What has been tallied.
    tallies: Mutex<Vec<Tallied>>,
    /// The dictionary of the rows; absent where there are none.
    names: Option<&'a Names>,
}

/// How many there are under each value; what has none is under `None`.
pub(super) type Tally = Vec<(Option<String>, u64)>;

/// A tally, with its period and its breakdown.
type Tallied = (Period, GroupBy, Arc<Tally>);

/// One for each [`SampleKind`].
const KINDS: usize = SampleKind::ALL.len();

impl<'a> Stock<'a> {
    fn of(names: Option<&'a Names>, kinds: [Kind<'a>; KINDS]) -> Self {
        Self { kinds, names, ..Self::default() }
    }

    /// The samples that belong to the selections. What else lies in their segments is left there, so that an answer
    /// does not depend on how samples are packed.
    pub(super) fn new(samples: &'a Samples, selections: &[Selection]) -> Self {
        let mut kinds: [Kind<'a>; KINDS] = Default::default();
        for kind in SampleKind::ALL {
            let wanted = Wanted::new(selections.iter().filter(|s| s.kind == *kind));
            let parts = samples.parts().iter().filter(|part| part.kind() == *kind);
            kinds[*kind as usize] = Kind::new(parts.map(|part| wanted.of(part)).collect());
        }
        Self::of(Some(samples.names()), kinds)
    }

    /// Everything in it.
    pub(super) const fn pool(&self) -> Pool<'_, 'a> {
        Pool { stock: self, began: EVER }
    }

    /// Only what the filters let through.
    pub(super) fn filtered(&self, filters: &Filters) -> Self {
        let Some(names) = self.names else { return Self::default() };
        let conditions = filters.conditions(names);
        Self::of(self.names, self.kinds.each_ref().map(|kind| kind.filtered(&conditions)))
    }

    /// The samples of some kinds, one stock for each value; a sample without a value is under `None`, one with several
    /// tags in several stocks.
    pub(super) fn grouped(&self, of: &BTreeSet<SampleKind>, by: GroupBy, zone: Zone) -> BTreeMap<Key, Self> {
        let Some(names) = self.names else { return BTreeMap::new() };
        let mut grouping = Grouping::new(by, zone, names);
        let mut groups: Vec<[Kind<'a>; KINDS]> = Vec::new();
        for n in of.iter().map(|kind| *kind as usize) {
            for (group, part) in self.kinds[n].grouped(&mut grouping).into_iter().enumerate() {
                if group == groups.len() {
                    groups.push(Default::default());
                }
                groups[group][n] = part;
            }
        }
        grouping.keys().into_iter().zip(groups).map(|(key, kinds)| (key, Self::of(self.names, kinds))).collect()
    }

    fn kind(&self, kind: SampleKind) -> &Kind<'a> {
        &self.kinds[kind as usize]
    }

    /// Says at which instants, in order, it will be asked what lasts.
    pub(super) fn expect(&self, instants: &Arc<[Timestamp]>) {
        self.instants.get_or_init(|| Arc::clone(instants));
    }

    fn standing(&self, kind: SampleKind, at: Timestamp) -> Arc<[Row<'a>]> {
        let alone = || self.kind(kind).standing(&[at]).pop().unwrap_or_default();
        if at == Timestamp::MAX {
            return Arc::clone(self.lasting[kind as usize].get_or_init(alone));
        }
        let instants = self.instants.get().map_or(&[][..], |instants| &**instants);
        match instants.binary_search(&at) {
            // Whoever asks for the same kind meanwhile waits for it.
            Ok(place) => {
                let standing = self.standing[kind as usize].get_or_init(|| self.kind(kind).standing(instants));
                Arc::clone(&standing[place])
            }
            Err(_) => alone(),
        }
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
        runs::between(self.stock.kind(kind).in_order(), self.began.and(period))
    }

    /// Samples of a kind whose instant lies in a period, with what they say.
    pub(super) fn of<T: OneKind<FactOf<'a>>>(
        self,
        period: Period,
    ) -> impl Iterator<Item = (Row<'a>, T)> + Clone + use<'p, 'a, T> {
        self.within(T::KIND, period).filter_map(|row| Some((row, row.only()?)))
    }

    /// Spans of a kind that last just before an instant: a change at the instant itself belongs after it.
    pub(super) fn just_before(self, kind: SampleKind, at: Timestamp) -> Lasting<'a> {
        let rows = self.stock.standing(kind, at);
        if self.began == EVER {
            return Lasting::new(rows);
        }
        Lasting::new(rows.iter().copied().filter(|row| self.began.contains(row.at())).collect())
    }

    /// Spans of a kind that have not ended.
    pub(super) fn lasting(self, kind: SampleKind) -> Lasting<'a> {
        self.just_before(kind, Timestamp::MAX)
    }

    /// The tickets a customer opened in a period, in no order.
    pub(super) fn created_by(
        self,
        customer: CustomerNo,
        period: Period,
    ) -> impl Iterator<Item = Row<'a>> + use<'p, 'a> {
        let created = || {
            let runs = self.stock.kind(SampleKind::Created).in_order();
            Customers::new(runs::between(runs, EVER), runs.last().map(|run| run.last().at()))
        };
        self.stock.customers.get_or_init(created).of(customer, self.began.and(period))
    }

    /// All of some kinds by a value, whatever it was cut to.
    pub(super) fn grouped(self, of: &BTreeSet<SampleKind>, by: GroupBy, zone: Zone) -> BTreeMap<Key, Stock<'a>> {
        self.stock.grouped(of, by, zone)
    }

    /// How many of some of its rows there are under each value.
    pub(super) fn tally(self, rows: impl Iterator<Item = Row<'a>>, by: GroupBy, zone: Zone) -> Vec<(Key, u64)> {
        self.stock.names.map(|names| Grouping::new(by, zone, names).tally(rows)).unwrap_or_default()
    }

    /// A tally of something that is always the same for a period and a breakdown: found out once, because several metrics
    /// want it.
    pub(super) fn tally_once(self, period: Period, by: GroupBy, tally: impl FnOnce() -> Tally) -> Arc<Tally> {
        let period = self.began.and(period);
        let known = || self.stock.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, tally)) = known().iter().find(|known| (known.0, known.1) == (period, by)) {
            return Arc::clone(tally);
        }
        let tally = Arc::new(tally());
        known().push((period, by, Arc::clone(&tally)));
        tally
    }

    /// Only what began in a period.
    pub(super) fn cut(self, period: Period) -> Self {
        Self { began: self.began.and(period), ..self }
    }

    /// When the first of the samples began.
    pub(super) fn first(self) -> Option<Timestamp> {
        self.stock.kinds.iter().filter_map(Kind::first).min()
    }
}

#[cfg(test)]
mod tests;
