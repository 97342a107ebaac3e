//! The dictionary of the segments: read once, then only what has been added; added to by whoever packs.

use std::sync::{Arc, PoisonError};

use super::super::Core;
use super::super::engine::{Row, Tx};
use super::super::error::StoreError;
use crate::domain::columns::Names;

impl Core {
    /// The dictionary, at least as it was when the transaction began; how much of it is stored, if that is known.
    pub(super) async fn names(&self, tx: &mut Tx, of: Option<(usize, usize)>) -> Result<Arc<Names>, StoreError> {
        let known = Arc::clone(&self.names.lock().unwrap_or_else(PoisonError::into_inner));
        let (words, sets) = match of {
            Some(stored) => stored,
            None => stored(tx).await?,
        };
        if words <= known.words().len() && sets <= known.sets().len() {
            return Ok(known);
        }
        let mut names = Arc::unwrap_or_clone(known);
        let later = [names.words().len().into()];
        for row in tx.all("SELECT no, word FROM words WHERE no >= $1 ORDER BY no", &later).await? {
            as_numbered(names.word(row.get(1)?), &row)?;
        }
        let later = [names.sets().len().into()];
        for row in tx.all("SELECT no, members FROM word_sets WHERE no >= $1 ORDER BY no", &later).await? {
            let members: Result<Vec<u32>, _> = row.get::<&str>(1)?.split(' ').map(str::parse).collect();
            let members = members.map_err(|e| StoreError::unreadable("set of words", e))?;
            as_numbered(names.set(&members), &row)?;
        }
        let names = Arc::new(names);
        self.learn(Arc::clone(&names));
        Ok(names)
    }

    /// Keeps a dictionary that is stored.
    pub(super) fn learn(&self, names: Arc<Names>) {
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if (known.words().len(), known.sets().len()) < (names.words().len(), names.sets().len()) {
            *known = names;
        }
    }
}

fn as_numbered(number: u32, row: &Row) -> Result<(), StoreError> {
    if i64::from(number) == row.get::<i64>(0)? {
        return Ok(());
    }
    Err(StoreError::unreadable("dictionary", "a number is missing, or a word stands there twice"))
}

/// How many words and sets are stored.
async fn stored(tx: &mut Tx) -> Result<(usize, usize), StoreError> {
    let row = tx.first("SELECT (SELECT max(no) FROM words), (SELECT max(no) FROM word_sets)", &[]).await?;
    row.map_or(Ok((0, 0)), |row| counted(&row, 0))
}

/// How many words and sets there are, from a row with the greatest number of each.
pub(super) fn counted(row: &Row, column: usize) -> Result<(usize, usize), StoreError> {
    let count = |column| Ok::<_, StoreError>(row.get::<Option<i64>>(column)?.map_or(0, |no| no as usize + 1));
    Ok((count(column)?, count(column + 1)?))
}

/// Stores what a dictionary has beyond the one it grew from; `false` if another has grown meanwhile, whose numbers
/// are the ones that count.
pub(super) async fn grow(tx: &mut Tx, from: &Names, to: &Names) -> Result<bool, StoreError> {
    if (to.words().len(), to.sets().len()) == (from.words().len(), from.sets().len()) {
        return Ok(true);
    }
    if stored(tx).await? != (from.words().len(), from.sets().len()) {
        return Ok(false);
    }
    let words: Vec<_> =
        to.words().enumerate().skip(from.words().len()).map(|(no, word)| [no.into(), word.into()]).collect();
    let members = |set: &[u32]| set.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    let sets: Vec<_> =
        to.sets().enumerate().skip(from.sets().len()).map(|(no, set)| [no.into(), members(set).into()]).collect();
    let unless_there = "ON CONFLICT (no) DO NOTHING RETURNING no";
    let written = tx.many("INSERT INTO words (no, word) VALUES", &words, unless_there).await?.len();
    let written = written + tx.many("INSERT INTO word_sets (no, members) VALUES", &sets, unless_there).await?.len();
    Ok(written == words.len() + sets.len())
}
