//! Calls to Slack's Web API: posting, editing, looking before posting again.
//!
//! Slack has no idempotency key, so each message carries its delivery id as metadata; an attempt of unknown fate can be
//! looked for in the channel's history. Reads are sent as forms, which every method takes; writes as JSON.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::ApiError;
use super::pace::Pace;
use super::render::{Shown, render_with};
use super::upload::Uploads;
use crate::chat::{Artist, Outgoing, SendError, SlackSettings};
use crate::domain::message::Message;
use crate::domain::workspace::Workspace;

/// Slack answers within a second or not at all.
const TIMEOUT: Duration = Duration::from_secs(15);
/// When Slack says "wait" without saying how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);
/// How far back an earlier attempt is looked for: pages of the largest size Slack recommends.
const LOOK_BACK_PAGES: usize = 3;
const PAGE: &str = "200";
/// Under which our metadata is filed.
const EVENT_TYPE: &str = "deskbell_delivery";

/// A connection to one workspace; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: SlackSettings,
    http: reqwest::Client,
    socket_tls: Option<Arc<rustls::ClientConfig>>,
    pace: Pace,
    /// `name → id`, filled on first need. The lock is held while listing, so that a crowd asks once.
    channels: Mutex<HashMap<String, String>>,
    told_about_history: AtomicBool,
    artist: Artist,
    uploads: Uploads,
    /// The workspace does not take charts that Slack would draw.
    charts_refused: Arc<AtomicBool>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("slack::Client").field("api_base", &self.0.settings.api_base).finish_non_exhaustive()
    }
}

/// A successful answer.
pub(super) struct Answer {
    pub(super) body: Value,
    /// `x-oauth-scopes`: what the token may do.
    pub(super) scopes: Option<String>,
}

pub(super) enum Arguments<'a> {
    Json(Value),
    Form(&'a [(&'a str, &'a str)]),
}

impl Client {
    /// A client of the workspace that `settings` name.
    pub fn new(settings: &SlackSettings, http: reqwest::Client) -> Self {
        Self::with(settings, http, None, Artist::default())
    }

    /// Like [`new`](Self::new), for messages with pictures.
    pub fn with_artist(settings: &SlackSettings, http: reqwest::Client, artist: Artist) -> Self {
        Self::with(settings, http, None, artist)
    }

    /// Like [`new`](Self::new), trusting what `tls` trusts for Socket Mode instead of the public authorities.
    pub fn with_socket_tls(
        settings: &SlackSettings,
        http: reqwest::Client,
        tls: Option<Arc<rustls::ClientConfig>>,
    ) -> Self {
        Self::with(settings, http, tls, Artist::default())
    }

    fn with(
        settings: &SlackSettings,
        http: reqwest::Client,
        tls: Option<Arc<rustls::ClientConfig>>,
        artist: Artist,
    ) -> Self {
        Self(Arc::new(Inner {
            settings: settings.clone(),
            http,
            socket_tls: tls,
            pace: Pace::default(),
            channels: Mutex::default(),
            told_about_history: AtomicBool::new(false),
            artist,
            uploads: Uploads::default(),
            charts_refused: Arc::default(),
        }))
    }

    pub(super) fn settings(&self) -> &SlackSettings {
        &self.0.settings
    }

    /// Which workspace it is.
    pub fn workspace(&self) -> &Workspace {
        &self.0.settings.workspace
    }

    pub(super) fn artist(&self) -> &Artist {
        &self.0.artist
    }

    pub(super) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    /// Whether charts that Slack would draw were refused; shared, to be noted there.
    pub(super) fn charts_refused(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.charts_refused)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(super) fn socket_tls(&self) -> Option<Arc<rustls::ClientConfig>> {
        self.0.socket_tls.clone()
    }

    /// Posts a message to `#name` or a channel id; the result identifies it for [`edit`](Self::edit). One that hangs on
    /// another is a reply in its thread that the channel sees as well, because an edit notifies nobody.
    ///
    /// # Errors
    /// See [`SendError`]; after `Unknown`, [`find`](Self::find) says whether it is there.
    pub async fn post(&self, channel: &str, out: &Outgoing<'_>) -> Result<String, SendError> {
        let channel = self.channel_id(channel).await.map_err(ApiError::repeatable)?;
        let thread = match out.reply_to.map(split_id).transpose()? {
            // A message of another channel has no thread here.
            Some((of, ts)) if of == channel => Some(ts),
            _ => None,
        };
        let picture = self.shown(out.message).await;
        let mut result = self.deliver(&channel, thread, out, picture.as_ref()).await;
        if thread.is_some() && matches!(&result, Err(e) if e.is_about_the_thread()) {
            // What it should hang on was deleted; it must be heard all the same.
            result = self.deliver(&channel, None, out, picture.as_ref()).await;
        }
        if matches!(&result, Err(e) if matches!(e.code(), Some("channel_not_found" | "is_archived"))) {
            // The name may belong to another channel by now.
            self.0.channels.lock().await.retain(|_, id| *id != channel);
        }
        result.map_err(SendError::from)
    }

    /// Posts an answer that is for the whole channel together with its picture; `false` = nothing was posted, because
    /// it has no picture now or the bot may not post there.
    ///
    /// # Errors
    /// `Unknown`; it may be there.
    pub(in crate::chat) async fn share(&self, channel: &str, out: &Outgoing<'_>) -> Result<bool, SendError> {
        let Some(picture) = self.shown(out.message).await else { return Ok(false) };
        match self.deliver(channel, None, out, Some(&picture)).await.map_err(SendError::from) {
            Ok(_) => Ok(true),
            Err(SendError::Unknown { reason }) => match self.find(channel, out.delivery_id).await {
                Ok(Some(_)) => Ok(true),
                _ => Err(SendError::Unknown { reason }),
            },
            Err(refused) => {
                tracing::debug!(%refused, "an answer cannot be posted with its picture");
                Ok(false)
            }
        }
    }

    /// Replaces what the message `id` says. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`SendError`]; `Gone` when somebody deleted it.
    pub async fn edit(&self, id: &str, message: &Message) -> Result<(), SendError> {
        let (channel, ts) = split_id(id)?;
        // Attachments are always sent: where the field is absent, Slack keeps the old ones. Likewise `parse`, which
        // an update would otherwise set to a mode that makes links and mentions out of plain text.
        let body = json!({"channel": channel, "ts": ts, "parse": "none", "link_names": false});
        let picture = self.shown(message).await;
        let edited = self.say("chat.update", body, message, picture.as_ref()).await;
        edited.map(drop).map_err(|error| match error.code() {
            Some("message_not_found") => SendError::Gone { reason: error.sentence() },
            _ => error.into(),
        })
    }

    async fn deliver(
        &self,
        channel: &str,
        thread: Option<&str>,
        out: &Outgoing<'_>,
        picture: Option<&Shown>,
    ) -> Result<String, ApiError> {
        match self.0.pace.turn(channel, Instant::now()) {
            Ok(wait) => tokio::time::sleep(wait).await,
            Err(wait) => return Err(ApiError::RateLimited(wait)),
        }
        let mut body = json!({
            "channel": channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": out.delivery_id}},
            "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
        });
        if let Some(ts) = thread {
            body["thread_ts"] = ts.into();
            body["reply_broadcast"] = true.into();
        }
        let answer = self.say("chat.postMessage", body, out.message, picture).await?;
        let ts = answer.body["ts"].as_str().unwrap_or_default();
        Ok(format!("{channel}:{ts}"))
    }

    /// Sends a message with its picture; without it, if Slack does not take that. A refusal is certain, so nothing is
    /// said twice.
    async fn say(
        &self,
        method: &'static str,
        body: Value,
        message: &Message,
        picture: Option<&Shown>,
    ) -> Result<Answer, ApiError> {
        let with = |picture: Option<&Shown>| {
            let (shown, mut body) = (render_with(message, picture), body.clone());
            body["text"] = shown.text.into();
            body["blocks"] = shown.blocks.into();
            body["attachments"] = shown.attachments.into();
            Arguments::Json(body)
        };
        let said = self.call(method, with(picture)).await;
        let Some(picture) = picture else { return said };
        let uploads = self.uploads();
        match said {
            Err(error) if error.code() == Some("invalid_blocks") => {
                let said = self.call(method, with(None)).await;
                if said.is_ok() {
                    uploads.forget(&picture.file);
                    uploads.told.tell(self.workspace().as_str(), &error.sentence());
                }
                said
            }
            Ok(answer) => {
                uploads.told.all_is_well();
                Ok(answer)
            }
            failed => failed,
        }
    }

    /// The message with this delivery id, as [`edit`](Self::edit) knows it, if an earlier attempt to post it arrived.
    /// Without the scope to look none is found: a rare double is better than a miss.
    ///
    /// # Errors
    /// `Retry` or `Permanent`; then it is as unknown as before.
    pub async fn find(&self, channel: &str, delivery_id: &str) -> Result<Option<String>, SendError> {
        let channel = self.channel_id(channel).await.map_err(ApiError::repeatable)?;
        let mut cursor = String::new();
        for _ in 0..LOOK_BACK_PAGES {
            let arguments =
                [("channel", &*channel), ("limit", PAGE), ("include_all_metadata", "true"), ("cursor", &cursor)];
            let page = match self.call("conversations.history", Arguments::Form(&arguments)).await {
                Ok(page) => page.body,
                Err(error) if matches!(error.code(), Some("missing_scope" | "not_in_channel")) => {
                    if !self.0.told_about_history.swap(true, Ordering::Relaxed) {
                        let workspace = self.workspace().as_str();
                        tracing::warn!(
                            workspace,
                            error = error.sentence(),
                            "cannot look for an earlier attempt; posting again"
                        );
                    }
                    return Ok(None);
                }
                Err(error) => return Err(error.repeatable()),
            };
            let ours = |m: &&Value| {
                m["metadata"]["event_type"] == EVENT_TYPE
                    && m["metadata"]["event_payload"]["delivery_id"] == delivery_id
            };
            let messages = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(ts) = messages.iter().find(ours).and_then(|m| m["ts"].as_str()) {
                return Ok(Some(format!("{channel}:{ts}")));
            }
            match next_cursor(&page) {
                Some(next) => cursor = next,
                None => break,
            }
        }
        Ok(None)
    }

    /// The id behind `#name`; ids pass through.
    pub async fn channel_id(&self, channel: &str) -> Result<String, ApiError> {
        let Some(name) = channel.strip_prefix('#') else { return Ok(channel.to_owned()) };
        let mut known = self.0.channels.lock().await;
        if !known.contains_key(name) {
            *known = match self.list_channels("public_channel,private_channel").await {
                // Without groups:read the private ones are invisible, not the others.
                Err(error) if error.code() == Some("missing_scope") => self.list_channels("public_channel").await?,
                listed => listed?,
            };
        }
        known.get(name).cloned().ok_or_else(|| ApiError::refused("conversations.list", "channel_not_found"))
    }

    async fn list_channels(&self, types: &str) -> Result<HashMap<String, String>, ApiError> {
        let mut channels = HashMap::new();
        let mut cursor = String::new();
        loop {
            let arguments = [("types", types), ("exclude_archived", "true"), ("limit", PAGE), ("cursor", &cursor)];
            let page = self.call("conversations.list", Arguments::Form(&arguments)).await?.body;
            for channel in page["channels"].as_array().into_iter().flatten() {
                if let (Some(name), Some(id)) = (channel["name"].as_str(), channel["id"].as_str()) {
                    channels.insert(name.to_owned(), id.to_owned());
                }
            }
            match next_cursor(&page) {
                Some(next) => cursor = next,
                None => return Ok(channels),
            }
        }
    }

    pub(super) async fn channel_info(&self, id: &str) -> Result<Value, ApiError> {
        Ok(self.call("conversations.info", Arguments::Form(&[("channel", id)])).await?.body["channel"].take())
    }

    pub(super) async fn who_am_i(&self) -> Result<Answer, ApiError> {
        self.call("auth.test", Arguments::Form(&[])).await
    }

    /// A fresh WebSocket address, good for one connection.
    pub(super) async fn open_connection(&self) -> Result<String, ApiError> {
        let answer = self.call("apps.connections.open", Arguments::Form(&[])).await?;
        Ok(answer.body["url"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) async fn call(&self, method: &'static str, arguments: Arguments<'_>) -> Result<Answer, ApiError> {
        self.in_its_time(method, self.send(method, arguments)).await
    }

    /// Makes a call unless Slack said to wait with its like, and remembers it if Slack says so now.
    pub(super) async fn in_its_time<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        if let Some(rest) = self.0.pace.blocked(method, Instant::now()) {
            return Err(ApiError::RateLimited(rest));
        }
        let result = call.await;
        if let Err(ApiError::RateLimited(wait)) = &result {
            self.0.pace.block(method, Instant::now() + *wait);
        }
        result
    }

    async fn send(&self, method: &'static str, arguments: Arguments<'_>) -> Result<Answer, ApiError> {
        let url = format!("{}/{method}", self.0.settings.api_base.trim_end_matches('/'));
        let token = self.token(method).ok_or_else(|| ApiError::refused(method, "not_authed"))?;
        let request = self.0.http.post(url).bearer_auth(token.expose_secret()).timeout(TIMEOUT);
        let request = match arguments {
            Arguments::Json(body) => request.json(&body),
            Arguments::Form(pairs) => request.form(pairs),
        };
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(error) = refused_by_status(status, &headers) {
            return Err(error);
        }
        let mut body: Value = response.json().await?;
        if body["ok"] == true {
            let scopes = headers.get("x-oauth-scopes").and_then(|v| v.to_str().ok()).map(str::to_owned);
            return Ok(Answer { body, scopes });
        }
        Err(match body["error"].as_str() {
            Some("ratelimited" | "rate_limited") => ApiError::RateLimited(wait_asked_for(&headers)),
            code => ApiError::Refused {
                method,
                code: code.unwrap_or("no error named").to_owned(),
                messages: messages(body.take()),
            },
        })
    }

    fn token(&self, method: &str) -> Option<&SecretString> {
        match method {
            "apps.connections.open" => self.0.settings.app_token.as_ref(),
            _ => Some(&self.0.settings.bot_token),
        }
    }
}

/// What the status alone says: wait, broken, or (`None`) read the body.
pub(super) fn refused_by_status(status: StatusCode, headers: &HeaderMap) -> Option<ApiError> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some(ApiError::RateLimited(wait_asked_for(headers))),
        status if status.is_success() => None,
        status => Some(ApiError::Http(status.as_u16())),
    }
}

fn wait_asked_for(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
    seconds.map_or(DEFAULT_WAIT, Duration::from_secs)
}

/// What Slack adds to a refusal: places of wrong blocks, the scope that is missing.
fn messages(body: Value) -> Vec<String> {
    let listed = body["response_metadata"]["messages"].as_array().into_iter().flatten();
    let mut messages: Vec<String> = listed.filter_map(Value::as_str).map(str::to_owned).collect();
    messages.extend(body["needed"].as_str().map(|scope| format!("needed: {scope}")));
    messages
}

fn next_cursor(page: &Value) -> Option<String> {
    page["response_metadata"]["next_cursor"].as_str().filter(|c| !c.is_empty()).map(str::to_owned)
}

fn split_id(id: &str) -> Result<(&str, &str), SendError> {
    id.split_once(':')
        .ok_or_else(|| SendError::Permanent { reason: format!("{id:?} is not the id of a Slack message") })
}
