//! To which groups a row belongs.

use std::collections::HashMap;

use crate::domain::columns::{Names, Row};
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

/// Gives each key a number when it first appears, and remembers which words lead to it.
pub(super) struct Grouping<'n> {
    by: GroupBy,
    zone: Zone,
    names: &'n Names,
    keys: HashMap<Key, usize>,
    /// The groups of a number: a word, a set of tags, or a quarter of an hour; `None` is without a value.
    groups: HashMap<Option<i64>, Vec<usize>>,
    /// The number looked up last, with its groups: neighbours often share it.
    last: Option<(Option<i64>, Vec<usize>)>,
}

impl<'n> Grouping<'n> {
    pub(super) fn new(by: GroupBy, zone: Zone, names: &'n Names) -> Self {
        Self { by, zone, names, keys: HashMap::new(), groups: HashMap::new(), last: None }
    }

    /// The groups of a row. A new group has the next number.
    pub(super) fn of(&mut self, row: Row<'_>) -> &[usize] {
        let number = match self.by {
            GroupBy::Time(_) => Some(row.at().millis().div_euclid(QUARTER_MS)),
            GroupBy::Dimension(Dimension::Tag) => row.tag_set().map(i64::from),
            GroupBy::Dimension(dimension) => row.word(dimension).map(i64::from),
        };
        if self.last.as_ref().is_none_or(|(last, _)| *last != number) {
            let groups = match self.groups.get(&number) {
                Some(groups) => groups.clone(),
                None => self.new_groups(number),
            };
            self.last = Some((number, groups));
        }
        self.last.as_ref().map_or(&[], |(_, groups)| groups)
    }

    fn new_groups(&mut self, number: Option<i64>) -> Vec<usize> {
        let named = |name: Option<&str>| Key { order: 0, name: name.map(str::to_owned) };
        let keys: Vec<Key> = match (self.by, number) {
            (_, None) => vec![Key::default()],
            (GroupBy::Time(unit), Some(quarter)) => vec![time_key(self.zone, unit, quarter)],
            (GroupBy::Dimension(Dimension::Tag), Some(set)) => {
                self.names.members(set as u32).iter().map(|word| named(self.names.text(*word))).collect()
            }
            (GroupBy::Dimension(_), Some(word)) => vec![named(self.names.text(word as u32))],
        };
        let mut groups = Vec::with_capacity(keys.len());
        for key in keys {
            let next = self.keys.len();
            groups.push(*self.keys.entry(key).or_insert(next));
        }
        self.groups.insert(number, groups.clone());
        groups
    }

    /// The keys, in the order of their numbers.
    pub(super) fn keys(self) -> Vec<Key> {
        let mut keys: Vec<(Key, usize)> = self.keys.into_iter().collect();
        keys.sort_unstable_by_key(|(_, number)| *number);
        keys.into_iter().map(|(key, _)| key).collect()
    }
}

fn time_key(zone: Zone, unit: TimeUnit, quarter: i64) -> Key {
    let (order, name) = zone.key(unit, Timestamp(quarter.saturating_mul(QUARTER_MS)));
    Key { order, name: Some(name) }
}
