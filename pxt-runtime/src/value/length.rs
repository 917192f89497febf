//! How long values may be: texts, JSON and bytes, each by what it takes when it is written out.

use std::io;

use super::{Refusal, Value};

/// The longest key of an object, in bytes.
pub(crate) const KEY: usize = 1 << 10;

/// Refuses a text, a tree of JSON (by its shortest text), or bytes, of more than `most` bytes.
#[inline]
pub(crate) fn refuse_longer(value: &Value, most: usize) -> Result<(), Refusal> {
    let longer = match value {
        Value::String(text) => text.len() > most,
        Value::Json(tree) => is_longer(tree, most),
        Value::Binary(bytes) => bytes.len() > most,
        _ => false,
    };
    if longer { Err(too_long(most)) } else { Ok(()) }
}

/// Whether the shortest text of a tree has more than so many bytes.
#[inline(never)]
fn is_longer(tree: &serde_json::Value, most: usize) -> bool {
    serde_json::to_writer(Room(most), tree).is_err()
}

/// What is said of a value of more than `most` bytes.
#[cold]
pub(crate) fn too_long(most: usize) -> Refusal {
    Refusal::new("too_long", format!("is longer than {}", size(most)))
}

/// A number of bytes in the largest unit that it is a multiple of.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// Room for so many bytes, which are counted and not kept.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Binary;

    #[test]
    fn a_value_is_as_long_as_it_is_written() {
        let values = [
            (Value::String("éé".into()), 4),
            (Value::Json(serde_json::json!({"a": ["é", 1]})), r#"{"a":["é",1]}"#.len()),
            (Value::Binary(Binary::from(vec![0; 5])), 5),
        ];
        for (value, length) in values {
            assert_eq!(refuse_longer(&value, length), Ok(()), "{value:?}");
            assert_eq!(refuse_longer(&value, length - 1), Err(too_long(length - 1)), "{value:?}");
        }
        assert_eq!(refuse_longer(&Value::Int(1), 0), Ok(()));
    }

    #[test]
    fn sizes_are_said_in_the_largest_unit() {
        let said = [1, 1000, 1 << 10, 1536, 3 << 20].map(size);
        assert_eq!(said, ["1 byte", "1000 bytes", "1 KiB", "1536 bytes", "3 MiB"]);
    }
}
