//! Customer satisfaction: what customers say when asked (kpis.md 5.2).

use std::collections::BTreeMap;

use super::answer::Particulars;
use super::measure::{Frame, Measured};
use super::statistics;
use crate::domain::columns::Row;
use crate::domain::definitions::CsatScope;
use crate::domain::event::SurveyKind;
use crate::domain::sample::{SampleFact, SampleKind};

/// From which answer on a customer counts as satisfied, by the number of points of the scale.
fn satisfied_from(scale: u32) -> f64 {
    match scale {
        2 => 2.0,
        3 | 4 => 3.0,
        5 => 4.0,
        7 => 6.0,
        10 | 11 => 9.0,
        100 => 80.0,
        // A scale kpis.md does not list: the top fifth, as of 5 and 100 points.
        points => (f64::from(points) * 0.8).ceil(),
    }
}

/// 5.2.1: the share of satisfied answers, by the day of the answer.
pub(super) fn csat(frame: &Frame<'_, '_>) -> Measured {
    let all = frame.definitions.switches.csat_scope == CsatScope::All;
    let ratings: Vec<(Row<'_>, u32, f64)> = frame
        .counted
        .within(SampleKind::Rating, frame.period)
        .filter_map(|s| match s.fact() {
            SampleFact::Rating { survey: SurveyKind::Csat, scale, value, human, .. } if human || all => {
                Some((s, scale, value))
            }
            _ => None,
        })
        .collect();
    let measured =
        Measured::rate(frame, ratings.iter().map(|(s, scale, value)| (*s, *value >= satisfied_from(*scale))));
    let of_bots = |fact| matches!(fact, SampleFact::Rating { survey: SurveyKind::Csat, human: false, .. } if !all);
    measured.with(one_scale(&ratings)).leaving_out(
        frame,
        SampleKind::Rating,
        "ratings of what only bots answered",
        of_bots,
    )
}

/// The mean and the distribution of answers that share a scale; different scales are not averaged.
fn one_scale(ratings: &[(Row<'_>, u32, f64)]) -> Particulars {
    let Some((_, scale, _)) = ratings.first().filter(|(_, first, _)| ratings.iter().all(|(_, s, _)| s == first)) else {
        return Particulars::Rated { mean: None, distribution: BTreeMap::new() };
    };
    let possible = match scale {
        11 => 0..11,
        2..=10 => 1..*scale + 1,
        // A hundred columns help nobody: only the answers given.
        _ => 0..0,
    };
    let mut distribution: BTreeMap<String, u64> = possible.map(|answer| (answer.to_string(), 0)).collect();
    for (_, _, value) in ratings {
        *distribution.entry(value.to_string()).or_default() += 1;
    }
    let mut values: Vec<f64> = ratings.iter().map(|(_, _, value)| *value).collect();
    // In an order that depends on the answers only, so that the last bit of the sum does too.
    values.sort_by(f64::total_cmp);
    Particulars::Rated { mean: statistics::mean(&values), distribution }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_follows_the_scale() {
        let table = [(2, 2.0), (3, 3.0), (4, 3.0), (5, 4.0), (6, 5.0), (7, 6.0), (10, 9.0), (11, 9.0), (100, 80.0)];
        for (scale, from) in table {
            assert_eq!(satisfied_from(scale), from, "{scale} points");
        }
    }
}
