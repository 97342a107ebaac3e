//! F1: the numbers, from samples to answers (kpis.md). Pure: no async, SQL, HTTP, clock or logging in here.
//!
//! The way of a question: words become a [`Query`] ([`period`]), [`selections`] says which samples to fetch,
//! [`compute()`] measures them ([`catalogue`] and the families) and sums up ([`answer`]), [`present`] makes a message.

pub mod answer;
mod benchmark;
pub mod catalogue;
mod composed;
mod compute;
mod cost;
mod course;
mod days;
mod drawn;
pub mod experience;
pub mod explain;
pub mod export;
pub mod forecast;
pub mod format;
mod frame;
mod frequent;
mod judged;
pub mod listing;
mod measure;
pub mod period;
mod phone;
mod pool;
pub mod present;

pub mod query;
mod restated;
mod satisfaction;
mod several;
pub mod simulation;
mod sla;
mod slice;
mod spans;
pub mod statistics;
mod time;
mod workload;

pub use answer::Report;
pub use catalogue::Need;
pub use compute::{compute, filters_shown};
pub use frequent::Frequent;
pub use query::{History, Query, Targets, selections};

#[cfg(test)]
mod tests;
