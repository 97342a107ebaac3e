//! Text as it can stand in a picture: how wide it is, what of it can be shown, escaped.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

/// The faces in the binary; their directory says where they come from and how they were made.
pub(super) const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.ttf");
pub(super) const BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.ttf");

/// What stands for a character the faces do not have.
const UNKNOWN: char = '□';

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    /// In units of the picture.
    pub(super) size: f64,
    /// Heavier.
    pub(super) bold: bool,
}

impl Face {
    pub(super) const TITLE: Self = Self { size: 19.0, bold: true };
    pub(super) const LABEL: Self = Self { size: 14.0, bold: false };
    pub(super) const VALUE: Self = Self { size: 14.0, bold: true };

    fn font(self) -> &'static Font {
        if self.bold { &FONTS.1 } else { &FONTS.0 }
    }

    /// How wide a text is. Without kerning, which makes it a little narrower.
    pub(super) fn width(self, text: &str) -> f64 {
        text.chars().map(|c| f64::from(self.font().advance(c).unwrap_or_default())).sum::<f64>() * self.size
    }

    /// The text, or as much of its beginning as fits, with an ellipsis.
    pub(super) fn fit(self, text: &str, width: f64) -> String {
        let text = plain(text);
        if self.width(&text) <= width {
            return text;
        }
        let mut left = width - self.width("…");
        let fits = |c: &char| {
            left -= f64::from(self.font().advance(*c).unwrap_or_default()) * self.size;
            left >= 0.0
        };
        let kept: String = text.chars().take_while(fits).collect();
        format!("{}…", kept.trim_end())
    }
}

/// One line of what can be shown: no control characters, nothing that turns the direction, joins or has no width.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    // No more than could ever be shown; subjects of 10,000 characters exist.
    for c in text.chars().take(400) {
        match c {
            c if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if FONTS.0.advance(c).is_some_and(|width| width > 0.0) => out.push(c),
            c if is_invisible(c) => {}
            _ => out.push(UNKNOWN),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Control characters, marks that combine, and what formats without being seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Plain text for XML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

static FONTS: LazyLock<(Font, Font)> = LazyLock::new(|| (Font::new(REGULAR), Font::new(BOLD)));

struct Font {
    font: FontRef<'static>,
    /// In parts of the size.
    glyphs: GlyphMetrics<'static>,
}

impl Font {
    fn new(data: &'static [u8]) -> Self {
        let font = FontRef::new(data).expect("the faces in the binary are faces");
        let glyphs = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        Self { font, glyphs }
    }

    /// How far a character takes the pen at size 1; `None` of what the face does not have.
    fn advance(&self, c: char) -> Option<f32> {
        self.glyphs.advance_width(self.font.charmap().map(c)?)
    }
}
