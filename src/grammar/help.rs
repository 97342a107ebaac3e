//! `/bell help [TOPIC]`: every word of the grammar with an example. Only what works is described; every example is
//! read by the parser in a test.

use super::lexicon::{self, Key};
use crate::domain::message::{Action, ActionKind, Block, Column, Message, Table, Text};
use crate::domain::names::{Family, GroupBy, MetricId};

/// What help can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Topic {
    Metrics,
    Periods,
    Filters,
    By,
    Compare,
    Clock,
    Explain,
    Alerts,
    Digests,
    /// The metrics of a family, with all their names.
    Family(Family),
}

impl Topic {
    /// All topics, in the order of the grammar.
    pub const ALL: [Self; 15] = [
        Self::Metrics,
        Self::Periods,
        Self::Filters,
        Self::By,
        Self::Compare,
        Self::Clock,
        Self::Explain,
        Self::Alerts,
        Self::Digests,
        Self::Family(Family::Experience),
        Self::Family(Family::Satisfaction),
        Self::Family(Family::Workload),
        Self::Family(Family::Cost),
        Self::Family(Family::Sla),
        Self::Family(Family::Overview),
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Periods => "periods",
            Self::Filters => "filters",
            Self::By => "by",
            Self::Compare => "compare",
            Self::Clock => "clock",
            Self::Explain => "explain",
            Self::Alerts => "alerts",
            Self::Digests => "digests",
            Self::Family(family) => family_name(family),
        }
    }

    /// The topic meant by a word: its name, or what the topic is about.
    pub(super) fn named(word: &str) -> Option<Self> {
        match word {
            "metric" => Some(Self::Metrics),
            "period" => Some(Self::Periods),
            "filter" => Some(Self::Filters),
            "vs" => Some(Self::Compare),
            "stat" | "variant" | "share" => Some(Self::Clock),
            "list" | "export" => Some(Self::Explain),
            "claim" | "snooze" | "release" => Some(Self::Alerts),
            "digest" => Some(Self::Digests),
            _ => Self::ALL.into_iter().find(|topic| topic.name() == word),
        }
    }
}

/// Words on the left, what they do, and a command that uses them.
type Row = (&'static str, &'static str, &'static str);

const USAGE: &str = "/metrics [explain|list|export] [METRIC…] [PERIOD] [by DIMENSION] [key:value …] [vs previous|last-year|average|none] [share]";

const OVERVIEW: [Row; 16] = [
    ("/metrics", "the overview of the last 7 days", "/metrics"),
    ("METRIC…", "one or several numbers, or a group", "/metrics frt csat"),
    ("PERIOD", "when: today, last week, 30d, a date, A..B", "/metrics csat last 30 days"),
    ("by …", "broken down", "/metrics frt by team"),
    ("key:value", "only these; with a minus, all but these", "/metrics backlog channel:email -tag:spam"),
    ("vs …", "what to compare with", "/metrics frt last month vs last-year"),
    ("clock: stat: as-of:", "how it is measured", "/metrics frt clock:calendar stat:p90"),
    ("explain", "how a number came about", "/metrics explain frt last week"),
    ("list", "the tickets behind a number, worst first", "/metrics list frt last week"),
    ("export", "the rows behind a number, as a CSV file", "/metrics export frt last week"),
    ("share", "show the answer to everybody here", "/metrics sla today share"),
    ("/sla", "the promises at risk, the soonest deadline first", "/sla team:billing"),
    ("/sla why", "how the deadlines of a ticket came about", "/sla why 4521"),
    ("/sla simulate", "what would be kept under other policies", "/sla simulate first_response=2h last 90 days"),
    ("/sla claim|snooze|release", "deal with the alerts of a ticket", "/sla claim 4521"),
    ("/digest", "what is posted here again and again; add, remove, preview, send", "/digest add daily 09:00"),
];

const PERIODS: [Row; 10] = [
    ("today", "since midnight", "/metrics volume today"),
    ("yesterday", "the whole day before", "/metrics volume yesterday"),
    ("this week|month|quarter|year", "from its beginning until now", "/metrics csat this quarter"),
    ("last week|month|quarter|year", "the whole one before this", "/metrics csat last month"),
    (
        "last N hours|days|weeks|months",
        "counted back, the running one included; past says the same",
        "/metrics frt last 30 days",
    ),
    ("24h 7d 4w 3m", "the same, short; m is months", "/metrics frt 4w"),
    ("a date", "that day", "/metrics volume 2026-10-01"),
    ("A..B", "from a date to a date, both included", "/metrics frt 2026-10-01..2026-10-31"),
    ("since A", "from a date until now", "/metrics solved since 2026-10-01"),
    ("all", "everything on record", "/metrics volume all"),
];

const FILTERS: [Row; 7] = [
    ("team:billing", "only this value; = may stand for :", "/metrics frt team:billing"),
    ("priority:high,urgent", "any of several", "/metrics sla priority:high,urgent"),
    ("-tag:spam", "all but this", "/metrics volume -tag:spam"),
    ("tag!=spam", "the same", "/metrics volume tag!=spam"),
    ("team:none", "what has no value", "/metrics backlog team:none"),
    ("\"two words\"", "quotation marks hold a value together", "/metrics csat team:\"tier 2\""),
    ("several keys", "all of them must fit", "/metrics csat team:billing channel:email"),
];

const BY: [Row; 2] = [
    ("by team", "one line for each value", "/metrics frt last month by team"),
    ("by weekday", "one line for each part of time", "/metrics volume last 4 weeks by weekday"),
];

const COMPARE: [Row; 7] = [
    (
        "vs previous",
        "the period before, as far into it; the default; also vs prev",
        "/metrics frt this week vs previous",
    ),
    ("vs last-week", "the same days a week earlier; also vs wow", "/metrics volume today vs last-week"),
    ("vs last-month", "the same days a month earlier; also vs mom", "/metrics volume 7d vs last-month"),
    ("vs last-year", "the same period a year earlier; also vs yoy", "/metrics frt last month vs last-year"),
    ("vs average", "the mean of the four periods before; also vs avg4", "/metrics volume last week vs average"),
    ("vs none", "no comparison", "/metrics csat last week vs none"),
    ("as-of:", "as it was known at the end of a day", "/metrics backlog as-of:2026-10-31"),
];

const CLOCK: [Row; 6] = [
    ("clock:business", "only open hours count", "/metrics frt clock:business"),
    ("clock:calendar", "every hour counts", "/metrics frt clock:calendar"),
    ("stat:median|mean|p90", "which statistic comes first", "/metrics resolution stat:p90"),
    ("variant:", "another way of counting, where a metric has one", "/metrics resolution_rate variant:to_date"),
    ("as-of:", "a date, or a moment such as 2026-11-22T09:00:00Z", "/metrics backlog as-of:2026-11-22"),
    ("share", "everybody in the channel sees the answer", "/metrics sla today share"),
];

const EXPLAIN: [Row; 4] = [
    (
        "explain METRIC",
        "what it means, the formula with this answer's figures, the switches in force, what was left out, sources",
        "/metrics explain fcr last month",
    ),
    ("list METRIC", "the tickets behind it, worst first", "/metrics list frt 7d team:billing"),
    (
        "export METRIC",
        "the rows it was counted from, as a CSV file; without a metric a row for each ticket",
        "/metrics export frt last week",
    ),
    ("METRIC explain", "the same; all these words may stand anywhere", "/metrics csat last week explain"),
];

const ALERTS: [Row; 13] = [
    ("/sla", "the promises at risk: time left, who holds them; filters as after /metrics", "/sla priority:urgent"),
    ("/sla why TICKET", "what counted, what was paused, which policy and hours applied", "/sla why 4521"),
    ("… as-of:", "as it was known then", "/sla why 4521 as-of:2026-11-22"),
    (
        "/sla claim TICKET",
        "I deal with it: nobody else is called until the claim ends; a reply keeps it",
        "/sla claim 4521",
    ),
    ("/sla snooze TICKET", "no further warnings and nobody is called for 30 minutes", "/sla snooze 4521"),
    ("… 30m", "or for another while", "/sla snooze 4521 2h"),
    ("… until 14:00", "or until a time; tomorrow 9:00, mon 9:00", "/sla snooze 4521 until tomorrow 9:00"),
    ("… opening", "or until the business hours begin again", "/sla snooze 4521 opening"),
    (
        "/sla release TICKET",
        "ends a claim or a snooze, whoever made it; source/id says which ticket of several",
        "/sla release helpdesk/4521",
    ),
    (
        "/sla simulate TARGET=…",
        "what would have been kept and missed; first_response, next_response, update, resolution",
        "/sla simulate first_response=2h resolution=1d last 90 days",
    ),
    (
        "… urgent:30m,high:1h",
        "for some priorities; none promises nothing",
        "/sla simulate first_response=urgent:30m,high:1h update=none",
    ),
    (
        "… calendar= pause=",
        "other hours; other statuses that stop the clock",
        "/sla simulate calendar=always pause=none",
    ),
    (
        "… policy=",
        "of one policy only; filters as after /metrics",
        "/sla simulate resolution=8h policy=gold team:billing",
    ),
];

const DIGESTS: [Row; 10] = [
    ("/digest", "what is posted in this channel, and when next", "/digest"),
    ("add daily 09:00", "every day at that time", "/digest add daily 09:00"),
    ("add weekdays", "Monday to Friday; without a time at 09:00", "/digest add weekdays 08:30"),
    ("add weekly mon", "on a day of the week", "/digest add weekly mon 08:30"),
    ("add monthly 1", "on a day of the month, 1 to 28", "/digest add monthly 1 10:00"),
    ("add cron \"…\"", "minute, hour, day, month, weekday", "/digest add cron \"0 9 * * 1-5\" tz:Europe/Berlin"),
    (
        "… tz: name:",
        "another time zone than the workspace's; what to call it",
        "/digest add daily 09:00 tz:UTC name:standup",
    ),
    ("remove NAME", "no longer; those of bot.toml are removed there", "/digest remove standup"),
    ("preview [NAME]", "what it would say now, to you alone", "/digest preview"),
    ("send [NAME]", "the same at once, to the channel", "/digest send now"),
];

/// The help on a topic, or on everything in short.
pub fn help(topic: Option<Topic>) -> Message {
    let (title, blocks) = match topic {
        None => ("How to ask", vec![Block::Code(USAGE.to_owned()), table(&OVERVIEW)]),
        Some(Topic::Metrics) => ("What can be measured", metrics()),
        Some(Topic::Periods) => ("Periods", vec![text("Without one, the last 7 days are meant."), table(&PERIODS)]),
        Some(Topic::Filters) => ("Filters", vec![text(format!("Keys: {}.", filter_keys())), table(&FILTERS)]),
        Some(Topic::By) => ("Breakdowns", vec![text(format!("After by: {}.", dimensions())), table(&BY)]),
        Some(Topic::Compare) => ("Comparisons", vec![table(&COMPARE)]),
        Some(Topic::Clock) => ("Clock, statistic, moment", vec![table(&CLOCK)]),
        Some(Topic::Explain) => ("What stands behind a number", vec![table(&EXPLAIN)]),
        Some(Topic::Alerts) => ("Alerts", vec![table(&ALERTS)]),
        Some(Topic::Digests) => ("Digests", vec![table(&DIGESTS)]),
        Some(Topic::Family(family)) => ("Metrics and what to call them", vec![members(family)]),
    };
    let others = Topic::ALL.into_iter().filter(|other| topic.is_none_or(|topic| topic != *other));
    Message {
        title: title.to_owned(),
        blocks,
        // As many as fit into one row of buttons everywhere.
        actions: others.take(5).map(button).collect(),
        footer: vec![text_of(format!("Topics: /bell help {}", Topic::ALL.map(Topic::name).join(" · ")))],
        ..Message::default()
    }
}

fn button(topic: Topic) -> Action {
    let command = super::unparse(&super::Call::Help(Some(topic)));
    Action { label: format!("Help: {}", topic.name()), does: ActionKind::Refine(command) }
}

fn text_of(words: impl Into<String>) -> Text {
    Text::plain(words)
}

fn text(words: impl Into<String>) -> Block {
    Block::Text(text_of(words))
}

fn table(rows: &[Row]) -> Block {
    let rows = rows.iter().map(|(words, does, example)| [*words, *does, *example].map(Text::plain).to_vec());
    columns(["Words", "Meaning", "Example"], rows.collect())
}

fn columns<const N: usize>(heads: [&str; N], rows: Vec<Vec<Text>>) -> Block {
    let columns = heads.map(|head| Column { head: head.to_owned(), right: false }).to_vec();
    Block::Table(Table { columns, rows, more: 0 })
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Experience => "experience",
        Family::Satisfaction => "satisfaction",
        Family::Workload => "workload",
        Family::Cost => "cost",
        Family::Sla => "sla",
        Family::Overview => "overview",
    }
}

fn of_family(family: Family) -> impl Iterator<Item = MetricId> {
    MetricId::ALL.iter().copied().filter(move |metric| metric.family() == family)
}

/// Every metric by its id, family by family.
fn metrics() -> Vec<Block> {
    let families = Topic::ALL.into_iter().filter_map(|topic| match topic {
        Topic::Family(family) => Some(family),
        _ => None,
    });
    let rows = families.map(|family| {
        let members: Vec<&str> = of_family(family).map(MetricId::id).collect();
        let help = format!("/bell help {}", family_name(family));
        [family_name(family), members.join(", ").as_str(), help.as_str()].map(Text::plain).to_vec()
    });
    let groups: Vec<&str> = lexicon::groups().map(|(name, _)| name).collect();
    vec![
        text("Ask by id, by any of its names, or by the beginning of one: /metrics frt, /metrics first reply."),
        columns(["Family", "Metrics", "Their names"], rows.collect()),
        text(format!("These stand for all their metrics: {}; as in /metrics workload last week.", groups.join(", "))),
    ]
}

/// The metrics of a family with the names people use for them.
fn members(family: Family) -> Block {
    let rows = of_family(family).map(|metric| {
        // Some names differ from the id only in how they are written.
        let id = metric.id().replace('_', " ");
        // What begins with "by" is read as a breakdown before it is a name.
        let is_name = |alias: &&str| *alias != id && !alias.starts_with("by ");
        let names: Vec<&str> = metric.aliases().iter().copied().filter(is_name).take(4).collect();
        [metric.name(), metric.id(), names.join(", ").as_str()].map(Text::plain).to_vec()
    });
    columns(["Metric", "Id", "Also"], rows.collect())
}

fn filter_keys() -> String {
    let keys = Key::ALL.into_iter().filter(|key| matches!(key, Key::Filter(_)));
    keys.map(Key::name).collect::<Vec<_>>().join(", ")
}

fn dimensions() -> String {
    GroupBy::ALL.map(GroupBy::name).join(", ")
}
