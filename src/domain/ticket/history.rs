//! A value that changes over time, read by instant.

use crate::domain::timestamp::Timestamp;

/// The values a property had, each from its instant on; of several changes at one instant the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<T> {
    /// Never empty; strictly ascending; neighbours differ.
    changes: Vec<(Timestamp, T)>,
}

impl<T: PartialEq> History<T> {
    /// The value at the beginning.
    pub fn new(at: Timestamp, value: T) -> Self {
        Self { changes: vec![(at, value)] }
    }

    /// A change; `at` must not lie before an earlier one.
    pub fn set(&mut self, at: Timestamp, value: T) {
        if *self.last() == value {
            return;
        }
        let n = self.changes.len();
        if self.changes[n - 1].0 < at {
            self.changes.push((at, value));
        } else if n > 1 && self.changes[n - 2].1 == value {
            self.changes.pop();
        } else {
            self.changes[n - 1].1 = value;
        }
    }

    /// The value at the beginning turns out to have been another one.
    pub fn begin_with(&mut self, value: T) {
        if self.changes.get(1).is_some_and(|(_, next)| *next == value) {
            self.changes.remove(1);
        }
        self.changes[0].1 = value;
    }

    /// The value at the beginning.
    pub fn first(&self) -> &T {
        &self.changes[0].1
    }

    /// The latest value.
    pub fn last(&self) -> &T {
        &self.changes[self.changes.len() - 1].1
    }

    /// The value at an instant, including what changed at that very instant; before the beginning, the first one.
    pub fn at(&self, at: Timestamp) -> &T {
        &self.changes[self.changes.partition_point(|(from, _)| *from <= at).saturating_sub(1)].1
    }

    /// The value just before an instant, but not from before `floor`.
    pub fn just_before(&self, at: Timestamp, floor: Timestamp) -> &T {
        self.at(at.plus_ms(-1).max(floor))
    }

    /// The stretches of constant value between two instants, with that value; one empty stretch if they are equal.
    pub fn between(&self, a: Timestamp, b: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp, &T)> {
        let first = self.changes.partition_point(|(from, _)| *from <= a).saturating_sub(1);
        let last = self.changes.partition_point(|(from, _)| *from < b).max(first + 1);
        (first..last).map(move |i| {
            let from = if i == first { a } else { self.changes[i].0 };
            let to = if i + 1 == last { b } else { self.changes[i + 1].0 };
            (from, to, &self.changes[i].1)
        })
    }

    /// The values until an instant, that instant included, with the instant each began at.
    pub fn stretches(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, &T)> {
        self.changes.iter().map(|(at, value)| (*at, value)).take_while(move |(at, _)| *at <= until)
    }

    /// The instants at which it changed, the beginning included.
    pub fn instants(&self) -> impl Iterator<Item = Timestamp> {
        self.changes.iter().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(changes: &[(i64, char)]) -> History<char> {
        let mut h = History::new(Timestamp(changes[0].0), changes[0].1);
        changes[1..].iter().for_each(|(at, v)| h.set(Timestamp(*at), *v));
        h
    }

    #[test]
    fn of_several_changes_at_one_instant_the_last_counts() {
        let h = history(&[(0, 'a'), (5, 'b'), (5, 'c'), (9, 'd'), (9, 'c')]);
        assert_eq!(h, history(&[(0, 'a'), (5, 'c')]));
        assert_eq!((*h.at(Timestamp(4)), *h.at(Timestamp(5)), *h.at(Timestamp(-1))), ('a', 'c', 'a'));
        assert_eq!(*h.just_before(Timestamp(5), Timestamp(0)), 'a');
        assert_eq!(*h.just_before(Timestamp(5), Timestamp(5)), 'c');
    }

    #[test]
    fn the_beginning_may_be_learned_later() {
        let mut h = history(&[(0, 'a'), (5, 'b'), (9, 'c')]);
        h.begin_with('x');
        assert_eq!(h, history(&[(0, 'x'), (5, 'b'), (9, 'c')]));
        h.begin_with('b');
        assert_eq!(h, history(&[(0, 'b'), (9, 'c')]));
        assert_eq!(*h.first(), 'b');
    }

    #[test]
    fn stretches_cover_exactly_what_was_asked() {
        let h = history(&[(0, 'a'), (5, 'b'), (9, 'c')]);
        let stretches =
            |a, b| h.between(Timestamp(a), Timestamp(b)).map(|(a, b, v)| (a.0, b.0, *v)).collect::<Vec<_>>();
        assert_eq!(stretches(2, 9), [(2, 5, 'a'), (5, 9, 'b')]);
        assert_eq!(stretches(5, 20), [(5, 9, 'b'), (9, 20, 'c')]);
        assert_eq!(stretches(5, 5), [(5, 5, 'b')]);
        assert_eq!(stretches(-3, 1), [(-3, 1, 'a')]);
    }
}
