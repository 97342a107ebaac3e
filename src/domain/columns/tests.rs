//! What goes in comes out, whatever it is; what was not put in is refused.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::domain::event::{Initiator, PresenceState, Status, SurveyKind, Target, TimeKind};
use crate::domain::sample::packing::Packed;
use crate::domain::sample::{
    CallEnd, CustomerNo, CustomerState, Dimensions, Elapsed, Sample, SampleFact, SampleKind, TicketKey, TicketNo,
};
use crate::domain::sla::{PolicyVersion, Promise, State};
use crate::domain::timestamp::Timestamp;

/// A fact of any kind, of any numbers.
fn fact() -> impl Strategy<Value = SampleFact> {
    let kind = prop::sample::select(SampleKind::ALL);
    let cell = prop_oneof![0..9_i64, 1_700_000_000_000..1_800_000_000_000_i64, Just(i64::MIN), any::<i64>()];
    // Once there and back, so that words are words and numbers fit their types.
    (kind, prop::collection::vec(cell, 64)).prop_map(|(kind, cells)| SampleFact::of(kind, cells.as_slice()))
}

fn sample() -> impl Strategy<Value = (TicketNo, Sample)> {
    let word =
        || prop::option::of(prop::sample::select(&["billing", "Grün", "", "tier 2"][..]).prop_map(str::to_owned));
    let id = prop_oneof![
        (0..2000_u32).prop_map(|n| n.to_string()),
        prop::sample::select(&["0", "007", "", "T-1", "99999999999999999999", "-5", "é"][..]).prop_map(str::to_owned),
    ];
    let dimensions = (word(), word(), word(), word(), word(), word(), prop::collection::vec("[a-c]", 0..3));
    let time = -50_000_000..200_000_000_i64;
    (
        (any::<u32>(), id, word(), time.clone(), prop::option::of(time)),
        (dimensions, fact(), prop::collection::vec(word(), 8), prop::option::of(".{0,12}")),
    )
        .prop_map(|((no, id, source, at, until), (dimensions, fact, names, text))| {
            let (team, agent, channel, priority, category, tier, tags) = dimensions;
            let names = names.into_iter().take(fact.kind().names().len()).collect();
            let sample = Sample {
                ticket: TicketKey { source: source.unwrap_or_default(), id },
                at: Timestamp(at),
                until: until.map(Timestamp),
                customer: team.clone(),
                dimensions: Dimensions {
                    team,
                    agent,
                    channel,
                    priority: priority.unwrap_or_default(),
                    tags,
                    category,
                    tier,
                },
                fact,
                names,
                text,
            };
            (TicketNo(no), sample)
        })
}

/// Facts compared by what they consist of: a number may be none.
fn same(a: &Sample, b: &Sample) -> bool {
    let but_fact = |s: &Sample| Sample { customer: None, fact: plain(), ..s.clone() };
    a.fact.kind() == b.fact.kind() && a.fact.cells() == b.fact.cells() && but_fact(a) == but_fact(b)
}

fn plain() -> SampleFact {
    SampleFact::Created { initiator: Initiator::Customer }
}

fn created(id: &str, at: i64) -> Sample {
    Sample {
        ticket: TicketKey { source: "desk".into(), id: id.into() },
        at: Timestamp(at),
        until: None,
        customer: Some("c1".into()),
        dimensions: Dimensions { priority: "normal".into(), ..Dimensions::default() },
        fact: plain(),
        names: Vec::new(),
        text: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_packed_can_be_read(samples in prop::collection::vec(sample(), 0..20)) {
        let bundle = Samples::default().with_folded(samples.clone());
        let mut expected = samples;
        expected.sort_by(|(_, a), (_, b)| a.order(b));
        for kind in SampleKind::ALL {
            let expected: Vec<_> = expected.iter().filter(|(_, s)| s.fact.kind() == *kind).collect();
            let rows: Vec<Row<'_>> = bundle.rows().filter(|r| r.kind() == *kind).collect();
            prop_assert_eq!(rows.len(), expected.len());
            for (row, (ticket, sample)) in rows.iter().zip(expected) {
                prop_assert!(same(&row.sample(), sample), "{:?} is not {:?}", row, sample);
                prop_assert_eq!(row.ticket(), *ticket);
                prop_assert_eq!(row.customer(), sample.customer.as_deref().map(CustomerNo::of));
            }
        }
    }

    #[test]
    fn rows_have_the_order_of_their_samples(
        samples in prop::collection::vec(sample(), 2..8),
        ids in prop::collection::vec("[01]{1,3}|-?[12]0{0,4}|[ab]", 2),
        sources in prop::collection::vec("[ab]", 2),
    ) {
        // In one instant, where everything else decides.
        let mut samples = samples;
        for (n, (_, sample)) in samples.iter_mut().enumerate() {
            sample.at = Timestamp(0);
            sample.ticket = TicketKey { source: sources[n % 2].clone(), id: ids[n / 2 % 2].clone() };
        }
        let bundle = Samples::default().with_folded(samples);
        for row in bundle.rows() {
            for other in bundle.rows() {
                prop_assert_eq!(row.order(other), row.sample().order(&other.sample()), "{:?} and {:?}", row, other);
            }
        }
    }

    #[test]
    fn a_segment_depends_on_its_samples_and_not_on_their_order(
        (samples, shuffled) in prop::collection::vec(sample(), 0..12)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let words = |bundle: &Samples| bundle.rows().map(|row| format!("{row:?}")).collect::<Vec<_>>();
        let [a, b] = [samples, shuffled].map(|s| Samples::default().with_folded(s));
        prop_assert_eq!(words(&a), words(&b));
    }

    #[test]
    fn what_is_stored_is_read_again_and_nothing_else(
        samples in prop::collection::vec(sample(), 1..8),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
        junk in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let bundle = Samples::default().with_folded(samples);
        for part in bundle.parts() {
            let bytes = part.segment.bytes();
            prop_assert_eq!(Segment::read(bytes.to_vec()), Ok(part.segment.clone()));
            let mut damaged = bytes.to_vec();
            damaged[at.index(bytes.len())] ^= 1 << bit;
            // Three bytes mean nothing, and the checksum knows.
            prop_assert!(Segment::read(damaged).is_err());
            prop_assert!(Segment::read(bytes[..at.index(bytes.len())].to_vec()).is_err());
        }
        prop_assert!(Segment::read(junk).is_err());
    }
}

#[test]
fn samples_of_another_layout_are_told_from_damaged_ones() {
    let segment = Segment::pack(SampleKind::Created, &[(TicketNo(1), created("1", 5))], &mut Names::default());
    let changed = |at: usize| {
        let mut bytes = segment.bytes().to_vec();
        bytes[at] ^= 1;
        Segment::read(bytes)
    };
    assert_eq!(changed(0), Err(Unreadable::OtherVersion));
    assert_eq!(changed(5), Err(Unreadable::OtherVersion));
    assert_eq!(changed(8), Err(Unreadable::Damaged));
    assert_eq!(changed(segment.size() - 1), Err(Unreadable::Damaged));
    assert_eq!(Segment::read(Vec::new()), Err(Unreadable::Damaged));
}

#[test]
fn what_all_rows_share_costs_nothing() {
    let day: Vec<_> =
        (0..1000).map(|n| (TicketNo(n), created(&(700_000 + n).to_string(), i64::from(n) * 60_000))).collect();
    let segment = Segment::pack(SampleKind::Created, &day, &mut Names::default());
    // The instant takes 26 bits, the number and the id of the ticket ten each.
    assert_eq!(segment.size(), segment_head(SampleKind::Created) + 1000 * (26 + 10 + 10) / 8);
    assert_eq!(segment.ends(), Some((Timestamp(0), Timestamp(999 * 60_000))));
}

/// What a segment without rows takes.
fn segment_head(kind: SampleKind) -> usize {
    Segment::pack(kind, &[], &mut Names::default()).size()
}

#[test]
fn a_bundle_can_leave_tickets_out_and_take_them_in_again() {
    let of = |bundle: &Samples| bundle.rows().map(|r| (r.ticket().0, r.key().id)).collect::<Vec<_>>();
    let words = |all: &[(u32, &str)]| all.iter().map(|(n, id)| (*n, (*id).to_owned())).collect::<Vec<_>>();
    let stored = (1..=4).map(|n| (TicketNo(n), created(&format!("T{n}"), n.into()))).collect();
    let stored = Samples::default().with_folded(stored);
    let without = stored.clone().leaving_out(&HashSet::from([TicketNo(2), TicketNo(3)]));
    assert_eq!(of(&without), words(&[(1, "T1"), (4, "T4")]));
    let mut again = created("T2", 9);
    again.dimensions.team = Some("new".into());
    let mixed = without.with_folded(vec![(TicketNo(2), again)]);
    assert_eq!(of(&mixed), words(&[(1, "T1"), (4, "T4"), (2, "T2")]));
    assert_eq!(mixed.rows().filter_map(Row::team).collect::<Vec<_>>(), ["new"]);
    assert_eq!(of(&stored).len(), 4);
}

#[test]
fn samples_without_numbers_are_numbered_by_their_keys() {
    let bundle = Samples::from_samples(["b", "a", "b"].map(|id| created(id, 0)));
    let numbers: HashSet<_> = bundle.rows().map(|r| (r.ticket(), r.key().id)).collect();
    assert_eq!(numbers, HashSet::from([(TicketNo(0), "a".to_owned()), (TicketNo(1), "b".to_owned())]));
}

#[test]
fn facts_keep_their_fields_apart() {
    let promise = Promise {
        target: Target::Update,
        cycle: 3,
        target_s: 3600,
        started: Timestamp(1),
        elapsed_ms: 2,
        elapsed_at: Timestamp(3),
        state: State::Breached,
        deadline: None,
        decided_at: Some(Timestamp(4)),
        fulfilled_at: None,
        overrun_ms: Some(0),
        overrun_until: Some(Timestamp(5)),
        version: PolicyVersion::Configured(1),
    };
    let elapsed = Elapsed { calendar_ms: 7, business_ms: None };
    let facts = [
        plain(),
        SampleFact::Reply { turn: 2, first: true, elapsed },
        SampleFact::Waiting { since: Timestamp(9), unreplied: true },
        SampleFact::Open { status: Status::OnHold, created: Timestamp(8), updated: Some(Timestamp(9)), unread: true },
        SampleFact::Solve {
            elapsed: Some(Elapsed { business_ms: Some(0), ..elapsed }),
            last: true,
            reopens: 0,
            hard_reopens: 3,
            human: false,
        },
        SampleFact::Rating {
            survey: SurveyKind::Enps,
            scale: 11,
            value: 9.5,
            version: Some(2),
            transactional: false,
            human: true,
            commented: false,
            answered: Timestamp(9),
            followed_up: None,
        },
        SampleFact::Tracked { ms: 7, work: TimeKind::Wrap, timed: true, on_ticket: false },
        SampleFact::Presence { state: PresenceState::Offline },
        SampleFact::Call { end: CallEnd::Abandoned },
        SampleFact::Shift {},
        SampleFact::Customer { state: CustomerState::Churned, micros: None },
        SampleFact::Sla { promise },
    ];
    for fact in facts {
        assert_eq!(SampleFact::of(fact.kind(), fact.cells().as_slice()), fact);
    }
    assert_eq!(SampleKind::Sla.cells(), Promise::CELLS);
}
