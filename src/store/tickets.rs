//! Tickets and their events, as alerts, lists and explanations read them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use super::Store;
use super::engine::{Row, Tx, Value};
use super::error::StoreError;
use super::fold::{self, parse_event};
use super::samples::decode;
use crate::domain::alert::{TicketFacts, Truth};
use crate::domain::event::{Event, Status};
use crate::domain::handling::Handling;
use crate::domain::need::Need;
use crate::domain::sample::{SampleFact, SampleKind, TicketKey};
use crate::domain::sla::{self, Instance, Promise, Target};
use crate::domain::ticket::{self, Ticket};
use crate::domain::timestamp::Timestamp;

/// The words ever seen, by topic.
pub type Vocabulary = BTreeMap<String, BTreeSet<String>>;

/// What all tickets together have shown.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Every word ever seen, by topic: the values of the dimensions under their names.
    pub words: Arc<Vocabulary>,
    /// What sources have shown to deliver, and the time of the oldest event that shows it.
    pub delivered: BTreeMap<Need, Timestamp>,
}

/// When a ticket's first and last event happened.
pub(super) type Span = (Timestamp, Timestamp);

/// A ticket as of its last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// Which ticket.
    pub key: TicketKey,
    /// When it was created.
    pub created: Timestamp,
    /// Where it stands.
    pub status: Status,
    /// What alerts and lists say about it.
    pub facts: TicketFacts,
}

impl TicketRow {
    /// The row of a folded ticket.
    pub(super) fn of(ticket: &Ticket) -> Self {
        let facts = TicketFacts {
            subject: ticket.facts.subject.clone(),
            url: ticket.facts.url.clone(),
            priority: ticket.priority.last().clone(),
            team: ticket.team.last().clone(),
            agent: ticket.agent.last().clone(),
        };
        Self { key: ticket.key.clone(), created: ticket.created, status: *ticket.status.last(), facts }
    }

    /// Head and tail of the statement that writes [`TicketRow::values`].
    pub(super) const WRITE: (&'static str, &'static str) = (
        "INSERT INTO tickets
         (source, id, first_ts, last_ts, created, subject, url, status, priority, team, agent) VALUES",
        "ON CONFLICT (id, source) DO UPDATE SET first_ts = excluded.first_ts, last_ts = excluded.last_ts,
         created = excluded.created, subject = excluded.subject, url = excluded.url, status = excluded.status,
         priority = excluded.priority, team = excluded.team, agent = excluded.agent",
    );

    /// What is written. Without a row (the creation is unknown) only the key and the span of the events stand.
    pub(super) fn values<'a>(key: &'a TicketKey, row: Option<&'a Self>, span: Option<Span>) -> [Value<'a>; 11] {
        let facts = row.map(|r| &r.facts);
        [
            key.source.as_str().into(),
            key.id.as_str().into(),
            span.map(|s| s.0).into(),
            span.map(|s| s.1).into(),
            row.map(|r| r.created).into(),
            facts.and_then(|f| f.subject.as_deref()).into(),
            facts.and_then(|f| f.url.as_deref()).into(),
            row.map(|r| r.status.name()).into(),
            facts.map(|f| f.priority.as_str()).into(),
            facts.and_then(|f| f.team.as_deref()).into(),
            facts.and_then(|f| f.agent.as_deref()).into(),
        ]
    }

    /// Reads `source, id, created, status, subject, url, priority, team, agent`, the first of them at column `at`, of a
    /// ticket whose creation is known.
    pub(super) fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let status: &str = row.get(at + 3)?;
        Ok(Self {
            key: TicketKey { source: row.get(at)?, id: row.get(at + 1)? },
            created: row.time(at + 2)?,
            status: serde_json::from_value(status.into()).map_err(|e| StoreError::unreadable("ticket", e))?,
            facts: TicketFacts {
                subject: row.get(at + 4)?,
                url: row.get(at + 5)?,
                priority: row.get(at + 6)?,
                team: row.get(at + 7)?,
                agent: row.get(at + 8)?,
            },
        })
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tickets whose creation is known.
    pub tickets: u64,
    /// Events.
    pub events: u64,
    /// When the oldest event happened.
    pub oldest: Option<Timestamp>,
}

/// What a source has sent so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Name of the `[[source]]`.
    pub source: String,
    /// How many events.
    pub events: u64,
    /// When the oldest happened.
    pub oldest: Timestamp,
    /// When the newest happened.
    pub newest: Timestamp,
    /// When the last one arrived.
    pub received_at: Timestamp,
}

impl Store {
    /// The events of a ticket, in their order.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn events(&self, ticket: &TicketKey) -> Result<Vec<Event>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all(
                "SELECT body FROM events WHERE ticket = (SELECT no FROM tickets WHERE id = $1 AND source = $2)",
                &[ticket.id.as_str().into(), ticket.source.as_str().into()],
            )
            .await?;
        let mut events = rows.iter().map(|row| parse_event(row.get(0)?)).collect::<Result<Vec<_>, _>>()?;
        events.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(events)
    }

    /// A ticket.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn ticket(&self, key: &TicketKey) -> Result<Option<TicketRow>, StoreError> {
        Ok(self.find_tickets(&key.id).await?.into_iter().find(|t| t.key == *key))
    }

    /// The tickets of that id in all sources, by source.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn find_tickets(&self, id: &str) -> Result<Vec<TicketRow>, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all(
                "SELECT source, id, created, status, subject, url, priority, team, agent
                 FROM tickets WHERE id = $1 AND created IS NOT NULL",
                &[id.into()],
            )
            .await?;
        let mut tickets = rows.iter().map(|row| TicketRow::read(row, 0)).collect::<Result<Vec<_>, _>>()?;
        tickets.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(tickets)
    }

    /// The promise to a ticket whose clock began at `started`, or that was once known so, as of its last event: the truth
    /// to look at before anything is said.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn truth(
        &self,
        ticket: &TicketKey,
        target: Target,
        started: Timestamp,
    ) -> Result<Option<Truth>, StoreError> {
        // Of two that begin in the same instant, the first ended in it too.
        let truths = self.truths(ticket).await?;
        Ok(truths.into_iter().rev().find(|truth| truth.instance.promise.is_about(target, started)))
    }

    /// Every promise to a ticket as of its last event, in order of their start.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn truths(&self, ticket: &TicketKey) -> Result<Vec<Truth>, StoreError> {
        Ok(self.truths_of(std::slice::from_ref(ticket)).await?.remove(ticket).unwrap_or_default())
    }

    /// Every promise to each of several tickets, as [`truths`](Self::truths) has it.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn truths_of(&self, tickets: &[TicketKey]) -> Result<BTreeMap<TicketKey, Vec<Truth>>, StoreError> {
        let mut tx = self.glance().await?;
        let keys: BTreeSet<&TicketKey> = tickets.iter().collect();
        let keys: Vec<_> = keys.into_iter().map(|key| [key.id.as_str().into(), key.source.as_str().into()]).collect();
        let head = "SELECT source, id, created, status, subject, url, priority, team, agent, no
                    FROM tickets WHERE created IS NOT NULL AND (id, source) IN (VALUES";
        let mut found: BTreeMap<i64, TicketRow> = BTreeMap::new();
        for row in &tx.many(head, &keys, ")").await? {
            found.insert(row.get(9)?, TicketRow::read(row, 0)?);
        }
        let numbers: Vec<i64> = found.keys().copied().collect();
        let mut events = fold::events_of(&mut tx, &numbers, Timestamp::MAX).await?;
        let mut truths = BTreeMap::new();
        for (no, TicketRow { key, facts, .. }) in found {
            let events = events.remove(&no).unwrap_or_default();
            let Some(folded) = ticket::fold(&key, &events, &self.core.definitions) else { continue };
            let truth = |instance: Instance| Truth {
                facts: facts.clone(),
                handling: Handling::of(&folded, &instance.promise),
                instance,
            };
            let all = sla::instances(&folded, &self.core.definitions).into_iter().map(truth).collect();
            truths.insert(key, all);
        }
        Ok(truths)
    }

    /// Up to `limit` tickets with a promise that runs or was broken, the soonest or latest deadline first.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn tickets_with_promises(&self, limit: usize) -> Result<Vec<TicketKey>, StoreError> {
        let mut tx = self.read().await?;
        let key = |row: &Row| Ok::<_, StoreError>(TicketKey { source: row.get(0)?, id: row.get(1)? });
        let mut found = Vec::new();
        for sql in [
            "SELECT t.source, t.id FROM timers m JOIN tickets t ON t.no = m.ticket WHERE m.state = 'pending'
             GROUP BY t.no, t.source, t.id ORDER BY min(m.rings_at), t.no LIMIT $1",
            "SELECT t.source, t.id FROM alerts a JOIN tickets t ON t.no = a.ticket
             GROUP BY t.no, t.source, t.id ORDER BY max(a.rung_at) DESC, t.no LIMIT $1",
        ] {
            for row in &tx.all(sql, &[limit.into()]).await? {
                let key: TicketKey = key(row)?;
                if found.len() < limit && !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        Ok(found)
    }

    /// How much there is.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let mut tx = self.read().await?;
        let tickets = tx.first("SELECT count(created) FROM tickets", &[]).await?;
        let tickets = tickets.map_or(Ok(0), |row| row.get::<i64>(0))?;
        let feeds = read_feeds(&mut tx).await?;
        Ok(Counts {
            tickets: tickets.unsigned_abs(),
            events: feeds.iter().map(|f| f.events).sum(),
            oldest: feeds.iter().map(|f| f.oldest).min(),
        })
    }

    /// What each source has sent so far, by source.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn feeds(&self) -> Result<Vec<Feed>, StoreError> {
        read_feeds(&mut self.glance().await?).await
    }

    /// What has been learned from all tickets. Words are only ever added, so they are read again when there are more;
    /// until then they are the same [`Arc`].
    ///
    /// # Errors
    /// When storage fails.
    pub async fn learned(&self) -> Result<Learned, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx.all("SELECT need, since FROM seen UNION ALL SELECT '', count(*) FROM vocabulary", &[]).await?;
        let (mut delivered, mut count) = (BTreeMap::new(), 0);
        for row in &rows {
            match (row.get(0)?, row.get(1)?) {
                ("", words) => count = words,
                // A later version of the program may have needs that this one has not.
                (need, since) => delivered.extend(Need::from_word(need).map(|need| (need, Timestamp(since)))),
            }
        }
        let known = Arc::clone(&self.core.vocabulary.lock().unwrap_or_else(PoisonError::into_inner));
        if known.values().map(|words| words.len() as i64).sum::<i64>() == count {
            return Ok(Learned { words: known, delivered });
        }
        let mut words = Vocabulary::new();
        for row in &tx.all("SELECT topic, word FROM vocabulary", &[]).await? {
            words.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        let words = Arc::new(words);
        *self.core.vocabulary.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&words);
        Ok(Learned { words, delivered })
    }

    /// What alerts and lists say about tickets, as of their last events; of a ticket whose creation is unknown nothing.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn facts(&self, tickets: &[TicketKey]) -> Result<BTreeMap<TicketKey, TicketFacts>, StoreError> {
        let mut found = BTreeMap::new();
        let mut tx = self.glance().await?;
        let keys: Vec<_> = tickets.iter().map(|key| [key.id.as_str().into(), key.source.as_str().into()]).collect();
        let head = "SELECT source, id, created, status, subject, url, priority, team, agent
                    FROM tickets WHERE created IS NOT NULL AND (id, source) IN (VALUES";
        for row in &tx.many(head, &keys, ")").await? {
            let row = TicketRow::read(row, 0)?;
            found.insert(row.key, row.facts);
        }
        Ok(found)
    }
}

async fn read_feeds(tx: &mut Tx) -> Result<Vec<Feed>, StoreError> {
    let rows = tx.all("SELECT source, events, oldest, newest, received_at FROM feeds", &[]).await?;
    let feed = |row: &Row| {
        Ok(Feed {
            source: row.get(0)?,
            events: row.get::<i64>(1)?.unsigned_abs(),
            oldest: row.time(2)?,
            newest: row.time(3)?,
            received_at: row.time(4)?,
        })
    };
    let mut feeds = rows.iter().map(feed).collect::<Result<Vec<_>, StoreError>>()?;
    feeds.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(feeds)
}

/// The promises to tickets and the policies that judged them, with the number of the ticket.
pub(super) async fn promises_of(tx: &mut Tx, numbers: &[i64]) -> Result<Vec<(i64, Promise, String)>, StoreError> {
    let rows: Vec<_> = numbers.iter().map(|no| [(*no).into()]).collect();
    let mut promises = Vec::new();
    for row in tx.many("SELECT ticket, kind, body FROM samples WHERE ticket IN (VALUES", &rows, ")").await? {
        if row.get::<&str>(1)? != SampleKind::Sla.name() {
            continue;
        }
        let mut sample = decode(row.get(2)?)?;
        if let SampleFact::Sla { promise } = sample.fact {
            let policy = sample.names.get_mut(Promise::POLICY).and_then(Option::take);
            promises.push((row.get(0)?, promise, policy.unwrap_or_default()));
        }
    }
    Ok(promises)
}
