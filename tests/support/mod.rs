//! Stand-ins for the outside world, for tests that drive the real thing.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod slack;
