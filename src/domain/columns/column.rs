//! One column: numbers above a base, each in as few bytes as the greatest needs.

use crate::domain::sample::packing::NONE;

/// Bytes that describe a column.
pub(super) const ENTRY: usize = 16;

/// Bytes read at once; so many must follow the last number.
pub(super) const READ: usize = 8;

/// Where a column lies in its segment and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    base: i64,
    offset: u32,
    width: u8,
    optional: bool,
}

impl Column {
    /// Reads the description of a column.
    #[inline(always)]
    pub(super) fn read(entry: &[u8; ENTRY]) -> Self {
        let [b0, b1, b2, b3, b4, b5, b6, b7, o0, o1, o2, o3, width, optional, _, _] = *entry;
        Self {
            base: i64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]),
            offset: u32::from_le_bytes([o0, o1, o2, o3]),
            width,
            optional: optional != 0,
        }
    }

    /// Writes the numbers behind `out`, and their description into `entry`.
    pub(super) fn write(cells: &[i64], out: &mut Vec<u8>, entry: &mut [u8]) {
        let numbers = || cells.iter().copied().filter(|cell| *cell != NONE);
        let optional = cells.contains(&NONE);
        let (least, greatest) = (numbers().min().unwrap_or(NONE), numbers().max().unwrap_or(NONE));
        let range = greatest.wrapping_sub(least).cast_unsigned();
        // What is not there is 0, so that everything else begins at 1.
        let (base, range) = match optional {
            true if least == NONE => (0, 0),
            true => (least.wrapping_sub(1), range + 1),
            false => (least, range),
        };
        let width = READ - range.leading_zeros() as usize / 8;
        let offset = u32::try_from(out.len()).expect("the samples of a day are far less than 4 GiB");
        for cell in cells {
            let above = if *cell == NONE { 0 } else { cell.wrapping_sub(base).cast_unsigned() };
            out.extend_from_slice(&above.to_le_bytes()[..width]);
        }
        entry[..8].copy_from_slice(&base.to_le_bytes());
        entry[8..12].copy_from_slice(&offset.to_le_bytes());
        entry[12] = width as u8;
        entry[13] = u8::from(optional);
    }

    /// Whether so many rows of it lie within a segment of that length.
    pub(super) fn fits(self, rows: usize, length: usize) -> bool {
        let end = rows.checked_mul(self.width.into()).and_then(|size| size.checked_add(self.offset as usize + READ));
        usize::from(self.width) <= READ && end.is_some_and(|end| end <= length)
    }

    /// The number of a row, [`NONE`] if it has none.
    ///
    /// Never panics: then what nobody looks at need not be read, and the compiler knows.
    #[inline(always)]
    pub(super) fn get(self, bytes: &[u8], row: usize) -> i64 {
        let place = (self.offset as usize).wrapping_add(row.wrapping_mul(self.width.into()));
        let read = bytes.get(place..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let above = read & u64::MAX.checked_shr(64 - 8 * u32::from(self.width)).unwrap_or(0);
        if self.optional && above == 0 { NONE } else { self.base.wrapping_add(above.cast_signed()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(cells: &[i64]) -> (Vec<u8>, Column) {
        let (mut bytes, mut entry) = (Vec::new(), [0; ENTRY]);
        Column::write(cells, &mut bytes, &mut entry);
        bytes.extend([0; READ]);
        (bytes, Column::read(&entry))
    }

    #[test]
    fn a_column_is_as_wide_as_it_must_be() {
        let table: [(&[i64], usize); 8] = [
            (&[], 0),
            (&[7, 7, 7], 0),
            (&[NONE, NONE], 0),
            (&[NONE, 7], 1),
            (&[1_000_000, 1_000_255], 1),
            (&[1_000_000, 1_000_256], 2),
            (&[NONE, 0, 255], 2),
            (&[NONE + 1, i64::MAX], 8),
        ];
        for (cells, width) in table {
            let (bytes, column) = packed(cells);
            assert_eq!(bytes.len(), width * cells.len() + READ, "{cells:?}");
            assert!(column.fits(cells.len(), bytes.len()) && !column.fits(cells.len(), bytes.len() - 1));
            assert_eq!((0..cells.len()).map(|n| column.get(&bytes, n)).collect::<Vec<_>>(), cells);
        }
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(cells in prop::collection::vec(prop_oneof![any::<i64>(), Just(NONE), 0..9_i64], 0..20)) {
            let (bytes, column) = packed(&cells);
            prop_assert_eq!((0..cells.len()).map(|n| column.get(&bytes, n)).collect::<Vec<_>>(), cells);
            prop_assert_eq!(column.get(&[], 7) != NONE, !column.optional && column.base != NONE);
        }
    }
}
