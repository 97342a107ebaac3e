//! What lasts at an instant: found once, looked at by several metrics.

use std::sync::Arc;

use crate::domain::columns::Row;

/// Spans that last at an instant, in order of time.
#[derive(Clone, Debug)]
pub(in crate::metrics) struct Lasting<'a> {
    rows: Arc<[Row<'a>]>,
    next: usize,
}

impl<'a> Lasting<'a> {
    pub(super) const fn new(rows: Arc<[Row<'a>]>) -> Self {
        Self { rows, next: 0 }
    }
}

impl<'a> Iterator for Lasting<'a> {
    type Item = Row<'a>;

    #[inline]
    fn next(&mut self) -> Option<Row<'a>> {
        let row = self.rows.get(self.next).copied();
        self.next += usize::from(row.is_some());
        row
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rows.len() - self.next;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Row<'a>) -> B>(self, init: B, f: F) -> B {
        self.rows[self.next..].iter().copied().fold(init, f)
    }

    fn count(self) -> usize {
        self.rows.len() - self.next
    }
}

impl ExactSizeIterator for Lasting<'_> {}
