//! F3: a command text → a reply. One desk answers every platform, the terminal and the digests, so the same words
//! give the same numbers everywhere.

mod access;
mod speech;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::Weekday;
use chrono_tz::Tz;

pub use access::Access;

use crate::chat::{Channel, CommandSpec, OptionKind, OptionSpec};
use crate::domain::columns::Samples;
use crate::domain::definitions::Definitions;
use crate::domain::message::{Message, Tone};
use crate::domain::names::{Dimension, GroupBy, capital};
use crate::domain::query::Filter;
use crate::domain::statement::{Statement, Subject};
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, Call, GrammarError, MetricsCall, Vocabulary};
use crate::metrics::period::{self, Zone};
use crate::metrics::{self, History, Need, Query, Report, Targets};
use crate::store::{Store, StoreError};

/// How a desk answers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone in which periods and days are meant.
    pub timezone: Tz,
    /// First day of the week.
    pub week_start: Weekday,
    /// What the numbers are aimed at.
    pub targets: Targets,
    /// Which team a channel belongs to, by the channel as written in `bot.toml`.
    pub channels: BTreeMap<String, String>,
    /// Who may ask what.
    pub access: Access,
}

/// A question, with whoever asks it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The whole command.
    pub text: &'a str,
    /// Where it was typed.
    pub channel: &'a Channel,
    /// Who typed it: `slack:U1`, `discord:9`, `console`.
    pub user: &'a str,
    /// Their roles: `discord:<role id>`.
    pub roles: &'a [String],
}

/// What to say.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer, or what was wrong with the question.
    pub message: Message,
    /// For the whole channel to see.
    pub share: bool,
    /// The question could not be answered.
    pub failed: bool,
}

impl Reply {
    /// For a question that a fault of ours kept from being answered; the log says more.
    pub fn apology() -> Self {
        let title = "This question hit a fault in Deskbell; its operator finds it in the log".to_owned();
        Self { message: Message { tone: Tone::Bad, title, ..Message::default() }, share: false, failed: true }
    }
}

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not understood; where, and what might be meant.
    #[error("{error}\n{}", .error.pointer(.text))]
    Grammar {
        /// The command as parsed.
        text: String,
        /// What is wrong with it.
        #[source]
        error: GrammarError,
    },
    /// This person may not ask that here.
    #[error("{0}")]
    Access(&'static str),
    /// It is not a question about numbers.
    #[error("only /metrics has an answer as data")]
    NoData,
    /// The store did not answer.
    #[error("the numbers cannot be read just now; try again in a moment")]
    Store(#[from] StoreError),
}

/// Answers questions about one store.
#[derive(Debug)]
pub struct Desk {
    store: Store,
    definitions: Arc<Definitions>,
    settings: Settings,
    /// What the configuration calls the channels that platforms call otherwise, learned after the start.
    learned: RwLock<BTreeMap<Channel, Channel>>,
    /// As last read from the store, for proposals that cannot wait for it.
    vocabulary: RwLock<Vocabulary>,
}

impl Desk {
    /// A desk over a store.
    pub fn new(store: Store, definitions: Arc<Definitions>, settings: Settings) -> Self {
        Self { store, definitions, settings, learned: RwLock::default(), vocabulary: RwLock::default() }
    }

    /// Learns that a platform calls a configured channel something else: `slack:#billing` is `slack:C123`.
    pub fn learn_channel(&self, configured: Channel, own: Channel) {
        self.learned.write().unwrap_or_else(PoisonError::into_inner).insert(own, configured);
    }

    /// A channel as the configuration calls it.
    fn as_configured(&self, channel: &Channel) -> Channel {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.get(channel).unwrap_or(channel).clone()
    }

    /// Answers a command; whatever goes wrong is an answer too.
    pub async fn answer(&self, asked: &Asked<'_>, now: Timestamp) -> Reply {
        let channel = self.as_configured(asked.channel);
        match self.try_answer(&Asked { channel: &channel, ..*asked }, now).await {
            Ok(reply) => reply,
            Err(refusal) => {
                if let Refusal::Store(error) = &refusal {
                    tracing::error!(error = error as &dyn std::error::Error, "a question could not be answered");
                }
                Reply { message: speech::refusal(&refusal), share: false, failed: true }
            }
        }
    }

    async fn try_answer(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Reply, Refusal> {
        match self.parse(asked).await? {
            Call::Help(topic) => Ok(Reply { message: grammar::help(topic), share: false, failed: false }),
            Call::Metrics(call) => {
                let report = self.report(&call, true, asked, now).await?;
                if call.share {
                    self.store.publish(&report.statements()).await?;
                }
                let mut message = metrics::present::message(&report);
                message.actions.extend(speech::refinements(&call));
                Ok(Reply { message, share: call.share, failed: false })
            }
        }
    }

    /// The answer to `/metrics …` as data (product.md 7).
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn json(&self, asked: &Asked<'_>, now: Timestamp) -> Result<serde_json::Value, Refusal> {
        let Call::Metrics(call) = self.parse(asked).await? else { return Err(Refusal::NoData) };
        let report = self.report(&call, false, asked, now).await?;
        Ok(serde_json::to_value(&report).expect("a report is plain data"))
    }

    /// What a digest says as of a moment, and what it states: the overview of the team its channel belongs to.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn digest(
        &self,
        name: &str,
        channel: &Channel,
        at: Timestamp,
    ) -> Result<(Message, Vec<Statement>), StoreError> {
        let call = self.of_channel(MetricsCall::default(), channel);
        let report = self.compute(&call, true, at).await?;
        let mut message = metrics::present::message(&report);
        message.title = format!("{}: {}", capital(name), message.title);
        Ok((message, report.statements()))
    }

    async fn parse(&self, asked: &Asked<'_>) -> Result<Call, Refusal> {
        if !self.settings.access.may_ask(asked) {
            return Err(Refusal::Access(
                "Deskbell does not answer here, or not to you: [access] in bot.toml says whom",
            ));
        }
        self.refresh_vocabulary().await?;
        let vocabulary = self.vocabulary.read().unwrap_or_else(PoisonError::into_inner);
        grammar::parse(asked.text, &vocabulary).map_err(|error| Refusal::Grammar { text: asked.text.to_owned(), error })
    }

    /// `beside`: also what people should read beside the answer.
    async fn report(
        &self,
        call: &MetricsCall,
        beside: bool,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<Report, Refusal> {
        if !self.settings.access.may_see_agents(asked, call) {
            return Err(Refusal::Access("figures of single agents are shown to that agent and to leads"));
        }
        Ok(self.compute(&self.of_channel(call.clone(), asked.channel), beside, now).await?)
    }

    /// In a team's channel, a question that names no team is about that team.
    fn of_channel(&self, mut call: MetricsCall, channel: &Channel) -> MetricsCall {
        let names_team = call.filters.iter().any(|f| f.dimension == Dimension::Team)
            || call.by == Some(GroupBy::Dimension(Dimension::Team));
        if let Some(team) = self.settings.channels.get(&channel.to_string()).filter(|_| !names_team) {
            let filter = Filter { dimension: Dimension::Team, values: vec![team.clone()], exclude: false, position: 0 };
            call.filters.push(filter);
        }
        call
    }

    async fn compute(&self, call: &MetricsCall, beside: bool, now: Timestamp) -> Result<Report, StoreError> {
        let zone = Zone { timezone: self.settings.timezone, week_start: self.settings.week_start };
        let as_of = call.as_of.map_or(now, |as_of| period::as_of(as_of, now, zone));
        let spec =
            call.period.unwrap_or(crate::domain::query::PeriodSpec::Last(7, crate::domain::query::RollingUnit::Days));
        let query = Query {
            metrics: call.metrics.clone(),
            filters: call.filters.clone(),
            by: call.by,
            clock: call.clock,
            stat: call.stat,
            variant: call.variant.clone(),
            targets: self.settings.targets.clone(),
            history: Some(self.history().await?),
            beside,
            ..Query::new(spec, call.versus, as_of, zone)
        };
        let selections = metrics::selections(&query, &self.definitions);
        let samples = self.store.samples_as_of(&selections, as_of).await?;
        let definitions = Arc::clone(&self.definitions);
        // A wide question is a second of pure computing, which must not hold up acknowledgements.
        let compute = move || metrics::compute(&query, &definitions, &Samples::from_samples(samples));
        let computed = tokio::task::spawn_blocking(compute).await;
        let mut report = computed.unwrap_or_else(|e| std::panic::resume_unwind(e.into_panic()));
        let subjects: Vec<Subject> = report.statements().into_iter().map(|s| s.subject).collect();
        report.restate(&self.store.published(&subjects, as_of).await?);
        Ok(report)
    }

    /// What is delivered and since when, so that "none", "not yet" and "not connected" are told apart.
    async fn history(&self) -> Result<History, StoreError> {
        let beginnings = self.store.beginnings().await?;
        let since = |topics: &[&str]| topics.iter().filter_map(|topic| beginnings.get(*topic)).min().copied();
        let begins = |need: &Need| match need {
            // Every help desk we know delivers all three; a desk whose first tickets still wait has sent only the first.
            Need::Tickets | Need::Messages | Need::StatusHistory => since(&["ticket_created"]),
            Need::Ratings => since(&["rating_received/csat"]),
            Need::SurveysSent => since(&["survey_sent/csat"]),
            Need::Recommendations => since(&["rating_received/nps"]),
            Need::Efforts => since(&["rating_received/ces"]),
            Need::Comments => since(&["rating_received/comment"]),
            Need::TeamSurvey => since(&["rating_received/enps"]),
            // Promises of our own hold for all that is known.
            Need::Policies if !self.definitions.policies.is_empty() => Some(Timestamp::MIN),
            Need::Policies => since(&["sla_policy"]),
        };
        Ok(Need::ALL.iter().filter_map(|need| Some((*need, begins(need)?))).collect())
    }

    /// Proposals while somebody types an option of a command, from the values last seen.
    pub fn complete(&self, command: &str, option: &str, typed: &str) -> Vec<String> {
        let vocabulary = self.vocabulary.read().unwrap_or_else(PoisonError::into_inner);
        grammar::options::complete(command, option, typed, &vocabulary)
    }

    /// Reads again which values filters may name: those of the configuration and those ever seen.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn refresh_vocabulary(&self) -> Result<(), StoreError> {
        let mut vocabulary = Vocabulary::default();
        for team in &self.definitions.teams {
            vocabulary.add(Dimension::Team, &team.name);
        }
        for agent in &self.definitions.agents {
            vocabulary.add(Dimension::Agent, &agent.name);
        }
        for dimension in Dimension::ALL {
            for value in self.store.values(dimension).await? {
                vocabulary.add(dimension, value);
            }
        }
        *self.vocabulary.write().unwrap_or_else(PoisonError::into_inner) = vocabulary;
        Ok(())
    }
}

/// The commands as platforms with typed options register them.
pub fn specs() -> Vec<CommandSpec> {
    let kind = |kind: grammar::options::OptionKind| match kind {
        grammar::options::OptionKind::Autocomplete => OptionKind::Autocomplete,
        grammar::options::OptionKind::Flag => OptionKind::Flag,
        grammar::options::OptionKind::Choices(words) => {
            OptionKind::Choice(words.into_iter().map(str::to_owned).collect())
        }
    };
    let option = |o: grammar::options::OptionSpec| OptionSpec {
        name: o.name.to_owned(),
        description: o.description.to_owned(),
        kind: kind(o.kind),
    };
    let command = |c: grammar::options::CommandSpec| CommandSpec {
        name: c.name.to_owned(),
        description: c.description.to_owned(),
        options: c.options.into_iter().map(option).collect(),
    };
    grammar::options::commands().into_iter().map(command).collect()
}
