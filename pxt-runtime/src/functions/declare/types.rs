//! The types of columns as text: `int`, `string?`, `array<f32, 512>`.

use crate::schema::{ColumnType, Element, Shape, nearest};

/// The types that are one word.
const WORDS: &[ColumnType] = &[
    ColumnType::Bool,
    ColumnType::Int,
    ColumnType::Float,
    ColumnType::String,
    ColumnType::Timestamp,
    ColumnType::Date,
    ColumnType::Uuid,
    ColumnType::Json,
    ColumnType::Binary,
    ColumnType::Image,
    ColumnType::Video,
    ColumnType::Audio,
    ColumnType::Document,
];

const ELEMENTS: &[Element] = &[Element::F32, Element::F64, Element::I64, Element::Bool];

/// Other words for the types, from Rust, SQL and elsewhere. All in small letters.
const OTHERS: &[(&str, &[&str])] = &[
    ("bool", &["boolean", "bit"]),
    ("int", &["integer", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bigint", "smallint", "long", "int64"]),
    ("float", &["f32", "f64", "double", "real", "number", "decimal", "numeric", "float64"]),
    ("string", &["text", "str", "varchar", "char", "character", "clob"]),
    ("timestamp", &["datetime", "timestamptz", "instant", "time"]),
    ("uuid", &["guid"]),
    ("json", &["jsonb", "object", "value", "map", "dict"]),
    ("binary", &["bytes", "blob", "bytea", "varbinary"]),
    ("image", &["picture", "photo", "img"]),
    ("video", &["movie"]),
    ("audio", &["sound"]),
    ("document", &["file", "pdf"]),
    (ARRAY, &["array", "vector", "vec", "list", "embedding"]),
];

const ARRAY: &str = "array<f32, 512>";

/// The type of a column, and whether it may be null.
///
/// # Errors
/// One sentence that says what to write instead.
pub(crate) fn parse_type(text: &str) -> Result<(ColumnType, bool), String> {
    let written = text.trim();
    let (plain, nullable) = match written.strip_suffix('?') {
        Some(plain) => (plain.trim_end(), true),
        None => (written, false),
    };
    let ty = match plain.strip_prefix("array").map(str::trim_start) {
        Some(rest) if rest.starts_with('<') => array(rest)?,
        _ => word(plain).ok_or_else(|| refused(written))?,
    };
    if cfg!(not(feature = "images")) && ty == ColumnType::Image {
        return Err("a column of images needs the feature `images`, so build with it".to_owned());
    }
    Ok((ty, nullable))
}

fn word(text: &str) -> Option<ColumnType> {
    WORDS.iter().copied().find(|ty| ty.name() == text)
}

/// What stands behind `array`.
fn array(text: &str) -> Result<ColumnType, String> {
    let wrong = || format!("an array says what it holds and how many of it: write it like `{ARRAY}`");
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).ok_or_else(wrong)?;
    let (element, len) = inner.split_once(',').ok_or_else(wrong)?;
    let (element, len) = (element.trim(), len.trim());
    let Some(&known) = ELEMENTS.iter().find(|known| known.word() == element) else {
        return Err(format!("an array cannot hold `{element}`: write `f32`, `f64`, `i64` or `bool`"));
    };
    match len.parse() {
        Ok(0) => Err("an array of 0 elements holds nothing: write a larger number".to_owned()),
        Ok(len) => Ok(ColumnType::Array(known, len)),
        Err(_) => Err(format!("an array has a fixed number of elements, not `{len}`: write it like `{ARRAY}`")),
    }
}

/// What is said of a type that there is not.
fn refused(written: &str) -> String {
    let (plain, nullable) = reduced(written);
    let mark = if nullable { "?" } else { "" };
    let other = OTHERS.iter().find(|(_, others)| others.contains(&plain.as_str())).map(|(name, _)| *name);
    if let Some(name) = other.or_else(|| word(&plain).map(ColumnType::name)) {
        return format!("a column cannot be `{written}`: write `{name}{mark}`");
    }
    let names = WORDS.iter().map(|ty| ty.name());
    if let Some(near) = nearest(&plain, names.clone()) {
        return format!("a column cannot be `{written}`; did you mean `{near}{mark}`?");
    }
    let list: Vec<_> = names.chain([ARRAY]).map(|name| format!("`{name}`")).collect();
    format!("a column cannot be `{written}`; write one of {}", list.join(", "))
}

/// The word in small letters that a type comes down to, without what other languages write around it, and whether it may be null:
/// `Option<pxt::Image>` is `image`, `VARCHAR(20)` is `varchar`.
fn reduced(written: &str) -> (String, bool) {
    let lower = written.to_ascii_lowercase();
    let mut plain = lower.trim_end_matches('?').trim();
    let mut nullable = plain.len() < lower.len();
    if let Some(inner) = plain.strip_prefix("option<").and_then(|rest| rest.strip_suffix('>')) {
        (plain, nullable) = (inner.trim(), true);
    }
    let end = plain.find(['(', '<', ' ']).unwrap_or(plain.len());
    let word = plain[..end].rsplit("::").next().unwrap_or_default();
    (word.to_owned(), nullable)
}

/// The shape of a value of this type.
pub(super) fn shape((ty, nullable): (ColumnType, bool)) -> Shape {
    Shape { nullable, ..Shape::of(ty) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for ty in WORDS.iter().copied().filter(|ty| cfg!(feature = "images") || *ty != ColumnType::Image) {
            assert_eq!(parse_type(ty.name()), Ok((ty, false)));
            assert_eq!(parse_type(&Shape::of(ty).optional().declared()), Ok((ty, true)));
        }
        for element in ELEMENTS {
            let ty = ColumnType::Array(*element, 512);
            assert_eq!(parse_type(&Shape::of(ty).declared()), Ok((ty, false)));
        }
        assert_eq!(parse_type(" array < i64,3 > ? "), Ok((ColumnType::Array(Element::I64, 3), true)));
    }

    #[test]
    fn other_words_lead_to_the_right_one() {
        for (written, right) in [
            ("text", "string"),
            ("str?", "string?"),
            ("String", "string"),
            ("VARCHAR(255)", "string"),
            ("Option<String>", "string?"),
            ("integer", "int"),
            ("i64", "int"),
            ("int ??", "int?"),
            ("f64?", "float?"),
            ("double precision", "float"),
            ("boolean", "bool"),
            ("datetime", "timestamp"),
            ("jiff::Timestamp", "timestamp"),
            ("serde_json::Value", "json"),
            ("jsonb", "json"),
            ("bytea", "binary"),
            ("Option<pxt::Image>", "image?"),
            ("file", "document"),
            ("vector(768)", "array<f32, 512>"),
            ("array", "array<f32, 512>"),
        ] {
            assert_eq!(parse_type(written), Err(format!("a column cannot be `{written}`: write `{right}`")));
        }
    }

    #[test]
    fn what_is_no_type() {
        for (written, sentence) in [
            ("sting?", "a column cannot be `sting?`; did you mean `string?`?"),
            ("timestmap", "a column cannot be `timestmap`; did you mean `timestamp`?"),
            (
                "money",
                "a column cannot be `money`; write one of `bool`, `int`, `float`, `string`, `timestamp`, `date`, `uuid`, `json`, \
                 `binary`, `image`, `video`, `audio`, `document`, `array<f32, 512>`",
            ),
            ("array<f32>", "an array says what it holds and how many of it: write it like `array<f32, 512>`"),
            ("array<float, 3>", "an array cannot hold `float`: write `f32`, `f64`, `i64` or `bool`"),
            ("array<f32, N>", "an array has a fixed number of elements, not `N`: write it like `array<f32, 512>`"),
            ("array<f32, 0>", "an array of 0 elements holds nothing: write a larger number"),
        ] {
            assert_eq!(parse_type(written), Err(sentence.to_owned()));
        }
        assert!(parse_type("").is_err());
    }
}
