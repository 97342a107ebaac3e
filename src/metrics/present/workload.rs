//! What workload metrics say beside their value (kpis.md 5.3, "Shows").

use super::super::answer::{Figures, IssueRow, Particulars, Peak, Row, ShareRow, SpikeRow};
use super::super::format;
use super::lists;
use super::words;
use crate::domain::message::{Block, Text};

/// Groups of a breakdown below this share are put together in chat.
const LEAST_SHARE: f64 = 0.02;
/// Below this share of tickets with a category, a ranking of categories says little.
const LEAST_COVERAGE: f64 = 0.7;
/// How many groups or issues a line names.
const NAMED: usize = 3;

/// What a line says beside the value.
pub(super) fn particulars(figures: &Figures) -> Vec<String> {
    let count = |n: u64| format::count(n as f64);
    let rows = || figures.rows.iter().flatten();
    match &figures.detail.particulars {
        Particulars::Peak(peak) => {
            let mut said = vec![format!("{} each time", slot(peak.hour))];
            said.extend(peak.then.map(|then| format!("then {:02}:00", then)));
            said
        }
        Particulars::Busiest { day } => vec![format!("{}, a day", words::capital(day))],
        Particulars::Breakdown { .. } => {
            let shares = collapsed(figures);
            let named = shares.iter().map(|row| format!("{} {}", key(row), percent(row.share)));
            vec![named.collect::<Vec<_>>().join(" · ")].into_iter().filter(|said| !said.is_empty()).collect()
        }
        Particulars::Issues { uncategorised, .. } => {
            let issue = |row: &Row| match row {
                Row::Issue(IssueRow { rank, category, tickets, share, .. }) => {
                    Some(format!("{rank} {category} {} ({})", count(*tickets), percent(*share)))
                }
                _ => None,
            };
            let mut said: Vec<String> = rows().filter_map(issue).take(NAMED).collect();
            if *uncategorised > 0 {
                said.push(format!("uncategorised {}", count(*uncategorised)));
            }
            said
        }
        Particulars::Solvers { people, unassigned } => {
            let mut said = vec![format!("by {}", persons(*people))];
            if *unassigned > 0 {
                said.push(format!("{} unassigned", count(*unassigned)));
            }
            said
        }
        Particulars::Loads { people } => vec![format!("balance over {}", persons(*people))],
        Particulars::Senders { people } => vec![format!("by {}", persons(*people))],
        Particulars::Spikes => {
            let spike = |row: &Row| match row {
                Row::Spike(SpikeRow { category, now, before, spike: true, .. }) => {
                    Some(format!("⚠ {category} {} vs {}", count(*now), count(*before)))
                }
                _ => None,
            };
            rows().filter_map(spike).collect()
        }
        _ => Vec::new(),
    }
}

/// Warnings that come with what was found out.
pub(super) fn caveats(particulars: &Particulars) -> Vec<String> {
    match particulars {
        Particulars::Peak(peak) if peak.indicative => vec!["indicative: fewer than 4 weeks".to_owned()],
        Particulars::Breakdown { overlapping: true, .. } => {
            vec!["a ticket counts under each of its tags, so shares sum to more than 100%".to_owned()]
        }
        Particulars::Issues { total, uncategorised } if *total > 0 => {
            let coverage = (total - uncategorised) as f64 / *total as f64;
            let warning = format!("only {} have a category", percent(coverage));
            Some(warning).filter(|_| coverage < LEAST_COVERAGE).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// `09:00–10:00`.
pub(super) fn slot(hour: u8) -> String {
    format!("{hour:02}:00–{:02}:00", (hour + 1) % 24)
}

fn percent(share: f64) -> String {
    format!("{}%", format::count(share * 100.0))
}

fn persons(n: u64) -> String {
    format!("{} {}", format::count(n as f64), if n == 1 { "person" } else { "people" })
}

fn key(row: &ShareRow) -> &str {
    row.key.as_deref().unwrap_or("(none)")
}

/// The groups of a breakdown as chat shows them: the small ones together.
fn collapsed(figures: &Figures) -> Vec<ShareRow> {
    let rows = figures.rows.iter().flatten();
    let shares = rows.filter_map(|row| if let Row::Share(share) = row { Some(share) } else { None });
    let (large, small): (Vec<&ShareRow>, Vec<&ShareRow>) = shares.partition(|row| row.share >= LEAST_SHARE);
    let mut shown: Vec<ShareRow> = large.into_iter().cloned().collect();
    match small.as_slice() {
        [] => {}
        [only] => shown.push((*only).clone()),
        several => shown.push(ShareRow {
            key: Some(format!("other ({} values)", several.len())),
            tickets: several.iter().map(|row| row.tickets).sum(),
            share: several.iter().map(|row| row.share).sum(),
        }),
    }
    shown
}

/// What a card adds in fields.
pub(super) fn fields(figures: &Figures) -> Vec<(&'static str, String)> {
    match (&figures.detail.particulars, figures.value) {
        (Particulars::Volume { days, business_days, .. }, Some(value)) if *days > 1 => {
            let mut fields = vec![("A day", format!("{:.1}", value / *days as f64))];
            let business = business_days.filter(|days| *days > 0);
            fields.extend(business.map(|days| ("A business day", format!("{:.1}", value / days as f64))));
            fields
        }
        _ => Vec::new(),
    }
}

/// The hours of the week as shades: a line a day, a column an hour.
pub(super) fn heatmap(peak: &Peak) -> Block {
    const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let most = peak.heat.iter().flatten().flatten().copied().fold(0.0, f64::max);
    let shade = |rate: &Option<f64>| match rate {
        None => ' ',
        Some(rate) if *rate <= 0.0 => SHADES[0],
        Some(rate) => SHADES[((rate / most * 4.0).ceil() as usize).clamp(1, 4)],
    };
    let mut lines = vec!["    0     6     12    18".to_owned()];
    for (day, hours) in DAYS.iter().zip(&peak.heat) {
        lines.push(format!("{day} {}", hours.iter().map(shade).collect::<String>()));
    }
    Block::Code(lines.join("\n"))
}

/// The table of a breakdown.
pub(super) fn shares(figures: &Figures) -> Option<Block> {
    let rows = collapsed(figures);
    let text = |row: &ShareRow| {
        vec![
            Text::plain(key(row)),
            Text::plain(format::count(row.tickets as f64)),
            Text::plain(format::percent(Some(row.share))),
        ]
    };
    lists::table(&[("Value", false), ("Tickets", true), ("Share", true)], rows.iter().map(text).collect())
}
