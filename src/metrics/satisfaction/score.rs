//! Promoters less detractors: of customers (kpis.md 5.2.3) and of the team (5.6.4).

use std::collections::HashMap;

use super::super::answer::Particulars;
use super::super::frame::Frame;
use super::super::measure::{Measure, Measured};
use super::super::pool::EVER;
use super::{Answer, answers};
use crate::domain::definitions::{NpsDedupe, Switches};
use crate::domain::event::SurveyKind;
use crate::domain::sample::{CustomerNo, SampleFact, SampleKind};

/// The least answer of a promoter.
const PROMOTER: f64 = 9.0;

/// Fewer answers of the team than this are not shown: each would be somebody's (kpis.md R21).
const ANONYMOUS: u64 = 5;

/// 5.2.3: one answer per customer, the latest of the period. Answers about a ticket and answers about the relationship
/// are never pooled: unless asked otherwise, the relationship speaks where anybody was asked about it.
pub(in super::super) fn nps(frame: &Frame<'_, '_>) -> Measured {
    let transactional = match frame.variant {
        Some("transactional") => true,
        Some("relationship") => false,
        _ => !frame
            .all
            .within(SampleKind::Rating, EVER)
            .any(|row| matches!(row.fact(), SampleFact::Rating { survey: SurveyKind::Nps, transactional: false, .. })),
    };
    let (asked, apart): (Vec<_>, Vec<_>) =
        answers(frame, SurveyKind::Nps).partition(|answer| answer.transactional == transactional);
    let fit = asked.iter().filter(|answer| fits(answer)).count() as u64;
    score(frame, &counted(frame, transactional), apart.len() as u64).covering(
        "a scale from 0 or 1 to 10",
        fit,
        asked.len() as u64,
    )
}

/// The answers that count, about tickets or about the relationship.
pub(super) fn counted<'a>(frame: &Frame<'_, 'a>, transactional: bool) -> Vec<Answer<'a>> {
    let given = answers(frame, SurveyKind::Nps).filter(|a| a.transactional == transactional && fits(a)).collect();
    match frame.definitions.switches.nps_dedupe {
        NpsDedupe::None => given,
        NpsDedupe::LatestPerCustomer => latest_per_customer(given),
    }
}

/// Promoters and detractors are cut out of ten points; other scales say nothing about them.
fn fits(answer: &Answer<'_>) -> bool {
    matches!(answer.scale.0, 10 | 11)
}

/// 5.6.4: the same of the team, where enough have answered for nobody to be recognised.
pub(in super::super) fn employee_nps(frame: &Frame<'_, '_>) -> Measured {
    let given: Vec<_> = answers(frame, SurveyKind::Enps).filter(fits).collect();
    let have = given.len() as u64;
    if (1..ANONYMOUS).contains(&have) {
        let mut hidden = Measured::count(frame, std::iter::empty());
        hidden.measure = Measure::TooFew { have, need: ANONYMOUS };
        return hidden;
    }
    let mut measured = score(frame, &given, 0);
    measured.detail.contributions.clear();
    measured
}

/// The latest answer of each customer; nobody knows whether two who do not say who they are are one.
fn latest_per_customer(given: Vec<Answer<'_>>) -> Vec<Answer<'_>> {
    let mut latest: HashMap<CustomerNo, usize> = HashMap::new();
    let mut kept: Vec<Answer<'_>> = Vec::new();
    for answer in given {
        let Some(customer) = answer.row.customer() else {
            kept.push(answer);
            continue;
        };
        match latest.get(&customer).map(|n| &mut kept[*n]) {
            // Of two answers at one instant the worse counts, so that their order does not matter.
            Some(before) => {
                let order = |a: &Answer<'_>| (a.row.at(), a.answered);
                let newer = order(&answer).cmp(&order(before)).then(before.value.total_cmp(&answer.value));
                if newer.is_gt() {
                    *before = answer;
                }
            }
            None => {
                latest.insert(customer, kept.len());
                kept.push(answer);
            }
        }
    }
    kept
}

fn score(frame: &Frame<'_, '_>, given: &[Answer<'_>], apart: u64) -> Measured {
    let switches = &frame.definitions.switches;
    let measured = Measured::net(frame, 100.0, given.iter().map(|a| (a.row, opinion(a, switches))));
    let Measure::Net { up, down, n, .. } = measured.measure else { return measured };
    let unusual = given.iter().filter(|a| a.scale.0 != switches.nps_scale).count() as u64;
    measured.with(Particulars::Score { promoters: up, passives: n - up - down, detractors: down, unusual, apart })
}

/// Whether an answer is a promoter's, a detractor's or neither.
pub(super) fn opinion(answer: &Answer<'_>, switches: &Switches) -> Option<bool> {
    if answer.value >= PROMOTER {
        return Some(true);
    }
    (answer.value <= f64::from(switches.nps_detractor_max)).then_some(false)
}
