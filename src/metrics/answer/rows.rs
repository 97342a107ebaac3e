//! The lines of metrics that list something.

use serde::Serialize;

use super::*;

/// A line of a listing metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Row {
    /// A broken promise.
    Breach(BreachRow),
    /// A promise about to be broken.
    AtRisk(AtRiskRow),
    /// How the promises of one target were kept.
    Kept(KeptRow),
    /// A customer nobody has answered.
    Unreplied(UnrepliedRow),
    /// What a customer wrote beside a rating.
    Comment(CommentRow),
    /// A bad rating that may still be followed up in time.
    FollowUp(FollowUpRow),
    /// One of the three R's.
    Limit(LimitRow),
    /// What became of a metric.
    Trend(Box<TrendRow>),
    /// A metric beside a published figure.
    Compared(Box<ComparedRow>),
    /// A ticket nobody has opened.
    Unread(UnreadRow),
    /// An hour of the day.
    Hour(HourRow),
    /// A day of the week.
    Day(DayRow),
    /// A part of a whole.
    Share(ShareRow),
    /// What customers write about.
    Issue(IssueRow),
    /// Whether a category has grown.
    Spike(SpikeRow),
    /// What is said about the product.
    Feedback(FeedbackRow),
    /// What one person solved.
    Solver(SolverRow),
    /// What one person carries.
    Load(LoadRow),
    /// What one person wrote.
    Sender(SenderRow),
    /// Money of one kind.
    Money(MoneyRow),
    /// A day on which somebody had too much to do.
    Overload(OverloadRow),
}

impl Row {
    /// The ticket it is about, if it is about one.
    pub const fn ticket(&self) -> Option<&TicketRef> {
        match self {
            Self::Breach(row) => Some(&row.ticket),
            Self::AtRisk(row) => Some(&row.ticket),
            Self::Unreplied(row) => Some(&row.ticket),
            Self::Comment(row) => Some(&row.ticket),
            Self::FollowUp(row) => Some(&row.ticket),
            Self::Unread(row) => Some(&row.ticket),
            Self::Kept(_)
            | Self::Hour(_)
            | Self::Day(_)
            | Self::Share(_)
            | Self::Limit(_)
            | Self::Trend(_)
            | Self::Compared(_)
            | Self::Issue(_)
            | Self::Spike(_)
            | Self::Feedback(_)
            | Self::Solver(_)
            | Self::Load(_)
            | Self::Sender(_)
            | Self::Money(_)
            | Self::Overload(_) => None,
        }
    }

    /// The same, to add what it is about.
    const fn ticket_mut(&mut self) -> Option<&mut TicketRef> {
        match self {
            Self::Breach(row) => Some(&mut row.ticket),
            Self::AtRisk(row) => Some(&mut row.ticket),
            Self::Unreplied(row) => Some(&mut row.ticket),
            Self::Comment(row) => Some(&mut row.ticket),
            Self::FollowUp(row) => Some(&mut row.ticket),
            Self::Unread(row) => Some(&mut row.ticket),
            Self::Kept(_)
            | Self::Hour(_)
            | Self::Day(_)
            | Self::Share(_)
            | Self::Limit(_)
            | Self::Trend(_)
            | Self::Compared(_)
            | Self::Issue(_)
            | Self::Spike(_)
            | Self::Feedback(_)
            | Self::Solver(_)
            | Self::Load(_)
            | Self::Sender(_)
            | Self::Money(_)
            | Self::Overload(_) => None,
        }
    }
}

impl Report {
    /// The first tickets of each list, so many at most, for whoever knows what they are about.
    pub fn listed(&mut self, most: usize) -> impl Iterator<Item = &mut TicketRef> {
        self.metrics.iter_mut().flat_map(move |answer| {
            let rows = answer.figures.rows.iter_mut().flatten().filter_map(Row::ticket_mut);
            let tickets = answer.tickets.iter_mut().flat_map(|listing| &mut listing.rows).map(|row| &mut row.ticket);
            rows.take(most).chain(tickets.take(most))
        })
    }
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BreachRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The policy that judged.
    pub policy: String,
    /// The priority in force.
    pub priority: String,
    /// Seconds allowed.
    pub target_s: i64,
    /// The policy's clock.
    pub clock: Clock,
    /// When it broke.
    pub deadline: Timestamp,
    /// Seconds beyond the deadline on the policy's clock, until fulfilment or the moment of knowledge.
    pub overrun_s: f64,
    /// Still not fulfilled.
    pub open: bool,
}

/// How the promises of one target were kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeptRow {
    /// Which promise.
    pub target: Target,
    /// The share that was kept.
    pub value: f64,
    /// How many were kept.
    pub met: u64,
    /// Out of how many.
    pub n: u64,
    /// Lower limit of the 95% interval.
    pub low: Option<f64>,
    /// Its upper limit.
    pub high: Option<f64>,
}

/// A promise about to be broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtRiskRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The policy that judges.
    pub policy: String,
    /// The priority in force.
    pub priority: String,
    /// Seconds allowed.
    pub target_s: i64,
    /// The policy's clock.
    pub clock: Clock,
    /// When it breaks; `None` while its clock is paused.
    pub deadline: Option<Timestamp>,
    /// Seconds left on the policy's clock.
    pub left_s: f64,
}

/// A customer nobody has answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnrepliedRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// Since when the customer waits.
    pub since: Timestamp,
    /// How long, in seconds.
    pub waiting_s: f64,
}

/// What a customer wrote beside a rating.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommentRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// What was asked.
    pub survey: SurveyKind,
    /// The answer.
    pub value: f64,
    /// Of how many points the scale is.
    pub scale: u32,
    /// When.
    pub at: Timestamp,
    /// The text, with what would let a stranger reach the customer masked.
    pub comment: String,
    /// The themes it is about.
    pub themes: Vec<String>,
}

/// A bad rating that may still be followed up in time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowUpRow {
    /// Which ticket.
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// The answer.
    pub value: f64,
    /// Of how many points the scale is.
    pub scale: u32,
    /// When it was given.
    pub at: Timestamp,
    /// Until when to write to the customer.
    pub due: Timestamp,
}

/// The ticket of a row and who is responsible.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TicketRef {
    /// The source's own id.
    pub ticket: String,
    /// Name of the source.
    pub source: String,
    /// Responsible team at the instant counted.
    pub team: Option<String>,
    /// Responsible agent at the instant counted.
    pub agent: Option<String>,
    /// What it is about, where whoever asked looked it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where it can be read, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
