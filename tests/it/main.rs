//! What Deskbell promises, tried on the whole program: the real server on a port of its own, a real store, signed
//! requests in, messages out to a local Slack and a local Discord that refuse what the real ones refuse.

#[path = "../support/mod.rs"]
mod support;

mod bot;
mod commands;
mod crash;
mod dialogs;
mod digests;
mod export;
mod fates;
mod gallery;
mod laws;
mod limits;
mod living;
mod loads;
mod pictures;
mod program;
mod promises;
mod quiet;
mod refine;
mod ring;
mod scheduling;
mod silence;
mod storms;
mod weekends;
mod why;
mod workspaces;
