//! What one ticket contributes to which number, when, and under which dimensions.
//!
//! Samples are rewritten whenever their ticket is folded again. They hold only facts of one ticket that change
//! with its events or with the [`Definitions`](super::definitions::Definitions); whatever depends on the present
//! moment (not yet, still running) or on other tickets (repeat contact) is decided when a metric is asked for.

use serde::{Deserialize, Serialize};

use super::event::{Initiator, Status, SurveyKind};
use super::timestamp::Timestamp;

/// A ticket's identity: what its source calls it, and which source.
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

/// One contribution of one ticket.
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
    /// The latest answer to a survey; `at` per `csat.attribution`; agent per `csat.credit`, else the last human sender
    /// before the answer.
    Rating {
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
        /// A comment came with it (its text stays in the event).
        commented: bool,
        /// When the answer in force was given.
        answered: Timestamp,
        /// When a human next wrote to the customer, or called.
        followed_up: Option<Timestamp>,
    },
    /// A survey was sent; `at` = its first sending, agent = last human sender before it.
    SurveySent {
        /// What it asks.
        survey: SurveyKind,
        /// An answer has come.
        answered: bool,
    },
    /// An SLA instance; `at` = decision if decided, else the deadline (creation of the instance while paused);
    /// `until` = `at` if decided, `None` while running.
    Sla {
        /// The instance as of the fold.
        instance: super::sla::Instance,
    },
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
    SurveySent,
    Sla,
}

impl SampleKind {
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
            Self::SurveySent => "survey_sent",
            Self::Sla => "sla",
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
            Self::SurveySent { .. } => SampleKind::SurveySent,
            Self::Sla { .. } => SampleKind::Sla,
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

pub use contributions::samples;
