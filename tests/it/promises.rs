//! Promises over time: what is edited, and what is told late.

use std::process::Command;

use deskbell::app::clock::Clock;
use serde_json::{Value, json};

use crate::bot::{Bot, monday};
use crate::ring::Scene;

/// An event of a ticket at a minute of the morning.
fn event(ticket: &str, minute: i64, kind: &str, actor: &str) -> Value {
    json!({"event_id": format!("{ticket}/{minute}/{kind}"), "ts": monday().plus_s(60 * minute), "type": kind,
           "ticket": ticket, "actor": {"kind": actor, "id": actor}, "data": {}})
}

/// Lets the morning go on until a minute, and a breach be heard of.
async fn until_minute(bot: &Bot, minute: i64) {
    bot.clock.advance(monday().plus_s(60 * minute) - bot.clock.now());
    bot.settle().await;
}

async fn tell(bot: &Bot, event: &Value) {
    assert_eq!(bot.generic(event).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_policy_rings_for_what_is_asked_after_it_and_keeps_its_verdicts() {
    let sla = |minutes: i64| {
        let key = format!("[[sla]]\nname = \"standard\"\nfirst_response = \"{minutes}m\"\ncalendar = \"always\"\n");
        format!("{key}to = [\"slack:#support\"]\n")
    };
    let scene = Scene::new().await;
    let clock = Clock::movable(monday());
    let bot = scene.bot(&scene.sqlite(), &sla(10), clock.clone()).await;
    tell(&bot, &event("early", 0, "ticket_created", "customer")).await;
    until_minute(&bot, 11).await;
    let missed = |ticket: &str| scene.rang(&format!("First reply missed on ticket {ticket}")).0;
    assert_eq!(missed("early"), 1);
    tell(&bot, &event("between", 11, "ticket_created", "customer")).await;
    until_minute(&bot, 12).await;
    bot.running.stop().await;

    // An hour is promised from now on.
    let bot = scene.bot_again(&sla(60), clock).await;
    tell(&bot, &event("late", 13, "ticket_created", "customer")).await;
    until_minute(&bot, 22).await;
    assert_eq!((missed("early"), missed("between"), missed("late")), (1, 1, 0));
    until_minute(&bot, 74).await;
    assert_eq!((missed("early"), missed("between"), missed("late")), (1, 1, 1));
    bot.running.stop().await;

    let config = format!("[store]\nurl = \"{}\"\n[console]\nenabled = true\n{}", scene.sqlite(), sla(60));
    let config = config.replace("to = [\"slack:#support\"]\n", "");
    std::fs::write(scene.directory.path().join("bot.toml"), config).expect("written");
    let at = monday().plus_s(60 * 80).to_string();
    let exported = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .current_dir(scene.directory.path())
        .args(["export", "sla", "--at", &at])
        .output()
        .expect("the binary runs");
    assert!(exported.status.success() && exported.stderr.is_empty(), "{exported:?}");
    let exported = String::from_utf8(exported.stdout).expect("UTF-8");
    let mut told: Vec<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|row| format!("{} {} {} v{}", row["ticket"], row["target_s"], row["state"], row["policy_version"]))
        .collect();
    told.sort_unstable();
    let expected = [r#""between" 600 "breached" v1"#, r#""early" 600 "breached" v1"#, r#""late" 3600 "breached" v2"#];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_told_late_makes_no_breach_ring_twice_and_hides_none() {
    let sla = "[[sla]]\nname = \"s\"\nnext_response = \"10m\"\ncalendar = \"always\"\nto = [\"slack:#support\"]\n";
    let scene = Scene::new().await;
    let bot = scene.bot(&scene.sqlite(), sla, Clock::movable(monday())).await;
    // Each breach is one message, whatever it is edited into.
    let rang = || scene.slack.messages().len();
    for (minute, kind, actor) in
        [(0, "ticket_created", "customer"), (1, "message", "agent"), (2, "message", "customer")]
    {
        tell(&bot, &event("1", minute, kind, actor)).await;
    }
    until_minute(&bot, 13).await;
    assert_eq!(rang(), 1);
    tell(&bot, &event("1", 14, "message", "agent")).await;
    tell(&bot, &event("1", 20, "message", "customer")).await;
    until_minute(&bot, 31).await;
    assert_eq!(rang(), 2);
    // Another tool tells what it knows: there had been a reply in time, and another question.
    tell(&bot, &event("1", 5, "message", "agent")).await;
    tell(&bot, &event("1", 6, "message", "customer")).await;
    until_minute(&bot, 32).await;
    assert_eq!(rang(), 2, "the second wait is the third now, and has rung");
    tell(&bot, &event("1", 33, "message", "agent")).await;
    tell(&bot, &event("1", 34, "message", "customer")).await;
    until_minute(&bot, 45).await;
    assert_eq!(rang(), 3, "the third number had not rung, the fourth wait has");
    let message = scene.slack.messages().pop().expect("a message");
    assert!(message.words().contains("Next reply number 4, source tool"), "{}", message.words());
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_moves_takes_its_waiting_time_along_and_leaves_its_old_target_behind() {
    let sla = r#"
[[team]]
name = "fast"
[[team]]
name = "slow"
[[sla]]
name = "fast"
when = { team = ["fast"] }
first_response = "10m"
calendar = "always"
to = ["slack:#support"]
[[sla]]
name = "slow"
when = { team = ["slow"] }
first_response = "30m"
calendar = "always"
to = ["slack:#support"]
"#;
    let scene = Scene::new().await;
    let bot = scene.bot(&scene.sqlite(), sla, Clock::movable(monday())).await;
    let rang = |ticket: &str| scene.rang(&format!("First reply missed on ticket {ticket}")).0;
    let with = |mut event: Value, data: Value| {
        event["data"] = data;
        event
    };
    let created =
        |ticket: &str, team: &str| with(event(ticket, 0, "ticket_created", "customer"), json!({"team": team}));
    let assigned =
        |ticket: &str, minute, team: Value| with(event(ticket, minute, "assigned", "agent"), json!({ "team": team }));
    for (ticket, team) in [("gone", "fast"), ("slower", "fast"), ("faster", "slow"), ("overdue", "slow")] {
        tell(&bot, &created(ticket, team)).await;
    }
    until_minute(&bot, 5).await;
    tell(&bot, &assigned("gone", 5, Value::Null)).await;
    tell(&bot, &assigned("slower", 5, json!("slow"))).await;
    tell(&bot, &assigned("faster", 5, json!("fast"))).await;
    until_minute(&bot, 11).await;
    assert_eq!(["gone", "slower", "faster", "overdue"].map(rang), [0, 0, 1, 0]);
    // Half of the slow team's time is more than all of the fast team's.
    until_minute(&bot, 15).await;
    tell(&bot, &assigned("overdue", 15, json!("fast"))).await;
    until_minute(&bot, 16).await;
    assert_eq!(["gone", "slower", "faster", "overdue"].map(rang), [0, 0, 1, 1]);
    until_minute(&bot, 100).await;
    assert_eq!(["gone", "slower", "faster", "overdue"].map(rang), [0, 1, 1, 1]);
    bot.running.stop().await;
}
