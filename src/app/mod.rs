//! F5: puts the rooms together: configuration, clock, jobs, start and stop.

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
mod demo;
mod jobs;
mod terminal;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::clock::Clock;
use self::config::Config;
use self::jobs::Jobs;
use crate::alerts::Routes;
use crate::chat::console::Console;
use crate::chat::{Channel, Commands, Inbound, Platforms, SlackMode, DiscordMode, discord, slack};
use crate::commands::{Desk, Settings};
use crate::digests::Digest;
use crate::ingest::Source;
use crate::store::Store;
use crate::web::{self, Hooks, WebState};

/// Commands that may wait to be answered; all of them are acknowledged already.
const INBOUND_QUEUE: usize = 1024;

/// A bot that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Hands it a command, as a platform does.
    pub inbound: mpsc::Sender<Inbound>,
    store: Store,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Stops taking new work, finishes what is under way, closes the store.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }
}

/// Opens the store that the configuration names.
///
/// # Errors
/// When it cannot be opened or brought up to date.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    Store::open(config.store.url.expose_secret(), Arc::new(config.definitions.clone()))
        .await
        .context("the store cannot be opened; [store] url says where it is")
}

/// The desk that answers questions about a store.
pub fn desk(config: &Config, store: &Store) -> Desk {
    let channels = config.teams.iter().filter_map(|t| Some((t.channel.as_ref()?.to_string(), t.name.clone())));
    Desk::new(
        store.clone(),
        Arc::new(config.definitions.clone()),
        Settings {
            timezone: config.bot.timezone,
            week_start: config.bot.week_start,
            targets: config.targets.workspace.clone(),
            team_targets: config.targets.teams.clone(),
            channels: channels.collect(),
            access: config.access.as_ref().map(|a| [&a.viewers[..], &a.leads[..], &a.operators[..]].concat()),
        },
    )
}

/// Starts the bot and returns when it listens.
///
/// # Errors
/// When the store cannot be opened, the address is taken, or a platform's client cannot be made.
pub async fn start(config: Config, clock: Clock, console: Option<Console>) -> anyhow::Result<Running> {
    let store = open_store(&config).await?;
    store.recover_outbox(clock.now()).await.context("the outbox cannot be read")?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let (inbound, commands) = mpsc::channel(INBOUND_QUEUE);
    let desk = Arc::new(desk(&config, &store));

    let http = reqwest::Client::builder().build().context("the HTTP client cannot be made")?;
    let platforms = Arc::new(Platforms {
        slack: config.slack.as_ref().map(|settings| slack::Client::new(settings, http.clone())),
        discord: config.discord.as_ref().map(|settings| discord::Client::new(settings, http.clone())),
        console,
    });
    let registry = registry(&desk);

    let listener = tokio::net::TcpListener::bind(config.http.listen)
        .await
        .with_context(|| format!("cannot listen on {}: is another copy running?", config.http.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    let state = web_state(&config, &store, &platforms, &registry, &inbound, now)?;
    let server = axum::serve(listener, web::router(state)).with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(e) = server.await {
            tracing::error!(error = %e, "the listener ended");
        }
    });

    let jobs = Jobs { store: store.clone(), platforms: Arc::clone(&platforms), desk, clock: clock.clone(), stop, tasks };
    jobs.start(routes(&config), digests(&config), commands);
    jobs.refold();
    if let (Some(client), Some(settings)) = (&platforms.slack, &config.slack)
        && settings.mode == SlackMode::Socket
    {
        jobs.tasks.spawn(slack::listen(client.clone(), inbound.clone(), jobs.stop.clone()));
    }
    if let (Some(client), Some(settings)) = (&platforms.discord, &config.discord) {
        match settings.mode {
            DiscordMode::Gateway => {
                jobs.tasks.spawn(discord::listen(client.clone(), registry, inbound.clone(), jobs.stop.clone()));
            }
            DiscordMode::Http => {
                let client = client.clone();
                jobs.tasks.spawn(async move {
                    if let Err(e) = client.register(&registry.specs).await {
                        tracing::error!(error = %e, "Discord's commands could not be registered");
                    }
                });
            }
        }
    }
    tracing::info!(%address, sources = config.sources.len(), "listening");
    Ok(Running { address, inbound, store, stop: jobs.stop, tasks: jobs.tasks })
}

/// Where alerts go. What names no channel rings in the terminal, if that is a platform.
fn routes(config: &Config) -> Routes {
    Routes {
        policies: config.sla.iter().map(|r| (r.policy.clone(), r.to.clone())).collect(),
        teams: config.teams.iter().filter_map(|t| Some((t.name.clone(), t.channel.clone()?))).collect(),
        fallback: if config.console { vec![Channel::Console] } else { Vec::new() },
    }
}

fn digests(config: &Config) -> Vec<Digest> {
    let digest = |d: &config::DigestConfig| Digest {
        name: d.name.clone(),
        schedule: d.schedule.clone(),
        to: d.to.clone(),
        catch_up_ms: d.catch_up_ms,
    };
    config.digests.iter().map(digest).collect()
}
