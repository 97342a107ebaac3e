//! The live values of the dimensions: what a filter may name.

use std::collections::BTreeMap;

use super::lexicon::near;
use crate::domain::names::{Dimension, folded};

/// The values known of each dimension. A dimension of which nothing is known takes any value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// For each value what people call it, if that is something else.
    known: BTreeMap<Dimension, BTreeMap<String, Option<String>>>,
}

/// A value and what people call it.
#[derive(Clone, Copy)]
struct Known<'a> {
    value: &'a str,
    name: Option<&'a str>,
}

impl<'a> Known<'a> {
    fn shown(self) -> &'a str {
        self.name.unwrap_or(self.value)
    }

    fn words(self) -> impl Iterator<Item = &'a str> {
        self.name.into_iter().chain([self.value])
    }
}

impl Vocabulary {
    /// Adds a value; adding it again changes nothing.
    pub fn add(&mut self, dimension: Dimension, value: impl Into<String>) {
        self.known.entry(dimension).or_default().entry(value.into()).or_default();
    }

    /// Adds a value that people call by a name, such as an agent's id and name. Filters then hold the value,
    /// whichever of the two was typed.
    pub fn add_named(&mut self, dimension: Dimension, value: impl Into<String>, name: impl Into<String>) {
        self.known.entry(dimension).or_default().insert(value.into(), Some(name.into()));
    }

    fn of(&self, dimension: Dimension) -> impl Iterator<Item = Known<'_>> {
        let known = self.known.get(&dimension).into_iter().flatten();
        known.map(|(value, name)| Known { value, name: name.as_deref() })
    }

    /// The value meant: as typed, else in another case, else with other punctuation, as long as only one fits.
    /// Otherwise what may have been meant.
    pub(super) fn resolve(&self, dimension: Dimension, typed: &str) -> Result<String, Unknown> {
        if self.known.get(&dimension).is_none_or(|known| known.contains_key(typed)) {
            return Ok(typed.to_owned());
        }
        let lower = typed.to_lowercase();
        let plain = folded(typed);
        let ways: [&dyn Fn(&str) -> bool; 3] = [&|word| word == typed, &|word| word.to_lowercase() == lower, &|word| {
            !plain.is_empty() && folded(word) == plain
        }];
        for fits in ways {
            let fitting = self.of(dimension).filter(|known| known.words().any(fits));
            let found: Vec<&str> = fitting.map(|known| known.value).collect();
            match found[..] {
                [] => {}
                [only] => return Ok(only.to_owned()),
                _ => return Err(Unknown::Several(found.into_iter().map(str::to_owned).collect())),
            }
        }
        Err(Unknown::Near(near(typed, self.of(dimension).map(Known::shown))))
    }

    /// The dimensions that have this very value, for people who leave the key out.
    pub(super) fn dimensions_of(&self, typed: &str) -> impl Iterator<Item = (Dimension, &str)> {
        let plain = folded(typed);
        self.known.keys().filter_map(move |dimension| {
            let fits = |known: &Known| !plain.is_empty() && known.words().any(|word| folded(word) == plain);
            self.of(*dimension).find(fits).map(|known| (*dimension, known.shown()))
        })
    }

    /// What may be typed for a dimension, as people call it.
    pub(super) fn shown(&self, dimension: Dimension) -> impl Iterator<Item = &str> {
        self.of(dimension).map(Known::shown)
    }
}

/// Why a value is not known.
pub(super) enum Unknown {
    /// Several values fit.
    Several(Vec<String>),
    /// None fits; these are near.
    Near(Vec<String>),
}
