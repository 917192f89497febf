//! The fields of answers that are values of functions, as the JSON schema of the value's type tells them.
//!
//! What a schema says of a field is taken as narrowly as it is said. What is nested, or may be of several types, is JSON.

use percent_encoding::percent_decode_str;
use schemars::generate::SchemaSettings;
use schemars::{Schema as JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json};

use super::target::{Field, Holds};

/// Where schemas refer to.
const DEFINITIONS: &str = "#/$defs/";

/// How many schemas may stand for one another, or around one another, before none of them says anything.
const DEEPEST: usize = 32;

/// Any integer that JSON text is read as.
const INTEGERS: (i128, i128) = (i64::MIN as i128, u64::MAX as i128);

/// The fields of the value of a function. `schema` is that of its type.
///
/// # Errors
/// When the value is no object, or an object whose fields are not known: one sentence.
pub(crate) fn of_value(function: &str, schema: fn(&mut SchemaGenerator) -> JsonSchema) -> Result<Vec<Field>, String> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = schema(&mut generator).to_value();
    let schemas = Schemas(generator.take_definitions(true));
    let mut fields = Vec::new();
    match schemas.object(&schema, 0, &mut fields) {
        Ok(()) if fields.is_empty() => Err("an object without fields"),
        Ok(()) => return Ok(fields),
        Err(what) => Err(what),
    }
    .map_err(|what| {
        format!("`export_sql` writes the fields of an object, and the value of `{function}` is {what}: return a struct")
    })
}

/// Schemas that have names.
struct Schemas(Map<String, Json>);

impl Schemas {
    /// The schema that another refers to, if it does.
    fn target(&self, schema: &Json) -> Option<&Json> {
        let name = schema.get("$ref")?.as_str()?;
        // A name is written as a URI's fragment and a pointer's token.
        let name = percent_decode_str(name.strip_prefix(DEFINITIONS)?).decode_utf8_lossy();
        self.0.get(&name.replace("~1", "/").replace("~0", "~"))
    }

    /// Adds the fields of an object.
    ///
    /// # Errors
    /// What it is instead.
    fn object(&self, schema: &Json, depth: usize, fields: &mut Vec<Field>) -> Result<(), &'static str> {
        let any = "any JSON";
        let Some(map) = schema.as_object().filter(|_| depth < DEEPEST) else { return Err(any) };
        if let Some(several) = alternatives(map) {
            return match several.as_slice() {
                [one] if !map.contains_key("properties") => self.object(one, depth + 1, fields),
                _ if several.iter().any(|one| is_null(one)) => Err("null at times"),
                _ => Err("of several shapes"),
            };
        }
        // The content of a variant beside its tag is one of the parts.
        let parts: Vec<_> =
            map.get("allOf").and_then(Json::as_array).into_iter().flatten().chain(self.target(schema)).collect();
        for part in &parts {
            self.object(part, depth + 1, fields)?;
        }
        match types(map).as_slice() {
            ["object"] => {}
            [] if !parts.is_empty() || map.contains_key("properties") => {}
            [] => return Err(any),
            ["array"] => return Err("an array"),
            ["string"] => return Err("a text"),
            ["integer" | "number"] => return Err("a number"),
            ["boolean"] => return Err("a truth value"),
            ["null"] => return Err("null"),
            several if several.contains(&"null") => return Err("null at times"),
            _ => return Err("of several types"),
        }
        let is_open = |key: &&str| map.get(*key).is_some_and(|schema| *schema != Json::Bool(false));
        if ["additionalProperties", "patternProperties", "unevaluatedProperties"].iter().any(is_open) {
            return Err("a map, whose keys its type does not tell");
        }
        let required = map.get("required").and_then(Json::as_array);
        let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
        for (name, schema) in map.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let (holds, is_nullable) = self.value(schema, depth + 1);
            // A field that is left out is written as null.
            let is_nullable = is_nullable || !is_required(name);
            // Null alone says nothing of a column.
            fields.push(Field { name: name.clone(), holds: holds.unwrap_or(Holds::Json), is_nullable });
        }
        Ok(())
    }

    /// What a field holds beside null, if there is anything, and whether it may be null.
    fn value(&self, schema: &Json, depth: usize) -> (Option<Holds>, bool) {
        let anything = (Some(Holds::Json), true);
        let Some(map) = schema.as_object().filter(|_| depth < DEEPEST) else { return anything };
        if let Some(target) = self.target(schema) {
            return self.value(target, depth + 1);
        }
        if let Some(several) = alternatives(map) {
            let all = several.into_iter().map(|one| self.value(one, depth + 1));
            return all.reduce(either).unwrap_or(anything);
        }
        if let Some([one]) = map.get("allOf").and_then(Json::as_array).map(Vec::as_slice) {
            return self.value(one, depth + 1);
        }
        let constants = match (map.get("enum"), map.get("const")) {
            (Some(Json::Array(list)), _) => list.iter().collect(),
            (_, Some(one)) => vec![one],
            _ => Vec::new(),
        };
        if let Some(found) = constants.into_iter().map(constant).reduce(either) {
            return found;
        }
        types(map).into_iter().map(|ty| typed(ty, map)).reduce(either).unwrap_or(anything)
    }
}

/// The schemas of which one holds, if that is what a schema says.
fn alternatives(map: &Map<String, Json>) -> Option<Vec<&Json>> {
    let list = map.get("anyOf").or_else(|| map.get("oneOf"))?.as_array()?;
    Some(list.iter().collect())
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").is_some_and(|ty| ty == "null")
}

/// The types that a schema names.
fn types(map: &Map<String, Json>) -> Vec<&str> {
    match map.get("type") {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What one value is.
fn constant(value: &Json) -> (Option<Holds>, bool) {
    let holds = match value {
        Json::Null => return (None, true),
        Json::Bool(_) => Holds::Bool,
        Json::String(text) => Holds::Text(u64::try_from(text.chars().count()).ok()),
        Json::Number(number) => match number.as_i128() {
            Some(number) => Holds::Int(number, number),
            None => Holds::Float { is_single: false },
        },
        Json::Array(_) | Json::Object(_) => Holds::Json,
    };
    (Some(holds), false)
}

/// What a schema of this type says.
fn typed(ty: &str, map: &Map<String, Json>) -> (Option<Holds>, bool) {
    let format = map.get("format").and_then(Json::as_str);
    let most = map.get("maxLength").and_then(Json::as_u64);
    let holds = match ty {
        "null" => return (None, true),
        "boolean" => Holds::Bool,
        "integer" => integer(format, map),
        "number" => Holds::Float { is_single: format == Some("float") },
        "string" if map.get("contentEncoding").is_some_and(|encoding| encoding == "base64") => {
            // Four letters for three bytes.
            Holds::Binary(most.map(|letters| letters / 4 * 3))
        }
        "string" => match format {
            Some("date-time") => Holds::Timestamp,
            Some("date") => Holds::Date,
            Some("uuid") => Holds::Uuid,
            _ => Holds::Text(most),
        },
        _ => Holds::Json,
    };
    (Some(holds), false)
}

fn integer(format: Option<&str>, map: &Map<String, Json>) -> Holds {
    let (least, most) = match format {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("int64" | "int") => (i64::MIN.into(), i64::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64" | "uint") => (0, u64::MAX.into()),
        Some("int128") => (i128::MIN, i128::MAX),
        Some("uint128") => (0, i128::MAX),
        _ => INTEGERS,
    };
    let bound = |key: &str| map.get(key)?.as_number()?.as_i128();
    Holds::Int(
        bound("minimum").map_or(least, |bound| bound.max(least)),
        bound("maximum").map_or(most, |bound| bound.min(most)),
    )
}

/// One or the other.
fn either(one: (Option<Holds>, bool), other: (Option<Holds>, bool)) -> (Option<Holds>, bool) {
    let longer = |a: Option<u64>, b: Option<u64>| Some(a?.max(b?));
    let holds = match (one.0, other.0) {
        (Some(one), Some(other)) => Some(match (one, other) {
            (Holds::Text(a), Holds::Text(b)) => Holds::Text(longer(a, b)),
            (Holds::Binary(a), Holds::Binary(b)) => Holds::Binary(longer(a, b)),
            (Holds::Int(a, b), Holds::Int(c, d)) => Holds::Int(a.min(c), b.max(d)),
            (Holds::Float { is_single: a }, Holds::Float { is_single: b }) => Holds::Float { is_single: a && b },
            (one, other) if one == other => one,
            _ => Holds::Json,
        }),
        (one, other) => one.or(other),
    };
    (holds, one.1 || other.1)
}

#[cfg(test)]
mod tests;
