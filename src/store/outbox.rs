//! The outbox: every message is a row before it is sent, and knows what became of it.
//!
//! Messages to one destination keep their order: the more urgent first, then the older. Whoever claims a destination's
//! messages has that destination to itself until they are settled or its lease runs out, and a message that is being
//! tried again holds back those behind it, until it has been tried so often that it must be to blame itself. While a message is being sent, `due_at` is the end of the sender's lease; a
//! lease that ran out means that the sender died, perhaps after the platform had the message.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Row, Tx};
use super::error::StoreError;
use super::{Store, Wake};
use crate::domain::timestamp::Timestamp;

/// After so many attempts a message does not hold back those behind it any more.
pub const OVERTAKEN_AFTER: i64 = 8;

/// So many messages of one destination are claimed at once: all of them must be settled within the lease.
pub const CLAIMED_OF_EACH: i64 = 5;

/// Whether a message holds back those of the same destination, while it is not due itself: all of them if it is being
/// sent, those that come after it if it was tried less often than [`OVERTAKEN_AFTER`]. What was never tried is not meant
/// to go yet, unless it is an alert, which waits for its turn.
macro_rules! holds_back {
    () => {
        "(b.state = 'sending' OR b.attempts < 8 AND (b.attempts > 0 OR b.storm_over IS NOT NULL))"
    };
}

/// The place of a message among those of its destination, as one number.
macro_rules! place {
    ($of:literal) => {
        concat!("(", $of, ".priority * 1099511627776 + ", $of, ".id)")
    };
}

/// The destinations of platform `$2` whose messages wait at `$1`: for one that is being sent, or behind which place.
macro_rules! holding {
    () => {
        concat!(
            "SELECT b.destination, max(CASE WHEN b.state = 'sending' THEN CAST(1 AS BIGINT) ELSE 0 END) AS sends, min(",
            place!("b"),
            ") AS place FROM outbox b WHERE b.state IN ('due', 'sending') AND b.platform = $2 AND b.due_at > $1 AND ",
            holds_back!(),
            " GROUP BY b.destination"
        )
    };
}

/// What must not wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A promise is at stake.
    Alert,
    /// Everything else.
    Digest,
}

impl Priority {
    const fn rank(self) -> i64 {
        match self {
            Self::Alert => 0,
            Self::Digest => 1,
        }
    }
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutbox {
    /// Says what the message is; a second one with the same key is the same message and is not written.
    pub key: String,
    /// The channel, as written in `bot.toml`.
    pub destination: String,
    /// Its content, as JSON.
    pub body: String,
    /// How urgent.
    pub priority: Priority,
    /// Of an alert: how many of its like may go there within a minute before they are told together.
    pub storm_over: Option<usize>,
    /// Not before.
    pub due_at: Timestamp,
}

/// A message in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub id: i64,
    /// Says what the message is.
    pub key: String,
    /// The channel.
    pub destination: String,
    /// Its content, as JSON.
    pub body: String,
    /// How often sending has begun, including now.
    pub attempts: i64,
    /// An earlier attempt may have reached the platform.
    pub fate_unknown: bool,
    /// What the platform calls it, once sent.
    pub platform_id: Option<String>,
    /// Why it was not sent.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl OutboxRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            destination: row.get(2)?,
            body: row.get(3)?,
            attempts: row.get(4)?,
            fate_unknown: row.get::<i64>(5)? != 0,
            platform_id: row.get(6)?,
            last_error: row.get(7)?,
            created_at: row.time(8)?,
        })
    }
}

/// The platform of a destination: `slack` of `slack:#support`.
pub(super) fn platform(destination: &str) -> &str {
    destination.split_once(':').map_or(destination, |(platform, _)| platform)
}

/// Writes messages, except those that are there already.
pub(super) async fn write(tx: &mut Tx, messages: &[NewOutbox], now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<_> = messages
        .iter()
        .map(|m| {
            [
                m.key.as_str().into(),
                m.destination.as_str().into(),
                platform(&m.destination).into(),
                m.body.as_str().into(),
                m.priority.rank().into(),
                m.due_at.into(),
                now.into(),
                m.storm_over.map(|n| i64::try_from(n).unwrap_or(i64::MAX)).into(),
            ]
        })
        .collect();
    tx.many(
        "INSERT INTO outbox (key, destination, platform, body, priority, due_at, created_at, storm_over) VALUES",
        &rows,
        "ON CONFLICT (key) DO NOTHING",
    )
    .await?;
    Ok(())
}

/// Records that the platform has a message.
pub(super) async fn sent(tx: &mut Tx, id: i64, platform_id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.run(
        "UPDATE outbox SET state = 'sent', platform_id = $2, sent_at = $3, fate_unknown = 0, last_error = NULL
         WHERE id = $1 AND state IN ('due', 'sending')",
        &[id.into(), platform_id.into(), now.into()],
    )
    .await?;
    Ok(())
}

impl Store {
    /// Puts messages into the outbox; those whose key is known are there already.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn post(&self, messages: &[NewOutbox], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        write(&mut tx, messages, now).await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// When there is next something to send to a platform, or a sender's lease runs out.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn next_outbox_due(&self, platform: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut tx = self.read().await?;
        // Whatever waits behind a later row is due when that one is.
        let next = tx
            .first(
                concat!(
                    "SELECT o.due_at FROM outbox o
                     WHERE o.state IN ('due', 'sending') AND o.platform = $1 AND NOT EXISTS (
                     SELECT 1 FROM outbox b WHERE b.destination = o.destination AND b.state IN ('due', 'sending')
                     AND b.due_at > o.due_at AND ",
                    holds_back!(),
                    " AND (b.state = 'sending' OR ",
                    place!("b"),
                    " < ",
                    place!("o"),
                    ")) ORDER BY o.due_at LIMIT 1"
                ),
                &[platform.into()],
            )
            .await?;
        next.map(|row| row.time(0)).transpose()
    }

    /// Frees what a bot that died was sending or editing; not before `settled`, because what has left may still be on its
    /// way. `false` while another copy of the bot may be alive, which is possible on PostgreSQL: then nothing happens, and
    /// leases run out by themselves. A copy that died a moment ago may still look alive.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn recover_outbox(&self, now: Timestamp, settled: Timestamp) -> Result<bool, StoreError> {
        let mut presence = self.core.presence.lock().await;
        if presence.is_none() {
            *presence = self.core.engine.presence().await?;
        }
        let Some(alone) = presence.as_mut() else { return self.end_leases(now, settled).await.map(|()| true) };
        if !alone.close().await? {
            return Ok(false);
        }
        let ended = self.end_leases(now, settled).await;
        alone.open().await?;
        ended.map(|()| true)
    }

    async fn end_leases(&self, now: Timestamp, settled: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run("UPDATE outbox SET due_at = $1 WHERE state = 'sending' AND due_at > $1", &[settled.into()]).await?;
        tx.run("UPDATE cards SET due_at = $1 WHERE due_at > $1 AND attempts > 0", &[settled.into()]).await?;
        tx.run("UPDATE alert_groups SET due_at = $1 WHERE due_at > $1 AND attempts > 0", &[settled.into()]).await?;
        // Looking at a card or a table once too often changes nothing.
        tx.run("UPDATE cards SET due_at = $1 WHERE due_at > $1 AND attempts = 0", &[now.into()]).await?;
        tx.run("UPDATE alert_groups SET due_at = $1 WHERE due_at > $1 AND attempts = 0", &[now.into()]).await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// Takes up to `limit` messages for a platform, the word before the colon of its destinations, and up to
    /// [`CLAIMED_OF_EACH`] for each of these; they are the caller's until `now + lease_ms`. Those of a destination are in
    /// their order, and the first of each goes before any second one, so that much to say in one place does not delay the
    /// others. Alerts are taken if their numbers are among those `examined`, in ascending order: one that came since then
    /// may belong to a storm, and what stands behind it waits with it.
    ///
    /// # Errors
    /// When storage fails; then nothing is claimed.
    pub async fn claim_outbox(
        &self,
        platform: &str,
        now: Timestamp,
        limit: i64,
        lease_ms: i64,
        examined: &[i64],
    ) -> Result<Vec<OutboxRow>, StoreError> {
        // What there is to take is found by a reader, since looking through much would hold up everybody who writes.
        let found = self
            .read()
            .await?
            .all(
                concat!(
                    "WITH holding AS MATERIALIZED (",
                    holding!(),
                    "), ready AS (
                         SELECT o.id, o.destination, o.priority, o.state, o.storm_over, o.fate_unknown, ",
                    place!("o"),
                    " AS place, row_number() OVER (PARTITION BY o.destination ORDER BY o.priority, o.id) AS turn
                         FROM outbox o LEFT JOIN holding h ON h.destination = o.destination
                         WHERE o.state IN ('due', 'sending') AND o.due_at <= $1 AND o.platform = $2
                         AND (h.destination IS NULL OR h.sends = 0 AND ",
                    place!("o"),
                    " < h.place)
                     ) SELECT id, destination, place, state, storm_over, fate_unknown FROM ready WHERE turn <= $3
                     ORDER BY turn, priority, id LIMIT $4"
                ),
                &[now.into(), platform.into(), CLAIMED_OF_EACH.into(), limit.into()],
            )
            .await?;
        let mut wanted: Vec<(i64, &str, i64)> = Vec::with_capacity(found.len());
        // What stands behind an alert that has yet to be examined waits with it.
        let mut waits = BTreeSet::new();
        for row in &found {
            let (id, destination) = (row.get(0)?, row.get::<&str>(1)?);
            let is_fresh = row.get::<&str>(3)? == "due" && row.get::<i64>(5)? == 0;
            if is_fresh && row.get::<Option<i64>>(4)?.is_some() && examined.binary_search(&id).is_err() {
                waits.insert(destination);
            }
            if !waits.contains(destination) {
                wanted.push((id, destination, row.get(2)?));
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        tx.claim_alone().await?;
        // Another copy of the bot may have been quicker.
        let held = tx.all(holding!(), &[now.into(), platform.into()]).await?;
        let mut holding: BTreeMap<&str, (bool, i64)> = BTreeMap::new();
        for row in &held {
            holding.insert(row.get(0)?, (row.get::<i64>(1)? != 0, row.get(2)?));
        }
        wanted.retain(|(_, destination, place)| {
            holding.get(destination).is_none_or(|(sends, before)| !sends && place < before)
        });
        let mut claimed: Vec<OutboxRow> = Vec::with_capacity(wanted.len());
        for (id, _, _) in wanted {
            let row = tx
                .first(
                    "UPDATE outbox SET attempts = attempts + 1, due_at = $2,
                     fate_unknown = CASE WHEN state = 'sending' THEN 1 ELSE fate_unknown END, state = 'sending'
                     WHERE id = $1 AND state IN ('due', 'sending') AND due_at <= $3
                     RETURNING id, key, destination, body, attempts, fate_unknown, platform_id,
                     last_error, created_at",
                    &[id.into(), now.plus_ms(lease_ms).into(), now.into()],
                )
                .await?;
            claimed.extend(row.as_ref().map(OutboxRow::read).transpose()?);
        }
        if !claimed.is_empty() {
            self.core.commit(tx, Wake::No).await?;
        }
        Ok(claimed)
    }

    /// The message of that key.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox(&self, key: &str) -> Result<Option<OutboxRow>, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .first(
                "SELECT id, key, destination, body, attempts, fate_unknown, platform_id, last_error, created_at
                 FROM outbox WHERE key = $1",
                &[key.into()],
            )
            .await?;
        row.as_ref().map(OutboxRow::read).transpose()
    }

    /// The platform has it, and calls it `platform_id`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_sent(&self, id: i64, platform_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sent(&mut tx, id, platform_id, now).await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// It was surely not sent; again at `due_at`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_retry(&self, id: i64, due_at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = 'due', due_at = $2, last_error = $3 WHERE id = $1 AND state = 'sending'",
            &[id.into(), due_at.into(), error.into()],
        )
        .await
    }

    /// It was surely not sent, because of too much at once; again at `due_at`. That is no attempt that failed, but it goes
    /// on holding back those behind it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_limited(&self, id: i64, due_at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = 'due', due_at = $2, last_error = $3,
             attempts = CASE WHEN attempts > 1 THEN attempts - 1 ELSE attempts END
             WHERE id = $1 AND state = 'sending'",
            &[id.into(), due_at.into(), error.into()],
        )
        .await
    }

    /// It may have been sent; again at `due_at`, with its fate unknown.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_unknown(&self, id: i64, due_at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = 'due', due_at = $2, last_error = $3, fate_unknown = 1
             WHERE id = $1 AND state = 'sending'",
            &[id.into(), due_at.into(), error.into()],
        )
        .await
    }

    /// It was claimed and not tried, because one before it must be tried again: it stays due.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_release(&self, id: i64) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = 'due', due_at = created_at, attempts = attempts - 1
             WHERE id = $1 AND state = 'sending'",
            &[id.into()],
        )
        .await
    }

    /// It can wait until `due_at`, as if it had never been tried: it holds back nothing behind it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_held(&self, id: i64, due_at: Timestamp) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = 'due', due_at = $2, attempts = 0 WHERE id = $1 AND state = 'sending'",
            &[id.into(), due_at.into()],
        )
        .await
    }

    /// It can never be sent; operators are told.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_parked(&self, id: i64, reason: &str) -> Result<(), StoreError> {
        self.give_up(id, "parked", reason).await
    }

    /// It need not be sent any more.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_dropped(&self, id: i64, reason: &str) -> Result<(), StoreError> {
        self.give_up(id, "dropped", reason).await
    }

    async fn give_up(&self, id: i64, state: &str, reason: &str) -> Result<(), StoreError> {
        self.settle(
            "UPDATE outbox SET state = $2, last_error = $3 WHERE id = $1 AND state IN ('due', 'sending')",
            &[id.into(), state.into(), reason.into()],
        )
        .await
    }

    async fn settle(&self, sql: &'static str, values: &[super::engine::Value<'_>]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run(sql, values).await?;
        self.core.commit(tx, Wake::Up).await
    }
}
