//! A table where the platform has none: aligned columns in a fixed-width block while that fits a phone held sideways,
//! else (or when a cell is a link, which a fixed-width block cannot show) one line a row.

use super::super::text;
use super::markdown::{escape, markdown, units};
use crate::domain::message::{Piece, Table, Text};

/// Wider blocks wrap and become unreadable.
const WIDEST: usize = 60;
/// Wider cells are cut.
const WIDEST_CELL: usize = 28;

/// The table in at most `room` units; empty when not even one row fits.
pub(super) fn render(table: &Table, room: usize) -> String {
    let grid = Grid::of(table);
    let lines = if grid.total_width() > WIDEST || has_links(table) { Lines::list(table) } else { grid.block() };
    lines.fit(table.more, room)
}

fn has_links(table: &Table) -> bool {
    let is_link = |piece: &Piece| matches!(piece, Piece::Link { url, .. } if text::web_address(url).is_some());
    table.rows.iter().flatten().flat_map(|cell| &cell.0).any(is_link)
}

/// Rows ready to be written, of which the last ones may be left out.
struct Lines {
    before: String,
    rows: Vec<String>,
    after: &'static str,
}

impl Lines {
    /// `#4521 · left: 12 min · Ana`: numbers keep their heads, words explain themselves.
    fn list(table: &Table) -> Self {
        let cell = |(index, text): (usize, &Text)| {
            let value = markdown(text, 500).replace('\n', " ");
            match table.columns.get(index) {
                _ if value.trim().is_empty() => None,
                _ if index == 0 => Some(value),
                Some(column) if column.right && !column.head.trim().is_empty() => {
                    Some(format!("{} {value}", escape(&text::one_line(&column.head), 100)))
                }
                _ => Some(value),
            }
        };
        let row = |row: &Vec<Text>| row.iter().enumerate().filter_map(cell).collect::<Vec<_>>().join(" · ");
        Self { before: String::new(), rows: table.rows.iter().map(row).filter(|r| !r.is_empty()).collect(), after: "" }
    }

    /// As many rows as there is room for, and how many are missing.
    fn fit(&self, more: usize, room: usize) -> String {
        const NOTE: usize = "\n… 18446744073709551615 more rows".len();
        let Some(mut left) = room.checked_sub(units(&self.before) + self.after.len() + NOTE) else {
            return String::new();
        };
        let fitting = self.rows.iter().take_while(|row| match left.checked_sub(units(row) + 1) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        });
        let rows: Vec<&str> = fitting.map(String::as_str).collect();
        let more = more.saturating_add(self.rows.len() - rows.len());
        let note = match more {
            0 => String::new(),
            1 => "\n… 1 more row".to_owned(),
            n => format!("\n… {n} more rows"),
        };
        match rows.as_slice() {
            [] if self.rows.is_empty() => note.trim_start().to_owned(),
            [] => String::new(),
            rows => format!("{}{}{}{note}", self.before, rows.join("\n"), self.after),
        }
    }
}

/// Cells of a fixed-width table.
struct Grid {
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
}

impl Grid {
    fn of(table: &Table) -> Self {
        let columns = table.rows.iter().map(Vec::len).chain([table.columns.len()]).max().unwrap_or(0);
        let cell = |text: &str| text::cut(&text::one_line(text).replace('`', "ˋ"), WIDEST_CELL);
        let heads: Vec<_> = (0..columns)
            .map(|index| table.columns.get(index).map_or_else(Default::default, |c| (cell(&c.head), c.right)))
            .collect();
        let rows: Vec<Vec<String>> = table
            .rows
            .iter()
            .map(|row| (0..columns).map(|i| row.get(i).map_or_else(String::new, |t| cell(&t.to_plain()))).collect())
            .collect();
        let widest = |i: usize| {
            let cells = rows.iter().map(|row: &Vec<String>| text::width(&row[i]));
            cells.chain([text::width(&heads[i].0)]).max().unwrap_or(0)
        };
        let widths = (0..columns).map(widest).collect();
        Self { heads, rows, widths }
    }

    fn total_width(&self) -> usize {
        self.widths.iter().map(|width| width + 2).sum::<usize>().saturating_sub(2)
    }

    fn block(&self) -> Lines {
        let line = |cells: Vec<&str>| {
            let padded = cells.iter().zip(&self.heads).zip(&self.widths);
            let padded = padded.map(|((cell, (_, right)), width)| text::pad(cell, *width, *right));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let heads = line(self.heads.iter().map(|(head, _)| head.as_str()).collect());
        let rule = "─".repeat(self.total_width());
        let head = if heads.is_empty() { String::new() } else { format!("{heads}\n{rule}\n") };
        let rows = self.rows.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
        Lines { before: format!("```\n{head}"), rows, after: "\n```" }
    }
}
