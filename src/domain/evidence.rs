//! What events prove: that their source delivers things of their kind (kpis.md 2.2).
//!
//! A type of event is too coarse where surveys are concerned: a desk that asks for satisfaction does not ask for
//! recommendations, and an effort answer without its version cannot be counted.

use super::event::{Fact, SurveyKind};

/// The topics a fact is evidence for: its type (`rating_received`) and, of surveys, what they are about
/// (`rating_received/nps`, `survey_sent/csat`, `rating_received/comment`).
pub fn topics(fact: &Fact) -> Vec<String> {
    let name = fact.type_name();
    let mut topics = vec![name.to_owned()];
    let mut about = |word: &str| topics.push(format!("{name}/{word}"));
    match fact {
        Fact::RatingReceived(rating) => {
            if rating.kind != SurveyKind::Ces || rating.effort_version().is_some() {
                about(rating.kind.name());
            }
            if rating.comment().is_some() {
                about("comment");
            }
        }
        Fact::SurveySent(sent) => about(sent.kind.name()),
        _ => {}
    }
    topics
}

#[cfg(test)]
mod tests {
    use crate::domain::event::Event;

    #[test]
    fn a_survey_is_evidence_for_its_kind() {
        let topics = |name: &str, data: &str| {
            let text =
                format!(r#"{{"event_id":"e","ts":"2026-11-22T09:00:00Z","type":"{name}","ticket":"1","data":{data}}}"#);
            super::topics(&Event::parse(&text).expect(name).fact).join(" ")
        };
        let rated = |rest: &str| topics("rating_received", &format!(r#"{{"survey":"s","scale":7,"value":5,{rest}}}"#));
        assert_eq!(rated(r#""kind":"nps""#), "rating_received rating_received/nps");
        assert_eq!(rated(r#""kind":"ces""#), "rating_received");
        assert_eq!(rated(r#""kind":"ces","version":2"#), "rating_received rating_received/ces");
        assert_eq!(
            rated(r#""kind":"csat","comment":"fine""#),
            "rating_received rating_received/csat rating_received/comment"
        );
        assert_eq!(rated(r#""kind":"csat","comment":" ""#), "rating_received rating_received/csat");
        assert_eq!(topics("survey_sent", r#"{"survey":"s","kind":"csat"}"#), "survey_sent survey_sent/csat");
        assert_eq!(topics("read", "{}"), "read");
    }
}
