//! Timers, and what becomes of them: the rows the SLA clock runs on.
//!
//! A timer is pending until it rings, goes away, or is found overdue in imported history (silent). Ringing is a
//! compare-and-set: the timer, its alert and the messages about it change in one transaction, so nothing rings twice.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Tx, Value};
use super::error::StoreError;
use super::fold::Hush;
use super::outbox::{self, NewOutbox};
use super::tickets::{TicketRow, promises_of};
use super::{Store, Wake};
use crate::domain::alert::{Notice, TicketFacts};
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Target, Timer, TimerKind};
use crate::domain::timestamp::Timestamp;

/// What became of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It will ring.
    Pending,
    /// It has rung.
    Rung,
    /// It was overdue when its history was imported.
    Silent,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Rung => "rung",
            Self::Silent => "silent",
        }
    }

    fn from_name(name: &str) -> Result<Self, StoreError> {
        [Self::Pending, Self::Rung, Self::Silent]
            .into_iter()
            .find(|s| s.name() == name)
            .ok_or_else(|| StoreError::unreadable("timer", format!("unknown state {name:?}")))
    }
}

/// A timer as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimerRow {
    target: Target,
    cycle: u32,
    kind: TimerKind,
    rings_at: Timestamp,
    state: State,
}

impl TimerRow {
    const fn id(&self) -> (Target, u32, TimerKind) {
        (self.target, self.cycle, self.kind)
    }
}

/// From when on a timer rings: a warning at its instant, a breach once its deadline is past.
const fn rings_at(timer: &Timer) -> Timestamp {
    match timer.kind {
        TimerKind::Warn(_) | TimerKind::Step(_) => timer.due,
        TimerKind::Breach => timer.due.plus_ms(1),
    }
}

/// The instant a timer was set for, from the one at which it rings.
const fn set_for(kind: TimerKind, rings_at: Timestamp) -> Timestamp {
    match kind {
        TimerKind::Warn(_) | TimerKind::Step(_) => rings_at,
        TimerKind::Breach => rings_at.plus_ms(-1),
    }
}

/// Turns the timers that are into those that should be: which to write, which to remove.
///
/// What has rung stays as it is. What is new, or has moved, is pending; in history it is silent if it is overdue, and
/// so is everywhere what is settled already: a ticket reopened next month does not ring for this month's breach. What
/// was silent rings after all if it has moved to an instant that is still to come.
pub(super) fn reconcile(
    stored: &[TimerRow],
    wanted: &[Timer],
    hush: Hush,
    now: Timestamp,
) -> (Vec<TimerRow>, Vec<TimerRow>) {
    let known: BTreeMap<_, _> = stored.iter().map(|t| (t.id(), t)).collect();
    let set = |timer: &Timer| {
        let rings_at = rings_at(timer);
        let overdue = rings_at <= now;
        let row =
            |state| Some(TimerRow { target: timer.target, cycle: timer.cycle, kind: timer.kind, rings_at, state });
        match known.get(&(timer.target, timer.cycle, timer.kind)) {
            Some(was) if was.state == State::Rung => None,
            Some(was) if was.state == State::Silent && timer.settled => None,
            _ if timer.settled => row(State::Silent),
            Some(was) if was.rings_at == rings_at => None,
            Some(was) if was.state == State::Silent && overdue => None,
            _ if overdue && hush == Hush::Overdue => row(State::Silent),
            _ => row(State::Pending),
        }
    };
    let stays = |row: &&TimerRow| wanted.iter().any(|t| (t.target, t.cycle, t.kind) == row.id());
    let gone = stored.iter().filter(|t| t.state == State::Pending && !stays(t)).copied().collect();
    (wanted.iter().filter_map(set).collect(), gone)
}

/// The timers of tickets as they stand.
pub(super) async fn stored_timers(tx: &mut Tx, numbers: &[i64]) -> Result<BTreeMap<i64, Vec<TimerRow>>, StoreError> {
    let rows: Vec<_> = numbers.iter().map(|no| [(*no).into()]).collect();
    let mut timers: BTreeMap<i64, Vec<TimerRow>> = BTreeMap::new();
    let found = tx
        .many("SELECT ticket, target, cycle, kind, rings_at, state FROM timers WHERE ticket IN (VALUES", &rows, ")")
        .await?;
    for row in &found {
        let (target, cycle, kind) = read_id(row.get(1)?, row.get(2)?, row.get(3)?)?;
        let state = State::from_name(row.get(5)?)?;
        timers.entry(row.get(0)?).or_default().push(TimerRow { target, cycle, kind, rings_at: row.time(4)?, state });
    }
    Ok(timers)
}

fn read_id(target: &str, cycle: i64, kind: &str) -> Result<(Target, u32, TimerKind), StoreError> {
    Target::from_name(target)
        .zip(u32::try_from(cycle).ok())
        .zip(TimerKind::from_name(kind))
        .map(|((target, cycle), kind)| (target, cycle, kind))
        .ok_or_else(|| StoreError::unreadable("timer", format!("{target} {cycle} {kind}")))
}

/// Writes what [`reconcile`] found; what has rung meanwhile is left alone.
pub(super) async fn write_timers(
    tx: &mut Tx,
    set: &[(i64, TimerRow)],
    gone: &[(i64, TimerRow)],
) -> Result<(), StoreError> {
    let id = |no: i64, t: &TimerRow| -> [Value<'static>; 4] {
        [no.into(), t.target.name().into(), t.cycle.into(), t.kind.name().into()]
    };
    let rows: Vec<[Value<'_>; 6]> = set
        .iter()
        .map(|(no, t)| {
            let [no, target, cycle, kind] = id(*no, t);
            [no, target, cycle, kind, t.rings_at.into(), t.state.name().into()]
        })
        .collect();
    tx.many(
        "INSERT INTO timers (ticket, target, cycle, kind, rings_at, state) VALUES",
        &rows,
        "ON CONFLICT (ticket, target, cycle, kind) DO UPDATE SET rings_at = excluded.rings_at, state = excluded.state
         WHERE timers.state <> 'rung'",
    )
    .await?;
    let rows: Vec<_> = gone.iter().map(|(no, t)| id(*no, t)).collect();
    tx.many("DELETE FROM timers WHERE state = 'pending' AND (ticket, target, cycle, kind) IN (VALUES", &rows, ")")
        .await?;
    Ok(())
}

/// A timer that rings now.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTimer {
    /// Whose.
    pub ticket: TicketKey,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// Warning, breach or step.
    pub kind: TimerKind,
    /// The instant it was set for; a breach's is the deadline.
    pub due: Timestamp,
    /// The policy that promised it.
    pub policy: String,
    /// The ticket, as of its last event.
    pub facts: TicketFacts,
}

impl Store {
    /// When the next timer rings.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut tx = self.read().await?;
        let next = tx.first("SELECT min(rings_at) FROM timers WHERE state = 'pending'", &[]).await?;
        next.map_or(Ok(None), |row| row.optional_time(0))
    }

    /// Rings up to `limit` timers that are due: in one transaction each is marked, its alert recorded, and whatever
    /// `decide` wants said about it put into the outbox. However many call this at once, each timer rings once.
    ///
    /// # Errors
    /// When storage fails; then nothing has rung.
    pub async fn ring_due(
        &self,
        now: Timestamp,
        limit: i64,
        mut decide: impl FnMut(&DueTimer) -> Vec<NewOutbox>,
    ) -> Result<Vec<DueTimer>, StoreError> {
        if self.next_timer().await?.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let claimed = claim_due(&mut tx, now, limit).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let rung: Vec<DueTimer> = claimed.iter().map(|(_, due)| due.clone()).collect();
        let alerts: Vec<_> = claimed
            .iter()
            .map(|(no, due)| {
                [
                    (*no).into(),
                    due.target.name().into(),
                    due.cycle.into(),
                    due.kind.name().into(),
                    due.due.into(),
                    now.into(),
                ]
            })
            .collect();
        tx.many(
            "INSERT INTO alerts (ticket, target, cycle, kind, due, rung_at) VALUES",
            &alerts,
            "ON CONFLICT (ticket, target, cycle, kind) DO NOTHING",
        )
        .await?;
        let messages: Vec<NewOutbox> = rung.iter().flat_map(&mut decide).collect();
        outbox::write(&mut tx, &messages, now).await?;
        self.core.commit(tx, Wake::Up).await?;
        Ok(rung)
    }
}

impl Store {
    /// Takes back a message that rang and is not true now: its timer waits for `until`, or, with `None`, for whatever
    /// the ticket's next event makes of it. So what becomes true later rings then, and what was sent elsewhere is not
    /// sent again.
    ///
    /// # Errors
    /// When storage fails; then the message stays in the outbox.
    pub async fn unring(&self, outbox_id: i64, notice: &Notice, until: Option<Timestamp>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run("DELETE FROM outbox WHERE id = $1 AND state = 'sending'", &[outbox_id.into()]).await?;
        let ticket = tx
            .first(
                "SELECT no FROM tickets WHERE id = $1 AND source = $2",
                &[notice.ticket.id.as_str().into(), notice.ticket.source.as_str().into()],
            )
            .await?;
        if let Some(ticket) = ticket {
            let (no, kind) = (ticket.get::<i64>(0)?, notice.kind.name());
            let (target, cycle) = (notice.target.name(), notice.cycle);
            tx.run(
                "DELETE FROM alerts WHERE ticket = $1 AND target = $2 AND cycle = $3 AND kind = $4",
                &[no.into(), target.into(), cycle.into(), kind.as_str().into()],
            )
            .await?;
            match until {
                Some(until) => {
                    tx.run(
                        "UPDATE timers SET state = 'pending', rings_at = $5
                         WHERE ticket = $1 AND target = $2 AND cycle = $3 AND kind = $4",
                        &[no.into(), target.into(), cycle.into(), kind.as_str().into(), until.into()],
                    )
                    .await?;
                }
                None => {
                    tx.run(
                        "DELETE FROM timers WHERE ticket = $1 AND target = $2 AND cycle = $3 AND kind = $4",
                        &[no.into(), target.into(), cycle.into(), kind.as_str().into()],
                    )
                    .await?;
                }
            }
        }
        self.core.commit(tx, Wake::Up).await
    }
}

/// Marks due timers as rung, soonest first; they come back with the number of their ticket.
async fn claim_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(i64, DueTimer)>, StoreError> {
    let due = tx
        .all_unclaimed(
            "SELECT t.ticket, t.target, t.cycle, t.kind, t.rings_at,
             k.source, k.id, k.created, k.status, k.subject, k.url, k.priority, k.team, k.agent
             FROM timers t JOIN tickets k ON k.no = t.ticket
             WHERE t.state = 'pending' AND t.rings_at <= $1 ORDER BY t.rings_at, t.ticket LIMIT $2",
            &[now.into(), limit.into()],
        )
        .await?;
    let ids = due
        .iter()
        .map(|row| {
            Ok([
                row.get::<i64>(0)?.into(),
                row.get::<&str>(1)?.into(),
                row.get::<i64>(2)?.into(),
                row.get::<&str>(3)?.into(),
            ])
        })
        .collect::<Result<Vec<[Value<'_>; 4]>, StoreError>>()?;
    tx.many("UPDATE timers SET state = 'rung' WHERE (ticket, target, cycle, kind) IN (VALUES", &ids, ")").await?;

    let numbers = due.iter().map(|row| row.get(0)).collect::<Result<BTreeSet<i64>, _>>()?;
    let promises = promises_of(tx, &numbers.into_iter().collect::<Vec<_>>()).await?;
    let mut claimed = Vec::with_capacity(due.len());
    for row in &due {
        let no = row.get(0)?;
        let (target, cycle, kind) = read_id(row.get(1)?, row.get(2)?, row.get(3)?)?;
        let promise = promises.iter().find(|(of, p, _)| *of == no && p.target == target && p.cycle == cycle);
        let Some((_, _, policy)) = promise else {
            tracing::error!(ticket.no = no, "a timer without its promise; it does not ring");
            continue;
        };
        let (due, policy) = (set_for(kind, row.time(4)?), policy.clone());
        let TicketRow { key, facts, .. } = TicketRow::read(row, 5)?;
        claimed.push((no, DueTimer { ticket: key, target, cycle, kind, due, policy, facts }));
    }
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_follow_the_fold_but_nothing_rings_twice_and_history_does_not_ring() {
        let at = |state, rings_at| TimerRow {
            target: Target::FirstResponse,
            cycle: 1,
            kind: TimerKind::Warn(0),
            rings_at: Timestamp(rings_at),
            state,
        };
        let (pending, rung, silent) = (State::Pending, State::Rung, State::Silent);
        let (live, history) = (Hush::Nothing, Hush::Overdue);
        let now = 50;
        // What is stored, when it should ring, how it arrived; what is written, whether the stored one goes away.
        let table = [
            (None, Some(90), live, Some((pending, 90)), false),
            (None, Some(10), live, Some((pending, 10)), false),
            (None, Some(90), history, Some((pending, 90)), false),
            (None, Some(10), history, Some((silent, 10)), false),
            (Some((pending, 90)), Some(90), live, None, false),
            (Some((pending, 10)), Some(10), history, None, false),
            (Some((pending, 90)), Some(10), live, Some((pending, 10)), false),
            (Some((pending, 90)), Some(10), history, Some((silent, 10)), false),
            (Some((pending, 90)), None, live, None, true),
            (Some((rung, 10)), Some(90), live, None, false),
            (Some((rung, 10)), None, live, None, false),
            (Some((silent, 10)), Some(20), live, None, false),
            (Some((silent, 10)), Some(90), live, Some((pending, 90)), false),
            (Some((silent, 10)), None, live, None, false),
        ];
        let settled_table = [
            (None, 10, Some((silent, 10))),
            (Some((pending, 10)), 10, Some((silent, 10))),
            (Some((rung, 10)), 10, None),
            (Some((silent, 10)), 10, None),
        ];
        for (stored, wanted, written) in settled_table {
            let stored: Vec<_> = stored.into_iter().map(|(state, t)| at(state, t)).collect();
            let TimerRow { target, cycle, kind, .. } = at(pending, 0);
            let wanted = Timer { target, cycle, kind, due: Timestamp(wanted), settled: true };
            let (set, removed) = reconcile(&stored, &[wanted], live, Timestamp(now));
            assert_eq!(set, written.map(|(state, t)| at(state, t)).into_iter().collect::<Vec<_>>(), "{stored:?}");
            assert_eq!(removed, []);
        }
        for (stored, wanted, hush, written, gone) in table {
            let case = format!("{stored:?} {wanted:?} {hush:?}");
            let stored: Vec<_> = stored.into_iter().map(|(state, t)| at(state, t)).collect();
            let TimerRow { target, cycle, kind, .. } = at(pending, 0);
            let wanted: Vec<_> =
                wanted.map(|t| Timer { target, cycle, kind, due: Timestamp(t), settled: false }).into_iter().collect();
            let (set, removed) = reconcile(&stored, &wanted, hush, Timestamp(now));
            assert_eq!(set, written.map(|(state, t)| at(state, t)).into_iter().collect::<Vec<_>>(), "{case}");
            assert_eq!(removed.len(), usize::from(gone), "{case}");
        }
    }
}
