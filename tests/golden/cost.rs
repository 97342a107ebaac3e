//! What the metrics of cost and value say under the keys of the examples.

use deskbell::metrics::answer::{Figures, Particulars};
use serde_json::{Value, json};

/// `None` under a key that is not theirs.
pub(crate) fn actual(key: &str, figures: &Figures) -> Option<Value> {
    Some(match (key, &figures.detail.particulars) {
        ("cost" | "tickets", Particulars::Quotient(quotient)) => json!(quotient.total),
        ("customers", Particulars::Quotient(quotient)) => json!(quotient.by),
        ("start", Particulars::Retention(retention)) => json!(retention.start),
        ("end", Particulars::Retention(retention)) => json!(retention.end),
        ("new", Particulars::Retention(retention)) => json!(retention.new),
        ("new_active_at_end", Particulars::Retention(retention)) => json!(retention.new_at_end),
        ("arpa_month", Particulars::Lifetime(lifetime)) => json!(lifetime.arpa_month),
        ("retention_month", Particulars::Lifetime(lifetime)) => json!(lifetime.retention_month),
        ("capped", Particulars::Lifetime(lifetime)) => json!(lifetime.capped),
        ("per_customer_month", Particulars::CostShare { cost, .. }) => json!(cost),
        ("with_contact", Particulars::Trials(trials)) => json!(trials.with_contact),
        ("without_contact", Particulars::Trials(trials)) => json!(trials.without_contact),
        ("immature", Particulars::Trials(trials)) => json!(trials.immature),
        _ => return None,
    })
}
