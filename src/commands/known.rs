//! What there is to ask about: the values filters may name, the variants of metrics, what is connected at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digests::Digest;
use crate::domain::definitions::Definitions;
use crate::domain::names::{Dimension, MetricId};
use crate::domain::need::Need;
use crate::domain::sample::TicketKey;
use crate::domain::timestamp::Timestamp;
use crate::grammar::Vocabulary;
use crate::metrics::catalogue;
use crate::store;

/// The priorities of kpis.md 2.1, which may be asked for before the first ticket has them.
const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];

/// What there is to ask about, as last read from the store.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What the grammar understands.
    pub(super) vocabulary: Vocabulary,
    /// What it was made from.
    seen: Arc<store::Vocabulary>,
    /// What sources have shown to deliver, and since when.
    pub(super) delivered: BTreeMap<Need, Timestamp>,
    /// Tickets that somebody may mean, the most urgent first.
    pub(super) tickets: Vec<String>,
    /// Where digests go, and their names.
    pub(super) digests: Vec<(String, String)>,
}

impl Known {
    /// From the words ever seen, by topic, and what is configured. A value that is in neither is a mistake
    /// (kpis.md R13).
    pub(super) fn new(
        seen: Arc<store::Vocabulary>,
        definitions: &Definitions,
        sources: &[String],
        delivered: BTreeMap<Need, Timestamp>,
    ) -> Self {
        let mut vocabulary = Vocabulary::whole();
        for dimension in Dimension::ALL {
            let seen = seen.get(dimension.name()).into_iter().flatten();
            for value in seen.map(String::as_str).chain(configured(dimension, definitions)) {
                vocabulary.add(dimension, value);
            }
        }
        for source in sources {
            vocabulary.add(Dimension::Source, source);
        }
        for metric in MetricId::ALL {
            vocabulary.add_variants(*metric, catalogue::entry(*metric).variants);
        }
        vocabulary.know_promises(definitions);
        if delivered.contains_key(&Need::Queue) {
            vocabulary.connect_queue();
        }
        Self { vocabulary, seen, delivered, ..Self::default() }
    }

    /// With the tickets and digests of an earlier one.
    pub(super) fn with_proposals_of(self, earlier: Self) -> Self {
        Self { tickets: earlier.tickets, digests: earlier.digests, ..self }
    }

    /// What may be proposed from now on. A ticket is called by its id where only one source has it.
    pub(super) fn propose(&mut self, tickets: &[TicketKey], digests: &[Digest]) {
        let is_only = |key: &&TicketKey| tickets.iter().filter(|other| other.id == key.id).count() == 1;
        let name = |key: &TicketKey| if is_only(&key) { key.id.clone() } else { key.to_string() };
        self.tickets = tickets.iter().map(name).collect();
        let places = |digest: &Digest| {
            let name = digest.name.clone();
            digest.to.iter().map(move |to| (to.to_string(), name.clone())).collect::<Vec<_>>()
        };
        self.digests = digests.iter().flat_map(places).collect();
    }

    /// Whether it was made from just that, so that it need not be made again.
    pub(super) fn is_of(&self, seen: &Arc<store::Vocabulary>, delivered: &BTreeMap<Need, Timestamp>) -> bool {
        Arc::ptr_eq(&self.seen, seen) && self.delivered == *delivered
    }
}

/// The values the configuration speaks of.
fn configured(dimension: Dimension, definitions: &Definitions) -> impl Iterator<Item = &str> {
    let own: Vec<&str> = match dimension {
        Dimension::Team => definitions.teams.iter().map(|team| team.name.as_str()).collect(),
        Dimension::Agent => definitions.agents.iter().map(|agent| agent.name.as_str()).collect(),
        Dimension::Priority => PRIORITIES.to_vec(),
        _ => Vec::new(),
    };
    let promised = definitions.policies.iter().flat_map(move |policy| match dimension {
        Dimension::Team => policy.when.team.as_slice(),
        Dimension::Channel => &policy.when.channel,
        Dimension::Priority => &policy.when.priority,
        Dimension::Tag => &policy.when.tag,
        Dimension::Source => &policy.when.source,
        Dimension::Tier => &policy.when.tier,
        Dimension::Agent | Dimension::Category => &[],
    });
    own.into_iter().chain(promised.map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::definitions::Team;
    use crate::grammar::parse;

    fn known(seen: &[(&str, &str)]) -> Known {
        let mut words = store::Vocabulary::new();
        for (topic, word) in seen {
            words.entry((*topic).to_owned()).or_default().insert((*word).to_owned());
        }
        let team = Team { name: "billing".to_owned(), ..Team::default() };
        let definitions = Definitions { teams: vec![team], ..Definitions::default() };
        Known::new(Arc::new(words), &definitions, &["helpdesk".to_owned()], BTreeMap::new())
    }

    #[test]
    fn what_was_seen_or_is_configured_may_be_asked_for_and_nothing_else() {
        let known = known(&[("channel", "email")]);
        for text in ["team:billing", "channel:email", "priority:urgent", "source:helpdesk", "agent:none"] {
            assert!(parse(text, &known.vocabulary).is_ok(), "{text}");
        }
        for text in ["team:billig", "channel:phone", "priority:urgnt", "source:other", "agent:ana", "tier:gold"] {
            assert!(parse(text, &known.vocabulary).is_err(), "{text}");
        }
    }
}
