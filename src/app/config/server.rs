//! `[bot]`, `[store]`, `[http]`, `[[source]]`, `[access]` and `[privacy]`.

use std::net::{Ipv4Addr, SocketAddr};

use chrono::Weekday;
use chrono_tz::Tz;
use secrecy::SecretString;

use super::document::{Node, Table, Value};
use super::fault::{Fault, Place};
use super::reader::Reader;
use super::schema;
use super::values::{self, Read};
use crate::domain::money::Currency;
use crate::domain::names::nearest;
use crate::integrations::Vendor;

/// `[bot]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// The workspace's zone: periods, digests and calendars without one of their own.
    pub timezone: Tz,
    /// The day a week begins with.
    pub week_start: Weekday,
    /// ISO 4217.
    pub currency: Currency,
}

/// `[store]`.
#[derive(Clone, Debug)]
pub struct Store {
    /// `sqlite://…` or `postgres://…`; may hold a password.
    pub url: SecretString,
    /// How long raw deliveries are kept.
    pub raw_retention_ms: i64,
}

/// `[http]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where the listener binds.
    pub listen: SocketAddr,
    /// How the world reaches it, without a slash at its end.
    pub public_url: Option<String>,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
}

/// A `[[source]]`.
#[derive(Clone, Debug)]
pub struct Source {
    /// The last part of its hook's path.
    pub name: String,
    /// Who sends (`kind`).
    pub vendor: Vendor,
    /// What signatures are checked with; the newest first, all are accepted. Empty only when secrets stay closed.
    pub secrets: Vec<SecretString>,
    /// After how long without a word the feed is suspected to be dead.
    pub silent_after_ms: Option<i64>,
}

/// `[access]`: accounts, channels and roles as they are written, `slack:U1`, `slack:#support`, `discord:99`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Who may ask for numbers.
    pub viewers: Vec<String>,
    /// Who may also see single agents.
    pub leads: Vec<String>,
    /// Who is told when something is wrong with the bot.
    pub operators: Vec<String>,
}

/// How customers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Customers {
    /// Under a keyed hash.
    #[default]
    Hashed,
    /// As they come.
    Clear,
}

const DEFAULT_DATABASE: &str = "sqlite://deskbell.db";
const DEFAULT_RAW_RETENTION_MS: i64 = 30 * 86_400_000;
const DEFAULT_PORT: u16 = 8080;
const DEFAULT_BODY_LIMIT: usize = 1 << 20;

pub(super) fn bot(reader: &mut Reader<'_>) -> Bot {
    let mut bot = Bot { timezone: Tz::UTC, week_start: Weekday::Mon, currency: Currency::default() };
    let Some(table) = reader.section("bot") else { return bot };
    bot.timezone = reader.optional(table, "timezone", values::zone).unwrap_or(bot.timezone);
    let weekday = |node: &Node| values::one_of(node, &schema::DAYS);
    bot.week_start = reader.optional(table, "week_start", weekday).unwrap_or(bot.week_start);
    bot.currency = reader.optional(table, "currency", currency).unwrap_or(bot.currency);
    bot
}

fn currency(node: &Node) -> Read<Currency> {
    let code = values::text(node)?;
    Currency::parse(&code).filter(|currency| currency.code() == code).ok_or_else(|| {
        let fault = Fault::new(&node.place, format!("{code:?} is not a currency"));
        fault.hint("write its code of three capital letters, such as \"EUR\"")
    })
}

pub(super) fn store(reader: &mut Reader<'_>) -> Store {
    let mut store = Store { url: DEFAULT_DATABASE.into(), raw_retention_ms: DEFAULT_RAW_RETENTION_MS };
    let Some(table) = reader.section("store") else { return store };
    store.url = reader.optional_with(table, "url", database_url).unwrap_or(store.url);
    store.raw_retention_ms = reader.optional(table, "raw", values::duration).unwrap_or(store.raw_retention_ms);
    store
}

/// A database is no secret unless a password is part of its address; then the whole address must be one.
fn database_url(reader: &Reader<'_>, node: &Node) -> Read<SecretString> {
    use secrecy::ExposeSecret;
    let text = values::text(node)?;
    let referenced = text.starts_with("env:") || text.starts_with("file:");
    let url = if referenced { reader.open(node)? } else { text.as_str().into() };
    let (scheme, rest) = url.expose_secret().split_once(':').unwrap_or_default();
    if !matches!(scheme, "sqlite" | "postgres" | "postgresql") || rest.is_empty() {
        return Err(Fault::new(&node.place, "this is not the address of a database")
            .hint(format!("write {DEFAULT_DATABASE:?}, or \"postgres://host/database\"")));
    }
    let authority = rest.trim_start_matches("//").split(['/', '?']).next().unwrap_or_default();
    let has_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    if has_password && !referenced && matches!(node.place, Place::File { .. }) {
        return Err(Fault::new(&node.place, "a password may not stand in the file")
            .hint("put the whole address in the environment and write \"env:DATABASE_URL\""));
    }
    Ok(url)
}

pub(super) fn http(reader: &mut Reader<'_>) -> Http {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
    let mut http = Http { listen, public_url: None, body_limit: DEFAULT_BODY_LIMIT };
    let Some(table) = reader.section("http") else { return http };
    http.listen = reader.optional(table, "listen", values::listen).unwrap_or(http.listen);
    http.public_url =
        reader.optional(table, "public_url", values::url).map(|u| u.as_str().trim_end_matches('/').to_owned());
    http.body_limit = reader.optional(table, "body_limit", values::size).unwrap_or(http.body_limit);
    http
}

pub(super) fn sources(reader: &mut Reader<'_>) -> Vec<Source> {
    reader.sections("source").into_iter().filter_map(|table| source(reader, table)).collect()
}

fn source(reader: &mut Reader<'_>, table: &Table) -> Option<Source> {
    let name = reader.name("source", table, "\"helpdesk\", the last part of its hook's path");
    if let (Some(name), Some(node)) = (&name, table.get("name"))
        && !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    {
        let fault = Fault::new(&node.place, format!("{name:?} cannot be part of a path"));
        reader.fault(fault.hint("use letters, digits, - and _ only: it is the end of /hooks/NAME"));
    }
    let vendor = reader.required(table, "kind", "\"generic\"", vendor);
    let secrets = secrets(reader, table, vendor);
    let silent_after_ms = reader.optional(table, "silent_after", values::duration);
    Some(Source { name: name?, vendor: vendor?, secrets, silent_after_ms })
}

fn vendor(node: &Node) -> Read<Vendor> {
    let kind = values::text(node)?;
    Vendor::from_kind(&kind).ok_or_else(|| {
        let kinds = || Vendor::KINDS.into_iter();
        let known =
            format!("known are {}; what has no kind of its own comes in as \"generic\"", values::quoted(kinds()));
        Fault::new(&node.place, format!("unknown kind of source {kind:?}")).did_you_mean(nearest(&kind, kinds()), known)
    })
}

/// `secret` for one, `secrets` for a new and an old one while they are being changed.
fn secrets(reader: &mut Reader<'_>, table: &Table, vendor: Option<Vendor>) -> Vec<SecretString> {
    if let (Some(_), Some(list)) = (table.get("secret"), table.get("secrets")) {
        let both = Fault::new(&list.place, "\"secret\" and \"secrets\" are both given");
        reader.fault(both.hint("keep one of them"));
    }
    if let Some(Node { place, value: Value::List(items) }) = table.get("secrets")
        && items.is_empty()
    {
        reader.fault(Fault::new(place, "this list has no secret").hint("write [\"env:NEW\", \"env:OLD\"]"));
    }
    if table.get("secrets").is_none() {
        reader.needs(table, "secret", "\"env:NAME\"; what arrives without a signature is refused");
    }
    let acceptable = |r: &Reader<'_>, node: &Node| {
        let secret = r.secret(node)?;
        match vendor.filter(|_| r.opens_secrets()).and_then(|vendor| vendor.secret_fault(&secret)) {
            Some(why) => Err(Fault::said(&node.place, why)),
            None => Ok(secret),
        }
    };
    let mut secrets = reader.list_with(table, "secrets", acceptable);
    secrets.extend(reader.optional_with(table, "secret", acceptable));
    if reader.opens_secrets() { secrets } else { Vec::new() }
}

pub(super) fn access(reader: &mut Reader<'_>) -> Option<Access> {
    let table = reader.section("access")?;
    Some(Access {
        viewers: reader.list_with(table, "viewers", Reader::account),
        leads: reader.list_with(table, "leads", Reader::account),
        operators: reader.list_with(table, "operators", Reader::account),
    })
}

pub(super) fn customers(reader: &mut Reader<'_>) -> Customers {
    let words = [("hashed", Customers::Hashed), ("clear", Customers::Clear)];
    let Some(table) = reader.section("privacy") else { return Customers::default() };
    reader.optional(table, "customers", |node| values::one_of(node, &words)).unwrap_or_default()
}
