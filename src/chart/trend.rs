//! A value over time: a line without overshoot, gaps where there is no data, what should be reached dashed.

use std::fmt::Write;

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, Stroke, Swatch};
use super::curve;
use super::scale::{Marks, sane};
use super::words::Face;
use crate::domain::chart::{Scale, Trend};

/// More points than this are a line without dots.
const DOTS: usize = 40;

pub(super) fn draw(canvas: &mut Canvas, trend: &Trend, scale: &Scale) {
    let values: Vec<Option<f64>> = trend.points.iter().map(|point| sane(point.value)).collect();
    let target = trend.target.as_ref().and_then(|target| Some((sane(Some(target.value))?, &target.label)));
    let colours = canvas.colours;
    let aim = Stroke::dashed(colours.target, 2.5, 7.0, 5.0);
    let running = trend.points.last().is_some_and(|point| point.running && point.value.is_some());
    let mut legend: Vec<(Swatch, String)> =
        target.iter().map(|(_, label)| (Swatch::Line(aim), (*label).clone())).collect();
    legend.extend(running.then(|| (Swatch::Ring, "not over yet".to_owned())));
    canvas.legend(&legend);
    if values.iter().all(Option::is_none) {
        canvas.nothing();
        return;
    }
    let known = values.iter().copied().flatten().chain(target.iter().map(|(value, _)| *value));
    let plot = Plot::new(canvas, Marks::new(known, scale, 4.0), scale, 24.0);
    let (first, width) = (plot.left + 8.0, plot.right - plot.left - 18.0);
    let last = values.len().saturating_sub(1);
    let x = |n: usize| if last == 0 { first + width / 2.0 } else { first + width * n as f64 / last as f64 };
    if let Some((value, _)) = target {
        canvas.line((plot.left, plot.y(value)), (plot.right, plot.y(value)), aim);
    }
    let place = |n: usize| values[n].map(|value| (n, (x(n), plot.y(value))));
    for stretch in stretches(&values) {
        let points: Vec<(f64, f64)> = stretch.clone().filter_map(place).map(|(_, at)| at).collect();
        line(canvas, &points, running && stretch.end == values.len());
        let dots = if values.len() <= DOTS || points.len() == 1 { points.as_slice() } else { &[] };
        for at in dots {
            canvas.dot(*at, 3.5, colours.main);
        }
    }
    if let Some((n, at)) = (0..values.len()).rev().find_map(place) {
        if running && n == last { canvas.ring(at) } else { canvas.dot(at, 4.5, colours.main) }
    }
    labels(canvas, &plot, trend, &values, &(0..values.len()).filter_map(place).collect::<Vec<_>>());
    let times: Vec<&str> = trend.points.iter().map(|point| point.label.as_str()).collect();
    plot.times(canvas, &times, x);
}

/// The runs of points between gaps.
fn stretches(values: &[Option<f64>]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for n in (0..values.len()).filter(|n| values[*n].is_some()) {
        match out.last_mut() {
            Some(run) if run.end == n => run.end = n + 1,
            _ => out.push(n..n + 1),
        }
    }
    out
}

/// A smooth line; its last step dashed where its end may yet change.
fn line(canvas: &mut Canvas, points: &[(f64, f64)], open_end: bool) {
    let controls = curve::controls(points);
    let steps = controls.len();
    let solid = Stroke::solid(canvas.colours.main, 3.0);
    let dashed = Stroke::dashed(canvas.colours.main, 3.0, 2.0, 6.0);
    let drawn = if open_end { steps.saturating_sub(1) } else { steps };
    for (range, stroke) in [(0..drawn, solid), (drawn..steps, dashed)] {
        if range.is_empty() {
            continue;
        }
        let (x, y) = points[range.start];
        let mut commands = format!("M{x:.1},{y:.1}");
        for n in range {
            let ([(ax, ay), (bx, by)], (x, y)) = (controls[n], points[n + 1]);
            write!(commands, " C{ax:.1},{ay:.1} {bx:.1},{by:.1} {x:.1},{y:.1}").expect("text takes any text");
        }
        canvas.path(&commands, stroke);
    }
}

/// Says the last value, the highest and the lowest, as far as they do not get into one another's way.
fn labels(canvas: &mut Canvas, plot: &Plot, trend: &Trend, values: &[Option<f64>], places: &[(usize, (f64, f64))]) {
    let by = |a: &&(usize, (f64, f64)), b: &&(usize, (f64, f64))| {
        values[a.0].partial_cmp(&values[b.0]).expect("known and sane")
    };
    let (Some(last), Some(high), Some(low)) = (places.last(), places.iter().max_by(by), places.iter().min_by(by))
    else {
        return;
    };
    let mut taken: Vec<(f64, f64, f64, f64)> = Vec::new();
    for ((n, (x, y)), above) in [(last, last.0 != low.0 || low.0 == high.0), (high, true), (low, false)] {
        let words = Face::VALUE.fit(&trend.points[*n].shown, 140.0);
        let half = Face::VALUE.width(&words) / 2.0;
        let at = (plot.inside(*x, half), if above { y - 11.0 } else { y + 21.0 });
        let space = (at.0 - half - 4.0, at.1 - 14.0, at.0 + half + 4.0, at.1 + 5.0);
        let free = taken.iter().all(|t| space.2 < t.0 || t.2 < space.0 || space.3 < t.1 || t.3 < space.1);
        // Below the lowest point there may be no room above the axis.
        if free && (above || at.1 < canvas.top - 12.0) {
            canvas.text_over(at, Anchor::Middle, Face::VALUE, canvas.colours.ink, &words);
            taken.push(space);
        }
    }
}
