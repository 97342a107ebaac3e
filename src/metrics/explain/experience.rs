//! Customer experience (kpis.md 5.1).

use super::Explained;
use crate::domain::names::MetricId;

/// The explanation of a metric of this family.
pub(super) fn explained(id: MetricId) -> Option<Explained> {
    use MetricId as M;
    Some(match id {
        M::FirstResponseTime => Explained {
            formula: "{stat} of {n} waits, each from the customer's first message to the first human reply = {value}",
            switches: &[
                "frt.origin",
                "frt.exclude_channels",
                "frt.attribute",
                "agent_created.frt",
                "bots.count_as_response",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &[
                "ZD-DUR", "ZD-FRT", "DBT", "CW", "HS", "IC-ATTR", "ZOHO", "BIRD", "REDO", "KEEP", "PLAIN", "MED",
                "SMT", "PH",
            ],
        },
        M::ResponseTime => Explained {
            formula: "{stat} of {n} waits, each from the first unanswered customer message to the human reply = {value}",
            switches: &[
                "response_time.start",
                "response_time.weight",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-SLA", "DBT", "REAM", "ZOHO", "HS", "GL"],
        },
        M::FirstResponseTimeAny => Explained {
            formula: "{stat} of {n} waits, each from the customer's first message to the first reply of anybody, be it \
                      a bot or a rule = {value}",
            switches: &[
                "ack.count",
                "frt.origin",
                "frt.exclude_channels",
                "frt.attribute",
                "agent_created.frt",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-FRT", "CW"],
        },
        M::NextReplyTime => Explained {
            formula: "{stat} of {n} waits for a human reply other than the first = {value}",
            switches: &[
                "response_time.start",
                "response_time.weight",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "agent_created.frt",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-SLA", "GL", "EES2", "IC-OH"],
        },
        M::FirstResolutionTime => Explained {
            formula: "{stat} of {n} times from creation to the first solve = {value}",
            switches: &["merged.policy", "exclude.tags", "calendar.binding"],
            sources: &["ZD-DUR", "DBT", "BL-LK"],
        },
        M::ResolutionTime => Explained {
            formula: "{stat} of {n} times from creation to the last solve = {value}",
            switches: &[
                "resolution.end",
                "resolution.solved_gaps",
                "resolution.autoclose_end",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-DUR", "DBT", "DBT-DL", "BIRD", "PLAIN", "IC-SUP", "ITIL1", "BL-LK"],
        },
        M::RequesterWaitTime => Explained {
            formula: "{stat} over {n} solved tickets of the time they were new, open or on hold = {value}",
            switches: &[
                "wait.basis",
                "bots.count_as_response",
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["ZD-DUR", "DBT", "GL", "PLAIN", "BL-LK"],
        },
        M::AgentWaitTime => Explained {
            formula: "{stat} over {n} solved tickets of the time they were pending = {value}",
            switches: &["resolution.autoclose_end", "merged.policy", "exclude.tags", "calendar.binding"],
            sources: &["ZD-DUR", "DBT", "GL"],
        },
        M::OnHoldTime => Explained {
            formula: "{stat} over {n} solved tickets of the time they were on hold = {value}",
            switches: &["merged.policy", "exclude.tags", "calendar.binding"],
            sources: &["ZD-DUR", "DBT", "GL"],
        },
        M::AgentWorkTime => Explained {
            formula: "{stat} over {n} solved tickets of the time they were new or open = {value}",
            switches: &["merged.policy", "exclude.tags", "calendar.binding"],
            sources: &["GL", "DBT"],
        },
        M::TimeToAssignment => Explained {
            formula: "{stat} of {n} times from creation to the first assignment to a person = {value}",
            switches: &["merged.policy", "exclude.tags", "calendar.binding"],
            sources: &["ZD-API", "DBT", "CW"],
        },
        M::SpeedOfAnswer => Explained {
            formula: "mean of {n} waits from entering the queue to a person's answer = {mean}",
            switches: &["asa.include_abandoned", "queue.short_abandon_s"],
            sources: &["AWS", "SLV", "MN-LIST"],
        },
        M::HoldTime => Explained {
            formula: "mean over {n} calls with any hold of the time they were held = {mean}",
            switches: &[],
            sources: &["AWS", "CCH"],
        },
        M::AbandonmentRate => Explained {
            formula: "{numerator} hung up, misdials aside ÷ {denominator} hung up or answered = {value}",
            switches: &["queue.short_abandon_s"],
            sources: &["AWS", "SLV"],
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
                "turn.solve_grace_s",
                "frt.exclude_channels",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["ZD-1T", "ZD-MSG", "IC-ATTR", "FS-FCR", "ZOHO", "TB-FCR", "SQM5", "SQM22", "FD-COM"],
        },
        M::OneTouchRate => Explained {
            formula: "{numerator} tickets with few enough human replies ÷ {denominator} solved tickets with any = {value}",
            switches: &[
                "one_touch.max_replies",
                "one_touch.min_replies",
                "one_touch.chat_unit",
                "merged.policy",
                "exclude.tags",
            ],
            sources: &["ZD-1T", "ZD-MSG", "DBT", "BL-LK"],
        },
        M::ResolutionRate => Explained {
            formula: "{numerator} solved ÷ {denominator} created by customers = {value}",
            switches: &["resolution_rate.variant", "merged.policy", "exclude.tags"],
            sources: &["TYME", "ALTOR", "FD-COM", "ITIL1", "BL-LK"],
        },
        M::ReopenRate => Explained {
            formula: "{numerator} reopened after their solve ÷ {denominator} solved = {value}",
            switches: &["reopen.variant", "reopen.count_soft", "merged.policy", "exclude.tags"],
            sources: &["ZD-API", "DBT", "ITIL1", "ITIL2", "ZOHO"],
        },
        M::ResponseEfficiency => Explained {
            formula: "mean over {n} solved tickets of the people who wrote to or spoke with the customer = {mean}",
            switches: &["efficiency.basis", "efficiency.count_notes", "merged.policy", "exclude.tags"],
            sources: &["DBT", "ZD-API"],
        },
        M::RepliesPerResolution => Explained {
            formula: "mean over {n} solved tickets of the human replies up to the solve = {mean}",
            switches: &["replies.include_customer", "frt.exclude_channels", "merged.policy", "exclude.tags"],
            sources: &["ZD-API", "DBT", "REDO"],
        },
        M::Reassignments => Explained {
            formula: "mean over {n} solved tickets of the changes from one assignee to another = {mean}",
            switches: &["merged.policy", "exclude.tags"],
            sources: &["ZD-API", "DBT", "IC-ATTR"],
        },
        M::RepeatContactRate => Explained {
            formula: "{numerator} tickets soon after another of the same customer about the same was solved ÷ \
                      {denominator} created by known customers = {value}",
            switches: &["repeat.window_s", "repeat.match_unknown", "merged.policy", "exclude.tags"],
            sources: &["SQM5", "TB-FCR"],
        },
        M::EscalationRate => Explained {
            formula: "{numerator} moved to a team of the list, or tagged so ÷ {denominator} solved = {value}",
            switches: &["escalation.teams", "escalation.tags", "merged.policy", "exclude.tags"],
            sources: &["ITIL1"],
        },
        M::BotResolutionRate => Explained {
            formula: "{numerator} that no human replied to ÷ {denominator} solved tickets in which a bot wrote = {value}",
            switches: &["ack.count", "repeat.window_s", "repeat.match_unknown", "merged.policy", "exclude.tags"],
            sources: &["IC-ATTR", "CW"],
        },
        M::ReplyTimePromise => Explained {
            formula: "the least step that nine of {n} first responses of 28 days kept (p90 {p90}) = {value}",
            switches: &[
                "promise.ladder_s",
                "promise.min_n",
                "frt.origin",
                "frt.exclude_channels",
                "frt.attribute",
                "agent_created.frt",
                "bots.count_as_response",
                "merged.policy",
                "exclude.tags",
                "calendar.binding",
            ],
            sources: &["PLAIN", "MED"],
        },
        _ => return None,
    })
}
