//! Deleting rows by the values of columns.

use super::asking::*;
use super::*;

#[tokio::test]
async fn rows_go_by_any_columns() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let table = store.prepare(films);
    let delete = async |columns: &[(usize, Value)]| store.delete_where(&table, columns).await.unwrap();
    let (id, title, year, score) = (0, 1, 2, 3);
    assert_eq!(delete(&[(year, Value::Int(1900))]).await, 0);
    assert_eq!(delete(&[(year, Value::Int(1958)), (score, Value::Float(9.0))]).await, 0);
    assert_eq!(delete(&[(score, Value::Float(7.0)), (year, Value::Int(1958))]).await, 1);
    assert_eq!(ids(&store, Select::all(films)).await, "1 2 3 5 6");
    assert_eq!(delete(&[(year, Value::Null), (title, Value::String("10% a_b".into()))]).await, 1);
    assert_eq!(ids(&store, Select::all(films)).await, "1 2 5 6");
    assert_eq!(delete(&[(year, Value::Null)]).await, 1);
    // No row has a null here.
    assert_eq!(delete(&[(id, Value::Null)]).await, 0);
    assert_eq!(delete(&[(id, Value::Int(1)), (id, Value::Int(2))]).await, 0);
    assert_eq!(delete(&[(id, Value::Int(5))]).await, 1);
    assert_eq!(ids(&store, Select::all(films)).await, "1 2");
}

#[tokio::test]
async fn many_rows_go_in_one_statement_among_other_writes() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let inserts = (0..500).map(|id| store.insert(&table, poster(id, if id % 2 == 0 { "even" } else { "odd" }), None));
    assert!(futures_util::future::join_all(inserts).await.iter().all(Result::is_ok));
    // Polled in this order, all are in the queue before the writer runs: it has the same thread.
    let even = [(1, Value::String("even".into()))];
    let (before, gone, after) = tokio::join!(
        store.insert(&table, poster(1000, "even"), None),
        store.delete_where(&table, &even),
        store.insert(&table, poster(1002, "even"), None),
    );
    before.unwrap();
    after.unwrap();
    assert_eq!(gone.unwrap(), 251);
    assert_eq!(store.count(&table).await.unwrap(), 251);
}

#[tokio::test]
async fn what_cannot_be_deleted_by() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let table = store.prepare(films);
    for (columns, words) in [
        (vec![], "rows of `films` are chosen by no column"),
        (vec![(5, Value::Null)], "column `films.tags` is json"),
        (vec![(9, Value::Null)], "none at position 9"),
    ] {
        let error = store.delete_where(&table, &columns).await.unwrap_err();
        assert!(matches!(error, StoreError::Mistake(_)) && error.to_string().contains(words), "{error}");
    }
    let error = store.delete_where(&table, &[(2, Value::String("1958".into()))]).await.unwrap_err();
    assert!(matches!(error, StoreError::Value { column: "year", .. }), "{error:?}");
    assert_eq!(store.count(&table).await.unwrap(), 6);
}

#[tokio::test]
async fn nothing_is_deleted_from_a_table_that_others_changed() {
    let place = Place::new().await;
    let store = place.open_with(unwatchful()).await;
    let def = posters();
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    store.insert(&table, poster(1, "x"), None).await.unwrap();
    place.execute("UPDATE _pxt_catalog SET version = version + 1").await;
    let error = store.delete_where(&table, &[(0, Value::Int(1))]).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaChanged { table: "films.posters" }), "{error:?}");
    assert_eq!(place.texts("SELECT title FROM \"films.posters\"").await.len(), 1);
    // A select goes on: the columns are there.
    assert_eq!(ids(&store, Select::all(def)).await, "1");
}
