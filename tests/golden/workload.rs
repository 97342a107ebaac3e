//! What the workload metrics say under the keys of the examples.

use deskbell::metrics::answer::{Figures, Particulars, Row};
use serde_json::{Map, Value, json};

/// `None` under a key that is not theirs.
pub(crate) fn actual(key: &str, figures: &Figures) -> Option<Value> {
    let rows = || figures.rows.iter().flatten();
    Some(match (key, &figures.detail.particulars) {
        ("peak_hour", Particulars::Peak(peak)) => json!(peak.hour),
        ("rate", Particulars::Peak(_)) | ("per_day", Particulars::Busiest { .. }) => json!(figures.value),
        ("total_slots", Particulars::Peak(_)) => json!(hours(figures).map(|(_, _, slots)| slots).sum::<f64>()),
        ("counts", Particulars::Peak(_)) => object(hours(figures).map(|(hour, tickets, _)| (hour, json!(tickets)))),
        ("slots", Particulars::Peak(_)) => object(hours(figures).map(|(hour, _, slots)| (hour, json!(slots)))),
        ("day", Particulars::Busiest { day }) => json!(day),
        ("total", Particulars::Breakdown { .. }) => json!(figures.value),
        ("sums_to_100", Particulars::Breakdown { overlapping, .. }) => json!(!overlapping),
        ("rows", Particulars::Breakdown { .. }) => rows()
            .filter_map(|row| match row {
                Row::Share(r) => Some(json!([r.key.as_deref().unwrap_or("(none)"), r.tickets, r.share])),
                _ => None,
            })
            .collect(),
        ("total", Particulars::Issues { total, .. }) => json!(total),
        ("uncategorised", Particulars::Issues { uncategorised, .. }) => json!(uncategorised),
        ("ranked", Particulars::Issues { .. }) => rows()
            .filter_map(|row| match row {
                Row::Issue(r) => Some(json!([r.category, r.tickets, r.share])),
                _ => None,
            })
            .collect(),
        (category, Particulars::Spikes) => rows().find_map(|row| match row {
            Row::Spike(r) if r.category == category => Some(json!(r)),
            _ => None,
        })?,
        ("by_agent", Particulars::Solvers { .. } | Particulars::Senders { .. }) => object(rows().filter_map(by_agent)),
        ("mean", Particulars::Solvers { .. }) | ("balance", Particulars::Loads { .. }) => json!(figures.value),
        ("open", Particulars::Loads { .. }) => object(loads(figures, |r| json!(r.open))),
        ("share", Particulars::Loads { .. }) => object(loads(figures, |r| json!(r.open_share))),
        ("rows", _) if rows().any(|row| matches!(row, Row::Feedback(_))) => rows()
            .filter_map(|row| match row {
                Row::Feedback(r) => Some(json!([r.area, r.customers, r.tickets])),
                _ => None,
            })
            .collect(),
        _ => return None,
    })
}

fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    entries.collect::<Map<_, _>>().into()
}

fn hours(figures: &Figures) -> impl Iterator<Item = (String, u64, f64)> {
    figures.rows.iter().flatten().filter_map(|row| match row {
        Row::Hour(r) => Some((r.hour.to_string(), r.tickets, r.slots)),
        _ => None,
    })
}

fn by_agent(row: &Row) -> Option<(String, Value)> {
    match row {
        Row::Solver(r) => Some((r.agent.clone()?, json!(r.solved))),
        Row::Sender(r) => Some((r.agent.clone()?, json!(r.replies))),
        _ => None,
    }
}

fn loads(
    figures: &Figures,
    tell: impl Fn(&deskbell::metrics::answer::LoadRow) -> Value,
) -> impl Iterator<Item = (String, Value)> {
    figures.rows.iter().flatten().filter_map(move |row| match row {
        Row::Load(r) => Some((r.agent.clone(), tell(r))),
        _ => None,
    })
}
