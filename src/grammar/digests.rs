//! `/digest`: the schedules of a channel; `add`, `remove`, `preview`, `send`.

use chrono::Weekday;
use chrono_tz::Tz;

use super::claims::{Word, time_of_day, words};
use super::error::{GrammarError, any_of};
use super::lexicon;
use crate::domain::schedule::{Plan, Schedule, short};

/// What somebody wants of the digests of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestCall {
    /// Which there are.
    List,
    /// One more.
    Add(NewDigest),
    /// Not this one any more.
    Remove(String),
    /// What it would say now, to whoever asks; `None` = the only one, or what one would say.
    Preview(Option<String>),
    /// The same, to the channel.
    Send(Option<String>),
}

/// A digest to be posted again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDigest {
    /// When.
    pub plan: Plan,
    /// Where it is that time; `None` = in the zone of the workspace.
    pub zone: Option<Tz>,
    /// What to call it; `None` = after its plan.
    pub name: Option<String>,
}

const VERBS: [&str; 5] = ["list", "add", "remove", "preview", "send"];

/// How often.
const KINDS: [&str; 5] = ["daily", "weekdays", "weekly", "monthly", "cron"];

/// Where no time is given.
pub(super) const NINE: u16 = 9 * 60;

/// The longest name.
const NAME: usize = 32;

/// Whether a text is `/digest …`.
pub(super) fn is_meant(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("/digest"))
}

/// Reads `/digest …`, the slash and the first word included.
pub(super) fn parse(text: &str) -> Result<DigestCall, GrammarError> {
    let words = words(text)?;
    let end = text.trim_end().chars().count();
    let Some(verb) = words.get(1) else { return Ok(DigestCall::List) };
    let known = VERBS.into_iter().find(|known| verb.text.eq_ignore_ascii_case(known)).ok_or_else(|| {
        let near = lexicon::near(&verb.text.to_lowercase(), VERBS.into_iter());
        let message = format!("after /digest comes {}", any_of(&VERBS[1..]));
        GrammarError::new(verb.span, message).suggesting(if near.is_empty() { vec!["add".to_owned()] } else { near })
    })?;
    let rest = &words[2..];
    match (known, rest) {
        ("add", rest) => add(rest, end).map(DigestCall::Add),
        ("list", []) => Ok(DigestCall::List),
        ("remove", []) => Err(GrammarError::new((end, 0), "remove which digest? /digest says their names")),
        ("remove", [name]) => Ok(DigestCall::Remove(name.text.clone())),
        ("preview", []) => Ok(DigestCall::Preview(None)),
        ("preview", [name]) => Ok(DigestCall::Preview(Some(name.text.clone()))),
        ("send", []) => Ok(DigestCall::Send(None)),
        ("send", [now]) if is(now, "now") => Ok(DigestCall::Send(None)),
        ("send", [name]) => Ok(DigestCall::Send(Some(name.text.clone()))),
        ("send", [name, now]) if is(now, "now") => Ok(DigestCall::Send(Some(name.text.clone()))),
        (_, [.., more]) => Err(GrammarError::new(more.span, format!("{known} takes the name of one digest"))),
        (_, []) => Ok(DigestCall::List),
    }
}

fn is(word: &Word, what: &str) -> bool {
    word.text.eq_ignore_ascii_case(what)
}

/// What `add` was told so far, with the place of each.
#[derive(Default)]
struct Told<'a> {
    kind: Option<(&'static str, &'a Word)>,
    cron: Option<&'a Word>,
    time: Option<(u16, &'a Word)>,
    weekday: Option<(Weekday, &'a Word)>,
    day: Option<(u8, &'a Word)>,
    zone: Option<(Tz, &'a Word)>,
    name: Option<(String, &'a Word)>,
}

fn set<'a, T>(place: &mut Option<(T, &'a Word)>, value: T, word: &'a Word, what: &str) -> Result<(), GrammarError> {
    match place.replace((value, word)) {
        None => Ok(()),
        Some(_) => Err(GrammarError::new(word.span, format!("{what} was given already"))),
    }
}

fn add(words: &[Word], end: usize) -> Result<NewDigest, GrammarError> {
    let mut told = Told::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let lower = word.text.to_lowercase();
        if let Some(kind) = KINDS.into_iter().find(|kind| *kind == lower) {
            set(&mut told.kind, kind, word, "how often")?;
            if kind == "cron" {
                let line = words.next();
                let line = line.ok_or_else(|| {
                    GrammarError::new((end, 0), "cron needs its five fields in quotation marks")
                        .suggesting([" \"0 9 * * 1-5\""])
                })?;
                told.cron = Some(line);
            }
        } else if let Some(minutes) = time_of_day(&lower) {
            set(&mut told.time, minutes, word, "the time")?;
        } else if let Some(weekday) = weekday(&lower) {
            set(&mut told.weekday, weekday, word, "the day")?;
        } else if let Some(day) = day_of_month(&lower) {
            set(&mut told.day, day, word, "the day")?;
        } else if let Some((key, value)) = condition(&word.text) {
            let begin = key.chars().count() + 1;
            let span = (word.span.0 + begin, word.span.1.saturating_sub(begin));
            match key.to_lowercase().as_str() {
                "tz" | "zone" | "timezone" => set(&mut told.zone, zone(value, span)?, word, "the time zone")?,
                "name" => set(&mut told.name, name(value, span)?, word, "the name")?,
                _ => {
                    let near = lexicon::near(key, ["tz", "name"].into_iter());
                    return Err(GrammarError::new(
                        (word.span.0, begin - 1),
                        "a digest has a time zone (tz:Europe/Berlin) and a name (name:standup)",
                    )
                    .suggesting(near));
                }
            }
        } else if !matches!(lower.as_str(), "at" | "on" | "every" | "each") {
            return Err(not_of_a_plan(word, &lower));
        }
    }
    let plan = plan(&told, end)?;
    Ok(NewDigest { plan, zone: told.zone.map(|(zone, _)| zone), name: told.name.map(|(name, _)| name) })
}

/// `key:value`; `25:00` is a time that is none.
fn condition(text: &str) -> Option<(&str, &str)> {
    text.split_once([':', '=']).filter(|(key, _)| !key.starts_with(|c: char| c.is_ascii_digit()))
}

/// What to say to a word that belongs to no plan.
fn not_of_a_plan(word: &Word, lower: &str) -> GrammarError {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut near = lexicon::near(lower, KINDS.into_iter().chain(days));
    let is_number = lower.starts_with(|c: char| c.is_ascii_digit());
    let message = if lower.parse::<u8>().is_ok_and(|day| (29..=31).contains(&day)) {
        near = vec!["28".to_owned()];
        "not every month has that day: 1 to 28, or a cron line"
    } else if is_number {
        // 8.30 and 8h30 are times elsewhere.
        let meant = time_of_day(&lower.replace(['.', 'h'], ":")).unwrap_or(NINE);
        near = vec![format!("{:02}:{:02}", meant / 60, meant % 60)];
        "a time is written as 09:00, a day of the month as a number from 1 to 28"
    } else {
        "a digest comes daily 09:00, weekdays 09:00, weekly mon 08:30, monthly 1 09:00 or by cron \"…\""
    };
    GrammarError::new(word.span, message).suggesting(near)
}

fn plan(told: &Told<'_>, end: usize) -> Result<Plan, GrammarError> {
    let time = told.time.as_ref().map_or(NINE, |(minutes, _)| *minutes);
    let misplaced = |word: Option<&Word>, what: &str| match word {
        Some(word) => Err(GrammarError::new(word.span, what)),
        None => Ok(()),
    };
    let weekday_word = told.weekday.as_ref().map(|(_, word)| *word);
    let day_word = told.day.as_ref().map(|(_, word)| *word);
    let kind = match (told.kind.as_ref().map(|(kind, _)| *kind), &told.weekday, &told.day) {
        (Some(kind), ..) => kind,
        (None, Some(_), _) => "weekly",
        (None, None, Some(_)) => "monthly",
        (None, None, None) => {
            return Err(GrammarError::new((end, 0), "how often? daily, weekdays, weekly, monthly or cron")
                .suggesting([" daily 09:00", " weekly mon 08:30", " cron \"0 9 * * 1-5\""]));
        }
    };
    if kind != "weekly" {
        misplaced(weekday_word, "only what comes weekly has a day of the week")?;
    }
    if kind != "monthly" {
        misplaced(day_word, "only what comes monthly has a day of the month")?;
    }
    match kind {
        "daily" => Ok(Plan::Daily(time)),
        "weekdays" => Ok(Plan::Weekdays(time)),
        "weekly" => Ok(Plan::Weekly(told.weekday.as_ref().map_or(Weekday::Mon, |(day, _)| *day), time)),
        "monthly" => Ok(Plan::Monthly(told.day.as_ref().map_or(1, |(day, _)| *day), time)),
        _ => {
            misplaced(told.time.as_ref().map(|(_, word)| *word), "the cron line says the time")?;
            let line = told.cron.expect("a cron line stands behind its word");
            let read = Schedule::parse(&line.text, Tz::UTC);
            let schedule = read.map_err(|error| GrammarError::new(line.span, error.to_string()))?;
            Ok(Plan::of(schedule.expression()))
        }
    }
}

/// `mon`, `Monday`, `mondays`.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let word = word.strip_suffix('s').filter(|w| w.len() > 3).unwrap_or(word);
    word.parse().ok()
}

/// `1` to `28`, also `1st`.
fn day_of_month(word: &str) -> Option<u8> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = &word[digits.len()..];
    let day = digits.parse().ok().filter(|day| (1..=28).contains(day))?;
    matches!(ending, "" | "st" | "nd" | "rd" | "th").then_some(day)
}

fn zone(value: &str, span: (usize, usize)) -> Result<Tz, GrammarError> {
    let same = |zone: &&Tz| zone.name().eq_ignore_ascii_case(value);
    chrono_tz::TZ_VARIANTS
        .iter()
        .find(same)
        .copied()
        .ok_or_else(|| GrammarError::new(span, "a time zone is written as Europe/Berlin").suggesting(zones_near(value)))
}

/// Zones whose name, or whose city, is near to what was typed.
fn zones_near(typed: &str) -> Vec<String> {
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let whole = lexicon::near(typed, names());
    if !whole.is_empty() {
        return whole;
    }
    let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let cities = lexicon::near(typed.rsplit('/').next().unwrap_or(typed), names().map(city));
    names().filter(|name| cities.iter().any(|c| c == city(name))).take(3).map(str::to_owned).collect()
}

fn name(value: &str, span: (usize, usize)) -> Result<String, GrammarError> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=NAME).contains(&value.chars().count()) && value.chars().all(is_plain);
    if fits {
        return Ok(value.to_owned());
    }
    Err(GrammarError::new(span, format!("a name has 1 to {NAME} letters, digits, - _ or .")))
}

/// Zones that hold what was typed, those that begin with it first.
pub(super) fn complete_zone(typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let begins = |name: &&str| name.rsplit('/').chain([*name]).any(|part| part.to_lowercase().starts_with(&typed));
    let holds = |name: &&str| name.to_lowercase().contains(&typed);
    names().filter(begins).chain(names().filter(|name| holds(name) && !begins(name))).map(str::to_owned).collect()
}

/// The command in its canonical form.
pub(super) fn unparse(call: &DigestCall) -> String {
    let named = |verb: &str, name: &Option<String>| match name {
        Some(name) => format!("/digest {verb} {}", super::claims::named(name)),
        None => format!("/digest {verb}"),
    };
    match call {
        DigestCall::List => "/digest".to_owned(),
        DigestCall::Add(NewDigest { plan, zone, name }) => {
            let zone = zone.map(|zone| format!(" tz:{}", zone.name())).unwrap_or_default();
            let name = name.as_ref().map(|name| format!(" name:{name}")).unwrap_or_default();
            format!("/digest add {plan}{zone}{name}")
        }
        DigestCall::Remove(name) => named("remove", &Some(name.clone())),
        DigestCall::Preview(name) => named("preview", name),
        // One that is called so.
        DigestCall::Send(Some(name)) if name.eq_ignore_ascii_case("now") => format!("/digest send {name} now"),
        DigestCall::Send(name) => named("send", name),
    }
}

/// `/digest add` with a weekday by its short name.
pub(super) fn weekdays() -> [&'static str; 7] {
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun].map(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_in_any_order_and_written_in_one() {
        let table = [
            ("/digest", "/digest"),
            ("/Digest list", "/digest"),
            ("/digest add daily 09:00", "/digest add daily 09:00"),
            ("/digest add daily", "/digest add daily 09:00"),
            ("/digest add every day 7:05 daily", ""),
            ("/digest add weekdays at 8:15 tz:europe/berlin", "/digest add weekdays 08:15 tz:Europe/Berlin"),
            ("/digest add weekly mon 08:30", "/digest add weekly mon 08:30"),
            ("/digest add every Friday 16:00 name:week-in-review", "/digest add weekly fri 16:00 name:week-in-review"),
            ("/digest add 08:30 mondays", "/digest add weekly mon 08:30"),
            ("/digest add monthly", "/digest add monthly 1 09:00"),
            ("/digest add monthly on 15th 10:00", "/digest add monthly 15 10:00"),
            ("/digest add cron \"0 9 * * 1-5\" tz:UTC", "/digest add weekdays 09:00 tz:UTC"),
            ("/digest add cron \"*/30 9-17 * * *\"", "/digest add cron \"*/30 9-17 * * *\""),
            ("/digest remove daily", "/digest remove daily"),
            ("/digest preview", "/digest preview"),
            ("/digest preview daily", "/digest preview daily"),
            ("/digest send now", "/digest send"),
            ("/digest send daily now", "/digest send daily"),
            ("/digest send \"two words\"", "/digest send \"two words\""),
        ];
        for (text, canonical) in table {
            match parse(text) {
                Ok(call) => {
                    assert_eq!(unparse(&call), canonical, "{text}");
                    assert_eq!(parse(canonical).as_ref(), Ok(&call), "{text}");
                }
                Err(error) => assert_eq!(canonical, "", "{text}: {error}"),
            }
        }
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out() {
        let said: Vec<String> = [
            "/digest ad daily",
            "/digest add",
            "/digest add dayly 09:00",
            "/digest add daily 25:00",
            "/digest add daily 9",
            "/digest add daily mon",
            "/digest add daily 09:00 10:00",
            "/digest add monthly 31 09:00",
            "/digest add daily tz:Berlin",
            "/digest add daily tz:Europe/Berln",
            "/digest add daily zon:UTC",
            "/digest add daily name:a/b",
            "/digest add cron",
            "/digest add cron \"0 9 * *\"",
            "/digest add cron \"0 9 * * 1-5\" 10:00",
            "/digest remove",
            "/digest preview a b",
        ]
        .into_iter()
        .map(|text| {
            let error = parse(text).expect_err(text);
            for suggestion in &error.suggestions {
                let corrected = error.corrected(text, suggestion);
                if let Err(other) = parse(&corrected) {
                    assert!(other.position > error.position, "{text}: {suggestion} leads to {other}");
                }
            }
            format!("{error}\n{}", error.pointer(text))
        })
        .collect();
        insta::assert_snapshot!(said.join("\n\n"));
    }

    #[test]
    fn zones_are_proposed_by_city_and_by_part() {
        assert_eq!(complete_zone("berl"), ["Europe/Berlin"]);
        assert_eq!(complete_zone("europe/ber"), ["Europe/Berlin"]);
        assert!(complete_zone("").len() > 100);
    }
}
