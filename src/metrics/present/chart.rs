//! The picture of an answer: which kind it gets, and what is written in it.
//!
//! | question | picture |
//! |---|---|
//! | a duration alone | how it is spread, with median, 90th percentile and target: its course is in the text already, and why median and 90th percentile are far apart no line can show |
//! | another metric alone, the overview, `by day`, `by week`, `by month` | its course with the target |
//! | `by team`, `by agent`, … | bars with what was before |
//! | a count `by channel` whose parts make up the whole | layers over time |
//! | `by hour`, `by weekday`, peak hours | hours by weekdays |
//!
//! A picture says nothing that its message holds back: groups too small to be ranked (kpis.md R15) have no bar.

mod groups;
mod hours;
mod spread;
mod time;

use super::super::answer::{Answer, Report};
use super::{card, line, stretch, subject, when, words};
use crate::domain::chart::{Chart, Figure, Line, Scale};
use crate::domain::names::{Clock, GroupBy, MetricId, TimeUnit, Unit};
use crate::domain::query::View;

/// More letters of a title are cut off.
const TITLE: usize = 40;

/// The picture of an answer; `None` where there is nothing to see.
pub(super) fn chart(report: &Report) -> Option<Chart> {
    if report.asked.view != View::Number {
        return None;
    }
    if report.asked.overview {
        let mut first = [MetricId::FirstResponseTime, MetricId::TicketVolume].into_iter();
        let answer = |id: MetricId| report.metrics.iter().find(|answer| answer.id == id);
        return first.find_map(|id| time::course(report, answer(id)?));
    }
    report.metrics.iter().find_map(|answer| of(report, answer))
}

fn of(report: &Report, answer: &Answer) -> Option<Chart> {
    let alone = || hours::peak(report, answer).or_else(|| spread::spread(report, answer));
    let divided = match report.by.filter(|_| !answer.groups.is_empty()) {
        None => alone(),
        Some(by @ GroupBy::Dimension(_)) => {
            groups::layers(report, answer, by).or_else(|| groups::bars(report, answer, by))
        }
        Some(GroupBy::Time(TimeUnit::Hour | TimeUnit::Weekday)) => hours::week(report, answer),
        Some(by @ GroupBy::Time(TimeUnit::Day | TimeUnit::Week | TimeUnit::Month)) => time::parts(report, answer, by),
    };
    divided.or_else(|| time::course(report, answer))
}

/// A picture in the words of its answer. `by` is how it is divided, `alt` what there is to see, without subject and time.
fn picture(report: &Report, answer: &Answer, by: &str, alt: &str, scale: Scale, figure: Figure) -> Chart {
    let value = card::headline(answer);
    let title = |name: &str| format!("{name}{}{by}: {value}", line::stat_words(answer));
    let full = title(answer.id.name());
    let title = if full.chars().count() > TITLE { title(words::short(answer.id)) } else { full };
    let mut parts: Vec<String> = (!report.filters.is_empty()).then(|| subject(report)).into_iter().collect();
    parts.push(format!("{} ({})", when(report), report.period.timezone));
    parts.extend(match answer.clock {
        Some(Clock::Business) => Some("business hours".to_owned()),
        Some(Clock::Calendar) => Some("calendar time".to_owned()),
        None => None,
    });
    let about = format!("{}{by}, {}: {value} overall. ", answer.id.name(), parts.join(", "));
    let about = if answer.figures.value.is_some() { about } else { about.replace(&format!("{value} overall. "), "") };
    Chart { title, subtitle: parts.join(" · "), alt: format!("{about}{alt}"), scale, figure }
}

/// What the axis of an answer counts.
fn scale(answer: &Answer) -> Scale {
    match words::unit(answer.id, &answer.figures) {
        Unit::Seconds => Scale::Seconds { days: answer.clock != Some(Clock::Business) },
        Unit::Percent => Scale::Percent,
        Unit::Count if answer.figures.value.is_none_or(|v| v.fract() == 0.0) => Scale::Count,
        Unit::Currency => Scale::Money(answer.figures.currency.unwrap_or_default().symbol().to_owned()),
        Unit::Count
        | Unit::Share
        | Unit::Points
        | Unit::Rating
        | Unit::Rate
        | Unit::People
        | Unit::Messages
        | Unit::Flag
        | Unit::Composite => Scale::Number,
    }
}

/// A value like the answer's own.
fn shown(answer: &Answer, value: Option<f64>) -> String {
    words::shown(answer.id, answer.clock, &answer.figures, value)
}

/// What should be reached.
fn target(answer: &Answer) -> Option<Line> {
    let value = answer.figures.target?;
    Some(Line { value, label: format!("target {}", shown(answer, Some(value))) })
}

/// Whether a value reaches what it should; of neither good nor bad it cannot be said.
fn reaches(answer: &Answer, value: f64, target: f64) -> bool {
    super::improves(answer.better, value - target).unwrap_or(false) || value == target
}
