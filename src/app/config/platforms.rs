//! `[slack]`, `[[workspace]]`, `[discord]`, `[console]` and `[chat]`, which holds for all of them.

use secrecy::{ExposeSecret, SecretString};

use super::document::{Node, Table};
use super::fault::{Fault, Place};
use super::reader::Reader;
use super::values::{self, Read};
use crate::chat::{DiscordMode, DiscordSettings, SlackMode, SlackSettings};
use crate::domain::workspace::Workspace;

const SLACK_API: &str = "https://slack.com/api";
const DISCORD_API: &str = "https://discord.com";

const SLACK_MODES: [(&str, Option<SlackMode>); 3] =
    [("off", None), ("socket", Some(SlackMode::Socket)), ("http", Some(SlackMode::Http))];

const DISCORD_MODES: [(&str, Option<DiscordMode>); 3] =
    [("off", None), ("gateway", Some(DiscordMode::Gateway)), ("http", Some(DiscordMode::Http))];

/// The workspace of `[slack]` and those of `[[workspace]]`, which are read alike.
pub(super) fn slack(reader: &mut Reader<'_>) -> Vec<SlackSettings> {
    let first = reader.section("slack").map(|table| (Some(Workspace::default()), table));
    let named = reader.sections("workspace").into_iter().map(|table| (workspace(reader, table), table));
    let sections: Vec<_> = first.into_iter().chain(named).collect();
    let mut known = Vec::new();
    sections.into_iter().filter_map(|(workspace, table)| slack_at(reader, table, workspace, &mut known)).collect()
}

fn workspace(reader: &mut Reader<'_>, table: &Table) -> Option<Workspace> {
    let name = reader.name("workspace", table, "\"acme\", as in \"slack.acme:#support\"")?;
    let workspace = Workspace::named(&name);
    if let (None, Some(node)) = (&workspace, table.get("name")) {
        let fault = Fault::new(&node.place, format!("{name:?} cannot be the name of a workspace"));
        reader.fault(fault.hint("use lower-case letters, digits and - only: its channels are slack.NAME:#channel"));
    }
    workspace
}

/// A secret that was read, and where: each workspace has an app of its own.
type Known = (SecretString, Place);

fn slack_at(
    reader: &mut Reader<'_>,
    table: &Table,
    workspace: Option<Workspace>,
    known: &mut Vec<Known>,
) -> Option<SlackSettings> {
    let api_base = reader.optional(table, "api_base", |node| values::api_base(node, SLACK_API));
    mode_is_chosen(reader, table, "\"socket\"");
    no_secret_in_file(reader, table, &["bot_token", "app_token", "signing_secret"]);
    let mode = reader.optional(table, "mode", |node| values::one_of(node, &SLACK_MODES)).flatten()?;
    let named = workspace.as_ref().and_then(Workspace::name).unwrap_or("slack");
    let variable = |key: &str| format!("\"env:{}_{key}\"", named.to_uppercase().replace('-', "_"));
    if mode == SlackMode::Socket {
        reader.needs(table, "app_token", &format!("{}, which mode = \"socket\" needs", variable("APP_TOKEN")));
    }
    if mode == SlackMode::Http {
        reader.needs(table, "signing_secret", &format!("{}, which mode = \"http\" needs", variable("SIGNING_SECRET")));
    }
    reader.needs(table, "bot_token", &variable("BOT_TOKEN"));
    let bot_token = reader.optional_with(table, "bot_token", |r, node| {
        not_beginning(node, r.secret(node)?, "xapp-", "this is an app-level token; a bot's begins with xoxb-")
    });
    let app_token = reader.optional_with(table, "app_token", |r, node| {
        not_beginning(node, r.secret(node)?, "xoxb-", "this is a bot's token; an app-level one begins with xapp-")
    });
    let signing_secret = reader.optional_with(table, "signing_secret", Reader::secret);
    if reader.opens_secrets() {
        let secrets = [("bot_token", &bot_token), ("app_token", &app_token), ("signing_secret", &signing_secret)];
        for (key, secret) in secrets {
            if let (Some(secret), Some(node)) = (secret, table.get(key)) {
                is_its_own(reader, node, secret, known);
            }
        }
    }
    let settings = SlackSettings {
        workspace: workspace?,
        mode,
        bot_token: bot_token?,
        app_token,
        signing_secret,
        api_base: api_base.unwrap_or_else(|| SLACK_API.to_owned()),
    };
    reader.opens_secrets().then_some(settings)
}

/// With the secret of another workspace, what comes from one would be taken to come from the other.
fn is_its_own(reader: &mut Reader<'_>, node: &Node, secret: &SecretString, known: &mut Vec<Known>) {
    match known.iter().find(|(other, _)| other.expose_secret() == secret.expose_secret()) {
        Some((_, first)) => {
            let shared = Fault::new(&node.place, format!("this is the same secret as at {first}"));
            reader.fault(shared.hint("each workspace has an app of its own: `deskbell manifest slack`"));
        }
        None => known.push((secret.clone(), node.place.clone())),
    }
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
