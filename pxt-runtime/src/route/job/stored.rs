//! A request as a job keeps it: the values by the names of their fields, so that a route may be declared otherwise before the
//! job runs, and files by their keys in storage.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::{Error, FieldError, Result};
use crate::route::fields::{Field, Fields, Input};
use crate::route::request::{Received, Wire};
use crate::value::{Media, Value, from_json};

/// What is written, and read as [`Stored`].
#[derive(Serialize)]
struct Written<'r> {
    fields: Values<'r>,
    /// Whether fields are named as those of forms are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    form: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<&'r [i64]>,
}

#[derive(Deserialize)]
struct Stored<'r> {
    #[serde(borrow)]
    fields: BTreeMap<&'r str, &'r RawValue>,
    #[serde(default)]
    form: bool,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    versions: Option<Vec<i64>>,
}

/// The values that were given, by the names of their fields.
struct Values<'r>(&'r [Field], &'r Input);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, value) in self.0.iter().zip(self.1) {
            match value {
                Some(Value::Media(file)) => map.serialize_entry(field.name, &file.key())?,
                Some(value) => map.serialize_entry(field.name, value)?,
                None => {}
            }
        }
        map.end()
    }
}

/// The request as JSON text. Its files are stored.
pub(super) fn write(fields: &Fields, received: &Received) -> Result<String> {
    let written = Written {
        fields: Values(&fields.list, &received.input),
        form: received.wire == Wire::Text,
        cursor: received.cursor.as_deref(),
        versions: received.versions.as_deref(),
    };
    serde_json::to_string(&written).map_err(Error::internal)
}

/// The request that was written, as the route reads it now.
///
/// # Errors
/// 422 `route_changed` when the route was changed, so that it would refuse the request.
pub(super) fn read(fields: &Fields, text: &str) -> Result<Received> {
    let mut stored: Stored<'_> = serde_json::from_str(text)?;
    let (mut input, mut wrong) = (Vec::with_capacity(fields.list.len()), Vec::new());
    for field in &fields.list {
        let value = stored.fields.remove(field.name).map(|raw| value(field, raw)).transpose();
        match value {
            Ok(None) if field.required => wrong.push(FieldError::pointer(field.name, "missing", "is missing")),
            Ok(value) => input.push(value),
            Err(refusal) => wrong.push(FieldError::pointer(field.name, refusal.code, refusal.detail)),
        }
    }
    for name in stored.fields.into_keys() {
        wrong.push(FieldError::pointer(name, "unknown_field", "is not a field of this route any more"));
    }
    if !wrong.is_empty() {
        let error = Error::new(422, "route_changed", "the route was changed after the request was accepted");
        return Err(wrong.into_iter().fold(error, Error::with_field));
    }
    Ok(Received {
        input,
        wire: if stored.form { Wire::Text } else { Wire::Json },
        // It says where further rows are found, which a job's result does not.
        query: String::new(),
        cursor: stored.cursor,
        versions: stored.versions,
    })
}

fn value(field: &Field, raw: &RawValue) -> Result<Value, crate::value::Refusal> {
    if field.ty.is_media() && raw.get() != "null" {
        let key: Result<String, _> = serde_json::from_str(raw.get());
        return Ok(key.map_or(Value::Null, |key| Value::Media(Media::stored(key))));
    }
    field.structured(from_json(field.ty, field.nullable, raw)?)
}
