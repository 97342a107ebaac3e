//! Nights and weekends: what a policy promises in working hours wakes nobody outside of them, unless a step says so.

use deskbell::app::clock::Clock;
use deskbell::domain::event::Fact;
use deskbell::domain::sample::TicketKey;
use deskbell::domain::timestamp::Timestamp;
use serde_json::json;

use crate::bot::{Bot, monday, ticket_event};
use crate::ring::Scene;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A first reply within an hour of work; half an hour of work later the team is called, and after sixteen hours,
/// whatever the hour, whoever is on call.
const SLA: &str = r##"
[bot]
timezone = "Europe/Berlin"

[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }

[[agent]]
name = "Ana"
chat = ["slack:U0ANNA", "discord:4000"]

[[sla]]
name = "office"
first_response = "1h"
calendar = "office"
to = ["slack:#support", "discord:3000"]
escalate = [
    { after = "30m", to = "slack:#leads", mention = "slack:U0LEAD" },
    { after = "30m", to = "discord:3001" },
    { after = "16h", to = "slack:#billing", mention = "@here", always = true },
    { after = "16h", to = "discord:3002", always = true },
]
"##;

/// A quarter to four on Friday in Berlin: an hour of work ends at a quarter to five.
fn friday() -> Timestamp {
    monday().plus_ms(4 * 24 * HOUR + 6 * HOUR + 45 * MINUTE)
}

/// Nine o'clock on the Monday after.
fn opening() -> Timestamp {
    monday().plus_ms(7 * 24 * HOUR)
}

struct Weekend {
    scene: Scene,
    bot: Bot,
    clock: Clock,
}

impl Weekend {
    /// Tickets that are opened on Friday and not answered.
    async fn begins(tickets: &[&str]) -> Self {
        let scene = Scene::new().await;
        scene.discord.add_channel(3001, "leads");
        scene.discord.add_channel(3002, "on-call");
        let clock = Clock::movable(friday());
        let bot = scene.bot(&scene.sqlite(), SLA, clock.clone()).await;
        for ticket in tickets {
            let created = ticket_event("created", ticket, friday(), friday(), json!({}));
            assert_eq!(bot.zendesk(&created).await.status(), 200);
        }
        // A deadline is missed a millisecond after it.
        clock.advance(1);
        Self { scene, bot, clock }
    }

    /// Everything that was posted, by place, in its order there.
    fn places(&self) -> Vec<String> {
        let slack = self.scene.slack.messages().into_iter().map(|message| message.channel);
        let discord = self.scene.discord.messages().into_iter().map(|message| message.channel.to_string());
        let mut places: Vec<String> = slack.chain(discord).collect();
        places.sort_unstable();
        places
    }

    /// Lets the time pass in steps until a millisecond after an instant; which places were spoken in, and when (UTC).
    async fn until(&self, end: Timestamp, step: i64) -> Vec<(String, Vec<String>)> {
        let mut heard = Vec::new();
        while self.clock.now() <= end {
            let before = self.places();
            let next = (self.clock.now().plus_ms(step)).min(end.plus_ms(1));
            self.clock.advance(next - self.clock.now());
            self.bot.settle().await;
            let mut new = self.places();
            for place in &before {
                new.remove(new.iter().position(|other| other == place).expect("no message goes"));
            }
            if !new.is_empty() {
                heard.push((self.clock.now().utc().format("%a %H:%M").to_string(), new));
            }
        }
        heard
    }

    async fn finish(self) {
        assert_eq!(self.scene.slack.problems(), Vec::<String>::new());
        assert_eq!(self.scene.discord.faults(), Vec::<String>::new());
        self.bot.running.stop().await;
    }
}

fn heard(said: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect();
    said.iter().map(|(when, places)| ((*when).to_owned(), owned(places))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_weekend_only_those_are_called_whose_step_says_always() {
    let weekend = Weekend::begins(&["1"]).await;
    let [support, leads, billing] = ["support", "leads", "billing"].map(|name| weekend.scene.slack.channel(name));
    // Every quarter of an hour from Friday afternoon to Monday noon. In Berlin it is an hour later.
    let said = weekend.until(opening().plus_ms(3 * HOUR), 15 * MINUTE).await;
    let expected = heard(&[
        ("Fri 15:45", &["3000", &support]),
        // Sixteen hours after the deadline, by the clock on the wall.
        ("Sat 07:45", &["3002", &billing]),
        // A quarter of an hour was left on Friday, and another one has passed.
        ("Mon 08:15", &["3001", &leads]),
    ]);
    assert_eq!(said, expected);
    let card = weekend.scene.slack.messages().into_iter().find(|m| m.channel == support).expect("rung");
    assert!(card.words().contains("Rung 1 ms after the deadline"), "{}", card.words());
    let woken = weekend.scene.slack.messages().into_iter().find(|m| m.channel == billing).expect("called");
    assert!(woken.words().contains("Step 3 of the ladder"), "{}", woken.words());
    weekend.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_until_the_next_opening_on_friday_ends_on_monday_at_nine() {
    let weekend = Weekend::begins(&["1", "2"]).await;
    let [support, leads, billing] = ["support", "leads", "billing"].map(|name| weekend.scene.slack.channel(name));
    let said = weekend.until(friday().plus_ms(HOUR), 15 * MINUTE).await;
    assert_eq!(said, heard(&[("Fri 15:45", &["3000", "3000", &support, &support])]));
    // One is kept quiet on Slack, the other on Discord.
    let (slack, discord) = (&weekend.scene.slack, &weekend.scene.discord);
    let card = slack.wait_for_message(|m| m.text.contains("First reply missed on ticket 1")).await;
    let quiet = slack.click(&card, "Until opening").await.answer().await;
    assert!(quiet.text.contains("Ticket 1 is quiet"), "{}", quiet.text);
    let card = discord.wait_for_message(|m| m.body.to_string().contains("First reply missed on ticket 2")).await;
    let pressed = discord.press(card.id, "call:/sla snooze helpdesk/2 opening").await;
    let quiet = discord.wait_for_answer(&pressed).await.to_string();
    assert!(quiet.contains("Ticket 2 is quiet"), "{quiet}");
    for id in ["1", "2"] {
        let key = TicketKey { source: "helpdesk".into(), id: id.into() };
        let events = weekend.bot.running.store.events(&key).await.expect("the store answers");
        let until = |fact: &Fact| match fact {
            Fact::SlaSnoozed(mark) => mark.until,
            _ => None,
        };
        assert_eq!(events.iter().find_map(|event| until(&event.fact)), Some(opening()), "ticket {id}");
    }
    slack.wait_for_message(|m| m.text.contains("ticket 1") && m.words().contains("Snoozed by Ana")).await;
    discord.wait_for_message(|m| m.body.to_string().contains("Snoozed by Ana")).await;

    // Saturday is as quiet as the night, for whoever is on call too.
    let said = weekend.until(opening().plus_ms(3 * HOUR), 15 * MINUTE).await;
    let expected = heard(&[
        ("Mon 08:00", &["3002", "3002", &billing, &billing]),
        ("Mon 08:15", &["3001", "3001", &leads, &leads]),
    ]);
    assert_eq!(said, expected);
    let again = slack.wait_for_message(|m| m.channel == support && m.text.contains("missed on ticket 1")).await;
    assert!(!again.words().contains("Snoozed"), "{}", again.words());
    weekend.finish().await;
}
