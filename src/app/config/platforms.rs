//! `[slack]`, `[discord]`, `[console]` and `[chat]`, which holds for all of them.

use secrecy::{ExposeSecret, SecretString};

use super::document::{Node, Table};
use super::fault::Fault;
use super::reader::Reader;
use super::values::{self, Read};
use crate::chat::{DiscordMode, DiscordSettings, SlackMode, SlackSettings};

const SLACK_API: &str = "https://slack.com/api";
const DISCORD_API: &str = "https://discord.com";

const SLACK_MODES: [(&str, Option<SlackMode>); 3] =
    [("off", None), ("socket", Some(SlackMode::Socket)), ("http", Some(SlackMode::Http))];

const DISCORD_MODES: [(&str, Option<DiscordMode>); 3] =
    [("off", None), ("gateway", Some(DiscordMode::Gateway)), ("http", Some(DiscordMode::Http))];

pub(super) fn slack(reader: &mut Reader<'_>) -> Option<SlackSettings> {
    let table = reader.section("slack")?;
    let api_base = reader.optional(table, "api_base", |node| values::api_base(node, SLACK_API));
    mode_is_chosen(reader, table, "\"socket\"");
    no_secret_in_file(reader, table, &["bot_token", "app_token", "signing_secret"]);
    let mode = reader.optional(table, "mode", |node| values::one_of(node, &SLACK_MODES)).flatten()?;
    if mode == SlackMode::Socket {
        reader.needs(table, "app_token", "\"env:SLACK_APP_TOKEN\", which mode = \"socket\" needs");
    }
    if mode == SlackMode::Http {
        reader.needs(table, "signing_secret", "\"env:SLACK_SIGNING_SECRET\", which mode = \"http\" needs");
    }
    reader.needs(table, "bot_token", "\"env:SLACK_BOT_TOKEN\"");
    let bot_token = reader.optional_with(table, "bot_token", |r, node| {
        not_beginning(node, r.secret(node)?, "xapp-", "this is an app-level token; a bot's begins with xoxb-")
    });
    let app_token = reader.optional_with(table, "app_token", |r, node| {
        not_beginning(node, r.secret(node)?, "xoxb-", "this is a bot's token; an app-level one begins with xapp-")
    });
    let signing_secret = reader.optional_with(table, "signing_secret", Reader::secret);
    let settings = SlackSettings {
        mode,
        bot_token: bot_token?,
        app_token,
        signing_secret,
        api_base: api_base.unwrap_or_else(|| SLACK_API.to_owned()),
    };
    reader.opens_secrets().then_some(settings)
}

pub(super) fn discord(reader: &mut Reader<'_>) -> Option<DiscordSettings> {
    let table = reader.section("discord")?;
    let api_base = reader.optional(table, "api_base", |node| values::api_base(node, DISCORD_API));
    let public_key = reader.optional(table, "public_key", public_key);
    let guild = reader.optional(table, "guild", values::snowflake);
    let application = reader.optional(table, "application_id", values::snowflake);
    mode_is_chosen(reader, table, "\"gateway\"");
    no_secret_in_file(reader, table, &["token"]);
    let mode = reader.optional(table, "mode", |node| values::one_of(node, &DISCORD_MODES)).flatten()?;
    reader.needs(table, "token", "\"env:DISCORD_TOKEN\"");
    let token = reader.optional_with(table, "token", Reader::secret);
    reader.needs(table, "application_id", "the Application ID of the developer portal's first page");
    if mode == DiscordMode::Http {
        reader.needs(table, "public_key", "the Public Key of the developer portal's first page");
    }
    let settings = DiscordSettings {
        mode,
        token: token?,
        application_id: application?,
        public_key,
        guild,
        api_base: api_base.unwrap_or_else(|| DISCORD_API.to_owned()),
    };
    reader.opens_secrets().then_some(settings)
}

pub(super) fn console(reader: &mut Reader<'_>) -> bool {
    let table = reader.section("console");
    table.and_then(|table| reader.optional(table, "enabled", values::flag)).unwrap_or(false)
}

pub(super) fn charts(reader: &mut Reader<'_>) -> bool {
    let table = reader.section("chat");
    table.and_then(|table| reader.optional(table, "charts", values::flag)).unwrap_or(true)
}

/// Settings without a mode would leave the platform off without a word.
fn mode_is_chosen(reader: &mut Reader<'_>, table: &Table, example: &str) {
    if !table.entries.is_empty() {
        reader.needs(table, "mode", example);
    }
}

/// Also while the platform is off, when its secrets are not opened.
fn no_secret_in_file(reader: &mut Reader<'_>, table: &Table, keys: &[&str]) {
    for key in keys {
        reader.optional(table, key, |node| values::reference(node).map(drop));
    }
}

/// Slack's two tokens are easily taken for one another; the fault names neither.
fn not_beginning(node: &Node, token: SecretString, begin: &str, why: &str) -> Read<SecretString> {
    if token.expose_secret().starts_with(begin) { Err(Fault::said(&node.place, why)) } else { Ok(token) }
}

fn public_key(node: &Node) -> Read<String> {
    let key = values::text(node)?;
    if key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(key);
    }
    Err(Fault::new(&node.place, "this is not a public key").hint("it is 64 characters of 0 to 9 and a to f"))
}
