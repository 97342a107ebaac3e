//! What the desk says besides numbers: refusals, and the buttons that refine an answer.

use super::Refusal;
use crate::domain::message::{Action, ActionKind, Block, Message, Text, Tone};
use crate::domain::names::{Dimension, GroupBy, capital};
use crate::domain::query::Versus;
use crate::grammar::{self, Call, MetricsCall};

/// The longest command a button may carry, in bytes: what every platform allows.
const BUTTON_BYTES: usize = 90;

/// Says what was wrong, where, and how to mend it.
pub(super) fn refusal(refusal: &Refusal) -> Message {
    match refusal {
        Refusal::Grammar { text, error } => Message {
            tone: Tone::Warning,
            title: "That is not a question I know".to_owned(),
            blocks: vec![Block::Text(Text::plain(error.to_string())), Block::Code(error.pointer(text))],
            actions: error
                .suggestions
                .iter()
                .take(3)
                .map(|word| (word, error.corrected(text, word)))
                .filter(|(_, command)| command.len() <= BUTTON_BYTES)
                .map(|(word, command)| Action { label: format!("Use {word}"), does: ActionKind::Command(command) })
                .collect(),
            footer: vec![Text::plain("/bell help shows every word with an example")],
        },
        Refusal::Access(why) => {
            Message { tone: Tone::Warning, title: format!("Not shown: {why}"), ..Message::default() }
        }
        Refusal::NoData | Refusal::NotOfRows(_) | Refusal::Store(_) => {
            Message { tone: Tone::Bad, title: capital(&refusal.to_string()), ..Message::default() }
        }
    }
}

/// Buttons under an answer: the next questions people ask.
pub(super) fn refinements(call: &MetricsCall) -> Vec<Action> {
    let mut next = Vec::new();
    let mut offer = |label: &str, call: MetricsCall| {
        if let Some(command) = grammar::unparse_within(&Call::Metrics(call), BUTTON_BYTES) {
            next.push(Action { label: label.to_owned(), does: ActionKind::Command(command) });
        }
    };
    let quiet = MetricsCall { share: false, ..call.clone() };
    if call.by.is_none() {
        offer("By team", MetricsCall { by: Some(GroupBy::Dimension(Dimension::Team)), ..quiet.clone() });
        offer("By channel", MetricsCall { by: Some(GroupBy::Dimension(Dimension::Channel)), ..quiet.clone() });
    }
    if call.versus != Versus::LastYear {
        offer("vs last year", MetricsCall { versus: Versus::LastYear, ..quiet });
    }
    if !call.share {
        offer("Share", MetricsCall { share: true, ..call.clone() });
    }
    next
}
