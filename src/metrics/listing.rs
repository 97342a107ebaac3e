//! The tickets behind a number, worst first.

use std::cmp::Reverse;

use serde::Serialize;

use super::answer::{Contribution, TicketRef, Worth};
use crate::domain::names::Better;
use crate::domain::timestamp::Timestamp;

/// Nobody reads more; all of them are in an export.
const MOST: usize = 1000;

/// What a number consists of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listing {
    /// The tickets, worst first; at most a thousand.
    pub rows: Vec<Listed>,
    /// How many more there are.
    pub more: usize,
}

/// A ticket that counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Which.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// Which of its customer turns, where each counts.
    pub turn: Option<u32>,
    /// The instant counted.
    pub at: Timestamp,
    /// Seconds of a duration; 1 or 0 of a rate; null of a count.
    pub value: Option<f64>,
    /// What the value is.
    pub worth: Worth,
}

impl Listing {
    /// Puts what the tickets contributed in order. What is worst depends on which way is good; of what merely counts the
    /// latest comes first.
    pub(super) fn new(mut contributions: Vec<Contribution>, better: Better) -> Self {
        let badness = |c: &Contribution| match (better, c.value) {
            (Better::Higher, Some(value)) => -value,
            (_, Some(value)) => value,
            (_, None) => 0.0,
        };
        contributions.sort_by(|a, b| {
            badness(b).total_cmp(&badness(a)).then_with(|| match a.value {
                Some(_) => (a.at, &a.ticket, a.turn).cmp(&(b.at, &b.ticket, b.turn)),
                None => (Reverse(a.at), &a.ticket).cmp(&(Reverse(b.at), &b.ticket)),
            })
        });
        let more = contributions.len().saturating_sub(MOST);
        contributions.truncate(MOST);
        Self { rows: contributions.into_iter().map(Listed::from).collect(), more }
    }
}

impl From<Contribution> for Listed {
    fn from(c: Contribution) -> Self {
        let ticket = TicketRef {
            ticket: c.ticket.id,
            source: c.ticket.source,
            team: c.team,
            agent: c.agent,
            subject: None,
            url: None,
        };
        Self { ticket, turn: c.turn, at: c.at, value: c.value, worth: c.worth }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{SampleFact, TicketKey};

    fn contribution(id: &str, at: i64, value: Option<f64>) -> Contribution {
        let ticket = TicketKey { source: "desk".to_owned(), id: id.to_owned() };
        let worth = if value.is_some() { Worth::Seconds } else { Worth::Counted };
        Contribution {
            ticket,
            turn: None,
            value,
            worth,
            at: Timestamp(at),
            fact: SampleFact::Sent {},
            team: None,
            agent: None,
        }
    }

    fn order(better: Better, contributions: &[(&str, i64, Option<f64>)]) -> Vec<String> {
        let given = contributions.iter().map(|(id, at, value)| contribution(id, *at, *value)).collect();
        Listing::new(given, better).rows.into_iter().map(|row| row.ticket.ticket).collect()
    }

    #[test]
    fn the_worst_comes_first() {
        let waits = [("short", 1, Some(10.0)), ("long", 2, Some(99.0)), ("also short", 0, Some(10.0))];
        assert_eq!(order(Better::Lower, &waits), ["long", "also short", "short"]);
        assert_eq!(order(Better::Neutral, &waits), ["long", "also short", "short"]);
        let kept = [("kept", 1, Some(1.0)), ("missed", 2, Some(0.0))];
        assert_eq!(order(Better::Higher, &kept), ["missed", "kept"]);
        let created = [("old", 1, None), ("new", 2, None)];
        assert_eq!(order(Better::Neutral, &created), ["new", "old"]);
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let many = (0..1005).map(|n| contribution(&n.to_string(), n, None)).collect();
        let listing = Listing::new(many, Better::Neutral);
        assert_eq!((listing.rows.len(), listing.more), (1000, 5));
    }
}
