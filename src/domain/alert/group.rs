//! Alerts that are told together: one message with a table, instead of as many messages as there are alerts.
//!
//! Two things bring alerts together: a storm (more of them for one place within a minute than anybody can read) and quiet
//! hours. A group gathers alerts, then lives as long as something in it is open, then is over. Like a card, its message
//! is a pure function of the truth; only what has changed since it was last shown is said besides.

use chrono_tz::Tz;

use super::card::{changes_at, named};
use super::{Notice, Truth, mentions, missed_at, stretch, target_words};
use crate::domain::message::{Action, ActionKind, Block, Column, Mention, Message, Table, Text, Tone};
use crate::domain::sla::{State, TimerKind};
use crate::domain::timestamp::Timestamp;

/// The stretch in which alerts are counted for a storm, milliseconds.
pub const WINDOW_MS: i64 = 60_000;

/// Rows of the table.
const ROWS: usize = 15;
/// Buttons that claim one of the first rows.
const CLAIMS: usize = 5;
/// People of whom is said what they have in hand, and tickets of each.
const PEOPLE: usize = 5;
const TICKETS: usize = 5;

/// What brought the alerts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// There were too many of them.
    Storm,
    /// They were due in quiet hours.
    Quiet,
}

impl GroupKind {
    /// The word stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Quiet => "quiet",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Storm, Self::Quiet].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// It takes what comes.
    Gathering,
    /// What comes is told by itself again; the table follows what is in it.
    Living,
    /// There is nothing more to say.
    Over,
    /// A newer group took over what was open.
    Moved,
}

impl GroupState {
    const ALL: [Self; 4] = [Self::Gathering, Self::Living, Self::Over, Self::Moved];

    /// The word stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Living => "living",
            Self::Over => "over",
            Self::Moved => "moved",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A group, apart from what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// What brought it together.
    pub kind: GroupKind,
    /// Where it stands.
    pub state: GroupState,
    /// How many alerts may be told one by one.
    pub threshold: usize,
}

impl Group {
    /// Where it stands next: `recent` alerts came within the last minute, and so many promises of it are open.
    ///
    /// A storm ends at half of what it began with, so that it does not end and begin all the time. It is over when what
    /// is open is few enough for messages of their own; until then its table stands for all of it. What quiet hours held
    /// stays one message.
    pub fn next(&self, recent: usize, open: usize) -> GroupState {
        let calm = match (self.kind, self.state) {
            (GroupKind::Storm, GroupState::Gathering) => recent * 2 <= self.threshold,
            // Quiet hours end by the clock, with the sending of the message.
            (GroupKind::Quiet, GroupState::Gathering) => false,
            (_, GroupState::Living) => true,
            (_, GroupState::Over | GroupState::Moved) => return self.state,
        };
        let few = match self.kind {
            GroupKind::Storm => open <= self.threshold,
            GroupKind::Quiet => open == 0,
        };
        match (calm, few) {
            (false, _) => GroupState::Gathering,
            (true, false) => GroupState::Living,
            (true, true) => GroupState::Over,
        }
    }
}

/// How a promise ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In time.
    Kept,
    /// Late.
    Late,
    /// Nobody asks for it any more: solved without an answer, merged, spam.
    Void,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Kept, Self::Late, Self::Void];

    /// The word stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Late => "late",
            Self::Void => "void",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A promise in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its latest alert.
    pub notice: Notice,
    /// When that came.
    pub joined: Timestamp,
    /// How it stands.
    pub truth: Option<Truth>,
}

/// How many promises of a group have ended, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In time.
    pub kept: usize,
    /// Late.
    pub late: usize,
    /// Not asked for any more.
    pub void: usize,
}

impl Tally {
    /// All of them.
    pub const fn settled(&self) -> usize {
        self.kept + self.late + self.void
    }

    /// One more.
    pub const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Kept => self.kept += 1,
            Outcome::Late => self.late += 1,
            Outcome::Void => self.void += 1,
        }
    }
}

/// What a group's message says at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// Colour, table and buttons, without what has changed.
    pub message: Message,
    /// Promises in it, and those of them that have ended.
    pub total: usize,
    /// See `total`.
    pub settled: usize,
    /// When it will say something else although nothing happens.
    pub changes_at: Option<Timestamp>,
}

impl Grouped {
    /// Promises that are still open.
    pub const fn open(&self) -> usize {
        self.total - self.settled
    }

    /// The message with what has changed since the group was shown with so many promises, so many of them settled.
    pub fn since(&self, shown: (Timestamp, usize, usize), zone: Tz) -> Message {
        let (at, total, settled) = shown;
        let changes = [(self.total.saturating_sub(total), "more"), (self.settled.saturating_sub(settled), "settled")];
        let said: Vec<String> =
            changes.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let mut message = self.message.clone();
        if !said.is_empty() {
            let at = at.utc().with_timezone(&zone).format("%H:%M:%S");
            message.blocks.insert(1, Block::Text(Text::plain(format!("Since {at}: {}.", said.join(", ")))));
        }
        message
    }
}

/// How a promise ended, if it has.
pub fn outcome(truth: Option<&Truth>, now: Timestamp) -> Option<Outcome> {
    let Some(Truth { instance, .. }) = truth else { return Some(Outcome::Void) };
    match (instance.promise.state_at(now), instance.promise.fulfilled_at) {
        (State::Met, _) => Some(Outcome::Kept),
        (State::Cancelled, _) => Some(Outcome::Void),
        (State::Breached, Some(_)) => Some(Outcome::Late),
        (State::Breached, None) | (State::Running, _) => None,
    }
}

/// An open promise, as the table shows it.
struct Row<'a> {
    member: &'a Member,
    truth: &'a Truth,
    missed: Option<Timestamp>,
    /// The deadline, missed or not; `None` while its clock stands still.
    deadline: Option<Timestamp>,
    held_by: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(member: &'a Member, now: Timestamp) -> Option<Self> {
        let truth = member.truth.as_ref().filter(|_| outcome(member.truth.as_ref(), now).is_none())?;
        let missed = truth.instance.promise.state_at(now) == State::Breached;
        let missed = missed.then(|| missed_at(&member.notice, &truth.instance));
        let held_by = truth.handling.claimed(now).or_else(|| truth.handling.snoozed(now)).map(|hold| hold.by.as_str());
        Some(Self { member, truth, missed, deadline: missed.or(truth.instance.promise.deadline), held_by })
    }

    /// What nobody has in hand first, what stands still last, then the higher priority, then the earlier deadline.
    fn urgency(&self) -> impl Ord + use<'a> {
        let ticket = &self.member.notice.ticket;
        let rank = rank(&self.truth.instance.priority);
        (self.held_by.is_some(), self.deadline.is_none(), rank, self.deadline, ticket.id.len(), ticket)
    }
}

/// The place of a priority; one that a help desk calls otherwise is as good as any.
fn rank(priority: &str) -> usize {
    ["urgent", "high", "normal", "low"].iter().position(|p| p.eq_ignore_ascii_case(priority)).unwrap_or(2)
}

/// The message of a group. `members` are those not known to have ended; those that have are in the tally.
pub fn grouped(group: Group, members: &[Member], ended: Tally, zone: Tz, now: Timestamp) -> Grouped {
    let mut tally = ended;
    members.iter().filter_map(|member| outcome(member.truth.as_ref(), now)).for_each(|outcome| tally.count(outcome));
    let mut rows: Vec<Row<'_>> = members.iter().filter_map(|member| Row::of(member, now)).collect();
    rows.sort_by_key(Row::urgency);
    let total = rows.len() + tally.settled();
    let ends = matches!(group.state, GroupState::Over | GroupState::Moved);
    let free = rows.iter().filter(|row| row.held_by.is_none());
    let mut message = Message {
        tone: match () {
            () if rows.is_empty() => Tone::Good,
            () if ends => Tone::Neutral,
            () if free.clone().any(|row| row.missed.is_some()) => Tone::Bad,
            () => Tone::Warning,
        },
        title: title(group, rows.len(), total),
        blocks: vec![Block::Text(Text::bold(summary(&rows, tally)))],
        ..Message::default()
    };
    if !ends {
        message.mentions = called(free);
        message.blocks.extend((!rows.is_empty()).then(|| Block::Table(table(&rows, zone, now))));
        message.blocks.extend(in_hand(&rows).map(|text| Block::Text(Text::plain(text))));
        message.actions = claims(&rows);
        message.footer = footer(group.kind, &rows, zone);
    } else if let Some(text) = farewell(group, rows.len()) {
        message.blocks.push(Block::Text(Text::plain(text)));
    }
    let changes = rows.iter().filter_map(|row| changes_at(row.truth, now)).min();
    Grouped { message, total, settled: tally.settled(), changes_at: changes.filter(|_| !ends) }
}

fn promises(n: usize) -> String {
    format!("{n} promise{}", if n == 1 { "" } else { "s" })
}

fn title(group: Group, open: usize, total: usize) -> String {
    let of = format!("{open} of {} open", promises(total));
    match (group.kind, group.state) {
        (GroupKind::Storm, GroupState::Gathering) => format!("Alert storm: {of}"),
        (GroupKind::Storm, GroupState::Living) => format!("After the alert storm: {of}"),
        (GroupKind::Storm, GroupState::Over) => format!("The alert storm is over: {}", promises(total)),
        (GroupKind::Storm, GroupState::Moved) => "The next alert storm is told below".to_owned(),
        (GroupKind::Quiet, _) if open == 0 => format!("Held in quiet hours: {}, all settled", promises(total)),
        (GroupKind::Quiet, _) => format!("Held in quiet hours: {of}"),
    }
}

/// `430 missed, 20 due soon, 3 paused; 12 in hand; 50 settled, 20 of them late`.
fn summary(rows: &[Row<'_>], tally: Tally) -> String {
    let count = |is: fn(&Row<'_>) -> bool| rows.iter().filter(|row| is(row)).count();
    let open = [
        (count(|row| row.missed.is_some()), "missed"),
        (count(|row| row.missed.is_none() && row.deadline.is_some()), "due"),
        (count(|row| row.deadline.is_none()), "paused"),
    ];
    let open: Vec<String> = open.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let held = count(|row| row.held_by.is_some());
    let late = match tally.late {
        0 => String::new(),
        n if n == tally.settled() => " late".to_owned(),
        n => format!(", {n} of them late"),
    };
    let parts = [
        open.join(", "),
        if held > 0 { format!("{held} in hand") } else { String::new() },
        if tally.settled() > 0 { format!("{} settled{late}", tally.settled()) } else { String::new() },
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Whom steps of the ladder call that nobody has in hand.
fn called<'a>(rows: impl Iterator<Item = &'a Row<'a>>) -> Vec<Mention> {
    let mut called: Vec<Mention> = Vec::new();
    for mention in rows.flat_map(|row| mentions(&row.member.notice)) {
        if !called.contains(&mention) {
            called.push(mention);
        }
    }
    called
}

/// How commands name the ticket of a row: by its number, unless there are several sources.
fn ticket(row: &Row<'_>, rows: &[Row<'_>]) -> String {
    let key = &row.member.notice.ticket;
    let alone = rows.iter().all(|other| other.member.notice.ticket.source == key.source);
    if alone { key.id.clone() } else { format!("{}/{}", key.source, key.id) }
}

fn table(rows: &[Row<'_>], zone: Tz, now: Timestamp) -> Table {
    let column = |head: &str| Column { head: head.to_owned(), right: false };
    let cells = |row: &Row<'_>| {
        let due = match (row.missed, row.deadline) {
            (Some(at), _) => format!("missed {}", clock(at, zone, now)),
            (None, Some(at)) => format!("due {}", clock(at, zone, now)),
            (None, None) => "paused".to_owned(),
        };
        let what = target_words(row.member.notice.target).to_owned();
        let who = match (row.held_by, &row.truth.facts.agent) {
            (Some(by), _) => format!("✓ {by}"),
            (None, Some(agent)) => agent.clone(),
            (None, None) => "nobody".to_owned(),
        };
        let cells = [ticket(row, rows), due, what, row.truth.instance.priority.clone(), who];
        cells.into_iter().map(Text::plain).collect()
    };
    Table {
        columns: ["Ticket", "When", "What", "Priority", "Who"].map(column).into(),
        rows: rows.iter().take(ROWS).map(cells).collect(),
        more: rows.len().saturating_sub(ROWS),
    }
}

/// `09:10`, on another day `Mon 09:10`, further away `23 Nov 09:10`.
fn clock(at: Timestamp, zone: Tz, now: Timestamp) -> String {
    let local = |at: Timestamp| at.utc().with_timezone(&zone);
    let days = (local(at).date_naive() - local(now).date_naive()).num_days();
    let format = match days.abs() {
        0 => "%H:%M",
        1..=5 => "%a %H:%M",
        _ => "%-d %b %H:%M",
    };
    local(at).format(format).to_string()
}

/// `In hand: Ana has 4521, 4522 and 3 more; Bo has 4530.`
fn in_hand(rows: &[Row<'_>]) -> Option<String> {
    let mut people: Vec<(&str, Vec<String>)> = Vec::new();
    for (row, by) in rows.iter().filter_map(|row| Some((row, row.held_by?))) {
        match people.iter_mut().find(|(name, _)| *name == by) {
            Some((_, tickets)) => tickets.push(ticket(row, rows)),
            None => people.push((by, vec![ticket(row, rows)])),
        }
    }
    let person = |(name, tickets): &(&str, Vec<String>)| {
        let more = tickets.len().saturating_sub(TICKETS);
        let named = tickets.iter().take(TICKETS).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{name} has {named} and {more} more") } else { format!("{name} has {named}") }
    };
    let mut said: Vec<String> = people.iter().take(PEOPLE).map(person).collect();
    let more = people.len().saturating_sub(PEOPLE);
    if more > 0 {
        said.push(format!("so do {more} more people"));
    }
    (!said.is_empty()).then(|| format!("In hand: {}.", said.join("; ")))
}

/// Buttons for the first that nobody has in hand.
fn claims(rows: &[Row<'_>]) -> Vec<Action> {
    let claim = |row: &Row<'_>| Action {
        label: format!("Claim {}", row.member.notice.ticket.id),
        does: ActionKind::Command(format!("/sla claim {}", named(&row.member.notice.ticket))),
    };
    let mut claims: Vec<Action> = Vec::new();
    // A ticket may have broken several promises; a claim is for all of them.
    for action in rows.iter().filter(|row| row.held_by.is_none() && row.deadline.is_some()).map(claim) {
        if claims.len() < CLAIMS && !claims.contains(&action) {
            claims.push(action);
        }
    }
    claims
}

fn footer(kind: GroupKind, rows: &[Row<'_>], zone: Tz) -> Vec<Text> {
    let mut footer = Vec::new();
    if let Some(first) = rows.first() {
        footer.push(format!("Most urgent first; /sla claim {} takes one", ticket(first, rows)));
        footer.push(format!("Times of {}", zone.name()));
    }
    let late = |row: &Row<'_>| match row.member.notice.kind {
        // It was held on purpose.
        _ if kind == GroupKind::Quiet => None,
        TimerKind::Breach => Some(row.member.joined - row.missed?),
        TimerKind::Warn(_) => Some(row.member.joined - row.member.notice.due),
        // It says itself how long after the deadline it comes.
        TimerKind::Step(_) => None,
    };
    match rows.iter().filter_map(late).max() {
        Some(ms) if ms >= 1000 => footer.push(format!("Rung up to {} after its time (late)", stretch(ms))),
        Some(ms) if ms >= 0 => footer.push(format!("Rung within {ms} ms of its time")),
        _ => {}
    }
    footer.into_iter().map(Text::plain).collect()
}

fn farewell(group: Group, open: usize) -> Option<String> {
    match (group.state, open) {
        (GroupState::Over, 1) => Some("The one that is still open has a message of its own.".to_owned()),
        (GroupState::Over, 2..) => Some(format!("The {open} that are still open have messages of their own.")),
        _ => None,
    }
}

/// What must be heard of a table that stands there already: whom the ladder calls about what nobody has in hand, or, without
/// a mention, that promises are missed now. `None` when that is not true any more.
pub fn call(members: &[Member], mention: Option<&str>, now: Timestamp) -> Option<Message> {
    let rows = members.iter().filter_map(|member| Row::of(member, now));
    let concerns = |row: &Row<'_>| {
        row.held_by.is_none()
            && row.missed.is_some()
            && (mention.is_none() || row.member.notice.mention.as_deref() == mention)
    };
    let n = rows.filter(concerns).count();
    let (is, them) = if n == 1 { ("is", "it") } else { ("are", "them") };
    let title = match mention {
        Some(_) => format!("Nobody has answered yet: {} {is} missed", promises(n)),
        None => format!("{} {is} missed now", promises(n)),
    };
    let text = Text::plain(format!("The table says which; it follows what becomes of {them}."));
    let mentions = mention.map(Mention::parse).into_iter().collect();
    (n > 0).then(|| Message { tone: Tone::Bad, title, mentions, blocks: vec![Block::Text(text)], ..Message::default() })
}

#[cfg(test)]
pub(crate) mod tests;
