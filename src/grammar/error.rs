//! What is wrong with a command, where, and what could stand there instead.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A command that cannot be understood. Trying again will not help; typing one of the suggestions will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarError {
    /// 0-based place of the first wrong character.
    pub position: usize,
    /// How many characters are wrong; 0 = something is missing there.
    pub length: usize,
    /// What is wrong, for people.
    pub message: String,
    /// What could stand in place of the wrong characters, likeliest first.
    pub suggestions: Vec<String>,
}

impl GrammarError {
    pub(super) fn new((position, length): (usize, usize), message: impl Into<String>) -> Self {
        Self { position, length, message: message.into(), suggestions: Vec::new() }
    }

    pub(super) fn suggesting(mut self, suggestions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }

    /// The command with a suggestion in place of the wrong characters.
    pub fn corrected(&self, text: &str, suggestion: &str) -> String {
        let before: String = text.chars().take(self.position).collect();
        let after: String = text.chars().skip(self.position + self.length).collect();
        format!("{before}{suggestion}{after}")
    }

    /// Two lines for a fixed-width face: the command, and carets under what is wrong.
    ///
    /// ```text
    /// /metrics frtt last week
    ///          ^^^^
    /// ```
    pub fn pointer(&self, text: &str) -> String {
        let shown: String = text.chars().map(|c| if c.width().is_some() { c } else { ' ' }).collect();
        let width = |chars: &mut dyn Iterator<Item = char>| chars.collect::<String>().width();
        let before = width(&mut shown.chars().take(self.position));
        let wrong = width(&mut shown.chars().skip(self.position).take(self.length));
        format!("{shown}\n{}{}", " ".repeat(before), "^".repeat(wrong.max(1)))
    }
}

impl fmt::Display for GrammarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)?;
        if !self.suggestions.is_empty() {
            write!(f, "; did you mean {}?", any_of(&self.suggestions))?;
        }
        Ok(())
    }
}

impl std::error::Error for GrammarError {}

/// `a, b or c`
pub(super) fn any_of<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}
