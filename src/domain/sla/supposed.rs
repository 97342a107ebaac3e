//! What would be promised instead: changes of the policies that stand, for questions that begin with "what if".

use std::collections::BTreeMap;

use super::{Allowance, CalendarChoice, Matchers, Policy};
use crate::domain::event::{PolicyCalendar, SlaPolicySet, Status, Target};
use crate::domain::ticket::Ticket;

/// Changes of policies; the default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supposition {
    /// Of this policy only; `None` = of each.
    pub policy: Option<String>,
    /// Other targets.
    pub targets: BTreeMap<Target, Supposed>,
    /// Other hours.
    pub calendar: Option<CalendarChoice>,
    /// Other statuses that stop the clock.
    pub pause: Option<Vec<Status>>,
}

/// Another target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// Nothing is promised.
    Nothing,
    /// So many seconds, whatever the priority.
    All(i64),
    /// So many seconds for some priorities; the others keep what they have.
    ByPriority(BTreeMap<String, i64>),
}

impl Supposition {
    /// The name of the policy that is made where nothing is promised yet.
    pub const NEW: &'static str = "supposed";

    /// The policies with the changes. Where there are none, other targets are promised to every ticket.
    pub fn of(&self, policies: &[Policy]) -> Vec<Policy> {
        let nobody = [Policy {
            name: Self::NEW.to_owned(),
            when: Matchers::default(),
            targets: BTreeMap::new(),
            calendar: CalendarChoice::Team,
            pause: vec![Status::Pending],
            warn: Vec::new(),
        }];
        let policies = if policies.is_empty() && !self.targets.is_empty() { &nobody } else { policies };
        policies
            .iter()
            .flat_map(|policy| if self.concerns(&policy.name) { self.changed(policy) } else { vec![policy.clone()] })
            .collect()
    }

    fn concerns(&self, policy: &str) -> bool {
        self.policy.as_ref().is_none_or(|only| only == policy)
    }

    /// A policy with the changes; before it, one for each priority that gets a target of its own.
    fn changed(&self, policy: &Policy) -> Vec<Policy> {
        let mut changed = policy.clone();
        changed.calendar = self.calendar.clone().unwrap_or(changed.calendar);
        changed.pause = self.pause.clone().unwrap_or(changed.pause);
        let mut special: BTreeMap<&str, BTreeMap<Target, i64>> = BTreeMap::new();
        for (target, supposed) in &self.targets {
            match supposed {
                Supposed::Nothing => drop(changed.targets.remove(target)),
                Supposed::All(seconds) => drop(changed.targets.insert(*target, Allowance::All(*seconds))),
                Supposed::ByPriority(by) => {
                    by.iter().for_each(|(priority, seconds)| {
                        special.entry(priority).or_default().insert(*target, *seconds);
                    });
                }
            }
        }
        let own = |(priority, targets): (&str, BTreeMap<Target, i64>)| {
            let asked = &policy.when.priority;
            let meant = asked.is_empty() || asked.iter().any(|asked| asked.eq_ignore_ascii_case(priority));
            let when = Matchers { priority: vec![priority.to_owned()], ..policy.when.clone() };
            let mut own = Policy { when, ..changed.clone() };
            own.targets.extend(targets.into_iter().map(|(target, seconds)| (target, Allowance::All(seconds))));
            meant.then_some(own)
        };
        let mut all: Vec<Policy> = special.into_iter().filter_map(own).collect();
        all.push(changed);
        all
    }

    /// What the help desk said of a ticket, with the changes. A target by priority is read at the priority of that time.
    pub fn announce(&self, ticket: &mut Ticket) {
        let priority_of = ticket.priority.clone();
        for (at, set) in &mut ticket.policies {
            if self.concerns(&set.policy) {
                self.change_announced(set, priority_of.at(*at));
            }
        }
    }

    fn change_announced(&self, set: &mut SlaPolicySet, priority: &str) {
        for (target, supposed) in &self.targets {
            match supposed {
                Supposed::Nothing => drop(set.targets.remove(target)),
                Supposed::All(seconds) => drop(set.targets.insert(*target, *seconds)),
                Supposed::ByPriority(by) => {
                    let seconds =
                        by.iter().find(|(p, _)| p.eq_ignore_ascii_case(priority)).map(|(_, seconds)| *seconds);
                    set.targets.extend(seconds.map(|seconds| (*target, seconds)));
                }
            }
        }
        match &self.calendar {
            None => {}
            Some(CalendarChoice::Team) => set.calendar = None,
            Some(CalendarChoice::Always) => set.calendar = Some(PolicyCalendar::One("always".to_owned())),
            Some(CalendarChoice::Named(name)) => set.calendar = Some(PolicyCalendar::One(name.clone())),
        }
        if let Some(pause) = &self.pause {
            set.pause = Some(pause.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(name: &str, priority: &[&str]) -> Policy {
        Policy {
            name: name.to_owned(),
            when: Matchers { priority: priority.iter().map(|p| (*p).to_owned()).collect(), ..Matchers::default() },
            targets: [(Target::FirstResponse, Allowance::All(3600)), (Target::Resolution, Allowance::All(7200))].into(),
            calendar: CalendarChoice::Team,
            pause: vec![Status::Pending],
            warn: vec![],
        }
    }

    /// `name[priorities] target seconds …` of each policy.
    fn told(policies: &[Policy]) -> Vec<String> {
        let one = |p: &Policy| {
            let targets =
                p.targets.iter().map(|(t, a)| format!(" {} {}", t.name(), serde_json::to_string(a).expect("plain")));
            format!("{}{:?}{}", p.name, p.when.priority, targets.collect::<String>())
        };
        policies.iter().map(one).collect()
    }

    #[test]
    fn targets_change_in_every_policy_or_in_one_for_all_or_for_some_priorities() {
        let both = [policy("vip", &["urgent"]), policy("rest", &[])];
        let target =
            |supposed| Supposition { targets: [(Target::FirstResponse, supposed)].into(), ..Supposition::default() };
        let expected =
            ["vip[\"urgent\"] first_response 60 resolution 7200", "rest[] first_response 60 resolution 7200"];
        assert_eq!(told(&target(Supposed::All(60)).of(&both)), expected);
        let only = Supposition { policy: Some("rest".to_owned()), ..target(Supposed::Nothing) };
        let expected = ["vip[\"urgent\"] first_response 3600 resolution 7200", "rest[] resolution 7200"];
        assert_eq!(told(&only.of(&both)), expected);
        let high = target(Supposed::ByPriority([("high".to_owned(), 60)].into()));
        let expected = [
            "vip[\"urgent\"] first_response 3600 resolution 7200",
            "rest[\"high\"] first_response 60 resolution 7200",
            "rest[] first_response 3600 resolution 7200",
        ];
        assert_eq!(told(&high.of(&both)), expected);
        assert_eq!(told(&target(Supposed::All(60)).of(&[])), ["supposed[] first_response 60"]);
        assert_eq!(Supposition::default().of(&both), both);
        assert!(Supposition::default().of(&[]).is_empty());
    }
}
