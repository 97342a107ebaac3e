//! F2: the outbox's way out. Each due row is read against the truth, then sent, put off, parked or dropped; cards that
//! no longer say what is true are edited (`cards`); alerts that are too many, or that can wait, are told together
//! (`groups`). Who is served when is for `rounds` to say.
//!
//! A row is marked as being sent, in a committed transaction, before the request leaves. If the process dies or the
//! connection breaks in between, the message may already be there: once that is settled, we look for it where the
//! platform lets us, before it is sent again or given up. Besides, Discord recognises the nonce for some minutes.

use std::time::Duration;

use chrono_tz::Tz;

mod cards;
mod groups;
mod rounds;

pub use rounds::tick;

use crate::chat::{Channel, Outgoing, Platforms, SendError};
use crate::domain::alert::{self, Announcement, Decision, Grouped, Notice, Reason, decide, for_operators};
use crate::domain::message::Message;
use crate::domain::names::capital;
use crate::domain::quiet::Quiet;
use crate::domain::sla::TimerKind;
use crate::domain::timestamp::Timestamp;
use crate::store::{CardRow, GroupRow, GroupShown, NewOutbox, OVERTAKEN_AFTER, OutboxRow, Priority, Store, StoreError};

/// The longest one request to a platform may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// After this long a request that has left, and was not answered, has been done and can be seen, or never will be: two
/// requests may overtake each other, and histories lag.
const SETTLED_MS: i64 = 5_000;

/// A message that nobody knows the fate of for so long is given up.
const GIVEN_UP_MS: i64 = 24 * 60 * 60 * 1000;

/// Waits between attempts, doubled each time up to the last: when an outage ends, an alert is late by no more than that.
const FIRST_BACKOFF_MS: i64 = 1_000;
const LAST_BACKOFF_MS: i64 = 30_000;

/// Why an alert need not be sent: a card or a table shows it by itself; it was heard on its card.
const SHOWN: &str = "shown";
const HEARD: &str = "heard";

/// How people want to be told.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Hours in which only what is urgent rings.
    pub quiet: Option<Quiet>,
    /// The zone of the times in tables.
    pub zone: Tz,
}

/// Takes over what a bot that ended before `started` had under way; `false` while it cannot be told whether it, or
/// another copy of it, is alive.
///
/// # Errors
/// When the store fails.
pub async fn recover(store: &Store, started: Timestamp) -> Result<bool, StoreError> {
    store.recover_outbox(started, started.plus_ms(SETTLED_MS)).await
}

/// Edits every due card and table of one platform; returns how many were looked at. It goes on beside the messages:
/// what must be heard does not wait for what is only to be seen.
///
/// # Errors
/// When the store fails; what was being edited becomes due again when its lease ends.
pub async fn follow(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    platform: &str,
    clock: impl Fn() -> Timestamp,
) -> Result<usize, StoreError> {
    let tables = groups::tick(store, platforms, manner, platform, &clock).await?;
    Ok(tables + cards::tick(store, platforms, platform, &clock).await?)
}

/// When the next card or table of a platform must be looked at.
///
/// # Errors
/// When the store fails.
pub async fn next_edit(store: &Store, platform: &str) -> Result<Option<Timestamp>, StoreError> {
    let table = store.next_group_due(platform).await?;
    Ok(store.next_card_due(platform).await?.into_iter().chain(table).min())
}

/// Settles one row; `false` when it was put off because its destination does not take messages now.
async fn deliver(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    row: &OutboxRow,
    clock: &impl Fn() -> Timestamp,
) -> Result<bool, StoreError> {
    let now = clock();
    let Planned { outbound, verdict } = match serde_json::from_str::<Announcement>(&row.body) {
        Ok(Announcement::Post(message)) => {
            let quiet = manner.quiet.as_ref().and_then(|quiet| quiet.until(&row.destination, now));
            Planned { outbound: Outbound::alone(*message), verdict: quiet.map_or(Verdict::Send, Verdict::Hold) }
        }
        Ok(Announcement::Group(id)) => groups::tell(store, manner, id, now).await?,
        Ok(Announcement::Call { group, mention }) => groups::sound(store, group, mention.as_deref(), now).await?,
        Ok(Announcement::Alert(notice)) => ring(store, row, notice, now).await?,
        Ok(Announcement::Again(opened)) => again(store, manner, row, opened, now).await?,
        Err(e) => {
            park(store, platforms, row, &format!("its body cannot be read: {e}"), now).await?;
            return Ok(true);
        }
    };
    let channel: Channel = match row.destination.parse() {
        Ok(channel) => channel,
        Err(e) => {
            park(store, platforms, row, &e, now).await?;
            return Ok(true);
        }
    };
    let sending = Sending { store, platforms, row, channel, outbound };
    // Whatever is to become of it: if an earlier attempt arrived, it is there, and must follow the truth.
    if row.fate_unknown
        && let Some(settled) = sending.look(clock).await?
    {
        return Ok(settled);
    }
    match &verdict {
        Verdict::Send => return sending.send(now, clock).await,
        Verdict::Drop(reason) => {
            store.outbox_dropped(row.id, reason).await?;
            sending.is_lost().await?;
        }
        Verdict::TakeBack(notice, until) => store.unring(row.id, notice, *until).await?,
        Verdict::Hold(until) => store.outbox_held(row.id, *until).await?,
    }
    if !matches!(verdict, Verdict::TakeBack(_, Some(_)) | Verdict::Hold(_)) {
        count("dropped");
    }
    Ok(true)
}

/// What is to become of a row.
enum Verdict {
    Send,
    /// Never, for that reason.
    Drop(&'static str),
    /// It is not true now: its timer rings again then, or when something happens.
    TakeBack(Notice, Option<Timestamp>),
    /// It can wait until then.
    Hold(Timestamp),
}

/// A row, read against the truth.
struct Planned {
    /// What it says, or would say.
    outbound: Outbound,
    verdict: Verdict,
}

/// Reads an alert: what is true of it now is said on the card that is there, or as the card that will be.
async fn ring(store: &Store, row: &OutboxRow, notice: Notice, now: Timestamp) -> Result<Planned, StoreError> {
    let truth = store.truth(&notice.ticket, notice.target, notice.started).await?;
    let card = match &truth {
        Some(truth) => store.card(&notice.ticket, &truth.instance.promise, &row.destination).await?,
        None => None,
    };
    let verdict = match decide(&notice, truth.as_ref(), now) {
        Decision::Wait(until) => Verdict::TakeBack(notice.clone(), Some(until)),
        Decision::Drop(reason) => {
            tracing::info!(outbox.id = row.id, reason = reason.name(), "an alert is not true any more");
            match reason {
                // It may become true again: the clock resumes, a spam mark is undone, a claim is given back.
                Reason::Gone | Reason::Paused | Reason::Cancelled | Reason::Held => {
                    Verdict::TakeBack(notice.clone(), None)
                }
                Reason::Answered | Reason::Superseded => Verdict::Drop(reason.name()),
            }
        }
        Decision::Send => match (&card, notice.kind) {
            // Card and table turn amber by themselves, and an edit is all that a further warning is worth.
            (Some(_), TimerKind::Warn(_)) => Verdict::Drop(SHOWN),
            (None, TimerKind::Warn(_)) if store.in_tables(&row.destination).await?.show(&notice) => {
                Verdict::Drop(SHOWN)
            }
            (None, _) => Verdict::Send,
            (Some(card), kind) if card.has_heard(kind) => Verdict::Drop(HEARD),
            (Some(_), TimerKind::Breach | TimerKind::Step(_)) => Verdict::Send,
        },
    };
    let outbound = match (card, &truth) {
        (Some(card), Some(truth)) => {
            let message = alert::heard(&notice, truth, now);
            Outbound { message, reply_to: card.platform_id.clone(), becomes: Becomes::Heard(card, notice.kind) }
        }
        _ => {
            let says = alert::card(&notice, now, truth.as_ref(), now);
            Outbound { message: says.message, reply_to: None, becomes: Becomes::Card(notice) }
        }
    };
    Ok(Planned { outbound, verdict })
}

/// Reads the card that is to be posted once more: somebody deleted it, or a storm has left it open. It would ring, so it
/// waits for quiet hours to end like any other alert.
async fn again(
    store: &Store,
    manner: &Manner,
    row: &OutboxRow,
    opened: Notice,
    now: Timestamp,
) -> Result<Planned, StoreError> {
    let truth = store.truth(&opened.ticket, opened.target, opened.started).await?;
    let promise = truth.as_ref().map(|truth| &truth.instance.promise);
    let card = match promise {
        Some(promise) => store.card(&opened.ticket, promise, &row.destination).await?,
        None => None,
    };
    let says = alert::card(&opened, card.map_or(now, |card| card.sent_at), truth.as_ref(), now);
    let held = manner.quiet.as_ref().zip(truth.as_ref()).and_then(|(quiet, truth)| {
        quiet.until(&row.destination, now).filter(|_| quiet.holds(opened.kind, &truth.facts.priority))
    });
    let verdict = match held {
        _ if !says.open => Verdict::Drop(Reason::Answered.name()),
        Some(until) => Verdict::Hold(until),
        None => Verdict::Send,
    };
    let outbound = Outbound { message: says.message, reply_to: None, becomes: Becomes::Card(opened) };
    Ok(Planned { outbound, verdict })
}

/// A message on its way.
struct Outbound {
    message: Message,
    /// What it hangs on.
    reply_to: Option<String>,
    becomes: Becomes,
}

/// What a message is once it is there.
enum Becomes {
    /// Itself and nothing else.
    Message,
    /// The card opened by that alert.
    Card(Notice),
    /// What was heard on that card.
    Heard(CardRow, TimerKind),
    /// The table of a group, and what it says of it.
    Table(Box<(GroupRow, Grouped)>),
}

impl Outbound {
    const fn alone(message: Message) -> Self {
        Self { message, reply_to: None, becomes: Becomes::Message }
    }
}

/// A row, where it goes, and what it says.
struct Sending<'a> {
    store: &'a Store,
    platforms: &'a Platforms,
    row: &'a OutboxRow,
    channel: Channel,
    outbound: Outbound,
}

impl Sending<'_> {
    fn delivery_id(&self) -> String {
        format!("db{}-{}", self.row.id, self.row.created_at.millis())
    }

    fn outgoing<'b>(&'b self, delivery_id: &'b str) -> Outgoing<'b> {
        Outgoing { delivery_id, message: &self.outbound.message, reply_to: self.outbound.reply_to.as_deref() }
    }

    /// Looks for what an earlier attempt may have left; `None` when there is nothing.
    async fn look(&self, clock: &impl Fn() -> Timestamp) -> Result<Option<bool>, StoreError> {
        let delivery_id = self.delivery_id();
        match in_time(self.platforms.find(&self.channel, &self.outgoing(&delivery_id))).await {
            Ok(None) => Ok(None),
            Ok(Some(platform_id)) => {
                // It says what was true then.
                self.is_there(&platform_id, "", clock()).await?;
                Ok(Some(true))
            }
            Err(error) => self.failed(error, true, clock()).await.map(Some),
        }
    }

    async fn send(&self, now: Timestamp, clock: &impl Fn() -> Timestamp) -> Result<bool, StoreError> {
        let delivery_id = self.delivery_id();
        match in_time(self.platforms.post(&self.channel, &self.outgoing(&delivery_id))).await {
            Ok(platform_id) => {
                // Discord may have recognised the nonce: then it says what was true at an earlier attempt.
                let digest = if self.row.fate_unknown { String::new() } else { cards::digest(&self.outbound.message) };
                self.is_there(&platform_id, &digest, now).await?;
                Ok(true)
            }
            Err(error) => self.failed(error, false, clock()).await,
        }
    }

    /// The platform has it.
    async fn is_there(&self, platform_id: &str, digest: &str, now: Timestamp) -> Result<(), StoreError> {
        let (store, id) = (self.store, self.row.id);
        match &self.outbound.becomes {
            Becomes::Message => store.outbox_sent(id, platform_id, now).await?,
            Becomes::Card(opened) => store.outbox_sent_as_card(id, platform_id, opened, digest, now).await?,
            Becomes::Heard(card, kind) => store.outbox_sent_on_card(id, platform_id, card, *kind, now).await?,
            Becomes::Table(table) => {
                let (group, Grouped { total, settled, .. }) = &**table;
                let (total, settled) = (*total, *settled);
                let shown = GroupShown { digest, is_new: true, total, settled, look_at: None, ended: &[] };
                store.outbox_sent_as_group(id, group, platform_id, shown, now).await?;
            }
        }
        count("sent");
        Ok(())
    }

    /// It will never be there: a table that nobody sees takes no more alerts.
    async fn is_lost(&self) -> Result<(), StoreError> {
        match &self.outbound.becomes {
            Becomes::Table(table) => self.store.group_lost(table.0.id).await,
            Becomes::Message | Becomes::Card(_) | Becomes::Heard(..) => Ok(()),
        }
    }

    /// It could not be sent or, `looking` for it, it could not be found out whether it was.
    async fn failed(&self, error: SendError, looking: bool, now: Timestamp) -> Result<bool, StoreError> {
        let Self { store, platforms, row, .. } = self;
        let (id, wait) = (row.id, backoff(row.attempts));
        match error {
            SendError::Retry { after_ms, reason } => {
                tracing::warn!(outbox.id = id, destination = row.destination, reason, after_ms, "a message must wait");
                store.outbox_retry(id, now.plus_ms(after_ms.max(wait)), &reason).await?;
                count("retried");
            }
            SendError::Limited { after_ms, reason } => {
                tracing::debug!(outbox.id = id, destination = row.destination, reason, after_ms, "too much at once");
                store.outbox_limited(id, now.plus_ms(after_ms), &reason).await?;
                count("limited");
            }
            SendError::Unknown { reason } if now - row.created_at > GIVEN_UP_MS => {
                park(store, platforms, row, &reason, now).await?;
                self.is_lost().await?;
                return Ok(true);
            }
            SendError::Unknown { reason } => {
                tracing::warn!(outbox.id = id, destination = row.destination, reason, "did a message arrive?");
                let settled = if looking { 0 } else { SETTLED_MS };
                store.outbox_unknown(id, now.plus_ms(wait.max(settled)), &reason).await?;
                count("unknown");
                if row.attempts == OVERTAKEN_AFTER {
                    let title = format!("A message to {} is stuck", row.destination);
                    let mend = "It is tried again for a day, while those behind it go first.";
                    tell_operators(store, platforms, row, for_operators(title, capital(&reason), mend), now).await?;
                }
            }
            SendError::Permanent { reason } | SendError::Gone { reason } => {
                park(store, platforms, row, &reason, now).await?;
                self.is_lost().await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The longest a request may take is all it gets.
async fn in_time<T>(request: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    let answer = tokio::time::timeout(SEND_TIMEOUT, request).await;
    answer.unwrap_or_else(|_| Err(SendError::Unknown { reason: "no answer in time".to_owned() }))
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
    tell_operators(store, platforms, row, notice, now).await
}

/// Tells operators of trouble with a destination, unless that is the very place where they would be told.
async fn tell_operators(
    store: &Store,
    platforms: &Platforms,
    row: &OutboxRow,
    notice: Message,
    now: Timestamp,
) -> Result<(), StoreError> {
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
    fn waits_double_up_to_half_a_minute() {
        let waits: Vec<_> = [0, 1, 2, 3, 5, 6, 1000].into_iter().map(backoff).collect();
        assert_eq!(waits, [1_000, 1_000, 2_000, 4_000, 16_000, 30_000, 30_000]);
    }
}
