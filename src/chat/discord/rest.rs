//! What we ask of Discord over REST: a small transport of our own on reqwest.
//!
//! Pictures travel with the message that shows them, in one request. Where Discord does not take one (the permission
//! "Attach Files" is missing), the message is sent without.
//!
//! serenity's own client is not used for this: with its limiter it ignores the address we give it, without it a 429
//! loses its `retry_after`, and it cannot say whether a broken request may have arrived. The token never leaves this
//! file except for the gateway's login.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::super::picture::{Picture, Told};
use super::super::{Artist, CommandSpec, DiscordSettings, Ground, Outgoing, SendError};
use super::error::{Failure, broken, code, refusal};
use super::limits::{Lane, Limiter};
use super::registry;
use super::render::{self, Body};
use super::upload::Parcel;
use crate::domain::message::Message;

const AGENT: &str = concat!("DiscordBot (https://crates.io/crates/deskbell, ", env!("CARGO_PKG_VERSION"), ")");
/// For one attempt.
const TIMEOUT: Duration = Duration::from_secs(15);
/// An acknowledgement that is later than three seconds is worth nothing; there must be time for a second attempt.
const ACK_TIMEOUT: Duration = Duration::from_millis(1400);
/// Waits for rate limits that are shorter, taken together, happen here; longer ones are the caller's.
const PATIENCE: Duration = Duration::from_secs(5);
/// Those of an acknowledgement, for the same reason as [`ACK_TIMEOUT`].
const ACK_PATIENCE: Duration = Duration::from_millis(2500);
/// How many messages of a channel are looked through for an earlier attempt: as many as Discord gives at once.
const LOOK_BACK: u32 = 100;

/// A connection to Discord's REST interface; clones share it and what it has learnt about limits.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    /// `https://discord.com/api/v10`.
    base: String,
    settings: DiscordSettings,
    limiter: Limiter,
    /// The token was refused once. Asking on would get our address banned.
    token_refused: AtomicBool,
    artist: Artist,
    pictures_refused: Told,
}

/// One request.
#[derive(Clone)]
pub(super) struct Request<'a> {
    method: Method,
    path: String,
    lane: Lane,
    /// Interaction endpoints are authorised by the token in their path.
    as_bot: bool,
    timeout: Duration,
    patience: Duration,
    body: Option<&'a Parcel>,
}

/// How often a request is sent while its fate is unknown.
#[derive(Clone, Copy)]
pub(super) enum Attempts {
    /// The caller decides what comes next.
    One = 1,
    /// What may be repeated without harm.
    Some = 4,
}

/// A message to create; repeating it within minutes gives the message that exists.
#[derive(Clone, Serialize)]
struct Create<'a> {
    #[serde(flatten)]
    body: Body,
    nonce: &'a str,
    enforce_nonce: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_reference: Option<Value>,
}

impl Client {
    /// A connection with its own memory of limits.
    pub fn new(settings: &DiscordSettings, http: reqwest::Client) -> Self {
        Self::with_artist(settings, http, Artist::default())
    }

    /// Like [`new`](Self::new), for messages with pictures.
    pub fn with_artist(settings: &DiscordSettings, http: reqwest::Client, artist: Artist) -> Self {
        let base = format!("{}/api/v10", settings.api_base.trim_end_matches('/'));
        let settings = settings.clone();
        Self(Arc::new(Inner {
            http,
            base,
            settings,
            limiter: Limiter::default(),
            token_refused: AtomicBool::new(false),
            artist,
            pictures_refused: Told::default(),
        }))
    }

    /// How it was configured.
    pub fn settings(&self) -> &DiscordSettings {
        &self.0.settings
    }

    /// Posts a message and gives its id, `<channel>:<message>`; it hangs on an earlier one, if that is said, so that it is
    /// heard where an edit would not be. A repeat with the same `delivery_id` within minutes
    /// posts nothing new, so after [`SendError::Unknown`] the caller simply tries again.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn post(&self, channel: u64, out: &Outgoing<'_>) -> Result<String, SendError> {
        let creation = creation(channel, out)?;
        let path = format!("channels/{channel}/messages");
        let request = Request::bot(Method::POST, "POST channels/{}/messages", channel, path);
        let shown = |picture: Option<&Picture>| {
            body(&Create { body: creation.body.clone().shows(picture), ..creation.clone() })
        };
        let created = self.show(out.message, request, Attempts::One, shown).await?;
        let id = created["id"].as_str().ok_or(Failure::Unexpected("a message without an id"))?;
        Ok(format!("{channel}:{id}"))
    }

    /// Looks among the latest messages of a channel for one that an earlier attempt to post this one created. Discord
    /// forgets nonces after minutes. Without the permission to read what was said before, none is found.
    ///
    /// # Errors
    /// See [`SendError`]; then it is as unknown as before.
    pub async fn find(&self, channel: u64, out: &Outgoing<'_>) -> Result<Option<String>, SendError> {
        let ours = body(&creation(channel, out)?);
        let path = format!("channels/{channel}/messages?limit={LOOK_BACK}");
        let found = match self.get("GET channels/{}/messages", channel, path).await {
            Ok(found) => found,
            Err(Failure::Refused { code: code::NO_ACCESS | code::NO_PERMISSION, .. }) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let mark = mark(out.delivery_id);
        let message = found.as_array().into_iter().flatten().find(|theirs| is_same(&ours, theirs, mark));
        Ok(message.and_then(|message| Some(format!("{channel}:{}", message["id"].as_str()?))))
    }

    /// Changes a message that was posted before.
    ///
    /// # Errors
    /// See [`SendError`]; repeating an edit is always safe.
    pub async fn edit(&self, id: &str, message: &Message) -> Result<(), SendError> {
        let (channel, id) = ids(id)?;
        let path = format!("channels/{channel}/messages/{id}");
        let request = Request::bot(Method::PATCH, "PATCH channels/{}/messages/{}", channel, path);
        let shown = |picture: Option<&Picture>| body(&render::render(message).shows(picture));
        self.show(message, request, Attempts::One, shown).await?;
        Ok(())
    }

    /// Sends a message with its picture; without it, if Discord does not take that. A refusal is certain, so nothing is
    /// sent twice.
    pub(super) async fn show(
        &self,
        message: &Message,
        request: Request<'_>,
        attempts: Attempts,
        body: impl Fn(Option<&Picture>) -> Value,
    ) -> Result<Value, Failure> {
        let inner = &*self.0;
        let plain = Parcel::from(body(None));
        let Some(picture) = inner.artist.picture(message, Ground::Dark).await else {
            return self.try_to_send(request.body(&plain), attempts).await;
        };
        let parcel = Parcel { picture: Some(picture.clone()), ..Parcel::from(body(Some(&picture))) };
        match self.try_to_send(request.clone().body(&parcel), attempts).await {
            Err(refused) if refused.may_be_about_the_picture() => {
                let sent = self.try_to_send(request.body(&plain), attempts).await;
                if sent.is_ok() {
                    inner.pictures_refused.tell("discord", &format!("{refused}; give the bot \"Attach Files\" there"));
                }
                sent
            }
            Ok(sent) => {
                inner.pictures_refused.all_is_well();
                Ok(sent)
            }
            failed => failed,
        }
    }

    /// Draws the picture of a message before it is to be sent; it is kept for then.
    pub(in super::super) async fn prepare(&self, message: &Message) {
        self.0.artist.picture(message, Ground::Dark).await;
    }

    /// Whether messages are sent with pictures.
    pub(super) fn draws(&self) -> bool {
        self.0.artist.draws()
    }

    /// Registers the commands, unless they are registered already. Says whether they had to be.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn register(&self, commands: &[CommandSpec]) -> Result<bool, SendError> {
        let application = self.0.settings.application_id;
        let path = match self.0.settings.guild {
            Some(guild) => format!("applications/{application}/guilds/{guild}/commands"),
            None => format!("applications/{application}/commands"),
        };
        let ours = registry::bodies(commands, self.0.settings.guild.is_none());
        let theirs = self.get("GET applications/{}/commands", application, path.clone()).await?;
        if registry::is_registered(&ours, &theirs) {
            return Ok(false);
        }
        let ours = Parcel::from(ours);
        let request = Request::bot(Method::PUT, "PUT applications/{}/commands", application, path).body(&ours);
        self.send(request).await?;
        Ok(true)
    }

    /// Where the gateway is.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn gateway(&self) -> Result<String, SendError> {
        let answer = self.get("GET gateway/bot", 0, "gateway/bot".into()).await?;
        let url = answer["url"].as_str().ok_or(Failure::Unexpected("a gateway without an address"))?;
        Ok(url.to_owned())
    }

    pub(super) async fn get(&self, route: &'static str, major: u64, path: String) -> Result<Value, Failure> {
        self.send(Request::bot(Method::GET, route, major, path)).await
    }

    /// Answers an interaction at once; what follows is an edit. Acknowledging twice is harmless.
    ///
    /// # Errors
    /// See [`SendError`]; there is no third attempt, because it would come too late.
    pub async fn acknowledge(&self, interaction: u64, token: &str, response: &Value) -> Result<(), SendError> {
        let path = format!("interactions/{interaction}/{token}/callback");
        let route = "POST interactions/{}/{}/callback";
        let response = Parcel::from(response.clone());
        let request = Request::interaction(Method::POST, route, interaction.to_string(), path).body(&response);
        let request = Request { patience: ACK_PATIENCE, ..request.within(ACK_TIMEOUT) };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.send(request.clone()).await {
                Ok(_) | Err(Failure::Refused { code: code::ACKNOWLEDGED_ALREADY, .. }) => return Ok(()),
                Err(Failure::NotSent(_) | Failure::Broken(_) | Failure::Trouble(_)) if attempts < 2 => {}
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Sends it, more than once where that does no harm.
    pub(super) async fn try_to_send(&self, request: Request<'_>, attempts: Attempts) -> Result<Value, Failure> {
        let mut attempt = 1;
        loop {
            match self.send(request.clone()).await {
                // In HTTP mode the acknowledgement may still be on its way when the answer is ready.
                Err(Failure::Refused { code: code::UNKNOWN_WEBHOOK | code::UNKNOWN_MESSAGE, .. })
                | Err(Failure::NotSent(_) | Failure::Broken(_) | Failure::Trouble(_))
                    if attempt < attempts as u32 =>
                {
                    tokio::time::sleep(Duration::from_millis(200) * attempt).await;
                    attempt += 1;
                }
                settled => return settled,
            }
        }
    }

    /// Sends one request, waiting for the limits within reason.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Value, Failure> {
        let inner = &*self.0;
        let mut patience = request.patience;
        loop {
            if request.as_bot && inner.token_refused.load(Ordering::Relaxed) {
                return Err(Failure::TokenRefused);
            }
            while let Err(wait) = inner.limiter.take(&request.lane, Instant::now()) {
                patience = patience.checked_sub(wait).ok_or(Failure::Limited(wait))?;
                tokio::time::sleep(wait).await;
            }
            let mut outgoing = inner
                .http
                .request(request.method.clone(), format!("{}/{}", inner.base, request.path))
                .header("user-agent", AGENT)
                .timeout(request.timeout);
            if request.as_bot {
                outgoing =
                    outgoing.header("authorization", format!("Bot {}", inner.settings.token.expose_secret().trim()));
            }
            if let Some(body) = request.body {
                let (kind, bytes) = body.body();
                outgoing = outgoing.header("content-type", kind).body(bytes);
            }
            let answer = outgoing.send().await.map_err(broken)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let bytes = answer.bytes().await.map_err(broken)?;
            let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            if status == StatusCode::TOO_MANY_REQUESTS {
                let wait = inner.limiter.refused(&request.lane, &headers, &body, Instant::now());
                tracing::debug!(route = request.lane.route, wait_ms = wait.as_millis(), "rate limited by Discord");
                continue;
            }
            inner.limiter.learn(&request.lane, &headers, Instant::now());
            return match status {
                status if status.is_success() => Ok(body),
                status if status.is_server_error() => Err(Failure::Trouble(status)),
                status => {
                    if status == StatusCode::UNAUTHORIZED && request.as_bot {
                        inner.token_refused.store(true, Ordering::Relaxed);
                    }
                    Err(refusal(status, &body))
                }
            };
        }
    }
}

/// The message to create.
fn creation<'a>(channel: u64, out: &Outgoing<'a>) -> Result<Create<'a>, SendError> {
    let message_reference = match out.reply_to.map(ids).transpose()? {
        // Should the earlier one be gone, this one still appears.
        Some((of, message)) if of == channel => {
            Some(json!({"message_id": message.to_string(), "fail_if_not_exists": false}))
        }
        _ => None,
    };
    let mut body = render::render(out.message);
    body.mark(mark(out.delivery_id));
    Ok(Create { body, nonce: out.delivery_id, enforce_nonce: true, message_reference })
}

/// What a message with buttons is known by in the history, where its nonce is not shown: a number beyond those that
/// Discord itself gives to the parts of a message.
fn mark(delivery_id: &str) -> u32 {
    let digest = Sha256::digest(delivery_id);
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    (number & 0x7fff_ffff) | 0x4000_0000
}

/// Whether a message of the history is the one we would create. One without buttons has no mark: it hangs on the same
/// message and calls the same name, or says the same.
fn is_same(ours: &Value, theirs: &Value, mark: u32) -> bool {
    if theirs["components"][0]["id"] == mark {
        return true;
    }
    let bare = |message: &Value| message["components"].as_array().is_none_or(Vec::is_empty);
    let target = |message: &Value| message["message_reference"]["message_id"].clone();
    if !bare(ours) || !bare(theirs) || target(ours) != target(theirs) || ours["content"] != theirs["content"] {
        return false;
    }
    let said = |message: &Value| {
        let embeds = message["embeds"].as_array().cloned().unwrap_or_default();
        let parts = |e: Value| ["description", "fields"].map(|key| e[key].clone());
        embeds.into_iter().map(parts).collect::<Vec<_>>()
    };
    !target(ours).is_null() || said(ours) == said(theirs)
}

pub(super) fn body(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("strings, numbers and lists are always JSON")
}

impl<'a> Request<'a> {
    fn bot(method: Method, route: &'static str, major: u64, path: String) -> Self {
        let lane = Lane { route, major: major.to_string(), global: true };
        Self { method, path, lane, as_bot: true, timeout: TIMEOUT, patience: PATIENCE, body: None }
    }

    pub(super) fn interaction(method: Method, route: &'static str, major: String, path: String) -> Self {
        let lane = Lane { route, major, global: false };
        Self { method, path, lane, as_bot: false, timeout: TIMEOUT, patience: PATIENCE, body: None }
    }

    pub(super) fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(super) fn body(self, body: &'a Parcel) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// `<channel>:<message>`.
fn ids(id: &str) -> Result<(u64, u64), SendError> {
    let parse = || {
        let (channel, message) = id.split_once(':')?;
        Some((channel.parse().ok()?, message.parse().ok()?))
    };
    parse().ok_or_else(|| SendError::Permanent { reason: format!("{id:?} is not the id of a Discord message") })
}
