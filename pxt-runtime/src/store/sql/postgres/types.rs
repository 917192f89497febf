//! Which types of PostgreSQL hold the values of which columns, by the words that `format_type` writes.
//!
//! A type is good for a column when what it gives is exactly what was written. Some take fewer values than the column does:
//! for these PostgreSQL refuses a write, and the caller is told.

use crate::schema::{ColumnType, Element};

/// PostgreSQL cuts off what is behind so many bytes of a name.
pub(in crate::store) const LONGEST_NAME: usize = 63;

/// The type of a column, as `format_type` writes it.
pub(in crate::store) fn word(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Bool => "boolean",
        ColumnType::Int => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Timestamp => "timestamp with time zone",
        ColumnType::Date => "date",
        ColumnType::Uuid => "uuid",
        ColumnType::Json => "jsonb",
        ColumnType::Binary => "bytea",
        ColumnType::Array(Element::F32, _) => "real[]",
        ColumnType::Array(Element::F64, _) => "double precision[]",
        ColumnType::Array(Element::I64, _) => "bigint[]",
        ColumnType::Array(Element::Bool, _) => "boolean[]",
        ColumnType::String => "text",
        ColumnType::Image | ColumnType::Video | ColumnType::Audio | ColumnType::Document => "text",
    }
}

/// Whether a column of this type holds the values of a declared one.
pub(in crate::store) fn holds(ty: ColumnType, there: &str) -> bool {
    let also = match ty {
        ColumnType::Int => ["integer", "smallint"].contains(&there),
        ColumnType::Json => there == "json",
        ColumnType::String => is_varchar(there),
        ty if ty.is_media() => is_varchar(there),
        _ => false,
    };
    also || there == word(ty)
}

/// What a column of this type can be declared as, or why it cannot.
pub(in crate::store) fn declared_as(there: &str) -> Result<ColumnType, &'static str> {
    match there {
        "boolean" => Ok(ColumnType::Bool),
        "bigint" | "integer" | "smallint" => Ok(ColumnType::Int),
        "double precision" => Ok(ColumnType::Float),
        "text" => Ok(ColumnType::String),
        "timestamp with time zone" => Ok(ColumnType::Timestamp),
        "date" => Ok(ColumnType::Date),
        "uuid" => Ok(ColumnType::Uuid),
        "json" | "jsonb" => Ok(ColumnType::Json),
        "bytea" => Ok(ColumnType::Binary),
        varchar if is_varchar(varchar) => Ok(ColumnType::String),
        "real[]" | "double precision[]" | "bigint[]" | "boolean[]" => {
            Err("does not say how long its arrays are: declare an `Array` of the length that they have")
        }
        "real" => Err("rounds numbers to 32 bits: make it double precision"),
        "timestamp without time zone" => Err("names no instant: make it timestamp with time zone"),
        precise if precise.starts_with("timestamp") => Err("rounds fractions of a second: make it without a precision"),
        numeric if numeric.starts_with("numeric") => Err("holds numbers that no float does: make it double precision"),
        padded if padded.starts_with("character") => Err("pads texts with spaces: make it text"),
        collated if collated.contains(" COLLATE ") => {
            Err("takes texts that differ for the same: make it deterministic")
        }
        _ => Err("is of a type that columns do not have"),
    }
}

/// With or without a length.
fn is_varchar(there: &str) -> bool {
    let rest = there.strip_prefix("character varying");
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('(') && rest.ends_with(')')))
}

/// Whether a value is one that pxt reads, as a condition over a column's quoted name. None where all are.
pub(in crate::store) fn is_written(ty: ColumnType, column: &str) -> Option<String> {
    Some(match ty {
        ColumnType::Float => format!("{column} NOT IN ('NaN', 'Infinity', '-Infinity')"),
        ColumnType::Timestamp => {
            format!("{column} >= '0001-01-01T00:00:00Z' AND {column} < '10000-01-01T00:00:00Z'")
        }
        ColumnType::Date => format!("{column} BETWEEN '0001-01-01' AND '9999-12-31'"),
        ColumnType::Array(_, 0) => format!("cardinality({column}) = 0"),
        ColumnType::Array(_, len) => format!(
            "array_ndims({column}) = 1 AND cardinality({column}) = {len} AND array_position({column}, NULL) IS NULL"
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_others() {
        for (there, ty) in [
            ("integer", ColumnType::Int),
            ("smallint", ColumnType::Int),
            ("character varying", ColumnType::String),
            ("character varying(20)", ColumnType::String),
            ("json", ColumnType::Json),
        ] {
            assert_eq!(declared_as(there), Ok(ty), "{there}");
            assert!(holds(ty, there), "{there}");
        }
        assert!(holds(ColumnType::Image, "character varying(20)"));
        for there in [
            "real",
            "numeric(10,2)",
            "character(3)",
            "timestamp without time zone",
            "timestamp(3) with time zone",
            "text COLLATE loose",
            "character varying(20) COLLATE loose",
            "real[]",
            "point",
        ] {
            assert!(declared_as(there).is_err(), "{there}");
            for ty in [ColumnType::String, ColumnType::Float, ColumnType::Timestamp] {
                assert!(!holds(ty, there), "{there}");
            }
        }
    }
}
