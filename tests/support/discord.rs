//! A Discord of our own: REST and gateway on loopback, as strict as the real one where the bot could go wrong.
//!
//! It keeps what it is told, refuses what Discord would refuse, and can be told to misbehave. Waiting is done by being
//! woken, never by sleeping. Its clock can be moved forward with [`LocalDiscord::skip`].

#![allow(dead_code, unreachable_pub, reason = "compiled into each test binary, which uses its own part")]

mod dialogs;
mod files;
mod rest;
mod rules;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::faults::Weather;
use super::limits::Limits;
pub use files::File;

/// The bot's token.
pub const TOKEN: &str = "local.discord.token";
/// The application, also the bot's user.
pub const APPLICATION: u64 = 1000;
/// The guild everything happens in.
pub const GUILD: u64 = 2000;
/// A channel that exists from the start.
pub const CHANNEL: u64 = 3000;
/// The person who types and clicks.
pub const USER: u64 = 4000;
/// A role of that person.
pub const ROLE: u64 = 5000;
/// The permission to send files.
pub const ATTACH_FILES: u64 = 1 << 15;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
const ACK_WITHIN: Duration = Duration::from_secs(3);
const TOKEN_LIVES: Duration = Duration::from_secs(15 * 60);
const NONCE_LIVES: Duration = Duration::from_secs(5 * 60);

/// Discord, on this machine.
#[derive(Clone)]
pub struct LocalDiscord {
    shared: Arc<Shared>,
}

struct Shared {
    rest: String,
    gateway: String,
    state: Mutex<Inside>,
    weather: Weather,
    limits: Limits,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Inside {
    next_id: u64,
    skipped: Duration,
    /// Name and guild.
    channels: HashMap<u64, (String, u64)>,
    unreadable: HashSet<u64>,
    without_role: bool,
    /// Permissions that the bot has been denied in a channel.
    denied: HashMap<u64, u64>,
    /// How long the history does not show what is posted now.
    seen_after: Duration,
    messages: Vec<Posted>,
    interactions: HashMap<String, Interaction>,
    /// By guild; `None` = in every one.
    commands: HashMap<Option<u64>, Value>,
    registrations: usize,
    requests: Vec<String>,
    faults: Vec<String>,
    trouble: VecDeque<Trouble>,
    /// Messages a channel takes in a window, and its length.
    limit: Option<(u32, Duration)>,
    windows: HashMap<String, (Instant, u32)>,
    endpoint: Option<Endpoint>,
    identifies: Vec<Value>,
    resumes: usize,
    session: Option<Session>,
    live: Option<mpsc::UnboundedSender<Frame>>,
}

/// One gateway session; what was sent is kept so that it can be resumed.
struct Session {
    id: String,
    sent: Vec<Value>,
}

struct Endpoint {
    url: String,
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// How the next request is treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    /// 429, of this scope (`user`, `shared`, `global`), to be waited for this many seconds.
    Limit(&'static str, f64),
    /// 500 without doing anything.
    Fail,
    /// Does what it is asked, then the connection breaks.
    Drop,
}

/// A message in a channel.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its id.
    pub id: u64,
    /// Where it is.
    pub channel: u64,
    /// As it was sent, edits applied.
    pub body: Value,
    /// As it was sent.
    pub born: Value,
    /// The files it shows.
    pub files: Vec<File>,
    /// How often it was edited.
    pub edits: usize,
    nonce: Option<String>,
    posted: Instant,
    /// From when on the history shows it.
    seen_at: Instant,
}

/// Something a person did.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The interaction's id.
    pub id: u64,
    token: String,
}

#[derive(Clone, Debug)]
struct Interaction {
    id: u64,
    kind: u8,
    started: Instant,
    /// With the button that was pressed.
    message: Option<Value>,
    ack: Option<Ack>,
    answer: Option<Value>,
    files: Vec<File>,
    /// Files that came after the answer, and whether only one person sees each.
    followed_by: Vec<(bool, File)>,
}

/// How the bot answered at once.
#[derive(Clone, Debug)]
pub struct Ack {
    /// Type and data of the response.
    pub response: Value,
    /// How long that took.
    pub after: Duration,
}

impl Ack {
    /// Only the person who asked sees the answer.
    pub fn is_ephemeral(&self) -> bool {
        self.response["data"]["flags"].as_u64().is_some_and(|flags| flags & 64 != 0)
    }
}

impl LocalDiscord {
    /// Starts on ports of its own.
    pub async fn start() -> Self {
        let rest = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let inside = Inside {
            next_id: 100_000,
            channels: HashMap::from([(CHANNEL, ("support".to_owned(), GUILD))]),
            ..Inside::default()
        };
        let shared = Arc::new(Shared {
            rest: format!("http://{}", rest.local_addr().expect("bound")),
            gateway: format!("ws://{}", gateway.local_addr().expect("bound")),
            state: Mutex::new(inside),
            weather: Weather::default(),
            limits: Limits::default(),
            changed: watch::Sender::new(()),
        });
        let discord = Self { shared };
        let app = axum::Router::new().fallback(rest::serve).with_state(discord.clone());
        tokio::spawn(async move { axum::serve(rest, app).await });
        let host = discord.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = gateway.accept().await {
                tokio::spawn(host.clone().connection(stream));
            }
        });
        discord
    }

    /// What to write into `discord.api_base`.
    pub fn base(&self) -> &str {
        &self.shared.rest
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.shared.state.lock().expect("no panic while locked")
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        let result = change(&mut self.inside());
        self.shared.changed.send_replace(());
        result
    }

    async fn until<T>(&self, what: &str, look: impl Fn(&Inside) -> Option<T>) -> T {
        let mut changes = self.shared.changed.subscribe();
        let waiting = async {
            loop {
                let seen = look(&self.inside());
                match seen {
                    Some(seen) => return seen,
                    None => changes.changed().await.expect("the sender lives in self"),
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("waited in vain for {what}; faults: {:?}", self.faults()))
    }

    // Knobs.

    /// Adds a channel.
    pub fn add_channel(&self, id: u64, name: &str) {
        self.add_channel_in(GUILD, id, name);
    }

    /// Adds a channel of a guild, and the guild.
    pub fn add_channel_in(&self, guild: u64, id: u64, name: &str) {
        self.change(|inside| inside.channels.insert(id, (name.to_owned(), guild)));
    }

    /// What goes wrong by itself with requests about messages.
    pub(crate) fn weather(&self) -> &Weather {
        &self.shared.weather
    }

    /// Who is refused for asking too much.
    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Takes the permission to read earlier messages of a channel.
    pub fn hide_history(&self, channel: u64) {
        self.change(|inside| inside.unreadable.insert(channel));
    }

    /// Denies the bot permissions in a channel, as Discord numbers them.
    pub fn deny(&self, channel: u64, permissions: u64) {
        self.change(|inside| inside.denied.insert(channel, permissions));
    }

    /// Takes the person their role.
    pub fn take_role(&self) {
        self.change(|inside| inside.without_role = true);
    }

    /// Treats the next requests to REST (gateway addresses excepted) like this, one each.
    pub fn trouble(&self, trouble: &[Trouble]) {
        self.change(|inside| inside.trouble.extend(trouble));
    }

    /// Lets each channel take so many messages in a window, refuses more.
    pub fn limit_messages(&self, messages: u32, window: Duration) {
        self.change(|inside| inside.limit = Some((messages, window)));
    }

    /// Moves the clock by which tokens and nonces expire.
    pub fn skip(&self, time: Duration) {
        self.change(|inside| inside.skipped += time);
    }

    /// Sends interactions as signed requests to this address instead of the gateway; `now` in UNIX seconds.
    pub fn send_to_endpoint(&self, url: &str, now: impl Fn() -> i64 + Send + Sync + 'static) {
        self.change(|inside| inside.endpoint = Some(Endpoint { url: url.to_owned(), now: Arc::new(now) }));
    }

    /// The key those requests are signed with, as hex.
    pub fn public_key(&self) -> String {
        hex::encode(key().verifying_key().to_bytes())
    }

    /// Registers these commands as if an earlier run had.
    pub fn set_commands(&self, commands: Value) {
        self.change(|inside| inside.commands.insert(None, commands));
    }

    /// Somebody deletes a message.
    pub fn delete(&self, message: u64) {
        self.change(|inside| inside.messages.retain(|m| m.id != message));
    }

    /// Tells the bot to reconnect (op 7).
    pub fn ask_to_reconnect(&self) {
        self.send_frame(Frame::text(json!({"op": 7, "d": null}).to_string()));
    }

    /// Declares the session over (op 9).
    pub fn invalidate_session(&self) {
        self.change(|inside| inside.session = None);
        self.send_frame(Frame::text(json!({"op": 9, "d": false}).to_string()));
    }

    /// Closes the gateway connection with a code.
    pub fn close_gateway(&self, code: u16) {
        self.send_frame(Frame::Close(Some(CloseFrame { code: code.into(), reason: "".into() })));
    }

    fn send_frame(&self, frame: Frame) {
        let inside = self.inside();
        let live = inside.live.as_ref().expect("a gateway connection");
        live.send(frame).expect("the connection reads");
    }

    // What people do.

    /// Types a command, or its sub-command (`sla why`). Options that are `true` or `false` are flags.
    pub async fn command(&self, name: &str, options: &[(&str, &str)]) -> Invocation {
        self.command_in(CHANNEL, name, options).await
    }

    /// The same in a channel.
    pub async fn command_in(&self, channel: u64, name: &str, options: &[(&str, &str)]) -> Invocation {
        let options: Vec<Value> = options.iter().map(|(name, value)| option(name, value)).collect();
        self.interact_in(channel, 2, command_data(name, options), None).await
    }

    /// Whether a command can be typed in a guild.
    pub fn offers(&self, guild: u64, command: &str) -> bool {
        let inside = self.inside();
        let known = [None, Some(guild)].into_iter().filter_map(|of| inside.commands.get(&of)?.as_array());
        known.flatten().any(|known| known["name"] == command)
    }

    /// Presses a button of an answer that only the person sees, or chooses a value from a list of it.
    pub async fn press_own(&self, answer: &Value, label: &str) -> Invocation {
        let rows = answer["components"].as_array().cloned().unwrap_or_default();
        let controls = rows.iter().flat_map(|row| row["components"].as_array().cloned().unwrap_or_default());
        let data = controls.into_iter().find_map(|control| {
            let option = control["options"].as_array().and_then(|o| o.iter().find(|o| o["label"] == label).cloned());
            match option {
                Some(option) => {
                    Some(json!({"custom_id": control["custom_id"], "component_type": 3, "values": [option["value"]]}))
                }
                None if control["label"] == label => {
                    Some(json!({"custom_id": control["custom_id"], "component_type": 2}))
                }
                None => None,
            }
        });
        let data = data.unwrap_or_else(|| panic!("no {label:?} on {answer}"));
        let posted = Posted::answer(answer.clone());
        let mut message = posted.to_json();
        message["flags"] = 64.into();
        self.interact(3, data, Some(message)).await
    }

    /// Presses a button of a message.
    pub async fn press(&self, message: u64, custom_id: &str) -> Invocation {
        let posted = self.inside().messages.iter().find(|m| m.id == message).cloned().expect("a message");
        let found = posted.body["components"].to_string().contains(&Value::from(custom_id).to_string());
        assert!(found, "no button {custom_id:?} on {}", posted.body);
        let data = json!({"custom_id": custom_id, "component_type": 2});
        self.interact(3, data, Some(posted.to_json())).await
    }

    /// Types into an option of a command, or of its sub-command (`sla why`), and gives what is proposed.
    pub async fn autocomplete(&self, command: &str, name: &str, typed: &str) -> Vec<String> {
        let option = json!({"name": name, "type": 3, "value": typed, "focused": true});
        let data = command_data(command, vec![option]);
        let typing = self.interact(4, data, None).await;
        let ack = self.wait_for_ack(&typing).await;
        let choices = ack.response["data"]["choices"].as_array().cloned().expect("choices");
        choices.iter().map(|choice| choice["value"].as_str().expect("text").to_owned()).collect()
    }

    async fn interact(&self, kind: u8, data: Value, message: Option<Value>) -> Invocation {
        self.interact_in(CHANNEL, kind, data, message).await
    }

    async fn interact_in(&self, channel: u64, kind: u8, data: Value, message: Option<Value>) -> Invocation {
        let (name, guild) = self.inside().channels[&channel].clone();
        let (id, endpoint) = self.change(|inside| {
            let id = inside.id();
            let started = inside.now();
            let interaction = Interaction {
                id,
                kind,
                started,
                message: message.clone(),
                ack: None,
                answer: None,
                files: Vec::new(),
                followed_by: Vec::new(),
            };
            inside.interactions.insert(format!("token-{id}"), interaction);
            let endpoint = inside.endpoint.as_ref().map(|e| (e.url.clone(), (e.now)()));
            (id, endpoint)
        });
        let token = format!("token-{id}");
        let roles: Vec<String> = if self.inside().without_role { vec![] } else { vec![ROLE.to_string()] };
        let mut body = json!({
            "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
            "guild_id": guild.to_string(), "channel_id": channel.to_string(), "token": token, "version": 1,
            "channel": {"id": channel.to_string(), "type": 0, "name": name, "permissions": "0", "position": 0},
            "member": {
                "user": user(USER, "ana"), "roles": roles, "joined_at": "2026-01-01T00:00:00+00:00",
                "deaf": false, "mute": false, "flags": 0, "permissions": "2147483647",
            },
            "app_permissions": "2147483647", "locale": "en-GB", "guild_locale": "en-GB", "entitlements": [],
            "authorizing_integration_owners": {"0": guild.to_string()}, "context": 0,
            "attachment_size_limit": 10_485_760,
        });
        if let Some(message) = message {
            body["message"] = message;
        }
        let invocation = Invocation { id, token };
        match endpoint {
            Some((url, now)) => self.post_to_endpoint(&invocation, &url, now, body.to_string()).await,
            None => self.dispatch("INTERACTION_CREATE", body),
        }
        invocation
    }

    async fn post_to_endpoint(&self, invocation: &Invocation, url: &str, now: i64, body: String) {
        let (status, response) = signed_post(url, now, body).await;
        assert_eq!(status, 200, "{response}");
        if let Err(fault) = self.change(|inside| inside.acknowledge(invocation.id, &invocation.token, response)) {
            self.fault(fault.2);
        }
    }

    fn dispatch(&self, event: &str, data: Value) {
        self.change(|inside| inside.send_event(event, data));
    }

    // What happened.

    /// Everything that Discord would have refused or punished.
    pub fn faults(&self) -> Vec<String> {
        self.inside().faults.clone()
    }

    fn fault(&self, fault: String) {
        self.change(|inside| inside.faults.push(fault));
    }

    /// All messages in channels, oldest first.
    pub fn messages(&self) -> Vec<Posted> {
        self.inside().messages.clone()
    }

    /// Requests as `METHOD path`, oldest first.
    pub fn requests(&self) -> Vec<String> {
        self.inside().requests.clone()
    }

    /// The commands registered now.
    pub fn commands(&self) -> Value {
        self.inside().all_commands()
    }

    /// How often commands were registered.
    pub fn registrations(&self) -> usize {
        self.inside().registrations
    }

    /// What bots said when they identified themselves.
    pub fn identifies(&self) -> Vec<Value> {
        self.inside().identifies.clone()
    }

    /// Waits until the bot is connected.
    pub async fn wait_until_ready(&self) {
        self.until("a gateway session", |inside| inside.live.as_ref().map(drop)).await;
    }

    /// Waits until sessions were resumed so often.
    pub async fn wait_for_resumes(&self, resumes: usize) {
        self.until("a resumed session", |inside| (inside.resumes >= resumes).then_some(())).await;
    }

    /// Waits until bots identified themselves so often.
    pub async fn wait_for_identifies(&self, count: usize) {
        self.until("an identify", |inside| (inside.identifies.len() >= count).then_some(())).await;
    }

    /// Waits for a `METHOD path` that begins like this.
    pub async fn wait_for_request(&self, begins: &str) {
        self.until(begins, |inside| inside.requests.iter().any(|r| r.starts_with(begins)).then_some(())).await;
    }

    /// Waits until commands were registered.
    pub async fn wait_for_commands(&self) -> Value {
        self.until("commands", |inside| (inside.registrations > 0).then(|| inside.all_commands())).await
    }

    /// Waits for a message that is as wished.
    pub async fn wait_for_message(&self, is_it: impl Fn(&Posted) -> bool) -> Posted {
        self.until("a message", |inside| inside.messages.iter().find(|m| is_it(m)).cloned()).await
    }

    /// Waits for the first response to what a person did.
    pub async fn wait_for_ack(&self, invocation: &Invocation) -> Ack {
        self.until("an acknowledgement", |inside| inside.interactions[&invocation.token].ack.clone()).await
    }

    /// Waits for a file after the answer to what a person did; whether only that person sees it.
    pub async fn wait_for_file(&self, invocation: &Invocation) -> (bool, File) {
        self.until("a file", |inside| inside.interactions[&invocation.token].followed_by.first().cloned()).await
    }

    /// How many files followed an answer.
    pub fn files_after(&self, invocation: &Invocation) -> usize {
        self.inside().interactions[&invocation.token].followed_by.len()
    }

    /// Waits for the answer to what a person did.
    pub async fn wait_for_answer(&self, invocation: &Invocation) -> Value {
        self.until("an answer", |inside| inside.interactions[&invocation.token].answer.clone()).await
    }

    /// How often what a person did was answered, edits of the answer included.
    pub fn answers(&self, invocation: &Invocation) -> usize {
        let to = format!("webhooks/{APPLICATION}/{}", invocation.token);
        self.inside()
            .requests
            .iter()
            .filter(|r| r.split_once(' ').is_some_and(|(_, path)| path.starts_with(&to)))
            .count()
    }

    /// Tells the bot once more of what a person did.
    pub fn repeat(&self, invocation: &Invocation) {
        let id = invocation.id.to_string();
        self.change(|inside| {
            let sent = inside.session.as_ref().and_then(|s| s.sent.iter().find(|frame| frame["d"]["id"] == *id));
            let data = sent.expect("it was sent")["d"].clone();
            inside.send_event("INTERACTION_CREATE", data);
        });
    }

    /// The files of the answer to what a person did.
    pub fn files_of_answer(&self, invocation: &Invocation) -> Vec<File> {
        self.inside().interactions[&invocation.token].files.clone()
    }

    // The gateway.

    async fn connection(self, stream: TcpStream) {
        let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
        let (mut sink, mut source) = socket.split();
        let (out, mut outgoing) = mpsc::unbounded_channel::<Frame>();
        let say = |value: Value| out.send(Frame::text(value.to_string())).is_ok();
        say(json!({"op": 10, "d": {"heartbeat_interval": 41_250}}));
        loop {
            let frame = tokio::select! {
                frame = outgoing.recv() => {
                    let Some(frame) = frame else { return };
                    let closing = frame.is_close();
                    if sink.send(frame).await.is_err() || closing {
                        break;
                    }
                    continue;
                }
                frame = source.next() => frame,
            };
            let Some(Ok(frame)) = frame else { break };
            let Ok(text) = frame.to_text() else { continue };
            let Ok(said) = serde_json::from_str::<Value>(text) else { continue };
            match said["op"].as_u64() {
                Some(1) => {
                    say(json!({"op": 11}));
                }
                Some(2) => self.identify(&said["d"], &out),
                Some(6) => self.resume(&said["d"], &out),
                _ => {}
            }
        }
        self.change(|inside| {
            if inside.live.as_ref().is_some_and(|live| live.same_channel(&out)) {
                inside.live = None;
            }
        });
    }

    fn identify(&self, said: &Value, out: &mpsc::UnboundedSender<Frame>) {
        let token = said["token"].as_str().unwrap_or_default();
        if token.trim_start_matches("Bot ") != TOKEN {
            let _ = out.send(Frame::Close(Some(CloseFrame { code: 4004.into(), reason: "".into() })));
            return;
        }
        self.change(|inside| {
            let id = format!("session-{}", inside.id());
            let ready = json!({
                "v": 10, "user": user(APPLICATION, "deskbell"), "guilds": [], "session_id": id,
                "resume_gateway_url": self.shared.gateway,
                "application": {"id": APPLICATION.to_string(), "flags": 0}, "shard": [0, 1],
            });
            inside.session = Some(Session { id, sent: vec![] });
            inside.live = Some(out.clone());
            inside.identifies.push(said.clone());
            inside.send_event("READY", ready);
        });
    }

    fn resume(&self, said: &Value, out: &mpsc::UnboundedSender<Frame>) {
        let seen = said["seq"].as_u64().unwrap_or(0) as usize;
        let resumed = self.change(|inside| {
            let session = inside.session.as_ref().filter(|session| said["session_id"] == session.id.as_str())?;
            for missed in session.sent.iter().skip(seen) {
                let _ = out.send(Frame::text(missed.to_string()));
            }
            inside.live = Some(out.clone());
            inside.resumes += 1;
            inside.send_event("RESUMED", json!({}));
            Some(())
        });
        if resumed.is_none() {
            let _ = out.send(Frame::text(json!({"op": 9, "d": false}).to_string()));
        }
    }
}

/// Posts a body signed as Discord signs it; gives status and JSON.
pub async fn signed_post(url: &str, now: i64, body: String) -> (u16, Value) {
    let timestamp = now.to_string();
    let signature = key().sign(&[timestamp.as_bytes(), body.as_bytes()].concat());
    let request = reqwest::Client::new()
        .post(url)
        .header("x-signature-ed25519", hex::encode(signature.to_bytes()))
        .header("x-signature-timestamp", timestamp)
        .header("content-type", "application/json")
        .body(body);
    let answer = request.send().await.expect("the endpoint listens");
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn user(id: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "username": name, "discriminator": "0", "global_name": null, "avatar": null,
           "bot": id == APPLICATION})
}

/// The data of a command with its options, which a sub-command has one level down.
fn command_data(command: &str, options: Vec<Value>) -> Value {
    let (name, options) = match command.split_once(' ') {
        Some((name, sub)) => (name, vec![json!({"name": sub, "type": 1, "options": options})]),
        None => (command, options),
    };
    json!({"id": "1", "name": name, "type": 1, "options": options})
}

fn option(name: &str, value: &str) -> Value {
    match value {
        "true" | "false" => json!({"name": name, "type": 5, "value": value == "true"}),
        text => json!({"name": name, "type": 3, "value": text}),
    }
}

impl Posted {
    /// The answer to an interaction, as a message.
    fn answer(body: Value) -> Self {
        let now = Instant::now();
        let born = body.clone();
        Self {
            id: 99_000,
            channel: CHANNEL,
            body,
            born,
            edits: 1,
            files: Vec::new(),
            nonce: None,
            posted: now,
            seen_at: now,
        }
    }

    fn to_json(&self) -> Value {
        // What there is none of is an empty list, never left out.
        let list = |key: &str| self.body[key].as_array().cloned().unwrap_or_default();
        let mut message = json!({
            "id": self.id.to_string(), "channel_id": self.channel.to_string(), "author": user(APPLICATION, "deskbell"),
            "content": self.body["content"].as_str().unwrap_or_default(), "timestamp": "2026-11-22T09:00:00+00:00",
            "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
            "attachments": files::to_json(&self.files), "embeds": list("embeds"), "components": list("components"), "pinned": false,
            "type": 0, "nonce": self.nonce,
        });
        // What it hangs on, it says only if it does.
        if self.body["message_reference"].is_object() {
            message["message_reference"] = self.body["message_reference"].clone();
        }
        message
    }
}
