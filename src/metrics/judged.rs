//! From what was measured in a period to the figures of an answer: what history allows to be said, what changed since
//! the periods it is compared with, and whether the target is met.

use super::answer::{Figures, Previous, Reason};
use super::catalogue::{self, Timing};
use super::frame::Frame;
use super::measure::Measure;
use super::period::Period;
use super::statistics::{self, Values, Verdict};
use crate::domain::names::{Better, MetricId, Unit};
use crate::domain::query::Stat;
use crate::domain::timestamp::Timestamp;

impl Figures {
    /// What a metric comes to in a period, set against the periods it is compared with.
    pub(super) fn of(id: MetricId, frame: &Frame<'_, '_>, stat: Option<Stat>) -> Self {
        let begins = begins(id, frame);
        let zone = frame.query.zone;
        let date = |at: Timestamp| zone.local(at).date();
        // Days on which nothing could be recorded were not days without anything.
        if let Some(begins) = begins.filter(|begins| *begins >= frame.period.to) {
            return Self::absent(Reason::HistoryStarts(date(begins)));
        }
        let entry = catalogue::entry(id);
        let measured = entry.measure(frame);
        // What is made of other metrics has no number of its own that could change: its parts are compared.
        let compared = if id.unit() == Unit::Composite { &[] } else { frame.compared };
        let recorded = || compared.iter().filter(|p| begins.is_none_or(|begins| begins < p.to));
        let before: Vec<Measure> = recorded().map(|p| entry.measure(&frame.bare(*p)).measure).collect();
        let (mut previous, change, mut significant) = measured.measure.compared(&before, stat);
        if let Some(begins) = begins {
            let whole = |p: &Period| recorded_whole(id, frame, *p);
            if before.is_empty() && !compared.is_empty() {
                let reason = Some(Reason::HistoryStarts(date(begins)));
                previous = Some(Previous { value: None, n: None, reason });
            } else if measured.measure.n().is_none() && !recorded().all(whole) {
                // Counts of a period that was recorded only in part compare with nothing.
                significant = None;
            }
        }
        let currency = catalogue::tells_money(id).then_some(frame.definitions.currency);
        let mut figures = Self { previous, change, significant, currency, ..measured.figures(stat) };
        let all = frame.period.from <= Timestamp(0);
        let inside = |at: &Timestamp| !all && zone.midnight(date(*at)) > frame.period.from;
        figures.detail.begins = begins.filter(inside).map(date);
        if figures.detail.unrecorded {
            figures.reason = begins.map(|begins| Reason::HistoryStarts(date(begins)));
        }
        figures.judge(id, frame.query.targets.of(id, frame.team));
        figures
    }

    /// Nothing, and why.
    pub(super) fn absent(reason: Reason) -> Self {
        Self { n: Some(0), reason: Some(reason), ..Self::default() }
    }

    /// Judges the value by a target.
    fn judge(&mut self, id: MetricId, target: Option<f64>) {
        let better = self.detail.better.unwrap_or(id.better());
        self.target = target;
        self.met = match (better, self.value, target) {
            (Better::Higher, Some(value), Some(target)) => Some(value >= target),
            (Better::Lower, Some(value), Some(target)) => Some(value <= target),
            (Better::Neutral, ..) | (_, None, _) | (_, _, None) => None,
        };
    }
}

impl Measure {
    /// What may be said about the change from earlier measurements to this one.
    fn verdict(&self, before: &[Self], stat: Option<Stat>) -> Verdict {
        match self {
            Self::Rate { numerator, denominator } => {
                let (k, n) = before.iter().fold((0, 0), |(k, n), m| match m {
                    Self::Rate { numerator, denominator } => (k + numerator, n + denominator),
                    _ => (k, n),
                });
                statistics::verdict_rate(k, n, *numerator, *denominator)
            }
            Self::Count(after) | Self::Among { count: after, .. } => {
                let counts: Vec<f64> = before.iter().filter_map(|m| m.headline(None)).collect();
                let Some(mean) = statistics::mean(&counts) else { return Verdict::NotApplicable };
                statistics::verdict_mean_count(mean, counts.len(), *after as f64)
            }
            Self::Durations(after) if stat.is_none_or(|s| s == Stat::Median) => {
                let durations = before.iter().filter_map(|m| match m {
                    Self::Durations(values) => Some(values),
                    _ => None,
                });
                match durations.collect::<Vec<_>>().as_slice() {
                    [one] => statistics::verdict_duration(one, after),
                    several => statistics::verdict_duration(&Values::pooled(several), after),
                }
            }
            Self::Net { up, down, n, .. } => {
                let pooled = before.iter().fold((0, 0, 0), |(u, d, all), m| match m {
                    Self::Net { up, down, n, .. } => (u + up, d + down, all + n),
                    _ => (u, d, all),
                });
                statistics::verdict_score(pooled, (*up, *down, *n))
            }
            Self::Durations(_)
            | Self::Amounts(_)
            | Self::Step { .. }
            | Self::Ratio { .. }
            | Self::Mean { .. }
            | Self::TooFew { .. }
            | Self::Quotient { .. }
            | Self::Share { .. }
            | Self::Amount(_)
            | Self::Derived(_)
            | Self::Balance(_) => Verdict::NotApplicable,
        }
    }

    /// The headline of earlier measurements (their mean), the change since, and whether it is clear.
    pub(super) fn compared(
        &self,
        before: &[Self],
        stat: Option<Stat>,
    ) -> (Option<Previous>, Option<f64>, Option<bool>) {
        if before.is_empty() {
            return (None, None, None);
        }
        let headlines: Vec<f64> = before.iter().filter_map(|m| m.headline(stat)).collect();
        let n = before.iter().map(Self::n).sum::<Option<u64>>().map(|n| n / before.len() as u64);
        let value = statistics::mean(&headlines);
        let reason = before.last().filter(|_| value.is_none()).and_then(Self::absence);
        let previous = Previous { value, n, reason };
        let change = match (self, self.headline(stat), previous.value) {
            (
                Self::Rate { .. } | Self::Ratio { .. } | Self::Share { .. } | Self::Net { .. } | Self::Mean { .. },
                Some(now),
                Some(then),
            ) => Some(now - then),
            (
                Self::Durations(_)
                | Self::Amounts(_)
                | Self::Derived(_)
                | Self::Count(_)
                | Self::Among { .. }
                | Self::Quotient { .. }
                | Self::Amount(_),
                Some(now),
                Some(then),
            ) if then > 0.0 => Some(now / then - 1.0),
            _ => None,
        };
        let significant = self.verdict(before, stat).is_clear().filter(|_| previous.value.is_some());
        (Some(previous), change, significant)
    }
}

/// Whether everything a metric needs was delivered throughout a period: what is not there then was not counted away.
pub(super) fn recorded_whole(id: MetricId, frame: &Frame<'_, '_>, period: Period) -> bool {
    let zone = frame.query.zone;
    begins(id, frame).is_none_or(|begins| zone.midnight(zone.local(begins).date()) <= period.from)
}

/// Since when everything a metric needs is delivered; `None` = ever since, or as far as it matters.
pub(super) fn begins(id: MetricId, frame: &Frame<'_, '_>) -> Option<Timestamp> {
    let entry = catalogue::entry(id);
    let history = frame.query.history.as_ref().filter(|_| entry.timing != Timing::Now)?;
    entry.needs.iter().filter_map(|need| history.get(need)).max().copied()
}
