use insta::assert_json_snapshot;
use proptest::prelude::*;

use super::*;
use crate::chat::text::fixtures;
use crate::domain::message::{Action, ActionKind, Column, Piece, Table};

/// Slack's own rules, written for the local Slack of the tests.
#[path = "../../../../tests/support/slack/blocks.rs"]
mod rules;

fn complaints(rendered: &Rendered) -> Vec<String> {
    rules::problems(&serde_json::to_value(rendered).expect("plain data"))
}

/// A message of one block, as text people see.
fn body(block: Block) -> Vec<Value> {
    let rendered = render(&Message { title: "T".into(), blocks: vec![block], ..Message::default() });
    assert_eq!(complaints(&rendered), Vec::<String>::new());
    rendered.blocks[1..].to_vec()
}

/// What a body would do beyond showing text.
fn effects(body: &Value) -> Vec<String> {
    match body {
        Value::Array(items) => items.iter().flat_map(effects).collect(),
        Value::Object(fields) => {
            let mut found: Vec<String> = fields.values().flat_map(effects).collect();
            let kind = fields.get("type").and_then(Value::as_str);
            let text = fields.get("text").and_then(Value::as_str).unwrap_or_default();
            match kind {
                Some("user" | "usergroup" | "broadcast" | "channel" | "emoji") => found.push(body.to_string()),
                Some("mrkdwn") => {
                    let ours = regex::Regex::new(r"<!date\^\d+\^[^|<>]*\|[^<>]*>|<https?://[^|<>]+\|[^<>]*>")
                        .expect("a pattern");
                    let rest = ours.replace_all(text, "");
                    let calls = rest.contains(['<', '>', '`', '~']) || has_emoji_code_in(&rest);
                    found
                        .extend((calls || fields.get("verbatim") != Some(&Value::Bool(true))).then(|| text.to_owned()));
                }
                // The text beside the blocks, which Slack reads as mrkdwn.
                None if fields.contains_key("blocks") && text.contains(['<', '>']) => found.push(text.to_owned()),
                _ => {}
            }
            found
        }
        _ => Vec::new(),
    }
}

fn has_emoji_code_in(text: &str) -> bool {
    regex::Regex::new(":[a-z]+:").expect("a pattern").is_match(text)
}

#[test]
fn the_checks_see_what_is_wrong() {
    let mrkdwn = |text: &str| json!({"type": "mrkdwn", "text": text, "verbatim": true});
    assert_eq!(effects(&mrkdwn("*ours* <!date^5^{time}|then> <https://a.example|a>")), Vec::<String>::new());
    for text in ["<!channel>", "<@U1>", "<javascript:1|x>", ":tada:", "`x`"] {
        assert_eq!(effects(&mrkdwn(text)), [text]);
    }
    assert_eq!(effects(&json!({"text": "<!here>", "blocks": []})), ["<!here>"]);
    assert_eq!(effects(&json!([{"type": "user", "user_id": "U1"}])).len(), 1);
}

#[test]
fn an_answer_as_slack_shows_it() {
    assert_json_snapshot!(render(&fixtures::answer()));
}

#[test]
fn an_alert_has_a_coloured_edge_and_buttons() {
    assert_json_snapshot!(render(&fixtures::alert()));
}

#[test]
fn every_state_of_a_card() {
    for (name, message) in crate::domain::alert::card_states() {
        let rendered = render(&message);
        assert_eq!(complaints(&rendered), Vec::<String>::new());
        insta::assert_json_snapshot!(format!("card_{}", name.replace(' ', "_")), rendered);
    }
}

#[test]
fn alerts_told_together_are_a_table() {
    for (name, message) in crate::domain::alert::group_states() {
        let rendered = render(&message);
        assert_eq!(complaints(&rendered), Vec::<String>::new());
        insta::assert_json_snapshot!(format!("group_{}", name.replace(' ', "_")), rendered);
    }
}

#[test]
fn hostile_text_stays_text() {
    let rendered = render(&fixtures::hostile());
    assert_eq!(complaints(&rendered), Vec::<String>::new());
    assert_json_snapshot!(rendered);
}

#[test]
fn tables_are_aligned_by_what_the_eye_sees_and_keep_their_links() {
    let column = |head: &str, right| Column { head: head.into(), right };
    let link = Text(vec![Piece::Link { label: "#4521".into(), url: "https://desk.example/t/4521".into() }]);
    let table = Table {
        columns: vec![column("Ticket", false), column("Team", false), column("Left", true)],
        rows: vec![
            vec![link, "日本サポート".into(), "12 min".into()],
            vec!["#7".into(), "billing & <more>".into(), "−1 h 2 min".into()],
            vec!["#8".into()],
        ],
        more: 3,
    };
    assert_json_snapshot!(body(Block::Table(table)));
}

#[test]
fn a_field_with_markup_characters_is_sent_as_plain_text() {
    let field = |value: &str| Field { label: "Subject".into(), value: value.into() };
    let fields = [
        ("Refund", "*Subject*\nRefund", "mrkdwn"),
        ("a < b & c", "*Subject*\na &lt; b &amp; c", "mrkdwn"),
        ("due 09:30, 10:30", "*Subject*\ndue 09:30, 10:30", "mrkdwn"),
        ("", "*Subject*\n–", "mrkdwn"),
        ("*urgent*", "Subject\n*urgent*", "plain_text"),
        ("snake_case_", "Subject\nsnake_case_", "plain_text"),
        ("> quote", "Subject\n> quote", "plain_text"),
        ("yes :tada: no", "Subject\nyes :tada: no", "plain_text"),
    ];
    for (value, text, kind) in fields {
        let section = &body(Block::Fields(vec![field(value)]))[0];
        assert_eq!(
            (section["fields"][0]["text"].as_str(), section["fields"][0]["type"].as_str()),
            (Some(text), Some(kind))
        );
    }
}

#[test]
fn small_print_keeps_times_links_and_emphasis_where_it_can() {
    let line = Text::plain("until ")
        .and(Piece::Time(fixtures::NINE))
        .then(", ")
        .and(Piece::Bold("late".into()))
        .then(", see ")
        .and(Piece::Link { label: "A & B".into(), url: "https://desk.example/a|b?c=d&e".into() });
    let glued = Text::plain("n=").and(Piece::Bold("5".into())).then("x");
    let rendered = render(&Message { footer: vec![line, glued], ..Message::default() });
    let texts: Vec<&str> =
        rendered.blocks[0]["elements"].as_array().expect("context").iter().filter_map(|e| e["text"].as_str()).collect();
    assert_eq!(
        texts,
        [
            "until <!date^1795338000^{date_short_pretty} {time}|2026-11-22 09:00 UTC>, *late*, see \
             <https://desk.example/a%7Cb?c=d&amp;e|A &amp; B>",
            "n=5x",
        ]
    );
}

#[test]
fn what_is_too_long_is_cut_and_said() {
    let paragraph = &body(Block::Text(Text::plain("x".repeat(4000))))[0];
    let elements = paragraph["elements"][0]["elements"].as_array().expect("elements");
    assert_eq!(elements[0]["text"].as_str().map(str::len), Some(2950));
    assert_eq!(elements[1]["text"], "… (1050 characters left out)");

    let message = Message {
        title: "t ".repeat(200),
        blocks: vec![Block::Text(Text::plain("y".repeat(2000))); 60],
        actions: vec![Action { label: "Go".into(), does: ActionKind::Command("/metrics".into()) }; 27],
        footer: vec!["note".into(); 12],
        ..Message::default()
    };
    let rendered = render(&message);
    assert_eq!(complaints(&rendered), Vec::<String>::new());
    let small = rendered.blocks.last().and_then(|context| context["elements"].as_array()?.last()?["text"].as_str());
    assert_eq!(small, Some("Left out, too long for Slack: 57 parts, 2 buttons"));
}

#[test]
fn a_command_too_long_to_come_back_makes_no_button() {
    let action = |does| Action { label: " ".into(), does };
    let rendered = render(&Message {
        actions: vec![
            action(ActionKind::Command("/x".repeat(1001))),
            action(ActionKind::Open { url: "javascript:alert(1)".into() }),
            action(ActionKind::Command("/metrics frt".into())),
        ],
        ..Message::default()
    });
    assert_eq!(rendered.blocks[0]["elements"].as_array().map(Vec::len), Some(1));
    assert_eq!(rendered.blocks[0]["elements"][0]["action_id"], "call:2");
    assert_eq!(rendered.blocks[0]["elements"][0]["text"]["text"], "/metrics frt");
    assert_eq!(rendered.blocks[1]["elements"][0]["text"], "Left out, too long for Slack: 2 buttons");
}

#[test]
fn an_empty_message_still_says_something() {
    let rendered = render(&Message::default());
    assert_eq!(rendered, Rendered { text: "Deskbell".into(), blocks: vec![], attachments: vec![] });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_message_is_accepted_by_slack(message in fixtures::any_message()) {
        let rendered = render(&message);
        prop_assert_eq!(complaints(&rendered), Vec::<String>::new());
        prop_assert!(rendered.text.encode_utf16().count() <= 4000);
        let picture = Shown { file: "F01".into(), alt: message.title.repeat(9) + "." };
        let shown = render_with(&message, Some(&picture));
        prop_assert_eq!(complaints(&shown), Vec::<String>::new());
        let body = shown.attachments.first().map_or(&shown.blocks, |a| a["blocks"].as_array().expect("blocks"));
        prop_assert!(body.iter().any(|block| block["slack_file"]["id"] == "F01"));
    }

    /// Only links that the message has lead anywhere, nobody is called, and no markup is anybody's but ours.
    #[test]
    fn no_message_has_an_effect_that_it_does_not_say(message in fixtures::any_message()) {
        let body = serde_json::to_value(render(&message)).expect("plain data");
        prop_assert_eq!(effects(&body), Vec::<String>::new());
        for text in fixtures::seen(&body) {
            prop_assert!(!fixtures::deceives(&text), "{:?}", text);
        }
    }

    #[test]
    fn what_is_missing_is_said((words, message) in fixtures::marked_message()) {
        let rendered = render(&message);
        prop_assert_eq!(complaints(&rendered), Vec::<String>::new());
        let shown = fixtures::seen(&serde_json::to_value(rendered).expect("plain data")).join("\n");
        let missing: Vec<&String> = words.iter().filter(|word| !shown.contains(*word)).collect();
        let says_so = shown.contains("left out)") || shown.contains("Left out") || shown.contains(" more row");
        prop_assert!(missing.is_empty() || says_so, "{:?} in {}", missing, shown);
    }

    #[test]
    fn no_text_of_any_message_is_lost_silently(words in proptest::collection::vec("[a-z]{1,12}", 1..400)) {
        let text = words.join(" ");
        let shown = body(Block::Text(Text::plain(text.clone())));
        let elements = shown[0]["elements"][0]["elements"].as_array().expect("elements").clone();
        if text.len() <= 3000 {
            prop_assert_eq!(elements[0]["text"].as_str(), Some(text.as_str()));
        } else {
            prop_assert!(elements[1]["text"].as_str().is_some_and(|note| note.contains("left out")));
        }
    }
}
