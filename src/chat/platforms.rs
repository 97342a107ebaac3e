//! The platforms that are connected, as one place to post to and to answer through.

use std::collections::{BTreeMap, BTreeSet};

use super::patience::Patience;
use super::{Channel, File, Inbound, Outgoing, ReplyHandle, SendError, console, discord, slack};
use crate::domain::message::{Block, Message, Text};
use crate::domain::workspace::Workspace;

/// Every platform that is configured.
#[derive(Debug, Default)]
pub struct Platforms {
    /// The Slack workspaces that are connected.
    pub slack: BTreeMap<Workspace, slack::Client>,
    /// Discord, if connected.
    pub discord: Option<discord::Client>,
    /// This terminal, if enabled.
    pub console: Option<console::Console>,
    /// Where operators are told what only they can mend.
    pub operators: Vec<Channel>,
}

impl Platforms {
    /// The words before the colon of the destinations that can be posted to, and of those that cannot though something
    /// may be for them: a row for a platform that was switched off must be parked, not kept waiting.
    pub fn words(&self) -> BTreeSet<String> {
        let operators = self.operators.iter().map(Channel::platform);
        let workspaces = self.slack.keys().map(Workspace::as_str);
        ["slack", "discord", "console"].into_iter().chain(workspaces).chain(operators).map(str::to_owned).collect()
    }

    /// The client of the channel's workspace, if that is connected.
    fn slack(&self, channel: &Channel) -> Option<&slack::Client> {
        match channel {
            Channel::Slack(workspace, _) => self.slack.get(workspace),
            Channel::Discord(_) | Channel::Console => None,
        }
    }

    /// Posts a message; returns what the platform calls it.
    ///
    /// # Errors
    /// [`SendError`], which says whether and when to try again.
    pub async fn post(&self, channel: &Channel, out: &Outgoing<'_>) -> Result<String, SendError> {
        let said = out.message.said_on(channel.platform());
        let out = &Outgoing { message: &said, ..*out };
        match (channel, self.slack(channel), &self.discord, &self.console) {
            (Channel::Slack(_, name), Some(slack), _, _) => slack.post(name, out).await,
            (Channel::Discord(id), _, Some(discord), _) => discord.post(id.to_owned(), out).await,
            (Channel::Console, _, _, Some(console)) => console.post(out.message).map(|()| out.delivery_id.to_owned()),
            _ => Err(not_connected(channel)),
        }
    }

    /// Looks for a message that an earlier attempt to post it may have left there; returns what the platform calls it.
    /// Where the bot may not read what was said, and in the terminal, none is ever found.
    ///
    /// # Errors
    /// [`SendError::Retry`] and [`SendError::Unknown`] when the platform cannot be asked now.
    pub async fn find(&self, channel: &Channel, out: &Outgoing<'_>) -> Result<Option<String>, SendError> {
        let said = out.message.said_on(channel.platform());
        let out = &Outgoing { message: &said, ..*out };
        match (channel, self.slack(channel), &self.discord) {
            (Channel::Slack(_, name), Some(slack), _) => slack.find(name, out.delivery_id).await,
            (Channel::Discord(id), _, Some(discord)) => discord.find(id.to_owned(), out).await,
            _ => Ok(None),
        }
    }

    /// Changes what a message says, by the id that [`post`](Self::post) gave it. Repeating it is harmless.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Gone`] when somebody deleted the message.
    pub async fn edit(&self, channel: &Channel, id: &str, message: &Message) -> Result<(), SendError> {
        let message = &message.said_on(channel.platform());
        match (channel, self.slack(channel), &self.discord, &self.console) {
            (Channel::Slack(..), Some(slack), _, _) => slack.edit(id, message).await,
            (Channel::Discord(_), _, Some(discord), _) => discord.edit(id, message).await,
            (Channel::Console, _, _, Some(console)) => console.post(message),
            _ => Err(not_connected(channel)),
        }
    }

    /// Draws and uploads the picture of a message that is to be posted soon, so that what stands behind it in the queue
    /// does not wait for that. What it cannot do is done, or done without, when the message is posted.
    pub async fn prepare(&self, channel: &Channel, message: &Message) {
        match (channel, self.slack(channel), &self.discord) {
            (Channel::Slack(..), Some(slack), _) => drop(slack.shown(message).await),
            (Channel::Discord(_), _, Some(discord)) => discord.prepare(message).await,
            _ => {}
        }
    }

    /// Answers a command: only to the person who asked, unless `share`. What was surely not sent is sent again, for as
    /// long as anybody waits for it.
    ///
    /// # Errors
    /// [`SendError`]; what may be there is not tried again, the person asks again.
    pub async fn answer(&self, command: &Inbound, message: &Message, share: bool) -> Result<(), SendError> {
        Patience::of_an_answer().with(|| self.try_to_answer(command, message, share)).await
    }

    /// A `response_url` of Slack takes no pictures, so a shared answer that has one is posted by the bot itself; where
    /// it may not post, the answer comes the ordinary way and without.
    async fn try_to_answer(&self, command: &Inbound, message: &Message, share: bool) -> Result<(), SendError> {
        if let (true, Channel::Slack(_, channel), Some(slack)) = (share, &command.channel, self.slack(&command.channel))
        {
            let out = Outgoing { delivery_id: &command.id, message, reply_to: None };
            match slack.share(channel, &out).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "an answer is sent again; a rare double is better than a miss"),
            }
        }
        match &command.reply {
            ReplyHandle::Slack(reply) => reply.answer(message, share).await,
            ReplyHandle::Discord(reply) => reply.answer(message).await,
            ReplyHandle::Console(reply) => reply.answer(message),
        }
    }
}

fn not_connected(channel: &Channel) -> SendError {
    let mend = match channel {
        Channel::Slack(workspace, _) => format!("set the mode of {} in bot.toml", workspace.section()),
        Channel::Discord(_) => "set the mode of [discord] in bot.toml".to_owned(),
        Channel::Console => "set enabled = true in [console] of bot.toml".to_owned(),
    };
    SendError::Permanent { reason: format!("{channel} is not connected: {mend}") }
}

impl Platforms {
    /// Answers a command with a file beside the answer: for that person alone, or, if it is for everybody, in the channel;
    /// on Slack in the thread of the message that was pressed. What was surely not sent is sent again, for as long as
    /// anybody waits for it; a file that cannot be sent is said in the answer.
    ///
    /// # Errors
    /// [`SendError`], of the answer.
    pub async fn answer_with(
        &self,
        command: &Inbound,
        message: &Message,
        file: &File,
        share: bool,
    ) -> Result<(), SendError> {
        let saying = |words: String| {
            let mut said = message.clone();
            said.blocks.push(Block::Text(Text::plain(words)));
            said
        };
        let failed = |error: SendError| format!("The file could not be sent: {error}");
        let patience = Patience::of_an_answer();
        match (&command.reply, &command.channel, self.slack(&command.channel)) {
            (ReplyHandle::Discord(reply), ..) => {
                // What comes before the answer would take its place.
                self.answer(command, message, share).await?;
                match patience.with(|| reply.attach(file, share)).await {
                    Ok(()) => Ok(()),
                    Err(error) => self.answer(command, &saying(failed(error)), share).await,
                }
            }
            (ReplyHandle::Slack(_), Channel::Slack(_, channel), Some(slack)) => {
                let (_, person) = command.user.split_once(':').unwrap_or_default();
                let thread = command.press.as_ref().map(|press| press.message.as_str());
                let (to, place) = match (share, thread) {
                    (true, Some(_)) => (slack::Recipient::Channel(channel, thread), "The file is in the thread."),
                    (true, None) => (slack::Recipient::Channel(channel, None), "The file is in this channel."),
                    (false, _) => (slack::Recipient::Person(person), "The file is in your direct messages with me."),
                };
                let words = slack.send_file(to, file, patience).await.map_or_else(failed, |()| place.to_owned());
                self.answer(command, &saying(words), share).await
            }
            _ => self.answer(command, message, share).await,
        }
    }
}

impl ReplyHandle {
    /// Takes back what was acknowledged and will not be answered: where that shows, it would show for ever.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn withdraw(&self) -> Result<(), SendError> {
        match self {
            Self::Discord(reply) => reply.withdraw().await,
            Self::Slack(_) | Self::Console(_) => Ok(()),
        }
    }
}
