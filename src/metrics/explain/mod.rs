//! What explanations are made of besides the numbers: the formula of each metric, the switches that bear on it, and
//! the texts its definition comes from.
//!
//! A file a family, one match arm a metric, as in the [catalogue](super::catalogue). In a formula `{name}` stands for a
//! figure of the answer, so that people read their own numbers in it.

mod account;
mod cost;
mod experience;
mod overview;
mod satisfaction;
mod sla;
mod workload;

use std::sync::LazyLock;

pub use account::{Explanation, LeftOut, Switch};

use crate::domain::names::MetricId;

/// What is told of a metric when somebody asks how its number came about.
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// The formula in words; `{name}` is a figure of the answer.
    pub formula: &'static str,
    /// Keys of the switches (kpis.md 3.1) that change the number.
    pub switches: &'static [&'static str],
    /// Keys of the texts it was defined by (kpis.md 11).
    pub sources: &'static [&'static str],
}

/// The families, each with the explanations of its metrics.
const FAMILIES: &[fn(MetricId) -> Option<Explained>] = &[
    experience::explained,
    satisfaction::explained,
    workload::explained,
    cost::explained,
    sla::explained,
    overview::explained,
];

/// What a metric that nobody has described yet says of itself.
const NOTHING: Explained = Explained { formula: "{value}", switches: &[], sources: &[] };

/// The explanation of a metric.
pub fn explained(id: MetricId) -> Explained {
    FAMILIES.iter().find_map(|family| family(id)).unwrap_or(NOTHING)
}

/// A text that defines a number, or argues for a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// The key of kpis.md 11.
    pub key: &'static str,
    /// Publisher and title.
    pub name: &'static str,
    /// Where it is.
    pub url: &'static str,
}

/// Every source, in the order of kpis.md 11.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut parts = line.splitn(3, " | ");
        Some(Source { key: parts.next()?, name: parts.next()?, url: parts.next()? })
    };
    include_str!("sources.txt").lines().filter_map(line).collect()
});

/// The source with this key.
pub fn source(key: &str) -> Option<Source> {
    SOURCES.iter().find(|source| source.key == key).copied()
}

#[cfg(test)]
mod tests;
