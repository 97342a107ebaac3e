//! `/metrics` on every platform: acknowledged at once, answered once, the same numbers, private unless shared.

use deskbell::app::clock::Clock;
use serde_json::{Value, json};

use crate::bot::{Bot, configuration, monday, ticket_event, until};
use crate::support::discord::LocalDiscord;
use crate::support::slack::{LocalSlack, SIGNING_SECRET};

pub(crate) struct Scene {
    pub(crate) slack: LocalSlack,
    pub(crate) discord: LocalDiscord,
    pub(crate) bot: Bot,
    _directory: tempfile::TempDir,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With more in its configuration.
    pub(crate) async fn with(more: &str) -> Self {
        let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
        let directory = tempfile::tempdir().expect("a directory");
        let store = format!("sqlite://{}", directory.path().join("bot.db").display());
        let text = configuration(&slack, &discord, &store, more);
        let bot = Bot::start(&text, Clock::movable(monday().plus_s(3600))).await;
        slack.wait_for_connection("opened 1").await;
        discord.wait_until_ready().await;
        let scene = Self { slack, discord, bot, _directory: directory };
        scene.fill().await;
        scene
    }

    /// Two tickets, answered after ten and twenty minutes.
    async fn fill(&self) {
        let mut events = Vec::new();
        for (id, team, minutes) in [("1", "billing", 10), ("2", "technical", 20)] {
            let at = |minute: i64| monday().plus_s(60 * minute);
            events.push(json!({"event_id": format!("{id}c"), "ts": at(0), "type": "ticket_created", "ticket": id,
                "actor": {"kind": "customer", "id": "c1"}, "data": {"channel": "email", "team": team}}));
            events.push(json!({"event_id": format!("{id}r"), "ts": at(minutes), "type": "message", "ticket": id,
                "actor": {"kind": "agent", "id": "ana"}}));
        }
        let response = self.bot.generic(&Value::Array(events)).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.expect("text"));
    }

    pub(crate) async fn finish(self) {
        assert_eq!(self.slack.problems(), Vec::<String>::new());
        assert_eq!(self.discord.faults(), Vec::<String>::new());
        self.bot.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_and_discord_answer_the_same_numbers_to_the_person_who_asked() {
    let scene = Scene::new().await;
    let asked = scene.slack.command("/metrics frt today").await;
    let answer = asked.answer().await;
    assert!(answer.words().contains("15m"), "median of 10 and 20 minutes: {}", answer.words());
    assert!(!answer.shared);

    let invoked = scene.discord.command("metrics", &[("metric", "frt"), ("period", "today")]).await;
    assert!(scene.discord.wait_for_ack(&invoked).await.is_ephemeral());
    let body = scene.discord.wait_for_answer(&invoked).await;
    assert!(body.to_string().contains("15m"), "{body}");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_packed_by_and_by() {
    let scene = Scene::new().await;
    let created = |n: i64| {
        json!({"event_id": format!("p{n}"), "ts": monday().plus_s(n), "type": "ticket_created", "ticket": format!("p{n}"),
            "actor": {"kind": "customer", "id": "c1"}, "data": {"channel": "email", "team": "billing"}})
    };
    let response = scene.bot.generic(&Value::Array((0..200).map(created).collect())).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.expect("text"));
    let store = &scene.bot.running.store;
    let waiting = store.to_pack().await.expect("the store answers");
    assert!(waiting >= 200, "{waiting}");
    scene.bot.clock.advance(10_000);
    until("most of it is packed", async || store.to_pack().await.expect("the store answers") < 200).await;
    let asked = scene.slack.command("/metrics volume today").await;
    assert!(asked.answer().await.words().contains("202"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_shared_when_asked_to() {
    let scene = Scene::new().await;
    assert!(scene.slack.command("/metrics volume today share").await.answer().await.shared);
    let invoked = scene.discord.command("metrics", &[("metric", "volume"), ("share", "true")]).await;
    assert!(!scene.discord.wait_for_ack(&invoked).await.is_ephemeral());
    scene.discord.wait_for_answer(&invoked).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interaction_delivered_twice_is_answered_once() {
    let scene = Scene::new().await;
    let asked = scene.slack.command("/metrics").await;
    asked.answer().await;
    scene.slack.repeat(&asked).await;
    // What was asked later is answered later, so by then the repeat would have been.
    scene.slack.command("/metrics volume").await.answer().await;
    assert_eq!(asked.answers().len(), 1);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelling_is_answered_with_its_place_and_the_nearest_word() {
    let scene = Scene::new().await;
    let answer = scene.slack.command("/metrics frt by tam").await.answer().await;
    assert!(answer.words().contains("team"), "{}", answer.words());
    let answer = scene.slack.command("/metrics frt team:biling").await.answer().await;
    assert!(answer.words().contains("billing"), "{}", answer.words());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_proposes_live_values_while_typing() {
    let scene = Scene::new().await;
    // Values are read again with every question.
    scene.slack.command("/metrics").await.answer().await;
    let proposed = scene.discord.autocomplete("metrics", "filter", "team:").await;
    assert!(proposed.iter().any(|p| p.contains("billing")), "{proposed:?}");
    let proposed = scene.discord.autocomplete("metrics", "metric", "first").await;
    assert!(proposed.iter().any(|p| p.contains("first")), "{proposed:?}");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_by_http_is_verified_acknowledged_and_answered() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let text = configuration(&slack, &discord, &store, "")
        .replace("mode = \"socket\"", "mode = \"http\"\nsigning_secret = \"env:SIGNING\"")
        .replace("env:SIGNING", "env:SLACK_SIGNING");
    let bot = Bot::start_with(&text, Clock::movable(monday()), &[("SLACK_SIGNING", SIGNING_SECRET)]).await;
    let now = monday().millis() / 1000;
    let (response, asked) = slack.command_http(&bot.url(""), now, "/bell help").await;
    assert_eq!(response.status(), 200);
    assert!(asked.answer().await.words().contains("/metrics"));
    // An hour old: refused, and noted by the local Slack as such.
    let (response, _) = slack.command_http(&bot.url(""), now - 3600, "/bell help").await;
    assert_eq!(response.status(), 401);
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_teams_channel_a_question_is_about_that_team() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let team = "[[team]]\nname = \"billing\"\nchannel = \"slack:#billing\"\n";
    let text = configuration(&slack, &discord, &store, team);
    let bot = Bot::start(&text, Clock::movable(monday().plus_s(3600))).await;
    slack.wait_for_connection("opened 1").await;
    discord.wait_until_ready().await;
    let scene = Scene { slack, discord, bot, _directory: directory };
    scene.fill().await;
    until("Slack's own name of the channel is known", async || {
        let asked = scene.slack.command_from("U1", "billing", "/metrics frt today").await;
        asked.answer().await.words().contains("10m")
    })
    .await;
    assert!(scene.slack.command("/metrics frt today").await.answer().await.words().contains("15m"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_kept_and_operators_are_told_once() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let text = configuration(&slack, &discord, &store, "[access]\noperators = [\"slack:#leads\"]\n");
    let bot = Bot::start(&text, Clock::movable(monday())).await;
    for id in ["1", "2"] {
        let strange = ticket_event("teleported", id, monday(), monday(), json!({}));
        assert_eq!(bot.zendesk(&strange).await.status(), 200);
    }
    let told = slack.wait_for_message(|m| m.text.contains("not understood")).await;
    assert_eq!(told.channel, slack.channel("leads"));
    bot.settle().await;
    assert_eq!(slack.messages().len(), 1);
    assert_eq!(bot.running.store.quarantined().await.expect("the store answers").len(), 2);
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_prometheus_answer() {
    let scene = Scene::new().await;
    assert!(scene.bot.get("/healthz").await.contains("ok"));
    assert!(scene.bot.get("/readyz").await.contains("ok"));
    assert!(scene.bot.get("/metrics").await.contains("deskbell_hooks_total"));
    scene.finish().await;
}
