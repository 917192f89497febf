//! Fields of answers: what is known of them before any answer is there.

use std::fmt;

/// A field of an answer, as far as is known of all answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) holds: Holds,
    pub(crate) is_nullable: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Holds {
    Bool,
    /// Integers from the first up to the second.
    Int(i128, i128),
    /// A finite number; whether it is one of single precision.
    Float {
        is_single: bool,
    },
    /// Up to so many characters, if there is a limit.
    Text(Option<u64>),
    /// RFC 3339, in UTC, with up to nine digits of a second.
    Timestamp,
    /// `YYYY-MM-DD`.
    Date,
    /// Hyphenated, in lower case.
    Uuid,
    /// Base64 text of up to so many bytes, if there is a limit.
    Binary(Option<u64>),
    /// Any JSON.
    Json,
}

/// As in "`score` is a float".
impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool => f.write_str("a truth value"),
            Self::Int(low, high) => write!(f, "an integer from {low} to {high}"),
            Self::Float { is_single: false } => f.write_str("a float"),
            Self::Float { is_single: true } => f.write_str("a float of single precision"),
            Self::Text(None) => f.write_str("text of any length"),
            Self::Text(Some(most)) => write!(f, "text of up to {most} characters"),
            Self::Timestamp => f.write_str("a timestamp"),
            Self::Date => f.write_str("a date"),
            Self::Uuid => f.write_str("a UUID"),
            Self::Binary(None) => f.write_str("bytes of any number"),
            Self::Binary(Some(most)) => write!(f, "up to {most} bytes"),
            Self::Json => f.write_str("JSON"),
        }
    }
}
