//! Slash commands and clicks as Slack words them.

use serde_json::{Value, json};

use super::{LocalSlack, Posted, Response};

impl LocalSlack {
    fn response_url(&self, trigger: &str, channel: &str) -> (String, String) {
        let token = format!("r{trigger}").replace('.', "");
        self.state.lock().responses.insert(token.clone(), (channel.to_owned(), Vec::new()));
        let url = format!("http://{}/response/{token}", self.state.http);
        (token, url)
    }

    fn trigger(&self) -> String {
        format!("{}.98.abc", self.state.lock().next())
    }

    pub(super) fn slash_payload(&self, user: &str, channel: &str, text: &str) -> (String, Value) {
        let (command, text) = text.split_once(' ').unwrap_or((text, ""));
        let trigger = self.trigger();
        let (token, response_url) = self.response_url(&trigger, &self.channel(channel));
        self.state.lock().arm(&trigger, user);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let payload = json!({
            "token": "deprecated", "team_id": "T0LOCAL", "team_domain": "local", "channel_id": self.channel(channel),
            "channel_name": channel, "user_id": user, "user_name": "do-not-trust", "command": command, "text": text,
            "api_app_id": "A0LOCAL", "is_enterprise_install": "false", "response_url": response_url,
            "trigger_id": trigger,
        });
        (token, payload)
    }

    /// The press of a button, or a choice from a list, of what stands somewhere.
    pub(super) fn press_payload(&self, on: &Pressed<'_>, label: &str) -> (String, Value) {
        let elements = on.blocks.iter().filter(|b| b["type"] == "actions").flat_map(|b| b["elements"].as_array());
        let pressed = elements.flatten().find_map(|element| {
            let mut action = element.clone();
            if element["type"] == "static_select" {
                let groups = element["option_groups"].as_array().into_iter().flatten();
                let mut options = groups.chain([element]).filter_map(|list| list["options"].as_array()).flatten();
                let option = options.find(|o| o["text"]["text"] == label)?;
                action["selected_option"] = option.clone();
                action.as_object_mut()?.remove("options");
                action.as_object_mut()?.remove("option_groups");
                return Some(action);
            }
            (element["text"]["text"] == label).then_some(action)
        });
        let mut action = pressed.unwrap_or_else(|| panic!("no {label:?} among {:#?}", on.blocks));
        let trigger = self.trigger();
        let (token, response_url) = self.response_url(&trigger, on.channel);
        self.state.lock().presses.insert(token.clone());
        self.state.lock().arm(&trigger, on.user);
        action["action_ts"] = format!("{trigger}.2").into();
        let mut payload = json!({
            "type": "block_actions", "user": {"id": on.user, "username": "do-not-trust", "team_id": "T0LOCAL"},
            "api_app_id": "A0LOCAL", "container": {
                "type": if on.attached { "message_attachment" } else { "message" },
                "message_ts": on.ts, "channel_id": on.channel, "is_ephemeral": on.ephemeral,
            },
            "trigger_id": trigger, "team": {"id": "T0LOCAL", "domain": "local"}, "enterprise": null,
            "channel": {"id": on.channel, "name": "whatever"}, "state": {"values": {}},
            "response_url": response_url, "actions": [action],
        });
        if !on.ephemeral {
            // Of what only one person sees, Slack sends no copy along.
            payload["message"] = json!({"ts": on.ts, "text": on.text, "metadata": on.metadata});
        }
        (token, payload)
    }
}

/// Where somebody presses something.
pub(super) struct Pressed<'a> {
    pub(super) user: &'a str,
    pub(super) channel: &'a str,
    pub(super) ts: &'a str,
    pub(super) text: &'a str,
    pub(super) metadata: Value,
    pub(super) blocks: &'a [Value],
    pub(super) attached: bool,
    pub(super) ephemeral: bool,
}

impl<'a> Pressed<'a> {
    pub(super) fn message(message: &'a Posted) -> Self {
        Self {
            user: "U0ANNA",
            channel: &message.channel,
            ts: &message.ts,
            text: &message.text,
            metadata: message.metadata.clone(),
            blocks: &message.blocks,
            attached: !message.attachments.is_empty(),
            ephemeral: false,
        }
    }

    pub(super) fn answer(answer: &'a Response, user: &'a str) -> Self {
        Self {
            user,
            channel: &answer.channel,
            ts: &answer.ts,
            text: &answer.text,
            metadata: Value::Null,
            blocks: &answer.blocks,
            attached: false,
            ephemeral: !answer.shared,
        }
    }
}

/// The fields of a slash command.
pub(super) fn pairs(payload: &Value) -> Vec<(&str, &str)> {
    let fields = payload.as_object().expect("built here").iter();
    fields.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect()
}

/// A form has the encoding of a URL's query.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://form/").expect("constant");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}
