use proptest::prelude::*;

use super::*;
use crate::domain::definitions::{Agent, CsatAttribution, Team};
use crate::domain::event::{PresenceState, SurveyKind, TimeKind};
use crate::domain::sample::{CallEnd, CustomerState, SampleFact};
use crate::domain::timestamp::Timestamp;

/// The Monday on which everything happens.
const DAY: i64 = 1_709_942_400_000;

fn minute(n: i64) -> Timestamp {
    Timestamp(DAY + n * 60_000)
}

/// Events from `minute actor type {data}` lines, without a ticket; the actor is `kind:id`.
fn events(lines: &[&str]) -> Vec<Event> {
    let event = |(seq, line): (usize, &&str)| {
        let [at, actor, name, data] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (kind, id) = actor.split_once(':').expect("kind:id");
        let ts = minute(at.parse().expect("a minute"));
        let text = format!(
            r#"{{"event_id":"e{seq}","seq":{seq},"ts":"{ts}","type":"{name}","actor":{{"kind":"{kind}","id":"{id}"}},"data":{data}}}"#
        );
        Event::parse(&text).unwrap_or_else(|e| panic!("{line}: {e}"))
    };
    lines.iter().enumerate().map(event).collect()
}

fn definitions() -> Definitions {
    Definitions {
        teams: vec![Team { name: "billing".into(), ids: vec!["7".into()], calendar: None }],
        agents: vec![Agent { name: "Ana".into(), ids: vec!["desk:a1".into()], team: Some("tier2".into()) }],
        ..Definitions::default()
    }
}

/// The samples of events that all belong to one thread.
fn samples(lines: &[&str]) -> Vec<Sample> {
    let events = events(lines);
    let key = key_of(&events[0], "desk");
    assert!(events.iter().all(|e| key_of(e, "desk") == key), "{lines:?}");
    let (ticket, samples) = samples_of(&key, &events, &definitions());
    assert_eq!(ticket, None);
    assert!(samples.iter().all(|s| s.ticket == key));
    samples
}

fn one(lines: &[&str]) -> Sample {
    let samples = samples(lines);
    assert_eq!(samples.len(), 1, "{samples:?}");
    samples.into_iter().next().expect("one")
}

/// A day's minutes instead of instants, to read spans by.
fn span(s: &Sample) -> (i64, Option<i64>) {
    let minutes = |at: Timestamp| (at.millis() - DAY) / 60_000;
    (minutes(s.at), s.until.map(minutes))
}

const ENTERED: &str = r#"1 customer:c1 queue {"call":"q","state":"entered"}"#;

#[test]
fn an_event_belongs_to_its_ticket_its_call_its_survey_its_customer_or_to_itself() {
    let table = [
        (r#"0 agent:a1 queue {"call":"q1","state":"answered"}"#, "q1", "q1"),
        (r#"0 system:- customer_churned {"customer":"c1"}"#, "c1", "c1"),
        (r#"0 system:- revenue {"customer":"c1","amount":1}"#, "e0", "e0"),
        (r#"0 agent:a1 shift {"start":"2024-03-09T08:00:00Z","end":"2024-03-09T09:00:00Z"}"#, "e0", "e0"),
        (r#"0 customer:c1 rating_received {"survey":"s1","kind":"nps","scale":11,"value":1}"#, "s1", "42"),
        (r#"0 system:- survey_sent {"survey":"s1","kind":"nps"}"#, "s1", "42"),
        (r#"0 agent:a1 time_tracked {"seconds":1}"#, "e0", "42"),
    ];
    for (line, without, with) in table {
        let event = events(&[line]).remove(0);
        let key = key_of(&event, "desk");
        assert_eq!((name(&key), key.source.as_str(), is_ticket(&key)), (without, "desk", false), "{line}");
        let key = key_of(&Event { ticket: Some("42".into()), ..event }, "desk");
        assert_eq!((name(&key), is_ticket(&key)), (with, with == "42"), "{line}");
    }
}

#[test]
fn no_thread_has_the_key_of_another() {
    let lines = [
        r#"0 system:- queue {"call":"x","state":"entered"}"#,
        r#"0 system:- customer_subscribed {"customer":"x"}"#,
        r#"0 system:- survey_sent {"survey":"x","kind":"nps"}"#,
        r#"0 system:- revenue {"customer":"x","amount":1}"#,
    ];
    let events: Vec<Event> = events(&lines).into_iter().map(|e| Event { event_id: "x".into(), ..e }).collect();
    let mut keys: Vec<TicketKey> = events.iter().map(|e| key_of(e, "desk")).collect();
    keys.push(TicketKey { source: "desk".into(), id: "x".into() });
    assert!(keys.iter().all(|key| name(key) == "x"));
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), lines.len() + 1);
    assert!(!keys.iter().any(|key| may_name_a_ticket(&key.id) != is_ticket(key)));
}

#[test]
fn a_call_waits_until_a_person_answers_or_the_customer_hangs_up() {
    let answered = r#"3 agent:a1 queue {"call":"q","state":"answered","team":7,"channel":"Phone"}"#;
    let abandoned = r#"4 customer:c1 queue {"call":"q","state":"abandoned"}"#;
    let by_bot = r#"2 bot:b queue {"call":"q","state":"answered"}"#;
    type Case<'c> = (&'c [&'c str], CallEnd, (i64, Option<i64>), Option<&'c str>);
    let table: &[Case<'_>] = &[
        (&[ENTERED], CallEnd::Waiting, (1, None), None),
        (&[ENTERED, answered], CallEnd::Answered, (1, Some(3)), Some("Ana")),
        (&[ENTERED, abandoned], CallEnd::Abandoned, (1, Some(4)), None),
        (&[ENTERED, by_bot, abandoned], CallEnd::Abandoned, (1, Some(4)), None),
        (&[ENTERED, answered, abandoned], CallEnd::Answered, (1, Some(3)), Some("Ana")),
        (
            &[ENTERED, r#"0 agent:a1 queue {"call":"q","state":"answered"}"#],
            CallEnd::Answered,
            (1, Some(1)),
            Some("Ana"),
        ),
        (
            &[ENTERED, answered, r#"5 agent:a2 queue {"call":"q","state":"answered"}"#],
            CallEnd::Answered,
            (1, Some(3)),
            Some("Ana"),
        ),
    ];
    for (lines, end, at, agent) in table {
        let call = one(lines);
        assert_eq!((&call.fact, span(&call)), (&SampleFact::Call { end: *end }, *at), "{lines:?}");
        assert_eq!(call.dimensions.agent.as_deref(), *agent, "{lines:?}");
        assert_eq!(call.customer.as_deref(), Some("c1"));
    }
    let dimensions = one(&[ENTERED, answered]).dimensions;
    assert_eq!((dimensions.team.as_deref(), dimensions.channel.as_deref()), (Some("billing"), Some("phone")));
    assert_eq!(samples(&[answered]), [], "nobody knows how long it waited");
}

#[test]
fn a_survey_without_a_ticket_has_one_answer_of_each_customer() {
    let rate = |at: u8, who: &str, value: u8| {
        format!(r#"{at} {who} rating_received {{"survey":"s","kind":"nps","scale":11,"value":{value},"comment":"ok"}}"#)
    };
    let sent = r#"1 system:- survey_sent {"survey":"s","kind":"nps"}"#;
    let (first, changed, other) = (rate(2, "customer:c1", 9), rate(4, "customer:c1", 3), rate(5, "customer:c2", 7));
    let samples = samples(&[sent, &first, &changed, &other]);
    let rating = |at, value| SampleFact::Rating {
        survey: SurveyKind::Nps,
        scale: 11,
        value,
        version: None,
        transactional: false,
        human: true,
        commented: true,
        answered: minute(at),
        followed_up: None,
    };
    let said: Vec<_> = samples.iter().map(|s| (span(s).0, s.customer.as_deref(), s.fact)).collect();
    let expected = [
        (1, None, SampleFact::SurveySent { survey: SurveyKind::Nps, answered: true }),
        (4, Some("c1"), rating(4, 3.0)),
        (5, Some("c2"), rating(5, 7.0)),
    ];
    assert_eq!(samples[1].text.as_deref(), Some("ok"));
    assert_eq!(said, expected);
    assert_eq!(one(&[sent]).fact, SampleFact::SurveySent { survey: SurveyKind::Nps, answered: false });
    let team = one(&[r#"2 agent:a1 rating_received {"survey":"s","kind":"enps","scale":11,"value":9}"#]);
    assert_eq!((team.customer, team.dimensions.agent), (None, None), "the team answers anonymously");
}

#[test]
fn each_of_the_team_answers_once() {
    let rate = |at: u8, who: &str| {
        format!(r#"{at} agent:{who} rating_received {{"survey":"s","kind":"enps","scale":11,"value":{at}}}"#)
    };
    let samples = samples(&[&rate(2, "a1"), &rate(3, "a2"), &rate(4, "a1")]);
    let mut said: Vec<_> = samples.iter().map(|s| (span(s).0, s.customer.as_deref())).collect();
    said.sort_unstable();
    assert_eq!(said, [(3, None), (4, None)]);
}

#[test]
fn a_changed_rating_keeps_its_first_date_if_that_is_how_it_is_dated() {
    let rate =
        |at: u8| format!(r#"{at} customer:c1 rating_received {{"survey":"s","kind":"csat","scale":5,"value":{at}}}"#);
    let mut definitions = definitions();
    definitions.switches.csat_attribution = CsatAttribution::First;
    let events = events(&[&rate(2), &rate(4)]);
    let (_, samples) = samples_of(&key_of(&events[0], "desk"), &events, &definitions);
    assert_eq!((samples.len(), span(&samples[0]).0), (1, 2));
    assert!(matches!(samples[0].fact, SampleFact::Rating { value: 4.0, .. }));
}

#[test]
fn a_customer_is_what_the_last_event_says_in_the_order_of_events() {
    let samples = samples(&[
        r#"1 system:- customer_subscribed {"customer":"c1","state":"trial"}"#,
        r#"5 system:- customer_subscribed {"customer":"c1","amount":9.99,"currency":"EUR"}"#,
        r#"9 system:- customer_churned {"customer":"c1"}"#,
        r#"9 system:- customer_subscribed {"customer":"c1","state":"paid"}"#,
    ]);
    let said: Vec<_> = samples.iter().map(|s| (span(s), s.fact)).collect();
    let state = |state, micros| SampleFact::Customer { state, micros };
    let expected = [
        ((1, Some(5)), state(CustomerState::Trial, None)),
        ((5, Some(9)), state(CustomerState::Paid, Some(9_990_000))),
        ((9, Some(9)), state(CustomerState::Churned, None)),
        ((9, None), state(CustomerState::Paid, None)),
    ];
    assert_eq!(said, expected);
    assert!(samples.iter().all(|s| s.customer.as_deref() == Some("c1")));
    assert_eq!((&samples[0].names, &samples[1].names), (&vec![None], &vec![Some("EUR".to_owned())]));
}

#[test]
fn what_stands_alone_says_what_its_event_says() {
    let shift = one(&[r#"0 agent:a1 shift {"start":"2024-03-09T01:00:00Z","end":"2024-03-09T02:00:00Z","team":"7"}"#]);
    assert_eq!((shift.fact, span(&shift)), (SampleFact::Shift {}, (60, Some(120))));
    assert_eq!((shift.dimensions.agent.as_deref(), shift.dimensions.team.as_deref()), (Some("Ana"), Some("billing")));

    let away = r#"0 agent:a2 presence {"start":"2024-03-09T01:00:00Z","end":"2024-03-09T02:00:00Z","state":"away"}"#;
    let away = one(&[away]);
    assert_eq!((away.fact, span(&away)), (SampleFact::Presence { state: PresenceState::Away }, (60, Some(120))));
    assert_eq!(away.dimensions.agent.as_deref(), Some("a2"));

    let tracked = |ms, timed| SampleFact::Tracked { ms, work: TimeKind::Work, timed, on_ticket: false };
    let timed = one(&[r#"9 agent:a1 time_tracked {"start":"2024-03-09T00:01:00Z","seconds":120}"#]);
    assert_eq!((timed.fact, span(&timed)), (tracked(120_000, true), (1, Some(3))));
    assert_eq!(timed.dimensions.team.as_deref(), Some("tier2"), "nobody said for which team, so for her own");
    let untimed = one(&[r#"9 agent:a1 time_tracked {"seconds":0.5}"#]);
    assert_eq!((untimed.fact, span(&untimed)), (tracked(500, false), (9, Some(9))));

    let cost = one(&[concat!(
        r#"0 system:- cost {"from":"2024-02-28","to":"2024-02-29","amount":0.0035,"category":"tools","#,
        r#""dimensions":{"team":"7","tier":"gold","tag":"bot"}}"#
    )]);
    assert_eq!(cost.fact, SampleFact::Cost { micros: 3500 });
    let day = |text: &str| Timestamp::parse(text).expect("an instant");
    assert_eq!((cost.at, cost.until), (day("2024-02-28T00:00:00Z"), Some(day("2024-03-01T00:00:00Z"))));
    let d = cost.dimensions;
    assert_eq!(
        (d.team.as_deref(), d.tier.as_deref(), d.category.as_deref()),
        (Some("billing"), Some("gold"), Some("tools"))
    );
    assert_eq!(d.tags, ["bot"]);

    let paid = one(&[r#"7 system:- revenue {"customer":"c1","amount":-5}"#]);
    assert_eq!(
        (paid.fact, span(&paid), paid.customer.as_deref()),
        (SampleFact::Revenue { micros: -5_000_000 }, (7, None), Some("c1"))
    );
}

proptest! {
    #[test]
    fn order_and_repetition_of_events_do_not_matter(
        steps in prop::collection::vec((0..9_u8, 0..6_usize, 0..2_u8), 1..9),
        shuffle in any::<prop::sample::Index>(),
        customer in any::<bool>(),
    ) {
        let call = |state: &str| format!(r#"queue {{"call":"q","state":"{state}"}}"#);
        let kinds = if customer {
            let subscribed = |more: &str| format!(r#"customer_subscribed {{"customer":"c"{more}}}"#);
            let churned = r#"customer_churned {"customer":"c"}"#.to_owned();
            [subscribed(""), subscribed(r#","state":"trial""#), churned]
        } else {
            [call("entered"), call("answered"), call("abandoned")]
        };
        let lines: Vec<String> =
            steps.iter().map(|(at, kind, _)| format!("{at} agent:a1 {}", kinds[kind % 3])).collect();
        let told = events(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let mut retold = told.clone();
        retold.rotate_left(shuffle.index(told.len()));
        retold.extend(told.iter().zip(&steps).filter(|(_, (.., again))| *again == 1).map(|(e, _)| e.clone()));
        let key = key_of(&told[0], "desk");
        prop_assert_eq!(samples_of(&key, &told, &definitions()), samples_of(&key, &retold, &definitions()));
    }
}
