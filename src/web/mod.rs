//! F4: the HTTP listener: hooks, health and Prometheus. TLS is the proxy's.
//!
//! [`router`] has no fallback and no state left open, so that other routes (the platforms' own) can be merged in.

pub mod chat;
mod health;
mod hooks;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::domain::timestamp::Timestamp;
use crate::ingest::Source;
use crate::store::Store;

/// What the routes work with.
#[derive(Clone)]
pub struct WebState {
    /// Where deliveries go.
    pub store: Store,
    /// The `[[source]]`s by name.
    pub sources: Arc<BTreeMap<String, Source>>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The largest body a hook takes, in bytes (`[http] body_limit`).
    pub body_limit: usize,
    /// What `/metrics` shows.
    pub prometheus: PrometheusHandle,
    /// How each platform's connection stands, for `/readyz` to report: its name, and a word such as `connected`.
    pub chat: Arc<dyn Fn() -> BTreeMap<String, &'static str> + Send + Sync>,
}

impl fmt::Debug for WebState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebState").field("sources", &self.sources.keys()).finish_non_exhaustive()
    }
}

/// `POST /hooks/{name}`, `GET /healthz`, `/readyz` and `/metrics`.
pub fn router(state: WebState) -> Router {
    metrics::describe_counter!("deskbell_hooks_total", "Deliveries received, by source and outcome");
    metrics::describe_counter!("deskbell_events_total", "Canonical events that were new, by source");
    metrics::describe_histogram!("deskbell_hook_seconds", metrics::Unit::Seconds, "From the first byte to the answer");
    let hook = post(hooks::receive).options(hooks::handshake).layer(DefaultBodyLimit::max(state.body_limit));
    Router::new()
        .route("/hooks/{name}", hook)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::prometheus))
        .with_state(state)
}
