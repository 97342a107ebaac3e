//! F0: the pure rules of support work. No async, SQL, HTTP, clock or logging in here.

pub mod alert;
pub mod calendar;
pub mod chart;
pub mod columns;
pub mod definitions;
pub mod duration;
pub mod event;
pub mod fact;
pub mod handling;
pub mod ladder;
pub mod masking;
pub mod message;
pub mod money;
pub mod names;
pub mod need;
pub mod privacy;
pub mod query;
pub mod quiet;
pub mod rhythm;
pub mod sample;
pub mod schedule;
pub mod sla;
pub mod statement;
pub mod thread;
pub mod ticket;
pub mod timestamp;
