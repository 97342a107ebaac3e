//! What platforms do on bad days, as data: how often each mishap comes, drawn from a seed.
//!
//! A local platform asks its [`Weather`] what becomes of each call about messages. Whatever a mishap says was done is
//! done even when the caller has died meanwhile: a real platform does not take back what it has begun.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mishap {
    /// Done, and answered, after these waits.
    Slow { done_after: Duration, answered_after: Duration },
    /// Answered with this status; done nevertheless, or not.
    Fails { status: u16, done: bool },
    /// 429 with `Retry-After` in seconds; nothing is done.
    Limited(u64),
    /// The connection ends without an answer; done nevertheless, or not.
    Dropped { done: bool },
    /// Done, and never answered.
    Silent,
}

/// What the caller gets to see of it.
pub(crate) enum Met<T> {
    Answer(T),
    Status(u16),
    Limited(u64),
    Dropped,
}

impl Mishap {
    /// Meets it with what the call would do on a good day.
    pub(crate) async fn meet<T: Send + 'static>(self, act: impl FnOnce() -> T + Send + 'static) -> Met<T> {
        match self {
            Self::Slow { done_after, answered_after } => {
                // A task of its own, which the end of the connection does not end.
                let acting = tokio::spawn(async move {
                    tokio::time::sleep(done_after).await;
                    act()
                });
                let done = acting.await.expect("what it does does not panic");
                tokio::time::sleep(answered_after).await;
                Met::Answer(done)
            }
            Self::Fails { status, done } => {
                done.then(act);
                Met::Status(status)
            }
            Self::Limited(seconds) => Met::Limited(seconds),
            Self::Dropped { done } => {
                done.then(act);
                Met::Dropped
            }
            Self::Silent => {
                act();
                std::future::pending().await
            }
        }
    }
}

/// Ends the connection without an answer: the task that serves it unwinds, quietly.
pub(crate) fn drop_connection() -> ! {
    std::panic::resume_unwind(Box::new("the connection is dropped on purpose"))
}

/// How often what goes wrong, in thousandths of all calls, and how long things take when they do.
#[derive(Clone, Debug)]
pub(crate) struct Climate {
    pub(crate) slow: u32,
    pub(crate) fails: u32,
    pub(crate) fails_after: u32,
    pub(crate) limited: u32,
    pub(crate) dropped: u32,
    pub(crate) dropped_after: u32,
    pub(crate) silent: u32,
    /// Milliseconds until it is done, and again until it is answered, when slow.
    pub(crate) slow_ms: Range<u64>,
    /// Seconds of a `Retry-After`.
    pub(crate) limited_s: Range<u64>,
    /// Milliseconds until the history shows a message.
    pub(crate) seen_after_ms: Range<u64>,
}

/// The climate with its seed; calm until it [breaks](Self::breaks).
#[derive(Debug, Default)]
pub(crate) struct Weather(Mutex<Option<(fastrand::Rng, Climate)>>);

impl Weather {
    /// From now on things go wrong.
    pub(crate) fn breaks(&self, seed: u64, climate: Climate) {
        *self.state() = Some((fastrand::Rng::with_seed(seed), climate));
    }

    /// From now on nothing goes wrong.
    pub(crate) fn clears(&self) {
        *self.state() = None;
    }

    /// What becomes of the next call; `None` = what it asks for.
    pub(crate) fn next(&self) -> Option<Mishap> {
        let mut state = self.state();
        let (rng, climate) = state.as_mut()?;
        let slow = |rng: &mut fastrand::Rng| Duration::from_millis(rng.u64(climate.slow_ms.clone()));
        let status = [500, 502, 503, 504][rng.usize(0..4)];
        let mishaps = [
            (climate.slow, Mishap::Slow { done_after: slow(rng), answered_after: slow(rng) }),
            (climate.fails, Mishap::Fails { status, done: false }),
            (climate.fails_after, Mishap::Fails { status, done: true }),
            (climate.limited, Mishap::Limited(rng.u64(climate.limited_s.clone()))),
            (climate.dropped, Mishap::Dropped { done: false }),
            (climate.dropped_after, Mishap::Dropped { done: true }),
            (climate.silent, Mishap::Silent),
        ];
        let mut draw = rng.u32(0..1000);
        for (thousandths, mishap) in mishaps {
            match draw.checked_sub(thousandths) {
                Some(rest) => draw = rest,
                None => return Some(mishap),
            }
        }
        None
    }

    /// How long the history does not show what is posted now.
    pub(crate) fn seen_after(&self) -> Duration {
        let mut state = self.state();
        let ms = state.as_mut().map(|(rng, climate)| rng.u64(climate.seen_after_ms.clone()));
        Duration::from_millis(ms.unwrap_or(0))
    }

    fn state(&self) -> MutexGuard<'_, Option<(fastrand::Rng, Climate)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
