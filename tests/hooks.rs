//! The way in, from outside: the real router on a port of its own, real SQLite, real HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use deskbell::domain::definitions::Definitions;
use deskbell::domain::event::{Event, Fact};
use deskbell::domain::sample::TicketKey;
use deskbell::domain::timestamp::Timestamp;
use deskbell::ingest::Source;
use deskbell::integrations::Vendor;
use deskbell::store::Store;
use deskbell::web::{WebState, router};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};

/// 2026-03-02T10:02:10Z, when the Zendesk fixtures happen.
const NOW: Timestamp = Timestamp(1_772_445_730_000);
const BODY_LIMIT: usize = 64 * 1024;
const MESSAGE: &str =
    r#"{"event_id":"e1","ts":"2026-03-02T10:00:00Z","type":"message","ticket":"7","actor":{"kind":"agent","id":"a1"}}"#;
const NOTE: &str = r#"{"event_id":"e2","ts":"2026-03-02T10:01:00Z","type":"note","ticket":"7"}"#;

/// A desk with two sources, `helpdesk` (Zendesk) and `inhouse` (generic), listening on loopback.
struct Desk {
    url: String,
    store: Store,
    client: reqwest::Client,
    _files: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let files = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", files.path().join("desk.db").display());
        let store = Store::open(&url, &Definitions::default(), NOW).await.expect("a new database");
        let source = |name: &str, vendor, secrets: &[&str]| {
            let secrets = secrets.iter().map(|s| SecretString::from(*s)).collect();
            (name.to_owned(), Source { name: name.to_owned(), vendor, secrets, operators: Vec::new() })
        };
        let sources = BTreeMap::from([
            source("helpdesk", Vendor::Zendesk, &["next", "current"]),
            source("inhouse", Vendor::Generic, &["bearer-secret", "whsec_c2VjcmV0IGJ5dGVz"]),
        ]);
        let state = WebState {
            store: store.clone(),
            sources: Arc::new(sources),
            now: Arc::new(|| NOW),
            body_limit: BODY_LIMIT,
            prometheus: prometheus(),
            chat: Arc::new(|| BTreeMap::from([("slack".to_owned(), "connecting")])),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router(state)).await });
        Self { url, store, client: reqwest::Client::new(), _files: files }
    }

    async fn post(&self, path: &str, headers: &[(&str, String)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let retry_after = headers.get("retry-after").map(|v| v.to_str().expect("text").to_owned());
        let body = response.text().await.expect("a body");
        Answer { status, retry_after, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer");
        (response.status(), response.text().await.expect("a body"))
    }

    async fn zendesk(&self, body: &str) -> Answer {
        self.post("/hooks/helpdesk", &signed(Vendor::Zendesk, "current", body), body).await
    }

    async fn generic(&self, content_type: &str, body: &str) -> Answer {
        let bearer = ("authorization", "Bearer bearer-secret".to_owned());
        self.post("/hooks/inhouse", &[bearer, ("content-type", content_type.to_owned())], body).await
    }

    async fn events(&self, source: &str, ticket: &str) -> Vec<Event> {
        self.store.events(&TicketKey { source: source.into(), id: ticket.into() }).await.expect("readable")
    }

    async fn messages(&self, source: &str, ticket: &str) -> usize {
        self.events(source, ticket).await.iter().filter(|e| matches!(e.fact, Fact::Message(_))).count()
    }

    async fn is_empty(&self) -> bool {
        let counts = self.store.counts().await.expect("readable");
        counts.events == 0 && self.store.quarantined().await.expect("readable").is_empty()
    }
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    retry_after: Option<String>,
    body: Value,
}

/// One recorder serves the whole process.
fn prometheus() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().expect("the only recorder")).clone()
}

fn signed(vendor: Vendor, secret: &str, body: &str) -> Vec<(&'static str, String)> {
    vendor.schemes()[0].sign(&SecretString::from(secret), "msg_1", NOW, body.as_bytes())
}

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/zendesk/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a fixture")
}

#[tokio::test]
async fn a_signed_delivery_is_on_disk_when_it_is_acknowledged() {
    let desk = Desk::open().await;
    for (file, events) in [("ticket.created.json", 1), ("comment_added.customer.json", 2)] {
        let answer = desk.zendesk(&fixture(file)).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"accepted": events, "duplicate": false})));
    }
    assert_eq!(desk.messages("helpdesk", "70021").await, 1);
    let key = TicketKey { source: "helpdesk".into(), id: "70021".into() };
    let ticket = desk.store.ticket(&key).await.expect("readable").expect("created");
    assert_eq!(ticket.created.to_string(), "2026-03-02T08:15:40.000Z");
}

#[tokio::test]
async fn one_changed_byte_leaves_no_row() {
    let desk = Desk::open().await;
    let body = fixture("comment_added.customer.json");
    let headers = signed(Vendor::Zendesk, "current", &body);
    let tampered = body.replace("Any news?", "Any news!");
    let answer = desk.post("/hooks/helpdesk", &headers, tampered).await;
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::UNAUTHORIZED, &json!("no active secret matches")));
    let unsigned = desk.post("/hooks/helpdesk", &[], body.as_str()).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    let stranger = desk.post("/hooks/helpdesk", &signed(Vendor::Zendesk, "guessed", &body), body).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(desk.is_empty().await);
}

#[tokio::test]
async fn twenty_attempts_at_one_delivery_are_one() {
    let desk = Desk::open().await;
    let body = fixture("comment_added.agent_public.json");
    let attempts = (0..20).map(|_| desk.zendesk(&body));
    let answers = futures_util::future::join_all(attempts).await;
    assert!(answers.iter().all(|a| a.status == StatusCode::OK), "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.body["duplicate"] == false).count(), 1);
    assert_eq!(desk.events("helpdesk", "70021").await.len(), 2, "the message and a snapshot");
}

#[tokio::test]
async fn the_same_fact_in_another_delivery_is_not_a_second_fact() {
    let desk = Desk::open().await;
    for path in ["comment_added.agent_public.json", "trigger.agent_comment.json"] {
        assert_eq!(desk.zendesk(&fixture(path)).await.status, StatusCode::OK);
    }
    assert_eq!(desk.messages("helpdesk", "70021").await, 1);
}

#[tokio::test]
async fn a_name_that_no_source_has_is_not_found() {
    let desk = Desk::open().await;
    let answer = desk.post("/hooks/nobody", &[], MESSAGE).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body["hint"].as_str().is_some_and(|h| h.contains("[[source]]")), "{answer:?}");
    assert_eq!(desk.get("/hooks/helpdesk").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large_and_one_at_the_limit_is_not() {
    let desk = Desk::open().await;
    let padded = |size: usize| format!("{MESSAGE}{}", " ".repeat(size - MESSAGE.len()));
    let answer = desk.generic("application/json", &padded(BODY_LIMIT + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body["hint"], "at most 65536 bytes are taken; send less at once");
    assert!(desk.is_empty().await);
    assert_eq!(desk.generic("application/json", &padded(BODY_LIMIT)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_batch_is_taken_as_a_whole_or_not_at_all() {
    let desk = Desk::open().await;
    let bad = NOTE.replace("note", "nota");
    let column = bad.find("\"nota\"").expect("there") + 1;
    for (content_type, body) in
        [("application/json", format!("[{MESSAGE},\n{bad}]")), ("application/x-ndjson", format!("{MESSAGE}\n{bad}\n"))]
    {
        let answer = desk.generic(content_type, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((&answer.body["line"], &answer.body["column"]), (&json!(2), &json!(column)), "{answer:?}");
        assert!(answer.body["hint"].as_str().is_some_and(|h| h.contains("did you mean \"note\"?")), "{answer:?}");
        assert!(desk.is_empty().await);
    }
    let answer = desk.generic("application/x-ndjson", &format!("{MESSAGE}\n{NOTE}\n")).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"accepted": 2, "duplicate": false})));
    assert_eq!(desk.events("inhouse", "7").await.len(), 2);
}

#[tokio::test]
async fn standard_webhooks_open_the_generic_hook_and_a_wrong_signature_is_not_saved_by_a_token() {
    let desk = Desk::open().await;
    let mut headers = signed(Vendor::Generic, "whsec_c2VjcmV0IGJ5dGVz", MESSAGE);
    assert_eq!(desk.post("/hooks/inhouse", &headers, MESSAGE).await.status, StatusCode::OK);
    headers.push(("authorization", "Bearer bearer-secret".to_owned()));
    assert_eq!(desk.post("/hooks/inhouse", &headers, NOTE).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.events("inhouse", "7").await.len(), 1);
}

#[tokio::test]
async fn what_is_authentic_and_not_understood_is_set_aside_and_acknowledged() {
    let desk = Desk::open().await;
    let broken = fixture("trigger.broken_quotes.txt");
    for _ in 0..2 {
        let answer = desk.zendesk(&broken).await;
        assert_eq!((answer.status, &answer.body["quarantined"]), (StatusCode::OK, &json!(true)));
    }
    let kept = desk.store.quarantined().await.expect("readable");
    assert!(!kept.is_empty());
    assert_eq!((kept[0].source.as_str(), kept[0].kind.as_str()), ("helpdesk", "zendesk body"));
    assert_eq!(kept[0].body, broken.as_bytes());
    assert_eq!(desk.store.counts().await.expect("readable").events, 0);
}

#[tokio::test]
async fn credentials_are_not_kept_beside_a_delivery() {
    let desk = Desk::open().await;
    desk.zendesk(&fixture("trigger.broken_quotes.txt")).await;
    let kept = desk.store.quarantined().await.expect("readable");
    assert_eq!(kept[0].headers, "{}");
}

#[tokio::test]
async fn without_storage_the_sender_is_asked_to_try_again() {
    let desk = Desk::open().await;
    desk.store.clone().close().await;
    for body in [fixture("comment_added.customer.json"), fixture("trigger.broken_quotes.txt")] {
        let answer = desk.zendesk(&body).await;
        assert_eq!((answer.status, answer.retry_after.as_deref()), (StatusCode::SERVICE_UNAVAILABLE, Some("5")));
    }
    assert_eq!(desk.get("/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, body) = desk.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains(r#""storage":"unavailable""#), "{body}");
}

#[tokio::test]
async fn readiness_reports_chat_and_does_not_require_it() {
    let desk = Desk::open().await;
    let (status, body) = desk.get("/readyz").await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let expected = json!({
        "ready": true, "storage": "ok", "configuration": "ok",
        "sources": ["helpdesk", "inhouse"], "chat": {"slack": "connecting"},
    });
    assert_eq!((status, body), (StatusCode::OK, expected));
}

#[tokio::test]
async fn prometheus_sees_outcomes_and_no_names_that_callers_made_up() {
    let desk = Desk::open().await;
    desk.generic("application/json", MESSAGE).await;
    desk.generic("application/json", "{").await;
    desk.post("/hooks/made-up", &[], MESSAGE).await;
    let (status, text) = desk.get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        r#"deskbell_hooks_total{source="inhouse",outcome="accepted"}"#,
        r#"deskbell_hooks_total{source="inhouse",outcome="refused"}"#,
        r#"deskbell_hooks_total{source="-",outcome="unknown_source"}"#,
        r#"deskbell_events_total{source="inhouse"}"#,
        "deskbell_hook_seconds",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("made-up"));
}

#[tokio::test]
async fn a_cloudevents_sender_may_ask_first() {
    let desk = Desk::open().await;
    let ask = |name: &str| {
        let url = format!("{}/hooks/{name}", desk.url);
        desk.client.request(reqwest::Method::OPTIONS, url).header("webhook-request-origin", "events.example").send()
    };
    let answer = ask("inhouse").await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers().get("webhook-allowed-origin").expect("allowed"), "events.example");
    assert!(ask("helpdesk").await.expect("an answer").headers().get("webhook-allowed-origin").is_none());
    assert_eq!(ask("nobody").await.expect("an answer").status(), StatusCode::NOT_FOUND);
}
