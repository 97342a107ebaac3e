//! Alerts that are told together: which outbox rows belong to which table, and what it says of them.
//!
//! Every alert is a row of the outbox first. What takes it into a group, and what writes the group's own message into the
//! outbox, is one transaction, so a crash neither loses an alert nor makes a second table. Like a card, a group is marked
//! by whatever may change the truth about what is in it; it is looked at no more often than its pace allows.

mod gather;

pub use gather::{DueAlert, Heard, Together};

use std::collections::BTreeSet;

use super::engine::{Row, Tx, Value};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::{Store, Wake};
use crate::domain::alert::{Group, GroupKind, GroupState, Member, Notice, Outcome, Tally, Truth};
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Target, TimerKind};
use crate::domain::timestamp::Timestamp;

/// A group as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its number.
    pub id: i64,
    /// The channel, as written in `bot.toml`.
    pub destination: String,
    /// What it is and where it stands.
    pub group: Group,
    /// What the platform calls its message; `None` = not sent yet, or deleted.
    pub platform_id: Option<String>,
    /// It was deleted, and this is the second one (or that is on its way).
    pub again: bool,
    /// The digest of what it says, apart from what has changed; empty when that is not known.
    pub shown: String,
    /// When it was shown so, with how many promises, and how many of them settled.
    pub last: Option<(Timestamp, usize, usize)>,
    /// The shortest time between two edits, milliseconds.
    pub pace_ms: i64,
    /// How often it was looked at since it last said what is true.
    pub attempts: i64,
    version: i64,
}

/// What the message of a group says now.
#[derive(Clone, Copy, Debug)]
pub struct GroupShown<'a> {
    /// The digest, apart from what has changed.
    pub digest: &'a str,
    /// Whether that is new.
    pub is_new: bool,
    /// Promises in it.
    pub total: usize,
    /// Those that have ended.
    pub settled: usize,
    /// When to look again; `None` = when something happens.
    pub look_at: Option<Timestamp>,
    /// Promises that have ended since they were looked at last.
    pub ended: &'a [(Notice, Outcome)],
}

/// Promises that tables in one place show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InTables(BTreeSet<(TicketKey, String, Timestamp)>);

impl InTables {
    /// Whether the promise of an alert is among them.
    pub fn show(&self, notice: &Notice) -> bool {
        self.0.contains(&(notice.ticket.clone(), notice.target.name().to_owned(), notice.started))
    }
}

/// The columns of [`GroupRow::read`], with a condition.
macro_rules! groups_where {
    ($condition:literal) => {
        concat!(
            "SELECT t.id, t.destination, t.kind, t.state, t.threshold, t.platform_id, t.again, t.shown, t.shown_at,
             t.shown_total, t.shown_settled, t.pace_ms, t.attempts, t.version FROM alert_groups t WHERE ",
            $condition
        )
    };
}

fn size(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

impl GroupRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let (kind, state): (&str, &str) = (row.get(2)?, row.get(3)?);
        let read = GroupKind::from_name(kind).zip(GroupState::from_name(state));
        let (kind, state) = read.ok_or_else(|| StoreError::unreadable("group", format!("{kind} {state}")))?;
        let (total, settled) = (size(row.get(9)?), size(row.get(10)?));
        Ok(Self {
            id: row.get(0)?,
            destination: row.get(1)?,
            group: Group { kind, state, threshold: size(row.get(4)?) },
            platform_id: row.get(5)?,
            again: row.get::<i64>(6)? != 0,
            shown: row.get(7)?,
            last: row.optional_time(8)?.map(|at| (at, total, settled)),
            pace_ms: row.get(11)?,
            attempts: row.get(12)?,
            version: row.get(13)?,
        })
    }
}

/// Marks the groups in which tickets are: the truth about them may have changed. Says whether there are any.
pub(super) async fn mark(tx: &mut Tx, tickets: &[i64]) -> Result<bool, StoreError> {
    let rows: Vec<[Value<'_>; 1]> = tickets.iter().map(|no| [(*no).into()]).collect();
    let marked = tx
        .many(
            "UPDATE alert_group_promises SET outcome = NULL WHERE ticket IN (VALUES",
            &rows,
            ") AND alert_group IN (SELECT id FROM alert_groups WHERE state IN ('gathering', 'living'))
             RETURNING alert_group",
        )
        .await?;
    let mut groups = marked.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
    groups.sort_unstable();
    groups.dedup();
    for id in &groups {
        look_soon(tx, *id).await?;
    }
    Ok(!groups.is_empty())
}

/// A group may say something else: it is due as soon as its pace allows, or when an edit that is under way is settled. One
/// that is not sent yet is looked at then, unless it must be decided before whether something in it can wait.
async fn look_soon(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.run(
        "UPDATE alert_groups SET version = version + 1, due_at = CASE
         WHEN attempts > 0 AND due_at IS NOT NULL THEN due_at
         WHEN platform_id IS NULL AND kind = 'storm' THEN due_at
         WHEN due_at < coalesce(shown_at, 0) + pace_ms THEN due_at
         ELSE coalesce(shown_at, 0) + pace_ms END WHERE id = $1",
        &[id.into()],
    )
    .await?;
    Ok(())
}

impl Store {
    /// The promises that tables in a place show which are told already, so that what is only to be seen is seen there.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn in_tables(&self, destination: &str) -> Result<InTables, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all(
                "SELECT k.source, k.id, p.target, p.started FROM alert_groups g
                 JOIN alert_group_promises p ON p.alert_group = g.id JOIN tickets k ON k.no = p.ticket
                 WHERE g.destination = $1 AND g.state IN ('gathering', 'living') AND g.platform_id IS NOT NULL",
                &[destination.into()],
            )
            .await?;
        let read = |row: &Row| -> Result<_, StoreError> {
            Ok((TicketKey { source: row.get(0)?, id: row.get(1)? }, row.get(2)?, row.time(3)?))
        };
        rows.iter().map(read).collect::<Result<_, _>>().map(InTables)
    }

    /// A group.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn alert_group(&self, id: i64) -> Result<Option<GroupRow>, StoreError> {
        let mut tx = self.glance().await?;
        tx.first(groups_where!("t.id = $1"), &[id.into()]).await?.as_ref().map(GroupRow::read).transpose()
    }

    /// The promises of a group that are not known to have ended, as they stand, and how the others ended.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn members(&self, id: i64) -> Result<(Vec<Member>, Tally), StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .all(
                "SELECT k.source, k.id, p.target, p.started, p.kind, p.due, p.mention, p.joined_at
                 FROM alert_group_promises p JOIN tickets k ON k.no = p.ticket
                 WHERE p.alert_group = $1 AND p.outcome IS NULL",
                &[id.into()],
            )
            .await?;
        let mut tally = Tally::default();
        let ended = "SELECT outcome FROM alert_group_promises WHERE alert_group = $1 AND outcome IS NOT NULL";
        for row in &tx.all(ended, &[id.into()]).await? {
            let name: &str = row.get(0)?;
            let outcome = Outcome::from_name(name).ok_or_else(|| StoreError::unreadable("outcome", name.to_owned()))?;
            tally.count(outcome);
        }
        drop(tx);
        let notices = rows.iter().map(read_member).collect::<Result<Vec<_>, _>>()?;
        let truths =
            self.truths_of(&notices.iter().map(|(notice, _)| notice.ticket.clone()).collect::<Vec<_>>()).await?;
        let mut members: Vec<Member> = Vec::with_capacity(notices.len());
        for (notice, joined) in notices {
            let truths = truths.get(&notice.ticket).map(Vec::as_slice).unwrap_or_default();
            let is_it = |t: &&Truth| t.instance.promise.is_about(notice.target, notice.started);
            members.push(Member { truth: truths.iter().rev().find(is_it).cloned(), notice, joined });
        }
        Ok((members, tally))
    }

    /// When the next group of a platform must be looked at.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn next_group_due(&self, platform: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut tx = self.glance().await?;
        let sql = "SELECT min(due_at) FROM alert_groups WHERE platform = $1 AND due_at IS NOT NULL";
        tx.first(sql, &[platform.into()]).await?.map_or(Ok(None), |row| row.optional_time(0))
    }

    /// Takes up to `limit` groups of a platform that are due; nobody else takes them until `now + lease_ms`. Until it is
    /// told what they say, that is not known.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn claim_groups(
        &self,
        platform: &str,
        now: Timestamp,
        limit: i64,
        lease_ms: i64,
    ) -> Result<Vec<GroupRow>, StoreError> {
        if self.next_group_due(platform).await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let due = groups_where!("t.platform = $1 AND t.due_at <= $2 ORDER BY t.due_at, t.id LIMIT $3");
        let found = tx.all_unclaimed(due, &[platform.into(), now.into(), limit.into()]).await?;
        let mut groups = found.iter().map(GroupRow::read).collect::<Result<Vec<_>, _>>()?;
        for group in &mut groups {
            group.attempts += 1;
            tx.run(
                "UPDATE alert_groups SET due_at = $2, attempts = $3, shown = '' WHERE id = $1",
                &[group.id.into(), now.plus_ms(lease_ms).into(), group.attempts.into()],
            )
            .await?;
        }
        self.core.commit(tx, Wake::No).await?;
        Ok(groups)
    }

    /// The platform has the message of a group. It is looked at again soon, since the truth that it tells was read before
    /// it was sent. The digest is empty if it may say something older.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn outbox_sent_as_group(
        &self,
        outbox_id: i64,
        group: &GroupRow,
        platform_id: &str,
        shown: GroupShown<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        outbox::sent(&mut tx, outbox_id, platform_id, now).await?;
        tx.run("UPDATE outbox SET state = 'grouped' WHERE alert_group = $1 AND state = 'held'", &[group.id.into()])
            .await?;
        tx.run(
            "UPDATE alert_groups SET platform_id = $2, shown = $3, shown_at = $4, shown_total = $5, shown_settled = $6,
             due_at = $7, attempts = 0, version = version + 1,
             state = CASE WHEN kind = 'quiet' AND state = 'gathering' THEN 'living' ELSE state END
             WHERE id = $1 AND platform_id IS NULL",
            &[
                group.id.into(),
                platform_id.into(),
                shown.digest.into(),
                now.into(),
                shown.total.into(),
                shown.settled.into(),
                now.plus_ms(group.pace_ms).into(),
            ],
        )
        .await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// The group says what was true when it was claimed. If the truth may have changed meanwhile, it is due again.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_shown(&self, group: &GroupRow, shown: GroupShown<'_>, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        // What is in a group comes before it, as in every transaction that touches both.
        let rows: Vec<_> = shown
            .ended
            .iter()
            .map(|(notice, outcome)| {
                let Notice { ticket, target, started, .. } = notice;
                let key = [ticket.id.as_str().into(), ticket.source.as_str().into(), target.name().into()];
                let [id, source, target] = key;
                [group.id.into(), outcome.name().into(), id, source, target, (*started).into()]
            })
            .collect();
        for row in &rows {
            tx.run(
                "UPDATE alert_group_promises SET outcome = $2 WHERE alert_group = $1
                 AND ticket = (SELECT no FROM tickets WHERE id = $3 AND source = $4) AND target = $5 AND started = $6",
                row,
            )
            .await?;
        }
        let is_new = i64::from(shown.is_new);
        let settled = tx
            .run(
                "UPDATE alert_groups SET shown = $3, due_at = $4, attempts = 0,
                 shown_at = CASE WHEN $5 = 1 THEN $6 ELSE shown_at END,
                 shown_total = CASE WHEN $5 = 1 THEN $7 ELSE shown_total END,
                 shown_settled = CASE WHEN $5 = 1 THEN $8 ELSE shown_settled END
                 WHERE id = $1 AND version = $2 AND attempts = $9",
                &[
                    group.id.into(),
                    group.version.into(),
                    shown.digest.into(),
                    shown.look_at.into(),
                    is_new.into(),
                    now.into(),
                    shown.total.into(),
                    shown.settled.into(),
                    group.attempts.into(),
                ],
            )
            .await?;
        if settled > 0 {
            return self.core.commit(tx, Wake::No).await;
        }
        // How something ended may have changed too.
        drop(tx);
        let mut tx = self.write().await?;
        tx.run(
            "UPDATE alert_groups SET shown = $2, attempts = 0, due_at = CASE WHEN $3 = 1 THEN $5 ELSE $4 END,
             shown_at = CASE WHEN $3 = 1 THEN $4 ELSE shown_at END,
             shown_total = CASE WHEN $3 = 1 THEN $6 ELSE shown_total END,
             shown_settled = CASE WHEN $3 = 1 THEN $7 ELSE shown_settled END WHERE id = $1 AND attempts = $8",
            &[
                group.id.into(),
                shown.digest.into(),
                is_new.into(),
                now.into(),
                now.plus_ms(group.pace_ms).into(),
                shown.total.into(),
                shown.settled.into(),
                group.attempts.into(),
            ],
        )
        .await?;
        self.core.commit(tx, Wake::No).await
    }

    /// The group could not be shown: again at `due_at`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_put_off(&self, group: &GroupRow, due_at: Option<Timestamp>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run(
            "UPDATE alert_groups SET due_at = CASE WHEN version <> $2 THEN coalesce($3, 0) ELSE $3 END
             WHERE id = $1 AND attempts = $4",
            &[group.id.into(), group.version.into(), due_at.into(), group.attempts.into()],
        )
        .await?;
        self.core.commit(tx, Wake::No).await
    }

    /// The group stands otherwise now, and these messages follow from it; nothing happens if it has changed meanwhile.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_becomes(
        &self,
        group: &GroupRow,
        state: GroupState,
        messages: &[NewOutbox],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let changed = tx
            .run(
                "UPDATE alert_groups SET state = $3 WHERE id = $1 AND version = $2",
                &[group.id.into(), group.version.into(), state.name().into()],
            )
            .await?;
        if changed == 0 {
            return Ok(false);
        }
        outbox::write(&mut tx, messages, now).await?;
        self.core.commit(tx, Wake::Up).await?;
        Ok(true)
    }

    /// Somebody deleted the message of a group. With a message it is posted anew, once; without, it is over.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_deleted(
        &self,
        group: &GroupRow,
        anew: Option<NewOutbox>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let state = if anew.is_some() { group.group.state } else { GroupState::Over };
        let deleted = tx
            .run(
                "UPDATE alert_groups SET platform_id = NULL, due_at = NULL, shown = '', again = 1, state = $3
                 WHERE id = $1 AND platform_id = $2",
                &[group.id.into(), group.platform_id.as_deref().into(), state.name().into()],
            )
            .await?;
        if let Some(anew) = anew.filter(|_| deleted > 0) {
            outbox::write(&mut tx, &[anew], now).await?;
        }
        self.core.commit(tx, Wake::Up).await
    }

    /// The message of a group can never be sent, or need not be: it is over, and what comes is told by itself.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_lost(&self, id: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run("UPDATE alert_groups SET state = 'over', due_at = NULL WHERE id = $1", &[id.into()]).await?;
        tx.run("UPDATE outbox SET state = 'grouped' WHERE alert_group = $1 AND state = 'held'", &[id.into()]).await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// Alerts that were held and cannot wait any more: they leave the group and are due.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn group_releases(&self, group: &GroupRow, notices: &[Notice], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for notice in notices {
            tx.run(
                "UPDATE outbox SET state = 'due', alert_group = NULL, due_at = $2 WHERE key = $1 AND state = 'held'",
                &[notice.key(&group.destination).into(), now.into()],
            )
            .await?;
            tx.run(
                "DELETE FROM alert_group_promises WHERE alert_group = $1 AND target = $4 AND started = $5
                 AND ticket = (SELECT no FROM tickets WHERE id = $2 AND source = $3)",
                &[
                    group.id.into(),
                    notice.ticket.id.as_str().into(),
                    notice.ticket.source.as_str().into(),
                    notice.target.name().into(),
                    notice.started.into(),
                ],
            )
            .await?;
        }
        self.core.commit(tx, Wake::Up).await
    }

    /// How many groups may not say what is true: they are due, or being looked at.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn groups_in_doubt(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.glance().await?;
        let sql = "SELECT count(*) FROM alert_groups WHERE due_at IS NOT NULL AND (due_at <= $1 OR attempts > 0)";
        let row = tx.first(sql, &[now.into()]).await?;
        row.map_or(Ok(0), |row| Ok(row.get::<i64>(0)?.unsigned_abs()))
    }
}

/// Reads `source, id, target, started, kind, due, mention, joined_at`.
fn read_member(row: &Row) -> Result<(Notice, Timestamp), StoreError> {
    let (target, kind): (&str, &str) = (row.get(2)?, row.get(4)?);
    let read = Target::from_name(target).zip(TimerKind::from_name(kind));
    let (target, kind) = read.ok_or_else(|| StoreError::unreadable("group", format!("{target} {kind}")))?;
    let ticket = TicketKey { source: row.get(0)?, id: row.get(1)? };
    let notice = Notice { ticket, target, started: row.time(3)?, kind, due: row.time(5)?, mention: row.get(6)? };
    Ok((notice, row.time(7)?))
}
