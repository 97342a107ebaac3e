//! Answers to an interaction, by its token.

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::super::picture::Picture;
use super::super::{File, SendError};
use super::render;
use super::rest::{Attempts, Client, Request, body};
use super::upload::Parcel;
use crate::domain::message::Message;

/// Megabytes take a while.
const UPLOAD_WITHIN: Duration = Duration::from_secs(60);
/// Only the person who asked sees it.
const EPHEMERAL: u32 = 64;

/// Where an answer goes: the response to an interaction, for fifteen minutes.
#[derive(Clone, Debug)]
pub struct Reply {
    client: Client,
    token: SecretString,
}

impl Reply {
    pub(super) fn new(client: &Client, token: &str) -> Self {
        Self { client: client.clone(), token: token.into() }
    }

    /// Shows the answer; a second call replaces it.
    ///
    /// # Errors
    /// See [`SendError`]; repeating is safe.
    pub async fn answer(&self, message: &Message) -> Result<(), SendError> {
        let shown = |picture: Option<&Picture>| body(&render::render(message).shows(picture));
        let (application, token) = (self.client.settings().application_id, self.token.expose_secret());
        let path = format!("webhooks/{application}/{token}/messages/@original");
        let route = "PATCH webhooks/{}/{}/messages/@original";
        let request = Request::interaction(Method::PATCH, route, token.to_owned(), path);
        self.client.show(message, request, Attempts::Some, shown).await?;
        Ok(())
    }

    /// Removes the acknowledgement that no answer will follow.
    ///
    /// # Errors
    /// See [`SendError`]; repeating is safe.
    pub async fn withdraw(&self) -> Result<(), SendError> {
        let (application, token) = (self.client.settings().application_id, self.token.expose_secret());
        let path = format!("webhooks/{application}/{token}/messages/@original");
        let route = "DELETE webhooks/{}/{}/messages/@original";
        let request = Request::interaction(Method::DELETE, route, token.to_owned(), path);
        self.client.try_to_send(request, Attempts::Some).await?;
        Ok(())
    }

    /// Sends a file after the answer, to whoever sees that.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn attach(&self, file: &File, share: bool) -> Result<(), SendError> {
        let json = json!({
            "allowed_mentions": {"parse": []}, "attachments": [{"id": 0, "filename": file.name, "description": file.name}],
            "flags": if share { 0 } else { EPHEMERAL },
        });
        let parcel = Parcel { file: Some(file.clone()), ..Parcel::from(json) };
        let (application, token) = (self.client.settings().application_id, self.token.expose_secret());
        let path = format!("webhooks/{application}/{token}");
        let request = Request::interaction(Method::POST, "POST webhooks/{}/{}", token.to_owned(), path);
        self.client.send(request.within(UPLOAD_WITHIN).body(&parcel)).await?;
        Ok(())
    }
}
