//! Deskbell.
pub mod alerts;
pub mod app;
pub mod chat;
pub mod commands;
pub mod delivery;
pub mod digests;
pub mod domain;
pub mod grammar;
pub mod ingest;
pub mod integrations;
pub mod metrics;
pub mod store;
pub mod web;
