//! The tickets behind numbers, worst first (kpis.md 4.3: at most ten rows, then how many more).

use super::super::answer::{Answer, Report, TicketRef, Worth};
use super::super::format;
use super::super::listing::{Listed, Listing};
use super::super::period::Zone;
use super::{card, line, lists, subject, table, words};
use crate::domain::message::{Block, Column, Message, Piece, Table, Text};
use crate::domain::money::Currency;
use crate::domain::names::Clock;

/// The lists of an answer.
pub(super) fn tickets(report: &Report) -> Message {
    let zone = report.asked.zone;
    let mut blocks = Vec::new();
    for answer in &report.metrics {
        if report.metrics.len() > 1 {
            blocks.push(Block::Text(line(answer)));
        }
        blocks.push(list(answer, zone).unwrap_or_else(|| Block::Text(Text::plain(why_none(answer)))));
    }
    let title = match report.metrics.as_slice() {
        [answer] => format!("{}, ticket by ticket", card::title(report, answer)),
        _ => format!("{}: the tickets behind the numbers", subject(report)),
    };
    Message { title, blocks, ..Message::default() }
}

fn list(answer: &Answer, zone: Zone) -> Option<Block> {
    match (&answer.figures.rows, &answer.tickets) {
        (Some(rows), _) if rows.iter().any(|row| row.ticket().is_some()) => {
            lists::rows(rows, zone, Currency::default()).into_iter().next()
        }
        (_, Some(listing)) if !listing.rows.is_empty() => Some(listed(answer, listing, zone)),
        _ => None,
    }
}

fn why_none(answer: &Answer) -> String {
    match answer.figures.value {
        None => words::absence(answer.id, &answer.figures, answer.needs.as_deref()),
        Some(0.0) => "No tickets.".to_owned(),
        Some(_) => format!("{} is not made of single tickets.", answer.id.name()),
    }
}

fn listed(answer: &Answer, listing: &Listing, zone: Zone) -> Block {
    let rows = &listing.rows[..listing.rows.len().min(table::ROWS)];
    let has_subject = rows.iter().any(|row| row.ticket.subject.is_some());
    let has_value = rows.iter().any(|row| row.value.is_some());
    let columns = [
        (true, "Ticket", false),
        (has_subject, "Subject", false),
        (true, "Who", false),
        (has_value, words::short(answer.id), true),
        (true, "When", true),
    ];
    let cells = |row: &Listed| {
        let cells = [
            ticket(&row.ticket),
            Text::plain(row.ticket.subject.clone().unwrap_or_default()),
            who(&row.ticket),
            Text::plain(worth(row, answer.clock)),
            Text::plain(zone.local(row.at).format("%a %-d %b %H:%M").to_string()),
        ];
        cells.into_iter().zip(&columns).filter(|(_, (has, ..))| *has).map(|(cell, _)| cell).collect()
    };
    Block::Table(Table {
        columns: columns
            .iter()
            .filter(|(has, ..)| *has)
            .map(|(_, head, right)| Column { head: (*head).to_owned(), right: *right })
            .collect(),
        rows: rows.iter().map(cells).collect(),
        more: listing.rows.len() - rows.len() + listing.more,
    })
}

/// What a ticket contributed: a duration, or whether it passed the test.
fn worth(row: &Listed, clock: Option<Clock>) -> String {
    match (row.worth, row.value) {
        (Worth::Seconds, Some(seconds)) => format::duration_on(clock, seconds),
        (Worth::Passed, Some(passed)) => if passed > 0.0 { "yes" } else { "no" }.to_owned(),
        (Worth::Answered, Some(answer)) => answer.to_string(),
        (Worth::Counted, _) | (_, None) => String::new(),
    }
}

/// Its id, leading to it where its address is known.
pub fn ticket(ticket: &TicketRef) -> Text {
    let label = ticket.ticket.clone();
    Text(vec![match &ticket.url {
        Some(url) => Piece::Link { label, url: url.clone() },
        None => Piece::Plain(label),
    }])
}

/// Who is responsible.
pub fn who(ticket: &TicketRef) -> Text {
    let who = ticket.agent.as_deref().or(ticket.team.as_deref());
    Text::plain(who.unwrap_or("nobody"))
}
