//! What a folded ticket contributes.

use super::{Elapsed, Sample, SampleFact};
use crate::domain::definitions::{CsatAttribution, CsatCredit, Definitions, ResolutionEnd, SolvedGaps};
use crate::domain::event::{Initiator, RatingReceived, SurveyKind};
use crate::domain::sla::{self, Instance};
use crate::domain::ticket::{Act, Ticket, Turn, TurnEnd};
use crate::domain::timestamp::Timestamp;

/// Everything a ticket contributes, including its SLA instances.
///
/// A ticket out of scope (kpis.md R6) contributes nothing, except that the surveys of a merged one are kept.
pub fn samples(ticket: &Ticket, definitions: &Definitions) -> Vec<Sample> {
    let mut out = Contributions { ticket, definitions, samples: Vec::new() };
    if ticket.in_scope(definitions) {
        let turns = ticket.turns(definitions);
        out.creation();
        out.replies(&turns);
        out.waits(&turns);
        out.open_stretches();
        out.solves(&turns);
        for instance in sla::instances(ticket, definitions) {
            out.instance(instance);
        }
    }
    if !ticket.discarded {
        out.ratings();
        out.surveys();
    }
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

    /// A wait is cut where the dimensions change, so that a snapshot reads the values of its own instant.
    fn waits(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        for turn in turns {
            let since = t.timeline[turn.began].at;
            let until = turn.end.index().map(|i| t.timeline[i].at);
            let replied = t.timeline[..turn.began].iter().any(|e| matches!(e.act, Act::Reply { .. }));
            let unreplied = !replied && t.initiator != Initiator::Agent;
            for (at, until) in self.cut(since, until, false) {
                self.add(at, until, t.agent.at(at).as_deref(), SampleFact::Waiting { unreplied, since });
            }
        }
    }

    fn open_stretches(&mut self) {
        let t = self.ticket;
        for (at, until) in self.cut(t.created, None, true) {
            let status = *t.status.at(at);
            if !status.is_solved() {
                let fact = SampleFact::Open { status, created: t.created };
                self.add(at, until, t.agent.at(at).as_deref(), fact);
            }
        }
    }

    /// Cuts a stretch where a dimension (or the status) changes.
    fn cut(&self, from: Timestamp, until: Option<Timestamp>, status: bool) -> Vec<(Timestamp, Option<Timestamp>)> {
        let t = self.ticket;
        let mut cuts: Vec<Timestamp> = Vec::with_capacity(8);
        cuts.extend(t.team.instants().chain(t.agent.instants()).chain(t.priority.instants()).chain(t.tags.instants()));
        if status {
            cuts.extend(t.status.instants());
        }
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

    /// One sample per survey: the latest answer, dated as `csat.attribution` says (kpis.md R22).
    fn ratings(&mut self) {
        let t = self.ticket;
        let switches = &self.definitions.switches;
        for Answer { first, last, rating } in answers(t) {
            let csat = rating.kind == SurveyKind::Csat;
            let (attribution, credit) = match csat {
                true => (switches.csat_attribution, switches.csat_credit),
                false => (CsatAttribution::Last, CsatCredit::LastReplier),
            };
            let moment = if attribution == CsatAttribution::First { first } else { last };
            let solves = || t.timeline.iter().rev().filter(|e| e.act == Act::Solve).map(|e| e.at);
            // What was never solved has no day of closing, so its rating keeps its own.
            let at = match attribution {
                CsatAttribution::Last | CsatAttribution::First => moment,
                CsatAttribution::Solved => solves().next().unwrap_or(moment),
            };
            let sender = t.last_sender(moment);
            let agent = match credit {
                CsatCredit::LastReplier => sender,
                CsatCredit::AssigneeAtRating => t.agent.at(moment).as_deref(),
                CsatCredit::Solver => solves().find(|at| *at <= moment).map_or(sender, |at| t.responsible(at)),
            };
            let mut replies = t.timeline.iter().filter(|e| matches!(e.act, Act::Reply { .. })).map(|e| e.at);
            let fact = SampleFact::Rating {
                survey: rating.kind,
                scale: rating.scale,
                value: rating.value,
                version: rating.effort_version(),
                transactional: true,
                human: sender.is_some() || t.is_live(self.definitions),
                commented: rating.comment().is_some(),
                answered: last,
                followed_up: replies.find(|at| *at > last),
            };
            self.samples.push(Sample {
                ticket: t.key.clone(),
                at,
                until: None,
                customer: t.facts.customer.clone().or_else(|| rating.customer.clone()),
                dimensions: t.dimensions(moment, agent),
                fact,
                names: Vec::new(),
                text: rating.comment().map(str::to_owned),
            });
        }
    }

    /// One sample per survey, however often it is sent.
    fn surveys(&mut self) {
        let t = self.ticket;
        for (n, (at, sent)) in t.surveys.iter().enumerate() {
            let same = |kind: SurveyKind, survey: &str| (kind, survey) == (sent.kind, sent.survey.as_str());
            if t.surveys[..n].iter().any(|(_, before)| same(before.kind, &before.survey)) {
                continue;
            }
            let answered = t.ratings.iter().any(|(_, rating)| same(rating.kind, &rating.survey));
            let fact = SampleFact::SurveySent { survey: sent.kind, answered };
            self.add(*at, None, t.last_sender(*at), fact);
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

/// What was answered to a survey in the end, and when first and last.
struct Answer<'t> {
    first: Timestamp,
    last: Timestamp,
    rating: &'t RatingReceived,
}

/// The answers to each survey of a ticket.
fn answers(ticket: &Ticket) -> Vec<Answer<'_>> {
    let mut answers: Vec<Answer<'_>> = Vec::new();
    for (at, rating) in &ticket.ratings {
        let same = |a: &&mut Answer<'_>| (a.rating.kind, &a.rating.survey) == (rating.kind, &rating.survey);
        match answers.iter_mut().find(same) {
            Some(answer) => (answer.last, answer.rating) = (*at, rating),
            None => answers.push(Answer { first: *at, last: *at, rating }),
        }
    }
    answers
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
