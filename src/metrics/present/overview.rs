//! The desk at a glance (kpis.md 5.6.5 and 6.4): five lines, at most one highlight and one concern.

use super::super::answer::{Answer, Particulars, Reason, Report};
use super::super::format;
use super::words::{self, Comparison};
use super::{line, subject, table, tone, when};
use crate::domain::message::{Block, Message, Piece, Text};
use crate::domain::names::{Clock, MetricId};

/// The overview.
pub(super) fn overview(report: &Report) -> Message {
    let desk = Desk { report };
    let mut blocks: Vec<Block> = [desk.flow(), desk.answering(), desk.solving(), desk.satisfaction()]
        .into_iter()
        .flatten()
        .map(Block::Text)
        .collect();
    let (highlight, concern) = (desk.highlight(), desk.concern());
    for (sign, found) in [("✔ ", &highlight), ("⚠ ", &concern)] {
        if let Some(words) = found {
            blocks.push(Block::Text(Text::plain(sign).then(words.as_str())));
        }
    }
    blocks.extend(desk.course());
    blocks.extend(table::together(report, &desk.for_table()));
    if !report.asked.missing.is_empty() {
        let names: Vec<&str> = report.asked.missing.iter().map(|need| need.name()).collect();
        blocks.push(Block::Text(Text::plain(format!("Not connected: {}", names.join(", ")))));
    }
    let tone = tone(report.metrics.iter().filter(|a| a.id != MetricId::TicketsSolved));
    Message { tone, title: format!("{}, {}", subject(report), when(report)), blocks, ..Message::default() }
}

/// The answers of an overview by name. Metrics without a source are left out.
struct Desk<'r> {
    report: &'r Report,
}

impl<'r> Desk<'r> {
    fn get(&self, id: MetricId) -> Option<&'r Answer> {
        let connected = |a: &&Answer| a.figures.reason != Some(Reason::NotConnected);
        self.report.metrics.iter().find(|a| a.id == id).filter(connected)
    }

    /// Name and value in bold, spread and trend in parentheses.
    fn entry(&self, id: MetricId, clock: bool) -> Option<Text> {
        let answer = self.get(id)?;
        let name = words::short(id);
        if answer.figures.value.is_none() {
            return Some(Text::bold(format!("{name} n/a")));
        }
        let mut inside: Vec<String> = words::spread(id, answer.clock, &answer.figures).into_iter().collect();
        inside.extend(
            answer.figures.n.filter(|_| clock || id == MetricId::Csat).map(|n| words::sample(id, &answer.figures, n)),
        );
        inside.extend(answer.clock.filter(|_| clock).map(|c| short_clock(c).to_owned()));
        let mut text = Text::bold(format!("{name} {}", words::value(id, answer.clock, &answer.figures)));
        if !inside.is_empty() {
            text = text.then(format!(" ({})", inside.join(", ")));
        }
        if let Some(trend) = words::trend_words(id, &answer.figures) {
            text = text.then(format!(" {trend}"));
        }
        Some(text)
    }

    fn count(&self, id: MetricId) -> Option<f64> {
        self.get(id)?.figures.value
    }

    /// Volume, solved, backlog.
    fn flow(&self) -> Option<Text> {
        let backlog = self.get(MetricId::Backlog).and_then(|a| a.figures.value).map(|backlog| {
            let flow = self.count(MetricId::NetFlow).map(|f| format!(" ({})", format::signed_count(f)));
            let oldest = self.get(MetricId::BacklogAge).and_then(|a| a.figures.detail.spread);
            let oldest = oldest.map(|s| format!(", oldest {}", format::duration(Some(s.max))));
            Text::bold(format!("backlog {}", format::count(backlog)))
                .then(flow.unwrap_or_default())
                .then(oldest.unwrap_or_default())
        });
        let solved = self.count(MetricId::TicketsSolved).map(|n| Text::bold(format!("solved {}", format::count(n))));
        joined([self.entry(MetricId::TicketVolume, false), solved, backlog])
    }

    /// First response, and who still waits for one.
    fn answering(&self) -> Option<Text> {
        let waiting = self.get(MetricId::UnrepliedTickets).and_then(|a| Some((a, a.figures.value?)));
        let waiting = waiting.filter(|(_, n)| *n > 0.0).map(|(answer, n)| {
            let longest = match &answer.figures.detail.particulars {
                Particulars::Unreplied { longest_s: Some(s), .. } => {
                    format!(", longest {}", format::duration(Some(*s)))
                }
                _ => String::new(),
            };
            Text::plain(format!("{} still without any reply{longest}", format::count(n)))
        });
        joined([self.entry(MetricId::FirstResponseTime, true), waiting])
    }

    /// Resolution time with its companions.
    fn solving(&self) -> Option<Text> {
        let fcr = self.entry(MetricId::FirstContactResolution, false).map(|text| {
            match self.get(MetricId::FirstContactResolution).map(|a| &a.figures.detail.particulars) {
                Some(Particulars::FirstContact { provisional, .. }) if *provisional > 0 => {
                    text.then(format!(", {provisional} provisional"))
                }
                _ => text,
            }
        });
        joined([self.entry(MetricId::ResolutionTime, true), fcr, self.entry(MetricId::ReopenRate, false)])
    }

    /// Ratings and promises.
    fn satisfaction(&self) -> Option<Text> {
        let at_risk = self.count(MetricId::SlaAtRisk).filter(|n| *n > 0.0);
        let at_risk = at_risk.map(|n| Text::bold(format!("{} at risk", format::count(n))));
        joined([self.entry(MetricId::Csat, false), self.entry(MetricId::SlaAttainment, false), at_risk])
    }

    /// The clear changes of one kind, the largest first.
    fn largest(&self, kind: Comparison) -> Option<&'r Answer> {
        let size = |a: &Answer| match (a.figures.value, a.figures.previous.and_then(|p| p.value)) {
            (Some(now), Some(then)) if then > 0.0 => (now / then - 1.0).abs(),
            _ => f64::INFINITY,
        };
        // Solved follows what comes in: fewer tickets are no deterioration. Net flow and backlog tell more.
        let judged = self.report.metrics.iter().filter(|a| a.id != MetricId::TicketsSolved);
        let clear = judged.filter(|a| Comparison::of(a.id, &a.figures) == kind);
        clear.max_by(|a, b| size(a).total_cmp(&size(b)))
    }

    fn highlight(&self) -> Option<String> {
        self.largest(Comparison::Better).map(changed)
    }

    /// The largest clear deterioration, else the promise kept least.
    fn concern(&self) -> Option<String> {
        self.largest(Comparison::Worse).map(changed).or_else(|| {
            let Particulars::Promises { by_target, .. } =
                &self.get(MetricId::SlaAttainment)?.figures.detail.particulars
            else {
                return None;
            };
            let share = |(kept, all): (u64, u64)| kept as f64 / all as f64;
            let (target, (kept, all)) = by_target
                .iter()
                .filter(|(_, (kept, all))| kept < all)
                .min_by(|(_, a), (_, b)| share(**a).total_cmp(&share(**b)))?;
            let name = target.name().replace('_', " ");
            let percent = format::percent(Some(share((*kept, *all))));
            Some(format!("SLA {name} {percent}: {} of {all} missed", all - kept))
        })
    }

    /// The course of the volume, if there is one to see.
    fn course(&self) -> Option<Block> {
        let volume = self.get(MetricId::TicketVolume)?;
        super::card::sparkline(volume, self.report)
    }

    /// What a breakdown of the overview compares.
    fn for_table(&self) -> Vec<Answer> {
        let ids = [
            MetricId::TicketVolume,
            MetricId::Backlog,
            MetricId::FirstResponseTime,
            MetricId::Csat,
            MetricId::SlaAttainment,
        ];
        ids.iter().filter_map(|id| self.get(*id)).cloned().collect()
    }
}

/// A clear change in a sentence.
fn changed(answer: &Answer) -> String {
    let before = answer.figures.previous.and_then(|p| p.value);
    let was = before.map(|b| format!(", was {}", words::shown(answer.id, answer.clock, &answer.figures, Some(b))));
    let trend = words::change(answer.id, &answer.figures).unwrap_or_default();
    let now = words::value(answer.id, answer.clock, &answer.figures);
    format!("{} {now} {trend}, clear{}", words::short(answer.id), was.unwrap_or_default())
}

const fn short_clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Business => "business",
        Clock::Calendar => line::clock_words(clock),
    }
}

fn joined(parts: impl IntoIterator<Item = Option<Text>>) -> Option<Text> {
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts.into_iter().flatten() {
        if !pieces.is_empty() {
            pieces.push(Piece::Plain(" · ".to_owned()));
        }
        pieces.extend(part.0);
    }
    (!pieces.is_empty()).then_some(Text(pieces))
}
