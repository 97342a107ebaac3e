//! Any program: canonical events (one object, an array, or NDJSON) and CloudEvents 1.0 (structured, batched, binary).
//!
//! All or nothing: the sender is a program under the user's control, so the first fault refuses the whole delivery and
//! says where it stands in the body that was sent.

mod cloudevents;

use serde_json::value::RawValue;

use super::signature::{Algorithm, Encoding, Key, Part, Scheme, Signature, Stamp, StampFormat};
use super::{Adapter, Headers, Translation, Untranslatable, body_key, position, text};
use crate::domain::event::{Event, ParseError};

const WEBHOOK_ID: &str = "webhook-id";
const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// More than any sensible batch; a sender with more to say says it in several requests.
const MAX_EVENTS: usize = 10_000;

pub(super) static ADAPTER: Adapter = Adapter {
    kind: "generic",
    capabilities: &[
        "tickets",
        "messages",
        "bots",
        "status_history",
        "assignment_history",
        "tags",
        "category",
        "ratings",
        "surveys_sent",
        "nps",
        "ces",
        "time_tracking",
        "shifts",
        "presence",
        "queue",
        "costs",
        "customers",
        "revenue",
        "reads",
    ],
    schemes: &[
        // Standard Webhooks.
        Scheme::Signature(Signature {
            header: WEBHOOK_SIGNATURE,
            separator: Some(' '),
            prefix: "v1,",
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Base64,
            key: Key::Whsec,
            signed: &[
                Part::Header(WEBHOOK_ID),
                Part::Text("."),
                Part::Header(WEBHOOK_TIMESTAMP),
                Part::Text("."),
                Part::Body,
            ],
            timestamp: Some(Stamp { header: WEBHOOK_TIMESTAMP, format: StampFormat::UnixSeconds }),
        }),
        Scheme::Bearer,
    ],
    public_secrets: &[],
    keeps: |name| name == "content-type" || name == WEBHOOK_ID || name == WEBHOOK_SIGNATURE || name.starts_with("ce-"),
    translate,
    how_to_connect: HOW_TO_CONNECT,
};

const HOW_TO_CONNECT: &str = r#"POST canonical events to {url}: one JSON object, a JSON array, or one object a line
(Content-Type: application/x-ndjson). `deskbell schema event` prints their schema.

  curl {url} -H "Authorization: Bearer $SECRET" -H "Content-Type: application/json" -d '
    {"event_id": "4521-created", "ts": "2026-11-22T09:00:00Z", "type": "ticket_created", "ticket": "4521",
     "actor": {"kind": "customer", "id": "c7"}, "data": {"channel": "email", "subject": "Cannot log in"}}'

Instead of the bearer token a delivery may be signed by Standard Webhooks (webhook-id, webhook-timestamp,
webhook-signature); a secret that begins with whsec_ is base64-decoded first.

CloudEvents 1.0 are taken too, structured, batched or binary: the end of `type` names the canonical event
(com.example.ticket_created, com.example.ticket.created), `id` is the event_id, `time` the ts, `subject` the ticket
(with or without "ticket/" before it), `data` the data, and an `actor` inside it the actor.

What cannot be taken is refused as a whole with status 422, line, column and a hint.
"#;

fn translate(headers: &Headers, body: &[u8]) -> Result<Translation, Untranslatable> {
    let text = text(body)?;
    let canonical = |part| Event::parse(part).map_err(|e| within(text, part, e));
    let content_type = headers.get("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let events = if headers.get("ce-specversion").is_some() {
        vec![cloudevents::binary(headers, text)?]
    } else {
        match media_type.as_str() {
            "application/cloudevents+json" => vec![cloudevents::structured(text, text)?],
            "application/cloudevents-batch+json" => {
                each(text, elements(text)?, |one| cloudevents::structured(text, one))?
            }
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
                each(text, text.lines().filter(|l| !l.trim().is_empty()).collect(), canonical)?
            }
            _ if text.trim_start().starts_with('[') => each(text, elements(text)?, canonical)?,
            _ => vec![single(text)?],
        }
    };
    // The id is part of what is signed; without a signature anybody between us could have made it up.
    let signed_id = headers.get(WEBHOOK_SIGNATURE).and_then(|_| headers.get(WEBHOOK_ID));
    Ok(Translation { delivery_key: signed_id.map_or_else(|| body_key(body), str::to_owned), events })
}

fn single(body: &str) -> Result<Event, Untranslatable> {
    Event::parse(body).map_err(|e| {
        let hint = match e.message.as_str() {
            "trailing characters" => {
                "more follows the first event; send an array, or one event a line as application/x-ndjson".to_owned()
            }
            message if body.trim().is_empty() => format!("{message}; the body is empty, send a canonical event"),
            message => message.to_owned(),
        };
        Untranslatable::Refused { line: e.line, column: e.column, hint }
    })
}

/// Reads every part of a batch, or none.
fn each<'a>(
    body: &str,
    parts: Vec<&'a str>,
    read: impl Fn(&'a str) -> Result<Event, Untranslatable>,
) -> Result<Vec<Event>, Untranslatable> {
    if let Some(surplus) = parts.get(MAX_EVENTS) {
        let (line, column) = position(body, offset(body, surplus));
        let hint = format!("there are {} events; send at most {MAX_EVENTS} in one request", parts.len());
        return Err(Untranslatable::Refused { line, column, hint });
    }
    parts.into_iter().map(read).collect()
}

/// The elements of a JSON array, as slices of `body`.
fn elements(body: &str) -> Result<Vec<&str>, Untranslatable> {
    let raw: Vec<&RawValue> = serde_json::from_str(body).map_err(|e| refused(body, 0, &e))?;
    Ok(raw.into_iter().map(RawValue::get).collect())
}

/// Where a slice of `body` begins in it.
fn offset(body: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(body.as_ptr() as usize).min(body.len())
}

/// An error inside `part`, as an error of the `body` it is a slice of.
fn within(body: &str, part: &str, e: ParseError) -> Untranslatable {
    let (line, column) = position(body, offset(body, part));
    let column = if e.line == 1 { column + e.column - 1 } else { e.column };
    Untranslatable::Refused { line: line + e.line - 1, column, hint: e.message }
}

/// A JSON error inside the slice of `body` that begins at `start`.
fn refused(body: &str, start: usize, e: &serde_json::Error) -> Untranslatable {
    let text = e.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    within(body, &body[start..], ParseError { line: e.line().max(1), column: e.column().max(1), message })
}

#[cfg(test)]
mod tests;
