//! F1: everything that must survive a crash, as rows, in SQLite or PostgreSQL.
//!
//! The only room that names sqlx. One SQL text serves both engines (`engine` says how); times are UTC milliseconds,
//! JSON is text. What came in (`deliveries`, `events`) is kept; what follows from it (`tickets`, `samples`, `timers`)
//! is rewritten whenever a ticket is folded again; what was done about it (`alerts`, `outbox`, `cards`, `alert_groups`, `digest_slots`) has a
//! unique key, so that nothing is done twice. What was promised when (`policy_versions`) is only ever added to.
//!
//! A [`Store`] never reads the clock: `now` is an argument.

mod accept;
mod agreements;
mod alerts;
mod cards;
mod digests;
mod engine;
mod error;
mod fold;
mod groups;
mod histories;
mod ledger;
mod outbox;
mod published;
mod quarantine;
mod rebuild;
mod rhythm;
mod samples;
mod segments;
#[cfg(test)]
mod tests;
mod tickets;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

pub use accept::{AcceptError, Accepted, Delivery, Origin};
use agreements::Opening;
pub use alerts::DueTimer;
pub use cards::{CardRow, Cards, Shown};
pub use digests::DigestRow;
pub use engine::SLOW_READERS;
pub use error::StoreError;
pub use groups::{DueAlert, GroupRow, GroupShown, Heard, InTables, Together};
pub use histories::History;
pub use outbox::{CLAIMED_OF_EACH, NewOutbox, OVERTAKEN_AFTER, OutboxRow, Priority};
pub use quarantine::Quarantined;
pub use rebuild::Rebuilt;
pub use tickets::{Counts, Feed, Learned, TicketRow, Vocabulary};

use crate::domain::columns::Names;
use crate::domain::definitions::Definitions;
use crate::domain::need::Need;
use crate::domain::privacy::Pseudonyms;
use crate::domain::timestamp::Timestamp;
use engine::{Engine, Listener, Tx};

/// Deliveries that may wait for the writer before [`Store::accept`] answers [`AcceptError::Busy`].
const QUEUE: usize = 4096;
/// Bytes of segments kept in memory: ninety days and the ninety before of what a metric and those beside it read, at ten
/// million tickets in two years. A smaller desk never fills it.
const SEGMENTS: usize = 192 << 20;
/// How long commits gather before they are moved out of SQLite's write-ahead log.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);
/// How long to wait before listening again after PostgreSQL was lost.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// The store. Clones share everything.
#[derive(Clone)]
pub struct Store {
    core: Arc<Core>,
    queue: mpsc::Sender<accept::Job>,
    /// Stopped when the last clone goes.
    _background: Arc<JoinSet<()>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("engine", &self.core.engine).finish_non_exhaustive()
    }
}

/// What the writer and the clones share.
struct Core {
    engine: Engine,
    definitions: Arc<Definitions>,
    /// Counts commits that changed timers or the outbox.
    changed: watch::Sender<u64>,
    /// Told of every commit, for the checkpoint.
    committed: Notify,
    /// Rows of `vocabulary` known to be there.
    known_words: Mutex<HashSet<fold::Word>>,
    /// Segments in memory.
    segments: Mutex<segments::Cache>,
    /// The dictionary of the segments, as last seen.
    names: Mutex<Arc<Names>>,
    /// The words ever seen, as last read.
    vocabulary: Mutex<Arc<Vocabulary>>,
    /// What `seen` is known to say at least.
    known_seen: Mutex<BTreeMap<Need, Timestamp>>,
    /// How customers are stored; unset = as they come.
    pseudonyms: OnceLock<Pseudonyms>,
    /// The definitions have changed and not every ticket has been folded again.
    stale: AtomicBool,
    /// By which other copies of the bot know that this one sends.
    presence: tokio::sync::Mutex<Option<engine::Presence>>,
}

impl Store {
    /// Opens the store at `sqlite://FILE` or `postgres://…`, creating and migrating its tables. If what the definitions
    /// promise is not what was promised last, it is from `now` on.
    ///
    /// # Errors
    /// When the address is no good, the engine is not there, or its tables cannot be brought up to date.
    pub async fn open(url: &str, definitions: &Definitions, now: Timestamp) -> Result<Self, StoreError> {
        Self::open_for(url, definitions, now, Opening::ToWrite).await
    }

    /// The same for somebody who only asks: what the definitions promise does not hold for anybody else.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn look(url: &str, definitions: &Definitions, now: Timestamp) -> Result<Self, StoreError> {
        Self::open_for(url, definitions, now, Opening::ToRead).await
    }

    async fn open_for(
        url: &str,
        definitions: &Definitions,
        now: Timestamp,
        opening: Opening,
    ) -> Result<Self, StoreError> {
        let engine = Engine::open(url).await?;
        let definitions = Arc::new(agreements::complete(&engine, definitions, now, opening).await?);
        let core = Arc::new(Core {
            engine,
            definitions,
            changed: watch::Sender::new(0),
            committed: Notify::new(),
            known_words: Mutex::default(),
            segments: Mutex::new(segments::Cache::new(SEGMENTS)),
            names: Mutex::default(),
            vocabulary: Mutex::default(),
            known_seen: Mutex::default(),
            pseudonyms: OnceLock::new(),
            stale: AtomicBool::new(false),
            presence: tokio::sync::Mutex::default(),
        });
        let stale = rebuild::is_needed(&core, opening).await?;
        core.stale.store(stale, Ordering::Relaxed);
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(accept::write_batches(Arc::clone(&core), jobs));
        let mut background = JoinSet::new();
        match core.engine.listener().await? {
            Some(listener) => background.spawn(keep_listening(Arc::clone(&core), listener)),
            None => background.spawn(keep_checkpointing(Arc::clone(&core))),
        };
        Ok(Self { core, queue, _background: Arc::new(background) })
    }

    /// Marks itself changed after each commit that touched timers or the outbox, here or (PostgreSQL) in another copy
    /// of the bot. A wake-up only shortens the wait; what is due is in the rows.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.core.changed.subscribe()
    }

    /// Whether storage answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.core.engine.glance().await?.first("SELECT 1 FROM marks LIMIT 1", &[]).await?;
        Ok(())
    }

    /// Finishes what is being written and closes all connections. Calls that come later fail as unavailable.
    pub async fn close(self) {
        *self.core.presence.lock().await = None;
        self.core.engine.close().await;
    }

    /// A transaction that may write; see [`Core::commit`].
    async fn write(&self) -> Result<Tx, StoreError> {
        self.core.engine.write().await
    }

    /// A transaction that sees one state of everything.
    async fn read(&self) -> Result<Tx, StoreError> {
        self.core.engine.read().await
    }

    /// A connection for one statement that writes nothing.
    async fn glance(&self) -> Result<Tx, StoreError> {
        self.core.engine.glance().await
    }
}

/// Whether a transaction gives anybody a reason to look again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wake {
    /// Timers or the outbox changed.
    Up,
    /// Nothing that anyone waits for.
    No,
}

impl Core {
    /// Commits, and wakes whoever waits for timers or the outbox.
    async fn commit(&self, mut tx: Tx, wake: Wake) -> Result<(), StoreError> {
        if wake == Wake::Up {
            tx.announce().await?;
        }
        tx.commit().await?;
        self.committed.notify_one();
        if wake == Wake::Up {
            self.changed.send_modify(|n| *n += 1);
        }
        Ok(())
    }

    /// What is not known to be stored of what folding brought to light.
    fn news(&self, folded: &mut fold::Folded) -> fold::News {
        let words = self.known_words.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.known_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |need: &Need, since: &Timestamp| seen.get(need).is_none_or(|known| since < known);
        fold::News {
            words: std::mem::take(&mut folded.words).into_iter().filter(|word| !words.contains(word)).collect(),
            seen: std::mem::take(&mut folded.seen).into_iter().filter(|(need, since)| is_new(need, since)).collect(),
        }
    }

    /// Remembers what is stored now.
    fn know(&self, news: fold::News) {
        self.known_words.lock().unwrap_or_else(PoisonError::into_inner).extend(news.words);
        let mut seen = self.known_seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (need, since) in news.seen {
            let known = seen.entry(need).or_insert(since);
            *known = since.min(*known);
        }
    }
}

/// Keeps checkpoints off the commit path.
async fn keep_checkpointing(core: Arc<Core>) {
    loop {
        core.committed.notified().await;
        tokio::time::sleep(CHECKPOINT_EVERY).await;
        if let Err(error) = core.engine.checkpoint().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "checkpoint put off");
        }
    }
}

/// Passes on what other copies of the bot announce, until the store is closed.
async fn keep_listening(core: Arc<Core>, listener: Listener) {
    let mut listening = Some(listener);
    loop {
        if let Some(mut listener) = listening.take() {
            while listener.heard().await.is_ok() {
                core.changed.send_modify(|n| *n += 1);
            }
        }
        if core.engine.is_closed() {
            return;
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
        match core.engine.listener().await {
            Ok(again) => listening = again,
            Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "cannot listen for other copies"),
        }
        // Whatever was announced meanwhile has been missed.
        core.changed.send_modify(|n| *n += 1);
    }
}
