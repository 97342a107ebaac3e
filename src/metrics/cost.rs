//! Cost and value: what support costs, and what it is worth (kpis.md 5.4).
//!
//! Money is added as whole numbers and becomes a fraction only when it is shown, so no order of events, no split of a
//! period and no number of groups changes a sum. Amounts in another currency than the reporting one are listed and left
//! out: nothing tells Deskbell the rates of a day (kpis.md R20).

mod customers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

pub(super) use customers::{churn_rate, clv, contact_rate, customer_retention_rate, trial_conversion_rate};

use super::answer::{self, MoneyRow, Particulars, Quotient};
use super::days;
use super::frame::Frame;
use super::measure::{Measure, Measured};
use super::period::Period;
use super::pool::EVER;
use super::workload;
use crate::domain::definitions::CostDenominator;
use crate::domain::money::Money;
use crate::domain::names::Dimension;
use crate::domain::sample::{CustomerNo, SampleFact, SampleKind};
use crate::domain::timestamp::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// Money in the reporting currency under each heading, and what is in other currencies.
#[derive(Debug, Default)]
struct Purse<'a> {
    headings: BTreeMap<Option<&'a str>, Money>,
    foreign: BTreeMap<(String, Option<&'a str>), Money>,
    entries: u64,
}

impl<'a> Purse<'a> {
    /// Sums up amounts with their currencies (none means the reporting one) and headings.
    fn of(frame: &Frame<'_, '_>, amounts: impl Iterator<Item = (Option<&'a str>, Option<&'a str>, Money)>) -> Self {
        let mut purse = Self::default();
        for (currency, heading, amount) in amounts {
            purse.entries += 1;
            let sum = match currency.filter(|word| !frame.definitions.currency.is(word)) {
                None => purse.headings.entry(heading).or_default(),
                Some(foreign) => purse.foreign.entry((foreign.trim().to_uppercase(), heading)).or_default(),
            };
            *sum = *sum + amount;
        }
        purse
    }

    fn total(&self) -> Money {
        self.headings.values().copied().sum()
    }

    /// What is left out of the total, by currency.
    fn unconverted(&self) -> Vec<(String, f64)> {
        let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
        for ((currency, _), amount) in &self.foreign {
            let sum = sums.entry(currency).or_default();
            *sum = *sum + *amount;
        }
        sums.into_iter().map(|(currency, sum)| (currency.to_owned(), sum.amount())).collect()
    }

    /// The headings, largest amount first, then what is left out.
    fn rows(&self, frame: &Frame<'_, '_>) -> Vec<MoneyRow> {
        let mut own: Vec<_> = self.headings.iter().collect();
        own.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let row = |category: &Option<&str>, amount: &Money, currency: &str, converted| MoneyRow {
            category: category.map(str::to_owned),
            amount: amount.amount(),
            currency: currency.to_owned(),
            converted,
        };
        let reporting = frame.definitions.currency;
        let own = own.into_iter().map(|(category, amount)| row(category, amount, reporting.code(), true));
        let foreign = self.foreign.iter().map(|((currency, category), amount)| row(category, amount, currency, false));
        own.chain(foreign).collect()
    }
}

/// The cost entries that a period shares in, each with its share: the local days of the entry that begin in the period.
fn costs<'a>(frame: &Frame<'_, 'a>) -> Purse<'a> {
    let inside = days::days(frame.known(), frame.query.zone);
    let everything = Period { from: Timestamp::MIN, to: frame.period.to.plus_ms(DAY_MS) };
    let entries = frame.counted.within(SampleKind::Cost, everything).filter_map(|row| {
        let SampleFact::Cost { micros } = row.fact() else { return None };
        // The dates of the entry, as instants of UTC.
        let day = |at: Timestamp| at.millis().div_euclid(DAY_MS);
        let (first, after) = (day(row.at()), day(row.until()?));
        let (from, to) = (inside.start.clamp(first, after), inside.end.clamp(first, after));
        (from < to).then(|| {
            let share = Money::of_micros(micros).share(from - first, to - first, after - first);
            (row.name(0), row.category(), share)
        })
    });
    Purse::of(frame, entries)
}

/// What customers paid in the period.
fn revenue<'a>(frame: &Frame<'_, 'a>) -> Purse<'a> {
    let paid = customers::market(frame).within(SampleKind::Revenue, frame.period).filter_map(|row| match row.fact() {
        SampleFact::Revenue { micros } => Some((row.name(0), None, Money::of_micros(micros))),
        _ => None,
    });
    Purse::of(frame, paid)
}

/// What each customer paid in the period, of all customers; `None` where no revenue is known at all.
pub(super) fn revenue_by_customer(frame: &Frame<'_, '_>) -> Option<HashMap<CustomerNo, Money>> {
    let mut paid: HashMap<CustomerNo, Money> = HashMap::new();
    for row in frame.all.within(SampleKind::Revenue, frame.period) {
        let reporting = row.name(0).is_none_or(|word| frame.definitions.currency.is(word));
        if let (SampleFact::Revenue { micros }, Some(customer), true) = (row.fact(), row.customer(), reporting) {
            let sum = paid.entry(customer).or_default();
            *sum = *sum + Money::of_micros(micros);
        }
    }
    (!paid.is_empty()).then_some(paid)
}

impl Frame<'_, '_> {
    /// What is known of the period.
    fn known(&self) -> Period {
        Period { from: self.period.from, to: self.end().max(self.period.from) }
    }

    /// The length of what is known of it, in months.
    fn months(&self) -> f64 {
        days::months(self.known(), self.query.zone)
    }

    /// A measurement that lists no tickets.
    fn worth(&self, measure: Measure) -> Measured {
        Measured { measure, ..Measured::count(self, std::iter::empty()) }
    }

    /// Whether there are filters, but none that applies to customers.
    fn is_unfiltered(&self) -> bool {
        !self.filters.is_empty() && !self.filters.concern(Dimension::Tier)
    }

    /// Whether costs are known, but never one of those that the filters ask for: then they do not carry the dimension.
    /// If there were some at another time, there are none now.
    fn costs_are_elsewhere(&self) -> bool {
        self.counted.within(SampleKind::Cost, EVER).next().is_none()
            && costs(&Frame { counted: self.all, ..*self }).entries > 0
    }
}

const FILTERED: &str = "costs that carry the dimension asked about (\"dimensions\" of cost events)";

/// 5.4.1: what support cost in the period; each entry spread evenly over its days.
pub(super) fn support_cost(frame: &Frame<'_, '_>) -> Measured {
    let spent = costs(frame);
    let mut measured = frame.worth(Measure::Amount(spent.total().amount()));
    if frame.costs_are_elsewhere() {
        measured.detail.missing = Some(FILTERED.to_owned());
    }
    measured.rows = Some(spent.rows(frame).into_iter().map(answer::Row::Money).collect());
    measured.with(Particulars::Spent { unconverted: spent.unconverted() })
}

/// The quotient of an amount of money, with what it was made of.
fn per(frame: &Frame<'_, '_>, money: &Purse<'_>, by: f64, months: f64, n: Option<u64>) -> Measured {
    let total = money.total().amount();
    let particulars = Quotient { total, by, months, unconverted: money.unconverted() };
    frame
        .worth(Measure::Quotient { numerator: total, denominator: by * months, n })
        .with(Particulars::Quotient(particulars))
}

/// 5.4.2: support cost by tickets of the same period.
pub(super) fn cost_per_ticket(frame: &Frame<'_, '_>) -> Measured {
    let tickets = match frame.definitions.switches.cost_denominator {
        CostDenominator::Created => workload::arrivals(frame, frame.period).count(),
        CostDenominator::Solved => workload::solves(frame, frame.period).count(),
    } as u64;
    let spent = costs(frame);
    let mut measured = per(frame, &spent, tickets as f64, 1.0, Some(tickets));
    measured.detail.denominator = Some(tickets);
    if frame.costs_are_elsewhere() {
        measured.detail.missing = Some(FILTERED.to_owned());
    }
    measured
}

/// 5.4.3: support cost by the average number of customers.
pub(super) fn support_cost_per_customer(frame: &Frame<'_, '_>) -> Measured {
    per(frame, &costs(frame), customers::average(frame), 1.0, None)
}

/// 5.4.6: revenue by the average number of customers and by months.
pub(super) fn arpa(frame: &Frame<'_, '_>) -> Measured {
    let mut measured = per(frame, &revenue(frame), customers::average(frame), frame.months(), None);
    measured.detail.unfiltered = frame.is_unfiltered();
    measured
}

/// 5.4.8: what part of a customer's margin goes into support.
pub(super) fn support_cost_share(frame: &Frame<'_, '_>) -> Measured {
    let (spent, earned) = (costs(frame), revenue(frame));
    let (average, months) = (customers::average(frame), frame.months());
    let each = |money: &Purse<'_>| if average * months > 0.0 { money.total().amount() / average / months } else { 0.0 };
    let (cost, margin) = (each(&spent), each(&earned) * frame.definitions.switches.clv_gross_margin);
    let mut unconverted = spent.unconverted();
    unconverted.extend(earned.unconverted());
    frame.worth(Measure::Share { numerator: cost, denominator: margin, n: None }).with(Particulars::CostShare {
        cost,
        margin,
        margin_known: customers::margin(frame).is_some(),
        unconverted,
    })
}

/// 5.4.10: revenue less cost, as far as both were entered. It is one of the whole company: all revenue less the costs of
/// one team would be the cash flow of nobody, so filters leave everything in.
pub(super) fn cash_flow_proxy(frame: &Frame<'_, '_>) -> Measured {
    let everything = Frame { counted: frame.all, ..*frame };
    let (earned, spent) = (revenue(&everything), costs(&everything));
    let mut unconverted = earned.unconverted();
    unconverted.extend(spent.unconverted());
    let flow = earned.total() - spent.total();
    let mut measured = frame.worth(Measure::Amount(flow.amount()));
    measured.detail.unfiltered = !frame.filters.is_empty();
    measured.with(Particulars::Spent { unconverted })
}
