//! What only a picture needs of a computation: how durations are spread, and what else is looked at for it.

use crate::domain::chart::Band;
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, TimeUnit, Unit};

/// More bands than this cannot be labelled on a phone.
const MOST_BANDS: usize = 10;

/// Bounds of bands that people think in, seconds.
const SHORT: [f64; 15] =
    [5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 57_600.0];

/// The longer ones: days where they have 24 hours, else working days and weeks of eight and forty hours.
const DAYS: [f64; 9] =
    [86_400.0, 172_800.0, 345_600.0, 604_800.0, 1_209_600.0, 2_592_000.0, 5_184_000.0, 15_552_000.0, 31_536_000.0];
const OFFICE: [f64; 7] = [86_400.0, 144_000.0, 288_000.0, 576_000.0, 1_152_000.0, 2_304_000.0, 6_912_000.0];

/// How sorted durations are spread over bands of nice bounds, which fit the middle nine tenths of them.
pub(super) fn bands(sorted: &[f64], clock: Clock) -> Vec<Band> {
    let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).or(sorted.last()).copied();
    let (Some(low), Some(high)) = (at(0.05), at(0.95)) else { return Vec::new() };
    let long = match clock {
        Clock::Business => OFFICE.as_slice(),
        Clock::Calendar => DAYS.as_slice(),
    };
    let bounds: Vec<f64> = SHORT.iter().chain(long).copied().collect();
    let first = bounds.partition_point(|bound| *bound <= low).saturating_sub(1);
    let last = bounds.partition_point(|bound| *bound < high).min(bounds.len() - 1);
    let step = (last - first).div_ceil(MOST_BANDS - 2).max(1);
    let inner: Vec<f64> =
        bounds[first..].iter().copied().step_by(step).take((last - first).div_ceil(step) + 1).collect();
    let ends = inner.iter().copied().map(Some).chain([None]);
    let starts = std::iter::once(0.0).chain(inner.iter().copied());
    let below = |end: Option<f64>| end.map_or(sorted.len(), |end| sorted.partition_point(|value| *value < end));
    let mut counted = 0;
    let mut bands: Vec<Band> = (starts.zip(ends))
        .map(|(from, to)| {
            let count = (below(to) - counted) as u64;
            counted = below(to);
            Band { from, to, count }
        })
        .collect();
    if bands.last().is_some_and(|band| band.count == 0) {
        bands.pop();
    }
    bands
}

/// Whether the layers of a volume are looked at over time.
pub(super) fn is_layered(id: MetricId, by: Option<GroupBy>) -> bool {
    id.unit() == Unit::Count && by == Some(GroupBy::Dimension(Dimension::Channel))
}

/// Whether hours are looked at by weekdays.
pub(super) fn is_gridded(by: Option<GroupBy>) -> bool {
    matches!(by, Some(GroupBy::Time(TimeUnit::Hour | TimeUnit::Weekday)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bands_fit_what_most_durations_are() {
        let values: Vec<f64> = (1..=100).map(|n| f64::from(n) * 60.0).collect();
        let bands = bands(&values, Clock::Calendar);
        let shown: Vec<_> = bands.iter().map(|band| (band.from, band.to, band.count)).collect();
        assert_eq!(
            shown,
            [
                (0.0, Some(300.0), 4),
                (300.0, Some(600.0), 5),
                (600.0, Some(900.0), 5),
                (900.0, Some(1800.0), 15),
                (1800.0, Some(3600.0), 30),
                (3600.0, Some(7200.0), 41),
            ]
        );
        assert!(super::bands(&[], Clock::Business).is_empty());
    }

    proptest! {
        #[test]
        fn every_duration_lies_in_one_band(
            mut values in prop::collection::vec(prop_oneof![0.0..1e4f64, 0.0..1e9f64], 1..200),
            office in any::<bool>(),
        ) {
            values.sort_by(f64::total_cmp);
            let bands = bands(&values, if office { Clock::Business } else { Clock::Calendar });
            prop_assert!(!bands.is_empty() && bands.len() <= MOST_BANDS, "{bands:?}");
            prop_assert_eq!(bands.iter().map(|band| band.count).sum::<u64>(), values.len() as u64);
            prop_assert!(bands.windows(2).all(|w| w[0].to == Some(w[1].from) && w[0].from < w[1].from), "{bands:?}");
            for band in &bands {
                let inside = |v: &&f64| **v >= band.from && band.to.is_none_or(|to| **v < to);
                prop_assert_eq!(values.iter().filter(inside).count() as u64, band.count);
            }
        }
    }
}
