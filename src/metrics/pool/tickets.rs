//! Sets and tables of tickets, as fast as their numbers allow.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::domain::sample::TicketNo;

/// A set of tickets.
pub(in crate::metrics) type Tickets = HashSet<TicketNo, BuildHasherDefault<Spread>>;

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
