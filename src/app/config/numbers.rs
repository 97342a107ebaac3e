//! `[metrics]` and `[targets]`: what the numbers mean here, and what they are aimed at.

use std::collections::BTreeMap;

use super::document::{Node, Table, Value};
use super::fault::{Fault, Place};
use super::reader::Reader;
use super::values::{self, Read};
use crate::domain::definitions::Switches;
use crate::domain::names::{Better, MetricId, Unit, folded, nearest};
use crate::metrics::Targets;

/// The names that may stand in `[metrics]`.
pub(super) fn switch_names() -> impl Iterator<Item = &'static str> {
    Switches::KEYS.iter().copied()
}

pub(super) fn switches(reader: &mut Reader<'_>) -> Switches {
    let mut given = serde_json::Map::new();
    for (key, (place, node)) in reader.section("metrics").map(dotted).unwrap_or_default() {
        match switch(&key, place, node) {
            Ok(value) => {
                given.insert(key, value);
            }
            Err(fault) => reader.fault(fault),
        }
    }
    // Each was read alone already, so together they can be read too.
    serde_json::from_value(given.into()).unwrap_or_default()
}

/// `frt.origin = "created"` without quotes is a table in TOML; both ways mean the same. The last of a key wins: that
/// is the environment's.
fn dotted(table: &Table) -> BTreeMap<String, (&Place, &Node)> {
    let mut keys = BTreeMap::new();
    for entry in &table.entries {
        match &entry.node.value {
            Value::Table(inner) => {
                keys.extend(dotted(inner).into_iter().map(|(key, found)| (format!("{}.{key}", entry.key), found)));
            }
            _ => {
                keys.insert(entry.key.clone(), (&entry.place, &entry.node));
            }
        }
    }
    keys
}

/// A switch as JSON, once it is known that [`Switches`] takes it.
fn switch(key: &str, place: &Place, node: &Node) -> Read<serde_json::Value> {
    if !Switches::KEYS.contains(&key) {
        return Err(Fault::new(place, format!("unknown switch {key:?} in [metrics]"))
            .did_you_mean(nearest(key, switch_names()), "the switches are listed in the commented bot.toml"));
    }
    let value = json(node);
    let mut switches = serde_json::to_value(Switches::default()).expect("switches are plain data");
    let default = std::mem::replace(&mut switches[key], value.clone());
    if std::mem::discriminant(&default) != std::mem::discriminant(&value) {
        return Err(values::expected(node, kind(&default), &format!("it like the default, {default}")));
    }
    let switches: Switches = serde_json::from_value(switches).map_err(|error| {
        let error = error.to_string();
        let allowed = match error.split_once("expected ") {
            Some((_, words)) if words.contains('`') => words,
            _ => "a whole number, not below zero",
        };
        Fault::new(&node.place, format!("{key:?} cannot be {value}"))
            .hint(format!("write {}", allowed.replace('`', "\"")))
    })?;
    match unsound(key, &switches) {
        Some(hint) => Err(Fault::new(&node.place, format!("{key:?} cannot be {value}")).hint(hint)),
        None => Ok(value),
    }
}

/// The type of a switch, for people.
fn kind(default: &serde_json::Value) -> &'static str {
    match default {
        serde_json::Value::Bool(_) => "true or false",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::String(_) | serde_json::Value::Null | serde_json::Value::Object(_) => "a word",
    }
}

/// What a type alone does not say.
fn unsound(key: &str, switches: &Switches) -> Option<&'static str> {
    let variant = switches.resolution_rate_variant.as_str();
    let known_variant = matches!(variant, "period" | "to_date" | "flow")
        || variant.strip_prefix("within:").is_some_and(|s| s.parse::<u32>().is_ok_and(|s| s > 0));
    let sound = match key {
        "turn.solve_grace_s" => switches.turn_solve_grace_s >= 0,
        "fcr.window_s" => switches.fcr_window_s > 0,
        "fcr.max_agents" => switches.fcr_max_agents > 0,
        "csat.followup_window_s" => switches.csat_followup_window_s > 0,
        "csat.satisfied_min" => switches.csat_satisfied_min >= 0.0,
        "nps.scale" => matches!(switches.nps_scale, 10 | 11),
        "nps.detractor_max" => switches.nps_detractor_max <= 8,
        "ces.version" => matches!(switches.ces_version, 1 | 2),
        "queue.short_abandon_s" => switches.queue_short_abandon_s >= 0,
        "queue.target_s" => switches.queue_target_s > 0,
        "repeat.window_s" => switches.repeat_window_s > 0,
        "one_touch.max_replies" => switches.one_touch_max_replies > 0,
        "one_touch.min_replies" => switches.one_touch_min_replies <= 1,
        "promise.ladder_s" => rises(&switches.promise_ladder_s),
        "promise.min_n" => switches.promise_min_n > 0,
        "aht.max_entry" => switches.aht_max_entry_s > 0,
        "conversion.window_s" => switches.conversion_window_s > 0,
        "clv.max_months" => switches.clv_max_months > 0,
        "backlog.min_age" => switches.backlog_min_age >= 0.0,
        "spike.min_growth" => switches.spike_min_growth >= 0.0,
        "spike.z" => switches.spike_z >= 0.0,
        "sla.at_risk_s" => switches.sla_at_risk_s >= 0,
        "overload.threshold" => switches.overload_threshold >= 0.0,
        "overload.min_presence_s" => switches.overload_min_presence_s >= 0,
        "overload.max_open" => switches.overload_max_open >= 0,
        "staffing.target_occupancy" => {
            0.0 < switches.staffing_target_occupancy && switches.staffing_target_occupancy <= 1.0
        }
        "sla.at_risk_fraction" => (0.0..=1.0).contains(&switches.sla_at_risk_fraction),
        "clv.gross_margin" => switches.clv_gross_margin > 0.0 && switches.clv_gross_margin <= 1.0,
        "clv.discount_monthly" => (0.0..1.0).contains(&switches.clv_discount_monthly),
        "resolution_rate.variant" => known_variant,
        _ => true,
    };
    if sound {
        return None;
    }
    Some(match key {
        "csat.satisfied_min" => "write an answer of the scale, or 0 for the usual ones",
        "nps.scale" => "write 11 (0 to 10) or 10 (1 to 10)",
        "nps.detractor_max" => "write an answer of at most 8; promoters begin at 9",
        "ces.version" => "write 1 (how much effort) or 2 (how easy)",
        "staffing.target_occupancy" => "write a fraction above 0, up to 1, such as 0.8",
        "overload.threshold" => "write a fraction, such as 0.85",
        "queue.short_abandon_s" | "overload.min_presence_s" | "overload.max_open" => "write a number of at least 0",
        "sla.at_risk_fraction" => "write a fraction from 0 to 1, such as 0.25",
        "clv.gross_margin" => "write the share of the revenue that is left, such as 0.7",
        "clv.discount_monthly" => "write a fraction below 1, such as 0.01",
        "backlog.min_age" | "spike.min_growth" | "spike.z" => "write a number that is not below 0",
        "promise.ladder_s" => "write a list of seconds, each more than the one before",
        "one_touch.min_replies" => "write 0 or 1",
        "resolution_rate.variant" => "write \"period\", \"to_date\", \"flow\" or \"within:SECONDS\"",
        "turn.solve_grace_s" | "sla.at_risk_s" => "write a number of seconds, at least 0",
        _ => "write a number of at least 1",
    })
}

/// Whether a list has steps, each higher than the one before.
fn rises(steps: &[i64]) -> bool {
    steps.first().is_some_and(|first| *first > 0) && steps.windows(2).all(|pair| pair[0] < pair[1])
}

fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Text(text) | Value::Date(text) => text.as_str().into(),
        Value::Integer(n) => (*n).into(),
        Value::Float(x) => (*x).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Table(table) => table.entries.iter().map(|e| (e.key.clone(), json(&e.node))).collect(),
    }
}

pub(super) fn targets(reader: &mut Reader<'_>) -> Targets {
    let Some(table) = reader.section("targets") else { return Targets::default() };
    let all = aims(reader, table, "[targets]", true);
    let teams = match table.get("team") {
        Some(Node { value: Value::Table(teams), .. }) => team_aims(reader, teams),
        Some(other) => {
            reader.fault(values::expected(other, "a table for each team", "[targets.team.billing]"));
            BTreeMap::new()
        }
        None => BTreeMap::new(),
    };
    Targets { all, teams }
}

fn team_aims(reader: &mut Reader<'_>, teams: &Table) -> BTreeMap<String, BTreeMap<MetricId, f64>> {
    let mut aimed = BTreeMap::new();
    for entry in &teams.entries {
        let names = reader.names("team");
        if !names.contains(entry.key.as_str()) {
            let near = nearest(&entry.key, names.into_iter());
            let unknown = Fault::new(&entry.place, format!("no [[team]] is named {:?}", entry.key));
            reader.fault(unknown.did_you_mean(near, format!("define it: [[team]] with name = {:?}", entry.key)));
        }
        let header = format!("[targets.team.{}]", entry.key);
        match &entry.node.value {
            Value::Table(table) => {
                aimed.insert(entry.key.clone(), aims(reader, table, &header, false));
            }
            _ => reader.fault(values::expected(&entry.node, "a table of targets", &header)),
        }
    }
    aimed
}

fn aims(reader: &mut Reader<'_>, table: &Table, header: &str, with_teams: bool) -> BTreeMap<MetricId, f64> {
    let entries = table.entries.iter().filter(|e| !(with_teams && e.key == "team"));
    let read = entries.map(|entry| {
        let metric = metric(&entry.key, &entry.place, header)?;
        Ok((metric, aim(metric, &entry.node)?))
    });
    read.collect::<Vec<_>>().into_iter().filter_map(|aim| reader.keep(aim)).collect()
}

fn metric(word: &str, place: &Place, header: &str) -> Read<MetricId> {
    if let Some(metric) = MetricId::ALL.iter().find(|m| m.id() == word) {
        return Ok(*metric);
    }
    let alias = MetricId::ALL.iter().find(|m| m.aliases().iter().any(|a| folded(a) == folded(word))).map(|m| m.id());
    let near = alias.or_else(|| nearest(word, MetricId::ALL.iter().map(|m| m.id())));
    let ids: Vec<_> = MetricId::ALL.iter().map(|m| m.id()).collect();
    Err(Fault::new(place, format!("unknown metric {word:?} in {header}"))
        .did_you_mean(near, format!("metrics are {}", ids.join(", "))))
}

/// A target in the metric's unit.
fn aim(metric: MetricId, node: &Node) -> Read<f64> {
    if metric.better() == Better::Neutral {
        let fault = Fault::new(&node.place, format!("{metric} is neither better high nor low"));
        return Err(fault.hint("it takes no target"));
    }
    let number = match &node.value {
        Value::Float(x) => Some(*x),
        #[expect(clippy::cast_precision_loss, reason = "nobody aims at 2^53")]
        Value::Integer(n) => Some(*n as f64),
        Value::Text(_) | Value::Flag(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => None,
    };
    let refused = |what: &str, example: &str| Err(values::expected(node, what, example));
    match metric.unit() {
        #[expect(clippy::cast_precision_loss, reason = "nobody aims at 2^53")]
        Unit::Seconds => values::duration(node).map(|ms| ms as f64 / 1000.0),
        Unit::Percent | Unit::Share => match number {
            Some(x) if (0.0..=1.0).contains(&x) => Ok(x),
            Some(x) => Err(Fault::new(&node.place, format!("{x} is not a fraction"))
                .hint("write a number from 0 to 1: 0.9 is 90 percent")),
            None => refused("a fraction", "a number from 0 to 1, such as 0.9"),
        },
        Unit::Count | Unit::People | Unit::Messages | Unit::Rate | Unit::Currency => match number {
            Some(x) if x >= 0.0 => Ok(x),
            _ => refused("a number of at least 0", "it without quotes, such as 10"),
        },
        Unit::Points | Unit::Rating => number.map_or_else(|| refused("a number", "it without quotes, such as 30"), Ok),
        Unit::Flag | Unit::Composite => {
            Err(Fault::new(&node.place, format!("{metric} is not a single number")).hint("it takes no target"))
        }
    }
}
