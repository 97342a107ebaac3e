//! The switches of the family, each from what happened to what is said, and what the lines tell beside the numbers.

mod contact;

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::domain::columns::Samples;
use crate::domain::definitions::{
    Definitions, EfficiencyBasis, ReopenVariant, RepeatContact, ResponseStart, ResponseWeight, WaitBasis,
};
use crate::domain::event::Event;
use crate::domain::message::Block;
use crate::domain::names::{Clock, Dimension, Family, MetricId};
use crate::domain::query::Filter;
use crate::domain::sample::{TicketKey, samples};
use crate::domain::ticket::fold;
use crate::domain::ticket::tests::{any_ticket, events};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{Broken, Figures, Particulars, Reason};
use crate::metrics::period::Period;
use crate::metrics::{Query, compute, present};

/// What happened to each ticket, as lines of `minute actor type {data}`.
type Tickets<'t> = [(&'t str, &'t [&'t str])];

const MIDNIGHT: Timestamp = Timestamp(1_709_942_400_000);
const DAY: f64 = 1440.0;

fn at(minute: f64) -> Timestamp {
    MIDNIGHT.plus_ms((minute * 60_000.0) as i64)
}

/// A question about the minutes from 0 to `to`, asked at minute `as_of`.
fn question(id: MetricId, to: f64, as_of: f64) -> Query {
    let mut query = Query::over(Period { from: at(0.0), to: at(to) }, at(as_of));
    query.metrics = vec![id];
    query.clock = Some(Clock::Calendar);
    query.list = true;
    query
}

fn told(tickets: &Tickets<'_>, as_of: Timestamp, d: &Definitions) -> Samples {
    let folded = tickets.iter().filter_map(|(id, lines)| {
        let known: Vec<_> = events(lines).into_iter().filter(|e| e.ts <= as_of).collect();
        fold(&TicketKey { source: "desk".into(), id: (*id).to_owned() }, &known, d)
    });
    Samples::from_samples(folded.flat_map(|t| samples(&t, d)))
}

fn answer(query: &Query, tickets: &Tickets<'_>, d: &Definitions) -> Figures {
    compute(query, d, &told(tickets, query.as_of, d)).metrics.remove(0).figures
}

/// The figures of the first day, asked at its end.
fn day(id: MetricId, tickets: &Tickets<'_>, d: &Definitions) -> Figures {
    answer(&question(id, DAY, DAY), tickets, d)
}

/// The line of the first day.
fn line(id: MetricId, tickets: &Tickets<'_>, d: &Definitions) -> String {
    let query = question(id, DAY, DAY);
    let report = compute(&query, d, &told(tickets, query.as_of, d));
    present::line(&report.metrics[0]).to_plain()
}

fn with(change: impl FnOnce(&mut Definitions)) -> Definitions {
    let mut d = Definitions::default();
    change(&mut d);
    d
}

const NEW: &str = "0 customer:c1 ticket_created";
const TALK: &[&str] = &[
    NEW,
    "10 agent:a message",
    "20 customer:c1 message",
    "24 customer:c1 message",
    "30 agent:b message",
    "40 agent:b status_changed {\"to\":\"solved\"}",
];
const SHORT: &[&str] = &[NEW, "4 agent:a message", "5 agent:a status_changed {\"to\":\"solved\"}"];

#[test]
fn each_reply_weighs_the_same_or_each_ticket() {
    let tickets = [("T1", TALK), ("T2", SHORT)];
    let by_reply = day(MetricId::ResponseTime, &tickets, &Definitions::default());
    assert_eq!((by_reply.n, by_reply.value), (Some(3), Some(600.0)));
    let d = with(|d| d.switches.response_time_weight = ResponseWeight::Ticket);
    let by_ticket = day(MetricId::ResponseTime, &tickets, &d);
    assert_eq!((by_ticket.n, by_ticket.value), (Some(2), Some((600.0 + 240.0) / 2.0)));
    assert!(line(MetricId::ResponseTime, &tickets, &d).contains("2 tickets"));
    let next = day(MetricId::NextReplyTime, &tickets, &with(|d| d.switches.response_time_start = ResponseStart::Last));
    assert_eq!((next.n, next.value), (Some(1), Some(360.0)));
}

#[test]
fn first_response_tells_who_still_waits() {
    let waiting: &[&str] = &[NEW, "5 bot:b message"];
    let tickets = [("T1", SHORT), ("T2", waiting)];
    let said = line(MetricId::FirstResponseTime, &tickets, &Definitions::default());
    assert!(
        said.contains("1 still waiting, oldest 24h 00m") || said.contains("1 still waiting, oldest 1d 0h"),
        "{said}"
    );
    let any = line(MetricId::FirstResponseTimeAny, &tickets, &Definitions::default());
    assert!(any.starts_with("Any first reply 4m 30s") && any.contains("human 4m 00s"), "{any}");
}

#[test]
fn waiting_is_read_from_the_status_or_from_the_messages() {
    let lines: &[&str] = &[
        NEW,
        "10 agent:a message",
        "12 agent:a status_changed {\"to\":\"on_hold\"}",
        "30 agent:a message",
        "30 agent:a status_changed {\"to\":\"pending\"}",
        "50 agent:a status_changed {\"to\":\"solved\"}",
    ];
    let tickets = [("T1", lines), ("T2", SHORT)];
    let seconds = |id, d: &Definitions| day(id, &tickets[..1], d).value;
    let d = Definitions::default();
    assert_eq!(seconds(MetricId::RequesterWaitTime, &d), Some(1800.0));
    assert_eq!(seconds(MetricId::AgentWaitTime, &d), Some(1200.0));
    assert_eq!(seconds(MetricId::OnHoldTime, &d), Some(1080.0));
    assert_eq!(seconds(MetricId::AgentWorkTime, &d), Some(720.0));
    assert!(line(MetricId::RequesterWaitTime, &tickets, &d).contains("50.0% never were pending"));
    assert!(line(MetricId::OnHoldTime, &tickets, &d).contains("50.0% were on hold"));
    let d = with(|d| d.switches.wait_basis = WaitBasis::Messages);
    assert_eq!(seconds(MetricId::RequesterWaitTime, &d), Some(600.0));
}

#[test]
fn the_assignment_before_the_reply_may_count_instead_of_the_first() {
    let lines: &[&str] =
        &[NEW, "5 system:- assigned {\"agent\":\"a\"}", "15 agent:a assigned {\"agent\":\"b\"}", "20 agent:b message"];
    let mut query = question(MetricId::TimeToAssignment, DAY, DAY);
    assert_eq!(answer(&query, &[("T1", lines)], &Definitions::default()).value, Some(300.0));
    query.variant = Some("before_reply".into());
    assert_eq!(answer(&query, &[("T1", lines)], &Definitions::default()).value, Some(900.0));
}

#[test]
fn what_bots_did_alone_may_be_left_out_of_the_resolution() {
    let bot: &[&str] = &[NEW, "1 bot:b message", "2 bot:b status_changed {\"to\":\"solved\"}"];
    let mut query = question(MetricId::ResolutionTime, DAY, DAY);
    assert_eq!(answer(&query, &[("T1", SHORT), ("T2", bot)], &Definitions::default()).n, Some(2));
    query.variant = Some("human".into());
    assert_eq!(answer(&query, &[("T1", SHORT), ("T2", bot)], &Definitions::default()).n, Some(1));
}

#[test]
fn one_touch_takes_as_many_replies_as_are_allowed() {
    let silent: &[&str] = &[NEW, "5 agent:a status_changed {\"to\":\"solved\"}"];
    let tickets = [("T1", TALK), ("T2", SHORT), ("T3", silent)];
    let parts = |d: &Definitions| {
        let detail = day(MetricId::OneTouchRate, &tickets, d).detail;
        (detail.numerator, detail.denominator)
    };
    assert_eq!(parts(&Definitions::default()), (Some(1), Some(2)));
    assert_eq!(parts(&with(|d| d.switches.one_touch_max_replies = 2)), (Some(2), Some(2)));
    assert_eq!(parts(&with(|d| d.switches.one_touch_min_replies = 0)), (Some(2), Some(3)));
    let said = line(MetricId::OneTouchRate, &tickets, &Definitions::default());
    assert!(said.contains("two-touch 50.0%") && said.contains("more 0.0%"), "{said}");
}

#[test]
fn people_are_those_who_replied_or_noted_or_were_assigned() {
    let lines: &[&str] = &[
        NEW,
        "5 system:- assigned {\"agent\":\"x\"}",
        "6 agent:y note",
        "7 agent:x assigned {\"agent\":\"y\",\"team\":\"B\"}",
        "8 agent:y assigned {\"agent\":\"z\"}",
        "10 agent:z message",
        "11 agent:z status_changed {\"to\":\"solved\"}",
    ];
    let tickets = [("T1", lines), ("T2", TALK)];
    let mean = |d: &Definitions| day(MetricId::ResponseEfficiency, &tickets, d).value;
    assert_eq!(mean(&Definitions::default()), Some(1.5));
    assert_eq!(mean(&with(|d| d.switches.efficiency_count_notes = true)), Some(2.0));
    assert_eq!(mean(&with(|d| d.switches.efficiency_basis = EfficiencyBasis::Assignees)), Some(3.0));
    let said = line(MetricId::ResponseEfficiency, &tickets, &Definitions::default());
    assert_eq!(said, "People per resolution 1.5 · 2 tickets · 50.0% handled by one · max 2 · small sample");
    let said = line(MetricId::Reassignments, &tickets, &Definitions::default());
    assert_eq!(said, "Reassignments per ticket 1 · 2 tickets · 50.0% reassigned · small sample");
}

#[test]
fn replies_may_include_what_the_customer_wrote_or_count_answered_questions() {
    let tickets = [("T1", TALK), ("T2", SHORT)];
    let said = line(MetricId::RepliesPerResolution, &tickets, &Definitions::default());
    assert_eq!(said, "Replies per resolution 1.5 (median 1.5) · 2 tickets · small sample");
    let mean = |d: &Definitions| day(MetricId::RepliesPerResolution, &tickets, d).value;
    assert_eq!(mean(&with(|d| d.switches.replies_include_customer = true)), Some((5.0 + 2.0) / 2.0));
    let mut query = question(MetricId::RepliesPerResolution, DAY, DAY);
    query.variant = Some("turn".into());
    assert_eq!(answer(&query, &[("T1", TALK)], &Definitions::default()).value, Some(2.0));
}

/// A ticket about something, created and perhaps solved at some minute.
fn about(category: &str, customer: &str, created: f64, solved: Option<f64>) -> Vec<String> {
    let mut lines = vec![format!("{created} customer:{customer} ticket_created {{\"category\":\"{category}\"}}")];
    lines.extend(solved.map(|at| format!("{at} agent:a status_changed {{\"to\":\"solved\"}}")));
    lines
}

fn texts(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn the_cards_tell_how_many_people_and_why_not() {
    let card = |id: MetricId| {
        let tickets = [("T1", TALK), ("T2", SHORT)];
        let report = compute(
            &question(id, DAY, DAY),
            &Definitions::default(),
            &told(&tickets, at(DAY), &Definitions::default()),
        );
        present::message(&report)
    };
    let field = |id: MetricId, label: &str| {
        let fields = card(id).blocks.into_iter().filter_map(|block| match block {
            Block::Fields(fields) => Some(fields),
            _ => None,
        });
        fields.flatten().find(|field| field.label == label).map(|field| field.value.to_plain())
    };
    assert_eq!(field(MetricId::ResponseEfficiency, "Tickets by people").as_deref(), Some("1: 1 · 2: 1 · 3: 0 · 4+: 0"));
    let why_not = field(MetricId::FirstContactResolution, "Why not");
    assert_eq!(why_not.as_deref(), Some("asked again: 1 · several people: 1"));
}

const REOPENED: &[&str] = &[
    NEW,
    "10 agent:a status_changed {\"to\":\"solved\"}",
    "70 customer:c1 status_changed {\"to\":\"open\"}",
    "80 agent:a status_changed {\"to\":\"solved\"}",
    "200 customer:c1 status_changed {\"to\":\"open\"}",
    "210 agent:a message",
    "220 agent:a status_changed {\"to\":\"solved\"}",
];

#[test]
fn reopens_are_counted_by_ticket_or_by_event() {
    let tickets = [("T1", REOPENED), ("T2", SHORT)];
    let parts = |d: &Definitions| {
        let figures = day(MetricId::ReopenRate, &tickets, d);
        (figures.detail.numerator.unwrap_or_default(), figures.n.unwrap_or_default())
    };
    let by_ticket = Definitions::default();
    let by_event = with(|d| d.switches.reopen_variant = ReopenVariant::Events);
    assert_eq!((parts(&by_ticket), parts(&by_event)), ((1, 2), (2, 4)));
    let hard = with(|d| {
        d.switches.reopen_variant = ReopenVariant::Events;
        d.switches.reopen_count_soft = false;
    });
    assert_eq!(parts(&hard), (1, 4));
    let said = line(MetricId::ReopenRate, &tickets, &by_ticket);
    assert!(said.contains("1 of 2 tickets") && said.contains("1.00 reopens a ticket"), "{said}");
    assert!(said.contains("usually after 1h 30m"), "{said}");
    let said = line(MetricId::ReopenRate, &tickets, &by_event);
    assert!(said.contains("2 of 4 solves") && said.contains("1 without a further reply"), "{said}");
}

#[test]
fn a_bot_that_helped_may_still_see_the_customer_again() {
    let alone: &[&str] = &[
        "0 customer:c1 ticket_created {\"category\":\"login\"}",
        "1 bot:b message",
        "9 system:- status_changed {\"to\":\"closed\"}",
    ];
    let again: &[&str] = &[
        "60 customer:c1 ticket_created {\"category\":\"login\"}",
        "61 bot:b message",
        "63 agent:a message",
        "69 agent:a status_changed {\"to\":\"solved\"}",
    ];
    let said = line(MetricId::BotResolutionRate, &[("T1", alone), ("T2", again)], &Definitions::default());
    assert!(said.starts_with("Bot resolved 50.0%"), "{said}");
    assert!(said.contains("1 of 2 bot conversations · 1 unconfirmed · 1 came back"), "{said}");
}

#[test]
fn an_escalation_rate_needs_to_know_what_an_escalation_is() {
    let moved: &[&str] = &[
        "0 customer:c1 ticket_created {\"team\":\"first\"}",
        "2 agent:a assigned {\"team\":\"tier2\"}",
        "9 agent:b status_changed {\"to\":\"solved\"}",
    ];
    let tagged: &[&str] =
        &[NEW, "2 agent:a tags_changed {\"added\":[\"urgent\"]}", "9 agent:a status_changed {\"to\":\"solved\"}"];
    let tickets = [("T1", moved), ("T2", tagged), ("T3", SHORT)];
    let parts = |d: &Definitions| {
        let figures = day(MetricId::EscalationRate, &tickets, d);
        (figures.detail.numerator, figures.n, figures.reason)
    };
    assert_eq!(parts(&Definitions::default()), (None, Some(0), Some(Reason::NotConnected)));
    let said = line(MetricId::EscalationRate, &tickets, &Definitions::default());
    assert!(said.contains("escalation.teams or escalation.tags"), "{said}");
    let teams = with(|d| d.switches.escalation_teams = vec!["tier2".into()]);
    assert_eq!(parts(&teams), (Some(1), Some(3), None));
    let tags = with(|d| d.switches.escalation_tags = vec!["urgent".into()]);
    assert_eq!(parts(&tags), (Some(1), Some(3), None));
    let mut query = question(MetricId::EscalationRate, DAY, DAY);
    query.filters =
        vec![Filter { dimension: Dimension::Team, values: vec!["first".into()], exclude: false, position: 0 }];
    assert_eq!(answer(&query, &tickets, &teams).value, Some(1.0), "it belongs to the team that gave it away");
}

/// Tickets answered after so many minutes each.
fn answered(after: impl IntoIterator<Item = u32>) -> BTreeMap<String, Vec<String>> {
    let lines = |minutes: u32| vec![NEW.to_owned(), format!("{minutes} agent:a message")];
    after.into_iter().enumerate().map(|(n, minutes)| (format!("T{n}"), lines(minutes))).collect()
}

#[test]
fn a_promise_is_the_step_that_nine_of_ten_replies_kept() {
    let ask = |after: &[u32], as_of: f64, d: &Definitions| {
        let tickets = answered(after.iter().copied());
        let lines: Vec<(&str, Vec<&str>)> = tickets.iter().map(|(id, lines)| (id.as_str(), texts(lines))).collect();
        let tickets: Vec<(&str, &[&str])> = lines.iter().map(|(id, lines)| (*id, lines.as_slice())).collect();
        let query = question(MetricId::ReplyTimePromise, 1.0, as_of);
        let answer = compute(&query, d, &told(&tickets, query.as_of, d)).metrics.remove(0);
        (answer.figures.value, answer.figures.reason, present::line(&answer).to_plain())
    };
    let d = Definitions::default();
    let many: Vec<u32> = (1..=20).collect();
    let (value, _, said) = ask(&many, DAY, &d);
    assert_eq!(value, Some(1800.0));
    assert_eq!(said, "We can promise 30m 00s (p90 18m 06s) · 20 replies · typically 10m 30s · calendar");
    let (value, reason, said) = ask(&many[..19], DAY, &d);
    assert_eq!((value, reason), (None, Some(Reason::NotEnoughData { have: 19, need: 20 })));
    assert!(said.ends_with("n/a - not enough data: 19 replies of the 20 it takes"), "{said}");
    assert_eq!(ask(&many[..19], DAY, &with(|d| d.switches.promise_min_n = 19)).0, Some(1800.0));
    assert_eq!(ask(&many, DAY, &with(|d| d.switches.promise_ladder_s = vec![60, 1200])).0, Some(1200.0));
    let (value, reason, said) = ask(&many, DAY, &with(|d| d.switches.promise_ladder_s = vec![60]));
    assert_eq!((value, reason), (None, Some(Reason::NoData)));
    assert!(said.contains("slower than every step"), "{said}");
    assert_eq!(ask(&many, 28.0 * DAY + 1.0, &d).0, Some(1800.0), "the last 28 days, whatever the period");
    assert_eq!(ask(&many, 28.0 * DAY + 2.0, &d).1, Some(Reason::NotEnoughData { have: 19, need: 20 }));
}

#[test]
fn cohorts_to_date_are_compared_at_the_same_age() {
    let solved_after = |created: f64, minutes: f64| about("x", "c", created, Some(created + minutes));
    // Day 0 and day 1 each bring a ticket that takes a day and one that takes two.
    let lines: Vec<Vec<String>> = [0.0, DAY]
        .into_iter()
        .flat_map(|begin| [solved_after(begin + 10.0, DAY), solved_after(begin + 20.0, 2.0 * DAY)])
        .collect();
    let lines: Vec<Vec<&str>> = lines.iter().map(|lines| texts(lines)).collect();
    let names = ["T1", "T2", "T3", "T4"];
    let tickets: Vec<(&str, &[&str])> = names.into_iter().zip(lines.iter().map(Vec::as_slice)).collect();
    let mut query = question(MetricId::ResolutionRate, DAY, 0.0);
    query.period = Period { from: at(DAY), to: at(2.0 * DAY) };
    query.compared = vec![Period { from: at(0.0), to: at(DAY) }];
    query.variant = Some("to_date".into());
    query.as_of = at(2.5 * DAY);
    let figures = answer(&query, &tickets, &Definitions::default());
    let previous = figures.previous.and_then(|p| p.value);
    assert_eq!(
        (figures.value, previous),
        (Some(0.5), Some(0.5)),
        "a day and a half each, though by now both are solved"
    );
    let said = compute(&query, &Definitions::default(), &told(&tickets, query.as_of, &Definitions::default()));
    assert!(present::line(&said.metrics[0]).to_plain().contains("compared at the same age"));
}

#[test]
fn what_has_just_come_in_is_not_solved_yet() {
    let events = [about("x", "c", 10.0, Some(30.0)), about("x", "c", 60.0, None)];
    let lines: Vec<Vec<&str>> = events.iter().map(|lines| texts(lines)).collect();
    let tickets: Vec<(&str, &[&str])> = ["T1", "T2"].into_iter().zip(lines.iter().map(Vec::as_slice)).collect();
    let mut query = question(MetricId::ResolutionRate, 60.0, 60.0);
    for variant in [None, Some("to_date")] {
        query.variant = variant.map(str::to_owned);
        let figures = answer(&query, &tickets, &Definitions::default());
        assert_eq!((figures.value, figures.n), (Some(0.5), Some(2)), "{variant:?}");
    }
}

/// What every metric of the family says of a ticket, in the company of others.
fn said_of(ticket: &str, all: &[(&str, &str, Vec<Event>)], d: &Definitions) -> Vec<String> {
    let folded = all.iter().filter_map(|(id, customer, events)| {
        let mut ticket = fold(&TicketKey { source: "desk".into(), id: (*id).to_owned() }, events, d)?;
        ticket.facts.customer = Some((*customer).to_owned());
        Some(samples(&ticket, d))
    });
    let samples = Samples::from_samples(folded.flatten());
    let metrics = MetricId::ALL.iter().filter(|m| m.family() == Family::Experience);
    let contributions = metrics.flat_map(|id| {
        let answer = compute(&question(*id, 2.0 * DAY, 3.0 * DAY), d, &samples).metrics.remove(0);
        answer.figures.detail.contributions.into_iter().map(|c| (*id, c)).collect::<Vec<_>>()
    });
    contributions
        .filter(|(_, c)| c.ticket.id == ticket)
        .map(|(id, c)| format!("{id} {:?} {:?}", c.turn, c.value))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_unrelated_ticket_changes_nothing_that_is_said_of_another(one in any_ticket(), other in any_ticket()) {
        let d = with(|d| {
            d.switches.escalation_teams = vec!["B".into()];
            d.switches.promise_min_n = 1;
            d.switches.repeat_match_unknown = true;
        });
        let alone = said_of("1", &[("1", "c1", one.clone())], &d);
        let together = said_of("1", &[("1", "c1", one), ("2", "c2", other)], &d);
        prop_assert_eq!(alone, together);
    }
}
