//! Numbers that differ from what was published in answer to the same question (kpis.md R18).

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::answer::{Answer, Figures, Reason, Report, Restated};
use super::catalogue::{self, Timing};
use super::format;
use crate::domain::names::Unit;
use crate::domain::statement::{Statement, Subject};

impl Report {
    /// What it states: the values of its metrics and of their groups.
    pub fn statements(&self) -> Vec<Statement> {
        let state =
            |(subject, figures): (Subject, &Figures)| Statement { subject, value: figures.value, as_of: self.as_of };
        self.metrics.iter().flat_map(|answer| self.spoken(answer)).map(state).collect()
    }

    /// Marks every value that people would read as another one than the one published before.
    pub fn restate(&mut self, published: &[Statement]) {
        let published: HashMap<&Subject, &Statement> = published.iter().map(|s| (&s.subject, s)).collect();
        let question = Question::of(self);
        for answer in &mut self.metrics {
            let (unit, clock) = (answer.unit, answer.clock);
            let shown = |value| format::value(unit, clock, value);
            let subject = |figures: &Figures, key: Option<Option<&str>>| question.about(answer, figures, key);
            let restated = |figures: &Figures, key| {
                let before = published.get(&subject(figures, key)).filter(|_| may_be_restated(figures))?;
                let differs = shown(before.value) != shown(figures.value);
                differs.then_some(Restated { was: before.value, as_of: before.as_of })
            };
            let whole = restated(&answer.figures, None);
            let groups: Vec<_> = answer.groups.iter().map(|g| restated(&g.figures, Some(g.key.as_deref()))).collect();
            answer.figures.restated = whole;
            for (group, restated) in answer.groups.iter_mut().zip(groups) {
                group.figures.restated = restated;
            }
        }
    }

    /// The figures of an answer, each with what it is about. How things stand now is about no period, and what is
    /// put together from other metrics is stated by them.
    fn spoken<'r>(&self, answer: &'r Answer) -> Vec<(Subject, &'r Figures)> {
        let lasting = catalogue::entry(answer.id).timing != Timing::Now && answer.unit != Unit::Composite;
        let question = Question::of(self);
        let whole = std::iter::once((None, &answer.figures));
        let groups = answer.groups.iter().map(|g| (Some(g.key.as_deref()), &g.figures));
        let all = whole.chain(groups).filter(|(_, figures)| lasting && may_be_restated(figures));
        all.map(|(key, figures)| (question.about(answer, figures, key), figures)).collect()
    }
}

/// A source that was connected since, or answers that were too few, change what is known, not what was.
fn may_be_restated(figures: &Figures) -> bool {
    matches!(figures.reason, None | Some(Reason::NoData))
}

/// The part of a question that all its answers share.
struct Question {
    from: i64,
    to: i64,
    filters: BTreeMap<String, Vec<String>>,
    by: Option<&'static str>,
}

impl Question {
    /// The same words in another order or case are the same question.
    fn of(report: &Report) -> Self {
        let folded = |values: &Vec<String>| {
            let mut values: Vec<String> = values.iter().map(|v| v.to_lowercase()).collect();
            values.sort_unstable();
            values.dedup();
            values
        };
        Self {
            from: report.period.from.millis(),
            to: report.period.to.millis(),
            filters: report.filters.iter().map(|(key, values)| (key.clone(), folded(values))).collect(),
            by: report.by.map(crate::domain::names::GroupBy::name),
        }
    }

    /// About a metric, of the whole (`None`) or of a group; a group may be the one without a value.
    fn about(&self, answer: &Answer, figures: &Figures, key: Option<Option<&str>>) -> Subject {
        let group = key.map(|key| (self.by, key));
        let question = json!([[self.from, self.to], self.filters, group, answer.clock, figures.stat, answer.variant]);
        Subject { question: question.to_string(), metric: answer.id.id() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::columns::Samples;
    use crate::domain::definitions::Definitions;
    use crate::domain::names::{Dimension, GroupBy, MetricId};
    use crate::domain::query::{Filter, PeriodSpec, PeriodUnit, Versus};
    use crate::domain::timestamp::Timestamp;
    use crate::metrics::{Query, compute};

    fn report(as_of: Timestamp, teams: &[&str]) -> Report {
        let zone = crate::metrics::tests::BERLIN;
        let mut query = Query::new(PeriodSpec::LastWhole(PeriodUnit::Month), Versus::None, as_of, zone);
        query.metrics = vec![MetricId::TicketVolume, MetricId::Csat, MetricId::SlaAtRisk];
        let values = teams.iter().map(|t| (*t).to_owned()).collect();
        query.filters = vec![Filter { dimension: Dimension::Team, values, exclude: false, position: 0 }];
        query.by = Some(GroupBy::Dimension(Dimension::Channel));
        compute(&query, &Definitions::default(), &Samples::default())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn only_another_value_for_the_same_question_is_restated() {
        let said = report(at("2026-11-02T09:00:00Z"), &["billing", "Tier2"]);
        let mut statements = said.statements();
        assert_eq!(statements.len(), 2, "what stands now is not about a period");

        let mut again = report(at("2026-11-20T09:00:00Z"), &["tier2", "Billing"]);
        again.restate(&statements);
        assert!(again.metrics.iter().all(|a| a.figures.restated.is_none()));

        for statement in &mut statements {
            statement.value = statement.value.map(|v| v + 3.0).or(Some(0.918));
        }
        again.restate(&statements);
        let was: Vec<_> = again.metrics.iter().map(|a| a.figures.restated.map(|r| r.was)).collect();
        assert_eq!(was, [Some(Some(3.0)), Some(Some(0.918)), None]);

        let mut other = report(at("2026-11-20T09:00:00Z"), &["billing"]);
        other.restate(&statements);
        assert!(other.metrics.iter().all(|a| a.figures.restated.is_none()));
    }

    #[test]
    fn what_reads_the_same_is_the_same() {
        let mut volume = report(at("2026-11-20T09:00:00Z"), &["billing"]);
        volume.metrics.truncate(1);
        let mut statements = volume.statements();
        statements[0].value = Some(-0.0);
        volume.restate(&statements);
        assert_eq!(volume.metrics[0].figures.restated, None);
    }
}
