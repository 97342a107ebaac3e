//! The one place where a delivery is proven authentic. A vendor's authentication is data ([`Scheme`]); this is
//! the only code that acts on it.
//!
//! Rules that hold for every vendor: the raw bytes are checked, never a re-serialised body; every active secret and
//! every signature offered is tried, in constant time and to the end; the encoded text is compared, so that there is
//! exactly one spelling of a valid signature; the time window is judged after the signature, in both directions,
//! because a window failure of an authentic delivery tells the operator about clocks and not about keys.
//!
//! The algorithm is pinned by the scheme: nothing a sender writes can choose a weaker one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::headers::Headers;
use crate::domain::timestamp::Timestamp;

/// How far a signed timestamp may lie from our clock, in either direction.
pub const WINDOW_MS: i64 = 300_000;

/// How a sender proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer SECRET`.
    Bearer,
    /// A keyed hash over the delivery.
    Signature(Signature),
}

/// A keyed hash over the delivery, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The header that carries it.
    pub header: &'static str,
    /// Between several signatures in one header; absent when there is always one.
    pub separator: Option<char>,
    /// What stands before each signature; others in the list are ignored.
    pub prefix: &'static str,
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// How the secret becomes the key.
    pub key: Key,
    /// The bytes that are hashed, in order.
    pub signed: &'static [Part],
    /// The signed time, for senders that give one.
    pub timestamp: Option<Stamp>,
}

/// A keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HmacSha256,
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Standard alphabet, padded.
    Base64,
    /// Lower case.
    Hex,
}

/// How a secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Its UTF-8 bytes.
    Text,
    /// Decoded from base64 when it begins with `whsec_`, else its UTF-8 bytes.
    Whsec,
}

/// A piece of what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The value of a header, exactly as sent.
    Header(&'static str),
    /// A separator.
    Text(&'static str),
    /// The raw body.
    Body,
}

/// Where the signed time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The header that carries it.
    pub header: &'static str,
    /// How it is written.
    pub format: StampFormat,
}

/// How a signed time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampFormat {
    /// `2026-11-22T09:00:00Z`.
    Rfc3339,
    /// Whole seconds since 1970.
    UnixSeconds,
}

/// Why a delivery is not believed. None of these is worth a retry with the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A header that the scheme needs is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// No active secret gives any of the signatures offered.
    #[error("no active secret matches")]
    Mismatch,
    /// Authentic, but its time is too far from ours (or cannot be read).
    #[error("the signed time is more than {} s away from this machine's clock", WINDOW_MS / 1000)]
    Stale,
}

/// Checks a delivery against the first of `schemes` whose header it carries; if that one fails, so does the delivery:
/// nobody gets to try a weaker scheme. Without any of the headers the last scheme says what is missing.
///
/// # Errors
/// [`AuthError`]; nothing of the delivery may be used then.
pub(super) fn verify(
    schemes: &[Scheme],
    headers: &Headers,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), AuthError> {
    let offered = schemes.iter().find(|s| headers.get(s.header()).is_some());
    match offered.or(schemes.last()).ok_or(AuthError::Mismatch)? {
        Scheme::Bearer => bearer(headers, secrets),
        Scheme::Signature(signature) => signature.verify(headers, body, secrets, now),
    }
}

impl Scheme {
    /// The header whose presence says that a sender uses this scheme.
    const fn header(&self) -> &'static str {
        match self {
            Self::Bearer => "authorization",
            Self::Signature(s) => s.header,
        }
    }

    /// The headers an honest sender would add to a delivery: what `demo` and the tests send.
    pub fn sign(
        &self,
        secret: &SecretString,
        delivery_id: &str,
        now: Timestamp,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        match self {
            Self::Bearer => vec![("authorization", format!("Bearer {}", secret.expose_secret()))],
            Self::Signature(signature) => signature.sign(secret, delivery_id, now, body),
        }
    }
}

fn bearer(headers: &Headers, secrets: &[SecretString]) -> Result<(), AuthError> {
    let value = headers.get("authorization").ok_or(AuthError::Missing("Authorization"))?;
    let (scheme, token) = value.split_once(' ').ok_or(AuthError::Mismatch)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::Mismatch);
    }
    // Digests have one length: comparing them does not even tell how long the secret is.
    let offered = Sha256::digest(token.trim().as_bytes());
    let found = usable(secrets).fold(Choice::from(0), |found, secret| {
        found | Sha256::digest(secret.as_bytes()).as_slice().ct_eq(offered.as_slice())
    });
    if found.into() { Ok(()) } else { Err(AuthError::Mismatch) }
}

/// An empty secret authenticates nobody.
fn usable(secrets: &[SecretString]) -> impl Iterator<Item = &str> {
    secrets.iter().map(ExposeSecret::expose_secret).filter(|s| !s.is_empty())
}

impl Signature {
    fn verify(
        &self,
        headers: &Headers,
        body: &[u8],
        secrets: &[SecretString],
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let offered = headers.get(self.header).ok_or(AuthError::Missing(self.header))?;
        let signed = self.signed_bytes(headers, body)?;
        let mut found = Choice::from(0);
        for key in usable(secrets).filter_map(|s| self.key.derive(s)) {
            let expected = self.encoded(&key, &signed);
            for candidate in self.candidates(offered) {
                found |= candidate.as_bytes().ct_eq(expected.as_bytes());
            }
        }
        if !bool::from(found) {
            return Err(AuthError::Mismatch);
        }
        match self.timestamp {
            None => Ok(()),
            Some(stamp) => stamp.check(headers, now),
        }
    }

    fn sign(
        &self,
        secret: &SecretString,
        delivery_id: &str,
        now: Timestamp,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        let mut sent: Vec<(&'static str, String)> = Vec::new();
        for part in self.signed {
            if let Part::Header(name) = *part {
                let stamp = self.timestamp.filter(|t| t.header == name);
                sent.push((name, stamp.map_or_else(|| delivery_id.to_owned(), |t| t.format.write(now))));
            }
        }
        let headers: Headers = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let signed = self.signed_bytes(&headers, body).expect("every header that is signed was set above");
        if let Some(key) = self.key.derive(secret.expose_secret()) {
            sent.push((self.header, format!("{}{}", self.prefix, self.encoded(&key, &signed))));
        }
        sent
    }

    fn signed_bytes<'a>(&self, headers: &'a Headers, body: &'a [u8]) -> Result<Vec<&'a [u8]>, AuthError> {
        let bytes = |part: &Part| match *part {
            Part::Header(name) => headers.get(name).map(str::as_bytes).ok_or(AuthError::Missing(name)),
            Part::Text(text) => Ok(text.as_bytes()),
            Part::Body => Ok(body),
        };
        self.signed.iter().map(bytes).collect()
    }

    fn candidates<'a>(&self, offered: &'a str) -> impl Iterator<Item = &'a str> {
        // A header value cannot hold NUL, so splitting at it leaves the value whole.
        let separator = self.separator.unwrap_or('\0');
        let prefix = self.prefix;
        offered.split(separator).filter_map(move |one| one.trim().strip_prefix(prefix))
    }

    fn encoded(&self, key: &[u8], signed: &[&[u8]]) -> String {
        let digest = match self.algorithm {
            Algorithm::HmacSha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
                signed.iter().for_each(|part| mac.update(part));
                mac.finalize().into_bytes()
            }
        };
        match self.encoding {
            Encoding::Base64 => BASE64.encode(digest),
            Encoding::Hex => hex::encode(digest),
        }
    }
}

impl Key {
    /// `None` when the secret cannot be a key of this kind; it then matches nothing.
    fn derive(self, secret: &str) -> Option<Vec<u8>> {
        match (self, secret.strip_prefix("whsec_")) {
            (Self::Whsec, Some(encoded)) => BASE64.decode(encoded).ok().filter(|key| !key.is_empty()),
            (Self::Whsec, None) | (Self::Text, _) => Some(secret.as_bytes().to_vec()),
        }
    }
}

impl Stamp {
    fn check(self, headers: &Headers, now: Timestamp) -> Result<(), AuthError> {
        let text = headers.get(self.header).ok_or(AuthError::Missing(self.header))?;
        let at = self.format.read(text).ok_or(AuthError::Stale)?;
        if (now - at).unsigned_abs() <= WINDOW_MS.unsigned_abs() { Ok(()) } else { Err(AuthError::Stale) }
    }
}

impl StampFormat {
    fn read(self, text: &str) -> Option<Timestamp> {
        match self {
            Self::Rfc3339 => Timestamp::parse(text).ok(),
            Self::UnixSeconds => text.parse::<i64>().ok().map(|s| Timestamp(s.saturating_mul(1000))),
        }
    }

    fn write(self, at: Timestamp) -> String {
        match self {
            Self::Rfc3339 => at.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            Self::UnixSeconds => at.millis().div_euclid(1000).to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
