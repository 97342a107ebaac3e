//! How fast we may talk: about one message a second in a channel, and not at all where Slack told us to wait.
//!
//! Slack's own word (`Retry-After`) always wins; our pace only keeps us from needing it. Monotonic time, in memory:
//! after a restart Slack's word is heard again soon enough.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Slack's documented pace within a channel.
const INTERVAL: Duration = Duration::from_secs(1);
/// Messages that may go out at once after a pause.
const BURST: u32 = 3;
/// Longer waits are given back to the caller, who has other channels to serve.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Methods Slack told us not to call until then.
    blocked: HashMap<&'static str, Instant>,
    /// When each channel will have digested what was sent to it.
    channels: HashMap<String, Instant>,
}

impl Pace {
    /// How long `method` must rest, if it must.
    pub(super) fn blocked(&self, method: &str, now: Instant) -> Option<Duration> {
        let until = *self.lock().blocked.get(method)?;
        until.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// Slack said to wait with `method`.
    pub(super) fn block(&self, method: &'static str, until: Instant) {
        let mut inner = self.lock();
        let entry = inner.blocked.entry(method).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// Takes a place in the channel's queue: `Ok` with the wait before sending, or `Err` with the wait before it is
    /// worth asking again.
    pub(super) fn turn(&self, channel: &str, now: Instant) -> Result<Duration, Duration> {
        let mut inner = self.lock();
        let digested = inner.channels.get(channel).copied().unwrap_or(now).max(now);
        let wait = (digested - now).saturating_sub(INTERVAL * (BURST - 1));
        if wait > PATIENCE {
            return Err(wait);
        }
        inner.channels.insert(channel.to_owned(), digested + INTERVAL);
        Ok(wait)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The maps stay consistent between any two statements, so a panic elsewhere does not spoil them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_a_second_then_the_caller_is_sent_away() {
        let (pace, now) = (Pace::default(), Instant::now());
        let seconds: Vec<_> =
            (0..7).map(|_| pace.turn("C1", now).map(|d| d.as_secs()).map_err(|d| d.as_secs())).collect();
        assert_eq!(seconds, [Ok(0), Ok(0), Ok(0), Ok(1), Ok(2), Err(3), Err(3)]);
        assert_eq!(pace.turn("C2", now), Ok(Duration::ZERO), "another channel is not held up");
        assert_eq!(pace.turn("C1", now + Duration::from_secs(60)), Ok(Duration::ZERO), "and the pause heals");
    }

    #[test]
    fn a_blocked_method_rests_until_slack_said() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.block("chat.postMessage", now + Duration::from_secs(30));
        pace.block("chat.postMessage", now + Duration::from_secs(10));
        assert_eq!(pace.blocked("chat.postMessage", now), Some(Duration::from_secs(30)), "the longer word holds");
        assert_eq!(pace.blocked("chat.update", now), None);
        assert_eq!(pace.blocked("chat.postMessage", now + Duration::from_secs(30)), None);
    }
}
