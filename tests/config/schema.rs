//! The JSON schema for editors and the example: both say of files what the program says.

use jsonschema::Validator;
use serde_json::Value;

use crate::cases::Group;
use crate::program::Folder;

fn schema() -> Validator {
    let text = Folder::new().run("pxt config schema").printed();
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a JSON schema");
    jsonschema::validator_for(&schema).expect("the schema can be used")
}

/// A file as a value, if it is TOML.
fn value(text: &str) -> Option<Value> {
    let table: toml::Table = toml::from_str(text).ok()?;
    serde_json::to_value(table).ok()
}

fn refusals(schema: &Validator, text: &str) -> Vec<String> {
    let value = value(text).expect("the file is TOML");
    schema.iter_errors(&value).map(|error| error.to_string()).collect()
}

/// Files named `pxt.toml` of a group's cases, with the names of the cases.
fn files(name: &str) -> Vec<(String, String)> {
    let file = |case: crate::cases::Case| {
        let (_, text) = case.parts.files.into_iter().find(|(name, _)| name == "pxt.toml")?;
        Some((case.name, text))
    };
    Group::read(name).cases.into_iter().filter_map(file).collect()
}

#[test]
fn the_example_is_served_as_it_stands() {
    let example = Folder::new().run("pxt config example").printed();
    assert_eq!(refusals(&schema(), &example), [""; 0]);
    let served = Folder::new().file("pxt.toml", &example).run("pxt serve films --dry-run").printed();
    assert!(served.contains("Routes (2):\n  [insert] /api/posters\n  [query] /api/posters/lookup\n"), "{served}");
}

#[test]
fn good_files_are_accepted() {
    let schema = schema();
    for (name, text) in files("shown").into_iter().chain(files("served")) {
        assert_eq!(refusals(&schema, &text), [""; 0], "{name}");
    }
}

#[test]
fn keys_that_the_program_refuses_are_refused() {
    let schema = schema();
    for (name, text) in files("keys") {
        // Where the routes of a file may stand depends on its services, which the schema does not say.
        if !name.starts_with("routes of the file") {
            assert!(!refusals(&schema, &text).is_empty(), "{name}");
        }
    }
}

/// Values whose type is wrong, but for texts that are read: sizes, durations and variables.
#[test]
fn values_that_the_program_refuses_are_refused() {
    let schema = schema();
    let is_read = |name: &str| ["size", "duration", "variable"].iter().any(|word| name.contains(word));
    for (name, text) in files("values").into_iter().filter(|(name, _)| !is_read(name)) {
        // Numbers beyond 64 bits are none of the TOML reader's.
        let Some(value) = value(&text) else { continue };
        assert!(!schema.is_valid(&value), "{name}");
    }
}
