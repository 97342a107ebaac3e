//! Surveys: one answer each, however often it was changed.

use super::SampleFact;
use crate::domain::definitions::{CsatAttribution, Definitions};
use crate::domain::event::{RatingReceived, SurveyKind, SurveySent};
use crate::domain::timestamp::Timestamp;

/// What was answered to a survey in the end, and when.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Answer<'r> {
    /// The first answer.
    pub(in crate::domain) first: Timestamp,
    /// The one in force.
    pub(in crate::domain) last: Timestamp,
    /// What it says.
    pub(in crate::domain) rating: &'r RatingReceived,
}

/// The answers to each survey (kpis.md R22). `same` tells whether two answers belong to one survey.
pub(in crate::domain) fn answers(
    ratings: &[(Timestamp, RatingReceived)],
    same: impl Fn(&RatingReceived, &RatingReceived) -> bool,
) -> Vec<Answer<'_>> {
    let mut answers: Vec<Answer<'_>> = Vec::new();
    for (at, rating) in ratings {
        match answers.iter_mut().find(|a| same(a.rating, rating)) {
            Some(answer) => (answer.last, answer.rating) = (*at, rating),
            None => answers.push(Answer { first: *at, last: *at, rating }),
        }
    }
    answers
}

/// The surveys that went out, each once, and whether they have been answered.
pub(in crate::domain) fn sent(
    surveys: &[(Timestamp, SurveySent)],
    ratings: &[(Timestamp, RatingReceived)],
) -> Vec<(Timestamp, SampleFact)> {
    let mut first: Vec<&(Timestamp, SurveySent)> = Vec::new();
    for survey in surveys {
        if !first.iter().any(|(_, s)| *s == survey.1) {
            first.push(survey);
        }
    }
    let answered = |s: &SurveySent| ratings.iter().any(|(_, r)| (r.kind, &r.survey) == (s.kind, &s.survey));
    first.iter().map(|(at, s)| (*at, SampleFact::SurveySent { survey: s.kind, answered: answered(s) })).collect()
}

/// What is known of an answer besides the answer itself.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Circumstances {
    /// A person had answered before it.
    pub(in crate::domain) human: bool,
    /// It is about a ticket.
    pub(in crate::domain) transactional: bool,
    /// When a person next wrote to the customer, or called.
    pub(in crate::domain) followed_up: Option<Timestamp>,
}

impl Answer<'_> {
    /// The answer that decides where it counts: the one in force or, if `csat.attribution` says so, the first.
    pub(in crate::domain) fn moment(&self, definitions: &Definitions) -> Timestamp {
        let first = definitions.switches.csat_attribution == CsatAttribution::First;
        if first && self.rating.kind == SurveyKind::Csat { self.first } else { self.last }
    }

    /// What it says.
    pub(in crate::domain) fn fact(&self, circumstances: Circumstances) -> SampleFact {
        let Circumstances { human, transactional, followed_up } = circumstances;
        SampleFact::Rating {
            survey: self.rating.kind,
            scale: self.rating.scale,
            value: self.rating.value,
            version: self.rating.effort_version(),
            transactional,
            human,
            commented: self.rating.comment().is_some(),
            answered: self.last,
            followed_up,
        }
    }
}
