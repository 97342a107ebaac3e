use super::*;

const NOW: Timestamp = Timestamp(1_767_225_600_000);
const BODY: &[u8] = br#"{"type":"example", "n": 1}"#;

/// A scheme with every feature that the vendors built so far do not use.
const HEX: Signature = Signature {
    header: "x-signature",
    separator: Some(','),
    prefix: "sha256=",
    algorithm: Algorithm::HmacSha256,
    encoding: Encoding::Hex,
    key: Key::Text,
    signed: &[Part::Header("x-time"), Part::Text(":"), Part::Body],
    timestamp: Some(Stamp { header: "x-time", format: StampFormat::UnixSeconds }),
};

const STANDARD_WEBHOOKS: Signature = Signature {
    header: "webhook-signature",
    separator: Some(' '),
    prefix: "v1,",
    encoding: Encoding::Base64,
    key: Key::Whsec,
    signed: &[
        Part::Header("webhook-id"),
        Part::Text("."),
        Part::Header("webhook-timestamp"),
        Part::Text("."),
        Part::Body,
    ],
    timestamp: Some(Stamp { header: "webhook-timestamp", format: StampFormat::UnixSeconds }),
    ..HEX
};

const ISO: Signature = Signature {
    header: "x-signature",
    separator: None,
    prefix: "",
    encoding: Encoding::Base64,
    signed: &[Part::Header("x-time"), Part::Body],
    timestamp: Some(Stamp { header: "x-time", format: StampFormat::Rfc3339 }),
    ..HEX
};

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn signed(scheme: Signature, key: &str, at: Timestamp, body: &[u8]) -> Headers {
    Scheme::Signature(scheme).sign(&secret(key), "msg_1", at, body).into_iter().collect()
}

fn check(scheme: Signature, headers: &Headers, body: &[u8], keys: &[&str]) -> Result<(), AuthError> {
    let secrets: Vec<_> = keys.iter().map(|k| secret(k)).collect();
    verify(&[Scheme::Signature(scheme)], headers, body, &secrets, NOW)
}

fn with(headers: &Headers, name: &str, value: &str) -> Headers {
    [(name, value)].into_iter().chain(headers.iter()).collect()
}

#[test]
fn what_was_signed_is_accepted_by_any_active_secret() {
    for (scheme, key) in
        [(HEX, "k1"), (ISO, "k1"), (STANDARD_WEBHOOKS, "whsec_c2VjcmV0IGJ5dGVz"), (STANDARD_WEBHOOKS, "plain")]
    {
        for body in [BODY, b""] {
            let headers = signed(scheme, key, NOW, body);
            assert_eq!(check(scheme, &headers, body, &[key]), Ok(()), "{scheme:?}");
            assert_eq!(check(scheme, &headers, body, &["another", key]), Ok(()));
            assert_eq!(check(scheme, &headers, body, &["another", "", "whsec_%%"]), Err(AuthError::Mismatch));
            assert_eq!(check(scheme, &headers, body, &[]), Err(AuthError::Mismatch));
        }
    }
}

#[test]
fn the_published_hmac_vectors_hold() {
    // RFC 4231, test case 2.
    let plain = Signature { prefix: "", signed: &[Part::Body], timestamp: None, ..HEX };
    let digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let headers: Headers = [("x-signature", digest)].into_iter().collect();
    assert_eq!(check(plain, &headers, b"what do ya want for nothing?", &["Jefe"]), Ok(()));
}

#[test]
fn a_decoded_key_differs_from_the_text_of_the_secret() {
    let headers = signed(STANDARD_WEBHOOKS, "whsec_c2VjcmV0IGJ5dGVz", NOW, BODY);
    assert_eq!(check(STANDARD_WEBHOOKS, &headers, BODY, &["secret bytes"]), Ok(()));
    assert_eq!(check(STANDARD_WEBHOOKS, &headers, BODY, &["c2VjcmV0IGJ5dGVz"]), Err(AuthError::Mismatch));
}

#[test]
fn one_changed_byte_anywhere_is_refused() {
    for scheme in [HEX, ISO, STANDARD_WEBHOOKS] {
        let headers = signed(scheme, "k1", NOW, BODY);
        for at in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[at] ^= 1;
            assert_eq!(check(scheme, &headers, &body, &["k1"]), Err(AuthError::Mismatch));
        }
        let reserialised = br#"{"type":"example","n":1}"#;
        assert_eq!(check(scheme, &headers, reserialised, &["k1"]), Err(AuthError::Mismatch));
        assert_eq!(check(scheme, &headers, b"", &["k1"]), Err(AuthError::Mismatch));
    }
}

#[test]
fn every_header_that_is_signed_is_needed_and_bound() {
    let headers = signed(STANDARD_WEBHOOKS, "k1", NOW, BODY);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let without = headers.keep(|n| n != name);
        assert_eq!(check(STANDARD_WEBHOOKS, &without, BODY, &["k1"]), Err(AuthError::Missing(name)));
    }
    let other = with(&headers, "webhook-id", "msg_2");
    assert_eq!(check(STANDARD_WEBHOOKS, &other, BODY, &["k1"]), Err(AuthError::Mismatch));
}

#[test]
fn the_window_has_two_sides_and_comes_after_the_signature() {
    for (offset_ms, expected) in [
        (-300_000, Ok(())),
        (300_000, Ok(())),
        (-301_000, Err(AuthError::Stale)),
        (301_000, Err(AuthError::Stale)),
        (3_600_000, Err(AuthError::Stale)),
        (-3_600_000, Err(AuthError::Stale)),
    ] {
        for scheme in [HEX, ISO, STANDARD_WEBHOOKS] {
            let headers = signed(scheme, "k1", NOW.plus_ms(offset_ms), BODY);
            assert_eq!(check(scheme, &headers, BODY, &["k1"]), expected, "{offset_ms}");
            assert_eq!(check(scheme, &headers, BODY, &["k2"]), Err(AuthError::Mismatch), "not Stale: {offset_ms}");
        }
    }
}

#[test]
fn a_signed_time_that_cannot_be_read_is_stale() {
    for time in ["1234", "yesterday", ""] {
        let headers: Headers = [("x-time", time)].into_iter().collect();
        let bytes = ISO.signed_bytes(&headers, BODY).expect("the header is set");
        let signature = ISO.encoded(b"k1", &bytes);
        assert_eq!(check(ISO, &with(&headers, "x-signature", &signature), BODY, &["k1"]), Err(AuthError::Stale));
    }
    let far = Signature { signed: &[Part::Body], ..HEX };
    let signature = format!("sha256={}", far.encoded(b"k1", &[BODY]));
    let headers: Headers =
        [("x-signature", signature.as_str()), ("x-time", "-9223372036854775808")].into_iter().collect();
    assert_eq!(check(far, &headers, BODY, &["k1"]), Err(AuthError::Stale));
}

#[test]
fn of_several_signatures_any_may_match() {
    let headers = signed(STANDARD_WEBHOOKS, "k1", NOW, BODY);
    let good = headers.get("webhook-signature").expect("signed").to_owned();
    let bad = signed(STANDARD_WEBHOOKS, "k2", NOW, BODY).get("webhook-signature").expect("signed").to_owned();
    for list in [format!("{bad} {good}"), format!("v1a,xyz {bad}  {good} v2,zzz"), format!("{good} {bad}")] {
        assert_eq!(check(STANDARD_WEBHOOKS, &with(&headers, "webhook-signature", &list), BODY, &["k1"]), Ok(()));
    }
    for list in
        [bad.clone(), good.replace("v1,", "v2,"), good.replace("v1,", ""), String::new(), format!("{bad},{good}")]
    {
        let headers = with(&headers, "webhook-signature", &list);
        assert_eq!(check(STANDARD_WEBHOOKS, &headers, BODY, &["k1"]), Err(AuthError::Mismatch), "{list}");
    }
}

#[test]
fn a_signature_has_one_spelling() {
    let headers = signed(HEX, "k1", NOW, BODY);
    let good = headers.get("x-signature").expect("signed").to_owned();
    let digest = good.strip_prefix("sha256=").expect("prefixed");
    let wrong = [
        format!("sha256={}", digest.to_uppercase()),
        format!("SHA256={digest}"),
        format!("sha1={digest}"),
        digest.to_owned(),
        format!("sha256={}", &digest[..62]),
        format!("{good}00"),
    ];
    for signature in wrong {
        let headers = with(&headers, "x-signature", &signature);
        assert_eq!(check(HEX, &headers, BODY, &["k1"]), Err(AuthError::Mismatch), "{signature}");
    }
}

#[test]
fn a_bearer_token_must_be_the_whole_secret() {
    let secrets = [secret("old"), secret("n3w secret"), secret("")];
    let check = |value: &str| {
        let headers: Headers = [("authorization", value)].into_iter().collect();
        verify(&[Scheme::Bearer], &headers, BODY, &secrets, NOW)
    };
    for good in ["Bearer old", "bearer n3w secret", "BEARER  old "] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in ["Bearer ol", "Bearer oldx", "Bearer", "Bearer ", "old", "Basic old", "Bearer OLD", ""] {
        assert_eq!(check(bad), Err(AuthError::Mismatch), "{bad}");
    }
    let none = verify(&[Scheme::Bearer], &Headers::default(), BODY, &secrets, NOW);
    assert_eq!(none, Err(AuthError::Missing("Authorization")));
}

#[test]
fn a_failed_signature_is_not_saved_by_a_bearer_token() {
    let schemes = [Scheme::Signature(STANDARD_WEBHOOKS), Scheme::Bearer];
    let signed = signed(STANDARD_WEBHOOKS, "k2", NOW, BODY);
    let both = with(&signed, "authorization", "Bearer k1");
    assert_eq!(verify(&schemes, &both, BODY, &[secret("k1")], NOW), Err(AuthError::Mismatch));
    let bearer = both.keep(|n| n == "authorization");
    assert_eq!(verify(&schemes, &bearer, BODY, &[secret("k1")], NOW), Ok(()));
    let neither = Headers::default();
    assert_eq!(verify(&schemes, &neither, BODY, &[secret("k1")], NOW), Err(AuthError::Missing("Authorization")));
}
