//! Customer experience (kpis.md 5.1).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::FirstResponseTime => Explained {
            formula: "median of {n} waits, each from the customer's first message to the first human reply = {median}",
            switches: &[
                "frt.origin",
                "frt.exclude_channels",
                "agent_created.frt",
                "bots.count_as_response",
                "merged.policy",
                "calendar.binding",
            ],
            sources: &[
                "ZD-DUR", "ZD-FRT", "DBT", "CW", "HS", "IC-ATTR", "ZOHO", "BIRD", "REDO", "KEEP", "PLAIN", "MED",
                "SMT", "PH",
            ],
        },
        M::ResponseTime => Explained {
            formula: "median of {n} waits, each from the first unanswered customer message to the human reply = {median}",
            switches: &["bots.count_as_response", "turn.solve_grace_s", "merged.policy", "calendar.binding"],
            sources: &["ZD-SLA", "DBT", "REAM", "ZOHO", "HS", "GL"],
        },
        M::ResolutionTime => Explained {
            formula: "median of {n} times from creation to the last solve = {median}",
            switches: &["resolution.end", "resolution.solved_gaps", "merged.policy", "calendar.binding"],
            sources: &["ZD-DUR", "DBT", "DBT-DL", "BIRD", "PLAIN", "IC-SUP", "ITIL1", "BL-LK"],
        },
        M::FirstContactResolution => Explained {
            formula: "{numerator} tickets with one answer, by few enough people, never reopened, no new ticket about the \
                      same thing ÷ {denominator} solved tickets a human answered = {value}",
            switches: &[
                "fcr.max_agents",
                "fcr.soft_reopen_breaks",
                "fcr.repeat_contact",
                "fcr.window_s",
                "bots.count_as_response",
                "merged.policy",
            ],
            sources: &["ZD-1T", "ZD-MSG", "IC-ATTR", "FS-FCR", "ZOHO", "TB-FCR", "SQM5", "SQM22", "FD-COM"],
        },
        M::ResolutionRate => Explained {
            formula: "{numerator} solved ÷ {denominator} created by customers = {value}",
            switches: &["resolution_rate.variant", "merged.policy"],
            sources: &["TYME", "ALTOR", "FD-COM", "ITIL1", "BL-LK"],
        },
        M::ReopenRate => Explained {
            formula: "{numerator} reopened after their solve ÷ {denominator} solved = {value}",
            switches: &["reopen.count_soft", "merged.policy"],
            sources: &["ZD-API", "DBT", "ITIL1", "ITIL2", "ZOHO"],
        },
        _ => return None,
    })
}
