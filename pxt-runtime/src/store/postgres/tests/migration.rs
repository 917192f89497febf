//! Nodes that start together, tables that are in use, and names.

use futures_util::future::join_all;
use sqlx::{Connection as _, Row as _};

use super::*;
use crate::store::ChangeKind;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn ten_nodes_that_start_together_migrate_once() {
    let place = Place::server().await;
    let column = |name| nullable(name, ColumnType::Int);
    for columns in [vec![], vec![column("a")], vec![column("a"), column("b")]] {
        let mut columns: Vec<ColumnDef> = columns;
        columns.push(key("id", ColumnType::Int));
        let schema =
            schema(&[table("films.posters", columns), table("log", vec![nullable("line", ColumnType::String)])]);
        let nodes = (0..10).map(|_| async {
            let store = place.open().await;
            let migrated = store.migrate(schema, &|_, _| Value::Null).await.unwrap();
            (store, migrated.changes)
        });
        let nodes = join_all(nodes).await;
        let busy = nodes.iter().filter(|(_, changes)| !changes.is_empty()).count();
        assert_eq!(busy, 1, "one migrates");
        // All work with the same version.
        let mut ids = 0..;
        for (store, _) in &nodes {
            let def = schema.tables[1];
            store.insert(&store.prepare(def), vec![Value::String("x".into())], None).await.unwrap();
            let def = schema.tables[0];
            let mut row = vec![Value::Null; def.columns.len()];
            row[def.columns.len() - 1] = Value::Int(ids.next().unwrap() + 100 * def.columns.len() as i64);
            store.insert(&store.prepare(def), row, None).await.unwrap();
        }
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_table_that_others_hold_is_not_waited_for_for_ever() {
    let place = Place::server().await;
    let limits = Limits { wait: Duration::from_millis(50), ..Limits::default() };
    let store = place.open_with(limits).await;
    migrate(&store, &[posters()]).await.unwrap();
    let mut holder = place.postgres().await;
    let mut reading = holder.begin().await.unwrap();
    sqlx::query("SELECT * FROM \"films.posters\"").execute(&mut *reading).await.unwrap();
    let columns = vec![
        key("id", ColumnType::Int),
        column("title", ColumnType::String),
        nullable("year", ColumnType::Int),
        nullable("note", ColumnType::String),
    ];
    let (wider, other) = (table("films.posters", columns), table("t.other", vec![auto("id")]));
    let error = migrate(&store, &[other, wider]).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error:?}");
    assert!(error.to_string().contains("end the long transactions on them"), "{error}");
    assert_eq!(store.compare(schema(&[other, wider])).await.unwrap().additive.len(), 2, "nothing was done");
    reading.rollback().await.unwrap();
    assert_eq!(migrate(&store, &[other, wider]).await.unwrap().changes.len(), 2);
}

/// A change of the catalog alone leaves readers be, and waits for writers.
#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_write_under_way_is_waited_for() {
    let place = Place::server().await;
    let def = |call| table("t.sizes", vec![key("id", ColumnType::Int), computed("size", ColumnType::Int, call)]);
    let limits = Limits { wait: Duration::from_millis(50), ..Limits::default() };
    let store = place.open_with(limits).await;
    migrate(&store, &[def("one()")]).await.unwrap();
    let mut holder = place.postgres().await;
    let mut under_way = holder.begin().await.unwrap();
    sqlx::query("SELECT * FROM \"t.sizes\"").execute(&mut *under_way).await.unwrap();
    let migrated = migrate(&store, &[def("two()")]).await.unwrap();
    assert_eq!(migrated.changes[0].kind, ChangeKind::Recompute(1));
    sqlx::query("INSERT INTO \"t.sizes\" (id) VALUES (1)").execute(&mut *under_way).await.unwrap();
    let error = migrate(&store, &[def("three()")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error:?}");
    under_way.rollback().await.unwrap();
    assert_eq!(migrate(&store, &[def("three()")]).await.unwrap().changes.len(), 1);
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn names_are_as_long_as_postgresql_keeps_them() {
    let place = Place::server().await;
    let store = place.open().await;
    let long = |count: usize| -> &'static str { Box::leak("n".repeat(count).into_boxed_str()) };
    let image = || nullable(long(63), ColumnType::Image);
    let other = ColumnDef { name: long(62), hash: 0, ..image() };
    let def = table(long(63), vec![key("id", ColumnType::Int), image(), other]);
    migrate(&store, &[def]).await.unwrap();
    assert!(store.compare(schema(&[def])).await.unwrap().is_empty());
    let indexes = place.texts("SELECT indexname::text FROM pg_indexes WHERE indexname LIKE '\\_pxt%'").await;
    assert_eq!(indexes.iter().filter(|name| name.starts_with("_pxt_media.nnn")).count(), 2, "{indexes:?}");
    let longer = table(long(64), vec![key("id", ColumnType::Int), nullable(long(70), ColumnType::Int)]);
    let drift = store.compare(schema(&[longer])).await.unwrap();
    let said: Vec<_> = drift.refused.iter().map(|difference| difference.text.as_str()).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].ends_with("has 64 bytes, and the database keeps 63: write a shorter `name`"), "{said:?}");
    assert!(said[1].ends_with("has 70 bytes, and the database keeps 63: shorten it"), "{said:?}");
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn names_that_differ_in_case_are_others() {
    let place = Place::server().await;
    let store = place.open().await;
    place.execute("CREATE TABLE \"Films.Posters\" (x text)").await;
    migrate(&store, &[posters()]).await.unwrap();
    let names: Vec<_> = store.introspect().await.unwrap().into_iter().map(|table| (table.name, table.known)).collect();
    assert_eq!(names, [("Films.Posters".to_owned(), false), ("films.posters".to_owned(), true)]);
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn each_schema_of_a_database_has_its_own_catalog() {
    let place = Place::server().await;
    place.execute("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE public.\"films.posters\" (x text)").await;
    let within = |schema: &str| {
        let mut url = url::Url::parse(&place.url()).unwrap();
        url.query_pairs_mut().append_pair("options", &format!("-csearch_path={schema},public"));
        url.to_string()
    };
    for (schema, id) in [("one", 1), ("two", 2)] {
        let store = Store::open(&within(schema)).await.unwrap();
        assert_eq!(migrate(&store, &[posters()]).await.unwrap().changes.len(), 1, "{schema}");
        let table = store.prepare(posters());
        store.insert(&table, poster(id, schema), None).await.unwrap();
        assert_eq!(store.count(&table).await.unwrap(), 1);
        store.close().await;
    }
    assert_eq!(place.texts("SELECT title FROM two.\"films.posters\"").await, ["two"]);
    // `public` has a table of that name that is not ours.
    let drift = place.open().await.compare(schema(&[posters()])).await.unwrap();
    assert!(drift.refused[0].text.contains("pxt did not make"), "{drift:?}");
    let nowhere = Store::open(&within("three").replace("%2Cpublic", "")).await;
    let error = match nowhere {
        Ok(store) => store.compare(schema(&[posters()])).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.to_string().contains("`search_path` names no schema that exists: make one"), "{error}");
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn columns_have_the_databases_own_types() {
    let place = Place::server().await;
    let columns = vec![
        auto("id"),
        nullable("text", ColumnType::String),
        computed("image", ColumnType::Image, "image()"),
        column("at", ColumnType::Timestamp),
        nullable("list", ColumnType::Array(crate::schema::Element::F32, 2)),
    ];
    let _ = with_table(&place, table("t.types", columns)).await;
    let _ = with_table(&place, table("log", vec![column("line", ColumnType::String)])).await;
    let rows = sqlx::query(
        "SELECT c.relname || '.' || a.attname, format_type(atttypid, atttypmod) || coalesce(' ' || l.collname, '') || \
         CASE WHEN attnotnull THEN ' not null' ELSE '' END || attidentity::text \
         FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_collation l ON l.oid = attcollation \
         WHERE c.relname IN ('t.types', 'log') AND attnum > 0 ORDER BY (c.relname || '.' || a.attname) COLLATE \"C\"",
    );
    let rows = rows.fetch_all(&mut place.postgres().await).await.unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| format!("{}: {}", row.get::<String, _>(0), row.get::<String, _>(1))).collect();
    assert_eq!(
        rows,
        [
            "log._pxt_errors: text default",
            "log._pxt_row: bigint not nulld",
            "log._pxt_version: bigint not null",
            "log.line: text C not null",
            "t.types._pxt_errors: text default",
            "t.types._pxt_version: bigint not null",
            "t.types.at: timestamp with time zone not null",
            "t.types.id: bigint not nulld",
            "t.types.image: text C",
            "t.types.list: real[]",
            "t.types.text: text C",
        ]
    );
}
