//! Values as whole numbers, so that a column can hold one of them for every sample.
//!
//! A value takes a fixed number of cells. [`NONE`] stands for what is not there; a column stores it as cheaply as any
//! other number, so an `Option` costs nothing.

use crate::domain::event::{Initiator, PresenceState, Status, SurveyKind, Target, TimeKind};
use crate::domain::sample::{CallEnd, CustomerState, Elapsed};
use crate::domain::sla::State;
use crate::domain::ticket::Exclusion;
use crate::domain::timestamp::Timestamp;

/// What is not there.
pub(in crate::domain) const NONE: i64 = i64::MIN;

/// Where values are read from: the numbers of one sample.
pub(in crate::domain) trait Cells {
    /// One of the numbers.
    fn cell(&self, index: usize) -> i64;
}

impl Cells for [i64] {
    fn cell(&self, index: usize) -> i64 {
        self.get(index).copied().unwrap_or(NONE)
    }
}

/// A value that is a fixed number of whole numbers.
pub(in crate::domain) trait Packed: Sized {
    /// How many.
    const CELLS: usize;

    /// Appends them.
    fn pack(&self, cells: &mut Vec<i64>);

    /// The value of the cells from a place on.
    fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self;
}

impl Packed for i64 {
    const CELLS: usize = 1;

    fn pack(&self, cells: &mut Vec<i64>) {
        cells.push(*self);
    }

    #[inline(always)]
    fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self {
        cells.cell(at)
    }
}

/// Values that are one cell, and how they become it and come back.
macro_rules! packed {
    ($($type:ty, $value:ident => $pack:expr, $cell:ident => $unpack:expr;)*) => { $(
        impl Packed for $type {
            const CELLS: usize = 1;

            fn pack(&self, cells: &mut Vec<i64>) {
                let $value = *self;
                cells.push($pack);
            }

            #[inline(always)]
            fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self {
                let $cell = cells.cell(at);
                $unpack
            }
        }
    )* };
}

packed! {
    bool, value => i64::from(value), cell => cell == 1;
    u8, value => i64::from(value), cell => cell as u8;
    u32, value => i64::from(value), cell => cell as u32;
    u64, value => value.cast_signed(), cell => cell.cast_unsigned();
    usize, value => value as i64, cell => cell as usize;
    Timestamp, value => value.millis(), cell => Timestamp(cell);
    // Turned round, so that the numbers people give (4, 7.5) are small.
    f64, value => value.to_bits().swap_bytes().cast_signed(), cell => f64::from_bits(cell.cast_unsigned().swap_bytes());
}

/// What begins with [`NONE`] is not there. (No value in use begins so.)
impl<T: Packed> Packed for Option<T> {
    const CELLS: usize = T::CELLS;

    fn pack(&self, cells: &mut Vec<i64>) {
        match self {
            Some(value) => value.pack(cells),
            None => cells.extend([NONE].repeat(T::CELLS)),
        }
    }

    #[inline(always)]
    fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self {
        (cells.cell(at) != NONE).then(|| T::unpack(cells, at))
    }
}

/// Words of a closed list: their place in it. Whoever leaves one out is told by the compiler.
macro_rules! packed_words {
    ($($name:ident { $first:ident $(, $other:ident)* })*) => { $(
        impl Packed for $name {
            const CELLS: usize = 1;

            fn pack(&self, cells: &mut Vec<i64>) {
                match self {
                    Self::$first $(| Self::$other)* => cells.push(*self as i64),
                }
            }

            #[inline(always)]
            fn unpack(cells: &(impl Cells + ?Sized), at: usize) -> Self {
                match cells.cell(at) {
                    $(cell if cell == Self::$other as i64 => Self::$other,)*
                    _ => Self::$first,
                }
            }
        }
    )* };
}

packed_words! {
    Initiator { Customer, Agent, System }
    Status { New, Open, Pending, OnHold, Solved, Closed }
    SurveyKind { Csat, Nps, Ces, Enps }
    Target { FirstResponse, NextResponse, Update, Resolution }
    State { Running, Met, Breached, Cancelled }
    TimeKind { Talk, Hold, Wrap, Work }
    PresenceState { Available, Busy, Away, Offline }
    CallEnd { Waiting, Answered, Abandoned }
    CustomerState { Trial, Paid, Churned }
    Exclusion { Merged, Spam, Deleted, Tagged }
}

/// Values made of others: one after the other.
macro_rules! packed_struct {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl $crate::domain::sample::packing::Packed for $name {
            const CELLS: usize = 0 $(+ <$type as $crate::domain::sample::packing::Packed>::CELLS)*;

            fn pack(&self, cells: &mut Vec<i64>) {
                $($crate::domain::sample::packing::Packed::pack(&self.$field, cells);)*
            }

            #[inline(always)]
            fn unpack(cells: &(impl $crate::domain::sample::packing::Cells + ?Sized), at: usize) -> Self {
                let mut next = at;
                $(
                    let $field = <$type as $crate::domain::sample::packing::Packed>::unpack(cells, next);
                    next += <$type as $crate::domain::sample::packing::Packed>::CELLS;
                )*
                debug_assert_eq!(next, at + Self::CELLS);
                Self { $($field),* }
            }
        }
    };
}
pub(in crate::domain) use packed_struct;

packed_struct!(Elapsed { calendar_ms: i64, business_ms: Option<i64> });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back<T: Packed>(value: &T) -> T {
        let mut cells = vec![7];
        value.pack(&mut cells);
        assert_eq!(cells.len(), 1 + T::CELLS);
        T::unpack(cells.as_slice(), 1)
    }

    #[test]
    fn every_word_comes_back() {
        for status in [Status::New, Status::Open, Status::Pending, Status::OnHold, Status::Solved, Status::Closed] {
            assert_eq!(there_and_back(&status), status);
            assert_eq!(there_and_back(&Some(status)), Some(status));
        }
        assert_eq!(there_and_back(&None::<Status>), None);
    }

    #[test]
    fn the_numbers_of_people_are_small() {
        for (value, below) in [(5.0, 1 << 16), (9.5, 1 << 16), (100.0, 1 << 16), (0.1, i64::MAX)] {
            let mut cells = Vec::new();
            Packed::pack(&value, &mut cells);
            assert!(cells[0].abs() < below, "{value} is {}", cells[0]);
        }
    }

    proptest! {
        #[test]
        fn numbers_and_times_come_back(a: i64, b in any::<u32>(), c: f64, d in prop::option::of(i64::MIN + 1..)) {
            prop_assert_eq!(there_and_back(&a), a);
            prop_assert_eq!(there_and_back(&b), b);
            prop_assert_eq!(there_and_back(&c).to_bits(), c.to_bits());
            prop_assert_eq!(there_and_back(&d), d);
            prop_assert_eq!(there_and_back(&Timestamp(a)), Timestamp(a));
            let elapsed = Elapsed { calendar_ms: a.max(i64::MIN + 1), business_ms: d };
            prop_assert_eq!(there_and_back(&Some(elapsed)), Some(elapsed));
        }
    }
}
