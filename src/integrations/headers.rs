//! Request headers as integrations see them: lower-cased names, text values, no HTTP library.

use std::collections::BTreeMap;
use std::fmt;

/// Headers of one delivery. When a name repeats, the first value stands.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// The value of a header, whatever the case of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(value) => Some(value),
            None => self.0.get(&name.to_ascii_lowercase()).map(String::as_str),
        }
    }

    /// Names (lower case) and values in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Only those headers whose lower-case name is wanted.
    #[must_use]
    pub fn keep(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(n, _)| wanted(n)).map(|(n, v)| (n.clone(), v.clone())).collect())
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            map.entry(name.as_ref().to_ascii_lowercase()).or_insert_with(|| value.into());
        }
        Self(map)
    }
}

/// Names only: values may be credentials.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_debug_shows_no_values() {
        let headers: Headers = [("Authorization", "Bearer s3cret"), ("X-A", "1"), ("x-a", "2")].into_iter().collect();
        assert_eq!(headers.get("x-a"), Some("1"));
        assert_eq!(headers.get("AUTHORIZATION"), Some("Bearer s3cret"));
        assert_eq!(format!("{headers:?}"), r#"{"authorization", "x-a"}"#);
        assert_eq!(headers.keep(|n| n == "x-a").iter().collect::<Vec<_>>(), [("x-a", "1")]);
    }
}
