//! Numbers of which quantiles are wanted. Many are not sorted for a few quantiles: they are counted in narrow classes, and
//! only the classes in which a wanted rank lies are looked at closely. What comes out is the same, to the last bit.

use std::borrow::Cow;

use super::{CI_LEAST, ci_rank, percentile_of, places};

/// Fewer are sorted sooner.
const MANY: usize = 500;

/// The quantiles that are read of most things.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.95];

/// So many are worth narrower classes; for fewer, the table of the classes would be most of the work.
const VERY_MANY: usize = 100_000;

/// The class of a number that is not negative: a power of two, and which of its 32 parts, or 128 where there are very many
/// numbers. Greater numbers are never in a lower class. The class of the least number is the first.
#[derive(Clone, Copy)]
struct Classes {
    shift: u32,
    first: usize,
    count: usize,
}

impl Classes {
    const fn between(least: i64, greatest: i64, n: usize) -> Self {
        let all = Self { shift: if n < VERY_MANY { 18 } else { 16 }, first: 0, count: 0 };
        let first = all.of(least);
        Self { first, count: all.of(greatest) - first + 1, ..all }
    }

    const fn of(self, ms: i64) -> usize {
        ((ms as f32).to_bits() >> self.shift) as usize - self.first
    }
}

/// Numbers, least first as far as anybody can tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Least first.
    Sorted(Vec<f64>),
    Many(Many),
}

/// Many milliseconds, none negative, in no order.
#[derive(Clone, Debug, PartialEq)]
struct Many {
    ms: Vec<i64>,
    sum: i128,
    /// Some ranks with their numbers, in order.
    known: Vec<(usize, i64)>,
}

impl Values {
    /// Numbers that are in order already.
    pub const fn sorted(values: Vec<f64>) -> Self {
        Self(Kind::Sorted(values))
    }

    /// Numbers in any order.
    pub fn new(mut values: Vec<f64>) -> Self {
        // Finds out what is in order already.
        values.sort_by(f64::total_cmp);
        Self::sorted(values)
    }

    /// Seconds, from milliseconds in any order.
    pub fn of_ms(mut ms: Vec<i64>) -> Self {
        if ms.len() >= MANY {
            let (least, greatest) = ms.iter().fold((i64::MAX, i64::MIN), |(a, b), ms| (a.min(*ms), b.max(*ms)));
            if least >= 0 {
                return Self(Kind::Many(Many::new(ms, least, greatest)));
            }
        }
        ms.sort_unstable();
        Self::sorted(ms.into_iter().map(seconds).collect())
    }

    /// Seconds, from milliseconds in any order, of which one quantile is wanted.
    pub fn for_one_quantile(ms: Vec<i64>) -> Self {
        if ms.len() >= MANY && ms.iter().all(|ms| *ms >= 0) {
            let sum = ms.iter().map(|ms| i128::from(*ms)).sum();
            return Self(Kind::Many(Many { ms, sum, known: Vec::new() }));
        }
        Self::of_ms(ms)
    }

    /// The numbers of several, as one.
    pub fn pooled(several: &[&Self]) -> Self {
        Self::new(several.iter().flat_map(|values| values.in_order().into_owned()).collect())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Sorted(values) => values.len(),
            Kind::Many(many) => many.ms.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, least first.
    pub fn in_order(&self) -> Cow<'_, [f64]> {
        match &self.0 {
            Kind::Sorted(values) => Cow::Borrowed(values),
            Kind::Many(many) => {
                let mut ms = many.ms.clone();
                ms.sort_unstable();
                Cow::Owned(ms.into_iter().map(seconds).collect())
            }
        }
    }

    /// The number of a rank, the least having 0; `None` beyond the last.
    pub fn at(&self, rank: usize) -> Option<f64> {
        match &self.0 {
            Kind::Sorted(values) => values.get(rank).copied(),
            Kind::Many(many) => many.at(rank),
        }
    }

    /// The least and the greatest.
    pub fn ends(&self) -> Option<(f64, f64)> {
        Some((self.at(0)?, self.at(self.len() - 1)?))
    }

    /// The value below which a share `q` (0 to 1) lies, interpolated linearly (type 7); `None` of nothing.
    pub fn percentile(&self, q: f64) -> Option<f64> {
        match &self.0 {
            Kind::Many(many) if many.known.is_empty() => {
                let mut ms = many.ms.clone();
                percentile_of(ms.len(), q, |rank| Some(seconds(*ms.select_nth_unstable(rank).1)))
            }
            Kind::Many(_) | Kind::Sorted(_) => percentile_of(self.len(), q, |rank| self.at(rank)),
        }
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        match &self.0 {
            Kind::Sorted(values) => super::mean(values),
            Kind::Many(many) => Some(many.sum as f64 / 1000.0 / many.ms.len() as f64),
        }
    }

    /// The distribution-free rank interval of the median; `None` below eight values.
    pub fn median_ci(&self) -> Option<(f64, f64)> {
        let n = self.len();
        if n < CI_LEAST {
            return None;
        }
        let rank = ci_rank(n);
        Some((self.at(rank - 1)?, self.at(n - rank)?))
    }
}

impl Many {
    /// Of at least one number, the least and the greatest of which are known.
    fn new(ms: Vec<i64>, least: i64, greatest: i64) -> Self {
        let classes = Classes::between(least, greatest, ms.len());
        let mut counts = vec![0_u32; classes.count];
        let mut sum = 0_i128;
        for ms in &ms {
            counts[classes.of(*ms)] += 1;
            sum += i128::from(*ms);
        }
        let wanted = wanted(ms.len());
        // For each class with a rank that is wanted: how many numbers lie below it, and its own.
        let mut looked_at: Vec<(usize, Vec<i64>)> = Vec::new();
        let mut places = vec![0_u8; classes.count];
        let (mut below, mut ranks) = (0, wanted.iter().peekable());
        for (count, place) in counts.iter().zip(&mut places) {
            let end = below + *count as usize;
            if ranks.peek().is_some_and(|rank| **rank < end) {
                while ranks.next_if(|rank| **rank < end).is_some() {}
                looked_at.push((below, Vec::with_capacity(*count as usize)));
                *place = looked_at.len() as u8;
            }
            below = end;
        }
        for ms in &ms {
            let place = places[classes.of(*ms)];
            if place != 0 {
                looked_at[place as usize - 1].1.push(*ms);
            }
        }
        looked_at.iter_mut().for_each(|(_, own)| own.sort_unstable());
        let at = |rank: usize| {
            let (below, own) = looked_at.iter().rfind(|(below, _)| *below <= rank)?;
            Some((rank, *own.get(rank - below)?))
        };
        let known = wanted.iter().filter_map(|rank| at(*rank)).collect();
        Self { ms, sum, known }
    }

    fn at(&self, rank: usize) -> Option<f64> {
        let found = self.known.binary_search_by_key(&rank, |(rank, _)| *rank);
        let ms = match found {
            Ok(place) => Some(self.known[place].1),
            Err(_) if rank >= self.ms.len() => None,
            Err(_) => Some(*self.ms.clone().select_nth_unstable(rank).1),
        };
        ms.map(seconds)
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The ranks among `n` that are read of most things, in order.
fn wanted(n: usize) -> Vec<usize> {
    let quantiles = QUANTILES.iter().filter_map(|q| places(n, *q)).flat_map(|(below, above, _)| [below, above]);
    let median = (n >= CI_LEAST).then(|| [ci_rank(n) - 1, n - ci_rank(n)]);
    let mut ranks: Vec<usize> = quantiles.chain(median.into_iter().flatten()).chain([0, n - 1]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::statistics;

    /// Says the same as the numbers in order.
    fn is_right(ms: &[i64]) {
        let mut sorted: Vec<f64> = ms.iter().map(|ms| *ms as f64 / 1000.0).collect();
        sorted.sort_by(f64::total_cmp);
        let values = Values::of_ms(ms.to_vec());
        assert_eq!(values.len(), sorted.len());
        assert_eq!(values.in_order(), sorted);
        for q in [0.0, 0.1, 0.25, 0.5, 0.9, 0.95, 1.0] {
            let expected = statistics::percentile(&sorted, q);
            assert_eq!(values.percentile(q), expected, "{q}");
            assert_eq!(Values::for_one_quantile(ms.to_vec()).percentile(q), expected, "{q}");
        }
        assert_eq!(values.median_ci(), Values::sorted(sorted.clone()).median_ci());
        assert_eq!(values.ends(), sorted.first().copied().zip(sorted.last().copied()));
        let (mean, expected) = (values.mean().unwrap_or_default(), statistics::mean(&sorted).unwrap_or_default());
        assert!((mean - expected).abs() <= expected.abs() * 1e-9, "{mean} is not {expected}");
        assert_eq!(values.at(sorted.len()), None);
    }

    #[test]
    fn many_say_the_same_as_few() {
        let some = |n: i64, factor: i64| (0..n).map(|i| i * factor % 7_000_003).collect::<Vec<_>>();
        let odd = [vec![i64::MAX, i64::MIN, -7, 1 << 32], some(600, 1_234_567)].concat();
        let long = some(600, 1_234_567).iter().map(|ms| ms * 1_000_000).collect();
        let ends = [vec![0, i64::MAX], some(600, 1)].concat();
        for ms in [
            some(2000, 1_234_567),
            some(VERY_MANY as i64, 1_234_567),
            some(600, 0),
            some(20, 1_234_567),
            Vec::new(),
            odd,
            long,
            ends,
        ] {
            is_right(&ms);
        }
    }

    #[test]
    fn greater_numbers_are_in_no_lower_class() {
        let numbers = (0..62).flat_map(|bit| [(1_i64 << bit) - 1, 1 << bit, (1 << bit) + 1, 3 << bit.min(60)]);
        let mut numbers: Vec<i64> = numbers.chain([i64::MAX - 1, i64::MAX]).collect();
        numbers.sort_unstable();
        for n in [MANY, VERY_MANY] {
            let classes = Classes::between(numbers[0], i64::MAX, n);
            assert!(numbers.is_sorted_by_key(|ms| classes.of(*ms)));
            assert_eq!((classes.of(numbers[0]), classes.of(i64::MAX) + 1), (0, classes.count));
        }
    }

    #[test]
    fn several_are_one() {
        let (one, other) = (Values::of_ms(vec![3000, 1000]), Values::of_ms((0..600).collect()));
        let pooled = Values::pooled(&[&one, &other]);
        assert_eq!((pooled.len(), pooled.ends()), (602, Some((0.0, 3.0))));
    }

    proptest! {
        #[test]
        fn any_many_say_the_same_as_few(
            ms in prop::collection::vec(prop_oneof![0_i64..100, 0_i64..100_000_000, 0_i64..=1 << 40], 500..900),
        ) {
            is_right(&ms);
        }
    }
}
