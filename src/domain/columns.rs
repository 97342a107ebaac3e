//! Samples as columns: how the numbers stay fast over a million tickets.
//!
//! A sample as a struct of texts costs some 300 bytes and a microsecond to read from a database. A metric looks at two
//! or three of its twenty values, so samples that lie together in time are kept together in a [`Segment`]: one block of
//! bytes in which each value is a column, read where it lies. The block is what the store keeps, and what memory holds.
//!
//! # A segment
//!
//! Rows in the order of [`Sample::order`](super::sample::Sample::order); all numbers little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version of this format |
//! | 3 | zero |
//! | 4 | layout: which kind, and the list of its numbers when it was packed |
//! | 4 | rows |
//! | 4 | where the heap begins |
//! | 8 | checksum of everything behind it |
//! | 16 a column | base (8), offset (4), bits a number (1), whether 0 means "none" (1), zero (2) |
//! | … | the columns: of each number what it is above the base, in as few bits as the greatest needs |
//! | … | the heap: texts and such ids of tickets as are not numbers, one after the other |
//! | 8 | zero, so that eight bytes can be read anywhere |
//!
//! The columns are: at, until, number of the ticket, its id and the length of that, source, customer, the dimensions,
//! text and its length, the numbers of the fact (`sample::packing`), the names. A column in which all rows
//! agree takes no bits at all; five teams take three a row. Words are numbers of the dictionary [`Names`]; a set of tags is one number too.
//!
//! # Reading
//!
//! [`Samples`] is a bundle of segments with their dictionary, [`Row`] a place in it: two words, free to copy; asking it
//! for a value reads that value only. Nothing in here can panic on bytes from outside: [`Segment::read`] refuses what was
//! not written by [`Segment::pack`] of this version.

mod bundle;
mod column;
mod names;
mod row;
mod segment;
mod slots;

pub use bundle::{Part, Samples};
pub use names::Names;
pub use row::{FactOf, Numbers, Row};
pub use segment::Segment;
pub use slots::{Slot, Stretch, wanted};

/// Why bytes are not a segment or a dictionary: they have to be made again from the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by another version of the program.
    #[error("written by another version of the program")]
    OtherVersion,
    /// Cut off or changed.
    #[error("damaged")]
    Damaged,
}

#[cfg(test)]
mod tests;
