//! Which fields fit which columns: the types of each database, and the one table of pairs.
//!
//! A pair fits when every value that the field may hold comes back as it was. Whoever adds a type adds a line here.

use super::field::Holds;
use super::table::{Server, Type};

/// Characters of a UUID with hyphens.
const UUID: u64 = 36;
/// Characters of a date.
const DATE: u64 = 10;
/// Characters of a timestamp with nine digits of a second, and a year of six digits with its sign.
const TIMESTAMP: u64 = 33;
/// Digits of a second that timestamps are kept with: pxt's own columns have microseconds, and no target has more.
const DIGITS: u32 = 6;

const fn int(bits: u32) -> Type {
    Type::Int { low: -(1 << (bits - 1)), high: (1 << (bits - 1)) - 1, may_be_bool: false }
}

const fn unsigned(bits: u32) -> Type {
    Type::Int { low: 0, high: (1 << bits) - 1, may_be_bool: false }
}

const fn bytes(most: Option<u64>) -> Type {
    Type::Text { characters: None, bytes: most, is_padded: false, is_unicode: true }
}

const fn characters(most: Option<u64>) -> Type {
    Type::Text { characters: most, bytes: None, is_padded: false, is_unicode: true }
}

const fn padded(characters: u64) -> Type {
    Type::Text { characters: Some(characters), bytes: None, is_padded: true, is_unicode: true }
}

/// A type of PostgreSQL by its name in `pg_type`, and what stands in parentheses behind it.
#[cfg_attr(not(feature = "export-postgres"), allow(dead_code, reason = "nobody describes its tables"))]
pub(super) fn postgres(name: &str, arguments: &[u32]) -> Type {
    match (name, arguments) {
        ("bool", _) => Type::Bool,
        ("int2", _) => int(16),
        ("int4", _) => int(32),
        ("int8", _) => int(64),
        ("float4", _) => Type::Single,
        ("float8", _) => Type::Double,
        ("numeric", [precision, scale, ..]) => Type::Numeric(Some(precision.saturating_sub(*scale))),
        ("numeric", _) => Type::Numeric(None),
        ("text" | "citext", _) => characters(None),
        ("varchar", arguments) => characters(arguments.first().map(|most| u64::from(*most))),
        ("bpchar", [length, ..]) => padded(u64::from(*length)),
        ("bpchar", _) => characters(None),
        ("timestamptz" | "timestamp", arguments) => Type::Timestamp(arguments.first().map_or(DIGITS, |digits| *digits)),
        ("date", _) => Type::Date,
        ("uuid", _) => Type::Uuid,
        ("bytea", _) => Type::Bytes(None),
        ("json" | "jsonb", _) => Type::Json,
        _ => Type::Other(None),
    }
}

/// A type of MySQL or MariaDB by its name in lower case, what stands in parentheses behind it, and whether it is unsigned.
#[cfg_attr(not(feature = "export-mysql"), allow(dead_code, reason = "nobody describes its tables"))]
pub(super) fn mysql(name: &str, arguments: &[u32], is_unsigned: bool) -> Type {
    let integer = |bits| if is_unsigned { unsigned(bits) } else { int(bits) };
    let first = u64::from(arguments.first().copied().unwrap_or(1));
    match (name, arguments) {
        // `boolean` is a word for it.
        ("tinyint", [1]) if !is_unsigned => Type::Int { low: -128, high: 127, may_be_bool: true },
        ("tinyint", _) => integer(8),
        ("smallint", _) => integer(16),
        ("mediumint", _) => integer(24),
        ("int", _) => integer(32),
        ("bigint", _) => integer(64),
        ("bit", [] | [1]) => Type::Bool,
        ("decimal", [precision, scale, ..]) if !is_unsigned => Type::Numeric(Some(precision.saturating_sub(*scale))),
        // With digits in parentheses it is one that rounds.
        ("float", []) => Type::Single,
        ("double", []) => Type::Double,
        ("char", _) => padded(first),
        ("varchar", _) => characters(Some(first)),
        ("tinytext", _) => bytes(Some(255)),
        ("text", _) => bytes(Some(65_535)),
        ("mediumtext", _) => bytes(Some(16_777_215)),
        ("longtext", _) => bytes(None),
        ("datetime", arguments) => Type::Timestamp(arguments.first().copied().unwrap_or(0)),
        ("timestamp", _) => Type::Other(Some("which ends in 2038")),
        ("date", _) => Type::Date,
        ("uuid", _) => Type::Uuid,
        ("binary", _) => Type::FixedBytes(first),
        ("varbinary", _) => Type::Bytes(Some(first)),
        ("tinyblob", _) => Type::Bytes(Some(255)),
        ("blob", _) => Type::Bytes(Some(65_535)),
        ("mediumblob", _) => Type::Bytes(Some(16_777_215)),
        ("longblob", _) => Type::Bytes(None),
        ("json", _) => Type::Json,
        ("enum" | "set", _) => Type::Other(Some(ENUM)),
        _ => Type::Other(None),
    }
}

/// Why nothing is written to an enum.
pub(super) const ENUM: &str = "whose words cannot be compared with what answers hold";

/// A declared type of SQLite, in upper case and without parentheses. SQLite enforces no lengths, so that only the affinity counts
/// (<https://www.sqlite.org/datatype3.html>, section 3.1), and what the name says of texts and numbers that are kept as they are.
#[cfg_attr(not(feature = "export-sqlite"), allow(dead_code, reason = "nobody describes its tables"))]
pub(super) fn sqlite(declared: &str) -> Type {
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    let integer = Type::Int { low: i64::MIN as i128, high: i64::MAX as i128, may_be_bool: true };
    match declared {
        "BOOL" | "BOOLEAN" => Type::Bool,
        "DATE" => Type::Date,
        "DATETIME" | "TIMESTAMP" | "TIMESTAMPTZ" => Type::Timestamp(DIGITS),
        "UUID" => Type::Uuid,
        "JSON" | "JSONB" => Type::Json,
        _ if has(&["INT"]) => integer,
        _ if has(&["CHAR", "CLOB", "TEXT"]) => characters(None),
        "" => Type::Other(Some("which keeps whatever comes")),
        _ if has(&["BLOB"]) => Type::Bytes(None),
        _ if has(&["REAL", "FLOA", "DOUB"]) => Type::Double,
        "NUMERIC" | "DECIMAL" | "NUMBER" => integer,
        _ => Type::Other(None),
    }
}

/// Whether every value of a field comes back from a column as it was.
pub(super) fn fits(holds: Holds, ty: Type) -> bool {
    let is_within = |low: i128, high: i128, most: i128| -most <= low && high <= most;
    match (holds, ty) {
        (Holds::Bool, Type::Bool) => true,
        (Holds::Bool, Type::Int { may_be_bool, .. }) => may_be_bool,
        (Holds::Int(least, most), Type::Int { low, high, .. }) => low <= least && most <= high,
        (Holds::Int(least, most), Type::Numeric(digits)) => {
            let most_of = |digits: u32| 10_i128.checked_pow(digits).map_or(i128::MAX, |power| power - 1);
            is_within(least, most, digits.map_or(i128::MAX, most_of))
        }
        (Holds::Int(least, most), Type::Double) => is_within(least, most, 1 << 53),
        (Holds::Int(least, most), Type::Single) => is_within(least, most, 1 << 24),
        (Holds::Float { .. }, Type::Double | Type::Numeric(None)) => true,
        (Holds::Float { is_single }, Type::Single) => is_single,
        (Holds::Text(most), Type::Text { characters, bytes, is_padded: false, is_unicode: true }) => {
            // A character of UTF-8 has up to four bytes.
            let has_room = |limit: Option<u64>, width: u64| match (limit, most) {
                (None, _) => true,
                (Some(limit), Some(most)) => most.saturating_mul(width) <= limit,
                (Some(_), None) => false,
            };
            has_room(characters, 1) && has_room(bytes, 4)
        }
        (Holds::Timestamp, Type::Timestamp(digits)) => digits >= DIGITS,
        (Holds::Date, Type::Date) => true,
        (Holds::Uuid, Type::Uuid) => true,
        (Holds::Uuid, Type::FixedBytes(16)) => true,
        (Holds::Uuid, ty) => has_characters(ty, UUID, true),
        (Holds::Date, ty) => has_characters(ty, DATE, true),
        (Holds::Timestamp, ty) => has_characters(ty, TIMESTAMP, false),
        (Holds::Binary(most), Type::Bytes(limit)) => match (most, limit) {
            (_, None) => true,
            (Some(most), Some(limit)) => most <= limit,
            (None, Some(_)) => false,
        },
        (Holds::Json, Type::Json) => true,
        _ => false,
    }
}

/// Whether a column has room for texts of ASCII of up to so many characters; for one that fills texts up, of exactly so many.
fn has_characters(ty: Type, wanted: u64, is_exact: bool) -> bool {
    match ty {
        Type::Text { characters, is_padded: true, .. } => is_exact && characters == Some(wanted),
        Type::Text { characters, bytes, .. } => {
            [characters, bytes].iter().all(|limit| limit.is_none_or(|limit| limit >= wanted))
        }
        _ => false,
    }
}

/// The type to make a column of, for a field.
pub(super) fn wanted(server: Server, holds: Holds) -> String {
    use Server::{Mysql, Postgres, Sqlite};
    let fixed = match (server, holds) {
        (_, Holds::Bool) => "boolean",
        (Sqlite, Holds::Int(low, high)) if fits(Holds::Int(low, high), int(64)) => "integer",
        // No number of SQLite has more digits.
        (Sqlite, Holds::Int(..)) => "text, and answer a text",
        (_, Holds::Int(low, high)) => return integer(server, low, high),
        (Postgres, Holds::Float { is_single: false }) => "double precision",
        (Postgres, Holds::Float { is_single: true }) => "real",
        (Mysql, Holds::Float { is_single: false }) => "double",
        (Mysql, Holds::Float { is_single: true }) => "float",
        (Sqlite, Holds::Float { .. }) => "real",
        (Mysql, Holds::Text(Some(most @ 0..=16_383))) => return format!("varchar({most}) character set utf8mb4"),
        (Mysql, Holds::Text(_)) => "longtext character set utf8mb4",
        (Postgres | Sqlite, Holds::Text(_)) => "text",
        (Mysql, Holds::Timestamp) => "datetime(6)",
        (Postgres, Holds::Timestamp) => "timestamptz",
        (Sqlite, Holds::Timestamp | Holds::Date | Holds::Uuid) => "text",
        (_, Holds::Date) => "date",
        (Mysql, Holds::Uuid) => "char(36)",
        (Postgres, Holds::Uuid) => "uuid",
        (Mysql, Holds::Binary(Some(most @ 0..=65_000))) => return format!("varbinary({most})"),
        (Mysql, Holds::Binary(_)) => "longblob",
        (Postgres, Holds::Binary(_)) => "bytea",
        (Sqlite, Holds::Binary(_)) => "blob",
        (Postgres, Holds::Json) => "jsonb",
        (Sqlite, Holds::Json) => "json, or text with a check by `json_valid`",
        (Mysql, Holds::Json) => "json",
    };
    fixed.to_owned()
}

/// The smallest type that holds these integers.
fn integer(server: Server, low: i128, high: i128) -> String {
    let sizes: &[(&str, Type)] = match server {
        Server::Mysql => {
            &[("smallint", int(16)), ("int", int(32)), ("bigint", int(64)), ("bigint unsigned", unsigned(64))]
        }
        _ => &[("smallint", int(16)), ("integer", int(32)), ("bigint", int(64))],
    };
    let smallest = sizes.iter().find(|(_, ty)| fits(Holds::Int(low, high), *ty));
    // As many digits as an `i128` has.
    smallest.map_or_else(|| "decimal(39, 0)".to_owned(), |(name, _)| (*name).to_owned())
}

/// What a column holds, if that is to be said of it: as in "which holds integers from 0 to 255".
pub(super) fn limits(ty: Type) -> Option<String> {
    match ty {
        Type::Int { low, high, .. } => Some(format!("which holds integers from {low} to {high}")),
        Type::Numeric(Some(digits)) => {
            Some(format!("which holds {digits} digits before the point, and rounds behind it"))
        }
        Type::Single => Some("which holds 24 bits of a number".to_owned()),
        Type::Double => Some("which holds 53 bits of a number".to_owned()),
        Type::Text { is_unicode: false, .. } => Some("whose character set does not have all characters".to_owned()),
        Type::Text { is_padded: true, .. } => Some("which does not keep spaces at the end".to_owned()),
        Type::Text { bytes: Some(bytes), .. } => {
            Some(format!("which holds {bytes} bytes, of which a character may take 4"))
        }
        Type::Timestamp(digits) if digits < DIGITS => Some(format!("which keeps {digits} digits of a second")),
        Type::Bytes(Some(most)) => Some(format!("which holds {most} bytes")),
        Type::FixedBytes(count) => Some(format!("which always holds {count} bytes")),
        Type::Other(reason) => reason.map(str::to_owned),
        _ => None,
    }
}

/// The name of a type and the numbers in parentheses behind it: `decimal(10,2) unsigned` is `decimal`, 10 and 2.
pub(super) fn parts(declared: &str) -> (&str, Vec<u32>) {
    let name = declared.split(['(', ' ']).next().unwrap_or_default();
    let inside = declared.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let numbers = inside.map(|inside| inside.split(',').map_while(|number| number.trim().parse().ok()).collect());
    (name, numbers.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wanted_type_fits() {
        let read = |server, declared: &str| {
            let (name, numbers) = parts(declared);
            match server {
                Server::Mysql => mysql(name, &numbers, declared.contains("unsigned")),
                Server::Sqlite => sqlite(&name.to_uppercase()),
                Server::Postgres => {
                    let names = [
                        ("boolean", "bool"),
                        ("smallint", "int2"),
                        ("integer", "int4"),
                        ("bigint", "int8"),
                        ("double", "float8"),
                        ("real", "float4"),
                        ("decimal", "numeric"),
                    ];
                    postgres(names.iter().find(|(long, _)| *long == name).map_or(name, |(_, short)| *short), &numbers)
                }
            }
        };
        let fields = [
            Holds::Bool,
            Holds::Int(0, 9),
            Holds::Int(0, 70_000),
            Holds::Int(i64::MIN.into(), i64::MAX.into()),
            Holds::Int(0, u64::MAX.into()),
            Holds::Float { is_single: false },
            Holds::Float { is_single: true },
            Holds::Text(Some(20)),
            Holds::Text(Some(20_000)),
            Holds::Text(None),
            Holds::Timestamp,
            Holds::Date,
            Holds::Uuid,
            Holds::Binary(Some(20)),
            Holds::Binary(None),
            Holds::Json,
        ];
        for server in [Server::Mysql, Server::Postgres, Server::Sqlite] {
            for holds in fields {
                let wanted = wanted(server, holds);
                let declared = wanted
                    .split(',')
                    .next()
                    .unwrap()
                    .replace("boolean", if server == Server::Mysql { "tinyint(1)" } else { "boolean" });
                let is_beyond = server == Server::Sqlite && holds == Holds::Int(0, u64::MAX.into());
                let declared = if wanted.starts_with("decimal") { wanted.clone() } else { declared };
                assert!(is_beyond || fits(holds, read(server, &declared)), "{server:?}: {holds} in {wanted}");
            }
        }
    }

    #[test]
    fn affinities_of_sqlite() {
        let text = characters(None);
        for (declared, ty) in [
            ("VARCHAR", text),
            ("CHARACTER VARYING", text),
            ("DOUBLE PRECISION", Type::Double),
            ("BIGINT", sqlite("INT")),
            ("BLOB", Type::Bytes(None)),
            ("STRING", Type::Other(None)),
        ] {
            assert_eq!(sqlite(declared), ty, "{declared}");
        }
        assert!(fits(Holds::Bool, sqlite("INTEGER")) && !fits(Holds::Float { is_single: true }, sqlite("DECIMAL")));
    }

    #[test]
    fn the_edges_of_each_range() {
        let whole = |low: i128, high: i128| Holds::Int(low, high);
        assert!(fits(whole(i64::MIN.into(), i64::MAX.into()), int(64)));
        assert!(!fits(whole(i64::MIN.into(), i128::from(i64::MAX) + 1), int(64)));
        assert!(!fits(whole(i64::MIN.into(), i64::MAX.into()), int(32)));
        assert!(fits(whole(0, 255), unsigned(8)) && !fits(whole(-1, 255), unsigned(8)));
        assert!(fits(whole(-99, 99), Type::Numeric(Some(2))) && !fits(whole(0, 100), Type::Numeric(Some(2))));
        assert!(fits(whole(0, 1 << 53), Type::Double) && !fits(whole(0, (1 << 53) + 1), Type::Double));
        assert!(fits(Holds::Text(Some(63)), bytes(Some(255))) && !fits(Holds::Text(Some(64)), bytes(Some(255))));
        assert!(fits(Holds::Text(Some(9)), characters(Some(9))) && !fits(Holds::Text(None), characters(Some(9))));
        assert!(
            fits(Holds::Uuid, padded(36)) && !fits(Holds::Uuid, padded(37)) && !fits(Holds::Uuid, characters(Some(35)))
        );
        assert!(!fits(Holds::Text(Some(1)), padded(9)) && !fits(Holds::Timestamp, padded(33)));
        assert!(!fits(Holds::Timestamp, Type::Timestamp(3)) && !fits(Holds::Int(0, 1), characters(None)));
    }
}
