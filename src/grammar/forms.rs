//! Commands whose end is missing: what a dialog asks for, and the command that comes of what is filled in.
//!
//! `/sla snooze 4521 until` and `/digest add` are mistakes where they are typed and nobody can be asked; their message
//! says what is missing. What is filled in is put behind them as it would be typed, so a dialog can do nothing that the
//! command could not, and what is wrong is found by the one parser: its place says which blank it is about.

use chrono_tz::Tz;

use super::claims;
use super::error::{GrammarError, any_of};
use super::parse::parse;
use super::unparse::quoted;
use super::vocabulary::Vocabulary;
use crate::domain::form::{Blank, Filled, Form, Mistake};
use crate::domain::names::capital;

/// A command whose end is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// `/sla snooze TICKET until`
    Snooze(String),
    /// `/digest add`
    NewDigest,
}

impl Begun {
    /// The command with nothing behind its beginning, if it is one of these.
    pub fn bare(text: &str) -> Option<Self> {
        Self::read(text).and_then(|(begun, bare)| bare.then_some(begun))
    }

    /// How a command begins, whatever follows.
    pub fn of(text: &str) -> Option<Self> {
        Self::read(text).map(|(begun, _)| begun)
    }

    fn read(text: &str) -> Option<(Self, bool)> {
        let words = claims::words(text).ok()?;
        let is = |n: usize, what: &str| words.get(n).is_some_and(|word| word.text.eq_ignore_ascii_case(what));
        match words.len() {
            3.. if is(0, "/sla") && is(1, "snooze") => {
                Some((Self::Snooze(words[2].text.clone()), words.len() == 4 && is(3, "until")))
            }
            2.. if is(0, "/digest") && is(1, "add") => Some((Self::NewDigest, words.len() == 2)),
            _ => None,
        }
    }

    /// The beginning as a command.
    pub fn text(&self) -> String {
        match self {
            Self::Snooze(ticket) => format!("/sla snooze {} until", claims::named(ticket)),
            Self::NewDigest => "/digest add".to_owned(),
        }
    }

    /// What to ask for; `zone` is meant where none is given.
    pub fn form(&self, zone: Tz) -> Form {
        let blank = |name: &str, label: &str, hint: &str, value: Option<&str>, optional| Blank {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: value.map(str::to_owned),
            optional,
        };
        let (title, submit, blanks) = match self {
            Self::Snooze(ticket) => {
                let hint = "Such as 15:30, tomorrow 9:00, mon 9:00, 2h or opening";
                (format!("Snooze {ticket}"), "Snooze", vec![blank("until", "Until when", hint, None, false)])
            }
            Self::NewDigest => {
                let often = "daily, weekdays, weekly, monthly, or five fields of cron such as 0 9 * * 1-5";
                let blanks = vec![
                    blank("often", "How often", often, Some("weekdays"), false),
                    blank("day", "On which day", "mon to sun if weekly, 1 to 28 if monthly", None, true),
                    blank("at", "At what time", "Such as 08:30; left empty, 09:00", None, true),
                    blank("tz", "Time zone", "Such as Europe/Berlin", Some(zone.name()), true),
                    blank("name", "Name", "Left empty, it is called after how often it comes", None, true),
                ];
                ("Add a digest".to_owned(), "Add", blanks)
            }
        };
        Form { command: self.text(), title, submit: submit.to_owned(), blanks }
    }

    /// The command that comes of what was filled in, by the names of the blanks.
    pub fn fill(&self, values: &[(String, String)]) -> Filled {
        let mut parts = self.parts(values);
        let (text, _) = self.joined(&parts);
        let mut mistakes: Vec<Mistake> = Vec::new();
        // What is wrong further on is told at the same time: it is found once what is wrong before it is left out.
        while let (tried, places) = self.joined(&parts)
            && let Err(error) = parse(&tried, &Vocabulary::default())
        {
            let at = |(begin, end): &(usize, usize)| (*begin..*end).contains(&error.position);
            let wrong = places.iter().position(at);
            // Of what is missing, the first is asked for.
            let blank = wrong.map_or(self.blanks()[0], |wrong| parts[wrong].0);
            if mistakes.iter().any(|mistake| mistake.blank == blank) {
                break;
            }
            mistakes.push(Mistake { blank: blank.to_owned(), message: told(&error) });
            match wrong {
                Some(wrong) => drop(parts.remove(wrong)),
                None => break,
            }
        }
        Filled { text, mistakes }
    }

    /// What is asked for, in its order.
    const fn blanks(&self) -> &'static [&'static str] {
        match self {
            Self::Snooze(_) => &["until"],
            Self::NewDigest => &["often", "day", "at", "tz", "name"],
        }
    }

    /// What each blank that was filled in adds to the command.
    fn parts(&self, values: &[(String, String)]) -> Vec<(&'static str, String)> {
        let value = |name: &'static str| {
            let value = values.iter().find(|(n, _)| n == name).map(|(_, value)| value.trim()).unwrap_or_default();
            (name, value.to_owned())
        };
        let mut parts: Vec<(&'static str, String)> = self.blanks().iter().copied().map(value).collect();
        parts.retain(|(_, value)| !value.is_empty());
        for (name, value) in &mut parts {
            // Of one word each, whatever was typed.
            let one_word = |by: &str| value.split_whitespace().collect::<Vec<_>>().join(by);
            *value = match *name {
                "often" => as_cron(value).unwrap_or_else(|| value.clone()),
                "tz" => format!("tz:{}", one_word("_")),
                "name" => format!("name:{}", one_word("-")),
                _ => continue,
            };
        }
        parts
    }

    /// The command, and where in it each part stands: its first character and the one behind its last.
    fn joined(&self, parts: &[(&'static str, String)]) -> (String, Vec<(usize, usize)>) {
        let mut text = match (self, parts) {
            // `until 15:30` may be filled in as a whole.
            (Self::Snooze(ticket), [(_, value)]) if begins_with_preposition(value) => {
                format!("/sla snooze {}", claims::named(ticket))
            }
            _ => self.text(),
        };
        let mut places = Vec::new();
        for (_, part) in parts {
            text.push(' ');
            let begin = text.chars().count();
            text.push_str(part);
            places.push((begin, begin + part.chars().count()));
        }
        (text, places)
    }
}

fn begins_with_preposition(value: &str) -> bool {
    let mut words = value.split_whitespace();
    let first = words.next().is_some_and(|word| ["until", "for"].iter().any(|p| word.eq_ignore_ascii_case(p)));
    first && words.next().is_some()
}

/// `0 9 * * 1-5`, also behind `cron`.
fn as_cron(value: &str) -> Option<String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let fields = match words.as_slice() {
        [first, fields @ ..] if first.eq_ignore_ascii_case("cron") => fields,
        fields if fields.len() == 5 => fields,
        _ => return None,
    };
    (!fields.is_empty() && !value.contains('"')).then(|| format!("cron {}", quoted(&fields.join(" "))))
}

/// What is wrong, without a place in a text that nobody typed.
fn told(error: &GrammarError) -> String {
    let ways: Vec<&str> = error.suggestions.iter().map(|way| way.trim()).collect();
    let message = capital(&error.message);
    match ways.as_slice() {
        [] => message,
        ways => format!("{message}; did you mean {}?", any_of(ways)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(begun: &Begun, values: &[(&str, &str)]) -> Filled {
        let values: Vec<_> = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        begun.fill(&values)
    }

    #[test]
    fn a_beginning_is_known_and_whole_commands_are_none() {
        let snooze = |ticket: &str| Some(Begun::Snooze(ticket.to_owned()));
        let table = [
            ("/sla snooze 4521 until", snooze("4521"), true),
            ("/SLA Snooze \"two words\" UNTIL", snooze("two words"), true),
            ("/sla snooze 4521 until 15:30", snooze("4521"), false),
            ("/sla snooze 4521", snooze("4521"), false),
            ("/digest add", Some(Begun::NewDigest), true),
            ("/digest add daily", Some(Begun::NewDigest), false),
            ("/digest", None, false),
            ("/sla snooze", None, false),
            ("/metrics frt", None, false),
        ];
        for (text, begun, bare) in table {
            assert_eq!(Begun::of(text), begun, "{text}");
            assert_eq!(Begun::bare(text), begun.clone().filter(|_| bare), "{text}");
            if let Some(begun) = begun {
                assert_eq!(Begun::bare(&begun.text()), Some(begun), "{text}");
            }
        }
    }

    #[test]
    fn what_is_filled_in_stands_in_the_command_as_if_typed() {
        let snooze = Begun::Snooze("helpdesk/4521".to_owned());
        for (value, expected) in [
            ("15:30", "/sla snooze helpdesk/4521 until 15:30"),
            (" tomorrow 9:00 ", "/sla snooze helpdesk/4521 until tomorrow 9:00"),
            ("2h", "/sla snooze helpdesk/4521 until 2h"),
            ("until 15:30", "/sla snooze helpdesk/4521 until 15:30"),
            ("For 2h", "/sla snooze helpdesk/4521 For 2h"),
            ("opening", "/sla snooze helpdesk/4521 until opening"),
        ] {
            assert_eq!(
                filled(&snooze, &[("until", value)]),
                Filled { text: expected.to_owned(), mistakes: vec![] },
                "{value}"
            );
        }
        let digest = |values: &[(&str, &str)]| filled(&Begun::NewDigest, values);
        let table: [(&[(&str, &str)], &str); 4] = [
            (
                &[("often", "weekdays"), ("day", ""), ("at", ""), ("tz", "Europe/Berlin"), ("name", "")],
                "/digest add weekdays tz:Europe/Berlin",
            ),
            (
                &[("often", "weekly"), ("day", "Friday"), ("at", "16:00"), ("name", "week in review")],
                "/digest add weekly Friday 16:00 name:week-in-review",
            ),
            (
                &[("often", "0 9 * * 1-5"), ("tz", "america/new york")],
                "/digest add cron \"0 9 * * 1-5\" tz:america/new_york",
            ),
            (&[("often", "cron 0 9 * * 1-5")], "/digest add cron \"0 9 * * 1-5\""),
        ];
        for (values, expected) in table {
            assert_eq!(digest(values), Filled { text: expected.to_owned(), mistakes: vec![] });
        }
    }

    #[test]
    fn every_mistake_is_told_at_its_blank() {
        let digest = |values: &[(&str, &str)]| filled(&Begun::NewDigest, values).mistakes;
        let names = |mistakes: &[Mistake]| mistakes.iter().map(|m| m.blank.clone()).collect::<Vec<_>>();
        let wrong = digest(&[("often", "dayly"), ("day", "31"), ("at", "25:00"), ("tz", "Berlin"), ("name", "a/b")]);
        assert_eq!(names(&wrong), ["often", "day", "at", "tz", "name"]);
        assert!(wrong[0].message.ends_with("did you mean daily?"), "{}", wrong[0].message);
        assert!(wrong[3].message.contains("Europe/Berlin"), "{}", wrong[3].message);
        assert!(wrong.iter().all(|m| !m.message.contains("character")), "{wrong:?}");
        assert_eq!(names(&digest(&[("often", "daily"), ("day", "mon")])), ["day"]);
        assert_eq!(names(&digest(&[("often", "0 9 * * 9")])), ["often"]);
        assert_eq!(names(&digest(&[])), ["often"]);

        let snooze = Begun::Snooze("4521".to_owned());
        for value in ["25:00", "", "until", "yesterday", "1s", "30m 40m", "2h\" x"] {
            let filled = filled(&snooze, &[("until", value)]);
            assert_eq!(names(&filled.mistakes), ["until"], "{value}: {filled:?}");
        }
    }

    #[test]
    fn a_form_fits_every_platform() {
        for begun in [Begun::Snooze("helpdesk/4521".to_owned()), Begun::NewDigest] {
            let form = begun.form(chrono_tz::America::Argentina::ComodRivadavia);
            assert!(
                (1..=5).contains(&form.blanks.len()) && form.submit.len() <= 24 && form.title.len() <= 24,
                "{form:?}"
            );
            assert!(form.blanks.iter().all(|b| b.label.len() <= 45 && b.hint.len() <= 100), "{form:?}");
            let untouched: Vec<_> =
                form.blanks.iter().map(|b| (b.name.clone(), b.value.clone().unwrap_or_default())).collect();
            let needed = form.blanks.iter().any(|b| !b.optional && b.value.is_none());
            assert_eq!(begun.fill(&untouched).mistakes.is_empty(), !needed, "{form:?}");
        }
    }
}
