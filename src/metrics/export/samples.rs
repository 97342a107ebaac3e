//! Samples as rows.

use super::Cell;
use super::cell::seconds;
use crate::domain::sample::Sample;

/// Fills a column.
type Tell = fn(&Sample) -> Cell;

/// What is told of a sample. Its values are those of its instant; what else it says depends on its kind.
pub(super) const COLUMNS: &[(&str, Tell)] = &[
    ("source", |s| s.ticket.source.as_str().into()),
    ("ticket", |s| s.ticket.id.as_str().into()),
    ("kind", |s| s.fact.kind().name().into()),
    ("at", |s| s.at.into()),
    ("until", |s| s.until.into()),
    ("customer", |s| s.customer.as_deref().into()),
    ("team", |s| s.dimensions.team.as_deref().into()),
    ("agent", |s| s.dimensions.agent.as_deref().into()),
    ("channel", |s| s.dimensions.channel.as_deref().into()),
    ("priority", |s| s.dimensions.priority.as_str().into()),
    ("tags", |s| s.dimensions.tags.as_slice().into()),
    ("category", |s| s.dimensions.category.as_deref().into()),
    ("tier", |s| s.dimensions.tier.as_deref().into()),
    ("elapsed_s", |s| elapsed(s, "calendar_ms")),
    ("elapsed_business_s", |s| elapsed(s, "business_ms")),
    ("fact", |s| Cell::Data(fact(s))),
];

/// What it says, but for its kind and its duration, which have columns of their own.
fn fact(sample: &Sample) -> serde_json::Value {
    let mut fact = serde_json::to_value(&sample.fact).expect("facts are plain data");
    if let Some(fields) = fact.as_object_mut() {
        fields.remove("kind");
        fields.remove("elapsed");
    }
    fact
}

fn elapsed(sample: &Sample, clock: &str) -> Cell {
    let fact = serde_json::to_value(&sample.fact).expect("facts are plain data");
    seconds(fact["elapsed"][clock].as_i64())
}
