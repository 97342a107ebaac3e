//! What explanations promise.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, Switches};
use crate::domain::event::{Event, Target};
use crate::domain::names::Clock;
use crate::domain::sample::{TicketKey, samples};
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy};
use crate::domain::ticket::{Ticket, fold, tests::any_ticket};
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Period;
use crate::metrics::{Query, compute};

#[test]
fn every_line_of_the_sources_is_a_source() {
    assert_eq!(SOURCES.len(), include_str!("sources.txt").lines().count());
    let keys: BTreeSet<&str> = SOURCES.iter().map(|source| source.key).collect();
    assert_eq!(keys.len(), SOURCES.len());
    assert!(SOURCES.iter().all(|source| source.url.starts_with("http")));
}

#[test]
fn explanations_name_switches_and_sources_that_exist() {
    for id in MetricId::ALL {
        let explained = explained(*id);
        for key in explained.switches {
            assert!(Switches::KEYS.contains(key), "{id}: {key}");
        }
        for key in explained.sources {
            assert!(source(key).is_some(), "{id}: {key}");
        }
        let places = FAMILIES.iter().filter(|family| family(*id).is_some()).count();
        assert!(places <= 1, "{id}");
    }
}

/// Another value for each switch that bears on what becomes of tickets.
fn alternatives() -> Vec<(&'static str, Value)> {
    vec![
        ("bots.count_as_response", json!(true)),
        ("turn.solve_grace_s", json!(7200)),
        ("frt.origin", json!("bot_handoff")),
        ("frt.exclude_channels", json!([])),
        ("agent_created.frt", json!("exclude")),
        ("agent_created.frt", json!("zendesk")),
        ("frt.attribute", json!("created")),
        ("ack.count", json!(false)),
        ("response_time.start", json!("last")),
        ("response_time.weight", json!("ticket")),
        ("volume.initiators", json!(["agent"])),
        ("merged.policy", json!("count")),
        ("exclude.tags", json!(["vip"])),
        ("calendar.binding", json!("first")),
        ("resolution.end", json!("last_solve_ignoring_soft")),
        ("resolution.solved_gaps", json!("exclude")),
        ("resolution.autoclose_end", json!("pending_start")),
        ("wait.basis", json!("messages")),
        ("resolution_rate.variant", json!("to_date")),
        ("solved.count", json!("events")),
        ("backlog.min_age", json!(2.0)),
        ("age.since", json!("updated")),
        ("reopen.count_soft", json!(false)),
        ("reopen.variant", json!("events")),
        ("fcr.soft_reopen_breaks", json!(true)),
        ("fcr.max_agents", json!(9)),
        ("fcr.repeat_contact", json!("any")),
        ("fcr.window_s", json!(60)),
        ("one_touch.max_replies", json!(2)),
        ("one_touch.min_replies", json!(0)),
        ("efficiency.basis", json!("assignees")),
        ("efficiency.count_notes", json!(true)),
        ("replies.include_customer", json!(true)),
        ("repeat.window_s", json!(60)),
        ("repeat.match_unknown", json!(true)),
        ("promise.min_n", json!(1)),
        ("csat.attribution", json!("first")),
        ("csat.scope", json!("all")),
        ("csat.variant", json!("net")),
        ("csat.satisfied_min", json!(5.0)),
        ("csat.followup_window_s", json!(60)),
        ("aht.variant", json!("work")),
        ("aht.max_entry", json!(60)),
        ("sla.solve_without_reply", json!("met")),
        ("sla.at_risk_fraction", json!(1.0)),
        ("sla.at_risk_s", json!(1)),
        ("sla.unit", json!("ticket")),
        ("sla.reopen", json!("new_cycle")),
        ("sla.attribution", json!("created")),
    ]
}

/// Many different tickets, the same in every run.
fn told() -> Vec<(TicketKey, Vec<Event>)> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRunner::deterministic().new_rng());
    let mut one = |n: usize| {
        let events = any_ticket().new_tree(&mut runner).expect("a ticket").current();
        (TicketKey { source: "desk".into(), id: format!("T{n}") }, events)
    };
    (0..150).map(&mut one).collect()
}

fn ruled(switches: Switches) -> Definitions {
    let targets = [(Target::FirstResponse, 3600), (Target::NextResponse, 7200), (Target::Resolution, 36_000)];
    let policy = Policy {
        name: "all".into(),
        when: Matchers::default(),
        targets: targets.map(|(target, seconds)| (target, Allowance::All(seconds))).into(),
        calendar: CalendarChoice::Always,
        pause: Vec::new(),
        warn: Vec::new(),
    };
    Definitions { policies: vec![policy], switches, ..Definitions::default() }
}

/// What every metric comes to under these switches.
fn numbers(told: &[(TicketKey, Vec<Event>)], switches: Switches) -> BTreeMap<MetricId, String> {
    let d = ruled(switches);
    let tickets: Vec<Ticket> = told.iter().filter_map(|(key, events)| fold(key, events, &d)).collect();
    let known = Samples::from_samples(tickets.iter().flat_map(|ticket| samples(ticket, &d)));
    let midnight = Timestamp(1_709_942_400_000);
    let period = Period { from: midnight, to: midnight.plus_s(3 * 86_400) };
    let single = |id: &&MetricId| !matches!(id, MetricId::Scorecard | MetricId::Trend | MetricId::Benchmark);
    let metrics: Vec<MetricId> = MetricId::ALL.iter().filter(single).copied().collect();
    let query = Query { metrics, clock: Some(Clock::Calendar), ..Query::over(period, period.to) };
    let answers = compute(&query, &d, &known).metrics;
    let figures = |figures: &crate::metrics::answer::Figures| {
        format!("{:?} {:?} {:?} {:?}", figures.value, figures.n, figures.p90, figures.mean)
    };
    answers.iter().map(|answer| (answer.id, figures(&answer.figures))).collect()
}

#[test]
fn a_switch_that_changes_a_number_is_named_where_the_number_is_explained() {
    let told = told();
    let usual = numbers(&told, Switches::default());
    let mut silent: Vec<String> = Vec::new();
    let mut heard = BTreeSet::new();
    for (key, value) in alternatives() {
        let mut switches = serde_json::to_value(Switches::default()).expect("switches are plain data");
        switches[key] = value;
        let other = numbers(&told, serde_json::from_value(switches).expect("a value of the switch"));
        for id in usual.keys().filter(|id| usual[*id] != other[*id]) {
            heard.insert(key);
            if !explained(*id).switches.contains(&key) {
                silent.push(format!("{id} does not name {key}"));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
    assert!(heard.len() > 30, "the tickets hear of few switches: {heard:?}");
}
