//! The words of a question as a choice of rows.

use super::{Asked, Desk, Refusal};
use crate::domain::query::{Versus, View};
use crate::domain::timestamp::Timestamp;
use crate::grammar::{Call, MetricsCall};
use crate::metrics::export::{Extract, Table};
use crate::metrics::period;

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

    /// What shapes the rows.
    pub fn definitions(&self) -> &crate::domain::definitions::Definitions {
        &self.definitions
    }
}

/// The first words of a question that say nothing about which rows are meant.
fn meaningless(call: &MetricsCall) -> Option<&'static str> {
    let MetricsCall { view, metrics, by, versus, clock, stat, variant, share, period: _, filters: _, as_of: _ } = call;
    let given = [
        (*view != View::default(), "`explain` and `list`"),
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
