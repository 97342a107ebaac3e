//! Commands from Discord's gateway: serenity holds the connection, our own transport answers.
//!
//! No intents are asked for: interactions arrive without any, and nothing else is read. One process at a time may hold
//! the gateway; whoever calls [`listen`] sees to that.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serenity::all::{
    ApplicationId, ClientBuilder, Context, EventHandler, GatewayError, GatewayIntents, HttpBuilder, Interaction, Ready,
    ResumedEvent,
};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use super::super::{Commands, Inbound, SendError};
use super::inbound;
use super::rest::Client;

/// Between attempts to reach Discord, doubled each time up to the last.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why listening ended although nobody stopped it: nothing that waiting would mend.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The token, or something else about the bot, is refused.
    #[error("Discord's gateway refuses the bot: {0}")]
    Refused(String),
}

/// Holds the gateway until `stop`: registers the commands, acknowledges each interaction at once, then hands it over.
///
/// Lost connections are resumed or built up anew, with growing pauses.
///
/// # Errors
/// [`ListenError::Refused`] when trying again cannot help.
pub async fn listen(
    client: Client,
    commands: Commands,
    inbound: Sender<Inbound>,
    stop: CancellationToken,
) -> Result<(), ListenError> {
    let handler = Arc::new(Handler { client: client.clone(), commands, inbound });
    let mut wait = FIRST_WAIT;
    while !stop.is_cancelled() {
        match connect(&client, &handler, &stop).await {
            Ok(()) => wait = FIRST_WAIT,
            Err(SendError::Permanent { reason }) => return Err(ListenError::Refused(reason)),
            Err(error) => {
                tracing::warn!(%error, wait_ms = wait.as_millis(), "no connection to Discord's gateway");
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stop.cancelled() => {}
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
    Ok(())
}

/// One life of the serenity client.
async fn connect(client: &Client, handler: &Arc<Handler>, stop: &CancellationToken) -> Result<(), SendError> {
    // Asked first by ourselves: serenity, when its own question fails, would go to the real gateway's address.
    let gateway = tokio::select! {
        gateway = client.gateway() => gateway?,
        () = stop.cancelled() => return Ok(()),
    };
    let settings = client.settings();
    // With its limiter on, serenity would ignore the proxy.
    let http = HttpBuilder::new(settings.token.expose_secret().trim())
        .proxy(settings.api_base.trim_end_matches('/'))
        .ratelimiter_disabled(true)
        .application_id(ApplicationId::new(settings.application_id))
        .build();
    let builder =
        ClientBuilder::new_with_http(http, GatewayIntents::empty()).event_handler_arc(Arc::clone(handler) as Arc<_>);
    let mut shard = builder.await.map_err(|error| SendError::Retry { after_ms: 0, reason: error.to_string() })?;
    *shard.ws_url.lock().await = gateway;
    let shards = Arc::clone(&shard.shard_manager);
    let end = tokio::select! {
        end = shard.start() => end,
        () = stop.cancelled() => {
            shards.shutdown_all().await;
            Ok(())
        }
    };
    match end {
        Ok(()) => Ok(()),
        Err(serenity::Error::Gateway(
            error @ (GatewayError::InvalidAuthentication
            | GatewayError::NoAuthentication
            | GatewayError::InvalidGatewayIntents
            | GatewayError::DisallowedGatewayIntents
            | GatewayError::InvalidShardData
            | GatewayError::OverloadedShard),
        )) => Err(SendError::Permanent { reason: error.to_string() }),
        Err(error) => Err(SendError::Retry { after_ms: 0, reason: error.to_string() }),
    }
}

struct Handler {
    client: Client,
    commands: Commands,
    inbound: Sender<Inbound>,
}

#[serenity::async_trait]
impl EventHandler for Handler {
    async fn ready(&self, _: Context, ready: Ready) {
        tracing::info!(discord.user = %ready.user.name, "connected to Discord's gateway");
        match self.client.register(&self.commands.specs).await {
            Ok(true) => tracing::info!("registered the commands with Discord"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "could not register the commands with Discord"),
        }
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        tracing::debug!("resumed Discord's gateway");
    }

    /// serenity runs each event in a task of its own, so a full queue delays nobody's acknowledgement.
    async fn interaction_create(&self, _: Context, interaction: Interaction) {
        let incoming = match inbound::decode(&self.client, &self.commands, &interaction) {
            Ok(incoming) => incoming,
            Err(error) => {
                tracing::warn!(%error, "ignored an interaction");
                return;
            }
        };
        let response = incoming.response();
        if let Err(error) = self.client.acknowledge(interaction.id().get(), interaction.token(), &response).await {
            // Discord has told the person already that the bot did not respond.
            tracing::warn!(%error, "could not acknowledge an interaction");
            return;
        }
        if let Some(inbound) = incoming.into_inbound()
            && self.inbound.send(inbound).await.is_err()
        {
            tracing::debug!("an interaction arrived while stopping");
        }
    }
}
