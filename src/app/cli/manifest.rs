//! `deskbell manifest`: what to give Slack or Discord so that they know the bot. Needs no configuration, for it comes
//! before there is one.

use std::process::ExitCode;

use anyhow::Context;

use crate::chat::{discord, slack};
use crate::commands;
use crate::domain::workspace::Workspace;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deskbell manifest slack                               paste it at https://api.slack.com/apps, From a manifest
  deskbell manifest slack --url https://bell.example    without Socket Mode: Slack calls that address
  deskbell manifest discord 1234567890                  the link that invites the application with that id")]
pub(super) struct Args {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(Debug, clap::Subcommand)]
enum Platform {
    /// The manifest of the app, with every command and the scopes that are needed.
    Slack {
        /// The public address of this bot; without it the bot opens a connection to Slack (Socket Mode).
        #[arg(long, value_name = "https://…", value_parser = address)]
        url: Option<String>,
        /// For the [[workspace]] of that name instead of [slack]: Slack calls other addresses for it.
        #[arg(long, value_name = "NAME", requires = "url", value_parser = workspace)]
        workspace: Option<Workspace>,
    },
    /// The link that invites the bot into a server with the permissions that are needed and no others.
    Discord {
        /// The id of the application, as <https://discord.com/developers/applications> shows it.
        #[arg(value_name = "APPLICATION_ID")]
        application: u64,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.platform {
        Platform::Slack { url, workspace } => {
            let workspace = workspace.clone().unwrap_or_default();
            let manifest = slack::manifest::manifest(&commands::specs(), url.as_deref(), &workspace);
            super::answer(&format!("{manifest:#}\n")).context("the manifest could not be written")?;
        }
        Platform::Discord { application } => {
            super::answer(&format!("{}\n", discord::invitation(*application)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn workspace(name: &str) -> Result<Workspace, String> {
    Workspace::named(name).ok_or_else(|| "write lower-case letters, digits and - only, as in bot.toml".to_owned())
}

/// Slack calls nothing but `https`.
fn address(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.has_host() => Ok(text.to_owned()),
        Ok(_) => Err("Slack calls https addresses only, such as https://bell.example".to_owned()),
        Err(e) => Err(format!("{e}; write an address such as https://bell.example")),
    }
}
