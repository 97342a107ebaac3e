//! What comes in: interactions, from the gateway or over HTTP, decoded by serenity and turned into command text.

use serde_json::{Value, json};
use serenity::all::{
    CommandDataOption, CommandDataOptionValue, CommandInteraction, ComponentInteraction, ComponentInteractionDataKind,
    Interaction, Member, User,
};
use serenity::interactions_endpoint::Verifier;

use super::super::{Channel, Commands, Inbound, ReplyHandle};
use super::registry;
use super::render::CALL;
use super::rest::{Client, Reply};
use crate::domain::timestamp::Timestamp;

/// Requests older or newer than this are replays, or somebody's clock is wrong.
const WINDOW_MS: i64 = 5 * 60 * 1000;

/// Why an interaction is not taken.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// Answer 401: it does not come from Discord, or not now.
    #[error("the signature is missing, wrong or not from now")]
    NotDiscord,
    /// `discord.public_key` is not a key.
    #[error("discord.public_key is not an Ed25519 key of 64 hexadecimal digits")]
    BadKey,
    /// Answer 400: it is from Discord, but not an interaction we know.
    #[error("this interaction is none we know: {0}")]
    NotUnderstood(String),
}

/// Checks that a request of HTTP mode comes from Discord and is recent, before anything of it is believed.
///
/// Within the window a captured request could be sent again: whoever takes the [`Inbound`] must take each id once.
///
/// # Errors
/// [`InboundError::NotDiscord`] or [`InboundError::BadKey`].
pub fn verify(
    public_key: &str,
    signature: Option<&str>,
    timestamp: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), InboundError> {
    let key: [u8; 32] =
        hex::decode(public_key.trim()).ok().and_then(|key| key.try_into().ok()).ok_or(InboundError::BadKey)?;
    let verifier = Verifier::try_new(key).map_err(|_| InboundError::BadKey)?;
    let (signature, timestamp) = signature.zip(timestamp).ok_or(InboundError::NotDiscord)?;
    verifier.verify(signature, timestamp, body).map_err(|()| InboundError::NotDiscord)?;
    let sent = timestamp.parse::<i64>().map_err(|_| InboundError::NotDiscord)?.saturating_mul(1000);
    let age = (now - Timestamp(sent)).saturating_abs();
    if age > WINDOW_MS { Err(InboundError::NotDiscord) } else { Ok(()) }
}

/// What Discord wants from us.
#[derive(Debug)]
pub enum Incoming {
    /// Whether we are there.
    Ping,
    /// A command was typed.
    Command {
        /// To be worked on once the acknowledgement is out.
        inbound: Inbound,
        /// Only the person who asked sees the answer. It cannot be changed after the acknowledgement.
        ephemeral: bool,
    },
    /// A button was pressed.
    Button {
        /// The command behind the button.
        inbound: Inbound,
        /// The answer is a new message; the one with the button stays as it is.
        ephemeral: bool,
    },
    /// Somebody is typing.
    Autocomplete {
        /// What to propose.
        choices: Vec<String>,
    },
}

impl Incoming {
    /// The answer Discord waits for, at most three seconds: the body of the HTTP response, or of the callback.
    pub fn response(&self) -> Value {
        const EPHEMERAL: u32 = 64;
        match self {
            Self::Ping => json!({"type": 1}),
            Self::Command { ephemeral, .. } | Self::Button { ephemeral, .. } => {
                json!({"type": 5, "data": {"flags": if *ephemeral { EPHEMERAL } else { 0 }}})
            }
            Self::Autocomplete { choices } => json!({"type": 8, "data": {"choices": registry::choices(choices)}}),
        }
    }

    /// What is left to do once that answer is out.
    pub fn into_inbound(self) -> Option<Inbound> {
        match self {
            Self::Command { inbound, .. } | Self::Button { inbound, .. } => Some(inbound),
            Self::Ping | Self::Autocomplete { .. } => None,
        }
    }
}

/// Decodes the body of a request of HTTP mode, after [`verify`]. Send [`Incoming::response`] as the HTTP response,
/// then work on [`Incoming::into_inbound`].
///
/// # Errors
/// [`InboundError::NotUnderstood`].
pub fn decode_http(client: &Client, commands: &Commands, body: &[u8]) -> Result<Incoming, InboundError> {
    let interaction = serde_json::from_slice(body).map_err(|error| InboundError::NotUnderstood(error.to_string()))?;
    decode(client, commands, &interaction)
}

/// Decodes an interaction, however it came.
pub(super) fn decode(
    client: &Client,
    commands: &Commands,
    interaction: &Interaction,
) -> Result<Incoming, InboundError> {
    match interaction {
        Interaction::Ping(_) => Ok(Incoming::Ping),
        Interaction::Command(command) => {
            let text = match command.data.options.as_slice() {
                [CommandDataOption { name, value: CommandDataOptionValue::SubCommand(inner), .. }] => {
                    (commands.assemble)(&format!("{} {name}", command.data.name), &options(inner))
                }
                plain => (commands.assemble)(&command.data.name, &options(plain)),
            };
            let ephemeral = !is_shared(&text);
            Ok(Incoming::Command { inbound: from_command(client, command, text), ephemeral })
        }
        Interaction::Component(press) => {
            let text = pressed(press).ok_or_else(|| {
                InboundError::NotUnderstood(format!("{:?} is no button of ours", press.data.custom_id))
            })?;
            let ephemeral = !is_shared(text);
            Ok(Incoming::Button { inbound: from_press(client, press, text.to_owned()), ephemeral })
        }
        Interaction::Autocomplete(typing) => {
            let focused = typing.data.autocomplete();
            let focused = focused.ok_or_else(|| InboundError::NotUnderstood("typing in no option".into()))?;
            Ok(Incoming::Autocomplete { choices: (commands.complete)(&typing.data.name, focused.name, focused.value) })
        }
        _ => Err(InboundError::NotUnderstood("neither a command nor a button".into())),
    }
}

/// The word `share` anywhere in a command shows its answer to the whole channel.
fn is_shared(text: &str) -> bool {
    text.split_whitespace().any(|word| word.eq_ignore_ascii_case("share"))
}

/// Only ids that we gave out ourselves.
fn pressed(press: &ComponentInteraction) -> Option<&str> {
    matches!(press.data.kind, ComponentInteractionDataKind::Button)
        .then(|| press.data.custom_id.strip_prefix(CALL))
        .flatten()
}

fn options(options: &[CommandDataOption]) -> Vec<(String, String)> {
    options.iter().filter_map(|option| Some((option.name.clone(), value(&option.value)?))).collect()
}

fn value(value: &CommandDataOptionValue) -> Option<String> {
    match value {
        CommandDataOptionValue::String(text) => Some(text.clone()),
        CommandDataOptionValue::Boolean(flag) => Some(flag.to_string()),
        CommandDataOptionValue::Integer(number) => Some(number.to_string()),
        CommandDataOptionValue::Number(number) => Some(number.to_string()),
        // None of these is ever registered by us.
        _ => None,
    }
}

fn from_command(client: &Client, command: &CommandInteraction, text: String) -> Inbound {
    Inbound {
        id: format!("discord:{}", command.id),
        channel: Channel::Discord(command.channel_id.get()),
        user: user(&command.user),
        roles: roles(command.member.as_deref()),
        text,
        reply: ReplyHandle::Discord(Reply::new(client, &command.token)),
    }
}

fn from_press(client: &Client, press: &ComponentInteraction, text: String) -> Inbound {
    Inbound {
        id: format!("discord:{}", press.id),
        channel: Channel::Discord(press.channel_id.get()),
        user: user(&press.user),
        roles: roles(press.member.as_ref()),
        text,
        reply: ReplyHandle::Discord(Reply::new(client, &press.token)),
    }
}

fn user(user: &User) -> String {
    format!("discord:{}", user.id)
}

fn roles(member: Option<&Member>) -> Vec<String> {
    member.map(|member| member.roles.iter().map(|role| format!("discord:{role}")).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
