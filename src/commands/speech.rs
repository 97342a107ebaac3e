//! What the desk says besides numbers: refusals, and what else the words of a question may have meant.

use super::{BUTTON_BYTES, Refusal};
use crate::domain::message::{Action, ActionKind, Block, Message, Text, Tone};
use crate::domain::names::{MetricId, capital};
use crate::domain::query::View;
use crate::grammar::{self, Begun, Call, MetricsCall};
use crate::metrics::Report;

/// Says what was wrong, where, and how to mend it.
///
/// `is_question` tells whether a command would be understood: a button must work.
pub(super) fn refusal(refusal: &Refusal, is_question: impl Fn(&str) -> bool) -> Message {
    match refusal {
        Refusal::Grammar { text, error } => Message {
            tone: Tone::Warning,
            title: "I do not understand that".to_owned(),
            blocks: vec![Block::Text(Text::plain(error.to_string())), Block::Code(error.pointer(text))],
            actions: error
                .suggestions
                .iter()
                .map(|word| (word, error.corrected(text, word)))
                .filter(|(_, command)| command.len() <= BUTTON_BYTES && is_question(command))
                .take(3)
                .map(|(word, command)| Action { label: format!("Use {word}"), does: ActionKind::Refine(command) })
                .collect(),
            footer: vec![Text::plain("/bell help shows every word with an example")],
            ..Message::default()
        },
        Refusal::Access(why) => {
            Message { tone: Tone::Warning, title: format!("Not shown: {why}"), ..Message::default() }
        }
        Refusal::NotDone(why) => Message { tone: Tone::Warning, title: capital(why), ..Message::default() },
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

/// A button whose answer takes the place of what is shown.
pub(super) fn refine(label: &str, call: &Call) -> Action {
    Action { label: label.to_owned(), does: ActionKind::Refine(grammar::unparse(call)) }
}

/// A button that asks for the end of a command, whose answer takes the place of what is shown.
pub(super) fn ask(label: &str, begun: &Begun) -> Option<Action> {
    let command = Some(begun.text()).filter(|command| command.len() <= BUTTON_BYTES)?;
    Some(Action { label: label.to_owned(), does: ActionKind::Refine(command) })
}

/// A button, unless its command is too long for one. What everybody is to see takes the place of nothing.
pub(super) fn button(label: &str, call: MetricsCall) -> Option<Action> {
    let kind = if call.share { ActionKind::Command } else { ActionKind::Refine };
    let command = grammar::unparse_within(&Call::Metrics(call), BUTTON_BYTES)?;
    Some(Action { label: label.to_owned(), does: kind(command) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(actions: Vec<Action>) -> Vec<String> {
        actions.iter().filter_map(|action| action.does.command().map(str::to_owned)).collect()
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
