use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, SlaReopen};
use crate::domain::event::Event;
use crate::domain::names::MetricId;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{Allowance, CalendarChoice, Matchers, Policy};
use crate::domain::thread;
use crate::metrics::answer::Figures;
use crate::metrics::period::Period;
use crate::metrics::{Query, compute};

use super::*;

/// A minute of 13 May 2024; beyond 1440, of the days after.
fn minute(n: i64) -> Timestamp {
    Timestamp::parse("2024-05-13T00:00:00Z").expect("an instant").plus_s(n * 60)
}

/// Gold customers are promised a response within an hour and a resolution within two.
fn definitions() -> Definitions {
    let policy = Policy {
        name: "gold".into(),
        when: Matchers { tier: vec!["gold".into()], ..Matchers::default() },
        targets: [(Target::FirstResponse, Allowance::All(3600)), (Target::Resolution, Allowance::All(7200))].into(),
        calendar: CalendarChoice::Always,
        pause: vec![],
        warn: vec![],
    };
    Definitions { policies: vec![policy], ..Definitions::default() }
}

/// The answer about minutes from `from` until before `to`, known at `as_of`; events are `ticket minute actor type data`.
fn ask(
    id: MetricId,
    definitions: &Definitions,
    lines: &[&str],
    (from, to): (i64, i64),
    as_of: i64,
) -> (Figures, Samples) {
    let mut tickets: BTreeMap<TicketKey, Vec<Event>> = BTreeMap::new();
    for (seq, line) in lines.iter().enumerate() {
        let mut words = line.splitn(5, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (ticket, at, actor, kind, data) = (next(), next(), next(), next(), next());
        let ts = minute(at.parse().expect("a minute"));
        let data = if data.is_empty() { "{}" } else { data };
        let text = format!(
            r#"{{"event_id":"e{seq}","seq":{seq},"ts":"{ts}","type":"{kind}","ticket":"{ticket}","actor":{{"kind":"{actor}"}},"data":{data}}}"#
        );
        let event = Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        if event.ts <= minute(as_of) {
            tickets.entry(TicketKey { source: "desk".into(), id: ticket.into() }).or_default().push(event);
        }
    }
    let samples = tickets.iter().flat_map(|(key, events)| thread::samples_of(key, events, definitions).1);
    let samples = Samples::from_samples(samples);
    let mut query = Query::over(Period { from: minute(from), to: minute(to) }, minute(as_of));
    query.metrics = vec![id];
    (compute(&query, definitions, &samples).metrics.remove(0).figures, samples)
}

/// `met of decided` over the first two days, known at their end.
fn kept(definitions: &Definitions, lines: &[&str], period: (i64, i64)) -> (Option<u64>, Option<u64>) {
    let detail = ask(MetricId::SlaAttainment, definitions, lines, period, 2880).0.detail;
    (detail.numerator, detail.denominator)
}

/// T1 is answered in time, solved in time, reopened and solved again much later; T2 is answered late and solved in time.
const STORY: &[&str] = &[
    "T1 10 customer ticket_created {\"tier\":\"gold\"}",
    "T1 30 agent message",
    "T1 60 agent status_changed {\"to\":\"solved\"}",
    "T1 100 customer status_changed {\"to\":\"open\"}",
    "T1 400 agent status_changed {\"to\":\"solved\"}",
    "T2 20 customer ticket_created {\"tier\":\"gold\"}",
    "T2 90 agent message",
    "T2 95 agent status_changed {\"to\":\"solved\"}",
    "T3 40 customer ticket_created {}",
];

#[test]
fn attainment_counts_promises_or_tickets_without_a_broken_one() {
    let mut d = definitions();
    // Met: T1's response, T2's resolution. Broken: T2's response; T1's resolution, by the time it lay open again.
    assert_eq!(kept(&d, STORY, (0, 1440)), (Some(2), Some(4)));
    d.switches.sla_unit = SlaUnit::Ticket;
    assert_eq!(kept(&d, STORY, (0, 1440)), (Some(0), Some(2)));
    // Until minute 35 only one promise has been decided.
    assert_eq!(kept(&d, STORY, (0, 35)), (Some(1), Some(1)));
}

#[test]
fn a_reopened_resolution_goes_on_or_begins_anew() {
    let mut d = definitions();
    let resolution = |d: &Definitions, as_of| {
        let figures = ask(MetricId::SlaAttainment, d, &STORY[..5], (0, 1440), as_of).0;
        let Particulars::Promises { by_target, .. } = figures.detail.particulars else { panic!("of promises") };
        by_target.get(&Target::Resolution).copied()
    };
    assert_eq!([90, 110, 500].map(|at| resolution(&d, at)), [Some((1, 1)), None, Some((0, 1))]);
    d.switches.sla_reopen = SlaReopen::NewCycle;
    assert_eq!([90, 110, 500].map(|at| resolution(&d, at)), [Some((1, 1)), Some((1, 1)), Some((1, 2))]);
    let breach = ask(MetricId::SlaBreaches, &d, &STORY[..5], (0, 1440), 500).0.rows.expect("rows");
    let [answer::Row::Breach(row)] = breach.as_slice() else { panic!("{breach:?}") };
    assert_eq!((row.cycle, row.deadline, row.overrun_s), (2, minute(220), 180.0 * 60.0));
}

#[test]
fn a_verdict_may_be_counted_when_its_ticket_was_created_or_solved() {
    let mut d = definitions();
    // T1's resolution breaks at 170, after lying solved for forty minutes.
    let hours = |d: &Definitions| [(0, 60), (60, 120), (120, 240), (240, 1440)].map(|period| kept(d, STORY, period).1);
    assert_eq!(hours(&d), [Some(1), Some(2), Some(1), Some(0)]);
    d.switches.sla_attribution = SlaAttribution::Created;
    assert_eq!(hours(&d), [Some(4), Some(0), Some(0), Some(0)]);
    d.switches.sla_attribution = SlaAttribution::Solved;
    assert_eq!(hours(&d), [Some(0), Some(2), Some(0), Some(2)]);
    // Breaches stay where they fell.
    assert_eq!(ask(MetricId::SlaBreaches, &d, STORY, (60, 120), 2880).0.value, Some(1.0));
    // What is not solved is in no period, however late it is.
    let open = ["T1 10 customer ticket_created {\"tier\":\"gold\"}"];
    assert_eq!(kept(&d, &open, (0, 2880)), (Some(0), Some(0)));
    d.switches.sla_attribution = SlaAttribution::Created;
    assert_eq!(kept(&d, &open, (0, 2880)), (Some(0), Some(2)));
    assert_eq!(ask(MetricId::SlaAttainment, &d, &open, (0, 2880), 100).0.detail.denominator, Some(1));
}

#[test]
fn little_is_left_when_less_than_a_share_or_than_so_many_seconds_is() {
    let mut d = definitions();
    let open = &STORY[..1];
    let at_risk = |d: &Definitions, as_of| ask(MetricId::SlaAtRisk, d, open, (0, 1440), as_of).0.value;
    // A quarter of the first hour is left from minute 55 on, of the two hours from 100 on.
    assert_eq!([54, 55, 70].map(|at| at_risk(&d, at)), [Some(0.0), Some(1.0), Some(1.0)]);
    d.switches.sla_at_risk_s = 300;
    assert_eq!([64, 65, 124, 125].map(|at| at_risk(&d, at)), [Some(0.0), Some(1.0), Some(0.0), Some(1.0)]);
}

#[test]
fn attainment_says_what_runs_and_how_each_target_was_kept() {
    let figures = ask(MetricId::SlaAttainment, &definitions(), STORY, (0, 1440), 100).0;
    let Particulars::Promises { running, at_risk, .. } = figures.detail.particulars else { panic!("of promises") };
    assert_eq!((running, at_risk), (1, 0));
    // Gold tickets have a policy, the third one has none.
    assert_eq!(figures.detail.coverage.map(|c| (c.covered, c.of)), Some((2, 3)));
    let rows = serde_json::to_value(figures.rows).expect("plain data");
    assert_eq!((&rows[0]["target"], &rows[0]["met"], &rows[0]["n"]), (&"first_response".into(), &1.into(), &2.into()));
    assert_eq!((&rows[1]["target"], &rows[1]["value"], &rows[1]["n"]), (&"resolution".into(), &1.0.into(), &1.into()));
}

#[test]
fn what_is_due_soon_is_foreseen_from_promises_that_had_got_as_far() {
    let d = definitions();
    // Thirty were promised a response, a minute after each other; ten of them got none within the hour.
    let mut story = Vec::new();
    for n in 0..30 {
        story.push(format!("P{n} {n} customer ticket_created {{\"tier\":\"gold\"}}"));
        story.push(format!("P{n} {} agent message", if n < 20 { n + 40 } else { n + 70 }));
        story.push(format!("P{n} {} agent status_changed {{\"to\":\"solved\"}}", n + 75));
    }
    story.push("T1 1000 customer ticket_created {\"tier\":\"gold\"}".to_owned());
    let lines: Vec<&str> = story.iter().map(String::as_str).collect();
    let foreseen = |as_of| {
        let figures = ask(MetricId::SlaAtRisk, &d, &lines, (0, 2880), as_of).0;
        let Particulars::AtRisk { forecast, .. } = figures.detail.particulars else { panic!("of promises at risk") };
        forecast.expect("asked for by name")
    };
    // Around the clock: both of its promises are due within a day. No resolution was ever missed.
    let early = foreseen(1010);
    assert_eq!((early.until, early.due, early.unknown), (minute(1010 + 1440), 2, 0));
    let mean = |f: &Forecast| f.missed.expect("enough history").mean;
    assert!((mean(&early) - 10.0 / 30.0).abs() < 1e-9, "{early:?}");
    // After three quarters of the hour only those are left that were missed, which are too few to tell.
    let late = foreseen(1050);
    assert_eq!((late.due, late.unknown), (2, 1));
    assert_eq!(mean(&late), 0.0);
}
