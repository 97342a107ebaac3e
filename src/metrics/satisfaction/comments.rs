//! What customers wrote beside their ratings (kpis.md 5.2.5). The rating is the sentiment; none is guessed.

use std::cmp::Reverse;

use regex::{Regex, RegexBuilder};

use super::super::answer::{CommentRow, Particulars, Row, TicketRef};
use super::super::frame::Frame;
use super::super::measure::{Measure, Measured};
use super::{Answer, effort, satisfaction, satisfied, score};
use crate::domain::definitions::Theme;
use crate::domain::event::SurveyKind;
use crate::domain::masking::masked;

/// An answer and whether it is a good one, a bad one or neither.
struct Judged<'a> {
    answer: Answer<'a>,
    survey: SurveyKind,
    good: Option<bool>,
}

/// 5.2.5: the answers with a comment among those that satisfaction, recommendation and effort are made of.
pub(in super::super) fn survey_comments(frame: &Frame<'_, '_>) -> Measured {
    let band = |judged: &Judged<'_>| match frame.variant {
        Some("good") => judged.good == Some(true),
        Some("bad") => judged.good == Some(false),
        _ => true,
    };
    let judged: Vec<Judged<'_>> = all(frame).into_iter().filter(band).collect();
    let answers = judged.len() as u64;
    let mut commented: Vec<Judged<'_>> = judged.into_iter().filter(|j| j.answer.commented).collect();
    commented.sort_by_cached_key(|j| (Reverse(j.answer.row.at()), j.answer.row.key()));
    if frame.variant == Some("worst") {
        commented.sort_by(|a, b| a.place().total_cmp(&b.place()));
    }
    let themes: Vec<(&str, Regex)> =
        frame.definitions.themes.iter().filter_map(|t| Some((t.name.as_str(), pattern(t)?))).collect();
    let rows: Vec<CommentRow> = commented.iter().map(|judged| judged.row(&themes)).collect();
    let matching = |name: &str| rows.iter().filter(|row| row.themes.iter().any(|t| t == name)).count() as u64;
    let counts = themes.iter().map(|(name, _)| ((*name).to_owned(), matching(name))).collect();

    let mut measured = Measured::count(frame, commented.iter().map(|j| j.answer.row));
    measured.measure = Measure::Among { count: rows.len() as u64, all: answers };
    measured.rows = Some(rows.into_iter().map(Row::Comment).collect());
    measured.with(Particulars::Comments { themes: counts })
}

/// The answers of all surveys of customers.
fn all<'a>(frame: &Frame<'_, 'a>) -> Vec<Judged<'a>> {
    let switches = &frame.definitions.switches;
    let csat = satisfaction(frame).0.into_iter().map(|answer| {
        let good = Some(satisfied(&answer, switches));
        Judged { answer, survey: SurveyKind::Csat, good }
    });
    let nps = [false, true].into_iter().flat_map(|transactional| score::counted(frame, transactional));
    let nps = nps.map(|answer| Judged { answer, survey: SurveyKind::Nps, good: score::opinion(&answer, switches) });
    let ces = effort::answered(frame).0.into_iter();
    let ces = ces.map(|answer| Judged { answer, survey: SurveyKind::Ces, good: effort::opinion(frame, &answer) });
    csat.chain(nps).chain(ces).collect()
}

impl Judged<'_> {
    /// Where on its scale the answer is: 0 the worst, 1 the best.
    fn place(&self) -> f64 {
        let place = self.answer.scale.place(self.answer.value);
        if self.survey == SurveyKind::Ces && self.answer.version == Some(1) { 1.0 - place } else { place }
    }

    fn row(&self, themes: &[(&str, Regex)]) -> CommentRow {
        let comment = self.answer.row.text().unwrap_or_default().trim();
        let matching = themes.iter().filter(|(_, pattern)| pattern.is_match(comment));
        CommentRow {
            ticket: TicketRef::of(self.answer.row),
            survey: self.survey,
            value: self.answer.value,
            scale: self.answer.scale.0,
            at: self.answer.row.at(),
            comment: masked(comment),
            themes: matching.map(|(name, _)| (*name).to_owned()).collect(),
        }
    }
}

/// Any of the words or expressions of a theme, as whole words; `None` of one that is no expression.
fn pattern(theme: &Theme) -> Option<Regex> {
    RegexBuilder::new(&theme.pattern()).case_insensitive(true).build().ok()
}
