//! The Discord adapter against a Discord of our own: gateway, HTTP mode, messages, limits.

#[path = "support/mod.rs"]
mod support;

use std::sync::{Arc, Once};
use std::time::Duration;

use deskbell::chat::discord::inbound::{self, InboundError};
use deskbell::chat::discord::{Client, gateway};
use deskbell::chat::{
    Channel, CommandSpec, Commands, DiscordMode, DiscordSettings, Inbound, OptionKind, OptionSpec, Outgoing,
    ReplyHandle, SendError,
};
use deskbell::commands::fill;
use deskbell::domain::message::{Action, ActionKind, Block, Message, Text, Tone};
use deskbell::domain::timestamp::Timestamp;
use deskbell::grammar::Begun;
use serde_json::json;
use support::discord::{self as local, CHANNEL, LocalDiscord, Trouble};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn settings(discord: &LocalDiscord, mode: DiscordMode) -> DiscordSettings {
    static RING: Once = Once::new();
    RING.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nobody else installs one");
    });
    DiscordSettings {
        mode,
        token: local::TOKEN.into(),
        application_id: local::APPLICATION,
        public_key: Some(discord.public_key()),
        guild: None,
        api_base: discord.base().to_owned(),
    }
}

fn client(discord: &LocalDiscord) -> Client {
    Client::new(&settings(discord, DiscordMode::Gateway), reqwest::Client::new())
}

fn commands() -> Commands {
    let option = |name: &str, kind| OptionSpec { name: name.into(), description: format!("the {name}"), kind };
    let options = vec![
        option("metric", OptionKind::Autocomplete),
        option("clock", OptionKind::Choice(vec!["business".into(), "calendar".into()])),
        option("share", OptionKind::Flag),
    ];
    Commands {
        specs: vec![CommandSpec {
            name: "metrics".into(),
            description: "The numbers".into(),
            usage: String::new(),
            options,
        }],
        complete: Arc::new(|typing| {
            vec![format!("{} {} {}", typing.command, typing.option, typing.typed), "frt".into()]
        }),
        assemble: Arc::new(|command, options| {
            let words = options.iter().filter_map(|(name, value)| match (name.as_str(), value.as_str()) {
                (name, "true") => Some(name.to_owned()),
                (_, "false") => None,
                (_, value) => Some(value.to_owned()),
            });
            [format!("/{command}")].into_iter().chain(words).collect::<Vec<_>>().join(" ")
        }),
        form: Arc::new(|inbound| Begun::bare(&inbound.text).map(|begun| begun.form(chrono_tz::UTC))),
        fill: Arc::new(fill),
    }
}

fn message(title: &str) -> Message {
    Message {
        title: title.into(),
        mentions: vec![],
        tone: Tone::Neutral,
        blocks: vec![Block::Text(Text::plain("42 min"))],
        menus: Vec::new(),
        actions: vec![
            Action { label: "By team".into(), does: ActionKind::Command("/metrics frt by team".into()) },
            Action { label: "Share".into(), does: ActionKind::Command("/metrics frt share".into()) },
        ],
        footer: vec![],
        chart: None,
    }
}

fn out<'a>(delivery_id: &'a str, message: &'a Message) -> Outgoing<'a> {
    Outgoing { delivery_id, message, reply_to: None }
}

/// A bot that is listening, until dropped.
struct Bot {
    inbound: mpsc::Receiver<Inbound>,
    stop: CancellationToken,
    listening: tokio::task::JoinHandle<Result<(), gateway::ListenError>>,
}

impl Bot {
    async fn connect(discord: &LocalDiscord) -> Self {
        let (sender, inbound) = mpsc::channel(16);
        let stop = CancellationToken::new();
        let listening = tokio::spawn(gateway::listen(client(discord), commands(), sender, stop.clone()));
        discord.wait_for_commands().await;
        Self { inbound, stop, listening }
    }

    async fn next(&mut self) -> Inbound {
        self.inbound.recv().await.expect("a command")
    }

    async fn stop(self) {
        self.stop.cancel();
        self.listening.await.expect("no panic").expect("stopping is no error");
    }
}

async fn answer(inbound: &Inbound, message: &Message) -> Result<(), SendError> {
    let ReplyHandle::Discord(reply) = &inbound.reply else { panic!("not from Discord: {inbound:?}") };
    reply.answer(message).await
}

fn no_faults(discord: &LocalDiscord) {
    assert_eq!(discord.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_command_is_acknowledged_at_once_and_answered_by_an_edit() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    let typed = discord.command("metrics", &[("metric", "frt"), ("share", "false")]).await;
    let inbound = bot.next().await;
    assert_eq!(inbound.text, "/metrics frt");
    assert_eq!(inbound.id, format!("discord:{}", typed.id));
    assert_eq!(inbound.channel, Channel::Discord(CHANNEL));
    assert_eq!(inbound.user, format!("discord:{}", local::USER));
    assert_eq!(inbound.roles, [format!("discord:{}", local::ROLE)]);
    let ack = discord.wait_for_ack(&typed).await;
    assert_eq!(ack.response["type"], 5);
    assert!(ack.is_ephemeral());
    answer(&inbound, &message("First response time")).await.expect("answered");
    assert_eq!(discord.wait_for_answer(&typed).await["content"], "**First response time**");
    assert_eq!(discord.identifies()[0]["intents"], 0, "nothing is read but interactions");
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn share_shows_the_answer_to_everybody() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    let by_flag = discord.command("metrics", &[("metric", "frt"), ("share", "true")]).await;
    assert_eq!(bot.next().await.text, "/metrics frt share");
    assert!(!discord.wait_for_ack(&by_flag).await.is_ephemeral());
    let by_word = discord.command("metrics", &[("metric", "frt by team share")]).await;
    assert!(!discord.wait_for_ack(&by_word).await.is_ephemeral());
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn a_button_is_a_command_answered_in_a_message_of_its_own() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    let card = message("First response time");
    let id = client(&discord).post(CHANNEL, &out("d1", &card)).await.expect("posted");
    let posted = discord.wait_for_message(|m| id == format!("{CHANNEL}:{}", m.id)).await;

    let pressed = discord.press(posted.id, "call:/metrics frt by team").await;
    let inbound = bot.next().await;
    assert_eq!(inbound.text, "/metrics frt by team");
    let ack = discord.wait_for_ack(&pressed).await;
    assert_eq!((&ack.response["type"], ack.is_ephemeral()), (&json!(5), true));
    answer(&inbound, &message("By team")).await.expect("answered");
    assert_eq!(discord.wait_for_answer(&pressed).await["content"], "**By team**");
    assert_eq!(discord.messages()[0].edits, 0, "the message with the button stays");

    let shared = discord.press(posted.id, "call:/metrics frt share").await;
    assert!(!discord.wait_for_ack(&shared).await.is_ephemeral());
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn typing_is_answered_with_proposals() {
    let discord = LocalDiscord::start().await;
    let bot = Bot::connect(&discord).await;
    assert_eq!(discord.autocomplete("metrics", "metric", "fr").await, ["metrics metric fr", "frt"]);
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn a_reconnect_loses_no_command() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    discord.ask_to_reconnect();
    // Typed while nobody may be connected; resuming brings it.
    let typed = discord.command("metrics", &[("metric", "csat")]).await;
    discord.wait_for_resumes(1).await;
    assert_eq!(bot.next().await.text, "/metrics csat");
    discord.wait_for_ack(&typed).await;
    assert_eq!(discord.identifies().len(), 1, "resumed, not begun again");
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn an_invalid_session_is_begun_again() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    discord.invalidate_session();
    discord.wait_for_identifies(2).await;
    discord.command("metrics", &[]).await;
    assert_eq!(bot.next().await.text, "/metrics");
    bot.stop().await;
    no_faults(&discord);
}

#[tokio::test]
async fn a_refused_token_ends_listening_and_is_not_tried_again() {
    let discord = LocalDiscord::start().await;
    let wrong = DiscordSettings { token: "wrong".into(), ..settings(&discord, DiscordMode::Gateway) };
    let client = Client::new(&wrong, reqwest::Client::new());
    let (sender, _inbound) = mpsc::channel(1);
    let end = gateway::listen(client.clone(), commands(), sender, CancellationToken::new()).await;
    assert!(matches!(end, Err(gateway::ListenError::Refused(_))), "{end:?}");
    let before = discord.requests().len();
    let refused = client.post(CHANNEL, &out("d1", &message("x"))).await;
    assert!(matches!(refused, Err(SendError::Permanent { .. })), "{refused:?}");
    assert_eq!(discord.requests().len(), before);
}

#[tokio::test]
async fn commands_are_registered_once_and_again_only_when_different() {
    let discord = LocalDiscord::start().await;
    let bot = Bot::connect(&discord).await;
    let registered = discord.wait_for_commands().await;
    assert_eq!(registered[0]["name"], "metrics");
    bot.stop().await;
    let client = client(&discord);
    let specs = commands().specs;
    assert!(!client.register(&specs).await.expect("asked"));
    assert_eq!(discord.registrations(), 1);
    let mut changed = specs.clone();
    changed[0].options.pop();
    assert!(client.register(&changed).await.expect("asked"));
    assert_eq!(discord.registrations(), 2);
    no_faults(&discord);
}

#[tokio::test]
async fn a_message_whose_fate_was_unknown_is_posted_once() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    let card = message("#4521 missed its first reply");
    discord.trouble(&[Trouble::Drop]);
    let first = client.post(CHANNEL, &out("delivery-1", &card)).await;
    assert!(matches!(first, Err(SendError::Unknown { .. })), "{first:?}");
    let id = client.post(CHANNEL, &out("delivery-1", &card)).await.expect("posted");
    assert_eq!(discord.messages().len(), 1);
    assert_eq!(id, format!("{CHANNEL}:{}", discord.messages()[0].id));
    client.post(CHANNEL, &out("delivery-2", &card)).await.expect("posted");
    assert_eq!(discord.messages().len(), 2);
    no_faults(&discord);
}

#[tokio::test]
async fn after_its_nonce_is_forgotten_a_message_is_found_in_the_history() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    let parent = client.post(CHANNEL, &out("card", &message("due soon"))).await.expect("posted");
    let bare = |title: &str| Message { tone: Tone::Bad, actions: vec![], ..message(title) };
    let digest =
        |text: &str| Message { blocks: vec![Block::Text(Text::plain(text))], actions: vec![], ..message("Daily") };
    let (card, heard, monday) = (message("missed"), bare("missed"), digest("42 min"));
    let reply = Outgoing { reply_to: Some(&parent), ..out("heard", &heard) };
    // The same words as the next ones, and yet others.
    for (id, other) in [("earlier", &card), ("before", &heard), ("sunday", &digest("41 min"))] {
        client.post(CHANNEL, &out(id, other)).await.expect("posted");
    }
    let known = discord.messages().len();
    for (n, out) in [out("alarm", &card), reply, out("monday", &monday)].iter().enumerate() {
        assert_eq!(client.find(CHANNEL, out).await.expect("looked"), None, "{out:?}");
        discord.trouble(&[Trouble::Drop]);
        client.post(CHANNEL, out).await.expect_err("the answer is lost");
        discord.skip(Duration::from_secs(3600));
        let there = discord.messages()[known + n].id;
        assert_eq!(client.find(CHANNEL, out).await.expect("looked"), Some(format!("{CHANNEL}:{there}")));
    }
    // It says something else by now.
    let red = Message { tone: Tone::Bad, ..message("still missed") };
    assert!(client.find(CHANNEL, &out("alarm", &red)).await.expect("looked").is_some());
    discord.hide_history(CHANNEL);
    assert_eq!(client.find(CHANNEL, &out("alarm", &card)).await.expect("looked"), None);
    discord.trouble(&[Trouble::Fail]);
    assert!(client.find(CHANNEL, &out("alarm", &card)).await.is_err());
    no_faults(&discord);
}

#[tokio::test]
async fn a_message_is_edited_in_place_and_can_be_replied_to() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    let alarm = Message { tone: Tone::Bad, ..message("missed") };
    let id = client.post(CHANNEL, &out("d1", &alarm)).await.expect("posted");
    client.edit(&id, &Message { tone: Tone::Good, actions: vec![], ..message("answered") }).await.expect("edited");
    let waiting = message("still waiting");
    let hanging = Outgoing { reply_to: Some(&id), ..out("d2", &waiting) };
    client.post(CHANNEL, &hanging).await.expect("replied");
    let posted = discord.messages();
    assert_eq!(posted[0].edits, 1);
    assert_eq!(posted[0].body["components"], json!([]), "the edit also takes things away");
    assert_eq!(posted[0].body["content"], "✅ **answered**");
    assert_eq!(posted[1].body["message_reference"]["message_id"], posted[0].id.to_string());
    no_faults(&discord);
}

#[tokio::test]
async fn what_hung_on_a_deleted_message_still_appears_and_the_deleted_one_is_gone() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    let id = client.post(CHANNEL, &out("d1", &message("missed"))).await.expect("posted");
    discord.delete(discord.messages()[0].id);
    let edited = client.edit(&id, &message("answered")).await;
    assert!(matches!(edited, Err(SendError::Gone { .. })), "{edited:?}");
    let waiting = message("still waiting");
    client.post(CHANNEL, &Outgoing { reply_to: Some(&id), ..out("d2", &waiting) }).await.expect("posted");
    assert_eq!(discord.messages().len(), 1);
}

#[tokio::test]
async fn limits_are_waited_for_before_they_are_hit() {
    let discord = LocalDiscord::start().await;
    discord.limit_messages(2, Duration::from_millis(300));
    let client = client(&discord);
    for n in 0..5 {
        let id = n.to_string();
        client.post(CHANNEL, &out(&id, &message(&id))).await.expect("posted");
    }
    assert_eq!(discord.messages().len(), 5);
    no_faults(&discord);
}

#[tokio::test]
async fn a_refusal_by_the_limit_is_waited_out_if_short_and_reported_if_long() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    discord.trouble(&[Trouble::Limit("user", 0.05), Trouble::Limit("shared", 0.05), Trouble::Limit("global", 0.05)]);
    client.post(CHANNEL, &out("d1", &message("x"))).await.expect("posted after the wait");
    assert_eq!(discord.messages().len(), 1);
    discord.trouble(&[Trouble::Limit("user", 120.0)]);
    let refused = client.post(CHANNEL, &out("d2", &message("x"))).await;
    assert!(matches!(refused, Err(SendError::Limited { after_ms: 100_000..=120_000, .. })), "{refused:?}");
    let before = discord.requests().len();
    let refused = client.post(CHANNEL, &out("d2", &message("x"))).await;
    assert!(matches!(refused, Err(SendError::Limited { .. })), "{refused:?}");
    assert_eq!(discord.requests().len(), before, "known limits are not tried");
}

#[tokio::test]
async fn trouble_is_told_apart() {
    let discord = LocalDiscord::start().await;
    let client = client(&discord);
    discord.trouble(&[Trouble::Fail]);
    let failed = client.post(CHANNEL, &out("d1", &message("x"))).await;
    assert!(matches!(failed, Err(SendError::Unknown { .. })), "{failed:?}");
    let gone = client.post(1, &out("d1", &message("x"))).await;
    assert!(matches!(&gone, Err(SendError::Permanent { reason }) if reason.contains("channel's id")), "{gone:?}");
    let nobody = DiscordSettings { api_base: "http://127.0.0.1:1".into(), ..settings(&discord, DiscordMode::Gateway) };
    let unsent = Client::new(&nobody, reqwest::Client::new()).post(CHANNEL, &out("d1", &message("x"))).await;
    assert!(matches!(unsent, Err(SendError::Retry { .. })), "{unsent:?}");
    assert_eq!(discord.messages().len(), 0);
}

#[tokio::test]
async fn an_answer_survives_trouble_and_ends_with_its_token() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    let typed = discord.command("metrics", &[]).await;
    let inbound = bot.next().await;
    discord.trouble(&[Trouble::Fail, Trouble::Drop]);
    answer(&inbound, &message("at last")).await.expect("answered");
    discord.wait_for_answer(&typed).await;
    no_faults(&discord);
    discord.skip(Duration::from_secs(16 * 60));
    let late = answer(&inbound, &message("too late")).await;
    assert!(matches!(late, Err(SendError::Permanent { .. })), "{late:?}");
    bot.stop().await;
}

#[tokio::test]
async fn an_acknowledgement_of_unknown_fate_is_repeated_without_harm() {
    let discord = LocalDiscord::start().await;
    let mut bot = Bot::connect(&discord).await;
    discord.trouble(&[Trouble::Drop]);
    discord.command("metrics", &[]).await;
    assert_eq!(bot.next().await.text, "/metrics");
    assert_eq!(discord.faults().len(), 1, "the second one is told it was acknowledged: {:?}", discord.faults());
    bot.stop().await;
}

#[tokio::test]
async fn http_mode_takes_signed_interactions_and_nothing_else() {
    let discord = LocalDiscord::start().await;
    let now = Timestamp::parse("2026-11-22T09:00:00Z").expect("a time");
    let (url, mut inbound) = endpoint(client(&discord), discord.public_key(), now).await;
    let seconds = now.millis() / 1000;

    assert_eq!(
        local::signed_post(
            &url,
            seconds,
            json!({"id": "1", "application_id": "1", "type": 1, "token": "t", "version": 1}).to_string()
        )
        .await,
        (200, json!({"type": 1}))
    );
    assert_eq!(local::signed_post(&url, seconds - 301, r#"{"type":1}"#.into()).await.0, 401, "too old");
    assert_eq!(local::signed_post(&url, seconds + 301, r#"{"type":1}"#.into()).await.0, 401, "from the future");
    assert_eq!(local::signed_post(&url, seconds, "nonsense".into()).await.0, 400);
    let unsigned = reqwest::Client::new().post(&url).body(r#"{"type":1}"#).send().await.expect("listening");
    assert_eq!(unsigned.status(), 401);

    discord.send_to_endpoint(&url, move || seconds);
    let typed = discord.command("metrics", &[("metric", "frt")]).await;
    let command = inbound.recv().await.expect("a command");
    assert_eq!(command.text, "/metrics frt");
    answer(&command, &message("First response time")).await.expect("answered");
    assert_eq!(discord.wait_for_answer(&typed).await["content"], "**First response time**");
    assert!(discord.wait_for_ack(&typed).await.is_ephemeral());
    assert_eq!(discord.autocomplete("metrics", "metric", "x").await, ["metrics metric x", "frt"]);

    let begun = discord.command("digest add", &[]).await;
    assert_eq!(discord.wait_for_dialog(&begun).await["custom_id"], "form:/digest add");
    let sent = discord.submit(&begun, &[("at", "08:30")]).await;
    let command = inbound.recv().await.expect("a command");
    assert_eq!(command.text, "/digest add weekdays 08:30 tz:UTC");
    assert_eq!(command.id, format!("discord:{}", sent.id));
    answer(&command, &message("Scheduled")).await.expect("answered");
    assert_eq!(discord.wait_for_answer(&sent).await["content"], "**Scheduled**");
    assert!(discord.wait_for_ack(&sent).await.is_ephemeral());
    no_faults(&discord);
}

/// What the web room does with `POST /discord/interactions`, in short.
async fn endpoint(client: Client, key: String, now: Timestamp) -> (String, mpsc::Receiver<Inbound>) {
    let (sender, receiver) = mpsc::channel(16);
    let handle = move |headers: axum::http::HeaderMap, body: axum::body::Bytes| {
        let (client, key, sender) = (client.clone(), key.clone(), sender.clone());
        async move {
            let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let (signature, timestamp) = (header("x-signature-ed25519"), header("x-signature-timestamp"));
            let verified = inbound::verify(&key, signature, timestamp, &body, now);
            match verified.and_then(|()| inbound::decode_http(&client, &commands(), &body)) {
                Ok(incoming) => {
                    let response = incoming.response();
                    if let Some(inbound) = incoming.into_inbound() {
                        sender.send(inbound).await.expect("the test listens");
                    }
                    (axum::http::StatusCode::OK, axum::Json(response))
                }
                Err(InboundError::NotUnderstood(_)) => (axum::http::StatusCode::BAD_REQUEST, axum::Json(json!({}))),
                Err(_) => (axum::http::StatusCode::UNAUTHORIZED, axum::Json(json!({}))),
            }
        }
    };
    let app = axum::Router::new().route("/discord/interactions", axum::routing::post(handle));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/discord/interactions", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, receiver)
}

#[tokio::test]
async fn check_says_what_is_wrong_and_how_to_mend_it() {
    let discord = LocalDiscord::start().await;
    let good = client(&discord).check(&[CHANNEL]).await;
    assert!(good.iter().all(|finding| finding.ok && finding.mend.is_none()), "{good:?}");
    assert_eq!(good.last().expect("findings").what, format!("discord:{CHANNEL}: #support"));

    // Attach files, embed links, read message history: the last two are needed where there are no pictures.
    discord.deny(CHANNEL, 0x8000 | 0x4000 | 0x10000);
    let lacking = client(&discord).check(&[CHANNEL]).await.pop().expect("findings");
    discord.deny(CHANNEL, 0);
    assert_eq!(
        lacking.what,
        format!(
            "discord:{CHANNEL}: #support: without Embed Links (answers and alerts are empty), Read Message History \
             (after a broken connection a message may appear twice)"
        )
    );
    assert!(lacking.mend.is_some_and(|mend| mend.contains("&permissions=117760")));

    let wrong =
        DiscordSettings { application_id: 7, public_key: Some("00".into()), ..settings(&discord, DiscordMode::Http) };
    let findings = Client::new(&wrong, reqwest::Client::new()).check(&[CHANNEL, 1]).await;
    let bad: Vec<_> = findings.iter().filter(|finding| !finding.ok).collect();
    assert_eq!(bad.len(), 4, "application, endpoint, key, channel: {findings:?}");
    assert!(bad.iter().all(|finding| finding.mend.is_some()));

    let refused = DiscordSettings { token: "wrong".into(), ..wrong };
    let findings = Client::new(&refused, reqwest::Client::new()).check(&[CHANNEL]).await;
    assert_eq!(findings.len(), 1);
    assert!(!findings[0].ok && !format!("{findings:?}").contains("wrong"), "{findings:?}");
}
