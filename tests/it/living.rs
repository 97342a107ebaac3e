//! The living message: one a promise and place, that follows the truth; who takes it in hand; who is called otherwise.

use deskbell::app::clock::Clock;
use deskbell::domain::event::Fact;
use deskbell::domain::sample::TicketKey;
use serde_json::json;

use crate::bot::{Bot, agent_reply, monday, ticket_event, until};
use crate::ring::Scene;
use crate::support::discord::{self, CHANNEL};
use crate::support::slack;

const MINUTE: i64 = 60_000;

/// A first reply within ten minutes, warned of after eight, and who is called if it stays away.
const SLA: &str = r##"
[[team]]
name = "support"
ids = ["360001"]

[[agent]]
name = "Ana"
chat = ["slack:U0ANNA"]

[[agent]]
name = "Bo"
chat = ["discord:4000"]

[[sla]]
name = "urgent"
first_response = "10m"
calendar = "always"
warn = ["50%", "80%"]
to = ["slack:#support", "discord:3000"]
escalate = [
    { after = "10m", to = "slack:#leads", mention = "slack:U0LEAD" },
    { after = "20m", to = "slack:#support", mention = "@here" },
]
"##;

pub(crate) struct Living {
    pub(crate) scene: Scene,
    pub(crate) bot: Bot,
    pub(crate) clock: Clock,
}

impl Living {
    /// A bot with one ticket that was opened on Monday at nine.
    pub(crate) async fn new() -> Self {
        let scene = Scene::new().await;
        let clock = Clock::movable(monday());
        let bot = scene.bot(&scene.sqlite(), SLA, clock.clone()).await;
        assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
        Self { scene, bot, clock }
    }

    /// Moves the clock to so many minutes after the opening, a millisecond later, and waits until all is said.
    pub(crate) async fn minute(&self, minute: i64) {
        self.clock.advance(monday().plus_ms(minute * MINUTE + 1) - self.clock.now());
        self.bot.settle().await;
    }

    /// The first message in Slack's `#support` and its title as it is now.
    async fn on_slack(&self, title: &str) -> slack::Posted {
        let channel = self.scene.slack.channel("support");
        let is_it = |m: &slack::Posted| m.channel == channel && m.thread_ts.is_none() && m.text.contains(title);
        self.scene.slack.wait_for_message(is_it).await
    }

    async fn on_discord(&self, title: &str) -> discord::Posted {
        let is_it = |m: &discord::Posted| m.body["message_reference"].is_null() && m.body.to_string().contains(title);
        self.scene.discord.wait_for_message(is_it).await
    }

    /// The same card on both platforms.
    pub(crate) async fn on_both(&self, title: &str) -> (slack::Posted, discord::Posted) {
        (self.on_slack(title).await, self.on_discord(title).await)
    }

    /// How many messages there are.
    fn count(&self) -> (usize, usize) {
        (self.scene.slack.messages().len(), self.scene.discord.messages().len())
    }

    /// What people did, in the ticket's history.
    async fn marks(&self) -> Vec<String> {
        let key = TicketKey { source: "helpdesk".into(), id: "1".into() };
        let events = self.bot.running.store.events(&key).await.expect("the store answers");
        let mark = |fact: &Fact| match fact {
            Fact::SlaClaimed(mark) => Some(format!("claimed by {}", mark.by)),
            Fact::SlaSnoozed(mark) => Some(format!("snoozed by {}", mark.by)),
            Fact::SlaReleased(mark) => Some(format!("released by {}", mark.by)),
            _ => None,
        };
        events.iter().filter_map(|event| mark(&event.fact)).collect()
    }

    async fn reply(&self) {
        assert_eq!(self.bot.zendesk(&agent_reply("1", monday(), self.clock.now())).await.status(), 200);
        self.bot.settle().await;
    }

    pub(crate) async fn finish(self) {
        assert_eq!(self.scene.slack.problems(), Vec::<String>::new());
        assert_eq!(self.scene.discord.faults(), Vec::<String>::new());
        self.bot.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_turns_amber_red_claimed_and_green_on_both_platforms() {
    let living = Living::new().await;
    living.minute(5).await;
    living.on_both("First reply due in 5m 00s on ticket 1").await;
    living.minute(8).await;
    let (slack, discord) = living.on_both("First reply due in 2m 00s on ticket 1").await;
    assert_eq!(living.count(), (1, 1), "a second warning is an edit");

    living.minute(10).await;
    living.on_both("First reply missed on ticket 1").await;
    assert_eq!(living.count(), (2, 2), "a breach must be heard");
    let hanging = &living.scene.slack.messages()[1];
    assert_eq!((hanging.thread_ts.as_deref(), hanging.broadcast), (Some(slack.ts.as_str()), true));
    assert!(hanging.text.contains("First reply missed"), "{}", hanging.text);
    let hanging = &living.scene.discord.messages()[1];
    assert_eq!(hanging.body["message_reference"]["message_id"], discord.id.to_string());

    living.minute(11).await;
    let red = living.on_slack("missed").await;
    let pressed = living.scene.slack.click(&red, "Claim").await;
    assert!(pressed.answer().await.words().contains("Ticket 1 is yours"), "{:?}", pressed.answers());
    let (on_slack, on_discord) = living.on_both("Claimed by Ana").await;
    assert!(on_slack.words().contains("unless the customer gets a reply"), "{}", on_slack.words());
    assert!(on_discord.body.to_string().contains("Release"), "{}", on_discord.body);

    living.minute(13).await;
    living.reply().await;
    let outcome = "replied 3m 00s late, claimed after ";
    let (slack, discord) = living.on_both(outcome).await;
    assert!(slack.attachments[0]["color"] == "#2e9e5b" && !slack.words().contains("Claim\n"), "{slack:?}");
    assert!(discord.body["content"].to_string().contains('✅'), "{}", discord.body);
    // Nobody is called any more.
    living.minute(60).await;
    assert_eq!(living.count(), (2, 2));
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answered_after_the_warning_the_message_turns_green_and_nothing_is_heard() {
    let living = Living::new().await;
    living.minute(8).await;
    living.on_both("due in").await;
    living.minute(9).await;
    living.reply().await;
    living.on_both("replied in time").await;
    living.minute(60).await;
    assert_eq!(living.count(), (1, 1));
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_somebody_deletes_is_posted_anew_once() {
    let living = Living::new().await;
    let delete_cards = async || {
        let (slack, discord) = living.on_both("ticket 1").await;
        living.scene.slack.delete(&slack);
        living.scene.discord.delete(discord.id);
    };
    living.minute(5).await;
    delete_cards().await;
    // The second warning finds that it is gone.
    living.minute(8).await;
    living.on_both("First reply due in 2m 00s on ticket 1").await;
    assert_eq!(living.count(), (1, 1));
    delete_cards().await;
    living.minute(9).await;
    assert_eq!(living.scene.slack.command("/sla claim 1").await.answer().await.text, "✓ Ticket 1 is yours");
    living.bot.settle().await;
    assert_eq!(living.count(), (0, 0), "whoever deletes it twice means it");
    // What must be heard is heard all the same.
    living.minute(10).await;
    living.on_both("First reply missed on ticket 1").await;
    assert_eq!(living.count(), (1, 1));
    living.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_brings_no_reply_expires_and_the_ladder_climbs() {
    let living = Living::new().await;
    living.minute(10).await;
    living.minute(12).await;
    assert!(living.scene.slack.command("/sla claim helpdesk/1").await.answer().await.text.contains("yours"));
    living.on_both("Claimed by Ana").await;
    let leads = living.scene.slack.channel("leads");
    let called = || living.scene.slack.messages().iter().filter(|m| m.channel == leads).count();
    living.minute(26).await;
    assert_eq!(called(), 0, "the first step would have been due at minute 20");

    living.minute(27).await;
    let step = living.scene.slack.wait_for_message(|m| m.channel == leads).await;
    assert!(step.words().contains("Step 1 of the ladder"), "{}", step.words());
    assert!(step.blocks[1].to_string().contains("\"user_id\":\"U0LEAD\""), "{:?}", step.blocks);
    living.on_both("First reply missed on ticket 1").await;

    // The second step keeps its distance; it hangs on the card of its channel.
    living.minute(36).await;
    let before = living.count();
    living.minute(37).await;
    assert_eq!(living.count(), (before.0 + 1, before.1));
    let last = living.scene.slack.messages().pop().expect("a message");
    assert!(last.broadcast && last.text.contains("Still no first reply on ticket 1"), "{last:?}");
    assert!(last.blocks[1].to_string().contains("\"range\":\"here\""), "{:?}", last.blocks);

    living.reply().await;
    living.on_both("replied 27m 00s late").await;
    living.scene.slack.wait_for_message(|m| m.channel == leads && m.text.contains("replied 27m 00s late")).await;
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_keeps_the_ladder_quiet_and_the_message_says_so() {
    let living = Living::new().await;
    living.minute(10).await;
    living.minute(15).await;
    let red = living.on_slack("missed").await;
    let pressed = living.scene.slack.click(&red, "Snooze 30 min").await;
    assert!(pressed.answer().await.text.contains("Ticket 1 is quiet"));
    // Pressed again it is the same snooze.
    living.scene.slack.click(&red, "Snooze 30 min").await.answer().await;
    let says = |m: &slack::Posted| m.words().contains("Snoozed by Ana");
    living.scene.slack.wait_for_message(says).await;
    assert_eq!(living.marks().await, ["snoozed by Ana"]);
    let before = living.count();
    living.minute(44).await;
    assert_eq!(living.count(), before);
    living.minute(45).await;
    assert_eq!(living.count(), (before.0 + 1, before.1), "then the first step");
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_press_at_once_one_is_first_and_pressing_twice_changes_nothing() {
    let living = Living::new().await;
    living.minute(10).await;
    let (slack, discord) = living.on_both("First reply missed on ticket 1").await;
    let (scene, button) = (&living.scene, "call:/sla claim helpdesk/1");
    let (ana, bo) = tokio::join!(scene.slack.click(&slack, "Claim"), scene.discord.press(discord.id, button));
    let (ana, bo) = (ana.answer().await.text, scene.discord.wait_for_answer(&bo).await.to_string());
    let first = if ana.contains("yours") { "Ana" } else { "Bo" };
    assert_ne!(ana.contains("is yours"), bo.contains("is yours"), "{ana}\n{bo}");
    assert!(ana.contains("Bo was first") || bo.contains("Ana was first"), "{ana}\n{bo}");
    scene.slack.click(&slack, "Claim").await.answer().await;
    assert_eq!(living.marks().await, [format!("claimed by {first}")]);

    // Anybody may give it back.
    let released = scene.discord.command("sla", &[]).await;
    scene.discord.wait_for_answer(&released).await;
    scene.slack.command("/sla release 1").await.answer().await;
    until("it is free again", async || living.marks().await.len() == 2).await;
    living.on_both("First reply missed on ticket 1").await;
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_between_changes_nothing() {
    let living = Living::new().await;
    living.minute(10).await;
    living.minute(11).await;
    living.scene.slack.command("/sla claim 1").await.answer().await;
    living.on_both("Claimed by Ana").await;
    living.bot.settle().await;
    let edits = |living: &Living| {
        let slack: Vec<u32> = living.scene.slack.messages().iter().map(|m| m.edited).collect();
        let discord: Vec<usize> = living.scene.discord.messages().iter().map(|m| m.edits).collect();
        (slack, discord)
    };
    let before = edits(&living);
    let Living { scene, bot, clock } = living;
    bot.running.stop().await;
    let bot = scene.bot_again(SLA, clock.clone()).await;
    let living = Living { scene, bot, clock };
    living.bot.settle().await;
    assert_eq!(edits(&living), before);
    // The claim still holds, and still ends.
    living.minute(25).await;
    living.on_both("Claimed by Ana").await;
    living.minute(26).await;
    living.on_both("First reply missed on ticket 1").await;
    living.reply().await;
    living.on_both("replied 16m 00s late").await;
    assert!(living.scene.discord.messages().iter().all(|m| m.channel == CHANNEL));
    living.bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_that_comes_true_while_slack_is_down_ends_as_one_red_message() {
    let living = Living::new().await;
    living.scene.slack.fail_next("chat.postMessage", 1, slack::Fault::RateLimited(1));
    living.clock.advance(8 * MINUTE);
    living.on_discord("due in 2m 00s").await;
    living.bot.is_held_up("slack").await;
    living.clock.advance(2 * MINUTE + 1);
    living.bot.settle_in_time("slack").await;
    living.on_slack("First reply missed on ticket 1").await;
    assert_eq!(living.count(), (1, 2));
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_fails_is_made_again() {
    let living = Living::new().await;
    living.minute(5).await;
    living.on_both("due in 5m 00s").await;
    living.scene.slack.fail_next("chat.update", 1, slack::Fault::DropAfter);
    living.scene.slack.fail_next("chat.update", 1, slack::Fault::ServerError);
    living.clock.advance(3 * MINUTE);
    // Whatever became of an attempt, another one follows when it is time; while one is under way, that is a minute off.
    for _ in 0..2 {
        until("an attempt is over", async || {
            let due = living.bot.running.store.next_card_due("slack").await.expect("the store answers");
            due.is_some_and(|due| (1..30_000).contains(&(due - living.clock.now())))
        })
        .await;
        living.clock.advance(5_000);
    }
    living.bot.settle().await;
    living.on_both("due in 2m 00s").await;
    assert_eq!(living.count(), (1, 1));
    living.bot.running.stop().await;
}
