//! The loops: each asks a reconciler what is due, then sleeps until the next thing can be.
//!
//! A loop takes no input but the moment. Wake-ups ([`Store::changed`]) only shorten the sleep; the ceiling on it
//! makes a missed one, or another process writing to the same store, cost at most a second.

use std::collections::BTreeSet;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock::Clock;
use crate::alerts::silence::{self, Watch};
use crate::alerts::{self, Routes};
use crate::chat::{Channel, Inbound, Platforms, is_posted};
use crate::commands::{Asked, Desk, Reply};
use crate::delivery::{self, Manner};
use crate::digests::{self, Digest, Due};
use crate::domain::timestamp::Timestamp;
use crate::store::{SLOW_READERS, Store, StoreError};

/// The longest sleep of a loop whose next deadline is further away.
const CEILING_MS: i64 = 1_000;

/// How often old bodies are looked for.
const HOUSEKEEPING_MS: i64 = 60 * 60 * 1000;

/// How often samples that have changed are packed, if there are enough of them.
const PACKING_MS: i64 = 10_000;

/// How often it is read again what may be proposed while somebody types.
const PROPOSING_MS: i64 = 5_000;

/// How often it is asked whether a source has fallen silent.
const LISTENING_MS: i64 = 30_000;

/// When it is asked again what Slack calls a channel: the wait doubles each time up to the last.
const FIRST_RELEARNING_MS: i64 = 15_000;
const LAST_RELEARNING_MS: i64 = 60 * 60 * 1000;

/// How often, and after what time each, it is asked again whether a bot that was running is gone.
const RECOVERIES: i64 = 20;
const RECOVERY_MS: i64 = 500;

/// How long it is remembered when events came: the weeks that are compared, and one more.
const RHYTHM_MS: i64 = 35 * 24 * 60 * 60 * 1000;

/// How long the card of a solved ticket follows what is told of it late.
const CARDS_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A button that posts something, pressed again within this time, was pressed once.
const SLIP_MS: i64 = 10_000;

/// What every loop needs.
#[derive(Clone)]
pub(super) struct Jobs {
    pub(super) store: Store,
    pub(super) platforms: Arc<Platforms>,
    pub(super) desk: Arc<Desk>,
    /// Answers and digests have pictures.
    pub(super) drawn: bool,
    pub(super) clock: Clock,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Jobs {
    /// Starts every loop; each of the `platforms`, by the word before the colon of its channels, has loops of its own, so
    /// that nothing on one delays another.
    pub(super) fn start(
        &self,
        platforms: BTreeSet<String>,
        routes: Routes,
        digests: Vec<Digest>,
        manner: Manner,
        inbound: mpsc::Receiver<Inbound>,
    ) {
        let routes = Arc::new(routes);
        self.every("alerts", move |jobs| {
            let routes = Arc::clone(&routes);
            async move {
                alerts::tick(&jobs.store, &routes, jobs.clock.now()).await?;
                jobs.store.next_timer().await
            }
        });
        let manner = Arc::new(manner);
        for platform in platforms {
            self.deliver(&platform.into(), &manner);
        }
        let digests = Arc::new(digests);
        self.every("digests", move |jobs| {
            let digests = Arc::clone(&digests);
            async move {
                let now = jobs.clock.now();
                let digests = digests::scheduled(&jobs.store, &digests).await?;
                let due = digests::due(&jobs.store, &digests, now).await?;
                let platforms: BTreeSet<&str> = due.iter().map(|due| due.channel.platform()).collect();
                // A platform that takes long over a picture delays those of its own channels only.
                let posted = platforms.into_iter().map(|platform| jobs.post_digests(&due, platform, now));
                join_all(posted).await.into_iter().collect::<Result<(), _>>()?;
                Ok(digests::next_slot(&digests, jobs.clock.now()))
            }
        });
        self.commands(inbound);
    }

    /// Puts the digests of one platform into the outbox, one after the other.
    async fn post_digests(&self, due: &[Due<'_>], platform: &str, now: Timestamp) -> Result<(), StoreError> {
        for due in due.iter().filter(|due| due.channel.platform() == platform) {
            let digest = self.desk.digest(&due.digest.name, due.channel, due.slot.at, self.drawn);
            let (message, statements) = digest.await?;
            self.platforms.prepare(due.channel, &message).await;
            digests::post(&self.store, due, message, &statements, now).await?;
        }
        Ok(())
    }

    /// Sends what is for one platform, and beside that edits what no longer says what is true.
    fn deliver(&self, platform: &Arc<str>, manner: &Arc<Manner>) {
        let of = Arc::clone(platform);
        let next = move |store: Store| {
            let platform = Arc::clone(&of);
            async move { store.next_outbox_due(&platform).await }
        };
        let (of, told) = (Arc::clone(platform), Arc::clone(manner));
        self.when_due(platform, next, move |jobs| {
            let (platform, manner, clock) = (Arc::clone(&of), Arc::clone(&told), jobs.clock.clone());
            async move {
                delivery::tick(&jobs.store, &jobs.platforms, &manner, &platform, move || clock.now()).await.map(drop)
            }
        });
        let of = Arc::clone(platform);
        let next = move |store: Store| {
            let platform = Arc::clone(&of);
            async move { delivery::next_edit(&store, &platform).await }
        };
        let (of, told) = (Arc::clone(platform), Arc::clone(manner));
        self.when_due("cards", next, move |jobs| {
            let (platform, manner, clock) = (Arc::clone(&of), Arc::clone(&told), jobs.clock.clone());
            async move {
                let now = || clock.now();
                delivery::follow(&jobs.store, &jobs.platforms, &manner, &platform, now).await.map(drop)
            }
        });
    }

    /// Takes over what a bot that ended before `started` had under way, should it turn out that it is not alive: the
    /// database may learn of its end a moment after we do.
    pub(super) fn recover(&self, started: Timestamp) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            for attempt in 1..=RECOVERIES {
                tokio::select! {
                    () = jobs.clock.wait_until(started.plus_ms(attempt * RECOVERY_MS)) => {}
                    () = jobs.stop.cancelled() => return,
                }
                match delivery::recover(&jobs.store, started).await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(e) => tracing::warn!(error = &e as &dyn Error, "what was under way cannot be taken over yet"),
                }
            }
            tracing::info!("another copy of the bot is running; what it has under way is left to it");
        });
    }

    /// Forgets the bodies of deliveries that are old enough, and keeps the process's own figures small.
    pub(super) fn housekeeping(&self, raw_retention_ms: i64, prometheus: PrometheusHandle) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            loop {
                prometheus.run_upkeep();
                let now = jobs.clock.now();
                match jobs.store.expire_bodies(now.plus_ms(-raw_retention_ms)).await {
                    Ok(0) => {}
                    Ok(expired) => tracing::info!(expired, "bodies of old deliveries are gone ([store] raw)"),
                    Err(e) => tracing::warn!(error = &e as &dyn Error, "old bodies could not be removed"),
                }
                if let Err(e) = jobs.store.forget_rhythm(now.plus_ms(-RHYTHM_MS)).await {
                    tracing::warn!(error = &e as &dyn Error, "the old rhythm of sources could not be removed");
                }
                if let Err(e) = jobs.store.forget_cards(now.plus_ms(-CARDS_MS)).await {
                    tracing::warn!(error = &e as &dyn Error, "old cards could not be forgotten");
                }
                tokio::select! {
                    () = jobs.clock.wait_until(now.plus_ms(HOUSEKEEPING_MS)) => {}
                    () = jobs.stop.cancelled() => return,
                }
            }
        });
    }

    /// Learns what Slack itself calls the channels of teams, digests and `[access]`: commands come from `C123`,
    /// configurations say `#billing`. What is not known yet, because Slack does not answer or the channel is not there, is
    /// asked for again, ever more seldom.
    pub(super) fn learn_channels(&self, channels: &BTreeSet<Channel>) {
        for (workspace, slack) in &self.platforms.slack {
            let (jobs, workspace, slack) = (self.clone(), workspace.clone(), slack.clone());
            let named = channels.iter().filter_map(|channel| match channel {
                Channel::Slack(of, name) if *of == workspace => Some(name.clone()),
                _ => None,
            });
            let mut unknown: Vec<String> = named.collect();
            self.tasks.spawn(async move {
                let mut wait_ms = FIRST_RELEARNING_MS;
                while !unknown.is_empty() {
                    for name in std::mem::take(&mut unknown) {
                        let id = tokio::select! {
                            id = slack.channel_id(&name) => id,
                            () = jobs.stop.cancelled() => return,
                        };
                        let channel = Channel::Slack(workspace.clone(), name.clone());
                        match id {
                            Ok(id) => jobs.desk.learn_channel(channel, Channel::Slack(workspace.clone(), id)),
                            Err(e) => {
                                tracing::warn!(%channel, error = %e, "a channel is not known to Slack; asked again later");
                                unknown.push(name);
                            }
                        }
                    }
                    tokio::select! {
                        () = jobs.clock.wait_until(jobs.clock.now().plus_ms(wait_ms)) => {}
                        () = jobs.stop.cancelled() => return,
                    }
                    wait_ms = (wait_ms * 2).min(LAST_RELEARNING_MS);
                }
            });
        }
    }

    /// Folds tickets again whose definitions (calendars, teams, policies, switches) have changed since they were
    /// folded; until it is done, answers say so.
    pub(super) fn refold(&self) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            let folding = jobs.store.refold_if_needed(jobs.clock.now(), |_, _| {});
            let done = tokio::select! {
                done = folding => done,
                () = jobs.stop.cancelled() => return,
            };
            match done {
                Ok(Some(rebuilt)) => tracing::info!(?rebuilt, "definitions have changed; tickets were folded again"),
                Ok(None) => {}
                Err(e) => tracing::error!(error = &e as &dyn Error, "tickets could not be folded again"),
            }
        });
    }

    /// Packs samples that have changed, so that questions find little to put together.
    pub(super) fn pack(&self) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            loop {
                let packed = tokio::select! {
                    packed = jobs.store.pack() => packed,
                    () = jobs.stop.cancelled() => return,
                };
                if let Err(e) = packed {
                    tracing::warn!(error = &e as &dyn Error, "samples could not be packed; answers take longer");
                }
                tokio::select! {
                    () = jobs.clock.wait_until(jobs.clock.now().plus_ms(PACKING_MS)) => {}
                    () = jobs.stop.cancelled() => return,
                }
            }
        });
    }

    /// Keeps what is proposed while somebody types as fresh as the store.
    pub(super) fn propose(&self) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            loop {
                if let Err(e) = jobs.desk.refresh().await {
                    tracing::debug!(error = &e as &dyn Error, "proposals are not read again just now");
                }
                tokio::select! {
                    () = jobs.clock.wait_until(jobs.clock.now().plus_ms(PROPOSING_MS)) => {}
                    () = jobs.stop.cancelled() => return,
                }
            }
        });
    }

    /// Notices when a source falls silent and when it speaks again.
    pub(super) fn listen(&self, watch: Watch) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            loop {
                let now = jobs.clock.now();
                if let Err(e) = silence::listen(&jobs.store, &watch, now).await {
                    tracing::warn!(error = &e as &dyn Error, "cannot tell whether sources are silent");
                }
                tokio::select! {
                    () = jobs.clock.wait_until(now.plus_ms(LISTENING_MS)) => {}
                    () = jobs.stop.cancelled() => return,
                }
            }
        });
    }

    /// Does what is due, whenever something is by what `next` says.
    fn when_due<N, NextFut, F, Fut>(&self, name: &str, next: N, work: F)
    where
        N: Fn(Store) -> NextFut + Clone + Send + 'static,
        NextFut: Future<Output = Result<Option<Timestamp>, StoreError>> + Send,
        F: Fn(Self) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<(), StoreError>> + Send,
    {
        self.every(name, move |jobs| {
            let (next, work) = (next.clone(), work.clone());
            async move {
                let due = next(jobs.store.clone()).await?;
                if due.is_none_or(|due| due > jobs.clock.now()) {
                    return Ok(due);
                }
                work(jobs.clone()).await?;
                next(jobs.store).await
            }
        });
    }

    /// Runs `tick`, which returns when it next has something to do, until stopped: at once, on every change of the
    /// store, and at that time.
    fn every<F, Fut>(&self, name: &str, tick: F)
    where
        F: Fn(Self) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Option<Timestamp>, StoreError>> + Send,
    {
        let (jobs, name) = (self.clone(), name.to_owned());
        self.tasks.spawn(async move {
            let mut changes = jobs.store.changed();
            while !jobs.stop.is_cancelled() {
                changes.mark_unchanged();
                let ceiling = jobs.clock.now().plus_ms(CEILING_MS);
                // A fault in one digest or one alert must not end the loop that all the others depend on.
                let until = match AssertUnwindSafe(tick(jobs.clone())).catch_unwind().await {
                    Ok(Ok(next)) => next.map_or(ceiling, |t| t.min(ceiling)),
                    Ok(Err(e)) => {
                        tracing::error!(job = name, error = &e as &dyn Error, "a job failed; it will be tried again");
                        ceiling
                    }
                    Err(_) => {
                        tracing::error!(job = name, "a job panicked; it will be tried again");
                        ceiling
                    }
                };
                tokio::select! {
                    () = jobs.clock.wait_until(until) => {}
                    changed = changes.changed() => if changed.is_err() { return },
                    () = jobs.stop.cancelled() => return,
                }
            }
        });
    }

    /// Answers commands as they come, so many at a time that the store has time for the bell; more wait, acknowledged
    /// already. A platform that takes answers slowly keeps nobody from asking. Each interaction is answered once, however
    /// often it is delivered.
    fn commands(&self, mut inbound: mpsc::Receiver<Inbound>) {
        let jobs = self.clone();
        let places = Arc::new(Semaphore::new(SLOW_READERS));
        self.tasks.spawn(async move {
            loop {
                let command = tokio::select! {
                    command = inbound.recv() => command,
                    () = jobs.stop.cancelled() => return,
                };
                let Some(command) = command else { return };
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let jobs_of_one = jobs.clone();
                jobs.tasks.spawn(async move {
                    let reply = jobs_of_one.command(&command).await;
                    drop(place);
                    if let Some(reply) = reply {
                        jobs_of_one.answer(&command, &reply).await;
                    }
                });
            }
        });
    }

    /// Whether something would be posted twice that somebody meant once: the same button, pressed again at once.
    async fn is_slip(&self, command: &Inbound, now: Timestamp) -> bool {
        let Some(press) = command.press.as_ref().filter(|_| is_posted(&command.text)) else { return false };
        let deed = format!("{}/{}/{}/{}", command.channel, press.message, command.user, command.text);
        let first = self.store.first_within(&deed, now, SLIP_MS).await;
        first.is_ok_and(|first| !first)
    }

    /// What to answer; `None` = nothing, because it was answered already.
    async fn command(&self, command: &Inbound) -> Option<Reply> {
        let now = self.clock.now();
        match self.store.first_seen(&command.id, now).await {
            Ok(true) => {}
            Ok(false) => return None,
            // Answering twice is better than not at all while the store is in trouble.
            Err(e) => tracing::warn!(error = %e, "cannot tell whether a command was answered already"),
        }
        if self.is_slip(command, now).await {
            if let Err(e) = command.reply.withdraw().await {
                tracing::debug!(error = %e, "an acknowledgement could not be taken back");
            }
            return None;
        }
        let asked = Asked::by(command, self.drawn);
        let answering = AssertUnwindSafe(self.desk.answer(&asked, now)).catch_unwind();
        Some(answering.await.unwrap_or_else(|_| Reply::apology()))
    }

    async fn answer(&self, command: &Inbound, reply: &Reply) {
        metrics::counter!("deskbell_commands_total").increment(1);
        let answered = match &reply.file {
            Some(file) => self.platforms.answer_with(command, &reply.message, file, reply.share).await,
            None => self.platforms.answer(command, &reply.message, reply.share).await,
        };
        if let Err(e) = answered {
            tracing::warn!(error = %e, "an answer could not be sent");
        }
    }
}
