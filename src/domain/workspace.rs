//! Slack workspaces: several may be connected, and each is a platform of its own.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A Slack workspace, by the word before the colon of its channels and people: `slack` is that of `[slack]`,
/// `slack.acme` the `[[workspace]]` named `acme`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Workspace(Arc<str>);

/// The word of the workspace without a name.
const FIRST: &str = "slack";

impl Default for Workspace {
    /// That of `[slack]`.
    fn default() -> Self {
        Self(FIRST.into())
    }
}

impl Workspace {
    /// The `[[workspace]]` of that name; `None` if it cannot be one.
    pub fn named(name: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (!name.is_empty() && name.chars().all(fits)).then(|| Self(format!("{FIRST}.{name}").into()))
    }

    /// Its name; `None` for that of `[slack]`.
    pub fn name(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, name)| name)
    }

    /// The word before the colon.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its section of `bot.toml`: `[slack]`, `[[workspace]] acme`.
    pub fn section(&self) -> String {
        self.name().map_or_else(|| format!("[{FIRST}]"), |name| format!("[[workspace]] {name}"))
    }

    /// Below which path Slack calls us for it: `/slack`, `/slack/acme`.
    pub fn path(&self) -> String {
        self.name().map_or_else(|| format!("/{FIRST}"), |name| format!("/{FIRST}/{name}"))
    }
}

impl FromStr for Workspace {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word.split_once('.') {
            None if word == FIRST => Ok(Self::default()),
            Some((FIRST, name)) => Self::named(name).ok_or(()),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_read_as_it_is_written() {
        let table = [
            ("slack", Some((None, "[slack]", "/slack"))),
            ("slack.acme", Some((Some("acme"), "[[workspace]] acme", "/slack/acme"))),
            ("slack.acme-2", Some((Some("acme-2"), "[[workspace]] acme-2", "/slack/acme-2"))),
            ("slack.", None),
            ("slack.Acme", None),
            ("slack.a.b", None),
            ("slack.a/b", None),
            ("slacks", None),
            ("discord", None),
            ("", None),
        ];
        for (word, expected) in table {
            let read = word.parse::<Workspace>().ok();
            let shown = read.as_ref().map(|w| (w.name(), w.section(), w.path()));
            let expected = expected.map(|(name, section, path)| (name, section.to_owned(), path.to_owned()));
            assert_eq!(shown, expected, "{word}");
            assert!(read.is_none_or(|read| read.to_string() == word));
        }
    }
}
