//! Customer experience (kpis.md 5.1).

use super::*;
use crate::domain::definitions::ReopenVariant;
use crate::metrics::{experience, phone};

/// The entry of a metric of this family.
pub(super) fn entry(id: MetricId) -> Option<Entry> {
    use MetricId as M;
    use SampleKind as K;
    Some(match id {
        M::FirstResponseTime => Entry {
            about: "From the customer's first message to the first human reply, for replies sent in the period.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::ReopenRate, M::ResolutionTime, M::Csat],
            variants: &[],
            reads: |s| {
                let mut reads = vec![s.at(K::FirstReply)];
                if s.asks_for(M::FirstResponseTime) {
                    reads.extend([s.at_the_end(K::Open), s.at_the_end(K::Waiting)]);
                }
                reads
            },
            measure: experience::first_response_time,
        },
        M::FirstResponseTimeAny => Entry {
            about: "From the customer's first message to the first reply of anybody, also of a bot or a rule, for \
                    replies sent in the period.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::Bots],
            beside: &[M::FirstResponseTime],
            variants: &[],
            reads: |s| vec![s.at(K::FirstAnyReply), s.at(K::FirstReply)],
            measure: experience::first_response_time_any,
        },
        M::ResponseTime => Entry {
            about: "From each first unanswered customer message to the human reply, for replies sent in the period.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::RepliesPerResolution, M::Csat],
            variants: &[],
            reads: |s| vec![s.at(K::Reply)],
            measure: experience::response_time,
        },
        M::NextReplyTime => Entry {
            about: "From each further unanswered customer message to the human reply, the first response left out.",
            timing: Timing::Flow,
            needs: MESSAGES,
            beside: &[M::ResponseTime],
            variants: &[],
            reads: |s| vec![s.at(K::Reply)],
            measure: experience::next_reply_time,
        },
        M::FirstResolutionTime => Entry {
            about: "From creation to the first solve, whatever followed, for first solves in the period.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::ResolutionTime, M::ReopenRate],
            variants: &[],
            reads: |s| vec![s.at(K::FirstSolve)],
            measure: experience::first_resolution_time,
        },
        M::ResolutionTime => Entry {
            about: "From creation to the last solve, for tickets whose last solve lies in the period.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::ReopenRate, M::Csat],
            variants: &["human"],
            reads: |s| vec![s.at(K::Solve)],
            measure: experience::resolution_time,
        },
        M::RequesterWaitTime => Entry {
            about: "How long the customers of tickets solved in the period waited: new, open and on hold.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::ResolutionTime],
            variants: &[],
            reads: |s| vec![s.at(K::Stay)],
            measure: experience::requester_wait_time,
        },
        M::AgentWaitTime => Entry {
            about: "How long tickets solved in the period waited for their customer: pending.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::RequesterWaitTime],
            variants: &[],
            reads: |s| vec![s.at(K::Stay)],
            measure: experience::agent_wait_time,
        },
        M::OnHoldTime => Entry {
            about: "How long tickets solved in the period waited for a third party; most for no time at all.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::RequesterWaitTime],
            variants: &[],
            reads: |s| vec![s.at(K::Stay)],
            measure: experience::on_hold_time,
        },
        M::AgentWorkTime => Entry {
            about: "How long it was our turn on tickets solved in the period: new and open, queue and work together.",
            timing: Timing::Flow,
            needs: STATUSES,
            beside: &[M::RequesterWaitTime],
            variants: &[],
            reads: |s| vec![s.at(K::Stay)],
            measure: experience::agent_work_time,
        },
        M::TimeToAssignment => Entry {
            about: "From creation to the first assignment to a person, for such assignments in the period.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::AssignmentHistory],
            beside: &[M::FirstResponseTime],
            variants: &["before_reply"],
            reads: |s| vec![s.at(K::Assigned)],
            measure: experience::time_to_assignment,
        },
        M::SpeedOfAnswer => Entry {
            about: "How long callers and chatters waited in a queue until a person answered, by when they entered it.",
            timing: Timing::Flow,
            needs: &[Need::Queue],
            beside: &[M::ServiceLevel, M::AbandonmentRate],
            variants: &[],
            reads: |s| vec![s.at(K::Call)],
            measure: phone::speed_of_answer,
        },
        M::HoldTime => Entry {
            about: "How long customers were put on hold, of the calls on which they were, by when it began.",
            timing: Timing::Flow,
            needs: &[Need::Telephone],
            beside: &[M::AverageHandleTime],
            variants: &[],
            reads: |s| vec![s.at(K::Tracked)],
            measure: phone::hold_time,
        },
        M::AbandonmentRate => Entry {
            about: "Share of those in a queue who hung up before anybody answered, misdials aside.",
            timing: Timing::Flow,
            needs: &[Need::Queue],
            beside: &[M::SpeedOfAnswer],
            variants: &[],
            reads: |s| vec![s.at(K::Call)],
            measure: phone::abandonment_rate,
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
        M::OneTouchRate => Entry {
            about: "Share of the tickets solved in the period with a human reply that needed only one.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::FirstContactResolution],
            variants: &[],
            reads: |s| vec![s.at(K::Contact)],
            measure: experience::one_touch_rate,
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
                    ResolutionVariant::Period => s.at_the_end(K::Open),
                    ResolutionVariant::ToDate => {
                        let known = experience::same_age(s.period, s.query.period, s.query.as_of).plus_ms(1);
                        Selection::spanning(K::Open, known, known)
                    }
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
            reads: |s| {
                let mut reads = vec![s.at(K::Solve)];
                if s.definitions.switches.reopen_variant == ReopenVariant::Events {
                    reads.push(s.at(K::Reopen));
                }
                if s.asks_for(M::ReopenRate) {
                    let proving = experience::proving(s.query.as_of);
                    reads.push(Selection::at(K::Reopen, proving.from, proving.to));
                }
                reads
            },
            measure: experience::reopen_rate,
        },
        M::ResponseEfficiency => Entry {
            about: "How many people wrote to or spoke with the customer until a ticket was solved.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::FirstContactResolution],
            variants: &[],
            reads: |s| vec![s.at(K::Effort)],
            measure: experience::response_efficiency,
        },
        M::RepliesPerResolution => Entry {
            about: "How many human replies it took until a ticket was solved.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory],
            beside: &[M::OneTouchRate],
            variants: &["turn"],
            reads: |s| vec![s.at(K::Effort)],
            measure: experience::replies_per_resolution,
        },
        M::Reassignments => Entry {
            about: "How often one person handed a ticket to another until it was solved.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::StatusHistory, Need::AssignmentHistory],
            beside: &[M::ResponseEfficiency],
            variants: &[],
            reads: |s| vec![s.at(K::Effort)],
            measure: experience::reassignments,
        },
        M::RepeatContactRate => Entry {
            about: "Share of the tickets of known customers created in the period soon after another of theirs about \
                    the same was solved.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::StatusHistory, Need::Requesters],
            beside: &[M::FirstContactResolution],
            variants: &[],
            reads: |s| {
                let window_s = s.definitions.switches.repeat_window_s;
                let before = Selection::at(K::Solve, s.period.from.plus_s(-window_s), s.period.to);
                vec![s.at(K::Created), before]
            },
            measure: experience::repeat_contact_rate,
        },
        M::EscalationRate => Entry {
            about: "Share of the tickets solved in the period that were moved to a team for harder cases, or tagged so.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::StatusHistory, Need::Escalations],
            beside: &[M::FirstContactResolution],
            variants: &[],
            reads: |s| vec![s.at(K::Escalation)],
            measure: experience::escalation_rate,
        },
        M::BotResolutionRate => Entry {
            about: "Share of the tickets solved in the period in which a bot wrote that needed no person. What a rule \
                    closed without a word of the customer is unconfirmed.",
            timing: Timing::Flow,
            needs: &[Need::Tickets, Need::Messages, Need::StatusHistory, Need::Bots],
            beside: &[M::RepeatContactRate, M::Csat],
            variants: &[],
            reads: |s| {
                let window_s = s.definitions.switches.repeat_window_s;
                let later = Selection::at(K::Created, s.period.from, s.period.to.plus_s(window_s).plus_ms(1));
                vec![s.at(K::BotTalk), later]
            },
            measure: experience::bot_resolution_rate,
        },
        M::ReplyTimePromise => Entry {
            about: "What customers can be told: how soon most first responses of the last 28 days came.",
            timing: Timing::Now,
            needs: MESSAGES,
            beside: &[M::FirstResponseTime],
            variants: &[],
            reads: |s| {
                let window = experience::promise_window(s.query.as_of);
                vec![Selection::at(K::FirstReply, window.from, window.to)]
            },
            measure: experience::reply_time_promise,
        },
        _ => return None,
    })
}
