//! Which types of SQLite hold the values of which columns: by affinity, since a table of others need not be `STRICT`.

use crate::schema::{ColumnType, Element};

/// The type of a column.
pub(in crate::store) fn word(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Bool | ColumnType::Int => "INTEGER",
        ColumnType::Float => "REAL",
        ColumnType::Uuid | ColumnType::Binary | ColumnType::Array(..) => "BLOB",
        ColumnType::String | ColumnType::Timestamp | ColumnType::Date | ColumnType::Json => "TEXT",
        ColumnType::Image | ColumnType::Video | ColumnType::Audio | ColumnType::Document => "TEXT",
    }
}

/// What SQLite makes of values that are written to a column (<https://www.sqlite.org/datatype3.html#affname>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

fn affinity(there: &str) -> Affinity {
    let there = there.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| there.contains(word));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if there.is_empty() || has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// Whether a column of this type keeps the values of a declared one as they are written.
pub(in crate::store) fn holds(ty: ColumnType, there: &str) -> bool {
    match (ty, affinity(there)) {
        (ColumnType::Bool, affinity) => affinity == Affinity::Integer || is_bool(there),
        (ColumnType::Int, affinity) => affinity == Affinity::Integer,
        (ColumnType::Float, affinity) => affinity == Affinity::Real,
        (ColumnType::Uuid | ColumnType::Binary | ColumnType::Array(..), affinity) => affinity == Affinity::Blob,
        (_, affinity) => affinity == Affinity::Text,
    }
}

/// What a column of this type can be declared as; what its values are, SQLite does not say.
pub(in crate::store) fn declared_as(there: &str) -> Result<ColumnType, &'static str> {
    match affinity(there) {
        _ if is_bool(there) => Ok(ColumnType::Bool),
        Affinity::Integer => Ok(ColumnType::Int),
        Affinity::Text => Ok(ColumnType::String),
        Affinity::Blob => Ok(ColumnType::Binary),
        Affinity::Real => Ok(ColumnType::Float),
        Affinity::Numeric => Err("may hold a number or a text: SQLite does not say which"),
    }
}

fn is_bool(there: &str) -> bool {
    ["BOOLEAN", "BOOL"].iter().any(|word| there.eq_ignore_ascii_case(word))
}

/// Whether a value is as pxt writes it, as a condition over a column's quoted name.
pub(in crate::store) fn is_written(ty: ColumnType, column: &str) -> String {
    let text = |pattern: &str| format!("typeof({column}) = 'text' AND {column} GLOB '{pattern}'");
    let bytes = |count: usize| format!("typeof({column}) = 'blob' AND length({column}) = {count}");
    let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
    match ty {
        ColumnType::Bool => format!("typeof({column}) = 'integer' AND {column} IN (0, 1)"),
        ColumnType::Int => format!("typeof({column}) = 'integer'"),
        ColumnType::Float => format!("typeof({column}) IN ('real', 'integer') AND abs({column}) < 9e999"),
        ColumnType::Timestamp => {
            text(&format!("{day}T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z"))
        }
        ColumnType::Date => text(day),
        ColumnType::Uuid => bytes(16),
        ColumnType::Json => format!("typeof({column}) = 'text' AND json_valid({column})"),
        ColumnType::Binary => format!("typeof({column}) = 'blob'"),
        ColumnType::Array(element, len) => bytes(len * width(element)),
        _ => format!("typeof({column}) = 'text'"),
    }
}

fn width(element: Element) -> usize {
    match element {
        Element::F32 => 4,
        Element::F64 | Element::I64 => 8,
        Element::Bool => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_others() {
        for (there, ty) in [
            ("INT", ColumnType::Int),
            ("bigint", ColumnType::Int),
            ("BOOLEAN", ColumnType::Bool),
            ("varchar(20)", ColumnType::String),
            ("DOUBLE PRECISION", ColumnType::Float),
            ("", ColumnType::Binary),
        ] {
            assert_eq!(declared_as(there), Ok(ty), "{there}");
            assert!(holds(ty, there), "{there}");
        }
        assert!(holds(ColumnType::Image, "TEXT") && holds(ColumnType::Uuid, "BLOB"));
        for there in ["NUMERIC", "DECIMAL(10, 2)", "DATETIME", "JSON"] {
            assert!(declared_as(there).is_err(), "{there}");
            assert!(!holds(ColumnType::String, there) && !holds(ColumnType::Float, there), "{there}");
        }
    }
}
