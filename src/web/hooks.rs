//! `POST /hooks/{name}`: raw bytes in, a short JSON answer out.
//!
//! The answer tells a sender what it can act on and nothing else: 200 when the delivery is on disk (or set aside), 401
//! and 422 when sending the same again is pointless, 503 with `Retry-After` when it is not.

use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::WebState;
use crate::ingest::{self, Outcome, Source};
use crate::integrations::{Headers, Vendor};

/// A sender that takes longer to send its body is cut off.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// When to try again, in seconds. Zendesk tries again only below 60.
const RETRY_AFTER_S: &str = "5";

#[derive(Serialize)]
struct Kept {
    accepted: usize,
    duplicate: bool,
}

#[derive(Serialize)]
struct SetAside {
    accepted: usize,
    quarantined: bool,
}

#[derive(Serialize)]
struct Fault {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    hint: String,
}

/// Receives one delivery and answers once it is known what became of it.
pub(super) async fn receive(State(state): State<WebState>, Path(name): Path<String>, request: Request) -> Response {
    let begun = Instant::now();
    let Some(source) = state.sources.get(&name) else {
        // The name is the caller's: as a label it would let anybody fill the memory of Prometheus.
        count("-", "unknown_source", begun);
        let hint = "the end of the address must be the name of a [[source]] in bot.toml";
        return fault(StatusCode::NOT_FOUND, "there is no source of this name", hint);
    };
    let (outcome, answer) = deliver(&state, source, request).await;
    count(&source.name, outcome, begun);
    answer
}

async fn deliver(state: &WebState, source: &Source, request: Request) -> (&'static str, Response) {
    let headers = readable(request.headers());
    let body = match tokio::time::timeout(READ_TIMEOUT, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let hint = format!("at most {} bytes are taken; send less at once", state.body_limit);
            return ("too_large", fault(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", &hint));
        }
        Ok(Err(_)) => return ("incomplete", fault(StatusCode::BAD_REQUEST, "the body broke off", "send it again")),
        Err(_) => {
            let hint = format!("send the whole body within {} s", READ_TIMEOUT.as_secs());
            return ("incomplete", fault(StatusCode::REQUEST_TIMEOUT, "the body came too slowly", &hint));
        }
    };
    let outcome = ingest::accept(&state.store, source, &headers, &body, (state.now)()).await;
    if let Outcome::Accepted { new, .. } = outcome {
        metrics::counter!("deskbell_events_total", "source" => source.name.clone()).increment(new as u64);
    }
    answer(source.vendor, outcome)
}

/// The answer to an outcome, and the word Prometheus counts it under.
fn answer(vendor: Vendor, outcome: Outcome) -> (&'static str, Response) {
    match outcome {
        Outcome::Accepted { events, duplicate, .. } => {
            let word = if duplicate { "duplicate" } else { "accepted" };
            (word, Json(Kept { accepted: events, duplicate }).into_response())
        }
        Outcome::Quarantined { .. } => {
            ("quarantined", Json(SetAside { accepted: 0, quarantined: true }).into_response())
        }
        Outcome::Unauthorized(reason) => {
            let hint =
                format!("sign with the secret of this {} source, and check the clocks of both machines", vendor.kind());
            ("unauthorized", fault(StatusCode::UNAUTHORIZED, &reason.to_string(), &hint))
        }
        Outcome::Refused { line, column, hint } => {
            let error = "nothing of this delivery was taken".to_owned();
            let body = Fault { error, line: Some(line), column: Some(column), hint };
            ("refused", (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response())
        }
        Outcome::Unavailable => {
            let answer = fault(StatusCode::SERVICE_UNAVAILABLE, "it could not be stored", "send the same again");
            ("unavailable", ([(RETRY_AFTER, RETRY_AFTER_S)], answer).into_response())
        }
    }
}

/// The CloudEvents handshake: whether we want deliveries from an origin. Each still has to prove itself.
pub(super) async fn handshake(State(state): State<WebState>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    const ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
    const RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");
    match (state.sources.get(&name).map(|s| s.vendor), headers.get("webhook-request-origin")) {
        (Some(Vendor::Generic), Some(origin)) => {
            ([(ALLOW, "POST"), (RATE, "*")], [(ORIGIN, origin.clone())]).into_response()
        }
        (Some(_), _) => [(ALLOW, "POST")].into_response(),
        (None, _) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Headers whose value is no text cannot be part of any scheme and are left out.
fn readable(headers: &HeaderMap) -> Headers {
    headers.iter().filter_map(|(name, value)| value.to_str().ok().map(|value| (name.as_str(), value))).collect()
}

fn fault(status: StatusCode, error: &str, hint: &str) -> Response {
    let body = Fault { error: error.to_owned(), line: None, column: None, hint: hint.to_owned() };
    (status, Json(body)).into_response()
}

fn count(source: &str, outcome: &'static str, begun: Instant) {
    metrics::counter!("deskbell_hooks_total", "source" => source.to_owned(), "outcome" => outcome).increment(1);
    metrics::histogram!("deskbell_hook_seconds").record(begun.elapsed().as_secs_f64());
}
