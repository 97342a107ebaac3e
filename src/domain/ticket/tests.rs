use proptest::prelude::*;

use super::*;
use crate::domain::event::Event;
use crate::domain::sample::{SampleFact, samples};

pub(in crate::domain) mod clocks;

/// Events from `minute actor type {data}` lines; the actor is `kind:id`, the minute counts from midnight UTC.
pub(crate) fn events(lines: &[&str]) -> Vec<Event> {
    let event = |(seq, line): (usize, &&str)| {
        let mut words = line.splitn(4, ' ');
        let mut next = || words.next().unwrap_or_default();
        let minute: f64 = next().parse().expect("a minute");
        let (kind, id) = next().split_once(':').expect("kind:id");
        let (name, data) = (next(), next());
        let ts = Timestamp(1_710_000_000_000 - 1_710_000_000_000 % 86_400_000 + (minute * 60_000.0) as i64);
        let data = if data.is_empty() { "{}" } else { data };
        Event::parse(&format!(
            r#"{{"event_id":"e{seq}","seq":{seq},"ts":"{ts}","type":"{name}","ticket":"1","actor":{{"kind":"{kind}","id":"{id}"}},"data":{data}}}"#
        ))
        .unwrap_or_else(|e| panic!("{line}: {e}"))
    };
    lines.iter().enumerate().map(event).collect()
}

pub(crate) fn key() -> TicketKey {
    TicketKey { source: "desk".into(), id: "1".into() }
}

pub(in crate::domain) fn ticket(lines: &[&str], definitions: &Definitions) -> Ticket {
    fold(&key(), &events(lines), definitions).expect("it was created")
}

/// Minutes since midnight, to read timelines by.
pub(in crate::domain) fn minute(at: Timestamp) -> f64 {
    at.0.rem_euclid(86_400_000) as f64 / 60_000.0
}

/// The turns as `began-ended end`.
fn turns(lines: &[&str], definitions: &Definitions) -> String {
    let t = ticket(lines, definitions);
    let word = |turn: Turn| {
        let at = |i: usize| minute(t.timeline[i].at);
        let began = at(turn.began);
        match turn.end {
            TurnEnd::Open => format!("{began}- open"),
            TurnEnd::Answered(i) => format!("{began}-{} answered", at(i)),
            TurnEnd::Solved(i) => format!("{began}-{} solved", at(i)),
        }
    };
    t.turns(definitions).into_iter().map(word).collect::<Vec<_>>().join(", ")
}

const CREATED: &str = "0 customer:c1 ticket_created";

#[test]
fn a_turn_runs_from_the_first_unanswered_message_to_the_first_answer() {
    let d = Definitions::default();
    let table: &[(&[&str], &str)] = &[
        (&[], "0- open"),
        (&["1 customer:c1 message", "2 agent:a message", "3 agent:a message"], "0-2 answered"),
        (&["1 agent:a message {\"auto\":true}", "2 agent:a note", "3 system:- message", "4 bot:b message"], "0- open"),
        (&["2 agent:a message", "3 customer:c1 message {\"auto\":true}"], "0-2 answered"),
        (
            &["2 agent:a message", "3 customer:c1 message", "4 agent:a status_changed {\"to\":\"solved\"}"],
            "0-2 answered, 3-4 solved",
        ),
        (&["4 agent:a status_changed {\"to\":\"solved\"}", "5 agent:a message"], "0-5 answered"),
        (
            &["4 agent:a status_changed {\"to\":\"solved\"}", "4.5 customer:c1 message", "4.9 agent:a message"],
            "0-4.9 answered",
        ),
        (&["4 agent:a status_changed {\"to\":\"solved\"}", "5.01 agent:a message"], "0-4 solved"),
        (&["4 agent:a status_changed {\"to\":\"solved\"}", "9 customer:c1 message"], "0-4 solved, 9- open"),
        (
            &["4 agent:a status_changed {\"to\":\"solved\"}", "5 agent:a status_changed {\"to\":\"closed\"}"],
            "0-4 solved",
        ),
    ];
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        assert_eq!(turns(&lines, &d), *expected, "{rest:?}");
    }
}

#[test]
fn the_opening_is_a_turn_only_if_the_customer_waits_for_an_answer() {
    let d = Definitions::default();
    let table = [
        ("0 agent:a ticket_created", ""),
        ("0 agent:a ticket_created {\"channel\":\"Phone\",\"initiator\":\"customer\"}", ""),
        ("0 customer:c ticket_created {\"public\":false}", ""),
        ("0 system:- ticket_created", "0- open"),
    ];
    for (created, expected) in table {
        assert_eq!(turns(&[created], &d), expected, "{created}");
    }
}

#[test]
fn the_channel_learned_late_holds_from_the_start() {
    let d = Definitions::default();
    assert_eq!(turns(&[CREATED, "5 system:- changed {\"channel\":\"phone\"}"], &d), "");
}

#[test]
fn a_snapshot_means_the_changes_it_implies() {
    let d = Definitions::default();
    let told = ticket(
        &[
            CREATED,
            "5 agent:a status_changed {\"to\":\"solved\"}",
            "5 agent:a priority_changed {\"to\":\"High\"}",
            "5 agent:a assigned {\"agent\":\"a\",\"team\":null}",
            "5 agent:a tags_changed {\"added\":[\"x\",\"b\"]}",
        ],
        &d,
    );
    let seen = ticket(
        &[
            CREATED,
            "5 agent:a snapshot {\"status\":\"solved\",\"priority\":\"HIGH\",\"agent\":\"a\",\"tags\":[\"x\",\"b\"]}",
            "5 system:- snapshot {\"status\":\"solved\"}",
        ],
        &d,
    );
    assert_eq!(told, seen);
    assert_eq!(seen.last_solve(), Some(1));
}

#[test]
fn what_one_update_changes_together_is_read_together() {
    let t =
        ticket(&[CREATED, "5 agent:a message", "5 agent:a assigned {\"team\":\"billing\"}"], &Definitions::default());
    assert_eq!(t.dimensions(t.timeline[1].at, None).team.as_deref(), Some("billing"));
    assert_eq!(t.dimensions(t.timeline[1].at.plus_ms(-1), None).team, None);
}

#[test]
fn nothing_is_known_of_a_ticket_whose_creation_is_not() {
    let d = Definitions::default();
    assert_eq!(fold(&key(), &events(&["1 agent:a message", "2 system:- snapshot {\"status\":\"open\"}"]), &d), None);
}

#[test]
fn what_a_sloppy_clock_dates_before_the_creation_happened_with_it() {
    let d = Definitions::default();
    let t = ticket(&["1 agent:a assigned {\"team\":\"x\"}", "1 agent:a message", "2 customer:c1 ticket_created"], &d);
    assert_eq!((t.team.at(t.created).as_deref(), t.timeline[1].at), (Some("x"), t.created));
    assert_eq!(t.created, t.as_of);
}

#[test]
fn a_ticket_born_solved_was_solved_at_birth() {
    let d = Definitions::default();
    let born = "0 agent:a ticket_created {\"channel\":\"phone\",\"initiator\":\"customer\",\"status\":\"solved\"}";
    let facts: Vec<_> = samples(&ticket(&[born], &d), &d).into_iter().map(|s| s.fact).collect();
    let solved = facts.iter().any(
        |f| matches!(f, SampleFact::Solve { last: true, human: true, elapsed: Some(e), .. } if e.calendar_ms == 0),
    );
    assert!(solved && !facts.iter().any(|f| matches!(f, SampleFact::Open { .. })), "{facts:?}");
}

#[test]
fn restored_tickets_count_and_merged_ones_keep_their_rating() {
    let d = Definitions::default();
    let kinds = |rest: &[&str]| {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        samples(&ticket(&lines, &d), &d).iter().map(|s| s.fact.kind().name()).collect::<Vec<_>>().join(" ")
    };
    let rating = "9 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":5}";
    assert_eq!(kinds(&["1 system:- spam"]), "left_out");
    assert_eq!(kinds(&["1 system:- deleted", rating]), "left_out");
    assert_eq!(kinds(&["1 system:- spam", "2 agent:a restored"]), "created waiting open");
    assert_eq!(kinds(&["1 agent:a merged", rating]), "rating left_out");
    assert_eq!(kinds(&["1 agent:a merged", "2 system:- deleted", "3 system:- restored"]), "left_out");
}

/// Any line a source might tell about a ticket, at any minute of two days.
pub(in crate::domain) fn any_line() -> impl Strategy<Value = String> {
    const WHAT: &[&str] = &[
        "customer:c1 message",
        "agent:a1 message",
        "agent:a2 message",
        "bot:b message",
        "bot:b message {\"auto\":true}",
        "agent:a2 message {\"auto\":true}",
        "system:rule message",
        "agent:a1 note",
        "agent:a2 time_tracked {\"start\":\"2024-03-09T00:00:00Z\",\"seconds\":60,\"kind\":\"talk\"}",
        "bot:b bot_handoff",
        "agent:a1 status_changed {\"to\":\"open\"}",
        "agent:a1 status_changed {\"to\":\"pending\"}",
        "agent:a1 status_changed {\"to\":\"solved\"}",
        "system:- status_changed {\"to\":\"closed\"}",
        "system:- snapshot {\"status\":\"on_hold\",\"priority\":\"urgent\",\"team\":\"A\"}",
        "agent:a1 assigned {\"team\":\"A\"}",
        "agent:a1 assigned {\"team\":\"B\",\"agent\":\"a2\"}",
        "agent:a1 assigned {\"team\":null,\"agent\":null}",
        "agent:a1 priority_changed {\"to\":\"urgent\"}",
        "agent:a1 priority_changed {\"to\":\"normal\"}",
        "agent:a1 tags_changed {\"added\":[\"vip\"]}",
        "agent:a1 tags_changed {\"removed\":[\"vip\"]}",
        "agent:a1 category_changed {\"to\":\"login\"}",
        "system:- changed {\"tier\":\"gold\",\"channel\":\"chat\"}",
        "system:- sla_policy {\"policy\":\"gold\",\"targets\":{\"first_response\":600,\"resolution\":7200},\"calendar\":\"always\"}",
        "customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":4}",
        "agent:a1 merged {\"into\":\"2\"}",
        "system:- deleted",
        "agent:a1 restored",
        "agent:a1 read",
    ];
    (0u32..2880, prop::sample::select(WHAT)).prop_map(|(minute, what)| format!("{minute} {what}"))
}

pub(crate) fn any_ticket() -> impl Strategy<Value = Vec<Event>> {
    let created = prop::sample::select(vec![
        "0 customer:c1 ticket_created {\"team\":\"A\"}",
        "600 agent:a1 ticket_created {\"customer\":\"c1\"}",
        "600 customer:c1 ticket_created {\"channel\":\"phone\",\"priority\":\"Urgent\"}",
    ]);
    (created, prop::collection::vec(any_line(), 0..14)).prop_map(|(created, rest)| {
        let lines: Vec<&str> = std::iter::once(created).chain(rest.iter().map(String::as_str)).collect();
        events(&lines)
    })
}

proptest! {
    #[test]
    fn order_and_repetition_of_events_do_not_matter(
        told in any_ticket(), shuffle in any::<prop::sample::Index>(), seed in any::<u64>(),
    ) {
        let d = crate::domain::sla::tests::promises();
        let mut retold = told.clone();
        let again = retold[shuffle.index(told.len())].clone();
        retold.push(again);
        let n = retold.len() as u64;
        let mut order: Vec<(u64, Event)> = retold
            .into_iter()
            .enumerate()
            .map(|(i, e)| ((i as u64 + 1).wrapping_mul(seed | 1).rotate_left(17) % (n * 97), e))
            .collect();
        order.sort_by_key(|(k, _)| *k);
        let retold: Vec<Event> = order.into_iter().map(|(_, e)| e).collect();
        let (a, b) = (fold(&key(), &told, &d), fold(&key(), &retold, &d));
        prop_assert_eq!(&a, &b);
        let (a, b) = (a.expect("created"), b.expect("created"));
        prop_assert_eq!(samples(&a, &d), samples(&b, &d));
    }

    #[test]
    fn the_timeline_is_in_order_and_every_wait_is_inside_the_ticket(told in any_ticket()) {
        let d = Definitions::default();
        let t = fold(&key(), &told, &d).expect("created");
        prop_assert!(t.timeline.windows(2).all(|w| w[0].at <= w[1].at));
        prop_assert!(t.timeline.iter().all(|e| t.created <= e.at && e.at <= t.as_of));
        let turns = t.turns(&d);
        prop_assert!(turns.windows(2).all(|w| w[0].end.index().is_some_and(|i| i < w[1].began)));
        let solves = t.timeline.iter().filter(|e| e.act.is_solve()).count();
        let reopens = t.timeline.iter().filter(|e| e.act == Act::Reopen).count();
        prop_assert_eq!(solves, reopens + usize::from(t.last_solve().is_some()));
        prop_assert_eq!(t.last_solve().is_some(), t.status.last().is_solved());
    }

    #[test]
    fn open_stretches_add_up_to_the_unsolved_time(told in any_ticket()) {
        let d = crate::domain::sla::tests::promises();
        let t = fold(&key(), &told, &d).expect("created");
        prop_assume!(t.in_scope(&d));
        let whole = t.unsolved(&d, t.created, t.as_of);
        let open = samples(&t, &d).into_iter().filter(|s| matches!(s.fact, SampleFact::Open { .. }));
        let (mut calendar, mut business) = (0, Some(0));
        for span in open {
            let e = t.elapsed(&d, span.at, span.until.unwrap_or(t.as_of));
            calendar += e.calendar_ms;
            business = business.zip(e.business_ms).map(|(x, y)| x + y);
        }
        prop_assert_eq!(calendar, whole.calendar_ms);
        prop_assert_eq!(business.or(whole.business_ms), whole.business_ms.or(business));
    }

    #[test]
    fn business_time_is_never_longer_than_calendar_time_and_splits_anywhere(
        told in any_ticket(), cuts in prop::array::uniform3(0i64..200_000_000),
    ) {
        let d = crate::domain::sla::tests::promises();
        let t = fold(&key(), &told, &d).expect("created");
        let mut at = cuts.map(|c| t.created.plus_ms(c));
        at.sort_unstable();
        let whole = t.elapsed(&d, at[0], at[2]);
        let (one, two) = (t.elapsed(&d, at[0], at[1]), t.elapsed(&d, at[1], at[2]));
        prop_assert_eq!(whole.calendar_ms, one.calendar_ms + two.calendar_ms);
        if let (Some(w), Some(x), Some(y)) = (whole.business_ms, one.business_ms, two.business_ms) {
            prop_assert!(w <= whole.calendar_ms);
            prop_assert_eq!(w, x + y);
        }
    }
}
