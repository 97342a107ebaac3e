//! Charts that Slack draws itself, for answers that can have no picture: those that go to a `response_url`.
//!
//! They can do less than a picture: bare numbers on one axis, twenty categories, no gaps, no text for those who do not see
//! them. So durations are told in a unit that the axis names, what does not fit whole is not shown at all, and the
//! message says everything in its text as well.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::inline::shorten;
use crate::chat::text;
use crate::domain::chart::{Chart, Figure, Scale};

/// Slack's limits; of series some clients know of twelve, the reference of six.
mod limit {
    pub(super) const TITLE: usize = 50;
    pub(super) const SERIES: usize = 6;
    pub(super) const CATEGORIES: usize = 20;
    /// Of a category and of the name of a series.
    pub(super) const NAME: usize = 20;
}

/// What is compared: its name, and a value for each category.
type Series = (String, Vec<Option<f64>>);

/// The block that shows a chart; `None` where Slack could not show all of it.
pub(super) fn block(chart: &Chart) -> Option<Value> {
    let (kind, categories, series) = match &chart.figure {
        Figure::Trend(trend) => {
            let values = trend.points.iter().map(|point| point.value).collect();
            let target = trend.target.as_ref().map(|target| vec![Some(target.value); trend.points.len()]);
            let categories: Vec<&str> = trend.points.iter().map(|point| point.label.as_str()).collect();
            let series = [Some(("Value".to_owned(), values)), target.map(|target| ("Target".to_owned(), target))];
            ("line", categories, series.into_iter().flatten().collect::<Vec<Series>>())
        }
        Figure::Bars(bars) if bars.more == 0 => {
            let now = (bars.now.clone(), bars.bars.iter().map(|bar| bar.value).collect());
            let before = bars.before.clone().map(|name| (name, bars.bars.iter().map(|bar| bar.before).collect()));
            // Groups that had nothing to compare with are no reason to hide what they have now.
            let before = before.filter(|(_, values): &Series| values.iter().all(Option::is_some));
            let categories = bars.bars.iter().map(|bar| bar.name.as_str()).collect();
            ("bar", categories, [Some(now), before].into_iter().flatten().collect())
        }
        Figure::Stack(stack) => {
            let layers = stack.layers.iter().map(|layer| (layer.name.clone(), layer.values.clone()));
            ("line", stack.columns.iter().map(String::as_str).collect(), layers.collect())
        }
        Figure::Bars(_) | Figure::Heat(_) | Figure::Distribution(_) => return None,
    };
    let categories = names(&categories, limit::CATEGORIES)?;
    let series_names = names(&series.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), limit::SERIES)?;
    let values: Vec<Vec<f64>> =
        series.iter().map(|(_, values)| values.iter().copied().collect()).collect::<Option<_>>()?;
    let (unit, label) = unit(&chart.scale, values.iter().flatten().copied().fold(0.0, f64::max));
    let series = series_names.iter().zip(&values).map(|(name, values)| {
        let data = categories
            .iter()
            .zip(values)
            .map(|(category, value)| json!({"label": category, "value": (value / unit * 100.0).round() / 100.0}));
        json!({"name": name, "data": data.collect::<Vec<_>>()})
    });
    let mut axes = json!({"categories": categories});
    if let Some(label) = label {
        axes["y_label"] = label.into();
    }
    let title = shorten(&text::one_line(&chart.title), limit::TITLE);
    let fits = !title.is_empty() && categories.len() > 1 && values.iter().flatten().all(|value| value.is_finite());
    fits.then(|| {
        let chart = json!({"type": kind, "series": series.collect::<Vec<_>>(), "axis_config": axes});
        json!({"type": "data_visualization", "title": title, "chart": chart})
    })
}

/// Names as Slack takes them, unless there are too many, or two that could not be told apart.
fn names(all: &[&str], most: usize) -> Option<Vec<String>> {
    let names: Vec<String> = all.iter().map(|name| shorten(&text::one_line(name), limit::NAME)).collect();
    let different: HashSet<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let fits = (1..=most).contains(&names.len()) && different.len() == names.len();
    fits.then_some(names)
}

/// What one step of the axis is, and what the axis says about it.
fn unit(scale: &Scale, greatest: f64) -> (f64, Option<&str>) {
    match scale {
        Scale::Seconds { .. } if greatest < 120.0 => (1.0, Some("seconds")),
        Scale::Seconds { .. } if greatest < 7200.0 => (60.0, Some("minutes")),
        Scale::Seconds { .. } => (3600.0, Some("hours")),
        Scale::Percent => (0.01, Some("%")),
        Scale::Money(sign) => (1.0, Some(sign)),
        Scale::Count | Scale::Number => (1.0, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chart::{Bar, Bars, Line, Point, Trend};

    fn trend(values: &[Option<f64>]) -> Chart {
        let point = |(n, value): (usize, &Option<f64>)| Point {
            label: format!("Day {n}"),
            value: *value,
            shown: String::new(),
            running: false,
        };
        let points = values.iter().enumerate().map(point).collect();
        let target = Some(Line { value: 3600.0, label: "Target 1h".into() });
        Chart {
            title: "First response time: 42m".into(),
            subtitle: String::new(),
            alt: String::new(),
            scale: Scale::Seconds { days: false },
            figure: Figure::Trend(Trend { points, target }),
        }
    }

    #[test]
    fn a_course_is_a_line_in_the_unit_of_its_axis() {
        let block = block(&trend(&[Some(2520.0), Some(1234.5)])).expect("a chart");
        let points =
            |first: f64, second: f64| json!([{"label": "Day 0", "value": first}, {"label": "Day 1", "value": second}]);
        let chart = json!({
            "type": "line", "axis_config": {"categories": ["Day 0", "Day 1"], "y_label": "minutes"},
            "series": [{"name": "Value", "data": points(42.0, 20.58)}, {"name": "Target", "data": points(60.0, 60.0)}],
        });
        assert_eq!(block, json!({"type": "data_visualization", "title": "First response time: 42m", "chart": chart}));
    }

    #[test]
    fn what_slack_cannot_show_whole_is_left_to_the_text() {
        assert!(block(&trend(&[Some(1.0), None, Some(2.0)])).is_none(), "a gap");
        assert!(block(&trend(&vec![Some(1.0); 21])).is_none(), "too many");
        assert!(block(&trend(&[Some(1.0)])).is_none(), "no course");
        assert!(block(&trend(&[Some(1.0), Some(f64::NAN)])).is_none(), "no number");
        let bar = |name: &str, before| Bar {
            name: name.into(),
            value: Some(0.5),
            shown: String::new(),
            note: String::new(),
            before,
            target: None,
        };
        let bars = |bars: Vec<Bar>| Chart {
            scale: Scale::Percent,
            figure: Figure::Bars(Bars {
                bars,
                now: "last 7 days".into(),
                before: Some("the 7 days before".into()),
                target: None,
                more: 0,
            }),
            ..trend(&[])
        };
        let long = "a team whose name is very long";
        assert!(block(&bars(vec![bar(long, None), bar(&format!("{long}er"), None)])).is_none(), "two alike");
        let shown = block(&bars(vec![bar("billing", Some(0.4)), bar("technical", None)])).expect("a chart");
        assert_eq!(shown["chart"]["series"].as_array().map(Vec::len), Some(1), "{shown}");
        assert_eq!(shown["chart"]["series"][0]["data"][0], json!({"label": "billing", "value": 50.0}));
    }
}
