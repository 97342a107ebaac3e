//! Every section and key of `bot.toml`, as one table.
//!
//! The table decides what is unknown (and what was probably meant), and which environment variables exist. What a value
//! must look like is decided where it is read.

use chrono::Weekday;

use super::document::{Entry, Node, Table, Value};
use super::fault::Fault;
use crate::domain::names::nearest;

/// A section of the file.
#[derive(Debug)]
pub(super) struct Section {
    /// The word in brackets.
    pub(super) name: &'static str,
    /// Whether it is written `[[name]]`, once for each thing.
    pub(super) many: bool,
    /// Its keys.
    pub(super) keys: Keys,
}

/// Which keys a table may have.
#[derive(Debug)]
pub(super) enum Keys {
    /// These.
    Listed(&'static [Key]),
    /// Any; the reader of the section judges them (names of metrics, dates, priorities).
    Free,
}

/// A key of a section.
#[derive(Debug)]
pub(super) struct Key {
    /// The word before the `=`.
    pub(super) name: &'static str,
    /// The keys of the table, or of the tables in the list, that may stand after it.
    pub(super) inner: Keys,
}

const fn key(name: &'static str) -> Key {
    Key { name, inner: Keys::Free }
}

const fn one(name: &'static str, keys: &'static [Key]) -> Section {
    Section { name, many: false, keys: Keys::Listed(keys) }
}

const fn many(name: &'static str, keys: &'static [Key]) -> Section {
    Section { name, many: true, keys: Keys::Listed(keys) }
}

const fn free(name: &'static str) -> Section {
    Section { name, many: false, keys: Keys::Free }
}

/// The days of the week as they are written.
pub(super) const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

const WEEK: &[Key] = &[key("mon"), key("tue"), key("wed"), key("thu"), key("fri"), key("sat"), key("sun")];

const WHEN: &[Key] = &[key("priority"), key("team"), key("channel"), key("tier"), key("tag"), key("source")];

const ESCALATION: &[Key] = &[key("after"), key("to"), key("mention"), key("always")];

const WORKSPACE: &[Key] =
    &[key("name"), key("mode"), key("bot_token"), key("app_token"), key("signing_secret"), key("api_base")];

/// The first workspace has no name.
const SLACK: &[Key] = WORKSPACE.split_at(1).1;

/// The whole file.
pub(super) const SECTIONS: &[Section] = &[
    one("bot", &[key("timezone"), key("week_start"), key("currency"), key("calendar")]),
    one("store", &[key("url"), key("raw")]),
    one("http", &[key("listen"), key("public_url"), key("body_limit")]),
    one("slack", SLACK),
    many("workspace", WORKSPACE),
    one(
        "discord",
        &[key("mode"), key("token"), key("application_id"), key("public_key"), key("guild"), key("api_base")],
    ),
    one("console", &[key("enabled")]),
    one("chat", &[key("charts")]),
    many("source", &[key("name"), key("kind"), key("secret"), key("secrets"), key("silent_after")]),
    many(
        "calendar",
        &[
            key("name"),
            key("timezone"),
            Key { name: "hours", inner: Keys::Listed(WEEK) },
            key("holidays"),
            key("special"),
        ],
    ),
    many("team", &[key("name"), key("ids"), key("calendar"), key("channel"), key("leads")]),
    many("agent", &[key("name"), key("ids"), key("team"), key("chat")]),
    many(
        "sla",
        &[
            key("name"),
            Key { name: "when", inner: Keys::Listed(WHEN) },
            key("first_response"),
            key("next_response"),
            key("update"),
            key("resolution"),
            key("calendar"),
            key("pause"),
            key("warn"),
            key("to"),
            Key { name: "escalate", inner: Keys::Listed(ESCALATION) },
            key("claim"),
            key("storm_over"),
        ],
    ),
    many("digest", &[key("name"), key("cron"), key("timezone"), key("to"), key("catch_up")]),
    free("metrics"),
    free("themes"),
    free("targets"),
    one("access", &[key("viewers"), key("leads"), key("operators")]),
    one("privacy", &[key("customers")]),
    one("quiet", &[key("hours"), key("timezone"), key("priorities"), key("channels")]),
];

/// The section of that name.
pub(super) fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|s| s.name == name)
}

impl Section {
    /// As it is written in the file.
    pub(super) fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

/// The unknown sections and keys, and the sections of the wrong shape.
pub(super) fn faults(document: &Table) -> Vec<Fault> {
    let mut faults = Vec::new();
    for entry in &document.entries {
        match section(&entry.key) {
            Some(section) => in_section(section, entry, &mut faults),
            None => {
                let near = nearest(&entry.key, SECTIONS.iter().map(|s| s.name));
                let unknown = Fault::new(&entry.place, format!("unknown section {:?}", entry.key));
                let names: Vec<_> = SECTIONS.iter().map(|s| s.name).collect();
                faults.push(unknown.did_you_mean(near, format!("sections are {}", names.join(", "))));
            }
        }
    }
    faults
}

fn in_section(section: &Section, entry: &Entry, faults: &mut Vec<Fault>) {
    for table in tables(&entry.node) {
        in_table(&section.header(), &section.keys, table, faults);
    }
    let shaped = match &entry.node.value {
        Value::Table(_) => !section.many,
        Value::List(items) => section.many && items.iter().all(|i| matches!(i.value, Value::Table(_))),
        _ => false,
    };
    if !shaped {
        let wrong = format!("{:?} is not a section of this shape", entry.key);
        let brackets = if section.many { "one for each" } else { "once" };
        let hint = format!("write {}, {brackets}, with its keys below it", section.header());
        faults.push(Fault::new(&entry.place, wrong).hint(hint));
    }
}

fn in_table(header: &str, keys: &Keys, table: &Table, faults: &mut Vec<Fault>) {
    let Keys::Listed(keys) = keys else { return };
    for entry in &table.entries {
        let Some(key) = keys.iter().find(|k| k.name == entry.key) else {
            let near = nearest(&entry.key, keys.iter().map(|k| k.name));
            let names: Vec<_> = keys.iter().map(|k| k.name).collect();
            let unknown = Fault::new(&entry.place, format!("unknown key {:?} in {header}", entry.key));
            faults.push(unknown.did_you_mean(near, format!("its keys are {}", names.join(", "))));
            continue;
        };
        for table in tables(&entry.node) {
            in_table(&format!("{header} {}", key.name), &key.inner, table, faults);
        }
    }
}

/// The table that a value is, or the tables in the list that it is.
pub(super) fn tables(node: &Node) -> Vec<&Table> {
    match &node.value {
        Value::Table(table) => vec![table],
        Value::List(items) => items.iter().flat_map(tables).collect(),
        _ => Vec::new(),
    }
}
