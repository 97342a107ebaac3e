//! Slack: the Web API, Socket Mode and signed HTTP requests, Block Kit.
//!
//! Written by hand on reqwest and tokio-tungstenite: a dozen methods are used, and an envelope must be acknowledged
//! before anything else happens to it.
//!
//! * [`client`]: calls; [`Client::post`] finds an earlier attempt before it posts again.
//! * [`render`]: a [`Message`](crate::domain::message::Message) as blocks, within Slack's limits.
//! * [`inbound`]: signatures, slash commands and button clicks, from HTTP and from the socket alike.
//! * `dialog`: views that ask for the end of a command.
//! * [`socket`]: Socket Mode: acknowledge, hand over, survive reconnects.
//! * [`reply`]: the answer to a command.
//! * `upload`: pictures, which are uploaded before they are shown.
//! * `files`: files that people asked for.
//! * [`manifest`]: what an app at Slack has to be.

mod check;
pub mod client;
mod dialog;
pub mod error;
mod files;
pub mod inbound;
pub mod manifest;
mod pace;
pub mod render;
pub mod reply;
pub mod socket;
mod upload;

pub use client::Client;
pub use dialog::{Dialog, Submission};
pub use error::ApiError;
pub(in crate::chat) use files::Recipient;
pub use inbound::Incoming;
pub use reply::Reply;
