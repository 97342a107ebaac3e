use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::definitions::{SolveWithoutReply, Team};
use crate::domain::ticket::fold;
use crate::domain::ticket::tests::{any_ticket, events, key, minute, ticket};

mod agreements;
mod asked;
mod clocks;

/// Team A works 09:00 to 17:00 UTC, B around the clock but for an hour, the workspace has no calendar.
pub(crate) fn promises() -> Definitions {
    let daily = |hours: &str| {
        let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!("\"{day}\":{hours}")).join(",");
        let hours = serde_json::from_str(&format!("{{{week}}}")).expect("hours");
        let definition = CalendarDefinition { timezone: "UTC".into(), hours, ..Default::default() };
        Arc::new(Calendar::new(definition).expect("valid"))
    };
    let team = |name: &str| Team { name: name.into(), ids: vec![], calendar: Some(name.into()) };
    Definitions {
        calendars: [("A".into(), daily(r#"["09:00-17:00"]"#)), ("B".into(), daily(r#"["00:00-12:00","13:00-24:00"]"#))]
            .into(),
        teams: vec![team("A"), team("B")],
        policies: vec![
            Policy { when: Matchers { tier: vec!["gold".into()], ..Matchers::default() }, ..gold() },
            policy("urgent", &["urgent"], &[(Target::FirstResponse, 15), (Target::Resolution, 60)]),
            policy(
                "rest",
                &[],
                &[
                    (Target::FirstResponse, 60),
                    (Target::NextResponse, 60),
                    (Target::Update, 240),
                    (Target::Resolution, 480),
                ],
            ),
        ],
        ..Default::default()
    }
}

fn gold() -> Policy {
    policy("gold", &[], &[(Target::FirstResponse, 20), (Target::Resolution, 120)])
}

fn policy(name: &str, priority: &[&str], minutes: &[(Target, i64)]) -> Policy {
    Policy {
        name: name.into(),
        when: Matchers { priority: priority.iter().map(|p| (*p).to_owned()).collect(), ..Matchers::default() },
        targets: minutes.iter().map(|(t, m)| (*t, Allowance::All(m * 60))).collect(),
        calendar: CalendarChoice::Team,
        pause: vec![Status::Pending],
        warn: vec![Warning::Used(0.8), Warning::Left(600)],
    }
}

/// The instances of one target: `#cycle state@minute`, or `deadline`, warnings and policy of a running one.
fn verdicts(lines: &[&str], target: Target, definitions: &Definitions) -> String {
    let all = instances(&ticket(lines, definitions), definitions);
    let say = |i: &Instance| match (i.promise.state, i.promise.deadline) {
        (State::Running, Some(due)) => {
            let warn: Vec<f64> = i.warnings.iter().map(|(at, _)| minute(*at)).collect();
            format!("#{} due {} warn {warn:?}", i.promise.cycle, minute(due))
        }
        (State::Running, None) => format!("#{} paused after {}", i.promise.cycle, i.promise.elapsed_ms / 60_000),
        (state, _) => {
            let over = i
                .promise
                .overrun_ms
                .filter(|_| i.promise.fulfilled_at.is_some())
                .map(|o| format!(" over {}", o as f64 / 60_000.0))
                .unwrap_or_default();
            format!("#{} {state:?} {}{over}", i.promise.cycle, minute(i.promise.decided_at.expect("decided")))
        }
    };
    all.iter().filter(|i| i.promise.target == target).map(say).collect::<Vec<_>>().join(", ")
}

fn check(target: Target, created: &str, table: &[(&[&str], &str)]) {
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(created).chain(rest.iter().copied()).collect();
        assert_eq!(verdicts(&lines, target, &promises()), *expected, "{rest:?}");
    }
}

#[test]
fn a_first_response_is_in_time_up_to_the_deadline_itself() {
    check(
        Target::FirstResponse,
        "0 customer:c ticket_created",
        &[
            (&[], "#1 due 60 warn [48.0, 50.0]"),
            (&["60 agent:a message"], "#1 Met 60"),
            (&["60.1 agent:a message"], "#1 Breached 60 over 0.1"),
            (&["61 agent:a note"], "#1 Breached 60"),
            (&["10 bot:b message", "20 agent:a message {\"auto\":true}"], "#1 due 60 warn [48.0, 50.0]"),
            (&["30 agent:a status_changed {\"to\":\"solved\"}"], "#1 Cancelled 30"),
            (&["30 agent:a status_changed {\"to\":\"solved\"}", "31 agent:a message"], "#1 Met 31"),
            (&["70 agent:a status_changed {\"to\":\"solved\"}"], "#1 Breached 60 over 10"),
            (&["30 agent:a status_changed {\"to\":\"pending\"}"], "#1 due 60 warn [48.0, 50.0]"),
            (&["30 system:- deleted"], ""),
            (&["90 system:- merged"], ""),
        ],
    );
}

#[test]
fn the_target_follows_the_priority_and_keeps_the_time_used() {
    check(
        Target::FirstResponse,
        "0 customer:c ticket_created",
        &[
            (&["5 agent:a priority_changed {\"to\":\"URGENT\"}"], "#1 due 15 warn [5.0, 12.0]"),
            (&["15 agent:a priority_changed {\"to\":\"urgent\"}"], "#1 due 15 warn [15.0, 15.0]"),
            (&["20 agent:a priority_changed {\"to\":\"urgent\"}", "30 agent:a message"], "#1 Breached 20 over 10"),
            (
                &["20 agent:a priority_changed {\"to\":\"urgent\"}", "30 agent:a priority_changed {\"to\":\"low\"}"],
                "#1 Breached 20",
            ),
            // The answer and the raise are one update: the answer was in time when it was given.
            (&["20 agent:a message", "20 agent:a priority_changed {\"to\":\"urgent\"}"], "#1 Met 20"),
        ],
    );
    check(
        Target::FirstResponse,
        "0 customer:c ticket_created {\"priority\":\"urgent\"}",
        &[(&["10 agent:a priority_changed {\"to\":\"low\"}"], "#1 due 60 warn [48.0, 50.0]")],
    );
}

#[test]
fn a_change_of_team_goes_on_with_the_other_calendar() {
    check(
        Target::FirstResponse,
        "1010 customer:c ticket_created {\"team\":\"A\"}",
        &[
            // Ten minutes until A closes at 17:00, the rest from 09:00.
            (&[], "#1 due 590 warn [578.0, 580.0]"),
            (&["1030 agent:a assigned {\"team\":\"B\"}"], "#1 due 1080 warn [1068.0, 1070.0]"),
            (&["1030 agent:a assigned {\"team\":null}"], "#1 due 1080 warn [1068.0, 1070.0]"),
        ],
    );
}

#[test]
fn every_further_turn_is_a_promise_of_its_own() {
    check(
        Target::NextResponse,
        "0 customer:c ticket_created",
        &[
            (&["10 customer:c message"], ""),
            (
                &[
                    "10 agent:a message",
                    "20 customer:c message",
                    "30 customer:c message",
                    "80 agent:a message",
                    "100 customer:c message",
                    "110 agent:a status_changed {\"to\":\"solved\"}",
                    "200 customer:c message",
                ],
                "#1 Met 80, #2 Cancelled 110, #3 due 260 warn [248.0, 250.0]",
            ),
            // Solved without a word, then asked again: the first response is gone, the question is not.
            (&["5 agent:a status_changed {\"to\":\"solved\"}", "10 customer:c message"], "#1 due 70 warn [58.0, 60.0]"),
        ],
    );
    let phone = "0 agent:a ticket_created {\"channel\":\"phone\",\"initiator\":\"customer\"}";
    check(Target::NextResponse, phone, &[(&["10 customer:c message"], "#1 due 70 warn [58.0, 60.0]")]);
    check(Target::FirstResponse, phone, &[(&["10 customer:c message"], "")]);
}

#[test]
fn updates_are_due_after_each_message_of_ours_until_the_solve() {
    check(
        Target::Update,
        "0 customer:c ticket_created",
        &[
            (&["10 agent:a message", "20 agent:a message"], "#1 Met 10, #2 Met 20, #3 due 260 warn [212.0, 250.0]"),
            (&["10 agent:a message", "10 agent:a status_changed {\"to\":\"solved\"}"], "#1 Met 10"),
            (&["10 agent:a status_changed {\"to\":\"solved\"}", "20 agent:a message"], "#1 Cancelled 10"),
            (
                &[
                    "10 agent:a status_changed {\"to\":\"solved\"}",
                    "20 customer:c status_changed {\"to\":\"open\"}",
                    "30 agent:a message",
                ],
                "#1 Cancelled 10, #2 due 270 warn [222.0, 260.0]",
            ),
            (&["10 agent:a status_changed {\"to\":\"pending\"}"], "#1 paused after 10"),
            (
                &["10 agent:a status_changed {\"to\":\"pending\"}", "110 customer:c status_changed {\"to\":\"open\"}"],
                "#1 due 340 warn [292.0, 330.0]",
            ),
        ],
    );
}

#[test]
fn a_resolution_pauses_and_a_reopen_takes_its_met_back() {
    check(
        Target::Resolution,
        "0 customer:c ticket_created",
        &[
            (&["100 agent:a status_changed {\"to\":\"solved\"}"], "#1 Met 100"),
            (
                &["100 agent:a status_changed {\"to\":\"solved\"}", "500 customer:c status_changed {\"to\":\"open\"}"],
                "#1 due 880 warn [784.0, 870.0]",
            ),
            (
                &[
                    "100 agent:a status_changed {\"to\":\"pending\"}",
                    "500 customer:c status_changed {\"to\":\"on_hold\"}",
                    "890 agent:a status_changed {\"to\":\"solved\"}",
                ],
                "#1 Breached 880 over 10",
            ),
            (&["480 agent:a status_changed {\"to\":\"pending\"}", "490 agent:a note"], "#1 paused after 480"),
            (
                &["480 agent:a status_changed {\"to\":\"pending\"}", "490 agent:a status_changed {\"to\":\"solved\"}"],
                "#1 Met 490",
            ),
        ],
    );
}

#[test]
fn the_promise_of_the_help_desk_wins_from_its_instant_on() {
    let announced = |data: &str| format!("10 system:- sla_policy {data}");
    let lines = |data: &str| {
        verdicts(
            &["0 customer:c ticket_created {\"team\":\"A\"}", &announced(data)],
            Target::FirstResponse,
            &promises(),
        )
    };
    assert_eq!(lines(r#"{"policy":"p","targets":{"first_response":1800},"calendar":"always"}"#), "#1 due 40 warn []");
    assert_eq!(
        lines(r#"{"policy":"rest","targets":{"first_response":1800},"calendar":"B"}"#),
        "#1 due 40 warn [30.0, 34.0]"
    );
    assert_eq!(lines(r#"{"policy":"p","targets":{"first_response":1800},"calendar":"unknown"}"#), "#1 due 570 warn []");
    assert_eq!(lines(r#"{"policy":"p","targets":{"resolution":1800}}"#), "");
    assert_eq!(lines(r#"{"policy":"p"}"#), "");
}

#[test]
fn a_silent_solve_may_be_forgiven() {
    let mut d = promises();
    d.switches.sla_solve_without_reply = SolveWithoutReply::Met;
    let lines = ["0 customer:c ticket_created", "30 agent:a status_changed {\"to\":\"solved\"}"];
    assert_eq!(verdicts(&lines, Target::FirstResponse, &d), "#1 Met 30");
    assert_eq!(verdicts(&lines, Target::Update, &d), "#1 Cancelled 30");
}

#[test]
fn what_is_left_does_not_shrink_outside_business_hours() {
    let d = promises();
    let t = ticket(&["1010 customer:c ticket_created {\"team\":\"A\"}"], &d);
    let first = &instances(&t, &d)[0];
    let at = |minutes: i64| t.created.plus_s((minutes - 1010) * 60);
    assert_eq!(first.promise.remaining_ms(&d, first.calendar.as_deref(), at(1015)), 55 * 60_000);
    assert_eq!(first.promise.remaining_ms(&d, first.calendar.as_deref(), at(1100)), 50 * 60_000);
    assert_eq!(first.promise.remaining_ms(&d, first.calendar.as_deref(), at(1440 + 600)), -10 * 60_000);
    assert_eq!(first.promise.overrun_at(&d, first.calendar.as_deref(), at(1440 + 600)), Some(10 * 60_000));
    assert_eq!(first.promise.overrun_at(&d, first.calendar.as_deref(), at(1440 + 590)), None);
}

#[test]
fn the_arithmetic_of_a_deadline_can_be_shown() {
    let d = promises();
    let t = ticket(
        &[
            "1010 customer:c ticket_created {\"team\":\"A\"}",
            "1030 agent:a assigned {\"team\":\"B\"}",
            "1040 agent:a tags_changed {\"added\":[\"x\"]}",
            "1050 agent:a status_changed {\"to\":\"pending\"}",
            "1060 agent:a priority_changed {\"to\":\"urgent\"}",
        ],
        &d,
    );
    let said: Vec<String> = stretches(&t, &d, Target::Resolution, 1)
        .into_iter()
        .map(|s| {
            let (calendar, allowed) = (s.calendar.unwrap_or("always"), s.target_s.unwrap_or(0) / 60);
            let paused = if s.paused { " paused" } else { "" };
            format!("{}-{} {calendar} {} of {allowed}{paused}", minute(s.from), minute(s.to), s.counted_ms / 60_000)
        })
        .collect();
    let expected =
        ["1010-1030 A 10 of 480", "1030-1050 B 20 of 480", "1050-1060 B 0 of 480 paused", "1060-1060 B 0 of 60 paused"];
    assert_eq!(said, expected);
    let resolution = instances(&t, &d).into_iter().find(|i| i.promise.target == Target::Resolution).expect("promised");
    assert_eq!(resolution.promise.elapsed_ms, 30 * 60_000);
    assert!(stretches(&t, &d, Target::NextResponse, 1).is_empty());
}

#[test]
fn a_breach_found_by_an_event_still_rings_until_it_is_answered() {
    let d = promises();
    let rings = |lines: &[&str]| {
        let timers = timers(&instances(&ticket(lines, &d), &d));
        let first = timers.into_iter().filter(|t| t.target == Target::FirstResponse && !t.settled());
        first.map(|t| format!("{} {}", t.kind.name(), minute(t.due))).collect::<Vec<_>>().join(", ")
    };
    let created = "0 customer:c ticket_created";
    assert_eq!(rings(&[created]), "warn0 48, warn1 50, breach 60");
    assert_eq!(rings(&[created, "20 agent:a priority_changed {\"to\":\"urgent\"}"]), "breach 20");
    assert_eq!(rings(&[created, "70 agent:a note"]), "breach 60");
    assert_eq!(rings(&[created, "70 agent:a message"]), "");
}

proptest! {
    #[test]
    fn timers_belong_to_instances_that_are_open(told in any_ticket()) {
        let d = promises();
        let t = fold(&key(), &told, &d).expect("created");
        let all = instances(&t, &d);
        for timer in timers(&all) {
            let of = instance_about(&all, timer.target, timer.started).expect("its instance");
            prop_assert_eq!(timer.started, of.promise.started);
            prop_assert_eq!(timer.settled(), of.promise.fulfilled_at.is_some());
            prop_assert!(matches!(of.promise.state, State::Running | State::Breached));
            prop_assert!(of.promise.deadline.is_none_or(|deadline| timer.due <= deadline));
        }
        for i in &all {
            let counted: i64 = stretches(&t, &d, i.promise.target, i.promise.cycle).iter().map(|s| s.counted_ms).sum();
            prop_assert!(counted == i.promise.elapsed_ms || (i.promise.state == State::Breached && counted > i.promise.elapsed_ms));
            let intervals = account(&t, i, &d, t.as_of).intervals;
            prop_assert_eq!(intervals.iter().map(|interval| interval.counted_ms).sum::<i64>(), counted);
            prop_assert_eq!(i.promise.decided_at.is_some(), i.promise.state != State::Running);
            prop_assert!(i.promise.started <= i.promise.elapsed_at && i.promise.elapsed_ms >= 0);
            prop_assert!(i.warnings.iter().all(|(at, _)| i.promise.deadline.is_some_and(|d| *at < d)), "{:?}", i);
            if i.promise.state == State::Met {
                prop_assert!(i.promise.elapsed_ms <= i.promise.target_s * 1000);
            }
            if i.promise.state == State::Running {
                prop_assert!(i.promise.deadline.is_none_or(|d| d >= t.as_of));
            }
        }
    }

    #[test]
    fn what_does_not_concern_a_promise_does_not_change_it(told in any_ticket(), minute in 0u32..2880) {
        let d = promises();
        let note = format!("{minute} agent:a9 tags_changed {{\"added\":[\"unrelated\"]}}");
        let mut more = told.clone();
        let mut unrelated = events(&[&note]).remove(0);
        unrelated.event_id = "unrelated".into();
        unrelated.ts = unrelated.ts.max(told[0].ts);
        more.push(unrelated);
        let (a, b) = (fold(&key(), &told, &d).expect("created"), fold(&key(), &more, &d).expect("created"));
        let until = a.as_of.max(b.as_of);
        let stand = |t| {
            let stands = |i: Instance| {
                let decided = i.promise.decided_at.or(i.promise.deadline);
                (i.promise.target, i.promise.cycle, i.promise.started, i.promise.state_at(until), decided, i.promise.overrun_at(&d, i.calendar.as_deref(), until), i.promise.fulfilled_at)
            };
            instances(t, &d).into_iter().map(stands).collect::<Vec<_>>()
        };
        prop_assert_eq!(stand(&a), stand(&b));
    }

    #[test]
    fn what_came_later_does_not_change_what_was_decided_before(told in any_ticket(), keep in 0usize..14) {
        let d = promises();
        let mut known = told.clone();
        known.sort_by(|a, b| a.order().cmp(&b.order()));
        let created = known.iter().position(|e| e.event_id == told[0].event_id).expect("created");
        known.truncate((created + 1 + keep).min(told.len()));
        let (then, now) = (fold(&key(), &known, &d).expect("created"), fold(&key(), &told, &d).expect("created"));
        // A later event of the same instant may still belong to the same update.
        prop_assume!(told.iter().all(|e| known.contains(e) || e.ts > then.as_of));
        prop_assume!(then.in_scope(&d) && now.in_scope(&d) && then.is_live(&d) == now.is_live(&d));
        let later = instances(&now, &d);
        // Only a resolution that was in time is open again when its ticket is.
        let stays = |i: &Instance| match i.promise.state {
            State::Breached => true,
            State::Met => i.promise.target != Target::Resolution,
            State::Running | State::Cancelled => false,
        };
        for i in instances(&then, &d).into_iter().filter(stays) {
            let kept = later.iter().any(|l| (l.promise.target, l.promise.cycle, l.promise.state, l.promise.decided_at, &l.policy) == (i.promise.target, i.promise.cycle, i.promise.state, i.promise.decided_at, &i.policy));
            prop_assert!(kept, "{i:?}");
        }
    }
}
