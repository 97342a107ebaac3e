//! Cards: the living messages, and what each of them says.
//!
//! A card begins with the first message about a promise in a place: its row is written in the transaction that records
//! the sending. Whatever may change the truth about it marks it in its own transaction; whoever delivers then looks at the
//! truth and edits. An edit may be repeated without harm, so a crash costs nothing but the repeat; but two that are under
//! way at once may arrive in either order, so there is only ever one, and until it is settled nobody knows what the card says.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Row, Tx, Value};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::{Store, Wake};
use crate::domain::alert::Notice;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Promise, Target, TimerKind};
use crate::domain::timestamp::Timestamp;

/// A card as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// The alert that was its first message.
    pub opened: Notice,
    /// When that left.
    pub sent_at: Timestamp,
    /// The channel, as written in `bot.toml`.
    pub destination: String,
    /// What the platform calls it; `None` once it is gone and left alone.
    pub platform_id: Option<String>,
    /// It was deleted, and this is the second one (or that is on its way).
    pub again: bool,
    /// The digest of what it says; empty when that is not known.
    pub shown: String,
    /// What was heard there about the promise: the kinds of alerts, separated by blanks.
    heard: String,
    /// How often it was looked at since it last said what is true.
    pub attempts: i64,
    /// Grows whenever the truth may have changed.
    version: i64,
    ticket: i64,
}

/// What a message says now, and when it will say something else.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The digest of what it says.
    pub digest: &'a str,
    /// When to look again; `None` = when something happens.
    pub look_at: Option<Timestamp>,
}

/// The columns of [`CardRow::read`], with a condition.
macro_rules! cards_where {
    ($condition:literal) => {
        concat!(
            "SELECT t.ticket, k.source, k.id, t.target, t.started, t.kind, t.due, t.mention, t.sent_at, t.destination,
             t.platform_id, t.state, t.shown, t.attempts, t.version, t.heard FROM cards t JOIN tickets k ON k.no = t.ticket
             WHERE ",
            $condition
        )
    };
}

impl CardRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let (target, kind): (&str, &str) = (row.get(3)?, row.get(5)?);
        let read = Target::from_name(target).zip(TimerKind::from_name(kind));
        let (target, kind) = read.ok_or_else(|| StoreError::unreadable("card", format!("{target} {kind}")))?;
        let ticket = TicketKey { source: row.get(1)?, id: row.get(2)? };
        Ok(Self {
            opened: Notice { ticket, target, started: row.time(4)?, kind, due: row.time(6)?, mention: row.get(7)? },
            sent_at: row.time(8)?,
            destination: row.get(9)?,
            platform_id: row.get(10)?,
            again: row.get::<&str>(11)? != "live",
            shown: row.get(12)?,
            attempts: row.get(13)?,
            version: row.get(14)?,
            heard: row.get(15)?,
            ticket: row.get(0)?,
        })
    }

    /// Whether such an alert about the promise was heard there, perhaps when the demand was thought to begin at another
    /// instant.
    pub fn has_heard(&self, kind: TimerKind) -> bool {
        self.heard.split(' ').any(|heard| heard == kind.name())
    }

    /// The columns of its key.
    fn key(&self) -> [Value<'_>; 4] {
        let Notice { target, started, .. } = &self.opened;
        [self.ticket.into(), target.name().into(), (*started).into(), self.destination.as_str().into()]
    }
}

/// Cards about tickets in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cards(BTreeMap<TicketKey, Vec<CardRow>>);

impl Cards {
    /// The card about a promise, if there is one, whenever its demand was thought to begin.
    pub fn about(&self, ticket: &TicketKey, promise: &Promise) -> Option<&CardRow> {
        let is_it = |card: &&CardRow| promise.is_about(card.opened.target, card.opened.started);
        self.0.get(ticket)?.iter().rev().find(is_it)
    }
}

/// Marks the cards of tickets as due since ever: the truth about them may have changed. What somebody is editing, or will
/// try again, is due when that is settled. Says whether there are any.
pub(super) async fn mark(tx: &mut Tx, tickets: &[i64]) -> Result<bool, StoreError> {
    let rows: Vec<[Value<'_>; 1]> = tickets.iter().map(|no| [(*no).into()]).collect();
    let marked = tx
        .many(
            "UPDATE cards SET version = version + 1,
             due_at = CASE WHEN attempts > 0 AND due_at IS NOT NULL THEN due_at ELSE 0 END WHERE ticket IN (VALUES",
            &rows,
            ") RETURNING ticket",
        )
        .await?;
    Ok(!marked.is_empty())
}

impl Store {
    /// The card about a promise in a place, if there is one, whenever its demand was thought to begin.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn card(
        &self,
        ticket: &TicketKey,
        promise: &Promise,
        destination: &str,
    ) -> Result<Option<CardRow>, StoreError> {
        Ok(self.cards_in(destination, std::slice::from_ref(ticket)).await?.about(ticket, promise).cloned())
    }

    /// The cards about some tickets in a place.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn cards_in(&self, destination: &str, tickets: &[TicketKey]) -> Result<Cards, StoreError> {
        let keys: BTreeSet<&TicketKey> = tickets.iter().collect();
        let keys: Vec<_> = keys.into_iter().map(|key| [key.id.as_str().into(), key.source.as_str().into()]).collect();
        let mut tx = self.glance().await?;
        let mut cards: BTreeMap<TicketKey, Vec<CardRow>> = BTreeMap::new();
        for row in &tx.many(cards_where!("(k.id, k.source) IN (VALUES"), &keys, ")").await? {
            let card = CardRow::read(row)?;
            if card.destination == destination {
                cards.entry(card.opened.ticket.clone()).or_default().push(card);
            }
        }
        cards.values_mut().for_each(|cards| cards.sort_by_key(|card| card.opened.started));
        Ok(Cards(cards))
    }

    /// The platform has the message of an outbox row, and it is a card from now on: the first one about its promise
    /// there, or the one that replaces what somebody deleted. It is due at once, since the truth that it tells was read
    /// before it was sent. `digest` is that of what it says; empty if that is not known.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_sent_as_card(
        &self,
        id: i64,
        platform_id: &str,
        opened: &Notice,
        digest: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        outbox::sent(&mut tx, id, platform_id, now).await?;
        // Not beside a fold of the ticket: it would not see the card, nor we what it finds.
        tx.run(
            "UPDATE tickets SET first_ts = first_ts WHERE id = $1 AND source = $2",
            &[opened.ticket.id.as_str().into(), opened.ticket.source.as_str().into()],
        )
        .await?;
        tx.run(
            "INSERT INTO cards (ticket, target, started, destination, platform, kind, due, mention, sent_at, platform_id,
             state, shown, heard, due_at)
             SELECT k.no, $4, $5, o.destination, o.platform, $6, $7, $8, $9, $10, 'live', $11, $6, 0
             FROM outbox o, tickets k WHERE o.id = $1 AND k.id = $2 AND k.source = $3
             ON CONFLICT (ticket, target, started, destination) DO UPDATE SET platform_id = excluded.platform_id,
             shown = excluded.shown, due_at = excluded.due_at, attempts = 0, version = cards.version + 1
             WHERE cards.platform_id IS NULL",
            &[
                id.into(),
                opened.ticket.id.as_str().into(),
                opened.ticket.source.as_str().into(),
                opened.target.name().into(),
                opened.started.into(),
                opened.kind.name().into(),
                opened.due.into(),
                opened.mention.as_deref().into(),
                now.into(),
                platform_id.into(),
                digest.into(),
            ],
        )
        .await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// The platform has the message of an outbox row, which hangs on a card: that kind of alert was heard there.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_sent_on_card(
        &self,
        id: i64,
        platform_id: &str,
        card: &CardRow,
        kind: TimerKind,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        outbox::sent(&mut tx, id, platform_id, now).await?;
        let [ticket, target, started, destination] = card.key();
        tx.run(
            "UPDATE cards SET heard = heard || ' ' || $5
             WHERE ticket = $1 AND target = $2 AND started = $3 AND destination = $4",
            &[ticket, target, started, destination, kind.name().into()],
        )
        .await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// When the next card of a platform must be looked at.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn next_card_due(&self, platform: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut tx = self.glance().await?;
        let sql = "SELECT min(due_at) FROM cards WHERE platform = $1 AND due_at IS NOT NULL";
        tx.first(sql, &[platform.into()]).await?.map_or(Ok(None), |row| row.optional_time(0))
    }

    /// How many cards may not say what is true: they are due, or being edited.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn cards_in_doubt(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.glance().await?;
        let sql = "SELECT count(*) FROM cards WHERE due_at IS NOT NULL AND (due_at <= $1 OR attempts > 0)";
        let row = tx.first(sql, &[now.into()]).await?;
        row.map_or(Ok(0), |row| Ok(row.get::<i64>(0)?.unsigned_abs()))
    }

    /// Takes up to `limit` cards of a platform whose truth must be looked at; nobody else takes them until
    /// `now + lease_ms`. Until it is told what they say, that is not known.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn claim_cards(
        &self,
        platform: &str,
        now: Timestamp,
        limit: i64,
        lease_ms: i64,
    ) -> Result<Vec<CardRow>, StoreError> {
        if self.next_card_due(platform).await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let due = cards_where!("t.platform = $1 AND t.due_at <= $2 ORDER BY t.due_at, t.ticket LIMIT $3");
        let found = tx.all_unclaimed(due, &[platform.into(), now.into(), limit.into()]).await?;
        let mut cards = found.iter().map(CardRow::read).collect::<Result<Vec<_>, _>>()?;
        let lease = now.plus_ms(lease_ms);
        for card in &mut cards {
            card.attempts += 1;
            let [ticket, target, started, destination] = card.key();
            tx.run(
                "UPDATE cards SET due_at = $5, attempts = $6, shown = ''
                 WHERE ticket = $1 AND target = $2 AND started = $3 AND destination = $4",
                &[ticket, target, started, destination, lease.into(), card.attempts.into()],
            )
            .await?;
        }
        self.core.commit(tx, Wake::No).await?;
        Ok(cards)
    }

    /// The card says what was true when it was claimed. If the truth may have changed meanwhile, it is due again.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn card_shown(&self, card: &CardRow, shown: Shown<'_>) -> Result<(), StoreError> {
        let [ticket, target, started, destination] = card.key();
        let mut tx = self.write().await?;
        tx.run(
            "UPDATE cards SET shown = $6, due_at = CASE WHEN version = $5 THEN $7 ELSE 0 END, attempts = 0
             WHERE ticket = $1 AND target = $2 AND started = $3 AND destination = $4 AND attempts = $8",
            &[
                ticket,
                target,
                started,
                destination,
                card.version.into(),
                shown.digest.into(),
                shown.look_at.into(),
                card.attempts.into(),
            ],
        )
        .await?;
        self.core.commit(tx, Wake::No).await
    }

    /// The card could not be edited: again at `due_at`, or, with `None`, when something happens.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn card_put_off(&self, card: &CardRow, due_at: Option<Timestamp>) -> Result<(), StoreError> {
        let [ticket, target, started, destination] = card.key();
        let mut tx = self.write().await?;
        tx.run(
            "UPDATE cards SET due_at = CASE WHEN version <> $7 THEN coalesce($6, 0) ELSE $6 END
             WHERE ticket = $1 AND target = $2 AND started = $3 AND destination = $4 AND attempts = $5",
            &[ticket, target, started, destination, card.attempts.into(), due_at.into(), card.version.into()],
        )
        .await?;
        self.core.commit(tx, Wake::No).await
    }

    /// Forgets the cards of tickets that were solved and of which nothing was heard since `before`, and the tables that were
    /// over by then: nothing edits them any more. Says how many cards.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn forget_cards(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let gone = tx
            .run(
                "DELETE FROM cards WHERE due_at IS NULL AND sent_at < $1 AND EXISTS (SELECT 1 FROM tickets k
                 WHERE k.no = cards.ticket AND k.last_ts < $1 AND k.status IN ('solved', 'closed'))",
                &[before.into()],
            )
            .await?;
        for sql in [
            "DELETE FROM alert_group_promises WHERE alert_group IN (SELECT id FROM alert_groups
             WHERE state IN ('over', 'moved') AND due_at IS NULL AND coalesce(shown_at, began) < $1)",
            "DELETE FROM alert_groups
             WHERE state IN ('over', 'moved') AND due_at IS NULL AND coalesce(shown_at, began) < $1",
        ] {
            tx.run(sql, &[before.into()]).await?;
        }
        self.core.commit(tx, Wake::No).await?;
        Ok(gone)
    }

    /// Somebody deleted the card. With a message it is posted anew, once; without, it is left alone.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn card_deleted(
        &self,
        card: &CardRow,
        anew: Option<NewOutbox>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [ticket, target, started, destination] = card.key();
        let state = if anew.is_some() { "again" } else { "gone" };
        let mut tx = self.write().await?;
        // Not if another copy of the bot was faster, and the one that is gone is the one it has replaced already.
        let deleted = tx
            .run(
                "UPDATE cards SET platform_id = NULL, due_at = NULL, shown = '', state = $6
                 WHERE ticket = $1 AND target = $2 AND started = $3 AND destination = $4 AND platform_id = $5",
                &[ticket, target, started, destination, card.platform_id.as_deref().into(), state.into()],
            )
            .await?;
        if let Some(anew) = anew.filter(|_| deleted > 0) {
            outbox::write(&mut tx, &[anew], now).await?;
        }
        self.core.commit(tx, Wake::Up).await
    }
}
