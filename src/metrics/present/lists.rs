//! What a listing metric lists, as a table of at most ten rows.

use super::super::answer::Row;
use super::super::format;
use super::super::period::Zone;
use super::table::ROWS;
use super::tickets::{ticket, who};
use super::{composed, words};
use crate::domain::message::{Block, Column, Table, Text};
use crate::domain::money::Currency;

/// Characters of a comment that are shown.
const COMMENT: usize = 80;

/// The name of a column, and whether numbers stand in it.
type Head = (&'static str, bool);

/// A table of the first rows; `None` of none.
pub(super) fn table(heads: &[Head], rows: Vec<Vec<Text>>) -> Option<Block> {
    let more = rows.len().saturating_sub(ROWS);
    let columns = heads.iter().map(|(head, right)| Column { head: (*head).to_owned(), right: *right }).collect();
    let shown: Vec<Vec<Text>> = rows.into_iter().take(ROWS).collect();
    (!shown.is_empty()).then_some(Block::Table(Table { columns, rows: shown, more }))
}

/// The rows of a metric.
pub(super) fn rows(rows: &[Row], zone: Zone, currency: Currency) -> Vec<Block> {
    let Some(first) = rows.first() else { return Vec::new() };
    if let Row::Limit(_) | Row::Trend(_) | Row::Compared(_) = first {
        return composed::blocks(rows);
    }
    // Of one target alone the headline has said it.
    if let [Row::Kept(_)] = rows {
        return Vec::new();
    }
    let shown: Vec<&Row> = rows.iter().filter(|row| is_worth_showing(row)).collect();
    let left_out = match (first, rows.len() - shown.len()) {
        (Row::Solver(_), n) if n > 0 => Some(Block::Text(format!("{n} with fewer than 10 each are left out").into())),
        _ => None,
    };
    let mut heads = heads(first).to_vec();
    let mut lines: Vec<Vec<Text>> = shown.iter().map(|row| line(row, zone, currency)).collect();
    let subjects: Vec<Option<&str>> = shown.iter().map(|row| row.ticket()?.subject.as_deref()).collect();
    if subjects.iter().any(Option::is_some) {
        heads.insert(1, ("Subject", false));
        for (cells, subject) in lines.iter_mut().zip(subjects) {
            cells.insert(1, Text::plain(subject.unwrap_or_default()));
        }
    }
    table(&heads, lines).into_iter().chain(left_out).collect()
}

/// People are not compared on a handful of tickets (kpis.md R15), and what did not happen fills no table.
fn is_worth_showing(row: &Row) -> bool {
    match row {
        Row::Solver(row) => row.solved >= words::SMALL,
        Row::Spike(row) => row.spike,
        // Twenty-four hours are drawn, not listed; the parts of a whole are put together first.
        Row::Hour(_) | Row::Share(_) => false,
        // What is put together from other metrics has words of its own.
        Row::Limit(_) | Row::Trend(_) | Row::Compared(_) => false,
        // Of single people only their number is told (kpis.md R21).
        Row::Overload(_) => false,
        Row::Breach(_)
        | Row::AtRisk(_)
        | Row::Unreplied(_)
        | Row::Kept(_)
        | Row::Comment(_)
        | Row::FollowUp(_)
        | Row::Unread(_)
        | Row::Day(_)
        | Row::Issue(_)
        | Row::Feedback(_)
        | Row::Load(_)
        | Row::Sender(_)
        | Row::Money(_) => true,
    }
}

const fn heads(row: &Row) -> &'static [Head] {
    match row {
        Row::Breach(_) => &[("Ticket", false), ("Promise", false), ("Who", false), ("Over", true), ("Due", true)],
        Row::AtRisk(_) => &[("Ticket", false), ("Promise", false), ("Who", false), ("Left", true), ("Due", true)],
        Row::Unreplied(_) => &[("Ticket", false), ("Who", false), ("Waiting", true), ("Since", true)],
        Row::Kept(_) => &[("Promise", false), ("Kept", true), ("Promises", true)],
        Row::Comment(_) => &[("Ticket", false), ("Rating", false), ("Comment", false), ("Who", false), ("When", false)],
        Row::FollowUp(_) => &[("Ticket", false), ("Rating", false), ("Who", false), ("Due", true)],
        Row::Unread(_) => &[("Ticket", false), ("Who", false), ("Created", true)],
        Row::Day(_) => &[("Day", false), ("A day", true), ("Tickets", true), ("Days", true)],
        Row::Issue(_) => &[("#", true), ("Category", false), ("Tickets", true), ("Share", true), ("Change", true)],
        Row::Spike(_) => &[("Category", false), ("Now", true), ("Before", true)],
        Row::Feedback(_) => &[("Area", false), ("Customers", true), ("Tickets", true), ("A month", true)],
        Row::Solver(_) => &[("Agent", false), ("Solved", true), ("Share", true), ("CSAT", true), ("Reopened", true)],
        Row::Load(_) => &[("Agent", false), ("Open", true), ("Share", true), ("Assigned", true), ("One touch", true)],
        Row::Sender(_) => &[("Agent", false), ("Replies", true)],
        Row::Money(_) => &[("Category", false), ("Amount", true)],
        Row::Hour(_) | Row::Share(_) | Row::Overload(_) | Row::Limit(_) | Row::Trend(_) | Row::Compared(_) => &[],
    }
}

fn line(row: &Row, zone: Zone, currency: Currency) -> Vec<Text> {
    let time = |at| Text::plain(zone.local(at).format("%a %-d %b %H:%M").to_string());
    let promise = |target: crate::domain::event::Target| Text::plain(target.name().replace('_', " "));
    let count = |n: u64| Text::plain(format::count(n as f64));
    let percent = |share: Option<f64>| Text::plain(share.map_or_else(|| "–".to_owned(), |s| format::percent(Some(s))));
    let person = |agent: &Option<String>| Text::plain(agent.as_deref().unwrap_or("unassigned"));
    match row {
        Row::Breach(r) => {
            let open = if r.open { ", open" } else { "" };
            let over = format!("+{}{open}", format::duration_on(Some(r.clock), r.overrun_s));
            vec![ticket(&r.ticket), promise(r.target), who(&r.ticket), over.into(), time(r.deadline)]
        }
        Row::AtRisk(r) => {
            let due = r.deadline.map_or_else(|| Text::plain("paused"), time);
            let left = format::duration_on(Some(r.clock), r.left_s);
            vec![ticket(&r.ticket), promise(r.target), who(&r.ticket), left.into(), due]
        }
        Row::Unreplied(r) => {
            vec![ticket(&r.ticket), who(&r.ticket), format::duration(Some(r.waiting_s)).into(), time(r.since)]
        }
        Row::Kept(r) => {
            let sure = words::interval(r.n, r.low, r.high).map(|range| format!(" ({range})")).unwrap_or_default();
            let share = format::percent(Some(r.value));
            let count = |n: u64| format::count(n as f64);
            vec![
                promise(r.target),
                format!("{share}{sure}").into(),
                format!("{} of {}", count(r.met), count(r.n)).into(),
            ]
        }
        Row::Comment(r) => {
            let comment = Text::plain(shortened(&r.comment));
            vec![ticket(&r.ticket), rating(r.value, r.scale), comment, who(&r.ticket), time(r.at)]
        }
        Row::FollowUp(r) => vec![ticket(&r.ticket), rating(r.value, r.scale), who(&r.ticket), time(r.due)],
        Row::Unread(r) => vec![ticket(&r.ticket), who(&r.ticket), time(r.created)],
        Row::Day(r) => {
            let rate = r.rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"));
            vec![Text::plain(words::capital(r.day)), rate.into(), count(r.tickets), count(r.days)]
        }
        Row::Issue(r) => {
            let clear = if r.significant == Some(true) { " clear" } else { "" };
            let change = r.change.map(|change| format!("{}{clear}", format::relative_change(change)));
            let change = change.or_else(|| r.previous.map(|before| format!("was {before}")));
            vec![
                count(r.rank),
                Text::plain(&r.category),
                count(r.tickets),
                percent(Some(r.share)),
                change.unwrap_or_default().into(),
            ]
        }
        Row::Spike(r) => vec![Text::plain(&r.category), count(r.now), count(r.before)],
        Row::Feedback(r) => {
            let revenue = r.revenue.map(|revenue| format::money(revenue, currency)).unwrap_or_default();
            let area = Text::plain(r.area.as_deref().unwrap_or("(none)"));
            vec![area, count(r.customers), count(r.tickets), revenue.into()]
        }
        Row::Solver(r) => {
            vec![person(&r.agent), count(r.solved), percent(Some(r.share)), percent(r.csat), percent(r.reopen_rate)]
        }
        Row::Load(r) => {
            vec![Text::plain(&r.agent), count(r.open), percent(r.open_share), count(r.assigned), count(r.one_touch)]
        }
        Row::Sender(r) => vec![person(&r.agent), count(r.replies)],
        Row::Money(r) => {
            let own = currency.is(&r.currency);
            let foreign = || format!("{:.2} {}, no rate", r.amount, r.currency);
            let amount = if own { format::money(r.amount, currency) } else { foreign() };
            vec![Text::plain(r.category.as_deref().unwrap_or("(none)")), amount.into()]
        }
        Row::Hour(_) | Row::Share(_) | Row::Overload(_) | Row::Limit(_) | Row::Trend(_) | Row::Compared(_) => {
            Vec::new()
        }
    }
}

fn rating(value: f64, scale: u32) -> Text {
    let greatest = if scale == 11 { 10 } else { scale };
    Text::plain(format!("{value} of {greatest}"))
}

/// A comment on one line; the ticket has the rest.
fn shortened(comment: &str) -> String {
    let words: Vec<&str> = comment.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(COMMENT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
