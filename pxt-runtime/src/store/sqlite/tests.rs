//! What only SQLite does: a file, its one writer, and columns that hold anything.

mod file;
mod plans;

use futures_util::future::join_all;

use crate::store::database::Database;
use crate::store::tests::asking::*;
use crate::store::tests::*;

#[tokio::test]
async fn a_database_that_others_hold_is_busy() {
    let place = Place::file();
    let def = posters();
    let limits = Limits { queue: 2, wait: Duration::from_millis(20), ..Limits::default() };
    let store = place.open_with(limits).await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    let mut holder = place.sqlite().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    let waiting = (0..20).map(|id| store.insert(&table, poster(id, "x"), None));
    for answer in futures_util::future::join_all(waiting).await {
        assert!(matches!(answer, Err(StoreError::Busy)), "{answer:?}");
    }
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    assert_eq!(store.count(&table).await.unwrap(), 0);
    store.insert(&table, poster(1, "free again"), None).await.unwrap();
}

#[tokio::test]
async fn a_full_database_says_so_and_recovers() {
    let place = Place::file();
    let def = table("t.big", vec![key("id", ColumnType::Int), column("b", ColumnType::Binary)]);
    let (store, table) = with_table(&place, def).await;
    let Database::Sqlite(database) = &store.0.database else { panic!("it is a file") };
    database.limit_pages(64).await.unwrap();
    let row = |id: i64, size: usize| vec![Value::Int(id), Value::Binary(vec![0; size].into())];
    let rows = futures_util::future::join_all((0..3).map(|id| store.insert(&table, row(id, 200_000), None)));
    assert!(rows.await.iter().all(|answer| matches!(answer, Err(StoreError::Full))));
    assert_eq!(store.count(&table).await.unwrap(), 0);
    store.insert(&table, row(1, 10), None).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_a_database() {
    let place = Place::file();
    std::fs::create_dir_all(place.folder().join("data")).unwrap();
    std::fs::write(place.folder().join("data/pxt.db"), "not a database, but long enough to be read as one".repeat(9))
        .unwrap();
    let error = Store::open(&place.url()).await.unwrap_err();
    assert!(error.to_string().contains("is not a SQLite database: write another path"), "{error}");
    let error = Store::open(":memory:").await.unwrap_err();
    assert!(error.to_string().contains("write a path, such as"), "{error}");
}

#[tokio::test]
async fn timestamps_sort_as_text() {
    let place = Place::file();
    let def = table("t.times", vec![key("at", ColumnType::Timestamp)]);
    let (store, table) = with_table(&place, def).await;
    let texts =
        ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "0999-01-31T12:00:00Z", "2026-01-31T12:00:00.000001Z"];
    for text in texts {
        store.insert(&table, vec![Value::Timestamp(text.parse().unwrap())], None).await.unwrap();
    }
    let texts: Vec<String> = sqlx::query_scalar("SELECT at FROM \"t.times\" ORDER BY at")
        .fetch_all(&mut place.sqlite().await)
        .await
        .unwrap();
    let expected = ["0999-01-31T12:00:00.000000Z", "2026-01-31T12:00:00.000000Z", "2026-01-31T12:00:00.000001Z"];
    assert_eq!(texts[..3], expected);
    assert_eq!(texts[3], "2026-01-31T12:00:00.500000Z");
}

#[tokio::test]
async fn a_value_that_others_spoilt_names_its_column() {
    let place = Place::file();
    let (store, table) =
        with_table(&place, table("t.d", vec![key("id", ColumnType::Int), column("d", ColumnType::Date)])).await;
    place.execute("INSERT INTO \"t.d\" (id, d) VALUES (1, 'yesterday')").await;
    let error = store.find(&table, vec![Value::Int(1)]).await.unwrap_err();
    let text = r#"column `t.d.d` holds a value that is not of its type (date), in the row {"id":1}"#;
    assert!(matches!(error, StoreError::Unreadable(_)) && error.to_string() == text, "{error}");
    let stored = store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap();
    assert_eq!((stored.values, stored.unreadable), (vec![Value::Int(1), Value::Null], vec![1]));
}

#[tokio::test]
async fn a_value_that_others_spoilt_leaves_its_row_out() {
    let place = Place::file();
    let def = table("t.days", vec![key("id", ColumnType::Int), column("day", ColumnType::Date)]);
    let (store, _) = with_table(&place, def).await;
    place
        .execute(
            "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 1999) \
             INSERT INTO \"t.days\" (id, day) SELECT x, iif(x IN (5, 1900), 'someday', '2026-01-31') FROM n",
        )
        .await;
    let last = Select { offset: 1890, limit: Some(20), ..Select::all(def) };
    let only_day = Select { outputs: outputs(&[("day", value_of(def, "day"))]), ..Select::all(def) };
    for (select, spoilt, readable) in [
        (Select::all(def), &[r#"{"id":5}"#, r#"{"id":1900}"#][..], 1998),
        (last, &[r#"{"id":1900}"#], 19),
        (only_day, &[r#"{"id":5}"#, r#"{"id":1900}"#], 1998),
    ] {
        let mut stream = store.select(&select, Page::all()).await.unwrap();
        let (mut count, mut cells) = (0, Vec::new());
        loop {
            match stream.next().await {
                Ok(None) => break,
                Ok(Some(_)) => count += 1,
                Err(StoreError::Unreadable(cell)) => cells.push(cell),
                Err(error) => panic!("{error}"),
            }
        }
        assert!(cells.iter().all(|cell| (cell.table, cell.column) == ("t.days", "day")), "{cells:?}");
        assert_eq!(cells.iter().map(|cell| cell.key.as_str()).collect::<Vec<_>>(), spoilt);
        assert_eq!(count, readable);
    }
}

/// Columns of others take anything: SQLite would make a number of any text, and a text of any number.
#[tokio::test]
async fn a_value_of_another_type_is_not_made_to_fit() {
    let place = Place::file();
    let store = place.open().await;
    place
        .execute(
            "CREATE TABLE loose (id INTEGER PRIMARY KEY, i INTEGER, f REAL, s TEXT, b BLOB, u BLOB, t TEXT, d TEXT)",
        )
        .await;
    let def = table(
        "loose",
        vec![
            key("id", ColumnType::Int),
            nullable("i", ColumnType::Int),
            nullable("f", ColumnType::Float),
            nullable("s", ColumnType::String),
            nullable("b", ColumnType::Binary),
            nullable("u", ColumnType::Uuid),
            nullable("t", ColumnType::Timestamp),
            nullable("d", ColumnType::Date),
        ],
    );
    store.adopt(&[def]).await.unwrap();
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    let spoilt = [
        ("i", "'7 of them'"),
        ("i", "1.5"),
        ("f", "'1'||'x'"),
        ("f", "9e999"),
        ("s", "x'ff'"),
        ("b", "'text'"),
        ("u", "x'0102'"),
        ("u", "'sixteen letters!'"),
        ("t", "'-000044-03-15T00:00:00Z'"),
        ("t", "'0001-01-01T00:00:00+05:00'"),
        ("d", "'0000-01-01'"),
    ];
    for (id, (name, value)) in spoilt.into_iter().enumerate() {
        place.execute(&format!("INSERT INTO loose (id, {name}) VALUES ({id}, {value})")).await;
        let error = store.find(&table, vec![Value::Int(id as i64)]).await.unwrap_err();
        assert!(matches!(&error, StoreError::Unreadable(cell) if cell.column == name), "{name} {value}: {error}");
    }
    place.execute("INSERT INTO loose (id, f) VALUES (100, 1)").await;
    let mut rows = store.select(&Select::all(def), Page::all()).await.unwrap();
    assert_eq!(rows.next_readable().await.unwrap().unwrap()[..3], [Value::Int(100), Value::Null, Value::Float(1.0)]);
    assert_eq!(rows.next_readable().await.unwrap(), None);
}

/// However many rows there are whose place nobody can read, the pages go on behind them.
#[tokio::test]
async fn pages_go_past_many_rows_whose_place_cannot_be_read() {
    let place = Place::file();
    let store = place.open().await;
    place.execute("CREATE TABLE marks (id INTEGER PRIMARY KEY, mark INTEGER)").await;
    let def = table("marks", vec![key("id", ColumnType::Int), nullable("mark", ColumnType::Int)]);
    store.adopt(&[def]).await.unwrap();
    migrate(&store, &[def]).await.unwrap();
    place
        .execute(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 310) \
             INSERT INTO marks (id, mark) SELECT x, iif(x <= 300, 'none', x) FROM n",
        )
        .await;
    let order_by = vec![(value_of(def, "mark"), Direction::Descending)];
    let select = Select { order_by, ..Select::all(def) };
    for (most, bytes) in [(20, None), (1_000, Some(1)), (1_000, Some(200)), (7, Some(100))] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let mut stream = store.select(&select, Page { after: after.take(), most, bytes }).await.unwrap();
            after = stream.further().map(str::to_owned);
            while let Some(row) = stream.next_readable().await.unwrap() {
                found.push(row[0].clone());
            }
            if after.is_none() {
                break;
            }
        }
        let readable: Vec<Value> = (301..=310).rev().map(Value::Int).collect();
        assert_eq!(found, readable, "pages of {most} rows, {bytes:?} bytes");
    }
}

#[tokio::test]
async fn one_that_fails_fails_alone() {
    let place = Place::file();
    let json = table("t.json", vec![key("id", ColumnType::String), column("value", ColumnType::Json)]);
    let (store, table) = with_table(&place, json).await;
    for id in ["a", "b", "c"] {
        let row = vec![Value::String(id.to_owned()), Value::Json(serde_json::Value::Null)];
        store.insert(&table, row, None).await.unwrap();
    }
    place.execute("UPDATE \"t.json\" SET \"value\" = 'no JSON' WHERE \"id\" = 'b'").await;
    let keys = ["a", "b", "c", "d", "e\0"];
    let found = join_all(keys.map(|id| store.find(&table, vec![Value::String(id.to_owned())]))).await;
    assert!(matches!(found[0], Ok(Some(_))), "{:?}", found[0]);
    assert!(matches!(&found[1], Err(StoreError::Unreadable(cell)) if cell.column == "value"), "{:?}", found[1]);
    assert!(matches!(found[2], Ok(Some(_))), "{:?}", found[2]);
    assert!(matches!(found[3], Ok(None)), "{:?}", found[3]);
    assert!(matches!(found[4], Err(StoreError::Value { column: "id", .. })), "{:?}", found[4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_nobody_waits_for_ends() {
    let place = Place::file();
    let (store, ..) = library(&place).await;
    let Database::Sqlite(database) = &store.0.database else { panic!("it is a file") };
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS n FROM n, people";
    let wanted = [("n", ColumnType::Int)];
    for _ in 0..20 {
        let asked = store.sql(endless, Vec::new(), &wanted);
        assert!(tokio::time::timeout(Duration::from_millis(20), asked).await.is_err());
        assert_eq!(database.reading(), 0);
    }
    assert!(store.sql("SELECT 1 AS n", Vec::new(), &wanted).await.is_ok());
    store.close().await;
    // Nobody can leave the log while somebody still reads.
    let mut raw = place.sqlite().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while let Err(error) = sqlx::raw_sql("PRAGMA journal_mode = DELETE").execute(&mut raw).await {
        assert!(tokio::time::Instant::now() < deadline, "{error}");
        tokio::task::yield_now().await;
    }
}
