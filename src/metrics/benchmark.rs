//! Published figures to compare with: context, never a target (kpis.md 8).
//!
//! Only figures whose definition is ours or near it. None has appeared lately, so none is judged against today.

use chrono::{Datelike, NaiveDateTime};

use super::answer::Benchmark;
use crate::domain::names::MetricId;

/// Older figures are shown without a verdict.
const MAX_AGE_YEARS: i32 = 5;

/// A published figure.
struct Published {
    metric: MetricId,
    /// In the unit of the metric.
    value: f64,
    /// All industries, not one.
    general: bool,
    year: u16,
    source: &'static str,
}

const fn published(metric: MetricId, value: f64, general: bool, year: u16, source: &'static str) -> Published {
    Published { metric, value, general, year, source }
}

/// The better known first among those of one year.
const PUBLISHED: &[Published] = &[
    published(MetricId::Csat, 0.9471, true, 2014, "Zendesk Benchmark Q4 2014 via CMSWire, all industries"),
    published(MetricId::Csat, 0.82, true, 2013, "Zendesk Benchmark Q3 2013, all industries"),
    published(MetricId::Csat, 0.86, true, 2012, "Zendesk Customer Satisfaction Index 2012, all industries"),
    published(MetricId::Csat, 0.9559, false, 2018, "Zendesk benchmark API 2018, manufacturing"),
    published(MetricId::FirstResponseTime, 17_100.0, false, 2018, "Zendesk benchmark API 2018, manufacturing"),
    published(MetricId::FirstResponseTime, 8_670.0, false, 2018, "Zendesk benchmark API 2018, real estate"),
    published(MetricId::FirstResponseTime, 5_880.0, false, 2018, "Zendesk benchmark API 2018, consultancy"),
    published(MetricId::ResolutionTime, 92_520.0, false, 2018, "Zendesk benchmark API 2018, manufacturing"),
    published(MetricId::ResolutionTime, 64_410.0, false, 2018, "Zendesk benchmark API 2018, real estate"),
];

/// The closest segment (all industries, as none is configured), then the newest.
pub(super) fn of(metric: MetricId, now: NaiveDateTime) -> Option<Benchmark> {
    let best = PUBLISHED.iter().rev().filter(|p| p.metric == metric).max_by_key(|p| (p.general, p.year))?;
    Some(Benchmark {
        value: best.value,
        source: best.source.to_owned(),
        year: best.year,
        verdict: now.year() - i32::from(best.year) <= MAX_AGE_YEARS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_industries_come_before_one_and_new_before_old() {
        let now = chrono::DateTime::UNIX_EPOCH.naive_utc().with_year(2026).expect("a year");
        let csat = of(MetricId::Csat, now).expect("published");
        assert_eq!((csat.year, csat.verdict), (2014, false));
        assert_eq!(of(MetricId::FirstResponseTime, now).expect("published").value, 17_100.0);
        assert_eq!(of(MetricId::Backlog, now), None);
    }
}
