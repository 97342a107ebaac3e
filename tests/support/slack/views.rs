//! Dialogs: `views.open`, which views Slack takes, and what it sends when one is sent off.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::api::{only, refuse};
use super::blocks::Check;
use super::{Inner, Interaction, LocalSlack, Through};

/// How long a press may open a dialog.
const TRIGGER_LIVES: Duration = Duration::from_secs(3);

/// What a press or a command may open.
pub(super) struct Trigger {
    user: String,
    born: Instant,
    used: bool,
}

/// A dialog that somebody sees.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Its id.
    pub(crate) id: String,
    /// Who sees it.
    pub(crate) user: String,
    /// As the bot asked for it.
    pub(crate) body: Value,
    /// It was sent off, and Slack was told nothing against it.
    pub(crate) closed: bool,
}

impl View {
    /// The name of each field and what stands there.
    pub(crate) fn fields(&self) -> Vec<(&str, &str)> {
        let blocks = self.body["blocks"].as_array().into_iter().flatten();
        let fields = blocks.map(|b| (b["block_id"].as_str(), b["element"]["initial_value"].as_str()));
        fields.map(|(name, value)| (name.unwrap_or_default(), value.unwrap_or_default())).collect()
    }

    /// What Slack sends when it is sent off with these texts; the other fields stay as they are.
    pub(super) fn submission(&self, user: &str, values: &[(&str, &str)]) -> Value {
        let mut view = self.body.clone();
        view["id"] = self.id.as_str().into();
        view["hash"] = "1700000000.abc".into();
        view["team_id"] = "T0LOCAL".into();
        let mut state = json!({});
        for block in self.body["blocks"].as_array().into_iter().flatten() {
            let name = block["block_id"].as_str().expect("a block has an id");
            let element = &block["element"];
            let given = values.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
            let text = given.or(element["initial_value"].as_str()).filter(|text| !text.is_empty());
            assert!(text.is_some() || block["optional"] == true, "Slack does not send it off without {name:?}");
            let action = element["action_id"].as_str().expect("an element has an id");
            state[name] = json!({action: {"type": "plain_text_input", "value": text}});
        }
        for (name, _) in values {
            assert!(state.get(name).is_some(), "no field {name:?} in {}", self.body);
        }
        view["state"] = json!({"values": state});
        json!({
            "type": "view_submission", "team": {"id": "T0LOCAL", "domain": "local"}, "enterprise": null,
            "user": {"id": user, "username": "do-not-trust", "team_id": "T0LOCAL"}, "api_app_id": "A0LOCAL",
            "token": "deprecated", "trigger_id": format!("{}.97.view", self.id), "view": view, "response_urls": [],
            "is_enterprise_install": false,
        })
    }
}

impl Inner {
    /// From now on this press may open a dialog.
    pub(super) fn arm(&mut self, trigger: &str, user: &str) {
        self.triggers.insert(trigger.to_owned(), Trigger { user: user.to_owned(), born: Instant::now(), used: false });
    }

    /// A dialog was acknowledged: what Slack does then, or what it would not understand.
    pub(super) fn sent_off(&mut self, view: &str, acknowledgement: &Value) -> Result<(), String> {
        let view = self.views.iter_mut().find(|v| v.id == view).ok_or("no such view")?;
        let fields: HashSet<&str> = view.fields().into_iter().map(|(name, _)| name).collect();
        match acknowledgement["response_action"].as_str() {
            None if acknowledgement.as_object().is_none_or(serde_json::Map::is_empty) => {
                view.closed = true;
                Ok(())
            }
            Some("errors") => match acknowledgement["errors"].as_object() {
                Some(errors) if !errors.is_empty() => {
                    let known = |(name, text): (&String, &Value)| {
                        fields.contains(name.as_str()) && text.as_str().is_some_and(|t| !t.is_empty())
                    };
                    if errors.iter().all(known) { Ok(()) } else { Err(format!("errors at no field: {errors:?}")) }
                }
                _ => Err("errors without any".to_owned()),
            },
            _ => Err(format!("a view was acknowledged with {acknowledgement}")),
        }
    }
}

impl LocalSlack {
    /// Every press is too old to open a dialog.
    pub(crate) fn expire_triggers(&self) {
        self.state.lock().triggers_expire = true;
    }

    /// Waits for a dialog that nobody has sent off.
    pub(crate) async fn wait_for_view(&self) -> View {
        self.state.wait("a dialog", |inner| inner.views.iter().find(|view| !view.closed).cloned()).await
    }

    /// Somebody sends a dialog off with these texts; the other fields stay as they are.
    pub(crate) async fn submit(&self, view: &View, values: &[(&str, &str)]) -> Interaction {
        self.submit_by(&view.user, view, values).await
    }

    /// The same by a person.
    pub(crate) async fn submit_by(&self, user: &str, view: &View, values: &[(&str, &str)]) -> Interaction {
        let token = format!("{}-{}", view.id, self.state.lock().next());
        let sent = self.deliver("interactive", view.submission(user, values), token, Through::Newest).await;
        self.note(view, &sent.ack);
        sent
    }

    /// The same over signed HTTP to `{bot}/slack/interactions`.
    pub(crate) async fn submit_http(&self, bot: &str, now_s: i64, view: &View, values: &[(&str, &str)]) -> Interaction {
        let fields = [("payload", &*view.submission(&view.user, values).to_string())];
        let (response, mut sent) =
            self.signed(&format!("{bot}/slack/interactions"), now_s, &fields, view.id.clone()).await;
        let body = response.bytes().await.expect("a body");
        sent.ack = serde_json::from_slice(&body).unwrap_or_default();
        self.note(view, &sent.ack);
        sent
    }

    fn note(&self, view: &View, acknowledgement: &Value) {
        if let Err(problem) = self.state.change(|inner| inner.sent_off(&view.id, acknowledgement)) {
            self.state.problem(problem);
        }
    }

    /// Every dialog so far.
    pub(crate) fn views(&self) -> Vec<View> {
        self.state.lock().views.clone()
    }
}

/// `views.open`.
pub(super) fn open(inner: &mut Inner, arguments: &Value) -> Result<Value, Value> {
    only(arguments, &["trigger_id", "view", "interactivity_pointer"])?;
    let expire = inner.triggers_expire;
    let trigger = arguments["trigger_id"].as_str().and_then(|id| inner.triggers.get_mut(id));
    let trigger = trigger.ok_or_else(|| refuse("invalid_trigger_id"))?;
    if trigger.used {
        return Err(refuse("exchanged_trigger_id"));
    }
    if expire || trigger.born.elapsed() > TRIGGER_LIVES {
        return Err(refuse("expired_trigger_id"));
    }
    let (user, view) = (trigger.user.clone(), &arguments["view"]);
    let problems = problems(view);
    if !problems.is_empty() {
        return Err(json!({"ok": false, "error": "invalid_arguments", "response_metadata": {"messages": problems}}));
    }
    trigger.used = true;
    let id = format!("V0{}", inner.next());
    inner.views.push(View { id: id.clone(), user, body: view.clone(), closed: false });
    let mut shown = view.clone();
    shown["id"] = id.into();
    Ok(json!({"view": shown}))
}

/// What Slack would complain about in a view; empty = accepted.
fn problems(view: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.keys(
        view,
        "/view",
        &[
            "type",
            "callback_id",
            "private_metadata",
            "title",
            "submit",
            "close",
            "blocks",
            "clear_on_close",
            "notify_on_close",
            "external_id",
        ],
    );
    check.expect(view["type"] == "modal", "/view/type", "unsupported type");
    for key in ["title", "submit", "close"] {
        if key == "title" || view.get(key).is_some() {
            check.text(&view[key], &format!("/view/{key}"), 24, &["plain_text"]);
        }
    }
    for (key, most) in [("callback_id", 255), ("private_metadata", 3000)] {
        if let Some(text) = view.get(key) {
            check.string(text, &format!("/view/{key}"), most);
        }
    }
    let blocks = check.items(view, "blocks", "/view", 100).to_vec();
    let mut ids = HashSet::new();
    for (n, block) in blocks.iter().enumerate() {
        let at = format!("/view/blocks/{n}");
        check.expect(block["type"] == "input", &at, "only inputs are known here");
        check.expect(view.get("submit").is_some(), "/view/submit", "a view with inputs needs it");
        check.keys(block, &at, &["type", "block_id", "label", "hint", "optional", "element", "dispatch_action"]);
        check.string(&block["block_id"], &format!("{at}/block_id"), 255);
        check.expect(ids.insert(block["block_id"].to_string()), &at, "block_id is not unique");
        check.text(&block["label"], &format!("{at}/label"), 2000, &["plain_text"]);
        if let Some(hint) = block.get("hint") {
            check.text(hint, &format!("{at}/hint"), 2000, &["plain_text"]);
        }
        let (element, at) = (&block["element"], format!("{at}/element"));
        check.expect(element["type"] == "plain_text_input", &at, "only plain text is known here");
        check.keys(
            element,
            &at,
            &[
                "type",
                "action_id",
                "initial_value",
                "placeholder",
                "multiline",
                "min_length",
                "max_length",
                "focus_on_load",
            ],
        );
        check.string(&element["action_id"], &format!("{at}/action_id"), 255);
        if let Some(value) = element.get("initial_value") {
            check.string(value, &format!("{at}/initial_value"), 3000);
        }
        if let Some(placeholder) = element.get("placeholder") {
            check.text(placeholder, &format!("{at}/placeholder"), 150, &["plain_text"]);
        }
    }
    check.expect(view.to_string().len() <= 250_000, "/view", "view_too_large");
    check.problems
}
