//! One line a metric (kpis.md 4.3): name, value, spread, sample, clock, trend, caveats.

use super::super::answer::Answer;
use super::super::format;
use super::{composed, words};
use crate::domain::message::Text;
use crate::domain::names::{Clock, MetricId, Unit};
use crate::domain::query::Stat;

/// The line of a metric: **First response 24m 10s** (p90 3h 05m) · 128 replies · business hours · ▼ −12%, clear (better).
pub fn line(answer: &Answer) -> Text {
    let name = words::short(answer.id);
    if let Some(sentence) = composed::sentence(answer) {
        return Text::bold(name).then(format!(" {sentence}"));
    }
    let text = headline(name, answer);
    rest(answer).into_iter().fold(text, |text, part| text.then(format!(" · {part}")))
}

/// Name and value, with what belongs in parentheses.
fn headline(name: &str, answer: &Answer) -> Text {
    let figures = &answer.figures;
    if figures.value.is_none() {
        return Text::bold(name).then(format!(" {}", words::absence(answer.id, figures, answer.needs.as_deref())));
    }
    let value = words::value(answer.id, answer.clock, figures);
    let text = Text::bold(format!("{name}{} {value}", stat_words(answer)));
    match words::spread(answer.id, answer.clock, figures) {
        Some(spread) => text.then(format!(" ({spread})")),
        None => text,
    }
}

/// Which statistic the headline is, unless it is the usual one: of time the median, of other numbers the mean.
pub(super) const fn stat_words(answer: &Answer) -> &'static str {
    match answer.figures.stat {
        Some(Stat::Mean) if !matches!(answer.unit, Unit::People | Unit::Messages | Unit::Count) => " (mean)",
        Some(Stat::P90) => " (p90)",
        Some(Stat::Median) if matches!(answer.unit, Unit::People | Unit::Messages | Unit::Count) => " (median)",
        Some(Stat::Mean | Stat::Median) | None => "",
    }
}

/// What follows the headline, in order; nothing where there is no value.
pub(super) fn rest(answer: &Answer) -> Vec<String> {
    let figures = &answer.figures;
    if figures.value.is_none() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    parts.extend(size(answer));
    // The particulars of a provisional figure are its first caveat, so they close the line.
    let closing = answer.id == MetricId::FirstContactResolution;
    if !closing {
        parts.extend(words::particulars(answer.id, answer.clock, figures));
    }
    parts.extend(answer.clock.map(|clock| clock_words(clock).to_owned()));
    parts.extend(words::trend_words(answer.id, figures));
    if closing {
        parts.extend(words::particulars(answer.id, answer.clock, figures));
    }
    parts.extend(words::caveats(answer.id, answer.clock, figures, answer.variant.as_deref()));
    parts
}

/// The sample: `128 replies`, of a rate `14 of 230 tickets`.
fn size(answer: &Answer) -> Option<String> {
    let n = answer.figures.n?;
    let sample = words::sample(answer.id, &answer.figures, n);
    Some(match answer.figures.detail.numerator {
        Some(numerator) => format!("{} of {sample}", format::count(numerator as f64)),
        None => sample,
    })
}

pub(super) const fn clock_words(clock: Clock) -> &'static str {
    match clock {
        Clock::Business => "business hours",
        Clock::Calendar => "calendar",
    }
}
