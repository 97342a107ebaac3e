//! People's time: what tickets take, how busy people are (kpis.md 5.3.17 to 5.3.21).

mod days;
mod staffing;

use std::collections::BTreeMap;

pub(super) use days::overload_days;
pub(super) use staffing::{Plan, staffing_need};

use super::answer::{Handled, Occupied, Particulars, Utilized};
use super::frame::Frame;
use super::measure::Measured;
use super::period::Period;
use super::pool::{PerTicket, Tickets};
use super::spans::Spans;
use crate::domain::columns::Row;
use crate::domain::definitions::{Concurrency, Definitions, HandleVariant, UtilizationVariant};
use crate::domain::event::PresenceState;
use crate::domain::sample::{SampleFact, SampleKind};
use crate::domain::timestamp::Timestamp;

/// The words of `aht.variant`.
pub(super) const HANDLE_VARIANTS: [(&str, HandleVariant); 2] =
    [("ticket", HandleVariant::Ticket), ("work", HandleVariant::Work)];

/// Which handle time is asked for.
pub(super) fn handle_variant(word: Option<&str>, definitions: &Definitions) -> HandleVariant {
    let asked = HANDLE_VARIANTS.iter().find(|(known, _)| word == Some(known));
    asked.map_or(definitions.switches.aht_variant, |(_, variant)| *variant)
}

/// 5.3.17: what people spent on a ticket. It is effort, so that of several people adds up.
pub(super) fn average_handle_time(frame: &Frame<'_, '_>) -> Measured {
    handle_time(frame, handle_variant(frame.variant, frame.definitions))
}

fn handle_time(frame: &Frame<'_, '_>, variant: HandleVariant) -> Measured {
    let most_ms = frame.definitions.switches.aht_max_entry_s.saturating_mul(1000);
    let kind = match variant {
        HandleVariant::Ticket => SampleKind::Handled,
        HandleVariant::Work => SampleKind::Tracked,
    };
    let mut places = PerTicket::default();
    let mut spent: Vec<(Row<'_>, i64)> = Vec::new();
    let mut too_long = 0;
    for row in frame.counted.within(kind, frame.period) {
        let (ms, capped) = match row.fact() {
            SampleFact::Handled { ms, capped } => (ms, capped),
            SampleFact::Tracked { ms, on_ticket: true, .. } => (ms.min(most_ms), u32::from(ms > most_ms)),
            _ => continue,
        };
        let place = *places.entry(row.ticket()).or_insert_with(|| {
            spent.push((row, 0));
            spent.len() - 1
        });
        spent[place].1 += ms;
        too_long += u64::from(capped);
    }
    let mut handled = Handled { tracked: spent.len() as u64, solved: None, capped: too_long };
    if variant == HandleVariant::Ticket {
        let tracked: Tickets = frame.all.within(SampleKind::Handled, frame.period).map(Row::ticket).collect();
        let solves = frame.counted.within(SampleKind::Solve, frame.period);
        let solved = solves.filter(|row| matches!(row.fact(), SampleFact::Solve { last: true, .. }));
        let (mut all, mut covered) = (0, 0);
        for row in solved {
            all += 1;
            covered += u64::from(tracked.contains(row.ticket()));
        }
        handled = Handled { tracked: covered, solved: Some(all), ..handled };
    }
    let measured = Measured::amounts(frame, spent.into_iter().map(|(row, ms)| (row, ms as f64 / 1000.0)));
    measured.with(Particulars::Handled(handled))
}

/// The time of one person.
#[derive(Debug, Default)]
struct Time {
    /// What they worked on, as far as it is known when.
    busy: Spans,
    /// What they worked on somewhen, milliseconds.
    untimed_ms: i64,
    /// Available or busy.
    staffed: Spans,
    /// Available.
    available: Spans,
    /// They report presence, be it absence.
    reports: bool,
    /// Paid.
    paid: Spans,
}

impl Time {
    /// Milliseconds of work: two things at once count once, or twice (`utilization.concurrency`).
    fn busy_ms(&self, concurrency: Concurrency) -> i64 {
        let timed = match concurrency {
            Concurrency::Union => self.busy.union_ms(),
            Concurrency::Sum => self.busy.sum_ms(),
        };
        timed + self.untimed_ms
    }

    /// Milliseconds of work or of being ready for it.
    fn handling_or_available_ms(&self, concurrency: Concurrency) -> i64 {
        let mut either = self.busy.clone();
        either.extend(&self.available);
        self.busy_ms(concurrency) + either.union_ms() - self.busy.union_ms()
    }
}

/// The time of each person in a period, by name; of nobody in particular under `None`.
fn times<'a>(frame: &Frame<'_, 'a>, period: Period) -> BTreeMap<Option<&'a str>, Time> {
    let mut people: BTreeMap<Option<&str>, Time> = BTreeMap::new();
    let rows = [SampleKind::Tracked, SampleKind::Presence, SampleKind::Shift].into_iter();
    for row in rows.flat_map(|kind| through(frame, kind, period)) {
        let (at, until) = (row.at(), row.until().unwrap_or(Timestamp::MAX));
        let person = people.entry(row.agent()).or_default();
        match row.fact() {
            SampleFact::Tracked { timed: true, .. } => person.busy.add(at, until, period),
            SampleFact::Tracked { ms, .. } => person.untimed_ms += ms,
            SampleFact::Shift {} => person.paid.add(at, until, period),
            SampleFact::Presence { state } => {
                person.reports = true;
                if state == PresenceState::Available {
                    person.available.add(at, until, period);
                }
                if matches!(state, PresenceState::Available | PresenceState::Busy) {
                    person.staffed.add(at, until, period);
                }
            }
            _ => {}
        }
    }
    people
}

/// The spans of a kind that touch a period, and what happened somewhen in it.
fn through<'f, 'a>(
    frame: &Frame<'f, 'a>,
    kind: SampleKind,
    period: Period,
) -> impl Iterator<Item = Row<'a>> + use<'f, 'a> {
    let begun = frame.counted.within(kind, Period { from: Timestamp::MIN, ..period });
    begun.filter(move |row| row.at() >= period.from || row.until().is_none_or(|until| until > period.from))
}

/// The period as far as it is known.
fn known(frame: &Frame<'_, '_>) -> Period {
    Period { to: frame.end().max(frame.period.from), ..frame.period }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The words of `utilization.variant`.
pub(super) const UTILIZATIONS: [(&str, UtilizationVariant); 2] =
    [("handle", UtilizationVariant::Handle), ("staffed", UtilizationVariant::Staffed)];

/// 5.3.18: which part of paid time goes into tickets and contacts.
pub(super) fn agent_utilization(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let asked = UTILIZATIONS.iter().find(|(word, _)| frame.variant == Some(word));
    let variant = asked.map_or(switches.utilization_variant, |(_, variant)| *variant);
    let concurrency = switches.utilization_concurrency;
    let (mut busy_ms, mut paid_ms) = (0, 0);
    let mut summed = concurrency == Concurrency::Sum;
    for person in times(frame, known(frame)).values() {
        busy_ms += match variant {
            UtilizationVariant::Handle => person.busy_ms(concurrency),
            UtilizationVariant::Staffed => person.handling_or_available_ms(concurrency),
        };
        paid_ms += person.paid.union_ms();
        summed |= person.untimed_ms > 0;
    }
    let (busy_s, paid_s) = (seconds(busy_ms), seconds(paid_ms));
    Measured::share(busy_s, paid_s).with(Particulars::Utilized(Utilized { busy_s, paid_s, summed }))
}

/// 5.3.19: which part of the time in which they are there people are busy.
pub(super) fn agent_occupancy(frame: &Frame<'_, '_>) -> Measured {
    let concurrency = frame.definitions.switches.utilization_concurrency;
    let times = times(frame, known(frame));
    let at_work = |person: &&Time| person.reports || person.busy_ms(concurrency) > 0;
    let (mut busy_ms, mut staffed_ms, mut reporting) = (0, 0, 0);
    for person in times.values().filter(|person| person.reports) {
        busy_ms += person.busy_ms(concurrency);
        staffed_ms += person.staffed.union_ms();
        reporting += 1;
    }
    let (busy_s, staffed_s) = (seconds(busy_ms), seconds(staffed_ms));
    let people = times.values().filter(at_work).count() as u64;
    Measured::share(busy_s, staffed_s).with(Particulars::Occupied(Occupied { busy_s, staffed_s, reporting, people }))
}

#[cfg(test)]
pub(in crate::metrics) mod tests;
