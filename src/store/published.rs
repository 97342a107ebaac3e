//! What was published, and since when anything can be: the statements of digests and shared answers, and the
//! beginnings of what sources deliver.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use super::engine::Tx;
use super::error::StoreError;
use super::{Core, Store, Wake};
use crate::domain::statement::{Statement, Subject};
use crate::domain::timestamp::Timestamp;

impl Store {
    /// Keeps what is being published; of several statements about a subject the one as of the latest moment stands.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn publish(&self, statements: &[Statement]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        write(&mut tx, statements).await?;
        self.core.commit(tx, Wake::No).await
    }

    /// What was last published about subjects, as of before a moment; nothing about those never spoken of.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn published(&self, subjects: &[Subject], before: Timestamp) -> Result<Vec<Statement>, StoreError> {
        let known: BTreeMap<(&str, &str), &Subject> =
            subjects.iter().map(|s| ((s.question.as_str(), s.metric), s)).collect();
        let keys: Vec<_> = known.keys().map(|(question, metric)| [(*question).into(), (*metric).into()]).collect();
        let rows = self
            .read()
            .await?
            .many(
                "WITH wanted (question, metric) AS (VALUES",
                &keys,
                ") SELECT p.question, p.metric, p.value, p.as_of
                 FROM wanted w JOIN published p ON p.question = w.question AND p.metric = w.metric",
            )
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let (subject, as_of) = (known[&(row.get(0)?, row.get(1)?)].clone(), row.time(3)?);
            let value = row.get::<Option<&str>>(2)?.map(str::parse).transpose();
            let value = value.map_err(|e| StoreError::unreadable("published value", e))?;
            if as_of < before {
                found.push(Statement { subject, value, as_of });
            }
        }
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }

    /// When what events tell of happened first, by [topic](crate::domain::evidence::topics): what can be measured at
    /// all, and since when.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn beginnings(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let rows = self.read().await?.all("SELECT topic, since FROM beginnings", &[]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.time(1)?))).collect()
    }
}

/// Writes statements.
pub(super) async fn write(tx: &mut Tx, statements: &[Statement]) -> Result<(), StoreError> {
    let mut statements: Vec<&Statement> = statements.iter().collect();
    statements.sort_by(|a, b| (&a.subject, a.as_of).cmp(&(&b.subject, b.as_of)));
    // One statement cannot touch a row twice.
    statements.reverse();
    statements.dedup_by(|a, b| a.subject == b.subject);
    let rows: Vec<_> = statements
        .iter()
        .map(|s| {
            let value = s.value.map(|v| v.to_string());
            let value = value.map_or_else(|| None::<&str>.into(), Into::into);
            [s.subject.question.as_str().into(), s.subject.metric.into(), value, s.as_of.into()]
        })
        .collect();
    tx.many(
        "INSERT INTO published (question, metric, value, as_of) VALUES",
        &rows,
        "ON CONFLICT (question, metric) DO UPDATE SET value = excluded.value, as_of = excluded.as_of
         WHERE excluded.as_of >= published.as_of",
    )
    .await?;
    Ok(())
}

/// Beginnings that are earlier than those known, by topic.
#[derive(Debug, Default)]
pub(super) struct Beginnings(BTreeMap<String, Timestamp>);

impl Beginnings {
    /// Takes note of something that happened.
    pub(super) fn note(&mut self, topic: String, at: Timestamp) {
        let since = self.0.entry(topic).or_insert(at);
        *since = at.min(*since);
    }

    /// Leaves out what is known to be stored.
    pub(super) fn news(mut self, core: &Core) -> Self {
        let known = core.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.retain(|topic, since| known.get(topic).is_none_or(|known| *since < *known));
        self
    }

    pub(super) async fn write(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let rows: Vec<_> = self.0.iter().map(|(topic, since)| [topic.as_str().into(), (*since).into()]).collect();
        tx.many(
            "INSERT INTO beginnings (topic, since) VALUES",
            &rows,
            "ON CONFLICT (topic) DO UPDATE SET since = excluded.since WHERE excluded.since < beginnings.since",
        )
        .await?;
        Ok(())
    }

    /// Remembers that they are stored now.
    pub(super) fn know(self, core: &Core) {
        let mut known: std::sync::MutexGuard<'_, HashMap<_, _>> =
            core.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(self.0);
    }
}
