//! JSON to values, strictly: no text for numbers, no numbers for text; `5.0` is the integer 5.
//!
//! A field arrives as the raw text of its JSON value, so that each is judged alone and none hides another's mistake.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, Serializer};
use serde_json::value::RawValue;

use super::{Array, Elements, Media, Refusal, Value, text, tree};
use crate::schema::{ColumnType, Element};

/// Reads the JSON value of a column, or of a parameter, of this type.
///
/// # Errors
/// A [`Refusal`] that says what the column takes.
pub fn from_json(ty: ColumnType, nullable: bool, raw: &RawValue) -> Result<Value, Refusal> {
    let raw = raw.get();
    // For a column of JSON, `null` is a value unless the column is nullable.
    if raw == "null" && (nullable || ty != ColumnType::Json) {
        return if nullable { Ok(Value::Null) } else { Err(Refusal::null()) };
    }
    match ty {
        ColumnType::Bool => match raw {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Refusal::wrong_type("must be `true` or `false`")),
        },
        ColumnType::Int => integer(raw).map(Value::Int),
        ColumnType::Float => float(raw).map(Value::float),
        ColumnType::Json => tree::read(raw).map(Value::Json),
        ColumnType::Array(element, len) => elements(raw, element, len).map(Value::Array),
        ty => from_string(ty, string(raw, ty)?),
    }
}

/// Reads the JSON value of a column as pxt wrote it itself, of a row that may hold what no request can bring any more.
///
/// # Errors
/// A [`Refusal`] that says what the column takes.
pub(crate) fn from_stored(ty: ColumnType, nullable: bool, raw: &RawValue) -> Result<Value, Refusal> {
    if ty != ColumnType::Json || (nullable && raw.get() == "null") {
        return from_json(ty, nullable, raw);
    }
    tree::read_stored(raw.get()).map(Value::Json).ok_or_else(|| Refusal::format("is not usable JSON"))
}

/// The columns that are text in JSON.
fn from_string(ty: ColumnType, string: String) -> Result<Value, Refusal> {
    match ty {
        ColumnType::String => text::without_nul(string).map(Value::String),
        ty if ty.is_media() => Ok(Value::Media(Media::from_url(text::without_nul(string)?))),
        ty => text::from_written(ty, &string),
    }
}

fn string(raw: &str, ty: ColumnType) -> Result<String, Refusal> {
    if !raw.starts_with('"') {
        return Err(Refusal::wrong_type(match ty {
            ColumnType::String => "must be a string",
            ColumnType::Timestamp => "must be a string with an RFC 3339 timestamp, such as \"2026-01-31T12:00:00Z\"",
            ColumnType::Date => "must be a string with a date, such as \"2026-01-31\"",
            ColumnType::Uuid => "must be a string with a UUID",
            ColumnType::Binary => "must be a string with base64 text",
            _ => "must be a string with a URL",
        }));
    }
    // The text is JSON already; what is left to go wrong are escapes that name half of a surrogate pair.
    serde_json::from_str(raw).map_err(|_| Refusal::format("has an escape that is not a Unicode character"))
}

fn integer(raw: &str) -> Result<i64, Refusal> {
    const RANGE: &str = "must be between -9223372036854775808 and 9223372036854775807";
    const TYPE: &str = "must be an integer";
    if let Ok(integer) = raw.parse() {
        return Ok(integer);
    }
    if !raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Err(Refusal::wrong_type(TYPE));
    }
    if let Some((whole, fraction)) = raw.split_once('.')
        && fraction.bytes().all(|digit| digit == b'0')
    {
        return whole.parse().map_err(|_| Refusal::out_of_range(RANGE));
    }
    if raw.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
        return Err(Refusal::out_of_range(RANGE));
    }
    // An exponent: integers up to 2^53 are exact in a float.
    match raw.parse::<f64>() {
        Ok(number) if number.is_finite() && number.fract() != 0.0 => Err(Refusal::wrong_type(TYPE)),
        Ok(number) if number.abs() <= 9_007_199_254_740_992.0 => Ok(number as i64),
        _ => Err(Refusal::out_of_range(RANGE)),
    }
}

fn float(raw: &str) -> Result<f64, Refusal> {
    if !raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Err(Refusal::wrong_type("must be a number"));
    }
    match raw.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(Refusal::out_of_range("must be a finite 64-bit number")),
    }
}

pub(super) fn elements(raw: &str, element: Element, len: usize) -> Result<Elements, Refusal> {
    let (items, count) = serde_json::Deserializer::from_str(raw)
        .deserialize_seq(FirstItems(len))
        .map_err(|_| Refusal::new("wrong_type", format!("must be a list of {len} elements")))?;
    if count != len {
        return Err(Refusal::new("wrong_length", format!("must have {len} elements, not {count}")));
    }
    fn each<T>(items: &[&RawValue], read: impl Fn(&str) -> Result<T, Refusal>) -> Result<Box<[T]>, Refusal> {
        let name = |position: usize, refusal: Refusal| {
            Refusal::new(refusal.code, format!("element {position} {}", refusal.detail))
        };
        items.iter().enumerate().map(|(position, item)| read(item.get()).map_err(|r| name(position, r))).collect()
    }
    Ok(match element {
        Element::F32 => Elements::F32(each(&items, |raw| {
            let narrow = float(raw)? as f32;
            if narrow.is_finite() { Ok(narrow) } else { Err(Refusal::out_of_range("must be a finite 32-bit number")) }
        })?),
        Element::F64 => Elements::F64(each(&items, float)?),
        Element::I64 => Elements::I64(each(&items, integer)?),
        Element::Bool => Elements::Bool(each(&items, |raw| match raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Refusal::wrong_type("must be `true` or `false`")),
        })?),
    })
}

/// Reads the first elements of a list, and counts the others.
struct FirstItems(usize);

impl<'de> Visitor<'de> for FirstItems {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::with_capacity(self.0.min(1024));
        while items.len() < self.0 {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        let mut count = items.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((items, count))
    }
}

/// The JSON form of a value. A file is its address; one that no store has made readable is a path.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Timestamp(value) => serializer.collect_str(value),
            Self::Date(value) => serializer.collect_str(value),
            Self::Uuid(value) => serializer.collect_str(value),
            Self::Json(value) => value.serialize(serializer),
            Self::Binary(value) => value.serialize(serializer),
            Self::Array(value) => value.serialize(serializer),
            Self::Media(value) => value.url().serialize(serializer),
        }
    }
}

impl Serialize for Elements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn list<T: Serialize, S: Serializer>(items: &[T], serializer: S) -> Result<S::Ok, S::Error> {
            let mut sequence = serializer.serialize_seq(Some(items.len()))?;
            for item in items {
                sequence.serialize_element(item)?;
            }
            sequence.end()
        }
        match self {
            Self::F32(items) => list(items, serializer),
            Self::F64(items) => list(items, serializer),
            Self::I64(items) => list(items, serializer),
            Self::Bool(items) => list(items, serializer),
        }
    }
}

impl<'de, T, const N: usize> serde::Deserialize<'de> for Array<T, N>
where
    T: serde::Deserialize<'de>,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::deserialize(deserializer)?;
        Self::try_from(list).map_err(|list| serde::de::Error::invalid_length(list.len(), &"the array's length"))
    }
}

#[cfg(test)]
mod tests;
