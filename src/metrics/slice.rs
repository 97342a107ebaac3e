//! What a breakdown or a course consists of.

use super::period::Period;
use super::pool::{Key, Pool, Stock};

/// One group of a breakdown, or one point of a course: what happened in it, and when if it is a stretch of time.
pub(super) struct Slice<'a> {
    pub(super) key: Key,
    pub(super) what: Share<'a>,
}

/// The samples of a slice.
pub(super) enum Share<'a> {
    /// Those with its value.
    Own(Box<Stock<'a>>),
    /// Those that began in a part of the period.
    Part(Period),
}

impl<'a> Slice<'a> {
    pub(super) fn part(&self) -> Option<Period> {
        match self.what {
            Share::Own(_) => None,
            Share::Part(part) => Some(part),
        }
    }

    /// The samples it alone has.
    pub(super) fn stock(&self) -> Option<&Stock<'a>> {
        match &self.what {
            Share::Own(stock) => Some(stock),
            Share::Part(_) => None,
        }
    }

    /// What of all that is counted belongs to it.
    pub(super) fn pool<'p>(&'p self, counted: Pool<'p, 'a>) -> Pool<'p, 'a> {
        match &self.what {
            Share::Own(stock) => stock.pool(),
            Share::Part(part) => counted.cut(*part),
        }
    }
}
