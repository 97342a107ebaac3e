//! Rows of lists to choose from and of buttons. The command that comes back is the id of a button and the value of a
//! choice, so they work at any age of the message; how an id begins says whether the answer takes the message's place.

use serde::Serialize;

use super::super::super::text;
use super::super::markdown::{plain, units};
use super::limit;
use crate::domain::message::{Action, ActionKind, Menu, Tone};

/// How the id of a button begins that brings a command back; of one whose answer takes the place of the message; of a
/// list of such.
pub(in super::super) const CALL: &str = "call:";
pub(in super::super) const EDIT: &str = "edit:";
pub(in super::super) const MENU: &str = "menu:";

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    #[serde(rename = "type")]
    kind: u8,
    /// Ours to choose; Discord keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<u32>,
    components: Vec<Control>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Control {
    Button(Button),
    List(List),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Button {
    #[serde(rename = "type")]
    kind: u8,
    style: u8,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct List {
    #[serde(rename = "type")]
    kind: u8,
    custom_id: String,
    placeholder: String,
    options: Vec<ListOption>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ListOption {
    label: String,
    /// Beneath what it stands elsewhere: Discord's lists have no groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    value: String,
    default: bool,
}

impl Row {
    fn of(components: Vec<Control>) -> Self {
        Self { kind: 1, id: None, components }
    }
}

/// Rows of lists and of buttons, and how many buttons could not be shown.
pub(super) fn rows(menus: &[Menu], actions: &[Action], tone: Tone) -> (Vec<Row>, usize) {
    let lists = menus.iter().enumerate().filter_map(|(n, menu)| list(n, menu)).take(limit::LISTS);
    let mut rows: Vec<Row> = lists.map(|list| Row::of(vec![Control::List(list)])).collect();
    let room = (limit::ROWS - rows.len()) * limit::BUTTONS_A_ROW;
    let mut shown: Vec<Button> = Vec::new();
    for action in actions {
        let Some(button) = button(action) else { continue };
        // Discord refuses a message in which two buttons have one id.
        let is_new = button.custom_id.is_none() || shown.iter().all(|other| other.custom_id != button.custom_id);
        if is_new && shown.len() < room {
            shown.push(button);
        }
    }
    let left_out = actions.len() - shown.len();
    // What can be changed is an answer, which asks for nothing.
    let urgent = matches!(tone, Tone::Warning | Tone::Bad) && menus.is_empty();
    if let Some(first) = shown.iter_mut().find(|button| button.custom_id.is_some()).filter(|_| urgent) {
        first.style = 1;
    }
    let mut rest = shown.into_iter().peekable();
    while rest.peek().is_some() {
        rows.push(Row::of(rest.by_ref().take(limit::BUTTONS_A_ROW).map(Control::Button).collect()));
    }
    (rows, left_out)
}

/// `None` when Discord could not show it: not a web address, or a command that is too long.
fn button(action: &Action) -> Option<Button> {
    let label = plain(&action.label, limit::LABEL);
    let label = if label.is_empty() { "…".to_owned() } else { label };
    let button = |style, url, custom_id| Button { kind: 2, style, label, url, custom_id };
    let id = |kind, command| Some(format!("{kind}{command}")).filter(|id| id.len() <= limit::CUSTOM_ID);
    match &action.does {
        ActionKind::Open { url } => {
            let url = text::web_address(url).filter(|url| units(url) <= limit::BUTTON_URL)?;
            Some(button(5, Some(url), None))
        }
        ActionKind::Command(command) => Some(button(2, None, Some(id(CALL, command)?))),
        ActionKind::Refine(command) => Some(button(2, None, Some(id(EDIT, command)?))),
    }
}

/// A list, unless there is nothing to choose.
fn list(n: usize, menu: &Menu) -> Option<List> {
    let mut options: Vec<ListOption> = Vec::new();
    for choice in &menu.choices {
        let label = plain(&choice.label, limit::CHOICE);
        let fits = !label.is_empty() && (1..=limit::CHOICE).contains(&choice.command.len());
        let is_new = options.iter().all(|other| other.value != choice.command);
        if fits && is_new && options.len() < limit::CHOICES {
            // One choice may be shown as made.
            let default = choice.chosen && options.iter().all(|other| !other.default);
            let group = choice.group.as_deref().map(|group| plain(group, limit::CHOICE));
            let description = group.filter(|group| !group.is_empty());
            options.push(ListOption { label, description, value: choice.command.clone(), default });
        }
    }
    let placeholder = plain(&menu.label, limit::PLACEHOLDER);
    (!options.is_empty()).then(|| List { kind: 3, custom_id: format!("{MENU}{n}"), placeholder, options })
}
