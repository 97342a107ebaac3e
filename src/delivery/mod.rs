//! F2: the outbox's way out. Each due row is read against the truth, then sent, put off, parked or dropped; cards that
//! no longer say what is true are edited (`cards`); alerts that are too many, or that can wait, are told together
//! (`groups`).
//!
//! A row is marked as being sent, in a committed transaction, before the request leaves. If the process dies or the
//! connection breaks in between, the next attempt knows that the message may already be there: Discord recognises
//! the nonce, on Slack we look before we post.

use std::time::Duration;

use chrono_tz::Tz;

mod cards;
mod groups;

use crate::chat::{Channel, Outgoing, Platforms, SendError};
use crate::domain::alert::{self, Announcement, Card, Decision, Grouped, Notice, Reason, decide, for_operators};
use crate::domain::message::Message;
use crate::domain::names::capital;
use crate::domain::quiet::Quiet;
use crate::domain::sla::TimerKind;
use crate::domain::timestamp::Timestamp;
use crate::store::{GroupRow, GroupShown, NewOutbox, OutboxRow, Priority, Store, StoreError};

/// Rows taken in one transaction; few, since all of them must be settled within the lease.
const BATCH: i64 = 5;

/// How long rows may be in flight before another attempt may take them over: longer than a whole batch may take.
const LEASE_MS: i64 = 120_000;

/// The longest one request to a platform may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Waits between attempts, doubled each time up to the last.
const FIRST_BACKOFF_MS: i64 = 1_000;
const LAST_BACKOFF_MS: i64 = 5 * 60_000;

/// How people want to be told.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Hours in which only what is urgent rings.
    pub quiet: Option<Quiet>,
    /// The zone of the times in tables.
    pub zone: Tz,
}

/// Sends every due row of one platform and edits its cards and tables; returns how many rows were settled or put off.
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
    manner: &Manner,
    platform: &str,
    clock: impl Fn() -> Timestamp,
) -> Result<usize, StoreError> {
    let mut handled = 0;
    loop {
        let examined = groups::gather(store, manner, platform, clock()).await?;
        let rows = store.claim_outbox(platform, clock(), BATCH, LEASE_MS, &examined).await?;
        if rows.is_empty() {
            break;
        }
        handled += rows.len();
        let mut held: Vec<String> = Vec::new();
        for row in rows {
            // What is put off holds back what stands behind it: order within a destination is kept.
            if held.contains(&row.destination) {
                store.outbox_release(row.id).await?;
                continue;
            }
            match deliver(store, platforms, manner, &row, clock()).await {
                Ok(true) => {}
                Ok(false) => held.push(row.destination),
                Err(error) if error.is_retryable() => return Err(error),
                // One row that cannot be read must not hold up all the others.
                Err(error) => park(store, platforms, &row, &error.to_string(), clock()).await?,
            }
        }
        if !held.is_empty() {
            break;
        }
    }
    // After the messages: what must be heard does not wait for what is only to be seen.
    handled += groups::tick(store, platforms, manner, platform, &clock).await?;
    Ok(handled + cards::tick(store, platforms, platform, &clock).await?)
}

/// When there is next something to do for a platform.
///
/// # Errors
/// When the store fails.
pub async fn next_due(store: &Store, platform: &str) -> Result<Option<Timestamp>, StoreError> {
    let message = store.next_outbox_due(platform).await?;
    let table = store.next_group_due(platform).await?;
    Ok(store.next_card_due(platform).await?.into_iter().chain(message).chain(table).min())
}

/// Settles one row; `false` when it was put off because its destination does not take messages now.
async fn deliver(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    row: &OutboxRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match serde_json::from_str::<Announcement>(&row.body) {
        Ok(Announcement::Post(message)) => {
            let quiet = manner.quiet.as_ref().and_then(|quiet| quiet.until(&row.destination, now));
            // What may be there already must be looked for soon: platforms do not remember for a whole night.
            match quiet.filter(|_| !row.fate_unknown) {
                Some(until) => {
                    store.outbox_held(row.id, until).await?;
                    Ok(true)
                }
                None => send(store, platforms, row, Outbound::alone(*message), now).await,
            }
        }
        Ok(Announcement::Group(id)) => groups::tell(store, platforms, manner, row, id, now).await,
        Ok(Announcement::Call { group, mention }) => {
            groups::sound(store, platforms, row, (group, mention.as_deref()), now).await
        }
        Ok(Announcement::Alert(notice)) => ring(store, platforms, row, notice, now).await,
        Ok(Announcement::Again(opened)) => {
            let truth = store.truth(&opened.ticket, opened.target, opened.started).await?;
            let promise = truth.as_ref().map(|truth| &truth.instance.promise);
            let card = match promise {
                Some(promise) => store.card(&opened.ticket, promise, &row.destination).await?,
                None => None,
            };
            let sent_at = card.map_or(now, |card| card.sent_at);
            let says = alert::card(&opened, sent_at, truth.as_ref(), now);
            if !says.open {
                store.outbox_dropped(row.id, Reason::Answered.name()).await?;
                count("dropped");
                return Ok(true);
            }
            send(store, platforms, row, Outbound::card(opened, says), now).await
        }
        Err(e) => {
            park(store, platforms, row, &format!("its body cannot be read: {e}"), now).await?;
            Ok(true)
        }
    }
}

/// Settles an alert: what is true of it now is said, on the card that is there or as the card that will be.
async fn ring(
    store: &Store,
    platforms: &Platforms,
    row: &OutboxRow,
    notice: Notice,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let truth = store.truth(&notice.ticket, notice.target, notice.started).await?;
    match (decide(&notice, truth.as_ref(), now), truth) {
        (Decision::Wait(until), _) => {
            store.unring(row.id, &notice, Some(until)).await?;
            Ok(true)
        }
        (Decision::Drop(reason), _) => {
            tracing::info!(outbox.id = row.id, reason = reason.name(), "an alert is not true any more");
            match reason {
                // It may become true again: the clock resumes, a spam mark is undone, a claim is given back.
                Reason::Gone | Reason::Paused | Reason::Cancelled | Reason::Held => {
                    store.unring(row.id, &notice, None).await?;
                }
                Reason::Answered | Reason::Superseded => store.outbox_dropped(row.id, reason.name()).await?,
            }
            count("dropped");
            Ok(true)
        }
        (Decision::Send, None) => unreachable!("what is not there is dropped"),
        (Decision::Send, Some(truth)) => {
            let card = store.card(&notice.ticket, &truth.instance.promise, &row.destination).await?;
            // Card or table turn amber by themselves, and an edit is all that a further warning is worth.
            if matches!(notice.kind, TimerKind::Warn(_))
                && (card.is_some() || store.is_in_a_table(&notice, &row.destination).await?)
            {
                store.outbox_dropped(row.id, "shown").await?;
                count("dropped");
                return Ok(true);
            }
            match card {
                None => {
                    let says = alert::card(&notice, now, Some(&truth), now);
                    send(store, platforms, row, Outbound::card(notice, says), now).await
                }
                Some(card) => {
                    let message = alert::heard(&notice, &truth, now);
                    let outbound = Outbound { reply_to: card.platform_id, ..Outbound::alone(message) };
                    send(store, platforms, row, outbound, now).await
                }
            }
        }
    }
}

/// A message on its way.
struct Outbound {
    message: Message,
    /// What it hangs on.
    reply_to: Option<String>,
    /// What it is from now on.
    becomes: Becomes,
}

/// What a message is once it is sent.
enum Becomes {
    /// Never looked at again.
    Nothing,
    /// The card that an alert opened.
    Card(Notice),
    /// The table of a group, and what it said of it.
    Table(Box<(GroupRow, Grouped)>),
}

impl Outbound {
    const fn alone(message: Message) -> Self {
        Self { message, reply_to: None, becomes: Becomes::Nothing }
    }

    fn card(opened: Notice, says: Card) -> Self {
        Self { becomes: Becomes::Card(opened), ..Self::alone(says.message) }
    }

    fn table(group: GroupRow, says: Grouped) -> Self {
        Self { message: says.message.clone(), reply_to: None, becomes: Becomes::Table(Box::new((group, says))) }
    }
}

async fn send(
    store: &Store,
    platforms: &Platforms,
    row: &OutboxRow,
    outbound: Outbound,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Outbound { message, reply_to, becomes } = &outbound;
    let channel: Channel = match row.destination.parse() {
        Ok(channel) => channel,
        Err(e) => {
            park(store, platforms, row, &e, now).await?;
            return Ok(true);
        }
    };
    let delivery_id = format!("db{}-{}", row.id, row.created_at.millis());
    let reply_to = reply_to.as_deref();
    let outgoing = Outgoing { delivery_id: &delivery_id, message, fate_unknown: row.fate_unknown, reply_to };
    let sent = tokio::time::timeout(SEND_TIMEOUT, platforms.post(&channel, &outgoing)).await;
    let sent = sent.unwrap_or_else(|_| Err(SendError::Unknown { reason: "no answer in time".to_owned() }));
    match sent {
        Ok(platform_id) => {
            let digest = cards::digest(message);
            match becomes {
                Becomes::Nothing => store.outbox_sent(row.id, &platform_id, now).await?,
                Becomes::Card(opened) => store.outbox_sent_as_card(row.id, &platform_id, opened, &digest, now).await?,
                Becomes::Table(table) => {
                    let (group, says) = &**table;
                    let (total, settled) = (says.total, says.settled);
                    let shown = GroupShown { digest: &digest, is_new: true, total, settled, look_at: None, ended: &[] };
                    let sure = !row.fate_unknown;
                    store.outbox_sent_as_group(row.id, group, &platform_id, shown, sure, now).await?;
                }
            }
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
        Err(SendError::Permanent { reason } | SendError::Gone { reason }) => {
            park(store, platforms, row, &reason, now).await?;
            if let Becomes::Table(table) = becomes {
                store.group_lost(table.0.id).await?;
            }
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
            storm_over: None,
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
