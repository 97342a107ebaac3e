//! What is said to a question: an answer, or why there is none and who can mend that.

use crate::chat::File;
use crate::domain::message::{Message, Tone};
use crate::grammar::GrammarError;
use crate::store::{AcceptError, StoreError};

/// What to say.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer, or what was wrong with the question.
    pub message: Message,
    /// For the whole channel to see.
    pub share: bool,
    /// Why the question is not answered, if it is not.
    pub failed: Option<Failure>,
    /// A file beside it.
    pub file: Option<File>,
}

/// Whose fault it is that a question is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The asker's, who can mend it.
    Question,
    /// Ours, or the store's.
    Desk,
}

impl Reply {
    /// An answer.
    pub(super) const fn new(message: Message, share: bool) -> Self {
        Self { message, share, failed: None, file: None }
    }

    /// For a question that a fault of ours kept from being answered; the log says more.
    pub fn apology() -> Self {
        let title = "This question hit a fault in Deskbell; its operator finds it in the log".to_owned();
        Self {
            message: Message { tone: Tone::Bad, title, ..Message::default() },
            share: false,
            failed: Some(Failure::Desk),
            file: None,
        }
    }
}

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not understood; where, and what might be meant.
    #[error("{error}\n{}", .error.pointer(.text))]
    Grammar {
        /// The command as parsed.
        text: String,
        /// What is wrong with it.
        #[source]
        error: GrammarError,
    },
    /// This person may not ask that here.
    #[error("{0}")]
    Access(&'static str),
    /// It is not a question about numbers.
    #[error("only /metrics has an answer as data")]
    NoData,
    /// Words that mean nothing where rows are asked for.
    #[error("rows are chosen by a period and filters alone; leave out {0}")]
    NotOfRows(&'static str),
    /// Nothing can be done about that ticket, or that digest.
    #[error("{0}")]
    NotDone(String),
    /// The store did not answer.
    #[error("the numbers cannot be read just now; try again in a moment")]
    Store(#[from] StoreError),
    /// The store did not take what somebody did.
    #[error("this cannot be noted just now; try again in a moment")]
    NotNoted(#[from] AcceptError),
}

impl Refusal {
    /// Whose fault it is.
    pub const fn failure(&self) -> Failure {
        match self {
            Self::Grammar { .. } | Self::Access(_) | Self::NoData | Self::NotOfRows(_) | Self::NotDone(_) => {
                Failure::Question
            }
            Self::Store(_) | Self::NotNoted(_) => Failure::Desk,
        }
    }

    /// The refusal as data: `{"error": {"message", "position", "length", "suggestions"}}`, the place 0-based in
    /// characters of the question, null where no place is wrong.
    pub fn data(&self) -> serde_json::Value {
        let error = match self {
            Self::Grammar { error, .. } => serde_json::json!({
                "message": error.message,
                "position": error.position,
                "length": error.length,
                "suggestions": error.suggestions,
            }),
            Self::Access(_)
            | Self::NoData
            | Self::NotOfRows(_)
            | Self::NotDone(_)
            | Self::Store(_)
            | Self::NotNoted(_) => serde_json::json!({
                "message": self.to_string(),
                "position": null,
                "length": null,
                "suggestions": [],
            }),
        };
        serde_json::json!({ "error": error })
    }
}
