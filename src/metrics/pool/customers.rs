//! Rows by customer: a table of chains, made in one pass.

use crate::domain::columns::Row;
use crate::domain::sample::CustomerNo;
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::Period;

/// The end of a chain.
const END: u32 = u32::MAX;

/// The rows of each customer.
#[derive(Debug)]
pub(super) struct Customers<'a> {
    /// By the low bits of the customer: the last row of theirs.
    heads: Vec<u32>,
    links: Vec<Link<'a>>,
}

/// A row, and the one before it in its chain. What is looked at first lies beside it.
#[derive(Clone, Copy, Debug)]
struct Link<'a> {
    customer: CustomerNo,
    at: Timestamp,
    row: Row<'a>,
    before: u32,
}

impl<'a> Customers<'a> {
    pub(super) fn new(rows: impl Iterator<Item = Row<'a>> + Clone) -> Self {
        let count = rows.clone().count();
        let mut customers = Self { heads: vec![END; count.next_power_of_two()], links: Vec::with_capacity(count) };
        rows.for_each(|row| {
            if let Some(customer) = row.customer() {
                let chain = customers.chain(customer);
                let before = std::mem::replace(&mut customers.heads[chain], customers.links.len() as u32);
                customers.links.push(Link { customer, at: row.at(), row, before });
            }
        });
        customers
    }

    fn chain(&self, customer: CustomerNo) -> usize {
        // The bits of a customer are spread evenly, and there is a power of two of chains.
        customer.bits() as usize & (self.heads.len() - 1)
    }

    /// The rows of a customer in a period.
    pub(super) fn of(&self, customer: CustomerNo, period: Period) -> impl Iterator<Item = Row<'a>> {
        let link = |place: u32| self.links.get(place as usize);
        let chain = std::iter::successors(link(self.heads[self.chain(customer)]), move |of| link(of.before));
        chain.filter(move |of| of.customer == customer && period.contains(of.at)).map(|of| of.row)
    }
}
