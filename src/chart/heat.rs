//! Hours across, weekdays down: the greater the value, the larger and the stronger its square.

use super::canvas::{Anchor, Canvas, PAD, WIDTH};
use super::scale::{Marks, sane};
use super::words::Face;
use crate::domain::chart::{Heat, Scale};

/// How high a row is.
const ROW: f64 = 24.0;

/// The faintest square.
const FAINT: f64 = 0.45;

pub(super) fn draw(canvas: &mut Canvas, heat: &Heat, scale: &Scale) {
    let values = heat.rows.iter().flat_map(|row| &row.cells).filter_map(|value| sane(*value));
    if values.clone().next().is_none() || heat.columns.is_empty() {
        canvas.nothing();
        return;
    }
    let (least, most) = values.clone().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), v| (l.min(v), m.max(v)));
    let marks = Marks::new([least, most].into_iter(), scale, 4.0);
    let colours = canvas.colours;
    let names: Vec<String> = heat.rows.iter().map(|row| Face::LABEL.fit(&row.name, 90.0)).collect();
    let left = PAD + names.iter().map(|name| Face::LABEL.width(name)).fold(0.0, f64::max) + 10.0;
    let cell = (WIDTH - PAD - left) / heat.columns.len() as f64;
    let side = (cell - 2.0).clamp(1.0, ROW - 4.0);
    key(canvas, &marks, scale, side);
    let top = canvas.top + 6.0;
    let x = |column: usize| left + (column as f64 + 0.5) * cell;
    for (n, (row, name)) in heat.rows.iter().zip(&names).enumerate() {
        let middle = top + (n as f64 + 0.5) * ROW;
        canvas.text((left - 10.0, middle + 5.0), Anchor::End, Face::LABEL, colours.muted, name);
        for (column, value) in row.cells.iter().take(heat.columns.len()).enumerate() {
            if let Some(value) = sane(*value) {
                square(canvas, (x(column), middle), marks.place(value), side);
            }
        }
    }
    let bottom = top + heat.rows.len() as f64 * ROW;
    let widest = heat.columns.iter().map(|name| Face::LABEL.width(name)).fold(0.0, f64::max).min(90.0) + 8.0;
    let every = [1, 2, 3, 4, 6, 12, 24].into_iter().find(|n| f64::from(*n) * cell >= widest).unwrap_or(48);
    for (column, name) in heat.columns.iter().enumerate().step_by(every as usize) {
        let name = Face::LABEL.fit(name, 90.0);
        canvas.text((x(column), bottom + 18.0), Anchor::Middle, Face::LABEL, colours.muted, &name);
    }
    let words = Face::VALUE.fit(&heat.most, WIDTH - 2.0 * PAD);
    canvas.text((PAD, bottom + 44.0), Anchor::Start, Face::VALUE, colours.ink, &words);
    canvas.top = bottom + 56.0;
}

/// What sizes mean.
fn key(canvas: &mut Canvas, marks: &Marks, scale: &Scale, side: f64) {
    let (mut x, y) = (PAD, canvas.top + 16.0);
    let values = [marks.low(), f64::midpoint(marks.low(), marks.high()), marks.high()];
    for value in values {
        square(canvas, (x + side / 2.0, y - 5.0), marks.place(value), side);
        let words = Face::LABEL.fit(&scale.mark(value), 100.0);
        canvas.text((x + side + 6.0, y), Anchor::Start, Face::LABEL, canvas.colours.ink, &words);
        x += side + 6.0 + Face::LABEL.width(&words) + 16.0;
    }
    let words = "blank: no data";
    if x + Face::LABEL.width(words) <= WIDTH - PAD {
        canvas.text((x, y), Anchor::Start, Face::LABEL, canvas.colours.muted, words);
    }
    canvas.top = y + 8.0;
}

fn square(canvas: &mut Canvas, at: (f64, f64), place: f64, side: f64) {
    // Areas are compared, not sides.
    let size = (place.sqrt() * side).max(2.5);
    canvas.square(at, size, canvas.colours.main, FAINT + (1.0 - FAINT) * place);
}
