//! Who is believed.

use ed25519_dalek::{Signer, SigningKey};

use super::*;

const NOW: Timestamp = Timestamp(1_795_338_000_000);

fn signed(timestamp: &str, body: &[u8]) -> (String, String) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signature = key.sign(&[timestamp.as_bytes(), body].concat());
    (hex::encode(key.verifying_key().to_bytes()), hex::encode(signature.to_bytes()))
}

#[test]
fn a_recent_signed_request_is_believed() {
    let (key, signature) = signed("1795338000", b"body");
    for now in [NOW, NOW.plus_s(300), NOW.plus_s(-300)] {
        assert!(verify(&key, Some(&signature), Some("1795338000"), b"body", now).is_ok(), "{now}");
    }
    let spaced = format!(" {}\n", key.to_uppercase());
    assert!(verify(&spaced, Some(&signature), Some("1795338000"), b"body", NOW).is_ok());
}

#[test]
fn anything_else_is_not() {
    let (key, signature) = signed("1795338000", b"body");
    let (_, odd) = signed("soon", b"body");
    let sent = Some("1795338000");
    let refused = |what: &str, signature: Option<&str>, timestamp: Option<&str>, body: &[u8], now: Timestamp| {
        let result = verify(&key, signature, timestamp, body, now);
        assert!(matches!(result, Err(InboundError::NotDiscord)), "{what}: {result:?}");
    };
    refused("no signature", None, sent, b"body", NOW);
    refused("no timestamp", Some(&signature), None, b"body", NOW);
    refused("another body", Some(&signature), sent, b"Body", NOW);
    refused("another time", Some(&signature), Some("1795338001"), b"body", NOW);
    refused("half a signature", Some(&signature[..64]), sent, b"body", NOW);
    refused("no hexadecimal", Some("é"), sent, b"body", NOW);
    refused("too old", Some(&signature), sent, b"body", NOW.plus_s(301));
    refused("too new", Some(&signature), sent, b"body", NOW.plus_s(-301));
    refused("no time", Some(&odd), Some("soon"), b"body", NOW);
    for bad in ["", "00", "zz", &"g".repeat(64), &"02".repeat(32)] {
        let result = verify(bad, Some(&signature), Some("1795338000"), b"body", NOW);
        assert!(result.is_err(), "{bad}");
    }
}

#[test]
fn proposals_fit_what_discord_takes() {
    let choices = (0..40).map(|n| n.to_string()).chain(["x".repeat(101), String::new()]).collect();
    let response = Incoming::Autocomplete { choices }.response();
    assert_eq!(response["data"]["choices"].as_array().map(Vec::len), Some(25));
    assert_eq!(Incoming::Ping.response(), json!({"type": 1}));
}
