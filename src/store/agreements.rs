//! What was promised when: a row for each version of what `bot.toml` promises.

use std::sync::Arc;

use super::engine::{Engine, Tx};
use super::error::StoreError;
use crate::domain::definitions::Definitions;
use crate::domain::sla::{Agreement, Agreements, Version};
use crate::domain::timestamp::Timestamp;

/// How often a version is tried to be added while other copies of the bot add theirs.
const TRIES: usize = 10;

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Somebody who folds: from now on the definitions hold.
    ToWrite,
    /// Somebody who only asks, perhaps with a file that nobody runs yet.
    ToRead,
}

/// The definitions with all versions of what they promise, of which they themselves are the last.
pub(super) async fn complete(
    engine: &Engine,
    definitions: &Definitions,
    now: Timestamp,
    opening: Opening,
) -> Result<Definitions, StoreError> {
    let mut versions = read(&mut engine.read().await?).await?;
    let agreement = definitions.agreement();
    for _ in 0..TRIES {
        let Some(next) = next(&versions, &agreement, now) else { break };
        if opening == Opening::ToRead {
            versions.push(next);
            break;
        }
        let mut tx = engine.write().await?;
        write(&mut tx, &next).await?;
        versions = read(&mut tx).await?;
        tx.commit().await?;
    }
    let agreements = Agreements::new(versions).map_err(|e| StoreError::unreadable("version of a calendar", e))?;
    Ok(Definitions { agreements, ..definitions.clone() })
}

/// The version that an agreement becomes if it is not the last one already. Time never runs backward from one version to the next.
fn next(versions: &[Version], agreement: &Agreement, now: Timestamp) -> Option<Version> {
    let last = versions.last();
    if last.is_some_and(|last| last.agreement == *agreement) {
        return None;
    }
    let number = last.map_or(1, |last| last.number + 1);
    let since = last.map_or(now, |last| last.since.max(now));
    Some(Version { number, since, agreement: agreement.clone() })
}

async fn read(tx: &mut Tx) -> Result<Vec<Version>, StoreError> {
    let rows = tx.all("SELECT version, since, definition FROM policy_versions ORDER BY version", &[]).await?;
    let version = |row: &super::engine::Row| {
        let number = u32::try_from(row.get::<i64>(0)?);
        Ok(Version {
            number: number.map_err(|e| StoreError::unreadable("number of a version", e))?,
            since: row.time(1)?,
            agreement: serde_json::from_str(row.get(2)?).map_err(|e| StoreError::unreadable("version", e))?,
        })
    };
    rows.iter().map(version).collect()
}

/// Adds a version, unless another copy of the bot has added one of that number.
async fn write(tx: &mut Tx, version: &Version) -> Result<(), StoreError> {
    let definition = serde_json::to_string(&version.agreement).expect("agreements are plain data");
    tx.run(
        "INSERT INTO policy_versions (version, since, definition) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING",
        &[version.number.into(), version.since.into(), definition.as_str().into()],
    )
    .await?;
    Ok(())
}

impl super::Store {
    /// What shapes the rows of this store: the definitions it was opened with, and what they said before.
    pub fn definitions(&self) -> &Arc<Definitions> {
        &self.core.definitions
    }
}
