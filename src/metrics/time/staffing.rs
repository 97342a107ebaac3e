//! How many people the busiest hour takes (kpis.md 5.3.21).

use super::{handle_time, handle_variant};
use crate::domain::names::MetricId;
use crate::metrics::answer::{Particulars, Staffing};
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::statistics;
use crate::metrics::workload::Rhythm;

/// How the work that arrives is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metrics) enum Plan {
    /// In the hour in which it arrives.
    AtOnce,
    /// Over so many hours, because it can wait.
    Spread(u32),
    /// While customers wait in a queue, few of them for longer than the service level allows.
    Erlang,
}

impl Plan {
    /// What stands after `variant:`.
    pub(in crate::metrics) fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix("spread:") {
            Some(hours) => hours.parse().ok().filter(|hours| (1..=24).contains(hours)).map(Self::Spread),
            None => (word == "erlang").then_some(Self::Erlang),
        }
    }
}

/// 5.3.21: arrivals in the peak hour × what each takes ÷ how busy people should be, rounded up.
pub(in crate::metrics) fn staffing_need(frame: &Frame<'_, '_>) -> Measured {
    let plan = frame.variant.and_then(Plan::parse).unwrap_or(Plan::AtOnce);
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Derived(None);
    let work = handle_time(frame, handle_variant(None, frame.definitions)).measure;
    let Some(handle_s) = work.headline(None) else { return measured };
    let hours = if let Plan::Spread(hours) = plan { hours } else { 1 };
    let rhythm = Rhythm::of(frame);
    let rates: Vec<Option<f64>> = rhythm.hours().iter().map(|hour| hour.rate).collect();
    let Some((hour, rate)) = peak(&rates, hours) else { return measured };

    let erlangs = rate * handle_s / 3600.0;
    let (people, occupancy) = match plan {
        Plan::Erlang => (by_waiting(frame, erlangs, handle_s), None),
        Plan::AtOnce | Plan::Spread(_) => {
            let occupancy = frame.definitions.switches.staffing_target_occupancy;
            (whole(erlangs / occupancy), Some(occupancy))
        }
    };
    measured.measure = Measure::Derived(Some(people));
    let indicative = rhythm.is_short();
    measured.with(Particulars::Staffing(Staffing { hour, hours, rate, handle_s, erlangs, occupancy, indicative }))
}

/// The least number of people that keeps the service level.
fn by_waiting(frame: &Frame<'_, '_>, erlangs: f64, handle_s: f64) -> f64 {
    let aim = frame.query.targets.of(MetricId::ServiceLevel, None).unwrap_or(1.0);
    let target_s = frame.definitions.switches.queue_target_s as f64;
    statistics::erlang_c(erlangs, target_s / handle_s, aim.min(MOST_CERTAIN)) as f64
}

/// No number of people makes sure that nobody waits.
const MOST_CERTAIN: f64 = 0.9999;

/// Rounded up, but not because of the last digit of a fraction.
fn whole(people: f64) -> f64 {
    (people - 1e-9).ceil().max(0.0)
}

/// The so many hours in a row with the most arrivals, and their mean; of equal ones the first.
fn peak(rates: &[Option<f64>], hours: u32) -> Option<(u32, f64)> {
    let means = rates
        .windows(hours as usize)
        .zip(0..)
        .map(|(window, hour)| (hour, window.iter().flatten().sum::<f64>() / f64::from(hours)));
    let busy = means.filter(|(_, rate)| *rate > 0.0);
    busy.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_typed_as_it_is_explained() {
        let table = [
            ("spread:4", Some(Plan::Spread(4))),
            ("spread:24", Some(Plan::Spread(24))),
            ("spread:0", None),
            ("spread:25", None),
            ("spread:", None),
            ("erlang", Some(Plan::Erlang)),
            ("", None),
        ];
        for (word, plan) in table {
            assert_eq!(Plan::parse(word), plan, "{word}");
        }
    }

    #[test]
    fn the_first_of_equal_hours_is_the_peak() {
        let mut rates = [Some(0.0); 24];
        assert_eq!(peak(&rates, 1), None);
        (rates[9], rates[10], rates[14]) = (Some(20.0), Some(4.0), Some(20.0));
        assert_eq!(peak(&rates, 1), Some((9, 20.0)));
        assert_eq!(peak(&rates, 2), Some((9, 12.0)));
        assert_eq!(peak(&rates, 24), Some((0, 44.0 / 24.0)));
    }

    #[test]
    fn people_are_rounded_up_but_not_for_nothing() {
        for (people, expected) in [(4.17, 5.0), (0.1 + 0.2 + 2.7, 3.0), (0.0, 0.0), (0.01, 1.0)] {
            assert_eq!(whole(people), expected, "{people}");
        }
    }
}
