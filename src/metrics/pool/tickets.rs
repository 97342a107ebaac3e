//! Sets and tables of tickets, as fast as their numbers allow.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::domain::sample::TicketNo;

/// A set of tickets: a bit for each number, since the store numbers them one after the other. Only pages on which there
/// are any have bits: those of a week lie close together at the end of very many.
#[derive(Clone, Debug, Default)]
pub(in crate::metrics) struct Tickets(Vec<Option<Box<Page>>>);

/// The bits of the tickets from a multiple of their number on.
type Page = [u64; 64];

/// How many bits of the number of a ticket say where on its page it is.
const PAGE_BITS: u32 = 12;

impl Tickets {
    /// Adds a ticket; whether it is new.
    #[inline]
    pub(in crate::metrics) fn insert(&mut self, TicketNo(no): TicketNo) -> bool {
        let (page, word, bit) = place(no);
        if page >= self.0.len() {
            self.0.resize_with(page + 1, || None);
        }
        let word = &mut self.0[page].get_or_insert_with(|| Box::new([0; 64]))[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a ticket is among them.
    #[inline]
    pub(in crate::metrics) fn contains(&self, TicketNo(no): TicketNo) -> bool {
        let (page, word, bit) = place(no);
        self.0.get(page).and_then(Option::as_ref).is_some_and(|page| page[word] & bit != 0)
    }

    /// How many they are.
    pub(in crate::metrics) fn count(&self) -> u64 {
        self.0.iter().flatten().flat_map(|page| page.iter()).map(|word| u64::from(word.count_ones())).sum()
    }
}

/// The page of a ticket, the word on it, and the bit in that.
#[inline]
const fn place(no: u32) -> (usize, usize, u64) {
    ((no >> PAGE_BITS) as usize, (no >> 6) as usize % 64, 1 << (no % 64))
}

impl FromIterator<TicketNo> for Tickets {
    fn from_iter<I: IntoIterator<Item = TicketNo>>(tickets: I) -> Self {
        let mut set = Self::default();
        tickets.into_iter().for_each(|ticket| {
            set.insert(ticket);
        });
        set
    }
}

/// Something for each ticket.
pub(in crate::metrics) type PerTicket<T> = HashMap<TicketNo, T, BuildHasherDefault<Spread>>;

/// Numbers that we gave ourselves need no protection from those who would choose them, only to be spread.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::metrics) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        // Tables use the low bits; a multiplication leaves them the weakest.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let mut set: Tickets = [7, 63, 64, 7, 1000, 4095, 4096, 70_000].map(TicketNo).into_iter().collect();
        assert_eq!(set.count(), 7);
        assert!([7, 63, 64, 1000, 4095, 4096, 70_000].into_iter().all(|no| set.contains(TicketNo(no))));
        assert!(
            [0, 8, 65, 999, 1001, 4097, 69_999, 70_001, u32::MAX].into_iter().all(|no| !set.contains(TicketNo(no)))
        );
        assert_eq!([set.insert(TicketNo(65)), set.insert(TicketNo(65))], [true, false]);
    }
}
