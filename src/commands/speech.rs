//! What the desk says besides numbers: refusals, and the buttons that refine an answer.

use super::{BUTTON_BYTES, Refusal};
use crate::domain::message::{Action, ActionKind, Block, Message, Text, Tone};
use crate::domain::names::{Dimension, GroupBy, MetricId, capital};
use crate::domain::query::{PeriodSpec, RollingUnit, Versus, View};
use crate::grammar::{self, Call, MetricsCall};
use crate::metrics::Report;

/// Says what was wrong, where, and how to mend it.
///
/// `is_question` tells whether a command would be understood: a button must work.
pub(super) fn refusal(refusal: &Refusal, is_question: impl Fn(&str) -> bool) -> Message {
    match refusal {
        Refusal::Grammar { text, error } => Message {
            tone: Tone::Warning,
            title: "That is not a question I know".to_owned(),
            blocks: vec![Block::Text(Text::plain(error.to_string())), Block::Code(error.pointer(text))],
            actions: error
                .suggestions
                .iter()
                .map(|word| (word, error.corrected(text, word)))
                .filter(|(_, command)| command.len() <= BUTTON_BYTES && is_question(command))
                .take(3)
                .map(|(word, command)| Action { label: format!("Use {word}"), does: ActionKind::Command(command) })
                .collect(),
            footer: vec![Text::plain("/bell help shows every word with an example")],
            ..Message::default()
        },
        Refusal::Access(why) => {
            Message { tone: Tone::Warning, title: format!("Not shown: {why}"), ..Message::default() }
        }
        Refusal::Ticket(why) => Message { tone: Tone::Warning, title: capital(why), ..Message::default() },
        Refusal::NoData | Refusal::NotOfRows(_) | Refusal::Store(_) | Refusal::NotNoted(_) => {
            Message { tone: Tone::Bad, title: capital(&refusal.to_string()), ..Message::default() }
        }
    }
}

/// What else the words may have meant, in a line (kpis.md 6.1).
pub(super) fn also(call: &MetricsCall, also: &[MetricId]) -> Option<Block> {
    let others: Vec<&str> =
        also.iter().filter(|other| !call.metrics.contains(other)).map(|other| other.name()).collect();
    let is_of_agents = |id: &MetricId| matches!(id.id(), "agent_utilization" | "agent_occupancy");
    let difference = if also.iter().any(is_of_agents) {
        " Utilization is the share of paid time spent working; occupancy the share of the time people were there for work."
    } else {
        ""
    };
    let line = format!("The same words also stand for: {}.{difference}", others.join(", "));
    (!others.is_empty()).then(|| Block::Text(Text::plain(line)))
}

/// Buttons for what else the words may have meant.
pub(super) fn other_meanings(call: &MetricsCall, also: &[MetricId]) -> Vec<Action> {
    let others = also.iter().filter(|other| !call.metrics.contains(other));
    let other = |other: &MetricId| {
        let label = other.name().split(" (").next().unwrap_or(other.name());
        button(label, MetricsCall { metrics: vec![*other], ..call.clone() })
    };
    others.filter_map(other).collect()
}

/// How to get all of a list of which people saw the beginning.
pub(super) fn way_to_all(call: &MetricsCall, report: &Report) -> Option<Block> {
    let is_longer = report.metrics.iter().any(|answer| {
        let listed = answer.tickets.as_ref().map_or(0, |listing| listing.rows.len());
        listed.max(answer.figures.rows.as_ref().map_or(0, Vec::len)) > super::SHOWN
    });
    let chosen = MetricsCall { period: call.period, filters: call.filters.clone(), ..MetricsCall::default() };
    let words = grammar::unparse(&Call::Metrics(chosen));
    let command = format!("deskbell export samples{}", words.trim_start_matches("/metrics"));
    (is_longer && call.view == View::Tickets).then(|| Block::Text(Text::plain("All of them: ").then(command)))
}

/// A button, unless its command is too long for one.
pub(super) fn button(label: &str, call: MetricsCall) -> Option<Action> {
    let command = grammar::unparse_within(&Call::Metrics(call), BUTTON_BYTES)?;
    Some(Action { label: label.to_owned(), does: ActionKind::Command(command) })
}

/// Buttons under an answer: the next questions people ask.
pub(super) fn refinements(call: &MetricsCall) -> Vec<Action> {
    const MONTH: PeriodSpec = PeriodSpec::Last(30, RollingUnit::Days);
    let quiet = MetricsCall { share: false, ..call.clone() };
    let is_named = !call.metrics.is_empty() && call.metrics != [MetricId::Scorecard];
    let shown = |view| MetricsCall { view, by: None, ..quiet.clone() };
    let by = |dimension| MetricsCall { by: Some(GroupBy::Dimension(dimension)), ..quiet.clone() };
    let is_number = call.view == View::Number;
    let (longer, period) = match call.period {
        Some(MONTH) => ("7 days", PeriodSpec::Last(7, RollingUnit::Days)),
        _ => ("30 days", MONTH),
    };
    let next = [
        (!is_number, "The number", shown(View::Number)),
        (is_named && call.view != View::Explanation, "Explain", shown(View::Explanation)),
        (is_named && call.view != View::Tickets, "Tickets", shown(View::Tickets)),
        (is_number && call.by.is_none(), "By team", by(Dimension::Team)),
        (is_number && call.by.is_none(), "By channel", by(Dimension::Channel)),
        (true, longer, MetricsCall { period: Some(period), ..quiet.clone() }),
        (
            is_number && call.versus != Versus::LastYear,
            "vs last year",
            MetricsCall { versus: Versus::LastYear, ..quiet.clone() },
        ),
        (!call.share, "Share", MetricsCall { share: true, ..call.clone() }),
    ];
    next.into_iter().filter(|(fits, ..)| *fits).filter_map(|(_, label, call)| button(label, call)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(actions: &[Action]) -> Vec<&str> {
        actions.iter().map(|action| action.label.as_str()).collect()
    }

    fn commands(actions: Vec<Action>) -> Vec<String> {
        let command = |action: Action| match action.does {
            ActionKind::Command(command) => command,
            ActionKind::Open { url } => url,
        };
        actions.into_iter().map(command).collect()
    }

    #[test]
    fn an_answer_leads_to_the_next_questions() {
        let overview = refinements(&MetricsCall::default());
        assert_eq!(labels(&overview), ["By team", "By channel", "30 days", "vs last year", "Share"]);
        let frt = MetricsCall { metrics: vec![MetricId::FirstResponseTime], ..MetricsCall::default() };
        let expected = ["Explain", "Tickets", "By team", "By channel", "30 days", "vs last year", "Share"];
        assert_eq!(labels(&refinements(&frt)), expected);
        let explained = refinements(&MetricsCall { view: View::Explanation, ..frt });
        assert_eq!(
            commands(explained),
            [
                "/metrics first_response_time",
                "/metrics list first_response_time",
                "/metrics explain first_response_time 30d",
                "/metrics explain first_response_time share",
            ]
        );
    }

    #[test]
    fn a_word_with_two_meanings_offers_the_other() {
        let call = MetricsCall { metrics: vec![MetricId::SlaAttainment], ..MetricsCall::default() };
        let offered = other_meanings(&call, &[MetricId::SlaAtRisk]);
        assert_eq!(commands(offered), ["/metrics sla_at_risk"]);
        assert!(also(&call, &[MetricId::SlaAtRisk]).is_some());
        assert!(also(&call, &[]).is_none());
    }

    #[test]
    fn a_correction_is_offered_only_if_it_would_be_understood() {
        let text = "/metrics frt lst week".to_owned();
        let vocabulary = grammar::Vocabulary::default();
        let error = grammar::parse(&text, &vocabulary).expect_err("a slip");
        assert!(error.suggestions.iter().any(|word| word == "list"), "{error}");
        let message = refusal(&Refusal::Grammar { text, error }, |text| grammar::parse(text, &vocabulary).is_ok());
        assert_eq!(commands(message.actions), ["/metrics frt last week"]);
    }
}
