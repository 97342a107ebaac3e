//! Promises kept, broken and in danger (kpis.md 5.5).

use std::collections::BTreeMap;

use super::answer::{self, AtRiskRow, BreachRow, Decision, Particulars, TicketRef};
use super::measure::{Frame, Measure, Measured};
use super::statistics;
use crate::domain::columns::Row;
use crate::domain::event::Target;
use crate::domain::names::Clock;
use crate::domain::sample::{SampleFact, SampleKind};
use crate::domain::sla::{Promise, State};
use crate::domain::timestamp::Timestamp;

/// 5.5.1: promises met among those decided in the period.
pub(super) fn sla_attainment(frame: &Frame<'_, '_>) -> Measured {
    let mut by_target: BTreeMap<Target, (u64, u64)> = BTreeMap::new();
    let verdicts = decided(frame).filter_map(|(s, promise, state, _)| match state {
        State::Met | State::Breached => Some((s, promise.target, state == State::Met)),
        State::Running | State::Cancelled => None,
    });
    let measured = Measured::rate(
        frame,
        verdicts.map(|(s, target, met)| {
            let (kept, all) = by_target.entry(target).or_default();
            *kept += u64::from(met);
            *all += 1;
            (s, met)
        }),
    );
    let running = running(frame).count() as u64;
    let mut instances = Vec::new();
    if frame.list {
        let decision = |s: Row<'_>, i: &Promise, state, decided_at| Decision {
            ticket: s.key(),
            target: i.target,
            cycle: i.cycle,
            state,
            decided_at,
        };
        instances.extend(decided(frame).map(|(s, i, state, at)| decision(s, &i, state, Some(at))));
        instances.extend(self::running(frame).map(|(s, i)| decision(s, &i, State::Running, None)));
    }
    measured.with(Particulars::Promises { running, by_target, instances })
}

/// 5.5.2: promises broken in the period, the longest overrun first.
pub(super) fn sla_breaches(frame: &Frame<'_, '_>) -> Measured {
    let mut rows: Vec<BreachRow> = decided(frame)
        .filter(|(_, _, state, _)| *state == State::Breached)
        .map(|(s, i, _, deadline)| {
            let open = i.fulfilled_at.is_none();
            let overrun_ms =
                i.overrun_at(frame.definitions, s.name(Promise::CALENDAR), frame.as_of).unwrap_or_default();
            BreachRow {
                ticket: TicketRef::of(s),
                target: i.target,
                cycle: i.cycle,
                policy: named(s, Promise::POLICY),
                priority: named(s, Promise::PRIORITY),
                target_s: i.target_s,
                clock: clock(s),
                deadline,
                overrun_s: seconds(overrun_ms),
                open,
            }
        })
        .collect();
    rows.sort_by(|a, b| b.overrun_s.total_cmp(&a.overrun_s).then_with(|| a.ticket.ticket.cmp(&b.ticket.ticket)));
    let mut overruns: Vec<f64> = rows.iter().map(|r| r.overrun_s).collect();
    overruns.sort_by(f64::total_cmp);
    let open = rows.iter().filter(|r| r.open).count() as u64;
    listing(frame, rows.into_iter().map(answer::Row::Breach).collect())
        .with(Particulars::Breaches { open, median_s: statistics::percentile(&overruns, 0.5) })
}

/// 5.5.3: running promises with little of their time left, the soonest deadline first, paused ones last.
pub(super) fn sla_at_risk(frame: &Frame<'_, '_>) -> Measured {
    let fraction = frame.definitions.switches.sla_at_risk_fraction;
    let mut rows: Vec<AtRiskRow> = running(frame)
        .map(|(s, i)| AtRiskRow {
            ticket: TicketRef::of(s),
            target: i.target,
            cycle: i.cycle,
            policy: named(s, Promise::POLICY),
            priority: named(s, Promise::PRIORITY),
            target_s: i.target_s,
            clock: clock(s),
            deadline: i.deadline,
            left_s: seconds(i.remaining_ms(frame.definitions, s.name(Promise::CALENDAR), frame.as_of)),
        })
        .filter(|row| row.left_s <= fraction * row.target_s as f64)
        .collect();
    rows.sort_by(|a, b| {
        let soonest = |r: &AtRiskRow| r.deadline.unwrap_or(Timestamp::MAX);
        (soonest(a), &a.ticket.ticket).cmp(&(soonest(b), &b.ticket.ticket))
    });
    listing(frame, rows.into_iter().map(answer::Row::AtRisk).collect())
}

fn listing(frame: &Frame<'_, '_>, rows: Vec<answer::Row>) -> Measured {
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Count(rows.len() as u64);
    measured.rows = Some(rows);
    measured
}

/// Instances decided in the period as of the moment of knowledge, with the verdict and its instant.
fn decided<'f, 'a>(frame: &Frame<'f, 'a>) -> impl Iterator<Item = (Row<'a>, Promise, State, Timestamp)> + use<'f, 'a> {
    let Frame { period, as_of, .. } = *frame;
    promises(frame.variant, frame.counted.within(SampleKind::Sla, period)).filter_map(move |(s, i)| {
        let state = i.state_at(as_of);
        let decided_at = if i.state == State::Running { i.deadline } else { i.decided_at };
        decided_at.filter(|at| state != State::Running && period.contains(*at)).map(|at| (s, i, state, at))
    })
}

/// Instances undecided at the moment of knowledge, whatever the period.
fn running<'f, 'a>(frame: &Frame<'f, 'a>) -> impl Iterator<Item = (Row<'a>, Promise)> + use<'f, 'a> {
    let as_of = frame.as_of;
    promises(frame.variant, frame.counted.lasting(SampleKind::Sla))
        .filter(move |(_, i)| i.state_at(as_of) == State::Running)
}

/// The promises of the target asked for, or all.
fn promises<'a>(only: Option<&str>, rows: impl Iterator<Item = Row<'a>>) -> impl Iterator<Item = (Row<'a>, Promise)> {
    rows.filter_map(move |row| match row.fact() {
        SampleFact::Sla { promise } => {
            only.is_none_or(|target| promise.target.name() == target).then_some((row, promise))
        }
        _ => None,
    })
}

fn named(row: Row<'_>, name: usize) -> String {
    row.name(name).unwrap_or_default().to_owned()
}

fn clock(row: Row<'_>) -> Clock {
    if row.name(Promise::CALENDAR).is_some() { Clock::Business } else { Clock::Calendar }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
