//! The words of a question as a choice of rows, for `deskbell export` and as a file for chat.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{AGENTS, Asked, Desk, Extras, Refusal, Reply};
use crate::chat::File;
use crate::domain::definitions::Definitions;
use crate::domain::message::{Block, Message, Piece, Text};
use crate::domain::query::{Versus, View};
use crate::domain::sample::TicketNo;
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, Call, MetricsCall};
use crate::metrics::export::{self, Extract, Row, Table};
use crate::metrics::{Query, period};
use crate::store::{History, StoreError};

impl Desk {
    /// Which rows of a table somebody asks for; without a period, all.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn extract(&self, table: Table, asked: &Asked<'_>, now: Timestamp) -> Result<Extract, Refusal> {
        let Call::Metrics(call) = self.parse(asked).await? else { return Err(Refusal::NoData) };
        if let Some(words) = meaningless(&call) {
            return Err(Refusal::NotOfRows(words));
        }
        let as_of = self.moment(call.as_of, now);
        let period = call.period.map(|spec| period::resolve(spec, as_of, self.zone()));
        Ok(Extract::new(table, period, &call.filters, as_of, &self.definitions))
    }

    /// The rows behind a number as a file; of the overview, a row for each ticket.
    pub(super) async fn exported(
        &self,
        call: &MetricsCall,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        if !self.settings.access.may_see_agents(asked, call) {
            return Err(Refusal::Access(AGENTS));
        }
        if asked.user == "console" {
            return Err(Refusal::NotDone(in_the_terminal(call)));
        }
        let call = self.of_channel(call.clone(), asked.channel);
        let extras = Extras { beside: false, people: true, drawn: false };
        let plain = MetricsCall { view: View::Number, by: None, versus: Versus::None, ..call.clone() };
        let query = Query { list: true, ..self.query(&plain, extras, now) };
        let as_of = query.as_of;
        let (extract, tickets, called) = match call.metrics.as_slice() {
            [] => {
                let extract = Extract::new(Table::Tickets, Some(query.period), &call.filters, as_of, &self.definitions);
                (extract, None, "tickets".to_owned())
            }
            metrics => {
                let (extract, tickets) = self.behind(query).await?;
                (extract, Some(tickets), metrics.iter().map(|m| m.id()).collect::<Vec<_>>().join("-"))
            }
        };
        // What others see too names nobody.
        let people = self.settings.access.may_name_people(asked) && !call.share;
        let sheet = self.sheet(&extract, tickets.as_deref(), people).await?;
        let (rows, cut) = (sheet.rows, sheet.cut);
        let day = as_of.utc().with_timezone(&self.settings.timezone).format("%Y-%m-%d");
        let name = format!("{}-{day}.csv", called.chars().take(60).collect::<String>());
        let mut said = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        said.push_str(", as known then.");
        if !call.metrics.is_empty() {
            said.push_str(" Each says what it counted for and its value; what was left out says why.");
        }
        if cut {
            said.push_str(" There are more: deskbell export writes all of them.");
        }
        if !people {
            said.push_str(" Columns that name single people are left out.");
        }
        let about = if call.metrics.is_empty() { "Tickets" } else { "What was counted" };
        let message = Message {
            title: format!("{about}: {name}"),
            blocks: vec![Block::Text(Text::plain(said))],
            footer: vec![Text::plain("As of ").and(Piece::Time(as_of))],
            ..Message::default()
        };
        let file = File { name, kind: "text/csv", content: sheet.finish().into() };
        Ok(Reply { file: Some(file), ..Reply::new(message, call.share) })
    }

    /// What counted for the answer to a question, and of which tickets.
    async fn behind(&self, query: Query) -> Result<(Extract, Vec<TicketNo>), StoreError> {
        let read = self.store.samples_as_of(&Extract::reads(&query, &self.definitions), query.as_of).await?;
        let read = Arc::new(read);
        let report = self.computed(query.clone(), Arc::clone(&read)).await;
        let extract = Extract::behind(&query, report, &self.definitions);
        // Samples tell which tickets have rows, so that a few are found among many.
        let telling = read.rows().filter(|row| extract.may_tell(&row.key(), &row.fact()));
        let tickets: BTreeSet<TicketNo> = telling.map(|row| row.ticket()).collect();
        Ok((extract, tickets.into_iter().collect()))
    }

    /// The rows of these tickets; `None` = of all.
    async fn sheet(&self, extract: &Extract, tickets: Option<&[TicketNo]>, people: bool) -> Result<Sheet, StoreError> {
        let mut sheet = Sheet::new(extract.table(), people);
        if let Some(tickets) = tickets {
            for some in tickets.chunks(TICKETS_AT_A_TIME) {
                if sheet.cut {
                    break;
                }
                sheet.page(&self.store.histories_of(some, extract.as_of()).await?, extract, &self.definitions);
            }
            return Ok(sheet);
        }
        let mut after = None;
        while !sheet.cut {
            let page = self.store.histories(after, extract.reach(), extract.as_of()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.no);
            sheet.page(&page, extract, &self.definitions);
        }
        Ok(sheet)
    }

    /// What shapes the rows.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }
}

/// How rows are had where no file can be sent.
pub(super) fn in_the_terminal(call: &MetricsCall) -> String {
    let chosen = MetricsCall { period: call.period, filters: call.filters.clone(), ..MetricsCall::default() };
    let words = grammar::unparse(&Call::Metrics(chosen));
    let table = if call.metrics.is_empty() { "tickets" } else { "samples" };
    format!("rows are written by deskbell export {table}{} --format csv", words.trim_start_matches("/metrics"))
}

/// Tickets whose events are held at a time.
const TICKETS_AT_A_TIME: usize = 500;

/// What one file may hold: more than anybody reads in chat, and less than any platform refuses.
const MOST_ROWS: usize = 50_000;
const MOST_BYTES: usize = 8 << 20;

/// Rows as CSV, as they fill up.
struct Sheet {
    csv: csv::Writer<Vec<u8>>,
    /// Which columns are shown.
    shown: Vec<bool>,
    bytes: usize,
    rows: usize,
    cut: bool,
}

impl Sheet {
    fn new(table: Table, people: bool) -> Self {
        let columns = table.columns();
        let shown: Vec<bool> = columns.iter().map(|column| people || !export::names_people(column)).collect();
        let mut sheet = Self { csv: csv::Writer::from_writer(Vec::new()), shown, bytes: 0, rows: 0, cut: false };
        sheet.write(columns.iter().map(|column| (*column).to_owned()).collect());
        sheet
    }

    /// Adds the rows of some tickets.
    fn page(&mut self, page: &[History], extract: &Extract, definitions: &Definitions) {
        for history in page {
            for row in extract.rows(&history.key, &history.events, definitions) {
                self.row(&row);
            }
        }
    }

    /// Adds a row; not any more once there is no room.
    fn row(&mut self, row: &Row<'_>) {
        let texts = row.texts();
        // Quotation marks and separators: at the worst a text is doubled.
        let size = texts.iter().map(|text| 2 * text.len() + 3).sum::<usize>();
        self.cut |= self.rows >= MOST_ROWS || self.bytes + size > MOST_BYTES;
        if !self.cut {
            self.rows += 1;
            self.bytes += size;
            self.write(texts);
        }
    }

    fn write(&mut self, texts: Vec<String>) {
        let shown = texts.into_iter().zip(&self.shown).filter_map(|(text, shown)| shown.then_some(text));
        self.csv.write_record(shown).expect("memory takes every row, and all have as many columns");
    }

    fn finish(self) -> Vec<u8> {
        self.csv.into_inner().expect("memory takes everything")
    }
}

/// The first words of a question that say nothing about which rows are meant.
fn meaningless(call: &MetricsCall) -> Option<&'static str> {
    let MetricsCall { view, metrics, by, versus, clock, stat, variant, share, period: _, filters: _, as_of: _ } = call;
    let given = [
        (*view != View::default(), "`explain`, `list` and `export`"),
        (!metrics.is_empty(), "the names of metrics"),
        (by.is_some(), "`by …`"),
        (*versus != Versus::default(), "`vs …`"),
        (clock.is_some(), "`clock:…`, since rows have both clocks"),
        (stat.is_some(), "`stat:…`"),
        (variant.is_some(), "`variant:…`"),
        (*share, "`share`"),
    ];
    given.into_iter().find_map(|(given, words)| given.then_some(words))
}
