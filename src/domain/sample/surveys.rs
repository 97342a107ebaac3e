//! Surveys: one answer each, however often it was changed.

use super::SampleFact;
use crate::domain::definitions::{CsatAttribution, Definitions};
use crate::domain::event::{RatingReceived, SurveyKind, SurveySent};
use crate::domain::timestamp::Timestamp;

/// The latest answer to each survey, dated by the last answer or, if `csat.attribution` says so, by the first
/// (kpis.md R22). `same` tells whether two answers belong to one survey.
pub(in crate::domain) fn answers<'r>(
    ratings: &'r [(Timestamp, RatingReceived)],
    definitions: &Definitions,
    same: impl Fn(&RatingReceived, &RatingReceived) -> bool,
) -> Vec<(Timestamp, &'r RatingReceived)> {
    let mut surveys: Vec<(Timestamp, &RatingReceived)> = Vec::new();
    for (at, rating) in ratings {
        let dated_first =
            rating.kind == SurveyKind::Csat && definitions.switches.csat_attribution == CsatAttribution::First;
        match surveys.iter_mut().find(|(_, r)| same(r, rating)) {
            Some((first, latest)) => {
                *first = if dated_first { *first } else { *at };
                *latest = rating;
            }
            None => surveys.push((*at, rating)),
        }
    }
    surveys
}

/// The surveys that went out, each once, and whether they have been answered.
pub(in crate::domain) fn sent<'s>(
    surveys: &'s [(Timestamp, SurveySent)],
    ratings: &[(Timestamp, RatingReceived)],
) -> Vec<(Timestamp, SampleFact)> {
    let mut first: Vec<&'s (Timestamp, SurveySent)> = Vec::new();
    for survey in surveys {
        if !first.iter().any(|(_, s)| *s == survey.1) {
            first.push(survey);
        }
    }
    let answered = |s: &SurveySent| ratings.iter().any(|(_, r)| (r.kind, &r.survey) == (s.kind, &s.survey));
    first.iter().map(|(at, s)| (*at, SampleFact::SurveySent { survey: s.kind, answered: answered(s) })).collect()
}

/// What somebody wrote with an answer, unless it is nothing.
pub(in crate::domain) fn comment(rating: &RatingReceived) -> Option<&str> {
    rating.comment.as_deref().filter(|c| !c.trim().is_empty())
}

/// What an answer says. `human`: a person had answered before it; `transactional`: it is about a ticket.
pub(in crate::domain) fn rated(rating: &RatingReceived, human: bool, transactional: bool) -> SampleFact {
    SampleFact::Rating {
        survey: rating.kind,
        scale: rating.scale,
        value: rating.value,
        human,
        commented: comment(rating).is_some(),
        version: rating.version.map(|v| v.round() as u8),
        transactional,
    }
}
