//! How alerts come together: what is due, what was heard just before, and the step into a group.

use std::collections::{BTreeMap, BTreeSet};

use super::super::engine::Tx;
use super::super::error::StoreError;
use super::super::outbox::{self, NewOutbox, Priority};
use super::super::{Store, Wake};
use super::{look_soon, size};
use crate::domain::alert::{Announcement, GroupKind, Notice};
use crate::domain::sample::TicketKey;
use crate::domain::sla::TimerKind;
use crate::domain::timestamp::Timestamp;

/// An alert in the outbox that is due and was never tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAlert {
    /// The number of its row.
    pub id: i64,
    /// Where to.
    pub destination: String,
    /// How many alerts may go there one by one within a minute.
    pub storm_over: usize,
    /// What it says.
    pub notice: Notice,
}

/// What was heard in a place of late.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// How many alerts.
    pub alerts: usize,
    /// Those that were told by a message of their own, and when.
    pub alone: Vec<(Timestamp, Notice)>,
}

/// Alerts that are to be told together.
#[derive(Clone, Copy, Debug)]
pub struct Together<'a> {
    /// What brings them together.
    pub kind: GroupKind,
    /// Where.
    pub destination: &'a str,
    /// How many may be told one by one.
    pub threshold: usize,
    /// The shortest time between two edits of the table, milliseconds.
    pub pace_ms: i64,
    /// When the table is told, if there is none yet.
    pub told_at: Timestamp,
    /// The alerts; the table speaks for them.
    pub alerts: &'a [DueAlert],
    /// Told by messages of their own already, and part of it all the same.
    pub beside: &'a [Notice],
}

/// Reads the notice of an outbox row, if it is an alert that this version can read.
fn notice(body: &str) -> Option<Notice> {
    match serde_json::from_str(body) {
        Ok(Announcement::Alert(notice)) => Some(notice),
        _ => None,
    }
}

impl Store {
    /// The alerts for a platform that are due, oldest first, apart from those of which nobody knows whether they were sent
    /// and those for some places; and the numbers of all of them, including those that cannot be read.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn due_alerts(
        &self,
        platform: &str,
        but_for: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(Vec<DueAlert>, Vec<i64>), StoreError> {
        let mut tx = self.glance().await?;
        // A list in one text, because both engines look into it alike.
        let but_for: String = but_for.iter().flat_map(|destination| ["\n", destination, "\n"]).collect();
        let rows = tx
            .all(
                "SELECT id, destination, storm_over, body FROM outbox WHERE state = 'due' AND due_at <= $1
                 AND platform = $2 AND storm_over IS NOT NULL AND fate_unknown = 0
                 AND replace($3, '\n' || destination || '\n', '') = $3 ORDER BY id",
                &[now.into(), platform.into(), but_for.as_str().into()],
            )
            .await?;
        let (mut alerts, mut ids) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in &rows {
            ids.push(row.get(0)?);
            if let Some(notice) = notice(row.get(3)?) {
                let storm_over = size(row.get(2)?);
                alerts.push(DueAlert { id: row.get(0)?, destination: row.get(1)?, storm_over, notice });
            }
        }
        Ok((alerts, ids))
    }

    /// The alerts that were told in a place after an instant, alone or by the table of a storm.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn heard_alerts(&self, destination: &str, after: Timestamp) -> Result<Heard, StoreError> {
        let mut tx = self.glance().await?;
        let rows = tx
            .all(
                "SELECT sent_at, CASE WHEN state = 'sent' THEN body END FROM outbox
                 WHERE destination = $1 AND sent_at > $2 AND storm_over IS NOT NULL AND state IN ('sent', 'grouped')",
                &[destination.into(), after.into()],
            )
            .await?;
        let mut heard = Heard { alerts: rows.len(), ..Heard::default() };
        for row in &rows {
            if let Some(notice) = row.get::<Option<&str>>(1)?.and_then(notice) {
                heard.alone.push((Timestamp(row.get(0)?), notice));
            }
        }
        Ok(heard)
    }

    /// Whether a group of that kind takes alerts in a place.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn is_gathering(&self, destination: &str, kind: GroupKind) -> Result<bool, StoreError> {
        Ok(gathering(&mut self.glance().await?, destination, kind).await?.is_some())
    }

    /// Alerts that are due wait until then, if nobody has taken them.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn alerts_wait(&self, ids: &[i64], until: Timestamp) -> Result<(), StoreError> {
        let rows: Vec<_> = ids.iter().map(|id| [(*id).into(), until.into()]).collect();
        let mut tx = self.write().await?;
        tx.claim_alone().await?;
        tx.many(
            "UPDATE outbox SET due_at = v.column2 FROM (VALUES",
            &rows,
            ") AS v WHERE outbox.id = v.column1 AND outbox.state = 'due'",
        )
        .await?;
        self.core.commit(tx, Wake::No).await
    }

    /// Alerts that are due need not be sent, for these reasons, if nobody has taken them.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn alerts_dropped(&self, alerts: &[(i64, &str)]) -> Result<(), StoreError> {
        let rows: Vec<_> = alerts.iter().map(|(id, reason)| [(*id).into(), (*reason).into()]).collect();
        let mut tx = self.write().await?;
        tx.claim_alone().await?;
        tx.many(
            "UPDATE outbox SET state = 'dropped', last_error = v.column2 FROM (VALUES",
            &rows,
            ") AS v WHERE outbox.id = v.column1 AND outbox.state = 'due'",
        )
        .await?;
        self.core.commit(tx, Wake::Up).await
    }

    /// Takes alerts into the groups that gather there, or into new ones with their messages: a new one takes over what is
    /// open in an earlier one of its kind. Those that somebody else sends meanwhile are left out. Returns how many were
    /// taken.
    ///
    /// # Errors
    /// When storage fails; then nothing is changed.
    pub async fn tell_together(&self, groups: &[Together<'_>], now: Timestamp) -> Result<usize, StoreError> {
        let mut tx = self.write().await?;
        tx.claim_alone().await?;
        let mut takes = Vec::with_capacity(groups.len());
        for together in groups {
            let ids: Vec<_> = together.alerts.iter().map(|alert| [alert.id.into()]).collect();
            let take = match together.kind {
                GroupKind::Storm => "UPDATE outbox SET state = 'grouped' WHERE state = 'due' AND id IN (VALUES",
                GroupKind::Quiet => "UPDATE outbox SET state = 'held' WHERE state = 'due' AND id IN (VALUES",
            };
            let taken = tx.many(take, &ids, ") RETURNING id").await?;
            let taken = taken.iter().map(|row| row.get::<i64>(0)).collect::<Result<BTreeSet<_>, _>>()?;
            let alerts = together.alerts.iter().filter(|alert| taken.contains(&alert.id));
            let notices: Vec<&Notice> = alerts.map(|alert| &alert.notice).collect();
            takes.extend((!notices.is_empty()).then_some((together, notices)));
        }
        let mut tickets = BTreeSet::new();
        for (together, notices) in &takes {
            tickets.extend(together.beside.iter().map(|notice| notice.ticket.clone()));
            tickets.extend(notices.iter().map(|notice| notice.ticket.clone()));
        }
        let numbers = hold(&mut tx, &tickets).await?;
        let mut ids = Vec::with_capacity(takes.len());
        for (together, notices) in &takes {
            ids.push(take(&mut tx, together, notices, &numbers, now).await?);
        }
        // What is in a group comes before it, as in every transaction that touches both.
        for id in ids {
            look_soon(&mut tx, id).await?;
        }
        let taken = takes.iter().map(|(_, notices)| notices.len()).sum();
        if taken > 0 {
            self.core.commit(tx, Wake::Up).await?;
        }
        Ok(taken)
    }
}

/// Takes alerts whose rows are marked into the group that gathers there, or into a new one; the group's number.
async fn take(
    tx: &mut Tx,
    together: &Together<'_>,
    notices: &[&Notice],
    numbers: &BTreeMap<TicketKey, i64>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let Together { kind, destination, .. } = *together;
    let known = gathering(tx, destination, kind).await?;
    let id = match known {
        Some(id) => id,
        None => begin(tx, together, now).await?,
    };
    let (state, sent_at) = match kind {
        GroupKind::Storm => ("grouped", Some(now)),
        GroupKind::Quiet => ("held", None),
    };
    tx.run(
        "UPDATE outbox SET alert_group = $3, sent_at = $4
         WHERE destination = $1 AND state = $2 AND storm_over IS NOT NULL AND alert_group IS NULL",
        &[destination.into(), state.into(), id.into(), sent_at.into()],
    )
    .await?;
    call(tx, id, together, notices, now).await?;
    let beside = if known.is_none() { together.beside } else { &[] };
    let joining: Vec<&Notice> = beside.iter().chain(notices.iter().copied()).collect();
    join(tx, id, &joining, numbers, now).await?;
    Ok(id)
}

/// The group of a kind that takes alerts in a place.
async fn gathering(tx: &mut Tx, destination: &str, kind: GroupKind) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id FROM alert_groups WHERE destination = $1 AND kind = $2 AND state = 'gathering'";
    tx.first(sql, &[destination.into(), kind.name().into()]).await?.map(|row| row.get(0)).transpose()
}

/// A new group and its message. A storm takes over what is open in the one before: nobody reads two tables.
async fn begin(tx: &mut Tx, together: &Together<'_>, now: Timestamp) -> Result<i64, StoreError> {
    let Together { kind, destination, threshold, pace_ms, told_at, .. } = *together;
    let new = tx
        .first(
            "INSERT INTO alert_groups (kind, destination, platform, state, threshold, pace_ms, began)
             VALUES ($1, $2, $3, 'gathering', $4, $5, $6) RETURNING id",
            &[
                kind.name().into(),
                destination.into(),
                outbox::platform(destination).into(),
                threshold.into(),
                pace_ms.into(),
                now.into(),
            ],
        )
        .await?;
    let id: i64 = new.map_or(Err(StoreError::unreadable("group", "no number")), |row| row.get(0))?;
    let message = NewOutbox {
        key: match kind {
            GroupKind::Storm => format!("storm/{destination}/{id}"),
            GroupKind::Quiet => format!("quiet/{destination}/{}", told_at.millis()),
        },
        destination: destination.to_owned(),
        priority: Priority::Alert,
        storm_over: None,
        body: Announcement::Group(id).to_json(),
        due_at: told_at,
    };
    outbox::write(tx, &[message], now).await?;
    if kind == GroupKind::Storm {
        let earlier = "SELECT id FROM alert_groups WHERE destination = $1 AND kind = 'storm' AND state = 'living'";
        for row in &tx.all(earlier, &[destination.into()]).await? {
            let old: i64 = row.get(0)?;
            tx.run(
                "UPDATE alert_group_promises SET alert_group = $2 WHERE alert_group = $1 AND outcome IS NULL
                 AND NOT EXISTS (SELECT 1 FROM alert_group_promises n WHERE n.alert_group = $2
                 AND n.ticket = alert_group_promises.ticket AND n.target = alert_group_promises.target
                 AND n.started = alert_group_promises.started)",
                &[old.into(), id.into()],
            )
            .await?;
            tx.run(
                "UPDATE alert_groups SET state = 'moved', version = version + 1,
                 due_at = CASE WHEN attempts > 0 AND due_at IS NOT NULL THEN due_at ELSE $2 END WHERE id = $1",
                &[old.into(), now.into()],
            )
            .await?;
        }
    }
    Ok(id)
}

/// The numbers of tickets, which are held until the transaction ends: whoever folds one beside it would not see that it
/// is in a group.
async fn hold(tx: &mut Tx, tickets: &BTreeSet<TicketKey>) -> Result<BTreeMap<TicketKey, i64>, StoreError> {
    let keys: Vec<_> = tickets.iter().map(|key| [key.id.as_str().into(), key.source.as_str().into()]).collect();
    let found = tx.many_locked("SELECT source, id, no FROM tickets WHERE (id, source) IN (VALUES", &keys).await?;
    found.iter().map(|row| Ok((TicketKey { source: row.get(0)?, id: row.get(1)? }, row.get(2)?))).collect()
}

/// Promises are in a group from now on.
async fn join(
    tx: &mut Tx,
    id: i64,
    notices: &[&Notice],
    numbers: &BTreeMap<TicketKey, i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Of several alerts of one promise the last one counts.
    let mut joining = BTreeMap::new();
    for notice in notices {
        if let Some(no) = numbers.get(&notice.ticket) {
            joining.insert((*no, notice.target.name(), notice.started), *notice);
        }
    }
    let rows: Vec<_> = joining
        .iter()
        .map(|((no, target, started), notice)| {
            [
                id.into(),
                (*no).into(),
                (*target).into(),
                (*started).into(),
                notice.kind.name().into(),
                notice.due.into(),
                notice.mention.as_deref().into(),
                now.into(),
            ]
        })
        .collect();
    tx.many(
        "INSERT INTO alert_group_promises (alert_group, ticket, target, started, kind, due, mention, joined_at) VALUES",
        &rows,
        "ON CONFLICT (alert_group, ticket, target, started) DO UPDATE SET kind = excluded.kind, due = excluded.due,
         mention = excluded.mention, joined_at = excluded.joined_at, outcome = NULL",
    )
    .await?;
    Ok(())
}

/// What must be heard of a table that stands there already, since an edit notifies nobody: the first breach after
/// warnings, and everybody whom a step of the ladder calls for the first time.
async fn call(
    tx: &mut Tx,
    id: i64,
    together: &Together<'_>,
    notices: &[&Notice],
    now: Timestamp,
) -> Result<(), StoreError> {
    let posted = "SELECT 1 FROM alert_groups WHERE id = $1 AND platform_id IS NOT NULL";
    if tx.first(posted, &[id.into()]).await?.is_none() {
        return Ok(());
    }
    let known =
        tx.all("SELECT DISTINCT mention, kind FROM alert_group_promises WHERE alert_group = $1", &[id.into()]).await?;
    let mut mentions: Vec<Option<String>> = Vec::new();
    let mut only_warned = true;
    for row in &known {
        mentions.push(row.get(0)?);
        only_warned &= matches!(TimerKind::from_name(row.get(1)?), Some(TimerKind::Warn(_)));
    }
    let mut calls: Vec<Option<&str>> = Vec::new();
    for notice in notices {
        let new = match (&notice.mention, notice.kind) {
            (Some(mention), _) if !mentions.contains(&notice.mention) => Some(Some(mention.as_str())),
            (_, TimerKind::Breach | TimerKind::Step(_)) if only_warned => Some(None),
            _ => None,
        };
        calls.extend(new.filter(|call| !calls.contains(call)));
    }
    let messages: Vec<NewOutbox> = calls
        .into_iter()
        .map(|mention| NewOutbox {
            key: format!("storm/{}/{id}/call/{}", together.destination, mention.unwrap_or("missed")),
            destination: together.destination.to_owned(),
            priority: Priority::Alert,
            storm_over: None,
            body: Announcement::Call { group: id, mention: mention.map(str::to_owned) }.to_json(),
            due_at: now,
        })
        .collect();
    outbox::write(tx, &messages, now).await
}
