//! The environment: `DESKBELL_SECTION__KEY` overrides, and where `env:NAME` secrets are found.
//!
//! It is handed in as data, so that tests need not touch the process; only [`Environment::of_process`] reads the
//! real one. An entry of a `[[section]]` is addressed by its name: `DESKBELL_SLA__URGENT__FIRST_RESPONSE=15m`.

use std::collections::BTreeMap;

use super::document::{Entry, Node, Table, Value, parse_variable};
use super::fault::{Fault, Place};
use super::numbers;
use super::schema::{self, Keys, SECTIONS, Section};
use crate::domain::names::{MetricId, nearest};

/// What every variable of ours begins with.
const PREFIX: &str = "DESKBELL_";

/// The variables a configuration may draw on.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process; those that are not Unicode are left out.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }
}

/// Puts the overrides into the document, and says which variables name no key.
pub(super) fn apply(document: &mut Table, environment: &Environment) -> Vec<Fault> {
    let referenced: Vec<String> = document
        .entries
        .iter()
        .flat_map(|e| e.node.texts())
        .filter_map(|text| text.strip_prefix("env:").map(str::to_owned))
        .collect();
    let mut faults = Vec::new();
    for (name, text) in &environment.0 {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if referenced.contains(name) {
            continue;
        }
        let placed = match rest.split("__").collect::<Vec<_>>()[..] {
            [word] => single_underscore(name, word),
            [section, ref path @ ..] => override_key(document, name, section, path, text),
            [] => Ok(()),
        };
        faults.extend(placed.err());
    }
    faults
}

/// `DESKBELL_HTTP_LISTEN` would be ignored without a word; every other name may be somebody's secret.
fn single_underscore(name: &str, word: &str) -> Result<(), Fault> {
    let meant = SECTIONS.iter().filter(|s| !s.many).find_map(|section| {
        let key =
            key_names(section).into_iter().find(|key| format!("{}_{}", shout(section.name), shout(key)) == word)?;
        Some(format!("{PREFIX}{}__{}", shout(section.name), shout(key)))
    });
    match meant {
        Some(meant) => Err(fault(name, "is not read").hint(format!("write {meant}, with two underscores"))),
        None => Ok(()),
    }
}

fn override_key(document: &mut Table, name: &str, section: &str, path: &[&str], text: &str) -> Result<(), Fault> {
    let Some(section) = SECTIONS.iter().find(|s| shout(s.name) == section.to_uppercase()) else {
        let near = nearest(section, SECTIONS.iter().map(|s| s.name)).map(shout);
        let near = near.map(|s| format!("{PREFIX}{s}__{}", path.join("__")));
        return Err(unknown(name, near, "the word after DESKBELL_ is a section of bot.toml"));
    };
    let prefix = format!("{PREFIX}{}", shout(section.name));
    let table = section_table(document, section, name);
    let node = parse_variable(name, text);
    match (section.many, path) {
        (true, [entry, key]) => {
            let list = match table {
                Value::List(items) => items.as_mut_slice(),
                _ => &mut [],
            };
            let names: Vec<String> = list.iter().filter_map(entry_name).map(|n| shout(&n)).collect();
            let Some(index) = names.iter().position(|n| *n == entry.to_uppercase()) else {
                let near = nearest(entry, names.iter().map(String::as_str)).map(|n| format!("{prefix}__{n}__{key}"));
                let header = section.header();
                return Err(unknown(name, near, format!("no {header} of that name is in the file")));
            };
            let key = known_key(name, &format!("{prefix}__{entry}"), key, key_names(section))?;
            match &mut list[index].value {
                Value::Table(entry) => set(entry, key, node),
                _ => Ok(()),
            }
        }
        (true, _) => Err(unknown(name, None, format!("write {prefix}__NAME__KEY"))),
        (false, [key]) => {
            let key = known_key(name, &prefix, key, key_names(section))?;
            set_in(table, key, node)
        }
        (false, ["TEAM", team, metric]) if section.name == "targets" => {
            let metric = known_key(name, &format!("{prefix}__TEAM__{team}"), metric, key_names(section))?;
            override_team_target(table, team, metric, node)
        }
        (false, _) => Err(unknown(name, None, format!("write {prefix}__KEY"))),
    }
}

/// `DESKBELL_TARGETS__TEAM__BILLING__CSAT`: the team as the file spells it, else in lower case.
fn override_team_target(targets: &mut Value, team: &str, metric: &str, node: Node) -> Result<(), Fault> {
    let place = node.place.clone();
    let Value::Table(targets) = targets else { return Ok(()) };
    let teams = child(targets, "team", &place);
    let Value::Table(teams) = teams else { return Ok(()) };
    let spelled = teams.entries.iter().map(|e| e.key.clone()).find(|key| shout(key) == team.to_uppercase());
    set_in(child(teams, &spelled.unwrap_or_else(|| team.to_lowercase()), &place), metric, node)
}

/// The value of a section, made when the file has none.
fn section_table<'d>(document: &'d mut Table, section: &Section, variable: &str) -> &'d mut Value {
    let place = Place::Variable(variable.to_owned());
    if section.many && document.get(section.name).is_none() {
        let node = Node { place: place.clone(), value: Value::List(Vec::new()) };
        document.entries.push(Entry { key: section.name.to_owned(), place: place.clone(), node });
    }
    child(document, section.name, &place)
}

/// The value of a key, made an empty table when there is none.
fn child<'t>(table: &'t mut Table, key: &str, place: &Place) -> &'t mut Value {
    let index = table.entries.iter().position(|e| e.key == key).unwrap_or_else(|| {
        let empty = Value::Table(Table { place: place.clone(), entries: Vec::new() });
        let node = Node { place: place.clone(), value: empty };
        table.entries.push(Entry { key: key.to_owned(), place: place.clone(), node });
        table.entries.len() - 1
    });
    &mut table.entries[index].node.value
}

/// Replaces or adds; a section of the wrong shape is reported where it is read.
fn set_in(section: &mut Value, key: &str, node: Node) -> Result<(), Fault> {
    match section {
        Value::Table(table) => set(table, key, node),
        _ => Ok(()),
    }
}

fn set(table: &mut Table, key: &str, node: Node) -> Result<(), Fault> {
    table.entries.retain(|e| e.key != key);
    table.entries.push(Entry { key: key.to_owned(), place: node.place.clone(), node });
    Ok(())
}

fn entry_name(node: &Node) -> Option<String> {
    let tables = schema::tables(node);
    match tables.first()?.get("name")?.value {
        Value::Text(ref name) => Some(name.clone()),
        _ => None,
    }
}

/// The keys a variable may name in a section.
fn key_names(section: &Section) -> Vec<&'static str> {
    match (&section.keys, section.name) {
        (Keys::Listed(keys), _) => keys.iter().map(|k| k.name).collect(),
        (Keys::Free, "metrics") => numbers::switch_names().collect(),
        (Keys::Free, _) => MetricId::ALL.iter().map(|m| m.id()).collect(),
    }
}

fn known_key(variable: &str, prefix: &str, word: &str, keys: Vec<&'static str>) -> Result<&'static str, Fault> {
    let found = keys.iter().find(|k| shout(k) == word.to_uppercase());
    found.copied().ok_or_else(|| {
        let shouted: Vec<_> = keys.iter().map(|k| shout(k)).collect();
        let near = nearest(word, shouted.iter().map(String::as_str)).map(|k| format!("{prefix}__{k}"));
        unknown(variable, near, format!("keys here are {}", shouted.join(", ")))
    })
}

fn unknown(variable: &str, near: Option<String>, otherwise: impl Into<String>) -> Fault {
    fault(variable, "names no key of bot.toml").did_you_mean(near.as_deref(), otherwise)
}

fn fault(variable: &str, message: &str) -> Fault {
    Fault::new(&Place::Variable(variable.to_owned()), format!("this environment variable {message}"))
}

/// A name as it stands in a variable: upper case, all but letters and digits an underscore.
fn shout(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
