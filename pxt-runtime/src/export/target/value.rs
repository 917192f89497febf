//! From a field of an answer to what is bound for its column. The column alone decides how a field is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::table::{Column, Server, Type};

/// A value for one column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    /// Beyond an `i64`.
    Unsigned(u64),
    Number(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Reads the JSON text of a field. The error goes behind the field's name.
pub(super) fn read(server: Server, column: &Column, raw: &str) -> Result<Value, &'static str> {
    if raw == "null" {
        // Any JSON is never nothing: `null` is a value of it, where nothing is not allowed.
        let is_json = column.ty == Type::Json && !column.is_nullable;
        return Ok(if is_json { Value::Text(raw.to_owned()) } else { Value::Null });
    }
    match column.ty {
        Type::Bool => truth(raw).ok_or("is not a truth value"),
        Type::Int { low, high, may_be_bool } => match truth(raw).filter(|_| may_be_bool) {
            Some(truth) => Ok(truth),
            None => {
                let number: i128 = raw.parse().map_err(|_| "is not an integer")?;
                if number < low || number > high { Err("is beyond the column's integers") } else { Ok(integer(number)) }
            }
        },
        Type::Numeric(_) => match raw.parse() {
            Ok(number) => Ok(integer(number)),
            Err(_) => double(raw),
        },
        // Read at once as what it becomes, and so rounded only once.
        Type::Single => match raw.parse::<f32>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(number.into())),
            _ => Err("is not a number that fits"),
        },
        Type::Double => double(raw),
        Type::Text { .. } => Ok(Value::Text(text(raw)?)),
        Type::Timestamp(_) => timestamp(server, &text(raw)?).map(Value::Text),
        Type::Date => {
            let date: Date = text(raw)?.parse().map_err(|_| "is not a date")?;
            in_years(date).map(|date| Value::Text(date.to_string()))
        }
        Type::Uuid => uuid(raw).map(|uuid| Value::Text(uuid.hyphenated().to_string())),
        Type::FixedBytes(16) => uuid(raw).map(|uuid| Value::Bytes(uuid.into_bytes().into())),
        Type::Bytes(_) => STANDARD.decode(text(raw)?).map(Value::Bytes).map_err(|_| "is not base64 text"),
        Type::Json => Ok(Value::Text(raw.to_owned())),
        Type::FixedBytes(_) | Type::Other(_) => Err("does not fit the type of its column"),
    }
}

fn truth(raw: &str) -> Option<Value> {
    match raw {
        "true" => Some(Value::Int(1)),
        "false" => Some(Value::Int(0)),
        _ => None,
    }
}

fn integer(number: i128) -> Value {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => Value::Int(number),
        (_, Ok(number)) => Value::Unsigned(number),
        _ => Value::Text(number.to_string()),
    }
}

fn double(raw: &str) -> Result<Value, &'static str> {
    match raw.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Value::Number(number)),
        _ => Err("is not a number that fits"),
    }
}

/// A text without NUL characters, which no database is sure to keep.
fn text(raw: &str) -> Result<String, &'static str> {
    let text: String = serde_json::from_str(raw).map_err(|_| "is not a text")?;
    if text.contains('\0') { Err("contains a NUL character") } else { Ok(text) }
}

fn uuid(raw: &str) -> Result<Uuid, &'static str> {
    text(raw)?.parse().map_err(|_| "is not a UUID")
}

/// To the microsecond, as pxt's own columns have it: no target keeps more, and they would round, each in its own way.
fn timestamp(server: Server, text: &str) -> Result<String, &'static str> {
    let timestamp: Timestamp = text.parse().map_err(|_| "is not a timestamp")?;
    let timestamp = Timestamp::from_microsecond(timestamp.as_microsecond()).map_err(|_| "is not a timestamp")?;
    in_years(timestamp.to_zoned(jiff::tz::TimeZone::UTC).date())?;
    Ok(match server {
        Server::Mysql => timestamp.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string(),
        Server::Postgres | Server::Sqlite => timestamp.to_string(),
    })
}

/// The years that every target and RFC 3339 can write.
fn in_years(date: Date) -> Result<Date, &'static str> {
    if (1..=9999).contains(&date.year()) { Ok(date) } else { Err("is not in the years 1 to 9999") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::target::pairs;
    use crate::export::target::table::Origin;

    fn of(server: Server, ty: Type, raw: &str) -> Result<Value, &'static str> {
        let (declared, cast) = (String::new(), String::new());
        let column = Column { name: "a".to_owned(), ty, declared, cast, is_nullable: true, origin: Origin::Row };
        read(server, &column, raw)
    }

    fn text(text: &str) -> Result<Value, &'static str> {
        Ok(Value::Text(text.to_owned()))
    }

    #[test]
    fn what_is_bound() {
        use Server::{Mysql, Postgres, Sqlite};
        assert_eq!(of(Sqlite, Type::Bool, "true"), Ok(Value::Int(1)));
        assert_eq!(of(Sqlite, pairs::sqlite("INTEGER"), "false"), Ok(Value::Int(0)));
        assert_eq!(of(Postgres, pairs::postgres("int8", &[]), "true"), Err("is not an integer"));
        assert_eq!(of(Postgres, pairs::postgres("int2", &[]), "32768"), Err("is beyond the column's integers"));
        assert_eq!(of(Mysql, pairs::mysql("bigint", &[], true), "18446744073709551615"), Ok(Value::Unsigned(u64::MAX)));
        assert_eq!(of(Mysql, Type::Numeric(None), "-18446744073709551616"), text("-18446744073709551616"));
        assert_eq!(of(Mysql, Type::Double, "5e-324"), Ok(Value::Number(5e-324)));
        assert_eq!(of(Mysql, Type::Double, "1e400"), Err("is not a number that fits"));
        assert_eq!(of(Mysql, Type::Single, "0.1"), Ok(Value::Number(0.1_f32.into())));
        let varchar = pairs::postgres("varchar", &[9]);
        assert_eq!(of(Postgres, varchar, r#""a\u00e9\ud83d\ude00""#), text("aé😀"));
        assert_eq!(of(Postgres, varchar, r#""a\u0000""#), Err("contains a NUL character"));
        assert_eq!(of(Postgres, varchar, "5"), Err("is not a text"));
        assert_eq!(of(Postgres, Type::Json, r#"{"a": 1.50}"#), text(r#"{"a": 1.50}"#));
        assert_eq!(of(Postgres, Type::Bytes(None), r#""AP8=""#), Ok(Value::Bytes(vec![0, 255])));
        assert_eq!(of(Postgres, Type::Json, "null"), Ok(Value::Null));
    }

    #[test]
    fn times_are_cut_to_microseconds() {
        let at = |server, raw| of(server, Type::Timestamp(6), raw);
        assert_eq!(at(Server::Mysql, r#""1969-12-31T23:59:59.1234567Z""#), text("1969-12-31 23:59:59.123457"));
        assert_eq!(at(Server::Postgres, r#""2026-01-31T12:00:00.999999999Z""#), text("2026-01-31T12:00:00.999999Z"));
        assert_eq!(at(Server::Mysql, r#""0001-01-01T00:00:00Z""#), text("0001-01-01 00:00:00.000000"));
        assert_eq!(at(Server::Mysql, r#""-000001-01-01T00:00:00Z""#), Err("is not in the years 1 to 9999"));
        assert_eq!(of(Server::Mysql, Type::Date, r#""9999-12-31""#), text("9999-12-31"));
        assert_eq!(of(Server::Mysql, Type::Date, r#""0000-01-01""#), Err("is not in the years 1 to 9999"));
    }
}
