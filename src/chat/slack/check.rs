//! What `deskbell check` asks Slack: are the tokens good, are the scopes enough, can each channel be posted to.

use super::client::Client;
use super::error::ApiError;
use crate::chat::{Finding, SlackMode};

/// What it takes to show pictures beside that.
pub(super) const OF_PICTURES: &[(&str, &str)] = &[("files:read", "messages come without their pictures")];

/// What the bot token must be allowed to do, and what is lost without it.
pub(super) const SCOPES: &[(&str, &str)] = &[
    ("chat:write", "nothing can be posted"),
    ("commands", "commands do not arrive"),
    ("channels:read", "channels can be named by id only, not by #name"),
    ("groups:read", "private channels can be named by id only, not by #name"),
    ("channels:history", "after a broken connection a message may appear twice"),
    ("groups:history", "after a broken connection a message in a private channel may appear twice"),
    ("files:write", "neither pictures nor exported rows can be sent"),
    ("im:write", "exported rows cannot be sent to one person alone"),
];

impl Client {
    /// Looks at tokens and scopes. Sends no message.
    pub async fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.who_am_i().await {
            Ok(answer) => {
                let name = |key: &str| answer.body[key].as_str().unwrap_or("?").to_owned();
                findings.push(good(format!("Slack bot token: {} in {}", name("user"), name("team"))));
                if let Some(granted) = &answer.scopes {
                    findings.push(scopes(granted, self.artist().draws()));
                }
            }
            Err(error) => findings.push(bad("Slack bot token", &error)),
        }
        findings.push(match self.settings().mode {
            SlackMode::Socket => self.check_app_token().await,
            SlackMode::Http if self.settings().signing_secret.is_some() => good("Slack signing secret: set"),
            SlackMode::Http => Finding {
                ok: false,
                what: "Slack signing secret: missing".into(),
                mend: Some("set signing_secret (api.slack.com/apps, Basic Information)".into()),
            },
        });
        findings
    }

    /// Looks whether `channel` exists and the bot is in it.
    pub async fn check_channel(&self, channel: &str) -> Finding {
        let what = format!("Slack channel {channel}");
        let info = match self.channel_id(channel).await {
            Ok(id) => self.channel_info(&id).await,
            Err(error) => Err(error),
        };
        match info {
            Ok(info) if info["is_archived"] == true => {
                bad(&what, &ApiError::refused("conversations.info", "is_archived"))
            }
            Ok(info) if info["is_member"] == false => {
                bad(&what, &ApiError::refused("conversations.info", "not_in_channel"))
            }
            Ok(_) => good(what),
            Err(error) => bad(&what, &error),
        }
    }

    async fn check_app_token(&self) -> Finding {
        let what = "Slack app token (Socket Mode)";
        if self.settings().app_token.is_none() {
            let mend = "set app_token: an app-level token with the scope connections:write".into();
            return Finding { ok: false, what: format!("{what}: missing"), mend: Some(mend) };
        }
        match self.open_connection().await {
            Ok(_) => good(what),
            Err(error) => bad(what, &error),
        }
    }
}

fn scopes(granted: &str, pictures: bool) -> Finding {
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    let of_pictures = if pictures { OF_PICTURES } else { &[] };
    let missing: Vec<String> = SCOPES
        .iter()
        .chain(of_pictures)
        .filter(|(scope, _)| !granted.contains(scope))
        .map(|(scope, lost)| format!("{scope} ({lost})"))
        .collect();
    if missing.is_empty() {
        return good("Slack scopes: complete");
    }
    Finding {
        ok: false,
        what: format!("Slack scopes: without {}", missing.join(", ")),
        mend: Some("add them under OAuth & Permissions and install the app again".into()),
    }
}

fn good(what: impl Into<String>) -> Finding {
    Finding { ok: true, what: what.into(), mend: None }
}

fn bad(what: &str, error: &ApiError) -> Finding {
    Finding { ok: false, what: format!("{what}: {error}"), mend: error.mend().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scope_is_named_with_what_is_lost() {
        let all: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
        assert!(scopes(&all.join(","), false).ok);
        let finding =
            scopes("chat:write,commands,channels:read, groups:read,channels:history,files:write,im:write", false);
        assert!(!finding.ok);
        assert_eq!(
            finding.what,
            "Slack scopes: without groups:history (after a broken connection a message in a private channel may appear twice)"
        );
        let without =
            |scope: &str| all.iter().filter(|granted| **granted != scope).copied().collect::<Vec<_>>().join(",");
        let finding = scopes(&without("files:write"), false);
        assert_eq!(finding.what, "Slack scopes: without files:write (neither pictures nor exported rows can be sent)");
        let finding = scopes(&all.join(","), true);
        assert_eq!(finding.what, "Slack scopes: without files:read (messages come without their pictures)");
        assert!(finding.mend.is_some_and(|mend| mend.contains("install the app again")));
    }
}
