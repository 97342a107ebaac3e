//! Conditions on dimensions: AND across dimensions, OR within one, none of the excluded.

use std::collections::BTreeMap;

use crate::domain::columns::{Names, Row};
use crate::domain::definitions::Definitions;
use crate::domain::names::Dimension;
use crate::domain::query::{Filter, NONE};

/// Conditions as words in lower case.
#[derive(Debug, Default)]
pub(in crate::metrics) struct Filters {
    wanted: BTreeMap<Dimension, Vec<String>>,
    unwanted: BTreeMap<Dimension, Vec<String>>,
}

impl Filters {
    /// Reads the filters as typed; what a source calls a team means the team.
    pub(in crate::metrics) fn new(filters: &[Filter], definitions: &Definitions) -> Self {
        let mut out = Self::default();
        for filter in filters {
            let side = if filter.exclude { &mut out.unwanted } else { &mut out.wanted };
            let values = side.entry(filter.dimension).or_default();
            values.extend(filter.values.iter().map(|v| match filter.dimension {
                Dimension::Team => definitions.team_name(v).to_lowercase(),
                _ => v.to_lowercase(),
            }));
        }
        out
    }

    /// Whether they let everything through.
    pub(in crate::metrics) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether they say anything about a dimension.
    pub(in crate::metrics) fn concern(&self, dimension: Dimension) -> bool {
        self.wanted.contains_key(&dimension) || self.unwanted.contains_key(&dimension)
    }

    /// The only team the filters let through, if it is one.
    pub(in crate::metrics) fn only_team(&self) -> Option<&str> {
        match self.wanted.get(&Dimension::Team)?.as_slice() {
            [team] => Some(team),
            _ => None,
        }
    }

    /// The conditions on numbers of words.
    pub(super) fn conditions(&self, names: &Names) -> Conditions {
        let side = |words: &BTreeMap<Dimension, Vec<String>>, passes| {
            words.iter().map(|(d, words)| Condition::new(*d, words, passes, names)).collect::<Vec<_>>()
        };
        let mut all = side(&self.wanted, true);
        all.extend(side(&self.unwanted, false));
        Conditions(all)
    }
}

/// Conditions on the numbers of words, all of which must hold.
pub(super) struct Conditions(Vec<Condition>);

impl Conditions {
    #[inline]
    pub(super) fn let_through(&self, row: Row<'_>) -> bool {
        self.0.iter().all(|condition| condition.holds(row))
    }
}

/// A condition on one dimension.
struct Condition {
    dimension: Dimension,
    /// Whether a row without a value passes.
    without: bool,
    /// Whether a row with a value passes: by the number of the word, or of the set of tags.
    with: Vec<bool>,
}

impl Condition {
    /// One of the words must be there, or none of them.
    fn new(dimension: Dimension, words: &[String], passes: bool, names: &Names) -> Self {
        let named: Vec<bool> = names.words().map(|name| words.iter().any(|word| same(name, word)) == passes).collect();
        let any = |set: &[u32]| set.iter().any(|word| named.get(*word as usize) == Some(&passes)) == passes;
        let without = words.iter().any(|word| word == NONE) == passes;
        let with = if dimension == Dimension::Tag { names.sets().map(any).collect() } else { named };
        Self { dimension, without, with }
    }

    #[inline]
    fn holds(&self, row: Row<'_>) -> bool {
        let number = if self.dimension == Dimension::Tag { row.tag_set() } else { row.word(self.dimension) };
        number.map_or(self.without, |number| self.with.get(number as usize).copied().unwrap_or(false))
    }
}

/// Equal but for case; `word` is lower case.
fn same(value: &str, word: &str) -> bool {
    if value.is_ascii() { value.eq_ignore_ascii_case(word) } else { value.to_lowercase() == word }
}
