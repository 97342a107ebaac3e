//! Pictures as Slack takes them: uploaded first, then shown by the id of the file, in a block of a message that the bot
//! posts with its own token (who posts such a block must have access to the file, and the uploader has).
//!
//! Slack looks at a file after it has taken it and refuses a message that shows it before that, so it is asked for until
//! its type is known. What was uploaded is remembered by its content: a digest for three channels, or a message that
//! could not be sent and is tried again, uploads nothing twice. Whatever goes wrong here (a scope is missing, Slack has
//! trouble, it takes too long) costs the picture and never the message.
//!
//! An answer for one person goes to a `response_url`, which takes no token: there Slack refuses files, and a file shared
//! with a channel would be seen by everybody in it. Such an answer has its course as text, a chart that Slack draws itself
//! where that can show it, and the picture when it is shared.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::client::{Arguments, Client};
use super::error::ApiError;
use super::files::COMPLETE;
use super::render::{Shown, shorten};
use crate::chat::Ground;
use crate::chat::picture::{FILE, Picture, Told};
use crate::domain::message::Message;

/// All of it: what a message may be held up for its picture.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long Slack may look at a file.
const READY_WITHIN: Duration = Duration::from_secs(5);
/// Between two questions whether it has looked.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// How often an upload that broke is begun again.
const ATTEMPTS: u32 = 2;
/// Files remembered.
const REMEMBERED: usize = 64;
/// Letters of a description.
const ALT: usize = 1000;
const TITLE: usize = 250;

/// What was uploaded to the workspace, and what went wrong with it.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// The latest first.
    files: Mutex<VecDeque<File>>,
    pub(super) told: Told,
}

#[derive(Clone, Debug)]
struct File {
    content: [u8; 32],
    id: String,
    /// Slack has looked at it.
    ready: bool,
}

impl Uploads {
    fn known(&self, content: [u8; 32]) -> Option<File> {
        self.with(|files| files.iter().find(|file| file.content == content).cloned())
    }

    fn keep(&self, file: File) {
        self.with(|files| {
            files.retain(|other| other.content != file.content);
            files.push_front(file);
            files.truncate(REMEMBERED);
        });
    }

    /// Slack does not show it (any more): somebody may have deleted it.
    pub(super) fn forget(&self, id: &str) {
        self.with(|files| files.retain(|file| file.id != id));
    }

    fn with<T>(&self, change: impl FnOnce(&mut VecDeque<File>) -> T) -> T {
        change(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    /// The picture of a message, ready to be shown; `None` where there is none or it cannot be had now.
    pub(in crate::chat) async fn shown(&self, message: &Message) -> Option<Shown> {
        let picture = self.artist().picture(message, Ground::Light).await?;
        let file = match tokio::time::timeout(PATIENCE, self.uploaded(&picture)).await {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => {
                self.uploads().told.tell(self.workspace().as_str(), &error.sentence());
                return None;
            }
            Err(_) => {
                self.uploads().told.tell(self.workspace().as_str(), "Slack takes too long over an upload");
                return None;
            }
        };
        Some(Shown { file, alt: picture.alt })
    }

    /// The id of the file with this picture, which is uploaded unless it was before.
    async fn uploaded(&self, picture: &Picture) -> Result<String, ApiError> {
        let content: [u8; 32] = Sha256::digest(&picture.png).into();
        let file = match self.uploads().known(content) {
            Some(known) if known.ready => return Ok(known.id),
            Some(known) => known,
            None => {
                let file = File { content, id: self.upload(picture).await?, ready: false };
                self.uploads().keep(file.clone());
                file
            }
        };
        self.wait_until_ready(&file.id).await?;
        self.uploads().keep(File { ready: true, ..file.clone() });
        Ok(file.id)
    }

    /// Uploads a picture, more than once if an attempt breaks: what is not completed nobody sees.
    async fn upload(&self, picture: &Picture) -> Result<String, ApiError> {
        let mut attempt = 1;
        loop {
            match self.try_to_upload(picture).await {
                Err(error) if attempt < ATTEMPTS && error.may_pass() => attempt += 1,
                settled => return settled,
            }
        }
    }

    async fn try_to_upload(&self, picture: &Picture) -> Result<String, ApiError> {
        let alt = shorten(&picture.alt, ALT);
        let id = self.transfer(FILE, "image/png", &alt, &picture.png).await?;
        let title = shorten(&picture.title, TITLE);
        let files = json!({"files": [{"id": id, "title": title}]});
        self.call(COMPLETE, Arguments::Json(files)).await?;
        Ok(id)
    }

    /// Waits until Slack has looked at a file.
    async fn wait_until_ready(&self, id: &str) -> Result<(), ApiError> {
        let (begun, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let file = self.call("files.info", Arguments::Form(&[("file", id)])).await;
            match file.map(|answer| answer.body["file"]["mimetype"].as_str().is_some_and(|kind| !kind.is_empty())) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) if error.may_pass() => {}
                Err(error) => {
                    if matches!(error.code(), Some("file_not_found" | "file_deleted")) {
                        self.uploads().forget(id);
                    }
                    return Err(error);
                }
            }
            if begun.elapsed() + pause > READY_WITHIN {
                return Err(ApiError::refused("files.info", "the picture was still being looked at"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

impl ApiError {
    /// Another attempt may do better.
    fn may_pass(&self) -> bool {
        let known = |error: &Self| matches!(error, Self::Unreachable(_) | Self::Broken(_) | Self::Http(500..));
        known(self) || matches!(self.code(), Some("fatal_error" | "internal_error" | "service_unavailable"))
    }
}
