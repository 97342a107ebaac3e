//! The course of a value over its period, counted on the way: where each sample stands by itself, what falls into each
//! part of the period is known by the time the whole is.

use super::measure::Measure;
use super::period::Period;
use crate::domain::query::Stat;
use crate::domain::timestamp::Timestamp;

/// The value and the sample of a part.
pub(super) type Drawn = (Option<f64>, Option<u64>);

/// Something for each part of a period.
#[derive(Clone, Debug)]
pub(super) struct Course<'f, T> {
    parts: &'f [Period],
    /// The part met last; rows come in order of time.
    last: usize,
    of: Vec<T>,
}

impl<'f, T: Clone + Default> Course<'f, T> {
    /// Nothing yet, for parts that are in order and apart; without parts it stays so.
    pub(super) fn new(parts: &'f [Period]) -> Self {
        Self { parts, last: 0, of: vec![T::default(); parts.len()] }
    }

    /// What is there for the part in which an instant lies.
    #[inline]
    pub(super) fn at(&mut self, at: Timestamp) -> Option<&mut T> {
        if !self.parts.get(self.last)?.contains(at) {
            let place = self.parts.partition_point(|part| part.to <= at);
            if !self.parts.get(place)?.contains(at) {
                return None;
            }
            self.last = place;
        }
        self.of.get_mut(self.last)
    }

    /// What people see of each part; `None` where there are no parts.
    pub(super) fn drawn(self, stat: Option<Stat>, measure: impl Fn(T) -> Measure) -> Option<Vec<Drawn>> {
        let drawn = |of| {
            let measure = measure(of);
            (measure.headline(stat), measure.n())
        };
        (!self.parts.is_empty()).then(|| self.of.into_iter().map(drawn).collect())
    }
}

impl Course<'_, u64> {
    /// One more in the part in which an instant lies.
    #[inline]
    pub(super) fn count(&mut self, at: Timestamp) {
        if let Some(count) = self.at(at) {
            *count += 1;
        }
    }
}

impl Course<'_, (u64, u64)> {
    /// One more in the part in which an instant lies, that passed or not.
    #[inline]
    pub(super) fn judge(&mut self, at: Timestamp, passes: bool) {
        if let Some((numerator, denominator)) = self.at(at) {
            *numerator += u64::from(passes);
            *denominator += 1;
        }
    }

    /// The rate of each part.
    pub(super) fn rates(self) -> Option<Vec<Drawn>> {
        self.drawn(None, |(numerator, denominator)| Measure::Rate { numerator, denominator })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instant_counts_in_its_part() {
        let part = |from, to| Period { from: Timestamp(from), to: Timestamp(to) };
        let parts = [part(0, 10), part(10, 20), part(30, 40)];
        let mut course = Course::new(&parts);
        for at in [-1, 0, 9, 10, 25, 39, 40, 5, 12] {
            course.count(Timestamp(at));
        }
        let drawn = course.drawn(None, Measure::Count);
        assert_eq!(drawn, Some([3.0, 2.0, 1.0].map(|value| (Some(value), None)).to_vec()));
        assert_eq!(Course::<u64>::new(&[]).drawn(None, Measure::Count), None);
    }
}
