//! Samples as rows.

use serde_json::Value;

use super::Cell;
use super::cell::seconds;
use crate::domain::sample::Sample;
use crate::domain::thread;

/// A sample and what it says.
pub(super) struct Told<'a> {
    sample: &'a Sample,
    /// But for its kind, its duration and its text, which have columns of their own.
    fact: Value,
    calendar_ms: Option<i64>,
    business_ms: Option<i64>,
}

impl<'a> Told<'a> {
    pub(super) fn new(sample: &'a Sample) -> Self {
        let mut fact = serde_json::to_value(sample.fact).expect("facts are plain data");
        let (mut calendar_ms, mut business_ms) = (None, None);
        if let Some(fields) = fact.as_object_mut() {
            fields.remove("kind");
            if let Some(elapsed) = fields.remove("elapsed") {
                (calendar_ms, business_ms) = (elapsed["calendar_ms"].as_i64(), elapsed["business_ms"].as_i64());
            }
            let names = sample.fact.kind().names().iter().zip(&sample.names);
            fields.extend(names.map(|(name, value)| ((*name).to_owned(), value.as_deref().into())));
        }
        Self { sample, fact, calendar_ms, business_ms }
    }
}

/// Fills a column.
type Tell = fn(&Told<'_>) -> Cell;

/// What is told of a sample. Where it is not of a ticket, its thread is the call, the survey, the customer or the event
/// that it is of. Its values are those of its instant; what else it says depends on its kind.
pub(super) const COLUMNS: &[(&str, Tell)] = &[
    ("source", |t| t.sample.ticket.source.as_str().into()),
    ("ticket", |t| thread::is_ticket(&t.sample.ticket).then_some(t.sample.ticket.id.as_str()).into()),
    ("thread", |t| (!thread::is_ticket(&t.sample.ticket)).then(|| thread::name(&t.sample.ticket)).into()),
    ("kind", |t| t.sample.fact.kind().name().into()),
    ("at", |t| t.sample.at.into()),
    ("until", |t| t.sample.until.into()),
    ("customer", |t| t.sample.customer.as_deref().into()),
    ("team", |t| t.sample.dimensions.team.as_deref().into()),
    ("agent", |t| t.sample.dimensions.agent.as_deref().into()),
    ("channel", |t| t.sample.dimensions.channel.as_deref().into()),
    ("priority", |t| Some(t.sample.dimensions.priority.as_str()).filter(|p| !p.is_empty()).into()),
    ("tags", |t| t.sample.dimensions.tags.as_slice().into()),
    ("category", |t| t.sample.dimensions.category.as_deref().into()),
    ("tier", |t| t.sample.dimensions.tier.as_deref().into()),
    ("elapsed_s", |t| seconds(t.calendar_ms)),
    ("elapsed_business_s", |t| seconds(t.business_ms)),
    ("fact", |t| Cell::Data(t.fact.clone())),
    ("text", |t| t.sample.text.as_deref().into()),
];
