//! F1: what comes in. One file per vendor, all of one shape: what it can deliver, its authentication as data for the
//! one [`signature`] engine, its delivery key, `translate` to canonical events, and how to connect it.
//!
//! Everything here is pure: no clock, no storage, no network. A translation depends on nothing but the delivery, and
//! an event's id is made of vendor object ids, so that the same fact is the same event by whatever path it came.

mod generic;
mod headers;
mod signature;
mod zendesk;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

pub use self::headers::Headers;
pub use self::signature::{AuthError, Scheme, WINDOW_MS};
use crate::domain::event::Event;
use crate::domain::timestamp::Timestamp;

/// A kind of sender, as named by `kind` of a `[[source]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// Zendesk event webhooks and the trigger template.
    Zendesk,
    /// Canonical events and CloudEvents, from any program.
    Generic,
}

/// What a delivery means.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// The same for every attempt at the same delivery.
    pub delivery_key: String,
    /// In the order of the delivery; empty when it holds nothing that concerns support.
    pub events: Vec<Event>,
}

/// Why an authentic delivery has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// The sender is a program under the user's control: it is told what to mend (422).
    #[error("line {line}, column {column}: {hint}")]
    Refused {
        /// 1-based, in the whole body.
        line: usize,
        /// 1-based, in the whole body.
        column: usize,
        /// What is wrong and how to mend it.
        hint: String,
    },
    /// The sender is a vendor: the delivery is set aside for a later version to understand (quarantine).
    #[error("{kind}: {reason}")]
    NotUnderstood {
        /// What operators are told about once.
        kind: String,
        /// What could not be read; holds nothing of the content.
        reason: String,
    },
}

/// What a vendor can deliver: the capabilities that metrics ask for (kpis.md 2.2).
pub type Capability = &'static str;

/// What stands in each vendor's file.
struct Adapter {
    kind: &'static str,
    capabilities: &'static [Capability],
    schemes: &'static [Scheme],
    /// Secrets that everybody knows.
    public_secrets: &'static [&'static str],
    /// Headers (lower case) without which the body cannot be translated again.
    keeps: fn(&str) -> bool,
    translate: fn(&Headers, &[u8]) -> Result<Translation, Untranslatable>,
    how_to_connect: &'static str,
}

impl Vendor {
    /// Every vendor, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::Zendesk, Self::Generic];

    /// Every word that may stand as `kind` of a `[[source]]`.
    pub const KINDS: [&'static str; 2] = [zendesk::ADAPTER.kind, generic::ADAPTER.kind];

    /// The vendor of that name.
    pub fn from_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.kind() == kind)
    }

    const fn adapter(self) -> &'static Adapter {
        match self {
            Self::Zendesk => &zendesk::ADAPTER,
            Self::Generic => &generic::ADAPTER,
        }
    }

    /// The word of `bot.toml`.
    pub const fn kind(self) -> &'static str {
        self.adapter().kind
    }

    /// What it can deliver.
    pub const fn capabilities(self) -> &'static [Capability] {
        self.adapter().capabilities
    }

    /// How it proves who it is, strongest first.
    pub const fn schemes(self) -> &'static [Scheme] {
        self.adapter().schemes
    }

    /// Plain text: what to click and paste on the vendor's side. `{url}` stands for the address of the hook.
    pub const fn how_to_connect(self) -> &'static str {
        self.adapter().how_to_connect
    }

    /// Why a configured secret would never be accepted, as a sentence; `None` when it is fine.
    pub fn secret_fault(self, secret: &SecretString) -> Option<&'static str> {
        let secret = secret.expose_secret();
        if secret.is_empty() {
            Some("the secret is empty")
        } else if self.adapter().public_secrets.contains(&secret) {
            Some("this secret is public: the vendor signs test messages with it; use the webhook's own signing secret")
        } else {
            None
        }
    }

    /// Whether the delivery is authentic, by any of the active secrets.
    ///
    /// # Errors
    /// [`AuthError`]; nothing of the delivery may be used then.
    pub fn verify(
        self,
        headers: &Headers,
        body: &[u8],
        secrets: &[SecretString],
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let private: Vec<SecretString> = secrets.iter().filter(|s| self.secret_fault(s).is_none()).cloned().collect();
        signature::verify(self.schemes(), headers, body, &private, now)
    }

    /// What an authentic delivery means.
    ///
    /// # Errors
    /// [`Untranslatable`]; the same bytes will fail again until this program changes.
    pub fn translate(self, headers: &Headers, body: &[u8]) -> Result<Translation, Untranslatable> {
        (self.adapter().translate)(headers, body)
    }

    /// The headers worth keeping beside the raw body: what translating it again needs, and no credentials.
    #[must_use]
    pub fn headers_to_keep(self, headers: &Headers) -> Headers {
        headers.keep(self.adapter().keeps)
    }
}

/// A key for deliveries that name none: equal bytes are the same delivery.
fn body_key(body: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(body)))
}

/// A body as text.
fn text(body: &[u8]) -> Result<&str, Untranslatable> {
    std::str::from_utf8(body).map_err(|e| {
        let good = String::from_utf8_lossy(&body[..e.valid_up_to()]);
        let (line, column) = position(&good, good.len());
        Untranslatable::Refused { line, column, hint: "the body is not UTF-8 text".to_owned() }
    })
}

/// The 1-based line and column of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_names_its_vendor_and_says_how_to_connect_it() {
        assert_eq!(Vendor::KINDS, Vendor::ALL.map(Vendor::kind));
        for vendor in Vendor::ALL {
            assert_eq!(Vendor::from_kind(vendor.kind()), Some(vendor));
            assert!(vendor.how_to_connect().contains("{url}"));
            assert!(!vendor.capabilities().is_empty() && !vendor.schemes().is_empty());
        }
        assert_eq!(Vendor::from_kind("Zendesk"), None);
    }
}
