//! Rows by customer: a table of chains, made in one pass.

use crate::domain::columns::Row;
use crate::domain::sample::CustomerNo;
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Period;

/// The end of a chain.
const END: u32 = u32::MAX;

/// The rows of each customer.
///
/// Of most customers there is one row, and it lies too early to matter. So a small table says first how late anything
/// of a customer lies; only where that is late enough are rows looked at.
#[derive(Debug)]
pub(super) struct Customers<'a> {
    /// When the first row began.
    first: Timestamp,
    /// A step of time is a power of two of milliseconds, such that all fit into 16 bits.
    step: u32,
    /// By the low bits of the customer: how late the last row of theirs lies, in steps after the first row, rounded up.
    latest: Vec<u16>,
    /// By the low bits of the customer: their last row.
    heads: Vec<u32>,
    links: Vec<Link<'a>>,
}

/// A row, and the one before it in its chain.
#[derive(Clone, Copy, Debug)]
struct Link<'a> {
    row: Row<'a>,
    before: u32,
}

impl<'a> Customers<'a> {
    /// Of rows in order of time, the last of which is given too.
    pub(super) fn new(rows: impl Iterator<Item = Row<'a>> + Clone, last: Option<Timestamp>) -> Self {
        let count = rows.clone().count();
        let first = rows.clone().next().map_or(Timestamp::MIN, Row::at);
        let whole = last.map_or(0, |last| last - first).max(0).cast_unsigned();
        let mut customers = Self {
            first,
            step: (u64::BITS - whole.leading_zeros()).saturating_sub(u16::BITS - 1),
            latest: vec![0; (2 * count).next_power_of_two()],
            heads: vec![END; count.next_power_of_two()],
            links: Vec::with_capacity(count),
        };
        rows.for_each(|row| {
            if let Some(customer) = row.customer() {
                let (latest, head) = (place(customer, &customers.latest), place(customer, &customers.heads));
                // It lies between the first and the last, so it needs fewer steps than there can be.
                customers.latest[latest] =
                    (row.at().millis().wrapping_sub(first.millis()) >> customers.step) as u16 + 1;
                let before = std::mem::replace(&mut customers.heads[head], customers.links.len() as u32);
                customers.links.push(Link { row, before });
            }
        });
        customers
    }

    /// Whole steps after the first row, 0 before it, and no more than until the last.
    fn steps(&self, at: Timestamp) -> u16 {
        let steps = (at - self.first).max(0) >> self.step;
        steps.min(i64::from(u16::MAX) >> 1) as u16
    }

    /// The rows of a customer in a period, the last first.
    pub(super) fn of(&self, customer: CustomerNo, period: Period) -> impl Iterator<Item = Row<'a>> {
        let link = |place: u32| self.links.get(place as usize);
        let is_late = self.latest[place(customer, &self.latest)] > self.steps(period.from);
        let head = if is_late { self.heads[place(customer, &self.heads)] } else { END };
        let chain = std::iter::successors(link(head), move |of| link(of.before)).map(|of| of.row);
        let late_enough = chain.take_while(move |row| row.at() >= period.from);
        late_enough.filter(move |row| row.customer() == Some(customer) && row.at() < period.to)
    }
}

/// The place of a customer in a table, the size of which is a power of two: their bits are spread evenly.
fn place<T>(customer: CustomerNo, table: &[T]) -> usize {
    customer.bits() as usize & (table.len() - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::columns::Samples;
    use crate::domain::event::Initiator;
    use crate::domain::sample::{Dimensions, Sample, SampleFact, TicketKey};

    proptest! {
        #[test]
        fn exactly_the_rows_of_a_customer_in_a_period_are_found(
            rows in prop::collection::vec((0..6_u8, 0..2_000_i64, 0..150_i64), 0..60),
            asked in (0..6_u8, -20_000..250_000_i64, 0..200_000_i64),
        ) {
            let of = |who: u8| (who > 0).then(|| who.to_string());
            let sample = |(n, (who, tenth, ms)): (usize, &(u8, i64, i64))| Sample {
                ticket: TicketKey { source: "desk".to_owned(), id: n.to_string() },
                at: Timestamp(tenth * 100 + ms),
                until: None,
                customer: of(*who),
                dimensions: Dimensions::default(),
                fact: SampleFact::Created { initiator: Initiator::Customer },
                names: Vec::new(),
                text: None,
            };
            let samples = Samples::from_samples(rows.iter().enumerate().map(sample));
            let (who, from, length) = asked;
            let period = Period { from: Timestamp(from), to: Timestamp(from + length) };
            let customer = CustomerNo::of(&who.to_string());
            let mut in_order: Vec<Row<'_>> = samples.rows().collect();
            in_order.sort_by_key(|row| row.at());
            let customers = Customers::new(in_order.iter().copied(), in_order.last().map(|row| row.at()));
            let found = customers.of(customer, period).map(|row| row.key()).collect::<Vec<_>>();
            let theirs = in_order.iter().rev().filter(|row| row.customer() == Some(customer) && period.contains(row.at()));
            prop_assert_eq!(found, theirs.map(|row| row.key()).collect::<Vec<_>>());
        }
    }
}
