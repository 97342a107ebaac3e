//! What a solved ticket contributes: its solves and reopens, and what it took to settle it.

use super::Contributions;
use crate::domain::definitions::{AutocloseEnd, ChatUnit, Definitions, ResolutionEnd, SolvedGaps};
use crate::domain::event::{Status, TimeKind};
use crate::domain::sample::{Elapsed, SampleFact};
use crate::domain::ticket::{Act, Entry, Solver, Ticket, Turn, TurnEnd, is_among};
use crate::domain::timestamp::Timestamp;

impl Contributions<'_> {
    /// Every solve, the first one apart, and every reopen.
    pub(super) fn solves(&mut self) {
        let t = self.ticket;
        let last_solve = t.last_solve();
        let human = has_human_contact(t, self.definitions);
        let reopens = reopens(t);
        let mut solved = None;
        for (i, entry) in t.timeline.iter().enumerate() {
            match &entry.act {
                Act::Solve { by } => {
                    if solved.is_none() {
                        self.first_solve(entry, by);
                    }
                    solved = Some(entry.at);
                    let later = || reopens.iter().filter(move |(reopen, _)| *reopen > i);
                    let last = last_solve == Some(i);
                    let fact = SampleFact::Solve {
                        elapsed: last.then(|| self.resolution(i, &reopens)),
                        last,
                        reopens: later().count() as u32,
                        hard_reopens: later().filter(|(_, soft)| !soft).count() as u32,
                        human,
                    };
                    self.add(entry.at, None, t.responsible(entry.at), fact);
                }
                Act::Reopen => {
                    let before = solved.unwrap_or(t.created);
                    let fact = SampleFact::Reopen { soft: t.is_soft(i), after_ms: entry.at - before };
                    self.add(entry.at, None, t.responsible(before), fact);
                }
                _ => {}
            }
        }
    }

    fn first_solve(&mut self, solve: &Entry, by: &Solver) {
        let t = self.ticket;
        let elapsed = t.elapsed(self.definitions, t.created, solve.at);
        let solver = if let Solver::Agent(name) = by { Some(name.as_str()) } else { None };
        self.add(solve.at, None, t.agent.at(solve.at).as_deref().or(solver), SampleFact::FirstSolve { elapsed });
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
                    let before = t.timeline[..*reopen].iter().rposition(|e| e.act.is_solve());
                    before.unwrap_or(last)
                })
            }
        };
        let end = self.end_of_clock(end);
        match switches.resolution_solved_gaps {
            SolvedGaps::Include => t.elapsed(self.definitions, t.created, end),
            SolvedGaps::Exclude => t.unsolved(self.definitions, t.created, end),
        }
    }

    /// When a solve ends the clocks: at once, or, if nobody came back and it was closed by itself, when the ticket
    /// began to wait for the customer (`resolution.autoclose_end`).
    fn end_of_clock(&self, solve: usize) -> Timestamp {
        let t = self.ticket;
        let Entry { at, act } = &t.timeline[solve];
        let closed_itself = matches!(act, Act::Solve { by } if by.is_automatic());
        if self.definitions.switches.resolution_autoclose_end == AutocloseEnd::Solve || !closed_itself {
            return *at;
        }
        let before = t.status.between(t.created, *at).last();
        before.filter(|(.., status)| **status == Status::Pending).map_or(*at, |(since, ..)| since)
    }

    /// What a ticket that is solved took to get there.
    pub(super) fn solved(&mut self, turns: &[Turn]) {
        let t = self.ticket;
        let Some(last) = t.last_solve() else { return };
        let at = t.timeline[last].at;
        self.contact(at, turns);
        let responsible = t.responsible(at);
        self.add(at, None, responsible, self.stay(last, turns));
        self.add(at, None, responsible, self.effort(at, turns));
        let receipts = self.definitions.switches.ack_count;
        if t.timeline.iter().any(|e| e.act.is_bot_talk(receipts)) {
            let human = !repliers(t, Timestamp::MAX).is_empty();
            let by_rule = t.timeline[last].act == Act::Solve { by: Solver::System };
            let fact = SampleFact::BotTalk { human, unconfirmed: !human && by_rule };
            self.add(at, None, responsible, fact);
        }
        self.escalation(at);
    }

    fn contact(&mut self, at: Timestamp, turns: &[Turn]) {
        let t = self.ticket;
        let people = repliers(t, Timestamp::MAX);
        let only = match people.as_slice() {
            [] => t.opened_by.as_deref().filter(|_| t.is_live(self.definitions)),
            [person] => Some(*person),
            _ => None,
        };
        let reopens = reopens(t);
        let fact = SampleFact::Contact {
            human: has_human_contact(t, self.definitions),
            turns: answered(turns).count() as u32,
            people: people.len() as u32,
            reopened: !reopens.is_empty(),
            reopened_hard: reopens.iter().any(|(_, soft)| !soft),
            touches: touches(t, self.definitions.switches.one_touch_chat_unit),
        };
        self.add(at, None, only, fact);
    }

    fn stay(&self, last: usize, turns: &[Turn]) -> SampleFact {
        let (t, d) = (self.ticket, self.definitions);
        let (from, at, end) = (t.created, t.timeline[last].at, self.end_of_clock(last));
        let answers = answered(turns).filter(|(_, reply)| t.timeline[*reply].at <= at);
        let answers = answers.map(|(turn, reply)| t.elapsed(d, t.timeline[turn.began].at, t.timeline[reply].at));
        SampleFact::Stay {
            work: t.spent(d, from, end, |status| matches!(status, Status::New | Status::Open)),
            hold: t.spent(d, from, end, |status| status == Status::OnHold),
            pending: t.spent(d, from, end, |status| status == Status::Pending),
            answering: answers.fold(t.elapsed(d, from, from), Elapsed::plus),
            was_pending: t.status.between(from, at).any(|(.., status)| *status == Status::Pending),
        }
    }

    fn effort(&self, at: Timestamp, turns: &[Turn]) -> SampleFact {
        let t = self.ticket;
        let count = |is: fn(&Act) -> bool| t.timeline.iter().filter(|e| e.at <= at && is(&e.act)).count() as u32;
        let talks = t.work.iter().filter(|w| w.kind == TimeKind::Talk && w.at <= at);
        let talkers = talks.filter_map(|w| w.by.as_deref()).filter(|by| !t.is_bot(by));
        let people = distinct(repliers(t, at).into_iter().chain(talkers));
        let noted = t.timeline.iter().filter(|e| e.at <= at).filter_map(|e| match &e.act {
            Act::Note { by } => Some(by.as_str()),
            _ => None,
        });
        let helpers = distinct(people.iter().copied().chain(noted));
        let mut stations: Vec<&str> = t.assignees(at).map(|(_, person)| person).collect();
        stations.dedup();
        let mut teams: Vec<&str> = t.teams(at).map(|(_, team)| team).collect();
        teams.dedup();
        SampleFact::Effort {
            replies: count(|act| matches!(act, Act::Reply { .. })),
            questions: count(|act| *act == Act::Customer),
            turns: answered(turns).filter(|(_, reply)| t.timeline[*reply].at <= at).count() as u32,
            people: people.len() as u32,
            helpers: helpers.len() as u32,
            reassignments: stations.len().saturating_sub(1) as u32,
            team_changes: teams.len().saturating_sub(1) as u32,
            assignees: distinct(stations.into_iter()).len() as u32,
        }
    }

    /// Only where somebody has said what an escalation is.
    fn escalation(&mut self, at: Timestamp) {
        let t = self.ticket;
        let switches = &self.definitions.switches;
        if switches.escalation_teams.is_empty() && switches.escalation_tags.is_empty() {
            return;
        }
        let upper: Vec<String> =
            switches.escalation_teams.iter().map(|team| self.definitions.team_name(team).to_owned()).collect();
        let teams: Vec<(Timestamp, &str)> = t.teams(at).collect();
        let moved = teams.iter().any(|(since, team)| *since > t.created && is_among(team, &upper));
        let tagged = t.tags.at(at).iter().any(|tag| is_among(tag, &switches.escalation_tags));
        // Whoever was sent up before any team had it comes from nowhere.
        let first = teams.first().filter(|(since, team)| *since == t.created || !is_among(team, &upper));
        let first = first.map(|(_, team)| (*team).to_owned());
        self.add(at, None, t.responsible(at), SampleFact::Escalation { escalated: moved || tagged });
        if let Some(sample) = self.samples.last_mut() {
            sample.dimensions.team = first;
        }
    }
}

impl Ticket {
    /// The people it was given to until an instant and since when each had it, in order; bots and nobody left out.
    pub fn assignees(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, &str)> {
        let stretches = self.agent.stretches(until).filter_map(|(since, agent)| Some((since, agent.as_deref()?)));
        stretches.filter(|(_, agent)| !self.is_bot(agent))
    }

    /// Whether an account acted as a bot here.
    fn is_bot(&self, account: &str) -> bool {
        self.bots.iter().any(|bot| bot == account)
    }

    /// The teams it was given to until an instant and since when each had it, in order.
    fn teams(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, &str)> {
        self.team.stretches(until).filter_map(|(since, team)| Some((since, team.as_deref()?)))
    }
}

/// The reopens as indices into the timeline, and whether each was soft.
fn reopens(ticket: &Ticket) -> Vec<(usize, bool)> {
    let all = ticket.timeline.iter().enumerate().filter(|(_, e)| e.act == Act::Reopen);
    all.map(|(i, _)| (i, ticket.is_soft(i))).collect()
}

/// Whether a person had contact with the customer: wrote to them at any time, or took them live.
fn has_human_contact(ticket: &Ticket, definitions: &Definitions) -> bool {
    !repliers(ticket, Timestamp::MAX).is_empty() || ticket.is_live(definitions)
}

/// The distinct people who answered until an instant.
fn repliers(ticket: &Ticket, until: Timestamp) -> Vec<&str> {
    distinct(ticket.timeline.iter().take_while(|e| e.at <= until).filter_map(|e| match &e.act {
        Act::Reply { by } => Some(by.as_str()),
        _ => None,
    }))
}

/// The answered turns and the replies that answered them.
fn answered(turns: &[Turn]) -> impl Iterator<Item = (&Turn, usize)> {
    turns.iter().filter_map(|turn| match turn.end {
        TurnEnd::Answered(reply) => Some((turn, reply)),
        TurnEnd::Open | TurnEnd::Solved(_) => None,
    })
}

/// Human replies; in chat perhaps what stands between two messages of the customer is one.
fn touches(ticket: &Ticket, unit: ChatUnit) -> u32 {
    let channel = ticket.channel.last().as_deref().unwrap_or_default();
    let together = unit == ChatUnit::Turn && (channel.contains("chat") || channel == "messaging");
    let mut touches = 0;
    let mut within = false;
    for entry in &ticket.timeline {
        match entry.act {
            Act::Customer => within = false,
            Act::Reply { .. } => {
                touches += u32::from(!(together && within));
                within = true;
            }
            _ => {}
        }
    }
    touches
}

fn distinct<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut out: Vec<&str> = Vec::new();
    for name in names {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests;
