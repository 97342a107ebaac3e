//! Discord: commands from the gateway or over HTTP, messages over REST.
//!
//! serenity decodes what comes in and holds the gateway; what goes out is our own small transport ([`rest`]), because
//! delivery needs to see a rate limit and to know whether a broken request may have arrived.

mod check;
mod dialog;
mod error;
pub mod gateway;
pub mod inbound;
mod limits;
mod markdown;
mod permissions;
mod registry;
pub mod render;
mod reply;
pub mod rest;
mod table;
mod upload;

pub use permissions::invitation;
pub use reply::Reply;
pub use rest::Client;
