//! Deadlines of a ticket that changes hands, against the minutes counted one by one.

use super::*;
use crate::domain::calendar::tests::laws::two_calendars;
use crate::domain::calendar::tests::oracle::{Oracle, minutes};
use crate::domain::definitions::CalendarBinding;
use crate::domain::ticket::tests::clocks::{DAY_MS, definitions, handed_on, team_at};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_promise_breaks_at_the_first_open_instant_after_its_time_is_used_up(
        (calendars, created) in two_calendars(),
        mut hands in prop::collection::vec((0..5 * DAY_MS, 0usize..3), 0..5),
        target_s in prop_oneof![60i64..200_000, (1i64..200).prop_map(|quarter| quarter * 900)],
    ) {
        hands.sort_by_key(|(after, _)| *after);
        let until = created.plus_ms(6 * DAY_MS);
        let oracles = calendars.each_ref().map(|c| Oracle::new(c, created, until));
        let open = |at: i64| match team_at(Timestamp(at), created, &hands) {
            team @ (0 | 1) => oracles[team].is_open(at),
            _ => true,
        };
        let mut left = target_s * 1000;
        let mut expected = None;
        let cuts = hands.iter().map(|(after, _)| created.plus_ms(*after));
        let starts: Vec<Timestamp> = std::iter::once(created).chain(cuts).collect();
        let ends = starts[1..].iter().copied().chain([until]);
        for (from, to) in starts.iter().zip(ends).flat_map(|(from, to)| minutes(*from, to)) {
            if expected.is_none() && open(from) {
                expected = (left < to - from).then_some(Timestamp(from + left));
                left -= left.min(to - from);
            }
        }

        let mut definitions = definitions(calendars, false, CalendarBinding::Piecewise);
        definitions.policies = vec![Policy {
            name: "p".into(),
            when: Matchers::default(),
            targets: [(Target::FirstResponse, Allowance::All(target_s))].into(),
            calendar: CalendarChoice::Team,
            pause: vec![],
            warn: vec![],
        }];
        let found = instances(&handed_on(created, &hands, &definitions), &definitions);
        let breaks = found[0].promise.decided_at.or(found[0].promise.deadline).filter(|at| *at < until);
        prop_assert_eq!(breaks, expected);
    }
}
