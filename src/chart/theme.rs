//! Colours: a light card for Slack, a dark one for Discord. Both are safe for the colour-blind (after Okabe and Ito), and
//! whatever a colour says is said by shape too.

/// Where a picture will be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// On white.
    #[default]
    Light,
    /// On Discord's grey.
    Dark,
}

/// The colours of a theme.
#[derive(Debug)]
pub(super) struct Colours {
    /// Behind everything.
    pub(super) ground: &'static str,
    /// Text that is read first.
    pub(super) ink: &'static str,
    /// Text beside it.
    pub(super) muted: &'static str,
    /// Lines that only help the eye.
    pub(super) grid: &'static str,
    /// The numbers asked for.
    pub(super) main: &'static str,
    /// What should be reached.
    pub(super) target: &'static str,
    /// What was before.
    pub(super) before: &'static str,
    /// Parts of a whole.
    pub(super) layers: [&'static str; 6],
}

const LIGHT: Colours = Colours {
    ground: "#ffffff",
    ink: "#1d1c1d",
    muted: "#5c5b5e",
    grid: "#e4e4e8",
    main: "#0072b2",
    target: "#b8480a",
    before: "#86868b",
    layers: ["#0072b2", "#d98200", "#008f68", "#b3568a", "#3d9bd6", "#86868b"],
};

const DARK: Colours = Colours {
    ground: "#232428",
    ink: "#f2f3f5",
    muted: "#b5bac1",
    grid: "#3c3e45",
    main: "#5cb8f0",
    target: "#f5ad42",
    before: "#8e9297",
    layers: ["#4aa3df", "#f0a020", "#19b88a", "#d98cb8", "#9ad1f5", "#8e9297"],
};

impl Theme {
    pub(super) const fn colours(self) -> &'static Colours {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    /// WCAG 2.2, 1.4.3 and 1.4.11.
    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_shapes_stand_out_from_their_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let c = theme.colours();
            for (text, colour) in [("ink", c.ink), ("muted", c.muted), ("target", c.target)] {
                assert!(contrast(colour, c.ground) >= 4.5, "{theme:?} {text} {}", contrast(colour, c.ground));
            }
            for colour in c.layers.iter().chain([&c.main, &c.before]) {
                assert!(contrast(colour, c.ground) >= 2.8, "{theme:?} {colour} {}", contrast(colour, c.ground));
            }
        }
    }
}
