//! `/sla …`: what is at risk, and `/sla why|claim|snooze|release TICKET`: how a deadline came about, who takes an alert
//! in hand, who keeps it quiet.
//!
//! Ids of tickets are whatever their source says, so they are taken as typed: no lower case, no punctuation left out.

use chrono::Weekday;

use super::conditions;
use super::digests;
use super::error::{GrammarError, any_of};
use super::lexicon;
use super::parse::Parser;
use super::simulate::{self, SimulateCall};
use super::unparse::{self, quoted};
use super::vocabulary::Vocabulary;
use super::{AsOf, Filter, MetricsCall};
use crate::domain::duration::{format_duration_ms, parse_duration};
use crate::domain::schedule::short;

/// What somebody asks about promises, or does about the alerts of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum SlaCall {
    /// What is at risk.
    AtRisk(AtRiskCall),
    /// How the deadlines of a ticket came about, as of a moment; `None` = now. The ticket is its id, or `source/id`.
    Why(String, Option<AsOf>),
    /// What would have become of the promises under other policies.
    Simulate(Box<SimulateCall>),
    /// Somebody does something about the alerts of a ticket, likewise.
    Act(String, Deed),
}

/// `/sla [key:value …] [as-of:…] [share]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AtRiskCall {
    /// Conditions, in the order typed.
    pub filters: Vec<Filter>,
    /// The moment of knowledge; `None` = now.
    pub as_of: Option<AsOf>,
    /// Show the answer to the whole channel.
    pub share: bool,
}

/// What somebody does about the alerts of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// I deal with it.
    Claim,
    /// Keep quiet about it.
    Snooze(Snooze),
    /// I do not deal with it any more.
    Release,
}

/// How long an alert is to keep quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snooze {
    /// For so many milliseconds.
    For(i64),
    /// Until a clock shows this on a day, in minutes since midnight.
    Until(Day, u16),
    /// Until the promise's calendar opens next.
    Opening,
}

/// The day on which a snooze ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// Whichever comes first: today, or tomorrow if the time has passed.
    Next,
    /// The day after today.
    Tomorrow,
    /// The next such day, today included if the time has not passed.
    Weekday(Weekday),
}

impl Snooze {
    /// Without a word about how long.
    pub const DEFAULT: Self = Self::For(30 * 60_000);
    /// Longer than this is not a snooze.
    const LONGEST_MS: i64 = 7 * 24 * 3_600_000;
}

const VERBS: [&str; 5] = ["why", "claim", "snooze", "release", SIMULATE];

const SIMULATE: &str = "simulate";

/// What `/sla` alone means, for platforms whose commands have either none or only subcommands.
const AT_RISK: &str = "risk";

/// Shows the answer to everybody.
const SHARE: &str = "share";

/// A word with its place in the text, in characters.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: (usize, usize),
}

/// Whether a text is `/sla …`. Without the slash, `sla` is a metric.
pub(super) fn is_meant(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("/sla"))
}

/// Reads `/sla …`, the slash and the first word included.
pub(super) fn parse(text: &str, vocabulary: &Vocabulary) -> Result<SlaCall, GrammarError> {
    let Some(second) = text.split_whitespace().nth(1) else { return Ok(SlaCall::AtRisk(AtRiskCall::default())) };
    let is_named = second.eq_ignore_ascii_case(AT_RISK);
    if is_named || is_about_all(second) {
        return at_risk(text, if is_named { 2 } else { 1 }, vocabulary).map(SlaCall::AtRisk);
    }
    if second.eq_ignore_ascii_case(SIMULATE) {
        return simulate::parse(text, vocabulary).map(|call| SlaCall::Simulate(Box::new(call)));
    }
    let words = words(text)?;
    let end = text.trim_end().chars().count();
    let verb = &words[1];
    let known = VERBS.into_iter().find(|known| verb.text.eq_ignore_ascii_case(known)).ok_or_else(|| {
        let near = lexicon::near(&verb.text.to_lowercase(), VERBS.into_iter().chain([AT_RISK, SHARE]));
        let message = format!("after /sla comes {}, or a filter such as team:billing", any_of(&VERBS));
        GrammarError::new(verb.span, message).suggesting(near)
    })?;
    let Some(ticket) = words.get(2) else {
        return Err(GrammarError::new((end, 0), format!("{known} which ticket? add its id, such as 4521")));
    };
    let (ticket, rest) = (ticket.text.clone(), &words[3..]);
    match (known, rest) {
        ("snooze", _) => Ok(SlaCall::Act(ticket, Deed::Snooze(snooze(rest, end)?))),
        ("why", []) => Ok(SlaCall::Why(ticket, None)),
        ("why", [word]) if as_of(word).is_some() => Ok(SlaCall::Why(ticket, as_of(word).transpose()?)),
        ("claim", []) => Ok(SlaCall::Act(ticket, Deed::Claim)),
        (_, []) => Ok(SlaCall::Act(ticket, Deed::Release)),
        (_, [.., more]) => {
            Err(GrammarError::new(more.span, "one ticket at a time; an id with spaces needs quotation marks"))
        }
    }
}

/// Whether a word after `/sla` asks about many tickets: a condition, or the wish to share the answer.
fn is_about_all(word: &str) -> bool {
    word.contains([':', '=']) || word.eq_ignore_ascii_case(SHARE)
}

/// `as-of:` with a date or an instant.
fn as_of(word: &Word) -> Option<Result<AsOf, GrammarError>> {
    let (key, value) = word.text.split_once([':', '='])?;
    let is_meant = lexicon::Key::named(key) == Some(lexicon::Key::AsOf);
    let begin = key.chars().count() + 1;
    let span = (word.span.0 + begin, word.span.1.saturating_sub(begin));
    is_meant.then(|| conditions::as_of(value, span))
}

/// Conditions, a moment and `share`; nothing else.
fn at_risk(text: &str, words: usize, vocabulary: &Vocabulary) -> Result<AtRiskCall, GrammarError> {
    let call = Parser::after(words, text, vocabulary)?;
    let call = call.only(Parser::is_of_conditions, "/sla takes filters such as team:billing, as-of: and share")?;
    let MetricsCall { filters, as_of, share, .. } = call;
    Ok(AtRiskCall { filters, as_of, share })
}

/// `30m`, `until 14:00`, `until tomorrow 9:00`, `until opening`, `opening`, or nothing.
fn snooze(words: &[Word], end: usize) -> Result<Snooze, GrammarError> {
    let is = |word: &Word, what: &str| word.text.eq_ignore_ascii_case(what);
    let day = |word: &Word| match word.text.to_lowercase().as_str() {
        "tomorrow" => Some(Day::Tomorrow),
        other => digests::weekday(other).map(Day::Weekday),
    };
    let (first, rest) = match words {
        [] => return Ok(Snooze::DEFAULT),
        [until] if is(until, "until") => {
            return Err(GrammarError::new((end, 0), "until when? add a time such as 14:00, or opening"));
        }
        [word, first, rest @ ..] if is(word, "until") || is(word, "for") => (first, rest),
        [first, rest @ ..] => (first, rest),
    };
    if let Some(day) = day(first) {
        let rest = match rest {
            [at, rest @ ..] if is(at, "at") => rest,
            rest => rest,
        };
        return match rest {
            [] => Ok(Snooze::Until(day, digests::NINE)),
            [time] => time_of_day(&time.text)
                .map(|minutes| Snooze::Until(day, minutes))
                .ok_or_else(|| GrammarError::new(time.span, "a time is written as 09:00").suggesting(["09:00"])),
            [_, more, ..] => Err(GrammarError::new(more.span, "a snooze has one end")),
        };
    }
    if let Some(more) = rest.first() {
        return Err(GrammarError::new(more.span, "a snooze has one length"));
    }
    if is(first, "opening") {
        return Ok(Snooze::Opening);
    }
    if let Some(minutes) = time_of_day(&first.text) {
        return Ok(Snooze::Until(Day::Next, minutes));
    }
    match parse_duration(&first.text) {
        Ok(ms) if (60_000..=Snooze::LONGEST_MS).contains(&ms) => Ok(Snooze::For(ms)),
        Ok(_) => Err(GrammarError::new(first.span, "a snooze lasts between a minute and a week").suggesting(["30m"])),
        Err(_) if first.text.contains(':') => {
            Err(GrammarError::new(first.span, "a time of day is written from 0:00 to 23:59, such as 14:00"))
        }
        Err(_) => {
            let message = "a snooze lasts a while (30m), until a time (14:00, tomorrow 9:00) or until opening";
            Err(GrammarError::new(first.span, message).suggesting(["30m", "opening"]))
        }
    }
}

/// Minutes since midnight of `14:00`.
pub(super) fn time_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour, 2) || !digits(minute, 2) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Words between white space; quotation marks hold one together.
pub(super) fn words(text: &str) -> Result<Vec<Word>, GrammarError> {
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
        SlaCall::AtRisk(AtRiskCall { filters, as_of, share }) => {
            let call = MetricsCall { filters: filters.clone(), as_of: *as_of, share: *share, ..MetricsCall::default() };
            unparse::conditions("/sla", &call)
        }
        SlaCall::Simulate(call) => simulate::unparse(call),
        SlaCall::Why(ticket, None) => format!("/sla why {}", named(ticket)),
        SlaCall::Why(ticket, Some(as_of)) => format!("/sla why {} as-of:{as_of}", named(ticket)),
        SlaCall::Act(ticket, Deed::Claim) => format!("/sla claim {}", named(ticket)),
        SlaCall::Act(ticket, Deed::Release) => format!("/sla release {}", named(ticket)),
        SlaCall::Act(ticket, Deed::Snooze(snooze)) => {
            let length = match snooze {
                Snooze::For(ms) => format_duration_ms(*ms),
                Snooze::Until(day, minutes) => {
                    let day = match day {
                        Day::Next => String::new(),
                        Day::Tomorrow => "tomorrow ".to_owned(),
                        Day::Weekday(day) => format!("{} ", short(*day)),
                    };
                    format!("until {day}{:02}:{:02}", minutes / 60, minutes % 60)
                }
                Snooze::Opening => "opening".to_owned(),
            };
            format!("/sla snooze {} {length}", named(ticket))
        }
    }
}

pub(super) fn named(ticket: &str) -> String {
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
        let act = |deed| SlaCall::Act(ticket(), deed);
        let snooze = |snooze| act(Deed::Snooze(snooze));
        let at_risk = |filters, share| SlaCall::AtRisk(AtRiskCall { filters, as_of: None, share });
        let team = Filter {
            dimension: crate::domain::names::Dimension::Team,
            values: vec!["billing".to_owned(), "tech".to_owned()],
            exclude: false,
            position: 5,
        };
        let day = AsOf::Date(chrono::NaiveDate::from_ymd_opt(2026, 5, 4).expect("a date"));
        let table = [
            ("/sla why helpdesk/AB-4521", SlaCall::Why(ticket(), None)),
            ("/sla why helpdesk/AB-4521 as-of:2026-05-04", SlaCall::Why(ticket(), Some(day))),
            ("/sla", at_risk(vec![], false)),
            ("/SLA share", at_risk(vec![], true)),
            ("/sla risk", at_risk(vec![], false)),
            ("/sla team:billing,tech", at_risk(vec![team.clone()], false)),
            ("/sla risk team:billing,tech share", at_risk(vec![Filter { position: 10, ..team }], true)),
            ("/sla claim helpdesk/AB-4521", act(Deed::Claim)),
            ("/sla  Release   helpdesk/AB-4521 ", act(Deed::Release)),
            ("/sla claim \"two \\\"words\\\"\"", SlaCall::Act("two \"words\"".to_owned(), Deed::Claim)),
            ("/sla snooze helpdesk/AB-4521", snooze(Snooze::DEFAULT)),
            ("/sla snooze helpdesk/AB-4521 2h", snooze(Snooze::For(7_200_000))),
            ("/sla snooze helpdesk/AB-4521 for 2h", snooze(Snooze::For(7_200_000))),
            ("/sla snooze helpdesk/AB-4521 until 14:00", snooze(Snooze::Until(Day::Next, 840))),
            ("/sla snooze helpdesk/AB-4521 9:05", snooze(Snooze::Until(Day::Next, 545))),
            ("/sla snooze helpdesk/AB-4521 until Tomorrow 9:05", snooze(Snooze::Until(Day::Tomorrow, 545))),
            ("/sla snooze helpdesk/AB-4521 tomorrow at 9:05", snooze(Snooze::Until(Day::Tomorrow, 545))),
            ("/sla snooze helpdesk/AB-4521 tomorrow", snooze(Snooze::Until(Day::Tomorrow, 540))),
            ("/sla snooze helpdesk/AB-4521 until monday 8:00", snooze(Snooze::Until(Day::Weekday(Weekday::Mon), 480))),
            ("/sla snooze helpdesk/AB-4521 until opening", snooze(Snooze::Opening)),
        ];
        for (text, expected) in table {
            let read = |text: &str| parse(text, &Vocabulary::default());
            assert_eq!(read(text), Ok(expected.clone()), "{text}");
            let again = unparse(&expected);
            assert_eq!(read(&again).map(|call| unparse(&call)), Ok(again), "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out() {
        let said: Vec<String> = [
            "/sla clam 1",
            "/sla shar",
            "/sla team:",
            "/sla team:billing frt",
            "/sla why 1 as-of:2026-13-01",
            "/sla claim 1 as-of:2026-05-04",
            "/sla claim",
            "/sla claim 1 2",
            "/sla snooze 1 until",
            "/sla snooze 1 25:00",
            "/sla snooze 1 1s",
            "/sla snooze 1 30m 40m",
            "/sla snooze 1 until tomorrow 25:00",
            "/sla snooze 1 until mon 9:00 10:00",
            "/sla claim \"1",
        ]
        .into_iter()
        .map(|text| {
            let error = parse(text, &Vocabulary::default()).expect_err(text);
            format!("{error}\n{}", error.pointer(text))
        })
        .collect();
        insta::assert_snapshot!(said.join("\n\n"));
    }
}
