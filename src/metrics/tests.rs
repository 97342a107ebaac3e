//! Laws that hold for any samples, and the public shape of an answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::answer::{Answer, Figures, Particulars, Reason};
use super::period::{Period, Zone};
use super::*;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, Team};
use crate::domain::event::{Initiator, Status, SurveyKind, Target};
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::{Filter, PeriodSpec, RollingUnit, Stat, Versus};
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
        for id in MetricId::ALL {
            let grouped = one(&Query { metrics: vec![*id], by: Some(GroupBy::Dimension(Dimension::Tag)), ..week() }, &samples);
            for group in &grouped.groups {
                let Some(tag) = &group.key else { continue };
                let by = Some(GroupBy::Dimension(Dimension::Tag));
                let alone = asking(grouped.id, &Query { by, filters: vec![filter(Dimension::Tag, tag, false)], ..week() }, &samples);
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

fn plain(created: Timestamp) -> Story {
    Story {
        created,
        dimensions: Dimensions { priority: "normal".into(), ..Dimensions::default() },
        customer: 0,
        initiator: Initiator::Customer,
        reply_after: Some(HOUR),
        solve_after: Some(2 * HOUR),
        reopened: false,
        rating: None,
        target_s: None,
    }
}

#[test]
fn a_cohort_is_judged_at_the_end_of_the_period_whatever_its_day() {
    let stories: Vec<Story> =
        (1..=3).map(|n| Story { solve_after: Some(30 * HOUR), ..plain(MONDAY.plus_ms(-n * DAY)) }).collect();
    let query = Query { metrics: vec![MetricId::ResolutionRate], by: Some(GroupBy::Time(TimeUnit::Day)), ..week() };
    let answer = one(&query, &samples(&stories, MONDAY));
    let by_day: Vec<Option<f64>> = answer.groups.iter().map(|g| g.figures.value).collect();
    assert_eq!(by_day, [Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(answer.series.iter().map(|p| p.value).collect::<Vec<_>>()[4..], [Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn the_json_is_the_public_contract() {
    let stories: Vec<Story> = (0..3).map(|n| plain(MONDAY.plus_ms((n - 5) * DAY))).collect();
    let spec = PeriodSpec::Last(7, RollingUnit::Days);
    let mut query = Query::new(spec, Versus::Previous, MONDAY.plus_ms(-HOUR), BERLIN);
    query.metrics = vec![MetricId::FirstResponseTime, MetricId::UnrepliedTickets];
    query.by = Some(GroupBy::Dimension(Dimension::Priority));
    query.filters = vec![filter(Dimension::Channel, "phone", true)];
    let report = compute(&query, &Definitions::default(), &samples(&stories, MONDAY));
    let json = serde_json::to_value(&report).expect("plain data");
    let keys = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let set = |words: &str| words.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(keys(&json), set("period compared_to filters by as_of metrics"));
    assert_eq!(keys(&json["period"]), set("from to timezone"));
    let figures = "value stat n p90 mean low high previous change significant target met reason coverage";
    let answer = format!("{figures} id unit better clock benchmark needs groups series");
    assert_eq!(keys(&json["metrics"][0]), set(&answer));
    assert_eq!(keys(&json["metrics"][1]), set(&format!("{answer} rows")));
    assert_eq!(keys(&json["metrics"][0]["groups"][0]), set(&format!("{figures} key")));
    assert_eq!(keys(&json["metrics"][0]["series"][0]), set("from value n"));
    assert_eq!(json["by"], "priority");
    assert_eq!(json["filters"], serde_json::json!({"-channel": ["phone"]}));
    assert_eq!(json["metrics"][0]["value"], 3600.0);
    assert_eq!(json["metrics"][0]["stat"], "median");
    assert_eq!(json["metrics"][0]["unit"], "seconds");
    assert_eq!(json["period"]["from"], "2026-11-08T23:00:00.000Z");
}

#[test]
fn one_clock_an_answer() {
    let calendar = Calendar::new(CalendarDefinition { timezone: "UTC".into(), ..CalendarDefinition::default() });
    let mut definitions = Definitions {
        calendars: [("office".to_owned(), Arc::new(calendar.expect("valid")))].into(),
        teams: vec![Team { name: "Billing".into(), ids: vec!["7".into()], calendar: Some("office".into()) }],
        ..Definitions::default()
    };
    let for_team = |team: &str| Query { filters: vec![filter(Dimension::Team, team, false)], ..week() };
    assert_eq!(week().clock(&definitions), Clock::Calendar);
    assert_eq!(for_team("billing").clock(&definitions), Clock::Business);
    assert_eq!(for_team("7").clock(&definitions), Clock::Business);
    assert_eq!(for_team("sales").clock(&definitions), Clock::Calendar);
    definitions.default_calendar = Some("office".into());
    assert_eq!(week().clock(&definitions), Clock::Business);
    assert_eq!(Query { clock: Some(Clock::Calendar), ..week() }.clock(&definitions), Clock::Calendar);
    let stories = [plain(MONDAY.plus_ms(-DAY))];
    let report = compute(&week(), &definitions, &samples(&stories, MONDAY));
    let clock = |id| report.metrics.iter().find(|a| a.id == id).and_then(|a| a.clock);
    assert_eq!(clock(MetricId::FirstResponseTime), Some(Clock::Business));
    assert_eq!(clock(MetricId::BacklogAge), Some(Clock::Calendar));
    assert_eq!(clock(MetricId::TicketVolume), None);
}

#[test]
fn nothing_and_not_connected_are_different_answers() {
    let history = Some([Need::Tickets, Need::Messages].map(|need| (need, Timestamp::MIN)).into());
    let query =
        Query { history, metrics: vec![MetricId::TicketVolume, MetricId::FirstResponseTime, MetricId::Csat], ..week() };
    let report = compute(&query, &Definitions::default(), &Samples::default());
    let [volume, frt, csat] = &report.metrics[..] else { panic!("three answers") };
    assert_eq!((volume.figures.value, &volume.needs), (Some(0.0), &None));
    assert_eq!((frt.figures.value, frt.figures.n, frt.figures.reason), (None, Some(0), Some(Reason::NoData)));
    assert_eq!((csat.figures.value, csat.figures.n, csat.figures.reason), (None, Some(0), Some(Reason::NotConnected)));
    assert!(csat.needs.as_deref().is_some_and(|needs| needs.contains("rating_received")));
    assert_eq!(report.asked.missing, [Need::Ratings]);
    assert_eq!(asking(MetricId::SlaBreaches, &week(), &Samples::default()).reason, Some(Reason::NotConnected));
}

#[test]
fn a_team_may_have_a_target_of_its_own() {
    let mut stories: Vec<Story> = (1..=2).map(|n| plain(MONDAY.plus_ms(-n * DAY))).collect();
    stories[0].dimensions.team = Some("billing".into());
    let mut query =
        Query { metrics: vec![MetricId::FirstResponseTime], by: Some(GroupBy::Dimension(Dimension::Team)), ..week() };
    query.targets.all.insert(MetricId::FirstResponseTime, 7200.0);
    query.targets.teams.entry("Billing".into()).or_default().insert(MetricId::FirstResponseTime, 1800.0);
    let answer = one(&query, &samples(&stories, MONDAY));
    assert_eq!((answer.figures.target, answer.figures.met), (Some(7200.0), Some(true)));
    let of = |key: Option<&str>| {
        answer.groups.iter().find(|g| g.key.as_deref() == key).map(|g| (g.figures.target, g.figures.met))
    };
    assert_eq!(of(Some("billing")), Some((Some(1800.0), Some(false))));
    assert_eq!(of(None), Some((Some(7200.0), Some(true))));
}

#[test]
fn the_statistic_asked_for_is_the_headline() {
    let stories: Vec<Story> =
        (1..=3).map(|n| Story { reply_after: Some(n * n * HOUR), ..plain(MONDAY.plus_ms(-3 * DAY)) }).collect();
    let samples = samples(&stories, MONDAY);
    let value = |stat| asking(MetricId::FirstResponseTime, &Query { stat, ..week() }, &samples).value.expect("three");
    assert_eq!(value(None), 4.0 * 3600.0);
    assert_eq!(value(Some(Stat::Mean)), 14.0 * 1200.0);
    assert_eq!(value(Some(Stat::P90)), 8.0 * 3600.0);
}

#[test]
fn four_weeks_before_are_one_mean() {
    let weekly =
        |week: i64, tickets: i64| (0..tickets).map(move |n| plain(MONDAY.plus_ms(-week * 7 * DAY - n * HOUR - DAY)));
    let stories: Vec<Story> =
        [(0, 30), (1, 10), (2, 12), (3, 8), (4, 10)].into_iter().flat_map(|(w, n)| weekly(w, n)).collect();
    let spec = PeriodSpec::LastWhole(crate::domain::query::PeriodUnit::Week);
    let mut query = Query::new(spec, Versus::Average, MONDAY, BERLIN);
    query.metrics = vec![MetricId::TicketVolume];
    let figures = one(&query, &samples(&stories, MONDAY)).figures;
    assert_eq!(figures.previous.and_then(|p| p.value), Some(10.0));
    assert_eq!((figures.change, figures.significant), (Some(2.0), Some(true)));
}

#[test]
fn selections_of_a_kind_do_not_overlap() {
    let spec = PeriodSpec::Last(30, RollingUnit::Days);
    let query = Query::new(spec, Versus::Average, MONDAY, BERLIN);
    let wanted = selections(&query, &Definitions::default());
    for (n, a) in wanted.iter().enumerate() {
        for b in &wanted[n + 1..] {
            assert!(a.kind != b.kind || a.to < b.from || b.to < a.from, "{a:?} and {b:?}");
        }
    }
}
