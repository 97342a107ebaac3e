//! The samples an answer is made of, in order: filtered, grouped, cut to a period.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use super::period::{Period, Zone};
use crate::domain::definitions::Definitions;
use crate::domain::names::{Dimension, GroupBy};
use crate::domain::query::Filter;
use crate::domain::sample::{Dimensions, Sample, SampleKind};
use crate::domain::timestamp::Timestamp;

/// Samples by kind, each kind in order of time.
#[derive(Debug, Default)]
pub(super) struct Pool<'a> {
    kinds: [Kind<'a>; KINDS],
    by_customer: OnceCell<HashMap<&'a str, Vec<&'a Sample>>>,
}

/// One for each [`SampleKind`].
const KINDS: usize = SampleKind::Sla as usize + 1;

/// The samples of one kind.
#[derive(Debug, Default)]
struct Kind<'a> {
    /// By time.
    all: Vec<&'a Sample>,
    /// Those among them that have no end yet.
    lasting: Vec<&'a Sample>,
}

impl<'a> Pool<'a> {
    /// Puts samples in order. Spans may arrive twice, because two selections can both touch them.
    pub(super) fn new(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut pool = Self::default();
        for sample in samples {
            pool.kinds[sample.fact.kind() as usize].all.push(sample);
        }
        for (index, kind) in pool.kinds.iter_mut().enumerate() {
            kind.all.sort_by_key(|s| (s.at, &s.ticket, s.until));
            if SPANS.iter().any(|span| *span as usize == index) {
                kind.all.dedup_by(|a, b| a == b);
                kind.lasting = kind.all.iter().copied().filter(|s| s.until.is_none()).collect();
            }
        }
        pool
    }

    /// All samples, kind by kind.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a Sample> {
        self.kinds.iter().flat_map(|k| k.all.iter().copied())
    }

    /// Samples of a kind whose instant lies in a period.
    pub(super) fn within(&self, kind: SampleKind, period: Period) -> &[&'a Sample] {
        between(&self.kinds[kind as usize].all, period)
    }

    /// Spans of a kind that last just before an instant: a change at the instant itself belongs after it.
    pub(super) fn just_before(&self, kind: SampleKind, at: Timestamp) -> impl Iterator<Item = &'a Sample> {
        let all = &self.kinds[kind as usize].all;
        let begun = &all[..all.partition_point(|s| s.at < at)];
        begun.iter().copied().filter(move |s| s.until.is_none_or(|until| until >= at))
    }

    /// Spans of a kind that have not ended.
    pub(super) fn lasting(&self, kind: SampleKind) -> &[&'a Sample] {
        &self.kinds[kind as usize].lasting
    }

    /// The tickets of each known customer, in order of creation.
    pub(super) fn created_by_customer(&self) -> &HashMap<&'a str, Vec<&'a Sample>> {
        self.by_customer.get_or_init(|| {
            let mut customers: HashMap<_, Vec<_>> = HashMap::new();
            for sample in &self.kinds[SampleKind::Created as usize].all {
                if let Some(customer) = sample.customer.as_deref() {
                    customers.entry(customer).or_default().push(*sample);
                }
            }
            customers
        })
    }

    /// Only what began in a period.
    pub(super) fn cut(&self, period: Period) -> Self {
        Self::new(self.kinds.iter().flat_map(|kind| between(&kind.all, period).iter().copied()))
    }

    /// Only what the filters let through.
    pub(super) fn filtered(&self, filters: &Filters) -> Self {
        Self::new(self.iter().filter(|s| filters.let_through(s)))
    }

    /// One pool for each value; a sample without a value is under `None`, one with several tags in several pools.
    pub(super) fn grouped(&self, by: GroupBy, zone: Zone) -> BTreeMap<Key, Self> {
        let mut groups: BTreeMap<Key, Vec<&'a Sample>> = BTreeMap::new();
        for sample in self.iter() {
            match by {
                GroupBy::Time(unit) => {
                    let (order, name) = zone.key(unit, sample.at);
                    groups.entry(Key { order, name: Some(name) }).or_default().push(sample);
                }
                GroupBy::Dimension(dimension) => {
                    let mut without = true;
                    for value in values(sample, dimension) {
                        without = false;
                        groups.entry(Key::named(value)).or_default().push(sample);
                    }
                    if without {
                        groups.entry(Key::default()).or_default().push(sample);
                    }
                }
            }
        }
        groups.into_iter().map(|(key, samples)| (key, Self::new(samples))).collect()
    }
}

/// Of samples in order of time, those in a period.
fn between<'s, 'a>(samples: &'s [&'a Sample], period: Period) -> &'s [&'a Sample] {
    let from = samples.partition_point(|s| s.at < period.from);
    let to = samples.partition_point(|s| s.at < period.to);
    &samples[from..to.max(from)]
}

/// The kinds that have an end.
const SPANS: [SampleKind; 3] = [SampleKind::Waiting, SampleKind::Open, SampleKind::Sla];

/// A value to group by; sorts by time where it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Place in time; 0 for dimensions.
    pub(super) order: i64,
    /// The value; `None` where a sample has none.
    pub(super) name: Option<String>,
}

impl Key {
    fn named(name: &str) -> Self {
        Self { order: 0, name: Some(name.to_owned()) }
    }
}

/// The values of a dimension at the instant counted.
fn values(sample: &Sample, dimension: Dimension) -> impl Iterator<Item = &str> {
    let (source, d) = (sample.ticket.source.as_str(), &sample.dimensions);
    values_of(source, d, dimension)
}

/// The values of a dimension among those of all.
fn values_of<'d>(source: &'d str, d: &'d Dimensions, dimension: Dimension) -> impl Iterator<Item = &'d str> {
    let one = match dimension {
        Dimension::Team => d.team.as_deref(),
        Dimension::Agent => d.agent.as_deref(),
        Dimension::Channel => d.channel.as_deref(),
        Dimension::Priority => Some(d.priority.as_str()),
        Dimension::Tag => None,
        Dimension::Category => d.category.as_deref(),
        Dimension::Source => Some(source),
        Dimension::Tier => d.tier.as_deref(),
    };
    let many = if dimension == Dimension::Tag { d.tags.as_slice() } else { &[] };
    one.into_iter().chain(many.iter().map(String::as_str))
}

/// Conditions, ready to apply: AND across dimensions, OR within one, none of the excluded.
#[derive(Debug, Default)]
pub(super) struct Filters {
    wanted: BTreeMap<Dimension, Vec<String>>,
    unwanted: BTreeMap<Dimension, Vec<String>>,
}

impl Filters {
    /// Reads the filters as typed; what a source calls a team means the team.
    pub(super) fn new(filters: &[Filter], definitions: &Definitions) -> Self {
        let mut out = Self::default();
        for filter in filters {
            let side = if filter.exclude { &mut out.unwanted } else { &mut out.wanted };
            let values = side.entry(filter.dimension).or_default();
            values.extend(filter.values.iter().map(|v| match filter.dimension {
                Dimension::Team => definitions.team_name(v).to_lowercase(),
                _ => v.to_lowercase(),
            }));
        }
        out
    }

    fn let_through(&self, sample: &Sample) -> bool {
        self.admit(&sample.ticket.source, &sample.dimensions)
    }

    /// Whether they let something of these values through.
    pub(super) fn admit(&self, source: &str, dimensions: &Dimensions) -> bool {
        let any = |(dimension, words): (&Dimension, &Vec<String>)| {
            values_of(source, dimensions, *dimension).any(|value| words.iter().any(|word| same(value, word)))
        };
        self.wanted.iter().all(any) && !self.unwanted.iter().any(any)
    }

    /// The only team the filters let through, if it is one.
    pub(super) fn only_team(&self) -> Option<&str> {
        match self.wanted.get(&Dimension::Team)?.as_slice() {
            [team] => Some(team),
            _ => None,
        }
    }
}

/// Equal but for case; `word` is lower case.
fn same(value: &str, word: &str) -> bool {
    if value.is_ascii() { value.eq_ignore_ascii_case(word) } else { value.to_lowercase() == word }
}
