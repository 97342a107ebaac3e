//! Who is a customer, who stays, what they are worth (kpis.md 5.3.22, 5.4.4, 5.4.5, 5.4.7, 5.4.9).

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::columns::Row;
use crate::domain::definitions::{ChurnBase, ClvVariant, RetentionVariant};
use crate::domain::event::Initiator;
use crate::domain::names::{Dimension, GroupBy};
use crate::domain::sample::{CustomerNo, CustomerState, SampleFact, SampleKind};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{Lifetime, Particulars, Quotient, Retention, Trials};
use crate::metrics::frame::Frame;
use crate::metrics::measure::{Measure, Measured};
use crate::metrics::pool::Pool;
use crate::metrics::statistics;
use crate::metrics::workload;

/// Customers or losses below this make a lifetime value no more than an idea.
const LEAST_CUSTOMERS: usize = 30;
const LEAST_LOSSES: i64 = 5;

type Customers = HashSet<CustomerNo>;

/// Where customers and what they pay are looked up. Tickets have teams and tags, customers do not: a filter on those
/// leaves all customers in. Only a filter on their tier asks for some of them.
pub(super) fn market<'f, 'a>(frame: &Frame<'f, 'a>) -> Pool<'f, 'a> {
    let by_tier = frame.filters.concern(Dimension::Tier) || frame.query.by == Some(GroupBy::Dimension(Dimension::Tier));
    if by_tier { frame.counted } else { frame.all }
}

/// What the event says a customer became.
fn state(row: &Row<'_>) -> Option<CustomerState> {
    match row.fact() {
        SampleFact::Customer { state, .. } => Some(state),
        _ => None,
    }
}

/// Who was a customer just before an instant. Who only tries is none.
fn active<'a>(frame: &Frame<'_, 'a>, at: Timestamp) -> impl Iterator<Item = Row<'a>> {
    market(frame).just_before(SampleKind::Customer, at).filter(|row| state(row) == Some(CustomerState::Paid))
}

fn numbers<'a>(rows: impl Iterator<Item = Row<'a>>) -> Customers {
    rows.filter_map(|row| row.customer()).collect()
}

/// The average number of customers: the mean of both ends of the period.
pub(super) fn average(frame: &Frame<'_, '_>) -> f64 {
    let known = frame.known();
    let at = |at| numbers(active(frame, at)).len() as f64;
    (at(known.from) + at(known.to)) / 2.0
}

/// 5.3.22: tickets for each hundred customers.
pub(in crate::metrics) fn contact_rate(frame: &Frame<'_, '_>) -> Measured {
    let (tickets, customers) = (workload::arrivals(frame, frame.period).count() as f64, average(frame));
    let quotient = Quotient { total: tickets, by: customers, months: frame.months(), unconverted: Vec::new() };
    let measure = Measure::Quotient { numerator: 100.0 * tickets, denominator: customers, n: None };
    frame.worth(measure).with(Particulars::Quotient(quotient))
}

/// Who was there at both ends of the period, who came, who left.
struct Stay {
    start: Customers,
    end: Customers,
    /// Came within the period, whether or not they stayed.
    new: Customers,
    /// Was no customer at some time within the period.
    paused: Customers,
}

impl Stay {
    fn of(frame: &Frame<'_, '_>) -> Self {
        let known = frame.known();
        let (start, end) = (numbers(active(frame, known.from)), numbers(active(frame, known.to)));
        let (mut new, mut paused) = (Customers::new(), Customers::new());
        for row in market(frame).within(SampleKind::Customer, known) {
            let Some(customer) = row.customer() else { continue };
            if state(&row) != Some(CustomerState::Paid) {
                paused.insert(customer);
            } else if !start.contains(&customer) {
                new.insert(customer);
            }
        }
        Self { start, end, new, paused }
    }

    /// How many of those at the start were kept; the textbook formula may find less than nobody.
    fn kept(&self, variant: RetentionVariant) -> i64 {
        let stayed = || self.start.intersection(&self.end);
        match variant {
            RetentionVariant::Endpoints => stayed().count() as i64,
            RetentionVariant::Continuous => stayed().filter(|c| !self.paused.contains(c)).count() as i64,
            RetentionVariant::NaiveFormula => self.end.len() as i64 - self.new.len() as i64,
        }
    }

    /// What the kept customers pay of what all paid at the start; `None` where that is not known of each.
    fn revenue_weighted(&self, frame: &Frame<'_, '_>) -> Option<f64> {
        let known = frame.known();
        let paid =
            |at| -> Option<HashMap<CustomerNo, i64>> { active(frame, at).map(|row| price(frame, &row)).collect() };
        let (before, after) = (paid(known.from)?, paid(known.to)?);
        let kept = |(customer, price): (&CustomerNo, &i64)| after.get(customer).map_or(0, |now| *now.min(price)) as f64;
        let all: i64 = before.values().sum();
        (all > 0).then(|| before.iter().map(kept).sum::<f64>() / all as f64)
    }
}

/// What a customer pays, in the reporting currency.
fn price(frame: &Frame<'_, '_>, row: &Row<'_>) -> Option<(CustomerNo, i64)> {
    match row.fact() {
        SampleFact::Customer { micros, .. } if row.name(0).is_none_or(|word| frame.definitions.currency.is(word)) => {
            Some((row.customer()?, micros?))
        }
        _ => None,
    }
}

fn retention_variant(frame: &Frame<'_, '_>) -> RetentionVariant {
    match frame.variant {
        Some("endpoints") => RetentionVariant::Endpoints,
        Some("continuous") => RetentionVariant::Continuous,
        Some("naive_formula") => RetentionVariant::NaiveFormula,
        _ => frame.definitions.switches.retention_variant,
    }
}

/// The share of each month that a share of a longer stretch means; `None` of no time at all.
fn monthly(share: f64, months: f64) -> Option<f64> {
    (months > 0.0 && share >= 0.0).then(|| share.powf(1.0 / months))
}

/// What there is to tell of who stayed.
fn retention(frame: &Frame<'_, '_>, stay: &Stay, kept: i64) -> Retention {
    let months = frame.months();
    let share = (!stay.start.is_empty()).then(|| kept as f64 / stay.start.len() as f64);
    Retention {
        start: stay.start.len() as u64,
        end: stay.end.len() as u64,
        kept,
        new: stay.new.len() as u64,
        new_at_end: stay.new.intersection(&stay.end).count() as u64,
        revenue_weighted: stay.revenue_weighted(frame),
        monthly_churn: share.and_then(|share| monthly(share, months)).map(|kept| 1.0 - kept),
        months,
    }
}

/// A share of customers: a rate, unless a formula makes it something else.
fn share_of(frame: &Frame<'_, '_>, part: i64, whole: f64, counted: bool, told: Retention) -> Measured {
    let measure = match u64::try_from(part) {
        Ok(numerator) if counted => Measure::Rate { numerator, denominator: whole as u64 },
        _ => Measure::Share { numerator: part as f64, denominator: whole, n: Some(told.start) },
    };
    let mut measured = frame.worth(measure);
    measured.detail.numerator = u64::try_from(part).ok();
    measured.detail.denominator = Some(told.start);
    measured.detail.unfiltered = frame.is_unfiltered();
    measured.with(Particulars::Retention(told))
}

/// 5.4.4: of the customers at the start of the period, those who are still there at its end.
pub(in crate::metrics) fn customer_retention_rate(frame: &Frame<'_, '_>) -> Measured {
    let (stay, variant) = (Stay::of(frame), retention_variant(frame));
    let kept = stay.kept(variant);
    let told = retention(frame, &stay, kept);
    share_of(frame, kept, stay.start.len() as f64, variant != RetentionVariant::NaiveFormula, told)
}

/// 5.4.5: the customers who are not kept.
pub(in crate::metrics) fn churn_rate(frame: &Frame<'_, '_>) -> Measured {
    let (stay, variant) = (Stay::of(frame), retention_variant(frame));
    let kept = stay.kept(variant);
    let (lost, told) = (stay.start.len() as i64 - kept, retention(frame, &stay, kept));
    let counted = variant != RetentionVariant::NaiveFormula;
    match frame.definitions.switches.churn_base {
        ChurnBase::Start => share_of(frame, lost, stay.start.len() as f64, counted, told),
        ChurnBase::Average => share_of(frame, lost, average(frame), false, told),
    }
}

/// The share of the revenue that is left after the cost of delivering, where somebody has said it.
pub(super) fn margin(frame: &Frame<'_, '_>) -> Option<f64> {
    Some(frame.definitions.switches.clv_gross_margin).filter(|margin| *margin < 1.0)
}

/// 5.4.7: what a customer brings until they leave.
pub(in crate::metrics) fn clv(frame: &Frame<'_, '_>) -> Measured {
    let stay = Stay::of(frame);
    let kept = stay.kept(frame.definitions.switches.retention_variant);
    let retention_month = (!stay.start.is_empty())
        .then(|| kept as f64 / stay.start.len() as f64)
        .and_then(|share| monthly(share, frame.months()));
    let arpa = super::arpa(frame);
    let unconverted = match arpa.detail.particulars {
        Particulars::Quotient(Quotient { unconverted, .. }) => unconverted,
        _ => Vec::new(),
    };
    let arpa_month = arpa.measure.headline(None);
    let switches = &frame.definitions.switches;
    let variant = match frame.variant {
        Some("simple") => ClvVariant::Simple,
        Some("discounted") => ClvVariant::Discounted,
        _ => switches.clv_variant,
    };
    let (mut measure, mut capped) = (Measure::Quotient { numerator: 0.0, denominator: 0.0, n: None }, false);
    if let (Some(arpa), Some(kept)) = (arpa_month, retention_month) {
        let gain = arpa * switches.clv_gross_margin;
        // Where nobody leaves and nothing is discounted, customers would be worth infinity.
        let shortest = 1.0 / f64::from(switches.clv_max_months);
        let (numerator, loss, least) = match variant {
            ClvVariant::Simple => (gain, 1.0 - kept, shortest),
            ClvVariant::Discounted => {
                let loss = 1.0 + switches.clv_discount_monthly - kept;
                (gain * kept, loss, if loss > 0.0 { loss } else { shortest })
            }
        };
        capped = loss < least;
        measure = Measure::Quotient { numerator, denominator: loss.max(least), n: None };
    }
    let mut measured = frame.worth(measure);
    measured.detail.unfiltered = frame.is_unfiltered();
    measured.with(Particulars::Lifetime(Lifetime {
        arpa_month,
        retention_month,
        margin: margin(frame),
        capped,
        rough: stay.start.len() < LEAST_CUSTOMERS || stay.start.len() as i64 - kept < LEAST_LOSSES,
        unconverted,
    }))
}

/// 5.4.9: trials that became paying customers, with and without having written to support before.
pub(in crate::metrics) fn trial_conversion_rate(frame: &Frame<'_, '_>) -> Measured {
    let window_s = frame.definitions.switches.conversion_window_s;
    let mut changes: BTreeMap<CustomerNo, Vec<(Timestamp, CustomerState)>> = BTreeMap::new();
    let everything = crate::metrics::period::Period { from: Timestamp::MIN, to: Timestamp::MAX };
    for row in market(frame).within(SampleKind::Customer, everything) {
        if let (Some(customer), Some(state)) = (row.customer(), state(&row)) {
            changes.entry(customer).or_default().push((row.at(), state));
        }
    }
    let mut wrote: HashMap<CustomerNo, Vec<Timestamp>> = HashMap::new();
    for row in frame.all.within(SampleKind::Created, everything) {
        if let (Some(customer), SampleFact::Created { initiator: Initiator::Customer, .. }) =
            (row.customer(), row.fact())
        {
            wrote.entry(customer).or_default().push(row.at());
        }
    }
    let mut trials = Trials::default();
    for (customer, changes) in changes {
        let Some(began) = trial(&changes, frame) else { continue };
        let ends = began.plus_s(window_s);
        let paid = |(at, state): &&(Timestamp, CustomerState)| *at >= began && *state == CustomerState::Paid;
        let paid = changes.iter().find(paid).map(|(at, _)| *at).filter(|at| *at < ends);
        if paid.is_none() && ends > frame.as_of {
            trials.immature += 1;
            continue;
        }
        let until = paid.unwrap_or(ends);
        let contact = wrote.get(&customer).is_some_and(|at| at.iter().any(|at| began <= *at && *at < until));
        let (converted, all) = if contact { &mut trials.with_contact } else { &mut trials.without_contact };
        *converted += u64::from(paid.is_some());
        *all += 1;
    }
    let ((a, b), (c, d)) = (trials.with_contact, trials.without_contact);
    trials.difference = statistics::newcombe(c, d, a, b);
    let mut measured = frame.worth(Measure::Rate { numerator: a + c, denominator: b + d });
    (measured.detail.numerator, measured.detail.denominator) = (Some(a + c), Some(b + d));
    measured.detail.unfiltered = frame.is_unfiltered();
    measured.with(Particulars::Trials(trials))
}

/// When the trial of a customer began, if it did in the period. A trial that is told of twice is one.
fn trial(changes: &[(Timestamp, CustomerState)], frame: &Frame<'_, '_>) -> Option<Timestamp> {
    let mut before = None;
    changes.iter().find_map(|(at, state)| {
        let began = *state == CustomerState::Trial && before != Some(CustomerState::Trial);
        before = Some(*state);
        (began && frame.period.contains(*at)).then_some(*at)
    })
}
