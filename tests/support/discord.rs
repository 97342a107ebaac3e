//! A Discord of our own: REST and gateway on loopback, as strict as the real one where the bot could go wrong.
//!
//! It keeps what it is told, refuses what Discord would refuse, and can be told to misbehave. Waiting is done by being
//! woken, never by sleeping. Its clock can be moved forward with [`LocalDiscord::skip`].

#![allow(dead_code, unreachable_pub, reason = "compiled into each test binary, which uses its own part")]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

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

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);
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
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Inside {
    next_id: u64,
    skipped: Duration,
    channels: HashMap<u64, String>,
    messages: Vec<Posted>,
    interactions: HashMap<String, Interaction>,
    commands: Value,
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
    /// How often it was edited.
    pub edits: usize,
    nonce: Option<String>,
    posted: Instant,
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
    ack: Option<Ack>,
    answer: Option<Value>,
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
            channels: HashMap::from([(CHANNEL, "support".to_owned())]),
            commands: json!([]),
            ..Inside::default()
        };
        let shared = Arc::new(Shared {
            rest: format!("http://{}", rest.local_addr().expect("bound")),
            gateway: format!("ws://{}", gateway.local_addr().expect("bound")),
            state: Mutex::new(inside),
            changed: watch::Sender::new(()),
        });
        let discord = Self { shared };
        let app = axum::Router::new().fallback(serve).with_state(discord.clone());
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
        self.change(|inside| inside.channels.insert(id, name.to_owned()));
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
        self.change(|inside| inside.commands = commands);
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

    /// Types a command. Options that are `true` or `false` are flags.
    pub async fn command(&self, name: &str, options: &[(&str, &str)]) -> Invocation {
        let options: Vec<Value> = options.iter().map(|(name, value)| option(name, value)).collect();
        self.interact(2, json!({"id": "1", "name": name, "type": 1, "options": options}), None).await
    }

    /// Presses a button of a message.
    pub async fn press(&self, message: u64, custom_id: &str) -> Invocation {
        let posted = self.inside().messages.iter().find(|m| m.id == message).cloned().expect("a message");
        let found = posted.body["components"].to_string().contains(&Value::from(custom_id).to_string());
        assert!(found, "no button {custom_id:?} on {}", posted.body);
        let data = json!({"custom_id": custom_id, "component_type": 2});
        self.interact(3, data, Some(posted.to_json())).await
    }

    /// Types into an option and gives what is proposed.
    pub async fn autocomplete(&self, command: &str, name: &str, typed: &str) -> Vec<String> {
        let option = json!({"name": name, "type": 3, "value": typed, "focused": true});
        let data = json!({"id": "1", "name": command, "type": 1, "options": [option]});
        let typing = self.interact(4, data, None).await;
        let ack = self.wait_for_ack(&typing).await;
        let choices = ack.response["data"]["choices"].as_array().cloned().expect("choices");
        choices.iter().map(|choice| choice["value"].as_str().expect("text").to_owned()).collect()
    }

    async fn interact(&self, kind: u8, data: Value, message: Option<Value>) -> Invocation {
        let (id, endpoint) = self.change(|inside| {
            let id = inside.id();
            let started = inside.now();
            let interaction = Interaction { id, kind, started, ack: None, answer: None };
            inside.interactions.insert(format!("token-{id}"), interaction);
            let endpoint = inside.endpoint.as_ref().map(|e| (e.url.clone(), (e.now)()));
            (id, endpoint)
        });
        let token = format!("token-{id}");
        let mut body = json!({
            "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
            "guild_id": GUILD.to_string(), "channel_id": CHANNEL.to_string(), "token": token, "version": 1,
            "channel": {"id": CHANNEL.to_string(), "type": 0, "name": "support", "permissions": "0", "position": 0},
            "member": {
                "user": user(USER, "ana"), "roles": [ROLE.to_string()], "joined_at": "2026-01-01T00:00:00+00:00",
                "deaf": false, "mute": false, "flags": 0, "permissions": "2147483647",
            },
            "app_permissions": "2147483647", "locale": "en-GB", "guild_locale": "en-GB", "entitlements": [],
            "authorizing_integration_owners": {"0": GUILD.to_string()}, "context": 0,
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
        self.inside().commands.clone()
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
        self.until("commands", |inside| (inside.registrations > 0).then(|| inside.commands.clone())).await
    }

    /// Waits for a message that is as wished.
    pub async fn wait_for_message(&self, is_it: impl Fn(&Posted) -> bool) -> Posted {
        self.until("a message", |inside| inside.messages.iter().find(|m| is_it(m)).cloned()).await
    }

    /// Waits for the first response to what a person did.
    pub async fn wait_for_ack(&self, invocation: &Invocation) -> Ack {
        self.until("an acknowledgement", |inside| inside.interactions[&invocation.token].ack.clone()).await
    }

    /// Waits for the answer to what a person did.
    pub async fn wait_for_answer(&self, invocation: &Invocation) -> Value {
        self.until("an answer", |inside| inside.interactions[&invocation.token].answer.clone()).await
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

fn option(name: &str, value: &str) -> Value {
    match value {
        "true" | "false" => json!({"name": name, "type": 5, "value": value == "true"}),
        text => json!({"name": name, "type": 3, "value": text}),
    }
}

impl Posted {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "channel_id": self.channel.to_string(), "author": user(APPLICATION, "deskbell"),
            "content": self.body["content"].as_str().unwrap_or_default(), "timestamp": "2026-11-22T09:00:00+00:00",
            "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": self.body["embeds"], "components": self.body["components"], "pinned": false,
            "type": 0, "nonce": self.nonce,
        })
    }
}

// REST.

/// Status, Discord's own code, what it says.
type Refusal = (u16, u64, String);

fn refuse<T>(status: u16, code: u64, message: impl Into<String>) -> Result<T, Refusal> {
    Err((status, code, message.into()))
}

async fn serve(State(discord): State<LocalDiscord>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let path = parts.uri.path().strip_prefix("/api/v10/").unwrap_or("unknown").to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let authorised = parts.headers.get("authorization").is_some_and(|value| value == &format!("Bot {TOKEN}"));
    if segments[0] == "gateway" {
        // serenity asks here too; no trouble, no count.
        let limits = json!({"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1});
        let body = json!({"url": discord.shared.gateway, "shards": 1, "session_start_limit": limits});
        return if authorised { respond(200, &body, &[]) } else { respond(401, &json!({"code": 0}), &[]) };
    }
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    discord.change(|inside| inside.respond(&parts.method, &segments, authorised, body))
}

fn respond(status: u16, body: &Value, headers: &[(&str, String)]) -> Response {
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    let body = if status == 204 { Body::empty() } else { Body::from(body.to_string()) };
    response.body(body).expect("plain headers")
}

/// The connection breaks in the middle of an answer.
fn broken() -> Response {
    let pieces = [Ok(Bytes::from_static(b"{\"id\"")), Err(std::io::Error::other("broken on purpose"))];
    Response::new(Body::from_stream(stream::iter(pieces)))
}

impl Inside {
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn now(&self) -> Instant {
        Instant::now() + self.skipped
    }

    fn send_event(&mut self, event: &str, data: Value) {
        let session = self.session.as_mut().expect("the bot has identified itself");
        let frame = json!({"op": 0, "t": event, "s": session.sent.len() + 1, "d": data});
        session.sent.push(frame.clone());
        if let Some(live) = &self.live {
            // Should the connection just have ended, resuming brings the event.
            let _ = live.send(Frame::text(frame.to_string()));
        }
    }

    fn respond(&mut self, method: &Method, path: &[&str], authorised: bool, body: Value) -> Response {
        self.requests.push(format!("{method} {}", path.join("/")));
        let trouble = self.trouble.pop_front();
        match trouble {
            Some(Trouble::Limit(scope, seconds)) => return limited(scope, seconds),
            Some(Trouble::Fail) => return respond(500, &json!({"message": "Internal Server Error", "code": 0}), &[]),
            Some(Trouble::Drop) | None => {}
        }
        let headers = match self.count(method, path) {
            Ok(headers) => headers,
            Err(seconds) => {
                self.faults.push("a request beyond the rate limit".into());
                return limited("user", seconds);
            }
        };
        let is_public = matches!(path[0], "interactions" | "webhooks");
        let result =
            if authorised || is_public { self.handle(method, path, body) } else { refuse(401, 0, "401: Unauthorized") };
        let response = match result {
            Ok(Value::Null) => respond(204, &Value::Null, &headers),
            Ok(body) => respond(200, &body, &headers),
            Err((status, code, message)) => {
                self.faults.push(format!("{method} {}: {status} {message}", path.join("/")));
                respond(status, &json!({"message": message, "code": code}), &headers)
            }
        };
        if trouble == Some(Trouble::Drop) { broken() } else { response }
    }

    /// Rate-limit headers for a request that is taken, or the seconds to wait.
    fn count(&mut self, method: &Method, path: &[&str]) -> Result<Vec<(&'static str, String)>, f64> {
        let is_message = matches!((method, path), (&Method::POST, ["channels", _, "messages"]));
        let Some((limit, window)) = self.limit.filter(|_| is_message) else { return Ok(vec![]) };
        let now = self.now();
        let entry = self.windows.entry(path[1].to_owned()).or_insert((now, 0));
        if now - entry.0 >= window {
            *entry = (now, 0);
        }
        let reset_after = (window - (now - entry.0)).as_secs_f64();
        if entry.1 == limit {
            return Err(reset_after);
        }
        entry.1 += 1;
        Ok(vec![
            ("x-ratelimit-bucket", "messages".to_owned()),
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", (limit - entry.1).to_string()),
            ("x-ratelimit-reset-after", format!("{reset_after:.3}")),
        ])
    }

    fn handle(&mut self, method: &Method, path: &[&str], body: Value) -> Result<Value, Refusal> {
        let application = APPLICATION.to_string();
        match (method.as_str(), path) {
            ("GET", ["users", "@me"]) => Ok(user(APPLICATION, "deskbell")),
            ("GET", ["applications", "@me"]) => Ok(json!({
                "id": application, "name": "deskbell", "verify_key": hex::encode(key().verifying_key().to_bytes()),
                "interactions_endpoint_url": self.endpoint.as_ref().map(|e| e.url.clone()),
            })),
            (_, ["applications", app, ..]) if *app != application => refuse(403, 20012, "Not your application"),
            ("GET", ["applications", _, "commands"] | ["applications", _, "guilds", _, "commands"]) => {
                Ok(self.commands.clone())
            }
            ("PUT", ["applications", _, "commands"] | ["applications", _, "guilds", _, "commands"]) => {
                self.put_commands(body)
            }
            ("GET", ["channels", id]) => {
                let name = self.channel(id)?.1;
                Ok(json!({"id": id, "type": 0, "name": name, "guild_id": GUILD.to_string()}))
            }
            ("POST", ["channels", id, "messages"]) => {
                let channel = self.channel(id)?.0;
                self.post(channel, body)
            }
            ("PATCH", ["channels", channel, "messages", id]) => {
                check_message(&body)?;
                let posted = self.messages.iter_mut().find(|m| m.id.to_string() == *id);
                let Some(posted) = posted.filter(|m| m.channel.to_string() == *channel) else {
                    return refuse(404, 10008, "Unknown Message");
                };
                posted.edit(&body);
                Ok(posted.to_json())
            }
            ("POST", ["interactions", id, token, "callback"]) => {
                self.acknowledge(id.parse().unwrap_or(0), token, body)?;
                Ok(Value::Null)
            }
            ("PATCH", ["webhooks", app, token, "messages", "@original"]) => {
                if *app != application {
                    return refuse(404, 10015, "Unknown Webhook");
                }
                self.answer(token, body)
            }
            _ => refuse(404, 0, "404: Not Found"),
        }
    }

    fn channel(&self, id: &str) -> Result<(u64, String), Refusal> {
        let id = id.parse().unwrap_or(0);
        match self.channels.get(&id) {
            Some(name) => Ok((id, name.clone())),
            None => refuse(404, 10003, "Unknown Channel"),
        }
    }

    fn post(&mut self, channel: u64, body: Value) -> Result<Value, Refusal> {
        check_message(&body)?;
        let nonce = body["nonce"].as_str().map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > 25) {
            return refuse(400, 50035, "Invalid Form Body: nonce is too long");
        }
        let now = self.now();
        let is_same = |m: &&Posted| m.channel == channel && m.nonce == nonce && now - m.posted < NONCE_LIVES;
        if let Some(earlier) = self.messages.iter().find(is_same).filter(|_| body["enforce_nonce"] == true) {
            return Ok(earlier.to_json());
        }
        let posted = Posted { id: self.id(), channel, body, edits: 0, nonce, posted: now };
        self.messages.push(posted.clone());
        Ok(posted.to_json())
    }

    fn put_commands(&mut self, body: Value) -> Result<Value, Refusal> {
        check_commands(&body)?;
        // Discord keeps what it was told, adds ids, and leaves out what is false or empty.
        let mut commands = body;
        for command in commands.as_array_mut().into_iter().flatten() {
            command["id"] = self.id().to_string().into();
            command["version"] = "1".into();
            command["nsfw"] = false.into();
            for option in command["options"].as_array_mut().into_iter().flatten() {
                if let Some(option) = option.as_object_mut() {
                    option.retain(|_, value| *value != false);
                }
            }
        }
        self.commands = commands.clone();
        self.registrations += 1;
        Ok(commands)
    }

    fn acknowledge(&mut self, id: u64, token: &str, response: Value) -> Result<(), Refusal> {
        let now = self.now();
        let Some(interaction) = self.interactions.get_mut(token).filter(|i| i.id == id) else {
            return refuse(404, 10062, "Unknown interaction");
        };
        let after = now - interaction.started;
        if interaction.ack.is_some() {
            return refuse(400, 40060, "Interaction has already been acknowledged.");
        }
        if after > ACK_WITHIN {
            return refuse(404, 10062, format!("Unknown interaction: answered after {after:?}"));
        }
        let kinds: &[u64] = match interaction.kind {
            2 => &[4, 5, 9],
            3 => &[4, 5, 6, 7, 9],
            _ => &[8],
        };
        let kind = response["type"].as_u64().unwrap_or(0);
        let choices = response["data"]["choices"].as_array();
        let too_long = |choice: &Value| !(1..=100).contains(&choice["value"].as_str().map_or(0, |v| v.chars().count()));
        if !kinds.contains(&kind)
            || (kind == 8 && choices.is_none_or(|choices| choices.len() > 25 || choices.iter().any(too_long)))
        {
            return refuse(400, 50035, format!("Invalid Form Body: {response}"));
        }
        interaction.ack = Some(Ack { response, after });
        Ok(())
    }

    fn answer(&mut self, token: &str, body: Value) -> Result<Value, Refusal> {
        check_message(&body)?;
        let now = self.now();
        let id = self.id();
        let interaction = self.interactions.get_mut(token);
        let alive = interaction.filter(|i| i.ack.is_some() && now - i.started < TOKEN_LIVES);
        let Some(interaction) = alive else { return refuse(404, 10015, "Unknown Webhook") };
        interaction.answer = Some(body.clone());
        let posted = Posted { id, channel: CHANNEL, body, edits: 1, nonce: None, posted: now };
        Ok(posted.to_json())
    }
}

impl Posted {
    fn edit(&mut self, changes: &Value) {
        for (key, value) in changes.as_object().into_iter().flatten() {
            self.body[key] = value.clone();
        }
        self.edits += 1;
    }
}

fn limited(scope: &str, seconds: f64) -> Response {
    let headers = [
        ("retry-after", format!("{}", seconds.ceil())),
        ("x-ratelimit-scope", scope.to_owned()),
        ("x-ratelimit-reset-after", format!("{seconds:.3}")),
    ];
    let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": scope == "global"});
    respond(429, &body, &headers)
}

/// What Discord checks on every message, and what we demand beside it.
fn check_message(body: &Value) -> Result<(), Refusal> {
    let size = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let blank = |value: &Value| value.as_str().is_none_or(|text| text.trim().is_empty());
    let embeds = list(&body["embeds"]);
    let mut total = 0;
    let mut wrong = Vec::new();
    let mut demand = |ok: bool, what: &'static str| {
        if !ok {
            wrong.push(what);
        }
    };
    demand(body["allowed_mentions"] == json!({"parse": []}), "allowed_mentions must allow none");
    demand(size(&body["content"]) <= 2000, "content is longer than 2000");
    demand(embeds.len() <= 10, "more than 10 embeds");
    demand(!blank(&body["content"]) || !embeds.is_empty(), "an empty message");
    for embed in &embeds {
        let fields = list(&embed["fields"]);
        let texts = [(&embed["title"], 256), (&embed["description"], 4096), (&embed["footer"]["text"], 2048)];
        for (text, most) in texts {
            demand(size(text) <= most, "an embed's text is too long");
            total += size(text);
        }
        demand(!blank(&embed["title"]) || !blank(&embed["description"]) || !fields.is_empty(), "an empty embed");
        demand(fields.len() <= 25, "more than 25 fields");
        for field in &fields {
            demand(!blank(&field["name"]) && size(&field["name"]) <= 256, "a field's name");
            demand(!blank(&field["value"]) && size(&field["value"]) <= 1024, "a field's value");
            total += size(&field["name"]) + size(&field["value"]);
        }
    }
    demand(total <= 6000, "more than 6000 characters over all embeds");
    let rows = list(&body["components"]);
    demand(rows.len() <= 5, "more than 5 rows");
    let mut ids = std::collections::HashSet::new();
    for row in &rows {
        let buttons = list(&row["components"]);
        demand((1..=5).contains(&buttons.len()), "a row of no or too many buttons");
        for button in &buttons {
            demand(!blank(&button["label"]) && size(&button["label"]) <= 80, "a button's label");
            let (id, url) = (&button["custom_id"], &button["url"]);
            demand(
                if button["style"] == 5 { id.is_null() && !blank(url) } else { url.is_null() && !blank(id) },
                "a button",
            );
            demand(size(id) <= 100 && size(url) <= 512, "a button's id or address is too long");
            demand(id.is_null() || ids.insert(id.to_string()), "two buttons with one id");
        }
    }
    if wrong.is_empty() { Ok(()) } else { refuse(400, 50035, format!("Invalid Form Body: {}", wrong.join(", "))) }
}

fn check_commands(body: &Value) -> Result<(), Refusal> {
    let name_ok = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        let legal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
        (1..=32).contains(&name.chars().count()) && name.chars().all(legal) && name == name.to_lowercase()
    };
    let described = |value: &Value| (1..=100).contains(&value["description"].as_str().map_or(0, |d| d.chars().count()));
    let option_ok = |option: &Value| {
        let choices = option["choices"].as_array().map_or(0, Vec::len);
        name_ok(&option["name"])
            && described(option)
            && choices <= 25
            && !(choices > 0 && option["autocomplete"] == true)
    };
    let command_ok = |command: &Value| {
        let options = command["options"].as_array().cloned().unwrap_or_default();
        name_ok(&command["name"]) && described(command) && options.len() <= 25 && options.iter().all(option_ok)
    };
    let commands = body.as_array().cloned().unwrap_or_default();
    match commands.iter().find(|command| !command_ok(command)) {
        None if body.is_array() => Ok(()),
        wrong => refuse(400, 50035, format!("Invalid Form Body: {wrong:?}")),
    }
}
