//! Published figures to compare with: context, never a target (kpis.md 8).
//!
//! The table is data, `benchmarks.json`: every figure with its publisher, its year or that it has none, and how near its
//! definition is to ours. Which one is shown follows kpis.md 5.6.3: the closest segment, then the newest.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::answer::{Benchmark, Figures, Fit, Standing};
use crate::domain::definitions::Switches;
use crate::domain::names::{Clock, MetricId, Unit};
use crate::domain::query::Stat;

/// A published figure, as it stands in the table.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    metric: String,
    /// A number, `70-79`, or a number with conditions: `80 in 20 s`.
    #[serde(deserialize_with = "text")]
    value: String,
    unit: String,
    stat: String,
    segment: String,
    region: String,
    /// `2018`, `2014 Q4`, `2024-2026`, `undated`, `-`.
    year: String,
    #[serde(rename = "match")]
    fit: Fit,
    source: String,
    url: String,
    note: String,
}

#[derive(Deserialize)]
struct Table {
    benchmarks: Vec<Published>,
}

/// Numbers keep the digits they were published with.
fn text<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(d)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    })
}

static PUBLISHED: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let table: Table = serde_json::from_str(include_str!("benchmarks.json")).expect("a test reads the table");
    table.benchmarks
});

/// The figures published for a metric that are in its unit, the most fitting first.
pub(super) fn all(metric: MetricId, switches: &Switches) -> Vec<&'static Published> {
    let mut found: Vec<&Published> =
        PUBLISHED.iter().filter(|p| p.metric == metric.id() && p.figures(metric).is_some()).collect();
    found.sort_by_key(|p| std::cmp::Reverse(p.rank(&switches.benchmark_segment)));
    found
}

/// The most fitting figure published for a metric.
pub(super) fn of(metric: MetricId, switches: &Switches, this_year: i32) -> Option<Benchmark> {
    Some(all(metric, switches).first()?.benchmark(metric, switches, this_year))
}

impl Published {
    /// How fitting it is: the segment, the year, the definition, the usual statistic before the mean.
    fn rank(&self, segment: &str) -> (u8, Option<u16>, std::cmp::Reverse<Fit>, bool) {
        let general = matches!(self.segment.as_str(), "all industries" | "all subscriptions" | "mixed" | "-");
        let near = if self.segment.eq_ignore_ascii_case(segment) { 2 } else { u8::from(general) };
        (near, self.year(), std::cmp::Reverse(self.fit), self.stat() != Some(Stat::Mean))
    }

    /// The last year it speaks of; `None` of what nobody dated.
    fn year(&self) -> Option<u16> {
        let dated = self.year.starts_with(|c: char| c.is_ascii_digit());
        let years = self.year.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 4);
        years.filter(|_| dated).filter_map(|year| year.parse().ok()).max()
    }

    /// The statistic of a distribution it is, if it says.
    fn stat(&self) -> Option<Stat> {
        match self.stat.split(' ').next() {
            Some("median") => Some(Stat::Median),
            Some("mean" | "mean,") => Some(Stat::Mean),
            _ => None,
        }
    }

    /// The value, or both ends of its range, in the unit of the metric; `None` if it is in another.
    fn figures(&self, metric: MetricId) -> Option<(f64, Option<f64>)> {
        let scaled = match (metric.unit(), self.unit.as_str()) {
            (Unit::Percent | Unit::Share, "%" | "% per month") => |percent| percent / 100.0,
            (Unit::Seconds, "min") => |minutes| minutes * 60.0,
            (Unit::Seconds, "h") => |hours| hours * 3600.0,
            (Unit::Seconds, "s") | (Unit::Points, "points") => |value| value,
            (Unit::Currency, unit) if unit.starts_with("USD") => |value| value,
            (Unit::Count, unit) if unit.starts_with("tickets per") => |value| value,
            _ => return None,
        };
        let mut numbers = self.value.split(['-', ' ']);
        let low: f64 = numbers.next()?.parse().ok()?;
        let high: Option<f64> = numbers.next().and_then(|n| n.parse().ok());
        Some((scaled(low), high.map(scaled)))
    }

    /// As it is shown beside a value of the metric.
    pub(super) fn benchmark(&self, metric: MetricId, switches: &Switches, this_year: i32) -> Benchmark {
        let (value, high) = self.figures(metric).expect("chosen because it is in the unit of the metric");
        let year = self.year();
        let fresh = year.is_some_and(|y| this_year - i32::from(y) <= i32::from(switches.benchmark_max_age_years));
        Benchmark {
            value,
            high,
            unit: self.unit.clone(),
            stat: self.stat.clone(),
            segment: self.segment.clone(),
            region: self.region.clone(),
            source: self.source.clone(),
            url: self.url.clone(),
            year,
            fit: self.fit,
            note: self.note.clone(),
            standing: None,
            fresh,
            statistic: self.stat(),
        }
    }
}

impl Benchmark {
    /// Says where a value stands. A loose match, an old figure, another clock or another statistic is no measure.
    #[must_use]
    pub(super) fn beside(self, figures: &Figures, clock: Option<Clock>) -> Self {
        let same_clock = clock.is_none_or(|clock| clock == Clock::Calendar);
        let same_stat = figures.stat.is_none() || self.statistic.is_none_or(|stat| figures.stat == Some(stat));
        let judged = self.fit != Fit::Loose && self.fresh && same_clock && same_stat;
        let standing = figures.value.filter(|_| judged).map(|value| {
            let (low, high) = figures.low.zip(figures.high).unwrap_or((value, value));
            match () {
                () if low > self.high.unwrap_or(self.value) => Standing::Above,
                () if high < self.value => Standing::Below,
                () => Standing::Within,
            }
        });
        Self { standing, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metrics with published figures that are still to come.
    const UNBUILT: &[&str] = &[
        "speed_of_answer",
        "customer_retention_rate",
        "churn_rate",
        "nps",
        "average_handle_time",
        "cost_per_ticket",
        "one_touch_rate",
        "agent_utilization",
        "contact_rate",
        "solved_per_agent",
        "agent_occupancy",
        "abandonment_rate",
        "service_level",
        "ces",
        "bot_resolution_rate",
    ];

    fn switches(segment: &str) -> Switches {
        Switches { benchmark_segment: segment.to_owned(), ..Switches::default() }
    }

    #[test]
    fn every_figure_has_a_metric_a_source_and_a_year_or_says_that_it_is_undated() {
        for p in PUBLISHED.iter() {
            assert!(!p.source.is_empty() && p.url.starts_with("http"), "{p:?}");
            let undated = p.year.starts_with("undated") || p.year == "-";
            assert_eq!(p.year().is_none(), undated, "{p:?}");
            // An index of whole relationships is nobody's metric here.
            let known = MetricId::ALL.iter().any(|m| m.id() == p.metric) || UNBUILT.contains(&p.metric.as_str());
            assert!(known || p.metric == "acsi", "{p:?}");
            if let Some(metric) = MetricId::ALL.iter().find(|m| m.id() == p.metric) {
                assert!(p.figures(*metric).is_some() || p.fit == Fit::Loose, "{p:?}");
            }
        }
    }

    #[test]
    fn the_closest_segment_comes_first_and_the_newest_of_it() {
        let csat = of(MetricId::Csat, &switches("all industries"), 2026).expect("published");
        assert!((csat.value - 0.9471).abs() < 1e-9 && !csat.fresh, "{csat:?}");
        assert_eq!(csat.year, Some(2014));
        let software = of(MetricId::Csat, &switches("software"), 2026).expect("published");
        assert_eq!((software.value, software.year), (0.87, Some(2012)));
        let frt = of(MetricId::FirstResponseTime, &switches("manufacturing"), 2026).expect("published");
        assert_eq!((frt.value, frt.stat.as_str()), (17_100.0, "median"));
        assert_eq!(of(MetricId::Backlog, &switches(""), 2026), None);
    }

    #[test]
    fn only_what_is_near_and_lately_published_is_judged_against() {
        let shown = |fit, fresh| Benchmark {
            value: 0.7,
            high: Some(0.79),
            fit,
            fresh,
            ..of(MetricId::FirstContactResolution, &switches(""), 2026).expect("published")
        };
        let standing = |fit, fresh, value: f64| {
            let figures =
                Figures { value: Some(value), low: Some(value - 0.02), high: Some(value + 0.02), ..Figures::default() };
            shown(fit, fresh).beside(&figures, None).standing
        };
        assert_eq!(standing(Fit::Loose, true, 0.9), None);
        assert_eq!(standing(Fit::Near, false, 0.9), None);
        assert_eq!(standing(Fit::Near, true, 0.9), Some(Standing::Above));
        assert_eq!(standing(Fit::Exact, true, 0.8), Some(Standing::Within));
        assert_eq!(standing(Fit::Exact, true, 0.6), Some(Standing::Below));
    }
}
