//! Many callers, several stores, callers who leave, and a database that others hold.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::task::JoinSet;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mix_of_operations_adds_up() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let other = store.prepare(self::table("t.unused", vec![auto("id")]));
    let mut tasks = JoinSet::new();
    for task in 0..32_i64 {
        let (store, table, other) = (store.clone(), table.clone(), other.clone());
        tasks.spawn(async move {
            for n in 0..30 {
                let id = task * 1000 + n;
                store.insert(&table, poster(id, "x"), None).await.unwrap();
                let stored = store.get(&table, vec![Value::Int(id)]).await.unwrap().expect("what was written is read");
                let changed =
                    store.update(&table, vec![Value::Int(id)], stored.version, vec![(2, Value::Int(n))], None);
                assert!(changed.await.unwrap());
                assert!(store.insert(&table, poster(id, "y"), None).await.is_err());
                if n % 3 == 0 {
                    assert!(store.delete(&table, vec![Value::Int(id)]).await.unwrap());
                }
                // A table that is not there fails its own rows only.
                let missing = store.insert(&other, vec![Value::Null], None).await;
                assert!(matches!(missing, Err(StoreError::SchemaChanged { table: "t.unused" })));
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.count(&table).await.unwrap(), 32 * 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file() {
    let place = Place::new().await;
    let def = posters();
    let (first, second) = tokio::join!(place.open(), place.open());
    let tables = [def];
    let (one, two) = tokio::join!(migrate(&first, &tables), migrate(&second, &tables));
    assert_eq!(one.unwrap().changes.len() + two.unwrap().changes.len(), 1);
    let mut tasks = JoinSet::new();
    for (offset, store) in [(0, first.clone()), (1000, second.clone())] {
        let table = store.prepare(def);
        tasks.spawn(async move {
            for n in 0..50 {
                store.insert(&table, poster(offset + n, "x"), None).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(first.count(&first.prepare(def)).await.unwrap(), 100);
    assert!(second.get(&second.prepare(def), vec![Value::Int(7)]).await.unwrap().is_some());
}

#[tokio::test]
async fn a_caller_who_leaves_cuts_nothing() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    {
        // Polled once: the row is on its way. Then the caller is gone.
        let mut leaving = pin!(store.insert(&table, poster(1, "left"), None));
        assert!(matches!(leaving.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    }
    // The next write is in the same group or a later one.
    store.insert(&table, poster(2, "stayed"), None).await.unwrap();
    assert!(store.get(&table, vec![Value::Int(1)]).await.unwrap().is_some());
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let place = Place::new().await;
    let def = posters();
    let (store, table) = with_table(&place, def).await;
    let (insert, ()) = tokio::join!(store.insert(&table, poster(1, "last"), None), store.close());
    insert.unwrap();
    assert!(matches!(store.insert(&table, poster(2, "late"), None).await, Err(StoreError::Closed)));
    assert!(matches!(store.get(&table, vec![Value::Int(1)]).await, Err(StoreError::Closed)));
    let log = place.path().with_extension("db-wal");
    assert!(!log.exists(), "the log is part of the file now");
    let again = place.open().await;
    assert_eq!(again.count(&again.prepare(def)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_changed_schema_is_noticed() {
    let place = Place::new().await;
    let def = posters();
    let store = place.open_with(watchful()).await;
    let other = table("t.other", vec![auto("id")]);
    migrate(&store, &[def, other]).await.unwrap();
    let (table, untouched) = (store.prepare(def), store.prepare(other));
    store.insert(&table, poster(1, "x"), None).await.unwrap();

    let wider = super::table(
        "films.posters",
        vec![
            key("id", ColumnType::Int),
            column("title", ColumnType::String),
            nullable("year", ColumnType::Int),
            nullable("note", ColumnType::String),
        ],
    );
    let newer = place.open().await;
    migrate(&newer, &[wider]).await.unwrap();
    for result in [
        store.insert(&table, poster(2, "x"), None).await.map(drop),
        store.get(&table, vec![Value::Int(1)]).await.map(drop),
        store.delete(&table, vec![Value::Int(1)]).await.map(drop),
    ] {
        assert!(matches!(result, Err(StoreError::SchemaChanged { table: "films.posters" })), "{result:?}");
    }
    store.insert(&untouched, vec![Value::Null], None).await.unwrap();
    newer
        .insert(&newer.prepare(wider), vec![Value::Int(3), Value::String("x".into()), Value::Null, Value::Null], None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_missing_table_or_column_is_a_changed_schema() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    place.execute("ALTER TABLE \"films.posters\" DROP COLUMN year").await;
    assert!(matches!(store.insert(&table, poster(1, "x"), None).await, Err(StoreError::SchemaChanged { .. })));
    assert!(matches!(store.get(&table, vec![Value::Int(1)]).await, Err(StoreError::SchemaChanged { .. })));
    place.execute("DROP TABLE \"films.posters\"").await;
    assert!(matches!(store.count(&table).await, Err(StoreError::SchemaChanged { .. })));
}
