//! Groups beside one another: a bar each, what was before hatched below it, what should be reached as a dashed tick.
//!
//! Names and values stand in a line above their bars rather than beside them: so the bars have the whole width of a phone,
//! and a long name cannot squeeze them.

use super::canvas::{Anchor, Canvas, Fill, PAD, Stroke, Swatch, WIDTH};
use super::scale::sane;
use super::words::Face;
use crate::domain::chart::Bars;

const BAR: f64 = 13.0;
const BEFORE: f64 = 8.0;

pub(super) fn draw(canvas: &mut Canvas, bars: &Bars) {
    let colours = canvas.colours;
    let aim = Stroke::dashed(colours.target, 2.5, 4.0, 2.5);
    let mut legend = vec![(Swatch::Area(Fill::Plain(colours.main)), bars.now.clone())];
    legend.extend(bars.before.iter().map(|before| (Swatch::Area(Fill::Before), before.clone())));
    legend.extend(bars.target.iter().map(|target| (Swatch::Line(aim), target.clone())));
    canvas.legend(&legend);
    let values =
        |of: fn(&crate::domain::chart::Bar) -> Option<f64>| bars.bars.iter().filter_map(move |bar| sane(of(bar)));
    let all = || values(|bar| bar.value).chain(values(|bar| bar.before)).chain(values(|bar| bar.target));
    if bars.bars.is_empty() || all().next().is_none() {
        canvas.nothing();
        return;
    }
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let width = WIDTH - 2.0 * PAD;
    let range = if high > low { high - low } else { 1.0 };
    let x = |value: f64| PAD + (value - low) / range * width;
    let mut y = canvas.top + 2.0;
    for bar in &bars.bars {
        let note = Face::LABEL.fit(&bar.note, 190.0);
        let shown = Face::VALUE.fit(&bar.shown, 150.0);
        let (note_width, shown_width) = (Face::LABEL.width(&note), Face::VALUE.width(&shown));
        let apart = if note.is_empty() { 0.0 } else { 10.0 };
        let room = width - note_width - shown_width - apart - 14.0;
        let line = y + 18.0;
        canvas.text((PAD, line), Anchor::Start, Face::LABEL, colours.ink, &Face::LABEL.fit(&bar.name, room));
        canvas.text((WIDTH - PAD, line), Anchor::End, Face::LABEL, colours.muted, &note);
        let value_end = WIDTH - PAD - note_width - apart;
        canvas.text((value_end, line), Anchor::End, Face::VALUE, colours.ink, &shown);
        let top = y + 25.0;
        let mut span = |value: Option<f64>, top: f64, height: f64, fill: Fill| {
            if let Some(value) = sane(value) {
                let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
                // A value of nothing is still seen to be there.
                canvas.rect((from, top), ((to - from).max(2.0), height), fill);
            }
        };
        span(bar.value, top, BAR, Fill::Plain(colours.main));
        let mut bottom = top + BAR;
        if bars.before.is_some() {
            span(bar.before, bottom + 2.0, BEFORE, Fill::Before);
            bottom += 2.0 + BEFORE;
        }
        if let Some(target) = sane(bar.target) {
            let at = x(target).clamp(PAD + 1.5, WIDTH - PAD - 1.5);
            let ends = ((at, top - 3.0), (at, bottom + 3.0));
            // It must be seen on a bar as well as beside it.
            canvas.line(ends.0, ends.1, Stroke::solid(colours.ground, 5.5));
            canvas.line(ends.0, ends.1, aim);
        }
        if low < 0.0 {
            canvas.line((x(0.0), top - 3.0), (x(0.0), bottom + 3.0), Stroke::solid(colours.before, 1.5));
        }
        y = bottom + 8.0;
    }
    if bars.more > 0 {
        let words = format!("and {} more", bars.more);
        canvas.text((PAD, y + 18.0), Anchor::Start, Face::LABEL, colours.muted, &words);
        y += 22.0;
    }
    canvas.top = y + 8.0;
}
