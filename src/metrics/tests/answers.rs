//! The public shape of an answer, and what it says where there is nothing to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::query::{PeriodSpec, RollingUnit, Stat, Versus};
use crate::metrics::answer::Reason;

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
