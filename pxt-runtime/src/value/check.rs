//! What no row holds, whoever made it: the last look at a value before it is written.

use super::{Elements, Refusal, Value, length, text, tree};

/// Refuses NUL characters, numbers that are not finite, times outside the years 1 to 9999, what no JSON column takes, and what
/// is longer than `most` bytes.
///
/// # Errors
/// The reason, as for a value of a request.
pub(crate) fn check(value: &Value, most: usize) -> Result<(), Refusal> {
    length::refuse_longer(value, most)?;
    match value {
        Value::Float(number) if !number.is_finite() => Err(Refusal::out_of_range("must be a finite number")),
        Value::Array(Elements::F32(list)) if !list.iter().all(|number| number.is_finite()) => {
            Err(Refusal::out_of_range("must have finite elements"))
        }
        Value::Array(Elements::F64(list)) if !list.iter().all(|number| number.is_finite()) => {
            Err(Refusal::out_of_range("must have finite elements"))
        }
        Value::String(text) if text.contains('\0') => Err(text::nul()),
        Value::Json(value) => tree::refuse(value),
        Value::Timestamp(timestamp) => text::in_range(*timestamp),
        Value::Date(date) if date.year() < 1 => Err(Refusal::out_of_range("must be in the years 1 to 9999")),
        _ => Ok(()),
    }
}
