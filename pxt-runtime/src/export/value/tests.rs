//! What schemas say of fields, over types as people write them.
#![allow(dead_code, reason = "only the schemas of the types are looked at")]

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU8;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::*;
use crate::value::Binary;

fn fields<T: JsonSchema>() -> Result<Vec<Field>, String> {
    of_value("respond", |generator| generator.subschema_for::<T>())
}

/// The fields of a type in the order of their names, `name: what it holds`, with a `?` behind it where null may stand.
fn told<T: JsonSchema>() -> Vec<String> {
    let mut all = fields::<T>().expect("an object");
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let told = |field: &Field| format!("{}: {:?}{}", field.name, field.holds, if field.is_nullable { "?" } else { "" });
    all.iter().map(told).collect()
}

fn refused<T: JsonSchema>() -> String {
    let text = fields::<T>().expect_err("is no object");
    let (before, behind) = text.split_once(" is ").expect("says what it is");
    assert_eq!(before, "`export_sql` writes the fields of an object, and the value of `respond`");
    behind.strip_suffix(": return a struct").expect("says what to write").to_owned()
}

#[derive(Serialize, JsonSchema)]
struct Scalars {
    flag: bool,
    small: i8,
    count: u32,
    id: i64,
    large: u64,
    at_least_one: NonZeroU8,
    #[schemars(range(min = 1, max = 5))]
    stars: i32,
    single: f32,
    double: Option<f64>,
    letter: char,
    name: String,
    #[schemars(length(max = 20))]
    short: Option<String>,
    at: Timestamp,
    day: Date,
    key: Option<Uuid>,
    bytes: Binary,
}

#[test]
fn plain_fields_have_their_types() {
    let wanted = [
        "at: Timestamp",
        "at_least_one: Int(1, 255)",
        "bytes: Binary(None)",
        "count: Int(0, 4294967295)",
        "day: Date",
        "double: Float { is_single: false }?",
        "flag: Bool",
        "id: Int(-9223372036854775808, 9223372036854775807)",
        "key: Uuid?",
        "large: Int(0, 18446744073709551615)",
        "letter: Text(Some(1))",
        "name: Text(None)",
        "short: Text(Some(20))?",
        "single: Float { is_single: true }",
        "small: Int(-128, 127)",
        "stars: Int(1, 5)",
    ];
    assert_eq!(told::<Scalars>(), wanted);
}

#[derive(Serialize, JsonSchema)]
enum State {
    Waiting,
    #[serde(rename = "under way")]
    Running,
}

/// The same with comments, for which the schema has another form.
#[derive(Serialize, JsonSchema)]
enum Documented {
    /// Not begun.
    Waiting,
    /// Begun.
    On,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Mixed {
    Number(i64),
    Text(String),
}

#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct Title(String);

#[derive(Serialize, JsonSchema)]
struct Part {
    title: Title,
}

#[derive(Serialize, JsonSchema)]
struct Tree {
    state: State,
    documented: Option<Documented>,
    mixed: Mixed,
    title: Title,
    part: Part,
    parts: Vec<Part>,
    maybe: Option<Part>,
    map: BTreeMap<String, i64>,
    any: serde_json::Value,
    nothing: (),
    children: Vec<Tree>,
    parent: Option<Box<Tree>>,
}

#[test]
fn names_are_followed_and_what_is_nested_is_json() {
    let wanted = [
        "any: Json?",
        "children: Json",
        "documented: Text(Some(7))?",
        "map: Json",
        "maybe: Json?",
        "mixed: Json",
        "nothing: Json?",
        "parent: Json?",
        "part: Json",
        "parts: Json",
        "state: Text(Some(9))",
        "title: Text(None)",
    ];
    assert_eq!(told::<Tree>(), wanted);
}

#[derive(Serialize, JsonSchema)]
struct Written {
    #[serde(rename = "Titel")]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    word: String,
    #[serde(default)]
    stars: i64,
    #[serde(skip)]
    hidden: i64,
    #[serde(flatten)]
    part: Flat,
    #[serde(flatten)]
    more: Option<More>,
}

#[derive(Serialize, JsonSchema)]
struct Flat {
    width: u16,
}

#[derive(Serialize, JsonSchema)]
struct More {
    height: u16,
}

#[test]
fn fields_are_those_that_are_written() {
    let wanted = [
        "Titel: Text(None)",
        "height: Int(0, 65535)?",
        "note: Text(None)?",
        "stars: Int(-9223372036854775808, 9223372036854775807)",
        "width: Int(0, 65535)",
        "word: Text(None)?",
    ];
    assert_eq!(told::<Written>(), wanted);
    assert_eq!(told::<Box<Flat>>(), ["width: Int(0, 65535)"]);
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind")]
enum Shapes {
    Flat(Flat),
    More(More),
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind")]
enum OneShape {
    Flat(Flat),
}

#[derive(Serialize, JsonSchema)]
struct Open {
    title: String,
    #[serde(flatten)]
    rest: HashMap<String, serde_json::Value>,
}

#[derive(Serialize, JsonSchema)]
struct Beside {
    title: String,
    #[serde(flatten)]
    shapes: Shapes,
}

#[derive(Serialize, JsonSchema)]
struct Nothing {}

#[test]
fn what_is_no_object_of_known_fields_is_refused() {
    assert_eq!(refused::<Vec<Flat>>(), "an array");
    assert_eq!(refused::<(i64, i64)>(), "an array");
    assert_eq!(refused::<String>(), "a text");
    assert_eq!(refused::<State>(), "a text");
    assert_eq!(refused::<Timestamp>(), "a text");
    assert_eq!(refused::<i64>(), "a number");
    assert_eq!(refused::<f32>(), "a number");
    assert_eq!(refused::<bool>(), "a truth value");
    assert_eq!(refused::<()>(), "null");
    assert_eq!(refused::<Option<i64>>(), "null at times");
    assert_eq!(refused::<Option<Flat>>(), "null at times");
    assert_eq!(refused::<Option<Option<Box<Flat>>>>(), "null at times");
    assert_eq!(refused::<Mixed>(), "of several shapes");
    assert_eq!(refused::<Shapes>(), "of several shapes");
    assert_eq!(refused::<Beside>(), "of several shapes");
    assert_eq!(refused::<HashMap<String, i64>>(), "a map, whose keys its type does not tell");
    assert_eq!(refused::<Open>(), "a map, whose keys its type does not tell");
    assert_eq!(refused::<serde_json::Value>(), "any JSON");
    assert_eq!(refused::<Nothing>(), "an object without fields");
    assert_eq!(told::<OneShape>(), ["kind: Text(Some(4))", "width: Int(0, 65535)"]);
}
