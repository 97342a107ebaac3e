//! Buttons and lists to choose from. The command that comes back is their value, so they work at any age of the
//! message; the id says whether its answer takes the place of the message.

use serde_json::{Value, json};

use super::inline::{shorten, units};
use super::{limit, plain};
use crate::chat::text;
use crate::domain::message::{Action, ActionKind, Choice, Menu};

/// How the ids of what changes a message begin.
pub(in crate::chat::slack) const REFINES: [&str; 2] = ["edit:", "menu:"];

/// The row of buttons, and how many there is no room for.
pub(super) fn buttons(actions: &[Action]) -> (Option<Value>, usize) {
    let mut elements: Vec<Value> = actions.iter().enumerate().filter_map(|(n, action)| button(n, action)).collect();
    elements.truncate(limit::BUTTONS);
    let left_out = actions.len() - elements.len();
    (row(elements), left_out)
}

/// The row of lists.
pub(super) fn menus(menus: &[Menu]) -> Option<Value> {
    row(menus.iter().enumerate().filter_map(|(n, menu)| list(n, menu)).take(limit::MENUS).collect())
}

fn row(elements: Vec<Value>) -> Option<Value> {
    (!elements.is_empty()).then(|| json!({"type": "actions", "elements": elements}))
}

/// A button, unless its address is not one of the web or its command too long: neither can be shortened.
fn button(n: usize, action: &Action) -> Option<Value> {
    let label = |otherwise: &str| {
        let label = text::one_line(&action.label);
        plain(&shorten(if label.is_empty() { otherwise } else { &label }, limit::LABEL))
    };
    let calls = |kind: &str, command: &str| {
        let fits = !command.trim().is_empty() && units(command) <= limit::VALUE;
        fits.then(|| {
            let text = label(&text::one_line(command));
            json!({"type": "button", "text": text, "action_id": format!("{kind}:{n}"), "value": command})
        })
    };
    match &action.does {
        ActionKind::Open { url } => {
            let url = text::web_address(url).filter(|url| units(url) <= limit::URL)?;
            Some(json!({"type": "button", "text": label("Open"), "action_id": format!("open:{n}"), "url": url}))
        }
        ActionKind::Command(command) => calls("call", command),
        ActionKind::Refine(command) => calls("edit", command),
    }
}

/// A list, unless there is nothing to choose.
fn list(n: usize, menu: &Menu) -> Option<Value> {
    let option = |choice: &Choice| {
        let label = text::one_line(&choice.label);
        let fits = !choice.command.trim().is_empty() && units(&choice.command) <= limit::CHOICE_VALUE;
        (fits && !label.is_empty()).then(|| {
            let option = json!({"text": plain(&shorten(&label, limit::CHOICE)), "value": choice.command});
            (choice.chosen, option)
        })
    };
    let shown = |choice| Some((choice, option(choice)?));
    let shown: Vec<(&Choice, (bool, Value))> = menu.choices.iter().filter_map(shown).take(limit::CHOICES).collect();
    let label = text::one_line(&menu.label);
    let placeholder = shorten(if label.is_empty() { "…" } else { &label }, limit::PLACEHOLDER);
    let mut list = json!({
        "type": "static_select", "action_id": format!("menu:{n}"), "placeholder": plain(&placeholder),
    });
    let options =
        |of: &[(&Choice, (bool, Value))]| of.iter().map(|(_, (_, option))| option.clone()).collect::<Vec<_>>();
    if shown.iter().all(|(choice, _)| choice.group.is_some()) {
        let groups = shown.chunk_by(|(a, _), (b, _)| a.group == b.group).map(|of| {
            let name = text::one_line(of[0].0.group.as_deref().unwrap_or_default());
            let name = if name.is_empty() { "…" } else { &name };
            json!({"label": plain(&shorten(name, limit::CHOICE)), "options": options(of)})
        });
        list["option_groups"] = groups.collect();
    } else {
        list["options"] = options(&shown).into();
    }
    if let Some((_, (_, chosen))) = shown.iter().find(|(_, (chosen, _))| *chosen) {
        list["initial_option"] = chosen.clone();
    }
    (!shown.is_empty()).then_some(list)
}
