//! `key:value`: filters on dimensions, and the few settings that are written the same way.

use super::error::{GrammarError, any_of};
use super::lexicon::{self, Key};
use super::parse::Parser;
use super::unparse::quoted;
use super::vocabulary::Unknown;
use super::words::{Condition, Span, Value};
use super::{AsOf, Filter, periods};
use crate::domain::names::Dimension;
use crate::domain::timestamp::Timestamp;

/// The value of `variant:`, whose place is remembered until the metrics are known.
const VARIANT: &str = "the variant";

/// Puts a condition into the call.
pub(super) fn apply(parser: &mut Parser, condition: &Condition, span: Span) -> Result<(), GrammarError> {
    let Some(key) = Key::named(&condition.key) else { return Err(unknown_key(condition, span)) };
    match key {
        Key::Filter(dimension) => {
            let filter = filter(parser, dimension, condition, span)?;
            parser.call.filters.push(filter);
        }
        Key::Clock => {
            let value = single(parser, key, condition, span)?;
            parser.call.clock = Some(one_of(value, key, &lexicon::CLOCKS)?);
        }
        Key::Stat => {
            let value = single(parser, key, condition, span)?;
            parser.call.stat = Some(one_of(value, key, &lexicon::STATS)?);
        }
        Key::Variant => {
            let value = single(parser, key, condition, span)?;
            parser.once(VARIANT, value.span)?;
            parser.call.variant = Some(value.text.to_lowercase());
        }
        Key::AsOf => {
            let value = single(parser, key, condition, span)?;
            parser.call.as_of = Some(as_of(&value.text, value.span)?);
        }
    }
    Ok(())
}

fn filter(parser: &Parser, dimension: Dimension, condition: &Condition, span: Span) -> Result<Filter, GrammarError> {
    let name = dimension.name();
    // Two of them could only mean "both", which no other way of asking offers, or a slip.
    if !condition.exclude && parser.call.filters.iter().any(|f| f.dimension == dimension && !f.exclude) {
        return Err(GrammarError::new(
            span,
            format!("{name} was given already; several values go together: {name}:A,B"),
        ));
    }
    let mut values = Vec::new();
    for value in &condition.values {
        let known = parser.vocabulary.resolve(dimension, &value.text).map_err(|unknown| {
            let (message, suggestions) = match unknown {
                Unknown::Several(fitting) => (format!("{:?} could be several", value.text), fitting),
                Unknown::Near(near) => (format!("there is no {name} {:?}", value.text), near),
                Unknown::Nothing => {
                    (format!("there is no {name} {:?}: no ticket has had a {name} yet", value.text), Vec::new())
                }
            };
            GrammarError::new(value.span, message).suggesting(suggestions.iter().map(|value| quoted(value)))
        })?;
        if !values.contains(&known) {
            values.push(known);
        }
    }
    Ok(Filter { dimension, values, exclude: condition.exclude, position: span.0 })
}

/// The one value of a setting, which can be given once and cannot be turned round.
fn single<'c>(parser: &mut Parser, key: Key, condition: &'c Condition, span: Span) -> Result<&'c Value, GrammarError> {
    if condition.exclude {
        return Err(GrammarError::new(span, format!("{} cannot be excluded", key.name())));
    }
    parser.once(key.name(), span)?;
    match condition.values.as_slice() {
        [only] => Ok(only),
        _ => Err(GrammarError::new(span, format!("{} takes one value", key.name()))),
    }
}

fn one_of<T: Copy>(value: &Value, key: Key, allowed: &[(&'static str, T)]) -> Result<T, GrammarError> {
    let typed = value.text.to_lowercase();
    if let Some((_, meant)) = allowed.iter().find(|(word, _)| *word == typed) {
        return Ok(*meant);
    }
    let words: Vec<&str> = allowed.iter().map(|(word, _)| *word).collect();
    let near = lexicon::near(&typed, words.iter().copied());
    Err(GrammarError::new(value.span, format!("{} is {}", key.name(), any_of(&words))).suggesting(near))
}

/// A date or an RFC 3339 instant.
pub(super) fn as_of(text: &str, span: Span) -> Result<AsOf, GrammarError> {
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['T', 't', ' ']) {
        return Timestamp::parse(text).map(AsOf::At).map_err(|error| {
            let example = "2026-11-22 or 2026-11-22T09:00:00Z";
            GrammarError::new(span, format!("{text:?} is not a moment ({error}); write {example}"))
        });
    }
    periods::date(text, span).map(AsOf::Date)
}

/// A variant belongs to a metric, so it can be checked only when all metrics are known.
pub(super) fn check_variant(parser: &Parser) -> Result<(), GrammarError> {
    let (Some(typed), Some(place)) = (&parser.call.variant, parser.place_given(VARIANT)) else { return Ok(()) };
    let metrics = &parser.call.metrics;
    let Some(known) = parser.vocabulary.variants_of(metrics) else { return Ok(()) };
    if known.iter().any(|variant| fits(variant, typed)) {
        return Ok(());
    }
    let names: Vec<&str> = metrics.iter().map(|metric| metric.id()).collect();
    let message = match (metrics.is_empty(), known.is_empty()) {
        (true, _) => "a variant belongs to a metric; name one".to_owned(),
        (false, true) => format!("{} can be counted in one way only", any_of(&names)),
        (false, false) => format!("a variant of {} is {}", any_of(&names), any_of(&known)),
    };
    let examples: Vec<String> = known.iter().map(|variant| example(variant)).collect();
    let near = lexicon::near(typed, examples.iter().map(String::as_str));
    Err(GrammarError::new(place, message).suggesting(near))
}

/// Whether a variant was typed; `within:N` takes any whole number for its `N`.
fn fits(variant: &str, typed: &str) -> bool {
    let is_number = |rest: &str| (1..=12).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
    match variant.strip_suffix('N') {
        Some(before) => typed.strip_prefix(before).is_some_and(is_number),
        None => variant == typed,
    }
}

/// A variant as it may be typed.
pub(super) fn example(variant: &str) -> String {
    const DAY_S: &str = "86400";
    variant.strip_suffix('N').map_or_else(|| variant.to_owned(), |before| format!("{before}{DAY_S}"))
}

fn unknown_key(condition: &Condition, span: Span) -> GrammarError {
    let typed = condition.key.to_lowercase();
    let value = condition.values.first().map_or("", |value| value.text.as_str());
    if typed == "by" || typed == "vs" {
        return GrammarError::new(span, format!("{typed} is written without a colon"))
            .suggesting([format!("{typed} {value}")]);
    }
    let names: Vec<&str> = Key::ALL.map(Key::name).to_vec();
    let near = lexicon::near(&typed, names.iter().copied());
    GrammarError::new(condition.key_span, format!("there is no key {typed:?}; the keys are {}", any_of(&names)))
        .suggesting(near)
}
