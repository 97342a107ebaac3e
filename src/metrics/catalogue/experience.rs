//! Customer experience (kpis.md 5.1).

use super::*;
use crate::metrics::experience;

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
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
                vec![s.at(K::Contact), later]
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
        _ => return None,
    })
}
