//! Cards follow the truth: each that may have become untrue is rendered again, and edited if it says something else now.

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::{SETTLED_MS, backoff, count, in_time};
use crate::chat::{Channel, Platforms, SendError};
use crate::domain::alert::{self, Announcement};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::{CardRow, NewOutbox, Priority, Shown, Store, StoreError};

/// Cards taken in one transaction.
const BATCH: i64 = 20;

/// How long a card is left to whoever took it.
const LEASE_MS: i64 = 60_000;

/// What tells one message from another.
pub(super) fn digest(message: &Message) -> String {
    let json = serde_json::to_vec(message).expect("messages are plain data");
    hex::encode(&Sha256::digest(json)[..12])
}

/// Looks at every due card of one platform; returns how many.
pub(super) async fn tick(
    store: &Store,
    platforms: &Platforms,
    platform: &str,
    clock: &impl Fn() -> Timestamp,
) -> Result<usize, StoreError> {
    let mut handled = 0;
    loop {
        let cards = store.claim_cards(platform, clock(), BATCH, LEASE_MS).await?;
        if cards.is_empty() {
            return Ok(handled);
        }
        handled += cards.len();
        let refreshed = cards.iter().map(|card| refresh(store, platforms, card, clock));
        join_all(refreshed).await.into_iter().collect::<Result<(), _>>()?;
    }
}

async fn refresh(
    store: &Store,
    platforms: &Platforms,
    card: &CardRow,
    clock: &impl Fn() -> Timestamp,
) -> Result<(), StoreError> {
    let (Some(id), Ok(channel)) = (&card.platform_id, card.destination.parse::<Channel>()) else {
        return store.card_put_off(card, None).await;
    };
    let opened = &card.opened;
    let truth = store.truth(&opened.ticket, opened.target, opened.started).await?;
    let now = clock();
    let says = alert::card(opened, card.sent_at, truth.as_ref(), now);
    let digest = digest(&says.message);
    let shown = Shown { digest: &digest, look_at: says.changes_at };
    // A terminal shows an edit as one more message, so what is heard anyway is not repeated there.
    if digest == card.shown || (says.heard && channel == Channel::Console) {
        return store.card_shown(card, shown).await;
    }
    match in_time(platforms.edit(&channel, id, &says.message)).await {
        Ok(()) => {
            count("edited");
            store.card_shown(card, shown).await
        }
        Err(SendError::Retry { after_ms, reason } | SendError::Limited { after_ms, reason }) => {
            tracing::warn!(ticket.id = opened.ticket.id, card.destination, reason, after_ms, "an edit must wait");
            store.card_put_off(card, Some(clock().plus_ms(after_ms.max(backoff(card.attempts))))).await
        }
        // An edit may be repeated without harm, once this one cannot arrive after the next.
        Err(SendError::Unknown { reason }) => {
            tracing::warn!(ticket.id = opened.ticket.id, card.destination, reason, "was a message edited?");
            store.card_put_off(card, Some(clock().plus_ms(SETTLED_MS.max(backoff(card.attempts))))).await
        }
        Err(SendError::Gone { .. }) => {
            // Whoever deleted it twice means it; what is over need not be said again.
            let anew = (says.open && !card.again).then(|| again(card, now));
            let posted = anew.is_some();
            tracing::info!(ticket.id = opened.ticket.id, card.destination, posted, "somebody deleted a card");
            store.card_deleted(card, anew, now).await
        }
        Err(SendError::Permanent { reason }) => {
            tracing::error!(ticket.id = opened.ticket.id, card.destination, reason, "a card cannot be edited");
            count("unedited");
            store.card_put_off(card, None).await
        }
    }
}

/// The card once more, as a message of its own.
fn again(card: &CardRow, now: Timestamp) -> NewOutbox {
    let opened = &card.opened;
    NewOutbox {
        key: opened.again_key("again", &card.destination),
        destination: card.destination.clone(),
        priority: Priority::Alert,
        storm_over: None,
        body: Announcement::Again(opened.clone()).to_json(),
        due_at: now,
    }
}
