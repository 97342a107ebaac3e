//! Messages whose fate was unknown for a while: once it is known, they too say what is true.

use deskbell::app::clock::Clock;
use serde_json::{Value, json};

use crate::bot::{Bot, agent_reply, monday, ticket_event, until};
use crate::ring::Scene;
use crate::support::discord::Trouble;
use crate::support::slack::Fault;

const MINUTE: i64 = 60_000;

/// A first reply within ten minutes, warned of after five.
const SLA: &str = r##"
[access]
operators = ["slack:#billing"]

[[sla]]
name = "urgent"
first_response = { urgent = "10m", low = "30m" }
calendar = "always"
warn = ["50%"]
to = ["slack:#support", "discord:3000"]
"##;

async fn scene() -> (Scene, Clock, Bot) {
    let scene = Scene::new().await;
    let clock = Clock::movable(monday());
    let bot = scene.bot(&scene.sqlite(), SLA, clock.clone()).await;
    (scene, clock, bot)
}

/// Both platforms take the next message, and the connection breaks before they can say so.
pub(crate) fn lose_the_next_answer(scene: &Scene) {
    scene.slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
    scene.discord.trouble(&[Trouble::Drop]);
}

/// Waits until an attempt is over and the next one is due; milliseconds until then. While an attempt is under way, that is
/// the two minutes of a lease.
pub(crate) async fn put_off(bot: &Bot, platform: &str) -> i64 {
    let wait = async || {
        let due = bot.running.store.next_outbox_due(platform).await.expect("the store answers");
        due.map(|due| due - bot.clock.now()).filter(|wait| (1..120_000).contains(wait))
    };
    until("an attempt is over", async || wait().await.is_some()).await;
    wait().await.expect("nothing happens meanwhile")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_arrived_unnoticed_becomes_a_card_even_if_nothing_is_to_be_said_any_more() {
    let (scene, clock, bot) = scene().await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    lose_the_next_answer(&scene);
    clock.advance(5 * MINUTE);
    put_off(&bot, "slack").await;
    put_off(&bot, "discord").await;
    assert_eq!(scene.rang("First reply due in 5m 00s on ticket 1"), (1, 1));
    clock.advance(1_000);
    assert_eq!(bot.zendesk(&agent_reply("1", monday(), clock.now())).await.status(), 200);
    clock.advance(MINUTE);
    bot.settle().await;
    assert_eq!((scene.slack.messages().len(), scene.discord.messages().len()), (1, 1));
    assert_eq!(scene.rang("replied in time"), (1, 1), "the warning must not stand there for ever");
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_found_again_is_brought_up_to_date() {
    let (scene, clock, bot) = scene().await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    lose_the_next_answer(&scene);
    clock.advance(5 * MINUTE);
    put_off(&bot, "slack").await;
    put_off(&bot, "discord").await;
    // The warning is as true as before, but of another subject.
    let mut event = ticket_event("subject_changed", "1", monday(), clock.now(), json!({"current": "No printer"}));
    event["detail"]["subject"] = "No printer".into();
    assert_eq!(bot.zendesk(&event).await.status(), 200);
    clock.advance(MINUTE);
    bot.settle().await;
    let slack = scene.slack.messages();
    assert!(slack.len() == 1 && slack[0].words().contains("No printer"), "{slack:#?}");
    let discord = scene.discord.messages();
    assert!(discord.len() == 1 && discord[0].body.to_string().contains("No printer"), "{discord:#?}");
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_again_before_what_has_left_can_be_seen() {
    let (scene, clock, bot) = scene().await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    lose_the_next_answer(&scene);
    clock.advance(5 * MINUTE);
    for platform in ["slack", "discord"] {
        assert_eq!(put_off(&bot, platform).await, 5_000, "{platform}: histories lag by seconds");
    }
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_fails_again_and_again_lets_others_pass_and_operators_know() {
    let (scene, clock, bot) = scene().await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    let later = monday().plus_s(1);
    assert_eq!(bot.zendesk(&ticket_event("created", "2", later, later, json!({}))).await.status(), 200);
    scene.slack.fail_next("chat.postMessage", 8, Fault::ServerError);
    clock.advance(5 * MINUTE);
    clock.advance(1_000);
    for _ in 0..7 {
        clock.advance(put_off(&bot, "slack").await);
    }
    scene.slack.wait_for_message(|m| m.text.contains("on ticket 2")).await;
    let told = scene.slack.wait_for_message(|m| m.text.contains("A message to slack:#support is stuck")).await;
    assert_eq!(told.channel, scene.slack.channel("billing"));
    clock.advance(30 * MINUTE);
    bot.settle_in_time("slack").await;
    assert_eq!(scene.rang("First reply missed on ticket 1"), (1, 2), "it is not lost");
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_taken_back_and_found_to_have_begun_earlier_is_not_heard_twice_where_it_was_heard() {
    let (scene, clock, bot) = scene().await;
    let event = |id: &str, minute: i64, kind: &str, data: Value| {
        json!({"event_id": id, "ts": monday().plus_s(60 * minute), "type": kind, "ticket": "1",
               "actor": {"kind": "customer", "id": "c"}, "data": data})
    };
    clock.advance(MINUTE);
    assert_eq!(bot.generic(&event("1", 1, "ticket_created", json!({"priority": "urgent"}))).await.status(), 200);
    clock.advance(5 * MINUTE);
    bot.settle().await;
    scene.slack.fail_next("chat.postMessage", 1, Fault::RateLimited(1));
    clock.advance(5 * MINUTE + 1);
    let heard = || {
        let slack = scene.slack.messages().iter().filter(|m| m.born.contains("missed on ticket 1")).count();
        let discord = scene.discord.messages();
        (slack, discord.iter().filter(|m| m.born.to_string().contains("missed on ticket 1")).count())
    };
    scene.discord.wait_for_message(|m| m.born.to_string().contains("missed on ticket 1")).await;
    bot.is_held_up("slack").await;
    // Only now does the help desk say that it has not been urgent since the ninth minute, and that it was asked earlier.
    assert_eq!(bot.generic(&event("2", 9, "priority_changed", json!({"to": "low"}))).await.status(), 200);
    clock.advance(5 * MINUTE);
    bot.settle().await;
    assert_eq!(heard(), (0, 1));
    assert_eq!(bot.generic(&event("3", 0, "ticket_created", json!({"priority": "urgent"}))).await.status(), 200);
    clock.advance(20 * MINUTE);
    bot.settle_in_time("slack").await;
    assert_eq!(heard(), (1, 1), "heard where it had not been heard yet, and nowhere else");
    bot.running.stop().await;
}
