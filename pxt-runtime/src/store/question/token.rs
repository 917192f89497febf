//! A place between two pages as the text that clients carry: the values that the last row is ordered by, or where these are
//! long only those that identify it, behind a mark of the select that they belong to. Not secret: it holds nothing that its
//! page did not, or only what orders it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::value::{Media, Value, from_stored};

/// The most letters of a text. It becomes part of an address, and many servers take no more than 8 KB of one.
pub(super) const MOST: usize = 2048;

/// What values of a place are: their types, and whether they may be null.
pub(super) type Types = Vec<(ColumnType, bool)>;

/// Writes the values. None when the text would be too long.
pub(super) fn write(mark: u32, values: &[&Value]) -> Option<String> {
    let values: Vec<Written<'_>> = values.iter().map(|value| Written::of(value)).collect();
    let text = serde_json::to_vec(&(mark, values)).expect("values always serialize");
    // Four letters for three bytes.
    (text.len() <= MOST / 4 * 3).then(|| BASE64_URL_SAFE_NO_PAD.encode(text))
}

/// Reads values of one of these lists of types, which differ in length.
///
/// # Errors
/// [`StoreError::BadCursor`] when the text is not one of [`write()`] under the same mark.
pub(super) fn read(mark: u32, lists: &[Types], text: &str) -> Result<Vec<Value>, StoreError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| StoreError::BadCursor)?;
    let (found, values): (u32, Vec<Option<&RawValue>>) =
        serde_json::from_slice(&bytes).map_err(|_| StoreError::BadCursor)?;
    let types = lists.iter().find(|types| found == mark && types.len() == values.len());
    let types = types.ok_or(StoreError::BadCursor)?;
    let read = |((ty, nullable), raw): (&(ColumnType, bool), Option<&RawValue>)| value(*ty, *nullable, raw);
    types.iter().zip(values).map(read).collect::<Option<_>>().ok_or(StoreError::BadCursor)
}

fn value(ty: ColumnType, nullable: bool, raw: Option<&RawValue>) -> Option<Value> {
    let Some(raw) = raw else { return nullable.then_some(Value::Null) };
    if ty == ColumnType::Json {
        // One element: a JSON null is not a missing value.
        let [value] = serde_json::from_str::<[&RawValue; 1]>(raw.get()).ok()?;
        return from_stored(ty, false, value).ok();
    }
    match from_stored(ty, false, raw).ok()? {
        // A file's address is its key here.
        Value::Media(media) => match media.origin() {
            crate::value::Origin::Url(key) => Some(Value::Media(Media::stored(key.as_str()))),
            _ => None,
        },
        value => Some(value),
    }
}

/// A value as the text has it.
#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Key(&'a str),
    Json([&'a serde_json::Value; 1]),
    Plain(&'a Value),
}

impl<'a> Written<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Media(media) => Self::Key(media.key().unwrap_or_default()),
            Value::Json(value) => Self::Json([value]),
            value => Self::Plain(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let values = [
            Value::Null,
            Value::Int(i64::MIN),
            Value::Float(0.1),
            Value::String("é/\"".into()),
            Value::Json(serde_json::Value::Null),
            Value::Media(Media::stored("a/b.png")),
        ];
        let types = [
            (ColumnType::Int, true),
            (ColumnType::Int, false),
            (ColumnType::Float, false),
            (ColumnType::String, true),
            (ColumnType::Json, true),
            (ColumnType::Image, false),
        ];
        let text = write(7, &values.iter().collect::<Vec<_>>()).unwrap();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        let (whole, part) = (types.to_vec(), types[1..].to_vec());
        assert_eq!(read(7, &[part.clone(), whole.clone()], &text).unwrap(), values);
        assert!(matches!(read(8, std::slice::from_ref(&whole), &text), Err(StoreError::BadCursor)));
        assert!(matches!(read(7, std::slice::from_ref(&part), &text), Err(StoreError::BadCursor)));
        let text = write(7, &values[1..].iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(read(7, &[whole, part], &text).unwrap(), values[1..]);
    }

    #[test]
    fn a_text_that_is_too_long_is_not_written() {
        let text = |letters: usize| write(7, &[&Value::String("x".repeat(letters))]);
        assert_eq!(text(MOST / 4 * 3 - 8).map(|text| text.len()), Some(MOST));
        assert_eq!(text(MOST / 4 * 3 - 7), None);
    }

    #[test]
    fn other_texts_are_refused() {
        let types = [vec![(ColumnType::Int, false)]];
        for json in ["", "[]", "[7]", "[7,[]]", "[7,[null]]", "[7,[\"1\"]]", "[7,[1,2]]", "[7,[1.5]]", "[7,[1],0]"] {
            let text = BASE64_URL_SAFE_NO_PAD.encode(json);
            assert!(matches!(read(7, &types, &text), Err(StoreError::BadCursor)), "{json}");
        }
        assert!(matches!(read(7, &types, "not base64!"), Err(StoreError::BadCursor)));
        assert_eq!(read(7, &types, &BASE64_URL_SAFE_NO_PAD.encode("[7,[1]]")).unwrap(), [Value::Int(1)]);
    }
}
