//! Deskbell.
pub mod app;
pub mod chat;
pub mod domain;
pub mod grammar;
pub mod ingest;
pub mod integrations;
pub mod metrics;
pub mod store;
pub mod web;
