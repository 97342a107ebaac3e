//! `[[sla]]`, `[[digest]]` and `[quiet]`: what is promised, when to speak, and when to keep quiet.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::document::{Node, Table, Value};
use super::fault::Fault;
use super::reader::Reader;
use super::schema;
use super::values::{self, Read};
use crate::alerts::DEFAULT_STORM_OVER;
use crate::chat::Channel;
use crate::digests::CATCH_UP_MS;
use crate::domain::event::Status;
use crate::domain::handling::DEFAULT_CLAIM_MS;
use crate::domain::ladder::{Ladder, Step};
use crate::domain::quiet::Quiet;
use crate::domain::schedule::Schedule;
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, Target, Warning};

/// Where the alerts of a policy go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaRoute {
    /// The policy's name.
    pub policy: String,
    /// Where to; empty = the channel of the ticket's team, else the terminal.
    pub to: Vec<Channel>,
    /// Who is called when nobody answers, soonest first.
    pub escalate: Vec<Escalation>,
    /// How long a claim holds without a reply to the customer, milliseconds of the policy's clock.
    pub claim_ms: i64,
    /// More alerts than this for one place within a minute are told together.
    pub storm_over: usize,
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// How long after the breach.
    pub after_ms: i64,
    /// Where to.
    pub to: Channel,
    /// Whom to mention.
    pub mention: Option<String>,
    /// At night and on holidays too.
    pub always: bool,
}

/// A `[[digest]]`.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// Its name.
    pub name: String,
    /// When it is due.
    pub schedule: Schedule,
    /// Where to; at least one.
    pub to: Vec<Channel>,
    /// How late a missed one is still made up for.
    pub catch_up_ms: i64,
}

const STATUSES: [(&str, Status); 4] =
    [("new", Status::New), ("open", Status::Open), ("pending", Status::Pending), ("on_hold", Status::OnHold)];

pub(super) fn policies(reader: &mut Reader<'_>) -> (Vec<Policy>, Vec<SlaRoute>) {
    reader.sections("sla").into_iter().filter_map(|table| policy(reader, table)).unzip()
}

/// What follows when a promise of each policy is broken, for those who keep the clock.
pub(super) fn ladders(routes: &[SlaRoute]) -> BTreeMap<String, Ladder> {
    let step = |step: &Escalation| Step { after_ms: step.after_ms, always: step.always };
    let ladder =
        |route: &SlaRoute| Ladder { claim_ms: route.claim_ms, steps: route.escalate.iter().map(step).collect() };
    routes.iter().map(|route| (route.policy.clone(), ladder(route))).collect()
}

fn policy(reader: &mut Reader<'_>, table: &Table) -> Option<(Policy, SlaRoute)> {
    let name = reader.name("sla", table, "\"urgent\"");
    let when = table.get("when").map(|node| matchers(reader, node)).unwrap_or_default();
    let targets = targets(reader, table);
    let calendar = reader.optional_with(table, "calendar", calendar_choice);
    let pause = match table.get("pause") {
        Some(_) => reader.list(table, "pause", |status| values::one_of(status, &STATUSES)),
        None => vec![Status::Pending],
    };
    let warn = reader.list(table, "warn", warning);
    let to = channels(reader, table);
    if table.get("to").is_none() {
        rings_somewhere(reader, table);
    }
    let escalate = table.get("escalate").map(|node| ladder(reader, node)).unwrap_or_default();
    let claim_ms = reader.optional(table, "claim", values::duration).unwrap_or(DEFAULT_CLAIM_MS);
    let storm = reader.optional(table, "storm_over", |node| values::count(node, 1..=10_000));
    let storm_over = storm.and_then(|n| usize::try_from(n).ok()).unwrap_or(DEFAULT_STORM_OVER);
    let name = name?;
    let route = SlaRoute { policy: name.clone(), to, escalate, claim_ms, storm_over };
    let calendar = calendar.unwrap_or(CalendarChoice::Team);
    Some((Policy { name, when, targets, calendar, pause, warn }, route))
}

fn matchers(reader: &mut Reader<'_>, node: &Node) -> Matchers {
    let Value::Table(table) = &node.value else {
        reader.fault(values::expected(node, "a table", "{ priority = [\"urgent\"] }"));
        return Matchers::default();
    };
    Matchers {
        priority: reader.list(table, "priority", values::text),
        team: reader.list_with(table, "team", |r, team| r.defined(team, "team")),
        channel: reader.list(table, "channel", values::text),
        tier: reader.list(table, "tier", values::text),
        tag: reader.list(table, "tag", values::text),
        source: reader.list(table, "source", values::text),
    }
}

/// How long each promise may take; at least one must be made.
fn targets(reader: &mut Reader<'_>, table: &Table) -> BTreeMap<Target, Allowance> {
    if Target::ALL.iter().all(|target| table.get(target.name()).is_none()) {
        let nothing = Fault::new(&table.place, "this [[sla]] promises nothing");
        let names = Target::ALL.map(Target::name).join(", ");
        reader.fault(nothing.hint(format!("add one of {names}, such as first_response = \"1h\"")));
    }
    let given = Target::ALL.into_iter().filter_map(|target| Some((target, table.get(target.name())?)));
    given.filter_map(|(target, node)| Some((target, allowance(reader, node)?))).collect()
}

fn allowance(reader: &mut Reader<'_>, node: &Node) -> Option<Allowance> {
    let Value::Table(priorities) = &node.value else {
        return reader.keep(values::seconds(node)).map(Allowance::All);
    };
    if priorities.entries.is_empty() {
        reader.fault(values::expected(node, "a duration for each priority", "{ urgent = \"15m\", normal = \"4h\" }"));
    }
    let seconds =
        |entry: &super::document::Entry| Some((entry.key.clone(), reader.keep(values::seconds(&entry.node))?));
    Some(Allowance::ByPriority(priorities.entries.iter().filter_map(seconds).collect()))
}

fn calendar_choice(reader: &Reader<'_>, node: &Node) -> Read<CalendarChoice> {
    match values::text(node)?.as_str() {
        "team" => Ok(CalendarChoice::Team),
        "always" => Ok(CalendarChoice::Always),
        _ => reader.defined(node, "calendar").map(CalendarChoice::Named),
    }
}

/// `"80%"` of the target used up, or `"30m"` left.
fn warning(node: &Node) -> Read<Warning> {
    let written = values::text(node)?;
    let Some(percent) = written.strip_suffix('%') else {
        return values::seconds(node).map(Warning::Left);
    };
    match percent.trim().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent < 100.0 => Ok(Warning::Used(percent / 100.0)),
        _ => Err(Fault::new(&node.place, format!("{written:?} is not a share of the target"))
            .hint("write a percentage between 0% and 100%, such as \"80%\", or the time left, such as \"30m\"")),
    }
}

/// Without `to`, alerts go to the team's channel, else to the terminal; without either, nobody would hear them.
fn rings_somewhere(reader: &mut Reader<'_>, table: &Table) {
    let no_team = reader.sections("team").iter().all(|team| team.get("channel").is_none());
    if no_team && reader.console_is_off() && reader.must_be_heard() {
        let silent = Fault::new(&table.place, "the alerts of this [[sla]] have nowhere to go: no team has a channel");
        reader.fault(silent.hint("add to = [\"slack:#support\"], or a channel to a [[team]]"));
    }
}

fn ladder(reader: &mut Reader<'_>, node: &Node) -> Vec<Escalation> {
    if !matches!(node.value, Value::List(_)) {
        reader.fault(values::expected(node, "a list of steps", "[{ after = \"10m\", to = \"slack:#leads\" }]"));
    }
    let mut steps: Vec<Escalation> = schema::tables(node).into_iter().filter_map(|step| rung(reader, step)).collect();
    steps.sort_by_key(|step| step.after_ms);
    steps
}

fn rung(reader: &mut Reader<'_>, table: &Table) -> Option<Escalation> {
    let after_ms = reader.required(table, "after", "\"10m\"", values::duration);
    reader.needs(table, "to", "\"slack:#leads\"");
    let to = reader.optional_with(table, "to", Reader::channel);
    let mention = reader.optional_with(table, "mention", Reader::mention);
    let always = reader.optional(table, "always", values::flag).unwrap_or(false);
    Some(Escalation { after_ms: after_ms?, to: to?, mention, always })
}

/// The channels of `to`; at least one, and each once.
fn channels(reader: &mut Reader<'_>, table: &Table) -> Vec<Channel> {
    let mut channels = Vec::new();
    for (channel, place) in reader.list_with(table, "to", |r, item| Ok((r.channel(item)?, item.place.clone()))) {
        if channels.contains(&channel) {
            reader.fault(Fault::new(&place, format!("{:?} is listed twice", channel.to_string())));
        } else {
            channels.push(channel);
        }
    }
    if let Some(Node { place, value: Value::List(items) }) = table.get("to")
        && items.is_empty()
    {
        reader.fault(Fault::new(place, "this list names no channel").hint("write [\"slack:#support\"]"));
    }
    channels
}

pub(super) fn digests(reader: &mut Reader<'_>, workspace: Tz) -> Vec<DigestConfig> {
    reader.sections("digest").into_iter().filter_map(|table| digest(reader, table, workspace)).collect()
}

fn digest(reader: &mut Reader<'_>, table: &Table, workspace: Tz) -> Option<DigestConfig> {
    let name = reader.name("digest", table, "\"daily\"");
    let timezone = reader.optional(table, "timezone", values::zone).unwrap_or(workspace);
    let schedule = reader.required(table, "cron", "\"0 9 * * Mon-Fri\"", |node| schedule(node, timezone));
    reader.needs(table, "to", "[\"slack:#support\"]");
    let to = channels(reader, table);
    let catch_up_ms = reader.optional(table, "catch_up", values::duration).unwrap_or(CATCH_UP_MS);
    Some(DigestConfig { name: name?, schedule: schedule?, to, catch_up_ms })
}

fn schedule(node: &Node, zone: Tz) -> Read<Schedule> {
    Schedule::parse(&values::text(node)?, zone).map_err(|error| Fault::said(&node.place, error))
}

pub(super) fn quiet(reader: &mut Reader<'_>, workspace: Tz) -> Option<Quiet> {
    let table = reader.section("quiet")?;
    reader.needs(table, "hours", "[\"22:00-07:00\"]");
    let hours = reader.list(table, "hours", values::interval);
    let timezone = reader.optional(table, "timezone", values::zone).unwrap_or(workspace);
    let priorities = reader.list(table, "priorities", values::text);
    let channels = reader.list_with(table, "channels", |r, item| r.channel(item));
    let channels = channels.iter().map(Channel::to_string).collect();
    let quiet = Quiet { hours, timezone, priorities, channels };
    if !quiet.hours.is_empty() && !quiet.ends() {
        let never =
            Fault::new(&table.place, "quiet hours that never end: what waits for their end would never be told");
        reader.fault(never.hint("leave some of the day, such as hours = [\"20:00-07:00\"]"));
    }
    Some(quiet)
}
