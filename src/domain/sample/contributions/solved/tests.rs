//! What a solved ticket tells, case by case, and laws of its time.

use proptest::prelude::*;

use super::super::samples;
use super::super::tests::{CREATED, said};
use super::*;
use crate::domain::sample::Sample;
use crate::domain::sla::tests::promises;
use crate::domain::ticket::fold;
use crate::domain::ticket::tests::{any_ticket, key, minute};

const SOLVE: &str = "agent:a status_changed {\"to\":\"solved\"}";
const REOPEN: &str = "customer:c1 status_changed {\"to\":\"open\"}";

fn solves(s: &Sample) -> Option<String> {
    let SampleFact::Solve { elapsed, last, reopens, hard_reopens, human } = s.fact else {
        return None;
    };
    let flags = [(last, "last"), (reopens > 0, "reopened"), (hard_reopens > 0, "hard"), (human, "human")];
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
        (&["5 agent:a message", &first], "10 a after 10 last human"),
        (&["5 agent:a message", "6 system:- assigned {\"agent\":\"z\"}", &first], "10 z after 10 last human"),
        (&["5 agent:a message", &first, &reopen], "10 a reopened hard human"),
        (&["5 agent:a message", &first, &reopen, &second], "10 a reopened human, 30 a after 30 last human"),
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

#[test]
fn the_first_solve_stays_whatever_follows_and_belongs_to_the_assignee_or_to_who_solved() {
    let first = |s: &Sample| match s.fact {
        SampleFact::FirstSolve { elapsed } => {
            Some(format!("{} by {}", elapsed.calendar_ms / 60_000, s.dimensions.agent.as_deref().unwrap_or("nobody")))
        }
        _ => None,
    };
    let d = Definitions::default();
    let solve = "10 agent:b status_changed {\"to\":\"closed\"}";
    let by_rule = "10 system:- status_changed {\"to\":\"closed\"}";
    let reopened = [CREATED, "5 agent:a message", solve, "20 customer:c1 status_changed {\"to\":\"open\"}"];
    assert_eq!(said(&reopened, &d, first), "10 by b");
    assert_eq!(said(&[CREATED, "5 agent:a message", by_rule], &d, first), "10 by nobody");
    assert_eq!(said(&[CREATED, "5 agent:a assigned {\"agent\":\"a\"}", solve], &d, first), "10 by a");
}

#[test]
fn a_reopen_knows_how_long_it_had_been_solved_and_whose_solve_it_undoes() {
    let reopen = |s: &Sample| match s.fact {
        SampleFact::Reopen { soft, after_ms } => {
            let kind = if soft { "soft" } else { "hard" };
            Some(format!("{} {kind} after {} of {}", minute(s.at), after_ms / 60_000, s.dimensions.agent.as_deref()?))
        }
        _ => None,
    };
    let lines = [
        CREATED,
        "5 agent:a assigned {\"agent\":\"a\"}",
        "10 agent:a status_changed {\"to\":\"solved\"}",
        "11 agent:a assigned {\"agent\":\"b\"}",
        "20 customer:c1 status_changed {\"to\":\"open\"}",
        "30 agent:b message",
        "31 agent:b status_changed {\"to\":\"solved\"}",
        "40 customer:c1 status_changed {\"to\":\"open\"}",
        "41 agent:b status_changed {\"to\":\"solved\"}",
    ];
    assert_eq!(said(&lines, &Definitions::default(), reopen), "20 hard after 10 of a, 40 soft after 9 of b");
}

fn contacts(s: &Sample) -> Option<String> {
    let SampleFact::Contact { human, turns, people, reopened, reopened_hard, touches } = s.fact else { return None };
    let flags = [(human, " human"), (reopened, " reopened"), (reopened_hard, " hard")];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
    let who = s.dimensions.agent.as_deref().unwrap_or("nobody");
    Some(format!("{who}: {turns} turns, {people} people, {touches} touches{flags}"))
}

#[test]
fn a_contact_belongs_to_the_only_person_who_answered() {
    let d = Definitions::default();
    let solve = "10 agent:a status_changed {\"to\":\"solved\"}";
    let reopen = "20 customer:c1 status_changed {\"to\":\"open\"}";
    let again = "30 agent:z status_changed {\"to\":\"solved\"}";
    let table: &[(&[&str], &str)] = &[
        (&[solve], "nobody: 0 turns, 0 people, 0 touches"),
        (&["5 agent:a message", "6 agent:a message", solve], "a: 1 turns, 1 people, 2 touches human"),
        (&["5 agent:a message", "6 agent:b message", solve], "nobody: 1 turns, 2 people, 2 touches human"),
        (&["5 agent:a message", solve, reopen, again], "a: 1 turns, 1 people, 1 touches human reopened"),
        (
            &["5 agent:a message", solve, reopen, "25 agent:a message", again],
            "a: 1 turns, 1 people, 2 touches human reopened hard",
        ),
        (&["5 agent:a message", solve, reopen], ""),
        (&["5 bot:b message", solve], "nobody: 0 turns, 0 people, 0 touches"),
    ];
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        assert_eq!(said(&lines, &d, contacts), *expected, "{rest:?}");
    }
    let call = "0 agent:x ticket_created {\"channel\":\"phone\",\"initiator\":\"customer\",\"status\":\"solved\"}";
    assert_eq!(said(&[call], &d, contacts), "x: 0 turns, 0 people, 0 touches human");
}

#[test]
fn in_chat_what_stands_between_two_questions_may_be_one_touch() {
    let rest = [
        "1 agent:a message",
        "2 agent:a message",
        "3 customer:c1 message",
        "4 agent:a message",
        "5 agent:a message",
        "10 agent:a status_changed {\"to\":\"solved\"}",
    ];
    let touches = |channel: &str, d: &Definitions| {
        let created = format!("0 customer:c1 ticket_created {{\"channel\":\"{channel}\"}}");
        let lines: Vec<&str> = std::iter::once(created.as_str()).chain(rest).collect();
        said(&lines, d, |s| match s.fact {
            SampleFact::Contact { touches, .. } => Some(touches.to_string()),
            _ => None,
        })
    };
    let mut d = Definitions::default();
    assert_eq!(touches("chat", &d), "4");
    d.switches.one_touch_chat_unit = ChatUnit::Turn;
    assert_eq!(
        (touches("Live chat", &d), touches("messaging", &d), touches("email", &d)),
        ("2".into(), "2".into(), "4".into())
    );
}

fn stays(s: &Sample) -> Option<String> {
    let SampleFact::Stay { work, hold, pending, answering, was_pending } = s.fact else { return None };
    let minutes = |e: Elapsed| e.calendar_ms / 60_000;
    let never = if was_pending { "" } else { ", never pending" };
    let [work, hold, pending, answering] = [work, hold, pending, answering].map(minutes);
    Some(format!("work {work}, hold {hold}, pending {pending}, answering {answering}{never}"))
}

#[test]
fn the_time_of_a_ticket_is_told_apart_by_its_status_and_by_its_questions() {
    let lines = [
        CREATED,
        "10 agent:a message",
        "10 agent:a status_changed {\"to\":\"pending\"}",
        "40 customer:c1 message",
        "40 customer:c1 status_changed {\"to\":\"open\"}",
        "45 agent:a status_changed {\"to\":\"on_hold\"}",
        "60 agent:a message",
        "60 agent:a status_changed {\"to\":\"solved\"}",
        "90 customer:c1 status_changed {\"to\":\"open\"}",
        "95 agent:a status_changed {\"to\":\"solved\"}",
    ];
    let d = Definitions::default();
    assert_eq!(said(&lines, &d, stays), "work 20, hold 15, pending 30, answering 30");
    assert_eq!(
        said(&[CREATED, "9 agent:a status_changed {\"to\":\"solved\"}"], &d, stays),
        "work 9, hold 0, pending 0, answering 0, never pending"
    );
}

#[test]
fn a_ticket_that_closed_itself_may_end_where_it_began_to_wait() {
    let waiting = [CREATED, "10 agent:a message", "10 agent:a status_changed {\"to\":\"pending\"}"];
    let told = |close: &str, d: &Definitions| {
        let lines = [&waiting[..], &[close]].concat();
        let solved = said(&lines, d, |s| match s.fact {
            SampleFact::Solve { elapsed: Some(e), .. } => Some((e.calendar_ms / 60_000).to_string()),
            _ => None,
        });
        (solved, said(&lines, d, stays))
    };
    let whole = ("90".to_owned(), "work 10, hold 0, pending 80, answering 10".to_owned());
    let cut = ("10".to_owned(), "work 10, hold 0, pending 0, answering 10".to_owned());
    let mut d = Definitions::default();
    assert_eq!(told("90 system:- status_changed {\"to\":\"solved\"}", &d), whole);
    d.switches.resolution_autoclose_end = AutocloseEnd::PendingStart;
    assert_eq!(told("90 system:- status_changed {\"to\":\"solved\"}", &d), cut);
    assert_eq!(told("90 bot:b status_changed {\"to\":\"closed\"}", &d), cut);
    assert_eq!(told("90 agent:a status_changed {\"to\":\"solved\"}", &d), whole);
    assert_eq!(told("90 customer:c1 status_changed {\"to\":\"solved\"}", &d), whole);
    assert_eq!(told("90 system:- snapshot {\"status\":\"solved\"}", &d), whole);
}

#[test]
fn the_effort_counts_what_happened_up_to_the_solve() {
    let effort = |s: &Sample| match s.fact {
        SampleFact::Effort { replies, questions, turns, people, helpers, assignees, reassignments, team_changes } => {
            Some(format!(
                "{replies} replies, {questions} questions, {turns} turns, {people} people, {helpers} with notes, \
                 {assignees} assignees, {reassignments} reassignments, {team_changes} team changes"
            ))
        }
        _ => None,
    };
    let lines = [
        "0 customer:c1 ticket_created {\"team\":\"A\"}",
        "1 bot:bo message",
        "1 system:- assigned {\"agent\":\"bo\"}",
        "2 system:- assigned {\"agent\":\"a\"}",
        "3 agent:a message",
        "4 agent:a assigned {\"agent\":null}",
        "5 agent:a assigned {\"agent\":\"a\"}",
        "6 agent:n note",
        "6 bot:bo note",
        "7 agent:t time_tracked {\"start\":\"2024-03-09T00:06:00Z\",\"seconds\":60,\"kind\":\"talk\"}",
        "7 agent:w time_tracked {\"start\":\"2024-03-09T00:06:00Z\",\"seconds\":60,\"kind\":\"work\"}",
        "8 agent:a assigned {\"agent\":\"b\",\"team\":\"B\"}",
        "9 customer:c1 message",
        "10 agent:b message",
        "10 agent:b status_changed {\"to\":\"solved\"}",
        "11 agent:c message",
        "11 agent:c assigned {\"agent\":\"c\"}",
    ];
    assert_eq!(
        said(&lines, &Definitions::default(), effort),
        "2 replies, 2 questions, 2 turns, 3 people, 4 with notes, 2 assignees, 1 reassignments, 1 team changes"
    );
}

#[test]
fn a_bot_alone_that_a_rule_closed_has_not_been_confirmed() {
    let talk = |s: &Sample| match s.fact {
        SampleFact::BotTalk { human, unconfirmed } => Some(format!("human {human}, unconfirmed {unconfirmed}")),
        _ => None,
    };
    let mut d = Definitions::default();
    let table: &[(&[&str], &str)] = &[
        (&["2 agent:a message", "9 agent:a status_changed {\"to\":\"solved\"}"], ""),
        (&["1 bot:b message", "9 bot:b status_changed {\"to\":\"solved\"}"], "human false, unconfirmed false"),
        (&["1 bot:b message", "9 customer:c1 status_changed {\"to\":\"solved\"}"], "human false, unconfirmed false"),
        (&["1 bot:b message", "9 system:- status_changed {\"to\":\"closed\"}"], "human false, unconfirmed true"),
        (
            &["1 bot:b message", "2 agent:a message", "9 system:- status_changed {\"to\":\"closed\"}"],
            "human true, unconfirmed false",
        ),
        (&["1 bot:b message"], ""),
    ];
    for (rest, expected) in table {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(rest.iter().copied()).collect();
        assert_eq!(said(&lines, &d, talk), *expected, "{rest:?}");
    }
    let receipt = [CREATED, "1 bot:b message {\"auto\":true}", "9 bot:b status_changed {\"to\":\"solved\"}"];
    assert_eq!(said(&receipt, &d, talk), "human false, unconfirmed false");
    d.switches.ack_count = false;
    assert_eq!(said(&receipt, &d, talk), "");
}

#[test]
fn an_escalation_is_a_move_to_a_team_of_the_list_or_a_tag_of_it() {
    let escalation = |s: &Sample| match s.fact {
        SampleFact::Escalation { escalated } => {
            Some(format!("from {} {escalated}", s.dimensions.team.as_deref().unwrap_or("nowhere")))
        }
        _ => None,
    };
    let solve = "10 agent:a status_changed {\"to\":\"solved\"}";
    let in_team = |team: &str| format!("0 customer:c1 ticket_created {{\"team\":\"{team}\"}}");
    let to_upper = "5 agent:a assigned {\"team\":\"Tier2\"}";
    let said_of = |lines: &[&str], d: &Definitions| said(lines, d, escalation);
    let mut d = Definitions::default();
    assert_eq!(said_of(&[CREATED, to_upper, solve], &d), "", "nobody has said what an escalation is");
    d.switches.escalation_teams = vec!["tier2".into()];
    assert_eq!(said_of(&[&in_team("a"), to_upper, solve], &d), "from a true");
    assert_eq!(said_of(&[&in_team("tier2"), solve], &d), "from tier2 false");
    assert_eq!(said_of(&[CREATED, to_upper, solve], &d), "from nowhere true");
    assert_eq!(said_of(&[CREATED, solve, "11 agent:a assigned {\"team\":\"tier2\"}"], &d), "from nowhere false");
    let tagged = [CREATED, "5 agent:a tags_changed {\"added\":[\"Escalated\"]}", solve];
    assert_eq!(said_of(&tagged, &d), "from nowhere false", "a tag means nothing until it is named");
    d.switches.escalation_tags = vec!["escalated".into()];
    assert_eq!(said_of(&tagged, &d), "from nowhere true");
}

proptest! {
    #[test]
    fn the_stays_and_the_solved_gaps_make_up_the_resolution(told in any_ticket()) {
        let d = promises();
        let t = fold(&key(), &told, &d).expect("created");
        let all = samples(&t, &d);
        let resolution = all.iter().find_map(|s| match s.fact {
            SampleFact::Solve { elapsed: Some(elapsed), .. } => Some((s.at, elapsed)),
            _ => None,
        });
        let stay = all.iter().find_map(|s| match s.fact {
            SampleFact::Stay { work, hold, pending, .. } => Some(work.plus(hold).plus(pending)),
            _ => None,
        });
        prop_assert_eq!(resolution.is_some(), stay.is_some());
        if let (Some((at, resolution)), Some(stay)) = (resolution, stay) {
            let gaps = t.spent(&d, t.created, at, Status::is_solved);
            prop_assert_eq!(resolution.calendar_ms, stay.plus(gaps).calendar_ms);
        }
    }

    #[test]
    fn no_duration_is_longer_in_business_hours(told in any_ticket()) {
        let d = promises();
        let t = fold(&key(), &told, &d).expect("created");
        for sample in samples(&t, &d) {
            let durations = match sample.fact {
                SampleFact::FirstReply { elapsed }
                | SampleFact::FirstAnyReply { elapsed }
                | SampleFact::Reply { elapsed, .. }
                | SampleFact::Assigned { elapsed, .. }
                | SampleFact::FirstSolve { elapsed } => vec![elapsed],
                SampleFact::Solve { elapsed, .. } => elapsed.into_iter().collect(),
                SampleFact::Stay { work, hold, pending, answering, .. } => vec![work, hold, pending, answering],
                _ => Vec::new(),
            };
            for Elapsed { calendar_ms, business_ms } in durations {
                prop_assert!(0 <= business_ms.unwrap_or_default() && business_ms.unwrap_or_default() <= calendar_ms);
            }
        }
    }
}
