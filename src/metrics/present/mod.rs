//! Answers as messages people read: an overview, a card for one metric, lines for several.
//!
//! What is said and what is held back follows kpis.md R15, R17, R23 and 4.3. Nothing is told by colour alone.

mod card;
mod chart;
mod composed;
mod cost;
mod effort;
mod explanation;
mod line;
mod lists;
mod overview;
mod satisfaction;
mod table;
#[cfg(test)]
mod tests;
mod tickets;
mod words;
mod workload;

pub use line::line;
pub use tickets::{ticket, who};
pub(in crate::metrics) use words::value;
pub use words::{period_words, trend_words};

use super::answer::{Answer, Report, Stretch};
use super::period::Period;
use crate::domain::message::{Block, Message, Text, Tone};
use crate::domain::names::{Better, Clock, Dimension, MetricId};
use crate::domain::query::{Versus, View};
use words::Comparison;

/// The message that answers a question.
pub fn message(report: &Report) -> Message {
    let mut message = match report.metrics.as_slice() {
        _ if report.asked.view == View::Explanation => explanation::explanation(report),
        _ if report.asked.view == View::Tickets => tickets::tickets(report),
        [answer] if !report.asked.overview => card::card(report, answer),
        _ if report.asked.overview => overview::overview(report),
        answers => Message {
            tone: tone(answers.iter()),
            title: format!("{}, {}", subject(report), when(report)),
            blocks: several(report, answers),
            ..Message::default()
        },
    };
    let with_period = report.asked.view != View::Number || matches!(report.metrics.as_slice(), [_]);
    message.footer = footer(report, with_period);
    message.chart = if report.asked.drawn { chart::chart(report).map(Box::new) } else { None };
    message
}

/// Several metrics asked for by name: a line each, and one table for all.
fn several(report: &Report, answers: &[Answer]) -> Vec<Block> {
    let mut blocks: Vec<Block> = answers.iter().map(|a| Block::Text(line(a))).collect();
    blocks.extend(table::together(report, answers));
    blocks
}

/// Warns of what got clearly worse or misses its target; rejoices only where nothing does.
fn tone<'a>(answers: impl Iterator<Item = &'a Answer>) -> Tone {
    let (mut good, mut bad) = (false, false);
    for answer in answers {
        let comparison = Comparison::of(answer.id, &answer.figures);
        let (rows_good, rows_bad) = composed::moods(&answer.figures);
        good |= answer.figures.met == Some(true) || comparison == Comparison::Better || rows_good;
        bad |= answer.figures.met == Some(false) || comparison == Comparison::Worse || rows_bad;
    }
    match (good, bad) {
        (_, true) => Tone::Warning,
        (true, false) => Tone::Good,
        (false, false) => Tone::Neutral,
    }
}

/// Whom the answer is about: the team filtered for, else the whole desk; other filters follow in words.
pub fn subject(report: &Report) -> String {
    let team = report.filters.get(Dimension::Team.name()).map(|teams| teams.join(", "));
    let mut out = team.unwrap_or_else(|| "Support".to_owned());
    for (key, values) in report.filters.iter().filter(|(key, _)| *key != Dimension::Team.name()) {
        let (sign, key) = key.strip_prefix('-').map_or(("", key.as_str()), |key| ("not ", key));
        out.push_str(&format!(" · {sign}{key} {}", values.join(", ")));
    }
    out
}

fn when(report: &Report) -> String {
    period_words(stretch(&report.period), report.as_of, report.asked.zone)
}

fn stretch(stretch: &Stretch) -> Period {
    Period { from: stretch.from, to: stretch.to }
}

/// The small print: period (unless the title says it) with zone, what it is compared with, clock.
fn footer(report: &Report, with_period: bool) -> Vec<Text> {
    let zone = report.asked.zone;
    let timezone = &report.period.timezone;
    let mut parts = vec![if with_period { format!("{} ({timezone})", when(report)) } else { timezone.clone() }];
    if let Some(compared) = &report.compared_to {
        parts.push(match report.asked.versus {
            Versus::Average => "vs the mean of the four periods before".to_owned(),
            Versus::LastYear => format!("vs {}, a year earlier", period_words(stretch(compared), report.as_of, zone)),
            Versus::Previous | Versus::LastWeek | Versus::LastMonth | Versus::None => {
                format!("vs {}", period_words(stretch(compared), report.as_of, zone))
            }
        });
    }
    let clocks = [(Clock::Business, "business hours"), (Clock::Calendar, "calendar time")];
    for (clock, words) in clocks {
        // The age of the backlog is a detail of the overview and is always in calendar time.
        let told = |a: &&Answer| !report.asked.overview || a.id != MetricId::BacklogAge;
        if report.metrics.iter().filter(told).any(|a| a.clock == Some(clock)) {
            parts.push(words.to_owned());
        }
    }
    vec![Text::plain(parts.join(" · "))]
}

/// Whether bigger is better, in words for a comparison.
const fn improves(better: Better, change: f64) -> Option<bool> {
    match better {
        Better::Higher => Some(change > 0.0),
        Better::Lower => Some(change < 0.0),
        Better::Neutral => None,
    }
}
