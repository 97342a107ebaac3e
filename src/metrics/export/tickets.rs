//! Tickets as rows: what they are, how they stand, and every fact that the numbers derive from them.

use super::Cell;
use super::cell::{business, calendar, seconds};
use crate::domain::definitions::Definitions;
use crate::domain::event::Status;
use crate::domain::sample::{Elapsed, Sample, SampleFact};
use crate::domain::sla::{self, State};
use crate::domain::ticket::{Act, Ticket, Turn, TurnEnd};
use crate::domain::timestamp::Timestamp;

/// A ticket as it stands at a moment.
pub(super) struct Told<'a> {
    ticket: &'a Ticket,
    definitions: &'a Definitions,
    turns: Vec<Turn>,
    samples: Vec<Sample>,
    /// How its promises stand.
    promises: Vec<State>,
    /// Until the moment, by [`place`].
    spent: [Elapsed; 5],
}

impl<'a> Told<'a> {
    pub(super) fn new(
        ticket: &'a Ticket,
        samples: Vec<Sample>,
        definitions: &'a Definitions,
        as_of: Timestamp,
    ) -> Self {
        let promises = sla::instances(ticket, definitions).iter().map(|i| i.promise.state_at(as_of)).collect();
        Self {
            ticket,
            definitions,
            turns: ticket.turns(definitions),
            samples,
            promises,
            spent: spent(ticket, definitions, as_of),
        }
    }

    fn acts(&self, is: impl Fn(&Act) -> bool) -> Cell {
        self.ticket.timeline.iter().filter(|e| is(&e.act)).count().into()
    }

    fn reopens(&self, soft: bool) -> Cell {
        let t = self.ticket;
        let reopens = t.timeline.iter().enumerate().filter(|(_, e)| e.act == Act::Reopen);
        reopens.filter(|(i, _)| t.is_soft(*i) == soft).count().into()
    }

    fn promises(&self, state: State) -> Cell {
        self.promises.iter().filter(|s| **s == state).count().into()
    }

    fn spent(&self, status: Status) -> Option<Elapsed> {
        Some(self.spent[place(status)])
    }

    fn first_reply(&self) -> Option<(&Sample, Elapsed)> {
        self.samples.iter().find_map(|s| match s.fact {
            SampleFact::FirstReply { elapsed } => Some((s, elapsed)),
            _ => None,
        })
    }

    /// The solve that ended it, and its duration under the switches in force.
    fn resolution(&self) -> Option<(&Sample, Elapsed)> {
        self.samples.iter().find_map(|s| match s.fact {
            SampleFact::Solve { elapsed: Some(elapsed), .. } => Some((s, elapsed)),
            _ => None,
        })
    }

    fn first_solve(&self) -> Option<Timestamp> {
        self.ticket.timeline.iter().find(|e| matches!(e.act, Act::Solve { .. })).map(|e| e.at)
    }

    fn first_resolution(&self) -> Option<Elapsed> {
        let solved = self.first_solve()?;
        Some(self.ticket.elapsed(self.definitions, self.ticket.created, solved))
    }

    /// The people who answered, in the order of their first reply.
    fn agents(&self) -> Vec<String> {
        let mut agents: Vec<String> = Vec::new();
        for entry in &self.ticket.timeline {
            if let Act::Reply { by } = &entry.act
                && !agents.contains(by)
            {
                agents.push(by.clone());
            }
        }
        agents
    }

    /// How often it went from one person to another.
    fn reassignments(&self) -> usize {
        let mut people: Vec<&str> = self.ticket.assignees(Timestamp::MAX).map(|(_, person)| person).collect();
        people.dedup();
        people.len().saturating_sub(1)
    }

    /// The latest answer to each survey.
    fn ratings(&self) -> Cell {
        let ratings = self.samples.iter().filter_map(|s| match &s.fact {
            SampleFact::Rating { survey, scale, value, .. } => {
                Some(serde_json::json!({ "at": s.at, "kind": survey, "scale": scale, "value": value }))
            }
            _ => None,
        });
        Cell::Data(ratings.collect())
    }
}

/// Which of the five stretches a status belongs to.
const fn place(status: Status) -> usize {
    match status {
        Status::New => 0,
        Status::Open => 1,
        Status::Pending => 2,
        Status::OnHold => 3,
        Status::Solved | Status::Closed => 4,
    }
}

fn spent(ticket: &Ticket, definitions: &Definitions, as_of: Timestamp) -> [Elapsed; 5] {
    let nothing = ticket.elapsed(definitions, ticket.created, ticket.created);
    let mut spent = [nothing; 5];
    for (from, to, status) in ticket.status.between(ticket.created, as_of.max(ticket.created)) {
        let sum = &mut spent[place(*status)];
        let more = ticket.elapsed(definitions, from, to);
        sum.calendar_ms += more.calendar_ms;
        sum.business_ms = sum.business_ms.zip(more.business_ms).map(|(a, b)| a + b);
    }
    spent
}

/// Fills a column.
type Tell = fn(&Told<'_>) -> Cell;

/// What is told of a ticket: facts and dimensions as they stand, then as they were at its creation, then what follows
/// from its history. A ticket that does not count (merged, deleted, spam) has no response, resolution or promises.
pub(super) const COLUMNS: &[(&str, Tell)] = &[
    ("source", |t| t.ticket.key.source.as_str().into()),
    ("ticket", |t| t.ticket.key.id.as_str().into()),
    ("url", |t| t.ticket.facts.url.as_deref().into()),
    ("subject", |t| t.ticket.facts.subject.as_deref().into()),
    ("customer", |t| t.ticket.facts.customer.as_deref().into()),
    ("initiator", |t| t.ticket.initiator.name().into()),
    ("channel", |t| t.ticket.channel.last().as_deref().into()),
    ("category", |t| t.ticket.facts.category.as_deref().into()),
    ("tier", |t| t.ticket.tier.last().as_deref().into()),
    ("counted", |t| t.ticket.in_scope(t.definitions).into()),
    ("merged_into", |t| t.ticket.merged.as_ref().and_then(Option::as_deref).into()),
    ("status", |t| t.ticket.status.last().name().into()),
    ("team", |t| t.ticket.team.last().as_deref().into()),
    ("agent", |t| t.ticket.agent.last().as_deref().into()),
    ("priority", |t| t.ticket.priority.last().as_str().into()),
    ("tags", |t| t.ticket.tags.last().as_slice().into()),
    ("policy", |t| sla::policy_at(t.ticket, t.definitions, Timestamp::MAX).into()),
    ("created", |t| t.ticket.created.into()),
    ("created_team", |t| t.ticket.team.at(t.ticket.created).as_deref().into()),
    ("created_agent", |t| t.ticket.agent.at(t.ticket.created).as_deref().into()),
    ("created_priority", |t| t.ticket.priority.at(t.ticket.created).as_str().into()),
    ("created_tags", |t| t.ticket.tags.at(t.ticket.created).as_slice().into()),
    ("first_response_at", |t| t.first_reply().map(|(s, _)| s.at).into()),
    ("first_response_by", |t| t.first_reply().and_then(|(s, _)| s.dimensions.agent.as_deref()).into()),
    ("first_response_s", |t| calendar(t.first_reply().map(|(_, e)| e))),
    ("first_response_business_s", |t| business(t.first_reply().map(|(_, e)| e))),
    ("first_solved_at", |t| t.first_solve().into()),
    ("first_resolution_s", |t| calendar(t.first_resolution())),
    ("first_resolution_business_s", |t| business(t.first_resolution())),
    ("last_solved_at", |t| t.resolution().map(|(s, _)| s.at).into()),
    ("resolution_s", |t| calendar(t.resolution().map(|(_, e)| e))),
    ("resolution_business_s", |t| business(t.resolution().map(|(_, e)| e))),
    ("new_s", |t| calendar(t.spent(Status::New))),
    ("new_business_s", |t| business(t.spent(Status::New))),
    ("open_s", |t| calendar(t.spent(Status::Open))),
    ("open_business_s", |t| business(t.spent(Status::Open))),
    ("pending_s", |t| calendar(t.spent(Status::Pending))),
    ("pending_business_s", |t| business(t.spent(Status::Pending))),
    ("on_hold_s", |t| calendar(t.spent(Status::OnHold))),
    ("on_hold_business_s", |t| business(t.spent(Status::OnHold))),
    ("solved_s", |t| calendar(t.spent(Status::Solved))),
    ("solved_business_s", |t| business(t.spent(Status::Solved))),
    ("turns", |t| t.turns.len().into()),
    ("turns_answered", |t| t.turns.iter().filter(|turn| matches!(turn.end, TurnEnd::Answered(_))).count().into()),
    ("customer_messages", |t| t.acts(|a| *a == Act::Customer)),
    ("replies", |t| t.acts(|a| matches!(a, Act::Reply { .. }))),
    ("bot_replies", |t| t.acts(|a| matches!(a, Act::BotReply { .. }))),
    ("notes", |t| t.acts(|a| matches!(a, Act::Note { .. }))),
    ("agents", |t| Cell::List(t.agents())),
    ("reassignments", |t| t.reassignments().into()),
    ("tracked_s", |t| seconds(Some(t.ticket.work.iter().map(|w| w.ms).sum()))),
    ("solves", |t| t.acts(|a| matches!(a, Act::Solve { .. }))),
    ("reopens", |t| t.acts(|a| *a == Act::Reopen)),
    ("soft_reopens", |t| t.reopens(true)),
    ("hard_reopens", |t| t.reopens(false)),
    ("ratings", |t| t.ratings()),
    ("sla_met", |t| t.promises(State::Met)),
    ("sla_breached", |t| t.promises(State::Breached)),
    ("sla_running", |t| t.promises(State::Running)),
];
