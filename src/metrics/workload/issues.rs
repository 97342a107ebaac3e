//! What tickets are about: breakdowns, issues, spikes, feedback on the product (kpis.md 5.3.10 to 5.3.13).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::columns::Row;
use crate::domain::event::Initiator;
use crate::domain::names::{Dimension, GroupBy, MetricId};
use crate::domain::sample::{CustomerNo, SampleKind, only};
use crate::metrics::answer::{self, FeedbackRow, IssueRow, Particulars, ShareRow, SpikeRow};
use crate::metrics::cost;
use crate::metrics::days;
use crate::metrics::frame::Frame;
use crate::metrics::judged;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::period::Period;
use crate::metrics::pool::Tally;
use crate::metrics::statistics;

/// Of more categories than this, chance makes a spike too easily.
const MANY_CATEGORIES: usize = 20;
/// What then counts as one.
const STRICT_Z: f64 = 2.81;
/// With what the tag of a part of the product begins.
const AREA: &str = "area:";

/// What stands after `variant:` for tags in the place of categories.
pub(in crate::metrics) const BY_TAG: &str = "tag";

/// What stands after `variant:` for what lies on the desk in the place of what came in.
pub(in crate::metrics) const BACKLOG: &str = "backlog";

/// How many of some tickets there are under each value, most first, then by name; what has none is under `None`.
fn tally<'a>(frame: &Frame<'_, 'a>, by: GroupBy, tickets: impl Iterator<Item = Row<'a>>) -> Tally {
    let counts = frame.counted.tally(tickets, by, frame.query.zone);
    let mut counts: Tally = counts.into_iter().map(|(key, n)| (key.name, n)).collect();
    counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    counts
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The number of tickets that were counted.
fn counted(measured: &Measured) -> u64 {
    match measured.measure {
        Measure::Count(n) => n,
        _ => 0,
    }
}

/// 5.3.10: the tickets of a set under each value of a dimension.
pub(in crate::metrics) fn workload_breakdown(frame: &Frame<'_, '_>) -> Measured {
    let tickets: Box<dyn Iterator<Item = Row<'_>> + '_> = match frame.variant {
        Some("solved") => Box::new(super::solves(frame, frame.period)),
        Some(BACKLOG) => Box::new(super::unsolved(frame)),
        _ => Box::new(super::arrivals(frame, frame.period)),
    };
    if !frame.detailed {
        return Measured::count(frame, tickets);
    }
    let tickets: Vec<Row<'_>> = tickets.collect();
    let by = frame.query.by.unwrap_or(GroupBy::Dimension(Dimension::Channel));
    let mut measured = Measured::count(frame, tickets.iter().copied());
    let (total, groups) = (counted(&measured), tally(frame, by, tickets.into_iter()));
    let row = |(key, tickets): (Option<String>, u64)| ShareRow { key, tickets, share: share(tickets, total) };
    measured.rows = Some(groups.into_iter().map(row).map(answer::Row::Share).collect());
    measured.with(Particulars::Breakdown { by, overlapping: by == GroupBy::Dimension(Dimension::Tag) })
}

/// The tickets customers created in a period.
fn complaints<'f, 'a>(frame: &Frame<'f, 'a>, period: Period) -> impl Iterator<Item = Row<'a>> + use<'f, 'a> {
    let created = frame.counted.of::<only::Created<_>>(period);
    created.filter(|(_, created)| created.initiator() == Initiator::Customer).map(|(row, _)| row)
}

/// How many of them are in each category, or under each tag.
fn categories(frame: &Frame<'_, '_>, period: Period) -> Arc<Tally> {
    let by = if frame.variant == Some(BY_TAG) { Dimension::Tag } else { Dimension::Category };
    let by = GroupBy::Dimension(by);
    frame.counted.tally_once(period, by, || tally(frame, by, complaints(frame, period)))
}

/// 5.3.11: what customers write about, most frequent first.
pub(in crate::metrics) fn top_issues(frame: &Frame<'_, '_>) -> Measured {
    let mut measured = super::counted(frame, complaints(frame, frame.period));
    if !frame.detailed {
        return measured;
    }
    let total = counted(&measured);
    // What was not recorded was not nothing; what was recorded in part can be shown, but not judged.
    let begins = judged::begins(MetricId::TopIssues, frame);
    let earlier = frame.compared.first().filter(|period| begins.is_none_or(|begins| begins < period.to));
    let whole = earlier.is_some_and(|period| judged::recorded_whole(MetricId::TopIssues, frame, *period));
    let before: Option<BTreeMap<Option<String>, u64>> =
        earlier.map(|period| categories(frame, *period).iter().cloned().collect());
    let (mut uncategorised, mut rows) = (0, Vec::new());
    for (category, tickets) in categories(frame, frame.period).iter() {
        let tickets = *tickets;
        let previous = before.as_ref().map(|before| before.get(category).copied().unwrap_or_default());
        let Some(category) = category else {
            uncategorised = tickets;
            continue;
        };
        rows.push(IssueRow {
            rank: rows.len() as u64 + 1,
            category: category.clone(),
            tickets,
            share: share(tickets, total),
            previous,
            change: previous.filter(|before| *before > 0).map(|before| tickets as f64 / before as f64 - 1.0),
            significant: previous
                .filter(|_| whole)
                .and_then(|before| statistics::verdict_count(before as f64, tickets as f64).is_clear()),
        });
    }
    measured.rows = Some(rows.into_iter().map(answer::Row::Issue).collect());
    measured.with(Particulars::Issues { total, uncategorised })
}

/// 5.3.12: categories that grew beyond chance since the period compared with. In the first week nothing has grown yet:
/// next to a time of which nothing is known, everything would be a spike.
pub(in crate::metrics) fn issue_spike(frame: &Frame<'_, '_>) -> Measured {
    let counts = |period| -> BTreeMap<String, u64> {
        categories(frame, period).iter().filter_map(|(key, n)| Some((key.clone()?, *n))).collect()
    };
    let before = frame.compared.first().copied().unwrap_or_else(|| frame.period.before());
    if !judged::recorded_whole(MetricId::IssueSpike, frame, before) {
        let mut measured = Measured::count(frame, std::iter::empty());
        measured.measure = Measure::Derived(None);
        measured.detail.unrecorded = true;
        return measured;
    }
    let (now, before) = (counts(frame.period), counts(before));
    let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let switches = &frame.definitions.switches;
    let least_z = if names.len() > MANY_CATEGORIES { switches.spike_z.max(STRICT_Z) } else { switches.spike_z };
    let row = |name: &String| {
        let count = |counts: &BTreeMap<String, u64>| counts.get(name).copied().unwrap_or_default();
        let (now, before) = (count(&now), count(&before));
        let z = statistics::poisson_z(now as f64, before as f64).unwrap_or_default();
        let grown = before == 0 || now as f64 / before as f64 >= 1.0 + switches.spike_min_growth;
        let spike = now >= switches.spike_min_count && z >= least_z && grown;
        SpikeRow { category: name.clone(), now, before, z, spike }
    };
    let mut rows: Vec<SpikeRow> = names.into_iter().map(row).collect();
    rows.sort_by(|a, b| b.spike.cmp(&a.spike).then(b.z.total_cmp(&a.z)).then_with(|| a.category.cmp(&b.category)));
    let mut measured = Measured::count(frame, std::iter::empty());
    measured.measure = Measure::Count(rows.iter().filter(|row| row.spike).count() as u64);
    measured.rows = Some(rows.into_iter().map(answer::Row::Spike).collect());
    measured.with(Particulars::Spikes)
}

impl Period {
    /// The stretch of the same length just before.
    pub(in crate::metrics) fn before(self) -> Self {
        Self { from: self.from.plus_ms(-self.length_ms()), to: self.from }
    }
}

/// 5.3.13: tickets that say something about the product, by the part of it they are about.
pub(in crate::metrics) fn product_feedback_volume(frame: &Frame<'_, '_>) -> Measured {
    let wanted: Vec<String> =
        frame.definitions.switches.feedback_categories.iter().map(|word| word.to_lowercase()).collect();
    let is_feedback = |row: &Row<'_>| {
        let words = row.category().into_iter().chain(row.tags());
        words.map(str::to_lowercase).any(|word| wanted.contains(&word))
    };
    let created = frame.counted.within(SampleKind::Created, frame.period);
    let feedback: Vec<Row<'_>> = created.filter(is_feedback).collect();
    let mut areas: BTreeMap<Option<&str>, (BTreeSet<CustomerNo>, u64)> = BTreeMap::new();
    for row in &feedback {
        let mut named: Vec<Option<&str>> = row.tags().filter_map(|tag| tag.strip_prefix(AREA)).map(Some).collect();
        if named.is_empty() {
            named.push(None);
        }
        for area in named {
            let (customers, tickets) = areas.entry(area).or_default();
            customers.extend(row.customer());
            *tickets += 1;
        }
    }
    let revenue = cost::revenue_by_customer(frame);
    let months = days::months(Period { to: frame.end(), ..frame.period }, frame.query.zone);
    let row = |(area, (customers, tickets)): (Option<&str>, (BTreeSet<CustomerNo>, u64))| {
        let paid = revenue.as_ref().filter(|_| months > 0.0).map(|by_customer| {
            customers.iter().filter_map(|c| by_customer.get(c).copied()).sum::<crate::domain::money::Money>().amount()
        });
        FeedbackRow {
            area: area.map(str::to_owned),
            customers: customers.len() as u64,
            tickets,
            revenue: paid.map(|paid| paid / months),
        }
    };
    let mut rows: Vec<FeedbackRow> = areas.into_iter().map(row).collect();
    // One loud account must not lead.
    rows.sort_by(|a, b| (b.customers, b.tickets).cmp(&(a.customers, a.tickets)).then_with(|| a.area.cmp(&b.area)));
    let mut measured = Measured::count(frame, feedback.iter().copied());
    if wanted.is_empty() {
        measured.detail.missing = Some("\"feedback.categories\" in [metrics] of bot.toml".to_owned());
    }
    measured.rows = Some(rows.into_iter().map(answer::Row::Feedback).collect());
    measured
}
