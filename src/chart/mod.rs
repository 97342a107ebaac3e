//! F1: the pictures of messages. A [`Chart`] becomes SVG text ([`svg`]) and that a PNG ([`Pictures`]). Pure but for the
//! cache: no files, no fonts of the system, no clock; the same chart gives the same bytes on every machine.
//!
//! Drawn 480 units wide at two pixels a unit, so that the smallest text (14 units) is still ten
//! pixels high where a phone shows the picture 360 pixels wide. Nothing is told by colour alone: what should be reached
//! is dashed, what was before is hatched, layers differ by pattern, heat by size. Where there is no data there is a gap.
//!
//! SVG and `resvg` rather than a plotting crate because the text can be read in a snapshot test, text is laid out by a
//! real shaper, and the picture looks as the page that draws it wants.

mod axis;
mod bars;
mod canvas;
mod curve;
mod distribution;
mod heat;
mod raster;
mod scale;
mod stack;
#[cfg(test)]
mod tests;
mod theme;
mod trend;
mod words;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

pub use raster::RenderError;
pub use theme::Theme;

use crate::domain::chart::{Chart, Figure, Line, Point, Scale, Trend};
use canvas::Canvas;

/// A chart as SVG text.
pub fn svg(chart: &Chart, theme: Theme) -> String {
    let mut canvas = Canvas::new(theme, &chart.title, &chart.subtitle, &chart.alt);
    match &chart.figure {
        Figure::Trend(trend) => trend::draw(&mut canvas, trend, &chart.scale),
        Figure::Bars(bars) => bars::draw(&mut canvas, bars),
        Figure::Heat(heat) => heat::draw(&mut canvas, heat, &chart.scale),
        Figure::Stack(stack) => stack::draw(&mut canvas, stack, &chart.scale),
        Figure::Distribution(distribution) => distribution::draw(&mut canvas, distribution, &chart.scale),
    }
    canvas.finish()
}

/// Reads the faces and draws a small picture, so that the first one that is asked for takes no longer than the others.
/// As pure computing as drawing is.
///
/// # Errors
/// As [`Pictures::png`].
pub fn prepare() -> Result<(), RenderError> {
    let mut canvas = Canvas::new(Theme::Light, "0123456789", "abcdefghijklmnopqrstuvwxyz", "");
    let point = |value| Point { label: "ABC".into(), value: Some(value), shown: "0".into(), running: false };
    let trend = Trend { points: vec![point(1.0), point(2.0)], target: Some(Line { value: 1.5, label: "0%".into() }) };
    trend::draw(&mut canvas, &trend, &Scale::Number);
    raster::png(&canvas.finish()).map(drop)
}

/// Draws charts, and remembers the pictures it drew last.
///
/// Drawing takes tens of milliseconds of pure computing: call it where that holds nobody up.
#[derive(Debug)]
pub struct Pictures {
    /// The latest first.
    kept: Mutex<VecDeque<Kept>>,
    most: usize,
}

#[derive(Debug)]
struct Kept {
    /// The whole chart rather than a hash of it: comparing is faster than drawing, and never wrong.
    chart: Chart,
    theme: Theme,
    png: Arc<[u8]>,
}

impl Pictures {
    /// Remembers so many pictures, of a few hundred kB each at most.
    pub const fn new(most: usize) -> Self {
        Self { kept: Mutex::new(VecDeque::new()), most }
    }

    /// The picture of a chart.
    ///
    /// # Errors
    /// When it cannot be drawn, which is a fault of this room.
    pub fn png(&self, chart: &Chart, theme: Theme) -> Result<Arc<[u8]>, RenderError> {
        if let Some(known) = self.known(chart, theme) {
            return Ok(known);
        }
        let png: Arc<[u8]> = raster::png(&svg(chart, theme))?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(Kept { chart: chart.clone(), theme, png: Arc::clone(&png) });
        kept.truncate(self.most);
        Ok(png)
    }

    fn known(&self, chart: &Chart, theme: Theme) -> Option<Arc<[u8]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|kept| kept.theme == theme && kept.chart == *chart)?;
        let found = kept.remove(place)?;
        let png = Arc::clone(&found.png);
        kept.push_front(found);
        Some(png)
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new(64)
    }
}
