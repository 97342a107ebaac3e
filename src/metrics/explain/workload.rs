//! Workload (kpis.md 5.3).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::TicketVolume => Explained {
            formula: "tickets created in the period by those who count = {value}",
            switches: &["volume.initiators", "merged.policy"],
            sources: &["FD", "IC-SUP", "HS", "REDO", "GORG"],
        },
        M::TicketsSolved => Explained {
            formula: "tickets whose last solve lies in the period = {value}",
            switches: &["merged.policy"],
            sources: &["IC-SUP", "REDO", "FD-COM", "BL-LK"],
        },
        M::NetFlow => Explained {
            formula: "{closing} unsolved at the end − {opening} unsolved at the beginning = {value}",
            switches: &["merged.policy"],
            sources: &["ALTOR", "ITIL1"],
        },
        M::Backlog => Explained {
            formula: "tickets created before the end of the period and not solved just before it = {value}",
            switches: &["merged.policy"],
            sources: &["DBT-DL", "FD-COM", "REDO", "ITIL2"],
        },
        M::BacklogAge => Explained {
            formula: "median of {n} times from creation to the end of the period = {median}",
            switches: &["merged.policy"],
            sources: &["DBT"],
        },
        M::UnrepliedTickets => Explained {
            formula: "unsolved tickets at the end of the period, a customer turn open, no human reply yet = {value}",
            switches: &["bots.count_as_response", "merged.policy"],
            sources: &["DBT"],
        },
        _ => return None,
    })
}
