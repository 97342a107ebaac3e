//! However samples are packed, chosen and merged, the rows are the same.

use proptest::prelude::*;

use super::*;
use crate::domain::definitions::Definitions;
use crate::domain::event::Status;
use crate::domain::names::{Dimension, TimeUnit};
use crate::domain::query::Filter;
use crate::domain::sample::{Dimensions, Sample, SampleFact, TicketKey, TicketNo};

const HOUR: i64 = 3_600_000;

/// An open stretch of a ticket, in hours; its team and tags say what it is.
fn open(id: u32, at: i64, length: Option<i64>, team: Option<&str>, tags: &[&str]) -> (TicketNo, Sample) {
    let sample = Sample {
        ticket: TicketKey { source: "desk".into(), id: id.to_string() },
        at: Timestamp(at * HOUR),
        until: length.map(|hours| Timestamp((at + hours) * HOUR)),
        customer: None,
        dimensions: Dimensions {
            team: team.map(str::to_owned),
            priority: "normal".into(),
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            ..Dimensions::default()
        },
        fact: SampleFact::Open { status: Status::Open, created: Timestamp(at * HOUR), updated: None, unread: false },
        names: Vec::new(),
        text: None,
    };
    (TicketNo(id), sample)
}

fn some_open() -> impl Strategy<Value = Vec<(TicketNo, Sample)>> {
    let teams = prop::sample::select(&[None, Some("billing"), Some("Sales")][..]);
    let tags = prop::sample::subsequence(vec!["bug", "vip"], 0..=2);
    let one = (0..9_u32, 0..200_i64, prop::option::weighted(0.9, 1..100_i64), teams, tags);
    prop::collection::vec(one.prop_map(|(id, at, length, team, tags)| open(id, at, length, team, &tags)), 0..80)
}

fn selection(from: i64, to: i64, spans: bool) -> Selection {
    Selection { kind: SampleKind::Open, from: Timestamp(from * HOUR), to: Timestamp(to * HOUR), spans }
}

fn said<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Vec<String> {
    rows.into_iter().map(|row| format!("{} {row:?}", row.ticket().0)).collect()
}

fn expected(samples: &[(TicketNo, Sample)], wanted: impl Fn(&Sample) -> bool) -> Vec<String> {
    let mut some: Vec<_> = samples.iter().filter(|(_, s)| wanted(s)).collect();
    some.sort_by(|(_, a), (_, b)| a.order(b));
    some.iter().map(|(no, s)| format!("{} {s:?}", no.0)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_are_found_however_they_are_packed(
        samples in some_open(),
        cut in any::<prop::sample::Index>(),
        (from, length) in (-10..220_i64, 0..100_i64),
        spans in any::<bool>(),
        at in -10..320_i64,
    ) {
        // Some as segments of days, others again, which lie across them.
        let cut = cut.index(samples.len() + 1);
        let bundle = Samples::default().with_folded(samples[..cut].to_vec()).with_folded(samples[cut..].to_vec());
        let wanted = selection(from, from + length, spans);
        let stock = Stock::new(&bundle, &[wanted]);
        let all = stock.pool();
        let belongs = |s: &Sample| wanted.contains(s);
        prop_assert_eq!(said(all.within(SampleKind::Open, EVER)), expected(&samples, belongs));
        prop_assert_eq!(all.within(SampleKind::Open, EVER).count(), expected(&samples, belongs).len());
        prop_assert_eq!(all.first(), samples.iter().map(|(_, s)| s).filter(|s| belongs(s)).map(|s| s.at).min());

        let period = Period { from: Timestamp(at * HOUR), to: Timestamp((at + 30) * HOUR) };
        let inside = |s: &Sample| belongs(s) && period.contains(s.at);
        prop_assert_eq!(said(all.within(SampleKind::Open, period)), expected(&samples, inside));
        prop_assert_eq!(said(all.cut(period).within(SampleKind::Open, EVER)), expected(&samples, inside));

        let instant = Timestamp(at * HOUR);
        let lasts = |s: &Sample| belongs(s) && s.at < instant && s.until.is_none_or(|until| until >= instant);
        prop_assert_eq!(said(all.just_before(SampleKind::Open, instant)), expected(&samples, lasts));
        let lasting = said(all.cut(period).lasting(SampleKind::Open));
        prop_assert_eq!(lasting, expected(&samples, |s: &Sample| inside(s) && s.until.is_none()));
    }

    #[test]
    fn a_filter_finds_what_it_names(samples in some_open(), exclude in any::<bool>()) {
        let bundle = Samples::default().with_folded(samples.clone());
        let stock = Stock::new(&bundle, &[selection(-1000, 1000, false)]);
        let found = |dimension: Dimension, values: &[&str]| {
            let values = values.iter().map(|v| (*v).to_owned()).collect();
            let filters = Filters::new(&[Filter { dimension, values, exclude, position: 0 }], &Definitions::default());
            said(stock.filtered(&filters).pool().within(SampleKind::Open, EVER))
        };
        let team = |word: Option<&'static str>| move |s: &Sample| (s.dimensions.team.as_deref() == word) != exclude;
        prop_assert_eq!(found(Dimension::Team, &["sales"]), expected(&samples, team(Some("Sales"))));
        prop_assert_eq!(found(Dimension::Team, &["NONE"]), expected(&samples, team(None)));
        prop_assert_eq!(found(Dimension::Team, &["nowhere"]), expected(&samples, |_| exclude));
        let tagged = |s: &Sample| (s.dimensions.tags.is_empty() || s.dimensions.tags.contains(&"vip".into())) != exclude;
        prop_assert_eq!(found(Dimension::Tag, &["vip", "none"]), expected(&samples, tagged));
    }

    #[test]
    fn each_row_is_in_the_groups_of_its_values(samples in some_open()) {
        let bundle = Samples::default().with_folded(samples.clone());
        let stock = Stock::new(&bundle, &[selection(-1000, 1000, false)]);
        let zone = Zone::default();
        for by in [GroupBy::Dimension(Dimension::Team), GroupBy::Dimension(Dimension::Tag), GroupBy::Time(TimeUnit::Hour)] {
            let values = |s: &Sample| -> Vec<Option<String>> {
                match by {
                    GroupBy::Time(unit) => vec![Some(zone.key(unit, s.at).1)],
                    GroupBy::Dimension(Dimension::Tag) if s.dimensions.tags.is_empty() => vec![None],
                    GroupBy::Dimension(Dimension::Tag) => s.dimensions.tags.iter().cloned().map(Some).collect(),
                    GroupBy::Dimension(_) => vec![s.dimensions.team.clone()],
                }
            };
            let groups = stock.grouped(&BTreeSet::from([SampleKind::Open]), by, zone);
            for (key, stock) in &groups {
                let found = said(stock.pool().within(SampleKind::Open, EVER));
                prop_assert!(!found.is_empty());
                prop_assert_eq!(found, expected(&samples, |s| values(s).contains(&key.name)));
            }
            prop_assert!(samples.iter().flat_map(|(_, s)| values(s)).all(|v| groups.keys().any(|k| k.name == v)));
        }
    }
}

#[test]
fn the_tickets_of_a_customer_are_found_by_their_time() {
    let created = |id: u32, at: i64, customer: Option<&str>| {
        let (no, mut sample) = open(id, at, None, None, &[]);
        sample.fact = SampleFact::Created { initiator: crate::domain::event::Initiator::Customer };
        sample.customer = customer.map(str::to_owned);
        (no, sample)
    };
    let mut samples: Vec<_> = (0..50).map(|n| created(n, n.into(), Some(&format!("c{}", n % 7)))).collect();
    samples.push(created(50, 50, None));
    let bundle = Samples::default().with_folded(samples);
    let stock = Stock::new(&bundle, &[Selection::at(SampleKind::Created, Timestamp::MIN, Timestamp::MAX)]);
    let of = |customer: &str, from: i64, to: i64| {
        let period = Period { from: Timestamp(from * HOUR), to: Timestamp(to * HOUR) };
        let mut found: Vec<u32> =
            stock.pool().created_by(CustomerNo::of(customer), period).map(|r| r.ticket().0).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(of("c3", 0, 100), [3, 10, 17, 24, 31, 38, 45]);
    assert_eq!(of("c3", 10, 24), [10, 17]);
    assert_eq!(of("c9", 0, 100), Vec::<u32>::new());
}
