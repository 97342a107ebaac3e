//! Whether customers had to come back (kpis.md 5.1.15, 5.1.22, 5.1.24).

use std::collections::HashMap;

use crate::domain::columns::Row;
use crate::domain::definitions::RepeatContact;
use crate::domain::event::Initiator;
use crate::domain::names::{Dimension, MetricId};
use crate::domain::sample::{CustomerNo, SampleKind, only};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{Broken, Particulars};
use crate::metrics::course::Course;
use crate::metrics::frame::Frame;
use crate::metrics::measure::Measured;
use crate::metrics::period::Period;

/// 5.1.15: solved by one person with one answer, and the customer did not come back.
pub(in crate::metrics) fn first_contact_resolution(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let window_ms = switches.fcr_window_s.saturating_mul(1000);
    let matter = match switches.fcr_repeat_contact {
        RepeatContact::Off => None,
        RepeatContact::Any => Some(Matter::Any),
        RepeatContact::SameCategory => Some(Matter::SameCategory),
    };
    let mut untested = 0;
    let mut provisional = 0;
    let mut broken = Broken::default();
    let mut course = Course::new(frame.parts);
    let contacts = frame.counted.of::<only::Contact<_>>(frame.period).filter(|(_, contact)| contact.human());
    let tells_why = frame.detailed && !frame.query.is_brief(MetricId::FirstContactResolution);
    let judged = contacts.map(|(row, contact)| {
        let asked_again = contact.turns() > 1;
        // Where nobody is told why, one reason is enough.
        let several_people = (tells_why || !asked_again) && contact.people() as usize > switches.fcr_max_agents;
        let reopened = (tells_why || !(asked_again || several_people))
            && if switches.fcr_soft_reopen_breaks { contact.reopened() } else { contact.reopened_hard() };
        (row, asked_again, several_people, reopened)
    });
    let measured = Measured::rate(
        frame,
        judged.map(|(row, asked_again, several_people, reopened)| {
            let held = !(asked_again || several_people || reopened);
            if !held && !frame.detailed {
                // Whoever only wants the share need not know all that speaks against a ticket.
                return (row, false);
            }
            let at = row.at();
            provisional += u64::from(at.plus_ms(window_ms) > frame.as_of);
            let came_back = matter.is_some_and(|matter| {
                let category_known = || matter != Matter::SameCategory || row.word(Dimension::Category).is_some();
                let testable = row.customer().filter(|_| category_known());
                untested += u64::from(testable.is_none());
                let testable = testable.filter(|_| held || tells_why);
                testable.is_some_and(|who| came_back(frame, row, (at, who), window_ms, matter))
            });
            broken.asked_again += u64::from(asked_again);
            broken.several_people += u64::from(several_people);
            broken.reopened += u64::from(reopened);
            broken.came_back += u64::from(came_back);
            course.judge(at, held && !came_back);
            (row, held && !came_back)
        }),
    );
    let judged = measured.detail.denominator.unwrap_or_default();
    let measured = measured.along(course.rates());
    let broken = tells_why.then_some(broken);
    measured.covering("repeat check", judged - untested, judged).with(Particulars::FirstContact { provisional, broken })
}

/// 5.1.22: a customer's ticket soon after another of theirs about the same was solved.
pub(in crate::metrics) fn repeat_contact_rate(frame: &Frame<'_, '_>) -> Measured {
    let mut unknown = 0;
    let created = frame.counted.of::<only::Created<_>>(frame.period);
    let asked: Vec<(Row<'_>, CustomerNo)> = created
        .filter(|(_, created)| created.initiator() == Initiator::Customer)
        .filter_map(|(row, _)| {
            unknown += u64::from(row.customer().is_none());
            Some((row, row.customer()?))
        })
        .collect();
    let window_ms = frame.definitions.switches.repeat_window_s.saturating_mul(1000);
    let solved = solved_before(frame, &asked, window_ms);
    let matter = Matter::of_repeats(frame);
    let is_repeat = |row: Row<'_>, customer: &CustomerNo| {
        solved.get(customer).into_iter().flatten().any(|solve| {
            let since = row.at() - solve.at();
            since > 0 && since <= window_ms && solve.ticket() != row.ticket() && matter.is_of(*solve, row)
        })
    };
    let known = asked.len() as u64;
    let measured = Measured::rate(frame, asked.iter().map(|(row, customer)| (*row, is_repeat(*row, customer))));
    measured.covering("known customer", known, known + unknown)
}

/// The solves of these customers' tickets, as far back as one could make a repeat of what they asked.
fn solved_before<'a>(
    frame: &Frame<'_, 'a>,
    asked: &[(Row<'a>, CustomerNo)],
    window_ms: i64,
) -> HashMap<CustomerNo, Vec<Row<'a>>> {
    let mut solved: HashMap<CustomerNo, Vec<Row<'a>>> = asked.iter().map(|(_, who)| (*who, Vec::new())).collect();
    if let [(first, _), ..] = asked {
        let last = asked.last().map_or(first.at(), |(row, _)| row.at());
        let window = Period { from: first.at().plus_ms(-window_ms), to: last };
        for solve in frame.all.within(SampleKind::Solve, window) {
            if let Some(solves) = solve.customer().and_then(|customer| solved.get_mut(&customer)) {
                solves.push(solve);
            }
        }
    }
    solved
}

/// 5.1.24: solved without a person, of those in which a bot talked.
pub(in crate::metrics) fn bot_resolution_rate(frame: &Frame<'_, '_>) -> Measured {
    let window_ms = frame.definitions.switches.repeat_window_s.saturating_mul(1000);
    let matter = Matter::of_repeats(frame);
    let (mut unconfirmed, mut back) = (0, 0);
    let talks = frame.counted.of::<only::BotTalk<_>>(frame.period);
    let told = talks.map(|(row, talk)| (row, !talk.human(), talk.unconfirmed()));
    let measured = Measured::rate(
        frame,
        told.map(|(row, alone, silent)| {
            unconfirmed += u64::from(silent);
            let back_again = |who| came_back(frame, row, (row.at(), who), window_ms, matter);
            back += u64::from(alone && row.customer().is_some_and(back_again));
            (row, alone)
        }),
    );
    measured.with(Particulars::BotResolved { unconfirmed, came_back: back })
}

/// Whether the customer of a ticket solved at an instant opened another about the same within the window.
fn came_back(
    frame: &Frame<'_, '_>,
    solved: Row<'_>,
    (at, customer): (Timestamp, CustomerNo),
    window_ms: i64,
    matter: Matter,
) -> bool {
    let window = Period { from: at.plus_ms(1), to: at.plus_ms(window_ms).plus_ms(1) };
    let mut others = frame.all.created_by(customer, window).filter(|other| other.ticket() != solved.ticket());
    others.any(|other| matter.is_of(solved, other))
}

/// When two tickets of a customer are about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    /// Always.
    Any,
    /// When both have one category.
    SameCategory,
    /// Also when both have none.
    SameCategoryOrNone,
}

impl Matter {
    /// What makes a repeat contact.
    const fn of_repeats(frame: &Frame<'_, '_>) -> Self {
        if frame.definitions.switches.repeat_match_unknown { Self::SameCategoryOrNone } else { Self::SameCategory }
    }

    fn is_of(self, a: Row<'_>, b: Row<'_>) -> bool {
        let (a, b) = (a.word(Dimension::Category), b.word(Dimension::Category));
        match self {
            Self::Any => true,
            Self::SameCategory => a.is_some() && a == b,
            Self::SameCategoryOrNone => a == b,
        }
    }
}
