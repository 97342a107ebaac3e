//! A table as aligned text in a fixed-width block, in which links stay links. One that is wider than a phone held sideways
//! is a line a row, since it would be broken in the middle of its columns; there times are in the reader's own zone.

use serde_json::{Value, json};

use super::inline::{link, paragraph, units, visible};
use super::{preformatted as block, section};
use crate::chat::text;
use crate::domain::message::{Piece, Table, Text};

/// Wider ones are broken where windows are narrow.
const WIDEST: usize = 72;
/// A cell is cut beyond this, so that one chatty column does not push the others out.
const WIDEST_CELL: usize = 40;
const GAP: usize = 2;
/// Kept for `… and 12 more`.
const NOTE: usize = 40;

/// The table in at most `room` units, and how many it takes; `None` if it is empty.
pub(super) fn render(table: &Table, room: usize) -> Option<(Value, usize)> {
    let layout = Layout::of(table);
    if layout.width() > WIDEST { list(table, room) } else { preformatted(table, &layout, room) }
}

/// A line a row: numbers keep their heads, words explain themselves.
fn list(table: &Table, room: usize) -> Option<(Value, usize)> {
    let mut text = Text::default();
    let (mut size, mut shown) = (0, 0);
    for row in &table.rows {
        let line = line(table, row);
        let length: usize = line.iter().map(|piece| units(&visible(piece))).sum::<usize>() + 1;
        if size + length + NOTE > room {
            break;
        }
        if !text.0.is_empty() && !line.is_empty() {
            text = text.then("\n");
        }
        text.0.extend(line);
        size += length;
        shown += 1;
    }
    let more = table.more.saturating_add(table.rows.len() - shown);
    if more > 0 {
        text = text.then(format!("\n… and {more} more"));
    }
    paragraph(&text, room).map(section)
}

fn line(table: &Table, row: &[Text]) -> Vec<Piece> {
    let mut line = Vec::new();
    for (cell, column) in row.iter().zip(&table.columns) {
        if cell.0.iter().all(|piece| visible(piece).trim().is_empty()) {
            continue;
        }
        let begins = line.is_empty();
        if !begins {
            let head = text::one_line(&column.head);
            let head = if column.right && !head.is_empty() { format!("{head} ") } else { String::new() };
            line.push(Piece::Plain(format!(" · {head}")));
        }
        line.extend(cell.0.iter().map(|piece| match piece {
            Piece::Plain(_) if begins => Piece::Bold(one_line(piece)),
            Piece::Plain(_) => Piece::Plain(one_line(piece)),
            Piece::Bold(_) => Piece::Bold(one_line(piece)),
            Piece::Time(_) | Piece::Link { .. } => piece.clone(),
        }));
    }
    line
}

/// Columns side by side.
fn preformatted(table: &Table, layout: &Layout<'_>, room: usize) -> Option<(Value, usize)> {
    let mut lines = Lines::default();
    let head = layout.head();
    if !head.trim().is_empty() {
        lines.line(vec![(head, None)]);
        lines.line(vec![(layout.rule(), None)]);
    }
    let mut shown = 0;
    for row in &table.rows {
        let line = layout.row(row);
        let size: usize = line.iter().map(|(text, _)| units(text)).sum();
        if lines.size + size + NOTE > room {
            break;
        }
        lines.line(line);
        shown += 1;
    }
    let more = table.more.saturating_add(table.rows.len() - shown);
    if more > 0 {
        lines.line(vec![(format!("… and {more} more"), None)]);
    }
    let Lines { elements, size, .. } = lines.finish();
    (!elements.is_empty()).then(|| (block(elements), size))
}

/// Text and, where it is a link, its address.
type Run = (String, Option<String>);

struct Layout<'a> {
    table: &'a Table,
    widths: Vec<usize>,
}

impl<'a> Layout<'a> {
    fn of(table: &'a Table) -> Self {
        let natural = |index: usize| {
            let cells = table
                .rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|cell| cell.0.iter().map(|piece| text::width(&one_line(piece))).sum::<usize>());
            cells.chain([text::width(&text::one_line(&table.columns[index].head))]).max().unwrap_or(0).min(WIDEST_CELL)
        };
        Self { table, widths: (0..table.columns.len()).map(natural).collect() }
    }

    fn width(&self) -> usize {
        self.widths.iter().sum::<usize>() + GAP * self.widths.len().saturating_sub(1)
    }

    fn head(&self) -> String {
        let cells = self.table.columns.iter().zip(&self.widths);
        let heads: Vec<String> = cells
            .map(|(column, width)| text::pad(&text::cut(&text::one_line(&column.head), *width), *width, column.right))
            .collect();
        heads.join(&" ".repeat(GAP)).trim_end().to_owned()
    }

    fn rule(&self) -> String {
        self.widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join(&" ".repeat(GAP))
    }

    fn row(&self, cells: &[Text]) -> Vec<Run> {
        let nothing = Text::default();
        let mut line: Vec<Run> = Vec::new();
        for (index, (column, width)) in self.table.columns.iter().zip(&self.widths).enumerate() {
            let runs = fitted(cells.get(index).unwrap_or(&nothing), *width);
            let used: usize = runs.iter().map(|(text, _)| text::width(text)).sum();
            let fill = (" ".repeat(width.saturating_sub(used)), None);
            if index > 0 {
                line.push((" ".repeat(GAP), None));
            }
            if column.right {
                line.push(fill);
                line.extend(runs);
            } else {
                line.extend(runs);
                line.push(fill);
            }
        }
        while line.last().is_some_and(|(text, _)| text.trim().is_empty()) {
            line.pop();
        }
        line
    }
}

/// The pieces of a cell, cut to `width` columns.
fn fitted(cell: &Text, width: usize) -> Vec<Run> {
    let mut left = width;
    let mut runs = Vec::new();
    for piece in &cell.0 {
        let text = text::cut(&one_line(piece), left);
        left = left.saturating_sub(text::width(&text));
        let url = match piece {
            Piece::Link { url, .. } => Some(url.clone()),
            Piece::Plain(_) | Piece::Bold(_) | Piece::Time(_) => None,
        };
        runs.push((text, url));
    }
    runs
}

/// Inner spaces are kept, since pieces of a cell join without any.
fn one_line(piece: &Piece) -> String {
    visible(piece).replace('\n', " ")
}

/// Elements as they grow: neighbouring text is one element.
#[derive(Default)]
struct Lines {
    elements: Vec<Value>,
    text: String,
    size: usize,
}

impl Lines {
    fn line(&mut self, runs: Vec<Run>) {
        if self.size > 0 {
            self.push("\n");
        }
        for (text, url) in runs {
            match url.and_then(|url| link(&url, &text)).filter(|_| !text.is_empty()) {
                Some(link) => {
                    self.flush();
                    self.size += units(&text);
                    self.elements.push(link);
                }
                None => self.push(&text),
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.size += units(text);
        self.text.push_str(text);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.elements.push(json!({"type": "text", "text": std::mem::take(&mut self.text)}));
        }
    }

    fn finish(mut self) -> Self {
        self.flush();
        self
    }
}
