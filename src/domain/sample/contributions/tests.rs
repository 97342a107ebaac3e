//! What the golden examples do not say; they are checked with the metrics, in `tests/golden`.

use super::*;
use crate::domain::definitions::{AgentCreatedFrt, CsatAttribution, FrtOrigin};
use crate::domain::ticket::tests::{minute, ticket};

const CREATED: &str = "0 customer:c1 ticket_created";
const SOLVE: &str = "agent:a status_changed {\"to\":\"solved\"}";
const REOPEN: &str = "customer:c1 status_changed {\"to\":\"open\"}";

/// The samples that `say` has words for.
fn said(lines: &[&str], definitions: &Definitions, say: impl Fn(&Sample) -> Option<String>) -> String {
    let all = samples(&ticket(lines, definitions), definitions);
    all.iter().filter_map(say).collect::<Vec<_>>().join(", ")
}

fn solves(s: &Sample) -> Option<String> {
    let SampleFact::Solve { elapsed, last, reopened, reopened_hard, human, first_contact } = s.fact else {
        return None;
    };
    let flags = [
        (last, "last"),
        (reopened, "reopened"),
        (reopened_hard, "hard"),
        (human, "human"),
        (first_contact, "first-contact"),
    ];
    let mut words = vec![minute(s.at).to_string(), s.dimensions.agent.clone().unwrap_or_else(|| "nobody".into())];
    words.extend(elapsed.map(|e| format!("after {}", e.calendar_ms / 60_000)));
    words.extend(flags.iter().filter(|(set, _)| *set).map(|(_, word)| (*word).to_owned()));
    Some(words.join(" "))
}

#[test]
fn a_solve_knows_what_became_of_it() {
    let d = Definitions::default();
    let at = |minute: u32, what: &str| format!("{minute} {what}");
    let (first, reopen, second) = (at(10, SOLVE), at(20, REOPEN), at(30, SOLVE));
    let table: &[(&[&str], &str)] = &[
        (&[&first], "10 nobody after 10 last"),
        (&["5 agent:a message", &first], "10 a after 10 last human first-contact"),
        (
            &["5 agent:a message", "6 system:- assigned {\"agent\":\"z\"}", &first],
            "10 z after 10 last human first-contact",
        ),
        (&["5 agent:a message", &first, &reopen], "10 a reopened hard human"),
        (
            &["5 agent:a message", &first, &reopen, &second],
            "10 a reopened human, 30 a after 30 last human first-contact",
        ),
        (
            &["5 agent:a message", &first, &reopen, "25 agent:a message", &second],
            "10 a reopened hard human, 30 a after 30 last human",
        ),
        (&["5 agent:a message", "6 agent:b message", &first], "10 b after 10 last human"),
        (&["5 agent:a message", "6 customer:c1 message", "7 agent:a message", &first], "10 a after 10 last human"),
    ];
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        assert_eq!(said(&lines, &d, solves), *expected, "{rest:?}");
    }
}

#[test]
fn trailing_thanks_may_be_left_out_of_the_resolution() {
    let mut d = Definitions::default();
    d.switches.resolution_end = ResolutionEnd::LastSolveIgnoringSoft;
    let lines = [
        CREATED,
        "10 agent:a status_changed {\"to\":\"solved\"}",
        "20 customer:c1 status_changed {\"to\":\"open\"}",
        "25 agent:a message",
        "30 agent:a status_changed {\"to\":\"solved\"}",
        "40 customer:c1 status_changed {\"to\":\"open\"}",
        "50 agent:a status_changed {\"to\":\"solved\"}",
        "60 customer:c1 status_changed {\"to\":\"open\"}",
        "70 agent:a status_changed {\"to\":\"closed\"}",
    ];
    let last = |d: &Definitions| said(&lines, d, solves).rsplit(", ").next().map(str::to_owned).expect("solved");
    assert_eq!(last(&d), "70 a after 30 last human");
    d.switches.resolution_solved_gaps = SolvedGaps::Exclude;
    assert_eq!(last(&d), "70 a after 20 last human");
}

fn replies(s: &Sample) -> Option<String> {
    let who = s.dimensions.agent.as_deref().unwrap_or("nobody");
    match s.fact {
        SampleFact::FirstReply { elapsed } => Some(format!("first by {who} after {}", elapsed.calendar_ms / 60_000)),
        SampleFact::Reply { turn, first, elapsed } => {
            let mark = if first { " (first)" } else { "" };
            Some(format!("#{turn} by {who} after {}{mark}", elapsed.calendar_ms / 60_000))
        }
        _ => None,
    }
}

#[test]
fn the_first_response_starts_where_the_switches_say() {
    let outbound = ["0 agent:a ticket_created", "5 agent:a message", "10 customer:c message", "30 agent:b message"];
    let handed =
        [CREATED, "5 bot:b bot_handoff", "10 customer:c message", "20 bot:b bot_handoff", "30 agent:b message"];
    let with = |change: &dyn Fn(&mut Definitions), lines: &[&str]| {
        let mut d = Definitions::default();
        change(&mut d);
        said(lines, &d, replies)
    };
    assert_eq!(with(&|_| {}, &outbound), "first by b after 20, #1 by b after 20 (first)");
    let zendesk = |d: &mut Definitions| d.switches.agent_created_frt = AgentCreatedFrt::Zendesk;
    assert_eq!(with(&zendesk, &outbound), "first by a after 5, #1 by b after 20");
    let exclude = |d: &mut Definitions| d.switches.agent_created_frt = AgentCreatedFrt::Exclude;
    assert_eq!(with(&exclude, &outbound), "#1 by b after 20");
    assert_eq!(with(&|_| {}, &handed), "first by b after 30, #1 by b after 30 (first)");
    let handoff = |d: &mut Definitions| d.switches.frt_origin = FrtOrigin::BotHandoff;
    assert_eq!(with(&handoff, &handed), "first by b after 10, #1 by b after 30 (first)");
}

#[test]
fn a_rating_is_dated_by_its_last_answer_or_its_first_and_credited_to_who_had_written_by_then() {
    let lines = [
        CREATED,
        "5 agent:a message",
        "10 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":1,\"comment\":\" \"}",
        "15 agent:b message",
        "20 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":4}",
        "30 customer:c1 rating_received {\"survey\":\"t\",\"kind\":\"nps\",\"scale\":11,\"value\":9,\"comment\":\"ok\"}",
    ];
    let rating = |s: &Sample| match s.fact {
        SampleFact::Rating { value, commented, .. } => {
            Some(format!("{value} at {} for {} {commented}", minute(s.at), s.dimensions.agent.as_deref()?))
        }
        _ => None,
    };
    let mut d = Definitions::default();
    assert_eq!(said(&lines, &d, rating), "4 at 20 for b false, 9 at 30 for b true");
    d.switches.csat_attribution = CsatAttribution::First;
    assert_eq!(said(&lines, &d, rating), "4 at 10 for a false, 9 at 30 for b true");
}

#[test]
fn a_rating_is_dated_and_credited_as_the_switches_say() {
    let lines = [
        CREATED,
        "2 system:- assigned {\"agent\":\"holder\"}",
        "5 agent:writer message",
        "8 system:- assigned {\"agent\":\"solver\"}",
        "10 agent:solver status_changed {\"to\":\"solved\"}",
        "15 system:- assigned {\"agent\":\"heir\"}",
        "20 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":1}",
        "25 agent:heir message",
    ];
    let rating = |s: &Sample| match s.fact {
        SampleFact::Rating { answered, followed_up, .. } => Some(format!(
            "at {} for {}, answered {}, followed up {:?}",
            minute(s.at),
            s.dimensions.agent.as_deref().unwrap_or("nobody"),
            minute(answered),
            followed_up.map(minute)
        )),
        _ => None,
    };
    let table = [
        (CsatAttribution::Last, CsatCredit::LastReplier, "at 20 for writer"),
        (CsatAttribution::Last, CsatCredit::AssigneeAtRating, "at 20 for heir"),
        (CsatAttribution::Solved, CsatCredit::Solver, "at 10 for solver"),
    ];
    for (attribution, credit, expected) in table {
        let mut d = Definitions::default();
        (d.switches.csat_attribution, d.switches.csat_credit) = (attribution, credit);
        assert_eq!(said(&lines, &d, rating), format!("{expected}, answered 20, followed up Some(25.0)"));
    }
}

#[test]
fn a_survey_counts_once_however_often_it_is_sent() {
    let lines = [
        CREATED,
        "5 agent:a message",
        "10 system:- survey_sent {\"survey\":\"s\",\"kind\":\"csat\"}",
        "20 system:- survey_sent {\"survey\":\"s\",\"kind\":\"csat\"}",
        "20 system:- survey_sent {\"survey\":\"s\",\"kind\":\"nps\"}",
        "30 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":4}",
    ];
    let sent = |s: &Sample| match s.fact {
        SampleFact::SurveySent { survey, answered } => Some(format!("{survey:?} at {} {answered}", minute(s.at))),
        _ => None,
    };
    assert_eq!(said(&lines, &Definitions::default(), sent), "Csat at 10 true, Nps at 20 false");
}

#[test]
fn waits_and_open_stretches_are_cut_where_a_dimension_changes() {
    let lines = [
        CREATED,
        "10 agent:x assigned {\"team\":\"billing\"}",
        "20 agent:x message",
        "20 agent:x status_changed {\"to\":\"pending\"}",
        "30 agent:x tags_changed {\"added\":[\"vip\"]}",
        "40 agent:x status_changed {\"to\":\"solved\"}",
        "50 agent:x priority_changed {\"to\":\"high\"}",
    ];
    let d = Definitions::default();
    let spans = |s: &Sample| {
        let word = match s.fact {
            SampleFact::Waiting { unreplied, since } => format!("waiting since {} {unreplied}", minute(since)),
            SampleFact::Open { status, .. } => status.name().to_owned(),
            _ => return None,
        };
        let team = s.dimensions.team.as_deref().unwrap_or("no team");
        Some(format!("{}-{} {word} {team}", minute(s.at), s.until.map(minute).unwrap_or(f64::INFINITY)))
    };
    insta::assert_snapshot!(said(&lines, &d, spans).replace(", ", "\n"), @r"
    0-10 waiting since 0 true no team
    10-20 waiting since 0 true billing
    0-10 new no team
    10-20 new billing
    20-30 pending billing
    30-40 pending billing
    ");
}
