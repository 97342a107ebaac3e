//! Alerts that are told together: a storm becomes one table, quiet hours one message at their end.
//!
//! Before alerts are sent one by one it is seen whether there are too many of them for a place, or whether they can wait.
//! What is not true any more is left to the usual way, so that nothing counts for a storm that would not be said.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::cards::digest;
use super::{Becomes, HEARD, Manner, Outbound, Planned, SETTLED_MS, SHOWN, Verdict, backoff, count, in_time};
use crate::chat::{Channel, Platforms, SendError};
use crate::domain::alert::{
    Announcement, Decision, Group, GroupKind, GroupState, Grouped, Member, Notice, Outcome, Reason, WINDOW_MS, call,
    decide, grouped, outcome,
};
use crate::domain::message::Message;
use crate::domain::quiet::Quiet;
use crate::domain::sla::TimerKind;
use crate::domain::timestamp::Timestamp;
use crate::store::{DueAlert, GroupRow, GroupShown, InTables, NewOutbox, Priority, Store, StoreError, Together};

/// Groups taken in one transaction.
const BATCH: i64 = 5;

/// How long a group is left to whoever took it.
const LEASE_MS: i64 = 60_000;

/// The shortest time between two edits of a table: people cannot read faster, and platforms count edits.
const PACE_MS: i64 = 2_000;

/// The same in a terminal, which shows an edit as one more message.
const TERMINAL_PACE_MS: i64 = 60_000;

/// So many alerts go to a place one by one within so long; the next ones wait. That is what places take without being
/// hurried, and if more than may go one by one come meanwhile, the table of their storm finds the way free.
const AT_ONCE: usize = 3;
const BREATH_MS: i64 = 3_000;

/// So many alerts of a place that is no storm's are read ahead: some of them will not be true.
const AHEAD: usize = 20;

/// After so many alerts, those for further places are left to the next look.
const LOOKED_AT: usize = 500;

/// How often it is asked whether a storm has calmed down.
const CALM_MS: i64 = 10_000;

/// Takes the alerts of a platform that are due into tables, where they belong there; the others stay due. Returns the
/// numbers of all that were looked at, and the places whose tables have grown. Places that are `busy` are left alone: what
/// is told there at this moment counts for a storm too.
pub(super) async fn gather(
    store: &Store,
    manner: &Manner,
    platform: &str,
    busy: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(Vec<i64>, Vec<String>), StoreError> {
    let (alerts, mut examined) = store.due_alerts(platform, busy, now).await?;
    let mut places: BTreeMap<String, Vec<DueAlert>> = BTreeMap::new();
    for alert in alerts {
        places.entry(alert.destination.clone()).or_default().push(alert);
    }
    // The table of one place need not wait for those of all others.
    let (mut looked_at, mut later) = (0, BTreeSet::new());
    places.retain(|_, alerts| {
        let now = looked_at < LOOKED_AT;
        looked_at += alerts.len();
        if !now {
            later.extend(alerts.iter().map(|alert| alert.id));
        }
        now
    });
    examined.retain(|id| !later.contains(id));
    let mut groups = Vec::new();
    let (mut waiting, mut needless) = (Vec::new(), Vec::new());
    for (destination, mut alerts) in places {
        let quiet = manner.quiet.as_ref().and_then(|quiet| Some((quiet, quiet.until(&destination, now)?)));
        let heard = store.heard_alerts(&destination, now.plus_ms(-WINDOW_MS)).await?;
        let lately = heard.alone.iter().filter(|(at, _)| *at > now.plus_ms(-BREATH_MS)).count();
        let gathers = store.is_gathering(&destination, GroupKind::Storm).await?;
        let is_storm = |alerts: &[DueAlert]| {
            let least = alerts.iter().map(|alert| alert.storm_over).min();
            least.is_some_and(|least| gathers || alerts.len() + heard.alerts > least)
        };
        if quiet.is_none() && !is_storm(&alerts) && alerts.len() + lately <= AT_ONCE {
            continue;
        }
        if !is_storm(&alerts) {
            // Where many may go one by one, those that cannot go yet need not be read again and again.
            waiting.extend(alerts.drain(AHEAD.min(alerts.len())..).map(|alert| alert.id));
        }
        let sorted = sort_out(store, &destination, alerts, quiet.map(|(quiet, _)| quiet), now).await?;
        let Sorted { held, sounding, known } = sorted;
        needless.extend(known);
        if let Some((_, until)) = quiet.filter(|_| !held.is_empty()) {
            groups.push(Gathered {
                kind: GroupKind::Quiet,
                destination: destination.clone(),
                told_at: until,
                alerts: held,
                beside: Vec::new(),
            });
        }
        if is_storm(&sounding) {
            groups.push(Gathered {
                kind: GroupKind::Storm,
                destination,
                told_at: now,
                alerts: sounding,
                beside: heard.alone.iter().map(|(_, notice)| notice.clone()).collect(),
            });
        } else {
            waiting.extend(sounding.iter().skip(AT_ONCE.saturating_sub(lately)).map(|alert| alert.id));
        }
    }
    let pace_ms = if platform == "console" { TERMINAL_PACE_MS } else { PACE_MS };
    let groups: Vec<Together<'_>> = groups.iter().map(|gathered| gathered.together(pace_ms)).collect();
    if !groups.is_empty() {
        let told = store.tell_together(&groups, now).await?;
        let destinations: Vec<&str> = groups.iter().map(|group| group.destination).collect();
        tracing::info!(alerts = told, destinations = destinations.join(" "), "alerts are told together");
    }
    if !needless.is_empty() {
        needless.iter().for_each(|_| count("dropped"));
        store.alerts_dropped(&needless).await?;
    }
    if !waiting.is_empty() {
        store.alerts_wait(&waiting, now.plus_ms(BREATH_MS / AT_ONCE as i64)).await?;
    }
    Ok((examined, groups.iter().map(|group| group.destination.to_owned()).collect()))
}

/// Alerts of one place that are told together.
struct Gathered {
    kind: GroupKind,
    destination: String,
    told_at: Timestamp,
    alerts: Vec<DueAlert>,
    beside: Vec<Notice>,
}

impl Gathered {
    fn together(&self, pace_ms: i64) -> Together<'_> {
        let Self { kind, destination, told_at, alerts, beside } = self;
        Together {
            kind: *kind,
            destination,
            threshold: alerts.iter().map(|alert| alert.storm_over).min().unwrap_or(0),
            pace_ms,
            told_at: *told_at,
            alerts,
            beside,
        }
    }
}

/// The alerts of a place that are true now.
#[derive(Default)]
struct Sorted {
    /// Quiet hours hold them.
    held: Vec<DueAlert>,
    /// They would sound.
    sounding: Vec<DueAlert>,
    /// A card or a table shows them by itself, or they were heard there; and which of the two.
    known: Vec<(i64, &'static str)>,
}

async fn sort_out(
    store: &Store,
    destination: &str,
    alerts: Vec<DueAlert>,
    quiet: Option<&Quiet>,
    now: Timestamp,
) -> Result<Sorted, StoreError> {
    let tickets: Vec<_> = alerts.iter().map(|alert| alert.notice.ticket.clone()).collect();
    let truths = store.truths_of(&tickets).await?;
    let cards = store.cards_in(destination, &tickets).await?;
    let warns = alerts.iter().any(|alert| matches!(alert.notice.kind, TimerKind::Warn(_)));
    let tables = if warns { store.in_tables(destination).await? } else { InTables::default() };
    let mut sorted = Sorted::default();
    for alert in alerts {
        let Notice { ticket, target, started, kind, .. } = &alert.notice;
        let truths = truths.get(ticket).map(Vec::as_slice).unwrap_or_default();
        let truth = truths.iter().rev().find(|truth| truth.instance.promise.is_about(*target, *started));
        let Some(truth) = truth.filter(|truth| decide(&alert.notice, Some(truth), now) == Decision::Send) else {
            continue;
        };
        if quiet.is_some_and(|quiet| quiet.holds(*kind, &truth.facts.priority)) {
            sorted.held.push(alert);
            continue;
        }
        match (cards.about(ticket, &truth.instance.promise), kind) {
            // Card and table turn amber by themselves.
            (Some(_), TimerKind::Warn(_)) => sorted.known.push((alert.id, SHOWN)),
            (None, TimerKind::Warn(_)) if tables.show(&alert.notice) => sorted.known.push((alert.id, SHOWN)),
            (Some(card), kind) if card.has_heard(*kind) => sorted.known.push((alert.id, HEARD)),
            _ => sorted.sounding.push(alert),
        }
    }
    Ok(sorted)
}

/// Reads the message of a group, as it stands now.
pub(super) async fn tell(store: &Store, manner: &Manner, id: i64, now: Timestamp) -> Result<Planned, StoreError> {
    let Some(group) = store.alert_group(id).await? else {
        let verdict = Verdict::Drop(Reason::Superseded.name());
        return Ok(Planned { outbound: Outbound::alone(Message::default()), verdict });
    };
    let (members, tally) = store.members(id).await?;
    // What quiet hours held is told when they have ended.
    let state = match (group.group.kind, group.group.state) {
        (GroupKind::Quiet, GroupState::Gathering) => GroupState::Living,
        (_, state) => state,
    };
    let says = grouped(Group { state, ..group.group }, &members, tally, manner.zone, now);
    let late = tally.late + members.iter().filter(|m| outcome(m.truth.as_ref(), now) == Some(Outcome::Late)).count();
    let verdict = match state {
        GroupState::Over | GroupState::Moved => Verdict::Drop(Reason::Superseded.name()),
        _ if says.open() == 0 && (late == 0 || group.group.kind == GroupKind::Storm) => {
            Verdict::Drop(Reason::Answered.name())
        }
        _ => Verdict::Send,
    };
    let message = says.message.clone();
    let becomes = Becomes::Table(Box::new((group, says)));
    Ok(Planned { outbound: Outbound { message, reply_to: None, becomes }, verdict })
}

/// Reads what must be heard of a table, hanging on it.
pub(super) async fn sound(
    store: &Store,
    id: i64,
    mention: Option<&str>,
    now: Timestamp,
) -> Result<Planned, StoreError> {
    let group = store.alert_group(id).await?;
    let (members, _) = store.members(id).await?;
    let is_there = |group: &GroupRow| !matches!(group.group.state, GroupState::Over | GroupState::Moved);
    let says = call(&members, mention, now).filter(|_| group.as_ref().is_some_and(is_there));
    let reply_to = group.and_then(|group| group.platform_id);
    let verdict = match &says {
        Some(_) if reply_to.is_some() => Verdict::Send,
        _ => Verdict::Drop(Reason::Answered.name()),
    };
    Ok(Planned { outbound: Outbound { reply_to, ..Outbound::alone(says.unwrap_or_default()) }, verdict })
}

/// Looks at every due group of one platform; returns how many.
pub(super) async fn tick(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    platform: &str,
    clock: &impl Fn() -> Timestamp,
) -> Result<usize, StoreError> {
    let mut handled = 0;
    loop {
        let groups = store.claim_groups(platform, clock(), BATCH, LEASE_MS).await?;
        if groups.is_empty() {
            return Ok(handled);
        }
        handled += groups.len();
        let refreshed = groups.into_iter().map(|group| refresh(store, platforms, manner, group, clock));
        join_all(refreshed).await.into_iter().collect::<Result<(), _>>()?;
    }
}

async fn refresh(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    mut group: GroupRow,
    clock: &impl Fn() -> Timestamp,
) -> Result<(), StoreError> {
    let (members, tally) = store.members(group.id).await?;
    let now = clock();
    let quiet = manner.quiet.as_ref().filter(|quiet| quiet.until(&group.destination, now).is_some());
    if (group.group.kind, group.group.state) == (GroupKind::Quiet, GroupState::Gathering) {
        return cannot_wait(store, quiet, &group, &members, now).await;
    }
    let mut says = grouped(group.group, &members, tally, manner.zone, now);
    let recent = match group.group.state {
        GroupState::Gathering => store.heard_alerts(&group.destination, now.plus_ms(-WINDOW_MS)).await?.alerts,
        _ => 0,
    };
    let next = match group.group.next(recent, says.open()) {
        // Messages of their own would ring, and what can wait is in the table.
        GroupState::Over if quiet.is_some() && says.open() > 0 => GroupState::Living,
        next => next,
    };
    if next != group.group.state {
        let restored =
            if next == GroupState::Over { restored(store, &group, &members, now).await? } else { Vec::new() };
        if !store.group_becomes(&group, next, &restored, now).await? {
            // Something has happened meanwhile.
            return store.group_put_off(&group, Some(now)).await;
        }
        tracing::info!(group.destination, state = next.name(), open = says.open(), "an alert storm calms down");
        group.group.state = next;
        says = grouped(group.group, &members, tally, manner.zone, now);
    }
    show(store, platforms, manner, &group, (&members, &says), clock).await
}

/// Lets go what was held in quiet hours and rings now: somebody has raised its priority.
async fn cannot_wait(
    store: &Store,
    quiet: Option<&Quiet>,
    group: &GroupRow,
    members: &[Member],
    now: Timestamp,
) -> Result<(), StoreError> {
    let rings = |member: &&Member| {
        let truth = member.truth.as_ref();
        truth.is_some_and(|truth| {
            quiet.is_some_and(|quiet| !quiet.holds(member.notice.kind, &truth.facts.priority))
                && decide(&member.notice, Some(truth), now) == Decision::Send
        })
    };
    let released: Vec<Notice> = members.iter().filter(rings).map(|member| member.notice.clone()).collect();
    if !released.is_empty() {
        store.group_releases(group, &released, now).await?;
    }
    store.group_put_off(group, None).await
}

/// Messages of their own for what a storm leaves open, where there is none yet.
async fn restored(
    store: &Store,
    group: &GroupRow,
    members: &[Member],
    now: Timestamp,
) -> Result<Vec<NewOutbox>, StoreError> {
    let mut messages = Vec::new();
    for member in members.iter().filter(|member| outcome(member.truth.as_ref(), now).is_none()) {
        let Some(truth) = &member.truth else { continue };
        let promise = &truth.instance.promise;
        if group.group.kind == GroupKind::Storm
            && store.card(&member.notice.ticket, promise, &group.destination).await?.is_none()
        {
            // Whoever was called has been called.
            let opened = Notice { mention: None, ..member.notice.clone() };
            messages.push(NewOutbox {
                key: opened.again_key(&format!("storm/{}", group.id), &group.destination),
                destination: group.destination.clone(),
                priority: Priority::Alert,
                storm_over: None,
                body: Announcement::Again(opened).to_json(),
                due_at: now,
            });
        }
    }
    Ok(messages)
}

/// Edits the message of a group, if it says something else now.
async fn show(
    store: &Store,
    platforms: &Platforms,
    manner: &Manner,
    group: &GroupRow,
    (members, says): (&[Member], &Grouped),
    clock: &impl Fn() -> Timestamp,
) -> Result<(), StoreError> {
    let now = clock();
    let (Some(id), Ok(channel)) = (&group.platform_id, group.destination.parse::<Channel>()) else {
        return store.group_put_off(group, None).await;
    };
    let digest = digest(&says.message);
    let ended = |member: &Member| Some((member.notice.clone(), outcome(member.truth.as_ref(), now)?));
    let ended: Vec<_> = members.iter().filter_map(ended).collect();
    let is_new = digest != group.shown;
    let shown = GroupShown {
        digest: &digest,
        is_new,
        total: says.total,
        settled: says.settled,
        look_at: look_at(manner, group, says, now),
        ended: &ended,
    };
    if !is_new {
        return store.group_shown(group, shown, now).await;
    }
    let message = match group.last {
        Some(last) => says.since(last, manner.zone),
        None => says.message.clone(),
    };
    match in_time(platforms.edit(&channel, id, &message)).await {
        Ok(()) => {
            count("edited");
            store.group_shown(group, shown, now).await
        }
        Err(SendError::Retry { after_ms, reason } | SendError::Limited { after_ms, reason }) => {
            tracing::warn!(group.destination, reason, after_ms, "an edit of a table must wait");
            store.group_put_off(group, Some(clock().plus_ms(after_ms.max(backoff(group.attempts))))).await
        }
        // An edit may be repeated without harm, once this one cannot arrive after the next.
        Err(SendError::Unknown { reason }) => {
            tracing::warn!(group.destination, reason, "was a table edited?");
            store.group_put_off(group, Some(clock().plus_ms(SETTLED_MS.max(backoff(group.attempts))))).await
        }
        Err(SendError::Gone { .. }) => {
            let anew = (says.open() > 0 && !group.again).then(|| NewOutbox {
                key: format!("{}/{}/{}/again", group.group.kind.name(), group.destination, group.id),
                destination: group.destination.clone(),
                priority: Priority::Alert,
                storm_over: None,
                body: Announcement::Group(group.id).to_json(),
                due_at: now,
            });
            tracing::info!(group.destination, posted = anew.is_some(), "somebody deleted a table");
            store.group_deleted(group, anew, now).await
        }
        Err(SendError::Permanent { reason }) => {
            tracing::error!(group.destination, reason, "a table cannot be edited");
            count("unedited");
            // A storm must end all the same.
            store.group_put_off(group, Some(now.plus_ms(backoff(i64::MAX)))).await
        }
    }
}

/// When a group must be looked at although nothing happens.
fn look_at(manner: &Manner, group: &GroupRow, says: &Grouped, now: Timestamp) -> Option<Timestamp> {
    let calm = (group.group.state == GroupState::Gathering).then(|| now.plus_ms(CALM_MS));
    let morning = manner.quiet.as_ref().and_then(|quiet| quiet.until(&group.destination, now));
    let looks = says.changes_at.into_iter().chain(calm);
    let next = looks.chain(morning.filter(|_| says.open() > 0)).min()?;
    let ends = matches!(group.group.state, GroupState::Over | GroupState::Moved);
    (!ends).then(|| next.max(now.plus_ms(group.pace_ms)))
}
