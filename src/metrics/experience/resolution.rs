//! How soon, how much and how lastingly tickets are solved (kpis.md 5.1.5, 5.1.6, 5.1.17, 5.1.18).

use super::timed;
use crate::domain::columns::Row;
use crate::domain::definitions::ReopenVariant;
use crate::domain::event::Initiator;
use crate::domain::names::MetricId;
use crate::domain::sample::{SampleKind, only};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::Particulars;
use crate::metrics::frame::Frame;
use crate::metrics::measure::Measured;
use crate::metrics::period::Period;
use crate::metrics::pool::{EVER, PerTicket, Tickets};
use crate::metrics::statistics;

const DAY_MS: i64 = 86_400_000;

/// The stretch whose reopens tell how long a solve takes to prove itself: 90 days.
const PROVING_S: i64 = 90 * 86_400;

/// 5.1.5: from creation to the first solve, by the day of that solve.
pub(in crate::metrics) fn first_resolution_time(frame: &Frame<'_, '_>) -> Measured {
    timed(frame, |solve: only::FirstSolve<_>| Some(solve.elapsed()))
}

/// 5.1.6: from creation to the solve that ends the clock, by the day of the last solve; `variant:human` leaves out what
/// bots did alone.
pub(in crate::metrics) fn resolution_time(frame: &Frame<'_, '_>) -> Measured {
    let all = frame.variant != Some("human");
    timed(frame, |solve: only::Solve<_>| solve.elapsed().filter(|_| all || solve.human()))
}

/// The meanings of resolution rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolutionVariant {
    /// Created in the period and solved at its end.
    Period,
    /// Created in the period and solved by now.
    ToDate,
    /// Created in the period and solved this many seconds later.
    Within(i64),
    /// Solved in the period over created in it.
    Flow,
}

impl ResolutionVariant {
    /// Reads `period`, `to_date`, `within:SECONDS` or `flow`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "period" => Some(Self::Period),
            "to_date" => Some(Self::ToDate),
            "flow" => Some(Self::Flow),
            _ => text.strip_prefix("within:")?.parse().ok().filter(|s| *s > 0).map(Self::Within),
        }
    }

    /// The variant asked for, else the configured one.
    pub fn in_force(asked: Option<&str>, configured: &str) -> Self {
        asked.and_then(Self::parse).or_else(|| Self::parse(configured)).unwrap_or(Self::Period)
    }
}

/// 5.1.17: of what came in, how much got done.
pub(in crate::metrics) fn resolution_rate(frame: &Frame<'_, '_>) -> Measured {
    let created = frame.counted.of::<only::Created<_>>(frame.period);
    let created = created.filter(|(_, created)| created.initiator() == Initiator::Customer).map(|(row, _)| row);
    match ResolutionVariant::in_force(frame.variant, &frame.definitions.switches.resolution_rate_variant) {
        ResolutionVariant::Period => cohort(frame, created, frame.end()),
        ResolutionVariant::ToDate => {
            // What happens at the moment of knowledge is known, so it counts.
            let known = same_age(frame.period, frame.query.period, frame.as_of).plus_ms(1);
            let mut measured = cohort(frame, created, known);
            if let Particulars::Resolved { same_age, .. } = &mut measured.detail.particulars {
                *same_age = true;
            }
            measured
        }
        ResolutionVariant::Within(seconds) => {
            let mut open: PerTicket<Vec<Row<'_>>> = PerTicket::default();
            for span in frame.all.within(SampleKind::Open, EVER) {
                open.entry(span.ticket()).or_default().push(span);
            }
            let mature = created.filter(|s| s.at().plus_s(seconds) <= frame.as_of);
            judged(frame, mature, frame.as_of, |s| {
                let due = s.at().plus_s(seconds);
                let lasts = |span: &Row<'_>| span.at() <= due && span.until().is_none_or(|until| until > due);
                open.get(&s.ticket()).is_some_and(|spans| spans.iter().any(lasts))
            })
        }
        ResolutionVariant::Flow => {
            let solved: Tickets = frame.counted.within(SampleKind::Solve, frame.period).map(Row::ticket).collect();
            Measured::ratio(solved.count(), created.count() as u64)
        }
    }
}

/// When the tickets of a period were as old as those of the period asked about are now. Whoever compares what was
/// solved by now must give both the same time for it.
pub(in crate::metrics) fn same_age(period: Period, asked: Period, as_of: Timestamp) -> Timestamp {
    period.to.plus_ms((as_of - asked.to).max(0)).min(as_of)
}

/// Of tickets created, those that are solved just before an instant.
fn cohort<'a>(frame: &Frame<'_, 'a>, created: impl Iterator<Item = Row<'a>>, at: Timestamp) -> Measured {
    let unsolved: Tickets = frame.all.just_before(SampleKind::Open, at).map(Row::ticket).collect();
    // What came in at the last moment cannot have been solved before it.
    judged(frame, created, at, |s| s.at() >= at || unsolved.contains(s.ticket()))
}

/// Of tickets created, those that are not `unsolved`; and how many of the rest are too young to worry.
fn judged<'a>(
    frame: &Frame<'_, 'a>,
    created: impl Iterator<Item = Row<'a>>,
    end: Timestamp,
    unsolved: impl Fn(Row<'a>) -> bool,
) -> Measured {
    let (mut open, mut young) = (0, 0);
    let measured = Measured::rate(
        frame,
        created.map(|s| {
            let unsolved = unsolved(s);
            open += u64::from(unsolved);
            young += u64::from(unsolved && end - s.at() < DAY_MS);
            (s, !unsolved)
        }),
    );
    measured.with(Particulars::Resolved { open, young, same_age: false })
}

/// 5.1.18: solved in the period and reopened after the first of those solves.
pub(in crate::metrics) fn reopen_rate(frame: &Frame<'_, '_>) -> Measured {
    let count_soft = frame.definitions.switches.reopen_count_soft;
    let counts = |soft: bool| count_soft || !soft;
    let (mut soft, mut reopens) = (0, 0);
    let measured = match frame.definitions.switches.reopen_variant {
        ReopenVariant::Tickets => {
            // Only a ticket that was reopened can be solved again.
            let mut again = Tickets::default();
            let mut is_first = |ticket, reopened| if reopened { again.insert(ticket) } else { !again.contains(ticket) };
            let solves = frame.counted.of::<only::Solve<_>>(frame.period);
            let first = solves.filter(|(row, solve)| is_first(row.ticket(), solve.reopens() > 0));
            Measured::rate(
                frame,
                first.map(|(row, solve)| {
                    if solve.reopens() == 0 {
                        return (row, false);
                    }
                    soft += u64::from(solve.hard_reopens() == 0);
                    let counted = if count_soft { solve.reopens() } else { solve.hard_reopens() };
                    reopens += u64::from(counted);
                    (row, counted > 0)
                }),
            )
        }
        ReopenVariant::Events => {
            for (_, reopen) in frame.counted.of::<only::Reopen<_>>(frame.period) {
                soft += u64::from(reopen.soft());
                reopens += u64::from(counts(reopen.soft()));
            }
            let solves = frame.counted.within(SampleKind::Solve, frame.period).count();
            let mut measured = Measured::ratio(reopens, solves as u64);
            measured.detail.counted = Some(("solve", "solves"));
            measured
        }
    };
    let usual_s = if frame.asks_for(MetricId::ReopenRate) { usually_after(frame, counts) } else { None };
    measured.with(Particulars::Reopened { soft, reopens, usual_s })
}

/// How long a ticket usually stayed solved before it came back, in the last 90 days: younger solves may still.
fn usually_after(frame: &Frame<'_, '_>, counts: impl Fn(bool) -> bool) -> Option<f64> {
    let reopens = frame.counted.of::<only::Reopen<_>>(proving(frame.as_of)).filter(|(_, reopen)| counts(reopen.soft()));
    let mut after: Vec<f64> = reopens.map(|(_, reopen)| reopen.after_ms() as f64 / 1000.0).collect();
    after.sort_by(f64::total_cmp);
    statistics::percentile(&after, 0.5)
}

/// The 90 days that end now, this instant included.
pub(in crate::metrics) const fn proving(as_of: Timestamp) -> Period {
    Period { from: as_of.plus_s(-PROVING_S), to: as_of.plus_ms(1) }
}
