//! Dialogs: which Discord takes, and what it sends when one is sent off.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::rest::{Refusal, refuse};
use super::{Interaction, Invocation, LocalDiscord};

impl Interaction {
    /// A dialog has no message that could be edited.
    pub(super) fn is_answerable(&self) -> bool {
        self.ack.as_ref().is_some_and(|ack| ack.response["type"] != 9)
    }
}

impl LocalDiscord {
    /// Waits for the dialog that a press or a command is answered with.
    pub async fn wait_for_dialog(&self, invocation: &Invocation) -> Value {
        let response = self.wait_for_ack(invocation).await.response;
        assert_eq!(response["type"], 9, "no dialog: {response}");
        response["data"].clone()
    }

    /// Sends off the dialog that something was answered with, with these texts; the other fields stay as they are.
    pub async fn submit(&self, opened: &Invocation, values: &[(&str, &str)]) -> Invocation {
        let dialog = self.wait_for_dialog(opened).await;
        let rows = dialog["components"].as_array().cloned().unwrap_or_default();
        let filled = rows.iter().map(|row| {
            let input = &row["components"][0];
            let name = input["custom_id"].as_str().expect("an id");
            let given = values.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
            let text = given.or(input["value"].as_str()).unwrap_or_default();
            assert!(!text.is_empty() || input["required"] == false, "Discord does not send it off without {name:?}");
            json!({"type": 1, "components": [{"type": 4, "custom_id": name, "value": text}]})
        });
        let filled: Vec<Value> = filled.collect();
        let names = Value::from(filled.clone()).to_string();
        assert!(values.iter().all(|(name, _)| names.contains(&format!("\"{name}\""))), "no such field: {dialog}");
        let data = json!({"custom_id": dialog["custom_id"], "components": filled});
        let message = self.inside().interactions[&opened.token].message.clone();
        self.interact(5, data, message).await
    }
}

/// What Discord checks of a dialog.
pub(super) fn check(dialog: &Value) -> Result<(), Refusal> {
    let size = |value: &Value| value.as_str().map_or(0, |text| text.encode_utf16().count());
    let filled = |value: &Value, most: usize| (1..=most).contains(&size(value));
    let optional = |value: &Value, most: usize| value.is_null() || size(value) <= most && value.is_string();
    let rows = dialog["components"].as_array().cloned().unwrap_or_default();
    let mut ids = HashSet::new();
    let mut is_row = |row: &Value| {
        let inputs = row["components"].as_array().cloned().unwrap_or_default();
        let [input] = inputs.as_slice() else { return false };
        let known =
            ["type", "style", "custom_id", "label", "placeholder", "required", "value", "min_length", "max_length"];
        row["type"] == 1
            && input["type"] == 4
            && matches!(input["style"].as_u64(), Some(1 | 2))
            && input.as_object().is_some_and(|input| input.keys().all(|key| known.contains(&key.as_str())))
            && filled(&input["custom_id"], 100)
            && ids.insert(input["custom_id"].to_string())
            && filled(&input["label"], 45)
            && optional(&input["placeholder"], 100)
            && optional(&input["value"], 4000)
    };
    let fine = filled(&dialog["custom_id"], 100)
        && filled(&dialog["title"], 45)
        && (1..=5).contains(&rows.len())
        && rows.iter().all(&mut is_row);
    if fine { Ok(()) } else { refuse(400, 50035, format!("Invalid Form Body: {dialog}")) }
}
