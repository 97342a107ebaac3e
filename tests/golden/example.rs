//! One example: events in, every expectation of its built metrics asserted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use chrono_tz::Tz;
use deskbell::domain::calendar::{Calendar, CalendarDefinition};
use deskbell::domain::columns::Samples;
use deskbell::domain::definitions::{Definitions, Switches, Team};
use deskbell::domain::event::{Event, Status};
use deskbell::domain::names::{Clock, Dimension, GroupBy, MetricId};
use deskbell::domain::need::Need;
use deskbell::domain::query::{Filter, Stat};
use deskbell::domain::sample::TicketKey;
use deskbell::domain::sla::{Allowance, CalendarChoice, Matchers, Policy, Target};
use deskbell::domain::thread;
use deskbell::domain::timestamp::Timestamp;
use deskbell::metrics::answer::{Figures, LimitRow, Particulars, Row};
use deskbell::metrics::period::Period;
use deskbell::metrics::{History, Query, compute, statistics};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The source all events come from.
const SOURCE: &str = "golden";

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) pure: Vec<super::pure::Case>,
    pub(crate) examples: Vec<Example>,
}

#[derive(Deserialize)]
pub(crate) struct Example {
    pub(crate) id: String,
    events: Vec<Map<String, Value>>,
    #[serde(default)]
    calendars: BTreeMap<String, Value>,
    default_calendar: Option<String>,
    #[serde(default)]
    team_calendars: BTreeMap<String, String>,
    period: (Timestamp, Timestamp),
    as_of: Timestamp,
    capabilities: Option<Vec<String>>,
    #[serde(default)]
    config: Map<String, Value>,
    pub(crate) expect: Vec<Expectation>,
}

#[derive(Deserialize)]
pub(crate) struct Expectation {
    pub(crate) metric: String,
    value: Map<String, Value>,
    #[serde(default)]
    params: Params,
    #[serde(default)]
    config: Map<String, Value>,
    period: Option<(Timestamp, Timestamp)>,
    as_of: Option<Timestamp>,
    tol: Option<f64>,
}

/// What an expectation asks for besides the metric. Parameters of metrics that are not built are ignored.
#[derive(Default, Deserialize)]
struct Params {
    clock: Option<Clock>,
    policy: Option<PolicyParams>,
    team: Option<String>,
    agent: Option<String>,
    priority: Option<String>,
    channel: Option<String>,
    tz: Option<Tz>,
    by: Option<GroupBy>,
    prev: Option<(Timestamp, Timestamp)>,
    gross_margin: Option<f64>,
    #[serde(default)]
    limits: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct PolicyParams {
    metric: Target,
    clock: Clock,
    targets: BTreeMap<String, i64>,
    pause_on: Option<Vec<Status>>,
}

pub(crate) fn file() -> &'static File {
    static FILE: LazyLock<File> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../kpi_examples.json")).expect("the examples have the shape read here")
    });
    &FILE
}

/// Asserts every expectation of an example.
pub(crate) fn run(id: &str) {
    let example = file().examples.iter().find(|e| e.id == id).expect("an example of that id");
    let mut faults = Vec::new();
    for expectation in &example.expect {
        faults.extend(example.check(super::metric(&expectation.metric), expectation));
    }
    assert!(faults.is_empty(), "{id}\n{}", faults.join("\n"));
}

impl Example {
    fn check(&self, metric: MetricId, expectation: &Expectation) -> Vec<String> {
        let definitions = self.definitions(expectation);
        let as_of = expectation.as_of.unwrap_or(self.as_of);
        let samples = self.samples(as_of, &definitions);
        let (from, to) = expectation.period.unwrap_or(self.period);
        let mut query = Query::over(Period { from, to }, as_of);
        query.metrics = vec![metric];
        query.filters = expectation.params.filters();
        query.clock = Some(expectation.params.clock.unwrap_or(Clock::Calendar));
        query.by = expectation.params.by;
        query.compared = expectation.params.prev.map(|(from, to)| Period { from, to }).into_iter().collect();
        query.zone.timezone = expectation.params.tz.unwrap_or(query.zone.timezone);
        query.list = true;
        let limits = expectation.params.limits.iter();
        query.targets.all = limits.map(|(id, limit)| (super::metric(id), *limit)).collect();
        query.history = self.history(as_of);

        let ask = |query: &Query| {
            let report = compute(query, &definitions, &samples);
            report.metrics.into_iter().next().expect("one metric was asked for").figures
        };
        let figures = ask(&query);
        // How promises stand is told of all of them, not only of those decided in the period.
        let ever = ask(&Query { period: Period { from: Timestamp::MIN, to: Timestamp::MAX }, ..query });

        let tolerance = expectation.tol.unwrap_or(1e-6);
        let mut faults = Vec::new();
        for (key, expected) in &expectation.value {
            let actual = actual(key, &figures, &ever);
            if !agrees(&actual, expected, tolerance) {
                faults.push(format!("{metric} {key}: expected {expected}, got {actual}"));
            }
        }
        faults
    }

    fn definitions(&self, expectation: &Expectation) -> Definitions {
        let mut config = self.config.clone();
        config.extend(expectation.config.clone());
        config.extend(expectation.params.gross_margin.map(|margin| ("clv.gross_margin".to_owned(), json!(margin))));
        let calendars = self.calendars.iter().map(|(name, definition)| (name.clone(), Arc::new(calendar(definition))));
        let team = |(name, calendar): (&String, &String)| Team {
            name: name.clone(),
            ids: Vec::new(),
            calendar: Some(calendar.clone()),
        };
        Definitions {
            calendars: calendars.collect(),
            default_calendar: self.default_calendar.clone(),
            teams: self.team_calendars.iter().map(team).collect(),
            policies: expectation.params.policy.iter().map(PolicyParams::policy).collect(),
            switches: serde_json::from_value::<Switches>(Value::Object(config)).expect("known switches"),
            ..Definitions::default()
        }
    }

    fn samples(&self, as_of: Timestamp, definitions: &Definitions) -> Samples {
        let mut threads: BTreeMap<TicketKey, Vec<Event>> = BTreeMap::new();
        for event in self.events_until(as_of) {
            threads.entry(thread::key_of(&event, SOURCE)).or_default().push(event);
        }
        let folded = threads.iter().flat_map(|(key, events)| thread::samples_of(key, events, definitions).1);
        Samples::from_samples(folded)
    }

    fn events_until(&self, as_of: Timestamp) -> impl Iterator<Item = Event> {
        self.events.iter().map(event).filter(move |e| e.ts <= as_of)
    }

    /// Examples that say what is connected are about that; in all others everything is.
    fn history(&self, as_of: Timestamp) -> Option<History> {
        self.capabilities.as_ref()?;
        let mut history = History::new();
        for event in self.events_until(as_of) {
            for need in Need::shown_by(&event) {
                let since = history.entry(need).or_insert(event.ts);
                *since = event.ts.min(*since);
            }
        }
        Some(history)
    }
}

fn event(raw: &Map<String, Value>) -> Event {
    let mut raw = raw.clone();
    let seq = raw.get("seq").cloned().unwrap_or_default();
    raw.entry("event_id").or_insert_with(|| json!(format!("e{seq}")));
    let text = Value::Object(raw).to_string();
    Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A calendar of the examples: `{tz, weekly: {mon: [[from, to]]}, holidays, special_days}`.
pub(crate) fn calendar(raw: &Value) -> Calendar {
    let hours = |days: &Value| -> Value {
        let interval = |i: &Value| json!(format!("{}-{}", text(&i[0]), text(&i[1])));
        let day = |(name, intervals): (&String, &Value)| {
            let intervals = intervals.as_array().expect("a list of intervals");
            (name.clone(), intervals.iter().map(interval).collect::<Value>())
        };
        days.as_object().map_or_else(|| json!({}), |days| days.iter().map(day).collect::<Map<_, _>>().into())
    };
    let definition = json!({
        "timezone": raw["tz"],
        "hours": hours(&raw["weekly"]),
        "holidays": raw["holidays"],
        "special": hours(&raw["special_days"]),
    });
    let definition: CalendarDefinition = serde_json::from_value(definition).expect("a calendar");
    Calendar::new(definition).expect("a valid calendar")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

impl PolicyParams {
    fn policy(&self) -> Policy {
        let default_pause = if self.metric == Target::Resolution { vec![Status::Pending] } else { Vec::new() };
        Policy {
            name: "golden".into(),
            when: Matchers::default(),
            targets: BTreeMap::from([(self.metric, Allowance::ByPriority(self.targets.clone()))]),
            calendar: match self.clock {
                Clock::Business => CalendarChoice::Team,
                Clock::Calendar => CalendarChoice::Always,
            },
            pause: self.pause_on.clone().unwrap_or(default_pause),
            warn: Vec::new(),
        }
    }
}

impl Params {
    fn filters(&self) -> Vec<Filter> {
        let pairs = [
            (Dimension::Team, &self.team),
            (Dimension::Agent, &self.agent),
            (Dimension::Priority, &self.priority),
            (Dimension::Channel, &self.channel),
        ];
        let filter = |(dimension, value): (_, &Option<String>)| {
            Some(Filter { dimension, values: vec![value.clone()?], exclude: false, position: 0 })
        };
        pairs.into_iter().filter_map(filter).collect()
    }
}

/// What the program says under a key of the examples.
fn actual(key: &str, figures: &Figures, ever: &Figures) -> Value {
    if let Some(value) = super::workload::actual(key, figures).or_else(|| super::cost::actual(key, figures)) {
        return value;
    }
    let detail = &figures.detail;
    let of_contributions = |q: f64| {
        let mut values: Vec<f64> = detail.contributions.iter().filter_map(|c| c.value).collect();
        values.sort_by(f64::total_cmp);
        statistics::percentile(&values, q)
    };
    match (key, &detail.particulars) {
        // The examples call the rate of comments their value; the program, as of every list, their number.
        ("value", Particulars::Comments { .. }) => {
            json!(figures.value.zip(figures.n).map(|(some, all)| some / all as f64))
        }
        ("count", Particulars::Comments { .. }) => json!(figures.value),
        ("value", _) => json!(figures.value),
        ("n", _) => json!(figures.n),
        ("median", _) if figures.stat == Some(Stat::Median) => json!(figures.value),
        ("median", _) => json!(of_contributions(0.5)),
        ("p90", _) => json!(figures.p90),
        ("mean", _) => json!(figures.mean),
        ("p95", _) => json!(detail.spread.map(|s| s.p95)),
        ("max", _) => json!(detail.spread.map(|s| s.max)),
        ("ci_low", _) => json!(figures.low),
        ("ci_high", _) => json!(figures.high),
        ("num", _) => json!(detail.numerator),
        ("den", _) => json!(detail.denominator),
        ("reason", _) => json!(figures.reason),
        ("values", _) if figures.rows.iter().flatten().any(|row| matches!(row, Row::Limit(_))) => {
            limits(figures).map(|row| (row.metric.id().to_owned(), json!(row.value))).collect::<Map<_, _>>().into()
        }
        ("values", _) => {
            let label = |c: &deskbell::metrics::answer::Contribution| match c.turn {
                Some(turn) => format!("{}#{turn}", c.ticket.id),
                None => c.ticket.id.clone(),
            };
            detail.contributions.iter().map(|c| (label(c), json!(c.value))).collect::<Map<_, _>>().into()
        }
        ("outbound", Particulars::Volume { outbound, .. }) => json!(outbound),
        ("opening", Particulars::Flow { opening, .. }) => json!(opening),
        ("closing", Particulars::Flow { closing, .. }) => json!(closing),
        ("awaiting_reply", Particulars::Backlog { awaiting_reply, .. }) => json!(awaiting_reply),
        ("mean_rating", Particulars::Rated { mean, .. } | Particulars::Effort { mean, .. }) => json!(mean),
        ("promoters", Particulars::Score { promoters, .. }) => json!(promoters),
        ("passives", Particulars::Score { passives, .. }) => json!(passives),
        ("detractors", Particulars::Score { detractors, .. }) => json!(detractors),
        ("moe_simple", Particulars::Score { promoters, passives, detractors, .. }) => {
            json!(statistics::nps(*promoters, *passives, *detractors).map(|score| score.moe_simple))
        }
        ("over_limit", _) => {
            limits(figures).filter(|row| row.within == Some(false)).map(|row| row.metric.id()).collect()
        }
        ("pending", Particulars::FollowedUp { pending, .. }) => json!(pending),
        ("provisional", Particulars::FirstContact { provisional, .. }) => json!(provisional),
        ("soft", Particulars::Reopened { soft, .. }) => json!(soft),
        ("single_agent_share", Particulars::People { by_people: [one, ..], .. }) => {
            json!(figures.n.map(|n| *one as f64 / n as f64))
        }
        ("short", Particulars::Abandoned { short }) => json!(short),
        ("coverage", Particulars::Handled(handled)) => json!(handled.coverage()),
        ("busy_s", Particulars::Utilized(u)) => json!(u.busy_s),
        ("paid_s", Particulars::Utilized(u)) => json!(u.paid_s),
        ("busy_s", Particulars::Occupied(o)) => json!(o.busy_s),
        ("staffed_s", Particulars::Occupied(o)) => json!(o.staffed_s),
        ("peak_hour", Particulars::Staffing(s)) => json!(s.hour),
        ("erlangs", Particulars::Staffing(s)) => json!(s.erlangs),
        ("days", _) => figures.rows.iter().flatten().filter_map(overload).collect(),
        ("typical", Particulars::Promise { typical_s }) => json!(typical_s),
        ("distribution", Particulars::Rated { distribution, .. }) => json!(distribution),
        ("states", _) => decisions(ever, |d| json!(d.state)),
        ("decided_at", _) => decisions(ever, |d| json!(d.decided_at)),
        ("rows", _) => rows(figures).map(|(label, row)| breach(&label, row)).collect(),
        ("left_s", _) => {
            rows(figures).filter_map(|(label, row)| Some((label, left(row)?))).collect::<Map<_, _>>().into()
        }
        ("tickets", _) => {
            let tickets: BTreeSet<String> = rows(figures).map(|(label, _)| label).collect();
            json!(tickets)
        }
        _ => Value::String(format!("nothing under {key}")),
    }
}

fn instance_label(ticket: &str, target: Target, cycle: u32) -> String {
    if target == Target::NextResponse { format!("{ticket}#n{cycle}") } else { ticket.to_owned() }
}

fn decisions(figures: &Figures, tell: impl Fn(&deskbell::metrics::answer::Decision) -> Value) -> Value {
    let Particulars::Promises { instances, .. } = &figures.detail.particulars else { return Value::Null };
    instances.iter().map(|d| (instance_label(&d.ticket.id, d.target, d.cycle), tell(d))).collect::<Map<_, _>>().into()
}

fn overload(row: &Row) -> Option<Value> {
    match row {
        Row::Overload(r) => Some(json!([r.agent, r.day])),
        _ => None,
    }
}

fn limits(figures: &Figures) -> impl Iterator<Item = &LimitRow> {
    figures.rows.iter().flatten().filter_map(|row| match row {
        Row::Limit(row) => Some(row),
        _ => None,
    })
}

fn rows(figures: &Figures) -> impl Iterator<Item = (String, &Row)> {
    figures.rows.iter().flatten().filter_map(|row| {
        let label = match row {
            Row::Breach(r) => instance_label(&r.ticket.ticket, r.target, r.cycle),
            Row::AtRisk(r) => instance_label(&r.ticket.ticket, r.target, r.cycle),
            Row::Unreplied(r) => r.ticket.ticket.clone(),
            Row::Overload(r) => r.agent.clone(),
            Row::Kept(r) => r.target.name().to_owned(),
            _ => return None,
        };
        Some((label, row))
    })
}

fn breach(label: &str, row: &Row) -> Value {
    match row {
        Row::Breach(r) => json!([label, r.overrun_s, r.open]),
        _ => Value::Null,
    }
}

fn left(row: &Row) -> Option<Value> {
    match row {
        Row::AtRisk(r) => Some(json!(r.left_s)),
        _ => None,
    }
}

/// Equal within a tolerance; of objects only what is expected, instants in any spelling.
pub(crate) fn agrees(actual: &Value, expected: &Value, tolerance: f64) -> bool {
    match (actual, expected) {
        (Value::Number(a), Value::Number(e)) => {
            let number = |n: &serde_json::Number| n.as_f64().unwrap_or(f64::NAN);
            (number(a) - number(e)).abs() <= tolerance
        }
        (Value::Array(a), Value::Array(e)) => {
            a.len() == e.len() && a.iter().zip(e).all(|(a, e)| agrees(a, e, tolerance))
        }
        (Value::Object(a), Value::Object(e)) => {
            e.iter().all(|(key, e)| a.get(key).is_some_and(|a| agrees(a, e, tolerance)))
        }
        (Value::String(a), Value::String(e)) => {
            a == e || Timestamp::parse(a).is_ok_and(|a| Timestamp::parse(e).is_ok_and(|e| a == e))
        }
        (a, e) => a == e,
    }
}
