//! Values on their way into statements, and rows on their way out: alike for both engines.

use std::borrow::Cow;

use sqlx::postgres::PgRow;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{Database, Decode, Encode, Postgres, Row as _, SqlSafeStr, Sqlite, Type};

use super::super::error::StoreError;
use crate::domain::timestamp::Timestamp;

/// A value on its way into a statement.
#[derive(Clone, Debug)]
pub(in crate::store) enum Value<'a> {
    /// A whole number, an instant, or a flag (0 or 1).
    Int(Option<i64>),
    /// Text; free of NUL, which PostgreSQL cannot hold.
    Text(Option<Cow<'a, str>>),
    /// Bytes as they came.
    Bytes(Option<&'a [u8]>),
}

impl Value<'_> {
    /// Nothing of the same type.
    pub(super) const fn nothing(&self) -> Self {
        match self {
            Self::Int(_) => Self::Int(None),
            Self::Text(_) => Self::Text(None),
            Self::Bytes(_) => Self::Bytes(None),
        }
    }
}

/// Text as both engines can hold it.
pub(in crate::store) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

impl From<i64> for Value<'_> {
    fn from(v: i64) -> Self {
        Self::Int(Some(v))
    }
}

impl From<u32> for Value<'_> {
    fn from(v: u32) -> Self {
        Self::Int(Some(v.into()))
    }
}

impl From<usize> for Value<'_> {
    fn from(v: usize) -> Self {
        Self::Int(Some(i64::try_from(v).unwrap_or(i64::MAX)))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(v: Option<i64>) -> Self {
        Self::Int(v)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(v: Timestamp) -> Self {
        Self::Int(Some(v.millis()))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(v: Option<Timestamp>) -> Self {
        Self::Int(v.map(Timestamp::millis))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Self::Text(Some(storable(v)))
    }
}

impl From<String> for Value<'_> {
    fn from(v: String) -> Self {
        Self::Text(Some(Cow::Owned(storable(&v).into_owned())))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(v: Option<&'a str>) -> Self {
        Self::Text(v.map(storable))
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(v: Option<&'a [u8]>) -> Self {
        Self::Bytes(v)
    }
}

/// A statement with its values bound.
pub(super) fn bound<'q, DB: Database>(sql: impl SqlSafeStr, values: &[Value<'_>]) -> Query<'q, DB, DB::Arguments>
where
    Option<i64>: for<'t> Encode<'t, DB> + Type<DB>,
    for<'t> Option<&'t str>: Encode<'t, DB> + Type<DB>,
    for<'t> Option<&'t [u8]>: Encode<'t, DB> + Type<DB>,
{
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(v) => query.bind(*v),
        Value::Text(v) => query.bind(v.as_deref()),
        Value::Bytes(v) => query.bind(*v),
    })
}

/// A row on its way out.
pub(in crate::store) enum Row {
    /// From the file.
    Sqlite(SqliteRow),
    /// From the server.
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    /// The column at a position.
    pub(in crate::store) fn get<'r, T>(&'r self, column: usize) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The instant at a position.
    pub(in crate::store) fn time(&self, column: usize) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp)
    }

    /// The instant at a position, if any.
    pub(in crate::store) fn optional_time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp))
    }
}
