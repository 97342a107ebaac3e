//! The commands as typed options, for platforms that register them (Discord) or show usage hints (Slack), and the
//! way back from options to the one command text.
//!
//! Nothing here is of a platform; the limits kept are the narrowest of them: names of 32 lower-case characters,
//! descriptions of 100, 25 options, choices or completions.

use super::conditions::example;
use super::digests;
use super::help::Topic;
use super::lexicon::{CLOCKS, Key, NAMES, PERIOD_UNITS, ROLLING_UNITS, STATS, VERSUS, VIEWS};
use super::unparse::quoted;
use super::vocabulary::Vocabulary;
use crate::domain::names::{Dimension, GroupBy, folded};
use crate::domain::query::NONE;

/// The most completions or choices a platform shows.
pub const MOST_CHOICES: usize = 25;

/// The longest completion a platform shows.
const LONGEST_CHOICE: usize = 100;

/// A command as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// One word, or a command and its sub-command: `metrics`, `bell help`.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What may follow it, for platforms that take text.
    pub usage: &'static str,
    /// What may follow it, one by one.
    pub options: Vec<OptionSpec>,
}

/// An option; none is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// One word, or words joined by a hyphen.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it takes.
    pub kind: OptionKind,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text; ask [`complete`] while it is typed.
    Autocomplete,
    /// Any text.
    Text,
    /// One of these.
    Choices(Vec<&'static str>),
    /// Yes or no.
    Flag,
}

/// Every command that works.
pub fn commands() -> Vec<CommandSpec> {
    let option = |name, description, kind| OptionSpec { name, description, kind };
    let like = "Only these, such as team:billing priority:high,urgent -tag:spam";
    let filter = || option("filter", like, OptionKind::Autocomplete);
    let digest = || option("digest", "Its name", OptionKind::Autocomplete);
    let ticket = || option("ticket", "Its id, or source/id", OptionKind::Autocomplete);
    vec![
        CommandSpec {
            name: "metrics",
            description: "The numbers of the support desk: the overview, or one metric in detail",
            usage: "[explain|list|export] [METRIC…] [PERIOD] [by DIMENSION] [key:value …] [vs …] [share]",
            options: vec![
                option("metric", "What to count, such as frt, csat or workload", OptionKind::Autocomplete),
                option(
                    "period",
                    "When, such as today, last week, 30d or 2026-10-01..2026-10-31",
                    OptionKind::Autocomplete,
                ),
                option("by", "Broken down by", OptionKind::Choices(GroupBy::ALL.map(GroupBy::name).to_vec())),
                filter(),
                option("compare", "What to compare with", OptionKind::Choices(canonical(&VERSUS))),
                option(
                    "show",
                    "How the number came about, the tickets behind it, or its rows as a file",
                    OptionKind::Choices(canonical(&VIEWS)),
                ),
                option("clock", "Which hours count", OptionKind::Choices(canonical(&CLOCKS))),
                option("stat", "Which statistic comes first", OptionKind::Choices(canonical(&STATS))),
                option("variant", "Another way of counting, where a metric has one", OptionKind::Autocomplete),
                option("as-of", "As it was known at the end of a day, such as 2026-11-22", OptionKind::Text),
                option("share", "Show the answer to everybody here", OptionKind::Flag),
            ],
        },
        CommandSpec {
            name: "sla risk",
            description: "The promises at risk: the soonest deadline first, time left, who holds them",
            usage: "[key:value …] [share]",
            options: vec![filter(), option("share", "Show the answer to everybody here", OptionKind::Flag)],
        },
        CommandSpec {
            name: "sla why",
            description: "How the deadlines of a ticket came about",
            usage: "TICKET [as-of:DATE]",
            options: vec![ticket(), option("as-of", "As it was known then, such as 2026-11-22", OptionKind::Text)],
        },
        CommandSpec {
            name: "sla simulate",
            description: "What would have become of the promises under other policies",
            usage: "first_response=2h [calendar=…] [pause=…] [policy=…] [PERIOD] [key:value …]",
            options: vec![
                option(
                    "change",
                    "What is promised instead, such as first_response=2h calendar=always",
                    OptionKind::Text,
                ),
                option("period", "Of the promises asked for when, such as last 90 days", OptionKind::Autocomplete),
                filter(),
                option("share", "Show the answer to everybody here", OptionKind::Flag),
            ],
        },
        CommandSpec {
            name: "sla claim",
            description: "Deal with a ticket: its alerts wait for you",
            usage: "TICKET",
            options: vec![ticket()],
        },
        CommandSpec {
            name: "sla snooze",
            description: "Keep the alerts of a ticket quiet for a while",
            usage: "TICKET [30m | until 14:00 | tomorrow 9:00 | opening]",
            options: vec![
                ticket(),
                option("time", "How long: 30m, 14:00, tomorrow 9:00, or opening", OptionKind::Text),
            ],
        },
        CommandSpec {
            name: "sla release",
            description: "Give a ticket back: its alerts are everybody's again",
            usage: "TICKET",
            options: vec![ticket()],
        },
        CommandSpec {
            name: "digest list",
            description: "What is posted in this channel again and again, and when next",
            usage: "",
            options: Vec::new(),
        },
        CommandSpec {
            name: "digest add",
            description: "Post the numbers here again and again",
            usage: "daily 09:00 | weekly mon 08:30 | monthly 1 | cron \"0 9 * * 1-5\" [tz:…] [name:…]",
            options: vec![
                option("often", "How often", OptionKind::Choices(vec!["daily", "weekdays", "weekly", "monthly"])),
                option("at", "When, such as 09:00", OptionKind::Text),
                option("weekday", "Of what comes weekly", OptionKind::Choices(digests::weekdays().to_vec())),
                option("day", "Of what comes monthly: 1 to 28", OptionKind::Text),
                option("cron", "Instead of all these: minute hour day month weekday", OptionKind::Text),
                option("tz", "Time zone, such as Europe/Berlin", OptionKind::Autocomplete),
                option("name", "What to call it", OptionKind::Text),
            ],
        },
        CommandSpec {
            name: "digest remove",
            description: "No longer post this digest here",
            usage: "NAME",
            options: vec![digest()],
        },
        CommandSpec {
            name: "digest preview",
            description: "What a digest would say now, to you alone",
            usage: "[NAME]",
            options: vec![digest()],
        },
        CommandSpec {
            name: "digest send",
            description: "Post a digest here now",
            usage: "[NAME]",
            options: vec![digest()],
        },
        CommandSpec {
            name: "bell help",
            description: "Every word of the commands, with examples",
            usage: "[TOPIC]",
            options: vec![option(
                "topic",
                "What to explain",
                OptionKind::Choices(Topic::ALL.map(Topic::name).to_vec()),
            )],
        },
    ]
}

/// The first word of each meaning.
fn canonical<T: PartialEq>(words: &[(&'static str, T)]) -> Vec<&'static str> {
    let is_first = |i: usize| words[..i].iter().all(|(_, meaning)| *meaning != words[i].1);
    (0..words.len()).filter(|i| is_first(*i)).map(|i| words[i].0).collect()
}

/// The command text that options stand for: `/metrics frt last week by team`. Values are taken as typed, so that
/// what is wrong with them is said by the parser.
pub fn assemble(command: &str, options: &[(&str, &str)]) -> String {
    let mut text = format!("/{command}");
    for (name, value) in options {
        let value = value.trim();
        let part = match *name {
            "share" if value == "true" => "share".to_owned(),
            "share" => continue,
            _ if value.is_empty() => continue,
            "by" => format!("by {value}"),
            "cron" => format!("cron {}", quoted(value)),
            "tz" | "name" => format!("{name}:{value}"),
            "compare" => format!("vs {value}"),
            "clock" | "stat" | "variant" | "as-of" => format!("{name}:{value}"),
            _ => value.to_owned(),
        };
        text.push(' ');
        text.push_str(&part);
    }
    text
}

/// What an option may become, given what was typed so far; at most [`MOST_CHOICES`], each the whole value. Of the values
/// of filters, those that `may_see` this person.
pub fn complete(
    command: &str,
    option: &str,
    typed: &str,
    vocabulary: &Vocabulary,
    may_see: &dyn Fn(Dimension, &str) -> bool,
) -> Vec<String> {
    let mut found = match (command, option) {
        ("metrics", "metric") => metrics(typed),
        ("metrics" | "sla simulate", "period") => periods(typed),
        ("metrics" | "sla risk" | "sla simulate", "filter") => filters(typed, vocabulary, may_see),
        ("metrics", "variant") => variants(typed, vocabulary),
        ("digest add", "tz") => digests::complete_zone(typed),
        _ => Vec::new(),
    };
    found.retain(|choice| choice.chars().count() <= LONGEST_CHOICE);
    found.truncate(MOST_CHOICES);
    found
}

/// Variants that begin with what was typed.
fn variants(typed: &str, vocabulary: &Vocabulary) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<String> = vocabulary.variants().map(example).filter(|way| way.starts_with(&typed)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Metrics and groups that have a name beginning with the last words typed; the metrics before them stay.
fn metrics(typed: &str) -> Vec<String> {
    let (kept, last) = match typed.rsplit_once(',') {
        Some((kept, last)) => (format!("{}, ", kept.trim()), last),
        None => (String::new(), typed),
    };
    let begun = folded(last);
    let mut targets = Vec::new();
    // Names that begin with it, before names with a later word that does.
    for whole in [true, false] {
        for name in NAMES.iter() {
            let fits = name.folded.starts_with(&begun)
                || !whole && name.folded.split(' ').any(|word| word.starts_with(&begun));
            if fits && !targets.contains(&name.target) {
                targets.push(name.target);
            }
        }
    }
    targets.into_iter().map(|target| format!("{kept}{}", target.name())).collect()
}

/// Periods that begin with what was typed; a number is offered with each unit.
fn periods(typed: &str) -> Vec<String> {
    let typed = typed.trim_start().to_lowercase();
    let mut ways: Vec<String> = ["today", "yesterday"].map(str::to_owned).to_vec();
    for before in ["this", "last"] {
        ways.extend(PERIOD_UNITS.iter().map(|(unit, _)| format!("{before} {unit}")));
    }
    let number: String = typed.trim_start_matches("last ").chars().take_while(char::is_ascii_digit).collect();
    if number.is_empty() {
        ways.extend(
            ["last 24 hours", "last 7 days", "last 30 days", "last 4 weeks", "last 12 months"].map(str::to_owned),
        );
        ways.push("all".to_owned());
    } else {
        let is_long = typed.starts_with("last ");
        ways.extend(ROLLING_UNITS.iter().map(|(long, short, _)| {
            if is_long { format!("last {number} {long}") } else { format!("{number}{short}") }
        }));
    }
    ways.retain(|way| way.starts_with(&typed));
    ways
}

/// The last condition typed, with its key or its last value completed; the conditions before it stay.
fn filters(typed: &str, vocabulary: &Vocabulary, may_see: &dyn Fn(Dimension, &str) -> bool) -> Vec<String> {
    let start = last_condition(typed);
    let (kept, last) = typed.split_at(start);
    let Some((key, values)) = last.split_once([':', '=']) else {
        let sign = if last.starts_with('-') { "-" } else { "" };
        let begun = last.trim_start_matches('-').to_lowercase();
        let keys = Key::ALL.into_iter().filter(|key| matches!(key, Key::Filter(_))).map(Key::name);
        return keys.filter(|key| key.starts_with(&begun)).map(|key| format!("{kept}{sign}{key}:")).collect();
    };
    let Some(Key::Filter(dimension)) = Key::named(key.trim_matches(['-', '!'])) else { return Vec::new() };
    let begun_at = values.rfind(',').map_or(0, |comma| comma + 1);
    let begun = folded(&values[begun_at..]);
    let before = &typed[..start + key.len() + 1 + begun_at];
    // Everything has a priority and a source.
    let may_miss = !matches!(dimension, Dimension::Priority | Dimension::Source);
    let fits = |value: &&str| folded(value).starts_with(&begun) && may_see(dimension, value);
    let known = vocabulary.shown(dimension).filter(fits).map(quoted);
    let none = (may_miss && NONE.starts_with(&begun)).then(|| NONE.to_owned());
    known.take(MOST_CHOICES - 1).chain(none).map(|value| format!("{before}{value}")).collect()
}

/// Where the condition begins that is being typed: after the last space outside quotation marks.
fn last_condition(typed: &str) -> usize {
    let mut in_quotes = false;
    let mut start = 0;
    for (i, c) in typed.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            c if c.is_whitespace() && !in_quotes => start = i + c.len_utf8(),
            _ => {}
        }
    }
    start
}
