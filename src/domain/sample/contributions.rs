//! What a folded ticket contributes.

use std::collections::BTreeMap;

use super::{Elapsed, Sample, SampleFact, surveys};
use crate::domain::definitions::{
    AgeSince, CsatAttribution, CsatCredit, Definitions, FrtAttribute, ResponseStart, SlaAttribution,
};
use crate::domain::event::{Initiator, RatingReceived, SurveyKind, TimeKind};
use crate::domain::sla::{self, Instance};
use crate::domain::ticket::{Act, FirstResponse, Ticket, Turn, TurnEnd};
use crate::domain::timestamp::Timestamp;

/// Everything a ticket contributes, including its SLA instances.
///
/// A ticket out of scope (kpis.md R6) contributes nothing but the fact that it is, except that the surveys of a merged
/// one are kept, and the time that people spent on it.
pub fn samples(ticket: &Ticket, definitions: &Definitions) -> Vec<Sample> {
    let mut out = Contributions { ticket, definitions, samples: Vec::new() };
    let in_scope = ticket.in_scope(definitions);
    if in_scope {
        let turns = ticket.turns(definitions);
        out.creation();
        out.first_replies();
        out.replies(&turns);
        out.assignments();
        out.sent();
        out.waits(&turns);
        out.open_stretches();
        out.solves();
        out.solved(&turns);
        out.handled();
        out.promises(&sla::instances(ticket, definitions));
    }
    if !ticket.is_void(definitions) {
        out.surveys();
    }
    if let Some(why) = ticket.exclusion(definitions) {
        let agent = ticket.agent.at(ticket.created).as_deref();
        out.add(ticket.created, None, agent, SampleFact::LeftOut { why });
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
        self.add_as_of(at, at, until, agent, fact);
    }

    /// A sample of one instant with the dimensions of another.
    fn add_as_of(
        &mut self,
        read: Timestamp,
        at: Timestamp,
        until: Option<Timestamp>,
        agent: Option<&str>,
        fact: SampleFact,
    ) {
        self.samples.push(Sample {
            ticket: self.ticket.key.clone(),
            at,
            until,
            customer: self.ticket.facts.customer.clone(),
            dimensions: self.ticket.dimensions(read, agent),
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

    fn first_replies(&mut self) {
        let (t, d) = (self.ticket, self.definitions);
        self.first_reply(t.first_response(d), |elapsed| SampleFact::FirstReply { elapsed });
        self.first_reply(t.first_response_of_any_kind(d), |elapsed| SampleFact::FirstAnyReply { elapsed });
    }

    fn first_reply(&mut self, first: Option<FirstResponse>, fact: fn(Elapsed) -> SampleFact) {
        let t = self.ticket;
        let Some((origin, reply)) = first.and_then(|f| Some((f.origin, &t.timeline[f.reply?]))) else { return };
        let at = match self.definitions.switches.frt_attribute {
            FrtAttribute::Replied => reply.at,
            FrtAttribute::Created => t.created,
        };
        let elapsed = t.elapsed(self.definitions, origin, reply.at);
        self.add_as_of(reply.at, at, None, reply.act.by(), fact(elapsed));
    }

    fn replies(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        let first = t.first_response(self.definitions).and_then(|f| f.reply);
        let start = |turn: &Turn| match self.definitions.switches.response_time_start {
            ResponseStart::First => turn.began,
            ResponseStart::Last => turn.latest,
        };
        let answered = turns.iter().filter_map(|turn| match turn.end {
            TurnEnd::Answered(reply) => Some((&t.timeline[start(turn)], reply)),
            TurnEnd::Open | TurnEnd::Solved(_) => None,
        });
        for (turn, (question, reply)) in (1..).zip(answered) {
            let answer = &t.timeline[reply];
            let elapsed = t.elapsed(self.definitions, question.at, answer.at);
            self.add(
                answer.at,
                None,
                answer.act.by(),
                SampleFact::Reply { turn, first: first == Some(reply), elapsed },
            );
        }
    }

    /// Every assignment to a person; the first, and the last one before anybody replied, are marked.
    fn assignments(&mut self) {
        let t = self.ticket;
        let given: Vec<(Timestamp, &str)> = t.assignees(Timestamp::MAX).collect();
        let replied = t.timeline.iter().find(|e| matches!(e.act, Act::Reply { .. })).map(|e| e.at);
        let before_reply = replied.and_then(|replied| given.iter().rposition(|(at, _)| *at <= replied));
        for (i, (at, person)) in given.into_iter().enumerate() {
            let (first, before_reply) = (i == 0, before_reply == Some(i));
            let elapsed = t.elapsed(self.definitions, t.created, at);
            self.add(at, None, Some(person), SampleFact::Assigned { elapsed, first, before_reply });
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
        let mut updates = Vec::new();
        if self.definitions.switches.age_since == AgeSince::Updated {
            // Whatever happens to a ticket is an update of it, but for being looked at.
            updates.extend(t.timeline.iter().filter(|e| !matches!(e.act, Act::Read { .. })).map(|e| e.at));
            updates.extend(t.status.instants().chain(t.dimension_changes()));
            updates.sort_unstable();
            cuts.extend(&updates);
        }
        for (at, until) in self.cut(t.created, None, cuts) {
            let status = *t.status.at(at);
            if !status.is_solved() {
                let unread = unread.iter().any(|(from, until)| *from <= at && until.is_none_or(|until| at < until));
                let updated = updates.iter().copied().take_while(|update| *update <= at).last();
                let fact = SampleFact::Open { status, created: t.created, updated, unread };
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
        cuts.extend(t.dimension_changes());
        cuts.retain(|at| *at > from && until.is_none_or(|u| *at < u));
        cuts.sort_unstable();
        cuts.dedup();
        cuts.insert(0, from);
        let ends = cuts[1..].iter().copied().map(Some).chain([until]);
        cuts.iter().copied().zip(ends).filter(|(at, until)| Some(*at) != *until).collect()
    }

    /// Of each survey one sample for its sending and one for its answer: the latest, dated and credited as
    /// `csat.attribution` and `csat.credit` say (kpis.md R22).
    fn surveys(&mut self) {
        let t = self.ticket;
        for (at, fact) in surveys::sent(&t.surveys, &t.ratings) {
            self.add(at, None, t.last_sender(at), fact);
        }
        let switches = &self.definitions.switches;
        let same = |a: &RatingReceived, b: &RatingReceived| (a.kind, &a.survey) == (b.kind, &b.survey);
        for answer in surveys::answers(&t.ratings, same) {
            let (attribution, credit) = match answer.rating.kind {
                SurveyKind::Csat => (switches.csat_attribution, switches.csat_credit),
                SurveyKind::Nps | SurveyKind::Ces | SurveyKind::Enps => {
                    (CsatAttribution::Last, CsatCredit::LastReplier)
                }
            };
            let moment = answer.moment(self.definitions);
            let solves = || t.timeline.iter().rev().filter(|e| matches!(e.act, Act::Solve { .. })).map(|e| e.at);
            // What was never solved has no day of closing, so its rating keeps its own.
            let at = match attribution {
                CsatAttribution::Last | CsatAttribution::First => moment,
                CsatAttribution::Solved => solves().next().unwrap_or(moment),
            };
            let sender = t.last_sender(moment);
            let agent = match credit {
                // What a team says of itself is nobody's.
                _ if answer.rating.kind == SurveyKind::Enps => None,
                CsatCredit::LastReplier => sender,
                CsatCredit::AssigneeAtRating => t.agent.at(moment).as_deref(),
                CsatCredit::Solver => solves().find(|at| *at <= moment).map_or(sender, |at| t.responsible(at)),
            };
            let fact = answer.fact(surveys::Circumstances {
                human: sender.is_some() || t.is_live(self.definitions),
                transactional: true,
                followed_up: self.contact_after(answer.last),
            });
            self.samples.push(Sample {
                ticket: t.key.clone(),
                at,
                until: None,
                customer: t.facts.customer.clone().or_else(|| answer.rating.customer.clone()),
                dimensions: t.dimensions(moment, agent),
                fact,
                names: Vec::new(),
                text: answer.rating.comment().map(str::to_owned),
            });
        }
    }

    /// When a person next wrote to the customer, or called.
    fn contact_after(&self, at: Timestamp) -> Option<Timestamp> {
        let t = self.ticket;
        let written = t.timeline.iter().filter(|e| matches!(e.act, Act::Reply { .. })).map(|e| e.at);
        let called = t.work.iter().filter(|w| w.kind == TimeKind::Talk).map(|w| w.at);
        written.chain(called).filter(|contact| *contact > at).min()
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
    fn handled(&mut self) {
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

    fn promises(&mut self, instances: &[Instance]) {
        let t = self.ticket;
        if !instances.is_empty() {
            self.add(t.created, None, t.agent.at(t.created).as_deref(), SampleFact::Promised {});
        }
        let dated = match self.definitions.switches.sla_attribution {
            SlaAttribution::Decision => None,
            SlaAttribution::Created => Some(t.created),
            SlaAttribution::Solved => t.last_solve().map(|last| t.timeline[last].at),
        };
        for Instance { promise, policy, priority, calendar, .. } in instances {
            let (counted, names) = (promise.counted_at(), vec![Some(policy), Some(priority), calendar.as_ref()]);
            let mut add = |at, until, fact| {
                self.add(at, until, t.responsible(counted), fact);
                if let Some(sample) = self.samples.last_mut() {
                    sample.dimensions = t.dimensions(counted, t.responsible(counted));
                    sample.names = names.iter().map(|name| name.cloned()).collect();
                }
            };
            let at = promise.decided_at.or(promise.deadline).unwrap_or(promise.started);
            add(at, promise.decided_at, SampleFact::Sla { promise: *promise });
            if let Some(at) = dated {
                add(at, None, SampleFact::Verdict { promise: *promise });
            }
        }
    }
}

mod solved;

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

#[cfg(test)]
mod tests;
