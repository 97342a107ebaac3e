//! When tickets come: hours and days of the week (kpis.md 5.3.8 and 5.3.9).

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::domain::columns::Row;
use crate::metrics::answer::{self, DayRow, HourRow, Particulars, Peak};
use crate::metrics::days::{self, HoursOfWeek};
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::period::Period;

/// Below this much time, hours of the day are an indication.
const FOUR_WEEKS_MS: i64 = 28 * 86_400_000;

/// What stands after `variant:` for a day of the week without the holidays.
pub(in crate::metrics) const SKIP_HOLIDAYS: &str = "skip_holidays";

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When the tickets of a period came, and how often each hour of the week occurred in it.
pub(in crate::metrics) struct Rhythm<'a> {
    arrivals: Vec<Row<'a>>,
    period: Period,
    counts: HoursOfWeek<u64>,
    quarters: HoursOfWeek<u32>,
}

impl<'a> Rhythm<'a> {
    /// That of the tickets that count as volume.
    pub(in crate::metrics) fn of(frame: &Frame<'_, 'a>) -> Self {
        let zone = frame.query.zone;
        let arrivals: Vec<Row<'a>> = super::arrivals(frame, frame.period).collect();
        let period = frame.begun(arrivals.first().copied());
        let mut counts = [[0; 24]; 7];
        for row in &arrivals {
            let (day, hour) = days::hour_of_week(row.at(), zone);
            counts[day][hour] += 1;
        }
        Self { arrivals, period, counts, quarters: days::quarters(period, zone) }
    }

    /// Whether so little time was counted that hours are an indication.
    pub(in crate::metrics) fn is_short(&self) -> bool {
        self.period.length_ms() < FOUR_WEEKS_MS
    }

    /// The hours of the day, over all days of the week.
    pub(in crate::metrics) fn hours(&self) -> Vec<HourRow> {
        let row = |hour: u8| {
            let of_day = |day: &[u64; 24]| day[usize::from(hour)];
            let tickets = self.counts.iter().map(of_day).sum();
            let quarters: u32 = self.quarters.iter().map(|day| day[usize::from(hour)]).sum();
            let slots = f64::from(quarters) / 4.0;
            let share = rate(tickets, self.arrivals.len() as f64);
            HourRow { hour, tickets, slots, rate: rate(tickets, slots), share }
        };
        (0..24).map(row).collect()
    }

    /// The rate of each hour of the week.
    fn heat(&self) -> HoursOfWeek<Option<f64>> {
        let of = |day: usize, hour: usize| rate(self.counts[day][hour], f64::from(self.quarters[day][hour]) / 4.0);
        std::array::from_fn(|day| std::array::from_fn(|hour| of(day, hour)))
    }
}

fn rate(count: u64, times: f64) -> Option<f64> {
    (times > 0.0).then(|| count as f64 / times)
}

/// 5.3.8: the hour of the local day with the most tickets each time it occurs.
pub(in crate::metrics) fn peak_hours(frame: &Frame<'_, '_>) -> Measured {
    let rhythm = Rhythm::of(frame);
    let hours = rhythm.hours();
    let mut ranked: Vec<&HourRow> = hours.iter().filter(|h| h.tickets > 0 && h.rate.is_some()).collect();
    // The order is stable: of equal rates the earliest hour comes first.
    ranked.sort_by(|a, b| b.rate.unwrap_or_default().total_cmp(&a.rate.unwrap_or_default()));
    let peak = ranked.first();
    let mut measured = Measured::count(frame, rhythm.arrivals.iter().copied());
    measured.measure = Measure::Quotient {
        numerator: peak.map_or(0.0, |h| h.tickets as f64),
        denominator: peak.map_or(0.0, |h| h.slots),
        n: Some(rhythm.arrivals.len() as u64),
    };
    measured.rows = Some(hours.iter().copied().map(answer::Row::Hour).collect());
    let peak = peak.map(|peak| Peak {
        hour: peak.hour,
        then: ranked.get(1).map(|h| h.hour),
        indicative: rhythm.is_short(),
        heat: rhythm.heat(),
    });
    measured.with(peak.map_or(Particulars::None, |peak| Particulars::Peak(Box::new(peak))))
}

/// 5.3.9: the day of the week with the most tickets each time it occurs; a public holiday is such a day too, unless
/// holidays are skipped on both sides.
pub(in crate::metrics) fn busiest_day(frame: &Frame<'_, '_>) -> Measured {
    let arrivals: Vec<Row<'_>> = super::arrivals(frame, frame.period).collect();
    let holidays = if frame.variant == Some(SKIP_HOLIDAYS) { holidays(frame) } else { BTreeSet::new() };
    let place = |date: NaiveDate| date.weekday().num_days_from_monday() as usize;
    let (mut counts, mut times) = ([0; 7], [0; 7]);
    for date in
        days::dates(frame.begun(arrivals.first().copied()), frame.query.zone).filter(|date| !holidays.contains(date))
    {
        times[place(date)] += 1;
    }
    let local = |row: &Row<'_>| frame.query.zone.local(row.at()).date();
    let counted: Vec<Row<'_>> = arrivals.into_iter().filter(|row| !holidays.contains(&local(row))).collect();
    for row in &counted {
        counts[place(local(row))] += 1;
    }
    let days = (0..7).map(|day| DayRow {
        day: DAY_NAMES[day],
        tickets: counts[day],
        days: times[day],
        rate: rate(counts[day], times[day] as f64),
    });
    let days: Vec<DayRow> = days.collect();
    // Of equal days the first from Monday.
    let busiest = days.iter().filter(|d| d.tickets > 0).rev().max_by(|a, b| {
        let rate = |d: &DayRow| d.rate.unwrap_or_default();
        rate(a).total_cmp(&rate(b))
    });
    let mut measured = Measured::count(frame, counted.iter().copied());
    measured.measure = Measure::Quotient {
        numerator: busiest.map_or(0.0, |d| d.tickets as f64),
        denominator: busiest.map_or(0.0, |d| d.days as f64),
        n: Some(counted.len() as u64),
    };
    let particulars = busiest.map_or(Particulars::None, |d| Particulars::Busiest { day: d.day });
    measured.rows = Some(days.into_iter().map(answer::Row::Day).collect());
    measured.with(particulars)
}

/// The holidays of the team asked about, or of the workspace.
fn holidays(frame: &Frame<'_, '_>) -> BTreeSet<NaiveDate> {
    let calendar = frame.definitions.calendar_of(frame.team);
    calendar.map(|calendar| calendar.definition().holidays.clone()).unwrap_or_default()
}

impl Frame<'_, '_> {
    /// What is known of the period, given the first row in it; `all` begins with the first day anything is known of.
    pub(super) fn begun(&self, first: Option<Row<'_>>) -> Period {
        let from = match first {
            Some(first) if self.period.from.millis() <= 0 => {
                self.query.zone.midnight(self.query.zone.local(first.at()).date())
            }
            // Of ever, when nothing came, nothing is known.
            None if self.period.from.millis() <= 0 => self.end(),
            _ => self.period.from,
        };
        Period { from, to: self.end().max(from) }
    }
}
