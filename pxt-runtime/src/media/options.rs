//! What a bucket's client is told beside its address, by `object_store`'s own names.

use std::collections::BTreeMap;
use std::fmt;

/// Options of a bucket's client, by the names that `object_store` gives them: `aws_access_key_id`, `aws_endpoint`,
/// `allow_http`, `read_timeout`… They stand above the environment. [`Debug`](fmt::Debug) shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MediaOptions(BTreeMap<String, String>);

impl MediaOptions {
    /// Sets an option. The name may be in any case; the last value counts.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_ascii_lowercase(), value.into());
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of what is set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for MediaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and tokens are among the values.
        f.debug_set().entries(self.0.keys()).finish()
    }
}
