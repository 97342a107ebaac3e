//! How easy it was (kpis.md 5.2.4). Two questions exist, with opposite directions; they are never mixed.

use super::super::answer::Particulars;
use super::super::frame::Frame;
use super::super::measure::Measured;
use super::{Answer, answers, mean, mean_of, one_scale};
use crate::domain::definitions::CesVariant;
use crate::domain::event::SurveyKind;
use crate::domain::names::Better;

/// A version of the question.
struct Version {
    /// Its number.
    number: u8,
    /// How many answers there are to choose from.
    points: u32,
    /// Whether an answer is a good one (`true`), a bad one or neither.
    judge: fn(f64) -> Option<bool>,
    /// Which way the mean is good.
    better: Better,
}

/// "… made it easy for me to handle my issue", from 1 (disagree) to 7 (agree).
const EASE: Version = Version {
    number: 2,
    points: 7,
    judge: |answer| if answer >= 5.0 { Some(true) } else { (answer <= 3.0).then_some(false) },
    better: Better::Higher,
};

/// "How much effort did you personally have to put forth", from 1 (very low) to 5 (very high).
const EFFORT: Version = Version {
    number: 1,
    points: 5,
    judge: |answer| if answer <= 2.0 { Some(true) } else { (answer >= 4.0).then_some(false) },
    better: Better::Lower,
};

/// The answers to the version in force; how many were left out because they do not say which they answer.
pub(super) fn answered<'a>(frame: &Frame<'_, 'a>) -> (Vec<Answer<'a>>, u64) {
    let version = in_force(frame);
    let (known, unknown): (Vec<_>, Vec<_>) =
        answers(frame, SurveyKind::Ces).partition(|answer| answer.version.is_some());
    let fits = |a: &Answer<'_>| a.version == Some(version.number) && a.scale.0 == version.points;
    (known.into_iter().filter(fits).collect(), unknown.len() as u64)
}

/// Whether an answer is a good one, a bad one or neither.
pub(super) fn opinion(frame: &Frame<'_, '_>, answer: &Answer<'_>) -> Option<bool> {
    (in_force(frame).judge)(answer.value)
}

fn in_force(frame: &Frame<'_, '_>) -> Version {
    if frame.definitions.switches.ces_version == EFFORT.number { EFFORT } else { EASE }
}

/// 5.2.4: the share of customers for whom it was easy.
pub(in super::super) fn ces(frame: &Frame<'_, '_>) -> Measured {
    let version = in_force(frame);
    let (rated, unversioned) = answered(frame);
    let variant = match frame.variant {
        Some("share") => CesVariant::Share,
        Some("mean") => CesVariant::Mean,
        Some("net") => CesVariant::Net,
        _ => frame.definitions.switches.ces_variant,
    };
    let judged = || rated.iter().map(|a| (a.row, (version.judge)(a.value)));
    let mut measured = match variant {
        CesVariant::Share => Measured::rate(frame, judged().map(|(s, easy)| (s, easy == Some(true)))),
        CesVariant::Net => Measured::net(frame, 1.0, judged()),
        CesVariant::Mean => mean(frame, &rated),
    };
    if variant == CesVariant::Mean {
        measured.detail.better = Some(version.better);
    }
    let one = one_scale(&rated);
    measured.with(Particulars::Effort { version: version.number, mean: mean_of(&rated, one), unversioned })
}
