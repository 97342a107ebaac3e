//! A sample where it lies: reads what it is asked for and nothing else.

use std::cmp::Ordering;
use std::fmt;

use super::bundle::Part;
use super::segment::place;
use crate::domain::names::Dimension;
use crate::domain::sample::packing::{Cells, NONE};
use crate::domain::sample::{CustomerNo, Dimensions, Sample, SampleFact, SampleKind, TicketKey, TicketNo};
use crate::domain::timestamp::Timestamp;

/// A sample of a bundle.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    part: &'a Part,
    index: u32,
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sample().fmt(f)
    }
}

/// The numbers of the fact of a row.
struct FactOf<'a>(Row<'a>);

impl Cells for FactOf<'_> {
    #[inline(always)]
    fn cell(&self, index: usize) -> i64 {
        self.0.cell(place::FACT + index)
    }
}

impl<'a> Row<'a> {
    #[inline(always)]
    pub(super) const fn new(part: &'a Part, index: u32) -> Self {
        Self { part, index }
    }

    #[inline(always)]
    fn cell(self, place: usize) -> i64 {
        self.part.segment.cell(place, self.index as usize)
    }

    #[inline(always)]
    fn number(self, place: usize) -> Option<u32> {
        let cell = self.cell(place);
        (cell != NONE).then_some(cell as u32)
    }

    fn text_of(self, word: Option<u32>) -> Option<&'a str> {
        self.part.names.text(word?)
    }

    /// What the sample is.
    #[inline(always)]
    pub fn kind(self) -> SampleKind {
        self.part.segment.kind()
    }

    /// The instant that decides to which period it belongs; the start of a span.
    #[inline(always)]
    pub fn at(self) -> Timestamp {
        Timestamp(self.cell(place::AT))
    }

    /// For spans: their end, exclusive; `None` while they last. For instants: `None`.
    #[inline(always)]
    pub fn until(self) -> Option<Timestamp> {
        let cell = self.cell(place::UNTIL);
        (cell != NONE).then_some(Timestamp(cell))
    }

    /// Whose it is, to compare.
    #[inline(always)]
    pub fn ticket(self) -> TicketNo {
        TicketNo(self.cell(place::TICKET) as u32)
    }

    /// Whose it is, to show.
    pub fn key(self) -> TicketKey {
        let (id, length) = (self.cell(place::ID), self.cell(place::ID_LENGTH));
        let id = match length {
            NONE => id.to_string(),
            _ => self.part.segment.text(id, length).unwrap_or_default().to_owned(),
        };
        TicketKey { source: self.source().to_owned(), id }
    }

    /// The customer, to compare.
    #[inline(always)]
    pub fn customer(self) -> Option<CustomerNo> {
        let cell = self.cell(place::CUSTOMER);
        (cell != NONE).then_some(CustomerNo(cell))
    }

    /// What it says.
    #[inline(always)]
    pub fn fact(self) -> SampleFact {
        SampleFact::of(self.kind(), &FactOf(self))
    }

    /// Name of the `[[source]]`.
    pub fn source(self) -> &'a str {
        self.text_of(self.number(place::SOURCE)).unwrap_or_default()
    }

    /// Responsible team at the instant.
    pub fn team(self) -> Option<&'a str> {
        self.text_of(self.number(place::TEAM))
    }

    /// Responsible agent at the instant.
    pub fn agent(self) -> Option<&'a str> {
        self.text_of(self.number(place::AGENT))
    }

    /// Channel.
    pub fn channel(self) -> Option<&'a str> {
        self.text_of(self.number(place::CHANNEL))
    }

    /// Priority at the instant.
    pub fn priority(self) -> &'a str {
        self.text_of(self.number(place::PRIORITY)).unwrap_or_default()
    }

    /// Category.
    pub fn category(self) -> Option<&'a str> {
        self.text_of(self.number(place::CATEGORY))
    }

    /// The customer's tier.
    pub fn tier(self) -> Option<&'a str> {
        self.text_of(self.number(place::TIER))
    }

    /// Tags at the instant, sorted.
    pub fn tags(self) -> impl Iterator<Item = &'a str> + Clone {
        let words = self.tag_set().map_or(&[][..], |set| self.part.names.members(set));
        words.iter().filter_map(move |word| self.part.names.text(*word))
    }

    /// The number of the word under a dimension other than the tags, for comparisons within one bundle.
    #[inline(always)]
    pub fn word(self, dimension: Dimension) -> Option<u32> {
        match dimension {
            Dimension::Team => self.number(place::TEAM),
            Dimension::Agent => self.number(place::AGENT),
            Dimension::Channel => self.number(place::CHANNEL),
            Dimension::Priority => self.number(place::PRIORITY),
            Dimension::Category => self.number(place::CATEGORY),
            Dimension::Source => self.number(place::SOURCE),
            Dimension::Tier => self.number(place::TIER),
            Dimension::Tag => None,
        }
    }

    /// The number of the set of its tags, if it has any.
    #[inline(always)]
    pub fn tag_set(self) -> Option<u32> {
        self.number(place::TAGS)
    }

    /// One of the names that [`SampleKind::names`] lists.
    pub fn name(self, index: usize) -> Option<&'a str> {
        let kind = self.kind();
        let place = (index < kind.names().len()).then_some(place::FACT + kind.cells() + index)?;
        self.text_of(self.number(place))
    }

    /// What somebody wrote.
    pub fn text(self) -> Option<&'a str> {
        self.part.segment.text(self.cell(place::TEXT), self.cell(place::TEXT_LENGTH))
    }

    /// The order of [`Sample::order`].
    pub fn order(self, other: Self) -> Ordering {
        self.at().cmp(&other.at()).then_with(|| self.sample().order(&other.sample()))
    }

    /// The whole sample, but for the name of the customer.
    pub fn sample(self) -> Sample {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Sample {
            ticket: self.key(),
            at: self.at(),
            until: self.until(),
            customer: None,
            dimensions: Dimensions {
                team: owned(self.team()),
                agent: owned(self.agent()),
                channel: owned(self.channel()),
                priority: self.priority().to_owned(),
                tags: self.tags().map(str::to_owned).collect(),
                category: owned(self.category()),
                tier: owned(self.tier()),
            },
            fact: self.fact(),
            names: (0..self.kind().names().len()).map(|n| owned(self.name(n))).collect(),
            text: owned(self.text()),
        }
    }
}
