//! A second server for queries. A database of its own stands for it, so that one sees which of the two answers.

use super::*;
use crate::store::Page;

async fn both() -> (Place, Place, Store, Arc<TableStatements>) {
    let (primary, replica) = (Place::server().await, Place::server().await);
    let def = posters();
    for (place, title) in [(&primary, "primary"), (&replica, "replica")] {
        let (store, table) = with_table(place, def).await;
        store.insert(&table, poster(1, title), None).await.unwrap();
        store.close().await;
    }
    let store = Store::open_with(&primary.url(), Some(&replica.url()), Limits::default()).await.unwrap();
    assert!(store.compare(schema(&[def])).await.unwrap().is_empty());
    let table = store.prepare(def);
    (primary, replica, store, table)
}

/// The titles that a select, a find and a text of SQL see.
async fn seen(store: &Store, table: &Arc<TableStatements>) -> Vec<Value> {
    let mut rows = store.select(&Select::all(table.def()), Page::all()).await.unwrap();
    let title = [("title", ColumnType::String)];
    let text = store.sql("SELECT title FROM \"films.posters\" WHERE id = 1", Vec::new(), &title).await.unwrap();
    vec![
        rows.next().await.unwrap().unwrap()[1].clone(),
        store.find(table, vec![Value::Int(1)]).await.unwrap().unwrap().0[1].clone(),
        text[0][0].clone(),
    ]
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn queries_go_to_the_replica_and_what_is_changed_to_the_primary() {
    let (primary, _replica, store, table) = both().await;
    assert_eq!(seen(&store, &table).await, vec![Value::String("replica".into()); 3]);
    assert_eq!(store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap().values, poster(1, "primary"));
    store.insert(&table, poster(2, "new"), None).await.unwrap();
    assert_eq!(store.count(&table).await.unwrap(), 1);
    assert_eq!(primary.texts("SELECT title FROM \"films.posters\" ORDER BY id").await, ["primary", "new"]);
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn the_primary_answers_while_the_replica_is_away() {
    let (_primary, replica, store, table) = both().await;
    assert_eq!(seen(&store, &table).await, vec![Value::String("replica".into()); 3]);
    let name = url::Url::parse(&replica.url()).unwrap().path().trim_start_matches('/').to_owned();
    let administration = Place::server().await;
    let others = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");
    administration.execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false; {others}")).await;
    assert_eq!(seen(&store, &table).await, vec![Value::String("primary".into()); 3]);
    administration.execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    let started = std::time::Instant::now();
    while seen(&store, &table).await != vec![Value::String("replica".into()); 3] {
        assert!(started.elapsed() < Duration::from_secs(10), "the replica is back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_file_has_no_replica() {
    let place = Place::file();
    let error = Store::open_with(&place.url(), Some("postgres://host/db"), Limits::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("leave `read_url` out"), "{error}");
}
