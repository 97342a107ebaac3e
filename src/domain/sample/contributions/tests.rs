//! The golden examples of the specification, as far as single tickets decide them. The metrics have the full set.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::definitions::{Switches, Team};
use crate::domain::event::{Event, Status, Target};
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, State};
use crate::domain::ticket::fold;

const EXAMPLES: &str = include_str!("../../../../tests/kpi_examples.json");

fn instant(v: &Value) -> Timestamp {
    Timestamp::parse(v.as_str().expect("text")).expect("an instant")
}

fn calendar(v: &Value) -> Calendar {
    let hours = |list: &Value| {
        let list = list.as_array().expect("intervals").iter();
        list.map(|i| json!(format!("{}-{}", i[0].as_str().expect("from"), i[1].as_str().expect("to"))))
            .collect::<Value>()
    };
    let days = |map: &Value| -> Value {
        map.as_object().into_iter().flatten().map(|(day, list)| (day.clone(), hours(list))).collect()
    };
    let definition = json!({
        "timezone": v["tz"], "hours": days(&v["weekly"]), "special": days(&v["special_days"]), "holidays": v["holidays"],
    });
    let definition: CalendarDefinition = serde_json::from_value(definition).expect("a calendar");
    Calendar::new(definition).expect("valid")
}

fn definitions(example: &Value, expectation: &Value) -> Definitions {
    let mut switches = serde_json::Map::new();
    for config in [&example["config"], &expectation["config"]] {
        let known = config.as_object().into_iter().flatten().filter(|(k, _)| Switches::KEYS.contains(&k.as_str()));
        switches.extend(known.map(|(k, v)| (k.clone(), v.clone())));
    }
    let promise = &expectation["params"]["policy"];
    let target = promise["metric"].as_str().map(|m| Target::from_name(m).expect("a target"));
    let policy = |target| Policy {
        name: "p".into(),
        when: Matchers::default(),
        targets: [(
            target,
            Allowance::ByPriority(serde_json::from_value(promise["targets"].clone()).expect("seconds")),
        )]
        .into(),
        calendar: if promise["clock"] == "business" { CalendarChoice::Team } else { CalendarChoice::Always },
        pause: serde_json::from_value(promise["pause_on"].clone()).unwrap_or(vec![Status::Pending]),
        warn: vec![],
    };
    let calendars = example["calendars"].as_object().into_iter().flatten();
    let teams = example["team_calendars"].as_object().into_iter().flatten();
    Definitions {
        calendars: calendars.map(|(name, c)| (name.clone(), Arc::new(calendar(c)))).collect(),
        default_calendar: example["default_calendar"].as_str().map(str::to_owned),
        teams: teams
            .map(|(team, c)| Team { name: team.clone(), ids: vec![], calendar: c.as_str().map(str::to_owned) })
            .collect(),
        policies: target.map(policy).into_iter().collect(),
        switches: serde_json::from_value(switches.into()).expect("switches"),
        ..Definitions::default()
    }
}

/// The samples of all tickets of an example as known at an instant.
fn known(example: &Value, definitions: &Definitions, as_of: Timestamp) -> Vec<Sample> {
    let mut tickets: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in example["events"].as_array().expect("events") {
        let mut event = event.clone();
        let seq = event["seq"].clone();
        event.as_object_mut().expect("an event").entry("event_id").or_insert(json!(format!("e{seq}")));
        let event = Event::parse(&event.to_string()).unwrap_or_else(|e| panic!("{event}: {e}"));
        if let Some(ticket) = event.ticket.clone().filter(|_| event.ts <= as_of) {
            tickets.entry(ticket).or_default().push(event);
        }
    }
    let fold = |(id, events): (String, Vec<Event>)| {
        fold(&TicketKey { source: "desk".into(), id }, &events, definitions).map(|t| samples(&t, definitions))
    };
    tickets.into_iter().filter_map(fold).flatten().collect()
}

/// What the samples say about the keys of an expected `value`; `None` for keys that need more than single tickets.
fn actual(
    metric: &str,
    key: &str,
    mine: &[&Sample],
    expectation: &Value,
    d: &Definitions,
    now: Timestamp,
) -> Option<Value> {
    let business = expectation["params"]["clock"] == "business";
    let seconds = |e: Elapsed| if business { e.business_ms } else { Some(e.calendar_ms) }.map(|ms| ms as f64 / 1000.0);
    let of = |s: &Sample| {
        let id = s.ticket.id.clone();
        match (metric, &s.fact) {
            ("first_response_time", SampleFact::FirstReply { elapsed }) => Some((id, *elapsed)),
            ("response_time", SampleFact::Reply { turn, elapsed, .. }) => Some((format!("{id}#{turn}"), *elapsed)),
            ("next_reply_time", SampleFact::Reply { turn, first: false, elapsed }) => {
                Some((format!("{id}#{turn}"), *elapsed))
            }
            ("resolution_time", SampleFact::Solve { elapsed, .. }) => Some((id, (*elapsed)?)),
            _ => None,
        }
    };
    let values: BTreeMap<String, f64> =
        mine.iter().filter_map(|s| of(s)).map(|(id, e)| (id, seconds(e).expect("a clock"))).collect();
    let instances: Vec<(String, &Instance)> = mine
        .iter()
        .filter_map(|s| match &s.fact {
            SampleFact::Sla { instance } if instance.target == Target::NextResponse => {
                Some((format!("{}#n{}", s.ticket.id, instance.cycle), instance))
            }
            SampleFact::Sla { instance } => Some((s.ticket.id.clone(), instance)),
            _ => None,
        })
        .collect();
    let solved = |with: &dyn Fn(bool, bool, bool, bool, bool) -> bool| {
        let all = mine.iter().filter(|s| match s.fact {
            SampleFact::Solve { last, reopened, reopened_hard, human, first_contact, .. } => {
                with(last, reopened, reopened_hard, human, first_contact)
            }
            _ => false,
        });
        let ids: std::collections::BTreeSet<&str> = all.map(|s| s.ticket.id.as_str()).collect();
        Some(json!(ids.len()))
    };
    let soft = d.switches.reopen_count_soft;
    match (metric, key) {
        ("first_response_time" | "response_time" | "next_reply_time" | "resolution_time", "values") => {
            Some(json!(values))
        }
        ("first_response_time" | "response_time" | "next_reply_time" | "resolution_time", "n") => {
            Some(json!(values.len()))
        }
        ("reopen_rate", "num") => solved(&|_, any, hard, _, _| hard || (soft && any)),
        ("reopen_rate", "den") => solved(&|_, _, _, _, _| true),
        ("tickets_solved", "value") => solved(&|last, _, _, _, _| last),
        ("first_contact_resolution", "den") => solved(&|last, _, _, human, _| last && human),
        ("sla_attainment", "states") => {
            Some(instances.iter().map(|(id, i)| (id.clone(), json!(i.state_at(now)))).collect())
        }
        ("sla_attainment", "decided_at") => {
            let decided = |i: &Instance| i.decided_at.or(i.deadline.filter(|_| i.state_at(now) == State::Breached));
            Some(instances.iter().filter_map(|(id, i)| Some((id.clone(), json!(decided(i)?)))).collect())
        }
        ("sla_at_risk", "left_s") => {
            let left = |i: &Instance| json!(i.remaining_ms(d, now) / 1000);
            let running = instances.iter().filter(|(_, i)| i.state_at(now) == State::Running);
            Some(running.map(|(id, i)| (id.clone(), left(i))).collect())
        }
        ("sla_breaches", "rows") => {
            let row = |(id, i): &(String, &Instance)| {
                Some((i.overrun_at(d, now)? / 1000, id.clone(), i.fulfilled_at.is_none()))
            };
            let mut rows: Vec<_> = instances.iter().filter_map(row).collect();
            rows.sort_by(|a, b| b.cmp(a));
            Some(rows.into_iter().map(|(over, id, open)| json!([id, over, open])).collect())
        }
        ("csat", "den") => {
            let scope = d.switches.csat_scope;
            let counted = |s: &&&Sample| {
                matches!(s.fact, SampleFact::Rating { survey: SurveyKind::Csat, human, .. }
                    if human || scope == crate::domain::definitions::CsatScope::All)
            };
            Some(json!(mine.iter().filter(counted).count()))
        }
        _ => None,
    }
}

/// Instants are compared as instants, numbers as numbers, and of a map only the keys that are expected.
fn agrees(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(e), Value::Object(a)) => e.iter().all(|(k, v)| a.get(k).is_some_and(|a| agrees(v, a))),
        (Value::Array(e), Value::Array(a)) => e.len() == a.len() && e.iter().zip(a).all(|(e, a)| agrees(e, a)),
        (Value::Number(e), Value::Number(a)) => e.as_f64() == a.as_f64(),
        (Value::String(e), Value::String(a)) => {
            e == a || Timestamp::parse(e).ok().is_some_and(|e| Some(e) == Timestamp::parse(a).ok())
        }
        (e, a) => e == a,
    }
}

#[test]
fn the_golden_examples_agree_ticket_by_ticket() {
    let golden: Value = serde_json::from_str(EXAMPLES).expect("JSON");
    let (mut checked, mut wrong) = (0, Vec::new());
    for example in golden["examples"].as_array().expect("examples") {
        for expectation in example["expect"].as_array().expect("expectations") {
            let or =
                |key: &str| if expectation[key].is_null() { example[key].clone() } else { expectation[key].clone() };
            let d = definitions(example, expectation);
            let now = instant(&or("as_of"));
            let (from, to) = (instant(&or("period")[0]), instant(&or("period")[1]));
            let metric = expectation["metric"].as_str().expect("a metric");
            let params = &expectation["params"];
            let counts = |s: &Sample| {
                let is = |key: &str, value: Option<&str>| params[key].is_null() || params[key].as_str() == value;
                (metric.starts_with("sla") || (from <= s.at && s.at < to))
                    && is("team", s.dimensions.team.as_deref())
                    && is("agent", s.dimensions.agent.as_deref())
                    && is("channel", s.dimensions.channel.as_deref())
                    && is("priority", Some(&s.dimensions.priority))
            };
            let all = known(example, &d, now);
            let mine: Vec<&Sample> = all.iter().filter(|s| counts(s)).collect();
            for (key, expected) in expectation["value"].as_object().expect("values") {
                let Some(actual) = actual(metric, key, &mine, expectation, &d, now) else { continue };
                checked += 1;
                if !agrees(expected, &actual) {
                    wrong.push(format!("{} {metric}.{key}: {actual} instead of {expected}", example["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{checked} checked\n{}", wrong.join("\n"));
    assert!(checked > 100, "only {checked} checked");
}

#[test]
fn the_golden_business_seconds_agree() {
    let golden: Value = serde_json::from_str(EXAMPLES).expect("JSON");
    let cases = golden["pure"].as_array().expect("cases").iter().filter(|c| c["fn"] == "business_seconds");
    for case in cases {
        let open = calendar(&case["args"][0]).business_ms(instant(&case["args"][1]), instant(&case["args"][2]));
        assert_eq!(Some(open / 1000), case["expect"].as_i64(), "{case}");
    }
}
