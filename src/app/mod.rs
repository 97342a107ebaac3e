//! F5: puts the rooms together: configuration, clock, jobs, start and stop.

pub mod config;
