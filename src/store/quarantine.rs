//! Authentic deliveries that could not be understood: kept as they came, until somebody teaches us what they mean.

use super::engine::Row;
use super::error::StoreError;
use super::{Store, Wake};
use crate::domain::timestamp::Timestamp;

/// A delivery in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its number.
    pub id: i64,
    /// Name of the `[[source]]`.
    pub source: String,
    /// What sort of thing was not understood: operators are told once of each.
    pub kind: String,
    /// What was not understood about this one.
    pub reason: String,
    /// The headers that matter, as a JSON object.
    pub headers: String,
    /// The raw body.
    pub body: Vec<u8>,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Store {
    /// Keeps a delivery that was not understood; whether it is the first of its kind from this source.
    ///
    /// # Errors
    /// When storage fails; then it was not kept.
    pub async fn quarantine(
        &self,
        source: &str,
        kind: &str,
        reason: &str,
        headers: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        tx.run(
            "INSERT INTO quarantine (source, kind, reason, headers, body, received_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            &[source.into(), kind.into(), reason.into(), headers.into(), Some(body).into(), now.into()],
        )
        .await?;
        // A row of its own decides, so that of two copies of the bot only one sees a first.
        let first = tx
            .run(
                "INSERT INTO marks (name, value) VALUES ($1, '') ON CONFLICT (name) DO NOTHING",
                &[format!("quarantined:{source}:{kind}").into()],
            )
            .await?;
        self.core.commit(tx, Wake::No).await?;
        Ok(first > 0)
    }

    /// What is in quarantine, oldest first.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn quarantined(&self) -> Result<Vec<Quarantined>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all("SELECT id, source, kind, reason, headers, body, received_at FROM quarantine ORDER BY id", &[])
            .await?;
        let read = |row: &Row| {
            Ok(Quarantined {
                id: row.get(0)?,
                source: row.get(1)?,
                kind: row.get(2)?,
                reason: row.get(3)?,
                headers: row.get(4)?,
                body: row.get(5)?,
                received_at: row.time(6)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes a delivery out of quarantine, once it has been accepted after all.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn release_quarantined(&self, id: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run("DELETE FROM quarantine WHERE id = $1", &[id.into()]).await?;
        self.core.commit(tx, Wake::No).await
    }
}
