//! Conditions on dimensions: AND across dimensions, OR within one, none of the excluded.

use std::collections::BTreeMap;

use crate::domain::columns::{Names, Numbers, Part};
use crate::domain::definitions::Definitions;
use crate::domain::names::Dimension;
use crate::domain::query::{Filter, NONE};
use crate::domain::sample::Dimensions;

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

    /// Whether they let something of these values through.
    pub(in crate::metrics) fn admit(&self, source: &str, dimensions: &Dimensions) -> bool {
        let any = |(dimension, words): (&Dimension, &Vec<String>)| {
            let mut values = values(source, dimensions, *dimension).peekable();
            match values.peek() {
                None => words.iter().any(|word| word == NONE),
                Some(_) => values.any(|value| words.iter().any(|word| same(value, word))),
            }
        };
        self.wanted.iter().all(any) && !self.unwanted.iter().any(any)
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

/// A condition on one dimension.
struct Condition {
    dimension: Dimension,
    /// Whether a row without a value passes.
    without: bool,
    /// Whether a row with a value passes: by the number of the word, or of the set of tags.
    with: Vec<bool>,
}

/// Conditions on the rows of a segment.
pub(super) struct Test<'c>(Vec<(Numbers<'c>, &'c Condition)>);

impl Conditions {
    pub(super) fn of<'c>(&'c self, part: &'c Part) -> Test<'c> {
        Test(self.0.iter().map(|condition| (part.numbers(condition.dimension), condition)).collect())
    }
}

impl Test<'_> {
    #[inline]
    pub(super) fn holds(&self, index: u32) -> bool {
        self.0.iter().all(|(numbers, condition)| condition.holds(numbers.of(index)))
    }
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
    fn holds(&self, number: Option<u32>) -> bool {
        number.map_or(self.without, |number| self.with.get(number as usize).copied().unwrap_or(false))
    }
}

/// The values of a dimension among those of all.
fn values<'d>(source: &'d str, d: &'d Dimensions, dimension: Dimension) -> impl Iterator<Item = &'d str> {
    let one = match dimension {
        Dimension::Team => d.team.as_deref(),
        Dimension::Agent => d.agent.as_deref(),
        Dimension::Channel => d.channel.as_deref(),
        Dimension::Priority => Some(d.priority.as_str()),
        Dimension::Tag => None,
        Dimension::Category => d.category.as_deref(),
        Dimension::Source => Some(source),
        Dimension::Tier => d.tier.as_deref(),
    };
    let many = if dimension == Dimension::Tag { d.tags.as_slice() } else { &[] };
    one.into_iter().chain(many.iter().map(String::as_str))
}

/// Equal but for case; `word` is lower case.
fn same(value: &str, word: &str) -> bool {
    if value.is_ascii() { value.eq_ignore_ascii_case(word) } else { value.to_lowercase() == word }
}
