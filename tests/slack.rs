//! The Slack client and its Socket Mode against a Slack on this machine.

#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;

use deskbell::chat::slack::{Client, Incoming, inbound, socket};
use deskbell::chat::{Channel, Commands, Inbound, Outgoing, ReplyHandle, SendError, SlackMode};
use deskbell::commands::fill;
use deskbell::domain::chart::{Chart, Figure, Point, Scale, Trend};
use deskbell::domain::message::{Action, ActionKind, Block, Message, Text, Tone};
use deskbell::domain::workspace::Workspace;
use deskbell::grammar::Begun;
use support::slack::{Fault, LocalSlack, Posted};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn client(slack: &LocalSlack, mode: SlackMode) -> Client {
    Client::with_socket_tls(&slack.settings(mode), reqwest::Client::new(), slack.socket_tls())
}

/// Without options or proposals, but with the dialogs of the real commands.
fn commands() -> Commands {
    Commands {
        specs: Vec::new(),
        complete: Arc::new(|_| Vec::new()),
        assemble: Arc::new(|command, _| format!("/{command}")),
        form: Arc::new(|inbound| Begun::bare(&inbound.text).map(|begun| begun.form(chrono_tz::UTC))),
        fill: Arc::new(fill),
    }
}

fn message(title: &str) -> Message {
    Message {
        title: title.into(),
        blocks: vec![Block::Text(Text::plain("Due <soon> & *now*"))],
        actions: vec![
            Action { label: "Claim".into(), does: ActionKind::Command("/sla claim 4521".into()) },
            Action { label: "Open".into(), does: ActionKind::Open { url: "https://desk.example/4521".into() } },
        ],
        ..Message::default()
    }
}

async fn post(client: &Client, channel: &str, delivery_id: &str, fate_unknown: bool) -> Result<String, SendError> {
    if fate_unknown && let Some(found) = client.find(channel, delivery_id).await? {
        return Ok(found);
    }
    client.post(channel, &Outgoing { delivery_id, message: &message(delivery_id), reply_to: None }).await
}

fn texts(messages: &[Posted]) -> Vec<&str> {
    messages.iter().map(|m| m.text.as_str()).collect()
}

mod posting {
    use super::*;

    #[tokio::test]
    async fn a_message_arrives_by_name_or_id_and_is_edited_in_place() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        let id = post(&client, "#leads", "d1", false).await.expect("posted");
        post(&client, &slack.channel("support"), "d2", false).await.expect("posted");
        assert_eq!(slack.calls("conversations.list"), 2, "two pages, asked once; an id needs no list");
        post(&client, "#billing", "d3", false).await.expect("posted");
        assert_eq!(slack.calls("conversations.list"), 2, "the second name is known already");

        let posted = &slack.messages()[0];
        assert_eq!(id, format!("C0LEADS:{}", posted.ts));
        assert_eq!(posted.metadata["event_payload"]["delivery_id"], "d1");
        assert!(posted.words().contains("Due <soon> & *now*"), "{}", posted.words());

        let red = Message { tone: Tone::Bad, ..message("late") };
        client.edit(&id, &red).await.expect("edited");
        assert_eq!(slack.messages()[0].attachments.len(), 1);
        client.edit(&id, &message("calm")).await.expect("edited");
        let edited = &slack.messages()[0];
        assert_eq!((edited.text.as_str(), edited.edited), ("calm", 2));
        assert_eq!(edited.attachments.len(), 0, "the coloured edge goes away again");
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_hangs_on_a_message_is_a_broadcast_reply() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        let parent = post(&client, "#support", "d1", false).await.expect("posted");
        let breach = message("breached");
        let out = Outgoing { delivery_id: "d2", message: &breach, reply_to: Some(&parent) };
        client.post("#support", &out).await.expect("posted");
        let messages = slack.messages();
        assert_eq!(messages[1].thread_ts.as_deref(), Some(messages[0].ts.as_str()));
        assert!(messages[1].broadcast, "the channel sees it too");
    }

    #[tokio::test]
    async fn what_should_hang_on_a_deleted_message_is_posted_by_itself_and_the_deleted_one_is_gone() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        let parent = post(&client, "#support", "d1", false).await.expect("posted");
        slack.delete(&slack.messages()[0]);
        let edited = client.edit(&parent, &message("changed")).await;
        assert!(matches!(edited, Err(SendError::Gone { .. })), "{edited:?}");
        let breach = message("breached");
        let out = Outgoing { delivery_id: "d2", message: &breach, reply_to: Some(&parent) };
        client.post("#support", &out).await.expect("posted");
        let messages = slack.messages();
        assert_eq!((messages.len(), messages[0].thread_ts.as_deref()), (1, None));
    }

    #[tokio::test]
    async fn a_message_whose_answer_was_lost_is_found_and_not_posted_again() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
        let lost = post(&client, "#support", "d1", false).await;
        assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
        let id = post(&client, "#support", "d1", true).await.expect("found");
        assert_eq!(id, format!("C0SUPPORT:{}", slack.messages()[0].ts));
        assert_eq!(texts(&slack.messages()), ["d1"]);
    }

    #[tokio::test]
    async fn a_message_that_never_arrived_is_posted_after_a_look() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        for (fault, delivery) in [(Fault::DropBefore, "d1"), (Fault::ServerError, "d2")] {
            slack.fail_next("chat.postMessage", 1, fault);
            let lost = post(&client, "#support", delivery, false).await;
            assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
            post(&client, "#support", delivery, true).await.expect("posted");
        }
        assert_eq!(texts(&slack.messages()), ["d1", "d2"]);
    }

    #[tokio::test]
    async fn a_failed_look_leaves_the_fate_unknown() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        for fault in [Fault::ServerError, Fault::DropBefore, Fault::RateLimited(1)] {
            slack.fail_next("conversations.history", 1, fault);
            let again = post(&client, "#support", "d1", true).await;
            let kept = matches!(again, Err(SendError::Retry { .. } | SendError::Limited { .. }));
            assert!(kept, "{fault:?}: {again:?}");
        }
        assert_eq!(slack.messages().len(), 0);
    }

    #[tokio::test]
    async fn without_the_scope_to_look_a_rare_double_is_preferred_to_a_miss() {
        let slack = LocalSlack::start().await;
        slack.without_scope("channels:history");
        let client = client(&slack, SlackMode::Socket);
        slack.fail_next("chat.postMessage", 1, Fault::DropAfter);
        post(&client, "#support", "d1", false).await.expect_err("lost");
        post(&client, "#support", "d1", true).await.expect("posted again");
        assert_eq!(texts(&slack.messages()), ["d1", "d1"]);
    }

    #[tokio::test]
    async fn slack_is_not_asked_again_before_its_time() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        slack.fail_next("chat.postMessage", 1, Fault::RateLimited(30));
        let limited = post(&client, "#support", "d1", false).await;
        assert!(matches!(limited, Err(SendError::Limited { after_ms: 30_000, .. })), "{limited:?}");
        let still = post(&client, "#billing", "d2", false).await;
        assert!(matches!(still, Err(SendError::Limited { after_ms: 29_000..=30_000, .. })), "{still:?}");
        assert_eq!(slack.calls("chat.postMessage"), 1, "the second was not even sent");

        slack.fail_next("chat.update", 1, Fault::RateLimitedInBody);
        let edit = client.edit("C0SUPPORT:1.1", &message("x")).await;
        assert!(matches!(edit, Err(SendError::Limited { .. })), "{edit:?}");
    }

    #[tokio::test]
    async fn an_edit_may_always_be_repeated() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        let id = post(&client, "#support", "d1", false).await.expect("posted");
        slack.fail_next("chat.update", 1, Fault::DropAfter);
        let lost = client.edit(&id, &message("x")).await;
        assert!(matches!(lost, Err(SendError::Unknown { .. })), "{lost:?}");
        client.edit(&id, &message("x")).await.expect("edited");
        let gone = client.edit("C0SUPPORT:1.1", &message("x")).await.expect_err("no such message");
        assert!(gone.to_string().contains("somebody deleted the message"), "{gone}");
    }

    #[tokio::test]
    async fn what_cannot_work_says_how_to_mend_it() {
        let slack = LocalSlack::start().await;
        let client = client(&slack, SlackMode::Socket);
        for (channel, hint) in [
            ("#nowhere", "check the name or id"),
            ("#elsewhere", "invite the bot"),
            ("#attic", "check the name or id"),
            ("C0ATTIC", "the channel is archived"),
        ] {
            match post(&client, channel, "d1", false).await {
                Err(SendError::Permanent { reason }) => assert!(reason.contains(hint), "{channel}: {reason}"),
                other => panic!("{channel}: {other:?}"),
            }
        }
        slack.without_scope("groups:read");
        let fresh = super::client(&slack, SlackMode::Socket);
        post(&fresh, "#support", "d2", false).await.expect("public channels are found without groups:read");
    }

    #[tokio::test]
    async fn a_slack_that_is_not_there_means_later() {
        let slack = LocalSlack::start().await;
        let mut settings = slack.settings(SlackMode::Socket);
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
        settings.api_base = format!("http://{free}/api");
        let client = Client::new(&settings, reqwest::Client::new());
        let result = post(&client, "C0SUPPORT", "d1", false).await;
        assert!(matches!(result, Err(SendError::Retry { .. })), "{result:?}");
    }
}

mod checking {
    use super::*;

    #[tokio::test]
    async fn a_sound_installation_has_only_good_findings() {
        let slack = LocalSlack::start().await;
        for mode in [SlackMode::Socket, SlackMode::Http] {
            let client = client(&slack, mode);
            let findings = client.check().await;
            assert!(findings.iter().all(|f| f.ok), "{findings:#?}");
            assert_eq!(findings[0].what, "Slack bot token: deskbell in Local");
            assert!(client.check_channel("#leads").await.ok);
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_with_its_cure() {
        let slack = LocalSlack::start().await;
        slack.without_scope("groups:history");
        let mut settings = slack.settings(SlackMode::Socket);
        settings.app_token = Some("xapp-wrong".into());
        let client = Client::new(&settings, reqwest::Client::new());
        let wrong: Vec<_> = client.check().await.into_iter().filter(|f| !f.ok).collect();
        assert_eq!(wrong.len(), 2, "{wrong:#?}");
        assert!(wrong[0].what.contains("groups:history"), "{wrong:#?}");
        assert!(wrong[1].what.contains("invalid_auth") && wrong[1].mend.is_some(), "{wrong:#?}");
        let elsewhere = client.check_channel("#elsewhere").await;
        assert!(!elsewhere.ok && elsewhere.mend.is_some_and(|m| m.contains("/invite")));

        settings.bot_token = "xoxb-wrong".into();
        settings.app_token = None;
        let findings = Client::new(&settings, reqwest::Client::new()).check().await;
        assert!(findings.iter().all(|f| !f.ok && f.mend.is_some()), "{findings:#?}");
    }
}

mod listening {
    use super::*;

    struct Bot {
        inbound: mpsc::Receiver<Inbound>,
        stop: CancellationToken,
        task: JoinHandle<()>,
    }

    impl Bot {
        fn start(slack: &LocalSlack, queue: usize) -> Self {
            let (sender, inbound) = mpsc::channel(queue);
            let stop = CancellationToken::new();
            let task = tokio::spawn(socket::listen(client(slack, SlackMode::Socket), commands(), sender, stop.clone()));
            Self { inbound, stop, task }
        }

        async fn next(&mut self) -> Inbound {
            self.inbound.recv().await.expect("the bot listens")
        }

        async fn stop(self) {
            self.stop.cancel();
            self.task.await.expect("ends in peace");
        }
    }

    async fn answer(inbound: Inbound, title: &str, share: bool) {
        let ReplyHandle::Slack(reply) = inbound.reply else { panic!("not from Slack") };
        reply.answer(&message(title), share).await.expect("answered");
    }

    #[tokio::test]
    async fn a_command_is_acknowledged_at_once_and_answered_later() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        let command = slack.command("/metrics frt team:r&d <7d>").await;
        let inbound = bot.next().await;
        assert_eq!(inbound.text, "/metrics frt team:r&d <7d>");
        assert_eq!(
            (inbound.user.as_str(), &inbound.channel),
            ("slack:U0ANNA", &Channel::Slack(Workspace::default(), "C0SUPPORT".into()))
        );
        assert_eq!(command.answers().len(), 0);
        answer(inbound, "42 min", true).await;
        let answered = command.answer().await;
        assert_eq!((answered.text.as_str(), answered.shared), ("42 min", true));
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_private_answer_has_a_chart_unless_the_workspace_does_not_take_it() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        let point = |n: i32| {
            let label = format!("Day {n}");
            Point { label, value: Some(f64::from(n)), shown: n.to_string(), running: false }
        };
        let drawn = Message {
            chart: Some(Box::new(Chart {
                title: "Volume: 12".into(),
                subtitle: "last 7 days".into(),
                alt: "Volume over 7 days".into(),
                scale: Scale::Count,
                figure: Figure::Trend(Trend { points: (1..=7).map(point).collect(), target: None }),
            })),
            ..message("Volume")
        };
        let mut ask = async || {
            let asked = slack.command("/metrics volume").await;
            let ReplyHandle::Slack(reply) = bot.next().await.reply else { panic!("not from Slack") };
            reply.answer(&drawn, false).await.expect("answered");
            let answer = asked.answer().await;
            answer.blocks.iter().filter(|block| block["type"] == "data_visualization").count()
        };
        assert_eq!(ask().await, 1);
        slack.without_charts();
        assert_eq!((ask().await, slack.calls("response_url")), (0, 3), "refused, then sent as text");
        assert_eq!((ask().await, slack.calls("response_url")), (0, 4), "from then on in one post");
        bot.stop().await;
        assert!(slack.problems().iter().all(|problem| problem.contains("invalid_blocks")), "{:?}", slack.problems());
    }

    #[tokio::test]
    async fn a_button_comes_back_as_its_command() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        post(&client(&slack, SlackMode::Socket), "#support", "alert", false).await.expect("posted");
        let alert = slack.wait_for_message(|m| m.text == "alert").await;
        slack.click(&alert, "Open").await;
        let claim = slack.click(&alert, "Claim").await;
        let inbound = bot.next().await;
        assert_eq!(inbound.text, "/sla claim 4521", "the link was only acknowledged");
        answer(inbound, "yours", false).await;
        assert!(!claim.answer().await.shared);
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_slack_repeats_is_acknowledged_again_but_done_once() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        let first = slack.command("/sla claim 1").await;
        slack.repeat(&first).await;
        slack.command("/sla claim 2").await;
        assert_eq!(bot.next().await.text, "/sla claim 1");
        assert_eq!(bot.next().await.text, "/sla claim 2");
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_full_queue_costs_no_acknowledgement_and_is_said() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 1);
        slack.command("/metrics").await;
        let second = slack.command("/metrics").await;
        assert!(second.answer().await.text.contains("Too many commands"));
        bot.next().await;
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_dialog_that_finds_the_queue_full_stays_open_and_may_be_sent_again() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 1);
        slack.command("/sla snooze 4521 until").await;
        let view = slack.wait_for_view().await;
        slack.command("/metrics").await;
        let busy = slack.submit(&view, &[("until", "2h")]).await;
        assert!(busy.ack["errors"]["until"].as_str().is_some_and(|text| text.contains("again")), "{}", busy.ack);
        assert_eq!(bot.next().await.text, "/metrics");
        slack.submit(&view, &[("until", "2h")]).await;
        assert_eq!(bot.next().await.text, "/sla snooze 4521 until 2h");
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_press_that_slack_repeats_opens_one_dialog() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        let first = slack.command("/digest add").await;
        slack.repeat(&first).await;
        let view = slack.wait_for_view().await;
        slack.submit(&view, &[]).await;
        assert_eq!(bot.next().await.text, "/digest add weekdays tz:UTC");
        assert_eq!(slack.calls("views.open"), 1);
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn the_successor_is_open_before_the_old_connection_closes() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        slack.wait_for_connection("opened 1").await;
        slack.refresh();
        // Whichever connection brings it, nothing is lost meanwhile.
        slack.command("/metrics during").await;
        assert_eq!(bot.next().await.text, "/metrics during");
        slack.wait_for_connection("closed 1").await;
        slack.command("/metrics after").await;
        assert_eq!(bot.next().await.text, "/metrics after");
        assert_eq!(slack.connections(), ["opened 1", "opened 2", "closed 1"]);
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_was_under_way_through_the_old_connection_is_not_lost() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        slack.wait_for_connection("opened 1").await;
        slack.refresh();
        slack.wait_for_connection("opened 2").await;
        // Answered, so the bot knows its new connection for certain.
        slack.command("/metrics new").await;
        assert_eq!(bot.next().await.text, "/metrics new");
        slack.command_through_oldest("/metrics old").await;
        assert_eq!(bot.next().await.text, "/metrics old");
        bot.stop().await;
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_broken_connection_is_opened_again() {
        let slack = LocalSlack::start().await;
        let mut bot = Bot::start(&slack, 8);
        slack.wait_for_connection("opened 1").await;
        slack.cut();
        slack.command("/metrics").await;
        assert_eq!(bot.next().await.text, "/metrics");
        bot.stop().await;
        slack.wait_for_connection("closed 2").await;
    }

    #[tokio::test]
    async fn a_slack_that_fails_at_first_is_asked_again() {
        let slack = LocalSlack::start().await;
        slack.fail_next("apps.connections.open", 1, Fault::ServerError);
        let mut bot = Bot::start(&slack, 8);
        slack.command("/metrics").await;
        assert_eq!(bot.next().await.text, "/metrics");
        bot.stop().await;
    }

    #[tokio::test]
    async fn secure_sockets_work_and_strange_certificates_do_not() {
        let slack = LocalSlack::start_tls().await;
        let mut bot = Bot::start(&slack, 8);
        slack.command("/metrics").await;
        assert_eq!(bot.next().await.text, "/metrics");
        bot.stop().await;

        let stranger = LocalSlack::start_tls().await;
        let (sender, _inbound) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let suspicious =
            Client::with_socket_tls(&slack.settings(SlackMode::Socket), reqwest::Client::new(), stranger.socket_tls());
        let task = tokio::spawn(socket::listen(suspicious, commands(), sender, stop.clone()));
        slack.wait_for_problem("TLS handshake").await;
        stop.cancel();
        task.await.expect("ends in peace");
    }
}

mod requests {
    use deskbell::domain::timestamp::Timestamp;
    use deskbell::web::chat::{ChatState, router};
    use support::slack::SIGNING_SECRET;

    use super::*;

    /// By the bot's clock.
    const NOW_S: i64 = 1_795_338_000;

    /// The routes of the bot, with a queue of so many places.
    async fn start(slack: &LocalSlack, queue: usize) -> (String, mpsc::Receiver<Inbound>) {
        let (sender, receiver) = mpsc::channel(queue);
        let state = ChatState {
            slack: vec![(client(slack, SlackMode::Http), SIGNING_SECRET.into())],
            discord: None,
            commands: commands(),
            inbound: sender,
            now: Arc::new(|| Timestamp(NOW_S * 1000)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router(state)).await });
        (format!("http://{address}"), receiver)
    }

    #[tokio::test]
    async fn signed_commands_and_clicks_arrive_and_old_ones_do_not() {
        let slack = LocalSlack::start().await;
        let (bot, mut inbound) = start(&slack, 8).await;
        let (_, command) = slack.command_http(&bot, NOW_S, "/metrics frt & csat").await;
        let asked = inbound.recv().await.expect("arrived");
        assert_eq!(asked.text, "/metrics frt & csat");
        let ReplyHandle::Slack(reply) = asked.reply else { panic!("not from Slack") };
        reply.answer(&message("42 min"), false).await.expect("answered");
        assert_eq!(command.answer().await.text, "42 min");

        post_alert(&slack).await;
        let alert = slack.wait_for_message(|m| m.text == "alert").await;
        slack.click_http(&bot, NOW_S, &alert, "Claim").await;
        assert_eq!(inbound.recv().await.expect("arrived").text, "/sla claim 4521");
        assert_eq!(slack.problems(), Vec::<String>::new());

        let (late, _) = slack.command_http(&bot, NOW_S - 301, "/metrics").await;
        assert_eq!(late.status(), 401);
    }

    #[tokio::test]
    async fn dialogs_are_opened_mended_and_sent_off() {
        let slack = LocalSlack::start().await;
        let (bot, mut inbound) = start(&slack, 1).await;
        let (_, command) = slack.command_http(&bot, NOW_S, "/sla snooze 4521 until").await;
        let view = slack.wait_for_view().await;
        let wrong = slack.submit_http(&bot, NOW_S, &view, &[("until", "25:00")]).await;
        assert!(wrong.ack["errors"]["until"].as_str().is_some_and(|text| text.contains("14:00")), "{}", wrong.ack);

        // While there is no room, the dialog stays; what was filled in is not lost.
        slack.command_http(&bot, NOW_S, "/metrics").await;
        let busy = slack.submit_http(&bot, NOW_S, &view, &[("until", "2h")]).await;
        assert!(busy.ack["errors"]["until"].as_str().is_some_and(|text| text.contains("again")), "{}", busy.ack);
        assert_eq!(inbound.recv().await.expect("arrived").text, "/metrics");
        slack.submit_http(&bot, NOW_S, &view, &[("until", "2h")]).await;
        let sent = inbound.recv().await.expect("arrived");
        assert_eq!((sent.text.as_str(), sent.user.as_str()), ("/sla snooze 4521 until 2h", "slack:U0ANNA"));
        assert_eq!(sent.channel, Channel::Slack(Workspace::default(), "C0SUPPORT".into()));
        assert_eq!(sent.id, format!("slack:{}", view.id));
        let ReplyHandle::Slack(reply) = sent.reply else { panic!("not from Slack") };
        reply.answer(&message("quiet"), false).await.expect("answered");
        assert_eq!(command.answer().await.text, "quiet");
        assert_eq!(slack.problems(), Vec::<String>::new());
    }

    async fn post_alert(slack: &LocalSlack) {
        super::post(&client(slack, SlackMode::Http), "#support", "alert", false).await.expect("posted");
    }
}

#[tokio::test]
async fn an_answering_address_wears_out() {
    let slack = LocalSlack::start().await;
    let client = client(&slack, SlackMode::Http);
    let body = slack.command_form("/metrics");
    let incoming = inbound::decode_command(&client, &commands(), body.as_bytes()).expect("decodes");
    let Incoming::Command(inbound) = incoming else { panic!("{incoming:?}") };
    let ReplyHandle::Slack(reply) = inbound.reply else { panic!("not from Slack") };
    for _ in 0..5 {
        reply.answer(&message("x"), false).await.expect("five times");
    }
    let worn = reply.answer(&message("x"), false).await.expect_err("a sixth");
    assert!(matches!(&worn, SendError::Permanent { reason } if reason.contains("used_url")), "{worn}");
}
