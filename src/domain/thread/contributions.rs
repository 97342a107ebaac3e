//! What a thread without a ticket contributes.

use chrono::{Days, NaiveDate, NaiveTime};

use super::Kind;
use crate::domain::definitions::Definitions;
use crate::domain::event::{
    Actor, ActorKind, Cost, CustomerSubscribed, Event, Fact, Presence, Queue, QueueState, RatingReceived, Shift,
    SurveyKind,
};
use crate::domain::names::Dimension;
use crate::domain::sample::{CallEnd, CustomerState, Dimensions, Sample, SampleFact, TicketKey, surveys};
use crate::domain::ticket::Work;
use crate::domain::timestamp::Timestamp;

/// Everything the events of a thread contribute.
pub(super) fn samples(kind: Kind, key: &TicketKey, events: &[Event], definitions: &Definitions) -> Vec<Sample> {
    let thread = Thread { key, events: Event::in_order(events), definitions };
    match kind {
        Kind::Call => thread.call().into_iter().collect(),
        Kind::Survey => thread.survey(),
        Kind::Customer => thread.customer(),
        Kind::Alone => thread.events.iter().filter_map(|event| thread.alone(event)).collect(),
    }
}

struct Thread<'a> {
    key: &'a TicketKey,
    /// In order.
    events: Vec<&'a Event>,
    definitions: &'a Definitions,
}

impl Thread<'_> {
    fn sample(&self, at: Timestamp, until: Option<Timestamp>, fact: SampleFact) -> Sample {
        let (ticket, dimensions) = (self.key.clone(), Dimensions::default());
        Sample { ticket, at, until, customer: None, dimensions, fact, names: Vec::new(), text: None }
    }

    fn agent(&self, actor: &Actor) -> Option<String> {
        actor.agent().map(|id| self.definitions.agent_name(&self.key.source, id).to_owned())
    }

    fn team(&self, team: Option<&str>) -> Option<String> {
        team.map(|id| self.definitions.team_name(id).to_owned())
    }

    /// A person, for the team that is named or else for their own.
    fn on_duty(&self, agent: Option<String>, team: Option<&str>) -> Dimensions {
        let own = || self.definitions.team_of(agent.as_deref()?).map(str::to_owned);
        Dimensions { team: self.team(team).or_else(own), agent, ..Dimensions::default() }
    }

    /// From the first entry to the first answer of a person, or else to the first hanging up. What happened before the
    /// entry by the source's own clock is taken to have happened with it.
    fn call(&self) -> Option<Sample> {
        let steps = || {
            self.events.iter().filter_map(|event| match &event.fact {
                Fact::Queue(queue) => Some((*event, queue)),
                _ => None,
            })
        };
        let first = |state| steps().find(move |(_, queue)| queue.state == state).map(|(event, _)| event);
        let entered = first(QueueState::Entered)?;
        let by_person = |(event, queue): &(&Event, &Queue)| {
            queue.state == QueueState::Answered && event.actor.kind != ActorKind::Bot
        };
        let (end, left) = match (steps().find(by_person), first(QueueState::Abandoned)) {
            (Some((answered, _)), _) => (CallEnd::Answered, Some(answered)),
            (None, Some(abandoned)) => (CallEnd::Abandoned, Some(abandoned)),
            (None, None) => (CallEnd::Waiting, None),
        };
        let until = left.map(|event| event.ts.max(entered.ts));
        // What is known last is known best: a call may move from queue to queue.
        let team = steps().filter_map(|(_, queue)| queue.team.as_deref()).next_back();
        let channel = steps().filter_map(|(_, queue)| queue.channel.as_deref()).next_back();
        let mut sample = self.sample(entered.ts, until, SampleFact::Call { end });
        sample.customer = entered.actor.customer().map(str::to_owned);
        sample.dimensions.team = self.team(team);
        sample.dimensions.channel = channel.map(str::to_lowercase);
        sample.dimensions.agent = left.filter(|_| end == CallEnd::Answered).and_then(|event| self.agent(&event.actor));
        Some(sample)
    }

    /// Whoever answers a survey answers it once, however often they change their mind. Nobody is named who is not a
    /// customer.
    fn survey(&self) -> Vec<Sample> {
        let (mut sent, mut ratings) = (Vec::new(), Vec::new());
        for event in &self.events {
            match &event.fact {
                Fact::SurveySent(survey) => sent.push((event.ts, survey.clone())),
                Fact::RatingReceived(rating) => {
                    let respondent = match rating.kind {
                        SurveyKind::Enps => event.actor.agent(),
                        SurveyKind::Csat | SurveyKind::Nps | SurveyKind::Ces => event.actor.customer(),
                    };
                    let customer = rating.customer.clone().or_else(|| respondent.map(str::to_owned));
                    ratings.push((event.ts, RatingReceived { customer, ..rating.clone() }));
                }
                _ => {}
            }
        }
        let same = |a: &RatingReceived, b: &RatingReceived| (a.kind, &a.customer) == (b.kind, &b.customer);
        let sent = surveys::sent(&sent, &ratings).into_iter().map(|(at, fact)| self.sample(at, None, fact));
        let answers = surveys::answers(&ratings, same).into_iter().map(|answer| {
            // Nothing says that only a bot had answered.
            let circumstances = surveys::Circumstances { human: true, transactional: false, followed_up: None };
            Sample {
                customer: answer.rating.customer.clone().filter(|_| answer.rating.kind != SurveyKind::Enps),
                text: answer.rating.comment().map(str::to_owned),
                ..self.sample(answer.moment(self.definitions), None, answer.fact(circumstances))
            }
        });
        sent.chain(answers).collect()
    }

    fn customer(&self) -> Vec<Sample> {
        let change = |event: &&Event| match &event.fact {
            Fact::CustomerSubscribed(data) if data.is_trial() => Some((event.ts, CustomerState::Trial, data.clone())),
            Fact::CustomerSubscribed(data) => Some((event.ts, CustomerState::Paid, data.clone())),
            Fact::CustomerChurned(data) => Some((event.ts, CustomerState::Churned, data.clone())),
            _ => None,
        };
        let changes: Vec<(Timestamp, CustomerState, CustomerSubscribed)> =
            self.events.iter().filter_map(change).collect();
        let ends = changes.iter().skip(1).map(|(at, ..)| Some(*at)).chain([None]);
        let spans = changes.iter().zip(ends);
        spans
            .map(|((at, state, data), until)| {
                let fact = SampleFact::Customer { state: *state, micros: data.amount.map(micros) };
                let (customer, names) = (Some(data.customer.clone()), currency(data.currency.as_deref()));
                Sample { customer, names, ..self.sample(*at, until, fact) }
            })
            .collect()
    }

    fn alone(&self, event: &Event) -> Option<Sample> {
        let agent = || self.agent(&event.actor);
        match &event.fact {
            Fact::Shift(Shift { start, end, team }) => {
                let dimensions =
                    Dimensions { agent: agent(), team: self.team(team.as_deref()), ..Dimensions::default() };
                Some(Sample { dimensions, ..self.sample(*start, Some(*end), SampleFact::Shift {}) })
            }
            Fact::Presence(Presence { start, end, state, team }) => {
                let dimensions =
                    Dimensions { agent: agent(), team: self.team(team.as_deref()), ..Dimensions::default() };
                Some(Sample { dimensions, ..self.sample(*start, Some(*end), SampleFact::Presence { state: *state }) })
            }
            Fact::TimeTracked(time) => {
                let work = Work::of(time, event, &self.key.source, self.definitions);
                let fact = SampleFact::Tracked { ms: work.ms, work: work.kind, timed: work.timed, on_ticket: false };
                let dimensions = self.on_duty(work.by.clone(), None);
                Some(Sample { dimensions, ..self.sample(work.at, Some(work.until()), fact) })
            }
            Fact::Cost(cost) => {
                let until = cost.to.checked_add_days(Days::new(1)).unwrap_or(cost.to);
                let fact = SampleFact::Cost { micros: micros(cost.amount) };
                Some(Sample {
                    dimensions: self.borne_by(cost),
                    names: currency(cost.currency.as_deref()),
                    ..self.sample(utc_midnight(cost.from), Some(utc_midnight(until)), fact)
                })
            }
            Fact::Revenue(data) => {
                let fact = SampleFact::Revenue { micros: micros(data.amount) };
                let (customer, names) = (Some(data.customer.clone()), currency(data.currency.as_deref()));
                Some(Sample { customer, names, ..self.sample(event.ts, None, fact) })
            }
            _ => None,
        }
        .filter(|sample| sample.until.is_none_or(|until| until >= sample.at))
    }

    /// What a cost is for.
    fn borne_by(&self, cost: &Cost) -> Dimensions {
        let told = |dimension: Dimension| cost.dimensions.as_ref()?.get(dimension.name()).cloned();
        Dimensions {
            team: self.team(told(Dimension::Team).as_deref()),
            agent: told(Dimension::Agent).map(|id| self.definitions.agent_name(&self.key.source, &id).to_owned()),
            channel: told(Dimension::Channel).map(|c| c.to_lowercase()),
            priority: told(Dimension::Priority).map(|p| p.to_lowercase()).unwrap_or_default(),
            tags: told(Dimension::Tag).into_iter().collect(),
            category: cost.category.clone(),
            tier: told(Dimension::Tier),
        }
    }
}

/// Money in millionths of its unit: exact for every currency and for the price of a single bot's answer.
fn micros(amount: f64) -> i64 {
    // Saturates, should somebody spend more than there is.
    (amount * 1e6).round() as i64
}

/// The name that money comes with: the code of its currency; `None` = the one reports are in.
fn currency(code: Option<&str>) -> Vec<Option<String>> {
    vec![code.map(str::to_uppercase)]
}

fn utc_midnight(date: NaiveDate) -> Timestamp {
    Timestamp(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}
