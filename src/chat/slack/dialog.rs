//! Dialogs: a view that is opened the moment its command comes, and what is said when it is sent off.
//!
//! Slack lets a dialog be opened within three seconds of the press, once, so that happens beside the queue, not behind
//! it. A view that was sent off brings neither a channel nor an address for the answer: both travel in its private
//! metadata, which people cannot change, together with the command and the person it was opened for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::client::{Arguments, Client};
use super::error::ApiError;
use super::render::{plain, shorten};
use crate::chat::{Inbound, text};
use crate::domain::form::{Blank, Filled, Form};

/// Of our views.
pub(super) const CALLBACK: &str = "form";

/// The only element of each block.
const ELEMENT: &str = "value";

/// What people are told when more commands wait than can.
const BUSY: &str = "Deskbell is answering many questions just now; please send it again in a moment.";

/// Slack's limits.
mod limit {
    /// Of a title and of what a button says.
    pub(super) const TITLE: usize = 24;
    pub(super) const METADATA: usize = 3000;
    pub(super) const TEXT: usize = 2000;
    pub(super) const INITIAL: usize = 3000;
    /// Slack names none for what is said at a field; more is not read there.
    pub(super) const MISTAKE: usize = 200;
}

/// What is remembered of where a dialog was opened.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    /// What the blanks complete.
    pub(super) command: String,
    /// For whom it was opened.
    pub(super) user: String,
    pub(super) channel: String,
    /// Where the answer goes.
    pub(super) response_url: String,
    /// It takes the place of the message with the button.
    pub(super) in_place: bool,
}

/// A dialog to be opened at once.
#[derive(Debug)]
pub struct Dialog {
    trigger: String,
    view: Value,
    /// What is answered if it cannot be opened.
    instead: Box<Inbound>,
}

impl Dialog {
    /// A dialog that `view` shows; `instead` is the command that asks for it.
    pub(super) fn new(trigger: String, view: Value, instead: Inbound) -> Self {
        Self { trigger, view, instead: Box::new(instead) }
    }

    /// The interaction that asks for it, for de-duplication.
    pub(super) fn id(&self) -> &str {
        &self.instead.id
    }

    /// Opens it. Where that fails, the command is answered, which says how to type what is missing.
    pub async fn open(self, client: &Client, inbound: &mpsc::Sender<Inbound>) {
        let arguments = json!({"trigger_id": self.trigger, "view": self.view});
        match client.call("views.open", Arguments::Json(arguments)).await {
            Ok(_) => {}
            // It is open: somebody repeats the press.
            Err(error) if error.code() == Some("exchanged_trigger_id") => {}
            Err(error) => self.give_up(&error, inbound).await,
        }
    }

    async fn give_up(self, error: &ApiError, inbound: &mpsc::Sender<Inbound>) {
        tracing::warn!(error = error.sentence(), "a dialog could not be opened");
        if inbound.send(*self.instead).await.is_err() {
            tracing::debug!("a press arrived while stopping");
        }
    }
}

/// A form as a view; `None` if there is too much to remember of it.
pub(super) fn view(form: &Form, memory: &Memory) -> Option<Value> {
    let metadata = json!(memory).to_string();
    (metadata.encode_utf16().count() <= limit::METADATA).then(|| shown(form, &metadata))
}

fn shown(form: &Form, metadata: &str) -> Value {
    let words = |text: &str, most: usize| plain(&shorten(&text::one_line(text), most));
    let block = |blank: &Blank| {
        let mut element = json!({"type": "plain_text_input", "action_id": ELEMENT});
        if let Some(value) = &blank.value {
            element["initial_value"] = shorten(&text::one_line(value), limit::INITIAL).into();
        }
        json!({
            "type": "input", "block_id": blank.name, "label": words(&blank.label, limit::TEXT),
            "hint": words(&blank.hint, limit::TEXT), "optional": blank.optional, "element": element,
        })
    };
    json!({
        "type": "modal", "callback_id": CALLBACK, "private_metadata": metadata,
        "title": words(&form.title, limit::TITLE), "submit": words(&form.submit, limit::TITLE),
        "close": plain("Cancel"), "blocks": form.blanks.iter().map(block).collect::<Vec<_>>(),
    })
}

/// A view as Slack sends it when it is sent off.
#[derive(Deserialize)]
pub(super) struct View {
    pub(super) id: String,
    pub(super) callback_id: String,
    #[serde(default)]
    pub(super) private_metadata: String,
    #[serde(default)]
    state: State,
}

#[derive(Default, Deserialize)]
struct State {
    /// By block, then by element, as JSON: only texts are ours.
    #[serde(default)]
    values: Map<String, Value>,
}

impl View {
    /// What was filled in, by the names of the blanks.
    pub(super) fn values(&self) -> Vec<(String, String)> {
        let value = |entered: &Value| entered[ELEMENT]["value"].as_str().unwrap_or_default().to_owned();
        self.state.values.iter().map(|(blank, entered)| (blank.clone(), value(entered))).collect()
    }
}

/// A dialog that was sent off.
#[derive(Debug)]
pub struct Submission {
    /// The command that came of it, or what Slack is to say at the fields.
    command: Result<Box<Inbound>, Value>,
    /// Where something is said that is about none of the fields.
    field: String,
}

impl Submission {
    /// `command` makes the command of the text, once there is nothing wrong with it.
    pub(super) fn new(view: &View, filled: Filled, command: impl FnOnce(String) -> Inbound) -> Self {
        let field = view.state.values.keys().next().cloned().unwrap_or_default();
        let mistakes = filled.mistakes.iter().map(|m| (m.blank.as_str(), m.message.as_str()));
        let command = match errors(mistakes) {
            Some(errors) => Err(errors),
            None => Ok(Box::new(command(filled.text))),
        };
        Self { command, field }
    }

    /// Hands the command over, and says what the acknowledgement must hold: without anything, the dialog closes.
    /// `queue` says whether there was room.
    pub fn take(self, queue: impl FnOnce(Inbound) -> bool) -> Option<Value> {
        match self.command {
            Ok(command) => match queue(*command) {
                true => None,
                false => errors(std::iter::once((self.field.as_str(), BUSY))),
            },
            Err(errors) => Some(errors),
        }
    }
}

fn errors<'a>(mistakes: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Value> {
    let said: Map<String, Value> =
        mistakes.map(|(field, what)| (field.to_owned(), shorten(what, limit::MISTAKE).into())).collect();
    (!said.is_empty()).then(|| json!({"response_action": "errors", "errors": said}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::text::fixtures;

    #[test]
    fn a_form_as_a_view() {
        insta::assert_json_snapshot!(shown(&fixtures::form(), "{}"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_never_sent() {
        let long = "\u{202e}<!here> ".repeat(4000);
        let mut form = fixtures::form();
        form.title.clone_from(&long);
        for blank in &mut form.blanks {
            (blank.label, blank.hint, blank.value) = (long.clone(), long.clone(), Some(long.clone()));
        }
        let view = shown(&form, "{}");
        let text = |value: &Value| value["text"].as_str().expect("text").encode_utf16().count();
        assert!(text(&view["title"]) <= 24);
        for block in view["blocks"].as_array().expect("blocks") {
            assert!(text(&block["label"]) <= 2000 && text(&block["hint"]) <= 2000);
            assert_eq!(block["label"]["type"], "plain_text", "nothing in it is markup");
        }
        assert!(view.to_string().len() < 250_000);
    }
}
