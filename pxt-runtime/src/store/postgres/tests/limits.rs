//! What takes too long, holds what others need, or is not wanted any more.

use std::time::Instant;

use futures_util::future::join_all;
use sqlx::Connection as _;

use super::*;
use crate::store::Page;
use crate::store::postgres::bind::Bind;
use crate::store::postgres::write::number;

/// Waits until a query of the place's database answers with a row.
async fn until(place: &Place, text: &str) {
    let started = Instant::now();
    while place.texts(text).await.is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "{text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const WAITS: &str =
    "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
const SLEEPERS: &str = "SELECT query FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' \
                        AND pid <> pg_backend_pid() AND datname = current_database()";

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn slow_statements_end_and_full_pools_say_so() {
    let place = Place::server().await;
    // One connection for what is short.
    let limits =
        Limits { connections: 4, wait: Duration::from_millis(200), statement: Duration::from_secs(2), ..unwatchful() };
    let store = place.open_with(limits).await;
    let slow = || store.sql("SELECT pg_sleep(60)", Vec::new(), &[]);
    let started = Instant::now();
    let (first, second) = tokio::join!(slow(), slow());
    assert!(matches!(first, Err(StoreError::Busy)) && matches!(second, Err(StoreError::Busy)), "{first:?} {second:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
    // And the connection can be used.
    let one = [("n", ColumnType::Int)];
    assert_eq!(store.sql("SELECT 1 AS n", Vec::new(), &one).await.unwrap(), [[Value::Int(1)]]);
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn what_nobody_waits_for_any_more_ends_on_the_server() {
    let place = Place::server().await;
    let store = place.open_with(Limits { connections: 4, ..unwatchful() }).await;
    {
        let left = store.sql("SELECT pg_sleep(60)", Vec::new(), &[]);
        tokio::select! {
            _ = left => panic!("it takes a minute"),
            () = until(&place, SLEEPERS) => {}
        }
    }
    // The connection is closed, and there is another one at once.
    assert!(store.sql("SELECT 1", Vec::new(), &[]).await.is_ok());
    until(&place, &format!("SELECT 'none' WHERE NOT EXISTS ({SLEEPERS})")).await;
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_dropped_stream_is_not_read_to_its_end() {
    let place = Place::server().await;
    let def = table("t.long", vec![key("id", ColumnType::Int), column("text", ColumnType::String)]);
    let (store, _) = with_table(&place, def).await;
    // 200 MB.
    place.execute("INSERT INTO \"t.long\" SELECT n, repeat('x', 1000) FROM generate_series(1, 200000) AS n").await;
    let mut stream = store.select(&Select::all(def), Page::all()).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    let ours = "SELECT query FROM pg_stat_activity WHERE query LIKE '%t.long%' AND state = 'active' \
                AND pid <> pg_backend_pid() AND datname = current_database()";
    until(&place, ours).await;
    drop(stream);
    until(&place, &format!("SELECT 'none' WHERE NOT EXISTS ({ours})")).await;
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_search_that_nobody_waits_for_ends_on_the_server() {
    let place = Place::server().await;
    let def = table("t.texts", vec![key("id", ColumnType::Int), column("text", ColumnType::String)]);
    let (store, _) = with_table(&place, def).await;
    // Each row takes as long as a row can; all of them take minutes.
    place.execute("INSERT INTO \"t.texts\" SELECT n, repeat('a', 1048576) FROM generate_series(1, 500) AS n").await;
    let sought = format!("b{}", "a".repeat(1023));
    let select = filtered(def, Condition::Contains(at(def, "text"), sought));
    let ours = "SELECT query FROM pg_stat_activity WHERE query LIKE '%strpos%' AND state = 'active' \
                AND pid <> pg_backend_pid() AND datname = current_database()";
    for _ in 0..2 {
        tokio::select! {
            _ = store.select(&select, Page::all()) => panic!("it takes minutes"),
            () = until(&place, ours) => {}
        }
        let left = Instant::now();
        until(&place, &format!("SELECT 'none' WHERE NOT EXISTS ({ours})")).await;
        assert!(left.elapsed() < Duration::from_secs(15), "{:?}", left.elapsed());
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_row_that_others_hold_is_busy_and_its_neighbours_are_stored() {
    let place = Place::server().await;
    let def = posters();
    // One connection writes, so that all are one group.
    let store = place.open_with(Limits { connections: 4, wait: Duration::from_secs(2), ..unwatchful() }).await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    store.insert(&table, poster(1, "held"), None).await.unwrap();
    store.insert(&table, poster(2, "free"), None).await.unwrap();
    let mut holder = place.postgres().await;
    sqlx::raw_sql("BEGIN; UPDATE \"films.posters\" SET title = 'mine' WHERE id = 1")
        .execute(&mut holder)
        .await
        .unwrap();
    let year = || vec![(2, Value::Int(1958))];
    let (held, free, new) = tokio::join!(
        store.update(&table, vec![Value::Int(1)], 1, year(), None),
        store.update(&table, vec![Value::Int(2)], 1, year(), None),
        store.insert(&table, poster(3, "new"), None),
    );
    assert!(matches!(held, Err(StoreError::Busy)), "{held:?}");
    assert!(free.unwrap());
    new.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    assert!(store.update(&table, vec![Value::Int(1)], 1, year(), None).await.unwrap());
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_deadlock_is_tried_again() {
    let place = Place::server().await;
    let def = posters();
    let store = place.open_with(Limits { connections: 4, wait: Duration::from_secs(20), ..unwatchful() }).await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    for id in [1, 2] {
        store.insert(&table, poster(id, "x"), None).await.unwrap();
    }
    // In the order in which they will be locked.
    let mut ids = [1, 2];
    ids.sort_by_key(|id| number(&[Bind::Int(*id)]));
    let [first, second] = ids;
    let mut other = place.postgres().await;
    let lock = |id: i64| AssertSqlSafe(format!("UPDATE \"films.posters\" SET title = 'theirs' WHERE id = {id}"));
    // It is not the one that PostgreSQL gives up.
    sqlx::raw_sql("SET deadlock_timeout = '1min'; BEGIN").execute(&mut other).await.unwrap();
    sqlx::raw_sql(lock(second)).execute(&mut other).await.unwrap();
    let year = || vec![(2, Value::Int(1958))];
    let ours = async {
        tokio::join!(
            store.update(&table, vec![Value::Int(first)], 1, year(), None),
            store.update(&table, vec![Value::Int(second)], 1, year(), None),
        )
    };
    let theirs = async {
        until(&place, WAITS).await;
        sqlx::raw_sql(lock(first)).execute(&mut other).await.unwrap();
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    };
    let ((one, two), ()) = tokio::join!(ours, theirs);
    assert!(one.unwrap() && two.unwrap());
    let rows = place.texts("SELECT title || year FROM \"films.posters\"").await;
    assert_eq!(rows, ["theirs1958", "theirs1958"]);
    other.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn changes_of_the_same_rows_by_several_nodes_all_count() {
    let place = Place::server().await;
    let def = posters();
    let nodes = join_all((0..3).map(|_| place.open())).await;
    migrate(&nodes[0], &[def]).await.unwrap();
    for store in &nodes[1..] {
        assert!(store.compare(schema(&[def])).await.unwrap().is_empty());
    }
    for id in 0..4 {
        nodes[0]
            .insert(&nodes[0].prepare(def), vec![Value::Int(id), Value::String("x".into()), Value::Int(0)], None)
            .await
            .unwrap();
    }
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..24 {
        let store = nodes[task % 3].clone();
        tasks.spawn(async move {
            let table = store.prepare(def);
            for n in 0..10 {
                let key = || vec![Value::Int(((task + n) % 4) as i64)];
                loop {
                    let stored = store.get(&table, key()).await.unwrap().unwrap();
                    let Value::Int(year) = stored.values[2] else { panic!("it is a number") };
                    let more = vec![(2, Value::Int(year + 1))];
                    if store.update(&table, key(), stored.version, more, None).await.unwrap() {
                        break;
                    }
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(place.texts("SELECT sum(year)::text FROM \"films.posters\"").await, ["240"]);
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_plan_that_others_made_useless_is_made_again() {
    let place = Place::server().await;
    let def = table("t.plans", vec![key("id", ColumnType::Int), nullable("n", ColumnType::Int)]);
    let (store, table) = with_table(&place, def).await;
    let row = vec![Value::Int(1), Value::Int(2)];
    store.insert(&table, row.clone(), None).await.unwrap();
    for ty in ["smallint", "integer", "bigint"] {
        // Each connection has the statement, with the type that the column had.
        for got in join_all((0..16).map(|_| store.get(&table, vec![Value::Int(1)]))).await {
            assert_eq!(got.unwrap().unwrap().values, row);
        }
        place.execute(&format!("ALTER TABLE \"t.plans\" ALTER COLUMN n TYPE {ty}")).await;
    }
    assert_eq!(store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap().values, row);
    assert_eq!(store.find(&table, vec![Value::Int(1)]).await.unwrap().unwrap().0, row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_table_that_others_hold_keeps_nobody_for_long() {
    let place = Place::server().await;
    let (def, other) = (posters(), table("t.other", vec![auto("id")]));
    let wait = Duration::from_secs(2);
    let store = place.open_with(Limits { wait, ..unwatchful() }).await;
    migrate(&store, &[def, other]).await.unwrap();
    let (table, other) = (store.prepare(def), store.prepare(other));
    let mut holder = place.postgres().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE \"films.posters\" IN ACCESS EXCLUSIVE MODE").execute(&mut holder).await.unwrap();
    let started = Instant::now();
    // One statement of sixteen rows that waits a second is as good as thirty-one that do.
    let answers = join_all((0..31).map(|id| store.insert(&table, poster(id, "x"), None))).await;
    let took = started.elapsed();
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Busy))), "{answers:?}");
    assert!(took < 2 * wait + Duration::from_secs(4), "{took:?}");
    store.insert(&other, vec![Value::Null], None).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    store.insert(&table, poster(1, "x"), None).await.unwrap();
}
