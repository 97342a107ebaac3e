//! `deskbell check`: the configuration, the store, the tokens and the channels, each with how to mend it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use super::super::check::{Line, Report};
use super::super::clock::Clock;
use super::super::config::{Config, Purpose};
use crate::chat::{Channel, Finding, discord, slack};
use crate::domain::sla::Version;
use crate::domain::timestamp::Timestamp;
use crate::store::{Feed, Store, StoreError};

pub(super) async fn run(path: &Path) -> anyhow::Result<ExitCode> {
    super::logs("error");
    let report = match super::try_load(path, Purpose::Run) {
        Err(faults) => Report::of_faults(&faults),
        Ok(config) => {
            let probes = probe(&config).await;
            Report::of_config(&config, Clock::system().now(), probes)
        }
    };
    super::answer(&report.text(super::colour()))?;
    Ok(ExitCode::from(report.exit_code()))
}

/// Asks the store and the platforms themselves.
async fn probe(config: &Config) -> Vec<Line> {
    let now = Clock::system().now();
    let mut lines = match super::super::look_at_store(config, now).await {
        Ok(store) => of_store(config, &store, now).await,
        Err(e) => vec![Line::bad("[store]", format!("{e:#}"), "check the address, and that this user may write there")],
    };
    let http = reqwest::Client::new();
    let artist = super::super::artist(config);
    let channels = channels(config);
    for settings in &config.slack {
        let client = slack::Client::with_artist(settings, http.clone(), artist.clone());
        let mut findings = client.check().await;
        for channel in &channels {
            if let Channel::Slack(workspace, name) = channel
                && *workspace == settings.workspace
            {
                findings.push(client.check_channel(name).await);
            }
        }
        let section = settings.workspace.section();
        lines.extend(findings.into_iter().map(|f| line(&section, f)));
    }
    if let Some(settings) = &config.discord {
        let ids: Vec<u64> =
            channels.iter().filter_map(|c| if let Channel::Discord(id) = c { Some(*id) } else { None }).collect();
        let findings = discord::Client::with_artist(settings, http, artist).check(&ids).await;
        lines.extend(findings.into_iter().map(|f| line("[discord]", f)));
    }
    lines
}

/// What the store holds, which version of the promises is in force, and which sources have never been heard.
async fn of_store(config: &Config, store: &Store, now: Timestamp) -> Vec<Line> {
    let full = |e: StoreError| Line::bad("[store]", e.to_string(), "is the disk full, or the file another program's?");
    let mut lines = vec![match store.counts().await {
        Ok(counts) => Line::ok("[store]", format!("{} tickets, {} events", counts.tickets, counts.events)),
        Err(e) => full(e),
    }];
    lines.extend(version(store.definitions().agreements.versions(), now));
    match store.feeds().await {
        Ok(feeds) => lines.extend(unheard(config, &feeds)),
        Err(e) => lines.push(full(e)),
    }
    store.clone().close().await;
    lines
}

/// The version of the promises in force; a file that was edited and not yet run is none.
fn version(versions: &[Version], now: Timestamp) -> Option<Line> {
    let (last, before) = versions.split_last()?;
    // Who only looks sees an edit as if it held from now on.
    let line = match before.last() {
        _ if last.since < now => {
            let since = last.since.utc().format("%Y-%m-%d %H:%M UTC");
            Line::ok("[[sla]]", format!("version {} is in force since {since}", last.number))
        }
        None => Line::note("[[sla]]", "no version is in force yet", "the next start of the bot makes it version 1"),
        Some(standing) => {
            let detail = format!("edited: version {} is still in force", standing.number);
            Line::note("[[sla]]", detail, format!("the next start of the bot makes it version {}", last.number))
        }
    };
    (!versions.iter().all(|version| version.agreement.policies.is_empty())).then_some(line)
}

/// Sources that have never sent an event.
fn unheard(config: &Config, feeds: &[Feed]) -> Vec<Line> {
    let heard = |name: &str| feeds.iter().any(|feed| feed.source == name && feed.events > 0);
    let silent = config.sources.iter().filter(|source| !heard(&source.name));
    let note = |name: &str| {
        let mend = "if it should have by now, look at the webhook's deliveries at the sender: address and secret";
        Line::note("[[source]]", format!("{name:?} has never sent an event"), mend)
    };
    silent.map(|source| note(&source.name)).collect()
}

fn line(part: &str, finding: Finding) -> Line {
    match (finding.ok, finding.mend) {
        (true, None) => Line::ok(part, finding.what),
        (true, Some(mend)) => Line::note(part, finding.what, mend),
        (false, mend) => Line::bad(part, finding.what, mend.unwrap_or_else(|| "see the log for details".to_owned())),
    }
}

/// Every channel the configuration posts to.
fn channels(config: &Config) -> BTreeSet<Channel> {
    let teams = config.teams.iter().filter_map(|t| t.channel.clone());
    let policies = config.sla.iter().flat_map(|r| r.to.iter().cloned());
    let steps = config.sla.iter().flat_map(|r| r.escalate.iter().map(|step| step.to.clone()));
    let digests = config.digests.iter().flat_map(|d| d.to.iter().cloned());
    let operators = super::super::operators(config);
    teams.chain(policies).chain(steps).chain(digests).chain(operators).collect()
}
