//! What a `ticket.*` or messaging event says happened, beside the state of its ticket.

use serde::Deserialize;

use super::{Detail, Envelope, actor, not_understood, present, priority, read, status};
use crate::domain::event::{
    Actor, ActorKind, Assigned, Changed, Event, Fact, Merged, MessageSent, Nothing, PriorityChanged, RatingReceived,
    StatusChanged, SurveyKind, SurveySent, TagsChanged,
};
use crate::domain::fact::optional_id;

use super::super::Untranslatable;

/// The author of comments that the product itself writes.
const SYSTEM_USER: &str = "-1";

/// Types whose only news is in the state of the ticket, or which concern no number.
const STATE_ONLY: &[&str] = &[
    // Fires beside `status_changed` for the same change.
    "custom_status_changed",
    "subject_changed",
    "type_changed",
    "custom_field_changed",
    "description_changed",
    "brand_changed",
    "form_changed",
    "organization_changed",
    "submitter_changed",
    "external_id_changed",
    "email_ccs_changed",
    "followers_changed",
    "problem_link_changed",
    "task_due_at_changed",
    "sla_policy_changed",
    "next_sla_breach_changed",
    "ola_policy_changed",
    "schedule_changed",
    "attachment_linked_to_comment",
    "attachment_redacted_from_comment",
    "comment_redacted",
    "comment_made_private",
];

#[derive(Deserialize)]
struct FromTo {
    #[serde(default, deserialize_with = "optional_id")]
    previous: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    current: Option<String>,
}

#[derive(Deserialize)]
struct CommentAdded {
    comment: Comment,
}

#[derive(Deserialize)]
struct Comment {
    #[serde(deserialize_with = "optional_id")]
    id: Option<String>,
    #[serde(default)]
    is_public: bool,
    author: Author,
}

#[derive(Deserialize)]
struct Author {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<String>,
    #[serde(default)]
    is_staff: bool,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags_added: Vec<String>,
    #[serde(default)]
    tags_removed: Vec<String>,
}

#[derive(Deserialize)]
struct MergedInto {
    #[serde(default, deserialize_with = "optional_id")]
    target_ticket_id: Option<String>,
}

#[derive(Deserialize)]
struct Rated {
    satisfaction_score: Score,
}

#[derive(Deserialize)]
struct Score {
    score: String,
    #[serde(default)]
    comment: Option<String>,
}

/// `meta.sequence.id` may be a number beyond any integer type, so it is not read at all.
#[derive(Default, Deserialize)]
struct Position {
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    sequence: Option<Sequence>,
}

#[derive(Deserialize)]
struct Sequence {
    #[serde(default)]
    position: Option<i64>,
}

/// The change that `ticket.<what>` tells, if it is one that the canonical log knows.
pub(super) fn of(
    what: &str,
    envelope: &Envelope<'_>,
    detail: &Detail,
    ticket: &str,
) -> Result<Option<Event>, Untranslatable> {
    let change = Change { envelope, detail, ticket };
    match what {
        "comment_added" => change.comment(),
        "status_changed" => change.status().map(Some),
        "agent_assignment_changed" => {
            change.turned("agent", |to| Ok(Fact::Assigned(Assigned { agent: Some(to), team: None }))).map(Some)
        }
        "group_assignment_changed" => {
            change.turned("team", |to| Ok(Fact::Assigned(Assigned { agent: None, team: Some(to) }))).map(Some)
        }
        "priority_changed" => change
            .turned("priority", |to| Ok(Fact::PriorityChanged(PriorityChanged { to: priority(to.as_deref())? })))
            .map(Some),
        "requester_changed" => {
            let customer = present(detail.requester_id.clone());
            let id = format!("customer:{}", customer.as_deref().unwrap_or("-"));
            change.at(id, Fact::Changed(Changed { customer, ..Changed::default() })).map(Some)
        }
        "tags_changed" => change.tags(),
        "merged" => {
            let merged: MergedInto = change.read()?;
            let fact = Fact::Merged(Merged { into: present(merged.target_ticket_id) });
            change.named("merged".to_owned(), change.doer(), fact).map(Some)
        }
        "soft_deleted" | "permanently_deleted" => change.at("deleted".to_owned(), Fact::Deleted(Nothing {})).map(Some),
        "undeleted" => change.at("restored".to_owned(), Fact::Restored(Nothing {})).map(Some),
        "marked_as_spam" => change.at("spam".to_owned(), Fact::Spam(Nothing {})).map(Some),
        "csat_requested" => {
            let fact = Fact::SurveySent(SurveySent { survey: survey(ticket), kind: SurveyKind::Csat });
            change.at("survey".to_owned(), fact).map(Some)
        }
        "csat_received" => change.rating(),
        _ if STATE_ONLY.contains(&what) => Ok(None),
        _ => Err(not_understood(&envelope.r#type, "this type of event is not known")),
    }
}

/// A message of a messaging conversation; its `detail` names the ticket and nothing else.
pub(super) fn message(envelope: &Envelope<'_>) -> Result<Event, Untranslatable> {
    #[derive(Deserialize)]
    struct TicketRef {
        #[serde(deserialize_with = "optional_id")]
        id: Option<String>,
    }
    #[derive(Deserialize)]
    struct MessageAdded {
        actor: Sender,
        message: MessageRef,
    }
    #[derive(Deserialize)]
    struct Sender {
        #[serde(default, deserialize_with = "optional_id")]
        id: Option<String>,
        #[serde(default)]
        name: Option<String>,
        r#type: String,
    }
    #[derive(Deserialize)]
    struct MessageRef {
        #[serde(deserialize_with = "optional_id")]
        id: Option<String>,
    }
    let ticket: TicketRef = read(&envelope.r#type, "detail", envelope.detail)?;
    let ticket = super::ticket_id(ticket.id)?;
    let added: MessageAdded = read(&envelope.r#type, "event", envelope.event)?;
    let kind = match added.actor.r#type.as_str() {
        "end_user" => ActorKind::Customer,
        "agent" => ActorKind::Agent,
        "system" => ActorKind::Bot,
        "trigger" => ActorKind::System,
        _ => return Err(not_understood(&envelope.r#type, "this type of sender is not known")),
    };
    let id = present(added.message.id).ok_or_else(|| not_understood(&envelope.r#type, "the message has no id"))?;
    let sender = named(actor(kind, added.actor.id), added.actor.name);
    let fact = Fact::Message(MessageSent { auto: kind == ActorKind::System });
    Ok(envelope.event(&ticket, format!("message:{id}"), 0, sender, fact))
}

/// The one satisfaction survey that a ticket can have.
fn survey(ticket: &str) -> String {
    format!("csat:{ticket}")
}

/// A good or bad rating in the spelling of either channel, with its canonical word; `None` when none was given yet.
pub(super) fn rating(
    ticket: &str,
    score: &str,
    comment: Option<String>,
) -> Result<Option<(&'static str, Fact)>, Untranslatable> {
    let (word, value) = match score.to_lowercase().as_str() {
        good if good.starts_with("good") => ("good", 2.0),
        bad if bad.starts_with("bad") => ("bad", 1.0),
        "" | "offered" | "unoffered" => return Ok(None),
        _ => return Err(not_understood("rating", "it is neither good nor bad")),
    };
    let comment = comment.filter(|c| !c.trim().is_empty());
    let rating = RatingReceived {
        survey: survey(ticket),
        kind: SurveyKind::Csat,
        scale: 2,
        value,
        comment,
        version: None,
        customer: None,
    };
    Ok(Some((word, Fact::RatingReceived(rating))))
}

/// Names of staff and bots are shown in chat; those of customers stay outside.
fn named(actor: Actor, name: Option<String>) -> Actor {
    let name = name.filter(|n| actor.kind != ActorKind::Customer && !n.is_empty());
    Actor { name, ..actor }
}

struct Change<'a> {
    envelope: &'a Envelope<'a>,
    detail: &'a Detail,
    ticket: &'a str,
}

impl Change<'_> {
    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Untranslatable> {
        read(&self.envelope.r#type, "event", self.envelope.event)
    }

    /// Who made the change, as far as the vendor says: `detail` names an account and not its role.
    fn doer(&self) -> Actor {
        match present(self.detail.actor_id.clone()) {
            None => Actor::system(),
            Some(id) if id == SYSTEM_USER => Actor::new(ActorKind::System, id),
            Some(id) if Some(&id) == self.detail.requester_id.as_ref() => Actor::new(ActorKind::Customer, id),
            Some(id) => Actor::new(ActorKind::Agent, id),
        }
    }

    fn named(&self, id: String, by: Actor, fact: Fact) -> Result<Event, Untranslatable> {
        let position: Position = match self.envelope.event {
            Some(_) => self.read()?,
            None => Position::default(),
        };
        let position = position.meta.and_then(|m| m.sequence).and_then(|s| s.position).unwrap_or(0);
        Ok(self.envelope.event(self.ticket, id, position, by, fact))
    }

    /// A change that its time tells apart from the same change at another time.
    fn at(&self, what: String, fact: Fact) -> Result<Event, Untranslatable> {
        let id = format!("{what}@{}", self.envelope.ts().millis().div_euclid(1_000));
        self.named(id, self.doer(), fact)
    }

    fn turned(
        &self,
        field: &str,
        fact: impl FnOnce(Option<String>) -> Result<Fact, Untranslatable>,
    ) -> Result<Event, Untranslatable> {
        let FromTo { previous, current } = self.read()?;
        let (previous, current) = (present(previous), present(current));
        let word = |v: &Option<String>| v.as_deref().unwrap_or("-").to_lowercase();
        let id = format!("{field}:{}>{}", word(&previous), word(&current));
        self.at(id, fact(current)?)
    }

    fn status(&self) -> Result<Event, Untranslatable> {
        let FromTo { current, .. } = self.read()?;
        let word = current.unwrap_or_default();
        match status(&word)? {
            Some(to) => self.turned("status", |_| Ok(Fact::StatusChanged(StatusChanged { to }))),
            // The same event as `soft_deleted`, which fires beside it.
            None => self.at("deleted".to_owned(), Fact::Deleted(Nothing {})),
        }
    }

    fn comment(&self) -> Result<Option<Event>, Untranslatable> {
        let CommentAdded { comment } = self.read()?;
        let Author { id: author, is_staff, name } = comment.author;
        if self.detail.is_opening(self.envelope.ts(), author.as_deref(), is_staff) {
            return Ok(None);
        }
        let id = present(comment.id).ok_or_else(|| not_understood(&self.envelope.r#type, "the comment has no id"))?;
        let kind = match author.as_deref() {
            Some(SYSTEM_USER) => ActorKind::System,
            _ if is_staff => ActorKind::Agent,
            _ => ActorKind::Customer,
        };
        // What a customer writes is never internal, although messaging marks it so.
        let fact = match kind {
            ActorKind::Customer => Fact::Message(MessageSent::default()),
            _ if !comment.is_public => Fact::Note(Nothing {}),
            _ => Fact::Message(MessageSent { auto: kind == ActorKind::System }),
        };
        self.named(format!("comment:{id}"), named(actor(kind, author), name), fact).map(Some)
    }

    fn tags(&self) -> Result<Option<Event>, Untranslatable> {
        let Tags { tags_added: mut added, tags_removed: mut removed } = self.read()?;
        if added.is_empty() && removed.is_empty() {
            return Ok(None);
        }
        added.sort_unstable();
        removed.sort_unstable();
        let signed = added.iter().map(|t| format!("+{t}")).chain(removed.iter().map(|t| format!("-{t}")));
        let id = format!("tags:{}", signed.collect::<Vec<_>>().join(","));
        self.at(id, Fact::TagsChanged(TagsChanged { added, removed })).map(Some)
    }

    fn rating(&self) -> Result<Option<Event>, Untranslatable> {
        let Rated { satisfaction_score: Score { score, comment } } = self.read()?;
        let Some((word, fact)) = rating(self.ticket, &score, comment)? else { return Ok(None) };
        let by = actor(ActorKind::Customer, self.detail.requester_id.clone());
        let id = format!("rating:{word}@{}", self.envelope.ts().millis().div_euclid(1_000));
        self.named(id, by, fact).map(Some)
    }
}
