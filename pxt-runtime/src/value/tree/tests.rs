use serde_json::json;

use super::*;
use crate::schema::ColumnType;
use crate::value::{ColumnValue, Json, Value as Cell, from_text};

const KEYS: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

/// What [`read`] says against a text.
fn refused(text: &str) -> String {
    read(text).expect_err("is refused").detail.into_owned()
}

/// A tree by chance: of any form, with odd keys, and with numbers at the edges.
fn any(random: &mut fastrand::Rng, level: usize) -> Value {
    let numbers = [0.1, -0.0, 1e300, 5e-324, f64::MAX, 1e16, 123_456.789];
    let texts = ["", "a", "é\n\"\\", "\u{1F600}", "$serde_json", "null", "\u{7f}\u{1}", "/", KEYS[0], KEYS[1]];
    let text = |random: &mut fastrand::Rng| texts[random.usize(..texts.len())].to_owned();
    match random.u8(..if level == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => random.bool().into(),
        2 => random.i64(..).into(),
        3 => random.u64(..).into(),
        4 => numbers[random.usize(..numbers.len())].into(),
        5 => text(random).into(),
        6 => (0..random.usize(..4)).map(|_| any(random, level - 1)).collect(),
        _ => (0..random.usize(..4)).map(|_| (text(random), any(random, level - 1))).collect(),
    }
}

#[test]
fn trees_are_read_as_they_are() {
    let text = r#" {"a":[1,-2,3.5,1e300 ,18446744073709551615,true,null,"é\n\u0041\ud83d\ude00",{"a":{}}], "b" : [ ],"":-0.0}"#;
    assert_eq!(read(text).ok(), serde_json::from_str(text).ok());
    assert_eq!(read_stored(text), serde_json::from_str(text).ok());
}

#[test]
fn what_is_written_is_read_whatever_its_keys() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let value = any(&mut random, 5);
        let text = value.to_string();
        assert_eq!(read_stored(&text).as_ref(), Some(&value), "{text}");
        match read(&text) {
            Ok(read) => assert!(is_plain(&value) && read == value, "{text}"),
            Err(refusal) => assert!(!is_plain(&value) && refusal.code == "reserved_key", "{text}: {refusal}"),
        }
    }
}

#[test]
fn a_text_is_json_where_serde_json_says_so() {
    let texts = [
        "",
        " ",
        "nul",
        "nullx",
        "true false",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "[",
        "{",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\n\"",
        "'a'",
        "[1]]",
        "1 ",
        "\t[ ]\r\n",
        "\u{a0}1",
        "\"\u{7f}\"",
        "-0",
        "1E5",
        "1e400",
        "-1e400",
        "[1e400]",
        "\u{feff}1",
        "//",
    ];
    for text in texts {
        let known = serde_json::from_str::<Value>(text).ok();
        assert_eq!(read_stored(text), known, "{text:?}");
        // With `arbitrary_precision`, serde_json takes numbers of any size.
        assert_eq!(read(text).ok(), known.filter(|_| !text.contains("1e400")), "{text:?}");
    }
    assert_eq!(refused("{\"a\":}"), "is not usable JSON: expected value at line 1 column 6");
    assert!(refused("[1e400]").contains("out of range"));
    assert!(refused("\"\\ud800\"").contains("not a Unicode character"));
}

#[test]
fn a_key_that_stands_twice_is_refused_and_the_last_one_is_stored() {
    let text = r#"[{"a":{"b":1,"c":2,"b":3}}]"#;
    assert!(refused(text).contains("an object has a key twice"));
    assert_eq!(read_stored(text), Some(json!([{"a": {"b": 3, "c": 2}}])));
    assert!(read(r#"[{"a":1},{"a":1}]"#).is_ok(), "in two objects");
}

#[test]
fn depth_is_that_of_serde_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        for levels in [LEVELS - 1, LEVELS, LEVELS + 1, 100_000] {
            let text = deep(levels);
            assert_eq!(read(&text).is_ok(), levels <= LEVELS);
            assert_eq!(read_stored(&text).is_some(), serde_json::from_str::<Value>(&text).is_ok());
        }
        assert!(refused(&deep(LEVELS + 1)).contains("127 deep"));
    }
}

#[test]
fn no_key_is_a_command() {
    for key in KEYS {
        for content in ["\"[1\"", "\"[1,2]\"", "5", "null", "{}", "\"1\"", "\"1e5\""] {
            for text in [format!("{{\"{key}\":{content}}}"), format!("[{{\"a\":{{\"b\":1,\"{key}\":{content}}}}}]")] {
                let escaped = text.replace('$', "\\u0024").replace("private", "pri\\u0076ate");
                for text in [&text, &escaped] {
                    let refusal = read(text).expect_err("has a reserved key");
                    assert_eq!(refusal.code, "reserved_key");
                    assert_eq!(from_text(ColumnType::Json, true, text), Err(refusal), "in forms too");
                    let stored = read_stored(text).expect("is JSON");
                    assert_eq!(read_stored(&stored.to_string()), Some(stored.clone()));
                    assert!(stored.to_string().contains(key), "{stored}");
                    assert!(
                        crate::value::check(&Cell::Json(stored.clone()), usize::MAX).is_err(),
                        "nobody writes it anew"
                    );
                    // The value as it is, or none: never another one.
                    assert_eq!(Value::from_value(Cell::Json(stored.clone())), Ok(stored.clone()));
                    assert!(Json::<Value>::from_value(Cell::Json(stored)).is_err());
                }
            }
        }
        assert!(read(&format!("\"{key}\"")).is_ok(), "as a value");
    }
}

/// The same with and without `arbitrary_precision`: what serde_json itself reads, and a request's numbers within a float.
#[test]
fn numbers_are_those_of_serde_json() {
    let texts = [
        "0.1",
        "1.50",
        "-0.0",
        "1e5",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1e308",
        "0.30000000000000004",
    ];
    for text in texts {
        let known: Value = serde_json::from_str(text).expect("is a number");
        assert_eq!(read_stored(text), Some(known.clone()), "{text}");
        assert_eq!(read(text).expect("is within a float").to_string(), known.to_string(), "{text}");
    }
    assert!(read("[1e400]").is_err());
    let floats = Json::<Vec<f64>>::from_value(Cell::Json(read("[0.5,1e300]").expect("is JSON")));
    assert_eq!(floats.map(|list| list.0), Ok(vec![0.5, 1e300]));
}

#[test]
fn what_takes_much_more_than_its_text_is_refused() {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    for (item, fits, excess) in
        [(r#"{"":0}"#, 80_000, 200_000), ("0", 900_000, 1_200_000), (r#"{"a":1,"b":2}"#, 70_000, 99_000)]
    {
        assert!(read(&list(item, fits)).is_ok(), "{fits} times {item}");
        let refusal = read(&list(item, excess)).expect_err(item);
        assert_eq!((refusal.code, refusal.detail.contains("64 MiB")), ("too_long", true), "{refusal}");
        assert!(read_stored(&list(item, excess)).is_some(), "what is stored is read");
    }
}
