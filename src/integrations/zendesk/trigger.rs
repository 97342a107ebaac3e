//! The body of the trigger template: ids and words, all of them text, `""` where there is none.
//!
//! A trigger tells the state of its ticket; its `rule` says what else is news, because the body repeats the latest
//! comment and the current rating whether they are new or not.

use serde::Deserialize;

use super::{OPENING_MS, actor, channel, not_understood, present, priority, snapshot, status, unreadable};
use crate::domain::event::{Actor, ActorKind, Event, Fact, MessageSent, Nothing, Snapshot, TicketCreated};
use crate::domain::timestamp::Timestamp;

use super::super::{Translation, Untranslatable};
use super::change::rating;

/// The value of `source` that marks the template.
pub(super) const SOURCE: &str = "zendesk-trigger";

#[derive(Deserialize)]
struct Body {
    rule: String,
    ticket_id: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    status: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    via: String,
    #[serde(default)]
    requester_id: String,
    #[serde(default)]
    assignee_id: String,
    #[serde(default)]
    group_id: String,
    #[serde(default)]
    actor_id: String,
    #[serde(default)]
    comment_id: String,
    #[serde(default)]
    comment_is_public: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    rating: String,
}

pub(super) fn translate(text: &str, delivery_key: String) -> Result<Translation, Untranslatable> {
    let body: Body = serde_json::from_str(text).map_err(|e| unreadable("trigger", &e))?;
    if present(Some(body.ticket_id.clone())).is_none() {
        return Err(not_understood("trigger", "it has no ticket_id"));
    }
    let mut events = Vec::from_iter(body.is_beginning().then(|| body.began()));
    match body.rule.as_str() {
        "public_comment" => events.extend(body.comment()?),
        "rating" => events.extend(body.rating()?),
        _ => {}
    }
    events.extend(body.snapshot(&delivery_key)?);
    Ok(Translation { delivery_key, events })
}

impl Body {
    fn event(&self, id: &str, seq: i64, ts: Timestamp, actor: Actor, fact: Fact) -> Event {
        Event {
            event_id: format!("{}:{id}", self.ticket_id),
            seq,
            ts,
            ticket: Some(self.ticket_id.clone()),
            actor,
            source: None,
            fact,
        }
    }

    fn requester(&self) -> Option<String> {
        present(Some(self.requester_id.clone()))
    }

    /// Whether the trigger fired on the creation.
    fn is_beginning(&self) -> bool {
        self.updated_at - self.created_at < OPENING_MS
    }

    /// As an event webhook tells it, except for the submitter, whom triggers do not name; hence its own id.
    fn began(&self) -> Event {
        let customer = self.requester();
        let id = format!("created:{}:trigger", customer.as_deref().unwrap_or("-"));
        let by = actor(ActorKind::Customer, customer.clone());
        let fact = TicketCreated { channel: channel(&self.via), customer, ..TicketCreated::default() };
        self.event(&id, 2, self.created_at, by, Fact::TicketCreated(fact))
    }

    fn comment(&self) -> Result<Option<Event>, Untranslatable> {
        if self.is_beginning() {
            return Ok(None);
        }
        let comment = present(Some(self.comment_id.clone()))
            .ok_or_else(|| not_understood("trigger", "the rule public_comment needs a comment_id"))?;
        let by_customer = !self.requester_id.is_empty() && self.actor_id == self.requester_id;
        let kind = if by_customer { ActorKind::Customer } else { ActorKind::Agent };
        let fact = match kind {
            ActorKind::Agent if self.comment_is_public.eq_ignore_ascii_case("false") => Fact::Note(Nothing {}),
            _ => Fact::Message(MessageSent::default()),
        };
        let by = actor(kind, Some(self.actor_id.clone()));
        Ok(Some(self.event(&format!("comment:{comment}"), 0, self.updated_at, by, fact)))
    }

    fn rating(&self) -> Result<Option<Event>, Untranslatable> {
        let by = actor(ActorKind::Customer, self.requester());
        let rating = rating(&self.ticket_id, &self.rating, None)?;
        Ok(rating.map(|(word, fact)| {
            let id = format!("rating:{word}@{}", self.updated_at.millis().div_euclid(1_000));
            self.event(&id, 0, self.updated_at, by, fact)
        }))
    }

    fn snapshot(&self, delivery_key: &str) -> Result<Option<Event>, Untranslatable> {
        let Some(status) = status(&self.status)? else { return Ok(None) };
        let facts = Snapshot {
            status: Some(status),
            priority: Some(priority(Some(&self.priority))?),
            channel: channel(&self.via),
            team: Some(present(Some(self.group_id.clone()))),
            agent: Some(present(Some(self.assignee_id.clone()))),
            tags: Some(self.tags.split_whitespace().map(str::to_owned).collect()),
            ..Snapshot::default()
        };
        Ok(Some(snapshot(&self.ticket_id, delivery_key, self.updated_at, facts)))
    }
}
