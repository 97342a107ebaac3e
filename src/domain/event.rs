//! The canonical event: the closed list of facts Deskbell knows, and its JSON.
//!
//! The table of types is kpis.md 2.1; `changed`, `snapshot`, `sla_*` are the product's additions. An event is
//! immutable; corrections are new events. The only total order is (`ts`, `seq`, `event_id`).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use super::fact::*;
use super::fact::{id_text, optional_id};
use super::names::nearest;
use super::thread::may_name_a_ticket;
use super::timestamp::Timestamp;

/// One fact, as received from outside or made by Deskbell from chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unique within the source; a second event with the same id is the same event.
    pub event_id: String,
    /// Order among events of one source with equal `ts`.
    pub seq: i64,
    /// When it happened, not when it arrived.
    pub ts: Timestamp,
    /// The ticket it belongs to, as its source names it; absent for facts about people, money and queues.
    pub ticket: Option<String>,
    /// Who did it.
    pub actor: Actor,
    /// Name of the `[[source]]`; absent means the receiving one.
    pub source: Option<String>,
    /// What happened.
    pub fact: Fact,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Which side of the conversation.
    pub kind: ActorKind,
    /// As the source names them; `-` when it does not say.
    #[serde(default = "unknown_id", deserialize_with = "id_text")]
    pub id: String,
    /// A name to show, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

fn unknown_id() -> String {
    "-".to_owned()
}

impl Actor {
    /// An actor without a display name.
    pub fn new(kind: ActorKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), name: None }
    }

    /// The source itself: rules, automations, imports.
    pub fn system() -> Self {
        Self::new(ActorKind::System, "-")
    }

    /// The id, if the source says who it was.
    pub fn known(&self) -> Option<&str> {
        (self.id != "-").then_some(self.id.as_str())
    }

    /// The customer, if it was one and the source says who.
    pub fn customer(&self) -> Option<&str> {
        self.known().filter(|_| self.kind == ActorKind::Customer)
    }

    /// The agent, if it was one and the source says who.
    pub fn agent(&self) -> Option<&str> {
        self.known().filter(|_| self.kind == ActorKind::Agent)
    }
}

/// Which side of the conversation an actor is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Any end user, also a cc or a colleague of the requester.
    Customer,
    /// A human who may answer publicly.
    Agent,
    /// A bot that talks.
    Bot,
    /// Rules, automations, imports.
    System,
}

impl ActorKind {
    /// The word used in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::System => "system",
        }
    }
}

/// The envelope as it stands in JSON; `data` is kept as text so that an error inside it has a position.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(deserialize_with = "id_text")]
    event_id: String,
    #[serde(default)]
    seq: i64,
    ts: Timestamp,
    #[serde(borrow, rename = "type")]
    type_name: &'a RawValue,
    #[serde(default, deserialize_with = "optional_id")]
    ticket: Option<String>,
    #[serde(default)]
    actor: Option<Actor>,
    #[serde(default)]
    source: Option<String>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Why a text is not an event: where (1-based, within the text given) and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// What is wrong and, where one is known, how to mend it.
    pub message: String,
}

impl ParseError {
    fn at(text: &str, offset: usize, message: String) -> Self {
        let before = &text[..offset.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Self { line, column, message }
    }

    fn json(e: &serde_json::Error) -> Self {
        let text = e.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(m, _)| m).to_owned();
        Self { line: e.line().max(1), column: e.column().max(1), message }
    }
}

impl Event {
    /// Reads one canonical event from its JSON text, as it comes from outside.
    ///
    /// # Errors
    /// [`ParseError`] with line and column inside `text`, for anything unknown, missing or impossible.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let (event, data_at) = Self::at_its_word(text)?;
        match event.fault() {
            Some(fault) => Err(ParseError::at(text, data_at, format!("{}: {fault}", event.fact.type_name()))),
            None => Ok(event),
        }
    }

    /// Reads an event that was accepted before: rules made since then do not make it unreadable.
    ///
    /// # Errors
    /// As [`Event::parse`], except for what is well-formed but makes no sense.
    pub fn parse_again(text: &str) -> Result<Self, ParseError> {
        Self::at_its_word(text).map(|(event, _)| event)
    }

    /// What about it makes no sense, though it is well-formed.
    fn fault(&self) -> Option<String> {
        if self.ticket.as_deref().is_some_and(|id| !may_name_a_ticket(id)) {
            return Some("the id of its ticket begins with a control character".to_owned());
        }
        if self.fact.needs_agent() && self.actor.agent().is_none() {
            return Some(r#"whose is it? add "actor": {"kind": "agent", "id": "…"}"#.to_owned());
        }
        self.fact.fault()
    }

    /// The event, and where its data (or else its type) stands in the text.
    fn at_its_word(text: &str) -> Result<(Self, usize), ParseError> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|e| ParseError::json(&e))?;
        let offset = |raw: &RawValue| (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let type_name: String = serde_json::from_str(envelope.type_name.get())
            .map_err(|_| ParseError::at(text, offset(envelope.type_name), "type must be text".into()))?;
        let (data, data_at) = match envelope.data.filter(|d| d.get() != "null") {
            Some(raw) => (raw.get(), offset(raw)),
            None => ("{}", offset(envelope.type_name)),
        };
        let fact = match Fact::parse(&type_name, data) {
            None => {
                let nearest = nearest(&type_name, Fact::TYPES.iter().copied());
                let hint = nearest.map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
                let message = format!("unknown event type {type_name:?}{hint}");
                return Err(ParseError::at(text, offset(envelope.type_name), message));
            }
            Some(Err(e)) => {
                let inner = ParseError::json(&e);
                let within: usize =
                    data.split_inclusive('\n').take(inner.line - 1).map(str::len).sum::<usize>() + inner.column - 1;
                let mut end = within.min(data.len());
                while !data.is_char_boundary(end) {
                    end -= 1;
                }
                let example = Fact::example(&type_name).unwrap_or("{}");
                let message = format!("data of {type_name}: {}; for example {example}", inner.message);
                return Err(ParseError::at(text, data_at + if data_at == 0 { 0 } else { end }, message));
            }
            Some(Ok(fact)) => fact,
        };
        let at_type = |message: String| ParseError::at(text, offset(envelope.type_name), message);
        if matches!(fact, Fact::Message(_)) && envelope.actor.is_none() {
            return Err(at_type(
                "a message needs its author; add \"actor\": {\"kind\": \"customer|agent|bot|system\", \"id\": \"…\"}"
                    .into(),
            ));
        }
        if fact.needs_ticket() && envelope.ticket.is_none() {
            return Err(at_type(format!("{type_name} belongs to a ticket; add \"ticket\": \"…\"")));
        }
        if envelope.event_id.is_empty() {
            return Err(at_type("event_id is empty; it must be unique within the source".into()));
        }
        let event = Self {
            event_id: envelope.event_id,
            seq: envelope.seq,
            ts: envelope.ts,
            ticket: envelope.ticket,
            actor: envelope.actor.unwrap_or_else(Actor::system),
            source: envelope.source,
            fact,
        };
        Ok((event, data_at))
    }

    /// The canonical JSON of the event; [`Event::parse`] reads it back unchanged.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Out<'a> {
            event_id: &'a str,
            seq: i64,
            ts: Timestamp,
            r#type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            ticket: Option<&'a str>,
            actor: &'a Actor,
            #[serde(skip_serializing_if = "Option::is_none")]
            source: Option<&'a str>,
            data: serde_json::Value,
        }
        serde_json::to_string(&Out {
            event_id: &self.event_id,
            seq: self.seq,
            ts: self.ts,
            r#type: self.fact.type_name(),
            ticket: self.ticket.as_deref(),
            actor: &self.actor,
            source: self.source.as_deref(),
            data: self.fact.data(),
        })
        .expect("an event holds only text, numbers and booleans")
    }

    /// The key of the only total order: time, source sequence, id.
    pub fn order(&self) -> (Timestamp, i64, &str) {
        (self.ts, self.seq, &self.event_id)
    }

    /// Events in their only order, each once.
    pub fn in_order(events: &[Self]) -> Vec<&Self> {
        let mut events: Vec<&Self> = events.iter().collect();
        events.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut seen = std::collections::HashSet::with_capacity(events.len());
        events.retain(|e| seen.insert(e.event_id.as_str()));
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"event_id": "e1", "seq": 7, "ts": "2026-11-22T09:00:00.000Z", "type": "message", "ticket": 4521,
 "actor": {"kind": "agent", "id": "a1", "name": "Ana"}, "source": "zendesk", "data": {"auto": true}}"#;

    #[test]
    fn an_event_survives_its_own_json() {
        let event = Event::parse(MESSAGE).expect("valid");
        assert_eq!(event.ticket.as_deref(), Some("4521"));
        assert_eq!(Event::parse(&event.to_json()).expect("own output"), event);
    }

    #[test]
    fn every_example_parses() {
        for name in Fact::TYPES {
            let data = Fact::example(name).expect("each type has one");
            let text = format!(
                r#"{{"event_id":"e","ts":"2026-11-22T09:00:00Z","type":"{name}","ticket":"1","actor":{{"kind":"agent","id":"a1"}},"data":{data}}}"#
            );
            let event = Event::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(event.fact.type_name(), *name);
            assert_eq!(Event::parse(&event.to_json()).expect("own output"), event);
        }
    }

    #[test]
    fn unassigned_is_not_the_same_as_unchanged() {
        let parse = |data: &str| serde_json::from_str::<Assigned>(data).expect("valid");
        assert_eq!(parse(r#"{"agent": null}"#), Assigned { agent: Some(None), team: None });
        assert_eq!(parse(r#"{"team": 7}"#), Assigned { agent: None, team: Some(Some("7".into())) });
        assert_eq!(serde_json::to_string(&parse(r#"{"agent": null}"#)).expect("json"), r#"{"agent":null}"#);
    }

    #[test]
    fn nonsense_is_refused_in_clear_words_but_stays_readable_where_it_was_accepted_before() {
        let day = |from: &str, to: &str, amount: &str, more: &str| {
            format!(r#""type":"cost","data":{{"from":"{from}","to":"{to}","amount":{amount}{more}}}"#)
        };
        let shift = r#""type":"shift","data":{"start":"2026-11-22T09:00:00Z","end":"2026-11-22T08:00:00Z"}"#;
        let rating = |scale: &str, value: &str| {
            format!(r#""type":"rating_received","data":{{"survey":"s","kind":"csat","scale":{scale},"value":{value}}}"#)
        };
        let time = |actor: &str, seconds: &str| {
            format!(r#""type":"time_tracked"{actor},"data":{{"start":"2026-11-22T09:00:00Z","seconds":{seconds}}}"#)
        };
        let agent = r#","actor":{"kind":"agent","id":"a1"}"#;
        let table = [
            (shift.to_owned(), "whose is it? add \"actor\""),
            (format!("{shift}{agent}"), "it ends before it begins"),
            (time("", "60"), "whose is it?"),
            (time(r#","actor":{"kind":"customer","id":"c1"}"#, "60"), "whose is it?"),
            (time(agent, "-1"), "seconds is -1"),
            (time(agent, "1e9"), "seconds is 1000000000"),
            (day("2026-11-02", "2026-11-01", "1", ""), "it ends before it begins"),
            (day("2026-11-02", "2026-11-03", "1e13", ""), "amount is 10000000000000"),
            (day("2026-11-02", "2026-11-03", "1", r#","currency":"euros""#), "three letters such as \"EUR\""),
            (day("2026-11-02", "2026-11-03", "1", r#","dimensions":{"taem":"x"}"#), "did you mean \"team\"?"),
            (
                r#""type":"customer_subscribed","data":{"customer":"c1","state":"tryal"}"#.to_owned(),
                "state is \"tryal\"; write \"trial\" or \"paid\"",
            ),
            (
                r#""type":"revenue","data":{"customer":"c1","amount":1,"currency":"€"}"#.to_owned(),
                "three letters such as \"EUR\"",
            ),
            (rating("6", "1"), "scale is 6; known are 2, 3, 4, 5, 7, 10, 11 and 100 points"),
            (rating("5", "0"), "value is 0; 5 points go from 1 to 5"),
            (rating("11", "11"), "value is 11; 11 points go from 0 to 10"),
            (rating("100", "101"), "value is 101; 100 points go from 0 to 100"),
            (r#""type":"ticket_created","ticket":"\u001fcall:1""#.to_owned(), "begins with a control character"),
        ];
        for (rest, part) in table {
            let text = format!(r#"{{"event_id":"e","ts":"2026-11-22T09:00:00Z",{rest}}}"#);
            let e = Event::parse(&text).expect_err(&text);
            assert!(e.message.contains(part), "{e} should contain {part}");
            let event = Event::parse_again(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(Event::parse_again(&event.to_json()).expect("own output"), event);
        }
    }

    #[test]
    fn errors_say_where_and_how_to_mend() {
        let table = [
            (MESSAGE.replace("\"message\"", "\"mesage\""), (1, 72), "did you mean \"message\"?"),
            (MESSAGE.replace("auto", "aoto"), (2, 0), "unknown field `aoto`"),
            (MESSAGE.replace("\"seq\"", "\"sequ\""), (1, 0), "unknown field `sequ`"),
            (MESSAGE.replace("2026-11-22T", "22.11.2026 "), (1, 0), "write RFC 3339"),
            (MESSAGE.replace("\"ticket\": 4521,", ""), (1, 72), "add \"ticket\""),
            (MESSAGE.replace("}}", "}"), (2, 0), "EOF"),
        ];
        for (text, (line, column), part) in table {
            let e = Event::parse(&text).expect_err(&text);
            assert!(e.message.contains(part), "{e} should contain {part}");
            assert_eq!(e.line, line, "{e}");
            assert!(column == 0 || e.column == column, "{e}");
        }
    }
}
