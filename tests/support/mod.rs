//! Stand-ins for the world outside, for tests that drive the real thing.

pub mod discord;
