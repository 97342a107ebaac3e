//! A sample where it lies: reads what it is asked for and nothing else.

use std::cmp::Ordering;
use std::fmt;

use super::bundle::Part;
use super::column::Column;
use super::segment::{Segment, place};
use crate::domain::names::Dimension;
use crate::domain::sample::packing::{Cells, NONE};
use crate::domain::sample::{CustomerNo, Dimensions, OneKind, Sample, SampleFact, SampleKind, TicketKey, TicketNo};
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
#[derive(Clone, Copy, Debug)]
pub struct FactOf<'a>(Row<'a>);

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
        self.part.cell(place, self.index)
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
        let id = match self.id() {
            Ok(number) => number.to_string(),
            Err(text) => text.to_owned(),
        };
        TicketKey { source: self.source().to_owned(), id }
    }

    /// What the source calls the ticket: a number, as it is packed if it looks like one, or a text.
    fn id(self) -> Result<i64, &'a str> {
        let (id, length) = (self.cell(place::ID), self.cell(place::ID_LENGTH));
        match length {
            NONE => Ok(id),
            _ => Err(self.part.segment.text(id, length).unwrap_or_default()),
        }
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

    /// What it says, if it is of that kind: like [`fact`](Self::fact), but reads only what is asked for.
    #[inline(always)]
    pub fn only<T: OneKind<FactOf<'a>>>(self) -> Option<T> {
        (self.kind() == T::KIND).then(|| T::of(FactOf(self)))
    }

    /// Name of the `[[source]]`.
    pub fn source(self) -> &'a str {
        self.text_of(self.word(Dimension::Source)).unwrap_or_default()
    }

    /// Responsible team at the instant.
    pub fn team(self) -> Option<&'a str> {
        self.text_of(self.word(Dimension::Team))
    }

    /// Responsible agent at the instant.
    pub fn agent(self) -> Option<&'a str> {
        self.text_of(self.word(Dimension::Agent))
    }

    /// Channel.
    pub fn channel(self) -> Option<&'a str> {
        self.text_of(self.word(Dimension::Channel))
    }

    /// Priority at the instant.
    pub fn priority(self) -> &'a str {
        self.text_of(self.word(Dimension::Priority)).unwrap_or_default()
    }

    /// Category.
    pub fn category(self) -> Option<&'a str> {
        self.text_of(self.word(Dimension::Category))
    }

    /// The customer's tier.
    pub fn tier(self) -> Option<&'a str> {
        self.text_of(self.word(Dimension::Tier))
    }

    /// Tags at the instant, sorted.
    pub fn tags(self) -> impl Iterator<Item = &'a str> + Clone {
        let words = self.word(Dimension::Tag).map_or(&[][..], |set| self.part.names.members(set));
        words.iter().filter_map(move |word| self.part.names.text(*word))
    }

    /// The number of the word under a dimension (of the set of words under the tags), for comparisons within one bundle.
    #[inline(always)]
    pub fn word(self, dimension: Dimension) -> Option<u32> {
        self.number(place::of(dimension))
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

    /// The order of [`Sample::order`]. Where there are many tickets, many things happen in one instant: what decides then
    /// is read in place too.
    pub fn order(self, other: Self) -> Ordering {
        let end = |row: Self| row.until().unwrap_or(Timestamp::MAX);
        self.at()
            .cmp(&other.at())
            .then_with(|| self.source().cmp(other.source()))
            .then_with(|| match (self.id(), other.id()) {
                (Ok(number), Ok(other)) => as_texts(number, other),
                _ => self.key().id.cmp(&other.key().id),
            })
            .then_with(|| end(self).cmp(&end(other)))
            .then_with(|| self.sample().order(&other.sample()))
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

/// The order of two numbers as texts: digit by digit, and `12` before `120`. They are not negative and have at most 18
/// digits.
fn as_texts(number: i64, other: i64) -> Ordering {
    let length = |number: i64| number.checked_ilog10().unwrap_or(0);
    let longest = length(number).max(length(other));
    let filled = |number: i64| number * 10_i64.pow(longest - length(number));
    filled(number).cmp(&filled(other)).then_with(|| length(number).cmp(&length(other)))
}

/// What [`Row::word`] says, for all rows of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    column: Column,
    bytes: &'a [u8],
}

impl<'a> Numbers<'a> {
    pub(super) fn new(segment: &'a Segment, dimension: Dimension) -> Self {
        Self { column: segment.column(place::of(dimension)), bytes: segment.bytes() }
    }

    /// The number of a row.
    #[inline(always)]
    pub fn of(&self, index: u32) -> Option<u32> {
        let cell = self.column.get(self.bytes, index as usize);
        (cell != NONE).then_some(cell as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LARGEST: i64 = 999_999_999_999_999_999;

    proptest! {
        #[test]
        fn numbers_are_ordered_as_their_texts(a in 0..=LARGEST, b in 0..=LARGEST, some in 0u32..18, other in 0u32..18) {
            let (a, b) = (a / 10_i64.pow(some), b / 10_i64.pow(other));
            for (a, b) in [(a, b), (a, a / 10), (a, a), (0, a), (0, 0), (LARGEST, a)] {
                prop_assert_eq!(as_texts(a, b), a.to_string().cmp(&b.to_string()));
            }
        }
    }
}
