//! Who does how much (kpis.md 5.3.14 to 5.3.16). Single people are named only to those who may see them (R21).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::columns::Row;
use crate::domain::event::PresenceState;
use crate::domain::names::{Dimension, GroupBy};
use crate::domain::sample::{SampleFact, SampleKind};
use crate::metrics::answer::{self, LoadRow, Particulars, SenderRow, SolverRow};
use crate::metrics::experience::{self, is_one_touch};
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::period::Period;
use crate::metrics::{satisfaction, statistics};

/// 5.3.14: solved tickets for each person who solved any; satisfaction and reopens stand beside, because a bare
/// ranking rewards haste.
pub(in crate::metrics) fn solved_per_agent(frame: &Frame<'_, '_>) -> Measured {
    let mut measured = Measured::count(frame, super::solves(frame, frame.period));
    let solved = per_agent(super::solves(frame, frame.period));
    let total: u64 = solved.values().sum();
    let people = solved.keys().filter(|agent| agent.is_some()).count();
    let unassigned = solved.get(&None).copied().unwrap_or_default();
    measured.measure =
        Measure::Quotient { numerator: (total - unassigned) as f64, denominator: people as f64, n: Some(total) };
    if frame.query.people && frame.detailed {
        let kinds = BTreeSet::from([SampleKind::Rating, SampleKind::Solve, SampleKind::Reopen]);
        let groups = frame.counted.grouped(&kinds, GroupBy::Dimension(Dimension::Agent), frame.query.zone);
        let quality = |agent: Option<&str>, measure: fn(&Frame<'_, '_>) -> Measured| {
            let theirs = groups.iter().find(|(key, _)| key.name.as_deref() == agent)?.1;
            let frame =
                Frame { counted: theirs.pool(), variant: None, list: false, detailed: false, drawn: false, ..*frame };
            measure(&frame).measure.headline(None)
        };
        let mut rows: Vec<SolverRow> = solved
            .iter()
            .map(|(agent, n)| SolverRow {
                agent: agent.map(str::to_owned),
                solved: *n,
                share: *n as f64 / total as f64,
                csat: quality(*agent, satisfaction::csat),
                reopen_rate: quality(*agent, experience::reopen_rate),
            })
            .collect();
        rows.sort_by(|a, b| b.solved.cmp(&a.solved).then_with(|| a.agent.cmp(&b.agent)));
        measured.rows = Some(rows.into_iter().map(answer::Row::Solver).collect());
    }
    measured.with(Particulars::Solvers { people: people as u64, unassigned })
}

fn per_agent<'a>(rows: impl Iterator<Item = Row<'a>>) -> BTreeMap<Option<&'a str>, u64> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.agent()).or_default() += 1;
    }
    counts
}

/// 5.3.15: how evenly the open tickets lie on those who work: 1 less the Gini coefficient.
pub(in crate::metrics) fn assignment_share(frame: &Frame<'_, '_>) -> Measured {
    let away = away(frame);
    let somebody = |counts: BTreeMap<Option<&'_ str>, u64>| -> BTreeMap<String, u64> {
        let named = counts.into_iter().filter_map(|(agent, n)| Some((agent?.to_owned(), n)));
        named.filter(|(agent, _)| !away.contains(agent)).collect()
    };
    let open = somebody(per_agent(super::unsolved(frame)));
    let loads: Vec<f64> = open.values().map(|n| *n as f64).collect();
    let balance = statistics::gini(&loads).map(|gini| 1.0 - gini);
    let mut measured = Measured::count(frame, super::unsolved(frame).filter(|row| row.agent().is_some()));
    measured.measure = Measure::Share {
        numerator: balance.unwrap_or_default(),
        denominator: f64::from(u8::from(balance.is_some())),
        n: Some(open.values().sum()),
    };
    if frame.query.people && frame.detailed {
        let assigned = somebody(per_agent(frame.counted.within(SampleKind::Assigned, frame.period)));
        let contacts = frame.counted.within(SampleKind::Contact, frame.period);
        let one_touch = somebody(per_agent(contacts.filter(|row| is_one_touch(*row, &frame.definitions.switches))));
        let names: BTreeSet<&String> = open.keys().chain(assigned.keys()).chain(one_touch.keys()).collect();
        let part = |counts: &BTreeMap<String, u64>, name: &String| {
            let (all, n) = (counts.values().sum::<u64>(), counts.get(name).copied().unwrap_or_default());
            (n, (all > 0).then(|| n as f64 / all as f64))
        };
        let row = |name: &String| {
            let ((open, open_share), (assigned, assigned_share)) = (part(&open, name), part(&assigned, name));
            let (one_touch, one_touch_share) = part(&one_touch, name);
            let agent = name.clone();
            LoadRow { agent, open, open_share, assigned, assigned_share, one_touch, one_touch_share }
        };
        let mut rows: Vec<LoadRow> = names.into_iter().map(row).collect();
        rows.sort_by(|a, b| b.open.cmp(&a.open).then_with(|| a.agent.cmp(&b.agent)));
        measured.rows = Some(rows.into_iter().map(answer::Row::Load).collect());
    }
    measured.with(Particulars::Loads { people: open.len() as u64 })
}

/// How far back it is looked for whether somebody has working times at all.
pub(in crate::metrics) const KNOWN_BEFORE_S: i64 = 28 * 86_400;

/// Who has working times, but none in the period: on leave, or gone. Of those who have none at all nothing is known.
fn away(frame: &Frame<'_, '_>) -> BTreeSet<String> {
    let period = frame.period;
    let mut present: BTreeMap<&str, bool> = BTreeMap::new();
    let wider = Period { from: period.from.plus_s(-KNOWN_BEFORE_S), to: period.to };
    for row in [SampleKind::Shift, SampleKind::Presence].into_iter().flat_map(|kind| frame.all.within(kind, wider)) {
        let at_work = match row.fact() {
            SampleFact::Presence { state } => matches!(state, PresenceState::Available | PresenceState::Busy),
            _ => true,
        };
        let inside = row.until().is_none_or(|until| until > period.from);
        if let Some(agent) = row.agent().filter(|_| at_work) {
            *present.entry(agent).or_default() |= inside;
        }
    }
    present.into_iter().filter(|(_, present)| !present).map(|(agent, _)| agent.to_owned()).collect()
}

/// 5.3.16: what people wrote to customers, outbound openings included.
pub(in crate::metrics) fn replies_sent(frame: &Frame<'_, '_>) -> Measured {
    let sent = || frame.counted.within(SampleKind::Sent, frame.period);
    let mut measured = Measured::count(frame, sent());
    let by_agent = per_agent(sent());
    let people = by_agent.keys().filter(|agent| agent.is_some()).count() as u64;
    if frame.query.people && frame.detailed {
        let row = |(agent, replies): (Option<&str>, u64)| SenderRow { agent: agent.map(str::to_owned), replies };
        let mut rows: Vec<SenderRow> = by_agent.into_iter().map(row).collect();
        rows.sort_by(|a, b| b.replies.cmp(&a.replies).then_with(|| a.agent.cmp(&b.agent)));
        measured.rows = Some(rows.into_iter().map(answer::Row::Sender).collect());
    }
    measured.with(Particulars::Senders { people })
}
