//! The marks of an axis: few, at values people think in (15m, 1h, 4h), never at 3,417.

use crate::domain::chart::Scale;

/// Beyond this numbers are no figures of a support desk; no arithmetic below may leave the range of `f64`.
const MOST: f64 = 1e15;

/// A value that can be drawn; `None` of what is none.
pub(super) fn sane(value: Option<f64>) -> Option<f64> {
    value.filter(|v| !v.is_nan()).map(|v| v.clamp(-MOST, MOST))
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Steps between marks of durations up to half a day.
const STEPS: [f64; 13] = [
    1.0,
    5.0,
    15.0,
    30.0,
    MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    4.0 * HOUR,
    8.0 * HOUR,
];

/// Where the marks of an axis stand; the first and the last are its ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Marks {
    /// At least two, increasing.
    pub(super) at: Vec<f64>,
}

impl Marks {
    /// Marks for values between these, about so many steps apart. They begin at zero unless the values lie far from it
    /// and are of a kind whose zero means little (shares, scores): a bar or a duration that does not begin at zero lies.
    pub(super) fn new(values: impl Iterator<Item = f64>, scale: &Scale, steps: f64) -> Self {
        let (mut low, mut high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            (low, high) = (0.0, 0.0);
        }
        let far_from_zero = high > low && low > 0.5 * high && matches!(scale, Scale::Percent | Scale::Number);
        if !far_from_zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if high - low <= f64::EPSILON * high.abs().max(low.abs()).max(f64::MIN_POSITIVE) {
            high = low + least(scale);
        }
        let step = step((high - low) / steps, scale);
        let (first, mut last) = ((low / step).floor(), (high / step).ceil());
        // No share is above all.
        if *scale == Scale::Percent && high <= 1.0 {
            last = last.min((1.0 / step).floor().max(first + 1.0));
        }
        // Numbers so close to one another that they cannot be told apart.
        let count = (last - first).clamp(1.0, 40.0);
        let mark = |n: u32| (first + f64::from(n)) * step;
        Self { at: (0..=count as u32).map(mark).collect() }
    }

    pub(super) fn low(&self) -> f64 {
        self.at.first().copied().unwrap_or(0.0)
    }

    pub(super) fn high(&self) -> f64 {
        self.at.last().copied().unwrap_or(1.0)
    }

    /// Where a value lies between the ends, from 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low()) / (self.high() - self.low())).clamp(0.0, 1.0)
    }
}

/// An axis of nothing is still so long.
const fn least(scale: &Scale) -> f64 {
    match scale {
        Scale::Seconds { .. } => MINUTE,
        Scale::Percent | Scale::Count | Scale::Number | Scale::Money(_) => 1.0,
    }
}

/// The nice step that is at least so long.
fn step(least: f64, scale: &Scale) -> f64 {
    match scale {
        Scale::Seconds { days } => {
            let long = if *days { DAY } else { HOUR };
            let known = STEPS.iter().chain(days.then_some(&DAY)).find(|step| **step >= least);
            known.copied().unwrap_or_else(|| long * round(least / long, &[1.0, 2.0, 5.0, 10.0]))
        }
        // There is no half of a ticket.
        Scale::Count if least <= 2.0 => least.ceil().max(1.0),
        Scale::Count if least <= 5.0 => 5.0,
        Scale::Count | Scale::Percent | Scale::Number | Scale::Money(_) => round(least, &[1.0, 2.0, 2.5, 5.0, 10.0]),
    }
}

fn round(least: f64, nice: &[f64]) -> f64 {
    let power = 10f64.powf(least.max(1e-12).log10().floor());
    let factor = nice.iter().find(|factor| **factor * power >= least * 0.999_999).copied().unwrap_or(10.0);
    factor * power
}

impl Scale {
    /// A value as a mark says it: `15m`, `1h 30m`, `40%`, `1,200`, `2.5k €`.
    pub(super) fn mark(&self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "" };
        let size = value.abs();
        match self {
            Self::Seconds { days } => format!("{sign}{}", duration(size, *days)),
            Self::Percent => format!("{sign}{}%", number(size * 100.0)),
            Self::Count | Self::Number => format!("{sign}{}", number(size)),
            Self::Money(symbol) => format!("{sign}{} {symbol}", number(size)),
        }
    }
}

/// At most three digits that matter; what they cannot say is not what a mark is for.
fn number(size: f64) -> String {
    let (size, unit) = match size {
        s if s >= 999.5e9 => (s / 1e12, "T"),
        s if s >= 999.5e6 => (s / 1e9, "G"),
        s if s >= 999.5e3 => (s / 1e6, "M"),
        s if s >= 9_999.5 => (s / 1e3, "k"),
        s => (s, ""),
    };
    let digits = if size >= 100.0 { 0 } else { 3 };
    let shown = format!("{size:.digits$}");
    let shown = if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.') } else { &shown };
    match shown.len() {
        4 if !shown.contains('.') => format!("{},{}{unit}", &shown[..1], &shown[1..]),
        _ => format!("{shown}{unit}"),
    }
}

/// `45s`, `1m 30s`, `1h 30m`, `2d`, `1d 12h`, without parts that are nothing.
fn duration(seconds: f64, days: bool) -> String {
    let whole = seconds.round();
    let parts = |big: f64, large: &str, small: f64, little: &str| {
        let (many, rest) = ((whole / big).floor(), ((whole % big) / small).floor());
        let rest = if rest > 0.0 { format!(" {rest}{little}") } else { String::new() };
        format!("{}{large}{rest}", number(many))
    };
    match whole {
        0.0 => "0".to_owned(),
        s if s < MINUTE => format!("{s}s"),
        s if s < HOUR => parts(MINUTE, "m", 1.0, "s"),
        s if s < DAY || !days => parts(HOUR, "h", MINUTE, "m"),
        _ => parts(DAY, "d", HOUR, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(values: &[f64], scale: &Scale) -> Vec<String> {
        Marks::new(values.iter().copied(), scale, 4.0).at.iter().map(|v| scale.mark(*v)).collect()
    }

    #[test]
    fn marks_stand_at_values_people_think_in() {
        let seconds = Scale::Seconds { days: true };
        let office = Scale::Seconds { days: false };
        let table: [(&[f64], &Scale, &[&str]); 15] = [
            (&[2520.0, 3100.0], &seconds, &["0", "15m", "30m", "45m", "1h"]),
            (&[50.0], &seconds, &["0", "15s", "30s", "45s", "1m"]),
            (&[300_000.0], &seconds, &["0", "1d", "2d", "3d", "4d"]),
            (&[300_000.0], &office, &["0", "50h", "100h"]),
            (&[40_000.0], &seconds, &["0", "4h", "8h", "12h"]),
            (&[0.92, 0.97], &Scale::Percent, &["92%", "94%", "96%", "98%"]),
            (&[0.1, 0.97], &Scale::Percent, &["0%", "25%", "50%", "75%", "100%"]),
            (&[1.0], &Scale::Percent, &["0%", "25%", "50%", "75%", "100%"]),
            (&[3.0], &Scale::Count, &["0", "1", "2", "3"]),
            (&[4321.0], &Scale::Count, &["0", "2,000", "4,000", "6,000"]),
            (&[92.0], &Scale::Count, &["0", "25", "50", "75", "100"]),
            (&[9.0], &Scale::Count, &["0", "5", "10"]),
            (&[-40.0, 30.0], &Scale::Number, &["−40", "−20", "0", "20", "40"]),
            (&[], &Scale::Count, &["0", "1"]),
            (&[61_000.0], &Scale::Money("€".into()), &["0 €", "20k €", "40k €", "60k €", "80k €"]),
        ];
        for (values, scale, expected) in table {
            assert_eq!(marks(values, scale), expected, "{values:?} {scale:?}");
        }
    }

    #[test]
    fn durations_say_no_parts_that_are_nothing() {
        let shown: Vec<_> =
            [0.0, 1.0, 10.0, 30.0, 90.0, 5400.0, 129_600.0].iter().map(|s| duration(*s, true)).collect();
        assert_eq!(shown, ["0", "1s", "10s", "30s", "1m 30s", "1h 30m", "1d 12h"]);
    }

    proptest::proptest! {
        #[test]
        fn every_value_lies_between_the_ends(
            values in proptest::collection::vec(proptest::num::f64::ANY, 0..8),
            kind in 0usize..4,
        ) {
            let scale = [Scale::Seconds { days: true }, Scale::Percent, Scale::Count, Scale::Number][kind].clone();
            let values: Vec<f64> = values.into_iter().filter_map(|v| sane(Some(v))).collect();
            let marks = Marks::new(values.iter().copied(), &scale, 4.0);
            proptest::prop_assert!(marks.at.len() >= 2 && marks.at.len() <= 41, "{marks:?}");
            proptest::prop_assert!(marks.at.windows(2).all(|w| w[0] < w[1]), "{marks:?}");
            let slack = 1e-9 * (marks.high() - marks.low());
            for value in values {
                proptest::prop_assert!(value >= marks.low() - slack && value <= marks.high() + slack, "{value} {marks:?}");
            }
        }
    }
}
