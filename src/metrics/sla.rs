//! Promises kept, broken and in danger (kpis.md 5.5).

use std::collections::BTreeMap;

use super::answer::{self, AtRiskRow, BreachRow, Decision, KeptRow, Particulars, TicketRef};
use super::course::Course;
use super::forecast::{self, Due, Forecast, Past};
use super::frame::Frame;
use super::measure::{Measure, Measured};
use super::pool::PerTicket;
use super::statistics;
use crate::domain::columns::Row;
use crate::domain::definitions::{SlaAttribution, SlaUnit};
use crate::domain::event::Target;
use crate::domain::names::{Clock, MetricId};
use crate::domain::sample::{SampleKind, only};
use crate::domain::sla::{Promise, State};
use crate::domain::timestamp::Timestamp;

const DAY_S: i64 = 86_400;

/// 5.5.1: promises met among those decided in the period; or, ticket by ticket, those of which none was broken.
pub(super) fn sla_attainment(frame: &Frame<'_, '_>) -> Measured {
    let unit = frame.definitions.switches.sla_unit;
    // By target: kept, of how many.
    let mut kept = [(0, 0); Target::ALL.len()];
    let mut keep = |target: Target, met: bool| {
        let (number, of) = &mut kept[target as usize];
        *number += u64::from(met);
        *of += 1;
    };
    let mut measured = match unit {
        SlaUnit::Instance => {
            let mut course = Course::new(frame.parts);
            let judged = verdicts(frame).map(|(row, target, met)| {
                keep(target, met);
                course.judge(row.at(), met);
                (row, met)
            });
            Measured::rate(frame, judged).along(course.rates())
        }
        SlaUnit::Ticket => {
            for target in Target::ALL.into_iter().filter(|_| frame.detailed) {
                let of_target = verdicts(frame).filter(|(_, of, _)| *of == target);
                by_ticket(of_target).into_iter().for_each(|(_, met)| keep(target, met));
            }
            Measured::rate(frame, by_ticket(verdicts(frame)).into_iter())
        }
    };
    measured.detail.counted = (unit == SlaUnit::Ticket).then_some(("ticket", "tickets"));
    if !frame.detailed {
        return measured;
    }
    let by_target = Target::ALL.into_iter().map(|target| (target, kept[target as usize]));
    let by_target = by_target.filter(|(_, (_, of))| *of > 0).collect();
    measured.rows = Some(kept_rows(&by_target));

    let (mut still, mut at_risk) = (0, 0);
    running(frame).for_each(|(row, promise)| {
        still += 1;
        at_risk += u64::from(is_at_risk(frame, row, &promise));
    });
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
        instances.extend(running(frame).map(|(s, i)| decision(s, &i, State::Running, None)));
    }
    let tickets = |kind| frame.counted.within(kind, frame.period).count() as u64;
    let measured = measured.covering("SLA policy", tickets(SampleKind::Promised), tickets(SampleKind::Created));
    measured.with(Particulars::Promises { running: still, at_risk, by_target, instances })
}

/// One verdict a ticket, which is good if all of its verdicts are.
fn by_ticket<'a>(verdicts: impl Iterator<Item = (Row<'a>, Target, bool)>) -> Vec<(Row<'a>, bool)> {
    let mut tickets: Vec<(Row<'a>, bool)> = Vec::new();
    let mut places = PerTicket::default();
    for (row, _, met) in verdicts {
        let place = *places.entry(row.ticket()).or_insert(tickets.len());
        match tickets.get_mut(place) {
            Some((_, all_met)) => *all_met &= met,
            None => tickets.push((row, met)),
        }
    }
    tickets
}

/// Attainment target by target.
fn kept_rows(by_target: &BTreeMap<Target, (u64, u64)>) -> Vec<answer::Row> {
    let row = |(target, (met, n)): (&Target, &(u64, u64))| {
        let (low, high) = statistics::wilson(*met, *n).unzip();
        answer::Row::Kept(KeptRow { target: *target, value: *met as f64 / *n as f64, met: *met, n: *n, low, high })
    };
    by_target.iter().map(row).collect()
}

/// The verdicts that the period counts, under the date that the switch gives them: whether each promise was kept.
fn verdicts<'f, 'a>(frame: &'f Frame<'_, 'a>) -> impl Iterator<Item = (Row<'a>, Target, bool)> + use<'f, 'a> {
    let by_decision = frame.definitions.switches.sla_attribution == SlaAttribution::Decision;
    let kind = if by_decision { SampleKind::Sla } else { SampleKind::Verdict };
    frame.counted.within(kind, frame.period).filter_map(move |row| {
        let promise = promise(row).filter(|promise| is_meant(promise, frame))?;
        let decided = !by_decision || decided_at(&promise, frame).is_some();
        match promise.state_at(frame.as_of) {
            State::Met if decided => Some((row, promise.target, true)),
            State::Breached if decided => Some((row, promise.target, false)),
            State::Met | State::Breached | State::Running | State::Cancelled => None,
        }
    })
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
    let running: Vec<(Row<'_>, Promise)> = running(frame).collect();
    let mut rows: Vec<AtRiskRow> = running
        .iter()
        .filter(|(s, i)| is_at_risk(frame, *s, i))
        .map(|(s, i)| AtRiskRow {
            ticket: TicketRef::of(*s),
            target: i.target,
            cycle: i.cycle,
            policy: named(*s, Promise::POLICY),
            priority: named(*s, Promise::PRIORITY),
            target_s: i.target_s,
            clock: clock(*s),
            deadline: i.deadline,
            left_s: left_s(frame, *s, i),
        })
        .collect();
    rows.sort_by(|a, b| {
        let soonest = |r: &AtRiskRow| r.deadline.unwrap_or(Timestamp::MAX);
        (soonest(a), &a.ticket.ticket).cmp(&(soonest(b), &b.ticket.ticket))
    });
    let measured = listing(frame, rows.into_iter().map(answer::Row::AtRisk).collect());
    if !frame.detailed {
        return measured;
    }
    let missed = decided(frame).filter(|(_, i, state, _)| *state == State::Breached && i.fulfilled_at.is_none());
    measured.with(Particulars::AtRisk {
        running: running.len() as u64,
        next: running.iter().filter_map(|(_, i)| i.deadline).min(),
        missed: missed.count() as u64,
        forecast: frame.asks_for(MetricId::SlaAtRisk).then(|| self::forecast(frame)),
    })
}

/// How many of the running promises will be missed by the end of the working day, or within 24 hours where there is
/// none, judged by what was decided in the period.
fn forecast(frame: &Frame<'_, '_>) -> Forecast {
    let calendar = frame.definitions.calendar_of(frame.team);
    let closing = calendar.and_then(|calendar| calendar.end_of_working_day(frame.as_of));
    let until = closing.unwrap_or_else(|| frame.as_of.plus_s(DAY_S));
    let due = running(frame)
        .filter(|(_, i)| i.deadline.is_some_and(|deadline| deadline <= until))
        .map(|(s, i)| Due { target: i.target, used: 1.0 - left_s(frame, s, &i) / i.target_s as f64 });
    let past = decided(frame).map(|(_, i, state, _)| Past {
        target: i.target,
        settled: (state != State::Breached).then(|| seconds(i.elapsed_ms) / i.target_s as f64),
    });
    forecast::forecast(until, closing.is_some(), &due.collect::<Vec<_>>(), &past.collect::<Vec<_>>())
}

/// Whether little is left of its time: a share of it, or so many seconds.
fn is_at_risk(frame: &Frame<'_, '_>, row: Row<'_>, promise: &Promise) -> bool {
    let switches = &frame.definitions.switches;
    let little = match switches.sla_at_risk_s {
        0 => switches.sla_at_risk_fraction * promise.target_s as f64,
        seconds => seconds as f64,
    };
    left_s(frame, row, promise) <= little
}

fn left_s(frame: &Frame<'_, '_>, row: Row<'_>, promise: &Promise) -> f64 {
    seconds(promise.remaining_ms(frame.definitions, row.name(Promise::CALENDAR), frame.as_of))
}

fn listing(frame: &Frame<'_, '_>, rows: Vec<answer::Row>) -> Measured {
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Count(rows.len() as u64);
    measured.rows = Some(rows);
    measured
}

/// Instances decided in the period as of the moment of knowledge, with the verdict and its instant.
fn decided<'f, 'a>(
    frame: &'f Frame<'_, 'a>,
) -> impl Iterator<Item = (Row<'a>, Promise, State, Timestamp)> + use<'f, 'a> {
    promises(frame, frame.counted.within(SampleKind::Sla, frame.period))
        .filter_map(|(row, promise)| Some((row, promise, promise.state_at(frame.as_of), decided_at(&promise, frame)?)))
}

/// Instances undecided at the moment of knowledge, whatever the period.
fn running<'f, 'a>(frame: &'f Frame<'_, 'a>) -> impl Iterator<Item = (Row<'a>, Promise)> + use<'f, 'a> {
    promises(frame, frame.counted.lasting(SampleKind::Sla))
        .filter(|(_, promise)| promise.state_at(frame.as_of) == State::Running)
}

/// The promises of the target asked for, or all.
fn promises<'f, 'a>(
    frame: &'f Frame<'_, 'a>,
    rows: impl Iterator<Item = Row<'a>>,
) -> impl Iterator<Item = (Row<'a>, Promise)> {
    rows.filter_map(|row| Some((row, promise(row)?))).filter(|(_, promise)| is_meant(promise, frame))
}

// Inlined, so that of a promise only those numbers are read that somebody looks at.
#[inline(always)]
fn promise(row: Row<'_>) -> Option<Promise> {
    match row.only::<only::Sla<_>>() {
        Some(sla) => Some(sla.promise()),
        None => row.only::<only::Verdict<_>>().map(|verdict| verdict.promise()),
    }
}

/// Whether a promise has the target asked for.
#[inline(always)]
fn is_meant(promise: &Promise, frame: &Frame<'_, '_>) -> bool {
    frame.variant.is_none_or(|target| promise.target.name() == target)
}

/// When a promise was decided, if that is in the period and known by now.
#[inline(always)]
fn decided_at(promise: &Promise, frame: &Frame<'_, '_>) -> Option<Timestamp> {
    let decided_at = if promise.state == State::Running { promise.deadline } else { promise.decided_at };
    decided_at.filter(|at| promise.state_at(frame.as_of) != State::Running && frame.period.contains(*at))
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

#[cfg(test)]
mod tests;
