//! Packing: rows of `samples` become segments.
//!
//! A segment is packed whole, from all the rows of its slot, so that it depends on nothing else. The work is done
//! between two transactions, one that reads and one that writes, so that deliveries hardly wait. The second checks that
//! nobody has packed the segment or added to the dictionary meanwhile, and forgets only those changes that the first
//! has seen: a ticket that has changed again has another stamp.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Place, dictionary, place, rows_of};
use crate::domain::columns::{Names, Segment, Slot};
use crate::domain::sample::{Sample, SampleKind, TicketNo};
use crate::store::error::StoreError;
use crate::store::{Core, Store, Wake};

/// Changes that may wait: so many rows more to read cost a question a few milliseconds.
const FEW: i64 = 128;
/// How often a segment is tried again when others were faster.
const TRIES: usize = 5;

impl Store {
    /// Packs what has changed, the most changed first, until few changes are left; and what has never been packed.
    /// Returns how many segments. While all tickets are being folded again it waits for the end of that.
    ///
    /// # Errors
    /// When storage fails; what was packed until then stays.
    pub async fn pack(&self) -> Result<usize, StoreError> {
        if self.is_stale() { Ok(0) } else { self.pack_until(FEW).await }
    }

    /// Packs everything that has changed.
    ///
    /// # Errors
    /// When storage fails; what was packed until then stays.
    pub async fn pack_all(&self) -> Result<usize, StoreError> {
        self.pack_until(0).await
    }

    /// How many changes wait to be packed.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn to_pack(&self) -> Result<i64, StoreError> {
        let waiting = self.glance().await?.first("SELECT count(*) FROM segment_changes", &[]).await?;
        waiting.map_or(Ok(0), |row| row.get(0))
    }

    async fn pack_until(&self, few: i64) -> Result<usize, StoreError> {
        let (places, mut changes) = self.unsettled().await?;
        let mut packed = 0;
        for (place, of_it) in places {
            if of_it > 0 && changes <= few {
                break;
            }
            self.core.pack(place).await?;
            changes -= of_it;
            packed += 1;
        }
        Ok(packed)
    }

    /// What is not packed, then what has changed, the most changed first, each with the number of its changes; and how
    /// many these are together.
    async fn unsettled(&self) -> Result<(Vec<(Place, i64)>, i64), StoreError> {
        let mut tx = self.read().await?;
        let mut unpacked = Vec::new();
        for kind in SampleKind::ALL {
            let others = [kind.name().into(), Segment::layout(*kind).into()];
            for row in tx.all("SELECT slot FROM segments WHERE kind = $1 AND layout <> $2", &others).await? {
                unpacked.push(((*kind, Slot(row.get(0)?)), 0));
            }
        }
        let mut changed = Vec::new();
        for row in tx.all("SELECT kind, slot, count(*) FROM segment_changes GROUP BY kind, slot", &[]).await? {
            changed.push((place(&row)?, row.get::<i64>(2)?));
        }
        changed.retain(|(place, _)| !unpacked.contains(&(*place, 0)));
        changed.sort_by_key(|(place, changes)| (-changes, *place));
        let changes = changed.iter().map(|(_, changes)| changes).sum();
        Ok(([unpacked, changed].concat(), changes))
    }

    /// Has every segment packed again, and those that are missing.
    pub(in crate::store) async fn forget_segments(&self) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run(
            "INSERT INTO segments (kind, slot, version, layout)
             SELECT kind, slot, 0, 0 FROM samples GROUP BY kind, slot
             ON CONFLICT (kind, slot) DO NOTHING",
            &[],
        )
        .await?;
        tx.run("UPDATE segments SET layout = 0", &[]).await?;
        self.core.commit(tx, Wake::No).await
    }
}

/// What the rows say, and what must still hold when the segment is written.
struct Seen {
    names: Arc<Names>,
    version: i64,
    /// The stamps of the changes.
    changes: HashMap<i64, i64>,
    rows: Vec<(TicketNo, Sample)>,
}

impl Core {
    /// Packs a segment anew.
    pub(super) async fn pack(&self, place: Place) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let seen = self.look(place).await?;
            let before = Arc::clone(&seen.names);
            let (version, changes) = (seen.version, seen.changes);
            let packing = tokio::task::spawn_blocking(move || {
                let mut names = Names::clone(&seen.names);
                let segment = Segment::pack(place.0, &seen.rows, &mut names);
                (segment, names)
            });
            let (segment, names) = packing.await.unwrap_or_else(|e| std::panic::resume_unwind(e.into_panic()));
            if self.write_segment(place, version, &changes, &segment, (&before, &names)).await? {
                self.learn(Arc::new(names));
                return Ok(());
            }
        }
        tracing::debug!(kind = place.0.name(), "a segment is left to those who pack it all the time");
        Ok(())
    }

    async fn look(&self, place: Place) -> Result<Seen, StoreError> {
        let key = [place.0.name().into(), place.1.0.into()];
        let mut tx = self.engine.read().await?;
        let version = tx.first("SELECT version FROM segments WHERE kind = $1 AND slot = $2", &key).await?;
        let version = version.map_or(Ok(0), |row| row.get(0))?;
        let changes = tx.all("SELECT ticket, stamp FROM segment_changes WHERE kind = $1 AND slot = $2", &key).await?;
        let changes = changes.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
        Ok(Seen { names: self.names(&mut tx, None).await?, version, changes, rows: rows_of(&mut tx, place).await? })
    }

    /// Writes a segment and forgets the changes that it holds; `false` if it, or the dictionary, is not what it was.
    async fn write_segment(
        &self,
        (kind, slot): Place,
        version: i64,
        changes: &HashMap<i64, i64>,
        segment: &Segment,
        (before, names): (&Names, &Names),
    ) -> Result<bool, StoreError> {
        let mut tx = self.engine.write().await?;
        if !dictionary::grow(&mut tx, before, names).await? {
            return Ok(false);
        }
        let written = tx
            .run(
                "INSERT INTO segments (kind, slot, version, layout, body) VALUES ($1, $2, $3 + 1, $4, $5)
                 ON CONFLICT (kind, slot) DO UPDATE
                 SET version = excluded.version, layout = excluded.layout, body = excluded.body
                 WHERE segments.version = $3",
                &[
                    kind.name().into(),
                    slot.0.into(),
                    version.into(),
                    Segment::layout(kind).into(),
                    Some(segment.bytes()).into(),
                ],
            )
            .await?;
        if written == 0 {
            return Ok(false);
        }
        let forgotten = tx
            .all(
                "DELETE FROM segment_changes WHERE kind = $1 AND slot = $2 RETURNING ticket, stamp",
                &[kind.name().into(), slot.0.into()],
            )
            .await?;
        let mut later = Vec::new();
        for row in &forgotten {
            let (ticket, stamp): (i64, i64) = (row.get(0)?, row.get(1)?);
            if changes.get(&ticket) != Some(&stamp) {
                later.push([kind.name().into(), slot.0.into(), ticket.into(), stamp.into()]);
            }
        }
        tx.many("INSERT INTO segment_changes (kind, slot, ticket, stamp) VALUES", &later, "").await?;
        self.commit(tx, Wake::No).await?;
        Ok(true)
    }
}
