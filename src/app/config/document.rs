//! The file as a tree in which every key and value knows its place.
//!
//! serde would stop at the first fault; this tree is walked to the end, so all are found at once. The TOML parser
//! recovers from syntax errors too: what it could read is still checked.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Place};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// Any of TOML's dates and times, as written.
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// A table in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) place: Place,
    pub(super) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Table {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|e| e.key == key).map(|e| &e.node)
    }
}

impl Node {
    /// What it is, for "… is expected, not …".
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// Adds the tables of another list whose names no table of this one has.
    pub(super) fn add_named(&mut self, other: &Self) {
        let (Value::List(own), Value::List(others)) = (&mut self.value, &other.value) else { return };
        let name = |node: &Self| match &node.value {
            Value::Table(table) => table.get("name").and_then(|name| name.texts().first().map(|n| (*n).to_owned())),
            _ => None,
        };
        let known: Vec<Option<String>> = own.iter().map(name).collect();
        own.extend(others.iter().filter(|node| !known.contains(&name(node))).cloned());
    }

    /// The texts inside, however deep.
    pub(super) fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::Text(text) => vec![text],
            Value::List(items) => items.iter().flat_map(Self::texts).collect(),
            Value::Table(table) => table.entries.iter().flat_map(|e| e.node.texts()).collect(),
            Value::Integer(_) | Value::Float(_) | Value::Flag(_) | Value::Date(_) => Vec::new(),
        }
    }
}

/// Reads a whole file: what could be read, and the syntax errors.
pub(super) fn parse(file: &Arc<str>, text: &str) -> (Table, Vec<Fault>) {
    // Editors on Windows like to write one.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::of(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let syntax: Vec<Fault> = errors
        .iter()
        .map(|e| Fault::new(&lines.place(e.span().map_or(0, |s| s.start)), format!("not valid TOML: {}", e.message())))
        .collect();
    (table(document.get_ref(), lines.place(0), &|offset| lines.place(offset)), syntax)
}

/// Reads one value from an environment variable: TOML where it is TOML, else the text as it stands.
pub(super) fn parse_variable(name: &str, text: &str) -> Node {
    let place = Place::Variable(name.to_owned());
    match DeValue::parse(text) {
        Ok(parsed) => value(parsed.get_ref(), place.clone(), &|_| place.clone()),
        Err(_) => Node { value: Value::Text(text.to_owned()), place },
    }
}

fn table(source: &DeTable<'_>, at: Place, place: &impl Fn(usize) -> Place) -> Table {
    let mut entries: Vec<(usize, Entry)> = source
        .iter()
        .map(|(key, v)| {
            let start = key.span().start;
            let node = value(v.get_ref(), place(v.span().start), place);
            (start, Entry { key: key.get_ref().to_string(), place: place(start), node })
        })
        .collect();
    entries.sort_by_key(|(start, _)| *start);
    Table { place: at, entries: entries.into_iter().map(|(_, entry)| entry).collect() }
}

fn value(source: &DeValue<'_>, at: Place, place: &impl Fn(usize) -> Place) -> Node {
    let value = match source {
        DeValue::String(text) => Value::Text(text.to_string()),
        // A number beyond 64 bits stays text: no key wants one, so its type is refused where it is read.
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or_else(|_| Value::Text(n.to_string()), Value::Integer)
        }
        DeValue::Float(x) => x.as_str().parse().map_or_else(|_| Value::Text(x.to_string()), Value::Float),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|i| self::value(i.get_ref(), place(i.span().start), place)).collect())
        }
        DeValue::Table(inner) => Value::Table(table(inner, at.clone(), place)),
    };
    Node { place: at, value }
}

/// Where each line of a text begins, to turn offsets into places.
struct Lines<'t> {
    file: &'t Arc<str>,
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(file: &'t Arc<str>, text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { file, text, starts }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = self.text.get(self.starts[line - 1]..offset).unwrap_or_default();
        Place::File { line, column: before.chars().count() + 1, file: self.file.clone() }
    }
}
