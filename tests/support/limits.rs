//! A platform that refuses a share of all requests for being too many, and notes who does not wait as told.
//!
//! A request that was on its way already when another one was refused is refused too and is nobody's fault. There can be
//! only so many of these, however slow the machine is; that many are allowed while a lane is closed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lane of what counts for everything.
pub(crate) const EVERYTHING: &str = "everything";

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
    closed: HashMap<String, Closed>,
    /// How the lanes begin that are closed when they are asked for, and for how long.
    closing: Vec<(&'static str, Duration)>,
    taken: usize,
    refused: usize,
    /// Lanes that were closed, and how many requests came all the same.
    past: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    until: Instant,
    came: usize,
}

impl Limits {
    /// From now on requests are refused.
    pub(crate) fn begin(&self, strictness: Strictness) {
        let mut inner = self.inner();
        inner.strictness = Some(strictness);
        inner.rng.get_or_insert_with(|| fastrand::Rng::with_seed(7));
    }

    /// The next request whose lane begins so closes it.
    pub(crate) fn close_next(&self, beginning: &'static str, closed: Duration) {
        self.inner().closing.push((beginning, closed));
    }

    /// Takes a request of a lane or refuses it; `counts` = it waits for what closes everything.
    pub(crate) fn take(&self, lane: &str, counts: bool) -> Result<(), Refused> {
        let mut inner = self.inner();
        let now = Instant::now();
        for (closed, scope) in [(EVERYTHING, "global"), (lane, "user")] {
            if closed == EVERYTHING && !counts {
                continue;
            }
            if let Some(window) = inner.closed.get_mut(closed).filter(|window| window.until > now) {
                window.came += 1;
                let after = window.until - now;
                inner.refused += 1;
                return Err(Refused { after, scope });
            }
        }
        if let Some(n) = inner.closing.iter().position(|(beginning, _)| lane.starts_with(beginning)) {
            let (_, closed) = inner.closing.remove(n);
            return Err(inner.close(lane, now, Refused { after: closed, scope: "user" }));
        }
        let Some(strictness) = inner.strictness else { return Ok(()) };
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
        Err(inner.close(closed, now, Refused { after: strictness.closed, scope }))
    }

    /// How many requests were taken and how many refused.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.taken, inner.refused)
    }

    /// Lanes to which more requests came while they were closed than can have been on their way.
    pub(crate) fn unheeded(&self, on_their_way: impl Fn(&str) -> usize) -> Vec<(String, usize)> {
        let inner = self.inner();
        let last = inner.closed.iter().map(|(lane, window)| (lane.clone(), window.came));
        inner.past.iter().cloned().chain(last).filter(|(lane, came)| *came > on_their_way(lane)).collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn close(&mut self, lane: &str, now: Instant, refused: Refused) -> Refused {
        let before = self.closed.insert(lane.to_owned(), Closed { until: now + refused.after, came: 0 });
        self.past.extend(before.map(|window| (lane.to_owned(), window.came)));
        self.refused += 1;
        refused
    }
}
