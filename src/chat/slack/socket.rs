//! Socket Mode: Slack's envelopes over a WebSocket that we open.
//!
//! An envelope is acknowledged before it is looked at, so that neither decoding nor a full queue costs the three
//! seconds Slack allows; only a dialog that was sent off is read first, since what is wrong with it is said in the
//! acknowledgement. Slack delivers at least once; repeats are dropped. When Slack announces the end of a
//! connection, its successor is open before the old one is let go.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::error::ApiError;
use super::inbound::{Incoming, decode_envelope, is_submission};
use super::reply::is_loopback;
use crate::chat::{Commands, Inbound, ReplyHandle};
use crate::domain::message::{Message, Tone};

/// For connecting, and for Slack's greeting.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this much silence we ask whether anybody is there, and leave after as much again.
const SILENCE: Duration = Duration::from_secs(30);
/// Slack leaves the line open after saying goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// A connection with a successor still gets what Slack had under way.
const LINGER: Duration = Duration::from_secs(1);
/// A connection that lived this long was a good one: the next failure is the first.
const STEADY: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Envelopes remembered; Slack repeats within seconds.
const REMEMBERED: usize = 2048;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("Slack named an address that is not a secure WebSocket")]
    Address,
    #[error("the WebSocket cannot be opened")]
    Handshake(#[from] tungstenite::Error),
    #[error("Slack did not say hello")]
    NoHello,
    #[error("Slack took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

/// Receives commands and clicks into `inbound` until `stop`, reconnecting for ever. A person whose command finds the
/// queue full is told so.
pub async fn listen(client: Client, commands: Commands, inbound: mpsc::Sender<Inbound>, stop: CancellationToken) {
    let desk = Arc::new(Desk { client, commands, inbound, seen: Mutex::default() });
    let mut lines = JoinSet::new();
    let mut old: Option<CancellationToken> = None;
    let mut failures = 0_u32;
    while !stop.is_cancelled() {
        let opened = tokio::select! {
            () = stop.cancelled() => break,
            opened = open(&desk.client) => opened,
        };
        let pause = match opened {
            Ok(socket) => {
                tracing::info!(workspace = desk.workspace(), "slack socket open");
                let since = Instant::now();
                let line = Line { retire: stop.child_token(), leaving: CancellationToken::new() };
                lines.spawn(serve(socket, Arc::clone(&desk), line.clone()));
                if let Some(predecessor) = old.replace(line.retire.clone()) {
                    lines.spawn(dismiss(predecessor));
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = line.leaving.cancelled() => {}
                }
                failures = if since.elapsed() >= STEADY { 0 } else { failures + 1 };
                // The first farewell after a good time is routine and needs no pause.
                backoff(failures.saturating_sub(1), noise())
            }
            Err(error) => {
                failures += 1;
                let pause = backoff(failures, noise()).max(asked_to_wait(&error));
                let (workspace, retry_ms) = (desk.workspace(), pause.as_millis());
                tracing::warn!(workspace, error = report(&error), retry_ms, "slack socket cannot be opened");
                pause
            }
        };
        while lines.try_join_next().is_some() {}
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    // Each line hears `stop` itself and says goodbye within a second.
    while lines.join_next().await.is_some() {}
}

async fn open(client: &Client) -> Result<Socket, OpenError> {
    let address = client.open_connection().await?;
    let url = Url::parse(&address).map_err(|_| OpenError::Address)?;
    let api = Url::parse(&client.settings().api_base).ok();
    if url.scheme() != "wss" && !(url.scheme() == "ws" && is_loopback(&url) && api.is_some_and(|api| is_loopback(&api)))
    {
        return Err(OpenError::Address);
    }
    let tls = client.socket_tls().map(Connector::Rustls);
    let connecting = connect_async_tls_with_config(url.as_str(), None, true, tls);
    let (mut socket, _) = timeout(PATIENCE, connecting).await??;
    match timeout(PATIENCE, socket.next()).await? {
        Some(Ok(Frame::Text(text))) if serde_json::from_str(&text).is_ok_and(|e: Envelope| e.kind == "hello") => {
            Ok(socket)
        }
        Some(Err(error)) => Err(error.into()),
        _ => Err(OpenError::NoHello),
    }
}

/// How a connection and its supervisor talk.
#[derive(Clone)]
struct Line {
    /// Ours: say goodbye.
    retire: CancellationToken,
    /// The connection's: Slack announced the end, or it has come.
    leaving: CancellationToken,
}

async fn serve(mut socket: Socket, desk: Arc<Desk>, line: Line) {
    // However this ends, the supervisor must hear of it.
    let _gone = line.leaving.clone().drop_guard();
    let mut asked = false;
    loop {
        let frame = tokio::select! {
            // What has arrived is acknowledged before we leave.
            biased;
            frame = timeout(SILENCE, socket.next()) => frame,
            () = line.retire.cancelled() => return goodbye(socket).await,
        };
        let sent = match frame {
            Ok(Some(Ok(Frame::Text(text)))) => receive(&mut socket, &text, &desk, &line).await,
            Ok(Some(Ok(_))) => Ok(()),
            Ok(Some(Err(error))) => Err(error),
            Ok(None) => return,
            Err(_) if asked => {
                tracing::warn!(workspace = desk.workspace(), "slack socket went silent");
                return;
            }
            Err(_) => {
                asked = true;
                if let Err(error) = socket.send(Frame::Ping(Vec::new().into())).await {
                    tracing::warn!(workspace = desk.workspace(), error = report(&error), "slack socket broke");
                    return;
                }
                continue;
            }
        };
        asked = false;
        if let Err(error) = sent {
            tracing::warn!(workspace = desk.workspace(), error = report(&error), "slack socket broke");
            return;
        }
    }
}

/// Lets a connection that has a successor finish what Slack still sends through it.
async fn dismiss(retire: CancellationToken) {
    // Stopping altogether cancels it earlier; either way it is cancelled afterwards.
    let _ = timeout(LINGER, retire.cancelled()).await;
    retire.cancel();
}

async fn goodbye(mut socket: Socket) {
    let farewell = async {
        socket.close(None).await?;
        while socket.next().await.transpose()?.is_some() {}
        Ok::<_, tungstenite::Error>(())
    };
    // Whether or not Slack answers, the connection ends here.
    let _ = timeout(GOODBYE, farewell).await;
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    envelope_id: Option<String>,
    #[serde(default)]
    payload: Value,
    #[serde(default)]
    reason: Option<String>,
}

/// Acknowledges, then looks.
async fn receive(socket: &mut Socket, text: &str, desk: &Arc<Desk>, line: &Line) -> Result<(), tungstenite::Error> {
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else {
        tracing::warn!("slack sent a frame that is not an envelope");
        return Ok(());
    };
    if let Some(id) = &envelope.envelope_id {
        if is_submission(&envelope.payload) {
            let mut acknowledgement = json!({"envelope_id": id});
            if let Some(said) = desk.accept(id, &envelope.kind, envelope.payload) {
                acknowledgement["payload"] = said;
            }
            socket.send(Frame::text(acknowledgement.to_string())).await?;
        } else {
            socket.send(Frame::text(json!({"envelope_id": id}).to_string())).await?;
            // Nothing is left to say.
            let _ = desk.accept(id, &envelope.kind, envelope.payload);
        }
    } else if envelope.kind == "disconnect" {
        let reason = envelope.reason.unwrap_or_default();
        if reason == "link_disabled" {
            let workspace = desk.workspace();
            tracing::error!(workspace, "Socket Mode is off in the Slack app; switch it on, or set mode = \"http\"");
        } else {
            tracing::info!(workspace = desk.workspace(), reason, "slack announces the end of a socket");
        }
        line.leaving.cancel();
    }
    Ok(())
}

/// Where envelopes arrive, whichever connection brings them.
struct Desk {
    client: Client,
    commands: Commands,
    inbound: mpsc::Sender<Inbound>,
    seen: Mutex<Seen>,
}

impl Desk {
    fn workspace(&self) -> &str {
        self.client.workspace().as_str()
    }

    /// Takes an envelope without waiting for anything; what its acknowledgement has to say, if that is still to come.
    fn accept(self: &Arc<Self>, envelope_id: &str, kind: &str, payload: Value) -> Option<Value> {
        match decode_envelope(&self.client, &self.commands, kind, payload) {
            Ok(Incoming::Command(inbound)) => {
                if let Err(inbound) = self.queue(envelope_id, *inbound) {
                    tokio::spawn(decline(*inbound));
                }
                None
            }
            Ok(Incoming::Submission(submission)) => {
                submission.take(|inbound| match self.queue(envelope_id, inbound) {
                    Ok(()) => true,
                    Err(inbound) => {
                        // It may be sent again from the same dialog.
                        self.seen.lock().unwrap_or_else(PoisonError::into_inner).forget(&inbound.id);
                        false
                    }
                })
            }
            Ok(Incoming::Dialog(dialog)) => {
                if self.is_new(envelope_id, dialog.id()) {
                    let desk = Arc::clone(self);
                    tokio::spawn(async move { dialog.open(&desk.client, &desk.inbound).await });
                }
                None
            }
            Ok(Incoming::Nothing) => None,
            Err(error) => {
                tracing::warn!(
                    workspace = self.workspace(),
                    error = report(&error),
                    kind,
                    "slack envelope not understood"
                );
                None
            }
        }
    }

    /// Both: a repeat may come in the same envelope, or in a new one through another connection.
    fn is_new(&self, envelope_id: &str, id: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = ![seen.insert(envelope_id), seen.insert(id)].contains(&false);
        if !is_new {
            tracing::debug!(id, "slack repeated itself");
        }
        is_new
    }

    /// Puts a command into the queue; back comes one for which there is no room.
    fn queue(&self, envelope_id: &str, inbound: Inbound) -> Result<(), Box<Inbound>> {
        if !self.is_new(envelope_id, &inbound.id) {
            return Ok(());
        }
        match self.inbound.try_send(inbound) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(inbound)) => {
                tracing::warn!(id = inbound.id, "command queue full");
                Err(Box::new(inbound))
            }
            Err(TrySendError::Closed(inbound)) => {
                tracing::warn!(id = inbound.id, "nobody takes commands any more");
                Ok(())
            }
        }
    }
}

async fn decline(inbound: Inbound) {
    let ReplyHandle::Slack(reply) = inbound.reply else { return };
    let busy = Message {
        tone: Tone::Warning,
        title: "Too many commands at once. Please try again in a moment.".into(),
        ..Message::default()
    };
    if let Err(error) = reply.answer(&busy, false).await {
        tracing::warn!(error = report(&error), id = inbound.id, "could not say that the queue is full");
    }
}

/// The last [`REMEMBERED`] ids.
#[derive(Default)]
struct Seen {
    ids: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Seen {
    /// What was not taken is new when it comes again.
    fn forget(&mut self, id: &str) {
        self.ids.remove(id);
    }

    /// Whether `id` is new.
    fn insert(&mut self, id: &str) -> bool {
        let id: Arc<str> = id.into();
        if !self.ids.insert(Arc::clone(&id)) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

/// Doubling from half a second to half a minute, a quarter less or more by chance, so that bots that lost Slack
/// together do not return together. Nothing for no failure.
fn backoff(failures: u32, noise: u64) -> Duration {
    let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings.min(10)).min(LONGEST_PAUSE);
    let percent = 75 + u32::try_from(noise % 51).expect("less than 51");
    pause * percent / 100
}

/// The standard library seeds its hash maps by chance; that is chance enough here.
fn noise() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn asked_to_wait(error: &OpenError) -> Duration {
    match error {
        OpenError::Api(ApiError::RateLimited(wait)) => *wait,
        // Only a person can mend a refusal; asking often would not help.
        OpenError::Api(ApiError::Refused { .. }) => LONGEST_PAUSE,
        _ => Duration::ZERO,
    }
}

/// The error with its causes on one line.
fn report(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;
