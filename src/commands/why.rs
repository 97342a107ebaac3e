//! `/sla why` and `deskbell why`: the arithmetic of a ticket's promises, interval by interval, so that nobody has to
//! believe a deadline.

use serde::Serialize;

use super::{Asked, Desk, Refusal};
use crate::domain::alert::{stretch, target_words};
use crate::domain::definitions::Definitions;
use crate::domain::duration::format_duration_ms;
use crate::domain::event::Event;
use crate::domain::message::{Block, Column, Message, Piece, Table, Text, Tone};
use crate::domain::names::capital;
use crate::domain::sample::TicketKey;
use crate::domain::sla::{self, Account, Closed, Interval, Matchers, PolicyVersion, Reason, State};
use crate::domain::ticket::{self, Ticket};
use crate::domain::timestamp::Timestamp;
use crate::grammar::SlaCall;
use crate::store::StoreError;

/// Promises explained at once; a long conversation has one for every question.
const PROMISES: usize = 4;

/// Intervals shown of one promise.
const INTERVALS: usize = 12;

/// Days named.
const DAYS: usize = 5;

/// How the promises to a ticket stand, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The source's own id.
    pub ticket: String,
    /// Name of the source.
    pub source: String,
    /// What it is about.
    pub subject: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// As of when.
    pub as_of: Timestamp,
    /// Why nothing is promised, if nothing is.
    pub nothing: Option<String>,
    /// What is open and most urgent first, then what was decided last.
    pub promises: Vec<Account>,
}

impl Desk {
    /// How the promises to a ticket (its id, or `source/id`) stand at an instant, from what had happened by then.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn why(&self, name: &str, asked: &Asked<'_>, at: Timestamp) -> Result<Why, Refusal> {
        if !self.settings.access.may_ask(asked) {
            return Err(Refusal::Access(super::NOT_HERE));
        }
        let key = self.find(name, |name| SlaCall::Why(name, None)).await?;
        let Some(ticket) = self.ticket_at(&key, at).await? else {
            return Err(Refusal::NotDone(format!("nothing was known of ticket {} then", key.id)));
        };
        let account = |instance| sla::account(&ticket, &instance, &self.definitions, at);
        let mut promises: Vec<Account> = sla::instances(&ticket, &self.definitions).into_iter().map(account).collect();
        promises.sort_by_key(|a| {
            let due = a.decided_at.or(a.deadline).unwrap_or(Timestamp::MAX);
            (!is_open(a), if is_open(a) { due.millis() } else { -due.millis() })
        });
        Ok(Why {
            nothing: promises.is_empty().then(|| absent(&ticket, &self.definitions)),
            ticket: key.id,
            source: key.source,
            subject: ticket.facts.subject,
            url: ticket.facts.url,
            as_of: at,
            promises,
        })
    }

    /// The same for people.
    pub fn why_told(&self, why: &Why) -> Message {
        let title = match why.promises.first() {
            None => format!("Nothing is promised to ticket {}", why.ticket),
            Some(first) => format!("Ticket {}: {}", why.ticket, verdict(first).short),
        };
        let mut blocks: Vec<Block> = why.subject.iter().map(|s| Block::Text(Text::bold(s.clone()))).collect();
        blocks.extend(why.nothing.iter().map(|words| Block::Text(Text::plain(words.clone()))));
        let edited = self.definitions.agreements.versions().len() > 1;
        for account in why.promises.iter().take(PROMISES) {
            let head = Text::bold(format!("{}: ", capital(target_words(account.target))));
            blocks.push(Block::Text(Text(head.0.into_iter().chain(verdict(account).text.0).collect())));
            blocks.push(Block::Text(policy(account, edited)));
            blocks.push(table(&account.intervals));
            blocks.extend(closed(&account.closed).map(|words| Block::Text(words.into())));
        }
        if let Some(more) = why.promises.len().checked_sub(PROMISES).filter(|more| *more > 0) {
            blocks.push(Block::Text(format!("{more} more promises were decided earlier.").into()));
        }
        let tone = match why.promises.first().map(|account| account.state) {
            Some(State::Breached) => Tone::Bad,
            Some(State::Met) => Tone::Good,
            _ => Tone::Neutral,
        };
        let footer = vec![Text::plain("As of ").and(Piece::Time(why.as_of))];
        Message { tone, title, blocks, footer, ..Message::default() }
    }

    /// A ticket as it was known at an instant.
    pub(super) async fn ticket_at(&self, key: &TicketKey, at: Timestamp) -> Result<Option<Ticket>, StoreError> {
        let events: Vec<Event> = self.store.events(key).await?.into_iter().filter(|e| e.ts <= at).collect();
        Ok(ticket::fold(key, &events, &self.definitions))
    }
}

/// Whether somebody still asks for it.
fn is_open(account: &Account) -> bool {
    match account.state {
        State::Running => true,
        State::Breached => account.fulfilled_at.is_none(),
        State::Met | State::Cancelled => false,
    }
}

/// How a promise stands, in a sentence; and in a few words, for a title.
struct Verdict {
    text: Text,
    short: String,
}

fn verdict(account: &Account) -> Verdict {
    let target = stretch(account.target_s.saturating_mul(1000));
    let used = stretch(account.elapsed_ms);
    let what = target_words(account.target);
    let verdict = |text, short: String| Verdict { text, short };
    let decided = account.decided_at.unwrap_or(account.started);
    match (account.state, account.deadline) {
        (State::Running, Some(deadline)) => verdict(
            Text::plain("due ").and(Piece::Time(deadline)).then(format!("; {used} of {target} are used.")),
            format!("{what} due, {used} of {target} used"),
        ),
        (State::Running, None) => {
            verdict(Text::plain(format!("paused; {used} of {target} are used.")), format!("{what} paused"))
        }
        (State::Met, _) => verdict(
            Text::plain("kept ").and(Piece::Time(decided)).then(format!(", after {used} of {target}.")),
            format!("{what} kept, after {used} of {target}"),
        ),
        (State::Breached, _) => {
            let overrun = stretch(account.overrun_ms.unwrap_or_default());
            let so_far = if account.fulfilled_at.is_some() { "late" } else { "over by now" };
            verdict(
                Text::plain("missed ")
                    .and(Piece::Time(decided))
                    .then(format!("; {target} were allowed. {overrun} {so_far}.")),
                format!("{what} missed, {overrun} {so_far}"),
            )
        }
        (State::Cancelled, _) => {
            let text = Text::plain("asked for no more: solved without it ");
            verdict(text.and(Piece::Time(decided)).then("."), format!("{what} cancelled"))
        }
    }
}

/// Which policy promised it, by which version where there have been several, and why that one.
fn policy(account: &Account, edited: bool) -> Text {
    let allowed = stretch(account.target_s.saturating_mul(1000));
    let hours = match &account.calendar {
        Some(calendar) => format!("in the hours of calendar {calendar}"),
        None => "around the clock".to_owned(),
    };
    let text =
        Text::plain(format!("{allowed} for priority {}, {hours}, by policy {}", account.priority, account.policy));
    let text = match (account.version, account.version_since) {
        (PolicyVersion::Configured(number), _) if !edited && number == 1 => text,
        (PolicyVersion::Configured(number), Some(since)) => {
            text.then(format!(" as edited (version {number}, in force since ")).and(Piece::Time(since)).then(")")
        }
        (PolicyVersion::Configured(number), None) => text.then(format!(" as it first stood (version {number})")),
        (PolicyVersion::Announced(_), _) => text,
    };
    match &account.because {
        Reason::FirstFor(when) => text.then(format!(": {}.", matches(when))),
        Reason::HelpDesk(at) => text.then(": the help desk applied it ").and(Piece::Time(*at)).then("."),
    }
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

fn table(intervals: &[Interval]) -> Block {
    let heads = [("From", false), ("To", false), ("Counts", false), ("Used", true), ("In force", false)];
    let columns = heads.map(|(head, right)| Column { head: head.to_owned(), right }).to_vec();
    let time = |at| Text::default().and(Piece::Time(at));
    let row = |(n, i): (usize, &Interval)| {
        let counts = match (i.paused, &i.calendar) {
            (true, _) => format!("paused: {}", i.status.name()),
            (false, Some(calendar)) => calendar.clone(),
            (false, None) => "always".to_owned(),
        };
        let used = format_duration_ms(i.counted_ms / 1000 * 1000);
        let before = n.checked_sub(1).and_then(|before| intervals.get(before));
        vec![time(i.from), time(i.to), counts.into(), used.into(), in_force(i, before).into()]
    };
    let more = intervals.len().saturating_sub(INTERVALS);
    let rows = intervals.iter().enumerate().skip(more).map(row).collect();
    Block::Table(Table { columns, rows, more })
}

/// What is in force in an interval, or what is new about it.
fn in_force(i: &Interval, before: Option<&Interval>) -> String {
    let all = |i: &Interval| {
        [
            i.status.name().to_owned(),
            i.priority.clone(),
            i.team.as_ref().map_or_else(|| "no team".to_owned(), |team| format!("team {team}")),
            i.policy.as_ref().map_or_else(|| "no policy".to_owned(), |policy| format!("policy {policy}")),
            i.target_s.map_or_else(|| "no target".to_owned(), |t| format!("{} allowed", stretch(t * 1000))),
        ]
    };
    let (now, then) = (all(i), before.map(all));
    let new = now.iter().enumerate().filter(|(n, part)| then.as_ref().is_none_or(|then| then[*n] != **part));
    let new: Vec<&str> = new.map(|(_, part)| part.as_str()).collect();
    // Two neighbours in which all is the same differ in their hours.
    if new.is_empty() { "other hours".to_owned() } else { new.join(" · ") }
}

/// Days of the calendars that were not like others.
fn closed(days: &[Closed]) -> Option<String> {
    let told = |day: &Closed| {
        let what = if day.special { "special hours" } else { "holiday" };
        format!("{} ({what} of {})", day.date.format("%a %-d %b %Y"), day.calendar)
    };
    let more = days.len().saturating_sub(DAYS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let told: Vec<String> = days.iter().take(DAYS).map(told).collect();
    (!told.is_empty()).then(|| format!("On the way: {}{more}.", told.join(", ")))
}
