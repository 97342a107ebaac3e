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
use super::dialog::{self, CALLBACK, Dialog, Memory, Submission, View};
use super::render::REFINES;
use super::reply::Reply;
use crate::chat::{Channel, Commands, Inbound, Press, ReplyHandle};
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
    #[error("the request's signature is wrong; check signing_secret")]
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

/// What Slack wants from us.
#[derive(Debug)]
pub enum Incoming {
    /// A command, to be answered.
    Command(Box<Inbound>),
    /// A dialog is to be opened at once.
    Dialog(Dialog),
    /// A dialog was sent off; what is wrong with it is said in the acknowledgement.
    Submission(Submission),
    /// To be acknowledged and forgotten, such as the click on a link.
    Nothing,
}

/// A slash command as it comes over HTTP: a form.
///
/// # Errors
/// When the form is not a slash command of Slack's; answer 400.
pub fn decode_command(client: &Client, commands: &Commands, body: &[u8]) -> Result<Incoming, DecodeError> {
    command(client, commands, form(body).into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// An interaction as it comes over HTTP: a form with JSON inside.
///
/// # Errors
/// When the form is not an interaction of Slack's; answer 400.
pub fn decode_interaction(client: &Client, commands: &Commands, body: &[u8]) -> Result<Incoming, DecodeError> {
    let payload = form(body).into_iter().find(|(name, _)| name == "payload").ok_or(DecodeError::NoPayload)?;
    interaction(client, commands, serde_json::from_str(&payload.1)?)
}

/// A Socket Mode payload.
pub(super) fn decode_envelope(
    client: &Client,
    commands: &Commands,
    kind: &str,
    payload: Value,
) -> Result<Incoming, DecodeError> {
    match kind {
        "slash_commands" => command(client, commands, payload),
        "interactive" => interaction(client, commands, payload),
        // A kind that we do not subscribe to.
        _ => Ok(Incoming::Nothing),
    }
}

/// Whether the acknowledgement of a payload may have to say something.
pub(super) fn is_submission(payload: &Value) -> bool {
    payload["type"] == SUBMISSION
}

const SUBMISSION: &str = "view_submission";

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

fn command(client: &Client, commands: &Commands, payload: Value) -> Result<Incoming, DecodeError> {
    let command: SlashCommand = serde_json::from_value(payload)?;
    let workspace = client.workspace();
    let inbound = Inbound {
        id: format!("{workspace}:{}", command.trigger_id),
        channel: Channel::Slack(workspace.clone(), command.channel_id.clone()),
        user: format!("{workspace}:{}", command.user_id),
        roles: Vec::new(),
        text: format!("{} {}", command.command, unescape(&command.text)).trim().to_owned(),
        press: None,
        reply: reply(client, &command.response_url).map(ReplyHandle::Slack)?,
    };
    let place = Place { channel: command.channel_id, response_url: command.response_url, in_place: false };
    Ok(asked(commands, inbound, Some(command.trigger_id), place))
}

/// Where an answer goes.
struct Place {
    channel: String,
    response_url: String,
    in_place: bool,
}

/// A command, or the dialog that asks for its end.
fn asked(commands: &Commands, inbound: Inbound, trigger: Option<String>, place: Place) -> Incoming {
    let form = trigger.and_then(|trigger| Some(((commands.form)(&inbound)?, trigger)));
    let Some((form, trigger)) = form else { return Incoming::Command(Box::new(inbound)) };
    let Place { channel, response_url, in_place } = place;
    let memory = Memory { command: form.command.clone(), user: inbound.user.clone(), channel, response_url, in_place };
    match dialog::view(&form, &memory) {
        Some(view) => Incoming::Dialog(Dialog::new(trigger, view, inbound)),
        None => Incoming::Command(Box::new(inbound)),
    }
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
    #[serde(default)]
    view: Option<View>,
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

fn interaction(client: &Client, commands: &Commands, payload: Value) -> Result<Incoming, DecodeError> {
    let it: Interaction = serde_json::from_value(payload)?;
    match (it.kind.as_str(), &it.view) {
        ("block_actions", _) => press(client, commands, it),
        (SUBMISSION, Some(view)) if view.callback_id == CALLBACK => submission(client, commands, &it.user, view),
        _ => Ok(Incoming::Nothing),
    }
}

fn press(client: &Client, commands: &Commands, it: Interaction) -> Result<Incoming, DecodeError> {
    let Some((text, refines, action_ts)) = it.actions.into_iter().find_map(Clicked::command) else {
        return Ok(Incoming::Nothing);
    };
    let container = it.container.unwrap_or_default();
    let channel = it.channel.map(|c| c.id).or(container.channel_id).unwrap_or_default();
    let press = container.message_ts.map(|message| Press { message, public: !container.is_ephemeral });
    // What others see too is not changed for them.
    let in_place = refines && container.is_ephemeral;
    let response_url = it.response_url.unwrap_or_default();
    let answer = reply(client, &response_url)?.in_place(in_place);
    let workspace = client.workspace();
    let trigger = it.trigger_id.clone().unwrap_or_else(|| format!("{}:{action_ts}", it.user.id));
    let inbound = Inbound {
        id: format!("{workspace}:{trigger}"),
        channel: Channel::Slack(workspace.clone(), channel.clone()),
        user: format!("{workspace}:{}", it.user.id),
        roles: Vec::new(),
        text,
        press,
        reply: ReplyHandle::Slack(answer),
    };
    Ok(asked(commands, inbound, it.trigger_id, Place { channel, response_url, in_place }))
}

/// A dialog of ours that was sent off, by the person it was opened for.
fn submission(client: &Client, commands: &Commands, by: &Identified, view: &View) -> Result<Incoming, DecodeError> {
    let memory: Memory = serde_json::from_str(&view.private_metadata)?;
    let workspace = client.workspace();
    let user = format!("{workspace}:{}", by.id);
    let filled = (commands.fill)(&memory.command, &view.values()).filter(|_| memory.user == user);
    let Some(filled) = filled else { return Ok(Incoming::Nothing) };
    let answer = reply(client, &memory.response_url)?.in_place(memory.in_place);
    Ok(Incoming::Submission(Submission::new(view, filled, |text| Inbound {
        // Of the view, which is sent off once, however often that is told.
        id: format!("{workspace}:{}", view.id),
        channel: Channel::Slack(workspace.clone(), memory.channel),
        user,
        roles: Vec::new(),
        text,
        press: None,
        reply: ReplyHandle::Slack(answer),
    })))
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
