//! Text to values: form fields and query strings, where everything is written as text.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Binary, Media, Refusal, Value, json, tree};
use crate::schema::ColumnType;

/// Reads the text of a column, or of a parameter, of this type in a form or a query string. An empty field is null for a
/// nullable column that is not text.
///
/// # Errors
/// A [`Refusal`] that says what the column takes.
pub fn from_text(ty: ColumnType, nullable: bool, text: &str) -> Result<Value, Refusal> {
    if text.is_empty() && nullable && ty != ColumnType::String {
        return Ok(Value::Null);
    }
    match ty {
        ColumnType::String => without_nul(text.to_owned()).map(Value::String),
        ColumnType::Json => {
            let value = tree::read(text)?;
            // As in a JSON body: `null` is a value only where the column has no null of its own.
            if nullable && value.is_null() {
                return Ok(Value::Null);
            }
            Ok(Value::Json(value))
        }
        ColumnType::Array(element, len) => json::elements(text, element, len).map(Value::Array),
        ty if ty.is_media() => Ok(Value::Media(Media::from_url(without_nul(text.to_owned())?))),
        ty => from_written(ty, text),
    }
}

/// Reads the types that have one written form, in JSON strings and in text alike.
pub(super) fn from_written(ty: ColumnType, text: &str) -> Result<Value, Refusal> {
    match ty {
        ColumnType::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Refusal::wrong_type("must be `true` or `false`")),
        },
        ColumnType::Int => text.parse().map(Value::Int).map_err(|error: std::num::ParseIntError| match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                Refusal::out_of_range("must be between -9223372036854775808 and 9223372036854775807")
            }
            _ => Refusal::wrong_type("must be an integer"),
        }),
        ColumnType::Float => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::float(number)),
            Ok(_) => Err(Refusal::out_of_range("must be a finite 64-bit number")),
            Err(_) => Err(Refusal::wrong_type("must be a number")),
        },
        ColumnType::Timestamp => timestamp(text).map(Value::Timestamp),
        ColumnType::Date => date(text).map(Value::Date),
        ColumnType::Uuid => uuid(text).map(Value::Uuid),
        ColumnType::Binary => Binary::from_base64(text)
            .map(Value::Binary)
            .ok_or_else(|| Refusal::format("must be base64 text in the standard alphabet, with padding")),
        ty => Err(Refusal::new("wrong_type", format!("must be {}", ty.word()))),
    }
}

/// What neither database can hold in text.
pub(super) fn nul() -> Refusal {
    Refusal::new("nul_character", "must not contain a NUL character")
}

pub(super) fn without_nul(text: String) -> Result<String, Refusal> {
    if text.contains('\0') { Err(nul()) } else { Ok(text) }
}

/// PostgreSQL keeps microseconds. Both databases do, so that an answer to a write equals the same row read later.
pub(super) fn to_microseconds(timestamp: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(timestamp.as_microsecond()).unwrap_or(timestamp)
}

fn timestamp(text: &str) -> Result<Timestamp, Refusal> {
    let wrong = || Refusal::format("must be an RFC 3339 timestamp with an offset, such as 2026-01-31T12:00:00Z");
    if !has_form_of_rfc_3339(text) {
        return Err(wrong());
    }
    let timestamp: Timestamp = text.parse().map_err(|_| wrong())?;
    let timestamp = to_microseconds(timestamp);
    in_range(timestamp).map(|()| timestamp)
}

/// jiff reads more forms: without seconds or dashes, with the name of a zone. Whoever takes them promises them.
fn has_form_of_rfc_3339(text: &str) -> bool {
    // A form is written with `0` for any digit, and `T` for what may stand between date and time.
    let is_of = |text: &str, form: &str| {
        let fits = |(byte, form): (u8, u8)| match form {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            form => byte == form,
        };
        text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
    };
    let Some((time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let offset = if rest.starts_with('.') { &rest[1 + digits..] } else { rest };
    is_of(time, "0000-00-00T00:00:00")
        && (digits > 0 || !rest.starts_with('.'))
        && (matches!(offset, "Z" | "z") || is_of(offset, "+00:00") || is_of(offset, "-00:00"))
}

/// The years that both databases and RFC 3339 can write.
pub(super) fn in_range(timestamp: Timestamp) -> Result<(), Refusal> {
    // Seconds of 0001-01-01 and 10000-01-01 (UTC).
    if (-62_135_596_800..253_402_300_800).contains(&timestamp.as_second()) {
        Ok(())
    } else {
        Err(Refusal::out_of_range("must be in the years 1 to 9999"))
    }
}

fn date(text: &str) -> Result<Date, Refusal> {
    let wrong = || Refusal::format("must be a date, such as 2026-01-31");
    // jiff reads more forms of a date; one is enough for a wire.
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(wrong());
    }
    let date: Date = text.parse().map_err(|_| wrong())?;
    if date.year() >= 1 { Ok(date) } else { Err(Refusal::out_of_range("must be in the years 1 to 9999")) }
}

fn uuid(text: &str) -> Result<Uuid, Refusal> {
    let wrong = || Refusal::format("must be a UUID, such as 0190b3a4-5c5e-7000-8000-000000000000");
    if text.len() != 36 && text.len() != 32 {
        return Err(wrong());
    }
    Uuid::try_parse(text).map_err(|_| wrong())
}
