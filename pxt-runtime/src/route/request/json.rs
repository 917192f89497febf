//! A JSON object to the values of a route's fields, all mistakes at once.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::mistakes::{Mistakes, Wire};
use crate::error::{Error, FieldError, Result};
use crate::route::fields::{Fields, Input};
use crate::value::{KEY, from_json, size};

/// How many keys are read.
const KEYS: usize = 1000;

/// Reads the body. 400 for what is not JSON, 422 for what is, but not this route's. What has too many keys, or one that is too
/// long, is not read further.
pub(super) fn read(fields: &Fields, body: &[u8]) -> Result<Input> {
    let text = std::str::from_utf8(body)
        .map_err(|error| malformed(format!("the body is not UTF-8: byte {} is not", error.valid_up_to())))?;
    if text.trim_ascii().is_empty() {
        return Err(malformed("the body is empty: send a JSON object".to_owned()));
    }
    let mut reading = Reading::new(fields);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = (&mut reading).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(name) = reading.repeated {
        let error = Error::new(400, "malformed_body", format!("the key `{name}` stands in the body twice"));
        return Err(error.with_field(FieldError::pointer(&name, "repeated", "is written twice")));
    }
    if let Some(excess) = reading.excess {
        return Err(reading.mistakes.ended(excess));
    }
    if let Err(error) = outcome {
        return Err(refused(text, &error, reading.current.as_deref()));
    }
    reading.mistakes.finish(&reading.seen)?;
    Ok(reading.values)
}

fn malformed(detail: String) -> Error {
    Error::new(400, "malformed_body", detail)
}

fn refused(text: &str, error: &serde_json::Error, current: Option<&str>) -> Error {
    if !text.trim_ascii_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Error::invalid(vec![FieldError::whole("wrong_type", "the body must be a JSON object")]);
    }
    let refused = malformed(format!("the body is not JSON: {error}"));
    match current {
        Some(name) => refused.with_field(FieldError::pointer(name, "malformed", "is not JSON")),
        None => refused,
    }
}

/// The state of one pass over the body.
struct Reading<'f> {
    fields: &'f Fields,
    values: Input,
    mistakes: Mistakes<'f>,
    seen: Vec<bool>,
    /// The key whose value is being read.
    current: Option<String>,
    repeated: Option<String>,
    /// What no further key is read for.
    excess: Option<FieldError>,
}

impl<'f> Reading<'f> {
    fn new(fields: &'f Fields) -> Self {
        let count = fields.list.len();
        Self {
            fields,
            values: vec![None; count],
            mistakes: Mistakes::new(fields, Wire::Json),
            seen: vec![false; count],
            current: None,
            repeated: None,
            excess: None,
        }
    }

    fn known<'de, M: MapAccess<'de>>(&mut self, position: usize, map: &mut M) -> Result<(), M::Error> {
        let field = &self.fields.list[position];
        if std::mem::replace(&mut self.seen[position], true) {
            self.repeated = Some(field.name.to_owned());
            return Err(M::Error::custom("repeated key"));
        }
        let raw = match map.next_value::<&'de RawValue>() {
            Ok(raw) => raw,
            Err(error) => {
                self.current = Some(field.name.to_owned());
                return Err(error);
            }
        };
        let value = from_json(field.ty, field.nullable, raw).and_then(|value| field.accepted(value));
        match value {
            Ok(value) => self.values[position] = Some(value),
            Err(refusal) => self.mistakes.refuse(position, refusal),
        }
        Ok(())
    }

    fn unknown<'de, M: MapAccess<'de>>(&mut self, name: String, map: &mut M) -> Result<(), M::Error> {
        if !self.mistakes.unknown(&name) {
            self.repeated = Some(name);
            return Err(M::Error::custom("repeated key"));
        }
        if let Err(error) = map.next_value::<serde::de::IgnoredAny>() {
            self.current = Some(name);
            return Err(error);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut count = 0;
        while let Some(key) = map.next_key_seed(KeySeed(self.fields))? {
            count += 1;
            let excess = match key {
                _ if count > KEYS => FieldError::whole("too_many", format!("has more than {KEYS} fields")),
                Key::Long => FieldError::whole("too_long", format!("has a key that is longer than {}", size(KEY))),
                Key::Known(position) => {
                    self.known(position, &mut map)?;
                    continue;
                }
                Key::Unknown(name) => {
                    self.unknown(name, &mut map)?;
                    continue;
                }
            };
            self.excess = Some(excess);
            return Err(M::Error::custom("more than is read"));
        }
        Ok(())
    }
}

/// A key, looked up without copying it.
struct KeySeed<'f>(&'f Fields);

enum Key {
    Known(usize),
    Unknown(String),
    /// Longer than keys are.
    Long,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(match self.0.position(text) {
            Some(position) => Key::Known(position),
            None if text.len() > KEY => Key::Long,
            None => Key::Unknown(text.to_owned()),
        })
    }
}
