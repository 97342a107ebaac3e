//! The rounds of one platform: what is due is claimed, and each place is served by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Manner, deliver, groups, park};
use crate::chat::Platforms;
use crate::domain::timestamp::Timestamp;
use crate::store::{OutboxRow, Store, StoreError};

/// Rows taken in one transaction: those of many places, since each place is served by itself.
const BATCH: i64 = 100;

/// Places served at the same time.
const PLACES: usize = 100;

/// How long rows may be in flight before another attempt may take them over: longer than it may take to settle all
/// that is claimed for a place at once ([`CLAIMED_OF_EACH`](crate::store::CLAIMED_OF_EACH)).
const LEASE_MS: i64 = 120_000;

/// A table that has just grown grows again no sooner: one step of many alerts is much cheaper than many steps, and it is
/// edited less often anyway.
const REST: Duration = Duration::from_secs(1);

/// After looking in vain for what is due, the next look comes no sooner than after so many times what that took, within
/// these bounds: looking takes the time of those who ring.
const PAUSES: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// While something is on its way, it is seen at least so often whether something else is due.
const CEILING: Duration = Duration::from_secs(1);

/// Sends every due row of one platform; returns how many were settled or put off. A place that is slow, or takes a
/// message a second, delays no other one: each is served by itself, and what becomes due meanwhile elsewhere is sent.
///
/// `platform` is the word before the colon of a destination (`slack`, `slack.acme`, `discord`, `console`): each has its
/// own loop, so that an outage of one never delays the other. `clock` tells the moment anew for each row, because
/// the lateness an alert prints must be that of its own request.
///
/// # Errors
/// When the store fails; rows in flight become due again when their lease ends.
pub async fn tick(
    store: &Store,
    platforms: &Arc<Platforms>,
    manner: &Arc<Manner>,
    platform: &str,
    clock: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
) -> Result<usize, StoreError> {
    let mut changes = store.changed();
    // Tasks of their own: what is under way goes on while the next rows are read and claimed.
    let mut tasks: JoinSet<Done> = JoinSet::new();
    let (mut served, mut resting) = (BTreeSet::new(), BTreeSet::new());
    let (mut handled, mut failed) = (0, None);
    let mut pause = Duration::ZERO;
    loop {
        tokio::time::sleep(pause).await;
        changes.mark_unchanged();
        let (looked, before) = (Instant::now(), tasks.len());
        if failed.is_none() && served.len() < PLACES {
            match claim(store, manner, platform, &served | &resting, clock()).await {
                Ok((claimed, grown)) => {
                    for (destination, rows) in claimed {
                        handled += rows.len();
                        served.insert(destination.clone());
                        let (store, platforms, manner) = (store.clone(), Arc::clone(platforms), Arc::clone(manner));
                        let clock = clock.clone();
                        tasks.spawn(async move {
                            let delivered = deliver_in_order(&store, &platforms, &manner, &rows, &clock).await;
                            Done::Served(destination, delivered)
                        });
                    }
                    for destination in grown {
                        resting.insert(destination.clone());
                        tasks.spawn(async move {
                            tokio::time::sleep(REST).await;
                            Done::Rested(destination)
                        });
                    }
                }
                Err(error) => failed = Some(error),
            }
        }
        let in_vain = tasks.len() == before;
        pause = if in_vain { (looked.elapsed() * PAUSES).clamp(SHORTEST_PAUSE, LONGEST_PAUSE) } else { SHORTEST_PAUSE };
        let done = tokio::select! {
            done = tasks.join_next() => done,
            _ = changes.changed() => continue,
            () = tokio::time::sleep(CEILING) => continue,
        };
        match done {
            None => return failed.map_or(Ok(handled), Err),
            Some(Ok(Done::Served(destination, delivered))) => {
                served.remove(&destination);
                failed = delivered.err().or(failed);
            }
            Some(Ok(Done::Rested(destination))) => _ = resting.remove(&destination),
            // Nobody knows which place it was: it is served again in the next round, once the lease has ended.
            Some(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "a delivery ended early"),
        }
    }
}

/// What has come to an end.
enum Done {
    /// All that was claimed for a place is settled or put off.
    Served(String, Result<bool, StoreError>),
    /// A place whose table has just grown may take more.
    Rested(String),
}

/// Takes what is due by place, and the places whose tables have grown; alerts not for those that are `busy`.
async fn claim(
    store: &Store,
    manner: &Manner,
    platform: &str,
    busy: BTreeSet<String>,
    now: Timestamp,
) -> Result<(BTreeMap<String, Vec<OutboxRow>>, Vec<String>), StoreError> {
    let (examined, grown) = groups::gather(store, manner, platform, &busy, now).await?;
    let mut places: BTreeMap<String, Vec<OutboxRow>> = BTreeMap::new();
    for row in store.claim_outbox(platform, now, BATCH, LEASE_MS, &examined).await? {
        places.entry(row.destination.clone()).or_default().push(row);
    }
    Ok((places, grown))
}

/// Settles rows of one destination, one after the other; `false` when it does not take messages now.
async fn deliver_in_order(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    rows: &[OutboxRow],
    clock: &impl Fn() -> Timestamp,
) -> Result<bool, StoreError> {
    let mut held = false;
    for row in rows {
        // What is put off holds back what stands behind it: order within a destination is kept.
        if held {
            store.outbox_release(row.id).await?;
            continue;
        }
        match deliver(store, platforms, manner, row, clock).await {
            Ok(settled) => held = !settled,
            Err(error) if error.is_retryable() => return Err(error),
            // One row that cannot be read must not hold up all the others.
            Err(error) => park(store, platforms, row, &error.to_string(), clock()).await?,
        }
    }
    Ok(!held)
}
