//! The frame of what is drawn over time: values upwards, times to the right.

use super::canvas::{Anchor, Canvas, PAD, Stroke, WIDTH};
use super::scale::Marks;
use super::words::Face;
use crate::domain::chart::Scale;

/// How high the values reach, in units.
const HEIGHT: f64 = 176.0;

/// Numbers of columns between labels that people count in: days, weeks, hours.
const EVERY: [usize; 15] = [1, 2, 3, 4, 6, 7, 12, 14, 21, 28, 56, 91, 182, 364, 728];

/// Where values are drawn.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    marks: Marks,
}

impl Plot {
    /// Draws the marks of the values, `above` the highest of which so much is left free.
    pub(super) fn new(canvas: &mut Canvas, marks: Marks, scale: &Scale, above: f64) -> Self {
        let labels: Vec<String> = marks.at.iter().map(|value| scale.mark(*value)).collect();
        let widest = labels.iter().map(|label| Face::LABEL.width(label)).fold(0.0, f64::max);
        let left = PAD + widest.min(110.0) + 8.0;
        let top = canvas.top + above;
        let plot = Self { left, right: WIDTH - PAD, bottom: top + HEIGHT, marks };
        let colours = canvas.colours;
        for (value, label) in plot.marks.at.iter().zip(&labels) {
            let y = plot.y(*value);
            let is_zero = *value == 0.0;
            let colour = if is_zero { colours.before } else { colours.grid };
            canvas.line((left, y), (plot.right, y), Stroke::solid(colour, if is_zero { 1.5 } else { 1.0 }));
            let label = Face::LABEL.fit(label, 110.0);
            canvas.text((left - 8.0, y + 5.0), Anchor::End, Face::LABEL, colours.muted, &label);
        }
        canvas.top = plot.bottom + 8.0;
        plot
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.marks.place(value) * HEIGHT
    }

    /// The middle of words that should stand at `x`, moved as far as it takes to stand inside.
    pub(super) fn inside(&self, x: f64, half: f64) -> f64 {
        x.max(self.left + half + 2.0).min(self.right - half)
    }

    /// Writes as many of the labels as there is room for, the last one always.
    pub(super) fn times(&self, canvas: &mut Canvas, labels: &[&str], x: impl Fn(usize) -> f64) {
        let Some(last) = labels.len().checked_sub(1) else { return };
        let shown: Vec<String> = labels.iter().map(|label| Face::LABEL.fit(label, 90.0)).collect();
        let widest = shown.iter().map(|label| Face::LABEL.width(label)).fold(0.0, f64::max);
        let step = if last == 0 { f64::INFINITY } else { (x(last) - x(0)) / last as f64 };
        let needed = widest + 12.0;
        let every = EVERY.into_iter().find(|every| *every as f64 * step >= needed).unwrap_or(labels.len());
        let y = self.bottom + 22.0;
        for (n, label) in shown.iter().enumerate().filter(|(n, _)| (last - n).is_multiple_of(every)) {
            let half = Face::LABEL.width(label) / 2.0;
            let at = x(n).max(PAD + half).min(WIDTH - PAD - half);
            // The last may have been moved to stay inside; its neighbour makes room for it.
            let moved = x(last) - (WIDTH - PAD - Face::LABEL.width(&shown[last]) / 2.0);
            if n != last && moved > 0.0 && at + half + 8.0 > x(last) - moved - Face::LABEL.width(&shown[last]) / 2.0 {
                continue;
            }
            canvas.text((at, y), Anchor::Middle, Face::LABEL, canvas.colours.muted, label);
            if labels.len() > 1 {
                canvas.line((x(n), self.bottom), (x(n), self.bottom + 5.0), Stroke::solid(canvas.colours.before, 1.0));
            }
        }
        canvas.top = self.bottom + 32.0;
    }
}
