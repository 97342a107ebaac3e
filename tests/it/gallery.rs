//! Every kind of answer as people see it in Slack, in Discord and in the terminal. (Alerts and the tables of storms, in
//! each of their states, are in the snapshots of the renderers.)
//!
//! `.ci/pictures` makes pictures of these snapshots. With `DESKBELL_PICTURES` set, what is drawn beside an answer is left in
//! that directory for them.

use std::path::Path;

use chrono_tz::Tz;
use deskbell::app;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::chart::{Pictures, Theme};
use deskbell::chat::{Channel, console, discord, slack};
use deskbell::commands::{Asked, Desk};
use deskbell::domain::event::Event;
use deskbell::domain::message::Message;
use deskbell::domain::timestamp::Timestamp;
use deskbell::domain::workspace::Workspace;
use deskbell::store::{Delivery, Origin, Store};
use serde_json::{Value, json};

use crate::living::Living;
use crate::support::discord::{Invocation, LocalDiscord};
use crate::support::slack::LocalSlack;

const CONFIGURATION: &str = r##"
[bot]
timezone = "Europe/Berlin"
calendar = "office"

[console]
enabled = true

[[source]]
name = "desk"
kind = "generic"
secret = "env:SECRET"

[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = { mon = ["09:00-18:00"], tue = ["09:00-18:00"], wed = ["09:00-18:00"], thu = ["09:00-18:00"], fri = ["09:00-17:00"] }

[[sla]]
name = "standard"
first_response = { urgent = "30m", normal = "2h" }
resolution = { urgent = "8h", normal = "3d" }
calendar = "office"
to = ["console"]

[[digest]]
name = "daily"
cron = "0 9 * * Mon-Fri"
timezone = "Europe/Berlin"
to = ["console"]

[targets]
first_response_time = "45m"
csat = 0.9

[access]
leads = ["slack:U0LEAD"]
"##;

/// A Monday afternoon, ten past three in Berlin.
const NOW: &str = "2026-11-23T14:10:00Z";

const SUBJECTS: [&str; 8] = [
    "Cannot log in after the update",
    "Charged twice for November",
    "Export stops at 10,000 rows",
    "How do I invite my team?",
    "Invoice without VAT number",
    "Webhook signature does not match",
    "Password reset never arrives",
    "Please delete my account",
];

/// A number below `most` that is as good as any, and the same on every machine.
fn some(seed: u64, most: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % most
}

/// Ten weeks of a desk of three teams; some tickets of today still wait.
fn events() -> Vec<Event> {
    let now = Timestamp::parse(NOW).expect("a time");
    let mut events = Vec::new();
    let mut ticket = 4100_u64;
    for day in 0..71_i64 {
        // The 14th of September is a Monday as well.
        let morning = now.plus_s(-3600 * 24 * (70 - day) - 6 * 3600 - 600);
        let weekend = matches!(day % 7, 5 | 6);
        for n in 0..if weekend { 2 } else { 11 + some(day as u64, 6) } {
            ticket += 1;
            let dice = |die: u64, most: u64| some(ticket * 31 + die, most);
            let created = morning.plus_s((dice(1, 9 * 3600) as i64).min(n as i64 * 2400 + 1800));
            let team = ["billing", "technical", "technical", "onboarding"][dice(2, 4) as usize];
            let channel = ["email", "email", "email", "chat", "web"][dice(3, 5) as usize];
            let priority = ["urgent", "normal", "normal", "normal"][dice(4, 4) as usize];
            let agent = ["ana", "ben", "chloé", "dmitri"][dice(5, 4) as usize];
            // Billing is the slowest, and all of them are a little faster than they were.
            let slow = if team == "billing" { 2 } else { 1 };
            let wait = (4 + dice(6, 60) * slow + dice(7, 30)) as i64 * (160 - day) / 100;
            let mut tell = |n: u64, at: Timestamp, kind: &str, actor: (&str, &str), data: Value| {
                let event = json!({"source": "desk", "event_id": format!("{ticket}-{n}"), "seq": n, "ts": at, "type": kind,
                    "ticket": ticket.to_string(), "actor": {"kind": actor.0, "id": actor.1}, "data": data});
                if at <= now {
                    events.push(Event::parse(&event.to_string()).unwrap_or_else(|e| panic!("{e}: {event}")));
                }
            };
            let customer = ("customer", ["kim", "lee", "max", "sam", "uma"][dice(8, 5) as usize]);
            let subject = SUBJECTS[dice(9, 8) as usize];
            let data = json!({"channel": channel, "team": team, "priority": priority, "subject": subject,
                "url": format!("https://desk.example/t/{ticket}")});
            tell(1, created, "ticket_created", customer, data);
            tell(2, created.plus_s(60), "assigned", ("system", "desk"), json!({"team": team, "agent": agent}));
            if dice(10, 14) == 0 && day > 67 {
                continue;
            }
            let replied = created.plus_s(60 * wait + if weekend { 49 * 3600 } else { 0 });
            tell(3, replied, "message", ("agent", agent), json!({}));
            if dice(16, 4) == 0 {
                tell(8, replied.plus_s(1200), "message", customer, json!({}));
                tell(9, replied.plus_s(2000), "message", ("agent", agent), json!({}));
            }
            if dice(11, 9) == 0 && day > 50 {
                continue;
            }
            let solved = replied.plus_s(60 * (10 + dice(12, 1800) as i64));
            tell(4, solved, "status_changed", ("agent", agent), json!({"to": "solved"}));
            if dice(13, 5) == 0 {
                let value = [5, 5, 4, 5, 2, 5, 5, 1, 5, 4][dice(14, 10) as usize];
                let rating = json!({"survey": "s", "kind": "csat", "scale": 5, "value": value});
                tell(5, solved.plus_s(1800), "rating_received", customer, rating);
            }
            if dice(15, 12) == 0 {
                tell(6, solved.plus_s(7200), "message", customer, json!({}));
                tell(7, solved.plus_s(7200), "status_changed", ("system", "desk"), json!({"to": "open"}));
            }
        }
    }
    events
}

async fn desk(directory: &tempfile::TempDir) -> (Store, Desk) {
    let url = format!("[store]\nurl = \"sqlite://{}/bot.db\"\n", directory.path().display());
    let environment = Environment::from_iter([("SECRET", "s")]);
    let config = Config::parse("bot.toml", &format!("{url}{CONFIGURATION}"), &environment, Purpose::Look);
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    let first = Timestamp::parse("2026-09-01T00:00:00Z").expect("a time");
    let store = app::open_store(&config, first).await.expect("opens");
    for (n, some) in events().chunks(2000).enumerate() {
        let delivery = Delivery {
            source: "desk".to_owned(),
            key: n.to_string(),
            received_at: Timestamp::parse(NOW).expect("a time"),
            headers: "{}".to_owned(),
            body: None,
            events: some.to_vec(),
            origin: Origin::Import,
        };
        store.accept(delivery).await.expect("accepted");
    }
    let desk = app::desk(&config, &store);
    (store, desk)
}

/// Leaves the pictures of an answer where somebody wants them.
#[expect(clippy::disallowed_methods, reason = "tests have no app to read the environment for them")]
fn leave_pictures(kind: &str, message: &Message) {
    let (Some(directory), Some(chart)) = (std::env::var_os("DESKBELL_PICTURES"), &message.chart) else { return };
    for (theme, platform) in [(Theme::Light, "slack"), (Theme::Dark, "discord")] {
        let png = Pictures::new(0).png(chart, theme).expect("drawn");
        std::fs::write(Path::new(&directory).join(format!("{kind}.{platform}.chart.png")), png).expect("written");
    }
}

/// Alone what is read is compared: a picture has snapshots of its own.
fn keep(kind: &str, message: &Message) {
    leave_pictures(kind, message);
    insta::assert_json_snapshot!(format!("{kind}_slack"), slack::render::render(message));
    insta::assert_json_snapshot!(format!("{kind}_discord"), discord::render::render(message));
    insta::assert_snapshot!(format!("{kind}_terminal"), console::render(message, false, 100, Tz::Europe__Berlin));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, desk) = desk(&directory).await;
    let now = Timestamp::parse(NOW).expect("a time");
    let channel = Channel::Slack(Workspace::default(), "C0SUPPORT".to_owned());
    let kinds = [
        ("scorecard", "/metrics"),
        ("metric", "/metrics frt"),
        ("breakdown", "/metrics frt by team last 30 days"),
        ("tickets", "/metrics list frt last week"),
        ("explain", "/metrics explain frt last week"),
        ("volume", "/metrics volume by channel last 30 days"),
        ("peak_hours", "/metrics peak_hours last 30 days"),
        ("trend", "/metrics trend csat frt 30d"),
        ("at_risk", "/sla"),
        ("why", "/sla why 4741"),
        ("what_if", "/sla simulate first_response=1h last 30 days"),
        ("digests", "/digest"),
        ("help", "/bell help"),
        ("mistake", "/metrics frt by tam"),
        ("refusal", "/metrics frt by agent"),
        ("export", "/metrics export frt last week"),
    ];
    for (kind, text) in kinds {
        let asked = Asked { text, channel: &channel, user: "slack:U0ANNA", roles: &[], drawn: true };
        keep(kind, &desk.answer(&asked, now).await.message);
    }
    let nine = Timestamp::parse("2026-11-23T08:00:00Z").expect("a time");
    let (digest, _) = desk.digest("daily", &channel, nine, true).await.expect("the store answers");
    keep("digest", &digest);
    store.close().await;
}

/// A dialog of Slack as it is opened, and as it looks when what is filled in is wrong.
async fn keep_dialog(slack: &LocalSlack, kind: &str, wrong: &[(&str, &str)]) {
    let mut view = slack.wait_for_view().await;
    let errors = slack.submit(&view, wrong).await.ack["errors"].clone();
    assert!(!errors.is_null(), "nothing is wrong with {wrong:?}");
    // Where the answer goes is known by a secret address.
    view.body["private_metadata"] = json!("");
    let filled: serde_json::Map<_, _> = wrong.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    insta::assert_json_snapshot!(format!("{kind}_slack"), view.body);
    let wrong = json!({"view": view.body, "filled": filled, "errors": errors});
    insta::assert_json_snapshot!(format!("{kind}_wrong_slack"), wrong);
}

/// The same of Discord, where a message says what is wrong.
async fn keep_modal(discord: &LocalDiscord, kind: &str, opened: &Invocation, wrong: &[(&str, &str)]) {
    insta::assert_json_snapshot!(format!("{kind}_discord"), discord.wait_for_dialog(opened).await);
    let sent = discord.submit(opened, wrong).await;
    insta::assert_json_snapshot!(format!("{kind}_wrong_discord"), discord.wait_for_answer(&sent).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_dialogs() {
    const LATE: &[(&str, &str)] = &[("until", "25:00")];
    const WEAKLY: &[(&str, &str)] = &[("often", "weakly"), ("day", "fri"), ("at", "8.30"), ("name", "Week in review")];
    let living = Living::new().await;
    let (slack, discord) = (&living.scene.slack, &living.scene.discord);
    living.minute(5).await;
    let (card, _) = living.on_both("First reply due in 5m 00s on ticket 1").await;
    slack.click(&card, "Snooze until…").await;
    keep_dialog(slack, "dialog_snooze", LATE).await;
    slack.submit(&slack.wait_for_view().await, &[("until", "2h")]).await;
    let snooze = discord.command("sla snooze", &[("ticket", "helpdesk/1"), ("until", "until")]).await;
    keep_modal(discord, "dialog_snooze", &snooze, LATE).await;
    slack.command("/digest add").await;
    keep_dialog(slack, "dialog_digest", WEAKLY).await;
    let add = discord.command("digest add", &[]).await;
    keep_modal(discord, "dialog_digest", &add, WEAKLY).await;
    living.finish().await;
}
