//! A question in exact terms, and the samples it needs.

use std::collections::BTreeMap;

use super::catalogue::{self, Need, Scope};
use super::composed;
use super::period::{self, Period, Zone};
use super::pool::Filters;
use crate::domain::definitions::{Definitions, Team};
use crate::domain::names::{Clock, GroupBy, MetricId};
use crate::domain::query::{Filter, PeriodSpec, Stat, Versus, View};
use crate::domain::sample::{SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

/// A question in exact terms.
#[derive(Clone, Debug)]
pub struct Query {
    /// The metrics; empty = the overview.
    pub metrics: Vec<MetricId>,
    /// The period.
    pub period: Period,
    /// What the period is compared with, in words.
    pub versus: Versus,
    /// The same in instants: none, one, or several whose mean counts.
    pub compared: Vec<Period>,
    /// Where days and weeks begin.
    pub zone: Zone,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// The breakdown.
    pub by: Option<GroupBy>,
    /// The clock asked for; `None` = the default of product.md 7.
    pub clock: Option<Clock>,
    /// Which statistic of a distribution is the headline; `None` = the metric's own.
    pub stat: Option<Stat>,
    /// A variant of the metrics instead of the configured one.
    pub variant: Option<String>,
    /// The moment of knowledge.
    pub as_of: Timestamp,
    /// What should be reached.
    pub targets: Targets,
    /// What the connected sources deliver, and since when; `None` = everything, ever since.
    pub history: Option<History>,
    /// Whether single people may be named (kpis.md R21).
    pub people: bool,
    /// What is wanted: the number, how it came about, the tickets behind it.
    pub view: View,
    /// Also say what each ticket contributed ([`Detail::contributions`](super::answer::Detail::contributions)).
    pub list: bool,
    /// Also find out what a picture of the answer shows: how durations are spread, hours by weekdays, layers over time.
    pub drawn: bool,
    /// Also answer what should be read beside a metric asked for alone ([`Report::beside`](super::answer::Report::beside)).
    pub beside: bool,
}

impl Query {
    /// A question about a period, at a moment, without conditions.
    pub fn new(spec: PeriodSpec, versus: Versus, as_of: Timestamp, zone: Zone) -> Self {
        Self {
            versus,
            compared: period::compare(spec, as_of, zone, versus),
            zone,
            ..Self::over(period::resolve(spec, as_of, zone), as_of)
        }
    }

    /// A question about a period given in instants, compared with nothing.
    pub fn over(period: Period, as_of: Timestamp) -> Self {
        Self {
            metrics: Vec::new(),
            period,
            versus: Versus::None,
            compared: Vec::new(),
            zone: Zone::default(),
            filters: Vec::new(),
            by: None,
            clock: None,
            stat: None,
            variant: None,
            as_of,
            targets: Targets::default(),
            history: None,
            people: true,
            view: View::Number,
            list: false,
            drawn: false,
            beside: true,
        }
    }

    /// The one clock of the answer: business if the workspace has a calendar, or the only team asked about has one.
    pub fn clock(&self, definitions: &Definitions) -> Clock {
        let default = || {
            let filters = Filters::new(&self.filters, definitions);
            let team = filters.only_team().and_then(|typed| team_typed(typed, definitions));
            let calendar = definitions.default_calendar.is_some() || team.is_some_and(|t| t.calendar.is_some());
            if calendar { Clock::Business } else { Clock::Calendar }
        };
        self.clock.unwrap_or_else(default)
    }

    /// A period that runs until the moment of knowledge includes that moment: what happens at it is known (kpis.md R2),
    /// though the end of a period does not belong to it.
    pub(super) fn with_the_present(&self) -> Self {
        let mut query = self.clone();
        if query.period.to == query.as_of {
            query.period.to = query.as_of.plus_ms(1);
        }
        query
    }

    pub(super) fn lists(&self) -> bool {
        self.list || self.view == View::Tickets
    }

    pub(super) fn is_overview(&self) -> bool {
        self.metrics.is_empty() || self.metrics.contains(&MetricId::Scorecard)
    }

    /// The metrics to answer with, each once; the overview stands for what it consists of.
    pub(super) fn asked(&self) -> Vec<MetricId> {
        let mut out: Vec<MetricId> = Vec::new();
        let overview = if self.is_overview() { catalogue::OVERVIEW } else { &[] };
        let about_others = self.metrics.iter().any(|id| composed::is_about_others(*id));
        // `trend csat` asks for the trend; what it is about is part of it.
        let named = self.metrics.iter().filter(|id| !about_others || composed::is_about_others(**id));
        for id in overview.iter().chain(named) {
            if *id != MetricId::Scorecard && !out.contains(id) {
                out.push(*id);
            }
        }
        out
    }

    /// The metrics named beside one that is about others.
    pub(super) fn named_subjects(&self) -> impl Iterator<Item = MetricId> {
        let other = |id: &MetricId| !composed::is_about_others(*id) && *id != MetricId::Scorecard;
        self.metrics.iter().copied().filter(other)
    }

    /// What stands beside a metric asked for alone.
    pub(super) fn beside(&self) -> &'static [MetricId] {
        match self.metrics.as_slice() {
            [id] if self.beside && !self.is_overview() => catalogue::entry(*id).beside,
            _ => &[],
        }
    }

    /// Whether of a metric only a line will be read, as part of an overview for people: then what cards, lists and data
    /// tell of it need not be found out.
    pub(super) fn is_brief(&self, id: MetricId) -> bool {
        self.beside && self.view == View::Number && self.is_overview() && !self.metrics.contains(&id)
    }

    /// Whether anybody will see the course of a metric over the period: of an overview for people that of the volume, and in
    /// its picture that of the first response time.
    pub(super) fn shows_course(&self, id: MetricId) -> bool {
        match id {
            MetricId::TicketVolume => true,
            MetricId::FirstResponseTime if self.drawn => true,
            _ => !self.is_brief(id),
        }
    }

    /// Whether a metric was asked for by name, and this is the period it was asked for.
    pub(super) fn names(&self, id: MetricId, period: Period) -> bool {
        self.metrics.contains(&id) && self.period == period
    }

    /// A variant belongs to the metrics that know it, never to those beside.
    pub(super) fn variant(&self, id: MetricId) -> Option<&str> {
        self.variant.as_deref().filter(|word| self.metrics.contains(&id) && catalogue::knows_variant(id, word))
    }
}

/// Since when the connected sources deliver what metrics need (kpis.md 2.2); what is not in it they do not deliver.
pub type History = BTreeMap<Need, Timestamp>;

/// What should be reached, for all and for single teams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// For everybody.
    pub all: BTreeMap<MetricId, f64>,
    /// For a team, by its name, instead.
    pub teams: BTreeMap<String, BTreeMap<MetricId, f64>>,
}

impl Targets {
    /// What a metric should reach.
    pub(super) fn of(&self, id: MetricId, team: Option<&str>) -> Option<f64> {
        let own = team.and_then(|t| self.teams.iter().find(|(name, _)| name.to_lowercase() == t.to_lowercase()));
        own.and_then(|(_, targets)| targets.get(&id)).or_else(|| self.all.get(&id)).copied().or_else(|| usual(id))
    }
}

/// What is aimed at where nobody says otherwise.
fn usual(id: MetricId) -> Option<f64> {
    (id == MetricId::ServiceLevel).then_some(0.8)
}

/// What some metrics read for the periods of a question.
pub(super) fn reads(ids: &[MetricId], query: &Query, definitions: &Definitions) -> Vec<Selection> {
    let mut wanted = Vec::new();
    for id in ids {
        for period in std::iter::once(query.period).chain(query.compared.iter().copied()) {
            let scope = Scope { query, period, variant: query.variant(*id), definitions };
            wanted.extend(catalogue::entry(*id).reads(&scope));
        }
    }
    wanted
}

/// The samples a question reads, without overlap within a kind.
pub fn selections(query: &Query, definitions: &Definitions) -> Vec<Selection> {
    let query = &query.with_the_present();
    let mut wanted = reads(&query.asked(), query, definitions);
    wanted.extend(reads(query.beside(), query, definitions));
    if query.view == View::Explanation {
        wanted.push(Selection::at(SampleKind::LeftOut, query.period.from, query.period.to));
    }
    wanted.sort_by_key(|s| (s.kind, s.spans, s.from));
    let mut merged: Vec<Selection> = Vec::new();
    for next in wanted {
        match merged.last_mut() {
            Some(last) if (last.kind, last.spans) == (next.kind, next.spans) && next.from <= last.to => {
                last.to = last.to.max(next.to);
            }
            _ => merged.push(next),
        }
    }
    merged
}

/// The team of that name, typed in lower case.
pub(super) fn team_typed<'d>(typed: &str, definitions: &'d Definitions) -> Option<&'d Team> {
    definitions.teams.iter().find(|team| team.name.to_lowercase() == typed)
}
