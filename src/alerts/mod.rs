//! F2: the SLA clock. Due timers become alerts; an alert is a row in the outbox before anybody hears of it.
//!
//! [`tick`] takes no input but the moment. A wake-up only shortens the wait: state in the store decides, so a missed
//! wake-up, a crash or a second copy of the program changes nothing but the lateness.

pub mod silence;

use std::collections::BTreeMap;

use crate::chat::Channel;
use crate::domain::alert::{Announcement, Notice};
use crate::domain::sla::TimerKind;
use crate::domain::timestamp::Timestamp;
use crate::store::{DueTimer, NewOutbox, Priority, Store, StoreError};

/// Timers taken in one transaction.
const BATCH: i64 = 200;

/// How many alerts may go to one place within a minute, where the policy does not say, or is a help desk's.
pub const DEFAULT_STORM_OVER: usize = 10;

/// Where alerts go: the policy's own channels, else the team's, else the fallback.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// `to` of each `[[sla]]` that has one.
    pub policies: BTreeMap<String, Vec<Channel>>,
    /// `channel` of each `[[team]]` that has one.
    pub teams: BTreeMap<String, Channel>,
    /// For tickets whose policy and team name none.
    pub fallback: Vec<Channel>,
    /// The steps of each policy's ladder, soonest first: where to, and whom to mention.
    pub ladders: BTreeMap<String, Vec<(Channel, Option<String>)>>,
    /// How many alerts of each policy may go to one place within a minute before they are told together.
    pub storm_over: BTreeMap<String, usize>,
}

impl Routes {
    /// The channels for an alert of this policy on a ticket of this team.
    pub fn of(&self, policy: &str, team: Option<&str>) -> Vec<Channel> {
        if let Some(own) = self.policies.get(policy).filter(|to| !to.is_empty()) {
            return own.clone();
        }
        match team.and_then(|t| self.teams.get(t)) {
            Some(channel) => vec![channel.clone()],
            None => self.fallback.clone(),
        }
    }
}

/// Turns every timer that is due into an alert and its outbox rows; returns how many rang.
///
/// # Errors
/// When the store fails; nothing is lost, the timers stay due.
pub async fn tick(store: &Store, routes: &Routes, now: Timestamp) -> Result<usize, StoreError> {
    let mut rang = 0;
    loop {
        let due = store.ring_due(now, BATCH, |timer| announcements(timer, routes, now)).await?;
        for timer in &due {
            metrics::counter!("deskbell_alerts_total", "kind" => kind_word(timer.kind)).increment(1);
            metrics::histogram!("deskbell_timer_lateness_seconds").record((now - timer.due).max(0) as f64 / 1000.0);
        }
        rang += due.len();
        if (due.len() as i64) < BATCH {
            return Ok(rang);
        }
    }
}

fn kind_word(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::Warn(_) => "warn",
        TimerKind::Breach => "breach",
        TimerKind::Step(_) => "step",
    }
}

fn announcements(timer: &DueTimer, routes: &Routes, now: Timestamp) -> Vec<NewOutbox> {
    let (channels, mention) = match timer.kind {
        TimerKind::Warn(_) | TimerKind::Breach => (routes.of(&timer.policy, timer.facts.team.as_deref()), None),
        // A step that has been taken off the ladder meanwhile goes nowhere.
        TimerKind::Step(n) => match routes.ladders.get(&timer.policy).and_then(|steps| steps.get(n)) {
            Some((channel, mention)) => (vec![channel.clone()], mention.clone()),
            None => return Vec::new(),
        },
    };
    let notice = Notice {
        ticket: timer.ticket.clone(),
        target: timer.target,
        started: timer.started,
        kind: timer.kind,
        due: timer.due,
        mention,
    };
    if channels.is_empty() {
        tracing::warn!(
            ticket.id = timer.ticket.id,
            policy = timer.policy,
            "an alert has nowhere to go: give its team a channel or its [[sla]] a `to`"
        );
    }
    channels
        .into_iter()
        .map(|channel| NewOutbox {
            key: notice.key(&channel.to_string()),
            destination: channel.to_string(),
            priority: Priority::Alert,
            storm_over: Some(routes.storm_over.get(&timer.policy).copied().unwrap_or(DEFAULT_STORM_OVER)),
            body: Announcement::Alert(notice.clone()).to_json(),
            due_at: now,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_goes_to_the_policy_else_the_team_else_the_fallback() {
        let channel = |text: &str| text.parse::<Channel>().expect("valid");
        let routes = Routes {
            policies: BTreeMap::from([("urgent".into(), vec![channel("slack:#urgent"), channel("discord:7")])]),
            teams: BTreeMap::from([("billing".into(), channel("slack:#billing"))]),
            fallback: vec![Channel::Console],
            ..Routes::default()
        };
        let to = |policy, team| {
            let channels = routes.of(policy, team);
            channels.iter().map(Channel::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(to("urgent", Some("billing")), "slack:#urgent discord:7");
        assert_eq!(to("normal", Some("billing")), "slack:#billing");
        assert_eq!(to("normal", Some("sales")), "console");
        assert_eq!(to("normal", None), "console");
    }
}
