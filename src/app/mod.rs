//! F5: puts the rooms together: configuration, clock, jobs, start and stop.

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
mod demo;
mod jobs;
mod telemetry;
mod terminal;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::clock::Clock;
use self::config::Config;
use self::jobs::Jobs;
use crate::alerts::Routes;
use crate::alerts::silence::{Listened, Watch};
use crate::chart::{self, Pictures, Theme};
use crate::chat::console::Console;
use crate::chat::{
    Artist, Channel, Commands, DiscordMode, Ground, Inbound, Platforms, SlackMode, SlackSettings, Typing, discord,
    slack,
};
use crate::commands::{self, Access, Asked, Desk, Settings};
use crate::delivery::{self, Manner};
use crate::digests::Digest;
use crate::domain::timestamp::Timestamp;
use crate::domain::workspace::Workspace;
use crate::ingest::Source;
use crate::store::{Store, StoreError};
use crate::web::chat::ChatState;
use crate::web::{self, WebState};

/// The clock as the rooms below see it.
type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long stopping may take.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Commands that may wait to be answered; all of them are acknowledged already.
const INBOUND_QUEUE: usize = 1024;

/// A bot that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Hands it a command, as a platform does.
    pub inbound: mpsc::Sender<Inbound>,
    /// Its store.
    pub store: Store,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Stops taking new work, finishes what is under way, closes the store.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        // A sender that keeps its connection open must not keep us; what is not finished is still in the rows.
        if tokio::time::timeout(STOP_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("not everything under way could be finished");
        }
        self.store.close().await;
    }
}

/// Opens the store that the configuration names, to write to it: what the configuration promises holds from `now` on.
///
/// # Errors
/// When it cannot be opened or brought up to date.
pub async fn open_store(config: &Config, now: Timestamp) -> anyhow::Result<Store> {
    keep_secrets(config, Store::open(config.store.url.expose_secret(), &config.definitions, now).await).await
}

/// The same to look at it only, perhaps beside a running bot.
///
/// # Errors
/// As [`open_store`].
pub async fn look_at_store(config: &Config, now: Timestamp) -> anyhow::Result<Store> {
    keep_secrets(config, Store::look(config.store.url.expose_secret(), &config.definitions, now).await).await
}

async fn keep_secrets(config: &Config, opened: Result<Store, StoreError>) -> anyhow::Result<Store> {
    let store = opened.context("the store cannot be opened; [store] url says where it is")?;
    if config.customers == config::Customers::Hashed {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|e| anyhow::anyhow!("no randomness for the customers' key: {e}"))?;
        store.conceal_customers(&key).await.context("the key of the customers' hash cannot be read")?;
    }
    Ok(store)
}

/// The desk that answers questions about a store.
pub fn desk(config: &Config, store: &Store) -> Desk {
    Desk::new(
        store.clone(),
        Arc::clone(store.definitions()),
        Settings {
            timezone: config.bot.timezone,
            week_start: config.bot.week_start,
            targets: config.targets.clone(),
            sources: config.sources.iter().map(|source| source.name.clone()).collect(),
            channels: team_channels(config),
            access: access(config),
            digests: digests(config),
        },
    )
}

/// The channels that belong to one team alone; where several teams sit, a question is about all of them.
fn team_channels(config: &Config) -> BTreeMap<String, String> {
    let mut teams: BTreeMap<String, Option<String>> = BTreeMap::new();
    for team in &config.teams {
        if let Some(channel) = &team.channel {
            let entry = teams.entry(channel.to_string());
            entry.and_modify(|other| *other = None).or_insert_with(|| Some(team.name.clone()));
        }
    }
    teams.into_iter().filter_map(|(channel, team)| Some((channel, team?))).collect()
}

/// Operators may see what leads see; the leads of a team count as leads.
fn access(config: &Config) -> Access {
    let people = config.people.iter().flat_map(|p| p.chat.iter().map(|account| (account.clone(), p.name.clone())));
    let team_leads = config.teams.iter().flat_map(|t| t.leads.iter().cloned());
    let (viewers, leads, operators) = match &config.access {
        Some(access) => (access.viewers.clone(), access.leads.clone(), access.operators.clone()),
        None => Default::default(),
    };
    Access { viewers, leads: leads.into_iter().chain(operators).chain(team_leads).collect(), agents: people.collect() }
}

/// Starts the bot and returns when it listens.
///
/// # Errors
/// When the store cannot be opened, the address is taken, or a platform's client cannot be made.
pub async fn start(config: Config, clock: Clock, console: Option<Console>) -> anyhow::Result<Running> {
    // The address first: a second copy by mistake ends here, before it touches what the first is sending.
    let listener = tokio::net::TcpListener::bind(config.http.listen)
        .await
        .with_context(|| format!("cannot listen on {}: is another copy running?", config.http.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let store = open_store(&config, clock.now()).await?;
    let started = clock.now();
    let recovered = delivery::recover(&store, started).await.context("the outbox cannot be read")?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let (inbound, commands) = mpsc::channel(INBOUND_QUEUE);
    let desk = Arc::new(desk(&config, &store));

    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client cannot be made")?;
    let artist = artist(&config);
    if artist.draws() {
        // Nobody waits for it: a picture that is asked for meanwhile prepares itself.
        tasks.spawn_blocking(|| {
            if let Err(e) = chart::prepare() {
                tracing::error!(error = %e, "pictures cannot be drawn");
            }
        });
    }
    let slack = |settings: &SlackSettings| {
        (settings.workspace.clone(), slack::Client::with_artist(settings, http.clone(), artist.clone()))
    };
    let discord = |settings| discord::Client::with_artist(settings, http.clone(), artist.clone());
    let platforms = Arc::new(Platforms {
        slack: config.slack.iter().map(slack).collect(),
        discord: config.discord.as_ref().map(discord),
        console,
        operators: operators(&config),
    });
    let registry = registry(&desk);

    let now: Now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    let prometheus = telemetry::prometheus()?;
    let routes_of_web = web::router(web_state(&config, &store, &platforms, &prometheus, Arc::clone(&now)))
        .merge(web::chat::router(chat_state(&config, &platforms, &registry, &inbound, now)));
    let server = axum::serve(listener, routes_of_web).with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(e) = server.await {
            tracing::error!(error = %e, "the listener ended");
        }
    });

    let drawn = artist.draws();
    let jobs = Jobs {
        store: store.clone(),
        platforms: Arc::clone(&platforms),
        desk,
        drawn,
        clock: clock.clone(),
        stop,
        tasks,
    };
    let manner = Manner { quiet: config.quiet.clone(), zone: config.bot.timezone };
    let mut served = jobs.platforms.words();
    served.extend(jobs.store.platforms().await.context("the outbox cannot be read")?);
    jobs.start(served, routes(&config), digests(&config), manner, commands);
    if !recovered {
        jobs.recover(started);
    }
    jobs.refold();
    jobs.pack();
    if config.discord.is_some() {
        jobs.propose();
    }
    jobs.listen(watch(&config, clock.now()));
    jobs.housekeeping(config.store.raw_retention_ms, prometheus);
    jobs.learn_channels(&named_channels(&config));
    for settings in config.slack.iter().filter(|settings| settings.mode == SlackMode::Socket) {
        let Some(client) = platforms.slack.get(&settings.workspace) else { continue };
        let listening = slack::socket::listen(client.clone(), registry.clone(), inbound.clone(), jobs.stop.clone());
        jobs.tasks.spawn(listening);
    }
    if let (Some(client), Some(settings)) = (&platforms.discord, &config.discord) {
        match settings.mode {
            DiscordMode::Gateway => {
                let listening = discord::gateway::listen(client.clone(), registry, inbound.clone(), jobs.stop.clone());
                jobs.tasks.spawn(async move {
                    if let Err(e) = listening.await {
                        tracing::error!(error = %e, "Discord's gateway ended; commands from Discord are not answered");
                    }
                });
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

/// Who draws the pictures of messages, unless there are to be none or nowhere to show them.
pub(crate) fn artist(config: &Config) -> Artist {
    if !config.charts || (config.slack.is_empty() && config.discord.is_none()) {
        return Artist::default();
    }
    let pictures = Pictures::default();
    Artist::new(Arc::new(move |chart, ground| {
        let theme = match ground {
            Ground::Light => Theme::Light,
            Ground::Dark => Theme::Dark,
        };
        Ok(pictures.png(chart, theme)?)
    }))
}

/// The commands as platforms with typed options know them.
fn registry(desk: &Arc<Desk>) -> Commands {
    Commands {
        specs: commands::specs(),
        complete: {
            let desk = Arc::clone(desk);
            Arc::new(move |typing: &Typing<'_>| desk.complete(typing))
        },
        assemble: Arc::new(|command: &str, options: &[(String, String)]| {
            let options: Vec<_> = options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            crate::grammar::options::assemble(command, &options)
        }),
        form: {
            let desk = Arc::clone(desk);
            Arc::new(move |inbound: &Inbound| desk.form(&Asked::by(inbound, false)))
        },
        fill: Arc::new(commands::fill),
    }
}

fn web_state(
    config: &Config,
    store: &Store,
    platforms: &Platforms,
    prometheus: &PrometheusHandle,
    now: Now,
) -> WebState {
    let source = |s: &config::Source| Source {
        name: s.name.clone(),
        vendor: s.vendor,
        secrets: s.secrets.clone(),
        operators: platforms.operators.clone(),
    };
    let sources = config.sources.iter().map(|s| (s.name.clone(), source(s))).collect();
    let word = |on: bool| if on { "configured" } else { "off" };
    let mut connected = BTreeMap::from([
        ("slack".to_owned(), word(platforms.slack.contains_key(&Workspace::default()))),
        ("discord".to_owned(), word(platforms.discord.is_some())),
    ]);
    connected.extend(platforms.slack.keys().map(|workspace| (workspace.to_string(), word(true))));
    WebState {
        store: store.clone(),
        sources: Arc::new(sources),
        now,
        body_limit: config.http.body_limit,
        prometheus: prometheus.clone(),
        chat: Arc::new(move || connected.clone()),
    }
}

fn chat_state(
    config: &Config,
    platforms: &Platforms,
    registry: &Commands,
    inbound: &mpsc::Sender<Inbound>,
    now: Now,
) -> ChatState {
    let by_http = config.slack.iter().filter(|settings| settings.mode == SlackMode::Http);
    let slack =
        by_http.filter_map(|s| Some((platforms.slack.get(&s.workspace)?.clone(), s.signing_secret.clone()?))).collect();
    let discord = platforms.discord.clone().zip(config.discord.as_ref()).and_then(|(client, settings)| {
        let key = settings.public_key.clone().filter(|_| settings.mode == DiscordMode::Http)?;
        Some((client, key))
    });
    ChatState { slack, discord, commands: registry.clone(), inbound: inbound.clone(), now }
}

/// Where alerts go. What names no channel rings in the terminal, if that is a platform.
fn routes(config: &Config) -> Routes {
    let step = |step: &config::Escalation| (step.to.clone(), step.mention.clone());
    Routes {
        policies: config.sla.iter().map(|r| (r.policy.clone(), r.to.clone())).collect(),
        teams: config.teams.iter().filter_map(|t| Some((t.name.clone(), t.channel.clone()?))).collect(),
        fallback: if config.console { vec![Channel::Console] } else { Vec::new() },
        ladders: config.sla.iter().map(|r| (r.policy.clone(), r.escalate.iter().map(step).collect())).collect(),
        storm_over: config.sla.iter().map(|r| (r.policy.clone(), r.storm_over)).collect(),
    }
}

/// Whose silence is noticed, and who is told.
fn watch(config: &Config, started: Timestamp) -> Watch {
    let mut to = routes(config).all();
    to.extend(operators(config).into_iter().filter(|channel| !to.contains(channel)).collect::<Vec<_>>());
    let listened = |s: &config::Source| Listened { source: s.name.clone(), silent_after_ms: s.silent_after_ms };
    Watch {
        sources: config.sources.iter().map(listened).collect(),
        to,
        zone: config.bot.timezone,
        calendar: config.definitions.calendar_of(None).cloned(),
        started,
    }
}

/// The Slack channels that the configuration calls by name where commands may come from.
fn named_channels(config: &Config) -> BTreeSet<Channel> {
    let teams = config.teams.iter().filter_map(|t| t.channel.clone());
    let access = config.access.iter().flat_map(|a| a.viewers.iter().chain(&a.leads).chain(&a.operators));
    let digests = config.digests.iter().flat_map(|d| d.to.iter().cloned());
    let named = teams.chain(digests).chain(access.filter_map(|entry| entry.parse().ok()));
    named.filter(|channel| matches!(channel, Channel::Slack(_, name) if name.starts_with('#'))).collect()
}

/// The channels among `[access] operators`, which may name people and roles too; without any, the terminal.
fn operators(config: &Config) -> Vec<Channel> {
    let named = config.access.iter().flat_map(|access| &access.operators);
    let channels: Vec<_> = named
        .filter_map(|entry| entry.parse().ok())
        .filter(|channel| matches!(channel, Channel::Slack(_, id) if id.starts_with(['#', 'C', 'G'])))
        .collect();
    if channels.is_empty() && config.console { vec![Channel::Console] } else { channels }
}

/// The digests that the configuration schedules.
pub fn digests(config: &Config) -> Vec<Digest> {
    let digest = |d: &config::DigestConfig| Digest {
        key: d.name.clone(),
        name: d.name.clone(),
        schedule: d.schedule.clone(),
        to: d.to.clone(),
        catch_up_ms: d.catch_up_ms,
        added: None,
    };
    config.digests.iter().map(digest).collect()
}
