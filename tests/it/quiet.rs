//! Quiet hours: only what is urgent rings; what was held is one message when they end.

use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::bot::{Bot, until};
use crate::ring::Scene;
use crate::support::slack;

/// A first reply within ten minutes, warned of after five; nights are quiet, and a digest is due in one.
const CONFIGURATION: &str = r##"
[bot]
timezone = "Europe/Berlin"

[[sla]]
name = "all"
first_response = "10m"
calendar = "always"
warn = ["50%"]
to = ["slack:#support", "discord:3000"]

[[digest]]
name = "early"
cron = "30 6 * * *"
to = ["slack:#support"]

[quiet]
hours = ["20:00-24:00", "00:00-07:00"]
priorities = ["urgent"]
"##;

struct Night {
    scene: Scene,
    bot: Bot,
    clock: Clock,
}

/// An instant of the night from Monday to Tuesday in Berlin.
fn at(clock: &str) -> Timestamp {
    let day = if clock > "12" { 23 } else { 24 };
    Timestamp::parse(&format!("2026-11-{day}T{clock}+01:00")).expect("a time")
}

impl Night {
    async fn new() -> Self {
        Self::from("20:30:00").await
    }

    async fn from(time: &str) -> Self {
        let scene = Scene::new().await;
        let clock = Clock::movable(at(time));
        let bot = scene.bot(&scene.sqlite(), CONFIGURATION, clock.clone()).await;
        Self { scene, bot, clock }
    }

    async fn happens(&self, ticket: &str, kind: &str, actor: &str, data: Value) {
        let now = self.clock.now();
        let event = json!({"event_id": format!("{ticket}{kind}{now}"), "ts": now, "type": kind, "ticket": ticket,
            "actor": {"kind": actor, "id": actor}, "data": data});
        assert_eq!(self.bot.generic(&json!([event])).await.status(), 200);
    }

    async fn created(&self, ticket: &str, priority: &str) {
        self.happens(ticket, "ticket_created", "customer", json!({"priority": priority})).await;
    }

    async fn answered(&self, ticket: &str) {
        self.happens(ticket, "message", "agent", json!({})).await;
    }

    /// Moves the clock to a millisecond after that time, and waits until all is said that may be said.
    async fn comes(&self, time: &str) {
        self.clock.advance(at(time).plus_ms(1) - self.clock.now());
        self.rests().await;
    }

    async fn rests(&self) {
        let store = &self.bot.running.store;
        until("everything due is done", async || {
            let now = self.clock.now();
            let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
            let mut waiting = is_due(store.next_timer().await.expect("the store answers"));
            for platform in ["slack", "discord"] {
                // What is being sent is due again within minutes; what is held waits longer in these tests.
                let next = store.next_outbox_due(platform).await.expect("the store answers");
                waiting |= next.is_some_and(|due| due - now < 5 * 60_000);
            }
            waiting |= store.cards_in_doubt(now).await.expect("the store answers") > 0;
            waiting |= store.groups_in_doubt(now).await.expect("the store answers") > 0;
            !waiting
        })
        .await;
    }

    /// The titles on Slack, and how many messages there are on Discord.
    fn heard(&self) -> (Vec<String>, usize) {
        (self.scene.slack.messages().into_iter().map(|m| m.text).collect(), self.scene.discord.messages().len())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_urgent_breaches_ring_and_the_morning_brings_one_message() {
    let night = Night::new().await;
    for (ticket, priority) in [("1", "normal"), ("2", "normal"), ("3", "high"), ("4", "urgent"), ("5", "low")] {
        night.created(ticket, priority).await;
    }
    night.comes("20:35:00").await;
    night.comes("20:38:00").await;
    night.answered("2").await;
    night.comes("20:40:00").await;
    assert_eq!(night.heard(), (vec!["■ First reply missed on ticket 4".to_owned()], 1));
    night.comes("21:00:00").await;
    night.answered("1").await;
    night.answered("4").await;
    night.rests().await;

    // Whoever raises the priority of what was held lets it ring.
    night.comes("23:00:00").await;
    night.happens("5", "priority_changed", "agent", json!({"to": "urgent"})).await;
    night.scene.slack.wait_for_message(|m| m.text.contains("First reply missed on ticket 5")).await;
    night.rests().await;
    assert_eq!((night.heard().0.len(), night.heard().1), (2, 2));

    // A restart in the middle of the night changes nothing; the digest of half past six waits.
    let Night { scene, bot, clock } = night;
    bot.running.stop().await;
    let bot = scene.bot_again(CONFIGURATION, clock.clone()).await;
    let night = Night { scene, bot, clock };
    night.comes("06:30:00").await;
    until("the digest is made", async || {
        let key = "digest/early/2026-11-24T06:30/slack:#support";
        night.bot.running.store.outbox(key).await.expect("the store answers").is_some()
    })
    .await;
    night.comes("06:50:00").await;
    assert_eq!((night.heard().0.len(), night.heard().1), (2, 2));

    night.comes("07:00:00").await;
    let title = "Held in quiet hours: 1 of 4 promises open";
    let table = night.scene.slack.wait_for_message(|m| m.text.contains(title)).await;
    assert!(table.words().contains("1 missed; 3 settled, 2 of them late"), "{}", table.words());
    assert!(table.words().contains("\n3       missed Mon 20:40  first reply  high      nobody"), "{}", table.words());
    night.scene.discord.wait_for_message(|m| m.body.to_string().contains("1 of 4 promises open")).await;
    let is_digest = |m: &slack::Posted| !m.text.contains("First reply") && !m.text.contains("Held in quiet hours");
    night.scene.slack.wait_for_message(is_digest).await;
    night.rests().await;
    let (titles, on_discord) = night.heard();
    assert_eq!((titles.len(), on_discord), (4, 3), "{titles:?}");

    // It follows what becomes of it, and what comes now rings by itself.
    night.comes("07:20:00").await;
    night.answered("3").await;
    night.created("6", "low").await;
    night.comes("07:20:30").await;
    night.scene.slack.wait_for_message(|m| m.text.contains("4 promises, all settled")).await;
    night.comes("07:25:00").await;
    night.scene.slack.wait_for_message(|m| m.text.contains("First reply due in")).await;
    assert_eq!(night.heard().0.len(), 5);
    assert_eq!(night.scene.slack.problems(), Vec::<String>::new());
    assert_eq!(night.scene.discord.faults(), Vec::<String>::new());
    night.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_in_which_everything_was_answered_in_time_is_not_worth_a_message() {
    let night = Night::new().await;
    night.created("1", "normal").await;
    night.comes("20:35:00").await;
    night.comes("20:38:00").await;
    night.answered("1").await;
    night.comes("06:50:00").await;
    night.comes("07:00:00").await;
    assert_eq!(night.heard().1, 0);
    night.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_that_is_over_at_night_leaves_single_messages_for_the_morning() {
    let night = Night::from("19:45:00").await;
    for ticket in 1..=12 {
        night.created(&ticket.to_string(), "normal").await;
    }
    for time in ["19:50:00", "19:50:03", "19:55:00", "19:55:03"] {
        night.comes(time).await;
    }
    let table = night.scene.slack.wait_for_message(|m| m.text.contains("Alert storm: 12 of 12 promises open")).await;
    // It calms down with more open than may have messages of their own.
    night.comes("19:57:00").await;
    night.comes("19:57:10").await;
    night.scene.slack.wait_for_message(|m| m.text.contains("After the alert storm: 12 of 12")).await;
    let evening = night.heard();

    // At night so few are left that they might.
    night.comes("20:10:00").await;
    for ticket in 3..=12 {
        night.answered(&ticket.to_string()).await;
    }
    for time in ["20:10:03", "20:10:10", "20:11:00", "23:00:00", "06:59:59"] {
        night.comes(time).await;
    }
    night.scene.slack.wait_for_message(|m| m.ts == table.ts && m.text.contains("2 of 12 promises open")).await;
    night.scene.discord.wait_for_message(|m| m.body.to_string().contains("2 of 12 promises open")).await;
    let heard = night.heard();
    assert_eq!((heard.0.len(), heard.1), (evening.0.len(), evening.1), "nothing rings: {:?}", heard.0);

    night.comes("07:00:00").await;
    night.comes("07:00:03").await;
    for ticket in 1..=2 {
        let title = format!("First reply missed on ticket {ticket}");
        night.scene.slack.wait_for_message(|m| m.text.contains(&title)).await;
        night.scene.discord.wait_for_message(|m| m.body.to_string().contains(&title)).await;
    }
    night.rests().await;
    let is_card = |title: &&String| title.contains("First reply missed on ticket");
    assert_eq!(night.heard().0.iter().filter(is_card).count(), 2, "{:?}", night.heard());
    assert_eq!(night.heard().1, evening.1 + 2);
    assert_eq!(night.scene.slack.problems(), Vec::<String>::new());
    night.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_deleted_at_night_comes_again_in_the_morning() {
    let night = Night::from("19:51:00").await;
    night.created("1", "normal").await;
    night.comes("19:56:00").await;
    let card = night.scene.slack.wait_for_message(|m| m.text.contains("First reply due in")).await;
    night.scene.discord.wait_for_message(|m| m.body.to_string().contains("First reply due in")).await;
    night.comes("20:00:30").await;
    night.scene.slack.delete(&card);
    // It turns red, which is when it is missed.
    night.comes("20:01:00").await;
    night.comes("23:00:00").await;
    assert_eq!(night.heard(), (vec![], 1), "it would ring");
    night.comes("07:00:00").await;
    night.scene.slack.wait_for_message(|m| m.text.contains("First reply missed on ticket 1")).await;
    night.rests().await;
    let titles = night.heard().0;
    assert_eq!(titles.iter().filter(|title| title.contains("on ticket 1")).count(), 1, "{titles:?}");
    night.bot.running.stop().await;
}
