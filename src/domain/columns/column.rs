//! One column: numbers above a base, each in as few bits as the greatest needs.

use crate::domain::sample::packing::NONE;

/// Bytes that describe a column.
pub(super) const ENTRY: usize = 16;

/// Bytes read at once; so many must follow the last number.
pub(super) const READ: usize = 8;

/// The widest number that lies in eight bytes wherever it begins in the first of them.
const WIDEST: u32 = 57;

/// Where a column lies in its segment and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    base: i64,
    /// What 0 means: the base, or "none".
    zero: i64,
    /// The bits of a number.
    mask: u64,
    /// Where the numbers begin, in bytes.
    start: u32,
    /// Bits a number.
    width: u32,
}

impl Column {
    /// No number in any row.
    pub(super) const ABSENT: Self = Self { base: 0, zero: NONE, mask: 0, start: 0, width: 0 };

    /// Reads the description of a column.
    pub(super) fn read(entry: &[u8; ENTRY]) -> Self {
        let [b0, b1, b2, b3, b4, b5, b6, b7, o0, o1, o2, o3, width, optional, _, _] = *entry;
        let base = i64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]);
        Self {
            base,
            zero: if optional == 0 { base } else { NONE },
            mask: u64::MAX.checked_shr(u64::BITS - u32::from(width)).unwrap_or(0),
            start: u32::from_le_bytes([o0, o1, o2, o3]),
            width: width.into(),
        }
    }

    /// Writes the numbers behind `out`; returns their description.
    pub(super) fn write(cells: &[i64], out: &mut Vec<u8>) -> [u8; ENTRY] {
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
        let width = Some(u64::BITS - range.leading_zeros()).filter(|width| *width <= WIDEST).unwrap_or(u64::BITS);
        let offset = u32::try_from(out.len()).expect("the samples of a day are far less than 4 GiB");
        let (mut bits, mut filled) = (0_u128, 0);
        for cell in cells {
            let above = if *cell == NONE { 0 } else { cell.wrapping_sub(base).cast_unsigned() };
            bits |= u128::from(above) << filled;
            filled += width;
            while filled >= 8 {
                out.push(bits as u8);
                bits >>= 8;
                filled -= 8;
            }
        }
        if filled > 0 {
            out.push(bits as u8);
        }
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&base.to_le_bytes());
        entry[8..12].copy_from_slice(&offset.to_le_bytes());
        entry[12] = width as u8;
        entry[13] = u8::from(optional);
        entry
    }

    /// Whether so many rows of it lie within a segment of that length.
    pub(super) fn fits(self, rows: usize, length: usize) -> bool {
        let bytes = rows.checked_mul(self.width as usize).map(|bits| bits.div_ceil(8));
        let known = self.width <= WIDEST || self.width == u64::BITS;
        known && bytes.and_then(|bytes| bytes.checked_add(self.start as usize + READ)).is_some_and(|end| end <= length)
    }

    /// The number of a row, [`NONE`] if it has none.
    ///
    /// Never panics: then what nobody looks at need not be read, and the compiler knows.
    #[inline(always)]
    pub(super) fn get(&self, bytes: &[u8], row: usize) -> i64 {
        let bit = row.wrapping_mul(self.width as usize);
        let at = self.start as usize + bit / 8;
        let read = bytes.get(at..at + READ).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let above = (read >> (bit % 8)) & self.mask;
        if above == 0 { self.zero } else { self.base.wrapping_add(above.cast_signed()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(cells: &[i64]) -> (Vec<u8>, Column) {
        let mut bytes = Vec::new();
        let column = Column::read(&Column::write(cells, &mut bytes));
        bytes.extend([0; READ]);
        (bytes, column)
    }

    #[test]
    fn a_column_is_as_wide_as_it_must_be() {
        let table: [(&[i64], u8); 9] = [
            (&[], 0),
            (&[7, 7, 7], 0),
            (&[NONE, NONE], 0),
            (&[NONE, 7], 1),
            (&[1_000_000, 1_000_007, 1_000_001], 3),
            (&[1_000_000, 1_000_008], 4),
            (&[NONE, 0, 7], 4),
            (&[0, 1 << 57], 64),
            (&[NONE + 1, i64::MAX], 64),
        ];
        for (cells, width) in table {
            let (bytes, column) = packed(cells);
            assert_eq!(column.width, u32::from(width), "{cells:?}");
            assert_eq!(bytes.len(), (usize::from(width) * cells.len()).div_ceil(8) + READ, "{cells:?}");
            assert!(column.fits(cells.len(), bytes.len()) && !column.fits(cells.len(), bytes.len() - 1));
            assert_eq!((0..cells.len()).map(|n| column.get(&bytes, n)).collect::<Vec<_>>(), cells);
        }
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(
            cells in prop::collection::vec(prop_oneof![any::<i64>(), Just(NONE), 0..9_i64], 0..20),
            bits in 0..64_u32,
        ) {
            let narrow = cells.iter().map(|cell| if *cell == NONE { NONE } else { cell >> bits }).collect::<Vec<_>>();
            for cells in [cells, narrow] {
                let (bytes, column) = packed(&cells);
                prop_assert_eq!((0..cells.len()).map(|n| column.get(&bytes, n)).collect::<Vec<_>>(), cells);
                // Beyond the bytes there is something, but no panic.
                column.get(&[], 7);
            }
        }
    }
}
