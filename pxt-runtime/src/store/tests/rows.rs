//! One row at a time: what goes in comes out, and what cannot is refused.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::*;
use crate::schema::Element;
use crate::store::Stored;
use crate::value::{Binary, Elements, Media};

/// Each column type with values at the edges of its range.
fn samples() -> Vec<(ColumnType, Vec<Value>)> {
    let json = |text: &str| Value::Json(serde_json::from_str(text).unwrap());
    let time = |text: &str| Value::Timestamp(text.parse::<Timestamp>().unwrap());
    let date = |text: &str| Value::Date(text.parse::<Date>().unwrap());
    let media = || vec![Value::Media(Media::stored("films.posters/9f86.png")), Value::Media(Media::stored("é/'\""))];
    vec![
        (ColumnType::Bool, vec![Value::Bool(true), Value::Bool(false)]),
        (ColumnType::Int, [0, -1, i64::MIN, i64::MAX].map(Value::Int).into()),
        (
            ColumnType::Float,
            [0.0, -0.5, 0.1, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 9_007_199_254_740_993.0, 1e15]
                .map(Value::Float)
                .into(),
        ),
        (
            ColumnType::String,
            ["", " ", "'; DROP TABLE x; --", "\u{10FFFF}\u{1}", "0012", "1e5"].map(|s| Value::String(s.into())).into(),
        ),
        (
            ColumnType::Timestamp,
            [
                "0001-01-01T00:00:00Z",
                "9999-12-30T21:59:59.999999Z",
                "1969-12-31T23:59:59.999999Z",
                "2026-01-31T12:00:00.5Z",
            ]
            .map(time)
            .into(),
        ),
        (ColumnType::Date, ["0001-01-01", "9999-12-31", "2024-02-29"].map(date).into()),
        (ColumnType::Uuid, [Uuid::nil(), Uuid::max(), Uuid::now_v7()].map(Value::Uuid).into()),
        (
            ColumnType::Json,
            ["null", "\"\"", "{\"b\":1,\"a\":[1.5,true,null]}", "18446744073709551615"].map(json).into(),
        ),
        (
            ColumnType::Binary,
            [vec![], vec![0, 255], vec![7; 1 << 20]].map(|bytes| Value::Binary(Binary::from(bytes))).into(),
        ),
        (
            ColumnType::Array(Element::F32, 2),
            vec![Value::Array(Elements::F32(Box::new([f32::MIN, f32::MIN_POSITIVE])))],
        ),
        (ColumnType::Array(Element::F64, 1), vec![Value::Array(Elements::F64(Box::new([f64::MAX])))]),
        (ColumnType::Array(Element::I64, 2), vec![Value::Array(Elements::I64(Box::new([i64::MIN, i64::MAX])))]),
        (ColumnType::Array(Element::Bool, 3), vec![Value::Array(Elements::Bool(Box::new([true, false, true])))]),
        (ColumnType::Image, media()),
        (ColumnType::Video, media()),
        (ColumnType::Audio, media()),
        (ColumnType::Document, media()),
    ]
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let place = Place::new().await;
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
    let samples = samples();
    let mut columns = vec![auto("id")];
    for (name, (ty, _)) in names.into_iter().zip(&samples) {
        columns.push(nullable(name, *ty));
    }
    let def = table("all.types", columns);
    let (store, table) = with_table(&place, def).await;
    let most = samples.iter().map(|(_, values)| values.len()).max().unwrap();
    for round in 0..=most {
        let mut row = vec![Value::Null];
        row.extend(samples.iter().map(|(_, values)| values.get(round).cloned().unwrap_or(Value::Null)));
        let number = store.insert(&table, row.clone(), None).await.unwrap().unwrap();
        row[0] = Value::Int(number);
        let stored = store.get(&table, vec![Value::Int(number)]).await.unwrap().unwrap();
        assert_eq!(stored, Stored { version: 1, values: row, unreadable: Vec::new(), errors: None });
    }
}

#[tokio::test]
async fn every_type_can_be_a_key() {
    let place = Place::new().await;
    let samples: Vec<_> = samples().into_iter().filter(|(ty, _)| !ty.is_media()).collect();
    for (index, (ty, values)) in samples.into_iter().enumerate() {
        let def =
            table(Box::leak(format!("t.k{index}").into_boxed_str()), vec![key("k", ty), column("n", ColumnType::Int)]);
        let (store, table) = with_table(&place, def).await;
        let mut inserted = 0;
        for (n, value) in values.iter().enumerate() {
            let row = vec![value.clone(), Value::Int(n as i64)];
            // An index of PostgreSQL takes a third of a page.
            if matches!(value, Value::Binary(bytes) if bytes.len() > place.either(usize::MAX, 2_000)) {
                let error = store.insert(&table, row, None).await.unwrap_err();
                assert!(matches!(error, StoreError::TooLarge { .. }), "{error:?}");
                continue;
            }
            inserted += 1;
            store.insert(&table, row.clone(), None).await.unwrap();
            assert_eq!(store.get(&table, vec![value.clone()]).await.unwrap().unwrap().values, row);
        }
        // The order of a scan, and its places written to the catalog and back.
        let mut seen = 0;
        let mut after = None;
        while let Some((cursor, _)) = store.scan(&table, after.take(), 1).await.unwrap().pop() {
            seen += 1;
            after = super::super::Cursor::from_json(def, &cursor.to_json().unwrap());
            assert_eq!(after, Some(cursor));
        }
        assert_eq!(seen, inserted, "{ty:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn values_that_a_column_cannot_hold_are_refused() {
    let place = Place::new().await;
    let def = table(
        "t.strict",
        vec![
            key("id", ColumnType::Int),
            nullable("f", ColumnType::Float),
            nullable("s", ColumnType::String),
            nullable("m", ColumnType::Image),
            nullable("t", ColumnType::Timestamp),
            nullable("a", ColumnType::Array(Element::I64, 2)),
        ],
    );
    let (store, table) = with_table(&place, def).await;
    let wrong = [
        (0, Value::Null, "`t.strict.id` cannot hold the value: it must not be null"),
        (1, Value::Float(f64::NAN), "must be finite"),
        (1, Value::Int(1), "must be of the column's type"),
        (2, Value::String("a\0b".into()), "must not contain a NUL character"),
        (3, Value::Media(Media::from_bytes(vec![1])), "must be stored before the row"),
        (4, Value::Timestamp(Timestamp::MIN), "must be in the years 1 to 9999"),
        (5, Value::Array(Elements::I64(Box::new([1]))), "must have the column's length"),
    ];
    for (position, value, text) in wrong {
        let mut row = vec![Value::Null; 6];
        row[0] = Value::Int(1);
        row[position] = value;
        let error = store.insert(&table, row, None).await.unwrap_err();
        assert!(matches!(error, StoreError::Value { .. }) && error.to_string().ends_with(text), "{error}");
    }
    assert!(matches!(store.insert(&table, Vec::new(), None).await, Err(StoreError::Arity { .. })));
    assert!(matches!(store.get(&table, Vec::new()).await, Err(StoreError::Arity { .. })));
    assert!(matches!(store.delete(&table, Vec::new()).await, Err(StoreError::Arity { .. })));
    assert_eq!(store.count(&table).await.unwrap(), 0);
}

#[tokio::test]
async fn updates_follow_the_version() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let id = || vec![Value::Int(1)];
    store.insert(&table, poster(1, "Vertigo"), Some("{\"year\":\"unknown\"}".into())).await.unwrap();
    assert_eq!(store.get(&table, id()).await.unwrap().unwrap().errors.as_deref(), Some("{\"year\":\"unknown\"}"));

    let year = vec![(2, Value::Int(1958))];
    assert!(store.update(&table, id(), 1, year.clone(), None).await.unwrap());
    let stored = store.get(&table, id()).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.errors), (2, None));
    assert_eq!(stored.values, [Value::Int(1), Value::String("Vertigo".into()), Value::Int(1958)]);

    assert!(!store.update(&table, id(), 1, year.clone(), None).await.unwrap(), "the version moved");
    assert!(!store.update(&table, vec![Value::Int(2)], 1, year, None).await.unwrap(), "no such row");
    // Columns in any order.
    let both = vec![(2, Value::Null), (1, Value::String("Psycho".into()))];
    assert!(store.update(&table, id(), 2, both, None).await.unwrap());
    assert_eq!(store.get(&table, id()).await.unwrap().unwrap().values, poster(1, "Psycho"));

    assert!(store.delete(&table, id()).await.unwrap());
    assert!(!store.delete(&table, id()).await.unwrap());
    assert_eq!(store.get(&table, id()).await.unwrap(), None);
}

#[tokio::test]
async fn keys_of_several_columns() {
    let place = Place::new().await;
    let columns = vec![key("b", ColumnType::Int), column("n", ColumnType::Int), key("a", ColumnType::String)];
    let (store, table) = with_table(&place, table("t.pair", columns)).await;
    let row = |b: i64, a: &str| vec![Value::Int(b), Value::Int(0), Value::String(a.into())];
    for (b, a) in [(2, "x"), (1, "y"), (1, "x")] {
        store.insert(&table, row(b, a), None).await.unwrap();
    }
    let duplicate = store.insert(&table, row(1, "y"), None).await.unwrap_err();
    assert!(matches!(&duplicate, StoreError::Duplicate { table: "t.pair", columns } if columns == &["b", "a"]));
    assert_eq!(duplicate.to_string(), "table `t.pair` already has a row with the same `b` and `a`");
    let first = store.scan(&table, None, 2).await.unwrap();
    assert_eq!(first[0].1.values, row(1, "x"));
    let rest = store.scan(&table, Some(first[0].0.clone()), 10).await.unwrap();
    assert_eq!(rest.iter().map(|(_, stored)| stored.values.clone()).collect::<Vec<_>>(), [row(1, "y"), row(2, "x")]);
    assert!(store.delete(&table, vec![Value::Int(1), Value::String("y".into())]).await.unwrap());
    assert_eq!(store.count(&table).await.unwrap(), 2);
}

#[tokio::test]
async fn a_table_without_a_key_is_scanned_and_filled() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, table("log", vec![column("line", ColumnType::String)])).await;
    for _ in 0..3 {
        store.insert(&table, vec![Value::String("same".into())], None).await.unwrap();
    }
    let rows = store.scan(&table, None, 2).await.unwrap();
    let change = vec![(0, Value::String("other".into()))];
    assert!(store.fill(&table, &rows[1].0, 1, change.clone(), None).await.unwrap());
    assert!(!store.fill(&table, &rows[1].0, 1, change, None).await.unwrap());
    let rest = store.scan(&table, Some(rows[0].0.clone()), 10).await.unwrap();
    assert_eq!(rest.len(), 2);
    assert_eq!((rest[0].1.version, &rest[0].1.values[0]), (2, &Value::String("other".into())));
    assert!(matches!(store.get(&table, vec![Value::Int(1)]).await, Err(StoreError::Arity { .. })));
}

#[tokio::test]
async fn media_keys_in_use() {
    let place = Place::new().await;
    let columns = vec![auto("id"), nullable("image", ColumnType::Image), nullable("sound", ColumnType::Audio)];
    let (store, table) = with_table(&place, table("t.media", columns)).await;
    for n in 0..200 {
        let media =
            |column: i64| if n % 2 == column { Value::Media(Media::stored(format!("k{n}"))) } else { Value::Null };
        store.insert(&table, vec![Value::Null, media(0), media(1)], None).await.unwrap();
    }
    let asked: Vec<String> = (100..300).map(|n| format!("k{n}")).collect();
    let found = store.referenced(&table, &asked).await.unwrap();
    assert_eq!(found.len(), 100);
    assert!(found.contains("k100") && found.contains("k199") && !found.contains("k200"));
    assert!(store.referenced(&table, &[]).await.unwrap().is_empty());
}
