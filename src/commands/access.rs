//! Who may ask what (product.md 8).

use std::collections::BTreeMap;

use super::Asked;
use crate::domain::names::{Dimension, GroupBy};
use crate::grammar::MetricsCall;

/// Who may ask what. Entries are channels (`slack:#support`), people (`slack:U1`) or roles (`discord:77`).
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Who may ask at all; empty = everybody who can type the command.
    pub viewers: Vec<String>,
    /// Who may see the figures of single agents; empty = every viewer.
    pub leads: Vec<String>,
    /// The chat accounts of agents: account → name.
    pub agents: BTreeMap<String, String>,
}

impl Access {
    fn covers(list: &[String], asked: &Asked<'_>) -> bool {
        let channel = asked.channel.to_string();
        list.iter().any(|entry| *entry == channel || entry == asked.user || asked.roles.contains(entry))
    }

    /// What a person is called: by `[[agent]]`, else as their platform does.
    pub(super) fn person<'a>(&'a self, user: &'a str) -> &'a str {
        self.agents.get(user).map_or(user, String::as_str)
    }

    /// Whether this person may ask anything here. The terminal belongs to the operator.
    pub(super) fn may_ask(&self, asked: &Asked<'_>) -> bool {
        asked.user == "console"
            || self.viewers.is_empty()
            || Self::covers(&self.viewers, asked)
            || Self::covers(&self.leads, asked)
    }

    /// Whether answers to this person may name the people behind a number.
    pub(super) fn may_name_people(&self, asked: &Asked<'_>) -> bool {
        self.is_lead(asked)
    }

    /// Whether this person may decide for everybody in a channel. Where nobody leads, everybody may.
    pub(super) fn is_lead(&self, asked: &Asked<'_>) -> bool {
        asked.user == "console" || self.leads.is_empty() || Self::covers(&self.leads, asked)
    }

    /// Whether this person may see the figures of an agent, by name.
    pub(super) fn may_see(&self, asked: &Asked<'_>, agent: &str) -> bool {
        self.is_lead(asked) || self.agents.get(asked.user).is_some_and(|own| own == agent)
    }

    /// Whether this person may see what the call asks about single agents.
    pub(super) fn may_see_agents(&self, asked: &Asked<'_>, call: &MetricsCall) -> bool {
        let breakdown = call.by == Some(GroupBy::Dimension(Dimension::Agent));
        let mut named = call.filters.iter().filter(|f| f.dimension == Dimension::Agent).peekable();
        if (!breakdown && named.peek().is_none()) || self.may_name_people(asked) {
            return true;
        }
        let own = self.agents.get(asked.user);
        let only_own = named.all(|f| !f.exclude && f.values.iter().all(|v| own == Some(v)));
        !breakdown && only_own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Channel;
    use crate::domain::query::Filter;
    use crate::domain::workspace::Workspace;

    fn asked<'a>(user: &'a str, channel: &'a Channel, roles: &'a [String]) -> Asked<'a> {
        Asked { text: "", channel, user, roles, drawn: false }
    }

    #[test]
    fn an_empty_list_is_open_and_a_filled_one_names_channels_people_and_roles() {
        let support = Channel::Slack(Workspace::default(), "#support".into());
        let other = Channel::Slack(Workspace::default(), "#random".into());
        let role = ["discord:77".to_owned()];
        let list = |entries: &[&str]| entries.iter().map(|e| (*e).to_owned()).collect();
        let access = Access {
            viewers: list(&["slack:#support", "slack:U1", "discord:77"]),
            leads: list(&["slack:U9"]),
            ..Access::default()
        };
        let table = [
            ("slack:U2", &support, &[][..], true),
            ("slack:U2", &other, &[], false),
            ("slack:U1", &other, &[], true),
            ("slack:U9", &other, &[], true),
            ("discord:5", &other, &role, true),
            ("console", &other, &[], true),
        ];
        for (user, channel, roles, may) in table {
            assert_eq!(access.may_ask(&asked(user, channel, roles)), may, "{user} in {channel}");
            assert!(Access::default().may_ask(&asked(user, channel, roles)));
        }
    }

    #[test]
    fn the_same_ids_in_another_workspace_are_other_people_and_places() {
        let at = |channel: &str| channel.parse::<Channel>().expect("a channel");
        let access = Access {
            viewers: vec!["slack.acme:#support".into(), "slack:U1".into()],
            leads: vec!["slack.acme:U9".into()],
            agents: BTreeMap::from([("slack.acme:U1".into(), "ana".into())]),
        };
        let table = [
            ("slack.acme:U2", "slack.acme:#support", true),
            ("slack:U2", "slack:#support", false),
            ("slack:U1", "slack:#random", true),
            ("slack.acme:U1", "slack.acme:#random", false),
            ("slack.acme:U9", "slack.acme:#random", true),
            ("slack:U9", "slack:#random", false),
        ];
        for (user, channel, may) in table {
            let channel = at(channel);
            assert_eq!(access.may_ask(&asked(user, &channel, &[])), may, "{user} in {channel}");
            assert_eq!(access.is_lead(&asked(user, &channel, &[])), user == "slack.acme:U9", "{user}");
        }
        assert_eq!((access.person("slack.acme:U1"), access.person("slack:U1")), ("ana", "slack:U1"));
    }

    #[test]
    fn figures_of_single_agents_are_for_that_agent_and_for_leads() {
        let channel = Channel::Slack(Workspace::default(), "#support".into());
        let access = Access {
            viewers: Vec::new(),
            leads: vec!["slack:U9".into()],
            agents: BTreeMap::from([("slack:U1".into(), "ana".into())]),
        };
        let about = |name: &str| MetricsCall {
            filters: vec![Filter {
                dimension: Dimension::Agent,
                values: vec![name.into()],
                exclude: false,
                position: 0,
            }],
            ..MetricsCall::default()
        };
        let all = MetricsCall { by: Some(GroupBy::Dimension(Dimension::Agent)), ..MetricsCall::default() };
        let may = |user: &str, call: &MetricsCall| access.may_see_agents(&asked(user, &channel, &[]), call);
        assert!(may("slack:U1", &about("ana")));
        assert!(!may("slack:U1", &about("bruno")));
        assert!(!may("slack:U1", &all));
        assert!(may("slack:U9", &all) && may("slack:U9", &about("bruno")));
        assert!(may("slack:U2", &MetricsCall::default()));
        let named = |user: &str| access.may_name_people(&asked(user, &channel, &[]));
        assert!(named("slack:U9") && named("console") && !named("slack:U1"));
        assert!(Access::default().may_name_people(&asked("slack:U1", &channel, &[])));
    }
}
