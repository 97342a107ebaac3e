//! Every metric that is built: what it needs, reads and means, and the function that measures it.
//!
//! A file a family, one match arm a metric; whoever forgets one is told by a test.

use super::experience::ResolutionVariant;
use super::frame::Frame;
use super::measure::Measured;
use super::period::Period;
use super::query::Query;
use super::time::Plan;
use super::workload::{BACKLOG, BY_TAG};
use crate::domain::definitions::Definitions;
use crate::domain::names::{Clock, Dimension, GroupBy, MetricId, Unit};
pub use crate::domain::need::Need;
use crate::domain::sample::{SampleKind, Selection};
use crate::domain::timestamp::Timestamp;

/// To which instant a metric belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// What happened in a period.
    Flow,
    /// What lasts through a period, cut at its ends.
    Through,
    /// How things stand at its end (and stood at its beginning).
    Snapshot,
    /// What can be said of the whole period only: it has no course.
    Whole,
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
    /// The question.
    pub(super) query: &'q Query,
    /// The period asked about, or one that it is compared with.
    pub(super) period: Period,
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

    fn at_the_end(&self, kind: SampleKind) -> Selection {
        let end = self.period.to.min(self.query.as_of);
        Selection::spanning(kind, end, end)
    }

    fn lasting(&self, kind: SampleKind) -> Selection {
        Selection::spanning(kind, self.query.as_of, Timestamp::MAX)
    }

    /// Whether the question names the metric and this is the period it asks about, not one that it is compared with.
    fn asks_for(&self, id: MetricId) -> bool {
        self.query.names(id, self.period)
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
    MetricId::TopIssues,
    MetricId::IssueSpike,
];

/// Of which of these an overview for people tells more than the number and its course.
pub(super) const TOLD_MORE: [MetricId; 5] = [
    MetricId::UnrepliedTickets,
    MetricId::FirstContactResolution,
    MetricId::SlaAttainment,
    MetricId::TopIssues,
    MetricId::IssueSpike,
];

/// To which instant a metric belongs, under the variant that was asked for.
pub(super) fn timing(id: MetricId, variant: Option<&str>) -> Timing {
    match (id, variant) {
        (MetricId::WorkloadBreakdown, Some(BACKLOG)) => Timing::Snapshot,
        _ => entry(id).timing,
    }
}

/// The clock of a metric in an answer; `None` where it measures no time.
pub fn clock_of(id: MetricId, answer: Clock) -> Option<Clock> {
    match id {
        MetricId::BacklogAge | MetricId::SpeedOfAnswer | MetricId::HoldTime => Some(Clock::Calendar),
        // Effort is not a stretch of time.
        MetricId::AverageHandleTime => None,
        _ => (id.unit() == Unit::Seconds).then_some(answer),
    }
}

/// What must be delivered for a question: some of it depends on how it is asked.
pub(super) fn needs(id: MetricId, by: Option<GroupBy>, variant: Option<&str>) -> Vec<Need> {
    let further = match (id, by) {
        (MetricId::WorkloadBreakdown, Some(GroupBy::Dimension(Dimension::Tag))) => Some(Need::Tags),
        (MetricId::WorkloadBreakdown, Some(GroupBy::Dimension(Dimension::Category))) => Some(Need::Category),
        (MetricId::WorkloadBreakdown, Some(GroupBy::Dimension(Dimension::Team | Dimension::Agent))) => {
            Some(Need::AssignmentHistory)
        }
        (MetricId::TopIssues | MetricId::IssueSpike, _) if variant == Some(BY_TAG) => Some(Need::Tags),
        (MetricId::TopIssues | MetricId::IssueSpike, _) => Some(Need::Category),
        _ => None,
    };
    entry(id).needs.iter().copied().chain(further).collect()
}

/// Whether amounts of money stand in the answer.
pub(super) fn tells_money(id: MetricId) -> bool {
    id.unit() == Unit::Currency || matches!(id, MetricId::SupportCostShare | MetricId::ProductFeedbackVolume)
}

/// Whether a breakdown says anything: customers and what they pay have no team, no channel and no tags, and the cash flow
/// is one of the whole company.
pub(super) fn divides(id: MetricId, by: GroupBy) -> bool {
    if super::composed::is_about_others(id) {
        return false;
    }
    if id == MetricId::CashFlowProxy {
        return matches!(by, GroupBy::Time(_));
    }
    let of_customers = matches!(
        id,
        MetricId::CustomerRetentionRate
            | MetricId::ChurnRate
            | MetricId::Arpa
            | MetricId::Clv
            | MetricId::SupportCostShare
            | MetricId::TrialConversionRate
    );
    !of_customers || matches!(by, GroupBy::Time(_) | GroupBy::Dimension(Dimension::Tier))
}

/// Whether a word may stand after `variant:` for a metric.
pub fn knows_variant(id: MetricId, word: &str) -> bool {
    match id {
        MetricId::ResolutionRate => ResolutionVariant::parse(word).is_some(),
        MetricId::StaffingNeed => Plan::parse(word).is_some(),
        _ => entry(id).variants.contains(&word),
    }
}

const TICKETS: &[Need] = &[Need::Tickets];
const MESSAGES: &[Need] = &[Need::Tickets, Need::Messages];
const STATUSES: &[Need] = &[Need::Tickets, Need::StatusHistory];
const TARGETS: &[&str] = &["first_response", "next_response", "update", "resolution"];

mod cost;
mod experience;
mod overview;
mod satisfaction;
mod sla;
mod workload;

/// The families, each with the entries of its metrics.
const FAMILIES: &[fn(MetricId) -> Option<Entry>] =
    &[experience::entry, satisfaction::entry, workload::entry, cost::entry, sla::entry, overview::entry];

/// The entry of a metric.
pub fn entry(id: MetricId) -> Entry {
    let entry = FAMILIES.iter().find_map(|family| family(id));
    entry.expect("every metric stands in the catalogue of its family; a test asks for each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_stands_in_exactly_one_family() {
        for id in MetricId::ALL {
            let places = FAMILIES.iter().filter(|family| family(*id).is_some()).count();
            assert_eq!(places, 1, "{id}");
        }
    }
}
