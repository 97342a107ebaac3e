//! The list that narrows an answer: to one value of a dimension, and back.
//!
//! It shows what the answer is narrowed to now, the way back, and beneath each dimension its values, those first that
//! the samples of the answer have most often. As many dimensions as there are share the places of the list.

use super::{LONGEST, MOST, menu};
use crate::domain::message::{Choice, Menu};
use crate::domain::names::{Dimension, GroupBy, capital};
use crate::domain::query::Filter;
use crate::grammar::{self, Call, MetricsCall};

/// The values an answer may be narrowed to, dimension by dimension, the most frequent first.
pub(in crate::commands) type Values<'a> = Vec<(Dimension, Vec<&'a str>)>;

/// Where the ways stand that are about no value.
const WHOLE: &str = "Tickets";

/// So many filters have a way of their own to be taken away.
const TAKEN_AWAY: usize = 3;

/// The list. In the channel of `own_team` that team is meant where none is named.
pub(super) fn narrowing(base: &MetricsCall, values: &Values<'_>, own_team: Option<&str>) -> Menu {
    let mut choices = whole(base, own_team);
    let groups: Vec<(Dimension, Vec<&str>)> = values
        .iter()
        .filter(|(dimension, _)| base.by != Some(GroupBy::Dimension(*dimension)))
        .map(|(dimension, values)| (*dimension, other_values(base, *dimension, values, own_team)))
        .collect();
    let lengths: Vec<usize> = groups.iter().map(|(_, values)| values.len()).collect();
    let shares = shares(MOST.saturating_sub(choices.len()), &lengths);
    for ((dimension, values), share) in groups.into_iter().zip(shares) {
        let name = capital(dimension.name());
        let group = match values.len() {
            all if all > share => format!("{name}: {share} of {all}"),
            _ => name,
        };
        let ways = values.iter().filter_map(|value| way_to(base, dimension, value));
        choices.extend(ways.take(share).map(|choice| Choice { group: Some(group.clone()), ..choice }));
    }
    Menu { label: "Filter".to_owned(), choices }
}

/// What is shown now, and the ways back from it.
fn whole(base: &MetricsCall, own_team: Option<&str>) -> Vec<Choice> {
    let all = match own_team {
        Some(team) => format!("Every ticket of {team}, the team of this channel"),
        None => "Every ticket".to_owned(),
    };
    let with = |filters: Vec<Filter>| MetricsCall { filters, ..base.clone() };
    let mut ways = Vec::new();
    if !base.filters.is_empty() {
        ways.push((format!("Only {}", words(&base.filters)), base.clone(), true));
    }
    ways.push((all, with(Vec::new()), base.filters.is_empty()));
    if base.filters.len() > 1 {
        for (n, filter) in base.filters.iter().enumerate().take(TAKEN_AWAY) {
            let mut rest = base.filters.clone();
            rest.remove(n);
            ways.push((format!("Without {}", words(std::slice::from_ref(filter))), with(rest), false));
        }
    }
    let choices = menu("", ways).choices;
    choices.into_iter().map(|choice| Choice { group: Some(WHOLE.to_owned()), ..choice }).collect()
}

/// The values of a dimension without the one that is shown alone already.
fn other_values<'v>(
    base: &MetricsCall,
    dimension: Dimension,
    values: &[&'v str],
    own_team: Option<&str>,
) -> Vec<&'v str> {
    let now = match base.filters.iter().filter(|filter| filter.dimension == dimension).collect::<Vec<_>>()[..] {
        [] if dimension == Dimension::Team => own_team,
        [Filter { values, exclude: false, .. }] if values.len() == 1 => values.first().map(String::as_str),
        _ => None,
    };
    values.iter().copied().filter(|value| Some(*value) != now).collect()
}

/// The way to a value of a dimension, if a choice can hold it. It takes the place of what is asked of that dimension now.
fn way_to(base: &MetricsCall, dimension: Dimension, value: &str) -> Option<Choice> {
    let mut filters = base.filters.clone();
    let place = filters.iter().position(|filter| filter.dimension == dimension).unwrap_or(filters.len());
    filters.retain(|filter| filter.dimension != dimension);
    filters.insert(
        place.min(filters.len()),
        Filter { dimension, values: vec![value.to_owned()], exclude: false, position: 0 },
    );
    let call = MetricsCall { filters, ..base.clone() };
    let command = grammar::unparse_within(&Call::Metrics(call), LONGEST)?;
    Some(Choice { label: value.to_owned(), group: None, command, chosen: false })
}

/// Filters as they are typed.
fn words(filters: &[Filter]) -> String {
    let call = MetricsCall { filters: filters.to_vec(), ..MetricsCall::default() };
    grammar::unparse(&Call::Metrics(call)).trim_start_matches("/metrics").trim().to_owned()
}

/// How many places each gets, in turn, until there are none left or all have what they need.
fn shares(places: usize, wanted: &[usize]) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    let mut left = places;
    while left > 0 && shares.iter().zip(wanted).any(|(share, wanted)| share < wanted) {
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if *share < *wanted && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::{Vocabulary, parse};

    fn list(text: &str, values: &Values<'_>, own_team: Option<&str>) -> Vec<(String, String)> {
        let Ok(Call::Metrics(call)) = parse(text, &Vocabulary::default()) else { panic!("{text}") };
        let menu = narrowing(&call, values, own_team);
        assert_eq!(menu.choices.iter().filter(|choice| choice.chosen).count(), 1, "{menu:?}");
        let shown = |choice: Choice| {
            let mark = if choice.chosen { "* " } else { "" };
            (format!("{mark}{}/{}", choice.group.unwrap_or_default(), choice.label), choice.command)
        };
        menu.choices.into_iter().map(shown).collect()
    }

    fn all(text: &str) -> Vec<(String, String)> {
        let values = vec![(Dimension::Team, vec!["billing", "tier 2"]), (Dimension::Channel, vec!["email"])];
        list(text, &values, None)
    }

    fn as_text(listed: &[(String, String)]) -> Vec<(&str, &str)> {
        listed.iter().map(|(label, command)| (label.as_str(), command.as_str())).collect()
    }

    #[test]
    fn an_answer_is_narrowed_to_a_value_and_back() {
        assert_eq!(
            as_text(&all("/metrics frt")),
            [
                ("* Tickets/Every ticket", "/metrics first_response_time"),
                ("Team/billing", "/metrics first_response_time team:billing"),
                ("Team/tier 2", "/metrics first_response_time team:\"tier 2\""),
                ("Channel/email", "/metrics first_response_time channel:email"),
            ]
        );
        assert_eq!(
            as_text(&all("/metrics frt team:billing -tag:spam by channel")),
            [
                (
                    "* Tickets/Only team:billing -tag:spam",
                    "/metrics first_response_time by channel team:billing -tag:spam"
                ),
                ("Tickets/Every ticket", "/metrics first_response_time by channel"),
                ("Tickets/Without team:billing", "/metrics first_response_time by channel -tag:spam"),
                ("Tickets/Without -tag:spam", "/metrics first_response_time by channel team:billing"),
                ("Team/tier 2", "/metrics first_response_time by channel team:\"tier 2\" -tag:spam"),
            ]
        );
    }

    #[test]
    fn the_team_of_the_channel_is_what_is_shown_without_a_word() {
        let values = vec![(Dimension::Team, vec!["billing", "technical"])];
        let listed = list("/metrics frt", &values, Some("billing"));
        assert_eq!(
            as_text(&listed),
            [
                ("* Tickets/Every ticket of billing, the team of this channel", "/metrics first_response_time"),
                ("Team/technical", "/metrics first_response_time team:technical"),
            ]
        );
        let elsewhere = list("/metrics frt team:technical", &values, Some("billing"));
        assert!(elsewhere.iter().any(|(label, _)| label == "Team/billing"), "{elsewhere:?}");
    }

    #[test]
    fn dimensions_share_the_places_and_say_what_is_left_out() {
        let tags: Vec<String> = (0..40).map(|n| format!("tag{n:02}")).collect();
        let values = vec![
            (Dimension::Team, vec!["billing"]),
            (Dimension::Channel, vec!["email", "chat"]),
            (Dimension::Tag, tags.iter().map(String::as_str).collect()),
        ];
        let listed = list("/metrics frt", &values, None);
        assert_eq!(listed.len(), MOST);
        assert_eq!(listed[1].0, "Team/billing");
        assert_eq!(listed.last().map(|(label, _)| label.as_str()), Some("Tag: 21 of 40/tag20"));
        assert_eq!(shares(4, &[9, 1, 9]), [2, 1, 1]);
    }

    #[test]
    fn a_value_too_long_to_come_back_is_left_out() {
        let long = "x".repeat(80);
        let listed = list("/metrics frt", &vec![(Dimension::Tag, vec![&long, "vip"])], None);
        assert_eq!(listed.last().map(|(label, _)| label.as_str()), Some("Tag/vip"));
        assert_eq!(listed.len(), 2);
    }
}
