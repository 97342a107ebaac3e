//! What the metrics of cost and value say beside their value (kpis.md 5.4, "Shows").

use super::super::answer::{Figures, Lifetime, MoneyRow, Particulars, Quotient, Retention, Row, Trials};
use super::super::format;
use super::super::statistics;
use crate::domain::names::MetricId;

/// How many kinds of cost a line names.
const NAMED: usize = 3;

/// What a line says beside the value.
pub(super) fn particulars(id: MetricId, figures: &Figures) -> Vec<String> {
    let money = |amount: f64| format::money(amount, figures.currency.unwrap_or_default());
    match &figures.detail.particulars {
        Particulars::Spent { .. } => {
            let kind = |row: &Row| match row {
                Row::Money(MoneyRow { category, amount, converted: true, .. }) => {
                    Some(format!("{} {}", category.as_deref().unwrap_or("other"), money(*amount)))
                }
                _ => None,
            };
            let kinds: Vec<String> = figures.rows.iter().flatten().filter_map(kind).collect();
            if kinds.len() > 1 { kinds.into_iter().take(NAMED).collect() } else { Vec::new() }
        }
        Particulars::Quotient(Quotient { total, by, months, .. }) => match id {
            MetricId::CostPerTicket => vec![format!("{} ÷ {} tickets", money(*total), format::count(*by))],
            MetricId::ContactRate => {
                vec![format!("{} tickets of {} customers", format::count(*total), average(*by))]
            }
            MetricId::SupportCostPerCustomer => {
                vec![format!("{} ÷ {} customers, in {}", money(*total), average(*by), stretch(*months))]
            }
            _ => vec![format!("{} ÷ {} customers ÷ {}", money(*total), average(*by), stretch(*months))],
        },
        Particulars::CostShare { cost, margin, .. } => {
            vec![format!("of the monthly margin goes into support ({} of {})", money(*cost), money(*margin))]
        }
        Particulars::Retention(retention) => stay(id, retention),
        Particulars::Lifetime(lifetime) => value_of(lifetime, &money),
        Particulars::Trials(trials) => conversion(trials),
        _ => Vec::new(),
    }
}

fn average(customers: f64) -> String {
    format!("{:.1}", customers).trim_end_matches(".0").to_owned()
}

/// `3 months`, `1.5 months`.
fn stretch(months: f64) -> String {
    let shown = average(months);
    if shown == "1" { "1 month".to_owned() } else { format!("{shown} months") }
}

fn stay(id: MetricId, retention: &Retention) -> Vec<String> {
    let Retention { start, kept, months, monthly_churn, revenue_weighted, .. } = retention;
    let mut said = Vec::new();
    if *start > 0 && id == MetricId::CustomerRetentionRate {
        said.push(format!("churn {}", format::percent(Some(1.0 - *kept as f64 / *start as f64))));
        said.extend(revenue_weighted.map(|share| format!("{} of the revenue", format::percent(Some(share)))));
    }
    if let Some(monthly) = monthly_churn.filter(|_| id == MetricId::ChurnRate && (months - 1.0).abs() > 0.05) {
        said.push(format!("in {}, {} a month", stretch(*months), format::percent(Some(monthly))));
    }
    said
}

fn value_of(lifetime: &Lifetime, money: &dyn Fn(f64) -> String) -> Vec<String> {
    let (Some(arpa), Some(kept)) = (lifetime.arpa_month, lifetime.retention_month) else { return Vec::new() };
    let margin = lifetime.margin.map(|margin| format!(" × {}", format::percent(Some(margin)))).unwrap_or_default();
    vec![format!("{} a month{margin} ÷ {} monthly churn", money(arpa), format::percent(Some(1.0 - kept)))]
}

fn conversion(trials: &Trials) -> Vec<String> {
    let part = |(converted, all): (u64, u64)| {
        let (low, high) = statistics::wilson(converted, all)?;
        let percent = |share| format!("{}%", format::count(share * 100.0));
        let interval = format!("{}–{}", percent(low).trim_end_matches('%'), percent(high));
        Some(format!("{} ({interval}, {converted} of {all})", percent(converted as f64 / all as f64)))
    };
    let mut said: Vec<String> = [("with contact", trials.with_contact), ("without", trials.without_contact)]
        .into_iter()
        .filter_map(|(name, counts)| Some(format!("{name} {}", part(counts)?)))
        .collect();
    said.extend(trials.difference.map(|d| {
        let points = |share: f64| format::points_change(share);
        format!("difference {} ({} to {})", points(d.value), points(d.low), points(d.high))
    }));
    if trials.immature > 0 {
        said.push(format!("{} still in their window", trials.immature));
    }
    said
}

/// Warnings that come with what was found out.
pub(super) fn caveats(id: MetricId, particulars: &Particulars) -> Vec<String> {
    let mut said = Vec::new();
    let unconverted: &[(String, f64)] = match particulars {
        Particulars::Spent { unconverted } | Particulars::CostShare { unconverted, .. } => unconverted,
        Particulars::Quotient(quotient) => &quotient.unconverted,
        Particulars::Lifetime(lifetime) => &lifetime.unconverted,
        _ => &[],
    };
    if !unconverted.is_empty() {
        let amounts: Vec<String> =
            unconverted.iter().map(|(currency, amount)| format!("{amount:.2} {currency}")).collect();
        said.push(format!("incomplete: no rate for {}", amounts.join(", ")));
    }
    match particulars {
        Particulars::Lifetime(lifetime) => {
            said.extend(lifetime.margin.is_none().then(|| "revenue LTV".to_owned()));
            said.extend(lifetime.capped.then(|| "capped".to_owned()));
            said.extend(lifetime.rough.then(|| "rough".to_owned()));
        }
        Particulars::CostShare { margin_known: false, .. } => {
            said.push("of the revenue: no margin is known".to_owned())
        }
        Particulars::Trials(trials) if trials.difference.is_some() => {
            said.push("who writes may be who would have paid anyway".to_owned());
        }
        Particulars::Spent { .. } if id == MetricId::CashFlowProxy => {
            said.push("proxy: only what was entered, not accounting".to_owned());
        }
        _ => {}
    }
    said
}
