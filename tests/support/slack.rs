//! A Slack on this machine: Web API, Socket Mode, slash commands and buttons, as strict as the real one.
//!
//! What the bot does wrong (a late acknowledgement, a block Slack would refuse, a wrong token) is refused where Slack
//! refuses it and always kept in [`LocalSlack::problems`]. Nothing polls: waiting means being told of a change.

mod api;
mod blocks;
mod files;
mod payloads;
mod socket;
mod views;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::http::StatusCode;
use deskbell::chat::{SlackMode, SlackSettings};
use deskbell::domain::workspace::Workspace;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::faults::Weather;
use super::limits::Limits;
pub(crate) use files::File;
use payloads::Pressed;
pub(crate) use views::View;

pub(crate) const BOT_TOKEN: &str = "xoxb-local-bot";
pub(crate) const APP_TOKEN: &str = "xapp-local-app";
pub(crate) const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// What the app of a workspace is given; each workspace has an app of its own.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) bot_token: String,
    pub(crate) app_token: String,
    pub(crate) signing_secret: String,
}

impl Credentials {
    /// Those of the workspace of that name; without one, those that every test knows.
    pub(crate) fn of(name: &str) -> Self {
        let [bot_token, app_token, signing_secret] =
            [BOT_TOKEN, APP_TOKEN, SIGNING_SECRET].map(|secret| format!("{secret}{name}"));
        Self { bot_token, app_token, signing_secret }
    }
}

/// Slack's patience with an acknowledgement.
const ACK_WITHIN: Duration = Duration::from_secs(3);
/// Ours with anything that should happen in a test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A local Slack; it ends when dropped.
pub(crate) struct LocalSlack {
    state: Arc<State>,
    http: reqwest::Client,
    tls: Option<Arc<rustls::ClientConfig>>,
    tasks: Vec<AbortHandle>,
}

/// A message in a channel.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    /// Channel id.
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) text: String,
    /// The text it was posted with.
    pub(crate) born: String,
    /// Blocks followed by those of the attachments, in the order people see them.
    pub(crate) blocks: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) metadata: Value,
    pub(crate) thread_ts: Option<String>,
    /// A reply that the channel sees too.
    pub(crate) broadcast: bool,
    /// How often it was edited.
    pub(crate) edited: u32,
    /// From when on the history shows it.
    seen_at: Instant,
}

/// What came to a `response_url`.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// Visible to the whole channel?
    pub(crate) shared: bool,
    /// In the place of the message that was pressed?
    pub(crate) in_place: bool,
    /// Channel id.
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// 429 with `Retry-After` in seconds; nothing is done.
    RateLimited(u64),
    /// 200 with `ok: false, error: ratelimited`.
    RateLimitedInBody,
    /// 500; nothing is done.
    ServerError,
    /// The connection ends before anything is done.
    DropBefore,
    /// It is done, then the connection ends without an answer.
    DropAfter,
    /// Refused with this code.
    Refuse(&'static str),
}

/// A slash command or a click that the bot has been told of.
pub(crate) struct Interaction {
    state: Arc<State>,
    token: String,
    envelope: Value,
    /// How long the acknowledgement took.
    pub(crate) acked_after: Duration,
    /// What the acknowledgement held.
    pub(crate) ack: Value,
}

/// Which of the bot's connections brings an envelope.
#[derive(Clone, Copy)]
enum Through {
    Newest,
    Oldest,
}

#[derive(Default)]
struct Inner {
    channels: Vec<Value>,
    scopes: HashSet<String>,
    messages: Vec<Posted>,
    responses: HashMap<String, (String, Vec<Response>)>,
    /// Those of presses, which have a message to take the place of.
    presses: HashSet<String>,
    files: Vec<File>,
    /// How often a new file is looked at before it is ready.
    looks_at_files: u32,
    without_charts: bool,
    faults: HashMap<String, VecDeque<Fault>>,
    calls: Vec<String>,
    problems: Vec<String>,
    tickets: HashSet<String>,
    sockets: Vec<socket::Line>,
    /// `opened 1`, `closed 1`, …
    connections: Vec<String>,
    acks: HashMap<String, oneshot::Sender<(Instant, Value)>>,
    triggers: HashMap<String, views::Trigger>,
    triggers_expire: bool,
    views: Vec<View>,
    sequence: u64,
}

struct State {
    inner: Mutex<Inner>,
    weather: Weather,
    limits: Limits,
    changed: watch::Sender<()>,
    http: SocketAddr,
    socket_url: String,
    credentials: Credentials,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the state and tells whoever waits.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    fn problem(&self, what: impl Into<String>) {
        self.change(|inner| inner.problems.push(what.into()));
    }

    /// Waits until `look` finds something.
    async fn wait<T>(&self, what: &str, look: impl Fn(&Inner) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = look(&self.lock()) {
                    return found;
                }
                changes.changed().await.expect("the sender lives as long as the state");
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => {
                let inner = self.lock();
                panic!("{what} did not happen; messages {:#?}, problems {:#?}", inner.messages, inner.problems)
            }
        }
    }
}

impl Inner {
    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn scopes(&self) -> String {
        let mut scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        scopes.sort_unstable();
        scopes.join(",")
    }
}

impl LocalSlack {
    /// Starts with the channels `#support`, `#billing`, `#leads` (private), `#elsewhere` (bot not in it) and
    /// `#attic` (archived), and every scope.
    pub(crate) async fn start() -> Self {
        Self::start_with("", None).await
    }

    /// Another workspace, of that name, whose app has credentials of its own.
    pub(crate) async fn start_as(name: &str) -> Self {
        Self::start_with(name, None).await
    }

    /// The same with Socket Mode over TLS; [`socket_tls`](Self::socket_tls) trusts its certificate.
    pub(crate) async fn start_tls() -> Self {
        Self::start_with("", Some(socket::Certificate::fresh())).await
    }

    async fn start_with(name: &str, certificate: Option<socket::Certificate>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let sockets = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = sockets.local_addr().expect("bound").port();
        let (scheme, host) = if certificate.is_some() { ("wss", "localhost") } else { ("ws", "127.0.0.1") };
        let state = Arc::new(State {
            inner: Mutex::default(),
            weather: Weather::default(),
            limits: Limits::default(),
            changed: watch::Sender::new(()),
            http: http.local_addr().expect("bound"),
            socket_url: format!("{scheme}://{host}:{port}/link/"),
            credentials: Credentials::of(name),
        });
        let tls = certificate.as_ref().map(socket::Certificate::client);
        let tasks = vec![
            tokio::spawn(api::serve(http, Arc::clone(&state))).abort_handle(),
            tokio::spawn(socket::serve(sockets, Arc::clone(&state), certificate)).abort_handle(),
        ];
        let slack = Self { state, http: reqwest::Client::new(), tls, tasks };
        for (name, kind) in
            [("support", ""), ("billing", ""), ("leads", "is_private"), ("elsewhere", "left"), ("attic", "is_archived")]
        {
            slack.add_channel(name, kind);
        }
        let scopes = "channels:history channels:read chat:write commands files:read files:write groups:history groups:read im:write";
        slack.state.lock().looks_at_files = 1;
        slack.state.lock().scopes = scopes.split(' ').map(str::to_owned).collect();
        slack
    }

    /// Adds a channel: `kind` is empty, `is_private`, `left` (the bot is not in it) or `is_archived`.
    pub(crate) fn add_channel(&self, name: &str, kind: &str) {
        let id = self.channel(name);
        let channel = json!({
            "id": id, "name": name,
            "is_private": kind == "is_private", "is_archived": kind == "is_archived", "is_member": kind != "left",
        });
        self.state.lock().channels.push(channel);
    }

    /// The id of a channel: `support` → `C0SUPPORT`.
    pub(crate) fn channel(&self, name: &str) -> String {
        format!("C0{}", name.to_uppercase())
    }

    /// `slack.api_base`.
    pub(crate) fn api_base(&self) -> String {
        format!("http://{}/api", self.state.http)
    }

    /// Settings of a bot that lives here.
    pub(crate) fn settings(&self, mode: SlackMode) -> SlackSettings {
        let credentials = self.state.credentials.clone();
        SlackSettings {
            workspace: Workspace::default(),
            mode,
            bot_token: credentials.bot_token.into(),
            app_token: (mode == SlackMode::Socket).then(|| credentials.app_token.into()),
            signing_secret: (mode == SlackMode::Http).then(|| credentials.signing_secret.into()),
            api_base: self.api_base(),
        }
    }

    /// What trusts the certificate of [`start_tls`](Self::start_tls).
    pub(crate) fn socket_tls(&self) -> Option<Arc<rustls::ClientConfig>> {
        self.tls.clone()
    }

    /// The next `times` calls of `method` (or posts to `response_url`) go wrong.
    pub(crate) fn fail_next(&self, method: &str, times: usize, fault: Fault) {
        self.state.lock().faults.entry(method.to_owned()).or_default().extend(std::iter::repeat_n(fault, times));
    }

    /// What goes wrong by itself with calls about messages and channels.
    pub(crate) fn weather(&self) -> &Weather {
        &self.state.weather
    }

    /// Who is refused for asking too much.
    pub(crate) fn limits(&self) -> &Limits {
        &self.state.limits
    }

    /// Somebody deletes a message; what hangs on it stays.
    pub(crate) fn delete(&self, message: &Posted) {
        self.state.change(|inner| inner.messages.retain(|m| m.ts != message.ts || m.channel != message.channel));
    }

    /// So often `files.info` does not know what a file is before it does.
    pub(crate) fn look_at_files(&self, times: u32) {
        self.state.lock().looks_at_files = times;
    }

    /// The workspace does not know charts yet.
    pub(crate) fn without_charts(&self) {
        self.state.lock().without_charts = true;
    }

    /// Somebody deletes every file.
    pub(crate) fn delete_files(&self) {
        self.state.change(|inner| inner.files.clear());
    }

    /// Files, from the wish to upload them on.
    pub(crate) fn files(&self) -> Vec<File> {
        self.state.lock().files.clone()
    }

    /// The bot loses a scope.
    pub(crate) fn without_scope(&self, scope: &str) {
        self.state.lock().scopes.remove(scope);
    }

    /// Messages in the order they were posted.
    pub(crate) fn messages(&self) -> Vec<Posted> {
        self.state.lock().messages.clone()
    }

    /// The bot gets a scope.
    pub(crate) fn with_scope(&self, scope: &str) {
        self.state.lock().scopes.insert(scope.to_owned());
    }

    /// How many answers came to any `response_url`.
    pub(crate) fn responses(&self) -> usize {
        self.state.lock().responses.values().map(|(_, answers)| answers.len()).sum()
    }

    /// How often a method was called, failures included.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.state.lock().calls.iter().filter(|call| *call == method).count()
    }

    /// `opened 1`, `closed 1`, … of Socket Mode.
    pub(crate) fn connections(&self) -> Vec<String> {
        self.state.lock().connections.clone()
    }

    /// What the bot did wrong.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.state.lock().problems.clone()
    }

    /// Waits for a message (as it is now, edits included).
    pub(crate) async fn wait_for_message(&self, is_it: impl Fn(&Posted) -> bool) -> Posted {
        self.state.wait("the message", |inner| inner.messages.iter().find(|m| is_it(m)).cloned()).await
    }

    /// Waits for a file that was sent to somebody.
    pub(crate) async fn wait_for_file(&self) -> File {
        let sent = |inner: &Inner| inner.files.iter().find(|f| f.completed && f.channel.is_some()).cloned();
        self.state.wait("a file", sent).await
    }

    /// Waits until Socket Mode has been opened (or closed) as often as `event` says: `opened 1`, `closed 1`.
    pub(crate) async fn wait_for_connection(&self, event: &str) {
        self.state.wait(event, |inner| inner.connections.iter().any(|e| e == event).then_some(())).await;
    }

    /// Waits until the bot has done something wrong.
    pub(crate) async fn wait_for_problem(&self, part: &str) -> String {
        self.state.wait(part, |inner| inner.problems.iter().find(|p| p.contains(part)).cloned()).await
    }

    /// Somebody (`U0ANNA` in `#support`) types a command, over Socket Mode. Returns when it is acknowledged.
    pub(crate) async fn command(&self, text: &str) -> Interaction {
        self.command_from("U0ANNA", "support", text).await
    }

    /// The same with a person and a channel.
    pub(crate) async fn command_from(&self, user: &str, channel: &str, text: &str) -> Interaction {
        let (token, payload) = self.slash_payload(user, channel, text);
        self.deliver("slash_commands", payload, token, Through::Newest).await
    }

    /// The same through a connection that has a successor already.
    pub(crate) async fn command_through_oldest(&self, text: &str) -> Interaction {
        let (token, payload) = self.slash_payload("U0ANNA", "support", text);
        self.deliver("slash_commands", payload, token, Through::Oldest).await
    }

    /// The form of a slash command, sent to nobody yet.
    pub(crate) fn command_form(&self, text: &str) -> String {
        let (_, payload) = self.slash_payload("U0ANNA", "support", text);
        payloads::form(&payloads::pairs(&payload))
    }

    /// Somebody types a command, over signed HTTP to `{bot}/slack/commands` at `now_s` by the bot's clock.
    pub(crate) async fn command_http(&self, bot: &str, now_s: i64, text: &str) -> (reqwest::Response, Interaction) {
        self.command_to(&format!("{bot}/slack/commands"), now_s, text).await
    }

    /// The same to any address.
    pub(crate) async fn command_to(&self, url: &str, now_s: i64, text: &str) -> (reqwest::Response, Interaction) {
        let (token, payload) = self.slash_payload("U0ANNA", "support", text);
        self.signed(url, now_s, &payloads::pairs(&payload), token).await
    }

    /// Somebody presses the button `label` of a message, over Socket Mode.
    pub(crate) async fn click(&self, message: &Posted, label: &str) -> Interaction {
        let (token, payload) = self.press_payload(&Pressed::message(message), label);
        self.deliver("interactive", payload, token, Through::Newest).await
    }

    /// Somebody (`U0ANNA`) presses a button of an answer, or chooses from one of its lists.
    pub(crate) async fn press(&self, answer: &Response, label: &str) -> Interaction {
        self.press_by("U0ANNA", answer, label).await
    }

    /// The same by a person.
    pub(crate) async fn press_by(&self, user: &str, answer: &Response, label: &str) -> Interaction {
        let (token, payload) = self.press_payload(&Pressed::answer(answer, user), label);
        self.deliver("interactive", payload, token, Through::Newest).await
    }

    /// The same over signed HTTP to `{bot}/slack/interactions`.
    pub(crate) async fn click_http(
        &self,
        bot: &str,
        now_s: i64,
        message: &Posted,
        label: &str,
    ) -> (reqwest::Response, Interaction) {
        self.click_to(&format!("{bot}/slack/interactions"), now_s, message, label).await
    }

    /// The same to any address.
    pub(crate) async fn click_to(
        &self,
        url: &str,
        now_s: i64,
        message: &Posted,
        label: &str,
    ) -> (reqwest::Response, Interaction) {
        let (token, payload) = self.press_payload(&Pressed::message(message), label);
        self.signed(url, now_s, &[("payload", &*payload.to_string())], token).await
    }

    /// Sends an interaction once more, in the same envelope.
    pub(crate) async fn repeat(&self, interaction: &Interaction) -> Duration {
        self.send(interaction.envelope.clone(), Through::Newest).await.0
    }

    /// Slack renews the connection: it announces the end of the newest one, and closes it a while after the bot has
    /// left it or opened another.
    pub(crate) fn refresh(&self) {
        self.disconnect("refresh_requested");
    }

    /// Slack ends the newest connection for `reason`.
    pub(crate) fn disconnect(&self, reason: &str) {
        let inner = self.state.lock();
        let newest = inner.sockets.last().expect("a connection to disconnect");
        newest.send(json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}}));
    }

    /// Every connection breaks without a word.
    pub(crate) fn cut(&self) {
        self.state.lock().sockets.clear();
    }

    async fn deliver(&self, kind: &str, payload: Value, token: String, through: Through) -> Interaction {
        let id = format!("env-{token}");
        let envelope = json!({"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"});
        let (acked_after, ack) = self.send(envelope.clone(), through).await;
        Interaction { state: Arc::clone(&self.state), token, envelope, acked_after, ack }
    }

    /// Sends an envelope, and waits for its acknowledgement and what that holds.
    async fn send(&self, envelope: Value, through: Through) -> (Duration, Value) {
        let (acked, ack) = oneshot::channel();
        let id = envelope["envelope_id"].as_str().expect("an id").to_owned();
        self.state.wait("a connection", |inner| (!inner.sockets.is_empty()).then_some(())).await;
        let sent = Instant::now();
        {
            let mut inner = self.state.lock();
            inner.acks.insert(id.clone(), acked);
            let line = match through {
                Through::Newest => inner.sockets.last(),
                Through::Oldest => inner.sockets.first().filter(|_| inner.sockets.len() > 1),
            };
            line.expect("such a connection").send(envelope);
        }
        match tokio::time::timeout(ACK_WITHIN, ack).await {
            Ok(Ok((at, held))) => (at - sent, held),
            _ => {
                self.state.problem(format!("{id} was not acknowledged within 3 s"));
                (ACK_WITHIN, Value::Null)
            }
        }
    }

    async fn signed(
        &self,
        url: &str,
        now_s: i64,
        fields: &[(&str, &str)],
        token: String,
    ) -> (reqwest::Response, Interaction) {
        let body = payloads::form(fields);
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.state.credentials.signing_secret.as_bytes()).expect("any key");
        mac.update(format!("v0:{now_s}:{body}").as_bytes());
        let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
        let sent = Instant::now();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-slack-request-timestamp", now_s.to_string())
            .header("x-slack-signature", signature)
            .body(body);
        let response = request.send().await.expect("the bot answers");
        let acked_after = sent.elapsed();
        if acked_after > ACK_WITHIN {
            self.state.problem(format!("{url} was answered after {acked_after:?}"));
        }
        if response.status() != StatusCode::OK {
            self.state.problem(format!("{url} was answered with {}", response.status()));
        }
        (
            response,
            Interaction { state: Arc::clone(&self.state), token, envelope: Value::Null, acked_after, ack: Value::Null },
        )
    }
}

impl Drop for LocalSlack {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.state.lock().sockets.clear();
    }
}

impl Interaction {
    /// What Slack calls it.
    pub(crate) fn trigger(&self) -> &str {
        self.envelope["payload"]["trigger_id"].as_str().expect("it came over Socket Mode")
    }

    /// What came to its `response_url` so far.
    pub(crate) fn answers(&self) -> Vec<Response> {
        self.state.lock().responses.get(&self.token).map(|(_, answers)| answers.clone()).unwrap_or_default()
    }

    /// Waits for the first answer.
    pub(crate) async fn answer(&self) -> Response {
        self.state.wait("the answer", |inner| inner.responses.get(&self.token)?.1.first().cloned()).await
    }
}

impl Response {
    /// What its lists show as chosen.
    pub(crate) fn chosen(&self) -> Vec<String> {
        let elements = self.blocks.iter().filter(|b| b["type"] == "actions").flat_map(|b| b["elements"].as_array());
        let chosen = elements.flatten().map(|e| &e["initial_option"]["text"]["text"]);
        chosen.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Everything a reader sees.
    pub(crate) fn words(&self) -> String {
        words(&self.blocks)
    }
}

impl Posted {
    /// The id of the file it shows, and what is read to those who do not see it.
    pub(crate) fn picture(&self) -> Option<(&str, &str)> {
        let image = self.blocks.iter().find(|block| block["type"] == "image")?;
        Some((image["slack_file"]["id"].as_str()?, image["alt_text"].as_str()?))
    }

    /// Everything a reader sees.
    pub(crate) fn words(&self) -> String {
        words(&self.blocks)
    }
}

/// All texts within blocks, a line each.
fn words(blocks: &[Value]) -> String {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Object(fields) => {
                if let Some(text) = fields.get("text").and_then(Value::as_str) {
                    into.push(text.to_owned());
                }
                for key in ["text", "fields", "elements", "rows"] {
                    if let Some(inner) = fields.get(key) {
                        collect(inner, into);
                    }
                }
            }
            _ => {}
        }
    }
    let mut lines = Vec::new();
    blocks.iter().for_each(|block| collect(block, &mut lines));
    lines.join("\n")
}

/// Blocks in the order people see them.
fn all_blocks(blocks: &[Value], attachments: &[Value]) -> Vec<Value> {
    let inner = attachments.iter().filter_map(|a| a["blocks"].as_array()).flatten();
    blocks.iter().chain(inner).cloned().collect()
}
