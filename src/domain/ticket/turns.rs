//! The customer's turns: opened by their first unanswered message, closed by an answer or by a solve.

use super::{Act, Entry};
use crate::domain::timestamp::Timestamp;

/// A stretch in which the customer waited. Indices point into the ticket's timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The message that opened it.
    pub began: usize,
    /// The customer's latest message in it.
    pub latest: usize,
    /// What became of it.
    pub end: TurnEnd,
}

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// Nothing yet.
    Open,
    /// The reply that answered it.
    Answered(usize),
    /// The solve that closed it without an answer.
    Solved(usize),
}

impl TurnEnd {
    /// Where it ended.
    pub const fn index(self) -> Option<usize> {
        match self {
            Self::Open => None,
            Self::Answered(i) | Self::Solved(i) => Some(i),
        }
    }
}

/// The first response to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstResponse {
    /// When its clock starts.
    pub origin: Timestamp,
    /// The first entry of the timeline that could answer.
    pub from: usize,
    /// The entry that did.
    pub reply: Option<usize>,
}

pub(super) fn walk(timeline: &[Entry], bots: bool, grace_s: i64) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut open: Option<Turn> = None;
    for (i, entry) in timeline.iter().enumerate() {
        match (&entry.act, &mut open) {
            (Act::Customer, None) => open = Some(Turn { began: i, latest: i, end: TurnEnd::Open }),
            (Act::Customer, Some(turn)) => turn.latest = i,
            (Act::Solve { .. }, Some(turn)) if !answered_in_grace(&timeline[i..], bots, grace_s) => {
                turns.push(Turn { end: TurnEnd::Solved(i), ..*turn });
                open = None;
            }
            (act, Some(turn)) if act.answers(bots) => {
                turns.push(Turn { end: TurnEnd::Answered(i), ..*turn });
                open = None;
            }
            _ => {}
        }
    }
    turns.extend(open);
    turns
}

/// Whether an answer follows a solve so soon that it still counts: several help desks write "solved" just before
/// the reply it came with.
pub(in crate::domain) fn answered_in_grace(from_solve: &[Entry], bots: bool, grace_s: i64) -> bool {
    let until = from_solve[0].at.plus_s(grace_s);
    from_solve.iter().take_while(|e| e.at <= until).any(|e| e.act.answers(bots))
}
