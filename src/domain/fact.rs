//! The closed list of facts an event can state, and the JSON of each one's `data`.

mod faults;
mod ids;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use ids::Change;
pub(crate) use ids::{id_text, optional_id};
pub use words::{Initiator, PresenceState, QueueState, Status, SurveyKind, Target, TimeKind};

use self::ids::change;
use super::timestamp::Timestamp;

macro_rules! facts {
    ($( $(#[$doc:meta])* $variant:ident($body:ident) = $name:literal, $example:literal; )*) => {
        /// What happened: one variant a `type` of the event log (kpis.md 2.1 and product.md 3).
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact { $( $(#[$doc])* $variant($body), )* }

        impl Fact {
            /// Every type name, in the order of the documentation.
            pub const TYPES: &'static [&'static str] = &[$($name),*];

            /// The `type` of this fact.
            pub const fn type_name(&self) -> &'static str {
                match self { $( Self::$variant(_) => $name, )* }
            }

            /// A valid `data` for a type, as shown in errors and help.
            pub fn example(type_name: &str) -> Option<&'static str> {
                match type_name { $( $name => Some($example), )* _ => None }
            }

            /// The `data` of an event that states it.
            pub fn data(&self) -> serde_json::Value {
                let value = match self { $( Self::$variant(body) => serde_json::to_value(body), )* };
                value.expect("facts hold only text, numbers and booleans")
            }

            pub(super) fn parse(type_name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                match type_name {
                    $( $name => Some(serde_json::from_str::<$body>(data).map(Self::$variant)), )*
                    _ => None,
                }
            }
        }
    };
}

facts! {
    /// A conversation began; it carries the opening message.
    TicketCreated(TicketCreated) = "ticket_created", r#"{"channel": "email", "priority": "normal"}"#;
    /// A public message.
    Message(MessageSent) = "message", "{}";
    /// An internal note.
    Note(Nothing) = "note", "{}";
    /// A bot gave the conversation to people.
    BotHandoff(Nothing) = "bot_handoff", "{}";
    /// The status changed.
    StatusChanged(StatusChanged) = "status_changed", r#"{"to": "pending"}"#;
    /// Agent or team changed; `null` means unassigned.
    Assigned(Assigned) = "assigned", r#"{"agent": "a1", "team": "billing"}"#;
    /// The priority changed.
    PriorityChanged(PriorityChanged) = "priority_changed", r#"{"to": "urgent"}"#;
    /// Tags were added or removed.
    TagsChanged(TagsChanged) = "tags_changed", r#"{"added": ["vip"], "removed": []}"#;
    /// The category changed.
    CategoryChanged(CategoryChanged) = "category_changed", r#"{"to": "billing"}"#;
    /// This ticket was merged into another one.
    Merged(Merged) = "merged", r#"{"into": "4522"}"#;
    /// The ticket was deleted.
    Deleted(Nothing) = "deleted", "{}";
    /// The ticket was marked as spam.
    Spam(Nothing) = "spam", "{}";
    /// A deletion or spam mark was undone.
    Restored(Nothing) = "restored", "{}";
    /// A survey went out.
    SurveySent(SurveySent) = "survey_sent", r#"{"survey": "s1", "kind": "csat"}"#;
    /// A survey was answered, or its answer changed.
    RatingReceived(RatingReceived) = "rating_received", r#"{"survey": "s1", "kind": "csat", "scale": 5, "value": 4}"#;
    /// Someone worked on it.
    TimeTracked(TimeTracked) = "time_tracked", r#"{"start": "2026-11-22T09:00:00Z", "seconds": 300, "kind": "work"}"#;
    /// Paid time of an agent.
    Shift(Shift) = "shift", r#"{"start": "2026-11-22T09:00:00Z", "end": "2026-11-22T17:00:00Z"}"#;
    /// What an agent was doing.
    Presence(Presence) = "presence", r#"{"start": "2026-11-22T09:00:00Z", "end": "2026-11-22T10:00:00Z", "state": "available"}"#;
    /// A call or chat moved through a queue.
    Queue(Queue) = "queue", r#"{"call": "c1", "state": "answered"}"#;
    /// Money spent on support.
    Cost(Cost) = "cost", r#"{"from": "2026-11-01", "to": "2026-11-30", "amount": 1200.0, "currency": "EUR", "category": "people"}"#;
    /// A customer began to pay, or to try.
    CustomerSubscribed(CustomerSubscribed) = "customer_subscribed", r#"{"customer": "c1"}"#;
    /// A customer left.
    CustomerChurned(CustomerChurned) = "customer_churned", r#"{"customer": "c1"}"#;
    /// A customer paid.
    Revenue(Revenue) = "revenue", r#"{"customer": "c1", "amount": 50.0, "currency": "EUR"}"#;
    /// An agent opened the ticket.
    Read(Nothing) = "read", "{}";
    /// Facts that are not history-bearing.
    Changed(Changed) = "changed", r#"{"subject": "Cannot log in"}"#;
    /// What the ticket looks like as of `ts`; the fold derives the changes.
    Snapshot(Snapshot) = "snapshot", r#"{"status": "open", "priority": "high"}"#;
    /// Somebody took an alert.
    SlaClaimed(SlaMark) = "sla_claimed", r#"{"by": "a1", "target": "first_response"}"#;
    /// Somebody asked to be reminded later.
    SlaSnoozed(SlaMark) = "sla_snoozed", r#"{"by": "a1", "until": "2026-11-22T10:00:00Z"}"#;
    /// A claim was given back.
    SlaReleased(SlaMark) = "sla_released", r#"{"by": "a1"}"#;
    /// The help desk says which promise applies.
    SlaPolicy(SlaPolicySet) = "sla_policy", r#"{"policy": "gold", "targets": {"first_response": 3600}}"#;
}

/// Data of a fact that carries none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Data of `ticket_created`. All fields are optional; a missing priority is `normal`, a missing status `new`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct TicketCreated {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub assignee: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Who began it; absent = the kind of the actor (a bot counts as the system).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator: Option<Initiator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Data of `message`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSent {
    /// Out-of-office, receipts, triggers: never a reply and never a question.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
}

/// Data of `status_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusChanged {
    /// The new status.
    pub to: Status,
}

/// Data of `assigned`: each field absent (unchanged), a value, or `null` (unassigned).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Assigned {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "change")]
    pub agent: Change<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "change")]
    pub team: Change<String>,
}

/// Data of `priority_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityChanged {
    /// The new priority.
    pub to: String,
}

/// Data of `tags_changed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct TagsChanged {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

/// Data of `category_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryChanged {
    /// The new category; `null` clears it.
    pub to: Option<String>,
}

/// Data of `merged`, on the secondary ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// The primary ticket, if the source says which.
    #[serde(default, deserialize_with = "optional_id")]
    pub into: Option<String>,
}

/// Data of `survey_sent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct SurveySent {
    #[serde(deserialize_with = "id_text")]
    pub survey: String,
    pub kind: SurveyKind,
}

/// Data of `rating_received`: the same `survey` again is a changed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct RatingReceived {
    #[serde(deserialize_with = "id_text")]
    pub survey: String,
    pub kind: SurveyKind,
    /// Number of points: 2, 3, 4, 5, 7, 10 count from 1; 11 is 0 to 10; 100 is 0 to 100.
    pub scale: u32,
    pub value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Version of the effort question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<f64>,
    /// The customer who answered, when no ticket says so.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub customer: Option<String>,
}

impl RatingReceived {
    /// The comment, unless it is blank.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The version of the effort question, if it is one of those that exist: without it nobody knows whether a high
    /// answer is good.
    pub fn effort_version(&self) -> Option<u8> {
        [1, 2].into_iter().find(|known| self.version == Some(f64::from(*known)))
    }
}

/// Data of `time_tracked`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct TimeTracked {
    /// Absent where a source knows only for how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    pub seconds: f64,
    #[serde(default)]
    pub kind: TimeKind,
}

/// Data of `shift`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Shift {
    pub start: Timestamp,
    pub end: Timestamp,
    /// For which team, where the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub team: Option<String>,
}

/// Data of `presence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Presence {
    pub start: Timestamp,
    pub end: Timestamp,
    pub state: PresenceState,
    /// For which team, where the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub team: Option<String>,
}

/// Data of `queue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Queue {
    #[serde(deserialize_with = "id_text")]
    pub call: String,
    pub state: QueueState,
    /// Whose queue it is, where the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub team: Option<String>,
    /// `phone` or `chat`, where the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// Data of `cost`; the dates are local and both inclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Cost {
    pub from: chrono::NaiveDate,
    pub to: chrono::NaiveDate,
    pub amount: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<BTreeMap<String, String>>,
}

/// Data of `customer_subscribed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct CustomerSubscribed {
    #[serde(deserialize_with = "id_text")]
    pub customer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CustomerSubscribed {
    /// Whether they only try.
    pub fn is_trial(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("trial"))
    }
}

/// Data of `customer_churned`: the same fields.
pub type CustomerChurned = CustomerSubscribed;

/// Data of `revenue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in kpis.md 2.1")]
pub struct Revenue {
    #[serde(deserialize_with = "id_text")]
    pub customer: String,
    pub amount: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Data of `changed`: facts without a history of their own; the latest value holds for the whole ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in product.md 3")]
pub struct Changed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "optional_id")]
    pub customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

/// Data of `snapshot`: what the ticket looks like as of `ts`; absent fields say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in product.md 3")]
pub struct Snapshot {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "change")]
    pub team: Change<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "change")]
    pub agent: Change<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Data of `sla_claimed`, `sla_snoozed`, `sla_released`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in product.md 3")]
pub struct SlaMark {
    #[serde(deserialize_with = "id_text")]
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// Data of `sla_policy`: overrides `[[sla]]` for this ticket from `ts` on. Targets in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the public format, documented in product.md 3")]
pub struct SlaPolicySet {
    #[serde(deserialize_with = "id_text")]
    pub policy: String,
    #[serde(default)]
    pub targets: BTreeMap<Target, i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<PolicyCalendar>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Vec<Status>>,
}

/// One calendar name for every target, or one per target; `always` is calendar time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum PolicyCalendar {
    One(String),
    PerTarget(BTreeMap<Target, String>),
}

impl Fact {
    /// Whether it is what somebody did about an alert in chat, rather than what a source says.
    pub const fn is_mark(&self) -> bool {
        matches!(self, Self::SlaClaimed(_) | Self::SlaSnoozed(_) | Self::SlaReleased(_))
    }

    /// Whether the fact says something about one ticket and makes no sense without it.
    pub const fn needs_ticket(&self) -> bool {
        !matches!(
            self,
            Self::Shift(_)
                | Self::Presence(_)
                | Self::Queue(_)
                | Self::Cost(_)
                | Self::CustomerSubscribed(_)
                | Self::CustomerChurned(_)
                | Self::Revenue(_)
                | Self::TimeTracked(_)
                | Self::SurveySent(_)
                | Self::RatingReceived(_)
        )
    }

    /// Whether the fact is about what an agent did, and makes no sense without one.
    pub const fn needs_agent(&self) -> bool {
        matches!(self, Self::Shift(_) | Self::Presence(_) | Self::TimeTracked(_))
    }
}
