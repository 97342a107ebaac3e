//! What a volume consists of, over time: columns of layers, each layer with a pattern of its own.
//!
//! Columns rather than areas: the numbers are of whole days, and between two days there is nothing.

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, Fill, Stroke, Swatch};
use super::scale::{Marks, sane};
use super::words::Face;
use crate::domain::chart::{Scale, Stack};

pub(super) fn draw(canvas: &mut Canvas, stack: &Stack, scale: &Scale) {
    let mut legend: Vec<(Swatch, String)> = (stack.layers.iter().enumerate())
        .map(|(n, layer)| (Swatch::Area(Fill::Layer(n)), format!("{} {}", layer.name, layer.shown)))
        .collect();
    let open = Stroke::dashed(canvas.colours.ink, 1.5, 3.0, 3.0);
    legend.extend(stack.running.then(|| (Swatch::Line(open), "not over yet".to_owned())));
    canvas.legend(&legend);
    // There are no negative volumes.
    let of = |layer: usize, column: usize| {
        stack.layers[layer].values.get(column).copied().and_then(sane).filter(|value| *value > 0.0)
    };
    let total = |column: usize| (0..stack.layers.len()).filter_map(|layer| of(layer, column)).sum::<f64>();
    let totals: Vec<f64> = (0..stack.columns.len()).map(total).collect();
    if totals.iter().all(|total| *total == 0.0) {
        canvas.nothing();
        return;
    }
    let plot = Plot::new(canvas, Marks::new(totals.iter().copied(), scale, 4.0), scale, 24.0);
    let step = (plot.right - plot.left) / totals.len() as f64;
    let width = if step > 4.0 { step - (step * 0.25).min(14.0) } else { step };
    let x = |column: usize| plot.left + (column as f64 + 0.5) * step;
    let colours = canvas.colours;
    for column in 0..totals.len() {
        let left = x(column) - width / 2.0;
        let mut below = 0.0;
        for layer in 0..stack.layers.len() {
            let Some(value) = of(layer, column) else { continue };
            let (bottom, top) = (plot.y(below), plot.y(below + value));
            canvas.rect((left, top), (width, bottom - top), Fill::Layer(layer));
            if below > 0.0 && width > 4.0 {
                let seam = Stroke::solid(colours.ground, 1.2);
                canvas.line((left, bottom), (left + width, bottom), seam);
            }
            below += value;
        }
        if stack.running && column + 1 == totals.len() && below > 0.0 {
            let (top, bottom) = (plot.y(below) - 2.0, plot.bottom);
            let (from, to) = (left - 2.0, left + width + 2.0);
            canvas.path(&format!("M{from:.1},{bottom:.1} V{top:.1} H{to:.1} V{bottom:.1}"), open);
        }
    }
    let peak = (0..totals.len()).max_by(|a, b| totals[*a].total_cmp(&totals[*b]));
    if let Some(peak) = peak {
        let words = Face::VALUE.fit(&scale.mark(totals[peak]), 120.0);
        let half = Face::VALUE.width(&words) / 2.0;
        let at = (plot.inside(x(peak), half), plot.y(totals[peak]) - 7.0);
        canvas.text_over(at, Anchor::Middle, Face::VALUE, colours.ink, &words);
    }
    let times: Vec<&str> = stack.columns.iter().map(String::as_str).collect();
    plot.times(canvas, &times, x);
}
