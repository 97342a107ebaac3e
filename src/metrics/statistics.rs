//! Percentiles, intervals and verdicts: exact, on plain numbers, the same whatever stored the samples.
//!
//! Formulas: kpis.md 4.1, 4.2 and 5.6.2. All intervals are two-sided 95% and assume independent answers.

mod values;

pub use values::Values;

/// The 97.5% quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Answers needed on both sides before two medians are compared.
const MIN_DURATIONS: usize = 20;

/// The value below which a share `q` (0 to 1) of `sorted` lies, interpolated linearly (type 7); `None` of nothing.
pub fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    percentile_of(sorted.len(), q, |rank| sorted.get(rank).copied())
}

/// The same of `n` values of which each can be had by its rank.
fn percentile_of(n: usize, q: f64, mut at: impl FnMut(usize) -> Option<f64>) -> Option<f64> {
    let (below, above, between) = places(n, q)?;
    let (below, above) = (at(below)?, at(above)?);
    Some(below + between * (above - below))
}

/// Between which ranks among `n` a share `q` ends, and how far behind the first of them.
fn places(n: usize, q: f64) -> Option<(usize, usize, f64)> {
    let last = n.checked_sub(1)?;
    let h = last as f64 * q.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    Some((below, (below + 1).min(last), h - below as f64))
}

/// The mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The Wilson interval of `k` of `n`; `None` of nothing. It never leaves 0 to 1 and holds for 0 of n.
pub fn wilson(k: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (p, n) = (k as f64 / n as f64, n as f64);
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    // At the ends centre and half-width are equal but for the last bit.
    let low = if k == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if p >= 1.0 { 1.0 } else { (centre + half).min(1.0) };
    Some((low, high))
}

/// The difference of two rates with an interval around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Second minus first.
    pub value: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Newcombe's interval for the change from `k1` of `n1` to `k2` of `n2`; `None` where a side is empty.
pub fn newcombe(k1: u64, n1: u64, k2: u64, n2: u64) -> Option<Difference> {
    let ((l1, u1), (l2, u2)) = (wilson(k1, n1)?, wilson(k2, n2)?);
    let (p1, p2) = (k1 as f64 / n1 as f64, k2 as f64 / n2 as f64);
    let value = p2 - p1;
    Some(Difference { value, low: value - (p2 - l2).hypot(u1 - p1), high: value + (u2 - p2).hypot(p1 - l1) })
}

/// A Net Promoter Score with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nps {
    /// −100 to 100.
    pub value: f64,
    /// The textbook margin of error; claims ±0 when all agree, so of use only for large samples.
    pub moe_simple: f64,
    /// Lower limit of the adjusted Wald interval.
    pub ci_low: f64,
    /// Its upper limit.
    pub ci_high: f64,
}

/// The Net Promoter Score of so many answers; `None` without any.
pub fn nps(promoters: u64, passives: u64, detractors: u64) -> Option<Nps> {
    let n = (promoters + passives + detractors) as f64;
    if n == 0.0 {
        return None;
    }
    let margin = |p: f64, d: f64, n: f64| Z * ((p + d - (p - d) * (p - d)).max(0.0) / n).sqrt();
    let (p, d) = (promoters as f64 / n, detractors as f64 / n);
    let adjusted = n + 3.0;
    let (pa, da) = ((promoters as f64 + 0.75) / adjusted, (detractors as f64 + 0.75) / adjusted);
    let half = margin(pa, da, adjusted);
    Some(Nps {
        value: 100.0 * (p - d),
        moe_simple: 100.0 * margin(p, d, n),
        ci_low: (100.0 * (pa - da - half)).max(-100.0),
        ci_high: (100.0 * (pa - da + half)).min(100.0),
    })
}

/// The change of a score between two sets of answers, each given as those in favour, those against and all: clear if it
/// exceeds what its standard errors allow. Scores and errors are those of the adjusted interval: without the three
/// answers it adds, two answers that disagree would already be a clear change.
pub fn verdict_score(before: (u64, u64, u64), after: (u64, u64, u64)) -> Verdict {
    let (Some((score1, error1)), Some((score2, error2))) = (score(before), score(after)) else {
        return Verdict::NotApplicable;
    };
    let (change, allowed) = (score2 - score1, Z * error1.hypot(error2));
    Verdict::of_interval(change - allowed, change + allowed)
}

/// The share in favour less the share against and its standard error, both adjusted; `None` without answers.
fn score((favour, against, all): (u64, u64, u64)) -> Option<(f64, f64)> {
    if all == 0 {
        return None;
    }
    let share = |count: u64| (count as f64 + 0.75) / (all as f64 + 3.0);
    let adjusted = share(favour) - share(against);
    let spread = share(favour) + share(against) - adjusted * adjusted;
    Some((adjusted, (spread.max(0.0) / (all as f64 + 3.0)).sqrt()))
}

/// With fewer values a median has no interval.
const CI_LEAST: usize = 8;

/// The rank, from 1, at which the distribution-free interval of the median of `n` values begins; it ends as far from the
/// greatest.
fn ci_rank(n: usize) -> usize {
    ((n as f64 - 1.96 * (n as f64).sqrt()) / 2.0).floor() as usize
}

/// How unevenly something is distributed: 0 where all have the same, towards 1 where one has all; `None` of nothing.
pub fn gini(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    let weighted = (1..).zip(&sorted).map(|(i, value)| (2.0 * f64::from(i) - n - 1.0) * value).sum::<f64>();
    (sum > 0.0).then(|| weighted / (n * sum))
}

/// How many standard deviations two counts of equal exposure differ; `None` if both are zero.
pub fn poisson_z(a: f64, b: f64) -> Option<f64> {
    mean_count_z(a, b, 1)
}

/// [`poisson_z`] of a count and the mean of the counts of `periods` others.
pub fn mean_count_z(count: f64, mean: f64, periods: usize) -> Option<f64> {
    let variance = count + mean / periods.max(1) as f64;
    (variance > 0.0).then(|| (count - mean) / variance.sqrt())
}

/// What may be said about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Clearly more than before.
    Up,
    /// Clearly less than before.
    Down,
    /// Within normal variation.
    NoClearChange,
    /// Too few answers to judge.
    NotEnoughData,
    /// One side does not exist.
    NotApplicable,
}

impl Verdict {
    /// The words people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::NoClearChange => "no clear change",
            Self::NotEnoughData => "not enough data",
            Self::NotApplicable => "n/a",
        }
    }

    /// Whether the change is clear; `None` where that cannot be said.
    pub const fn is_clear(self) -> Option<bool> {
        match self {
            Self::Up | Self::Down => Some(true),
            Self::NoClearChange => Some(false),
            Self::NotEnoughData | Self::NotApplicable => None,
        }
    }

    fn of_interval(low: f64, high: f64) -> Self {
        if low > 0.0 {
            Self::Up
        } else if high < 0.0 {
            Self::Down
        } else {
            Self::NoClearChange
        }
    }
}

/// The change from `k1` of `n1` to `k2` of `n2`: clear if Newcombe's interval leaves out zero.
pub fn verdict_rate(k1: u64, n1: u64, k2: u64, n2: u64) -> Verdict {
    newcombe(k1, n1, k2, n2).map_or(Verdict::NotApplicable, |d| Verdict::of_interval(d.low, d.high))
}

/// The change from one count to another: clear beyond 1.96 standard deviations.
pub fn verdict_count(before: f64, after: f64) -> Verdict {
    verdict_mean_count(before, 1, after)
}

/// The change from the mean of the counts of `periods` periods to one count.
pub fn verdict_mean_count(before: f64, periods: usize, after: f64) -> Verdict {
    match mean_count_z(after, before, periods) {
        Some(z) if z >= 1.96 => Verdict::Up,
        Some(z) if z <= -1.96 => Verdict::Down,
        _ => Verdict::NoClearChange,
    }
}

/// The change of a median: clear if the rank intervals do not touch.
pub fn verdict_duration(before: &Values, after: &Values) -> Verdict {
    if before.len().min(after.len()) < MIN_DURATIONS {
        return Verdict::NotEnoughData;
    }
    match (before.median_ci(), after.median_ci()) {
        (Some((low1, high1)), Some((low2, high2))) if low2 > high1 || high2 < low1 => {
            Verdict::of_interval(low2 - high1, high2 - low1)
        }
        _ => Verdict::NoClearChange,
    }
}

/// The least number of people such that, by Erlang's delay formula, at least the share `aim` (below 1) of customers waits
/// no longer than `patience` times what a call takes, if `load` hours of calls arrive each hour.
pub fn erlang_c(load: f64, patience: f64, aim: f64) -> u64 {
    if load <= 0.0 {
        return 0;
    }
    // The probability that all are busy, first of those who would not wait (formula B), one person at a time.
    let mut blocked = 1.0;
    let mut people = 0.0;
    loop {
        people += 1.0;
        blocked = load * blocked / (people + load * blocked);
        if people <= load {
            continue;
        }
        let waits = blocked / (1.0 - load / people * (1.0 - blocked));
        if 1.0 - waits * (-(people - load) * patience).exp() >= aim {
            return people as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clear_fall_is_a_fall() {
        let values = |from: u32| Values::new((from..from + 30).map(f64::from).collect());
        assert_eq!(verdict_duration(&values(200), &values(100)), Verdict::Down);
        assert_eq!(verdict_count(9.0, 2.0), Verdict::Down);
        assert_eq!(verdict_rate(90, 100, 80, 100), Verdict::Down);
    }

    #[test]
    fn a_score_changes_clearly_only_beyond_its_errors() {
        assert_eq!(verdict_score((50, 30, 100), (80, 10, 100)), Verdict::Up);
        assert_eq!(verdict_score((80, 10, 100), (50, 30, 100)), Verdict::Down);
        assert_eq!(verdict_score((5, 3, 10), (8, 1, 10)), Verdict::NoClearChange);
        assert_eq!(verdict_score((0, 1, 1), (1, 0, 1)), Verdict::NoClearChange);
        assert_eq!(verdict_score((0, 0, 0), (5, 3, 10)), Verdict::NotApplicable);
    }

    #[test]
    fn an_even_load_is_no_inequality() {
        assert_eq!(gini(&[2.0, 2.0, 2.0]), Some(0.0));
        assert_eq!(gini(&[3.0, 1.0]), Some(0.25));
        assert_eq!(gini(&[0.0, 0.0, 0.0, 5.0]), Some(0.75));
        assert_eq!(gini(&[7.0]), Some(0.0));
        assert_eq!((gini(&[]), gini(&[0.0])), (None, None));
    }

    #[test]
    fn a_mean_of_four_periods_is_steadier_than_one() {
        assert_eq!(verdict_count(100.0, 126.0), Verdict::NoClearChange);
        assert_eq!(verdict_mean_count(100.0, 4, 126.0), Verdict::Up);
    }

    proptest! {
        #[test]
        fn a_rate_lies_inside_its_interval(n in 1u64..5000, share in 0.0f64..=1.0) {
            let k = (n as f64 * share) as u64;
            let (low, high) = wilson(k, n).expect("not empty");
            let p = k as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
        }

        #[test]
        fn a_score_lies_inside_its_interval_and_within_its_ends(up in 0u64..500, passive in 0u64..500, down in 0u64..500) {
            let Some(nps) = nps(up, passive, down) else { return Ok(()) };
            prop_assert!(-100.0 <= nps.ci_low && nps.ci_high <= 100.0);
            prop_assert!(-100.0 <= nps.value && nps.value <= 100.0);
            // Of a single answer the adjusted interval believes so little that the score itself lies outside.
            let inside = nps.ci_low <= nps.value && nps.value <= nps.ci_high;
            prop_assert!(inside || up + passive + down == 1, "{:?}", nps);
        }

        #[test]
        fn a_median_lies_inside_its_interval(values in prop::collection::vec(0.0f64..1e6, 8..200)) {
            let values = Values::new(values);
            let (low, high) = values.median_ci().expect("at least eight");
            let median = values.percentile(0.5).expect("not empty");
            prop_assert!(low <= median && median <= high);
        }

        #[test]
        fn percentiles_rise_and_stay_within_the_values(mut values in prop::collection::vec(-1e6f64..1e6, 1..50), a in 0.0f64..1.0, b in 0.0f64..1.0) {
            values.sort_by(f64::total_cmp);
            let at = |q| percentile(&values, q).expect("not empty");
            prop_assert!(at(a.min(b)) <= at(a.max(b)) + 1e-6);
            prop_assert_eq!(at(0.0), values[0]);
            prop_assert_eq!(at(1.0), values[values.len() - 1]);
        }
    }

    #[test]
    fn erlangs_formula_agrees_with_published_tables() {
        // Erlang C: 10 erlangs over 12 people, 44.9 % wait; so with 13 people more than 70 % do not.
        let table = [
            (0.0, 0.1, 0.8, 0),
            (10.0, 0.0, 0.55, 12),
            (10.0, 0.0, 0.56, 13),
            (10.0, 20.0 / 180.0, 0.8, 14),
            (0.5, 20.0 / 180.0, 0.8, 2),
            (3.3, 20.0 / 600.0, 0.8, 6),
        ];
        for (load, patience, aim, people) in table {
            assert_eq!(erlang_c(load, patience, aim), people, "{load} erlangs");
        }
    }
}
