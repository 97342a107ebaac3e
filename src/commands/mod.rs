//! F3: a command text → a reply. One desk answers every platform, the terminal and the digests, so the same words
//! give the same numbers everywhere.

mod access;
mod claims;
mod digests;
mod export;
mod forms;
mod known;
mod refine;
mod reply;
mod risk;
pub mod simulate;
mod speech;
mod typing;
mod why;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use chrono::Weekday;
use chrono_tz::Tz;

pub use access::Access;
pub use forms::fill;
pub use reply::{Failure, Refusal, Reply};
pub use typing::specs;
pub use why::Why;

use crate::chat::{Channel, Inbound};
use crate::digests::Digest;
use crate::domain::chart::Chart;
use crate::domain::columns::Samples;
use crate::domain::definitions::Definitions;
use crate::domain::message::{Action, ActionKind, Block, Menu, Message};
use crate::domain::names::{Dimension, GroupBy, MetricId, capital};
use crate::domain::need::Need;
use crate::domain::query::{Filter, PeriodSpec, RollingUnit, View};
use crate::domain::sample::TicketKey;
use crate::domain::statement::{Statement, Subject};
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, AsOf, Begun, Call, MetricsCall, SlaCall};
use crate::metrics::answer::TicketRef;
use crate::metrics::period::{self, Zone};
use crate::metrics::{self, History, Query, Report, Targets};
use crate::store::{Store, StoreError};
use known::Known;

/// What is meant where no period is given.
const LAST_WEEK: PeriodSpec = PeriodSpec::Last(7, RollingUnit::Days);

/// So many tickets of a list are shown to people, and looked up.
const SHOWN: usize = 10;

/// The longest command a button may carry, in bytes: what every platform allows.
const BUTTON_BYTES: usize = 90;

const NOT_HERE: &str = "Deskbell does not answer here, or not to you: [access] in bot.toml says whom";

const LEADS: &str = "digests are scheduled and sent by leads: [access] leads in bot.toml says who";

const AGENTS: &str = "figures of single agents are shown to that agent and to leads";

/// How a desk answers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone in which periods and days are meant.
    pub timezone: Tz,
    /// First day of the week.
    pub week_start: Weekday,
    /// What the numbers are aimed at.
    pub targets: Targets,
    /// The names of the sources that are configured.
    pub sources: Vec<String>,
    /// Which team a channel belongs to, by the channel as written in `bot.toml`.
    pub channels: BTreeMap<String, String>,
    /// Who may ask what.
    pub access: Access,
    /// The digests of the configuration.
    pub digests: Vec<Digest>,
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
    /// Also as a picture, where there is something to see.
    pub drawn: bool,
}

impl<'a> Asked<'a> {
    /// What somebody typed, pressed or sent off.
    pub fn by(inbound: &'a Inbound, drawn: bool) -> Self {
        Self { text: &inbound.text, channel: &inbound.channel, user: &inbound.user, roles: &inbound.roles, drawn }
    }

    /// A question of the operator, who needs no permission.
    pub const fn in_the_terminal(text: &'a str, drawn: bool) -> Self {
        static TERMINAL: Channel = Channel::Console;
        Self { text, channel: &TERMINAL, user: "console", roles: &[], drawn }
    }
}

/// What an answer may hold besides the numbers asked for.
#[derive(Clone, Copy)]
struct Extras {
    /// What people should read beside them.
    beside: bool,
    /// The names of the people behind them.
    people: bool,
    /// What a picture shows of them.
    drawn: bool,
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
    known: RwLock<Known>,
    /// Who has been told, since the start, that there are two response times.
    told_both: Mutex<BTreeSet<String>>,
}

impl Desk {
    /// A desk over a store.
    pub fn new(store: Store, definitions: Arc<Definitions>, settings: Settings) -> Self {
        Self {
            store,
            definitions,
            settings,
            learned: RwLock::default(),
            known: RwLock::default(),
            told_both: Mutex::default(),
        }
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

    /// A channel as its platform calls it.
    fn as_called(&self, channel: &Channel) -> Channel {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.iter().find(|(_, configured)| *configured == channel).map_or(channel, |(own, _)| own).clone()
    }

    /// Answers a command; whatever goes wrong is an answer too.
    pub async fn answer(&self, asked: &Asked<'_>, now: Timestamp) -> Reply {
        let channel = self.as_configured(asked.channel);
        match self.try_answer(&Asked { channel: &channel, ..*asked }, now).await {
            Ok(reply) => reply,
            Err(refusal) => {
                let mut reply = self.refused(&refusal);
                if matches!(refusal, Refusal::Grammar { .. }) && channel != Channel::Console {
                    reply
                        .message
                        .actions
                        .extend(Begun::of(asked.text).and_then(|begun| speech::ask("Fill in", &begun)));
                }
                // In the place of an answer it would leave nothing to press.
                if reply.failed == Some(Failure::Desk) && asked.text.len() <= BUTTON_BYTES {
                    let does = ActionKind::Refine(asked.text.to_owned());
                    reply.message.actions.push(Action { label: "Try again".to_owned(), does });
                }
                reply
            }
        }
    }

    /// What to say where there is an answer, or why there is none.
    pub fn reply(&self, answer: Result<Message, Refusal>) -> Reply {
        match answer {
            Ok(message) => Reply::new(message, false),
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Reply {
        if let Refusal::Store(error) = refusal {
            tracing::error!(error = error as &dyn std::error::Error, "a question could not be answered");
        }
        let is_question = |text: &str| grammar::parse(text, &self.known().vocabulary).is_ok();
        let failed = Some(refusal.failure());
        Reply { failed, ..Reply::new(speech::refusal(refusal, is_question), false) }
    }

    async fn try_answer(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Reply, Refusal> {
        match self.parse(asked).await? {
            Call::Sla(call) => self.of_promises(&call, asked, now).await,
            Call::Digest(call) => self.of_digests(&call, asked, now).await,
            Call::Help(topic) => Ok(Reply::new(grammar::help(topic), false)),
            Call::Metrics(call) if call.view == View::Rows => self.exported(&call, asked, now).await,
            Call::Metrics(mut call) => {
                let also = grammar::also_meant(asked.text, &self.known().vocabulary);
                if self.is_news(&call, &also, asked) {
                    call.metrics.extend(&also);
                }
                let report = self.report(&call, true, asked, now).await?;
                if call.share {
                    self.store.publish(&report.statements()).await?;
                }
                let mut message = metrics::present::message(&report);
                message.blocks.extend(speech::way_to_all(&call, &report));
                message.blocks.extend(speech::also(&call, &also));
                message.actions.extend(speech::other_meanings(&call, &also));
                message.actions.extend(refine::actions(&call));
                message.menus = self.menus(&call, &report, asked);
                Ok(Reply::new(message, call.share))
            }
        }
    }

    /// The lists under an answer, as this person may use them here.
    fn menus(&self, call: &MetricsCall, report: &Report, asked: &Asked<'_>) -> Vec<Menu> {
        let (known, access) = (self.known(), &self.settings.access);
        let may_see = |dimension, value: &&str| dimension != Dimension::Agent || access.may_see(asked, value);
        let values = report.asked.frequent.iter().map(|(dimension, frequent)| {
            let ranks: HashMap<&str, usize> = frequent.iter().map(String::as_str).zip(0..).collect();
            let rank = |value: &&str| ranks.get(value).copied().unwrap_or(usize::MAX);
            let mut values: Vec<&str> =
                known.vocabulary.shown(*dimension).filter(|value| may_see(*dimension, value)).collect();
            // What is known but was not met stands behind, by name.
            values.sort_by_cached_key(rank);
            (*dimension, values)
        });
        let offer = refine::Offer {
            agents: access.may_name_people(asked),
            values: values.collect(),
            own_team: self.settings.channels.get(&asked.channel.to_string()).map(String::as_str),
        };
        refine::menus(call, &offer)
    }

    /// `/sla …`
    async fn of_promises(&self, call: &SlaCall, asked: &Asked<'_>, now: Timestamp) -> Result<Reply, Refusal> {
        match call {
            SlaCall::AtRisk(call) => self.at_risk(call, asked, now).await,
            SlaCall::Why(name, as_of) => {
                let why = self.why(name, asked, self.moment(*as_of, now)).await?;
                Ok(Reply::new(self.why_told(&why), false))
            }
            SlaCall::Simulate(_) => {
                let simulated = self.simulate(asked, None, now, &mut |_| ()).await?;
                Ok(Reply::new(simulate::told(&simulated), simulated.share()))
            }
            SlaCall::Act(name, deed) => self.act(name, *deed, asked, now).await,
        }
    }

    /// `response time` is taken for two things so often that who first asks for it is told both (kpis.md 6.1).
    fn is_news(&self, call: &MetricsCall, also: &[MetricId], asked: &Asked<'_>) -> bool {
        let in_doubt = call.view == View::Number && call.metrics == [MetricId::ResponseTime] && !also.is_empty();
        let mut told = self.told_both.lock().unwrap_or_else(PoisonError::into_inner);
        in_doubt && asked.user != "console" && told.insert(asked.user.to_owned())
    }

    /// The answer to `/metrics …` as data (product.md 7), and its picture if one was asked for.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn json(
        &self,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<(serde_json::Value, Option<Box<Chart>>), Refusal> {
        let Call::Metrics(call) = self.parse(asked).await? else { return Err(Refusal::NoData) };
        if call.view == View::Rows {
            return Err(Refusal::NotDone(export::in_the_terminal(&call)));
        }
        let report = self.report(&call, false, asked, now).await?;
        let data = serde_json::to_value(&report).expect("a report is plain data");
        Ok((data, metrics::present::message(&report).chart))
    }

    /// What a digest says as of a moment, and what it states: the overview of the team its channel belongs to; `drawn`:
    /// also as a picture.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn digest(
        &self,
        name: &str,
        channel: &Channel,
        at: Timestamp,
        drawn: bool,
    ) -> Result<(Message, Vec<Statement>), StoreError> {
        self.refresh_vocabulary().await?;
        let call = self.of_channel(MetricsCall::default(), &self.as_configured(channel));
        let report = self
            .compute(&call, Extras { beside: true, people: self.settings.access.leads.is_empty(), drawn }, at)
            .await?;
        let mut message = metrics::present::message(&report);
        message.title = format!("{}: {}", capital(name), message.title);
        message.blocks.extend(self.forecast(channel, at).await?.map(Block::Text));
        Ok((message, report.statements()))
    }

    async fn parse(&self, asked: &Asked<'_>) -> Result<Call, Refusal> {
        if !self.settings.access.may_ask(asked) {
            return Err(Refusal::Access(NOT_HERE));
        }
        self.may_begin(asked)?;
        self.refresh_vocabulary().await?;
        let parsed = grammar::parse(asked.text, &self.known().vocabulary);
        parsed.map_err(|error| Refusal::Grammar { text: asked.text.to_owned(), error })
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
            return Err(Refusal::Access(AGENTS));
        }
        let people = self.settings.access.may_name_people(asked);
        let mut report = self
            .compute(&self.of_channel(call.clone(), asked.channel), Extras { beside, people, drawn: asked.drawn }, now)
            .await?;
        self.look_up(&mut report, if beside { SHOWN } else { usize::MAX }).await?;
        Ok(report)
    }

    /// Adds to the first tickets of each list what they are about and where they can be read.
    async fn look_up(&self, report: &mut Report, most: usize) -> Result<(), StoreError> {
        let key = |ticket: &TicketRef| TicketKey { source: ticket.source.clone(), id: ticket.ticket.clone() };
        let keys: BTreeSet<TicketKey> = report.listed(most).map(|ticket| key(ticket)).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let facts = self.store.facts(&keys.into_iter().collect::<Vec<_>>()).await?;
        for ticket in report.listed(most) {
            if let Some(facts) = facts.get(&key(ticket)) {
                (ticket.subject, ticket.url) = (facts.subject.clone(), facts.url.clone());
            }
        }
        Ok(())
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

    /// Where days and weeks begin.
    const fn zone(&self) -> Zone {
        Zone { timezone: self.settings.timezone, week_start: self.settings.week_start }
    }

    /// The moment of knowledge that is meant.
    fn moment(&self, as_of: Option<AsOf>, now: Timestamp) -> Timestamp {
        as_of.map_or(now, |as_of| period::as_of(as_of, now, self.zone()))
    }

    async fn compute(&self, call: &MetricsCall, extras: Extras, now: Timestamp) -> Result<Report, StoreError> {
        let query = self.query(call, extras, now);
        let selections = metrics::selections(&query, &self.definitions);
        let samples = self.store.samples_as_of(&selections, query.as_of).await?;
        let as_of = query.as_of;
        let mut report = self.computed(query, Arc::new(samples)).await;
        let subjects: Vec<Subject> = report.statements().into_iter().map(|s| s.subject).collect();
        report.restate(&self.store.published(&subjects, as_of).await?);
        Ok(report)
    }

    /// A call in exact terms.
    fn query(&self, call: &MetricsCall, extras: Extras, now: Timestamp) -> Query {
        let as_of = self.moment(call.as_of, now);
        let spec = call.period.unwrap_or(LAST_WEEK);
        Query {
            metrics: call.metrics.clone(),
            filters: call.filters.clone(),
            by: call.by,
            clock: call.clock,
            stat: call.stat,
            variant: call.variant.clone(),
            view: call.view,
            targets: self.settings.targets.clone(),
            history: self.history(as_of),
            beside: extras.beside,
            people: extras.people,
            drawn: extras.drawn,
            ..Query::new(spec, call.versus, as_of, self.zone())
        }
    }

    /// A wide question is a second of pure computing, which must not hold up acknowledgements.
    async fn computed(&self, query: Query, samples: Arc<Samples>) -> Report {
        let definitions = Arc::clone(&self.definitions);
        let compute = move || metrics::compute(&query, &definitions, &samples);
        let computed = tokio::task::spawn_blocking(compute).await;
        computed.unwrap_or_else(|e| std::panic::resume_unwind(e.into_panic()))
    }

    /// What was delivered by an instant and since when, so that "none", "not yet" and "not connected" are told apart.
    /// `None` while that is being found out again.
    fn history(&self, as_of: Timestamp) -> Option<History> {
        if self.store.is_stale() {
            return None;
        }
        let mut history = self.known().delivered.clone();
        history.retain(|_, since| *since <= as_of);
        if self.definitions.promises_anything() {
            // Promises of our own hold for all that is known.
            history.insert(Need::Policies, Timestamp::MIN);
        }
        let load = [Need::Presence, Need::TimeTracking].map(|need| history.get(&need).copied());
        let counted = history.get(&Need::Tickets).filter(|_| self.definitions.switches.overload_max_open > 0);
        let measured = load[0].zip(load[1]).map(|(presence, tracking)| presence.max(tracking));
        if let Some(since) = [measured, counted.copied()].into_iter().flatten().min() {
            history.insert(Need::Load, since);
        }
        Some(history)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}
