//! The live values of the dimensions: what a filter may name.

use std::collections::BTreeMap;

use super::lexicon::near;
use crate::domain::names::{Dimension, folded};

/// The values known of each dimension. A dimension of which nothing is known takes any value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    known: BTreeMap<Dimension, Vec<Known>>,
}

/// A value and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    value: String,
    name: Option<String>,
}

impl Known {
    fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.value)
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.name.as_deref().into_iter().chain([self.value.as_str()])
    }
}

impl Vocabulary {
    /// Adds a value.
    pub fn add(&mut self, dimension: Dimension, value: impl Into<String>) {
        self.known.entry(dimension).or_default().push(Known { value: value.into(), name: None });
    }

    /// Adds a value that people call by a name, such as an agent's id and name. Filters then hold the value,
    /// whichever of the two was typed.
    pub fn add_named(&mut self, dimension: Dimension, value: impl Into<String>, name: impl Into<String>) {
        let known = Known { value: value.into(), name: Some(name.into()) };
        self.known.entry(dimension).or_default().push(known);
    }

    fn of(&self, dimension: Dimension) -> &[Known] {
        self.known.get(&dimension).map_or(&[], Vec::as_slice)
    }

    /// The value meant: as typed, else in another case, else with other punctuation, as long as only one fits.
    /// Otherwise what may have been meant.
    pub(super) fn resolve(&self, dimension: Dimension, typed: &str) -> Result<String, Unknown> {
        let known = self.of(dimension);
        if known.is_empty() || known.iter().any(|k| k.value == typed) {
            return Ok(typed.to_owned());
        }
        let lower = typed.to_lowercase();
        let plain = folded(typed);
        let ways: [&dyn Fn(&str) -> bool; 3] = [&|word| word == typed, &|word| word.to_lowercase() == lower, &|word| {
            !plain.is_empty() && folded(word) == plain
        }];
        for fits in ways {
            let mut found: Vec<&str> = known.iter().filter(|k| k.words().any(fits)).map(|k| k.value.as_str()).collect();
            found.sort_unstable();
            found.dedup();
            match found[..] {
                [] => {}
                [only] => return Ok(only.to_owned()),
                _ => return Err(Unknown::Several(found.into_iter().map(str::to_owned).collect())),
            }
        }
        Err(Unknown::Near(near(typed, known.iter().map(Known::shown))))
    }

    /// The dimensions that have this very value, for people who leave the key out.
    pub(super) fn dimensions_of(&self, typed: &str) -> impl Iterator<Item = (Dimension, &str)> {
        let plain = folded(typed);
        self.known.iter().flat_map(move |(dimension, known)| {
            let fits = known.iter().find(|k| !plain.is_empty() && k.words().any(|word| folded(word) == plain));
            fits.map(|k| (*dimension, k.shown()))
        })
    }

    /// What may be typed for a dimension, as people call it.
    pub(super) fn shown(&self, dimension: Dimension) -> impl Iterator<Item = &str> {
        self.of(dimension).iter().map(Known::shown)
    }
}

/// Why a value is not known.
pub(super) enum Unknown {
    /// Several values fit.
    Several(Vec<String>),
    /// None fits; these are near.
    Near(Vec<String>),
}
