//! Rows by customer: a table of chains, made in one pass.

use crate::domain::columns::Row;
use crate::domain::sample::CustomerNo;

/// The end of a chain.
const END: u32 = u32::MAX;

/// The rows of each customer.
#[derive(Debug)]
pub(super) struct Customers<'a> {
    /// By the low bits of the customer: the last row of theirs.
    heads: Vec<u32>,
    /// Each row with the one before it in its chain.
    rows: Vec<(Row<'a>, u32)>,
}

impl<'a> Customers<'a> {
    pub(super) fn new(rows: impl Iterator<Item = Row<'a>> + Clone) -> Self {
        let count = rows.clone().count();
        let mut customers = Self { heads: vec![END; count.next_power_of_two()], rows: Vec::with_capacity(count) };
        for row in rows {
            if let Some(customer) = row.customer() {
                let chain = customers.chain(customer);
                let before = std::mem::replace(&mut customers.heads[chain], customers.rows.len() as u32);
                customers.rows.push((row, before));
            }
        }
        customers
    }

    fn chain(&self, customer: CustomerNo) -> usize {
        // The bits of a customer are spread evenly, and there is a power of two of chains.
        customer.bits() as usize & (self.heads.len() - 1)
    }

    /// The rows of a customer.
    pub(super) fn of(&self, customer: CustomerNo) -> impl Iterator<Item = Row<'a>> {
        let row = |place: u32| self.rows.get(place as usize).copied();
        let chain = std::iter::successors(row(self.heads[self.chain(customer)]), move |(_, before)| row(*before));
        chain.map(|(row, _)| row).filter(move |row| row.customer() == Some(customer))
    }
}
