//! What solved tickets took: replies, people, hands they went through (kpis.md 5.1.16, 5.1.19 to 5.1.21, 5.1.23).

use crate::domain::columns::Row;
use crate::domain::definitions::{EfficiencyBasis, Switches};
use crate::domain::sample::{SampleKind, only};
use crate::metrics::answer::Particulars;
use crate::metrics::frame::Frame;
use crate::metrics::measure::Measured;

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
    let contact: only::Contact<_> = contact.only()?;
    Some(contact.touches()).filter(|touches| *touches >= switches.one_touch_min_replies)
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
    let efforts = frame.counted.of::<only::Effort<_>>(frame.period);
    let involved = efforts.map(|(row, effort)| {
        let involved = match switches.efficiency_basis {
            EfficiencyBasis::Assignees => effort.assignees(),
            EfficiencyBasis::Repliers if switches.efficiency_count_notes => effort.helpers(),
            EfficiencyBasis::Repliers => effort.people(),
        };
        (row, involved)
    });
    let involved = involved.filter(|(_, people)| *people > 0);
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
    let efforts = frame.counted.of::<only::Effort<_>>(frame.period).filter(|(_, effort)| effort.replies() > 0);
    let replied = efforts.map(|(row, effort)| match frame.variant {
        Some("turn") => (row, f64::from(effort.turns())),
        _ if with_customer => (row, f64::from(effort.replies() + effort.questions())),
        _ => (row, f64::from(effort.replies())),
    });
    Measured::amounts(frame, replied)
}

/// 5.1.21: how often one person handed a ticket to another.
pub(in crate::metrics) fn reassignments(frame: &Frame<'_, '_>) -> Measured {
    let (mut tickets, mut team_changes) = (0, 0);
    let efforts = frame.counted.of::<only::Effort<_>>(frame.period);
    let measured = Measured::amounts(
        frame,
        efforts.map(|(row, effort)| {
            tickets += u64::from(effort.reassignments() > 0);
            team_changes += u64::from(effort.team_changes());
            (row, f64::from(effort.reassignments()))
        }),
    );
    measured.with(Particulars::Reassigned { tickets, team_changes })
}

/// 5.1.23: handed up, by team or by tag.
pub(in crate::metrics) fn escalation_rate(frame: &Frame<'_, '_>) -> Measured {
    let solved = frame.counted.of::<only::Escalation<_>>(frame.period);
    Measured::rate(frame, solved.map(|(row, escalation)| (row, escalation.escalated())))
}
