//! Forecast: how many of the promises that run now will be missed by some time, if things go on as they did lately.
//!
//! The method is as plain as it can be said. A promise that has used two thirds of its time is compared with all lately
//! decided ones of the same target that were not yet settled when they had used two thirds: the share of those that was
//! missed is its chance of being missed. The chances of all promises that are due by then add up to the number expected.
//! Only what is due by then can be missed by then; what is paused or asked for later is not in it.
//!
//! The range is that of a beta-binomial distribution, which has two parts: that chances fall as they fall, and that a
//! share of few is not known well (Jeffreys' prior: half a miss and half a success more than there were). The shares of one target rest on the same past, so their errors are taken to be the
//! same error, which makes the range wider rather than narrower. Nine of ten outcomes lie below its upper end and nine of
//! ten above its lower one, as long as the days to come are like the days before; a day unlike them it does not foresee.

use std::collections::BTreeMap;

use crate::domain::event::Target;
use crate::domain::timestamp::Timestamp;

/// So many comparable promises make a share.
pub const ENOUGH: usize = 20;

/// How probable it is that fewer are missed than the lower end of the range, or more than the upper one.
const TAIL: f64 = 0.1;

/// A promise that was decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// Which one.
    pub target: Target,
    /// The share of its time that was used when it was kept or given up; `None` = it was missed.
    pub settled: Option<f64>,
}

/// A promise that runs, and is due by the time that is asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// Which one.
    pub target: Target,
    /// The share of its time that is used.
    pub used: f64,
}

/// What is to be expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// By when.
    pub until: Timestamp,
    /// Whether that is the end of a working day.
    pub working_day: bool,
    /// Promises that run and are due by then.
    pub due: u64,
    /// Those of them about which the past says too little.
    pub unknown: u64,
    /// What to expect of the others; `None` if there are none.
    pub missed: Option<Expected>,
    /// Promises that were decided lately.
    pub past: u64,
}

/// A number and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The mean.
    pub mean: f64,
    /// The lower end of the 80 % range.
    pub low: u64,
    /// Its upper end.
    pub high: u64,
}

/// The chances of some promises.
#[derive(Clone, Copy, Debug, Default)]
struct Chances {
    many: u64,
    /// The sum of the shares that were missed.
    shares: f64,
    /// The sum of the same with the prior.
    sum: f64,
    /// The sum of their standard errors, which are one error.
    error: f64,
}

/// The forecast for what is due until some time, from what was decided lately.
pub fn forecast(until: Timestamp, working_day: bool, due: &[Due], past: &[Past]) -> Forecast {
    let mut settled: BTreeMap<Target, (Vec<f64>, usize)> = BTreeMap::new();
    for one in past {
        let (settled, missed) = settled.entry(one.target).or_default();
        match one.settled {
            Some(used) => settled.push(used),
            None => *missed += 1,
        }
    }
    settled.values_mut().for_each(|(settled, _)| settled.sort_by(f64::total_cmp));
    let mut by_target: BTreeMap<Target, Chances> = BTreeMap::new();
    let mut unknown = 0;
    for one in due {
        let (settled, missed) = settled.get(&one.target).map_or((&[][..], 0), |(settled, missed)| (settled, *missed));
        let later = settled.len() - settled.partition_point(|used| *used <= one.used);
        if later + missed < ENOUGH {
            unknown += 1;
            continue;
        }
        // Nothing is certain, however often it was so.
        let (alpha, beta) = (missed as f64 + 0.5, later as f64 + 0.5);
        let n = alpha + beta;
        let chances = by_target.entry(one.target).or_default();
        chances.many += 1;
        chances.shares += missed as f64 / (later + missed) as f64;
        chances.sum += alpha / n;
        chances.error += (alpha * beta / (n * n * (n + 1.0))).sqrt();
    }
    let many: u64 = by_target.values().map(|chances| chances.many).sum();
    let mean: f64 = by_target.values().map(|chances| chances.shares).sum();
    let sum: f64 = by_target.values().map(|chances| chances.sum).sum();
    let error = by_target.values().map(|chances| chances.error * chances.error).sum::<f64>().sqrt();
    let missed = (many > 0).then(|| {
        let (low, high) = range(many, sum / many as f64, error / many as f64);
        Expected { mean, low, high }
    });
    Forecast { until, working_day, due: due.len() as u64, unknown, missed, past: past.len() as u64 }
}

/// The range of a number out of so many, each of which has a chance that is known but for an error.
fn range(many: u64, chance: f64, error: f64) -> (u64, u64) {
    // A beta distribution of that mean and deviation.
    let strength = chance * (1.0 - chance) / (error * error) - 1.0;
    let (alpha, beta) = (chance * strength, (1.0 - chance) * strength);
    let n = many as f64;
    // Logarithms, since the first of many terms may be smaller than a number can be.
    let mut log: f64 = (0..many).map(|j| ((beta + j as f64) / (strength + j as f64)).ln()).sum();
    let (mut below, mut low, mut high) = (0.0, None, many);
    for k in 0..=many {
        below += log.exp();
        if low.is_none() && below >= TAIL {
            low = Some(k);
        }
        if below >= 1.0 - TAIL {
            high = k;
            break;
        }
        let k = k as f64;
        log += ((n - k) / (k + 1.0) * (alpha + k) / (beta + n - k - 1.0)).ln();
    }
    (low.unwrap_or(high), high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Target = Target::FirstResponse;

    fn of(due: &[f64], past: &[Option<f64>]) -> Forecast {
        let due: Vec<Due> = due.iter().map(|used| Due { target: TARGET, used: *used }).collect();
        let past: Vec<Past> = past.iter().map(|settled| Past { target: TARGET, settled: *settled }).collect();
        forecast(Timestamp(0), false, &due, &past)
    }

    /// So many that were settled at each share, and so many that were missed.
    fn past(settled: &[(usize, f64)], missed: usize) -> Vec<Option<f64>> {
        let settled = settled.iter().flat_map(|(many, used)| vec![Some(*used); *many]);
        settled.chain(vec![None; missed]).collect()
    }

    #[test]
    fn a_promise_is_compared_with_those_that_had_got_as_far() {
        // Of a hundred, 50 were kept early, 30 late, 20 were missed.
        let past = past(&[(50, 0.1), (30, 0.8)], 20);
        let mean = |used| of(&[used], &past).missed.expect("enough").mean;
        let table = [(0.0, 0.2), (0.1, 0.4), (0.5, 0.4), (0.8, 1.0)];
        for (used, expected) in table {
            assert!((mean(used) - expected).abs() < 1e-12, "{used}: {} ≠ {expected}", mean(used));
        }
        let three = of(&[0.0, 0.5, 0.9], &past);
        assert!((three.missed.expect("enough").mean - 1.6).abs() < 1e-12);
        assert_eq!((three.due, three.unknown, three.past), (3, 0, 100));
        // None of thirty was missed: none is expected, and of many some may be all the same.
        let never = of(&[0.2; 60], &self::past(&[(30, 0.9)], 0)).missed.expect("enough");
        assert_eq!((never.mean, never.low), (0.0, 0));
        assert!((1..=6).contains(&never.high), "{never:?}");
    }

    #[test]
    fn too_little_history_is_said_and_not_guessed() {
        let nineteen = past(&[(10, 0.5)], 9);
        assert_eq!(of(&[0.2], &nineteen).missed, None);
        let some = of(&[0.2, 0.6], &past(&[(11, 0.5)], 9));
        assert_eq!((some.due, some.unknown, some.missed.is_some()), (2, 1, true));
        let of_another = Past { target: Target::Resolution, settled: None };
        let due = [Due { target: TARGET, used: 0.1 }];
        assert_eq!(forecast(Timestamp(0), true, &due, &[of_another; 50]).unknown, 1);
        assert_eq!(of(&[], &nineteen), Forecast { due: 0, unknown: 0, missed: None, past: 19, ..of(&[], &nineteen) });
    }

    #[test]
    fn the_range_is_that_of_the_binomial_where_the_share_is_known_well() {
        // 10 and 90 % of Binomial(20, ½), Binomial(100, 1/10), Binomial(5, 1/100).
        let table = [(20, 0.5, (7, 13)), (100, 0.1, (6, 14)), (5, 0.01, (0, 0))];
        for (many, chance, expected) in table {
            assert_eq!(range(many, chance, 1e-5), expected, "{many} {chance}");
        }
        // Wider the less is known of it; a uniform distribution in the end.
        assert_eq!(range(20, 0.5, (1.0_f64 / 12.0).sqrt()), (2, 18));
        let (low, high) = range(3000, 0.9, 0.01);
        assert!((2650..2700).contains(&low) && (2700..2750).contains(&high), "{low} {high}");
    }

    /// Numbers from 0 to 1 that look like chance, the same every time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// When a reply comes, in shares of the target.
        fn reply(&mut self, pace: f64) -> f64 {
            -pace * (1.0 - self.roll()).ln()
        }
    }

    #[test]
    fn four_of_five_outcomes_lie_in_the_range_and_the_mean_is_right() {
        let mut dice = Dice(1);
        for (pace, history, running) in [(0.5, 120, 10), (0.3, 300, 40), (1.2, 100, 25), (0.2, 2000, 200)] {
            let (mut told_of, mut inside, mut expected, mut missed) = (0.0, 0.0, 0.0, 0.0);
            for _ in 0..400 {
                let settled = |reply: f64| Some(reply).filter(|reply| *reply <= 1.0);
                let past: Vec<Option<f64>> = (0..history).map(|_| settled(dice.reply(pace))).collect();
                let due: Vec<f64> = (0..running).map(|_| dice.roll() * 0.6).collect();
                let told = of(&due, &past);
                let Some(said) = told.missed.filter(|_| told.unknown == 0) else { continue };
                // Replies have no memory: what is left to wait is as long as ever.
                let outcome = due.iter().filter(|used| *used + dice.reply(pace) > 1.0).count();
                told_of += 1.0;
                inside += f64::from((said.low..=said.high).contains(&(outcome as u64)));
                expected += said.mean;
                missed += outcome as f64;
            }
            let covered = inside / told_of;
            // To leave many out would be to choose histories in which replies were slow.
            assert!(told_of > 380.0, "pace {pace}: only {told_of} could be told");
            assert!((0.78..=0.97).contains(&covered), "pace {pace}: {covered} inside");
            assert!((expected / missed - 1.0).abs() < 0.05, "pace {pace}: {expected} expected, {missed} missed");
        }
    }
}
