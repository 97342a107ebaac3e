//! The words of the grammar: metrics and groups with all their names, keys, units; and which of them are near to a
//! word that is none.

use std::sync::LazyLock;

use strsim::damerau_levenshtein;

use crate::domain::names::{Clock, Dimension, Family, GroupBy, MetricId, folded};
use crate::domain::query::{PeriodUnit, RollingUnit, Stat, Versus, View};

/// Words that begin something other than a metric. A name that contains one of them is recognised only where it is
/// written out.
pub(super) const KEYWORDS: [&str; 14] = [
    "today",
    "yesterday",
    "this",
    "last",
    "past",
    "since",
    "all",
    "by",
    "vs",
    "versus",
    "share",
    "explain",
    "list",
    "export",
];

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
pub(super) const VERSUS: [(&str, Versus); 11] = [
    ("previous", Versus::Previous),
    ("last-week", Versus::LastWeek),
    ("last-month", Versus::LastMonth),
    ("last-year", Versus::LastYear),
    ("average", Versus::Average),
    ("none", Versus::None),
    ("prev", Versus::Previous),
    ("wow", Versus::LastWeek),
    ("mom", Versus::LastMonth),
    ("yoy", Versus::LastYear),
    ("avg4", Versus::Average),
];

/// What may be asked about a number instead of the number.
pub(super) const VIEWS: [(&str, View); 3] =
    [("explain", View::Explanation), ("list", View::Tickets), ("export", View::Rows)];

/// The values of `clock:`.
pub(super) const CLOCKS: [(&str, Clock); 2] = [("business", Clock::Business), ("calendar", Clock::Calendar)];

/// The values of `stat:`.
pub(super) const STATS: [(&str, Stat); 3] = [("median", Stat::Median), ("mean", Stat::Mean), ("p90", Stat::P90)];

/// The word that asks for something other than the number.
pub(super) fn view_word(view: View) -> Option<&'static str> {
    VIEWS.iter().find(|(_, meant)| *meant == view).map(|(word, _)| *word)
}

/// Words that people use for two things (kpis.md 6.1): what they mean, and what may be meant besides. The first pair of
/// metrics that exist counts.
pub(super) const TWO_MEANINGS: &[(&str, &str, &[&str])] = &[
    ("response time", "response_time", &["first_response_time"]),
    ("resolution", "resolution_time", &["resolution_rate"]),
    ("hold", "hold_time", &["on_hold_time"]),
    ("wait", "requester_wait_time", &["speed_of_answer"]),
    ("waiting time", "requester_wait_time", &["speed_of_answer"]),
    ("sla", "sla_attainment", &["sla_at_risk"]),
    ("utilization", "agent_utilization", &["agent_occupancy"]),
    ("utilisation", "agent_utilization", &["agent_occupancy"]),
    ("occupancy", "agent_occupancy", &["agent_utilization"]),
    ("closed", "tickets_solved", &["resolution_rate"]),
];

/// Metrics that can be measured only where a telephone queue is connected.
pub(super) const OF_A_QUEUE: [&str; 2] = ["hold_time", "speed_of_answer"];

/// The metric with this id, if it is built.
pub(super) fn metric(id: &str) -> Option<MetricId> {
    MetricId::ALL.iter().copied().find(|metric| metric.id() == id)
}

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
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.id(),
            Self::Group(family) => {
                let group = GROUPS.iter().find(|(_, meant)| *meant == family);
                group.map_or("", |(name, _)| name)
            }
        }
    }
}

/// Words that stand for all metrics of a family. The other families have a metric of that name, which is meant.
pub(super) const GROUPS: [(&str, Family); 4] = [
    ("experience", Family::Experience),
    ("satisfaction", Family::Satisfaction),
    ("workload", Family::Workload),
    ("cost", Family::Cost),
];

/// Groups with at least one metric.
pub(super) fn groups() -> impl Iterator<Item = (&'static str, Family)> {
    GROUPS.into_iter().filter(|(_, family)| MetricId::ALL.iter().any(|metric| metric.family() == *family))
}

/// Where a name is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Wherever it stands, also by its beginning.
    Begun,
    /// Where it is written out. A name with its parenthesis is recognised when pasted, but nobody begins to type it: as
    /// a beginning, it would swallow the `backlog` of `net flow backlog`. Other words of the grammar and digits in a
    /// name (`cost vs value`, `80/20`) mean something else unless the whole name is there.
    Whole,
    /// Where it is the whole question: `vs last week` is a comparison everywhere else.
    Alone,
}

/// A name as it is compared, as it is written, and what it stands for.
pub(super) struct Name {
    pub(super) folded: String,
    pub(super) written: &'static str,
    pub(super) target: Target,
    pub(super) reach: Reach,
    /// How many words and letters it has, to pass over it quickly.
    size: (usize, usize),
}

impl Name {
    fn new(written: &'static str, target: Target) -> Self {
        let folded = folded(written);
        let is_keyword = |word: &str| KEYWORDS.contains(&word);
        let begins_otherwise = folded.split(' ').next().is_some_and(is_keyword);
        let is_special = written.contains('(') || folded.contains(|c: char| c.is_numeric());
        let reach = if begins_otherwise {
            Reach::Alone
        } else if is_special || folded.split(' ').any(is_keyword) {
            Reach::Whole
        } else {
            Reach::Begun
        };
        let size = (folded.split(' ').count(), folded.chars().count());
        Self { folded, written, target, reach, size }
    }

    /// The distance from a phrase of so many words, if it is near.
    pub(super) fn distance(&self, phrase: &str, words: usize) -> Option<usize> {
        let is_like = self.size.0 == words && self.size.1.abs_diff(phrase.chars().count()) <= tolerance(phrase);
        if is_like { distance(phrase, &self.folded) } else { None }
    }
}

/// Every name of a metric or group; the name people read counts with and without its parenthesis. What is a breakdown
/// in the grammar (`by team`) or a group (`satisfaction`) is not the name of a metric.
pub(super) static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let metrics = MetricId::ALL.iter().flat_map(|metric| {
        let read = metric.name();
        let short = read.split(" (").next().unwrap_or(read);
        let ids = [metric.id()].into_iter().chain(metric.aliases().iter().copied());
        ids.chain([short, read]).map(|written| Name::new(written, Target::Metric(*metric)))
    });
    let is_taken = |name: &Name| name.folded.starts_with("by ") || groups().any(|(group, _)| group == name.folded);
    let groups_named = groups().map(|(name, family)| Name::new(name, Target::Group(family)));
    metrics.filter(|name| !is_taken(name)).chain(groups_named).collect()
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
    if let Some(name) = NAMES.iter().find(|name| name.reach != Reach::Alone && name.folded == phrase) {
        return Found::Exactly(name.target);
    }
    // A single letter is more often a slip than a name, and a dimension is more often meant than a metric it begins.
    if phrase.chars().count() < 2 || group_by(phrase).is_some() {
        return Found::Nothing;
    }
    let mut targets = Vec::new();
    for name in NAMES.iter().filter(|name| name.reach == Reach::Begun && name.folded.starts_with(phrase)) {
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

/// What a word with two meanings stands for (the first that can be measured), and what to offer besides.
pub(super) fn two_meanings(phrase: &str, has_queue: bool) -> Option<(MetricId, Vec<MetricId>)> {
    let (_, meant, also) = TWO_MEANINGS.iter().find(|(word, ..)| *word == phrase)?;
    let meanings: Vec<MetricId> = std::iter::once(meant).chain(*also).filter_map(|id| metric(id)).collect();
    let is_measurable = |metric: &MetricId| has_queue || !OF_A_QUEUE.contains(&metric.id());
    let chosen = meanings.iter().position(is_measurable)?;
    let others = meanings.iter().enumerate().filter(|(i, metric)| *i < chosen || *i > chosen && is_measurable(metric));
    Some((meanings[chosen], others.map(|(_, metric)| *metric).collect()))
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

/// More suggestions than these help nobody.
pub(super) const MOST_SUGGESTIONS: usize = 8;

/// The candidates nearest to what was typed: with the fewest slips; to have begun a word is one.
pub(super) fn near<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let typed = folded(typed);
    let mut found: Vec<(usize, &str)> = candidates
        .filter_map(|candidate| {
            let word = folded(candidate);
            let begun = typed.chars().count() >= 2 && word.starts_with(&typed);
            let slips = distance(&typed, &word);
            if begun { Some((slips.map_or(1, |d| d.min(1)), candidate)) } else { slips.map(|d| (d, candidate)) }
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let least = found.first().map_or(0, |(distance, _)| *distance);
    let nearest = found.into_iter().take_while(|(distance, _)| *distance == least);
    nearest.take(MOST_SUGGESTIONS).map(|(_, candidate)| candidate.to_owned()).collect()
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
        for name in NAMES.iter().filter(|name| name.reach == Reach::Begun) {
            assert!(group_by(&name.folded).is_none(), "{} is also a dimension", name.written);
            assert_ne!(name.folded, "help");
        }
        for metric in MetricId::ALL {
            for word in metric.aliases().iter().chain([&metric.id()]).filter(|word| !word.starts_with("by ")) {
                assert!(NAMES.iter().any(|name| name.folded == folded(word)), "{word} of {metric} is no name");
            }
            assert!(!NAMES.iter().any(|name| name.folded == folded(metric.id()) && name.reach == Reach::Alone));
        }
    }

    #[test]
    fn a_word_with_two_meanings_means_what_can_be_measured() {
        for (word, meant, also) in TWO_MEANINGS {
            for has_queue in [false, true] {
                let Some((metric, others)) = two_meanings(word, has_queue) else { continue };
                assert!(!others.contains(&metric), "{word}");
                let known = also.iter().chain([meant]).any(|id| *id == metric.id());
                assert!(known && (has_queue || !OF_A_QUEUE.contains(&metric.id())), "{word}");
            }
            if let Found::Exactly(Target::Metric(metric)) = look_up(word) {
                assert_eq!(metric.id(), *meant, "{word}");
            }
        }
    }

    #[test]
    fn groups_have_members() {
        for (name, family) in groups() {
            assert!(!Target::Group(family).metrics().is_empty(), "{name}");
            assert!(matches!(look_up(name), Found::Exactly(Target::Group(_))), "{name}");
        }
    }
}
