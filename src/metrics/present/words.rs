//! The words of a line: names, samples, spreads, trends, periods.

mod nouns;

use chrono::{Datelike, NaiveDate, NaiveTime};

use self::nouns::sample_words;
pub(super) use self::nouns::short;
use super::super::answer::{Benchmark, Coverage, Figures, Fit, Particulars, Reason, Standing};
use super::super::format;
use super::super::period::{Period, Zone};
use super::{composed, cost, effort, improves, satisfaction, workload};
use crate::domain::names::{Clock, GroupBy, MetricId, TimeUnit, Unit};
use crate::domain::query::Stat;
use crate::domain::timestamp::Timestamp;

/// Samples below this show no p90, take part in no ranking, and are called small.
pub(super) const SMALL: u64 = 10;

/// Scores of fewer answers are shown with their interval.
const SURE_SCORE: u64 = 1000;

/// `1 reply`, `611 replies`.
pub(super) fn sample(id: MetricId, figures: &Figures, n: u64) -> String {
    let (one, several) = figures.detail.counted.unwrap_or_else(|| sample_words(id));
    format!("{} {}", format::count(n as f64), if n == 1 { one } else { several })
}

/// What the headline is measured in.
pub(super) fn unit(id: MetricId, figures: &Figures) -> Unit {
    figures.detail.unit.unwrap_or(id.unit())
}

/// The headline in its unit; `n/a` where there is none.
pub(in crate::metrics) fn value(id: MetricId, clock: Option<Clock>, figures: &Figures) -> String {
    shown(id, clock, figures, figures.value)
}

/// Another value, in the unit of the headline; amounts with the currency of the figures.
pub(super) fn shown(id: MetricId, clock: Option<Clock>, figures: &Figures, value: Option<f64>) -> String {
    match (unit(id, figures), value, figures.currency) {
        (Unit::Currency, Some(amount), Some(currency)) => format::money(amount, currency),
        (Unit::Points, Some(v), _) => format::signed_count(v),
        (Unit::Composite, Some(count), _) => composed::headline(id, count),
        (_, Some(v), _) if id == MetricId::NetFlow => format::signed_count(v),
        (_, Some(v), _) if id == MetricId::StaffingNeed => effort::agents(v),
        (unit, value, _) => format::value(unit, clock, value),
    }
}

/// How far the values spread, or how sure a rate is; `None` where the figure says it all (kpis.md R15).
pub(super) fn spread(id: MetricId, clock: Option<Clock>, figures: &Figures) -> Option<String> {
    let n = figures.n?;
    match unit(id, figures) {
        Unit::Seconds => {
            let shown = |seconds| format::duration_on(clock, seconds);
            let max = || figures.detail.spread.filter(|_| n > 1).map(|s| format!("max {}", shown(s.max)));
            match (n < SMALL, figures.p90) {
                (false, Some(p90)) if figures.stat != Some(Stat::P90) => Some(format!("p90 {}", shown(p90))),
                _ => max(),
            }
        }
        Unit::Percent => interval(n, figures.low, figures.high),
        Unit::Points if n < SURE_SCORE => {
            let (low, high) = (figures.low?, figures.high?);
            Some(format!("{} to {}", format::signed_count(low), format::signed_count(high)))
        }
        Unit::Messages => {
            let spread = figures.detail.spread.filter(|_| figures.stat == Some(Stat::Mean))?;
            Some(format!("median {}", format::value(id.unit(), None, Some(spread.median))))
        }
        _ => None,
    }
}

/// How sure a rate of a sample is, where that must be said.
pub(super) fn interval(n: u64, low: Option<f64>, high: Option<f64>) -> Option<String> {
    let (low, high) = (low?, high?);
    let unsure = n < 200 || high - low > 0.06;
    unsure.then(|| format!("{}–{}", format::percent(Some(low)).trim_end_matches('%'), format::percent(Some(high))))
}

/// Why there is no number.
pub(super) fn absence(id: MetricId, figures: &Figures, needs: Option<&str>) -> String {
    let (_, several) = figures.detail.counted.unwrap_or_else(|| sample_words(id));
    match figures.reason {
        Some(Reason::NoData) if id == MetricId::ReplyTimePromise => {
            "n/a - slower than every step of promise.ladder_s".to_owned()
        }
        Some(Reason::NoData) if id == MetricId::ThreeRs => {
            "n/a - no limits: set response_time, response_efficiency and resolution_time in [targets]".to_owned()
        }
        Some(Reason::NoData) if id == MetricId::Benchmark => "n/a - no benchmark for this metric".to_owned(),
        Some(Reason::NotConnected) => format!("n/a - not connected: needs {}", needs.unwrap_or("a source")),
        Some(Reason::NotEnoughData { have, need }) => {
            format!("n/a - not enough data: {} of the {need} it takes", sample(id, figures, have))
        }
        Some(Reason::HistoryStarts(date)) => format!("n/a - history starts on {}", day(date)),
        Some(Reason::NoData) | None => format!("n/a - no {several} in this period"),
    }
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// A clear change for the better.
    Better,
    /// A clear change for the worse.
    Worse,
    /// A clear change of something that is neither good nor bad.
    Clear,
    /// Nothing clear.
    Unclear,
}

impl Comparison {
    /// What the change of a metric means.
    pub(super) fn of(id: MetricId, figures: &Figures) -> Self {
        match (figures.significant, figures.change) {
            (Some(true), Some(change)) => match improves(figures.detail.better.unwrap_or(id.better()), change) {
                Some(true) => Self::Better,
                Some(false) => Self::Worse,
                None => Self::Clear,
            },
            _ => Self::Unclear,
        }
    }
}

/// The change with its arrow: `▲ +12%`, `▼ −3.0 pp`; `None` without anything to compare with.
pub(super) fn change(id: MetricId, figures: &Figures) -> Option<String> {
    let change = figures.change?;
    let words = match unit(id, figures) {
        Unit::Percent | Unit::Share => format::points_change(change),
        Unit::Points => format::score_change(change),
        Unit::Rating => format::rating_change(change),
        _ => format::relative_change(change),
    };
    let arrow = match words.chars().next() {
        Some('+') => "▲ ",
        Some('−') => "▼ ",
        _ => "",
    };
    Some(format!("{arrow}{words}"))
}

/// The change and whether it is one: `▲ +10.0 pp, clear (better)`, `▲ +12%, no clear change`.
pub fn trend_words(id: MetricId, figures: &Figures) -> Option<String> {
    let Some(change) = change(id, figures) else {
        let before = figures.previous?.value.filter(|before| Some(*before) != figures.value)?;
        // From zero nothing can be said in percent: the two values speak.
        return Some(format!("was {}", shown(id, None, figures, Some(before))));
    };
    // Medians, rates and counts are judged; other statistics, and what has no interval, are only told (kpis.md 5.6.2).
    let ratio = id.unit() == Unit::Percent && figures.low.is_none();
    if ratio || matches!(figures.stat, Some(Stat::Mean | Stat::P90)) {
        return Some(if change.starts_with(['▲', '▼']) { change } else { "unchanged".to_owned() });
    }
    let verdict = match (Comparison::of(id, figures), figures.significant) {
        (Comparison::Better, _) => ", clear (better)",
        (Comparison::Worse, _) => ", clear (worse)",
        (Comparison::Clear, _) => ", clear",
        (Comparison::Unclear, Some(false)) => ", no clear change",
        (Comparison::Unclear, _) => ", too few to judge",
    };
    Some(format!("{change}{verdict}"))
}

/// What a metric adds to its headline, in words.
pub(super) fn particulars(id: MetricId, clock: Option<Clock>, figures: &Figures) -> Vec<String> {
    let count = |n: u64| format::count(n as f64);
    let shown = |seconds| format::duration_on(clock, seconds);
    let share = |part: u64| format::percent(figures.n.filter(|n| *n > 0).map(|n| part as f64 / n as f64));
    let mut out = Vec::new();
    let mut say = |when: bool, words: String| {
        if when {
            out.push(words);
        }
    };
    match &figures.detail.particulars {
        Particulars::None => {}
        Particulars::Volume { outbound, .. } => say(*outbound > 0, format!("+ {} outbound", count(*outbound))),
        Particulars::Flow { opening, closing } => say(true, format!("{} → {}", count(*opening), count(*closing))),
        Particulars::Backlog { by_status, awaiting_reply } => {
            let split: Vec<String> =
                by_status.iter().map(|(s, n)| format!("{} {}", count(*n), s.name().replace('_', " "))).collect();
            say(split.len() > 1, split.join(", "));
            say(*awaiting_reply > 0, format!("{} await our reply", count(*awaiting_reply)));
        }
        Particulars::Age { oldest, .. } => {
            let max = figures.detail.spread.map(|s| shown(s.max));
            if let (Some(ticket), Some(max)) = (oldest, max) {
                say(true, format!("oldest {max} ({})", ticket.id));
            }
        }
        Particulars::Solved { created } => say(true, format!("created {}", count(*created))),
        Particulars::Unreplied { longest_s, oldest, .. } => {
            let whose = oldest.as_ref().map(|ticket| format!(", {ticket}")).unwrap_or_default();
            say(longest_s.is_some(), format!("longest wait {}{whose}", shown(longest_s.unwrap_or_default())));
        }
        Particulars::StillWaiting { tickets, longest_s } => {
            let oldest = longest_s.map(|s| format!(", oldest {}", format::duration(Some(s)))).unwrap_or_default();
            say(*tickets > 0, format!("{} still waiting{oldest}", count(*tickets)));
        }
        Particulars::AnyReply { human_s } => {
            say(human_s.is_some(), format!("human {}", shown(human_s.unwrap_or_default())));
        }
        Particulars::Waited { never_pending } => {
            say(*never_pending > 0, format!("{} never were pending", share(*never_pending)));
        }
        Particulars::Held { tickets } => say(true, format!("{} were on hold", share(*tickets))),
        Particulars::FirstContact { provisional, .. } => {
            say(*provisional > 0, format!("{} provisional", count(*provisional)))
        }
        Particulars::Touched { two, more } => {
            say(true, format!("two-touch {}", share(*two)));
            say(true, format!("more {}", share(*more)));
        }
        Particulars::People { by_people: [one, ..], max } => {
            say(true, format!("{} handled by one", share(*one)));
            say(*max > 1, format!("max {max}"));
        }
        Particulars::Reassigned { tickets, team_changes } => {
            say(true, format!("{} reassigned", share(*tickets)));
            say(*team_changes > 0, format!("{} team changes", count(*team_changes)));
        }
        Particulars::BotResolved { unconfirmed, came_back } => {
            say(*unconfirmed > 0, format!("{} unconfirmed", count(*unconfirmed)));
            say(*came_back > 0, format!("{} came back", count(*came_back)));
        }
        Particulars::Promise { typical_s } => {
            say(typical_s.is_some(), format!("typically {}", shown(typical_s.unwrap_or_default())));
        }
        Particulars::Reopened { soft, reopens, usual_s } => {
            say(*soft > 0, format!("{} without a further reply", count(*soft)));
            let per_ticket = *reopens as f64 / figures.n.unwrap_or_default().max(1) as f64;
            say(*reopens > figures.detail.numerator.unwrap_or_default(), format!("{per_ticket:.2} reopens a ticket"));
            say(usual_s.is_some(), format!("usually after {}", format::duration(*usual_s)));
        }
        Particulars::Resolved { open, young, same_age } => {
            let young = if *young > 0 { format!(", {} younger than a day", count(*young)) } else { String::new() };
            say(*open > 0, format!("{} open{young}", count(*open)));
            say(*same_age && figures.previous.is_some(), "compared at the same age".to_owned());
        }
        Particulars::Rated { .. }
        | Particulars::Answered { .. }
        | Particulars::Score { .. }
        | Particulars::Effort { .. }
        | Particulars::Comments { .. }
        | Particulars::FollowedUp { .. } => out.extend(satisfaction::particulars(figures)),
        Particulars::Promises { running, at_risk, .. } => {
            let at_risk = if *at_risk > 0 { format!(", {} at risk", count(*at_risk)) } else { String::new() };
            say(*running > 0, format!("{} running{at_risk}", count(*running)));
        }
        Particulars::AtRisk { running, missed, .. } => {
            say(*running > 0, format!("of {} running", count(*running)));
            say(*missed > 0, format!("{} missed and still open", count(*missed)));
        }
        Particulars::Breaches { open, median_s } => {
            say(*open > 0, format!("{} still open", count(*open)));
            say(median_s.is_some(), format!("median overrun {}", shown(median_s.unwrap_or_default())));
        }
        Particulars::Spent { .. }
        | Particulars::Quotient(_)
        | Particulars::CostShare { .. }
        | Particulars::Retention(_)
        | Particulars::Lifetime(_)
        | Particulars::Trials(_) => out.extend(cost::particulars(id, figures)),
        Particulars::Peak(_)
        | Particulars::Busiest { .. }
        | Particulars::Breakdown { .. }
        | Particulars::Issues { .. }
        | Particulars::Spikes
        | Particulars::Solvers { .. }
        | Particulars::Loads { .. }
        | Particulars::Senders { .. } => out.extend(workload::particulars(figures)),
        Particulars::PhoneHold(_)
        | Particulars::Abandoned { .. }
        | Particulars::InTime { .. }
        | Particulars::Handled(_)
        | Particulars::Utilized(_)
        | Particulars::Occupied(_)
        | Particulars::Overloaded { .. }
        | Particulars::Staffing(_) => out = effort::particulars(figures),
    }
    out
}

/// Warnings about a figure, in the order of kpis.md 4.3.
pub(super) fn caveats(id: MetricId, clock: Option<Clock>, figures: &Figures, variant: Option<&str>) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(figures.detail.coverage.and_then(covered));
    out.extend(figures.detail.begins.map(|date| format!("history starts on {}", day(date))));
    out.extend(figures.restated.map(|before| format!("restated, was {}", shown(id, clock, figures, before.was))));
    out.extend(effort::caveat(figures));
    if figures.value.is_some() && id.unit() != Unit::Composite && matches!(figures.n, Some(1..SMALL)) {
        out.push("small sample".to_owned());
    }
    out.extend(workload::caveats(&figures.detail.particulars));
    out.extend(cost::caveats(id, &figures.detail.particulars));
    if figures.detail.unfiltered {
        out.push("of all customers: they have no such value".to_owned());
    }
    if let Some(variant) = variant {
        out.push(format!("variant {variant}"));
    }
    out
}

/// On how much of what it should cover a figure is computed: said below 95%, called partial below 60% (kpis.md R14).
fn covered(coverage: Coverage) -> Option<String> {
    let Coverage { covered, of, what } = coverage;
    let words = match covered {
        0 => format!("no {what}"),
        n => format!("{what} on {} of {}", format::count(n as f64), format::count(of as f64)),
    };
    match coverage.share() {
        ..0.6 => Some(format!("partial: {words}")),
        ..0.95 => Some(words),
        _ => None,
    }
}

/// A published figure with what must be known of it: `94.7% (Zendesk Benchmark Q4 2014, all industries, 140 countries:
/// old, for context only)`.
pub(super) fn benchmark(unit: Unit, benchmark: &Benchmark) -> String {
    let shown = |value| match unit {
        Unit::Currency => format!("{} {}", format::value(unit, None, Some(value)), benchmark.unit),
        _ => format::value(unit, None, Some(value)),
    };
    let range = benchmark.high.map(|high| format!("–{}", shown(high))).unwrap_or_default();
    let known = |text: &&str| !text.is_empty() && *text != "-";
    let mut about: Vec<String> = [benchmark.source.as_str(), &benchmark.segment, &benchmark.region, &benchmark.stat]
        .into_iter()
        .filter(known)
        .map(str::to_owned)
        .collect();
    let year = benchmark.year.map_or_else(|| "undated".to_owned(), |year| year.to_string());
    if !benchmark.source.contains(&year) {
        about.push(year);
    }
    let caution = match (benchmark.fit, benchmark.fresh, benchmark.year) {
        (Fit::Loose, ..) => ": loose match, for context only",
        (_, true, _) => "",
        (_, false, Some(_)) => ": old, for context only",
        (_, false, None) => ": for context only",
    };
    let clock = if unit == Unit::Seconds { " in calendar time" } else { "" };
    let standing = match benchmark.standing {
        Some(Standing::Above) => "; you are above",
        Some(Standing::Within) => "; no clear difference",
        Some(Standing::Below) => "; you are below",
        None => "",
    };
    format!("{}{range}{clock} ({}{caution}){standing}", shown(benchmark.value), about.join(", "))
}

/// A date with its year.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// The group of a breakdown as people call it.
pub(super) fn key_words(by: GroupBy, key: Option<&str>) -> String {
    let Some(key) = key else { return "(none)".to_owned() };
    let date = || key.parse::<NaiveDate>().map_or_else(|_| key.to_owned(), |d| d.format("%a %-d %b").to_string());
    match by {
        GroupBy::Dimension(_) => key.to_owned(),
        GroupBy::Time(TimeUnit::Hour) => format!("{key}:00"),
        GroupBy::Time(TimeUnit::Weekday) => capital(key),
        GroupBy::Time(TimeUnit::Day) => date(),
        GroupBy::Time(TimeUnit::Week) => format!("from {}", date()),
        GroupBy::Time(TimeUnit::Month) => {
            format!("{key}-01").parse::<NaiveDate>().map_or_else(|_| key.to_owned(), |d| d.format("%b %Y").to_string())
        }
    }
}

/// A word with a capital letter.
pub(super) fn capital(word: &str) -> String {
    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
}

/// A period as people say it: `7 days to Wed 18 Nov 15:30`, `October 2026`, `1 – 31 Oct`.
pub fn period_words(period: Period, as_of: Timestamp, zone: Zone) -> String {
    let (from, to) = (zone.local(period.from), zone.local(period.to));
    let this_year = zone.local(as_of).year();
    let date = |d: NaiveDate| {
        let pattern = if d.year() == this_year { "%a %-d %b" } else { "%a %-d %b %Y" };
        d.format(pattern).to_string()
    };
    let moment = |t: chrono::NaiveDateTime| format!("{} {}", date(t.date()), t.format("%H:%M"));
    let begins_a_day = zone.midnight(from.date()) == period.from;
    let ends_a_day = zone.midnight(to.date()) == period.to && period.to > period.from;
    if period.from <= Timestamp(0) {
        return format!("all until {}", moment(to));
    }
    if !begins_a_day {
        let hours = period.length_ms() / 3_600_000;
        let whole = period.length_ms() % 3_600_000 == 0;
        let length = if hours == 1 { "hour".to_owned() } else { format!("{hours} hours") };
        return if whole {
            format!("{length} to {}", moment(to))
        } else {
            format!("{} – {}", moment(from), moment(to))
        };
    }
    if !ends_a_day {
        let days = (to.date() - from.date()).num_days() + 1;
        return match days {
            1 => format!("{} until {}", date(to.date()), to.format("%H:%M")),
            _ => format!("{days} days to {}", moment(to)),
        };
    }
    let last = to.date().pred_opt().unwrap_or(to.date());
    if from.date() == last {
        return date(last);
    }
    let whole_month = from.day() == 1 && to.day() == 1 && to.time() == NaiveTime::MIN;
    match (to.year() * 12 + to.month().cast_signed()) - (from.year() * 12 + from.month().cast_signed()) {
        1 if whole_month => from.format("%B %Y").to_string(),
        12 if whole_month && from.month() == 1 => from.format("%Y").to_string(),
        _ => format!("{} – {}", date(from.date()), date(last)),
    }
}
