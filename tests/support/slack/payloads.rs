//! Slash commands and clicks as Slack words them.

use serde_json::{Value, json};

use super::{LocalSlack, Posted};

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
        let (token, response_url) = self.response_url(&trigger, channel);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let payload = json!({
            "token": "deprecated", "team_id": "T0LOCAL", "team_domain": "local", "channel_id": self.channel(channel),
            "channel_name": channel, "user_id": user, "user_name": "do-not-trust", "command": command, "text": text,
            "api_app_id": "A0LOCAL", "is_enterprise_install": "false", "response_url": response_url,
            "trigger_id": trigger,
        });
        (token, payload)
    }

    pub(super) fn click_payload(&self, message: &Posted, label: &str) -> (String, Value) {
        let buttons = message.blocks.iter().filter(|b| b["type"] == "actions").flat_map(|b| b["elements"].as_array());
        let mut buttons = buttons.flatten();
        let button = buttons
            .find(|b| b["text"]["text"] == label)
            .unwrap_or_else(|| panic!("no button {label:?} in {message:#?}"));
        let trigger = self.trigger();
        let (token, response_url) = self.response_url(&trigger, &message.channel);
        let mut action = button.clone();
        action["action_ts"] = format!("{trigger}.2").into();
        let payload = json!({
            "type": "block_actions", "user": {"id": "U0ANNA", "username": "do-not-trust", "team_id": "T0LOCAL"},
            "api_app_id": "A0LOCAL", "container": {
                "type": if message.attachments.is_empty() { "message" } else { "message_attachment" },
                "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": false,
            },
            "trigger_id": trigger, "team": {"id": "T0LOCAL", "domain": "local"}, "enterprise": null,
            "channel": {"id": message.channel, "name": "whatever"}, "state": {"values": {}},
            "message": {"ts": message.ts, "text": message.text, "metadata": message.metadata},
            "response_url": response_url, "actions": [action],
        });
        (token, payload)
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
