//! What people see on Discord, and that nothing can make it leave the limits.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::chat::text::fixtures;
use crate::domain::message::{Column, Table, Text};

fn json(message: &Message) -> Value {
    serde_json::to_value(render(message)).expect("plain data")
}

/// Everything Discord would refuse.
fn faults(body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |ok: bool, what: &str| {
        if !ok {
            faults.push(what.to_owned());
        }
    };
    let size = |value: &Value| value.as_str().map_or(0, units);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());

    check(size(&body["content"]) <= 2000, "content");
    check(body["allowed_mentions"] == serde_json::json!({"parse": []}), "allowed_mentions");
    let embeds = list(&body["embeds"]);
    check(embeds.len() <= 10, "embeds");
    check(!blank(&body["content"]) || !embeds.is_empty(), "empty message");
    let mut total = 0;
    for embed in &embeds {
        check(size(&embed["description"]) <= 4096 && !blank(&embed["description"]), "description");
        check(size(&embed["footer"]["text"]) <= 2048 && !blank(&embed["footer"]["text"]), "footer");
        total += size(&embed["description"]) + size(&embed["footer"]["text"]);
        let fields = list(&embed["fields"]);
        check(fields.len() <= 25, "fields");
        for field in &fields {
            check(size(&field["name"]) <= 256 && !blank(&field["name"]), "field name");
            check(size(&field["value"]) <= 1024 && !blank(&field["value"]), "field value");
            total += size(&field["name"]) + size(&field["value"]);
        }
        let shows_something = !embed["description"].is_null() || !fields.is_empty();
        check(shows_something, "empty embed");
    }
    check(total <= 6000, "sum over all embeds");
    let rows = list(&body["components"]);
    check(rows.len() <= 5, "rows");
    let mut ids = std::collections::HashSet::new();
    for row in &rows {
        let buttons = list(&row["components"]);
        check((1..=5).contains(&buttons.len()), "buttons a row");
        for button in buttons {
            if button["type"] == 3 {
                let options = list(&button["options"]);
                let values: std::collections::HashSet<String> =
                    options.iter().map(|o| o["value"].to_string()).collect();
                check((1..=25).contains(&options.len()) && values.len() == options.len(), "choices");
                check(options.iter().all(|o| (1..=100).contains(&size(&o["label"])) && !blank(&o["label"])), "choice");
                check(options.iter().all(|o| (1..=100).contains(&size(&o["value"]))), "value of a choice");
                check(options.iter().all(|o| o["description"].is_null() || !blank(&o["description"])), "description");
                check(options.iter().all(|o| size(&o["description"]) <= 100), "description of a choice");
                check(options.iter().filter(|o| o["default"] == true).count() <= 1, "chosen twice");
                check(size(&button["placeholder"]) <= 150, "placeholder");
                check(ids.insert(button["custom_id"].to_string()), "id twice");
                continue;
            }
            check((1..=80).contains(&size(&button["label"])) && !blank(&button["label"]), "label");
            check(button["url"].is_null() != button["custom_id"].is_null(), "either a link or an id");
            check(size(&button["url"]) <= 512 && size(&button["custom_id"]) <= 100, "button id");
            check(button["custom_id"].is_null() || ids.insert(button["custom_id"].to_string()), "id twice");
        }
    }
    faults
}

/// What `twilight-validate`, written by others from the same documentation, says of a body. It does not see empty names of
/// fields, nor what all embeds are together, nor ids that are there twice: [`faults`] does.
fn objections(body: &Value) -> Vec<String> {
    use twilight_model::channel::message::{Component, Embed};
    let mut said = Vec::new();
    let mut note = |result: Result<(), String>| said.extend(result.err());
    let text = body["content"].as_str().unwrap_or_default();
    note(twilight_validate::message::content(text).map_err(|e| e.to_string()));
    for embed in body["embeds"].as_array().into_iter().flatten() {
        let mut embed = embed.clone();
        // It reads what Discord says, which has this too.
        embed["type"] = "rich".into();
        match serde_json::from_value::<Embed>(embed) {
            Ok(embed) => note(twilight_validate::embed::embed(&embed).map_err(|e| e.to_string())),
            Err(error) => note(Err(error.to_string())),
        }
    }
    match serde_json::from_value::<Vec<Component>>(body["components"].clone()) {
        Ok(components) => note(twilight_validate::message::components(&components, false).map_err(|e| e.to_string())),
        Err(error) => note(Err(error.to_string())),
    }
    said
}

/// The parts of a body that Discord reads as markup.
fn read_as_markup(body: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let embeds = body["embeds"].as_array().into_iter().flatten();
    let of_embed = |embed: &Value| {
        let fields = embed["fields"].as_array().cloned().unwrap_or_default();
        let fields = fields.iter().flat_map(|f| [text(&f["name"]), text(&f["value"])]).collect::<Vec<_>>();
        [text(&embed["description"])].into_iter().chain(fields).flatten().collect::<Vec<_>>()
    };
    text(&body["content"]).into_iter().chain(embeds.flat_map(of_embed)).collect()
}

/// What is left of a text that Discord could react to, once our own markup and what a backslash disarms are taken away.
fn alive(text: &str) -> String {
    let ours = r"(?s)```\n[^`]*\n```|\[(?:\\.|[^\[\]\\])*\]\(https?://[^\s()<>]+\)|\\.|`[^`\n]*`|<t:-?\d+:f>|\*\*";
    let rest = regex::Regex::new(ours).expect("a pattern").replace_all(text, "");
    rest.chars().filter(|c| "*_~|>#@<`[]".contains(*c)).collect()
}

#[test]
fn the_checks_see_what_is_wrong() {
    assert_eq!(alive(r"**ours** <t:5:f> \@everyone [a\]b](https://a.example) `▁▂`"), "");
    for (text, rest) in [("<@1>", "<@>"), ("[x](javascript:1)", "[]"), ("__x__", "____"), ("@here", "@"), ("# x", "#")]
    {
        assert_eq!(alive(text), rest);
    }
    let body = |content: String| serde_json::json!({"content": content, "components": []});
    assert_eq!(objections(&body("x".repeat(2000))), Vec::<String>::new());
    assert_eq!(objections(&body("x".repeat(2001))).len(), 1);
}

#[test]
fn an_answer_is_a_card() {
    insta::assert_json_snapshot!(json(&fixtures::answer()));
}

#[test]
fn an_alert_says_what_it_is_in_the_notification() {
    insta::assert_json_snapshot!(json(&fixtures::alert()));
}

#[test]
fn every_state_of_a_card() {
    for (name, message) in crate::domain::alert::card_states() {
        insta::assert_json_snapshot!(format!("card_{}", name.replace(' ', "_")), json(&message));
    }
}

#[test]
fn alerts_told_together_are_a_table() {
    for (name, message) in crate::domain::alert::group_states() {
        insta::assert_json_snapshot!(format!("group_{}", name.replace(' ', "_")), json(&message));
    }
}

#[test]
fn only_those_whom_the_configuration_names_are_notified() {
    let mentions = ["discord:99", "discord:&77", "@oncall"].map(Mention::parse).to_vec();
    let body = json(&Message { mentions, ..fixtures::hostile() });
    assert!(body["content"].as_str().is_some_and(|text| text.starts_with("<@99> <@&77> ")), "{}", body["content"]);
    assert_eq!(body["allowed_mentions"], serde_json::json!({"parse": [], "users": ["99"], "roles": ["77"]}));
    assert_eq!(json(&fixtures::hostile())["allowed_mentions"], serde_json::json!({"parse": []}));
}

#[test]
fn what_customers_write_has_no_effect() {
    insta::assert_json_snapshot!(json(&fixtures::hostile()));
}

#[test]
fn what_does_not_fit_is_counted() {
    let rows = (0..500).map(|n| vec![Text::plain(format!("ticket {n}")), Text::plain("12 min")]).collect();
    let columns = ["Ticket", "Left"].map(|head| Column { head: head.into(), right: false }).to_vec();
    let message = Message {
        title: "Everything".into(),
        blocks: vec![
            Block::Table(Table { columns, rows, more: 7 }),
            Block::Text(Text::plain("long ".repeat(2000))),
            Block::Text(Text::plain("lost")),
            Block::Fields(vec![Field { label: "lost".into(), value: "too".into() }]),
        ],
        ..Message::default()
    };
    let body = json(&message);
    assert_eq!(faults(&body), Vec::<String>::new());
    let description = body["embeds"][0]["description"].as_str().expect("text");
    assert!(description.contains(" more rows"), "{description}");
    let shown = description.matches("ticket ").count();
    assert!(description.contains(&format!("… {} more rows", 507 - shown)), "{description}");
    let footer = body["embeds"].as_array().and_then(|e| e.last()).expect("an embed")["footer"]["text"].to_string();
    assert_eq!(footer, "\"Too long for Discord, left out: 1 section, 1 field\"");
}

#[test]
fn a_message_with_nothing_in_it_can_still_be_posted() {
    assert_eq!(faults(&json(&Message::default())), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_message_is_within_every_limit(message in fixtures::any_message()) {
        prop_assert_eq!(faults(&json(&message)), Vec::<String>::new());
        prop_assert_eq!(objections(&json(&message)), Vec::<String>::new());
        let alt = message.title.repeat(9) + ".";
        let picture = Picture { png: [].as_slice().into(), title: String::new(), alt };
        let shown = serde_json::to_value(render(&message).shows(Some(&picture))).expect("plain data");
        let described = shown["attachments"][0]["description"].as_str().map(units);
        prop_assert!(described.is_some_and(|units| (1..=1024).contains(&units)), "{:?}", described);
        let last = shown["embeds"].as_array().and_then(|embeds| embeds.last()).expect("an embed");
        prop_assert_eq!(&last["image"]["url"], "attachment://chart.png");
    }

    #[test]
    fn no_message_has_an_effect_that_it_does_not_say(message in fixtures::any_message()) {
        let body = json(&message);
        prop_assert_eq!(&body["allowed_mentions"], &serde_json::json!({"parse": []}));
        for text in fixtures::seen(&body) {
            prop_assert!(!fixtures::deceives(&text), "{:?}", text);
        }
        for text in read_as_markup(&body) {
            prop_assert_eq!(alive(&text), "", "{}", text);
        }
    }

    #[test]
    fn what_is_missing_is_said((words, message) in fixtures::marked_message()) {
        let body = json(&message);
        prop_assert_eq!(faults(&body), Vec::<String>::new());
        prop_assert_eq!(objections(&body), Vec::<String>::new());
        let shown = fixtures::seen(&body).join("\n").replace('\\', "");
        let missing: Vec<&String> = words.iter().filter(|word| !shown.contains(*word)).collect();
        let says_so = shown.contains('…') || shown.contains("left out");
        prop_assert!(missing.is_empty() || says_so, "{:?} in {}", missing, shown);
    }

    /// Without backslashed characters, nothing is left that Discord's markup could react to.
    #[test]
    fn plain_text_never_keeps_its_markup(text in any::<String>()) {
        let shown = markdown(&Text::plain(&text), 4096);
        let mut live = String::new();
        let mut characters = shown.chars();
        while let Some(c) = characters.next() {
            if c == '\\' { characters.next(); } else { live.push(c); }
        }
        prop_assert!(!live.contains(['*', '_', '~', '|', '>', '#', '-', '[', ']', '(', ')', '@', '<', ':', '`']), "{}", live);
    }
}
