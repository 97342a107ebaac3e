//! What a source must deliver before a number can exist (kpis.md 2.2), and which events show that it does.

use super::event::{ActorKind, Event, Fact, SurveyKind, TimeKind};

/// Something a source must deliver before a metric can exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Tickets being created.
    Tickets,
    /// Messages with their authors.
    Messages,
    /// Messages of bots, told from those of people.
    Bots,
    /// Changes of status.
    StatusHistory,
    /// Who a ticket is assigned to.
    AssignmentHistory,
    /// Which customer a ticket is from.
    Requesters,
    /// What counts as an escalation.
    Escalations,
    /// Tags of tickets.
    Tags,
    /// Categories of tickets.
    Category,
    /// Agents opening tickets.
    Reads,
    /// Satisfaction ratings by customers.
    Ratings,
    /// What customers write beside their answers.
    Comments,
    /// Surveys going out.
    SurveysSent,
    /// Answers to an NPS survey.
    Nps,
    /// Answers to an effort survey.
    Ces,
    /// Answers of the team to a survey of its own.
    TeamSurveys,
    /// Time people track.
    TimeTracking,
    /// Time on the phone.
    Telephone,
    /// Paid time of agents.
    Shifts,
    /// What agents are doing.
    Presence,
    /// How much people have to do.
    Load,
    /// Calls or chats in a queue.
    Queue,
    /// Money spent.
    Costs,
    /// Who is a customer.
    Customers,
    /// Who is trying to become one.
    Trials,
    /// Money earned.
    Revenue,
    /// Promises to judge by.
    Policies,
}

macro_rules! needs {
    ($( $need:ident, $word:literal, $name:literal, $text:literal; )*) => {
        impl Need {
            /// All needs.
            pub const ALL: &'static [Self] = &[$(Self::$need),*];

            /// The word stored.
            pub const fn word(self) -> &'static str { match self { $(Self::$need => $word,)* } }

            /// One or two words, for the closing line of the overview.
            pub const fn name(self) -> &'static str { match self { $(Self::$need => $name,)* } }

            /// What must be sent.
            pub const fn text(self) -> &'static str { match self { $(Self::$need => $text,)* } }
        }
    };
}

needs! {
    Tickets, "tickets", "tickets", "tickets (ticket_created events of a help desk)";
    Messages, "messages", "messages", "messages with their authors (message events)";
    Bots, "bots", "bot messages", "bot messages (message events whose actor is a bot)";
    StatusHistory, "status_history", "status history", "status changes (status_changed events)";
    AssignmentHistory, "assignment_history", "assignment history", "assignments (assigned events)";
    Requesters, "requesters", "requesters", "the customer of each ticket (customer of ticket_created)";
    Escalations, "escalations", "escalations", "escalation.teams or escalation.tags (in [metrics] of bot.toml)";
    Tags, "tags", "tags", "tags (of ticket_created, or tags_changed events)";
    Category, "category", "categories", "categories (of ticket_created, or category_changed events)";
    Reads, "reads", "reads", "agents opening tickets (read events)";
    Ratings, "ratings", "ratings", "ratings (rating_received events of kind csat, of a help desk or survey tool)";
    Comments, "comments", "comments", "comments (rating_received events with a comment)";
    SurveysSent, "surveys_sent", "surveys sent", "surveys sent (survey_sent events)";
    Nps, "nps", "an NPS survey", "an NPS survey (rating_received events of kind nps)";
    Ces, "ces", "an effort survey", "an effort survey (rating_received events of kind ces, with their version)";
    TeamSurveys, "team_surveys", "a team survey", "a team survey (rating_received events of kind enps)";
    TimeTracking, "time_tracking", "time tracking", "time tracking (time_tracked events)";
    Telephone, "telephone", "a telephone", "a telephone (time_tracked events of kind talk and hold)";
    Shifts, "shifts", "shifts", "shifts (shift events of a calendar or HR system)";
    Presence, "presence", "presence", "presence (presence events)";
    Load, "load", "load", "presence with time tracking (presence and time_tracked events), or a limit of open tickets (overload.max_open in bot.toml)";
    Queue, "queue", "a queue", "a telephone or chat queue (queue events)";
    Costs, "costs", "costs", "costs (cost events)";
    Customers, "customers", "customers", "a customer list (customer_subscribed and customer_churned events of a billing system)";
    Trials, "trials", "trials", "trials (customer_subscribed events of state trial, then paid)";
    Revenue, "revenue", "revenue", "revenue (revenue events of a billing system)";
    Policies, "policies", "SLA policies", "an SLA policy ([[sla]] in bot.toml, or sla_policy events of the help desk)";
}

impl Need {
    /// The need of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|need| need.word() == word)
    }

    /// What an event shows its source to deliver.
    pub fn shown_by(event: &Event) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|need| need.is_shown_by(event))
    }

    fn is_shown_by(self, event: &Event) -> bool {
        let fact = &event.fact;
        match self {
            // Every help desk we know delivers all three; one whose first tickets still wait has sent only the first.
            Self::Tickets | Self::Messages | Self::StatusHistory => matches!(fact, Fact::TicketCreated(_)),
            Self::Bots => match fact {
                Fact::BotHandoff(_) => true,
                Fact::Message(_) => event.actor.kind == ActorKind::Bot,
                _ => false,
            },
            Self::AssignmentHistory => match fact {
                Fact::Assigned(_) => true,
                Fact::TicketCreated(data) => data.assignee.is_some() || data.team.is_some(),
                Fact::Snapshot(data) => data.agent.is_some() || data.team.is_some(),
                _ => false,
            },
            Self::Requesters => match fact {
                Fact::TicketCreated(data) => data.customer.is_some() || event.actor.kind == ActorKind::Customer,
                Fact::Changed(data) => data.customer.is_some(),
                _ => false,
            },
            // Only the configuration knows.
            Self::Escalations => false,
            Self::Tags => match fact {
                Fact::TagsChanged(_) => true,
                Fact::TicketCreated(data) => !data.tags.is_empty(),
                Fact::Snapshot(data) => data.tags.is_some(),
                _ => false,
            },
            Self::Category => match fact {
                Fact::CategoryChanged(_) => true,
                Fact::TicketCreated(data) => data.category.is_some(),
                Fact::Snapshot(data) => data.category.is_some(),
                _ => false,
            },
            Self::Reads => matches!(fact, Fact::Read(_)),
            Self::Ratings => asked(fact) == Some(SurveyKind::Csat),
            Self::Comments => match fact {
                Fact::RatingReceived(data) => data.kind != SurveyKind::Enps && data.comment().is_some(),
                _ => false,
            },
            Self::SurveysSent => matches!(fact, Fact::SurveySent(data) if data.kind == SurveyKind::Csat),
            Self::Nps => asked(fact) == Some(SurveyKind::Nps),
            Self::Ces => match fact {
                // Without its version nobody knows whether a high answer is good.
                Fact::RatingReceived(data) => data.kind == SurveyKind::Ces && data.effort_version().is_some(),
                fact => asked(fact) == Some(SurveyKind::Ces),
            },
            Self::TeamSurveys => asked(fact) == Some(SurveyKind::Enps),
            Self::TimeTracking => matches!(fact, Fact::TimeTracked(_)),
            Self::Telephone => {
                matches!(fact, Fact::TimeTracked(data) if matches!(data.kind, TimeKind::Talk | TimeKind::Hold))
            }
            Self::Shifts => matches!(fact, Fact::Shift(_)),
            Self::Presence => matches!(fact, Fact::Presence(_)),
            // Two of the others together, or the configuration.
            Self::Load => false,
            Self::Queue => matches!(fact, Fact::Queue(_)),
            Self::Costs => matches!(fact, Fact::Cost(_)),
            Self::Customers => matches!(fact, Fact::CustomerSubscribed(_) | Fact::CustomerChurned(_)),
            Self::Trials => matches!(fact, Fact::CustomerSubscribed(data) if data.is_trial()),
            Self::Revenue => matches!(fact, Fact::Revenue(_)),
            Self::Policies => matches!(fact, Fact::SlaPolicy(_)),
        }
    }
}

/// What a survey asked, sent or answered.
const fn asked(fact: &Fact) -> Option<SurveyKind> {
    match fact {
        Fact::SurveySent(data) => Some(data.kind),
        Fact::RatingReceived(data) => Some(data.kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_shows_what_its_source_delivers() {
        let agent = r#""actor":{"kind":"agent","id":"a"}"#;
        let bot = r#""actor":{"kind":"bot","id":"b"}"#;
        let table: &[(&str, &str, &str, &[Need])] = &[
            ("ticket_created", agent, "{}", &[Need::Tickets, Need::Messages, Need::StatusHistory]),
            (
                "ticket_created",
                agent,
                r#"{"team":"t","tags":["x"],"category":"c"}"#,
                &[
                    Need::Tickets,
                    Need::Messages,
                    Need::StatusHistory,
                    Need::AssignmentHistory,
                    Need::Tags,
                    Need::Category,
                ],
            ),
            ("message", agent, "{}", &[]),
            ("message", bot, "{}", &[Need::Bots]),
            ("rating_received", agent, r#"{"survey":"s","kind":"nps","scale":11,"value":9}"#, &[Need::Nps]),
            (
                "rating_received",
                agent,
                r#"{"survey":"s","kind":"csat","scale":5,"value":4,"comment":" "}"#,
                &[Need::Ratings],
            ),
            (
                "rating_received",
                agent,
                r#"{"survey":"s","kind":"csat","scale":5,"value":4,"comment":"thanks"}"#,
                &[Need::Ratings, Need::Comments],
            ),
            ("rating_received", agent, r#"{"survey":"s","kind":"ces","scale":7,"value":5}"#, &[]),
            ("rating_received", agent, r#"{"survey":"s","kind":"ces","scale":7,"value":5,"version":2}"#, &[Need::Ces]),
            ("rating_received", agent, r#"{"survey":"s","kind":"enps","scale":11,"value":9}"#, &[Need::TeamSurveys]),
            ("time_tracked", agent, r#"{"seconds":1}"#, &[Need::TimeTracking]),
            ("time_tracked", agent, r#"{"seconds":1,"kind":"hold"}"#, &[Need::TimeTracking, Need::Telephone]),
            ("customer_subscribed", agent, r#"{"customer":"c"}"#, &[Need::Customers]),
            ("customer_subscribed", agent, r#"{"customer":"c","state":"trial"}"#, &[Need::Customers, Need::Trials]),
        ];
        for (name, actor, data, needs) in table {
            let text = format!(
                r#"{{"event_id":"e","ts":"2026-11-22T09:00:00Z","type":"{name}","ticket":"1",{actor},"data":{data}}}"#
            );
            let event = Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(Need::shown_by(&event).collect::<Vec<_>>(), *needs, "{text}");
        }
    }

    #[test]
    fn each_need_has_a_word_of_its_own() {
        for need in Need::ALL {
            assert_eq!(Need::from_word(need.word()), Some(*need));
        }
        assert_eq!(Need::from_word("crystal_ball"), None);
    }
}
