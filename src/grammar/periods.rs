//! Periods: `today`, `last week`, `last 30 days`, `7d`, `2026-10-01..2026-10-31`, `since 2026-10-01`, `all`.

use chrono::NaiveDate;

use super::error::GrammarError;
use super::lexicon::{self, PERIOD_UNITS, ROLLING_UNITS};
use super::parse::Parser;
use super::words::{Kind, Span, Token, through};
use super::{PeriodSpec, PeriodUnit, RollingUnit};

/// More than this cannot be counted back; beyond lies `all`.
const MOST: u32 = 9999;

/// Words with which a period begins.
pub(super) const BEGINNINGS: [&str; 7] = ["today", "yesterday", "this", "last", "past", "since", "all"];

/// Reads the period that begins at the next token.
pub(super) fn period(parser: &mut Parser) -> Result<(), GrammarError> {
    let Some(first) = parser.peek().cloned() else { return Ok(()) };
    let (period, length) = match &first.kind {
        Kind::Literal(text) => literal(parser, text, first.span)?,
        Kind::Word(word) => match word.as_str() {
            "today" => (PeriodSpec::Today, 1),
            "yesterday" => (PeriodSpec::Yesterday, 1),
            "all" => (PeriodSpec::All, 1),
            "since" => since(parser)?,
            "this" => (PeriodSpec::This(unit(parser, word)?), 2),
            _ => last(parser, word)?,
        },
        Kind::Condition(_) => return Ok(()),
    };
    let end = parser.ahead(length - 1).map_or(first.span, |token| token.span);
    parser.once("a period", through(first.span, end))?;
    parser.skip(length);
    parser.call.period = Some(period);
    Ok(())
}

/// What stands after a word such as `last`, and where.
fn after<'p>(parser: &'p Parser<'_>) -> (Option<&'p Token>, Span) {
    let (at, length) = parser.here();
    parser.ahead(1).map_or((None, (at + length, 0)), |token| (Some(token), token.span))
}

/// The counted unit with this name, in the plural or not.
fn rolling_unit(word: &str) -> Option<&'static (&'static str, char, RollingUnit)> {
    ROLLING_UNITS.iter().find(|(name, _, _)| *name == word || name.trim_end_matches('s') == word)
}

/// The calendar unit after `this` or `last`.
fn unit(parser: &Parser, before: &str) -> Result<PeriodUnit, GrammarError> {
    let (token, place) = after(parser);
    let word = token.and_then(Token::word).unwrap_or_default();
    if let Some((_, unit)) = PERIOD_UNITS.iter().find(|(name, _)| *name == word) {
        return Ok(*unit);
    }
    if (before, word) == ("this", "day") {
        return Err(GrammarError::new(through(parser.here(), place), "this day is today").suggesting(["today"]));
    }
    let message = format!("{before} needs week, month, quarter or year");
    let near = lexicon::near(word, PERIOD_UNITS.iter().map(|(name, _)| *name));
    if near.is_empty() {
        let ways = PERIOD_UNITS.map(|(name, _)| format!("{before} {name}"));
        return Err(GrammarError::new(parser.here(), message).suggesting(ways));
    }
    Err(GrammarError::new(place, message).suggesting(near))
}

/// `last week`, `last 30 days`, `last 7d`; `past` says the same.
fn last(parser: &Parser, before: &str) -> Result<(PeriodSpec, usize), GrammarError> {
    let (token, place) = after(parser);
    let Some(token) = token else {
        let message =
            format!("{before} needs a week, month, quarter or year, or a number of hours, days, weeks or months");
        return Err(GrammarError::new(parser.here(), message).suggesting(["last week", "last month", "last 7 days"]));
    };
    if let Some(text) = token.literal() {
        let (number, rest) = number(text, place)?;
        let (unit, length) =
            if rest.is_empty() { (long_unit(parser, number)?, 3) } else { (short_unit(text, rest, place)?, 2) };
        return Ok((PeriodSpec::Last(counted(number, place)?, unit), length));
    }
    let word = token.word().unwrap_or_default();
    let is_calendar_unit = PERIOD_UNITS.iter().any(|(name, _)| *name == word);
    if !is_calendar_unit && let Some((units, _, _)) = rolling_unit(word) {
        let suggestions = match word {
            "day" => vec!["yesterday".to_owned(), "last 1 days".to_owned()],
            "hour" => vec!["last 1 hours".to_owned()],
            _ => vec![format!("last 7 {units}")],
        };
        return Err(GrammarError::new(through(parser.here(), place), "how many?").suggesting(suggestions));
    }
    Ok((PeriodSpec::LastWhole(unit(parser, before)?), 2))
}

/// The unit after `last 30`.
fn long_unit(parser: &Parser, number: u32) -> Result<RollingUnit, GrammarError> {
    let (_, before) = after(parser);
    let (word, place) = parser.ahead(2).map_or(("", before), |token| (token.word().unwrap_or_default(), token.span));
    if let Some((_, _, unit)) = rolling_unit(word) {
        return Ok(*unit);
    }
    let in_months = |each: u32| {
        let months = number.saturating_mul(each).clamp(1, MOST);
        GrammarError::new(through(parser.here(), place), format!("{word} are counted back as months"))
            .suggesting([format!("last {months} months")])
    };
    Err(match word {
        "quarter" | "quarters" => in_months(3),
        "year" | "years" => in_months(12),
        _ => {
            let message = format!("last {number} needs hours, days, weeks or months");
            let near = lexicon::near(word, ROLLING_UNITS.iter().map(|(name, _, _)| *name));
            if near.is_empty() {
                // The word belongs to something else, such as a metric.
                let place = through(parser.here(), before);
                GrammarError::new(place, message).suggesting([format!("last {number} days")])
            } else {
                GrammarError::new(place, message).suggesting(near)
            }
        }
    })
}

fn since(parser: &Parser) -> Result<(PeriodSpec, usize), GrammarError> {
    let (token, place) = after(parser);
    match token.map(|token| (token.literal(), token.word())) {
        Some((Some(text), _)) => Ok((PeriodSpec::Since(date(text, place)?), 2)),
        Some((None, Some("yesterday"))) => {
            let message = "since needs a date; today and yesterday are two days";
            Err(GrammarError::new(through(parser.here(), place), message).suggesting(["last 2 days"]))
        }
        _ => Err(GrammarError::new(parser.here(), "since needs a date, as in since 2026-10-01")),
    }
}

/// `7d`, a date, `A..B`.
fn literal(parser: &Parser, text: &str, span: Span) -> Result<(PeriodSpec, usize), GrammarError> {
    if let Some((from, to)) = text.split_once("..") {
        return range(text, from, to, span).map(|period| (period, 1));
    }
    if parser.ahead(1).and_then(Token::literal) == Some("..")
        && let Some(to) = parser.ahead(2)
        && let Some(end) = to.literal()
    {
        let message = "a range is written without spaces";
        return Err(GrammarError::new(through(span, to.span), message).suggesting([format!("{text}..{end}")]));
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let rest = &text[digits..];
    if digits > 0 && rest.chars().all(char::is_alphabetic) {
        let (number, rest) = number(text, span)?;
        if rest.is_empty() {
            return Err(lonely(parser, number, span));
        }
        let unit = short_unit(text, rest, span)?;
        return Ok((PeriodSpec::Last(counted(number, span)?, unit), 1));
    }
    date(text, span).map(|date| (PeriodSpec::Dates(date, date), 1))
}

/// A number without `last`.
fn lonely(parser: &Parser, number: u32, span: Span) -> GrammarError {
    let next = parser.ahead(1);
    if let Some((token, (name, _, _))) = next.and_then(|token| Some((token, rolling_unit(token.word()?)?))) {
        return GrammarError::new(through(span, token.span), format!("the last {number} {name}?"))
            .suggesting([format!("last {number} {name}")]);
    }
    GrammarError::new(span, format!("{number} of what?"))
        .suggesting([format!("last {number} days"), format!("{number}d")])
}

fn range(text: &str, from: &str, to: &str, span: Span) -> Result<PeriodSpec, GrammarError> {
    if from.is_empty() || to.is_empty() {
        let error = GrammarError::new(span, "a range needs both its dates, as in 2026-10-01..2026-10-31");
        return Err(match date(from, span) {
            Ok(from) => error.suggesting([format!("since {from}")]),
            Err(_) => error,
        });
    }
    let length = from.chars().count();
    let start = date(from, (span.0, length))?;
    let to_at = span.0 + length + 2;
    let end = date(to, (to_at, to.chars().count()))?;
    if end < start {
        return Err(GrammarError::new(span, format!("{text} runs backwards: its end is before its beginning"))
            .suggesting([format!("{end}..{start}")]));
    }
    Ok(PeriodSpec::Dates(start, end))
}

/// A date as ISO writes it.
pub(super) fn date(text: &str, span: Span) -> Result<NaiveDate, GrammarError> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    if widths != [4, 2, 2] || text.contains(['/', '.']) || !parts.iter().all(is_number) {
        let message = format!("{text:?} is not a date; write year-month-day, as in 2026-10-01");
        let error = GrammarError::new(span, message);
        return Err(match parts[..] {
            [year, month, day] if year.len() == 4 && parts.iter().all(is_number) => {
                let meant = format!("{year}-{month:0>2}-{day:0>2}");
                let exists = meant.parse::<NaiveDate>().is_ok();
                error.suggesting(exists.then_some(meant))
            }
            _ => error,
        });
    }
    text.parse().map_err(|_| GrammarError::new(span, format!("there is no day {text}")))
}

/// The digits at the beginning, and the rest.
fn number(text: &str, span: Span) -> Result<(u32, &str), GrammarError> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if number.is_empty() {
        return Err(GrammarError::new(span, format!("{text:?} is not a number")));
    }
    Ok((number.parse().unwrap_or(u32::MAX), rest))
}

fn counted(number: u32, span: Span) -> Result<u32, GrammarError> {
    match number {
        0 => Err(GrammarError::new(span, "at least 1 must be counted back")),
        1..=MOST => Ok(number),
        _ => Err(GrammarError::new(span, format!("at most {MOST} can be counted back")).suggesting(["all"])),
    }
}

/// `d` of `7d`.
fn short_unit(text: &str, rest: &str, span: Span) -> Result<RollingUnit, GrammarError> {
    if let Some((_, _, unit)) = ROLLING_UNITS.iter().find(|(_, short, _)| rest.chars().eq([*short])) {
        return Ok(*unit);
    }
    let message = format!("{text:?} is not a period; the units are h, d, w and m (months), as in 7d");
    let error = GrammarError::new(span, message);
    let count = text.strip_suffix(rest).unwrap_or(text);
    let months = |each: u32| format!("{}m", count.parse::<u32>().unwrap_or(1).saturating_mul(each).clamp(1, MOST));
    Err(match (rest, rolling_unit(rest)) {
        (_, Some((_, short, _))) => error.suggesting([format!("{count}{short}")]),
        ("y" | "year" | "years", None) => error.suggesting([months(12)]),
        ("q" | "quarter" | "quarters", None) => error.suggesting([months(3)]),
        (_, None) => error,
    })
}
