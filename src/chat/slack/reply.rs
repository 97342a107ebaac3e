//! The answer to a command: a post to the `response_url` that came with it (five times within 30 minutes, no token).
//! It has no picture, for reasons that `upload` tells; where Slack can draw a chart itself, it does. A workspace that does
//! not take such a block (it came in 2026) is asked once: from then on answers come as text, in one post.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde_json::json;

use super::client::{Client, refused_by_status};
use super::error::ApiError;
use super::render::{Rendered, render, render_native};
use crate::chat::SendError;
use crate::domain::message::Message;

const TIMEOUT: Duration = Duration::from_secs(15);

/// Where an answer goes.
#[derive(Clone)]
pub struct Reply {
    url: Url,
    client: Client,
    /// The answer takes the place of the message from which the command came.
    in_place: bool,
    /// The workspace does not take charts.
    charts_refused: Arc<AtomicBool>,
}

/// Without the address: whoever holds it can answer in our name.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("slack::Reply").finish_non_exhaustive()
    }
}

impl Reply {
    /// An answer to `response_url`, if that is an address of the client's Slack; answers go nowhere else.
    pub(super) fn new(client: &Client, response_url: &str) -> Option<Self> {
        let (url, home) = (Url::parse(response_url).ok()?, Url::parse(&client.settings().api_base).ok()?);
        let charts_refused = client.charts_refused();
        belongs_to(&url, &home).then(|| Self { url, client: client.clone(), in_place: false, charts_refused })
    }

    /// The same, but the answer takes the place of the message from which the command came.
    pub(super) fn in_place(self, in_place: bool) -> Self {
        Self { in_place, ..self }
    }

    /// Answers: to everybody in the channel if `share`, otherwise only to the person who asked.
    ///
    /// # Errors
    /// `Permanent` when the address has expired; after `Unknown` the answer may be there.
    pub async fn answer(&self, message: &Message, share: bool) -> Result<(), SendError> {
        let body = |shown: Rendered| {
            json!({
                "response_type": if share { "in_channel" } else { "ephemeral" },
                "replace_original": self.in_place && !share,
                "text": shown.text, "blocks": shown.blocks, "attachments": shown.attachments,
            })
        };
        let drawn = if self.charts_refused.load(Ordering::Relaxed) { None } else { render_native(message) };
        if let Some(drawn) = drawn {
            match self.send(&body(drawn)).await {
                Err(error) if error.code().is_some_and(|code| code.contains("invalid_blocks")) => {
                    if !self.charts_refused.swap(true, Ordering::Relaxed) {
                        tracing::info!(error = error.sentence(), "private answers in Slack come without charts");
                    }
                }
                settled => return settled.map_err(SendError::from),
            }
        }
        self.send(&body(render(message))).await.map_err(SendError::from)
    }

    async fn send(&self, body: &serde_json::Value) -> Result<(), ApiError> {
        self.client.in_its_time("response_url", self.request(body)).await
    }

    async fn request(&self, body: &serde_json::Value) -> Result<(), ApiError> {
        let response = self.client.http().post(self.url.clone()).json(body).timeout(TIMEOUT).send().await?;
        match response.status() {
            // Slack names the reason in plain text here: used_url, expired_url, invalid_blocks.
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => {
                let reason = response.text().await?;
                Err(ApiError::refused("response_url", reason.trim()))
            }
            status => refused_by_status(status, response.headers()).map_or(Ok(()), Err),
        }
    }
}

/// Slack's own hosts over TLS; for a local Slack in tests, exactly that server.
pub(super) fn belongs_to(url: &Url, api_base: &Url) -> bool {
    let (Some(host), Some(home)) = (url.host_str(), api_base.host_str()) else { return false };
    let same = host == home && url.port_or_known_default() == api_base.port_or_known_default();
    match url.scheme() {
        "https" => same || host.strip_suffix(home).is_some_and(|sub| sub.ends_with('.')),
        "http" => same && is_loopback(url),
        _ => false,
    }
}

/// This machine: the only place reached without TLS.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_slack_and_nowhere_else() {
        let slack = "https://slack.com/api";
        let local = "http://127.0.0.1:4000/api";
        let cases = [
            ("https://hooks.slack.com/commands/T/1/x", slack, true),
            ("https://slack.com/x", slack, true),
            ("http://hooks.slack.com/commands/T/1/x", slack, false),
            ("https://hooks.slack.com.evil.example/x", slack, false),
            ("https://evilslack.com/x", slack, false),
            ("https://evil.example/slack.com", slack, false),
            ("http://127.0.0.1:4000/x", slack, false),
            ("http://127.0.0.1:4000/x", local, true),
            ("http://127.0.0.1:4001/x", local, false),
            ("http://10.0.0.1:4000/x", "http://10.0.0.1:4000/api", false),
            ("http://[::1]:4000/x", "http://[::1]:4000/api", true),
            ("file:///etc/passwd", local, false),
        ];
        for (url, base, allowed) in cases {
            let (url, base) = (Url::parse(url).expect("url"), Url::parse(base).expect("base"));
            assert_eq!(belongs_to(&url, &base), allowed, "{url} for {base}");
        }
    }
}
