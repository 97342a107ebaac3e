//! Every state of a card, as text.

use super::*;
use crate::domain::alert::TicketFacts;
use crate::domain::handling::{Handling, Hold};
use crate::domain::message::ActionKind;
use crate::domain::sla::{PolicyVersion, Promise};

/// Minutes of some morning.
pub(in crate::domain::alert) fn minute(n: i64) -> Timestamp {
    Timestamp(1_764_576_000_000 + n * 60_000)
}

/// A first reply promised within an hour, warned of at minutes 30 and 48, due at minute 60.
pub(in crate::domain::alert) fn truth(state: State) -> Truth {
    let open = state == State::Running;
    let promise = Promise {
        target: Target::FirstResponse,
        cycle: 1,
        target_s: 3600,
        started: minute(0),
        elapsed_ms: 0,
        elapsed_at: minute(0),
        state,
        deadline: open.then(|| minute(60)),
        decided_at: (!open).then(|| minute(60)),
        fulfilled_at: None,
        overrun_ms: None,
        overrun_until: None,
        version: PolicyVersion::default(),
    };
    let instance = Instance {
        promise,
        policy: "urgent".into(),
        priority: "urgent".into(),
        due: Some(minute(60)),
        calendar: None,
        warnings: if open { vec![(minute(30), 0), (minute(48), 1)] } else { Vec::new() },
    };
    let facts = TicketFacts {
        subject: Some("Cannot log in".into()),
        url: Some("https://desk.example/4521".into()),
        priority: "urgent".into(),
        team: Some("billing".into()),
        agent: None,
    };
    Truth { instance, facts, handling: Handling::default() }
}

fn opened(kind: TimerKind, due: i64) -> Notice {
    let ticket = TicketKey { source: "desk".into(), id: "4521".into() };
    Notice { ticket, target: Target::FirstResponse, started: minute(0), kind, due: minute(due), mention: None }
}

pub(in crate::domain::alert) fn hold(from: i64, until: Option<i64>) -> Vec<Hold> {
    vec![Hold { by: "Ana".into(), from: minute(from), until: until.map(minute) }]
}

/// The card as words: tone, title, lines, buttons, when it changes.
fn words(card: &Card) -> String {
    let message = &card.message;
    let mut lines = vec![format!("{:?}: {}", message.tone, message.title)];
    for block in &message.blocks {
        match block {
            Block::Text(text) => lines.push(text.to_plain()),
            Block::Fields(fields) => {
                lines.push(fields.iter().map(|f| f.value.to_plain()).collect::<Vec<_>>().join(" · "));
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    let does = |action: &Action| match &action.does {
        ActionKind::Command(command) | ActionKind::Refine(command) => command.clone(),
        ActionKind::Open { url } => url.clone(),
    };
    lines.push(format!("[{}]", message.actions.iter().map(does).collect::<Vec<_>>().join("] [")));
    lines.push(message.footer.iter().map(Text::to_plain).collect::<Vec<_>>().join(" · "));
    let changes = card.changes_at.map(|at| (at - minute(0)) as f64 / 60_000.0);
    lines.push(format!("changes {changes:?}, open {}, heard {}", card.open, card.heard));
    lines.join("\n")
}

/// Every state there is, by name.
fn states() -> Vec<(&'static str, Card)> {
    let (w, b) = (opened(TimerKind::Warn(0), 30), opened(TimerKind::Breach, 60));
    let running = truth(State::Running);
    let with = |handling: Handling| Truth { handling, ..running.clone() };
    let claimed = with(Handling { claims: hold(62, Some(77)), ..Handling::default() });
    let replied = with(Handling { claims: hold(62, None), ..Handling::default() });
    let snoozed = with(Handling { snoozes: hold(62, Some(92)), ..Handling::default() });
    let mut paused = running.clone();
    paused.instance.promise.deadline = None;
    let mut business = truth(State::Breached);
    business.instance.calendar = Some("office".into());
    let mut late = claimed.clone();
    late.instance.promise = Promise {
        state: State::Breached,
        deadline: None,
        decided_at: Some(minute(60)),
        fulfilled_at: Some(minute(68)),
        overrun_ms: Some(8 * 60_000),
        ..late.instance.promise
    };
    let mut silent = late.clone();
    silent.handling = Handling { solved_silently: true, ..Handling::default() };
    let mut called = truth(State::Breached);
    called.facts.agent = Some("Bo".into());
    let step = Notice { mention: Some("slack:U0LEAD".into()), ..opened(TimerKind::Step(1), 70) };
    let mut met = truth(State::Met);
    met.instance.promise.fulfilled_at = Some(minute(50));
    let cases = [
        ("amber", &w, 30, Some(&running), 30),
        ("amber, second warning", &w, 30, Some(&running), 48),
        ("red after a warning", &w, 30, Some(&running), 61),
        ("red at once", &b, 60, Some(&business), 60),
        ("claimed", &b, 60, Some(&claimed), 63),
        ("claimed and expired", &b, 60, Some(&claimed), 77),
        ("claimed and answered", &b, 60, Some(&replied), 90),
        ("snoozed", &b, 60, Some(&snoozed), 63),
        ("paused", &w, 30, Some(&paused), 40),
        ("moved away", &w, 30, Some(&running), 20),
        ("late", &b, 60, Some(&late), 68),
        ("late and silent", &b, 60, Some(&silent), 68),
        ("in time", &w, 30, Some(&met), 50),
        ("cancelled", &w, 30, Some(&truth(State::Cancelled)), 50),
        ("gone", &w, 30, None, 50),
        ("called", &step, 70, Some(&called), 70),
    ];
    let say = |(name, notice, sent, truth, now): (&'static str, &Notice, i64, Option<&Truth>, i64)| {
        (name, card(notice, minute(sent), truth, minute(now)))
    };
    cases.into_iter().map(say).collect()
}

/// Cards for the tests of what platforms make of them.
pub(crate) fn messages() -> Vec<(&'static str, Message)> {
    let shown = ["amber", "red at once", "claimed", "late", "called"];
    states().into_iter().filter(|(name, _)| shown.contains(name)).map(|(name, card)| (name, card.message)).collect()
}

#[test]
fn from_amber_to_red_to_claimed_to_green() {
    let shown: Vec<String> = states().iter().map(|(name, card)| format!("── {name}\n{}", words(card))).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn time_alone_changes_a_card_only_when_it_says_so() {
    let mut handling = Handling { claims: hold(35, Some(55)), ..Handling::default() };
    handling.snoozes = hold(70, Some(80));
    let truth = Truth { handling, ..truth(State::Running) };
    let notice = opened(TimerKind::Warn(0), 30);
    let at = |n: i64| card(&notice, minute(30), Some(&truth), minute(0).plus_ms(n * 1000));
    let mut expected = at(0);
    for second in 1..100 * 60 {
        let now = at(second);
        let due = expected.changes_at.is_some_and(|due| due <= minute(0).plus_ms(second * 1000));
        if due {
            expected = now;
        } else {
            assert_eq!(now.message, expected.message, "after {second} s");
        }
    }
    assert_eq!(expected.changes_at, None);
}

#[test]
fn the_buttons_name_tickets_as_commands_read_them() {
    let named = |source: &str, id: &str| named(&TicketKey { source: source.into(), id: id.into() });
    assert_eq!(named("desk", "4521"), "desk/4521");
    assert_eq!(named("desk", "two words"), "\"desk/two words\"");
    assert_eq!(named("desk", "a\"b"), "\"desk/a\\\"b\"");
}
