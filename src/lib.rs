//! Deskbell: a bell on the support desk.
//!
//! Support events come in as signed webhooks, are stored as facts, and come out as numbers, digests and alerts in the
//! team's chat. This page is the map of the house; each room's own page says why it is as it is.
//!
//! # Rooms and floors
//!
//! A room may use the rooms below it, never one beside or above it (`tests/floors.rs` keeps it so).
//!
//! | floor | room | owns |
//! |---|---|---|
//! | 5 | [`app`] | configuration, clock, jobs, start and stop, the commands of the binary |
//! | 4 | [`web`] | HTTP: hooks, the platforms' routes, health, Prometheus |
//! | 3 | [`commands`] | a question → a reply |
//! | 2 | [`ingest`], [`alerts`], [`digests`], [`delivery`] | a delivery in; due timers → alerts; due slots → digest messages; the outbox out |
//! | 1 | [`store`], [`integrations`], [`chat`], [`chart`], [`metrics`], [`grammar`] | rows; vendors; platforms; pictures; the numbers; text ↔ call |
//! | 0 | [`domain`] | the pure rules: events, calendars, the fold of a ticket, promises, samples, messages |
//!
//! # The way of an event
//!
//! [`web`] takes raw bytes, [`integrations`] proves and translates them, [`ingest`] hands them to the single writer of
//! the [`store`], which appends the events, folds each touched ticket from all of its events and rewrites its samples
//! and timers, in one transaction; what belongs to no ticket (a call, a shift, a customer) is a thread of its own
//! ([`domain::thread`]) and folded alike. Only then is the sender told 200. [`alerts::tick`] turns timers that are due into
//! alerts and outbox rows, in one transaction; [`delivery::tick`] looks at the truth again and sends. The first message
//! about a promise in a place is its card; whatever may change the truth marks it, and [`delivery::follow`] edits it.
//!
//! # The way of a command
//!
//! [`chat`] acknowledges at once and puts the text into a queue; [`grammar::parse`] makes a call of it,
//! [`commands::Desk`] fetches the samples it needs, [`metrics::compute`] answers, the platform renders. What there is to see of it is data in the
//! message ([`domain::chart`]); [`app`] tells [`chat`] who draws it ([`chart`]), and a message goes out without its picture
//! rather than late or not at all.
//!
//! # Invariants
//!
//! Each has a test that would fail.
//!
//! 1. Acknowledged ⇒ on disk.
//! 2. Any order, repetition or batching of deliveries ⇒ the same rows; folding everything again ⇒ the same rows.
//! 3. SQLite and PostgreSQL ⇒ the same answers.
//! 4. Killed at any instant and started again ⇒ every alert and digest once, every card as the truth stands.
//! 5. A ticket answered before its alert is sent ⇒ no alert.
//! 6. Answers as of `t` do not depend on events after `t`.
//! 7. What customers write cannot become markup, a mention or a link.
//! 8. A delivery that is refused leaves no row.
//! 9. An edit of `bot.toml` rewrites no verdict on a promise.

/// Gives back what an answer took: the system's keeps some of it for every thread that ever computed.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

pub mod alerts;
pub mod app;
pub mod chart;
pub mod chat;
pub mod commands;
pub mod delivery;
pub mod digests;
pub mod domain;
pub mod grammar;
pub mod ingest;
pub mod integrations;
pub mod metrics;
pub mod store;
pub mod web;
