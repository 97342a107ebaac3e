//! What can go wrong with storage, and whether trying again helps.

use std::error::Error;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address in `[store] url` cannot be used.
    #[error("the store's address is no good: {0}")]
    Address(String),
    /// The tables could not be brought up to date.
    #[error("the store's tables could not be brought up to date")]
    Migration(#[source] Box<sqlx::migrate::MigrateError>),
    /// Not reachable, full, locked, closed: nothing was kept, and trying again may help.
    #[error("the store cannot be reached or is full")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What was asked contradicts a rule of the tables: nothing was kept, and trying again will not help.
    #[error("the store refused what it was given")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// A row that was written by another version or by hand.
    #[error("a stored {what} cannot be read")]
    Unreadable {
        /// What the row should have been.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(super) fn unreadable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreadable { what, source: source.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match e {
            E::Database(_) if !contradicts(&e) => Self::Unavailable(e.into()),
            E::Database(_) | E::Encode(_) | E::InvalidArgument(_) => Self::Refused(e.into()),
            E::ColumnDecode { .. } | E::ColumnIndexOutOfBounds { .. } | E::ColumnNotFound(_) | E::Decode(_) => {
                Self::unreadable("row", e)
            }
            _ => Self::Unavailable(e.into()),
        }
    }
}

/// Whether the engine objects to what was asked, not to doing it now.
///
/// PostgreSQL says so by class: 21, 22 and 23 are about the data, 42 about the statement, 54 about
/// its size. SQLite has primary codes:
/// 1 (error), 18 (too big), 19 (constraint), 20 (mismatch), 25 (range).
fn contradicts(e: &sqlx::Error) -> bool {
    let code = e.as_database_error().and_then(|d| d.code());
    match code.as_deref() {
        Some(state) if state.len() == 5 => ["21", "22", "23", "42", "54"].iter().any(|class| state.starts_with(class)),
        Some(code) => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 1 | 18 | 19 | 20 | 25)),
        None => false,
    }
}
