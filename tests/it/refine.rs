//! What stands under an answer: lists and buttons that change it where it stands, on both platforms.

use serde_json::{Value, json};

use crate::bot::monday;
use crate::commands::Scene;
use crate::support::slack::{Fault, Response};

#[tokio::test(flavor = "multi_thread")]
async fn on_slack_a_choice_changes_the_answer_where_it_stands() {
    let scene = Scene::new().await;
    let asked = scene.slack.command("/metrics frt today").await;
    let answer = asked.answer().await;
    assert_eq!(answer.chosen(), ["Today", "No breakdown", "vs the period before", "Every ticket"]);

    let broken_down = scene.slack.press(&answer, "By team").await.answer().await;
    assert!(broken_down.in_place && !broken_down.shared);
    assert!(broken_down.words().contains("2 groups"), "{}", broken_down.words());
    assert_eq!(broken_down.chosen(), ["Today", "By team", "vs the period before", "Every ticket"]);

    // The state is in the value: what was chosen before stays chosen.
    let narrowed = scene.slack.press(&answer, "billing").await.answer().await;
    assert!(narrowed.words().contains("10m"), "{}", narrowed.words());
    let older = scene.slack.press(&narrowed, "Yesterday").await.answer().await;
    assert_eq!(older.chosen(), ["Yesterday", "No breakdown", "vs the period before", "Only team:billing"]);

    let explained = scene.slack.press(&answer, "Explain").await.answer().await;
    assert!(explained.in_place, "{}", explained.words());
    let back = scene.slack.press(&explained, "The number").await.answer().await;
    assert!(back.in_place && back.words().contains("15m"), "{}", back.words());
    let listed = scene.slack.press(&back, "List tickets").await.answer().await;
    assert!(listed.in_place && listed.words().contains("20m"), "{}", listed.words());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_sees_is_not_changed_for_them_and_shared_once() {
    let scene = Scene::new().await;
    let answer = scene.slack.command("/metrics frt today").await.answer().await;
    let share = scene.slack.press(&answer, "Share").await;
    let shared = share.answer().await;
    assert!(shared.shared && !shared.in_place);
    let again = scene.slack.press(&answer, "Share").await;
    // Somebody else wants another number of what was shared: theirs alone.
    let own = scene.slack.press_by("U0BEN", &shared, "By team").await.answer().await;
    assert!(!own.shared && !own.in_place);
    assert_eq!(again.answers().len(), 0, "pressed twice, shared once");
    scene.bot.clock.advance(10_000);
    assert!(scene.slack.press(&answer, "Share").await.answer().await.shared, "later it is meant");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_discord_a_choice_changes_the_answer_where_it_stands() {
    let scene = Scene::new().await;
    let invoked = scene.discord.command("metrics", &[("metric", "frt"), ("period", "today")]).await;
    let answer = scene.discord.wait_for_answer(&invoked).await;

    let chosen = scene.discord.press_own(&answer, "By team").await;
    assert_eq!(scene.discord.wait_for_ack(&chosen).await.response, json!({"type": 6}));
    let broken_down = scene.discord.wait_for_answer(&chosen).await;
    assert!(broken_down.to_string().contains("2 groups"), "{broken_down}");

    let explained = scene.discord.press_own(&broken_down, "Explain").await;
    assert_eq!(scene.discord.wait_for_ack(&explained).await.response, json!({"type": 6}));
    scene.discord.wait_for_answer(&explained).await;

    let share = scene.discord.press_own(&answer, "Share").await;
    assert!(!scene.discord.wait_for_ack(&share).await.is_ephemeral());
    let shared = scene.discord.wait_for_answer(&share).await;
    assert!(shared.to_string().contains("15m"), "{shared}");
    let again = scene.discord.press_own(&answer, "Share").await;
    assert_eq!(scene.discord.wait_for_answer(&again).await, json!(null), "taken back");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permission_is_asked_for_again_at_every_press() {
    let scene = Scene::with("[access]\nleads = [\"slack:U0LEAD\"]\n").await;
    let asked = scene.slack.command_from("U0LEAD", "support", "/metrics frt today").await;
    let answer = asked.answer().await;
    let by_agent = scene.slack.press_by("U0LEAD", &answer, "By agent").await.answer().await;
    assert!(by_agent.chosen().contains(&"By agent".to_owned()) && by_agent.words().contains("15m"));
    // The same control in the hands of somebody else.
    let refused = scene.slack.press_by("U0ANNA", &answer, "By agent").await.answer().await;
    assert!(refused.words().contains("Not shown"), "{}", refused.words());
    assert!(!refused.words().contains("15m"), "{}", refused.words());
    let own = scene.slack.command("/metrics frt today").await.answer().await;
    assert!(!own.blocks.iter().any(|block| block.to_string().contains("By agent")), "not offered either");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_behind_a_number_come_as_a_file() {
    let scene = Scene::with("[access]\nleads = [\"slack:U0LEAD\"]\n").await;
    let answer = scene.slack.command("/metrics frt today team:billing").await.answer().await;
    let told = scene.slack.press(&answer, "Export CSV").await.answer().await;
    assert!(told.words().contains("1 row, as known then.") && !told.in_place, "{}", told.words());
    let file = scene.slack.wait_for_file().await;
    assert_eq!(file.channel.as_deref(), Some("DU0ANNA"), "to the person alone");
    let rows = String::from_utf8(file.bytes.to_vec()).expect("text");
    let lines: Vec<&str> = rows.lines().collect();
    assert!(lines[0].starts_with("metric,counted,value,value_is,turn,left_out,source,ticket,"), "{rows}");
    assert_eq!(lines.len(), 2, "what counted, and nothing else: {rows}");
    assert!(lines[1].starts_with("first_response_time,true,600,seconds,,,tool,1,"), "ten minutes: {rows}");
    assert!(lines[1].contains("billing") && !rows.contains("technical"), "{rows}");
    assert!(!rows.contains("ana") && !lines[0].contains("agent"), "nobody is named to whoever leads nobody: {rows}");

    scene.slack.fail_next("files.completeUploadExternal", 1, Fault::Refuse("channel_not_found"));
    let told = scene.slack.command("/metrics export").await.answer().await;
    assert!(told.words().contains("could not be sent"), "{}", told.words());

    let invoked = scene.discord.command("metrics", &[("period", "today"), ("show", "export")]).await;
    let told = scene.discord.wait_for_answer(&invoked).await;
    assert!(told.to_string().contains("2 rows"), "{told}");
    let (private, file) = scene.discord.wait_for_file(&invoked).await;
    assert!(private && file.name.starts_with("tickets-") && file.name.ends_with(".csv"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_what_was_left_out_and_nothing_that_the_team_said_in_confidence() {
    let scene = Scene::new().await;
    let at = |minute: i64| monday().plus_s(60 * minute);
    let mut events = vec![
        json!({"event_id": "3c", "ts": at(0), "type": "ticket_created", "ticket": "3",
            "actor": {"kind": "customer", "id": "c1"}, "data": {"channel": "email", "team": "billing"}}),
        json!({"event_id": "3m", "ts": at(5), "type": "merged", "ticket": "3", "data": {"into": "1"}}),
    ];
    events.extend((0..8).map(|n| {
        json!({"event_id": format!("e{n}"), "ts": at(20 + n), "type": "rating_received",
            "actor": {"kind": "agent", "id": format!("agent{n}")},
            "data": {"survey": "team", "kind": "enps", "scale": 11, "value": 9, "comment": "in confidence"}})
    }));
    assert_eq!(scene.bot.generic(&Value::Array(events)).await.status(), 200);
    let lines = async |words: &str| -> Vec<String> {
        let options = [("metric", words), ("period", "today"), ("show", "export")];
        let invoked = scene.discord.command("metrics", &options).await;
        let (_, file) = scene.discord.wait_for_file(&invoked).await;
        String::from_utf8(file.bytes.to_vec()).expect("text").lines().map(str::to_owned).collect()
    };
    let waits = lines("frt").await;
    assert_eq!(waits.len(), 4, "two that counted and one that did not: {waits:?}");
    assert!(waits.iter().any(|line| line.starts_with(",false,,,,merged,tool,3,")), "{waits:?}");
    let invoked = scene.discord.command("metrics", &[("metric", "enps"), ("period", "today")]).await;
    let answer = scene.discord.wait_for_answer(&invoked).await.to_string();
    assert!(answer.contains("100"), "the number itself is told: {answer}");
    let said = lines("enps").await;
    assert!(said[1..].iter().all(|line| line.starts_with(",false,")), "only what was left out: {said:?}");
    scene.finish().await;
}

/// Beneath what the choices of Slack's filter list stand, and each choice.
fn filters(answer: &Response) -> Vec<(String, String)> {
    let elements = answer.blocks.iter().filter_map(|block| block["elements"].as_array()).flatten();
    let groups = elements.filter_map(|element| element["option_groups"].as_array()).flatten();
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    let choices = |group: &Value| {
        let options = group["options"].as_array().into_iter().flatten();
        options.map(|option| (text(&group["label"]), text(&option["text"]))).collect::<Vec<_>>()
    };
    groups.flat_map(choices).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_list_narrows_an_answer_and_leads_back() {
    let scene = Scene::with("[access]\nleads = [\"slack:U0LEAD\"]\n").await;
    let answer = scene.slack.command("/metrics frt today").await.answer().await;
    let offered = filters(&answer);
    let of = |group: &str| offered.iter().filter(|(g, _)| g == group).map(|(_, c)| c.as_str()).collect::<Vec<_>>();
    assert_eq!(of("Tickets"), ["Every ticket"]);
    assert_eq!((of("Team"), of("Channel")), (vec!["billing", "technical"], vec!["email"]));
    assert_eq!(of("Priority").len(), 4, "{offered:?}");
    assert!(of("Agent").is_empty(), "figures of single agents are for leads: {offered:?}");
    let for_a_lead = scene.slack.command_from("U0LEAD", "support", "/metrics frt today").await.answer().await;
    assert!(filters(&for_a_lead).contains(&("Agent".to_owned(), "ana".to_owned())), "{:?}", filters(&for_a_lead));

    let narrowed = scene.slack.press(&answer, "technical").await.answer().await;
    assert!(narrowed.in_place && narrowed.words().contains("20m"), "{}", narrowed.words());
    let both = scene.slack.press(&narrowed, "email").await.answer().await;
    assert_eq!(both.chosen()[3], "Only team:technical channel:email");
    let less = scene.slack.press(&both, "Without team:technical").await.answer().await;
    assert_eq!(less.chosen()[3], "Only channel:email");
    let back = scene.slack.press(&less, "Every ticket").await.answer().await;
    assert!(back.chosen()[3] == "Every ticket" && back.words().contains("15m"), "{}", back.words());

    let invoked = scene.discord.command("metrics", &[("metric", "frt"), ("period", "today")]).await;
    let answer = scene.discord.wait_for_answer(&invoked).await;
    let chosen = scene.discord.press_own(&answer, "technical").await;
    assert_eq!(scene.discord.wait_for_ack(&chosen).await.response, json!({"type": 6}));
    let narrowed = scene.discord.wait_for_answer(&chosen).await;
    assert!(narrowed.to_string().contains("20m") && narrowed.to_string().contains("\"description\":\"Team\""));
    let cleared = scene.discord.press_own(&narrowed, "Every ticket").await;
    assert!(scene.discord.wait_for_answer(&cleared).await.to_string().contains("15m"));
    scene.finish().await;
}
