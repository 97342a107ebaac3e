//! Every metric that is built: what it needs, reads and means, and the function that measures it.
//!
//! One match arm a metric; whoever adds a [`MetricId`] is led here by the compiler.

use super::experience::{self, ResolutionVariant};
use super::measure::{Frame, Measured};
use super::period::Period;
use super::{satisfaction, sla, workload};
use crate::domain::definitions::Definitions;
use crate::domain::names::{Clock, MetricId, Unit};
use crate::domain::sample::{SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

/// Something a source must deliver before a metric can exist (kpis.md 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Tickets being created.
    Tickets,
    /// Messages with their authors.
    Messages,
    /// Changes of status.
    StatusHistory,
    /// Ratings by customers.
    Ratings,
    /// Promises to judge by.
    Policies,
}

impl Need {
    /// All needs.
    pub const ALL: [Self; 5] = [Self::Tickets, Self::Messages, Self::StatusHistory, Self::Ratings, Self::Policies];

    /// One or two words, for the closing line of the overview.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Messages => "messages",
            Self::StatusHistory => "status history",
            Self::Ratings => "ratings",
            Self::Policies => "SLA policies",
        }
    }

    /// What must be sent.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Tickets => "tickets (ticket_created events of a help desk)",
            Self::Messages => "messages with their authors (message events)",
            Self::StatusHistory => "status changes (status_changed events)",
            Self::Ratings => "ratings (rating_received events of a help desk or survey tool)",
            Self::Policies => "an SLA policy ([[sla]] in bot.toml, or sla_policy events of the help desk)",
        }
    }
}

/// To which instant a metric belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// What happened in a period.
    Flow,
    /// How things stand at its end (and stood at its beginning).
    Snapshot,
    /// How things stand at the moment of knowledge, whatever the period.
    Now,
}

/// What the program knows of a metric besides its names.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What it measures, in a sentence.
    pub about: &'static str,
    /// To which instant it belongs.
    pub timing: Timing,
    /// What must be delivered.
    pub needs: &'static [Need],
    /// What to read beside it.
    pub beside: &'static [MetricId],
    /// The words that may stand after `variant:`; `N` stands for a whole number.
    pub variants: &'static [&'static str],
    reads: fn(&Scope<'_>) -> Vec<Selection>,
    measure: fn(&Frame<'_, '_>) -> Measured,
}

/// For what samples are selected.
#[derive(Clone, Copy)]
pub(super) struct Scope<'q> {
    pub(super) period: Period,
    pub(super) as_of: Timestamp,
    pub(super) variant: Option<&'q str>,
    pub(super) definitions: &'q Definitions,
}

impl Scope<'_> {
    fn at(&self, kind: SampleKind) -> Selection {
        Selection::at(kind, self.period.from, self.period.to)
    }

    fn during(&self, kind: SampleKind) -> Selection {
        Selection::spanning(kind, self.period.from, self.period.to)
    }

    fn lasting(&self, kind: SampleKind) -> Selection {
        Selection::spanning(kind, self.as_of, Timestamp::MAX)
    }
}

impl Entry {
    /// The samples it reads.
    pub(super) fn reads(&self, scope: &Scope<'_>) -> Vec<Selection> {
        (self.reads)(scope)
    }

    /// What it measures in a period.
    pub(super) fn measure(&self, frame: &Frame<'_, '_>) -> Measured {
        (self.measure)(frame)
    }
}

/// What the overview consists of, in the order of kpis.md 6.4.
pub const OVERVIEW: &[MetricId] = &[
    MetricId::TicketVolume,
    MetricId::TicketsSolved,
    MetricId::NetFlow,
    MetricId::Backlog,
    MetricId::BacklogAge,
    MetricId::FirstResponseTime,
    MetricId::UnrepliedTickets,
    MetricId::ResolutionTime,
    MetricId::FirstContactResolution,
    MetricId::ReopenRate,
    MetricId::Csat,
    MetricId::SlaAttainment,
    MetricId::SlaAtRisk,
];

/// The clock of a metric in an answer; `None` where it measures no time.
pub fn clock_of(id: MetricId, answer: Clock) -> Option<Clock> {
    match id {
        MetricId::BacklogAge => Some(Clock::Calendar),
        _ => (id.unit() == Unit::Seconds).then_some(answer),
    }
}

/// Whether a word may stand after `variant:` for a metric.
pub fn knows_variant(id: MetricId, word: &str) -> bool {
    match id {
        MetricId::ResolutionRate => ResolutionVariant::parse(word).is_some(),
        _ => entry(id).variants.contains(&word),
    }
}

const TICKETS: &[Need] = &[Need::Tickets];
const MESSAGES: &[Need] = &[Need::Tickets, Need::Messages];
const STATUSES: &[Need] = &[Need::Tickets, Need::StatusHistory];
const TARGETS: &[&str] = &["first_response", "next_response", "update", "resolution"];

/// The entry of a metric.
#[allow(clippy::too_many_lines, reason = "a table reads best in one piece")]
pub fn entry(id: MetricId) -> Entry {
    use MetricId as M;
    use SampleKind as K;
    match id {
        M::FirstResponseTime => Entry {
            about: "From the customer's first message to the first human reply, for replies sent in the period.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::UnrepliedTickets, M::ReopenRate, M::Csat],
            variants: &[],
            reads: |s| vec![s.at(K::FirstReply)],
            measure: experience::first_response_time,
        },
        M::ResponseTime => Entry {
            about: "From each first unanswered customer message to the human reply, for replies sent in the period.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::Csat],
            variants: &[],
            reads: |s| vec![s.at(K::Reply)],
            measure: experience::response_time,
        },
        M::ResolutionTime => Entry {
            about: "From creation to the last solve, for tickets whose last solve lies in the period.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::ReopenRate, M::Csat],
            variants: &[],
            reads: |s| vec![s.at(K::Solve)],
            measure: experience::resolution_time,
        },
        M::FirstContactResolution => Entry {
            about: "Share of solved tickets settled by one person with one answer, without a reopen or a new ticket \
                    of the same customer about the same thing.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::Csat, M::ReopenRate],
            variants: &[],
            reads: |s| {
                let window_s = s.definitions.switches.fcr_window_s;
                let later = Selection::at(K::Created, s.period.from, s.period.to.plus_s(window_s).plus_ms(1));
                vec![s.at(K::Solve), later]
            },
            measure: experience::first_contact_resolution,
        },
        M::ResolutionRate => Entry {
            about: "Share of the tickets customers created in the period that are solved at its end.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::Backlog, M::ReopenRate],
            variants: &["period", "to_date", "within:N", "flow"],
            reads: |s| {
                let configured = &s.definitions.switches.resolution_rate_variant;
                let other = match ResolutionVariant::in_force(s.variant, configured) {
                    ResolutionVariant::Period => s.during(K::Open),
                    ResolutionVariant::ToDate => s.lasting(K::Open),
                    ResolutionVariant::Within(seconds) => {
                        Selection::spanning(K::Open, s.period.from.plus_s(seconds), s.period.to.plus_s(seconds))
                    }
                    ResolutionVariant::Flow => s.at(K::Solve),
                };
                vec![s.at(K::Created), other]
            },
            measure: experience::resolution_rate,
        },
        M::ReopenRate => Entry {
            about: "Share of the tickets solved in the period that were reopened afterwards.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::FirstContactResolution, M::Csat],
            variants: &[],
            reads: |s| vec![s.at(K::Solve)],
            measure: experience::reopen_rate,
        },
        M::Csat => Entry {
            about: "Share of ratings that are satisfied: the top answers of the scale.",
            timing: Timing::Flow,
            needs: &[Need::Ratings],
            beside: &[],
            variants: &[],
            reads: |s| vec![s.at(K::Rating)],
            measure: satisfaction::csat,
        },
        M::TicketVolume => Entry {
            about: "Tickets customers and monitoring created in the period; outbound tickets are counted apart.",
            timing: Timing::Flow,
            needs: TICKETS,
            beside: &[M::Backlog],
            variants: &[],
            reads: |s| vec![s.at(K::Created)],
            measure: workload::ticket_volume,
        },
        M::TicketsSolved => Entry {
            about: "Tickets whose last solve lies in the period and that are still solved.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::TicketVolume, M::ReopenRate],
            variants: &[],
            reads: |s| vec![s.at(K::Solve)],
            measure: workload::tickets_solved,
        },
        M::NetFlow => Entry {
            about: "By how much the number of unsolved tickets grew in the period.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::ResolutionRate],
            variants: &[],
            reads: |s| vec![s.during(K::Open)],
            measure: workload::net_flow,
        },
        M::Backlog => Entry {
            about: "Unsolved tickets at the end of the period: new, open, pending and on hold.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::BacklogAge],
            variants: &[],
            reads: |s| vec![s.during(K::Open), s.during(K::Waiting)],
            measure: workload::backlog,
        },
        M::BacklogAge => Entry {
            about: "How long ago the tickets unsolved at the end of the period were created.",
            timing: Timing::Snapshot,
            needs: STATUSES,
            beside: &[M::Backlog],
            variants: &[],
            reads: |s| vec![s.during(K::Open)],
            measure: workload::backlog_age,
        },
        M::UnrepliedTickets => Entry {
            about: "Unsolved tickets at the end of the period whose customer has not heard from a human yet.",
            timing: Timing::Snapshot,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::FirstResponseTime],
            variants: &[],
            reads: |s| vec![s.during(K::Open), s.during(K::Waiting)],
            measure: workload::unreplied_tickets,
        },
        M::SlaAttainment => Entry {
            about: "Share of the promises decided in the period that were kept.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::FirstResponseTime, M::ResolutionTime, M::SlaAtRisk],
            variants: TARGETS,
            reads: |s| vec![s.during(K::Sla), s.lasting(K::Sla)],
            measure: sla::sla_attainment,
        },
        M::SlaBreaches => Entry {
            about: "Promises broken in the period, dated at their deadline.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::SlaAttainment],
            variants: TARGETS,
            reads: |s| vec![s.during(K::Sla)],
            measure: sla::sla_breaches,
        },
        M::SlaAtRisk => Entry {
            about: "Running promises with little of their time left.",
            timing: Timing::Now,
            needs: &[Need::Tickets, Need::Policies],
            beside: &[M::UnrepliedTickets],
            variants: TARGETS,
            reads: |s| vec![s.lasting(K::Sla)],
            measure: sla::sla_at_risk,
        },
        // The overview is answered with the metrics it consists of; by itself it measures what comes in.
        M::Scorecard => Entry {
            about: "The desk at a glance: volume, backlog, speed, quality, satisfaction and promises.",
            beside: &[],
            ..entry(M::TicketVolume)
        },
    }
}
