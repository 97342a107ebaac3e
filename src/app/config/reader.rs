//! The walk over the values: asks a table for its keys, collects faults, and carries on.

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::document::{Node, Table, Value};
use super::environment::Environment;
use super::fault::Fault;
use super::values::{self, Read, Reference, expected};
use super::{Purpose, schema};
use crate::chat::Channel;
use crate::domain::message::Mention;
use crate::domain::names::nearest;
use crate::domain::workspace::Workspace;

/// What reading needs to know, and what it has found wrong so far.
#[derive(Debug)]
pub(super) struct Reader<'c> {
    document: &'c Table,
    environment: &'c Environment,
    purpose: Purpose,
    faults: Vec<Fault>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(document: &'c Table, environment: &'c Environment, purpose: Purpose) -> Self {
        Self { document, environment, purpose, faults: Vec::new() }
    }

    /// Everything found wrong.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Whether secrets are opened: the bot needs them, a look at the numbers does not.
    pub(super) fn opens_secrets(&self) -> bool {
        self.purpose == Purpose::Run
    }

    /// Whether alerts must be heard somewhere: not where it is only asked what would be.
    pub(super) fn must_be_heard(&self) -> bool {
        self.purpose != Purpose::Suppose
    }

    /// The one table of a section.
    pub(super) fn section(&self, name: &str) -> Option<&'c Table> {
        self.sections(name).into_iter().next()
    }

    /// The tables of a section, in the order of the file.
    pub(super) fn sections(&self, name: &str) -> Vec<&'c Table> {
        debug_assert!(schema::section(name).is_some(), "{name} is in the schema");
        self.document.get(name).map(schema::tables).unwrap_or_default()
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The value, or its fault noted.
    pub(super) fn keep<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|fault| self.fault(fault)).ok()
    }

    /// A key that may be absent.
    pub(super) fn optional<T>(&mut self, table: &Table, key: &str, read: impl FnOnce(&Node) -> Read<T>) -> Option<T> {
        let node = table.get(key)?;
        self.keep(read(node))
    }

    /// The same for what is read with the reader's knowledge: names, channels, secrets.
    pub(super) fn optional_with<T>(
        &mut self,
        table: &Table,
        key: &str,
        read: impl FnOnce(&Self, &Node) -> Read<T>,
    ) -> Option<T> {
        let read = read(self, table.get(key)?);
        self.keep(read)
    }

    /// A key that must be there.
    pub(super) fn required<T>(
        &mut self,
        table: &Table,
        key: &str,
        example: &str,
        read: impl FnOnce(&Node) -> Read<T>,
    ) -> Option<T> {
        self.needs(table, key, example);
        self.optional(table, key, read)
    }

    /// Notes when a key is not there.
    pub(super) fn needs(&mut self, table: &Table, key: &str, example: &str) {
        if table.get(key).is_none() {
            let missing = Fault::new(&table.place, format!("{key:?} is missing here"));
            self.fault(missing.hint(format!("add {key} = {example}")));
        }
    }

    /// A list, each item read; empty when absent.
    pub(super) fn list<T>(&mut self, table: &Table, key: &str, read: impl Fn(&Node) -> Read<T>) -> Vec<T> {
        self.list_with(table, key, |_, item| read(item))
    }

    /// The same for what is read with the reader's knowledge.
    pub(super) fn list_with<T>(&mut self, table: &Table, key: &str, read: impl Fn(&Self, &Node) -> Read<T>) -> Vec<T> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            let example = match &node.value {
                Value::Text(text) => format!("it in brackets: [{text:?}]"),
                _ => "it in brackets, such as [\"one\", \"two\"]".to_owned(),
            };
            self.fault(expected(node, "a list", &example));
            return Vec::new();
        };
        let read: Vec<_> = items.iter().map(|item| read(self, item)).collect();
        read.into_iter().filter_map(|item| self.keep(item)).collect()
    }

    /// The name of an entry, which no other entry of the section may have.
    pub(super) fn name(&mut self, section: &str, table: &Table, example: &str) -> Option<String> {
        let name = self.required(table, "name", example, values::text)?;
        let node = table.get("name")?;
        let first = self.sections(section).into_iter().filter_map(|t| t.get("name")).find(|n| match &n.value {
            Value::Text(other) => *other == name,
            _ => false,
        })?;
        if first.place != node.place {
            let twice = Fault::new(&node.place, format!("a second [[{section}]] is named {name:?}"));
            self.fault(twice.hint(format!("the first is at {}; names must differ", first.place)));
        }
        Some(name)
    }

    /// The names a section defines, also of entries with other faults, so that one fault does not cause more.
    pub(super) fn names(&self, section: &str) -> BTreeSet<&'c str> {
        let named = self.sections(section).into_iter().filter_map(|table| table.get("name"));
        named
            .filter_map(|node| match &node.value {
                Value::Text(name) => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }

    /// A name that a section must define.
    pub(super) fn defined(&self, node: &Node, section: &str) -> Read<String> {
        let name = values::text(node)?;
        let names = self.names(section);
        if names.contains(name.as_str()) {
            return Ok(name);
        }
        let near = nearest(&name, names.iter().copied());
        Err(Fault::new(&node.place, format!("no [[{section}]] is named {name:?}"))
            .did_you_mean(near, format!("define it: [[{section}]] with name = {name:?}")))
    }

    /// A channel on a platform that is switched on.
    pub(super) fn channel(&self, node: &Node) -> Read<Channel> {
        let channel = values::channel(node)?;
        if !self.must_be_heard() {
            return Ok(channel);
        }
        let off = match &channel {
            Channel::Slack(workspace, _) => {
                let table = self.workspace(node, workspace)?;
                is_off(table).then(|| format!("set mode = \"socket\" or \"http\" in {}", workspace.section()))
            }
            Channel::Discord(_) => {
                is_off(self.section("discord")).then(|| "set mode = \"gateway\" or \"http\" in [discord]".to_owned())
            }
            Channel::Console => self.console_is_off().then(|| "set enabled = true in [console]".to_owned()),
        };
        match off {
            Some(mend) => {
                Err(Fault::new(&node.place, format!("{:?} is on a platform that is off", channel.to_string()))
                    .hint(mend))
            }
            None => Ok(channel),
        }
    }

    /// An account in chat; in a workspace that the file names.
    pub(super) fn account(&self, node: &Node) -> Read<String> {
        let (account, workspace) = values::account(node)?;
        if let Some(workspace) = workspace {
            self.workspace(node, &workspace)?;
        }
        Ok(account)
    }

    /// Whom a step calls; whoever is in a workspace, in one that the file names.
    pub(super) fn mention(&self, node: &Node) -> Read<String> {
        let written = values::text(node)?;
        if let Mention::Person(account) | Mention::Group(account) = Mention::parse(&written)
            && let Ok(workspace) = account.platform.parse()
        {
            self.workspace(node, &workspace)?;
        }
        Ok(written)
    }

    /// The section of a workspace, which must be there if it has a name.
    fn workspace(&self, node: &Node, workspace: &Workspace) -> Read<Option<&'c Table>> {
        let Some(name) = workspace.name() else { return Ok(self.section("slack")) };
        let is_it = |table: &&Table| table.get("name").is_some_and(|n| matches!(&n.value, Value::Text(t) if t == name));
        if let Some(table) = self.sections("workspace").into_iter().find(is_it) {
            return Ok(Some(table));
        }
        let near = nearest(name, self.names("workspace").into_iter()).map(|near| format!("slack.{near}"));
        let unknown = Fault::new(&node.place, format!("no [[workspace]] is named {name:?}"));
        Err(unknown.did_you_mean(near.as_deref(), format!("define it: [[workspace]] with name = {name:?}")))
    }

    /// Whether this terminal is no platform.
    pub(super) fn console_is_off(&self) -> bool {
        match self.section("console").and_then(|table| table.get("enabled")) {
            Some(enabled) => matches!(enabled.value, Value::Flag(false)),
            None => true,
        }
    }

    /// A secret; closed (empty) when the reading is only to look.
    pub(super) fn secret(&self, node: &Node) -> Read<SecretString> {
        match (self.opens_secrets(), values::reference(node)?) {
            (false, Reference::Variable(_) | Reference::File(_)) => Ok(SecretString::default()),
            _ => self.open(node),
        }
    }

    /// What a reference stands for, whatever the reading is for.
    pub(super) fn open(&self, node: &Node) -> Read<SecretString> {
        let fault = |message: String| Fault::new(&node.place, message);
        let value = match values::reference(node)? {
            Reference::Variable(name) => self.environment.get(name).map(str::to_owned).ok_or_else(|| {
                fault(format!("the environment variable {name} is not set"))
                    .hint(format!("set {name} before the start, or write \"file:PATH\""))
            })?,
            Reference::File(path) => {
                let content = std::fs::read_to_string(path).map_err(|error| {
                    fault(format!("the secret's file {path:?} cannot be read: {error}"))
                        .hint("a relative path starts at the working directory")
                })?;
                content.trim_end_matches(['\r', '\n']).to_owned()
            }
            Reference::Itself(value) => value.to_owned(),
        };
        if value.is_empty() { Err(fault("this secret is empty".to_owned())) } else { Ok(value.into()) }
    }
}

/// Whether a platform with that section, if any, is switched off.
fn is_off(section: Option<&Table>) -> bool {
    match section.and_then(|table| table.get("mode")) {
        Some(mode) => matches!(&mode.value, Value::Text(word) if word == "off"),
        None => true,
    }
}
