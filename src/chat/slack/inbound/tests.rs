use std::sync::Arc;

use super::*;
use crate::chat::{SlackMode, SlackSettings};
use crate::domain::workspace::Workspace;

/// The example of Slack's documentation.
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SIGNED_AT: i64 = 1_531_420_618;
const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

fn commands() -> Commands {
    Commands {
        specs: Vec::new(),
        complete: Arc::new(|_| Vec::new()),
        assemble: Arc::new(|command, _| format!("/{command}")),
        form: Arc::new(|_| None),
        fill: Arc::new(|_, _| None),
    }
}

/// The command that a slash command is.
fn typed(body: &str) -> Result<Inbound, DecodeError> {
    decode_command(&client(), &commands(), body.as_bytes()).map(|incoming| match incoming {
        Incoming::Command(inbound) => *inbound,
        other => panic!("{other:?}"),
    })
}

fn client() -> Client {
    client_of(Workspace::default())
}

fn client_of(workspace: Workspace) -> Client {
    // No request is made; a provider must merely exist for the client to be built.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = SlackSettings {
        workspace,
        mode: SlackMode::Http,
        bot_token: "xoxb-test".into(),
        app_token: None,
        signing_secret: Some(SECRET.into()),
        api_base: "https://slack.com/api".into(),
    };
    Client::new(&settings, reqwest::Client::new())
}

fn check(timestamp: &str, signature: &str, body: &str, now_s: i64) -> Result<(), VerifyError> {
    verify(&SECRET.into(), timestamp, signature, body.as_bytes(), Timestamp(now_s * 1000))
}

#[test]
fn the_documented_signature_is_accepted_and_nothing_else() {
    let ts = SIGNED_AT.to_string();
    assert_eq!(check(&ts, SIGNATURE, BODY, SIGNED_AT), Ok(()));
    let altered = BODY.replace("roadrunner", "roadrunneR");
    let cases = [
        (ts.as_str(), SIGNATURE, altered.as_str(), 0, VerifyError::Signature),
        ("1531420619", SIGNATURE, BODY, 0, VerifyError::Signature),
        (&ts, &SIGNATURE[..20], BODY, 0, VerifyError::Signature),
        (&ts, "", BODY, 0, VerifyError::Signature),
        ("soon", SIGNATURE, BODY, 0, VerifyError::Timestamp),
        (&ts, SIGNATURE, BODY, 301, VerifyError::Stale),
        (&ts, SIGNATURE, BODY, -301, VerifyError::Stale),
    ];
    for (timestamp, signature, body, late, expected) in cases {
        assert_eq!(check(timestamp, signature, body, SIGNED_AT + late), Err(expected));
    }
    assert_eq!(check(&ts, SIGNATURE, BODY, SIGNED_AT + 300), Ok(()), "five minutes are allowed");
}

#[test]
fn a_slash_command_becomes_its_text() {
    let inbound = typed(BODY).expect("decodes");
    assert_eq!(inbound.text, "/webhook-collect");
    assert_eq!(inbound.id, "slack:398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c");
    assert_eq!(inbound.user, "slack:U2CERLKJA");
    assert_eq!(inbound.channel, Channel::Slack(Workspace::default(), "G8PSS9T3V".into()));

    let body = BODY.replace("&text=", "&text=frt+team%3Ar%26amp%3Bd+%23x");
    assert_eq!(typed(&body).expect("decodes").text, "/webhook-collect frt team:r&d #x");
}

#[test]
fn what_comes_from_another_workspace_is_told_apart() {
    let acme = client_of(Workspace::named("acme").expect("a name"));
    let Ok(Incoming::Command(inbound)) = decode_command(&acme, &commands(), BODY.as_bytes()) else {
        panic!("a command")
    };
    assert_eq!(inbound.id, "slack.acme:398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c");
    assert_eq!(
        (inbound.user.as_str(), inbound.channel.to_string()),
        ("slack.acme:U2CERLKJA", "slack.acme:G8PSS9T3V".into())
    );
}

#[test]
fn a_command_that_wants_its_answer_elsewhere_is_refused() {
    let body = BODY.replace("hooks.slack.com", "hooks.slack.example");
    assert!(matches!(typed(&body), Err(DecodeError::ResponseUrl)));
    assert!(matches!(typed("command=%2Fmetrics"), Err(DecodeError::Shape(_))));
    assert!(matches!(decode_command(&client(), &commands(), b"\xff\xfe"), Err(DecodeError::Shape(_))));
}

fn clicked(actions: &Value, kind: &str) -> Result<Incoming, DecodeError> {
    let payload = serde_json::json!({
        "type": kind,
        "user": {"id": "U1", "username": "not trusted"},
        "container": {"type": "message_attachment", "channel_id": "C1", "message_ts": "1700.1"},
        "channel": {"id": "C1", "name": "support"},
        "actions": actions,
        "trigger_id": "12.34.ab",
        "response_url": "https://hooks.slack.com/actions/T/1/x",
        "message": {"metadata": {"event_type": "deskbell_delivery", "event_payload": {"n": 1, "o": {}}}},
    });
    let mut url = reqwest::Url::parse("http://form/").expect("constant");
    url.query_pairs_mut().append_pair("payload", &payload.to_string());
    decode_interaction(&client(), &commands(), url.query().expect("set above").as_bytes())
}

#[test]
fn a_button_comes_back_as_its_command() {
    let actions = serde_json::json!([
        {"type": "button", "action_id": "call:0", "value": "/sla claim 4521", "action_ts": "1700.2"}
    ]);
    let Ok(Incoming::Command(inbound)) = clicked(&actions, "block_actions") else { panic!("not a command") };
    assert_eq!((inbound.text.as_str(), inbound.id.as_str()), ("/sla claim 4521", "slack:12.34.ab"));
    assert_eq!(
        (inbound.user.as_str(), &inbound.channel),
        ("slack:U1", &Channel::Slack(Workspace::default(), "C1".into()))
    );
}

#[test]
fn links_and_other_interactions_are_only_acknowledged() {
    let link = serde_json::json!([{"type": "button", "action_id": "open:0", "url": "https://desk.example/1"}]);
    assert!(matches!(clicked(&link, "block_actions"), Ok(Incoming::Nothing)));
    for kind in ["view_submission", "view_closed", "shortcut"] {
        assert!(matches!(clicked(&serde_json::json!([]), kind), Ok(Incoming::Nothing)), "{kind}");
    }
    assert!(matches!(decode_interaction(&client(), &commands(), b"x=1"), Err(DecodeError::NoPayload)));
}

#[test]
fn the_answering_address_is_never_printed() {
    let inbound = typed(BODY).expect("decodes");
    assert!(!format!("{inbound:?}").contains("96rGlfmib"), "{inbound:?}");
}
