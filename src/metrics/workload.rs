//! Workload: what comes in, what goes out, what lies on the desk (kpis.md 5.3).

mod issues;
mod people;
mod rhythm;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use issues::{BACKLOG, BY_TAG, issue_spike, product_feedback_volume, top_issues, workload_breakdown};
pub(super) use people::{KNOWN_BEFORE_S, assignment_share, replies_sent, solved_per_agent};
pub(super) use rhythm::{Rhythm, SKIP_HOLIDAYS, busiest_day, peak_hours};

use super::answer::{self, Particulars, TicketRef, UnreadRow, UnrepliedRow};
use super::course::Course;
use super::days;
use super::frame::Frame;
use super::measure::{Measure, Measured};
use super::period::Period;
use super::pool::{PerTicket, Tickets};
use super::statistics;
use crate::domain::columns::{FactOf, Row};
use crate::domain::definitions::SolvedCount;
use crate::domain::event::{Initiator, Status};
use crate::domain::names::MetricId;
use crate::domain::sample::{SampleFact, SampleKind, TicketKey, only};
use crate::domain::timestamp::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// What stands after `variant:` for tickets that wait for us.
pub(super) const ACTIONABLE: &str = "actionable";

/// Ends of the age bands, in seconds.
const BANDS_S: [f64; 4] = [86_400.0, 3.0 * 86_400.0, 7.0 * 86_400.0, 30.0 * 86_400.0];

/// Tickets created in a period by those whose tickets count.
pub(super) fn arrivals<'f, 'a>(
    frame: &Frame<'f, 'a>,
    period: Period,
) -> impl Iterator<Item = Row<'a>> + Clone + use<'f, 'a> {
    let counting = &frame.definitions.switches.volume_initiators;
    let created = frame.counted.of::<only::Created<_>>(period);
    created.filter(|(_, created)| counting.contains(&created.initiator())).map(|(row, _)| row)
}

/// The solves of a period that count: the last of each ticket that is still solved, or each.
pub(super) fn solves<'f, 'a>(frame: &Frame<'f, 'a>, period: Period) -> impl Iterator<Item = Row<'a>> + use<'f, 'a> {
    let each = frame.definitions.switches.solved_count == SolvedCount::Events;
    frame.counted.of::<only::Solve<_>>(period).filter(move |(_, solve)| solve.last() || each).map(|(row, _)| row)
}

/// The backlog at the end of the period: unsolved tickets that are old enough to count.
pub(super) fn unsolved<'f, 'a>(frame: &Frame<'f, 'a>) -> impl Iterator<Item = Row<'a>> + use<'f, 'a> {
    let at = frame.end();
    let least_age_ms = (frame.definitions.switches.backlog_min_age * DAY_MS as f64) as i64;
    let actionable = frame.variant == Some(ACTIONABLE);
    frame.counted.just_before(SampleKind::Open, at).filter(move |row| {
        row.only().is_some_and(|open: only::Open<_>| {
            (least_age_ms <= 0 || at - open.created() >= least_age_ms)
                && (!actionable || matches!(open.status(), Status::New | Status::Open))
        })
    })
}

/// So many, each of which stands by itself.
fn counted<'a>(frame: &Frame<'_, '_>, rows: impl Iterator<Item = Row<'a>>) -> Measured {
    let mut course = Course::new(frame.parts);
    let measured = Measured::count(frame, rows.inspect(|row| course.count(row.at())));
    measured.along(course.drawn(None, Measure::Count))
}

/// 5.3.1: tickets created by those who count; outbound tickets beside them.
pub(super) fn ticket_volume(frame: &Frame<'_, '_>) -> Measured {
    let counting = &frame.definitions.switches.volume_initiators;
    let by_others = |fact| matches!(fact, SampleFact::Created { initiator } if !counting.contains(&initiator));
    let measured = counted(frame, arrivals(frame, frame.period)).leaving_out(
        frame,
        SampleKind::Created,
        "tickets begun by others than those who count",
        by_others,
    );
    if !frame.detailed {
        return measured;
    }
    let created = || frame.counted.of::<only::Created<_>>(frame.period);
    let dates = || days::dates(frame.begun(created().next().map(|(row, _)| row)), frame.query.zone);
    let calendar = frame.definitions.calendar_of(frame.team);
    measured.with(Particulars::Volume {
        outbound: created().filter(|(_, created)| created.initiator() == Initiator::Agent).count() as u64,
        days: dates().count() as u64,
        business_days: calendar
            .map(|calendar| dates().filter(|date| !calendar.hours_on(*date).is_empty()).count() as u64),
    })
}

/// 5.3.2: tickets whose last solve lies in the period.
pub(super) fn tickets_solved(frame: &Frame<'_, '_>) -> Measured {
    let measured = counted(frame, solves(frame, frame.period));
    if !frame.detailed {
        return measured;
    }
    measured.with(Particulars::Solved { created: arrivals(frame, frame.period).count() as u64 })
}

/// 5.3.3: by how much the backlog grew.
pub(super) fn net_flow(frame: &Frame<'_, '_>) -> Measured {
    let backlog = |at| frame.counted.just_before(SampleKind::Open, at).count() as u64;
    let (opening, closing) = (backlog(frame.period.from.min(frame.as_of)), backlog(frame.end()));
    let mut measured = Measured::count(frame, std::iter::empty()).with(Particulars::Flow { opening, closing });
    measured.measure = Measure::Balance(closing.cast_signed() - opening.cast_signed());
    measured
}

/// 5.3.4: unsolved tickets at the end of the period.
pub(super) fn backlog(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        return Measured::count(frame, unsolved(frame));
    }
    let at = frame.end();
    let waiting: Tickets = frame.all.just_before(SampleKind::Waiting, at).map(Row::ticket).collect();
    let mut by_status = BTreeMap::new();
    let mut awaiting_reply = 0;
    let mut measured = ages(frame, |s, status| {
        *by_status.entry(status).or_default() += 1;
        awaiting_reply += u64::from(waiting.contains(s.ticket()));
    });
    measured.measure = Measure::Count(measured.measure.n().unwrap_or_default());
    measured.with(Particulars::Backlog { by_status, awaiting_reply })
}

/// 5.3.5: how old the unsolved tickets are at the end of the period.
pub(super) fn backlog_age(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        return ages(frame, |_, _| ());
    }
    let at = frame.end();
    let mut bands = [0; 5];
    let mut oldest: Option<(Timestamp, Row<'_>)> = None;
    let measured = ages(frame, |s, _| {
        let created = born(s);
        let age_s = seconds(at - created);
        bands[BANDS_S.iter().take_while(|end| age_s >= **end).count()] += 1;
        let older = |(other, row): &(Timestamp, Row<'_>)| (*other, row.key()) <= (created, s.key());
        if oldest.as_ref().is_none_or(|(at, _)| created <= *at) && !oldest.as_ref().is_some_and(older) {
            oldest = Some((created, s));
        }
    });
    measured.with(Particulars::Age { bands, oldest: oldest.map(|(_, row)| row.key()) })
}

/// The ages of the backlog; each of its tickets is also shown to `visit`.
fn ages<'a>(frame: &Frame<'_, 'a>, mut visit: impl FnMut(Row<'a>, Status)) -> Measured {
    let at = frame.end();
    Measured::times(
        frame,
        unsolved(frame).filter_map(|row| {
            let open: only::Open<_> = row.only()?;
            visit(row, open.status());
            Some((row, None, Some(at - born(row))))
        }),
    )
}

/// Since when an unsolved ticket ages.
fn born(open: Row<'_>) -> Timestamp {
    match open.only::<only::Open<_>>() {
        Some(open) => open.updated().unwrap_or_else(|| open.created()),
        _ => open.at(),
    }
}

/// 5.3.6: unsolved tickets whose customer waits and has never heard from a human.
pub(super) fn unreplied_tickets(frame: &Frame<'_, '_>) -> Measured {
    if !frame.detailed {
        let waiting: Tickets = first_waits(frame).map(|(row, _)| row.ticket()).collect();
        let open = frame.counted.just_before(SampleKind::Open, frame.end());
        return Measured::count(frame, open.filter(|row| waiting.contains(row.ticket())));
    }
    let at = frame.end();
    let mut waiting = unreplied(frame);
    waiting.sort_unstable_by_key(|(_, since)| *since);
    // Of those who have waited equally long, the first by name.
    waiting.chunk_by_mut(|a, b| a.1 == b.1).filter(|equal| equal.len() > 1).for_each(|equal| {
        equal.sort_by_cached_key(|(row, _)| {
            let TicketKey { source, id } = row.key();
            (id, source)
        });
    });
    let waits: Vec<f64> = waiting.iter().rev().map(|(_, since)| seconds(at - *since)).collect();
    let row = |(s, since): &(Row<'_>, _)| {
        let waiting_s = seconds(at - *since);
        answer::Row::Unreplied(UnrepliedRow { ticket: TicketRef::of(*s), since: *since, waiting_s })
    };
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Count(waiting.len() as u64);
    let is_listed = !frame.query.is_brief(MetricId::UnrepliedTickets);
    measured.rows = is_listed.then(|| waiting.iter().map(row).collect());
    measured.with(Particulars::Unreplied {
        oldest: waiting.first().map(|(row, _)| row.key().id),
        longest_s: waits.last().copied(),
        median_s: statistics::percentile(&waits, 0.5),
    })
}

/// 5.3.7: unsolved tickets that no person has opened since the customer last wrote.
pub(super) fn unread_tickets(frame: &Frame<'_, '_>) -> Measured {
    let open = frame.counted.just_before(SampleKind::Open, frame.end());
    let unread = open.filter_map(|row| Some((row, row.only::<only::Open<_>>().filter(only::Open::unread)?.created())));
    let unread: Vec<(Row<'_>, Timestamp)> = unread.collect();
    let mut rows: Vec<UnreadRow> =
        unread.iter().map(|(row, created)| UnreadRow { ticket: TicketRef::of(*row), created: *created }).collect();
    rows.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.ticket.ticket.cmp(&b.ticket.ticket)));
    let mut measured = Measured::count(frame, unread.into_iter().map(|(row, _)| row));
    measured.rows = Some(rows.into_iter().map(answer::Row::Unread).collect());
    measured
}

/// How many customers wait and have never heard from a human, and the longest wait in seconds.
pub(super) fn still_waiting(frame: &Frame<'_, '_>) -> (u64, Option<f64>) {
    let waiting = unreplied(frame);
    let first = waiting.iter().map(|(_, since)| *since).min();
    (waiting.len() as u64, first.map(|since| seconds(frame.end() - since)))
}

/// The unsolved tickets that no human has answered, and since when their customers wait.
fn unreplied<'a>(frame: &Frame<'_, 'a>) -> Vec<(Row<'a>, Timestamp)> {
    let since: PerTicket<Timestamp> = first_waits(frame).map(|(row, wait)| (row.ticket(), wait.since())).collect();
    let open = frame.counted.just_before(SampleKind::Open, frame.end());
    open.filter_map(|row| Some((row, *since.get(&row.ticket())?))).collect()
}

/// The waits of those whom no human has answered.
fn first_waits<'a>(frame: &Frame<'_, 'a>) -> impl Iterator<Item = (Row<'a>, only::Waiting<FactOf<'a>>)> + use<'a> {
    let waits = frame.all.just_before(SampleKind::Waiting, frame.end());
    waits.filter_map(|row| Some((row, row.only().filter(only::Waiting::unreplied)?)))
}

impl TicketRef {
    /// The ticket of a sample and who was responsible for it then.
    pub(super) fn of(row: Row<'_>) -> Self {
        let TicketKey { source, id } = row.key();
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Self { ticket: id, source, team: owned(row.team()), agent: owned(row.agent()), subject: None, url: None }
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
