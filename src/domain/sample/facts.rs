//! The table of what samples say: an entry a kind, and everything that depends on the list of kinds is made from it.

use serde::{Deserialize, Serialize};

use super::Elapsed;
use super::packing::{Cells, Packed};
use crate::domain::event::{Initiator, PresenceState, Status, SurveyKind, TimeKind};
use crate::domain::sla::Promise;
use crate::domain::ticket::Exclusion;
use crate::domain::timestamp::Timestamp;

macro_rules! sample_facts {
    ($(
        $(#[$doc:meta])*
        $how:ident $kind:ident $word:literal $( names [ $($name:literal),* ] )?
        { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }
    )*) => {
        /// What a sample says: numbers, instants and words of closed lists only, so that each is a column. Other words
        /// are in [`Sample::names`](super::Sample::names), what people write is in
        /// [`Sample::text`](super::Sample::text).
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum SampleFact {
            $( $(#[$doc])* #[serde(rename = $word)] $kind { $( $(#[$field_doc])* $field: $type, )* }, )*
        }

        /// The facts of each kind as a type of its own, for those who read many: each number is read when it is asked
        /// for, and no other.
        pub mod only {
            use super::*;

            $(
                $(#[$doc])*
                #[derive(Clone, Copy, Debug)]
                pub struct $kind<C>(C);

                #[allow(private_bounds, reason = "how facts are packed is nobody else's business")]
                impl<C: Cells> $kind<C> {
                    $(
                        $(#[$field_doc])*
                        #[inline(always)]
                        pub fn $field(&self) -> $type {
                            Packed::unpack(&self.0, places::$kind::PLACES.$field)
                        }
                    )*
                }

                impl<C: Copy> OneKind<C> for $kind<C> {
                    const KIND: SampleKind = SampleKind::$kind;

                    #[inline(always)]
                    fn of(numbers: C) -> Self {
                        Self(numbers)
                    }
                }
            )*
        }

        /// Where the numbers of each field begin.
        mod places {
            use super::*;

            $(
                pub(super) struct $kind { $(pub(super) $field: usize,)* }

                #[allow(unused, reason = "some kinds have no numbers")]
                impl $kind {
                    pub(super) const PLACES: Self = {
                        let mut next = 0;
                        Self { $($field: {
                            next += <$type as Packed>::CELLS;
                            next - <$type as Packed>::CELLS
                        },)* }
                    };
                }
            )*
        }

        /// The kinds of samples.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum SampleKind {
            $( #[doc = concat!("[`SampleFact::", stringify!($kind), "`].")] #[serde(rename = $word)] $kind, )*
        }

        impl SampleKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The word stored.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// Whether its samples are spans, with an end, rather than instants.
            pub const fn lasts(self) -> bool {
                match self { $(Self::$kind => how::$how,)* }
            }

            /// What the names that come with a sample of this kind are, in their order.
            pub const fn names(self) -> &'static [&'static str] {
                match self { $(Self::$kind => &[$($($name),*)?],)* }
            }

            /// How many numbers its facts consist of.
            pub(in crate::domain) const fn cells(self) -> usize {
                match self { $(Self::$kind => 0 $(+ <$type as Packed>::CELLS)*,)* }
            }

            /// Changes whenever the list of its numbers and names changes.
            pub(in crate::domain) const fn layout(self) -> u32 {
                match self {
                    $(Self::$kind => {
                        let fields = concat!($word, $(" ", stringify!($field), ":", stringify!($type),)* $($(" ", $name),*)?);
                        fingerprint(fields, self.cells())
                    })*
                }
            }
        }

        impl SampleFact {
            /// Its kind.
            pub const fn kind(&self) -> SampleKind {
                match self { $(Self::$kind { .. } => SampleKind::$kind,)* }
            }

            /// The numbers it consists of.
            pub(in crate::domain) fn cells(&self) -> Vec<i64> {
                let mut cells = Vec::with_capacity(self.kind().cells());
                self.append(&mut cells);
                cells
            }

            /// Appends the numbers it consists of.
            pub(in crate::domain) fn append(&self, cells: &mut Vec<i64>) {
                match self {
                    $(Self::$kind { $($field),* } => { $(Packed::pack($field, cells);)* })*
                }
            }

            /// The fact of a kind that consists of these numbers.
            #[inline(always)]
            pub(in crate::domain) fn of(kind: SampleKind, cells: &(impl Cells + ?Sized)) -> Self {
                match kind {
                    $(SampleKind::$kind => Self::$kind {
                        $($field: Packed::unpack(cells, places::$kind::PLACES.$field),)*
                    },)*
                }
            }
        }
    };
}

/// The facts of one kind, read from its numbers: the types of [`only`].
pub trait OneKind<C>: Copy {
    /// Which.
    const KIND: SampleKind;

    /// Those of a sample.
    fn of(numbers: C) -> Self;
}

/// What the words before a kind mean.
#[allow(non_upper_case_globals, reason = "they are words of the table")]
mod how {
    pub(super) const instant: bool = false;
    pub(super) const span: bool = true;
}

/// A number for a text and a width (FNV-1a).
const fn fingerprint(text: &str, width: usize) -> u32 {
    let mut hash = 0x811c_9dc5 ^ width as u32;
    let mut at = 0;
    while at < text.len() {
        hash = (hash ^ text.as_bytes()[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

sample_facts! {
    /// The ticket was created; `at` = creation.
    instant Created "created" {
        /// Who began it.
        initiator: Initiator,
    }

    /// The first human reply; `at` = the reply, or the creation of the ticket (`frt.attribute`); dimensions as of the
    /// reply, agent = its sender.
    instant FirstReply "first_reply" {
        /// From the origin of kpis.md 5.1.1 to the reply.
        elapsed: Elapsed,
    }

    /// The first reply of any kind, also of a bot or a rule; dated as [`FirstReply`](SampleFact::FirstReply).
    instant FirstAnyReply "first_any_reply" {
        /// From the origin of kpis.md 5.1.1 to the reply.
        elapsed: Elapsed,
    }

    /// A customer turn was answered; `at` = the reply, agent = its sender.
    instant Reply "reply" {
        /// 1-based number among the answered turns of the ticket.
        turn: u32,
        /// Whether this is the turn whose answer is the first response.
        first: bool,
        /// From the first unanswered message (the last, under `response_time.start`) to the reply.
        elapsed: Elapsed,
    }

    /// The ticket was given to a person; `at` = the assignment, agent = the assignee.
    instant Assigned "assigned" {
        /// From creation.
        elapsed: Elapsed,
        /// The first one.
        first: bool,
        /// The last one before the first human reply.
        before_reply: bool,
    }

    /// A person wrote to the customer, be it an answer or the opening of an outbound ticket; `at` = the message, agent =
    /// its sender.
    instant Sent "sent" {}

    /// A stretch with constant dimensions in which a customer turn was open: `since` = its first message, the last
    /// stretch ends with its answer or with the solve that closed it.
    span Waiting "waiting" {
        /// When the wait began.
        since: Timestamp,
        /// No human had replied to the ticket when the turn began (never true of outbound tickets).
        unreplied: bool,
    }

    /// An unsolved stretch with constant status and dimensions; `at` to `until`.
    span Open "open" {
        /// The status in force.
        status: Status,
        /// When the ticket was created.
        created: Timestamp,
        /// Under `age.since = updated` the last update by then; every one begins a stretch of its own.
        updated: Option<Timestamp>,
        /// No person has opened it since the customer last wrote.
        unread: bool,
    }

    /// A solve; `at` = the solve, agent = the assignee then (fallback: last human sender).
    instant Solve "solve" {
        /// On the last solve (see `last`): creation to the end of the resolution clock under the switches
        /// `resolution.*`. `None` on all others.
        elapsed: Option<Elapsed>,
        /// This is L(t): the last solve of a ticket that is solved as of the fold.
        last: bool,
        /// How often the ticket was reopened after this solve.
        reopens: u32,
        /// ... and how often of those for more than a thank-you.
        hard_reopens: u32,
        /// A human had contact: a human reply (at any time), or a live channel.
        human: bool,
    }

    /// The first solve, whatever followed; `at` = that solve, agent = the assignee then (fallback: the person who
    /// solved it).
    instant FirstSolve "first_solve" {
        /// From creation.
        elapsed: Elapsed,
    }

    /// A reopen; `at` = the reopen, agent = who answered for the solve that it undoes.
    instant Reopen "reopen" {
        /// Solved again without a human reply in between.
        soft: bool,
        /// How long it had been solved, in milliseconds.
        after_ms: i64,
    }

    /// The conversation that settled a ticket; `at` = L(t), agent = the only person who answered, if there is one.
    instant Contact "contact" {
        /// A human had contact: a human reply, or a live channel.
        human: bool,
        /// Answered turns of the customer.
        turns: u32,
        /// Distinct people who answered.
        people: u32,
        /// It was reopened at some time.
        reopened: bool,
        /// ... and not only for a thank-you.
        reopened_hard: bool,
        /// Human replies, as `one_touch.chat_unit` counts them.
        touches: u32,
    }

    /// Where the time of a solved ticket went; `at` = L(t), agent as of [`Solve`](SampleFact::Solve).
    instant Stay "stay" {
        /// New or open.
        work: Elapsed,
        /// On hold.
        hold: Elapsed,
        /// Pending (under `resolution.autoclose_end` only until it was left to close itself).
        pending: Elapsed,
        /// From the customer's questions to their answers.
        answering: Elapsed,
        /// It was pending at some time.
        was_pending: bool,
    }

    /// What a solved ticket took, up to L(t); `at` = L(t), agent as of [`Solve`](SampleFact::Solve).
    instant Effort "effort" {
        /// Human replies.
        replies: u32,
        /// Messages of the customer, the opening included.
        questions: u32,
        /// Answered turns of the customer.
        turns: u32,
        /// Distinct people who wrote to the customer or spoke with them.
        people: u32,
        /// The same with those who only left notes.
        helpers: u32,
        /// Distinct people it was assigned to.
        assignees: u32,
        /// Changes from one of them to another.
        reassignments: u32,
        /// Changes from one team to another.
        team_changes: u32,
    }

    /// A solved ticket in which a bot talked to the customer; `at` = L(t), agent as of [`Solve`](SampleFact::Solve).
    instant BotTalk "bot_talk" {
        /// A human replied too.
        human: bool,
        /// Closed by a rule: whether it helped, nobody has said.
        unconfirmed: bool,
    }

    /// A solved ticket, where escalations are told apart; `at` = L(t), team = the first one.
    instant Escalation "escalation" {
        /// It was moved to a team of `escalation.teams`, or carries a tag of `escalation.tags`.
        escalated: bool,
    }

    /// The latest answer to a survey; `at` per `csat.attribution`; agent per `csat.credit`, else the last human sender
    /// before the answer; text = the comment that came with it.
    instant Rating "rating" {
        /// What was asked.
        survey: SurveyKind,
        /// Number of points (11 = 0 to 10, 100 = 0 to 100).
        scale: u32,
        /// The answer.
        value: f64,
        /// Version of the effort question, 1 or 2, where the answer says which.
        version: Option<u8>,
        /// It was asked after a ticket, not of the relationship as a whole.
        transactional: bool,
        /// A human had replied before the rating.
        human: bool,
        /// A comment came with it.
        commented: bool,
        /// When the answer in force was given.
        answered: Timestamp,
        /// When a human next wrote to the customer, or called.
        followed_up: Option<Timestamp>,
    }

    /// A survey was sent; `at` = its first sending, agent = last human sender before it.
    instant SurveySent "survey_sent" {
        /// What it asks.
        survey: SurveyKind,
        /// An answer has come.
        answered: bool,
    }

    /// An SLA instance; `at` = decision if decided, else the deadline (creation of the instance while paused);
    /// `until` = `at` if decided, `None` while running.
    span Sla "sla" names ["policy", "priority", "calendar"] {
        /// The instance as of the fold.
        promise: Promise,
    }

    /// The ticket does not count (kpis.md R6); `at` = creation.
    instant LeftOut "left_out" {
        /// Why not.
        why: Exclusion,
    }

    /// Time somebody tracked; `at` to `until`, agent = who. Where the source knows only for how long, `until` = `at`.
    span Tracked "tracked" {
        /// For how long, milliseconds.
        ms: i64,
        /// On what.
        work: TimeKind,
        /// Whether the source knows when it began.
        timed: bool,
        /// It was spent on a ticket, and on one that counts.
        on_ticket: bool,
    }

    /// What one person spent on a solved ticket over its whole life; `at` = its last solve, agent = who.
    instant Handled "handled" {
        /// Milliseconds, each entry at most `aht.max_entry`.
        ms: i64,
        /// How many entries were longer.
        capped: u32,
    }

    /// A call or a live chat in a queue; `at` = when it entered, `until` = when it left (`None` while it waits), agent =
    /// who answered.
    span Call "call" {
        /// How it left.
        end: CallEnd,
    }

    /// Paid time of an agent; `at` to `until`.
    span Shift "shift" {}

    /// What an agent was doing; `at` to `until`.
    span Presence "presence" {
        /// What.
        state: PresenceState,
    }

    /// Money spent on support. `at` is midnight **UTC** at the beginning of its first day, `until` at the end of its
    /// last: the days are local ones, and only a question knows where. Category and dimensions are those of the entry.
    span Cost "cost" names ["currency"] {
        /// The amount for all days together, in millionths of the currency's unit.
        micros: i64,
    }

    /// What a customer was from `at` to `until`; `None` = still is. One for each event of the customer, in their order.
    span Customer "customer" names ["currency"] {
        /// What.
        state: CustomerState,
        /// What they pay, if the event says so, in millionths of the currency's unit.
        micros: Option<i64>,
    }

    /// A customer paid; `at` = when.
    instant Revenue "revenue" names ["currency"] {
        /// How much, in millionths of the currency's unit.
        micros: i64,
    }

    /// Something was promised to the ticket; `at` = its creation.
    instant Promised "promised" {}

    /// A promise under another date than its own (`sla.attribution`): `at` = the ticket's creation, or its last solve if
    /// it is solved.
    instant Verdict "verdict" names ["policy", "priority", "calendar"] {
        /// The instance as of the fold.
        promise: Promise,
    }
}

/// How a call left its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// Not yet.
    Waiting,
    /// A person took it.
    Answered,
    /// The customer hung up.
    Abandoned,
}

/// What a customer is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerState {
    /// Trying it out.
    Trial,
    /// A customer.
    Paid,
    /// No longer one.
    Churned,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_layout_of_its_own() {
        for (n, a) in SampleKind::ALL.iter().enumerate() {
            assert_eq!(*a as usize, n);
            assert!(SampleKind::ALL[..n].iter().all(|b| a.layout() != b.layout() && a.name() != b.name()));
        }
        assert!(SampleKind::Open.lasts() && !SampleKind::Reply.lasts());
        assert_ne!(fingerprint("a", 1), fingerprint("a", 2));
    }

    #[test]
    fn a_fact_is_stored_under_the_name_of_its_kind() {
        for kind in SampleKind::ALL {
            let fact = SampleFact::of(*kind, [1; 64].as_slice());
            let json = serde_json::to_value(fact).expect("plain data");
            assert_eq!((fact.kind(), &json["kind"]), (*kind, &kind.name().into()));
            assert_eq!(fact.cells().len(), kind.cells());
            assert_eq!(serde_json::from_value::<SampleFact>(json).expect("own output"), fact);
        }
    }
}
