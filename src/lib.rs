//! Deskbell.
pub mod chat;
pub mod domain;
pub mod grammar;
pub mod metrics;
