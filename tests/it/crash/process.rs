//! The real binary in a process of its own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskbell::domain::timestamp::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use crate::bot::{post, secrets, sign};

/// What a process said last, kept for whoever must find out why a run failed.
const LINES: usize = 60;

/// A bot in a process of its own, killed when dropped.
pub(super) struct Process {
    child: Child,
    /// Where it listens, once it has said so.
    address: watch::Receiver<Option<String>>,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    pub(super) async fn start(configuration: &Path) -> Self {
        let mut bot = Self::spawn(configuration);
        bot.listens().await;
        bot
    }

    /// Starts it.
    pub(super) fn spawn(configuration: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .arg("run")
            .arg("--config")
            .arg(configuration)
            .envs(secrets())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        let (says, address) = watch::channel(None);
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let keeps = Arc::clone(&said);
        // Reads to the end, since what it says later must not fill the pipe.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("address=") {
                    says.send_replace(rest.split_whitespace().next().map(str::to_owned));
                }
                let mut kept = keeps.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == LINES {
                    kept.pop_front();
                }
                kept.push_back(line);
            }
        });
        Self { child, address, said }
    }

    /// Waits until it says where it listens.
    pub(super) async fn listens(&mut self) -> String {
        let said = self.address.wait_for(Option::is_some);
        let said = tokio::time::timeout(Duration::from_secs(30), said).await;
        let address = said.expect("within half a minute").expect("it says where it listens");
        address.clone().expect("it was waited for")
    }

    /// Its address, as soon as it is known.
    pub(super) fn address(&self) -> watch::Receiver<Option<String>> {
        self.address.clone()
    }

    /// What it said last.
    pub(super) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// SIGKILL: no handler runs, nothing is flushed. What it said last.
    ///
    /// # Panics
    /// When it has ended by itself.
    pub(super) fn kill(mut self) -> Vec<String> {
        let ended = self.child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "it ended by itself ({ended:?}):\n{}", self.said().join("\n"));
        let said = self.said();
        drop(self);
        said
    }

    pub(super) async fn deliver(&self, event: &Value, now: Timestamp) -> reqwest::Result<u16> {
        let address = self.address.borrow().clone().expect("it listens");
        deliver(&reqwest::Client::new(), &address, event, now).await
    }
}

/// Delivers an event to whoever listens at an address.
pub(super) async fn deliver(
    http: &reqwest::Client,
    address: &str,
    event: &Value,
    now: Timestamp,
) -> reqwest::Result<u16> {
    let body = event.to_string();
    let url = format!("http://{address}/hooks/helpdesk");
    Ok(post(http, &url, &sign(&body, now), body).await?.status().as_u16())
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is gone already if the test failed because it ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
