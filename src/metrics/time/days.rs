//! Days on which somebody had too much to do (kpis.md 5.3.20).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Time, known, seconds, through};
use crate::domain::event::PresenceState;
use crate::domain::sample::{SampleFact, SampleKind};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{OverloadRow, Particulars, Row};
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::period::{Period, Zone};

/// 5.3.20: (agent, local day) pairs with too high an occupancy, or, of those who do not report presence, with too many
/// open tickets.
pub(in crate::metrics) fn overload_days(frame: &Frame<'_, '_>) -> Measured {
    let times = by_day(frame);
    let mut rows: Vec<OverloadRow> =
        times.iter().filter_map(|((agent, day), time)| too_busy(frame, agent, *day, time)).collect();
    rows.extend(too_many_tickets(frame, &times));
    rows.sort_by(|a, b| (&a.agent, a.day).cmp(&(&b.agent, b.day)));
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Count(rows.len() as u64);
    let streak = longest_streak(&rows);
    measured.rows = Some(rows.into_iter().map(Row::Overload).collect());
    measured.with(Particulars::Overloaded { streak })
}

/// The time of each person on each local day, as far as both are known.
fn by_day<'a>(frame: &Frame<'_, 'a>) -> BTreeMap<(&'a str, NaiveDate), Time> {
    let (period, zone) = (known(frame), frame.query.zone);
    let mut days: BTreeMap<(&str, NaiveDate), Time> = BTreeMap::new();
    for row in [SampleKind::Tracked, SampleKind::Presence].into_iter().flat_map(|kind| through(frame, kind, period)) {
        let Some(agent) = row.agent() else { continue };
        let (at, until) = (row.at(), row.until().unwrap_or(Timestamp::MAX));
        for (date, part) in parts(Period { from: at.max(period.from), to: until.min(period.to) }, zone) {
            let day = days.entry((agent, date)).or_default();
            match row.fact() {
                SampleFact::Tracked { timed: true, .. } => day.busy.add(at, until, part),
                SampleFact::Presence { state } => {
                    day.reports = true;
                    if matches!(state, PresenceState::Available | PresenceState::Busy) {
                        day.staffed.add(at, until, part);
                    }
                }
                _ => {}
            }
        }
        if let SampleFact::Tracked { timed: false, ms, .. } = row.fact() {
            days.entry((agent, zone.local(at).date())).or_default().untimed_ms += ms;
        }
    }
    days
}

/// The local days of a stretch.
fn parts(stretch: Period, zone: Zone) -> impl Iterator<Item = (NaiveDate, Period)> {
    let dates = zone.local(stretch.from).date().iter_days();
    let day = move |date: NaiveDate| {
        let next = date.succ_opt().unwrap_or(date);
        (date, Period { from: zone.midnight(date), to: zone.midnight(next) })
    };
    dates.map(day).take_while(move |(_, day)| day.from < stretch.to).filter(move |_| stretch.from < stretch.to)
}

fn too_busy(frame: &Frame<'_, '_>, agent: &str, day: NaiveDate, time: &Time) -> Option<OverloadRow> {
    let switches = &frame.definitions.switches;
    let (busy_s, staffed_s) =
        (seconds(time.busy_ms(switches.utilization_concurrency)), seconds(time.staffed.union_ms()));
    if staffed_s <= 0.0 || staffed_s < switches.overload_min_presence_s as f64 {
        return None;
    }
    let occupancy = busy_s / staffed_s;
    (occupancy > switches.overload_threshold).then(|| OverloadRow {
        agent: agent.to_owned(),
        day,
        occupancy: Some(occupancy),
        open_tickets: None,
    })
}

/// Whoever does not report presence on a day is judged by what lies on their desk at its end, if a limit is set.
fn too_many_tickets(frame: &Frame<'_, '_>, times: &BTreeMap<(&str, NaiveDate), Time>) -> Vec<OverloadRow> {
    let limit = frame.definitions.switches.overload_max_open;
    let mut rows = Vec::new();
    if limit <= 0 {
        return rows;
    }
    let period = known(frame);
    for (day, part) in parts(period, frame.query.zone) {
        let mut open: BTreeMap<&str, i64> = BTreeMap::new();
        for row in frame.counted.just_before(SampleKind::Open, part.to.min(period.to)) {
            if let Some(agent) = row.agent() {
                *open.entry(agent).or_default() += 1;
            }
        }
        let unseen = |agent: &str| !times.get(&(agent, day)).is_some_and(|time| time.reports);
        rows.extend(open.into_iter().filter(|(agent, tickets)| *tickets > limit && unseen(agent)).map(
            |(agent, tickets)| OverloadRow {
                agent: agent.to_owned(),
                day,
                occupancy: None,
                open_tickets: Some(tickets.unsigned_abs()),
            },
        ));
    }
    rows
}

/// The most such days of one person in a row.
fn longest_streak(rows: &[OverloadRow]) -> u64 {
    let days: BTreeSet<(&str, NaiveDate)> = rows.iter().map(|row| (row.agent.as_str(), row.day)).collect();
    let begins =
        |(agent, day): &(&str, NaiveDate)| day.pred_opt().is_none_or(|before| !days.contains(&(agent, before)));
    let length =
        |(agent, day): &(&str, NaiveDate)| day.iter_days().take_while(|day| days.contains(&(agent, *day))).count();
    days.iter().filter(|day| begins(day)).map(length).max().unwrap_or_default() as u64
}
