//! Business time of a ticket that changes hands, against the minutes counted one by one.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::calendar::Calendar;
use crate::domain::calendar::tests::laws::two_calendars;
use crate::domain::calendar::tests::oracle::Oracle;
use crate::domain::definitions::Team;

pub(in crate::domain) const DAY_MS: i64 = 86_400_000;

/// Teams 0 and 1 have a calendar each, team 2 has none.
pub(in crate::domain) fn definitions(calendars: [Calendar; 2], default: bool, binding: CalendarBinding) -> Definitions {
    let calendars = calendars.into_iter().enumerate().map(|(n, c)| (n.to_string(), Arc::new(c))).collect();
    let team = |n: usize| Team { name: n.to_string(), ids: vec![], calendar: (n < 2).then(|| n.to_string()) };
    let mut definitions = Definitions { calendars, teams: (0..3).map(team).collect(), ..Definitions::default() };
    definitions.default_calendar = default.then(|| "1".to_owned());
    definitions.switches.calendar_binding = binding;
    definitions
}

/// A ticket of team 0 that was handed to others at instants after its creation.
pub(in crate::domain) fn handed_on(created: Timestamp, hands: &[(i64, usize)], definitions: &Definitions) -> Ticket {
    let line = |seq: usize, at: Timestamp, kind: &str, team: usize| {
        let text = format!(
            r#"{{"event_id":"{seq}","seq":{seq},"ts":"{at}","type":"{kind}","ticket":"1","data":{{"team":"{team}"}}}}"#
        );
        Event::parse(&text).expect("an event")
    };
    let mut events = vec![line(0, created, "ticket_created", 0)];
    let handed = hands.iter().enumerate();
    events.extend(handed.map(|(n, (after, team))| line(n + 1, created.plus_ms(*after), "assigned", *team)));
    fold(&key(), &events, definitions).expect("it was created")
}

/// Which team had it, by the list of changes.
pub(in crate::domain) fn team_at(at: Timestamp, created: Timestamp, hands: &[(i64, usize)]) -> usize {
    hands.iter().rev().find(|(after, _)| created.plus_ms(*after) <= at).map_or(0, |(_, team)| *team)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn each_stretch_is_measured_by_the_hours_of_the_team_that_had_the_ticket(
        (calendars, created) in two_calendars(),
        mut hands in prop::collection::vec((0..7 * DAY_MS, 0usize..3), 0..5),
        default in any::<bool>(),
        from in 0..5 * DAY_MS,
        length in prop_oneof![1 => Just(0), 9 => 0..3 * DAY_MS],
    ) {
        hands.sort_by_key(|(after, _)| *after);
        let (a, b) = (created.plus_ms(from), created.plus_ms(from + length));
        let oracles = calendars.each_ref().map(|c| Oracle::new(c, a, b));
        let open = |team: usize, a, b| match (team, default) {
            (0 | 1, _) => Some(oracles[team].business_ms(a, b)),
            (_, true) => Some(oracles[1].business_ms(a, b)),
            (_, false) => None,
        };
        let mut cuts: Vec<Timestamp> = hands.iter().map(|(after, _)| created.plus_ms(*after)).collect();
        cuts.retain(|at| a < *at && *at < b);
        let starts = std::iter::once(a).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([b]);
        let had = |at| team_at(at, created, &hands);
        let piecewise = starts.zip(ends).map(|(from, to)| open(had(from), from, to)).sum::<Option<i64>>();
        let expected = [
            (CalendarBinding::Piecewise, piecewise),
            (CalendarBinding::First, open(had(a), a, b)),
            (CalendarBinding::Last, open(had(b.plus_ms(-1).max(a)), a, b)),
        ];
        let mut definitions = definitions(calendars, default, CalendarBinding::Piecewise);
        for (binding, business_ms) in expected {
            definitions.switches.calendar_binding = binding;
            let ticket = handed_on(created, &hands, &definitions);
            let elapsed = ticket.elapsed(&definitions, a, b);
            prop_assert_eq!(elapsed, Elapsed { calendar_ms: b - a, business_ms }, "{:?}", binding);
        }
    }
}
