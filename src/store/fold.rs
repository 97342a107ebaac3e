//! Folding tickets again: their events in, their facts, samples and timers out, and only what differs is written.
//!
//! The rows of a ticket depend on its events and the definitions, not on the order in which the events arrived. The
//! one exception is the state of a timer, which also remembers whether it has rung.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::alerts::{self, TimerRow};
use super::cards;
use super::engine::{Tx, storable};
use super::error::StoreError;
use super::groups;
use super::samples::Encoded;
use super::segments;
use super::tickets::{Span, TicketRow};
use crate::domain::definitions::Definitions;
use crate::domain::event::Event;
use crate::domain::names::Dimension;
use crate::domain::need::Need;
use crate::domain::sample::{Sample, TicketKey};
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;
use crate::domain::{ladder, sla, thread};

/// Which timers keep quiet although they are pending for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hush {
    /// None: what is overdue rings late.
    Nothing,
    /// Those that are overdue: the ticket is history.
    Overdue,
}

/// A ticket to fold again. Its row is locked.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    /// Its number.
    pub(super) no: i64,
    /// Its identity.
    pub(super) key: TicketKey,
    /// Whether it is history.
    pub(super) hush: Hush,
    /// When what touched it arrived.
    pub(super) now: Timestamp,
}

impl Touched {
    pub(super) const fn new(no: i64, key: TicketKey, hush: Hush) -> Self {
        Self { no, key, hush, now: Timestamp::MIN }
    }
}

/// A value of a dimension that has been seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Word {
    topic: &'static str,
    word: String,
}

impl Word {
    fn new(topic: &'static str, word: &str) -> Self {
        Self { topic, word: word.to_owned() }
    }
}

/// What folding changed.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Rows written or removed.
    pub(super) rows: u64,
    /// Timers or cards changed: somebody may have to be woken.
    pub(super) timers_changed: bool,
    /// What the samples mention.
    pub(super) words: HashSet<Word>,
    /// What the events show to be delivered, and since when.
    pub(super) seen: BTreeMap<Need, Timestamp>,
}

impl Folded {
    fn see(&mut self, event: &Event) {
        for need in Need::shown_by(event) {
            let since = self.seen.entry(need).or_insert(event.ts);
            *since = event.ts.min(*since);
        }
    }
}

/// The thread an event of a source belongs to, by an id that the tables can hold.
pub(super) fn thread_of(event: &Event, source: &str) -> TicketKey {
    let key = thread::key_of(event, source);
    TicketKey { id: storable(&key.id).into_owned(), ..key }
}

/// The numbers of tickets, creating those that are new; their rows stay locked until the transaction ends, so that no
/// two copies of the bot fold the same ticket at once.
pub(super) async fn lock_tickets(
    tx: &mut Tx,
    keys: &BTreeSet<TicketKey>,
) -> Result<HashMap<TicketKey, i64>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|k| [k.source.as_str().into(), k.id.as_str().into()]).collect();
    let locked = tx
        .many(
            "INSERT INTO tickets (source, id) VALUES",
            &rows,
            // A column that no key is made of, so that whoever refers to the ticket need not wait for this lock.
            "ON CONFLICT (id, source) DO UPDATE SET first_ts = tickets.first_ts RETURNING source, id, no",
        )
        .await?;
    locked.iter().map(|row| Ok((TicketKey { source: row.get(0)?, id: row.get(1)? }, row.get(2)?))).collect()
}

/// What a ticket's rows should be.
struct Wanted {
    row: Option<TicketRow>,
    span: Option<Span>,
    samples: Vec<Encoded>,
    timers: Vec<sla::Timer>,
}

/// Folds tickets again and writes what differs.
pub(super) async fn refold(tx: &mut Tx, definitions: &Definitions, tickets: &[Touched]) -> Result<Folded, StoreError> {
    let mut folded = Folded::default();
    if tickets.is_empty() {
        return Ok(folded);
    }
    let numbers: Vec<i64> = tickets.iter().map(|t| t.no).collect();
    let mut events = events_of(tx, &numbers, Timestamp::MAX).await?;
    let mut samples = stored_samples(tx, &numbers).await?;
    let mut timers = alerts::stored_timers(tx, &numbers).await?;

    let mut changes = Changes::default();
    for touched in tickets {
        let events = events.remove(&touched.no).unwrap_or_default();
        events.iter().for_each(|event| folded.see(event));
        let wanted = fold_one(&touched.key, &events, definitions, &mut folded.words)?;
        changes.tickets.push((&touched.key, wanted.row, wanted.span));
        changes.compare_samples(touched.no, &samples.remove(&touched.no).unwrap_or_default(), wanted.samples);
        changes.compare_timers(touched, &timers.remove(&touched.no).unwrap_or_default(), &wanted.timers);
    }
    folded.timers_changed = !changes.timers.is_empty() || !changes.gone_timers.is_empty();
    folded.rows = changes.write(tx).await?;
    folded.timers_changed |= cards::mark(tx, &numbers).await?;
    folded.timers_changed |= groups::mark(tx, &numbers).await?;
    Ok(folded)
}

fn fold_one(
    key: &TicketKey,
    events: &[Event],
    definitions: &Definitions,
    words: &mut HashSet<Word>,
) -> Result<Wanted, StoreError> {
    let span = events.iter().map(|e| e.ts).min().zip(events.iter().map(|e| e.ts).max());
    let (ticket, samples) = thread::samples_of(key, events, definitions);
    samples.iter().for_each(|s| collect_words(s, words));
    Ok(Wanted {
        row: ticket.as_ref().map(TicketRow::of),
        span,
        samples: Encoded::in_order(&samples)?,
        timers: ticket.map(|t| timers(&t, definitions)).unwrap_or_default(),
    })
}

/// What is still to ring about a ticket: warnings, deadlines, and the steps of the ladder.
fn timers(ticket: &Ticket, definitions: &Definitions) -> Vec<sla::Timer> {
    let instances = sla::instances(ticket, definitions);
    let mut timers = sla::timers(&instances);
    timers.extend(ladder::timers(ticket, &instances, definitions));
    timers
}

/// The values of dimensions a sample mentions.
fn collect_words(sample: &Sample, words: &mut HashSet<Word>) {
    let d = &sample.dimensions;
    let single = [
        (Dimension::Team, d.team.as_deref()),
        (Dimension::Agent, d.agent.as_deref()),
        (Dimension::Channel, d.channel.as_deref()),
        (Dimension::Priority, Some(d.priority.as_str()).filter(|p| !p.is_empty())),
        (Dimension::Category, d.category.as_deref()),
        (Dimension::Tier, d.tier.as_deref()),
        (Dimension::Source, Some(sample.ticket.source.as_str())),
    ];
    let tags = d.tags.iter().map(|t| (Dimension::Tag, Some(t.as_str())));
    for (dimension, value) in single.into_iter().chain(tags) {
        words.extend(value.map(|v| Word::new(dimension.name(), v)));
    }
}

/// The events of tickets up to an instant, in no particular order.
pub(super) async fn events_of(
    tx: &mut Tx,
    numbers: &[i64],
    until: Timestamp,
) -> Result<BTreeMap<i64, Vec<Event>>, StoreError> {
    let rows: Vec<_> = numbers.iter().map(|no| [(*no).into()]).collect();
    let mut events: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    for row in tx.many("SELECT ticket, ts, body FROM events WHERE ticket IN (VALUES", &rows, ")").await? {
        if row.time(1)? <= until {
            events.entry(row.get(0)?).or_default().push(parse_event(row.get(2)?)?);
        }
    }
    Ok(events)
}

/// Reads a stored event.
pub(super) fn parse_event(body: &str) -> Result<Event, StoreError> {
    Event::parse_again(body).map_err(|e| StoreError::unreadable("event", e))
}

/// A sample as it stands in its row.
struct Stored {
    kind: String,
    slot: i64,
    body: String,
}

impl Stored {
    fn is(&self, wanted: &Encoded) -> bool {
        (self.kind.as_str(), self.slot, &self.body) == (wanted.kind.name(), wanted.slot.0, &wanted.body)
    }
}

/// The samples of tickets as they stand, by their position.
async fn stored_samples(tx: &mut Tx, numbers: &[i64]) -> Result<HashMap<i64, BTreeMap<i64, Stored>>, StoreError> {
    let rows: Vec<_> = numbers.iter().map(|no| [(*no).into()]).collect();
    let mut samples: HashMap<i64, BTreeMap<i64, Stored>> = HashMap::new();
    for row in tx.many("SELECT ticket, n, kind, slot, body FROM samples WHERE ticket IN (VALUES", &rows, ")").await? {
        let stored = Stored { kind: row.get(2)?, slot: row.get(3)?, body: row.get(4)? };
        samples.entry(row.get(0)?).or_default().insert(row.get(1)?, stored);
    }
    Ok(samples)
}

/// What has to be written for the rows to be as wanted.
#[derive(Default)]
struct Changes<'a> {
    tickets: Vec<(&'a TicketKey, Option<TicketRow>, Option<Span>)>,
    samples: Vec<(i64, i64, Encoded)>,
    /// Ticket, and the position from which on samples are gone.
    gone_samples: Vec<(i64, i64)>,
    /// Where samples of which ticket are no longer what they were: kind, slot, ticket.
    slots: BTreeSet<(String, i64, i64)>,
    timers: Vec<(i64, TimerRow)>,
    gone_timers: Vec<(i64, TimerRow)>,
}

impl Changes<'_> {
    fn compare_samples(&mut self, no: i64, stored: &BTreeMap<i64, Stored>, wanted: Vec<Encoded>) {
        let count = i64::try_from(wanted.len()).expect("a ticket has far fewer than 2^63 samples");
        let differs = |(n, sample): &(i64, Encoded)| stored.get(n).is_none_or(|stored| !stored.is(sample));
        let differing: Vec<_> = (0..).zip(wanted).filter(differs).collect();
        let replaced = differing.iter().filter_map(|(n, _)| stored.get(n));
        let gone = stored.range(count..).map(|(_, stored)| stored);
        self.slots.extend(replaced.chain(gone).map(|stored| (stored.kind.clone(), stored.slot, no)));
        self.slots.extend(differing.iter().map(|(_, new)| (new.kind.name().to_owned(), new.slot.0, no)));
        if stored.range(count..).next().is_some() {
            self.gone_samples.push((no, count));
        }
        self.samples.extend(differing.into_iter().map(|(n, sample)| (no, n, sample)));
    }

    fn compare_timers(&mut self, touched: &Touched, stored: &[TimerRow], wanted: &[sla::Timer]) {
        let (set, gone) = alerts::reconcile(stored, wanted, touched.hush, touched.now);
        self.timers.extend(set.into_iter().map(|t| (touched.no, t)));
        self.gone_timers.extend(gone.into_iter().map(|t| (touched.no, t)));
    }

    async fn write(self, tx: &mut Tx) -> Result<u64, StoreError> {
        let mut rows = self.samples.len() + self.timers.len() + self.gone_timers.len();
        let tickets: Vec<_> =
            self.tickets.iter().map(|(key, row, span)| TicketRow::values(key, row.as_ref(), *span)).collect();
        tx.many(TicketRow::WRITE.0, &tickets, TicketRow::WRITE.1).await?;

        for (no, from) in self.gone_samples {
            let gone = tx.run("DELETE FROM samples WHERE ticket = $1 AND n >= $2", &[no.into(), from.into()]).await?;
            rows += usize::try_from(gone).unwrap_or(usize::MAX);
        }
        let samples: Vec<_> = self
            .samples
            .iter()
            .map(|(no, n, s)| {
                [(*no).into(), (*n).into(), s.kind.name().into(), s.slot.0.into(), s.body.as_str().into()]
            })
            .collect();
        tx.many(
            "INSERT INTO samples (ticket, n, kind, slot, body) VALUES",
            &samples,
            "ON CONFLICT (ticket, n) DO UPDATE SET kind = excluded.kind, slot = excluded.slot, body = excluded.body",
        )
        .await?;
        segments::note_changes(tx, &self.slots).await?;
        alerts::write_timers(tx, &self.timers, &self.gone_timers).await?;
        Ok(rows as u64)
    }
}

/// What folding brought to light and is not known to be stored.
#[derive(Debug)]
pub(super) struct News {
    /// Values of dimensions.
    pub(super) words: Vec<Word>,
    /// What is delivered, and since when.
    pub(super) seen: BTreeMap<Need, Timestamp>,
}

impl News {
    /// Adds it to what is stored, in an order in which copies of the bot never wait for one another in a circle.
    pub(super) async fn write(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut words: Vec<&Word> = self.words.iter().collect();
        words.sort_unstable();
        let words: Vec<_> = words.iter().map(|w| [w.topic.into(), w.word.as_str().into()]).collect();
        tx.many("INSERT INTO vocabulary (topic, word) VALUES", &words, "ON CONFLICT (topic, word) DO NOTHING").await?;
        let seen: Vec<_> = self.seen.iter().map(|(need, since)| [need.word().into(), (*since).into()]).collect();
        tx.many(
            "INSERT INTO seen (need, since) VALUES",
            &seen,
            "ON CONFLICT (need) DO UPDATE SET since = excluded.since WHERE excluded.since < seen.since",
        )
        .await?;
        Ok(())
    }
}
