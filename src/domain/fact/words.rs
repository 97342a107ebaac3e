//! The closed words of the facts: statuses, kinds of surveys, targets and the like.

use serde::{Deserialize, Serialize};

/// The status of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has looked yet.
    New,
    /// Being worked on.
    Open,
    /// Waiting for the customer.
    Pending,
    /// Waiting for a third party.
    OnHold,
    /// Done; may come back.
    Solved,
    /// Done for good.
    Closed,
}

impl Status {
    /// Whether the work is done (`solved` or `closed`).
    pub const fn is_solved(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }

    /// The word used in events and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::OnHold => "on_hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
        }
    }
}

/// What kind of question a survey asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyKind {
    /// Satisfaction with the support received.
    Csat,
    /// Would they recommend the company.
    Nps,
    /// How much effort it took.
    Ces,
    /// Would the team recommend working there.
    Enps,
}

impl SurveyKind {
    /// The word used in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csat => "csat",
            Self::Nps => "nps",
            Self::Ces => "ces",
            Self::Enps => "enps",
        }
    }
}

/// Who began a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initiator {
    /// Inbound, also a call logged by an agent.
    Customer,
    /// Outbound.
    Agent,
    /// Monitoring, rules.
    System,
}

impl Initiator {
    /// The word used in events and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }
}

/// Which promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// From creation to the first human reply.
    FirstResponse,
    /// From each further customer turn to its answer.
    NextResponse,
    /// From one public agent message to the next.
    Update,
    /// From creation to the solve.
    Resolution,
}

impl Target {
    /// All targets in their usual order.
    pub const ALL: [Self; 4] = [Self::FirstResponse, Self::NextResponse, Self::Update, Self::Resolution];

    /// The word used in events and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Update => "update",
            Self::Resolution => "resolution",
        }
    }

    /// The target of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// What tracked time was spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub enum TimeKind {
    Talk,
    Hold,
    Wrap,
    #[default]
    Work,
}

/// What an agent was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub enum PresenceState {
    Available,
    Busy,
    Away,
    Offline,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub enum QueueState {
    Entered,
    Answered,
    Abandoned,
}
