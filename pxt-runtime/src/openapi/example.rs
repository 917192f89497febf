//! Made-up values that a reader could send: by the column's name where it tells something, else by its type.
//!
//! Each is a value that the route accepts, but for what only the database knows (that a key is taken, say).

use serde_json::{Map, Value as Json, json};

use super::components::{Components, Way};
use super::schema::{Column, Place, Writer};
use crate::schema::{ColumnType, Element};

/// The most elements of a list that are shown beside a field, and in the example of a whole request.
const SHORT: usize = 16;
const LONG: usize = 1024;

/// How deep an example of structured JSON goes.
const DEPTH: usize = 16;

/// A file of one pixel.
const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mOQS5gIAAGvARBf+GTnAAAAAElFTkSuQmCC";
/// The first box of an MP4.
const VIDEO: &str = "data:video/mp4;base64,AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t";
/// No sound at all, 8 kHz.
const AUDIO: &str = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
const DOCUMENT: &str = "data:text/plain;base64,SGVsbG8=";

/// A stored file.
const FILE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A value of a column. None when its type does not tell one.
pub(super) fn of_column(writer: &mut Writer<'_>, column: &Column<'_>, place: Place) -> Option<Json> {
    let ty = column.ty?;
    let value = match ty {
        ColumnType::Json => {
            let route = writer.route.clone();
            let structure = writer.components.schema(Way::Request, &route, column.structure);
            match structure {
                Some(schema) => of_schema(&schema, writer.components, DEPTH)?,
                None => json!({"key": "value"}),
            }
        }
        ty if ty.is_media() => match place {
            Place::Answer => stored(ty, column.owner, writer.public_url).into(),
            _ => carried(ty).into(),
        },
        ty => within(of_type(ty, column.name)?, column),
    };
    // A form's field holds JSON as text.
    match ty {
        ColumnType::Json | ColumnType::Array(..) if place == Place::Text => Some(value.to_string().into()),
        _ => Some(value),
    }
}

/// Whether it is worth showing beside a field.
pub(super) fn is_short(example: &Json) -> bool {
    match example {
        Json::Array(items) => items.len() <= SHORT,
        Json::String(text) => text.len() <= 256,
        _ => true,
    }
}

/// An example that is no longer than the column's values are.
fn within(example: Json, column: &Column<'_>) -> Json {
    match (column.ty, column.max_bytes, example) {
        // Examples are ASCII.
        (Some(ColumnType::String), Some(most), Json::String(text)) => text[..most.min(text.len())].into(),
        (Some(ColumnType::Binary), Some(most), _) if most < "hello".len() => json!(""),
        (_, _, example) => example,
    }
}

fn of_type(ty: ColumnType, name: &str) -> Option<Json> {
    Some(match ty {
        ColumnType::Bool => json!(true),
        ColumnType::Int => json!(integer(name)),
        ColumnType::Float => json!(number(name)),
        ColumnType::Timestamp => json!("2026-01-31T12:00:00Z"),
        ColumnType::Date => json!("2026-01-31"),
        ColumnType::Uuid => json!("0190b3a4-5c5e-7000-8000-000000000001"),
        ColumnType::Binary => json!("aGVsbG8="),
        ColumnType::Array(element, len) => {
            let item = |position: usize| match element {
                Element::F32 | Element::F64 => json!([0.5, 0.25, -0.125, 0.0][position % 4]),
                Element::I64 => json!(position as i64 % 10),
                Element::Bool => json!(position.is_multiple_of(2)),
            };
            (len <= LONG).then(|| (0..len).map(item).collect())?
        }
        _ => json!(text(name)),
    })
}

/// Whether a name has one of these words in it.
fn says(name: &str, words: &[&str]) -> bool {
    name.split('_').any(|part| words.contains(&part))
}

fn integer(name: &str) -> i64 {
    match name {
        name if says(name, &["year"]) => 1949,
        name if says(name, &["width", "height"]) => 640,
        name if says(name, &["limit", "most", "top"]) => 10,
        name if says(name, &["offset", "skip"]) => 0,
        name if says(name, &["stars", "rating"]) => 4,
        name if says(name, &["age"]) => 35,
        name if says(name, &["size", "bytes"]) => 1024,
        name if says(name, &["count", "number", "quantity"]) => 3,
        _ => 1,
    }
}

fn number(name: &str) -> f64 {
    match name {
        name if says(name, &["price", "amount", "cost"]) => 9.95,
        name if says(name, &["lat", "latitude"]) => 48.2082,
        name if says(name, &["lon", "lng", "longitude"]) => 16.3738,
        name if says(name, &["temperature"]) => 21.5,
        _ => 0.5,
    }
}

fn text(name: &str) -> &'static str {
    match name {
        name if says(name, &["title"]) => "The Third Man",
        name if says(name, &["email", "mail"]) => "anna@example.com",
        name if says(name, &["url", "link", "website"]) => "https://example.com/",
        name if says(name, &["slug"]) => "the-third-man",
        name if says(name, &["city"]) => "Vienna",
        name if says(name, &["country"]) => "Austria",
        name if says(name, &["language", "lang"]) => "en",
        name if says(name, &["color", "colour"]) => "#1e6091",
        name if says(name, &["prompt"]) => "a lighthouse at night",
        name if says(name, &["name", "author", "director", "user"]) => "Anna Schmidt",
        name if says(name, &["note", "comment", "remark"]) => "seen twice",
        name if says(name, &["description", "caption", "summary"]) => "A man in a doorway, half in shadow.",
        name if says(name, &["query", "search", "text", "q"]) => "lighthouse",
        _ => "text",
    }
}

/// A file in its own address.
fn carried(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Image => IMAGE,
        ColumnType::Video => VIDEO,
        ColumnType::Audio => AUDIO,
        _ => DOCUMENT,
    }
}

fn stored(ty: ColumnType, owner: &str, public_url: Option<&str>) -> String {
    let extension = match ty {
        ColumnType::Image => "png",
        ColumnType::Video => "mp4",
        ColumnType::Audio => "mp3",
        _ => "pdf",
    };
    format!("{}/media/{owner}/{FILE}.{extension}", public_url.unwrap_or_default())
}

/// A value of structured JSON. None for a schema that says more than this reads.
fn of_schema(schema: &Json, components: &Components, depth: usize) -> Option<Json> {
    let depth = depth.checked_sub(1)?;
    let Json::Object(object) = schema else { return Some(json!("value")) };
    if let Some(target) = object.get("$ref").and_then(Json::as_str) {
        // What it does not name is JSON of any structure.
        return components.target(target).map_or(Some(json!("value")), |target| of_schema(target, components, depth));
    }
    if let Some(value) = object.get("const").or_else(|| object.get("default").filter(|value| !value.is_null())) {
        return Some(value.clone());
    }
    for choice in ["examples", "enum"] {
        if let Some(value) = object.get(choice).and_then(|list| list.get(0)) {
            return Some(value.clone());
        }
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = object.get(choice).and_then(Json::as_array) {
            // An object's other fields stand beside the choice of its kind.
            let chosen = choices.iter().find_map(|choice| of_schema(choice, components, depth))?;
            let beside = object.contains_key("properties").then(|| members(object, components, depth));
            return match (chosen, beside) {
                (Json::Object(mut chosen), Some(beside)) => {
                    chosen.extend(beside?);
                    Some(Json::Object(chosen))
                }
                (chosen, _) => Some(chosen),
            };
        }
    }
    if object.contains_key("allOf") || object.contains_key("not") {
        return None;
    }
    let ty = object.get("type").map(|ty| ty.get(0).unwrap_or(ty)).and_then(Json::as_str);
    match ty {
        Some("object") => members(object, components, depth).map(Json::Object),
        Some("array") => items(object, components, depth).map(Json::Array),
        Some("string") => written(object),
        Some("integer") => Some(json!(1)),
        Some("number") => Some(json!(0.5)),
        Some("boolean") => Some(json!(true)),
        Some("null") => Some(Json::Null),
        _ => Some(json!("value")),
    }
}

fn members(object: &Map<String, Json>, components: &Components, depth: usize) -> Option<Map<String, Json>> {
    let required = |name: &str| {
        object.get("required").and_then(Json::as_array).is_some_and(|names| names.iter().any(|other| other == name))
    };
    let mut members = Map::new();
    for (name, schema) in object.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let plain = schema.get("type").is_some_and(Json::is_string);
        let example = match of_type_named(schema, name) {
            Some(example) => Some(example),
            None if plain || required(name) => of_schema(schema, components, depth),
            None => None,
        };
        match example {
            Some(example) => drop(members.insert(name.clone(), example)),
            None if required(name) => return None,
            None => {}
        }
    }
    Some(members)
}

/// Free text by the member's name.
fn of_type_named(schema: &Json, name: &str) -> Option<Json> {
    let free = schema["type"] == "string"
        && ["format", "enum", "const", "default", "examples", "maxLength", "minLength"]
            .iter()
            .all(|key| schema.get(key).is_none())
        && schema.get("pattern").is_none_or(|pattern| *pattern == super::schema::WITHOUT_NUL);
    free.then(|| text(name).into())
}

fn items(object: &Map<String, Json>, components: &Components, depth: usize) -> Option<Vec<Json>> {
    if let Some(prefix) = object.get("prefixItems").and_then(Json::as_array) {
        return prefix.iter().map(|schema| of_schema(schema, components, depth)).collect();
    }
    let least = object.get("minItems").and_then(Json::as_u64).unwrap_or(1).clamp(1, LONG as u64);
    if object.get("maxItems") == Some(&json!(0)) {
        return Some(Vec::new());
    }
    let item = of_schema(object.get("items").unwrap_or(&Json::Bool(true)), components, depth)?;
    Some(vec![item; least as usize])
}

/// Text in a format. None for a pattern, or a length, of the type's own.
fn written(object: &Map<String, Json>) -> Option<Json> {
    let free = object.get("pattern").is_none_or(|pattern| *pattern == super::schema::WITHOUT_NUL);
    if !free || object.get("maxLength").and_then(Json::as_u64).is_some_and(|most| most < 5) {
        return (free && object.get("maxLength") == Some(&json!(1))).then(|| json!("a"));
    }
    Some(json!(match object.get("format").and_then(Json::as_str) {
        None if object.get("contentEncoding").is_some() => "aGVsbG8=",
        None => "value",
        Some("date-time") => "2026-01-31T12:00:00Z",
        Some("date") => "2026-01-31",
        Some("uuid") => "0190b3a4-5c5e-7000-8000-000000000001",
        Some("uri" | "uri-reference" | "url") => "https://example.com/",
        Some("email") => "anna@example.com",
        Some("ipv4" | "ip") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("partial-time") => "12:00:00",
        Some("partial-date-time") => "2026-01-31T12:00:00",
        Some("duration") => "PT1H",
        Some(_) => return None,
    }))
}
