//! What one ticket, or one thread without a ticket, contributes to which number, when, and under which dimensions.
//!
//! Samples are rewritten whenever their thread is folded again. They hold only facts of one thread that change
//! with its events or with the [`Definitions`](super::definitions::Definitions); whatever depends on the present
//! moment (not yet, still running) or on other tickets (repeat contact) is decided when a metric is asked for.

use serde::{Deserialize, Serialize};

use super::event::{Initiator, PresenceState, Status, SurveyKind, TimeKind};
use super::timestamp::Timestamp;

/// A ticket's identity: what its source calls it, and which source. Also the identity of a
/// [`thread`](super::thread) without a ticket, which looks the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TicketKey {
    /// Name of the `[[source]]`.
    pub source: String,
    /// The source's own id.
    pub id: String,
}

/// The values of the dimensions at the instant that is being counted (kpis.md R13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the dimensions of kpis.md R13; the source is the ticket's")]
pub struct Dimensions {
    pub team: Option<String>,
    pub agent: Option<String>,
    pub channel: Option<String>,
    /// Empty where there is no ticket.
    pub priority: String,
    /// Sorted.
    pub tags: Vec<String>,
    pub category: Option<String>,
    pub tier: Option<String>,
}

/// A duration on both clocks, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elapsed {
    /// Every second counts.
    pub calendar_ms: i64,
    /// Open hours only; absent where no calendar applies to some stretch of it.
    pub business_ms: Option<i64>,
}

/// One contribution of one ticket or thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Whose.
    pub ticket: TicketKey,
    /// The instant that decides to which period it belongs (kpis.md R11); the start of a span.
    pub at: Timestamp,
    /// For spans: their end, exclusive; `None` while they last. For instants: `None`.
    pub until: Option<Timestamp>,
    /// The customer, for tests that look at their other tickets.
    pub customer: Option<String>,
    /// Values at the instant.
    pub dimensions: Dimensions,
    /// What it is.
    pub fact: SampleFact,
}

/// What a sample says. The first word of each is its kind, under which the store indexes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SampleFact {
    /// The ticket was created; `at` = creation.
    Created {
        /// Who began it.
        initiator: Initiator,
    },
    /// The first human reply; `at` = the reply, agent = its sender.
    FirstReply {
        /// From the origin of kpis.md 5.1.1 to the reply.
        elapsed: Elapsed,
    },
    /// A customer turn was answered; `at` = the reply, agent = its sender.
    Reply {
        /// 1-based number among the answered turns of the ticket.
        turn: u32,
        /// Whether this is the turn whose answer is the first response.
        first: bool,
        /// From the first unanswered message to the reply.
        elapsed: Elapsed,
    },
    /// A stretch with constant dimensions in which a customer turn was open: `since` = its first message, the last
    /// stretch ends with its answer or with the solve that closed it.
    Waiting {
        /// When the wait began.
        since: Timestamp,
        /// No human had replied to the ticket when the turn began (never true of outbound tickets).
        unreplied: bool,
    },
    /// An unsolved stretch with constant status and dimensions; `at` to `until`.
    Open {
        /// The status in force.
        status: Status,
        /// When the ticket was created.
        created: Timestamp,
    },
    /// A solve; `at` = the solve, agent = the assignee then (fallback: last human sender).
    Solve {
        /// On the last solve (see `last`): creation to the end of the resolution clock under `resolution.end` and
        /// `resolution.solved_gaps`. `None` on all others.
        elapsed: Option<Elapsed>,
        /// This is L(t): the last solve of a ticket that is solved as of the fold.
        last: bool,
        /// The ticket was reopened after this solve (by any reopen, hard or soft).
        reopened: bool,
        /// ... and at least one of those reopens was hard.
        reopened_hard: bool,
        /// A human had contact: a human reply (at any time), or a live channel.
        human: bool,
        /// First contact resolution as far as this ticket alone can tell.
        first_contact: bool,
    },
    /// The latest answer to a survey; `at` per `csat.attribution`; agent = last human sender before the rating.
    Rating {
        /// What was asked.
        survey: SurveyKind,
        /// Number of points (11 = 0 to 10, 100 = 0 to 100).
        scale: u32,
        /// The answer.
        value: f64,
        /// A human had replied before the rating.
        human: bool,
        /// A comment came with it (its text stays in the event).
        commented: bool,
        /// Version of the effort question, if it is one and says which.
        version: Option<u8>,
        /// It was asked about a ticket, not about the company at large.
        transactional: bool,
    },
    /// A survey went out; `at` = when it was sent first, agent = last human sender before it.
    SurveySent {
        /// What was asked.
        survey: SurveyKind,
        /// It has been answered.
        answered: bool,
    },
    /// Time somebody tracked; `at` to `until`, agent = who. Where the source knows only for how long, `until` = `at`.
    Tracked {
        /// For how long, milliseconds.
        ms: i64,
        /// On what.
        work: TimeKind,
        /// Whether the source knows when it began.
        timed: bool,
        /// It was spent on a ticket, and on one that counts.
        on_ticket: bool,
    },
    /// What one person spent on a solved ticket over its whole life; `at` = its last solve, agent = who.
    Handled {
        /// Milliseconds, each entry at most `aht.max_entry`.
        ms: i64,
        /// How many entries were longer.
        capped: u32,
    },
    /// A call or a live chat in a queue; `at` = when it entered, `until` = when it left (`None` while it waits), agent =
    /// who answered.
    Call {
        /// How it left.
        end: CallEnd,
    },
    /// Paid time of an agent; `at` to `until`.
    Shift {},
    /// What an agent was doing; `at` to `until`.
    Presence {
        /// What.
        state: PresenceState,
    },
    /// Money spent on support. `at` is midnight **UTC** at the beginning of its first day, `until` at the end of its last:
    /// the days are local ones, and only a question knows where. Category and dimensions are those of the entry.
    Cost {
        /// The amount for all days together, in millionths of the currency's unit.
        micros: i64,
    },
    /// What a customer was from `at` to `until`; `None` = still is. One for each event of the customer, in their order.
    Customer {
        /// What.
        state: CustomerState,
        /// What they pay, if the event says so, in millionths of the currency's unit.
        micros: Option<i64>,
    },
    /// A customer paid; `at` = when.
    Revenue {
        /// How much, in millionths of the currency's unit.
        micros: i64,
    },
    /// An SLA instance; `at` = decision if decided, else the deadline (creation of the instance while paused);
    /// `until` = `at` if decided, `None` while running.
    Sla {
        /// The instance as of the fold.
        instance: super::sla::Instance,
    },
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

/// The kinds of samples, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "one for each SampleFact")]
pub enum SampleKind {
    Created,
    FirstReply,
    Reply,
    Waiting,
    Open,
    Solve,
    Rating,
    Sla,
    SurveySent,
    Tracked,
    Handled,
    Call,
    Shift,
    Presence,
    Cost,
    Customer,
    Revenue,
}

impl SampleKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Created,
        Self::FirstReply,
        Self::Reply,
        Self::Waiting,
        Self::Open,
        Self::Solve,
        Self::Rating,
        Self::Sla,
        Self::SurveySent,
        Self::Tracked,
        Self::Handled,
        Self::Call,
        Self::Shift,
        Self::Presence,
        Self::Cost,
        Self::Customer,
        Self::Revenue,
    ];

    /// The word stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::FirstReply => "first_reply",
            Self::Reply => "reply",
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Solve => "solve",
            Self::Rating => "rating",
            Self::Sla => "sla",
            Self::SurveySent => "survey_sent",
            Self::Tracked => "tracked",
            Self::Handled => "handled",
            Self::Call => "call",
            Self::Shift => "shift",
            Self::Presence => "presence",
            Self::Cost => "cost",
            Self::Customer => "customer",
            Self::Revenue => "revenue",
        }
    }

    /// Whether its samples are spans, not instants.
    pub const fn lasts(self) -> bool {
        match self {
            Self::Waiting
            | Self::Open
            | Self::Sla
            | Self::Tracked
            | Self::Call
            | Self::Shift
            | Self::Presence
            | Self::Cost
            | Self::Customer => true,
            Self::Created
            | Self::FirstReply
            | Self::Reply
            | Self::Solve
            | Self::Rating
            | Self::SurveySent
            | Self::Handled
            | Self::Revenue => false,
        }
    }
}

impl SampleFact {
    /// Its kind.
    pub const fn kind(&self) -> SampleKind {
        match self {
            Self::Created { .. } => SampleKind::Created,
            Self::FirstReply { .. } => SampleKind::FirstReply,
            Self::Reply { .. } => SampleKind::Reply,
            Self::Waiting { .. } => SampleKind::Waiting,
            Self::Open { .. } => SampleKind::Open,
            Self::Solve { .. } => SampleKind::Solve,
            Self::Rating { .. } => SampleKind::Rating,
            Self::Sla { .. } => SampleKind::Sla,
            Self::SurveySent { .. } => SampleKind::SurveySent,
            Self::Tracked { .. } => SampleKind::Tracked,
            Self::Handled { .. } => SampleKind::Handled,
            Self::Call { .. } => SampleKind::Call,
            Self::Shift { .. } => SampleKind::Shift,
            Self::Presence { .. } => SampleKind::Presence,
            Self::Cost { .. } => SampleKind::Cost,
            Self::Customer { .. } => SampleKind::Customer,
            Self::Revenue { .. } => SampleKind::Revenue,
        }
    }
}

/// Which samples a metric reads. The union of the selections of all metrics asked for is fetched once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of which kind.
    pub kind: SampleKind,
    /// From when on.
    pub from: Timestamp,
    /// Until when, exclusive.
    pub to: Timestamp,
    /// `false`: `from ≤ at < to`. `true`: the sample's span touches the stretch: `at < to` and
    /// (`until` is none or `until ≥ from`).
    pub spans: bool,
}

impl Selection {
    /// Samples whose `at` lies in `[from, to)`.
    pub const fn at(kind: SampleKind, from: Timestamp, to: Timestamp) -> Self {
        Self { kind, from, to, spans: false }
    }

    /// Samples whose span touches `[from, to)`.
    pub const fn spanning(kind: SampleKind, from: Timestamp, to: Timestamp) -> Self {
        Self { kind, from, to, spans: true }
    }

    /// Whether a sample belongs to the selection.
    pub fn contains(&self, sample: &Sample) -> bool {
        self.kind == sample.fact.kind()
            && sample.at < self.to
            && if self.spans { sample.until.is_none_or(|u| u >= self.from) } else { sample.at >= self.from }
    }
}

mod contributions;
pub(super) mod surveys;

pub use contributions::samples;
