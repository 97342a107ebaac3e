//! Discord's rate limits, learnt from its answers and never guessed.
//!
//! A route belongs to a bucket that Discord names in the answer; a bucket counts per major id (channel, webhook). Until
//! the first answer nothing is known and requests go out; after it, requests wait before the limit rather than
//! running into it. Beside that at most fifty requests a second go out in total, interaction answers not counted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// Requests in any second, over all routes.
const GLOBAL: usize = 50;
/// Windows remembered before the expired ones are thrown away.
const REMEMBERED: usize = 256;

/// What a request counts against.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// Method and path with its ids left out.
    pub(super) route: &'static str,
    /// The id whose requests share a limit.
    pub(super) major: String,
    /// Counts against the limit over all routes.
    pub(super) global: bool,
}

/// What is known about the limits.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Route → the bucket Discord put it in.
    buckets: HashMap<&'static str, String>,
    /// Bucket and major id → what is left in it.
    windows: HashMap<String, Window>,
    /// Nothing may go out before.
    closed_until: Option<Instant>,
    /// The last requests, oldest first, at most [`GLOBAL`].
    recent: VecDeque<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    remaining: u32,
    resets: Instant,
}

impl Limiter {
    /// Takes a place, or says how long to wait before asking again.
    pub(super) fn take(&self, lane: &Lane, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        let key = state.key(lane);
        if let Some(window) = state.windows.get(&key).filter(|w| w.remaining == 0 && w.resets > now) {
            return Err(window.resets - now);
        }
        if lane.global {
            if let Some(until) = state.closed_until.filter(|until| *until > now) {
                return Err(until - now);
            }
            if state.recent.len() == GLOBAL {
                let free = state.recent[0] + Duration::from_secs(1);
                if free > now {
                    return Err(free - now);
                }
                state.recent.pop_front();
            }
            state.recent.push_back(now);
        }
        if let Some(window) = state.windows.get_mut(&key).filter(|w| w.resets > now) {
            window.remaining -= 1;
        }
        Ok(())
    }

    /// Reads the headers of any answer.
    pub(super) fn learn(&self, lane: &Lane, headers: &HeaderMap, now: Instant) {
        let mut state = self.state();
        if let Some(bucket) = text(headers, "x-ratelimit-bucket") {
            state.buckets.insert(lane.route, bucket.to_owned());
        }
        let (Some(remaining), Some(reset_after)) =
            (number(headers, "x-ratelimit-remaining"), number(headers, "x-ratelimit-reset-after"))
        else {
            return;
        };
        let key = state.key(lane);
        let learnt = Window { remaining: remaining as u32, resets: now + seconds(reset_after) };
        let known = state.windows.get(&key).copied().filter(|w| w.resets > now);
        // Answers overtake each other: while a window runs, it only empties.
        let remaining = known.map_or(learnt.remaining, |w| w.remaining.min(learnt.remaining));
        state.windows.insert(key, Window { remaining, ..learnt });
        if state.windows.len() > REMEMBERED {
            state.windows.retain(|_, window| window.resets > now);
        }
    }

    /// Reads a 429: who is to wait, and how long.
    pub(super) fn refused(&self, lane: &Lane, headers: &HeaderMap, body: &serde_json::Value, now: Instant) -> Duration {
        let wait = body["retry_after"].as_f64().or_else(|| number(headers, "retry-after"));
        let wait = seconds(wait.unwrap_or(1.0)).max(Duration::from_millis(50));
        // No JSON at all comes from the wall before Discord: it has closed for our address.
        let global = body.is_null()
            || body["global"] == true
            || headers.contains_key("x-ratelimit-global")
            || text(headers, "x-ratelimit-scope") == Some("global");
        self.learn(lane, headers, now);
        let mut state = self.state();
        if global {
            state.closed_until = Some(now + wait);
        } else {
            // Of this resource or of this bot: either way this lane waits.
            let key = state.key(lane);
            state.windows.insert(key, Window { remaining: 0, resets: now + wait });
        }
        wait
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change leaves the state whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn key(&self, lane: &Lane) -> String {
        let bucket = self.buckets.get(lane.route).map_or(lane.route, String::as_str);
        format!("{bucket} {}", lane.major)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    text(headers, name)?.trim().parse().ok().filter(|n: &f64| n.is_finite())
}

/// A wait as Discord writes it, at most a day.
fn seconds(wait: f64) -> Duration {
    Duration::from_secs_f64(wait.clamp(0.0, 86_400.0))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn lane(major: &str) -> Lane {
        Lane { route: "POST channels/{}/messages", major: major.into(), global: true }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
    }

    fn left(remaining: &'static str, after: &'static str) -> HeaderMap {
        headers(&[
            ("x-ratelimit-bucket", "abc"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset-after", after),
        ])
    }

    #[test]
    fn an_empty_bucket_is_waited_for_and_then_open_again() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        assert_eq!(limiter.take(&lane("1"), now), Ok(()));
        limiter.learn(&lane("1"), &left("1", "2.5"), now);
        assert_eq!(limiter.take(&lane("1"), now), Ok(()));
        assert_eq!(limiter.take(&lane("1"), now), Err(Duration::from_millis(2500)));
        assert_eq!(limiter.take(&lane("2"), now), Ok(()), "another channel has its own window");
        assert_eq!(limiter.take(&lane("1"), now + Duration::from_millis(2500)), Ok(()));
    }

    #[test]
    fn routes_that_discord_puts_in_one_bucket_wait_together() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let edit = Lane { route: "PATCH channels/{}/messages/{}", ..lane("1") };
        limiter.learn(&edit, &left("5", "3"), now);
        limiter.learn(&lane("1"), &left("0", "3"), now);
        assert_eq!(limiter.take(&edit, now), Err(Duration::from_secs(3)));
    }

    #[test]
    fn an_answer_that_was_overtaken_gives_nothing_back() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        limiter.learn(&lane("1"), &left("0", "3"), now);
        limiter.learn(&lane("1"), &left("4", "3"), now);
        assert!(limiter.take(&lane("1"), now).is_err());
    }

    #[test]
    fn a_refusal_closes_its_lane_or_everything() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let shared = headers(&[("x-ratelimit-scope", "shared"), ("retry-after", "2")]);
        assert_eq!(limiter.refused(&lane("1"), &shared, &json!({}), now), Duration::from_secs(2));
        assert!(limiter.take(&lane("1"), now).is_err());
        assert_eq!(limiter.take(&lane("2"), now), Ok(()));

        let body = json!({"retry_after": 0.25, "global": true});
        assert_eq!(limiter.refused(&lane("2"), &HeaderMap::new(), &body, now), Duration::from_millis(250));
        assert_eq!(limiter.take(&lane("3"), now), Err(Duration::from_millis(250)));
        let interaction = Lane { route: "POST interactions/{}/{}/callback", major: "9".into(), global: false };
        assert_eq!(limiter.take(&interaction, now), Ok(()), "interaction answers are exempt");
    }

    #[test]
    fn no_second_sees_more_than_fifty_requests() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        let sent =
            (0..200).filter(|ms| limiter.take(&lane("1"), start + Duration::from_millis(ms * 5)).is_ok()).count();
        assert_eq!(sent, GLOBAL);
        assert_eq!(limiter.take(&lane("1"), start + Duration::from_secs(1)), Ok(()));
    }
}
