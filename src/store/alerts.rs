//! Timers, and what becomes of them: the rows the SLA clock runs on.
//!
//! A timer is pending until it rings, goes away, or is found overdue in imported history (silent). Ringing is a
//! compare-and-set: the timer, its alert and the messages about it change in one transaction, so nothing rings twice.
//!
//! What has rung is told by (ticket, target, beginning of the demand, kind), never by the number of the cycle: a reply that is told
//! late adds a cycle, and all that follow have other numbers. It rings at most once, for good: a breach that turns out
//! not to have been one because something was told late, and a warning whose threshold moved away with a lower priority,
//! were heard; what stands now is told where they were said, and the next kind rings at its own time.

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
    /// How little can change it.
    const fn finality(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Silent => 1,
            Self::Rung => 2,
        }
    }

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
    /// When the demand began, as far as was known when the row was written.
    started: Timestamp,
    kind: TimerKind,
    rings_at: Timestamp,
    state: State,
}

impl TimerRow {
    const fn id(&self) -> (Target, Timestamp, TimerKind) {
        (self.target, self.started, self.kind)
    }

    /// Whether it is the row of a timer, perhaps under an earlier idea of when its demand began.
    fn is_of(&self, timer: &Timer) -> bool {
        self.kind == timer.kind && timer.is_about(self.target, self.started)
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
/// was silent rings after all if it has moved to an instant that is still to come, and stays if its instance is gone:
/// the ticket may be spam only for a while.
pub(super) fn reconcile(
    stored: &[TimerRow],
    wanted: &[Timer],
    hush: Hush,
    now: Timestamp,
) -> (Vec<TimerRow>, Vec<TimerRow>) {
    let should_be = |timer: &Timer| {
        let rings_at = rings_at(timer);
        let overdue = rings_at <= now;
        // Demands that turn out to be one may have a row each: what was heard of any of them was heard.
        let rows = stored.iter().filter(|row| row.is_of(timer));
        let was = rows.max_by_key(|row| (row.state.finality(), row.started == timer.started));
        let state = match was {
            Some(was) if was.state == State::Rung => return None,
            _ if timer.settled() => State::Silent,
            Some(was) if was.rings_at == rings_at => was.state,
            Some(was) if was.state == State::Silent && overdue => State::Silent,
            _ if overdue && hush == Hush::Overdue => State::Silent,
            _ => State::Pending,
        };
        Some(TimerRow { target: timer.target, started: timer.started, kind: timer.kind, rings_at, state })
    };
    let rows: Vec<TimerRow> = wanted.iter().filter_map(should_be).collect();
    let is_obsolete = |was: &&TimerRow| match was.state {
        _ if rows.iter().any(|row| row.id() == was.id()) => false,
        State::Rung => false,
        State::Pending => true,
        // Its demand began at another instant, or has rung under another one.
        State::Silent => wanted.iter().any(|timer| was.is_of(timer)),
    };
    let gone = stored.iter().filter(is_obsolete).copied().collect();
    (rows.into_iter().filter(|row| !stored.contains(row)).collect(), gone)
}

/// The timers of tickets as they stand; nobody rings them until the transaction ends.
pub(super) async fn stored_timers(tx: &mut Tx, numbers: &[i64]) -> Result<BTreeMap<i64, Vec<TimerRow>>, StoreError> {
    let rows: Vec<_> = numbers.iter().map(|no| [(*no).into()]).collect();
    let mut timers: BTreeMap<i64, Vec<TimerRow>> = BTreeMap::new();
    let found = tx
        .many_locked("SELECT ticket, target, started, kind, rings_at, state FROM timers WHERE ticket IN (VALUES", &rows)
        .await?;
    for row in &found {
        let (target, kind) = read_words(row.get(1)?, row.get(3)?)?;
        let state = State::from_name(row.get(5)?)?;
        let (started, rings_at) = (row.time(2)?, row.time(4)?);
        timers.entry(row.get(0)?).or_default().push(TimerRow { target, started, kind, rings_at, state });
    }
    Ok(timers)
}

fn read_words(target: &str, kind: &str) -> Result<(Target, TimerKind), StoreError> {
    Target::from_name(target)
        .zip(TimerKind::from_name(kind))
        .ok_or_else(|| StoreError::unreadable("timer", format!("{target} {kind}")))
}

/// What names a row of `timers` and one of `alerts`.
fn id(ticket: i64, target: Target, started: Timestamp, kind: TimerKind) -> [Value<'static>; 4] {
    [ticket.into(), target.name().into(), started.into(), kind.name().into()]
}

/// Writes what [`reconcile`] found; what has rung meanwhile is left alone.
pub(super) async fn write_timers(
    tx: &mut Tx,
    set: &[(i64, TimerRow)],
    gone: &[(i64, TimerRow)],
) -> Result<(), StoreError> {
    let id = |no: i64, t: &TimerRow| id(no, t.target, t.started, t.kind);
    let rows: Vec<_> = gone.iter().map(|(no, t)| id(*no, t)).collect();
    tx.many("DELETE FROM timers WHERE state <> 'rung' AND (ticket, target, started, kind) IN (VALUES", &rows, ")")
        .await?;
    let rows: Vec<[Value<'_>; 6]> = set
        .iter()
        .map(|(no, t)| {
            let [no, target, started, kind] = id(*no, t);
            [no, target, started, kind, t.rings_at.into(), t.state.name().into()]
        })
        .collect();
    tx.many(
        "INSERT INTO timers (ticket, target, started, kind, rings_at, state) VALUES",
        &rows,
        "ON CONFLICT (ticket, target, started, kind) DO UPDATE SET rings_at = excluded.rings_at,
         state = excluded.state WHERE timers.state <> 'rung'",
    )
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
    /// When its demand began, as far as was known when the timer was set: with the target, what tells it from others.
    pub started: Timestamp,
    /// Which cycle of it, as people count.
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
        let mut tx = self.glance().await?;
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
                let [ticket, target, started, kind] = id(*no, due.target, due.started, due.kind);
                [ticket, target, started, kind, due.cycle.into(), due.due.into(), now.into()]
            })
            .collect();
        tx.many(
            "INSERT INTO alerts (ticket, target, started, kind, cycle, due, rung_at) VALUES",
            &alerts,
            "ON CONFLICT (ticket, target, started, kind) DO NOTHING",
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
            let rang = id(ticket.get(0)?, notice.target, notice.started, notice.kind);
            for sql in [
                "DELETE FROM alerts WHERE ticket = $1 AND target = $2 AND started = $3 AND kind = $4",
                "DELETE FROM timers WHERE ticket = $1 AND target = $2 AND started = $3 AND kind = $4",
            ] {
                tx.run(sql, &rang).await?;
            }
            if let Some(until) = until {
                let row = TimerRow {
                    target: notice.target,
                    started: notice.started,
                    kind: notice.kind,
                    rings_at: until,
                    state: State::Pending,
                };
                write_timers(&mut tx, &[(ticket.get(0)?, row)], &[]).await?;
            }
        }
        self.core.commit(tx, Wake::Up).await
    }
}

/// Marks due timers as rung, soonest first; they come back with the number of their ticket.
async fn claim_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(i64, DueTimer)>, StoreError> {
    let due = tx
        .all_unclaimed(
            "SELECT t.ticket, t.target, t.started, t.kind, t.rings_at,
             k.source, k.id, k.created, k.status, k.subject, k.url, k.priority, k.team, k.agent
             FROM timers t JOIN tickets k ON k.no = t.ticket
             WHERE t.state = 'pending' AND t.rings_at <= $1 ORDER BY t.rings_at, t.ticket LIMIT $2",
            &[now.into(), limit.into()],
        )
        .await?;
    let mut found = Vec::with_capacity(due.len());
    for row in &due {
        let (target, kind) = read_words(row.get(1)?, row.get(3)?)?;
        found.push((row.get::<i64>(0)?, target, row.time(2)?, kind));
    }
    let ids: Vec<_> = found.iter().map(|(no, target, started, kind)| id(*no, *target, *started, *kind)).collect();
    tx.many("UPDATE timers SET state = 'rung' WHERE (ticket, target, started, kind) IN (VALUES", &ids, ")").await?;

    let numbers: BTreeSet<i64> = found.iter().map(|(no, ..)| *no).collect();
    let promises = promises_of(tx, &numbers.into_iter().collect::<Vec<_>>()).await?;
    let mut claimed = Vec::with_capacity(due.len());
    for (row, (no, target, started, kind)) in due.iter().zip(found) {
        let candidates = promises.iter().filter(|(of, promise, _)| *of == no && promise.is_about(target, started));
        // Of two that begin in the same instant, the first ended in it too.
        let Some((_, promise, policy)) = candidates.max_by_key(|(_, promise, _)| promise.cycle) else {
            tracing::error!(ticket.no = no, "a timer without its promise; it does not ring");
            continue;
        };
        let (due, cycle, policy) = (set_for(kind, row.time(4)?), promise.cycle, policy.clone());
        let TicketRow { key, facts, .. } = TicketRow::read(row, 5)?;
        claimed.push((no, DueTimer { ticket: key, target, started, cycle, kind, due, policy, facts }));
    }
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of the first warning of a first response.
    fn row(state: State, started: i64, rings_at: i64) -> TimerRow {
        turn(Target::FirstResponse, state, started, rings_at)
    }

    fn turn(target: Target, state: State, started: i64, rings_at: i64) -> TimerRow {
        let (started, rings_at) = (Timestamp(started), Timestamp(rings_at));
        TimerRow { target, started, kind: TimerKind::Warn(0), rings_at, state }
    }

    fn timer(target: Target, started: i64, ended: Option<i64>, due: i64) -> Timer {
        let (started, ended, due) = (Timestamp(started), ended.map(Timestamp), Timestamp(due));
        Timer { target, started, ended, kind: TimerKind::Warn(0), due }
    }

    #[test]
    fn timers_follow_the_fold_but_nothing_rings_twice_and_history_does_not_ring() {
        let (pending, rung, silent) = (State::Pending, State::Rung, State::Silent);
        let (live, history) = (Hush::Nothing, Hush::Overdue);
        let now = Timestamp(50);
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
            (Some((silent, 10)), Some(20), live, Some((silent, 20)), false),
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
            let stored: Vec<_> = stored.into_iter().map(|(state, t)| row(state, 0, t)).collect();
            let wanted = timer(Target::FirstResponse, 0, Some(40), wanted);
            let (set, removed) = reconcile(&stored, &[wanted], live, now);
            assert_eq!(set, written.map(|(state, t)| row(state, 0, t)).into_iter().collect::<Vec<_>>(), "{stored:?}");
            assert_eq!(removed, []);
        }
        for (stored, wanted, hush, written, gone) in table {
            let case = format!("{stored:?} {wanted:?} {hush:?}");
            let stored: Vec<_> = stored.into_iter().map(|(state, t)| row(state, 0, t)).collect();
            let wanted: Vec<_> = wanted.map(|t| timer(Target::FirstResponse, 0, None, t)).into_iter().collect();
            let (set, removed) = reconcile(&stored, &wanted, hush, now);
            assert_eq!(set, written.map(|(state, t)| row(state, 0, t)).into_iter().collect::<Vec<_>>(), "{case}");
            assert_eq!(removed.len(), usize::from(gone), "{case}");
        }
    }

    #[test]
    fn a_demand_that_turns_out_to_have_begun_at_another_instant_is_the_same_one() {
        use State::{Pending, Rung, Silent};
        use Target::{FirstResponse, NextResponse};
        // What is stored; the turns that are known now; what is written and what goes away. Everything is overdue.
        let table = [
            // A turn that began earlier than was known: what has rung, or kept silent, does so for good.
            (turn(NextResponse, Rung, 20, 30), vec![timer(NextResponse, 10, None, 25)], vec![], vec![]),
            (
                turn(NextResponse, Pending, 20, 30),
                vec![timer(NextResponse, 10, None, 25)],
                vec![turn(NextResponse, Pending, 10, 25)],
                vec![turn(NextResponse, Pending, 20, 30)],
            ),
            (
                turn(NextResponse, Silent, 20, 30),
                vec![timer(NextResponse, 10, None, 25)],
                vec![turn(NextResponse, Silent, 10, 25)],
                vec![turn(NextResponse, Silent, 20, 30)],
            ),
            // A turn that a late reply cuts in two: the second has not rung.
            (
                turn(NextResponse, Rung, 10, 30),
                vec![timer(NextResponse, 20, None, 40)],
                vec![turn(NextResponse, Pending, 20, 40)],
                vec![],
            ),
            (
                turn(NextResponse, Rung, 10, 30),
                vec![timer(NextResponse, 10, Some(20), 15), timer(NextResponse, 20, None, 40)],
                vec![turn(NextResponse, Pending, 20, 40)],
                vec![],
            ),
            // An earlier turn is none of this one's business.
            (
                turn(NextResponse, Rung, 20, 30),
                vec![timer(NextResponse, 5, Some(20), 15), timer(NextResponse, 20, None, 30)],
                vec![turn(NextResponse, Silent, 5, 15)],
                vec![],
            ),
            // The first response is asked for once, wherever its clock begins.
            (row(Rung, 10, 30), vec![timer(FirstResponse, 20, None, 40)], vec![], vec![]),
            (
                row(Rung, 10, 30),
                vec![timer(NextResponse, 10, None, 40)],
                vec![turn(NextResponse, Pending, 10, 40)],
                vec![],
            ),
        ];
        for (stored, wanted, written, removed) in table {
            let found = reconcile(&[stored], &wanted, Hush::Nothing, Timestamp(50));
            assert_eq!(found, (written, removed), "{stored:?} {wanted:?}");
        }
        // Two turns that turn out to be one, because a reply came just after the solve between them.
        let two = [turn(NextResponse, Pending, 10, 30), turn(NextResponse, Rung, 20, 40)];
        let one = timer(NextResponse, 10, None, 30);
        assert_eq!(reconcile(&two, &[one], Hush::Nothing, Timestamp(50)), (vec![], vec![two[0]]));
    }
}
