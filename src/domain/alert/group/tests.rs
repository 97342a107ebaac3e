//! When a group ends, and every state of its message, as text.

use super::*;
use crate::domain::alert::card::tests::{hold, minute, truth};
use crate::domain::handling::Handling;
use crate::domain::sample::TicketKey;
use crate::domain::sla::Target;

const ZONE: Tz = chrono_tz::Europe::Berlin;

fn group(kind: GroupKind, state: GroupState) -> Group {
    Group { kind, state, threshold: 10 }
}

/// A ticket whose first reply was due at minute 60; its breach rang 340 ms later.
fn member(id: usize, truth: Truth) -> Member {
    let ticket = TicketKey { source: "desk".into(), id: id.to_string() };
    let (target, started) = (Target::FirstResponse, minute(0));
    let kind = TimerKind::Breach;
    let notice = Notice { ticket, target, started, kind, due: minute(60), mention: None };
    Member { notice, joined: minute(60).plus_ms(340), truth: Some(truth) }
}

fn with(priority: &str, deadline: Option<i64>, held_by: Option<&str>) -> Truth {
    let mut truth = truth(State::Running);
    truth.instance.priority = priority.into();
    truth.instance.promise.deadline = deadline.map(minute);
    truth.instance.warnings = Vec::new();
    if let Some(by) = held_by {
        let mut claims = hold(61, Some(76));
        claims[0].by = by.into();
        truth.handling = Handling { claims, ..Handling::default() };
    }
    truth
}

fn ended(late: bool) -> Truth {
    let mut truth = truth(if late { State::Breached } else { State::Met });
    truth.instance.promise.fulfilled_at = Some(minute(61));
    truth
}

/// Eighteen open promises: nobody's, somebody's, of different priorities, ahead and paused; and two that have ended.
fn storm() -> Vec<Member> {
    let mut members: Vec<Member> = (1..=12).map(|n| member(n, with("normal", Some(60), None))).collect();
    members.push(member(13, with("urgent", Some(75), None)));
    members.push(member(14, with("urgent", Some(60), None)));
    members.push(member(15, with("low", Some(60), None)));
    members.push(member(16, with("urgent", Some(60), Some("Ana"))));
    members.push(member(17, with("normal", Some(59), Some("Bo"))));
    members.push(member(18, with("high", None, None)));
    members.push(member(19, ended(true)));
    members.push(member(20, ended(false)));
    members
}

fn words(grouped: &Grouped, message: &Message) -> String {
    let mut lines = vec![format!("{:?}: {}", message.tone, message.title)];
    lines.extend(message.mentions.iter().map(|mention| format!("calls {}", mention.shown())));
    for block in &message.blocks {
        match block {
            Block::Text(text) => lines.push(text.to_plain()),
            Block::Table(table) => {
                let row = |row: &Vec<Text>| row.iter().map(Text::to_plain).collect::<Vec<_>>().join(" | ");
                lines.push(table.columns.iter().map(|column| column.head.as_str()).collect::<Vec<_>>().join(" | "));
                lines.extend(table.rows.iter().map(row));
                lines.push(format!("and {} more", table.more));
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    let labels: Vec<_> = message.actions.iter().map(|action| action.label.as_str()).collect();
    lines.push(format!("[{}]", labels.join("] [")));
    lines.push(message.footer.iter().map(Text::to_plain).collect::<Vec<_>>().join(" · "));
    let changes = grouped.changes_at.map(|at| (at - minute(0)) / 60_000);
    lines.push(format!("open {}, changes {changes:?}", grouped.open()));
    lines.join("\n")
}

fn states() -> Vec<(&'static str, Grouped)> {
    use GroupKind::{Quiet, Storm};
    use GroupState::{Gathering, Living, Moved, Over};
    let say = |kind, state, members: &[Member], ended| {
        grouped(group(kind, state), members, ended, ZONE, minute(62).plus_ms(1))
    };
    let none = Tally::default();
    let some = Tally { kept: 400, late: 78, void: 2 };
    let few: Vec<Member> = storm().split_off(14);
    let mut calls = storm();
    for n in [0, 1, 15] {
        calls[n].notice.kind = TimerKind::Step(0);
        calls[n].notice.mention = Some(if n == 15 { "slack:UBO" } else { "slack:ULEAD" }.into());
    }
    let mut late = few.clone();
    late[0].joined = minute(64);
    vec![
        ("a storm", say(Storm, Gathering, &storm(), none)),
        ("a storm, mostly settled", say(Storm, Gathering, &late, some)),
        ("a storm that calls", say(Storm, Gathering, &calls, none)),
        ("calm", say(Storm, Living, &few, some)),
        ("over", say(Storm, Over, &few, some)),
        ("over, nothing left", say(Storm, Over, &[], some)),
        ("moved", say(Storm, Moved, &[], some)),
        ("after the night", say(Quiet, Living, &few, none)),
        ("after the night, settled", say(Quiet, Over, &[], some)),
    ]
}

/// Tables for the tests of what platforms make of them.
pub(crate) fn messages() -> Vec<(&'static str, Message)> {
    let shown = ["a storm", "over"];
    states().into_iter().filter(|(name, _)| shown.contains(name)).map(|(name, says)| (name, says.message)).collect()
}

#[test]
fn from_a_storm_to_calm() {
    let shown =
        states().iter().map(|(name, says)| format!("── {name}\n{}", words(says, &says.message))).collect::<Vec<_>>();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn what_has_changed_is_said_beside_what_is() {
    let says = grouped(group(GroupKind::Storm, GroupState::Gathering), &storm(), Tally::default(), ZONE, minute(62));
    let since = |total, settled| match &says.since((minute(61), total, settled), ZONE).blocks[1] {
        Block::Text(text) => text.to_plain(),
        _ => String::new(),
    };
    assert_eq!(since(15, 1), "Since 10:01:00: 5 more, 1 settled.");
    assert_eq!(since(20, 0), "Since 10:01:00: 2 settled.");
    assert_eq!(since(20, 2), "");
}

#[test]
fn a_storm_ends_at_half_and_is_over_when_little_is_open() {
    use GroupState::{Gathering, Living, Over};
    // Kind, state, alerts of the last minute, open promises; next.
    let table = [
        (GroupKind::Storm, Gathering, 11, 300, Gathering),
        (GroupKind::Storm, Gathering, 6, 2, Gathering),
        (GroupKind::Storm, Gathering, 5, 11, Living),
        (GroupKind::Storm, Gathering, 5, 10, Over),
        (GroupKind::Storm, Living, 0, 11, Living),
        (GroupKind::Storm, Living, 30, 10, Over),
        (GroupKind::Storm, Over, 30, 30, Over),
        (GroupKind::Quiet, Gathering, 0, 0, Gathering),
        (GroupKind::Quiet, Living, 0, 1, Living),
        (GroupKind::Quiet, Living, 0, 0, Over),
    ];
    for (kind, state, recent, open, next) in table {
        assert_eq!(group(kind, state).next(recent, open), next, "{kind:?} {state:?} {recent} {open}");
    }
}

#[test]
fn time_alone_changes_a_table_only_when_it_says_so() {
    let members = [member(1, with("normal", Some(75), Some("Ana"))), member(2, with("normal", Some(90), None))];
    let at = |minutes: i64| {
        let now = minute(minutes).plus_ms(1);
        grouped(group(GroupKind::Storm, GroupState::Living), &members, Tally::default(), ZONE, now)
    };
    let mut expected = at(61);
    for now in 62..120 {
        if expected.changes_at.is_some_and(|due| due <= minute(now).plus_ms(1)) {
            expected = at(now);
        } else {
            assert_eq!(at(now).message, expected.message, "at {now}");
        }
    }
    assert_eq!(expected.changes_at, None);
}

#[test]
fn whoever_is_called_is_called_about_what_nobody_has_in_hand() {
    let step = |id, truth| {
        let member = member(id, truth);
        let notice = Notice { kind: TimerKind::Step(0), mention: Some("@here".into()), ..member.notice };
        Member { notice, ..member }
    };
    let members = [step(1, with("low", Some(60), None)), step(2, with("low", Some(60), Some("Ana")))];
    let now = minute(62);
    let said = call(&members, Some("@here"), now).map(|message| message.title);
    assert_eq!(said.as_deref(), Some("Nobody has answered yet: 1 promise is missed"));
    assert_eq!(call(&members, Some("@channel"), now), None);
    assert_eq!(call(&members[1..], None, now), None);
    assert_eq!(call(&members, None, now).map(|m| m.title).as_deref(), Some("1 promise is missed now"));
}
