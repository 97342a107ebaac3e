//! From a question and its samples to the answer: the whole, its parts, its course.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use chrono::Datelike;

use super::answer::{Answer, Asked, Figures, Grid, Group, Point, Reason, Report, Stretch};
use super::benchmark;
use super::catalogue::{self, Need, Timing};
use super::course::Drawn;
use super::days;
use super::drawn;
use super::explain::Explanation;
use super::frame::Frame;
use super::frequent::{Frequent, frequent};
use super::judged;
use super::listing::Listing;
use super::measure::Measure;
use super::period::{self, Grain, Period};
use super::pool::{Filters, Key, Pool, Stock};
use super::query::{Query, reads, selections, team_typed};
use super::several;
use super::slice::{Share, Slice};
use crate::domain::columns::Samples;
use crate::domain::definitions::Definitions;
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::{Filter, View};
use crate::domain::sample::{SampleFact, SampleKind};
use crate::domain::ticket::Exclusion;
use crate::domain::timestamp::Timestamp;

/// Answers a question from the samples it selected; others may be among them and change nothing.
pub fn compute(question: &Query, definitions: &Definitions, samples: &Samples) -> Report {
    let query = &question.with_the_present();
    let filters = Filters::new(&query.filters, definitions);
    let all = Stock::new(samples, &selections(query, definitions));
    let filtered = (!filters.is_empty()).then(|| all.filtered(&filters));
    let stock = filtered.as_ref().unwrap_or(&all);
    let counted = stock.pool();
    let clock = query.clock(definitions);
    let team = filters.only_team().map(|typed| team_typed(typed, definitions).map_or(typed, |team| &team.name));
    let desk = Desk { query, definitions, all: all.pool(), clock, filters: &filters, team };
    let course = desk.course();
    // Parts of the period are known at once. Dividing samples takes its time, in which something else can be done.
    let parts = query.by.and_then(|by| desk.parts(by));
    let instants = desk.instants(&course, parts.as_deref().unwrap_or_default());
    [&all, stock].into_iter().for_each(|stock| stock.expect(&instants));
    let divided = OnceLock::new();
    let groups = || match (&parts, query.by) {
        (Some(parts), _) => parts.as_slice(),
        (None, None) => &[],
        (None, Some(by)) => divided.get_or_init(|| {
            let groups = desk.divided(by, stock);
            groups.iter().filter_map(Slice::stock).for_each(|stock| stock.expect(&instants));
            groups
        }),
    };
    let asked = query.asked().into_iter().map(Job::Asked);
    let beside = query.beside().iter().copied().map(Job::Beside);
    let jobs: Vec<Job> = asked.chain(beside).chain(query.beside.then_some(Job::Frequent)).collect();
    let done = several::map(&jobs, |job| match job {
        Job::Asked(id) => Done::Answer(Box::new(desk.answer(*id, counted, &groups, &course))),
        // What stands beside is not broken down.
        Job::Beside(id) => Done::Answer(Box::new(desk.answer(*id, counted, &|| &[], &[]))),
        Job::Frequent => Done::Frequent(frequent(samples)),
    });
    let (mut answers, mut frequent) = (Vec::with_capacity(done.len()), Frequent::new());
    for done in done {
        match done {
            Done::Answer(answer) => answers.push(*answer),
            Done::Frequent(found) => frequent = found,
        }
    }
    let beside = answers.split_off(query.asked().len());
    let hull = query.compared.iter().copied().reduce(|a, b| Period { from: a.from.min(b.from), to: a.to.max(b.to) });
    Report {
        period: Stretch::new(question.period, query.zone),
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
            frequent,
        },
    }
}

/// What is done for an answer, side by side.
enum Job {
    /// A metric that was asked for.
    Asked(MetricId),
    /// One that should be read beside it.
    Beside(MetricId),
    /// What the answer can be narrowed to.
    Frequent,
}

/// What came of it.
enum Done {
    Answer(Box<Answer>),
    Frequent(Frequent),
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

/// What is found out together with a number.
#[derive(Clone, Copy)]
struct Beside<'f> {
    /// What it was before.
    compare: bool,
    /// What it is in these parts.
    parts: &'f [Period],
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
            parts: &[],
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

    fn answer<'s>(
        &self,
        id: MetricId,
        counted: Pool<'s, 'a>,
        groups: &(impl Fn() -> &'s [Slice<'a>] + Sync),
        course: &'s [Slice<'a>],
    ) -> Answer
    where
        'a: 's,
    {
        let course = if self.query.shows_course(id) { course } else { &[] };
        let (mut figures, groups) = self.whole_and_groups(id, counted, groups, course);
        let drawn = figures.detail.course.take();
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
        let divided = connected && self.is_divided(id);
        Answer {
            id,
            unit: figures.detail.unit.unwrap_or(id.unit()),
            better: figures.detail.better.unwrap_or(id.better()),
            clock,
            benchmark: benchmark.map(|benchmark| benchmark.beside(&figures, clock)),
            needs,
            grid: (divided && self.query.drawn).then(|| self.grid(id, counted)).flatten(),
            groups: if divided { groups } else { Vec::new() },
            series: if connected { self.series(id, course, counted, drawn.as_deref()) } else { Vec::new() },
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
        Beside { compare, parts }: Beside<'_>,
        team: Option<&str>,
    ) -> Figures {
        let compare = compare && catalogue::entry(id).timing != Timing::Now;
        let frame = Frame {
            compared: if compare { &self.query.compared } else { &[] },
            parts,
            team,
            detailed: !self.query.is_brief(id) || catalogue::TOLD_MORE.contains(&id),
            list: self.query.lists(),
            explain: self.query.view == View::Explanation,
            drawn: self.query.drawn,
            ..self.frame(id, counted, period)
        };
        Figures::of(id, &frame, self.query.stat)
    }

    /// The parts of the period by which something is broken down; `None` where it is by a value of the samples.
    fn parts(&self, by: GroupBy) -> Option<Vec<Slice<'a>>> {
        let grain = match by {
            GroupBy::Time(TimeUnit::Day) => Grain::Day,
            GroupBy::Time(TimeUnit::Week) => Grain::Week,
            GroupBy::Time(TimeUnit::Month) => Grain::Month,
            GroupBy::Time(TimeUnit::Hour | TimeUnit::Weekday) | GroupBy::Dimension(_) => return None,
        };
        Some(self.slices(grain, self.begun(grain)))
    }

    /// The samples of the metrics asked for, by a value of them.
    fn divided(&self, by: GroupBy, counted: &Stock<'a>) -> Vec<Slice<'a>> {
        let kinds = reads(&self.query.asked(), self.query, self.definitions).iter().map(|s| s.kind).collect();
        let groups = counted.grouped(&kinds, by, self.query.zone).into_iter();
        groups.map(|(key, stock)| Slice { key, what: Share::Own(Box::new(stock)) }).collect()
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

    /// When metrics will ask how things stand: at the ends of everything that is measured.
    fn instants(&self, course: &[Slice<'a>], groups: &[Slice<'a>]) -> Arc<[Timestamp]> {
        let stands = |id: &MetricId| matches!(self.timing(*id), Timing::Snapshot | Timing::Through);
        let is_seen = self.query.asked().iter().any(|id| stands(id) && self.query.shows_course(*id));
        let parts = if is_seen { course } else { &[] }.iter().chain(groups).filter_map(Slice::part);
        let whole = std::iter::once(self.query.period).chain(self.query.compared.iter().copied());
        let ends = parts.chain(whole).flat_map(|period| [period.from, period.to]);
        ends.map(|at| at.min(self.query.as_of)).collect::<BTreeSet<_>>().into_iter().collect()
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

    fn is_divided(&self, id: MetricId) -> bool {
        self.query.by.is_some_and(|by| catalogue::divides(id, by))
    }

    /// The figures of all that is counted, and those of each group. The whole takes about as long as its groups together.
    fn whole_and_groups<'s>(
        &self,
        id: MetricId,
        counted: Pool<'s, 'a>,
        groups: &(impl Fn() -> &'s [Slice<'a>] + Sync),
        course: &'s [Slice<'a>],
    ) -> (Figures, Vec<Group>)
    where
        'a: 's,
    {
        if !self.is_divided(id) {
            return (self.whole(id, counted, course), Vec::new());
        }
        let by_group = || {
            let mut groups = several::map(&self.chosen(id, groups()), |slice| self.group(id, slice, course, counted));
            self.arrange(&mut groups);
            groups
        };
        let (groups, whole) = several::both(by_group, || self.whole(id, counted, course));
        (whole, groups)
    }

    fn whole(&self, id: MetricId, counted: Pool<'_, 'a>, course: &[Slice<'a>]) -> Figures {
        let parts: Vec<Period> = course.iter().filter_map(Slice::part).collect();
        self.figures(id, counted, self.query.period, Beside { compare: true, parts: &parts }, self.team)
    }

    /// The groups of which the metric can be said.
    fn chosen<'s>(&self, id: MetricId, slices: &'s [Slice<'a>]) -> Vec<&'s Slice<'a>> {
        let timing = self.timing(id);
        // The start of a span says nothing about the hours in which things stood so.
        let is_chosen = |slice: &&Slice<'a>| {
            !self.is_by_time()
                || timing == Timing::Flow
                || (matches!(timing, Timing::Snapshot | Timing::Through) && slice.part().is_some())
        };
        slices.iter().filter(is_chosen).collect()
    }

    const fn is_by_time(&self) -> bool {
        matches!(self.query.by, Some(GroupBy::Time(_)))
    }

    fn group(&self, id: MetricId, slice: &Slice<'a>, course: &[Slice<'a>], counted: Pool<'_, 'a>) -> Group {
        let team = match self.query.by {
            Some(GroupBy::Dimension(Dimension::Team)) => slice.key.name.as_deref(),
            _ => self.team,
        };
        let (pool, period) = self.within(id, slice, counted);
        let beside = Beside { compare: slice.part().is_none(), parts: &[] };
        let figures = self.figures(id, pool, period, beside, team);
        let layered = self.query.drawn && drawn::is_layered(id, self.query.by);
        let series = if layered { self.series(id, course, pool, None) } else { Vec::new() };
        Group { key: slice.key.name.clone(), figures, series }
    }

    /// Leaves out groups in which nothing was counted, and puts the largest first; times stay in their order.
    fn arrange(&self, groups: &mut Vec<Group>) {
        if self.is_by_time() {
            return;
        }
        groups.retain(|group| group.figures.counts_anything());
        let size = |g: &Group| g.figures.n.map_or(g.figures.value, |n| Some(n as f64)).unwrap_or_default();
        groups.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.key.cmp(&b.key)));
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

    fn series(&self, id: MetricId, course: &[Slice<'a>], counted: Pool<'_, 'a>, drawn: Option<&[Drawn]>) -> Vec<Point> {
        if matches!(self.timing(id), Timing::Now | Timing::Whole) {
            return Vec::new();
        }
        let begins = judged::begins(id, &self.frame(id, counted, self.query.period));
        let point = |(n, slice): (usize, &Slice<'a>)| {
            let (pool, period) = self.within(id, slice, counted);
            let part = slice.part().unwrap_or(period);
            if begins.is_some_and(|begins| begins >= part.to) {
                return Point { from: part.from, value: None, n: None };
            }
            let (value, n) = drawn.and_then(|drawn| drawn.get(n)).copied().unwrap_or_else(|| {
                let measure = self.measure(id, pool, period);
                (measure.headline(self.query.stat), measure.n())
            });
            Point { from: part.from, value, n }
        };
        course.iter().enumerate().map(point).collect()
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
