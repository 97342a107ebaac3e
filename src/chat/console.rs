//! This terminal as a platform: a card with a bar in the colour of the mood, aligned tables, small print at the end.
//!
//! Without colour the same card is plain text: the mood is also a mark and a word. Control characters of strangers
//! never reach the terminal.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::{AnsiColor, Color, Style};
use chrono_tz::Tz;
use comfy_table::{CellAlignment, ContentArrangement};
use unicode_width::UnicodeWidthChar;

use super::SendError;
use super::text;
use crate::domain::message::{Action, ActionKind, Block, Choice, Field, Menu, Message, Piece, Table, Text, Tone};
use crate::domain::timestamp::Timestamp;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const LINK: Style = Style::new().underline();
const PLAIN: Style = Style::new();

/// Narrower terminals are treated as this wide.
const NARROWEST: usize = 30;
/// Lines of text longer than this are hard to read.
const WIDEST_TEXT: usize = 100;

/// A message as a card of at most `width` columns where words and tables can be broken that far; ends with a newline.
pub fn render(message: &Message, colour: bool, width: usize, zone: Tz) -> String {
    let (mark, word, tone) = match message.tone {
        Tone::Neutral => ("◆", "", AnsiColor::Blue),
        Tone::Good => ("✔", "Good: ", AnsiColor::Green),
        Tone::Warning => ("▲", "Warning: ", AnsiColor::Yellow),
        Tone::Bad => ("✖", "Problem: ", AnsiColor::Red),
    };
    let tone = Style::new().fg_color(Some(Color::Ansi(tone)));
    let room = width.max(NARROWEST) - 2;
    let painter = Painter { room, zone, tone };

    let title = [Span::new(format!("{mark} {word}"), tone.bold()), Span::new(text::one_line(&message.title), BOLD)];
    let mut sections = vec![wrap(&title, room)];
    let call: Vec<String> = message.mentions.iter().map(|mention| text::one_line(&mention.shown())).collect();
    sections.push(if call.is_empty() { Vec::new() } else { wrap(&[Span::new(call.join(" "), BOLD)], room) });
    sections.extend(message.blocks.iter().map(|block| painter.block(block)));
    sections.push(painter.menus(&message.menus));
    sections.push(painter.actions(&message.actions));
    sections.push(painter.footer(&message.footer));

    let mut card = String::new();
    let bar = Span::new("▌", tone);
    let mut first = true;
    for section in sections.iter().filter(|section| !section.is_empty()) {
        if !first {
            bar.paint(colour, &mut card);
            card.push('\n');
        }
        first = false;
        for line in section {
            bar.paint(colour, &mut card);
            let start = card.len();
            card.push(' ');
            line.iter().for_each(|span| span.paint(colour, &mut card));
            let end = card.trim_end_matches(' ').len().max(start);
            card.truncate(end);
            card.push('\n');
        }
    }
    card
}

/// Text in one style.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    text: String,
    style: Style,
}

type Line = Vec<Span>;

impl Span {
    fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self::new(text, PLAIN)
    }

    fn paint(&self, colour: bool, out: &mut String) {
        if colour && self.style != PLAIN {
            out.push_str(&format!("{}{}{}", self.style.render(), self.text, self.style.render_reset()));
        } else {
            out.push_str(&self.text);
        }
    }
}

struct Painter {
    room: usize,
    zone: Tz,
    tone: Style,
}

impl Painter {
    fn block(&self, block: &Block) -> Vec<Line> {
        match block {
            Block::Text(text) => wrap(&self.spans(text), self.room.min(WIDEST_TEXT)),
            Block::Fields(fields) => self.fields(fields),
            Block::Table(table) => self.table(table),
            Block::Sparkline { label, values } => self.sparkline(label, values),
            Block::Code(code) => self.code(code),
        }
    }

    fn spans(&self, text: &Text) -> Vec<Span> {
        let mut spans = Vec::new();
        for piece in &text.0 {
            match piece {
                Piece::Plain(text) => spans.push(Span::plain(text::clean(text))),
                Piece::Bold(text) => spans.push(Span::new(text::clean(text), BOLD)),
                Piece::Time(at) => spans.push(Span::plain(time(*at, self.zone))),
                Piece::Link { label, url } => {
                    spans.push(Span::new(text::one_line(label), LINK));
                    if let Some(url) = text::web_address(url) {
                        spans.push(Span::new(format!(" ({url})"), DIM));
                    }
                }
            }
        }
        spans
    }

    /// Labels above values, as many side by side as there is room for.
    fn fields(&self, fields: &[Field]) -> Vec<Line> {
        const GAP: usize = 3;
        let mut lines = Vec::new();
        let (mut labels, mut values, mut used) = (Line::new(), Line::new(), 0);
        for field in fields {
            let label = text::cut(&text::one_line(&field.label), self.room);
            let value = text::cut(&self.one_line(&field.value), self.room);
            let width = text::width(&label).max(text::width(&value));
            if used > 0 && used + width > self.room {
                lines.extend([std::mem::take(&mut labels), std::mem::take(&mut values), Line::new()]);
                used = 0;
            }
            let padded = |text: &str| text::pad(text, width + GAP, false);
            labels.push(Span::new(padded(&label), DIM));
            values.push(Span::new(padded(&value), BOLD));
            used += width + GAP;
        }
        if !labels.is_empty() {
            lines.extend([labels, values]);
        }
        lines
    }

    fn one_line(&self, text: &Text) -> String {
        let words: String = text
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Time(at) => time(*at, self.zone),
                Piece::Plain(text) | Piece::Bold(text) => text.clone(),
                Piece::Link { label, .. } => label.clone(),
            })
            .collect();
        text::one_line(&words)
    }

    fn table(&self, table: &Table) -> Vec<Line> {
        const GAP: usize = 3;
        const NARROWEST_COLUMN: usize = 5;
        let columns = table.rows.iter().map(Vec::len).chain([table.columns.len()]).max().unwrap_or(0);
        let room = (self.room + GAP).saturating_sub(columns * GAP);
        let mut lines =
            if room < columns * NARROWEST_COLUMN { self.list(table) } else { self.grid(table, columns, room) };
        if table.more > 0 {
            let rows = if table.more == 1 { "row" } else { "rows" };
            lines.push(vec![Span::new(format!("… {} more {rows}", table.more), DIM)]);
        }
        lines
    }

    /// Columns side by side; cells that are too wide go on below.
    fn grid(&self, table: &Table, columns: usize, room: usize) -> Vec<Line> {
        let heads: Vec<String> =
            (0..columns).map(|i| table.columns.get(i).map_or_else(String::new, |c| text::one_line(&c.head))).collect();
        let cell = |row: &[Text], index: usize| row.get(index).map_or_else(String::new, |text| self.one_line(text));
        let rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| (0..columns).map(|i| cell(row, i)).collect()).collect();
        let natural: Vec<usize> = (0..columns)
            .map(|i| rows.iter().chain([&heads]).map(|row| text::width(&row[i])).max().unwrap_or(0))
            .collect();
        // The widest width that, if no column is wider, lets all of them fit.
        let fits = |most: &usize| natural.iter().map(|width| width.min(most)).sum::<usize>() <= room;
        let most = (1..=room).rev().find(fits).unwrap_or(1);
        let broken = |row: &Vec<String>| -> Vec<String> {
            let lines = |cell: &String| wrap(&[Span::plain(cell.as_str())], most);
            row.iter().map(|cell| lines(cell).iter().map(plain).collect::<Vec<_>>().join("\n")).collect()
        };

        let mut grid = comfy_table::Table::new();
        grid.load_preset("     ──            ").force_no_tty().set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(broken(&heads)).add_rows(rows.iter().map(broken));
        for (index, column) in grid.column_iter_mut().enumerate() {
            column.set_padding((0, if index + 1 == columns { 0 } else { 2 }));
            if table.columns.get(index).is_some_and(|column| column.right) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        // Colour comes last: the grid would count it as width.
        let mut style = BOLD;
        let paint = |line: String| {
            let is_rule = style == BOLD && line.contains('─') && line.chars().all(|c| c == '─');
            let painted = Span::new(line, if is_rule { DIM } else { style });
            if is_rule {
                style = PLAIN;
            }
            vec![painted]
        };
        grid.lines().map(paint).collect()
    }

    /// One line a row, for terminals with no room for the columns.
    fn list(&self, table: &Table) -> Vec<Line> {
        let row = |row: &Vec<Text>| {
            let cells: Vec<String> = row.iter().map(|cell| self.one_line(cell)).filter(|c| !c.is_empty()).collect();
            wrap(&[Span::plain(cells.join(" · "))], self.room)
        };
        table.rows.iter().flat_map(row).collect()
    }

    fn sparkline(&self, label: &str, values: &[Option<f64>]) -> Vec<Line> {
        let bars = text::sparkline(values, self.room.min(60));
        if bars.is_empty() {
            return Vec::new();
        }
        let label = text::one_line(label);
        let (label, bars) = (Span::new(label, DIM), Span::new(bars, self.tone));
        if label.text.is_empty() {
            vec![vec![bars]]
        } else if text::width(&label.text) + 2 + text::width(&bars.text) <= self.room {
            vec![vec![label, Span::plain("  "), bars]]
        } else {
            wrap(&[label], self.room).into_iter().chain([vec![bars]]).collect()
        }
    }

    /// As it stands, indented; long lines go on below.
    fn code(&self, code: &str) -> Vec<Line> {
        let style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
        let code = text::clean(code);
        let code = code.trim_matches('\n');
        if code.trim().is_empty() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for line in code.lines() {
            let mut rest = line;
            loop {
                let (fits, more) = rest.split_at(fitting(rest, self.room - 2));
                lines.push(vec![Span::plain("  "), Span::new(fits, style)]);
                rest = more;
                if rest.is_empty() {
                    break;
                }
            }
        }
        lines
    }

    /// A terminal has no buttons, so what they would do is said.
    fn actions(&self, actions: &[Action]) -> Vec<Line> {
        let mut lines = Vec::new();
        for action in actions {
            let label = text::one_line(&action.label);
            let does = match &action.does {
                ActionKind::Command(command) | ActionKind::Refine(command) => Some(text::one_line(command)),
                ActionKind::Open { url } => text::web_address(url),
            };
            if let Some(does) = does.filter(|does| !does.is_empty()) {
                let style = if action.does.command().is_some() { self.tone } else { LINK };
                let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
                lines.extend(wrap(&[Span::new(format!("→ {label}"), DIM), Span::new(does, style)], self.room));
            }
        }
        lines
    }

    /// What may be chosen is said in the words of the lists; it is typed as `/bell help` says.
    fn menus(&self, menus: &[Menu]) -> Vec<Line> {
        let line = |menu: &Menu| {
            let shown = |choice: &Choice| {
                let style = if choice.chosen { BOLD } else { DIM };
                Span::new(text::one_line(&choice.label), style)
            };
            let mut spans = vec![Span::new(format!("{}: ", text::one_line(&menu.label)), DIM)];
            for (n, choice) in menu.choices.iter().enumerate() {
                if n > 0 {
                    spans.push(Span::new(" · ", DIM));
                }
                spans.push(shown(choice));
            }
            wrap(&spans, self.room.min(WIDEST_TEXT))
        };
        menus.iter().flat_map(line).collect()
    }

    fn footer(&self, footer: &[Text]) -> Vec<Line> {
        let parts: Vec<String> =
            footer.iter().map(|text| self.one_line(text)).filter(|text| !text.is_empty()).collect();
        if parts.is_empty() {
            return Vec::new();
        }
        wrap(&[Span::new(parts.join(" · "), DIM)], self.room.min(WIDEST_TEXT))
    }
}

/// In the zone of whoever runs this terminal.
fn time(at: Timestamp, zone: Tz) -> String {
    // Outside of these years chrono cannot shift an instant into every zone.
    const YEARS_1_TO_9999: std::ops::Range<i64> = -62_135_500_000_000..253_402_200_000_000;
    if YEARS_1_TO_9999.contains(&at.millis()) {
        at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
    } else {
        at.to_string()
    }
}

/// Breaks text into lines of at most `room` columns, between words where that is possible.
fn wrap(spans: &[Span], room: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Line::new()];
    let mut used = 0;
    for span in spans {
        for (index, paragraph) in span.text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Line::new());
                used = 0;
            }
            for word in paragraph.split_inclusive(' ') {
                let mut word = word;
                let mut width = text::width(word.trim_end());
                if used > 0 && used + width > room {
                    lines.push(Line::new());
                    used = 0;
                }
                while width > room {
                    let (fits, rest) = word.split_at(fitting(word, room));
                    push(&mut lines, fits, span.style);
                    lines.push(Line::new());
                    width = width.saturating_sub(text::width(fits));
                    word = rest;
                }
                push(&mut lines, word, span.style);
                used += text::width(word);
            }
        }
    }
    let is_blank = |line: &Line| line.iter().all(|span| span.text.trim().is_empty());
    while lines.last().is_some_and(is_blank) {
        lines.pop();
    }
    lines
}

fn plain(line: &Line) -> String {
    line.iter().map(|span| span.text.as_str()).collect::<String>().trim_end().to_owned()
}

fn push(lines: &mut [Line], text: &str, style: Style) {
    let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) else { return };
    match line.last_mut().filter(|span| span.style == style) {
        Some(span) => span.text.push_str(text),
        None => line.push(Span::new(text, style)),
    }
}

/// Bytes of `text` that fit into `room` columns; at least one character, so that breaking always gets on.
fn fitting(text: &str, room: usize) -> usize {
    let mut used = 0;
    let mut fits = |c: char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    let end = text.char_indices().find(|(at, c)| !fits(*c) && *at > 0);
    end.map_or(text.len(), |(at, _)| at)
}

/// The terminal as a place messages go to; clones share it, and cards never run into each other.
#[derive(Clone)]
pub struct Console(Arc<Mutex<Sink>>);

struct Sink {
    writer: Box<dyn Write + Send>,
    colour: bool,
    width: usize,
    zone: Tz,
}

impl Console {
    /// A console that writes cards of at most `width` columns.
    pub fn new(writer: Box<dyn Write + Send>, colour: bool, width: usize, zone: Tz) -> Self {
        Self(Arc::new(Mutex::new(Sink { writer, colour, width, zone })))
    }

    /// Shows a message. A terminal cannot change what it has shown, so an edit is shown as a message too.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when the terminal is gone.
    pub fn post(&self, message: &Message) -> Result<(), SendError> {
        // A panic while writing leaves half a card at worst.
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let card = render(message, sink.colour, sink.width, sink.zone) + "\n";
        let written = sink.writer.write_all(card.as_bytes()).and_then(|()| sink.writer.flush());
        written.map_err(|error| SendError::Permanent { reason: format!("the terminal is gone: {error}") })
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

/// Where an answer goes: the terminal the command was typed in.
#[derive(Clone, Debug)]
pub struct Reply {
    console: Console,
}

impl Reply {
    /// An answer to something typed there.
    pub fn new(console: Console) -> Self {
        Self { console }
    }

    /// Shows the answer.
    ///
    /// # Errors
    /// See [`Console::post`].
    pub fn answer(&self, message: &Message) -> Result<(), SendError> {
        self.console.post(message)
    }
}

#[cfg(test)]
mod tests;
