//! A source that has fallen silent: while nothing arrives, no deadline is seen to be met, and none begins.

use chrono_tz::Tz;

use super::Routes;
use crate::chat::Channel;
use crate::domain::alert::{Announcement, stretch};
use crate::domain::calendar::Calendar;
use crate::domain::message::{Block, Message, Piece, Text, Tone};
use crate::domain::rhythm::{Quiet, Usual};
use crate::domain::timestamp::Timestamp;
use crate::store::{NewOutbox, Priority, Store, StoreError};

/// A `[[source]]`, as far as its silence matters.
#[derive(Clone, Debug)]
pub struct Listened {
    /// Its name.
    pub source: String,
    /// `silent_after`, milliseconds.
    pub silent_after_ms: Option<i64>,
}

/// What sources are measured by, and who is told.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The sources.
    pub sources: Vec<Listened>,
    /// Everybody who relies on alerts.
    pub to: Vec<Channel>,
    /// The zone in whose weeks people live.
    pub zone: Tz,
    /// The hours of the workspace, if it has any.
    pub calendar: Option<std::sync::Arc<Calendar>>,
    /// Since when this process listens.
    pub started: Timestamp,
}

impl Routes {
    /// Every channel an alert may go to.
    pub fn all(&self) -> Vec<Channel> {
        let mut all: Vec<Channel> =
            self.policies.values().flatten().chain(self.teams.values()).chain(&self.fallback).cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Says which sources have fallen silent and which speak again, each once.
///
/// # Errors
/// When the store fails; it is said next time.
pub async fn listen(store: &Store, watch: &Watch, now: Timestamp) -> Result<(), StoreError> {
    let silences = store.silences().await?;
    let feeds = store.feeds().await?;
    for Listened { source, silent_after_ms } in &watch.sources {
        // What has never spoken cannot fall silent; `deskbell check` tells of it.
        let Some(feed) = feeds.iter().find(|feed| feed.source == *source) else { continue };
        if let Some(since) = silences.get(source) {
            if feed.received_at > *since {
                let messages = messages(watch, source, "heard", *since, &back(source, *since, feed.received_at), now);
                store.heard_again(source, &messages, now).await?;
                tracing::info!(source, "events arrive again");
            }
            continue;
        }
        let quiet = Quiet {
            since: feed.received_at.max(watch.started),
            now,
            silent_after_ms: *silent_after_ms,
            oldest: feed.oldest,
            zone: watch.zone,
            calendar: watch.calendar.as_deref(),
        };
        let earlier = quiet.earlier();
        if earlier.is_empty() && silent_after_ms.is_none() {
            continue;
        }
        let events = store.heard(source, &earlier).await?;
        if let Some(usual) = quiet.judge(&events) {
            let message = gone(source, &quiet, usual);
            let messages = messages(watch, source, "silent", quiet.since, &message, now);
            store.silent(source, feed.received_at, &messages, now).await?;
            tracing::warn!(source, silent_ms = quiet.lasts_ms(), "no events arrive; alerts may be blind");
        }
    }
    Ok(())
}

fn messages(
    watch: &Watch,
    source: &str,
    what: &str,
    since: Timestamp,
    message: &Message,
    now: Timestamp,
) -> Vec<NewOutbox> {
    let row = |to: &Channel| NewOutbox {
        key: format!("{what}/{source}/{}/{to}", since.millis()),
        destination: to.to_string(),
        priority: Priority::Alert,
        storm_over: None,
        body: Announcement::Post(Box::new(message.clone())).to_json(),
        due_at: now,
    };
    watch.to.iter().map(row).collect()
}

fn gone(source: &str, quiet: &Quiet<'_>, usual: Usual) -> Message {
    let weekday = quiet.now.utc().with_timezone(&quiet.zone).format("%A");
    let lasts = stretch(quiet.lasts_ms());
    let measure = match usual {
        Usual { weeks: 0, .. } => {
            format!("More than {} was agreed on.", stretch(quiet.silent_after_ms.unwrap_or_default()))
        }
        Usual { weeks: 1, least, .. } => format!("In the same {lasts} a week ago there were {least}."),
        Usual { least, most, .. } if least == most => {
            format!("In the same {lasts} of earlier {weekday}s there were {least} each.")
        }
        Usual { least, most, .. } => format!("In the same {lasts} of earlier {weekday}s there were {least} to {most}."),
    };
    let last = Text::plain("Nothing since ").and(Piece::Time(quiet.since)).then(format!(". {measure}"));
    let blind =
        "Until events arrive again, alerts may be blind: a reply is not seen, and a new ticket has no deadline.";
    let mend = "Look whether the webhook is still active there, and whether its calls reach this machine.";
    Message {
        tone: Tone::Warning,
        title: format!("No events from {source} for {lasts} on a {weekday}"),
        blocks: vec![Block::Text(last), Block::Text(blind.into()), Block::Text(mend.into())],
        ..Message::default()
    }
}

fn back(source: &str, since: Timestamp, at: Timestamp) -> Message {
    let heard = Text::plain("The last one before was at ").and(Piece::Time(since)).then(", the first one since at ");
    let heard =
        heard.and(Piece::Time(at)).then(". What happened in between rings if it is delivered late and still open.");
    Message {
        tone: Tone::Good,
        title: format!("{source} is heard again after {}", stretch(at - since)),
        blocks: vec![Block::Text(heard)],
        ..Message::default()
    }
}
