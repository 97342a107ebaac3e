//! A whole bot for a test: its configuration, its clock, its store, and a help desk that signs.

use std::sync::Once;
use std::time::Duration;

use deskbell::app::clock::Clock;
use deskbell::app::config::{Config, Purpose};
use deskbell::app::{self, Running};
use deskbell::digests::Digest;
use deskbell::domain::timestamp::Timestamp;
use deskbell::integrations::{Headers, Vendor};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::discord::{self, LocalDiscord};
use crate::support::slack::{self, LocalSlack};

/// The secret of the help desk.
pub(crate) const SECRET: &str = "zendesk-signing-secret";

/// The secret of the generic source.
pub(crate) const TOKEN: &str = "a-token-of-the-generic-source";

/// A Monday morning, nine o'clock in Berlin.
pub(crate) fn monday() -> Timestamp {
    Timestamp::parse("2026-11-23T08:00:00Z").expect("a time")
}

/// A bot that runs in this process.
pub(crate) struct Bot {
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    digests: Vec<Digest>,
    /// The words before the colon of its channels.
    platforms: Vec<String>,
    http: reqwest::Client,
}

/// Asks again and again, as fast as the store answers, until it is so; fails after a minute.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let so = tokio::time::timeout(Duration::from_secs(60), asking).await;
    assert!(so.is_ok(), "not after a minute: {what}");
}

/// The parts of a configuration that every test shares; `more` is added to it.
pub(crate) fn configuration(slack: &LocalSlack, discord: &LocalDiscord, store: &str, more: &str) -> String {
    format!(
        r##"
[store]
url = "{store}"

[http]
listen = "127.0.0.1:0"

[slack]
mode = "socket"
bot_token = "env:SLACK_BOT"
app_token = "env:SLACK_APP"
api_base = "{slack}"

[discord]
mode = "gateway"
token = "env:DISCORD"
application_id = "{application}"
api_base = "{discord}"

[[source]]
name = "helpdesk"
kind = "zendesk"
secret = "env:HELPDESK"

[[source]]
name = "tool"
kind = "generic"
secret = "env:TOOL"

{more}
"##,
        slack = slack.api_base(),
        application = discord::APPLICATION,
        discord = discord.base(),
    )
}

/// What the `env:` references of [`configuration`] mean.
pub(crate) fn secrets() -> [(&'static str, &'static str); 5] {
    [
        ("SLACK_BOT", slack::BOT_TOKEN),
        ("SLACK_APP", slack::APP_TOKEN),
        ("DISCORD", discord::TOKEN),
        ("HELPDESK", SECRET),
        ("TOOL", TOKEN),
    ]
}

/// Both TLS stacks are in the tree; whoever comes first says which cryptography to use, as `main` does.
pub(crate) fn install_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Bot {
    pub(crate) async fn start(configuration: &str, clock: Clock) -> Self {
        Self::start_with(configuration, clock, &[]).await
    }

    /// With more secrets than the usual ones.
    pub(crate) async fn start_with(configuration: &str, clock: Clock, more: &[(&str, &str)]) -> Self {
        install_cryptography();
        let environment = secrets().into_iter().chain(more.iter().copied()).collect();
        let config = Config::parse("bot.toml", configuration, &environment, Purpose::Run)
            .unwrap_or_else(|faults| panic!("{faults}"));
        let digests = app::digests(&config);
        let workspaces = config.slack.iter().map(|settings| settings.workspace.to_string());
        let platforms = workspaces.chain(["discord".to_owned()]).collect();
        let running = app::start(config, clock.clone(), None).await.expect("the bot starts");
        Self { running, clock, digests, platforms, http: reqwest::Client::new() }
    }

    /// Waits until every timer that is due has rung, every digest that is due is posted and nothing is left to send.
    pub(crate) async fn settle(&self) {
        let store = &self.running.store;
        until("everything due is done", async || {
            let now = self.clock.now();
            let timer = store.next_timer().await.expect("the store answers");
            let digests = deskbell::digests::scheduled(store, &self.digests).await.expect("the store answers");
            let digests = deskbell::digests::due(store, &digests, now).await.expect("the store answers");
            let mut waiting = timer.is_some_and(|due| due <= now) || !digests.is_empty();
            for platform in &self.platforms {
                waiting |= store.next_outbox_due(platform).await.expect("the store answers").is_some();
            }
            waiting |= store.cards_in_doubt(now).await.expect("the store answers") > 0;
            waiting |= store.groups_in_doubt(now).await.expect("the store answers") > 0;
            !waiting
        })
        .await;
    }

    /// The same, with time passing whenever a message to the platform waits for it: an attempt may need a second one,
    /// such as when a connection that broke is noticed only by the next request.
    pub(crate) async fn settle_in_time(&self, platform: &str) {
        let time_passes = async {
            loop {
                self.is_held_up(platform).await;
                self.clock.advance(1_000);
            }
        };
        tokio::select! {
            () = self.settle() => {}
            () = time_passes => unreachable!("it passes until all is settled"),
        }
    }

    /// Waits until a message to the platform has been tried and must wait; one that is being sent has a lease of two
    /// minutes, and needs no time to pass.
    pub(crate) async fn is_held_up(&self, platform: &str) {
        until("a message waits", async || {
            let due = self.running.store.next_outbox_due(platform).await.expect("the store answers");
            let now = self.clock.now();
            due.is_some_and(|due| due > now && due < now.plus_s(60))
        })
        .await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    /// Delivers an event webhook as Zendesk signs it.
    pub(crate) async fn zendesk(&self, event: &Value) -> reqwest::Response {
        let body = event.to_string();
        let signed = sign(&body, self.clock.now());
        self.post("/hooks/helpdesk", &signed, body).await
    }

    /// Delivers canonical events.
    pub(crate) async fn generic(&self, events: &Value) -> reqwest::Response {
        let headers = vec![("authorization".to_owned(), format!("Bearer {TOKEN}"))];
        self.post("/hooks/tool", &headers, events.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(String, String)], body: String) -> reqwest::Response {
        post(&self.http, &self.url(path), headers, body).await.expect("the bot answers")
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        let response = self.http.get(self.url(path)).send().await.expect("the bot answers");
        response.text().await.expect("text")
    }
}

pub(crate) async fn post(
    http: &reqwest::Client,
    url: &str,
    headers: &[(String, String)],
    body: String,
) -> reqwest::Result<reqwest::Response> {
    let request = http.post(url).header("content-type", "application/json").body(body);
    headers.iter().fold(request, |r, (name, value)| r.header(name, value)).send().await
}

/// The headers with which Zendesk signs a body.
pub(crate) fn sign(body: &str, now: Timestamp) -> Vec<(String, String)> {
    let scheme = &Vendor::Zendesk.schemes()[0];
    let signed = scheme.sign(&SecretString::from(SECRET), "delivery", now, body.as_bytes());
    let headers: Vec<_> = signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let check: Headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Vendor::Zendesk.verify(&check, body.as_bytes(), &[SecretString::from(SECRET)], now).expect("our own signature");
    headers
}

/// An event webhook about a ticket, with Zendesk's envelope.
pub(crate) fn ticket_event(kind: &str, id: &str, created: Timestamp, at: Timestamp, event: Value) -> Value {
    json!({
        "account_id": 7,
        "id": format!("{kind}/{id}/{at}"),
        "type": format!("zen:event-type:ticket.{kind}"),
        "time": at,
        "subject": format!("zen:ticket:{id}"),
        "zendesk_event_version": "2022-11-06",
        "event": event,
        "detail": {
            "id": id, "status": "NEW", "priority": "URGENT", "type": null, "tags": [], "assignee_id": null,
            "group_id": "360001", "requester_id": "c7", "submitter_id": "c7", "actor_id": "c7",
            "subject": "Cannot <!channel> log in", "description": "", "via": {"channel": "email"},
            "is_public": true, "created_at": created, "updated_at": at,
        },
    })
}

/// A public reply by an agent.
pub(crate) fn agent_reply(id: &str, created: Timestamp, at: Timestamp) -> Value {
    let comment = json!({"comment": {
        "id": format!("{id}-{}", at.millis()), "is_public": true, "body": "On it.",
        "author": {"id": "ana", "is_staff": true, "name": "Ana"},
    }});
    ticket_event("comment_added", id, created, at, comment)
}
