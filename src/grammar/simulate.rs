//! `/sla simulate …`: what would be promised instead, over which period and which tickets.

use super::conditions;
use super::error::{GrammarError, any_of};
use super::lexicon::{self, Key};
use super::parse::Parser;
use super::periods;
use super::unparse::{self, quoted};
use super::vocabulary::{Promised, Vocabulary};
use super::words::{Condition, Kind, Span, Value};
use super::{AsOf, Filter, MetricsCall, PeriodSpec};
use crate::domain::duration::{format_duration_ms, parse_duration};
use crate::domain::event::{Status, Target};
use crate::domain::sla::{CalendarChoice, Supposed, Supposition};

/// `/sla simulate [TARGET=… calendar=… pause=… policy=…] [PERIOD] [key:value …] [as-of:…] [share]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimulateCall {
    /// What would be promised instead.
    pub supposition: Supposition,
    /// Of the promises asked for in this period; `None` = the last 30 days.
    pub period: Option<PeriodSpec>,
    /// Conditions, in the order typed.
    pub filters: Vec<Filter>,
    /// The moment of knowledge; `None` = now.
    pub as_of: Option<AsOf>,
    /// Show the answer to the whole channel.
    pub share: bool,
}

/// What may be supposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Target(Target),
    Calendar,
    Pause,
    Policy,
}

const WORDS: [(&str, What); 8] = [
    ("first_response", What::Target(Target::FirstResponse)),
    ("next_response", What::Target(Target::NextResponse)),
    ("update", What::Target(Target::Update)),
    ("resolution", What::Target(Target::Resolution)),
    ("calendar", What::Calendar),
    ("pause", What::Pause),
    ("policy", What::Policy),
    ("frt", What::Target(Target::FirstResponse)),
];

const STATUSES: [(&str, Status); 4] =
    [("new", Status::New), ("open", Status::Open), ("pending", Status::Pending), ("on_hold", Status::OnHold)];

/// What takes something away.
const NONE: &str = "none";

/// The shortest and the longest target, in milliseconds.
const LENGTHS: std::ops::RangeInclusive<i64> = 1000..=366 * 86_400_000;

/// Reads what comes after `/sla simulate`.
pub(super) fn parse(text: &str, vocabulary: &Vocabulary) -> Result<SimulateCall, GrammarError> {
    let mut parser = Parser::after(2, text, vocabulary)?;
    let mut supposition = Supposition::default();
    while let Some(token) = parser.peek().cloned() {
        match &token.kind {
            Kind::Condition(condition) => {
                parser.skip(1);
                match WORDS.iter().find(|(word, _)| condition.key.eq_ignore_ascii_case(word)) {
                    Some((_, what)) => suppose(&mut parser, &mut supposition, *what, condition, token.span)?,
                    None if Key::named(&condition.key).is_none() => return Err(unknown(condition)),
                    None if matches!(Key::named(&condition.key), Some(Key::Clock | Key::Stat | Key::Variant)) => {
                        let message = "a simulation measures nothing; calendar= says whose hours count";
                        return Err(GrammarError::new(token.span, message));
                    }
                    None => conditions::apply(&mut parser, condition, token.span)?,
                }
            }
            Kind::Word(word) if word == "share" => {
                parser.skip(1);
                parser.call.share = true;
            }
            Kind::Word(word) if !periods::BEGINNINGS.contains(&word.as_str()) => {
                return Err(stray(&parser, &token.span));
            }
            Kind::Word(_) | Kind::Literal(_) => periods::period(&mut parser)?,
        }
    }
    let MetricsCall { period, filters, as_of, share, .. } = parser.call;
    Ok(SimulateCall { supposition, period, filters, as_of, share })
}

/// A word that is neither a period nor a condition; often a target without its sign.
fn stray(parser: &Parser<'_>, span: &Span) -> GrammarError {
    let two = [0, 1].map(|n| parser.ahead(n).and_then(|token| token.word()).unwrap_or_default());
    let target = Target::ALL.iter().find(|t| t.name() == two[0] || t.name().split('_').eq(two));
    let message = "a simulation takes what would be promised (first_response=2h), a period and filters";
    let message = match target {
        Some(target) => format!("a target is written with a sign and without spaces: {}=2h", target.name()),
        None => message.to_owned(),
    };
    GrammarError::new(*span, message)
}

fn unknown(condition: &Condition) -> GrammarError {
    let names: Vec<&str> = WORDS[..7].iter().map(|(word, _)| *word).collect();
    let filters = Key::ALL.iter().map(|key| key.name());
    let typed = condition.key.to_lowercase();
    let near = lexicon::near(&typed, names.iter().copied().chain(filters));
    let message = format!("nothing is called {typed:?} here; what may be supposed is {}", any_of(&names));
    GrammarError::new(condition.key_span, message).suggesting(near)
}

fn suppose(
    parser: &mut Parser<'_>,
    supposition: &mut Supposition,
    what: What,
    condition: &Condition,
    span: Span,
) -> Result<(), GrammarError> {
    let name = WORDS.iter().find(|(_, other)| *other == what).map_or("", |(word, _)| *word);
    if condition.exclude {
        return Err(GrammarError::new(span, format!("{name} cannot be excluded; {name}={NONE} promises nothing")));
    }
    parser.once(name, span)?;
    let is_none = |values: &[Value]| matches!(values, [only] if only.text.eq_ignore_ascii_case(NONE));
    match (what, condition.values.as_slice()) {
        (What::Target(target), values) => {
            let supposed = if is_none(values) { Supposed::Nothing } else { lengths(values)? };
            supposition.targets.insert(target, supposed);
        }
        (What::Pause, values) if is_none(values) => supposition.pause = Some(Vec::new()),
        (What::Pause, values) => supposition.pause = Some(values.iter().map(status).collect::<Result<_, _>>()?),
        (What::Calendar, [value]) => supposition.calendar = Some(calendar(value, parser.vocabulary)?),
        (What::Policy, [value]) => {
            supposition.policy = Some(known(value, Promised::Policy, parser.vocabulary, &[])?);
        }
        (What::Calendar | What::Policy, _) => return Err(GrammarError::new(span, format!("{name} takes one value"))),
    }
    Ok(())
}

/// `2h`, or `urgent:30m,normal:4h`.
fn lengths(values: &[Value]) -> Result<Supposed, GrammarError> {
    let length = |text: &str, span| match parse_duration(text) {
        Ok(ms) if LENGTHS.contains(&ms) => Ok(ms / 1000),
        Ok(_) => Err(GrammarError::new(span, "a target lies between a second and a year").suggesting(["2h"])),
        Err(_) => {
            let message = "a target is a length such as 2h, several by priority (urgent:30m,normal:4h), or none";
            Err(GrammarError::new(span, message).suggesting(["2h"]))
        }
    };
    let mut by_priority = std::collections::BTreeMap::new();
    for value in values {
        match value.text.rsplit_once(':') {
            None if values.len() == 1 => return Ok(Supposed::All(length(&value.text, value.span)?)),
            Some((priority, text)) if !priority.is_empty() => {
                let begin = priority.chars().count() + 1;
                let span = (value.span.0 + begin, value.span.1.saturating_sub(begin));
                by_priority.insert(priority.to_lowercase(), length(text, span)?);
            }
            _ => {
                let message = "of several targets each needs its priority, such as urgent:30m,normal:4h";
                return Err(GrammarError::new(value.span, message));
            }
        }
    }
    Ok(Supposed::ByPriority(by_priority))
}

fn status(value: &Value) -> Result<Status, GrammarError> {
    let typed = value.text.to_lowercase().replace('-', "_");
    let found = STATUSES.iter().find(|(word, _)| *word == typed).map(|(_, status)| *status);
    found.ok_or_else(|| {
        let words = STATUSES.map(|(word, _)| word);
        let message = format!("a clock may pause on {}", any_of(&words));
        GrammarError::new(value.span, message).suggesting(lexicon::near(&typed, words.into_iter()))
    })
}

fn calendar(value: &Value, vocabulary: &Vocabulary) -> Result<CalendarChoice, GrammarError> {
    match value.text.as_str() {
        "team" => Ok(CalendarChoice::Team),
        "always" => Ok(CalendarChoice::Always),
        _ => known(value, Promised::Calendar, vocabulary, &["team", "always"]).map(CalendarChoice::Named),
    }
}

/// A name that the configuration defines.
fn known(value: &Value, of: Promised, vocabulary: &Vocabulary, also: &[&str]) -> Result<String, GrammarError> {
    vocabulary.promised(of, &value.text).map_err(|known| {
        let what = of.section();
        let words: Vec<&str> = known.iter().map(String::as_str).chain(also.iter().copied()).collect();
        let message = match words.as_slice() {
            [] => format!("no [[{what}]] is defined"),
            words => format!("no [[{what}]] is named {:?}; there is {}", value.text, any_of(words)),
        };
        let near = lexicon::near(&value.text, words.iter().copied());
        GrammarError::new(value.span, message).suggesting(near.iter().map(|word| quoted(word)))
    })
}

/// The command in its canonical form.
pub(super) fn unparse(call: &SimulateCall) -> String {
    let SimulateCall { supposition, period, filters, as_of, share } = call;
    let supposed: String = words(supposition).iter().map(|word| format!(" {word}")).collect();
    let rest = MetricsCall {
        period: *period,
        filters: filters.clone(),
        as_of: *as_of,
        share: *share,
        ..MetricsCall::default()
    };
    unparse::conditions(&format!("/sla simulate{supposed}"), &rest)
}

/// What is supposed, as it may be typed: `first_response=2h`, `calendar=always`.
pub fn words(supposition: &Supposition) -> Vec<String> {
    let Supposition { policy, targets, calendar, pause } = supposition;
    let length = |seconds: i64| format_duration_ms(seconds.saturating_mul(1000));
    let mut words: Vec<String> = Vec::new();
    for (target, supposed) in targets {
        let value = match supposed {
            Supposed::Nothing => NONE.to_owned(),
            Supposed::All(seconds) => length(*seconds),
            Supposed::ByPriority(by) => {
                let each = by.iter().map(|(priority, seconds)| quoted(&format!("{priority}:{}", length(*seconds))));
                each.collect::<Vec<_>>().join(",")
            }
        };
        words.push(format!("{}={value}", target.name()));
    }
    words.extend(calendar.as_ref().map(|calendar| match calendar {
        CalendarChoice::Team => "calendar=team".to_owned(),
        CalendarChoice::Always => "calendar=always".to_owned(),
        CalendarChoice::Named(name) => format!("calendar={}", quoted(name)),
    }));
    words.extend(pause.as_ref().map(|pause| {
        let names: Vec<&str> = pause.iter().map(|status| status.name()).collect();
        format!("pause={}", if names.is_empty() { NONE.to_owned() } else { names.join(",") })
    }));
    words.extend(policy.as_ref().map(|policy| format!("policy={}", quoted(policy))));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_supposed_is_read_in_every_way_people_write_it() {
        let table = [
            ("/sla simulate", "/sla simulate"),
            ("/sla Simulate FRT:2h last 90 days", "/sla simulate first_response=2h 90d"),
            ("/sla simulate first_response=urgent:30m,normal:4h", "/sla simulate first_response=normal:4h,urgent:30m"),
            (
                "/sla simulate resolution=none pause=pending,on-hold",
                "/sla simulate resolution=none pause=pending,on_hold",
            ),
            (
                "/sla simulate calendar=always pause=none policy=gold",
                "/sla simulate calendar=always pause=none policy=gold",
            ),
            (
                "/sla simulate today calendar=\"two words\" team:billing",
                "/sla simulate calendar=\"two words\" today team:billing",
            ),
            (
                "/sla simulate update=90s -tag:spam as-of:2026-11-01 share",
                "/sla simulate update=1m30s -tag:spam as-of:2026-11-01 share",
            ),
        ];
        for (text, canonical) in table {
            let call = parse(text, &Vocabulary::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(unparse(&call), canonical, "{text}");
            let again = parse(canonical, &Vocabulary::default()).unwrap_or_else(|e| panic!("{canonical}: {e}"));
            assert_eq!(unparse(&again), canonical);
        }
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out() {
        let mut vocabulary = Vocabulary::whole();
        let definitions = crate::domain::sla::tests::promises();
        vocabulary.know_promises(&definitions);
        let said: Vec<String> = [
            "/sla simulate first_response 2h",
            "/sla simulate first_respons=2h",
            "/sla simulate first_response=2",
            "/sla simulate first_response=0s",
            "/sla simulate first_response=2h,3h",
            "/sla simulate -update=2h",
            "/sla simulate update=2h update=3h",
            "/sla simulate calendar=office",
            "/sla simulate policy=urgnt",
            "/sla simulate pause=pendng",
            "/sla simulate last 90 dys",
            "/sla simulate by team",
            "/sla simulate clock:business",
        ]
        .into_iter()
        .map(|text| {
            let error = parse(text, &vocabulary).expect_err(text);
            format!("{error}\n{}", error.pointer(text))
        })
        .collect();
        insta::assert_snapshot!(said.join("\n\n"));
    }
}
