//! Whether what a function returns has a `Result` in it, whose error would go out as a value.
//!
//! The compiler tells that of the type and of what stands directly in it (`compute::returned`). What lies deeper, in a tuple or a
//! box, say, shows in the JSON schema of the type, where schemars calls a `Result` so.

use schemars::SchemaGenerator;
use serde_json::Value as Json;

/// The name of the schema of every `Result`, up to the names of its two types.
const RESULT: &str = "#/$defs/Result_of_";

/// Whether a value of this schema has a `Result` in it, outside of the types of the user's own.
pub(super) fn holds_result(schema: fn(&mut SchemaGenerator) -> schemars::Schema) -> bool {
    is_result(schema(&mut SchemaGenerator::default()).as_value())
}

fn is_result(schema: &Json) -> bool {
    let inner = ["items", "prefixItems", "additionalProperties", "anyOf"].into_iter().filter_map(|key| schema.get(key));
    let is_one = schema.get("$ref").and_then(Json::as_str).is_some_and(|name| name.starts_with(RESULT));
    is_one || inner.flat_map(|inner| inner.as_array().map_or(std::slice::from_ref(inner), Vec::as_slice)).any(is_result)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Own {
        outcome: Result<i64, String>,
    }

    fn of<T: JsonSchema>() -> bool {
        holds_result(|generator| generator.subschema_for::<T>())
    }

    #[test]
    fn results_are_found_in_everything_but_types_of_ones_own() {
        type Outcome = Result<i64, String>;
        let found = [
            of::<Outcome>(),
            of::<Box<Outcome>>(),
            of::<(Outcome,)>(),
            of::<(i64, Option<Vec<Outcome>>)>(),
            of::<[Outcome; 2]>(),
            of::<BTreeMap<String, Outcome>>(),
        ];
        assert_eq!(found, [true; 6]);
        assert_eq!([of::<i64>(), of::<(i64, Option<String>)>(), of::<Own>(), of::<Vec<Own>>()], [false; 4]);
    }
}
