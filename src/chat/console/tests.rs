//! What people see in a terminal.

use proptest::prelude::*;

use super::*;
use crate::chat::text::fixtures;

fn uncoloured(message: &Message, width: usize) -> String {
    render(message, false, width, Tz::Europe__Berlin)
}

#[test]
fn an_answer_is_a_card() {
    insta::assert_snapshot!(uncoloured(&fixtures::answer(), 80));
}

#[test]
fn a_narrow_terminal_breaks_lines_not_words() {
    insta::assert_snapshot!(uncoloured(&fixtures::answer(), 34));
}

#[test]
fn every_state_of_a_card() {
    let cards = crate::domain::alert::card_states();
    let shown: Vec<String> = cards.iter().map(|(_, message)| uncoloured(message, 80)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn alerts_told_together_are_a_table() {
    let tables = crate::domain::alert::group_states();
    let shown: Vec<String> = tables.iter().map(|(_, message)| uncoloured(message, 80)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_alert_shows_times_in_the_zone() {
    insta::assert_snapshot!(uncoloured(&fixtures::alert(), 80));
}

#[test]
fn what_customers_write_cannot_steer_the_terminal() {
    insta::assert_snapshot!(uncoloured(&fixtures::hostile(), 80));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let message = fixtures::answer();
    let coloured = render(&message, true, 80, Tz::Europe__Berlin);
    insta::assert_snapshot!(coloured.replace('\u{1b}', "␛"));
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').expect("an escape ends").1;
    }
    bare.push_str(rest);
    let trimmed: Vec<&str> = bare.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, uncoloured(&message, 80).lines().collect::<Vec<_>>());
}

#[test]
fn a_card_arrives_whole_and_answers_go_to_the_same_terminal() {
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);
    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let paper = Paper::default();
    let console = Console::new(Box::new(paper.clone()), false, 80, Tz::UTC);
    let message = Message { title: "Hello".into(), ..Message::default() };
    console.post(&message).expect("written");
    Reply::new(console).answer(&message).expect("written");
    let written = String::from_utf8(paper.0.lock().expect("no panic").clone()).expect("text");
    assert_eq!(written, "▌ ◆ Hello\n\n▌ ◆ Hello\n\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_message_is_a_card_without_control_characters(message in fixtures::any_message(), width in 0..300usize) {
        let card = uncoloured(&message, width);
        prop_assert!(card.lines().all(|line| line.starts_with('▌')), "{}", card);
        prop_assert!(!card.contains(|c: char| c.is_control() && c != '\n'), "{}", card);
        prop_assert!(render(&message, true, width, Tz::America__St_Johns).contains('▌'));
        prop_assert!(!fixtures::deceives(&card), "{:?}", card);
    }

    #[test]
    fn what_is_missing_is_said((words, message) in fixtures::marked_message()) {
        // Words that are too long for a line go on in the next.
        let card = uncoloured(&message, 80).replace(['▌', '\n', ' '], "");
        let missing: Vec<&String> = words.iter().filter(|word| !card.contains(*word)).collect();
        prop_assert!(missing.is_empty() || card.contains('…'), "{:?} in {}", missing, card);
    }
}
