//! What stands in one column of one row, and how it is written.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::domain::sample::Elapsed;
use crate::domain::timestamp::Timestamp;

/// What stands between the values of a list where there is room for one text only.
const SEPARATOR: &str = "|";

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None, or not known.
    Empty,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// Seconds, an answer to a survey.
    Number(f64),
    /// An instant.
    Time(Timestamp),
    /// A word or what somebody wrote.
    Text(String),
    /// Several words.
    List(Vec<String>),
    /// Data with a shape of its own.
    Data(serde_json::Value),
}

impl Cell {
    /// As text. What people wrote could be taken for a formula by a spreadsheet and gets an apostrophe before it,
    /// which is what spreadsheets themselves write before a text that looks like one.
    pub(super) fn spreadsheet(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Number(n) => n.to_string(),
            Self::Time(at) => at.to_string(),
            Self::Text(text) => harmless(text.clone()),
            Self::List(words) => harmless(words.join(SEPARATOR)),
            Self::Data(data) => data.to_string(),
        }
    }
}

/// A text that no spreadsheet executes.
fn harmless(text: String) -> String {
    // A tab, a line break or a blank before the sign hides it from people, not from every program.
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text }
}

/// Columns and cells as a JSON object, in their order.
pub(super) fn object(columns: &[&str], cells: &[Cell]) -> String {
    struct Object<'a>(&'a [&'a str], &'a [Cell]);
    impl Serialize for Object<'_> {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(Some(self.1.len()))?;
            for (column, cell) in self.0.iter().zip(self.1) {
                map.serialize_entry(column, cell)?;
            }
            map.end()
        }
    }
    serde_json::to_string(&Object(columns, cells)).expect("cells are plain data")
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => s.serialize_none(),
            Self::Flag(flag) => s.serialize_bool(*flag),
            Self::Int(n) => s.serialize_i64(*n),
            Self::Number(n) => s.serialize_f64(*n),
            Self::Time(at) => at.serialize(s),
            Self::Text(text) => s.serialize_str(text),
            Self::List(words) => words.serialize(s),
            Self::Data(data) => data.serialize(s),
        }
    }
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285,000 years")]
pub(super) fn seconds(ms: Option<i64>) -> Cell {
    ms.map_or(Cell::Empty, |ms| Cell::Number(ms as f64 / 1000.0))
}

/// A duration on the calendar clock.
pub(super) fn calendar(elapsed: Option<Elapsed>) -> Cell {
    seconds(elapsed.map(|e| e.calendar_ms))
}

/// A duration on the business clock, where there is one.
pub(super) fn business(elapsed: Option<Elapsed>) -> Cell {
    seconds(elapsed.and_then(|e| e.business_ms))
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<u32> for Cell {
    fn from(n: u32) -> Self {
        Self::Int(n.into())
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

impl From<&[String]> for Cell {
    fn from(words: &[String]) -> Self {
        Self::List(words.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
