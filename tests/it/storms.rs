//! Alert storms: one table a place instead of a flood, none of them lost, and single messages again when it is calm.

use std::time::Duration;

use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::bot::{Bot, monday};
use crate::fates::{lose_the_next_answer, put_off};
use crate::ring::Scene;
use crate::support::discord;
use crate::support::faults::Climate;
use crate::support::postgres;
use crate::support::slack;

const MINUTE: i64 = 60_000;

/// A first reply within ten minutes; of more than ten alerts a minute a table is made.
const SLA: &str = r##"
[[agent]]
name = "Ana"
chat = ["slack:U0ANNA"]

[[sla]]
name = "all"
first_response = "10m"
calendar = "always"
to = ["slack:#support", "discord:3000"]
"##;

fn created(id: usize, at: Timestamp) -> Value {
    json!({"event_id": format!("c{id}"), "ts": at, "type": "ticket_created", "ticket": id.to_string(),
        "actor": {"kind": "customer", "id": "c"}, "data": {"priority": "normal", "subject": "Nothing <!channel> works"}})
}

fn reply(id: usize, at: Timestamp) -> Value {
    json!({"event_id": format!("r{id}"), "ts": at, "type": "message", "ticket": id.to_string(),
        "actor": {"kind": "agent", "id": "ana"}, "data": {}})
}

async fn tell(bot: &Bot, events: Vec<Value>) {
    for some in events.chunks(500) {
        assert_eq!(bot.generic(&json!(some)).await.status(), 200);
    }
}

/// What a reader sees: escaped characters are shown as they are.
fn on_discord(message: &discord::Posted) -> String {
    message.body.to_string().replace('\\', "")
}

struct Storm {
    scene: Scene,
    bot: Bot,
    clock: Clock,
}

impl Storm {
    /// A bot with so many tickets that were opened on Monday at nine.
    async fn new(tickets: usize, sla: &str, store: Option<String>) -> Self {
        let scene = Scene::new().await;
        // As Discord limits them.
        scene.discord.limit_messages(5, Duration::from_secs(5));
        let clock = Clock::movable(monday());
        let store = store.unwrap_or_else(|| scene.sqlite());
        let bot = scene.bot(&store, sla, clock.clone()).await;
        tell(&bot, (1..=tickets).map(|id| created(id, monday())).collect()).await;
        Self { scene, bot, clock }
    }

    /// Moves the clock to so many milliseconds after the deadlines, and waits until all is said.
    async fn after(&self, ms: i64) {
        self.clock.advance(monday().plus_ms(10 * MINUTE + 1 + ms) - self.clock.now());
        self.bot.settle().await;
    }

    async fn on_slack(&self, title: &str) -> slack::Posted {
        self.scene.slack.wait_for_message(|m| m.text.contains(title)).await
    }

    async fn on_discord(&self, title: &str) -> discord::Posted {
        self.scene.discord.wait_for_message(|m| on_discord(m).contains(title)).await
    }

    async fn on_both(&self, title: &str) -> (slack::Posted, discord::Posted) {
        (self.on_slack(title).await, self.on_discord(title).await)
    }

    fn count(&self) -> (usize, usize) {
        (self.scene.slack.messages().len(), self.scene.discord.messages().len())
    }

    async fn finish(self) {
        assert_eq!(self.scene.slack.problems(), Vec::<String>::new());
        assert_eq!(self.scene.discord.faults(), Vec::<String>::new());
        self.bot.running.stop().await;
    }
}

/// Five hundred deadlines in one second: one message a place in time, each alert accounted for, and as few requests as
/// that takes. How soon, `benches/clock` measures.
async fn five_hundred_at_once(store: Option<String>) {
    let storm = Storm::new(500, SLA, store).await;
    storm.clock.advance(10 * MINUTE + 1);
    let (slack, _) = storm.on_both("Alert storm: ").await;
    assert!(slack.text.contains("promises open"), "{}", slack.text);

    storm.after(0).await;
    // What had not rung when the table was sent is added by an edit, as soon as its pace allows.
    storm.after(3_000).await;
    let (slack, discord) = storm.on_both("Alert storm: 500 of 500 promises open").await;
    assert_eq!(storm.count(), (1, 1));
    assert!(slack.words().contains("… and 485 more"), "{}", slack.words());
    assert!(on_discord(&discord).contains("… 485 more rows"), "{}", discord.body);
    let rows = storm.bot.running.store.heard_alerts("slack:#support", monday()).await.expect("the store answers");
    assert_eq!((rows.alerts, rows.alone.len()), (500, 0), "each alert is told by the table");
    let rows = storm.bot.running.store.heard_alerts("discord:3000", monday()).await.expect("the store answers");
    assert_eq!((rows.alerts, rows.alone.len()), (500, 0));
    assert_eq!(storm.scene.slack.calls("chat.postMessage"), 1);
    assert!(storm.scene.slack.calls("chat.update") <= 2, "{}", storm.scene.slack.calls("chat.update"));

    // They are answered in no time: the table follows, a few edits are enough.
    let now = storm.clock.now();
    for some in (1..=495).collect::<Vec<_>>().chunks(33) {
        tell(&storm.bot, some.iter().map(|id| reply(*id, now)).collect()).await;
    }
    storm.after(6_000).await;
    let (slack, _) = storm.on_both("Alert storm: 5 of 500 promises open").await;
    assert!(slack.words().contains(" settled.\n"), "what has changed is said: {}", slack.words());
    assert!(slack.words().contains("5 missed; 495 settled late"), "{}", slack.words());
    assert!(storm.scene.slack.calls("chat.update") <= 4, "{}", storm.scene.slack.calls("chat.update"));

    // A minute later it is calm: five are open, and have messages of their own again.
    storm.after(2 * MINUTE).await;
    storm.on_both("The alert storm is over: 500 promises").await;
    for id in 496..=500 {
        storm.on_both(&format!("First reply missed on ticket {id}")).await;
    }
    assert_eq!(storm.count(), (6, 6));
    let now = storm.clock.now();
    tell(&storm.bot, vec![reply(498, now)]).await;
    storm.bot.settle().await;
    storm.on_both("First reply on ticket 498: replied").await;
    assert_eq!(storm.count(), (6, 6));
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_deadlines_in_a_second_are_one_message() {
    five_hundred_at_once(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_deadlines_in_a_second_are_one_message_on_postgresql_too() {
    if let Some(store) = postgres::database() {
        five_hundred_at_once(Some(store)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_the_policy_allows_ring_one_by_one_and_the_next_begins_a_table() {
    let sla = SLA.replace("calendar", "storm_over = 3\ncalendar");
    let storm = Storm::new(3, &sla, None).await;
    tell(&storm.bot, vec![created(4, monday().plus_ms(30_000)), created(5, monday().plus_ms(5 * MINUTE))]).await;
    storm.after(0).await;
    for id in 1..=3 {
        storm.on_both(&format!("First reply missed on ticket {id}")).await;
    }
    assert_eq!(storm.count(), (3, 3));
    // The fourth within the minute: the table tells of all four.
    storm.after(30_000).await;
    let (slack, _) = storm.on_both("Alert storm: 4 of 4 promises open").await;
    assert!((1..=4).all(|id| slack.words().contains(&format!("\n{id}  "))), "{}", slack.words());
    assert_eq!(storm.count(), (4, 4));
    // A claim of one in the table is seen there.
    let claimed = storm.scene.slack.command("/sla claim 4").await;
    assert!(claimed.answer().await.text.contains("is yours"));
    storm.after(33_000).await;
    let says = |words: &str| words.contains("1 in hand") && words.contains("In hand: Ana has 4.");
    storm.scene.slack.wait_for_message(|m| says(&m.words())).await;
    storm.scene.discord.wait_for_message(|m| says(&on_discord(m))).await;
    // Minutes later an alert rings by itself again.
    storm.after(4 * MINUTE).await;
    storm.after(5 * MINUTE).await;
    storm.on_both("First reply missed on ticket 5").await;
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_a_storm_changes_nothing_and_a_deleted_table_is_posted_anew_once() {
    let storm = Storm::new(30, SLA, None).await;
    storm.after(0).await;
    storm.after(3_000).await;
    storm.on_both("Alert storm: 30 of 30").await;
    let Storm { scene, bot, clock } = storm;
    bot.running.stop().await;
    let bot = scene.bot_again(SLA, clock.clone()).await;
    let storm = Storm { scene, bot, clock };
    storm.bot.settle().await;
    assert_eq!(storm.count(), (1, 1));

    let (slack, discord) = storm.on_both("Alert storm: 30 of 30").await;
    storm.scene.slack.delete(&slack);
    storm.scene.discord.delete(discord.id);
    let now = storm.clock.now();
    tell(&storm.bot, vec![reply(1, now)]).await;
    storm.after(6_000).await;
    let (slack, discord) = storm.on_both("Alert storm: 29 of 30").await;
    assert_eq!(storm.count(), (1, 1));
    storm.scene.slack.delete(&slack);
    storm.scene.discord.delete(discord.id);
    tell(&storm.bot, vec![reply(2, now)]).await;
    storm.after(30_000).await;
    assert_eq!(storm.count(), (0, 0), "whoever deletes it twice means it");
    storm.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_storm_takes_over_what_the_first_left_open_and_breaches_are_heard() {
    let sla = SLA.replace("calendar", "warn = [\"50%\"]\ncalendar");
    let storm = Storm::new(30, &sla, None).await;
    storm.after(-5 * MINUTE).await;
    storm.after(-5 * MINUTE + 3_000).await;
    let (slack, _) = storm.on_both("Alert storm: 30 of 30").await;
    assert!(slack.words().contains("30 due") && slack.text.starts_with('▲'), "{slack:?}");
    // It calms down; so many are open that the table stays.
    storm.after(-3 * MINUTE).await;
    storm.on_both("After the alert storm: 30 of 30").await;
    let now = storm.clock.now();
    tell(&storm.bot, vec![reply(1, now)]).await;
    // All that are left break at once: a second message, since that must be heard.
    storm.after(0).await;
    storm.after(3_000).await;
    let (slack, _) = storm.on_both("Alert storm: 29 of 29").await;
    assert!(slack.words().contains("29 missed"), "{}", slack.words());
    storm.on_both("The next alert storm is told below").await;
    assert_eq!(storm.count(), (2, 2));
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_arrived_unnoticed_is_found_and_follows_the_truth() {
    let storm = Storm::new(30, SLA, None).await;
    lose_the_next_answer(&storm.scene);
    storm.clock.advance(10 * MINUTE + 1);
    for platform in ["slack", "discord"] {
        assert_eq!(put_off(&storm.bot, platform).await, 5_000, "{platform}: what has left may not be seen yet");
    }
    assert_eq!(storm.count(), (1, 1));
    assert_eq!(storm.scene.slack.calls("conversations.history"), 0);
    // What is told meanwhile is not lost with the answer.
    let now = storm.clock.now();
    tell(&storm.bot, vec![reply(1, now)]).await;
    storm.after(5_000).await;
    assert!(storm.scene.slack.calls("conversations.history") > 0);
    storm.after(9_000).await;
    storm.on_both("Alert storm: 29 of 30 promises open").await;
    assert_eq!(storm.count(), (1, 1));
    assert_eq!(storm.scene.slack.calls("chat.postMessage"), 1);
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_arrived_and_came_to_nothing_meanwhile_says_so() {
    let storm = Storm::new(30, SLA, None).await;
    lose_the_next_answer(&storm.scene);
    storm.clock.advance(10 * MINUTE + 1);
    put_off(&storm.bot, "slack").await;
    put_off(&storm.bot, "discord").await;
    let now = storm.clock.now();
    tell(&storm.bot, (1..=30).map(|id| reply(id, now)).collect()).await;
    storm.after(5_000).await;
    storm.after(9_000).await;
    storm.after(2 * MINUTE).await;
    storm.on_both("The alert storm is over: 30 promises").await;
    assert_eq!(storm.count(), (1, 1), "neither a second table nor one that says for ever what is not true");
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_the_histories_show_late_is_not_posted_twice() {
    let scene = Scene::new().await;
    let clock = Clock::system();
    let bot = scene.bot(&scene.sqlite(), SLA, clock.clone()).await;
    let calm = Climate {
        slow: 0,
        fails: 0,
        fails_after: 0,
        limited: 0,
        dropped: 0,
        dropped_after: 0,
        silent: 0,
        slow_ms: 0..1,
        limited_s: 0..1,
        seen_after_ms: 2_500..3_000,
    };
    scene.slack.weather().breaks(1, calm.clone());
    scene.discord.weather().breaks(1, calm);
    lose_the_next_answer(&scene);
    let opened = clock.now().plus_ms(2_000 - 10 * MINUTE);
    tell(&bot, (1..=30).map(|id| created(id, opened)).collect()).await;
    let storm = Storm { scene, bot, clock };
    storm.on_both("Alert storm: ").await;
    let now = storm.clock.now();
    tell(&storm.bot, vec![reply(1, now)]).await;
    storm.on_both("Alert storm: 29 of 30 promises open").await;
    assert_eq!(storm.count(), (1, 1));
    assert_eq!(storm.scene.slack.calls("chat.postMessage"), 1);
    storm.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_tickets_that_alert_at_half_at_three_quarters_and_at_the_end_are_two_messages() {
    let sla = SLA.replace("calendar", "warn = [\"50%\", \"75%\"]\ncalendar");
    let storm = Storm::new(500, &sla, None).await;
    storm.after(-5 * MINUTE).await;
    storm.after(-5 * MINUTE + 3_000).await;
    storm.on_both("Alert storm: 500 of 500 promises open").await;
    // So many are open that the table stays, and says by itself that they are nearer to their end.
    storm.after(-3 * MINUTE).await;
    storm.on_both("After the alert storm: 500 of 500").await;
    storm.after(-150_000).await;
    storm.after(-MINUTE).await;
    assert_eq!(storm.count(), (1, 1), "the second warning is not worth a message");
    // That they are missed is.
    storm.after(0).await;
    storm.after(3_000).await;
    let (slack, _) = storm.on_both("Alert storm: 500 of 500 promises open").await;
    assert!(slack.words().contains("500 missed"), "{}", slack.words());
    storm.on_both("The next alert storm is told below").await;
    assert_eq!(storm.count(), (2, 2));
    storm.finish().await;
}
