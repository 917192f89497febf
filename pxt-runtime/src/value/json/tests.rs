use serde_json::value::RawValue;

use super::*;
use crate::value::from_text;

fn read(ty: ColumnType, json: &str) -> Result<Value, &'static str> {
    let raw: &RawValue = serde_json::from_str(json).expect("the test writes JSON");
    from_json(ty, false, raw).map_err(|refusal| refusal.code)
}

fn text(ty: ColumnType, text: &str) -> Result<Value, &'static str> {
    from_text(ty, true, text).map_err(|refusal| refusal.code)
}

#[test]
fn integers() {
    assert_eq!(read(ColumnType::Int, "5"), Ok(Value::Int(5)));
    assert_eq!(read(ColumnType::Int, "5.0"), Ok(Value::Int(5)));
    assert_eq!(read(ColumnType::Int, "-0.0"), Ok(Value::Int(0)));
    assert_eq!(read(ColumnType::Int, "1e3"), Ok(Value::Int(1000)));
    assert_eq!(read(ColumnType::Int, "9223372036854775807"), Ok(Value::Int(i64::MAX)));
    assert_eq!(read(ColumnType::Int, "9223372036854775807.000"), Ok(Value::Int(i64::MAX)));
    assert_eq!(read(ColumnType::Int, "9223372036854775808"), Err("out_of_range"));
    assert_eq!(read(ColumnType::Int, "1e400"), Err("out_of_range"));
    assert_eq!(read(ColumnType::Int, "5.5"), Err("wrong_type"));
    assert_eq!(read(ColumnType::Int, "\"5\""), Err("wrong_type"));
    assert_eq!(read(ColumnType::Int, "true"), Err("wrong_type"));
    assert_eq!(read(ColumnType::Int, "null"), Err("null"));
    assert_eq!(text(ColumnType::Int, "5"), Ok(Value::Int(5)));
    assert_eq!(text(ColumnType::Int, "5.0"), Err("wrong_type"));
    assert_eq!(text(ColumnType::Int, ""), Ok(Value::Null));
}

#[test]
fn floats() {
    assert_eq!(read(ColumnType::Float, "1"), Ok(Value::Float(1.0)));
    assert_eq!(read(ColumnType::Float, "1e400"), Err("out_of_range"));
    assert_eq!(read(ColumnType::Float, "\"1\""), Err("wrong_type"));
    assert_eq!(text(ColumnType::Float, "NaN"), Err("out_of_range"));
    assert_eq!(text(ColumnType::Float, "inf"), Err("out_of_range"));
}

#[test]
fn strings() {
    assert_eq!(read(ColumnType::String, r#""\u00e9""#), Ok(Value::String("é".into())));
    assert_eq!(read(ColumnType::String, r#""\ud800""#), Err("bad_format"));
    assert_eq!(read(ColumnType::String, r#""a\u0000""#), Err("nul_character"));
    assert_eq!(read(ColumnType::String, "5"), Err("wrong_type"));
    assert_eq!(text(ColumnType::String, ""), Ok(Value::String(String::new())));
}

#[test]
fn times() {
    let noon = Value::Timestamp("2026-01-31T12:00:00Z".parse().expect("a timestamp"));
    assert_eq!(read(ColumnType::Timestamp, "\"2026-01-31T12:00:00Z\""), Ok(noon.clone()));
    assert_eq!(read(ColumnType::Timestamp, "\"2026-01-31T14:00:00+02:00\""), Ok(noon.clone()));
    assert_eq!(read(ColumnType::Timestamp, "\"2026-01-31T12:00:00.000000999Z\""), Ok(noon));
    assert_eq!(read(ColumnType::Timestamp, "\"2026-01-31T12:00:00\""), Err("bad_format"));
    assert_eq!(read(ColumnType::Timestamp, "\"0000-01-31T12:00:00Z\""), Err("out_of_range"));
    for other in ["-000001-01-31T12:00:00Z", "2026-01-31T12:00Z", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00+02"] {
        assert_eq!(read(ColumnType::Timestamp, &format!("\"{other}\"")), Err("bad_format"), "{other}");
    }
    assert_eq!(read(ColumnType::Timestamp, "1700000000"), Err("wrong_type"));
    assert!(read(ColumnType::Date, "\"2026-01-31\"").is_ok());
    assert_eq!(read(ColumnType::Date, "\"2026-02-30\""), Err("bad_format"));
    assert_eq!(read(ColumnType::Date, "\"20260131\""), Err("bad_format"));
    assert_eq!(read(ColumnType::Date, "\"0000-01-31\""), Err("out_of_range"));
}

#[test]
fn uuids_and_bytes() {
    let id = Value::Uuid("0190b3a4-5c5e-7000-8000-0000000000ff".parse().expect("a UUID"));
    assert_eq!(read(ColumnType::Uuid, "\"0190B3A4-5C5E-7000-8000-0000000000FF\""), Ok(id.clone()));
    assert_eq!(read(ColumnType::Uuid, "\"0190b3a45c5e700080000000000000ff\""), Ok(id));
    assert_eq!(read(ColumnType::Uuid, "\"{0190b3a4-5c5e-7000-8000-0000000000ff}\""), Err("bad_format"));
    assert_eq!(read(ColumnType::Binary, "\"aGk=\""), Ok(Value::Binary(b"hi".to_vec().into())));
    assert_eq!(read(ColumnType::Binary, "\"aGk\""), Err("bad_format"));
}

#[test]
fn structures() {
    assert_eq!(read(ColumnType::Json, "null"), Ok(Value::Json(serde_json::Value::Null)));
    assert_eq!(read(ColumnType::Json, r#"{"a":["\u0000"]}"#), Err("nul_character"));
    assert_eq!(read(ColumnType::Json, &format!("{}{}", "[".repeat(4000), "]".repeat(4000))), Err("bad_format"));
    let pair = ColumnType::Array(Element::F32, 2);
    assert_eq!(read(pair, "[1,2.5]"), Ok(Value::Array(Elements::F32([1.0, 2.5].into()))));
    assert_eq!(read(pair, "[1]"), Err("wrong_length"));
    assert_eq!(read(pair, "[1,\"2\"]"), Err("wrong_type"));
    assert_eq!(read(pair, "[1,1e39]"), Err("out_of_range"));
    assert_eq!(read(pair, "5"), Err("wrong_type"));
}

#[test]
fn values_are_written_as_they_are_read() {
    for (ty, json) in [
        (ColumnType::Bool, "true"),
        (ColumnType::Int, "-7"),
        (ColumnType::Float, "0.5"),
        (ColumnType::String, "\"a\\\"b\""),
        (ColumnType::Timestamp, "\"2026-01-31T12:00:00.5Z\""),
        (ColumnType::Date, "\"2026-01-31\""),
        (ColumnType::Uuid, "\"0190b3a4-5c5e-7000-8000-0000000000ff\""),
        (ColumnType::Json, "{\"a\":[1,null]}"),
        (ColumnType::Binary, "\"aGk=\""),
        (ColumnType::Array(Element::I64, 2), "[1,-2]"),
    ] {
        let value = read(ty, json).expect("is a value");
        assert_eq!(serde_json::to_string(&value).expect("is JSON"), json);
    }
}
