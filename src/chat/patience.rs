//! Patience on behalf of people who wait for an answer: what was surely not sent is sent again, for so long.

use std::time::Duration;

use tokio::time::Instant;

use super::SendError;

/// So long an answer is sent again: Discord forgets whom to answer after a quarter of an hour.
const ANSWERED_WITHIN: Duration = Duration::from_secs(600);
/// Nobody is asked more often than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// Until when somebody waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience(Instant);

impl Patience {
    /// Of a person who asked just now.
    pub(super) fn of_an_answer() -> Self {
        Self(Instant::now() + ANSWERED_WITHIN)
    }

    /// Tries, and tries again after every wait that the platform asks for and that ends in time.
    ///
    /// # Errors
    /// The last attempt's [`SendError`]; what may have been done is not done again.
    pub(super) async fn with<T, F>(self, attempt: impl Fn() -> F) -> Result<T, SendError>
    where
        F: Future<Output = Result<T, SendError>>,
    {
        loop {
            let settled = attempt().await;
            let (Err(SendError::Limited { after_ms, .. }) | Err(SendError::Retry { after_ms, .. })) = &settled else {
                return settled;
            };
            let wait = Duration::from_millis(u64::try_from(*after_ms).unwrap_or(0));
            let again = Instant::now() + wait.max(SHORTEST_WAIT);
            if again > self.0 {
                return settled;
            }
            tokio::time::sleep_until(again).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn limited(after_ms: i64) -> Result<(), SendError> {
        Err(SendError::Limited { after_ms, reason: String::new() })
    }

    /// What came of attempts that end so, one after another; how many were made, and how long that took.
    async fn tried(within: Duration, outcomes: Vec<Result<(), SendError>>) -> (Result<(), SendError>, u32, Duration) {
        let (began, outcomes, made) = (Instant::now(), RefCell::new(outcomes.into_iter()), Cell::new(0));
        let attempt = || {
            made.set(made.get() + 1);
            std::future::ready(outcomes.borrow_mut().next().expect("no attempt too many"))
        };
        let settled = Patience(began + within).with(attempt).await;
        (settled, made.get(), began.elapsed())
    }

    #[tokio::test]
    async fn every_wait_is_kept_to_and_then_it_is_tried_again() {
        let down = Err(SendError::Retry { after_ms: 0, reason: String::new() });
        let (settled, made, after) = tried(ANSWERED_WITHIN, vec![limited(30), down, limited(150), Ok(())]).await;
        assert!(settled.is_ok() && made == 4);
        assert!(after >= SHORTEST_WAIT * 2 + Duration::from_millis(150), "{after:?}");
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_nothing_uncertain_is_done_twice() {
        let (settled, made, _) = tried(ANSWERED_WITHIN, vec![limited(601_000)]).await;
        assert!(matches!((settled, made), (Err(SendError::Limited { .. }), 1)), "nobody would be there");
        let (settled, made, _) = tried(Duration::from_millis(250), vec![limited(100), limited(200)]).await;
        assert!(matches!((settled, made), (Err(SendError::Limited { .. }), 2)), "all waits together are bounded");
        let (settled, made, _) = tried(ANSWERED_WITHIN, vec![Err(SendError::Unknown { reason: String::new() })]).await;
        assert!(matches!((settled, made), (Err(SendError::Unknown { .. }), 1)));
    }
}
