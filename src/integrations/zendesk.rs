//! Zendesk: event webhooks (`zen:event-type:…`) and the trigger template of [`HOW_TO_CONNECT`].
//!
//! **Same id, same content.** Deliveries come late, twice, out of order, or not at all, so no event may depend on
//! which delivery brought it. Three rules give that:
//!
//! 1. A change is named by the objects it is about (`5158:comment:987`, `5158:status:open>solved@1736354720`), never
//!    by the delivery; whole seconds are used because that is all the vendor's history API knows.
//! 2. `ticket.created` states everything about the beginning (`5158:created`). Whatever else fires in the same moment
//!    (the opening comment, triggers) also tells that the ticket began, as `5158:created:<requester>`: made only of
//!    what never changes and of what stands in the id, and ordered after `5158:created` at the same instant. So a
//!    lost `ticket.created` loses no ticket.
//! 3. The rest of `detail` is a `snapshot` named by its delivery, dated at the end of the second of
//!    `detail.updated_at`: after every change of that update and before those of the next. It heals what was lost,
//!    and says nothing new when nothing was.
//!
//! Later deliveries do not bring their ticket into being although they hold its `created_at`: of a ticket older than the
//! connection the earlier replies are unknown, and it would ring for promises that were kept. Such a ticket counts
//! nowhere until its history is imported; what was heard of it meanwhile is there by then.
//!
//! Bodies of messages and names of customers never enter an event. `comment_made_private` cannot turn a reply into a
//! note afterwards: the log has no such correction.

mod change;
mod trigger;

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::signature::{Algorithm, Encoding, Key, Part, Scheme, Signature, Stamp, StampFormat};
use super::{Adapter, Headers, Translation, Untranslatable, body_key};
use crate::domain::event::{Actor, ActorKind, Event, Fact, Initiator, Snapshot, Status, TicketCreated};
use crate::domain::fact::optional_id;
use crate::domain::timestamp::Timestamp;

const TIMESTAMP: &str = "x-zendesk-webhook-signature-timestamp";

pub(super) static ADAPTER: Adapter = Adapter {
    kind: "zendesk",
    capabilities: &[
        "tickets",
        "messages",
        "bots",
        "status_history",
        "assignment_history",
        "tags",
        "ratings",
        "surveys_sent",
    ],
    schemes: &[Scheme::Signature(Signature {
        header: "x-zendesk-webhook-signature",
        separator: None,
        prefix: "",
        algorithm: Algorithm::HmacSha256,
        encoding: Encoding::Base64,
        key: Key::Text,
        signed: &[Part::Header(TIMESTAMP), Part::Body],
        timestamp: Some(Stamp { header: TIMESTAMP, format: StampFormat::Rfc3339 }),
    })],
    // Signs the test messages sent before a webhook is saved; printed in the vendor's documentation.
    public_secrets: &["dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="],
    keeps: |name| name == "content-type",
    translate,
    how_to_connect: HOW_TO_CONNECT,
};

const HOW_TO_CONNECT: &str = r#"In Zendesk: Admin Center > Apps and integrations > Webhooks > Create webhook.

1. Choose "Zendesk events" and, under Tickets, select: created, comment added, status changed, agent assignment
   changed, group assignment changed, priority changed, tags changed, requester changed, merged, soft deleted,
   permanently deleted, undeleted, marked as spam, CSAT requested, CSAT received. With messaging, also: message added.
2. Endpoint URL: {url}   Method: POST   Format: JSON   Authentication: none.
3. Save first, then copy the signing secret of the saved webhook into the environment variable that `secret` of this
   [[source]] names. (Tests sent before saving are signed with a public secret and are refused.)

Tickets that are older than this connection count once their history is imported (`deskbell import`).

Plans without event webhooks: choose "Trigger or automation" instead and use this body, which holds ids and words
only and so cannot break. One trigger per rule: "public_comment" when a comment is added, "rating" when satisfaction
changes, "changed" for any other update. Use one of the two ways, not both.

{
  "source": "zendesk-trigger",
  "rule": "public_comment",
  "ticket_id": "{{ticket.id}}",
  "status": "{{ticket.status}}",
  "priority": "{{ticket.priority}}",
  "via": "{{ticket.via}}",
  "created_at": "{{ticket.created_at_with_timestamp}}",
  "updated_at": "{{ticket.updated_at_with_timestamp}}",
  "requester_id": "{{ticket.requester.id}}",
  "assignee_id": "{{ticket.assignee.id}}",
  "group_id": "{{ticket.group.id}}",
  "actor_id": "{{current_user.id}}",
  "comment_id": "{{ticket.latest_comment.id}}",
  "comment_is_public": "{{ticket.latest_comment.is_public}}",
  "tags": "{{ticket.tags}}",
  "rating": "{{satisfaction.current_rating}}"
}
"#;

/// Families of events that say nothing about the course of a ticket.
const OTHER_FAMILIES: &[&str] =
    &["user", "organization", "article", "agent", "community_post", "custom_object", "omnichannel_config"];

/// What happens this soon after the creation is part of it: the opening message, for one, fires `comment_added` too.
const OPENING_MS: i64 = 5_000;

/// The outside of both kinds of bodies.
#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    r#type: String,
    time: DateTime<FixedOffset>,
    #[serde(borrow, default)]
    detail: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event: Option<&'a RawValue>,
}

/// The ticket as of `updated_at`, in every `ticket.*` event.
#[derive(Deserialize)]
struct Detail {
    #[serde(deserialize_with = "optional_id")]
    id: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    status: String,
    #[serde(default)]
    priority: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    via: Option<Via>,
    #[serde(default)]
    is_public: Option<bool>,
    #[serde(default, deserialize_with = "optional_id")]
    requester_id: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    submitter_id: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    assignee_id: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    group_id: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    actor_id: Option<String>,
}

#[derive(Deserialize)]
struct Via {
    #[serde(default)]
    channel: Option<String>,
}

/// Only `source` is needed to tell a trigger body from an event.
#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    source: Option<String>,
}

fn translate(_: &Headers, body: &[u8]) -> Result<Translation, Untranslatable> {
    let body_text = super::text(body).map_err(|_| not_understood("body", "it is not UTF-8 text"))?;
    let Source { source } = serde_json::from_str(body_text).map_err(|e| unreadable("body", &e))?;
    if source.as_deref() == Some(trigger::SOURCE) {
        return trigger::translate(body_text, body_key(body));
    }
    let envelope: Envelope<'_> = serde_json::from_str(body_text).map_err(|e| unreadable("envelope", &e))?;
    let events = envelope.events()?;
    Ok(Translation { delivery_key: envelope.id, events })
}

impl Envelope<'_> {
    fn events(&self) -> Result<Vec<Event>, Untranslatable> {
        let name = self.r#type.strip_prefix("zen:event-type:");
        let name = name.ok_or_else(|| not_understood("body", "it is neither an event nor the trigger template"))?;
        match name.split_once('.') {
            Some(("ticket", "created")) => {
                let detail = self.detail()?;
                let id = ticket_id(detail.id.clone())?;
                Ok(vec![detail.created(&id)?])
            }
            Some(("ticket", what)) => {
                let detail = self.detail()?;
                let id = ticket_id(detail.id.clone())?;
                let began = detail.is_beginning(self.ts()).then(|| detail.began(&id));
                let change = change::of(what, self, &detail, &id)?;
                let snapshot = detail.snapshot(&id, &self.id)?;
                Ok(began.into_iter().chain(change).chain(snapshot).collect())
            }
            Some(("messaging_ticket", "message_added")) => change::message(self).map(|event| vec![event]),
            Some((family, _)) if OTHER_FAMILIES.contains(&family) => Ok(Vec::new()),
            _ => Err(not_understood(&self.r#type, "this type of event is not known")),
        }
    }

    fn detail(&self) -> Result<Detail, Untranslatable> {
        read(&self.r#type, "detail", self.detail)
    }

    fn ts(&self) -> Timestamp {
        Timestamp(self.time.timestamp_millis())
    }

    /// An event at the time of the envelope. What that time holds beyond milliseconds decides the order of changes
    /// made together; `position` decides when even that is equal.
    fn event(&self, ticket: &str, id: String, position: i64, actor: Actor, fact: Fact) -> Event {
        let below_ms = i64::from(self.time.timestamp_subsec_nanos() % 1_000_000);
        Event {
            event_id: format!("{ticket}:{id}"),
            seq: below_ms * 1_000 + position.clamp(0, 999),
            ts: self.ts(),
            ticket: Some(ticket.to_owned()),
            actor,
            source: None,
            fact,
        }
    }
}

impl Detail {
    /// `ticket.created`: everything about the beginning.
    fn created(self, id: &str) -> Result<Event, Untranslatable> {
        let initiator = self.initiator();
        let private = initiator == Initiator::Agent && self.is_public == Some(false);
        Ok(Event {
            event_id: format!("{id}:created"),
            seq: 0,
            ts: self.created_at,
            ticket: Some(id.to_owned()),
            actor: self.opener(),
            source: None,
            fact: Fact::TicketCreated(TicketCreated {
                status: status(&self.status)?,
                priority: Some(priority(self.priority.as_deref())?),
                channel: self.channel(),
                team: present(self.group_id),
                assignee: present(self.assignee_id),
                tags: self.tags.unwrap_or_default(),
                customer: present(self.requester_id),
                initiator: Some(initiator),
                public: private.then_some(false),
                subject: self.subject,
                ..TicketCreated::default()
            }),
        })
    }

    /// That the ticket began, from what fires beside `ticket.created`: rule 2 of the module.
    fn began(&self, id: &str) -> Event {
        let requester = present(self.requester_id.clone());
        Event {
            event_id: format!("{id}:created:{}", requester.as_deref().unwrap_or("-")),
            seq: 1,
            ts: self.created_at,
            ticket: Some(id.to_owned()),
            actor: self.opener(),
            source: None,
            fact: Fact::TicketCreated(TicketCreated {
                channel: self.channel(),
                customer: requester,
                initiator: Some(self.initiator()),
                ..TicketCreated::default()
            }),
        }
    }

    /// What the ticket looked like after its latest update: rule 3 of the module.
    fn snapshot(self, id: &str, delivery: &str) -> Result<Option<Event>, Untranslatable> {
        let Some(status) = status(&self.status)? else { return Ok(None) };
        Ok(Some(snapshot(
            id,
            delivery,
            self.updated_at,
            Snapshot {
                status: Some(status),
                priority: Some(priority(self.priority.as_deref())?),
                channel: self.channel(),
                team: Some(present(self.group_id)),
                agent: Some(present(self.assignee_id)),
                tags: Some(self.tags.unwrap_or_default()),
                subject: self.subject,
                ..Snapshot::default()
            },
        )))
    }

    fn channel(&self) -> Option<String> {
        self.via.as_ref().and_then(|v| v.channel.as_deref()).and_then(channel)
    }

    /// Who began the conversation. Only in the agent interface and the API do people write on their own account to
    /// somebody else; a mail or a call is inbound even when an agent put it into the system.
    fn initiator(&self) -> Initiator {
        let for_another = self.submitter_id.is_some() && self.submitter_id != self.requester_id;
        match self.channel().as_deref() {
            Some("web" | "api") if for_another => Initiator::Agent,
            _ => Initiator::Customer,
        }
    }

    fn opener(&self) -> Actor {
        match self.initiator() {
            Initiator::Agent => actor(ActorKind::Agent, self.submitter_id.clone()),
            Initiator::Customer | Initiator::System => actor(ActorKind::Customer, self.requester_id.clone()),
        }
    }

    fn is_beginning(&self, ts: Timestamp) -> bool {
        ts - self.created_at < OPENING_MS
    }

    /// Whether a comment of `author` at `ts` is the message that opened the ticket. The submitter is always the
    /// author of the first comment.
    fn is_opening(&self, ts: Timestamp, author: Option<&str>, is_staff: bool) -> bool {
        self.is_beginning(ts) && (!is_staff || author.is_some() && author == self.submitter_id.as_deref())
    }
}

/// A snapshot at the end of the second of `updated_at`, which the vendor gives in whole seconds.
fn snapshot(ticket: &str, delivery: &str, updated_at: Timestamp, facts: Snapshot) -> Event {
    let second = updated_at.millis().div_euclid(1_000) * 1_000;
    Event {
        event_id: format!("{ticket}:snapshot:{delivery}"),
        seq: 0,
        ts: Timestamp(second).plus_ms(999),
        ticket: Some(ticket.to_owned()),
        actor: Actor::system(),
        source: None,
        fact: Fact::Snapshot(facts),
    }
}

fn ticket_id(id: Option<String>) -> Result<String, Untranslatable> {
    present(id).ok_or_else(|| not_understood("detail", "the ticket has no id"))
}

/// The vendor writes "nobody" as null, as "" and as "0".
fn present(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty() && id != "0")
}

fn actor(kind: ActorKind, id: Option<String>) -> Actor {
    Actor::new(kind, present(id).unwrap_or_else(|| "-".to_owned()))
}

/// The status in the spelling of either channel; `None` for a deleted ticket, which has none.
fn status(word: &str) -> Result<Option<Status>, Untranslatable> {
    Ok(Some(match word.to_lowercase().as_str() {
        "new" => Status::New,
        "open" => Status::Open,
        "pending" => Status::Pending,
        "hold" | "on-hold" | "on_hold" => Status::OnHold,
        "solved" => Status::Solved,
        "closed" => Status::Closed,
        "deleted" => return Ok(None),
        _ => return Err(not_understood("status", "it is not one of the English words for a status")),
    }))
}

/// The priority in the spelling of either channel; none is `normal`.
fn priority(word: Option<&str>) -> Result<String, Untranslatable> {
    let word = word.unwrap_or_default().to_lowercase();
    match word.as_str() {
        "" | "-" => Ok("normal".to_owned()),
        "low" | "normal" | "high" | "urgent" => Ok(word),
        _ => Err(not_understood("priority", "it is not one of the English words for a priority")),
    }
}

/// The channel in the spelling of either channel of delivery, as kpis.md writes it; others stand for themselves.
fn channel(via: &str) -> Option<String> {
    let via = via.trim().to_lowercase();
    let known = match via.as_str() {
        "" => return None,
        "email" | "mail" => "email",
        "web" | "web form" | "web_form" | "web_widget" | "web widget" | "help_center" => "web",
        "api" | "web_service" | "web service" | "web service (api)" => "api",
        "chat" | "chat_transcript" | "live_chat" => "chat",
        "native_messaging" | "messaging" => "messaging",
        "phone" | "voice" | "voicemail" => "phone",
        call if call.starts_with("phone call") => "phone",
        other => other,
    };
    Some(known.to_owned())
}

fn not_understood(kind: &str, reason: &str) -> Untranslatable {
    Untranslatable::NotUnderstood { kind: format!("zendesk {kind}"), reason: reason.to_owned() }
}

/// serde's message may quote a value, so only its kind and place are kept.
fn unreadable(kind: &str, error: &serde_json::Error) -> Untranslatable {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Data => "a field is missing or of another type",
        Category::Syntax | Category::Eof | Category::Io => "it is not valid JSON",
    };
    let (line, column) = (error.line(), error.column());
    not_understood(kind, &format!("{what}, near line {line}, column {column}"))
}

fn read<'a, T: Deserialize<'a>>(kind: &str, part: &str, raw: Option<&'a RawValue>) -> Result<T, Untranslatable> {
    let raw = raw.ok_or_else(|| not_understood(kind, &format!("it has no {part}")))?;
    serde_json::from_str(raw.get()).map_err(|e| unreadable(&format!("{kind} {part}"), &e))
}

#[cfg(test)]
mod tests;
