//! What Slack sends us: signed HTTP requests and Socket Mode payloads, both to the same [`Inbound`].
//!
//! Nothing here answers or waits; acknowledging is up to whoever holds the connection. The sender's name is never
//! read: only ids say who somebody is.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::client::Client;
use super::render::REFINES;
use super::reply::Reply;
use crate::chat::{Channel, Inbound, Press, ReplyHandle};
use crate::domain::timestamp::Timestamp;

/// How old (or how far ahead) a signed request may be.
const WINDOW_MS: u64 = 300_000;

/// Why a request is not from Slack.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// `X-Slack-Request-Timestamp` is not a number of seconds.
    #[error("the request's timestamp cannot be read")]
    Timestamp,
    /// A replay, or a clock that is wrong.
    #[error("the request's timestamp is more than five minutes away from this machine's clock")]
    Stale,
    /// Not signed with our secret.
    #[error("the request's signature is wrong; check slack.signing_secret")]
    Signature,
}

/// Why a request of Slack's cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Fields are missing or of the wrong kind.
    #[error("the payload is not what Slack documents")]
    Shape(#[from] serde_json::Error),
    /// An interaction without its form field.
    #[error("the form has no field `payload`")]
    NoPayload,
    /// The answer would leave Slack.
    #[error("the response_url does not belong to Slack")]
    ResponseUrl,
}

/// Checks that the raw `body` was signed by Slack within five minutes of `now`; `timestamp` and `signature` are the
/// headers `X-Slack-Request-Timestamp` and `X-Slack-Signature`.
///
/// # Errors
/// When it was not; answer 401.
pub fn verify(
    secret: &SecretString,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    let seconds: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let expected = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(VerifyError::Signature);
    }
    // After the signature, so that only Slack's own requests are told about clocks.
    let sent = Timestamp(seconds.saturating_mul(1000));
    if (now - sent).unsigned_abs() > WINDOW_MS { Err(VerifyError::Stale) } else { Ok(()) }
}

/// A slash command as it comes over HTTP: a form.
///
/// # Errors
/// When the form is not a slash command of Slack's; answer 400.
pub fn decode_command(client: &Client, body: &[u8]) -> Result<Inbound, DecodeError> {
    command(client, form(body).into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// An interaction as it comes over HTTP: a form with JSON inside. `None` is to be acknowledged and forgotten, such as
/// the click on a link.
///
/// # Errors
/// When the form is not an interaction of Slack's; answer 400.
pub fn decode_interaction(client: &Client, body: &[u8]) -> Result<Option<Inbound>, DecodeError> {
    let payload = form(body).into_iter().find(|(name, _)| name == "payload").ok_or(DecodeError::NoPayload)?;
    interaction(client, serde_json::from_str(&payload.1)?)
}

/// A Socket Mode payload; `None` for kinds we do not subscribe to.
pub(super) fn decode_envelope(client: &Client, kind: &str, payload: Value) -> Result<Option<Inbound>, DecodeError> {
    match kind {
        "slash_commands" => command(client, payload).map(Some),
        "interactive" => interaction(client, payload),
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
struct SlashCommand {
    command: String,
    #[serde(default)]
    text: String,
    channel_id: String,
    user_id: String,
    trigger_id: String,
    response_url: String,
}

fn command(client: &Client, payload: Value) -> Result<Inbound, DecodeError> {
    let command: SlashCommand = serde_json::from_value(payload)?;
    Ok(Inbound {
        id: format!("slack:{}", command.trigger_id),
        channel: Channel::Slack(command.channel_id),
        user: format!("slack:{}", command.user_id),
        roles: Vec::new(),
        text: format!("{} {}", command.command, unescape(&command.text)).trim().to_owned(),
        press: None,
        reply: reply(client, &command.response_url).map(ReplyHandle::Slack)?,
    })
}

#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type")]
    kind: String,
    user: Identified,
    #[serde(default)]
    channel: Option<Identified>,
    #[serde(default)]
    container: Option<Container>,
    #[serde(default)]
    actions: Vec<Clicked>,
    #[serde(default)]
    trigger_id: Option<String>,
    #[serde(default)]
    response_url: Option<String>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

#[derive(Default, Deserialize)]
struct Container {
    channel_id: Option<String>,
    #[serde(default)]
    message_ts: Option<String>,
    /// Only one person sees the message.
    #[serde(default)]
    is_ephemeral: bool,
}

#[derive(Deserialize)]
struct Clicked {
    #[serde(default)]
    action_id: String,
    /// The command text of a button; links have none.
    #[serde(default)]
    value: Option<String>,
    /// That of a list has it.
    #[serde(default)]
    selected_option: Option<Chosen>,
    #[serde(default)]
    action_ts: String,
}

#[derive(Deserialize)]
struct Chosen {
    value: String,
}

impl Clicked {
    /// The command text, and whether its answer takes the place of the message.
    fn command(self) -> Option<(String, bool, String)> {
        let refines = REFINES.iter().any(|prefix| self.action_id.starts_with(prefix));
        let text = self.value.or(self.selected_option.map(|chosen| chosen.value))?;
        Some((text, refines, self.action_ts))
    }
}

fn interaction(client: &Client, payload: Value) -> Result<Option<Inbound>, DecodeError> {
    let it: Interaction = serde_json::from_value(payload)?;
    if it.kind != "block_actions" {
        return Ok(None);
    }
    let Some((text, refines, action_ts)) = it.actions.into_iter().find_map(Clicked::command) else {
        return Ok(None);
    };
    let container = it.container.unwrap_or_default();
    let channel = it.channel.map(|c| c.id).or(container.channel_id).unwrap_or_default();
    let press = container.message_ts.map(|message| Press { message, public: !container.is_ephemeral });
    let answer = reply(client, it.response_url.as_deref().unwrap_or_default())?;
    Ok(Some(Inbound {
        id: format!("slack:{}", it.trigger_id.unwrap_or_else(|| format!("{}:{action_ts}", it.user.id))),
        channel: Channel::Slack(channel),
        user: format!("slack:{}", it.user.id),
        roles: Vec::new(),
        text,
        press,
        // What others see too is not changed for them.
        reply: ReplyHandle::Slack(answer.in_place(refines && container.is_ephemeral)),
    }))
}

fn reply(client: &Client, response_url: &str) -> Result<Reply, DecodeError> {
    Reply::new(client, response_url).ok_or(DecodeError::ResponseUrl)
}

/// Slack escapes exactly these three in what people type.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A form has the encoding of a URL's query.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let mut url = reqwest::Url::parse("http://form/").expect("a constant address");
    url.set_query(Some(&String::from_utf8_lossy(body)));
    url.query_pairs().into_owned().collect()
}

#[cfg(test)]
mod tests;
