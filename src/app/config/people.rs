//! `[[calendar]]`, `[[team]]` and `[[agent]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::document::{Node, Table, Value};
use super::fault::Fault;
use super::reader::Reader;
use super::schema::DAYS;
use super::values::{self, Read};
use crate::chat::Channel;
use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::definitions::{Agent, Team};

/// Where a team lives in chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRoute {
    /// Its name.
    pub name: String,
    /// Where its alerts go; `/metrics` there answers for this team.
    pub channel: Option<Channel>,
    /// Who leads it: `slack:U123`.
    pub leads: Vec<String>,
}

/// A person's accounts in chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// `slack:U123`, `discord:99`.
    pub chat: Vec<String>,
}

pub(super) fn default_calendar(reader: &mut Reader<'_>) -> Option<String> {
    let node = reader.section("bot")?.get("calendar")?;
    let read = reader.defined(node, "calendar");
    reader.keep(read)
}

pub(super) fn teams(reader: &mut Reader<'_>) -> (Vec<Team>, Vec<TeamRoute>) {
    let mut owners = BTreeMap::new();
    reader.sections("team").into_iter().filter_map(|table| team(reader, table, &mut owners)).unzip()
}

fn team(reader: &mut Reader<'_>, table: &Table, owners: &mut BTreeMap<String, String>) -> Option<(Team, TeamRoute)> {
    let name = reader.name("team", table, "\"billing\"");
    let ids = reader.list(table, "ids", values::id);
    let calendar = table.get("calendar").and_then(|node| {
        let read = reader.defined(node, "calendar");
        reader.keep(read)
    });
    let channel = table.get("channel").and_then(|node| {
        let read = reader.channel(node);
        reader.keep(read)
    });
    let leads = reader.list(table, "leads", values::account);
    let name = name?;
    unique_ids(reader, table, &ids, &name, "team", owners);
    let route = TeamRoute { name: name.clone(), channel, leads };
    Some((Team { name, ids, calendar }, route))
}

pub(super) fn agents(reader: &mut Reader<'_>) -> (Vec<Agent>, Vec<Person>) {
    let mut owners = BTreeMap::new();
    reader.sections("agent").into_iter().filter_map(|table| agent(reader, table, &mut owners)).unzip()
}

fn agent(reader: &mut Reader<'_>, table: &Table, owners: &mut BTreeMap<String, String>) -> Option<(Agent, Person)> {
    let name = reader.name("agent", table, "\"Ana\"");
    let ids = reader.list(table, "ids", values::source_account);
    let chat = reader.list(table, "chat", values::account);
    let name = name?;
    unique_ids(reader, table, &ids, &name, "agent", owners);
    Some((Agent { name: name.clone(), ids }, Person { name, chat }))
}

/// What a source calls a team or a person can mean one of them only.
fn unique_ids(
    reader: &mut Reader<'_>,
    table: &Table,
    ids: &[String],
    name: &str,
    section: &str,
    owners: &mut BTreeMap<String, String>,
) {
    for id in ids {
        if let Some(owner) = owners.insert(id.clone(), name.to_owned())
            && let Some(node) = table.get("ids")
        {
            let twice = Fault::new(&node.place, format!("the id {id:?} belongs to the {section} {owner:?} already"));
            reader.fault(twice.hint("an id may be listed once"));
        }
    }
}

pub(super) fn calendars(reader: &mut Reader<'_>, workspace: Tz) -> BTreeMap<String, Arc<Calendar>> {
    reader.sections("calendar").into_iter().filter_map(|table| calendar(reader, table, workspace)).collect()
}

fn calendar(reader: &mut Reader<'_>, table: &Table, workspace: Tz) -> Option<(String, Arc<Calendar>)> {
    let name = reader.name("calendar", table, "\"office\"");
    if let (Some("team" | "always"), Some(node)) = (name.as_deref(), table.get("name")) {
        let reserved = Fault::new(&node.place, "\"team\" and \"always\" have a meaning of their own in [[sla]]");
        reader.fault(reserved.hint("give the calendar another name"));
    }
    let timezone = reader.optional(table, "timezone", values::zone).unwrap_or(workspace);
    let hours = match table.get("hours") {
        Some(Node { value: Value::Table(hours), .. }) => week(reader, hours),
        Some(other) => {
            reader.fault(values::expected(other, "a table of days", "{ mon = [\"09:00-17:00\"] }"));
            BTreeMap::new()
        }
        None => {
            reader.missing(&table.place, "hours", "{ mon = [\"09:00-17:00\"] }; a day left out is closed");
            BTreeMap::new()
        }
    };
    let holidays = holidays(reader, table);
    let special = special_days(reader, table, &holidays);
    let definition = CalendarDefinition { timezone: timezone.name().to_owned() };
    let _ = (hours, special, definition);
    let _ = name?;
    None
}

fn week(reader: &mut Reader<'_>, hours: &Table) -> BTreeMap<&'static str, Vec<(u32, u32)>> {
    let days = DAYS.into_iter().filter_map(|day| Some((day, hours.get(day)?)));
    let week: BTreeMap<_, _> = days.map(|(day, node)| (day, intervals(reader, node))).collect();
    if week.values().all(Vec::is_empty) {
        let closed = Fault::new(&hours.place, "this calendar is never open");
        reader.fault(closed.hint("give at least one day, such as mon = [\"09:00-17:00\"]"));
    }
    week
}

/// The intervals of a day, in order and apart.
fn intervals(reader: &mut Reader<'_>, node: &Node) -> Vec<(u32, u32)> {
    let items: &[Node] = match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut day: Vec<(u32, u32)> = Vec::new();
    for item in items {
        let Some((from, to)) = reader.keep(values::interval(item)) else { continue };
        if from >= to {
            let crossing = Fault::new(&item.place, "this interval does not end after it begins");
            reader.fault(crossing.hint("hours past midnight belong to the next day: \"22:00-24:00\" and \"00:00-06:00\""));
        } else if let Some((f, t)) = day.iter().find(|(f, t)| from < *t && *f < to) {
            let clash = format!("{} overlaps {}", clock(from, to), clock(*f, *t));
            reader.fault(Fault::new(&item.place, clash).hint("intervals of a day must lie apart"));
        } else {
            day.push((from, to));
        }
    }
    day.sort_unstable();
    day
}

fn clock(from: u32, to: u32) -> String {
    format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
}

fn holidays(reader: &mut Reader<'_>, table: &Table) -> BTreeSet<chrono::NaiveDate> {
    let mut seen = BTreeSet::new();
    let dates = reader.list(table, "holidays", |node| values::date(node).map(|date| (date, node.place.clone())));
    for (date, place) in dates {
        if !seen.insert(date) {
            reader.fault(Fault::new(&place, format!("the holiday {date} is listed twice")));
        }
    }
    seen
}

fn special_days(
    reader: &mut Reader<'_>,
    table: &Table,
    holidays: &BTreeSet<chrono::NaiveDate>,
) -> BTreeMap<chrono::NaiveDate, Vec<(u32, u32)>> {
    let entries = match table.get("special") {
        Some(Node { value: Value::Table(days), .. }) => days.entries.as_slice(),
        Some(other) => {
            reader.fault(values::expected(other, "a table of dates", "{ \"2026-12-24\" = [\"09:00-12:00\"] }"));
            &[]
        }
        None => &[],
    };
    let mut special = BTreeMap::new();
    for entry in entries {
        let date: Read<_> = values::parse_date(&entry.key).ok_or_else(|| {
            Fault::new(&entry.place, format!("{:?} is not a date", entry.key)).hint("write it as \"2026-12-24\"")
        });
        let hours = intervals(reader, &entry.node);
        let Some(date) = reader.keep(date) else { continue };
        if holidays.contains(&date) {
            let both = Fault::new(&entry.place, format!("{date} is a holiday and a special day"));
            reader.fault(both.hint("keep one: a holiday is closed, a special day has hours of its own"));
        }
        special.insert(date, hours);
    }
    special
}
