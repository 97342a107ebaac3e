//! Customer satisfaction: what customers say when asked (kpis.md 5.2).
//!
//! Every metric in here reads the same sets of answers: one answer per survey, the latest (kpis.md R22), in the period
//! that `csat.attribution` puts it into.

mod comments;
mod effort;
mod followup;
mod scale;
mod score;

use std::collections::BTreeMap;

pub(super) use comments::survey_comments;
pub(super) use effort::ces;
pub(super) use followup::negative_followup_rate;
pub(super) use score::{employee_nps, nps};

use super::answer::Particulars;
use super::catalogue::Need;
use super::frame::Frame;
use super::measure::Measured;
use super::pool::{EVER, Tickets};
use super::statistics;
use crate::domain::columns::Row;
use crate::domain::definitions::{CsatScope, CsatVariant, Switches};
use crate::domain::event::SurveyKind;
use crate::domain::sample::{SampleFact, SampleKind, only};
use crate::domain::timestamp::Timestamp;
use scale::Scale;

/// Sent a shorter time ago, a survey may well be answered yet.
const YOUNG_MS: i64 = 7 * 86_400_000;

/// An answer to a survey.
#[derive(Clone, Copy)]
struct Answer<'a> {
    row: Row<'a>,
    scale: Scale,
    value: f64,
    version: Option<u8>,
    transactional: bool,
    human: bool,
    commented: bool,
    answered: Timestamp,
    followed_up: Option<Timestamp>,
}

/// The answers to surveys of a kind, by the period they belong to.
fn answers<'f, 'a>(frame: &Frame<'f, 'a>, kind: SurveyKind) -> impl Iterator<Item = Answer<'a>> + use<'f, 'a> {
    let ratings = frame.counted.of::<only::Rating<_>>(frame.period).filter(move |(_, rating)| rating.survey() == kind);
    ratings.map(|(row, rating)| Answer {
        row,
        scale: Scale(rating.scale()),
        value: rating.value(),
        version: rating.version(),
        transactional: rating.transactional(),
        human: rating.human(),
        commented: rating.commented(),
        answered: rating.answered(),
        followed_up: rating.followed_up(),
    })
}

/// The answers that satisfaction is made of, and those left out because no human had answered the ticket.
fn satisfaction<'a>(frame: &Frame<'_, 'a>) -> (Vec<Answer<'a>>, Vec<Answer<'a>>) {
    let all = frame.definitions.switches.csat_scope == CsatScope::All;
    answers(frame, SurveyKind::Csat).partition(|answer| answer.human || all)
}

fn satisfied(answer: &Answer<'_>, switches: &Switches) -> bool {
    answer.value >= answer.scale.satisfied_from(switches.csat_satisfied_min)
}

/// 5.2.1: the share of satisfied answers, by the day of the answer.
pub(super) fn csat(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let (rated, bots) = satisfaction(frame);
    let satisfied = |a: &Answer<'_>| satisfied(a, switches);
    let variant = match frame.variant {
        Some("top_box") => CsatVariant::TopBox,
        Some("net") => CsatVariant::Net,
        Some("mean") => CsatVariant::Mean,
        _ => switches.csat_variant,
    };
    let measured = match variant {
        CsatVariant::TopBox => Measured::rate(frame, rated.iter().map(|a| (a.row, satisfied(a)))),
        CsatVariant::Net => {
            let opinion = |a: &Answer<'_>| {
                let bad = a.value <= a.scale.dissatisfied_to(switches.csat_satisfied_min);
                if satisfied(a) { Some(true) } else { bad.then_some(false) }
            };
            Measured::net(frame, 1.0, rated.iter().map(|a| (a.row, opinion(a))))
        }
        CsatVariant::Mean => mean(frame, &rated),
    };
    if !frame.detailed {
        return measured;
    }
    let one = one_scale(&rated);
    let all = switches.csat_scope == CsatScope::All;
    let of_bots = |fact| matches!(fact, SampleFact::Rating { survey: SurveyKind::Csat, human: false, .. } if !all);
    let particulars = Particulars::Rated {
        mean: mean_of(&rated, one),
        scale: one.map(|scale| scale.0),
        distribution: one.map(|scale| distribution(scale, &rated)).unwrap_or_default(),
        bots: (bots.iter().filter(|a| satisfied(a)).count() as u64, bots.len() as u64),
    };
    let what = "ratings of what only bots answered";
    measured.with(particulars).leaving_out(frame, SampleKind::Rating, what, of_bots)
}

/// 5.2.2: of the surveys sent, those answered by now, by the day of sending. Where sendings are not delivered, of the
/// tickets solved.
pub(super) fn csat_response_rate(frame: &Frame<'_, '_>) -> Measured {
    if frame.has(Need::SurveysSent) {
        let mut young = 0;
        let sent = frame.counted.of::<only::SurveySent<_>>(frame.period);
        let sent = sent.filter(|(_, sent)| sent.survey() == SurveyKind::Csat).map(|(row, sent)| (row, sent.answered()));
        let measured = Measured::rate(
            frame,
            sent.inspect(|(row, answered)| young += u64::from(!answered && frame.as_of - row.at() < YOUNG_MS)),
        );
        return measured.with(Particulars::Answered { of_solved: false, provisional: young });
    }
    let ratings = frame.all.of::<only::Rating<_>>(EVER).filter(|(_, rating)| rating.survey() == SurveyKind::Csat);
    let rated: Tickets = ratings.map(|(row, _)| row.ticket()).collect();
    let mut young = 0;
    let solved = frame.counted.of::<only::Solve<_>>(frame.period);
    let solved = solved.filter(|(_, solve)| solve.last()).map(|(row, _)| row);
    let mut measured = Measured::rate(
        frame,
        solved.map(|row| {
            let answered = rated.contains(row.ticket());
            young += u64::from(!answered && frame.as_of - row.at() < YOUNG_MS);
            (row, answered)
        }),
    );
    measured.detail.counted = Some(("solved ticket", "solved tickets"));
    measured.with(Particulars::Answered { of_solved: true, provisional: young })
}

/// The mean answer as the headline.
fn mean(frame: &Frame<'_, '_>, rated: &[Answer<'_>]) -> Measured {
    Measured::mean(frame, mean_of(rated, one_scale(rated)), rated.iter().map(|a| (a.row, a.value)))
}

/// The scale that all answers share; different scales are not averaged.
fn one_scale(rated: &[Answer<'_>]) -> Option<Scale> {
    let first = rated.first()?.scale;
    rated.iter().all(|a| a.scale == first).then_some(first)
}

fn mean_of(rated: &[Answer<'_>], one: Option<Scale>) -> Option<f64> {
    // In an order that depends on the answers only, so that the last bit of the sum does too.
    statistics::mean(&sorted(if one.is_some() { rated } else { &[] }))
}

fn sorted(rated: &[Answer<'_>]) -> Vec<f64> {
    let mut values: Vec<f64> = rated.iter().map(|a| a.value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// How often each answer was given.
fn distribution(scale: Scale, rated: &[Answer<'_>]) -> BTreeMap<String, u64> {
    let mut distribution: BTreeMap<String, u64> = scale.answers().map(|answer| (answer.to_string(), 0)).collect();
    for equal in sorted(rated).chunk_by(|a, b| a == b) {
        *distribution.entry(equal[0].to_string()).or_default() += equal.len() as u64;
    }
    distribution
}
