//! Ids in the JSON of facts: text or a whole number; absent, set or cleared.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A field that is absent, set to a value, or cleared with `null`.
pub type Change<T> = Option<Option<T>>;

pub(super) fn change<'de, D: Deserializer<'de>>(d: D) -> Result<Change<String>, D::Error> {
    Option::<IdText>::deserialize(d).map(|v| Some(v.map(|i| i.0)))
}

/// An id that may arrive as text or as a number.
struct IdText(String);

impl<'de> Deserialize<'de> for IdText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = IdText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id (text or a whole number)")
            }
            fn visit_str<E>(self, v: &str) -> Result<IdText, E> {
                Ok(IdText(v.to_owned()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<IdText, E> {
                Ok(IdText(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<IdText, E> {
                Ok(IdText(v.to_string()))
            }
        }
        d.deserialize_any(Text)
    }
}

pub(crate) fn id_text<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    IdText::deserialize(d).map(|i| i.0)
}

pub(crate) fn optional_id<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Option::<IdText>::deserialize(d).map(|v| v.map(|i| i.0))
}
