//! How many events each source sends when, and which sources were said to be silent.

use std::collections::BTreeMap;

use super::engine::Tx;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::{Store, Wake};
use crate::domain::rhythm::{SLOT_MS, Slots};
use crate::domain::timestamp::Timestamp;

/// The slot of an instant.
pub(super) const fn slot(at: Timestamp) -> i64 {
    at.millis().div_euclid(SLOT_MS)
}

/// Adds the events of one transaction, by source and slot.
pub(super) async fn write(tx: &mut Tx, heard: &BTreeMap<(&str, i64), usize>) -> Result<(), StoreError> {
    let rows: Vec<_> =
        heard.iter().map(|((source, slot), n)| [(*source).into(), (*slot).into(), (*n).into()]).collect();
    tx.many(
        "INSERT INTO rhythm (source, slot, events) VALUES",
        &rows,
        "ON CONFLICT (source, slot) DO UPDATE SET events = rhythm.events + excluded.events",
    )
    .await?;
    Ok(())
}

impl Store {
    /// How many events of a source happened in each stretch.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn heard(&self, source: &str, stretches: &[Slots]) -> Result<Vec<u64>, StoreError> {
        let mut tx = self.read().await?;
        let mut counts = Vec::with_capacity(stretches.len());
        for (from, to) in stretches {
            let row = tx
                .first(
                    "SELECT CAST(coalesce(sum(events), 0) AS BIGINT) FROM rhythm
                     WHERE source = $1 AND slot >= $2 AND slot < $3",
                    &[source.into(), (*from).into(), (*to).into()],
                )
                .await?;
            counts.push(row.map_or(Ok(0), |row| row.get::<i64>(0))?.unsigned_abs());
        }
        Ok(counts)
    }

    /// The sources that were said to be silent, and since when each is.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn silences(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let rows = self.glance().await?.all("SELECT source, since FROM silences", &[]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.time(1)?))).collect()
    }

    /// Says that a source is silent, once: the row that remembers it and the messages are one transaction.
    ///
    /// # Errors
    /// When storage fails; then nothing is said.
    pub async fn silent(
        &self,
        source: &str,
        since: Timestamp,
        messages: &[NewOutbox],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let told = tx
            .run(
                "INSERT INTO silences (source, since, told_at) VALUES ($1, $2, $3) ON CONFLICT (source) DO NOTHING",
                &[source.into(), since.into(), now.into()],
            )
            .await?;
        if told > 0 {
            outbox::write(&mut tx, messages, now).await?;
        }
        self.core.commit(tx, Wake::Up).await
    }

    /// Says that a source speaks again.
    ///
    /// # Errors
    /// When storage fails; then nothing is said.
    pub async fn heard_again(&self, source: &str, messages: &[NewOutbox], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let ended = tx.run("DELETE FROM silences WHERE source = $1", &[source.into()]).await?;
        if ended > 0 {
            outbox::write(&mut tx, messages, now).await?;
        }
        self.core.commit(tx, Wake::Up).await
    }

    /// Forgets what is too old to compare with.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn forget_rhythm(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let gone = tx.run("DELETE FROM rhythm WHERE slot < $1", &[slot(before).into()]).await?;
        self.core.commit(tx, Wake::No).await?;
        Ok(gone)
    }
}
