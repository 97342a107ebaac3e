//! Workload (kpis.md 5.3).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::TicketVolume => Explained {
            formula: "tickets created in the period by those who count = {value}",
            switches: &["volume.initiators", "merged.policy", "exclude.tags"],
            sources: &["FD", "IC-SUP", "HS", "REDO", "GORG"],
        },
        M::TicketsSolved => Explained {
            formula: "tickets whose last solve lies in the period = {value}",
            switches: &["solved.count", "merged.policy", "exclude.tags"],
            sources: &["IC-SUP", "REDO", "FD-COM", "BL-LK"],
        },
        M::NetFlow => Explained {
            formula: "{closing} unsolved at the end − {opening} unsolved at the beginning = {value}",
            switches: &["merged.policy", "exclude.tags"],
            sources: &["ALTOR", "ITIL1"],
        },
        M::Backlog => Explained {
            formula: "tickets created before the end of the period and not solved just before it = {value}",
            switches: &["backlog.min_age", "merged.policy", "exclude.tags"],
            sources: &["DBT-DL", "FD-COM", "REDO", "ITIL2"],
        },
        M::BacklogAge => Explained {
            formula: "{stat} of {n} times from creation to the end of the period = {value}",
            switches: &["age.since", "backlog.min_age", "merged.policy", "exclude.tags"],
            sources: &["DBT"],
        },
        M::UnrepliedTickets => Explained {
            formula: "unsolved tickets at the end of the period, a customer turn open, no human reply yet = {value}",
            switches: &[
                "bots.count_as_response",
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["DBT"],
        },
        M::UnreadTickets => Explained {
            formula: "unsolved tickets at the end of the period, not opened since the customer's last message = {value}",
            switches: &["frt.exclude_channels", "merged.policy", "exclude.tags"],
            sources: &["BL-LK"],
        },
        M::PeakHours => Explained {
            formula: "tickets of an hour of the day ÷ how often that hour occurred; the highest of 24 = {value}",
            switches: &["volume.initiators", "merged.policy", "exclude.tags"],
            sources: &["HS", "ITIL1"],
        },
        M::BusiestDay => Explained {
            formula: "tickets of a day of the week ÷ how often that day occurred; the highest of 7 = {value}",
            switches: &["volume.initiators", "merged.policy", "exclude.tags"],
            sources: &["HS"],
        },
        M::WorkloadBreakdown => Explained {
            formula: "tickets of each group ÷ {value} tickets",
            switches: &["volume.initiators", "solved.count", "backlog.min_age", "merged.policy", "exclude.tags"],
            sources: &["BL-LK", "HS", "FRAP"],
        },
        M::TopIssues => Explained {
            formula: "tickets of each category ÷ {value} tickets, those without a category included",
            switches: &["merged.policy", "exclude.tags"],
            sources: &["ITIL1", "FRAP"],
        },
        M::IssueSpike => Explained {
            formula: "(now − before) ÷ √(now + before) for each category; {value} beyond the limit",
            switches: &["spike.min_count", "spike.min_growth", "spike.z", "merged.policy", "exclude.tags"],
            sources: &[],
        },
        M::ProductFeedbackVolume => Explained {
            formula: "tickets whose category or a tag is feedback = {value}",
            switches: &["feedback.categories", "merged.policy", "exclude.tags"],
            sources: &["BL"],
        },
        M::SolvedPerAgent => Explained {
            formula: "{n} tickets solved, less those that were nobody's ÷ people who solved any = {value}",
            switches: &[
                "solved.count",
                "csat.variant",
                "csat.satisfied_min",
                "csat.scope",
                "csat.credit",
                "reopen.variant",
                "reopen.count_soft",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["BL-LK"],
        },
        M::AssignmentShare => Explained {
            formula: "1 − Gini coefficient of the open tickets of each person = {value}",
            switches: &[
                "backlog.min_age",
                "one_touch.max_replies",
                "one_touch.min_replies",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["BL-LK"],
        },
        M::RepliesSent => Explained {
            formula: "public messages of people in the period = {value}",
            switches: &["merged.policy", "exclude.tags"],
            sources: &["HS", "ZOHO", "PLAIN"],
        },
        M::ContactRate => Explained {
            formula: "100 × tickets created ÷ ((customers at the start + customers at the end) ÷ 2) = {value}",
            switches: &["volume.initiators", "merged.policy", "exclude.tags"],
            sources: &["GORG", "MN-LIST"],
        },
        M::AverageHandleTime => Explained {
            formula: "time tracked on {n} tickets ÷ {n} tickets = {mean}",
            switches: &["aht.variant", "aht.max_entry", "merged.policy", "exclude.tags"],
            sources: &["CCH", "AWS", "IC-ATTR", "MN-KPI"],
        },
        M::AgentUtilization => Explained {
            formula: "{busy} spent on tickets and contacts ÷ {paid} of paid time = {value}",
            switches: &["utilization.variant", "utilization.concurrency"],
            sources: &["MECH", "MN-LIST", "WFM", "ASM", "ICMI", "CCH"],
        },
        M::AgentOccupancy => Explained {
            formula: "{busy} spent on tickets and contacts ÷ {staffed} available or busy = {value}",
            switches: &["utilization.concurrency"],
            sources: &["CCH", "TT-OCC", "WFM"],
        },
        M::OverloadDays => Explained {
            formula: "days of one person each, busier than the limit = {value}",
            switches: &[
                "overload.threshold",
                "overload.min_presence_s",
                "overload.max_open",
                "utilization.concurrency",
            ],
            sources: &["CCH", "MECH"],
        },
        M::StaffingNeed => Explained {
            formula: "{rate} arrivals in the busiest hour × {handle} each ÷ 1 hour ÷ {occupancy}, rounded up = {value}",
            switches: &[
                "staffing.target_occupancy",
                "aht.variant",
                "aht.max_entry",
                "volume.initiators",
                "queue.target_s",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["SL80", "TT-OCC"],
        },
        _ => return None,
    })
}
