//! `fold(events) → Ticket`.

use super::{Act, Entry, Exclusion, Facts, History, Mark, MarkKind, Solver, Ticket, Work};
use crate::domain::definitions::Definitions;
use crate::domain::event::{
    Actor, ActorKind, Assigned, Change, Changed, Event, Fact, Initiator, Snapshot, Status, TagsChanged, TicketCreated,
};
use crate::domain::sample::TicketKey;
use crate::domain::timestamp::Timestamp;

/// The priority of a ticket whose source does not say.
const DEFAULT_PRIORITY: &str = "normal";

/// Folds a ticket's events, in any order and with any repetition, into its state.
///
/// `None` when its creation is not known (yet): such a ticket counts nowhere. What happened before the creation
/// by the source's own clock is taken to have happened with it.
pub fn fold(key: &TicketKey, events: &[Event], definitions: &Definitions) -> Option<Ticket> {
    let events = Event::in_order(events);
    let (birth, data) = events.iter().find_map(|e| match &e.fact {
        Fact::TicketCreated(data) => Some((*e, data)),
        _ => None,
    })?;
    let mut fold = Fold { ticket: born(key, birth, data, definitions), definitions };
    fold.meet(&birth.actor);
    for event in &events {
        if event.event_id != birth.event_id {
            fold.apply(event.ts.max(birth.ts), event);
        }
    }
    let mut ticket = fold.ticket;
    open(&mut ticket, birth, definitions);
    Some(ticket)
}

/// The ticket as its creation left it.
fn born(key: &TicketKey, birth: &Event, data: &TicketCreated, definitions: &Definitions) -> Ticket {
    let at = birth.ts;
    let initiator = data.initiator.unwrap_or(match birth.actor.kind {
        ActorKind::Customer => Initiator::Customer,
        ActorKind::Agent => Initiator::Agent,
        ActorKind::Bot | ActorKind::System => Initiator::System,
    });
    let by_customer = birth.actor.kind == ActorKind::Customer && birth.actor.id != "-";
    let person = |id: &str| definitions.agent_name(&key.source, id).to_owned();
    Ticket {
        key: key.clone(),
        created: at,
        as_of: at,
        initiator,
        opened_by: (birth.actor.kind == ActorKind::Agent).then(|| person(&birth.actor.id)),
        opened_publicly: data.public.unwrap_or(true),
        facts: Facts {
            subject: data.subject.clone(),
            url: data.url.clone(),
            customer: data.customer.clone().or_else(|| by_customer.then(|| birth.actor.id.clone())),
            category: data.category.clone(),
        },
        status: History::new(at, data.status.unwrap_or(Status::New)),
        priority: History::new(at, data.priority.as_deref().unwrap_or(DEFAULT_PRIORITY).to_lowercase()),
        team: History::new(at, data.team.as_deref().map(|t| definitions.team_name(t).to_owned())),
        agent: History::new(at, data.assignee.as_deref().map(person)),
        tags: History::new(at, sorted(data.tags.clone())),
        channel: History::new(at, data.channel.as_deref().map(str::to_lowercase)),
        tier: History::new(at, data.tier.clone()),
        timeline: Vec::new(),
        merged: None,
        discarded: None,
        ratings: Vec::new(),
        surveys: Vec::new(),
        work: Vec::new(),
        policies: Vec::new(),
        marks: Vec::new(),
        bots: Vec::new(),
    }
}

/// Puts the opening at the head of the timeline. Only now is the channel known for good, and with it whether the
/// opening was a message that waits for an answer.
fn open(ticket: &mut Ticket, birth: &Event, definitions: &Definitions) {
    let mut head = Vec::new();
    if ticket.initiator != Initiator::Agent && ticket.opened_publicly && !ticket.is_live(definitions) {
        head.push(Entry { at: birth.ts, act: Act::Customer });
    }
    // Born solved is solved at birth: the call that was dealt with before it was logged.
    let Fact::TicketCreated(data) = &birth.fact else { return };
    if data.status.is_some_and(Status::is_solved) {
        head.push(Entry { at: birth.ts, act: Act::Solve { by: solver(&birth.actor, &ticket.key, definitions) } });
    }
    ticket.timeline.splice(..0, head);
}

/// Whose doing a solve was.
fn solver(actor: &Actor, key: &TicketKey, definitions: &Definitions) -> Solver {
    match actor.kind {
        ActorKind::Agent => Solver::Agent(definitions.agent_name(&key.source, &actor.id).to_owned()),
        ActorKind::Customer => Solver::Customer,
        ActorKind::Bot => Solver::Bot,
        ActorKind::System => Solver::System,
    }
}

struct Fold<'a> {
    ticket: Ticket,
    definitions: &'a Definitions,
}

impl Fold<'_> {
    fn apply(&mut self, at: Timestamp, event: &Event) {
        self.ticket.as_of = at;
        self.meet(&event.actor);
        match &event.fact {
            Fact::Message(message) => self.message(at, &event.actor, message.auto),
            Fact::Note(_) if event.actor.kind == ActorKind::Agent => {
                self.push(at, Act::Note { by: self.person(&event.actor.id) });
            }
            Fact::Read(_) if event.actor.kind == ActorKind::Agent => {
                self.push(at, Act::Read { by: self.person(&event.actor.id) });
            }
            Fact::BotHandoff(_) => self.push(at, Act::Handoff),
            Fact::StatusChanged(change) => {
                let by = solver(&event.actor, &self.ticket.key, self.definitions);
                self.status(at, change.to, by);
            }
            Fact::Assigned(Assigned { agent, team }) => self.assigned(at, agent, team),
            Fact::PriorityChanged(change) => self.ticket.priority.set(at, change.to.to_lowercase()),
            Fact::TagsChanged(change) => self.tags(at, change),
            Fact::CategoryChanged(change) => self.ticket.facts.category.clone_from(&change.to),
            Fact::Merged(merged) => self.ticket.merged = Some(merged.into.clone()),
            Fact::Deleted(_) => self.ticket.discarded = Some(Exclusion::Deleted),
            Fact::Spam(_) => self.ticket.discarded = Some(Exclusion::Spam),
            Fact::Restored(_) => self.ticket.discarded = None,
            Fact::SurveySent(survey) => self.ticket.surveys.push((at, survey.clone())),
            Fact::RatingReceived(rating) => self.ticket.ratings.push((at, rating.clone())),
            // Work is placed by its own start, which may lie before the ticket's creation.
            Fact::TimeTracked(time) => {
                let work = Work::of(time, event, &self.ticket.key.source, self.definitions);
                self.ticket.work.push(work);
            }
            Fact::Changed(changed) => self.changed(at, changed),
            Fact::Snapshot(snapshot) => self.snapshot(at, snapshot, &event.actor),
            Fact::SlaClaimed(mark) => self.ticket.marks.push(Mark { at, kind: MarkKind::Claimed, mark: mark.clone() }),
            Fact::SlaSnoozed(mark) => self.ticket.marks.push(Mark { at, kind: MarkKind::Snoozed, mark: mark.clone() }),
            Fact::SlaReleased(mark) => {
                self.ticket.marks.push(Mark { at, kind: MarkKind::Released, mark: mark.clone() })
            }
            Fact::SlaPolicy(policy) => self.ticket.policies.push((at, policy.clone())),
            // A ticket is created once; a second telling may know what the first did not.
            Fact::TicketCreated(again) => self.fill(again),
            Fact::Note(_)
            | Fact::Read(_)
            | Fact::Shift(_)
            | Fact::Presence(_)
            | Fact::Queue(_)
            | Fact::Cost(_)
            | Fact::CustomerSubscribed(_)
            | Fact::CustomerChurned(_)
            | Fact::Revenue(_) => {}
        }
    }

    fn person(&self, id: &str) -> String {
        self.definitions.agent_name(&self.ticket.key.source, id).to_owned()
    }

    fn push(&mut self, at: Timestamp, act: Act) {
        self.ticket.timeline.push(Entry { at, act });
    }

    /// Remembers the accounts of bots.
    fn meet(&mut self, actor: &Actor) {
        let name = self.person(&actor.id);
        if actor.kind == ActorKind::Bot
            && let Err(place) = self.ticket.bots.binary_search(&name)
        {
            self.ticket.bots.insert(place, name);
        }
    }

    fn message(&mut self, at: Timestamp, actor: &Actor, auto: bool) {
        let by = self.person(&actor.id);
        let act = match (actor.kind, auto) {
            (ActorKind::Customer, false) => Act::Customer,
            (ActorKind::Agent, false) => Act::Reply { by },
            (ActorKind::Bot, false) => Act::BotReply { by },
            (ActorKind::Bot, true) => Act::Receipt { by },
            (ActorKind::Agent, true) | (ActorKind::System, false) => Act::AutoReply { by },
            // Their being out of office is no question, and what no bot says the customer may never see.
            (ActorKind::Customer | ActorKind::System, true) => return,
        };
        self.push(at, act);
    }

    fn status(&mut self, at: Timestamp, to: Status, by: Solver) {
        match (self.ticket.status.last().is_solved(), to.is_solved()) {
            (false, true) => self.push(at, Act::Solve { by }),
            (true, false) => self.push(at, Act::Reopen),
            (true, true) | (false, false) => {}
        }
        self.ticket.status.set(at, to);
    }

    fn assigned(&mut self, at: Timestamp, agent: &Change<String>, team: &Change<String>) {
        if let Some(agent) = agent {
            let agent = agent.as_deref().map(|id| self.person(id));
            self.ticket.agent.set(at, agent);
        }
        if let Some(team) = team {
            let team = team.as_deref().map(|id| self.definitions.team_name(id).to_owned());
            self.ticket.team.set(at, team);
        }
    }

    fn tags(&mut self, at: Timestamp, change: &TagsChanged) {
        let mut tags = self.ticket.tags.last().clone();
        tags.retain(|t| !change.removed.contains(t));
        tags.extend(change.added.iter().cloned());
        self.ticket.tags.set(at, sorted(tags));
    }

    fn snapshot(&mut self, at: Timestamp, snapshot: &Snapshot, actor: &Actor) {
        let Snapshot { status, priority, team, agent, tags, category, channel, tier, subject, url } = snapshot;
        if let Some(status) = status {
            // Whoever looked need not be who did it.
            let by = match actor.kind {
                ActorKind::System => Solver::Unknown,
                _ => solver(actor, &self.ticket.key, self.definitions),
            };
            self.status(at, *status, by);
        }
        if let Some(priority) = priority {
            self.ticket.priority.set(at, priority.to_lowercase());
        }
        self.assigned(at, agent, team);
        if let Some(tags) = tags {
            self.ticket.tags.set(at, sorted(tags.clone()));
        }
        self.moved(at, channel, tier);
        let facts = &mut self.ticket.facts;
        learn(&mut facts.category, category);
        learn(&mut facts.subject, subject);
        learn(&mut facts.url, url);
    }

    fn changed(&mut self, at: Timestamp, changed: &Changed) {
        let Changed { subject, url, channel, customer, tier } = changed;
        self.moved(at, channel, tier);
        let facts = &mut self.ticket.facts;
        learn(&mut facts.subject, subject);
        learn(&mut facts.url, url);
        learn(&mut facts.customer, customer);
    }

    fn moved(&mut self, at: Timestamp, channel: &Option<String>, tier: &Option<String>) {
        if let Some(channel) = channel {
            self.ticket.channel.set(at, Some(channel.to_lowercase()));
        }
        if let Some(tier) = tier {
            self.ticket.tier.set(at, Some(tier.clone()));
        }
    }

    fn fill(&mut self, again: &TicketCreated) {
        let missing = |known: &mut Option<String>, told: &Option<String>| {
            if known.is_none() {
                known.clone_from(told);
            }
        };
        let facts = &mut self.ticket.facts;
        missing(&mut facts.subject, &again.subject);
        missing(&mut facts.url, &again.url);
        missing(&mut facts.customer, &again.customer);
        missing(&mut facts.category, &again.category);
        let begin = |known: &mut History<Option<String>>, told: Option<String>| {
            if known.first().is_none() {
                known.begin_with(told);
            }
        };
        begin(&mut self.ticket.channel, again.channel.as_deref().map(str::to_lowercase));
        begin(&mut self.ticket.tier, again.tier.clone());
    }
}

/// Takes a value over if one is told.
fn learn(known: &mut Option<String>, told: &Option<String>) {
    if told.is_some() {
        known.clone_from(told);
    }
}

fn sorted(mut tags: Vec<String>) -> Vec<String> {
    tags.sort_unstable();
    tags.dedup();
    tags
}
