//! The REST side of the local Discord: who may ask what, and what then stands in it.

use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::super::faults::{Met, drop_connection};
use super::super::records;
use super::files::{self, File};
use super::{ACK_WITHIN, APPLICATION, Ack, CHANNEL, Inside, LocalDiscord, NONCE_LIVES, Posted, TOKEN};
use super::{ATTACH_FILES, TOKEN_LIVES, Trouble, key, rules, user};

/// Status, Discord's own code, what it says.
pub(super) type Refusal = (u16, u64, String);

pub(super) fn refuse<T>(status: u16, code: u64, message: impl Into<String>) -> Result<T, Refusal> {
    Err((status, code, message.into()))
}

pub(super) async fn serve(State(discord): State<LocalDiscord>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 25 << 20).await.unwrap_or_default();
    // Some clients write `@original` as it must be written elsewhere in addresses.
    let path = parts.uri.path().strip_prefix("/api/v10/").unwrap_or("unknown").replace("%40", "@");
    let segments: Vec<&str> = path.split('/').collect();
    let authorised = parts.headers.get("authorization").is_some_and(|value| value == &format!("Bot {TOKEN}"));
    if segments[0] == "gateway" {
        // serenity asks here too; no trouble, no count.
        let limits = json!({"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1});
        let body = json!({"url": discord.shared.gateway, "shards": 1, "session_start_limit": limits});
        return if authorised { respond(200, &body, &[]) } else { respond(401, &json!({"code": 0}), &[]) };
    }
    let major = segments.get(1).copied().unwrap_or_default();
    // Interactions are told by their token, and wait for no limit but their own.
    let own = matches!(segments[0], "interactions" | "webhooks");
    let lane = format!("{} {}", parts.method, if own { path.clone() } else { format!("{}/{major}", segments[0]) });
    if let Err(refused) = discord.limits().take(&lane, !own) {
        return limited(refused.scope, refused.after.as_secs_f64());
    }
    let (body, files) = match files::parts(&parts.headers, bytes).await {
        Ok(parts) => parts,
        Err(fault) => {
            discord.fault(format!("a body that cannot be read: {fault}"));
            return respond(400, &json!({"message": "Invalid Form Body", "code": 50035}), &[]);
        }
    };
    records::keep("discord", parts.method.as_str(), &path, &body);
    let mishap = match segments[..] {
        ["channels", _, "messages", ..] => discord.weather().next(),
        _ => None,
    };
    let seen_after = discord.weather().seen_after();
    let act = {
        let (discord, path) = (discord.clone(), path.clone());
        move || {
            let segments: Vec<&str> = path.split('/').collect();
            discord.change(|inside| {
                inside.seen_after = seen_after;
                inside.respond(&parts.method, &segments, authorised, body, files)
            })
        }
    };
    let met = match mishap {
        Some(mishap) => mishap.meet(act).await,
        None => Met::Answer(act()),
    };
    match met {
        Met::Answer(answer) => answer,
        Met::Status(status) => respond(status, &json!({"message": "Internal Server Error", "code": 0}), &[]),
        Met::Limited(seconds) => limited("user", seconds as f64),
        Met::Dropped => drop_connection(),
    }
}

fn respond(status: u16, body: &Value, headers: &[(&str, String)]) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    // Nothing is no JSON either, and Discord's clients read what they are told it is.
    let response = match status {
        204 => response.body(Body::empty()),
        _ => response.header("content-type", "application/json").body(Body::from(body.to_string())),
    };
    response.expect("plain headers")
}

/// The connection breaks in the middle of an answer.
fn broken() -> Response {
    let pieces = [Ok(Bytes::from_static(b"{\"id\"")), Err(std::io::Error::other("broken on purpose"))];
    Response::new(Body::from_stream(stream::iter(pieces)))
}

impl Inside {
    pub(super) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn now(&self) -> Instant {
        Instant::now() + self.skipped
    }

    pub(super) fn send_event(&mut self, event: &str, data: Value) {
        let session = self.session.as_mut().expect("the bot has identified itself");
        let frame = json!({"op": 0, "t": event, "s": session.sent.len() + 1, "d": data});
        session.sent.push(frame.clone());
        if let Some(live) = &self.live {
            // Should the connection just have ended, resuming brings the event.
            let _ = live.send(Frame::text(frame.to_string()));
        }
    }

    fn respond(&mut self, method: &Method, path: &[&str], authorised: bool, body: Value, files: Vec<File>) -> Response {
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
        let result = if authorised || is_public {
            self.handle(method, path, body, files)
        } else {
            refuse(401, 0, "401: Unauthorized")
        };
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

    fn handle(&mut self, method: &Method, path: &[&str], body: Value, files: Vec<File>) -> Result<Value, Refusal> {
        let application = APPLICATION.to_string();
        let denied = |channel: &str| channel.parse().ok().and_then(|id| self.denied.get(&id)).copied().unwrap_or(0);
        if let (["channels", channel, ..], false) = (path, files.is_empty())
            && denied(channel) & ATTACH_FILES != 0
        {
            return refuse(403, 50013, "Missing Permissions");
        }
        let attached = || files::attached(&body, files.clone());
        match (method.as_str(), path) {
            ("GET", ["users", "@me"]) => Ok(user(APPLICATION, "deskbell")),
            ("GET", ["applications", "@me"]) => Ok(json!({
                "id": application, "name": "deskbell", "verify_key": hex::encode(key().verifying_key().to_bytes()),
                "interactions_endpoint_url": self.endpoint.as_ref().map(|e| e.url.clone()),
            })),
            (_, ["applications", app, ..]) if *app != application => refuse(403, 20012, "Not your application"),
            ("GET", ["applications", _, "commands"]) => Ok(self.commands_of(None)),
            ("GET", ["applications", _, "guilds", guild, "commands"]) => Ok(self.commands_of(guild.parse().ok())),
            ("PUT", ["applications", _, "commands"]) => self.put_commands(None, body),
            ("PUT", ["applications", _, "guilds", guild, "commands"]) => self.put_commands(guild.parse().ok(), body),
            ("GET", ["channels", id]) => {
                let (number, name) = self.channel(id)?;
                let guild = self.channels[&number].1.to_string();
                let denied = self.denied.get(&number).copied().unwrap_or(0).to_string();
                let overwrites = json!([{"id": application, "type": 1, "allow": "0", "deny": denied}]);
                Ok(json!({
                    "id": id, "type": 0, "name": name, "guild_id": guild, "permission_overwrites": overwrites,
                }))
            }
            ("GET", ["guilds", guild, "roles"]) if self.is_in(guild) => {
                Ok(json!([{"id": guild, "name": "@everyone", "permissions": "2251799813685239"}]))
            }
            ("GET", ["guilds", guild, "members", member]) if self.is_in(guild) && *member == application => {
                Ok(json!({"user": user(APPLICATION, "deskbell"), "roles": [], "nick": null}))
            }
            ("GET", ["channels", id, "messages"]) => {
                let channel = self.channel(id)?.0;
                Ok(self.history(channel))
            }
            ("POST", ["channels", id, "messages"]) => {
                let channel = self.channel(id)?.0;
                let files = attached()?;
                self.post(channel, body, files)
            }
            ("PATCH", ["channels", channel, "messages", id]) => {
                rules::message(&body)?;
                let files = attached()?;
                let posted = self.messages.iter_mut().find(|m| m.id.to_string() == *id);
                let Some(posted) = posted.filter(|m| m.channel.to_string() == *channel) else {
                    return refuse(404, 10008, "Unknown Message");
                };
                posted.edit(&body, files);
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
                let files = attached()?;
                self.answer(token, body, files)
            }
            ("POST", ["webhooks", app, token]) if *app == application => {
                let files = attached()?;
                self.follow_up(token, &body, files)
            }
            ("DELETE", ["webhooks", _, token, "messages", "@original"]) => self.withdraw(token),
            _ => refuse(404, 0, "404: Not Found"),
        }
    }

    fn channel(&self, id: &str) -> Result<(u64, String), Refusal> {
        let id = id.parse().unwrap_or(0);
        match self.channels.get(&id) {
            Some((name, _)) => Ok((id, name.clone())),
            None => refuse(404, 10003, "Unknown Channel"),
        }
    }

    /// Whether the bot was invited into a guild.
    fn is_in(&self, guild: &str) -> bool {
        self.channels.values().any(|(_, of)| of.to_string() == guild)
    }

    /// The commands registered in a guild; without one, those in every guild.
    fn commands_of(&self, guild: Option<u64>) -> Value {
        self.commands.get(&guild).cloned().unwrap_or_else(|| json!([]))
    }

    /// Everything that is registered somewhere.
    pub(super) fn all_commands(&self) -> Value {
        self.commands.values().filter_map(Value::as_array).flatten().cloned().collect()
    }

    /// The newest messages of a channel. Without the permission to read them there are none. What the nonce of each
    /// was, Discord does not remember.
    fn history(&self, channel: u64) -> Value {
        let now = self.now();
        let shown = |m: &&Posted| m.channel == channel && m.seen_at <= now && !self.unreadable.contains(&channel);
        let found = self.messages.iter().rev().filter(shown).take(100).map(|m| {
            let mut message = m.to_json();
            message.as_object_mut().expect("an object").remove("nonce");
            message
        });
        found.collect()
    }

    fn post(&mut self, channel: u64, body: Value, files: Vec<File>) -> Result<Value, Refusal> {
        rules::message(&body)?;
        let nonce = body["nonce"].as_str().map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > 25) {
            return refuse(400, 50035, "Invalid Form Body: nonce is too long");
        }
        let now = self.now();
        let is_same = |m: &&Posted| m.channel == channel && m.nonce == nonce && now - m.posted < NONCE_LIVES;
        if let Some(earlier) = self.messages.iter().find(is_same).filter(|_| body["enforce_nonce"] == true) {
            return Ok(earlier.to_json());
        }
        let reference = &body["message_reference"];
        if !reference.is_null() {
            let exists = self
                .messages
                .iter()
                .any(|m| m.channel == channel && reference["message_id"].as_str() == Some(m.id.to_string().as_str()));
            if !exists && reference["fail_if_not_exists"] != false {
                return refuse(400, 50035, "Invalid Form Body: message_reference: Unknown message");
            }
        }
        let (born, seen_at) = (body.clone(), now + self.seen_after);
        let posted = Posted { id: self.id(), channel, body, born, files, edits: 0, nonce, posted: now, seen_at };
        self.messages.push(posted.clone());
        Ok(posted.to_json())
    }

    fn put_commands(&mut self, guild: Option<u64>, body: Value) -> Result<Value, Refusal> {
        rules::commands(&body)?;
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
        self.commands.insert(guild, commands.clone());
        self.registrations += 1;
        Ok(commands)
    }

    pub(super) fn acknowledge(&mut self, id: u64, token: &str, response: Value) -> Result<(), Refusal> {
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
            // What was sent off came from a message with a button, or from a command.
            5 if interaction.message.is_some() => &[4, 5, 6, 7],
            5 => &[4, 5],
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
        if kind == 9 {
            super::dialogs::check(&response["data"])?;
        }
        interaction.ack = Some(Ack { response, after });
        Ok(())
    }

    /// A message after the answer.
    fn follow_up(&mut self, token: &str, body: &Value, files: Vec<File>) -> Result<Value, Refusal> {
        if body["allowed_mentions"] != json!({"parse": []}) || files.is_empty() {
            return refuse(400, 50035, "Invalid Form Body: neither a file nor anything else");
        }
        match self.interactions.get_mut(token).filter(|i| i.answer.is_some()) {
            Some(interaction) => {
                interaction.followed_by.extend(files.into_iter().map(|file| (body["flags"] == 64, file)));
                Ok(json!({"id": "1"}))
            }
            None => refuse(404, 10015, "Unknown Webhook"),
        }
    }

    /// The acknowledgement disappears from the channel.
    fn withdraw(&mut self, token: &str) -> Result<Value, Refusal> {
        match self.interactions.get_mut(token).filter(|i| i.ack.is_some() && i.answer.is_none()) {
            Some(interaction) => {
                interaction.answer = Some(Value::Null);
                Ok(Value::Null)
            }
            None => refuse(404, 10015, "Unknown Webhook"),
        }
    }

    fn answer(&mut self, token: &str, body: Value, files: Vec<File>) -> Result<Value, Refusal> {
        rules::message(&body)?;
        let now = self.now();
        let id = self.id();
        let interaction = self.interactions.get_mut(token);
        let alive = interaction.filter(|i| i.is_answerable() && now - i.started < TOKEN_LIVES);
        let Some(interaction) = alive else { return refuse(404, 10015, "Unknown Webhook") };
        interaction.answer = Some(body.clone());
        interaction.files = files.clone();
        let born = body.clone();
        let posted =
            Posted { id, channel: CHANNEL, body, born, files, edits: 1, nonce: None, posted: now, seen_at: now };
        Ok(posted.to_json())
    }
}

impl Posted {
    /// Files that are not listed any more go away; without a list they stay.
    fn edit(&mut self, changes: &Value, files: Vec<File>) {
        if changes["attachments"].is_array() {
            self.files = files;
        }
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
