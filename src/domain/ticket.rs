//! One ticket: its state and its whole history, and what follows from them (turns, solves, the first response).
//!
//! [`fold()`] makes it from events and is a pure function of their set: order of arrival and repetition do not
//! matter. Values of the dimensions are read by instant (kpis.md R13): what one update changes together, it
//! changes together, whatever the order of its events. Turns, solves and reopens follow the order of events.

use serde::{Deserialize, Serialize};

use super::definitions::{AgentCreatedFrt, CalendarBinding, Definitions, FrtOrigin, MergedPolicy};
use super::event::{Initiator, RatingReceived, SlaMark, SlaPolicySet, Status, SurveySent};
use super::sample::{Dimensions, Elapsed, TicketKey};
use super::timestamp::Timestamp;

mod fold;
mod history;
mod turns;
mod work;

pub use fold::fold;
pub use history::History;
pub(super) use turns::answered_in_grace;
pub use turns::{FirstResponse, Turn, TurnEnd};
pub use work::Work;

/// One ticket with its whole history.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// Whose history.
    pub key: TicketKey,
    /// When it was created.
    pub created: Timestamp,
    /// As of when all this is: the time of the last event.
    pub as_of: Timestamp,
    /// Who began it.
    pub initiator: Initiator,
    /// The agent who wrote the opening message or took the call, if one did.
    pub opened_by: Option<String>,
    /// Whether the opening message could be read by the customer.
    pub opened_publicly: bool,
    /// Facts that hold for the whole ticket, whenever they became known.
    pub facts: Facts,
    /// The status.
    pub status: History<Status>,
    /// The priority, lower case.
    pub priority: History<String>,
    /// The team, by name.
    pub team: History<Option<String>>,
    /// The assignee, by name.
    pub agent: History<Option<String>>,
    /// Tags, sorted.
    pub tags: History<Vec<String>>,
    /// The channel, lower case. For the numbers the latest holds for the whole ticket, whenever it became known; which
    /// policy matches follows what was known at the time, so that nothing that was decided is judged again.
    pub channel: History<Option<String>>,
    /// The customer's tier, likewise.
    pub tier: History<Option<String>>,
    /// What was said and done, in the order of events.
    pub timeline: Vec<Entry>,
    /// Where it was merged into, if it was (the id may be unknown).
    pub merged: Option<Option<String>>,
    /// Deleted or spam, and not restored.
    pub discarded: Option<Exclusion>,
    /// Answers to surveys, in the order of events.
    pub ratings: Vec<(Timestamp, RatingReceived)>,
    /// Surveys sent, in the order of events.
    pub surveys: Vec<(Timestamp, SurveySent)>,
    /// Time people tracked, in the order of events.
    pub work: Vec<Work>,
    /// Promises the help desk announced, in the order of events.
    pub policies: Vec<(Timestamp, SlaPolicySet)>,
    /// Claims, snoozes and releases, in the order of events.
    pub marks: Vec<Mark>,
    /// The accounts that acted as bots here, sorted: being assigned to one of them is not being assigned to a person.
    pub bots: Vec<String>,
}

/// Why a ticket does not count (kpis.md R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Exclusion {
    Merged,
    Spam,
    Deleted,
    /// It has a tag of `exclude.tags`.
    Tagged,
}

/// What has no history: the latest value holds for the whole ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in product.md 3")]
pub struct Facts {
    pub subject: Option<String>,
    pub url: Option<String>,
    pub customer: Option<String>,
    pub category: Option<String>,
}

/// One step of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
}

/// What can happen in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The customer wrote (also the opening, unless an agent began or it was taken live).
    Customer,
    /// A person answered publicly.
    Reply {
        /// By name.
        by: String,
    },
    /// A bot answered publicly.
    BotReply {
        /// By name.
        by: String,
    },
    /// An answer that nobody wrote for this customer: a rule's message, an agent's out-of-office.
    AutoReply {
        /// By name.
        by: String,
    },
    /// What a bot sends to say that the message has arrived.
    Receipt {
        /// By name.
        by: String,
    },
    /// An internal note of a person.
    Note {
        /// By name.
        by: String,
    },
    /// A person opened it.
    Read {
        /// By name.
        by: String,
    },
    /// The bot gave the conversation to people.
    Handoff,
    /// From unsolved to solved or closed (kpis.md 2.3).
    Solve {
        /// Whose doing it was.
        by: Solver,
    },
    /// The way back.
    Reopen,
}

/// Who solved a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Solver {
    /// A person, by name.
    Agent(String),
    /// The customer said so.
    Customer,
    /// A bot.
    Bot,
    /// A rule or an automation.
    System,
    /// It was only seen that it had become solved.
    Unknown,
}

impl Solver {
    /// Whether nobody looked at it: closed by a rule or by a bot.
    pub const fn is_automatic(&self) -> bool {
        matches!(self, Self::Bot | Self::System)
    }
}

/// Somebody dealt with an alert from chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What they did.
    pub kind: MarkKind,
    /// Who, until when, for which promise.
    pub mark: SlaMark,
}

/// What somebody did with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum MarkKind {
    Claimed,
    Snoozed,
    Released,
}

impl Ticket {
    /// Whether it counts (kpis.md R6).
    pub fn in_scope(&self, definitions: &Definitions) -> bool {
        self.exclusion(definitions).is_none()
    }

    /// Why it does not count, if it does not.
    pub fn exclusion(&self, definitions: &Definitions) -> Option<Exclusion> {
        let duplicate = self.merged.is_some() && definitions.switches.merged_policy == MergedPolicy::ExcludeSecondary;
        self.void(definitions).or(duplicate.then_some(Exclusion::Merged))
    }

    /// Whether nothing about it counts, not even its ratings.
    pub fn is_void(&self, definitions: &Definitions) -> bool {
        self.void(definitions).is_some()
    }

    /// Why nothing about it counts: deleted, spam, or with a tag of `exclude.tags`.
    fn void(&self, definitions: &Definitions) -> Option<Exclusion> {
        let unwanted = &definitions.switches.exclude_tags;
        let tagged = || self.tags.last().iter().any(|tag| is_among(tag, unwanted));
        self.discarded.or_else(|| tagged().then_some(Exclusion::Tagged))
    }

    /// Whether it came over a channel on which the opening contact is answered live.
    pub fn is_live(&self, definitions: &Definitions) -> bool {
        let live = &definitions.switches.frt_exclude_channels;
        self.channel.last().as_deref().is_some_and(|channel| is_among(channel, live))
    }

    /// The solve that ended it, if it is solved: L(t) of kpis.md 2.4, as an index into the timeline.
    pub fn last_solve(&self) -> Option<usize> {
        let last = self.timeline.iter().rposition(|e| e.act.is_solve() || e.act == Act::Reopen)?;
        self.timeline[last].act.is_solve().then_some(last)
    }

    /// Whether the reopen at that index was a thank-you: solved again without a human reply in between.
    pub fn is_soft(&self, reopen: usize) -> bool {
        let next = self.timeline[reopen + 1..].iter().find(|e| matches!(e.act, Act::Solve { .. } | Act::Reply { .. }));
        next.is_some_and(|e| e.act.is_solve())
    }

    /// The last person who had written publicly before an instant, or at it.
    pub fn last_sender(&self, at: Timestamp) -> Option<&str> {
        let replies = self.timeline.iter().rev().skip_while(|e| e.at > at);
        let sender =
            replies.filter_map(|e| if let Act::Reply { by } = &e.act { Some(by.as_str()) } else { None }).next();
        sender.or(self.opened_by.as_deref())
    }

    /// Who answers for it at an instant: the assignee, else the last person who had written.
    pub fn responsible(&self, at: Timestamp) -> Option<&str> {
        self.agent.at(at).as_deref().or_else(|| self.last_sender(at))
    }

    /// The values of the dimensions at an instant.
    pub fn dimensions(&self, at: Timestamp, agent: Option<&str>) -> Dimensions {
        Dimensions {
            team: self.team.at(at).clone(),
            agent: agent.map(str::to_owned),
            channel: self.channel.last().clone(),
            priority: self.priority.at(at).clone(),
            tags: self.tags.at(at).clone(),
            category: self.facts.category.clone(),
            tier: self.tier.last().clone(),
        }
    }

    /// The instants at which a dimension changed, in no order; the creation included.
    pub fn dimension_changes(&self) -> impl Iterator<Item = Timestamp> {
        let people = self.team.instants().chain(self.agent.instants());
        people.chain(self.priority.instants()).chain(self.tags.instants())
    }

    /// The time between two instants on both clocks; the business clock follows the team's calendar (kpis.md R5).
    pub fn elapsed(&self, definitions: &Definitions, a: Timestamp, b: Timestamp) -> Elapsed {
        let b = b.max(a);
        let on =
            |team: &Option<String>, from, to| definitions.calendar_of(team.as_deref()).map(|c| c.business_ms(from, to));
        let business_ms = match definitions.switches.calendar_binding {
            CalendarBinding::First => on(self.team.at(a), a, b),
            CalendarBinding::Last => on(self.team.just_before(b, a), a, b),
            CalendarBinding::Piecewise => self.team.between(a, b).map(|(from, to, team)| on(team, from, to)).sum(),
        };
        Elapsed { calendar_ms: b - a, business_ms }
    }

    /// The part of [`elapsed`](Self::elapsed) during which the ticket was not solved.
    pub fn unsolved(&self, definitions: &Definitions, a: Timestamp, b: Timestamp) -> Elapsed {
        self.spent(definitions, a, b, |status| !status.is_solved())
    }

    /// The part of [`elapsed`](Self::elapsed) during which the ticket was in a status of these.
    pub fn spent(&self, definitions: &Definitions, a: Timestamp, b: Timestamp, of: impl Fn(Status) -> bool) -> Elapsed {
        let stretches = self.status.between(a, b.max(a)).filter(|(_, _, status)| of(**status));
        let parts = stretches.map(|(from, to, _)| self.elapsed(definitions, from, to));
        parts.fold(self.elapsed(definitions, a, a), Elapsed::plus)
    }

    /// The turns of the customer and what came of them (kpis.md 5.1.3).
    pub fn turns(&self, definitions: &Definitions) -> Vec<Turn> {
        let switches = &definitions.switches;
        turns::walk(&self.timeline, switches.bots_count_as_response, switches.turn_solve_grace_s)
    }

    /// The first response: where its clock starts and which entry answers (kpis.md 5.1.1). `None` when there is
    /// nothing to answer: the opening was taken live, or an outbound ticket has had no message of the customer.
    pub fn first_response(&self, definitions: &Definitions) -> Option<FirstResponse> {
        self.first_answer(definitions, |act| act.answers(definitions.switches.bots_count_as_response))
    }

    /// The same for an answer of any kind, also of a bot or a rule (kpis.md 5.1.2).
    pub fn first_response_of_any_kind(&self, definitions: &Definitions) -> Option<FirstResponse> {
        self.first_answer(definitions, |act| act.acknowledges(definitions.switches.ack_count))
    }

    fn first_answer(&self, definitions: &Definitions, answers: impl Fn(&Act) -> bool) -> Option<FirstResponse> {
        if self.is_live(definitions) {
            return None;
        }
        let switches = &definitions.switches;
        let (mut origin, from) = match (self.initiator, switches.agent_created_frt) {
            (Initiator::Customer | Initiator::System, _) | (Initiator::Agent, AgentCreatedFrt::Zendesk) => {
                (self.created, 0)
            }
            (Initiator::Agent, AgentCreatedFrt::Exclude) => return None,
            (Initiator::Agent, AgentCreatedFrt::FromFirstCustomerMessage) => {
                let first = self.timeline.iter().position(|e| e.act == Act::Customer)?;
                (self.timeline[first].at, first)
            }
        };
        let reply = (from..self.timeline.len()).find(|&i| answers(&self.timeline[i].act));
        if switches.frt_origin == FrtOrigin::BotHandoff {
            let before = &self.timeline[from..reply.unwrap_or(self.timeline.len())];
            origin = before.iter().rev().find(|e| e.act == Act::Handoff).map_or(origin, |e| e.at);
        }
        Some(FirstResponse { origin, from, reply })
    }
}

/// Whether a word is among those of a list, but for case.
pub(super) fn is_among(word: &str, list: &[String]) -> bool {
    list.iter().any(|other| other.to_lowercase() == word.to_lowercase())
}

impl Act {
    /// Whether it answers the customer; bots only if they are counted (`bots.count_as_response`).
    pub const fn answers(&self, bots: bool) -> bool {
        matches!(self, Self::Reply { .. }) || (bots && matches!(self, Self::BotReply { .. }))
    }

    /// Whether the customer hears anything at all; receipts only if they are counted (`ack.count`).
    pub const fn acknowledges(&self, receipts: bool) -> bool {
        matches!(self, Self::Reply { .. } | Self::AutoReply { .. }) || self.is_bot_talk(receipts)
    }

    /// Whether a bot talks to the customer; receipts only if they are counted (`ack.count`).
    pub const fn is_bot_talk(&self, receipts: bool) -> bool {
        matches!(self, Self::BotReply { .. }) || (receipts && matches!(self, Self::Receipt { .. }))
    }

    /// Whether it solves the ticket.
    pub const fn is_solve(&self) -> bool {
        matches!(self, Self::Solve { .. })
    }

    /// Who did it, where that is known.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Reply { by }
            | Self::BotReply { by }
            | Self::AutoReply { by }
            | Self::Receipt { by }
            | Self::Note { by }
            | Self::Read { by }
            | Self::Solve { by: Solver::Agent(by) } => Some(by),
            Self::Customer | Self::Handoff | Self::Solve { .. } | Self::Reopen => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
