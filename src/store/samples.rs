//! Samples as rows, from which everything else about samples can be made again; and the questions about them.
//!
//! The body of a row is the whole sample as a JSON array.

use std::collections::{BTreeMap, HashSet};

use super::engine::{Row, Tx};
use super::error::StoreError;
use super::fold;
use super::{Core, Store};
use crate::domain::columns::{Samples, Slot};
use crate::domain::sample::{Dimensions, Sample, SampleFact, SampleKind, Selection, TicketKey, TicketNo};
use crate::domain::thread;
use crate::domain::timestamp::Timestamp;

/// Tickets folded at a time for an `as_of`.
const TICKETS_AT_A_TIME: usize = 500;

/// A sample ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    /// What it is.
    pub(super) kind: SampleKind,
    /// Where its segment is.
    pub(super) slot: Slot,
    /// Everything, as JSON.
    pub(super) body: String,
}

impl Encoded {
    /// The samples of a ticket, in an order that depends on nothing but themselves.
    pub(super) fn in_order(samples: &[Sample]) -> Result<Vec<Self>, StoreError> {
        let encoded = samples.iter().map(|sample| Ok((sample.at, Self::new(sample)?)));
        let mut encoded = encoded.collect::<Result<Vec<_>, StoreError>>()?;
        encoded.sort_unstable_by(|(a_at, a), (b_at, b)| (a_at, a.kind, &a.body).cmp(&(b_at, b.kind, &b.body)));
        Ok(encoded.into_iter().map(|(_, encoded)| encoded).collect())
    }

    fn new(sample: &Sample) -> Result<Self, StoreError> {
        let kind = sample.fact.kind();
        let body = encode(sample).map_err(|e| StoreError::Refused(e.into()))?;
        Ok(Self { kind, slot: Slot::of(kind, sample.at, sample.until), body })
    }
}

/// A sample as it stands in its row; [`encode`] writes the same fields in the same order.
type Body = (
    String,
    String,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    Vec<String>,
    Option<String>,
    Option<String>,
    SampleFact,
    Vec<Option<String>>,
    Option<String>,
);

fn encode(s: &Sample) -> serde_json::Result<String> {
    let d = &s.dimensions;
    serde_json::to_string(&(
        &s.ticket.source,
        &s.ticket.id,
        s.at.millis(),
        s.until.map(Timestamp::millis),
        &s.customer,
        &d.team,
        &d.agent,
        &d.channel,
        &d.priority,
        &d.tags,
        &d.category,
        &d.tier,
        &s.fact,
        &s.names,
        &s.text,
    ))
}

/// Reads the body of a sample.
pub(super) fn decode(body: &str) -> Result<Sample, StoreError> {
    serde_json::from_str(body).map(read).map_err(|e| StoreError::unreadable("sample", e))
}

fn read(body: Body) -> Sample {
    let (source, id, at, until, customer, team, agent, channel, priority, tags, category, tier, fact, names, text) =
        body;
    Sample {
        ticket: TicketKey { source, id },
        at: Timestamp(at),
        until: until.map(Timestamp),
        customer,
        dimensions: Dimensions { team, agent, channel, priority, tags, category, tier },
        fact,
        names,
        text,
    }
}

/// Reads the bodies of samples, each in an array with the number of its ticket, one after the other.
pub(super) fn decode_numbered(text: &str) -> Result<Vec<(TicketNo, Sample)>, StoreError> {
    let bodies = serde_json::Deserializer::from_str(text).into_iter::<(u32, Body)>();
    let numbered = bodies.map(|body| body.map(|(ticket, body)| (TicketNo(ticket), read(body))));
    numbered.collect::<Result<_, _>>().map_err(|e| StoreError::unreadable("sample", e))
}

impl Store {
    /// All samples that belong to any of the selections, and others beside them, each once, all as of one state of the
    /// store.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn samples(&self, selections: &[Selection]) -> Result<Samples, StoreError> {
        let (mut tx, plan) = self.read_segments(selections).await?;
        self.core.put_together(&mut tx, plan).await
    }

    /// The samples as they would be had nothing been received that happened after `as_of`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn samples_as_of(&self, selections: &[Selection], as_of: Timestamp) -> Result<Samples, StoreError> {
        let (mut tx, plan) = self.read_segments(selections).await?;
        let latest = plan.latest;
        let samples = self.core.put_together(&mut tx, plan).await?;
        if latest.is_none_or(|latest| latest <= as_of) {
            return Ok(samples);
        }
        let rows = tx.all("SELECT no, source, id, first_ts FROM tickets WHERE last_ts > $1", &[as_of.into()]).await?;
        let mut later = HashSet::with_capacity(rows.len());
        let mut begun = BTreeMap::new();
        for row in &rows {
            later.insert(ticket_no(row, 0)?);
            if row.optional_time(3)?.is_some_and(|first| first <= as_of) {
                let key = TicketKey { source: row.get(1)?, id: row.get(2)? };
                begun.insert(row.get(0)?, (ticket_no(row, 0)?, key));
            }
        }
        let mut folded = folded_as_of(&self.core, &mut tx, &begun, as_of).await?;
        folded.retain(|(_, sample)| selections.iter().any(|wanted| wanted.contains(sample)));
        Ok(samples.leaving_out(&later).with_folded(folded))
    }
}

/// The number of a ticket in a column of a row.
pub(super) fn ticket_no(row: &Row, column: usize) -> Result<TicketNo, StoreError> {
    ticket_numbered(row.get(column)?)
}

/// The ticket of a number.
pub(super) fn ticket_numbered(no: i64) -> Result<TicketNo, StoreError> {
    u32::try_from(no).map(TicketNo).map_err(|e| StoreError::unreadable("number of a ticket", e))
}

/// The samples of tickets as of an instant.
async fn folded_as_of(
    core: &Core,
    tx: &mut Tx,
    tickets: &BTreeMap<i64, (TicketNo, TicketKey)>,
    as_of: Timestamp,
) -> Result<Vec<(TicketNo, Sample)>, StoreError> {
    let numbers: Vec<i64> = tickets.keys().copied().collect();
    let mut folded = Vec::new();
    for some in numbers.chunks(TICKETS_AT_A_TIME) {
        for (no, events) in fold::events_of(tx, some, as_of).await? {
            let (no, key) = &tickets[&no];
            let (_, samples) = thread::samples_of(key, &events, &core.definitions);
            folded.extend(samples.into_iter().map(|sample| (*no, sample)));
        }
    }
    Ok(folded)
}
