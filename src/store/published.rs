//! What was published: the statements of digests and shared answers.

use std::collections::BTreeMap;

use super::engine::Tx;
use super::error::StoreError;
use super::{Store, Wake};
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
            .glance()
            .await?
            .look_up(
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
