//! All events, ticket by ticket, a page at a time: for whoever reads everything, or much, and holds little.

use super::Store;
use super::engine::{Row, Tx};
use super::error::StoreError;
use super::fold;
use crate::domain::event::Event;
use crate::domain::sample::{TicketKey, TicketNo};
use crate::domain::timestamp::Timestamp;

/// Tickets read in one transaction: few enough to hold, many enough to be quick.
const TICKETS_AT_A_TIME: usize = 500;

/// A ticket and what happened to it.
#[derive(Clone, Debug)]
pub struct History {
    /// Its place: every later page begins after it.
    pub no: i64,
    /// Which ticket.
    pub key: TicketKey,
    /// In no particular order.
    pub events: Vec<Event>,
}

impl Store {
    /// The next tickets after a place (`None` = the first ones) of which anything was heard in `reach` (from, until
    /// before), each with all its events up to `as_of`, in the order in which the store learned of them. Empty = no more.
    ///
    /// Each page is one state of the store; between two of them others may write.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn histories(
        &self,
        after: Option<i64>,
        reach: (Timestamp, Timestamp),
        as_of: Timestamp,
    ) -> Result<Vec<History>, StoreError> {
        let mut tx = self.read().await?;
        let after = after.unwrap_or(i64::MIN);
        let rows = tx
            .all(
                // What a thread without a ticket tells of (a shift, a cost) may lie far from when it was told.
                "SELECT no, source, id FROM tickets
                 WHERE no > $1 AND (created IS NULL OR last_ts >= $2 AND first_ts < $3) AND first_ts <= $4
                 ORDER BY no LIMIT $5",
                &[after.into(), reach.0.into(), reach.1.into(), as_of.into(), TICKETS_AT_A_TIME.into()],
            )
            .await?;
        told(&mut tx, &rows, as_of).await
    }

    /// Some tickets, each with all its events up to `as_of`, in ascending order of their numbers.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn histories_of(&self, tickets: &[TicketNo], as_of: Timestamp) -> Result<Vec<History>, StoreError> {
        let mut tx = self.read().await?;
        let wanted: Vec<_> = tickets.iter().map(|no| [i64::from(no.0).into()]).collect();
        let rows = tx
            .look_up(
                "WITH wanted (no) AS (VALUES",
                &wanted,
                ") SELECT t.no, t.source, t.id FROM wanted w JOIN tickets t ON t.no = w.no",
            )
            .await?;
        let mut histories = told(&mut tx, &rows, as_of).await?;
        histories.sort_unstable_by_key(|history| history.no);
        Ok(histories)
    }
}

/// The events of tickets, of each of which number, source and id were read.
async fn told(tx: &mut Tx, rows: &[Row], as_of: Timestamp) -> Result<Vec<History>, StoreError> {
    let mut histories = Vec::with_capacity(rows.len());
    for row in rows {
        let key = TicketKey { source: row.get(1)?, id: row.get(2)? };
        histories.push(History { no: row.get(0)?, key, events: Vec::new() });
    }
    let numbers: Vec<i64> = histories.iter().map(|h| h.no).collect();
    let mut events = fold::events_of(tx, &numbers, as_of).await?;
    for history in &mut histories {
        history.events = events.remove(&history.no).unwrap_or_default();
    }
    Ok(histories)
}
