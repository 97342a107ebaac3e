use super::super::Vendor;
use super::*;
use crate::domain::event::Fact;

const MESSAGE: &str = r#"{"event_id": "e1", "ts": "2026-11-22T09:00:00Z", "type": "message", "ticket": "7", "actor": {"kind": "agent", "id": "a1"}}"#;
const NOTE: &str = r#"{"event_id": "e2", "ts": "2026-11-22T09:01:00Z", "type": "note", "ticket": "7"}"#;

fn translated(headers: &[(&str, &str)], body: &str) -> Result<Translation, Untranslatable> {
    Vendor::Generic.translate(&headers.iter().copied().collect(), body.as_bytes())
}

fn events(content_type: &str, body: &str) -> Vec<Event> {
    translated(&[("content-type", content_type)], body).unwrap_or_else(|e| panic!("{e}")).events
}

fn refused(content_type: &str, body: &str) -> (usize, usize, String) {
    match translated(&[("content-type", content_type)], body) {
        Err(Untranslatable::Refused { line, column, hint }) => (line, column, hint),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_event_an_array_and_ndjson_mean_the_same() {
    let both = [Event::parse(MESSAGE).expect("valid"), Event::parse(NOTE).expect("valid")];
    assert_eq!(events("application/json", MESSAGE), both[..1]);
    assert_eq!(events("", &format!("\n {MESSAGE}\n")), both[..1]);
    assert_eq!(events("application/json", &format!(" [{MESSAGE},\n{NOTE}]")), both);
    for ndjson in [format!("{MESSAGE}\n{NOTE}"), format!("{MESSAGE}\r\n\r\n{NOTE}\r\n")] {
        assert_eq!(events("Application/X-NDJSON; charset=utf-8", &ndjson), both);
    }
    assert_eq!(events("application/json", "[]"), []);
    assert_eq!(events("application/x-ndjson", ""), []);
}

#[test]
fn a_refusal_points_into_the_whole_body() {
    let bad = NOTE.replace("note", "nota");
    let at = |text: &str| text.find("\"nota\"").expect("there") + 1;
    let table = [
        ("application/json", bad.clone(), (1, at(&bad))),
        ("application/json", format!("\n\n  {bad}"), (3, at(&bad) + 2)),
        ("application/json", format!("[{MESSAGE}, {bad}]"), (1, at(&bad) + MESSAGE.len() + 3)),
        ("application/json", format!("[{MESSAGE},\n\n  {bad}]"), (3, at(&bad) + 2)),
        ("application/x-ndjson", format!("{MESSAGE}\n\n{bad}\n{MESSAGE}"), (3, at(&bad))),
        ("application/x-ndjson", format!("{MESSAGE}\n  {bad}"), (2, at(&bad) + 2)),
    ];
    for (content_type, body, place) in table {
        let (line, column, hint) = refused(content_type, &body);
        assert_eq!((line, column), place, "{body}");
        assert!(hint.contains("did you mean \"note\"?"), "{hint}");
    }
}

#[test]
fn a_fault_inside_an_event_of_several_lines_keeps_its_place() {
    let event = "{\"event_id\": \"e\", \"ts\": \"2026-11-22T09:00:00Z\",\n \"type\": \"status_changed\", \"ticket\": \"1\",\n \"data\": {\n  \"to\": \"asleep\"}}";
    let (line, _, hint) = refused("application/json", &format!("[\n{MESSAGE},\n{event}]"));
    assert_eq!(line, 6, "{hint}");
    assert!(hint.contains("unknown variant `asleep`") && hint.contains("for example"), "{hint}");
}

#[test]
fn what_is_no_json_is_refused_with_advice() {
    let table = [
        ("application/json", "", 1, "the body is empty"),
        ("application/json", "hello", 1, "expected value"),
        ("application/json", "[{]", 1, "key must be a string"),
        ("application/json", "\n[1,", 2, "EOF"),
        ("application/x-ndjson", "{}\n", 1, "missing field `event_id`"),
    ];
    for (content_type, body, line, part) in table {
        let (at, _, hint) = refused(content_type, body);
        assert_eq!(at, line, "{body:?}: {hint}");
        assert!(hint.contains(part), "{body:?}: {hint}");
    }
    let (line, _, hint) = refused("application/json", &format!("{MESSAGE}\n{NOTE}"));
    assert_eq!(line, 2);
    assert!(hint.contains("application/x-ndjson"), "{hint}");
    let not_text = Vendor::Generic.translate(&Headers::default(), b"{\n\"a\": \xff}");
    assert!(matches!(not_text, Err(Untranslatable::Refused { line: 2, column: 6, .. })), "{not_text:?}");
}

#[test]
fn a_batch_has_an_end() {
    let body = vec![NOTE; MAX_EVENTS].join("\n");
    assert_eq!(events("application/x-ndjson", &body).len(), MAX_EVENTS);
    let (line, column, hint) = refused("application/x-ndjson", &format!("{body}\n{NOTE}"));
    assert_eq!((line, column), (MAX_EVENTS + 1, 1));
    assert!(hint.contains("at most 10000"), "{hint}");
}

#[test]
fn the_delivery_key_is_the_signed_id_or_the_body() {
    let key = |headers: &[(&str, &str)], body| translated(headers, body).expect("valid").delivery_key;
    let signed = [("webhook-id", "msg_1"), ("webhook-signature", "v1,x")];
    assert_eq!(key(&signed, MESSAGE), "msg_1");
    assert_eq!(key(&signed[..1], MESSAGE), key(&[], MESSAGE), "an id that nobody signed proves nothing");
    assert_ne!(key(&[], MESSAGE), key(&[], NOTE));
}

const STRUCTURED: &str = r#"{"specversion": "1.0", "type": "com.example.ticket.status_changed", "source": "/desk/3",
 "id": "ce-1", "time": "2026-11-22T09:00:00.5Z", "subject": "ticket/7", "datacontenttype": "application/json",
 "sequence": "00000042", "dataschema": null, "extra": 5,
 "data": {"to": "solved", "actor": {"kind": "agent", "id": "a1"}}}"#;
const CLOUDEVENT: &str = "application/cloudevents+json; charset=utf-8";
const BATCH: &str = "application/cloudevents-batch+json";

fn solved() -> Event {
    let text = r#"{"event_id": "ce-1", "seq": 42, "ts": "2026-11-22T09:00:00.5Z", "type": "status_changed", "ticket": "7",
        "actor": {"kind": "agent", "id": "a1"}, "data": {"to": "solved"}}"#;
    Event::parse(text).expect("valid")
}

#[test]
fn a_cloudevent_is_a_canonical_event_in_every_mode() {
    assert_eq!(events(CLOUDEVENT, STRUCTURED), [solved()]);
    assert_eq!(events(BATCH, &format!("[{STRUCTURED},\n{STRUCTURED}]")), [solved(), solved()]);
    assert_eq!(events(BATCH, "[]"), []);
    let binary = [
        ("Content-Type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.status_changed"),
        ("ce-source", "/desk/3"),
        ("ce-id", "ce%2D1"),
        ("ce-time", "2026-11-22T09:00:00.5Z"),
        ("ce-subject", "7"),
        ("ce-sequence", "42"),
    ];
    let data = r#"{"to": "solved", "actor": {"kind": "agent", "id": "a1"}}"#;
    assert_eq!(translated(&binary, data).expect("valid").events, [solved()]);
    let encoded = STRUCTURED.replace(
        r#""data": {"to": "solved", "actor": {"kind": "agent", "id": "a1"}}"#,
        r#""data_base64": "eyJ0byI6ICJzb2x2ZWQiLCAiYWN0b3IiOiB7ImtpbmQiOiAiYWdlbnQiLCAiaWQiOiAiYTEifX0=""#,
    );
    assert_eq!(events(CLOUDEVENT, &encoded), [solved()]);
}

#[test]
fn the_end_of_a_cloudevents_type_names_the_event() {
    for (dotted, name) in [
        ("message", "message"),
        ("com.example.ticket_created", "ticket_created"),
        ("com.example.ticket.created", "ticket_created"),
        ("com.example.support.ticket.deleted", "deleted"),
        ("deskbell.rating.received", "rating_received"),
        ("a.sla.policy", "sla_policy"),
    ] {
        let data = Fact::example(name).expect("an example");
        let body = STRUCTURED.replace("com.example.ticket.status_changed", dotted);
        let body = body.replace(r#"{"to": "solved", "actor""#, &format!("{{{}, \"actor\"", &data[1..data.len() - 1]));
        assert_eq!(events(CLOUDEVENT, &body.replace("{, ", "{"))[0].fact.type_name(), name);
    }
}

#[test]
fn a_cloudevent_that_cannot_be_taken_says_where_and_why() {
    let table = [
        (STRUCTURED.replace("status_changed", "status_chnged"), (1, 1), "did you mean \"status_changed\"?"),
        (STRUCTURED.replace("ticket.status_changed", "customer_reply"), (1, 1), "it must end in one of"),
        (STRUCTURED.replace("\"1.0\"", "\"0.3\""), (1, 1), "specversion must be"),
        (STRUCTURED.replace("\"ce-1\"", "null"), (1, 1), "no id"),
        (STRUCTURED.replace("\"time\"", "\"zeit\""), (1, 1), "no time"),
        (STRUCTURED.replace("2026-11-22T", "22/11/2026 "), (1, 1), "write RFC 3339"),
        (STRUCTURED.replace("\"ticket/7\"", "null"), (1, 1), "add \"ticket\""),
        (STRUCTURED.replace("solved", "asleep"), (4, 10), "unknown variant `asleep`"),
        (STRUCTURED.replace("\"to\"", "\"into\""), (4, 10), "unknown field `into`"),
        (STRUCTURED.replace(r#"{"to": "solved", "#, r#"[{"#).replace("}}}", "}}]}"), (4, 10), "must be a JSON object"),
        (STRUCTURED.replace("\"data\"", "\"data_base64\": \"*\", \"dat\""), (1, 1), "data_base64"),
        (STRUCTURED.replace("\"id\": \"ce-1\"", "\"id\" \"ce-1\""), (2, 7), "expected `:`"),
    ];
    for (body, place, part) in table {
        let (line, column, hint) = refused(CLOUDEVENT, &body);
        assert_eq!((line, column), place, "{hint}");
        assert!(hint.contains(part), "{hint}");
        let (line, column, hint) = refused(BATCH, &format!("[{STRUCTURED},\n\n{body}]"));
        assert_eq!((line, column), (place.0 + 5, place.1), "{hint}");
    }
    let bad = [("ce-specversion", "1.0"), ("ce-id", "%zz")];
    let error = translated(&bad, "{}").expect_err("not percent-encoded");
    assert!(error.to_string().contains("ce-id"), "{error}");
}
