//! `/digest`: scheduled, shown, sent and removed from chat, on both platforms.

use crate::bot::{Bot, configuration, monday, until};
use crate::commands::Scene;
use crate::support::discord::{CHANNEL, LocalDiscord};
use crate::support::slack::LocalSlack;
use deskbell::app::clock::Clock;

const HOUR: i64 = 3_600_000;

/// `daily` in `#support`, and who may schedule.
const CONFIGURED: &str = r##"
[bot]
timezone = "Europe/Berlin"

[[digest]]
name = "daily"
cron = "0 17 * * 1-5"
to = ["slack:#support"]

[access]
leads = ["slack:U0LEAD", "discord:5000"]
"##;

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_scheduled_on_slack_is_posted_once_at_its_time_and_survives_a_restart() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let text = configuration(&slack, &discord, &store, CONFIGURED);
    let clock = Clock::movable(monday());
    let bot = Bot::start(&text, clock.clone()).await;
    slack.wait_for_connection("opened 1").await;
    let lead = async |text: &str| slack.command_from("U0LEAD", "support", text).await.answer().await;

    let added = lead("/digest add daily 10:30").await;
    assert!(added.words().contains("daily is scheduled") || added.words().contains("daily-2 is scheduled"));
    assert!(lead("/digest add daily 10:30").await.words().contains("at the same time already"));
    // The configured one is shown once Slack's own name of the channel is known.
    until("both are listed", async || {
        let listed = lead("/digest").await.words();
        listed.contains("bot.toml") && listed.contains("daily 10:30") && listed.contains("weekdays 17:00")
    })
    .await;
    bot.running.stop().await;

    // Started again before its time.
    let bot = Bot::start(&text, clock.clone()).await;
    clock.advance(HOUR + HOUR / 2);
    let posted = slack.wait_for_message(|m| m.text.to_lowercase().contains("daily")).await;
    assert_eq!(posted.channel, slack.channel("support"));
    assert!(!posted.words().contains("late"), "{}", posted.words());
    bot.settle().await;
    bot.running.stop().await;
    let bot = Bot::start(&text, clock.clone()).await;
    bot.settle().await;
    assert_eq!(slack.messages().len(), 1, "each slot once");

    // The next day it is removed before its time.
    clock.advance(22 * HOUR);
    bot.settle().await;
    let before = slack.messages().len();
    let name = if added.words().contains("daily-2") { "daily-2" } else { "daily" };
    slack.wait_for_connection("opened 3").await;
    let removed = lead(&format!("/digest remove {name}")).await;
    assert!(removed.words().contains("not posted here any more"), "{}", removed.words());
    clock.advance(3 * HOUR);
    bot.settle().await;
    assert_eq!(slack.messages().len(), before);
    bot.running.stop().await;
    assert_eq!(slack.problems(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_schedule_remove_and_send_and_mistakes_are_said() {
    let scene = Scene::with(CONFIGURED).await;
    let asked =
        async |user: &str, text: &str| scene.slack.command_from(user, "leads", text).await.answer().await.words();
    for text in ["/digest add daily", "/digest remove x", "/digest send"] {
        let refused = asked("U0ANNA", text).await;
        assert!(refused.contains("Not shown: digests are scheduled and sent by leads"), "{refused}");
    }
    assert!(asked("U0ANNA", "/digest").await.contains("None is posted here"));
    assert!(asked("U0ANNA", "/digest preview").await.contains("A preview: only you see it"));

    assert!(asked("U0LEAD", "/digest add weekly mon 08:30 name:review").await.contains("review is scheduled"));
    assert!(asked("U0LEAD", "/digest add daily name:review").await.contains("here is a digest review here already"));
    assert!(asked("U0LEAD", "/digest remove revew").await.contains("did you mean review?"));
    assert!(asked("U0LEAD", "/digest add weekly mun").await.contains("mon"));
    assert!(asked("U0LEAD", "/digest add daily tz:Europe/Berln").await.contains("Europe/Berlin"));
    until("the configured one is known", async || {
        let answer = scene.slack.command_from("U0LEAD", "support", "/digest remove daily").await.answer().await;
        answer.words().contains("stands in bot.toml")
    })
    .await;

    assert!(asked("U0LEAD", "/digest send review").await.contains("on its way"));
    let sent = scene.slack.wait_for_message(|m| m.text.contains("Review")).await;
    assert_eq!(sent.channel, scene.slack.channel("leads"));
    assert!(asked("U0LEAD", "/digest send review").await.contains("a moment ago"));
    scene.bot.settle().await;
    assert_eq!(scene.slack.messages().len(), 1);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_discord_the_same_by_typed_options_and_buttons() {
    let scene = Scene::with(CONFIGURED).await;
    let options =
        [("often", "weekly"), ("weekday", "mon"), ("at", "11:00"), ("tz", "Europe/Berlin"), ("name", "review")];
    let added = scene.discord.command("digest add", &options).await;
    let listed = scene.discord.wait_for_answer(&added).await;
    assert!(listed.to_string().contains("review is scheduled"), "{listed}");

    // Monday, ten o'clock in Berlin.
    scene.bot.clock.advance(HOUR);
    let posted = scene.discord.wait_for_message(|m| m.body.to_string().contains("Review")).await;
    assert_eq!(posted.channel, CHANNEL);

    let cron = scene.discord.command("digest add", &[("cron", "0 9 * * 1-5")]).await;
    let cron = scene.discord.wait_for_answer(&cron).await.to_string();
    assert!(cron.contains("weekdays is scheduled"), "{cron}");
    let removed = scene.discord.press_own(&listed, "Remove review").await;
    let removed = scene.discord.wait_for_answer(&removed).await;
    assert!(removed.to_string().contains("not posted here any more"), "{removed}");
    until("the name that is left is proposed", async || {
        scene.bot.clock.advance(5_000);
        scene.discord.autocomplete("digest preview", "digest", "").await == ["weekdays"]
    })
    .await;
    let zones = scene.discord.autocomplete("digest add", "tz", "berl").await;
    assert_eq!(zones, ["Europe/Berlin"]);
    scene.bot.settle().await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proposed_on_discord_is_live_and_only_what_may_be_seen() {
    let scene = Scene::with(
        "[access]\nleads = [\"slack:U0LEAD\"]\n[[sla]]\nname = \"all\"\nresolution = \"8h\"\nto = [\"slack:#support\"]\n",
    )
    .await;
    until("tickets, teams and metrics are proposed", async || {
        scene.bot.clock.advance(5_000);
        let tickets = scene.discord.autocomplete("sla why", "ticket", "").await;
        let teams = scene.discord.autocomplete("sla risk", "filter", "team:").await;
        tickets == ["1", "2"] && teams.iter().any(|team| team == "team:technical")
    })
    .await;
    let agents = scene.discord.autocomplete("metrics", "filter", "agent:").await;
    assert_eq!(agents, ["agent:none"], "somebody who leads nobody");
    scene.finish().await;
}
