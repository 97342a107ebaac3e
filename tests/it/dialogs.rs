//! Dialogs on both platforms: opened at once, what is wrong is said where it can be mended, sent off once, and only by
//! whom it is allowed.

use deskbell::domain::event::Fact;
use deskbell::domain::sample::TicketKey;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::commands::Scene;
use crate::living::Living;
use crate::support::discord::ROLE;

/// Who kept the ticket quiet, and until when.
async fn snoozes(living: &Living) -> Vec<(String, Timestamp)> {
    let key = TicketKey { source: "helpdesk".into(), id: "1".into() };
    let events = living.bot.running.store.events(&key).await.expect("the store answers");
    let snooze = |fact: &Fact| match fact {
        Fact::SlaSnoozed(mark) => Some((mark.by.clone(), mark.until?)),
        _ => None,
    };
    events.iter().filter_map(|event| snooze(&event.fact)).collect()
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).expect("a time")
}

/// The id of a button.
fn button(body: &Value, label: &str) -> String {
    let rows = body["components"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let button = buttons.find(|button| button["label"] == label).unwrap_or_else(|| panic!("no {label:?} on {body}"));
    button["custom_id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_slack_an_alert_is_snoozed_until_a_time_that_is_filled_in() {
    let living = Living::new().await;
    let slack = &living.scene.slack;
    living.minute(5).await;
    let (card, _) = living.on_both("First reply due in 5m 00s on ticket 1").await;
    let pressed = slack.click(&card, "Snooze until…").await;
    let view = slack.wait_for_view().await;
    assert_eq!((view.user.as_str(), view.fields().as_slice()), ("U0ANNA", [("until", "")].as_slice()));
    assert_eq!(view.body["title"]["text"], "Snooze helpdesk/1");

    for (wrong, why) in
        [("25:00", "from 0:00 to 23:59"), ("yesterday", "A snooze lasts"), ("1s", "A snooze lasts between")]
    {
        let sent = slack.submit(&view, &[("until", wrong)]).await;
        assert_eq!(sent.ack["response_action"], "errors", "{wrong}");
        let said = sent.ack["errors"]["until"].as_str().expect("at the field");
        assert!(said.contains(why), "{said}");
    }
    assert!(!slack.wait_for_view().await.closed && snoozes(&living).await.is_empty());

    let sent = slack.submit(&view, &[("until", "tomorrow 9:00")]).await;
    let answer = pressed.answer().await;
    assert!(answer.words().contains("Ticket 1 is quiet"), "{}", answer.words());
    assert!(!answer.shared && !answer.in_place, "the alert stays for everybody");
    // Repeated by Slack, in the same envelope and in another, and pressed twice.
    slack.repeat(&sent).await;
    slack.submit(&view, &[("until", "2h")]).await;
    slack.command("/metrics").await.answer().await;
    assert_eq!(snoozes(&living).await, [("Ana".to_owned(), at("2026-11-24T09:00:00Z"))]);
    assert_eq!((pressed.answers().len(), slack.calls("views.open")), (1, 1));
    let (card, _) = living.on_both("on ticket 1").await;
    assert!(card.words().contains("Snoozed by Ana"), "{}", card.words());
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_discord_an_alert_is_snoozed_until_a_time_that_is_filled_in() {
    let living = Living::new().await;
    let discord = &living.scene.discord;
    living.minute(5).await;
    let (_, card) = living.on_both("First reply due in 5m 00s on ticket 1").await;
    let pressed = discord.press(card.id, &button(&card.body, "Snooze until…")).await;
    let dialog = discord.wait_for_dialog(&pressed).await;
    assert_eq!(dialog["title"], "Snooze helpdesk/1");

    // There is no place beside the field: a message to this person alone says what is wrong and asks again.
    let sent = discord.submit(&pressed, &[("until", "25:00")]).await;
    assert!(discord.wait_for_ack(&sent).await.is_ephemeral());
    let wrong = discord.wait_for_answer(&sent).await;
    assert!(wrong.to_string().contains("a time of day is written from"), "{wrong}");
    assert!(snoozes(&living).await.is_empty());
    let again = discord.press_own(&wrong, "Fill in").await;

    let sent = discord.submit(&again, &[("until", "15:30")]).await;
    assert_eq!(discord.wait_for_ack(&sent).await.response, json!({"type": 6}), "in the place of what was wrong");
    let answer = discord.wait_for_answer(&sent).await;
    assert!(answer.to_string().contains("Ticket 1 is quiet"), "{answer}");
    assert_eq!(snoozes(&living).await, [("Bo".to_owned(), at("2026-11-23T15:30:00Z"))]);
    living.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_slack_a_digest_is_added_from_the_list_of_digests() {
    let scene = Scene::with("[bot]\ntimezone = \"Europe/Berlin\"\n\n[access]\nleads = [\"slack:U0LEAD\"]\n").await;
    let slack = &scene.slack;
    let listed = slack.command_from("U0LEAD", "support", "/digest").await.answer().await;
    slack.press_by("U0LEAD", &listed, "Monday to Friday at 09:00").await.answer().await;
    let listed = slack.command_from("U0LEAD", "support", "/digest").await.answer().await;

    let pressed = slack.press_by("U0LEAD", &listed, "Add a digest…").await;
    let view = slack.wait_for_view().await;
    let fields = [("often", "weekdays"), ("day", ""), ("at", ""), ("tz", "Europe/Berlin"), ("name", "")];
    assert_eq!(view.fields(), fields);
    let wrong = [("often", "weakly"), ("at", "8.30"), ("name", "a/b")];
    let errors = slack.submit(&view, &wrong).await.ack["errors"].clone();
    let said: Vec<&String> = errors.as_object().expect("errors").keys().collect();
    assert_eq!(said, ["at", "name", "often"], "{errors}");
    assert!(errors["often"].as_str().is_some_and(|text| text.contains("did you mean weekly?")), "{errors}");

    slack.submit(&view, &[("often", "weekly"), ("day", "fri"), ("at", "16:00"), ("name", "week in review")]).await;
    let added = pressed.answer().await;
    assert!(added.in_place && added.words().contains("week-in-review is scheduled"), "{}", added.words());
    assert!(added.words().contains("weekly fri 16:00"), "{}", added.words());
    let stored = scene.bot.running.store.digests().await.expect("the store answers");
    assert_eq!(stored.iter().filter(|d| d.name == "week-in-review").count(), 1);

    // Typed without its end, the same dialog; what only the store knows to be wrong is said in the answer.
    let typed = slack.command_from("U0LEAD", "support", "/digest add").await;
    let view = slack.wait_for_view().await;
    slack.submit(&view, &[("often", "daily"), ("name", "week-in-review")]).await;
    assert!(typed.answer().await.words().contains("call this one otherwise"), "{:?}", typed.answers());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_discord_a_digest_is_added_from_a_command_without_options() {
    let scene = Scene::new().await;
    let discord = &scene.discord;
    let typed = discord.command("digest add", &[]).await;
    let sent = discord.submit(&typed, &[("often", "0 9 * * 1-5"), ("tz", "america/new york")]).await;
    assert!(discord.wait_for_ack(&sent).await.is_ephemeral());
    let added = discord.wait_for_answer(&sent).await;
    assert!(added.to_string().contains("is scheduled") && added.to_string().contains("New\\\\_York"), "{added}");

    let pressed = discord.press_own(&added, "Add a digest…").await;
    let wrong = discord.submit(&pressed, &[("at", "25:00")]).await;
    let said = discord.wait_for_answer(&wrong).await.to_string();
    assert!(said.contains("a day of the month as a number from 1 to 28"), "{said}");
    let sent = discord.submit(&pressed, &[("at", "08:30")]).await;
    assert_eq!(discord.wait_for_ack(&sent).await.response, json!({"type": 6}), "the list is shown anew");
    let listed = discord.wait_for_answer(&sent).await.to_string();
    assert!(listed.contains("weekdays 08\\\\:30"), "{listed}");
    assert_eq!(scene.bot.running.store.digests().await.expect("the store answers").len(), 2);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_what_they_may_not_do_and_permission_is_asked_for_again() {
    let scene = Scene::with(&format!("[access]\nleads = [\"slack:U0LEAD\", \"discord:{ROLE}\"]\n")).await;
    let (slack, discord) = (&scene.slack, &scene.discord);
    let refused = slack.command("/digest add").await.answer().await;
    assert!(refused.words().contains("Not shown: digests are scheduled"), "{}", refused.words());
    assert!(slack.views().is_empty());

    // Opened for a lead, sent off by somebody else.
    slack.command_from("U0LEAD", "support", "/digest add").await;
    let view = slack.wait_for_view().await;
    slack.submit_by("U0ANNA", &view, &[]).await;
    // Opened by a lead who is none any more when it is sent off.
    let typed = discord.command("digest add", &[]).await;
    discord.wait_for_dialog(&typed).await;
    discord.take_role();
    let sent = discord.submit(&typed, &[]).await;
    let refused = discord.wait_for_answer(&sent).await.to_string();
    assert!(refused.contains("digests are scheduled and sent by leads"), "{refused}");
    assert!(scene.bot.running.store.digests().await.expect("the store answers").is_empty());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_that_comes_too_late_is_answered_with_how_to_type_it() {
    let living = Living::new().await;
    let slack = &living.scene.slack;
    living.minute(5).await;
    let (card, _) = living.on_both("First reply due in 5m 00s on ticket 1").await;
    slack.expire_triggers();
    let pressed = slack.click(&card, "Snooze until…").await;
    let answer = pressed.answer().await;
    assert!(answer.words().contains("until when? add a time such as 14:00"), "{}", answer.words());
    assert!(slack.views().is_empty());
    assert!(slack.problems().iter().all(|problem| problem.contains("expired_trigger_id")), "{:?}", slack.problems());
    living.bot.running.stop().await;
}
