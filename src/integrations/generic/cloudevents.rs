//! CloudEvents 1.0 as another envelope of canonical events.
//!
//! The body of a CloudEvent is the canonical `data` (with an optional `actor` inside), so a canonical event is written
//! and read by the one parser; a fault is reported where the CloudEvent, or its data, begins.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Headers, Untranslatable, offset, position, refused};
use crate::domain::event::{Event, Fact};
use crate::domain::names::nearest;

/// The attributes that carry meaning here; a null attribute is an absent one.
#[derive(Default, Deserialize)]
struct Attributes<'a> {
    #[serde(default)]
    specversion: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    /// The sequence extension: order among events of equal time.
    #[serde(default)]
    sequence: Option<String>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    data_base64: Option<String>,
}

/// A canonical event about to be written.
#[derive(Serialize)]
struct Canonical<'a> {
    event_id: &'a str,
    seq: i64,
    ts: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Box<RawValue>>,
    data: BTreeMap<&'a str, &'a RawValue>,
}

/// One event with its attributes and data in one JSON object: `one` is a slice of `body`.
pub(super) fn structured(body: &str, one: &str) -> Result<Event, Untranslatable> {
    let start = offset(body, one);
    let attributes: Attributes<'_> = serde_json::from_str(one).map_err(|e| refused(body, start, &e))?;
    let decoded;
    let (data, at) = match (attributes.data, &attributes.data_base64) {
        (Some(raw), _) => (raw.get(), offset(body, raw.get())),
        (None, Some(encoded)) => {
            let bytes = BASE64.decode(encoded).ok().and_then(|b| String::from_utf8(b).ok());
            decoded = bytes.ok_or_else(|| fault(body, start, "data_base64 is not base64 of UTF-8 text"))?;
            (decoded.as_str(), start)
        }
        (None, None) => ("{}", start),
    };
    canonical(&attributes, data).map_err(|(part, hint)| match part {
        Part::Attributes => fault(body, start, &hint),
        Part::Data => fault(body, at, &hint),
    })
}

/// Attributes in `ce-` headers, the data as the body.
pub(super) fn binary(headers: &Headers, body: &str) -> Result<Event, Untranslatable> {
    let attribute = |name: &str| -> Result<Option<String>, Untranslatable> {
        let Some(value) = headers.get(&format!("ce-{name}")) else { return Ok(None) };
        let decoded = percent_decoded(value);
        decoded.map(Some).ok_or_else(|| fault(body, 0, &format!("the header ce-{name} is not percent-encoded UTF-8")))
    };
    let attributes = Attributes {
        specversion: attribute("specversion")?,
        id: attribute("id")?,
        r#type: attribute("type")?,
        time: attribute("time")?,
        subject: attribute("subject")?,
        sequence: attribute("sequence")?,
        data: None,
        data_base64: None,
    };
    let data = if body.trim().is_empty() { "{}" } else { body };
    canonical(&attributes, data).map_err(|(_, hint)| fault(body, 0, &hint))
}

/// Which part of a CloudEvent is at fault.
enum Part {
    Attributes,
    Data,
}

fn canonical(attributes: &Attributes<'_>, data: &str) -> Result<Event, (Part, String)> {
    fn needed<'a>(value: &'a Option<String>, name: &str, use_: &str) -> Result<&'a str, (Part, String)> {
        let value = value.as_deref().filter(|v| !v.is_empty());
        value.ok_or_else(|| (Part::Attributes, format!("the CloudEvent has no {name}; it becomes the {use_}")))
    }
    if attributes.specversion.as_deref() != Some("1.0") {
        return Err((Part::Attributes, "specversion must be \"1.0\"".to_owned()));
    }
    let mut data: BTreeMap<&str, &RawValue> =
        serde_json::from_str(data).map_err(|e| (Part::Data, format!("data must be a JSON object: {}", message(&e))))?;
    let event = Canonical {
        event_id: needed(&attributes.id, "id", "event_id")?,
        seq: attributes.sequence.as_deref().and_then(|s| s.parse().ok()).unwrap_or(0),
        ts: needed(&attributes.time, "time", "ts")?,
        r#type: type_name(needed(&attributes.r#type, "type", "type of the event")?)?,
        ticket: attributes.subject.as_deref().map(|s| s.strip_prefix("ticket/").unwrap_or(s)).filter(|s| !s.is_empty()),
        actor: data.remove("actor").map(ToOwned::to_owned),
        data,
    };
    let text = serde_json::to_string(&event).map_err(|e| (Part::Data, message(&e)))?;
    Event::parse(&text).map_err(|e| {
        let part = if e.message.starts_with("data of ") { Part::Data } else { Part::Attributes };
        (part, e.message)
    })
}

/// The canonical name at the end of a dotted type: `com.example.message`, `com.example.ticket.created`.
fn type_name(dotted: &str) -> Result<&'static str, (Part, String)> {
    let segments: Vec<&str> = dotted.split('.').collect();
    let endings = (1..=segments.len()).map(|n| segments[segments.len() - n..].join("_"));
    let known = |ending: String| Fact::TYPES.iter().copied().find(|t| *t == ending);
    endings.take(3).find_map(known).ok_or_else(|| {
        let last = segments.last().copied().unwrap_or_default();
        let near = nearest(last, Fact::TYPES.iter().copied());
        let hint = near.map_or_else(
            || format!("it must end in one of {}", Fact::TYPES.join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        (Part::Attributes, format!("unknown event type {dotted:?}; {hint}"))
    })
}

fn message(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned()
}

fn fault(body: &str, at: usize, hint: &str) -> Untranslatable {
    let (line, column) = position(body, at);
    Untranslatable::Refused { line, column, hint: hint.to_owned() }
}

/// `%XX` decoded; `None` when the result is not UTF-8 or a `%` has no two hex digits after it.
fn percent_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = if *first == b'%' {
            bytes.extend(hex::decode(tail.get(..2)?).ok()?);
            &tail[2..]
        } else {
            bytes.push(*first);
            tail
        };
    }
    String::from_utf8(bytes).ok()
}
