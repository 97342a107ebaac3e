//! F5: puts the rooms together: configuration, clock, jobs, start and stop.

pub mod check;
pub mod clock;
pub mod config;
