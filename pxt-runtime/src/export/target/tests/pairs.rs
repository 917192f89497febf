//! Every pair of a field and a column that is accepted gives back what was written; every other one has a sentence.

use serde_json::{Value as Json, json};

use super::*;

const INT: Holds = Holds::Int(i64::MIN as i128, i64::MAX as i128);
const SMALL: Holds = Holds::Int(-100, 100);
const FLOAT: Holds = Holds::Float { is_single: false };
const SINGLE: Holds = Holds::Float { is_single: true };

/// The fields and the types of columns that take them.
fn accepted(server: Server) -> Vec<(Holds, &'static [&'static str])> {
    match server {
        Server::Sqlite => vec![
            (Holds::Bool, &["boolean", "integer", "int"]),
            (INT, &["integer", "bigint", "numeric", "decimal(10)"]),
            (SMALL, &["tinyint", "real"]),
            (FLOAT, &["real", "double precision", "float"]),
            (SINGLE, &["real"]),
            (Holds::Text(None), &["text", "varchar(3)", "clob"]),
            (Holds::Text(Some(5)), &["text", "character(20)"]),
            (Holds::Timestamp, &["text", "datetime", "timestamp"]),
            (Holds::Date, &["text", "date"]),
            (Holds::Uuid, &["text", "uuid", "char(36)"]),
            (Holds::Binary(None), &["blob"]),
            (
                Holds::Json,
                &["json", "jsonb", "text check (json_valid(a))", "TEXT CHECK (a IS NULL OR json_valid( \"a\" ))"],
            ),
        ],
        Server::Postgres => vec![
            (Holds::Bool, &["boolean", "truth"]),
            (INT, &["bigint", "numeric", "numeric(19)", "numeric(24, 5)"]),
            (SMALL, &["smallint", "integer", "real", "double precision", "numeric(3)"]),
            (FLOAT, &["double precision", "numeric"]),
            (SINGLE, &["real", "double precision"]),
            (Holds::Text(None), &["text", "varchar", "citext", "words"]),
            (Holds::Text(Some(5)), &["text", "varchar(5)", "varchar(6)", "short"]),
            (Holds::Timestamp, &["timestamptz", "timestamp", "timestamp(6)", "text", "varchar(40)"]),
            (Holds::Date, &["date", "text", "char(10)"]),
            (Holds::Uuid, &["uuid", "text", "char(36)", "varchar(36)"]),
            (Holds::Binary(None), &["bytea"]),
            (Holds::Binary(Some(300)), &["bytea"]),
            (Holds::Json, &["json", "jsonb"]),
        ],
        Server::Mysql => vec![
            (Holds::Bool, &["boolean", "tinyint(1)", "bit(1)"]),
            (INT, &["bigint", "decimal(19)", "decimal(24, 5)"]),
            (Holds::Int(0, u64::MAX as i128), &["bigint unsigned", "decimal(20)"]),
            (SMALL, &["tinyint", "smallint", "mediumint", "int", "float", "double", "decimal(3)"]),
            (FLOAT, &["double"]),
            (SINGLE, &["float", "double"]),
            (Holds::Text(None), &["longtext"]),
            (Holds::Text(Some(5)), &["varchar(5)", "tinytext", "text", "mediumtext", "longtext"]),
            (Holds::Timestamp, &["datetime(6)", "longtext", "varchar(40)"]),
            (Holds::Date, &["date", "text", "char(10)", "varchar(10) character set latin1"]),
            (Holds::Uuid, &["uuid", "char(36)", "varchar(36)", "binary(16)", "text"]),
            (Holds::Binary(None), &["longblob"]),
            (Holds::Binary(Some(300)), &["varbinary(300)", "blob", "mediumblob", "longblob"]),
            (Holds::Json, &["json", "longtext check (json_valid(a))"]),
        ],
    }
}

/// The fields, columns that cannot take all of their values, and what is said of each.
fn refused(server: Server) -> Vec<(Holds, &'static [(&'static str, &'static str)])> {
    match server {
        Server::Sqlite => vec![
            (Holds::Bool, &[("text", "is a truth value, and column `t.a` is `text`: make the column `boolean`")]),
            (INT, &[("real", "which holds 53 bits of a number: make the column `integer`"), ("text", "`integer`")]),
            (Holds::Int(0, u64::MAX as i128), &[("integer", "make the column `text, and answer a text`")]),
            (FLOAT, &[("integer", "make the column `real`"), ("decimal(4, 2)", "make the column `real`")]),
            (Holds::Text(None), &[("integer", "`text`"), ("blob", "`text`"), ("", "which keeps whatever comes")]),
            (Holds::Timestamp, &[("integer", "`text`")]),
            (Holds::Uuid, &[("blob", "make the column `text`")]),
            (Holds::Binary(None), &[("text", "make the column `blob`")]),
            (Holds::Json, &[("text", "make the column `json, or text with a check by `json_valid``")]),
        ],
        Server::Postgres => vec![
            (Holds::Bool, &[("integer", "make the column `boolean`"), ("bit(1)", "`boolean`")]),
            (
                INT,
                &[
                    ("integer", "which holds integers from -2147483648 to 2147483647: make the column `bigint`"),
                    ("double precision", "which holds 53 bits"),
                    ("numeric(18)", "which holds 18 digits before the point"),
                    ("text", "make the column `bigint`"),
                ],
            ),
            (Holds::Int(0, u64::MAX as i128), &[("bigint", "make the column `decimal(39, 0)`")]),
            (Holds::Int(0, 40_000), &[("smallint", "make the column `integer`")]),
            (
                FLOAT,
                &[
                    ("integer", "`a` is a float, and column `public.t.a` is `integer`"),
                    ("real", "which holds 24 bits of a number: make the column `double precision`"),
                    ("numeric(10, 2)", "and rounds behind it: make the column `double precision`"),
                ],
            ),
            (
                Holds::Text(None),
                &[("varchar(5)", "make the column `text`"), ("mood", "whose words cannot be compared")],
            ),
            (
                Holds::Text(Some(6)),
                &[("varchar(5)", "is text of up to 6 characters"), ("char(6)", "does not keep spaces")],
            ),
            (Holds::Text(Some(6)), &[("short", "make the column `text`"), ("text[]", "`text`"), ("inet", "`text`")]),
            (
                Holds::Timestamp,
                &[
                    ("timestamptz(3)", "which keeps 3 digits"),
                    ("date", "`timestamptz`"),
                    ("varchar(20)", "`timestamptz`"),
                ],
            ),
            (Holds::Date, &[("timestamptz", "`date`"), ("varchar(9)", "`date`"), ("char(11)", "`date`")]),
            (Holds::Uuid, &[("bytea", "`uuid`"), ("char(35)", "`uuid`")]),
            (Holds::Binary(None), &[("text", "make the column `bytea`")]),
            (Holds::Json, &[("text", "make the column `jsonb`")]),
        ],
        Server::Mysql => vec![
            (
                Holds::Bool,
                &[("int", "make the column `boolean`"), ("bit(2)", "`boolean`"), ("varchar(5)", "`boolean`")],
            ),
            (INT, &[("int", "make the column `bigint`"), ("bigint unsigned", "from 0 to 18446744073709551615: make")]),
            (Holds::Int(0, u64::MAX as i128), &[("bigint", "make the column `bigint unsigned`")]),
            (
                FLOAT,
                &[
                    ("float", "make the column `double`"),
                    ("decimal(30, 10)", "rounds behind it"),
                    ("double(10, 2)", "`double`"),
                ],
            ),
            (
                Holds::Text(None),
                &[("text", "which holds 65535 bytes"), ("varchar(99)", "`longtext character set utf8mb4`")],
            ),
            (
                Holds::Text(Some(64)),
                &[
                    ("tinytext", "make the column `varchar(64) character set utf8mb4`"),
                    ("varchar(63)", "`varchar(64)"),
                    ("char(64)", "does not keep spaces"),
                    ("varchar(64) character set latin1", "whose character set does not have all characters"),
                    ("enum('a', 'b')", "whose words cannot be compared"),
                ],
            ),
            (
                Holds::Timestamp,
                &[
                    ("timestamp(6)", "which ends in 2038: make the column `datetime(6)`"),
                    ("datetime", "which keeps 0 digits"),
                ],
            ),
            (Holds::Uuid, &[("binary(15)", "make the column `char(36)`"), ("char(37)", "`char(36)`")]),
            (Holds::Binary(None), &[("blob", "which holds 65535 bytes: make the column `longblob`")]),
            (
                Holds::Binary(Some(300)),
                &[("varbinary(299)", "make the column `varbinary(300)`"), ("binary(200)", "always holds 200")],
            ),
            (Holds::Json, &[("longtext", "make the column `json`"), ("text", "`json`")]),
        ],
    }
}

/// Values of a field, up to its edges.
fn values(holds: Holds) -> Vec<Json> {
    match holds {
        Holds::Bool => vec![json!(true), json!(false)],
        Holds::Int(low, high) => {
            let number = |number: i128| serde_json::from_str(&number.to_string()).unwrap();
            vec![number(low), number(high), json!(0), json!(7)]
        }
        Holds::Float { is_single: false } => {
            vec![json!(5e-324), json!(f64::MAX), json!(f64::MIN), json!(0.1), json!(1.0), json!(-2.5e-10), json!(1e22)]
        }
        Holds::Float { is_single: true } => {
            vec![json!(0.1_f32), json!(f32::MAX), json!(1e-45_f32), json!(16777217.0_f32)]
        }
        Holds::Text(None) => {
            vec![json!(""), json!("Bücher 😀 'quoted\" \\ \n"), json!(" a  "), json!("x".repeat(100_000))]
        }
        Holds::Text(Some(_)) => vec![json!(""), json!("😀😀😀😀😀"), json!("a    "), json!("1e5")],
        Holds::Timestamp => vec![
            json!("1969-12-31T23:59:59.999999Z"),
            json!("0001-01-01T00:00:00Z"),
            json!("9999-12-30T21:59:59.999999Z"),
            json!("2026-01-31T12:00:00.123456Z"),
        ],
        Holds::Date => vec![json!("0001-01-01"), json!("9999-12-31"), json!("2024-02-29")],
        Holds::Uuid => vec![json!(Uuid::nil()), json!(Uuid::max()), json!("00000000-0000-4000-8000-0000000000e5")],
        Holds::Binary(most) => {
            use base64::Engine as _;
            let all: Vec<u8> = (0..=255).collect();
            let long = vec![b'\''; most.unwrap_or(100_000) as usize];
            [vec![], all, long]
                .iter()
                .map(|bytes| json!(base64::engine::general_purpose::STANDARD.encode(bytes)))
                .collect()
        }
        Holds::Json => vec![
            json!({"a": [1, {"b": null}], "c": "é😀\"\\", "d": 0.1}),
            json!([]),
            json!("text"),
            json!(5),
            json!(true),
        ],
    }
}

/// What is written, in the form that [`read`] has.
fn written(holds: Holds, value: &Json) -> String {
    match (holds, value) {
        (Holds::Bool, value) => if value == &json!(true) { "1" } else { "0" }.to_owned(),
        (Holds::Float { is_single: true }, value) => format!("{:?}", value.as_f64().unwrap() as f32),
        (Holds::Float { .. }, value) => format!("{:?}", value.as_f64().unwrap()),
        (Holds::Timestamp, value) => value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().to_string(),
        (Holds::Uuid, value) => value.as_str().unwrap().replace('-', ""),
        (Holds::Binary(_), value) => {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        (Holds::Int(..) | Holds::Json, value) => value.to_string(),
        (Holds::Text(_) | Holds::Date, value) => value.as_str().unwrap().to_owned(),
    }
}

/// What is read, in the order of writing.
async fn read(room: &Room, holds: Holds, declared: &str) -> Vec<Option<String>> {
    let is_blob = declared.starts_with("binary") || matches!(holds, Holds::Binary(_));
    let column = match (room.server, holds) {
        (Server::Postgres, Holds::Bool) => "CAST(CAST(a AS integer) AS text)",
        (Server::Mysql, Holds::Bool) => "CAST(a + 0 AS CHAR)",
        (Server::Sqlite, Holds::Json) if declared.starts_with("json") => "CAST(a AS text)",
        (Server::Postgres, _) if is_blob => "encode(a, 'hex')",
        (_, _) if is_blob => "CASE WHEN a IS NOT NULL THEN lower(hex(a)) END",
        (Server::Postgres, Holds::Timestamp) if declared.starts_with("timestamptz") => {
            "to_char(a AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        }
        (Server::Postgres, Holds::Timestamp) if declared.starts_with("timestamp") => {
            "to_char(a, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        }
        (Server::Mysql, Holds::Timestamp) if declared.starts_with("datetime") => {
            "DATE_FORMAT(a, '%Y-%m-%dT%H:%i:%s.%fZ')"
        }
        (Server::Sqlite, Holds::Float { .. }) => "CASE WHEN a IS NOT NULL THEN printf('%!.20e', a) END",
        // A number of single precision is shown with six digits otherwise.
        (Server::Mysql, Holds::Float { .. }) => "CAST(a + 0e0 AS CHAR)",
        (Server::Mysql, _) => "CAST(a AS CHAR)",
        _ => "CAST(a AS text)",
    };
    let texts = room.texts(&format!("SELECT {column} FROM t ORDER BY at")).await;
    let form = |text: String| match holds {
        Holds::Float { is_single: true } => format!("{:?}", text.parse::<f64>().unwrap() as f32),
        Holds::Float { .. } => format!("{:?}", text.parse::<f64>().unwrap()),
        // Of a number with a point, or an exponent.
        Holds::Int(..) => text.strip_suffix(".0").or(text.strip_suffix(".00000")).unwrap_or(&text).to_owned(),
        Holds::Timestamp => text.parse::<jiff::Timestamp>().unwrap().to_string(),
        Holds::Uuid => text.replace('-', "").to_lowercase(),
        Holds::Json => serde_json::from_str::<Json>(&text).unwrap().to_string(),
        _ => text,
    };
    texts.into_iter().map(|text| text.map(form)).collect()
}

/// Types that others have made.
async fn prepare(room: &Room) {
    if room.server == Server::Postgres {
        room.execute(
            "CREATE EXTENSION citext; CREATE DOMAIN truth AS boolean; CREATE DOMAIN words AS text CHECK (VALUE <> 'no'); \
             CREATE DOMAIN shorter AS varchar(5); CREATE DOMAIN short AS shorter; CREATE TYPE mood AS ENUM ('sad')",
        )
        .await;
    }
}

#[tokio::test]
async fn every_accepted_pair_gives_back_what_was_written() {
    let mut wrong = Vec::new();
    for room in rooms().await {
        prepare(&room).await;
        for (holds, columns) in accepted(room.server) {
            for declared in columns {
                let problems = round_trip(&room, holds, declared).await;
                wrong.extend(
                    problems.into_iter().map(|text| format!("{:?}: {holds} in {declared}: {text}", room.server)),
                );
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// What does not come back as it was written.
async fn round_trip(room: &Room, holds: Holds, declared: &str) -> Vec<String> {
    room.execute(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (at integer, a {declared})")).await;
    let told = room.told("t", holds, true).await;
    if !told.is_empty() {
        return told;
    }
    let mut values = values(holds);
    values.push(Json::Null);
    let bodies: Vec<_> =
        values.iter().enumerate().map(|(at, value)| json!({"at": at, "a": value}).to_string()).collect();
    let writer = room.writer("t", &["at", "a"], ExportMethod::Insert).await;
    let done = write(&room.target, &writer, &bodies).await.unwrap();
    let refused: Vec<_> = done.into_iter().filter_map(|done| done.err()).map(|refused| refused.0).collect();
    if !refused.is_empty() {
        return refused;
    }
    let is_read = read(room, holds, declared).await;
    assert_eq!(is_read.len(), values.len());
    let wanted = values.iter().map(|value| (!value.is_null()).then(|| written(holds, value)));
    let pairs = wanted.zip(is_read).filter(|(wanted, is_read)| wanted != is_read);
    pairs.map(|(wanted, is_read)| format!("{wanted:.40?} is {is_read:.40?}")).collect()
}

#[tokio::test]
async fn every_other_pair_has_its_sentence() {
    for room in rooms().await {
        prepare(&room).await;
        for (holds, columns) in refused(room.server) {
            for (declared, words) in columns {
                room.execute(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (a {declared})")).await;
                let told = room.told("t", holds, true).await;
                let what = format!("{:?}: {holds} in {declared}: {told:?}", room.server);
                assert!(
                    told.len() == 1 && told[0].to_lowercase().contains(&words.to_lowercase()),
                    "{what}, and not {words}"
                );
            }
        }
        room.execute("DROP TABLE t; CREATE TABLE t (a integer NOT NULL)").await;
        let told = room.told("t", SMALL, true).await;
        assert!(
            told.len() == 1 && told[0].contains("is `not null`: make the field one that is never null"),
            "{told:?}"
        );
        assert_eq!(room.told("t", SMALL, false).await, [""; 0]);
    }
}
