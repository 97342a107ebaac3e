//! What a metric measured, and the figures people read of it: headline, sample, interval.

use std::ops::Range;

use super::answer::{self, Contribution, Coverage, Detail, Figures, Particulars, Reason, Spread, Worth};
use super::course::Drawn;
use super::drawn;
use super::explain::LeftOut;
use super::frame::Frame;
use super::period::Period;
use super::statistics::{self, Values};
use crate::domain::columns::Row;
use crate::domain::names::Unit;
use crate::domain::query::Stat;
use crate::domain::sample::{SampleFact, SampleKind};

/// What a metric measured in one period of one group.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The numbers themselves.
    pub(super) measure: Measure,
    /// What a listing metric lists.
    pub(super) rows: Option<Vec<answer::Row>>,
    /// What else it found out.
    pub(super) detail: Detail,
}

/// The kinds of numbers there are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Measure {
    /// Seconds.
    Durations(Values),
    /// Numbers of which the mean is read first.
    Amounts(Values),
    /// The step that covers nine of ten waits, in seconds.
    Step {
        /// The waits.
        waits: Values,
        /// The step, if there are waits enough and one is long enough.
        step: Option<f64>,
        /// How many waits are enough.
        least: u64,
    },
    /// So many of so many.
    Rate {
        /// How many.
        numerator: u64,
        /// Out of how many.
        denominator: u64,
    },
    /// One count over another that does not contain it; has no interval.
    Ratio {
        /// How many.
        numerator: u64,
        /// Per how many.
        denominator: u64,
    },
    /// Those in favour less those against, per answer.
    Net {
        /// In favour.
        up: u64,
        /// Against.
        down: u64,
        /// All, those who are neither included.
        n: u64,
        /// What the score is if all are in favour: 100 points, or the whole.
        full: f64,
    },
    /// A mean of answers; `None` where they are of several scales.
    Mean {
        /// The mean.
        value: Option<f64>,
        /// Of so many.
        n: u64,
    },
    /// Fewer than may be shown.
    TooFew {
        /// So many.
        have: u64,
        /// It takes so many.
        need: u64,
    },
    /// So many among so many that could have been: a count that knows its base.
    Among {
        /// How many.
        count: u64,
        /// Among how many.
        all: u64,
    },
    /// So much for each of something that need not be whole.
    Quotient {
        /// How much.
        numerator: f64,
        /// Per how many.
        denominator: f64,
        /// The sample, where it has one.
        n: Option<u64>,
    },
    /// What part one thing is of another, neither of which is counted, so that it has no interval.
    Share {
        /// The part.
        numerator: f64,
        /// The whole.
        denominator: f64,
        /// The sample, where it has one.
        n: Option<u64>,
    },
    /// A number worked out from others.
    Derived(Option<f64>),
    /// A sum of money, in the reporting currency.
    Amount(f64),
    /// A count.
    Count(u64),
    /// A difference of counts, which may be negative.
    Balance(i64),
}

impl Measured {
    /// Durations in milliseconds with what each ticket contributed.
    pub(super) fn times<'s>(
        frame: &Frame<'_, '_>,
        samples: impl Iterator<Item = (Row<'s>, Option<u32>, Option<i64>)>,
    ) -> Self {
        Self::durations_of(frame, samples, |ms| ms as f64 / 1000.0, Values::of_ms)
    }

    /// Durations in seconds with what each ticket contributed.
    pub(super) fn durations<'s>(
        frame: &Frame<'_, '_>,
        samples: impl Iterator<Item = (Row<'s>, Option<u32>, Option<f64>)>,
    ) -> Self {
        Self::durations_of(frame, samples, |seconds| seconds, Values::new)
    }

    fn durations_of<'s, T: Copy>(
        frame: &Frame<'_, '_>,
        samples: impl Iterator<Item = (Row<'s>, Option<u32>, Option<T>)>,
        seconds: fn(T) -> f64,
        all: fn(Vec<T>) -> Values,
    ) -> Self {
        let mut gathered = Gathered::new();
        samples.for_each(|(row, turn, value)| gathered.add(frame, row, turn, value, seconds));
        gathered.measured(frame, all)
    }

    /// Durations of samples of a kind, each of which stands by itself, in milliseconds, with the course they take over the
    /// parts of the period. `ms` says `None` of what does not count, and `Some(None)` of what has no business hours.
    pub(super) fn timed<'a>(
        frame: &Frame<'_, 'a>,
        kind: SampleKind,
        mut ms: impl FnMut(Row<'a>) -> Option<Option<i64>>,
    ) -> Self {
        let mut gathered = Gathered::new();
        let mut gather = |period: Period| {
            let rows = frame.counted.within(kind, period);
            let begin = gathered.values.len();
            gathered.values.reserve(rows.clone().count());
            rows.for_each(|row| {
                if let Some(ms) = ms(row) {
                    gathered.add(frame, row, None, ms, |ms| ms as f64 / 1000.0);
                }
            });
            begin..gathered.values.len()
        };
        // What lies in a part is found by its ends, so that nobody looks at the instant of each sample.
        let mut from = frame.period.from;
        let mut parts = Vec::with_capacity(frame.parts.len());
        for part in frame.parts {
            gather(frame.period.and(Period { from, to: part.from }));
            parts.push(gather(frame.period.and(*part)));
            from = part.to;
        }
        gather(frame.period.and(Period { from, to: frame.period.to }));
        let drawn = |part: Range<usize>| {
            let measure = Measure::Durations(Values::for_one_quantile(gathered.values[part].to_vec()));
            (measure.headline(frame.query.stat), measure.n())
        };
        let course = (!parts.is_empty()).then(|| parts.into_iter().map(drawn).collect());
        gathered.measured(frame, Values::of_ms).along(course)
    }

    /// Numbers with what each ticket contributed.
    pub(super) fn amounts<'s>(frame: &Frame<'_, '_>, samples: impl Iterator<Item = (Row<'s>, f64)>) -> Self {
        let mut measured = Self::durations(frame, samples.map(|(row, amount)| (row, None, Some(amount))));
        if let Measure::Durations(amounts) = measured.measure {
            measured.measure = Measure::Amounts(amounts);
        }
        measured
    }

    /// One count over another.
    pub(super) fn ratio(numerator: u64, denominator: u64) -> Self {
        let detail = Detail { numerator: Some(numerator), denominator: Some(denominator), ..Detail::default() };
        Self { measure: Measure::Ratio { numerator, denominator }, rows: None, detail }
    }

    /// A rate of samples that pass a test.
    pub(super) fn rate<'s>(frame: &Frame<'_, '_>, samples: impl Iterator<Item = (Row<'s>, bool)>) -> Self {
        let (mut numerator, mut denominator) = (0, 0);
        let mut detail = Detail::default();
        samples.for_each(|(row, passes)| {
            denominator += 1;
            numerator += u64::from(passes);
            if frame.list {
                let value = Some(f64::from(u8::from(passes)));
                detail.contributions.push(Contribution::of(row, value, Worth::Passed));
            }
        });
        (detail.numerator, detail.denominator) = (Some(numerator), Some(denominator));
        Self { measure: Measure::Rate { numerator, denominator }, rows: None, detail }
    }

    /// A score of answers, each in favour, against (`false`) or neither; `full` is the score where all are in favour.
    pub(super) fn net<'s>(
        frame: &Frame<'_, '_>,
        full: f64,
        samples: impl Iterator<Item = (Row<'s>, Option<bool>)>,
    ) -> Self {
        let (mut up, mut down, mut n) = (0, 0, 0);
        let mut detail = Detail::default();
        for (row, favour) in samples {
            n += 1;
            up += u64::from(favour == Some(true));
            down += u64::from(favour == Some(false));
            if frame.list {
                let value = Some(favour.map_or(0.0, |favour| if favour { full } else { -full }));
                detail.contributions.push(Contribution::of(row, value, Worth::Answered));
            }
        }
        Self { measure: Measure::Net { up, down, n, full }, rows: None, detail }
    }

    /// A mean of answers; of answers on several scales there is none.
    pub(super) fn mean<'s>(
        frame: &Frame<'_, '_>,
        value: Option<f64>,
        samples: impl Iterator<Item = (Row<'s>, f64)>,
    ) -> Self {
        let mut n = 0;
        let mut detail = Detail { unit: Some(Unit::Rating), ..Detail::default() };
        for (row, value) in samples {
            n += 1;
            if frame.list {
                detail.contributions.push(Contribution::of(row, Some(value), Worth::Answered));
            }
        }
        Self { measure: Measure::Mean { value, n }, rows: None, detail }
    }

    /// A count of samples.
    pub(super) fn count<'s>(frame: &Frame<'_, '_>, samples: impl Iterator<Item = Row<'s>>) -> Self {
        let mut count = 0;
        let mut detail = Detail::default();
        samples.for_each(|row| {
            count += 1;
            if frame.list {
                detail.contributions.push(Contribution::of(row, None, Worth::Counted));
            }
        });
        Self { measure: Measure::Count(count), rows: None, detail }
    }

    /// Adds the course that was counted on the way.
    #[must_use]
    pub(super) fn along(mut self, course: Option<Vec<Drawn>>) -> Self {
        self.detail.course = course;
        self
    }

    /// Says on how much of what it should cover this is computed.
    #[must_use]
    pub(super) fn covering(mut self, what: &'static str, covered: u64, of: u64) -> Self {
        self.detail.coverage = coverage(what, covered, of);
        self
    }

    /// What part one thing is of another.
    pub(super) fn share(numerator: f64, denominator: f64) -> Self {
        let measure = Measure::Share { numerator, denominator, n: None };
        Self { measure, rows: None, detail: Detail::default() }
    }

    /// Adds what is particular to the metric.
    #[must_use]
    pub(super) fn with(mut self, particulars: Particulars) -> Self {
        self.detail.particulars = particulars;
        self
    }

    /// Adds how many samples of a kind the metric passed over, if somebody wants to know and any were.
    #[must_use]
    pub(super) fn leaving_out(
        mut self,
        frame: &Frame<'_, '_>,
        kind: SampleKind,
        why: &'static str,
        is_left_out: impl Fn(SampleFact) -> bool,
    ) -> Self {
        if frame.explain {
            let count = frame.counted.within(kind, frame.period).filter(|row| is_left_out(row.fact())).count() as u64;
            self.detail.left_out.extend((count > 0).then_some(LeftOut { why, count }));
        }
        self
    }

    /// The figures of this measurement alone.
    pub(super) fn figures(self, stat: Option<Stat>) -> Figures {
        let mut figures = Figures {
            value: self.measure.headline(stat),
            stat: self.measure.stat(stat),
            n: self.measure.n(),
            rows: self.rows,
            coverage: self.detail.coverage.map(Coverage::share),
            detail: self.detail,
            ..Figures::default()
        };
        if let Measure::Durations(values) | Measure::Amounts(values) | Measure::Step { waits: values, .. } =
            &self.measure
        {
            figures.p90 = values.percentile(0.9);
            figures.mean = values.mean();
        }
        let interval = match &self.measure {
            Measure::Durations(values) if figures.stat == Some(Stat::Median) => values.median_ci(),
            Measure::Rate { numerator, denominator } => statistics::wilson(*numerator, *denominator),
            Measure::Net { up, down, n, full } => statistics::nps(*up, n - up - down, *down)
                .map(|score| (score.ci_low / 100.0 * full, score.ci_high / 100.0 * full)),
            Measure::Durations(_)
            | Measure::Amounts(_)
            | Measure::Step { .. }
            | Measure::Ratio { .. }
            | Measure::Mean { .. }
            | Measure::TooFew { .. }
            | Measure::Among { .. }
            | Measure::Quotient { .. }
            | Measure::Share { .. }
            | Measure::Amount(_)
            | Measure::Derived(_)
            | Measure::Count(_)
            | Measure::Balance(_) => None,
        };
        (figures.low, figures.high) = interval.unzip();
        figures.reason = self.measure.absence();
        if figures.detail.missing.is_some() {
            figures = Figures { value: None, n: Some(0), reason: Some(Reason::NotConnected), rows: None, ..figures };
            (figures.low, figures.high) = (None, None);
        }
        figures
    }
}

/// Durations on their way to a measurement.
struct Gathered<T> {
    values: Vec<T>,
    contributions: Vec<Contribution>,
    without_hours: u64,
}

impl<T: Copy> Gathered<T> {
    const fn new() -> Self {
        Self { values: Vec::new(), contributions: Vec::new(), without_hours: 0 }
    }

    #[inline(always)]
    fn add(
        &mut self,
        frame: &Frame<'_, '_>,
        row: Row<'_>,
        turn: Option<u32>,
        value: Option<T>,
        seconds: impl Fn(T) -> f64,
    ) {
        let Some(value) = value else {
            self.without_hours += 1;
            return;
        };
        self.values.push(value);
        if frame.list {
            let contribution = Contribution::of(row, Some(seconds(value)), Worth::Seconds);
            self.contributions.push(Contribution { turn, ..contribution });
        }
    }

    fn measured(self, frame: &Frame<'_, '_>, all: fn(Vec<T>) -> Values) -> Measured {
        let Self { values, contributions, without_hours } = self;
        let values = all(values);
        let mut detail = Detail { contributions, spread: spread(&values), ..Detail::default() };
        if frame.drawn {
            detail.bands = drawn::bands(&values.in_order(), frame.clock);
        }
        let covered = values.len() as u64;
        detail.coverage = coverage("business hours", covered, covered + without_hours);
        Measured { measure: Measure::Durations(values), rows: None, detail }
    }
}

/// `None` where everything is covered.
fn coverage(what: &'static str, covered: u64, of: u64) -> Option<Coverage> {
    (covered < of).then_some(Coverage { covered, of, what })
}

impl Contribution {
    /// What a sample contributed.
    fn of(row: Row<'_>, value: Option<f64>, worth: Worth) -> Self {
        Self {
            ticket: row.key(),
            turn: None,
            value,
            worth,
            at: row.at(),
            fact: row.fact(),
            team: row.team().map(str::to_owned),
            agent: row.agent().map(str::to_owned),
        }
    }
}

fn spread(values: &Values) -> Option<Spread> {
    let (min, max) = values.ends()?;
    Some(Spread { min, median: values.percentile(0.5)?, max, p95: values.percentile(0.95)? })
}

impl Measure {
    /// Which statistic of a distribution is read first: the one asked for, else the median of times and the mean of
    /// other numbers (kpis.md R16).
    fn stat(&self, asked: Option<Stat>) -> Option<Stat> {
        match self {
            Self::Durations(_) => Some(asked.unwrap_or(Stat::Median)),
            Self::Amounts(_) => Some(asked.unwrap_or(Stat::Mean)),
            Self::Step { .. }
            | Self::Rate { .. }
            | Self::Ratio { .. }
            | Self::Net { .. }
            | Self::Mean { .. }
            | Self::TooFew { .. }
            | Self::Among { .. }
            | Self::Quotient { .. }
            | Self::Share { .. }
            | Self::Amount(_)
            | Self::Derived(_)
            | Self::Count(_)
            | Self::Balance(_) => None,
        }
    }

    /// The number people read first; `None` of nothing.
    pub(super) fn headline(&self, stat: Option<Stat>) -> Option<f64> {
        match self {
            Self::Durations(values) | Self::Amounts(values) => match self.stat(stat)? {
                Stat::Median => values.percentile(0.5),
                Stat::P90 => values.percentile(0.9),
                Stat::Mean => values.mean(),
            },
            Self::Step { step, .. } => *step,
            Self::Rate { numerator, denominator } | Self::Ratio { numerator, denominator } => {
                (*denominator > 0).then(|| *numerator as f64 / *denominator as f64)
            }
            Self::Net { up, down, n, full } => (*n > 0).then(|| full * (*up as f64 - *down as f64) / *n as f64),
            Self::Mean { value, .. } => *value,
            Self::TooFew { .. } => None,
            Self::Quotient { numerator, denominator, .. } | Self::Share { numerator, denominator, .. } => {
                (*denominator > 0.0).then(|| numerator / denominator)
            }
            Self::Amount(amount) => Some(*amount),
            Self::Derived(value) => *value,
            Self::Among { count: n, .. } | Self::Count(n) => Some(*n as f64),
            Self::Balance(n) => Some(*n as f64),
        }
    }

    /// Why there is no headline; `None` where there is one.
    pub(super) fn absence(&self) -> Option<Reason> {
        match self {
            Self::TooFew { have, need } => Some(Reason::NotEnoughData { have: *have, need: *need }),
            Self::Step { waits, least, .. } if (waits.len() as u64) < *least => {
                Some(Reason::NotEnoughData { have: waits.len() as u64, need: *least })
            }
            _ => self.headline(None).is_none().then_some(Reason::NoData),
        }
    }

    /// The size of the sample; `None` where a sample makes no sense.
    pub(super) fn n(&self) -> Option<u64> {
        match self {
            Self::Durations(values) | Self::Amounts(values) | Self::Step { waits: values, .. } => {
                Some(values.len() as u64)
            }
            Self::Rate { denominator, .. } | Self::Ratio { denominator, .. } => Some(*denominator),
            Self::Net { n, .. } | Self::Mean { n, .. } | Self::TooFew { have: n, .. } | Self::Among { all: n, .. } => {
                Some(*n)
            }
            Self::Quotient { n, .. } | Self::Share { n, .. } => *n,
            Self::Amount(_) | Self::Derived(_) | Self::Count(_) | Self::Balance(_) => None,
        }
    }
}
