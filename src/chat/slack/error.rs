//! What can go wrong between us and Slack, whether to try again, and how to mend it.

use std::error::Error as _;
use std::time::Duration;

use crate::chat::SendError;

/// How long to wait when Slack is unreachable or says so without naming a time.
const PAUSE: Duration = Duration::from_secs(2);

/// A call that brought no result.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No connection, so nothing was sent.
    #[error("Slack cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The connection broke or went silent after the request may have arrived.
    #[error("the connection to Slack broke before the answer came")]
    Broken(#[source] reqwest::Error),
    /// The request could not even be written down, such as a malformed `api_base`.
    #[error("the request to Slack cannot be built")]
    Malformed(#[source] reqwest::Error),
    /// Too many calls; nothing was done.
    #[error("Slack asks to wait {} ms", .0.as_millis())]
    RateLimited(Duration),
    /// Slack itself failed, or something between us and Slack answered in its place.
    #[error("Slack answered HTTP {0}")]
    Http(u16),
    /// Slack understood and said no.
    #[error("Slack refused {method}: {code}{}", details(.messages))]
    Refused {
        /// The method called.
        method: &'static str,
        /// Slack's word for it, such as `channel_not_found`.
        code: String,
        /// What Slack added, such as the place of a wrong block.
        messages: Vec<String>,
    },
}

fn details(messages: &[String]) -> String {
    if messages.is_empty() { String::new() } else { format!(" ({})", messages.join("; ")) }
}

impl ApiError {
    pub(super) fn refused(method: &'static str, code: &str) -> Self {
        Self::Refused { method, code: code.to_owned(), messages: Vec::new() }
    }

    /// Slack's word, if Slack refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the message to hang on is what Slack did not accept.
    pub(super) fn is_about_the_thread(&self) -> bool {
        matches!(
            self.code(),
            Some("thread_not_found" | "message_not_found" | "cannot_reply_to_message" | "invalid_thread_ts")
        )
    }

    /// What a person can do about it.
    pub fn mend(&self) -> Option<&'static str> {
        match self {
            Self::Refused { code, .. } => hint(code),
            Self::Malformed(_) => Some("check slack.api_base"),
            _ => None,
        }
    }

    /// The error with its causes and the way out, as one line without addresses (a `response_url` is a secret).
    pub(super) fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        if let Some(mend) = self.mend() {
            text.push_str("; ");
            text.push_str(mend);
        }
        text
    }

    /// For calls that may be repeated without harm: nothing is left in doubt, only later.
    pub(super) fn repeatable(self) -> SendError {
        match SendError::from(self) {
            SendError::Unknown { reason } => SendError::Retry { after_ms: millis(PAUSE), reason },
            certain => certain,
        }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Unreachable(error)
        } else if error.is_builder() {
            Self::Malformed(error)
        } else {
            Self::Broken(error)
        }
    }
}

impl From<ApiError> for SendError {
    fn from(error: ApiError) -> Self {
        let reason = error.sentence();
        match &error {
            ApiError::Unreachable(_) => Self::Retry { after_ms: millis(PAUSE), reason },
            ApiError::RateLimited(wait) => Self::Limited { after_ms: millis(*wait), reason },
            ApiError::Broken(_) => Self::Unknown { reason },
            ApiError::Http(500..) => Self::Unknown { reason },
            ApiError::Http(_) | ApiError::Malformed(_) => Self::Permanent { reason },
            ApiError::Refused { code, .. } => match code.as_str() {
                // Documented by Slack as "some aspect of the operation may have succeeded".
                "fatal_error" | "internal_error" => Self::Unknown { reason },
                "service_unavailable" | "request_timeout" | "team_added_to_org" => {
                    Self::Retry { after_ms: millis(PAUSE), reason }
                }
                _ => Self::Permanent { reason },
            },
        }
    }
}

fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

/// How to mend what Slack refuses.
const HINTS: &[(&str, &str)] = &[
    ("account_inactive", "the bot was removed from the workspace: install the app again and renew slack.bot_token"),
    ("cant_update_message", "only the bot's own messages can be edited; was the app installed anew?"),
    ("channel_not_found", "check the name or id; into a private channel the bot must be invited: /invite the bot"),
    ("edit_window_closed", "the workspace's settings forbid editing messages this old"),
    (
        "invalid_auth",
        "renew the token: api.slack.com/apps, your app, OAuth & Permissions (app token: Basic Information)",
    ),
    ("is_archived", "the channel is archived: restore it or choose another one"),
    ("message_not_found", "somebody deleted the message"),
    ("missing_scope", "add the scope under OAuth & Permissions and install the app again"),
    ("no_permission", "the workspace's settings keep the bot from posting there"),
    ("not_allowed_token_type", "slack.bot_token begins with xoxb-, slack.app_token with xapp-"),
    ("not_authed", "set slack.bot_token"),
    ("not_in_channel", "invite the bot into the channel (/invite), or add the scope chat:write.public"),
    ("restricted_action", "a workspace admin restricts who may post there"),
    ("token_expired", "renew the token; deskbell needs one without rotation"),
    ("token_revoked", "the token was revoked: install the app again and renew slack.bot_token"),
];

fn hint(code: &str) -> Option<&'static str> {
    HINTS.iter().find(|(known, _)| *known == code).map(|(_, mend)| *mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(error: ApiError) -> &'static str {
        match SendError::from(error) {
            SendError::Retry { .. } => "retry",
            SendError::Limited { .. } => "limited",
            SendError::Unknown { .. } => "unknown",
            SendError::Permanent { .. } => "permanent",
            SendError::Gone { .. } => "gone",
        }
    }

    #[test]
    fn every_failure_says_whether_to_try_again() {
        let refused = |code| ApiError::refused("chat.postMessage", code);
        let cases = [
            (ApiError::RateLimited(Duration::from_secs(30)), "limited"),
            (ApiError::Http(500), "unknown"),
            (ApiError::Http(503), "unknown"),
            (ApiError::Http(404), "permanent"),
            (refused("channel_not_found"), "permanent"),
            (refused("invalid_blocks"), "permanent"),
            (refused("msg_too_long"), "permanent"),
            (refused("fatal_error"), "unknown"),
            (refused("service_unavailable"), "retry"),
        ];
        for (error, expected) in cases {
            let text = error.to_string();
            assert_eq!(verdict(error), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_cause_and_the_way_out() {
        let error = ApiError::Refused {
            method: "chat.postMessage",
            code: "missing_scope".into(),
            messages: vec!["needed: chat:write".into()],
        };
        assert_eq!(
            SendError::from(error).to_string(),
            "cannot be sent: Slack refused chat.postMessage: missing_scope (needed: chat:write); \
             add the scope under OAuth & Permissions and install the app again"
        );
    }

    #[test]
    fn the_wait_slack_asks_for_is_passed_on() {
        let error = SendError::from(ApiError::RateLimited(Duration::from_secs(30)));
        assert!(matches!(error, SendError::Limited { after_ms: 30_000, .. }), "{error}");
    }

    #[test]
    fn hints_are_sorted_and_single() {
        assert!(HINTS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
