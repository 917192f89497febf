//! What no row holds, whoever made it: the last look at a value before it is written.

use super::{Elements, Refusal, Value, text, tree};

/// Refuses NUL characters, numbers that are not finite, times outside the years 1 to 9999, and keys of objects in JSON that
/// serde_json keeps for itself.
///
/// # Errors
/// The reason, as for a value of a request.
pub fn check(value: &Value) -> Result<(), Refusal> {
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
