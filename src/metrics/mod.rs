//! F1: the numbers, from samples to answers (kpis.md). Pure: no async, SQL, HTTP, clock or logging in here.

pub mod format;
pub mod period;
pub mod statistics;
