//! What Discord refuses in messages and commands, and what we demand of the bot beside it.

use serde_json::{Value, json};

use super::rest::{Refusal, refuse};

/// What Discord checks on every message, and what we demand beside it.
pub(super) fn message(body: &Value) -> Result<(), Refusal> {
    let size = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let blank = |value: &Value| value.as_str().is_none_or(|text| text.trim().is_empty());
    let embeds = list(&body["embeds"]);
    let mut total = 0;
    let mut wrong = Vec::new();
    let mut demand = |ok: bool, what: &'static str| {
        if !ok {
            wrong.push(what);
        }
    };
    demand(mentions_as_allowed(body), "allowed_mentions must allow those who are called and nobody else");
    demand(size(&body["content"]) <= 2000, "content is longer than 2000");
    demand(embeds.len() <= 10, "more than 10 embeds");
    demand(!blank(&body["content"]) || !embeds.is_empty(), "an empty message");
    for embed in &embeds {
        let fields = list(&embed["fields"]);
        let texts = [(&embed["title"], 256), (&embed["description"], 4096), (&embed["footer"]["text"], 2048)];
        for (text, most) in texts {
            demand(size(text) <= most, "an embed's text is too long");
            total += size(text);
        }
        demand(!blank(&embed["title"]) || !blank(&embed["description"]) || !fields.is_empty(), "an empty embed");
        demand(fields.len() <= 25, "more than 25 fields");
        for field in &fields {
            demand(!blank(&field["name"]) && size(&field["name"]) <= 256, "a field's name");
            demand(!blank(&field["value"]) && size(&field["value"]) <= 1024, "a field's value");
            total += size(&field["name"]) + size(&field["value"]);
        }
    }
    demand(total <= 6000, "more than 6000 characters over all embeds");
    let rows = list(&body["components"]);
    demand(rows.len() <= 5, "more than 5 rows");
    let mut ids = std::collections::HashSet::new();
    for row in &rows {
        let buttons = list(&row["components"]);
        demand((1..=5).contains(&buttons.len()), "a row of no or too many buttons");
        for button in &buttons {
            if button["type"] == 3 {
                demand(buttons.len() == 1, "a list needs a row of its own");
                demand(choices(button), "the choices of a list");
                let id = &button["custom_id"];
                demand(!blank(id) && size(id) <= 100 && size(&button["placeholder"]) <= 150, "a list");
                demand(ids.insert(id.to_string()), "two controls with one id");
                continue;
            }
            demand(!blank(&button["label"]) && size(&button["label"]) <= 80, "a button's label");
            let (id, url) = (&button["custom_id"], &button["url"]);
            demand(
                if button["style"] == 5 { id.is_null() && !blank(url) } else { url.is_null() && !blank(id) },
                "a button",
            );
            demand(size(id) <= 100 && size(url) <= 512, "a button's id or address is too long");
            demand(id.is_null() || ids.insert(id.to_string()), "two buttons with one id");
        }
    }
    if wrong.is_empty() { Ok(()) } else { refuse(400, 50035, format!("Invalid Form Body: {}", wrong.join(", "))) }
}

/// Those of a list: 1 to 25, each with a value of its own, at most one shown as chosen.
fn choices(list: &Value) -> bool {
    let options = list["options"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| (1..=100).contains(&value.as_str().map_or(0, |text| text.encode_utf16().count()));
    let values: std::collections::HashSet<String> = options.iter().map(|o| o["value"].to_string()).collect();
    (1..=25).contains(&options.len())
        && values.len() == options.len()
        && options.iter().all(|o| text(&o["label"]) && text(&o["value"]))
        && options.iter().all(|o| o["description"].is_null() || text(&o["description"]))
        && options.iter().filter(|o| o["default"] == true).count() <= 1
}

/// Nobody is notified but those whom the bot names both in the text and in the permission.
fn mentions_as_allowed(body: &Value) -> bool {
    let allowed = &body["allowed_mentions"];
    let content = body["content"].as_str().unwrap_or_default();
    let named = |key: &str, open: &str| {
        let ids = allowed[key].as_array().cloned().unwrap_or_default();
        ids.iter().all(|id| content.contains(&format!("{open}{}>", id.as_str().unwrap_or("?"))))
    };
    let everyone = content.contains("@here") || content.contains("@everyone");
    let parse = allowed["parse"] == json!([]) || (allowed["parse"] == json!(["everyone"]) && everyone);
    parse && named("users", "<@") && named("roles", "<@&")
}

pub(super) fn commands(body: &Value) -> Result<(), Refusal> {
    let name_ok = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        let legal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
        (1..=32).contains(&name.chars().count()) && name.chars().all(legal) && name == name.to_lowercase()
    };
    let described = |value: &Value| (1..=100).contains(&value["description"].as_str().map_or(0, |d| d.chars().count()));
    let option_ok = |option: &Value| {
        let choices = option["choices"].as_array().map_or(0, Vec::len);
        name_ok(&option["name"])
            && described(option)
            && choices <= 25
            && !(choices > 0 && option["autocomplete"] == true)
    };
    let command_ok = |command: &Value| {
        let options = command["options"].as_array().cloned().unwrap_or_default();
        name_ok(&command["name"]) && described(command) && options.len() <= 25 && options.iter().all(option_ok)
    };
    let commands = body.as_array().cloned().unwrap_or_default();
    match commands.iter().find(|command| !command_ok(command)) {
        None if body.is_array() => Ok(()),
        wrong => refuse(400, 50035, format!("Invalid Form Body: {wrong:?}")),
    }
}
