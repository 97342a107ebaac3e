//! What is wrong with a configuration: each fault with its place, what was found, and how to mend it.
//!
//! A fault never carries the value of a secret; whoever makes one about a secret names the key only.

use std::fmt;
use std::sync::Arc;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    WholeFile(Arc<str>),
    /// In the file; line and column count from 1, the column in characters.
    File {
        /// The line.
        line: usize,
        /// The column in that line.
        column: usize,
        /// The file's name as it was given.
        file: Arc<str>,
    },
    /// In an environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeFile(file) => f.write_str(file),
            Self::File { line, column, file } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One fault. Faults sort by place: the file from top to bottom, then the environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault without a hint.
    pub(super) fn new(place: &Place, message: impl Into<String>) -> Self {
        Self { place: place.clone(), message: message.into(), hint: None }
    }

    /// A fault from an error sentence of a lower room, where a semicolon parts what is wrong from how to mend it.
    pub(super) fn said(place: &Place, error: impl fmt::Display) -> Self {
        let text = error.to_string();
        match text.split_once("; ") {
            Some((message, hint)) => Self::new(place, message).hint(hint),
            None => Self::new(place, text),
        }
    }

    /// Adds how to mend it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds "did you mean" when something known is near, else what `otherwise` says.
    pub(super) fn did_you_mean(self, near: Option<&str>, otherwise: impl Into<String>) -> Self {
        match near {
            Some(near) => self.hint(format!("did you mean {near:?}?")),
            None => self.hint(otherwise),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration, in order of place; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts them; `None` when nothing is wrong.
    pub(super) fn found(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort();
        faults.dedup();
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// The faults, in order of place.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
