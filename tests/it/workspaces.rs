//! Several places at once: two Slack workspaces, in which everything has the same ids, and two Discord guilds. Each is
//! served by itself, and nothing that belongs to one is seen in, or delayed by, another.

use deskbell::app::clock::Clock;
use serde_json::json;

use crate::bot::{Bot, agent_reply, configuration, monday, ticket_event, until};
use crate::support::discord::{CHANNEL, GUILD, LocalDiscord};
use crate::support::faults::Climate;
use crate::support::slack::{Credentials, Fault, LocalSlack, Posted};

const MINUTE: i64 = 60_000;

/// The other guild, and a channel in it.
const THERE: u64 = 2001;
const SUPPORT_THERE: u64 = 3001;

/// The same person, and the same channel, by their ids in both workspaces.
const SLA: &str = r##"
[[team]]
name = "support"
ids = ["360001"]

[[agent]]
name = "Ana"
chat = ["slack.acme:U0ANNA"]

[[agent]]
name = "Bo"
chat = ["slack:U0ANNA"]

[access]
operators = ["slack:#leads"]

[[sla]]
name = "urgent"
when = { team = ["support"] }
first_response = "10m"
calendar = "always"
to = ["slack:#support", "slack.acme:#support", "discord:3000", "discord:3001"]
"##;

const LADDER: &str = r##"
escalate = [
    { after = "10m", to = "slack.acme:#leads", mention = "slack:U0LEAD" },
    { after = "20m", to = "slack.acme:#leads", mention = "slack.acme:U0LEAD" },
]
"##;

struct Places {
    slack: LocalSlack,
    acme: LocalSlack,
    discord: LocalDiscord,
    directory: tempfile::TempDir,
    clock: Clock,
}

impl Places {
    async fn new() -> Self {
        let discord = LocalDiscord::start().await;
        discord.add_channel_in(THERE, SUPPORT_THERE, "support");
        Self {
            slack: LocalSlack::start().await,
            acme: LocalSlack::start_as("acme").await,
            discord,
            directory: tempfile::tempdir().expect("a directory"),
            clock: Clock::movable(monday()),
        }
    }

    fn configuration(&self, more: &str) -> String {
        let store = format!("sqlite://{}", self.directory.path().join("bot.db").display());
        configuration(&self.slack, &self.discord, &store, more)
    }

    /// With the second workspace.
    fn with_acme(&self, more: &str) -> String {
        let acme = format!(
            "[[workspace]]\nname = \"acme\"\nmode = \"socket\"\nbot_token = \"env:ACME_BOT\"\n\
             app_token = \"env:ACME_APP\"\napi_base = \"{}\"\n",
            self.acme.api_base()
        );
        self.configuration(&format!("{acme}{more}"))
    }

    async fn start(&self, configuration: &str) -> Bot {
        let (first, acme) = (Credentials::of(""), Credentials::of("acme"));
        let secrets = [
            ("ACME_BOT", acme.bot_token.as_str()),
            ("ACME_APP", &acme.app_token),
            ("ACME_SIGNING", &acme.signing_secret),
            ("SLACK_SIGNING", &first.signing_secret),
        ];
        Bot::start_with(configuration, self.clock.clone(), &secrets).await
    }

    /// A bot that is connected everywhere, and a ticket that was opened at nine.
    async fn bot(&self, more: &str) -> Bot {
        let bot = self.start(&self.with_acme(more)).await;
        self.slack.wait_for_connection("opened 1").await;
        self.acme.wait_for_connection("opened 1").await;
        self.discord.wait_until_ready().await;
        assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
        bot
    }

    /// Moves the clock to so many minutes after nine, a millisecond later.
    fn minute(&self, minute: i64) {
        self.clock.advance(monday().plus_ms(minute * MINUTE + 1) - self.clock.now());
    }

    /// How many messages there are: in each workspace, and in a channel of each guild.
    fn count(&self) -> [usize; 4] {
        let discord = self.discord.messages();
        let on_discord = |channel: u64| discord.iter().filter(|m| m.channel == channel).count();
        [self.slack.messages().len(), self.acme.messages().len(), on_discord(CHANNEL), on_discord(SUPPORT_THERE)]
    }

    /// Waits until the card says so everywhere.
    async fn everywhere(&self, words: &str) -> (Posted, Posted) {
        for channel in [CHANNEL, SUPPORT_THERE] {
            self.discord.wait_for_message(|m| m.channel == channel && m.body.to_string().contains(words)).await;
        }
        let says = |m: &Posted| m.channel == "C0SUPPORT" && (m.text.contains(words) || m.words().contains(words));
        (self.slack.wait_for_message(says).await, self.acme.wait_for_message(says).await)
    }

    fn is_in_order(&self) {
        assert_eq!(self.slack.problems(), Vec::<String>::new());
        assert_eq!(self.acme.problems(), Vec::<String>::new());
        assert_eq!(self.discord.faults(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_once_in_each_place_and_a_claim_in_one_is_seen_in_all() {
    let places = Places::new().await;
    let bot = places.bot(&format!("{SLA}{LADDER}")).await;
    places.minute(10);
    bot.settle().await;
    let (on_slack, on_acme) = places.everywhere("First reply missed on ticket 1").await;
    assert_eq!(places.count(), [1; 4]);

    let pressed = places.acme.click(&on_acme, "Claim").await;
    assert!(pressed.answer().await.words().contains("Ticket 1 is yours"), "{:?}", pressed.answers());
    places.everywhere("Claimed by Ana").await;
    // The same id in the other workspace is somebody else.
    let pressed = places.slack.click(&on_slack, "Claim").await;
    assert!(pressed.answer().await.text.contains("Ana was first"), "{:?}", pressed.answers());

    places.minute(12);
    assert_eq!(bot.zendesk(&agent_reply("1", monday(), places.clock.now())).await.status(), 200);
    bot.settle().await;
    places.everywhere("replied 2m 00s late").await;
    assert_eq!(places.count(), [1; 4]);
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_called_is_called_in_their_own_workspace_only() {
    let places = Places::new().await;
    let bot = places.bot(&format!("{SLA}{LADDER}")).await;
    for minute in [10, 20, 30] {
        places.minute(minute);
        bot.settle().await;
    }
    let leads: Vec<Posted> = places.acme.messages().into_iter().filter(|m| m.channel == "C0LEADS").collect();
    let [stranger, lead] = &leads[..] else { panic!("two steps: {leads:#?}") };
    let call = |message: &Posted| message.blocks[1]["elements"][0]["elements"][0].clone();
    assert_eq!(call(stranger), json!({"type": "text", "text": "slack:U0LEAD"}));
    assert_eq!(call(lead), json!({"type": "user", "user_id": "U0LEAD"}));
    assert!(places.slack.messages().iter().all(|m| m.channel == "C0SUPPORT"));
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_where_it_was_asked_and_nowhere_else() {
    let places = Places::new().await;
    let bot = places.bot(SLA).await;
    let (slack, acme) = (&places.slack, &places.acme);
    let (here, there) = tokio::join!(slack.command("/metrics volume today"), acme.command("/metrics volume yesterday"));
    assert_eq!(here.trigger(), there.trigger(), "the same interaction, as each workspace calls it");
    assert_eq!(here.answer().await.chosen()[0], "Today");
    assert_eq!(there.answer().await.chosen()[0], "Yesterday");
    assert_eq!((slack.responses(), acme.responses()), (1, 1));

    // Shown to the channel, with its picture: the bot posts it itself.
    let created = |day: i64| {
        json!({"event_id": format!("e{day}"), "ts": monday().plus_ms(-day * 24 * 60 * MINUTE), "type": "ticket_created",
            "ticket": format!("d{day}"), "actor": {"kind": "customer", "id": "c"}, "data": {"channel": "email"}})
    };
    assert_eq!(bot.generic(&(1..7).map(created).collect()).await.status(), 200);
    let shared = acme.command("/metrics volume last 7 days share").await;
    let posted = acme.wait_for_message(|m| m.channel == "C0SUPPORT" && m.picture().is_some()).await;
    assert!(posted.words().contains("Volume") || posted.text.contains("olume"), "{posted:?}");
    assert_eq!((shared.answers().len(), acme.files().len()), (0, 1));

    // A file for one person.
    acme.command("/metrics export volume today").await.answer().await;
    assert_eq!(acme.wait_for_file().await.channel.as_deref(), Some("DU0ANNA"));
    assert_eq!((slack.files().len(), slack.messages().len(), slack.responses()), (0, 0, 1));

    // A dialog.
    places.minute(10);
    bot.settle().await;
    let (_, card) = places.everywhere("First reply missed on ticket 1").await;
    let pressed = acme.click(&card, "Snooze until…").await;
    let view = acme.wait_for_view().await;
    acme.submit(&view, &[("until", "2h")]).await;
    assert!(pressed.answer().await.words().contains("Ticket 1 is quiet"), "{:?}", pressed.answers());
    places.everywhere("Snoozed by Ana").await;
    assert_eq!((slack.responses(), slack.calls("views.open")), (1, 0));
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_of_a_team_is_that_of_its_workspace() {
    let places = Places::new().await;
    let teams = "[[team]]\nname = \"billing\"\nchannel = \"slack.acme:#billing\"\n\
                 [[team]]\nname = \"sales\"\nchannel = \"slack:#billing\"\n";
    let bot = places.bot(teams).await;
    for (workspace, team) in [(&places.slack, "sales"), (&places.acme, "billing")] {
        until("Slack's own name of the channel is known", async || {
            let asked = workspace.command_from("U1", "billing", "/metrics volume today").await;
            asked.answer().await.words().contains(team)
        })
        .await;
    }
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_could_not_be_asked_for_at_the_start_is_learned_later() {
    let places = Places::new().await;
    places.slack.fail_next("conversations.list", 1, Fault::Refuse("fatal_error"));
    let bot = places.bot("[[team]]\nname = \"sales\"\nchannel = \"slack:#billing\"\n").await;
    until("it was asked for", async || places.slack.calls("conversations.list") == 1).await;
    until("Slack's own name of the channel is known", async || {
        places.clock.advance(15_000);
        let asked = places.slack.command_from("U1", "billing", "/metrics volume today").await;
        asked.answer().await.words().contains("sales")
    })
    .await;
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_down_delays_only_itself() {
    let places = Places::new().await;
    let bot = places.bot(SLA).await;
    let storm = Climate {
        slow: 0,
        fails: 500,
        fails_after: 0,
        limited: 0,
        dropped: 500,
        dropped_after: 0,
        silent: 0,
        slow_ms: 0..1,
        limited_s: 1..2,
        seen_after_ms: 0..1,
    };
    places.acme.weather().breaks(7, storm);
    places.minute(10);
    let missed = |m: &Posted| m.text.contains("First reply missed on ticket 1");
    let card = places.slack.wait_for_message(missed).await;
    for channel in [CHANNEL, SUPPORT_THERE] {
        places.discord.wait_for_message(|m| m.channel == channel && m.body.to_string().contains("missed")).await;
    }
    bot.is_held_up("slack.acme").await;
    assert_eq!(places.count(), [1, 0, 1, 1]);
    // Everything else goes on.
    places.slack.click(&card, "Claim").await.answer().await;
    places.slack.wait_for_message(|m| m.words().contains("Claimed by Bo")).await;

    places.acme.weather().clears();
    bot.settle_in_time("slack.acme").await;
    places.everywhere("Claimed by Bo").await;
    assert_eq!(places.count(), [1; 4]);
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_workspace_that_is_not_configured_any_more_is_parked_and_operators_are_told() {
    let places = Places::new().await;
    let bot = places.bot(SLA).await;
    places.acme.fail_next("chat.postMessage", 1, Fault::RateLimited(1));
    places.minute(10);
    places.slack.wait_for_message(|m| m.text.contains("First reply missed on ticket 1")).await;
    bot.is_held_up("slack.acme").await;
    bot.running.stop().await;

    let without = SLA.replace(", \"slack.acme:#support\"", "").replace("slack.acme:U0ANNA", "slack:U0OTHER");
    places.clock.advance(10 * MINUTE);
    let bot = places.start(&places.configuration(&without)).await;
    let told = places.slack.wait_for_message(|m| m.channel == "C0LEADS").await;
    assert!(told.text.contains("Messages to slack.acme:#support cannot be sent"), "{}", told.text);
    assert!(told.words().contains("[[workspace]] acme"), "{}", told.words());
    assert_eq!(bot.running.store.next_outbox_due("slack.acme").await.expect("the store answers"), None);
    assert_eq!(places.acme.messages().len(), 0);
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_http_each_workspace_has_its_routes_and_its_signature() {
    let places = Places::new().await;
    let text = places
        .with_acme(SLA)
        .replacen("mode = \"socket\"", "mode = \"http\"\nsigning_secret = \"env:SLACK_SIGNING\"", 1)
        .replacen("mode = \"socket\"", "mode = \"http\"\nsigning_secret = \"env:ACME_SIGNING\"", 1);
    let bot = places.start(&text).await;
    places.discord.wait_until_ready().await;
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    places.minute(10);
    bot.settle().await;
    let (_, card) = places.everywhere("First reply missed on ticket 1").await;

    let now = places.clock.now().millis() / 1000;
    let (slack, acme) = (&places.slack, &places.acme);
    let commands = [bot.url("/slack/commands"), bot.url("/slack/acme/commands")];
    for (by, url, status) in
        [(slack, &commands[0], 200), (slack, &commands[1], 401), (acme, &commands[0], 401), (acme, &commands[1], 200)]
    {
        let (response, asked) = by.command_to(url, now, "/bell help").await;
        assert_eq!(response.status(), status, "{url}");
        if status == 200 {
            assert!(asked.answer().await.words().contains("/metrics"), "{url}");
        }
    }
    let (response, _) = acme.command_to(&bot.url("/slack/other/commands"), now, "/bell help").await;
    assert_eq!(response.status(), 404);
    let (response, _) = acme.click_to(&bot.url("/slack/interactions"), now, &card, "Claim").await;
    assert_eq!(response.status(), 401);
    let (response, pressed) = acme.click_to(&bot.url("/slack/acme/interactions"), now, &card, "Claim").await;
    assert_eq!(response.status(), 200);
    assert!(pressed.answer().await.words().contains("Ticket 1 is yours"));
    places.everywhere("Claimed by Ana").await;
    assert_eq!((slack.responses(), acme.responses()), (1, 2));
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_in_every_guild() {
    let places = Places::new().await;
    let bot = places.bot(SLA).await;
    let discord = &places.discord;
    discord.wait_for_commands().await;
    assert!(discord.offers(GUILD, "metrics") && discord.offers(THERE, "metrics"));
    let here = discord.command_in(CHANNEL, "metrics", &[("metric", "volume"), ("period", "today")]).await;
    let there = discord.command_in(SUPPORT_THERE, "metrics", &[("metric", "csat"), ("period", "today")]).await;
    let is_about_volume = |answer: serde_json::Value| answer.to_string().contains("Ticket volume");
    assert!(is_about_volume(discord.wait_for_answer(&here).await));
    assert!(!is_about_volume(discord.wait_for_answer(&there).await));
    assert_eq!((discord.answers(&here), discord.answers(&there)), (1, 1));
    places.is_in_order();
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_guild_commands_are_offered_there_only_and_alerts_go_to_all() {
    let places = Places::new().await;
    let text = places.with_acme(SLA).replace("application_id = ", &format!("guild = \"{THERE}\"\napplication_id = "));
    let bot = places.start(&text).await;
    let discord = &places.discord;
    discord.wait_for_commands().await;
    assert!(discord.offers(THERE, "metrics") && !discord.offers(GUILD, "metrics"));
    assert_eq!(bot.zendesk(&ticket_event("created", "1", monday(), monday(), json!({}))).await.status(), 200);
    places.minute(10);
    bot.settle().await;
    places.everywhere("First reply missed on ticket 1").await;
    assert_eq!(places.count(), [1; 4]);
    places.is_in_order();
    bot.running.stop().await;
}
