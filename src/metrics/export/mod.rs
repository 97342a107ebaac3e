//! Rows for other programs: one a ticket, a sample, a promise or an event, chosen by the words of a question.
//!
//! A table is a list of columns, each a name and a function of what its rows are made from; the order of the list is
//! the order in the file. Which rows belong to a period follows the metrics (kpis.md R11): a ticket to that of its
//! creation, a sample and an event to that of their instant, a promise to that of its decision or, while it is not
//! decided, to the present. Filters read the values of that instant (R13), so that as many tickets are exported as
//! `ticket_volume` counts with the tickets that agents began.

mod cell;
mod counted;
mod events;
mod promises;
mod samples;
mod tickets;

pub use cell::Cell;

use super::answer::Report;
use super::period::Period;
use super::pool::Filters;
use super::query::{Query, selections};
use crate::domain::definitions::Definitions;
use crate::domain::event::Event;
use crate::domain::query::Filter;
use crate::domain::sample::{Sample, SampleFact, SampleKind, Selection, TicketKey};
use crate::domain::sla;
use crate::domain::thread;
use crate::domain::ticket::Ticket;
use crate::domain::timestamp::Timestamp;

/// What there is a row for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Each ticket, with every fact derived from it.
    Tickets,
    /// Each contribution of a ticket, a call, a shift… to a number.
    Samples,
    /// Each contribution that counted for the numbers of an answer, and each ticket that was left out.
    Counted,
    /// Each promise to a ticket.
    Sla,
    /// Each event, as it was received.
    Events,
}

impl Table {
    /// The names of the columns, in their order.
    pub fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Tickets => tickets::COLUMNS.iter().map(|(name, _)| *name).collect(),
            Self::Samples => samples::COLUMNS.iter().map(|(name, _)| *name).collect(),
            Self::Counted => counted::COLUMNS.into_iter().chain(Self::Samples.columns()).collect(),
            Self::Sla => promises::COLUMNS.iter().map(|(name, _)| *name).collect(),
            Self::Events => events::COLUMNS.iter().map(|(name, _)| *name).collect(),
        }
    }
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Row<'e> {
    /// What stands in its columns.
    Cells(Vec<Cell>),
    /// An event, which has a JSON of its own.
    Event(&'e Event),
}

impl Row<'_> {
    /// A JSON object with the columns as keys, in their order; of an event, its canonical JSON.
    pub fn json(&self, columns: &[&str]) -> String {
        match self {
            Self::Cells(cells) => cell::object(columns, cells),
            Self::Event(event) => event.to_json(),
        }
    }

    /// The text of each column in a spreadsheet.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Cells(cells) => cells.iter().map(Cell::spreadsheet).collect(),
            Self::Event(event) => events::COLUMNS.iter().map(|(_, cell)| cell(event).spreadsheet()).collect(),
        }
    }
}

/// Which rows of a table are wanted, and as of when.
#[derive(Debug)]
pub struct Extract {
    table: Table,
    period: Option<Period>,
    /// What counted for an answer.
    behind: Option<counted::Counted>,
    filters: Filters,
    as_of: Timestamp,
}

/// Tickets that count for nothing, of the period asked about.
fn left_out(query: &Query) -> Selection {
    let period = query.with_the_present().period;
    Selection::at(SampleKind::LeftOut, period.from, period.to)
}

/// Columns that say who did something, or whose they are.
const PEOPLE: [&str; 5] = ["agent", "created_agent", "first_response_by", "agents", "thread"];

/// Whether a column names single people.
pub fn names_people(column: &str) -> bool {
    PEOPLE.contains(&column)
}

impl Extract {
    /// The rows of a period (`None` = all) that pass the filters, as they stand at a moment.
    pub fn new(
        table: Table,
        period: Option<Period>,
        filters: &[Filter],
        as_of: Timestamp,
        definitions: &Definitions,
    ) -> Self {
        // A period that runs until the moment of knowledge includes that moment.
        let period = period.map(|p| if p.to == as_of { Period { to: as_of.plus_ms(1), ..p } } else { p });
        Self { table, period, behind: None, filters: Filters::new(filters, definitions), as_of }
    }

    /// The samples from which the answer to a question is to be made, and the tickets that it leaves out.
    pub fn reads(query: &Query, definitions: &Definitions) -> Vec<Selection> {
        let mut read = selections(query, definitions);
        read.retain(|selection| selection.kind != SampleKind::LeftOut);
        read.push(left_out(query));
        read
    }

    /// What was counted for the answer to a question, which says what each ticket contributed ([`Query::list`]).
    pub fn behind(query: &Query, report: Report, definitions: &Definitions) -> Self {
        let counted = counted::Counted::new(query, left_out(query), report, definitions);
        let filters = Filters::new(&query.filters, definitions);
        Self { table: Table::Counted, period: None, behind: Some(counted), filters, as_of: query.as_of }
    }

    /// The table.
    pub const fn table(&self) -> Table {
        self.table
    }

    /// The moment of knowledge.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Whether a ticket with such a sample among those that [were read](Self::reads) may have rows.
    pub fn may_tell(&self, ticket: &TicketKey, sample: &SampleFact) -> bool {
        self.behind.as_ref().is_none_or(|counted| counted.may_tell(ticket, sample))
    }

    /// From when until before when something must have been heard of a ticket for it to have rows.
    pub fn reach(&self) -> (Timestamp, Timestamp) {
        match (self.table, self.period) {
            (Table::Tickets | Table::Events, Some(Period { from, to })) => (from, to),
            // A promise can be broken, and work have begun, while nothing is heard.
            (Table::Samples | Table::Counted | Table::Sla, Some(_)) | (_, None) => (Timestamp::MIN, Timestamp::MAX),
        }
    }

    /// The rows of one ticket or other thread, from its events up to [`as_of`](Self::as_of).
    pub fn rows<'e>(&self, key: &TicketKey, events: &'e [Event], definitions: &Definitions) -> Vec<Row<'e>> {
        let (ticket, samples) = thread::samples_of(key, events, definitions);
        match self.table {
            Table::Tickets => ticket.and_then(|t| self.ticket(&t, samples, definitions)).into_iter().collect(),
            Table::Samples => self.samples(samples),
            Table::Counted => self.counted(key, samples),
            Table::Sla => ticket.map(|t| self.promises(&t, definitions)).unwrap_or_default(),
            Table::Events => self.events(key, events, ticket.as_ref(), definitions),
        }
    }

    fn ticket(&self, ticket: &Ticket, samples: Vec<Sample>, definitions: &Definitions) -> Option<Row<'static>> {
        let at = ticket.created;
        let dimensions = ticket.dimensions(at, ticket.agent.at(at).as_deref());
        if !self.holds(at) || !self.filters.admit(&ticket.key.source, &dimensions) {
            return None;
        }
        let told = tickets::Told::new(ticket, samples, definitions, self.as_of);
        Some(Row::Cells(tickets::COLUMNS.iter().map(|(_, cell)| cell(&told)).collect()))
    }

    fn samples(&self, mut samples: Vec<Sample>) -> Vec<Row<'static>> {
        samples.retain(|s| self.holds(s.at) && self.filters.admit(&s.ticket.source, &s.dimensions));
        samples.sort_by(Sample::order);
        let told = samples.iter().map(samples::Told::new);
        told.map(|t| Row::Cells(samples::COLUMNS.iter().map(|(_, cell)| cell(&t)).collect())).collect()
    }

    fn counted(&self, key: &TicketKey, mut samples: Vec<Sample>) -> Vec<Row<'static>> {
        let Some(counted) = &self.behind else { return Vec::new() };
        samples.retain(|s| counted::may_be_told(&s.fact) && self.filters.admit(&s.ticket.source, &s.dimensions));
        samples.sort_by(Sample::order);
        counted.rows(key, &samples).into_iter().map(Row::Cells).collect()
    }

    fn promises(&self, ticket: &Ticket, definitions: &Definitions) -> Vec<Row<'static>> {
        let told = sla::instances(ticket, definitions)
            .into_iter()
            .map(|instance| promises::Told::new(instance, ticket, definitions, self.as_of));
        told.filter(|t| t.decided_at().map_or_else(|| self.holds(self.as_of), |at| self.holds(at)))
            .filter(|t| self.filters.admit(&ticket.key.source, t.dimensions()))
            .map(|t| Row::Cells(promises::COLUMNS.iter().map(|(_, cell)| cell(&t)).collect()))
            .collect()
    }

    fn events<'e>(
        &self,
        key: &TicketKey,
        events: &'e [Event],
        ticket: Option<&Ticket>,
        definitions: &Definitions,
    ) -> Vec<Row<'e>> {
        let mut wanted: Vec<&Event> = events
            .iter()
            .filter(|e| self.holds(e.ts))
            .filter(|e| self.filters.admit(&key.source, &events::dimensions(e, key, ticket, definitions)))
            .collect();
        wanted.sort_by(|a, b| a.order().cmp(&b.order()));
        wanted.into_iter().map(Row::Event).collect()
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.period.is_none_or(|period| period.contains(at))
    }
}

#[cfg(test)]
mod tests;
