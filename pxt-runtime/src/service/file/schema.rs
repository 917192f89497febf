//! What editors are told of a service file: its JSON schema; and an example.

use serde_json::{Map, Value, json};

use super::keys::FILE;
use super::shape::{Keys, Of};
use super::tables::Program;

/// A commented file that is valid as it stands. A program without tables of its own has some in it, and routes over them.
pub(crate) fn example(program: Program) -> String {
    let tables = if matches!(program, Program::Standalone) { include_str!("example_tables.toml") } else { "" };
    format!("{}{tables}", include_str!("example.toml"))
}

/// The JSON schema of a service file.
pub(crate) fn json_schema() -> Value {
    let mut schema = keys(FILE, None);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A service file of pxt");
    schema
}

/// A table; with the value of its `type`, if it is of a kind.
fn keys(keys: Keys, kind: Option<&str>) -> Value {
    let list = (keys.list)();
    let properties: Map<String, Value> = list
        .iter()
        .map(|key| {
            let mut schema = of(key.of);
            if let ("type", Some(kind)) = (key.name, kind) {
                schema = json!({"const": kind});
            }
            schema["description"] = json!(key.doc);
            (key.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = list.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// A value. One that is no text may be a text with a variable in it.
fn of(of: Of) -> Value {
    let variable = json!({"type": "string", "pattern": "\\$\\{"});
    match of {
        Of::Text => json!({"type": "string"}),
        Of::Flag => json!({"anyOf": [{"type": "boolean"}, variable]}),
        Of::Integer(least, i64::MAX) => json!({"anyOf": [{"type": "integer", "minimum": least}, variable]}),
        Of::Integer(least, most) => {
            json!({"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, variable]})
        }
        Of::Size => json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "examples": ["64 MiB"]}]}),
        Of::Duration => json!({"type": "string", "examples": ["30s", "1h 30m"]}),
        Of::Names => json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, variable]}),
        Of::Choice(choices) => json!({"anyOf": [{"enum": choices}, variable]}),
        Of::Literal => json!({"type": ["string", "number", "boolean"]}),
        Of::Table(table) => keys(table, None),
        Of::Tables(table) => json!({"type": "array", "items": keys(table, None)}),
        Of::OneOrMany(one, many) => {
            json!({"anyOf": [keys(one, None), {"type": "array", "items": keys(many, None), "minItems": 1}]})
        }
        Of::Kinds(_, kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|(name, table)| keys(*table, Some(name))).collect();
            json!({"type": "array", "items": {"oneOf": kinds}})
        }
        Of::Map(each) => json!({"type": "object", "additionalProperties": self::of(*each)}),
        Of::Either(text, table) => json!({"anyOf": [self::of(*text), self::of(*table)]}),
    }
}
