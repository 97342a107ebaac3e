//! `[[calendar]]`, `[[team]]` and `[[agent]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::document::{Node, Table, Value};
use super::fault::Fault;
use super::reader::Reader;
use super::schema::DAYS;
use super::values;
use crate::chat::Channel;
use crate::domain::calendar::{Calendar, CalendarDefinition, Hours, Weekday};
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
    let table = reader.section("bot")?;
    reader.optional_with(table, "calendar", |r, node| r.defined(node, "calendar"))
}

pub(super) fn teams(reader: &mut Reader<'_>) -> (Vec<Team>, Vec<TeamRoute>) {
    let mut owners = BTreeMap::new();
    reader.sections("team").into_iter().filter_map(|table| team(reader, table, &mut owners)).unzip()
}

fn team(reader: &mut Reader<'_>, table: &Table, owners: &mut BTreeMap<String, String>) -> Option<(Team, TeamRoute)> {
    let name = reader.name("team", table, "\"billing\"");
    let ids = reader.list(table, "ids", values::id);
    let calendar = reader.optional_with(table, "calendar", |r, node| r.defined(node, "calendar"));
    let channel = reader.optional_with(table, "channel", Reader::channel);
    let leads = reader.list_with(table, "leads", Reader::account);
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
    let team = reader.optional_with(table, "team", |r, node| r.defined(node, "team"));
    let chat = reader.list_with(table, "chat", Reader::account);
    let name = name?;
    unique_ids(reader, table, &ids, &name, "agent", owners);
    Some((Agent { name: name.clone(), ids, team }, Person { name, chat }))
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
    reader.needs(table, "hours", "{ mon = [\"09:00-17:00\"] }; a day left out is closed");
    let hours = match table.get("hours") {
        Some(Node { value: Value::Table(hours), .. }) => week(reader, hours),
        Some(other) => {
            reader.fault(values::expected(other, "a table of days", "{ mon = [\"09:00-17:00\"] }"));
            BTreeMap::new()
        }
        None => BTreeMap::new(),
    };
    let holidays = holidays(reader, table);
    let special = special_days(reader, table);
    let definition = CalendarDefinition { timezone: timezone.name().to_owned(), hours, holidays, special };
    let calendar = Calendar::new(definition).map_err(|error| Fault::said(&table.place, error));
    Some((name?, Arc::new(reader.keep(calendar)?)))
}

fn week(reader: &mut Reader<'_>, hours: &Table) -> BTreeMap<Weekday, Vec<Hours>> {
    let days = DAYS.into_iter().filter_map(|(word, day)| Some((day.into(), hours.get(word)?)));
    let week: BTreeMap<_, _> = days.map(|(day, node)| (day, intervals(reader, node))).collect();
    if hours.entries.is_empty() {
        let closed = Fault::new(&hours.place, "this calendar is never open");
        reader.fault(closed.hint("give at least one day, such as mon = [\"09:00-17:00\"]"));
    }
    week
}

/// The intervals of a day, which must lie apart; a single one may stand without brackets.
fn intervals(reader: &mut Reader<'_>, node: &Node) -> Vec<Hours> {
    let items: &[Node] = match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut day: Vec<((u16, u16), Hours)> = Vec::new();
    for item in items {
        let Some((from, to)) = reader.keep(values::interval(item)) else { continue };
        let Some(hours) = Hours::new(from, to) else {
            let crossing = Fault::new(&item.place, "this interval does not end after it begins");
            let split = "hours past midnight belong to the next day: \"22:00-24:00\" here and \"00:00-06:00\" there";
            reader.fault(crossing.hint(split));
            continue;
        };
        match day.iter().find(|((f, t), _)| from < *t && *f < to) {
            Some((_, other)) => {
                let clash = Fault::new(&item.place, format!("{hours} overlaps {other}"));
                reader.fault(clash.hint("intervals of a day must lie apart"));
            }
            None => day.push(((from, to), hours)),
        }
    }
    day.into_iter().map(|(_, hours)| hours).collect()
}

fn holidays(reader: &mut Reader<'_>, table: &Table) -> BTreeSet<NaiveDate> {
    let mut seen = BTreeSet::new();
    for (date, place) in reader.list(table, "holidays", |node| Ok((values::date(node)?, node.place.clone()))) {
        if !seen.insert(date) {
            reader.fault(Fault::new(&place, format!("the holiday {date} is listed twice")));
        }
    }
    seen
}

/// Days with hours of their own; an empty list is a closed day.
fn special_days(reader: &mut Reader<'_>, table: &Table) -> BTreeMap<NaiveDate, Vec<Hours>> {
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
        let hours = intervals(reader, &entry.node);
        match values::parse_date(&entry.key) {
            Some(date) => {
                special.insert(date, hours);
            }
            None => {
                let fault = Fault::new(&entry.place, format!("{:?} is not a date", entry.key));
                reader.fault(fault.hint("write it as \"2026-12-24\""));
            }
        }
    }
    special
}
