//! A value by hour and weekday.

use super::super::super::answer::{Answer, Grid, Particulars, Report};
use super::super::super::format;
use super::super::words;
use super::{picture, scale, shown};
use crate::domain::chart::{Chart, Figure, Heat, HeatRow, Scale};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Of what is broken down by hour or weekday.
pub(super) fn week(report: &Report, answer: &Answer) -> Option<Chart> {
    let grid = answer.grid.as_deref()?;
    heat(report, answer, " by hour", grid, scale(answer), |value| shown(answer, Some(value)))
}

/// When tickets come.
pub(super) fn peak(report: &Report, answer: &Answer) -> Option<Chart> {
    let Particulars::Peak(peak) = &answer.figures.detail.particulars else { return None };
    let rate = |value: f64| format!("{} an hour", format::value(answer.unit, None, Some(value)));
    heat(report, answer, "", &peak.heat, Scale::Number, rate)
}

fn heat(
    report: &Report,
    answer: &Answer,
    by: &str,
    grid: &Grid,
    scale: Scale,
    shown: impl Fn(f64) -> String,
) -> Option<Chart> {
    let cells = || {
        let hours = |(day, hours): (usize, &'_ [Option<f64>; 24])| {
            let hours = *hours;
            (0..24).filter_map(move |hour| Some((day, hour, hours[hour]?)))
        };
        grid.iter().enumerate().flat_map(hours)
    };
    let most = cells().max_by(|a, b| a.2.total_cmp(&b.2).then_with(|| (b.0, b.1).cmp(&(a.0, a.1))))?;
    if most.2 == 0.0 {
        return None;
    }
    let least = cells().min_by(|a, b| a.2.total_cmp(&b.2))?;
    let at = |(day, hour, value): (usize, usize, f64)| {
        format!("{} {hour:02}:00–{:02}:00, {}", DAYS[day], (hour + 1) % 24, shown(value))
    };
    let blank = 168 - cells().count();
    let mut alt = format!("Most {}; least {}", at(most), at(least));
    if blank > 0 {
        alt.push_str(&format!("; no data in {blank} of the 168 hours of a week"));
    }
    let first = report.asked.zone.week_start.num_days_from_monday() as usize;
    let row = |n: usize| {
        let day = (first + n) % 7;
        HeatRow { name: words::capital(DAYS[day]), cells: grid[day].to_vec() }
    };
    let columns = (0..24).map(|hour| hour.to_string()).collect();
    let figure = Figure::Heat(Heat { columns, rows: (0..7).map(row).collect(), most: format!("Most: {}", at(most)) });
    Some(picture(report, answer, by, &format!("{alt}."), scale, figure))
}
