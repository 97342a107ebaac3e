//! Laws that hold for any samples.

mod answers;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::answer::{Answer, Figures, Particulars};
use super::period::{Period, Zone};
use super::*;
use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, Team};
use crate::domain::event::{Initiator, Status, SurveyKind, Target};
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::Filter;
use crate::domain::sample::{Dimensions, Elapsed, Sample, SampleFact, TicketKey};
use crate::domain::sla::{PolicyVersion, Promise, State};
use crate::domain::timestamp::Timestamp;

const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Sunday 15 November 2026, 23:00 UTC: Monday midnight in Berlin.
pub(super) const MONDAY: Timestamp = Timestamp(1_794_783_600_000);

pub(super) const BERLIN: Zone = Zone { timezone: Tz::Europe__Berlin, week_start: chrono::Weekday::Mon };

/// What happened to one ticket, as far as the numbers care.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) created: Timestamp,
    pub(super) dimensions: Dimensions,
    pub(super) customer: u8,
    pub(super) initiator: Initiator,
    pub(super) reply_after: Option<i64>,
    pub(super) solve_after: Option<i64>,
    pub(super) reopened: bool,
    pub(super) rating: Option<u8>,
    pub(super) target_s: Option<i64>,
}

impl Story {
    /// The samples of the ticket with this number, as of an instant.
    pub(super) fn samples(&self, number: usize, as_of: Timestamp) -> Vec<Sample> {
        let mut out = Vec::new();
        let known = |after: Option<i64>| after.map(|ms| self.created.plus_ms(ms)).filter(|at| *at <= as_of);
        let (reply, solve) = (known(self.reply_after), known(self.solve_after));
        let mut add = |at: Timestamp, until, fact| {
            let ticket = TicketKey { source: "helpdesk".into(), id: format!("T{number}") };
            let customer = Some(format!("c{}", self.customer));
            let names = match fact {
                SampleFact::Sla { .. } => vec![Some("standard".into()), Some(self.dimensions.priority.clone()), None],
                _ => Vec::new(),
            };
            let dimensions = self.dimensions.clone();
            out.push(Sample { ticket, at, until, customer, dimensions, fact, names, text: None });
        };
        let elapsed = |until: Timestamp| Elapsed {
            calendar_ms: until - self.created,
            business_ms: Some((until - self.created) / 3),
        };
        if self.created > as_of {
            return Vec::new();
        }
        add(self.created, None, SampleFact::Created { initiator: self.initiator });
        if let Some(at) = reply {
            add(at, None, SampleFact::FirstReply { elapsed: elapsed(at) });
            add(at, None, SampleFact::Reply { turn: 1, first: true, elapsed: elapsed(at) });
            add(at, None, SampleFact::Sent {});
        }
        let waited_until = [reply, solve].into_iter().flatten().min();
        add(self.created, waited_until, SampleFact::Waiting { unreplied: true, since: self.created });
        add(
            self.created,
            solve,
            SampleFact::Open { status: Status::Open, created: self.created, updated: None, unread: reply.is_none() },
        );
        if let Some(at) = solve {
            let solved = SampleFact::Solve {
                elapsed: (!self.reopened).then(|| elapsed(at)),
                last: !self.reopened,
                reopens: u32::from(self.reopened),
                hard_reopens: u32::from(self.reopened),
                human: reply.is_some(),
            };
            add(at, None, solved);
            if !self.reopened {
                let replies = u32::from(reply.is_some());
                let contact = SampleFact::Contact {
                    human: reply.is_some(),
                    turns: replies,
                    people: replies,
                    reopened: false,
                    reopened_hard: false,
                    touches: replies,
                };
                add(at, None, contact);
            }
            if self.reopened {
                add(
                    at.plus_ms(1),
                    None,
                    SampleFact::Open {
                        status: Status::Open,
                        created: self.created,
                        updated: None,
                        unread: reply.is_none(),
                    },
                );
            }
            if let Some(value) = self.rating {
                let value = f64::from(value);
                let human = reply.is_some();
                let rating = SampleFact::Rating {
                    survey: SurveyKind::Csat,
                    scale: 5,
                    value,
                    version: None,
                    transactional: true,
                    human,
                    commented: false,
                    answered: at.plus_ms(HOUR),
                    followed_up: None,
                };
                add(at.plus_ms(HOUR), None, rating);
            }
        }
        if let Some(target_s) = self.target_s {
            add(self.created, None, SampleFact::Promised {});
            let deadline = self.created.plus_s(target_s);
            let (state, decided) = match reply {
                Some(at) if at <= deadline => (State::Met, Some(at)),
                _ if deadline < as_of => (State::Breached, Some(deadline)),
                _ => (State::Running, None),
            };
            let promise = Promise {
                target: Target::FirstResponse,
                cycle: 1,
                target_s,
                started: self.created,
                elapsed_ms: 0,
                elapsed_at: self.created,
                state,
                deadline: (state == State::Running).then_some(deadline),
                decided_at: decided,
                fulfilled_at: reply,
                overrun_ms: reply.filter(|_| state == State::Breached).map(|at| at - deadline),
                overrun_until: None,
                version: PolicyVersion::Configured(1),
            };
            add(decided.unwrap_or(deadline), decided, SampleFact::Sla { promise });
        }
        out
    }
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    let word =
        |words: &'static [&'static str]| proptest::option::of(prop::sample::select(words).prop_map(str::to_owned));
    let dimensions = (
        word(&["billing", "tier2"]),
        word(&["Ana", "Ben", "Cem"]),
        word(&["email", "chat"]),
        prop::sample::select(&["low", "normal", "urgent"][..]),
        prop::sample::subsequence(vec!["bug", "vip"], 0..=2),
        word(&["login", "invoice"]),
        word(&["gold"]),
    )
        .prop_map(|(team, agent, channel, priority, tags, category, tier)| Dimensions {
            team,
            agent,
            channel,
            priority: priority.to_owned(),
            tags: tags.into_iter().map(str::to_owned).collect(),
            category,
            tier,
        });
    let initiator =
        prop::sample::select(&[Initiator::Customer, Initiator::Customer, Initiator::System, Initiator::Agent][..]);
    let after = || proptest::option::weighted(0.8, 1..5 * DAY);
    (
        (0..20 * DAY, dimensions, 0..6u8, initiator),
        (
            after(),
            after(),
            proptest::bool::weighted(0.2),
            proptest::option::of(1..=5u8),
            proptest::option::of(600..200_000i64),
        ),
    )
        .prop_map(
            |((created, dimensions, customer, initiator), (reply_after, solve_after, reopened, rating, target_s))| {
                Story {
                    created: MONDAY.plus_ms(created - 20 * DAY),
                    dimensions,
                    customer,
                    initiator,
                    reply_after,
                    solve_after,
                    reopened,
                    rating,
                    target_s,
                }
            },
        )
}

pub(super) fn samples(stories: &[Story], as_of: Timestamp) -> Samples {
    Samples::from_samples(plainly(stories, as_of))
}

pub(super) fn plainly(stories: &[Story], as_of: Timestamp) -> Vec<Sample> {
    stories.iter().enumerate().flat_map(|(n, s)| s.samples(n, as_of)).collect()
}

pub(super) fn week() -> Query {
    let mut query = Query::over(Period { from: MONDAY.plus_ms(-7 * DAY), to: MONDAY }, MONDAY);
    query.zone = BERLIN;
    query
}

fn one(query: &Query, samples: &Samples) -> Answer {
    compute(query, &Definitions::default(), samples).metrics.remove(0)
}

pub(super) fn asking(id: MetricId, query: &Query, samples: &Samples) -> Figures {
    one(&Query { metrics: vec![id], ..query.clone() }, samples).figures
}

/// What adds up: counts, and both sides of rates that are decided sample by sample.
const ADDITIVE: [MetricId; 9] = [
    MetricId::TicketVolume,
    MetricId::TicketsSolved,
    MetricId::SlaBreaches,
    MetricId::SlaAttainment,
    MetricId::Csat,
    MetricId::FirstContactResolution,
    MetricId::WorkloadBreakdown,
    MetricId::TopIssues,
    MetricId::RepliesSent,
];

fn parts(figures: &Figures) -> (u64, u64) {
    let count = figures.value.unwrap_or_default() as u64;
    (figures.detail.numerator.unwrap_or(count), figures.detail.denominator.unwrap_or(count))
}

fn sum(all: impl IntoIterator<Item = (u64, u64)>) -> (u64, u64) {
    all.into_iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
}

fn filter(dimension: Dimension, value: &str, exclude: bool) -> Filter {
    Filter { dimension, values: vec![value.to_owned()], exclude, position: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_course_counted_on_the_way_is_that_of_its_days(stories in prop::collection::vec(story(), 0..40), business in any::<bool>()) {
        let samples = samples(&stories, MONDAY);
        let clock = Some(if business { Clock::Business } else { Clock::Calendar });
        let counted_on_the_way = [
            MetricId::FirstResponseTime,
            MetricId::ResolutionTime,
            MetricId::FirstContactResolution,
            MetricId::TicketVolume,
            MetricId::TicketsSolved,
            MetricId::TopIssues,
            MetricId::SlaAttainment,
        ];
        for id in counted_on_the_way {
            let by = Some(GroupBy::Time(TimeUnit::Day));
            let answer = one(&Query { metrics: vec![id], by, clock, ..week() }, &samples);
            // Days before anything happened are drawn, but are no groups.
            let drawn = answer.series.iter().map(|point| (point.value, point.n)).rev();
            let days = answer.groups.iter().map(|day| (day.figures.value, day.figures.n)).rev();
            for (drawn, day) in drawn.zip(days) {
                prop_assert_eq!(drawn, day, "{}", id);
            }
        }
    }

    /// An overview for people finds out less than one for programs, but nothing else.
    #[test]
    fn people_and_programs_are_told_the_same_numbers(stories in prop::collection::vec(story(), 0..40), by_tag in any::<bool>()) {
        let samples = samples(&stories, MONDAY);
        let by = by_tag.then_some(GroupBy::Dimension(Dimension::Tag));
        let told = |beside: bool| {
            let report = compute(&Query { by, beside, ..week() }, &Definitions::default(), &samples);
            let mut told = serde_json::to_value(&report.metrics).expect("plain data");
            // Which tickets wait is listed for programs only, and people see the course of the volume alone.
            for answer in told.as_array_mut().expect("a list") {
                let lists = answer["id"] == MetricId::UnrepliedTickets.id();
                if answer["id"] != MetricId::TicketVolume.id() {
                    answer["series"].take();
                }
                let figures = answer.as_object_mut().expect("an object");
                figures.retain(|key, _| !(lists && key == "rows"));
                for group in figures["groups"].as_array_mut().expect("a list") {
                    group.as_object_mut().expect("an object").retain(|key, _| !(lists && key == "rows"));
                }
            }
            told
        };
        prop_assert_eq!(told(true), told(false));
    }

    #[test]
    fn a_period_split_anywhere_sums_to_the_whole(stories in prop::collection::vec(story(), 0..40), cut in 0..7 * DAY) {
        let samples = samples(&stories, MONDAY);
        let whole = week();
        let middle = whole.period.from.plus_ms(cut);
        for id in ADDITIVE {
            let left = Query { period: Period { to: middle, ..whole.period }, ..whole.clone() };
            let right = Query { period: Period { from: middle, ..whole.period }, ..whole.clone() };
            let halves = [&left, &right].map(|q| parts(&asking(id, q, &samples)));
            prop_assert_eq!(sum(halves), parts(&asking(id, &whole, &samples)), "{}", id);
        }
        let flow = |q: &Query| asking(MetricId::NetFlow, q, &samples).value.unwrap_or_default();
        let left = Query { period: Period { to: middle, ..whole.period }, ..whole.clone() };
        let right = Query { period: Period { from: middle, ..whole.period }, ..whole.clone() };
        prop_assert_eq!(flow(&left) + flow(&right), flow(&whole));
    }

    #[test]
    fn a_rate_lies_inside_its_interval(stories in prop::collection::vec(story(), 0..40)) {
        let samples = samples(&stories, MONDAY);
        for id in MetricId::ALL {
            let figures = asking(*id, &week(), &samples);
            if let (Some(low), Some(value), Some(high)) = (figures.low, figures.value, figures.high) {
                prop_assert!(low <= value && value <= high, "{}: {} not in {}–{}", id, value, low, high);
            }
        }
    }

    #[test]
    fn the_order_of_samples_does_not_matter(
        (stories, shuffled) in prop::collection::vec(story(), 0..30).prop_flat_map(|stories| {
            let all = plainly(&stories, MONDAY);
            (Just(all.clone()), Just(all).prop_shuffle())
        }),
        by in prop::sample::select(&GroupBy::ALL[..]),
    ) {
        let query = Query { by: Some(by), compared: vec![Period { from: MONDAY.plus_ms(-14 * DAY), to: MONDAY.plus_ms(-7 * DAY) }], ..week() };
        let definitions = Definitions::default();
        let answer = |samples| compute(&query, &definitions, &Samples::from_samples(samples));
        prop_assert_eq!(answer(stories), answer(shuffled));
    }

    #[test]
    fn the_values_of_a_dimension_sum_to_all(stories in prop::collection::vec(story(), 0..40)) {
        let samples = samples(&stories, MONDAY);
        for (dimension, values) in [
            (Dimension::Team, &["billing", "tier2"][..]),
            (Dimension::Agent, &["Ana", "Ben", "Cem"]),
            (Dimension::Channel, &["email", "chat"]),
            (Dimension::Priority, &["low", "normal", "urgent"]),
            (Dimension::Category, &["login", "invoice"]),
            (Dimension::Source, &["helpdesk"]),
            (Dimension::Tier, &["gold"]),
        ] {
            let mut queries: Vec<Query> =
                values.iter().map(|v| Query { filters: vec![filter(dimension, v, false)], ..week() }).collect();
            queries.push(Query { filters: values.iter().map(|v| filter(dimension, v, true)).collect(), ..week() });
            for id in ADDITIVE {
                let each = queries.iter().map(|q| parts(&asking(id, q, &samples)));
                prop_assert_eq!(sum(each), parts(&asking(id, &week(), &samples)), "{} by {:?}", id, dimension);
                let grouped = one(&Query { metrics: vec![id], by: Some(GroupBy::Dimension(dimension)), ..week() }, &samples);
                prop_assert_eq!(sum(grouped.groups.iter().map(|g| parts(&g.figures))), parts(&grouped.figures), "{}", id);
            }
        }
    }

    #[test]
    fn a_group_is_what_its_filter_finds(stories in prop::collection::vec(story(), 0..40)) {
        let samples = samples(&stories, MONDAY);
        // As data: of an overview, people are told less of each metric.
        let in_full = || Query { beside: false, ..week() };
        for id in MetricId::ALL {
            let grouped = one(&Query { metrics: vec![*id], by: Some(GroupBy::Dimension(Dimension::Tag)), ..in_full() }, &samples);
            for group in &grouped.groups {
                let Some(tag) = &group.key else { continue };
                let by = Some(GroupBy::Dimension(Dimension::Tag));
                let alone = asking(grouped.id, &Query { by, filters: vec![filter(Dimension::Tag, tag, false)], ..in_full() }, &samples);
                prop_assert_eq!(&group.figures, &alone, "{} {}", id, tag);
            }
        }
    }

    #[test]
    fn days_and_weekdays_sum_to_the_week(stories in prop::collection::vec(story(), 0..40)) {
        let samples = samples(&stories, MONDAY);
        for unit in [TimeUnit::Hour, TimeUnit::Weekday, TimeUnit::Day, TimeUnit::Week, TimeUnit::Month] {
            for id in ADDITIVE {
                let grouped = one(&Query { metrics: vec![id], by: Some(GroupBy::Time(unit)), ..week() }, &samples);
                prop_assert_eq!(sum(grouped.groups.iter().map(|g| parts(&g.figures))), parts(&grouped.figures), "{} by {:?}", id, unit);
            }
        }
    }

    #[test]
    fn closing_backlog_is_opening_and_net_flow(stories in prop::collection::vec(story(), 0..40)) {
        let samples = samples(&stories, MONDAY);
        let figures = asking(MetricId::NetFlow, &week(), &samples);
        let Particulars::Flow { opening, closing } = figures.detail.particulars else { panic!("net flow has both ends") };
        prop_assert_eq!(opening as f64 + figures.value.expect("counted"), closing as f64);
        prop_assert_eq!(asking(MetricId::Backlog, &week(), &samples).value, Some(closing as f64));
    }
}
