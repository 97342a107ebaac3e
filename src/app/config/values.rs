//! What single values must look like: durations, sizes, zones, channels, addresses, dates.
//!
//! Each reader takes a node and answers with the value or the fault at the node's place.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;
use reqwest::Url;

use super::document::{Node, Value};
use super::fault::{Fault, Place};
use crate::chat::Channel;
use crate::domain::duration::parse_duration;
use crate::domain::names::nearest;
use crate::domain::workspace::Workspace;

/// A value or what is wrong with it.
pub(super) type Read<T> = Result<T, Fault>;

/// Says what was expected instead of the type found.
pub(super) fn expected(node: &Node, what: &str, example: &str) -> Fault {
    Fault::new(&node.place, format!("{what} is expected, not {}", node.kind())).hint(format!("write {example}"))
}

fn wrong(node: &Node, message: String, hint: impl Into<String>) -> Fault {
    Fault::new(&node.place, message).hint(hint)
}

/// Text that says something.
pub(super) fn text(node: &Node) -> Read<String> {
    match &node.value {
        Value::Text(text) if text.trim().is_empty() => Err(Fault::new(&node.place, "text is expected, this is empty")),
        Value::Text(text) => Ok(text.clone()),
        _ => Err(expected(node, "text", "it in quotes, such as \"billing\"")),
    }
}

/// An id as a source or a platform gives it: text, or a number meant as text.
pub(super) fn id(node: &Node) -> Read<String> {
    match &node.value {
        Value::Integer(n) => Ok(n.to_string()),
        _ => text(node),
    }
}

/// A Discord id.
pub(super) fn snowflake(node: &Node) -> Read<u64> {
    let id = id(node)?;
    id.parse().map_err(|_| wrong(node, format!("{id:?} is not a Discord id"), "it is a number of 17 to 20 digits"))
}

/// true or false.
pub(super) fn flag(node: &Node) -> Read<bool> {
    match &node.value {
        Value::Flag(flag) => Ok(*flag),
        _ => Err(expected(node, "true or false", "true or false without quotes")),
    }
}

/// A whole number in a range.
pub(super) fn count(node: &Node, range: RangeInclusive<i64>) -> Read<i64> {
    match &node.value {
        Value::Integer(n) if range.contains(n) => Ok(*n),
        Value::Integer(n) => {
            Err(wrong(node, format!("{n} is out of range"), format!("write {} to {}", range.start(), range.end())))
        }
        _ => Err(expected(node, "a whole number", "it without quotes, such as 10")),
    }
}

/// A duration longer than nothing, in milliseconds.
pub(super) fn duration(node: &Node) -> Read<i64> {
    let Value::Text(text) = &node.value else {
        return Err(expected(node, "a duration", "it in quotes, such as \"90s\", \"15m\", \"1h30m\" or \"2d\""));
    };
    match parse_duration(text) {
        Ok(0) => Err(wrong(node, format!("{text:?} is no time at all"), "write a duration longer than zero")),
        Ok(ms) => Ok(ms),
        Err(error) => Err(Fault::said(&node.place, error)),
    }
}

/// A duration of whole seconds, as the clocks of promises count.
pub(super) fn seconds(node: &Node) -> Read<i64> {
    match duration(node)? {
        ms if ms % 1000 == 0 => Ok(ms / 1000),
        _ => Err(wrong(node, "a duration of whole seconds is expected".to_owned(), "leave out the milliseconds")),
    }
}

/// A number of bytes.
pub(super) fn size(node: &Node) -> Read<usize> {
    const UNITS: [(&str, usize); 6] =
        [("B", 1), ("kB", 1000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let Value::Text(text) = &node.value else {
        return Err(expected(node, "a size", "it in quotes, such as \"1MiB\" or \"512KiB\""));
    };
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim())).map(|(_, factor)| *factor);
    let bytes = number.parse::<usize>().ok().zip(factor).and_then(|(n, factor)| n.checked_mul(factor));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| wrong(node, format!("{text:?} is not a size"), "write something like \"1MiB\" or \"512KiB\""))
}

/// An IANA time zone.
pub(super) fn zone(node: &Node) -> Read<Tz> {
    let name = text(node)?;
    name.parse().map_err(|_| {
        let near = nearest(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        Fault::new(&node.place, format!("unknown time zone {name:?}"))
            .did_you_mean(near, "write an IANA name, such as \"Europe/Berlin\" or \"UTC\"")
    })
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(node: &Node, words: &[(&str, T)]) -> Read<T> {
    let names = || words.iter().map(|(name, _)| *name);
    let Value::Text(text) = &node.value else {
        return Err(expected(node, "a word", &format!("one of {}", quoted(names()))));
    };
    words.iter().find(|(name, _)| name == text).map(|(_, value)| *value).ok_or_else(|| {
        let otherwise = format!("write one of {}", quoted(names()));
        Fault::new(&node.place, format!("{text:?} is not known here")).did_you_mean(nearest(text, names()), otherwise)
    })
}

/// A list of words for a hint: `"a", "b"`.
pub(super) fn quoted<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", ")
}

/// A place messages go to; whether its platform is switched on is the reader's question.
pub(super) fn channel(node: &Node) -> Read<Channel> {
    let written = text(node)?;
    let channel: Channel = written.parse().map_err(|error| Fault::said(&node.place, error))?;
    let Channel::Slack(workspace, name) = &channel else { return Ok(channel) };
    let is_id = name.starts_with(['C', 'G', 'D']) && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_name = name.strip_prefix('#').is_some_and(|n| !n.is_empty() && !n.contains(|c: char| c.is_whitespace()));
    match (is_id, is_name) {
        (false, false) if !name.contains(char::is_whitespace) => {
            let meant = format!("did you mean \"{workspace}:#{}\"?", name.trim_start_matches('#').to_lowercase());
            Err(wrong(node, format!("{written:?} is neither a channel's #name nor its id"), meant))
        }
        (false, false) => {
            Err(wrong(node, format!("{written:?} is not a channel"), "a channel's name has no spaces: slack:#name"))
        }
        _ => Ok(channel),
    }
}

/// An account of a person, or another subject, on a platform: `slack:U123`, `slack.acme:U123`, `discord:99`; with its
/// workspace, which is the reader's question.
pub(super) fn account(node: &Node) -> Read<(String, Option<Workspace>)> {
    let written = text(node)?;
    let (platform, id) = written.split_once(':').unwrap_or_default();
    match platform.parse::<Workspace>() {
        Ok(workspace) if !id.is_empty() => Ok((written, Some(workspace))),
        _ if platform == "discord" && id.parse::<u64>().is_ok() => Ok((written, None)),
        _ if written == "console" => Ok((written, None)),
        _ => Err(wrong(
            node,
            format!("{written:?} is no account in chat"),
            "write slack:<id> or discord:<id>, such as \"slack:U123\" or \"discord:99\"",
        )),
    }
}

/// An account of an agent at a source: `zendesk:7`.
pub(super) fn source_account(node: &Node) -> Read<String> {
    let written = text(node)?;
    match written.split_once(':') {
        Some((source, id)) if !source.is_empty() && !id.is_empty() => Ok(written),
        _ => Err(wrong(
            node,
            format!("{written:?} is not an account at a source"),
            "write the source's name and its id for them, such as \"helpdesk:7\"",
        )),
    }
}

/// Where to listen.
pub(super) fn listen(node: &Node) -> Read<SocketAddr> {
    let written = text(node)?;
    let with_ip = written.replace("localhost:", "127.0.0.1:");
    with_ip.parse().map_err(|_| {
        wrong(node, format!("{written:?} is not an address to listen on"), "write IP:PORT, such as \"127.0.0.1:8080\"")
    })
}

/// A web address, without a slash at its end.
pub(super) fn url(node: &Node) -> Read<Url> {
    let written = text(node)?;
    let parsed = Url::parse(&written).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    parsed.ok_or_else(|| {
        wrong(node, format!("{written:?} is not a web address"), "write it whole, such as \"https://bell.example.com\"")
    })
}

/// The base of a platform's API: its own host, or this machine for tests.
///
/// Tokens are sent there, so a slip of the pen must not send them to somebody else.
pub(super) fn api_base(node: &Node, official: &str) -> Read<String> {
    let url = url(node)?;
    let official_host = official.trim_start_matches("https://").split('/').next();
    let is_official = url.scheme() == "https" && url.host_str() == official_host && url.port().is_none();
    if is_official || is_loopback(&url) {
        return Ok(url.as_str().trim_end_matches('/').to_owned());
    }
    let hint =
        format!("leave it out for {official:?}, or write an address of this machine, such as a local test server");
    Err(wrong(node, "tokens are sent to the official host or to this machine only".to_owned(), hint))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A day: `"2026-12-25"`, or TOML's own date.
pub(super) fn date(node: &Node) -> Read<NaiveDate> {
    let (Value::Text(written) | Value::Date(written)) = &node.value else {
        return Err(expected(node, "a date", "it as \"2026-12-25\""));
    };
    parse_date(written).ok_or_else(|| wrong(node, format!("{written:?} is not a date"), "write it as \"2026-12-25\""))
}

/// A day as it must be written.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    // chrono accepts `2026-1-5`; calendars compare dates as text elsewhere, so the form is kept strict.
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|d| d.to_string() == text)
}

/// Minutes since midnight of an interval `"09:00-12:30"`; `24:00` may end it.
pub(super) fn interval(node: &Node) -> Read<(u16, u16)> {
    let written = text(node)?;
    let malformed = || wrong(node, format!("{written:?} is not an interval"), "write it as \"09:00-17:30\"");
    let (from, to) = written.split_once('-').ok_or_else(malformed)?;
    let from = minutes(from.trim()).ok_or_else(malformed)?;
    let to = minutes(to.trim()).ok_or_else(malformed)?;
    Ok((from, to))
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':').filter(|(h, m)| (1..=2).contains(&h.len()) && m.len() == 2)?;
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit()).then(|| t.parse::<u16>().ok()).flatten();
    let total = digits(hour)? * 60 + digits(minute)?;
    (digits(minute)? < 60 && total <= 24 * 60).then_some(total)
}

/// How a secret is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reference<'n> {
    /// `env:NAME`.
    Variable(&'n str),
    /// `file:PATH`.
    File(&'n str),
    /// The value, which may stand in the environment only.
    Itself(&'n str),
}

/// A secret as it is written, before it is opened.
pub(super) fn reference(node: &Node) -> Read<Reference<'_>> {
    let Value::Text(text) = &node.value else {
        return Err(expected(node, "a secret", "\"env:NAME\" or \"file:PATH\""));
    };
    match (text.split_once(':'), &node.place) {
        (Some(("env", name)), _) if !name.is_empty() => Ok(Reference::Variable(name)),
        (Some(("file", path)), _) if !path.is_empty() => Ok(Reference::File(path)),
        (_, Place::Variable(_)) => Ok(Reference::Itself(text)),
        (_, Place::File { .. } | Place::WholeFile(_)) => {
            Err(Fault::new(&node.place, "a secret may not stand in the file")
                .hint("put it in the environment and write \"env:NAME\", or in a file and write \"file:PATH\""))
        }
    }
}
