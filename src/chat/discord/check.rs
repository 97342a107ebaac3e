//! What `deskbell check` says about Discord.

use serde_json::Value;

use super::super::{DiscordMode, Finding};
use super::error::{Failure, with_sources};
use super::permissions::{in_channel, invitation, missing};
use super::rest::Client;

impl Client {
    /// Looks at the token, the application, how commands arrive, and each channel.
    pub async fn check(&self, channels: &[u64]) -> Vec<Finding> {
        let me = match self.get("GET users/@me", 0, "users/@me".into()).await {
            Ok(me) => me,
            Err(failure) => {
                let reason = with_sources(&failure);
                return vec![bad(format!("Discord token: {reason}"), "set discord.token to the bot's token")];
            }
        };
        let name = me["username"].as_str().unwrap_or("a bot without a name");
        let mut findings = vec![good(format!("Discord token: it is {name}"))];
        findings.extend(self.check_application().await);
        for channel in channels {
            findings.push(self.check_channel(*channel, &me).await);
        }
        findings
    }

    async fn check_application(&self) -> Vec<Finding> {
        let settings = self.settings();
        let application = match self.get("GET applications/@me", 0, "applications/@me".into()).await {
            Ok(application) => application,
            Err(failure) => {
                let reason = with_sources(&failure);
                return vec![bad(format!("Discord application: {reason}"), "try again later")];
            }
        };
        let id = application["id"].as_str().unwrap_or_default();
        let mut findings = vec![if id == settings.application_id.to_string() {
            good(format!("Discord application: {id}"))
        } else {
            bad(
                format!("Discord application: the token belongs to {id}, not to {}", settings.application_id),
                &format!("set discord.application_id = {id}"),
            )
        }];
        let endpoint = application["interactions_endpoint_url"].as_str();
        findings.push(match (settings.mode, endpoint) {
            (DiscordMode::Gateway, None) => good("Discord commands arrive over the gateway".into()),
            (DiscordMode::Gateway, Some(url)) => bad(
                format!("Discord sends commands to {url} instead of the gateway"),
                "remove the Interactions Endpoint URL in the developer portal, or set discord.mode = \"http\"",
            ),
            (DiscordMode::Http, Some(url)) => good(format!("Discord commands arrive at {url}")),
            (DiscordMode::Http, None) => bad(
                "Discord does not know where to send commands".into(),
                "set the Interactions Endpoint URL in the developer portal to <http.public_url>/discord/interactions",
            ),
        });
        if settings.mode == DiscordMode::Http {
            let theirs = application["verify_key"].as_str();
            findings.push(match (theirs, settings.public_key.as_deref()) {
                (Some(theirs), Some(ours)) if theirs.eq_ignore_ascii_case(ours.trim()) => {
                    good("Discord public key: it is the application's".into())
                }
                (Some(theirs), _) => bad(
                    "Discord public key: it is not the application's".into(),
                    &format!("set discord.public_key = \"{theirs}\""),
                ),
                (None, _) => good("Discord public key: not shown by Discord, so not compared".into()),
            });
        }
        findings
    }

    async fn check_channel(&self, channel: u64, me: &Value) -> Finding {
        let looked = match self.get("GET channels/{}", channel, format!("channels/{channel}")).await {
            Ok(found) => self.lacking(&found, me).await.map(|lacking| (found, lacking)),
            Err(failure) => Err(failure),
        };
        let invitation = invitation(self.settings().application_id);
        match looked {
            Ok((found, lacking)) => {
                let what = format!("discord:{channel}: #{}", found["name"].as_str().unwrap_or("without a name"));
                if lacking.is_empty() {
                    return good(what);
                }
                bad(
                    format!("{what}: without {}", lacking.join(", ")),
                    &format!(
                        "allow it to the bot's role in the channel's permissions, or invite it again: {invitation}"
                    ),
                )
            }
            Err(failure) => bad(
                format!("discord:{channel}: {}", with_sources(&failure)),
                &format!("copy the id with Discord's developer mode, and invite the bot: {invitation}"),
            ),
        }
    }

    /// What the bot may not do in a channel.
    async fn lacking(&self, channel: &Value, me: &Value) -> Result<Vec<String>, Failure> {
        let id = |value: &Value| value.as_str().and_then(|id| id.parse::<u64>().ok());
        // A conversation of two has no server, and nobody who forbids anything.
        let (Some(guild), Some(me)) = (id(&channel["guild_id"]), id(&me["id"])) else { return Ok(Vec::new()) };
        let roles = self.get("GET guilds/{}/roles", guild, format!("guilds/{guild}/roles")).await?;
        let member = self.get("GET guilds/{}/members/{}", guild, format!("guilds/{guild}/members/{me}")).await?;
        Ok(missing(in_channel(channel, &roles, &member), self.draws()))
    }
}

fn good(what: String) -> Finding {
    Finding { ok: true, what, mend: None }
}

fn bad(what: String, mend: &str) -> Finding {
    Finding { ok: false, what, mend: Some(mend.to_owned()) }
}
