//! How durations are spread: a column a band, with median, 90th percentile and target marked.
//!
//! Bands of nice bounds, drawn equally wide: response times run from minutes to days, and on an even scale all but the
//! slowest would stand in one column.

use super::canvas::{Anchor, Canvas, Fill, PAD, Stroke, Swatch, WIDTH};
use super::scale::sane;
use super::theme::Colours;
use super::words::Face;
use crate::domain::chart::{Band, Distribution, MarkKind, Scale};

const HEIGHT: f64 = 150.0;

pub(super) fn draw(canvas: &mut Canvas, distribution: &Distribution, scale: &Scale) {
    let bands = &distribution.bands;
    let all: u64 = bands.iter().map(|band| band.count).fold(0, u64::saturating_add);
    if all == 0 {
        canvas.nothing();
        return;
    }
    let colours = canvas.colours;
    let marks: Vec<(f64, Stroke, &str)> = (distribution.marks.iter())
        .filter_map(|mark| {
            Some((place(bands, sane(Some(mark.value))?), stroke(mark.kind, colours), mark.label.as_str()))
        })
        .collect();
    // Beside their lines the words would stand on the lines of others.
    let legend = marks.iter().map(|(_, stroke, label)| (Swatch::Upright(*stroke), (*label).to_owned()));
    canvas.legend(&legend.collect::<Vec<_>>());
    let step = (WIDTH - 2.0 * PAD) / bands.len() as f64;
    let top = canvas.top + 26.0;
    let bottom = top + HEIGHT;
    let most = bands.iter().map(|band| band.count).max().unwrap_or(1).max(1) as f64;
    let height = |band: &Band| band.count as f64 / most * HEIGHT;
    for (n, band) in bands.iter().enumerate() {
        let left = PAD + n as f64 * step;
        canvas.rect((left + 1.5, bottom - height(band)), (step - 3.0, height(band)), Fill::Plain(colours.main));
    }
    canvas.line((PAD, bottom), (WIDTH - PAD, bottom), Stroke::solid(colours.before, 1.5));
    for (at, stroke, _) in &marks {
        let x = PAD + at * step;
        // It must be seen on a column as well as beside it.
        canvas.line((x, top - 20.0), (x, bottom), Stroke::solid(colours.ground, 5.0));
        canvas.line((x, top - 20.0), (x, bottom), *stroke);
    }
    let mut free = f64::NEG_INFINITY;
    for (n, band) in bands.iter().enumerate() {
        let middle = PAD + (n as f64 + 0.5) * step;
        let share = (band.count as f64 / all as f64 * 100.0).round();
        let words = if band.count > 0 && share < 1.0 { "<1%".to_owned() } else { format!("{share}%") };
        let half = Face::LABEL.width(&words) / 2.0;
        let middle = beside(middle, half, step / 2.0, marks.iter().map(|(at, ..)| PAD + at * step));
        if band.count > 0 && middle - half > free {
            canvas.text_over((middle, bottom - height(band) - 6.0), Anchor::Middle, Face::LABEL, colours.ink, &words);
            free = middle + half + 3.0;
        }
    }
    let mut free = f64::NEG_INFINITY;
    for (n, band) in bands.iter().enumerate().skip(1) {
        let words = Face::LABEL.fit(&scale.mark(band.from), 90.0);
        let (at, half) = (PAD + n as f64 * step, Face::LABEL.width(&words) / 2.0);
        if at - half > free {
            canvas.text((at, bottom + 22.0), Anchor::Middle, Face::LABEL, colours.muted, &words);
            canvas.line((at, bottom), (at, bottom + 5.0), Stroke::solid(colours.before, 1.0));
            free = at + half + 6.0;
        }
    }
    canvas.top = bottom + 32.0;
}

fn stroke(kind: MarkKind, colours: &Colours) -> Stroke {
    match kind {
        MarkKind::Median => Stroke::solid(colours.ink, 2.5),
        MarkKind::P90 => Stroke::dashed(colours.ink, 2.5, 8.0, 4.0),
        MarkKind::Target => Stroke::dashed(colours.target, 2.5, 2.5, 3.5),
    }
}

/// The middle of words above a column, beside the lines that would cross them, as far as the column is wide enough.
fn beside(middle: f64, half: f64, reach: f64, lines: impl Iterator<Item = f64> + Clone) -> f64 {
    let free = |at: f64| lines.clone().all(|line| (line - at).abs() > half + 3.0);
    let moved = [middle, middle - (reach - half), middle + (reach - half)];
    moved.into_iter().find(|at| (at - middle).abs() <= reach && free(*at)).unwrap_or(middle)
}

/// In which band a value lies, and how far into it, as one number of bands from the left.
fn place(bands: &[Band], value: f64) -> f64 {
    let n = bands.iter().rposition(|band| band.from <= value).unwrap_or(0);
    let into = match bands.get(n) {
        Some(Band { from, to: Some(to), .. }) if to > from => ((value - from) / (to - from)).clamp(0.0, 1.0),
        // How far what is longer reaches nobody knows.
        Some(Band { to: None, from, .. }) if value > *from => 0.5,
        _ => 0.0,
    };
    n as f64 + into
}
