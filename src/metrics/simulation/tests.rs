use proptest::prelude::*;

use super::*;
use crate::domain::event::Fact;
use crate::domain::sla::tests::promises;
use crate::domain::sla::{Allowance, Supposed};
use crate::domain::ticket::tests::{any_ticket, events, key};

/// Everything there is, as known at the last event or later.
fn question(supposition: Supposition, policies: Vec<Policy>, as_of: Timestamp) -> Question {
    let period = Period { from: Timestamp::MIN, to: Timestamp::MAX };
    let zone = Zone::default();
    Question { supposition, policies, instead: false, period, filters: vec![], as_of, zone }
}

fn simulated(supposition: &Supposition, told: &[Vec<Event>], as_of: Timestamp) -> Outcome {
    let standing = Arc::new(promises());
    let question = question(supposition.clone(), standing.policies.clone(), as_of);
    let mut simulation = Simulation::new(question, Arc::clone(&standing), &standing);
    for (n, events) in told.iter().enumerate() {
        let key = TicketKey { id: n.to_string(), ..key() };
        simulation.take(&key, events);
    }
    simulation.outcome()
}

fn first_response(seconds: i64) -> Supposition {
    Supposition { targets: [(Target::FirstResponse, Supposed::All(seconds))].into(), ..Supposition::default() }
}

#[test]
fn a_demand_is_counted_on_both_sides_and_named_where_its_verdict_changes() {
    let told = [
        // Answered after half an hour, of one promised.
        events(&["0 customer:c ticket_created {\"tags\":[\"x\"]}", "30 agent:a message"]),
        // Answered after two hours.
        events(&["120 customer:c ticket_created", "240 agent:a message"]),
    ];
    let as_of = told[1][1].ts.plus_s(60);
    let tight = simulated(&first_response(900), &told, as_of);
    let first = tight.by_target[&Target::FirstResponse];
    assert_eq!((first.stands.kept, first.stands.missed, first.supposed.missed), (1, 1, 2));
    assert_eq!((first.worse, first.better, tight.tickets), (1, 0, 2));
    let [changed] = tight.changed.as_slice() else { panic!("{:?}", tight.changed) };
    assert_eq!((changed.ticket.ticket.as_str(), changed.stands, changed.supposed), ("0", State::Met, State::Breached));
    assert_eq!(changed.due_supposed, Some(told[0][0].ts.plus_s(900)));
    let loose = simulated(&first_response(3 * 3600), &told, as_of);
    assert_eq!((loose.total.worse, loose.total.better), (0, 1));
    assert_eq!(loose.changed[0].ticket.ticket, "1");
    let hours: Vec<u64> = loose.by_hour[..3].iter().map(|tally| tally.stands.missed).collect();
    assert_eq!(hours, [0, 0, 1]);
    let none = Supposition { targets: [(Target::FirstResponse, Supposed::Nothing)].into(), ..Supposition::default() };
    let none = simulated(&none, &told, as_of).by_target[&Target::FirstResponse];
    assert_eq!((none.supposed.all(), none.worse, none.better), (0, 0, 0));
}

#[test]
fn of_many_changes_the_latest_are_named() {
    let one = events(&["0 customer:c ticket_created", "30 agent:a message"]);
    let told: Vec<Vec<Event>> = (0..NAMED + 5)
        .map(|n| one.iter().map(|e| Event { ts: e.ts.plus_s(n as i64), ..e.clone() }).collect())
        .collect();
    let outcome = simulated(&first_response(60), &told, one[1].ts.plus_s(100_000));
    assert_eq!((outcome.total.worse, outcome.changed.len()), ((NAMED + 5) as u64, NAMED));
    assert_eq!(
        (outcome.changed[0].ticket.ticket.as_str(), outcome.changed[NAMED - 1].ticket.ticket.as_str()),
        ("1004", "5")
    );
}

proptest! {
    #[test]
    fn the_very_policies_in_force_change_no_verdict(told in proptest::collection::vec(any_ticket(), 1..4), later in 0i64..100_000) {
        let as_of = told.iter().flatten().map(|e| e.ts).max().expect("events").plus_s(later);
        let outcome = simulated(&Supposition::default(), &told, as_of);
        prop_assert_eq!((outcome.total.worse, outcome.total.better), (0, 0));
        prop_assert_eq!(outcome.total.stands, outcome.total.supposed);
        for tally in outcome.by_target.values().chain(outcome.by_team.values()).chain(&outcome.by_hour) {
            prop_assert_eq!(tally.stands, tally.supposed);
        }
        // The parts are the whole, however it is cut.
        let sum = |tallies: Vec<&Tally>| tallies.iter().map(|t| t.stands.all()).sum::<u64>();
        for parts in [outcome.by_target.values().collect(), outcome.by_team.values().collect(), outcome.by_hour.iter().collect()] {
            prop_assert_eq!(sum(parts), outcome.total.stands.all());
        }
    }

    #[test]
    fn a_tighter_target_never_misses_less(
        told in proptest::collection::vec(any_ticket(), 1..4),
        target in proptest::sample::select(&Target::ALL[..]),
        tight in 60i64..40_000,
        more in 0i64..40_000,
    ) {
        let as_of = told.iter().flatten().map(|e| e.ts).max().expect("events").plus_s(3600);
        let of = |seconds| {
            let targets = [(target, Supposed::All(seconds))].into();
            simulated(&Supposition { targets, ..Supposition::default() }, &told, as_of)
        };
        let (tight, loose) = (of(tight), of(tight + more));
        prop_assert!(tight.total.supposed.missed >= loose.total.supposed.missed);
        prop_assert_eq!(tight.total.supposed.all(), loose.total.supposed.all());
    }

    #[test]
    fn a_list_of_policies_written_out_is_the_same_as_the_change(told in proptest::collection::vec(any_ticket(), 1..4), seconds in 60i64..40_000) {
        let as_of = told.iter().flatten().map(|e| e.ts).max().expect("events");
        let standing = Arc::new(promises());
        let mut policies = standing.policies.clone();
        for policy in &mut policies {
            policy.targets.insert(Target::FirstResponse, Allowance::All(seconds));
        }
        let mut written = Simulation::new(question(Supposition::default(), policies, as_of), Arc::clone(&standing), &standing);
        for (n, events) in told.iter().enumerate() {
            written.take(&TicketKey { id: n.to_string(), ..key() }, events);
        }
        // What the help desk says of a ticket is changed by words, and not by a list.
        prop_assume!(told.iter().flatten().all(|e| !matches!(e.fact, Fact::SlaPolicy(_))));
        prop_assert_eq!(written.outcome(), simulated(&first_response(seconds), &told, as_of));
    }
}
