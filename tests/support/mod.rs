//! Local servers and engines that the tests run against: they speak the real protocols, strictly.

pub mod discord;
pub mod slack;
