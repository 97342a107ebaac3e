//! Files that come with a message: requests of several parts, what Discord demands of them, and what becomes of them.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::rest::{Refusal, refuse};

/// A file of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
    /// What is read to those who do not see it.
    pub description: String,
    /// The `n` of `files[n]`.
    pub(super) place: u64,
}

/// The JSON of a request, and the files that came with it.
pub(super) async fn parts(headers: &HeaderMap, body: Bytes) -> Result<(Value, Vec<File>), String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        return Ok((serde_json::from_slice(&body).unwrap_or(Value::Null), Vec::new()));
    };
    let stream = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = multer::Multipart::new(stream, boundary);
    let (mut json, mut files) = (Value::Null, Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|e| e.to_string())? {
        let name = part.name().unwrap_or_default().to_owned();
        let (file, kind) = (part.file_name().map(str::to_owned), part.content_type().map(ToString::to_string));
        let bytes = part.bytes().await.map_err(|e| e.to_string())?;
        let place = name.strip_prefix("files[").and_then(|n| n.strip_suffix(']')?.parse().ok());
        match (name.as_str(), place, file) {
            ("payload_json", _, _) => json = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?,
            (_, Some(place), Some(name)) if is_known(kind.as_deref(), &bytes) => {
                files.push(File { name, bytes, description: String::new(), place });
            }
            (name, _, file) => return Err(format!("a part {name:?} of the type {kind:?} with the file {file:?}")),
        }
    }
    Ok((json, files))
}

/// A picture, or rows.
fn is_known(kind: Option<&str>, bytes: &Bytes) -> bool {
    match kind {
        Some("image/png") => bytes.starts_with(b"\x89PNG"),
        kind => kind == Some("text/csv"),
    }
}

/// What a message shows of the files that come with it. Each file is listed, each that is listed has come, and what an
/// embed shows is among them.
pub(super) fn attached(body: &Value, mut files: Vec<File>) -> Result<Vec<File>, Refusal> {
    let listed = body["attachments"].as_array().cloned().unwrap_or_default();
    for file in &mut files {
        let entry = listed.iter().find(|entry| entry["id"] == file.place && entry["filename"] == file.name.as_str());
        let Some(entry) = entry else {
            return refuse(400, 50035, format!("Invalid Form Body: files[{}] is not listed", file.place));
        };
        file.description = entry["description"].as_str().unwrap_or_default().to_owned();
        if !(1..=1024).contains(&file.description.chars().count()) {
            return refuse(400, 50035, "Invalid Form Body: a description must have 1 to 1024 characters");
        }
    }
    if listed.len() != files.len() {
        return refuse(400, 50035, "Invalid Form Body: an attachment that has not come");
    }
    for embed in body["embeds"].as_array().into_iter().flatten() {
        let Some(url) = embed["image"]["url"].as_str() else { continue };
        let named = url.strip_prefix("attachment://");
        if !named.is_some_and(|name| files.iter().any(|file| file.name == name)) {
            return refuse(400, 50035, format!("Invalid Form Body: {url} is not in the upload"));
        }
    }
    Ok(files)
}

/// As messages list them.
pub(super) fn to_json(files: &[File]) -> Value {
    let address = |file: &File| format!("https://cdn.discordapp.com/attachments/3000/{}/{}", file.place, file.name);
    let entry = |file: &File| {
        json!({"id": file.place.to_string(), "filename": file.name, "size": file.bytes.len(), "url": address(file),
               "proxy_url": address(file), "description": file.description, "content_type": "image/png"})
    };
    files.iter().map(entry).collect()
}
