//! Segments: the samples of one kind that lie in one slot, packed into one row, and in memory as they are packed.
//!
//! The rows of `samples` are the truth; a segment is a copy of those that lie in its slot ([`Slot`]), at a hundredth
//! of the work to read. A transaction that changes samples does not touch segments, so that storing a delivery stays as
//! cheap as it was: it notes in `segment_changes` whose samples have changed where. A reader sees one state of all
//! three tables, takes the segments (those that it holds in the right version from memory), leaves the changed tickets
//! out of them, and takes these from the rows. From time to time a segment is packed anew ([`pack`]).
//!
//! So an answer is right whether or not anything has been packed yet, in whatever process, and stays so while
//! deliveries come in.

mod cache;
mod dictionary;
mod pack;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::PoisonError;

pub(super) use cache::Cache;

use super::engine::{Row, Tx, Value};
use super::error::StoreError;
use super::samples::{decode, decode_numbered, ticket_no, ticket_numbered};
use super::{Core, Store};
use crate::domain::columns::{self, Samples, Segment, Slot, Stretch};
use crate::domain::sample::{Sample, SampleKind, Selection, TicketNo};
use crate::domain::timestamp::Timestamp;

/// Bytes of segments that are loaded at once, about.
const LOAD: usize = 1 << 20;
/// Changed tickets beyond which a reader has the segments packed first.
const MANY: usize = 500;

/// Which segment.
type Place = (SampleKind, Slot);

/// Notes whose samples (kind, slot, ticket) have changed, in the transaction that changes them.
pub(super) async fn note_changes(tx: &mut Tx, changes: &BTreeSet<(String, i64, i64)>) -> Result<(), StoreError> {
    let changes: Vec<_> = changes
        .iter()
        .map(|(kind, slot, ticket)| [kind.as_str().into(), (*slot).into(), (*ticket).into(), 0_i64.into()])
        .collect();
    tx.many(
        "INSERT INTO segment_changes (kind, slot, ticket, stamp) VALUES",
        &changes,
        "ON CONFLICT (kind, slot, ticket) DO UPDATE SET stamp = segment_changes.stamp + 1",
    )
    .await?;
    Ok(())
}

/// What the tables say of a segment.
#[derive(Clone, Copy, Debug)]
struct Listed {
    version: i64,
    /// Whether it is packed as this version of the program packs it.
    packed: bool,
}

/// What has to be put together for a question.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// In their order, each once.
    segments: Vec<(Place, Listed)>,
    /// The tickets whose samples are no longer what the segment says.
    changes: BTreeMap<Place, HashSet<TicketNo>>,
    /// How many words and sets of words the dictionary has.
    words: (usize, usize),
    /// When anything last happened to any ticket.
    pub(super) latest: Option<Timestamp>,
}

impl Plan {
    /// In one statement, because asking costs more than what is asked for; and each list as one text, because most of the
    /// cost of a row is in handing it over.
    async fn of(tx: &mut Tx, wanted: &[Stretch]) -> Result<Self, StoreError> {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|w| [w.kind.name().into(), w.first.0.into(), w.last.0.into(), Segment::layout(w.kind).into()])
            .collect();
        let rows = tx
            .look_up(
                "WITH wanted (kind, first, last, layout) AS (VALUES",
                &wanted,
                "), known (words, sets, latest) AS (
                     SELECT (SELECT max(no) FROM words), (SELECT max(no) FROM word_sets),
                            (SELECT max(last_ts) FROM tickets)
                 ) SELECT w.kind, k.words, k.sets, k.latest, (
                     SELECT string_agg(s.slot || ' ' || s.version
                         || CASE WHEN s.layout = w.layout THEN ' 1' ELSE ' 0' END, ' ')
                     FROM segments s WHERE s.kind = w.kind AND s.slot >= w.first AND s.slot <= w.last
                 ), (
                     SELECT string_agg(c.slot || ' ' || c.ticket, ' ')
                     FROM segment_changes c WHERE c.kind = w.kind AND c.slot >= w.first AND c.slot <= w.last
                 ) FROM wanted w, known k WHERE w.kind IS NOT NULL",
            )
            .await?;
        let mut plan = Self::default();
        for row in &rows {
            let kind = kind(row)?;
            plan.words = dictionary::counted(row, 1)?;
            plan.latest = row.optional_time(3)?;
            for [slot, version, packed] in numbers(row, 4)?.as_chunks().0 {
                plan.segments.push(((kind, Slot(*slot)), Listed { version: *version, packed: *packed == 1 }));
            }
            for [slot, ticket] in numbers(row, 5)?.as_chunks().0 {
                plan.changes.entry((kind, Slot(*slot))).or_default().insert(ticket_numbered(*ticket)?);
            }
        }
        plan.segments.sort_unstable_by_key(|(place, _)| *place);
        plan.segments.dedup_by_key(|(place, _)| *place);
        Ok(plan)
    }

    /// The segments that should be packed before they are read.
    fn unsettled(&self) -> Vec<Place> {
        let changed: usize = self.changes.values().map(HashSet::len).sum();
        let changed = self.changes.keys().filter(|_| changed > MANY);
        let unpacked = self.segments.iter().filter(|(_, listed)| !listed.packed).map(|(place, _)| place);
        changed.chain(unpacked).copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The kind and the slot of a row that begins with them.
fn place(row: &Row) -> Result<Place, StoreError> {
    Ok((kind(row)?, Slot(row.get(1)?)))
}

/// The numbers in a text, none where there is none.
fn numbers(row: &Row, column: usize) -> Result<Vec<i64>, StoreError> {
    let Some(text) = row.get::<Option<&str>>(column)? else { return Ok(Vec::new()) };
    let numbers: Result<Vec<i64>, _> = text.split(' ').map(str::parse).collect();
    numbers.map_err(|e| StoreError::unreadable("list of segments", e))
}

fn kind(row: &Row) -> Result<SampleKind, StoreError> {
    let name: &str = row.get(0)?;
    let kind = SampleKind::ALL.iter().find(|kind| kind.name() == name);
    kind.copied().ok_or_else(|| StoreError::unreadable("segment", "its kind is not known"))
}

impl Store {
    /// A transaction that sees one state of everything, and what to put together in it for the selections: not much
    /// besides segments, unless others change samples faster than they can be packed.
    pub(super) async fn read_segments(&self, selections: &[Selection]) -> Result<(Tx, Plan), StoreError> {
        let wanted = columns::wanted(selections);
        let mut tx = self.read().await?;
        let plan = Plan::of(&mut tx, &wanted).await?;
        let unsettled = plan.unsettled();
        if unsettled.is_empty() {
            return Ok((tx, plan));
        }
        drop(tx);
        for place in unsettled {
            if let Err(error) = self.core.pack(place).await {
                // The answer is right all the same, it only takes longer.
                tracing::debug!(error = &error as &dyn std::error::Error, "a segment could not be packed");
                break;
            }
        }
        let mut tx = self.read().await?;
        let plan = Plan::of(&mut tx, &wanted).await?;
        Ok((tx, plan))
    }
}

impl Core {
    /// The samples of a plan, and others of the same days.
    pub(super) async fn put_together(&self, tx: &mut Tx, mut plan: Plan) -> Result<Samples, StoreError> {
        let segments = self.segments(tx, &plan.segments).await?;
        let mut rows = Vec::new();
        for ((place, _), _) in plan.segments.iter().zip(&segments).filter(|(_, segment)| segment.is_none()) {
            plan.changes.remove(place);
            rows.extend(rows_of(tx, *place).await?);
        }
        rows.extend(changed_rows(tx, &plan.changes).await?);
        let names = self.names(tx, Some(plan.words)).await?;
        let parts = plan
            .segments
            .iter()
            .zip(segments)
            .filter_map(|((place, _), segment)| Some((segment?, plan.changes.remove(place).unwrap_or_default())));
        Ok(Samples::new(names, parts).with_folded(rows))
    }

    /// Each of the segments listed, from memory or else from the store; `None` where it is not packed.
    async fn segments(&self, tx: &mut Tx, listed: &[(Place, Listed)]) -> Result<Vec<Option<Segment>>, StoreError> {
        let mut found = vec![None; listed.len()];
        let mut missing = Vec::new();
        {
            let mut cache = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
            for (((kind, slot), listed), found) in listed.iter().zip(&mut found).filter(|((_, l), _)| l.packed) {
                *found = cache.get(*kind, *slot, listed.version);
                if found.is_none() {
                    missing.push([kind.name().into(), slot.0.into()]);
                }
            }
        }
        let missing = sizes(tx, &missing).await?;
        let mut rest = missing.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |(_, size): &&(Place, usize)| {
                bytes += size;
                bytes <= LOAD
            };
            let (now, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            let wanted: Vec<_> = now.iter().map(|((kind, slot), _)| [kind.name().into(), slot.0.into()]).collect();
            let rows = tx
                .look_up(
                    "WITH wanted (kind, slot) AS (VALUES",
                    &wanted,
                    ") SELECT s.kind, s.slot, s.body FROM wanted w JOIN segments s ON s.kind = w.kind AND s.slot = w.slot",
                )
                .await?;
            for row in &rows {
                let place = place(row)?;
                let Ok(at) = listed.binary_search_by_key(&place, |(place, _)| *place) else { continue };
                match row.get::<Option<&[u8]>>(2)?.map(Segment::read) {
                    Some(Ok(segment)) if segment.kind() == place.0 => {
                        let mut cache = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
                        cache.put(place.1, listed[at].1.version, segment.clone());
                        found[at] = Some(segment);
                    }
                    // Its rows are read instead.
                    _ => tracing::warn!(kind = place.0.name(), "a segment is damaged; `deskbell rebuild` mends it"),
                }
            }
            rest = later;
        }
        Ok(found)
    }
}

/// How long the bodies of some segments are.
async fn sizes(tx: &mut Tx, places: &[[Value<'_>; 2]]) -> Result<Vec<(Place, usize)>, StoreError> {
    let rows = tx
        .look_up(
            "WITH wanted (kind, slot) AS (VALUES",
            places,
            ") SELECT s.kind, s.slot, CAST(coalesce(length(s.body), 0) AS BIGINT)
             FROM wanted w JOIN segments s ON s.kind = w.kind AND s.slot = w.slot",
        )
        .await?;
    let size = |row: &Row| Ok((place(row)?, usize::try_from(row.get::<i64>(2)?).unwrap_or_default()));
    rows.iter().map(size).collect()
}

/// All samples of a slot, from the rows.
async fn rows_of(tx: &mut Tx, (kind, slot): Place) -> Result<Vec<(TicketNo, Sample)>, StoreError> {
    // As one text, because most of the cost of a row is in handing it over (measured: 4.3 µs each, so 1.5 µs).
    let rows = tx
        .first(
            "SELECT string_agg('[' || ticket || ',' || body || ']', '') FROM samples WHERE kind = $1 AND slot = $2",
            &[kind.name().into(), slot.0.into()],
        )
        .await?;
    let text = rows.as_ref().map_or(Ok(None), |row| row.get::<Option<&str>>(0))?.unwrap_or_default();
    decode_numbered(text)
}

/// The samples, in those slots, of the tickets that have changed.
async fn changed_rows(
    tx: &mut Tx,
    changes: &BTreeMap<Place, HashSet<TicketNo>>,
) -> Result<Vec<(TicketNo, Sample)>, StoreError> {
    let wanted: Vec<_> = changes
        .iter()
        .flat_map(|((kind, slot), tickets)| {
            tickets.iter().map(|ticket| [kind.name().into(), slot.0.into(), ticket.0.into()])
        })
        .collect();
    let rows = tx
        .look_up(
            "WITH wanted (kind, slot, ticket) AS (VALUES",
            &wanted,
            ") SELECT s.ticket, s.body FROM wanted w
             JOIN samples s ON s.kind = w.kind AND s.slot = w.slot AND s.ticket = w.ticket",
        )
        .await?;
    rows.iter().map(|row| Ok((ticket_no(row, 0)?, decode(row.get(1)?)?))).collect()
}
