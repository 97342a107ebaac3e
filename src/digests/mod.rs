//! F2: due slots become digest messages, each slot once per channel.
//!
//! The ledger row of a slot and the outbox row of its message are one transaction, so a crash can neither lose a
//! digest nor repeat it, and of several copies of the program only one posts.

use crate::chat::Channel;
use crate::domain::alert::Announcement;
use crate::domain::message::{Message, Text};
use crate::domain::schedule::{Schedule, Slot};
use crate::domain::statement::Statement;
use crate::domain::timestamp::Timestamp;
use crate::store::{DigestRow, NewOutbox, Priority, Store, StoreError};

/// A `[[digest]]`, or one that somebody scheduled from chat.
#[derive(Clone, Debug)]
pub struct Digest {
    /// What its slots are filed under.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When.
    pub schedule: Schedule,
    /// Where.
    pub to: Vec<Channel>,
    /// How late a missed slot may still be posted, milliseconds.
    pub catch_up_ms: i64,
    /// Who scheduled it from chat; `None` = the configuration.
    pub added: Option<Added>,
}

/// Who scheduled a digest, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// As the platform calls them.
    pub by: String,
    /// From then on it is due.
    pub at: Timestamp,
}

/// How late a missed slot may still be posted where nothing else is said, milliseconds.
pub const CATCH_UP_MS: i64 = 4 * 3_600_000;

/// The digests of the configuration, and those that people scheduled.
///
/// # Errors
/// When the store fails.
pub async fn scheduled(store: &Store, configured: &[Digest]) -> Result<Vec<Digest>, StoreError> {
    let mut all = configured.to_vec();
    for row in store.digests().await? {
        match added(&row) {
            Some(digest) => all.push(digest),
            // A later version may have written it.
            None => tracing::warn!(digest = row.name, row.cron, row.timezone, "a digest cannot be read"),
        }
    }
    Ok(all)
}

fn added(row: &DigestRow) -> Option<Digest> {
    Some(Digest {
        // No name in bot.toml has this sign.
        key: format!("#{}", row.id),
        name: row.name.clone(),
        schedule: Schedule::parse(&row.cron, row.timezone.parse().ok()?).ok()?,
        to: vec![row.channel.parse().ok()?],
        catch_up_ms: CATCH_UP_MS,
        added: Some(Added { by: row.added_by.clone(), at: row.added_at }),
    })
}

/// A slot posted later than this is marked late, milliseconds.
const LATE_MS: i64 = 60_000;

/// When the next slot of any digest falls due after `now`.
pub fn next_slot(digests: &[Digest], now: Timestamp) -> Option<Timestamp> {
    digests.iter().filter_map(|d| d.schedule.next_after(now)).map(|slot| slot.at).min()
}

/// A digest to be posted now.
#[derive(Clone, Debug)]
pub struct Due<'a> {
    /// Which.
    pub digest: &'a Digest,
    /// Where.
    pub channel: &'a Channel,
    /// For which slot; its content is as of then.
    pub slot: Slot,
}

/// Every slot that is due and not in the ledger, by digest and channel.
///
/// # Errors
/// When the store fails.
pub async fn due<'a>(store: &Store, digests: &'a [Digest], now: Timestamp) -> Result<Vec<Due<'a>>, StoreError> {
    let mut found = Vec::new();
    for digest in digests {
        for channel in &digest.to {
            if let Some(slot) = slot(store, digest, &channel.to_string(), now).await? {
                found.push(Due { digest, channel, slot });
            }
        }
    }
    Ok(found)
}

/// Puts the message of a due slot into the outbox and keeps what it states; `false` when another copy of the program was
/// faster.
///
/// # Errors
/// When the store fails; then the slot stays due.
pub async fn post(
    store: &Store,
    due: &Due<'_>,
    mut message: Message,
    statements: &[Statement],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Due { digest, channel, slot } = due;
    if now - slot.at > LATE_MS {
        let late = crate::domain::alert::stretch(now - slot.at);
        message.footer.push(Text::plain(format!("Posted {late} late: the bell was not running at the time")));
    }
    let destination = channel.to_string();
    let row = NewOutbox {
        key: format!("digest/{}/{}/{destination}", digest.key, slot.key),
        destination: destination.clone(),
        priority: Priority::Digest,
        storm_over: None,
        body: Announcement::Post(Box::new(message)).to_json(),
        due_at: now,
    };
    store.claim_slot(&digest.key, &destination, &slot.key, slot.at, now, Some((row, statements))).await
}

/// Puts a digest into the outbox at once, beside its schedule; `false` when that was done in this minute already.
///
/// # Errors
/// When the store fails.
pub async fn send_now(
    store: &Store,
    key: &str,
    channel: &Channel,
    message: Message,
    statements: &[Statement],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (destination, minute) = (channel.to_string(), now.utc().format("%Y-%m-%dT%H:%MZ").to_string());
    // Its own ledger: a slot that is due now is due all the same.
    let ledger = format!("{key}/now");
    let row = NewOutbox {
        key: format!("digest/{ledger}/{minute}/{destination}"),
        destination: destination.clone(),
        priority: Priority::Digest,
        storm_over: None,
        body: Announcement::Post(Box::new(message)).to_json(),
        due_at: now,
    };
    store.claim_slot(&ledger, &destination, &minute, now, now, Some((row, statements))).await
}

/// The slot to post now, if any. A digest owes nothing for the time before it was scheduled. One of the configuration is
/// as old as the first look at it: the slot last past goes into the ledger without a message, and from it the next count.
async fn slot(store: &Store, digest: &Digest, destination: &str, now: Timestamp) -> Result<Option<Slot>, StoreError> {
    let last = store.last_slot(&digest.key, destination).await?;
    let Some(last) = last.or(digest.added.as_ref().map(|added| added.at)) else {
        let start = digest.schedule.latest_at_or_before(now);
        let (key, at) = start.map_or_else(|| ("start".to_owned(), now), |slot| (slot.key, slot.at));
        store.claim_slot(&digest.key, destination, &key, at, now, None).await?;
        return Ok(None);
    };
    Ok(digest.schedule.catch_up(Some(last), now, digest.catch_up_ms))
}
