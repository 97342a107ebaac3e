//! What metrics and their samples are called in a line.

use crate::domain::names::MetricId;

/// The name as people say it in a line.
pub(in super::super) const fn short(id: MetricId) -> &'static str {
    match id {
        MetricId::FirstResponseTime => "First response",
        MetricId::FirstResponseTimeAny => "Any first reply",
        MetricId::ResponseTime => "Response time",
        MetricId::NextReplyTime => "Next reply",
        MetricId::FirstResolutionTime => "First resolution",
        MetricId::ResolutionTime => "Resolution",
        MetricId::RequesterWaitTime => "Customer wait",
        MetricId::AgentWaitTime => "Waiting for customers",
        MetricId::OnHoldTime => "On hold",
        MetricId::AgentWorkTime => "In our court",
        MetricId::TimeToAssignment => "Assigned in",
        MetricId::SpeedOfAnswer => "Speed of answer",
        MetricId::HoldTime => "Hold",
        MetricId::AbandonmentRate => "Abandoned",
        MetricId::FirstContactResolution => "FCR",
        MetricId::OneTouchRate => "One-touch",
        MetricId::ResolutionRate => "Resolution rate",
        MetricId::ReopenRate => "Reopened",
        MetricId::ResponseEfficiency => "People per resolution",
        MetricId::RepliesPerResolution => "Replies per resolution",
        MetricId::Reassignments => "Reassignments per ticket",
        MetricId::RepeatContactRate => "Repeat contacts",
        MetricId::EscalationRate => "Escalated",
        MetricId::BotResolutionRate => "Bot resolved",
        MetricId::ReplyTimePromise => "We can promise",
        MetricId::Csat => "CSAT",
        MetricId::CsatResponseRate => "Surveys answered",
        MetricId::Nps => "NPS",
        MetricId::Ces => "Effort",
        MetricId::SurveyComments => "Comments",
        MetricId::NegativeFollowupRate => "Bad ratings followed up",
        MetricId::TicketVolume => "Volume",
        MetricId::TicketsSolved => "Solved",
        MetricId::NetFlow => "Net flow",
        MetricId::Backlog => "Backlog",
        MetricId::BacklogAge => "Backlog age",
        MetricId::UnrepliedTickets => "Without any reply",
        MetricId::UnreadTickets => "Unread",
        MetricId::PeakHours => "Peak",
        MetricId::BusiestDay => "Busiest day",
        MetricId::WorkloadBreakdown => "Tickets",
        MetricId::TopIssues => "Issues",
        MetricId::IssueSpike => "Spikes",
        MetricId::ProductFeedbackVolume => "Feedback",
        MetricId::SolvedPerAgent => "Solved per agent",
        MetricId::AssignmentShare => "Balance",
        MetricId::RepliesSent => "Replies",
        MetricId::ContactRate => "Contact rate",
        MetricId::SupportCost => "Cost",
        MetricId::CostPerTicket => "Cost per ticket",
        MetricId::SupportCostPerCustomer => "Cost per customer",
        MetricId::CustomerRetentionRate => "Retention",
        MetricId::ChurnRate => "Churn",
        MetricId::Arpa => "Revenue per customer",
        MetricId::Clv => "CLV",
        MetricId::SupportCostShare => "Support share",
        MetricId::TrialConversionRate => "Trial conversion",
        MetricId::CashFlowProxy => "Cash flow",
        MetricId::AverageHandleTime => "AHT",
        MetricId::AgentUtilization => "Utilization",
        MetricId::AgentOccupancy => "Occupancy",
        MetricId::OverloadDays => "Overload days",
        MetricId::StaffingNeed => "Staffing",
        MetricId::SlaAttainment => "SLA",
        MetricId::SlaBreaches => "SLA breaches",
        MetricId::SlaAtRisk => "SLA at risk",
        MetricId::ServiceLevel => "Service level",
        MetricId::EmployeeNps => "eNPS",
        MetricId::ThreeRs => "Three R's",
        MetricId::Trend => "Trend",
        MetricId::Benchmark => "Benchmark",
        MetricId::Scorecard => "Overview",
    }
}

/// What a metric's sample consists of: one, several.
pub(super) const fn sample_words(id: MetricId) -> (&'static str, &'static str) {
    match id {
        MetricId::FirstResponseTime
        | MetricId::FirstResponseTimeAny
        | MetricId::ResponseTime
        | MetricId::NextReplyTime
        | MetricId::ReplyTimePromise => ("reply", "replies"),
        MetricId::BotResolutionRate => ("bot conversation", "bot conversations"),
        MetricId::SpeedOfAnswer | MetricId::HoldTime | MetricId::AbandonmentRate | MetricId::ServiceLevel => {
            ("call", "calls")
        }
        MetricId::AgentUtilization => ("paid hour", "paid hours"),
        MetricId::AgentOccupancy => ("hour of presence", "hours of presence"),
        MetricId::OverloadDays => ("overload day", "overload days"),
        MetricId::Csat | MetricId::NegativeFollowupRate => ("rating", "ratings"),
        MetricId::CsatResponseRate => ("survey", "surveys"),
        MetricId::ThreeRs => ("limit", "limits"),
        MetricId::Trend => ("metric", "metrics"),
        MetricId::Benchmark => ("published figure", "published figures"),
        MetricId::Nps | MetricId::Ces | MetricId::SurveyComments | MetricId::EmployeeNps => ("answer", "answers"),
        MetricId::SlaAttainment | MetricId::SlaBreaches | MetricId::SlaAtRisk => ("promise", "promises"),
        MetricId::FirstResolutionTime
        | MetricId::ResolutionTime
        | MetricId::RequesterWaitTime
        | MetricId::AgentWaitTime
        | MetricId::OnHoldTime
        | MetricId::AgentWorkTime
        | MetricId::TimeToAssignment
        | MetricId::AverageHandleTime
        | MetricId::StaffingNeed
        | MetricId::FirstContactResolution
        | MetricId::OneTouchRate
        | MetricId::ResolutionRate
        | MetricId::ReopenRate
        | MetricId::ResponseEfficiency
        | MetricId::RepliesPerResolution
        | MetricId::Reassignments
        | MetricId::RepeatContactRate
        | MetricId::EscalationRate
        | MetricId::TicketVolume
        | MetricId::TicketsSolved
        | MetricId::NetFlow
        | MetricId::Backlog
        | MetricId::BacklogAge
        | MetricId::UnrepliedTickets
        | MetricId::UnreadTickets
        | MetricId::PeakHours
        | MetricId::BusiestDay
        | MetricId::WorkloadBreakdown
        | MetricId::TopIssues
        | MetricId::IssueSpike
        | MetricId::ProductFeedbackVolume
        | MetricId::SolvedPerAgent
        | MetricId::AssignmentShare
        | MetricId::ContactRate
        | MetricId::CostPerTicket
        | MetricId::Scorecard => ("ticket", "tickets"),
        MetricId::RepliesSent => ("reply", "replies"),
        MetricId::CustomerRetentionRate
        | MetricId::ChurnRate
        | MetricId::Arpa
        | MetricId::Clv
        | MetricId::SupportCostShare
        | MetricId::SupportCostPerCustomer => ("customer", "customers"),
        MetricId::TrialConversionRate => ("trial", "trials"),
        MetricId::SupportCost | MetricId::CashFlowProxy => ("entry", "entries"),
    }
}
