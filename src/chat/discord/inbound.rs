//! What comes in: interactions, from the gateway or over HTTP, decoded by serenity and turned into command text.

use serde_json::{Value, json};
use serenity::all::{
    CommandDataOption, CommandDataOptionValue, CommandInteraction, ComponentInteraction, ComponentInteractionDataKind,
    Interaction, Member, MessageFlags, ModalInteraction, User,
};
use serenity::interactions_endpoint::Verifier;

use super::super::{Channel, Commands, Inbound, Press, ReplyHandle, Typing, is_shared};
use super::dialog;
use super::registry;
use super::render::{CALL, EDIT, MENU};
use super::reply::Reply;
use super::rest::Client;
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

/// Where the answer to a press appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the message that was pressed.
    There,
    /// In a new message that only the person who pressed sees; the one that was pressed stays as it is.
    Private,
    /// In a new message for everybody.
    Shared,
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
    /// A button was pressed, something chosen from a list, or a dialog sent off.
    Press {
        /// The command behind it.
        inbound: Inbound,
        /// Where its answer appears.
        answer: Place,
    },
    /// The end of a command is to be asked for. The command itself is not answered.
    Ask {
        /// What opens the dialog.
        dialog: Value,
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
            Self::Press { answer: Place::There, .. } => json!({"type": 6}),
            Self::Command { ephemeral: true, .. } | Self::Press { answer: Place::Private, .. } => {
                json!({"type": 5, "data": {"flags": EPHEMERAL}})
            }
            Self::Command { .. } | Self::Press { .. } => json!({"type": 5, "data": {"flags": 0}}),
            Self::Ask { dialog } => dialog.clone(),
            Self::Autocomplete { choices } => json!({"type": 8, "data": {"choices": registry::choices(choices)}}),
        }
    }

    /// What is left to do once that answer is out.
    pub fn into_inbound(self) -> Option<Inbound> {
        match self {
            Self::Command { inbound, .. } | Self::Press { inbound, .. } => Some(inbound),
            Self::Ping | Self::Ask { .. } | Self::Autocomplete { .. } => None,
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
            let inbound = from_command(client, command, text);
            let dialog = ask(commands, &inbound, false);
            Ok(dialog.unwrap_or(Incoming::Command { inbound, ephemeral }))
        }
        Interaction::Component(press) => {
            let (text, refines) = pressed(press)
                .ok_or_else(|| InboundError::NotUnderstood(format!("{:?} is nothing of ours", press.data.custom_id)))?;
            // What others see too is not changed for them.
            let in_place = refines && is_own(press);
            let answer = match (is_shared(text), in_place) {
                (true, _) => Place::Shared,
                (false, true) => Place::There,
                (false, false) => Place::Private,
            };
            let inbound = from_press(client, press, text.to_owned());
            let dialog = ask(commands, &inbound, in_place);
            Ok(dialog.unwrap_or(Incoming::Press { inbound, answer }))
        }
        Interaction::Modal(sent) => {
            let filled = dialog::command(sent).and_then(|(command, in_place)| {
                let filled = (commands.fill)(command, &dialog::values(sent))?;
                // What is wrong is said beside what it was about, not in its place.
                let answer = if in_place && filled.mistakes.is_empty() { Place::There } else { Place::Private };
                Some((filled.text, answer))
            });
            let (text, answer) = filled
                .ok_or_else(|| InboundError::NotUnderstood(format!("{:?} is nothing of ours", sent.data.custom_id)))?;
            Ok(Incoming::Press { inbound: from_dialog(client, sent, text), answer })
        }
        Interaction::Autocomplete(typing) => {
            let focused = typing.data.autocomplete();
            let focused = focused.ok_or_else(|| InboundError::NotUnderstood("typing in no option".into()))?;
            let command = match typing.data.options.as_slice() {
                [CommandDataOption { name, value: CommandDataOptionValue::SubCommand(_), .. }] => {
                    format!("{} {name}", typing.data.name)
                }
                _ => typing.data.name.clone(),
            };
            let choices = (commands.complete)(&Typing {
                command: &command,
                option: focused.name,
                typed: focused.value,
                channel: &Channel::Discord(typing.channel_id.get()),
                user: &user(&typing.user),
                roles: &roles(typing.member.as_deref()),
            });
            Ok(Incoming::Autocomplete { choices })
        }
        _ => Err(InboundError::NotUnderstood("neither a command nor a button".into())),
    }
}

/// The dialog that asks for the end of a command, if it has one.
fn ask(commands: &Commands, inbound: &Inbound, in_place: bool) -> Option<Incoming> {
    let form = (commands.form)(inbound)?;
    dialog::response(&form, in_place).map(|dialog| Incoming::Ask { dialog })
}

/// Only the person who presses sees the message.
fn is_own(press: &ComponentInteraction) -> bool {
    press.message.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL))
}

/// The command text behind what was pressed, and whether its answer takes the place of the message. Only ids that we
/// gave out ourselves are known.
fn pressed(press: &ComponentInteraction) -> Option<(&str, bool)> {
    let id = &press.data.custom_id;
    match &press.data.kind {
        ComponentInteractionDataKind::Button => {
            id.strip_prefix(CALL).map(|text| (text, false)).or_else(|| id.strip_prefix(EDIT).map(|text| (text, true)))
        }
        ComponentInteractionDataKind::StringSelect { values } if id.starts_with(MENU) => {
            values.first().map(|text| (text.as_str(), true))
        }
        _ => None,
    }
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
        press: None,
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
        press: Some(Press { message: press.message.id.to_string(), public: !is_own(press) }),
        reply: ReplyHandle::Discord(Reply::new(client, &press.token)),
    }
}

fn from_dialog(client: &Client, sent: &ModalInteraction, text: String) -> Inbound {
    Inbound {
        id: format!("discord:{}", sent.id),
        channel: Channel::Discord(sent.channel_id.get()),
        user: user(&sent.user),
        roles: roles(sent.member.as_ref()),
        text,
        press: None,
        reply: ReplyHandle::Discord(Reply::new(client, &sent.token)),
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
