//! `/sla why`: the arithmetic of a ticket's promises, stretch by stretch, so that nobody has to believe a deadline.

use chrono::NaiveDate;

use super::{Desk, Refusal};
use crate::domain::alert::{stretch, target_words};
use crate::domain::definitions::Definitions;
use crate::domain::duration::format_duration_ms;
use crate::domain::event::Event;
use crate::domain::message::{Block, Column, Message, Piece, Table, Text, Tone};
use crate::domain::names::capital;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{self, Instance, Matchers, State, Stretch};
use crate::domain::ticket::{self, Ticket};
use crate::domain::timestamp::Timestamp;

/// Promises explained at once; a long conversation has one for every question.
const PROMISES: usize = 4;

/// Stretches shown of one promise.
const STRETCHES: usize = 12;

/// Days named.
const DAYS: usize = 5;

impl Desk {
    /// How the promises to a ticket stand at an instant, and why, from what had happened by then.
    pub(super) async fn why(&self, key: &TicketKey, at: Timestamp) -> Result<Message, Refusal> {
        let events: Vec<Event> = self.store.events(key).await?.into_iter().filter(|e| e.ts <= at).collect();
        let Some(ticket) = ticket::fold(key, &events, &self.definitions) else {
            return Err(Refusal::Ticket(format!("nothing was known of ticket {} then", key.id)));
        };
        let mut instances = sla::instances(&ticket, &self.definitions);
        // What is open and most urgent first, then what was decided last.
        let is_open = |i: &Instance| i.promise.ended().is_none();
        instances.sort_by_key(|i| {
            let due = i.promise.decided_at.or(i.promise.deadline).unwrap_or(Timestamp::MAX);
            (!is_open(i), if is_open(i) { due.millis() } else { -due.millis() })
        });
        let title = match instances.first() {
            None => format!("Nothing is promised to ticket {}", key.id),
            Some(first) => format!("Ticket {}: {}", key.id, verdict(first, &self.definitions, at).to_plain_in_short()),
        };
        let mut blocks: Vec<Block> = ticket.facts.subject.iter().map(|s| Block::Text(Text::bold(s.clone()))).collect();
        if instances.is_empty() {
            blocks.push(Block::Text(absent(&ticket, &self.definitions).into()));
        }
        for instance in instances.iter().take(PROMISES) {
            blocks.extend(self.account(&ticket, instance, at));
        }
        if let Some(more) = instances.len().checked_sub(PROMISES).filter(|more| *more > 0) {
            blocks.push(Block::Text(format!("{more} more promises were decided earlier.").into()));
        }
        let tone = match instances.first().map(|i| i.promise.state_at(at)) {
            Some(State::Breached) => Tone::Bad,
            Some(State::Met) => Tone::Good,
            _ => Tone::Neutral,
        };
        let footer = vec![Text::plain("As of ").and(Piece::Time(at))];
        Ok(Message { tone, title, blocks, footer, ..Message::default() })
    }

    /// One promise: the verdict, the policy, what counted, what did not.
    fn account(&self, ticket: &Ticket, instance: &Instance, at: Timestamp) -> Vec<Block> {
        let (promise, definitions) = (&instance.promise, &self.definitions);
        let head = Text::bold(format!("{}: ", capital(target_words(promise.target))));
        let said = verdict(instance, definitions, at).text;
        let mut blocks = vec![Block::Text(Text(head.0.into_iter().chain(said.0).collect()))];
        blocks.push(Block::Text(policy(instance, definitions).into()));
        let stretches = sla::stretches(ticket, definitions, promise.target, promise.cycle);
        blocks.push(table(&stretches, instance, definitions, at));
        blocks.extend(closed(&stretches, definitions).map(|words| Block::Text(words.into())));
        blocks
    }
}

/// How a promise stands, in a sentence; and in a few words, for a title.
struct Verdict {
    text: Text,
    short: String,
}

impl Verdict {
    fn to_plain_in_short(&self) -> &str {
        &self.short
    }
}

fn verdict(instance: &Instance, definitions: &Definitions, at: Timestamp) -> Verdict {
    let promise = &instance.promise;
    let calendar = instance.calendar.as_deref();
    let target = stretch(promise.target_s.saturating_mul(1000));
    let used = stretch(promise.elapsed_at(definitions, calendar, at));
    let what = target_words(promise.target);
    let verdict = |text, short: String| Verdict { text, short };
    match (promise.state_at(at), promise.deadline, promise.decided_at) {
        (State::Running, Some(deadline), _) => verdict(
            Text::plain("due ").and(Piece::Time(deadline)).then(format!("; {used} of {target} are used.")),
            format!("{what} due, {used} of {target} used"),
        ),
        (State::Running, None, _) => {
            verdict(Text::plain(format!("paused; {used} of {target} are used.")), format!("{what} paused"))
        }
        (State::Met, _, Some(met)) => verdict(
            Text::plain("kept ").and(Piece::Time(met)).then(format!(", after {used} of {target}.")),
            format!("{what} kept, after {used} of {target}"),
        ),
        (State::Breached, deadline, decided) => {
            let missed = decided.or(deadline).unwrap_or(at);
            let overrun = stretch(promise.overrun_at(definitions, calendar, at).unwrap_or_default());
            let so_far = if promise.fulfilled_at.is_some() { "late" } else { "over by now" };
            verdict(
                Text::plain("missed ")
                    .and(Piece::Time(missed))
                    .then(format!("; {target} were allowed. {overrun} {so_far}.")),
                format!("{what} missed, {overrun} {so_far}"),
            )
        }
        (State::Cancelled | State::Met, _, ended) => {
            let text = Text::plain("asked for no more: solved without it ");
            verdict(text.and(Piece::Time(ended.unwrap_or(at))).then("."), format!("{what} cancelled"))
        }
    }
}

/// Which policy promised it, and why that one.
fn policy(instance: &Instance, definitions: &Definitions) -> String {
    let promise = &instance.promise;
    let allowed = stretch(promise.target_s.saturating_mul(1000));
    let hours = match &instance.calendar {
        Some(calendar) => format!("in the hours of calendar {calendar}"),
        None => "around the clock".to_owned(),
    };
    let (_, policies) = definitions.policies_at(promise.started);
    let why = match policies.iter().find(|policy| policy.name == instance.policy) {
        Some(policy) => matches(&policy.when),
        None => "the help desk applied it".to_owned(),
    };
    format!("{allowed} for priority {}, {hours}, by policy {}: {why}.", instance.priority, instance.policy)
}

/// What a policy asks of a ticket.
fn matches(when: &Matchers) -> String {
    let Matchers { priority, team, channel, tier, tag, source } = when;
    let all = [
        ("priority", priority),
        ("team", team),
        ("channel", channel),
        ("tier", tier),
        ("tag", tag),
        ("source", source),
    ];
    let asked: Vec<String> = all
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| format!("{name} {}", values.join(" or ")))
        .collect();
    if asked.is_empty() {
        "it is for every ticket".to_owned()
    } else {
        format!("it is the first for {}", asked.join(", "))
    }
}

/// Why a ticket has no promise at all.
fn absent(ticket: &Ticket, definitions: &Definitions) -> String {
    match sla::policy_at(ticket, definitions, Timestamp::MAX) {
        _ if !ticket.in_scope(definitions) => {
            "It does not count: it is merged, deleted, spam or excluded by a tag.".to_owned()
        }
        Some(policy) => format!("Policy {policy} has no target for its priority, or nothing has asked for one yet."),
        None => "No policy in bot.toml is for a ticket like it, and the help desk applied none.".to_owned(),
    }
}

fn table(stretches: &[Stretch<'_>], instance: &Instance, definitions: &Definitions, at: Timestamp) -> Block {
    let heads = [("From", false), ("To", false), ("Counts", false), ("Used", true), ("In force", false)];
    let columns = heads.map(|(head, right)| Column { head: head.to_owned(), right }).to_vec();
    let time = |at| Text::default().and(Piece::Time(at));
    let mut rows: Vec<Vec<Text>> = Vec::new();
    let mut before: Option<&Stretch<'_>> = None;
    for s in stretches {
        let counts = match (s.paused, s.calendar) {
            (true, _) => format!("paused: {}", s.status.name()),
            (false, Some(calendar)) => calendar.to_owned(),
            (false, None) => "always".to_owned(),
        };
        let used = format_duration_ms(s.counted_ms / 1000 * 1000);
        rows.push(vec![time(s.from), time(s.to), counts.into(), used.into(), in_force(s, before).into()]);
        before = Some(s);
    }
    let counted: i64 = stretches.iter().map(|s| s.counted_ms).sum();
    let elapsed = instance.promise.elapsed_at(definitions, instance.calendar.as_deref(), at);
    // Nothing has happened since the last event, but time has passed.
    if let (Some(last), None) = (stretches.last(), instance.promise.ended())
        && last.to < at
    {
        let used = format_duration_ms((elapsed - counted).max(0) / 1000 * 1000);
        let since = rows.pop_if(|_| last.from == last.to).map(|mut row| row.split_off(2));
        let [counts, _, news] = since.and_then(|cells| cells.try_into().ok()).unwrap_or_else(|| {
            let counts = if last.paused { "paused" } else { last.calendar.unwrap_or("always") };
            [counts, "", "until now"].map(Text::plain)
        });
        rows.push(vec![time(last.to), time(at), counts, used.into(), news]);
    }
    let more = rows.len().saturating_sub(STRETCHES);
    rows.drain(..more);
    Block::Table(Table { columns, rows, more })
}

/// What is in force in a stretch, or what is new about it.
fn in_force(s: &Stretch<'_>, before: Option<&Stretch<'_>>) -> String {
    let allowed = |s: &Stretch<'_>| {
        s.target_s.map_or_else(|| "no target".to_owned(), |t| format!("{} allowed", stretch(t * 1000)))
    };
    let all = |s: &Stretch<'_>| {
        [
            s.status.name().to_owned(),
            s.priority.to_owned(),
            s.team.map_or_else(|| "no team".to_owned(), |team| format!("team {team}")),
            s.policy.map_or_else(|| "no policy".to_owned(), |policy| format!("policy {policy}")),
            allowed(s),
        ]
    };
    let (now, then) = (all(s), before.map(all));
    let new = now.iter().enumerate().filter(|(n, part)| then.as_ref().is_none_or(|then| then[*n] != **part));
    new.map(|(_, part)| part.as_str()).collect::<Vec<_>>().join(" · ")
}

/// Days of the calendars that were not like others.
fn closed(stretches: &[Stretch<'_>], definitions: &Definitions) -> Option<String> {
    let mut days: Vec<(NaiveDate, String)> = Vec::new();
    for s in stretches.iter().filter(|s| !s.paused) {
        let Some((name, calendar)) = s.calendar.and_then(|name| Some((name, definitions.calendars.get(name)?))) else {
            continue;
        };
        let date = |at: Timestamp| at.utc().with_timezone(&calendar.zone()).date_naive();
        let (from, to, hours) = (date(s.from), date(s.to), calendar.definition());
        let special = hours.special.range(from..=to).map(|(day, _)| (*day, format!("special hours of {name}")));
        let holidays = hours.holidays.range(from..=to).filter(|day| !hours.special.contains_key(day));
        days.extend(special.chain(holidays.map(|day| (*day, format!("holiday of {name}")))));
    }
    days.sort();
    days.dedup();
    let more = days.len().saturating_sub(DAYS);
    let told: Vec<String> =
        days.iter().take(DAYS).map(|(day, what)| format!("{} ({what})", day.format("%a %-d %b %Y"))).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!told.is_empty()).then(|| format!("On the way: {}{more}.", told.join(", ")))
}
