//! What solved tickets took: replies, people, hands they went through (kpis.md 5.1.16, 5.1.19 to 5.1.21, 5.1.23).

use crate::domain::columns::Row;
use crate::domain::definitions::{EfficiencyBasis, Switches};
use crate::domain::sample::{SampleFact, SampleKind};
use crate::metrics::answer::Particulars;
use crate::metrics::measure::{Frame, Measured};

/// 5.1.16: settled with one reply (or as few as are allowed).
pub(in crate::metrics) fn one_touch_rate(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let (mut two, mut more) = (0, 0);
    let contacts = frame.counted.within(SampleKind::Contact, frame.period);
    let measured = Measured::rate(
        frame,
        contacts.filter_map(|row| {
            let touches = touches(row, switches)?;
            two += u64::from(touches == 2);
            more += u64::from(touches > 2);
            Some((row, touches <= switches.one_touch_max_replies))
        }),
    );
    measured.with(Particulars::Touched { two, more })
}

/// How often a person touched a ticket until it was settled; `None` where that was too little to count.
fn touches(contact: Row<'_>, switches: &Switches) -> Option<u32> {
    match contact.fact() {
        SampleFact::Contact { touches, .. } => Some(touches).filter(|n| *n >= switches.one_touch_min_replies),
        _ => None,
    }
}

/// Whether a ticket was settled with one touch.
pub(in crate::metrics) fn is_one_touch(contact: Row<'_>, switches: &Switches) -> bool {
    touches(contact, switches).is_some_and(|touches| touches <= switches.one_touch_max_replies)
}

/// 5.1.19: how many people a customer had to deal with.
pub(in crate::metrics) fn response_efficiency(frame: &Frame<'_, '_>) -> Measured {
    let switches = &frame.definitions.switches;
    let mut by_people = [0; 4];
    let mut max = 0;
    let efforts = frame.counted.within(SampleKind::Effort, frame.period);
    let involved = efforts.filter_map(|row| match row.fact() {
        SampleFact::Effort { people, helpers, assignees, .. } => {
            let involved = match switches.efficiency_basis {
                EfficiencyBasis::Assignees => assignees,
                EfficiencyBasis::Repliers if switches.efficiency_count_notes => helpers,
                EfficiencyBasis::Repliers => people,
            };
            (involved > 0).then_some((row, involved))
        }
        _ => None,
    });
    let measured = Measured::amounts(
        frame,
        involved.map(|(row, people)| {
            by_people[(people as usize).min(by_people.len()) - 1] += 1;
            max = max.max(people);
            (row, f64::from(people))
        }),
    );
    measured.with(Particulars::People { by_people, max })
}

/// 5.1.20: how often people had to write; `variant:turn` counts the questions they answered.
pub(in crate::metrics) fn replies_per_resolution(frame: &Frame<'_, '_>) -> Measured {
    let with_customer = frame.definitions.switches.replies_include_customer;
    let efforts = frame.counted.within(SampleKind::Effort, frame.period);
    let replied = efforts.filter_map(|row| match row.fact() {
        SampleFact::Effort { replies, questions, turns, .. } if replies > 0 => Some(match frame.variant {
            Some("turn") => (row, f64::from(turns)),
            _ if with_customer => (row, f64::from(replies + questions)),
            _ => (row, f64::from(replies)),
        }),
        _ => None,
    });
    Measured::amounts(frame, replied)
}

/// 5.1.21: how often one person handed a ticket to another.
pub(in crate::metrics) fn reassignments(frame: &Frame<'_, '_>) -> Measured {
    let (mut tickets, mut team_changes) = (0, 0);
    let efforts = frame.counted.within(SampleKind::Effort, frame.period);
    let measured = Measured::amounts(
        frame,
        efforts.filter_map(|row| match row.fact() {
            SampleFact::Effort { reassignments, team_changes: teams, .. } => {
                tickets += u64::from(reassignments > 0);
                team_changes += u64::from(teams);
                Some((row, f64::from(reassignments)))
            }
            _ => None,
        }),
    );
    measured.with(Particulars::Reassigned { tickets, team_changes })
}

/// 5.1.23: handed up, by team or by tag.
pub(in crate::metrics) fn escalation_rate(frame: &Frame<'_, '_>) -> Measured {
    let solved = frame.counted.within(SampleKind::Escalation, frame.period);
    let told = solved.filter_map(|row| match row.fact() {
        SampleFact::Escalation { escalated } => Some((row, escalated)),
        _ => None,
    });
    Measured::rate(frame, told)
}
