//! Folding every ticket again, because the definitions changed or because somebody wants to be sure.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::agreements::Opening;
use super::error::StoreError;
use super::fold::{self, Hush, Touched};
use super::ledger::{read_mark, write_mark};
use super::{Core, Store, Wake};
use crate::domain::sample::TicketKey;
use crate::domain::timestamp::Timestamp;

/// Tickets folded in one transaction: few enough that live deliveries hardly wait.
const TICKETS_AT_A_TIME: usize = 200;
/// Events given a thread in one transaction.
const EVENTS_AT_A_TIME: usize = 500;
/// The mark that holds the fingerprint of the definitions every ticket has been folded with.
const DEFINITIONS: &str = "definitions";

/// What folding everything again came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many tickets were folded, threads without a ticket included.
    pub tickets: u64,
    /// How many rows had to be changed; 0 if everything was as it should be.
    pub changed_rows: u64,
}

/// Whether some tickets were folded with other definitions, or events have no thread yet. An empty store needs nothing.
pub(super) async fn is_needed(core: &Core, opening: Opening) -> Result<bool, StoreError> {
    let fingerprint = core.definitions.fingerprint();
    let mut tx = core.engine.read().await?;
    if tx.first("SELECT 1 FROM events WHERE ticket IS NULL LIMIT 1", &[]).await?.is_some() {
        return Ok(true);
    }
    if read_mark(&mut tx, DEFINITIONS).await?.as_deref() == Some(&fingerprint) {
        return Ok(false);
    }
    if tx.first("SELECT 1 FROM tickets LIMIT 1", &[]).await?.is_some() {
        return Ok(true);
    }
    drop(tx);
    if opening == Opening::ToRead {
        return Ok(false);
    }
    let mut tx = core.engine.write().await?;
    if tx.first("SELECT 1 FROM tickets LIMIT 1", &[]).await?.is_some() {
        return Ok(true);
    }
    write_mark(&mut tx, DEFINITIONS, &fingerprint).await?;
    core.commit(tx, Wake::No).await?;
    Ok(false)
}

impl Store {
    /// Whether the definitions have changed and not every ticket has been folded with them yet: answers may mix both.
    pub fn is_stale(&self) -> bool {
        self.core.stale.load(Ordering::Relaxed)
    }

    /// Folds every ticket again if [`Store::is_stale`]; `now` and `progress` as for [`Store::rebuild`].
    ///
    /// # Errors
    /// When storage fails.
    pub async fn refold_if_needed(
        &self,
        now: Timestamp,
        progress: impl FnMut(u64, u64),
    ) -> Result<Option<Rebuilt>, StoreError> {
        if self.is_stale() { self.rebuild(now, progress).await.map(Some) } else { Ok(None) }
    }

    /// Folds every ticket again, beside whatever else is going on. `progress` hears how many of how many are done.
    ///
    /// Timers that turn out to be overdue at `now` without having been there before do not ring: they are verdicts
    /// about the past.
    ///
    /// # Errors
    /// When storage fails; what was folded until then stays.
    pub async fn rebuild(&self, now: Timestamp, mut progress: impl FnMut(u64, u64)) -> Result<Rebuilt, StoreError> {
        while self.adopt_page().await? > 0 {}
        let total = self.ticket_rows().await?;
        let mut rebuilt = Rebuilt::default();
        let mut after = i64::MIN;
        loop {
            let page = self.page_of_tickets(after).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            rebuilt.tickets += page.len() as u64;
            rebuilt.changed_rows += self.refold_page(page.into_iter().map(|(_, key)| key).collect(), now).await?;
            progress(rebuilt.tickets, total.max(rebuilt.tickets));
        }
        self.forget_segments().await?;
        self.pack_all().await?;
        let mut tx = self.write().await?;
        write_mark(&mut tx, DEFINITIONS, &self.core.definitions.fingerprint()).await?;
        self.core.commit(tx, Wake::No).await?;
        self.core.stale.store(false, Ordering::Relaxed);
        Ok(rebuilt)
    }

    /// Gives events that were stored before there were threads the one they belong to; how many. They are folded later.
    async fn adopt_page(&self) -> Result<usize, StoreError> {
        let mut tx = self.write().await?;
        let rows = tx
            .all(
                "SELECT source, event_id, body FROM events WHERE ticket IS NULL ORDER BY source, event_id LIMIT $1",
                &[EVENTS_AT_A_TIME.into()],
            )
            .await?;
        let mut orphans = Vec::with_capacity(rows.len());
        for row in &rows {
            let (source, event_id): (&str, &str) = (row.get(0)?, row.get(1)?);
            orphans.push((source, event_id, fold::thread_of(&fold::parse_event(row.get(2)?)?, source)));
        }
        let numbers = fold::lock_tickets(&mut tx, &orphans.iter().map(|(.., key)| key.clone()).collect()).await?;
        for (source, event_id, key) in &orphans {
            tx.run(
                "UPDATE events SET ticket = $1 WHERE source = $2 AND event_id = $3",
                &[numbers[key].into(), (*source).into(), (*event_id).into()],
            )
            .await?;
        }
        self.core.commit(tx, Wake::No).await?;
        Ok(orphans.len())
    }

    async fn ticket_rows(&self) -> Result<u64, StoreError> {
        let row = self.glance().await?.first("SELECT count(*) FROM tickets", &[]).await?;
        row.map_or(Ok(0), |row| Ok(row.get::<i64>(0)?.unsigned_abs()))
    }

    async fn page_of_tickets(&self, after: i64) -> Result<Vec<(i64, TicketKey)>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all(
                "SELECT no, source, id FROM tickets WHERE no > $1 ORDER BY no LIMIT $2",
                &[after.into(), TICKETS_AT_A_TIME.into()],
            )
            .await?;
        rows.iter().map(|row| Ok((row.get(0)?, TicketKey { source: row.get(1)?, id: row.get(2)? }))).collect()
    }

    async fn refold_page(&self, keys: BTreeSet<TicketKey>, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let mut touched = Vec::with_capacity(keys.len());
        for (key, no) in fold::lock_tickets(&mut tx, &keys).await? {
            touched.push(Touched { no, key, hush: Hush::Overdue, now });
        }
        let mut folded = fold::refold(&mut tx, &self.core.definitions, &touched).await?;
        let news = self.core.news(&mut folded);
        news.write(&mut tx).await?;
        self.core.commit(tx, if folded.timers_changed { Wake::Up } else { Wake::No }).await?;
        self.core.know(news);
        Ok(folded.rows)
    }
}
