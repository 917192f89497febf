//! Column types: what a request may write, what is answered, and that both are what is read later.

use std::time::Duration;

use pxt::Table;
use pxt::testing::{Answer, TestService};
use serde_json::{Value, json};

use crate::schema::{Maybes, Tag};
use crate::{MATCHABLE, ok, problem, refused, service};

/// A row of `kinds` as JSON text, with one field written as `raw`, or left out.
fn row(field: &str, raw: Option<&str>) -> String {
    let usual = [
        ("truth", "true"),
        ("int", "1"),
        ("float", "0.5"),
        ("text", "\"t\""),
        ("time", "\"2026-01-31T12:00:00Z\""),
        ("day", "\"2026-01-31\""),
        ("uuid", "\"0190b3a4-5c5e-7000-8000-0000000000ff\""),
        ("tree", "{}"),
        ("tag", "{\"name\":\"n\",\"weight\":1}"),
        ("bytes", "\"aGk=\""),
        ("vector", "[1.0,2.0,3.0]"),
        ("counts", "[1,2]"),
        ("flags", "[true,false]"),
    ];
    let fields = usual.into_iter().filter_map(|(name, text)| {
        let text = if name == field { raw? } else { text };
        Some(format!("\"{name}\":{text}"))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// The same as the fields of a form, or of a query string.
fn pairs(field: &str, text: &str) -> String {
    let row: Value = pxt::serde_json::from_str(&row(field, Some("null"))).expect("is JSON");
    let written = |(name, value): (&String, &Value)| {
        let value = match value {
            _ if name == field => text.to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let escaped: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        format!("{name}={escaped}")
    };
    row.as_object().expect("an object").iter().map(written).collect::<Vec<_>>().join("&")
}

async fn insert(service: &TestService, field: &str, raw: Option<&str>) -> Answer {
    service.post_bytes("/kinds", "application/json", row(field, raw)).await
}

/// The row that a background insert stores.
async fn by_a_job(service: &TestService, row: String) -> Value {
    let accepted = service.post_bytes("/kinds/later", "application/json", row).await;
    let id = accepted.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("a UUID");
    let job = service.app.jobs().wait(id, Duration::from_secs(30)).await.expect("reads").expect("is there");
    pxt::serde_json::from_str(job.result.unwrap_or_else(|| panic!("{:?}", job.error)).get()).expect("is JSON")
}

/// Each JSON text is taken and answered as the other; the answer is what is read later.
async fn takes(field: &str, cases: &[(&str, &str)]) {
    let service = service().await;
    for (raw, wanted) in cases {
        let echo = ok(&insert(&service, field, Some(raw)).await);
        let wanted: Value = pxt::serde_json::from_str(wanted).expect("is JSON");
        assert_eq!(echo[field], wanted, "{raw}");
        assert_eq!(ok(&service.post("/kinds/find", &json!({"id": echo["id"]})).await), echo, "the echo of {raw}");
        let updated = format!("{{\"id\":{},\"{field}\":{raw}}}", echo["id"]);
        let updated = ok(&service.post_bytes("/kinds/update", "application/json", updated).await);
        assert_eq!(updated, echo, "the same by an update");
        let mut later = by_a_job(&service, row(field, Some(raw))).await;
        later["id"] = echo["id"].clone();
        assert_eq!(later, echo, "the same by a job");
    }
}

/// Each JSON text is refused, by inserts and by updates, with this code at the field.
async fn refuses(field: &str, cases: &[(&str, &str)]) {
    let service = service().await;
    let id = ok(&insert(&service, "", None).await)["id"].clone();
    // For JSON, null is a value, if perhaps not one of the structure asked for.
    let null = ("null", if field == "tag" { "bad_structure" } else { "null" });
    for (raw, code) in cases.iter().chain([&null]) {
        if field == "tree" && *raw == "null" {
            continue;
        }
        refused(&insert(&service, field, Some(raw)).await, field, code);
        let update = format!("{{\"id\":{id},\"{field}\":{raw}}}");
        refused(&service.post_bytes("/kinds/update", "application/json", update).await, field, code);
    }
    refused(&insert(&service, field, None).await, field, "missing");
}

/// Each text of a form is taken and answered as the JSON.
async fn takes_text(field: &str, cases: &[(&str, &str)]) {
    let service = service().await;
    for (text, wanted) in cases {
        let form = pairs(field, text);
        let echo = ok(&service.post_bytes("/kinds", "application/x-www-form-urlencoded", form).await);
        let wanted: Value = pxt::serde_json::from_str(wanted).expect("is JSON");
        assert_eq!(echo[field], wanted, "{text}");
    }
}

async fn refuses_text(field: &str, cases: &[(&str, &str)]) {
    let service = service().await;
    for (text, code) in cases {
        let form = pairs(field, text);
        refused(&service.post_bytes("/kinds", "application/x-www-form-urlencoded", form).await, field, code);
    }
}

/// behaviour 2: String: a JSON string and nothing else; NUL is refused, a lone surrogate is no 500
/// behaviour 20.1: a lone surrogate is no 5xx
#[tokio::test]
async fn strings() {
    takes("text", &[("\"\"", "\"\""), ("\"naïve \\ud83c\\udfac\\n\"", "\"naïve \u{1F3AC}\\n\"")]).await;
    let refused = [("5", "wrong_type"), ("true", "wrong_type"), ("[\"t\"]", "wrong_type"), ("{}", "wrong_type")];
    refuses("text", &refused).await;
    refuses("text", &[("\"a\\u0000b\"", "nul_character"), ("\"\\ud800\"", "bad_format")]).await;
    takes_text("text", &[("", "\"\""), (" a+b ", "\" a+b \"")]).await;
    refuses_text("text", &[("a\0b", "nul_character")]).await;
}

/// behaviour 2: Int: whole numbers of 64 bits, `5.0` too, neither text nor `true`; 2^63 is no 500
/// behaviour 20.1: an integer beyond 63 bits, and NaN for an Int, are no 5xx
#[tokio::test]
async fn ints() {
    let (most, least) = ("9223372036854775807", "-9223372036854775808");
    takes("int", &[("5", "5"), ("5.0", "5"), ("-0", "0"), ("1e2", "100"), (most, most), (least, least)]).await;
    let beyond = [("9223372036854775808", "out_of_range"), ("-9223372036854775809", "out_of_range")];
    refuses("int", &beyond).await;
    refuses("int", &[("1e400", "out_of_range"), ("18446744073709551616", "out_of_range")]).await;
    refuses("int", &[("5.5", "wrong_type"), ("\"5\"", "wrong_type"), ("true", "wrong_type"), ("[5]", "wrong_type")])
        .await;
    let service = service().await;
    for raw in ["NaN", "Infinity", "-Infinity", "05", "+5", "0x10"] {
        problem(&insert(&service, "int", Some(raw)).await, 400, "malformed_body");
    }
    takes_text("int", &[("5", "5"), (most, most), ("-1", "-1")]).await;
    refuses_text("int", &[("5.0", "wrong_type"), ("", "wrong_type"), (" 5", "wrong_type"), ("true", "wrong_type")])
        .await;
    refuses_text("int", &[("9223372036854775808", "out_of_range")]).await;
}

/// behaviour 2: Float: finite numbers; NaN and infinities are refused, never answered as null
#[tokio::test]
async fn floats() {
    takes(
        "float",
        &[("1", "1.0"), ("0.1", "0.1"), ("-1e-300", "-1e-300"), ("1.7976931348623157e308", "1.7976931348623157e308")],
    )
    .await;
    refuses("float", &[("1e400", "out_of_range"), ("-1e400", "out_of_range")]).await;
    refuses("float", &[("\"0.5\"", "wrong_type"), ("\"NaN\"", "wrong_type"), ("true", "wrong_type")]).await;
    let service = service().await;
    for raw in ["NaN", "Infinity", "-Infinity"] {
        problem(&insert(&service, "float", Some(raw)).await, 400, "malformed_body");
    }
    let echo = insert(&service, "float", Some("-0.0")).await;
    assert!(
        echo.text().contains("\"float\":0.0"),
        "zero has one sign, in the echo as in the database: {}",
        echo.text()
    );
    takes_text("float", &[("0.5", "0.5"), ("1e3", "1000.0")]).await;
    refuses_text(
        "float",
        &[("NaN", "out_of_range"), ("inf", "out_of_range"), ("1e400", "out_of_range"), ("", "wrong_type")],
    )
    .await;
}

/// behaviour 2: Bool: `true` and `false`; neither numbers nor words
#[tokio::test]
async fn bools() {
    takes("truth", &[("true", "true"), ("false", "false")]).await;
    refuses(
        "truth",
        &[("1", "wrong_type"), ("0", "wrong_type"), ("\"true\"", "wrong_type"), ("\"yes\"", "wrong_type")],
    )
    .await;
    takes_text("truth", &[("true", "true"), ("false", "false")]).await;
    refuses_text("truth", &[("1", "wrong_type"), ("on", "wrong_type"), ("True", "wrong_type"), ("", "wrong_type")])
        .await;
}

/// behaviour 2: Timestamp: RFC 3339 with an offset, answered in UTC by inserts and by queries; naive ones are refused
/// behaviour 20.11: one form of a timestamp for inserts and queries
#[tokio::test]
async fn timestamps() {
    let noon = "\"2026-01-31T12:00:00Z\"";
    takes("time", &[("\"2026-01-31T14:00:00+02:00\"", noon), (noon, noon), ("\"2026-01-31t12:00:00z\"", noon)]).await;
    let fine = "\"2026-01-31T12:00:00.123456Z\"";
    takes(
        "time",
        &[
            (fine, fine),
            ("\"2026-01-31T12:00:00.1234569Z\"", fine),
            ("\"0001-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\""),
        ],
    )
    .await;
    let naive =
        [("\"2026-01-31T12:00:00\"", "bad_format"), ("\"2026-01-31\"", "bad_format"), ("\"now\"", "bad_format")];
    refuses("time", &naive).await;
    refuses(
        "time",
        &[
            ("1769860800", "wrong_type"),
            ("\"0000-12-31T00:00:00Z\"", "out_of_range"),
            ("\"2026-02-30T00:00:00Z\"", "bad_format"),
        ],
    )
    .await;
    for other in ["2026-01-31T12:00Z", "20260131T120000Z", "2026-01-31T12:00:00+02", "2026-01-31T12:00:00.Z"] {
        refuses("time", &[(&format!("\"{other}\""), "bad_format")]).await;
    }
    for other in ["2026-01-31T12:00:00Z[Europe/Rome]", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00+02:00:30", "é"] {
        refuses("time", &[(&format!("\"{other}\""), "bad_format")]).await;
    }
    takes_text("time", &[("2026-01-31T12:00:00Z", noon), ("2026-01-31T13:00:00+01:00", noon)]).await;
    refuses_text("time", &[("2026-01-31T12:00:00", "bad_format"), ("", "bad_format")]).await;
}

/// behaviour 2: Date: `YYYY-MM-DD`
#[tokio::test]
async fn dates() {
    takes("day", &[("\"2026-01-31\"", "\"2026-01-31\""), ("\"2024-02-29\"", "\"2024-02-29\"")]).await;
    refuses(
        "day",
        &[("\"2026-02-30\"", "bad_format"), ("\"2026-01-31T00:00:00Z\"", "bad_format"), ("\"20260131\"", "bad_format")],
    )
    .await;
    refuses("day", &[("20260131", "wrong_type"), ("\"0000-01-01\"", "out_of_range")]).await;
    takes_text("day", &[("2026-01-31", "\"2026-01-31\"")]).await;
    refuses_text("day", &[("31.1.2026", "bad_format")]).await;
}

/// behaviour 2: UUID: with or without dashes and in any case, answered in lower case with dashes
/// migration: gotchas, a UUID is parsed from its text
#[tokio::test]
async fn uuids() {
    let plain = "\"0190b3a4-5c5e-7000-8000-0000000000ff\"";
    takes(
        "uuid",
        &[
            (plain, plain),
            ("\"0190B3A4-5C5E-7000-8000-0000000000FF\"", plain),
            ("\"0190b3a45c5e700080000000000000ff\"", plain),
        ],
    )
    .await;
    refuses("uuid", &[("\"x\"", "bad_format"), ("\"\"", "bad_format"), ("5", "wrong_type")]).await;
    refuses("uuid", &[("\"urn:uuid:0190b3a4-5c5e-7000-8000-0000000000ff\"", "bad_format")]).await;
    takes_text("uuid", &[("0190b3a45c5e700080000000000000ff", plain)]).await;
    refuses_text("uuid", &[("0190", "bad_format")]).await;
}

/// behaviour 2: Json: anything, scalars too, as stored
#[tokio::test]
async fn json_values() {
    let mut cases = Vec::new();
    for raw in [
        "null",
        "true",
        "-5",
        "0.1",
        "\"a\"",
        "[]",
        "[1,[2,{\"a\":null}]]",
        "{\"b\":1,\"a\":{\"\":\"\"}}",
        "18446744073709551615",
    ] {
        cases.push((raw, raw));
    }
    takes("tree", &cases).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    refuses(
        "tree",
        &[("{\"a\":\"\\u0000\"}", "nul_character"), ("{\"\\u0000\":1}", "nul_character"), (&deep, "bad_format")],
    )
    .await;
    refuses("tree", &[("[\"\\ud800\"]", "bad_format"), ("1e400", "bad_format")]).await;
    takes_text("tree", &[("{\"a\":[1]}", "{\"a\":[1]}"), ("5", "5"), ("\"5\"", "\"5\"")]).await;
    refuses_text("tree", &[("{", "bad_format"), ("text", "bad_format")]).await;
}

/// behaviour 2: a Json column that carries a structure takes nothing else
/// behaviour 3: unknown keys are refused, also inside of structured JSON that denies them
#[tokio::test]
async fn structured_json() {
    takes("tag", &[("{\"weight\":255,\"name\":\"n\"}", "{\"name\":\"n\",\"weight\":255}")]).await;
    for raw in
        ["{\"name\":\"n\"}", "{\"name\":\"n\",\"weight\":256}", "{\"name\":\"n\",\"weight\":1,\"x\":1}", "[]", "\"n\""]
    {
        refuses("tag", &[(raw, "bad_structure")]).await;
    }
    takes_text("tag", &[("{\"name\":\"n\",\"weight\":1}", "{\"name\":\"n\",\"weight\":1}")]).await;
    refuses_text("tag", &[("{}", "bad_structure"), ("", "bad_format")]).await;
    let tag = Tag { name: "n".to_owned(), weight: 1 };
    assert_eq!(json!(tag), json!({"name": "n", "weight": 1}), "as its type writes it");
}

/// behaviour 2: Array: a list whose length and elements the request has to get right; a wrong element is no 500
/// behaviour 20.1: a wrong element of an array is no 5xx
/// behaviour 20.11: arrays and bytes are servable
#[tokio::test]
async fn arrays() {
    takes("vector", &[("[1,2.5,-3]", "[1.0,2.5,-3.0]"), ("[0.1,0,0]", "[0.1,0.0,0.0]")]).await;
    takes("counts", &[("[9223372036854775807,-1]", "[9223372036854775807,-1]"), ("[5.0,0]", "[5,0]")]).await;
    takes("flags", &[("[false,true]", "[false,true]")]).await;
    refuses("vector", &[("[1,2]", "wrong_length"), ("[1,2,3,4]", "wrong_length"), ("[]", "wrong_length")]).await;
    refuses("vector", &[("[1,2,\"3\"]", "wrong_type"), ("[1,2,null]", "wrong_type"), ("[1,2,[3]]", "wrong_type")])
        .await;
    refuses("vector", &[("[1,2,1e39]", "out_of_range"), ("\"[1,2,3]\"", "wrong_type"), ("{}", "wrong_type")]).await;
    refuses("counts", &[("[1,2.5]", "wrong_type"), ("[1,9223372036854775808]", "out_of_range")]).await;
    refuses("flags", &[("[1,0]", "wrong_type")]).await;
    takes_text("vector", &[("[1,2,3]", "[1.0,2.0,3.0]")]).await;
    refuses_text("vector", &[("1,2,3", "wrong_type"), ("[1,2]", "wrong_length")]).await;
}

/// behaviour 2: Binary: base64 in both directions
#[tokio::test]
async fn bytes() {
    takes("bytes", &[("\"\"", "\"\""), ("\"AP8=\"", "\"AP8=\""), ("\"aGk=\"", "\"aGk=\"")]).await;
    refuses(
        "bytes",
        &[("\"*\"", "bad_format"), ("\"aGk\"", "bad_format"), ("\"_-8=\"", "bad_format"), ("[1]", "wrong_type")],
    )
    .await;
    takes_text("bytes", &[("AP8=", "\"AP8=\""), ("", "\"\"")]).await;
    refuses_text("bytes", &[("*", "bad_format")]).await;
}

/// behaviour 2: a nullable field may be left out or null, and both are null; it is present in every response
#[tokio::test]
async fn nullable_columns() {
    let service = service().await;
    let names = ["truth", "int", "float", "text", "time", "day", "uuid", "tree", "bytes", "vector"];
    let nulls: Value = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    for body in [&json!({}), &nulls] {
        let mut echo = ok(&service.post("/maybes", body).await);
        assert_eq!(ok(&service.post("/maybes/find", &json!({"id": echo["id"]})).await), echo);
        echo.as_object_mut().expect("an object").remove("id");
        assert_eq!(echo, nulls);
    }
}

/// behaviour 3: form fields are coerced as JSON is; an empty one is null for a nullable column that is not text
#[tokio::test]
async fn empty_fields_of_forms() {
    let service = service().await;
    let form = "truth=&int=&float=&text=&time=&day=&uuid=&tree=&bytes=&vector=";
    let echo = ok(&service.post_bytes("/maybes", "application/x-www-form-urlencoded", form).await);
    let mut wanted = json!({"id": echo["id"], "text": ""});
    for name in ["truth", "int", "float", "time", "day", "uuid", "tree", "bytes", "vector"] {
        wanted[name] = Value::Null;
    }
    assert_eq!(echo, wanted);
}

/// behaviour 2: null is the same null for a nullable Json column, whichever way it was written
#[tokio::test]
async fn null_of_a_nullable_json_column() {
    let service = service().await;
    let by_json = ok(&service.post("/maybes", &json!({"tree": null})).await)["id"].as_i64().expect("a number");
    let by_form = service.post_bytes("/maybes", "application/x-www-form-urlencoded", "tree=null").await;
    let by_form = ok(&by_form)["id"].as_i64().expect("a number");
    for id in [by_json, by_form] {
        let row = Maybes::get(&service.app, id).await.expect("reads").expect("is there");
        assert_eq!(row.tree, None, "row {id}");
    }
}

/// behaviour 2: a value that was answered finds its row again, for every type that rows are found by
/// router: add_delete_route, "deletes every row where each match column equals the provided value"
#[tokio::test]
async fn values_find_their_rows() {
    let service = service().await;
    let cases =
        [("float", "0.1"), ("time", "\"2026-01-31T14:00:00.5+02:00\""), ("text", "\"É\""), ("vector", "[0.1,-0.0,3]")];
    for (field, raw) in cases {
        let echo = ok(&insert(&service, field, Some(raw)).await);
        let sought: Value = MATCHABLE.iter().map(|name| ((*name).to_owned(), echo[*name].clone())).collect();
        assert_eq!(ok(&service.post("/kinds/equal", &sought).await), json!({"rows": [echo]}), "{field}");
        let mut other = sought.clone();
        other[field] = ok(&insert(&service, "", None).await)[field].clone();
        let others = ok(&service.post("/kinds/equal", &other).await);
        assert!(others["rows"].as_array().is_some_and(|rows| !rows.is_empty() && !rows.contains(&echo)), "{others}");
        assert_eq!(ok(&service.post("/kinds/delete", &sought).await), json!({"num_rows": 1}), "{field}");
        assert_eq!(ok(&service.post("/kinds/delete", &sought).await), json!({"num_rows": 0}));
    }
}

/// behaviour 10: parameters of every type by query string and by JSON
/// behaviour 20.1: an array or bytes in a query are no 5xx
/// migration: best practices, parameters are typed, and what comes in is coerced to them
#[tokio::test]
async fn parameters_of_queries() {
    let service = service().await;
    let fields = ["truth", "int", "float", "text", "time", "day", "uuid", "tag", "bytes", "vector"];
    let mut row: Value = pxt::serde_json::from_str(&row("", None)).expect("is JSON");
    row.as_object_mut().expect("an object").retain(|name, _| fields.contains(&name.as_str()));
    row["maybe"] = Value::Null;
    assert_eq!(ok(&service.post("/echo", &row).await), row);
    let query: Vec<_> = pairs("", "")
        .split('&')
        .filter(|pair| fields.iter().any(|name| pair.starts_with(&format!("{name}="))))
        .map(str::to_owned)
        .collect();
    assert_eq!(ok(&service.get(&format!("/echo?{}", query.join("&"))).await), row);
    row["maybe"] = json!(-7);
    assert_eq!(ok(&service.get(&format!("/echo?{}&maybe=-7", query.join("&"))).await), row);
    row["int"] = json!("5");
    refused(&service.post("/echo", &row).await, "int", "wrong_type");
}
