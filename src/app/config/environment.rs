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

    /// Whether any key is set here.
    pub fn has_overrides(&self) -> bool {
        self.0.keys().any(|name| name.starts_with(PREFIX) && name.contains("__"))
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
    let node = parse_variable(name, text);
    match (section.many, path) {
        (true, [entry, key]) => {
            let mut entries = entries(document, section.name);
            let names: Vec<String> =
                entries.iter().map(|table| entry_name(table).as_deref().map(shout).unwrap_or_default()).collect();
            let Some(index) = names.iter().position(|n| *n == entry.to_uppercase()) else {
                let near = nearest(entry, names.iter().map(String::as_str)).map(|n| format!("{prefix}__{n}__{key}"));
                let header = section.header();
                return Err(unknown(name, near, format!("no {header} of that name is in the file")));
            };
            let key = known_key(name, &format!("{prefix}__{entry}"), key, key_names(section))?;
            set(entries[index], key, node);
        }
        (true, _) => return Err(unknown(name, None, format!("write {prefix}__NAME__KEY"))),
        (false, [key]) => {
            let key = known_key(name, &prefix, key, key_names(section))?;
            if let Some(table) = child(document, section.name, &node.place.clone()) {
                set(table, key, node);
            }
        }
        (false, ["TEAM", team, metric]) if section.name == "targets" => {
            let metric = known_key(name, &format!("{prefix}__TEAM__{team}"), metric, key_names(section))?;
            override_team_target(document, team, metric, node);
        }
        (false, _) => return Err(unknown(name, None, format!("write {prefix}__KEY"))),
    }
    Ok(())
}

/// `DESKBELL_TARGETS__TEAM__BILLING__CSAT`: the team as `[[team]]` spells it; else in lower case, to be refused later.
fn override_team_target(document: &mut Table, team: &str, metric: &str, node: Node) {
    let place = node.place.clone();
    let teams = document.get("team").map(schema::tables).unwrap_or_default();
    let spelled = teams.into_iter().filter_map(entry_name).find(|name| shout(name) == team.to_uppercase());
    let spelled = spelled.unwrap_or_else(|| team.to_lowercase());
    if let Some(targets) = child(document, "targets", &place)
        && let Some(teams) = child(targets, "team", &place)
        && let Some(team) = child(teams, &spelled, &place)
    {
        set(team, metric, node);
    }
}

/// The table of a key, made when there is none; `None` when something else stands there, which is a fault elsewhere.
fn child<'t>(table: &'t mut Table, key: &str, place: &Place) -> Option<&'t mut Table> {
    let index = table.entries.iter().position(|e| e.key == key).unwrap_or_else(|| {
        let value = Value::Table(Table { place: place.clone(), entries: Vec::new() });
        table.entries.push(Entry {
            key: key.to_owned(),
            place: place.clone(),
            node: Node { place: place.clone(), value },
        });
        table.entries.len() - 1
    });
    match &mut table.entries[index].node.value {
        Value::Table(inner) => Some(inner),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::Date(_) | Value::List(_) => None,
    }
}

/// The entries of a `[[section]]`.
fn entries<'d>(document: &'d mut Table, section: &str) -> Vec<&'d mut Table> {
    let values = document.entries.iter_mut().filter(|e| e.key == section).map(|e| &mut e.node.value);
    let items = values.filter_map(|value| if let Value::List(items) = value { Some(items) } else { None }).flatten();
    items.filter_map(|item| if let Value::Table(table) = &mut item.value { Some(table) } else { None }).collect()
}

fn set(table: &mut Table, key: &str, node: Node) {
    table.entries.retain(|e| e.key != key);
    table.entries.push(Entry { key: key.to_owned(), place: node.place.clone(), node });
}

fn entry_name(table: &Table) -> Option<String> {
    match &table.get("name")?.value {
        Value::Text(name) => Some(name.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => {
            None
        }
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
