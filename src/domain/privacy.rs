//! Customers under a keyed hash: the same customer stays the same, and nobody reads who it is.
//!
//! Numbers need to know that two tickets are one customer's, never whose. What a customer is called in an event is
//! replaced before the event is stored; agents, bots and systems keep their names, since they are the team itself.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::event::{ActorKind, Event, Fact};

/// What every pseudonym begins with, so that one is never hashed again.
const PREFIX: &str = "anon-";

/// Bytes of the hash that are kept: enough that no two customers ever meet.
const BYTES: usize = 12;

/// The pseudonyms under one key (product.md 8).
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// Under a key of any length; 32 random bytes are right.
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The pseudonym of a customer; that of a pseudonym is itself, so exported events can be imported again.
    pub fn of(&self, customer: &str) -> String {
        let digits = customer.strip_prefix(PREFIX).unwrap_or_default();
        if digits.len() == 2 * BYTES && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return customer.to_owned();
        }
        let mut mac = self.0.clone();
        mac.update(customer.as_bytes());
        format!("{PREFIX}{}", hex::encode(&mac.finalize().into_bytes()[..BYTES]))
    }

    /// Replaces whatever tells who a customer is.
    pub fn conceal(&self, event: &mut Event) {
        let hide = |id: &mut String| *id = self.of(id);
        let hide_known = |id: &mut Option<String>| *id = id.as_deref().map(|id| self.of(id));
        if event.actor.kind == ActorKind::Customer {
            event.actor.name = None;
            if event.actor.id != "-" {
                hide(&mut event.actor.id);
            }
        }
        match &mut event.fact {
            Fact::TicketCreated(data) => hide_known(&mut data.customer),
            Fact::Changed(data) => hide_known(&mut data.customer),
            Fact::RatingReceived(data) => hide_known(&mut data.customer),
            Fact::CustomerSubscribed(data) | Fact::CustomerChurned(data) => hide(&mut data.customer),
            Fact::Revenue(data) => hide(&mut data.customer),
            Fact::Message(_)
            | Fact::Note(_)
            | Fact::BotHandoff(_)
            | Fact::StatusChanged(_)
            | Fact::Assigned(_)
            | Fact::PriorityChanged(_)
            | Fact::TagsChanged(_)
            | Fact::CategoryChanged(_)
            | Fact::Merged(_)
            | Fact::Deleted(_)
            | Fact::Spam(_)
            | Fact::Restored(_)
            | Fact::SurveySent(_)
            | Fact::TimeTracked(_)
            | Fact::Shift(_)
            | Fact::Presence(_)
            | Fact::Queue(_)
            | Fact::Cost(_)
            | Fact::Read(_)
            | Fact::Snapshot(_)
            | Fact::SlaClaimed(_)
            | Fact::SlaSnoozed(_)
            | Fact::SlaReleased(_)
            | Fact::SlaPolicy(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_customer_has_the_same_pseudonym_under_one_key_only() {
        let (one, other) = (Pseudonyms::new(b"one"), Pseudonyms::new(b"other"));
        assert_eq!(one.of("kim@example.com"), one.of("kim@example.com"));
        assert_ne!(one.of("kim@example.com"), one.of("lee@example.com"));
        assert_ne!(one.of("kim@example.com"), other.of("kim@example.com"));
        let hidden = one.of("kim@example.com");
        assert_eq!(other.of(&hidden), hidden);
    }

    #[test]
    fn no_event_still_says_who_the_customer_is() {
        let pseudonyms = Pseudonyms::new(b"key");
        for name in Fact::TYPES {
            let data = Fact::example(name).expect("each type has one").replace("\"c1\"", "\"kim@example.com\"");
            let data = match *name {
                "ticket_created" | "changed" => r#"{"customer": "kim@example.com"}"#.to_owned(),
                _ => data,
            };
            let text = format!(
                r#"{{"event_id":"e","ts":"2026-11-22T09:00:00Z","type":"{name}","ticket":"1",
                "actor":{{"kind":"customer","id":"kim@example.com","name":"Kim"}},"data":{data}}}"#
            );
            let mut event = Event::parse_again(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            pseudonyms.conceal(&mut event);
            // A call is not a customer, though its example is called alike.
            let json = event.to_json().replace("\"call\":\"kim@example.com\"", "");
            assert!(!json.contains("kim@") && !json.contains("Kim"), "{json}");
        }
    }

    #[test]
    fn the_team_keeps_its_names() {
        let text = r#"{"event_id":"e","ts":"2026-11-22T09:00:00Z","type":"message","ticket":"1",
            "actor":{"kind":"agent","id":"ana","name":"Ana"}}"#;
        let mut event = Event::parse(text).expect("valid");
        let before = event.clone();
        Pseudonyms::new(b"key").conceal(&mut event);
        assert_eq!(event, before);
    }
}
