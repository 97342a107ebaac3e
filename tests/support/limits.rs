//! A platform that refuses a share of all requests for being too many, and notes who does not wait as told.
//!
//! A request that was on its way already when another one was refused is refused too and is nobody's fault, so the first
//! moments after a refusal do not count.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What may have been on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(100);

/// The lane of what counts for everything.
const EVERYTHING: &str = "everything";

/// How a platform limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    /// Of so many requests one is refused; of one, each.
    pub(crate) one_in: u32,
    /// How long a lane is closed then.
    pub(crate) closed: Duration,
    /// Of three refusals, one closes every lane.
    pub(crate) has_global: bool,
}

/// The answer to a request that is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) after: Duration,
    /// `user`, `shared` or `global`.
    pub(crate) scope: &'static str,
}

/// Who may ask when; nobody is refused until it [begins](Self::begin).
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    strictness: Option<Strictness>,
    rng: Option<fastrand::Rng>,
    /// When it was said, and until when to wait.
    closed: HashMap<String, (Instant, Instant)>,
    taken: usize,
    refused: usize,
    early: Vec<String>,
}

impl Limits {
    /// From now on requests are refused.
    pub(crate) fn begin(&self, strictness: Strictness) {
        let mut inner = self.inner();
        inner.strictness = Some(strictness);
        inner.rng.get_or_insert_with(|| fastrand::Rng::with_seed(7));
    }

    /// Takes a request of a lane or refuses it; `counts` = it waits for what closes everything.
    pub(crate) fn take(&self, lane: &str, counts: bool) -> Result<(), Refused> {
        let mut inner = self.inner();
        let Some(strictness) = inner.strictness else { return Ok(()) };
        let now = Instant::now();
        for (closed, scope) in [(EVERYTHING, "global"), (lane, "user")] {
            if closed == EVERYTHING && !counts {
                continue;
            }
            if let Some((said, until)) = inner.closed.get(closed).copied().filter(|(_, until)| *until > now) {
                if now - said > ON_ITS_WAY {
                    inner.early.push(format!("{lane}: {:?} too early", until - now));
                }
                inner.refused += 1;
                return Err(Refused { after: until - now, scope });
            }
        }
        let rng = inner.rng.as_mut().expect("it has begun");
        if rng.u32(0..strictness.one_in) > 0 {
            inner.taken += 1;
            return Ok(());
        }
        let scope = match rng.u32(0..3) {
            0 if strictness.has_global && counts => "global",
            1 => "shared",
            _ => "user",
        };
        let closed = if scope == "global" { EVERYTHING } else { lane };
        inner.closed.insert(closed.to_owned(), (now, now + strictness.closed));
        inner.refused += 1;
        Err(Refused { after: strictness.closed, scope })
    }

    /// How many requests were taken and how many refused.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.taken, inner.refused)
    }

    /// Requests that came although they had been told to wait.
    pub(crate) fn early(&self) -> Vec<String> {
        self.inner().early.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
