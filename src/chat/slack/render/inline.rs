//! Text within a block: pieces as `rich_text` elements, or as one text object where Slack wants that.

use serde_json::{Value, json};

use super::{limit, plain};
use crate::chat::text;
use crate::domain::message::{Piece, Text};
use crate::domain::timestamp::Timestamp;

/// Kept for the note about what was cut.
const NOTE: usize = 50;
/// The last second of the year 9999, after which clients do not show dates.
const LAST_SECOND: i64 = 253_402_300_799;
const DATE: &str = "{date_short_pretty} {time}";

/// Elements of a `rich_text_section`.
pub(super) struct Paragraph {
    pub(super) elements: Vec<Value>,
    pub(super) size: usize,
}

/// The text in at most `room` units; `None` if there is nothing to see.
pub(super) fn paragraph(text: &Text, room: usize) -> Option<Paragraph> {
    let total: usize = text.0.iter().map(|piece| units(&visible(piece))).sum();
    let mut left = if total <= room { room } else { room.saturating_sub(NOTE) };
    let mut elements = Vec::new();
    let mut size = 0;
    for piece in &text.0 {
        let whole = visible(piece);
        let kept = prefix(&whole, left);
        if kept.is_empty() {
            continue;
        }
        left -= units(kept);
        size += units(kept);
        elements.push(element(piece, kept));
    }
    if size < total {
        elements.push(json!({"type": "text", "text": cut_note(total - size)}));
        size += NOTE;
    }
    let blank = text.0.iter().all(|piece| visible(piece).trim().is_empty());
    (!blank).then_some(Paragraph { elements, size })
}

fn element(piece: &Piece, kept: &str) -> Value {
    match piece {
        Piece::Plain(_) => json!({"type": "text", "text": kept}),
        Piece::Bold(_) => json!({"type": "text", "text": kept, "style": {"bold": true}}),
        Piece::Time(at) => match seconds(*at) {
            Some(seconds) => json!({"type": "date", "timestamp": seconds, "format": DATE, "fallback": utc(*at)}),
            None => json!({"type": "text", "text": kept}),
        },
        Piece::Link { url, .. } => link(url, kept).unwrap_or_else(|| json!({"type": "text", "text": kept})),
    }
}

/// A link, if the address may be one.
pub(super) fn link(url: &str, label: &str) -> Option<Value> {
    let url = text::web_address(url).filter(|url| units(url) <= limit::URL)?;
    Some(json!({"type": "link", "url": url, "text": label}))
}

/// What a reader sees of a piece.
pub(super) fn visible(piece: &Piece) -> String {
    match piece {
        Piece::Plain(text) | Piece::Bold(text) => text::clean(text),
        Piece::Time(at) => utc(*at),
        Piece::Link { label, url } => {
            let label = text::one_line(label);
            if label.is_empty() { text::web_address(url).unwrap_or_default() } else { label }
        }
    }
}

/// A label and its value, or a line of small print, as one text object: `mrkdwn` while nothing in it could be read as
/// markup, else `plain_text`.
pub(super) fn text_object(label: Option<&str>, text: &Text, room: usize) -> Option<Value> {
    let label = label.map(text::one_line).filter(|label| !label.is_empty());
    let mut shown: String = text.0.iter().map(visible).collect();
    if shown.trim().is_empty() {
        label.as_ref()?;
        shown = "–".to_owned();
    }
    let whole = match &label {
        Some(label) => format!("{label}\n{shown}"),
        None => shown,
    };
    if is_free_of_markup(&whole) {
        let value = mrkdwn(text);
        let value = if value.trim().is_empty() { "–".to_owned() } else { value };
        let spelled = match &label {
            Some(label) => format!("*{}*\n{value}", escape(label)),
            None => value,
        };
        if units(&spelled) <= room {
            return Some(json!({"type": "mrkdwn", "text": spelled, "verbatim": true}));
        }
    }
    Some(plain(&clip(&whole, room)))
}

/// Whether Slack shows `mrkdwn` text (escaped and verbatim) as it stands: no emphasis, code, quotation or emoji.
fn is_free_of_markup(text: &str) -> bool {
    !text.contains(['*', '_', '~', '`'])
        && !text.lines().any(|line| line.trim_start().starts_with('>'))
        && !has_emoji_code(text)
}

/// `:tada:`; a clock time such as `09:30:15` is taken for one too, which costs it nothing but emphasis.
fn has_emoji_code(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-+'".contains(c);
    let mut between: Vec<&str> = text.split(':').skip(1).collect();
    between.pop();
    between.iter().any(|name| !name.is_empty() && name.chars().all(is_name))
}

fn mrkdwn(text: &Text) -> String {
    let mut out = String::new();
    for (n, piece) in text.0.iter().enumerate() {
        let shown = visible(piece);
        let next = text.0.get(n + 1).map(visible);
        match piece {
            Piece::Plain(_) => out.push_str(&escape(&shown)),
            Piece::Bold(_) if stands_alone(&out, &shown, next.as_deref()) => {
                out.push_str(&format!("*{}*", escape(&shown)));
            }
            Piece::Bold(_) => out.push_str(&escape(&shown)),
            Piece::Time(at) => match seconds(*at) {
                Some(seconds) => out.push_str(&format!("<!date^{seconds}^{DATE}|{shown}>")),
                None => out.push_str(&shown),
            },
            Piece::Link { url, .. } => match text::web_address(url).filter(|url| units(url) <= limit::URL) {
                // A bar would end the address; everything else that could is encoded already.
                Some(url) => out.push_str(&format!("<{}|{}>", escape(&url.replace('|', "%7C")), escape(&shown))),
                None => out.push_str(&escape(&shown)),
            },
        }
    }
    out
}

/// Asterisks embolden only between spaces or punctuation; elsewhere they would be shown.
fn stands_alone(before: &str, shown: &str, next: Option<&str>) -> bool {
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '*');
    !shown.is_empty()
        && shown.trim() == shown
        && !shown.contains('\n')
        && !touches(before.chars().next_back())
        && !touches(next.and_then(|next| next.chars().next()))
}

/// Seconds since the epoch, where clients can show them.
fn seconds(at: Timestamp) -> Option<i64> {
    Some(at.millis().div_euclid(1000)).filter(|seconds| (0..=LAST_SECOND).contains(seconds))
}

fn utc(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The three characters that `mrkdwn` reserves.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As Slack counts at its strictest.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// At most `room` units, with a note of how many characters are missing.
pub(super) fn clip(text: &str, room: usize) -> String {
    if units(text) <= room {
        return text.to_owned();
    }
    let kept = prefix(text, room.saturating_sub(NOTE));
    format!("{kept}{}", cut_note(units(text) - units(kept)))
}

/// At most `room` units; what is missing shows as `…`.
pub(in crate::chat::slack) fn shorten(text: &str, room: usize) -> String {
    if units(text) <= room { text.to_owned() } else { format!("{}…", prefix(text, room - 1).trim_end()) }
}

fn cut_note(units: usize) -> String {
    format!("… ({units} characters left out)")
}

fn prefix(text: &str, room: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > room
    });
    end.map_or(text, |(at, _)| &text[..at])
}
