use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use super::components::{Components, any_json};
use super::example;
use super::schema::{Column, Place, Writer};
use crate::schema::{ColumnType, Element};
use crate::value::{from_json, from_text};

const UUID: &str = "\"0190b3a4-5c5e-7000-8000-0000000000ff\"";

/// Each type, with JSON that its columns take, and JSON that they refuse.
fn types() -> Vec<(ColumnType, Vec<String>, Vec<String>)> {
    let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let time = |text: &str| format!("\"{text}\"");
    vec![
        (ColumnType::Bool, own(&["true", "false"]), own(&["0", "\"true\"", "[]"])),
        (
            ColumnType::Int,
            own(&["0", "5.0", "-9223372036854775808", "9223372036854775807"]),
            own(&["5.5", "9223372036854775808", "-9300000000000000000", "1e300", "\"5\"", "true"]),
        ),
        (ColumnType::Float, own(&["0", "-0.5", "1.7976931348623157e308"]), own(&["\"1\"", "false", "{}"])),
        (
            ColumnType::String,
            own(&["\"\"", "\"a\\nb\"", "\"\\u0001é\""]),
            own(&["\"a\\u0000\"", "\"\\u0000\\n\"", "5", "[]"]),
        ),
        (
            ColumnType::Timestamp,
            [
                "2026-01-31T12:00:00Z",
                "2026-01-31t12:00:00.123456789z",
                "2026-01-31T12:00:00+14:00",
                "2026-01-31T12:00:00-00:00",
                "0001-01-01T00:00:00Z",
                "9999-12-29T23:59:59.999Z",
                "0002-01-01T00:00:00+23:59",
                "9999-11-30T23:59:59+01:00",
                "0001-01-01T00:00:00-01:00",
                "2016-12-31T23:59:60Z",
            ]
            .map(time)
            .into(),
            [
                "2026-01-31T12:00:00",
                "2026-01-31",
                "0000-06-01T00:00:00Z",
                "0001-01-01T00:00:00+00:01",
                "9999-12-31T23:59:59-00:01",
                "9999-12-31T23:59:59Z",
                "2026-02-30T12:00:00Z",
                "2026-13-01T12:00:00Z",
                "2026-01-31T25:00:00Z",
                "2026-01-31T12:00:00.1234567891Z",
                "noon",
                "2026-01-31T12:00:00Z\\n",
                "-000001-01-31T12:00:00Z",
            ]
            .map(time)
            .into(),
        ),
        (
            ColumnType::Date,
            own(&["\"2026-01-31\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"2024-02-29\""]),
            own(&["\"2026-02-30\"", "\"0000-01-01\"", "\"20260131\"", "\"2026-01-31T00:00:00Z\"", "5"]),
        ),
        (
            ColumnType::Uuid,
            own(&[UUID, "\"0190B3A4-5C5E-7000-8000-0000000000FF\""]),
            own(&["\"x\"", "\"{0190b3a4-5c5e-7000-8000-0000000000ff}\"", "\"0190b3a4-5c5e-7000-8000-0000000000f\""]),
        ),
        (
            ColumnType::Json,
            own(&["{}", "{\"a\":[1,null,\"x\"]}", "\"text\"", "1.5", "null"]),
            own(&["\"\\u0000\"", "{\"a\":[\"\\u0000\"]}", "{\"a\\u0000\":1}"]),
        ),
        (
            ColumnType::Binary,
            own(&["\"\"", "\"aGVsbG8=\"", "\"aGk=\"", "\"/w==\"", "\"aGVsbG8h\""]),
            own(&["\"aGVsbG8\"", "\"a GVsbG8=\"", "\"aGl=\"", "\"_w==\"", "\"=\"", "5"]),
        ),
        (
            ColumnType::Array(Element::F32, 2),
            own(&["[1,2.5]", "[3.402823466385289e38,-3.4028235677973362e38]"]),
            own(&["[1]", "[1,2,3]", "[1,\"2\"]", "[1,1e39]", "[3.4028235677973366e38,0]", "1", "{}"]),
        ),
        (ColumnType::Array(Element::I64, 1), own(&["[9223372036854775807]"]), own(&["[9223372036854775808]", "[1.5]"])),
        (ColumnType::Array(Element::Bool, 2), own(&["[true,false]"]), own(&["[true,1]", "[true]"])),
        (ColumnType::Array(Element::F64, 0), own(&["[]"]), own(&["[0]"])),
    ]
}

fn column(ty: ColumnType, nullable: bool) -> Column<'static> {
    let owner = "films.posters";
    Column { name: "column", ty: Some(ty), nullable, max_bytes: None, doc: "", structure: |_| None, owner }
}

fn written(ty: ColumnType, nullable: bool, place: Place) -> Json {
    let mut components = Components::default();
    Writer { components: &mut components, route: "POST /".to_owned(), public_url: None }
        .column(&column(ty, nullable), place)
}

fn validator(schema: &Json) -> jsonschema::Validator {
    let root = json!({"allOf": [schema], "components": {"schemas": {"JsonValue": any_json()}}});
    jsonschema::options().should_validate_formats(true).build(&root).expect("is a schema")
}

/// What the schema and the column say of JSON text, which have to be the same.
#[track_caller]
fn both(ty: ColumnType, nullable: bool, text: &str) -> bool {
    let raw: &RawValue = serde_json::from_str(text).expect("the test writes JSON");
    let value: Json = serde_json::from_str(text).expect("the test writes JSON");
    let schema = written(ty, nullable, Place::Json);
    let (described, taken) = (validator(&schema).is_valid(&value), from_json(ty, nullable, raw));
    assert_eq!(described, taken.is_ok(), "{ty:?} {text}: {schema} {taken:?}");
    described
}

#[test]
fn a_request_is_described_as_it_is_read() {
    for (ty, taken, refused) in types() {
        for (text, expected) in taken.iter().map(|text| (text, true)).chain(refused.iter().map(|text| (text, false))) {
            for nullable in [false, true] {
                assert_eq!(both(ty, nullable, text), expected, "{ty:?} {text}");
            }
        }
        assert!(both(ty, true, "null"));
        assert_eq!(both(ty, false, "null"), ty == ColumnType::Json);
    }
}

#[test]
fn what_is_answered_is_as_described() {
    for (ty, taken, _) in types() {
        let schema = validator(&written(ty, true, Place::Answer));
        for text in taken {
            let raw: &RawValue = serde_json::from_str(&text).expect("the test writes JSON");
            let value =
                serde_json::to_value(from_json(ty, true, raw).unwrap_or_else(|refusal| panic!("{text}: {refusal}")))
                    .expect("is JSON");
            assert!(schema.is_valid(&value), "{ty:?} {value}");
        }
        assert!(schema.is_valid(&Json::Null));
    }
}

#[test]
fn examples_are_values_of_their_columns() {
    let media = [ColumnType::Image, ColumnType::Video, ColumnType::Audio, ColumnType::Document];
    for ty in types().into_iter().map(|(ty, ..)| ty).chain(media) {
        for place in [Place::Json, Place::Text, Place::Answer] {
            let mut components = Components::default();
            let mut writer = Writer { components: &mut components, route: "POST /".to_owned(), public_url: None };
            let value = example::of_column(&mut writer, &column(ty, false), place).expect("there is one");
            let schema = writer.column(&column(ty, false), place);
            assert_eq!(schema["examples"], json!([value]));
            assert!(validator(&schema).is_valid(&value), "{value} {schema}");
            let text = value.as_str().map_or(value.to_string(), str::to_owned);
            assert!(from_text(ty, false, &text).is_ok(), "{ty:?} {text}");
        }
    }
}

#[test]
fn the_bound_of_a_column_is_described() {
    for (ty, most, letters) in [(ColumnType::String, 3, 3), (ColumnType::Binary, 4, 8), (ColumnType::Binary, 6, 8)] {
        let bounded = Column { max_bytes: Some(most), ..column(ty, false) };
        for place in [Place::Json, Place::Text, Place::Answer] {
            let mut components = Components::default();
            let mut writer = Writer { components: &mut components, route: "POST /".to_owned(), public_url: None };
            let schema = writer.column(&bounded, place);
            assert_eq!(schema.get("maxLength").cloned(), (place != Place::Answer).then(|| json!(letters)), "{schema}");
            assert!(validator(&schema).is_valid(&schema["examples"][0]), "{schema}");
        }
    }
}

#[test]
fn media_is_an_address_of_ours_or_carried() {
    let schema = validator(&written(ColumnType::Image, false, Place::Json));
    let file = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.png";
    for (text, taken) in [
        (format!("/media/films.posters/{file}"), true),
        ("data:image/png;base64,iVBO".to_owned(), true),
        (format!("/media/films_posters/{file}"), false),
        (format!("/media/other/{file}"), false),
        (format!("/media/films.posters/{file}").replace(".png", ".mp4"), false),
        ("/media/films.posters/../x.png".to_owned(), false),
        ("https://example.com/x.png".to_owned(), false),
        ("file:///etc/passwd".to_owned(), false),
        ("data:,".to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(schema.is_valid(&json!(text)), taken, "{text}");
    }
}

#[test]
fn forms_have_no_null_and_an_empty_field_for_it() {
    assert_eq!(written(ColumnType::Bool, true, Place::Json)["type"], json!(["boolean", "null"]));
    let schema = written(ColumnType::Bool, true, Place::Text);
    assert_eq!(schema["anyOf"], json!([{"type": "boolean"}, {"const": ""}]));
    assert!(from_text(ColumnType::Bool, true, "").is_ok() && from_text(ColumnType::Bool, false, "").is_err());
    // Of text, the empty one is itself.
    assert_eq!(written(ColumnType::String, true, Place::Text)["type"], "string");
    assert!(written(ColumnType::Binary, false, Place::Text).get("contentEncoding").is_none());
}

mod names {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use crate::openapi::components::{Components, Way};

    /// Written with every field, read with some.
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(default)]
    #[derive(Default)]
    struct Settings {
        depth: u32,
        inner: Option<Box<Settings>>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Around {
        settings: Settings,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Plain {
        text: String,
    }

    mod elsewhere {
        #[derive(super::JsonSchema)]
        #[allow(dead_code, reason = "only its schema is looked at")]
        pub(super) struct Plain {
            number: f64,
        }
    }

    fn add<T: JsonSchema>(components: &mut Components, way: Way, route: &str) -> serde_json::Value {
        components.schema(way, route, |generator| Some(generator.subschema_for::<T>())).expect("has a schema")
    }

    #[test]
    fn a_type_that_is_read_as_it_is_written_has_one_name() {
        let mut components = Components::default();
        let ways = [Way::Request, Way::Answer].map(|way| add::<Plain>(&mut components, way, "POST /a"));
        let mut document = json!(ways);
        let schemas = components.finish(&mut document, Default::default()).expect("nothing clashes");
        assert_eq!(document, json!([{"$ref": "#/components/schemas/Plain"}, {"$ref": "#/components/schemas/Plain"}]));
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Plain"]);
        assert_eq!(schemas["Plain"]["properties"]["text"]["pattern"], "^[^\\u0000]*$");
    }

    #[test]
    fn what_is_read_otherwise_has_a_second_name_and_so_has_what_leads_there() {
        let mut components = Components::default();
        let ways = [Way::Request, Way::Answer].map(|way| add::<Around>(&mut components, way, "POST /a"));
        let mut document = json!(ways);
        let schemas = components.finish(&mut document, Default::default()).expect("nothing clashes");
        assert_eq!(document[0]["$ref"], "#/components/schemas/AroundInput");
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Around", "AroundInput", "Settings", "SettingsInput"]);
        assert_eq!(schemas["AroundInput"]["properties"]["settings"]["$ref"], "#/components/schemas/SettingsInput");
        assert_eq!(schemas["SettingsInput"]["properties"]["depth"]["maximum"], u32::MAX);
        assert!(schemas["SettingsInput"].get("required").is_none());
        assert_eq!(schemas["Settings"]["required"], json!(["depth", "inner"]));
    }

    #[test]
    fn two_types_of_one_name_are_refused() {
        let mut components = Components::default();
        add::<Plain>(&mut components, Way::Request, "POST /a");
        add::<elsewhere::Plain>(&mut components, Way::Answer, "GET /b");
        let texts = components.finish(&mut json!({}), Default::default()).expect_err("two types");
        assert_eq!(
            texts,
            [
                "two types are named `Plain`, one of POST /a, one of GET /b: name one of them otherwise by `#[schemars(rename = \"…\")]`"
            ]
        );
    }

    #[test]
    fn names_of_the_document_itself_are_taken() {
        let mut components = Components::default();
        let mut document = add::<Plain>(&mut components, Way::Answer, "GET /b");
        let own = [("Plain".to_owned(), json!({}))].into_iter().collect();
        let texts = components.finish(&mut document, own).expect_err("the name is taken");
        assert!(texts[0].starts_with("`Plain` of GET /b is a name that the document needs"), "{texts:?}");
    }
}
