//! Stretches of time of which some overlap: how long they are together, or each by itself.

use super::period::Period;
use crate::domain::timestamp::Timestamp;

/// Stretches, in any order; empty ones count nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<(Timestamp, Timestamp)>);

impl Spans {
    /// Adds a stretch, of which only what lies in a period counts.
    pub(super) fn add(&mut self, from: Timestamp, until: Timestamp, within: Period) {
        let (from, until) = (from.max(within.from), until.min(within.to));
        if from < until {
            self.0.push((from, until));
        }
    }

    /// Adds all stretches of another.
    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Milliseconds of time that lie in any of them: what overlaps counts once.
    pub(super) fn union_ms(&self) -> i64 {
        let mut spans = self.0.clone();
        spans.sort_unstable();
        let (mut sum, mut covered) = (0, Timestamp::MIN);
        for (from, until) in spans {
            sum += (until - from.max(covered)).max(0);
            covered = covered.max(until);
        }
        sum
    }

    /// Milliseconds of all of them: what overlaps counts each time.
    pub(super) fn sum_ms(&self) -> i64 {
        self.0.iter().map(|(from, until)| *until - *from).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::pool::EVER;

    fn spans(stretches: &[(i64, i64)]) -> Spans {
        cut(stretches, EVER)
    }

    fn cut(stretches: &[(i64, i64)], period: Period) -> Spans {
        let mut spans = Spans::default();
        stretches.iter().for_each(|(from, until)| spans.add(Timestamp(*from), Timestamp(*until), period));
        spans
    }

    fn period(from: i64, to: i64) -> Period {
        Period { from: Timestamp(from), to: Timestamp(to) }
    }

    #[test]
    fn what_overlaps_counts_once_in_the_union_and_each_time_in_the_sum() {
        let table: &[(&[(i64, i64)], i64, i64)] = &[
            (&[], 0, 0),
            (&[(1, 4)], 3, 3),
            (&[(1, 4), (4, 6)], 5, 5),
            (&[(5, 9), (1, 6)], 8, 9),
            (&[(1, 9), (2, 3), (8, 10)], 9, 11),
            (&[(3, 3), (5, 2)], 0, 0),
        ];
        for (stretches, union, sum) in table {
            assert_eq!((spans(stretches).union_ms(), spans(stretches).sum_ms()), (*union, *sum), "{stretches:?}");
        }
    }

    #[test]
    fn only_what_lies_in_the_period_counts() {
        let part = cut(&[(0, 10), (8, 20)], period(5, 9));
        assert_eq!((part.union_ms(), part.sum_ms()), (4, 5));
        assert_eq!(cut(&[(0, 10), (8, 20)], period(20, 30)), Spans::default());
    }

    fn any_spans() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0..100_i64, 0..40_i64).prop_map(|(from, length)| (from, from + length)), 0..12)
    }

    proptest! {
        #[test]
        fn the_union_is_every_millisecond_that_is_in_some_stretch(stretches in any_spans()) {
            let inside = (0..200).filter(|ms| stretches.iter().any(|(from, until)| (from..until).contains(&ms))).count();
            prop_assert_eq!(spans(&stretches).union_ms(), inside as i64);
        }

        #[test]
        fn the_union_is_no_longer_than_the_sum_and_no_shorter_than_any_stretch(stretches in any_spans()) {
            let (all, longest) = (spans(&stretches), stretches.iter().map(|(from, until)| until - from).max());
            prop_assert!(all.union_ms() <= all.sum_ms());
            prop_assert!(all.union_ms() >= longest.unwrap_or_default());
        }

        #[test]
        fn parts_of_a_period_add_up_to_the_whole(stretches in any_spans(), cuts in prop::collection::vec(0..150_i64, 0..6)) {
            let (all, mut cuts) = (spans(&stretches), cuts);
            cuts.extend([0, 150]);
            cuts.sort_unstable();
            let parts = || cuts.windows(2).map(|ends| cut(&stretches, period(ends[0], ends[1])));
            prop_assert_eq!(parts().map(|p| p.union_ms()).sum::<i64>(), all.union_ms());
            prop_assert_eq!(parts().map(|p| p.sum_ms()).sum::<i64>(), all.sum_ms());
        }

        #[test]
        fn the_order_of_stretches_does_not_matter(stretches in any_spans(), by in any::<prop::sample::Index>()) {
            let mut other = stretches.clone();
            other.rotate_left(by.index(stretches.len().max(1)));
            prop_assert_eq!(spans(&stretches).union_ms(), spans(&other).union_ms());
        }
    }
}
