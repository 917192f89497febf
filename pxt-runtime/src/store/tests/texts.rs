//! SQL texts of a program's own.

use jiff::Timestamp;
use uuid::Uuid;

use super::asking::*;
use super::*;
use crate::schema::Element;
use crate::value::{Elements, Media};

#[tokio::test]
async fn columns_are_read_by_name_and_type() {
    let place = Place::new().await;
    let (store, ..) = library(&place).await;
    let text = "SELECT count(*) AS n, avg(score) AS mean, year FROM films WHERE year = ? OR year > $2 GROUP BY year";
    let wanted = [("year", ColumnType::Int), ("n", ColumnType::Int), ("mean", ColumnType::Float)];
    for _ in 0..2 {
        let rows = store.sql(text, vec![Value::Int(1958), Value::Int(1960)], &wanted).await.unwrap();
        assert_eq!(
            rows,
            [
                [Value::Int(1958), Value::Int(2), Value::Float(7.5)],
                [Value::Int(1962), Value::Int(1), Value::Float(7.5)]
            ]
        );
    }
    // No row, no column.
    let none = store.sql("SELECT 1 AS n WHERE FALSE", Vec::new(), &[("n", ColumnType::Int)]).await.unwrap();
    assert!(none.is_empty());
    assert_eq!(store.sql("VALUES (1), (2)", Vec::new(), &[]).await.unwrap(), [Row::new(), Row::new()]);
    // `*` follows the table.
    let star = "SELECT * FROM people WHERE id = 1";
    let name = [("name", ColumnType::String)];
    let alfred = [[Value::String("Alfred".into())]];
    assert_eq!(store.sql(star, Vec::new(), &name).await.unwrap(), alfred);
    place.execute("ALTER TABLE people ADD COLUMN born INTEGER; ALTER TABLE people RENAME COLUMN id TO number").await;
    let star = "SELECT * FROM people WHERE name = 'Alfred'";
    let wanted = [("number", ColumnType::Int), ("born", ColumnType::Int)];
    assert_eq!(store.sql(star, Vec::new(), &wanted).await.unwrap(), [[Value::Int(1), Value::Null]]);
}

#[tokio::test]
async fn values_are_bound_as_columns_hold_them() {
    let place = Place::new().await;
    let time = "2026-01-31T12:00:00.5Z".parse::<Timestamp>().unwrap();
    let samples = [
        (ColumnType::Bool, Value::Bool(true)),
        (ColumnType::Int, Value::Int(-3)),
        (ColumnType::Float, Value::Float(0.1)),
        (ColumnType::String, Value::String("a'b".into())),
        (ColumnType::Timestamp, Value::Timestamp(time)),
        (ColumnType::Date, Value::Date(jiff::civil::date(2026, 1, 31))),
        (ColumnType::Uuid, Value::Uuid(Uuid::max())),
        (ColumnType::Json, Value::Json(serde_json::json!({"a": [1, null]}))),
        (ColumnType::Binary, Value::Binary(vec![0, 255].into())),
        (ColumnType::Array(Element::F32, 1), Value::Array(Elements::F32(Box::new([1.5])))),
        (ColumnType::Image, Value::Media(Media::stored("a/b.png"))),
    ];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let mut columns = vec![auto("id")];
    columns.extend(names.iter().zip(&samples).map(|(name, (ty, _))| column(name, *ty)));
    let (store, table) = with_table(&place, table("t.all", columns)).await;
    let mut row = vec![Value::Null];
    row.extend(samples.iter().map(|(_, value)| value.clone()));
    store.insert(&table, row, None).await.unwrap();
    for (name, (ty, value)) in names.into_iter().zip(samples) {
        let text = format!("SELECT {name}, ? AS back, NULL AS absent FROM \"t.all\" WHERE {name} = ?1");
        let wanted = [("absent", ty), ("back", ty), (name, ty)];
        let rows = store.sql(&text, vec![value.clone()], &wanted).await.unwrap();
        assert_eq!(rows, [[Value::Null, value.clone(), value]], "{ty:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_says_what_to_write() {
    let place = Place::new().await;
    let (store, ..) = library(&place).await;
    let n = [("n", ColumnType::Int)];
    let one = || vec![Value::Int(1)];
    for (text, values, wanted, words) in [
        ("SELECT 1 AS n; SELECT 2", Vec::new(), &n[..], "more than one statement"),
        ("DELETE FROM films", Vec::new(), &n, "does not read"),
        ("WITH x AS (SELECT 1) DELETE FROM films", Vec::new(), &n, "the SQL text writes"),
        ("SELECT 1 AS n", one(), &n, "takes 0 values, and 1 are bound"),
        ("SELECT ? + ? AS n", one(), &n, "takes 2 values, and 1 are bound"),
        ("SELECT ? AS n", vec![Value::Float(f64::NAN)], &n, "value 1 of the SQL text must be finite"),
        ("SELECT id FROM films", Vec::new(), &n, "answers no column `n`, but `id`"),
        ("SELECT id FROM films WHERE FALSE", Vec::new(), &n, "answers no column `n`, but `id`"),
        ("SELECT 1 AS n, 2 AS n", Vec::new(), &n, "more than one column `n`"),
        ("SELECT 'x' AS n", Vec::new(), &n, "column `n` of the SQL text is read as int and holds text"),
        ("SELECT 1.5 AS n", Vec::new(), &n, place.either("is read as int and holds real", "and holds numeric")),
        ("SELECT 2 AS n", Vec::new(), &[("n", ColumnType::Bool)], place.either("and holds integer", "and holds int4")),
        ("SELECT 'x' AS n", Vec::new(), &[("n", ColumnType::Date)], "is read as date and holds text"),
    ] {
        let error = store.sql(text, values, wanted).await.unwrap_err();
        assert!(matches!(error, StoreError::Mistake(_)), "{text}: {error:?}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let error = store.sql("SELECT n FROM nowhere", Vec::new(), &n).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    assert_eq!(store.sql("SELECT count(*) AS n FROM films", Vec::new(), &n).await.unwrap(), [[Value::Int(6)]]);
}
