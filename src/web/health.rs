//! Whether the process lives, whether it can do its work, and its figures for Prometheus.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;

use super::WebState;

/// A storage that takes longer than this to say anything is not ready.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The process lives: nothing is looked at, so that trouble elsewhere never restarts it.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    storage: &'static str,
    /// It was read and accepted, or nothing would answer here.
    configuration: &'static str,
    sources: Vec<String>,
    chat: BTreeMap<String, &'static str>,
}

/// Whether deliveries can be stored. Chat is reported and not required: events must come in while it is away.
pub(super) async fn ready(State(state): State<WebState>) -> impl IntoResponse {
    let ready = match tokio::time::timeout(PROBE_TIMEOUT, state.store.probe()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn Error, "storage does not answer");
            false
        }
        Err(_) => {
            tracing::warn!(timeout_ms = PROBE_TIMEOUT.as_millis(), "storage does not answer in time");
            false
        }
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Readiness {
        ready,
        storage: if ready { "ok" } else { "unavailable" },
        configuration: "ok",
        sources: state.sources.keys().cloned().collect(),
        chat: (state.chat)(),
    };
    (status, Json(body))
}

/// The Prometheus text format.
pub(super) async fn prometheus(State(state): State<WebState>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.prometheus.render())
}
