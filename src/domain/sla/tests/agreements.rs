//! What an edit of `bot.toml` changes, and that it changes nothing else.

use super::*;
use crate::domain::calendar::CalendarDefinition;

/// The instant of a minute of the test's first day.
fn at(minute: i64) -> Timestamp {
    ticket(&["0 customer:c ticket_created"], &Definitions::default()).created.plus_s(minute * 60)
}

/// What is said of promises by definitions that came one after the other, each at its minute.
fn edited(editions: &[(i64, &Definitions)]) -> Definitions {
    let versions = (1..).zip(editions).map(|(number, (since, definitions))| Version {
        number,
        since: at(*since),
        agreement: definitions.agreement(),
    });
    let agreements = Agreements::new(versions.collect()).expect("calendars are valid");
    Definitions { agreements, ..editions.last().expect("an edition").1.clone() }
}

/// The policy of everybody else.
fn the_rest(definitions: &mut Definitions) -> &mut Policy {
    definitions.policies.iter_mut().find(|p| p.name == "rest").expect("it is there")
}

/// Everything that is promised, twice as fast.
fn stricter() -> Definitions {
    let mut definitions = promises();
    for policy in &mut definitions.policies {
        for allowance in policy.targets.values_mut() {
            if let Allowance::All(seconds) = allowance {
                *seconds /= 2;
            }
        }
    }
    definitions
}

/// `target #cycle policy version state@minute of allowed minutes`.
pub(super) fn judged(lines: &[&str], definitions: &Definitions) -> Vec<String> {
    let say = |i: Instance| {
        let p = i.promise;
        let version = match p.version {
            PolicyVersion::Configured(number) => format!("v{number}"),
            PolicyVersion::Announced(at) => format!("told {}", minute(at)),
        };
        let state = match (p.state, p.deadline) {
            (State::Running, Some(due)) => format!("due {}", minute(due)),
            (State::Running, None) => "paused".to_owned(),
            (state, _) => format!("{} {}", state.name(), minute(p.decided_at.expect("decided"))),
        };
        format!("{} #{} {} {version} {state} of {}", p.target.name(), p.cycle, i.policy, p.target_s / 60)
    };
    instances(&ticket(lines, definitions), definitions).into_iter().map(say).collect()
}

/// The same of one target.
pub(super) fn judged_of(target: Target, lines: &[&str], definitions: &Definitions) -> Vec<String> {
    let of_target = format!("{} ", target.name());
    let judged = judged(lines, definitions).into_iter();
    judged.filter_map(|line| Some(line.strip_prefix(&of_target)?.to_owned())).collect()
}

const CONVERSATION: [&str; 6] = [
    "0 customer:c ticket_created",
    "50 agent:a message",
    "60 customer:c message",
    "110 agent:a message",
    "120 customer:c message",
    "165 agent:a message",
];

#[test]
fn an_edited_policy_judges_only_what_is_asked_for_after_the_edit() {
    let edited = edited(&[(0, &promises()), (100, &stricter())]);
    // The question of minute 60 was asked under the old promise, and is judged by it when it is answered after the edit.
    assert_eq!(
        judged_of(Target::NextResponse, &CONVERSATION, &edited),
        ["#1 rest v1 met 110 of 60", "#2 rest v2 breached 150 of 30"]
    );
    assert_eq!(judged_of(Target::FirstResponse, &CONVERSATION, &edited), ["#1 rest v1 met 50 of 60"]);
    assert_eq!(judged_of(Target::Resolution, &CONVERSATION, &edited), ["#1 rest v1 due 480 of 480"]);
    let updates = judged_of(Target::Update, &CONVERSATION, &edited);
    assert_eq!(updates.last().map(String::as_str), Some("#4 rest v2 due 285 of 120"));
    // At the very instant of the edit the new one holds.
    let then = ["100 customer:c ticket_created"];
    assert_eq!(judged_of(Target::FirstResponse, &then, &edited), ["#1 rest v2 due 130 of 30"]);
}

#[test]
fn the_first_list_that_promises_anything_holds_from_ever() {
    let nothing = Definitions { policies: vec![], ..promises() };
    let created = ["0 customer:c ticket_created"];
    for editions in [vec![(500, promises())], vec![(200, nothing.clone()), (500, promises())]] {
        let editions: Vec<_> = editions.iter().map(|(since, d)| (*since, d)).collect();
        let expected = [format!("#1 rest v{} due 60 of 60", editions.len())];
        assert_eq!(judged_of(Target::FirstResponse, &created, &edited(&editions)), expected);
    }
    // Once there were promises, none is one too.
    let withdrawn = edited(&[(0, &promises()), (100, &nothing)]);
    assert_eq!(judged_of(Target::FirstResponse, &["99 customer:c ticket_created"], &withdrawn).len(), 1);
    assert_eq!(judged(&["100 customer:c ticket_created"], &withdrawn), [""; 0]);
    assert!(withdrawn.promises_anything() && !nothing.promises_anything());
}

#[test]
fn a_ticket_that_moves_to_another_policy_stays_in_the_list_that_stood_when_it_asked() {
    let edited = edited(&[(0, &promises()), (100, &stricter())]);
    let raised = ["90 customer:c ticket_created", "101 agent:a priority_changed {\"to\":\"urgent\"}"];
    // 15 minutes by the old list, 7½ by the new one.
    assert_eq!(judged_of(Target::FirstResponse, &raised, &edited), ["#1 urgent v1 due 105 of 15"]);
}

#[test]
fn the_order_of_the_list_belongs_to_the_version() {
    let mut turned = promises();
    turned.policies.reverse();
    let edited = edited(&[(0, &promises()), (100, &turned)]);
    let urgent = |at: &str| format!("{at} customer:c ticket_created {{\"priority\":\"urgent\"}}");
    assert_eq!(judged_of(Target::FirstResponse, &[&urgent("0")], &edited), ["#1 urgent v1 due 15 of 15"]);
    assert_eq!(judged_of(Target::FirstResponse, &[&urgent("200")], &edited), ["#1 rest v2 due 260 of 60"]);
}

#[test]
fn what_the_help_desk_says_has_its_own_versions_by_its_own_time() {
    let edited = edited(&[(0, &promises()), (100, &stricter())]);
    let told = |minutes: i64| {
        format!("sla_policy {{\"policy\":\"rest\",\"targets\":{{\"first_response\":{}}}}}", minutes * 60)
    };
    let (first, second) = (format!("10 system:- {}", told(90)), format!("20 system:- {}", told(45)));
    let lines = ["0 customer:c ticket_created", first.as_str(), second.as_str()];
    // From its time on, of what is running too; the time used is kept.
    assert_eq!(judged_of(Target::FirstResponse, &lines[..2], &edited), ["#1 rest told 10 due 90 of 90"]);
    assert_eq!(judged_of(Target::FirstResponse, &lines, &edited), ["#1 rest told 20 due 45 of 45"]);
    let answered = [lines[0], "5 agent:a message", lines[1], lines[2]];
    assert_eq!(judged_of(Target::FirstResponse, &answered, &edited), ["#1 rest v1 met 5 of 60"]);
    let broken = [lines[0], "8 agent:a priority_changed {\"to\":\"urgent\"}", "17 agent:a note", lines[2]];
    assert_eq!(judged_of(Target::FirstResponse, &broken, &edited), ["#1 urgent v1 breached 15 of 15"]);
}

/// Team A's hours with the first day of the tests as a holiday.
fn with_holiday() -> Definitions {
    let mut definitions = promises();
    let hours = definitions.calendars["A"].definition().clone();
    let day = at(0).utc().date_naive();
    let hours = CalendarDefinition { holidays: [day].into(), ..hours };
    definitions.calendars.insert("A".into(), Arc::new(Calendar::new(hours).expect("valid")));
    definitions
}

#[test]
fn a_holiday_is_heeded_by_what_is_running_and_changes_no_verdict() {
    // Team A opens at minute 540.
    let created = "0 customer:c ticket_created {\"team\":\"A\"}";
    let holiday = with_holiday();
    let added = |minute: i64| edited(&[(0, &promises()), (minute, &holiday)]);
    let first = |lines: &[&str], d: &Definitions| {
        let all = instances(&ticket(lines, d), d);
        let first = all.iter().find(|i| i.promise.target == Target::FirstResponse).expect("promised");
        let moment = first.promise.deadline.or(first.promise.decided_at).expect("not paused");
        (first.promise.state, (moment - at(0)) / 60_000)
    };
    // In time: the deadline moves to the next day.
    assert_eq!(first(&[created], &added(300)), (State::Running, 1440 + 600));
    // In the middle: the half hour that counted was used.
    assert_eq!(first(&[created], &added(570)), (State::Running, 1440 + 570));
    // Afterwards: broken is broken, and kept is kept.
    assert_eq!(first(&[created, "700 agent:a note"], &added(650)), (State::Breached, 600));
    assert_eq!(first(&[created, "560 agent:a message"], &added(650)), (State::Met, 560));
    // Business hours of other numbers are those of today: they are restated.
    let told = ticket(&[created], &added(650));
    assert_eq!(told.elapsed(&added(650), at(540), at(600)).business_ms, Some(0));
}

#[test]
fn a_team_that_gets_another_calendar_has_the_old_one_until_then() {
    let mut moved = promises();
    moved.teams[0].calendar = Some("B".into());
    let created = "500 customer:c ticket_created {\"team\":\"A\"}";
    let d = edited(&[(0, &promises()), (560, &moved)]);
    let t = ticket(&[created], &d);
    let first = &instances(&t, &d)[0];
    // Twenty minutes of A's day, then B's, which rests from 720 to 780.
    assert_eq!((first.promise.deadline, first.calendar.as_deref()), (Some(at(600)), Some("B")));
    moved.teams[0].calendar = None;
    let d = edited(&[(0, &promises()), (560, &moved)]);
    let first = &instances(&ticket(&[created], &d), &d)[0];
    assert_eq!((first.promise.deadline, first.calendar.as_deref()), (Some(at(600)), None));
    moved.default_calendar = Some("B".into());
    let d = edited(&[(0, &promises()), (560, &moved)]);
    let nobody = ticket(&["500 customer:c ticket_created"], &d);
    assert_eq!(instances(&nobody, &d)[0].promise.deadline, Some(at(560)));
}

#[test]
fn a_calendar_that_was_taken_out_keeps_its_hours_for_what_was_promised_by_them() {
    let mut by_name = promises();
    the_rest(&mut by_name).calendar = CalendarChoice::Named("A".into());
    let mut without = stricter();
    without.calendars.remove("A");
    without.teams.remove(0);
    let d = edited(&[(0, &by_name), (100, &without)]);
    assert_eq!(judged_of(Target::FirstResponse, &["0 customer:c ticket_created"], &d), ["#1 rest v1 due 600 of 60"]);
}

/// Definitions that somebody might edit into one another.
fn any_edition() -> impl Strategy<Value = Definitions> {
    let calendar =
        prop::sample::select(vec![CalendarChoice::Team, CalendarChoice::Always, CalendarChoice::Named("B".into())]);
    let team = prop::sample::select(vec![None, Some("A".to_owned()), Some("B".to_owned())]);
    let pause = prop::sample::subsequence(vec![Status::Pending, Status::OnHold, Status::Open], 0..=3);
    (prop::array::uniform5(1i64..600), calendar, team.clone(), team, pause, any::<bool>()).prop_map(
        |(minutes, calendar, of_a, of_all, pause, holiday)| {
            let mut definitions = if holiday { with_holiday() } else { promises() };
            definitions.teams[0].calendar = of_a;
            definitions.default_calendar = of_all;
            let lengths = minutes.iter().cycle();
            let allowances = definitions.policies.iter_mut().flat_map(|p| p.targets.values_mut());
            allowances.zip(lengths).for_each(|(allowance, minutes)| *allowance = Allowance::All(minutes * 60));
            the_rest(&mut definitions).calendar = calendar;
            the_rest(&mut definitions).pause = pause;
            definitions
        },
    )
}

proptest! {
    #[test]
    fn no_edit_rewrites_a_verdict(
        told in any_ticket(), editions in prop::array::uniform3(any_edition()), mut edits in prop::array::uniform2(0i64..4000),
    ) {
        edits.sort_unstable();
        let [one, two, three] = &editions;
        let before = edited(&[(0, one), (edits[0], two)]);
        let after = edited(&[(0, one), (edits[0], two), (edits[1], three)]);
        let verdicts = |definitions: &Definitions| {
            let ticket = fold(&key(), &told, definitions).expect("created");
            let decided = |i: &Instance| i.promise.state_at(at(edits[1])) != State::Running;
            let by_then = |i: &Instance| i.promise.decided_at.or(i.promise.deadline).is_some_and(|d| d < at(edits[1]));
            let judged = instances(&ticket, definitions).into_iter().filter(|i| decided(i) && by_then(i));
            judged
                .map(|i| {
                    let p = i.promise;
                    let state = if p.state == State::Running { State::Breached } else { p.state };
                    (p.target, p.cycle, p.version, i.policy, p.target_s, state, p.decided_at.or(p.deadline))
                })
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(verdicts(&before), verdicts(&after));
    }
}

#[test]
fn an_account_tells_of_the_hours_that_stood_at_each_moment() {
    // Of a Monday, on which team A opens at minute 540; at minute 600 it gets team B's hours, and that day a holiday.
    let mut moved = with_holiday();
    moved.teams[0].calendar = Some("B".into());
    let d = edited(&[(0, &promises()), (600, &moved)]);
    let t = ticket(&["0 customer:c ticket_created {\"team\":\"A\"}", "590 agent:a note"], &d);
    let resolution = instances(&t, &d).into_iter().find(|i| i.promise.target == Target::Resolution).expect("promised");
    let account = account(&t, &resolution, &d, at(660));
    let told = account.intervals.iter().map(|i| {
        let calendar = i.calendar.as_deref().unwrap_or("always");
        format!("{}-{} {calendar} {}", minute(i.from), minute(i.to), i.counted_ms / 60_000)
    });
    assert_eq!(told.collect::<Vec<_>>(), ["0-600 A 60", "600-660 B 60"]);
    assert_eq!((account.closed, account.elapsed_ms), (vec![], 120 * 60_000));
    assert_eq!((account.version, account.version_since), (PolicyVersion::Configured(1), None));
}
