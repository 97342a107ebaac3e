//! The platforms' own routes, for those that call us instead of being listened to.
//!
//! Verified, decoded, acknowledged; the work waits in the queue. A full queue is told to the person at once instead
//! of leaving them with a spinner.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::chat::{Commands, Inbound, discord, slack};
use crate::domain::timestamp::Timestamp;

/// What people are told when more commands wait than can.
const BUSY: &str = "Deskbell is answering many questions just now; please ask again in a moment.";

/// What the platforms' routes work with.
#[derive(Clone)]
pub struct ChatState {
    /// The client and signing secret of each Slack workspace in HTTP mode.
    pub slack: Vec<(slack::Client, SecretString)>,
    /// Discord's client and public key, in HTTP mode.
    pub discord: Option<(discord::Client, String)>,
    /// The commands that typed options are turned back into.
    pub commands: Commands,
    /// Where commands go.
    pub inbound: mpsc::Sender<Inbound>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl std::fmt::Debug for ChatState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatState")
            .field("slack", &self.slack.iter().map(|(client, _)| client.workspace()).collect::<Vec<_>>())
            .field("discord", &self.discord.is_some())
            .finish_non_exhaustive()
    }
}

/// `POST /slack/commands`, `/slack/interactions` (of a workspace with a name: `/slack/NAME/…`) and
/// `/discord/interactions`, each only in its platform's HTTP mode.
pub fn router(state: ChatState) -> Router {
    let mut router = Router::new();
    for (client, secret) in &state.slack {
        let path = client.workspace().path();
        let of_slack = SlackState { client: client.clone(), secret: secret.clone(), chat: state.clone() };
        let routes = Router::new()
            .route(&format!("{path}/commands"), post(slack_command))
            .route(&format!("{path}/interactions"), post(slack_interaction));
        router = router.merge(routes.with_state(of_slack));
    }
    if state.discord.is_some() {
        let routes = Router::new().route("/discord/interactions", post(discord_interaction));
        router = router.merge(routes.with_state(state));
    }
    router
}

/// What the routes of one Slack workspace work with.
#[derive(Clone)]
struct SlackState {
    client: slack::Client,
    secret: SecretString,
    chat: ChatState,
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, "the signature is missing, wrong or too old").into_response()
}

fn not_understood(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::warn!(error, "an interaction could not be read");
    (StatusCode::BAD_REQUEST, "not an interaction").into_response()
}

/// Whether the request was signed by Slack just now, for an app of this workspace.
fn is_from_slack(slack: &SlackState, headers: &HeaderMap, body: &[u8]) -> bool {
    let timestamp = header(headers, "x-slack-request-timestamp").unwrap_or_default();
    let signature = header(headers, "x-slack-signature").unwrap_or_default();
    slack::inbound::verify(&slack.secret, timestamp, signature, body, (slack.chat.now)()).is_ok()
}

async fn slack_command(State(slack): State<SlackState>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_from_slack(&slack, &headers, &body) {
        return unauthorized();
    }
    match slack::inbound::decode_command(&slack.client, &slack.chat.commands, &body) {
        Ok(incoming) => slack_answer(&slack, incoming),
        Err(error) => not_understood(&error),
    }
}

async fn slack_interaction(State(slack): State<SlackState>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_from_slack(&slack, &headers, &body) {
        return unauthorized();
    }
    match slack::inbound::decode_interaction(&slack.client, &slack.chat.commands, &body) {
        Ok(incoming) => slack_answer(&slack, incoming),
        Err(error) => not_understood(&error),
    }
}

fn slack_answer(slack: &SlackState, incoming: slack::Incoming) -> Response {
    let queue = |inbound| slack.chat.inbound.try_send(inbound).is_ok();
    let said = match incoming {
        slack::Incoming::Command(inbound) => match queue(*inbound) {
            true => None,
            false => Some(json!({"response_type": "ephemeral", "text": BUSY})),
        },
        slack::Incoming::Submission(submission) => submission.take(queue),
        slack::Incoming::Dialog(dialog) => {
            let (client, inbound) = (slack.client.clone(), slack.chat.inbound.clone());
            tokio::spawn(async move { dialog.open(&client, &inbound).await });
            None
        }
        slack::Incoming::Nothing => None,
    };
    said.map_or_else(|| StatusCode::OK.into_response(), |said| axum::Json(said).into_response())
}

async fn discord_interaction(State(state): State<ChatState>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((client, key)) = &state.discord else { return unauthorized() };
    let signature = header(&headers, "x-signature-ed25519");
    let timestamp = header(&headers, "x-signature-timestamp");
    if discord::inbound::verify(key, signature, timestamp, &body, (state.now)()).is_err() {
        return unauthorized();
    }
    match discord::inbound::decode_http(client, &state.commands, &body) {
        Ok(incoming) => {
            let response: Value = incoming.response();
            let queued = incoming.into_inbound().is_none_or(|inbound| state.inbound.try_send(inbound).is_ok());
            let busy = json!({"type": 4, "data": {"content": BUSY, "flags": 64}});
            axum::Json(if queued { response } else { busy }).into_response()
        }
        Err(error) => not_understood(&error),
    }
}
