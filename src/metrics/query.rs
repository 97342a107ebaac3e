//! A question in exact terms, the samples it needs, and its answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;

use super::answer::{Answer, Asked, Figures, Grid, Group, Point, Reason, Report, Stretch};
use super::benchmark;
use super::catalogue::{self, Need, Scope, Timing};
use super::composed;
use super::days;
use super::drawn;
use super::explain::Explanation;
use super::judged;
use super::listing::Listing;
use super::measure::{Frame, Measure};
use super::period::{self, Grain, Period, Zone};
use super::pool::{Filters, Key, Pool, Stock};
use super::several;
use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, Team};
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::{Filter, PeriodSpec, Stat, Versus, View};
use crate::domain::sample::{SampleFact, SampleKind, Selection};
use crate::domain::ticket::Exclusion;
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
    /// Also answer what should be read beside a metric asked for alone ([`Report::beside`]).
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
    fn with_the_present(&self) -> Self {
        let mut query = self.clone();
        if query.period.to == query.as_of {
            query.period.to = query.as_of.plus_ms(1);
        }
        query
    }

    fn lists(&self) -> bool {
        self.list || self.view == View::Tickets
    }

    fn is_overview(&self) -> bool {
        self.metrics.is_empty() || self.metrics.contains(&MetricId::Scorecard)
    }

    /// The metrics to answer with, each once; the overview stands for what it consists of.
    fn asked(&self) -> Vec<MetricId> {
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
    fn beside(&self) -> &'static [MetricId] {
        match self.metrics.as_slice() {
            [id] if self.beside && !self.is_overview() => catalogue::entry(*id).beside,
            _ => &[],
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
fn reads(ids: &[MetricId], query: &Query, definitions: &Definitions) -> Vec<Selection> {
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

/// Answers a question from the samples it selected; others may be among them and change nothing.
pub fn compute(asked: &Query, definitions: &Definitions, samples: &Samples) -> Report {
    let query = &asked.with_the_present();
    let filters = Filters::new(&query.filters, definitions);
    let all = Stock::new(samples, &selections(query, definitions));
    let filtered = (!filters.is_empty()).then(|| all.filtered(&filters));
    let stock = filtered.as_ref().unwrap_or(&all);
    let counted = stock.pool();
    let clock = query.clock(definitions);
    let team = filters.only_team().map(|typed| team_typed(typed, definitions).map_or(typed, |team| &team.name));
    let desk = Desk { query, definitions, all: all.pool(), clock, filters: &filters, team };
    let groups = query.by.map(|by| desk.groups(by, stock)).unwrap_or_default();
    let course = desk.course();
    let metrics: Vec<(MetricId, &[Slice<'_>], &[Slice<'_>])> = (query.asked().into_iter())
        .map(|id| (id, groups.as_slice(), course.as_slice()))
        .chain(query.beside().iter().map(|id| (*id, &[][..], &[][..])))
        .collect();
    let mut answers = several::map(&metrics, |(id, groups, course)| desk.answer(*id, counted, groups, course));
    let beside = answers.split_off(query.asked().len());
    let hull = query.compared.iter().copied().reduce(|a, b| Period { from: a.from.min(b.from), to: a.to.max(b.to) });
    Report {
        period: Stretch::new(asked.period, query.zone),
        compared_to: hull.map(|p| Stretch::new(p, query.zone)),
        filters: filters_shown(&query.filters),
        by: query.by,
        as_of: query.as_of,
        metrics: answers,
        beside,
        asked: Asked {
            overview: query.is_overview(),
            zone: query.zone,
            versus: query.versus,
            view: query.view,
            drawn: query.drawn,
            missing: desk.missing(),
        },
    }
}

/// The team of that name, typed in lower case.
fn team_typed<'d>(typed: &str, definitions: &'d Definitions) -> Option<&'d Team> {
    definitions.teams.iter().find(|team| team.name.to_lowercase() == typed)
}

/// Filters as data: `-team` excludes.
pub fn filters_shown(filters: &[Filter]) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for filter in filters {
        let sign = if filter.exclude { "-" } else { "" };
        out.entry(format!("{sign}{}", filter.dimension.name())).or_default().extend(filter.values.iter().cloned());
    }
    out
}

/// One group of a breakdown, or one point of a course: what happened in it, and when if it is a stretch of time.
struct Slice<'a> {
    key: Key,
    what: Share<'a>,
}

/// The samples of a slice.
enum Share<'a> {
    /// Those with its value.
    Own(Box<Stock<'a>>),
    /// Those that began in a part of the period.
    Part(Period),
}

impl<'a> Slice<'a> {
    fn part(&self) -> Option<Period> {
        match self.what {
            Share::Own(_) => None,
            Share::Part(part) => Some(part),
        }
    }

    /// What of all that is counted belongs to it.
    fn pool<'p>(&'p self, counted: Pool<'p, 'a>) -> Pool<'p, 'a> {
        match &self.what {
            Share::Own(stock) => stock.pool(),
            Share::Part(part) => counted.cut(*part),
        }
    }
}

/// Where the answers are worked out.
struct Desk<'d, 'a> {
    query: &'d Query,
    definitions: &'d Definitions,
    all: Pool<'d, 'a>,
    clock: Clock,
    filters: &'d Filters,
    team: Option<&'d str>,
}

impl<'a> Desk<'_, 'a> {
    fn frame<'f>(&'f self, id: MetricId, counted: Pool<'f, 'a>, period: Period) -> Frame<'f, 'a> {
        Frame {
            counted,
            all: self.all,
            query: self.query,
            period,
            compared: &[],
            as_of: self.query.as_of,
            clock: catalogue::clock_of(id, self.clock).unwrap_or(self.clock),
            definitions: self.definitions,
            variant: self.query.variant(id),
            filters: self.filters,
            team: self.team,
            detailed: false,
            list: false,
            explain: false,
            drawn: false,
        }
    }

    fn measure(&self, id: MetricId, counted: Pool<'_, 'a>, period: Period) -> Measure {
        catalogue::entry(id).measure(&self.frame(id, counted, period)).measure
    }

    fn answer(&self, id: MetricId, counted: Pool<'_, 'a>, groups: &[Slice<'a>], course: &[Slice<'a>]) -> Answer {
        let figures = self.figures(id, counted, self.query.period, true, self.team);
        let needs = catalogue::needs(id, self.query.by, self.query.variant(id));
        let missing: Vec<&str> = needs.iter().filter(|n| !self.has(**n)).map(|n| n.text()).collect();
        let (figures, needs) = if missing.is_empty() {
            let needs = || figures.detail.missing.clone().unwrap_or_else(|| join(needs.iter().map(|n| n.text())));
            let needs = figures.value.is_none().then(needs);
            let needs = match figures.reason {
                Some(Reason::HistoryStarts(date)) => needs.map(|needs| format!("{needs}, delivered since {date}")),
                _ => needs,
            };
            (figures, needs)
        } else {
            (Figures::absent(Reason::NotConnected), Some(join(missing)))
        };
        let connected = figures.reason != Some(Reason::NotConnected);
        let clock = catalogue::clock_of(id, self.clock);
        let this_year = self.query.zone.local(self.query.as_of).year();
        let benchmark = benchmark::of(id, &self.definitions.switches, this_year);
        let divided = connected && self.query.by.is_some_and(|by| catalogue::divides(id, by));
        Answer {
            id,
            unit: figures.detail.unit.unwrap_or(id.unit()),
            better: figures.detail.better.unwrap_or(id.better()),
            clock,
            benchmark: benchmark.map(|benchmark| benchmark.beside(&figures, clock)),
            needs,
            grid: (divided && self.query.drawn).then(|| self.grid(id, counted)).flatten(),
            groups: if divided { self.breakdown(id, groups, course, counted) } else { Vec::new() },
            series: if connected { self.series(id, course, counted) } else { Vec::new() },
            variant: self.query.variant(id).map(str::to_owned),
            explanation: (self.query.view == View::Explanation).then(|| self.explanation(id, counted, &figures)),
            tickets: (self.query.view == View::Tickets && !figures.lists_tickets()).then(|| {
                Listing::new(figures.detail.contributions.clone(), figures.detail.better.unwrap_or(id.better()))
            }),
            figures,
        }
    }

    fn explanation(&self, id: MetricId, counted: Pool<'_, 'a>, figures: &Figures) -> Explanation {
        let mut excluded: BTreeMap<Exclusion, u64> = BTreeMap::new();
        for row in counted.within(SampleKind::LeftOut, self.query.period) {
            if let SampleFact::LeftOut { why } = row.fact() {
                *excluded.entry(why).or_default() += 1;
            }
        }
        let clock = catalogue::clock_of(id, self.clock);
        Explanation::new(id, clock, figures, excluded.into_iter(), self.definitions)
    }

    fn has(&self, need: Need) -> bool {
        self.frame(MetricId::Scorecard, self.all, self.query.period).has(need)
    }

    fn missing(&self) -> Vec<Need> {
        let of = |id: MetricId| catalogue::needs(id, self.query.by, self.query.variant(id));
        let needed: BTreeSet<Need> = self.query.asked().into_iter().flat_map(of).collect();
        needed.into_iter().filter(|need| !self.has(*need)).collect()
    }

    fn figures(
        &self,
        id: MetricId,
        counted: Pool<'_, 'a>,
        period: Period,
        compare: bool,
        team: Option<&str>,
    ) -> Figures {
        let compare = compare && catalogue::entry(id).timing != Timing::Now;
        let frame = Frame {
            compared: if compare { &self.query.compared } else { &[] },
            team,
            detailed: true,
            list: self.query.lists(),
            explain: self.query.view == View::Explanation,
            drawn: self.query.drawn,
            ..self.frame(id, counted, period)
        };
        Figures::of(id, &frame, self.query.stat)
    }

    /// Breaks down by a value of the samples, or by parts of the period.
    fn groups(&self, by: GroupBy, counted: &Stock<'a>) -> Vec<Slice<'a>> {
        let parts = |grain| self.slices(grain, self.begun(grain));
        match by {
            GroupBy::Time(TimeUnit::Day) => parts(Grain::Day),
            GroupBy::Time(TimeUnit::Week) => parts(Grain::Week),
            GroupBy::Time(TimeUnit::Month) => parts(Grain::Month),
            GroupBy::Time(TimeUnit::Hour | TimeUnit::Weekday) | GroupBy::Dimension(_) => {
                // What stands beside is not broken down.
                let kinds = reads(&self.query.asked(), self.query, self.definitions).iter().map(|s| s.kind).collect();
                let groups = counted.grouped(&kinds, by, self.query.zone).into_iter();
                groups.map(|(key, stock)| Slice { key, what: Share::Own(Box::new(stock)) }).collect()
            }
        }
    }

    /// The points that show the course of a value over the period.
    fn course(&self) -> Vec<Slice<'a>> {
        let whole = Period { to: self.known(), ..self.query.period };
        match Grain::of(self.query.period) {
            // Short periods are drawn with their empty days; `all` would begin with decades of nothing.
            grain @ (Grain::Hour | Grain::Day) => self.slices(grain, whole),
            grain @ Grain::Week => self.slices(grain, self.begun(grain)),
            Grain::Month => {
                let grain = Grain::of(self.begun(Grain::Day));
                self.slices(grain, self.begun(grain))
            }
        }
    }

    fn slices(&self, grain: Grain, period: Period) -> Vec<Slice<'a>> {
        let unit = match grain {
            Grain::Hour => TimeUnit::Hour,
            Grain::Day => TimeUnit::Day,
            Grain::Week => TimeUnit::Week,
            Grain::Month => TimeUnit::Month,
        };
        let slice = |part: Period| {
            let (order, name) = self.query.zone.key(unit, part.from);
            Slice { key: Key { order, name: Some(name) }, what: Share::Part(part) }
        };
        let mut parts = period::parts(period, grain, self.query.zone);
        // The present moment alone is not a part of its own.
        if let [.., before, last] = parts.as_mut_slice()
            && last.from == self.query.as_of
        {
            before.to = last.to;
            parts.pop();
        }
        parts.into_iter().map(slice).collect()
    }

    /// The period without the parts before anything was known. A part of which something is known is shown whole, and
    /// filters take nothing away: who was a customer when it began does not depend on when the first of the tickets
    /// counted came.
    fn begun(&self, grain: Grain) -> Period {
        let Period { from, to } = self.query.period;
        let first = self.all.first().unwrap_or(to);
        let begun = if first > from { self.query.zone.start(grain, first).max(from) } else { from };
        Period { from: begun, to: self.known() }
    }

    /// The end of the period, or of what is known of it.
    fn known(&self) -> Timestamp {
        self.query.period.to.min(self.query.as_of.plus_ms(1))
    }

    fn timing(&self, id: MetricId) -> Timing {
        catalogue::timing(id, self.query.variant(id))
    }

    /// What happened in a stretch of time is judged as part of the whole period; how things stood, at its end.
    fn within<'s>(&self, id: MetricId, slice: &'s Slice<'a>, counted: Pool<'s, 'a>) -> (Pool<'s, 'a>, Period) {
        match (self.timing(id), slice.part()) {
            (Timing::Snapshot | Timing::Through, Some(part)) => (counted, part),
            _ => (slice.pool(counted), self.query.period),
        }
    }

    fn breakdown(&self, id: MetricId, slices: &[Slice<'a>], course: &[Slice<'a>], counted: Pool<'_, 'a>) -> Vec<Group> {
        let layered = self.query.drawn && drawn::is_layered(id, self.query.by);
        let timing = self.timing(id);
        let by_time = matches!(self.query.by, Some(GroupBy::Time(_)));
        let chosen = slices
            .iter()
            // The start of a span says nothing about the hours in which things stood so.
            .filter(|slice| {
                !by_time
                    || timing == Timing::Flow
                    || (matches!(timing, Timing::Snapshot | Timing::Through) && slice.part().is_some())
            });
        let group = |slice: &&Slice<'a>| {
            let team = match self.query.by {
                Some(GroupBy::Dimension(Dimension::Team)) => slice.key.name.as_deref(),
                _ => self.team,
            };
            let (pool, period) = self.within(id, slice, counted);
            let figures = self.figures(id, pool, period, slice.part().is_none(), team);
            let series = if layered { self.series(id, course, pool) } else { Vec::new() };
            Group { key: slice.key.name.clone(), figures, series }
        };
        let mut groups = several::map(&chosen.collect::<Vec<_>>(), group);
        groups.retain(|group| by_time || group.figures.counts_anything());
        if !by_time {
            let size = |g: &Group| g.figures.n.map_or(g.figures.value, |n| Some(n as f64)).unwrap_or_default();
            groups.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.key.cmp(&b.key)));
        }
        groups
    }

    /// The value by weekday and hour, of what is broken down by either.
    fn grid(&self, id: MetricId, counted: Pool<'_, 'a>) -> Option<Box<Grid>> {
        if self.timing(id) != Timing::Flow || !drawn::is_gridded(self.query.by) {
            return None;
        }
        let Query { zone, period, stat, .. } = *self.query;
        let kinds = reads(&[id], self.query, self.definitions).iter().map(|s| s.kind).collect();
        let value = |pool: Pool<'_, 'a>| self.measure(id, pool, period).headline(stat);
        // In an hour of the week that has come, nothing is a number too.
        let of_nothing = value(Stock::default().pool());
        let quarters = days::quarters(self.begun(Grain::Day), zone);
        let mut grid = Box::new(quarters.map(|day| day.map(|quarters| of_nothing.filter(|_| quarters > 0))));
        for (weekday, of_day) in counted.grouped(&kinds, GroupBy::Time(TimeUnit::Weekday), zone) {
            for (hour, of_hour) in of_day.grouped(&kinds, GroupBy::Time(TimeUnit::Hour), zone) {
                let monday = i64::from(zone.week_start.num_days_from_monday());
                let day = usize::try_from((weekday.order + monday) % 7).unwrap_or_default();
                grid[day][usize::try_from(hour.order).unwrap_or_default()] = value(of_hour.pool());
            }
        }
        Some(grid)
    }

    fn series(&self, id: MetricId, course: &[Slice<'a>], counted: Pool<'_, 'a>) -> Vec<Point> {
        if matches!(self.timing(id), Timing::Now | Timing::Whole) {
            return Vec::new();
        }
        let begins = judged::begins(id, &self.frame(id, counted, self.query.period));
        let point = |slice: &Slice<'a>| {
            let (pool, period) = self.within(id, slice, counted);
            let part = slice.part().unwrap_or(period);
            if begins.is_some_and(|begins| begins >= part.to) {
                return Point { from: part.from, value: None, n: None };
            }
            let measure = self.measure(id, pool, period);
            Point { from: part.from, value: measure.headline(self.query.stat), n: measure.n() }
        };
        course.iter().map(point).collect()
    }
}

impl Figures {
    /// Whether the rows of the metric are tickets themselves.
    fn lists_tickets(&self) -> bool {
        self.rows.iter().flatten().any(|row| row.ticket().is_some())
    }

    /// Whether anything was counted, now or before.
    fn counts_anything(&self) -> bool {
        let some = |value: Option<f64>, n: Option<u64>| n.map_or(value.is_some_and(|v| v != 0.0), |n| n > 0);
        some(self.value, self.n) || self.previous.is_some_and(|p| some(p.value, p.n))
    }
}

fn join<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().collect::<Vec<_>>().join("; ")
}
