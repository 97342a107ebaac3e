//! F1: the platforms: Slack, Discord, the console. One shape: settings, decode, acknowledge, send, edit.

pub mod console;
pub mod discord;
mod patience;
mod picture;
mod platforms;
pub mod slack;
pub mod text;

use std::sync::Arc;

pub use picture::{Artist, Draw, Ground};
pub use platforms::Platforms;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::domain::form::{Filled, Form};
use crate::domain::message::Message;
use crate::domain::workspace::Workspace;

/// A Slack workspace, as configured (`[slack]`, `[[workspace]]`).
#[derive(Clone, Debug)]
pub struct SlackSettings {
    /// Which one it is.
    pub workspace: Workspace,
    /// Where commands come from.
    pub mode: SlackMode,
    /// `xoxb-…`.
    pub bot_token: SecretString,
    /// `xapp-…`, for Socket Mode.
    pub app_token: Option<SecretString>,
    /// For HTTP mode.
    pub signing_secret: Option<SecretString>,
    /// `https://slack.com/api`, or a loopback address in tests.
    pub api_base: String,
}

/// How Slack reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlackMode {
    /// We open a WebSocket; no public address is needed.
    Socket,
    /// Slack calls `POST /slack/commands` and `POST /slack/interactions`, or `/slack/NAME/…` for a `[[workspace]]`.
    Http,
}

/// Discord, as configured (`[discord]`).
#[derive(Clone, Debug)]
pub struct DiscordSettings {
    /// Where commands come from.
    pub mode: DiscordMode,
    /// The bot's token.
    pub token: SecretString,
    /// The application's id.
    pub application_id: u64,
    /// Hex, for HTTP mode.
    pub public_key: Option<String>,
    /// Register commands in this guild only (instant); absent = everywhere.
    pub guild: Option<u64>,
    /// `https://discord.com`, or a loopback address in tests.
    pub api_base: String,
}

/// How Discord reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscordMode {
    /// We open the gateway; no public address is needed.
    Gateway,
    /// Discord calls `POST /discord/interactions`.
    Http,
}

/// A place messages go to, as written in `bot.toml`: `slack:#name`, `slack.acme:C123`, `discord:<id>`, `console`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// In a workspace, a channel name with its `#`, or an id.
    Slack(Workspace, String),
    /// A channel id.
    Discord(u64),
    /// This terminal.
    Console,
}

impl Channel {
    /// What it is on, the word before the colon: each such platform is served by itself.
    pub fn platform(&self) -> &str {
        match self {
            Self::Slack(workspace, _) => workspace.as_str(),
            Self::Discord(_) => "discord",
            Self::Console => "console",
        }
    }
}

impl std::str::FromStr for Channel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hint = "write slack:#name, slack:C123, discord:<channel id> or console";
        let Some((platform, name)) = text.split_once(':') else {
            return if text == "console" {
                Ok(Self::Console)
            } else {
                Err(format!("{text:?} is not a channel; {hint}"))
            };
        };
        if platform == "discord" {
            let id = name.parse().map_err(|_| format!("{name:?} is not a Discord channel id; {hint}"));
            return id.map(Self::Discord);
        }
        match platform.parse() {
            Ok(workspace) if name.len() > 1 => Ok(Self::Slack(workspace, name.to_owned())),
            Err(()) if platform.starts_with("slack.") => {
                Err(format!("{platform:?} is not a workspace; write slack.NAME:#name with the name of a [[workspace]]"))
            }
            _ => Err(format!("{text:?} is not a channel; {hint}")),
        }
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Slack(workspace, name) => write!(f, "{workspace}:{name}"),
            Self::Discord(id) => write!(f, "discord:{id}"),
            Self::Console => f.write_str("console"),
        }
    }
}

/// The command text of a person, whatever platform it came from. Acknowledged already when it is handed over.
#[derive(Debug)]
pub struct Inbound {
    /// Unique per interaction, for de-duplication: `slack:…`, `slack.acme:…`, `discord:…`.
    pub id: String,
    /// Where it was typed.
    pub channel: Channel,
    /// Who typed it: `slack:U1`, `slack.acme:U1`, `discord:9`, `console`.
    pub user: String,
    /// Roles of that person, where the platform has them: `discord:<role id>`.
    pub roles: Vec<String>,
    /// The whole command with its slash: `/metrics frt last 30 days`.
    pub text: String,
    /// Of a button or a choice: where it was pressed.
    pub press: Option<Press>,
    /// Where the answer goes.
    pub reply: ReplyHandle,
}

/// The word `share` anywhere in a command shows its answer to the whole channel.
pub fn is_shared(text: &str) -> bool {
    text.split_whitespace().any(|word| word.eq_ignore_ascii_case("share"))
}

/// Whether the answer to a command is a message or a file of its own, which would be there twice.
pub fn is_posted(text: &str) -> bool {
    is_shared(text) || text.split_whitespace().any(|word| word.eq_ignore_ascii_case("export"))
}

/// Where somebody pressed a button or chose from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The message, as its platform calls it within the channel.
    pub message: String,
    /// Others see it too.
    pub public: bool,
}

/// A file beside an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called, such as `frt-2026-11-23.csv`.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("name", &self.name).field("bytes", &self.content.len()).finish()
    }
}

/// Where the answer to an [`Inbound`] goes.
#[derive(Debug)]
pub enum ReplyHandle {
    /// To a Slack `response_url`.
    Slack(slack::Reply),
    /// To a Discord interaction's original response.
    Discord(discord::Reply),
    /// To this terminal.
    Console(console::Reply),
}

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Surely not sent; try again after so many milliseconds.
    #[error("try again in {after_ms} ms: {reason}")]
    Retry {
        /// How long to wait.
        after_ms: i64,
        /// What happened.
        reason: String,
    },
    /// Too much at once: surely not sent, through no fault of the message; not before so many milliseconds.
    #[error("not before {after_ms} ms: {reason}")]
    Limited {
        /// How long to wait.
        after_ms: i64,
        /// What happened.
        reason: String,
    },
    /// The connection broke after the request may have arrived: it may or may not be there.
    #[error("fate unknown: {reason}")]
    Unknown {
        /// What happened.
        reason: String,
    },
    /// It can never be sent as it is (channel gone, scope missing, body refused).
    #[error("cannot be sent: {reason}")]
    Permanent {
        /// What happened and how to mend it.
        reason: String,
    },
    /// The message to edit is not there any more: somebody deleted it.
    #[error("no longer there: {reason}")]
    Gone {
        /// What happened.
        reason: String,
    },
}

/// A message to send, with the key that makes a repeat recognisable.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// At most 25 characters; Discord's nonce, Slack's metadata `delivery_id`.
    pub delivery_id: &'a str,
    /// What to say.
    pub message: &'a Message,
    /// An earlier message in the same channel, by its id, on which this one hangs.
    pub reply_to: Option<&'a str>,
}

/// One line of `deskbell check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// All is well.
    pub ok: bool,
    /// What was looked at, and what was found.
    pub what: String,
    /// What to do about it, when something is wrong.
    pub mend: Option<String>,
}

/// The commands as a platform with typed options registers them, and the way back from options to command text.
#[derive(Clone)]
pub struct Commands {
    /// What to register.
    pub specs: Vec<CommandSpec>,
    /// Proposals while somebody types.
    pub complete: Completer,
    /// Options to command text.
    pub assemble: Assembler,
    /// Dialogs for commands whose end is missing.
    pub form: Former,
    /// What was filled in to command text.
    pub fill: Filler,
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commands").field("specs", &self.specs).finish_non_exhaustive()
    }
}

/// Somebody who types an option of a command.
#[derive(Clone, Copy, Debug)]
pub struct Typing<'a> {
    /// The command, with its sub-command: `metrics`, `sla why`.
    pub command: &'a str,
    /// The option.
    pub option: &'a str,
    /// What it holds so far.
    pub typed: &'a str,
    /// Where.
    pub channel: &'a Channel,
    /// Who: `discord:9`.
    pub user: &'a str,
    /// Their roles: `discord:<role id>`.
    pub roles: &'a [String],
}

/// Proposals for what is being typed, best first.
pub type Completer = Arc<dyn Fn(&Typing<'_>) -> Vec<String> + Send + Sync>;

/// The command text for (command, options as name and value): `metrics`, `[(metric, frt)]` → `/metrics frt`.
pub type Assembler = Arc<dyn Fn(&str, &[(String, String)]) -> String + Send + Sync>;

/// The dialog that asks for the end of a command; `None` if nothing is missing, or this person may not give it: then
/// the command is to be answered. It waits for nothing.
pub type Former = Arc<dyn Fn(&Inbound) -> Option<Form> + Send + Sync>;

/// The command text for (command of a dialog, blanks as name and value); `None` if there is no such dialog. It waits for
/// nothing.
pub type Filler = Arc<dyn Fn(&str, &[(String, String)]) -> Option<Filled> + Send + Sync>;

/// A command with typed options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// Without the slash, lower case; `bell help` is a command with a sub-command.
    pub name: String,
    /// One line, at most 100 characters.
    pub description: String,
    /// What may follow it where it is typed: `TICKET [as-of:DATE]`.
    pub usage: String,
    /// In the order they are offered; all are optional.
    pub options: Vec<OptionSpec>,
}

/// A typed option of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// Lower case.
    pub name: String,
    /// One line, at most 100 characters.
    pub description: String,
    /// What it takes.
    pub kind: OptionKind,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
    /// One of these (at most 25; a longer list is offered by completion instead).
    Choice(Vec<String>),
    /// Any text, with proposals while typing.
    Autocomplete,
    /// Yes or no; the assembler sees `true` or `false`.
    Flag,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_written_as_it_is_read() {
        let acme = Workspace::named("acme").expect("a name");
        let table = [
            ("slack:#support", Ok(Channel::Slack(Workspace::default(), "#support".into()))),
            ("slack:C123", Ok(Channel::Slack(Workspace::default(), "C123".into()))),
            ("slack.acme:#support", Ok(Channel::Slack(acme.clone(), "#support".into()))),
            ("slack.acme:C123", Ok(Channel::Slack(acme, "C123".into()))),
            ("discord:77", Ok(Channel::Discord(77))),
            ("console", Ok(Channel::Console)),
            ("slack:", Err("is not a channel")),
            ("slack.acme:#", Err("is not a channel")),
            ("slack.Acme:#support", Err("\"slack.Acme\" is not a workspace")),
            ("slack.:#support", Err("\"slack.\" is not a workspace")),
            ("discord.acme:77", Err("is not a channel")),
            ("discord:support", Err("is not a Discord channel id")),
            ("console:1", Err("is not a channel")),
            ("teams:#support", Err("is not a channel")),
            ("", Err("is not a channel")),
        ];
        for (text, expected) in table {
            match (text.parse::<Channel>(), expected) {
                (Ok(read), Ok(channel)) => {
                    assert_eq!(read, channel);
                    assert_eq!(read.to_string(), text);
                    assert_eq!(read.platform(), text.split(':').next().expect("a word"));
                }
                (Err(said), Err(part)) => assert!(said.contains(part), "{text}: {said}"),
                (read, expected) => panic!("{text}: {read:?}, not {expected:?}"),
            }
        }
    }
}
