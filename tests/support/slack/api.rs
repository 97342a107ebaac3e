//! The Web API and the `response_url`s.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::super::faults::{Met, drop_connection};
use super::super::records;
use super::{Credentials, Fault, Inner, Posted, Response, State, all_blocks, blocks, files, views};

/// Answers to one `response_url`.
const ANSWERS: usize = 5;

pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    let routes = Router::new()
        .route("/api/{method}", post(call))
        .route("/response/{token}", post(respond))
        .route("/upload/v1/{token}", post(upload))
        .layer(DefaultBodyLimit::max(25 << 20));
    axum::serve(listener, routes.with_state(state)).await.expect("serves until aborted");
}

fn next_fault(state: &State, method: &str) -> Option<Fault> {
    state.change(|inner| {
        inner.calls.push(method.to_owned());
        inner.faults.get_mut(method).and_then(std::collections::VecDeque::pop_front)
    })
}

fn faulty(fault: Fault) -> HttpResponse {
    match fault {
        Fault::RateLimited(seconds) => {
            let body = json!({"ok": false, "error": "ratelimited"}).to_string();
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
        }
        Fault::RateLimitedInBody => axum::Json(json!({"ok": false, "error": "ratelimited"})).into_response(),
        Fault::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>").into_response(),
        Fault::Refuse(code) => axum::Json(json!({"ok": false, "error": code})).into_response(),
        Fault::DropBefore | Fault::DropAfter => drop_connection(),
    }
}

async fn call(
    Shared(state): Shared<Arc<State>>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    // Slack counts whole seconds.
    if let Err(refused) = state.limits.take(&method, true) {
        return faulty(Fault::RateLimited(refused.after.as_millis().div_ceil(1000) as u64));
    }
    let fault = next_fault(&state, &method);
    match fault {
        None | Some(Fault::DropAfter) => {}
        Some(fault) => return faulty(fault),
    }
    let exposed = ["chat.", "conversations.", "files."].iter().any(|family| method.starts_with(family));
    let mishap = if exposed { state.weather.next() } else { None };
    let answering = Arc::clone(&state);
    let act = move || answer(&answering, &method, &headers, &body);
    let met = match mishap {
        Some(mishap) => mishap.meet(act).await,
        None => Met::Answer(act()),
    };
    match met {
        Met::Answer(_) if matches!(fault, Some(Fault::DropAfter)) => drop_connection(),
        Met::Answer(answer) => answer,
        Met::Status(status) => (StatusCode::from_u16(status).expect("a status"), "<html>oops</html>").into_response(),
        Met::Limited(seconds) => faulty(Fault::RateLimited(seconds)),
        Met::Dropped => drop_connection(),
    }
}

/// Does what is asked, and says so.
fn answer(state: &Arc<State>, method: &str, headers: &HeaderMap, body: &Bytes) -> HttpResponse {
    let answer = authorized(&state.credentials, headers, method).and_then(|()| {
        let arguments = arguments(headers, body).ok_or_else(|| refuse("invalid_arguments"))?;
        let seen_at = Instant::now() + state.weather.seen_after();
        let done = state.change(|inner| dispatch(state, inner, method, &arguments, seen_at))?;
        records::keep("slack", "POST", method, &arguments);
        Ok(done)
    });
    let answer = match answer {
        Ok(mut answer) => {
            answer["ok"] = true.into();
            answer
        }
        Err(answer) => {
            state.problem(format!("{method}: {answer}"));
            answer
        }
    };
    let scopes = state.lock().scopes();
    ([("x-oauth-scopes", scopes)], axum::Json(answer)).into_response()
}

pub(super) fn refuse(code: &str) -> Value {
    json!({"ok": false, "error": code})
}

fn authorized(credentials: &Credentials, headers: &HeaderMap, method: &str) -> Result<(), Value> {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = value.and_then(|v| v.strip_prefix("Bearer ")).ok_or_else(|| refuse("not_authed"))?;
    let Credentials { bot_token, app_token, .. } = credentials;
    let wanted = if method == "apps.connections.open" { app_token } else { bot_token };
    match token {
        token if token == wanted => Ok(()),
        token if token == app_token || token == bot_token => Err(refuse("not_allowed_token_type")),
        _ => Err(refuse("invalid_auth")),
    }
}

/// A form or JSON, as the content type says.
fn arguments(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") && !body.is_empty() {
        return serde_json::from_slice(body).ok().filter(Value::is_object);
    }
    let mut form = reqwest::Url::parse("http://form/").ok()?;
    form.set_query(Some(std::str::from_utf8(body).ok()?));
    let pairs = form.query_pairs().map(|(name, value)| {
        // Structures travel as JSON within a form; everything else is text.
        let structure = matches!(&*name, "blocks" | "attachments" | "metadata" | "files" | "view");
        let parsed = structure.then(|| serde_json::from_str(&value).ok()).flatten();
        (name.into_owned(), parsed.unwrap_or_else(|| Value::String(value.into_owned())))
    });
    Some(Value::Object(pairs.collect::<Map<_, _>>()))
}

fn dispatch(
    state: &State,
    inner: &mut Inner,
    method: &str,
    arguments: &Value,
    seen_at: Instant,
) -> Result<Value, Value> {
    match method {
        "auth.test" => Ok(json!({"team": "Local", "user": "deskbell", "team_id": "T0LOCAL", "user_id": "U0BELL"})),
        "apps.connections.open" => {
            let ticket = format!("ticket-{}", inner.next());
            inner.tickets.insert(ticket.clone());
            Ok(json!({"url": format!("{}?ticket={ticket}&app_id=A0LOCAL", state.socket_url)}))
        }
        "conversations.list" => list(inner, arguments),
        "conversations.info" => {
            let channel = channel(inner, arguments)?;
            let scope = if channel["is_private"] == true { "groups:read" } else { "channels:read" };
            scoped(inner, scope)?;
            Ok(json!({"channel": channel}))
        }
        "conversations.history" => history(inner, arguments),
        "chat.postMessage" => post_message(inner, arguments, seen_at),
        "chat.update" => update(inner, arguments),
        "conversations.open" => {
            scoped(inner, "im:write")?;
            let person =
                arguments["users"].as_str().filter(|id| id.starts_with('U')).ok_or_else(|| refuse("user_not_found"))?;
            Ok(json!({"channel": {"id": format!("D{person}")}}))
        }
        "files.getUploadURLExternal" => files::address(state, inner, arguments),
        "files.completeUploadExternal" => files::complete(inner, arguments),
        "files.info" => files::info(inner, arguments),
        "views.open" => views::open(inner, arguments),
        _ => Err(refuse("unknown_method")),
    }
}

pub(super) fn scoped(inner: &Inner, scope: &str) -> Result<(), Value> {
    if inner.scopes.contains(scope) {
        return Ok(());
    }
    Err(json!({"ok": false, "error": "missing_scope", "needed": scope, "provided": inner.scopes()}))
}

fn channel(inner: &Inner, arguments: &Value) -> Result<Value, Value> {
    inner.channels.iter().find(|c| c["id"] == arguments["channel"]).cloned().ok_or_else(|| refuse("channel_not_found"))
}

/// Where the bot may post.
fn open_channel(inner: &Inner, arguments: &Value) -> Result<String, Value> {
    scoped(inner, "chat:write")?;
    let channel = channel(inner, arguments)?;
    if channel["is_archived"] == true {
        return Err(refuse("is_archived"));
    }
    if channel["is_member"] == false {
        return Err(refuse("not_in_channel"));
    }
    Ok(channel["id"].as_str().unwrap_or_default().to_owned())
}

/// A page of `items`; the cursor is the offset. Pages are short, so that paging is exercised.
fn page(items: &[Value], key: &str, arguments: &Value, longest: usize) -> Result<Value, Value> {
    let number = |key: &str| match &arguments[key] {
        Value::String(text) if !text.is_empty() => text.parse::<usize>().map(Some).map_err(|_| ()),
        Value::Number(n) => Ok(n.as_u64().and_then(|n| usize::try_from(n).ok())),
        _ => Ok(None),
    };
    let start = number("cursor").map_err(|()| refuse("invalid_cursor"))?.unwrap_or(0);
    let limit = number("limit").map_err(|()| refuse("invalid_limit"))?.unwrap_or(100);
    if !(1..=999).contains(&limit) {
        return Err(refuse("invalid_limit"));
    }
    let end = items.len().min(start + limit.min(longest));
    let next = if end < items.len() { end.to_string() } else { String::new() };
    let mut answer = json!({"response_metadata": {"next_cursor": next}, "has_more": end < items.len()});
    answer[key] = items.get(start..end).unwrap_or_default().to_vec().into();
    Ok(answer)
}

fn list(inner: &Inner, arguments: &Value) -> Result<Value, Value> {
    let types = arguments["types"].as_str().unwrap_or("public_channel");
    let (public, private) = (types.contains("public_channel"), types.contains("private_channel"));
    if public {
        scoped(inner, "channels:read")?;
    }
    if private {
        scoped(inner, "groups:read")?;
    }
    let without_archived = arguments["exclude_archived"].as_str() == Some("true");
    let wanted = |c: &&Value| {
        let kind = if c["is_private"] == true { private } else { public };
        kind && !(without_archived && c["is_archived"] == true)
    };
    let found: Vec<Value> = inner.channels.iter().filter(wanted).cloned().collect();
    page(&found, "channels", arguments, 2)
}

fn history(inner: &Inner, arguments: &Value) -> Result<Value, Value> {
    let channel = channel(inner, arguments)?;
    scoped(inner, if channel["is_private"] == true { "groups:history" } else { "channels:history" })?;
    if channel["is_member"] == false {
        return Err(refuse("not_in_channel"));
    }
    let with_metadata = matches!(&arguments["include_all_metadata"], Value::Bool(true))
        || matches!(arguments["include_all_metadata"].as_str(), Some("true" | "1"));
    // Replies are in their thread only, unless they were shown to the channel too.
    let shown = |m: &&Posted| channel["id"] == *m.channel.as_str() && (m.thread_ts.is_none() || m.broadcast);
    let now = Instant::now();
    let newest_first = inner.messages.iter().rev().filter(shown).filter(|m| m.seen_at <= now);
    let found: Vec<Value> = newest_first
        .map(|m| {
            let mut message =
                json!({"type": "message", "ts": m.ts, "text": m.text, "user": "U0BELL", "bot_id": "B0BELL"});
            if with_metadata && !m.metadata.is_null() {
                message["metadata"] = m.metadata.clone();
            }
            message
        })
        .collect();
    page(&found, "messages", arguments, 50)
}

/// Refuses what Slack's block rules forbid, with its places.
fn checked(message: &Value) -> Result<(), Value> {
    let problems = blocks::problems(message);
    match problems.first() {
        None => Ok(()),
        Some(first) if first.contains("no_text") => Err(refuse("no_text")),
        Some(_) => Err(json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": problems}})),
    }
}

/// Refuses files that are not there, or not looked at yet, with their place.
fn showable(inner: &Inner, message: &Value) -> Result<(), Value> {
    let shown = all_blocks(&items(message, "blocks"), &items(message, "attachments"));
    let Some(place) = files::unshowable(inner, &shown) else { return Ok(()) };
    let problem = format!("[ERROR] invalid slack file [json-pointer:/blocks/{place}/slack_file]");
    Err(json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": [problem]}}))
}

/// Arguments Slack does not know it ignores; here they are mistakes. (Its own clients send `team_id` with everything.)
pub(super) fn only(arguments: &Value, known: &[&str]) -> Result<(), Value> {
    let keys = arguments.as_object().into_iter().flat_map(Map::keys).filter(|key| *key != "team_id");
    let unknown: Vec<&String> = keys.filter(|key| !known.contains(&key.as_str())).collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(json!({"ok": false, "error": "invalid_arguments", "unknown": unknown}))
    }
}

pub(super) fn items(arguments: &Value, key: &str) -> Vec<Value> {
    arguments[key].as_array().cloned().unwrap_or_default()
}

fn post_message(inner: &mut Inner, arguments: &Value, seen_at: Instant) -> Result<Value, Value> {
    only(
        arguments,
        &[
            "channel",
            "text",
            "blocks",
            "attachments",
            "metadata",
            "parse",
            "link_names",
            "unfurl_links",
            "unfurl_media",
            "thread_ts",
            "reply_broadcast",
            "mrkdwn",
        ],
    )?;
    let channel = open_channel(inner, arguments)?;
    let text = arguments["text"].as_str().unwrap_or_default();
    if text.chars().count() > 40_000 {
        return Err(refuse("msg_too_long"));
    }
    let metadata = arguments["metadata"].clone();
    let described = metadata["event_type"].is_string() && metadata["event_payload"].is_object();
    if !metadata.is_null() && !described {
        return Err(refuse("invalid_metadata_format"));
    }
    checked(arguments)?;
    showable(inner, arguments)?;
    let thread_ts = arguments["thread_ts"].as_str().map(str::to_owned);
    if let Some(thread) = &thread_ts
        && !inner.messages.iter().any(|m| m.ts == *thread && m.channel == channel)
    {
        return Err(refuse("thread_not_found"));
    }
    let broadcast = arguments["reply_broadcast"] == true;
    if broadcast && thread_ts.is_none() {
        return Err(refuse("invalid_arguments"));
    }
    let ts = format!("1700000000.{:06}", inner.next());
    let attachments = items(arguments, "attachments");
    inner.messages.push(Posted {
        channel: channel.clone(),
        ts: ts.clone(),
        text: text.to_owned(),
        born: text.to_owned(),
        blocks: all_blocks(&items(arguments, "blocks"), &attachments),
        attachments,
        metadata,
        thread_ts,
        broadcast,
        edited: 0,
        seen_at,
    });
    Ok(json!({"channel": channel, "ts": ts}))
}

fn update(inner: &mut Inner, arguments: &Value) -> Result<Value, Value> {
    only(
        arguments,
        &["channel", "ts", "text", "blocks", "attachments", "metadata", "parse", "link_names", "reply_broadcast"],
    )?;
    let channel = open_channel(inner, arguments)?;
    let text = arguments["text"].as_str().unwrap_or_default();
    if text.chars().count() > 4000 {
        return Err(refuse("msg_too_long"));
    }
    checked(arguments)?;
    showable(inner, arguments)?;
    let found = inner.messages.iter_mut().find(|m| m.channel == channel && arguments["ts"] == *m.ts.as_str());
    let message = found.ok_or_else(|| refuse("message_not_found"))?;
    message.text = text.to_owned();
    // Attachments that are not mentioned stay; blocks give way to the text.
    if arguments["attachments"].is_array() {
        message.attachments = items(arguments, "attachments");
    }
    message.blocks = all_blocks(&items(arguments, "blocks"), &message.attachments);
    message.edited += 1;
    Ok(json!({"channel": channel, "ts": message.ts, "text": text}))
}

async fn respond(
    Shared(state): Shared<Arc<State>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    if let Err(refused) = state.limits.take("response_url", true) {
        return faulty(Fault::RateLimited(refused.after.as_millis().div_ceil(1000) as u64));
    }
    let fault = next_fault(&state, "response_url");
    match fault {
        None | Some(Fault::DropAfter) => {}
        Some(fault) => return faulty(fault),
    }
    let outcome = arguments(&headers, &body).ok_or("invalid_payload".to_owned()).and_then(|message| {
        if let Some(refused) = checked(&message).err() {
            return Err(refused.to_string());
        }
        if state.lock().without_charts && message.to_string().contains("data_visualization") {
            return Err("invalid_blocks".to_owned());
        }
        // No token, so nobody who has access to the file.
        if message.to_string().contains("slack_file") {
            return Err("invalid_blocks".to_owned());
        }
        state.change(|inner| {
            let ts = format!("1700000000.{:06}", inner.next());
            let in_place = message["replace_original"] == true;
            if in_place && !inner.presses.contains(&token) {
                return Err("there is nothing to replace".to_owned());
            }
            let (channel, answers) = inner.responses.get_mut(&token).ok_or("expired_url")?;
            if answers.len() >= ANSWERS {
                return Err("used_url".to_owned());
            }
            answers.push(Response {
                shared: message["response_type"] == "in_channel",
                in_place,
                channel: channel.clone(),
                ts,
                text: message["text"].as_str().unwrap_or_default().to_owned(),
                blocks: all_blocks(&items(&message, "blocks"), &items(&message, "attachments")),
            });
            Ok(())
        })
    });
    if matches!(fault, Some(Fault::DropAfter)) {
        drop_connection();
    }
    match outcome {
        Ok(()) => (StatusCode::OK, "ok").into_response(),
        Err(reason) => {
            state.problem(format!("response_url: {reason}"));
            (StatusCode::NOT_FOUND, reason).into_response()
        }
    }
}

async fn upload(Shared(state): Shared<Arc<State>>, Path(token): Path<String>, body: Bytes) -> HttpResponse {
    let fault = next_fault(&state, "upload");
    match fault {
        None | Some(Fault::DropAfter) => {}
        Some(fault) => return faulty(fault),
    }
    let length = body.len();
    let received = state.change(|inner| files::receive(inner, &token, body));
    if matches!(fault, Some(Fault::DropAfter)) {
        drop_connection();
    }
    match received {
        Ok(()) => (StatusCode::OK, format!("OK - {length}")).into_response(),
        Err(reason) => {
            state.problem(format!("upload: {reason}"));
            (StatusCode::BAD_REQUEST, reason).into_response()
        }
    }
}
