//! A value over time.

use chrono::{Datelike, NaiveDate};

use super::super::super::answer::{Answer, Point, Report};
use super::super::super::catalogue::{self, Timing};
use super::super::super::period::{Grain, Zone};
use super::{picture, reaches, scale, shown, stretch, target};
use crate::domain::chart::{self, Chart, Figure, Trend};
use crate::domain::names::{GroupBy, TimeUnit};
use crate::domain::timestamp::Timestamp;

const HOUR_MS: i64 = 3_600_000;

/// The course of the value; nothing where there are fewer than two points to see, or all of them are zero.
pub(super) fn course(report: &Report, answer: &Answer) -> Option<Chart> {
    let times = Times::of(&answer.series, report);
    let points = answer.series.iter().enumerate().map(|(n, point)| {
        let last = n + 1 == answer.series.len();
        (times.words(point.from), times.label(point.from), point.value, last && times.runs(answer, point.from, report))
    });
    trend(report, answer, times.noun(), points.collect())
}

/// The parts of the period, as they stand in the table.
pub(super) fn parts(report: &Report, answer: &Answer, by: GroupBy) -> Option<Chart> {
    let zone = report.asked.zone;
    let grain = match by {
        GroupBy::Time(TimeUnit::Day) => Grain::Day,
        GroupBy::Time(TimeUnit::Week) => Grain::Week,
        GroupBy::Time(TimeUnit::Month) => Grain::Month,
        GroupBy::Dimension(_) | GroupBy::Time(TimeUnit::Hour | TimeUnit::Weekday) => return None,
    };
    let times = Times { grain, zone, few: answer.groups.len() <= 8 };
    let from = |key: &str| {
        let date: Option<NaiveDate> = key.parse().or_else(|_| format!("{key}-01").parse()).ok();
        date.map(|date| zone.midnight(date))
    };
    let points = answer.groups.iter().filter_map(|group| {
        let from = from(group.key.as_deref()?)?;
        let runs = times.runs(answer, from, report);
        Some((times.words(from), times.label(from), group.figures.value, runs))
    });
    trend(report, answer, times.noun(), points.collect())
}

/// Points of: when in words, when in short, how much, whether it may yet change.
fn trend(
    report: &Report,
    answer: &Answer,
    noun: &str,
    points: Vec<(String, String, Option<f64>, bool)>,
) -> Option<Chart> {
    let known: Vec<(&str, f64, bool)> =
        points.iter().filter_map(|(words, _, value, runs)| Some((words.as_str(), (*value)?, *runs))).collect();
    let ([_, _, ..], Some(last)) = (known.as_slice(), known.last()) else { return None };
    if known.iter().all(|(_, value, _)| *value == 0.0) {
        return None;
    }
    let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(last);
    let most = known.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(last);
    let at = |(when, value, runs): &(&str, f64, bool)| {
        let open = if *runs { ", not over yet" } else { "" };
        format!("{} ({when}{open})", shown(answer, Some(*value)))
    };
    let mut alt = format!("By {noun} from {} to {}, last {}", at(least), at(most), at(last));
    if let Some(target) = target(answer) {
        let met = known.iter().filter(|(_, value, _)| reaches(answer, *value, target.value)).count();
        alt.push_str(&format!("; {} met in {met} of {} {noun}s", target.label, known.len()));
    }
    if known.len() < points.len() {
        alt.push_str(&format!("; no data in {} of {}", points.len() - known.len(), points.len()));
    }
    let points = points.into_iter().map(|(_, label, value, running)| {
        let shown = shown(answer, value);
        chart::Point { label, value, shown, running }
    });
    let figure = Figure::Trend(Trend { points: points.collect(), target: target(answer) });
    Some(picture(report, answer, &format!(" by {noun}"), &format!("{alt}."), scale(answer), figure))
}

/// How the times of a course are told.
pub(super) struct Times {
    grain: Grain,
    zone: Zone,
    /// There is room for weekdays.
    few: bool,
}

impl Times {
    /// Of a course as it was computed, whose first part may be cut short.
    pub(super) fn of(series: &[Point], report: &Report) -> Self {
        let apart = series.windows(2).map(|w| w[1].from - w[0].from).max();
        let grain = match apart {
            None => Grain::of(stretch(&report.period)),
            Some(ms) if ms <= 2 * HOUR_MS => Grain::Hour,
            Some(ms) if ms <= 48 * HOUR_MS => Grain::Day,
            Some(ms) if ms <= 8 * 24 * HOUR_MS => Grain::Week,
            Some(_) => Grain::Month,
        };
        Self { grain, zone: report.asked.zone, few: series.len() <= 8 }
    }

    /// As it stands under an axis.
    pub(super) fn label(&self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        let pattern = match self.grain {
            Grain::Hour => "%H:%M",
            Grain::Day if self.few => "%a %-d",
            Grain::Day | Grain::Week => "%-d %b",
            Grain::Month => "%b %Y",
        };
        local.format(pattern).to_string()
    }

    /// As it stands in a sentence.
    pub(super) fn words(&self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        let pattern = match self.grain {
            Grain::Hour => "%a %-d %b %H:%M",
            Grain::Day => "%a %-d %b",
            Grain::Week => "week from %-d %b",
            Grain::Month => "%B %Y",
        };
        local.format(pattern).to_string()
    }

    pub(super) const fn noun(&self) -> &'static str {
        match self.grain {
            Grain::Hour => "hour",
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
        }
    }

    /// Whether the part that begins then is not over, so that what happened in it may yet change.
    pub(super) fn runs(&self, answer: &Answer, from: Timestamp, report: &Report) -> bool {
        let happens = matches!(catalogue::timing(answer.id, answer.variant.as_deref()), Timing::Flow | Timing::Through);
        let local = self.zone.local(from).date();
        let until = match self.grain {
            Grain::Hour => from.plus_ms(HOUR_MS),
            Grain::Day => self.zone.midnight(local + chrono::Days::new(1)),
            Grain::Week => {
                self.zone.midnight(self.zone.local(self.zone.start(Grain::Week, from)).date() + chrono::Days::new(7))
            }
            Grain::Month => {
                let first = local.with_day(1).unwrap_or(local);
                self.zone.midnight(first + chrono::Months::new(1))
            }
        };
        happens && until > report.as_of && report.period.to >= report.as_of
    }
}
