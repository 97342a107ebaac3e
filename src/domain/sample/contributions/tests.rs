//! What the golden examples do not say; they are checked with the metrics, in `tests/golden`.

use super::*;
use crate::domain::definitions::{AgeSince, AgentCreatedFrt, CsatAttribution, FrtAttribute, FrtOrigin, ResponseStart};
use crate::domain::ticket::tests::{minute, ticket};

pub(super) const CREATED: &str = "0 customer:c1 ticket_created";

/// The samples that `say` has words for.
pub(super) fn said(lines: &[&str], definitions: &Definitions, say: impl Fn(&Sample) -> Option<String>) -> String {
    let all = samples(&ticket(lines, definitions), definitions);
    all.iter().filter_map(say).collect::<Vec<_>>().join(", ")
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

fn heard(s: &Sample) -> Option<String> {
    match s.fact {
        SampleFact::FirstReply { elapsed } => Some(format!("a person after {}", elapsed.calendar_ms / 60_000)),
        SampleFact::FirstAnyReply { elapsed } => {
            let who = s.dimensions.agent.as_deref().unwrap_or("nobody");
            Some(format!("{who} after {}", elapsed.calendar_ms / 60_000))
        }
        _ => None,
    }
}

#[test]
fn the_first_reply_of_any_kind_may_come_from_whoever_speaks_to_the_customer() {
    let person = "9 agent:a message";
    let table: &[(&[&str], &str)] = &[
        (&[person], "a person after 9, a after 9"),
        (&["2 bot:b message", person], "a person after 9, b after 2"),
        (&["2 system:rule message", person], "a person after 9, rule after 2"),
        (&["2 agent:a message {\"auto\":true}", person], "a person after 9, a after 2"),
        (&["2 system:rule message {\"auto\":true}", person], "a person after 9, a after 9"),
        (&["2 customer:c1 message {\"auto\":true}", "3 agent:a note", person], "a person after 9, a after 9"),
        (&["2 bot:b message"], "b after 2"),
    ];
    let d = Definitions::default();
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        assert_eq!(said(&lines, &d, heard), *expected, "{rest:?}");
    }
    let phone = "0 customer:c1 ticket_created {\"channel\":\"phone\"}";
    assert_eq!(said(&[phone, "2 bot:b message", person], &d, heard), "");
}

#[test]
fn a_receipt_is_a_first_reply_of_any_kind_unless_it_is_not_to_count() {
    let lines = [CREATED, "1 bot:b message {\"auto\":true}", "9 agent:a message"];
    let mut d = Definitions::default();
    assert_eq!(said(&lines, &d, heard), "a person after 9, b after 1");
    d.switches.ack_count = false;
    assert_eq!(said(&lines, &d, heard), "a person after 9, a after 9");
}

#[test]
fn a_first_response_may_be_dated_by_the_creation_but_is_still_read_as_it_was_given() {
    let lines =
        ["1 customer:c1 ticket_created {\"team\":\"A\"}", "5 system:- assigned {\"team\":\"B\"}", "9 agent:a message"];
    let dated = |s: &Sample| {
        let kind = matches!(s.fact, SampleFact::FirstReply { .. } | SampleFact::FirstAnyReply { .. });
        kind.then(|| format!("{} {}", minute(s.at), s.dimensions.team.as_deref().unwrap_or_default()))
    };
    let mut d = Definitions::default();
    assert_eq!(said(&lines, &d, dated), "9 B, 9 B");
    d.switches.frt_attribute = FrtAttribute::Created;
    assert_eq!(said(&lines, &d, dated), "1 B, 1 B");
}

#[test]
fn a_response_time_may_start_at_the_last_question() {
    let lines = [CREATED, "6 customer:c1 message", "9 agent:a message", "10 agent:a message", "20 customer:c1 message"];
    let mut d = Definitions::default();
    assert_eq!(said(&lines, &d, replies), "first by a after 9, #1 by a after 9 (first)");
    d.switches.response_time_start = ResponseStart::Last;
    assert_eq!(said(&lines, &d, replies), "first by a after 9, #1 by a after 3 (first)");
}

#[test]
fn an_assignment_is_one_to_a_person() {
    let given = |s: &Sample| match s.fact {
        SampleFact::Assigned { elapsed, first, before_reply } => {
            let flags = [(first, " first"), (before_reply, " before the reply")];
            let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
            let (agent, team) = (s.dimensions.agent.as_deref()?, s.dimensions.team.as_deref().unwrap_or("no team"));
            Some(format!("{agent} of {team} after {}{flags}", elapsed.calendar_ms / 60_000))
        }
        _ => None,
    };
    let table: &[(&[&str], &str)] = &[
        (&[CREATED, "1 system:- assigned {\"team\":\"A\"}"], ""),
        (&["0 customer:c1 ticket_created {\"assignee\":\"a\"}"], "a of no team after 0 first"),
        (
            &[
                CREATED,
                "1 bot:b message",
                "2 system:- assigned {\"agent\":\"b\"}",
                "3 bot:b assigned {\"agent\":\"x\"}",
            ],
            "x of no team after 3 first",
        ),
        (
            &[
                CREATED,
                "1 system:- assigned {\"agent\":\"a\",\"team\":\"A\"}",
                "2 agent:a assigned {\"agent\":\"x\"}",
                "3 agent:a assigned {\"agent\":\"y\",\"team\":\"B\"}",
                "4 agent:z message",
                "5 agent:a assigned {\"agent\":\"z\"}",
            ],
            "a of A after 1 first, x of A after 2, y of B after 3 before the reply, z of B after 5",
        ),
        (
            &[CREATED, "1 system:- assigned {\"agent\":\"a\"}", "4 agent:a message"],
            "a of no team after 1 first before the reply",
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(said(lines, &Definitions::default(), given), *expected, "{lines:?}");
    }
}

#[test]
fn tickets_with_an_excluded_tag_contribute_nothing_not_even_their_rating() {
    let rating = "9 customer:c1 rating_received {\"survey\":\"s\",\"kind\":\"csat\",\"scale\":5,\"value\":5}";
    let tagged = [CREATED, "5 agent:a message", "6 agent:a tags_changed {\"added\":[\"Test\"]}", rating];
    let freed = [&tagged[..], &["10 agent:a tags_changed {\"removed\":[\"Test\"]}"]].concat();
    let mut d = Definitions::default();
    // That it was left out is said, so that an explanation can tell how many were.
    let counts = |s: &&Sample| !matches!(s.fact, SampleFact::LeftOut { .. });
    let kinds = |lines: &[&str], d: &Definitions| samples(&ticket(lines, d), d).iter().filter(counts).count();
    let all = kinds(&tagged, &d);
    d.switches.exclude_tags = vec!["internal".into(), "test".into()];
    assert_eq!(kinds(&tagged, &d), 0);
    assert!(all > 0 && kinds(&freed, &d) >= all);
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
fn a_ticket_that_ages_from_its_updates_does_not_get_younger_by_being_read() {
    let lines = [
        CREATED,
        "10 agent:x message",
        "15 customer:c1 message",
        "20 agent:x read",
        "30 agent:x note",
        "40 agent:x status_changed {\"to\":\"solved\"}",
    ];
    let mut d = Definitions::default();
    let ages = |s: &Sample| match s.fact {
        SampleFact::Open { updated, .. } => {
            Some(updated.map_or("created".to_owned(), |updated| format!("{} from {}", minute(s.at), minute(updated))))
        }
        _ => None,
    };
    let plain = said(&lines, &d, ages);
    assert!(plain.split(", ").all(|age| age == "created"), "{plain}");
    d.switches.age_since = AgeSince::Updated;
    assert_eq!(said(&lines, &d, ages), "0 from 0, 10 from 10, 15 from 15, 20 from 15, 30 from 30");
}

#[test]
fn a_new_status_assignee_priority_or_tag_is_an_update() {
    let lines = [
        CREATED,
        "5 agent:x status_changed {\"to\":\"pending\"}",
        "10 agent:x assigned {\"agent\":\"x\"}",
        "15 agent:x priority_changed {\"to\":\"high\"}",
        "20 agent:x tags_changed {\"added\":[\"vip\"]}",
    ];
    let mut d = Definitions::default();
    d.switches.age_since = AgeSince::Updated;
    let ages = |s: &Sample| match s.fact {
        SampleFact::Open { updated, .. } => updated.map(|updated| format!("{} from {}", minute(s.at), minute(updated))),
        _ => None,
    };
    assert_eq!(said(&lines, &d, ages), "0 from 0, 5 from 5, 10 from 10, 15 from 15, 20 from 20");
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
