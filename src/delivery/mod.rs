//! F2: the outbox's way out. Each due row is read against the truth, then sent, put off, parked or dropped.
//!
//! A row is marked as being sent, in a committed transaction, before the request leaves. If the process dies or the
//! connection breaks in between, the next attempt knows that the message may already be there: Discord recognises
//! the nonce, on Slack we look before we post.

use std::time::Duration;

use crate::chat::{Channel, Outgoing, Platforms, SendError};
use crate::domain::alert::{Announcement, Decision, Reason, decide, for_operators};
use crate::domain::message::Message;
use crate::domain::names::capital;
use crate::domain::timestamp::Timestamp;
use crate::store::{NewOutbox, OutboxRow, Priority, Store, StoreError};

/// Rows taken in one transaction; few, since all of them must be settled within the lease.
const BATCH: i64 = 5;

/// How long rows may be in flight before another attempt may take them over: longer than a whole batch may take.
const LEASE_MS: i64 = 120_000;

/// The longest one request to a platform may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Waits between attempts, doubled each time up to the last.
const FIRST_BACKOFF_MS: i64 = 1_000;
const LAST_BACKOFF_MS: i64 = 5 * 60_000;

/// Sends every due row of one platform; returns how many rows were settled or put off.
///
/// `platform` is the word before the colon of a destination (`slack`, `discord`, `console`): each platform has its
/// own loop, so that an outage of one never delays the other. `clock` tells the moment anew for each row, because
/// the lateness an alert prints must be that of its own request.
///
/// # Errors
/// When the store fails; rows in flight become due again when their lease ends.
pub async fn tick(
    store: &Store,
    platforms: &Platforms,
    platform: &str,
    clock: impl Fn() -> Timestamp,
) -> Result<usize, StoreError> {
    let mut handled = 0;
    loop {
        let rows = store.claim_outbox(platform, clock(), BATCH, LEASE_MS).await?;
        if rows.is_empty() {
            return Ok(handled);
        }
        handled += rows.len();
        let mut held: Vec<String> = Vec::new();
        for row in rows {
            // What is put off holds back what stands behind it: order within a destination is kept.
            if held.contains(&row.destination) {
                store.outbox_release(row.id).await?;
                continue;
            }
            match deliver(store, platforms, &row, clock()).await {
                Ok(true) => {}
                Ok(false) => held.push(row.destination),
                Err(error) if error.is_retryable() => return Err(error),
                // One row that cannot be read must not hold up all the others.
                Err(error) => park(store, platforms, &row, &error.to_string(), clock()).await?,
            }
        }
        if !held.is_empty() {
            return Ok(handled);
        }
    }
}

/// Settles one row; `false` when it was put off because its destination does not take messages now.
async fn deliver(store: &Store, platforms: &Platforms, row: &OutboxRow, now: Timestamp) -> Result<bool, StoreError> {
    let message = match serde_json::from_str::<Announcement>(&row.body) {
        Ok(Announcement::Post(message)) => message,
        Ok(Announcement::Alert(notice)) => {
            let truth = store.instance(&notice.ticket, notice.target, notice.started).await?;
            let truth = truth.as_ref().map(|(instance, facts)| (instance, facts));
            match decide(&notice, truth, now) {
                Decision::Send(message) => message,
                Decision::Wait(until) => {
                    store.unring(row.id, &notice, Some(until)).await?;
                    return Ok(true);
                }
                Decision::Drop(reason) => {
                    tracing::info!(outbox.id = row.id, reason = reason.name(), "an alert is not true any more");
                    match reason {
                        // It may become true again: the clock resumes, a spam mark is undone.
                        Reason::Gone | Reason::Paused | Reason::Cancelled => {
                            store.unring(row.id, &notice, None).await?;
                        }
                        Reason::Answered | Reason::Superseded => {
                            store.outbox_dropped(row.id, reason.name()).await?;
                        }
                    }
                    count("dropped");
                    return Ok(true);
                }
            }
        }
        Err(e) => {
            park(store, platforms, row, &format!("its body cannot be read: {e}"), now).await?;
            return Ok(true);
        }
    };
    send(store, platforms, row, &message, now).await
}

async fn send(
    store: &Store,
    platforms: &Platforms,
    row: &OutboxRow,
    message: &Message,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let channel: Channel = match row.destination.parse() {
        Ok(channel) => channel,
        Err(e) => {
            park(store, platforms, row, &e, now).await?;
            return Ok(true);
        }
    };
    let delivery_id = format!("db{}-{}", row.id, row.created_at.millis());
    let outgoing = Outgoing { delivery_id: &delivery_id, message, fate_unknown: row.fate_unknown };
    let sent = tokio::time::timeout(SEND_TIMEOUT, platforms.post(&channel, &outgoing)).await;
    let sent = sent.unwrap_or_else(|_| Err(SendError::Unknown { reason: "no answer in time".to_owned() }));
    match sent {
        Ok(platform_id) => {
            store.outbox_sent(row.id, &platform_id, now).await?;
            count("sent");
            Ok(true)
        }
        Err(SendError::Retry { after_ms, reason }) => {
            tracing::warn!(outbox.id = row.id, destination = row.destination, reason, after_ms, "a message must wait");
            store.outbox_retry(row.id, now.plus_ms(after_ms.max(backoff(row.attempts))), &reason).await?;
            count("retried");
            Ok(false)
        }
        Err(SendError::Unknown { reason }) => {
            tracing::warn!(outbox.id = row.id, destination = row.destination, reason, "did a message arrive?");
            store.outbox_unknown(row.id, now.plus_ms(backoff(row.attempts)), &reason).await?;
            count("unknown");
            Ok(false)
        }
        Err(SendError::Permanent { reason }) => {
            park(store, platforms, row, &reason, now).await?;
            Ok(true)
        }
    }
}

/// Gives a message up, and says so where operators look, unless that is the very place that cannot be reached.
async fn park(
    store: &Store,
    platforms: &Platforms,
    row: &OutboxRow,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tracing::error!(outbox.id = row.id, destination = row.destination, reason, "a message cannot be sent; parked");
    count("parked");
    store.outbox_parked(row.id, reason).await?;
    let notice = for_operators(
        format!("Messages to {} cannot be sent", row.destination),
        capital(reason),
        "What was to be said there is kept; `deskbell check` shows what is wrong with each channel.",
    );
    // One notice a destination and day: the first says it all.
    let day = now.utc().date_naive();
    let others = platforms.operators.iter().map(Channel::to_string).filter(|to| *to != row.destination);
    let notices: Vec<_> = others
        .map(|to| NewOutbox {
            key: format!("parked/{}/{day}/{to}", row.destination),
            destination: to,
            priority: Priority::Digest,
            body: Announcement::Post(Box::new(notice.clone())).to_json(),
            due_at: now,
        })
        .collect();
    store.post(&notices, now).await
}

fn count(outcome: &'static str) {
    metrics::counter!("deskbell_outbox_total", "outcome" => outcome).increment(1);
}

/// Milliseconds to wait after so many attempts: doubled each time, with a ceiling.
fn backoff(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    FIRST_BACKOFF_MS.saturating_mul(1 << doublings).min(LAST_BACKOFF_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<_> = [0, 1, 2, 3, 9, 10, 1000].into_iter().map(backoff).collect();
        assert_eq!(waits, [1_000, 1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }
}
