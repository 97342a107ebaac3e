//! Samples as rows: how they are written, and how exactly those that metrics ask for are found.
//!
//! The body of a row is the whole sample as a JSON array. A day's bodies are read as one text, because most of the cost
//! of a row is in handing it over (measured: 4.3 µs a sample row by row, 1.5 µs a day at a time).

use std::collections::BTreeMap;

use super::engine::Tx;
use super::error::StoreError;
use super::fold;
use super::{Core, Store};
use crate::domain::sample::{Dimensions, Sample, SampleFact, SampleKind, Selection, TicketKey};
use crate::domain::thread;
use crate::domain::timestamp::Timestamp;

/// Tickets folded at a time for an `as_of`.
const TICKETS_AT_A_TIME: usize = 500;

/// A sample ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    /// What it is.
    pub(super) kind: SampleKind,
    /// The instant that decides to which period it belongs.
    pub(super) at: Timestamp,
    /// The end of a span, [`Timestamp::MAX`] while it lasts; `None` for instants.
    pub(super) ending: Option<Timestamp>,
    /// Everything, as JSON.
    pub(super) body: String,
}

/// The UTC day of an instant, counted from 1970.
const fn day(at: Timestamp) -> i64 {
    at.millis().div_euclid(86_400_000)
}

impl Encoded {
    /// The samples of a ticket, in an order that depends on nothing but themselves.
    pub(super) fn in_order(samples: &[Sample]) -> Result<Vec<Self>, StoreError> {
        let mut encoded = samples.iter().map(Self::new).collect::<Result<Vec<_>, _>>()?;
        encoded.sort_unstable_by(|a, b| (a.at, a.kind, &a.body).cmp(&(b.at, b.kind, &b.body)));
        Ok(encoded)
    }

    fn new(sample: &Sample) -> Result<Self, StoreError> {
        let kind = sample.fact.kind();
        let body = encode(sample).map_err(|e| StoreError::Refused(e.into()))?;
        let ending = kind.lasts().then(|| sample.until.unwrap_or(Timestamp::MAX));
        Ok(Self { kind, at: sample.at, ending, body })
    }

    /// The UTC day of [`at`](Self::at).
    pub(super) const fn day(&self) -> i64 {
        day(self.at)
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

/// From one instant on, until before another.
type Between = (Timestamp, Timestamp);

/// Rows of one kind with `from ≤ at < to`, of those that last only the ones that end at `lasting` or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    kind: SampleKind,
    from: Timestamp,
    to: Timestamp,
    lasting: Option<Timestamp>,
}

/// The union of selections as stretches that share no row.
///
/// A span touches `[from, to)` if it begins in there, or begins before and still lasts at `from`. So each kind has
/// stretches of beginnings, merged; and for each `from` the gaps between them, asked for what still lasts.
fn plan(selections: &[Selection]) -> Vec<Stretch> {
    let mut kinds: BTreeMap<SampleKind, (Vec<Between>, Vec<Timestamp>)> = BTreeMap::new();
    for s in selections.iter().filter(|s| s.from < s.to) {
        let (begins, lasting) = kinds.entry(s.kind).or_default();
        match s.spans {
            // An instant has no end, so it touches everything after it.
            true if !s.kind.lasts() => begins.push((Timestamp::MIN, s.to)),
            true => {
                begins.push((s.from, s.to));
                lasting.push(s.from);
            }
            false => begins.push((s.from, s.to)),
        }
    }
    let mut stretches = Vec::new();
    for (kind, (begins, mut lasting)) in kinds {
        let begins = merged(begins);
        stretches.extend(begins.iter().map(|&(from, to)| Stretch { kind, from, to, lasting: None }));
        lasting.sort_unstable();
        lasting.dedup();
        let mut after = Timestamp::MIN;
        for instant in lasting {
            let gaps = gaps(&begins, after, instant).into_iter();
            stretches.extend(gaps.map(|(from, to)| Stretch { kind, from, to, lasting: Some(instant) }));
            after = instant;
        }
    }
    stretches
}

/// Joins stretches that overlap or touch.
fn merged(mut stretches: Vec<Between>) -> Vec<Between> {
    stretches.sort_unstable();
    let mut merged: Vec<Between> = Vec::with_capacity(stretches.len());
    for (from, to) in stretches {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// What lies between `from` and `to` outside of stretches that are sorted and apart.
fn gaps(stretches: &[Between], from: Timestamp, to: Timestamp) -> Vec<Between> {
    let mut gaps = Vec::new();
    let mut free = from;
    for &(begin, end) in stretches.iter().filter(|(_, end)| *end > from) {
        if free < begin.min(to) {
            gaps.push((free, begin.min(to)));
        }
        free = free.max(end);
    }
    if free < to {
        gaps.push((free, to));
    }
    gaps
}

impl Store {
    /// All samples that belong to any of the selections, each once, all as of one state of the store.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn samples(&self, selections: &[Selection]) -> Result<Vec<Sample>, StoreError> {
        let mut tx = self.read().await?;
        select(&mut tx, selections, None).await
    }

    /// The samples as they would be had nothing been received that happened after `as_of`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn samples_as_of(&self, selections: &[Selection], as_of: Timestamp) -> Result<Vec<Sample>, StoreError> {
        let mut tx = self.read().await?;
        let newest = tx.first("SELECT last_ts FROM tickets WHERE last_ts > $1 LIMIT 1", &[as_of.into()]).await?;
        if newest.is_none() {
            return select(&mut tx, selections, None).await;
        }
        let mut samples = select(&mut tx, selections, Some(as_of)).await?;
        for ticket in folded_as_of(&self.core, &mut tx, as_of).await? {
            samples.extend(ticket.into_iter().filter(|s| selections.iter().any(|wanted| wanted.contains(s))));
        }
        Ok(samples)
    }
}

/// Reads what belongs to the selections; with `untouched_since`, only of tickets without an event after it.
async fn select(
    tx: &mut Tx,
    selections: &[Selection],
    untouched_since: Option<Timestamp>,
) -> Result<Vec<Sample>, StoreError> {
    let mut samples = Vec::new();
    for Stretch { kind, from, to, lasting } in plan(selections) {
        let days = [day(from).into(), day(to).into()];
        let mut values = vec![kind.name().into(), from.into(), to.into()];
        match lasting {
            Some(instant) => values.push(instant.into()),
            None => values.extend(days),
        }
        values.extend(untouched_since.map(Into::into));
        // `+at` keeps both engines from reading all that ever began, instead of the little that ended late.
        let sql = match (lasting, untouched_since) {
            (None, None) => {
                "SELECT string_agg(body, ' ') FROM samples
                 WHERE kind = $1 AND at >= $2 AND at < $3 AND day >= $4 AND day <= $5 GROUP BY day"
            }
            (Some(_), None) => {
                "SELECT string_agg(body, ' ') FROM samples
                 WHERE kind = $1 AND +at >= $2 AND +at < $3 AND ending >= $4 AND ending > at GROUP BY day"
            }
            (None, Some(_)) => {
                "SELECT string_agg(body, ' ') FROM samples
                 WHERE kind = $1 AND at >= $2 AND at < $3 AND day >= $4 AND day <= $5
                 AND EXISTS (SELECT 1 FROM tickets WHERE no = ticket AND last_ts <= $6) GROUP BY day"
            }
            (Some(_), Some(_)) => {
                "SELECT string_agg(body, ' ') FROM samples
                 WHERE kind = $1 AND +at >= $2 AND +at < $3 AND ending >= $4 AND ending > at
                 AND EXISTS (SELECT 1 FROM tickets WHERE no = ticket AND last_ts <= $5) GROUP BY day"
            }
        };
        for row in tx.all(sql, &values).await? {
            for body in serde_json::Deserializer::from_str(row.get(0)?).into_iter() {
                samples.push(read(body.map_err(|e| StoreError::unreadable("sample", e))?));
            }
        }
    }
    Ok(samples)
}

/// The samples, up to an instant, of the tickets that have events on both sides of it.
async fn folded_as_of(core: &Core, tx: &mut Tx, as_of: Timestamp) -> Result<Vec<Vec<Sample>>, StoreError> {
    let rows =
        tx.all("SELECT no, source, id FROM tickets WHERE last_ts > $1 AND first_ts <= $1", &[as_of.into()]).await?;
    let mut keys = BTreeMap::new();
    for row in &rows {
        keys.insert(row.get::<i64>(0)?, TicketKey { source: row.get(1)?, id: row.get(2)? });
    }
    let numbers: Vec<i64> = keys.keys().copied().collect();
    let mut folded = Vec::new();
    for some in numbers.chunks(TICKETS_AT_A_TIME) {
        for (no, events) in fold::events_of(tx, some, as_of).await? {
            folded.push(thread::samples_of(&keys[&no], &events, &core.definitions).1);
        }
    }
    Ok(folded)
}
