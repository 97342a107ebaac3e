//! `deskbell check`: the configuration, the store, the tokens and the channels, each with how to mend it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use super::super::check::{Line, Report};
use super::super::clock::Clock;
use super::super::config::{Config, Purpose};
use crate::chat::{Channel, Finding, discord, slack};
use crate::store::Store;

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
    let mut lines = vec![match super::super::look_at_store(config, Clock::system().now()).await {
        Ok(store) => of_store(&store).await,
        Err(e) => Line::bad("[store]", format!("{:#}", e), "check the address, and that this user may write there"),
    }];
    let http = reqwest::Client::new();
    let channels = channels(config);
    if let Some(settings) = &config.slack {
        let client = slack::Client::new(settings, http.clone());
        let mut findings = client.check().await;
        for channel in &channels {
            if let Channel::Slack(name) = channel {
                findings.push(client.check_channel(name).await);
            }
        }
        lines.extend(findings.into_iter().map(|f| line("[slack]", f)));
    }
    if let Some(settings) = &config.discord {
        let ids: Vec<u64> =
            channels.iter().filter_map(|c| if let Channel::Discord(id) = c { Some(*id) } else { None }).collect();
        let findings = discord::Client::new(settings, http).check(&ids).await;
        lines.extend(findings.into_iter().map(|f| line("[discord]", f)));
    }
    lines
}

async fn of_store(store: &Store) -> Line {
    let line = match store.counts().await {
        Ok(counts) => Line::ok("[store]", format!("{} tickets, {} events", counts.tickets, counts.events)),
        Err(e) => Line::bad("[store]", e.to_string(), "is the disk full, or the file another program's?"),
    };
    store.clone().close().await;
    line
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
    let digests = config.digests.iter().flat_map(|d| d.to.iter().cloned());
    teams.chain(policies).chain(digests).collect()
}
