//! Why Discord did not do what it was asked, and what that means to whoever asked.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::super::SendError;

/// Discord's answers by their own codes.
pub(super) mod code {
    pub(in super::super) const UNKNOWN_CHANNEL: i64 = 10003;
    pub(in super::super) const UNKNOWN_MESSAGE: i64 = 10008;
    pub(in super::super) const UNKNOWN_WEBHOOK: i64 = 10015;
    pub(in super::super) const UNKNOWN_INTERACTION: i64 = 10062;
    pub(in super::super) const ACKNOWLEDGED_ALREADY: i64 = 40060;
    pub(in super::super) const NO_ACCESS: i64 = 50001;
    pub(in super::super) const NO_PERMISSION: i64 = 50013;
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the rate limit asks to wait {} ms", .0.as_millis())]
    Limited(Duration),
    #[error("no connection to Discord")]
    NotSent(#[source] reqwest::Error),
    #[error("the connection to Discord broke")]
    Broken(#[source] reqwest::Error),
    #[error("Discord has trouble ({0})")]
    Trouble(StatusCode),
    #[error("Discord refused it ({status}, code {code}): {message}{}", mend(*status, *code))]
    Refused { status: StatusCode, code: i64, message: String },
    #[error("Discord refused the token before; put a valid one into discord.token and restart")]
    TokenRefused,
    #[error("Discord answered something unexpected: {0}")]
    Unexpected(&'static str),
}

/// What the operator can do about it.
fn mend(status: StatusCode, code: i64) -> &'static str {
    match (status, code) {
        (StatusCode::UNAUTHORIZED, _) => "; put a valid token into discord.token",
        (_, code::NO_ACCESS) => "; give the bot \"View Channel\" there, or invite it",
        (_, code::NO_PERMISSION) => "; give the bot \"Send Messages\" and \"Embed Links\" there",
        (_, code::UNKNOWN_CHANNEL) => "; check the channel's id",
        (_, code::UNKNOWN_MESSAGE) => "; somebody deleted the message",
        (_, code::UNKNOWN_INTERACTION) => "; the acknowledgement came too late",
        _ => "",
    }
}

impl Failure {
    /// Not done, and perhaps because of the picture: too large, not allowed, not understood.
    pub(super) const fn may_be_about_the_picture(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if matches!(status.as_u16(), 400 | 403 | 413))
    }
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        let reason = with_sources(&failure);
        match failure {
            Failure::Limited(wait) => {
                Self::Limited { after_ms: i64::try_from(wait.as_millis()).unwrap_or(i64::MAX), reason }
            }
            Failure::NotSent(_) => Self::Retry { after_ms: 1000, reason },
            Failure::Broken(_) | Failure::Trouble(_) | Failure::Unexpected(_) => Self::Unknown { reason },
            Failure::Refused { code: code::UNKNOWN_MESSAGE, .. } => Self::Gone { reason },
            Failure::Refused { .. } | Failure::TokenRefused => Self::Permanent { reason },
        }
    }
}

/// An error and what caused it, on one line.
pub(super) fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Paths of interactions carry a token, so errors must not carry paths.
pub(super) fn broken(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() { Failure::NotSent(error) } else { Failure::Broken(error) }
}

pub(super) fn refusal(status: StatusCode, body: &Value) -> Failure {
    let said = body["message"].as_str().unwrap_or("no reason given");
    // Which part of the body was wrong: keys and rules, no content of ours.
    let details = body.get("errors").map(|errors| format!(" {errors}")).unwrap_or_default();
    let message = format!("{said}{details}").chars().take(400).collect();
    Failure::Refused { status, code: body["code"].as_i64().unwrap_or(0), message }
}
