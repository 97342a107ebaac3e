//! What stands under an answer: lists that change it where it stands, and buttons for the next questions.
//!
//! Each carries the whole command it stands for, so that it works at any age of the message and after a restart. A
//! command that no platform can carry is left out.

mod filters;

pub(super) use filters::Values;

use super::speech::button;
use super::{BUTTON_BYTES as LONGEST, LAST_WEEK as WEEK};
use crate::domain::message::{Action, ActionKind, Choice, Menu};
use crate::domain::names::{Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::{PeriodSpec, PeriodUnit, RollingUnit, Versus, View};
use crate::grammar::{self, Call, MetricsCall};

/// As many choices as every platform shows.
const MOST: usize = 25;

const PERIODS: [(&str, PeriodSpec); 14] = [
    ("Today", PeriodSpec::Today),
    ("Yesterday", PeriodSpec::Yesterday),
    ("Last 24 hours", PeriodSpec::Last(24, RollingUnit::Hours)),
    ("Last 7 days", WEEK),
    ("Last 30 days", PeriodSpec::Last(30, RollingUnit::Days)),
    ("Last 90 days", PeriodSpec::Last(90, RollingUnit::Days)),
    ("Last 12 months", PeriodSpec::Last(12, RollingUnit::Months)),
    ("This week", PeriodSpec::This(PeriodUnit::Week)),
    ("Last week", PeriodSpec::LastWhole(PeriodUnit::Week)),
    ("This month", PeriodSpec::This(PeriodUnit::Month)),
    ("Last month", PeriodSpec::LastWhole(PeriodUnit::Month)),
    ("This quarter", PeriodSpec::This(PeriodUnit::Quarter)),
    ("Last quarter", PeriodSpec::LastWhole(PeriodUnit::Quarter)),
    ("This year", PeriodSpec::This(PeriodUnit::Year)),
];

const VERSUS: [(&str, Versus); 6] = [
    ("vs the period before", Versus::Previous),
    ("vs a week earlier", Versus::LastWeek),
    ("vs a month earlier", Versus::LastMonth),
    ("vs a year earlier", Versus::LastYear),
    ("vs the average of four", Versus::Average),
    ("vs nothing", Versus::None),
];

/// Who asks, as far as it matters for what is offered.
pub(super) struct Offer<'a> {
    /// Figures of single agents are shown to them.
    pub(super) agents: bool,
    /// What the answer can be narrowed to.
    pub(super) values: Values<'a>,
    /// The team meant where none is named.
    pub(super) own_team: Option<&'a str>,
}

/// The lists under an answer: period, breakdown, comparison, filter. One of which nothing can be chosen is left out.
pub(super) fn menus(call: &MetricsCall, offer: &Offer<'_>) -> Vec<Menu> {
    let base = MetricsCall { share: false, ..call.clone() };
    let is_number = call.view == View::Number;
    let mut menus = vec![menu("Period", periods(&base))];
    if is_number {
        menus.push(menu("Breakdown", breakdowns(&base, offer.agents)));
        menus.push(menu("Comparison", comparisons(&base)));
    }
    menus.push(filters::narrowing(&base, &offer.values, offer.own_team));
    menus.retain(|menu| menu.choices.len() > 1);
    menus
}

/// Buttons under an answer: the next questions people ask.
pub(super) fn actions(call: &MetricsCall) -> Vec<Action> {
    let quiet = MetricsCall { share: false, ..call.clone() };
    let is_named = !call.metrics.is_empty() && call.metrics != [MetricId::Scorecard];
    let is_number = call.view == View::Number;
    let shown = |view| MetricsCall { view, by: None, ..quiet.clone() };
    let next = [
        (!is_number).then(|| button("The number", shown(View::Number))),
        (is_named && call.view != View::Explanation).then(|| button("Explain", shown(View::Explanation))),
        (is_named && call.view != View::Tickets).then(|| button("List tickets", shown(View::Tickets))),
        export(call),
        (!call.share).then(|| button("Share", MetricsCall { share: true, ..call.clone() })),
    ];
    next.into_iter().flatten().flatten().collect()
}

/// The rows come beside the answer, not in its place; below one that everybody sees, for everybody.
fn export(call: &MetricsCall) -> Option<Option<Action>> {
    let call = MetricsCall { view: View::Rows, by: None, versus: Versus::default(), ..call.clone() };
    let command = grammar::unparse_within(&Call::Metrics(call), LONGEST)?;
    Some(Some(Action { label: "Export CSV".to_owned(), does: ActionKind::Command(command) }))
}

fn menu(label: &str, choices: Vec<(String, MetricsCall, bool)>) -> Menu {
    let choice = |(label, call, chosen): (String, MetricsCall, bool)| {
        let command = grammar::unparse_within(&Call::Metrics(call), LONGEST)?;
        Some(Choice { label, group: None, command, chosen })
    };
    Menu { label: label.to_owned(), choices: choices.into_iter().filter_map(choice).take(MOST).collect() }
}

fn periods(base: &MetricsCall) -> Vec<(String, MetricsCall, bool)> {
    let asked = base.period.unwrap_or(WEEK);
    let with = |spec| MetricsCall { period: (spec != WEEK).then_some(spec), ..base.clone() };
    let usual = PERIODS.iter().map(|(label, spec)| ((*label).to_owned(), with(*spec), *spec == asked));
    // One that is not in the list is shown as chosen all the same.
    let own = (PERIODS.iter().all(|(_, spec)| *spec != asked)).then(|| (grammar::period(asked), base.clone(), true));
    own.into_iter().chain(usual).collect()
}

fn breakdowns(base: &MetricsCall, agents: bool) -> Vec<(String, MetricsCall, bool)> {
    let with = |by: Option<GroupBy>| MetricsCall { by, ..base.clone() };
    let is_open = |by: &GroupBy| agents || *by != GroupBy::Dimension(Dimension::Agent);
    let label = |by: GroupBy| match by {
        GroupBy::Time(TimeUnit::Hour) => "By hour of the day".to_owned(),
        GroupBy::Time(TimeUnit::Weekday) => "By day of the week".to_owned(),
        by => format!("By {}", by.name()),
    };
    let none = ("No breakdown".to_owned(), with(None), base.by.is_none());
    let all = GroupBy::ALL.into_iter().filter(is_open);
    std::iter::once(none).chain(all.map(|by| (label(by), with(Some(by)), base.by == Some(by)))).collect()
}

fn comparisons(base: &MetricsCall) -> Vec<(String, MetricsCall, bool)> {
    let with = |versus| MetricsCall { versus, ..base.clone() };
    VERSUS.iter().map(|(label, versus)| ((*label).to_owned(), with(*versus), base.versus == *versus)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::{Vocabulary, parse};

    const OPEN: Offer<'static> = Offer { agents: true, values: Vec::new(), own_team: None };

    fn vocabulary() -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for team in ["billing", "technical", "team with a name"] {
            vocabulary.add(Dimension::Team, team);
        }
        vocabulary
    }

    fn call(text: &str) -> MetricsCall {
        match parse(text, &vocabulary()).expect("a question") {
            Call::Metrics(call) => call,
            other => panic!("{other:?}"),
        }
    }

    fn labels(actions: &[Action]) -> Vec<&str> {
        actions.iter().map(|action| action.label.as_str()).collect()
    }

    fn chosen(menus: &[Menu]) -> Vec<&str> {
        let chosen = |menu: &'_ Menu| menu.choices.iter().filter(|c| c.chosen).count();
        assert!(menus.iter().all(|menu| chosen(menu) == 1), "{menus:?}");
        menus.iter().flat_map(|menu| menu.choices.iter().filter(|c| c.chosen).map(|c| c.label.as_str())).collect()
    }

    #[test]
    fn an_answer_leads_to_the_next_questions() {
        assert_eq!(labels(&actions(&call("/metrics"))), ["Export CSV", "Share"]);
        assert_eq!(labels(&actions(&call("/metrics frt"))), ["Explain", "List tickets", "Export CSV", "Share"]);
        assert_eq!(labels(&actions(&call("/metrics frt share"))), ["Explain", "List tickets", "Export CSV"]);
        assert_eq!(
            labels(&actions(&call("/metrics explain frt"))),
            ["The number", "List tickets", "Export CSV", "Share"]
        );
        let listed = actions(&call("/metrics list frt today share"));
        let commands: Vec<_> = listed.iter().map(|action| &action.does).collect();
        let refines = |text: &str| ActionKind::Refine(text.to_owned());
        assert_eq!(
            commands,
            [
                &refines("/metrics first_response_time today"),
                &refines("/metrics explain first_response_time today"),
                &ActionKind::Command("/metrics export first_response_time today share".to_owned()),
            ]
        );
    }

    #[test]
    fn lists_show_what_was_asked_as_chosen() {
        let offer = Offer { values: vec![(Dimension::Team, vec!["billing", "technical"])], ..OPEN };
        let table: [(&str, &[&str]); 6] = [
            ("/metrics", &["Last 7 days", "No breakdown", "vs the period before", "Every ticket"]),
            ("/metrics frt 7d share", &["Last 7 days", "No breakdown", "vs the period before", "Every ticket"]),
            (
                "/metrics csat last month by week vs last-year team:billing",
                &["Last month", "By week", "vs a year earlier", "Only team:billing"],
            ),
            ("/metrics frt 3w by team vs none", &["3w", "By team", "vs nothing"]),
            ("/metrics explain frt today", &["Today", "Every ticket"]),
            (
                "/metrics frt -team:billing",
                &["Last 7 days", "No breakdown", "vs the period before", "Only -team:billing"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(chosen(&menus(&call(text), &offer)), expected, "{text}");
        }
    }

    #[test]
    fn every_choice_is_the_same_question_but_for_one_thing() {
        let offer = Offer {
            values: vec![
                (Dimension::Team, vec!["billing", "technical", "team with a name"]),
                (Dimension::Tag, vec!["vip", "bug"]),
            ],
            ..OPEN
        };
        for text in ["/metrics", "/metrics frt csat 3w by agent vs yoy team:billing tag:vip", "/metrics list frt"] {
            let (asked, vocabulary) = (call(text), vocabulary());
            for menu in menus(&asked, &offer) {
                for choice in &menu.choices {
                    let Ok(Call::Metrics(new)) = parse(&choice.command, &vocabulary) else { panic!("{choice:?}") };
                    let same = [
                        new.period.unwrap_or(WEEK) == asked.period.unwrap_or(WEEK),
                        new.by == asked.by,
                        new.versus == asked.versus,
                        grammar::unparse(&Call::Metrics(MetricsCall { filters: new.filters.clone(), ..asked.clone() }))
                            == grammar::unparse(&Call::Metrics(asked.clone())),
                    ];
                    let changed = same.iter().filter(|same| !**same).count();
                    assert_eq!(changed, usize::from(!choice.chosen), "{}: {choice:?}", menu.label);
                    assert_eq!((new.view, &new.metrics), (asked.view, &asked.metrics), "{choice:?}");
                    assert!(choice.command.len() <= LONGEST);
                }
            }
        }
    }

    #[test]
    fn agents_are_offered_to_whom_they_are_shown_and_the_team_of_the_channel_by_its_name() {
        let offer = Offer {
            agents: false,
            values: vec![(Dimension::Team, vec!["billing", "technical"])],
            own_team: Some("billing"),
        };
        let menus = menus(&call("/metrics frt"), &offer);
        assert!(menus.iter().flat_map(|menu| &menu.choices).all(|choice| !choice.command.contains("agent")));
        let teams: Vec<&str> = menus[3].choices.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(teams, ["Every ticket of billing, the team of this channel", "technical"]);
    }

    #[test]
    fn a_choice_that_is_too_long_to_come_back_is_left_out() {
        let long = call(&format!("/metrics frt tag:{}", "x".repeat(64)));
        let menus = menus(&long, &OPEN);
        let labels: Vec<&str> = menus.iter().flat_map(|menu| menu.choices.iter().map(|c| c.label.as_str())).collect();
        assert!(labels.contains(&"Today") && !labels.contains(&"vs a year earlier"), "{labels:?}");
    }
}
