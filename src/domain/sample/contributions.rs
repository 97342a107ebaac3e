//! What a folded ticket contributes.

use std::collections::BTreeMap;

use super::{Elapsed, Sample, SampleFact, surveys};
use crate::domain::definitions::{AgeSince, Definitions, ResolutionEnd, SolvedGaps};
use crate::domain::event::{Initiator, RatingReceived};
use crate::domain::sla::{self, Instance};
use crate::domain::ticket::{Act, Ticket, Turn, TurnEnd};
use crate::domain::timestamp::Timestamp;

/// Everything a ticket contributes, including its SLA instances.
///
/// A ticket out of scope (kpis.md R6) contributes nothing, except that the surveys of a merged one are kept, and
/// the time that people spent on it.
pub fn samples(ticket: &Ticket, definitions: &Definitions) -> Vec<Sample> {
    let mut out = Contributions { ticket, definitions, samples: Vec::new() };
    let in_scope = ticket.in_scope(definitions);
    if in_scope {
        let turns = ticket.turns(definitions);
        out.creation();
        out.replies(&turns);
        out.sent();
        out.waits(&turns);
        out.open_stretches();
        out.solves(&turns);
        out.effort();
        for instance in sla::instances(ticket, definitions) {
            out.instance(instance);
        }
    }
    if !ticket.discarded {
        out.surveys();
    }
    out.work(in_scope);
    out.samples
}

struct Contributions<'a> {
    ticket: &'a Ticket,
    definitions: &'a Definitions,
    samples: Vec<Sample>,
}

impl Contributions<'_> {
    fn add(&mut self, at: Timestamp, until: Option<Timestamp>, agent: Option<&str>, fact: SampleFact) {
        self.samples.push(Sample {
            ticket: self.ticket.key.clone(),
            at,
            until,
            customer: self.ticket.facts.customer.clone(),
            dimensions: self.ticket.dimensions(at, agent),
            fact,
            names: Vec::new(),
            text: None,
        });
    }

    fn creation(&mut self) {
        let t = self.ticket;
        let agent = t.agent.at(t.created).as_deref();
        self.add(t.created, None, agent, SampleFact::Created { initiator: t.initiator });
    }

    fn replies(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        let first = t.first_response(self.definitions).and_then(|f| Some((f.origin, f.reply?)));
        if let Some((origin, reply)) = first {
            let entry = &t.timeline[reply];
            let elapsed = t.elapsed(self.definitions, origin, entry.at);
            self.add(entry.at, None, entry.act.by(), SampleFact::FirstReply { elapsed });
        }
        let answered = turns.iter().filter_map(|turn| match turn.end {
            TurnEnd::Answered(reply) => Some((&t.timeline[turn.began], &t.timeline[reply], reply)),
            TurnEnd::Open | TurnEnd::Solved(_) => None,
        });
        for (turn, (question, answer, index)) in (1..).zip(answered) {
            let elapsed = t.elapsed(self.definitions, question.at, answer.at);
            let first = first.is_some_and(|(_, reply)| reply == index);
            self.add(answer.at, None, answer.act.by(), SampleFact::Reply { turn, first, elapsed });
        }
    }

    /// What people wrote to the customer; an outbound ticket begins with it.
    fn sent(&mut self) {
        let t = self.ticket;
        let opening = t.opened_by.as_ref().filter(|_| t.initiator == Initiator::Agent && t.opened_publicly);
        if let Some(by) = opening {
            self.add(t.created, None, Some(by), SampleFact::Sent {});
        }
        for entry in &t.timeline {
            if let Act::Reply { by } = &entry.act {
                self.add(entry.at, None, Some(by), SampleFact::Sent {});
            }
        }
    }

    /// A wait is cut where the dimensions change, so that a snapshot reads the values of its own instant.
    fn waits(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        for turn in turns {
            let since = t.timeline[turn.began].at;
            let until = turn.end.index().map(|i| t.timeline[i].at);
            let replied = t.timeline[..turn.began].iter().any(|e| matches!(e.act, Act::Reply { .. }));
            let unreplied = !replied && t.initiator != Initiator::Agent;
            for (at, until) in self.cut(since, until, Vec::new()) {
                self.add(at, until, t.agent.at(at).as_deref(), SampleFact::Waiting { unreplied, since });
            }
        }
    }

    fn open_stretches(&mut self) {
        let t = self.ticket;
        let unread = unread(t);
        let mut cuts: Vec<Timestamp> = t.status.instants().collect();
        cuts.extend(unread.iter().flat_map(|(from, until)| [Some(*from), *until]).flatten());
        if self.definitions.switches.age_since == AgeSince::Updated {
            // Every stretch then begins with an update, which makes it as old as that.
            let updates = t.timeline.iter().filter(|e| !matches!(e.act, Act::Read { .. }));
            cuts.extend(updates.map(|e| e.at));
        }
        for (at, until) in self.cut(t.created, None, cuts) {
            let status = *t.status.at(at);
            if !status.is_solved() {
                let unread = unread.iter().any(|(from, until)| *from <= at && until.is_none_or(|until| at < until));
                let fact = SampleFact::Open { status, created: t.created, unread };
                self.add(at, until, t.agent.at(at).as_deref(), fact);
            }
        }
    }

    /// Cuts a stretch where a dimension changes, and at further instants.
    fn cut(
        &self,
        from: Timestamp,
        until: Option<Timestamp>,
        mut cuts: Vec<Timestamp>,
    ) -> Vec<(Timestamp, Option<Timestamp>)> {
        let t = self.ticket;
        cuts.extend(t.team.instants().chain(t.agent.instants()).chain(t.priority.instants()).chain(t.tags.instants()));
        cuts.retain(|at| *at > from && until.is_none_or(|u| *at < u));
        cuts.sort_unstable();
        cuts.dedup();
        cuts.insert(0, from);
        let ends = cuts[1..].iter().copied().map(Some).chain([until]);
        cuts.iter().copied().zip(ends).filter(|(at, until)| Some(*at) != *until).collect()
    }

    fn solves(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        let switches = &self.definitions.switches;
        let last_solve = t.last_solve();
        let people = people(t);
        let human = !people.is_empty() || t.is_live(self.definitions);
        let mut reopens: Vec<(usize, bool)> = Vec::new();
        for (i, entry) in t.timeline.iter().enumerate() {
            if entry.act == Act::Reopen {
                reopens.push((i, t.is_soft(i)));
            }
        }
        let answered = turns.iter().filter(|turn| matches!(turn.end, TurnEnd::Answered(_))).count();
        let undone = reopens.iter().any(|(_, soft)| !soft || switches.fcr_soft_reopen_breaks);
        let first_contact = human && answered <= 1 && people.len() <= switches.fcr_max_agents && !undone;
        for (i, entry) in t.timeline.iter().enumerate().filter(|(_, e)| e.act == Act::Solve) {
            let later = || reopens.iter().filter(move |(reopen, _)| *reopen > i);
            let last = last_solve == Some(i);
            let fact = SampleFact::Solve {
                elapsed: last.then(|| self.resolution(i, &reopens)),
                last,
                reopened: later().next().is_some(),
                reopened_hard: later().any(|(_, soft)| !soft),
                human,
                first_contact: last && first_contact,
            };
            self.add(entry.at, None, t.responsible(entry.at), fact);
        }
    }

    /// Creation to the end of the resolution clock, for the last solve.
    fn resolution(&self, last: usize, reopens: &[(usize, bool)]) -> Elapsed {
        let (t, switches) = (self.ticket, &self.definitions.switches);
        let end = match switches.resolution_end {
            ResolutionEnd::LastSolve => last,
            // Thank-yous at the end do not count: back to the solve before them.
            ResolutionEnd::LastSolveIgnoringSoft => {
                let thanks = reopens.iter().rev().take_while(|(_, soft)| *soft).last();
                thanks.map_or(last, |(reopen, _)| {
                    let before = t.timeline[..*reopen].iter().rposition(|e| e.act == Act::Solve);
                    before.unwrap_or(last)
                })
            }
        };
        let end = t.timeline[end].at;
        match switches.resolution_solved_gaps {
            SolvedGaps::Include => t.elapsed(self.definitions, t.created, end),
            SolvedGaps::Exclude => t.unsolved(self.definitions, t.created, end),
        }
    }

    fn surveys(&mut self) {
        let t = self.ticket;
        for (at, fact) in surveys::sent(&t.surveys, &t.ratings) {
            self.add(at, None, t.last_sender(at), fact);
        }
        let same = |a: &RatingReceived, b: &RatingReceived| (a.kind, &a.survey) == (b.kind, &b.survey);
        for (at, rating) in surveys::answers(&t.ratings, self.definitions, same) {
            let sender = t.last_sender(at);
            let human = sender.is_some() || t.is_live(self.definitions);
            self.add(at, None, sender, surveys::rated(rating, human, true));
            if let Some(sample) = self.samples.last_mut() {
                sample.text = surveys::comment(rating).map(str::to_owned);
                if sample.customer.is_none() {
                    sample.customer.clone_from(&rating.customer);
                }
            }
        }
    }

    /// Time tracked is time of a person, whatever became of the ticket.
    fn work(&mut self, on_ticket: bool) {
        let t = self.ticket;
        for w in &t.work {
            let fact = SampleFact::Tracked { ms: w.ms, work: w.kind, timed: w.timed, on_ticket };
            self.add(w.at, Some(w.until()), w.by.as_deref(), fact);
        }
    }

    /// What a solved ticket took, by person (kpis.md 5.3.17): only now is the effort complete.
    fn effort(&mut self) {
        let t = self.ticket;
        let Some(solved) = t.last_solve().map(|last| t.timeline[last].at) else { return };
        let most = self.definitions.switches.aht_max_entry_s.saturating_mul(1000);
        let mut people: BTreeMap<Option<&str>, (i64, u32)> = BTreeMap::new();
        for w in &t.work {
            let (ms, capped) = people.entry(w.by.as_deref()).or_default();
            *ms = ms.saturating_add(w.ms.min(most));
            *capped += u32::from(w.ms > most);
        }
        for (by, (ms, capped)) in people {
            self.add(solved, None, by, SampleFact::Handled { ms, capped });
        }
    }

    fn instance(&mut self, instance: Instance) {
        let t = self.ticket;
        let Instance { promise, policy, priority, calendar, .. } = instance;
        // What still runs is counted now, so now's values are what filters must meet.
        let counted = promise.decided_at.unwrap_or(Timestamp::MAX);
        self.samples.push(Sample {
            ticket: t.key.clone(),
            at: promise.decided_at.or(promise.deadline).unwrap_or(promise.started),
            until: promise.decided_at,
            customer: t.facts.customer.clone(),
            dimensions: t.dimensions(counted, t.responsible(counted)),
            fact: SampleFact::Sla { promise },
            names: vec![Some(policy), Some(priority), calendar],
            text: None,
        });
    }
}

/// From a message of the customer until a person opens the ticket.
fn unread(ticket: &Ticket) -> Vec<(Timestamp, Option<Timestamp>)> {
    let (mut stretches, mut since) = (Vec::new(), None);
    for entry in &ticket.timeline {
        match entry.act {
            Act::Customer => since = since.or(Some(entry.at)),
            Act::Read { .. } => stretches.extend(since.take().map(|since| (since, Some(entry.at)))),
            _ => {}
        }
    }
    stretches.extend(since.map(|since| (since, None)));
    stretches
}

/// The distinct people who answered.
fn people(ticket: &Ticket) -> Vec<&str> {
    let mut people: Vec<&str> = Vec::new();
    for entry in &ticket.timeline {
        if let Act::Reply { by } = &entry.act
            && !people.contains(&by.as_str())
        {
            people.push(by);
        }
    }
    people
}

#[cfg(test)]
mod tests;
