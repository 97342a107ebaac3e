//! Files: an address to upload to, good for one upload; completing it; and some looks at it before it can be shown.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::api::{items, only, refuse, scoped};
use super::{Inner, State};

/// A file, from the wish to upload it on.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) alt: String,
    /// Announced, and then to be kept.
    length: usize,
    /// The last part of the address to upload to.
    pub(super) token: String,
    pub(crate) bytes: Bytes,
    /// Somebody said that it is whole.
    pub(crate) completed: bool,
    /// Where it was sent, if it was.
    pub(crate) channel: Option<String>,
    pub(crate) thread_ts: Option<String>,
    /// How often it is looked at before it is known what it is.
    looks: u32,
}

impl File {
    /// It can be shown.
    fn is_ready(&self) -> bool {
        self.completed && self.looks == 0
    }
}

/// `files.getUploadURLExternal`.
pub(super) fn address(state: &State, inner: &mut Inner, arguments: &Value) -> Result<Value, Value> {
    only(arguments, &["filename", "length", "alt_txt", "snippet_type"])?;
    scoped(inner, "files:write")?;
    let text = |key: &str| arguments[key].as_str().map(str::to_owned).unwrap_or_default();
    let length = text("length").parse().ok().filter(|length| *length > 0).ok_or_else(|| refuse("invalid_arguments"))?;
    let (name, alt) = (text("filename"), text("alt_txt"));
    if name.is_empty() || !(1..=1000).contains(&alt.chars().count()) {
        return Err(refuse("invalid_arguments"));
    }
    let (id, token) = (format!("F0{}", inner.next()), format!("up{}", inner.next()));
    let looks = inner.looks_at_files;
    let url = format!("http://{}/upload/v1/{token}", state.http);
    inner.files.push(File {
        id: id.clone(),
        name,
        alt,
        length,
        token,
        bytes: Bytes::new(),
        completed: false,
        channel: None,
        thread_ts: None,
        looks,
    });
    Ok(json!({"upload_url": url, "file_id": id}))
}

/// The bytes come. An address takes them once, and as many as were announced.
pub(super) fn receive(inner: &mut Inner, token: &str, bytes: Bytes) -> Result<(), &'static str> {
    let file = inner.files.iter_mut().find(|file| file.token == token && file.bytes.is_empty());
    let file = file.ok_or("no such upload")?;
    let is_whole = if file.name.ends_with(".png") { bytes.starts_with(b"\x89PNG\r\n\x1a\n") } else { true };
    if bytes.len() != file.length || !is_whole {
        return Err("not what was announced");
    }
    file.bytes = bytes;
    Ok(())
}

/// `files.completeUploadExternal`.
pub(super) fn complete(inner: &mut Inner, arguments: &Value) -> Result<Value, Value> {
    only(arguments, &["files", "channel_id", "thread_ts", "initial_comment", "blocks"])?;
    scoped(inner, "files:write")?;
    let wanted = items(arguments, "files");
    if wanted.is_empty() {
        return Err(refuse("invalid_arguments"));
    }
    let channel = arguments["channel_id"].as_str().map(str::to_owned);
    if channel.as_ref().is_some_and(|id| !id.starts_with(['C', 'D'])) {
        return Err(refuse("channel_not_found"));
    }
    for entry in &wanted {
        let file = inner.files.iter_mut().find(|file| entry["id"] == *file.id.as_str() && !file.completed);
        let file = file.filter(|file| !file.bytes.is_empty()).ok_or_else(|| refuse("file_not_found"))?;
        file.completed = true;
        file.channel = channel.clone();
        file.thread_ts = arguments["thread_ts"].as_str().map(str::to_owned);
    }
    Ok(json!({"files": wanted}))
}

/// `files.info`: as long as a file is looked at, its type is not known.
pub(super) fn info(inner: &mut Inner, arguments: &Value) -> Result<Value, Value> {
    only(arguments, &["file", "limit", "cursor"])?;
    scoped(inner, "files:read")?;
    let file = inner.files.iter_mut().find(|file| file.completed && arguments["file"] == *file.id.as_str());
    let file = file.ok_or_else(|| refuse("file_not_found"))?;
    let mimetype = if file.is_ready() { "image/png" } else { "" };
    file.looks = file.looks.saturating_sub(1);
    Ok(json!({"file": {"id": file.id, "name": file.name, "mimetype": mimetype, "size": file.bytes.len()}}))
}

/// The first block that shows a file which cannot be shown.
pub(super) fn unshowable(inner: &Inner, blocks: &[Value]) -> Option<usize> {
    blocks.iter().position(|block| {
        let shown = |id: &Value| inner.files.iter().any(|file| *id == *file.id.as_str() && file.is_ready());
        block.get("slack_file").is_some_and(|file| !shown(&file["id"]))
    })
}
