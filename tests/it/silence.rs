//! A source that falls silent in a busy hour is noticed; one that is quiet at night is not.

use std::fmt::Write as _;

use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;

use crate::bot::{Bot, TOKEN, configuration, monday};
use crate::support::discord::LocalDiscord;
use crate::support::slack::LocalSlack;

const MINUTE_MS: i64 = 60_000;
const WEEK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

const ALERTS: &str = r##"
[bot]
timezone = "Europe/Berlin"

[[sla]]
name = "all"
first_response = "8h"
calendar = "always"
to = ["slack:#support"]
"##;

/// An event every three minutes from nine to ten on each of the last four Mondays.
fn busy_mondays() -> String {
    let mut lines = String::new();
    for week in 1..=4 {
        for n in 0..20 {
            let at = monday().plus_ms(-week * WEEK_MS + n * 3 * MINUTE_MS);
            line(&mut lines, &format!("w{week}n{n}"), at);
        }
    }
    lines
}

/// Something that belongs to no ticket, so that no alert is mixed in.
fn line(lines: &mut String, id: &str, at: Timestamp) {
    let _ = writeln!(
        lines,
        r#"{{"event_id":"{id}","ts":"{at}","type":"queue","actor":{{"kind":"customer","id":"c"}},"data":{{"call":"{id}","state":"entered"}}}}"#
    );
}

async fn send(bot: &Bot, lines: String) {
    let authorization = [("authorization".to_owned(), format!("Bearer {TOKEN}"))];
    let answer = bot.post("/hooks/tool", &authorization, format!("[{}]", lines.trim().replace('\n', ","))).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_falls_silent_on_a_busy_morning_is_told_once_and_so_is_its_return() {
    let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
    let directory = tempfile::tempdir().expect("a directory");
    let store = format!("sqlite://{}", directory.path().join("bot.db").display());
    let clock = Clock::movable(monday());
    let bot = Bot::start(&configuration(&slack, &discord, &store, ALERTS), clock.clone()).await;
    send(&bot, busy_mondays()).await;

    // It speaks at nine; then nothing comes.
    let mut last = String::new();
    line(&mut last, "today", monday());
    send(&bot, last).await;
    for _ in 0..50 {
        clock.advance(MINUTE_MS);
        bot.settle().await;
    }
    let told = slack.wait_for_message(|m| m.text.contains("No events from tool for")).await;
    assert!(told.text.contains("on a Monday"), "{}", told.text);
    assert!(told.words().contains("of earlier Mondays there were"), "{}", told.words());

    let mut again = String::new();
    line(&mut again, "again", clock.now());
    send(&bot, again).await;
    clock.advance(MINUTE_MS);
    slack.wait_for_message(|m| m.text.contains("tool is heard again after")).await;

    // Nobody writes at night.
    clock.advance(12 * 60 * MINUTE_MS);
    clock.advance(MINUTE_MS);
    bot.settle().await;
    assert_eq!(slack.messages().len(), 2, "{:?}", slack.messages());
    bot.running.stop().await;
}
