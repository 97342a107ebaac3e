//! What a ticket's conversation asks of each target: from when to when, and how it ended.

use crate::domain::definitions::{Definitions, SlaReopen};
use crate::domain::event::Target;
use crate::domain::ticket::{Act, FirstResponse, Ticket, Turn, TurnEnd, answered_in_grace};
use crate::domain::timestamp::Timestamp;

/// Something to be done in time, whether or not anybody has promised a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) target: Target,
    pub(super) cycle: u32,
    pub(super) started: Timestamp,
    pub(super) ended: Option<(Timestamp, Ending)>,
}

/// How a demand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// What was asked for was done.
    Fulfilled,
    /// The ticket was solved without it.
    Solved,
}

/// Everything a ticket asks for, target by target.
pub(super) fn demands(ticket: &Ticket, definitions: &Definitions) -> Vec<Demand> {
    let first = ticket.first_response(definitions);
    let first_end = first.and_then(|f| end_of_first(&f, ticket, definitions));
    let mut demands: Vec<Demand> = Vec::new();
    demands.extend(first.map(|f| Demand {
        target: Target::FirstResponse,
        cycle: 1,
        started: f.origin,
        ended: first_end.map(|(i, ending)| (ticket.timeline[i].at, ending)),
    }));
    // Turns that began while the first response was due belong to it.
    let covered = |t: &Turn| first.is_some_and(|f| f.from <= t.began) && first_end.is_none_or(|(i, _)| t.began < i);
    let further = ticket.turns(definitions).into_iter().filter(|t| !covered(t));
    demands.extend((1..).zip(further).map(|(cycle, turn)| Demand {
        target: Target::NextResponse,
        cycle,
        started: ticket.timeline[turn.began].at,
        ended: match turn.end {
            TurnEnd::Open => None,
            TurnEnd::Answered(i) => Some((ticket.timeline[i].at, Ending::Fulfilled)),
            TurnEnd::Solved(i) => Some((ticket.timeline[i].at, Ending::Solved)),
        },
    }));
    demands.extend(updates(ticket, definitions.switches.bots_count_as_response));
    demands.extend(resolutions(ticket, definitions.switches.sla_reopen));
    demands
}

/// From creation to the last solve; or, if each reopen asks anew, to the first solve and from each reopen to the next.
fn resolutions(ticket: &Ticket, reopen: SlaReopen) -> Vec<Demand> {
    let begins = |cycle, started| Demand { target: Target::Resolution, cycle, started, ended: None };
    let mut demands = vec![begins(1, ticket.created)];
    for entry in &ticket.timeline {
        let last = demands.len() - 1;
        match (&entry.act, reopen) {
            (Act::Solve { .. }, _) => demands[last].ended = Some((entry.at, Ending::Fulfilled)),
            (Act::Reopen, SlaReopen::Resume) => demands[last].ended = None,
            (Act::Reopen, SlaReopen::NewCycle) => demands.push(begins(last as u32 + 2, entry.at)),
            _ => {}
        }
    }
    demands
}

/// The entry that ended the wait for the first response: the reply, or a solve without one.
fn end_of_first(first: &FirstResponse, ticket: &Ticket, definitions: &Definitions) -> Option<(usize, Ending)> {
    let switches = &definitions.switches;
    let silent = |i: usize| {
        let entry = &ticket.timeline[i];
        entry.act.is_solve()
            && entry.at >= first.origin
            && !answered_in_grace(&ticket.timeline[i..], switches.bots_count_as_response, switches.turn_solve_grace_s)
    };
    let before = first.from..first.reply.unwrap_or(ticket.timeline.len());
    let solve = before.into_iter().find(|&i| silent(i)).map(|i| (i, Ending::Solved));
    solve.or(first.reply.map(|i| (i, Ending::Fulfilled)))
}

/// From creation and from each public message of ours to the next one; a solve ends it.
fn updates(ticket: &Ticket, bots: bool) -> Vec<Demand> {
    let mut updates: Vec<Demand> = Vec::new();
    let mut since = Some(ticket.created);
    let mut solved = false;
    for entry in &ticket.timeline {
        let ending = match &entry.act {
            act if act.answers(bots) => Ending::Fulfilled,
            Act::Solve { .. } => Ending::Solved,
            act => {
                solved &= *act != Act::Reopen;
                continue;
            }
        };
        solved |= ending == Ending::Solved;
        if let Some(started) = since.take()
            && (ending == Ending::Fulfilled || started < entry.at)
        {
            updates.push(update(&updates, started, Some((entry.at, ending))));
        }
        since = (!solved).then_some(entry.at);
    }
    if let Some(started) = since {
        updates.push(update(&updates, started, None));
    }
    updates
}

fn update(earlier: &[Demand], started: Timestamp, ended: Option<(Timestamp, Ending)>) -> Demand {
    Demand { target: Target::Update, cycle: earlier.len() as u32 + 1, started, ended }
}
