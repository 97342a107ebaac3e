//! Stand-ins for the world outside, for tests that drive the real thing: they speak the real protocols, strictly.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod discord;
pub(crate) mod faults;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod postgres;
pub(crate) mod records;
pub(crate) mod slack;
