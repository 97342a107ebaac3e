//! The clock: the only place that asks what time it is.
//!
//! Everything below `app` takes `now` as an argument; `app` takes it from here. The second clock stands still until it
//! is moved: tests of warnings, breaches and digests move it instead of sleeping. (tokio's own paused clock advances by
//! itself while a database is waited for, and pools then time out.)

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::domain::timestamp::Timestamp;

/// A clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Movable(Arc<watch::Sender<Timestamp>>),
}

/// The longest sleep before the wall clock is read again: it may be set forward or back while we sleep.
const LONGEST_NAP_MS: i64 = 60_000;

impl Clock {
    /// The machine's wall clock.
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at an instant until it is advanced.
    pub fn movable(start: Timestamp) -> Self {
        Self(Kind::Movable(Arc::new(watch::Sender::new(start))))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => wall_clock(),
            Kind::Movable(now) => *now.borrow(),
        }
    }

    /// Waits until it shows `at` or later. The movable clock wakes when it is advanced that far.
    pub async fn wait_until(&self, at: Timestamp) {
        match &self.0 {
            Kind::System => {
                while let Some(left) = u64::try_from(at - self.now()).ok().filter(|left| *left > 0) {
                    let nap = left.min(LONGEST_NAP_MS.unsigned_abs());
                    tokio::time::sleep(Duration::from_millis(nap)).await;
                }
            }
            Kind::Movable(now) => {
                let waited = now.subscribe().wait_for(|now| *now >= at).await.map(drop);
                waited.expect("`self` holds the sender");
            }
        }
    }

    /// Moves a movable clock forward and wakes who waits; the machine's clock goes its own way.
    pub fn advance(&self, ms: i64) {
        if let Kind::Movable(now) = &self.0 {
            now.send_modify(|now| *now = now.plus_ms(ms));
        }
    }
}

fn wall_clock() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_movable_clock_stands_until_it_is_moved() {
        let clock = Clock::movable(Timestamp(1000));
        let other = clock.clone();
        assert_eq!(clock.now(), Timestamp(1000));
        clock.advance(500);
        assert_eq!(other.now(), Timestamp(1500));
    }

    #[tokio::test]
    async fn who_waits_wakes_when_the_clock_is_moved_far_enough() {
        let clock = Clock::movable(Timestamp(0));
        let mut waiting = pin!(clock.wait_until(Timestamp(1000)));
        assert!(waiting.as_mut().now_or_never().is_none());
        clock.advance(999);
        assert!(waiting.as_mut().now_or_never().is_none());
        clock.advance(1);
        assert!(waiting.now_or_never().is_some());
        clock.wait_until(Timestamp(5)).await;
    }

    #[tokio::test]
    async fn the_system_clock_does_not_wait_for_the_past_and_waits_for_the_future() {
        let clock = Clock::system();
        let start = clock.now();
        clock.wait_until(Timestamp(0)).await;
        clock.wait_until(start.plus_ms(2)).await;
        assert!(clock.now() >= start.plus_ms(2));
        clock.advance(1_000_000);
        assert!(clock.now() < start.plus_ms(900_000), "nobody moves the wall clock");
    }
}
