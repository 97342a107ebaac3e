//! A Slack that takes everything and notes when it came.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::{Json, Router, routing};
use deskbell::app::clock::Clock;
use deskbell::domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// It ends with the process.
pub(crate) struct NotingSlack {
    base: String,
    noted: Arc<Noted>,
}

struct Noted {
    clock: Clock,
    /// When each ticket was first heard of.
    heard: Mutex<BTreeMap<String, Timestamp>>,
    /// When the first message came since it was told to forget.
    first: Mutex<Option<Timestamp>>,
    messages: watch::Sender<u64>,
}

impl NotingSlack {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let noted = Arc::new(Noted {
            clock: Clock::system(),
            heard: Mutex::default(),
            first: Mutex::default(),
            messages: watch::Sender::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}/api", listener.local_addr()?);
        let routes = Router::new().route("/api/{method}", routing::post(called)).with_state(Arc::clone(&noted));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { base, noted })
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Waits until so many tickets were heard of; says when each was.
    pub(crate) async fn hears_of(&self, tickets: usize) -> BTreeMap<String, Timestamp> {
        let mut messages = self.noted.messages.subscribe();
        loop {
            let heard = self.noted.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if heard.len() >= tickets || messages.changed().await.is_err() {
                return heard;
            }
        }
    }

    /// When the first message came since [`forget`](Self::forget).
    pub(crate) async fn first(&self) -> Option<Timestamp> {
        let mut messages = self.noted.messages.subscribe();
        loop {
            let first = *self.noted.first.lock().unwrap_or_else(PoisonError::into_inner);
            if first.is_some() || messages.changed().await.is_err() {
                return first;
            }
        }
    }

    pub(crate) fn forget(&self) {
        self.noted.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.noted.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn called(State(noted): State<Arc<Noted>>, Path(method): Path<String>, body: String) -> Json<Value> {
    let now = noted.clock.now();
    if method == "chat.postMessage" {
        let text = serde_json::from_str::<Value>(&body).ok().and_then(|body| Some(body["text"].as_str()?.to_owned()));
        let words = text.unwrap_or_default();
        let tickets = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.contains("-0"));
        let mut heard = noted.heard.lock().unwrap_or_else(PoisonError::into_inner);
        for ticket in tickets {
            heard.entry(ticket.to_owned()).or_insert(now);
        }
        drop(heard);
        noted.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
    }
    let mut number = 0;
    noted.messages.send_modify(|messages| {
        *messages += 1;
        number = *messages;
    });
    Json(
        json!({"ok": true, "ts": format!("1700000000.{number:06}"), "channel": "C0000", "messages": [], "channels": []}),
    )
}
