//! Which values the samples of an answer have, the most frequent first: what it can be narrowed to.

use std::collections::HashMap;

use crate::domain::columns::{Names, Samples};
use crate::domain::names::Dimension;

/// So many samples are looked at, spread over all there are: enough to tell frequent from rare, however many there are.
const LOOKED_AT: usize = 3_000;

/// What an answer can be narrowed by, in the order it is offered.
const NARROWED: [Dimension; 5] =
    [Dimension::Team, Dimension::Channel, Dimension::Priority, Dimension::Tag, Dimension::Agent];

/// For each of these dimensions the values that were met, the most frequent first, equally frequent ones by name.
pub type Frequent = Vec<(Dimension, Vec<String>)>;

/// The values among samples, whatever the filters of the question are.
pub(super) fn frequent(samples: &Samples) -> Frequent {
    let rows = || samples.parts().iter().flat_map(|part| part.kept().iter().map(move |range| (part, range.clone())));
    let all: usize = rows().map(|(_, range)| range.len()).sum();
    // What comes again and again in step with the counting would be missed, or seen alone.
    let is_uneven = |step: &usize| [2, 3, 5, 7].iter().all(|prime| !step.is_multiple_of(*prime));
    let step = (all / LOOKED_AT + 1..).find(is_uneven).unwrap_or(1);
    let names = samples.names();
    let of_dimension = |dimension: Dimension| {
        // Numbers are those of a dictionary, which has them without gaps.
        let mut counts: Vec<usize> = Vec::new();
        let mut before = 0;
        for (part, range) in rows() {
            let numbers = part.numbers(dimension);
            let first = (step - before % step) % step;
            before += range.len();
            let looked_at = range.skip(first).step_by(step);
            for number in looked_at.filter_map(|index| numbers.of(index)) {
                let number = number as usize;
                if number >= counts.len() {
                    counts.resize(number + 1, 0);
                }
                counts[number] += 1;
            }
        }
        (dimension, by_count(dimension, &counts, names))
    };
    NARROWED.into_iter().map(of_dimension).collect()
}

/// The words of numbers, each counted at its place, which for tags are sets of words.
fn by_count(dimension: Dimension, counts: &[usize], names: &Names) -> Vec<String> {
    let mut words: HashMap<u32, usize> = HashMap::new();
    for (number, count) in (0..).zip(counts).filter(|(_, count)| **count > 0) {
        let one = [number];
        let members = if dimension == Dimension::Tag { names.members(number) } else { &one };
        members.iter().for_each(|word| *words.entry(*word).or_default() += count);
    }
    let mut found: Vec<(usize, &str)> =
        words.iter().filter_map(|(word, count)| Some((*count, names.text(*word)?))).collect();
    found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    found.into_iter().map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::sample::{Dimensions, Sample, SampleFact, TicketKey};
    use crate::domain::timestamp::Timestamp;

    fn created(n: usize, channel: &str, tags: &[&str]) -> Sample {
        let dimensions = Dimensions {
            channel: (!channel.is_empty()).then(|| channel.to_owned()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Dimensions::default()
        };
        let at = Timestamp(n as i64 * 1000);
        let ticket = TicketKey { source: "desk".to_owned(), id: n.to_string() };
        let fact = SampleFact::Created { initiator: crate::domain::event::Initiator::Customer };
        Sample { ticket, at, until: None, customer: None, dimensions, fact, names: Vec::new(), text: None }
    }

    #[test]
    fn what_is_frequent_comes_first_and_what_no_sample_has_not_at_all() {
        let samples = [("email", &["vip", "bug"][..]), ("chat", &["bug"]), ("email", &["bug"]), ("", &[])];
        let samples = samples.iter().enumerate().map(|(n, (channel, tags))| created(n, channel, tags));
        let found: BTreeMap<_, _> = frequent(&Samples::from_samples(samples)).into_iter().collect();
        assert_eq!(found[&Dimension::Channel], ["email", "chat"]);
        assert_eq!(found[&Dimension::Tag], ["bug", "vip"]);
        assert!(found[&Dimension::Agent].is_empty());
    }

    #[test]
    fn of_very_many_a_part_is_looked_at_that_tells_the_same() {
        // 1 in 10 by chat, 1 in 100 by phone; a day has 86,400 of them.
        let channel = |n: usize| match n {
            n if n % 100 == 7 => "phone",
            n if n % 10 == 3 => "chat",
            _ => "email",
        };
        let samples = Samples::from_samples((0..200_000).map(|n| created(n, channel(n), &[])));
        let found: BTreeMap<_, _> = frequent(&samples).into_iter().collect();
        assert_eq!(found[&Dimension::Channel], ["email", "chat", "phone"]);
    }
}
