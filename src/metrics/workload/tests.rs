//! Laws and corners of the workload metrics; the worked examples are in `tests/golden`.

use std::sync::Arc;

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::domain::calendar::{Calendar, CalendarDefinition};
use crate::domain::columns::Samples;
use crate::domain::definitions::{Definitions, SolvedCount, Team};
use crate::domain::event::{Initiator, PresenceState, Status};
use crate::domain::names::{Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::need::Need;
use crate::domain::query::Filter;
use crate::domain::sample::{Dimensions, Sample, SampleFact, TicketKey};
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{Answer, Figures, Particulars, Reason, Row};
use crate::metrics::period::Period;
use crate::metrics::tests::{DAY, HOUR, MONDAY, Story, asking, samples, story, week};
use crate::metrics::{Query, compute};

/// Tickets in the week before [`MONDAY`], hours after its beginning.
#[derive(Default)]
struct Desk {
    samples: Vec<Sample>,
    definitions: Definitions,
}

impl Desk {
    fn add(&mut self, hour: i64, until: Option<i64>, dimensions: Dimensions, fact: SampleFact) -> &mut Self {
        let at = |hour: i64| MONDAY.plus_ms(-7 * DAY + hour * HOUR);
        let id = format!("T{}", self.samples.len());
        self.samples.push(Sample {
            ticket: TicketKey { source: "desk".into(), id },
            at: at(hour),
            until: until.map(at),
            customer: None,
            dimensions,
            fact,
            names: Vec::new(),
            text: None,
        });
        self
    }

    fn created(&mut self, hour: i64, dimensions: Dimensions) -> &mut Self {
        self.add(hour, None, dimensions, SampleFact::Created { initiator: Initiator::Customer })
    }

    fn several(&mut self, n: usize, hour: i64, category: &str) -> &mut Self {
        (0..n).fold(self, |desk, _| desk.created(hour, about(category)))
    }

    fn open(&mut self, hour: i64, agent: &str, unread: bool) -> &mut Self {
        let created = MONDAY.plus_ms(-7 * DAY + hour * HOUR);
        self.add(hour, None, by(agent), SampleFact::Open { status: Status::Open, created, updated: None, unread })
    }

    fn by_customer(&mut self, customer: &str) -> &mut Self {
        let last = self.samples.last_mut().expect("a ticket before its customer");
        last.customer = Some(customer.to_owned());
        self
    }

    fn answer(&self, id: MetricId, query: Query) -> Answer {
        let samples = Samples::from_samples(self.samples.clone());
        compute(&Query { metrics: vec![id], ..query }, &self.definitions, &samples).metrics.remove(0)
    }

    fn ask(&self, id: MetricId) -> Figures {
        self.answer(id, week()).figures
    }
}

fn about(category: &str) -> Dimensions {
    Dimensions { category: Some(category.to_owned()), ..Dimensions::default() }
}

fn tagged(tags: &[&str]) -> Dimensions {
    Dimensions { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..Dimensions::default() }
}

fn by(agent: &str) -> Dimensions {
    Dimensions { agent: Some(agent.to_owned()).filter(|agent| !agent.is_empty()), ..Dimensions::default() }
}

fn said(figures: &Figures, say: impl Fn(&Row) -> Option<String>) -> String {
    figures.rows.iter().flatten().filter_map(say).collect::<Vec<_>>().join(", ")
}

#[test]
fn of_equal_hours_and_days_the_first_is_the_peak() {
    let mut desk = Desk::default();
    desk.created(33, Dimensions::default()).created(9, Dimensions::default()).created(14, Dimensions::default());
    desk.created(38, Dimensions::default());
    let Particulars::Peak(peak) = desk.ask(MetricId::PeakHours).detail.particulars else { panic!("a peak") };
    assert_eq!((peak.hour, peak.then, peak.indicative), (9, Some(14), true));
    assert_eq!((peak.heat[0][9], peak.heat[1][9], peak.heat[2][9]), (Some(1.0), Some(1.0), Some(0.0)));
    let busiest = desk.ask(MetricId::BusiestDay);
    assert_eq!((busiest.value, busiest.detail.particulars), (Some(2.0), Particulars::Busiest { day: "mon" }));
}

#[test]
fn nothing_came_means_no_peak() {
    for id in [MetricId::PeakHours, MetricId::BusiestDay] {
        let figures = Desk::default().ask(id);
        assert_eq!((figures.value, figures.n), (None, Some(0)), "{id}");
    }
}

#[test]
fn all_of_time_begins_with_the_first_ticket() {
    let mut desk = Desk::default();
    desk.created(9, Dimensions::default());
    let all = Query { period: Period { from: Timestamp(0), to: MONDAY }, ..week() };
    assert_eq!(desk.answer(MetricId::PeakHours, all.clone()).figures.value, Some(1.0 / 7.0));
    assert_eq!(desk.answer(MetricId::BusiestDay, all).figures.value, Some(1.0));
}

#[test]
fn holidays_may_be_left_out_on_both_sides() {
    let mut desk = Desk::default();
    // The week before, and the holiday on its Tuesday.
    for hour in [-7 * 24 + 9, 33, 33, 33] {
        desk.created(hour, Dimensions::default());
    }
    let holiday = NaiveDate::from_ymd_opt(2026, 11, 10).expect("a date");
    let calendar = CalendarDefinition {
        timezone: "Europe/Berlin".to_owned(),
        hours: Default::default(),
        holidays: [holiday].into(),
        special: Default::default(),
    };
    desk.definitions.calendars =
        [("office".to_owned(), Arc::new(Calendar::new(calendar).expect("a valid calendar")))].into();
    desk.definitions.default_calendar = Some("office".to_owned());
    let fortnight = Query { period: Period { from: MONDAY.plus_ms(-14 * DAY), to: MONDAY }, ..week() };
    let day = |query| {
        let figures = desk.answer(MetricId::BusiestDay, query).figures;
        (figures.detail.particulars, figures.value)
    };
    assert_eq!(day(fortnight.clone()), (Particulars::Busiest { day: "tue" }, Some(1.5)));
    let skipping = Query { variant: Some("skip_holidays".to_owned()), ..fortnight };
    assert_eq!(day(skipping), (Particulars::Busiest { day: "mon" }, Some(0.5)));
}

#[test]
fn the_holidays_of_a_team_are_found_however_its_name_is_written() {
    let mut desk = Desk::default();
    desk.created(33, Dimensions { team: Some("Billing".to_owned()), ..Dimensions::default() });
    let calendar = |holidays: &[&str]| CalendarDefinition {
        timezone: "Europe/Berlin".to_owned(),
        hours: Default::default(),
        holidays: holidays.iter().map(|date| date.parse().expect("a date")).collect(),
        special: Default::default(),
    };
    desk.definitions.calendars = [("office", calendar(&[])), ("bank", calendar(&["2026-11-10"]))]
        .map(|(name, calendar)| (name.to_owned(), Arc::new(Calendar::new(calendar).expect("a valid calendar"))))
        .into();
    desk.definitions.default_calendar = Some("office".to_owned());
    desk.definitions.teams =
        vec![Team { name: "Billing".to_owned(), calendar: Some("bank".to_owned()), ..Team::default() }];
    for name in ["Billing", "billing"] {
        let dimension = Dimension::Team;
        let filters = vec![Filter { dimension, values: vec![name.to_owned()], exclude: false, position: 0 }];
        let query = Query { filters, variant: Some("skip_holidays".to_owned()), ..week() };
        // The only ticket came on the holiday.
        assert_eq!(desk.answer(MetricId::BusiestDay, query).figures.n, Some(0), "{name}");
    }
}

#[test]
fn of_many_categories_chance_makes_no_spike() {
    // 9 after 2 are 2.11 standard deviations.
    let spikes = |others: usize| {
        let mut desk = Desk::default();
        desk.several(9, 1, "billing").several(2, -100, "billing");
        (0..others).for_each(|n| {
            desk.created(50, about(&format!("other {n}")));
        });
        desk.ask(MetricId::IssueSpike).value
    };
    assert_eq!(spikes(19), Some(1.0));
    assert_eq!(spikes(20), Some(0.0));
}

#[test]
fn the_course_of_a_backlog_is_how_much_lay_there_each_evening_however_it_is_broken_down() {
    let mut desk = Desk::default();
    desk.open(1, "ana", false).open(30, "ben", false).open(31, "ben", false);
    let variant = Some("backlog".to_owned());
    let by = Some(GroupBy::Time(TimeUnit::Day));
    let broken_down = desk.answer(MetricId::WorkloadBreakdown, Query { variant, by, ..week() });
    let plain = desk.answer(MetricId::Backlog, Query { by, ..week() });
    let course = |answer: &Answer| answer.series.iter().map(|point| point.value).collect::<Vec<_>>();
    assert_eq!(course(&broken_down), [1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0].map(Some));
    assert_eq!(course(&broken_down), course(&plain));
    let days = |answer: &Answer| answer.groups.iter().map(|day| day.figures.value).collect::<Vec<_>>();
    assert_eq!(days(&broken_down), days(&plain));
}

#[test]
fn nothing_spikes_next_to_a_time_of_which_nothing_is_known() {
    let mut desk = Desk::default();
    for hour in 1..10 {
        desk.created(hour, about("login"));
    }
    let since = |days: i64, id| {
        let history = [(Need::Tickets, MONDAY.plus_ms(-days * DAY)), (Need::Category, Timestamp::MIN)];
        let history = Some(history.into());
        let compared = vec![Period { from: MONDAY.plus_ms(-14 * DAY), to: MONDAY.plus_ms(-7 * DAY) }];
        desk.answer(id, Query { history, compared, ..week() }).figures
    };
    let known = since(14, MetricId::IssueSpike);
    assert_eq!((known.value, known.rows.map(|rows| rows.len())), (Some(1.0), Some(1)));
    for days in [7, 10] {
        let figures = since(days, MetricId::IssueSpike);
        assert_eq!((figures.value, figures.rows), (None, None), "{days} days");
        assert!(matches!(figures.reason, Some(Reason::HistoryStarts(_))), "{days} days");
    }
    let before = |row: &Row| match row {
        Row::Issue(row) => Some(format!("{:?} {:?}", row.previous, row.significant)),
        _ => None,
    };
    let issues = [14, 10, 7].map(|days| said(&since(days, MetricId::TopIssues), before));
    assert_eq!(issues, ["Some(0) Some(true)", "Some(0) None", "None None"]);
}

#[test]
fn a_spike_needs_enough_tickets_and_enough_growth() {
    let spike = |now: usize, before: usize, definitions: &Definitions| {
        let mut desk = Desk { definitions: definitions.clone(), ..Desk::default() };
        desk.several(now, 1, "billing").several(before, -1, "billing");
        desk.ask(MetricId::IssueSpike).value == Some(1.0)
    };
    let usual = Definitions::default();
    assert!(spike(5, 0, &usual) && !spike(4, 0, &usual));
    assert!(!spike(140, 100, &usual), "clear, but not half as much again");
    let mut eager = Definitions::default();
    eager.switches.spike_min_growth = 0.3;
    assert!(spike(140, 100, &eager));
    eager.switches.spike_min_count = 141;
    assert!(!spike(140, 100, &eager));
    let mut strict = Definitions::default();
    strict.switches.spike_z = 2.5;
    assert!(spike(9, 2, &usual) && !spike(9, 2, &strict));
}

#[test]
fn issues_are_ranked_and_compared() {
    let mut desk = Desk::default();
    for (hour, category) in [(1, "login"), (2, "billing"), (3, "billing"), (4, "app"), (-1, "billing")] {
        desk.created(hour, about(category));
    }
    desk.created(5, Dimensions::default());
    let before = Period { from: MONDAY.plus_ms(-14 * DAY), to: MONDAY.plus_ms(-7 * DAY) };
    let figures = desk.answer(MetricId::TopIssues, Query { compared: vec![before], ..week() }).figures;
    let issue = |row: &Row| match row {
        Row::Issue(r) => Some(format!("{} {} {} was {:?} {:?}", r.rank, r.category, r.tickets, r.previous, r.change)),
        _ => None,
    };
    assert_eq!(
        said(&figures, issue),
        "1 billing 2 was Some(1) Some(1.0), 2 app 1 was Some(0) None, 3 login 1 was Some(0) None"
    );
    assert_eq!(figures.detail.particulars, Particulars::Issues { total: 5, uncategorised: 1 });
}

#[test]
fn tags_may_stand_for_categories() {
    let mut desk = Desk::default();
    desk.created(1, tagged(&["login", "vip"])).created(2, tagged(&["login"])).created(3, Dimensions::default());
    let by_tag = Query { variant: Some("tag".to_owned()), ..week() };
    let figures = desk.answer(MetricId::TopIssues, by_tag).figures;
    let issue = |row: &Row| if let Row::Issue(r) = row { Some(format!("{} {:.2}", r.category, r.share)) } else { None };
    assert_eq!(said(&figures, issue), "login 0.67, vip 0.33");
}

#[test]
fn one_loud_customer_does_not_lead_the_feedback() {
    let mut desk = Desk::default();
    desk.definitions.switches.feedback_categories = vec!["Bug".into()];
    for hour in 0..4 {
        desk.created(hour, tagged(&["area:exports", "bug"])).by_customer("loud");
    }
    desk.created(5, Dimensions { category: Some("bug".into()), ..tagged(&["area:search"]) }).by_customer("a");
    desk.created(6, tagged(&["area:search", "bug"])).by_customer("b");
    desk.created(7, tagged(&["bug"]));
    desk.created(8, tagged(&["area:search"])).by_customer("c");
    let figures = desk.ask(MetricId::ProductFeedbackVolume);
    let area = |row: &Row| match row {
        Row::Feedback(r) => Some(format!("{} {} of {}", r.area.as_deref().unwrap_or("-"), r.tickets, r.customers)),
        _ => None,
    };
    assert_eq!(said(&figures, area), "search 2 of 2, exports 4 of 1, - 1 of 0");
    assert_eq!(figures.value, Some(7.0));
}

#[test]
fn without_categories_there_is_no_feedback() {
    let mut desk = Desk::default();
    desk.created(1, tagged(&["bug"]));
    let answer = desk.answer(MetricId::ProductFeedbackVolume, week());
    assert_eq!(answer.figures.value, None);
    assert!(answer.needs.is_some_and(|needs| needs.contains("feedback.categories")));
}

#[test]
fn the_backlog_may_leave_out_young_tickets_and_what_does_not_wait_for_us() {
    let mut desk = Desk::default();
    desk.open(0, "ana", true).open(24, "ana", false).open(160, "ben", false);
    let created = MONDAY.plus_ms(-7 * DAY);
    desk.add(0, None, by("cem"), SampleFact::Open { status: Status::Pending, created, updated: None, unread: true });
    assert_eq!(desk.ask(MetricId::Backlog).value, Some(4.0));
    assert_eq!(desk.ask(MetricId::UnreadTickets).value, Some(2.0));
    let actionable = Query { variant: Some("actionable".to_owned()), ..week() };
    assert_eq!(desk.answer(MetricId::Backlog, actionable).figures.value, Some(3.0));
    desk.definitions.switches.backlog_min_age = 6.0;
    assert_eq!(desk.ask(MetricId::Backlog).value, Some(3.0));
    assert_eq!(desk.ask(MetricId::BacklogAge).n, Some(3));
    assert_eq!(desk.ask(MetricId::NetFlow).value, Some(4.0), "the flow counts every ticket");
}

#[test]
fn a_ticket_ages_from_its_creation_or_from_its_last_update() {
    let mut desk = Desk::default();
    let created = MONDAY.plus_ms(-10 * DAY);
    let stretch = |updated| SampleFact::Open { status: Status::Open, created, updated, unread: false };
    desk.add(120, None, by("ana"), stretch(None));
    assert_eq!(desk.ask(MetricId::BacklogAge).value, Some(864_000.0));
    let mut desk = Desk::default();
    desk.add(120, None, by("ana"), stretch(Some(MONDAY.plus_ms(-3 * DAY))));
    assert_eq!(desk.ask(MetricId::BacklogAge).value, Some(259_200.0));
}

#[test]
fn a_ticket_solved_twice_counts_as_often_as_the_switch_says() {
    let solve = |last| SampleFact::Solve {
        elapsed: None,
        last,
        reopens: u32::from(!last),
        hard_reopens: u32::from(!last),
        human: true,
    };
    let mut desk = Desk::default();
    desk.add(1, None, by("ana"), solve(false)).add(9, None, by("ana"), solve(true)).add(9, None, by(""), solve(true));
    assert_eq!(desk.ask(MetricId::TicketsSolved).value, Some(2.0));
    let figures = desk.ask(MetricId::SolvedPerAgent);
    assert_eq!((figures.value, figures.n), (Some(1.0), Some(2)));
    assert_eq!(figures.detail.particulars, Particulars::Solvers { people: 1, unassigned: 1 });
    desk.definitions.switches.solved_count = SolvedCount::Events;
    assert_eq!(desk.ask(MetricId::TicketsSolved).value, Some(3.0));
    assert_eq!(desk.ask(MetricId::SolvedPerAgent).value, Some(2.0));
}

#[test]
fn who_is_away_carries_nothing() {
    let mut desk = Desk::default();
    desk.open(0, "ana", false).open(1, "ana", false).open(2, "ben", false).open(3, "cem", false).open(4, "", false);
    assert_eq!(desk.ask(MetricId::AssignmentShare).detail.particulars, Particulars::Loads { people: 3 });
    // Cem worked the week before and not since; of Ana nothing is known; Ben is at work.
    desk.add(-50, Some(-42), by("cem"), SampleFact::Shift {});
    desk.add(5, Some(13), by("cem"), SampleFact::Presence { state: PresenceState::Offline });
    desk.add(5, Some(13), by("ben"), SampleFact::Shift {});
    let figures = desk.ask(MetricId::AssignmentShare);
    assert_eq!(figures.detail.particulars, Particulars::Loads { people: 2 });
    let balance = figures.value.expect("two people carry tickets");
    assert!((balance - (1.0 - 1.0 / 6.0)).abs() < 1e-12, "{balance}");
}

#[test]
fn single_people_are_named_only_to_those_who_may_see_them() {
    let mut desk = Desk::default();
    desk.open(0, "ana", false).add(1, None, by("ana"), SampleFact::Sent {});
    for id in [MetricId::AssignmentShare, MetricId::RepliesSent, MetricId::SolvedPerAgent] {
        let told = |people| desk.answer(id, Query { people, ..week() }).figures;
        assert!(told(true).rows.is_some(), "{id}");
        assert_eq!((told(false).rows, told(false).value), (None, told(true).value), "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_backlog_closes_with_what_was_created_and_reopened_less_what_was_solved(
        stories in prop::collection::vec(story(), 0..40),
    ) {
        let samples = samples(&stories, MONDAY);
        let Particulars::Flow { opening, closing } = asking(MetricId::NetFlow, &week(), &samples).detail.particulars
        else { panic!("a flow") };
        // What happens at the very end of the period belongs after the snapshot.
        let counts = |at: Timestamp| week().period.contains(at) && at < MONDAY;
        let count = |when: fn(&Story) -> Option<Timestamp>| {
            stories.iter().filter_map(when).filter(|at| counts(*at)).count() as i64
        };
        let created = count(|s| Some(s.created));
        let solved = count(|s| s.solve_after.map(|after| s.created.plus_ms(after)));
        let reopened = count(|s| {
            s.solve_after.filter(|after| s.reopened && s.created.plus_ms(*after) <= MONDAY)
                .map(|after| s.created.plus_ms(after + 1))
        });
        prop_assert_eq!(closing as i64, opening as i64 + created + reopened - solved);
    }

    #[test]
    fn shares_of_a_dimension_with_one_value_sum_to_one(
        stories in prop::collection::vec(story(), 1..40),
        dimension in prop::sample::select(&[Dimension::Team, Dimension::Agent, Dimension::Channel, Dimension::Priority][..]),
        variant in prop::sample::select(&["volume", "solved", "backlog"][..]),
    ) {
        let query = Query {
            by: Some(GroupBy::Dimension(dimension)),
            variant: Some(variant.to_owned()),
            ..week()
        };
        let figures = asking(MetricId::WorkloadBreakdown, &query, &samples(&stories, MONDAY));
        let shares = |row: &Row| if let Row::Share(r) = row { Some((r.share, r.tickets)) } else { None };
        let rows: Vec<(f64, u64)> = figures.rows.iter().flatten().filter_map(shares).collect();
        prop_assert_eq!(rows.iter().map(|(_, n)| *n as f64).sum::<f64>(), figures.value.unwrap_or_default());
        if !rows.is_empty() {
            prop_assert!((rows.iter().map(|(share, _)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_hours_hold_every_ticket(stories in prop::collection::vec(story(), 1..40)) {
        let samples = samples(&stories, MONDAY);
        let hours = asking(MetricId::PeakHours, &week(), &samples);
        let volume = asking(MetricId::TicketVolume, &week(), &samples).value.unwrap_or_default();
        let counts = |row: &Row| if let Row::Hour(r) = row { Some((r.tickets, r.slots)) } else { None };
        let rows: Vec<(u64, f64)> = hours.rows.iter().flatten().filter_map(counts).collect();
        prop_assert_eq!(rows.iter().map(|(n, _)| *n as f64).sum::<f64>(), volume);
        prop_assert_eq!(rows.iter().map(|(_, slots)| slots).sum::<f64>(), 168.0);
    }
}
