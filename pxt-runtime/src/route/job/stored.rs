//! A request as a job keeps it: the values by the names of their fields, so that a route may be declared otherwise before the
//! job runs, and files by their keys in storage.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, FieldError, Result};
use crate::route::fields::{Field, Fields};
use crate::route::request::{Received, Wire};
use crate::value::{Media, Value, from_json};

#[derive(Serialize, Deserialize)]
struct Stored<'r> {
    #[serde(borrow)]
    fields: BTreeMap<&'r str, &'r RawValue>,
    /// Whether it was asked by GET.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    get: bool,
    /// Whether fields are named as those of forms are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    form: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    versions: Option<Vec<i64>>,
}

/// The request as JSON text. Its files are stored.
pub(super) fn write(fields: &Fields, received: &Received) -> Result<String> {
    let written = |(field, value): (&Field, &Option<Value>)| {
        let raw = match value.as_ref()? {
            Value::Media(file) => serde_json::value::to_raw_value(&file.key()),
            value => serde_json::value::to_raw_value(value),
        };
        Some(raw.map(|raw| (field.name, raw)))
    };
    let values: Vec<_> = fields.list.iter().zip(&received.input).filter_map(written).collect::<Result<_, _>>()?;
    let stored = Stored {
        fields: values.iter().map(|(name, raw)| (*name, &**raw)).collect(),
        get: received.method != Method::POST,
        form: received.wire == Wire::Text,
        query: received.query.clone(),
        cursor: received.cursor.clone(),
        versions: received.versions.clone(),
    };
    serde_json::to_string(&stored).map_err(Error::internal)
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
        method: if stored.get { Method::GET } else { Method::POST },
        headers: HeaderMap::new(),
        query: stored.query,
        cursor: stored.cursor,
        versions: stored.versions,
        job: None,
    })
}

fn value(field: &Field, raw: &RawValue) -> Result<Value, crate::value::Refusal> {
    if field.ty.is_media() && raw.get() != "null" {
        let key: Result<String, _> = serde_json::from_str(raw.get());
        return Ok(key.map_or(Value::Null, |key| Value::Media(Media::stored(key))));
    }
    field.structured(from_json(field.ty, field.nullable, raw)?)
}
