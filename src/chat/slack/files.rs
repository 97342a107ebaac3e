//! Files that people asked for: into the thread of the message they pressed, or to one person alone.
//!
//! A `response_url` takes no files, and a file in a channel is seen by everybody in it. What only one person asked for
//! goes to the direct messages of the bot with that person.

use reqwest::Url;
use serde_json::json;

use super::client::{Arguments, Client, refused_by_status};
use super::error::ApiError;
use super::reply::belongs_to;
use crate::chat::patience::Patience;
use crate::chat::{File, SendError};

/// The step after which a file is there.
pub(super) const COMPLETE: &str = "files.completeUploadExternal";

/// Who gets a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::chat) enum Recipient<'a> {
    /// A person, by the id of Slack.
    Person(&'a str),
    /// A channel, below a message of it if one is named.
    Channel(&'a str, Option<&'a str>),
}

impl Client {
    /// Sends a file. Each step is taken again when Slack says to wait, and not those before it.
    ///
    /// # Errors
    /// See [`SendError`]; a second attempt would send it twice at worst.
    pub(in crate::chat) async fn send_file(
        &self,
        to: Recipient<'_>,
        file: &File,
        patience: Patience,
    ) -> Result<(), SendError> {
        let (channel, thread) = match to {
            Recipient::Channel(channel, thread) => (channel.to_owned(), thread),
            Recipient::Person(person) => (patience.with(|| self.direct_messages(person)).await?, None),
        };
        let transfer = async || Ok(self.transfer(&file.name, file.kind, &file.name, &file.content).await?);
        let id = patience.with(transfer).await?;
        let mut files = json!({"files": [{"id": id, "title": file.name}], "channel_id": channel});
        if let Some(thread) = thread {
            files["thread_ts"] = thread.into();
        }
        let complete = async || Ok(self.call(COMPLETE, Arguments::Json(files.clone())).await.map(drop)?);
        patience.with(complete).await
    }

    /// The channel in which the bot and a person talk.
    async fn direct_messages(&self, person: &str) -> Result<String, SendError> {
        let opened = self.call("conversations.open", Arguments::Form(&[("users", person)])).await?.body;
        let id = opened["channel"]["id"].as_str();
        Ok(id.map(str::to_owned).ok_or_else(|| ApiError::refused("conversations.open", "no channel"))?)
    }

    /// Takes bytes to where Slack wants them, if that is Slack; gives the id of the file. Nobody sees it until it is
    /// completed.
    pub(super) async fn transfer(&self, name: &str, kind: &str, alt: &str, bytes: &[u8]) -> Result<String, ApiError> {
        const PLACE: &str = "files.getUploadURLExternal";
        let length = bytes.len().to_string();
        let arguments = [("filename", name), ("length", &*length), ("alt_txt", alt)];
        let place = self.call(PLACE, Arguments::Form(&arguments)).await?.body;
        let text = |key: &str| place[key].as_str().map(str::to_owned);
        let (Some(url), Some(id)) = (text("upload_url"), text("file_id")) else {
            return Err(ApiError::refused(PLACE, "no address to upload to"));
        };
        let strange = || ApiError::refused("upload", "an address that is not Slack's");
        let home = Url::parse(&self.settings().api_base).map_err(|_| strange())?;
        let url = Url::parse(&url).ok().filter(|url| belongs_to(url, &home)).ok_or_else(strange)?;
        let request = self.http().post(url).header("content-type", kind).body(bytes.to_vec());
        let response = request.timeout(UPLOAD_WITHIN).send().await?;
        refused_by_status(response.status(), response.headers()).map_or(Ok(()), Err)?;
        Ok(id)
    }
}

/// Megabytes take a while.
const UPLOAD_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);
