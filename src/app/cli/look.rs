//! What every command begins with that only asks: the configuration, the store, a desk, and the moment that is meant.

use std::path::Path;

use super::super::clock::Clock;
use super::super::config::{Config, Purpose};
use crate::commands::Desk;
use crate::domain::query::AsOf;
use crate::domain::timestamp::Timestamp;
use crate::metrics::period::{self, Zone};
use crate::store::Store;

/// The moment from which the store is looked at.
#[derive(Debug, clap::Args)]
pub(super) struct Moment {
    /// As of that instant, or the end of that day: what happened later is not known yet.
    #[arg(long, value_name = "RFC3339|DATE")]
    at: Option<AsOf>,
}

impl Moment {
    /// As an instant, in the zone of the configuration; without an argument, now.
    pub(super) fn instant(&self, config: &Config) -> Timestamp {
        let zone = Zone { timezone: config.bot.timezone, week_start: config.bot.week_start };
        match self.at {
            Some(at) => period::as_of(at, Timestamp::MAX, zone),
            None => Clock::system().now(),
        }
    }
}

/// What such a command works with.
pub(super) struct Look {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) desk: Desk,
    pub(super) now: Timestamp,
}

impl Look {
    /// Opens what the configuration at `path` names.
    ///
    /// # Errors
    /// When the configuration has faults or the store cannot be opened.
    pub(super) async fn open(path: &Path, moment: &Moment) -> anyhow::Result<Self> {
        super::logs("warn,sqlx=error");
        let config = super::load(path, Purpose::Look)?;
        let store = super::super::look_at_store(&config, Clock::system().now()).await?;
        super::warn_if_stale(&store);
        let desk = super::super::desk(&config, &store);
        let now = moment.instant(&config);
        Ok(Self { config, store, desk, now })
    }
}
