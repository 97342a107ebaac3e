//! Which segment a sample lies in, and which segments a question needs.
//!
//! Days and the midnights between them stand on one line: day `d` (UTC, counted from 1970) at `2d + 1`, the midnight
//! that begins it at `2d`. What happens on a day lies in the slot of that day. A span that crosses midnights lies in
//! the slot of the one among them whose place on the line has the most trailing zero bits.
//!
//! So the line is an interval tree: a slot with `n` trailing zero bits only holds spans within less than `2^n` places
//! to either side. Each span is in one slot, however long it lasts, and whatever lasts at an instant is in the slots
//! above its day (one a level, two dozen in ten millennia), or in the slot of the spans that have not ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::sample::{SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

/// A day or a midnight on the line of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub i64);

/// Levels of the tree that years of four digits reach.
const LEVELS: u32 = 24;

impl Slot {
    /// Of the spans that have not ended.
    pub const LASTING: Self = Self(i64::MAX);

    /// The slot of what happens on a UTC day, counted from 1970.
    pub const fn of_day(day: i64) -> Self {
        Self(2 * day + 1)
    }

    /// The slot of a sample of a kind that begins at `at` and ends at `until`.
    pub fn of(kind: SampleKind, at: Timestamp, until: Option<Timestamp>) -> Self {
        let first = place(at);
        let last = match until {
            _ if !kind.lasts() => first,
            None => return Self::LASTING,
            Some(until) => place(until).max(first),
        };
        match (first ^ last).checked_ilog2() {
            _ if first == last => Self(first),
            // All that is below the highest bit in which they differ becomes zero.
            Some(bit) => Self(last >> bit << bit),
            None => Self(0),
        }
    }
}

/// The place of the day of an instant.
const fn place(at: Timestamp) -> i64 {
    Slot::of_day(at.millis().div_euclid(86_400_000)).0
}

/// Slots of one kind that lie beside one another, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// Of what.
    pub kind: SampleKind,
    /// The first slot.
    pub first: Slot,
    /// The last slot.
    pub last: Slot,
}

/// The slots that hold everything that belongs to any of the selections, each slot once; they hold more.
pub fn wanted(selections: &[Selection]) -> Vec<Stretch> {
    let mut kinds: BTreeMap<SampleKind, BTreeSet<(i64, i64)>> = BTreeMap::new();
    // A selection without length asks for what lasts at its instant.
    for s in selections.iter().filter(|s| s.from < s.to || s.spans && s.from == s.to) {
        let stretches = kinds.entry(s.kind).or_default();
        // An instant has no end, so it touches everything after it.
        let from = if s.spans && !s.kind.lasts() { Timestamp::MIN } else { s.from };
        let first = place(from);
        let last = place(s.to.plus_ms(-1)).max(first);
        stretches.insert((first, last));
        if s.kind.lasts() {
            stretches.extend(above(first).chain(above(last)).map(|slot| (slot, slot)));
            stretches.insert((Slot::LASTING.0, Slot::LASTING.0));
        }
    }
    let mut wanted: Vec<Stretch> = Vec::new();
    for (kind, stretches) in kinds {
        for (first, last) in stretches {
            match wanted.last_mut() {
                Some(before) if before.kind == kind && first <= before.last.0 => {
                    before.last.0 = before.last.0.max(last);
                }
                _ => wanted.push(Stretch { kind, first: Slot(first), last: Slot(last) }),
            }
        }
    }
    wanted
}

/// The slots whose spans may reach a place, other than the place itself.
fn above(place: i64) -> impl Iterator<Item = i64> {
    (1..LEVELS).map(move |level| place >> (level + 1) << (level + 1) | 1 << level).chain([0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn holds(wanted: &[Stretch], kind: SampleKind, slot: Slot) -> usize {
        wanted.iter().filter(|w| w.kind == kind && w.first <= slot && slot <= w.last).count()
    }

    #[test]
    fn a_span_lies_on_its_day_or_on_one_midnight_it_crosses() {
        let slot = |from: i64, to: i64| Slot::of(SampleKind::Open, Timestamp(from), Some(Timestamp(to))).0;
        assert_eq!(slot(5 * DAY, 5 * DAY + 1), 11);
        assert_eq!(slot(5 * DAY, 6 * DAY), 12);
        // Of the midnights 6, 7, 8 and 9 that is 8: in binary, its place ends in most zeros.
        assert_eq!(slot(5 * DAY, 9 * DAY), 16);
        assert_eq!(slot(-1, 1), 0);
        assert_eq!(slot(-2 * DAY - 1, -DAY), -4);
        assert_eq!(Slot::of(SampleKind::Open, Timestamp(1), None), Slot::LASTING);
        assert_eq!(Slot::of(SampleKind::Solve, Timestamp(1), None).0, 1);
    }

    proptest! {
        #[test]
        fn whatever_belongs_to_a_selection_lies_in_exactly_one_wanted_slot(
            (at, days) in (-900 * DAY..30_000 * DAY, prop_oneof![Just(0), 0..3_i64, 0..9000_i64]),
            ms in 0..DAY,
            ended in any::<bool>(),
            kind in prop::sample::select(vec![SampleKind::Open, SampleKind::Solve]),
            (from, length, spans) in (-900 * DAY..30_000 * DAY, prop_oneof![Just(0), 1..9 * DAY, 1..9000 * DAY], any::<bool>()),
            (near, midnight) in any::<(bool, bool)>(),
        ) {
            let until = ended.then_some(at + days * DAY + ms);
            // Two instants drawn at random are seldom near one another.
            let from = if near { until.unwrap_or(at) - length / 2 } else { from };
            let from = if midnight { from - from.rem_euclid(DAY) } else { from };
            let to = from + length;
            let belongs = at < to && if !spans { at >= from && from < to } else { until.is_none_or(|u| u >= from) || kind == SampleKind::Solve };
            let selection = Selection { kind, from: Timestamp(from), to: Timestamp(to), spans };
            let slot = Slot::of(kind, Timestamp(at), until.map(Timestamp));
            let held = holds(&wanted(&[selection, selection]), kind, slot);
            prop_assert!(held <= 1);
            prop_assert!(!belongs || held == 1, "{slot:?}");
        }
    }

    #[test]
    fn what_lasts_at_an_instant_is_found_by_asking_for_the_instant_alone() {
        let day = |n: i64, ms: i64| Timestamp(n * DAY + ms);
        let table = [
            (day(5, 1), None, day(9, 7)),
            (day(5, 1), Some(day(5, 9)), day(5, 5)),
            (day(5, 1), Some(day(5, 9)), day(5, 9)),
            (day(5, 1), Some(day(6, 0)), day(6, 0)),
            (day(3, 1), Some(day(9, 7)), day(6, 0)),
        ];
        for (at, until, instant) in table {
            let slot = Slot::of(SampleKind::Open, at, until);
            let wanted = wanted(&[Selection::spanning(SampleKind::Open, instant, instant)]);
            assert_eq!(holds(&wanted, SampleKind::Open, slot), 1, "{at:?} to {until:?}");
        }
    }

    #[test]
    fn a_week_needs_few_slots_however_much_there_is() {
        let from = Timestamp(20_000 * DAY);
        let slots = wanted(&[Selection::spanning(SampleKind::Open, from, from.plus_ms(7 * DAY))]);
        assert!(slots.len() < 40, "{}", slots.len());
    }
}
