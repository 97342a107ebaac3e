//! F2: accepting a delivery: proven authentic, translated, then committed as a whole, or not at all.
//!
//! The order is the promise: nothing is parsed that is not authentic, nothing is acknowledged that is not on disk, and
//! what is authentic but not understood is kept too. This is the only way in for live deliveries.

use std::collections::BTreeMap;
use std::error::Error;

use secrecy::SecretString;

use crate::chat::Channel;
use crate::domain::alert::{Announcement, for_operators};
use crate::domain::timestamp::Timestamp;
use crate::integrations::{AuthError, Headers, Untranslatable, Vendor};
use crate::store::{Accepted, Delivery, NewOutbox, Origin, Priority, Store};

/// A `[[source]]` as far as accepting its deliveries goes.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name: the end of `/hooks/{name}`.
    pub name: String,
    /// What kind of sender it is.
    pub vendor: Vendor,
    /// All that are active, so that secrets can be rotated.
    pub secrets: Vec<SecretString>,
    /// Where operators are told of a kind of delivery that is not understood.
    pub operators: Vec<Channel>,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// On disk, now or since an earlier attempt.
    Accepted {
        /// How many events it means.
        events: usize,
        /// How many of them were not known yet.
        new: usize,
        /// The whole delivery was here before.
        duplicate: bool,
    },
    /// Not authentic; nothing was kept.
    Unauthorized(AuthError),
    /// Authentic and wrong, from a sender that can be told so; nothing was kept.
    Refused {
        /// 1-based, in the body.
        line: usize,
        /// 1-based, in the body.
        column: usize,
        /// What is wrong and how to mend it.
        hint: String,
    },
    /// Authentic and not understood; kept for later.
    Quarantined {
        /// Nothing of this kind was ever seen from this source: operators should hear of it.
        first: bool,
        /// What it is.
        kind: String,
        /// What was not understood.
        reason: String,
    },
    /// Storage cannot take it now; nothing was kept, and the sender should try again.
    Unavailable,
}

/// Accepts one delivery. Only [`Outcome::Accepted`] and [`Outcome::Quarantined`] may be acknowledged to the sender.
pub async fn accept(store: &Store, source: &Source, headers: &Headers, body: &[u8], now: Timestamp) -> Outcome {
    if let Err(reason) = source.vendor.verify(headers, body, &source.secrets, now) {
        tracing::info!(source.name, %reason, "delivery not believed");
        return Outcome::Unauthorized(reason);
    }
    let kept = as_json(&source.vendor.headers_to_keep(headers));
    let translation = match source.vendor.translate(headers, body) {
        Ok(translation) => translation,
        Err(Untranslatable::Refused { line, column, hint }) => return Outcome::Refused { line, column, hint },
        Err(Untranslatable::NotUnderstood { kind, reason }) => {
            return quarantine(store, source, kind, reason, &kept, body, now).await;
        }
    };
    let events = translation.events.len();
    let delivery = Delivery {
        source: source.name.clone(),
        key: translation.delivery_key,
        received_at: now,
        headers: kept.clone(),
        body: Some(body.to_vec()),
        events: translation.events,
        origin: Origin::Live,
    };
    match store.accept(delivery).await {
        Ok(Accepted { duplicate, new_events }) => Outcome::Accepted { events, new: new_events, duplicate },
        Err(error) if error.is_retryable() => unavailable(source, &error),
        Err(error) => {
            tracing::error!(source.name, error = &error as &dyn Error, "delivery understood but not storable");
            quarantine(store, source, "storage".to_owned(), error.to_string(), &kept, body, now).await
        }
    }
}

async fn quarantine(
    store: &Store,
    source: &Source,
    kind: String,
    reason: String,
    headers: &str,
    body: &[u8],
    now: Timestamp,
) -> Outcome {
    match store.quarantine(&source.name, &kind, &reason, headers, body, now).await {
        Ok(first) => {
            if first {
                tracing::warn!(source.name, kind, reason, "deliveries of this kind are not understood and set aside");
                tell_operators(store, source, &kind, &reason, now).await;
            }
            Outcome::Quarantined { first, kind, reason }
        }
        Err(error) => unavailable(source, &error),
    }
}

/// Says in chat what the log says; the delivery is kept either way.
async fn tell_operators(store: &Store, source: &Source, kind: &str, reason: &str, now: Timestamp) {
    let notice = for_operators(
        format!("Deliveries from {} are not understood", source.name),
        format!("Of kind {kind}: {reason}"),
        "They are kept in quarantine and counted nowhere; later ones of this kind are set aside without a word.",
    );
    let body = Announcement::Post(Box::new(notice)).to_json();
    let message = |to: &Channel| NewOutbox {
        key: format!("quarantine/{}/{kind}/{to}", source.name),
        destination: to.to_string(),
        priority: Priority::Digest,
        storm_over: None,
        body: body.clone(),
        due_at: now,
    };
    if let Err(error) = store.post(&source.operators.iter().map(message).collect::<Vec<_>>(), now).await {
        tracing::error!(source.name, error = &error as &dyn Error, "operators could not be told in chat");
    }
}

fn unavailable(source: &Source, error: &(dyn Error + 'static)) -> Outcome {
    tracing::error!(source.name, error, "delivery not stored; its sender is asked to try again");
    Outcome::Unavailable
}

fn as_json(headers: &Headers) -> String {
    let map: BTreeMap<&str, &str> = headers.iter().collect();
    serde_json::to_string(&map).expect("a map of text is JSON")
}
