//! The live values of the dimensions: what a filter may name.

use std::collections::BTreeMap;

use super::lexicon::near;
use crate::domain::definitions::Definitions;
use crate::domain::names::{Dimension, MetricId, folded};
use crate::domain::query::NONE;

/// What may be said about a desk. The default knows nothing and therefore takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// For each value what people call it, if that is something else.
    known: BTreeMap<Dimension, BTreeMap<String, Option<String>>>,
    /// The words that may stand after `variant:`.
    variants: BTreeMap<MetricId, &'static [&'static str]>,
    /// What the configuration defines for promises.
    promised: BTreeMap<Promised, Vec<String>>,
    /// Everything there is, is known: any other value is a mistake (kpis.md R13).
    is_whole: bool,
    has_queue: bool,
}

/// What a promise is made of and has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promised {
    Policy,
    Calendar,
}

impl Promised {
    /// The section of `bot.toml` that defines it.
    pub(super) const fn section(self) -> &'static str {
        match self {
            Self::Policy => "sla",
            Self::Calendar => "calendar",
        }
    }
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
    /// The vocabulary to which everything will be added that there is.
    pub fn whole() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// Notes that a telephone queue is connected, which decides what `hold` means (kpis.md 6.1).
    pub const fn connect_queue(&mut self) {
        self.has_queue = true;
    }

    pub(super) const fn has_queue(&self) -> bool {
        self.has_queue
    }

    /// Adds the words that may stand after `variant:` for a metric; `N` at the end of one stands for a whole number.
    pub fn add_variants(&mut self, metric: MetricId, variants: &'static [&'static str]) {
        self.variants.insert(metric, variants);
    }

    /// The variants of any of the metrics; `None` if variants are not known here.
    pub(super) fn variants_of(&self, metrics: &[MetricId]) -> Option<Vec<&'static str>> {
        let mut out: Vec<&str> = Vec::new();
        for variant in metrics.iter().filter_map(|metric| self.variants.get(metric)).copied().flatten() {
            if !out.contains(variant) {
                out.push(variant);
            }
        }
        self.is_whole.then_some(out)
    }

    /// Every variant of any metric.
    pub(super) fn variants(&self) -> impl Iterator<Item = &'static str> {
        self.variants.values().copied().flatten().copied()
    }

    /// Adds a value; adding it again changes nothing.
    pub fn add(&mut self, dimension: Dimension, value: impl Into<String>) {
        self.known.entry(dimension).or_default().entry(value.into()).or_default();
    }

    /// Adds a value that people call by a name, such as an agent's id and name. Filters then hold the value,
    /// whichever of the two was typed.
    pub fn add_named(&mut self, dimension: Dimension, value: impl Into<String>, name: impl Into<String>) {
        self.known.entry(dimension).or_default().insert(value.into(), Some(name.into()));
    }

    /// Adds the names of the policies and calendars that are defined.
    pub fn know_promises(&mut self, definitions: &Definitions) {
        let policies = definitions.policies.iter().map(|policy| policy.name.clone()).collect();
        let calendars = definitions.calendars.keys().cloned().collect();
        self.promised = [(Promised::Policy, policies), (Promised::Calendar, calendars)].into();
    }

    /// The name meant: as typed, else in another case; otherwise the names there are.
    pub(super) fn promised(&self, of: Promised, typed: &str) -> Result<String, Vec<String>> {
        let known = self.promised.get(&of).cloned().unwrap_or_default();
        let same = |name: &&String| name.to_lowercase() == typed.to_lowercase();
        match known.iter().find(|name| *name == typed).or_else(|| known.iter().find(same)) {
            Some(name) => Ok(name.clone()),
            None if self.is_whole => Err(known),
            None => Ok(typed.to_owned()),
        }
    }

    fn of(&self, dimension: Dimension) -> impl Iterator<Item = Known<'_>> {
        let known = self.known.get(&dimension).into_iter().flatten();
        known.map(|(value, name)| Known { value, name: name.as_deref() })
    }

    /// The value meant: as typed, else in another case, else with other punctuation, as long as only one fits.
    /// Otherwise what may have been meant.
    pub(super) fn resolve(&self, dimension: Dimension, typed: &str) -> Result<String, Unknown> {
        let is_known = match self.known.get(&dimension) {
            Some(known) => known.contains_key(typed),
            None => !self.is_whole,
        };
        if is_known {
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
        if lower == NONE {
            return Ok(NONE.to_owned());
        }
        if self.of(dimension).next().is_none() {
            return Err(Unknown::Nothing);
        }
        Err(Unknown::Near(near(typed, self.of(dimension).map(Known::shown).chain([NONE]))))
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
    pub fn shown(&self, dimension: Dimension) -> impl Iterator<Item = &str> {
        self.of(dimension).map(Known::shown)
    }
}

/// Why a value is not known.
pub(super) enum Unknown {
    /// Several values fit.
    Several(Vec<String>),
    /// None fits; these are near.
    Near(Vec<String>),
    /// Nothing has a value of this dimension.
    Nothing,
}
