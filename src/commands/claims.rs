//! Claims, snoozes and releases: what people do about alerts becomes events of the ticket, like everything else that
//! happens to it.
//!
//! Each is numbered by how many there were when somebody decided to make it, and its id holds the number: of two people
//! who press at the same moment one is first, and the other is told who.

use chrono::Datelike;
use chrono_tz::Tz;

use super::{Asked, Desk, Refusal, Reply};
use crate::domain::alert::{Truth, stretch, target_words};
use crate::domain::event::{Actor, ActorKind, Event, Fact, SlaMark};
use crate::domain::handling::Hold;
use crate::domain::ladder;
use crate::domain::message::{Action, ActionKind, Block, Message, Piece, Text, Tone};
use crate::domain::sample::TicketKey;
use crate::domain::sla::State;
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, Call, Day, Deed, SlaCall, Snooze};
use crate::store::{Delivery, Origin};

/// How often somebody else may be faster before we give up.
const ATTEMPTS: usize = 5;

/// What is noted when somebody acts, and what is said to them.
enum Step {
    /// Note it, and say this.
    Note(Box<Fact>, Message),
    /// There is nothing to note.
    Say(Message),
}

impl Desk {
    /// Claims, snoozes or releases a ticket.
    pub(super) async fn act(
        &self,
        name: &str,
        deed: Deed,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        let ticket = self.find(name, |name| SlaCall::Act(name, deed)).await?;
        let by = self.settings.access.person(asked.user);
        for _ in 0..ATTEMPTS {
            let truths = self.store.truths(&ticket).await?;
            let message = match self.step(deed, &ticket, &truths, by, now)? {
                Step::Say(message) => message,
                Step::Note(fact, message) => {
                    let marks = truths.first().map_or(0, |truth| truth.handling.marks);
                    if !self.note(&ticket, marks, by, *fact, now).await? {
                        // Somebody else was faster: what is true now is another question.
                        continue;
                    }
                    message
                }
            };
            return Ok(Reply::new(message, false));
        }
        Err(Refusal::NotDone(format!("too many people act on ticket {} at once; try again", ticket.id)))
    }

    /// The ticket that a name means: an id, or a source and an id. `call` says the same of one by its whole name.
    pub(super) async fn find(&self, name: &str, call: impl Fn(String) -> SlaCall) -> Result<TicketKey, Refusal> {
        let mut found: Vec<TicketKey> = self.store.find_tickets(name).await?.into_iter().map(|t| t.key).collect();
        if let (true, Some((source, id))) = (found.is_empty(), name.split_once('/')) {
            let key = TicketKey { source: source.to_owned(), id: id.to_owned() };
            found.extend(self.store.ticket(&key).await?.map(|ticket| ticket.key));
        }
        match found.as_slice() {
            [] => Err(Refusal::NotDone(format!("there is no ticket {name}"))),
            [only] => Ok(only.clone()),
            several => {
                let whole = |key: &TicketKey| grammar::unparse(&Call::Sla(call(key.to_string())));
                let ways: Vec<String> = several.iter().map(whole).collect();
                Err(Refusal::NotDone(format!("several sources have a ticket {name}: say {}", ways.join(" or "))))
            }
        }
    }

    fn step(
        &self,
        deed: Deed,
        ticket: &TicketKey,
        truths: &[Truth],
        by: &str,
        now: Timestamp,
    ) -> Result<Step, Refusal> {
        // The most urgent promise speaks for the ticket.
        let urgent = truths.iter().filter(|truth| is_open(truth, now)).min_by_key(|truth| due(truth));
        let Some(urgent) = urgent else {
            let title = format!("Nothing is due on ticket {}", ticket.id);
            return Ok(Step::Say(Message { tone: Tone::Good, title, ..Message::default() }));
        };
        let mark = |until| SlaMark { by: by.to_owned(), until, target: None };
        let claimed = urgent.handling.claimed(now);
        match deed {
            Deed::Claim => match claimed {
                Some(claim) if claim.by == by => Ok(Step::Say(yours(ticket, claim, urgent))),
                Some(claim) => Ok(Step::Say(held_by(ticket, claim))),
                None => {
                    let until = self.claim_ends(urgent, now);
                    let claim = Hold { by: by.to_owned(), from: now, until };
                    Ok(Step::Note(Box::new(Fact::SlaClaimed(mark(until))), yours(ticket, &claim, urgent)))
                }
            },
            Deed::Snooze(snooze) => {
                let until = self.wakes(snooze, urgent, now)?;
                let title = format!("Ticket {} is quiet", ticket.id);
                let text =
                    Text::plain("No further warnings and no escalation until ").and(Piece::Time(until)).then(".");
                let message = Message { title, blocks: vec![Block::Text(text)], ..Message::default() };
                // Pressed twice, it is one snooze.
                match urgent.handling.snoozed(now) {
                    Some(snooze) if snooze.until == Some(until) => Ok(Step::Say(message)),
                    _ => Ok(Step::Note(Box::new(Fact::SlaSnoozed(mark(Some(until)))), message)),
                }
            }
            Deed::Release => {
                if claimed.is_none() && urgent.handling.snoozed(now).is_none() {
                    let title = format!("Nobody holds ticket {}", ticket.id);
                    return Ok(Step::Say(Message { title, ..Message::default() }));
                }
                let title = format!("Ticket {} is free again", ticket.id);
                let message = Message { title, actions: vec![claim_button(ticket)], ..Message::default() };
                Ok(Step::Note(Box::new(Fact::SlaReleased(mark(None))), message))
            }
        }
    }

    /// When a claim made now ends, if the customer gets no reply: by the clock of the promise.
    fn claim_ends(&self, truth: &Truth, now: Timestamp) -> Option<Timestamp> {
        let default = ladder::Ladder::default();
        let ladder = self.definitions.ladders.get(&truth.instance.policy).unwrap_or(&default);
        ladder::later(ladder::calendar_of(&truth.instance, &self.definitions), now, ladder.claim_ms)
    }

    fn wakes(&self, snooze: Snooze, truth: &Truth, now: Timestamp) -> Result<Timestamp, Refusal> {
        match snooze {
            // Whole minutes, so that a second press means the same moment.
            Snooze::For(ms) => Ok(Timestamp((now.plus_ms(ms).millis() / 60_000) * 60_000)),
            Snooze::Until(day, minutes) => Ok(next_time(day, minutes, self.settings.timezone, now)),
            Snooze::Opening => {
                let calendar = ladder::calendar_of(&truth.instance, &self.definitions)
                    .or_else(|| self.definitions.calendar_of(truth.facts.team.as_deref()).map(AsRef::as_ref));
                let Some(calendar) = calendar else {
                    let why = "no business hours are known for this ticket: say how long, such as 30m, or until 14:00";
                    return Err(Refusal::NotDone(why.to_owned()));
                };
                let opening = calendar.next_opening_after_closing(now);
                opening.ok_or_else(|| Refusal::NotDone("its business hours never begin again".to_owned()))
            }
        }
    }

    /// Notes what somebody did; `false` if somebody else did something first.
    async fn note(
        &self,
        ticket: &TicketKey,
        marks: usize,
        by: &str,
        fact: Fact,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let event_id = format!("deskbell/{}/{marks}", ticket.id);
        let event = Event {
            event_id: event_id.clone(),
            seq: 0,
            ts: now,
            ticket: Some(ticket.id.clone()),
            actor: Actor::new(ActorKind::Agent, by),
            source: Some(ticket.source.clone()),
            fact,
        };
        let delivery = Delivery {
            source: "deskbell".to_owned(),
            key: format!("{}/{event_id}/{by}/{}", ticket.source, now.millis()),
            received_at: now,
            headers: "{}".to_owned(),
            body: None,
            events: vec![event],
            origin: Origin::Live,
        };
        Ok(self.store.accept(delivery).await?.new_events > 0)
    }
}

/// The next instant at which a clock on the wall shows a time on such a day.
fn next_time(day: Day, minutes: u16, zone: Tz, now: Timestamp) -> Timestamp {
    let today = now.utc().with_timezone(&zone).date_naive();
    let at = |date: chrono::NaiveDate| {
        let time = chrono::NaiveTime::from_hms_opt(u32::from(minutes) / 60, u32::from(minutes) % 60, 0);
        crate::domain::calendar::instant_of(date.and_time(time.unwrap_or_default()), zone)
    };
    let is_meant = |date: &chrono::NaiveDate| match day {
        Day::Next => true,
        Day::Tomorrow => *date != today,
        Day::Weekday(weekday) => date.weekday() == weekday,
    };
    let days = std::iter::successors(Some(today), chrono::NaiveDate::succ_opt);
    // The week and two days: a weekday whose time has passed, and a night in which the clocks jump over it.
    days.take(9).filter(is_meant).map(at).find(|at| *at > now).unwrap_or(now)
}

/// Whether there is something to do about a promise.
fn is_open(truth: &Truth, now: Timestamp) -> bool {
    let promise = &truth.instance.promise;
    promise.fulfilled_at.is_none() && matches!(promise.state_at(now), State::Running | State::Breached)
}

/// What is missed comes before what is due, and both before what is paused.
fn due(truth: &Truth) -> Timestamp {
    let promise = &truth.instance.promise;
    promise.decided_at.or(promise.deadline).unwrap_or(Timestamp::MAX)
}

fn yours(ticket: &TicketKey, claim: &Hold, truth: &Truth) -> Message {
    let what = target_words(truth.instance.promise.target);
    let mut text = Text::plain(format!("The {what} is due "));
    text = match truth.instance.promise.deadline.or(truth.instance.promise.decided_at) {
        Some(due) => text.and(Piece::Time(due)).then("."),
        None => Text::plain(format!("The clock of the {what} stands still.")),
    };
    if let Some(until) = claim.until {
        let held = stretch(until - claim.from);
        text = text.then(format!(" The claim holds for {held}, until ")).and(Piece::Time(until));
        text = text.then("; a reply to the customer keeps it.");
    }
    let mut actions = vec![release_button(ticket)];
    if let Some(url) = &truth.facts.url {
        actions.push(Action { label: "Open".to_owned(), does: ActionKind::Open { url: url.clone() } });
    }
    let title = format!("Ticket {} is yours", ticket.id);
    Message { tone: Tone::Good, title, blocks: vec![Block::Text(text)], actions, ..Message::default() }
}

fn held_by(ticket: &TicketKey, claim: &Hold) -> Message {
    let text = Text::plain(format!("{} has it since ", claim.by)).and(Piece::Time(claim.from));
    let text = match claim.until {
        Some(until) => text.then(", until ").and(Piece::Time(until)).then(" unless the customer gets a reply."),
        None => text.then(" and has written to the customer."),
    };
    let title = format!("{} was first on ticket {}", claim.by, ticket.id);
    Message {
        tone: Tone::Warning,
        title,
        blocks: vec![Block::Text(text)],
        actions: vec![release_button(ticket)],
        ..Message::default()
    }
}

fn claim_button(ticket: &TicketKey) -> Action {
    button("Claim", SlaCall::Act(ticket.to_string(), Deed::Claim))
}

fn release_button(ticket: &TicketKey) -> Action {
    button("Release", SlaCall::Act(ticket.to_string(), Deed::Release))
}

/// A button that says a call.
pub(super) fn button(label: &str, call: SlaCall) -> Action {
    Action { label: label.to_owned(), does: ActionKind::Command(grammar::unparse(&Call::Sla(call))) }
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    #[test]
    fn a_snooze_ends_when_a_clock_on_the_wall_shows_its_time_on_its_day() {
        // A Monday, ten o'clock in Berlin; two nights before, the clocks went back.
        let now = Timestamp::parse("2026-10-26T09:00:00Z").expect("a time");
        let spring = Timestamp::parse("2026-03-28T20:00:00Z").expect("a time");
        let table = [
            (now, Day::Next, "10:01", "2026-10-26T09:01:00Z"),
            (now, Day::Next, "10:00", "2026-10-27T09:00:00Z"),
            (now, Day::Tomorrow, "09:00", "2026-10-27T08:00:00Z"),
            (now, Day::Tomorrow, "23:59", "2026-10-27T22:59:00Z"),
            (now, Day::Weekday(Weekday::Mon), "10:30", "2026-10-26T09:30:00Z"),
            (now, Day::Weekday(Weekday::Mon), "09:30", "2026-11-02T08:30:00Z"),
            (now, Day::Weekday(Weekday::Sun), "09:00", "2026-11-01T08:00:00Z"),
            (spring, Day::Tomorrow, "02:30", "2026-03-29T01:30:00Z"),
        ];
        for (now, day, time, expected) in table {
            let (hour, minute) = time.split_once(':').expect("a time");
            let minutes = hour.parse::<u16>().expect("hours") * 60 + minute.parse::<u16>().expect("minutes");
            let until = next_time(day, minutes, chrono_tz::Europe::Berlin, now);
            assert_eq!(until, Timestamp::parse(expected).expect("a time"), "{day:?} {time}");
        }
    }
}
