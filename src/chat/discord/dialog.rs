//! Dialogs: what a press or a command is answered with at once, and what comes back when one is sent off.
//!
//! Rows of text inputs rather than labelled ones: of the newer kind serenity loses what was filled in. Discord has no
//! place to say what is wrong with a field, so that is said in a message, as it is when the command was typed.

use serde_json::{Value, json};
use serenity::all::{ActionRowComponent, ModalInteraction};

use super::markdown::plain;
use crate::domain::form::{Blank, Form};

/// How the id of a dialog begins whose answer is a message of its own, and of one whose answer takes the place of the
/// message with the button.
const NEW: &str = "form:";
const EDIT: &str = "form-edit:";

/// Discord's limits.
mod limit {
    pub(super) const ID: usize = 100;
    /// Of a title and of a label.
    pub(super) const TITLE: usize = 45;
    pub(super) const PLACEHOLDER: usize = 100;
    pub(super) const VALUE: usize = 4000;
    pub(super) const ROWS: usize = 5;
}

/// The response that opens a dialog; `None` if its command is too long to come back.
pub(super) fn response(form: &Form, in_place: bool) -> Option<Value> {
    let id = format!("{}{}", if in_place { EDIT } else { NEW }, form.command);
    let row = |blank: &Blank| {
        let mut input = json!({
            "type": 4, "style": 1, "custom_id": blank.name, "label": plain(&blank.label, limit::TITLE),
            "placeholder": plain(&blank.hint, limit::PLACEHOLDER), "required": !blank.optional,
        });
        if let Some(value) = &blank.value {
            input["value"] = plain(value, limit::VALUE).into();
        }
        json!({"type": 1, "components": [input]})
    };
    let rows: Vec<Value> = form.blanks.iter().take(limit::ROWS).map(row).collect();
    (id.len() <= limit::ID).then(
        || json!({"type": 9, "data": {"custom_id": id, "title": plain(&form.title, limit::TITLE), "components": rows}}),
    )
}

/// The command that a dialog completes, and whether its answer takes the place of the message; `None` for ids that we
/// did not give out.
pub(super) fn command(sent: &ModalInteraction) -> Option<(&str, bool)> {
    let id = &sent.data.custom_id;
    id.strip_prefix(NEW).map(|text| (text, false)).or_else(|| id.strip_prefix(EDIT).map(|text| (text, true)))
}

/// What was filled in, by the names of the blanks.
pub(super) fn values(sent: &ModalInteraction) -> Vec<(String, String)> {
    let inputs = sent.data.components.iter().flat_map(|row| &row.components);
    let value = |component: &ActionRowComponent| match component {
        ActionRowComponent::InputText(input) => {
            Some((input.custom_id.clone(), input.value.clone().unwrap_or_default()))
        }
        _ => None,
    };
    inputs.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::text::fixtures;

    #[test]
    fn a_form_as_a_response() {
        insta::assert_json_snapshot!(response(&fixtures::form(), true));
    }

    #[test]
    fn what_is_too_long_is_cut_and_a_command_that_is_has_no_dialog() {
        let long = "\u{202e}@everyone ".repeat(4000);
        let mut form = fixtures::form();
        form.title.clone_from(&long);
        for blank in &mut form.blanks {
            (blank.label, blank.hint, blank.value) = (long.clone(), long.clone(), Some(long.clone()));
        }
        let response = response(&form, false).expect("a dialog");
        let size = |value: &Value| value.as_str().expect("text").encode_utf16().count();
        assert!(size(&response["data"]["title"]) <= 45);
        for row in response["data"]["components"].as_array().expect("rows") {
            let input = &row["components"][0];
            assert!(size(&input["label"]) <= 45 && size(&input["placeholder"]) <= 100 && size(&input["value"]) <= 4000);
        }
        let form = Form { command: "x".repeat(96), ..form };
        assert!(super::response(&form, false).is_none());
    }
}
