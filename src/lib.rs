//! Deskbell.
pub mod chat;
pub mod domain;
pub mod grammar;
pub mod ingest;
pub mod integrations;
pub mod store;
pub mod web;
