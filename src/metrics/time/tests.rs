//! The edges of effort and busyness, each from what happened to what is said.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::columns::Samples;
use crate::domain::event::Event;
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::Filter;
use crate::domain::sample::TicketKey;
use crate::domain::thread;
use crate::metrics::answer::{Figures, Row as Line};
use crate::metrics::period::Zone;
use crate::metrics::{Query, compute, present};

/// The Saturday on which everything begins, in UTC.
const MIDNIGHT: Timestamp = Timestamp(1_709_942_400_000);
const DAY: i64 = 1440;

pub(in crate::metrics) fn minute(n: i64) -> Timestamp {
    MIDNIGHT.plus_s(n * 60)
}

/// Samples of `minute ticket actor type {data}` lines; `-` is no ticket, `@n` in the data the time of minute `n`.
pub(in crate::metrics) fn told(lines: &[&str], d: &Definitions) -> Samples {
    let mut threads: BTreeMap<TicketKey, Vec<Event>> = BTreeMap::new();
    for (seq, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [at, ticket, actor, name, data] = words[..] else { panic!("five words: {line}") };
        let (kind, id) = actor.split_once(':').expect("kind:id");
        let mut data = data.to_owned();
        while let Some((before, rest)) = data.clone().split_once('@') {
            let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
            let time = minute(rest[..end].parse().expect("a minute"));
            data = format!("{before}{time}{}", &rest[end..]);
        }
        let ticket = if ticket == "-" { "null".to_owned() } else { format!("{ticket:?}") };
        let ts = minute(at.parse().expect("a minute"));
        let text = format!(
            r#"{{"event_id":"e{seq}","seq":{seq},"ts":"{ts}","type":"{name}","ticket":{ticket},"actor":{{"kind":"{kind}","id":"{id}"}},"data":{data}}}"#
        );
        let event = Event::parse(&text).unwrap_or_else(|e| panic!("{line}: {e}"));
        threads.entry(thread::key_of(&event, "desk")).or_default().push(event);
    }
    Samples::from_samples(threads.iter().flat_map(|(key, events)| thread::samples_of(key, events, d).1))
}

/// A question about the minutes from `from` to `to`, asked long after.
pub(in crate::metrics) fn question(id: MetricId, from: i64, to: i64) -> Query {
    let mut query = Query::over(Period { from: minute(from), to: minute(to) }, minute(100 * DAY));
    query.metrics = vec![id];
    query.clock = Some(Clock::Calendar);
    query.list = true;
    query
}

pub(in crate::metrics) fn figures(query: &Query, lines: &[&str], d: &Definitions) -> Figures {
    compute(query, d, &told(lines, d)).metrics.remove(0).figures
}

/// The line of the first day.
pub(in crate::metrics) fn line(id: MetricId, lines: &[&str], d: &Definitions) -> String {
    let report = compute(&question(id, 0, DAY), d, &told(lines, d));
    present::line(&report.metrics[0]).to_plain()
}

fn only(dimension: Dimension, value: &str) -> Vec<Filter> {
    vec![Filter { dimension, values: vec![value.to_owned()], exclude: false, position: 0 }]
}

fn with(change: impl FnOnce(&mut Definitions)) -> Definitions {
    let mut d = Definitions::default();
    change(&mut d);
    d
}

/// Busy and paid minutes.
fn utilized(query: &Query, lines: &[&str], d: &Definitions) -> (f64, f64) {
    match figures(query, lines, d).detail.particulars {
        Particulars::Utilized(u) => (u.busy_s / 60.0, u.paid_s / 60.0),
        other => panic!("{other:?}"),
    }
}

const NIGHT: &[&str] = &[
    r#"0 - agent:a shift {"start":"@1320","end":"@1800","team":"tier2"}"#,
    r#"0 T1 customer:c ticket_created {"team":"billing"}"#,
    r#"9 T1 agent:a time_tracked {"start":"@1400","seconds":4800}"#,
    r#"9 - agent:a time_tracked {"start":"@1430","seconds":1200}"#,
];

#[test]
fn time_is_cut_where_the_period_ends() {
    let table = [((0, DAY), (40.0, 120.0)), ((DAY, 2 * DAY), (40.0, 360.0)), ((0, 2 * DAY), (80.0, 480.0))];
    for ((from, to), expected) in table {
        let query = question(MetricId::AgentUtilization, from, to);
        assert_eq!(utilized(&query, NIGHT, &Definitions::default()), expected, "{from} to {to}");
    }
    let mut query = question(MetricId::AgentUtilization, 0, 2 * DAY);
    query.as_of = minute(DAY + 10);
    let d = Definitions::default();
    assert_eq!(utilized(&query, NIGHT, &d), (50.0, 130.0), "what is to come is neither worked nor paid yet");
    query.as_of = minute(100 * DAY);
    query.by = Some(GroupBy::Time(TimeUnit::Day));
    let groups = compute(&query, &d, &told(NIGHT, &d)).metrics.remove(0).groups;
    let shares: Vec<_> = groups.iter().map(|g| g.figures.value).collect();
    assert_eq!(shares, [Some(40.0 / 120.0), Some(40.0 / 360.0)]);
}

#[test]
fn two_things_at_once_count_once_or_twice() {
    let query = question(MetricId::AgentUtilization, 0, 2 * DAY);
    let d = with(|d| d.switches.utilization_concurrency = Concurrency::Sum);
    assert_eq!(utilized(&query, NIGHT, &d), (100.0, 480.0));
    assert!(line(MetricId::AgentUtilization, NIGHT, &d).contains("overlapping work counts twice"));
    let twice = [NIGHT, &[r#"0 - agent:a shift {"start":"@1320","end":"@1380"}"#]].concat();
    assert_eq!(utilized(&query, &twice, &Definitions::default()), (80.0, 480.0), "nobody is paid twice for an hour");
    let two = [NIGHT, &[r#"9 - agent:b time_tracked {"start":"@1430","seconds":1200}"#]].concat();
    assert_eq!(utilized(&query, &two, &Definitions::default()), (100.0, 480.0), "two people are two");
}

#[test]
fn work_nobody_knows_the_beginning_of_adds_up_and_is_told() {
    let lines = [
        NIGHT[0],
        r#"1400 - agent:a time_tracked {"seconds":1200}"#,
        r#"1400 - agent:a time_tracked {"seconds":1200}"#,
        r#"1500 - agent:a time_tracked {"seconds":600}"#,
    ];
    let d = Definitions::default();
    assert_eq!(utilized(&question(MetricId::AgentUtilization, 0, DAY), &lines, &d), (40.0, 120.0));
    assert_eq!(utilized(&question(MetricId::AgentUtilization, 0, 2 * DAY), &lines, &d), (50.0, 480.0));
    let line = line(MetricId::AgentUtilization, &lines, &d);
    assert_eq!(line, "Utilization 33.3% · 0.7 h of 2 h paid · overlapping work counts twice");
}

#[test]
fn being_ready_for_work_may_count_as_being_used() {
    let ready = [NIGHT, &[r#"0 - agent:a presence {"start":"@1420","end":"@1500","state":"available"}"#]].concat();
    let d = with(|d| d.switches.utilization_variant = UtilizationVariant::Staffed);
    assert_eq!(utilized(&question(MetricId::AgentUtilization, 0, 2 * DAY), &ready, &d), (100.0, 480.0));
    let mut query = question(MetricId::AgentUtilization, 0, 2 * DAY);
    query.variant = Some("handle".to_owned());
    assert_eq!(utilized(&query, &ready, &d), (80.0, 480.0));
}

#[test]
fn a_shift_is_of_the_team_it_names_or_of_the_persons_own() {
    let mut query = question(MetricId::AgentUtilization, 0, 2 * DAY);
    query.filters = only(Dimension::Team, "tier2");
    assert_eq!(utilized(&query, NIGHT, &Definitions::default()), (0.0, 480.0));
    let d = with(|d| {
        let team = Some("tier2".to_owned());
        d.agents = vec![crate::domain::definitions::Agent { name: "a".to_owned(), ids: Vec::new(), team }];
    });
    assert_eq!(utilized(&query, NIGHT, &d), (20.0, 480.0), "the contact without a ticket is hers");
}

#[test]
fn without_paid_time_there_is_no_utilization() {
    let query = question(MetricId::AgentUtilization, 3 * DAY, 4 * DAY);
    let figures = figures(&query, NIGHT, &Definitions::default());
    assert_eq!((figures.value, figures.reason), (None, Some(crate::metrics::answer::Reason::NoData)));
}

const PRESENT: &[&str] = &[
    r#"0 - agent:a presence {"start":"@60","end":"@180","state":"available"}"#,
    r#"0 - agent:a presence {"start":"@180","end":"@240","state":"busy"}"#,
    r#"0 - agent:a presence {"start":"@240","end":"@600","state":"away"}"#,
    r#"0 - agent:a time_tracked {"start":"@60","seconds":9720}"#,
    r#"0 - agent:b time_tracked {"start":"@60","seconds":3600}"#,
];

#[test]
fn occupancy_is_of_those_who_report_presence_and_are_not_away() {
    let d = Definitions::default();
    let figures = figures(&question(MetricId::AgentOccupancy, 0, DAY), PRESENT, &d);
    let expected = Occupied { busy_s: 9720.0, staffed_s: 10_800.0, reporting: 1, people: 2 };
    assert_eq!((figures.value, figures.detail.particulars), (Some(0.9), Particulars::Occupied(expected)));
    assert_eq!(
        line(MetricId::AgentOccupancy, PRESENT, &d),
        "Occupancy 90.0% · 1 of 2 agents reports presence · above 85.0%: risks burn-out"
    );
}

/// Overloaded people and days, and the longest streak.
fn overload(query: &Query, lines: &[&str], d: &Definitions) -> (Vec<String>, u64) {
    let figures = figures(query, lines, d);
    let row = |row: &Line| match row {
        Line::Overload(row) => format!("{} {}", row.agent, row.day.format("%d")),
        other => panic!("{other:?}"),
    };
    let rows: Vec<String> = figures.rows.iter().flatten().map(row).collect();
    assert_eq!(figures.value, Some(rows.len() as f64));
    match figures.detail.particulars {
        Particulars::Overloaded { streak } => (rows, streak),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_day_is_one_of_overload_above_the_threshold_and_from_two_hours_on() {
    let day = |at: i64, present: i64, busy: i64| {
        [
            format!(r#"0 - agent:a presence {{"start":"@{at}","end":"@{}","state":"available"}}"#, at + present),
            format!(r#"0 - agent:a time_tracked {{"start":"@{at}","seconds":{}}}"#, busy * 60),
        ]
    };
    // Above; exactly at the threshold; too short; above; above.
    let days = [(60, 120, 110), (DAY, 200, 170), (2 * DAY, 119, 119), (3 * DAY, 120, 103), (4 * DAY, 600, 600)];
    let lines: Vec<String> = days.iter().flat_map(|(at, present, busy)| day(*at, *present, *busy)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let query = question(MetricId::OverloadDays, 0, 7 * DAY);
    let d = Definitions::default();
    assert_eq!(overload(&query, &lines, &d), (["a 09", "a 12", "a 13"].map(str::to_owned).to_vec(), 2));
    assert_eq!(line(MetricId::OverloadDays, &lines, &d), "Overload days 1 · longest streak 1");
    let lower = with(|d| (d.switches.overload_threshold, d.switches.overload_min_presence_s) = (0.8, 0));
    assert_eq!(overload(&query, &lines, &lower).1, 5);
}

#[test]
fn days_are_those_of_the_workspace() {
    // Two hours before and two after midnight in Berlin, which is 23:00 UTC.
    let lines = [
        r#"0 - agent:a presence {"start":"@1260","end":"@1500","state":"available"}"#,
        r#"0 - agent:a time_tracked {"start":"@1260","seconds":7200}"#,
    ];
    let mut query = question(MetricId::OverloadDays, 0, 3 * DAY);
    query.zone = Zone { timezone: Tz::Europe__Berlin, ..Zone::default() };
    assert_eq!(overload(&query, &lines, &Definitions::default()), (vec!["a 09".to_owned()], 1));
    query.zone = Zone::default();
    assert_eq!(overload(&query, &lines, &Definitions::default()).0, [] as [&str; 0]);
}

#[test]
fn who_reports_no_presence_is_overloaded_by_what_lies_on_their_desk_if_a_limit_is_set() {
    let lines = [
        r#"10 T1 customer:c ticket_created {"assignee":"a"}"#,
        r#"11 T2 customer:c ticket_created {"assignee":"a"}"#,
        r#"12 T3 customer:c ticket_created {"assignee":"b"}"#,
        r#"13 T4 customer:c ticket_created {"assignee":"b"}"#,
        r#"0 - agent:b presence {"start":"@60","end":"@600","state":"away"}"#,
        r#"1500 T1 agent:a status_changed {"to":"solved"}"#,
    ];
    let query = question(MetricId::OverloadDays, 0, 2 * DAY);
    assert_eq!(overload(&query, &lines, &Definitions::default()).0, [] as [&str; 0]);
    let d = with(|d| d.switches.overload_max_open = 1);
    assert_eq!(overload(&query, &lines, &d).0, ["a 09", "b 10"]);
}

const WORK: &[&str] = &[
    "0 T1 customer:c ticket_created {}",
    r#"9 T1 agent:a time_tracked {"start":"@1","seconds":600,"kind":"talk"}"#,
    r#"9 T1 agent:b time_tracked {"start":"@5","seconds":300}"#,
    r#"9 T1 agent:b status_changed {"to":"solved"}"#,
    "0 T2 customer:c ticket_created {}",
    r#"9 T2 agent:a time_tracked {"start":"@1","seconds":90000}"#,
    r#"2000 T2 agent:a status_changed {"to":"solved"}"#,
    "0 T3 customer:c ticket_created {}",
    r#"9 T3 agent:c status_changed {"to":"solved"}"#,
    "0 T4 customer:c ticket_created {}",
    r#"9 T4 agent:a time_tracked {"start":"@1","seconds":60}"#,
    "9 T4 agent:a spam {}",
    r#"9 - agent:a time_tracked {"start":"@1","seconds":60}"#,
];

#[test]
fn handle_time_is_all_effort_on_what_was_solved_and_says_what_it_covers() {
    let d = Definitions::default();
    let day = figures(&question(MetricId::AverageHandleTime, 0, DAY), WORK, &d);
    assert_eq!((day.value, day.n), (Some(900.0), Some(1)));
    assert_eq!(
        line(MetricId::AverageHandleTime, WORK, &d),
        "AHT (mean) 15m 00s · 1 ticket · 1 of 2 solved tickets tracked · partial: 50.0% of solved tickets tracked · small sample"
    );
    let both = figures(&question(MetricId::AverageHandleTime, 0, 2 * DAY), WORK, &d);
    let handled = Handled { tracked: 2, solved: Some(3), capped: 1 };
    assert_eq!(both.detail.particulars, Particulars::Handled(handled));
    assert_eq!((both.mean, both.n), (Some((900.0 + 14_400.0) / 2.0), Some(2)), "a forgotten timer counts four hours");
}

#[test]
fn handle_time_of_a_person_is_what_that_person_tracked() {
    let mut query = question(MetricId::AverageHandleTime, 0, DAY);
    query.filters = only(Dimension::Agent, "b");
    let figures = figures(&query, WORK, &Definitions::default());
    assert_eq!((figures.value, figures.n), (Some(300.0), Some(1)));
}

#[test]
fn handle_time_of_the_work_done_needs_no_solve() {
    let mut query = question(MetricId::AverageHandleTime, 0, DAY);
    query.variant = Some("work".to_owned());
    let figures = figures(&query, WORK, &Definitions::default());
    assert_eq!(
        (figures.value, figures.n),
        (Some((900.0 + 14_400.0) / 2.0), Some(2)),
        "spam and no ticket do not count"
    );
    let handled = Handled { tracked: 2, solved: None, capped: 1 };
    assert_eq!(figures.detail.particulars, Particulars::Handled(handled));
}

#[test]
fn time_spent_on_spam_was_spent() {
    let shift = [WORK, &[r#"0 - agent:a shift {"start":"@0","end":"@100"}"#]].concat();
    let query = question(MetricId::AgentUtilization, 0, 100);
    let mut query = Query { filters: only(Dimension::Agent, "a"), ..query };
    query.filters.extend(only(Dimension::Source, "desk"));
    assert_eq!(utilized(&query, &shift, &Definitions::default()), (99.0, 100.0));
}

/// Twenty tickets between nine and ten, of which one took ten minutes.
fn busy_morning() -> Vec<String> {
    let mut lines: Vec<String> = (0..20).map(|n| format!("{} T{n} customer:c ticket_created {{}}", 540 + n)).collect();
    lines.push("700 T20 customer:c ticket_created {}".to_owned());
    lines.push("701 T21 agent:a ticket_created {}".to_owned());
    lines.push(r#"600 T1 agent:a time_tracked {"start":"@590","seconds":600}"#.to_owned());
    lines.push(r#"600 T1 agent:a status_changed {"to":"solved"}"#.to_owned());
    lines
}

#[test]
fn staffing_is_for_the_peak_or_for_what_can_be_spread_or_for_the_service_level() {
    let lines = busy_morning();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let d = Definitions::default();
    let people = |plan: Option<&str>, d: &Definitions| {
        let mut query = question(MetricId::StaffingNeed, 0, DAY);
        query.variant = plan.map(str::to_owned);
        figures(&query, &lines, d).value
    };
    assert_eq!(people(None, &d), Some(5.0));
    assert_eq!(people(None, &with(|d| d.switches.staffing_target_occupancy = 1.0)), Some(4.0));
    assert_eq!(people(Some("spread:4"), &d), Some(2.0));
    assert_eq!(people(Some("erlang"), &d), Some(6.0));
    assert_eq!(people(Some("erlang"), &with(|d| d.switches.queue_target_s = 600)), Some(5.0));
    assert_eq!(
        line(MetricId::StaffingNeed, &lines, &d),
        "Staffing 5 agents · at 09:00 · 20/h × 10m 00s ÷ 80% · indicative: less than four weeks"
    );
    let untracked: Vec<&str> = lines[..22].to_vec();
    assert_eq!(figures(&question(MetricId::StaffingNeed, 0, DAY), &untracked, &d).value, None);
    assert_eq!(figures(&question(MetricId::StaffingNeed, DAY, 2 * DAY), &lines, &d).value, None);
    // The arrivals of a day say nothing of how often its hours occur: a plan is for the whole period.
    let by = Some(GroupBy::Time(TimeUnit::Day));
    let query = Query { by, ..question(MetricId::StaffingNeed, 0, 2 * DAY) };
    let answer = compute(&query, &d, &told(&lines, &d)).metrics.remove(0);
    assert!(answer.groups.is_empty() && answer.series.is_empty());
}

fn someone() -> impl Strategy<Value = Vec<String>> {
    let event = (0..3_u8, 0..3_u8, 0..4000_i64, 0..900_i64).prop_map(|(who, what, at, length)| match what {
        0 => format!(r#"0 - agent:a{who} shift {{"start":"@{at}","end":"@{}"}}"#, at + length),
        1 => format!(r#"0 - agent:a{who} presence {{"start":"@{at}","end":"@{}","state":"busy"}}"#, at + length),
        _ => format!(r#"0 - agent:a{who} time_tracked {{"start":"@{at}","seconds":{}}}"#, length * 60),
    });
    prop::collection::vec(event, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_period_cut_anywhere_has_the_same_work(lines in someone(), cut in 1..4999_i64, sum in any::<bool>()) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let concurrency = if sum { Concurrency::Sum } else { Concurrency::Union };
        let d = with(|d| d.switches.utilization_concurrency = concurrency);
        let of = |from, to| utilized(&question(MetricId::AgentUtilization, from, to), &lines, &d);
        let (whole, first, second) = (of(0, 5000), of(0, cut), of(cut, 5000));
        prop_assert!((whole.0 - first.0 - second.0).abs() < 1e-6 && (whole.1 - first.1 - second.1).abs() < 1e-6);
    }

    #[test]
    fn counted_once_work_is_no_longer_than_counted_twice(lines in someone(), to in 1..5000_i64) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let of = |concurrency| {
            let d = with(|d| d.switches.utilization_concurrency = concurrency);
            utilized(&question(MetricId::AgentUtilization, 0, to), &lines, &d).0
        };
        prop_assert!(of(Concurrency::Union) <= of(Concurrency::Sum));
        // Three people cannot work longer than three times the period.
        prop_assert!(of(Concurrency::Union) <= 3.0 * to as f64);
    }

    #[test]
    fn people_add_up_to_the_team(lines in someone()) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let d = Definitions::default();
        let whole = utilized(&question(MetricId::AgentUtilization, 0, 5000), &lines, &d);
        let of = |who: &str| {
            let query = question(MetricId::AgentUtilization, 0, 5000);
            utilized(&Query { filters: only(Dimension::Agent, who), ..query }, &lines, &d)
        };
        let sum = ["a0", "a1", "a2"].map(of).into_iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        prop_assert!((whole.0 - sum.0).abs() < 1e-6 && (whole.1 - sum.1).abs() < 1e-6);
    }
}
