//! Values that others wrote, and orders and sums that PostgreSQL would do in its own way.

use super::*;
use crate::schema::Element;

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn what_pxt_would_not_have_written_cannot_be_read() {
    let place = Place::server().await;
    let def = table(
        "t.values",
        vec![
            key("id", ColumnType::Int),
            nullable("f", ColumnType::Float),
            nullable("t", ColumnType::Timestamp),
            nullable("d", ColumnType::Date),
            nullable("a", ColumnType::Array(Element::F64, 2)),
        ],
    );
    let (store, table) = with_table(&place, def).await;
    let wrong = [
        ("f", "'NaN'"),
        ("f", "'-Infinity'"),
        ("t", "'infinity'"),
        ("t", "'0044-03-15 00:00:00Z BC'"),
        ("t", "'12000-01-01 00:00:00Z'"),
        ("d", "'-infinity'"),
        ("d", "'20000-01-01'"),
        ("a", "'{1}'"),
        ("a", "'{}'"),
        ("a", "'{1,NULL}'"),
        ("a", "'{{1,2}}'"),
        ("a", "'{{1},{2}}'"),
    ];
    for (name, value) in wrong {
        place
            .execute(&format!("DELETE FROM \"t.values\"; INSERT INTO \"t.values\" (id, {name}) VALUES (1, {value})"))
            .await;
        let is_of = |error: &StoreError| matches!(error, StoreError::Unreadable(cell) if cell.column == name);
        let error = store.find(&table, vec![Value::Int(1)]).await.unwrap_err();
        assert!(is_of(&error), "{value}: {error:?}");
        let mut rows = store.select(&Select::all(def), Page::all()).await.unwrap();
        let error = rows.next().await.unwrap_err();
        assert!(is_of(&error), "{value}: {error:?}");
        assert_eq!(rows.next().await.unwrap(), None);
    }
    place.execute("UPDATE \"t.values\" SET a = '[5:6]={1,2}'").await;
    let row = store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap();
    let two = crate::value::Elements::F64(Box::new([1.0, 2.0]));
    assert_eq!(row.values[4], Value::Array(two), "where it begins does not matter");
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn jsonb_has_no_nul() {
    let place = Place::server().await;
    let def = table("t.json", vec![key("id", ColumnType::Int), column("j", ColumnType::Json)]);
    let (store, table) = with_table(&place, def).await;
    for (value, fits) in [
        (serde_json::json!({"a": ["x\0"]}), false),
        (serde_json::json!({"a\0": 1}), false),
        (serde_json::json!("\\u0000"), true),
    ] {
        let inserted = store.insert(&table, vec![Value::Int(1), Value::Json(value.clone())], None).await;
        if fits {
            inserted.unwrap();
            let row = store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap();
            assert_eq!(row.values[1], Value::Json(value));
        } else {
            assert!(matches!(inserted, Err(StoreError::Value { column: "j", .. })), "{inserted:?}");
        }
    }
}

/// SQLite's order, whatever the server's own is; and where a table of others has another, prefixes are found all the same.
#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn texts_are_in_the_order_of_their_bytes() {
    let place = Place::server().await;
    let (store, table) = with_table(&place, posters()).await;
    place.execute("CREATE TABLE names (id bigint PRIMARY KEY, title text COLLATE \"und-x-icu\" NOT NULL)").await;
    let names = super::table("names", vec![key("id", ColumnType::Int), column("title", ColumnType::String)]);
    store.adopt(&[names]).await.unwrap();
    migrate(&store, &[table.def(), names]).await.unwrap();
    let theirs = store.prepare(names);
    for (id, title) in [(1, "b"), (2, "B"), (3, "é"), (4, "Z"), (5, "a-b"), (6, "ab")] {
        store.insert(&table, poster(id, title), None).await.unwrap();
        store.insert(&theirs, vec![Value::Int(id), Value::String(title.to_owned())], None).await.unwrap();
    }
    let by_title = |def| Select { order_by: vec![(value_of(def, "title"), Direction::Ascending)], ..Select::all(def) };
    assert_eq!(ids(&store, by_title(table.def())).await, "2 4 5 6 1 3");
    let below = |def| Condition::Compare(at(def, "title"), Comparison::Less, Value::String("b".into()));
    assert_eq!(ids(&store, filtered(table.def(), below(table.def()))).await, "2 4 5 6");
    for def in [table.def(), names] {
        assert_eq!(ids(&store, filtered(def, Condition::StartsWith(at(def, "title"), "a".into()))).await, "5 6");
        // Page by page, each in its own order.
        let (select, mut found, mut after) = (by_title(def), Vec::new(), None);
        loop {
            let page = store.select(&select, Page { after: after.take(), most: 1, bytes: None }).await.unwrap();
            after = page.further().map(str::to_owned);
            found.extend(rest(page).await);
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, all(&store, &select).await);
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_mean_is_not_spoilt_by_squares() {
    let place = Place::server().await;
    let def = table("t.means", vec![key("id", ColumnType::Int), nullable("f", ColumnType::Float)]);
    let (store, table) = with_table(&place, def).await;
    for (id, value) in [(1, 1e200), (2, -1e200), (3, 3e200)] {
        store.insert(&table, vec![Value::Int(id), Value::Float(value)], None).await.unwrap();
    }
    let mean = Select { outputs: outputs(&[("mean", Expression::Avg(at(def, "f")))]), ..Select::all(def) };
    assert_eq!(all(&store, &mean).await, [[Value::Float(1e200)]]);
}

/// A type of others that takes less than the column: the caller is told, and it is no failure of ours.
#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_narrower_column_of_others_refuses_what_it_cannot_hold() {
    let place = Place::server().await;
    let store = place.open().await;
    place.execute("CREATE TABLE narrow (id integer PRIMARY KEY, s varchar(3), n smallint)").await;
    let columns = vec![key("id", ColumnType::Int), nullable("s", ColumnType::String), nullable("n", ColumnType::Int)];
    let def = table("narrow", columns);
    store.adopt(&[def]).await.unwrap();
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    let row = |id: i64, s: &str, n: i64| vec![Value::Int(id), Value::String(s.to_owned()), Value::Int(n)];
    store.insert(&table, row(1, "abc", 7), None).await.unwrap();
    for wrong in [row(1 << 40, "a", 1), row(2, "abcd", 1), row(3, "a", 1 << 20)] {
        let error = store.insert(&table, wrong, None).await.unwrap_err();
        assert!(matches!(error, StoreError::Narrow { table: "narrow" }), "{error:?}");
    }
    assert_eq!(store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap().values, row(1, "abc", 7));
    assert!(store.get(&table, vec![Value::Int(1 << 40)]).await.unwrap().is_none());
    let large = Condition::Compare(at(def, "n"), Comparison::Less, Value::Int(1 << 40));
    assert_eq!(ids(&store, filtered(def, large)).await, "1");
}
