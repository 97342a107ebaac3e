//! The sheet a chart is drawn on: head, legend, shapes and text, each already escaped.

use std::fmt::Write;

use super::theme::{Colours, Theme};
use super::words::{Face, escaped, plain};

/// How wide every picture is, in units.
pub(super) const WIDTH: f64 = 480.0;

/// Free space at each side.
pub(super) const PAD: f64 = 16.0;

/// From one line of text to the next.
const LINE: f64 = 22.0;

/// At which end of a text its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    /// Lengths of dash and gap; `None` = solid.
    pub(super) dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) const fn solid(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dash: None }
    }

    pub(super) const fn dashed(colour: &'static str, width: f64, dash: f64, gap: f64) -> Self {
        Self { colour, width, dash: Some((dash, gap)) }
    }

    fn attributes(self) -> String {
        let dash = self.dash.map(|(dash, gap)| format!(" stroke-dasharray=\"{dash} {gap}\"")).unwrap_or_default();
        format!("stroke=\"{}\" stroke-width=\"{}\"{dash}", self.colour, self.width)
    }
}

/// How an area is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// One colour.
    Plain(&'static str),
    /// A layer's pattern, by its number.
    Layer(usize),
    /// Hatched: what was before.
    Before,
}

/// What stands before the words of a legend.
#[derive(Clone, Copy, Debug)]
pub(super) enum Swatch {
    Area(Fill),
    Line(Stroke),
    Upright(Stroke),
    Ring,
}

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) colours: &'static Colours,
    alt: String,
    body: String,
    /// Fills that need a definition, as they came.
    patterns: Vec<Fill>,
    /// Everything above is taken.
    pub(super) top: f64,
}

impl Canvas {
    pub(super) fn new(theme: Theme, title: &str, subtitle: &str, alt: &str) -> Self {
        let colours = theme.colours();
        let mut canvas = Self { colours, alt: plain(alt), body: String::new(), patterns: Vec::new(), top: 68.0 };
        let width = WIDTH - 2.0 * PAD;
        canvas.text((PAD, 34.0), Anchor::Start, Face::TITLE, colours.ink, &Face::TITLE.fit(title, width));
        canvas.text((PAD, 56.0), Anchor::Start, Face::LABEL, colours.muted, &Face::LABEL.fit(subtitle, width));
        canvas
    }

    /// Text whose width is known to fit, on the bare ground.
    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, face: Face, colour: &str, text: &str) {
        self.write(at, anchor, face, &format!("fill=\"{colour}\""), text);
    }

    /// The same on what is drawn already: it stands out by an edge, which takes longer to draw than the letters.
    pub(super) fn text_over(&mut self, at: (f64, f64), anchor: Anchor, face: Face, colour: &str, text: &str) {
        let ground = self.colours.ground;
        let paint = format!(
            "fill=\"{colour}\" stroke=\"{ground}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
        );
        self.write(at, anchor, face, &paint, text);
    }

    fn write(&mut self, (x, y): (f64, f64), anchor: Anchor, face: Face, paint: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if face.bold { " font-weight=\"600\"" } else { "" };
        let (size, text) = (face.size, escaped(text));
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\"{weight}{anchor} {paint}>{text}</text>"
        ));
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: Stroke) {
        let stroke = stroke.attributes();
        self.push(format_args!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {stroke}/>"));
    }

    /// A path by its SVG commands.
    pub(super) fn path(&mut self, commands: &str, stroke: Stroke) {
        let stroke = stroke.attributes();
        self.push(format_args!(
            "<path d=\"{commands}\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" {stroke}/>"
        ));
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: Fill) {
        if width <= 0.0 || height <= 0.0 {
            return;
        }
        let fill = self.fill(fill);
        self.push(format_args!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {fill}/>"));
    }

    /// A square of a shade, by its middle.
    pub(super) fn square(&mut self, (x, y): (f64, f64), side: f64, colour: &str, shade: f64) {
        let half = side / 2.0;
        self.push(format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" fill=\"{colour}\" \
             fill-opacity=\"{shade:.2}\"/>",
            x - half,
            y - half,
        ));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: &str) {
        self.push(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>"));
    }

    /// A dot whose time is not over.
    pub(super) fn ring(&mut self, (x, y): (f64, f64)) {
        let (ground, main) = (self.colours.ground, self.colours.main);
        self.push(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{ground}\" stroke=\"{main}\" stroke-width=\"2.5\"/>"
        ));
    }

    /// What the marks of the picture mean, in as many lines as it takes.
    pub(super) fn legend(&mut self, items: &[(Swatch, String)]) {
        const SWATCH: f64 = 24.0;
        const APART: f64 = 18.0;
        if items.is_empty() {
            return;
        }
        let (mut x, mut y) = (PAD, self.top + 16.0);
        for (swatch, words) in items {
            let words = Face::LABEL.fit(words, WIDTH - 2.0 * PAD - SWATCH);
            let width = SWATCH + Face::LABEL.width(&words);
            if x > PAD && x + width > WIDTH - PAD {
                (x, y) = (PAD, y + LINE);
            }
            let middle = y - 5.0;
            match swatch {
                Swatch::Area(fill) => self.rect((x, middle - 7.0), (17.0, 14.0), *fill),
                Swatch::Line(stroke) => self.line((x, middle), (x + 18.0, middle), *stroke),
                Swatch::Upright(stroke) => self.line((x + 9.0, middle - 9.0), (x + 9.0, middle + 9.0), *stroke),
                Swatch::Ring => self.ring((x + 9.0, middle)),
            }
            self.text((x + SWATCH, y), Anchor::Start, Face::LABEL, self.colours.ink, &words);
            x += width + APART;
        }
        self.top = y + 10.0;
    }

    /// Says that there is nothing to draw.
    pub(super) fn nothing(&mut self) {
        let at = (WIDTH / 2.0, self.top + 70.0);
        self.text(at, Anchor::Middle, Face::LABEL, self.colours.muted, "no data in this period");
        self.top += 120.0;
    }

    /// The whole as SVG text.
    pub(super) fn finish(self) -> String {
        let Self { colours, alt, body, patterns, top } = self;
        let height = (top + 4.0).ceil();
        let definitions: String = patterns.iter().map(|fill| definition(*fill, colours)).collect();
        let definitions = if definitions.is_empty() { definitions } else { format!("<defs>\n{definitions}</defs>\n") };
        let (alt, ground) = (escaped(&alt), colours.ground);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" font-family=\"Inter\" role=\"img\">\n<title>{alt}</title>\n{definitions}\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"{ground}\"/>\n{body}</svg>\n"
        )
    }

    fn fill(&mut self, fill: Fill) -> String {
        if let Fill::Plain(colour) = fill {
            return format!("fill=\"{colour}\"");
        }
        if !self.patterns.contains(&fill) {
            self.patterns.push(fill);
        }
        format!("fill=\"url(#{})\"", name(fill))
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        self.body.write_fmt(element).expect("text takes any text");
        self.body.push('\n');
    }
}

fn name(fill: Fill) -> String {
    match fill {
        Fill::Plain(colour) => colour.to_owned(),
        Fill::Layer(layer) => format!("layer{layer}"),
        Fill::Before => "before".to_owned(),
    }
}

/// A fill as an SVG pattern: each layer can be told apart without its colour.
fn definition(fill: Fill, colours: &Colours) -> String {
    let ground = colours.ground;
    let (size, colour, marks) = match fill {
        Fill::Plain(_) => return String::new(),
        Fill::Before => {
            let marks = format!(
                "<path d=\"M-1,1 l2,-2 M0,5 l5,-5 M4,6 l2,-2\" stroke=\"{}\" stroke-width=\"1.6\"/>",
                colours.before
            );
            (5, ground, marks)
        }
        Fill::Layer(layer) => {
            let stroked = |d: &str, width: f64| {
                format!("<path d=\"{d}\" stroke=\"{ground}\" stroke-width=\"{width}\" fill=\"none\"/>")
            };
            let marks = match layer % 6 {
                0 => String::new(),
                1 => stroked("M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", 1.5),
                2 => format!("<circle cx=\"3\" cy=\"3\" r=\"1.3\" fill=\"{ground}\"/>"),
                3 => stroked("M0,3 h6", 1.5),
                4 => stroked("M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2", 1.5),
                _ => stroked("M3,0 v6", 1.5),
            };
            (6, colours.layers[layer % colours.layers.len()], marks)
        }
    };
    let id = name(fill);
    format!(
        "<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"{colour}\"/>{marks}</pattern>\n"
    )
}
