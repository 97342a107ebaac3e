//! What one ticket, or one thread without a ticket, contributes to which number, when, and under which dimensions.
//!
//! Samples are rewritten whenever their thread is folded again. They hold only facts of one thread that change
//! with its events or with the [`Definitions`](super::definitions::Definitions); whatever depends on the present
//! moment (not yet, still running) or on other tickets (repeat contact) is decided when a metric is asked for.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

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

/// `source/id`: its whole name, as people may type it.
impl std::fmt::Display for TicketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.source, self.id)
    }
}

/// The values of the dimensions at the instant that is being counted (kpis.md R13).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl Elapsed {
    /// This and that, one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calendar_ms: self.calendar_ms + other.calendar_ms,
            business_ms: self.business_ms.zip(other.business_ms).map(|(a, b)| a + b),
        }
    }
}

/// The number under which the store knows a ticket: who is the same ticket, at the price of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNo(pub u32);

/// Who is the same customer: 64 bits of their name, which nobody can read the name out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerNo(pub(in crate::domain) i64);

impl CustomerNo {
    /// The number of a customer.
    pub fn of(customer: &str) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(customer);
        let number = digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        Self(number.max(packing::NONE + 1))
    }

    /// Bits that are spread evenly, for tables.
    pub const fn bits(self) -> u64 {
        self.0.cast_unsigned()
    }
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
    /// What [`SampleKind::names`] lists, of which there are few different values.
    pub names: Vec<Option<String>>,
    /// What somebody wrote.
    pub text: Option<String>,
}

impl Sample {
    /// An order of samples that depends on nothing but themselves; in time first.
    pub fn order(&self, other: &Self) -> Ordering {
        let end = |s: &Self| s.until.unwrap_or(Timestamp::MAX);
        self.at
            .cmp(&other.at)
            .then_with(|| self.ticket.cmp(&other.ticket))
            .then_with(|| end(self).cmp(&end(other)))
            .then_with(|| self.rest().cmp(&other.rest()))
    }

    fn rest(&self) -> impl Ord {
        (self.fact.kind(), self.fact.cells(), &self.names, &self.text, &self.dimensions)
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
mod facts;
pub(in crate::domain) mod packing;
pub(super) mod surveys;

pub use contributions::samples;
pub use facts::{CallEnd, CustomerState, OneKind, SampleFact, SampleKind, only};
