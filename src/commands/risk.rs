//! `/sla`: the promises at risk, the soonest deadline first: how much time is left, who holds them, what to do.

use std::collections::BTreeMap;

use super::claims::button;
use super::{Asked, BUTTON_BYTES, Desk, Extras, Refusal, Reply, SHOWN, speech};
use crate::chat::Channel;
use crate::domain::alert::target_words;
use crate::domain::handling::{Handling, Hold};
use crate::domain::message::{Action, ActionKind, Block, Column, Message, Piece, Table, Text, Tone};
use crate::domain::names::MetricId;
use crate::domain::query::{PeriodSpec, RollingUnit, Versus};
use crate::domain::sample::TicketKey;
use crate::domain::sla;
use crate::domain::timestamp::Timestamp;
use crate::grammar::{AtRiskCall, Deed, MetricsCall, SlaCall};
use crate::metrics::answer::{AtRiskRow, Particulars, Row, TicketRef};
use crate::metrics::forecast::{ENOUGH, Forecast};
use crate::metrics::{format, present};
use crate::store::StoreError;

/// What was decided lately is told beside what runs.
const LATELY: PeriodSpec = PeriodSpec::Last(28, RollingUnit::Days);

/// So many of the tickets have buttons.
const WITH_BUTTONS: usize = 3;

impl Desk {
    /// What is at risk in the team of the channel, or by the filters given.
    pub(super) async fn at_risk(&self, call: &AtRiskCall, asked: &Asked<'_>, now: Timestamp) -> Result<Reply, Refusal> {
        let AtRiskCall { filters, as_of, share } = call.clone();
        let period = Some(LATELY);
        let metrics = vec![MetricId::SlaAtRisk];
        let question =
            MetricsCall { metrics, period, filters, as_of, share, versus: Versus::None, ..MetricsCall::default() };
        let report = self.report(&question, true, asked, now).await?;
        let figures = report.metrics.first().map(|answer| &answer.figures);
        let Some((figures, Particulars::AtRisk { running, next, missed, forecast })) =
            figures.map(|figures| (figures, &figures.detail.particulars))
        else {
            // Nothing is promised, or nothing is connected: the metric says which.
            return Ok(Reply::new(present::message(&report), share));
        };
        let rows: Vec<&AtRiskRow> = figures.rows.iter().flatten().filter_map(at_risk_row).collect();
        let claims = self.claims(&rows[..rows.len().min(SHOWN)], report.as_of).await?;

        let about = present::subject(&report);
        let title = match rows.len() {
            0 => format!("{about}: nothing is at risk"),
            1 => format!("{about}: 1 promise at risk"),
            n => format!("{about}: {} promises at risk", format::count(n as f64)),
        };
        let mut blocks: Vec<Block> = table(&rows, &claims).into_iter().collect();
        blocks.push(Block::Text(standing(*running, *next, *missed, rows.is_empty())));
        blocks.extend(forecast.as_ref().and_then(foreseen).map(Block::Text));
        let tone = match (rows.is_empty(), *missed) {
            (false, _) => Tone::Warning,
            (true, 0) => Tone::Good,
            (true, _) => Tone::Neutral,
        };
        let mut actions = actions(&rows, &claims);
        if *missed > 0 {
            let metrics = vec![MetricId::SlaBreaches];
            actions.extend(speech::button("Missed", MetricsCall { metrics, share: false, as_of: None, ..question }));
        }
        let footer = vec![Text::plain("As of ").and(Piece::Time(report.as_of))];
        let message = Message { tone, title, blocks, actions, footer, ..Message::default() };
        Ok(Reply::new(message, share))
    }

    /// How many of the promises that run will be missed soon, for a digest.
    pub(super) async fn forecast(&self, channel: &Channel, at: Timestamp) -> Result<Option<Text>, StoreError> {
        let metrics = vec![MetricId::SlaAtRisk];
        let question = MetricsCall { metrics, period: Some(LATELY), versus: Versus::None, ..MetricsCall::default() };
        let extras = Extras { beside: false, people: false, drawn: false };
        let report = self.compute(&self.of_channel(question, channel), extras, at).await?;
        Ok(match report.metrics.first().map(|answer| &answer.figures.detail.particulars) {
            Some(Particulars::AtRisk { forecast, .. }) => forecast.as_ref().and_then(foreseen),
            _ => None,
        })
    }

    /// Who holds each of the promises at a moment.
    async fn claims(&self, rows: &[&AtRiskRow], at: Timestamp) -> Result<Claims, StoreError> {
        let mut claims = Claims::new();
        for row in rows {
            let key = key(&row.ticket);
            if claims.keys().any(|(known, _)| *known == key) {
                continue;
            }
            let Some(ticket) = self.ticket_at(&key, at).await? else { continue };
            for instance in sla::instances(&ticket, &self.definitions) {
                let holder = Handling::of(&ticket, &instance.promise).claimed(at).cloned();
                claims.insert((key.clone(), instance.promise.target), holder);
            }
        }
        Ok(claims)
    }
}

/// The claim on each promise of a ticket that holds, if one does.
type Claims = BTreeMap<(TicketKey, sla::Target), Option<Hold>>;

const fn at_risk_row(row: &Row) -> Option<&AtRiskRow> {
    match row {
        Row::AtRisk(row) => Some(row),
        _ => None,
    }
}

fn key(ticket: &TicketRef) -> TicketKey {
    TicketKey { source: ticket.source.clone(), id: ticket.ticket.clone() }
}

fn claim<'c>(row: &AtRiskRow, claims: &'c Claims) -> Option<&'c Hold> {
    claims.get(&(key(&row.ticket), row.target))?.as_ref()
}

fn table(rows: &[&AtRiskRow], claims: &Claims) -> Option<Block> {
    let with_subjects = rows.iter().any(|row| row.ticket.subject.is_some());
    let heads = [("Ticket", false), ("Subject", false), ("Promise", false), ("Left", true), ("Due", true)];
    let heads = heads.into_iter().chain([("Who", false)]).filter(|(head, _)| with_subjects || *head != "Subject");
    let columns = heads.map(|(head, right)| Column { head: head.to_owned(), right }).collect();
    let line = |row: &&AtRiskRow| {
        let mut cells = vec![present::ticket(&row.ticket)];
        cells.extend(with_subjects.then(|| Text::plain(row.ticket.subject.clone().unwrap_or_default())));
        cells.push(Text::plain(target_words(row.target)));
        cells.push(Text::plain(format::duration_on(Some(row.clock), row.left_s)));
        cells.push(row.deadline.map_or_else(|| Text::plain("paused"), |due| Text::default().and(Piece::Time(due))));
        cells.push(match claim(row, claims) {
            Some(hold) => Text::plain(format!("{}, claimed", hold.by)),
            None => present::who(&row.ticket),
        });
        cells
    };
    let shown = rows.iter().take(SHOWN).map(line).collect();
    let more = rows.len().saturating_sub(SHOWN);
    (!rows.is_empty()).then_some(Block::Table(Table { columns, rows: shown, more }))
}

/// What runs besides, and what is over already.
fn standing(running: u64, next: Option<Timestamp>, missed: u64, alone: bool) -> Text {
    let mut text = Text::plain(match running {
        0 => "No promise runs.".to_owned(),
        1 => "1 promise runs".to_owned(),
        n => format!("{} promises run", format::count(n as f64)),
    });
    if running > 0 {
        text = match next.filter(|_| alone) {
            Some(next) => text.then("; the next is due ").and(Piece::Time(next)).then("."),
            None => text.then("."),
        };
    }
    match missed {
        0 => text,
        1 => text.then(" 1 was missed in the last 28 days and is still open."),
        n => text.then(format!(" {} were missed in the last 28 days and are still open.", format::count(n as f64))),
    }
}

/// How many will be missed, by when, how sure that is and from what it is known; `None` if nothing is due by then.
fn foreseen(forecast: &Forecast) -> Option<Text> {
    let Forecast { until, working_day, due, unknown, missed, past } = *forecast;
    if due == 0 {
        return None;
    }
    let count = |n: u64| format::count(n as f64);
    let by = if working_day { "by the end of the working day, " } else { "in the next 24 hours, until " };
    let text = Text::bold("Forecast").then(format!(": promises due {by}")).and(Piece::Time(until));
    let text = text.then(format!(": {}. ", count(due)));
    let Some(expected) = missed else {
        let few = "There is too little history to say how many will be missed: fewer than";
        return Some(text.then(format!("{few} {ENOUGH} decided in the last 28 days had got as far.")));
    };
    let mean = match expected.mean {
        0.0 => "none".to_owned(),
        few if few < 10.0 => format!("{few:.1}"),
        many => count(many.round() as u64),
    };
    let range = if expected.low == expected.high {
        format!("four times out of five {}", count(expected.low))
    } else {
        format!("four times out of five {} to {}", count(expected.low), count(expected.high))
    };
    let without = match unknown {
        0 => String::new(),
        n => format!(" Too little history about {} of them.", count(n)),
    };
    let method =
        format!("by how often promises that had got as far were missed in the last 28 days, {} decided", count(past));
    Some(text.then(format!("At the present pace {mean} will be missed ({range}; {method}).{without}")))
}

/// What can be done about the most urgent tickets.
fn actions(rows: &[&AtRiskRow], claims: &Claims) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut told: Vec<TicketKey> = Vec::new();
    for row in rows {
        let key = key(&row.ticket);
        if told.len() == WITH_BUTTONS || told.contains(&key) {
            continue;
        }
        let id = &key.id;
        let mine = match claim(row, claims) {
            Some(_) => button(&format!("Release {id}"), SlaCall::Act(key.to_string(), Deed::Release)),
            None => button(&format!("Claim {id}"), SlaCall::Act(key.to_string(), Deed::Claim)),
        };
        actions.extend([mine, button(&format!("Why {id}"), SlaCall::Why(key.to_string(), None))]);
        let open = |url: &String| Action { label: format!("Open {id}"), does: ActionKind::Open { url: url.clone() } };
        actions.extend(row.ticket.url.iter().map(open));
        told.push(key);
    }
    actions.retain(|action| action.does.command().is_none_or(|command| command.len() <= BUTTON_BYTES));
    actions
}
