//! What people have asked of other help desks for years, each by its name: a test each.

use super::agreements::{judged, judged_of};
use super::*;

const CREATED: &str = "0 customer:c ticket_created";

/// A policy for whoever matches, within minutes, on calendar time and without warnings.
fn rule(name: &str, when: Matchers, minutes: &[(Target, i64)]) -> Policy {
    Policy { when, calendar: CalendarChoice::Always, warn: vec![], ..policy(name, &[], minutes) }
}

fn listed(policies: Vec<Policy>) -> Definitions {
    Definitions { policies, ..promises() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Which policy judges the first response after these lines.
fn policy_of(lines: &[&str], definitions: &Definitions) -> String {
    let all = instances(&ticket(lines, definitions), definitions);
    all.iter().find(|i| i.promise.target == Target::FirstResponse).map_or("none".into(), |i| i.policy.clone())
}

#[test]
fn a_policy_is_chosen_by_priority_team_channel_tier_tag_and_source() {
    let when = Matchers::default();
    let table: [(Matchers, &str, &str); 12] = [
        (Matchers { priority: words(&["urgent", "HIGH"]), ..when.clone() }, r#"{"priority":"High"}"#, "yes"),
        (Matchers { priority: words(&["urgent"]), ..when.clone() }, r#"{"priority":"high"}"#, "no"),
        // A source calls the team by its id.
        (Matchers { team: words(&["A"]), ..when.clone() }, r#"{"team":"360001"}"#, "yes"),
        (Matchers { team: words(&["A"]), ..when.clone() }, r#"{"team":"B"}"#, "no"),
        (Matchers { team: words(&["A"]), ..when.clone() }, "{}", "no"),
        (Matchers { channel: words(&["Chat"]), ..when.clone() }, r#"{"channel":"CHAT"}"#, "yes"),
        (Matchers { channel: words(&["chat"]), ..when.clone() }, "{}", "no"),
        (Matchers { tier: words(&["gold"]), ..when.clone() }, r#"{"tier":"Gold"}"#, "yes"),
        (Matchers { tag: words(&["vip"]), ..when.clone() }, r#"{"tags":["x","VIP"]}"#, "yes"),
        (Matchers { source: words(&["desk"]), ..when.clone() }, "{}", "yes"),
        (Matchers { source: words(&["phone"]), ..when.clone() }, "{}", "no"),
        // Several must all fit; of the words of one, any.
        (
            Matchers { tier: words(&["gold", "silver"]), tag: words(&["vip"]), ..when },
            r#"{"tier":"silver","tags":["other"]}"#,
            "no",
        ),
    ];
    for (when, data, expected) in table {
        let hour = [(Target::FirstResponse, 60)];
        let mut d = listed(vec![rule("yes", when.clone(), &hour), rule("no", Matchers::default(), &hour)]);
        d.teams[0].ids = words(&["360001"]);
        assert_eq!(policy_of(&[&format!("{CREATED} {data}")], &d), expected, "{when:?} {data}");
    }
}

#[test]
fn the_first_policy_that_matches_applies_even_if_it_promises_nothing_for_this_priority() {
    let vip = Matchers { tag: words(&["vip"]), ..Matchers::default() };
    let mut first = rule("vip", vip, &[]);
    let by_priority = [("urgent".to_owned(), 900)].into();
    first.targets.insert(Target::FirstResponse, Allowance::ByPriority(by_priority));
    let d = listed(vec![first, rule("rest", Matchers::default(), &[(Target::FirstResponse, 60)])]);
    let created = |data: &str| format!("{CREATED} {data}");
    assert_eq!(policy_of(&[&created(r#"{"tags":["vip"],"priority":"urgent"}"#)], &d), "vip");
    assert_eq!(policy_of(&[&created(r#"{"tags":["vip"]}"#)], &d), "none");
    assert_eq!(policy_of(&[&created("{}")], &d), "rest");
}

/// Two ways to promise, told apart by one thing each, both of first response and resolution.
fn gold_and_rest(when: Matchers) -> Definitions {
    let gold = [(Target::FirstResponse, 30), (Target::Resolution, 120)];
    let rest = [(Target::FirstResponse, 90), (Target::Resolution, 480)];
    listed(vec![rule("gold", when, &gold), rule("rest", Matchers::default(), &rest)])
}

#[test]
fn waiting_time_is_not_lost_when_the_sla_changes() {
    let any = Matchers::default();
    let table = [
        (Matchers { tag: words(&["vip"]), ..any.clone() }, r#"tags_changed {"added":["vip"]}"#),
        (Matchers { team: words(&["B"]), ..any.clone() }, r#"assigned {"team":"B"}"#),
        (Matchers { priority: words(&["urgent"]), ..any.clone() }, r#"priority_changed {"to":"urgent"}"#),
        (Matchers { tier: words(&["gold"]), ..any.clone() }, r#"changed {"tier":"gold"}"#),
        (Matchers { channel: words(&["chat"]), ..any.clone() }, r#"snapshot {"channel":"chat"}"#),
        (any, r#"sla_policy {"policy":"gold","targets":{"first_response":1800},"calendar":"always"}"#),
    ];
    for (when, change) in table {
        let d = gold_and_rest(if when == Matchers::default() { Matchers { tag: words(&["-"]), ..when } } else { when });
        let moved = |at: i64| format!("{at} agent:a {change}");
        // Thirty minutes are allowed from the beginning, not from the change.
        let early = judged_of(Target::FirstResponse, &[CREATED, &moved(20)], &d);
        assert!(early[0].starts_with("#1 gold") && early[0].ends_with("due 30 of 30"), "{change}: {early:?}");
        // They were used up before: broken at the change, not before it and not half an hour after it.
        let late = judged_of(Target::FirstResponse, &[CREATED, &moved(50), "60 agent:a message"], &d);
        assert!(late[0].ends_with("breached 50 of 30"), "{change}: {late:?}");
        // What was decided before the change stays as it was decided.
        let answered = judged_of(Target::FirstResponse, &[CREATED, "40 agent:a message", &moved(50)], &d);
        assert_eq!(answered, ["#1 rest v1 met 40 of 90"], "{change}");
        let broken = judged_of(Target::FirstResponse, &[CREATED, "95 agent:a note", &moved(100)], &d);
        assert_eq!(broken, ["#1 rest v1 breached 90 of 90"], "{change}");
    }
}

#[test]
fn waiting_time_is_not_lost_while_nothing_is_promised() {
    let urgent = Matchers { priority: words(&["urgent"]), ..Matchers::default() };
    let d = listed(vec![rule("urgent", urgent, &[(Target::FirstResponse, 60)])]);
    let lines = [
        "0 customer:c ticket_created {\"priority\":\"urgent\"}",
        "10 agent:a priority_changed {\"to\":\"low\"}",
        "40 agent:a priority_changed {\"to\":\"urgent\"}",
    ];
    assert_eq!(judged(&lines, &d), ["first_response #1 urgent v1 due 60 of 60"]);
    // The pauses of a resolution are not waiting time, before the change as after it.
    let d = gold_and_rest(Matchers { tag: words(&["vip"]), ..Matchers::default() });
    let lines = [
        CREATED,
        "30 agent:a status_changed {\"to\":\"pending\"}",
        "100 customer:c status_changed {\"to\":\"open\"}",
        "110 agent:a tags_changed {\"added\":[\"vip\"]}",
    ];
    assert_eq!(judged_of(Target::Resolution, &lines, &d), ["#1 gold v1 due 190 of 120"]);
}

#[test]
fn no_target_of_the_old_group_survives_the_change_to_another() {
    let d = gold_and_rest(Matchers { team: words(&["A"]), ..Matchers::default() });
    let created = "0 customer:c ticket_created {\"team\":\"A\"}";
    let moved = "10 agent:a assigned {\"team\":\"B\"}";
    assert_eq!(judged_of(Target::FirstResponse, &[created, moved], &d), ["#1 rest v1 due 90 of 90"]);
    assert_eq!(judged_of(Target::Resolution, &[created, moved], &d), ["#1 rest v1 due 480 of 480"]);
    let timers = timers(&instances(&ticket(&[created, moved], &d), &d));
    assert_eq!(timers.iter().map(|t| minute(t.due)).collect::<Vec<_>>(), [90.0, 480.0]);
    // And back: the old target holds again, with all the time used.
    let back = [created, moved, "60 agent:a assigned {\"team\":\"A\"}"];
    assert_eq!(judged_of(Target::FirstResponse, &back, &d), ["#1 gold v1 breached 60 of 30"]);
    assert_eq!(judged_of(Target::Resolution, &back, &d), ["#1 gold v1 due 120 of 120"]);
}

#[test]
fn nothing_is_escalated_once_the_sla_is_gone() {
    let d = listed(vec![rule(
        "gold",
        Matchers { tag: words(&["vip"]), ..Matchers::default() },
        &[(Target::FirstResponse, 30), (Target::Update, 60), (Target::Resolution, 120)],
    )]);
    let created = "0 customer:c ticket_created {\"tags\":[\"vip\"]}";
    let rings = |gone: &str| timers(&instances(&ticket(&[created, gone], &d), &d)).len();
    assert_eq!(rings("10 agent:a note"), 3);
    assert_eq!(rings("10 agent:a tags_changed {\"removed\":[\"vip\"]}"), 0);
    assert_eq!(rings("10 agent:a merged {\"into\":\"2\"}"), 0);
    assert_eq!(rings("10 system:- spam"), 0);
    assert_eq!(rings("10 system:- sla_policy {\"policy\":\"none\"}"), 0);
    // What was missed before it went was missed, and rings until somebody answers.
    assert_eq!(rings("40 agent:a tags_changed {\"removed\":[\"vip\"]}"), 1);
}

#[test]
fn a_priority_that_is_lowered_gives_time_and_a_raised_one_takes_it_from_what_was_used() {
    let mut d = gold_and_rest(Matchers { tag: words(&["-"]), ..Matchers::default() });
    let by = [("urgent".to_owned(), 15 * 60), ("normal".to_owned(), 60 * 60), ("low".to_owned(), 240 * 60)];
    d.policies[1].targets.insert(Target::FirstResponse, Allowance::ByPriority(by.into()));
    let to = |at: i64, priority: &str| format!("{at} agent:a priority_changed {{\"to\":\"{priority}\"}}");
    let first = |changes: &[String]| {
        let lines: Vec<&str> = std::iter::once(CREATED).chain(changes.iter().map(String::as_str)).collect();
        judged_of(Target::FirstResponse, &lines, &d).join(" ")
    };
    assert_eq!(first(&[]), "#1 rest v1 due 60 of 60");
    assert_eq!(first(&[to(10, "urgent")]), "#1 rest v1 due 15 of 15");
    assert_eq!(first(&[to(15, "urgent")]), "#1 rest v1 due 15 of 15");
    assert_eq!(first(&[to(20, "urgent")]), "#1 rest v1 breached 20 of 15");
    assert_eq!(first(&[to(50, "low")]), "#1 rest v1 due 240 of 240");
    assert_eq!(first(&[to(10, "urgent"), to(12, "low"), to(200, "normal")]), "#1 rest v1 breached 200 of 60");
    assert_eq!(first(&[to(20, "urgent"), to(30, "low")]), "#1 rest v1 breached 20 of 15");
    // Nobody promises anything for a priority that is not named.
    assert_eq!(first(&[to(10, "high")]), "");
}

#[test]
fn there_may_be_several_warnings_by_share_and_by_time_left() {
    let mut d = gold_and_rest(Matchers { tag: words(&["vip"]), ..Matchers::default() });
    d.policies[1].warn = vec![Warning::Used(0.5), Warning::Left(600), Warning::Used(0.9), Warning::Left(7200)];
    d.policies[0].warn = vec![Warning::Left(300)];
    let warned = |lines: &[&str]| {
        let timers = timers(&instances(&ticket(lines, &d), &d));
        let first = timers.into_iter().filter(|t| t.target == Target::FirstResponse);
        first.map(|t| format!("{} {}", t.kind.name(), minute(t.due))).collect::<Vec<_>>().join(", ")
    };
    // Two hours before the end of ninety minutes is before the beginning: nothing to warn of.
    assert_eq!(warned(&[CREATED]), "warn0 45, warn1 80, warn2 81, breach 90");
    // Another policy has warnings of its own, by the time used so far.
    assert_eq!(warned(&[CREATED, "10 agent:a tags_changed {\"added\":[\"vip\"]}"]), "warn0 25, breach 30");
    assert_eq!(warned(&[CREATED, "27 agent:a tags_changed {\"added\":[\"vip\"]}"]), "warn0 27, breach 30");
}

#[test]
fn an_update_is_promised_from_each_word_of_ours_to_the_next() {
    let d = listed(vec![rule("rest", Matchers::default(), &[(Target::Update, 60)])]);
    let lines = [
        CREATED,
        "30 agent:a message",
        "40 customer:c message",
        "100 agent:a message",
        "120 agent:a status_changed {\"to\":\"pending\"}",
        "400 customer:c status_changed {\"to\":\"open\"}",
    ];
    // The customer's own message is no update; the second came ten minutes late; the third waits for the customer.
    let expected = ["#1 rest v1 met 30 of 60", "#2 rest v1 breached 90 of 60", "#3 rest v1 due 440 of 60"];
    assert_eq!(judged_of(Target::Update, &lines, &d), expected);
    let solved = [&lines[..], &["410 agent:a status_changed {\"to\":\"solved\"}"]].concat();
    assert_eq!(judged_of(Target::Update, &solved, &d)[2], "#3 rest v1 cancelled 410 of 60");
}

#[test]
fn clocks_pause_in_the_statuses_that_are_named_and_responses_never_do() {
    let all = [(Target::FirstResponse, 60), (Target::NextResponse, 60), (Target::Update, 60), (Target::Resolution, 60)];
    let table: [(&[Status], &str, bool); 5] = [
        (&[Status::Pending], "pending", true),
        (&[Status::Pending], "on_hold", false),
        (&[Status::OnHold, Status::New], "on_hold", true),
        (&[Status::OnHold, Status::New], "pending", false),
        (&[], "pending", false),
    ];
    for (pause, status, stops) in table {
        let mut d = listed(vec![rule("rest", Matchers::default(), &all)]);
        d.policies[0].pause = pause.to_vec();
        let created = format!("{CREATED} {{\"status\":\"open\"}}");
        let to = format!("10 agent:a status_changed {{\"to\":\"{status}\"}}");
        let back = "40 customer:c status_changed {\"to\":\"open\"}";
        let due = if stops { "due 90 of 60" } else { "due 60 of 60" };
        let lines = [created.as_str(), to.as_str(), back];
        for (target, due) in [(Target::FirstResponse, "due 60 of 60"), (Target::Update, due), (Target::Resolution, due)]
        {
            let judged = judged_of(target, &lines, &d);
            assert_eq!(judged, [format!("#1 rest v1 {due}")], "{pause:?} {status} {target:?}");
        }
    }
}

#[test]
fn a_policy_counts_the_hours_of_the_team_of_a_named_calendar_or_all() {
    let created = "500 customer:c ticket_created {\"team\":\"A\"}";
    let nobody = "500 customer:c ticket_created";
    let table = [
        // A opens at 540; B has no break before 720.
        (CalendarChoice::Team, created, "A", 600),
        (CalendarChoice::Team, nobody, "always", 560),
        (CalendarChoice::Named("B".into()), created, "B", 560),
        (CalendarChoice::Named("A".into()), nobody, "A", 600),
        (CalendarChoice::Always, created, "always", 560),
    ];
    for (calendar, created, name, due) in table {
        let mut d = listed(vec![rule("rest", Matchers::default(), &[(Target::FirstResponse, 60)])]);
        d.policies[0].calendar = calendar.clone();
        let first = &instances(&ticket(&[created], &d), &d)[0];
        let found = (first.calendar.as_deref().unwrap_or("always"), first.promise.deadline.map(minute));
        assert_eq!(found, (name, Some(f64::from(due))), "{calendar:?} {created}");
    }
}

#[test]
fn what_the_help_desk_says_overrides_ours_and_leaves_open_what_it_does_not_say() {
    let mut d = gold_and_rest(Matchers { tag: words(&["-"]), ..Matchers::default() });
    d.policies[1].pause = vec![Status::OnHold];
    d.policies[1].warn = vec![Warning::Left(600)];
    let told = |data: &str| format!("0 system:- sla_policy {data}");
    let all = |data: &str, status: &str| {
        let (told, status) = (told(data), format!("10 agent:a status_changed {{\"to\":\"{status}\"}}"));
        judged(&[CREATED, &told, &status, "20 agent:a note"], &d).join("; ")
    };
    let known =
        r#"{"policy":"rest","targets":{"first_response":3600,"resolution":7200},"calendar":{"first_response":"B"}}"#;
    // Of ours of that name it has pauses and warnings, of its own the targets.
    assert_eq!(
        all(known, "on_hold"),
        "first_response #1 rest told 0 due 60 of 60; resolution #1 rest told 0 paused of 120"
    );
    assert_eq!(
        all(known, "pending"),
        "first_response #1 rest told 0 due 60 of 60; resolution #1 rest told 0 due 120 of 120"
    );
    let paused = r#"{"policy":"rest","targets":{"resolution":7200},"pause":["pending"]}"#;
    assert_eq!(all(paused, "pending"), "resolution #1 rest told 0 paused of 120");
    // What nobody here knows pauses as usual and warns of nothing.
    let unknown = r#"{"policy":"theirs","targets":{"resolution":7200}}"#;
    assert_eq!(all(unknown, "pending"), "resolution #1 theirs told 0 paused of 120");
    let lines = [CREATED.to_owned(), told(known)];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let first = &instances(&ticket(&lines, &d), &d)[0];
    assert_eq!((first.calendar.as_deref(), first.warnings.len()), (Some("B"), 1));
}

#[test]
fn what_the_creation_is_told_to_have_been_later_holds_from_the_beginning() {
    let d = gold_and_rest(Matchers { tier: words(&["gold"]), ..Matchers::default() });
    let again = "50 system:- ticket_created {\"tier\":\"gold\"}";
    assert_eq!(judged_of(Target::FirstResponse, &[CREATED, again], &d), ["#1 gold v1 breached 30 of 30"]);
    // A tier that changes is a move at its time.
    let changed = "50 system:- changed {\"tier\":\"gold\"}";
    assert_eq!(judged_of(Target::FirstResponse, &[CREATED, changed], &d), ["#1 gold v1 breached 50 of 30"]);
}
