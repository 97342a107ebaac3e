//! Which question gets which picture, and what stands in it.

use std::fmt::Write as _;

use super::*;
use crate::domain::chart::{Chart, Figure};
use crate::domain::names::Unit;

/// The question with what only a picture needs.
fn drawn(spec: PeriodSpec, metrics: &[MetricId], by: Option<GroupBy>) -> Query {
    Query { drawn: true, by, ..ask(spec, metrics) }
}

fn chart(query: &Query, samples: &Samples) -> Option<Chart> {
    message(&compute(query, &Definitions::default(), samples)).chart.map(|chart| *chart)
}

const LAST_MONTH: PeriodSpec = PeriodSpec::Last(21, RollingUnit::Days);

const fn by(dimension: Dimension) -> Option<GroupBy> {
    Some(GroupBy::Dimension(dimension))
}

const fn each(unit: TimeUnit) -> Option<GroupBy> {
    Some(GroupBy::Time(unit))
}

fn kind(chart: Option<Chart>) -> &'static str {
    match chart.map(|chart| chart.figure) {
        None => "nothing",
        Some(Figure::Trend(_)) => "trend",
        Some(Figure::Bars(_)) => "bars",
        Some(Figure::Heat(_)) => "heat",
        Some(Figure::Stack(_)) => "stack",
        Some(Figure::Distribution(_)) => "distribution",
    }
}

#[test]
fn each_question_gets_the_picture_that_shows_its_answer() {
    use MetricId::{Csat, FirstResponseTime, PeakHours, Scorecard, SlaAttainment, TicketVolume};
    let table: [(&[MetricId], Option<GroupBy>, &str); 18] = [
        (&[], None, "trend"),
        (&[Scorecard], by(Dimension::Team), "trend"),
        (&[FirstResponseTime], None, "distribution"),
        (&[FirstResponseTime], by(Dimension::Team), "bars"),
        (&[FirstResponseTime], by(Dimension::Channel), "bars"),
        (&[FirstResponseTime], each(TimeUnit::Day), "trend"),
        (&[FirstResponseTime], each(TimeUnit::Week), "trend"),
        (&[FirstResponseTime], each(TimeUnit::Hour), "heat"),
        (&[TicketVolume], None, "trend"),
        (&[TicketVolume], by(Dimension::Channel), "stack"),
        (&[TicketVolume], by(Dimension::Priority), "bars"),
        (&[TicketVolume], each(TimeUnit::Weekday), "heat"),
        (&[PeakHours], None, "heat"),
        (&[Csat], None, "trend"),
        (&[Csat], by(Dimension::Agent), "bars"),
        (&[SlaAttainment], None, "trend"),
        (&[TicketVolume, Csat], None, "trend"),
        (&[FirstResponseTime, Csat], by(Dimension::Team), "bars"),
    ];
    let desk = desk();
    for (metrics, by, expected) in table {
        assert_eq!(kind(chart(&drawn(LAST_MONTH, metrics, by), &desk)), expected, "{metrics:?} by {by:?}");
    }
}

#[test]
fn where_there_is_nothing_to_see_there_is_no_picture() {
    let desk = desk();
    for view in [View::Explanation, View::Tickets] {
        let query = Query { view, ..drawn(LAST_MONTH, &[MetricId::FirstResponseTime], None) };
        assert_eq!(kind(chart(&query, &desk)), "nothing", "{view:?} is read, not looked at");
    }
    for metrics in [&[][..], &[MetricId::TicketVolume], &[MetricId::FirstResponseTime], &[MetricId::Csat]] {
        for by in [None, by(Dimension::Team), each(TimeUnit::Day), each(TimeUnit::Hour)] {
            let nothing = chart(&drawn(LAST_WEEK, metrics, by), &Samples::default());
            assert_eq!(kind(nothing), "nothing", "{metrics:?} by {by:?}: a course of zeros shows nothing");
        }
    }
}

/// A chart with all it says, a line for each thing.
fn told(chart: &Chart) -> String {
    let mut out = format!("{}\n{}\n{}\nin {:?}\n", chart.title, chart.subtitle, chart.alt, chart.scale);
    let value = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.4}", value));
    match &chart.figure {
        Figure::Trend(trend) => {
            for point in &trend.points {
                let running = if point.running { " (running)" } else { "" };
                let _ = writeln!(out, "{}: {} = {}{running}", point.label, value(point.value), point.shown);
            }
            let _ = writeln!(out, "target: {:?}", trend.target);
        }
        Figure::Bars(bars) => {
            let _ =
                writeln!(out, "now {:?}, before {:?}, {:?}, {} more", bars.now, bars.before, bars.target, bars.more);
            for bar in &bars.bars {
                let (now, before, target) = (value(bar.value), value(bar.before), value(bar.target));
                let _ =
                    writeln!(out, "{}: {now} = {} [{}], was {before}, target {target}", bar.name, bar.shown, bar.note);
            }
        }
        Figure::Heat(heat) => {
            let _ = writeln!(out, "{}\n    {}", heat.most, heat.columns.join(" "));
            for row in &heat.rows {
                let cells: Vec<String> =
                    row.cells.iter().map(|cell| cell.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"))).collect();
                let _ = writeln!(out, "{} {}", row.name, cells.join(" "));
            }
        }
        Figure::Stack(stack) => {
            let _ = writeln!(out, "{}{}", stack.columns.join(" "), if stack.running { " (running)" } else { "" });
            for layer in &stack.layers {
                let values: Vec<String> =
                    layer.values.iter().map(|v| v.map_or("-".into(), |v| v.to_string())).collect();
                let _ = writeln!(out, "{}, {}: {}", layer.name, layer.shown, values.join(" "));
            }
        }
        Figure::Distribution(distribution) => {
            for band in &distribution.bands {
                let _ = writeln!(out, "{} to {:?}: {}", band.from, band.to, band.count);
            }
            for mark in &distribution.marks {
                let _ = writeln!(out, "{:?} at {:.1}: {}", mark.kind, mark.value, mark.label);
            }
        }
    }
    out
}

#[test]
fn every_kind_of_picture_says_its_numbers_as_its_message_does() {
    use MetricId::{Csat, FirstResponseTime, PeakHours, TicketVolume};
    let table: [(&str, PeriodSpec, &[MetricId], Option<GroupBy>); 8] = [
        ("overview", LAST_WEEK, &[], None),
        ("spread", LAST_WEEK, &[FirstResponseTime], None),
        ("course", LAST_WEEK, &[Csat], None),
        ("days", LAST_WEEK, &[FirstResponseTime], each(TimeUnit::Day)),
        ("bars", LAST_WEEK, &[FirstResponseTime], by(Dimension::Team)),
        ("layers", LAST_WEEK, &[TicketVolume], by(Dimension::Channel)),
        ("week", LAST_MONTH, &[TicketVolume], each(TimeUnit::Hour)),
        ("peak", LAST_MONTH, &[PeakHours], None),
    ];
    for (name, spec, metrics, by) in table {
        let mut query = drawn(spec, metrics, by);
        query.targets.all.insert(FirstResponseTime, 3600.0);
        query.targets.all.insert(Csat, 0.9);
        let chart = chart(&query, &desk()).expect("something to see");
        insta::assert_snapshot!(format!("chart_{name}"), told(&chart));
    }
}

/// As many tickets of each name as said, told by `team`, each answered.
fn of_teams(teams: &[(&str, usize)]) -> Samples {
    let mut stories = Vec::new();
    for (team, count) in teams {
        stories.extend((0..*count).map(|n| Story {
            created: now().plus_ms(-(1 + n as i64 * 7 % 160) * HOUR),
            dimensions: Dimensions {
                team: Some((*team).to_owned()),
                channel: Some((*team).to_owned()),
                priority: "normal".to_owned(),
                ..Dimensions::default()
            },
            customer: n as u8,
            initiator: Initiator::Customer,
            reply_after: Some((10 + n as i64) * MINUTE),
            solve_after: None,
            reopened: false,
            rating: None,
            target_s: None,
        }));
    }
    Samples::from_samples(plainly(&stories, now()))
}

#[test]
fn bars_end_where_a_phone_does_and_leave_out_who_is_too_few_to_be_ranked() {
    let many: Vec<String> = (0..11).map(|n| format!("team {n}")).collect();
    let mut teams: Vec<(&str, usize)> = many.iter().map(|name| (name.as_str(), 12)).collect();
    teams.push(("the two of them", 2));
    let query = drawn(LAST_WEEK, &[MetricId::FirstResponseTime], by(Dimension::Team));
    let report = compute(&query, &Definitions::default(), &of_teams(&teams));
    let message = message(&report);
    let Some(Figure::Bars(bars)) = message.chart.as_ref().map(|chart| chart.figure.clone()) else {
        panic!("no bars: {message:?}")
    };
    assert_eq!((bars.bars.len(), bars.more), (8, 3), "the rest is said, the small team is not ranked");
    assert!(bars.bars.iter().all(|bar| bar.name != "the two of them"), "{bars:?}");
    let text = render(&message);
    for bar in &bars.bars {
        assert!(text.contains(&bar.shown) && bar.note.starts_with("n=12"), "{bar:?} in {text}");
    }
}

#[test]
fn layers_make_up_the_whole_and_the_smallest_share_one() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let teams: Vec<(&str, usize)> =
        names.iter().rev().zip([70, 60, 50, 40, 30, 20, 10]).map(|(n, c)| (*n, c)).collect();
    let query = drawn(LAST_WEEK, &[MetricId::TicketVolume], by(Dimension::Channel));
    let Some(Figure::Stack(stack)) = chart(&query, &of_teams(&teams)).map(|chart| chart.figure) else {
        panic!("no layers")
    };
    let shown: Vec<(&str, &str)> = stack.layers.iter().map(|l| (l.name.as_str(), l.shown.as_str())).collect();
    let expected =
        [("g", "70 (25%)"), ("f", "60 (21%)"), ("e", "50 (18%)"), ("d", "40 (14%)"), ("3 others", "60 (21%)")];
    assert_eq!(shown, expected);
    let total: f64 = stack.layers.iter().flat_map(|layer| layer.values.iter().flatten()).sum();
    assert_eq!(total, 280.0);
    assert!(stack.layers.iter().all(|layer| layer.values.len() == stack.columns.len()));
    assert!(stack.running, "today is not over");
}

#[test]
fn a_spread_counts_everybody_once_and_few_have_none() {
    let query = drawn(LAST_WEEK, &[MetricId::FirstResponseTime], None);
    let Some(Figure::Distribution(spread)) = chart(&query, &of_teams(&[("a", 60)])).map(|chart| chart.figure) else {
        panic!("no spread")
    };
    assert_eq!(spread.bands.iter().map(|band| band.count).sum::<u64>(), 60);
    assert!(spread.bands.windows(2).all(|two| two[0].to == Some(two[1].from)), "{spread:?}");
    let few = chart(&query, &of_teams(&[("a", 5)]));
    assert_ne!(kind(few), "distribution", "of five nothing is said but how each day was");
}

#[test]
fn no_count_or_duration_is_told_in_another_unit_than_its_metric() {
    let desk = desk();
    for id in MetricId::ALL.iter().filter(|id| id.unit() != Unit::Composite) {
        for by in [None, by(Dimension::Team), each(TimeUnit::Day), each(TimeUnit::Hour)] {
            let Some(chart) = chart(&drawn(LAST_MONTH, &[*id], by), &desk) else { continue };
            let seconds = matches!(chart.scale, crate::domain::chart::Scale::Seconds { .. });
            assert_eq!(seconds, id.unit() == Unit::Seconds, "{id:?} by {by:?}: {}", chart.title);
            assert!(chart.title.chars().count() <= 60 && !chart.alt.is_empty(), "{id:?}: {}", chart.title);
        }
    }
}
