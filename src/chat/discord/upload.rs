//! A message together with the picture it shows, or a file: one request of two parts, the body as JSON and the file.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::File;
use super::super::picture::{FILE, Picture};

/// What a request carries.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) json: Value,
    /// What the JSON calls `attachment://chart.png`.
    pub(super) picture: Option<Picture>,
    /// What it brings instead of a picture.
    pub(super) file: Option<File>,
}

impl From<Value> for Parcel {
    fn from(json: Value) -> Self {
        Self { json, picture: None, file: None }
    }
}

impl Parcel {
    /// The content type and the bytes of the body.
    pub(super) fn body(&self) -> (String, Vec<u8>) {
        let json = self.json.to_string().into_bytes();
        match (&self.file, &self.picture) {
            (Some(file), _) => in_two_parts(&json, &file.name, file.kind, &file.content),
            (None, Some(picture)) => in_two_parts(&json, FILE, "image/png", &picture.png),
            (None, None) => ("application/json".to_owned(), json),
        }
    }
}

/// The name is one of ours: no quotation mark is in it.
fn in_two_parts(json: &[u8], name: &str, kind: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    // Made from the content, which therefore cannot be made to contain it.
    let boundary = hex::encode(&Sha256::new().chain_update(json).chain_update(bytes).finalize()[..16]);
    let head = |name: &str, kind: &str| {
        format!("--{boundary}\r\ncontent-disposition: form-data; {name}\r\ncontent-type: {kind}\r\n\r\n").into_bytes()
    };
    let parts = [
        head("name=\"payload_json\"", "application/json").as_slice(),
        json,
        b"\r\n",
        &head(&format!("name=\"files[0]\"; filename=\"{name}\""), kind),
        bytes,
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    (format!("multipart/form-data; boundary={boundary}"), parts)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn both_parts_are_found_again_byte_by_byte() {
        // What could be taken for an end of a part, or is no text at all.
        let png = b"\x89PNG\r\n\r\n--\r\n\x00\xff--".to_vec();
        let json = json!({"content": "--\r\n\"x\""});
        let picture = Picture { png: png.clone().into(), title: String::new(), alt: String::new() };
        let (kind, body) = Parcel { picture: Some(picture), ..Parcel::from(json.clone()) }.body();
        let boundary = multer::parse_boundary(kind).expect("a boundary");
        let stream = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
        let mut parts = multer::Multipart::new(stream, boundary);
        let first = parts.next_field().await.expect("well formed").expect("a part");
        assert_eq!(first.name(), Some("payload_json"));
        assert_eq!(serde_json::from_slice::<Value>(&first.bytes().await.expect("whole")).expect("JSON"), json);
        let second = parts.next_field().await.expect("well formed").expect("a part");
        assert_eq!((second.name(), second.file_name()), (Some("files[0]"), Some("chart.png")));
        assert_eq!(second.content_type().map(ToString::to_string).as_deref(), Some("image/png"));
        assert_eq!(second.bytes().await.expect("whole"), png);
        assert!(parts.next_field().await.expect("well formed").is_none());
    }
}
