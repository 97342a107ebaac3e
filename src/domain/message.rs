//! A message as every platform can show it: what it says, not how Slack or Discord spell it.
//!
//! Text is a list of [`Piece`]s, so that no renderer ever has to guess which characters are markup: whatever came
//! from a customer or a vendor is a [`Piece::Plain`] and is escaped where it is rendered.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::chart::Chart;
use super::timestamp::Timestamp;
use super::workspace::Workspace;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Colour of the edge; never the only carrier of meaning.
    pub tone: Tone,
    /// One line; also the notification text.
    pub title: String,
    /// Who is notified by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// What follows, in order.
    pub blocks: Vec<Block>,
    /// What the answer can be changed to, where it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub menus: Vec<Menu>,
    /// Buttons.
    pub actions: Vec<Action>,
    /// Small print: period, clock, caveats.
    pub footer: Vec<Text>,
    /// What can be seen of it at a glance. A message says everything without it: not every place shows pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Box<Chart>>,
}

impl Message {
    /// The message as it is said on a platform, the word before the colon of its channels: whoever is called and has no
    /// account there is named only.
    pub fn said_on(&self, platform: &str) -> Cow<'_, Self> {
        if self.mentions.iter().all(|mention| mention.calls_on(platform)) {
            return Cow::Borrowed(self);
        }
        let named = |mention: &Mention| match mention.calls_on(platform) {
            true => mention.clone(),
            false => Mention::Name(mention.shown()),
        };
        Cow::Owned(Self { mentions: self.mentions.iter().map(named).collect(), ..self.clone() })
    }
}

/// Mood of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Information.
    #[default]
    Neutral,
    /// Good news, resolved.
    Good,
    /// Needs attention soon.
    Warning,
    /// A promise is broken, or something failed.
    Bad,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text(Text),
    /// Short labelled values side by side.
    Fields(Vec<Field>),
    /// Rows and columns.
    Table(Table),
    /// A short series, shown as block characters.
    Sparkline {
        /// What it shows, also read aloud by screen readers.
        label: String,
        /// Values in order; `None` = no data.
        values: Vec<Option<f64>>,
    },
    /// Text in a fixed-width face (help examples).
    Code(String),
}

/// Text made of pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text(pub Vec<Piece>);

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Shown as it is, whatever it contains.
    Plain(String),
    /// Emphasised; escaped like plain text.
    Bold(String),
    /// An instant, shown in the reader's own zone where the platform can.
    Time(Timestamp),
    /// A link; only `http` and `https` addresses are rendered as links.
    Link {
        /// What is shown.
        label: String,
        /// Where it leads.
        url: String,
    },
}

impl Text {
    /// One plain piece.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Piece::Plain(text.into())])
    }

    /// One bold piece.
    pub fn bold(text: impl Into<String>) -> Self {
        Self(vec![Piece::Bold(text.into())])
    }

    /// Adds a piece.
    #[must_use]
    pub fn and(mut self, piece: Piece) -> Self {
        self.0.push(piece);
        self
    }

    /// Adds plain text.
    #[must_use]
    pub fn then(self, text: impl Into<String>) -> Self {
        self.and(Piece::Plain(text.into()))
    }

    /// The text without emphasis or links, for notifications and logs.
    pub fn to_plain(&self) -> String {
        self.0
            .iter()
            .map(|p| match p {
                Piece::Plain(t) | Piece::Bold(t) => t.clone(),
                Piece::Time(t) => t.utc().format("%Y-%m-%d %H:%M UTC").to_string(),
                Piece::Link { label, .. } => label.clone(),
            })
            .collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

/// A labelled value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: Text,
}

/// Rows and columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Column heads with their alignment.
    pub columns: Vec<Column>,
    /// Cells, as many a row as there are columns.
    pub rows: Vec<Vec<Text>>,
    /// Rows left out, said below the table.
    pub more: usize,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its head.
    pub head: String,
    /// Numbers stand on the right.
    pub right: bool,
}

/// A list of ways to change an answer, of which one is shown as chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// What is chosen, such as `Period`.
    pub label: String,
    /// The ways; at most 25 are shown.
    pub choices: Vec<Choice>,
}

/// One way to change an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What stands in the list.
    pub label: String,
    /// Beneath what it stands, together with its neighbours of the same name. Either all choices of a list have one or
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The command whose answer takes the place of this one (at most 90 bytes).
    pub command: String,
    /// It is what is shown now.
    pub chosen: bool,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What stands on it.
    pub label: String,
    /// What it does.
    pub does: ActionKind,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Opens an address in the browser.
    Open {
        /// `http` or `https`.
        url: String,
    },
    /// Comes back to us as this command text, such as `/metrics frt by team` (at most 90 bytes).
    Command(String),
    /// The same, but the answer takes the place of the message, if only the person who presses sees it.
    Refine(String),
}

impl ActionKind {
    /// The command text that comes back, if any does.
    pub fn command(&self) -> Option<&str> {
        match self {
            Self::Command(text) | Self::Refine(text) => Some(text),
            Self::Open { .. } => None,
        }
    }
}

/// Somebody who is called by name. Names come from `bot.toml` alone, never from tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mention {
    /// A person.
    Person(Account),
    /// A role or user group.
    Group(Account),
    /// Who is `here`, or the whole `channel`.
    Everyone(String),
    /// A name that only people understand: shown, but nobody is notified.
    Name(String),
}

/// Somebody, as a platform knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The word before the colon: `slack`, `slack.acme`, `discord`.
    pub platform: String,
    /// The platform's id.
    pub id: String,
}

impl Mention {
    /// `@here`, `@channel`, `@everyone`; `slack:U123`, `slack.acme:U123` and `discord:99`, a person; `slack:S123` and
    /// `discord:&77`, a group; all else is a name.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Some(range @ ("here" | "channel" | "everyone")) = text.strip_prefix('@') {
            return Self::Everyone(range.to_owned());
        }
        let Some((platform, id)) = text.split_once(':') else { return Self::Name(text.to_owned()) };
        let account = |id: &str| Account { platform: platform.to_owned(), id: id.to_owned() };
        let is_slack = platform.parse::<Workspace>().is_ok();
        match id.strip_prefix('&') {
            Some(role) if platform == "discord" && is_number(role) => Self::Group(account(role)),
            None if platform == "discord" && is_number(id) => Self::Person(account(id)),
            None if is_slack && id.starts_with('S') => Self::Group(account(id)),
            None if is_slack && id.starts_with(['U', 'W']) => Self::Person(account(id)),
            _ => Self::Name(text.to_owned()),
        }
    }

    /// Whether it can be shown as what it is in channels of a platform: a name can be everywhere, somebody of another
    /// platform or workspace cannot.
    pub fn calls_on(&self, platform: &str) -> bool {
        match self {
            Self::Person(account) | Self::Group(account) => account.platform == platform,
            Self::Everyone(_) | Self::Name(_) => true,
        }
    }

    /// As people read it where it cannot be a mention.
    pub fn shown(&self) -> String {
        match self {
            Self::Person(Account { platform, id }) => format!("{platform}:{id}"),
            Self::Group(Account { platform, id }) if platform == "discord" => format!("{platform}:&{id}"),
            Self::Group(Account { platform, id }) => format!("{platform}:{id}"),
            Self::Everyone(range) => format!("@{range}"),
            Self::Name(name) => name.clone(),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(platform: &str, id: &str) -> Account {
        Account { platform: platform.to_owned(), id: id.to_owned() }
    }

    #[test]
    fn a_mention_is_a_person_a_group_everyone_or_a_name() {
        let table = [
            ("@here", Mention::Everyone("here".into())),
            ("slack:U123", Mention::Person(account("slack", "U123"))),
            ("slack:S123", Mention::Group(account("slack", "S123"))),
            ("slack.acme:W123", Mention::Person(account("slack.acme", "W123"))),
            ("slack.acme:S123", Mention::Group(account("slack.acme", "S123"))),
            ("slack.:U123", Mention::Name("slack.:U123".into())),
            ("slack:&77", Mention::Name("slack:&77".into())),
            ("discord:99", Mention::Person(account("discord", "99"))),
            ("discord:&77", Mention::Group(account("discord", "77"))),
            ("discord:x", Mention::Name("discord:x".into())),
            ("discord.acme:99", Mention::Name("discord.acme:99".into())),
            ("@oncall", Mention::Name("@oncall".into())),
        ];
        for (text, expected) in table {
            assert_eq!(Mention::parse(text), expected, "{text}");
            assert_eq!(Mention::parse(text).shown(), text);
        }
    }

    #[test]
    fn whoever_has_no_account_on_a_platform_is_named_there_and_not_called() {
        let texts = ["@here", "slack:U1", "slack.acme:U1", "slack.acme:S2", "discord:&77", "@oncall"];
        let message = Message { mentions: texts.map(Mention::parse).to_vec(), ..Message::default() };
        let called = |platform: &str| {
            let said = message.said_on(platform);
            assert_eq!(said.mentions.iter().map(Mention::shown).collect::<Vec<_>>(), texts, "all are shown");
            let is_called = |mention: &&Mention| !matches!(mention, Mention::Name(_));
            said.mentions.iter().filter(is_called).map(Mention::shown).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(called("slack"), "@here slack:U1");
        assert_eq!(called("slack.acme"), "@here slack.acme:U1 slack.acme:S2");
        assert_eq!(called("discord"), "@here discord:&77");
        assert_eq!(called("console"), "@here");
    }
}
