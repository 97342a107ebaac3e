//! What every platform does to text before spelling it its own way: hostile characters out, widths, sparklines,
//! addresses that may become links. Escaping belongs to each platform's renderer.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks stacked on one character beyond this many are vandalism, not writing.
const MARKS: usize = 4;

/// Removes what a reader cannot see but a renderer obeys: control characters, zero-width characters, direction
/// overrides, piles of combining marks. Line breaks stay.
pub fn clean(text: &str) -> String {
    let mut marks = 0;
    let visible = text.replace("\r\n", "\n");
    visible
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .filter(|c| {
            marks = if c.width() == Some(0) { marks + 1 } else { 0 };
            marks <= MARKS
        })
        .collect()
}

/// [`clean`], on one line, with single spaces.
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Columns of a fixed-width face.
pub fn width(text: &str) -> usize {
    text.width()
}

/// At most `columns` wide; what was cut off shows as `…`.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < columns
    });
    let mut short: String = kept.collect();
    short.truncate(short.trim_end().len());
    if columns > 0 {
        short.push('…');
    }
    short
}

/// Fills up with spaces to `columns`, on the left for numbers.
pub fn pad(text: &str, columns: usize, right: bool) -> String {
    let fill = " ".repeat(columns.saturating_sub(width(text)));
    if right { fill + text } else { text.to_owned() + &fill }
}

/// A series as block characters, `·` where there is no data; longer ones are averaged down to `most` characters.
pub fn sparkline(values: &[Option<f64>], most: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let chunk = values.len().div_ceil(most.max(1)).max(1);
    let means: Vec<Option<f64>> = values.chunks(chunk).map(mean).collect();
    let known = || means.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let bar = |value: f64| {
        // Halves first, so that the span of two huge numbers stays finite.
        let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        // A flat series has no share (0 / 0) and stands in the middle.
        let step = if share.is_finite() { (share * 7.0).round() } else { 3.0 };
        BARS[(step.clamp(0.0, 7.0)) as usize]
    };
    means.iter().map(|mean| mean.map_or('·', bar)).collect()
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().filter(|v| v.is_finite()).collect();
    let share = 1.0 / known.len() as f64;
    (!known.is_empty()).then(|| known.iter().map(|v| v * share).sum())
}

/// The address in its normal spelling if it may become a link: `http` or `https` with a host, nothing else.
pub fn web_address(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    web.then(|| url.to_string())
}

/// A hand-made message with everything in it that customers have ever tried.
#[cfg(test)]
pub(crate) mod fixtures;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_taken_out() {
        let cases = [
            ("plain", "plain"),
            ("a\u{202e}b\u{2066}c", "abc"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("esc\u{1b}[31mred\u{7}", "esc[31mred"),
            ("two\r\nlines\rthree", "two\nlines\nthree"),
            ("tab\there", "tab here"),
            ("z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}algo", "z\u{300}\u{301}\u{302}\u{303}algo"),
            ("日本語 ok", "日本語 ok"),
        ];
        for (hostile, clean_text) in cases {
            assert_eq!(clean(hostile), clean_text, "{hostile:?}");
        }
        assert_eq!(one_line("  a \n\n b\t c "), "a b c");
    }

    #[test]
    fn widths_count_columns_not_characters() {
        assert_eq!(width("日本"), 4);
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("hello world", 7), "hello…");
        assert_eq!(cut("x", 0), "");
        assert_eq!(pad("日", 4, true), "  日");
        assert_eq!(pad("a", 3, false), "a  ");
    }

    #[test]
    fn a_sparkline_spans_its_own_range_and_shows_gaps() {
        assert_eq!(sparkline(&[Some(0.0), None, Some(7.0)], 60), "▁·█");
        assert_eq!(sparkline(&[Some(5.0), Some(5.0)], 60), "▄▄");
        assert_eq!(sparkline(&[Some(f64::NAN), Some(f64::MIN), Some(f64::MAX)], 60), "·▁█");
        assert_eq!(sparkline(&[], 60), "");
        let long: Vec<_> = (0..1000).map(|n| Some(f64::from(n))).collect();
        assert_eq!(sparkline(&long, 8), "▁▂▃▄▅▆▇█");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(web_address("https://desk.example/t/1 2").as_deref(), Some("https://desk.example/t/1%202"));
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "ftp://x", "desk.example", "", "https://", "slack://x"]
        {
            assert_eq!(web_address(bad), None, "{bad}");
        }
    }
}
