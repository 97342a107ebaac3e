//! `/sla why|claim|snooze|release TICKET`: how a deadline came about, who takes an alert in hand, who keeps it quiet.
//!
//! Ids of tickets are whatever their source says, so they are taken as typed: no lower case, no punctuation left out.

use super::error::{GrammarError, any_of};
use super::lexicon;
use super::unparse::quoted;
use crate::domain::duration::{format_duration_ms, parse_duration};

/// What somebody does about the alerts of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlaCall {
    /// I deal with it. The ticket is its id, or `source/id`.
    Claim(String),
    /// Keep quiet about it.
    Snooze(String, Snooze),
    /// I do not deal with it any more.
    Release(String),
    /// How its deadlines came about.
    Why(String),
}

/// How long an alert is to keep quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snooze {
    /// For so many milliseconds.
    For(i64),
    /// Until the next time a clock shows this, in minutes since midnight.
    Until(u16),
    /// Until the promise's calendar opens next.
    Opening,
}

impl Snooze {
    /// Without a word about how long.
    pub const DEFAULT: Self = Self::For(30 * 60_000);
    /// Longer than this is not a snooze.
    const LONGEST_MS: i64 = 7 * 24 * 3_600_000;
}

const VERBS: [&str; 4] = ["why", "claim", "snooze", "release"];

/// A word with its place in the text, in characters.
struct Word {
    text: String,
    span: (usize, usize),
}

/// Whether a text is `/sla …`. Without the slash, `sla` is a metric.
pub(super) fn is_meant(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("/sla"))
}

/// Reads `/sla …`, the slash and the first word included.
pub(super) fn parse(text: &str) -> Result<SlaCall, GrammarError> {
    let words = words(text)?;
    let end = text.trim_end().chars().count();
    let Some(verb) = words.get(1) else {
        let message = format!("/sla needs one of {}", any_of(&VERBS));
        return Err(GrammarError::new((end, 0), message));
    };
    let known = VERBS.into_iter().find(|known| verb.text.eq_ignore_ascii_case(known)).ok_or_else(|| {
        let near = lexicon::near(&verb.text.to_lowercase(), VERBS.into_iter());
        GrammarError::new(verb.span, format!("after /sla comes {}", any_of(&VERBS))).suggesting(near)
    })?;
    let Some(ticket) = words.get(2) else {
        return Err(GrammarError::new((end, 0), format!("{known} which ticket? add its id, such as 4521")));
    };
    let (ticket, rest) = (ticket.text.clone(), &words[3..]);
    match (known, rest.first()) {
        ("snooze", _) => Ok(SlaCall::Snooze(ticket, snooze(rest, end)?)),
        (_, Some(more)) => {
            Err(GrammarError::new(more.span, "one ticket at a time; an id with spaces needs quotation marks"))
        }
        ("why", None) => Ok(SlaCall::Why(ticket)),
        ("claim", None) => Ok(SlaCall::Claim(ticket)),
        (_, None) => Ok(SlaCall::Release(ticket)),
    }
}

/// `30m`, `until 14:00`, `until opening`, `opening`, or nothing.
fn snooze(words: &[Word], end: usize) -> Result<Snooze, GrammarError> {
    let is = |word: &Word, what: &str| word.text.eq_ignore_ascii_case(what);
    let (first, rest) = match words {
        [] => return Ok(Snooze::DEFAULT),
        [until] if is(until, "until") => {
            return Err(GrammarError::new((end, 0), "until when? add a time such as 14:00, or opening"));
        }
        [word, first, rest @ ..] if is(word, "until") || is(word, "for") => (first, rest),
        [first, rest @ ..] => (first, rest),
    };
    if let Some(more) = rest.first() {
        return Err(GrammarError::new(more.span, "a snooze has one length"));
    }
    if is(first, "opening") {
        return Ok(Snooze::Opening);
    }
    if let Some(minutes) = time_of_day(&first.text) {
        return Ok(Snooze::Until(minutes));
    }
    match parse_duration(&first.text) {
        Ok(ms) if (60_000..=Snooze::LONGEST_MS).contains(&ms) => Ok(Snooze::For(ms)),
        Ok(_) => Err(GrammarError::new(first.span, "a snooze lasts between a minute and a week").suggesting(["30m"])),
        Err(_) => {
            let message = "a snooze lasts a while (30m), until a time (14:00) or until opening";
            Err(GrammarError::new(first.span, message).suggesting(["30m", "opening"]))
        }
    }
}

/// Minutes since midnight of `14:00`.
fn time_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour, 2) || !digits(minute, 2) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Words between white space; quotation marks hold one together.
fn words(text: &str) -> Result<Vec<Word>, GrammarError> {
    let mut words: Vec<Word> = Vec::new();
    let mut characters = text.chars().enumerate().peekable();
    while let Some((start, c)) = characters.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut word = String::new();
        let mut last = start;
        if c == '"' {
            let mut closed = false;
            while let Some((at, c)) = characters.next() {
                last = at;
                match c {
                    '"' => {
                        closed = true;
                        break;
                    }
                    '\\' => word.extend(characters.next().map(|(at, c)| {
                        last = at;
                        c
                    })),
                    c => word.push(c),
                }
            }
            if !closed {
                return Err(GrammarError::new((start, last + 1 - start), "this quotation mark is never closed"));
            }
        } else {
            word.push(c);
            while let Some((at, c)) = characters.next_if(|(_, c)| !c.is_whitespace()) {
                last = at;
                word.push(c);
            }
        }
        words.push(Word { text: word, span: (start, last + 1 - start) });
    }
    Ok(words)
}

/// The command in its canonical form.
pub(super) fn unparse(call: &SlaCall) -> String {
    match call {
        SlaCall::Why(ticket) => format!("/sla why {}", named(ticket)),
        SlaCall::Claim(ticket) => format!("/sla claim {}", named(ticket)),
        SlaCall::Release(ticket) => format!("/sla release {}", named(ticket)),
        SlaCall::Snooze(ticket, snooze) => {
            let length = match snooze {
                Snooze::For(ms) => format_duration_ms(*ms),
                Snooze::Until(minutes) => format!("until {:02}:{:02}", minutes / 60, minutes % 60),
                Snooze::Opening => "opening".to_owned(),
            };
            format!("/sla snooze {} {length}", named(ticket))
        }
    }
}

fn named(ticket: &str) -> String {
    if ticket.contains('"') || ticket.contains('\\') || ticket.chars().any(char::is_whitespace) {
        quoted(ticket)
    } else {
        ticket.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_taken_as_typed_and_snoozes_in_every_way_people_say_them() {
        let ticket = || "helpdesk/AB-4521".to_owned();
        let table = [
            ("/sla why helpdesk/AB-4521", SlaCall::Why(ticket())),
            ("/sla claim helpdesk/AB-4521", SlaCall::Claim(ticket())),
            ("/sla  Release   helpdesk/AB-4521 ", SlaCall::Release(ticket())),
            ("/sla claim \"two \\\"words\\\"\"", SlaCall::Claim("two \"words\"".to_owned())),
            ("/sla snooze helpdesk/AB-4521", SlaCall::Snooze(ticket(), Snooze::DEFAULT)),
            ("/sla snooze helpdesk/AB-4521 2h", SlaCall::Snooze(ticket(), Snooze::For(7_200_000))),
            ("/sla snooze helpdesk/AB-4521 for 2h", SlaCall::Snooze(ticket(), Snooze::For(7_200_000))),
            ("/sla snooze helpdesk/AB-4521 until 14:00", SlaCall::Snooze(ticket(), Snooze::Until(840))),
            ("/sla snooze helpdesk/AB-4521 9:05", SlaCall::Snooze(ticket(), Snooze::Until(545))),
            ("/sla snooze helpdesk/AB-4521 until opening", SlaCall::Snooze(ticket(), Snooze::Opening)),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), Ok(expected.clone()), "{text}");
            assert_eq!(parse(&unparse(&expected)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out() {
        let said: Vec<String> = [
            "/sla",
            "/sla clam 1",
            "/sla claim",
            "/sla claim 1 2",
            "/sla snooze 1 until",
            "/sla snooze 1 25:00",
            "/sla snooze 1 1s",
            "/sla snooze 1 30m 40m",
            "/sla claim \"1",
        ]
        .into_iter()
        .map(|text| {
            let error = parse(text).expect_err(text);
            format!("{error}\n{}", error.pointer(text))
        })
        .collect();
        insta::assert_snapshot!(said.join("\n\n"));
    }
}
