//! What may happen once only: digest slots, interactions, leases; and marks, small facts the program keeps for itself.

use super::engine::Tx;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::{Store, Wake, published};
use crate::domain::privacy::Pseudonyms;
use crate::domain::statement::Statement;
use crate::domain::timestamp::Timestamp;

impl Store {
    /// Claims a slot of a digest for a destination, puts its message, if any, into the outbox and keeps what it states,
    /// in one transaction. `false` if the slot was claimed before; then nothing happens.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn claim_slot(
        &self,
        digest: &str,
        destination: &str,
        slot: &str,
        at: Timestamp,
        now: Timestamp,
        message: Option<(NewOutbox, &[Statement])>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let claimed = tx
            .run(
                "INSERT INTO digest_slots (digest, destination, slot, at, claimed_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (digest, destination, slot) DO NOTHING",
                &[digest.into(), destination.into(), slot.into(), at.into(), now.into()],
            )
            .await?;
        if claimed == 0 {
            return Ok(false);
        }
        if let Some((message, statements)) = message {
            outbox::write(&mut tx, &[message], now).await?;
            published::write(&mut tx, statements).await?;
        }
        self.core.commit(tx, Wake::Up).await?;
        Ok(true)
    }

    /// The latest slot of a digest that was claimed for a destination.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn last_slot(&self, digest: &str, destination: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut tx = self.glance().await?;
        let row = tx
            .first(
                "SELECT max(at) FROM digest_slots WHERE digest = $1 AND destination = $2",
                &[digest.into(), destination.into()],
            )
            .await?;
        row.map_or(Ok(None), |row| row.optional_time(0))
    }

    /// Whether an interaction is seen for the first time; platforms repeat them.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn first_seen(&self, interaction: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let first = tx
            .run(
                "INSERT INTO interactions (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                &[interaction.into(), now.into()],
            )
            .await?;
        self.core.commit(tx, Wake::No).await?;
        Ok(first > 0)
    }

    /// Whether something done by hand is done for the first time in `within_ms` up to now; then it is noted.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn first_within(&self, deed: &str, now: Timestamp, within_ms: i64) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let first = tx
            .run(
                "INSERT INTO interactions (id, seen_at) VALUES ($1, $2)
                 ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at WHERE interactions.seen_at <= $3",
                &[deed.into(), now.into(), now.plus_ms(-within_ms).into()],
            )
            .await?;
        self.core.commit(tx, Wake::No).await?;
        Ok(first > 0)
    }

    /// Takes or renews a lease until `now + for_ms`; `false` while somebody else holds it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn lease(&self, name: &str, holder: &str, now: Timestamp, for_ms: i64) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let held = tx
            .run(
                "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                 WHERE leases.holder = excluded.holder OR leases.until <= $4",
                &[name.into(), holder.into(), now.plus_ms(for_ms).into(), now.into()],
            )
            .await?;
        self.core.commit(tx, Wake::No).await?;
        Ok(held > 0)
    }

    /// Gives a lease back, so that nobody waits for its end.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run("DELETE FROM leases WHERE name = $1 AND holder = $2", &[name.into(), holder.into()]).await?;
        self.core.commit(tx, Wake::No).await
    }

    /// What was noted under a name: how far an import came, for example.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn mark(&self, name: &str) -> Result<Option<String>, StoreError> {
        read_mark(&mut self.glance().await?, name).await
    }

    /// From now on stores customers under a keyed hash. The key is the one noted when this store first did so, else
    /// `fresh`, which should be random.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn conceal_customers(&self, fresh: &[u8]) -> Result<(), StoreError> {
        const KEY: &str = "customers/key";
        let mut tx = self.write().await?;
        tx.run(
            "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            &[KEY.into(), hex::encode(fresh).as_str().into()],
        )
        .await?;
        let key = read_mark(&mut tx, KEY).await?.unwrap_or_default();
        self.core.commit(tx, Wake::No).await?;
        let key = hex::decode(key).map_err(|e| StoreError::unreadable("key of the customers' hash", e))?;
        // Asked for again, it is the same key.
        let _ = self.core.pseudonyms.set(Pseudonyms::new(&key));
        Ok(())
    }

    /// Forgets the bodies of deliveries received before a moment; what they meant stays. With them go what was set
    /// aside and which interactions were seen. Returns how many deliveries.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn expire_bodies(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        tx.run("DELETE FROM interactions WHERE seen_at < $1", &[before.into()]).await?;
        let mut all = tx.run("DELETE FROM quarantine WHERE received_at < $1", &[before.into()]).await?;
        self.core.commit(tx, Wake::No).await?;
        // In portions, so that deliveries get in between.
        loop {
            let mut tx = self.write().await?;
            let expired = tx
                .run(
                    "UPDATE deliveries SET body = NULL WHERE (source, key) IN (SELECT source, key FROM deliveries
                     WHERE body IS NOT NULL AND received_at < $1 LIMIT 1000)",
                    &[before.into()],
                )
                .await?;
            self.core.commit(tx, Wake::No).await?;
            all += expired;
            if expired == 0 {
                return Ok(all);
            }
        }
    }

    /// Notes something under a name, instead of what was noted before.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn set_mark(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        write_mark(&mut tx, name, value).await?;
        self.core.commit(tx, Wake::No).await
    }
}

pub(super) async fn read_mark(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    let row = tx.first("SELECT value FROM marks WHERE name = $1", &[name.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

pub(super) async fn write_mark(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), value.into()],
    )
    .await?;
    Ok(())
}
