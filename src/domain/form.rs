//! A dialog as every platform can show it: a command whose end is missing, and the blanks that are asked for.
//!
//! It holds nothing but the command it began with, so what is sent off means the same at any age of the dialog and
//! after a restart.

/// A dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The command that the blanks complete, such as `/sla snooze 4521 until` (at most 90 bytes, to fit everywhere).
    pub command: String,
    /// What is being done; platforms show 24 or 45 characters of it.
    pub title: String,
    /// What the button says that does it, at most 24 characters.
    pub submit: String,
    /// What is asked for, at most five.
    pub blanks: Vec<Blank>,
}

/// A line of text to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blank {
    /// How what is filled in comes back; unique in its form.
    pub name: String,
    /// What is asked for, at most 45 characters.
    pub label: String,
    /// How it is written, at most 100 characters.
    pub hint: String,
    /// What stands there from the start.
    pub value: Option<String>,
    /// It may be left empty.
    pub optional: bool,
}

/// What came of a form that was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The whole command.
    pub text: String,
    /// What is wrong with it; without any it can be answered.
    pub mistakes: Vec<Mistake>,
}

/// What is wrong with a blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The name of the blank.
    pub blank: String,
    /// What is wrong and how to mend it.
    pub message: String,
}
