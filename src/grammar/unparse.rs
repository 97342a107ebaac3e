//! [`Call`] → text that [`parse`](super::parse()) reads as the same call, for buttons and for showing what was asked.

use super::lexicon::{self, NAMES, Target};
use super::{Call, MetricsCall, PeriodSpec, RollingUnit, Versus};
use crate::domain::names::{MetricId, folded};

/// The command in its canonical form: ids of metrics, short periods, only what differs from the default.
///
/// ```
/// use deskbell::grammar::{Vocabulary, parse, unparse};
/// let call = parse("/metrics first reply last 7 days by team", &Vocabulary::default()).expect("a command");
/// assert_eq!(unparse(&call), "/metrics first_response_time 7d by team");
/// ```
pub fn unparse(call: &Call) -> String {
    written(call, MetricId::id, " ")
}

/// The command in at most so many bytes, if that can be done: canonical, else with the shortest name of each metric.
pub fn unparse_within(call: &Call, bytes: usize) -> Option<String> {
    let fits = |text: &String| text.len() <= bytes;
    Some(unparse(call)).filter(fits).or_else(|| Some(written(call, shortest_name, ",")).filter(fits))
}

fn shortest_name(metric: MetricId) -> &'static str {
    let names = NAMES.iter().filter(|name| name.target == Target::Metric(metric)).map(|name| name.written);
    names.min_by_key(|name| name.len()).unwrap_or(metric.id())
}

/// Aliases put side by side may read as a third (`sla at risk`), so they need a comma; ids do not (tested).
fn written(call: &Call, name: fn(MetricId) -> &'static str, comma: &str) -> String {
    match call {
        Call::Metrics(call) => metrics(call, name, comma),
        Call::Sla(call) => super::claims::unparse(call),
        Call::Digest(call) => super::digests::unparse(call),
        Call::Help(None) => "/bell help".to_owned(),
        Call::Help(Some(topic)) => format!("/bell help {}", topic.name()),
    }
}

fn metrics(call: &MetricsCall, name: fn(MetricId) -> &'static str, comma: &str) -> String {
    let mut parts = vec!["/metrics".to_owned()];
    parts.extend(lexicon::view_word(call.view).map(str::to_owned));
    if !call.metrics.is_empty() {
        let of_group = lexicon::groups().find(|(_, family)| Target::Group(*family).metrics() == call.metrics);
        parts.push(of_group.map_or_else(
            || call.metrics.iter().map(|metric| name(*metric)).collect::<Vec<_>>().join(comma),
            |(group, _)| group.to_owned(),
        ));
    }
    let named = parts.len();
    parts.extend(call.period.map(period));
    parts.extend(call.by.map(|by| format!("by {}", by.name())));
    parts.extend(filters(call));
    if call.versus != Versus::default() {
        // Alone, `vs last-week` is the name of a metric.
        let is_free =
            |word: &str| parts.len() > 1 || NAMES.iter().all(|name| name.folded != folded(&format!("vs {word}")));
        let mut words = lexicon::VERSUS.iter().filter(|(_, meaning)| *meaning == call.versus).map(|(word, _)| *word);
        let word = words.find(|word| is_free(word)).unwrap_or_else(|| word_for(call.versus, &lexicon::VERSUS));
        parts.push(format!("vs {word}"));
    }
    parts.extend(call.clock.map(|clock| format!("clock:{}", word_for(clock, &lexicon::CLOCKS))));
    parts.extend(call.stat.map(|stat| format!("stat:{}", word_for(stat, &lexicon::STATS))));
    parts.extend(call.variant.as_ref().map(|variant| format!("variant:{}", quoted(variant))));
    parts.extend(call.as_of.map(|as_of| format!("as-of:{as_of}")));
    if call.share {
        // `support_cost share` would be a metric of its own.
        let last = call.metrics.last().filter(|_| parts.len() == named).map(|metric| name(*metric));
        let with_share = last.map(|name| folded(&format!("{name} share")));
        let comma = if NAMES.iter().any(|name| Some(&name.folded) == with_share.as_ref()) { ", " } else { "" };
        parts.push(format!("{comma}share"));
    }
    parts.join(" ")
}

/// A command that takes conditions, a moment and `share` alone.
pub(super) fn conditions(command: &str, call: &MetricsCall) -> String {
    let mut parts = vec![command.to_owned()];
    parts.extend(call.period.map(period));
    parts.extend(filters(call));
    parts.extend(call.as_of.map(|as_of| format!("as-of:{as_of}")));
    parts.extend(call.share.then(|| "share".to_owned()));
    parts.join(" ")
}

fn filters(call: &MetricsCall) -> impl Iterator<Item = String> {
    call.filters.iter().map(|filter| {
        let values: Vec<String> = filter.values.iter().map(|value| quoted(value)).collect();
        let sign = if filter.exclude { "-" } else { "" };
        format!("{sign}{}:{}", filter.dimension.name(), values.join(","))
    })
}

/// A period in the shortest words that mean it.
pub fn period(period: PeriodSpec) -> String {
    let unit = |unit| word_for(unit, &lexicon::PERIOD_UNITS);
    match period {
        PeriodSpec::Today => "today".to_owned(),
        PeriodSpec::Yesterday => "yesterday".to_owned(),
        PeriodSpec::This(u) => format!("this {}", unit(u)),
        PeriodSpec::LastWhole(u) => format!("last {}", unit(u)),
        PeriodSpec::Last(n, u) => {
            let short = match u {
                RollingUnit::Hours => 'h',
                RollingUnit::Days => 'd',
                RollingUnit::Weeks => 'w',
                RollingUnit::Months => 'm',
            };
            format!("{n}{short}")
        }
        PeriodSpec::Dates(from, to) if from == to => from.to_string(),
        PeriodSpec::Dates(from, to) => format!("{from}..{to}"),
        PeriodSpec::Since(from) => format!("since {from}"),
        PeriodSpec::All => "all".to_owned(),
    }
}

/// The first word that means it.
fn word_for<T: PartialEq>(meaning: T, words: &[(&'static str, T)]) -> &'static str {
    let found = words.iter().find(|(_, meant)| *meant == meaning);
    found.expect("the lexicon has a word for every meaning").0
}

/// A value as it must be written: in quotation marks unless it is plain.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '#' | '@' | ':');
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut out = String::from('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
