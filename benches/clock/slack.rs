//! A Slack that takes everything and notes what came when.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Path, State};
use axum::{Json, Router, routing};
use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A request that posts or edits a message.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// When it was received.
    pub(crate) at: Timestamp,
    pub(crate) channel: String,
    /// The title.
    pub(crate) text: String,
    pub(crate) is_new: bool,
}

impl Said {
    /// Of a storm's table: of how many promises it tells.
    pub(crate) fn told(&self) -> Option<usize> {
        let (_, numbers) = self.text.split_once("Alert storm: ")?;
        numbers.split(' ').nth(2)?.parse().ok()
    }
}

/// It ends with the process, and has a thread of its own as it would have a machine of its own.
#[derive(Clone)]
pub(crate) struct NotingSlack {
    base: String,
    noted: Arc<Noted>,
}

struct Noted {
    clock: Clock,
    said: Mutex<Vec<Said>>,
    count: watch::Sender<u64>,
}

impl NotingSlack {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let noted = Noted { clock: Clock::system(), said: Mutex::default(), count: watch::Sender::new(0) };
        let noted = Arc::new(noted);
        let listener = TcpListener::bind("127.0.0.1:0").await?.into_std()?;
        let base = format!("http://{}/api", listener.local_addr()?);
        let routes = Router::new().route("/api/{method}", routing::post(called)).with_state(Arc::clone(&noted));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || {
            runtime.block_on(async move { axum::serve(TcpListener::from_std(listener)?, routes).await })
        });
        Ok(Self { base, noted })
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// All that was said since it was told to forget, in that order.
    pub(crate) fn said(&self) -> Vec<Said> {
        self.noted.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until what was said is enough.
    pub(crate) async fn until(
        &self,
        patience: Duration,
        what: &str,
        is_enough: impl Fn(&[Said]) -> bool,
    ) -> anyhow::Result<()> {
        let mut count = self.noted.count.subscribe();
        let enough = count.wait_for(|_| is_enough(&self.noted.said.lock().unwrap_or_else(PoisonError::into_inner)));
        let waited = tokio::time::timeout(patience, enough).await;
        waited.with_context(|| format!("{what}: {:?}", self.said().last()))??;
        Ok(())
    }

    pub(crate) fn forget(&self) {
        self.noted.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn called(State(noted): State<Arc<Noted>>, Path(method): Path<String>, body: String) -> Json<Value> {
    let at = noted.clock.now();
    if method == "chat.postMessage" || method == "chat.update" {
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let word = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let said = Said { at, channel: word("channel"), text: word("text"), is_new: method == "chat.postMessage" };
        noted.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }
    let mut number = 0;
    noted.count.send_modify(|count| {
        *count += 1;
        number = *count;
    });
    Json(
        json!({"ok": true, "ts": format!("1700000000.{number:06}"), "channel": "C0000", "messages": [], "channels": []}),
    )
}
