//! The words of the grammar: metrics and groups with all their names, keys, units; and which of them are near to a
//! word that is none.

use std::sync::LazyLock;

use strsim::damerau_levenshtein;

use crate::domain::names::{Clock, Dimension, Family, GroupBy, MetricId, folded};
use crate::domain::query::{PeriodUnit, RollingUnit, Stat, Versus};

/// Words that begin something other than a metric. No id or alias contains one of them (tested), so a metric's name
/// ends before the next of these.
pub(super) const KEYWORDS: [&str; 11] =
    ["today", "yesterday", "this", "last", "past", "since", "all", "by", "vs", "versus", "share"];

/// Those of them that mean nothing alone.
pub(super) const OPENERS: [&str; 7] = ["this", "last", "past", "since", "by", "vs", "versus"];

/// What may stand after `this` and `last`.
pub(super) const PERIOD_UNITS: [(&str, PeriodUnit); 4] = [
    ("week", PeriodUnit::Week),
    ("month", PeriodUnit::Month),
    ("quarter", PeriodUnit::Quarter),
    ("year", PeriodUnit::Year),
];

/// Units that are counted: the word in the plural, its short form, the unit.
pub(super) const ROLLING_UNITS: [(&str, char, RollingUnit); 4] = [
    ("hours", 'h', RollingUnit::Hours),
    ("days", 'd', RollingUnit::Days),
    ("weeks", 'w', RollingUnit::Weeks),
    ("months", 'm', RollingUnit::Months),
];

/// What may stand after `vs`, the canonical word of each meaning first.
pub(super) const VERSUS: [(&str, Versus); 7] = [
    ("previous", Versus::Previous),
    ("last-year", Versus::LastYear),
    ("average", Versus::Average),
    ("none", Versus::None),
    ("prev", Versus::Previous),
    ("yoy", Versus::LastYear),
    ("avg4", Versus::Average),
];

/// The values of `clock:`.
pub(super) const CLOCKS: [(&str, Clock); 2] = [("business", Clock::Business), ("calendar", Clock::Calendar)];

/// The values of `stat:`.
pub(super) const STATS: [(&str, Stat); 3] = [("median", Stat::Median), ("mean", Stat::Mean), ("p90", Stat::P90)];

/// Words that people use for two metrics, and the one they may have meant besides (kpis.md 6.1).
pub(super) const ALSO_MEANT: [(&str, MetricId); 4] = [
    ("response time", MetricId::FirstResponseTime),
    ("resolution", MetricId::ResolutionRate),
    ("sla", MetricId::SlaAtRisk),
    ("closed", MetricId::ResolutionRate),
];

/// A key of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Filter(Dimension),
    Clock,
    Stat,
    Variant,
    AsOf,
}

impl Key {
    pub(super) const ALL: [Self; 12] = [
        Self::Filter(Dimension::Team),
        Self::Filter(Dimension::Agent),
        Self::Filter(Dimension::Channel),
        Self::Filter(Dimension::Priority),
        Self::Filter(Dimension::Tag),
        Self::Filter(Dimension::Category),
        Self::Filter(Dimension::Source),
        Self::Filter(Dimension::Tier),
        Self::Clock,
        Self::Stat,
        Self::Variant,
        Self::AsOf,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Filter(dimension) => dimension.name(),
            Self::Clock => "clock",
            Self::Stat => "stat",
            Self::Variant => "variant",
            Self::AsOf => "as-of",
        }
    }

    /// `as_of` and `As-Of` are `as-of`.
    pub(super) fn named(typed: &str) -> Option<Self> {
        let typed = folded(typed);
        Self::ALL.into_iter().find(|key| folded(key.name()) == typed)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Metric(MetricId),
    Group(Family),
}

impl Target {
    pub(super) fn metrics(self) -> Vec<MetricId> {
        match self {
            Self::Metric(metric) => vec![metric],
            Self::Group(family) => MetricId::ALL.iter().copied().filter(|m| m.family() == family).collect(),
        }
    }

    /// What to type for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.id(),
            Self::Group(family) => group_name(family),
        }
    }
}

const FAMILIES: [Family; 6] =
    [Family::Experience, Family::Satisfaction, Family::Workload, Family::Cost, Family::Sla, Family::Overview];

pub(super) const fn group_name(family: Family) -> &'static str {
    match family {
        Family::Experience => "experience",
        Family::Satisfaction => "satisfaction",
        Family::Workload => "workload",
        Family::Cost => "cost",
        Family::Sla => "sla",
        Family::Overview => "overview",
    }
}

/// Groups with at least one metric whose name is not a metric's own (`sla` is `sla_attainment`).
pub(super) fn groups() -> impl Iterator<Item = Family> {
    FAMILIES.into_iter().filter(|family| {
        let taken = MetricId::ALL.iter().any(|m| m.aliases().contains(&group_name(*family)));
        !taken && MetricId::ALL.iter().any(|m| m.family() == *family)
    })
}

/// A name as it is compared, as it is written, and what it stands for.
pub(super) struct Name {
    pub(super) folded: String,
    pub(super) written: &'static str,
    pub(super) target: Target,
    /// A name with its parenthesis is recognised when pasted, but nobody begins to type it: as a beginning, it would
    /// swallow the `backlog` of `net flow backlog`.
    whole_only: bool,
}

/// Every name of a metric or group. The name people read counts with and without its parenthesis, unless that
/// contains another word of the grammar.
pub(super) static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let metrics = MetricId::ALL.iter().flat_map(|metric| {
        let read = metric.name();
        let short = read.split(" (").next().unwrap_or(read);
        let ids = [metric.id()].into_iter().chain(metric.aliases().iter().copied());
        ids.chain([short, read]).map(|written| (written, Target::Metric(*metric)))
    });
    let groups = groups().map(|family| (group_name(family), Target::Group(family)));
    let names = metrics.chain(groups).map(|(written, target)| {
        let whole_only = written.contains('(');
        Name { folded: folded(written), written, target, whole_only }
    });
    names.filter(|name| !name.folded.split(' ').any(|word| KEYWORDS.contains(&word))).collect()
});

/// What a phrase (folded) stands for: exactly, or as the beginning of names that all mean the same.
pub(super) enum Found {
    Exactly(Target),
    ByPrefix(Target),
    /// A beginning of several.
    Several(Vec<Target>),
    Nothing,
}

/// Looks a phrase up.
pub(super) fn look_up(phrase: &str) -> Found {
    if let Some(name) = NAMES.iter().find(|name| name.folded == phrase) {
        return Found::Exactly(name.target);
    }
    // A single letter is more often a slip than a name, and `team` is rather half of `by team`.
    if phrase.chars().count() < 2 || group_by(phrase).is_some() {
        return Found::Nothing;
    }
    let mut targets = Vec::new();
    for name in NAMES.iter().filter(|name| !name.whole_only && name.folded.starts_with(phrase)) {
        if !targets.contains(&name.target) {
            targets.push(name.target);
        }
    }
    match targets[..] {
        [] => Found::Nothing,
        [only] => Found::ByPrefix(only),
        _ => Found::Several(targets),
    }
}

/// How many slips a word may hold and still be recognised.
fn tolerance(word: &str) -> usize {
    if word.chars().count() <= 3 { 1 } else { 2 }
}

/// The distance between two words, if they are near. Both folded.
pub(super) fn distance(typed: &str, candidate: &str) -> Option<usize> {
    // Counting letters first spares most of the work.
    let (a, b) = (typed.chars().count(), candidate.chars().count());
    let tolerance = tolerance(typed);
    if a.abs_diff(b) > tolerance {
        return None;
    }
    Some(damerau_levenshtein(typed, candidate)).filter(|distance| *distance <= tolerance)
}

/// The candidates nearest to what was typed, at most three: those it begins, else those with the fewest slips.
pub(super) fn near<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let typed = folded(typed);
    let mut found: Vec<(usize, &str)> = candidates
        .filter_map(|candidate| {
            let word = folded(candidate);
            let begun = typed.chars().count() >= 2 && word.starts_with(&typed);
            if begun { Some((0, candidate)) } else { distance(&typed, &word).map(|d| (d, candidate)) }
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let least = found.first().map_or(0, |(distance, _)| *distance);
    found
        .into_iter()
        .take_while(|(distance, _)| *distance == least)
        .take(3)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// The dimension or unit of time with this name.
pub(super) fn group_by(word: &str) -> Option<GroupBy> {
    GroupBy::ALL.into_iter().find(|by| by.name() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_metric_is_another_word_of_the_grammar() {
        for name in NAMES.iter() {
            for word in name.folded.split(' ') {
                assert!(word.starts_with(char::is_alphanumeric), "{} cannot be typed", name.written);
            }
            assert!(group_by(&name.folded).is_none(), "{} is also a dimension", name.written);
            assert_ne!(name.folded, "help");
        }
        for metric in MetricId::ALL {
            for word in metric.aliases().iter().chain([&metric.id()]) {
                let known = NAMES.iter().any(|name| name.folded == folded(word));
                assert!(known, "{word} of {metric} contains another word of the grammar");
            }
        }
    }

    #[test]
    fn every_offer_is_a_name_and_something_else() {
        for (word, other) in ALSO_MEANT {
            let Found::Exactly(Target::Metric(metric)) = look_up(word) else { panic!("{word} names no metric") };
            assert_ne!(metric, other, "{word}");
        }
    }

    #[test]
    fn names_that_are_metrics_are_no_groups() {
        let names: Vec<_> = groups().map(group_name).collect();
        assert_eq!(names, ["experience", "workload"]);
    }
}
