//! How durations are spread.

use super::super::super::answer::{Answer, Report};
use super::super::super::format;
use super::super::words;
use super::{picture, scale, shown, target};
use crate::domain::chart::{Band, Chart, Distribution, Figure, Mark, MarkKind};
use crate::domain::names::Unit;

/// Nothing where there are too few to speak of a distribution.
pub(super) fn spread(report: &Report, answer: &Answer) -> Option<Chart> {
    let figures = &answer.figures;
    let n = figures.n.filter(|n| *n >= words::SMALL)?;
    if figures.detail.bands.is_empty() || words::unit(answer.id, figures) != Unit::Seconds {
        return None;
    }
    let scale = scale(answer);
    let median = figures.detail.spread.map(|spread| spread.median);
    let mark = |kind, value: Option<f64>, words: &str| {
        value.map(|value| Mark { kind, value, label: format!("{words} {}", shown(answer, Some(value))) })
    };
    let marks = [
        mark(MarkKind::Median, median, "median"),
        mark(MarkKind::P90, figures.p90, "90% within"),
        target(answer).map(|target| Mark { kind: MarkKind::Target, value: target.value, label: target.label }),
    ];
    let marks: Vec<Mark> = marks.into_iter().flatten().collect();
    let bands = figures.detail.bands.clone();
    let between = |band: &Band| match band.to {
        Some(to) => format!("{} to {}", shown(answer, Some(band.from)), shown(answer, Some(to))),
        None => format!("more than {}", shown(answer, Some(band.from))),
    };
    let told: Vec<String> = marks.iter().map(|mark| mark.label.clone()).collect();
    let mut alt = format!("{}: {}", words::sample(answer.id, figures, n), told.join(", "));
    if let Some(band) = bands.iter().max_by_key(|band| band.count) {
        let share = format::percent(Some(band.count as f64 / n as f64));
        alt.push_str(&format!("; most often {} ({share})", between(band)));
    }
    let figure = Figure::Distribution(Distribution { bands, marks });
    Some(picture(report, answer, "", &format!("{alt}."), scale, figure))
}
