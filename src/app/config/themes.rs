//! `[themes]`: what the comments of customers may be about.

use regex::RegexBuilder;

use super::document::Node;
use super::fault::Fault;
use super::reader::Reader;
use super::values::{self, Read};
use crate::domain::definitions::Theme;

/// The themes in the order of the file.
pub(super) fn themes(reader: &mut Reader<'_>) -> Vec<Theme> {
    let Some(table) = reader.section("themes") else { return Vec::new() };
    let mut themes = Vec::new();
    for entry in &table.entries {
        let words = reader.list(table, &entry.key, word);
        if !words.is_empty() {
            themes.push(Theme { name: entry.key.clone(), words });
        }
    }
    themes
}

/// A word or a regular expression.
fn word(node: &Node) -> Read<String> {
    let word = values::text(node)?;
    // An expression that can be read alone can be one of several.
    match RegexBuilder::new(&word).size_limit(1 << 20).build() {
        Ok(_) => Ok(word),
        Err(_) => Err(Fault::new(&node.place, format!("{word:?} is neither a word nor a regular expression"))
            .hint(format!("write what is meant literally as {:?}", regex::escape(&word)))),
    }
}
