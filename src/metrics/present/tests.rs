//! What people see, as plain text.

use std::fmt::Write as _;

use super::super::tests::{BERLIN, Story, plainly};
use super::super::{Need, Query, compute};
use super::*;
use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, Switches};
use crate::domain::event::Initiator;
use crate::domain::message::Table;
use crate::domain::names::{GroupBy, MetricId, TimeUnit};
use crate::domain::query::{Filter, PeriodSpec, PeriodUnit, RollingUnit};
use crate::domain::sample::{Dimensions, Sample, SampleFact};
use crate::domain::ticket::Exclusion;
use crate::domain::timestamp::Timestamp;

mod charts;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Wednesday, 15:30 in Berlin.
fn now() -> Timestamp {
    Timestamp::parse("2026-11-18T14:30:00Z").expect("a time")
}

/// Three weeks of a desk that became faster and better rated this week, but whose tier 2 misses its promises.
fn desk() -> Samples {
    Samples::from_samples(stories())
}

/// The same ticket as if it had turned out to be spam.
fn spam(sample: &Sample) -> Sample {
    Sample {
        at: now().plus_ms(-HOUR),
        until: None,
        fact: SampleFact::LeftOut { why: Exclusion::Spam },
        ..sample.clone()
    }
}

fn stories() -> Vec<Sample> {
    let stories: Vec<Story> = (0..480i64)
        .map(|n| {
            let created = now().plus_ms(-n * 63 * MINUTE);
            let this_week = n < 150;
            let tier2 = n % 5 == 0;
            let slow = if this_week { 1 } else { 2 };
            Story {
                created,
                dimensions: Dimensions {
                    team: Some(if tier2 { "tier2" } else { "billing" }.to_owned()),
                    agent: Some(["Ana", "Ben", "Cem"][(n % 3) as usize].to_owned()),
                    channel: Some(if n % 4 == 0 { "chat" } else { "email" }.to_owned()),
                    priority: if n % 9 == 0 { "urgent" } else { "normal" }.to_owned(),
                    ..Dimensions::default()
                },
                customer: (n % 120) as u8,
                initiator: if n % 17 == 0 { Initiator::Agent } else { Initiator::Customer },
                reply_after: (n % 31 != 3).then_some(slow * (20 + n * 37 % 90) * MINUTE),
                solve_after: (n % 8 != 1).then_some((5 + n * 7 % 60) * HOUR),
                reopened: n % 23 == 2,
                rating: (n % 4 == 0).then_some(if this_week || n % 3 == 0 { 5 } else { 3 }),
                target_s: Some(if tier2 { 2 * 3600 } else { 4 * 3600 }),
            }
        })
        .collect();
    plainly(&stories, now())
}

fn ask(spec: PeriodSpec, metrics: &[MetricId]) -> Query {
    Query { metrics: metrics.to_vec(), ..Query::new(spec, Versus::Previous, now(), BERLIN) }
}

const LAST_WEEK: PeriodSpec = PeriodSpec::Last(7, RollingUnit::Days);

fn shown(query: &Query, samples: &Samples) -> String {
    render(&message(&compute(query, &Definitions::default(), samples)))
}

/// A message as plain text, the way a narrow terminal would show it.
fn render(message: &Message) -> String {
    let mut out = format!("[{:?}] {}\n", message.tone, message.title);
    for block in &message.blocks {
        match block {
            Block::Text(text) => writeln!(out, "{}", text.to_plain()),
            Block::Fields(fields) => {
                fields.iter().try_for_each(|f| writeln!(out, "  {}: {}", f.label, f.value.to_plain()))
            }
            Block::Table(table) => write!(out, "{}", table_text(table)),
            Block::Sparkline { label, values } => writeln!(out, "{} {label}", bars(values)),
            Block::Code(code) => writeln!(out, "{code}"),
        }
        .expect("writing to a string");
    }
    for line in &message.footer {
        writeln!(out, "-- {}", line.to_plain()).expect("writing to a string");
    }
    out
}

fn bars(values: &[Option<f64>]) -> String {
    let max = values.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bar = |v: f64| ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][((v / max * 7.0).round() as usize).min(7)];
    values.iter().map(|v| v.map_or('·', bar)).collect()
}

fn table_text(table: &Table) -> String {
    let heads: Vec<String> = table.columns.iter().map(|c| c.head.clone()).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|r| r.iter().map(Text::to_plain).collect()).collect();
    let width = |i: usize| std::iter::once(&heads).chain(&rows).map(|r| r[i].chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for row in std::iter::once(&heads).chain(&rows) {
        let cells = row.iter().zip(&table.columns).enumerate().map(|(i, (cell, column))| {
            let w = width(i);
            if column.right { format!("{cell:>w$}") } else { format!("{cell:<w$}") }
        });
        out.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    if table.more > 0 {
        out.push_str(&format!("  and {} more\n", table.more));
    }
    out
}

#[test]
fn the_overview_tells_the_desk_at_a_glance() {
    insta::assert_snapshot!(shown(&ask(LAST_WEEK, &[]), &desk()));
}

#[test]
fn the_overview_of_a_team_with_a_breakdown() {
    let mut query = ask(PeriodSpec::LastWhole(PeriodUnit::Week), &[MetricId::Scorecard]);
    query.filters =
        vec![Filter { dimension: Dimension::Team, values: vec!["billing".into()], exclude: false, position: 0 }];
    query.by = Some(GroupBy::Dimension(Dimension::Channel));
    query.history =
        Some([Need::Tickets, Need::Messages, Need::StatusHistory].map(|need| (need, Timestamp::MIN)).into());
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn the_overview_of_nothing() {
    insta::assert_snapshot!(shown(&ask(LAST_WEEK, &[]), &Samples::default()));
}

#[test]
fn a_metric_has_a_card() {
    let mut query = ask(LAST_WEEK, &[MetricId::FirstResponseTime]);
    query.by = Some(GroupBy::Dimension(Dimension::Team));
    query.targets.all.insert(MetricId::FirstResponseTime, 3600.0);
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn a_rate_has_a_card() {
    let mut query = ask(LAST_WEEK, &[MetricId::Csat]);
    query.targets.all.insert(MetricId::Csat, 0.9);
    query.by = Some(GroupBy::Dimension(Dimension::Agent));
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn promises_have_a_card_and_a_list() {
    let query = ask(LAST_WEEK, &[MetricId::SlaBreaches]);
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn several_metrics_share_a_table() {
    let mut query = ask(LAST_WEEK, &[MetricId::ResolutionRate, MetricId::Backlog, MetricId::FirstContactResolution]);
    query.by = Some(GroupBy::Time(TimeUnit::Day));
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn many_metrics_of_a_few_teams_stand_below_each_other() {
    use MetricId::{
        Backlog, CostPerTicket, FirstResponseTime, NetFlow, ReopenRate, ResolutionTime, TicketVolume, TicketsSolved,
    };
    let many =
        [TicketVolume, TicketsSolved, NetFlow, Backlog, FirstResponseTime, ResolutionTime, ReopenRate, CostPerTicket];
    let mut query = ask(LAST_WEEK, &many);
    query.by = Some(GroupBy::Dimension(Dimension::Team));
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn a_number_is_explained_by_its_own_figures() {
    for (name, id) in [("rate", MetricId::FirstContactResolution), ("wait", MetricId::FirstResponseTime)] {
        let query = Query { view: View::Explanation, ..ask(LAST_WEEK, &[id]) };
        let switches = Switches { fcr_max_agents: 2, ..Switches::default() };
        let definitions = Definitions { switches, ..Definitions::default() };
        let mut samples = stories();
        let spam: Vec<Sample> = samples.iter().take(3).map(spam).collect();
        samples.extend(spam);
        let report = compute(&query, &definitions, &Samples::from_samples(samples));
        insta::assert_snapshot!(format!("explained_{name}"), render(&message(&report)));
    }
}

#[test]
fn several_numbers_are_explained_in_short() {
    use MetricId::{Backlog, NetFlow, SlaAttainment, TicketVolume};
    let query = Query { view: View::Explanation, ..ask(LAST_WEEK, &[TicketVolume, NetFlow, Backlog, SlaAttainment]) };
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn the_tickets_behind_a_number_are_listed_worst_first() {
    let metrics = [MetricId::FirstResponseTime, MetricId::ReopenRate, MetricId::TicketVolume, MetricId::NetFlow];
    let query = Query { view: View::Tickets, ..ask(LAST_WEEK, &metrics) };
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn a_list_says_what_its_tickets_are_about_where_that_is_known() {
    let query = Query { view: View::Tickets, ..ask(LAST_WEEK, &[MetricId::SlaBreaches]) };
    let mut report = compute(&query, &Definitions::default(), &desk());
    for ticket in report.listed(2) {
        ticket.subject = Some("Cannot <log> in".to_owned());
        ticket.url = Some(format!("https://desk.example/{}", ticket.ticket));
    }
    insta::assert_snapshot!(render(&message(&report)));
}

#[test]
fn what_cannot_be_known_says_what_it_needs() {
    let mut query = ask(LAST_WEEK, &[MetricId::Csat]);
    query.history = Some([(Need::Tickets, Timestamp::MIN)].into());
    insta::assert_snapshot!(shown(&query, &desk()));
}

#[test]
fn periods_are_said_as_people_say_them() {
    use PeriodSpec::*;
    let date = |text: &str| text.parse().expect("a date");
    let table = [
        (Today, "Wed 18 Nov until 15:30"),
        (Yesterday, "Tue 17 Nov"),
        (LAST_WEEK, "7 days to Wed 18 Nov 15:30"),
        (Last(24, RollingUnit::Hours), "24 hours to Wed 18 Nov 15:30"),
        (LastWhole(PeriodUnit::Week), "Mon 9 Nov – Sun 15 Nov"),
        (LastWhole(PeriodUnit::Month), "October 2026"),
        (LastWhole(PeriodUnit::Year), "2025"),
        (Dates(date("2025-12-30"), date("2026-01-02")), "Tue 30 Dec 2025 – Fri 2 Jan"),
        (All, "all until Wed 18 Nov 15:30"),
    ];
    for (spec, expected) in table {
        let period = super::super::period::resolve(spec, now(), BERLIN);
        assert_eq!(period_words(period, now(), BERLIN), expected, "{spec:?}");
    }
}
