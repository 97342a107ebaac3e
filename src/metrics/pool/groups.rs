//! To which groups a row belongs.

use std::collections::HashMap;
use std::ops::Range;

use crate::domain::columns::{Names, Part, Row};
use crate::domain::names::{Dimension, GroupBy, TimeUnit};
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Zone;

/// Zones are apart by quarters of an hour, and change by them.
const QUARTER_MS: i64 = 900_000;

/// A value to group by; sorts by time where it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::metrics) struct Key {
    /// Place in time; 0 for dimensions.
    pub(in crate::metrics) order: i64,
    /// The value; `None` where a sample has none.
    pub(in crate::metrics) name: Option<String>,
}

/// The groups of something.
type Groups = Box<[usize]>;

/// Gives each key a number when it first appears, and remembers what leads to it.
pub(super) struct Grouping<'n> {
    by: GroupBy,
    zone: Zone,
    names: &'n Names,
    keys: HashMap<Key, usize>,
    /// The groups of each word or set of tags, behind those of what has none; empty until it is met.
    words: Vec<Groups>,
    /// The group of each quarter of an hour.
    quarters: HashMap<i64, usize>,
}

impl<'n> Grouping<'n> {
    pub(super) fn new(by: GroupBy, zone: Zone, names: &'n Names) -> Self {
        let words = match by {
            GroupBy::Dimension(Dimension::Tag) => names.sets().len(),
            GroupBy::Dimension(_) => names.words().len(),
            GroupBy::Time(_) => 0,
        };
        let words = vec![Groups::default(); words + 1];
        Self { by, zone, names, keys: HashMap::new(), words, quarters: HashMap::new() }
    }

    /// Shows each group of each of some rows.
    pub(super) fn each(&mut self, part: &Part, rows: Range<u32>, mut show: impl FnMut(u32, usize)) {
        match self.by {
            GroupBy::Time(unit) => {
                let mut last = None;
                for index in rows {
                    let quarter = part.row(index).at().millis().div_euclid(QUARTER_MS);
                    let group = match last {
                        Some((known, group)) if known == quarter => group,
                        _ => self.of_quarter(unit, quarter),
                    };
                    last = Some((quarter, group));
                    show(index, group);
                }
            }
            GroupBy::Dimension(dimension) => {
                let numbers = part.numbers(dimension);
                for index in rows {
                    self.of_number(dimension, numbers.of(index)).iter().for_each(|group| show(index, *group));
                }
            }
        }
    }

    /// Each key, and how many of some rows belong to it.
    pub(super) fn tally<'a>(mut self, rows: impl Iterator<Item = Row<'a>>) -> Vec<(Key, u64)> {
        let mut counts: Vec<u64> = Vec::new();
        let mut add = |group: usize, rows: u64| {
            if group >= counts.len() {
                counts.resize(group + 1, 0);
            }
            counts[group] += rows;
        };
        match self.by {
            GroupBy::Time(unit) => {
                rows.for_each(|row| add(self.of_quarter(unit, row.at().millis().div_euclid(QUARTER_MS)), 1));
            }
            GroupBy::Dimension(dimension) => {
                // By number first: there are fewer of them than rows.
                let mut met = vec![0_u64; self.words.len()];
                rows.for_each(|row| {
                    let place = place(row.word(dimension));
                    if place >= met.len() {
                        met.resize(place + 1, 0);
                    }
                    met[place] += 1;
                });
                for (place, rows) in met.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
                    let number = place.checked_sub(1).map(|number| number as u32);
                    self.of_number(dimension, number).iter().for_each(|group| add(*group, rows));
                }
            }
        }
        self.keys().into_iter().zip(counts).collect()
    }

    /// The groups of what has a word or a set of tags under a dimension.
    #[inline]
    fn of_number(&mut self, dimension: Dimension, number: Option<u32>) -> &[usize] {
        let place = place(number);
        if self.words.get(place).is_none_or(|groups| groups.is_empty()) {
            self.meet(dimension, number, place);
        }
        &self.words[place]
    }

    fn of_quarter(&mut self, unit: TimeUnit, quarter: i64) -> usize {
        if let Some(group) = self.quarters.get(&quarter) {
            return *group;
        }
        let (order, name) = self.zone.key(unit, Timestamp(quarter.saturating_mul(QUARTER_MS)));
        let group = self.group(Key { order, name: Some(name) });
        self.quarters.insert(quarter, group);
        group
    }

    fn meet(&mut self, dimension: Dimension, number: Option<u32>, place: usize) {
        let names = self.names;
        let one = |word: u32| names.text(word).map(str::to_owned);
        let values: Vec<Option<String>> = match (dimension, number) {
            (_, None) => vec![None],
            (Dimension::Tag, Some(set)) => names.members(set).iter().map(|word| one(*word)).collect(),
            (_, Some(word)) => vec![one(word)],
        };
        let groups: Groups = values.into_iter().map(|name| self.group(Key { order: 0, name })).collect();
        if place >= self.words.len() {
            self.words.resize(place + 1, Groups::default());
        }
        self.words[place] = groups;
    }

    fn group(&mut self, key: Key) -> usize {
        let next = self.keys.len();
        *self.keys.entry(key).or_insert(next)
    }

    /// The keys, in the order of their numbers.
    pub(super) fn keys(self) -> Vec<Key> {
        let mut keys: Vec<(Key, usize)> = self.keys.into_iter().collect();
        keys.sort_unstable_by_key(|(_, number)| *number);
        keys.into_iter().map(|(key, _)| key).collect()
    }
}

/// Where a number stands: behind what has none.
fn place(number: Option<u32>) -> usize {
    number.map_or(0, |number| number as usize + 1)
}
