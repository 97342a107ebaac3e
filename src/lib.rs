//! Deskbell.
pub mod domain;
pub mod grammar;
