//! Pictures in chat: beside the answer and the digest where they can be seen, and never in the way of the message.

use std::sync::Arc;

use deskbell::app::clock::Clock;
use deskbell::chat::{Artist, DiscordMode, DiscordSettings, Ground, Outgoing, SendError, SlackMode, discord, slack};
use deskbell::domain::chart::{Chart, Figure, Point, Scale, Trend};
use deskbell::domain::message::{Block, Message, Text};
use serde_json::{Value, json};

use crate::bot::{Bot, configuration, install_cryptography, monday};
use crate::support::discord::{self as local, ATTACH_FILES, CHANNEL, LocalDiscord, Trouble};
use crate::support::slack::{Fault, LocalSlack};

const MINUTE: i64 = 60_000;
const ALT: &str = "By day from 3 (Mon) to 9 (Wed).";

/// Says what it was asked to draw, behind the first bytes of every PNG.
fn artist() -> Artist {
    Artist::new(Arc::new(|chart, ground| {
        let ground = if ground == Ground::Dark { "dark" } else { "light" };
        let png = [b"\x89PNG\r\n\x1a\n", chart.title.as_bytes(), ground.as_bytes()].concat();
        Ok(png.into())
    }))
}

fn message(title: &str) -> Message {
    let point = |label: &str, value: f64| Point {
        label: label.into(),
        value: Some(value),
        shown: value.to_string(),
        running: false,
    };
    let points = vec![point("Mon", 3.0), point("Wed", 9.0)];
    let chart = Chart {
        title: title.into(),
        subtitle: "this week".into(),
        alt: ALT.into(),
        scale: Scale::Count,
        figure: Figure::Trend(Trend { points, target: None }),
    };
    let blocks = vec![Block::Text(Text::plain("12 tickets"))];
    Message { title: title.into(), blocks, chart: Some(Box::new(chart)), ..Message::default() }
}

fn out<'a>(delivery_id: &'a str, message: &'a Message) -> Outgoing<'a> {
    Outgoing { delivery_id, message, reply_to: None }
}

mod in_slack {
    use super::*;

    fn client(slack: &LocalSlack) -> slack::Client {
        slack::Client::with_artist(&slack.settings(SlackMode::Socket), reqwest::Client::new(), artist())
    }

    async fn post(client: &slack::Client, channel: &str, message: &Message) -> Result<String, SendError> {
        client.post(channel, &out("d1", message)).await
    }

    fn completed(slack: &LocalSlack) -> usize {
        slack.files().iter().filter(|file| file.completed).count()
    }

    #[tokio::test]
    async fn a_picture_is_uploaded_once_and_shown_wherever_it_is_needed() {
        let slack = LocalSlack::start().await;
        slack.look_at_files(2);
        let client = client(&slack);
        let volume = message("Volume");
        let id = post(&client, "#support", &volume).await.expect("posted");
        post(&client, "#billing", &volume).await.expect("posted");
        let files = slack.files();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(&files[0].bytes[..], b"\x89PNG\r\n\x1a\nVolumelight");
        assert_eq!((files[0].name.as_str(), files[0].alt.as_str()), ("chart.png", ALT));
        for posted in slack.messages() {
            assert_eq!(posted.picture(), Some((files[0].id.as_str(), ALT)));
            assert!(posted.words().contains("12 tickets"), "the text says it too");
        }
        post(&client, "#support", &message("Backlog")).await.expect("posted");
        assert_eq!(slack.files().len(), 2, "another picture is another file");

        client.edit(&id, &Message { chart: None, ..volume }).await.expect("edited");
        assert_eq!(slack.messages()[0].picture(), None);
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn without_the_scope_a_message_comes_without_its_picture_until_the_scope_is_there() {
        for scope in ["files:write", "files:read"] {
            let slack = LocalSlack::start().await;
            slack.without_scope(scope);
            let client = client(&slack);
            post(&client, "#support", &message("Volume")).await.expect("posted");
            let posted = &slack.messages()[0];
            assert_eq!((posted.picture(), posted.text.as_str()), (None, "Volume"));
            assert!(slack.problems()[0].contains(scope), "{:?}", slack.problems());
            slack.with_scope(scope);
            post(&client, "#support", &message("Volume")).await.expect("posted");
            assert!(slack.messages()[1].picture().is_some());
            assert_eq!(completed(&slack), 1, "what was uploaded already is not uploaded again");
        }
    }

    #[tokio::test]
    async fn an_upload_that_breaks_is_begun_again() {
        for step in ["files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info"] {
            for fault in [Fault::ServerError, Fault::DropBefore, Fault::DropAfter] {
                let slack = LocalSlack::start().await;
                let client = client(&slack);
                slack.fail_next(step, 1, fault);
                post(&client, "#support", &message("Volume")).await.expect("posted");
                assert!(slack.messages()[0].picture().is_some(), "{step} {fault:?}");
                assert!(slack.files().len() <= 2, "{step} {fault:?}");
                assert_eq!(slack.problems(), Vec::<String>::new());
            }
        }
    }

    #[tokio::test]
    async fn an_upload_that_breaks_again_and_again_costs_the_picture_and_not_the_message() {
        let slack = LocalSlack::start().await;
        let client = client(&slack);
        slack.fail_next("upload", 2, Fault::ServerError);
        post(&client, "#support", &message("Volume")).await.expect("posted");
        slack.fail_next("files.getUploadURLExternal", 1, Fault::RateLimitedInBody);
        post(&client, "#billing", &message("Volume")).await.expect("posted");
        assert!(slack.messages().iter().all(|posted| posted.picture().is_none()));
        assert_eq!((slack.messages().len(), completed(&slack)), (2, 0));
    }

    #[tokio::test]
    async fn a_message_that_is_sent_again_and_again_uploads_its_picture_once() {
        let slack = LocalSlack::start().await;
        let client = client(&slack);
        slack.fail_next("chat.postMessage", 2, Fault::ServerError);
        for _ in 0..2 {
            let lost = post(&client, "#support", &message("Volume")).await;
            assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
        }
        post(&client, "#support", &message("Volume")).await.expect("posted");
        assert!(slack.messages()[0].picture().is_some());
        assert_eq!((slack.files().len(), slack.calls("files.completeUploadExternal")), (1, 1));
    }

    #[tokio::test]
    async fn a_file_that_somebody_deleted_is_done_without_once_and_then_uploaded_again() {
        let slack = LocalSlack::start().await;
        let client = client(&slack);
        for _ in 0..3 {
            if slack.messages().len() == 1 {
                slack.delete_files();
            }
            post(&client, "#support", &message("Volume")).await.expect("posted");
        }
        let shown: Vec<bool> = slack.messages().iter().map(|posted| posted.picture().is_some()).collect();
        assert_eq!(shown, [true, false, true]);
        assert!(slack.problems()[0].contains("invalid slack file"), "{:?}", slack.problems());
    }

    #[tokio::test]
    async fn what_slack_looks_at_for_too_long_is_done_without_and_not_uploaded_again() {
        let slack = LocalSlack::start().await;
        slack.look_at_files(9);
        let client = client(&slack);
        post(&client, "#support", &message("Volume")).await.expect("posted");
        post(&client, "#support", &message("Volume")).await.expect("posted");
        let shown: Vec<bool> = slack.messages().iter().map(|posted| posted.picture().is_some()).collect();
        assert_eq!((shown, slack.files().len()), (vec![false, true], 1));
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn check_names_the_scope_that_pictures_lack_unless_there_are_none() {
        let slack = LocalSlack::start().await;
        let drawing = client(&slack);
        assert!(drawing.check().await.iter().all(|finding| finding.ok));
        slack.without_scope("files:write");
        let wrong: Vec<_> = drawing.check().await.into_iter().filter(|finding| !finding.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].what.contains("files:write (neither pictures nor exported rows can be sent)"), "{wrong:?}");
        assert!(wrong[0].mend.as_ref().is_some_and(|mend| mend.contains("OAuth & Permissions")), "{wrong:?}");
        slack.with_scope("files:write");
        slack.without_scope("files:read");
        assert!(drawing.check().await.iter().any(|finding| finding.what.contains("without files:read")));
        let plain = slack::Client::new(&slack.settings(SlackMode::Socket), reqwest::Client::new());
        assert!(plain.check().await.iter().all(|finding| finding.ok));
    }

    #[tokio::test]
    async fn the_local_slack_takes_files_as_the_real_one_does() {
        let slack = LocalSlack::start().await;
        let http = reqwest::Client::new();
        let call = async |method: &str, form: &[(&str, &str)]| -> Value {
            let request = http.post(format!("{}/{method}", slack.api_base())).form(form);
            let answer = request.bearer_auth(crate::support::slack::BOT_TOKEN).send().await.expect("answered");
            answer.json().await.expect("JSON")
        };
        let png = b"\x89PNG\r\n\x1a\nx";
        let place = [("filename", "chart.png"), ("length", "9"), ("alt_txt", "a chart")];
        let place = call("files.getUploadURLExternal", &place).await;
        let (url, id) = (place["upload_url"].as_str().expect("an address"), &place["file_id"]);
        let files = json!([{"id": id, "title": "t"}]).to_string();
        let early = call("files.completeUploadExternal", &[("files", &files)]).await;
        assert_eq!(early["error"], "file_not_found", "nothing was uploaded yet");
        let upload = async |bytes: &[u8]| http.post(url).body(bytes.to_vec()).send().await.expect("answered").status();
        assert_eq!(upload(b"\x89PNG\r\n\x1a\nxx").await, 400, "longer than announced");
        assert_eq!(upload(png).await, 200);
        assert_eq!(upload(png).await, 400, "an address is good for one upload");
        assert_eq!(call("files.completeUploadExternal", &[("files", &files)]).await["ok"], true);
        assert_eq!(call("files.completeUploadExternal", &[("files", &files)]).await["error"], "file_not_found");
        let image = json!([{"type": "image", "slack_file": {"id": id}, "alt_text": "a chart"}]).to_string();
        let show = [("channel", "C0SUPPORT"), ("text", "t"), ("blocks", &*image)];
        let early = call("chat.postMessage", &show).await;
        assert_eq!(early["error"], "invalid_blocks", "still being looked at");
        let info = [("file", id.as_str().expect("an id"))];
        let kinds = [call("files.info", &info).await, call("files.info", &info).await];
        assert_eq!(kinds.map(|info| info["file"]["mimetype"].clone()), ["", "image/png"]);
        assert_eq!(call("chat.postMessage", &show).await["ok"], true);
    }
}

mod in_discord {
    use super::*;

    fn client(discord: &LocalDiscord, artist: Artist) -> discord::Client {
        install_cryptography();
        let settings = DiscordSettings {
            mode: DiscordMode::Gateway,
            token: local::TOKEN.into(),
            application_id: local::APPLICATION,
            public_key: None,
            guild: None,
            api_base: discord.base().to_owned(),
        };
        discord::Client::with_artist(&settings, reqwest::Client::new(), artist)
    }

    #[tokio::test]
    async fn a_picture_comes_with_its_message_and_goes_with_an_edit() {
        let discord = LocalDiscord::start().await;
        let client = client(&discord, artist());
        let volume = message("Volume");
        let id = client.post(CHANNEL, &out("d1", &volume)).await.expect("posted");
        let posted = &discord.messages()[0];
        assert_eq!(&posted.files[0].bytes[..], b"\x89PNG\r\n\x1a\nVolumedark");
        assert_eq!((posted.files.len(), posted.files[0].description.as_str()), (1, ALT));
        assert_eq!(posted.body["embeds"][0]["image"]["url"], "attachment://chart.png");
        assert_eq!(posted.body["nonce"], "d1");
        client.edit(&id, &message("Backlog")).await.expect("edited");
        assert_eq!(&discord.messages()[0].files[0].bytes[..], b"\x89PNG\r\n\x1a\nBacklogdark");
        client.edit(&id, &Message { chart: None, ..volume }).await.expect("edited");
        assert!(discord.messages()[0].files.is_empty());
        assert_eq!(discord.faults(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_the_rate_limit_refused_is_repeated_with_its_picture_and_what_may_have_arrived_is_not_doubled() {
        let discord = LocalDiscord::start().await;
        let client = client(&discord, artist());
        let volume = message("Volume");
        discord.trouble(&[Trouble::Limit("user", 0.05), Trouble::Limit("global", 0.05)]);
        client.post(CHANNEL, &out("d1", &volume)).await.expect("posted after the wait");
        assert_eq!(&discord.messages()[0].files[0].bytes[..], b"\x89PNG\r\n\x1a\nVolumedark");
        assert_eq!(discord.requests().iter().filter(|request| request.starts_with("POST")).count(), 3);

        discord.trouble(&[Trouble::Drop]);
        let lost = client.post(CHANNEL, &out("d2", &volume)).await;
        assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
        let found = client.find(CHANNEL, &out("d2", &volume)).await.expect("looked");
        let again = client.post(CHANNEL, &out("d2", &volume)).await.expect("recognised");
        assert_eq!((found, discord.messages().len()), (Some(again), 2));
        discord.trouble(&[Trouble::Fail]);
        let failed = client.post(CHANNEL, &out("d3", &volume)).await;
        assert!(matches!(failed, Err(SendError::Unknown { .. })), "trouble is no word about the picture: {failed:?}");
        assert_eq!(discord.messages().len(), 2);
        assert_eq!(discord.faults(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn where_files_are_not_allowed_the_message_comes_without_and_check_says_so() {
        let discord = LocalDiscord::start().await;
        let drawing = client(&discord, artist());
        assert!(
            drawing.check(&[CHANNEL]).await.iter().all(|finding| finding.ok),
            "{:?}",
            drawing.check(&[CHANNEL]).await
        );
        discord.deny(CHANNEL, ATTACH_FILES);
        drawing.post(CHANNEL, &out("d1", &message("Volume"))).await.expect("posted");
        let posted = &discord.messages()[0];
        assert!(posted.files.is_empty() && posted.body["embeds"][0]["image"].is_null(), "{}", posted.body);
        assert_eq!(posted.body["content"], "**Volume**");
        assert_eq!(discord.faults(), ["POST channels/3000/messages: 403 Missing Permissions"]);

        let wrong: Vec<_> = drawing.check(&[CHANNEL]).await.into_iter().filter(|finding| !finding.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        let expected = "discord:3000: #support: without Attach Files (messages come without their pictures)";
        assert_eq!(wrong[0].what, expected);
        assert!(wrong[0].mend.as_ref().is_some_and(|mend| mend.contains("&permissions=117760")), "{wrong:?}");
        let plain = client(&discord, Artist::default());
        assert!(plain.check(&[CHANNEL]).await.iter().all(|finding| finding.ok), "nobody misses what is not sent");
    }

    #[tokio::test]
    async fn the_local_discord_refuses_what_shows_a_file_that_has_not_come() {
        install_cryptography();
        let discord = LocalDiscord::start().await;
        let shows = |name: &str| {
            let embed = json!({"title": "t", "image": {"url": format!("attachment://{name}")}});
            json!({"embeds": [embed], "allowed_mentions": {"parse": []},
                   "attachments": [{"id": 0, "filename": "chart.png", "description": "a chart"}]})
        };
        let send = async |json: &Value, png: &[u8], file: &str| {
            let head = |name: &str| format!("--x\r\nContent-Disposition: form-data; {name}\r\n");
            let body = [
                head("name=\"payload_json\"").into_bytes(),
                format!("Content-Type: application/json\r\n\r\n{json}\r\n").into_bytes(),
                head(&format!("name=\"files[0]\"; filename=\"{file}\"")).into_bytes(),
                b"Content-Type: image/png\r\n\r\n".to_vec(),
                png.to_vec(),
                b"\r\n--x--\r\n".to_vec(),
            ];
            let request = reqwest::Client::new()
                .post(format!("{}/api/v10/channels/{CHANNEL}/messages", discord.base()))
                .header("authorization", format!("Bot {}", local::TOKEN))
                .header("content-type", "multipart/form-data; boundary=x")
                .body(body.concat());
            request.send().await.expect("answered").status().as_u16()
        };
        let png = b"\x89PNG\r\n\x1a\nx";
        assert_eq!(send(&shows("chart.png"), png, "chart.png").await, 200);
        assert_eq!(send(&shows("other.png"), png, "chart.png").await, 400, "not in the upload");
        assert_eq!(send(&shows("chart.png"), png, "other.png").await, 400, "not listed");
        assert_eq!(send(&shows("chart.png"), b"no picture", "chart.png").await, 400);
        assert_eq!(discord.messages().len(), 1);
    }
}

mod of_the_bot {
    use super::*;

    struct Scene {
        slack: LocalSlack,
        discord: LocalDiscord,
        bot: Bot,
        _directory: tempfile::TempDir,
    }

    impl Scene {
        /// With tickets of a week, two hours after Monday's nine o'clock.
        async fn new(more: &str) -> Self {
            let (slack, discord) = (LocalSlack::start().await, LocalDiscord::start().await);
            let directory = tempfile::tempdir().expect("a directory");
            let store = format!("sqlite://{}", directory.path().join("bot.db").display());
            let text = configuration(&slack, &discord, &store, more);
            let bot = Bot::start(&text, Clock::movable(monday().plus_s(7200))).await;
            slack.wait_for_connection("opened 1").await;
            discord.wait_until_ready().await;
            let created = |n: i64| {
                let at = monday().plus_s(3600 - n % 7 * 86_400);
                json!({"event_id": format!("{n}"), "ts": at, "type": "ticket_created", "ticket": format!("{n}"),
                       "actor": {"kind": "customer", "id": "c1"}, "data": {"channel": "email", "team": "billing"}})
            };
            let response = bot.generic(&Value::Array((0..20).map(created).collect())).await;
            assert_eq!(response.status(), 200, "{}", response.text().await.expect("text"));
            Self { slack, discord, bot, _directory: directory }
        }

        async fn finish(self) {
            assert_eq!(self.slack.problems(), Vec::<String>::new());
            assert_eq!(self.discord.faults(), Vec::<String>::new());
            self.bot.running.stop().await;
        }
    }

    /// Width and height of a PNG.
    fn size(png: &[u8]) -> (u32, u32) {
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        (number(16), number(20))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_shows_its_picture_in_discord_to_the_person_who_asked() {
        let scene = Scene::new("").await;
        let invoked = scene.discord.command("metrics", &[("metric", "volume"), ("period", "last 7 days")]).await;
        assert!(scene.discord.wait_for_ack(&invoked).await.is_ephemeral());
        let body = scene.discord.wait_for_answer(&invoked).await;
        let files = scene.discord.files_of_answer(&invoked);
        assert_eq!(files.len(), 1, "{body}");
        assert_eq!(size(&files[0].bytes).0, 960);
        assert!(files[0].description.starts_with("Ticket volume by day, "), "{}", files[0].description);
        let embeds = body["embeds"].as_array().expect("embeds");
        assert_eq!(embeds.last().expect("an embed")["image"]["url"], "attachment://chart.png");

        let help = scene.discord.command("bell", &[("topic", "periods")]).await;
        scene.discord.wait_for_answer(&help).await;
        assert!(scene.discord.files_of_answer(&help).is_empty(), "there is nothing to see");
        scene.finish().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_shows_its_picture_in_slack_once_it_is_shared() {
        let scene = Scene::new("").await;
        let asked = scene.slack.command("/metrics volume last 7 days").await;
        let answer = asked.answer().await;
        assert!(!answer.shared && answer.words().contains("Volume by day"), "its course as text: {}", answer.words());
        assert!(scene.slack.files().is_empty(), "what only one person sees is not uploaded");

        let shared = scene.slack.command("/metrics volume last 7 days share").await;
        let posted = scene.slack.wait_for_message(|m| m.text.contains("Ticket volume")).await;
        let (file, alt) = posted.picture().expect("a picture");
        assert!(alt.starts_with("Ticket volume by day, "), "{alt}");
        let uploaded = scene.slack.files().into_iter().find(|f| f.id == file).expect("uploaded");
        assert_eq!(size(&uploaded.bytes).0, 960);
        assert!(posted.words().contains("Volume by day"), "the text says it too: {}", posted.words());
        assert_eq!((posted.channel.as_str(), shared.answers().len()), ("C0SUPPORT", 0), "said once");
        scene.finish().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_shared_answer_comes_as_text_where_the_bot_may_not_post_or_upload() {
        let scene = Scene::new("").await;
        let elsewhere = scene.slack.command_from("U0ANNA", "elsewhere", "/metrics volume last 7 days share").await;
        let answer = elsewhere.answer().await;
        assert!(answer.shared && answer.words().contains("Volume by day"), "{}", answer.words());
        scene.slack.without_scope("files:write");
        let asked = scene.slack.command("/metrics volume last 6 days share").await;
        assert!(asked.answer().await.shared);
        scene.slack.with_scope("files:write");
        // Nobody knows whether it arrived; it had not.
        scene.slack.fail_next("chat.postMessage", 1, Fault::DropBefore);
        let asked = scene.slack.command("/metrics volume last 7 days share").await;
        assert!(asked.answer().await.shared);
        // It had.
        scene.slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
        let asked = scene.slack.command("/metrics volume last 7 days share").await;
        scene.slack.wait_for_message(|m| m.picture().is_some()).await;
        scene.bot.running.stop().await;
        assert_eq!((asked.answers().len(), scene.slack.messages().len()), (0, 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_digest_shows_its_picture_on_both_platforms() {
        let daily = "[bot]\ntimezone = 'Europe/Berlin'\n[[digest]]\nname = 'daily'\ncron = '30 11 * * 1-5'\n\
            to = ['slack:#support', 'slack:#billing', 'discord:3000']";
        let scene = Scene::new(daily).await;
        let store = scene.bot.running.store.clone();
        crate::bot::until("the digest is known", async || {
            let slot = store.last_slot("daily", "discord:3000").await;
            slot.is_ok_and(|slot| slot.is_some())
        })
        .await;
        scene.bot.clock.advance(30 * MINUTE);
        for channel in ["C0SUPPORT", "C0BILLING"] {
            let posted = scene.slack.wait_for_message(|m| m.channel == channel).await;
            let (_, alt) = posted.picture().expect("a picture");
            assert!(alt.contains(" by day, "), "{alt}");
        }
        assert_eq!(scene.slack.files().len(), 1, "the same picture for both channels");
        let posted = scene.discord.wait_for_message(|m| m.body.to_string().contains("Daily")).await;
        assert_eq!(size(&posted.files[0].bytes).0, 960);
        assert_ne!(posted.files[0].bytes, scene.slack.files()[0].bytes, "dark on the one, light on the other");
        scene.bot.settle().await;
        scene.finish().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_charts_there_are_no_pictures() {
        let scene = Scene::new("[chat]\ncharts = false").await;
        let invoked = scene.discord.command("metrics", &[("metric", "volume"), ("period", "last 7 days")]).await;
        scene.discord.wait_for_answer(&invoked).await;
        assert!(scene.discord.files_of_answer(&invoked).is_empty());
        let shared = scene.slack.command("/metrics volume last 7 days share").await;
        assert!(shared.answer().await.shared);
        assert!(scene.slack.files().is_empty() && scene.slack.messages().is_empty());
        scene.finish().await;
    }
}
