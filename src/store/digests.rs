//! Digests that people schedule from chat. Removed ones stay as rows, so that no number is given twice and it can be
//! told who did what.

use super::engine::Row;
use super::error::StoreError;
use super::{Store, Wake};
use crate::domain::timestamp::Timestamp;

/// A digest as somebody scheduled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRow {
    /// Its number, never given twice.
    pub id: i64,
    /// Its name, unique in its channel.
    pub name: String,
    /// Where it goes, as written in `bot.toml`.
    pub channel: String,
    /// When: a cron line.
    pub cron: String,
    /// The zone in which that is meant.
    pub timezone: String,
    /// Who scheduled it.
    pub added_by: String,
    /// When that was: from then on it is due.
    pub added_at: Timestamp,
}

impl Store {
    /// Schedules a digest; its `id` is not looked at. `false` if the channel has one of that name.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn add_digest(&self, digest: &DigestRow) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let added = tx
            .run(
                "INSERT INTO digests (name, channel, cron, timezone, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (channel, name) WHERE removed_at IS NULL DO NOTHING",
                &[
                    digest.name.as_str().into(),
                    digest.channel.as_str().into(),
                    digest.cron.as_str().into(),
                    digest.timezone.as_str().into(),
                    digest.added_by.as_str().into(),
                    digest.added_at.into(),
                ],
            )
            .await?;
        self.core.commit(tx, Wake::Up).await?;
        Ok(added > 0)
    }

    /// Ends a digest of a channel; `false` if there is none of that name.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn remove_digest(&self, channel: &str, name: &str, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let removed = tx
            .run(
                "UPDATE digests SET removed_at = $1, removed_by = $2
                 WHERE channel = $3 AND name = $4 AND removed_at IS NULL",
                &[now.into(), by.into(), channel.into(), name.into()],
            )
            .await?;
        self.core.commit(tx, Wake::Up).await?;
        Ok(removed > 0)
    }

    /// Every digest that somebody scheduled and nobody removed, in the order in which they were added.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn digests(&self) -> Result<Vec<DigestRow>, StoreError> {
        let rows = self
            .glance()
            .await?
            .all(
                "SELECT id, name, channel, cron, timezone, added_by, added_at FROM digests
                 WHERE removed_at IS NULL ORDER BY id",
                &[],
            )
            .await?;
        rows.iter().map(digest).collect()
    }
}

fn digest(row: &Row) -> Result<DigestRow, StoreError> {
    Ok(DigestRow {
        id: row.get(0)?,
        name: row.get(1)?,
        channel: row.get(2)?,
        cron: row.get(3)?,
        timezone: row.get(4)?,
        added_by: row.get(5)?,
        added_at: row.time(6)?,
    })
}
