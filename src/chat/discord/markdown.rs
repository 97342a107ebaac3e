//! Discord's markup: text of ours and of strangers, spelled so that only ours has any effect.
//!
//! Every function takes the room there is and never exceeds it. Room is counted in UTF-16 units, which is never less
//! than what Discord counts. Cutting happens before escaping, so an escape is never torn apart.

use super::super::text;
use crate::domain::message::{Piece, Text};
use crate::domain::timestamp::Timestamp;

/// How much of a limit a text uses.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Where a line stands, for the markup that works only at its start.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Start,
    Number,
    Inside,
}

/// Writes pieces of text into a limited space.
struct Writer {
    out: String,
    left: usize,
    line: Line,
    cut: bool,
}

impl Writer {
    /// One unit is kept for the `…` that says something is missing.
    fn new(room: usize) -> Self {
        Self { out: String::new(), left: room.saturating_sub(1), line: Line::Start, cut: room == 0 }
    }

    /// Writes something that must not be torn apart.
    fn whole(&mut self, text: &str) {
        let size = units(text);
        self.cut |= size > self.left;
        if self.cut {
            return;
        }
        self.out.push_str(text);
        self.left -= size;
        self.line = Line::Inside;
    }

    /// Writes a stranger's text, harmless; as much as there is room for.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            let special = matches!(
                c,
                '\\' | '*' | '_' | '~' | '|' | '>' | '#' | '-' | '[' | ']' | '(' | ')' | '@' | '<' | ':' | '/' | '`'
            );
            // `1.` opens a list.
            let special = special || (c == '.' && self.line == Line::Number);
            let next = match c {
                '\n' => Line::Start,
                c if c.is_whitespace() && self.line == Line::Start => Line::Start,
                c if c.is_ascii_digit() && self.line != Line::Inside => Line::Number,
                _ => Line::Inside,
            };
            let mut spelled = String::from(if special { "\\" } else { "" });
            spelled.push(c);
            self.whole(&spelled);
            if self.cut {
                return;
            }
            self.line = next;
        }
    }

    fn bold(&mut self, text: &str) {
        let clean = text::clean(text);
        if clean.trim().is_empty() {
            return self.escaped(&clean);
        }
        if self.out.ends_with("**") {
            // Two bold pieces in a row are one: `****` between them would be shown.
            self.out.truncate(self.out.len() - 2);
            self.left += 2;
        } else if self.left > 6 {
            self.whole("**");
        } else {
            self.cut = true;
            return;
        }
        self.left -= 2;
        self.escaped(&clean);
        self.out.push_str("**");
    }

    fn finish(mut self) -> String {
        if self.cut && !self.out.is_empty() {
            self.out.push('…');
        }
        self.out
    }
}

/// A stranger's text without any effect.
pub(super) fn escape(text: &str, room: usize) -> String {
    let mut writer = Writer::new(room);
    writer.escaped(&text::clean(text));
    writer.finish()
}

/// Text with its emphasis, times and links.
pub(super) fn markdown(text: &Text, room: usize) -> String {
    let mut writer = Writer::new(room);
    for piece in &text.0 {
        match piece {
            Piece::Plain(text) => writer.escaped(&text::clean(text)),
            Piece::Bold(text) => writer.bold(text),
            Piece::Time(at) => writer.whole(&time(*at)),
            Piece::Link { label, url } => match link(label, url) {
                Some(link) => writer.whole(&link),
                None => writer.escaped(&text::clean(label)),
            },
        }
    }
    writer.finish()
}

/// Shown in the reader's own zone and language.
fn time(at: Timestamp) -> String {
    // What Discord's own clients can show: the range of a JavaScript date.
    const FARTHEST_S: i64 = 8_640_000_000_000;
    let seconds = at.millis().div_euclid(1000).clamp(-FARTHEST_S, FARTHEST_S);
    format!("<t:{seconds}:f>")
}

fn link(label: &str, url: &str) -> Option<String> {
    const LONGEST: usize = 1000;
    let url = text::web_address(url)?.replace('(', "%28").replace(')', "%29");
    let label = escape(&text::one_line(label), 200);
    let label = if label.is_empty() { "link" } else { &label };
    (units(&url) <= LONGEST).then(|| format!("[{label}]({url})"))
}

/// Text where Discord knows no markup (footers, buttons), on one line.
pub(super) fn plain(text: &str, room: usize) -> String {
    let line = text::one_line(text);
    if units(&line) <= room {
        return line;
    }
    let mut left = room.saturating_sub(1);
    let kept = line.chars().take_while(|c| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    kept.chain((room > 0).then_some('…')).collect()
}

/// A fixed-width block: nothing in it has any effect, and it cannot be closed from inside.
pub(super) fn code(text: &str, room: usize) -> String {
    const FENCES: usize = "```\n\n```".len();
    let harmless = text::clean(text).replace('`', "ˋ");
    let harmless = harmless.trim_matches('\n');
    if harmless.trim().is_empty() || room < FENCES + 2 {
        return String::new();
    }
    let mut left = room - FENCES - 1;
    let kept: String = harmless
        .chars()
        .take_while(|c| match left.checked_sub(c.len_utf16()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .collect();
    let mark = if kept.len() < harmless.len() { "…" } else { "" };
    format!("```\n{kept}{mark}\n```")
}
