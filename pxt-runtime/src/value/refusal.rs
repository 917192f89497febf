//! Why a value from outside was not accepted.

use std::borrow::Cow;

/// A value that a request wrote and that its column cannot take.
///
/// `detail` is shown to the client. It says what to write instead and never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// A stable code: `wrong_type`, `out_of_range`, `bad_format`, `null`, `wrong_length`, `too_long`, `nul_character`,
    /// `reserved_key`.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: Cow<'static, str>,
}

impl Refusal {
    /// A refusal of this code and text.
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }

    pub(crate) fn wrong_type(wanted: &'static str) -> Self {
        Self::new("wrong_type", wanted)
    }

    pub(crate) fn null() -> Self {
        Self::new("null", "must not be null")
    }

    pub(crate) fn out_of_range(detail: &'static str) -> Self {
        Self::new("out_of_range", detail)
    }

    pub(crate) fn format(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new("bad_format", detail)
    }
}
