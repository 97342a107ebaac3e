//! The single writer: deliveries queue up, and all that wait are committed in one transaction.
//!
//! Nothing is answered before it is on disk. A delivery that the tables refuse does not take its neighbours down: the
//! batch is tried again one by one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::engine::{Row, Tx, storable};
use super::error::StoreError;
use super::fold::{self, Hush, Touched};
use super::{Core, Store, Wake, rhythm};
use crate::domain::event::Event;
use crate::domain::sample::TicketKey;
use crate::domain::timestamp::Timestamp;

/// The most deliveries one transaction carries.
const DELIVERIES: usize = 512;
/// The most events one transaction carries, unless a single delivery has more.
const EVENTS: usize = 4000;

/// What arrived at once: acknowledged as a whole, stored as a whole.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Name of the `[[source]]`.
    pub source: String,
    /// Unique within the source; a second delivery with the same key is the same delivery.
    pub key: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The headers that matter, as a JSON object.
    pub headers: String,
    /// The raw body.
    pub body: Option<Vec<u8>>,
    /// What it means.
    pub events: Vec<Event>,
    /// How it came.
    pub origin: Origin,
}

/// How a delivery came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// As it happened: what is overdue rings late.
    Live,
    /// As history: what is overdue by then is recorded and does not ring.
    Import,
}

impl Origin {
    const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Import => "import",
        }
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// It was here before; nothing changed.
    pub duplicate: bool,
    /// How many of its events were new.
    pub new_events: usize,
}

/// Why a delivery was not kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AcceptError {
    /// Too much waits already; try again.
    #[error("too many deliveries are waiting to be stored")]
    Busy,
    /// Storage fails; try again.
    #[error("the delivery could not be stored")]
    Unavailable(#[source] Arc<StoreError>),
    /// This delivery can never be stored as it is.
    #[error("the delivery cannot be stored")]
    Refused(#[source] Arc<StoreError>),
}

impl AcceptError {
    /// Whether the sender should try again.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_))
    }
}

impl From<StoreError> for AcceptError {
    fn from(e: StoreError) -> Self {
        if e.is_retryable() { Self::Unavailable(Arc::new(e)) } else { Self::Refused(Arc::new(e)) }
    }
}

/// A delivery and whom to tell.
pub(super) struct Job {
    delivery: Delivery,
    answer: oneshot::Sender<Result<Accepted, AcceptError>>,
}

impl Store {
    /// Stores a delivery, its events and all that follows from them, in one transaction. Returns once it is on disk.
    ///
    /// # Errors
    /// When it was not kept; see [`AcceptError`].
    pub async fn accept(&self, mut delivery: Delivery) -> Result<Accepted, AcceptError> {
        if let Some(pseudonyms) = self.core.pseudonyms.get() {
            delivery.events.iter_mut().for_each(|event| pseudonyms.conceal(event));
        }
        normalize(&mut delivery);
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { delivery, answer }).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => AcceptError::Busy,
            mpsc::error::TrySendError::Closed(_) => writer_is_gone(),
        })?;
        answered.await.unwrap_or_else(|_| Err(writer_is_gone()))
    }
}

fn writer_is_gone() -> AcceptError {
    StoreError::Unavailable("the writer has stopped".into()).into()
}

/// Makes every id explicit and storable, so that what is compared here is what the tables hold.
fn normalize(delivery: &mut Delivery) {
    let clean = |text: &mut String| {
        if let std::borrow::Cow::Owned(storable) = storable(text) {
            *text = storable;
        }
    };
    clean(&mut delivery.source);
    clean(&mut delivery.key);
    for event in &mut delivery.events {
        clean(&mut event.event_id);
        clean(event.source.get_or_insert_with(|| delivery.source.clone()));
        event.ticket.as_mut().map(clean);
    }
}

/// The writer task: takes all that waits, commits it, answers. Ends when the last [`Store`] is gone.
pub(super) async fn write_batches(core: Arc<Core>, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(DELIVERIES);
    while queue.recv_many(&mut jobs, DELIVERIES).await > 0 {
        while !jobs.is_empty() {
            let later = jobs.split_off(affordable(&jobs));
            settle(&core, std::mem::replace(&mut jobs, later)).await;
        }
    }
}

/// How many of the first jobs fit into one transaction.
fn affordable(jobs: &[Job]) -> usize {
    let mut events = 0;
    let fits = |job: &&Job| {
        events += job.delivery.events.len();
        events <= EVENTS
    };
    jobs.iter().take_while(fits).count().max(1)
}

/// Stores a batch and answers everyone in it.
async fn settle(core: &Core, jobs: Vec<Job>) {
    let (deliveries, answers): (Vec<_>, Vec<_>) = jobs.into_iter().map(|j| (j.delivery, j.answer)).unzip();
    let all: Vec<&Delivery> = deliveries.iter().collect();
    let results: Vec<Result<Accepted, AcceptError>> = match store_contained(core, &all).await {
        Ok(accepted) => accepted.into_iter().map(Ok).collect(),
        Err(error) if error.is_retryable() || all.len() == 1 => {
            let error = AcceptError::from(error);
            all.iter().map(|_| Err(error.clone())).collect()
        }
        Err(_) => {
            let mut results = Vec::with_capacity(all.len());
            for one in &all {
                results.push(store_contained(core, &[one]).await.map(|a| a[0]).map_err(AcceptError::from));
            }
            results
        }
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // Whoever asked may have hung up; what is stored stays stored.
        let _ = answer.send(result);
    }
}

/// [`store`], with a panic (a fault of ours that some delivery brings out) turned into a refusal.
async fn store_contained(core: &Core, deliveries: &[&Delivery]) -> Result<Vec<Accepted>, StoreError> {
    let stored = AssertUnwindSafe(store(core, deliveries)).catch_unwind().await;
    stored.unwrap_or_else(|_| Err(StoreError::Refused("storing it panicked".into())))
}

/// Stores deliveries in one transaction; one answer each, in their order.
async fn store(core: &Core, deliveries: &[&Delivery]) -> Result<Vec<Accepted>, StoreError> {
    let mut tx = core.engine.write().await?;
    let fresh = append_deliveries(&mut tx, deliveries).await?;
    let appended = append_events(&mut tx, deliveries, &fresh).await?;

    let mut accepted = vec![Accepted { duplicate: true, new_events: 0 }; deliveries.len()];
    fresh.iter().for_each(|&n| accepted[n].duplicate = false);
    let mut feeds = BTreeMap::new();
    let mut heard = BTreeMap::new();
    let mut touched = BTreeMap::new();
    for new in &appended {
        let delivery = deliveries[new.delivery];
        accepted[new.delivery].new_events += 1;
        // What people do in chat says nothing about whether the source still speaks.
        if !new.event.fact.is_mark() {
            count(&mut feeds, new.event, delivery.received_at);
            *heard.entry((event_key(new.event).0, rhythm::slot(new.event.ts))).or_default() += 1;
        }
        let entry = touched.entry(new.no).or_insert_with(|| Touched::new(new.no, new.thread.clone(), Hush::Overdue));
        entry.now = entry.now.max(delivery.received_at);
        if delivery.origin == Origin::Live {
            entry.hush = Hush::Nothing;
        }
    }

    let touched: Vec<Touched> = touched.into_values().collect();
    let mut folded = fold::refold(&mut tx, &core.definitions, &touched).await?;
    let news = core.news(&mut folded);
    news.write(&mut tx).await?;
    write_feeds(&mut tx, &feeds).await?;
    rhythm::write(&mut tx, &heard).await?;
    core.commit(tx, if folded.timers_changed { Wake::Up } else { Wake::No }).await?;
    core.know(news);
    Ok(accepted)
}

/// Writes the deliveries that are new; their positions.
async fn append_deliveries(tx: &mut Tx, deliveries: &[&Delivery]) -> Result<Vec<usize>, StoreError> {
    let mut firsts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (n, d) in deliveries.iter().enumerate() {
        firsts.entry((&d.source, &d.key)).or_insert(n);
    }
    let rows: Vec<_> = firsts
        .values()
        .map(|&n| deliveries[n])
        .map(|d| {
            [
                d.source.as_str().into(),
                d.key.as_str().into(),
                d.received_at.into(),
                d.origin.name().into(),
                d.headers.as_str().into(),
                d.body.as_deref().into(),
            ]
        })
        .collect();
    let written = tx
        .many(
            "INSERT INTO deliveries (source, key, received_at, origin, headers, body) VALUES",
            &rows,
            "ON CONFLICT (source, key) DO NOTHING RETURNING source, key",
        )
        .await?;
    let written = keys(&written)?;
    let mut fresh: Vec<usize> = firsts.into_iter().filter(|(key, _)| written.contains(key)).map(|(_, n)| n).collect();
    fresh.sort_unstable();
    Ok(fresh)
}

/// An event that was not known, and the delivery and thread it belongs to.
struct NewEvent<'a> {
    delivery: usize,
    event: &'a Event,
    no: i64,
    thread: TicketKey,
}

/// Writes the events that are new, and the threads they belong to. The rows of those are locked from then on.
///
/// Everything is written in the order of its key, so that copies of the bot never wait for one another in a circle.
async fn append_events<'a>(
    tx: &mut Tx,
    deliveries: &[&'a Delivery],
    fresh: &[usize],
) -> Result<Vec<NewEvent<'a>>, StoreError> {
    let mut unknown: BTreeMap<(&str, &str), (usize, &Event)> = BTreeMap::new();
    for &n in fresh {
        for event in &deliveries[n].events {
            unknown.entry(event_key(event)).or_insert((n, event));
        }
    }
    let ids: Vec<_> = unknown.keys().map(|(source, id)| [(*source).into(), (*id).into()]).collect();
    // A join, because SQLite reads the whole index for a list of pairs.
    let known = tx
        .look_up(
            "WITH wanted (source, event_id) AS (VALUES",
            &ids,
            ") SELECT e.source, e.event_id FROM wanted w JOIN events e ON e.source = w.source AND e.event_id = w.event_id",
        )
        .await?;
    let known = keys(&known)?;
    unknown.retain(|id, _| !known.contains(id));

    let thread = |event: &Event| fold::thread_of(event, event_key(event).0);
    let about: BTreeSet<TicketKey> = unknown.values().map(|(_, e)| thread(e)).collect();
    let numbers = fold::lock_tickets(tx, &about).await?;

    let rows: Vec<_> = unknown
        .iter()
        .map(|((source, id), (_, event))| {
            [(*source).into(), (*id).into(), numbers[&thread(event)].into(), event.ts.into(), event.to_json().into()]
        })
        .collect();
    let written = tx
        .many(
            "INSERT INTO events (source, event_id, ticket, ts, body) VALUES",
            &rows,
            "ON CONFLICT (source, event_id) DO NOTHING RETURNING source, event_id",
        )
        .await?;
    // Another copy of the bot may have written some of them meanwhile.
    let written = keys(&written)?;
    let appended = unknown.into_iter().filter(|(id, _)| written.contains(id));
    let new = |(_, (delivery, event)): (_, (usize, &'a Event))| {
        let thread = thread(event);
        NewEvent { delivery, event, no: numbers[&thread], thread }
    };
    Ok(appended.map(new).collect())
}

/// The first two columns of rows, which are their key.
fn keys(rows: &[Row]) -> Result<HashSet<(&str, &str)>, StoreError> {
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What makes an event the same event. [`normalize`] has filled in the source.
fn event_key(event: &Event) -> (&str, &str) {
    (event.source.as_deref().unwrap_or_default(), &event.event_id)
}

/// What one transaction adds to a row of `feeds`.
struct Feeding {
    events: usize,
    oldest: Timestamp,
    newest: Timestamp,
    received_at: Timestamp,
}

fn count<'a>(feeds: &mut BTreeMap<&'a str, Feeding>, event: &'a Event, received_at: Timestamp) {
    let (ts, source) = (event.ts, event_key(event).0);
    let feed = feeds.entry(source).or_insert(Feeding { events: 0, oldest: ts, newest: ts, received_at });
    feed.events += 1;
    feed.oldest = feed.oldest.min(ts);
    feed.newest = feed.newest.max(ts);
    feed.received_at = feed.received_at.max(received_at);
}

async fn write_feeds(tx: &mut Tx, feeds: &BTreeMap<&str, Feeding>) -> Result<(), StoreError> {
    let rows: Vec<_> = feeds
        .iter()
        .map(|(source, f)| [(*source).into(), f.events.into(), f.oldest.into(), f.newest.into(), f.received_at.into()])
        .collect();
    tx.many(
        "INSERT INTO feeds (source, events, oldest, newest, received_at) VALUES",
        &rows,
        "ON CONFLICT (source) DO UPDATE SET events = feeds.events + excluded.events,
         oldest = CASE WHEN excluded.oldest < feeds.oldest THEN excluded.oldest ELSE feeds.oldest END,
         newest = CASE WHEN excluded.newest > feeds.newest THEN excluded.newest ELSE feeds.newest END,
         received_at = CASE WHEN excluded.received_at > feeds.received_at
                       THEN excluded.received_at ELSE feeds.received_at END",
    )
    .await?;
    Ok(())
}
