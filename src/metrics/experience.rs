//! Customer experience: how fast, how thoroughly, how lastingly customers are helped (kpis.md 5.1).

use super::answer::Particulars;
use super::measure::{Frame, Measure, Measured};
use super::period::Period;
use super::pool::{EVER, PerTicket, Tickets};
use crate::domain::columns::Row;
use crate::domain::definitions::RepeatContact;
use crate::domain::event::Initiator;
use crate::domain::names::Dimension;
use crate::domain::sample::{SampleFact, SampleKind};
use crate::domain::timestamp::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// 5.1.1: from the origin of the ticket to the first human reply, by the day of the reply.
pub(super) fn first_response_time(frame: &Frame<'_, '_>) -> Measured {
    let replies = frame.counted.within(SampleKind::FirstReply, frame.period);
    Measured::durations(
        frame,
        replies.filter_map(|s| match s.fact() {
            SampleFact::FirstReply { elapsed } => Some((s, None, frame.seconds(elapsed))),
            _ => None,
        }),
    )
}

/// 5.1.3: every answered customer turn, by the day of the reply.
pub(super) fn response_time(frame: &Frame<'_, '_>) -> Measured {
    let replies = frame.counted.within(SampleKind::Reply, frame.period);
    Measured::durations(
        frame,
        replies.filter_map(|s| match s.fact() {
            SampleFact::Reply { turn, elapsed, .. } => Some((s, Some(turn), frame.seconds(elapsed))),
            _ => None,
        }),
    )
}

/// 5.1.6: from creation to the solve that ends the clock, by the day of that solve.
pub(super) fn resolution_time(frame: &Frame<'_, '_>) -> Measured {
    let solves = frame.counted.within(SampleKind::Solve, frame.period);
    Measured::durations(
        frame,
        solves.filter_map(|s| match s.fact() {
            SampleFact::Solve { elapsed: Some(elapsed), .. } => Some((s, None, frame.seconds(elapsed))),
            _ => None,
        }),
    )
}

/// 5.1.15: solved by one person with one answer, and the customer did not come back.
pub(super) fn first_contact_resolution(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let window_ms = switches.fcr_window_s.saturating_mul(1000);
    let (mut provisional, mut untested) = (0, 0);
    let solves = frame.counted.within(SampleKind::Solve, frame.period);
    let judged = solves.filter_map(|s| match s.fact() {
        SampleFact::Solve { last: true, human: true, first_contact, .. } => Some((s, first_contact)),
        _ => None,
    });
    let measured = Measured::rate(
        frame,
        judged.map(|(solve, first_contact)| {
            provisional += u64::from(solve.at().plus_ms(window_ms) > frame.as_of);
            let came_back = match switches.fcr_repeat_contact {
                RepeatContact::Off => false,
                test => came_back(frame, solve, window_ms, test == RepeatContact::Any).unwrap_or_else(|| {
                    untested += 1;
                    false
                }),
            };
            (solve, first_contact && !came_back)
        }),
    );
    let judged = measured.detail.denominator.unwrap_or_default();
    measured.covering("repeat check", judged - untested, judged).with(Particulars::FirstContact { provisional })
}

/// Whether the customer of a solved ticket opened another within the window; `None` if that cannot be known.
fn came_back(frame: &Frame<'_, '_>, solve: Row<'_>, window_ms: i64, any_category: bool) -> Option<bool> {
    let customer = solve.customer()?;
    let category = solve.word(Dimension::Category);
    if category.is_none() && !any_category {
        return None;
    }
    let window = Period { from: solve.at().plus_ms(1), to: solve.at().plus_ms(window_ms).plus_ms(1) };
    Some(frame.all.created_by(customer).any(|other| {
        window.contains(other.at())
            && other.ticket() != solve.ticket()
            && (any_category || other.word(Dimension::Category) == category)
    }))
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
pub(super) fn resolution_rate(frame: &Frame<'_, '_>) -> Measured {
    let created = frame.counted.within(SampleKind::Created, frame.period);
    let created = created.filter(|s| matches!(s.fact(), SampleFact::Created { initiator: Initiator::Customer }));
    match ResolutionVariant::in_force(frame.variant, &frame.definitions.switches.resolution_rate_variant) {
        ResolutionVariant::Period => {
            let unsolved: Tickets = frame.all.just_before(SampleKind::Open, frame.end()).map(Row::ticket).collect();
            cohort(frame, created, frame.end(), |s| unsolved.contains(&s.ticket()))
        }
        ResolutionVariant::ToDate => {
            let unsolved: Tickets = frame.all.lasting(SampleKind::Open).map(Row::ticket).collect();
            cohort(frame, created, frame.as_of, |s| unsolved.contains(&s.ticket()))
        }
        ResolutionVariant::Within(seconds) => {
            let mut open: PerTicket<Vec<Row<'_>>> = PerTicket::default();
            for span in frame.all.within(SampleKind::Open, EVER) {
                open.entry(span.ticket()).or_default().push(span);
            }
            let mature = created.filter(|s| s.at().plus_s(seconds) <= frame.as_of);
            cohort(frame, mature, frame.as_of, |s| {
                let due = s.at().plus_s(seconds);
                let lasts = |span: &Row<'_>| span.at() <= due && span.until().is_none_or(|until| until > due);
                open.get(&s.ticket()).is_some_and(|spans| spans.iter().any(lasts))
            })
        }
        ResolutionVariant::Flow => {
            let solved: Tickets = frame.counted.within(SampleKind::Solve, frame.period).map(Row::ticket).collect();
            let (numerator, denominator) = (solved.len() as u64, created.count() as u64);
            let mut measured = Measured::rate(frame, std::iter::empty());
            measured.measure = Measure::Ratio { numerator, denominator };
            (measured.detail.numerator, measured.detail.denominator) = (Some(numerator), Some(denominator));
            measured
        }
    }
}

/// Of tickets created, those that are not `unsolved`; and how many of the rest are too young to worry.
fn cohort<'s>(
    frame: &Frame<'_, '_>,
    created: impl Iterator<Item = Row<'s>>,
    end: Timestamp,
    unsolved: impl Fn(Row<'s>) -> bool,
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
    measured.with(Particulars::Resolved { open, young })
}

/// 5.1.18: solved in the period and reopened after the first of those solves.
pub(super) fn reopen_rate(frame: &Frame<'_, '_>) -> Measured {
    let mut seen = Tickets::default();
    let solves = frame.counted.within(SampleKind::Solve, frame.period);
    let first = solves.filter(|solve| seen.insert(solve.ticket()));
    let count_soft = frame.definitions.switches.reopen_count_soft;
    let mut soft = 0;
    let measured = Measured::rate(
        frame,
        first.map(|s| match s.fact() {
            SampleFact::Solve { reopened, reopened_hard, .. } => {
                soft += u64::from(reopened && !reopened_hard);
                (s, if count_soft { reopened } else { reopened_hard })
            }
            _ => (s, false),
        }),
    );
    measured.with(Particulars::Reopened { soft })
}
