//! Platforms that refuse a third of all requests for being too many: nobody is asked before its time, what is urgent goes
//! first, order is kept, nothing is lost and nothing is said twice.

use std::time::Duration;

use deskbell::app::clock::Clock;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::bot::{monday, until};
use crate::commands;
use crate::ring::Scene;
use crate::support::limits::{EVERYTHING, Strictness};
use crate::support::slack::Fault;

const TICKETS: usize = 5;
const PEOPLE: usize = 8;
const SLACK: [&str; 2] = ["support", "billing"];
const DISCORD: [u64; 3] = [3000, 3001, 3002];

/// Everything goes everywhere; the digest is posted at nine.
const CONFIGURATION: &str = r##"
[[sla]]
name = "all"
first_response = "10m"
calendar = "always"
to = ["slack:#support", "slack:#billing", "discord:3000", "discord:3001", "discord:3002"]

[[digest]]
name = "daily"
cron = "0 9 * * Mon-Fri"
timezone = "Europe/Berlin"
to = ["slack:#support", "slack:#billing", "discord:3000", "discord:3001", "discord:3002"]
"##;

/// Tickets whose deadlines are one second apart, the last one at nine.
fn tickets() -> Value {
    let created = |n: usize| {
        let at = monday().plus_ms(-600_000 - 1_000 * (TICKETS - n) as i64);
        json!({"event_id": format!("c{n}"), "ts": at, "type": "ticket_created", "ticket": n.to_string(),
            "actor": {"kind": "customer", "id": "c"}, "data": {"channel": "email"}})
    };
    (1..=TICKETS).map(created).collect()
}

/// What was said in a place, in its order: the numbers of the tickets, and the digest.
fn said(texts: impl Iterator<Item = String>) -> Vec<String> {
    let name = |text: String| match text.split_once("missed on ticket ") {
        Some((_, rest)) => rest.chars().take_while(char::is_ascii_digit).collect(),
        None if text.contains("Daily") => "digest".to_owned(),
        None => text,
    };
    texts.map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_platforms_that_refuse_a_third_none_is_asked_too_early_and_nothing_is_lost() {
    let scene = Scene::new().await;
    let (slack, discord) = (&scene.slack, &scene.discord);
    for channel in &DISCORD[1..] {
        discord.add_channel(*channel, "more");
    }
    let clock = Clock::movable(monday().plus_ms(-6_000));
    let bot = scene.bot(&scene.sqlite(), CONFIGURATION, clock.clone()).await;
    assert_eq!(bot.generic(&tickets()).await.status(), 200);

    // Nothing leaves until everything wants to, so that there is something to put in order.
    let none = Strictness { one_in: 1, closed: Duration::from_secs(1), has_global: false };
    slack.limits().begin(none);
    discord.limits().begin(Strictness { closed: Duration::from_millis(300), ..none });
    clock.advance(6_001);
    let store = &bot.running.store;
    until("alerts and digests wait", async || {
        let rung = store.next_timer().await.expect("the store answers").is_none_or(|due| due > clock.now());
        let places =
            SLACK.map(|name| format!("slack:#{name}")).into_iter().chain(DISCORD.map(|id| format!("discord:{id}")));
        let slots = join_all(places.map(async |to| store.last_slot("daily", &to).await.expect("the store answers")));
        rung && slots.await.iter().all(Option::is_some)
    })
    .await;

    slack.limits().begin(Strictness { one_in: 3, ..none });
    discord.limits().begin(Strictness { one_in: 3, closed: Duration::from_millis(300), has_global: true });
    let asking = async |n: usize| {
        let invoked = discord.command("metrics", &[("metric", "volume"), ("period", "today")]);
        (slack.command_from(&format!("U{n}"), "support", "/metrics volume today").await, invoked.await)
    };
    let asked = async {
        let asked = join_all((0..PEOPLE).map(asking)).await;
        for (on_slack, on_discord) in &asked {
            on_slack.answer().await;
            discord.wait_for_answer(on_discord).await;
        }
        asked
    };
    let time_passes = async {
        loop {
            bot.is_held_up("slack").await;
            clock.advance(1_000);
        }
    };
    let done = async { tokio::join!(bot.settle(), asked).1 };
    let asked = tokio::select! {
        asked = done => asked,
        () = time_passes => unreachable!("it passes until all is said"),
    };

    let expected: Vec<String> = (1..=TICKETS).map(|n| n.to_string()).chain(["digest".to_owned()]).collect();
    for name in SLACK {
        let here = slack.messages().into_iter().filter(|m| m.channel == slack.channel(name));
        assert_eq!(said(here.map(|m| m.born)), expected, "in #{name}");
    }
    for id in DISCORD {
        let here = discord.messages().into_iter().filter(|m| m.channel == id);
        assert_eq!(said(here.map(|m| m.born.to_string())), expected, "in {id}");
    }
    for (on_slack, on_discord) in &asked {
        assert_eq!((on_slack.answers().len(), discord.answers(on_discord)), (1, 1));
    }
    for (limits, platform) in [(slack.limits(), "Slack"), (discord.limits(), "Discord")] {
        // One request is under way to each place, and one answer to each person.
        let on_their_way = |lane: &str| match lane {
            "response_url" => PEOPLE,
            EVERYTHING => DISCORD.len(),
            lane if lane.starts_with("chat.") || lane.starts_with("files.") => SLACK.len(),
            _ => 0,
        };
        assert_eq!(limits.unheeded(on_their_way), [], "{platform}");
        let (taken, refused) = limits.counts();
        assert!(refused >= 10 && taken >= 20, "{platform}: {taken} taken, {refused} refused");
    }
    assert_eq!(slack.problems(), Vec::<String>::new());
    assert_eq!(discord.faults(), Vec::<String>::new());
    bot.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_waits_as_long_as_it_is_told_at_every_step_and_comes_once() {
    let scene = commands::Scene::new().await;
    let (slack, discord) = (&scene.slack, &scene.discord);
    let second = Duration::from_secs(1);
    for step in ["conversations.open", "files.getUploadURLExternal", "response_url"] {
        slack.limits().close_next(step, second);
    }
    slack.fail_next("upload", 1, Fault::RateLimited(1));
    slack.fail_next("files.completeUploadExternal", 1, Fault::RateLimitedInBody);
    // Longer than a single request of ours waits.
    discord.limits().close_next("POST webhooks/", Duration::from_secs(6));
    let on_slack = async {
        let told = slack.command("/metrics export frt today").await.answer().await;
        assert!(told.words().contains("The file is in your direct messages with me."), "{}", told.words());
        let sent: Vec<_> = slack.files().into_iter().filter(|file| file.completed).collect();
        assert_eq!((sent.len(), sent[0].channel.as_deref()), (1, Some("DU0ANNA")));
        // None is taken again that was taken: the bytes go to a fresh address.
        let calls = ["conversations.open", "files.getUploadURLExternal", "upload", "files.completeUploadExternal"];
        assert_eq!(calls.map(|step| slack.calls(step)), [1, 2, 2, 2]);
    };
    let on_discord = async {
        let invoked = discord.command("metrics", &[("metric", "frt"), ("period", "today"), ("show", "export")]).await;
        let told = discord.wait_for_answer(&invoked).await;
        let (private, file) = discord.wait_for_file(&invoked).await;
        assert!(private && file.name.ends_with(".csv") && !told.to_string().contains("could not"), "{told}");
        assert_eq!(discord.files_after(&invoked), 1);
    };
    tokio::join!(on_slack, on_discord);
    for (limits, refused) in [(slack.limits(), 3), (discord.limits(), 1)] {
        assert_eq!((limits.counts().1, limits.unheeded(|_| 0)), (refused, Vec::new()));
    }
    scene.finish().await;
}
