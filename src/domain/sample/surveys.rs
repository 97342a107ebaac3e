//! Surveys: one answer each, however often it was changed.

use super::SampleFact;
use crate::domain::definitions::{CsatAttribution, Definitions};
use crate::domain::event::{RatingReceived, SurveyKind, SurveySent};
use crate::domain::timestamp::Timestamp;

/// What was answered to a survey in the end, and when first and last.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Answer<'r> {
    pub(in crate::domain) first: Timestamp,
    pub(in crate::domain) last: Timestamp,
    pub(in crate::domain) rating: &'r RatingReceived,
}

/// The answers to each survey; `same` tells whether two answers belong to one.
pub(in crate::domain) fn answers<'r>(
    ratings: &'r [(Timestamp, RatingReceived)],
    same: impl Fn(&RatingReceived, &RatingReceived) -> bool,
) -> Vec<Answer<'r>> {
    let mut answers: Vec<Answer<'_>> = Vec::new();
    for (at, rating) in ratings {
        match answers.iter_mut().find(|answer| same(answer.rating, rating)) {
            Some(answer) => (answer.last, answer.rating) = (*at, rating),
            None => answers.push(Answer { first: *at, last: *at, rating }),
        }
    }
    answers
}

impl Answer<'_> {
    /// When it counts (kpis.md R22).
    pub(in crate::domain) fn dated(&self, definitions: &Definitions) -> Timestamp {
        match (self.rating.kind, definitions.switches.csat_attribution) {
            (SurveyKind::Csat, CsatAttribution::First) => self.first,
            _ => self.last,
        }
    }

    /// What was written with it.
    pub(in crate::domain) fn comment(&self) -> Option<String> {
        self.rating.comment.as_ref().filter(|c| !c.trim().is_empty()).cloned()
    }

    /// What it says. `transactional`: about a ticket; `human`: a person had answered before it.
    pub(in crate::domain) fn fact(
        &self,
        transactional: bool,
        human: bool,
        followed_up: Option<Timestamp>,
    ) -> SampleFact {
        SampleFact::Rating {
            survey: self.rating.kind,
            scale: self.rating.scale,
            value: self.rating.value,
            version: [1, 2].into_iter().find(|known| self.rating.version == Some(f64::from(*known))),
            transactional,
            human,
            commented: self.comment().is_some(),
            answered: self.last,
            followed_up,
        }
    }
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
