use proptest::prelude::*;
use secrecy::SecretString;

use super::super::{AuthError, Vendor};
use super::*;
use crate::domain::definitions::Definitions;
use crate::domain::sample::TicketKey;
use crate::domain::ticket::{Ticket, fold};

const FILES: &[&str] = &[
    "ticket.created",
    "ticket.created.outbound",
    "comment_added.opening",
    "comment_added.customer",
    "comment_added.agent_public",
    "comment_added.internal_note",
    "comment_added.system",
    "comment_added.messaging_customer",
    "status_changed.hold",
    "custom_status_changed",
    "agent_assignment_changed",
    "agent_assignment_changed.nobody",
    "group_assignment_changed",
    "priority_changed",
    "tags_changed",
    "tags_changed.unknown_keys",
    "requester_changed",
    "merged",
    "soft_deleted",
    "undeleted",
    "marked_as_spam",
    "csat_requested",
    "csat_received",
    "message_added.end_user",
    "message_added.agent",
    "message_added.system",
    "message_added.trigger",
    "user.created",
    "trigger.agent_comment",
    "trigger.customer_comment",
    "trigger.opening_comment",
    "trigger.changed",
    "trigger.rating",
];

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/zendesk/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn translated(body: &str) -> Result<Translation, Untranslatable> {
    Vendor::Zendesk.translate(&Headers::default(), body.as_bytes())
}

fn events(name: &str) -> Vec<Event> {
    translated(&fixture(&format!("{name}.json"))).unwrap_or_else(|e| panic!("{name}: {e}")).events
}

fn reason(body: &str) -> String {
    match translated(body) {
        Err(e @ Untranslatable::NotUnderstood { .. }) => e.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_delivery_means_these_canonical_events() {
    let mut text = String::new();
    for name in FILES {
        let translation = translated(&fixture(&format!("{name}.json"))).expect("a known fixture");
        text.push_str(&format!("# {name} ({})\n", translation.delivery_key));
        for event in translation.events {
            text.push_str(&event.to_json());
            text.push('\n');
        }
        text.push('\n');
    }
    insta::assert_snapshot!("canonical_events", text);
}

#[test]
fn every_event_can_be_read_back() {
    for event in FILES.iter().flat_map(|name| events(name)) {
        assert_eq!(Event::parse(&event.to_json()).as_ref(), Ok(&event));
    }
}

#[test]
fn no_message_and_no_name_of_a_customer_enters_an_event() {
    let all: String = FILES.iter().flat_map(|name| events(name)).map(|e| e.to_json()).collect();
    for word in ["broken lid.", "Any news", "Warehouse", "new lid", "nobody stores", "Rosa", "rosa@", "on its way"] {
        assert!(!all.contains(word), "{word}");
    }
}

#[test]
fn an_id_never_has_two_contents() {
    let mut seen = std::collections::HashMap::new();
    for event in FILES.iter().filter(|n| !n.starts_with("trigger")).flat_map(|name| events(name)) {
        let other = seen.insert(event.event_id.clone(), event.clone());
        assert!(other.is_none() || other == Some(event.clone()), "{} and {other:?}", event.to_json());
    }
}

#[test]
fn one_status_change_told_twice_counts_once() {
    let ids = |name| events(name).into_iter().map(|e| e.fact).collect::<Vec<_>>();
    let changes = |facts: Vec<Fact>| facts.into_iter().filter(|f| matches!(f, Fact::StatusChanged(_))).count();
    assert_eq!(changes(ids("status_changed.hold")), 1);
    assert_eq!(changes(ids("custom_status_changed")), 0);
}

#[test]
fn the_opening_message_is_not_a_second_message() {
    let messages = |name| events(name).into_iter().filter(|e| matches!(e.fact, Fact::Message(_))).count();
    assert_eq!(messages("comment_added.opening"), 0);
    assert_eq!(messages("trigger.opening_comment"), 0);
    let edited = |pointer: &str, to: serde_json::Value| {
        let mut body: serde_json::Value = serde_json::from_str(&fixture("comment_added.opening.json")).expect("JSON");
        *body.pointer_mut(pointer).expect("in the fixture") = to;
        translated(&body.to_string()).expect("valid").events.len()
    };
    assert_eq!(edited("/time", "2026-03-02T08:15:45Z".into()), 2, "five seconds later it is a message");
    assert_eq!(edited("/event/comment/author/is_staff", true.into()), 2, "the submitter opens, staff or not");
    let other = serde_json::json!({"id": "52001", "is_staff": true});
    assert_eq!(edited("/event/comment/author", other), 3, "a quick reply is a reply");
}

#[test]
fn changes_made_together_keep_their_order() {
    let reply = events("comment_added.agent_public").remove(0);
    let status = events("status_changed.hold").remove(0);
    assert_eq!(reply.ts, status.ts, "the same millisecond");
    assert!(reply.order() < status.order());
}

#[test]
fn what_is_not_understood_says_what_and_quotes_nothing() {
    let event = fixture("status_changed.hold.json");
    let reasons = [
        fixture("trigger.broken_quotes.txt"),
        "Rosa".to_owned(),
        String::new(),
        "[1]".to_owned(),
        r#"{"type": "Comment by Rosa", "ticketID": "1"}"#.to_owned(),
        event.replace("ticket.status_changed", "ticket.became_sentient"),
        event.replace("zen:event-type:ticket.status_changed", "zen:event-type:planet.status_changed"),
        event.replace("zen:event-type:ticket.status_changed", "ticket.status_changed"),
        event.replace(r#""HOLD""#, r#""ROSA""#),
        event.replace(r#""NORMAL""#, r#""ROSA""#),
        event.replace(r#""updated_at": "2026"#, r#""updated_at": "Rosa"#),
        event.replace(r#""id": "70021""#, r#""id": """#),
        fixture("csat_received.json").replace("BAD", "3"),
        fixture("csat_received.json").replace("satisfaction_score", "answer"),
        fixture("message_added.agent.json").replace(r#""type": "agent""#, r#""type": "Rosa""#),
        fixture("trigger.agent_comment.json").replace("On-hold", "Wartend"),
        fixture("trigger.agent_comment.json").replace("70021", ""),
        fixture("trigger.rating.json").replace("Good", "Gut"),
    ]
    .map(|body| reason(&body))
    .join("\n");
    insta::assert_snapshot!("not_understood", reasons);
}

#[test]
fn deliveries_of_one_body_have_one_key() {
    let body = fixture("trigger.agent_comment.json");
    let key = |body: &str| translated(body).expect("valid").delivery_key;
    assert_eq!(key(&body), key(&body));
    assert_ne!(key(&body), key(&body.replace("09:30:12", "09:30:13")));
}

#[test]
fn the_public_test_secret_opens_nothing() {
    let [public] = ADAPTER.public_secrets else { panic!("there is one") };
    let secrets = [SecretString::from(*public), SecretString::from("mine")];
    let body = fixture("ticket.created.json");
    let now = Timestamp(1_772_439_342_000);
    let headers = |secret| ADAPTER.schemes[0].sign(secret, "", now, body.as_bytes()).into_iter().collect::<Headers>();
    let check = |secret| Vendor::Zendesk.verify(&headers(secret), body.as_bytes(), &secrets, now);
    assert_eq!(check(&secrets[0]), Err(AuthError::Mismatch));
    assert_eq!(check(&secrets[1]), Ok(()));
    assert!(Vendor::Zendesk.secret_fault(&secrets[0]).is_some());
    assert_eq!(Vendor::Zendesk.secret_fault(&secrets[1]), None);
}

fn folded(names: &[&str]) -> Option<Ticket> {
    let key = TicketKey { source: "helpdesk".into(), id: "70021".into() };
    let mut seen = std::collections::HashSet::new();
    let events = names.iter().flat_map(|n| events(n)).filter(|e| seen.insert(e.event_id.clone()));
    fold(&key, &events.collect::<Vec<_>>(), &Definitions::default())
}

#[test]
fn a_lost_creation_loses_no_ticket() {
    for name in ["comment_added.opening", "trigger.opening_comment"] {
        let ticket = folded(&[name]).expect("it began");
        assert_eq!(ticket.created, Timestamp::parse("2026-03-02T08:15:40Z").expect("valid"));
        assert_eq!(ticket.facts.customer.as_deref(), Some("91007"));
        assert_eq!(ticket.channel.last().as_deref(), Some("email"));
        assert_eq!(ticket.status.last(), &Status::New);
    }
}

#[test]
fn a_ticket_older_than_the_connection_waits_for_its_history() {
    assert!(folded(&["comment_added.agent_public", "status_changed.hold", "trigger.changed"]).is_none());
}

/// One ticket's day, as its deliveries.
const STORY: &[&str] = &[
    "ticket.created",
    "comment_added.opening",
    "agent_assignment_changed",
    "group_assignment_changed",
    "priority_changed",
    "tags_changed",
    "comment_added.internal_note",
    "comment_added.agent_public",
    "status_changed.hold",
    "custom_status_changed",
    "comment_added.customer",
    "csat_received",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_and_repetition_of_deliveries_folds_to_the_same_ticket(
        order in Just(STORY.iter().chain(STORY).copied().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let state = |names: &[&str]| format!("{:?}", folded(names).expect("it was created"));
        prop_assert_eq!(state(&order), state(STORY));
    }
}
