//! The schema against the catalog and the database.

use super::*;
use crate::store::{ChangeKind, Cursor};

const TITLE: fn() -> ColumnDef = || column("title", ColumnType::String);

/// What stands in the way of declaring these columns after `films.posters` was made with `before`.
async fn refused(before: Vec<ColumnDef>, after: Vec<ColumnDef>) -> Vec<String> {
    let place = Place::new().await;
    let (store, _) = with_table(&place, table("films.posters", before)).await;
    let drift = store.compare(schema(&[table("films.posters", after)])).await.unwrap();
    drift.refused.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_new_schema_is_made_once() {
    let place = Place::new().await;
    let store = place.open().await;
    let schema = schema(&[posters(), table("log", vec![column("line", ColumnType::String)])]);
    let drift = store.compare(schema).await.unwrap();
    let texts: Vec<String> = drift.additive.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["table `films.posters` is new", "table `log` is new"]);
    let migrated = store.migrate(schema, &|_, _| Value::Null).await.unwrap();
    assert_eq!((migrated.changes.len(), migrated.backfill.len()), (2, 0));
    assert!(store.compare(schema).await.unwrap().is_empty());
    assert!(store.migrate(schema, &|_, _| Value::Null).await.unwrap().changes.is_empty());
    store.close().await;
    let again = place.open().await;
    assert!(again.compare(schema).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_order_of_columns_does_not_matter_and_undeclared_tables_stay() {
    let place = Place::new().await;
    let (store, before) = with_table(&place, posters()).await;
    store.insert(&before, poster(1, "x"), None).await.unwrap();
    let columns = vec![nullable("year", ColumnType::Int), TITLE(), key("id", ColumnType::Int)];
    let turned = table("films.posters", columns);
    assert!(store.compare(schema(&[turned])).await.unwrap().is_empty());
    let stored = store.get(&store.prepare(turned), vec![Value::Int(1)]).await.unwrap().unwrap();
    assert_eq!(stored.values, [Value::Null, Value::String("x".into()), Value::Int(1)]);
    assert!(store.compare(schema(&[])).await.unwrap().is_empty());
}

#[tokio::test]
async fn columns_are_added_with_values_for_existing_rows() {
    let place = Place::new().await;
    let (store, before) = with_table(&place, table("films.posters", vec![key("id", ColumnType::Int), TITLE()])).await;
    store.insert(&before, vec![Value::Int(1), Value::String("x".into())], None).await.unwrap();
    let default = |name, ty| ColumnDef { default: true, ..column(name, ty) };
    let samples = [
        ("s", ColumnType::String, Value::String("it's \"so\" \\ '' 😀".into())),
        ("f", ColumnType::Float, Value::Float(-1.25e300)),
        ("i", ColumnType::Int, Value::Int(i64::MIN)),
        ("b", ColumnType::Bool, Value::Bool(true)),
        ("u", ColumnType::Uuid, Value::Uuid(uuid::Uuid::max())),
        ("t", ColumnType::Timestamp, Value::Timestamp("2026-01-31T12:00:00.5Z".parse().unwrap())),
        ("j", ColumnType::Json, Value::Json(serde_json::json!({"it's": [1]}))),
        ("x", ColumnType::Binary, Value::Binary(Vec::new().into())),
    ];
    let mut columns = vec![key("id", ColumnType::Int), TITLE(), nullable("image", ColumnType::Image)];
    columns.extend(samples.iter().map(|(name, ty, _)| default(name, *ty)));
    let wider = table("films.posters", columns);
    let values: Vec<Value> = samples.iter().map(|(_, _, value)| value.clone()).collect();
    let given = values.clone();
    let migrated = store.migrate(schema(&[wider]), &move |_, position| given[position - 3].clone()).await.unwrap();
    assert_eq!(migrated.changes.len(), 9);
    assert_eq!(migrated.changes[1].to_string(), "column `films.posters.s` is new");
    let stored = store.get(&store.prepare(wider), vec![Value::Int(1)]).await.unwrap().unwrap();
    assert_eq!(stored.values[3..], values);
    assert_eq!(stored.values[2], Value::Null);
    assert!(store.compare(schema(&[wider])).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_default_that_cannot_be_stored_changes_nothing() {
    let place = Place::new().await;
    let (store, _) = with_table(&place, table("films.posters", vec![key("id", ColumnType::Int)])).await;
    let columns =
        vec![key("id", ColumnType::Int), nullable("year", ColumnType::Int), ColumnDef { default: true, ..TITLE() }];
    let wider = schema(&[table("films.posters", columns)]);
    let error = store.migrate(wider, &|_, _| Value::Null).await.unwrap_err();
    assert!(matches!(error, StoreError::Value { column: "title", .. }), "{error}");
    assert_eq!(store.compare(wider).await.unwrap().additive.len(), 2, "the first column was rolled back");
    assert!(store.migrate(wider, &|_, _| Value::String(String::new())).await.is_ok());
}

#[tokio::test]
async fn computed_columns_are_backfilled_and_resumed() {
    let place = Place::new().await;
    let before = table("films.posters", vec![key("id", ColumnType::Int), TITLE()]);
    let (store, table_before) = with_table(&place, before).await;
    for id in 0..10 {
        store.insert(&table_before, vec![Value::Int(id), Value::String("x".into())], None).await.unwrap();
    }
    let columns = |call| vec![key("id", ColumnType::Int), TITLE(), computed("size", ColumnType::Int, call)];
    let def = table("films.posters", columns("crate::len(title)"));
    let migrated = migrate(&store, &[def]).await.unwrap();
    assert_eq!((migrated.backfill[0].columns.as_slice(), &migrated.backfill[0].after), (&[2][..], &None));

    // Half of the rows, then the process ends.
    let table = store.prepare(def);
    let rows = store.scan(&table, None, 5).await.unwrap();
    for (cursor, stored) in &rows {
        assert_eq!(stored.values[2], Value::Null);
        assert!(store.fill(&table, cursor, stored.version, vec![(2, Value::Int(1))], None).await.unwrap());
    }
    store.checkpoint(def, &rows[4].0).await.unwrap();
    store.close().await;

    let store = place.open().await;
    let migrated = migrate(&store, &[def]).await.unwrap();
    assert!(migrated.changes.is_empty());
    assert_eq!(migrated.backfill[0].after, Some(Cursor(vec![Value::Int(4)])));
    let table = store.prepare(def);
    // A row that changes in between is not overwritten.
    let rows = store.scan(&table, migrated.backfill[0].after.clone(), 100).await.unwrap();
    assert_eq!(rows.len(), 5);
    let raced = vec![(1, Value::String("new".into())), (2, Value::Int(3))];
    assert!(store.update(&table, vec![Value::Int(5)], rows[0].1.version, raced, None).await.unwrap());
    for (position, (cursor, stored)) in rows.iter().enumerate() {
        let filled = store.fill(&table, cursor, stored.version, vec![(2, Value::Int(1))], None).await.unwrap();
        assert_eq!(filled, position != 0);
    }
    store.backfilled(def, &[2]).await.unwrap();
    assert!(migrate(&store, &[def]).await.unwrap().backfill.is_empty());
    let values: Vec<Value> = store
        .scan(&table, None, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, mut row)| row.values.swap_remove(2))
        .collect();
    assert_eq!(values.iter().filter(|value| **value == Value::Int(1)).count(), 9);
    assert_eq!(values[5], Value::Int(3));

    // Another call: all rows again.
    let other = super::table("films.posters", columns("crate::words(title)"));
    let migrated = migrate(&store, &[other]).await.unwrap();
    assert_eq!(migrated.changes[0].kind, ChangeKind::Recompute(2));
    assert_eq!((migrated.backfill[0].columns.as_slice(), &migrated.backfill[0].after), (&[2][..], &None));
}

#[tokio::test]
async fn a_second_computed_column_starts_the_backfill_again() {
    let place = Place::new().await;
    let columns = |calls: &[&'static str]| {
        let mut columns = vec![key("id", ColumnType::Int)];
        columns.extend(calls.iter().map(|call| computed(call, ColumnType::Int, call)));
        table("films.posters", columns)
    };
    let (store, table) = with_table(&place, columns(&[])).await;
    store.insert(&table, vec![Value::Int(1)], None).await.unwrap();
    let one = columns(&["a"]);
    migrate(&store, &[one]).await.unwrap();
    store.checkpoint(one, &Cursor(vec![Value::Int(1)])).await.unwrap();
    let two = columns(&["a", "b"]);
    let backfill = migrate(&store, &[two]).await.unwrap().backfill;
    assert_eq!((backfill[0].columns.as_slice(), &backfill[0].after), (&[1, 2][..], &None));
    store.backfilled(two, &[1]).await.unwrap();
    assert_eq!(migrate(&store, &[two]).await.unwrap().backfill[0].columns, [2]);
}

#[tokio::test]
async fn nulls_of_a_computed_column() {
    let place = Place::new().await;
    let columns = |null: bool| {
        let size = ColumnDef { nullable: null, ..computed("size", ColumnType::Int, "len(id)") };
        table("films.posters", vec![key("id", ColumnType::Int), size])
    };
    let (store, _) = with_table(&place, columns(false)).await;
    let kind = |migrated: Migrated| (migrated.changes[0].kind, migrated.backfill.len());
    assert_eq!(kind(migrate(&store, &[columns(true)]).await.unwrap()), (ChangeKind::Nullable(1), 0));
    assert_eq!(kind(migrate(&store, &[columns(false)]).await.unwrap()), (ChangeKind::Recompute(1), 1));
}

#[tokio::test]
async fn what_is_not_additive_is_refused_as_a_whole() {
    let place = Place::new().await;
    let before = vec![
        key("id", ColumnType::Int),
        TITLE(),
        column("year", ColumnType::Int),
        nullable("note", ColumnType::String),
        computed("size", ColumnType::Int, "len(title)"),
        column("gone", ColumnType::Int),
    ];
    let after = vec![
        key("id", ColumnType::Int),
        column("title", ColumnType::Json),
        nullable("year", ColumnType::Int),
        column("note", ColumnType::String),
        column("size", ColumnType::Int),
        column("new", ColumnType::Int),
        nullable("fine", ColumnType::Int),
    ];
    let (store, _) = with_table(&place, table("films.posters", before)).await;
    let after = schema(&[table("films.posters", after), table("log", vec![TITLE()])]);
    let Err(StoreError::Drift(differences)) = store.migrate(after, &|_, _| Value::Null).await else {
        panic!("nothing may be done");
    };
    let texts: Vec<&str> = differences.iter().map(|difference| difference.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "column `films.posters.title` holds text and is declared as json: declare it as text, or declare the table \
             under another name",
            "column `films.posters.year` takes no nulls: declare it without `Option`, or declare the table under another \
             name",
            "column `films.posters.note` may hold nulls: declare it as an `Option`, or declare the table under another \
             name",
            "column `films.posters.size` is computed: declare it with `computed = len(title)`, or declare the table \
             under another name",
            "column `films.posters.new` is new and existing rows lack it: make it an `Option` or give it a default",
            "column `films.posters.gone` has values but is not declared: declare it again, or declare the table under \
             another name",
        ]
    );
    assert!(differences[0].to_string().starts_with("src/schema.rs:7: column "));
    // Not even the new table was made.
    assert_eq!(store.compare(after).await.unwrap().additive.len(), 1);
    assert!(StoreError::Drift(differences).to_string().starts_with("the schema does not fit the database:\n  src/"));
}

#[tokio::test]
async fn keys_are_fixed() {
    let id = || key("id", ColumnType::Int);
    assert!(refused(vec![id()], vec![auto("id")]).await[0].contains("with `primary_key` and without `auto`"));
    assert!(refused(vec![auto("id")], vec![id()]).await[0].contains("with `primary_key, auto`"));
    assert!(refused(vec![column("id", ColumnType::Int)], vec![id()]).await[0].contains("without `primary_key`"));
    assert!(
        refused(vec![id()], vec![id(), key("part", ColumnType::Int)]).await[0].contains("is new in the primary key")
    );
    let array = |len| vec![id(), column("a", ColumnType::Array(crate::schema::Element::F32, len))];
    assert!(refused(array(2), array(3)).await[0].contains("holds array(f32, 2) and is declared as array(f32, 3)"));
    assert!(refused(vec![id(), TITLE()], vec![id(), computed("title", ColumnType::String, "f()")]).await.len() == 1);
    assert!(refused(vec![id()], vec![id(), nullable("_pxt_version", ColumnType::Int)]).await[0].contains("`_pxt_`"));
}

#[tokio::test]
async fn a_database_that_others_changed() {
    async fn text(statement: &str) -> Vec<String> {
        let place = Place::new().await;
        let (store, _) = with_table(&place, posters()).await;
        place.execute(statement).await;
        let drift = store.compare(schema(&[posters()])).await.unwrap();
        drift.refused.into_iter().map(|difference| difference.text).collect()
    }
    let both = "ALTER TABLE \"films.posters\" DROP COLUMN year; ALTER TABLE \"films.posters\" DROP COLUMN title";
    assert_eq!(text(both).await.len(), 2);
    assert!(text("DROP TABLE \"films.posters\"").await[0].contains("is in the catalog but not in the database"));
    assert!(text("DELETE FROM _pxt_catalog").await[0].contains("that pxt did not make"));
    assert!(text("UPDATE _pxt_catalog SET definition = '{}'").await[0].contains("of another version of pxt"));
    assert!(text("ALTER TABLE \"films.posters\" DROP COLUMN year").await[0].contains("was removed from the database"));
    let retype = "ALTER TABLE \"films.posters\" DROP COLUMN year; ALTER TABLE \"films.posters\" ADD COLUMN year TEXT";
    let said = text(retype).await;
    let integer = Place::new().await.either("INTEGER", "bigint");
    let words = format!("was changed in the database by others: make it {integer} again");
    assert!(said[0].contains(&words), "{said:?}");
    // Columns that do not stand in the way of inserts may be added.
    assert!(text("ALTER TABLE \"films.posters\" ADD COLUMN mine TEXT").await.is_empty());
    assert!(text("ALTER TABLE \"films.posters\" ADD COLUMN mine TEXT NOT NULL DEFAULT ''").await.is_empty());
}

#[tokio::test]
async fn a_table_of_others_is_left_alone() {
    let place = Place::new().await;
    let store = place.open().await;
    // PostgreSQL tells names apart that differ in case.
    place.execute(place.either("CREATE TABLE \"Films.Posters\" (x)", "CREATE TABLE \"films.posters\" (x text)")).await;
    let drift = store.compare(schema(&[posters()])).await.unwrap();
    assert!(drift.refused[0].text.contains("rename it, or declare the table under another name"), "{drift:?}");
}

#[tokio::test]
async fn names_that_differ_in_case_only() {
    let place = Place::new().await;
    let store = place.open().await;
    let columns = vec![key("id", ColumnType::Int), nullable("ID", ColumnType::Int)];
    let twice = schema(&[posters(), table("Films.posters", columns)]);
    let drift = store.compare(twice).await.unwrap();
    let texts: Vec<&str> = drift.refused.iter().map(|difference| difference.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the database takes the names `films.posters` and `Films.posters` for the same: choose another",
            "the database takes the columns `id` and `ID` of `Films.posters` for the same: rename one",
        ]
    );
}
