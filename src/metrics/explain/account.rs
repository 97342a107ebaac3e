//! How one number came about: everything the same computation found out, in words.

use serde::Serialize;

use super::super::answer::{Figures, Particulars};
use super::super::catalogue::Need;
use super::super::{catalogue, format, present};
use super::{Source, explained, source};
use crate::domain::definitions::{Definitions, Switches};
use crate::domain::names::{Clock, MetricId};
use crate::domain::query::Stat;
use crate::domain::ticket::Exclusion;

/// How a number came about (kpis.md 6.3).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What it measures, in a sentence.
    pub definition: &'static str,
    /// The formula with the figures of this answer.
    pub formula: String,
    /// The switches that bear on it.
    pub switches: Vec<Switch>,
    /// What was left out, and how many of it.
    pub left_out: Vec<LeftOut>,
    /// The texts it was defined by.
    pub sources: Vec<Source>,
    /// What to read beside it.
    pub beside: &'static [MetricId],
}

/// A switch in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Switch {
    /// Its key in `[metrics]`.
    pub key: &'static str,
    /// What it is set to.
    pub value: serde_json::Value,
    /// What it would be otherwise.
    pub default: serde_json::Value,
}

impl Switch {
    /// Whether somebody turned it.
    pub fn is_turned(&self) -> bool {
        self.value != self.default
    }
}

/// Something that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Of what kind.
    pub why: &'static str,
    /// How many.
    pub count: u64,
}

/// What is said of tickets that do not count; of a merged one the ratings do (kpis.md R6).
fn excluded(id: MetricId, why: Exclusion, count: u64) -> Option<LeftOut> {
    let needs = catalogue::entry(id).needs;
    let (tickets, ratings) = (needs.contains(&Need::Tickets), needs.contains(&Need::Ratings));
    let words = match why {
        Exclusion::Merged => "of the tickets created in the period, merged into others",
        Exclusion::Spam => "of the tickets created in the period, marked as spam",
        Exclusion::Deleted => "of the tickets created in the period, deleted",
        Exclusion::Tagged => "of the tickets created in the period, with a tag of exclude.tags",
    };
    let applies = tickets || ratings && why != Exclusion::Merged;
    applies.then_some(LeftOut { why: words, count })
}

impl Explanation {
    /// How these figures of a metric came about. `tickets`: how many do not count, and why.
    pub(in crate::metrics) fn new(
        id: MetricId,
        clock: Option<Clock>,
        figures: &Figures,
        tickets: impl Iterator<Item = (Exclusion, u64)>,
        definitions: &Definitions,
    ) -> Self {
        let (entry, explained) = (catalogue::entry(id), explained(id));
        Self {
            definition: entry.about,
            formula: filled(explained.formula, |name| figure(name, id, clock, figures)),
            switches: switches(explained.switches, &definitions.switches),
            left_out: left_out(id, clock, figures, tickets),
            sources: explained.sources.iter().filter_map(|key| source(key)).collect(),
            beside: entry.beside,
        }
    }
}

fn left_out(
    id: MetricId,
    clock: Option<Clock>,
    figures: &Figures,
    tickets: impl Iterator<Item = (Exclusion, u64)>,
) -> Vec<LeftOut> {
    let mut out = figures.detail.left_out.clone();
    if let Some(coverage) = figures.detail.coverage.filter(|_| clock == Some(Clock::Business)) {
        out.push(LeftOut { why: "to which no business calendar applies", count: coverage.of - coverage.covered });
    }
    out.extend(tickets.filter_map(|(why, count)| excluded(id, why, count)));
    out
}

/// The switches under these keys, with their values and defaults as they would be written in `bot.toml`.
fn switches(keys: &[&'static str], in_force: &Switches) -> Vec<Switch> {
    let values = |switches: &Switches| serde_json::to_value(switches).expect("switches are plain data");
    let (in_force, default) = (values(in_force), values(&Switches::default()));
    keys.iter().map(|key| Switch { key, value: in_force[*key].clone(), default: default[*key].clone() }).collect()
}

/// A formula with each `{name}` replaced; of what is not known the name stays.
fn filled(formula: &str, figure: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&figure(name).unwrap_or_else(|| name.to_owned()));
        rest = after;
    }
    out + rest
}

/// A figure of an answer by the name formulas use for it.
fn figure(name: &str, id: MetricId, clock: Option<Clock>, figures: &Figures) -> Option<String> {
    let detail = &figures.detail;
    let count = |n: u64| format::count(n as f64);
    Some(match name {
        "value" => present::value(id, clock, figures),
        "n" => count(figures.n.unwrap_or_default()),
        "stat" => match figures.stat {
            Some(Stat::Mean) => "mean",
            Some(Stat::P90) => "90th percentile",
            Some(Stat::Median) | None => "median",
        }
        .to_owned(),
        "numerator" => count(detail.numerator.unwrap_or_default()),
        "denominator" => count(detail.denominator.unwrap_or_default()),
        _ => match (&detail.particulars, name) {
            (Particulars::Flow { opening, .. }, "opening") => count(*opening),
            (Particulars::Flow { closing, .. }, "closing") => count(*closing),
            (Particulars::Score { promoters, .. }, "promoters") => count(*promoters),
            (Particulars::Score { detractors, .. }, "detractors") => count(*detractors),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_reads_with_the_figures_of_the_answer() {
        let mut figures = Figures { value: Some(0.75), n: Some(4), ..Figures::default() };
        (figures.detail.numerator, figures.detail.denominator) = (Some(3), Some(4));
        let filled = |formula| filled(formula, |name| figure(name, MetricId::Csat, None, &figures));
        assert_eq!(filled("{numerator} good ÷ {denominator} given = {value}"), "3 good ÷ 4 given = 75.0%");
        assert_eq!(filled("no figures"), "no figures");
        assert_eq!(filled("{unknown} of {n"), "unknown of 4");
    }

    #[test]
    fn a_switch_that_was_turned_is_told_from_one_that_was_not() {
        let turned = Switches { fcr_max_agents: 2, ..Switches::default() };
        let switches = switches(&["fcr.max_agents", "fcr.window_s"], &turned);
        assert_eq!(switches.iter().map(Switch::is_turned).collect::<Vec<_>>(), [true, false]);
        assert_eq!((&switches[0].value, &switches[0].default), (&2.into(), &1.into()));
    }
}
